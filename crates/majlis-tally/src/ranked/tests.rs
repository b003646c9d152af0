//! Elections from the field's literature, and what never changes a byte.

use proptest::prelude::*;

use super::*;
use crate::Ratio;
use crate::canonical::Canonical;

/// Ballots such as `5 ACBED`, candidates one letter each, `=` between equals.
fn election(candidates: &str, ballots: &[(u64, &str)]) -> RankedElection {
    let ballots = ballots.iter().map(|(count, text)| {
        let mut ballot: RankedBallot = Vec::new();
        let mut equal = false;
        for letter in text.chars() {
            match ballot.last_mut() {
                _ if letter == '=' => {
                    equal = true;
                    continue;
                }
                Some(group) if equal => group.push(letter.to_string()),
                _ => ballot.push(vec![letter.to_string()]),
            }
            equal = false;
        }
        (ballot, *count)
    });
    RankedElection::new(candidates.chars().map(String::from).collect(), ballots).unwrap()
}

fn by(method: Method) -> RankedRule {
    RankedRule {
        method,
        tie: "id".parse().unwrap(),
        ..RankedRule::default()
    }
}

/// The example of Schulze's paper.
fn forty_five() -> RankedElection {
    election(
        "ABCDE",
        &[
            (5, "ACBED"),
            (5, "ADECB"),
            (8, "BEDAC"),
            (3, "CABED"),
            (7, "CAEBD"),
            (2, "CBADE"),
            (7, "DCEBA"),
            (8, "EBADC"),
        ],
    )
}

fn joined(order: &[Placing]) -> String {
    let groups: Vec<String> = order.iter().map(|group| group.join("=")).collect();
    groups.join(">")
}

#[test]
fn schulze_orders_the_forty_five() {
    let outcome = count(&forty_five(), &by(Method::Schulze)).unwrap();
    assert_eq!(joined(&outcome.order), "E>A>C>B>D");
    assert_eq!(outcome.winners, ["E"]);
    let path = |from: &str, to: &str| {
        let path = outcome
            .paths
            .iter()
            .find(|path| path.from == from && path.to == to)
            .unwrap();
        (path.wins, path.losses)
    };
    assert_eq!((path("A", "E"), path("E", "A")), ((24, 21), (25, 20)));
}

/// The capital of Tennessee: 42 Memphis, 26 Nashville, 15 Chattanooga, 17 Knoxville.
fn tennessee() -> RankedElection {
    election(
        "MNCK",
        &[(42, "MNCK"), (26, "NCKM"), (15, "CKNM"), (17, "KCNM")],
    )
}

#[test]
fn tennessee_has_three_winners() {
    let of = |method| count(&tennessee(), &by(method)).unwrap();
    assert_eq!(of(Method::Schulze).winners, ["N"]);
    let minimax = of(Method::Minimax);
    assert_eq!(minimax.winners, ["N"]);
    let score = |outcome: &RankedOutcome, id: &str| {
        outcome
            .scores
            .iter()
            .find(|one| one.0 == id)
            .unwrap()
            .1
            .to_string()
    };
    assert_eq!(
        ["M", "C", "K"].map(|id| score(&minimax, id)),
        ["58", "68", "83"]
    );
    let borda = of(Method::Borda);
    assert_eq!(
        ["M", "N", "C", "K"].map(|id| score(&borda, id)),
        ["126", "194", "173", "107"]
    );
    assert_eq!(joined(&borda.order), "N>C>M>K");
    let irv = of(Method::Irv);
    assert_eq!(irv.winners, ["K"]);
    let out: Vec<&str> = irv
        .log
        .iter()
        .filter_map(|event| match event {
            Event::Excluded { id, .. } => Some(id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(out, ["C", "N"]);
    assert_eq!(joined(&irv.order), "K>M>N>C");
}

#[test]
fn a_scottish_count_moves_surpluses_cut_to_five_places() {
    // Quota: 20 / 3 + 1 = 7. A has 9: surplus 2, each vote moves on at 2/9 = 0.22222.
    let election = election(
        "ABCD",
        &[(6, "ABC"), (3, "ACB"), (4, "B"), (5, "CD"), (2, "D")],
    );
    let rule = RankedRule {
        seats: 2,
        ..by(Method::ScottishStv)
    };
    let outcome = count(&election, &rule).unwrap();
    assert_eq!(outcome.log[0], Event::Quota { votes: 7 });
    assert!(outcome.log.contains(&Event::Transfer {
        from: "A".to_owned(),
        surplus: Ratio::from(2),
        part: Ratio::new(2, 9).unwrap(),
    }));
    let held = |round: usize| {
        let rounds = outcome.log.iter().filter_map(|event| match event {
            Event::Round {
                votes, exhausted, ..
            } => Some((votes, exhausted)),
            _ => None,
        });
        let (votes, exhausted) = rounds.collect::<Vec<_>>()[round - 1];
        let mut shown: Vec<String> = votes.iter().map(|one| one.1.decimal(5)).collect();
        shown.push(exhausted.decimal(5));
        shown
    };
    assert_eq!(
        held(1),
        ["9.00000", "4.00000", "5.00000", "2.00000", "0.00000"]
    );
    // B 4 + 6 x 0.22222, C 5 + 3 x 0.22222; the rest of the surplus is lost by cutting.
    assert_eq!(
        held(2),
        ["7.00000", "5.33332", "5.66666", "2.00000", "0.00000"]
    );
    // D goes, its votes name nobody else; then B, whose votes pass to C in part.
    assert_eq!(held(3)[3], "2.00000");
    assert_eq!(outcome.winners, ["A", "C"]);
    assert_eq!(joined(&outcome.order), "A>C>B>D");
}

#[test]
fn the_last_round_that_set_equals_apart_decides() {
    // After A's transfer B and C are equal with 4 each; before it B had fewer.
    let election = election("ABCD", &[(6, "AB"), (3, "B"), (4, "C"), (4, "D")]);
    let rule = RankedRule {
        seats: 3,
        ..by(Method::ScottishStv)
    };
    let outcome = count(&election, &rule).unwrap();
    assert_eq!(outcome.log[0], Event::Quota { votes: 5 });
    assert!(
        outcome.log.iter().any(|event| matches!(event,
            Event::TieByRound { picked, round: 1, .. } if picked == "B"
        ) || matches!(event, Event::Excluded { id, .. } if id == "B")),
        "{:?}",
        outcome.log
    );
    assert_eq!(outcome.winners, ["A", "C", "D"]);
}

#[test]
fn nothing_changes_unless_it_beats_the_status_quo() {
    let rule = |quo: &str| RankedRule {
        status_quo: Some(quo.to_owned()),
        ..by(Method::Borda)
    };
    // A has the most points, but more voters prefer S to it; B beats S.
    let votes = election("ABS", &[(4, "ABS"), (2, "BSA"), (3, "SBA")]);
    let outcome = count(&votes, &rule("S")).unwrap();
    assert_eq!(outcome.winners, ["B"]);
    let votes = election("ABS", &[(4, "ABS"), (5, "SAB")]);
    let outcome = count(&votes, &rule("S")).unwrap();
    assert_eq!(outcome.winners, ["S"]);
    // A tie with the status quo does not beat it.
    let votes = election("AS", &[(4, "AS"), (4, "SA")]);
    let outcome = count(&votes, &rule("S")).unwrap();
    assert_eq!(outcome.winners, ["S"]);
    assert!(matches!(
        outcome.log[0],
        Event::DoesNotBeatStatusQuo {
            above: 4,
            below: 4,
            ..
        }
    ));
    assert_eq!(
        count(&votes, &rule("X")),
        Err(CountError::NoSuchStatusQuo("X".to_owned()))
    );
}

#[test]
fn seats_must_fit_the_method() {
    let votes = election("AB", &[(1, "AB")]);
    let rule = RankedRule {
        seats: 2,
        ..by(Method::Schulze)
    };
    assert_eq!(
        count(&votes, &rule),
        Err(CountError::Seats {
            method: Method::Schulze,
            seats: 2
        })
    );
    let none = RankedElection::new(Vec::new(), Vec::new()).unwrap();
    assert_eq!(
        count(&none, &by(Method::Irv)),
        Err(CountError::NoCandidates)
    );
    // More seats than candidates: all are elected.
    let rule = RankedRule {
        seats: 5,
        ..by(Method::ScottishStv)
    };
    assert_eq!(count(&votes, &rule).unwrap().winners, ["A", "B"]);
}

#[test]
fn nobody_is_elected_by_ballots_that_rank_nobody() {
    for ballots in [&[][..], &[(3, "")]] {
        let election = election("abc", ballots);
        for method in [
            Method::Schulze,
            Method::Minimax,
            Method::Borda,
            Method::Irv,
            Method::ScottishStv,
        ] {
            let rule = RankedRule {
                method,
                ..RankedRule::default()
            };
            let outcome = count(&election, &rule).unwrap();
            assert!(outcome.winners.is_empty(), "{method}");
            assert_eq!(outcome.order.len(), 1);
            assert_eq!(outcome.order[0].len(), 3);
        }
        let rule = RankedRule {
            status_quo: Some("b".to_owned()),
            ..RankedRule::default()
        };
        assert_eq!(count(&election, &rule).unwrap().winners, ["b"]);
    }
}

fn ballots() -> impl Strategy<Value = Vec<(RankedBallot, u64)>> {
    let ballot = prop::sample::subsequence(vec![0_usize, 1, 2, 3, 4], 0..=5).prop_shuffle();
    let ballot = (ballot, 0_usize..4).prop_map(|(ids, join)| {
        let mut places: RankedBallot = ids.iter().map(|id| vec![format!("c{id}")]).collect();
        if join > 0 && join < places.len() {
            let next = places.remove(join);
            places[join - 1].extend(next);
        }
        places
    });
    prop::collection::vec((ballot, 1_u64..4), 1..12)
}

fn candidates() -> Vec<String> {
    (0..5).map(|id| format!("c{id}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn order_changes_no_byte_and_votes_are_kept(ballots in ballots(), by in 0_usize..12, seats in 1_u32..4) {
        let straight = RankedElection::new(candidates(), ballots.clone()).unwrap();
        let mut turned: Vec<(RankedBallot, u64)> = ballots.iter().flat_map(|(ballot, count)| {
            let mut ballot = ballot.clone();
            for group in &mut ballot { group.reverse(); }
            (0..*count).map(move |_| (ballot.clone(), 1))
        }).collect();
        let by = by % turned.len();
        turned.rotate_left(by);
        let mut names = candidates();
        names.reverse();
        let turned = RankedElection::new(names, turned).unwrap();
        for method in Method::ALL {
            let seats = if *method == Method::ScottishStv { seats } else { 1 };
            let rule = RankedRule { method: *method, seats, ..RankedRule::default() };
            let outcome = count(&straight, &rule).unwrap();
            prop_assert_eq!(outcome.canonical_bytes(), count(&turned, &rule).unwrap().canonical_bytes());
            let filled = if straight.says_anything() { seats as usize } else { 0 };
            prop_assert_eq!(outcome.winners.len(), filled);
            let mut all: Vec<String> = outcome.order.concat();
            all.sort();
            prop_assert_eq!(all, candidates());
            // Nothing is counted twice: what is held and exhausted never passes the ballots.
            for event in &outcome.log {
                if let Event::Round { votes, exhausted, .. } = event {
                    let sum = votes.iter().fold(exhausted.clone(), |sum, one| &sum + &one.1);
                    prop_assert!(sum <= Ratio::from(straight.voters()));
                    prop_assert!(sum > &Ratio::from(straight.voters()) - &Ratio::new(1, 100).unwrap());
                }
            }
        }
    }

    #[test]
    fn who_beats_everybody_wins_by_schulze_and_minimax(ballots in ballots()) {
        let election = RankedElection::new(candidates(), ballots).unwrap();
        let outcome = count(&election, &RankedRule::default()).unwrap();
        let beats_all = |id: &str| !outcome.contests.is_empty() && outcome.contests.iter().all(|one| {
            (one.one != id || one.for_one > one.for_other) && (one.other != id || one.for_other > one.for_one)
        });
        if let Some(id) = candidates().iter().find(|id| beats_all(id)) {
            prop_assert_eq!(&outcome.winners, &vec![id.clone()]);
            let minimax = RankedRule { method: Method::Minimax, ..RankedRule::default() };
            prop_assert_eq!(&count(&election, &minimax).unwrap().winners, &vec![id.clone()]);
        }
    }
}
