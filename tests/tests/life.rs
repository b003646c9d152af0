//! Devices on networks as they are: what they cost is counted and kept to a budget, links end when
//! there is nothing left to say, what stands in the way is named, and whoever was away comes back
//! without anybody doing anything. Real processes, real interfaces.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::process::Command;
use std::time::Duration;

use majlis_tests::households::{self, Tongue};
use majlis_tests::morning::{self, Morning};
use majlis_tests::roads::{Between, Roads};
use majlis_tests::village::{Village, until};
use majlis_tests::weak_link::Profile;
use serde_json::{Value, json};

#[path = "life/media.rs"]
mod media;

/// What is asked.
const WHY: &str = "text!:Why?";

/// Amina and Bilal in one space with an open consultation, both online, both with everything.
struct Two {
    roads: Roads,
    amina: Village,
    bilal: Village,
}

impl Two {
    fn meet(between: Between) -> Option<Self> {
        let roads = Roads::lay(between)?;
        let [here, there] = roads.ends();
        let village = |end| match between {
            Between::Router => Village::new(Some(end)),
            Between::Internet => Village::new(Some(end)).without_discovery(),
        };
        let (mut amina, mut bilal) = (village(here), village(there));
        amina.majlis(&["me", "--name", "Amina"]);
        bilal.majlis(&["me", "--name", "Bilal"]);
        amina.majlis(&["space", "new", "Ain Safa"]);
        amina.ask_about_water(WHY);
        amina.serve();
        bilal.serve();
        let invite = amina.majlis(&["invite", "--rank", "facilitator"]);
        bilal.majlis(&["join", invite["ticket"].as_str().unwrap()]);
        let two = Self {
            roads,
            amina,
            bilal,
        };
        two.until_equal("both have everything at first");
        Some(two)
    }

    fn space(&self) -> String {
        let spaces = self.bilal.majlis(&["space", "list"]);
        spaces[0]["space"].as_str().unwrap().to_owned()
    }

    fn answer(&self, who: &Village, text: &str) {
        let answers = json!({ "Why?": text }).to_string();
        let lines = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(lines.path(), format!("{{\"answers\": {answers}}}\n")).unwrap();
        let path = lines.path().to_str().unwrap();
        who.majlis(&["respond", "Water", "--assisted", "spoken", "--file", path]);
    }

    fn until_equal(&self, what: &str) {
        until(what, || {
            let [one, other] = [&self.amina, &self.bilal].map(state);
            let complete = |view: &Value| {
                let peer = &view["peers"][0];
                peer["complete"] == true && view["unsealed"] == 0
            };
            complete(&one) && complete(&other) && one["entries"] == other["entries"]
        });
    }
}

fn state(who: &Village) -> Value {
    let spaces = who.call("spaces", &json!({})).unwrap();
    match spaces[0]["space"].as_str() {
        Some(space) => who.call("sync_state", &json!({ "space": space })).unwrap(),
        None => Value::Null,
    }
}

fn traffic(who: &Village) -> Value {
    who.call("traffic", &json!({})).unwrap()
}

/// Bytes each way over one kind of link.
fn counted(view: &Value, span: &str, kind: &str) -> [u64; 2] {
    ["sent", "received"].map(|way| view[span][kind][way].as_u64().unwrap())
}

fn finds(who: &Village, finding: &str, name: Option<&str>) -> bool {
    let view = state(who);
    let mut found = view["findings"].as_array().unwrap().iter();
    found.any(|one| one["finding"] == finding && one["name"].as_str() == name)
}

fn connected(who: &Village) -> bool {
    state(who)["peers"][0]["connected"] == true
}

fn send(signal: &str, who: &Village) {
    let process = who.process().unwrap().to_string();
    let sent = Command::new("kill").args([signal, &process]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn every_byte_on_the_internet_is_counted_and_kept_over_a_power_cut() {
    let Some(mut two) = Two::meet(Between::Internet) else {
        return;
    };
    for number in 0..20 {
        two.answer(&two.bilal, &format!("The pump broke on day {number}."));
    }
    two.until_equal("the answers are with Amina");
    // Between the two lie packets that are not ours, and on dials in vain the headers.
    let close = |told: u64, kernel: u64| told <= kernel && told >= kernel / 100 * 95;
    let mut told = [0; 2];
    until("the meter and the kernel agree", || {
        let view = traffic(&two.bilal);
        assert_eq!(counted(&view, "today", "near"), [0, 0], "nothing was near");
        told = counted(&view, "today", "internet");
        assert_eq!(counted(&view, "month", "internet"), told);
        let kernel = two.roads.kernel(1);
        close(told[0], kernel[0]) && close(told[1], kernel[1])
    });
    // A dial that nobody answers costs as well. What comes back for it is the kernel's own.
    two.amina.kill();
    until("Bilal finds nobody where Amina was", || {
        finds(&two.bilal, "unanswered", Some("Amina"))
    });
    let before = told[0];
    until("the meter and the kernel agree again", || {
        told = counted(&traffic(&two.bilal), "today", "internet");
        told[0] > before + 1_200 && close(told[0], two.roads.kernel(1)[0])
    });
    // What was told a few seconds ago is on disk.
    std::thread::sleep(Duration::from_secs(5));
    two.bilal.kill();
    let after = two.bilal.majlis(&["traffic"]);
    let after = counted(&after, "today", "internet");
    let kept = after
        .into_iter()
        .zip(told)
        .all(|(after, told)| after >= told);
    assert!(kept, "{after:?} {told:?}");
}

#[test]
fn a_spent_budget_stops_the_internet_until_a_person_wants_it_once() {
    let Some(two) = Two::meet(Between::Internet) else {
        return;
    };
    let mut used = 0;
    until("what that cost is counted", || {
        used = counted(&traffic(&two.bilal), "month", "internet")
            .iter()
            .sum::<u64>();
        used > 0
    });
    let budget = |bytes: u64| {
        two.bilal
            .call("set_traffic", &json!({ "budget": bytes }))
            .unwrap()
    };
    assert_eq!(budget(used * 8 / 7)["state"], "near");
    assert!(
        connected(&two.bilal),
        "four fifths are told, and nothing stops"
    );
    assert_eq!(budget(used)["state"], "spent");
    until("Bilal knows why there is no link", || {
        finds(&two.bilal, "budget_spent", Some("Amina"))
    });
    until("there is none", || {
        !connected(&two.amina) && !connected(&two.bilal)
    });
    two.answer(&two.bilal, "Written while the budget was used up.");
    let space = two.space();
    let wanted = |over: bool| json!({ "space": space, "over_budget": over });
    let _ = two.bilal.call("sync_now", &wanted(false)).unwrap();
    assert!(!connected(&two.bilal));
    assert!(finds(&two.bilal, "budget_spent", Some("Amina")));
    let _ = two.bilal.call("sync_now", &wanted(true)).unwrap();
    two.until_equal("once anyway");
    until("and no longer than that", || !connected(&two.bilal));

    // Amina has an address to dial him at; she is told why he will not.
    let address = two.bilal.call("my_address", &json!({})).unwrap();
    let address = address["address"].as_str().unwrap();
    let refused = two.amina.run(&["sync", "--for", "0", "--peer", address]);
    let refused = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.contains("turned_away"), "{refused}");
    until("Amina knows as well", || {
        finds(&two.amina, "their_budget_spent", Some("Bilal"))
    });
}

#[test]
fn a_local_network_costs_nothing_and_knows_no_budget() {
    let Some(two) = Two::meet(Between::Router) else {
        return;
    };
    let set = two
        .amina
        .call("set_traffic", &json!({ "budget": 1, "saving": "always" }));
    assert_eq!(set.unwrap()["state"], "fine");
    two.answer(&two.amina, "Near is free.");
    two.until_equal("the answer is with Bilal");
    let view = traffic(&two.amina);
    assert_eq!(counted(&view, "month", "internet"), [0, 0]);
    assert!(counted(&view, "month", "near")[0] > 0);
    assert!(
        connected(&two.amina) && connected(&two.bilal),
        "near links stay"
    );
}

#[test]
fn to_save_data_a_link_ends_when_both_have_everything_and_comes_back_when_asked() {
    let Some(two) = Two::meet(Between::Internet) else {
        return;
    };
    let _ = two
        .bilal
        .call("set_traffic", &json!({ "saving": "always" }))
        .unwrap();
    let rests = || {
        let (one, other) = (state(&two.bilal), state(&two.amina));
        let done = |view: &Value| {
            view["peers"][0]["connected"] == false && view["peers"][0]["complete"] == true
        };
        done(&one) && done(&other) && finds(&two.bilal, "resting", Some("Amina"))
    };
    until("the link ends, complete on both sides", rests);
    two.answer(&two.bilal, "The well is dry.");
    let space = json!({ "space": two.space() });
    let before = traffic(&two.bilal);
    assert_eq!(before["saves"], "chosen");
    let _ = two.bilal.call("sync_now", &space).unwrap();
    two.until_equal("the answer is with Amina");
    until("the link ends again", rests);
    // Somewhere else data may cost nothing, so others are asked for news at once.
    two.answer(&two.amina, "The well is full again.");
    let _ = two.bilal.call("network_changed", &json!({})).unwrap();
    two.until_equal("the answer is with Bilal");
    until("the link ends once more", rests);
    // On another network they are as well. Another address on the same one is no other place.
    two.answer(&two.amina, "The pump is mended.");
    two.roads.plug(1, "198.51.100.7/24");
    two.until_equal("the answer is with Bilal where he is now");
    until("the link ends there too", rests);
    two.roads.plug(1, "198.51.100.8/24");
    for _ in 0..24 {
        std::thread::sleep(Duration::from_millis(500));
        assert!(!connected(&two.amina), "an address is worth no handshake");
    }
    // Metered, automatic saving does the same.
    let _ = two
        .bilal
        .call("set_traffic", &json!({ "saving": "automatic" }))
        .unwrap();
    until("without saving they stay together", || {
        connected(&two.bilal)
    });
    let _ = two
        .bilal
        .call("set_metered", &json!({ "metered": true }))
        .unwrap();
    assert_eq!(traffic(&two.bilal)["saves"], "metered");
    until("the link ends on a metered network", rests);
    let _ = two
        .bilal
        .call("set_metered", &json!({ "metered": false }))
        .unwrap();
    until("on one that is not they are together again", || {
        connected(&two.bilal)
    });
}

#[test]
fn what_stands_between_two_devices_is_named() {
    let Some(mut two) = Two::meet(Between::Router) else {
        return;
    };
    two.roads.keep_apart(true);
    until("the router keeps them apart", || {
        finds(&two.amina, "separated", Some("Bilal"))
            && finds(&two.bilal, "separated", Some("Amina"))
    });
    let said = two
        .amina
        .command()
        .args(["sync", "--for", "0"])
        .output()
        .unwrap();
    assert!(said.status.success());
    two.answer(&two.bilal, "Written behind the router.");
    two.roads.keep_apart(false);
    two.until_equal("without anybody doing anything");
    assert!(!finds(&two.amina, "separated", Some("Bilal")));

    two.roads.unplug(0);
    until("no network", || finds(&two.amina, "no_network", None));
    two.roads.plug(0, "10.78.0.1/24");
    two.until_equal("together again");

    // Amina's device ends, and another one takes its place and port.
    let port = std::fs::read(two.amina.folder().join("addresses.json")).unwrap();
    let port = serde_json::from_slice::<Value>(&port).unwrap()["port"].clone();
    two.amina.kill();
    until("nobody answers", || {
        finds(&two.bilal, "unanswered", Some("Amina"))
    });
    let [here, _] = two.roads.ends();
    let mut chidi = Village::new(Some(here)).without_discovery();
    let book = json!({ "port": port }).to_string();
    std::fs::write(chidi.folder().join("addresses.json"), book).unwrap();
    chidi.serve();
    let space = json!({ "space": two.space() });
    until("somebody else answers", || {
        let _ = two.bilal.call("sync_now", &space);
        finds(&two.bilal, "somebody_else", Some("Amina"))
    });
    chidi.kill();
    two.amina.serve();
    two.until_equal("Amina is back");

    // Amina forgets the space: her device answers, and knows nothing of it.
    let forget = json!({ "space": two.space(), "anyway": true });
    let _ = two.amina.call("forget_space", &forget).unwrap();
    until("Amina does not have the space", || {
        let _ = two.bilal.call("sync_now", &space);
        finds(&two.bilal, "not_in_space", Some("Amina"))
    });
}

#[test]
fn after_airplane_mode_another_network_and_sleep_devices_go_on_by_themselves() {
    let Some(two) = Two::meet(Between::Router) else {
        return;
    };
    // Airplane mode, and afterwards another address.
    two.roads.unplug(0);
    two.answer(&two.amina, "Written in the air.");
    two.answer(&two.bilal, "Written on the ground.");
    until("both know that they are apart", || {
        !connected(&two.amina) && !connected(&two.bilal)
    });
    two.roads.plug(0, "10.78.0.77/24");
    two.until_equal("landed elsewhere");

    // Both on another network: nothing that was known of where the other is holds any more.
    two.answer(&two.amina, "Written at home.");
    two.roads.plug(0, "10.91.0.1/24");
    two.roads.plug(1, "10.91.0.2/24");
    let moved = std::time::Instant::now();
    two.until_equal("both moved");
    let took = moved.elapsed();
    assert!(took < Duration::from_secs(40), "{took:?}");
    two.roads.plug(1, "10.78.0.2/24");

    // Another address in the middle of a link, without a moment of silence.
    two.answer(&two.amina, "Written before the move.");
    two.roads.plug(0, "10.78.0.99/24");
    two.answer(&two.amina, "Written after the move.");
    two.until_equal("moved");

    // Sleep, longer than any link lives.
    send("-STOP", &two.bilal);
    two.answer(&two.amina, "Written while Bilal slept.");
    until("Amina is alone", || !connected(&two.amina));
    std::thread::sleep(Duration::from_secs(20));
    send("-CONT", &two.bilal);
    two.until_equal("awake");

    // All of that was on one network, or on none.
    for who in [&two.amina, &two.bilal] {
        assert_eq!(counted(&traffic(who), "today", "internet"), [0, 0]);
    }
}

#[test]
fn what_is_left_on_a_slow_link_is_named_and_its_end_is_the_peers_word() {
    let Some(mut morning) = Morning::prepare(30, 1) else {
        return;
    };
    let answers = 30..630;
    let title = households::form(Tongue::Arabic).title;
    morning::answer(&morning.tablet, answers);
    morning.link.set(Profile::EDGE);
    morning.tablet.serve();
    let (mut sent, mut measured, mut came) = (0, false, false);
    until("the peer has everything", || {
        let (view, theirs) = (state(&morning.tablet), state(&morning.peer));
        let peer = &view["peers"][0];
        for left in peer["sending"]["left"].as_array().unwrap() {
            if left["title"] == title && left["answers"] == true {
                sent = sent.max(left["count"].as_u64().unwrap());
                measured |= peer["sending"]["seconds"].is_u64();
            }
        }
        let coming = theirs["peers"][0]["coming"]["left"].as_array().unwrap();
        came |= coming.iter().any(|left| left["title"] == title);
        let complete = peer["complete"] == true && peer["connected"] == true;
        if complete {
            assert_eq!(peer["lacks"], 0, "complete is the peer's word, not a hope");
            assert_eq!(theirs["entries"], view["entries"]);
        }
        complete
    });
    assert!(sent > 500 && came, "named on both sides: {sent} {came}");
    assert!(measured, "it was measured how long it takes");
    // The link was slow, so data is saved by itself.
    until("the link ends by itself", || {
        state(&morning.tablet)["peers"][0]["connected"] == false
    });
    assert_eq!(traffic(&morning.tablet)["saves"], "slow");

    // What is written with nobody near is named too, until somebody has it.
    morning.peer.kill();
    morning::answer(&morning.tablet, 630..637);
    let apart = |title: &str| {
        let view = state(&morning.tablet);
        let peer = &view["peers"][0];
        assert_eq!(peer["connected"], false);
        let left = peer["sending"]["left"].as_array().unwrap();
        let entries = peer["lacks"].as_u64().unwrap();
        let named = left.iter().find(|left| left["title"] == title)?;
        assert_eq!(named["answers"], true, "{named} of {entries}");
        named["count"].as_u64()
    };
    until("what was written is named", || apart(&title) == Some(7));
}

#[test]
fn what_did_not_come_is_named_after_the_link_is_gone() {
    let Some(mut morning) = Morning::prepare(30, 1) else {
        return;
    };
    let title = households::form(Tongue::Arabic).title;
    morning::answer(&morning.tablet, 30..1_530);
    morning.link.set(Profile::GPRS);
    morning.tablet.serve();
    let missing = |morning: &Morning| {
        let view = state(&morning.peer);
        let peer = &view["peers"][0];
        let left = peer["coming"]["left"].as_array().unwrap();
        let named = left.iter().find(|left| left["title"] == title);
        let named = named.map_or(0, |left| left["count"].as_u64().unwrap());
        (
            peer["connected"] == true,
            named,
            peer["missing_here"].as_u64().unwrap(),
        )
    };
    until("some of it came", || {
        let (connected, named, all) = missing(&morning);
        connected && named > 10 && all >= named
    });
    morning.tablet.kill();
    until("the peer is alone", || !missing(&morning).0);
    let (_, named, all) = missing(&morning);
    assert!(named > 0 && all >= named, "{named} of {all}");
    // It is told from the disk, too.
    morning.peer.kill();
    morning.peer.serve();
    assert_eq!(missing(&morning), (false, named, all));

    morning.link.set(Profile::LAN);
    morning.tablet.serve();
    until("nothing is missing", || {
        let (connected, named, all) = missing(&morning);
        connected && named == 0 && all == 0
    });
}
