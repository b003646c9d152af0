//! What groups of opinion share: statements that two groups both take the same side on, and what one
//! group stands for and another supports too; and what is wanted most.
//!
//! A group takes a side if more than half of its members who saw the statement do, and at least
//! [`SMALLEST_SHOWN`] saw it. Bridges that need no groups are in the outcome itself.

#![allow(
    clippy::indexing_slicing,
    reason = "statements and groups are indices into tables of their number"
)]

use serde::Serialize;

use super::SMALLEST_SHOWN;
use crate::flood::{Weighted, most_wanted};
use crate::opinion::{OpinionOutcome, Side, Tally, Votes, tallies};
use crate::ratio::Ratio;
use crate::tie::id_order;

/// A statement and the part of each group that takes its side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedStatement {
    /// The statement.
    pub statement: String,
    /// The side that they take.
    pub side: Side,
    /// The part on that side among those who saw it, for each of the groups in question.
    pub shares: Vec<Ratio>,
}

/// Two groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupPair {
    /// One group, from zero.
    pub one: usize,
    /// The other, with a larger number.
    pub other: usize,
    /// What both take the same side on, the largest of the two smaller parts first.
    pub shared: Vec<SharedStatement>,
    /// What they take different sides on, `side` being that of the first group.
    pub apart: Vec<SharedStatement>,
    /// Statements of `shared` that stand for the first group: what the other supports of them.
    pub of_one: Vec<String>,
    /// Statements of `shared` that stand for the other group.
    pub of_other: Vec<String>,
}

/// What groups share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpinionExplanation {
    /// Every two groups.
    pub pairs: Vec<GroupPair>,
    /// What all groups take the same side on, the largest of the smallest parts first.
    pub everywhere: Vec<SharedStatement>,
    /// What is wanted most, so that many of one mind do not fill the list.
    pub wanted: Vec<Wanted>,
}

/// A statement in the list of what is wanted most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wanted {
    /// The statement.
    pub statement: String,
    /// How many agree with it.
    pub agree: u64,
    /// How many that counts as in this list; `None` where fewer than [`SMALLEST_SHOWN`] agree, because it
    /// would show what else a single person agrees with.
    pub weight: Option<Ratio>,
}

/// What is wanted most: by harmonic weight, and behind that, in order of their number, what fewer than
/// [`SMALLEST_SHOWN`] agree with. Their place too would show what else a single person agrees with. Empty
/// where there is too much to weigh ([`most_wanted`]).
#[must_use]
pub fn wanted(votes: &Votes) -> Vec<Wanted> {
    let shown = |one: Weighted| Wanted {
        statement: one.id,
        agree: one.supporters,
        weight: (one.supporters >= SMALLEST_SHOWN).then_some(one.weight),
    };
    let order = most_wanted(votes).map(|order| order.proposals);
    let mut wanted: Vec<Wanted> = order.unwrap_or_default().into_iter().map(shown).collect();
    // What few agree with stands by number and id, so it says nothing that is not beside it.
    wanted.sort_by(|one, other| match (&one.weight, &other.weight) {
        (None, None) => {
            let by_number = other.agree.cmp(&one.agree);
            by_number.then_with(|| id_order(&one.statement, &other.statement))
        }
        (one, other) => one.is_none().cmp(&other.is_none()),
    });
    wanted
}

fn part(tally: &Tally, side: Side) -> Option<Ratio> {
    let votes = match side {
        Side::Agree => tally.agree,
        Side::Disagree => tally.disagree,
    };
    Ratio::new(votes, tally.seen())
}

fn side(tally: &Tally) -> Option<Side> {
    let seen = tally.seen();
    if u64::try_from(seen).is_ok_and(|seen| seen < SMALLEST_SHOWN) {
        None
    } else if tally.agree * 2 > seen {
        Some(Side::Agree)
    } else if tally.disagree * 2 > seen {
        Some(Side::Disagree)
    } else {
        None
    }
}

/// Explains `outcome`, which is what `votes` give.
#[must_use]
pub fn explain(votes: &Votes, outcome: &OpinionOutcome) -> OpinionExplanation {
    let mut labels = vec![None; votes.participants().len()];
    for point in &outcome.points {
        if let Some(at) = votes.participant(&point.participant) {
            labels[at] = point.group;
        }
    }
    let tallies = tallies(votes, &labels, outcome.groups);
    let asked: Vec<(usize, &str)> = votes
        .statements()
        .iter()
        .enumerate()
        .filter(|(_, one)| !one.moderated_out && !one.metadata)
        .map(|(at, one)| (at, one.id.as_str()))
        .collect();
    // Where all of `groups` take the sides that `fits` accepts, the strongest first.
    let list = |groups: &[usize], fits: &dyn Fn(&[Side]) -> bool| {
        let mut found = Vec::new();
        for (at, id) in &asked {
            let sides: Option<Vec<Side>> = groups
                .iter()
                .map(|group| side(&tallies[*group][*at]))
                .collect();
            let Some(sides) = sides.filter(|sides| fits(sides)) else {
                continue;
            };
            let Some(first) = sides.first() else { continue };
            let shares = groups.iter().zip(&sides);
            let shares = shares.filter_map(|(group, side)| part(&tallies[*group][*at], *side));
            found.push(SharedStatement {
                statement: (*id).to_owned(),
                side: *first,
                shares: shares.collect(),
            });
        }
        let least = |one: &SharedStatement| one.shares.iter().min().cloned();
        found.sort_by_key(|one| std::cmp::Reverse(least(one)));
        found
    };
    let same = |sides: &[Side]| sides.iter().all(|side| Some(side) == sides.first());
    let mut pairs = Vec::new();
    for one in 0..outcome.groups {
        for other in one + 1..outcome.groups {
            let shared = list(&[one, other], &same);
            let of = |group: usize| {
                let stands = outcome.representative.get(group).into_iter().flatten();
                let stands = stands.filter(|representative| {
                    shared.iter().any(|shared| {
                        shared.statement == representative.statement
                            && shared.side == representative.side
                    })
                });
                stands.map(|one| one.statement.clone()).collect()
            };
            pairs.push(GroupPair {
                one,
                other,
                of_one: of(one),
                of_other: of(other),
                apart: list(&[one, other], &|sides| !same(sides)),
                shared,
            });
        }
    }
    let all: Vec<usize> = (0..outcome.groups).collect();
    OpinionExplanation {
        pairs,
        everywhere: list(&all, &same),
        wanted: wanted(votes),
    }
}
