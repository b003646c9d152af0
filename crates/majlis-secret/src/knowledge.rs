//! Proofs about discrete logarithms, made non-interactive by hashing everything they are about.
//! Not here: what is hashed in front; who states something passes a [`Digest`] that names it.
//!
//! [`Knowledge`] is Schnorr's proof for several logarithms under one challenge, [`Equality`] that
//! of Chaum and Pedersen (*Wallet Databases with Observers*, 1992) for one logarithm over several
//! bases. The challenge covers the statement and its surroundings, not the commitments alone
//! (Bernhard, Pereira, Warinschi, *How Not to Prove Yourself*, 2012).

use curve25519_dalek::traits::VartimeMultiscalarMul as _;
use curve25519_dalek::{RistrettoPoint, Scalar};

use crate::bytes::{DecodeError, Reader, Writer};
use crate::group::{Digest, Element, Scalars};

/// Proves that one knows x₁, x₂, … with Pₖ = xₖ·G.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Knowledge {
    challenge: Scalar,
    responses: Vec<Scalar>,
}

impl Knowledge {
    pub(crate) fn prove(
        about: Digest,
        secrets: &[Scalar],
        points: &[Element],
        nonces: &mut Scalars,
    ) -> Self {
        let nonces = nonces.take(secrets.len());
        let commitments: Vec<Element> = nonces
            .iter()
            .map(|nonce| Element::of(RistrettoPoint::mul_base(nonce)))
            .collect();
        let challenge = about.elements(points).elements(&commitments).challenge();
        let responses = nonces
            .iter()
            .zip(secrets)
            .map(|(nonce, secret)| nonce + challenge * secret)
            .collect();
        Self {
            challenge,
            responses,
        }
    }

    pub(crate) fn holds(&self, about: Digest, points: &[Element]) -> bool {
        if points.len() != self.responses.len() {
            return false;
        }
        let against = -self.challenge;
        let commitments: Vec<Element> = points
            .iter()
            .zip(&self.responses)
            .map(|(point, response)| {
                Element::of(RistrettoPoint::vartime_double_scalar_mul_basepoint(
                    &against,
                    point.point(),
                    response,
                ))
            })
            .collect();
        about.elements(points).elements(&commitments).challenge() == self.challenge
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.scalar(&self.challenge);
        writer.scalars(&self.responses);
    }

    /// `points` is how many logarithms it is about.
    pub(crate) fn read(reader: &mut Reader<'_>, points: usize) -> Result<Self, DecodeError> {
        Ok(Self {
            challenge: reader.scalar()?,
            responses: reader.list(points, Reader::scalar)?,
        })
    }
}

/// Proves that all Pₖ = x·Bₖ for the same x, and that one knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Equality {
    challenge: Scalar,
    response: Scalar,
}

impl Equality {
    pub(crate) fn prove(
        about: Digest,
        secret: &Scalar,
        bases: &[RistrettoPoint],
        nonces: &mut Scalars,
    ) -> Self {
        let nonce = nonces.next();
        let commitments: Vec<Element> = bases
            .iter()
            .map(|base| Element::of(base * *nonce))
            .collect();
        let challenge = about.elements(&commitments).challenge();
        Self {
            challenge,
            response: *nonce + challenge * secret,
        }
    }

    /// With numbers of one's own making.
    #[cfg(test)]
    pub(crate) const fn of(challenge: Scalar, response: Scalar) -> Self {
        Self {
            challenge,
            response,
        }
    }

    /// `pairs` are the bases and what they became. `about` names them.
    pub(crate) fn holds(&self, about: Digest, pairs: &[(RistrettoPoint, RistrettoPoint)]) -> bool {
        let against = -self.challenge;
        let commitments: Vec<Element> = pairs
            .iter()
            .map(|(base, image)| {
                Element::of(RistrettoPoint::vartime_multiscalar_mul(
                    [self.response, against],
                    [base, image],
                ))
            })
            .collect();
        about.elements(&commitments).challenge() == self.challenge
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.scalar(&self.challenge);
        writer.scalar(&self.response);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            challenge: reader.scalar()?,
            response: reader.scalar()?,
        })
    }
}
