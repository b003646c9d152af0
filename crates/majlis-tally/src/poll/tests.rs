//! Each kind of poll, and what does not count.

use proptest::prelude::*;

use super::*;
use crate::canonical::Canonical;

fn answer(values: &[(&str, i64)]) -> Answer {
    Answer::Options(
        values
            .iter()
            .map(|(id, value)| ((*id).to_owned(), *value))
            .collect(),
    )
}

fn counted(rule: &PollRule, answers: &[Answer]) -> PollOutcome {
    let voices: Vec<String> = (0..answers.len())
        .map(|voice| format!("v{voice}"))
        .collect();
    count(rule, voices.iter().map(String::as_str).zip(answers)).unwrap()
}

fn totals(outcome: &PollOutcome) -> Vec<(&str, i64)> {
    outcome
        .results
        .iter()
        .map(|one| (one.id.as_str(), one.total))
        .collect()
}

fn reasons(outcome: &PollOutcome) -> Vec<Reason> {
    outcome.discarded.iter().map(|one| one.reason).collect()
}

#[test]
fn a_proposal_passes_its_test_and_its_quorum() {
    let mut rule = PollRule::preset(PollKind::Proposal, &[]);
    rule.eligible = Some(10);
    rule.quorum = Some(Ratio::from(50));
    let test = |percent, of| {
        Some(PassTest {
            bound: Bound::AtLeast,
            percent: Ratio::from(percent),
            of,
        })
    };
    rule.options[0].test = test(60, Base::Cast);
    let cast = |agree: usize, disagree: usize| {
        let mut answers = vec![answer(&[("agree", 1)]); agree];
        answers.extend(vec![answer(&[("disagree", 1)]); disagree]);
        answers
    };
    let outcome = counted(&rule, &cast(3, 2));
    assert_eq!(
        (outcome.first.clone(), outcome.quorum_reached),
        (vec!["agree".to_owned()], Some(true))
    );
    assert!(outcome.results[0].test.as_ref().unwrap().passed);
    assert_eq!(counted(&rule, &cast(2, 2)).quorum_reached, Some(false));
    assert!(
        !counted(&rule, &cast(5, 4)).results[0]
            .test
            .as_ref()
            .unwrap()
            .passed
    );
    // Of all who may vote, three of ten are less than 31 %.
    rule.options[0].test = test(31, Base::Eligible);
    assert!(
        !counted(&rule, &cast(3, 2)).results[0]
            .test
            .as_ref()
            .unwrap()
            .passed
    );
    // A veto: nobody may block.
    rule.options[2].test = Some(PassTest {
        bound: Bound::AtMost,
        percent: Ratio::zero(),
        of: Base::Cast,
    });
    let blocked = counted(&rule, &cast(4, 1));
    let veto = blocked
        .results
        .iter()
        .find(|one| one.id == "disagree")
        .unwrap();
    assert!(!veto.test.as_ref().unwrap().passed);
    let two = [
        answer(&[("agree", 1), ("disagree", 1)]),
        answer(&[]),
        answer(&[("maybe", 1)]),
    ];
    assert_eq!(
        reasons(&counted(&rule, &two)),
        [Reason::TooMany, Reason::TooFew, Reason::UnknownOption]
    );
}

#[test]
fn points_scores_places_and_credits() {
    let dots = PollRule::preset(PollKind::DotVote, &["a", "b"]);
    let outcome = counted(
        &dots,
        &[
            answer(&[("a", 3), ("b", 5)]),
            answer(&[("a", 9)]),
            answer(&[("b", 8), ("a", 1)]),
        ],
    );
    assert_eq!(totals(&outcome), [("b", 5), ("a", 3)]);
    assert_eq!(reasons(&outcome), [Reason::OutOfBounds; 2]);

    let score = PollRule::preset(PollKind::Score, &["a", "b"]);
    let outcome = counted(
        &score,
        &[
            answer(&[("a", 5), ("b", 0)]),
            answer(&[("a", 2)]),
            answer(&[("a", 6)]),
        ],
    );
    assert_eq!(outcome.results[0].mean, Ratio::new(7, 2).unwrap());
    assert_eq!(outcome.results[1].by_value, [(0, 1)]);

    let ranked = PollRule::preset(PollKind::RankedChoice, &["a", "b", "c", "d"]);
    let answers = [
        answer(&[("a", 1), ("b", 2), ("c", 3)]),
        answer(&[("b", 1)]),
        answer(&[("c", 2)]),
        answer(&[("a", 1), ("b", 1)]),
        answer(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)]),
    ];
    let outcome = counted(&ranked, &answers);
    assert_eq!(totals(&outcome)[..3], [("b", 5), ("a", 3), ("c", 1)]);
    assert_eq!(
        reasons(&outcome),
        [Reason::OutOfBounds, Reason::OutOfBounds, Reason::TooMany]
    );

    let meeting = PollRule::preset(PollKind::Meeting, &["mon", "tue"]);
    let outcome = counted(
        &meeting,
        &[
            answer(&[("mon", 1), ("tue", 2)]),
            answer(&[("mon", 2)]),
            answer(&[("mon", 3)]),
        ],
    );
    assert_eq!(totals(&outcome), [("mon", 3), ("tue", 2)]);

    let quadratic = PollRule {
        points: 25,
        ..PollRule::preset(PollKind::Quadratic, &["a", "b"])
    };
    let answers = [
        answer(&[("a", 4), ("b", -3)]),
        answer(&[("a", 5), ("b", 1)]),
        answer(&[("a", i64::MIN)]),
    ];
    let outcome = counted(&quadratic, &answers);
    assert_eq!(totals(&outcome), [("a", 4), ("b", -3)]);
    assert_eq!(outcome.discarded.len(), 2);
}

#[test]
fn questions_and_none_of_these() {
    let question = PollRule::preset(PollKind::Question, &[]);
    let outcome = counted(&question, &[Answer::Words, answer(&[])]);
    assert_eq!(
        (outcome.cast, reasons(&outcome)),
        (1, vec![Reason::WrongKind])
    );
    let mut poll = PollRule::preset(PollKind::Poll, &["a", "b"]);
    assert_eq!(counted(&poll, &[Answer::NoneOfThese]).cast, 0);
    poll.none_of_these = true;
    let outcome = counted(&poll, &[Answer::NoneOfThese, answer(&[("a", 1)])]);
    assert_eq!((outcome.cast, outcome.none_of_these), (2, 1));
    let equal = counted(&poll, &[answer(&[("b", 1)]), answer(&[("a", 1)])]);
    assert_eq!(equal.first.len(), 2);
}

#[test]
fn rules_that_cannot_be_counted_by() {
    let none: Vec<(&str, &Answer)> = Vec::new();
    let mut rule = PollRule::preset(PollKind::Poll, &["a", "a"]);
    assert_eq!(
        count(&rule, none.clone()),
        Err(RuleError::RepeatedOption("a".to_owned()))
    );
    rule.options.clear();
    assert_eq!(
        count(&rule, none.clone()),
        Err(RuleError::Options(PollKind::Poll))
    );
    let mut rule = PollRule::preset(PollKind::Poll, &["a"]);
    rule.quorum = Some(Ratio::from(10));
    assert_eq!(count(&rule, none.clone()), Err(RuleError::NoEligible));
    rule.eligible = Some(1);
    for wrong in ["-1", "100.5"] {
        let rule = PollRule {
            quorum: Some(wrong.parse().unwrap()),
            ..rule.clone()
        };
        assert!(matches!(
            count(&rule, none.clone()),
            Err(RuleError::Percent(_))
        ));
    }
    let one = answer(&[("a", 1)]);
    let many = Err(RuleError::MoreThanEligible {
        cast: 2,
        eligible: 1,
    });
    assert_eq!(count(&rule, [("x", &one), ("y", &one)]), many);
}

#[test]
fn every_kind_has_a_preset_a_quorum_and_tests() {
    for kind in PollKind::ALL {
        let own: &[&str] = match kind {
            PollKind::Question => &[],
            _ if kind.usual_options().is_empty() => &["x", "y"],
            _ => &[],
        };
        let mut rule = PollRule::preset(*kind, own);
        rule.eligible = Some(4);
        rule.quorum = Some(Ratio::from(50));
        if let Some(first) = rule.options.first_mut() {
            first.test = Some(PassTest {
                bound: Bound::AtLeast,
                percent: Ratio::from(50),
                of: Base::Eligible,
            });
        }
        let first = rule.options.first().map(|one| one.id.clone());
        let cast = first
            .as_ref()
            .map_or(Answer::Words, |id| answer(&[(id, 1)]));
        let outcome = counted(&rule, &[cast.clone(), cast.clone()]);
        assert_eq!(
            (outcome.cast, outcome.quorum_reached),
            (2, Some(true)),
            "{kind}"
        );
        let test = outcome.results.first().and_then(|one| one.test.as_ref());
        assert_eq!(test.map(|one| one.passed), first.map(|_| true), "{kind}");
        assert_eq!(
            counted(&rule, &[cast]).quorum_reached,
            Some(false),
            "{kind}"
        );
    }
}

proptest! {
    #[test]
    fn order_and_repetition_change_no_byte(
        cast in prop::collection::vec((0_usize..8, prop::collection::btree_map("[abc]", -2_i64..6, 0..4)), 0..20),
        turn in any::<prop::sample::Index>(),
    ) {
        let voices: Vec<(String, Answer)> = cast.into_iter().map(|(voice, values)| (format!("v{voice}"), Answer::Options(values))).collect();
        for kind in PollKind::ALL.iter().filter(|kind| **kind != PollKind::Question) {
            let rule = PollRule::preset(*kind, &["a", "b", "c"]);
            let pairs: Vec<(&str, &Answer)> = voices.iter().map(|(voice, answer)| (voice.as_str(), answer)).collect();
            let straight = count(&rule, pairs.clone()).unwrap();
            let mut turned = pairs.clone();
            if !turned.is_empty() {
                let by = turn.index(turned.len());
                turned.rotate_left(by);
            }
            turned.extend(pairs.iter().take(4).copied());
            let mut back = rule.clone();
            back.options.reverse();
            prop_assert_eq!(straight.canonical_bytes(), count(&back, turned).unwrap().canonical_bytes());
        }
    }
}
