//! Which statement a participant sees next: those that divide or are new come more often, those that
//! people pass on come less.
//!
//! Source: compdemocracy/polis `math`. Importance is the product of `1 - (passes + 1) / (seen + 2)`,
//! `extremity + 1` and `(agree + 1) / (seen + 2)`; the weight is the square of importance times
//! `1 + 8 * 2^(-seen / 5)`; statements that ask who one is weigh 49. One is drawn among the unseen in
//! proportion to the weights.

#![allow(
    clippy::indexing_slicing,
    reason = "statements are indices into tables of their number"
)]

use serde::Serialize;

use super::components::Components;
use super::represent::Tally;
use super::votes::Votes;
use super::{OpinionRule, billionths, exact};

/// The weight of statements that ask who one is, in billionths.
pub const METADATA_WEIGHT: i64 = 49_000_000_000;

/// 2^(-k/5) for k below five.
const FIFTHS: [f64; 5] = [
    1.0,
    0.870_550_563_296_124_1,
    0.757_858_283_255_199,
    0.659_753_955_386_447_4,
    0.574_349_177_498_517_6,
];

/// A statement and its weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Weighed {
    /// The statement.
    pub statement: String,
    /// Billionths.
    pub weight: i64,
}

/// 2^(-seen/5), by one table and exact halvings.
fn novelty(seen: usize) -> f64 {
    let mut value = FIFTHS[seen % 5];
    // After a thousand halvings nothing is left that a weight could show.
    for _ in 0..(seen / 5).min(1_100) {
        value *= 0.5;
    }
    value
}

fn weight(tally: &Tally, extremity: f64) -> i64 {
    let seen = tally.seen();
    let all = exact(seen + 2);
    let importance =
        (1.0 - exact(tally.pass + 1) / all) * (extremity + 1.0) * (exact(tally.agree + 1) / all);
    let root = importance * (1.0 + 8.0 * novelty(seen));
    billionths(root * root).max(1)
}

/// Weights of all statements that may be shown, in the order of their ids, over all votes there are.
#[must_use]
pub fn statement_weights(votes: &Votes, rule: &OpinionRule) -> Vec<Weighed> {
    let members = votes.members(rule.least_votes, rule.least_people);
    let components = Components::of(votes, &members);
    let mut tallies = vec![Tally::default(); votes.statements().len()];
    for (at, opinion) in votes.rows().iter().flatten() {
        tallies[*at as usize].add(*opinion);
    }
    let shown = votes
        .statements()
        .iter()
        .enumerate()
        .filter(|(_, one)| !one.moderated_out);
    shown
        .map(|(at, statement)| Weighed {
            statement: statement.id.clone(),
            weight: if statement.metadata {
                METADATA_WEIGHT
            } else {
                weight(&tallies[at], components.extremity(at))
            },
        })
        .collect()
}

/// Draws the next statement for `participant` among those it has not seen; `None` if it has seen
/// all. The same `draw`, votes and participant give the same statement on every device.
#[must_use]
pub fn next_statement<'a>(
    votes: &Votes,
    weights: &'a [Weighed],
    participant: &str,
    draw: &[u8],
) -> Option<&'a str> {
    let row = votes
        .participant(participant)
        .and_then(|at| votes.rows().get(at));
    let seen = |id: &str| {
        let at = votes.statement(id).and_then(|at| u32::try_from(at).ok());
        at.zip(row)
            .is_some_and(|(at, row)| row.binary_search_by_key(&at, |one| one.0).is_ok())
    };
    let open: Vec<&Weighed> = weights.iter().filter(|one| !seen(&one.statement)).collect();
    let weight = |one: &Weighed| u128::from(one.weight.unsigned_abs());
    let total: u128 = open.iter().map(|one| weight(one)).sum();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&u64::try_from(draw.len()).unwrap_or(u64::MAX).to_be_bytes());
    hasher.update(draw);
    hasher.update(participant.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    let mut left = u128::from_be_bytes(half).checked_rem(total)?;
    for one in open {
        match left.checked_sub(weight(one)) {
            None => return Some(&one.statement),
            Some(rest) => left = rest,
        }
    }
    None
}
