//! What is fixed before a secret vote opens, and its id, which every hash and proof names.
//! Not here: the trustees' key, which is made for exactly one election.

use core::fmt;

use crate::bytes::{DecodeError, Kind, Reader, Writer, ascends, small};
use crate::group::{Digest, Tag};
use crate::question::SecretQuestion;

/// The most voters a roll holds.
pub const MAX_VOTERS: u32 = 100_000;
/// The fewest ballots a vote may be asked to open at: fewer hide nothing.
pub const LEAST_BALLOTS: u32 = 3;
/// The most trustees.
pub const MAX_TRUSTEES: u8 = 15;

/// The hash of all that an election fixes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ElectionId([u8; 32]);

impl ElectionId {
    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ElectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ElectionId({})", blake3::Hash::from(self.0).to_hex())
    }
}

/// The credentials that may vote: public keys, each once, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roll(Vec<[u8; 32]>);

/// Why a list of credentials is no roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RollError {
    /// A credential is on it twice.
    #[error("make a roll: a credential is on it twice")]
    Twice,
    /// More than [`MAX_VOTERS`].
    #[error("make a roll: it holds at most {MAX_VOTERS} voters")]
    Long,
}

impl Roll {
    /// The roll of these credentials, in whatever order they come.
    ///
    /// # Errors
    ///
    /// If one is there twice, or they are too many.
    pub fn new(mut voters: Vec<[u8; 32]>) -> Result<Self, RollError> {
        voters.sort_unstable();
        if u32::try_from(voters.len()).is_ok_and(|count| count <= MAX_VOTERS) {
            if ascends(&voters) {
                return Ok(Self(voters));
            }
            return Err(RollError::Twice);
        }
        Err(RollError::Long)
    }

    /// Whether this credential may vote.
    #[must_use]
    pub fn holds(&self, voter: &[u8; 32]) -> bool {
        self.0.binary_search(voter).is_ok()
    }

    /// How many may vote.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Whether nobody may vote.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hash that an election names the roll by.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        Digest::new(Tag::Roll).bytes(&self.encode()).hash()
    }

    /// Count and credentials.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(Kind::Roll);
        writer.count(self.0.len());
        for voter in &self.0 {
            writer.raw(voter);
        }
        writer.finish()
    }

    /// Reads a roll alone.
    ///
    /// # Errors
    ///
    /// If the bytes are not the encoding of a roll.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bare(bytes);
        let roll = Self::read(&mut reader)?;
        reader.end()?;
        Ok(roll)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.head(Kind::Roll)?;
        let count = reader.count(MAX_VOTERS)?;
        let voters = reader.list(count, Reader::array)?;
        if !ascends(&voters) {
            return Err(DecodeError::Order);
        }
        Ok(Self(voters))
    }
}

/// All that is fixed before the trustees make a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The space the vote is in.
    pub space: [u8; 32],
    /// The id of the vote inside its space.
    pub vote: [u8; 32],
    /// The hash of the words that voters are shown, in all their languages.
    pub text: [u8; 32],
    /// What is asked.
    pub question: SecretQuestion,
    /// The roll's [`root`](Roll::root).
    pub roll_root: [u8; 32],
    /// How many are on the roll.
    pub voters: u32,
    /// Below so many counted ballots nothing is opened.
    pub minimum: u32,
    /// How many trustees are needed to open.
    pub threshold: u8,
    /// The trustees' public keys, in ascending order; a trustee's number is its place, from 1.
    pub trustees: Vec<[u8; 32]>,
}

/// Why terms are not those of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermsError {
    /// The minimum is below [`LEAST_BALLOTS`] or above the voters, or the voters are too many.
    #[error(
        "fix the terms: between {LEAST_BALLOTS} and {MAX_VOTERS} voters, and a minimum they can reach"
    )]
    Voters,
    /// Trustees out of order, twice, or too many.
    #[error("fix the terms: trustees are in ascending order, at most {MAX_TRUSTEES}")]
    Trustees,
    /// One trustee alone could open every ballot, or more are needed than there are.
    #[error("fix the terms: at least 2 trustees open, and at most all")]
    Threshold,
}

/// Terms that hold together, with their bytes and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Election {
    terms: Terms,
    bytes: Vec<u8>,
    id: ElectionId,
}

impl Election {
    /// Fixes terms.
    ///
    /// # Errors
    ///
    /// If they do not hold together.
    pub fn new(terms: Terms) -> Result<Self, TermsError> {
        let reachable = (LEAST_BALLOTS..=terms.voters).contains(&terms.minimum);
        if !reachable || terms.voters > MAX_VOTERS {
            return Err(TermsError::Voters);
        }
        if terms.trustees.len() > usize::from(MAX_TRUSTEES) || !ascends(&terms.trustees) {
            return Err(TermsError::Trustees);
        }
        if !(2..=small(terms.trustees.len())).contains(&terms.threshold) {
            return Err(TermsError::Threshold);
        }
        let mut writer = Writer::new(Kind::Election);
        writer.raw(&terms.space);
        writer.raw(&terms.vote);
        writer.raw(&terms.text);
        writer.raw(&terms.question.encode());
        writer.raw(&terms.roll_root);
        writer.number(terms.voters);
        writer.number(terms.minimum);
        writer.byte(terms.threshold);
        writer.byte(small(terms.trustees.len()));
        for trustee in &terms.trustees {
            writer.raw(trustee);
        }
        let bytes = writer.finish();
        let id = ElectionId(Digest::new(Tag::Election).bytes(&bytes).hash());
        Ok(Self { terms, bytes, id })
    }

    /// What was fixed.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The hash over all of it.
    #[must_use]
    pub const fn id(&self) -> &ElectionId {
        &self.id
    }

    /// How many trustees there are.
    #[must_use]
    pub fn trustees(&self) -> u8 {
        small(self.terms.trustees.len())
    }

    /// The fields in the order of [`Terms`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Reads an election alone.
    ///
    /// # Errors
    ///
    /// If the bytes are not the encoding of an election.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bare(bytes);
        let election = Self::read(&mut reader)?;
        reader.end()?;
        Ok(election)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.head(Kind::Election)?;
        let terms = Terms {
            space: reader.array()?,
            vote: reader.array()?,
            text: reader.array()?,
            question: SecretQuestion::read(reader)?,
            roll_root: reader.array()?,
            voters: reader.number()?,
            minimum: reader.number()?,
            threshold: reader.byte()?,
            trustees: {
                let count = reader.byte_within(2, MAX_TRUSTEES)?;
                reader.list(usize::from(count), Reader::array)?
            },
        };
        Self::new(terms).map_err(|_| DecodeError::Limit)
    }
}
