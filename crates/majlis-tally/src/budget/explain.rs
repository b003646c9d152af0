//! Why a project lost, in numbers that can be checked: the nearest change that would have won, and
//! which other rules would have decided otherwise.

use serde::Serialize;

use super::election::Election;
use super::rule::{BudgetRule, Utility};
use super::{CountError, count};

/// The smallest changes, each alone, with which a project would be funded.
///
/// Found by counting again. Where the rule is not monotone there may be a smaller change that a
/// search by halves does not meet; what is given does win, and one less of it does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NearestWin {
    /// The project.
    pub id: String,
    /// So many more voters for it alone would do; `None` if even as many again as voted would not.
    pub more_voters: Option<u64>,
    /// It would win at this cost, all else equal; `None` if even almost free it would not.
    pub at_cost: Option<u64>,
}

/// Looks for the nearest changes with which the loser `id` wins. `None` if there is no such
/// project, nobody counts, or it wins already.
///
/// # Errors
/// As [`count`].
pub fn nearest_win(
    election: &Election,
    rule: &BudgetRule,
    id: &str,
) -> Result<Option<NearestWin>, CountError> {
    let Some(place) = election.place(id) else {
        return Ok(None);
    };
    if count(election, rule)?.funds(id) {
        return Ok(None);
    }
    let points = match rule.utility {
        Utility::Points => usual_points(election, place),
        Utility::Cost | Utility::Cardinality => 1,
    };
    let with_voters = |more: u64| -> Result<bool, CountError> {
        let other = election.with_supporters(place, more, points);
        Ok(count(&other, rule)?.funds(id))
    };
    let at_cost = |cost: u64| -> Result<bool, CountError> {
        let other = election.with_cost(place, cost);
        Ok(count(&other, rule)?.funds(id))
    };
    // Doubling finds the scale, halving the number.
    let mut more_voters = None;
    let (mut fails, mut wins) = (0_u64, 1_u64);
    while wins <= election.voters().max(1) {
        if with_voters(wins)? {
            more_voters = Some(halve(fails, wins, &with_voters)?);
            break;
        }
        fails = wins;
        wins = wins.saturating_mul(2);
    }
    let cost = election.cost(place);
    let cheapest = 1.min(cost);
    let at_cost = if cost > cheapest && at_cost(cheapest)? {
        Some(halve(cost, cheapest, &at_cost)?)
    } else {
        None
    };
    Ok(Some(NearestWin {
        id: id.to_owned(),
        more_voters,
        at_cost,
    }))
}

/// The number next to `fails` on the way to `wins` that wins while its neighbour does not.
fn halve(
    mut fails: u64,
    mut wins: u64,
    test: &impl Fn(u64) -> Result<bool, CountError>,
) -> Result<u64, CountError> {
    while fails.abs_diff(wins) > 1 {
        let middle = fails.min(wins) + fails.abs_diff(wins) / 2;
        if test(middle)? {
            wins = middle;
        } else {
            fails = middle;
        }
    }
    Ok(wins)
}

/// What a supporter gives the project on average, rounded up: the points of a further one.
fn usual_points(election: &Election, place: usize) -> u32 {
    let votes = election.votes(place).max(1);
    u32::try_from(election.points(place).div_ceil(votes)).map_or(1, |points| points.max(1))
}

/// How the outcome of another rule differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleDifference {
    /// Winners only under the other rule, in its order.
    pub gained: Vec<String>,
    /// Winners only under the first rule, in its order.
    pub lost: Vec<String>,
    /// What the other rule spends, in the smallest unit.
    pub spent: u64,
    /// Voters with at least one funded project that they support, under the other rule.
    pub voters_served: u64,
}

/// One rule against others on the same ballots, for deciding on a rule before opening and for
/// seeing after closing how much hung on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleComparison {
    /// Winners under the first rule.
    pub winners: Vec<String>,
    /// What it spends, in the smallest unit.
    pub spent: u64,
    /// Voters with at least one funded project that they support.
    pub voters_served: u64,
    /// The others, in the order they were given.
    pub others: Vec<RuleDifference>,
}

/// Counts by `rule` and by each of `others`.
///
/// # Errors
/// As [`count`].
pub fn compare_rules(
    election: &Election,
    rule: &BudgetRule,
    others: &[BudgetRule],
) -> Result<RuleComparison, CountError> {
    let first = count(election, rule)?;
    let served = |funds: &dyn Fn(&str) -> bool| {
        let wins: Vec<bool> = election
            .projects()
            .iter()
            .map(|one| funds(&one.id))
            .collect();
        let served = election.ballots().iter().filter(|(choices, _)| {
            choices
                .iter()
                .any(|one| wins.get(one.project as usize).copied().unwrap_or(false))
        });
        served.map(|(_, voters)| *voters).sum()
    };
    let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<Vec<String>>();
    let mut differences = Vec::with_capacity(others.len());
    for other in others {
        let second = count(election, other)?;
        let gained = second.ids().into_iter().filter(|id| !first.funds(id));
        let lost = first.ids().into_iter().filter(|id| !second.funds(id));
        differences.push(RuleDifference {
            gained: owned(gained.collect()),
            lost: owned(lost.collect()),
            spent: second.spent,
            voters_served: served(&|id| second.funds(id)),
        });
    }
    Ok(RuleComparison {
        winners: owned(first.ids()),
        spent: first.spent,
        voters_served: served(&|id| first.funds(id)),
        others: differences,
    })
}
