//! Opinion groups: who answers a list of statements alike, what sets groups apart and what they
//! share. The deterministic profile `opinion-v1`.
//!
//! The mathematics is that of Polis (Small, Bjorkegren, Erkkilä, Shaw and Megill, "Polis: Scaling
//! deliberation by mapping high dimensional opinion spaces", 2021; compdemocracy/polis, `math`), as
//! a pure function: no membership that sticks, no start from an earlier run, no number of groups
//! that lags behind. Every value is an IEEE 754 double made by `+ - * /` and square root alone, in
//! one fixed order, and is rounded to `1e-9` before it decides or is kept; so every device gets the
//! same bytes.
//!
//! Agree is +1, disagree -1, pass 0. A participant has *seen* a statement by any of the three.

mod bridging;
mod components;
mod groups;
mod next;
mod outcome;
mod places;
mod represent;
#[cfg(test)]
mod tests;
mod votes;

pub use bridging::Bridge;
pub use groups::{Grouping, MAX_GROUPS, adjusted_rand_index};
pub use next::{METADATA_WEIGHT, Weighed, next_statement, statement_weights};
pub use outcome::{OpinionOutcome, Point};
pub(crate) use represent::tallies;
pub use represent::{
    Consensus, Representative, Side, Tally, group_informed_consensus, overall_consensus,
    representative,
};
pub use votes::{Opinion, OpinionError, Statement, Votes};

use serde::{Deserialize, Serialize};

/// What decides groups besides the votes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpinionRule {
    /// Who answered fewer statements is left out (unless there are fewer statements).
    pub least_votes: u32,
    /// If fewer qualify, the most active others join until there are so many.
    pub least_people: u32,
    /// The number of groups, where people fixed it; else the clearest of two to five.
    pub groups: Option<u8>,
    /// Thousandths of silhouette under which groups are called unclear.
    pub clear_from: u32,
    /// People under whom groups are called unclear.
    pub clear_people: u32,
}

impl Default for OpinionRule {
    fn default() -> Self {
        Self {
            least_votes: 7,
            least_people: 15,
            groups: None,
            clear_from: 250,
            clear_people: 30,
        }
    }
}

/// Rounds to a whole number of billionths, halves away from zero.
pub(crate) fn billionths(value: f64) -> i64 {
    // Casting saturates, and makes zero of what is no number.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "values far beyond the range of opinions saturate the same everywhere"
    )]
    let whole = (value * 1e9 + if value < 0.0 { -0.5 } else { 0.5 }) as i64;
    whole
}

/// Back to a double.
#[allow(
    clippy::cast_precision_loss,
    reason = "the nearest double of a whole number is one and the same everywhere"
)]
pub(crate) fn double(billionths: i64) -> f64 {
    billionths as f64 / 1e9
}

/// A count as a double: exact below 2^53.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of people and statements are far below 2^53"
)]
pub(crate) fn exact(count: usize) -> f64 {
    count as f64
}

/// Finds groups in `votes`.
#[must_use]
pub fn count(votes: &Votes, rule: &OpinionRule) -> OpinionOutcome {
    outcome::count(votes, rule)
}
