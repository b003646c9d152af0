//! Borda: each ballot gives a candidate as many points as it ranks others below, and half a point
//! for each that it ranks equal (those it leaves out are equal last). Source: Borda (1784), with
//! ties averaged as by Black (1976).

use super::outcome::RankedOutcome;
use super::pairwise::{Pairs, decide, grouped};
use super::{RankedElection, RankedRule};
use crate::ratio::Ratio;

pub(super) fn count(election: &RankedElection, rule: &RankedRule) -> RankedOutcome {
    let pairs = Pairs::of(election);
    let size = election.candidates().len();
    // Twice the points: others below count two, equals one, those above nothing.
    let twice = |one: usize| -> u64 {
        let others = (0..size).filter(|other| *other != one);
        others
            .map(|other| {
                let (above, below) = (pairs.above(one, other), pairs.above(other, one));
                let equal = election
                    .voters()
                    .saturating_sub(above)
                    .saturating_sub(below);
                above.saturating_mul(2).saturating_add(equal)
            })
            .fold(0, u64::saturating_add)
    };
    let mut outcome = RankedOutcome::empty(election, rule);
    outcome.contests = pairs.contests(election);
    outcome.scores = (0..size)
        .map(|place| {
            let points = Ratio::new(twice(place), 2).unwrap_or_else(Ratio::zero);
            (election.id(place), points)
        })
        .collect();
    let groups = grouped(election, rule, |place| std::cmp::Reverse(twice(place)));
    decide(election, rule, &pairs, &groups, &mut outcome);
    outcome
}
