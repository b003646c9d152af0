//! Boxes for one key, by HPKE.
//! Not here: how a key comes to be (`parts`, `device`), what is in a box.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable as _, OpModeR, OpModeS, Serializable as _};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

type Kem = X25519HkdfSha256;
type Public = <Kem as hpke::Kem>::PublicKey;
type Secret = <Kem as hpke::Kem>::PrivateKey;
type Encapped = <Kem as hpke::Kem>::EncappedKey;

/// How much longer a box is than what is in it.
pub const OVERHEAD: usize = ENCAPPED + 16;
/// The bytes of the key that is made for each box.
const ENCAPPED: usize = 32;

/// A secret X25519 key, wiped on drop.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Why something cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The public key is one that nobody can have.
    #[error("sealing to a key that nobody can have")]
    BadKey,
}

impl Key {
    /// A fresh one.
    pub fn draw(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// The key of these secret bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    /// The secret bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public key, to seal to.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        curve25519_dalek::MontgomeryPoint::mul_base_clamped(*self.0).to_bytes()
    }
}

/// Seals `plain` to a public key. The box opens only with the same `info` and `whose`.
///
/// # Errors
/// [`SealError::BadKey`]
pub fn seal(
    to: &[u8; 32],
    info: &[u8],
    whose: &[u8],
    plain: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let to = Public::from_bytes(to).map_err(|_| SealError::BadKey)?;
    let sealed = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeS::Base,
        &to,
        info,
        plain,
        whose,
        rng,
    );
    let (encapped, sealed) = sealed.map_err(|_| SealError::BadKey)?;
    let mut out = encapped.to_bytes().to_vec();
    out.extend(sealed);
    Ok(out)
}

/// What is in a box; `None` when it was not sealed to this key for this, or somebody changed it.
#[must_use]
pub fn open(key: &Key, info: &[u8], whose: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (encapped, sealed) = sealed.split_at_checked(ENCAPPED)?;
    let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeR::Base,
        &Secret::from_bytes(key.bytes()).ok()?,
        &Encapped::from_bytes(encapped).ok()?,
        info,
        sealed,
        whose,
    );
    plain.ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::tests::Drawn;
    use data_encoding::HEXLOWER;

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    /// RFC 9180, A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode.
    #[test]
    fn a_box_of_the_standard_opens() {
        let secret = hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
        let key = Key::from_bytes(&secret.try_into().unwrap());
        let public = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
        assert_eq!(HEXLOWER.encode(&key.public()), public);
        let sealed = [
            "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a",
            "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
        ];
        let info = hex("4f6465206f6e2061204772656369616e2055726e");
        let plain = open(&key, &info, b"Count-0", &hex(&sealed.concat())).unwrap();
        assert_eq!(plain.as_slice(), b"Beauty is truth, truth beauty");
    }

    #[test]
    fn a_box_opens_for_its_key_and_purpose_only_and_only_whole() {
        let mut rng = Drawn::new();
        let key = Key::draw(&mut rng);
        let other = Key::draw(&mut rng);
        let sealed = seal(&key.public(), b"form", b"slot", b"ill", &mut rng).unwrap();
        assert_eq!(sealed.len(), 3 + OVERHEAD);
        let opened = |key, info: &[u8], whose: &[u8], sealed: &[u8]| {
            open(key, info, whose, sealed).map(|plain| plain.to_vec())
        };
        assert_eq!(
            opened(&key, b"form", b"slot", &sealed),
            Some(b"ill".to_vec())
        );
        assert_eq!(opened(&other, b"form", b"slot", &sealed), None);
        assert_eq!(opened(&key, b"another form", b"slot", &sealed), None);
        assert_eq!(opened(&key, b"form", b"another slot", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&key, b"form", b"slot", &changed), None, "{at}");
        }
        for len in 0..sealed.len() {
            assert_eq!(opened(&key, b"form", b"slot", &sealed[..len]), None);
        }
        let again = seal(&key.public(), b"form", b"slot", b"ill", &mut rng).unwrap();
        assert_ne!(sealed, again);
    }

    #[test]
    fn nothing_is_sealed_to_a_key_that_nobody_can_have() {
        let sealed = seal(&[0; 32], b"", b"", b"ill", &mut Drawn::new());
        assert_eq!(sealed, Err(SealError::BadKey));
    }
}
