//! Prices and purses in exact fractions, from counts of who paid what.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::price::Estimate;
use super::{BigInt, One, Ratio, Signed, State, ToPrimitive, Zero};

/// A price: `over / (denominator now * utility)`.
#[derive(Clone, Debug)]
pub(super) struct Exact {
    pub(super) over: BigInt,
    /// Utility of those who pay in full.
    pub(super) utility: u64,
}

/// What a price takes from purses, each time rounded down to the tiny unit.
pub(super) struct Charge {
    /// The exact price per unit of utility over `under`, in the tiny unit.
    over: BigInt,
    /// The denominator once the price is paid.
    pub(super) under: BigInt,
    /// The same price, cut to the tiny unit's 2^-64; `None` where it is too large for that.
    fine: Option<u128>,
}

impl Charge {
    /// What is paid for `utility`.
    ///
    /// Utilities may all differ, so one division serves them all. Its cut is less than `utility` of
    /// the last places; only where so little could carry into the tiny unit is it divided again.
    pub(super) fn on(&self, utility: u32) -> i64 {
        let wide = self
            .fine
            .and_then(|fine| fine.checked_mul(u128::from(utility)))
            .filter(|wide| {
                let part = wide & u128::from(u64::MAX);
                part + u128::from(utility) <= u128::from(u64::MAX)
            });
        wide.and_then(|wide| i64::try_from(wide >> 64).ok())
            .unwrap_or_else(|| {
                let exact: BigInt = (&self.over * utility) / &self.under;
                exact.to_i64().unwrap_or(0)
            })
    }
}

/// Counts over some kinds of ballot: how many there are, and how much utility they paid for in
/// each round.
struct Counts {
    voters: u64,
    rounds: Vec<u64>,
}

impl Counts {
    fn add(&mut self, state: &State<'_>, kind: usize, voters: u64) {
        if state.spent[kind] {
            return;
        }
        self.voters += voters;
        for &(round, utility) in state.rounds_of(kind) {
            self.rounds[round as usize] += voters * u64::from(utility);
        }
    }
}

impl State<'_> {
    /// `start` over the first denominator, less and plus the prices paid, over the present one.
    fn horner(&self, start: BigInt, rounds: &[u64], back: bool) -> BigInt {
        let mut sum = start;
        for (purchase, count) in self.purchases.iter().zip(rounds) {
            sum *= purchase.utility;
            if *count > 0 {
                let paid = &purchase.over * *count;
                if back {
                    sum += paid;
                } else {
                    sum -= paid;
                }
            }
        }
        sum
    }

    /// What a kind has, over the present denominator.
    fn purse(&self, kind: usize) -> BigInt {
        if self.spent[kind] {
            return BigInt::zero();
        }
        let mut counts = Counts {
            voters: 0,
            rounds: vec![0; self.purchases.len()],
        };
        counts.add(self, kind, 1);
        self.horner(self.endowment.numerator().clone(), &counts.rounds, false)
    }

    /// The exact price of a project; `None` if it is not affordable. An estimate saves work.
    pub(super) fn exact(&self, place: usize, estimate: Option<&Estimate>) -> Option<Exact> {
        let ledger = self.ledger;
        let mut counts = Counts {
            voters: 0,
            rounds: vec![0; self.purchases.len()],
        };
        // Those known to pay less than the price; the rest is looked at again for each bound.
        let mut full = ledger.utility[place];
        let mut rest = Vec::new();
        let (low, high) = estimate.map_or((0, i64::MAX), |one| (one.low, one.high));
        let error = i128::from(self.error());
        for share in &ledger.supporters[place] {
            let kind = share.kind as usize;
            let money = i128::from(self.money[kind]);
            let less =
                self.spent[kind] || money + error < i128::from(low) * i128::from(share.utility);
            if less {
                let voters = u64::from(share.voters);
                counts.add(self, kind, voters);
                full -= voters * u64::from(share.utility);
            } else if money - error <= i128::from(high) * i128::from(share.utility) {
                rest.push(*share);
            }
        }
        let mut purses: BTreeMap<Vec<(u32, u32)>, BigInt> = BTreeMap::new();
        loop {
            if full == 0 {
                return None;
            }
            let start = BigInt::from(ledger.costs[place]) * self.endowment.denominator()
                - self.endowment.numerator() * counts.voters;
            let exact = Exact {
                over: self.horner(start, &counts.rounds, true),
                utility: full,
            };
            if !exact.over.is_positive() {
                // Those who pay less than the price would pay for it all: the price is not above
                // anybody's money after all, which only a wrong bound could bring about.
                return None;
            }
            let tiny = self.tiny_price(&exact);
            let mut again = false;
            rest.retain(|share| {
                let kind = share.kind as usize;
                let price = i128::from(tiny) * i128::from(share.utility);
                let money = i128::from(self.money[kind]);
                let less = if money + error < price {
                    true
                } else if money - error > price + i128::from(share.utility) {
                    false
                } else {
                    let history = self.rounds_of(kind).to_vec();
                    let purse = purses.entry(history).or_insert_with(|| self.purse(kind));
                    &*purse * exact.utility < &exact.over * share.utility
                };
                if less {
                    again = true;
                    let voters = u64::from(share.voters);
                    counts.add(self, kind, voters);
                    full -= voters * u64::from(share.utility);
                }
                !less
            });
            if !again {
                return Some(exact);
            }
        }
    }

    /// A price rounded down to the tiny unit.
    pub(super) fn tiny_price(&self, exact: &Exact) -> i64 {
        let under = &self.under * exact.utility;
        let tiny: BigInt = (&exact.over << self.shift) / under;
        tiny.to_i64().unwrap_or(i64::MAX)
    }

    /// What `price` takes from those who pay it in full.
    pub(super) fn charge(&self, price: &Exact) -> Charge {
        let under = &self.under * price.utility;
        let over: BigInt = &price.over << self.shift;
        let fine: BigInt = (&over << 64_u32) / &under;
        Charge {
            fine: fine.to_u128(),
            over,
            under,
        }
    }

    /// A kind's money against the exact price of something worth `utility` to it.
    pub(super) fn compare(&self, kind: usize, utility: u32, price: &Exact, tiny: i64) -> Ordering {
        let money = i128::from(self.money[kind]);
        let full = i128::from(tiny) * i128::from(utility);
        let error = i128::from(self.error()) + i128::from(utility);
        if money - error > full {
            return Ordering::Greater;
        }
        if money + error < full {
            return Ordering::Less;
        }
        (self.purse(kind) * price.utility).cmp(&(&price.over * utility))
    }

    /// Two exact prices as the rule compares them.
    pub(super) fn exact_order(&self, one: (usize, &Exact), other: (usize, &Exact)) -> Ordering {
        let costs = &self.ledger.costs;
        let (mut left, mut right) = (&one.1.over * other.1.utility, &other.1.over * one.1.utility);
        if self.ledger.per_cost {
            left *= costs[other.0];
            right *= costs[one.0];
        }
        left.cmp(&right)
    }

    /// A price as a fraction.
    pub(super) fn ratio(&self, exact: &Exact) -> Option<Ratio> {
        Ratio::new(exact.over.clone(), &self.under * exact.utility)
    }

    /// What the supporters of each project have together.
    pub(super) fn had(&self) -> Vec<Ratio> {
        let supporters = self.ledger.supporters.iter();
        let had = supporters.map(|shares| {
            let mut counts = Counts {
                voters: 0,
                rounds: vec![0; self.purchases.len()],
            };
            for share in shares {
                counts.add(self, share.kind as usize, u64::from(share.voters));
            }
            let start = self.endowment.numerator() * counts.voters;
            let sum = self.horner(start, &counts.rounds, false);
            Ratio::new(sum, self.under.clone()).unwrap_or_else(Ratio::zero)
        });
        had.collect()
    }

    /// What each kind has at the end.
    pub(super) fn left(&self) -> Vec<Ratio> {
        let mut known: BTreeMap<Vec<(u32, u32)>, Ratio> = BTreeMap::new();
        let kinds = 0..self.money.len();
        kinds
            .map(|kind| {
                if self.spent[kind] {
                    return Ratio::zero();
                }
                let history = self.rounds_of(kind).to_vec();
                let purse = || {
                    let under = self.under.clone().max(BigInt::one());
                    Ratio::new(self.purse(kind), under).unwrap_or_else(Ratio::zero)
                };
                known.entry(history).or_insert_with(purse).clone()
            })
            .collect()
    }
}
