//! A key in parts of which some number is needed: Shamir's scheme (Communications of the ACM 22,
//! 1979), byte by byte. Fewer parts than that say nothing of the key at all.
//!
//! Who splits a key commits to each part, so that whoever comes by a part knows whether it is the one;
//! and a key that comes together is compared with its public half, so that a dealer who gave out parts
//! of no key, or of another, is noticed. The dealer has the key while it is split.

use core::num::NonZeroU8;

use rand_core::CryptoRng;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::field::{times, value, weights};
use crate::sealed_box::Key;

/// A part of a key.
#[derive(Clone)]
pub struct Part {
    number: NonZeroU8,
    bytes: Zeroizing<[u8; 32]>,
}

impl core::fmt::Debug for Part {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Part({}, ..)", self.number)
    }
}

/// Why a key cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// None or more than there are would be needed.
    #[error("splitting a key so that none or more than all of its parts are needed")]
    Threshold,
}

impl Key {
    /// Splits the key into `all` parts, numbered from one, of which `needed` are needed.
    ///
    /// # Errors
    /// [`SplitError::Threshold`]
    pub fn split(
        &self,
        needed: u8,
        all: u8,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Part>, SplitError> {
        if needed == 0 || needed > all {
            return Err(SplitError::Threshold);
        }
        // The polynomials of all bytes: the key, then as many random bytes each as parts beyond one
        // are needed.
        let mut drawn: Vec<Zeroizing<[u8; 32]>> = vec![Zeroizing::new(*self.bytes())];
        for _ in 1..needed {
            let mut bytes = Zeroizing::new([0; 32]);
            rng.fill_bytes(bytes.as_mut());
            drawn.push(bytes);
        }
        let part = |number: NonZeroU8| {
            let mut bytes = Zeroizing::new([0; 32]);
            for (at, byte) in bytes.iter_mut().enumerate() {
                let coefficients = drawn.iter().filter_map(|bytes| bytes.get(at).copied());
                *byte = value(coefficients, number.get());
            }
            Part { number, bytes }
        };
        Ok((1..=all).filter_map(NonZeroU8::new).map(part).collect())
    }
}

impl Part {
    /// The part with this number and these bytes, whether or not it is of any key.
    #[must_use]
    pub fn from_bytes(number: NonZeroU8, bytes: &[u8; 32]) -> Self {
        Self {
            number,
            bytes: Zeroizing::new(*bytes),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> NonZeroU8 {
        self.number
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// What tells this part of the key with that public half from any other, and gives nothing of it
    /// away: a part is as random as a key.
    #[must_use]
    pub fn commitment(&self, public: &[u8; 32]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("majlis-sealed v1 part of a key");
        hasher.update(public);
        hasher.update(&[self.number.get()]);
        hasher.update(&*self.bytes);
        *hasher.finalize().as_bytes()
    }

    /// Whether it is the part that was committed to.
    #[must_use]
    pub fn is_committed(&self, public: &[u8; 32], commitment: &[u8; 32]) -> bool {
        self.commitment(public).ct_eq(commitment).into()
    }
}

/// The key with that public half, from as many of its parts as are needed, or more; a part that comes
/// twice counts once. `None` when these are not parts of it, or too few.
#[must_use]
pub fn combine(public: &[u8; 32], parts: &[Part]) -> Option<Key> {
    let mut used: Vec<&Part> = Vec::new();
    for part in parts {
        if !used.iter().any(|known| known.number == part.number) {
            used.push(part);
        }
    }
    if used.is_empty() {
        return None;
    }
    let places: Vec<u8> = used.iter().map(|part| part.number.get()).collect();
    let weights = weights(&places);
    let mut bytes = Zeroizing::new([0; 32]);
    for (part, weight) in used.iter().zip(weights) {
        for (byte, of_part) in bytes.iter_mut().zip(part.bytes.iter()) {
            *byte ^= times(*of_part, weight);
        }
    }
    let key = Key::from_bytes(&bytes);
    (key.public() == *public).then_some(key)
}

#[cfg(test)]
pub(crate) mod tests {
    use core::convert::Infallible;

    use super::*;
    use proptest::prelude::*;
    use rand_core::{TryCryptoRng, TryRng};

    /// Bytes that look random and are the same each time.
    pub(crate) struct Drawn(blake3::OutputReader);

    impl Drawn {
        pub(crate) fn new() -> Self {
            Self::of(0)
        }

        fn of(seed: u64) -> Self {
            let mut hasher = blake3::Hasher::new();
            hasher.update(&seed.to_be_bytes());
            Self(hasher.finalize_xof())
        }
    }

    impl TryRng for Drawn {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            let mut bytes = [0; 4];
            self.0.fill(&mut bytes);
            Ok(u32::from_be_bytes(bytes))
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            let mut bytes = [0; 8];
            self.0.fill(&mut bytes);
            Ok(u64::from_be_bytes(bytes))
        }

        fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
            self.0.fill(to);
            Ok(())
        }
    }

    impl TryCryptoRng for Drawn {}

    /// The test case of draft-mcgrew-tss-03: the bytes of "test" and a zero, two of two.
    #[test]
    fn parts_of_another_program_come_together() {
        let first = [0xb9, 0xfa, 0x07, 0xe1, 0x85];
        let second = [0xf5, 0x40, 0x9b, 0x45, 0x11];
        let weights = weights(&[1, 2]);
        let secret = first.iter().zip(&second);
        let secret = secret.map(|(a, b)| times(*a, weights[0]) ^ times(*b, weights[1]));
        assert_eq!(secret.collect::<Vec<u8>>(), b"test\0");
    }

    proptest! {
        #[test]
        fn as_many_as_are_needed_have_the_key_and_fewer_have_nothing(
            seed: u64,
            all in 1..=7_u8,
            of in 0..7_u8,
            order: u64,
        ) {
            let mut rng = Drawn::of(seed);
            let needed = 1 + of % all;
            let key = Key::draw(&mut rng);
            let public = key.public();
            let mut parts = key.split(needed, all, &mut rng).unwrap();
            let mut shuffled = Drawn::of(order);
            for at in (1..parts.len()).rev() {
                let other = Rng::next_u32(&mut shuffled) as usize % (at + 1);
                parts.swap(at, other);
            }
            for taken in 0..=parts.len() {
                let found = combine(&public, &parts[..taken]);
                prop_assert_eq!(found.is_some(), taken >= needed.into(), "{}", taken);
                if let Some(found) = found {
                    prop_assert_eq!(found.bytes(), key.bytes());
                }
            }
            for part in &parts {
                let commitment = part.commitment(&public);
                prop_assert!(part.is_committed(&public, &commitment));
                prop_assert!(!part.is_committed(&[1; 32], &commitment));
            }
            // One that is wrong spoils the key, and is known by its commitment.
            let last = &parts[parts.len() - 1];
            let mut bytes = *last.bytes();
            bytes[3] ^= 1;
            let wrong = Part::from_bytes(last.number(), &bytes);
            prop_assert!(!wrong.is_committed(&public, &last.commitment(&public)));
            let at = parts.len() - 1;
            parts[at] = wrong;
            prop_assert!(combine(&public, &parts).is_none());
        }
    }

    #[test]
    fn the_same_part_twice_is_one() {
        let mut rng = Drawn::new();
        let key = Key::draw(&mut rng);
        let parts = key.split(2, 3, &mut rng).unwrap();
        let twice = [parts[0].clone(), parts[0].clone()];
        assert!(combine(&key.public(), &twice).is_none());
        let thrice = [parts[0].clone(), parts[0].clone(), parts[2].clone()];
        assert!(combine(&key.public(), &thrice).is_some());
        assert!(combine(&key.public(), &[]).is_none());
    }

    #[test]
    fn a_key_is_not_split_so_that_nobody_has_it() {
        let mut rng = Drawn::new();
        let key = Key::draw(&mut rng);
        for (needed, all) in [(0, 3), (4, 3), (0, 0), (1, 0)] {
            let split = key.split(needed, all, &mut rng);
            assert_eq!(split.unwrap_err(), SplitError::Threshold);
        }
    }
}
