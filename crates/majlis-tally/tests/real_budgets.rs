//! Budgets that real towns decided, counted again.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::Path;

use majlis_tally::budget::{BudgetRule, Completion, Election, Method, Utility, count};
use majlis_tally::pabulib::{self, PbFile, Weight};

/// Reads a file that lies beside the repository; without it says so.
fn file(name: &str) -> Option<PbFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/pabulib");
    match std::fs::read(folder.join(name)) {
        Ok(bytes) => Some(pabulib::read(&bytes).unwrap()),
        Err(_) => {
            println!("skipped: {name} is not beside the repository");
            None
        }
    }
}

fn rule(completion: Completion) -> BudgetRule {
    BudgetRule {
        completion,
        step: "1".parse().unwrap(),
        tie: "cost,votes,id".parse().unwrap(),
        ..BudgetRule::default()
    }
}

fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    ids.sort();
    ids
}

fn funded(election: &Election, rule: &BudgetRule) -> (Vec<String>, u64) {
    let outcome = count(election, rule).unwrap();
    (sorted(&outcome.ids()), outcome.spent)
}

#[test]
fn wieliczka_2023() {
    let Some(file) = file("Poland_Wieliczka_2023_Green_Budget.pb") else {
        return;
    };
    let election = file.election().unwrap();
    let official = sorted(&file.selected().unwrap());
    let outcome = count(&election, &rule(Completion::Add1)).unwrap();
    assert_eq!(sorted(&outcome.ids()), official);
    assert_eq!((outcome.winners.len(), outcome.spent), (30, 995_079));
    let endowment = outcome.endowment.as_ref().unwrap();
    assert_eq!(endowment.steps, 164);
    assert_eq!(endowment.reached.decimal(4), "315.8372");

    let integral = BudgetRule {
        integral_start: true,
        ..rule(Completion::Add1)
    };
    let outcome = count(&election, &integral).unwrap();
    assert_eq!(sorted(&outcome.ids()), official);
    assert_eq!(outcome.endowment.unwrap().reached.to_string(), "315");

    let stop = BudgetRule {
        exhaustive_stop: true,
        ..rule(Completion::Add1)
    };
    let (winners, spent) = funded(&election, &stop);
    assert_eq!((winners.len(), spent), (31, 984_579));
    let mut differ: Vec<&String> = winners.iter().filter(|id| !official.contains(id)).collect();
    differ.extend(official.iter().filter(|id| !winners.contains(id)));
    differ.sort();
    assert_eq!(differ, ["46", "66", "67"]);

    let (winners, spent) = funded(&election, &rule(Completion::None));
    assert_eq!((winners.len(), spent), (21, 450_548));
    let cardinality = |completion| BudgetRule {
        utility: Utility::Cardinality,
        ..rule(completion)
    };
    let (winners, spent) = funded(&election, &cardinality(Completion::None));
    assert_eq!((winners.len(), spent), (21, 350_027));
    let (winners, spent) = funded(&election, &cardinality(Completion::Add1));
    assert_eq!((winners.len(), spent), (32, 966_789));
}

#[test]
fn swiecie_and_assen() {
    for name in ["Poland_Swiecie_2023.pb", "Netherlands_Assen_2024.pb"] {
        let Some(file) = file(name) else { continue };
        let election = file.election().unwrap();
        let official = sorted(&file.selected().unwrap());
        let (winners, spent) = funded(&election, &rule(Completion::Add1));
        println!("{name}: {winners:?} {spent}; official {official:?}");
        assert_eq!(winners, official, "{name}");
    }
}

#[test]
fn towns_that_counted_greedily() {
    let names = [
        ("Poland_Gdynia_2023_Redlowo__large.pb", Utility::Cost),
        ("Poland_Krakow_2020_Grzegorzki.pb", Utility::Points),
        ("Poland_Warszawa_2019_Stara_Ochota.pb", Utility::Cost),
        ("Poland_Warszawa_2019_Zerzen.pb", Utility::Cost),
        ("Poland_Czestochowa_2024_Bleszno.pb", Utility::Points),
        ("Poland_Wroclaw_2018.pb", Utility::Cost),
    ];
    for (name, utility) in names {
        let Some(file) = file(name) else { continue };
        let election = file.election().unwrap();
        let greedy = BudgetRule {
            method: Method::Greedy,
            utility,
            ..rule(Completion::None)
        };
        let (winners, _) = funded(&election, &greedy);
        assert_eq!(winners, sorted(&file.selected().unwrap()), "{name}");
    }
}

#[test]
fn files_are_written_as_they_were_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/pabulib");
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("skipped: no elections beside the repository");
        return;
    };
    for entry in entries {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let file = file(&name).unwrap();
        let again = pabulib::read(file.write().as_bytes()).unwrap();
        assert_eq!(again.write(), file.write(), "{name}");
        assert_eq!(again.election(), file.election(), "{name}");
        let errors = file
            .check()
            .into_iter()
            .filter(|one| one.weight == Weight::Error);
        for finding in errors {
            println!("{name}: {finding}");
        }
    }
}
