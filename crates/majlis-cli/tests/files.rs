//! The real binary on other people's files: ballots and forms, with no replica.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

fn majlis(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_majlis"))
        .args(args)
        .current_dir(folder)
        // A replica there would be an error: none is made.
        .env("MAJLIS_DATA", "/nowhere/at/all")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn answer(folder: &Path, args: &[&str]) -> Value {
    let output = majlis(folder, &[&["--json"], args].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refusal(folder: &Path, args: &[&str]) -> String {
    let output = majlis(folder, args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn with(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    folder
}

/// A file of the data beside the project; `None`, after saying so, without it.
fn shared(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    let there = file.exists();
    if !there {
        println!("SKIPPED: {} is not here", file.display());
    }
    there.then_some(file)
}

/// Three projects of which two fit, and six voters.
const BUDGET: &str = "META\nkey;value\ndescription;a village\ncountry;Nowhere\nunit;Ain Safa\n\
    instance;2026\nnum_projects;3\nnum_votes;6\nbudget;90\nvote_type;approval\nrule;greedy\n\
    date_begin;2026\ndate_end;2026\nPROJECTS\nproject_id;cost;name\nwell;60;The well\n\
    road;40;The road\nlamp;30;The lamp\nVOTES\nvoter_id;vote\n1;well,lamp\n2;well\n3;well,road\n\
    4;road\n5;road,lamp\n6;well\n";

#[test]
fn a_budget_is_counted_by_every_method() {
    let folder = with("village.pb", BUDGET);
    let count = |more: &[&str]| {
        let args = [&["tally", "budget", "village.pb"], more].concat();
        answer(folder.path(), &args)
    };
    let shares = count(&["--completion", "none"]);
    assert_eq!(shares["winners"], json!(["well"]));
    assert_eq!(shares["spent"], "60");
    assert_eq!(shares["endowment"], "15.000000");
    assert_eq!(shares["hash"].as_str().unwrap().len(), 64);
    assert_eq!(count(&["--completion", "none"]), shares);
    assert_ne!(count(&["--seed", "another"])["hash"], shares["hash"]);
    for (method, winners) in [
        ("greedy", json!(["well", "lamp"])),
        ("greedy-per-cost", json!(["road", "lamp"])),
        // Supporters of the well would have paid next, and it does not fit any more.
        ("phragmen", json!(["road"])),
        // The road is given thirty of forty.
        ("knapsack", json!(["well"])),
    ] {
        let counted = count(&["--method", method]);
        assert_eq!(counted["winners"], winners, "{method}");
    }
    let output = majlis(folder.path(), &["tally", "budget", "village.pb"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("The well"), "{text}");
}

#[test]
fn a_budget_of_points_is_explained_by_points() {
    let points = BUDGET
        .replace("approval", "cumulative")
        .replace("voter_id;vote\n", "voter_id;vote;points\n")
        .replace("1;well,lamp", "1;well,lamp;1,2.5")
        .replace("2;well", "2;well;1")
        .replace("3;well,road", "3;well,road;1,1")
        .replace("4;road", "4;road;1")
        .replace("5;road,lamp", "5;road,lamp;1,4")
        .replace("6;well", "6;well;1");
    let folder = with("points.pb", &points);
    let explain = |more: &[&'static str]| {
        let args = ["tally", "explain", "points.pb", "--utility", "points"];
        [&args[..], more].concat()
    };
    let greedy = ["--method", "greedy", "--nearest", "0"];
    let said = majlis(folder.path(), &explain(&greedy)).stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("ahead of well by 2.50 points"), "{said}");
    let rest = "META\nkey;value\nbudget;10\nvote_type;cumulative\nPROJECTS\nproject_id;cost\na;6\nb;5\nc;5\n\
        VOTES\nvoter_id;vote;points\n1;a;1\n2;b,c;3,2\n";
    let filled = with("points.pb", rest);
    let said = majlis(filled.path(), &explain(&["--completion", "add1u"])).stdout;
    let said = String::from_utf8(said).unwrap();
    assert!(
        said.contains("c : 5, by most points of what still fits"),
        "{said}"
    );
    // Points are of whole ones wherever they are said.
    let told = answer(folder.path(), &explain(&greedy));
    let unfunded = told["why"]["unfunded"].as_array().unwrap();
    assert_eq!(unfunded[0]["id"], "road");
    assert_eq!(unfunded[0]["points"], "3");
}

#[test]
fn a_count_says_what_to_look_at_before_it_is_believed() {
    let told = |text: &str, more: &[&str]| {
        let folder = with("village.pb", text);
        let args = [&["--json", "tally", "budget", "village.pb"], more].concat();
        let output = majlis(folder.path(), &args);
        assert!(output.status.success());
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        (said, String::from_utf8(output.stderr).unwrap())
    };
    let (right, errors) = told(BUDGET, &[]);
    assert_eq!((&right["warnings"], errors.as_str()), (&json!([]), ""));
    // Counted as its rows say: the same hash, and two warnings.
    let wrong = BUDGET
        .replace("num_projects;3", "num_projects;4")
        .replace("num_votes;6", "num_votes;60");
    let (counted, errors) = told(&wrong, &[]);
    assert_eq!(counted["hash"], right["hash"]);
    let warnings = counted["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        errors.contains("it says 4 and the file has 3 projects"),
        "{errors}"
    );
    assert!(
        errors.contains("it says 60 and the file has 6 ballots"),
        "{errors}"
    );
    // Approvals are no money.
    let knapsack = ["--method", "knapsack", "--utility", "points"];
    let (nothing, errors) = told(BUDGET, &knapsack);
    assert_eq!(nothing["winners"], json!([]));
    assert_eq!(nothing["warnings"].as_array().unwrap().len(), 1);
    assert!(errors.contains("--utility cost"), "{errors}");
    let (whole, errors) = told(BUDGET, &knapsack[..2]);
    assert_eq!((&whole["winners"], errors.as_str()), (&json!(["well"]), ""));
}

#[test]
fn what_a_budgets_file_says_against_itself_stands_beside_the_result() {
    let folder = with("village.pb", &format!("{BUDGET}6;road\n"));
    let counted = answer(folder.path(), &["tally", "budget", "village.pb"]);
    assert_eq!(counted["warnings"].as_array().unwrap().len(), 2);
    let said = counted["warnings"].to_string();
    assert!(said.contains("num_votes: it says 6"), "{said}");
    assert!(
        said.contains("the id \\\"6\\\" stands there twice"),
        "{said}"
    );
    // A file of nothing but doubts says how many more there are.
    let twice: String = (0..20).map(|_| "6;road\n").collect();
    let folder = with("village.pb", &format!("{BUDGET}{twice}"));
    let counted = answer(folder.path(), &["tally", "budget", "village.pb"]);
    let warnings = counted["warnings"].as_array().unwrap();
    assert!(warnings.len() < 20, "{warnings:?}");
    assert!(
        counted["warnings"]
            .to_string()
            .contains("more against the file")
    );
}

#[test]
fn the_official_winners_of_a_real_election_come_out() {
    let Some(file) = shared("pabulib/Poland_Wieliczka_2023_Green_Budget.pb") else {
        return;
    };
    let file = file.to_str().unwrap();
    let here = Path::new(".");
    let rule = [
        "tally",
        "budget",
        file,
        "--completion",
        "add1",
        "--step",
        "1",
        "--tie",
        "cost,votes,id",
    ];
    let counted = answer(here, &rule);
    let winners = counted["winners"].as_array().unwrap().len();
    assert_eq!((winners, &counted["spent"]), (30, &json!("995079")));
    assert_eq!(counted["endowment"], "315.837230");
    let stopped = answer(here, &[&rule[..], &["--exhaustive-stop", "true"]].concat());
    let winners = stopped["winners"].as_array().unwrap().len();
    assert_eq!((winners, &stopped["spent"]), (31, &json!("984579")));
    let findings = majlis(here, &["--json", "tally", "check", file]);
    assert!(
        serde_json::from_slice::<Value>(&findings.stdout)
            .unwrap()
            .is_array()
    );
}

#[test]
fn ballots_in_categories_are_counted_and_no_ballots_elect_nobody() {
    let head = "# ALTERNATIVE NAME 1: Well\n# ALTERNATIVE NAME 2: Road\n";
    let folder = with(
        "vote.cat",
        &format!("{head}3: {{2}},{{1}}\n2: {{1,2}},{{}}\n"),
    );
    let counted = answer(folder.path(), &["tally", "ranked", "vote.cat"]);
    assert_eq!(counted["winners"], json!(["Road"]));
    let folder = with("vote.cat", head);
    let counted = answer(folder.path(), &["tally", "ranked", "vote.cat"]);
    assert_eq!(counted["winners"], json!([]));
    let output = majlis(folder.path(), &["tally", "ranked", "vote.cat"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("nobody"), "{text}");
}

#[test]
fn ranked_ballots_are_counted() {
    // Forty-five voters, by Schulze's own paper.
    let orders = [
        (5, "1 3 2 5 4"),
        (5, "1 4 5 3 2"),
        (8, "2 5 4 1 3"),
        (3, "3 1 2 5 4"),
        (7, "3 1 5 2 4"),
        (2, "3 2 1 4 5"),
        (7, "4 3 5 2 1"),
        (8, "5 2 1 4 3"),
    ];
    let ballots: String = orders
        .map(|(count, order)| format!("{count} {order} 0\n"))
        .concat();
    let names = ["A", "B", "C", "D", "E"]
        .map(|name| format!("\"{name}\"\n"))
        .concat();
    let folder = with(
        "schulze.blt",
        &format!("5 1\n{ballots}0\n{names}\"Paper\"\n"),
    );
    let counted = answer(folder.path(), &["tally", "ranked", "schulze.blt"]);
    assert_eq!(counted["winners"], json!(["E"]));
    assert_eq!(counted["order"], json!([["E"], ["A"], ["C"], ["B"], ["D"]]));
    let irv = ["tally", "ranked", "schulze.blt", "--method", "irv"];
    assert_eq!(
        answer(folder.path(), &irv)["winners"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let wrong = refusal(
        folder.path(),
        &["tally", "ranked", "schulze.blt", "--seats", "2"],
    );
    assert!(wrong.contains("cannot fill 2 seats"), "{wrong}");
}

#[test]
fn groups_of_opinion_are_found_in_an_export() {
    let Some(folder) = shared("polis/vtaiwan.uberx") else {
        return;
    };
    let found = answer(&folder, &["tally", "opinions", "."]);
    let members = found["members"].as_array().unwrap();
    assert_eq!(found["groups"], members.len());
    let all: usize = members
        .iter()
        .map(|group| group.as_array().unwrap().len())
        .sum();
    assert_eq!(found["grouped"], all);
}

#[test]
fn a_form_is_checked_converted_and_tried_out() {
    let Some(file) = shared("xlsform/xlsform_spec_test.xlsx") else {
        return;
    };
    let file = file.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let checked = answer(here, &["form", "check", file]);
    assert_eq!(checked["form"]["settings"]["title"], "Spec test");
    answer(here, &["form", "convert", file, "--to", "again.xlsx"]);
    let again = answer(here, &["form", "check", "again.xlsx"]);
    assert_eq!(again["form"]["items"], checked["form"]["items"]);
    answer(here, &["form", "convert", file, "--to", "form.xml"]);
    let xml = std::fs::read_to_string(here.join("form.xml")).unwrap();
    assert!(xml.contains("<h:title>Spec test</h:title>"));
    let made = ["form", "simulate", file, "--responses", "20", "--seed", "4"];
    let output = majlis(here, &made);
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(lines.lines().count(), 20);
    for line in lines.lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap().is_object());
    }
    assert_eq!(majlis(here, &made).stdout, output.stdout, "the same seed");
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let folder = with("x.pb", "PROJECTS\n");
    let said = refusal(folder.path(), &["tally", "budget", "x.pb"]);
    assert!(said.contains("META"), "{said}");
    let said = refusal(folder.path(), &["tally", "budget", "nothing.pb"]);
    assert!(said.contains("nothing.pb"), "{said}");
    let said = refusal(folder.path(), &["tally", "ranked", "x.pb"]);
    assert!(said.contains(".blt"), "{said}");
    let output = majlis(folder.path(), &["--json", "form", "check", "x.pb"]);
    assert_eq!(output.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["messages"][0]["code"], "unreadable");
    let said = refusal(
        folder.path(),
        &["form", "convert", "x.pb", "--to", "y.xlsx"],
    );
    assert!(said.contains("no spreadsheet"), "{said}");
}
