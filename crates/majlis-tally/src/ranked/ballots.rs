//! Candidates and ballots that rank them, checked and in one order.

use std::collections::{BTreeMap, BTreeSet};

use crate::tie::{LotSeed, TieCandidate, TieRule, id_order};

/// The most candidates: pairwise tables grow with their square, widest paths with their cube.
pub const MAX_CANDIDATES: usize = 1_000;
/// The most ballots.
pub const MAX_BALLOTS: u64 = 1 << 40;
/// The most places that all different ballots together have.
pub const MAX_PLACES: usize = 100_000_000;

/// One ballot: places from the best; the ids of each place are equals. Who is left out is below
/// all who are named.
pub type RankedBallot = Vec<Vec<String>>;

/// Candidates and ballots.
///
/// Candidates stand in the order of their ids and equal ballots together, so elections that differ
/// only in the order of either are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedElection {
    candidates: Vec<String>,
    ballots: Vec<(Vec<Vec<u32>>, u64)>,
    voters: u64,
}

/// Why candidates and ballots are no election.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RankedError {
    /// Two candidates with one id.
    #[error("set up a ranked vote: two candidates have the id {0:?}")]
    RepeatedCandidate(String),
    /// A ballot names somebody who is no candidate.
    #[error("set up a ranked vote: ballot {ballot} names {id:?}, who is no candidate")]
    UnknownCandidate {
        /// The number of the ballot, from one.
        ballot: usize,
        /// The id.
        id: String,
    },
    /// A ballot names somebody twice.
    #[error("set up a ranked vote: ballot {ballot} names {id:?} twice")]
    RepeatedChoice {
        /// The number of the ballot, from one.
        ballot: usize,
        /// The id.
        id: String,
    },
    /// More than is counted at once.
    #[error("set up a ranked vote: more than {MAX_CANDIDATES} candidates or too many ballots")]
    TooLarge,
}

impl RankedElection {
    /// An election over `candidates`, each ballot with how many cast it.
    ///
    /// Empty places mean nothing; an empty ballot is a voter without preference.
    ///
    /// # Errors
    /// If ids repeat or are unknown, or a limit is passed.
    pub fn new(
        mut candidates: Vec<String>,
        ballots: impl IntoIterator<Item = (RankedBallot, u64)>,
    ) -> Result<Self, RankedError> {
        if candidates.len() > MAX_CANDIDATES {
            return Err(RankedError::TooLarge);
        }
        candidates.sort_by(|one, other| id_order(one, other));
        let mut place: BTreeMap<&str, u32> = BTreeMap::new();
        for (at, id) in (0_u32..).zip(&candidates) {
            if place.insert(id, at).is_some() {
                return Err(RankedError::RepeatedCandidate(id.clone()));
            }
        }
        let mut kinds: BTreeMap<Vec<Vec<u32>>, u64> = BTreeMap::new();
        let mut voters = 0_u64;
        let mut places = 0_usize;
        for (ballot, (ranking, count)) in (1..).zip(ballots) {
            let mut seen = BTreeSet::new();
            let mut read = Vec::with_capacity(ranking.len().min(MAX_CANDIDATES));
            for group in ranking.into_iter().filter(|group| !group.is_empty()) {
                let mut equals = Vec::with_capacity(group.len().min(MAX_CANDIDATES));
                for id in group {
                    let Some(&at) = place.get(id.as_str()) else {
                        return Err(RankedError::UnknownCandidate { ballot, id });
                    };
                    if !seen.insert(at) {
                        return Err(RankedError::RepeatedChoice { ballot, id });
                    }
                    equals.push(at);
                }
                equals.sort_unstable();
                read.push(equals);
            }
            voters = voters.saturating_add(count);
            places = places.saturating_add(read.len());
            if voters > MAX_BALLOTS || places > MAX_PLACES {
                return Err(RankedError::TooLarge);
            }
            if count > 0 {
                let kind = kinds.entry(read).or_default();
                *kind = kind.saturating_add(count);
            }
        }
        Ok(Self {
            candidates,
            ballots: kinds.into_iter().collect(),
            voters,
        })
    }

    /// The ids of the candidates, in their order.
    #[must_use]
    pub fn candidates(&self) -> &[String] {
        &self.candidates
    }

    /// The different ballots, as places of candidates, and how many cast each.
    #[must_use]
    pub fn ballots(&self) -> &[(Vec<Vec<u32>>, u64)] {
        &self.ballots
    }

    /// How many ballots there are.
    #[must_use]
    pub const fn voters(&self) -> u64 {
        self.voters
    }

    /// The place of the candidate called `id`.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<usize> {
        let found = self.candidates.binary_search_by(|one| id_order(one, id));
        found.ok()
    }

    /// The id at `place`; empty if there is none.
    pub(super) fn id(&self, place: usize) -> String {
        self.candidates.get(place).cloned().unwrap_or_default()
    }

    /// How many rank each candidate first, alone or among equals.
    #[must_use]
    pub fn first_preferences(&self) -> Vec<u64> {
        let mut first = vec![0_u64; self.candidates.len()];
        for (ranking, count) in &self.ballots {
            for at in ranking.first().into_iter().flatten() {
                if let Some(slot) = first.get_mut(*at as usize) {
                    *slot = slot.saturating_add(*count);
                }
            }
        }
        first
    }

    /// Whether any ballot ranks anybody.
    pub(super) fn says_anything(&self) -> bool {
        let mut ballots = self.ballots.iter().filter(|(_, count)| *count > 0);
        ballots.any(|(ranking, _)| ranking.iter().any(|place| !place.is_empty()))
    }

    /// The same election after `count` more ballots that name `id` alone. `None` if there is no such
    /// candidate, or there would be too many ballots.
    pub(crate) fn with_ballots(&self, id: &str, count: u64) -> Option<Self> {
        let place = u32::try_from(self.place(id)?).ok()?;
        let mut other = self.clone();
        other.voters = self.voters.checked_add(count)?;
        let ballot = vec![vec![place]];
        match other.ballots.binary_search_by(|(one, _)| one.cmp(&ballot)) {
            Ok(at) => other.ballots.get_mut(at)?.1 += count,
            Err(at) => other.ballots.insert(at, (ballot, count)),
        }
        (other.voters <= MAX_BALLOTS).then_some(other)
    }

    /// The place of each candidate among equals: smaller wins the tie.
    pub(super) fn tie_places(&self, rule: &TieRule, seed: &LotSeed) -> Vec<usize> {
        let first = self.first_preferences();
        let candidates: Vec<_> = self
            .candidates
            .iter()
            .zip(first)
            .map(|(id, votes)| TieCandidate { id, cost: 0, votes })
            .collect();
        rule.places(seed, &candidates)
    }
}
