//! Programs of two versions: an earlier one and this one meet and come to the same, and this one goes
//! on with a folder the earlier one left. `cargo xtask skew` builds the earlier program and names it.
//! Not here: kinds and versions no program speaks yet (`session/skew`, `upgrade` in the core).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops at the first thing that is not as it must be, and says what it skips"
)]

use std::path::PathBuf;

use majlis_tests::village::{Village, Wire, program, until};
use serde_json::{Value, json};

/// Names the program of an earlier version.
const EARLIER: &str = "MAJLIS_EARLIER";
const VOTE: &str = r#"{"rule":{"type":"budget","money":"90","currency":"TND","ballot":"knapsack"},"shown":"after_close"}"#;

/// The earlier program; `None`, after saying so, where none is named.
fn earlier() -> Option<PathBuf> {
    let named = std::env::var_os(EARLIER).map(PathBuf::from);
    if named.is_none() {
        eprintln!(
            "SKIPPED: no program of an earlier version is named by {EARLIER} (cargo xtask skew builds one)"
        );
    }
    named
}

fn answer(who: &Village, consultation: &str, answers: &Value) {
    let lines = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(lines.path(), format!("{}\n", json!({ "answers": answers }))).unwrap();
    let path = lines.path().to_str().unwrap();
    who.majlis(&[
        "respond",
        consultation,
        "--assisted",
        "paper",
        "--file",
        path,
    ]);
}

fn digests(who: &Village) -> [Value; 2] {
    let verified = who.verified();
    ["entries_digest", "projection_digest"].map(|name| verified[name].clone())
}

/// What anybody reads of the space: the answers, the outcome by its hash, the text. A newer version
/// may tell more beside it.
fn read(who: &Village) -> [Value; 6] {
    let results = who.majlis(&["consultation", "results", "Water"]);
    let outcome = who.majlis(&["recount", "Spring budget"]);
    let text = who.majlis(&["doc", "show", "Minutes"]);
    [
        results["counted"].clone(),
        results["questions"].clone(),
        outcome["counted"].clone(),
        outcome["hash"].clone(),
        outcome["lists_agree"].clone(),
        text["blocks"].clone(),
    ]
}

/// `first` founds and opens everything, `second` joins; both write apart, meet, and one closes.
fn meet([first, second]: [&mut Village; 2], wire: &Wire) {
    first.majlis(&["me", "--name", "أمينة", "--lang", "ar"]);
    second.majlis(&["me", "--name", "Bilal", "--lang", "fr"]);
    first.majlis(&[
        "space",
        "new",
        "Ain Safa",
        "--charter",
        "All may take part.",
    ]);
    first.ask_about_water("single!:Where?:School|Market");
    first.majlis(&["doc", "new", "Minutes", "--text", "Present: 34"]);
    let begins = [
        "consultation",
        "new",
        "--open",
        "--title",
        "Spring budget",
        "--stage",
        "decide",
    ];
    let asks = ["--question", "multiple!:What shall we pay?:Well|Road|Lamp"];
    let costs = [
        "--project",
        "Well=60",
        "--project",
        "Road=40",
        "--project",
        "Lamp=30",
    ];
    first.majlis(&[&begins[..], &asks, &costs, &["--activity", VOTE]].concat());
    first.serve();
    second.serve();
    let invite = first.majlis(&["invite", "--rank", "facilitator"]);
    second.majlis(&["join", invite["ticket"].as_str().unwrap()]);
    until("who joined holds what there was", || {
        second.run(&["doc", "show", "Minutes"]).status.success()
            && digests(first) == digests(second)
    });

    wire.set(false);
    first.majlis(&[
        "doc",
        "edit",
        "Minutes",
        "--append",
        "قررنا أن نسأل كل بيت.",
    ]);
    second.majlis(&[
        "doc",
        "edit",
        "Minutes",
        "--append",
        "The pump was repaired.",
    ]);
    for (who, place, ballot) in [
        (&*first, "School", "Well|Lamp"),
        (&*second, "Market", "Road|Lamp"),
        (&*second, "School", "Well"),
    ] {
        answer(who, "Water", &json!({ "Where?": place }));
        answer(
            who,
            "Spring budget",
            &json!({ "What shall we pay?": ballot.split('|').collect::<Vec<_>>() }),
        );
    }
    wire.set(true);
    until("both hold the same", || digests(first) == digests(second));
    first.majlis(&["consultation", "close", "Spring budget"]);
    first.majlis(&[
        "consultation",
        "state",
        "Spring budget",
        "--summary",
        "The well and the lamp",
    ]);
    until("the outcome is on both", || {
        digests(first) == digests(second)
    });
    let told = read(first);
    assert_eq!(read(second), told, "the two versions read differently");
    assert_eq!(told[0]["assisted"], 3);
    assert_eq!(told[4], true);
    assert!(told[5].to_string().contains("The pump was repaired."));
}

#[test]
fn an_earlier_version_and_this_one_meet_and_this_one_goes_on_with_its_folder() {
    let Some(earlier) = earlier() else { return };
    for label in ["skn", "ske"] {
        let Some(wire) = Wire::lay(label) else { return };
        let [here, there] = wire.ends();
        let ours = Village::new(Some(here));
        let theirs = Village::new(Some(there)).running(&earlier);
        // Either may be the one who begins.
        let ours_begins = label == "skn";
        let (mut ours, mut theirs) = (ours, theirs);
        if ours_begins {
            meet([&mut ours, &mut theirs], &wire);
        } else {
            meet([&mut theirs, &mut ours], &wire);
        }
        let before = (digests(&theirs), read(&theirs));

        theirs.kill();
        let theirs = theirs.running(program());
        assert_eq!(
            (digests(&theirs), read(&theirs)),
            before,
            "after the upgrade"
        );
        assert_eq!(theirs.verified(), ours.verified(), "one version now");
        theirs.majlis(&["doc", "edit", "Minutes", "--append", "Upgraded."]);
        answer(&theirs, "Water", &json!({ "Where?": "Market" }));
        let results = theirs.majlis(&["consultation", "results", "Water"]);
        assert_eq!(results["counted"]["assisted"], 4);
    }
}
