//! Counting: how long it takes, and against the reference library where that can be had.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use fastrand::Rng;
use majlis_tally::budget::{self, BudgetRule, Completion, Election, Utility};
use majlis_tally::opinion::{self, Opinion, OpinionRule, Statement, Votes};
use majlis_tally::{Canonical as _, pabulib};
use serde_json::{Value, json};

use crate::Tally;
use crate::figure;

const VOTERS: usize = 10_000;
const PROJECTS: usize = 100;
const PEOPLE: usize = 6_000;
const STATEMENTS: usize = 2_000;
/// The reference library is stopped after so many seconds.
const PATIENCE: &str = "600";

pub(super) fn run(wanted: &Tally) {
    crate::ballots::run(wanted.json);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("budget.pb");
    for (utility, most) in [
        (Utility::Cost, 1),
        (Utility::Points, 10),
        (Utility::Points, 1_000),
    ] {
        let text = budget_file(VOTERS, PROJECTS, most);
        std::fs::write(&file, &text).unwrap();
        let election = pabulib::read(text.as_bytes()).unwrap().election().unwrap();
        let rule = BudgetRule {
            completion: Completion::Add1,
            utility,
            ..BudgetRule::default()
        };
        let began = Instant::now();
        let outcome = budget::count(&election, &rule).unwrap();
        let seconds = began.elapsed().as_secs_f64();
        let endowment = outcome.endowment.clone().unwrap();
        let mut figures = json!({
            "case": "equal shares and add1", "voters": VOTERS, "projects": PROJECTS,
            "points": most, "seconds": thousandths(seconds), "runs": endowment.steps + 1,
            "winners": outcome.winners.len(), "hash": outcome.result_hash().to_string(),
        });
        if wanted.compare && utility == Utility::Cost {
            let step = rule.step.for_election(&election).unwrap();
            compare(&mut figures, &file, &step.decimal(0), seconds, &election);
        }
        figure::print(wanted.json, &figures);
    }

    for (answers, part) in [("few", 20), ("half", 127), ("all", u8::MAX)] {
        let votes = conversation(part);
        let began = Instant::now();
        let outcome = opinion::count(&votes, &OpinionRule::default());
        let figures = json!({
            "case": "groups of opinion", "people": PEOPLE, "statements": STATEMENTS, "answers": answers,
            "seconds": thousandths(began.elapsed().as_secs_f64()),
            "groups": outcome.groups, "hash": outcome.result_hash().to_string(),
        });
        figure::print(wanted.json, &figures);
    }
}

fn thousandths(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}

/// A budget of a city: some projects are liked much more than others, and people name about ten and
/// give each up to `most` points. With points, costs are in cents: more steps of raising.
fn budget_file(voters: usize, projects: usize, most: u32) -> String {
    let mut rng = Rng::with_seed(5);
    let costs: Vec<u64> = (0..projects)
        .map(|_| rng.u64(5_000..100_000) * if most > 1 { 100 } else { 1 })
        .collect();
    let budget = costs.iter().sum::<u64>() * 3 / 10;
    let (kind, column) = if most > 1 {
        ("scoring", ";points")
    } else {
        ("approval", "")
    };
    let mut text = format!(
        "META\nkey;value\ndescription;a made-up city\ncountry;Nowhere\nunit;Town\ninstance;2026\n\
         num_projects;{projects}\nnum_votes;{voters}\nbudget;{budget}\nvote_type;{kind}\n\
         rule;equalshares\ndate_begin;2026\ndate_end;2026\nPROJECTS\nproject_id;cost\n"
    );
    for (id, cost) in costs.iter().enumerate() {
        text.push_str(&format!("{id};{cost}\n"));
    }
    text.push_str(&format!("VOTES\nvoter_id;vote{column}\n"));
    for voter in 0..voters {
        let mut named: Vec<String> = Vec::new();
        for _ in 0..rng.usize(1..20) {
            let liked = rng.usize(1..=projects);
            let id = rng.usize(0..liked).to_string();
            if !named.contains(&id) {
                named.push(id);
            }
        }
        text.push_str(&format!("{voter};{}", named.join(",")));
        if most > 1 {
            let points = named.iter().map(|_| rng.u32(1..=most).to_string());
            text.push_str(&format!(";{}", points.collect::<Vec<_>>().join(",")));
        }
        text.push('\n');
    }
    text
}

/// A conversation of two camps and undecided people, each of whom answered so many of 256 statements.
fn conversation(part: u8) -> Votes {
    let mut rng = Rng::with_seed(6);
    let ids: Vec<String> = (0..STATEMENTS).map(|id| id.to_string()).collect();
    let statements: Vec<Statement> = ids
        .iter()
        .map(|id| Statement {
            id: id.clone(),
            moderated_out: false,
            metadata: false,
        })
        .collect();
    let people: Vec<String> = (0..PEOPLE).map(|id| id.to_string()).collect();
    let mut votes = Vec::new();
    for (number, person) in people.iter().enumerate() {
        for (statement, id) in ids.iter().enumerate() {
            if rng.u8(..) > part {
                continue;
            }
            let divides = statement % 2 == 0;
            let side = if divides { number % 3 == 0 } else { rng.bool() };
            let opinion = match rng.u8(0..10) {
                0..=1 => Opinion::Pass,
                2..=8 if side => Opinion::Agree,
                2..=8 => Opinion::Disagree,
                _ => Opinion::Agree,
            };
            votes.push((person.as_str(), id.as_str(), opinion));
        }
    }
    Votes::new(statements, votes).unwrap()
}

/// The Python that has the reference library; it is installed into the target folder by this mode
/// alone.
fn python() -> Option<PathBuf> {
    let target = std::env::current_exe().ok()?;
    let folder = target.parent()?.join("compare-python");
    let python = folder.join("bin/python");
    if !python.exists() {
        let made = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&folder)
            .status();
        made.ok().filter(std::process::ExitStatus::success)?;
    }
    let wanted = ["-m", "pip", "install", "--quiet", "pabutools==1.2.3"];
    let installed = Command::new(&python).args(wanted).status();
    installed.ok().filter(std::process::ExitStatus::success)?;
    Some(python)
}

/// Counts the same file by the reference library.
fn compare(figures: &mut Value, file: &Path, step: &str, seconds: f64, election: &Election) {
    let Some(python) = python() else {
        eprintln!("SKIPPED: Python could not install what is compared with");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("compare/budget.py");
    let began = Instant::now();
    let output = Command::new("timeout")
        .arg(PATIENCE)
        .arg(python)
        .arg(script)
        .arg(file)
        .arg(step)
        .output()
        .unwrap();
    let theirs: Option<Value> = serde_json::from_slice(&output.stdout).ok();
    let took = theirs.as_ref().and_then(|it| it["seconds"].as_f64());
    let finished = took.is_some();
    let took = took.unwrap_or_else(|| began.elapsed().as_secs_f64());
    figures["reference_seconds"] = json!(thousandths(took));
    figures["reference_finished"] = json!(finished);
    figures["times_faster"] = json!((took / seconds).round());
    if let Some(theirs) = theirs {
        let rule = BudgetRule {
            completion: Completion::Add1,
            ..BudgetRule::default()
        };
        let outcome = budget::count(election, &rule).unwrap();
        let mut ours: Vec<&str> = outcome.ids();
        ours.sort_unstable();
        figures["same_winners"] = json!(theirs["winners"] == json!(ours));
    }
}
