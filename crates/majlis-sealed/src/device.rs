//! A device opens boxes with the key it signs with. An ed25519 key and an X25519 key are the same
//! point on two forms of one curve, and using one for both is proven to be safe: Thormarker, *On using
//! the same key pair for Ed25519 and an X25519 based KEM* (ePrint 2021/509), for a construction that
//! hashes the shared secret with both public keys, as HPKE does. So a device that was never met since
//! can be sealed to, by its name alone, and there is no second key to certify, publish, lose or forge.
//! The cost: who takes the signing key reads as well; with two keys in one file they would too.

use curve25519_dalek::edwards::CompressedEdwardsY;
use sha2::{Digest as _, Sha512};
use zeroize::Zeroize as _;

use crate::sealed_box::Key;

/// The key that opens what is sealed to a device, from the secret that the device signs with.
#[must_use]
pub fn device_key(secret: &[u8; 32]) -> Key {
    // RFC 8032, 5.1.5; X25519 clamps by itself.
    let mut hash = Sha512::digest(secret);
    let mut bytes = [0; 32];
    for (byte, hashed) in bytes.iter_mut().zip(&hash) {
        *byte = *hashed;
    }
    let key = Key::from_bytes(&bytes);
    bytes.zeroize();
    hash.as_mut_slice().zeroize();
    key
}

/// What to seal to so that the device with this ed25519 public key can open it; `None` when that is no
/// key that anybody can sign with.
#[must_use]
pub fn device_public(device: &[u8; 32]) -> Option<[u8; 32]> {
    let point = CompressedEdwardsY(*device).decompress()?;
    if point.is_small_order() || !point.is_torsion_free() {
        return None;
    }
    Some(point.to_montgomery().to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    /// The first key of RFC 8032, 7.1.
    #[test]
    fn both_halves_of_a_device_key_belong_together() {
        let hex = |text: &str| -> [u8; 32] {
            HEXLOWER
                .decode(text.as_bytes())
                .unwrap()
                .try_into()
                .unwrap()
        };
        let secret = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let public = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        let of_public = device_public(&public).unwrap();
        assert_eq!(device_key(&secret).public(), of_public);
    }

    #[test]
    fn a_key_that_nobody_can_sign_with_is_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        assert_eq!(device_public(&one), None);
        assert_eq!(device_public(&[0; 32]), None);
        assert_eq!(device_public(&[0xff; 32]), None);
    }
}
