//! The program as an operator meets it first: what it says when it lacks something.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use majlis_node::api::document::DocumentNew;
use majlis_node::api::me::SetProfile;
use majlis_node::api::members::{CreateInvite, RankName};
use majlis_node::api::space::{FoundSpace, SpaceRef};
use majlis_node::api::{Nothing, Request};
use majlis_node::host::{Host, HostConfig, TOKEN_FILE};
use majlis_node::loopback::Loopback;
use majlis_node::node::{Node, NodeConfig};
use serde_json::{Value, json};

#[path = "orders/keys.rs"]
mod keys;

fn program(args: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_majlis-gateway"));
    for name in ["DATA", "CONFIG", "TICKET", "POSTGRES", "ADDRESSES"] {
        program.env_remove(format!("MAJLIS_GATEWAY_{name}"));
    }
    program.args(args);
    program
}

fn order(args: &[&str]) -> Output {
    program(args).output().unwrap()
}

/// A gateway that runs, with what it said at its start.
struct Running {
    child: Child,
    said: Value,
}

impl Running {
    fn start(args: &[&str], log: &Path) -> Self {
        let mut program = program(args);
        program.stdout(Stdio::piped());
        program.stderr(std::fs::File::create(log).unwrap());
        let mut child = program.spawn().unwrap();
        let mut first = String::new();
        let out = child.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut first).unwrap();
        let said = serde_json::from_str(&first).unwrap_or_default();
        Self { child, said }
    }

    fn at(&self, part: &str) -> &str {
        self.said[part].as_str().unwrap()
    }

    /// What a browser gets that names it so.
    fn page(&self, name: &str) -> String {
        let mut stream = TcpStream::connect(self.at("web")).unwrap();
        let request = format!("GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn refused(args: &[&str]) -> String {
    let output = order(args);
    assert!(!output.status.success(), "{args:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    assert!(refused(&["run"]).contains("needs a folder"));
    assert!(refused(&["--data", data, "web"]).contains("no gateway has its data in"));
    assert!(refused(&["--data", data, "join", "nonsense"]).contains("reading"));
    let copy = folder.path().join("backup.sqlite");
    let copy = copy.to_str().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    let elsewhere = elsewhere.to_str().unwrap();
    assert!(refused(&["--data", elsewhere, "backup", copy]).contains("no gateway has its data in"));
    assert!(refused(&["--data", elsewhere, "restore", copy]).contains("no such"));
    std::fs::write(copy, "no backup at all").unwrap();
    assert!(refused(&["--data", elsewhere, "restore", copy]).contains(copy));
    // None of these was a first start, so there is no gateway now.
    for made in [data, elsewhere] {
        assert!(!Path::new(made).exists(), "{made}");
    }
}

#[test]
fn a_folder_that_was_there_is_not_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("a letter"), "mine").unwrap();
    let (data, copy) = (data.to_str().unwrap(), folder.path().join("garbage"));
    std::fs::write(&copy, "no backup at all").unwrap();
    refused(&["--data", data, "restore", copy.to_str().unwrap()]);
    refused(&["--data", data, "join", "nonsense"]);
    assert_eq!(
        std::fs::read(Path::new(data).join("a letter")).unwrap(),
        b"mine"
    );
}

#[test]
fn an_empty_gateway_is_backed_up_and_never_over_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, copy) = (at("data"), at("backup.sqlite"));
    // A folder that is written wrongly is no gateway.
    let not_there = |asked: &[&str]| {
        let asked = [&["--data", &data][..], asked].concat();
        assert!(refused(&asked).contains("no gateway has its data in"));
    };
    let all = [&["status"][..], &["address"], &["web"], &["backup", &copy]];
    for asked in all {
        not_there(asked);
    }
    assert!(!Path::new(&data).exists());
    // Nor is one where there is something else.
    std::fs::create_dir(&data).unwrap();
    for asked in all {
        not_there(asked);
    }
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
    drop(Running::start(
        &["--data", &data, "--status", "127.0.0.1:0"],
        &folder.path().join("log"),
    ));
    let status = order(&["--data", &data, "status"]);
    assert!(status.status.success());
    let backed = order(&["--data", &data, "backup", &copy]);
    assert!(backed.status.success());
    let said = String::from_utf8(backed.stdout).unwrap();
    assert!(said.contains("in no space yet"), "{said}");
    let before = std::fs::read(&copy).unwrap();
    assert!(!order(&["--data", &data, "backup", &copy]).status.success());
    assert_eq!(std::fs::read(&copy).unwrap(), before);
}

#[test]
fn its_page_is_there_or_says_what_to_do_and_its_addresses_reach_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let settings = folder.path().join("gateway.toml");
    let text = "[web]\ntls = 'self-signed'\nlisten = '127.0.0.1:0'\n\
                origins = ['https://gate.example']\n[status]\nlisten = '127.0.0.1:0'\n\
                [peers]\naddresses = ['203.0.113.7:4600']\n";
    std::fs::write(&settings, text).unwrap();
    let log = folder.path().join("log");
    let usual = ["--data", data, "--config", settings.to_str().unwrap()];
    let gateway = Running::start(&usual, &log);

    let page = gateway.page(gateway.at("web"));
    if majlis_pages::built().is_some() {
        assert!(
            page.starts_with("HTTP/1.1 200") && page.contains("<html"),
            "{page}"
        );
    } else {
        assert!(page.contains("npm --prefix ui run build"), "{page}");
    }
    // The encrypted listener is reached under its number and under the name in the settings.
    for name in [gateway.at("encrypted"), "gate.example"] {
        assert!(!gateway.page(name).starts_with("HTTP/1.1 401"), "{name}");
    }
    assert!(gateway.page("evil.example").starts_with("HTTP/1.1 401"));

    let told = order(&[&usual[..], &["web"]].concat()).stdout;
    let told = String::from_utf8(told).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    let own = format!("http://{}/#token=", gateway.at("web"));
    assert!(lines[0].starts_with(&own), "{told}");
    assert!(lines[1].starts_with("from another machine: https://gate.example/#token="));

    let running = Loopback::of(Path::new(data)).unwrap();
    let mine = running.call(&Request::MyAddress(Nothing {})).unwrap();
    assert_eq!(mine["sockets"][0], "203.0.113.7:4600");

    let logged = std::fs::read_to_string(&log).unwrap();
    let mut lines = logged
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines
        .find(|line| line["fields"]["message"] == "running")
        .unwrap();
    assert_eq!(line["fields"]["encrypted"], gateway.said["encrypted"]);
}

#[test]
fn what_is_taken_or_missing_is_named_with_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let settings = folder.path().join("gateway.toml");
    let started_with = |text: &str| {
        std::fs::write(&settings, text).unwrap();
        refused(&["--data", data, "--config", settings.to_str().unwrap()])
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    let said = started_with(&format!("[status]\nlisten = '{at}'"));
    assert!(
        said.contains(&at.to_string()) && said.contains("under [status]"),
        "{said}"
    );
    let said = started_with(&format!("[web]\nport = {}", at.port()));
    assert!(
        said.contains(&at.to_string()) && said.contains("under [web]"),
        "{said}"
    );
    let nowhere = folder.path().join("no-ui");
    let said = started_with(&format!("[web]\nui = '{}'", nowhere.display()));
    assert!(
        said.contains("no-ui") && said.contains("under [web]"),
        "{said}"
    );
}

#[test]
fn an_order_without_the_settings_takes_no_name_away() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, settings, log) = (at("data"), at("gateway.toml"), at("log"));
    std::fs::write(
        &settings,
        "name = 'Named'\n[status]\nlisten = '127.0.0.1:0'\n",
    )
    .unwrap();
    let named = ["--data", &data, "--config", &settings];
    drop(Running::start(&named, Path::new(&log)));
    let profile = || std::fs::read(Path::new(&data).join("profile.json")).unwrap();
    let before = profile();
    assert!(String::from_utf8_lossy(&before).contains("Named"));
    assert!(order(&["--data", &data, "status"]).status.success());
    assert_eq!(profile(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_waits_for_a_gateway_that_was_just_started() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    // Of a start that ended in a power cut.
    let left = "http://127.0.0.1:9/#token=0";
    std::fs::write(data.join(TOKEN_FILE), left).unwrap();
    let config = NodeConfig::new(data.clone(), None);
    let node = Node::open(config).await.unwrap();
    let asked = data.to_str().unwrap().to_owned();
    let asking = tokio::task::spawn_blocking(move || order(&["--data", &asked, "status"]));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let host = Host::start(node.clone(), HostConfig::default());
    let host = host.await.unwrap();
    let said = asking.await.unwrap();
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{errors}");
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(said["running"], true);
    host.stop().await;
    node.shutdown().await;
}

/// What a node answers, as programs read it.
async fn called(node: &Node, request: Request) -> Value {
    serde_json::to_value(node.call(request).await.unwrap()).unwrap()
}

/// A space of this name with a text of its own, and a ticket for it from before.
async fn space(node: &Node, name: &str) -> (String, String) {
    let found = FoundSpace {
        name: name.into(),
        purpose: "Water".into(),
        charter: "All may take part.".into(),
    };
    let founded = called(node, Request::FoundSpace(found)).await;
    let space = founded["space"].as_str().unwrap().to_owned();
    let invite = CreateInvite {
        space: space.clone(),
        rank: RankName::Observer,
        uses: 2,
        label: String::new(),
    };
    let invited = called(node, Request::Invite(invite)).await;
    let minutes = DocumentNew {
        space: space.clone(),
        title: "Minutes".into(),
        text: "Present: 34".into(),
    };
    called(node, Request::NewDocument(minutes)).await;
    let at = SpaceRef {
        space: space.clone(),
    };
    let sealed = called(node, Request::Verify(at)).await;
    assert_eq!(sealed["clean"], true, "{sealed}");
    (space, invited["ticket"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_backup_does_not_give_any_more_is_told_and_the_rest_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (old, copy, new) = (at("old"), at("backup.sqlite"), at("new"));
    let node = Node::open(NodeConfig::new(old.clone().into(), None));
    let node = node.await.unwrap();
    let profile = SetProfile {
        name: Some("Gateway".into()),
        ..SetProfile::default()
    };
    called(&node, Request::SetProfile(profile)).await;
    let (whole, first) = space(&node, "Ain Safa").await;
    let (worn, second) = space(&node, "Beit Nour").await;
    node.shutdown().await;
    drop(node);
    assert!(order(&["--data", &old, "backup", &copy]).status.success());
    // As a disk that wore out: the text that came last is as long as it was, and other bytes.
    let alter = "UPDATE payloads SET packed = 0, \
         body = zeroblob((SELECT payload_len FROM entries WHERE no = entry)) \
         WHERE entry = (SELECT max(no) FROM entries)";
    let disk = rusqlite::Connection::open(&copy).unwrap();
    assert_eq!(disk.execute(alter, []).unwrap(), 1);
    drop(disk);
    let tickets = ["--ticket", &first, "--ticket", &second];
    let asked = [&["--data", &new, "restore", &copy][..], &tickets].concat();
    let said = order(&asked);
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{errors}");
    let said = String::from_utf8(said.stdout).unwrap();
    let line = |space: &str| {
        let mut lines = said.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(short, _)| space.starts_with(*short))
            .unwrap()
            .1
    };
    assert!(line(&whole).contains("joined again"), "{said}");
    let told = "not restored: joined, but not all of the backup was read: 1 entries";
    assert!(line(&worn).starts_with(told), "{said}");
    // All else of the space is there.
    let status = order(&["--data", &new, "status"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    let entries = |space: &String| {
        let mut spaces = status["spaces"].as_array().unwrap().iter();
        let one = spaces.find(|one| one["space"] == *space).unwrap();
        one["entries"].as_u64().unwrap()
    };
    assert_eq!(entries(&worn) + 1, entries(&whole), "{status}");
    assert!(entries(&worn) > 2);
}

/// The unit of a server runs as a user that owns the folder and nothing else.
#[cfg(unix)]
#[test]
fn what_is_made_as_root_is_the_owners_of_the_folder() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, settings, log) = (at("data"), at("gateway.toml"), at("log"));
    std::fs::create_dir(&data).unwrap();
    if chown(&data, Some(65_534), Some(65_534)).is_err() {
        eprintln!("SKIPPED: only root can make such a folder");
        return;
    }
    let text = "[web]\ntls = 'self-signed'\nlisten = '127.0.0.1:0'\n\
                [relay]\nlisten = '127.0.0.1:0'\n\
                [status]\nlisten = '127.0.0.1:0'\n";
    std::fs::write(&settings, text).unwrap();
    let usual = ["--data", &data, "--config", &settings];
    let owned = || {
        let mut names = Vec::new();
        for file in std::fs::read_dir(&data).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            // One that is being replaced is gone in a moment.
            if let Ok(about) = file.metadata() {
                assert_eq!(about.uid(), 65_534, "{name}");
                names.push(name);
            }
        }
        names
    };
    let running = Running::start(&usual, Path::new(&log));
    let names = owned();
    for made in ["lock", "majlis.sqlite", "web-key.pem", "relay-key.pem"] {
        assert!(names.iter().any(|name| name == made), "{made}: {names:?}");
    }
    drop(running);
    let told = order(&[&usual[..], &["address"]].concat());
    assert!(told.status.success());
    owned();
}
