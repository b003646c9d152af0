//! How long to wait before dialling again, as a pure function: the caller brings the randomness.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(300);

/// The pause after so many failures in a row: twice as long each time, five minutes at the most,
/// shortened by up to half with `seed` so that devices do not all dial at the same moment.
#[must_use]
pub fn backoff(failures: u32, seed: u64) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(failures.min(20)).unwrap_or(u32::MAX));
    let full = doubled.min(LONGEST).as_millis();
    // Multiplied and folded, so that a counter serves as a seed as well as a random number.
    let spread = u128::from(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32);
    let millis = full / 2 + (((full / 2) * spread) >> 32);
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_between_half_and_all_of_the_doubled_time() {
        for seed in 0..2_000_u64 {
            for failures in 0..40 {
                let full = LONGEST.min(FIRST * 2_u32.pow(failures.min(12)));
                let pause = backoff(failures, seed);
                assert!(
                    pause >= full / 2 && pause <= full,
                    "{failures} {seed} {pause:?}"
                );
            }
        }
    }

    #[test]
    fn failures_without_end_stay_at_five_minutes() {
        assert!(backoff(u32::MAX, u64::MAX) <= LONGEST);
        assert!(backoff(u32::MAX, 0) >= LONGEST / 2);
    }

    #[test]
    fn devices_do_not_all_dial_at_once() {
        let mut pauses: Vec<_> = (0..100).map(|seed| backoff(6, seed)).collect();
        pauses.sort();
        pauses.dedup();
        assert!(pauses.len() > 90);
    }
}
