//! Two devices that never share a network: a ticket on paper and a memory card are enough.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

#[path = "carry/cards.rs"]
mod cards;

use std::path::Path;
use std::process::Command;

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
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not_carry_file"));
}

/// The bytes of the end of a section.
const END: usize = 32;

/// The parts of a card, in order.
fn parts(card: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(card)
        .unwrap()
        .map(|file| file.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn at(card: &Path, name: &str) -> String {
    card.join(name).to_str().unwrap().to_owned()
}

/// A space with long texts that do not compress, so that it fills files; Bilal and Carim are in.
fn three(texts: usize) -> [Village; 3] {
    let villages = ["Amina", "Bilal", "Carim"].map(|name| {
        let village = Village::new(None);
        village.majlis(&["me", "--name", name]);
        village
    });
    let [amina, others @ ..] = &villages;
    amina.majlis(&["space", "new", "Ain Safa"]);
    let mut random = fastrand::Rng::with_seed(7);
    for number in 0..texts {
        let text: String = (0..12_000).map(|_| random.alphanumeric()).collect();
        amina.majlis(&["doc", "new", &format!("Minutes {number}"), "--text", &text]);
    }
    for other in others {
        let invite = amina.majlis(&["--no-discovery", "invite"]);
        other.majlis(&["join", invite["ticket"].as_str().unwrap()]);
    }
    villages
}

#[test]
fn a_card_is_added_to_by_each_device_and_brings_all_of_it_to_the_next() {
    let card = tempfile::tempdir().unwrap();
    let [amina, bilal, carim] = three(1);
    let file = at(card.path(), "card.majlis");
    let first = amina.majlis(&["export", &file]);
    assert_eq!(
        (&first["added"], &first["entries"]),
        (&first["entries"], &first["added"])
    );
    let old = std::fs::read(&file).unwrap();

    // Nothing new: nothing is written.
    assert_eq!(amina.majlis(&["export", &file])["added"], 0);
    assert_eq!(std::fs::read(&file).unwrap(), old);

    bilal.majlis(&["import", &file]);
    bilal.majlis(&[
        "doc",
        "new",
        "Letter",
        "--text",
        "We offer 60 days of work.",
    ]);
    let added = bilal.majlis(&["export", &file]);
    // His join and his letter, behind what Amina wrote.
    assert!(added["added"].as_u64().unwrap() >= 2, "{added}");
    let both = std::fs::read(&file).unwrap();
    assert_eq!(both[..old.len()], old);
    assert!(
        both.len() - old.len() < 4_096,
        "what was there is not written again"
    );

    // Carim, who has neither, sees whose file it is and what is new, and takes it all in.
    let said = carim.majlis(&["import", "--summary", &file]);
    assert_eq!(
        (&said["word"], &said["joined"]),
        (&"signed".into(), &true.into())
    );
    let view = &said["manifest"];
    assert_eq!(view["writer"], "Bilal");
    assert_eq!(
        (&view["new"], &view["members"]),
        (&view["entries"], &2.into())
    );
    assert_eq!(view["documents"].as_array().unwrap().len(), 2);
    let taken = carim.majlis(&["import", &file]);
    assert_eq!(
        (&taken["word"], &taken["new"]),
        (&"signed".into(), &view["entries"])
    );
    let known = carim.majlis(&["import", "--summary", &file]);
    assert_eq!(known["manifest"]["new"], 0);
    assert!(known["manifest"]["documents"][0]["title"].is_string());

    // What two wrote on one card reaches the first again, and the fourth section is Carim's.
    carim.majlis(&["export", &file]);
    assert_eq!(amina.majlis(&["import", &file])["whole"], true);
    assert_eq!(bilal.majlis(&["import", &file])["whole"], true);
    assert_eq!(amina.verified(), bilal.verified());
    assert_eq!(amina.verified(), carim.verified());
}

#[test]
fn power_that_fails_while_a_card_is_added_to_leaves_what_was_there() {
    let card = tempfile::tempdir().unwrap();
    let [amina, bilal, carim] = three(1);
    let file = at(card.path(), "card.majlis");
    amina.majlis(&["export", &file]);
    let old = std::fs::read(&file).unwrap().len();
    bilal.majlis(&["import", &file]);
    bilal.majlis(&[
        "doc",
        "new",
        "Letter",
        "--text",
        "We offer 60 days of work.",
    ]);
    bilal.majlis(&["export", &file]);
    let both = std::fs::read(&file).unwrap();
    let mut cuts: Vec<usize> = (old + 1..both.len()).step_by(211).collect();
    cuts.push(both.len() - 1);
    for cut in cuts {
        std::fs::write(&file, &both[..cut]).unwrap();
        let said = carim.run(&["import", "--summary", &file]);
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(said["word"], "missing");
        // The end alone is missing behind a manifest that is whole.
        let writer = if cut < both.len() - END {
            "Amina"
        } else {
            "Bilal"
        };
        assert_eq!(said["manifest"]["writer"], writer, "cut at {cut}");
        let taken = carim.run(&["import", &file]);
        assert!(
            !taken.status.success(),
            "a file that was cut off is not whole"
        );
        // The next who adds to it makes it whole again.
        bilal.majlis(&["export", &file]);
        let again = std::fs::read(&file).unwrap();
        assert_eq!(again[..old], both[..old]);
        assert!(
            again.len() <= both.len() + 1_024,
            "{} {}",
            again.len(),
            both.len()
        );
    }
    let taken = carim.majlis(&["import", &file]);
    assert_eq!(
        (&taken["whole"], &taken["word"]),
        (&true.into(), &"signed".into())
    );
    assert_eq!(
        carim.majlis(&["doc", "list"]),
        bilal.majlis(&["doc", "list"])
    );
}

#[test]
fn parts_come_in_any_order_and_say_which_is_missing() {
    let card = tempfile::tempdir().unwrap();
    let [amina, bilal, carim] = three(26);
    let file = at(card.path(), "card.majlis");
    let refused = amina.run(&["export", &file, "--part-size", "1k"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("part_too_small"));
    assert!(parts(card.path()).is_empty(), "nothing is left behind");
    let written = amina.majlis(&["export", &file, "--part-size", "100k"]);
    let names = parts(card.path());
    assert_eq!(
        names,
        ["card.1.majlis", "card.2.majlis", "card.3.majlis"].map(|n| at(card.path(), n))
    );
    assert_eq!(written["paths"].as_array().unwrap().len(), 3);
    for name in &names {
        assert!(std::fs::metadata(name).unwrap().len() <= 100_000);
    }
    // The last first: its chains do not join on yet.
    let third = bilal.majlis(&["import", &names[2]]);
    assert_eq!(third["missing"], serde_json::json!([1, 2]));
    let first = bilal.majlis(&["import", &names[0]]);
    assert_eq!(first["missing"], serde_json::json!([2]));
    let second = bilal.majlis(&["import", &names[1]]);
    assert_eq!(
        (&second["missing"], &second["waiting"]),
        (&serde_json::json!([]), &0.into())
    );
    assert_eq!(bilal.majlis(&["doc", "list"]).as_array().unwrap().len(), 26);

    // What is new goes behind the last part, or into a new one; each part stands as it was.
    let old: Vec<Vec<u8>> = names
        .iter()
        .map(|name| std::fs::read(name).unwrap())
        .collect();
    let mut random = fastrand::Rng::with_seed(8);
    let text: String = (0..80_000).map(|_| random.alphanumeric()).collect();
    bilal.majlis(&["doc", "new", "Letter", "--text", "short"]);
    bilal.majlis(&["doc", "new", "Report", "--text", &text]);
    bilal.majlis(&["export", &file, "--part-size", "100k"]);
    for (name, old) in names.iter().zip(&old) {
        assert!(std::fs::read(name).unwrap().starts_with(old), "{name}");
    }
    let mut names = parts(card.path());
    names.reverse();
    for name in &names {
        carim.majlis(&["import", name]);
    }
    assert_eq!(carim.majlis(&["doc", "list"]).as_array().unwrap().len(), 28);
}

#[test]
fn an_import_that_is_killed_goes_on_where_it_was() {
    let card = tempfile::tempdir().unwrap();
    let [amina, mut bilal, _] = three(120);
    let file = at(card.path(), "card.majlis");
    let entries = amina.majlis(&["export", &file])["entries"]
        .as_u64()
        .unwrap();
    bilal.serve();
    let path = serde_json::json!({ "path": file });
    let resumes = || bilal.call("carry_summary", &path).unwrap()["resumes"].as_u64();
    let on = std::thread::scope(|scope| {
        let import = scope.spawn(|| bilal.call("import_carry", &path));
        let mut on = 0;
        while on == 0 {
            assert!(!import.is_finished(), "it ended before it was interrupted");
            on = resumes().unwrap();
        }
        // Nothing is told to it: the power is gone.
        let process = bilal.process().unwrap().to_string();
        Command::new("kill")
            .args(["-9", &process])
            .status()
            .unwrap();
        assert!(
            import.join().unwrap().is_none(),
            "nobody was told that it is done"
        );
        on
    });
    bilal.kill();
    let taken = bilal.majlis(&["import", &file]);
    let resumed = taken["resumed"].as_u64().unwrap();
    assert!(resumed >= on && resumed < entries, "{taken}");
    assert_eq!(
        (&taken["entries"], &taken["word"]),
        (&entries.into(), &"signed".into())
    );
    carry(card.path(), &bilal, &amina);
    assert_eq!(bilal.verified(), amina.verified());
    // Once it ended, it begins at the beginning, and everything is known.
    let again = bilal.majlis(&["import", &file]);
    assert_eq!((&again["resumed"], &again["new"]), (&0.into(), &0.into()));
}

#[test]
fn other_files_and_other_spaces_are_told_apart_and_never_written_over() {
    let card = tempfile::tempdir().unwrap();
    let [amina, bilal, stranger] = three(0);
    let picture = at(card.path(), "picture.majlis");
    std::fs::write(&picture, b"\xff\xd8\xff\xe0JFIF and more").unwrap();
    let refused = |village: &Village, arguments: &[&str]| {
        let said = village.run(arguments);
        assert!(!said.status.success());
        String::from_utf8_lossy(&said.stderr).into_owned()
    };
    assert!(refused(&amina, &["import", &picture]).contains("not_carry_file"));
    assert!(refused(&amina, &["import", "--summary", &picture]).contains("not_carry_file"));
    assert!(refused(&amina, &["export", &picture]).contains("name_taken"));
    assert_eq!(
        std::fs::read(&picture).unwrap(),
        b"\xff\xd8\xff\xe0JFIF and more"
    );
    let empty = at(card.path(), "empty.majlis");
    std::fs::write(&empty, b"").unwrap();
    assert!(refused(&amina, &["import", &empty]).contains("bad_carry_file"));
    assert!(amina.majlis(&["export", &empty])["added"].as_u64().unwrap() > 0);
    bilal.majlis(&["import", &empty]);

    // Another space does not add to the file, and a device that is not in it sees no titles.
    let outside = Village::new(None);
    outside.majlis(&["me", "--name", "Dara"]);
    outside.majlis(&["space", "new", "Elsewhere"]);
    assert!(refused(&outside, &["export", &empty]).contains("name_taken"));
    assert!(refused(&outside, &["import", &empty]).contains("not_joined"));
    let said = outside.majlis(&["import", "--summary", &empty]);
    assert_eq!(
        (&said["name"], &said["joined"]),
        (&"Ain Safa".into(), &false.into())
    );
    drop(stranger);
}
