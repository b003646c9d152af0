//! The proof that a pair hides one of a few numbers, without saying which.
//!
//! Cramer, Damgård, Schoenmakers, *Proofs of Partial Knowledge*, 1994: for each number the proof of
//! Chaum and Pedersen that (R, C − v·G) is (r·G, r·Y); one of them is real, the others are made up
//! beforehand, and their challenges add up to the one that the hash gives. All proofs of a ballot
//! share that challenge, so that nothing of a ballot can be taken out of it.

use curve25519_dalek::traits::VartimePrecomputedMultiscalarMul as _;
use curve25519_dalek::{RistrettoPoint, Scalar};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroizing;

use crate::booth::Booth;
use crate::bytes::{DecodeError, Reader, Writer};
use crate::group::{Element, Scalars};

/// A number under the key: R = r·G and C = r·Y + v·G.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// R.
    pub(crate) blind: Element,
    /// C.
    pub(crate) hidden: Element,
}

impl Pair {
    pub(crate) fn sum<'a>(pairs: impl IntoIterator<Item = &'a Self> + Clone) -> Self {
        let blind: RistrettoPoint = pairs
            .clone()
            .into_iter()
            .map(|pair| pair.blind.point())
            .sum();
        let hidden: RistrettoPoint = pairs.into_iter().map(|pair| pair.hidden.point()).sum();
        Self {
            blind: Element::of(blind),
            hidden: Element::of(hidden),
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            blind: reader.element()?,
            hidden: reader.element()?,
        })
    }
}

/// A proof in the making: the commitments are out, the challenge is not in.
///
/// For each allowed number v there are u and c, drawn beforehand. The commitments are u·G and
/// u·Y − c·(v* − v)·G, where v* is the number hidden: what a made-up proof with challenge c and
/// response u + c·r would have, and, where v = v*, what an honest one has. So one formula serves
/// all, and nothing branches on v*.
pub(super) struct Claim {
    hidden: u16,
    low: u8,
    randomness: Zeroizing<Scalar>,
    nonces: Zeroizing<Vec<Scalar>>,
    challenges: Zeroizing<Vec<Scalar>>,
}

impl Claim {
    /// `r` and `value` are what the pair was made of; `value` is from `low` to `high`.
    pub(super) fn begin(
        booth: &Booth,
        r: &Scalar,
        value: u16,
        low: u8,
        high: u8,
        scalars: &mut Scalars,
    ) -> (Self, Vec<Element>) {
        let count = usize::from(high.saturating_sub(low)).saturating_add(1);
        let nonces = scalars.take(count);
        let challenges = scalars.take(count);
        let mut commitments = Vec::with_capacity(count.saturating_mul(2));
        for ((nonce, challenge), v) in nonces.iter().zip(challenges.iter()).zip(low..=high) {
            let off = Zeroizing::new(challenge * (Scalar::from(value) - Scalar::from(v)));
            commitments.push(Element::of(RistrettoPoint::mul_base(nonce)));
            commitments.push(Element::of(
                &*booth.table * nonce - RistrettoPoint::mul_base(&off),
            ));
        }
        let claim = Self {
            hidden: value,
            low,
            randomness: Zeroizing::new(*r),
            nonces,
            challenges,
        };
        (claim, commitments)
    }

    /// The challenge of the real proof is what the others leave of `challenge`.
    pub(super) fn end(&self, challenge: &Scalar) -> RangeProof {
        let real: Vec<subtle::Choice> = (0..self.challenges.len())
            .map(|at| {
                let v = u64::from(self.low).saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
                v.ct_eq(&u64::from(self.hidden))
            })
            .collect();
        let mut left = *challenge;
        for (drawn, real) in self.challenges.iter().zip(&real) {
            left -= Scalar::conditional_select(drawn, &Scalar::ZERO, *real);
        }
        let mut challenges: Vec<Scalar> = self
            .challenges
            .iter()
            .zip(&real)
            .map(|(drawn, real)| Scalar::conditional_select(drawn, &left, *real))
            .collect();
        let responses = challenges
            .iter()
            .zip(self.nonces.iter())
            .map(|(challenge, nonce)| nonce + challenge * *self.randomness)
            .collect();
        challenges.pop();
        RangeProof {
            challenges,
            responses,
        }
    }
}

/// A challenge and a response for each allowed number, in ascending order. The last challenge is
/// what the others leave of the ballot's, and is not written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RangeProof {
    challenges: Vec<Scalar>,
    responses: Vec<Scalar>,
}

impl RangeProof {
    /// The commitments that this proof answers for: z·G − c·R and z·Y − c·(C − v·G), for each v
    /// from `low`.
    pub(super) fn commitments(
        &self,
        booth: &Booth,
        pair: &Pair,
        low: u8,
        challenge: &Scalar,
    ) -> Vec<Element> {
        let mut left = *challenge;
        for challenge in &self.challenges {
            left -= challenge;
        }
        let challenges = self.challenges.iter().chain(core::iter::once(&left));
        let mut commitments = Vec::with_capacity(self.responses.len().saturating_mul(2));
        let mut v = Scalar::from(low);
        for (challenge, response) in challenges.zip(&self.responses) {
            let against = -challenge;
            commitments.push(Element::of(booth.multiples.vartime_mixed_multiscalar_mul(
                [*response],
                [against],
                [pair.blind.point()],
            )));
            commitments.push(Element::of(booth.multiples.vartime_mixed_multiscalar_mul(
                [challenge * v, *response],
                [against],
                [pair.hidden.point()],
            )));
            v += Scalar::ONE;
        }
        commitments
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.scalars(&self.challenges);
        writer.scalars(&self.responses);
    }

    /// `values` is how many numbers are allowed.
    pub(super) fn read(reader: &mut Reader<'_>, values: usize) -> Result<Self, DecodeError> {
        Ok(Self {
            challenges: reader.list(values.saturating_sub(1), Reader::scalar)?,
            responses: reader.list(values, Reader::scalar)?,
        })
    }
}
