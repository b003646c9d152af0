//! What only the second version of a batch can say.

use majlis_core::consultation::activity::{
    BudgetBallot, BudgetRule, Percent, Project, Roll, Shown, Voters, usual_tie,
};
use majlis_core::consultation::{Activity, Answer, Choice, Form, Question, QuestionKind, Rule};
use majlis_core::id::{EntryHash, FormId, QuestionId, SlotId, StatementId};
use majlis_core::record::{
    Known, Record, RecordId, Records, Response, Speaker, Stated, Statement, Step, StepKind, Subject,
};
use majlis_tally::budget::{Comparison, Completion, Method, Utility};

fn id(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn form() -> Form {
    let option = |id, label: &str| Choice {
        id,
        label: label.to_owned(),
    };
    let mut form = Form::empty();
    "Water".clone_into(&mut form.title);
    form.questions = vec![Question {
        id: id(1),
        label: "What first?".to_owned(),
        hint: String::new(),
        required: true,
        kind: QuestionKind::Ranking(vec![option(1, "Well"), option(300, "School")]),
    }];
    form
}

/// Every part of a rule that is written down, in the order of the types.
fn budget() -> Form {
    let mut form = form();
    for question in &mut form.questions {
        let options = question.kind.options().to_vec();
        question.kind = QuestionKind::MultipleChoice { options, most: 0 };
    }
    let project = |option, cost| Project {
        option,
        cost,
        about: "deep".to_owned(),
        area: "north".to_owned(),
        proposer: "Ana".to_owned(),
        evidence: "an offer".to_owned(),
        place: Some((33_500_000, -36_300_000)),
    };
    form.activity = Activity {
        rule: Rule::Budget(Box::new(BudgetRule {
            money: 90_000,
            decimals: 2,
            currency: "TND".to_owned(),
            ballot: BudgetBallot::Knapsack,
            method: Method::EqualShares,
            utility: Utility::Cost,
            completion: Completion::Add1u,
            step: Some(100),
            exhaustive_stop: false,
            integral_start: true,
            comparison: Comparison::None,
            tie: usual_tie(),
            projects: vec![project(1, 60_000), project(300, 40_000)],
        })),
        voters: Voters::Guests,
        shown: Shown::AfterClose,
        roll: Some(Roll {
            people: 328,
            source: "register".to_owned(),
        }),
        quorum: Some(Percent::whole(25)),
    };
    form
}

fn votes() -> Answer {
    let statement = |number| StatementId::from_bytes([number; 16]);
    Answer::Votes(vec![
        (statement(1), 1),
        (statement(2), -1),
        (statement(3), 0),
    ])
}

fn proceedings(form: FormId) -> Vec<Record> {
    let salt = [13; 8];
    let record = RecordId {
        entry: EntryHash::from_bytes([14; 32]),
        index: 3,
    };
    vec![
        Record::Statement(Statement {
            form,
            text: "Water first".to_owned(),
            assisted: true,
            salt,
        }),
        Record::Step(Step {
            form,
            kind: StepKind::NotDone,
            about: Subject::Option(300),
            text: "no money left".to_owned(),
            number: Some(-7),
            day: Some(20_000),
            sources: vec![
                Subject::Whole,
                Subject::Question(id(1)),
                Subject::Statement(StatementId::from_bytes([1; 16])),
                Subject::Voice(SlotId::from_bytes([2; 16])),
            ],
            replaces: vec![record],
            salt,
        }),
        Record::Stated(Stated {
            form,
            counted: 300,
            hash: [15; 32],
            summary: "the well".to_owned(),
            salt,
        }),
    ]
}

pub(super) fn add_to(add: &mut impl FnMut(String, Vec<u8>)) {
    let form = form();
    add("second form id".to_owned(), form.id().as_bytes().to_vec());
    let response = |answers| {
        Record::Response(Response {
            form: form.id(),
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: [12; 8],
            }),
            answers,
        })
    };
    let ranking = response(vec![(id(1), Answer::Ranking(vec![300, 1]))]);
    let older = response(vec![(id(2), Answer::Scale(3))]);
    for (name, records) in [
        ("open", vec![Record::Open(form.clone())]),
        ("ranking", vec![ranking.clone()]),
        ("mixed", vec![ranking, older]),
        ("budget", vec![Record::Open(budget())]),
        (
            "points",
            vec![response(vec![(
                id(1),
                Answer::Points(vec![(1, 3), (300, 70)]),
            )])],
        ),
        ("votes", vec![response(vec![(id(1), votes())])]),
        ("proceedings", proceedings(form.id())),
    ] {
        let batch = Records { records };
        assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
        // To every release before it, content of a newer version: kept and forwarded whole.
        assert_eq!(batch.encode().first(), Some(&2));
        add(format!("second {name}"), batch.encode());
    }
}
