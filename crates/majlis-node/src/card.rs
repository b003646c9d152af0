//! The recovery card: a secret on paper that can replace the stewards of a space, and the
//! fingerprint two people compare. Not here: what a recovery key may do (`majlis_core::membership`).

use data_encoding::BASE32_NOPAD;
use majlis_core::id::{DeviceId, RecoveryKey};
use majlis_core::sign::{DeviceKey, Signer};
use zeroize::Zeroizing;

const SUM: usize = 3;
const GROUP: usize = 4;

/// The secret of a recovery card.
pub struct RecoveryCard(Zeroizing<[u8; 32]>);

impl core::fmt::Debug for RecoveryCard {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecoveryCard(..)")
    }
}

/// A text is no recovery card, or was mistyped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reading a recovery card")]
pub struct CardError;

impl RecoveryCard {
    /// The card of a secret that the caller drew at random.
    #[must_use]
    pub const fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        Self(secret)
    }

    /// The public key that a genesis names.
    #[must_use]
    pub fn key(&self) -> RecoveryKey {
        RecoveryKey::from_bytes(*self.signing_key().device().as_bytes())
    }

    /// Signs as the card.
    #[must_use]
    pub fn signing_key(&self) -> DeviceKey {
        DeviceKey::from_secret(&self.0)
    }

    /// The text on the card: groups of four letters and digits, with a checksum at the end.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut bytes = Zeroizing::new(self.0.to_vec());
        let sum = checksum(&self.0);
        bytes.extend_from_slice(&sum);
        let text = BASE32_NOPAD.encode(&bytes);
        let groups: Vec<String> = text
            .chars()
            .collect::<Vec<_>>()
            .chunks(GROUP)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("-")
    }

    /// Reads the text on a card, in either case, grouped or not.
    ///
    /// # Errors
    /// [`CardError`] when a letter is wrong or missing.
    pub fn from_text(text: &str) -> Result<Self, CardError> {
        let bare: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let bytes = Zeroizing::new(
            BASE32_NOPAD
                .decode(bare.as_bytes())
                .map_err(|_| CardError)?,
        );
        let (secret, sum) = bytes.split_first_chunk::<32>().ok_or(CardError)?;
        if sum != checksum(secret) {
            return Err(CardError);
        }
        Ok(Self(Zeroizing::new(*secret)))
    }
}

fn checksum(secret: &[u8; 32]) -> [u8; SUM] {
    let mut sum = [0; SUM];
    blake3::Hasher::new_derive_key("majlis 2026 recovery card checksum v1")
        .update(secret)
        .finalize_xof()
        .fill(&mut sum);
    sum
}

/// Three groups of four digits that two people compare aloud, in any language.
#[must_use]
pub fn fingerprint(device: DeviceId) -> Vec<String> {
    digits(device.fingerprint())
}

/// The digit groups of a fingerprint's bytes.
#[must_use]
pub fn digits(print: [u8; 8]) -> Vec<String> {
    let number = u64::from_be_bytes(print) % 1_000_000_000_000;
    [
        number / 100_000_000,
        number / 10_000 % 10_000,
        number % 10_000,
    ]
    .map(|group| format!("{group:04}"))
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_reads_back_from_paper() {
        let card = RecoveryCard::new(Zeroizing::new([42; 32]));
        let text = card.to_text();
        assert_eq!(RecoveryCard::from_text(&text).unwrap().key(), card.key());
        let loose = text.to_lowercase().replace('-', " ");
        assert_eq!(RecoveryCard::from_text(&loose).unwrap().key(), card.key());
        assert_eq!(text.len(), 56 + 13);
    }

    #[test]
    fn a_mistyped_card_is_noticed() {
        let text = RecoveryCard::new(Zeroizing::new([42; 32])).to_text();
        for at in 0..text.len() {
            let mut bent = text.clone().into_bytes();
            if bent[at] == b'-' {
                continue;
            }
            bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
            assert!(RecoveryCard::from_text(&String::from_utf8(bent).unwrap()).is_err());
        }
        assert!(RecoveryCard::from_text("").is_err());
    }

    #[test]
    fn a_fingerprint_is_three_groups_of_four_digits() {
        assert_eq!(digits([0; 8]), ["0000", "0000", "0000"]);
        assert_eq!(
            digits(123_456_789_012_u64.to_be_bytes()),
            ["1234", "5678", "9012"]
        );
        assert_eq!(
            fingerprint(DeviceId::from_bytes([7; 32])).concat().len(),
            12
        );
    }
}
