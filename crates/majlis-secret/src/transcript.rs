//! Everything published about one secret vote, in one piece of bytes that two verifiers read.
//! Not here: signatures. That a voter cast a ballot, a trustee sent a message and the closing names
//! these ballots is shown by the signed entries they came in.

use std::collections::{BTreeMap, BTreeSet};

use crate::ballot::BallotHash;
use crate::booth::Booth;
use crate::bytes::{DecodeError, Kind, Reader, Writer, ascends};
use crate::ceremony::{Ceremony, CeremonyError};
use crate::count::{RollMismatch, count};
use crate::election::{Election, Roll};
use crate::outcome::Outcome;
use crate::share::open;

/// The most ballots in one box, refused ones included.
pub const MAX_BALLOTS: u32 = 400_000;
/// The most openings.
pub const MAX_OPENINGS: u32 = 10_000;
/// The most shares, refused ones included.
pub const MAX_SHARES: u32 = 1_000;
/// The most bytes of one ballot, opening or share. What is longer was no entry.
pub const MAX_PIECE: usize = 262_144;

/// The public record of one secret vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    election: Election,
    roll: Roll,
    ceremony: Ceremony,
    /// By ascending hash, each once.
    ballots: Vec<Vec<u8>>,
    /// By ascending bytes, each once.
    openings: Vec<Vec<u8>>,
    /// By ascending bytes, each once.
    shares: Vec<Vec<u8>>,
}

/// More than a transcript holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a transcript: there is more than it holds")]
pub struct TooLong;

/// Why a transcript shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The bytes are no transcript.
    #[error("verify a secret vote: the bytes are no transcript")]
    Decode(#[from] DecodeError),
    /// The trustees' messages make no key.
    #[error("verify a secret vote: the trustees' messages make no key")]
    Ceremony(#[from] CeremonyError),
    /// The roll is not the one that the election names.
    #[error("verify a secret vote: the roll is not the election's")]
    Roll(#[from] RollMismatch),
}

impl Transcript {
    /// Puts a record together. Ballots, openings and shares are raw, in any order, repeats and
    /// those that will be refused included.
    ///
    /// # Errors
    ///
    /// If there is more than a transcript holds.
    pub fn new(
        election: Election,
        roll: Roll,
        ceremony: Ceremony,
        ballots: impl IntoIterator<Item = Vec<u8>>,
        openings: impl IntoIterator<Item = Vec<u8>>,
        shares: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Self, TooLong> {
        let hashed = |bytes: Vec<u8>| (BallotHash::of(election.id(), &bytes), bytes);
        let ballots: BTreeMap<BallotHash, Vec<u8>> = ballots.into_iter().map(hashed).collect();
        let openings: BTreeSet<Vec<u8>> = openings.into_iter().collect();
        let shares: BTreeSet<Vec<u8>> = shares.into_iter().collect();
        let transcript = Self {
            election,
            roll,
            ceremony,
            ballots: ballots.into_values().collect(),
            openings: openings.into_iter().collect(),
            shares: shares.into_iter().collect(),
        };
        let lists = [
            (&transcript.ballots, MAX_BALLOTS),
            (&transcript.openings, MAX_OPENINGS),
            (&transcript.shares, MAX_SHARES),
        ];
        let fits = |(list, most): &(&Vec<Vec<u8>>, u32)| {
            u32::try_from(list.len()).is_ok_and(|count| count <= *most)
                && list.iter().all(|piece| piece.len() <= MAX_PIECE)
        };
        if lists.iter().all(fits) {
            Ok(transcript)
        } else {
            Err(TooLong)
        }
    }

    /// What was voted on.
    #[must_use]
    pub const fn election(&self) -> &Election {
        &self.election
    }

    /// Checks everything and counts: key, ballots, sums, shares, totals.
    ///
    /// # Errors
    ///
    /// If the key or the roll is not what it must be. A ballot or a share that is not, is refused
    /// by itself, and the outcome says so.
    pub fn verify(&self) -> Result<Outcome, VerifyError> {
        let booth: Booth = self.ceremony.open(&self.election)?;
        let ballots = self.ballots.iter().map(Vec::as_slice);
        let openings = self.openings.iter().map(Vec::as_slice);
        let tally = count(&booth, &self.roll, ballots, openings)?;
        Ok(open(&booth, tally, self.shares.iter().map(Vec::as_slice)))
    }

    /// Election, roll, ceremony, ballots, openings, shares.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(Kind::Transcript);
        writer.raw(&self.election.encode());
        writer.raw(&self.roll.encode());
        writer.raw(&self.ceremony.encode());
        for list in [&self.ballots, &self.openings, &self.shares] {
            writer.count(list.len());
            for piece in list {
                writer.bounded(piece);
            }
        }
        writer.finish()
    }

    /// Reads a transcript.
    ///
    /// # Errors
    ///
    /// If the bytes are not the encoding of a transcript.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, Kind::Transcript)?;
        let election = Election::read(&mut reader)?;
        let roll = Roll::read(&mut reader)?;
        let ceremony = Ceremony::read(&mut reader)?;
        let mut pieces = |most| {
            let count = reader.count(most)?;
            reader.list(count, |reader| Ok(reader.bounded(MAX_PIECE)?.to_vec()))
        };
        let ballots = pieces(MAX_BALLOTS)?;
        let openings = pieces(MAX_OPENINGS)?;
        let shares = pieces(MAX_SHARES)?;
        reader.end()?;
        let hashes: Vec<BallotHash> = ballots
            .iter()
            .map(|ballot| BallotHash::of(election.id(), ballot))
            .collect();
        if !ascends(&hashes) || !ascends(&openings) || !ascends(&shares) {
            return Err(DecodeError::Order);
        }
        Ok(Self {
            election,
            roll,
            ceremony,
            ballots,
            openings,
            shares,
        })
    }
}

/// Reads a transcript and checks everything in it.
///
/// [`second::verify`](crate::second::verify) does the same again, from the same description of the
/// bytes, in code that shares nothing with this; both must give the same outcome.
///
/// # Errors
///
/// As for [`Transcript::decode`] and [`Transcript::verify`].
pub fn verify(transcript: &[u8]) -> Result<Outcome, VerifyError> {
    Transcript::decode(transcript)?.verify()
}
