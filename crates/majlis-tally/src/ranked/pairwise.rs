//! Every candidate against every other; minimax; and the status quo.

#![allow(
    clippy::indexing_slicing,
    reason = "candidates are indices into tables of their number"
)]

use super::outcome::{Contest, Event, RankedOutcome};
use super::{RankedElection, RankedRule};
use crate::ratio::Ratio;

/// How many rank one candidate above another.
pub(super) struct Pairs {
    size: usize,
    above: Vec<u64>,
}

impl Pairs {
    pub(super) fn of(election: &RankedElection) -> Self {
        let size = election.candidates().len();
        let mut above = vec![0_u64; size * size];
        let mut ranks = vec![usize::MAX; size];
        for (ranking, count) in election.ballots() {
            ranks.fill(usize::MAX);
            for (rank, group) in ranking.iter().enumerate() {
                for one in group {
                    ranks[*one as usize] = rank;
                }
            }
            for one in ranking.iter().flatten() {
                let one = *one as usize;
                let row = &mut above[one * size..(one + 1) * size];
                for (slot, rank) in row.iter_mut().zip(&ranks) {
                    if ranks[one] < *rank {
                        *slot += count;
                    }
                }
            }
        }
        Self { size, above }
    }

    /// How many rank `one` above `other`.
    pub(super) fn above(&self, one: usize, other: usize) -> u64 {
        self.above[one * self.size + other]
    }

    /// All pairs, in the order of ids.
    pub(super) fn contests(&self, election: &RankedElection) -> Vec<Contest> {
        let mut found = Vec::new();
        for one in 0..self.size {
            for other in one + 1..self.size {
                found.push(Contest {
                    one: election.id(one),
                    other: election.id(other),
                    for_one: self.above(one, other),
                    for_other: self.above(other, one),
                });
            }
        }
        found
    }
}

/// Candidates in groups of equals, the best first, and each group in the order of the tie rule.
pub(super) fn grouped<K: Ord>(
    election: &RankedElection,
    rule: &RankedRule,
    key: impl Fn(usize) -> K,
) -> Vec<Vec<usize>> {
    let ties = election.tie_places(&rule.tie, &rule.seed);
    let mut places: Vec<usize> = (0..election.candidates().len()).collect();
    places.sort_by(|one, other| {
        key(*one)
            .cmp(&key(*other))
            .then(ties[*one].cmp(&ties[*other]))
    });
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for place in places {
        match groups.last_mut() {
            Some(group) if key(group[0]) == key(place) => group.push(place),
            _ => groups.push(vec![place]),
        }
    }
    groups
}

/// Takes the winner from the order, with the tie rule and the status quo.
///
/// Source for the status quo: LiquidFeedback puts it on every ballot; a winner must be ranked above
/// it by more voters than below it.
pub(super) fn decide(
    election: &RankedElection,
    rule: &RankedRule,
    pairs: &Pairs,
    groups: &[Vec<usize>],
    outcome: &mut RankedOutcome,
) {
    outcome.order = groups
        .iter()
        .map(|group| group.iter().map(|place| election.id(*place)).collect())
        .collect();
    let quo = rule.status_quo.as_deref().and_then(|id| election.place(id));
    for group in groups {
        let mut may_win = Vec::new();
        for &place in group {
            let Some(quo) = quo.filter(|quo| *quo != place) else {
                may_win.push(place);
                continue;
            };
            let (above, below) = (pairs.above(place, quo), pairs.above(quo, place));
            if above > below {
                may_win.push(place);
            } else {
                let id = election.id(place);
                outcome
                    .log
                    .push(Event::DoesNotBeatStatusQuo { id, above, below });
            }
        }
        // Equal to the status quo is not better than it.
        if let Some(quo) = quo.filter(|quo| may_win.contains(quo)) {
            may_win.retain(|place| *place != quo);
            may_win.push(quo);
            if may_win.len() == 1 {
                outcome.winners = vec![election.id(quo)];
                return;
            }
            may_win.pop();
        }
        let Some(&first) = may_win.first() else {
            continue;
        };
        if may_win.len() > 1 {
            outcome.log.push(Event::Tie {
                among: may_win.iter().map(|place| election.id(*place)).collect(),
                picked: election.id(first),
            });
        }
        outcome.winners = vec![election.id(first)];
        return;
    }
}

/// Minimax by winning votes: the worst defeat is the most votes that any other has against a
/// candidate in a pair that it loses. Sources: Simpson (1969), Kramer (1977).
pub(super) fn minimax(election: &RankedElection, rule: &RankedRule) -> RankedOutcome {
    let pairs = Pairs::of(election);
    let size = election.candidates().len();
    let worst = |one: usize| {
        let others = (0..size).filter(|other| pairs.above(*other, one) > pairs.above(one, *other));
        others
            .map(|other| pairs.above(other, one))
            .max()
            .unwrap_or(0)
    };
    let mut outcome = RankedOutcome::empty(election, rule);
    outcome.contests = pairs.contests(election);
    outcome.scores = (0..size)
        .map(|place| (election.id(place), Ratio::from(worst(place))))
        .collect();
    let groups = grouped(election, rule, worst);
    decide(election, rule, &pairs, &groups, &mut outcome);
    outcome
}
