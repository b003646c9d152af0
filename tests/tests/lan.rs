//! Two devices on a local network that leads nowhere else: they find each other, one joins by
//! ticket, a consultation with two hundred answers and a text edited apart come together.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::io::Write as _;

use majlis_tests::crowd;
use majlis_tests::village::{Village, Wire, until};
use serde_json::Value;

const FORM: [&str; 8] = [
    "consultation",
    "new",
    "--title",
    "Water",
    "--question",
    "single!:Where?:School|Market",
    "--question",
    "text:Why?",
];

fn digests(verified: &Value) -> [&Value; 3] {
    [
        &verified["entries_digest"],
        &verified["projection_digest"],
        &verified["documents_digest"],
    ]
}

/// Twenty assisted answers, as an officer types them in one after another.
fn assist(village: &Village) {
    let mut lines = tempfile::NamedTempFile::new().unwrap();
    for at in 0..20 {
        let place = if at % 4 == 0 { "Market" } else { "School" };
        writeln!(lines, r#"{{"answers": {{"Where?": "{place}"}}}}"#).unwrap();
    }
    let path = lines.path().to_str().unwrap().to_owned();
    let args = ["respond", "Water", "--assisted", "spoken", "--file", &path];
    assert_eq!(village.majlis(&args)["taken"].as_array().unwrap().len(), 20);
}

#[test]
fn two_villages_on_one_wire_come_to_the_same() {
    let Some(wire) = Wire::lay("lan") else { return };
    let [here, there] = wire.ends();
    let (mut amina, mut bilal) = (Village::new(Some(here)), Village::new(Some(there)));
    amina.majlis(&["me", "--name", "أمينة", "--lang", "ar"]);
    bilal.majlis(&["me", "--name", "Bilal", "--lang", "fr"]);
    amina.majlis(&[
        "space",
        "new",
        "Ain Safa",
        "--purpose",
        "Water",
        "--charter",
        "All may take part.",
    ]);
    amina.majlis(&FORM);
    amina.majlis(&["consultation", "open", "Water"]);
    amina.majlis(&["doc", "new", "Minutes", "--text", "Present: 34"]);
    crowd::answers(amina.folder(), 180);
    amina.serve();
    bilal.serve();
    let invite = amina.majlis(&["invite", "--rank", "facilitator"]);
    let ticket = invite["ticket"].as_str().unwrap();
    bilal.majlis(&["join", ticket]);
    until("Bilal is in, on both devices", || {
        [&amina, &bilal].iter().all(|village| {
            let members = village.majlis(&["members"]);
            members
                .as_array()
                .unwrap()
                .iter()
                .any(|one| one["name"] == "Bilal" && one["rank"] == "facilitator")
        })
    });
    until("the answers are with Bilal", || {
        let results = bilal.run(&["consultation", "results", "Water"]);
        let results: Value = serde_json::from_slice(&results.stdout).unwrap_or_default();
        results["counted"]["own"] == 180
    });

    // The wire is cut: both write in the same text, and Bilal goes from door to door.
    wire.set(false);
    amina.majlis(&[
        "doc",
        "edit",
        "Minutes",
        "--append",
        "قررنا أن نسأل كل بيت.",
    ]);
    bilal.majlis(&[
        "doc",
        "edit",
        "Minutes",
        "--append",
        "The pump was repaired.",
    ]);
    bilal.majlis(&["doc", "edit", "Minutes", "--insert", "1", "Friday. "]);
    assist(&bilal);
    wire.set(true);
    until("both hold the same", || {
        let (one, other) = (amina.verified(), bilal.verified());
        digests(&one) == digests(&other)
    });
    let results = amina.majlis(&["consultation", "results", "Water"]);
    assert_eq!(
        results["counted"],
        serde_json::json!({"all": 200, "own": 180, "assisted": 20})
    );
    assert!(
        bilal.majlis(&["consultation", "results", "Water"]) == results,
        "results differ"
    );
    let text = amina.majlis(&["doc", "show", "Minutes"]);
    assert_eq!(bilal.majlis(&["doc", "show", "Minutes"]), text);
    let text = text.to_string();
    for part in [
        "Friday. Present: 34",
        "قررنا أن نسأل كل بيت.",
        "The pump was repaired.",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }

    // Power goes off on both: everything is there again.
    let before = amina.verified();
    amina.kill();
    bilal.kill();
    assert_eq!(digests(&amina.verified()), digests(&before));
    assert_eq!(digests(&bilal.verified()), digests(&before));
}
