//! Power goes off fifty times while people work: whatever was acknowledged is there afterwards,
//! and nothing is broken.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::process::Command;
use std::time::Duration;

use fastrand::Rng;
use majlis_tests::village::Village;
use serde_json::{Value, json};

const ROUNDS: usize = 50;

/// What the process said it had.
#[derive(Default)]
struct Acknowledged {
    answers: u64,
    draft: u64,
    lines: Vec<String>,
    /// Calls that were under way when the power went: they may be there or not.
    open_answers: u64,
}

struct Place {
    space: Value,
    consultation: Value,
    question: Value,
    document: Value,
}

fn set_up(village: &Village) -> Place {
    village.majlis(&["me", "--name", "Amina"]);
    let space = village.majlis(&["space", "new", "Ain Safa"])["space"].clone();
    let made = village.majlis(&[
        "consultation",
        "new",
        "--title",
        "Water",
        "--question",
        "number!:How many?:0..100000",
        "--open",
    ]);
    let consultation = made["consultation"].clone();
    let form = village.majlis(&["consultation", "show", "Water"]);
    let question = form["form"]["questions"][0]["id"].clone();
    let document = village.majlis(&["doc", "new", "Minutes"])["document"].clone();
    Place {
        space,
        consultation,
        question,
        document,
    }
}

/// Works until the process is gone.
fn work(village: &Village, place: &Place, known: &mut Acknowledged) {
    let opened = village.call(
        "open_document",
        &json!({ "space": place.space, "document": place.document }),
    );
    let Some(opened) = opened else { return };
    let editor = &opened["editor"];
    let Some(begun) = village.call("begin_editing", &json!({ "editor": editor })) else {
        return;
    };
    let mut heads = opened["heads"].clone();
    loop {
        let number = known.answers + known.open_answers + 1;
        let answer = json!({
            "space": place.space,
            "consultation": place.consultation,
            "answers": [{ "question": place.question, "value": { "type": "number", "value": number.to_string() } }],
            "assisted": { "mode": "spoken", "consent": true, "note": "" },
        });
        if village.call("respond", &answer).is_none() {
            known.open_answers += 1;
            return;
        }
        known.answers += 1;
        let draft = json!({ "key": "half an answer", "value": (known.draft + 1).to_string() });
        if village.call("put_draft", &draft).is_none() {
            return;
        }
        known.draft += 1;
        let word = format!("word{number} ");
        let edit = json!({
            "editor": editor,
            "session": begun["session"],
            "base": heads,
            "edits": [{ "edit": "insert", "at": 1, "text": word }],
        });
        let Some(applied) = village.call("edit_document", &edit) else {
            return;
        };
        heads = applied["heads"].clone();
        known.lines.push(word);
    }
}

fn check(village: &Village, place: &Place, known: &Acknowledged) {
    let results = village.majlis(&["consultation", "results", "Water"]);
    let counted = results["counted"]["all"].as_u64().unwrap();
    assert!(
        counted >= known.answers,
        "{counted} of {} answers are there",
        known.answers
    );
    assert!(counted <= known.answers + known.open_answers);
    let text = village.majlis(&["doc", "show", "Minutes"]).to_string();
    let lost = known
        .lines
        .iter()
        .filter(|line| !text.contains(line.as_str()))
        .count();
    assert_eq!(lost, 0, "{lost} of {} words are gone", known.lines.len());
    let at = json!({ "key": "half an answer" });
    if known.draft > 0 {
        let draft = village.call("draft", &at).unwrap();
        let saved: u64 = draft["value"].as_str().unwrap().parse().unwrap();
        assert!(
            saved == known.draft || saved == known.draft + 1,
            "{saved} of {}",
            known.draft
        );
    }
    assert!(place.space.is_string());
}

#[test]
fn fifty_power_cuts_lose_nothing_that_was_acknowledged() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    println!("SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let mut village = Village::new(None);
    let place = set_up(&village);
    let mut known = Acknowledged::default();
    for round in 0..ROUNDS {
        village.serve();
        check(&village, &place, &known);
        let process = village.process().unwrap().to_string();
        let after = Duration::from_millis(rng.u64(5..350));
        let cut = std::thread::spawn(move || {
            std::thread::sleep(after);
            Command::new("kill")
                .args(["-9", &process])
                .status()
                .unwrap()
        });
        work(&village, &place, &mut known);
        assert!(cut.join().unwrap().success());
        village.kill();
        if round % 10 == 9 {
            let found = village.verified();
            assert_eq!(found["problems"], json!([]));
        }
    }
    println!(
        "{} answers, {} words, {} drafts",
        known.answers,
        known.lines.len(),
        known.draft
    );
    assert!(
        known.answers > 50 && known.lines.len() > 50,
        "there was no load to speak of"
    );
}
