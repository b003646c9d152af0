//! What only the second version of a batch can say.

use majlis_core::consultation::activity::{
    Band, BudgetBallot, BudgetRule, CoSigner, CommitteeRule, ConversationRule, Distribution,
    ElectionRule, LadderStep, PassTest, Percent, PetitionRule, PollRule, Project, Roll, Shown,
    Threshold, Voters, usual_tie,
};
use majlis_core::consultation::{Activity, Answer, Choice, Form, Question, QuestionKind, Rule};
use majlis_core::id::{EntryHash, FormId, QuestionId, SlotId, StatementId};
use majlis_core::record::{
    Known, Record, RecordId, Records, Response, Speaker, Stated, Statement, Step, StepKind, Subject,
};
use majlis_tally::budget::{Comparison, Completion, Method, Utility};
use majlis_tally::poll::{Base, Bound, PollKind};
use majlis_tally::ranked::Method as Ranked;
use majlis_tally::tie::TieKey;

fn id(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn form() -> Form {
    let option = |id, label: &str| Choice {
        details: Default::default(),
        id,
        label: label.to_owned(),
    };
    let mut form = Form::empty();
    "Water".clone_into(&mut form.title);
    form.questions = vec![Question {
        details: Default::default(),
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
        least: 0,
    };
    form
}

fn with(rule: Rule) -> Form {
    let mut form = form();
    form.activity.rule = rule;
    form
}

/// A form for each word that a rule may use: the place of a word among others is its bytes.
fn words() -> Vec<(String, Form)> {
    let percent = Percent { over: 1, under: 3 };
    let poll = |kind: PollKind| {
        with(Rule::Poll(PollRule {
            kind,
            none_of_these: Some(300),
            tests: vec![PassTest {
                option: 1,
                bound: Bound::AtMost,
                percent,
                of: Base::Eligible,
            }],
            places: 2,
            tie: TieKey::ALL.to_vec(),
        }))
    };
    let election = |method: Ranked| {
        with(Rule::Election(ElectionRule {
            method,
            seats: 3,
            status_quo: Some(1),
            abstain: None,
            tie: usual_tie(),
        }))
    };
    let bent = |bend: &dyn Fn(&mut BudgetRule)| {
        let mut form = budget();
        if let Rule::Budget(rule) = &mut form.activity.rule {
            bend(rule);
        }
        form
    };
    let mut all = vec![
        ("petition".to_owned(), petition(percent)),
        (
            "conversation".to_owned(),
            with(Rule::Conversation(ConversationRule {
                seeds: vec!["Water first".to_owned()],
                groups: Some(3),
                ..ConversationRule::default()
            })),
        ),
    ];
    let named = |what: &str, word: &str, form: Form| (format!("{what} {word}"), form);
    all.extend(
        PollKind::ALL
            .iter()
            .map(|it| named("poll", it.word(), poll(*it))),
    );
    all.extend(
        Ranked::ALL
            .iter()
            .map(|it| named("election", it.word(), election(*it))),
    );
    all.extend(
        Method::ALL
            .iter()
            .map(|it| named("method", it.word(), bent(&|rule| rule.method = *it))),
    );
    all.extend(
        Utility::ALL
            .iter()
            .map(|it| named("utility", it.word(), bent(&|rule| rule.utility = *it))),
    );
    all.extend(
        Completion::ALL
            .iter()
            .map(|it| named("completion", it.word(), bent(&|rule| rule.completion = *it))),
    );
    all.extend(
        Comparison::ALL
            .iter()
            .map(|it| named("comparison", it.word(), bent(&|rule| rule.comparison = *it))),
    );
    all
}

fn petition(percent: Percent) -> Form {
    let step = |name: &str, threshold| LadderStep {
        name: name.to_owned(),
        threshold,
        answer_days: Some(15),
    };
    let bands = [(Some(1_000_000), 300), (None, 500)];
    let bands = bands.map(|(below, signatures)| Band { below, signatures });
    with(Rule::Petition(Box::new(PetitionRule {
        name: "Regional".to_owned(),
        source: "law 111.14".to_owned(),
        read_on: "2026-11".to_owned(),
        steps: vec![
            step("answer", Threshold::Number(10)),
            step("debate", Threshold::Population(bands.to_vec())),
            step("vote", Threshold::Roll(percent, Some(30))),
        ],
        committee: Some(CommitteeRule {
            least: 9,
            most: None,
            of_areas: Some(percent),
        }),
        distribution: Some(Distribution {
            percent,
            of_areas: Percent::whole(50),
        }),
        window_days: Some(30),
        least_age: Some(16),
        text_fixed_at: None,
        population: Some(900_000),
        areas: true,
        members: vec![CoSigner {
            name: "Ana".to_owned(),
            area: Some(300),
        }],
    })))
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
    for (word, form) in words() {
        let opening = Record::Open(form.clone());
        let batch = Records {
            records: vec![opening],
        };
        assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
        add(format!("second rule {word}"), form.id().as_bytes().to_vec());
    }
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
