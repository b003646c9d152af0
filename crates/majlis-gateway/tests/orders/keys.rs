//! Orders that name the wrong keys, folder or database, or none: they are refused, and displace nothing.

use super::*;

#[test]
fn an_order_that_does_not_name_the_keys_makes_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, keys, settings, log) = (at("data"), at("keys"), at("gateway.toml"), at("log"));
    let text = format!(
        "name = 'Named'\n[storage]\nkeys = '{keys}'\n\
         [peers]\ndiscovery = false\n[status]\nlisten = '127.0.0.1:0'\n"
    );
    std::fs::write(&settings, text).unwrap();
    let named = ["--data", &data, "--config", &settings];
    let bare = ["--data", &data, "--status", "127.0.0.1:0"];
    let made = |at: &str| Path::new(at).join("device.key").exists();
    {
        let _running = Running::start(&named, Path::new(&log));
        // Whoever runs knows where they are.
        let told = order(&[&bare[..], &["address"]].concat());
        assert!(told.status.success());
    }
    for asked in ["address", "status"] {
        let said = refused(&[&bare[..], &[asked]].concat());
        assert!(said.contains(&keys) && said.contains("--config"), "{said}");
    }
    assert!(!made(&data) && made(&keys));
    let told = order(&[&named[..], &["status"]].concat());
    assert!(told.status.success());

    // To run without them is to go on with others, which it has to be told.
    let said = refused(&bare);
    assert!(
        said.contains(&keys) && said.contains("--new-device"),
        "{said}"
    );
    assert!(!made(&data));
    // Also where the note of where they lie cannot be read.
    std::fs::write(Path::new(&data).join("elsewhere.json"), "").unwrap();
    let said = refused(&bare);
    assert!(
        said.contains("not named") && said.contains("--new-device"),
        "{said}"
    );
    assert!(!made(&data));
    let told = [&bare[..], &["run", "--new-device"]].concat();
    drop(Running::start(&told, Path::new(&log)));
    assert!(made(&data));
    let told = order(&[&bare[..], &["status"]].concat());
    assert!(told.status.success());
}

/// A file of settings by which the keys lie in a folder.
fn keys_in(folder: &str, file: &str) {
    let text = format!(
        "[storage]\nkeys = '{folder}'\n\
         [peers]\ndiscovery = false\n[status]\nlisten = '127.0.0.1:0'\n"
    );
    std::fs::write(file, text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistaken_order_displaces_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, keys, settings, log) = (at("data"), at("keys"), at("gateway.toml"), at("log"));
    let (other, copy, new) = (at("other"), at("copy.sqlite"), at("new"));
    let amina = Node::open(NodeConfig::new(at("amina").into(), None));
    let amina = amina.await.unwrap();
    let profile = SetProfile {
        name: Some("Amina".into()),
        ..SetProfile::default()
    };
    called(&amina, Request::SetProfile(profile)).await;
    let (_, ticket) = space(&amina, "Ain Safa").await;
    amina.shutdown().await;

    keys_in(&keys, &settings);
    let with = |data: &str, asked: &[&str]| -> Vec<String> {
        let usual = ["--config", &settings, "--data", data];
        let all = [&usual[..], asked].concat();
        all.into_iter().map(str::to_owned).collect()
    };
    let refused = |data: &str, asked: &[&str]| {
        let all = with(data, asked);
        refused(&all.iter().map(String::as_str).collect::<Vec<&str>>())
    };
    let run = |data: &str, asked: &[&str]| {
        let all = with(data, asked);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        drop(Running::start(&all, Path::new(&log)));
    };
    let file = Path::new(&keys).join("device.key");
    let read = || std::fs::read(&file).unwrap();
    run(&data, &[]);
    let own = read();
    // Another gateway's folder, which is taken for this one's.
    let bare = ["--data", &other, "--status", "127.0.0.1:0"];
    drop(Running::start(&bare, Path::new(&log)));
    assert!(order(&["--data", &other, "backup", &copy]).status.success());
    for (data, asked) in [
        (&other, &["status"][..]),
        (&other, &["address"][..]),
        (&new, &["join", &ticket][..]),
        (&new, &["run"][..]),
    ] {
        let said = refused(data, asked);
        for word in [
            file.to_str().unwrap(),
            data,
            "--new-device",
            "nothing was changed",
        ] {
            assert!(said.contains(word), "{asked:?}: {said}");
        }
        assert_eq!(read(), own, "{asked:?}");
        assert_eq!(Path::new(&new).exists(), asked == ["run"], "{asked:?}");
    }
    std::fs::remove_dir_all(&new).unwrap();
    // A backup that is not there, or is none.
    let garbage = at("garbage");
    std::fs::write(&garbage, "no backup at all").unwrap();
    for wrong in [&garbage, &at("nowhere")] {
        let said = refused(&new, &["restore", wrong]);
        assert!(said.contains(wrong.as_str()), "{said}");
        assert!(read() == own && !Path::new(&new).exists());
    }
    // A rehearsal while the gateway runs.
    {
        let all = with(&data, &[]);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let _running = Running::start(&all, Path::new(&log));
        let said = refused(&new, &["restore", &copy]);
        assert!(said.contains(&keys), "{said}");
    }
    assert!(read() == own && !Path::new(&new).exists());

    // One while it does not says where the keys are kept, by which the gateway is as it was.
    let done = with(&new, &["restore", &copy]);
    let done = order(&done.iter().map(String::as_str).collect::<Vec<&str>>());
    let said = String::from_utf8(done.stdout).unwrap();
    let kept: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split_once("kept: "))
        .map(|(_, file)| file)
        .collect();
    assert!(done.status.success() && kept.len() == 2, "{said}");
    assert_ne!(read(), own);
    refused(&data, &[]);
    for (from, to) in kept.iter().zip(["device.key", "install-id.nobackup"]) {
        std::fs::rename(from, Path::new(&keys).join(to)).unwrap();
    }
    run(&data, &[]);
    assert_eq!(read(), own);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_order_that_fails_locks_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, keys, settings, log) = (at("data"), at("keys"), at("gateway.toml"), at("log"));
    let amina = Node::open(NodeConfig::new(at("amina").into(), None));
    let amina = amina.await.unwrap();
    let profile = SetProfile {
        name: Some("Amina".into()),
        ..SetProfile::default()
    };
    called(&amina, Request::SetProfile(profile)).await;
    let (_, ticket) = space(&amina, "Ain Safa").await;
    amina.shutdown().await;
    keys_in(&keys, &settings);
    let usual = ["--data", &data, "--config", &settings];
    // By a ticket for an observer.
    refused(&[&usual[..], &["join", "--for-tablets", &ticket]].concat());
    let read = || std::fs::read(Path::new(&keys).join("device.key")).unwrap();
    let own = read();
    drop(Running::start(&usual, Path::new(&log)));
    assert_eq!(read(), own);
}

#[test]
fn a_gateway_that_is_in_no_space_yet_keeps_the_keys_of_an_earlier_version() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, keys, settings, log) = (at("data"), at("keys"), at("gateway.toml"), at("log"));
    keys_in(&keys, &settings);
    let usual = ["--data", &data, "--config", &settings];
    let file = Path::new(&keys).join("device.key");
    let read = || -> Value {
        let bytes = std::fs::read(&file).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    // As an earlier version leaves them.
    let without_a_note = || {
        let mut kept = read();
        kept.as_object_mut().unwrap().remove("past").unwrap();
        std::fs::write(&file, kept.to_string()).unwrap();
    };
    drop(Running::start(&usual, Path::new(&log)));
    let own = read()["device"].clone();
    without_a_note();
    drop(Running::start(&usual, Path::new(&log)));
    let now = read();
    assert!(now["device"] == own && now["past"]["database"].is_string());

    // Beside another database they do not, however often it is started.
    without_a_note();
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(Path::new(&data).join(format!("majlis.sqlite{end}")));
    }
    for _ in 0..2 {
        let said = refused(&usual);
        assert!(said.contains("an earlier version made them"), "{said}");
    }
    assert_eq!(read()["device"], own);
}

#[test]
fn to_be_told_of_a_new_device_for_nothing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, log) = (at("data"), at("log"));
    let told = [
        "--data",
        &data,
        "--status",
        "127.0.0.1:0",
        "run",
        "--new-device",
    ];
    for time in 0..2 {
        drop(Running::start(&told, Path::new(&log)));
        let logged = std::fs::read_to_string(&log).unwrap();
        assert_eq!(logged.contains("had no effect"), time == 1, "{logged}");
    }
}

#[test]
fn a_gateway_that_shares_a_database_starts_without_it_only_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, copy, log) = (at("data"), at("copy.sqlite"), at("log"));
    let usual = ["--data", &data, "--status", "127.0.0.1:0"];
    drop(Running::start(&usual, Path::new(&log)));
    // As one leaves it that had a database.
    let note = Path::new(&data).join("elsewhere.json");
    let noted = json!({ "pool": true, "keys": null }).to_string();
    std::fs::write(&note, &noted).unwrap();
    let nothing: &[&str] = &[];
    for asked in [nothing, &["run"], &["status"], &["address"]] {
        let said = refused(&[&usual[..], asked].concat());
        for word in ["MAJLIS_GATEWAY_POSTGRES", "gateway.env", "--new-device"] {
            assert!(said.contains(word), "{asked:?}: {said}");
        }
    }
    assert!(refused(&[&usual[..], &["backup", &copy]].concat()).contains("pg_dump"));
    // A file of the unit in which the address was left out.
    let mut emptied = program(&usual);
    let emptied = emptied.env("MAJLIS_GATEWAY_POSTGRES", "").output().unwrap();
    let said = String::from_utf8(emptied.stderr).unwrap();
    assert!(!emptied.status.success());
    assert!(said.contains("MAJLIS_GATEWAY_POSTGRES"), "{said}");
    assert_eq!(std::fs::read_to_string(&note).unwrap(), noted);

    let told = [&usual[..], &["run", "--new-device"]].concat();
    drop(Running::start(&told, Path::new(&log)));
    assert!(!note.exists());
    // Told once, it goes on so.
    drop(Running::start(&usual, Path::new(&log)));
    assert!(order(&[&usual[..], &["status"]].concat()).status.success());
}

#[test]
fn keys_that_signed_in_a_database_are_not_used_without_it_though_the_folder_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, keys, settings, log) = (at("data"), at("keys"), at("gateway.toml"), at("log"));
    let text = format!(
        "[storage]\nkeys = '{keys}'\n\
         [peers]\ndiscovery = false\n[status]\nlisten = '127.0.0.1:0'\n"
    );
    std::fs::write(&settings, text).unwrap();
    let usual = ["--data", &data, "--config", &settings];
    drop(Running::start(&usual, Path::new(&log)));
    let file = Path::new(&keys).join("device.key");
    let read = || -> Value {
        let bytes = std::fs::read(&file).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let mut kept = read();
    assert!(kept["past"]["database"].is_string(), "{}", kept["past"]);
    // As a database that has everything leaves them.
    kept["past"] = json!({ "database": null, "pool": "ANOTHER" });
    std::fs::write(&file, kept.to_string()).unwrap();
    std::fs::remove_dir_all(&data).unwrap();

    let said = refused(&usual);
    for word in [keys.as_str(), "MAJLIS_GATEWAY_POSTGRES", "--new-device"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert_eq!(read(), kept);
    let told = [&usual[..], &["run", "--new-device"]].concat();
    drop(Running::start(&told, Path::new(&log)));
    let now = read();
    assert_ne!(now["device"], kept["device"]);
    assert!(now["past"]["pool"].is_null() && now["past"]["database"].is_string());
    drop(Running::start(&usual, Path::new(&log)));
    assert_eq!(read(), now, "told once, it goes on so");
}
