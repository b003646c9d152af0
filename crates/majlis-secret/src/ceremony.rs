//! The trustees make a key that no fewer than the threshold of them can use.
//!
//! Pedersen's key generation (1991) with a hash commitment before every contribution: who
//! contributes last could otherwise choose the key by what the others sent (Gennaro, Jarecki,
//! Krawczyk, Rabin, *Secure Distributed Key Generation for Discrete-Log Based Cryptosystems*,
//! 2007). Three rounds, each of which everybody sees:
//!
//! 1. each trustee sends a [`Commitment`];
//! 2. holding all of those, each sends a [`Contribution`], with a sealed share for each other one;
//! 3. each checks what it was dealt, and sends a [`Confirmation`], or a [`Complaint`] that anybody
//!    can judge.
//!
//! One contribution that does not open its commitment, or one complaint upheld, ends the ceremony
//! and names who is at fault; the others begin again with fresh seeds, with or without that one.
//! Nobody is dropped silently, because leaving at the right moment would choose the key as well.
//! Not here: who may be a trustee, and how messages travel; they are signed entries.

use crate::booth::Booth;
use crate::bytes::{DecodeError, Kind, Reader, Writer, small};
use crate::election::{Election, MAX_TRUSTEES};

mod message;
mod round;
#[cfg(test)]
pub(crate) mod tests;
mod trustee;

pub use message::{Commitment, Complaint, Confirmation, Contribution};
pub use round::{Deal, Session, Verdict};
pub use trustee::{ConfirmError, DecryptionKey, Trustee, TrusteeError};

/// What a trustee did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It sent nothing in this round.
    #[error("sent nothing")]
    Missing,
    /// It sent two messages in this round.
    #[error("sent two messages in one round")]
    Twice,
    /// Its message is not made for this threshold and these trustees.
    #[error("sent a message of another shape")]
    Shape,
    /// Its proof does not hold.
    #[error("sent a proof that does not hold")]
    Proof,
    /// What it contributed is not what it committed itself to.
    #[error("contributed something else than it committed to")]
    Promise,
    /// It confirmed something else than what was dealt.
    #[error("confirmed something else")]
    Confirmed,
}

/// Why a ceremony made no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CeremonyError {
    /// One trustee is at fault.
    #[error("make the key: trustee {trustee} {fault}")]
    Trustee {
        /// The number of the trustee.
        trustee: u8,
        /// What it did.
        fault: Fault,
    },
    /// The contributions cancel each other out.
    #[error("make the key: the contributions cancel each other out")]
    Weak,
}

impl CeremonyError {
    pub(crate) const fn by(trustee: u8, fault: Fault) -> Self {
        Self::Trustee { trustee, fault }
    }
}

/// All messages of a ceremony that came to its end, by number of trustee: the public record from
/// which anybody computes the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    commitments: Vec<Commitment>,
    contributions: Vec<Contribution>,
    confirmations: Vec<Confirmation>,
}

impl Ceremony {
    /// The record of these messages, which may come in any order.
    ///
    /// # Errors
    ///
    /// If they make no key for `election`.
    pub fn new(
        election: &Election,
        commitments: Vec<Commitment>,
        contributions: Vec<Contribution>,
        confirmations: Vec<Confirmation>,
    ) -> Result<(Self, Booth), CeremonyError> {
        let mut ceremony = Self {
            commitments,
            contributions,
            confirmations,
        };
        ceremony.commitments.sort_by_key(Commitment::trustee);
        ceremony.contributions.sort_by_key(Contribution::trustee);
        ceremony.confirmations.sort_by_key(Confirmation::trustee);
        let booth = ceremony.open(election)?;
        Ok((ceremony, booth))
    }

    /// Checks every message, and gives what ballots are cast and checked in.
    ///
    /// # Errors
    ///
    /// If the messages make no key for `election`.
    pub fn open(&self, election: &Election) -> Result<Booth, CeremonyError> {
        let session = Session::new(election.clone(), self.commitments.clone())?;
        let deal = Deal::new(session, self.contributions.clone())?;
        deal.booth(&self.confirmations)
    }

    /// The number of trustees and their messages, round by round.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(Kind::Ceremony);
        writer.byte(small(self.commitments.len()));
        for commitment in &self.commitments {
            writer.raw(&commitment.encode());
        }
        for contribution in &self.contributions {
            writer.raw(&contribution.encode());
        }
        for confirmation in &self.confirmations {
            writer.raw(&confirmation.encode());
        }
        writer.finish()
    }

    /// Reads a ceremony alone. Whether it made a key, [`Ceremony::open`] tells.
    ///
    /// # Errors
    ///
    /// If the bytes are not the encoding of a ceremony.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bare(bytes);
        let ceremony = Self::read(&mut reader)?;
        reader.end()?;
        Ok(ceremony)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.head(Kind::Ceremony)?;
        let count = usize::from(reader.byte_within(2, MAX_TRUSTEES)?);
        let ceremony = Self {
            commitments: reader.list(count, Commitment::read)?,
            contributions: reader.list(count, Contribution::read)?,
            confirmations: reader.list(count, Confirmation::read)?,
        };
        let in_order = |numbers: Vec<u8>| numbers.into_iter().eq(1..=small(count));
        let rounds = [
            ceremony
                .commitments
                .iter()
                .map(Commitment::trustee)
                .collect(),
            ceremony
                .contributions
                .iter()
                .map(Contribution::trustee)
                .collect(),
            ceremony
                .confirmations
                .iter()
                .map(Confirmation::trustee)
                .collect(),
        ];
        if rounds.into_iter().all(in_order) {
            Ok(ceremony)
        } else {
            Err(DecodeError::Order)
        }
    }
}
