//! The code on the receipt of an assisted answer, and what it proves. Not here: the record by which
//! its holder claims the slot (`record::claimed`), and what counts then (`consultation::count`).
//!
//! The code has sixty random bits and is printed nowhere but on the receipt. Records carry its
//! [`Claim`], a hash over it; the slot of the answer is a hash over the device, the lane and the
//! claim. So nobody can prepare a slot on another's device, and whoever shows a code proves which
//! slot is theirs. The claim is as random as the code: it also salts its record, so that a hash does
//! not give a short answer away.
//!
//! **Against somebody who holds the records and tries codes at home**, sixty bits alone would be
//! few: 2^60 plain hashes are days of rented graphics cards, and ten thousand answers are ten
//! thousand chances. So a claim is made with Argon2id over 8 MiB: about ten milliseconds on a
//! laptop and a tenth of a second on a cheap tablet, once an interview. A graphics card tries some
//! 2^15 of these in a second. To hit any one of ten thousand answers of a process takes 2^60 / 2^13
//! = 2^47 tries, 2^32 seconds, a hundred years of one card, and gains one voice, whose earlier
//! versions stay to be seen. The lane is the salt, so nothing is prepared for all processes at
//! once, while one slow hash finds a typed code in the answers of every officer.
//!
//! **A claim is the hash of a key.** The code makes a signing key; the claim is a hash of its public
//! half. So the holder can prove to everybody, later and from their own device, that they know the
//! code, without giving it away: a code that were shown in a record could be used by whoever reads
//! it first.
//!
//! **The key is of one officer's device too.** A claim is public once its record travels. Another
//! officer who copies it into an answer of their own makes a slot that no code finds, for on their
//! device the code makes another key. Claims of the first kind are hashes with no key behind them and
//! of no device: their code still finds them, and copies of them beside; they cannot be claimed.

use core::fmt;
use core::str::FromStr;

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::id::{Claim, DeviceId, FormId, LaneId, SlotId};
use crate::record::Claimed;
use crate::record::claimed::message;
use crate::sign::{DeviceKey, Purpose, Signer as _};

/// Digits and letters without I, L, O and U: none is mistaken for another or reads as a word.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 12;
const GROUP: usize = 4;
const MEMORY_KIB: u32 = 8 * 1024;

/// The code printed on the receipt of an assisted answer.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimCode([u8; CHARACTERS]);

/// A text is no claim code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reading a claim code from text")]
pub struct ParseClaimCodeError;

/// The slot of somebody for whom an officer's `device` first entered an answer in the process on
/// `lane`, from what their receipt proves.
#[must_use]
pub fn assisted_slot(lane: LaneId, device: DeviceId, claim: Claim) -> SlotId {
    let mut slot = [0; 16];
    blake3::Hasher::new_derive_key("majlis 2026 assisted slot v1")
        .update(lane.as_bytes())
        .update(device.as_bytes())
        .update(claim.as_bytes())
        .finalize_xof()
        .fill(&mut slot);
    SlotId::from_bytes(slot)
}

impl ClaimCode {
    /// A code of fresh random bytes from the caller, of which sixty bits are used.
    #[must_use]
    pub fn new(fresh: [u8; 8]) -> Self {
        let mut bits = u64::from_le_bytes(fresh);
        Self([0; CHARACTERS].map(|_: u8| {
            let value = u8::try_from(bits & 31).unwrap_or(0);
            bits >>= 5;
            value
        }))
    }

    /// What this code proves in the process on `lane`. Slow on purpose.
    #[must_use]
    pub fn holder(&self, lane: LaneId) -> Holder {
        Holder {
            lane,
            slow: self.slow(lane),
        }
    }

    fn slow(&self, lane: LaneId) -> Zeroizing<[u8; 32]> {
        let mut slow = Zeroizing::new([0; 32]);
        // Parameters and lengths are within what Argon2 takes, whatever the code.
        let done = Params::new(MEMORY_KIB, 1, 1, Some(slow.len())).and_then(|params| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                &self.0,
                lane.as_bytes(),
                &mut *slow,
            )
        });
        debug_assert!(done.is_ok());
        slow
    }
}

/// What a code proves in one process: who knows it can say so, and nobody else can.
pub struct Holder {
    lane: LaneId,
    slow: Zeroizing<[u8; 32]>,
}

impl Holder {
    /// What a record of `officer`'s device carries of it.
    #[must_use]
    pub fn claim(&self, officer: DeviceId) -> Claim {
        claim_of(self.key(officer).device().as_bytes())
    }

    /// What records of earlier versions carry of it, whoever's they are.
    #[must_use]
    pub fn earlier(&self) -> Claim {
        truncated(blake3::derive_key("majlis 2026 claim code v1", &*self.slow))
    }

    /// The slot of what `officer`'s device first entered under the code.
    #[must_use]
    pub fn slot(&self, officer: DeviceId) -> SlotId {
        assisted_slot(self.lane, officer, self.claim(officer))
    }

    /// The slot of what `officer`'s device first entered under the code with an earlier version.
    #[must_use]
    pub fn earlier_slot(&self, officer: DeviceId) -> SlotId {
        assisted_slot(self.lane, officer, self.earlier())
    }

    /// Claims for `claimant` the slot of an answer to `form` that `officer` first entered.
    #[must_use]
    pub fn claimed(&self, form: FormId, officer: DeviceId, claimant: DeviceId) -> Claimed {
        let key = self.key(officer);
        let message = message(self.lane, officer, claimant);
        Claimed {
            form,
            officer,
            key: *key.device().as_bytes(),
            proof: *key.sign(Purpose::Claim, &message).as_bytes(),
        }
    }

    fn key(&self, officer: DeviceId) -> DeviceKey {
        let secret = blake3::Hasher::new_derive_key("majlis 2026 claim key of a device v1")
            .update(&*self.slow)
            .update(officer.as_bytes())
            .finalize();
        DeviceKey::from_secret(&Zeroizing::new(*secret.as_bytes()))
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holder")
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

/// The claim of the public key that a code makes.
#[must_use]
pub fn claim_of(key: &[u8; 32]) -> Claim {
    truncated(blake3::derive_key("majlis 2026 claim of a key v1", key))
}

fn truncated(hash: [u8; 32]) -> Claim {
    let mut claim = [0; Claim::LEN];
    claim.copy_from_slice(hash.split_at(Claim::LEN).0);
    Claim::from_bytes(claim)
}

impl fmt::Display for ClaimCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, value) in self.0.iter().enumerate() {
            if at > 0 && at.is_multiple_of(GROUP) {
                f.write_str("-")?;
            }
            let letter = ALPHABET.get(usize::from(*value)).copied().unwrap_or(b'0');
            write!(f, "{}", char::from(letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ClaimCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimCode(..)")
    }
}

impl FromStr for ClaimCode {
    type Err = ParseClaimCodeError;

    /// Reads what people type: in any case, with spaces and dashes anywhere, with the letters left
    /// out of the alphabet for the digits they look like, with the digits of Arabic and Persian.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut code = [0; CHARACTERS];
        let mut places = code.iter_mut();
        for letter in text.chars().filter(|letter| !is_gap(*letter)) {
            *places.next().ok_or(ParseClaimCodeError)? =
                value(letter).ok_or(ParseClaimCodeError)?;
        }
        if places.next().is_some() {
            return Err(ParseClaimCodeError);
        }
        Ok(Self(code))
    }
}

/// What people put between the groups, and the invisible marks that come with pasted Arabic.
pub(super) fn is_gap(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '-' | '_' | '.' | '\u{640}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2010}'..='\u{2015}'
                | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

fn value(letter: char) -> Option<u8> {
    let letter = match letter {
        'o' | 'O' => '0',
        'i' | 'I' | 'l' | 'L' | '|' => '1',
        'u' | 'U' => 'V',
        '\u{660}'..='\u{669}' => digit(letter, '\u{660}')?,
        '\u{6f0}'..='\u{6f9}' => digit(letter, '\u{6f0}')?,
        other => other.to_ascii_uppercase(),
    };
    let at = ALPHABET
        .iter()
        .position(|known| char::from(*known) == letter)?;
    u8::try_from(at).ok()
}

pub(super) fn digit(letter: char, zero: char) -> Option<char> {
    char::from_digit(u32::from(letter).checked_sub(u32::from(zero))?, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LaneClass;

    fn code() -> ClaimCode {
        ClaimCode::new([0x9d, 0x27, 0xe1, 0x44, 0x08, 0x6b, 0x31, 0xf2])
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let printed = code().to_string();
        assert_eq!(printed.len(), 14);
        assert_eq!(printed.parse(), Ok(code()));
        assert_eq!(
            printed.to_lowercase().replace('-', "  ").parse(),
            Ok(code())
        );
        let zeros: ClaimCode = "0000-1111-VVVV".parse().unwrap();
        for typed in [
            "oOo0 iIlL uUvV",
            "٠٠٠٠-١١١١-vvvv",
            "۰۰۰۰ ۱۱۱۱ vvvv",
            "\u{200f}0000\u{2013}1111\u{2013}VVVV\u{200e}",
        ] {
            assert_eq!(typed.parse(), Ok(zeros.clone()), "{typed}");
        }
        for wrong in [
            "",
            "0000-1111-VVV",
            "0000-1111-VVVVV",
            "0000-1111-VVV!",
            "0000-1111-VVVع",
        ] {
            assert_eq!(
                wrong.parse::<ClaimCode>(),
                Err(ParseClaimCodeError),
                "{wrong}"
            );
        }
    }

    #[test]
    fn every_bit_of_sixty_makes_another_code() {
        let mut seen = std::collections::BTreeSet::new();
        for bit in 0..60 {
            let code = ClaimCode::new((1_u64 << bit).to_le_bytes());
            assert_eq!(code.to_string().parse(), Ok(code.clone()));
            assert!(seen.insert(code.to_string()));
        }
    }

    #[test]
    fn a_claim_is_of_its_process_and_its_slot_of_its_device_too() {
        let lane = |byte| LaneId::new(LaneClass::Process, [byte; 16]);
        let device = |byte| DeviceId::from_bytes([byte; 32]);
        let claim = code().holder(lane(4)).claim(device(5));
        assert_ne!(code().holder(lane(6)).claim(device(5)), claim);
        let slot = assisted_slot(lane(4), device(5), claim);
        assert_ne!(assisted_slot(lane(6), device(5), claim), slot);
        assert_ne!(assisted_slot(lane(4), device(7), claim), slot);
    }

    #[test]
    fn a_claim_is_good_for_whom_it_names_and_nobody_copies_it() {
        let lane = |byte| LaneId::new(LaneClass::Process, [byte; 16]);
        let device = |byte| DeviceId::from_bytes([byte; 32]);
        let form = FormId::from_bytes([1; 32]);
        let holder = code().holder(lane(4));
        let slot = holder.slot(device(5));
        let claimed = holder.claimed(form, device(5), device(8));
        assert_eq!(claimed.slot(lane(4), device(8)), Some(slot));
        assert_eq!(claimed.slot(lane(4), device(9)), None, "a copy by another");
        assert_eq!(claimed.slot(lane(6), device(8)), None, "another process");
        // Somebody who has only what records carry makes a key of their own, and reaches no slot.
        let other = ClaimCode::new([7; 8]).holder(lane(4));
        let mut guessed = other.claimed(form, device(5), device(9));
        assert_ne!(guessed.slot(lane(4), device(9)), Some(slot));
        guessed.key = claimed.key;
        assert_eq!(guessed.slot(lane(4), device(9)), None);
        let own = holder.claimed(form, device(5), device(5));
        assert_eq!(own.slot(lane(4), device(5)), None, "the officer's own");
    }

    #[test]
    fn a_claim_that_another_officer_copies_is_found_by_no_code() {
        let lane = LaneId::new(LaneClass::Process, [4; 16]);
        let device = |byte| DeviceId::from_bytes([byte; 32]);
        let holder = code().holder(lane);
        let decoy = assisted_slot(lane, device(6), holder.claim(device(5)));
        for officer in [5, 6].map(device) {
            assert_ne!(holder.slot(officer), decoy);
            assert_ne!(holder.earlier_slot(officer), decoy);
        }
        // Nor does the holder claim it by claiming something of that officer's.
        let form = FormId::from_bytes([1; 32]);
        let claimed = holder.claimed(form, device(6), device(8));
        assert_ne!(claimed.slot(lane, device(8)), Some(decoy));
    }
}
