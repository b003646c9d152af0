//! What can be typed after `majlis tally`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use majlis_tally::budget::{Comparison, Completion, Method, Step, Utility};
use majlis_tally::{TieRule, ranked};

#[derive(Debug, Subcommand)]
pub(crate) enum TallyCommand {
    /// Counts a participatory budget from a Pabulib file.
    Budget(Box<BudgetArgs>),
    /// Counts ranked ballots from a BLT, PrefLib or CSV file.
    Ranked(RankedArgs),
    /// Groups opinions from a folder that Polis exported: comments.csv and votes.csv or
    /// participants-votes.csv.
    Opinions {
        /// The folder.
        folder: PathBuf,
        /// The number of groups, where people fixed it; else the clearest of two to five.
        #[arg(long)]
        groups: Option<u8>,
        /// Statements that nobody looked at are out, as in conversations with strict moderation.
        #[arg(long)]
        strict: bool,
    },
    /// Says what a strict reader of Pabulib files would not accept, and what to do about it.
    Check {
        /// The `.pb` file; `-` is standard input.
        file: PathBuf,
    },
}

/// A budget and its rule.
#[derive(Debug, Args)]
pub(crate) struct BudgetArgs {
    /// The `.pb` file; `-` is standard input.
    pub(crate) file: PathBuf,
    /// How winners are found: equal-shares, greedy, greedy-per-cost, phragmen or knapsack.
    #[arg(long, default_value_t = Method::EqualShares)]
    pub(crate) method: Method,
    /// What a funded project is worth to who supports it: cost, cardinality or points.
    #[arg(long, default_value_t = Utility::Cost)]
    pub(crate) utility: Utility,
    /// How Equal Shares spends what it leaves: none, add1, add1u or budget.
    #[arg(long, default_value_t = Completion::Add1u)]
    pub(crate) completion: Completion,
    /// By how much add1 raises each voter's share at a time, in the currency's unit; `default` is a
    /// thousandth of the share, at least the smallest unit.
    #[arg(long, default_value_t = Step::Thousandth)]
    pub(crate) step: Step,
    /// Whether raising also ends as soon as no supported project fits what is left.
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set, default_value_t = false)]
    pub(crate) exhaustive_stop: bool,
    /// Whether the first share is rounded down to the smallest unit.
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set, default_value_t = false)]
    pub(crate) integral_start: bool,
    /// Whether the outcome of greedy may replace that of Equal Shares: none, count (more voters have
    /// more funded projects that they support) or any (more voters have one at all).
    #[arg(long, default_value_t = Comparison::None)]
    pub(crate) comparison: Comparison,
    /// How equals are put in order: words of cost, votes, lot and id, with commas between.
    #[arg(long, default_value_t = TieRule::default())]
    pub(crate) tie: TieRule,
    /// The seed of the lot.
    #[arg(long, default_value = "")]
    pub(crate) seed: String,
}

/// Ranked ballots and their rule.
#[derive(Debug, Args)]
pub(crate) struct RankedArgs {
    /// The file, by its ending: `.blt`, `.csv`, or one of PrefLib's (`.soc`, `.soi`, `.toc`, `.toi`).
    pub(crate) file: PathBuf,
    /// How ballots are counted: schulze, minimax, borda, irv or scottish-stv.
    #[arg(long, default_value_t = ranked::Method::Schulze)]
    pub(crate) method: ranked::Method,
    /// How many are elected; what the file says when left out, or one.
    #[arg(long)]
    pub(crate) seats: Option<u32>,
    /// The candidate that means "nothing changes": nobody wins who does not beat it.
    #[arg(long, value_name = "CANDIDATE")]
    pub(crate) status_quo: Option<String>,
    /// How equals are put in order: words of votes, lot and id, with commas between.
    #[arg(long, default_value_t = TieRule::default())]
    pub(crate) tie: TieRule,
    /// The seed of the lot.
    #[arg(long, default_value = "")]
    pub(crate) seed: String,
}
