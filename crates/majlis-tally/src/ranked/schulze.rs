//! The Schulze method: a candidate is above another if the strongest path of majorities to it is
//! stronger than the one back.
//!
//! Source: Schulze, "A new monotonic, clone-independent, reversal symmetric, and
//! Condorcet-consistent single-winner election method" (2011). A majority is as strong as its votes,
//! and among equals the one with fewer votes against. Who is not ranked is below all who are.

#![allow(
    clippy::indexing_slicing,
    reason = "candidates are indices into tables of their number"
)]

use std::cmp::Reverse;

use super::outcome::{PathStrength, RankedOutcome};
use super::pairwise::{Pairs, decide, grouped};
use super::{RankedElection, RankedRule};

/// Votes for, and the fewer against the better.
type Strength = Option<(u64, Reverse<u64>)>;

fn paths(pairs: &Pairs, size: usize) -> Vec<Strength> {
    let mut strength: Vec<Strength> = vec![None; size * size];
    for one in 0..size {
        for other in 0..size {
            let (wins, losses) = (pairs.above(one, other), pairs.above(other, one));
            if wins > losses {
                strength[one * size + other] = Some((wins, Reverse(losses)));
            }
        }
    }
    // Widest paths by the scheme of Floyd and Warshall.
    for middle in 0..size {
        for from in 0..size {
            let first = strength[from * size + middle];
            if from == middle || first.is_none() {
                continue;
            }
            for to in 0..size {
                if to == from || to == middle {
                    continue;
                }
                let weakest = first.min(strength[middle * size + to]);
                let slot = &mut strength[from * size + to];
                *slot = (*slot).max(weakest);
            }
        }
    }
    strength
}

pub(super) fn count(election: &RankedElection, rule: &RankedRule) -> RankedOutcome {
    let pairs = Pairs::of(election);
    let size = election.candidates().len();
    let strength = paths(&pairs, size);
    let mut outcome = RankedOutcome::empty(election, rule);
    outcome.contests = pairs.contests(election);
    for from in 0..size {
        for to in (0..size).filter(|to| *to != from) {
            let (wins, losses) = strength[from * size + to].map_or((0, 0), |one| (one.0, one.1.0));
            outcome.paths.push(PathStrength {
                from: election.id(from),
                to: election.id(to),
                wins,
                losses,
            });
        }
    }
    // The relation is transitive, so taking away the unbeaten again and again gives its levels.
    let mut level = vec![usize::MAX; size];
    let mut open: Vec<usize> = (0..size).collect();
    let mut next = 0;
    while !open.is_empty() {
        let beaten = |one: usize| {
            let mut others = open.iter();
            others.any(|other| strength[other * size + one] > strength[one * size + other])
        };
        let unbeaten: Vec<usize> = open.iter().copied().filter(|one| !beaten(*one)).collect();
        for &one in &unbeaten {
            level[one] = next;
        }
        open.retain(|one| !unbeaten.contains(one));
        next += 1;
    }
    let groups = grouped(election, rule, |place| level[place]);
    decide(election, rule, &pairs, &groups, &mut outcome);
    outcome
}
