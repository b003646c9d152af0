//! What several rules would make of made-up ballots, before a form is opened, so that whoever opens it sees how much
//! hangs on the rule. It decides nothing, and nobody's ballot is in it.
//! Not here: the ballots (`majlis_tally::explain::sample`), the table (`majlis_tally::explain::rules`).

use std::collections::BTreeMap;

use majlis_tally::LotSeed;
use majlis_tally::budget::{Completion, Method as BudgetMethod, Utility};
use majlis_tally::explain::rules::{self, RuleTable};
use majlis_tally::explain::sample::{self, Guess};
use majlis_tally::ranked::{Method as RankedMethod, RankedElection};

use super::ballots::budget_election;
use crate::consultation::activity::{BudgetBallot, BudgetRule, ElectionRule, Rule};
use crate::consultation::form::Form;

/// The most voters of a trial.
pub const MAX_TRIED: u64 = 2_000;

/// Why no rules could be tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
    /// Only budgets, and elections of one, have several rules.
    #[error("trying rules of an activity that has only one")]
    OneRule,
    /// There are no voters, or too many.
    #[error("trying rules with no voters, or with more than {MAX_TRIED}")]
    Voters,
    /// The form cannot be counted as it is.
    #[error("trying rules: {0}")]
    Count(String),
}

impl Form {
    /// Counts ballots that are made up for `camps` of voters by this form's rule and by the other rules that
    /// it could have had; this form's is the first of the table. `support` says for each option of the ballot,
    /// in their order, which hundredths of each camp may support it.
    ///
    /// Voters of the trial name what they like; a ballot of points gives each one point, and no purse is kept to.
    ///
    /// # Errors
    /// If there is only one rule, if there are too many voters, or if the form cannot be counted.
    pub fn try_rules(&self, camps: &[u64], support: &[Vec<u8>]) -> Result<RuleTable, TrialError> {
        let voters = camps.iter().fold(0_u64, |sum, of| sum.saturating_add(*of));
        if voters == 0 || voters > MAX_TRIED {
            return Err(TrialError::Voters);
        }
        let options = self
            .ballot()
            .map_or(&[][..], |ballot| ballot.kind.options());
        let guesses = options.iter().enumerate().map(|(at, option)| Guess {
            id: option.id.to_string(),
            support: support.get(at).cloned().unwrap_or_default(),
        });
        let guesses: Vec<Guess> = guesses.collect();
        match &self.activity.rule {
            Rule::Budget(rule) => budget(rule, &guesses, camps),
            Rule::Election(rule) => election(rule, &guesses, camps),
            Rule::Survey | Rule::Poll(_) | Rule::Petition(_) | Rule::Conversation(_) => {
                Err(TrialError::OneRule)
            }
        }
    }
}

fn budget(rule: &BudgetRule, guesses: &[Guess], camps: &[u64]) -> Result<RuleTable, TrialError> {
    let mut ballots: BTreeMap<Vec<(u16, u32)>, u64> = BTreeMap::new();
    for ballot in sample::ballots(guesses, camps, &[]) {
        let points = ballot.into_iter();
        let points = points.filter_map(|(id, points)| Some((id.parse().ok()?, points)));
        let voters = ballots.entry(points.collect()).or_default();
        *voters = voters.saturating_add(1);
    }
    let election = budget_election(rule, &ballots).map_err(TrialError::Count)?;
    let own = rule.tallied(LotSeed::default());
    let others = [
        BudgetMethod::EqualShares,
        BudgetMethod::Greedy,
        BudgetMethod::GreedyPerCost,
        BudgetMethod::Phragmen,
        BudgetMethod::Knapsack,
    ];
    // Two rules heed neither points nor places in an order: they are not offered with ballots that say them.
    let weighed = matches!(rule.ballot, BudgetBallot::Points | BudgetBallot::Ranked);
    let heeds = |method: BudgetMethod| {
        !weighed || !matches!(method, BudgetMethod::Phragmen | BudgetMethod::Knapsack)
    };
    let others = others
        .into_iter()
        .filter(|method| *method != own.method && heeds(*method));
    let others = others.map(|method| majlis_tally::budget::BudgetRule {
        method,
        completion: match method {
            BudgetMethod::EqualShares => Completion::Add1u,
            BudgetMethod::Greedy
            | BudgetMethod::GreedyPerCost
            | BudgetMethod::Phragmen
            | BudgetMethod::Knapsack => Completion::None,
        },
        // Piece by piece points would be money, and nobody said how much.
        utility: match method {
            BudgetMethod::Knapsack => Utility::Cost,
            BudgetMethod::EqualShares
            | BudgetMethod::Greedy
            | BudgetMethod::GreedyPerCost
            | BudgetMethod::Phragmen => own.utility,
        },
        ..own.clone()
    });
    let named = std::iter::once(own.clone()).chain(others);
    let named: Vec<_> = named.map(|one| (one.method.to_string(), one)).collect();
    rules::budgets(&election, &named).map_err(|error| TrialError::Count(error.to_string()))
}

fn election(
    rule: &ElectionRule,
    guesses: &[Guess],
    camps: &[u64],
) -> Result<RuleTable, TrialError> {
    if rule.seats > 1 {
        return Err(TrialError::OneRule);
    }
    let abstain = rule.abstain.map(|option| option.to_string());
    let standing: Vec<Guess> = guesses
        .iter()
        .filter(|guess| Some(&guess.id) != abstain.as_ref())
        .cloned()
        .collect();
    let ballots = sample::ranked(&standing, camps, &[]);
    let candidates = standing.iter().map(|guess| guess.id.clone()).collect();
    let each = ballots.into_iter().map(|ballot| (ballot, 1));
    let election = RankedElection::new(candidates, each)
        .map_err(|error| TrialError::Count(error.to_string()))?;
    let own = rule.tallied(LotSeed::default());
    // What moves votes on has no way to say that nobody beats how things are.
    let others: &[RankedMethod] = if rule.status_quo.is_some() {
        &[RankedMethod::Schulze, RankedMethod::Borda]
    } else {
        &[
            RankedMethod::Schulze,
            RankedMethod::Irv,
            RankedMethod::Borda,
        ]
    };
    let others = others.iter().filter(|method| **method != own.method);
    let others = others.map(|method| majlis_tally::ranked::RankedRule {
        method: *method,
        ..own.clone()
    });
    let named = std::iter::once(own.clone()).chain(others);
    let named: Vec<_> = named.map(|one| (one.method.to_string(), one)).collect();
    rules::ranked(&election, &named).map_err(|error| TrialError::Count(error.to_string()))
}
