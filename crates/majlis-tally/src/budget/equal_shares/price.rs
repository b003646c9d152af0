//! Prices in the tiny unit: bounds, estimates with their error, and the search for the cheapest.

use std::cmp::Ordering;

use super::exact::Exact;
use super::{Best, State};
use crate::ratio::Ratio;

/// What is known of the price of an open project: it is not below `floor`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Price {
    pub(super) place: usize,
    /// In the tiny unit, per unit of utility.
    floor: i64,
}

impl Price {
    /// Everybody pays the same: the least that a price can be.
    pub(super) fn new(state: &State<'_>, place: usize) -> Self {
        let utility = i64::try_from(state.ledger.utility[place]).unwrap_or(i64::MAX);
        let cost = state.tiny_cost(place).unwrap_or(i64::MAX);
        Self {
            place,
            floor: cost.checked_div(utility).unwrap_or(i64::MAX),
        }
    }
}

/// A price between `low` and `high` in the tiny unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) place: usize,
    pub(super) low: i64,
    pub(super) high: i64,
}

enum Look {
    /// Its supporters have less than its cost.
    Unaffordable,
    /// The price is above the limit.
    Above,
    /// The price, affordable beyond doubt.
    Found(Estimate),
    /// So close to unaffordable that only exact fractions can tell.
    Close,
}

/// Sums over the supporters at a price.
struct Sums {
    /// Money of all.
    all: i64,
    /// Money of those who have less than the price.
    under: i64,
    /// Utility of those who pay it in full.
    full: i64,
}

impl State<'_> {
    fn sums(&self, place: usize, price: i64) -> Sums {
        let mut sums = Sums {
            all: 0,
            under: 0,
            full: 0,
        };
        if self.ledger.unit {
            for share in &self.ledger.supporters[place] {
                let money = self.money[share.kind as usize];
                let total = money * i64::from(share.voters);
                let less = money < price;
                sums.all += total;
                sums.under += if less { total } else { 0 };
                sums.full += if less { 0 } else { i64::from(share.voters) };
            }
        } else if price.checked_mul(i64::from(self.ledger.largest)).is_some() {
            for share in &self.ledger.supporters[place] {
                let money = self.money[share.kind as usize];
                let total = money * i64::from(share.voters);
                let utility = i64::from(share.utility);
                let less = money < price * utility;
                sums.all += total;
                sums.under += if less { total } else { 0 };
                sums.full += if less {
                    0
                } else {
                    i64::from(share.voters) * utility
                };
            }
        } else {
            for share in &self.ledger.supporters[place] {
                let money = self.money[share.kind as usize];
                let total = money * i64::from(share.voters);
                sums.all += total;
                if i128::from(money) < i128::from(price) * i128::from(share.utility) {
                    sums.under += total;
                } else {
                    sums.full += i64::from(share.voters) * i64::from(share.utility);
                }
            }
        }
        sums
    }

    /// Compares two prices as the rule does: per cost for cost utility.
    fn order(&self, one: (usize, i64), other: (usize, i64)) -> Ordering {
        if self.ledger.per_cost {
            let costs = &self.ledger.costs;
            let left = i128::from(one.1) * i128::from(costs[other.0]);
            left.cmp(&(i128::from(other.1) * i128::from(costs[one.0])))
        } else {
            one.1.cmp(&other.1)
        }
    }

    /// Newton's iteration from below on the sum of payments, which is concave in the price.
    fn look(&self, known: &mut Price, limit: Option<(usize, i64)>) -> Look {
        let place = known.place;
        let Some(cost) = self.tiny_cost(place) else {
            return Look::Unaffordable;
        };
        let slack = self.slack(place);
        let mut price = known.floor;
        loop {
            let sums = self.sums(place, price);
            if sums.all + slack < cost {
                return Look::Unaffordable;
            }
            if sums.all - slack < cost || sums.full == 0 {
                return Look::Close;
            }
            let next = (cost - sums.under) / sums.full;
            let margin = slack / sums.full + 1;
            if next <= price {
                known.floor = price;
                let low = price - margin;
                // Those who still pay in full a little higher keep the sum rising.
                let reach = 2 * margin + 3;
                let above = self.sums(place, price.saturating_add(reach));
                let high = if above.full > sums.full / 2 {
                    price.saturating_add(reach)
                } else {
                    i64::MAX
                };
                return Look::Found(Estimate { place, low, high });
            }
            price = next;
            known.floor = price;
            // The bound may itself be high by its error.
            let low = price - margin;
            if limit.is_some_and(|limit| self.order((place, low), limit).is_gt()) {
                return Look::Above;
            }
        }
    }

    /// The cheapest affordable project; takes out of `open` what is not affordable any more.
    pub(super) fn cheapest(&self, open: &mut Vec<Price>, hint: Option<usize>) -> Option<Best> {
        let per = |price: &Price| (price.place, price.floor);
        let hinted = |one: &Price| hint == Some(one.place);
        open.sort_by(|one, other| {
            let first = hinted(other).cmp(&hinted(one));
            first.then_with(|| self.order(per(one), per(other)))
        });
        let mut best: Option<(Estimate, Option<Exact>)> = None;
        let mut tied = 0_u64;
        let mut gone = Vec::new();
        for known in open.iter_mut() {
            let limit = best.as_ref().map(|(one, _)| (one.place, one.high));
            // Floors are estimates too: what lies within their error is still looked at.
            let floor = known.floor.saturating_sub(self.slack(known.place) + 1);
            if limit.is_some_and(|limit| self.order((known.place, floor), limit).is_gt()) {
                continue;
            }
            let place = known.place;
            let (estimate, mut exact) = match self.look(known, limit) {
                Look::Unaffordable => {
                    gone.push(place);
                    continue;
                }
                Look::Above => continue,
                Look::Found(estimate) => (estimate, None),
                Look::Close => match self.exact(place, None) {
                    Some(exact) => (self.around(place, &exact), Some(exact)),
                    None => {
                        gone.push(place);
                        continue;
                    }
                },
            };
            let Some((leader, leader_exact)) = &mut best else {
                best = Some((estimate, exact));
                continue;
            };
            if self
                .order((place, estimate.low), (leader.place, leader.high))
                .is_gt()
            {
                continue;
            }
            let order = if self
                .order((place, estimate.high), (leader.place, leader.low))
                .is_lt()
            {
                Ordering::Less
            } else {
                // Affordable beyond doubt, both of them: `exact` has an answer.
                let (Some(mine), Some(theirs)) = (
                    exact.take().or_else(|| self.exact(place, Some(&estimate))),
                    leader_exact
                        .take()
                        .or_else(|| self.exact(leader.place, Some(leader))),
                ) else {
                    continue;
                };
                let order = self.exact_order((place, &mine), (leader.place, &theirs));
                exact = Some(mine);
                *leader_exact = Some(theirs);
                order
            };
            match order {
                Ordering::Less => tied = 0,
                Ordering::Equal => tied += 1,
                Ordering::Greater => {}
            }
            let wins_tie = self.ledger.ties[place] < self.ledger.ties[leader.place];
            if order.is_lt() || (order.is_eq() && wins_tie) {
                best = Some((estimate, exact));
            }
        }
        open.retain(|one| !gone.contains(&one.place));
        let (estimate, exact) = best?;
        let exact = exact.or_else(|| self.exact(estimate.place, Some(&estimate)))?;
        let place = estimate.place;
        Some(Best { place, exact, tied })
    }

    /// Twice what the sum of all supporters' money is off at most: once for the sum itself, once
    /// because a purse that was a little below nothing counts as nothing once it is spent.
    fn slack(&self, place: usize) -> i64 {
        let votes = i64::try_from(self.ledger.votes[place]).unwrap_or(i64::MAX);
        votes.saturating_mul(self.error()).saturating_mul(2)
    }

    /// The estimate that an exact price gives.
    fn around(&self, place: usize, exact: &Exact) -> Estimate {
        let tiny = self.tiny_price(exact);
        Estimate {
            place,
            low: tiny,
            high: tiny.saturating_add(1),
        }
    }

    /// The exact prices of all affordable projects, the cheapest first.
    pub(super) fn standings(&self, open: &[Price]) -> Vec<(usize, Option<Ratio>)> {
        let mut found: Vec<(usize, Exact)> = open
            .iter()
            .filter_map(|one| Some((one.place, self.exact(one.place, None)?)))
            .collect();
        found.sort_by(|(one, mine), (other, theirs)| {
            let order = self.exact_order((*one, mine), (*other, theirs));
            order.then_with(|| self.ledger.ties[*one].cmp(&self.ledger.ties[*other]))
        });
        found
            .into_iter()
            .map(|(place, exact)| (place, self.ratio(&exact)))
            .collect()
    }
}
