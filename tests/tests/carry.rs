//! Two devices that never share a network: a ticket on paper and a memory card are enough.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::Path;

use majlis_tests::crowd;
use majlis_tests::village::Village;
use serde_json::Value;

/// Everything of one village goes to another on a card.
fn carry(card: &Path, from: &Village, to: &Village) -> Value {
    let file = card.join("card.majlis");
    from.majlis(&["export", file.to_str().unwrap()]);
    to.majlis(&["import", file.to_str().unwrap()])
}

#[test]
fn a_memory_card_carries_a_consultation_both_ways() {
    let card = tempfile::tempdir().unwrap();
    let (amina, bilal) = (Village::new(None), Village::new(None));
    amina.majlis(&["me", "--name", "Amina"]);
    bilal.majlis(&["me", "--name", "Bilal"]);
    amina.majlis(&["space", "new", "Ain Safa", "--purpose", "Water"]);
    let question = [
        "--question",
        "single!:Where?:School|Market",
        "--question",
        "text:Why?",
    ];
    amina.majlis(
        &[
            &["consultation", "new", "--title", "Water", "--open"],
            &question[..],
        ]
        .concat(),
    );
    amina.majlis(&["doc", "new", "Minutes", "--text", "Present: 34"]);
    crowd::answers(amina.folder(), 60);
    let invite = amina.majlis(&["--no-discovery", "invite", "--rank", "facilitator"]);
    bilal.majlis(&["join", invite["ticket"].as_str().unwrap()]);

    // The first card brings Bilal in for himself, the second tells Amina.
    let first = carry(card.path(), &amina, &bilal);
    assert_eq!(
        (first["whole"].clone(), first["not_counting"].clone()),
        (true.into(), 0.into())
    );
    bilal.majlis(&["respond", "Water", "--answer", "Where?=School"]);
    bilal.majlis(&[
        "respond",
        "Water",
        "--assisted",
        "paper",
        "--answer",
        "Where?=Market",
    ]);
    bilal.majlis(&[
        "doc",
        "edit",
        "Minutes",
        "--append",
        "The pump was repaired.",
    ]);
    amina.majlis(&[
        "doc",
        "edit",
        "Minutes",
        "--append",
        "قررنا أن نسأل كل بيت.",
    ]);
    carry(card.path(), &bilal, &amina);
    carry(card.path(), &amina, &bilal);
    let (one, other) = (amina.verified(), bilal.verified());
    assert_eq!(one, other);
    let results = bilal.majlis(&["consultation", "results", "Water"]);
    assert_eq!(
        results["counted"],
        serde_json::json!({"all": 62, "own": 61, "assisted": 1})
    );
    assert_eq!(
        amina.majlis(&["doc", "show", "Minutes"]),
        bilal.majlis(&["doc", "show", "Minutes"])
    );
    // A card read twice changes nothing.
    assert_eq!(carry(card.path(), &amina, &bilal)["new"], 0);
}

#[test]
fn a_damaged_card_gives_what_is_whole_and_says_so() {
    let card = tempfile::tempdir().unwrap();
    let (amina, bilal) = (Village::new(None), Village::new(None));
    amina.majlis(&["me", "--name", "Amina"]);
    bilal.majlis(&["me", "--name", "Bilal"]);
    amina.majlis(&["space", "new", "Ain Safa"]);
    let text = "A line of the minutes that says something. ".repeat(200);
    for number in 0..4 {
        amina.majlis(&["doc", "new", &format!("Minutes {number}"), "--text", &text]);
    }
    let invite = amina.majlis(&["--no-discovery", "invite"]);
    bilal.majlis(&["join", invite["ticket"].as_str().unwrap()]);
    let file = card.path().join("card.majlis");
    amina.majlis(&["export", file.to_str().unwrap()]);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() * 3 / 4]).unwrap();
    // It says so in its answer and by its exit code.
    let imported = bilal.run(&["import", file.to_str().unwrap()]);
    assert!(!imported.status.success());
    let imported: Value = serde_json::from_slice(&imported.stdout).unwrap();
    assert_eq!(imported["whole"], false);
    assert!(imported["new"].as_u64().unwrap() > 0);
    std::fs::write(&file, &whole).unwrap();
    let imported = bilal.majlis(&["import", file.to_str().unwrap()]);
    assert_eq!(imported["whole"], true);
    assert_eq!(bilal.majlis(&["doc", "list"]).as_array().unwrap().len(), 4);
    std::fs::write(&file, b"not a card").unwrap();
    let refused = bilal.run(&["import", file.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("bad_carry_file"));
}
