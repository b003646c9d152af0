//! What each group stands for, and what all groups share.
//!
//! Sources: compdemocracy/polis `math` (representativeness by two tests, group-informed consensus).
//! Tests are one-sided at 90 %. Consensus is an exact fraction; test values are doubles rounded to
//! billionths.

#![allow(
    clippy::indexing_slicing,
    reason = "statements and groups are indices into tables of their number"
)]

use serde::Serialize;

use super::votes::{Opinion, Votes};
use super::{billionths, exact};
use crate::ratio::Ratio;

/// The 90 % point of the normal distribution, in billionths.
const SIGNIFICANT: i64 = 1_281_600_000;
/// How many statements stand for a group, and how many are listed as consensus each way.
const LISTED: usize = 5;

/// Votes on a statement within some people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Agree.
    pub agree: usize,
    /// Disagree.
    pub disagree: usize,
    /// Pass.
    pub pass: usize,
}

impl Tally {
    /// Votes of any kind.
    #[must_use]
    pub const fn seen(&self) -> usize {
        self.agree + self.disagree + self.pass
    }

    pub(super) fn add(&mut self, opinion: Opinion) {
        match opinion {
            Opinion::Agree => self.agree += 1,
            Opinion::Disagree => self.disagree += 1,
            Opinion::Pass => self.pass += 1,
        }
    }

    const fn on(&self, side: Side) -> usize {
        match side {
            Side::Agree => self.agree,
            Side::Disagree => self.disagree,
        }
    }
}

/// A side that people take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// They agree.
    Agree,
    /// They disagree.
    Disagree,
}

/// Votes by group and statement; `labels` has the group of each participant, or none.
pub(crate) fn tallies(votes: &Votes, labels: &[Option<usize>], groups: usize) -> Vec<Vec<Tally>> {
    let mut tallies = vec![vec![Tally::default(); votes.statements().len()]; groups];
    for (row, label) in votes.rows().iter().zip(labels) {
        let Some(group) = label.and_then(|label| tallies.get_mut(label)) else {
            continue;
        };
        for (at, opinion) in row {
            group[*at as usize].add(*opinion);
        }
    }
    tallies
}

/// Whether a statement is asked about at all.
fn asked(votes: &Votes, at: usize) -> bool {
    votes
        .statements()
        .get(at)
        .is_some_and(|one| !one.moderated_out)
}

/// What all groups share of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consensus {
    /// The statement.
    pub statement: String,
    /// The product over groups of (agree + 1) / (seen + 2).
    pub agreement: Ratio,
    /// The same for disagreement.
    pub disagreement: Ratio,
}

/// Group-informed consensus of every statement, the most agreed first.
#[must_use]
pub fn group_informed_consensus(
    votes: &Votes,
    labels: &[Option<usize>],
    groups: usize,
) -> Vec<Consensus> {
    let tallies = tallies(votes, labels, groups);
    let mut found: Vec<Consensus> = Vec::new();
    for (at, statement) in votes.statements().iter().enumerate() {
        if !asked(votes, at) {
            continue;
        }
        let product = |side: Side| {
            tallies.iter().fold(Ratio::from(1), |product, group| {
                let one = &group[at];
                let part = Ratio::new(one.on(side) + 1, one.seen() + 2);
                &product * &part.unwrap_or_else(Ratio::zero)
            })
        };
        found.push(Consensus {
            statement: statement.id.clone(),
            agreement: product(Side::Agree),
            disagreement: product(Side::Disagree),
        });
    }
    // Stable: equals stay in the order of their ids.
    found.sort_by(|one, other| other.agreement.cmp(&one.agreement));
    found
}

/// A statement that stands for a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Representative {
    /// The statement.
    pub statement: String,
    /// What the group says of it.
    pub side: Side,
    /// Votes on that side within the group.
    pub votes: usize,
    /// Votes of any kind within the group.
    pub seen: usize,
    /// Billionths of the share on that side within the group, a vote more on either side.
    pub share: i64,
    /// Billionths of that share over the one outside the group.
    pub ratio: i64,
    /// Billionths of the test that the share is above one half.
    pub test: i64,
    /// Billionths of the test that the share is above the one outside.
    pub difference: i64,
    /// Whether both tests are passed; else it is only the best there is.
    pub significant: bool,
}

/// `x` of `n` against one half, one more vote for it.
fn proportion_test(x: usize, n: usize) -> f64 {
    let n = exact(n + 1);
    2.0 * n.sqrt() * (exact(x + 1) / n - 0.5)
}

/// Two shares against each other, one more on all four counts; zero if everybody is of one mind.
fn difference_test(in_x: usize, in_n: usize, out_x: usize, out_n: usize) -> f64 {
    let [a, n, b, m] = [in_x + 1, in_n + 1, out_x + 1, out_n + 1].map(exact);
    let pooled = (a + b) / (n + m);
    let spread = pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m);
    if spread <= 0.0 {
        0.0
    } else {
        (a / n - b / m) / spread.sqrt()
    }
}

fn measured(id: &str, side: Side, inside: &Tally, outside: &Tally) -> Representative {
    let (x, n) = (inside.on(side), inside.seen());
    let share = exact(x + 1) / exact(n + 2);
    let other = exact(outside.on(side) + 1) / exact(outside.seen() + 2);
    let test = billionths(proportion_test(x, n));
    let difference = difference_test(x, n, outside.on(side), outside.seen());
    let difference = billionths(difference);
    Representative {
        statement: id.to_owned(),
        side,
        votes: x,
        seen: n,
        share: billionths(share),
        ratio: billionths(share / other),
        test,
        difference,
        significant: test > SIGNIFICANT && difference > SIGNIFICANT,
    }
}

impl Representative {
    /// What statements are ranked by.
    fn weight(&self) -> i64 {
        let [ratio, difference, share, test] =
            [self.ratio, self.difference, self.share, self.test].map(super::double);
        billionths(ratio * difference * share * test)
    }
}

/// For each group, what significantly stands for it, the strongest first; the one best statement,
/// marked as not significant, where there is none.
#[must_use]
pub fn representative(
    votes: &Votes,
    labels: &[Option<usize>],
    groups: usize,
) -> Vec<Vec<Representative>> {
    let tallies = tallies(votes, labels, groups);
    let mut found = Vec::with_capacity(groups);
    for group in 0..groups {
        let mut passing: Vec<Representative> = Vec::new();
        let mut best: Option<Representative> = None;
        for (at, statement) in votes.statements().iter().enumerate() {
            if !asked(votes, at) || statement.metadata {
                continue;
            }
            let inside = tallies[group][at];
            let mut outside = Tally::default();
            for (other, tally) in tallies.iter().enumerate() {
                if other != group {
                    outside.agree += tally[at].agree;
                    outside.disagree += tally[at].disagree;
                    outside.pass += tally[at].pass;
                }
            }
            let agree = measured(&statement.id, Side::Agree, &inside, &outside);
            let disagree = measured(&statement.id, Side::Disagree, &inside, &outside);
            let passes = agree.significant || disagree.significant;
            let stronger = if agree.difference > disagree.difference {
                agree
            } else {
                disagree
            };
            if passes {
                passing.push(stronger);
            } else if best
                .as_ref()
                .is_none_or(|best| stronger.difference > best.difference)
            {
                best = Some(stronger);
            }
        }
        passing.sort_by_key(|one| std::cmp::Reverse(one.weight()));
        if passing.is_empty() {
            passing.extend(best);
        }
        found.push(passing);
    }
    found
}

impl Representative {
    /// The few to show of all that stand for a group: the best that it agrees with, then the
    /// strongest; those it agrees with before those it disagrees with.
    #[must_use]
    pub fn listed(all: &[Self]) -> Vec<&Self> {
        let first = all.iter().find(|one| one.side == Side::Agree);
        let rest = all.iter().filter(|one| Some(*one) != first);
        let mut listed: Vec<&Self> = first.into_iter().chain(rest).take(LISTED).collect();
        listed.sort_by_key(|one| (one.side, Some(*one) != first));
        listed
    }
}

/// What most people agree with and disagree with, whatever their group: the strongest of each.
#[must_use]
pub fn overall_consensus(votes: &Votes, members: &[bool]) -> [Vec<Representative>; 2] {
    let labels: Vec<Option<usize>> = members.iter().map(|one| one.then_some(0)).collect();
    let tallies = tallies(votes, &labels, 1);
    [Side::Agree, Side::Disagree].map(|side| {
        let mut found: Vec<Representative> = votes
            .statements()
            .iter()
            .enumerate()
            .filter(|(at, statement)| asked(votes, *at) && !statement.metadata)
            .map(|(at, one)| measured(&one.id, side, &tallies[0][at], &Tally::default()))
            .filter(|one| one.share > 500_000_000 && one.test > SIGNIFICANT)
            .map(|one| Representative {
                // There is nobody outside to compare with.
                ratio: 0,
                difference: 0,
                significant: true,
                ..one
            })
            .collect();
        let weight =
            |one: &Representative| billionths(super::double(one.share) * super::double(one.test));
        found.sort_by_key(|one| std::cmp::Reverse(weight(one)));
        found.truncate(LISTED);
        found
    })
}
