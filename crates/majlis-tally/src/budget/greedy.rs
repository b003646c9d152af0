//! Greedy by votes, and by votes per cost: the strongest first, skipping what does not fit.

use std::cmp::Ordering;

use super::election::Election;
use super::outcome::{How, Lack, Outcome, Round, Standing};
use super::rule::{BudgetRule, Method, Utility};
use crate::ratio::Ratio;

/// Votes, or points where the rule counts points.
pub(super) fn score(election: &Election, utility: Utility, place: usize) -> u64 {
    match utility {
        Utility::Points => election.points(place),
        Utility::Cost | Utility::Cardinality => election.votes(place),
    }
}

/// Places of supported projects, the strongest first, ties by the rule.
pub(super) fn ranking(election: &Election, rule: &BudgetRule, per_cost: bool) -> Vec<usize> {
    let ties = election.tie_places(&rule.tie, &rule.seed);
    let score = |place: usize| u128::from(score(election, rule.utility, place));
    let cost = |place: usize| u128::from(election.cost(place));
    let mut places: Vec<usize> = (0..election.projects().len())
        .filter(|place| election.votes(*place) > 0)
        .collect();
    places.sort_by(|&one, &other| {
        let stronger = if per_cost {
            per_cost_order(score(one), cost(one), score(other), cost(other))
        } else {
            score(one).cmp(&score(other))
        };
        let ties = || ties.get(one).cmp(&ties.get(other));
        stronger.reverse().then_with(ties)
    });
    places
}

/// Compares scores over costs; what costs nothing is above all that costs something.
fn per_cost_order(score: u128, cost: u128, other_score: u128, other_cost: u128) -> Ordering {
    match (cost, other_cost) {
        (0, 0) => score.cmp(&other_score),
        (0, _) => Ordering::Greater,
        (_, 0) => Ordering::Less,
        _ => (score * other_cost).cmp(&(other_score * cost)),
    }
}

pub(super) fn count(election: &Election, rule: &BudgetRule) -> Outcome {
    let per_cost = rule.method == Method::GreedyPerCost;
    let ranking = ranking(election, rule, per_cost);
    let mut outcome = Outcome::empty(election, rule);
    let strength = |place: usize| {
        let score = score(election, rule.utility, place);
        if per_cost {
            Ratio::new(score, election.cost(place))
        } else {
            Some(Ratio::from(score))
        }
    };
    let mut lacks = vec![0_u64; election.projects().len()];
    for (at, &place) in ranking.iter().enumerate() {
        let after = outcome.spent.saturating_add(election.cost(place));
        if after > election.budget() {
            if let Some(lack) = lacks.get_mut(place) {
                *lack = after.saturating_sub(election.budget());
            }
            continue;
        }
        outcome.fund(election, place, How::Method);
        let mine = strength(place);
        let fits = |other: &usize| {
            let total = outcome.spent.saturating_sub(election.cost(place));
            total.saturating_add(election.cost(*other)) <= election.budget()
        };
        let rest = ranking.iter().skip(at + 1);
        let equals = rest.filter(|other| fits(other) && strength(**other) == mine);
        let chosen = election.projects().get(place);
        outcome.rounds.push(Round {
            chosen: chosen.map(|one| one.id.clone()).unwrap_or_default(),
            tied: u64::try_from(equals.count()).unwrap_or(u64::MAX),
            standings: Vec::new(),
        });
    }
    // The order is one list, the same in every round: it is kept once, in the first.
    let standings = ranking.iter().filter_map(|&place| {
        Some(Standing {
            id: election.projects().get(place)?.id.clone(),
            strength: strength(place),
        })
    });
    if let Some(first) = outcome.rounds.first_mut() {
        first.standings = standings.collect();
    }
    outcome.list_losers(election, |place| Lack::Budget {
        missing: lacks.get(place).copied().unwrap_or(0),
    });
    outcome
}
