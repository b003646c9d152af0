//! Groups that are there are found, and what never changes a byte.

use proptest::prelude::*;

use super::*;
use crate::canonical::Canonical;

fn statements(count: usize) -> Vec<Statement> {
    (0..count)
        .map(|id| Statement {
            id: id.to_string(),
            moderated_out: false,
            metadata: false,
        })
        .collect()
}

type Cast = Vec<(String, String, Opinion)>;

fn votes(statements: Vec<Statement>, cast: &Cast) -> Votes {
    let cast = cast
        .iter()
        .map(|(who, what, opinion)| (who.as_str(), what.as_str(), *opinion));
    Votes::new(statements, cast).unwrap()
}

/// Two camps of twenty over ten statements: the first eight divide them, the ninth all agree with,
/// the tenth nobody. A few stray from their camp.
fn camps() -> Cast {
    let mut cast = Cast::new();
    for person in 0..40_usize {
        for statement in 0..10_usize {
            let camp = person % 2;
            let strays = (person * 7 + statement * 3) % 11 == 0;
            let opinion = match statement {
                8 => Opinion::Agree,
                9 => Opinion::Disagree,
                _ if strays => Opinion::Pass,
                _ if (statement % 2 == 0) == (camp == 0) => Opinion::Agree,
                _ => Opinion::Disagree,
            };
            if (person + statement) % 9 != 8 {
                cast.push((person.to_string(), statement.to_string(), opinion));
            }
        }
    }
    cast
}

#[test]
fn two_camps_are_two_groups() {
    let votes = votes(statements(10), &camps());
    let outcome = count(&votes, &OpinionRule::default());
    assert_eq!(
        (outcome.groups, outcome.clear, outcome.points.len()),
        (2, true, 40)
    );
    for point in &outcome.points {
        let camp = point.participant.parse::<usize>().unwrap() % 2;
        assert_eq!(point.group, Some(camp), "{}", point.participant);
    }
    assert_eq!(outcome.consensus[0].statement, "8");
    assert_eq!(outcome.bridges[0].statement, "8");
    assert_eq!(outcome.overall[0][0].statement, "8");
    assert_eq!(outcome.overall[1][0].statement, "9");
    for (group, shown) in outcome.representative.iter().enumerate() {
        assert!(!shown.is_empty());
        for one in shown {
            let even = one.statement.parse::<usize>().unwrap() % 2 == 0;
            let agrees = even == (group == 0);
            assert!(
                one.significant && (one.side == Side::Agree) == agrees,
                "{one:?}"
            );
        }
        assert!(Representative::listed(shown).len() <= 5);
        assert_eq!(Representative::listed(shown)[0].side, Side::Agree);
    }
}

#[test]
fn moderation_takes_a_statement_out() {
    let mut out = statements(10);
    out[8].moderated_out = true;
    let outcome = count(&votes(out, &camps()), &OpinionRule::default());
    assert_eq!(outcome.statements, 9);
    assert!(outcome.consensus.iter().all(|one| one.statement != "8"));
    assert!(outcome.bridges.iter().all(|one| one.statement != "8"));
}

#[test]
fn one_mind_is_no_group() {
    let mut cast = Cast::new();
    for person in 0..40 {
        for statement in 0..10 {
            cast.push((format!("p{person}"), statement.to_string(), Opinion::Agree));
        }
    }
    let outcome = count(&votes(statements(10), &cast), &OpinionRule::default());
    assert_eq!((outcome.groups, outcome.clear), (0, false));
    let nobody = count(&votes(statements(3), &Cast::new()), &OpinionRule::default());
    assert_eq!((nobody.groups, nobody.points.len()), (0, 0));
    let nothing = count(&votes(Vec::new(), &Cast::new()), &OpinionRule::default());
    assert_eq!(nothing.statements, 0);
}

#[test]
fn the_most_active_fill_a_small_room() {
    let mut cast: Cast = camps();
    cast.retain(|(who, what, _)| {
        who.parse::<usize>().unwrap() < 20 && what.parse::<usize>().unwrap() < 5
    });
    let votes = votes(statements(10), &cast);
    let outcome = count(&votes, &OpinionRule::default());
    assert_eq!(outcome.points.len(), 15);
    assert!(!outcome.clear);
}

#[test]
fn the_next_statement_is_drawn_among_the_unseen() {
    let mut listed = statements(10);
    listed[3].metadata = true;
    let votes = votes(listed, &camps());
    let weights = statement_weights(&votes, &OpinionRule::default());
    assert_eq!(weights[3].weight, METADATA_WEIGHT);
    // Person 4 has not seen statement 4; somebody new has seen nothing.
    assert_eq!(next_statement(&votes, &weights, "4", b"seed"), Some("4"));
    let mut drawn = std::collections::BTreeMap::new();
    for draw in 0..2_000_u32 {
        let next = next_statement(&votes, &weights, "new", &draw.to_be_bytes()).unwrap();
        *drawn.entry(next.to_owned()).or_insert(0_u32) += 1;
    }
    let total: i64 = weights.iter().map(|one| one.weight).sum();
    for one in &weights {
        let expected = 2_000.0 * double(one.weight) / double(total);
        let got = f64::from(drawn.get(&one.statement).copied().unwrap_or(0));
        assert!(
            (got - expected).abs() < 5.0 * expected.sqrt() + 5.0,
            "{}: {got} {expected}",
            one.statement
        );
    }
    assert_eq!(next_statement(&votes, &[], "new", b""), None);
}

#[test]
fn indices_of_likeness() {
    assert!((adjusted_rand_index(&[0, 0, 1, 1], &[1, 1, 0, 0]) - 1.0).abs() < 1e-12);
    // Hubert and Arabie's index on a small table, by hand: (2 - 8/6) / (3.5 - 8/6).
    let index = adjusted_rand_index(&[0, 0, 0, 1, 1], &[0, 0, 1, 1, 1]);
    assert!((index - 1.0 / 6.0).abs() < 1e-12, "{index}");
}

#[test]
fn a_hash_is_pinned() {
    let outcome = count(&votes(statements(10), &camps()), &OpinionRule::default());
    assert_eq!(
        outcome.result_hash().to_string(),
        "83dc831d5749ddaeaf7d9638dadb2822ee906f275af6f0187a00416eecb4280d"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_order_and_repetition_of_votes_change_no_byte(
        seen in prop::collection::vec((0_usize..25, 0_usize..12, -1_i8..2), 0..250),
        turn in any::<prop::sample::Index>(),
    ) {
        let mut last = std::collections::BTreeMap::new();
        for (who, what, sign) in seen {
            last.insert((who, what), match sign { 1 => Opinion::Agree, 0 => Opinion::Pass, _ => Opinion::Disagree });
        }
        let cast: Cast = last.iter().map(|((who, what), opinion)| (who.to_string(), what.to_string(), *opinion)).collect();
        let straight = count(&votes(statements(12), &cast), &OpinionRule::default());
        let mut turned = cast.clone();
        if !turned.is_empty() {
            let by = turn.index(turned.len());
            turned.rotate_left(by);
            turned.extend(cast.iter().take(3).cloned());
        }
        let mut listed = statements(12);
        listed.reverse();
        let other = count(&votes(listed, &turned), &OpinionRule::default());
        prop_assert_eq!(straight.canonical_bytes(), other.canonical_bytes());
        prop_assert!(straight.points.iter().all(|point| point.group.is_none_or(|group| group < straight.groups)));
    }
}
