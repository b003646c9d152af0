//! What shows the content of one ballot: the numbers chosen and the randomness. It is for testing
//! the device one votes with, and a ballot it was shown for never counts.
//! Not here: any way to open a ballot without its voter's help.

use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::Zeroizing;

use super::{Ballot, BallotError, BallotHash};
use crate::booth::Booth;
use crate::bytes::{DecodeError, Kind, Reader, Writer, small};
use crate::group::{Digest, Tag};
use crate::question::{Choice, MAX_OPTIONS};

/// Numbers and randomness of one ballot, wiped when dropped.
pub struct Opening {
    ballot: BallotHash,
    values: Zeroizing<Vec<u8>>,
    randomness: Zeroizing<Vec<Scalar>>,
}

impl core::fmt::Debug for Opening {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Opening({:?})", self.ballot)
    }
}

/// Why an opening shows nothing of a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpeningError {
    /// It is for another ballot.
    #[error("open a test ballot: the opening is for another ballot")]
    Other,
    /// The ballot itself does not hold.
    #[error("open a test ballot")]
    Ballot(#[source] BallotError),
    /// The ballot does not contain what the opening says: the device that made it cheats.
    #[error("open a test ballot: it contains something else")]
    Different,
}

impl Opening {
    pub(super) fn new(
        ballot: BallotHash,
        choice: Choice,
        randomness: Zeroizing<Vec<Scalar>>,
    ) -> Self {
        Self {
            ballot,
            values: choice.into_values(),
            randomness,
        }
    }

    /// The ballot that it opens.
    #[must_use]
    pub const fn ballot(&self) -> &BallotHash {
        &self.ballot
    }

    /// The numbers that the device says it put in, for the person to compare with what they chose.
    #[must_use]
    pub fn values(&self) -> &[u8] {
        &self.values
    }

    /// Whether `ballot` holds and contains what this says: R = r·G and C = r·Y + v·G.
    ///
    /// A second device runs this and shows [`Opening::values`].
    ///
    /// # Errors
    ///
    /// If it does not.
    pub fn check(&self, booth: &Booth, ballot: &Ballot) -> Result<(), OpeningError> {
        if ballot.hash(booth.election_id()) != self.ballot {
            return Err(OpeningError::Other);
        }
        booth.check(ballot).map_err(OpeningError::Ballot)?;
        if self.fits(booth, ballot) {
            Ok(())
        } else {
            Err(OpeningError::Different)
        }
    }

    /// As [`Opening::check`], for a ballot that was found to hold.
    pub(crate) fn fits(&self, booth: &Booth, ballot: &Ballot) -> bool {
        let shown = self.values.iter().zip(self.randomness.iter());
        ballot.pairs().len() == self.values.len()
            && ballot.pairs().iter().zip(shown).all(|(pair, (value, r))| {
                let hidden = &*booth.table * r + RistrettoPoint::mul_base(&Scalar::from(*value));
                *pair.blind.point() == RistrettoPoint::mul_base(r) && *pair.hidden.point() == hidden
            })
    }

    /// The hash that outcomes list an opening by, of any bytes that claim to be one.
    pub(crate) fn hash(bytes: &[u8]) -> [u8; 32] {
        Digest::new(Tag::Opening).bytes(bytes).hash()
    }

    /// Hash of the ballot, number of options, numbers, randomness.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(Kind::Opening);
        writer.raw(self.ballot.as_bytes());
        writer.byte(small(self.values.len()));
        writer.raw(&self.values);
        writer.scalars(&self.randomness);
        writer.finish()
    }

    /// Reads an opening alone.
    ///
    /// # Errors
    ///
    /// If the bytes are not the encoding of an opening.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, Kind::Opening)?;
        let ballot = BallotHash::from_bytes(reader.array()?);
        let options = usize::from(reader.byte_within(2, MAX_OPTIONS)?);
        let values = Zeroizing::new(reader.slice(options)?.to_vec());
        let randomness = Zeroizing::new(reader.list(options, Reader::scalar)?);
        reader.end()?;
        Ok(Self {
            ballot,
            values,
            randomness,
        })
    }
}
