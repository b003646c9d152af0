//! Settings that are read, and settings that are refused with what they may be.

use super::*;
use clap::Parser as _;

fn read(args: &[&str], file: Option<&str>) -> anyhow::Result<Config> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    let mut all = vec!["majlis-gateway"];
    if let Some(text) = file {
        std::fs::write(&path, text).unwrap();
        all.extend(["--config", path.to_str().unwrap()]);
    }
    all.extend(args);
    Config::read(&Cli::parse_from(all))
}

#[test]
fn a_folder_is_enough() {
    let config = read(&["--data", "/srv/x"], None).unwrap();
    assert_eq!(config.data, PathBuf::from("/srv/x"));
    assert_eq!((config.web.port, config.web.tls), (0, Tls::Off));
    assert!(config.status.listen.ip().is_loopback());
    assert!(read(&[], None).is_err());
}

#[test]
fn the_file_in_the_manual_is_read() {
    let manual = include_str!("../../gateway.toml");
    let config = read(&[], Some(manual)).unwrap();
    assert_eq!(config.web.origins, ["https://majlis.example.org"]);
    assert_eq!(config.limits.links, 1_024);
    let typed = read(&["--data", "/srv/x", "--tls", "self-signed"], Some(manual)).unwrap();
    assert_eq!(typed.data, PathBuf::from("/srv/x"));
    assert_eq!(typed.web.tls, Tls::SelfSigned);
}

#[test]
fn the_unit_leaves_the_folder_to_the_settings_and_may_write_where_they_say() {
    let unit = include_str!("../../majlis-gateway.service");
    let line = |name: &str| unit.lines().find_map(|line| line.strip_prefix(name));
    let starts = line("ExecStart=").unwrap();
    // What is typed overrules the file, and a folder in it would mean nothing.
    assert!(!starts.contains("--data"), "{starts}");
    let manual = include_str!("../../gateway.toml").replace("# keys =", "keys =");
    let config = read(&[], Some(&manual)).unwrap();
    let may_write: Vec<&str> = line("StateDirectory=").unwrap().split(' ').collect();
    for folder in [config.data, config.storage.keys.unwrap()] {
        let name = folder.strip_prefix("/var/lib").unwrap().to_str().unwrap();
        assert!(may_write.contains(&name), "{name}");
    }
}

#[test]
fn one_limit_in_the_file_leaves_the_others_a_gateways() {
    let config = read(&["--data", "/srv/x"], Some("[limits]\nlinks = 9")).unwrap();
    let usual = read(&["--data", "/srv/x"], None).unwrap().limits;
    assert_eq!(config.limits, Limits { links: 9, ..usual });
    assert_ne!(usual.space_bytes, Limits::default().space_bytes);
    let wrong = read(&["--data", "/srv/x"], Some("[limits]\nlnks = 9")).unwrap_err();
    assert!(format!("{wrong:#}").contains("lnks"), "{wrong:#}");
}

#[test]
fn a_database_is_named_in_the_file_or_typed() {
    let file = "[storage]\npostgres = 'host=/run/postgresql'\nkeys = '/srv/keys'";
    let config = read(&["--data", "/srv/x"], Some(file)).unwrap();
    assert_eq!(
        config.storage.postgres.as_deref(),
        Some("host=/run/postgresql")
    );
    assert_eq!(config.storage.keys, Some(PathBuf::from("/srv/keys")));
    let typed = ["--data", "/srv/x", "--postgres", "host=/tmp"];
    let config = read(&typed, Some(file)).unwrap();
    assert_eq!(config.storage.postgres.as_deref(), Some("host=/tmp"));
    assert!(!config.storage.unencrypted);
}

#[test]
fn a_relay_is_asked_for() {
    let file = "[relay]\nlisten = '0.0.0.0:443'\nurl = 'https://relay.example.org'";
    assert!(
        read(&["--data", "/srv/x"], None)
            .unwrap()
            .relay
            .listen
            .is_none()
    );
    let config = read(&["--data", "/srv/x"], Some(file)).unwrap().relay;
    assert_eq!(config.access, RelayAccess::Members);
    assert_eq!(config.tls, Tls::SelfSigned);
    let typed = ["--data", "/srv/x", "--relay", "10.0.0.1:3340"];
    let typed = [&typed[..], &["--relay-access", "anyone"]].concat();
    let config = read(&typed, None).unwrap().relay;
    assert_eq!(config.access, RelayAccess::Anyone);
    assert_eq!(config.listen, Some(SocketAddr::from(([10, 0, 0, 1], 3340))));
}

#[test]
fn tablets_are_served_where_their_tokens_are_safe() {
    let read = |text: &str| read(&["--data", "/srv/x"], Some(text)).unwrap().tablets;
    let own = read("[tablets]\nlisten = '127.0.0.1:8490'");
    assert_eq!(own.address().as_deref(), Some("http://127.0.0.1:8490"));
    let proxy =
        "[tablets]\nlisten = '127.0.0.1:8490'\nurl = 'https://a.example'\nbehind_proxy = true";
    assert_eq!(read(proxy).address().as_deref(), Some("https://a.example"));
    let files = "certificate = '/etc/a.pem'\nkey = '/etc/a.key'";
    let served = read(&format!("[tablets]\nlisten = '10.0.0.1:443'\n{files}"));
    assert_eq!(served.address().as_deref(), Some("https://10.0.0.1:443"));
    let room = read("[tablets]\nlisten = '10.0.0.1:80'\nunencrypted = true");
    assert_eq!(room.address().as_deref(), Some("http://10.0.0.1:80"));
    assert_eq!(room.pace.requests_a_minute, 120);
}

#[test]
fn what_is_not_a_setting_is_said() {
    for text in [
        "colour = 'green'",
        "[web]\norigins = ['majlis.example.org']",
        "[web]\norigins = ['https://*.example.org']",
        "[limits]\nlinks = -1",
        "[storage]\nmysql = 'host=localhost'",
        "[storage]\npostgres = ' '",
        "[relay]\nlisten = '0.0.0.0:3340'",
        "[relay]\naccess = 'friends'",
        "[relay]\nbytes_a_second = 0",
        "[relay]\ncertificate = '/etc/relay.pem'",
        "[tablets]\nlisten = '0.0.0.0:8490'",
        "[tablets]\nlisten = '0.0.0.0:443'\ncertificate = '/a.pem'\nkey = '/a.key'",
        "[tablets]\nlisten = '127.0.0.1:8490'\nkey = '/etc/tablets.key'",
        "[tablets]\nlisten = '127.0.0.1:8490'\nurl = 'tablets.example.org'",
        "[storage]\npostgres = 'host=/tmp'\n[tablets]\nlisten = '127.0.0.1:8490'",
        "[tablets.pace]\nrequests_an_hour = 5",
        "[relay]\nguests = 0",
        "[web]\nlisten = '0.0.0.0:8443'",
        "[limits]\nlinks = 0",
        "[limits]\ndevice_bytes_a_day = 0",
        "[peers]\naddresses = ['gateway.example.org:4600']",
        "[peers]\naddresses = ['0.0.0.0:4600']",
        "[peers]\naddresses = ['203.0.113.7:0']",
        "[peers]\naddresses = ['203.0.113.7:1', '203.0.113.7:2', '203.0.113.7:3']",
        "log = 'loud'",
        "log = 'info,iroh=loud'",
        "log = ''",
        "[relay]\ntls = 'off'\ncertificate = '/etc/relay.pem'\nkey = '/etc/relay.key'",
    ] {
        assert!(read(&["--data", "/srv/x"], Some(text)).is_err(), "{text}");
    }
}

#[test]
fn who_set_something_wrongly_reads_which_setting_and_what_it_may_be() {
    for (text, setting, may_be) in [
        ("log = 'loud'", "`log`", "info or debug"),
        (
            "[limits]\nlinks = 0",
            "`links` under [limits]",
            "at least 1",
        ),
        (
            "[web]\nlisten = '0.0.0.0:8443'",
            "`listen` under [web]",
            "self-signed",
        ),
        (
            "[peers]\naddresses = ['x:1']",
            "`addresses` under [peers]",
            "203.0.113.7:4600",
        ),
    ] {
        let error = read(&["--data", "/srv/x"], Some(text)).unwrap_err();
        let said = format!("{error:#}");
        assert!(said.contains(setting) && said.contains(may_be), "{said}");
    }
    for log in ["warn", "INFO", "info,iroh=debug", "off", USUAL_LOG] {
        read(&["--data", "/srv/x"], Some(&format!("log = '{log}'"))).unwrap();
    }
    read(&["--data", "/srv/x"], Some("[limits]\nlinks_idle = 0")).unwrap();
    let listens = "[web]\nlisten = '0.0.0.0:8443'";
    read(&["--data", "/srv/x", "--tls", "self-signed"], Some(listens)).unwrap();
}

#[test]
fn public_addresses_are_set_or_typed() {
    let file = "[peers]\naddresses = ['203.0.113.7:4600', '[2001:db8::7]:4600']";
    let set = read(&["--data", "/srv/x"], Some(file)).unwrap();
    assert_eq!(set.peers.addresses.len(), 2);
    let typed = ["--data", "/srv/x", "--addresses", "198.51.100.2:4600"];
    let typed = read(&typed, Some(file)).unwrap().peers.addresses;
    assert_eq!(typed, ["198.51.100.2:4600".parse().unwrap()]);
    let wrong = ["majlis-gateway", "--addresses", "gateway.example.org"];
    let said = Cli::try_parse_from(wrong).unwrap_err().to_string();
    assert!(said.contains("203.0.113.7:4600"), "{said}");
}

#[test]
fn the_image_listens_where_its_manual_opens_a_port() {
    let config = read(
        &["--data", "/data"],
        Some(include_str!("../../container.toml")),
    )
    .unwrap();
    let port = format!("{}/udp", config.peers.port);
    let image = include_str!("../../Containerfile");
    assert!(image.contains(&format!("EXPOSE {port}")), "{image}");
    let manual = include_str!("../../../../docs/gateway.md");
    assert!(manual.contains(&format!("-p {0}:{port}", config.peers.port)));
}
