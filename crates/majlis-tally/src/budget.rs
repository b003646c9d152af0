//! Participatory budgets: which projects a sum of money is spent on.
//!
//! An [`Election`] (projects, ballots, money) and a [`BudgetRule`] (every flag pinned) give an
//! [`Outcome`]: the winners in order, what each cost its supporters, and what each loser lacked.
//! Why it came out so, at more length, is [`crate::explain::budget`].

mod completion;
mod election;
mod equal_shares;
mod greedy;
mod knapsack;
mod outcome;
mod phragmen;
mod rule;
#[cfg(test)]
mod tests;

pub(crate) use election::MAX_DECIMALS;
pub use election::{
    Choice, Election, ElectionError, MAX_MONEY, MAX_POINTS, MAX_PROJECTS, MAX_VOTERS, Project,
    RawBallot,
};
pub use outcome::{Endowment, Funding, How, Lack, Loser, Outcome, Purse, Round, Standing, Winner};
pub use rule::{BudgetRule, Comparison, Completion, Method, Step, Utility};

/// Why a budget could not be counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CountError {
    /// No ballots: nobody's share can be computed.
    #[error("count a budget: there are no ballots")]
    NoBallots,
    /// A step of zero or less would never end.
    #[error("count a budget: the step must be above zero")]
    StepNotPositive,
    /// Raised endowments add up to more money than can be counted exactly.
    #[error("count a budget: raising the shares of voters passes 2^60 of the smallest unit")]
    MoneyOutOfRange,
    /// The step is so small that the count would take longer than anybody waits.
    #[error("count a budget: a step of {step} needs more than {limit} runs; take a larger one")]
    TooManyRuns {
        /// The step, in the currency's unit.
        step: String,
        /// The most runs that are made.
        limit: u64,
    },
    /// Ballots give parts of points where points are money, and money has no such parts.
    #[error(
        "count a budget: knapsack takes points as money, and ballots give parts of points that are no \
         amount; count by another method"
    )]
    PartsOfPoints,
}

/// Counts `election` by `rule`.
///
/// The order of projects and ballots never changes a byte of the outcome.
///
/// # Errors
/// If there are no ballots, or the step of the completion is unusable.
pub fn count(election: &Election, rule: &BudgetRule) -> Result<Outcome, CountError> {
    counted(election, rule, true)
}

/// Whether a count funds the project called `id`: the same as [`count`], without its reasons.
pub(crate) fn funds(election: &Election, rule: &BudgetRule, id: &str) -> Result<bool, CountError> {
    Ok(counted(election, rule, false)?.funds(id))
}

/// Counts; without `trace` the rounds of Equal Shares have no standings and lacks are not known.
fn counted(election: &Election, rule: &BudgetRule, trace: bool) -> Result<Outcome, CountError> {
    if election.voters() == 0 {
        return Err(CountError::NoBallots);
    }
    let pointed = rule.utility == Utility::Points && rule.method != Method::Phragmen;
    let mut outcome = match rule.method {
        Method::EqualShares => completion::count(election, rule, trace)?,
        Method::Greedy | Method::GreedyPerCost => greedy::count(election, rule),
        Method::Phragmen => phragmen::count(election, rule),
        Method::Knapsack if pointed && !election.unit().is_multiple_of(election.parts().into()) => {
            return Err(CountError::PartsOfPoints);
        }
        Method::Knapsack => knapsack::count(election, rule),
    };
    if pointed && rule.method != Method::Knapsack {
        outcome.in_whole_points(election.parts());
    }
    Ok(outcome)
}

/// What each kind of ballot had left at the end, exactly: for the voter's own eyes.
///
/// Empty for methods other than Equal Shares, and where greedy replaced the outcome.
#[must_use]
pub fn purses(election: &Election, outcome: &Outcome) -> Vec<Purse> {
    completion::purses(election, outcome)
}
