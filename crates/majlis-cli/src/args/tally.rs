//! What can be typed after `majlis tally`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use majlis_tally::budget::{BudgetRule, Comparison, Completion, Method, Step, Utility};
use majlis_tally::{LotSeed, Ratio, TieRule, ranked};

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
        #[arg(long, value_parser = clap::value_parser!(u8).range(2..=5))]
        groups: Option<u8>,
        /// Statements that nobody looked at are out, as in conversations with strict moderation.
        #[arg(long)]
        strict: bool,
    },
    /// Says why a result came out as it did, and what would have changed it: of a Pabulib file, of
    /// ranked ballots, or of a folder that Polis exported.
    Explain(Box<ExplainArgs>),
    /// Counts the same ballots by several rules and says who wins under which.
    Compare(Box<CompareArgs>),
    /// Makes up ballots from guesses of support, to see before opening what a rule would do. Prints a
    /// Pabulib file.
    Sample(SampleArgs),
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
    #[command(flatten)]
    pub(crate) flags: BudgetFlags,
    #[command(flatten)]
    pub(crate) lot: LotFlags,
}

/// What decides a budget besides the method.
#[derive(Debug, Args)]
pub(crate) struct BudgetFlags {
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
}

impl BudgetFlags {
    /// The rule with these flags.
    pub(crate) fn rule(self, method: Method, lot: LotFlags) -> BudgetRule {
        BudgetRule {
            method,
            utility: self.utility,
            completion: self.completion,
            step: self.step,
            exhaustive_stop: self.exhaustive_stop,
            integral_start: self.integral_start,
            comparison: self.comparison,
            tie: lot.tie,
            seed: LotSeed::new(lot.seed),
        }
    }
}

/// How equals are put in order.
#[derive(Debug, Args)]
pub(crate) struct LotFlags {
    /// How equals are put in order: words of cost, votes, lot and id, with commas between.
    #[arg(long, default_value_t = TieRule::default())]
    pub(crate) tie: TieRule,
    /// The seed of the lot.
    #[arg(long, default_value = "")]
    pub(crate) seed: String,
}

/// What decides ranked ballots besides the method.
#[derive(Debug, Args)]
pub(crate) struct RankedFlags {
    /// How many are elected; what the file says when left out, or one.
    #[arg(long)]
    pub(crate) seats: Option<u32>,
    /// The candidate that means "nothing changes": nobody wins who does not beat it.
    #[arg(long, value_name = "CANDIDATE")]
    pub(crate) status_quo: Option<String>,
}

/// What is explained.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The file by its ending: `.pb`, `.blt`, `.csv` or one of PrefLib's; or a folder of Polis.
    pub(crate) file: PathBuf,
    /// How winners are found: a method of `majlis tally budget` or `majlis tally ranked`.
    #[arg(long)]
    pub(crate) method: Option<String>,
    #[command(flatten)]
    pub(crate) budget: BudgetFlags,
    #[command(flatten)]
    pub(crate) ranked: RankedFlags,
    #[command(flatten)]
    pub(crate) lot: LotFlags,
    /// For how many projects that lost the nearest change that wins is looked for, most votes first.
    /// Each takes some dozen counts, so it is five when left out, and one above two thousand voters.
    #[arg(long)]
    pub(crate) nearest: Option<usize>,
    /// A project for which it is looked for besides those; may be given again.
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Vec<String>,
    /// The column of ballots that says where voters live; when left out, `neighborhood` or else
    /// `district`.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) area: Option<String>,
    /// Numbers of people under this are not shown by area.
    #[arg(long, default_value_t = majlis_tally::explain::SMALLEST_SHOWN)]
    pub(crate) smallest: u64,
}

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// The file by its ending: `.pb`, `.blt`, `.csv` or one of PrefLib's.
    pub(crate) file: PathBuf,
    /// The rules, with commas between; the others are compared with the first. A method of `majlis
    /// tally budget`, where `equal-shares+` and a completion names that one, or of `majlis tally
    /// ranked`. All methods when left out.
    #[arg(long, value_delimiter = ',')]
    pub(crate) rules: Vec<String>,
    #[command(flatten)]
    pub(crate) budget: BudgetFlags,
    #[command(flatten)]
    pub(crate) ranked: RankedFlags,
    #[command(flatten)]
    pub(crate) lot: LotFlags,
}

/// Guesses to make ballots of.
#[derive(Debug, Args)]
pub(crate) struct SampleArgs {
    /// The money there is.
    #[arg(long)]
    pub(crate) budget: Ratio,
    /// A project as id, cost and hundredths of voters who may support it, such as `well:600:40`; with
    /// several camps one number for each, such as `well:600:40,5`.
    #[arg(long, value_name = "ID:COST:SUPPORT", required = true)]
    pub(crate) project: Vec<String>,
    /// Voters of a camp; may be given again for camps that like different things.
    #[arg(long, value_name = "VOTERS", default_values_t = [100_u64])]
    pub(crate) camp: Vec<u64>,
    /// Other words give other ballots.
    #[arg(long, default_value = "")]
    pub(crate) seed: String,
}

/// Ranked ballots and their rule.
#[derive(Debug, Args)]
pub(crate) struct RankedArgs {
    /// The file, by its ending: `.blt`, `.csv`, or one of PrefLib's (`.soc`, `.soi`, `.toc`, `.toi`, `.cat`).
    /// In a `.csv` a column stands for a candidate and a row for a ballot, with 1 for the best; a first
    /// column `voter_id`, `voter`, `ballot` or `id`, in French or Arabic too, is left out, and `count` says how many cast the ballot.
    pub(crate) file: PathBuf,
    /// How ballots are counted: schulze, minimax, borda, irv or scottish-stv.
    #[arg(long, default_value_t = ranked::Method::Schulze)]
    pub(crate) method: ranked::Method,
    #[command(flatten)]
    pub(crate) flags: RankedFlags,
    #[command(flatten)]
    pub(crate) lot: LotFlags,
}
