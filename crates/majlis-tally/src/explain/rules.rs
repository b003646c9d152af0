//! The same ballots by several rules: who wins under which, so that an organiser sees before opening
//! what a rule does, and everybody sees after closing how much hung on it.

use serde::Serialize;

use crate::budget::{self, BudgetRule, Completion, Election, Method};
use crate::names::UnknownName;
use crate::ranked::{self, RankedElection, RankedRule};

/// What one rule makes of the ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleColumn {
    /// Its name in this table.
    pub name: String,
    /// Who wins, in the order of the rule.
    pub winners: Vec<String>,
    /// Winners that the first rule of the table does not have.
    pub gained: Vec<String>,
    /// Winners of the first rule that this one does not have.
    pub lost: Vec<String>,
    /// What it spends, in the smallest unit; for budgets.
    pub spent: Option<u64>,
    /// Voters with at least one winner among what they support (budgets) or with a winner as their
    /// first preference (ranked ballots).
    pub voters_served: u64,
}

/// Rules side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleTable {
    /// How many ballots there were.
    pub voters: u64,
    /// The rules, in the order they were given.
    pub rules: Vec<RuleColumn>,
    /// Who wins under every rule, in the order of ids.
    pub always: Vec<String>,
    /// Who wins under some of them only: for these the rule decides.
    pub sometimes: Vec<String>,
    /// Who wins under none.
    pub never: Vec<String>,
}

fn table<'a>(
    voters: u64,
    ids: impl Iterator<Item = &'a str>,
    mut rules: Vec<RuleColumn>,
) -> RuleTable {
    let first = rules.first().map(|one| one.winners.clone());
    let first = first.unwrap_or_default();
    for rule in &mut rules {
        let without = |these: &[String], others: &[String]| -> Vec<String> {
            let these = these.iter().filter(|id| !others.contains(id));
            these.cloned().collect()
        };
        rule.gained = without(&rule.winners, &first);
        rule.lost = without(&first, &rule.winners);
    }
    let (mut always, mut sometimes, mut never) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        let wins = rules
            .iter()
            .filter(|one| one.winners.iter().any(|won| won == id));
        let list = match wins.count() {
            0 => &mut never,
            all if all == rules.len() => &mut always,
            _ => &mut sometimes,
        };
        list.push(id.to_owned());
    }
    RuleTable {
        voters,
        rules,
        always,
        sometimes,
        never,
    }
}

/// Counts a budget by each of the named `rules`.
///
/// # Errors
/// As [`budget::count`].
pub fn budgets(
    election: &Election,
    rules: &[(String, BudgetRule)],
) -> Result<RuleTable, budget::CountError> {
    let mut columns = Vec::with_capacity(rules.len());
    for (name, rule) in rules {
        let outcome = budget::count(election, rule)?;
        let projects = election.projects().iter();
        let wins: Vec<bool> = projects.map(|one| outcome.funds(&one.id)).collect();
        let served = election.ballots().iter().filter(|(choices, _)| {
            choices
                .iter()
                .any(|one| wins.get(one.project as usize).copied().unwrap_or(false))
        });
        columns.push(RuleColumn {
            name: name.clone(),
            winners: outcome.ids().into_iter().map(str::to_owned).collect(),
            gained: Vec::new(),
            lost: Vec::new(),
            spent: Some(outcome.spent),
            voters_served: served.map(|(_, voters)| *voters).sum(),
        });
    }
    let ids = election.projects().iter().map(|one| one.id.as_str());
    Ok(table(election.voters(), ids, columns))
}

/// Counts ranked ballots by each of the named `rules`.
///
/// # Errors
/// As [`ranked::count`].
pub fn ranked(
    election: &RankedElection,
    rules: &[(String, RankedRule)],
) -> Result<RuleTable, ranked::CountError> {
    let mut columns = Vec::with_capacity(rules.len());
    for (name, rule) in rules {
        let outcome = ranked::count(election, rule)?;
        let places: Vec<usize> = outcome
            .winners
            .iter()
            .filter_map(|id| election.place(id))
            .collect();
        let served = election.ballots().iter().filter(|(ranking, _)| {
            let mut first = ranking.first().into_iter().flatten();
            first.any(|one| places.contains(&(*one as usize)))
        });
        columns.push(RuleColumn {
            name: name.clone(),
            winners: outcome.winners,
            gained: Vec::new(),
            lost: Vec::new(),
            spent: None,
            voters_served: served.map(|(_, voters)| *voters).sum(),
        });
    }
    let ids = election.candidates().iter().map(String::as_str);
    Ok(table(election.voters(), ids, columns))
}

/// The rule that a short name means: a method, and for Equal Shares also `equal-shares+` and a
/// completion. Everything else is as in `like`.
///
/// # Errors
/// If there is no such method or completion.
pub fn budget_rule(name: &str, like: &BudgetRule) -> Result<BudgetRule, UnknownName> {
    let (method, completion) = match name.split_once('+') {
        Some((method, completion)) => (method, completion.parse()?),
        None => (name, like.completion),
    };
    let method: Method = method.parse()?;
    let (method, completion) = match method {
        Method::EqualShares => (method, completion),
        Method::Greedy | Method::GreedyPerCost | Method::Phragmen | Method::Knapsack => {
            (method, Completion::None)
        }
    };
    Ok(BudgetRule {
        method,
        completion,
        ..like.clone()
    })
}
