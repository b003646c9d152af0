//! Device keys, signatures and the one way to check them. Signing goes through
//! [`Signer`], so a key may live in a keystore. Not here: what is signed, and by whom it may be.

use ed25519_dalek::{Signature as DalekSignature, Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::id::DeviceId;

/// An ed25519 signature, 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl core::fmt::Debug for Signature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Signature({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

impl Signature {
    /// Length in bytes.
    pub const LEN: usize = 64;

    /// Wraps raw bytes; whether they are a valid signature only [`verify`] tells.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The raw bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// What is being signed. The label is hashed in front of the message, so a signature made
/// for one purpose never passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The manifest of a carry file.
    Carry,
    /// The holder of a receipt claims its slot.
    Claim,
    /// An entry header.
    Entry,
    /// The holder of an invite's secret joins a space.
    Join,
    /// A device proves itself to the other end of a link.
    Link,
    /// An offline recovery card acts on the stewards.
    Recovery,
    /// The holder of a slip casts its ballot.
    Slip,
    /// A device certifies its transport key.
    Transport,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Carry => b"majlis-carry-v1",
            Self::Claim => b"majlis-claim-v1",
            Self::Entry => b"majlis-entry-v1",
            Self::Join => b"majlis-join-v1",
            Self::Link => b"majlis-link-v1",
            Self::Recovery => b"majlis-recovery-v1",
            Self::Slip => b"majlis-slip-v1",
            Self::Transport => b"majlis-transport-v1",
        }
    }

    fn message(self, message: &[u8]) -> Vec<u8> {
        [self.label(), message].concat()
    }
}

/// Signs as one device. Implemented by [`DeviceKey`]; a keystore may implement it too.
pub trait Signer {
    /// The device this signs as.
    fn device(&self) -> DeviceId;
    /// Signs `message` for `purpose`.
    fn sign(&self, purpose: Purpose, message: &[u8]) -> Signature;
}

/// A signing key in memory, wiped on drop.
pub struct DeviceKey(SigningKey);

impl core::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "DeviceKey({})", self.device().short())
    }
}

impl DeviceKey {
    /// The key of a 32-byte secret that the caller drew at random.
    #[must_use]
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The secret, to be stored sealed.
    #[must_use]
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }
}

impl Signer for DeviceKey {
    fn device(&self) -> DeviceId {
        DeviceId::from_bytes(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, purpose: Purpose, message: &[u8]) -> Signature {
        Signature(self.0.sign(&purpose.message(message)).to_bytes())
    }
}

/// Whether `signature` over `message` for `purpose` was made by the holder of `key`.
///
/// Strict verification only: batch and lax checks may disagree on crafted keys, and then
/// replicas would accept different sets.
#[must_use]
pub fn verify(key: &[u8; 32], purpose: Purpose, message: &[u8], signature: &Signature) -> bool {
    VerifyingKey::from_bytes(key).is_ok_and(|key| {
        key.verify_strict(
            &purpose.message(message),
            &DalekSignature::from_bytes(&signature.0),
        )
        .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_purpose_and_message_only() {
        let key = DeviceKey::from_secret(&[5; 32]);
        let signature = key.sign(Purpose::Entry, b"text");
        let public = *key.device().as_bytes();
        assert!(verify(&public, Purpose::Entry, b"text", &signature));
        assert!(!verify(&public, Purpose::Join, b"text", &signature));
        assert!(!verify(&public, Purpose::Entry, b"texT", &signature));
    }

    #[test]
    fn a_small_order_key_signs_nothing() {
        let mut weak = [0; 32];
        weak[0] = 1;
        assert!(!verify(
            &weak,
            Purpose::Entry,
            b"text",
            &Signature::from_bytes([0; 64])
        ));
    }
}
