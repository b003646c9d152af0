//! A ballot: for each option a number under the key, and one proof that all of it is an answer the
//! question allows. Not here: the voter's signature, which is that of the entry the ballot is in.
//!
//! Under the key Y, the number v is the pair R = r·G, C = r·Y + v·G (exponential `ElGamal`; Cramer,
//! Gennaro, Schoenmakers, *A Secure and Optimally Efficient Multi-Authority Election Scheme*,
//! 1997). Sums of pairs are pairs of sums, so the trustees open totals and nothing else.

use core::fmt;

use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::Zeroizing;

use crate::booth::Booth;
use crate::bytes::{DecodeError, Kind, Reader, Writer, small};
use crate::election::ElectionId;
use crate::group::{Digest, Element, Scalars, Seed, Tag};
use crate::question::{Choice, ChoiceError, MAX_EACH, MAX_OPTIONS, MAX_POINTS, SecretQuestion};

mod opening;
mod range;
#[cfg(test)]
mod tests;

pub use opening::{Opening, OpeningError};
pub(crate) use range::Pair;
use range::{Claim, RangeProof};

/// The longest a ballot can be, in bytes.
pub const MAX_BALLOT: usize = 80_000;

/// The hash of a ballot in its election. Its first hundred bits are the voter's receipt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BallotHash([u8; 32]);

impl BallotHash {
    /// Of any bytes that claim to be a ballot.
    #[must_use]
    pub fn of(election: &ElectionId, bytes: &[u8]) -> Self {
        let digest = Digest::new(Tag::Ballot).bytes(election.as_bytes());
        Self(digest.bytes(bytes).hash())
    }

    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for BallotHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BallotHash({})", blake3::Hash::from(self.0).to_hex())
    }
}

/// What one voter cast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    voter: [u8; 32],
    number: u32,
    each: u8,
    sums: u8,
    pairs: Vec<Pair>,
    challenge: Scalar,
    options: Vec<RangeProof>,
    sum: Option<RangeProof>,
}

/// Why a ballot does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BallotError {
    /// It answers a question of another shape.
    #[error("check a ballot: it answers another question")]
    Shape,
    /// Its proof does not hold, for this voter, in this election.
    #[error("check a ballot: its proof does not hold")]
    Proof,
}

impl Booth {
    /// Casts a ballot, and gives with it what opens it.
    ///
    /// `voter` is the credential on the roll, `number` counts the ballots of this voter: the
    /// highest number counts. Whoever casts in earnest drops the opening at once; whoever tests
    /// the device shows it to a second one, and casts anew.
    ///
    /// Takes the same time and touches the same memory whatever is chosen, as far as the compiler
    /// lets us say.
    ///
    /// # Errors
    ///
    /// If the question does not allow the choice.
    pub fn cast(
        &self,
        voter: [u8; 32],
        number: u32,
        choice: &Choice,
        seed: &Seed,
    ) -> Result<(Ballot, Opening), ChoiceError> {
        let choice = self.election().terms().question.choice(choice.values())?;
        let statement: [&[u8]; 5] = [
            self.election_id().as_bytes(),
            self.key_id().as_bytes(),
            &voter,
            &number.to_be_bytes(),
            choice.values(),
        ];
        let mut scalars = seed.scalars(Tag::Ballot, &statement);
        let randomness = scalars.take(choice.values().len());
        let ballot = self.fill_in(voter, number, choice.values(), &randomness, &mut scalars);
        let hash = ballot.hash(self.election_id());
        Ok((ballot, Opening::new(hash, choice, randomness)))
    }

    /// Hides and proves numbers. For numbers that the question does not allow, a ballot comes out
    /// whose proof does not hold.
    fn fill_in(
        &self,
        voter: [u8; 32],
        number: u32,
        values: &[u8],
        randomness: &[Scalar],
        scalars: &mut Scalars,
    ) -> Ballot {
        let question = &self.election().terms().question;
        let hide = |(value, r): (&u8, &Scalar)| Pair {
            blind: Element::of(RistrettoPoint::mul_base(r)),
            hidden: Element::of(&*self.table * r + RistrettoPoint::mul_base(&Scalar::from(*value))),
        };
        let pairs: Vec<Pair> = values.iter().zip(randomness).map(hide).collect();
        let mut digest = self.about_ballot(&voter, number, question, &pairs);
        let mut claims = Vec::new();
        for (value, r) in values.iter().zip(randomness) {
            let (claim, commitments) =
                Claim::begin(self, r, u16::from(*value), 0, question.each(), scalars);
            digest = digest.elements(&commitments);
            claims.push(claim);
        }
        let mut sum_claim = None;
        if let Some((low, high)) = question.sum() {
            let value = values.iter().copied().map(u16::from).sum();
            let r = Zeroizing::new(randomness.iter().sum());
            let (claim, commitments) = Claim::begin(self, &r, value, low, high, scalars);
            digest = digest.elements(&commitments);
            sum_claim = Some(claim);
        }
        let challenge = digest.challenge();
        Ballot {
            voter,
            number,
            each: question.each(),
            sums: question.sums(),
            pairs,
            challenge,
            options: claims.iter().map(|claim| claim.end(&challenge)).collect(),
            sum: sum_claim.map(|claim| claim.end(&challenge)),
        }
    }

    /// What a ballot's proof is about; the commitments follow.
    fn about_ballot(
        &self,
        voter: &[u8; 32],
        number: u32,
        question: &SecretQuestion,
        pairs: &[Pair],
    ) -> Digest {
        let digest = Digest::new(Tag::BallotProof)
            .bytes(self.election_id().as_bytes())
            .bytes(self.key_id().as_bytes())
            .bytes(self.public_key())
            .bytes(voter)
            .number(number)
            .byte(question.options())
            .byte(question.each())
            .byte(question.sums());
        pairs.iter().fold(digest, |digest, pair| {
            digest.element(&pair.blind).element(&pair.hidden)
        })
    }

    /// Whether a ballot answers this question, for the voter it names.
    ///
    /// Not whether that voter is on the roll or voted again; [`count`](crate::count) says that.
    ///
    /// # Errors
    ///
    /// If it does not.
    pub fn check(&self, ballot: &Ballot) -> Result<(), BallotError> {
        let question = &self.election().terms().question;
        if !ballot.answers(question) {
            return Err(BallotError::Shape);
        }
        let mut digest = self.about_ballot(&ballot.voter, ballot.number, question, &ballot.pairs);
        for (pair, proof) in ballot.pairs.iter().zip(&ballot.options) {
            digest = digest.elements(&proof.commitments(self, pair, 0, &ballot.challenge));
        }
        if let (Some((low, _)), Some(proof)) = (question.sum(), &ballot.sum) {
            let sum = Pair::sum(&ballot.pairs);
            digest = digest.elements(&proof.commitments(self, &sum, low, &ballot.challenge));
        }
        if digest.challenge() == ballot.challenge {
            Ok(())
        } else {
            Err(BallotError::Proof)
        }
    }
}

impl Ballot {
    /// The credential it is cast with.
    #[must_use]
    pub const fn voter(&self) -> &[u8; 32] {
        &self.voter
    }

    /// Which of the voter's ballots it is.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Its hash in `election`.
    #[must_use]
    pub fn hash(&self, election: &ElectionId) -> BallotHash {
        BallotHash::of(election, &self.encode())
    }

    pub(crate) fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Whether it has the shape of an answer to `question`.
    pub(crate) fn answers(&self, question: &SecretQuestion) -> bool {
        small(self.pairs.len()) == question.options()
            && self.each == question.each()
            && self.sums == question.sums()
    }

    /// Voter, number, shape, pairs, challenge, proofs.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(Kind::Ballot);
        writer.raw(&self.voter);
        writer.number(self.number);
        writer.byte(small(self.pairs.len()));
        writer.byte(self.each);
        writer.byte(self.sums);
        for pair in &self.pairs {
            writer.element(&pair.blind);
            writer.element(&pair.hidden);
        }
        writer.scalar(&self.challenge);
        for proof in self.options.iter().chain(&self.sum) {
            proof.write(&mut writer);
        }
        writer.finish()
    }

    /// Reads a ballot alone. Whether it holds, [`Booth::check`] tells.
    ///
    /// # Errors
    ///
    /// If the bytes are not the encoding of a ballot.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_BALLOT {
            return Err(DecodeError::Limit);
        }
        let mut reader = Reader::new(bytes, Kind::Ballot)?;
        let voter = reader.array()?;
        let number = reader.number()?;
        let options = usize::from(reader.byte_within(2, MAX_OPTIONS)?);
        let each = reader.byte_within(1, MAX_EACH)?;
        let sums = reader.byte_within(0, MAX_POINTS.saturating_add(1))?;
        let values = usize::from(each).saturating_add(1);
        let pairs = reader.list(options, Pair::read)?;
        let challenge = reader.scalar()?;
        let proofs = reader.list(options, |reader| RangeProof::read(reader, values))?;
        let sum = match sums {
            0 => None,
            sums => Some(RangeProof::read(&mut reader, usize::from(sums))?),
        };
        reader.end()?;
        Ok(Self {
            voter,
            number,
            each,
            sums,
            pairs,
            challenge,
            options: proofs,
            sum,
        })
    }
}
