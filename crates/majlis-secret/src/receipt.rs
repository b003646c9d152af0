//! The short code that a voter keeps: the first hundred bits of the ballot's hash, in letters that
//! cannot be mistaken for digits. It shows that a ballot is listed, and not what is in it.
//! Not here: the list.

use core::fmt;
use core::str::FromStr;

use crate::ballot::BallotHash;

/// Crockford's digits of base 32: no I, L, O, U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code, five bits each.
const LENGTH: usize = 20;

/// A receipt: twenty characters in groups of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt([u8; LENGTH]);

/// A text that is no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read a receipt: it has 20 letters and digits")]
pub struct ReceiptError;

impl Receipt {
    /// The receipt of a ballot.
    #[must_use]
    pub fn of(ballot: &BallotHash) -> Self {
        let mut bits = ballot
            .as_bytes()
            .iter()
            .flat_map(|byte| (0..8).rev().map(move |at| (byte >> at) & 1));
        let mut digits = [0; LENGTH];
        for digit in &mut digits {
            *digit = bits.by_ref().take(5).fold(0, |sum, bit| (sum << 1) | bit);
        }
        Self(digits)
    }

    /// Whether it is the receipt of this ballot.
    #[must_use]
    pub fn names(&self, ballot: &BallotHash) -> bool {
        *self == Self::of(ballot)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, digit) in self.0.iter().enumerate() {
            if at > 0 && at.is_multiple_of(4) {
                f.write_str("-")?;
            }
            let letter = DIGITS.get(usize::from(*digit)).copied().unwrap_or(b'0');
            write!(f, "{}", char::from(letter))?;
        }
        Ok(())
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    /// Read as people type: small letters, `O` for 0, `I` and `L` for 1, dashes and blanks anywhere.
    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let mut digits = [0; LENGTH];
        let mut letters = text
            .chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-');
        for digit in &mut digits {
            let letter = match letters.next().map(|letter| letter.to_ascii_uppercase()) {
                Some('O') => '0',
                Some('I' | 'L') => '1',
                Some(letter) => letter,
                None => return Err(ReceiptError),
            };
            let found = DIGITS.iter().position(|known| char::from(*known) == letter);
            *digit = found
                .and_then(|at| u8::try_from(at).ok())
                .ok_or(ReceiptError)?;
        }
        match letters.next() {
            Some(_) => Err(ReceiptError),
            None => Ok(Self(digits)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_however_it_is_typed() {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&[0x00, 0x44, 0x32, 0x14]);
        let receipt = Receipt::of(&BallotHash::from_bytes(bytes));
        assert_eq!(receipt.to_string(), "0123-4500-0000-0000-0000");
        assert_eq!(" ol23 45oo oooo oooo-oooo".parse(), Ok(receipt));
        assert_eq!("0123".parse::<Receipt>(), Err(ReceiptError));
        assert_eq!(
            "0123-4500-0000-0000-00000".parse::<Receipt>(),
            Err(ReceiptError)
        );
        assert_eq!(
            "0123-4500-0000-0000-000U".parse::<Receipt>(),
            Err(ReceiptError)
        );
    }
}
