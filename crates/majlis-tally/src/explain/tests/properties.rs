//! What holds for every drawn election and poll.

use proptest::prelude::*;

use super::*;

fn drawn() -> impl Strategy<Value = Election> {
    let costs = prop::collection::vec(1_u64..40, 2..6);
    let choice = (any::<prop::sample::Index>(), 1_u32..5);
    let ballots = prop::collection::vec(prop::collection::vec(choice, 0..4), 1..9);
    (costs, ballots, 10_u64..90).prop_map(|(costs, ballots, budget)| {
        let size = costs.len();
        let project = |(id, cost): (usize, u64)| Project {
            id: id.to_string(),
            cost,
        };
        let ballots = ballots.into_iter().map(|ballot| {
            let mut ballot: Vec<_> = ballot
                .into_iter()
                .map(|(at, points)| (at.index(size).to_string(), points))
                .collect();
            ballot.sort();
            ballot.dedup_by(|one, other| one.0 == other.0);
            ballot
        });
        let projects = costs.into_iter().enumerate().map(project).collect();
        Election::new(budget, 0, projects, ballots).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_nearest_change_wins_and_one_less_does_not(
        election in drawn(), utility in 0_usize..3, method in 0_usize..4, completion in 0_usize..4,
    ) {
        let rule = BudgetRule {
            utility: Utility::ALL[utility],
            method: Method::ALL[method],
            completion: Completion::ALL[completion],
            ..BudgetRule::default()
        };
        let outcome = crate::budget::count(&election, &rule).unwrap();
        let wins = |election: &Election, id: &str| crate::budget::count(election, &rule).unwrap().funds(id);
        for loser in &outcome.losers {
            let place = election.place(&loser.id).unwrap();
            let near = budget::nearest_win(&election, &rule, &loser.id).unwrap().unwrap();
            if let Some(less) = near.cost_reduction.amount() {
                prop_assert!(wins(&election.with_cost(place, loser.cost - less), &loser.id));
                prop_assert!(!wins(&election.with_cost(place, loser.cost - less + 1), &loser.id));
                for smaller in 1..less {
                    prop_assert!(!wins(&election.with_cost(place, loser.cost - smaller), &loser.id));
                }
            }
            let points = match rule.utility {
                Utility::Points => u32::try_from(loser_points(&election, place)).unwrap(),
                Utility::Cost | Utility::Cardinality => 1,
            };
            if let Nearest::Smallest { amount } = near.new_voters {
                prop_assert!(wins(&election.with_supporters(place, amount, points), &loser.id));
                for smaller in 1..amount {
                    prop_assert!(!wins(&election.with_supporters(place, smaller, points), &loser.id));
                }
            }
            let approvals = near.added_approvals.amount();
            prop_assert!(approvals.is_none_or(|more| more <= election.voters() - loser.votes));
        }
    }

    #[test]
    fn payments_are_the_cost_and_nobody_pays_twice(
        election in drawn(), utility in 0_usize..3, completion in 0_usize..4,
    ) {
        let rule = BudgetRule {
            utility: Utility::ALL[utility],
            completion: Completion::ALL[completion],
            ..BudgetRule::default()
        };
        let outcome = crate::budget::count(&election, &rule).unwrap();
        let why = budget::explain(&election, &outcome);
        for (funded, winner) in why.funded.iter().zip(&outcome.winners) {
            let Some(paid) = &funded.payments else { continue };
            prop_assert_eq!(paid.total(), Ratio::from(winner.cost));
            let payers: u64 = paid.full.iter().map(|one| one.voters).sum();
            prop_assert_eq!(payers + paid.rest_voters + paid.nothing, winner.votes);
        }
        for loser in &why.unfunded {
            if let Some(dropped) = &loser.dropped {
                prop_assert!(dropped.missing > Ratio::zero());
                let none = Ratio::zero();
                let end = match &loser.lack {
                    crate::budget::Lack::SharesOfSupporters { left, .. } => left,
                    _ => &none,
                };
                prop_assert!(dropped.left >= *end);
            }
        }
        let left: Ratio = crate::budget::purses(&election, &outcome).iter()
            .fold(Ratio::zero(), |sum, one| &sum + &(&one.left * &Ratio::from(one.voters)));
        if let Some(last) = why.picture.iter().rev().find_map(|one| one.voters_left.clone()) {
            prop_assert_eq!(left, last);
        }
    }

    #[test]
    fn a_test_is_missed_by_just_that_much(cast in 1_u64..40, votes in 0_u64..40, percent in 1_u64..100) {
        let votes = votes.min(cast);
        let mut rule = PollRule::preset(PollKind::Poll, &["yes", "no"]);
        rule.options[0].test = Some(PassTest { bound: Bound::AtLeast, percent: percent.into(), of: Base::Cast });
        rule.options[1].test = Some(PassTest { bound: Bound::AtMost, percent: percent.into(), of: Base::Cast });
        let answers: Vec<Answer> = (0..cast)
            .map(|at| Answer::Options([(if at < votes { "yes" } else { "no" }.to_owned(), 1)].into()))
            .collect();
        let voices: Vec<String> = (0..cast).map(|voice| voice.to_string()).collect();
        let outcome = crate::poll::count(&rule, voices.iter().map(String::as_str).zip(&answers)).unwrap();
        let why = poll::explain(&outcome, None);
        let of = |id: &str| why.tests.iter().find(|one| one.option == id).unwrap();
        let (yes, no) = (of("yes"), of("no"));
        let reaches = |votes: u64, cast: u64| votes * 100 >= percent * cast;
        let changed = yes.by_changed.unwrap();
        prop_assert!(reaches(votes + changed, cast) && (changed == 0 || !reaches(votes + changed - 1, cast)));
        let new = yes.by_new.unwrap();
        prop_assert!(reaches(votes + new, cast + new));
        prop_assert!(new == 0 || !reaches(votes + new - 1, cast + new - 1));
        let within = |votes: u64, cast: u64| votes * 100 <= percent * cast;
        let noes = cast - votes;
        let changed = no.by_changed.unwrap();
        prop_assert!(within(noes - changed, cast) && (changed == 0 || !within(noes - changed + 1, cast)));
        let new = no.by_new.unwrap();
        prop_assert!(within(noes, cast + new) && (new == 0 || !within(noes, cast + new - 1)));
    }
}

/// What a further supporter gives: the average, rounded up.
fn loser_points(election: &Election, place: usize) -> u64 {
    election
        .points(place)
        .div_ceil(election.votes(place).max(1))
        .max(1)
}
