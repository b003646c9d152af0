//! From records to outcomes: the same on every device in whatever order and however often records
//! come, and whatever hostile ballots say.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test"
)]

#[path = "outcomes/conversations.rs"]
mod conversations;
#[path = "outcomes/limits.rs"]
mod limits;
#[path = "outcomes/trial.rs"]
mod trial;

use fastrand::Rng;
use majlis_core::consultation::activity::{
    BudgetBallot, BudgetRule, ConversationRule, ElectionRule, LadderStep, PassTest, Percent,
    PetitionRule, PollRule, Project, Roll, RuleError, Threshold, Voters, usual_tie,
};
use majlis_core::consultation::count::Status;
use majlis_core::consultation::form::FormError;
use majlis_core::consultation::outcome::{Counted as Outcome, next_statement};
use majlis_core::consultation::recount::{Recount, Recounted, Source};
use majlis_core::consultation::statement::{Standing, heard};
use majlis_core::consultation::{Activity, Answer, Choice, Form, Question, QuestionKind, Rule};
use majlis_core::id::{
    DeviceId, EntryHash, FormId, LaneClass, LaneId, PersonId, QuestionId, StatementId,
};
use majlis_core::record::{
    Assisted, AssistedMode, Close, Counted, Known, Record, RecordId, Records, Response, Speaker,
    Statement, Step, StepKind, Subject,
};
use majlis_tally::budget::Utility;
use majlis_tally::poll::{Base, Bound, PollKind};
use majlis_tally::ranked::Method as Ranked;

const ASKED: QuestionId = QuestionId::from_bytes([1; 8]);

fn lane() -> LaneId {
    LaneId::new(LaneClass::Process, [4; 16])
}

fn options(labels: &[&str]) -> Vec<Choice> {
    let labels = labels.iter().zip(1..);
    labels
        .map(|(label, id)| Choice {
            details: Default::default(),
            id,
            label: (*label).to_owned(),
        })
        .collect()
}

fn form(kind: QuestionKind, rule: Rule) -> Form {
    let mut form = Form::empty();
    "Spring".clone_into(&mut form.title);
    form.questions = vec![Question {
        details: Default::default(),
        id: ASKED,
        label: "Which?".to_owned(),
        hint: String::new(),
        required: true,
        kind,
    }];
    form.activity.rule = rule;
    form
}

/// The example of the tally's front page: lamps and a bench win over a well that costs two thirds.
fn budget(ballot: BudgetBallot) -> Form {
    let names = ["well", "lamps", "bench"];
    let kind = match ballot {
        BudgetBallot::Approval | BudgetBallot::Knapsack => QuestionKind::MultipleChoice {
            options: options(&names),
            most: 0,
        },
        BudgetBallot::Points => QuestionKind::Points {
            options: options(&names),
            each: 0,
            all: 10,
            squared: false,
        },
        BudgetBallot::Ranked => QuestionKind::Ranking(options(&names)),
    };
    let projects = [(1, 600), (2, 300), (3, 100)].map(|(option, cost)| Project {
        option,
        cost,
        ..Project::default()
    });
    let rule = BudgetRule {
        money: 900,
        currency: "TND".to_owned(),
        ballot,
        ..BudgetRule::usual(projects.to_vec())
    };
    form(kind, Rule::Budget(Box::new(rule)))
}

/// Entries as they are signed: one record each, on the chain of a device.
struct Log {
    form: FormId,
    entries: Vec<(Source, Records)>,
}

impl Log {
    fn of(form: &Form) -> Self {
        assert_eq!(form.check(), Ok(()));
        let mut log = Self {
            form: form.id(),
            entries: Vec::new(),
        };
        log.put(0, Record::Open(form.clone()));
        log
    }

    fn put(&mut self, device: u8, record: Record) -> RecordId {
        let number = u64::try_from(self.entries.len()).unwrap();
        let mut entry = [0; 32];
        entry[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        let from = Source {
            entry: EntryHash::from_bytes(entry),
            device: DeviceId::from_bytes([device; 32]),
            seq: number,
            person: Some(PersonId::from_bytes([device; 32])),
        };
        let records = Records {
            records: vec![record],
        };
        // As it comes back from the disk of whoever took it in.
        let records = Records::decode(&records.encode()).unwrap();
        self.entries.push((from, records));
        RecordId {
            entry: from.entry,
            index: 0,
        }
    }

    fn ballot(&mut self, device: u8, answer: Answer) -> RecordId {
        self.salted(device, answer, [device; 8])
    }

    fn salted(&mut self, device: u8, answer: Answer, salt: [u8; 8]) -> RecordId {
        let form = self.form;
        self.put(
            device,
            Record::Response(Response {
                form,
                speaker: Speaker::Known(Known::Own {
                    supersedes: Vec::new(),
                    salt,
                }),
                answers: vec![(ASKED, answer)],
            }),
        )
    }

    fn close(&mut self) {
        let counted = self.entries.iter().map(|(from, _)| Counted {
            device: from.device,
            seq: from.seq,
            hash: from.entry,
        });
        let close = Close {
            form: self.form,
            counted: counted.collect(),
            note: String::new(),
        };
        self.put(0, Record::Close(close));
    }

    fn count(&self) -> Recounted {
        let mut recount = Recount::new(majlis_core::id::SpaceId::from_bytes([9; 32]), lane());
        for (from, records) in &self.entries {
            recount.take(*from, records.clone());
        }
        recount.finish().unwrap()
    }
}

fn funded(found: &Recounted) -> Vec<String> {
    match &found.outcome.counted {
        Outcome::Budget(outcome) => outcome.ids().iter().map(|id| (*id).to_owned()).collect(),
        other => panic!("no budget: {other:?}"),
    }
}

#[test]
fn a_budget_funds_what_the_tally_says() {
    let mut log = Log::of(&budget(BudgetBallot::Approval));
    log.ballot(1, Answer::Choices(vec![1, 2]));
    log.ballot(2, Answer::Choices(vec![1]));
    log.ballot(3, Answer::Choices(vec![2, 3]));
    assert_eq!(funded(&log.count()), ["2", "3"]);
}

#[test]
fn order_and_repetition_of_arrival_never_change_the_hash() {
    let seeds = std::env::var("SEED").map_or(0..40, |seed| {
        let seed: u64 = seed.parse().unwrap();
        seed..seed.saturating_add(1)
    });
    for seed in seeds {
        let mut rng = Rng::with_seed(seed);
        let mut log = Log::of(&budget(BudgetBallot::Approval));
        for device in 1..rng.u8(2..30) {
            for _ in 0..rng.u8(1..3) {
                let mut chosen: Vec<u16> = (1..=4).filter(|_| rng.bool()).collect();
                rng.shuffle(&mut chosen);
                log.ballot(device, Answer::Choices(chosen));
            }
        }
        if rng.bool() {
            log.close();
        }
        let first = log.count();
        for _ in 0..3 {
            let again = log.entries[rng.usize(..log.entries.len())].clone();
            log.entries.push(again);
            rng.shuffle(&mut log.entries);
            let again = log.count();
            assert_eq!(again.outcome.hash(), first.outcome.hash(), "SEED={seed}");
            assert_eq!(again, first, "SEED={seed}");
        }
    }
}

#[test]
fn hostile_ballots_are_listed_with_a_reason_and_break_no_count() {
    let mut log = Log::of(&budget(BudgetBallot::Knapsack));
    log.ballot(1, Answer::Choices(vec![1, 2]));
    log.ballot(2, Answer::Choices(vec![2, 3]));
    let honest = log.count();
    assert!(honest.discarded.is_empty());
    let over = Answer::Choices(vec![1, 2, 3]);
    let unknown = Answer::Choices(vec![1, 9]);
    let double = Answer::Choices(vec![2, 2]);
    let wrong = Answer::Ranking(vec![1, 2]);
    let points = Answer::Points(vec![(1, u32::MAX)]);
    for (device, answer) in (10..).zip([over, unknown, double, wrong, points]) {
        log.ballot(device, answer);
    }
    let found = log.count();
    assert_eq!(found.discarded.len(), 5);
    assert!(found.discarded.iter().all(|one| one.2 == Status::Unfit));
    assert_eq!(found.outcome.hash(), honest.outcome.hash());
}

#[test]
fn what_is_signed_again_draws_no_other_lot() {
    // Well and lamps are tied but for the lot, at the same cost.
    let mut form = budget(BudgetBallot::Approval);
    if let Rule::Budget(rule) = &mut form.activity.rule {
        rule.projects[0].cost = 300;
        rule.money = 300;
    }
    let tied = |salt: u8| {
        let mut log = Log::of(&form);
        log.salted(1, Answer::Choices(vec![1]), [salt; 8]);
        log.salted(2, Answer::Choices(vec![2]), [salt; 8]);
        log.count()
    };
    let first = tied(0);
    assert!((1..100).all(|salt| funded(&tied(salt)) == funded(&first)));
}

#[test]
fn points_and_places_are_worth_what_the_form_says() {
    let form = budget(BudgetBallot::Points);
    let fits = |answer| form.accepts(&[(ASKED, answer)]).is_ok();
    assert!(fits(Answer::Points(vec![(1, 4), (3, 6)])));
    for bad in [
        vec![],
        vec![(1, 0)],
        vec![(1, 11)],
        vec![(3, 1), (1, 1)],
        vec![(1, 6), (1, 4)],
        vec![(4, 1)],
        vec![(1, u32::MAX), (2, u32::MAX)],
    ] {
        assert!(!fits(Answer::Points(bad.clone())), "{bad:?}");
    }
    let mut log = Log::of(&budget(BudgetBallot::Ranked));
    // A ballot may rank only some.
    log.ballot(1, Answer::Ranking(vec![3]));
    log.ballot(2, Answer::Ranking(vec![2, 1, 3]));
    assert_eq!(log.count().outcome.results.counted.all(), 2);
    assert!(log.count().discarded.is_empty());
}

#[test]
fn an_election_takes_partial_rankings_and_abstentions() {
    let rule = ElectionRule {
        method: Ranked::Schulze,
        seats: 1,
        status_quo: Some(3),
        abstain: Some(4),
        tie: usual_tie(),
    };
    let kind = QuestionKind::Ranking(options(&["Ana", "Bo", "as it is", "abstain"]));
    let mut asked = form(kind, Rule::Election(rule));
    asked.activity.roll = Some(Roll {
        people: 8,
        source: "the list on the door".to_owned(),
    });
    asked.activity.quorum = Some(Percent::whole(50));
    let mut log = Log::of(&asked);
    log.ballot(1, Answer::Ranking(vec![1, 3]));
    log.ballot(2, Answer::Ranking(vec![1]));
    log.ballot(3, Answer::Ranking(vec![2, 3, 1]));
    log.ballot(4, Answer::Ranking(vec![4]));
    log.ballot(5, Answer::Ranking(vec![4, 1]));
    let found = log.count();
    assert_eq!(found.discarded.len(), 1, "to abstain and prefer is neither");
    let turnout = found.outcome.turnout.unwrap();
    assert_eq!((turnout.voices, turnout.quorum), (4, Some(true)));
    match found.outcome.counted {
        Outcome::Election(outcome) => {
            assert_eq!(outcome.winners, ["1"]);
            assert_eq!(outcome.voters, 4);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_poll_tests_shares_and_knows_none_of_these() {
    let rule = PollRule {
        kind: PollKind::Poll,
        none_of_these: Some(3),
        tests: vec![PassTest {
            option: 1,
            bound: Bound::AtLeast,
            percent: Percent {
                over: 200,
                under: 3,
            },
            of: Base::Cast,
        }],
        places: 0,
        tie: usual_tie(),
    };
    let kind = QuestionKind::SingleChoice(options(&["yes", "no", "none of these"]));
    let mut log = Log::of(&form(kind, Rule::Poll(rule)));
    for (device, option) in [(1, 1), (2, 1), (3, 3)] {
        log.ballot(device, Answer::Choices(vec![option]));
    }
    match log.count().outcome.counted {
        Outcome::Poll(outcome) => {
            assert_eq!((outcome.cast, outcome.none_of_these), (3, 1));
            // Two thirds exactly: no rounding decides.
            assert!(outcome.results[0].test.as_ref().unwrap().passed);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_members_own_ballots_count_where_the_form_says_so() {
    let mut asked = budget(BudgetBallot::Approval);
    asked.activity.voters = Voters::Members;
    let mut log = Log::of(&asked);
    let form = log.form;
    log.put(
        1,
        Record::Response(Response {
            form,
            speaker: Speaker::New {
                claim: majlis_core::id::Claim::from_bytes([1; 12]),
                assisted: Assisted {
                    mode: AssistedMode::Paper,
                    consent: true,
                    note: String::new(),
                },
            },
            answers: vec![(ASKED, Answer::Choices(vec![1]))],
        }),
    );
    let found = log.count();
    assert_eq!(found.discarded[0].2, Status::Unfit);
    assert!(matches!(found.outcome.counted, Outcome::Nothing(_)));
}

#[test]
fn a_petition_counts_signatures_by_area() {
    let step = |threshold| LadderStep {
        name: "answer".to_owned(),
        threshold,
        answer_days: Some(15),
    };
    let mut rule = PetitionRule {
        name: "community".to_owned(),
        source: "the charter".to_owned(),
        read_on: "2026-11".to_owned(),
        steps: vec![step(Threshold::Number(3))],
        committee: None,
        distribution: None,
        window_days: Some(30),
        least_age: None,
        text_fixed_at: None,
        population: None,
        areas: false,
        members: Vec::new(),
    };
    // To sign is to say nothing else.
    let mut bare = Form::empty();
    "A bridge".clone_into(&mut bare.title);
    bare.activity.rule = Rule::Petition(Box::new(rule.clone()));
    let mut log = Log::of(&bare);
    let form = log.form;
    for device in 1..=3 {
        let speaker = Speaker::Known(Known::Own {
            supersedes: Vec::new(),
            salt: [device; 8],
        });
        let answers = Vec::new();
        log.put(
            device,
            Record::Response(Response {
                form,
                speaker,
                answers,
            }),
        );
    }
    match log.count().outcome.counted {
        Outcome::Petition(standing) => {
            assert_eq!(standing.valid, 3);
            assert!(standing.steps[0].reached);
        }
        other => panic!("{other:?}"),
    }
    rule.steps = vec![step(Threshold::Roll(Percent::whole(10), Some(30)))];
    bare.activity.rule = Rule::Petition(Box::new(rule));
    assert_eq!(bare.check(), Err(FormError::Rule(RuleError::Roll)));
}

#[test]
fn a_rule_that_does_not_fit_its_form_cannot_be_opened() {
    let error = |change: &dyn Fn(&mut Form)| {
        let mut form = budget(BudgetBallot::Approval);
        change(&mut form);
        match form.check() {
            Err(FormError::Rule(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let rule = |form: &mut Form, change: &dyn Fn(&mut BudgetRule)| {
        if let Rule::Budget(rule) = &mut form.activity.rule {
            change(rule);
        }
    };
    assert_eq!(
        error(&|form| form.questions[0].required = false),
        RuleError::Ballot
    );
    assert_eq!(
        error(&|form| rule(form, &|rule| rule.money = 0)),
        RuleError::Money
    );
    let costs = |form: &mut Form| rule(form, &|rule| rule.projects[1].cost = u64::MAX);
    assert_eq!(error(&costs), RuleError::Money);
    let missing = |form: &mut Form| rule(form, &|rule| drop(rule.projects.pop()));
    assert_eq!(error(&missing), RuleError::Option(3));
    let points = |form: &mut Form| rule(form, &|rule| rule.utility = Utility::Points);
    assert_eq!(error(&points), RuleError::Number);
    let quorum = |form: &mut Form| form.activity.quorum = Some(Percent::whole(20));
    assert_eq!(error(&quorum), RuleError::Roll);
    let mut plain = budget(BudgetBallot::Approval);
    plain.activity = Activity::default();
    assert_eq!(plain.check(), Ok(()));
}
