//! Ten thousand ballots of a budget: from answers to the outcome, and again from records alone.

use std::time::Instant;

use fastrand::Rng;
use majlis_core::consultation::activity::{BudgetRule, Project};
use majlis_core::consultation::outcome::Count;
use majlis_core::consultation::recount::{Recount, Source};
use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind, Rule};
use majlis_core::id::{
    DeviceId, EntryHash, LaneClass, LaneId, PersonId, QuestionId, SlotId, SpaceId,
};
use majlis_core::record::{Known, Record, Records, Response, Speaker};
use serde_json::json;

use crate::figure;

const VOTERS: u64 = 10_000;
pub(super) const PROJECTS: u16 = 60;
pub(super) const ASKED: QuestionId = QuestionId::from_bytes([1; 8]);

pub(super) fn run(as_json: bool) {
    let mut rng = Rng::with_seed(7);
    let form = form(&mut rng);
    form.check().unwrap();
    let ballots: Vec<Answer> = (0..VOTERS)
        .map(|_| {
            Answer::Choices(
                (1..=PROJECTS)
                    .filter(|_| rng.u8(..6) == 0)
                    .chain([PROJECTS + 1])
                    .collect(),
            )
        })
        .collect();
    let began = Instant::now();
    let before = peak();
    let mut count = Count::new(form.id(), &form, &[]);
    for (number, ballot) in (0_u64..).zip(&ballots) {
        let mut slot = [0; 16];
        slot[..8].copy_from_slice(&number.to_be_bytes());
        let answers = [(ASKED, ballot.clone())];
        count
            .add(SlotId::from_bytes(slot), false, &answers)
            .unwrap();
    }
    let outcome = count.finish();
    print(
        as_json,
        "ballots of a budget",
        began,
        before,
        &outcome.hash(),
    );

    let lane = LaneId::new(LaneClass::Process, [1; 16]);
    let device = |number: u64| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        id
    };
    let began = Instant::now();
    let before = peak();
    let mut recount = Recount::new(SpaceId::from_bytes([1; 32]), lane);
    let mut take = |number: u64, record: Record| {
        let from = Source {
            entry: EntryHash::from_bytes(device(number)),
            device: DeviceId::from_bytes(device(number)),
            seq: 0,
            person: Some(PersonId::from_bytes(device(number))),
        };
        let records = vec![record];
        recount.take(from, Records { records });
    };
    take(VOTERS, Record::Open(form.clone()));
    for (number, ballot) in (0_u64..).zip(ballots) {
        let speaker = Speaker::Known(Known::Own {
            supersedes: Vec::new(),
            salt: number.to_be_bytes(),
        });
        let response = Response {
            form: form.id(),
            speaker,
            answers: vec![(ASKED, ballot)],
        };
        take(number, Record::Response(response));
    }
    let found = recount.finish().unwrap();
    print(
        as_json,
        "the same again from records",
        began,
        before,
        &found.outcome.hash(),
    );
}

/// A form with one project more than anybody leaves out, so that no ballot is empty.
pub(super) fn form(rng: &mut Rng) -> Form {
    let options: Vec<Choice> = (1..=PROJECTS + 1)
        .map(|id| Choice {
            details: Default::default(),
            id,
            label: format!("Project {id}"),
        })
        .collect();
    let projects = options.iter().map(|option| Project {
        option: option.id,
        cost: rng.u64(1_000..50_000),
        ..Project::default()
    });
    let projects = projects.collect();
    let mut form = Form::empty();
    "Budget".clone_into(&mut form.title);
    form.questions = vec![Question {
        details: Default::default(),
        id: ASKED,
        label: "Which?".to_owned(),
        hint: String::new(),
        required: true,
        kind: QuestionKind::MultipleChoice { options, most: 0 },
    }];
    form.activity.rule = Rule::Budget(Box::new(BudgetRule {
        money: 500_000,
        currency: "TND".to_owned(),
        ..BudgetRule::usual(projects)
    }));
    form
}

fn print(as_json: bool, case: &str, began: Instant, before: u64, hash: &[u8; 32]) {
    let figures = json!({
        "case": case, "ballots": VOTERS, "projects": PROJECTS + 1,
        "milliseconds": u64::try_from(began.elapsed().as_millis()).unwrap(),
        "kilobytes": peak().saturating_sub(before),
        "hash": hex(hash),
    });
    figure::print(as_json, &figures);
}

fn hex(hash: &[u8; 32]) -> String {
    blake3::Hash::from(*hash).to_hex().to_string()
}

/// The most memory that this process ever had, in kilobytes; zero where nobody says.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.unwrap_or(0)
}
