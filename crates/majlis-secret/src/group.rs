//! Points of ristretto255 with their bytes, hashes with a purpose, and scalars drawn from a seed.
//! Not here: any statement that is proven.

use core::fmt;

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::IsIdentity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};
use rand_core::CryptoRng;
use zeroize::{Zeroize as _, Zeroizing};

use crate::bytes::DecodeError;

/// A point together with its only encoding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element {
    point: RistrettoPoint,
    bytes: [u8; 32],
}

impl Element {
    pub(crate) fn of(point: RistrettoPoint) -> Self {
        Self {
            bytes: point.compress().to_bytes(),
            point,
        }
    }

    /// Refuses what is no canonical encoding, and the identity.
    pub(crate) fn read(bytes: [u8; 32]) -> Result<Self, DecodeError> {
        let element = Self::read_any(bytes)?;
        if element.point.is_identity() {
            return Err(DecodeError::Point);
        }
        Ok(element)
    }

    /// Refuses what is no canonical encoding.
    pub(crate) fn read_any(bytes: [u8; 32]) -> Result<Self, DecodeError> {
        let point = CompressedRistretto(bytes)
            .decompress()
            .ok_or(DecodeError::Point)?;
        Ok(Self { point, bytes })
    }

    pub(crate) const fn point(&self) -> &RistrettoPoint {
        &self.point
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, two, three, ..] = self.bytes;
        write!(f, "Element({one:02x}{two:02x}{three:02x}..)")
    }
}

/// What is hashed. The label goes into BLAKE3's key derivation, so a hash made for one purpose is
/// never one for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Ballot,
    BallotProof,
    Ceremony,
    Commitments,
    Complaint,
    Confirmation,
    Contribution,
    ContributionProof,
    Election,
    Key,
    Nonces,
    Opening,
    Outcome,
    Roll,
    Seal,
    Share,
    ShareKey,
    ShareProof,
    Tally,
}

impl Tag {
    const fn label(self) -> &'static str {
        match self {
            Self::Ballot => "majlis-secret v1 ballot",
            Self::BallotProof => "majlis-secret v1 ballot proof",
            Self::Ceremony => "majlis-secret v1 ceremony",
            Self::Commitments => "majlis-secret v1 commitments",
            Self::Complaint => "majlis-secret v1 complaint",
            Self::Confirmation => "majlis-secret v1 confirmation",
            Self::Contribution => "majlis-secret v1 contribution",
            Self::ContributionProof => "majlis-secret v1 contribution proof",
            Self::Election => "majlis-secret v1 election",
            Self::Key => "majlis-secret v1 key",
            Self::Nonces => "majlis-secret v1 nonces",
            Self::Opening => "majlis-secret v1 opening",
            Self::Outcome => "majlis-secret v1 outcome",
            Self::Roll => "majlis-secret v1 roll",
            Self::Seal => "majlis-secret v1 seal",
            Self::Share => "majlis-secret v1 share",
            Self::ShareKey => "majlis-secret v1 share key",
            Self::ShareProof => "majlis-secret v1 share proof",
            Self::Tally => "majlis-secret v1 tally",
        }
    }
}

/// A hash in the making. Every field is of a length that what came before it fixes.
#[derive(Debug)]
pub(crate) struct Digest(blake3::Hasher);

impl Digest {
    pub(crate) fn new(tag: Tag) -> Self {
        Self(blake3::Hasher::new_derive_key(tag.label()))
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    pub(crate) fn byte(self, byte: u8) -> Self {
        self.bytes(&[byte])
    }

    pub(crate) fn number(self, number: u32) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    pub(crate) fn element(self, element: &Element) -> Self {
        self.bytes(element.bytes())
    }

    pub(crate) fn elements<'a>(self, elements: impl IntoIterator<Item = &'a Element>) -> Self {
        elements.into_iter().fold(self, Self::element)
    }

    pub(crate) fn hash(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }

    /// 64 bytes of output, reduced: no scalar is likelier than another.
    pub(crate) fn challenge(self) -> Scalar {
        let mut wide = [0; 64];
        self.0.finalize_xof().fill(&mut wide);
        Scalar::from_bytes_mod_order_wide(&wide)
    }
}

/// 256 bits from which all randomness of one act follows: of one ballot, of one trustee's part in
/// one ceremony, of one decryption share.
///
/// A seed serves one act. It is mixed with everything the act states, so that a seed used twice by
/// mistake does not repeat a nonce.
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// A fresh seed. The generator must be that of the operating system or as good.
    pub fn draw(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self(bytes)
    }

    /// The seed that these bytes are. They must have been drawn at random.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, to be stored sealed.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// The scalars of one purpose. `purpose` and `statement` are hashed with the seed.
    pub(crate) fn scalars(&self, purpose: Tag, statement: &[&[u8]]) -> Scalars {
        let mut digest = Digest::new(Tag::Nonces).bytes(self.0.as_slice());
        for part in core::iter::once(&purpose.label().as_bytes()).chain(statement) {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            digest = digest.number(length).bytes(part);
        }
        Scalars(digest.0.finalize_xof())
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// Scalars one after another, as good as random to whoever lacks the seed.
pub(crate) struct Scalars(blake3::OutputReader);

impl Scalars {
    pub(crate) fn next(&mut self) -> Zeroizing<Scalar> {
        let mut wide = [0; 64];
        self.0.fill(&mut wide);
        let scalar = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide));
        wide.zeroize();
        scalar
    }

    pub(crate) fn take(&mut self, count: usize) -> Zeroizing<Vec<Scalar>> {
        Zeroizing::new((0..count).map(|_| *self.next()).collect())
    }
}

impl fmt::Debug for Scalars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalars(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_and_what_is_not_canonical_are_no_elements() {
        assert_eq!(Element::read([0; 32]).err(), Some(DecodeError::Point));
        assert!(Element::read_any([0; 32]).is_ok());
        // The field's prime plus one, an encoding of 1 that is not the smallest.
        let mut high = [0xff; 32];
        high[0] = 0xee;
        high[31] = 0x7f;
        assert_eq!(Element::read_any(high).err(), Some(DecodeError::Point));
        assert_eq!(
            Element::read_any([0xff; 32]).err(),
            Some(DecodeError::Point)
        );
    }

    #[test]
    fn a_seed_gives_other_scalars_for_every_purpose_and_statement() {
        let seed = Seed::from_bytes([7; 32]);
        let first = |tag, statement: &[&[u8]]| *seed.scalars(tag, statement).next();
        let one = first(Tag::Ballot, &[b"ab", b"c"]);
        assert_eq!(one, first(Tag::Ballot, &[b"ab", b"c"]));
        assert_ne!(one, first(Tag::Ballot, &[b"a", b"bc"]));
        assert_ne!(one, first(Tag::Share, &[b"ab", b"c"]));
        let other = Seed::from_bytes([8; 32]);
        assert_ne!(one, *other.scalars(Tag::Ballot, &[b"ab", b"c"]).next());
    }
}
