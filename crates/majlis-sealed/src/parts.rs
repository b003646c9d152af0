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

/// The most choices of parts that are tried: all there are of eight among sixteen.
const MAX_TRIED: usize = 12_870;

/// A key that came together, and what does not belong to it.
#[derive(Debug)]
pub struct Combined {
    /// The key.
    pub key: Key,
    /// The numbers of parts that are no parts of it, whatever was committed to.
    pub odd: Vec<NonZeroU8>,
}

/// The key with that public half, from as many of its parts as are needed, or more; a part that comes
/// twice counts once. Others may be among them: any `needed` of them are tried, until some give the key.
/// `None` when none do.
///
/// A commitment says that a part is the one that was dealt, not that it is one of the key: whoever deals
/// may commit to anything. Which are odd is known only when the key comes together without them.
#[must_use]
pub fn combine(public: &[u8; 32], needed: u8, parts: &[Part]) -> Option<Combined> {
    let mut used: Vec<&Part> = Vec::new();
    for part in parts {
        if !used.iter().any(|known| known.number == part.number) {
            used.push(part);
        }
    }
    let needed = usize::from(needed);
    if needed == 0 || needed > used.len() {
        return None;
    }
    let mut chosen: Vec<usize> = (0..needed).collect();
    for _ in 0..MAX_TRIED {
        let some: Vec<&Part> = chosen
            .iter()
            .filter_map(|at| used.get(*at).copied())
            .collect();
        let key = interpolated(&some);
        if key.public() == *public {
            let odd = used.iter().filter(|part| {
                let inside = some.iter().any(|own| own.number == part.number);
                // In the place of one that fits, a part of the same key gives the same key.
                let mut other: Vec<&Part> = some.iter().skip(1).copied().collect();
                other.push(part);
                !inside && interpolated(&other).bytes().ct_ne(key.bytes()).into()
            });
            let odd = odd.map(|part| part.number).collect();
            return Some(Combined { key, odd });
        }
        if !next(&mut chosen, used.len()) {
            return None;
        }
    }
    None
}

/// The next choice of as many places below `all`, in their order; none after the last.
fn next(chosen: &mut [usize], all: usize) -> bool {
    let len = chosen.len();
    let last = |at: usize| all.saturating_sub(len).saturating_add(at);
    let Some(at) = (0..len)
        .rev()
        .find(|at| chosen.get(*at).is_some_and(|one| *one < last(*at)))
    else {
        return false;
    };
    let mut place = chosen.get(at).copied().unwrap_or_default();
    for one in chosen.iter_mut().skip(at) {
        place = place.saturating_add(1);
        *one = place;
    }
    true
}

fn interpolated(parts: &[&Part]) -> Key {
    let places: Vec<u8> = parts.iter().map(|part| part.number.get()).collect();
    let weights = weights(&places);
    let mut bytes = Zeroizing::new([0; 32]);
    for (part, weight) in parts.iter().zip(weights) {
        for (byte, of_part) in bytes.iter_mut().zip(part.bytes.iter()) {
            *byte ^= times(*of_part, weight);
        }
    }
    Key::from_bytes(&bytes)
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
                let found = combine(&public, needed, &parts[..taken]);
                prop_assert_eq!(found.is_some(), taken >= needed.into(), "{}", taken);
                if let Some(found) = found {
                    prop_assert_eq!(found.key.bytes(), key.bytes());
                    prop_assert!(found.odd.is_empty());
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
            prop_assert_eq!(combine(&public, needed, &parts).is_some(), needed < all);
        }
    }

    #[test]
    fn the_same_part_twice_is_one() {
        let mut rng = Drawn::new();
        let key = Key::draw(&mut rng);
        let parts = key.split(2, 3, &mut rng).unwrap();
        let twice = [parts[0].clone(), parts[0].clone()];
        assert!(combine(&key.public(), 2, &twice).is_none());
        let thrice = [parts[0].clone(), parts[0].clone(), parts[2].clone()];
        assert!(combine(&key.public(), 2, &thrice).is_some());
        assert!(combine(&key.public(), 2, &[]).is_none());
        assert!(combine(&key.public(), 0, &parts).is_none());
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

    #[test]
    fn a_bad_part_among_enough_good_ones_locks_nobody_out_and_is_named() {
        let mut rng = Drawn::new();
        let key = Key::draw(&mut rng);
        for (needed, all, bad) in [
            (2_u8, 3_u8, vec![0]),
            (2, 5, vec![0, 1, 3]),
            (1, 2, vec![0]),
            (3, 4, vec![2]),
        ] {
            let mut parts = key.split(needed, all, &mut rng).unwrap();
            for at in &bad {
                // Whoever deals can commit to it as well as to a good one.
                let number = parts[*at].number();
                parts[*at] = Part::from_bytes(number, &[7; 32]);
            }
            let found = combine(&key.public(), needed, &parts).unwrap();
            assert_eq!(found.key.bytes(), key.bytes());
            let odd: Vec<usize> = found
                .odd
                .iter()
                .map(|one| usize::from(one.get()) - 1)
                .collect();
            assert_eq!(odd, bad);
            // Fewer good ones than are needed are not enough.
            let good = bad.len()..bad.len() + usize::from(needed) - 1;
            let few: Vec<Part> = parts
                .iter()
                .enumerate()
                .filter(|(at, _)| bad.contains(at))
                .map(|(_, one)| one.clone())
                .chain(
                    parts
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| !bad.contains(at))
                        .map(|(_, one)| one.clone())
                        .take(good.len()),
                )
                .collect();
            assert!(combine(&key.public(), needed, &few).is_none());
        }
    }

    #[test]
    fn all_choices_are_tried_once() {
        for (len, all, count) in [
            (1_usize, 4_usize, 4),
            (2, 5, 10),
            (3, 3, 1),
            (8, 16, MAX_TRIED),
        ] {
            let mut chosen: Vec<usize> = (0..len).collect();
            let mut seen = std::collections::BTreeSet::from([chosen.clone()]);
            while next(&mut chosen, all) {
                assert!(chosen.windows(2).all(|two| two[0] < two[1]) && chosen[len - 1] < all);
                assert!(seen.insert(chosen.clone()));
            }
            assert_eq!(seen.len(), count);
        }
    }
}
