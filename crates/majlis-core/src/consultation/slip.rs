//! Slips: printed codes that are one voice each, for votes in which whoever holds a slip may vote, on any
//! member's device. Not here: who prints them and where they are read (the node), how ballots are
//! counted (`consultation::count`).
//!
//! The published rule:
//! 1. A code makes a key, another one in each process. The form lists the claims of these keys, hashes of
//!    their public halves, and is frozen: nobody adds a slip to an open vote without opening it anew.
//! 2. A ballot shows the key and what it signed: the form and the answers. Whoever does not know the code
//!    cannot vote with the slip, and whoever carries a ballot cannot change it. To sign the same ballot
//!    again on another device changes nothing.
//! 3. The slot follows from the key alone. So a slip is one voice, whichever devices it is used on.
//! 4. There is no voting again. Of several ballots of one slip the one counts that is first by a hash over
//!    the key and what it says: on every replica the same one, in whatever order they came. Entries,
//!    salts and clocks have no part in it, so nobody looks for a ballot that wins by signing it often.
//!    What the others said is listed with the reason.
//!
//! **A code has twenty-two random digits**, seventy-three bits, and two that find mistypings. Nobody finds
//! one by trying: even of the most slips that a vote may have, 2^62 keys would have to be made. Digits,
//! because every keypad has them, in every script.
//!
//! **What it does not do.** Whoever printed the slips could use those that nobody used; whoever finds a slip
//! that was used can cast another ballot, and of the two one counts that neither of them chose. Both are
//! listed for all to see. The device that a slip is used on sees the vote.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::claim::{claim_of, digit, is_gap};
use super::form::Answer;
use crate::id::{Claim, FormId, LaneId, QuestionId, SlotId};
use crate::sign::{DeviceKey, Purpose, Signature, Signer as _, verify};

/// The most slips of one vote: their claims travel with the form.
pub const MAX_SLIPS: usize = 2_000;
/// How many digits a code has.
pub const SLIP_DIGITS: usize = 24;
const RANDOM: usize = 22;
const GROUP: usize = 4;
/// The check is what is left of the random digits by this.
const CHECK: u128 = 97;

/// The code printed on a slip.
#[derive(Clone, PartialEq, Eq)]
pub struct SlipCode(Zeroizing<u128>);

/// A text is no code of a slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseSlipError {
    /// It has not as many digits, or something else than digits.
    #[error("reading the code of a slip from text")]
    Shape,
    /// It has the right length, and a digit is wrong.
    #[error("reading the code of a slip in which a digit is wrong")]
    Mistyped,
}

/// What a slip's ballot proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipProof {
    /// The public key that the code makes in this process.
    pub key: [u8; 32],
    /// Its signature under the form and the answers.
    pub proof: [u8; 64],
}

/// The slips of a vote, as its form lists them: what their keys are known by, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slips(Vec<Claim>);

impl Slips {
    /// The slips of these codes in the process on `lane`.
    #[must_use]
    pub fn of<'c>(lane: LaneId, codes: impl IntoIterator<Item = &'c SlipCode>) -> Self {
        let claims = codes.into_iter().map(|code| code.claim(lane));
        let mut claims: Vec<Claim> = claims.collect();
        claims.sort_unstable();
        Self(claims)
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a slip with this claim is among them.
    #[must_use]
    pub fn has(&self, claim: Claim) -> bool {
        self.0.binary_search(&claim).is_ok()
    }

    /// Whether a vote can be held with them: some, not too many, in order, each once.
    #[must_use]
    pub fn are_whole(&self) -> bool {
        let ascends = self.0.iter().zip(self.0.iter().skip(1)).all(|(a, b)| a < b);
        !self.0.is_empty() && self.0.len() <= MAX_SLIPS && ascends
    }

    /// Whether these answers to `form` are a ballot of one of them.
    #[must_use]
    pub fn take(&self, form: FormId, slip: &SlipProof, answers: &[(QuestionId, Answer)]) -> bool {
        let proof = Signature::from_bytes(slip.proof);
        self.has(claim_of(&slip.key))
            && verify(&slip.key, Purpose::Slip, &message(form, answers), &proof)
    }
}

/// The voice of a slip's key in the process on `lane`.
#[must_use]
pub fn slip_slot(lane: LaneId, key: &[u8; 32]) -> SlotId {
    let mut slot = [0; 16];
    blake3::Hasher::new_derive_key("majlis 2026 slip slot v1")
        .update(lane.as_bytes())
        .update(key)
        .finalize_xof()
        .fill(&mut slot);
    SlotId::from_bytes(slot)
}

/// Where a ballot stands among those of its slip: the smallest counts. It says nothing of who carried
/// the ballot, or when.
#[must_use]
pub fn order(slip: &SlipProof, form: FormId, answers: &[(QuestionId, Answer)]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 order of a slip's ballots v1");
    hasher.update(&slip.key);
    hasher.update(&message(form, answers));
    *hasher.finalize().as_bytes()
}

/// What is signed: the form, and what is answered. Answers always encode.
fn message(form: FormId, answers: &[(QuestionId, Answer)]) -> Vec<u8> {
    postcard::to_extend(answers, form.as_bytes().to_vec()).unwrap_or_default()
}

impl SlipCode {
    /// A code of fresh random bytes from the caller.
    #[must_use]
    pub fn new(fresh: &[u8; 16]) -> Self {
        let random = u128::from_le_bytes(*fresh)
            .checked_rem(10_u128.pow(22))
            .unwrap_or_default();
        Self(Zeroizing::new(random))
    }

    /// What the form lists of it in the process on `lane`.
    #[must_use]
    pub fn claim(&self, lane: LaneId) -> Claim {
        claim_of(self.key(lane).device().as_bytes())
    }

    /// The slot of its voice in the process on `lane`.
    #[must_use]
    pub fn slot(&self, lane: LaneId) -> SlotId {
        slip_slot(lane, self.key(lane).device().as_bytes())
    }

    /// Signs these answers to `form` as the slip's ballot in the process on `lane`.
    #[must_use]
    pub fn sign(&self, lane: LaneId, form: FormId, answers: &[(QuestionId, Answer)]) -> SlipProof {
        let key = self.key(lane);
        SlipProof {
            key: *key.device().as_bytes(),
            proof: *key.sign(Purpose::Slip, &message(form, answers)).as_bytes(),
        }
    }

    fn key(&self, lane: LaneId) -> DeviceKey {
        let secret = blake3::Hasher::new_derive_key("majlis 2026 slip key v1")
            .update(&self.0.to_be_bytes())
            .update(lane.as_bytes())
            .finalize();
        DeviceKey::from_secret(&Zeroizing::new(*secret.as_bytes()))
    }
}

impl fmt::Display for SlipCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = self.0.checked_rem(CHECK).unwrap_or_default();
        let digits = format!("{:0RANDOM$}{check:02}", *self.0);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && at.is_multiple_of(GROUP) {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SlipCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlipCode(..)")
    }
}

impl FromStr for SlipCode {
    type Err = ParseSlipError;

    /// Reads what people type: with spaces and dashes anywhere, with the digits of Arabic and Persian.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut all, mut count) = (0_u128, 0_usize);
        for letter in text.chars().filter(|letter| !is_gap(*letter)) {
            let western = match letter {
                '\u{660}'..='\u{669}' => digit(letter, '\u{660}'),
                '\u{6f0}'..='\u{6f9}' => digit(letter, '\u{6f0}'),
                other => Some(other),
            };
            let value = western.and_then(|letter| letter.to_digit(10));
            count = count.saturating_add(1);
            if count > SLIP_DIGITS {
                return Err(ParseSlipError::Shape);
            }
            all = all
                .saturating_mul(10)
                .saturating_add(value.ok_or(ParseSlipError::Shape)?.into());
        }
        if count != SLIP_DIGITS {
            return Err(ParseSlipError::Shape);
        }
        let (random, check) = (all.checked_div(100), all.checked_rem(100));
        match (random, check) {
            (Some(random), Some(check)) if random.checked_rem(CHECK) == Some(check) => {
                Ok(Self(Zeroizing::new(random)))
            }
            _ => Err(ParseSlipError::Mistyped),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LaneClass;

    fn lane(byte: u8) -> LaneId {
        LaneId::new(LaneClass::Process, [byte; 16])
    }

    fn ballot(option: u16) -> Vec<(QuestionId, Answer)> {
        vec![(
            QuestionId::from_bytes([7; 8]),
            Answer::Choices(vec![option]),
        )]
    }

    #[test]
    fn a_code_is_read_however_it_is_typed_and_a_wrong_digit_is_found() {
        let code = SlipCode::new(&[0xa7; 16]);
        let printed = code.to_string();
        assert_eq!(printed.len(), SLIP_DIGITS + 5);
        assert_eq!(printed.parse(), Ok(code.clone()));
        assert_eq!(printed.replace(' ', "-").parse(), Ok(code.clone()));
        let arabic: String = printed
            .chars()
            .map(|one| match one.to_digit(10) {
                Some(value) => char::from_u32(0x660 + value).unwrap(),
                None => one,
            })
            .collect();
        assert_eq!(arabic.parse(), Ok(code));
        let plain: Vec<char> = printed.chars().filter(|one| *one != ' ').collect();
        for at in 0..plain.len() {
            for other in '0'..='9' {
                let mut wrong = plain.clone();
                if wrong[at] == other {
                    continue;
                }
                wrong[at] = other;
                let wrong: String = wrong.into_iter().collect();
                assert_eq!(
                    wrong.parse::<SlipCode>(),
                    Err(ParseSlipError::Mistyped),
                    "{wrong}"
                );
            }
        }
        for (at, next) in (1..plain.len()).enumerate() {
            let mut swapped = plain.clone();
            swapped.swap(at, next);
            if swapped != plain {
                let swapped: String = swapped.into_iter().collect();
                assert!(swapped.parse::<SlipCode>().is_err(), "{swapped}");
            }
        }
        for wrong in [
            "",
            "1",
            "12x4",
            printed.trim_start_matches(char::is_numeric),
            &format!("{printed}0"),
        ] {
            assert_eq!(
                wrong.parse::<SlipCode>(),
                Err(ParseSlipError::Shape),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_ballot_is_good_for_its_form_its_answers_and_its_slip_alone() {
        let (mine, other) = (SlipCode::new(&[1; 16]), SlipCode::new(&[2; 16]));
        let slips = Slips::of(lane(4), [&mine]);
        let form = FormId::from_bytes([5; 32]);
        let proof = mine.sign(lane(4), form, &ballot(1));
        assert!(slips.are_whole());
        assert!(slips.take(form, &proof, &ballot(1)));
        assert!(!slips.take(form, &proof, &ballot(2)), "another choice");
        assert!(
            !slips.take(FormId::from_bytes([6; 32]), &proof, &ballot(1)),
            "another form"
        );
        assert!(
            !slips.take(form, &other.sign(lane(4), form, &ballot(1)), &ballot(1)),
            "unknown"
        );
        assert!(
            !slips.take(form, &mine.sign(lane(5), form, &ballot(1)), &ballot(1)),
            "elsewhere"
        );
        let mut stolen = other.sign(lane(4), form, &ballot(1));
        stolen.key = proof.key;
        assert!(
            !slips.take(form, &stolen, &ballot(1)),
            "a key without its code"
        );
        assert_eq!(mine.slot(lane(4)), slip_slot(lane(4), &proof.key));
        assert_ne!(mine.slot(lane(4)), mine.slot(lane(5)));
    }

    #[test]
    fn a_roll_of_slips_names_each_once_in_order() {
        let codes: Vec<SlipCode> = (0..9).map(|byte| SlipCode::new(&[byte; 16])).collect();
        assert!(Slips::of(lane(1), &codes).are_whole());
        assert!(!Slips::default().are_whole());
        assert!(!Slips::of(lane(1), [codes[0].clone(), codes[0].clone()].iter()).are_whole());
        let Slips(mut turned) = Slips::of(lane(1), &codes);
        turned.reverse();
        assert!(!Slips(turned).are_whole());
    }
}
