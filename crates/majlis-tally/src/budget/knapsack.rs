//! Knapsack per unit: every unit of money of every project is a candidate, and the most wanted
//! units win.
//!
//! Source: Goel, Krishnaswamy, Sakshuwong and Aitamurto, "Knapsack Voting for Participatory
//! Budgeting" (ACM TEAC 7(2), 2019). With whole projects on the ballot, each unit of a project is
//! wanted by all its supporters; with points, points are units of money that the voter gives the
//! project, and a unit is wanted by those who give at least that much. Units that are equally
//! wanted go first to the project that needs least to be complete, and among equals by the tie
//! rule. A project wins when it has its whole cost; what others got is listed as partly funded.

use std::collections::BTreeMap;

use super::election::Election;
use super::outcome::{Funding, How, Lack, Outcome, Round, Standing};
use super::rule::{BudgetRule, Utility};
use crate::ratio::Ratio;

/// A run of units of one project that equally many want.
struct Stretch {
    wanted: u64,
    place: usize,
    units: u64,
    /// Where in the project the run begins.
    from: u64,
}

fn stretches(election: &Election, utility: Utility) -> Vec<Stretch> {
    let mut given: Vec<BTreeMap<u64, u64>> = vec![BTreeMap::new(); election.projects().len()];
    for (choices, voters) in election.ballots() {
        for choice in choices {
            let place = choice.project as usize;
            let cost = election.cost(place);
            let amount = match utility {
                Utility::Points => cost.min(
                    u64::from(choice.points)
                        .saturating_mul(election.unit() / u64::from(election.parts().max(1))),
                ),
                Utility::Cost | Utility::Cardinality => cost,
            };
            if let Some(slot) = given.get_mut(place) {
                let count = slot.entry(amount).or_default();
                *count = count.saturating_add(*voters);
            }
        }
    }
    let mut found = Vec::new();
    for (place, amounts) in given.into_iter().enumerate() {
        let mut wanted: u64 = amounts
            .values()
            .fold(0, |sum, one| sum.saturating_add(*one));
        let mut from = 0;
        for (amount, voters) in amounts {
            if amount > from {
                let units = amount - from;
                found.push(Stretch {
                    wanted,
                    place,
                    units,
                    from,
                });
                from = amount;
            } else if amount == 0 && election.cost(place) == 0 {
                found.push(Stretch {
                    wanted,
                    place,
                    units: 0,
                    from: 0,
                });
            }
            wanted = wanted.saturating_sub(voters);
        }
    }
    found
}

pub(super) fn count(election: &Election, rule: &BudgetRule) -> Outcome {
    let ties = election.tie_places(&rule.tie, &rule.seed);
    let mut outcome = Outcome::empty(election, rule);
    let mut stretches = stretches(election, rule.utility);
    stretches.sort_by(|one, other| {
        let needs = |stretch: &Stretch| election.cost(stretch.place).saturating_sub(stretch.from);
        let wanted = other.wanted.cmp(&one.wanted);
        wanted
            .then_with(|| needs(one).cmp(&needs(other)))
            .then_with(|| ties.get(one.place).cmp(&ties.get(other.place)))
            .then_with(|| one.from.cmp(&other.from))
    });
    let mut granted = vec![0_u64; election.projects().len()];
    let mut left = election.budget();
    for stretch in &stretches {
        let units = stretch.units.min(left);
        let Some(has) = granted.get_mut(stretch.place) else {
            continue;
        };
        *has = has.saturating_add(units);
        left = left.saturating_sub(units);
        let complete = *has == election.cost(stretch.place);
        let Some(project) = election.projects().get(stretch.place) else {
            continue;
        };
        if complete && !outcome.funds(&project.id) {
            outcome.fund(election, stretch.place, How::Method);
            outcome.rounds.push(Round {
                chosen: project.id.clone(),
                tied: 0,
                standings: vec![Standing {
                    id: project.id.clone(),
                    strength: Some(Ratio::from(stretch.wanted)),
                }],
            });
        }
    }
    let grant = |place: usize| granted.get(place).copied().unwrap_or(0);
    for (place, project) in election.projects().iter().enumerate() {
        if grant(place) > 0 && grant(place) < project.cost {
            outcome.partly.push(Funding {
                id: project.id.clone(),
                amount: grant(place),
            });
        }
    }
    outcome.list_losers(election, |place| Lack::Units {
        granted: grant(place),
    });
    outcome
}
