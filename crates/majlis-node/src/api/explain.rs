//! Why an option did not win: what would have to be otherwise, as the count finds it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asking why an option did not win.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Explain {
    /// The space.
    pub space: String,
    /// The activity.
    pub consultation: String,
    /// The option.
    pub option: u16,
}

/// How much of a change is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NearestView {
    /// How much is enough; none if nothing that was tried was. Money in the currency's unit.
    pub amount: Option<String>,
    /// Whether no smaller change would do; for none, whether it is certain that none up to `tried`
    /// would.
    pub certain: bool,
    /// The largest that was tried, where nothing was enough.
    pub tried: Option<String>,
}

/// What would have to be otherwise for an option to win.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WhyView {
    /// It won, or nothing is won in this activity.
    Nothing,
    /// There are too many ballots to look for changes here.
    TooMany,
    /// It failed its test.
    Test {
        /// The fewest votes that pass.
        needed: Option<u32>,
        /// What it has.
        votes: u32,
        /// So many who voted would have to change to it.
        changed: Option<u32>,
        /// So many further ballots for it would do.
        more: Option<u32>,
    },
    /// It is behind the first.
    Behind {
        /// By so many votes or points.
        by: u32,
    },
    /// Somebody who is not elected.
    Election {
        /// Further ballots that name them alone.
        more: NearestView,
    },
    /// A project that is not funded.
    Budget {
        /// Further voters who support it alone.
        more: NearestView,
        /// Voters who are there and support it too.
        added: NearestView,
        /// By how much less it would have to cost.
        cheaper: NearestView,
    },
}
