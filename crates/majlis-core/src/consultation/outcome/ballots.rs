//! Ballots as `majlis_tally` takes them, for the count and for explaining it: both count the same.
//! Not here: which ballots there are (`Count`).

use std::collections::BTreeMap;

use majlis_tally::budget::{self, Election};
use majlis_tally::ranked::RankedElection;

use crate::consultation::activity::{BudgetRule, ElectionRule};
use crate::consultation::form::Form;

/// The ballots of an election as they are counted.
pub(super) fn ranked_election(
    form: &Form,
    rule: &ElectionRule,
    ballots: &BTreeMap<Vec<u16>, u64>,
) -> Result<RankedElection, String> {
    let options = form
        .ballot()
        .map_or(&[][..], |ballot| ballot.kind.options());
    let standing = options
        .iter()
        .filter(|option| Some(option.id) != rule.abstain);
    let candidates = standing.map(|option| option.id.to_string()).collect();
    let each = ballots.iter().map(|(order, count)| {
        (
            order.iter().map(|id| vec![id.to_string()]).collect(),
            *count,
        )
    });
    RankedElection::new(candidates, each).map_err(|error| error.to_string())
}

/// The ballots of a budget as they are counted.
pub(super) fn budget_election(
    rule: &BudgetRule,
    ballots: &BTreeMap<Vec<(u16, u32)>, u64>,
) -> Result<Election, String> {
    let projects = rule.projects.iter().map(|project| budget::Project {
        id: project.option.to_string(),
        cost: project.cost,
    });
    let raw = |points: &Vec<(u16, u32)>| -> budget::RawBallot {
        points
            .iter()
            .map(|(id, points)| (id.to_string(), *points))
            .collect()
    };
    let each = ballots
        .iter()
        .flat_map(|(points, count)| (0..*count).map(move |_| raw(points)));
    Election::new(rule.money, rule.decimals, projects.collect(), each)
        .map_err(|error| error.to_string())
}
