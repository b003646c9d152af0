//! The real binary from outside: JSON, exit codes, errors, and a folder that is open elsewhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// Where the machine remembers what was signed on it.
const MACHINE: &str = env!("CARGO_TARGET_TMPDIR");

fn majlis(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_majlis"))
        .arg("--data")
        .arg(folder)
        .args(args)
        .env("USER", "tester")
        .env("XDG_STATE_HOME", MACHINE)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let output = majlis(folder, &[&["--json"], args].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn error(folder: &Path, args: &[&str]) -> Value {
    let output = majlis(folder, &[&["--json"], args].concat());
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}: an error has no answer");
    let line = String::from_utf8(output.stderr).unwrap();
    serde_json::from_str::<Value>(&line).unwrap()["error"].clone()
}

#[test]
fn a_space_is_founded_listed_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let founded = json(
        folder.path(),
        &[
            "space",
            "new",
            "Ain Safa",
            "--purpose",
            "Water",
            "--as",
            "Amina",
        ],
    );
    let id = founded["space"].as_str().unwrap();
    assert_eq!(founded["recovery"].as_str().unwrap().len(), 69);
    let list = json(folder.path(), &["space", "list"]);
    assert_eq!(list[0]["space"], id);
    assert_eq!(list[0]["rank"], "steward");
    let view = json(folder.path(), &["space", "show", &id[..6]]);
    assert_eq!(view["purpose"], "Water");
    assert_eq!(view["founder"], "Amina");
    let verified = json(folder.path(), &["verify"]);
    assert_eq!(verified[id]["clean"], true);
    assert_eq!(verified[id]["problems"], Value::Array(Vec::new()));
}

#[test]
fn what_goes_wrong_is_a_code_on_the_error_stream() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        error(folder.path(), &["space", "show"])["code"],
        "not_found"
    );
    assert_eq!(
        error(folder.path(), &["join", "NOT-A-TICKET"])["code"],
        "bad_ticket"
    );
    json(folder.path(), &["space", "new", "One", "--as", "Amina"]);
    assert_eq!(
        error(folder.path(), &["doc", "show", "nothing"])["code"],
        "not_found"
    );
    assert_eq!(
        error(folder.path(), &["members", "rank", "nobody", "member"])["code"],
        "not_found"
    );
    json(folder.path(), &["space", "new", "Two"]);
    assert_eq!(error(folder.path(), &["members"])["code"], "bad_input");
    json(folder.path(), &["members", "--space", "two"]);
    let invites = error(
        folder.path(),
        &["invite", "--space", "One", "--rank", "steward"],
    );
    assert_eq!(invites["code"], "not_allowed");
    assert_eq!(
        majlis(folder.path(), &["no-such-command"]).status.code(),
        Some(2)
    );
    let plain = majlis(folder.path(), &["space", "show", "nothing"]);
    assert!(
        String::from_utf8(plain.stderr)
            .unwrap()
            .starts_with("majlis: no such space here")
    );
}

#[test]
fn stewards_agree_and_the_card_replaces_them() {
    let (amina, bilal, files) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let (amina, bilal) = (amina.path(), bilal.path());
    let carried = files.path().join("a.majlis");
    let carry = |from: &Path, to: &Path| {
        json(from, &["export", carried.to_str().unwrap()]);
        json(to, &["import", carried.to_str().unwrap()]);
    };
    let founded = json(amina, &["space", "new", "Ain Safa", "--as", "Amina"]);
    let invited = json(amina, &["invite", "--uses", "2"]);
    json(
        bilal,
        &["join", invited["ticket"].as_str().unwrap(), "--as", "Bilal"],
    );
    carry(amina, bilal);
    carry(bilal, amina);
    json(amina, &["members", "rank", "Bilal", "steward"]);
    carry(amina, bilal);

    // Two stewards now: what Amina proposes waits for Bilal.
    json(
        amina,
        &["members", "remove", "Bilal", "--reason", "moved away"],
    );
    carry(amina, bilal);
    let waiting = json(bilal, &["members", "pending"]);
    assert_eq!(waiting["majority"], 2);
    assert_eq!(waiting["pending"][0]["agreed"][0], "Amina");
    assert_eq!(waiting["pending"][0]["removes"], true);
    error(bilal, &["members", "agree", "zzzz"]);

    // Instead, Bilal has the card and Amina's tablet is lost.
    let card = files.path().join("card.txt");
    std::fs::write(&card, "not a card").unwrap();
    let recover = [
        "members",
        "recover",
        "--card",
        card.to_str().unwrap(),
        "--remove",
        "Amina",
    ];
    assert_eq!(error(bilal, &recover)["code"], "bad_card");
    std::fs::write(
        &card,
        format!("{}\n", founded["recovery"].as_str().unwrap()),
    )
    .unwrap();
    json(bilal, &recover);
    let members = json(bilal, &["members"]);
    let rank = |name: &str| {
        let list = members.as_array().unwrap().iter();
        list.clone().find(|one| one["name"] == name).unwrap()["rank"].clone()
    };
    assert_eq!(
        (rank("Bilal"), rank("Amina")),
        ("steward".into(), Value::Null)
    );
    assert_eq!(
        json(bilal, &["members", "pending"])["pending"],
        Value::Array(Vec::new())
    );
}

#[test]
fn a_day_of_assisted_answers_is_taken_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    json(
        folder.path(),
        &["space", "new", "Ain Safa", "--as", "Amina"],
    );
    json(
        folder.path(),
        &[
            "consultation",
            "new",
            "--title",
            "Water",
            "--question",
            "single!:Where?:School|Market",
            "--question",
            "number:How many?:0..40",
            "--open",
        ],
    );
    for typed in [
        &["respond", "Water", "--answer", "Where?=Nowhere"][..],
        &["respond", "Water", "--answer", "When?=Friday"],
        &[
            "consultation",
            "new",
            "--title",
            "Odd",
            "--question",
            "odd:Where?",
        ],
    ] {
        assert_eq!(
            error(folder.path(), typed)["code"],
            "bad_input",
            "{typed:?}"
        );
    }
    let mut lines = tempfile::NamedTempFile::new().unwrap();
    for at in 0..200 {
        let place = if at % 4 == 0 { "Market" } else { "School" };
        writeln!(
            lines,
            r#"{{"answers": {{"Where?": "{place}", "How many?": {}}}}}"#,
            at % 11
        )
        .unwrap();
    }
    let path = lines.path().to_str().unwrap();
    let taken = json(
        folder.path(),
        &["respond", "Water", "--assisted", "spoken", "--file", path],
    );
    let taken = taken["taken"].as_array().unwrap();
    assert_eq!(taken.len(), 200);
    assert!(taken.iter().all(|one| one["claim"].is_string()));
    let results = json(folder.path(), &["consultation", "results", "Water"]);
    assert_eq!(
        results["counted"],
        serde_json::json!({"all": 200, "own": 0, "assisted": 200})
    );
    assert_eq!(
        results["questions"][0]["figures"]["bars"][1]["count"]["all"],
        50
    );
    assert_eq!(results["questions"][1]["figures"]["max"], "10");
    let page = json(
        folder.path(),
        &[
            "consultation",
            "responses",
            "Water",
            "--offset",
            "190",
            "--limit",
            "20",
        ],
    );
    assert_eq!(page["total"], 200);
    assert_eq!(page["responses"].as_array().unwrap().len(), 10);
    json(folder.path(), &["reindex"]);
    assert_eq!(
        json(folder.path(), &["consultation", "results", "Water"]),
        results
    );
    let verified = json(folder.path(), &["verify"]);
    let entries = verified.as_object().unwrap().values().next().unwrap()["entries"]
        .as_u64()
        .unwrap();
    assert!(
        entries < 30,
        "two hundred answers share signatures, but made {entries} entries"
    );
}

#[test]
fn the_sample_opens_in_three_languages_and_is_clean() {
    let folder = tempfile::tempdir().unwrap();
    for (language, word) in [("en", "council"), ("fr", "village"), ("ar", "مجلس")] {
        json(folder.path(), &["demo", "--lang", language, "--reset"]);
        let list = json(folder.path(), &["space", "list"]);
        assert_eq!(list.as_array().unwrap().len(), 1);
        assert_eq!(list[0]["sample"], true);
        assert!(
            list[0]["name"].as_str().unwrap().contains(word),
            "{}",
            list[0]["name"]
        );
        assert_eq!(
            json(folder.path(), &["consultation", "list"])
                .as_array()
                .unwrap()
                .len(),
            3
        );
        assert!(
            !json(folder.path(), &["quarantine"])
                .as_array()
                .unwrap()
                .is_empty()
        );
        let verified = json(folder.path(), &["verify"]);
        assert_eq!(
            verified.as_object().unwrap().values().next().unwrap()["clean"],
            true
        );
    }
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn commands_work_while_the_folder_is_served() {
    let folder = tempfile::tempdir().unwrap();
    json(
        folder.path(),
        &["space", "new", "Ain Safa", "--as", "Amina"],
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_majlis"))
        .arg("--data")
        .arg(folder.path())
        .args(["--no-discovery", "serve", "--json"])
        .env("XDG_STATE_HOME", MACHINE)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut served = Served(child);
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let url: Value = serde_json::from_str(&line).unwrap();
    assert!(
        url["url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    json(
        folder.path(),
        &["doc", "new", "Minutes", "--text", "One\nTwo"],
    );
    let shown = json(folder.path(), &["doc", "show", "Minutes"]);
    assert_eq!(shown["blocks"].as_array().unwrap().len(), 2);
    assert_eq!(
        error(folder.path(), &["doc", "show", "Other"])["code"],
        "not_found"
    );
    assert_eq!(error(folder.path(), &["serve"])["code"], "in_use");
    // Killed without warning: the folder opens again, with what was written.
    served.0.kill().unwrap();
    served.0.wait().unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(json(folder.path(), &["doc", "show", "Minutes"]), shown);
    assert_eq!(
        json(folder.path(), &["verify"])
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()["clean"],
        true
    );
}

#[test]
fn a_folder_put_back_from_an_earlier_day_is_another_device() {
    let place = tempfile::tempdir().unwrap();
    let (folder, kept) = (place.path().join("majlis"), place.path().join("kept"));
    json(&folder, &["space", "new", "Ain Safa", "--as", "Amina"]);
    let copy = |from: &Path, to: &Path| {
        std::fs::create_dir_all(to).unwrap();
        for file in std::fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    };
    copy(&folder, &kept);
    let device = |folder: &Path| json(folder, &["me"])["device"].clone();
    let own = device(&folder);
    assert_eq!(device(&folder), own);
    json(&folder, &["invite"]);
    assert_eq!(device(&folder), own);
    std::fs::remove_dir_all(&folder).unwrap();
    copy(&kept, &folder);
    assert_ne!(device(&folder), own);
}
