//! From a spreadsheet to a consultation, and from its answers to files, through the real binary.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use data_encoding::BASE64;
use majlis_formats::form::{
    Choice, ChoiceList, Form, Item, Kind, Language, MediaKind, Settings, Texts,
};
use majlis_formats::workbook::Workbook;
use majlis_formats::xlsform;
use serde_json::Value;

fn majlis(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_majlis"))
        .args(["--json", "--no-discovery", "--data", "replica"])
        .args(args)
        .current_dir(folder)
        .env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn answer(folder: &Path, args: &[&str]) -> Value {
    let output = majlis(folder, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn both(ar: &str, en: &str) -> Texts {
    let texts = [("Arabic (ar)", ar), ("English (en)", en)];
    Texts(
        texts
            .map(|(language, text)| (language.to_owned(), text.to_owned()))
            .into(),
    )
}

/// Where one lives, how many live there, and what one proposes, in two languages.
fn form() -> Form {
    let mut place = Item::new(
        "place",
        Kind::SelectOne {
            list: "places".to_owned(),
            or_other: false,
        },
    );
    place.label = both("أين تسكن؟", "Where do you live?");
    place.rules.required = Some("true()".to_owned());
    let mut people = Item::new("people", Kind::Integer);
    people.label = both("كم شخصًا؟", "How many people?");
    let mut proposal = Item::new("proposal", Kind::Text);
    proposal.label = both("ماذا تقترح؟", "What do you propose?");
    let mut inside = Item::new("house", Kind::Group);
    inside.items = vec![people, proposal];
    let choice = |name: &str, ar: &str, en: &str| Choice {
        name: name.to_owned(),
        label: both(ar, en),
        ..Choice::default()
    };
    Form {
        settings: Settings {
            title: "الماء".to_owned(),
            id: "water".to_owned(),
            default_language: Some("Arabic (ar)".to_owned()),
            ..Settings::default()
        },
        languages: ["Arabic (ar)", "English (en)"]
            .map(Language::named)
            .to_vec(),
        items: vec![place, inside],
        lists: vec![ChoiceList {
            name: "places".to_owned(),
            choices: vec![
                choice("east", "الشرق", "East"),
                choice("west", "الغرب", "West"),
            ],
        }],
        ..Form::default()
    }
}

#[test]
fn a_spreadsheet_becomes_a_consultation_and_its_answers_become_files() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("water.xlsx"), xlsform::write(&form()).unwrap()).unwrap();
    answer(here, &["space", "new", "Ain Safa", "--as", "Amina"]);
    answer(here, &["consultation", "import", "water.xlsx", "--open"]);
    let view = answer(here, &["consultation", "show", "الماء"]);
    let questions = view["form"]["questions"].as_array().unwrap();
    let labels: Vec<&str> = questions
        .iter()
        .map(|one| one["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["أين تسكن؟", "", "كم شخصًا؟", "ماذا تقترح؟"]);
    assert_eq!(questions[0]["required"], true);
    // One's own answer with Arabic digits and a text that a spreadsheet must not run; two for others, one corrected.
    let own = [
        "respond",
        "الماء",
        "--answer",
        "1=الشرق",
        "--answer",
        "people=١٢",
        "--answer",
        "4==1+1",
    ];
    answer(here, &own);
    let mut slots = Vec::new();
    for place in ["الشرق", "الغرب"] {
        let place = format!("1={place}");
        let taken = answer(
            here,
            &[
                "respond",
                "الماء",
                "--assisted",
                "paper",
                "--answer",
                &place,
            ],
        );
        slots.push(taken["slot"].as_str().unwrap().to_owned());
    }
    let corrected = [
        "respond",
        "الماء",
        "--assisted",
        "paper",
        "--slot",
        &slots[0],
        "--answer",
        "place=west",
    ];
    answer(here, &corrected);

    let written = answer(
        here,
        &["consultation", "export", "الماء", "--to", "out/all.json"],
    );
    assert_eq!(written["answers"], 3);
    let json = std::fs::read(here.join("out/all.json")).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    let results = answer(here, &["consultation", "results", "الماء"]);
    assert_eq!(results["counted"]["all"], 3);
    let responses = json["responses"].as_array().unwrap();
    let of = |slot: &str| responses.iter().find(|one| one["KEY"] == slot).unwrap();
    let first = of(&slots[0]);
    assert_eq!(
        (&first["channel"], &first["ever_corrected"], &first["given"]),
        (&"assisted".into(), &true.into(), &"paper".into())
    );
    assert_eq!(of(&slots[1])["ever_corrected"], false);
    let mine = responses
        .iter()
        .find(|one| one["channel"] == "self")
        .unwrap();
    let numbers: Vec<&Value> = mine["answers"].as_object().unwrap().values().collect();
    assert!(numbers.contains(&&Value::from(12)), "{numbers:?}");

    let written = answer(
        here,
        &["consultation", "export", "الماء", "--to", "out/all.csv"],
    );
    assert_eq!(written["paths"].as_array().unwrap().len(), 3);
    let csv = std::fs::read_to_string(here.join("out/all.csv")).unwrap();
    assert!(csv.starts_with('\u{feff}'));
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains("'=1+1"), "{csv}");
    // Columns have the names that the form gives, and labels in every language beside the codes.
    assert!(csv.contains(",place,place::Arabic (ar),"), "{csv}");
    // Written again, a file of one's own is replaced.
    answer(
        here,
        &["consultation", "export", "الماء", "--to", "out/all.csv"],
    );
    let meaning = std::fs::read_to_string(here.join("out/all.dictionary.csv")).unwrap();
    assert!(meaning.contains("كم شخصًا؟"), "{meaning}");
    assert!(meaning.contains("de vive voix"), "{meaning}");

    answer(
        here,
        &["consultation", "export", "الماء", "--to", "out/all.xlsx"],
    );
    let book = Workbook::read(&std::fs::read(here.join("out/all.xlsx")).unwrap()).unwrap();
    let sheets: Vec<&str> = book
        .sheets
        .iter()
        .map(|sheet| sheet.name.as_str())
        .collect();
    assert_eq!(sheets, ["responses", "dictionary", "provenance"]);
    assert_eq!(book.sheets[0].rows.len(), 4);
    let parts = std::fs::read_dir(here.join("out")).unwrap();
    let names: Vec<_> = parts.map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names.len(), 5, "nothing half-written stays: {names:?}");
}

#[test]
fn a_form_with_conditions_is_imported_answered_by_names_and_written_back() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut form = form();
    form.items[1].items[0].rules.constraint = Some(". < 50".to_owned());
    let mut well = Item::new("well", Kind::Text);
    well.label = both("أي بئر؟", "Which well?");
    well.rules.relevant = Some("${place} = 'east'".to_owned());
    let mut tree = Item::new("tree", Kind::Repeat);
    tree.label = both("شجرة", "Tree");
    tree.items = vec![Item::new("kind", Kind::Text)];
    tree.items[0].label = both("نوعها", "Its kind");
    form.items
        .extend([well, tree, Item::new("line", Kind::Geotrace)]);
    std::fs::write(here.join("water.xlsx"), xlsform::write(&form).unwrap()).unwrap();
    answer(here, &["space", "new", "Ain Safa", "--as", "Amina"]);
    let output = majlis(
        here,
        &["consultation", "import", "water.xlsx", "--language", "fr"],
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("English (en)"), "{said}");
    let output = majlis(here, &["consultation", "import", "water.xlsx", "--open"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("note: "),
        "what has no effect is named: {said}"
    );

    answer(
        here,
        &["consultation", "form", "الماء", "--to", "back.xlsx"],
    );
    let back = std::fs::read(here.join("back.xlsx")).unwrap();
    let back = xlsform::read(&back, "back").form.unwrap();
    assert_eq!((back.items, back.lists), (form.items, form.lists));

    let lines = [
        r#"{"place": "east", "house/people": "4", "well": "Ain", "tree": [{"kind": "fig"}, {"kind": "olive"}]}"#,
        r#"{"place": "west", "house/people": 7}"#,
    ];
    std::fs::write(here.join("named.jsonl"), lines.join("\n")).unwrap();
    let by_name = [
        "respond",
        "الماء",
        "--assisted",
        "paper",
        "--named",
        "named.jsonl",
    ];
    let taken = answer(here, &by_name);
    assert_eq!(taken["taken"].as_array().unwrap().len(), 2);
    // What a condition forbids is refused, and says which question.
    for line in [
        r#"{"place": "west", "house/people": "77"}"#,
        r#"{"house/people": "7"}"#,
        r#"{"place": "north"}"#,
    ] {
        std::fs::write(here.join("named.jsonl"), line).unwrap();
        assert!(!majlis(here, &by_name).status.success(), "{line}");
    }
    answer(
        here,
        &["consultation", "export", "الماء", "--to", "all.xlsx"],
    );
    let book = Workbook::read(&std::fs::read(here.join("all.xlsx")).unwrap()).unwrap();
    let sheets: Vec<(&str, usize)> = book
        .sheets
        .iter()
        .map(|sheet| (sheet.name.as_str(), sheet.rows.len()))
        .collect();
    assert_eq!(sheets[..2], [("responses", 3), ("tree", 3)]);
    answer(
        here,
        &["consultation", "export", "الماء", "--to", "all.json"],
    );
    let json = std::fs::read(here.join("all.json")).unwrap();
    let json: Value = serde_json::from_slice(&json).unwrap();
    for response in json["responses"].as_array().unwrap() {
        assert_eq!(response["breaks_rules"], "0", "{response}");
    }
}

#[test]
fn pictures_that_a_spreadsheet_names_are_taken_from_beside_it_and_what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut form = form();
    let shown = |file: &str| {
        let all = both(file, file);
        std::collections::BTreeMap::from([(MediaKind::Image, all)])
    };
    form.items[0].media = shown("well.png");
    form.lists[0].choices[0].media = shown("east.png");
    form.lists[0].choices[1].media = shown("../secret.png");
    std::fs::create_dir(here.join("in")).unwrap();
    std::fs::create_dir(here.join("in/media")).unwrap();
    let picture = image(here, "in/well.png");
    std::fs::write(here.join("in/media/east.png"), &picture).unwrap();
    std::fs::write(here.join("secret.png"), &picture).unwrap();
    std::fs::write(here.join("in/water.xlsx"), xlsform::write(&form).unwrap()).unwrap();
    answer(here, &["space", "new", "Ain Safa", "--as", "Amina"]);
    let output = majlis(here, &["consultation", "import", "in/water.xlsx"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    // What a sheet names lies beside it: it does not reach for anything else.
    assert!(said.contains("secret.png: not beside the sheet"), "{said}");
    assert!(
        !said.contains("well.png") && !said.contains("east.png"),
        "{said}"
    );
    let shown = answer(here, &["consultation", "show", "الماء"]);
    let question = &shown["form"]["questions"][0];
    assert!(
        question["details"]["media"][0]["blob"].is_string(),
        "{question}"
    );
    let options = &question["kind"]["options"];
    assert!(
        options[0]["details"]["media"][0]["blob"].is_string(),
        "{options}"
    );
    assert!(
        options[1]["details"]["media"][0]["blob"].is_null(),
        "{options}"
    );
}

/// A small picture (PNG), grey all over; its bytes.
fn image(here: &Path, name: &str) -> Vec<u8> {
    let bytes = BASE64
        .decode(b"iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAADklEQVR4nGNoQAIMxHEAcFIYAYPG8BkAAAAASUVORK5CYII=")
        .unwrap();
    std::fs::write(here.join(name), &bytes).unwrap();
    bytes
}

#[test]
fn a_ballot_is_always_answered_and_the_first_question_of_a_survey_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    answer(here, &["space", "new", "Ain Safa", "--as", "Amina"]);
    let asked = |title: &str, question: &str, rule: &str| {
        let activity = format!(r#"{{"rule":{rule},"shown":"always"}}"#);
        let new = ["consultation", "new", "--title", title];
        let rest = ["--question", question, "--activity", &activity];
        answer(here, &[&new[..], &rest].concat());
        let view = answer(here, &["consultation", "show", title]);
        view["form"]["questions"][0]["required"].clone()
    };
    let survey = r#"{"type":"survey"}"#;
    assert_eq!(asked("Comments", "text:Comment", survey), false);
    assert_eq!(asked("Names", "text!:Name", survey), true);
    let poll = r#"{"type":"poll","kind":"poll"}"#;
    assert_eq!(asked("Well", "single:Where?:School|Market", poll), true);
}
