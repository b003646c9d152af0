//! Sequential Phragmén: voters earn money at the same speed; as soon as the supporters of a
//! project together have its cost they buy it and are left with nothing. The count ends at the
//! first project whose turn comes and that does not fit the budget.
//!
//! Source: Los, Christoff and Grossi, "Proportional Budget Allocations: Towards a Systematization"
//! (IJCAI 2022), after Phragmén (1894). Tied projects of which one does not fit end the count, as in
//! the reference library; projects dearer than the whole budget do not take part.
//!
//! Moments are kept over nested denominators: each purchase multiplies the denominator by its
//! number of supporters, so that sums are one Horner scheme over whole numbers.

use num_bigint::BigInt;
use num_traits::{One, Zero};

use super::election::Election;
use super::outcome::{How, Lack, Outcome, Round, Standing};
use super::rule::BudgetRule;
use crate::ratio::Ratio;

/// A moment at which a purchase happens: `over / (under * voters)`.
struct Moment {
    over: BigInt,
    voters: u64,
}

struct Clock {
    /// Numerators of past moments and what each multiplied the denominator by.
    past: Vec<Moment>,
    under: BigInt,
}

impl Clock {
    /// When `voters` can pay `cost`, if `spent` of them say at which past moments they last paid.
    fn moment(&self, cost: u64, voters: u64, spent: &[u64]) -> Moment {
        let mut over = BigInt::from(cost);
        for (past, count) in self.past.iter().zip(spent) {
            over *= past.voters;
            if *count > 0 {
                over += &past.over * *count;
            }
        }
        Moment { over, voters }
    }

    fn ratio(&self, moment: &Moment) -> Option<Ratio> {
        Ratio::new(moment.over.clone(), &self.under * moment.voters)
    }
}

pub(super) fn count(election: &Election, rule: &BudgetRule) -> Outcome {
    let mut outcome = Outcome::empty(election, rule);
    let ties = election.tie_places(&rule.tie, &rule.seed);
    let budget = election.budget();
    let mut open: Vec<usize> = (0..election.projects().len())
        .filter(|&place| election.votes(place) > 0 && election.cost(place) <= budget)
        .collect();
    open.sort_by_key(|&place| ties.get(place).copied());
    // When each kind of ballot last paid: the number of the purchase.
    let mut paid: Vec<Option<usize>> = vec![None; election.ballots().len()];
    let mut clock = Clock {
        past: Vec::new(),
        under: BigInt::one(),
    };
    let mut supporters: Vec<Vec<(usize, u64)>> = vec![Vec::new(); election.projects().len()];
    for (kind, (choices, voters)) in election.ballots().iter().enumerate() {
        for choice in choices {
            if let Some(list) = supporters.get_mut(choice.project as usize) {
                list.push((kind, *voters));
            }
        }
    }
    let mut stopped = None;
    while !open.is_empty() {
        let mut moments: Vec<(usize, Moment)> = Vec::with_capacity(open.len());
        for &place in &open {
            let mut spent = vec![0_u64; clock.past.len()];
            for (kind, voters) in supporters.get(place).into_iter().flatten() {
                if let Some(slot) = paid
                    .get(*kind)
                    .copied()
                    .flatten()
                    .and_then(|at| spent.get_mut(at))
                {
                    *slot = slot.saturating_add(*voters);
                }
            }
            let votes = election.votes(place);
            moments.push((place, clock.moment(election.cost(place), votes, &spent)));
        }
        let sooner = |one: &Moment, other: &Moment| {
            (&one.over * other.voters).cmp(&(&other.over * one.voters))
        };
        // `open` is in the order of ties, so a stable sort leaves the winner of the tie first.
        moments.sort_by(|(_, one), (_, other)| sooner(one, other));
        let standings = moments.iter().filter_map(|(place, moment)| {
            Some(Standing {
                id: election.projects().get(*place)?.id.clone(),
                strength: clock.ratio(moment),
            })
        });
        let standings: Vec<Standing> = standings.collect();
        let Some((first, moment)) = moments.first() else {
            break;
        };
        let first = *first;
        let tied: Vec<usize> = moments
            .iter()
            .take_while(|(_, other)| sooner(moment, other).is_eq())
            .map(|(place, _)| *place)
            .collect();
        let fits = |place: &usize| outcome.spent.saturating_add(election.cost(*place)) <= budget;
        if let Some(place) = tied.iter().find(|place| !fits(place)) {
            stopped = election.projects().get(*place).map(|one| one.id.clone());
            break;
        }
        outcome.rounds.push(Round {
            chosen: standings
                .first()
                .map(|one| one.id.clone())
                .unwrap_or_default(),
            tied: u64::try_from(tied.len().saturating_sub(1)).unwrap_or(u64::MAX),
            standings,
        });
        outcome.fund(election, first, How::Method);
        open.retain(|place| *place != first);
        for (kind, _) in supporters.get(first).into_iter().flatten() {
            if let Some(slot) = paid.get_mut(*kind) {
                *slot = Some(clock.past.len());
            }
        }
        let (_, moment) = moments.swap_remove(0);
        clock.under *= moment.voters;
        clock.past.push(moment);
    }
    let spent = outcome.spent;
    outcome.list_losers(election, |place| {
        let missing = spent
            .saturating_add(election.cost(place))
            .saturating_sub(budget);
        match &stopped {
            Some(before) if missing == 0 => Lack::Stopped {
                before: before.clone(),
            },
            _ => Lack::Budget { missing },
        }
    });
    debug_assert!(!clock.under.is_zero());
    outcome
}
