//! Made-up ballots from rough guesses, to see before opening what a rule would do with them.
//!
//! Not a forecast: every voter decides on every project alone, by the share of support that was
//! guessed for the voter's camp. The same guesses and seed give the same ballots on every device.

use serde::{Deserialize, Serialize};

use crate::budget::RawBallot;
use crate::ranked::RankedBallot;

/// The most voters of a sample.
pub const MAX_SAMPLE: u64 = 1_000_000;

/// A project and how well it may be liked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    /// Its id.
    pub id: String,
    /// Hundredths of each camp that support it; more than 100 counts as 100. Camps beyond the end of
    /// the list are like the last one.
    pub support: Vec<u8>,
}

/// Ballots of approval: for each of `camps` as many voters as it says, at most [`MAX_SAMPLE`] in all.
///
/// Voter `n` supports project `id` if the first four bytes of BLAKE3 over the length of the seed
/// (eight bytes), the seed, `n` (eight bytes) and the id, all numbers big-endian, are less than the
/// share of all such numbers.
#[must_use]
pub fn ballots(guesses: &[Guess], camps: &[u64], seed: &[u8]) -> Vec<RawBallot> {
    let voter = |voter: u64, camp: usize| {
        let likes =
            |guess: &&Guess| drawn(seed, voter, guess) * 100 < u64::from(guess.share(camp)) << 32;
        let liked = guesses.iter().filter(likes);
        liked.map(|guess| (guess.id.clone(), 1)).collect()
    };
    each(camps, voter)
}

/// Ballots in order of preference, from the same guesses: who is liked by more of a camp stands higher more
/// often. Nobody without support is named.
///
/// Voter `n` puts first whose drawn number, as in [`ballots`], is the least part of its share.
#[must_use]
pub fn ranked(guesses: &[Guess], camps: &[u64], seed: &[u8]) -> Vec<RankedBallot> {
    let voter = |voter: u64, camp: usize| {
        let mut liked: Vec<(u128, u128, &Guess)> = guesses
            .iter()
            .filter(|guess| guess.share(camp) > 0)
            .map(|guess| {
                let share = u128::from(guess.share(camp));
                (drawn(seed, voter, guess).into(), share, guess)
            })
            .collect();
        // Fractions are compared across, so that nothing is rounded.
        liked.sort_by(|one, other| {
            let (left, right) = (one.0 * other.1, other.0 * one.1);
            left.cmp(&right).then_with(|| one.2.id.cmp(&other.2.id))
        });
        let names = liked.into_iter();
        names.map(|(_, _, guess)| vec![guess.id.clone()]).collect()
    };
    each(camps, voter)
}

impl Guess {
    fn share(&self, camp: usize) -> u8 {
        let share = self.support.get(camp).or(self.support.last());
        share.copied().unwrap_or(0).min(100)
    }
}

/// What `ballot` makes of every voter, with the camp that the voter is of.
fn each<T>(camps: &[u64], ballot: impl Fn(u64, usize) -> T) -> Vec<T> {
    let mut found = Vec::new();
    let mut voter = 0_u64;
    for (camp, voters) in camps.iter().enumerate() {
        for _ in 0..*voters {
            if voter >= MAX_SAMPLE {
                return found;
            }
            found.push(ballot(voter, camp));
            voter += 1;
        }
    }
    found
}

/// The number that is drawn for a voter and what they may support, below two to the power of 32.
fn drawn(seed: &[u8], voter: u64, guess: &Guess) -> u64 {
    let length = u64::try_from(seed.len()).unwrap_or(u64::MAX);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&length.to_be_bytes());
    hasher.update(seed);
    hasher.update(&voter.to_be_bytes());
    hasher.update(guess.id.as_bytes());
    let hash = hasher.finalize();
    let drawn = hash.as_bytes().first_chunk::<4>();
    u64::from(drawn.map_or(0, |four| u32::from_be_bytes(*four)))
}
