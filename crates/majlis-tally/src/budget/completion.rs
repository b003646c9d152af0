//! What becomes of the money that one run of Equal Shares leaves: endowments raised step by step,
//! filling up by votes, and the comparison with greedy.
//!
//! Source: Peters and Skowron, equalshares.net ("Completion", "Comparison step"). A voter with no
//! funded project in one outcome counts as having none there (the public calculator leaves such
//! voters out of the comparison). For the early stop only supported projects are asked whether they
//! still fit: what nobody supports can never be funded and holds nothing open.

use super::CountError;
use super::election::Election;
use super::equal_shares::{Ledger, Run};
use super::greedy;
use super::outcome::{Endowment, How, Lack, Outcome, Purse, Round, Standing};
use super::rule::{BudgetRule, Comparison, Completion, Method};
use crate::ratio::Ratio;

/// The most runs of one count.
const MAX_RUNS: u64 = 200_000;
/// All voters' money together, in the smallest unit, stays below two to the power of this.
const MONEY_BITS: u64 = 60;

/// The run that counts, and the endowment it had.
struct Found {
    run: Run,
    endowment: Ratio,
    steps: u64,
}

pub(super) fn count(
    election: &Election,
    rule: &BudgetRule,
    trace: bool,
) -> Result<Outcome, CountError> {
    let voters = Ratio::from(election.voters());
    let share = Ratio::from(election.budget())
        .over(&voters)
        .ok_or(CountError::NoBallots)?;
    let start = if rule.integral_start {
        Ratio::whole(share.floor())
    } else {
        share.clone()
    };
    let ledger = Ledger::new(election, rule);
    let costs: u64 = ledger.supported().map(|place| ledger.cost(place)).sum();
    let everything_fits = costs <= election.budget();
    let step = match rule.completion {
        Completion::None => None,
        _ if everything_fits => None,
        Completion::Add1 | Completion::Add1u => Some(rule.step.for_election(election)?),
        Completion::Budget => share.over(&Ratio::from(100)),
    };
    let found = match step {
        Some(step) if !step.is_zero() => climb(election, rule, &ledger, &start, &step)?,
        _ => Found {
            run: ledger.run(&start, false),
            endowment: start.clone(),
            steps: 0,
        },
    };
    let mut outcome = told(election, rule, &ledger, (&start, &found), trace);
    if everything_fits && rule.completion != Completion::None {
        fill(election, rule, &mut outcome, How::EverythingFits);
    } else if rule.completion == Completion::Add1u {
        fill(election, rule, &mut outcome, How::Votes);
    }
    let winners = outcome.winners.clone();
    outcome
        .losers
        .retain(|one| !winners.iter().any(|winner| winner.id == one.id));
    Ok(compared(election, rule, outcome))
}

/// Raises the endowment until the outcome passes the budget; the last one within it counts.
fn climb(
    election: &Election,
    rule: &BudgetRule,
    ledger: &Ledger,
    start: &Ratio,
    step: &Ratio,
) -> Result<Found, CountError> {
    let mut found = Found {
        run: ledger.run(start, false),
        endowment: start.clone(),
        steps: 0,
    };
    for _ in 1..MAX_RUNS {
        let done = ledger.supported().all(|place| found.run.chose(place));
        if done || (rule.exhaustive_stop && is_exhaustive(election, ledger, &found.run)) {
            return Ok(found);
        }
        let jump = quiet_steps(ledger, &found, step);
        let steps = found.steps.saturating_add(jump);
        let endowment = start + &(step * &Ratio::from(steps));
        let total = (&endowment * &Ratio::from(election.voters())).ceil();
        if total.bits() > MONEY_BITS {
            return Err(CountError::MoneyOutOfRange);
        }
        let run = ledger.run_after(&endowment, &found.run);
        if run.spent > election.budget() {
            // The last run within the budget had one step less than this one.
            let steps = steps.saturating_sub(1);
            found.endowment = start + &(step * &Ratio::from(steps));
            found.steps = steps;
            return Ok(found);
        }
        found = Found {
            run,
            endowment,
            steps,
        };
    }
    let unit = Ratio::from(election.unit());
    Err(CountError::TooManyRuns {
        step: step.over(&unit).unwrap_or_else(Ratio::zero).to_string(),
        limit: MAX_RUNS,
    })
}

/// How many steps lead to the next run that may differ: one, or more where that is certain.
///
/// If everybody could pay in full for all that was chosen, and the supporters of each other project
/// have less than its cost before anything is bought, then a larger endowment changes nothing until
/// one of those becomes affordable.
fn quiet_steps(ledger: &Ledger, found: &Found, step: &Ratio) -> u64 {
    if found.run.uneven {
        return 1;
    }
    let mut nearest: Option<Ratio> = None;
    for place in ledger.supported().filter(|place| !found.run.chose(*place)) {
        let Some(needed) = Ratio::new(ledger.cost(place), ledger.votes(place)) else {
            return 1;
        };
        if needed <= found.endowment {
            return 1;
        }
        nearest = Some(nearest.map_or(needed.clone(), |one| one.min(needed)));
    }
    let away = nearest.map(|needed| &needed - &found.endowment);
    let steps = away.and_then(|away| away.over(step));
    steps
        .and_then(|steps| Ratio::whole(steps.ceil()).to_u64())
        .unwrap_or(1)
        .max(1)
}

fn is_exhaustive(election: &Election, ledger: &Ledger, run: &Run) -> bool {
    ledger.supported().all(|place| {
        let after = run.spent.saturating_add(ledger.cost(place));
        run.chose(place) || after > election.budget()
    })
}

/// Runs once more and tells what happened, with `trace` everything.
fn told(
    election: &Election,
    rule: &BudgetRule,
    ledger: &Ledger,
    (start, found): (&Ratio, &Found),
    trace: bool,
) -> Outcome {
    let run = ledger.run(&found.endowment, trace);
    let mut outcome = Outcome::empty(election, rule);
    let id = |place: usize| {
        let project = election.projects().get(place);
        project.map(|one| one.id.clone()).unwrap_or_default()
    };
    let per_cost = rule.utility == super::Utility::Cost;
    let prices = run.prices(&found.endowment);
    for (purchase, price) in run.purchases.iter().zip(prices) {
        outcome.fund(election, purchase.place, How::Method);
        let cost = Ratio::from(ledger.cost(purchase.place));
        if let Some(winner) = outcome.winners.last_mut() {
            winner.effective_votes = cost.over(&price);
            winner.rho = if per_cost {
                price.over(&cost)
            } else {
                Some(price.clone())
            };
            winner.payment = Some(price);
        }
        let standings = purchase.standings.iter().map(|(place, price)| Standing {
            id: id(*place),
            strength: price
                .as_ref()
                .and_then(|price| Ratio::from(ledger.cost(*place)).over(price)),
        });
        outcome.rounds.push(Round {
            chosen: id(purchase.place),
            tied: purchase.tied,
            standings: standings.collect(),
        });
    }
    outcome.list_losers(election, |place| {
        let left = run.had.get(place).cloned().unwrap_or_else(Ratio::zero);
        let missing = &Ratio::from(ledger.cost(place)) - &left;
        Lack::SharesOfSupporters { left, missing }
    });
    let given = &found.endowment * &Ratio::from(election.voters());
    let budget = Ratio::from(election.budget());
    let beyond = (&given - &budget).max(Ratio::zero());
    outcome.endowment = Some(Endowment {
        start: start.clone(),
        reached: found.endowment.clone(),
        steps: found.steps,
        virtual_part: beyond.over(&given).unwrap_or_else(Ratio::zero),
    });
    outcome
}

/// Funds what still fits, most votes first.
fn fill(election: &Election, rule: &BudgetRule, outcome: &mut Outcome, how: How) {
    for place in greedy::ranking(election, rule, false) {
        let id = election.projects().get(place).map(|one| one.id.as_str());
        let fits = outcome.spent.saturating_add(election.cost(place)) <= election.budget();
        if fits && !id.is_some_and(|id| outcome.funds(id)) {
            outcome.fund(election, place, how);
        }
    }
}

/// What each kind of ballot had left at the end of the run that counted. Empty for methods other
/// than Equal Shares, and where greedy replaced the outcome.
pub(super) fn purses(election: &Election, outcome: &Outcome) -> Vec<Purse> {
    let Some(endowment) = outcome.endowment.as_ref() else {
        return Vec::new();
    };
    if outcome.replaced_by_greedy {
        return Vec::new();
    }
    let ledger = Ledger::new(election, &outcome.rule);
    let left = ledger.left(&endowment.reached);
    let id = |place: usize| {
        let project = election.projects().get(place);
        project.map(|one| one.id.clone()).unwrap_or_default()
    };
    let kinds = ledger.kinds().zip(left);
    kinds
        .map(|((places, voters), left)| Purse {
            supports: places.into_iter().map(id).collect(),
            voters,
            left,
        })
        .collect()
}

/// Greedy by votes instead, if the rule compares and more voters prefer it.
fn compared(election: &Election, rule: &BudgetRule, outcome: Outcome) -> Outcome {
    if rule.comparison == Comparison::None {
        return outcome;
    }
    let greedy_rule = BudgetRule {
        method: Method::Greedy,
        ..rule.clone()
    };
    let mut greedy = greedy::count(election, &greedy_rule);
    let wins = |outcome: &Outcome| -> Vec<bool> {
        let projects = election.projects().iter();
        projects.map(|one| outcome.funds(&one.id)).collect()
    };
    let (ours, theirs) = (wins(&outcome), wins(&greedy));
    let (mut for_ours, mut for_theirs) = (0_u64, 0_u64);
    for (choices, voters) in election.ballots() {
        let funded = |wins: &[bool]| {
            let mine = choices
                .iter()
                .filter(|one| wins.get(one.project as usize).copied().unwrap_or(false));
            match rule.comparison {
                Comparison::Any => mine.count().min(1),
                Comparison::Count | Comparison::None => mine.count(),
            }
        };
        match funded(&ours).cmp(&funded(&theirs)) {
            std::cmp::Ordering::Greater => for_ours += voters,
            std::cmp::Ordering::Less => for_theirs += voters,
            std::cmp::Ordering::Equal => {}
        }
    }
    if for_theirs <= for_ours {
        return outcome;
    }
    greedy.rule = rule.clone();
    greedy.endowment = outcome.endowment;
    greedy.replaced_by_greedy = true;
    greedy
}
