//! Why projects are funded or not: who paid, what was missing and when, and the nearest change that
//! would have won.
//!
//! The changes are those of Boehmer, Faliszewski, Janeczko, Peters, Pierczyński, Schierreich, Skowron
//! and Szufa, "Evaluation of Project Performance in Participatory Budgeting" (IJCAI 2024,
//! arXiv:2312.14723): a lower cost (cost reduction), new voters who support only this project
//! (singleton-add), and further approvals by voters who are there (optimist-add). The last depends on
//! which voters they are, and finding the best ones is hard; here they are those with the most money
//! left, so what is found bounds it from above. Each change is counted by the whole rule again.

use serde::Serialize;

use super::nearest::{Nearest, Search};
use super::payments::{self, Payments};
use crate::budget::{
    BudgetRule, CountError, Election, How, Lack, Method, Outcome, Utility, count, funds,
};
use crate::canonical::{Canonical, ResultHash};
use crate::ratio::Ratio;

pub use super::payments::FullPayers;

/// Changes up to this are all counted, so that the smallest is known.
const ALL_BELOW: u64 = 16;

/// How far ahead a funded project was when it was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lead {
    /// The next strongest of that round.
    pub next: String,
    /// By what: effective votes for Equal Shares, votes or points for greedy methods (over cost for
    /// greedy per cost), money earned for Phragmén. Zero where a tie was broken.
    pub by: Ratio,
}

/// Why a project is funded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Funded {
    /// Its id.
    pub id: String,
    /// How it came to be funded.
    pub how: How,
    /// Who paid for it; for Equal Shares, where the method itself chose it.
    pub payments: Option<Payments>,
    /// How far ahead it was; absent for the last of all and for what was not chosen by the method.
    pub lead: Option<Lead>,
}

/// When a project could no longer be paid for by its supporters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// The project bought just before; absent if it never could be paid for.
    pub after: Option<String>,
    /// What its supporters had then, together.
    pub left: Ratio,
    /// What it needed beyond that.
    pub missing: Ratio,
}

/// Why a project is not funded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unfunded {
    /// Its id.
    pub id: String,
    /// What it costs.
    pub cost: u64,
    /// How many support it.
    pub votes: u64,
    /// All points it was given, in whole ones.
    pub points: Ratio,
    /// What it lacked at the end.
    pub lack: Lack,
    /// The last round in which it could have been chosen, from one.
    pub last_round: Option<usize>,
    /// Its strength then, as in [`crate::budget::Standing`].
    pub last_strength: Option<Ratio>,
    /// When its supporters became too poor for it; for Equal Shares.
    pub dropped: Option<Dropped>,
}

/// A round, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PictureRound {
    /// Its number, from one.
    pub round: usize,
    /// Who was funded.
    pub id: String,
    /// What it costs.
    pub cost: u64,
    /// How it came to be funded.
    pub how: How,
    /// What a supporter who pays in full pays (per point, where points count); for Equal Shares.
    pub price: Option<Ratio>,
    /// What all voters have left together after it; for Equal Shares.
    pub voters_left: Option<Ratio>,
    /// What is left of the budget after it.
    pub budget_left: u64,
}

/// Why a budget came out as it did. Amounts are in the smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetExplanation {
    /// The hash of the outcome that is explained.
    pub hash: ResultHash,
    /// Digits after the point of amounts.
    pub decimals: u8,
    /// Funded projects, in the order of choice.
    pub funded: Vec<Funded>,
    /// The others, in the order of their ids.
    pub unfunded: Vec<Unfunded>,
    /// Round by round.
    pub picture: Vec<PictureRound>,
}

/// Explains `outcome`, which is what `election` gives by the rule in it.
#[must_use]
pub fn explain(election: &Election, outcome: &Outcome) -> BudgetExplanation {
    let last_round = |id: &str| {
        let rounds = outcome.rounds.iter();
        rounds
            .enumerate()
            .rev()
            .find_map(|(at, round)| Some((at, round.standings.iter().find(|one| one.id == id)?)))
    };
    let shares = outcome.endowment.is_some() && !outcome.replaced_by_greedy;
    let losers: Vec<_> = outcome
        .losers
        .iter()
        .map(|one| (one, last_round(&one.id), election.place(&one.id)))
        .collect();
    let free = outcome
        .winners
        .iter()
        .filter(|one| one.how == How::Method)
        .take_while(|one| one.cost == 0)
        .count();
    let when = |last: Option<usize>| last.map_or(free, |round| round + 1);
    let questions: Vec<(usize, usize)> = losers
        .iter()
        .map(|(_, last, place)| (when(last.map(|one| one.0)), place.unwrap_or(0)))
        .collect();
    let walk = payments::walk(election, outcome, &questions);
    let unfunded = losers.iter().enumerate().map(|(at, (loser, last, _))| {
        let left = walk.as_ref().and_then(|walk| walk.had.get(at));
        let dropped = left.filter(|_| loser.votes > 0).map(|left| Dropped {
            after: last.and_then(|(round, _)| Some(outcome.rounds.get(round)?.chosen.clone())),
            left: left.clone(),
            missing: &Ratio::from(loser.cost) - left,
        });
        Unfunded {
            id: loser.id.clone(),
            cost: loser.cost,
            votes: loser.votes,
            points: election
                .place(&loser.id)
                .map_or_else(Ratio::zero, |at| election.whole_points(at)),
            lack: loser.lack.clone(),
            last_round: last.map(|(round, _)| round + 1).filter(|_| shares),
            last_strength: last.and_then(|(_, standing)| standing.strength.clone()),
            dropped,
        }
    });
    let unfunded = unfunded.collect();
    let mut payments = walk.into_iter().flat_map(|walk| walk.payments);
    let funded = outcome.winners.iter().map(|winner| Funded {
        id: winner.id.clone(),
        how: winner.how,
        payments: if shares && winner.how == How::Method {
            payments.next()
        } else {
            None
        },
        lead: lead(outcome, &winner.id),
    });
    BudgetExplanation {
        hash: outcome.result_hash(),
        decimals: outcome.decimals,
        funded: funded.collect(),
        unfunded,
        picture: picture(outcome, shares),
    }
}

/// How far `id` was ahead of the next in the round that chose it.
fn lead(outcome: &Outcome, id: &str) -> Option<Lead> {
    // Greedy methods have one order for all rounds, kept in the first.
    let greedy = outcome.replaced_by_greedy
        || matches!(outcome.rule.method, Method::Greedy | Method::GreedyPerCost);
    let chosen = outcome.rounds.iter().find(|round| round.chosen == id)?;
    let standings = if greedy {
        &outcome.rounds.first()?.standings
    } else {
        &chosen.standings
    };
    let mut rest = standings.iter().skip_while(|one| one.id != id);
    let own = rest.next()?.strength.clone()?;
    let next = rest.next()?;
    let other = next.strength.clone()?;
    Some(Lead {
        next: next.id.clone(),
        by: if other > own {
            &other - &own
        } else {
            &own - &other
        },
    })
}

fn picture(outcome: &Outcome, shares: bool) -> Vec<PictureRound> {
    let endowment = outcome.endowment.as_ref().filter(|_| shares);
    let mut voters_left = endowment.map(|one| &one.reached * &Ratio::from(outcome.voters));
    let mut spent = 0_u64;
    let rounds = outcome.winners.iter().enumerate().map(|(at, winner)| {
        spent = spent.saturating_add(winner.cost);
        if winner.how == How::Method {
            let cost = Ratio::from(winner.cost);
            voters_left = voters_left.as_ref().map(|left| left - &cost);
        }
        PictureRound {
            round: at + 1,
            id: winner.id.clone(),
            cost: winner.cost,
            how: winner.how,
            price: winner.payment.clone(),
            voters_left: voters_left.clone(),
            budget_left: outcome.budget.saturating_sub(spent),
        }
    });
    rounds.collect()
}

/// The smallest changes, each alone, with which a project would be funded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NearestWin {
    /// The project.
    pub id: String,
    /// Further voters who support it alone, each with the points that its supporters gave on
    /// average. The budget stays, so for Equal Shares everybody's share becomes smaller. Up to as
    /// many as have voted.
    pub new_voters: Nearest,
    /// Voters who are there and add it to their ballots. See the module for which ones.
    pub added_approvals: Nearest,
    /// By how much less it would have to cost.
    pub cost_reduction: Nearest,
    /// Its cost after that.
    pub at_cost: Option<u64>,
}

/// Looks for the nearest changes with which the loser `id` wins. `None` if there is no such project,
/// or it wins already.
///
/// # Errors
/// As [`count`].
pub fn nearest_win(
    election: &Election,
    rule: &BudgetRule,
    id: &str,
) -> Result<Option<NearestWin>, CountError> {
    nearest_win_while(election, rule, id, &mut |_| true)
}

/// The same for as long as `go_on` says so, which is asked before each count with the number of the search,
/// from 0 to 2 in the order of [`NearestWin`]. What was found until then is a bound.
///
/// # Errors
/// As [`count`].
pub fn nearest_win_while(
    election: &Election,
    rule: &BudgetRule,
    id: &str,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<NearestWin>, CountError> {
    let Some(place) = election.place(id) else {
        return Ok(None);
    };
    let outcome = count(election, rule)?;
    if outcome.funds(id) {
        return Ok(None);
    }
    let points = match rule.utility {
        Utility::Points => usual_points(election, place),
        Utility::Cost | Utility::Cardinality => 1,
    };
    // Greedy methods go down one list: more support or less cost only moves a project up in it.
    let monotone = matches!(rule.method, Method::Greedy | Method::GreedyPerCost);
    let search = |most: u64| Search {
        most,
        monotone,
        all_below: ALL_BELOW,
    };
    let new_voters = search(election.voters()).run(&mut || go_on(0), |more| {
        let other = election.with_supporters(place, more, points);
        funds(&other, rule, id)
    })?;
    let order = payments::walk(election, &outcome, &[]).map_or_else(
        || (0..election.ballots().len()).collect(),
        |walk| walk.richest,
    );
    let others = election.voters().saturating_sub(election.votes(place));
    let added_approvals = search(others).run(&mut || go_on(1), |more| {
        let other = election.with_approvals(place, more, points, &order);
        other.map_or(Ok(false), |other| funds(&other, rule, id))
    })?;
    let cost = election.cost(place);
    let cost_reduction = search(cost.saturating_sub(1)).run(&mut || go_on(2), |less| {
        funds(
            &election.with_cost(place, cost.saturating_sub(less)),
            rule,
            id,
        )
    })?;
    Ok(Some(NearestWin {
        id: id.to_owned(),
        new_voters,
        // Who adds it makes no difference to greedy methods alone.
        added_approvals: if monotone {
            added_approvals
        } else {
            added_approvals.into_bound()
        },
        at_cost: cost_reduction
            .amount()
            .map(|less| cost.saturating_sub(less)),
        cost_reduction,
    }))
}

/// What a supporter gives the project on average, rounded up: the points of a further one.
fn usual_points(election: &Election, place: usize) -> u32 {
    let votes = election.votes(place).max(1);
    u32::try_from(election.points(place).div_ceil(votes)).map_or(1, |points| points.max(1))
}
