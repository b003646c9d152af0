//! People who are never online together, and a gateway that carries between them: it signs for
//! what it has, loses nothing it acknowledged, and comes back from a backup as another device.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::time::Duration;

use fastrand::Rng;
use majlis_tests::crowd;
use majlis_tests::gateway::Gateway;
#[cfg(target_os = "linux")]
use majlis_tests::hall::Hall;
use majlis_tests::village::{Village, until};
use serde_json::{Value, json};

/// What is asked.
const WHERE: &str = "single!:Where?:School|Market";

/// Amina's space with an open consultation.
fn amina() -> Village {
    let amina = Village::new(None);
    amina.majlis(&["me", "--name", "Amina"]);
    amina.majlis(&["space", "new", "Ain Safa"]);
    amina.ask_about_water(WHERE);
    amina
}

fn ticket(village: &Village, rank: &str) -> String {
    let made = village.majlis(&["invite", "--rank", rank, "--uses", "5"]);
    made["ticket"].as_str().unwrap().to_owned()
}

/// A gateway that runs and is in Amina's space, who is online.
fn joined(amina: &Village, settings: &str) -> Gateway {
    let mut gateway = Gateway::new(settings);
    gateway.start();
    let said = gateway.order(&["join", &ticket(amina, "observer")]);
    assert!(
        said.starts_with("joined Ain Safa, invited by Amina"),
        "{said}"
    );
    until("the gateway is in", || {
        gateway.status()["spaces"][0]["rank"] == "observer" && knows(amina, "Gateway")
    });
    gateway
}

fn knows(village: &Village, name: &str) -> bool {
    let members = village.majlis(&["members"]);
    let mut members = members.as_array().unwrap().iter();
    members.any(|one| one["name"] == name && !one["rank"].is_null())
}

fn carriers(village: &Village) -> Vec<Value> {
    let said = village.run(&["receipts"]);
    let view: Value = serde_json::from_slice(&said.stdout).unwrap();
    view["carriers"].as_array().unwrap().clone()
}

/// Waits until every gateway has signed for everything of this village's own, with nothing to
/// complain about.
fn all_signed_for(village: &Village, what: &str) {
    until(what, || {
        let carriers = carriers(village);
        assert!(carriers.iter().all(|one| one["alarms"] == json!([])));
        let done = |one: &Value| one["mine"] == one["mine_all"] && one["owed"] == 0;
        !carriers.is_empty() && carriers.iter().all(done)
    });
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

fn counted(village: &Village) -> Value {
    let results = village.run(&["consultation", "results", "Water"]);
    let results: Value = serde_json::from_slice(&results.stdout).unwrap_or_default();
    results["counted"]["all"].clone()
}

#[test]
fn two_who_are_never_online_together_exchange_through_a_gateway() {
    let mut amina = amina();
    let invitation = ticket(&amina, "member");
    amina.serve();
    let mut gateway = joined(&amina, "");
    all_signed_for(&amina, "the gateway signed for all that Amina wrote");
    let more = gateway.run(&["join", &ticket(&amina, "member")]);
    assert!(!more.status.success(), "a gateway wants no rank");
    amina.kill();

    // Bilal joins with nobody there but the gateway.
    let mut bilal = Village::new(None);
    bilal.majlis(&["me", "--name", "Bilal"]);
    bilal.majlis(&["join", &invitation]);
    bilal.serve();
    meet(&bilal, &gateway);
    until("the question is with Bilal", || {
        bilal
            .run(&["consultation", "show", "Water"])
            .status
            .success()
    });
    bilal.majlis(&["respond", "Water", "--answer", "1=School"]);
    all_signed_for(&bilal, "the gateway signed for Bilal's answer");
    bilal.kill();

    amina.serve();
    until("the answer is with Amina", || counted(&amina) == 1);
    all_signed_for(&amina, "Amina holds what the gateway signed for");
    until("both hold the same", || {
        let held = &gateway.status()["spaces"][0]["entries"];
        *held == amina.verified()["entries"]
    });

    // Whoever watches over it sees that it lives and what it carries.
    assert_eq!(gateway.watch("/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(gateway.watch("/readyz"), (200, "ready\n".to_owned()));
    assert_eq!(gateway.watch("/secrets").0, 404);
    assert_eq!(gateway.figure("majlis_space_member"), 1);
    assert!(gateway.figure("majlis_space_receipts_total") >= 2);
    assert!(gateway.figure("majlis_space_received_bytes_total") > 0);
    assert_eq!(gateway.figure("majlis_space_refusals_total"), 0);
    let web = gateway.order(&["web"]);
    assert!(web.starts_with("http://127.0.0.1:"), "{web}");
    assert!(gateway.stop(), "it stops when it is told to");
    assert!(!gateway.run(&["web"]).status.success());
}

#[test]
fn a_gateway_that_loses_power_in_mid_session_loses_nothing_it_acknowledged() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(1);
    println!("SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let mut amina = amina();
    crowd::answers(amina.folder(), 150);
    amina.majlis(&["doc", "new", "Minutes", "--text", "Present: 34"]);
    amina.serve();
    let mut gateway = joined(&amina, "");
    let mut acknowledged = 0;
    for round in 0..8 {
        amina.majlis(&[
            "doc",
            "edit",
            "Minutes",
            "--append",
            &format!("Line {round}"),
        ]);
        amina.majlis(&["respond", "Water", "--answer", "1=School"]);
        std::thread::sleep(Duration::from_millis(rng.u64(0..1_500)));
        gateway.kill();
        let peers = amina.majlis(&["sync", "--for", "0"]);
        let view = peers.as_object().unwrap().values().next().unwrap();
        let of_gateway = view["peers"].as_array().unwrap();
        let of_gateway = of_gateway.iter().find(|peer| peer["name"] == "Gateway");
        let has = of_gateway.unwrap()["has"].as_u64().unwrap();
        // Read from its disk, by a process of its own.
        let held = gateway.status()["spaces"][0]["entries"].as_u64().unwrap();
        assert!(held >= has, "it acknowledged {has} and has {held}");
        acknowledged = acknowledged.max(has);
        gateway.start();
    }
    assert!(acknowledged > 100, "there was no load to speak of");
    amina.majlis(&["sync", "--for", "0"]);
    all_signed_for(&amina, "the gateway signed for all that Amina wrote");
    until("the gateway has everything", || {
        gateway.status()["spaces"][0]["entries"] == amina.verified()["entries"]
    });
    assert!(gateway.stop());
    // Whoever opens its folder as any replica finds everything in order.
    let mut reader = std::process::Command::new(majlis_tests::village::program());
    let reader = reader.args(["--json", "--data"]).arg(gateway.folder());
    let found = reader.arg("verify").output().unwrap();
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    let found = found.as_object().unwrap().values().next().unwrap();
    assert_eq!(found["clean"], true, "{}", found["problems"]);
    assert_eq!(found["entries_digest"], amina.verified()["entries_digest"]);
}

/// An older copy of its folder, put back on the same machine, joins again by itself: nobody stands
/// beside a gateway to hand it another ticket.
#[test]
#[cfg(target_os = "linux")]
fn an_older_folder_that_is_put_back_joins_again_as_another_device() {
    let mut amina = amina();
    amina.serve();
    let mut gateway = joined(&amina, "");
    all_signed_for(&amina, "the gateway signed for the space");
    assert!(gateway.stop());
    let (folder, aside) = (gateway.folder(), gateway.beside("aside"));
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        let mut copying = std::process::Command::new("cp");
        assert!(
            copying
                .arg("-a")
                .arg(from)
                .arg(to)
                .status()
                .unwrap()
                .success()
        );
    };
    copy(&folder, &aside);
    gateway.start();
    amina.majlis(&["respond", "Water", "--answer", "1=School"]);
    all_signed_for(&amina, "the gateway signed for an answer");
    assert!(gateway.stop());
    std::fs::remove_dir_all(&folder).unwrap();
    copy(&aside, &folder);
    gateway.start();
    meet(&amina, &gateway);
    until("it is in again", || {
        gateway.status()["spaces"][0]["rank"] == "observer"
    });
    until("it has everything, and signed for it", || {
        let mine = |one: &Value| one["mine"] == one["mine_all"] && one["alarms"] == json!([]);
        let whole = gateway.status()["spaces"][0]["entries"] == amina.verified()["entries"];
        whole && carriers(&amina).len() == 2 && carriers(&amina).iter().all(mine)
    });
}

#[test]
fn a_restored_gateway_is_another_device_that_forks_nothing() {
    let mut amina = amina();
    amina.serve();
    let mut gateway = joined(&amina, "");
    amina.majlis(&["respond", "Water", "--answer", "1=School"]);
    all_signed_for(&amina, "the gateway signed for all that Amina wrote");
    let backup = gateway.beside("backup.sqlite");
    let path = backup.to_str().unwrap().to_owned();
    let said = gateway.order(&["backup", &path]);
    assert!(said.starts_with("written to"), "{said}");
    assert!(!gateway.run(&["backup", &path]).status.success());

    // It goes on after the backup, and signs what the backup does not hold.
    amina.majlis(&["doc", "new", "Minutes", "--text", "Present: 34"]);
    all_signed_for(&amina, "the gateway signed for the text");
    gateway.kill();

    let restored = Gateway::new("");
    let said = restored.order(&["restore", &path]);
    assert!(said.contains("joined again"), "{said}");
    // Once more, as after a ticket that was lacking: no space is joined twice.
    let said = restored.order(&["restore", &path]);
    assert!(said.contains("joined before"), "{said}");
    let old = amina.verified();
    let mut restored = restored;
    restored.start();
    meet(&amina, &restored);
    until("the new gateway is a carrier too", || {
        carriers(&amina).len() == 2
    });
    until("it has signed for everything of Amina's", || {
        let carriers = carriers(&amina);
        assert!(carriers.iter().all(|one| one["alarms"] == json!([])));
        carriers.iter().any(|one| {
            one["mine"] == one["mine_all"] && one["receipts"].as_u64() < Some(3) && one["owed"] == 0
        })
    });
    let now = amina.verified();
    assert_eq!(
        now["not_counting"], old["not_counting"],
        "nothing is set aside"
    );
}

#[test]
fn past_a_limit_both_sides_are_told_and_nothing_is_lost() {
    let mut amina = amina();
    amina.serve();
    let mut gateway = joined(&amina, "[limits]\ndevice_bytes_a_day = 60000\n");
    // Much text that does not pack well.
    let mut rng = Rng::with_seed(3);
    let noise: String = (0..120_000).map(|_| rng.alphanumeric()).collect();
    for part in noise.as_bytes().chunks(20_000) {
        let text = String::from_utf8(part.to_vec()).unwrap();
        amina.majlis(&["doc", "new", "Long", "--text", &text]);
    }
    let told = |side: bool, refusals: &Value| {
        let mut list = refusals.as_array().unwrap().iter();
        list.any(|one| one["here"] == side && one["limit"] == "device_today")
    };
    until("Amina is told", || {
        let said = amina.run(&["receipts"]);
        let view: Value = serde_json::from_slice(&said.stdout).unwrap();
        told(false, &view["refusals"])
    });
    assert!(told(true, &gateway.status()["spaces"][0]["refusals"]));
    assert!(gateway.figure("majlis_space_refusals_total") > 0);

    // The operator makes room: what was refused comes.
    assert!(gateway.stop());
    let mut gateway = gateway.with("");
    gateway.start();
    amina.majlis(&["sync", "--for", "0"]);
    all_signed_for(&amina, "the gateway signed for all that Amina wrote");
    until("nobody is refused any more", || {
        let said = amina.run(&["receipts"]);
        let view: Value = serde_json::from_slice(&said.stdout).unwrap();
        amina.majlis(&["sync", "--for", "0"]);
        view["refusals"] == json!([]) || connected(&amina)
    });
}

fn connected(village: &Village) -> bool {
    let all = village.majlis(&["sync", "--for", "0"]);
    let view = all.as_object().unwrap().values().next().unwrap().clone();
    let mut peers = view["peers"].as_array().unwrap().iter();
    peers.any(|peer| peer["connected"] == true && peer["complete"] == true)
}

#[test]
fn a_gateway_serves_more_devices_than_stay_linked_and_each_comes_back_with_news() {
    let mut amina = amina();
    amina.serve();
    let mut gateway = joined(
        &amina,
        "[peers]\ndiscovery = false\n[limits]\nlinks_idle = 2",
    );
    let invitation = ticket(&amina, "member");
    let mut people: Vec<Village> = (0..4)
        .map(|_| Village::new(None).without_discovery())
        .collect();
    for (number, person) in people.iter_mut().enumerate() {
        person.majlis(&["me", "--name", &format!("P{number}")]);
        person.majlis(&["join", &invitation]);
        person.serve();
        meet(person, &gateway);
    }
    amina.kill();
    let gives_way = |person: &Village| {
        let spaces = person.call("spaces", &json!({})).unwrap();
        let at = json!({ "space": spaces[0]["space"] });
        let state = person.call("sync_state", &at).unwrap();
        let mut found = state["findings"].as_array().unwrap().iter();
        found.any(|one| one["finding"] == "gives_way" && one["name"] == "Gateway")
    };
    until("those who were quiet longest made room", || {
        let gone = people.iter().filter(|person| gives_way(person)).count();
        gateway.figure("majlis_space_links") == 2 && gone == 2
    });
    for person in &people {
        person.majlis(&["respond", "Water", "--answer", "1=School"]);
    }
    for person in &people {
        all_signed_for(person, "whoever has news comes back by itself");
    }
    until("there is room for two again", || {
        gateway.figure("majlis_space_links") == 2
    });
    assert_eq!(gateway.figure("majlis_space_refusals_total"), 0);
    assert!(gateway.stop());
}

/// A gateway that dialled a tablet tells it where it is: the tablet comes back from another network,
/// where the gateway cannot find it.
#[test]
#[cfg(target_os = "linux")]
fn who_was_dialled_by_a_gateway_finds_it_again_from_elsewhere() {
    let Some(hall) = Hall::open(2) else { return };
    let seats: Vec<String> = hall.seats().map(str::to_owned).collect();
    let mut amina = Village::new(Some(&seats[0])).without_discovery();
    amina.majlis(&["me", "--name", "Amina"]);
    amina.majlis(&["space", "new", "Ain Safa"]);
    amina.ask_about_water(WHERE);
    amina.serve();
    let settings = "[peers]\ndiscovery = false\n";
    let mut gateway = Gateway::new("").within(&seats[1]).with(settings);
    gateway.start();
    let _ = gateway.order(&["join", &ticket(&amina, "observer")]);
    let book = || {
        let bytes = std::fs::read(amina.folder().join("addresses.json")).unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let places = || {
        let book = book();
        let spaces = book["spaces"].as_object().unwrap().values();
        let lines = spaces.flat_map(|space| space.as_object().unwrap().values());
        lines.filter(|line| line["told"][0].is_string()).count()
    };
    until("the tablet knows where the gateway is", || places() == 1);
    // It comes back with another port, which nobody was told.
    let mut moved = book();
    let before = moved["port"].clone();
    moved["port"] = json!(0);
    amina.kill();
    assert!(gateway.stop());
    std::fs::write(amina.folder().join("addresses.json"), moved.to_string()).unwrap();
    gateway.start();
    amina.serve();
    until("they are linked", || {
        gateway.figure("majlis_space_links") == 1
    });
    let bytes = std::fs::read(amina.folder().join("addresses.json")).unwrap();
    let after: Value = serde_json::from_slice(&bytes).unwrap();
    assert_ne!(after["port"], before, "the gateway could have found it");
}
