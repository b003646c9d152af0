//! The rule of a budget: every flag that can change who wins, pinned before opening.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::CountError;
use super::election::Election;
use crate::names::named;
use crate::ratio::{Ratio, RatioError};
use crate::tie::{LotSeed, TieRule};

named! {
    /// How winners are found.
    Method {
        /// Method of Equal Shares: every voter commands the same part of the money.
        EqualShares = "equal-shares",
        /// Most votes (or points) first, skipping what does not fit. What nobody supports is never
        /// funded, though the reference library spends what is left on it.
        Greedy = "greedy",
        /// Most votes (or points) per cost first, skipping what does not fit.
        GreedyPerCost = "greedy-per-cost",
        /// Sequential Phragmén: voters earn money at the same speed and buy together.
        Phragmen = "phragmen",
        /// Knapsack per unit: every unit of money of every project is a candidate.
        Knapsack = "knapsack",
    }
}

named! {
    /// What a funded project is worth to a voter who supports it.
    Utility {
        /// Its cost: the municipal standard, which favours projects with many votes.
        Cost = "cost",
        /// One: favours cheap projects.
        Cardinality = "cardinality",
        /// The points that the voter gave.
        Points = "points",
    }
}

named! {
    /// How money that Equal Shares leaves is spent.
    Completion {
        /// It stays unspent.
        None = "none",
        /// Every voter's endowment is raised step by step.
        Add1 = "add1",
        /// As add1; then most votes first among what still fits.
        Add1u = "add1u",
        /// The budget is raised by a hundredth of itself step by step.
        Budget = "budget",
    }
}

named! {
    /// Whether the outcome of greedy by votes may replace that of Equal Shares.
    Comparison {
        /// It may not.
        None = "none",
        /// It does if more voters have more funded projects that they support in it.
        Count = "count",
        /// It does if more voters have at least one funded project that they support in it.
        Any = "any",
    }
}

/// By how much add1 raises every voter's endowment at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// The larger of the smallest unit that costs are given in and a thousandth of a voter's
    /// share, rounded up to that unit.
    #[default]
    Thousandth,
    /// An amount in the currency's unit, such as `1` or `0.5`.
    Amount(Ratio),
}

impl Step {
    /// In the smallest unit of the election.
    ///
    /// # Errors
    /// If it is not above zero, or there is no voter.
    pub fn for_election(&self, election: &Election) -> Result<Ratio, CountError> {
        match self {
            Self::Thousandth => {
                let parts = u128::from(election.voters()) * 1_000;
                let share = Ratio::new(election.budget(), parts).ok_or(CountError::NoBallots)?;
                Ok(Ratio::whole(share.ceil()).max(Ratio::from(1)))
            }
            Self::Amount(amount) if *amount > Ratio::zero() => {
                let unit = Ratio::from(election.unit());
                Ok(amount * &unit)
            }
            Self::Amount(_) => Err(CountError::StepNotPositive),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thousandth => f.write_str("default"),
            Self::Amount(amount) => amount.fmt(f),
        }
    }
}

impl FromStr for Step {
    type Err = RatioError;
    fn from_str(text: &str) -> Result<Self, RatioError> {
        match text {
            "default" => Ok(Self::Thousandth),
            amount => amount.parse().map(Self::Amount),
        }
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Everything that decides who wins, besides the ballots.
///
/// The default is Equal Shares with cost utility and add1u, without an early stop: what small
/// rooms are best served by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetRule {
    /// How winners are found.
    pub method: Method,
    /// What a funded project is worth. Greedy methods and Phragmén count votes, and with
    /// [`Utility::Points`] greedy methods count points.
    pub utility: Utility,
    /// What happens with money left; for Equal Shares only.
    pub completion: Completion,
    /// The step of add1.
    pub step: Step,
    /// Whether a completion also ends as soon as no supported project fits what is left.
    pub exhaustive_stop: bool,
    /// Whether the first endowment is rounded down to the smallest unit.
    pub integral_start: bool,
    /// Whether greedy by votes may replace the outcome; for Equal Shares only.
    pub comparison: Comparison,
    /// How ties are broken.
    pub tie: TieRule,
    /// The seed of the lot.
    pub seed: LotSeed,
}

impl Default for BudgetRule {
    fn default() -> Self {
        Self {
            method: Method::EqualShares,
            utility: Utility::Cost,
            completion: Completion::Add1u,
            step: Step::Thousandth,
            exhaustive_stop: false,
            integral_start: false,
            comparison: Comparison::None,
            tie: TieRule::default(),
            seed: LotSeed::default(),
        }
    }
}
