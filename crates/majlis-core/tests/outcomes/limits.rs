//! What one voice, one device or one rule cannot do to everybody's count.

use majlis_core::consultation::activity::Rule;
use majlis_core::consultation::form::AnswerError;
use majlis_core::consultation::statement::{MAX_OF_DEVICE, Placed, heard, standing};
use majlis_core::document::{Document, EditError};
use majlis_core::time::Timestamp;

use super::conversations::{conversation, said};
use super::*;

fn places(most: u16) -> Log {
    let rule = PollRule {
        kind: PollKind::RankedChoice,
        none_of_these: None,
        tests: Vec::new(),
        places: most,
        tie: usual_tie(),
    };
    let kind = QuestionKind::Ranking(options(&["a", "b", "c", "d"]));
    let mut log = Log::of(&form(kind, Rule::Poll(rule)));
    log.ballot(1, Answer::Ranking(vec![1, 2, 3, 4]));
    log.ballot(2, Answer::Ranking(vec![2, 1]));
    log
}

#[test]
fn places_below_those_that_give_points_give_none_and_the_ballot_counts() {
    let Outcome::Poll(outcome) = places(2).count().outcome.counted else {
        panic!("a poll");
    };
    assert_eq!((outcome.cast, outcome.discarded.len()), (2, 0));
}

#[test]
fn ballots_that_name_nothing_draw_no_other_lot() {
    let rule = ElectionRule {
        method: Ranked::Irv,
        seats: 1,
        status_quo: None,
        abstain: Some(3),
        tie: usual_tie(),
    };
    let kind = QuestionKind::Ranking(options(&["a", "b", "abstain"]));
    let form = form(kind, Rule::Election(rule));
    let elected = |abstaining: u8| {
        let mut log = Log::of(&form);
        log.ballot(1, Answer::Ranking(vec![1]));
        log.ballot(2, Answer::Ranking(vec![2]));
        for more in 0..abstaining {
            log.ballot(9 + more, Answer::Ranking(vec![3]));
        }
        match log.count().outcome.counted {
            Outcome::Election(outcome) => outcome.winners,
            other => panic!("{other:?}"),
        }
    };
    let first = elected(0);
    assert!((1..40).all(|more| elected(more) == first));
}

#[test]
fn nobody_alone_fills_a_conversation() {
    let mut form = conversation();
    if let Rule::Conversation(rule) = &mut form.activity.rule {
        rule.let_in = false;
    }
    let id = form.id();
    let many = MAX_OF_DEVICE + 50;
    let mut statements: Vec<Placed<Statement>> = (0..many)
        .map(|number| {
            let mut entry = [0; 32];
            entry[..8].copy_from_slice(&(number as u64).to_be_bytes());
            Placed {
                id: RecordId {
                    entry: EntryHash::from_bytes(entry),
                    index: 0,
                },
                device: DeviceId::from_bytes([1; 32]),
                seq: number as u64,
                said: said(id, &format!("Statement {number}")),
            }
        })
        .collect();
    let standing = |statements: &[Placed<Statement>]| {
        let all = heard((id, &form), statements, (&[], &[]), None);
        all.iter()
            .map(|one| (one.text.clone(), one.standing))
            .collect::<Vec<_>>()
    };
    let once = standing(&statements);
    let of = |kind| {
        once.iter()
            .filter(|(_, standing)| *standing == kind)
            .count()
    };
    // The form begins with one of its own.
    assert_eq!(
        (of(Standing::In), of(Standing::Waiting)),
        (MAX_OF_DEVICE + 1, 50)
    );
    statements.reverse();
    statements.extend(statements.clone());
    assert_eq!(standing(&statements), once, "in any order, however often");
    // Somebody else who says the same brings it in.
    let mut other = statements[0].clone();
    (other.device, other.id.index) = (DeviceId::from_bytes([2; 32]), 1);
    statements.push(other);
    let of = |(_, standing): &&(String, Standing)| *standing == Standing::Waiting;
    assert_eq!(waiting(&form, &statements), 49);
    assert_eq!(once.iter().filter(of).count(), 50);
}

fn waiting(form: &Form, statements: &[Placed<Statement>]) -> usize {
    let all = heard((form.id(), form), statements, (&[], &[]), None);
    let waits = all.iter().filter(|one| one.standing == Standing::Waiting);
    waits.count()
}

#[test]
fn a_decision_gives_way_only_to_a_decision() {
    let form = conversation().id();
    let placed = |number: u8, kind, replaces: Vec<RecordId>| Placed {
        id: RecordId {
            entry: EntryHash::from_bytes([number; 32]),
            index: 0,
        },
        device: DeviceId::from_bytes([number; 32]),
        seq: 1,
        said: Step {
            form,
            kind,
            about: Subject::Whole,
            text: "because".to_owned(),
            number: None,
            day: None,
            sources: Vec::new(),
            replaces,
            salt: [0; 8],
        },
    };
    let refused = placed(1, StepKind::Refused, Vec::new());
    let noted = placed(2, StepKind::Noted, vec![refused.id]);
    let stands = |steps: &[Placed<Step>]| -> Vec<StepKind> {
        standing(steps).iter().map(|step| step.said.kind).collect()
    };
    assert_eq!(
        stands(&[refused.clone(), noted.clone()]),
        [StepKind::Refused, StepKind::Noted]
    );
    // What hides photos is no way to make a note disappear.
    let hiding = placed(4, StepKind::Hidden, vec![noted.id]);
    assert_eq!(
        stands(&[noted.clone(), hiding]),
        [StepKind::Noted, StepKind::Hidden]
    );
    let admitted = placed(3, StepKind::Admitted, vec![refused.id, noted.id]);
    assert_eq!(stands(&[refused, noted, admitted]), [StepKind::Admitted]);
}

#[test]
fn points_are_bounded_so_that_no_ballot_breaks_the_count() {
    let error = |each, all| {
        let mut form = budget(BudgetBallot::Points);
        if let QuestionKind::Points {
            each: of_each,
            all: of_all,
            ..
        } = &mut form.questions[0].kind
        {
            (*of_each, *of_all) = (each, all);
        }
        form.check()
    };
    assert_eq!(error(0, 10), Ok(()));
    assert_eq!(error(1_000_000, 0), Ok(()));
    assert_eq!(error(1_000_001, 0), Err(FormError::Rule(RuleError::Number)));
    assert_eq!(error(0, u32::MAX), Err(FormError::Rule(RuleError::Number)));
}

#[test]
fn a_rule_too_long_for_a_draft_is_refused_and_nothing_is_lost() {
    let mut document = Document::new(lane());
    let now = Timestamp(1_000);
    let mut wanted = conversation();
    document.define([7; 16], &wanted, now).unwrap();
    if let Rule::Conversation(rule) = &mut wanted.activity.rule {
        rule.seeds = (0..60)
            .map(|number| format!("{number} {}", "\u{0645}".repeat(140)))
            .collect();
    }
    let refused = document.define([7; 16], &wanted, now);
    assert_eq!(refused.unwrap_err(), EditError::TooLong);
    assert_eq!(document.definition(), conversation());
}

#[test]
fn a_ballot_that_names_too_few_is_no_ballot_unless_it_names_none_of_all() {
    let rule = PollRule {
        kind: PollKind::Poll,
        none_of_these: Some(4),
        tests: Vec::new(),
        places: 0,
        tie: usual_tie(),
    };
    let several = |most| QuestionKind::MultipleChoice {
        options: options(&["a", "b", "c", "none"]),
        most,
    };
    let mut asked = form(several(3), Rule::Poll(rule.clone()));
    asked.activity.least = 2;
    let mut log = Log::of(&asked);
    log.ballot(1, Answer::Choices(vec![1, 2]));
    log.ballot(2, Answer::Choices(vec![1]));
    log.ballot(3, Answer::Choices(vec![4]));
    log.ballot(4, Answer::Choices(vec![1, 2, 3]));
    let found = log.count();
    assert_eq!(found.outcome.results.counted.all(), 3);
    assert_eq!(found.discarded.len(), 1);
    assert_eq!(found.discarded[0].2, Status::Unfit);
    let one = [(ASKED, Answer::Choices(vec![1]))];
    assert_eq!(asked.accepts(&one), Err(AnswerError::TooFew(ASKED, 2)));
    // As many as may be named at most, and never the one that stands alone among them.
    let wrong = [
        (several(3), 1),
        (several(3), 4),
        (several(0), 4),
        (several(2), 3),
    ];
    for (kind, least) in wrong {
        let mut asked = form(kind, Rule::Poll(rule.clone()));
        asked.activity.least = least;
        assert_eq!(
            asked.check(),
            Err(FormError::Rule(RuleError::Number)),
            "{least}"
        );
    }
    let mut asked = form(several(0), Rule::Poll(rule));
    asked.activity.least = 3;
    assert_eq!(asked.check(), Ok(()));
    // The two cheapest projects cost less than there is, all three of them more.
    let mut spent = budget(BudgetBallot::Knapsack);
    for (least, fits) in [(2, true), (3, false)] {
        spent.activity.least = least;
        assert_eq!(spent.check().is_ok(), fits, "{least}");
    }
}

#[test]
fn an_order_names_as_many_as_the_rule_asks_for() {
    let rule = ElectionRule {
        method: Ranked::Schulze,
        seats: 1,
        status_quo: None,
        abstain: None,
        tie: usual_tie(),
    };
    let kind = QuestionKind::Ranking(options(&["a", "b", "c"]));
    let mut asked = form(kind, Rule::Election(rule));
    asked.activity.least = 2;
    let mut log = Log::of(&asked);
    log.ballot(1, Answer::Ranking(vec![3]));
    log.ballot(2, Answer::Ranking(vec![2, 1]));
    let found = log.count();
    assert_eq!(
        (found.outcome.results.counted.all(), found.discarded.len()),
        (1, 1)
    );
}
