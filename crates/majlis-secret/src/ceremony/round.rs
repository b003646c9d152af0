//! What everybody checks between the rounds of a ceremony, and what follows from it.

use curve25519_dalek::traits::{Identity as _, IsIdentity};
use curve25519_dalek::{RistrettoPoint, Scalar};

use super::message::{Commitment, Complaint, Confirmation, Contribution};
use super::{CeremonyError, Fault};
use crate::booth::Booth;
use crate::election::Election;
use crate::group::{Digest, Element, Tag};

/// The commitments of all trustees, checked: round 2 may begin.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) election: Election,
    pub(super) commitments: Vec<Commitment>,
    pub(super) id: [u8; 32],
}

/// The contributions of all trustees, checked: round 3 may begin.
#[derive(Clone, Debug)]
pub struct Deal {
    pub(super) session: Session,
    pub(super) contributions: Vec<Contribution>,
    pub(super) ceremony: [u8; 32],
    pub(super) key: Element,
    /// The public side of each trustee's share of the key.
    pub(super) shares: Vec<Element>,
}

/// Who is at fault when a trustee complains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The dealer sent a wrong share: the ceremony ends.
    DealerAtFault,
    /// The share was right, or the complaint proves nothing.
    ComplaintUnfounded,
}

/// Whether each trustee sent exactly one message; `numbers` are in order.
fn one_each(numbers: &[u8], trustees: u8) -> Result<(), CeremonyError> {
    for trustee in 1..=trustees {
        match numbers.iter().filter(|number| **number == trustee).count() {
            0 => return Err(CeremonyError::by(trustee, Fault::Missing)),
            1 => {}
            _ => return Err(CeremonyError::by(trustee, Fault::Twice)),
        }
    }
    match numbers.iter().find(|number| **number > trustees) {
        Some(stranger) => Err(CeremonyError::by(*stranger, Fault::Shape)),
        None => Ok(()),
    }
}

/// Σ coefficientₖ · xᵏ, by Horner's rule.
fn evaluate(coefficients: &[Element], x: u8) -> RistrettoPoint {
    let x = Scalar::from(x);
    coefficients
        .iter()
        .rev()
        .fold(RistrettoPoint::identity(), |sum, coefficient| {
            sum * x + coefficient.point()
        })
}

/// What a commitment's proof is about.
pub(super) fn about_commitment(election: &Election, trustee: u8, promise: &[u8; 32]) -> Digest {
    Digest::new(Tag::ShareKey)
        .bytes(election.id().as_bytes())
        .byte(trustee)
        .bytes(promise)
}

/// The hash that a contribution must have been promised by.
pub(super) fn promise(election: &Election, trustee: u8, points: &[Element]) -> [u8; 32] {
    Digest::new(Tag::Contribution)
        .bytes(election.id().as_bytes())
        .byte(trustee)
        .elements(points)
        .hash()
}

/// One's own number left out, the place of another's sealed share.
fn place(dealer: u8, receiver: u8) -> usize {
    let before = if receiver > dealer { 2 } else { 1 };
    usize::from(receiver.saturating_sub(before))
}

impl Session {
    /// Takes all commitments, in any order.
    ///
    /// # Errors
    ///
    /// If a trustee's is missing, doubled or not proven.
    pub fn new(
        election: Election,
        mut commitments: Vec<Commitment>,
    ) -> Result<Self, CeremonyError> {
        commitments.sort_by_key(Commitment::trustee);
        let numbers: Vec<u8> = commitments.iter().map(Commitment::trustee).collect();
        one_each(&numbers, election.trustees())?;
        for commitment in &commitments {
            let about = about_commitment(&election, commitment.trustee, &commitment.promise);
            if !commitment.proof.holds(about, &[commitment.key]) {
                return Err(CeremonyError::by(commitment.trustee, Fault::Proof));
            }
        }
        Ok(Self::gather(election, commitments))
    }

    /// What follows from commitments that were checked, in order of number.
    pub(super) fn gather(election: Election, commitments: Vec<Commitment>) -> Self {
        let mut digest = Digest::new(Tag::Commitments).bytes(election.id().as_bytes());
        for commitment in &commitments {
            digest = digest.bytes(&commitment.encode());
        }
        Self {
            election,
            commitments,
            id: digest.hash(),
        }
    }

    pub(super) fn commitment(&self, trustee: u8) -> Option<&Commitment> {
        self.commitments
            .iter()
            .find(|commitment| commitment.trustee == trustee)
    }

    /// What a contribution's proof is about.
    pub(super) fn about_contribution(&self, trustee: u8, sealed: &[[u8; 32]]) -> Digest {
        let digest = Digest::new(Tag::ContributionProof)
            .bytes(self.election.id().as_bytes())
            .bytes(&self.id)
            .byte(trustee)
            .byte(self.election.terms().threshold)
            .byte(self.election.trustees());
        sealed
            .iter()
            .fold(digest, |digest, sealed| digest.bytes(sealed))
    }

    /// Whether a contribution is what its sender committed to.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub fn check(&self, contribution: &Contribution) -> Result<(), CeremonyError> {
        let refuse = |fault| Err(CeremonyError::by(contribution.trustee, fault));
        let Some(commitment) = self.commitment(contribution.trustee) else {
            return refuse(Fault::Shape);
        };
        let others = usize::from(self.election.trustees().saturating_sub(1));
        let threshold = usize::from(self.election.terms().threshold);
        if contribution.sealed.len() != others || contribution.coefficients.len() != threshold {
            return refuse(Fault::Shape);
        }
        let points = contribution.points();
        if promise(&self.election, contribution.trustee, &points) != commitment.promise {
            return refuse(Fault::Promise);
        }
        let about = self.about_contribution(contribution.trustee, &contribution.sealed);
        if !contribution.proof.holds(about, &points) {
            return refuse(Fault::Proof);
        }
        Ok(())
    }

    /// The bytes that hide, or show, one share: XOR with the hash of what both ends can compute.
    pub(super) fn seal(
        &self,
        share: &[u8; 32],
        dealer: u8,
        ephemeral: &Element,
        receiver: &Commitment,
        agreed: &Element,
    ) -> [u8; 32] {
        let pad = Digest::new(Tag::Seal)
            .bytes(&self.id)
            .byte(dealer)
            .byte(receiver.trustee)
            .element(ephemeral)
            .element(&receiver.key)
            .element(agreed)
            .hash();
        let mut out = *share;
        for (byte, pad) in out.iter_mut().zip(pad) {
            *byte ^= pad;
        }
        out
    }
}

impl Deal {
    /// Takes all contributions, in any order.
    ///
    /// # Errors
    ///
    /// If a trustee's is missing, doubled, or not what it committed to.
    pub fn new(
        session: Session,
        mut contributions: Vec<Contribution>,
    ) -> Result<Self, CeremonyError> {
        contributions.sort_by_key(Contribution::trustee);
        let numbers: Vec<u8> = contributions.iter().map(Contribution::trustee).collect();
        one_each(&numbers, session.election.trustees())?;
        for contribution in &contributions {
            session.check(contribution)?;
        }
        Self::add_up(session, contributions)
    }

    /// What follows from contributions that were checked, in order of number.
    pub(super) fn add_up(
        session: Session,
        contributions: Vec<Contribution>,
    ) -> Result<Self, CeremonyError> {
        let mut digest = Digest::new(Tag::Ceremony).bytes(&session.id);
        for contribution in &contributions {
            digest = digest.bytes(&contribution.encode());
        }
        let sums: Vec<RistrettoPoint> = (0..usize::from(session.election.terms().threshold))
            .map(|at| {
                let of = |contribution: &Contribution| {
                    contribution
                        .coefficients
                        .get(at)
                        .map(|element| *element.point())
                };
                contributions.iter().filter_map(of).sum()
            })
            .collect();
        let sums_of = |sum: &RistrettoPoint| Element::of(*sum);
        let elements: Vec<Element> = sums.iter().map(sums_of).collect();
        let shares: Vec<RistrettoPoint> = (1..=session.election.trustees())
            .map(|trustee| evaluate(&elements, trustee))
            .collect();
        if sums.iter().chain(&shares).any(IsIdentity::is_identity) {
            return Err(CeremonyError::Weak);
        }
        let key = *elements.first().ok_or(CeremonyError::Weak)?;
        Ok(Self {
            session,
            contributions,
            ceremony: digest.hash(),
            key,
            shares: shares.into_iter().map(Element::of).collect(),
        })
    }

    pub(super) fn share(&self, trustee: u8) -> Option<&Element> {
        self.shares.get(usize::from(trustee.checked_sub(1)?))
    }

    /// What a confirmation's proof is about.
    pub(super) fn about_confirmation(&self, trustee: u8) -> Digest {
        Digest::new(Tag::Confirmation)
            .bytes(self.session.election.id().as_bytes())
            .bytes(&self.ceremony)
            .byte(trustee)
    }

    /// What a complaint's proof is about.
    pub(super) fn about_complaint(
        &self,
        by: &Commitment,
        against: &Contribution,
        agreed: &Element,
    ) -> Digest {
        Digest::new(Tag::Complaint)
            .bytes(self.session.election.id().as_bytes())
            .bytes(&self.ceremony)
            .byte(by.trustee)
            .byte(against.trustee)
            .element(&by.key)
            .element(&against.ephemeral)
            .element(agreed)
    }

    /// The share that `against` dealt to `by`, seen with what the two agreed on; `None` if it is
    /// no share of the polynomial that was contributed.
    pub(super) fn dealt(
        &self,
        against: &Contribution,
        by: &Commitment,
        agreed: &Element,
    ) -> Option<Scalar> {
        let sealed = against.sealed.get(place(against.trustee, by.trustee))?;
        let share = self
            .session
            .seal(sealed, against.trustee, &against.ephemeral, by, agreed);
        let share = Option::<Scalar>::from(Scalar::from_canonical_bytes(share))?;
        let expected = evaluate(&against.coefficients, by.trustee);
        (RistrettoPoint::mul_base(&share) == expected).then_some(share)
    }

    /// Judges a complaint. Everybody comes to the same verdict.
    #[must_use]
    pub fn judge(&self, complaint: &Complaint) -> Verdict {
        let by = self.session.commitment(complaint.by);
        let against = self
            .contributions
            .iter()
            .find(|contribution| contribution.trustee == complaint.against);
        let (Some(by), Some(against)) = (by, against) else {
            return Verdict::ComplaintUnfounded;
        };
        let about = self.about_complaint(by, against, &complaint.agreed);
        let pairs = [
            (
                curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT,
                *by.key.point(),
            ),
            (*against.ephemeral.point(), *complaint.agreed.point()),
        ];
        if by.trustee == against.trustee
            || !complaint.proof.holds(about, &pairs)
            || self.dealt(against, by, &complaint.agreed).is_some()
        {
            return Verdict::ComplaintUnfounded;
        }
        Verdict::DealerAtFault
    }

    /// The key, once every trustee has confirmed its share.
    ///
    /// # Errors
    ///
    /// If a trustee's confirmation is missing, doubled or not proven.
    pub fn booth(&self, confirmations: &[Confirmation]) -> Result<Booth, CeremonyError> {
        let numbers: Vec<u8> = confirmations.iter().map(Confirmation::trustee).collect();
        one_each(&numbers, self.session.election.trustees())?;
        for confirmation in confirmations {
            let trustee = confirmation.trustee;
            if confirmation.ceremony != self.ceremony {
                return Err(CeremonyError::by(trustee, Fault::Confirmed));
            }
            let proven = self.share(trustee).is_some_and(|share| {
                confirmation
                    .proof
                    .holds(self.about_confirmation(trustee), &[*share])
            });
            if !proven {
                return Err(CeremonyError::by(trustee, Fault::Proof));
            }
        }
        Ok(Booth::new(
            self.session.election.clone(),
            &self.ceremony,
            self.key,
            self.shares.clone(),
        ))
    }
}
