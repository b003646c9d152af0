//! The Method of Equal Shares for one endowment, exactly.
//!
//! Sources: Peters, Pierczyński and Skowron, "Proportional Participatory Budgeting with Additive
//! Utilities" (NeurIPS 2021); the rule as equalshares.net publishes it.
//!
//! Every voter gets the endowment. A project is affordable if its supporters together have its
//! cost. Its price is the smallest `rho` at which `min(money, rho * utility)` over its supporters
//! adds up to the cost. The affordable project with the smallest price (per cost, for cost utility)
//! is chosen and paid for, until none is affordable.
//!
//! **How it stays both exact and fast.** All decisions are first made in whole numbers of a tiny
//! unit, `2^-shift`, with a bound on the error; a decision inside the bound is made again in exact
//! fractions ([`exact`]). What a voter has left is the endowment less the prices of what they paid
//! in full, or nothing, so a sum over voters is a few counts times a few prices. Prices are kept
//! over nested denominators: each purchase multiplies the denominator by the number of those who
//! pay in full. Only a price is ever rounded to the tiny unit, once, from its exact value, so that
//! the error of a voter's money never exceeds one unit for each purchase.
//!
//! Prices only rise within a run, so an old price is a bound below the new one: projects are
//! looked at in the order of their bounds, and no further than the best found (as the published
//! calculator does).

#![allow(
    clippy::indexing_slicing,
    reason = "places, kinds and rounds are indices into tables that one constructor makes"
)]

mod exact;
mod price;

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::election::Election;
use super::rule::{BudgetRule, Utility};
use crate::ratio::Ratio;
use exact::Exact;
use price::Price;

/// No round.
const NEVER: u32 = u32::MAX;
/// The money of all voters, in the tiny unit, stays below `2^MONEY_BITS`.
const MONEY_BITS: u64 = 60;

/// A kind of ballot among the supporters of a project.
#[derive(Clone, Copy, Debug)]
struct Share {
    kind: u32,
    utility: u32,
    voters: u32,
}

/// Ballots as the runs read them.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Cost utility: prices are compared per cost.
    per_cost: bool,
    /// All utilities are one.
    unit: bool,
    /// The largest utility.
    largest: u32,
    costs: Vec<u64>,
    ties: Vec<usize>,
    supporters: Vec<Vec<Share>>,
    /// All utility of a project's supporters.
    utility: Vec<u64>,
    /// How many support it.
    votes: Vec<u64>,
    /// Where each kind's purchases begin in the list of all.
    offsets: Vec<u32>,
    /// Projects and utilities of each kind.
    approvals: Vec<Vec<(u32, u32)>>,
    kinds: usize,
    /// Total of voters.
    voters: u64,
}

/// A chosen project and what its supporters paid: `over / (under before it * utility)`.
#[derive(Clone, Debug)]
pub(super) struct Purchase {
    pub(super) place: usize,
    pub(super) over: BigInt,
    /// Utility of those who pay in full.
    pub(super) utility: u64,
    /// Exactly as strong projects that lost the tie.
    pub(super) tied: u64,
    /// Prices of all open projects when it was chosen, where a trace was asked for.
    pub(super) standings: Vec<(usize, Option<Ratio>)>,
}

/// One run of the method.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) purchases: Vec<Purchase>,
    pub(super) spent: u64,
    /// Whether somebody had less than the full price of something that was chosen.
    pub(super) uneven: bool,
    /// Exact money of the supporters of each project at the end, where a trace was asked for.
    pub(super) had: Vec<Ratio>,
}

impl Run {
    /// The price of each purchase, in money per unit of utility.
    pub(super) fn prices(&self, endowment: &Ratio) -> Vec<Ratio> {
        let mut under = endowment.denominator().clone();
        let mut prices = Vec::with_capacity(self.purchases.len());
        for purchase in &self.purchases {
            if purchase.utility == 0 {
                prices.push(Ratio::zero());
                continue;
            }
            under *= purchase.utility;
            let price = Ratio::new(purchase.over.clone(), under.clone());
            prices.push(price.unwrap_or_else(Ratio::zero));
        }
        prices
    }

    pub(super) fn chose(&self, place: usize) -> bool {
        self.purchases.iter().any(|one| one.place == place)
    }
}

impl Ledger {
    pub(super) fn new(election: &Election, rule: &BudgetRule) -> Self {
        let projects = election.projects().len();
        let points = rule.utility == Utility::Points;
        let mut kinds: Vec<(Vec<(u32, u32)>, u64)> = election
            .ballots()
            .iter()
            .map(|(choices, voters)| {
                let read = choices
                    .iter()
                    .map(|one| (one.project, if points { one.points } else { 1 }));
                (read.collect(), *voters)
            })
            .collect();
        // Ballots that differ only in points are one kind where points do not count.
        kinds.sort();
        kinds.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = earlier.1.saturating_add(later.1);
            }
            same
        });
        let mut ledger = Self {
            per_cost: rule.utility == Utility::Cost,
            unit: kinds
                .iter()
                .all(|(list, _)| list.iter().all(|one| one.1 == 1)),
            largest: kinds
                .iter()
                .flat_map(|(list, _)| list.iter().map(|one| one.1))
                .max()
                .unwrap_or(1),
            costs: election.projects().iter().map(|one| one.cost).collect(),
            ties: election.tie_places(&rule.tie, &rule.seed),
            supporters: vec![Vec::new(); projects],
            utility: vec![0; projects],
            votes: (0..projects).map(|place| election.votes(place)).collect(),
            offsets: Vec::with_capacity(kinds.len()),
            approvals: Vec::with_capacity(kinds.len()),
            kinds: kinds.len(),
            voters: election.voters(),
        };
        let mut offset = 0_u32;
        for (kind, (list, voters)) in (0_u32..).zip(kinds) {
            ledger.offsets.push(offset);
            offset = offset.saturating_add(u32::try_from(list.len()).unwrap_or(u32::MAX));
            for &(project, utility) in &list {
                let place = project as usize;
                ledger.supporters[place].push(Share {
                    kind,
                    utility,
                    voters: u32::try_from(voters).unwrap_or(u32::MAX),
                });
                ledger.utility[place] += voters * u64::from(utility);
            }
            ledger.approvals.push(list);
        }
        ledger.offsets.push(offset);
        ledger
    }

    /// How many support the project at `place`.
    pub(super) fn votes(&self, place: usize) -> u64 {
        self.votes[place]
    }

    /// What it costs.
    pub(super) fn cost(&self, place: usize) -> u64 {
        self.costs[place]
    }

    /// The places of projects that somebody supports.
    pub(super) fn supported(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.costs.len()).filter(|place| self.votes[*place] > 0)
    }

    /// The projects on each kind of ballot, and how many cast it.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Vec<usize>, u64)> + '_ {
        let mut voters = vec![0_u64; self.kinds];
        for share in self.supporters.iter().flatten() {
            voters[share.kind as usize] = u64::from(share.voters);
        }
        let named: u64 = voters.iter().sum();
        self.approvals.iter().zip(voters).map(move |(list, count)| {
            let places = list.iter().map(|one| one.0 as usize).collect();
            // The empty ballot is nobody's supporter.
            let count = if list.is_empty() {
                self.voters - named
            } else {
                count
            };
            (places, count)
        })
    }
}

/// What changes during a run.
pub(super) struct State<'a> {
    ledger: &'a Ledger,
    endowment: &'a Ratio,
    shift: u64,
    /// Money of each kind in the tiny unit, never more than one unit a purchase off.
    money: Vec<i64>,
    /// Kinds that have exactly nothing.
    spent: Vec<bool>,
    /// In which rounds each kind paid in full, and for what utility.
    paid: Vec<(u32, u32)>,
    paid_count: Vec<u32>,
    purchases: Vec<Purchase>,
    /// The exact denominator now.
    under: BigInt,
    uneven: bool,
}

impl<'a> State<'a> {
    fn new(ledger: &'a Ledger, endowment: &'a Ratio) -> Self {
        let total = Ratio::from(ledger.voters);
        let bits = (&total * endowment).ceil().bits();
        let shift = MONEY_BITS.saturating_sub(bits);
        let tiny: BigInt = (endowment.numerator() << shift) / endowment.denominator();
        let tiny = tiny.to_i64().unwrap_or(0);
        let entries = ledger.offsets.last().copied().unwrap_or(0) as usize;
        Self {
            ledger,
            endowment,
            shift,
            money: vec![tiny; ledger.kinds],
            spent: vec![endowment.is_zero(); ledger.kinds],
            paid: vec![(NEVER, 0); entries],
            paid_count: vec![0; ledger.kinds],
            purchases: Vec::new(),
            under: endowment.denominator().clone(),
            uneven: false,
        }
    }

    /// The most that a kind's money in the tiny unit is off.
    fn error(&self) -> i64 {
        i64::try_from(self.purchases.len()).unwrap_or(i64::MAX / 2) + 2
    }

    /// The cost in the tiny unit; `None` if it is above all money there is.
    fn tiny_cost(&self, place: usize) -> Option<i64> {
        let cost = u128::from(self.ledger.costs[place]) << self.shift;
        i64::try_from(cost).ok().filter(|tiny| *tiny < 1 << 61)
    }

    /// The rounds in which a kind paid in full, and what each was worth to it.
    fn rounds_of(&self, kind: usize) -> &[(u32, u32)] {
        let from = self.ledger.offsets[kind] as usize;
        &self.paid[from..from + self.paid_count[kind] as usize]
    }

    /// Takes the exact `price` of `place` from its supporters.
    fn pay(&mut self, place: usize, price: &Exact) {
        let ledger = self.ledger;
        let tiny = self.tiny_price(price);
        let round = u32::try_from(self.purchases.len()).unwrap_or(NEVER);
        let charge = self.charge(price);
        let mut ends = Vec::new();
        for share in &ledger.supporters[place] {
            let kind = share.kind as usize;
            if self.spent[kind] {
                self.uneven = true;
                continue;
            }
            match self.compare(kind, share.utility, price, tiny) {
                std::cmp::Ordering::Greater => {}
                order => {
                    self.uneven |= order.is_lt();
                    ends.push(kind);
                    continue;
                }
            }
            let pays = charge.on(share.utility);
            self.money[kind] -= pays;
            let at = ledger.offsets[kind] + self.paid_count[kind];
            self.paid[at as usize] = (round, share.utility);
            self.paid_count[kind] += 1;
        }
        for kind in ends {
            self.money[kind] = 0;
            self.spent[kind] = true;
        }
        self.under = charge.under;
    }
}

impl Ledger {
    /// Runs the method once. With `trace`, the exact prices of all open projects are kept for
    /// every round, and what the supporters of each project have at the end.
    pub(super) fn run(&self, endowment: &Ratio, trace: bool) -> Run {
        self.state_after(endowment, trace, &[]).1
    }

    /// The same as an untraced run, found sooner where it goes much as the run `before` did.
    pub(super) fn run_after(&self, endowment: &Ratio, before: &Run) -> Run {
        let bought = before.purchases.iter().filter(|one| one.utility > 0);
        let hints: Vec<usize> = bought.map(|one| one.place).collect();
        self.state_after(endowment, false, &hints).1
    }

    /// What each kind of ballot has after a run, exactly.
    pub(super) fn left(&self, endowment: &Ratio) -> Vec<Ratio> {
        self.state_after(endowment, false, &[]).0.left()
    }

    /// Runs; in each round the project that `hints` has for it is looked at first, which changes
    /// nothing but the time.
    fn state_after<'a>(
        &'a self,
        endowment: &'a Ratio,
        trace: bool,
        hints: &[usize],
    ) -> (State<'a>, Run) {
        let mut state = State::new(self, endowment);
        let mut spent = 0_u64;
        let mut run_standings = Vec::new();
        let mut free: Vec<usize> = self
            .supported()
            .filter(|one| self.costs[*one] == 0)
            .collect();
        free.sort_by_key(|place| self.ties[*place]);
        let mut open: Vec<Price> = self
            .supported()
            .filter(|place| self.costs[*place] > 0)
            .map(|place| Price::new(&state, place))
            .collect();
        loop {
            let hint = hints.get(state.purchases.len()).copied();
            let Some(best) = state.cheapest(&mut open, hint) else {
                break;
            };
            let standings = if trace {
                state.standings(&open)
            } else {
                Vec::new()
            };
            run_standings.push(standings);
            state.pay(best.place, &best.exact);
            spent = spent.saturating_add(self.costs[best.place]);
            state.purchases.push(Purchase {
                place: best.place,
                over: best.exact.over,
                utility: best.exact.utility,
                tied: best.tied,
                standings: Vec::new(),
            });
            open.retain(|one| one.place != best.place);
        }
        let had = if trace { state.had() } else { Vec::new() };
        let mut purchases: Vec<Purchase> = free
            .into_iter()
            .map(|place| Purchase {
                place,
                over: BigInt::zero(),
                utility: 0,
                tied: 0,
                standings: Vec::new(),
            })
            .collect();
        for (purchase, standings) in state.purchases.iter().zip(run_standings) {
            purchases.push(Purchase {
                standings,
                ..purchase.clone()
            });
        }
        let run = Run {
            purchases,
            spent,
            uneven: state.uneven,
            had,
        };
        (state, run)
    }
}

/// The project that a round chooses.
struct Best {
    place: usize,
    exact: Exact,
    tied: u64,
}

#[cfg(test)]
mod tests;
