//! Who paid what in a count by Equal Shares, walked again from its prices.
//!
//! Every amount is a whole number of one common part of the smallest unit, so the walk is exact.

#![allow(
    clippy::indexing_slicing,
    reason = "projects and kinds of ballot are indices into tables of their number"
)]

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;
use serde::Serialize;

use super::SMALLEST_SHOWN;
use crate::budget::{Election, How, Outcome, Utility};
use crate::ratio::Ratio;

/// Supporters who paid the whole price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FullPayers {
    /// The points they gave, in whole ones; one where points do not count.
    pub points: Ratio,
    /// What each of them paid, in the smallest unit.
    pub each: Ratio,
    /// How many they are.
    pub voters: u64,
}

/// Who paid for a project: all parts together are its cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Payments {
    /// Those who paid the whole price, fewest points first.
    pub full: Vec<FullPayers>,
    /// How many had less than the price and paid all they had.
    pub rest_voters: u64,
    /// What those paid together.
    pub rest_paid: Ratio,
    /// The least and the most that one of those paid; left out where they are fewer than
    /// [`SMALLEST_SHOWN`], because it would show a single voter's other choices.
    pub rest_between: Option<(Ratio, Ratio)>,
    /// Supporters who had nothing left and paid nothing.
    pub nothing: u64,
}

impl Payments {
    /// All that was paid.
    #[must_use]
    pub fn total(&self) -> Ratio {
        self.full.iter().fold(self.rest_paid.clone(), |sum, one| {
            &sum + &(&one.each * &Ratio::from(one.voters))
        })
    }
}

/// What the walk finds.
pub(super) struct Walk {
    /// Payments for each purchase, in order.
    pub(super) payments: Vec<Payments>,
    /// For each question (purchases made before, place of a project) what its supporters had.
    pub(super) had: Vec<Ratio>,
    /// Kinds of ballot, those with most money at the end first.
    pub(super) richest: Vec<usize>,
}

/// Walks the purchases of `outcome`. `None` if it has no prices: another method, or greedy took its
/// place.
pub(super) fn walk(
    election: &Election,
    outcome: &Outcome,
    questions: &[(usize, usize)],
) -> Option<Walk> {
    let endowment = outcome.endowment.as_ref()?;
    if outcome.replaced_by_greedy {
        return None;
    }
    let points = outcome.rule.utility == Utility::Points;
    let bought: Vec<(usize, &Ratio)> = outcome
        .winners
        .iter()
        .filter(|one| one.how == How::Method)
        .filter_map(|one| Some((election.place(&one.id)?, one.payment.as_ref()?)))
        .collect();
    let under = bought
        .iter()
        .fold(endowment.reached.denominator().clone(), |under, one| {
            under.lcm(one.1.denominator())
        });
    // A price is of a whole point, and ballots may give parts of one.
    let whole = BigInt::from(if points { election.parts().max(1) } else { 1 });
    let under = under * &whole;
    let parts = |amount: &Ratio| amount.numerator() * (&under / amount.denominator());
    let ratio = |parts: BigInt| Ratio::new(parts, under.clone()).unwrap_or_else(Ratio::zero);
    let mut money = vec![parts(&endowment.reached); election.ballots().len()];
    let mut supporters: Vec<Vec<(usize, u32, u64)>> = vec![Vec::new(); election.projects().len()];
    for (kind, (choices, voters)) in election.ballots().iter().enumerate() {
        for one in choices {
            let utility = if points { one.points } else { 1 };
            supporters[one.project as usize].push((kind, utility, *voters));
        }
    }
    let mut had = vec![Ratio::zero(); questions.len()];
    let mut answer = |round: usize, last: bool, money: &[BigInt]| {
        for (at, (when, place)) in questions.iter().enumerate() {
            if *when == round || (last && *when > round) {
                let list = supporters[*place].iter();
                had[at] = ratio(list.map(|(kind, _, voters)| &money[*kind] * *voters).sum());
            }
        }
    };
    let mut payments = Vec::with_capacity(bought.len());
    for (round, (place, price)) in bought.iter().enumerate() {
        answer(round, false, &money);
        let price = parts(price) / &whole;
        let mut full: BTreeMap<u32, u64> = BTreeMap::new();
        let (mut rest_voters, mut rest_paid, mut nothing) = (0, BigInt::zero(), 0);
        let mut between: Option<(BigInt, BigInt)> = None;
        for (kind, utility, voters) in &supporters[*place] {
            let due = &price * *utility;
            let purse = &mut money[*kind];
            if *purse >= due {
                *purse -= due;
                *full.entry(*utility).or_default() += voters;
            } else if purse.is_zero() {
                nothing += voters;
            } else {
                let paid = std::mem::take(purse);
                rest_voters += voters;
                rest_paid += &paid * *voters;
                let (least, most) = between.get_or_insert_with(|| (paid.clone(), paid.clone()));
                if paid < *least {
                    *least = paid;
                } else if paid > *most {
                    *most = paid;
                }
            }
        }
        let full = full.into_iter().map(|(points, voters)| FullPayers {
            points: Ratio::new(points, whole.clone()).unwrap_or_else(Ratio::zero),
            each: ratio(&price * points),
            voters,
        });
        payments.push(Payments {
            full: full.collect(),
            rest_voters,
            rest_paid: ratio(rest_paid),
            rest_between: between
                .filter(|_| rest_voters >= SMALLEST_SHOWN)
                .map(|(least, most)| (ratio(least), ratio(most))),
            nothing,
        });
    }
    answer(bought.len(), true, &money);
    let mut richest: Vec<usize> = (0..money.len()).collect();
    richest.sort_by(|one, other| money[*other].cmp(&money[*one]).then(one.cmp(other)));
    Some(Walk {
        payments,
        had,
        richest,
    })
}
