//! Made-up ballots from rough guesses, to see before opening what a rule would do with them.
//!
//! Not a forecast: every voter decides on every project alone, by the share of support that was
//! guessed for the voter's camp. The same guesses and seed give the same ballots on every device.

use serde::{Deserialize, Serialize};

use crate::budget::RawBallot;

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
    let mut found = Vec::new();
    let mut voter = 0_u64;
    let length = u64::try_from(seed.len()).unwrap_or(u64::MAX);
    for (camp, voters) in camps.iter().enumerate() {
        for _ in 0..*voters {
            if voter >= MAX_SAMPLE {
                return found;
            }
            let likes = |guess: &&Guess| {
                let share = guess.support.get(camp).or(guess.support.last());
                let share = u64::from(share.copied().unwrap_or(0).min(100));
                let mut hasher = blake3::Hasher::new();
                hasher.update(&length.to_be_bytes());
                hasher.update(seed);
                hasher.update(&voter.to_be_bytes());
                hasher.update(guess.id.as_bytes());
                let hash = hasher.finalize();
                let drawn = hash.as_bytes().first_chunk::<4>();
                let drawn = u64::from(drawn.map_or(0, |four| u32::from_be_bytes(*four)));
                drawn * 100 < share << 32
            };
            let liked = guesses.iter().filter(likes);
            found.push(liked.map(|guess| (guess.id.clone(), 1)).collect());
            voter += 1;
        }
    }
    found
}
