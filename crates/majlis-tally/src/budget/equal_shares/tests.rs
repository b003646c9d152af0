//! The fast runs against the definition, written down in fractions alone.

use proptest::prelude::*;

use super::Ledger;
use crate::budget::election::{Election, Project};
use crate::budget::rule::{BudgetRule, Utility};
use crate::ratio::Ratio;

/// The price at which supporters (money, utility) pay `cost`, by sorting as in the definition.
fn price(cost: &Ratio, supporters: &[(Ratio, u64)]) -> Option<Ratio> {
    let all = supporters
        .iter()
        .fold(Ratio::zero(), |sum, one| &sum + &one.0);
    if all < *cost {
        return None;
    }
    let mut sorted = supporters.to_vec();
    let per = |one: &(Ratio, u64)| one.0.over(&Ratio::from(one.1)).unwrap();
    sorted.sort_by_key(per);
    let mut paid = Ratio::zero();
    let mut utility: u64 = sorted.iter().map(|one| one.1).sum();
    for one in &sorted {
        let rho = (cost - &paid).over(&Ratio::from(utility)).unwrap();
        if &rho * &Ratio::from(one.1) <= one.0 {
            return Some(rho);
        }
        paid = &paid + &one.0;
        utility -= one.1;
    }
    unreachable!("the supporters have the cost")
}

struct Chosen {
    place: usize,
    price: Ratio,
}

fn by_definition(election: &Election, rule: &BudgetRule, endowment: &Ratio) -> Vec<Chosen> {
    let ties = election.tie_places(&rule.tie, &rule.seed);
    let mut voters: Vec<(Ratio, Vec<(usize, u64)>)> = Vec::new();
    for (choices, count) in election.ballots() {
        for _ in 0..*count {
            let worth = |points: u32| match rule.utility {
                Utility::Points => u64::from(points),
                Utility::Cost | Utility::Cardinality => 1,
            };
            let list = choices
                .iter()
                .map(|one| (one.project as usize, worth(one.points)));
            voters.push((endowment.clone(), list.collect()));
        }
    }
    let mut open: Vec<usize> = (0..election.projects().len())
        .filter(|place| election.votes(*place) > 0)
        .collect();
    let mut chosen = Vec::new();
    loop {
        let mut best: Option<(Ratio, usize, Ratio)> = None;
        for &place in &open {
            let supporters: Vec<(Ratio, u64)> = voters
                .iter()
                .filter_map(|(money, list)| {
                    let found = list.iter().find(|one| one.0 == place)?;
                    Some((money.clone(), found.1))
                })
                .collect();
            let cost = Ratio::from(election.cost(place));
            let Some(price) = price(&cost, &supporters) else {
                continue;
            };
            let key = match rule.utility {
                Utility::Cost => price.over(&cost).unwrap(),
                Utility::Cardinality | Utility::Points => price.clone(),
            };
            let better = best.as_ref().is_none_or(|(other, at, _)| {
                key < *other || (key == *other && ties[place] < ties[*at])
            });
            if better {
                best = Some((key, place, price));
            }
        }
        let Some((_, place, price)) = best else {
            return chosen;
        };
        for (money, list) in &mut voters {
            if let Some(found) = list.iter().find(|one| one.0 == place) {
                let full = &price * &Ratio::from(found.1);
                *money = &*money - &full.min(money.clone());
            }
        }
        open.retain(|one| *one != place);
        chosen.push(Chosen { place, price });
    }
}

type Case = (u64, Vec<u64>, Vec<Vec<(usize, u32)>>);

fn cases() -> impl Strategy<Value = Case> {
    let cost = prop_oneof![
        1_u64..60,
        Just(30),
        Just(20),
        1_000_000_000_u64..1_000_000_100
    ];
    let costs = prop::collection::vec(cost, 1..8);
    let points = prop_oneof![Just(1_u32), 1_u32..9];
    let ballot = prop::collection::vec((0_usize..8, points), 0..6);
    let ballots = prop::collection::vec(ballot, 1..16);
    let budget = prop_oneof![1_u64..200, 1_000_000_000_u64..5_000_000_000];
    (budget, costs, ballots)
}

fn election((budget, costs, ballots): Case) -> Election {
    let projects: Vec<Project> = (0..)
        .zip(&costs)
        .map(|(id, cost): (usize, &u64)| Project {
            id: id.to_string(),
            cost: *cost,
        })
        .collect();
    let ballots = ballots.into_iter().map(|mut ballot| {
        ballot.retain(|one| one.0 < costs.len());
        ballot.sort_unstable();
        ballot.dedup_by_key(|one| one.0);
        ballot
            .into_iter()
            .map(|(id, points)| (id.to_string(), points))
            .collect()
    });
    Election::new(budget, 0, projects, ballots).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn runs_are_what_the_definition_says(case in cases(), raise in 0_u64..4) {
        let election = election(case);
        for utility in Utility::ALL {
            let rule = BudgetRule { utility: *utility, ..BudgetRule::default() };
            let share = Ratio::new(election.budget(), election.voters()).unwrap();
            let endowment = &share * &Ratio::from(raise + 1);
            let ledger = Ledger::new(&election, &rule);
            let expected = by_definition(&election, &rule, &endowment);
            let run = ledger.run(&endowment, true);
            // A run of another endowment as a hint changes nothing.
            let other = ledger.run(&share, false);
            let hinted = ledger.run_after(&endowment, &other);
            let bought = |run: &super::Run| -> Vec<(usize, u64)> {
                run.purchases.iter().map(|one| (one.place, one.tied)).collect()
            };
            prop_assert_eq!(bought(&hinted), bought(&run));
            prop_assert_eq!(hinted.prices(&endowment), run.prices(&endowment));
            let places: Vec<usize> = run.purchases.iter().map(|one| one.place).collect();
            prop_assert_eq!(&places, &expected.iter().map(|one| one.place).collect::<Vec<_>>());
            let prices: Vec<Ratio> = expected.into_iter().map(|one| one.price).collect();
            prop_assert_eq!(run.prices(&endowment), prices);
            // Nobody's money appears or vanishes.
            let left = ledger.left(&endowment);
            for (place, had) in run.had.iter().enumerate() {
                let mine = ledger.kinds().zip(&left).filter(|((places, _), _)| places.contains(&place));
                let sum = mine.fold(Ratio::zero(), |sum, ((_, voters), left)| {
                    &sum + &(left * &Ratio::from(voters))
                });
                prop_assert_eq!(&sum, had);
            }
            let left = left.iter().zip(ledger.kinds()).fold(Ratio::zero(), |sum, (left, (_, voters))| {
                prop_assert_ne_less(left);
                &sum + &(left * &Ratio::from(voters))
            });
            let given = &endowment * &Ratio::from(election.voters());
            prop_assert_eq!(&given - &left, Ratio::from(run.spent));
            // Standings are prices of the same round: the chosen one leads.
            for purchase in &run.purchases {
                prop_assert_eq!(purchase.standings.first().map(|one| one.0), Some(purchase.place));
            }
        }
    }
}

fn prop_assert_ne_less(left: &Ratio) {
    assert!(!left.is_negative(), "a purse holds {left}");
}
