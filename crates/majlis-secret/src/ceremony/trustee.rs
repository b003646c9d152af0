//! The secret side of a ceremony: everything a trustee sends follows from one seed. Not here:
//! keeping the seed, and destroying it when the vote is over.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::{RistrettoPoint, Scalar};
use zeroize::Zeroizing;

use super::message::{Commitment, Complaint, Confirmation, Contribution};
use super::round::{Deal, Session, about_commitment, promise};
use crate::election::Election;
use crate::group::{Element, Seed, Tag};
use crate::knowledge::{Equality, Knowledge};

/// A trustee in one ceremony. All of it can be made again from election, number and seed, so a
/// device that lost power goes on where it was.
///
/// **A seed serves one attempt.** Whoever begins again, for whatever reason, draws a new seed:
/// otherwise the others know beforehand what one is going to contribute, and the last of them
/// chooses the key.
pub struct Trustee {
    election: Election,
    number: u8,
    seed: Seed,
    /// Opens shares that the others deal.
    pub(super) receiving: Zeroizing<Scalar>,
    ephemeral: Zeroizing<Scalar>,
    polynomial: Zeroizing<Vec<Scalar>>,
    /// What will be contributed: the points of the polynomial, then the ephemeral one.
    pub(super) points: Vec<Element>,
    /// What was, or will be, sent in round 1.
    pub(super) own: Commitment,
}

impl core::fmt::Debug for Trustee {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Trustee({})", self.number)
    }
}

/// Why a trustee has nothing to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrusteeError {
    /// The election has no trustee with this number.
    #[error("take part as a trustee: the election has no trustee with this number")]
    Number,
    /// The ceremony is about another election.
    #[error("take part as a trustee: this is another election")]
    Election,
    /// What stands under one's own number was made from another seed.
    #[error("take part as a trustee: what stands under this number is not from this seed")]
    NotMine,
}

/// Why a trustee does not confirm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfirmError {
    /// Some dealt wrong shares. The complaints are to be sent.
    #[error("confirm the key: {} trustees dealt a wrong share", .0.len())]
    WrongShares(Vec<Complaint>),
    /// This seed has no part in the ceremony.
    #[error("confirm the key")]
    Trustee(#[source] TrusteeError),
}

/// A trustee's share of the key, wiped when dropped.
pub struct DecryptionKey {
    pub(crate) trustee: u8,
    pub(crate) secret: Zeroizing<Scalar>,
}

impl DecryptionKey {
    /// Whose it is.
    #[must_use]
    pub const fn trustee(&self) -> u8 {
        self.trustee
    }
}

impl core::fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "DecryptionKey({})", self.trustee)
    }
}

impl Trustee {
    /// Takes part in making the key of `election` as its trustee `number`, from 1.
    ///
    /// # Errors
    ///
    /// If there is no such trustee.
    pub fn new(election: Election, number: u8, seed: Seed) -> Result<Self, TrusteeError> {
        if !(1..=election.trustees()).contains(&number) {
            return Err(TrusteeError::Number);
        }
        let mut scalars = seed.scalars(Tag::Contribution, &[election.id().as_bytes(), &[number]]);
        let receiving = scalars.next();
        let ephemeral = scalars.next();
        let polynomial = scalars.take(usize::from(election.terms().threshold));
        let point = |secret: &Scalar| Element::of(RistrettoPoint::mul_base(secret));
        let mut points: Vec<Element> = polynomial.iter().map(point).collect();
        points.push(point(&ephemeral));
        let promise = promise(&election, number, &points);
        let key = point(&receiving);
        let about = about_commitment(&election, number, &promise);
        let statement: [&[u8]; 3] = [election.id().as_bytes(), &[number], &promise];
        let mut nonces = seed.scalars(Tag::ShareKey, &statement);
        let own = Commitment {
            trustee: number,
            key,
            promise,
            proof: Knowledge::prove(about, &[*receiving], &[key], &mut nonces),
        };
        Ok(Self {
            election,
            number,
            seed,
            receiving,
            ephemeral,
            polynomial,
            points,
            own,
        })
    }

    pub(super) fn secrets(&self) -> Zeroizing<Vec<Scalar>> {
        let mut secrets = self.polynomial.clone();
        secrets.push(*self.ephemeral);
        secrets
    }

    /// The value of the polynomial, by Horner's rule.
    fn evaluate(&self, x: u8) -> Zeroizing<Scalar> {
        let x = Scalar::from(x);
        let sum = self
            .polynomial
            .iter()
            .rev()
            .fold(Scalar::ZERO, |sum, coefficient| sum * x + coefficient);
        Zeroizing::new(sum)
    }

    /// Round 1.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        self.own.clone()
    }

    /// Whether this trustee is the one that `session` knows under its number.
    fn is_in(&self, session: &Session) -> Result<(), TrusteeError> {
        if session.election != self.election {
            return Err(TrusteeError::Election);
        }
        if session.commitment(self.number) != Some(&self.own) {
            return Err(TrusteeError::NotMine);
        }
        Ok(())
    }

    /// Round 2, once all commitments are there.
    ///
    /// # Errors
    ///
    /// If one's own commitment is not among them.
    pub fn contribution(&self, session: &Session) -> Result<Contribution, TrusteeError> {
        self.is_in(session)?;
        let mut coefficients = self.points.clone();
        let ephemeral = coefficients.pop().ok_or(TrusteeError::Number)?;
        let sealed: Vec<[u8; 32]> = session
            .commitments
            .iter()
            .filter(|receiver| receiver.trustee != self.number)
            .map(|receiver| {
                let agreed = Element::of(receiver.key.point() * *self.ephemeral);
                let share = Zeroizing::new(self.evaluate(receiver.trustee).to_bytes());
                session.seal(&share, self.number, &ephemeral, receiver, &agreed)
            })
            .collect();
        let about = session.about_contribution(self.number, &sealed);
        let mut statement: Vec<&[u8]> = vec![&session.id];
        statement.extend(sealed.iter().map(<[u8; 32]>::as_slice));
        let mut nonces = self.seed.scalars(Tag::ContributionProof, &statement);
        Ok(Contribution {
            trustee: self.number,
            proof: Knowledge::prove(about, &self.secrets(), &self.points, &mut nonces),
            coefficients,
            ephemeral,
            sealed,
        })
    }

    /// One's share of the key: the sum of what all dealt, one's own value included.
    fn sum_of_shares(&self, deal: &Deal) -> Result<Zeroizing<Scalar>, ConfirmError> {
        self.is_in(&deal.session).map_err(ConfirmError::Trustee)?;
        let own = deal.session.commitment(self.number);
        let own = own.ok_or(ConfirmError::Trustee(TrusteeError::Number))?;
        let mut sum = self.evaluate(self.number);
        let mut complaints = Vec::new();
        for dealer in &deal.contributions {
            if dealer.trustee == self.number {
                if dealer.points() != self.points {
                    return Err(ConfirmError::Trustee(TrusteeError::NotMine));
                }
                continue;
            }
            let agreed = Element::of(dealer.ephemeral.point() * *self.receiving);
            match deal.dealt(dealer, own, &agreed).map(Zeroizing::new) {
                Some(share) => *sum += *share,
                None => complaints.push(self.complaint(deal, own, dealer, agreed)),
            }
        }
        if complaints.is_empty() {
            Ok(sum)
        } else {
            Err(ConfirmError::WrongShares(complaints))
        }
    }

    pub(super) fn complaint(
        &self,
        deal: &Deal,
        own: &Commitment,
        dealer: &Contribution,
        agreed: Element,
    ) -> Complaint {
        let about = deal.about_complaint(own, dealer, &agreed);
        let statement: [&[u8]; 2] = [&deal.ceremony, &[dealer.trustee]];
        let mut nonces = self.seed.scalars(Tag::Complaint, &statement);
        let bases = [RISTRETTO_BASEPOINT_POINT, *dealer.ephemeral.point()];
        Complaint {
            by: self.number,
            against: dealer.trustee,
            agreed,
            proof: Equality::prove(about, &self.receiving, &bases, &mut nonces),
        }
    }

    /// Round 3, once all contributions are there.
    ///
    /// # Errors
    ///
    /// If somebody dealt a wrong share; the error carries the complaints to send.
    pub fn confirmation(&self, deal: &Deal) -> Result<Confirmation, ConfirmError> {
        let secret = self.sum_of_shares(deal)?;
        let share = deal.share(self.number).copied();
        let share = share.ok_or(ConfirmError::Trustee(TrusteeError::Number))?;
        let about = deal.about_confirmation(self.number);
        let mut nonces = self.seed.scalars(Tag::Confirmation, &[&deal.ceremony]);
        Ok(Confirmation {
            trustee: self.number,
            ceremony: deal.ceremony,
            proof: Knowledge::prove(about, &[*secret], &[share], &mut nonces),
        })
    }

    /// The share to decrypt with. It is to be destroyed after the vote, with the seed.
    ///
    /// # Errors
    ///
    /// As for [`Trustee::confirmation`].
    pub fn decryption_key(&self, deal: &Deal) -> Result<DecryptionKey, ConfirmError> {
        Ok(DecryptionKey {
            trustee: self.number,
            secret: self.sum_of_shares(deal)?,
        })
    }
}
