//! An election whose key is made and checked: what ballots are cast in and checked against.
//! A [`Booth`] exists only for a ceremony that was verified. Not here: whose turn it is to vote.

use core::fmt;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::{RistrettoBasepointTable, VartimeRistrettoPrecomputation};
use curve25519_dalek::traits::VartimePrecomputedMultiscalarMul as _;

use crate::election::{Election, ElectionId};
use crate::group::{Digest, Element, Tag};

/// The hash of the key, of the ceremony that made it, and of every trustee's public share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId([u8; 32]);

impl KeyId {
    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({})", blake3::Hash::from(self.0).to_hex())
    }
}

/// An election and its key.
pub struct Booth {
    election: Election,
    key: Element,
    shares: Vec<Element>,
    id: KeyId,
    /// Multiples of the key, for whoever casts: constant time.
    pub(crate) table: Box<RistrettoBasepointTable>,
    /// Multiples of generator and key, for whoever checks.
    pub(crate) multiples: VartimeRistrettoPrecomputation,
}

impl fmt::Debug for Booth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Booth")
            .field("election", self.election.id())
            .field("key", &self.id)
            .finish_non_exhaustive()
    }
}

impl Booth {
    /// Of a ceremony that was checked; `shares` are the trustees' public ones, by number.
    pub(crate) fn new(
        election: Election,
        ceremony: &[u8; 32],
        key: Element,
        shares: Vec<Element>,
    ) -> Self {
        let id = Digest::new(Tag::Key)
            .bytes(election.id().as_bytes())
            .bytes(ceremony)
            .element(&key)
            .elements(&shares)
            .hash();
        Self {
            table: Box::new(RistrettoBasepointTable::create(key.point())),
            multiples: VartimeRistrettoPrecomputation::new([
                RISTRETTO_BASEPOINT_POINT,
                *key.point(),
            ]),
            election,
            key,
            shares,
            id: KeyId(id),
        }
    }

    /// What is voted on.
    #[must_use]
    pub const fn election(&self) -> &Election {
        &self.election
    }

    /// The hash of the election's terms.
    #[must_use]
    pub const fn election_id(&self) -> &ElectionId {
        self.election.id()
    }

    /// The hash of the key and how it was made.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.id
    }

    /// The public key, as the bytes of a point.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; 32] {
        self.key.bytes()
    }

    pub(crate) fn share(&self, trustee: u8) -> Option<&Element> {
        self.shares.get(usize::from(trustee.checked_sub(1)?))
    }
}
