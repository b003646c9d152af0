//! Why an option did not win: what would have to be otherwise, as the count finds it; what groups support of each
//! other; and, before opening, what other rules would make of made-up ballots.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::outcome::NamedOption;
use crate::api::process::ConsultationDraft;

/// Asking why an option did not win.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Explain {
    /// The space.
    pub space: String,
    /// The activity.
    pub consultation: String,
    /// The option; of a conversation nothing is asked about one.
    #[serde(default)]
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
    /// Of a conversation: what groups of opinion support of each other.
    Groups {
        /// Every two groups.
        pairs: Vec<GroupPairView>,
        /// What is wanted most, so that many of one mind do not fill the list.
        wanted: Vec<WantedView>,
    },
}

/// A statement in the list of what is wanted most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WantedView {
    /// Its id.
    pub statement: String,
    /// How many agree with it.
    pub agree: u32,
    /// How many that counts as here, in tenths: who agrees with several shares one voice among it and those
    /// that stand above it. `None` where so few agree that it would show what else they agree with.
    pub weight_tenths: Option<u32>,
}

/// What two groups of opinion support of each other. Statements are named by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GroupPairView {
    /// One group, from zero.
    pub one: u32,
    /// The other.
    pub other: u32,
    /// What stands for the first group, and the other takes the same side on.
    pub of_one: Vec<String>,
    /// What stands for the other group, and the first takes the same side on.
    pub of_other: Vec<String>,
}

/// Asking what other rules would make of made-up ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TryRules {
    /// The draft of a budget or an election.
    pub draft: ConsultationDraft,
    /// How many voters of each camp there are: people who like the same things.
    pub camps: Vec<u32>,
    /// For each option of the ballot, in their order: which hundredths of each camp may support it.
    pub support: Vec<Vec<u8>>,
}

/// The same made-up ballots by several rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RulesTried {
    /// How many voters there were.
    pub voters: u32,
    /// The rules: the draft's own first.
    pub rules: Vec<TriedRule>,
    /// Who wins under every rule.
    pub always: Vec<NamedOption>,
    /// Who wins under some of them only: for these the rule decides.
    pub sometimes: Vec<NamedOption>,
    /// Who wins under none.
    pub never: Vec<NamedOption>,
}

/// What one rule makes of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TriedRule {
    /// The method.
    #[ts(
        type = "'equal-shares' | 'greedy' | 'greedy-per-cost' | 'phragmen' | 'knapsack' | 'schulze' | 'minimax' | 'borda' | 'irv' | 'scottish-stv'"
    )]
    pub method: String,
    /// Who wins, in the order of the rule.
    pub winners: Vec<NamedOption>,
    /// What that costs, in the currency's unit; of a budget.
    pub spent: Option<String>,
    /// Voters with at least one winner that they support, or put first.
    pub served: u32,
}
