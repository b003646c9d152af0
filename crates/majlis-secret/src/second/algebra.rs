//! Points, scalars and hashes for the second verifier.

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::traits::IsIdentity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};

use super::{Refusal, take};

/// A decoded point and the bytes it came as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) p: RistrettoPoint,
    pub(super) b: [u8; 32],
}

impl Point {
    pub(super) fn new(p: RistrettoPoint) -> Self {
        let b = p.compress().0;
        Self { p, b }
    }

    /// Any point, the identity included.
    pub(super) fn any(rest: &mut &[u8]) -> Result<Self, Refusal> {
        let b = take::chunk(rest)?;
        match CompressedRistretto(b).decompress() {
            Some(p) => Ok(Self { p, b }),
            None => Err(Refusal::Format),
        }
    }

    /// Any point but the identity.
    pub(super) fn parse(rest: &mut &[u8]) -> Result<Self, Refusal> {
        let point = Self::any(rest)?;
        if point.p.is_identity() {
            return Err(Refusal::Format);
        }
        Ok(point)
    }
}

pub(super) fn points(rest: &mut &[u8], count: u8) -> Result<Vec<Point>, Refusal> {
    (0..count).map(|_| Point::parse(rest)).collect()
}

pub(super) fn scalar(rest: &mut &[u8]) -> Result<Scalar, Refusal> {
    let found = Scalar::from_canonical_bytes(take::chunk(rest)?);
    Option::from(found).ok_or(Refusal::Format)
}

pub(super) fn scalars(rest: &mut &[u8], count: u8) -> Result<Vec<Scalar>, Refusal> {
    (0..count).map(|_| scalar(rest)).collect()
}

fn absorbed(label: &str, parts: &[&[u8]]) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_derive_key(label);
    hasher.update(&parts.concat());
    hasher
}

/// 32 bytes.
pub(super) fn hash(label: &str, parts: &[&[u8]]) -> [u8; 32] {
    absorbed(label, parts).finalize().into()
}

/// 64 bytes, little-endian, modulo the order of the group.
pub(super) fn oracle(label: &str, parts: &[&[u8]]) -> Scalar {
    let mut output = [0_u8; 64];
    absorbed(label, parts).finalize_xof().fill(&mut output);
    Scalar::from_bytes_mod_order_wide(&output)
}

/// z·G − c·P, as bytes.
pub(super) fn over_generator(z: &Scalar, c: &Scalar, p: &RistrettoPoint) -> [u8; 32] {
    RistrettoPoint::vartime_double_scalar_mul_basepoint(&-c, p, z)
        .compress()
        .0
}

/// z·B − c·P, as bytes.
pub(super) fn over(base: &RistrettoPoint, z: &Scalar, c: &Scalar, p: &RistrettoPoint) -> [u8; 32] {
    (base * z - p * c).compress().0
}

/// The value at 0 of the polynomial with these values at these places (Neville).
pub(super) fn at_zero(places: &[u8], values: &[RistrettoPoint]) -> Option<RistrettoPoint> {
    let places: Vec<Scalar> = places.iter().map(|place| Scalar::from(*place)).collect();
    let mut row = values.to_vec();
    let mut distance = 1;
    while row.len() > 1 {
        let next = row.iter().zip(row.iter().skip(1)).enumerate();
        row = next
            .map(|(at, (left, right))| {
                let from = places.get(at)?;
                let to = places.get(at.checked_add(distance)?)?;
                Some((left * to - right * from) * (to - from).invert())
            })
            .collect::<Option<_>>()?;
        distance = distance.checked_add(1)?;
    }
    row.first().copied()
}
