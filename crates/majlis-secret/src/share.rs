//! A trustee's part in opening the totals, with its proof, and how a threshold of parts opens them.
//! Not here: any way to open a single ballot; no share is made for anything but a tally.

use std::collections::{BTreeMap, BTreeSet};

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::{RistrettoPoint, Scalar};

use crate::booth::Booth;
use crate::bytes::{DecodeError, Kind, Reader, Writer, small};
use crate::ceremony::DecryptionKey;
use crate::count::{Tally, TallyId};
use crate::election::MAX_TRUSTEES;
use crate::group::{Digest, Element, Seed, Tag};
use crate::knowledge::Equality;
use crate::logarithm::Logarithms;
use crate::outcome::{Outcome, Totals};
use crate::question::MAX_OPTIONS;

#[cfg(test)]
mod tests;

/// For each option D = x·R, x being the trustee's share of the key and R the sum of the ballots'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    trustee: u8,
    tally: TallyId,
    parts: Vec<Element>,
    proof: Equality,
}

/// What became of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ShareStatus {
    /// It is right.
    Valid = 0,
    /// The bytes are no share of a trustee of this election.
    Malformed = 1,
    /// It was made for another tally.
    OtherTally = 2,
    /// Its proof does not hold.
    Unproven = 3,
    /// So few ballots count that none may be opened.
    NotAllowed = 4,
    /// The trustee sent another right share, which comes first in the order of bytes.
    Repeated = 5,
}

/// Why a trustee makes no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// So few ballots count that the totals would tell who voted what.
    #[error("open the totals: too few ballots count")]
    TooFew,
    /// The difference of two tallies can be a single vote.
    #[error("open the totals: this trustee opened another tally of this election before")]
    AlreadyOpened,
    /// The key is not one of this election.
    #[error("open the totals: the key belongs to another election")]
    OtherKey,
}

impl DecryptionKey {
    /// A share for opening `tally`, and nothing else.
    ///
    /// `earlier` is the tally that this trustee made a share for before, if any. It must come from
    /// disk: two different tallies of one election, opened, tell the votes that they differ by.
    ///
    /// # Errors
    ///
    /// If the totals are not to be opened.
    pub fn share(
        &self,
        booth: &Booth,
        tally: &Tally,
        earlier: Option<&TallyId>,
        seed: &Seed,
    ) -> Result<Share, ShareError> {
        let public = booth.share(self.trustee).ok_or(ShareError::OtherKey)?;
        if RistrettoPoint::mul_base(&self.secret) != *public.point() {
            return Err(ShareError::OtherKey);
        }
        if !tally.may_open(booth) {
            return Err(ShareError::TooFew);
        }
        if earlier.is_some_and(|earlier| earlier != tally.id()) {
            return Err(ShareError::AlreadyOpened);
        }
        let mut bases = vec![RISTRETTO_BASEPOINT_POINT];
        bases.extend(tally.sums.iter().map(|sum| *sum.blind.point()));
        let parts: Vec<Element> = bases
            .iter()
            .skip(1)
            .map(|base| Element::of(base * *self.secret))
            .collect();
        let about = about_share(booth, tally, self.trustee, public, &parts);
        let statement: [&[u8]; 3] = [
            tally.id().as_bytes(),
            self.secret.as_bytes(),
            &[self.trustee],
        ];
        let mut nonces = seed.scalars(Tag::ShareProof, &statement);
        Ok(Share {
            trustee: self.trustee,
            tally: *tally.id(),
            proof: Equality::prove(about, &self.secret, &bases, &mut nonces),
            parts,
        })
    }
}

/// What a share's proof is about; the commitments follow.
fn about_share(
    booth: &Booth,
    tally: &Tally,
    trustee: u8,
    public: &Element,
    parts: &[Element],
) -> Digest {
    let mut digest = Digest::new(Tag::ShareProof)
        .bytes(booth.election_id().as_bytes())
        .bytes(booth.key_id().as_bytes())
        .bytes(tally.id().as_bytes())
        .byte(trustee)
        .element(public)
        .byte(small(parts.len()));
    for (sum, part) in tally.sums.iter().zip(parts) {
        digest = digest
            .element(&sum.blind)
            .element(&sum.hidden)
            .element(part);
    }
    digest
}

impl Share {
    /// Whose it is. That it was them, the entry's signature tells; that it is right, its proof.
    #[must_use]
    pub const fn trustee(&self) -> u8 {
        self.trustee
    }

    /// What it opens.
    #[must_use]
    pub const fn tally(&self) -> &TallyId {
        &self.tally
    }

    /// What becomes of it when `tally` is opened.
    #[must_use]
    pub fn check(&self, booth: &Booth, tally: &Tally) -> ShareStatus {
        let Some(public) = booth.share(self.trustee) else {
            return ShareStatus::Malformed;
        };
        if self.parts.len() != tally.sums.len() {
            return ShareStatus::Malformed;
        }
        if self.tally != *tally.id() {
            return ShareStatus::OtherTally;
        }
        let about = about_share(booth, tally, self.trustee, public, &self.parts);
        let mut pairs = vec![(RISTRETTO_BASEPOINT_POINT, *public.point())];
        for (sum, part) in tally.sums.iter().zip(&self.parts) {
            pairs.push((*sum.blind.point(), *part.point()));
        }
        if self.proof.holds(about, &pairs) {
            ShareStatus::Valid
        } else {
            ShareStatus::Unproven
        }
    }

    /// The hash that outcomes list a share by, of any bytes that claim to be one.
    pub(crate) fn hash(bytes: &[u8]) -> [u8; 32] {
        Digest::new(Tag::Share).bytes(bytes).hash()
    }

    /// Trustee, tally, number of options, parts, proof.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new(Kind::Share);
        writer.byte(self.trustee);
        writer.raw(self.tally.as_bytes());
        writer.byte(small(self.parts.len()));
        for part in &self.parts {
            writer.element(part);
        }
        self.proof.write(&mut writer);
        writer.finish()
    }

    /// Reads a share alone. Whether it is right, [`Share::check`] tells.
    ///
    /// # Errors
    ///
    /// If the bytes are not the encoding of a share.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes, Kind::Share)?;
        let share = Self {
            trustee: reader.byte_within(1, MAX_TRUSTEES)?,
            tally: TallyId::from_bytes(reader.array()?),
            parts: {
                let options = reader.byte_within(2, MAX_OPTIONS)?;
                // Sums may cancel out, so the identity is allowed here, and only here.
                reader.list(usize::from(options), |reader| {
                    Element::read_any(reader.array()?)
                })?
            },
            proof: Equality::read(&mut reader)?,
        };
        reader.end()?;
        Ok(share)
    }
}

/// Opens a tally with what trustees sent, in any order, repeats and bad shares included.
#[must_use]
pub fn open<'a>(
    booth: &Booth,
    tally: Tally,
    shares: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    let allowed = tally.may_open(booth);
    let mut valid: BTreeMap<u8, Share> = BTreeMap::new();
    let mut statuses = Vec::new();
    let shares: BTreeSet<&[u8]> = shares.into_iter().collect();
    for bytes in shares {
        let status = match Share::decode(bytes) {
            _ if !allowed => ShareStatus::NotAllowed,
            Err(_) => ShareStatus::Malformed,
            Ok(share) => match share.check(booth, &tally) {
                ShareStatus::Valid if valid.contains_key(&share.trustee) => ShareStatus::Repeated,
                ShareStatus::Valid => {
                    valid.insert(share.trustee, share);
                    ShareStatus::Valid
                }
                refused => refused,
            },
        };
        statuses.push((Share::hash(bytes), status));
    }
    let threshold = usize::from(booth.election().terms().threshold);
    let totals = if !allowed {
        Totals::TooFewBallots
    } else if valid.len() < threshold {
        Totals::TooFewShares
    } else {
        let first: Vec<Share> = valid.into_values().take(threshold).collect();
        totals(booth, &tally, &first)
    };
    Outcome::new(booth, tally, statuses, totals)
}

/// C − Σ λ·D for each option, and how often the generator is in it.
fn totals(booth: &Booth, tally: &Tally, shares: &[Share]) -> Totals {
    let trustees: Vec<u8> = shares.iter().map(Share::trustee).collect();
    let weights: Vec<Scalar> = trustees
        .iter()
        .map(|trustee| weight(*trustee, &trustees))
        .collect();
    let each = u32::from(booth.election().terms().question.each());
    let logarithms = Logarithms::up_to(tally.counted.saturating_mul(each));
    let found: Option<Vec<u32>> = tally
        .sums
        .iter()
        .enumerate()
        .map(|(option, sum)| {
            let mask: RistrettoPoint = shares
                .iter()
                .zip(&weights)
                .filter_map(|(share, weight)| Some(share.parts.get(option)?.point() * weight))
                .sum();
            logarithms.find(&(sum.hidden.point() - mask))
        })
        .collect();
    found.map_or(Totals::Beyond, Totals::Known)
}

/// Lagrange's coefficient at 0: Π k ⁄ (k − j) over the other trustees k.
fn weight(trustee: u8, all: &[u8]) -> Scalar {
    let own = Scalar::from(trustee);
    let others = all.iter().filter(|other| **other != trustee);
    let (above, below) = others.fold((Scalar::ONE, Scalar::ONE), |(above, below), other| {
        let other = Scalar::from(*other);
        (above * other, below * (other - own))
    });
    above * below.invert()
}
