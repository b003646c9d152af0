//! Several gateway processes over one database: whoever acknowledges has put it there first, each
//! gives out what came to the others, and what lies there altered is believed by nobody.

#![cfg(all(unix, feature = "postgres"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fastrand::Rng;
use majlis_store::Store;
use majlis_tests::crowd;
use majlis_tests::database::Database;
use majlis_tests::gateway::Gateway;
use majlis_tests::village::{Village, program, until};
use serde_json::{Value, json};

#[path = "pool/keys.rs"]
mod keys;

/// What is asked.
const WHERE: &str = "single!:Where?:School|Market";

/// A gateway process over the database, found by nobody by itself.
fn process(database: &Database, name: &str) -> Gateway {
    set(Gateway::new(""), Some(database), name)
}

/// The same process with these settings, from its next start: its keys lie apart from its folder.
fn set(gateway: Gateway, database: Option<&Database>, name: &str) -> Gateway {
    let keys = gateway.beside("keys");
    let postgres = database.map(|database| format!("postgres = \"{}\"\n", database.address()));
    gateway.with(&format!(
        "name = \"{name}\"\n[peers]\ndiscovery = false\n[storage]\n{}keys = \"{}\"\n",
        postgres.unwrap_or_default(),
        keys.display()
    ))
}

fn started(database: &Database, name: &str, ticket: &str) -> Gateway {
    let mut gateway = process(database, name);
    gateway.start();
    let said = gateway.order(&["join", ticket]);
    assert!(said.starts_with("joined Ain Safa"), "{said}");
    gateway
}

fn person(name: &str) -> Village {
    let village = Village::new(None).without_discovery();
    village.majlis(&["me", "--name", name]);
    village
}

fn ticket(village: &Village, rank: &str) -> String {
    let made = village.majlis(&["invite", "--rank", rank, "--uses", "9"]);
    made["ticket"].as_str().unwrap().to_owned()
}

fn meet(village: &Village, gateway: &Gateway) {
    let address = gateway.order(&["address"]);
    until("the gateway is met", || {
        village
            .run(&["sync", "--for", "0", "--peer", &address])
            .status
            .success()
    });
}

/// Somebody who joins with nobody there but one gateway process.
fn joined(name: &str, invitation: &str, gateway: &Gateway) -> Village {
    let mut village = person(name);
    village.majlis(&["join", invitation]);
    village.serve();
    meet(&village, gateway);
    until("the question is there", || {
        let shown = village.run(&["consultation", "show", "Water"]);
        shown.status.success()
    });
    village
}

fn is_in(gateway: &Gateway) -> bool {
    gateway.status()["spaces"][0]["rank"] == "observer"
}

fn entries(gateway: &Gateway) -> Value {
    gateway.status()["spaces"][0]["entries"].clone()
}

fn counted(village: &Village) -> u64 {
    let results = village.run(&["consultation", "results", "Water"]);
    let results: Value = serde_json::from_slice(&results.stdout).unwrap_or_default();
    results["counted"]["all"].as_u64().unwrap_or(0)
}

/// What `majlis verify` says of the folder of a process, read by another device: its keys lie apart, so
/// nothing but the process itself opens it, and what is read is a copy that says nothing of them.
fn verified(folder: &Path) -> Value {
    let copy = tempfile::tempdir().unwrap();
    for file in ["majlis.sqlite", "majlis.sqlite-wal"] {
        if folder.join(file).exists() {
            std::fs::copy(folder.join(file), copy.path().join(file)).unwrap();
        }
    }
    let store = Store::open(&copy.path().join("majlis.sqlite")).unwrap();
    assert!(store.drop_setting(None, "keys_apart").unwrap());
    drop(store);
    let mut reader = Command::new(program());
    let reader = reader.args(["--json", "--data"]).arg(copy.path());
    let found = reader.arg("verify").output().unwrap();
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    let found = found.as_object().unwrap().values().next().unwrap().clone();
    assert_eq!(found["clean"], true, "{}", found["problems"]);
    found
}

/// How many entries the other side acknowledged, of those that are here.
fn acknowledged(village: &Village) -> u64 {
    let all = village.majlis(&["sync", "--for", "0"]);
    let view = all.as_object().unwrap().values().next().unwrap().clone();
    let peers = view["peers"].as_array().unwrap().clone();
    let has = peers.iter().filter_map(|peer| peer["has"].as_u64());
    has.max().unwrap_or(0)
}

fn no_alarms(village: &Village) {
    let said = village.run(&["receipts"]);
    let view: Value = serde_json::from_slice(&said.stdout).unwrap();
    for carrier in view["carriers"].as_array().unwrap() {
        assert_eq!(carrier["alarms"], json!([]), "{carrier}");
    }
}

fn in_pool(database: &Database) -> u64 {
    database.count("SELECT count(*) FROM entries")
}

#[test]
fn three_processes_lose_nothing_and_a_lost_folder_is_no_loss() {
    let Some(database) = Database::start() else {
        return;
    };
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(1);
    println!("SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let mut amina = person("Amina");
    amina.majlis(&["space", "new", "Ain Safa"]);
    amina.ask_about_water(WHERE);
    crowd::answers(amina.folder(), 60);
    let (observer, member) = (ticket(&amina, "observer"), ticket(&amina, "member"));
    amina.serve();
    let one = started(&database, "One", &observer);
    until("the first process is in", || is_in(&one));
    until("the first process has what Amina has", || {
        entries(&one) == amina.verified()["entries"]
    });
    amina.kill();

    // The others need nobody but the database.
    let mut two = started(&database, "Two", &observer);
    let mut three = started(&database, "Three", &observer);
    until("the others are in", || is_in(&two) && is_in(&three));
    let mut bilal = joined("Bilal", &member, &two);
    let mut chidi = joined("Chidi", &member, &three);
    let before = counted(&bilal);
    assert!(before > 50, "{before}");

    // One is killed again and again in mid-session, under load.
    bilal.majlis(&["doc", "new", "Minutes", "--text", "Present: 34"]);
    let mut most = 0;
    for round in 0..5 {
        for line in 0..4 {
            let text = format!("Line {round}.{line}");
            bilal.majlis(&["doc", "edit", "Minutes", "--append", &text]);
        }
        bilal.majlis(&["respond", "Water", "--answer", "1=School"]);
        chidi.majlis(&["respond", "Water", "--answer", "1=Market"]);
        std::thread::sleep(Duration::from_millis(rng.u64(0..1_200)));
        two.kill();
        let has = acknowledged(&bilal);
        let held = in_pool(&database);
        assert!(held >= has, "it acknowledged {has}, and {held} are there");
        most = most.max(has);
        two.start();
        bilal.majlis(&["sync", "--for", "0"]);
    }
    assert!(most > 40, "there was no load to speak of: {most}");
    let both = before + 2;
    until("each has the other's answer", || {
        counted(&bilal) == both && counted(&chidi) == both
    });

    // The folder of one is thrown away; its keys are not. It needs no ticket.
    assert!(three.stop());
    std::fs::remove_dir_all(three.folder()).unwrap();
    three.start();
    until("it is the member it was", || is_in(&three));
    // Its port went with the folder.
    meet(&chidi, &three);
    // And one that was never there.
    let mut four = started(&database, "Four", &observer);
    until("the fourth is in", || is_in(&four));
    // Receipts for what came last follow some seconds later.
    let mut same = 0;
    until("all hold the same, and it stays so", || {
        bilal.majlis(&["sync", "--for", "0"]);
        let held = bilal.verified()["entries"].clone();
        let all = [&one, &two, &three, &four];
        let is_same = held == chidi.verified()["entries"]
            && held == in_pool(&database)
            && all.iter().all(|it| entries(it) == held);
        same = if is_same { same + 1 } else { 0 };
        std::thread::sleep(Duration::from_millis(if is_same { 1_500 } else { 0 }));
        same == 4
    });
    assert_eq!(bilal.verified()["entries"], in_pool(&database));
    no_alarms(&bilal);
    no_alarms(&chidi);
    let mut one = one;
    bilal.kill();
    chidi.kill();
    let digest = bilal.verified()["entries_digest"].clone();
    assert_eq!(chidi.verified()["entries_digest"], digest);
    for gateway in [&mut one, &mut two, &mut three, &mut four] {
        assert_eq!(gateway.figure("majlis_space_pool_reached"), 1);
        assert_eq!(gateway.figure("majlis_space_pool_refused"), 0);
        assert!(gateway.stop());
        let found = verified(&gateway.folder());
        assert_eq!(found["entries_digest"], digest);
        assert_eq!(found["not_counting"], 0);
    }
}

#[test]
fn what_was_altered_in_the_database_is_refused_and_told() {
    let Some(database) = Database::start() else {
        return;
    };
    let mut amina = person("Amina");
    amina.majlis(&["space", "new", "Ain Safa"]);
    amina.ask_about_water(WHERE);
    amina.majlis(&["doc", "new", "Minutes", "--text", "Present: 34"]);
    let observer = ticket(&amina, "observer");
    amina.serve();
    let mut one = started(&database, "One", &observer);
    until("the first process has what Amina has", || {
        is_in(&one) && entries(&one) == amina.verified()["entries"]
    });
    amina.majlis(&["respond", "Water", "--answer", "1=School"]);
    until("the answer is there too", || {
        entries(&one) == amina.verified()["entries"]
    });
    amina.kill();

    // Whoever runs the database changes the answer, which is the last thing that Amina wrote.
    let sql = "UPDATE entries SET payload = set_byte(payload, length(payload) - 1, \
         (get_byte(payload, length(payload) - 1) + 1) % 256) WHERE arrival = \
         (SELECT max(e.arrival) FROM entries e JOIN entries f ON f.author = e.author \
         WHERE f.arrival = 1) RETURNING arrival";
    assert_eq!(database.rows(sql, &[]).len(), 1);
    let mut two = started(&database, "Two", &observer);
    until("it is told", || {
        two.figure("majlis_space_pool_refused") == 1
    });
    until("the second process is in", || is_in(&two));
    until("it is not believed", || {
        let all = in_pool(&database);
        entries(&one) == all && entries(&two) == all - 1
    });
    assert_eq!(two.figure("majlis_space_alarms"), 0);
    assert!(two.stop());
    let lacks = verified(&two.folder());
    two.start();

    // Amina still has it: with her it comes sound, and is mended.
    amina.serve();
    meet(&amina, &two);
    until("the answer is whole again", || {
        two.figure("majlis_space_pool_refused") == 0 && entries(&two) == amina.verified()["entries"]
    });
    amina.kill();
    let mut three = started(&database, "Three", &observer);
    until("a third process reads it", || {
        is_in(&three) && entries(&three) == entries(&two) && entries(&one) == entries(&two)
    });
    assert_eq!(three.figure("majlis_space_pool_refused"), 0);
    assert!(one.stop());
    // What one signs while the other has ended already, that one reads at its next start.
    let mut whole = Value::Null;
    until("both hold the same", || {
        until("both have read what is there", || {
            entries(&two) == in_pool(&database) && entries(&three) == in_pool(&database)
        });
        assert!(three.stop() && two.stop());
        whole = verified(&two.folder());
        let same = whole["entries_digest"] == verified(&three.folder())["entries_digest"];
        if !same {
            two.start();
            three.start();
        }
        same
    });
    assert_ne!(whole["entries_digest"], lacks["entries_digest"]);
}

#[test]
fn a_photo_that_came_to_one_process_is_given_out_by_another() {
    let Some(database) = Database::start() else {
        return;
    };
    let mut amina = person("Amina");
    amina.majlis(&["space", "new", "Ain Safa"]);
    amina.ask_about_water("photo:Which well?");
    let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri/icons/icon.png");
    amina.majlis(&["respond", "Water", "--answer", &format!("1={photo}")]);
    let observer = ticket(&amina, "observer");
    amina.serve();
    let blobs = |gateway: &Gateway| gateway.figure("majlis_space_blob_bytes");
    let one = started(&database, "One", &observer);
    let rows = || database.count("SELECT count(*) FROM blobs");
    until("the photo and its small one are there", || rows() == 2);
    let all = database.count("SELECT sum(size) FROM blobs");
    until("their bytes are counted", || blobs(&one) == all);
    amina.kill();
    let two = started(&database, "Two", &observer);
    until("another process has them", || blobs(&two) == all);

    // Altered ones are refused, and mended by whoever has them.
    let spoilt = "UPDATE blobs SET bytes = set_byte(bytes, 9, 255 - get_byte(bytes, 9))";
    let _ = database.rows(spoilt, &[]);
    let three = started(&database, "Three", &observer);
    until("it is told", || {
        is_in(&three) && three.figure("majlis_space_pool_refused") == 2
    });
    assert_eq!(blobs(&three), 0);
    amina.serve();
    meet(&amina, &three);
    until("they are mended", || {
        blobs(&three) == all && three.figure("majlis_space_pool_refused") == 0
    });
    amina.kill();
    let four = started(&database, "Four", &observer);
    until("a fourth process has them", || blobs(&four) == all);
    assert_eq!(four.figure("majlis_space_pool_refused"), 0);
}

#[test]
fn without_the_database_nothing_is_acknowledged_and_all_goes_on_with_it() {
    let Some(mut database) = Database::start() else {
        return;
    };
    let mut amina = person("Amina");
    amina.majlis(&["space", "new", "Ain Safa"]);
    amina.ask_about_water(WHERE);
    let observer = ticket(&amina, "observer");
    amina.serve();
    let one = started(&database, "One", &observer);
    let two = started(&database, "Two", &observer);
    until("both have what Amina has", || {
        let held = amina.verified()["entries"].clone();
        entries(&one) == held && entries(&two) == held
    });
    meet(&amina, &one);
    assert_eq!(one.watch("/readyz"), (200, "ready\n".to_owned()));
    assert!(one.figure("majlis_pool_commit_seconds_count") > 0);

    for round in 0..2 {
        let text = format!("Round {round}");
        amina.majlis(&["doc", "new", &text, "--text", &text]);
        database.crash();
        amina.majlis(&["doc", "edit", &text, "--append", "More"]);
        amina.majlis(&["respond", "Water", "--answer", "1=School"]);
        until("it says that it cannot work", || {
            one.watch("/readyz").0 == 503 && two.watch("/readyz").0 == 503
        });
        assert_eq!(one.watch("/healthz").0, 200);
        let has = acknowledged(&amina);
        if round == 0 {
            until("Amina is told", || {
                let said = amina.majlis(&["sync", "--for", "0"]);
                said.to_string().contains("\"cannot_store\"")
            });
            let refused = one.run(&["backup", "copy.sqlite"]);
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(
                !refused.status.success() && said.contains("pg_dump"),
                "{said}"
            );
        }
        assert!(
            acknowledged(&amina) <= has,
            "nothing is acknowledged meanwhile"
        );
        database.run();
        let held = in_pool(&database);
        assert!(held >= has, "it acknowledged {has}, and {held} are there");
        until("both work again", || {
            one.watch("/readyz").0 == 200 && two.watch("/readyz").0 == 200
        });
        amina.majlis(&["sync", "--for", "0"]);
        until("all is in the database", || {
            let held = amina.verified()["entries"].clone();
            held == in_pool(&database) && entries(&one) == held && entries(&two) == held
        });
    }

    // Put back to an older state, it is given what the processes still have.
    let all = in_pool(&database);
    let _ = database.rows("DELETE FROM entries WHERE arrival > 4", &[]);
    let _ = database.rows("UPDATE spaces SET arrivals = 4", &[]);
    assert_eq!(in_pool(&database), 4);
    database.crash();
    database.run();
    until("it has everything again", || in_pool(&database) >= all);
    no_alarms(&amina);
}
