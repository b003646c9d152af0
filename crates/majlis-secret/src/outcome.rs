//! What a secret vote came to: every ballot and share with what became of it, and the totals.
//! Canonical bytes and a hash, so that two devices, or two verifiers, compare 32 bytes.

use core::fmt;

use crate::ballot::Pair;
use crate::booth::{Booth, KeyId};
use crate::bytes::{Kind, Writer, small};
use crate::count::Tally;
use crate::election::ElectionId;
use crate::group::{Digest, Tag};
use crate::share::ShareStatus;

/// The totals, or why there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Totals {
    /// For each option the sum over the ballots that count.
    Known(Vec<u32>),
    /// So few ballots count that the totals are not opened.
    TooFewBallots,
    /// Fewer trustees than the threshold sent a right share.
    TooFewShares,
    /// The shares open to no total that these ballots can have. A proof must have been forged.
    Beyond,
}

/// The hash over an outcome's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutcomeHash([u8; 32]);

impl OutcomeHash {
    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Of the canonical bytes of an outcome.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Digest::new(Tag::Outcome).bytes(bytes).hash())
    }
}

impl fmt::Display for OutcomeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from(self.0).to_hex())
    }
}

impl fmt::Debug for OutcomeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutcomeHash({self})")
    }
}

/// What a vote came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    election: ElectionId,
    key: KeyId,
    tally: Tally,
    shares: Vec<([u8; 32], ShareStatus)>,
    totals: Totals,
}

impl Outcome {
    pub(crate) const fn new(
        booth: &Booth,
        tally: Tally,
        shares: Vec<([u8; 32], ShareStatus)>,
        totals: Totals,
    ) -> Self {
        Self {
            election: *booth.election_id(),
            key: *booth.key_id(),
            tally,
            shares,
            totals,
        }
    }

    /// What was in the box, and what counted.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Every share by the order of its bytes: hash, and what became of it.
    #[must_use]
    pub fn shares(&self) -> &[([u8; 32], ShareStatus)] {
        &self.shares
    }

    /// The totals, or why there are none.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The one encoding of this outcome.
    #[must_use]
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(Kind::Outcome);
        writer.raw(self.election.as_bytes());
        writer.raw(self.key.as_bytes());
        writer.raw(self.tally.id().as_bytes());
        writer.count(self.tally.ballots.len());
        for (hash, status) in &self.tally.ballots {
            writer.raw(hash.as_bytes());
            writer.byte(*status as u8);
        }
        writer.count(self.tally.openings.len());
        for (hash, status) in &self.tally.openings {
            writer.raw(hash);
            writer.byte(*status as u8);
        }
        writer.number(self.tally.counted);
        writer.byte(small(self.tally.sums.len()));
        for Pair { blind, hidden } in &self.tally.sums {
            writer.element(blind);
            writer.element(hidden);
        }
        writer.count(self.shares.len());
        for (hash, status) in &self.shares {
            writer.raw(hash);
            writer.byte(*status as u8);
        }
        match &self.totals {
            Totals::Known(totals) => {
                writer.byte(0);
                for total in totals {
                    writer.number(*total);
                }
            }
            Totals::TooFewBallots => writer.byte(1),
            Totals::TooFewShares => writer.byte(2),
            Totals::Beyond => writer.byte(3),
        }
        writer.finish()
    }

    /// The hash of the bytes.
    #[must_use]
    pub fn hash(&self) -> OutcomeHash {
        OutcomeHash::of(&self.canonical_bytes())
    }
}
