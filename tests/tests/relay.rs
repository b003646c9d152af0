//! Two devices that cannot reach each other meet through the relay of a gateway: also when it does
//! not carry their space, and again after it was gone. Who is no member is not let in, and who was
//! removed is sent away.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use majlis_tests::gateway::Gateway;
use majlis_tests::shores::{ISLAND, Shores};
use majlis_tests::village::{Village, until};
use serde_json::{Value, json};

/// A gateway on the island that runs a relay.
fn gateway(shores: &Shores, access: &str) -> Gateway {
    let settings = format!(
        "name = \"Island\"\n[peers]\nport = 4600\ndiscovery = false\n\
         [relay]\nlisten = \"{ISLAND}:3340\"\naccess = \"{access}\"\n"
    );
    let mut gateway = Gateway::new("").within(shores.island()).with(&settings);
    gateway.start();
    gateway
}

fn person(shore: &str, name: &str) -> Village {
    let village = Village::new(Some(shore)).without_discovery();
    village.majlis(&["me", "--name", name]);
    village
}

/// Amina's space with a consultation and a text.
fn amina(shore: &str) -> Village {
    let amina = person(shore, "Amina");
    amina.majlis(&["space", "new", "Ain Safa"]);
    amina.ask_about_water("text:Why?");
    amina.majlis(&["doc", "new", "Minutes", "--text", "Present: 34"]);
    amina
}

fn ticket(village: &Village, rank: &str) -> String {
    let made = village.majlis(&["invite", "--rank", rank, "--uses", "5"]);
    made["ticket"].as_str().unwrap().to_owned()
}

fn space(village: &Village) -> String {
    let spaces = village.majlis(&["space", "list"]);
    spaces[0]["space"].as_str().unwrap().to_owned()
}

fn sync(village: &Village) -> Value {
    let space = space(village);
    village
        .call("sync_state", &json!({ "space": space }))
        .unwrap()
}

fn finds(village: &Village, finding: &str) -> bool {
    let view = sync(village);
    let mut found = view["findings"].as_array().unwrap().iter();
    found.any(|one| one["finding"] == finding)
}

fn rank(village: &Village, name: &str) -> Value {
    let members = village.majlis(&["members"]);
    let mut members = members.as_array().unwrap().iter();
    let one = members.find(|one| one["name"] == name);
    one.map(|one| one["rank"].clone()).unwrap_or_default()
}

/// Whose relay the link with a peer goes through; `None` when there is no link, or a direct one.
fn through(village: &Village, peer: &str) -> Option<String> {
    let view = sync(village);
    let mut peers = view["peers"].as_array().unwrap().iter();
    let peer = peers.find(|one| one["name"] == peer && one["connected"] == true)?;
    Some(peer["relay"].as_str()?.to_owned())
}

fn same(villages: [&Village; 2]) -> bool {
    let [one, other] = villages.map(|village| {
        let space = space(village);
        let view = village.call("verify", &json!({ "space": space })).unwrap();
        assert_eq!(view["clean"], true, "{view}");
        let digests = ["entries_digest", "projection_digest", "documents_digest"];
        digests.map(|digest| view[digest].clone())
    });
    one == other
}

fn answer(village: &Village, why: &str) {
    let mut command = village.command();
    command.args(["respond", "Water", "--answer", &format!("Why?={why}")]);
    let done = command.output().unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
}

#[test]
fn two_that_cannot_reach_each_other_meet_through_a_relay_that_carries_nothing() {
    let Some(shores) = Shores::find() else { return };
    let [here, there] = shores.shores();
    let mut gateway = gateway(&shores, "anyone");
    let address = gateway.order(&["address"]);
    let mut amina = amina(here);
    amina.serve();
    let elsewhere = amina.run(&["sync", "--for", "0", "--peer", &address]);
    let elsewhere = String::from_utf8_lossy(&elsewhere.stderr);
    assert!(elsewhere.contains("no_common_space"), "{elsewhere}");
    until("Amina's device is at the relay", || {
        gateway.figure("majlis_relay_guests") == 1
    });
    let ticket = ticket(&amina, "member");
    let mut bilal = person(there, "Bilal");
    // By a command that ends before anybody could answer: the ticket is not forgotten with it.
    bilal.majlis(&["join", &ticket]);
    bilal.serve();
    until("Bilal is in, on both devices", || {
        [&amina, &bilal]
            .iter()
            .all(|one| rank(one, "Bilal") == "member")
    });
    assert_eq!(through(&bilal, "Amina").as_deref(), Some(ISLAND));
    assert_eq!(through(&amina, "Bilal").as_deref(), Some(ISLAND));
    answer(&bilal, "The well is dry");
    amina.majlis(&["doc", "edit", "Minutes", "--append", "Decided: dig"]);
    until("the answer and the text are on both", || {
        let results = amina.majlis(&["consultation", "results", "Water"]);
        results["counted"]["own"] == 1 && same([&amina, &bilal])
    });
    assert_eq!(gateway.status()["spaces"], json!([]), "it carries nothing");
    assert!(gateway.figure("majlis_relay_sent_bytes_total") > 1_000);

    gateway.kill();
    until("both say that the relay is gone", || {
        [&amina, &bilal]
            .iter()
            .all(|one| finds(one, "relay_unreached"))
    });
    amina.majlis(&["doc", "edit", "Minutes", "--append", "And a pump"]);
    gateway.start();
    until("both meet again", || {
        through(&bilal, "Amina").is_some() && same([&amina, &bilal])
    });
    // How it stands with a relay is looked at every second, so the words come after the packets.
    until("neither says any longer that the relay is gone", || {
        ![&amina, &bilal]
            .iter()
            .any(|one| finds(one, "relay_unreached"))
    });

    // The meter knows what that cost, though the transport does not count all of it.
    let traffic = bilal.call("traffic", &json!({})).unwrap();
    for (way, kernel) in ["sent", "received"].iter().zip(shores.kernel(1)) {
        let metered = traffic["today"]["internet"][way].as_u64().unwrap();
        let near = kernel / 2..kernel * 2;
        assert!(near.contains(&metered), "{way}: {metered} of {kernel}");
    }

    // Who saves lets go of the relay once everything is exchanged.
    amina
        .call("set_traffic", &json!({ "saving": "always" }))
        .unwrap();
    until("only Bilal's device is at the relay", || {
        gateway.figure("majlis_relay_guests") == 1 && through(&bilal, "Amina").is_none()
    });
    assert!(gateway.stop());
}

#[test]
fn a_relay_for_members_lets_in_who_joins_and_sends_away_who_is_removed() {
    let Some(shores) = Shores::find() else { return };
    let [here, there] = shores.shores();
    let gateway = gateway(&shores, "members");
    let mut amina = amina(here);
    amina.serve();
    let said = gateway.order(&["join", &ticket(&amina, "observer")]);
    assert!(said.starts_with("joined Ain Safa"), "{said}");
    until("the gateway told Amina's device of its relay", || {
        gateway.figure("majlis_relay_guests") == 1
    });
    let ticket = ticket(&amina, "member");
    let mut bilal = person(there, "Bilal");
    bilal.serve();
    // Nobody knows yet that he joins: what lets him in is the invite.
    bilal.majlis(&["join", &ticket]);
    until("Bilal is in, on both devices", || {
        [&amina, &bilal]
            .iter()
            .all(|one| rank(one, "Bilal") == "member")
    });
    until("the relay is known by its keeper's name", || {
        through(&amina, "Bilal").as_deref() == Some("Island")
    });
    answer(&bilal, "The well is dry");
    until("the answer is on both", || same([&amina, &bilal]));

    // A stranger knows the address of the relay, and that is not enough.
    let mut stranger = person(there, "Dara");
    stranger.majlis(&["space", "new", "Elsewhere"]);
    stranger.serve();
    let address = gateway.order(&["address"]);
    let refused = stranger.run(&["sync", "--for", "0", "--peer", &address]);
    assert!(!refused.status.success());
    until("the stranger is refused", || {
        finds(&stranger, "relay_refuses") && gateway.figure("majlis_relay_refusals_total") > 0
    });
    assert_eq!(gateway.figure("majlis_relay_guests"), 2);

    let members = amina.majlis(&["members"]);
    let mut members = members.as_array().unwrap().iter();
    let member = members.find(|one| one["name"] == "Bilal").unwrap();
    let device = member["device"].as_str().unwrap();
    amina.majlis(&["members", "remove", device, "--reason", "moved away"]);
    until("Bilal's device is sent away, and not let in again", || {
        gateway.figure("majlis_relay_guests") == 1 && finds(&bilal, "relay_refuses")
    });
    assert_eq!(through(&amina, "Bilal"), None);
}
