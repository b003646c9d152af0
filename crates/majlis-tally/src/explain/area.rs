//! Votes and money by where voters live, with small numbers left out.
//!
//! An area with fewer voters than the limit is added to the rest of such areas; if the rest is small
//! too, the next smallest area joins it. A number of votes under the limit is not shown, and where
//! only one area's number for a project is hidden, the next smallest is hidden with it, because it
//! would follow from the total. Money is reckoned from the numbers that are shown and from no others.
//! Source for the second step: complementary suppression as statistical offices do it (Hundepool and
//! others, "Statistical Disclosure Control", 2012).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::budget::{Outcome, RawBallot};
use crate::ratio::Ratio;
use crate::tie::id_order;

/// Votes for a project in an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaVotes {
    /// The project.
    pub project: String,
    /// Votes; absent where they are hidden.
    pub votes: Option<u64>,
}

/// An area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Its name; absent for the rest of small areas, and of voters without one.
    pub name: Option<String>,
    /// How many areas it stands for.
    pub areas: usize,
    /// Its voters.
    pub voters: u64,
    /// The part of the budget that falls on its voters if each has the same, in the smallest unit.
    pub share: Ratio,
    /// What its voters' support brought: the cost of each winner, split equally over all who support
    /// it. Hidden numbers bring nothing here, so it is a lower bound where `hidden` is above zero.
    pub money: Ratio,
    /// How many numbers of votes are hidden.
    pub hidden: usize,
    /// Votes for the winners, in their order.
    pub votes: Vec<AreaVotes>,
}

/// A budget by area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaDistribution {
    /// Smaller numbers than this are hidden.
    pub smallest: u64,
    /// The areas in the order of their names, the rest last.
    pub areas: Vec<Area>,
}

#[derive(Default)]
struct Sum {
    areas: usize,
    voters: u64,
    votes: Vec<u64>,
}

impl Sum {
    fn join(&mut self, other: &Self) {
        self.areas += other.areas;
        self.voters += other.voters;
        self.votes
            .resize(self.votes.len().max(other.votes.len()), 0);
        for (votes, more) in self.votes.iter_mut().zip(&other.votes) {
            *votes += more;
        }
    }
}

/// Votes and money of `outcome` by the area that comes with each ballot; `smallest` is usually
/// [`super::SMALLEST_SHOWN`]. `None` if all voters together are fewer than that.
#[must_use]
pub fn distribution<'a>(
    outcome: &Outcome,
    ballots: impl IntoIterator<Item = (Option<&'a str>, &'a RawBallot)>,
    smallest: u64,
) -> Option<AreaDistribution> {
    let place: BTreeMap<&str, usize> = outcome.ids().into_iter().zip(0..).collect();
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    let mut rest = Sum {
        votes: vec![0; place.len()],
        ..Sum::default()
    };
    for (area, ballot) in ballots {
        let sum = match area {
            Some(area) => sums.entry(area).or_insert_with(|| Sum {
                areas: 1,
                ..Sum::default()
            }),
            None => &mut rest,
        };
        sum.voters += 1;
        sum.votes.resize(place.len(), 0);
        for (id, points) in ballot {
            let votes = place.get(id.as_str()).and_then(|at| sum.votes.get_mut(*at));
            if let Some(votes) = votes.filter(|_| *points > 0) {
                *votes += 1;
            }
        }
    }
    let mut areas: Vec<(&str, Sum)> = Vec::new();
    for (name, sum) in sums {
        if sum.voters < smallest {
            rest.join(&sum);
        } else {
            areas.push((name, sum));
        }
    }
    while rest.voters > 0 && rest.voters < smallest {
        let least = areas.iter().enumerate().min_by_key(|(_, one)| one.1.voters);
        let (_, sum) = areas.remove(least?.0);
        rest.join(&sum);
    }
    areas.sort_by(|one, other| id_order(one.0, other.0));
    let mut named: Vec<(Option<&str>, Sum)> = Vec::new();
    named.extend(areas.into_iter().map(|(name, sum)| (Some(name), sum)));
    if rest.voters > 0 {
        named.push((None, rest));
    }
    if named.is_empty() {
        return None;
    }
    let all: u64 = named.iter().map(|(_, sum)| sum.voters).sum();
    let hidden: Vec<Vec<bool>> = (0..place.len())
        .map(|at| hide(&named, at, smallest))
        .collect();
    let areas = named.iter().enumerate().map(|(row, (name, sum))| {
        let mut money = Ratio::zero();
        let mut votes = Vec::with_capacity(place.len());
        for (at, winner) in outcome.winners.iter().enumerate() {
            let hide = hidden.get(at).and_then(|column| column.get(row)).copied();
            let count = sum.votes.get(at).copied().filter(|_| hide == Some(false));
            if let Some(part) = count.and_then(|count| Ratio::new(count, winner.votes)) {
                money = &money + &(&part * &Ratio::from(winner.cost));
            }
            votes.push(AreaVotes {
                project: winner.id.clone(),
                votes: count,
            });
        }
        let part = Ratio::new(sum.voters, all).unwrap_or_else(Ratio::zero);
        Area {
            name: name.map(str::to_owned),
            areas: sum.areas,
            voters: sum.voters,
            share: &part * &Ratio::from(outcome.budget),
            money,
            hidden: votes.iter().filter(|one| one.votes.is_none()).count(),
            votes,
        }
    });
    Some(AreaDistribution {
        smallest,
        areas: areas.collect(),
    })
}

/// Which areas' votes for the winner at `at` are hidden. With one area there is nothing to hide: its
/// number is the total.
fn hide(areas: &[(Option<&str>, Sum)], at: usize, smallest: u64) -> Vec<bool> {
    let votes = |one: &(Option<&str>, Sum)| one.1.votes.get(at).copied().unwrap_or(0);
    if areas.len() < 2 {
        return vec![false; areas.len()];
    }
    let mut hidden: Vec<bool> = areas.iter().map(|one| votes(one) < smallest).collect();
    if hidden.iter().filter(|one| **one).count() == 1 {
        let shown = areas
            .iter()
            .zip(&mut hidden)
            .filter(|(_, hidden)| !**hidden);
        if let Some((_, next)) = shown.min_by_key(|(one, _)| votes(one)) {
            *next = true;
        }
    }
    hidden
}
