//! Shares and totals, for the second verifier, and the bytes of the outcome.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};

use super::algebra::{Point, at_zero, hash, oracle, over, over_generator, scalar};
use super::key::Room;
use super::votes::Counted;
use super::{Refusal, take};

/// Statuses of shares, as outcomes write them.
const VALID: u8 = 0;
const MALFORMED: u8 = 1;
const OTHER_TALLY: u8 = 2;
const UNPROVEN: u8 = 3;
const NOT_ALLOWED: u8 = 4;
const REPEATED: u8 = 5;

/// What comes after the totals' mark.
const TOTALS: u8 = 0;
const TOO_FEW_BALLOTS: u8 = 1;
const TOO_FEW_SHARES: u8 = 2;
const BEYOND: u8 = 3;

/// A share's fields.
struct Part {
    trustee: u8,
    tally: [u8; 32],
    parts: Vec<Point>,
    c: Scalar,
    z: Scalar,
}

impl Part {
    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut rest = bytes;
        take::head(&mut rest, 11)?;
        let trustee = take::u8(&mut rest)?;
        let tally = take::chunk(&mut rest)?;
        let n = take::u8(&mut rest)?;
        if !(1..=15).contains(&trustee) || !(2..=50).contains(&n) {
            return Err(Refusal::Format);
        }
        let mut parts = Vec::new();
        for _ in 0..n {
            parts.push(Point::any(&mut rest)?);
        }
        let c = scalar(&mut rest)?;
        let z = scalar(&mut rest)?;
        take::nothing(rest)?;
        Ok(Self {
            trustee,
            tally,
            parts,
            c,
            z,
        })
    }
}

impl Counted {
    /// The status of one share by itself: 0 if it is right, else 1, 2 or 3.
    #[must_use]
    pub fn share(&self, room: &Room, bytes: &[u8]) -> u8 {
        match self.part(room, bytes) {
            Ok(_) => VALID,
            Err(status) => status,
        }
    }

    fn part(&self, room: &Room, bytes: &[u8]) -> Result<Part, u8> {
        let part = Part::parse(bytes).map_err(|_| MALFORMED)?;
        let at = usize::from(part.trustee).saturating_sub(1);
        let Some(public) = room.shares.get(at) else {
            return Err(MALFORMED);
        };
        if part.parts.len() != self.sums.len() {
            return Err(MALFORMED);
        }
        if part.tally != self.id {
            return Err(OTHER_TALLY);
        }
        let mut text = [room.election, room.key_id, self.id].concat();
        text.push(part.trustee);
        text.extend(public.b);
        text.push(room.terms.options);
        for ((r, c), d) in self.sums.iter().zip(&part.parts) {
            text.extend(r.b);
            text.extend(c.b);
            text.extend(d.b);
        }
        text.extend(over_generator(&part.z, &part.c, &public.p));
        for ((r, _), d) in self.sums.iter().zip(&part.parts) {
            text.extend(over(&r.p, &part.z, &part.c, &d.p));
        }
        if oracle("majlis-secret v1 share proof", &[&text]) == part.c {
            Ok(part)
        } else {
            Err(UNPROVEN)
        }
    }
}

/// The bytes of the outcome.
pub(super) fn outcome(room: &Room, counted: &Counted, shares: &[&[u8]]) -> Vec<u8> {
    let allowed = counted.counted >= room.terms.minimum;
    let mut good: Vec<Part> = Vec::new();
    let mut listed: Vec<([u8; 32], u8)> = Vec::new();
    for bytes in shares {
        let status = if allowed {
            match counted.part(room, bytes) {
                Err(status) => status,
                Ok(part) if good.iter().any(|other| other.trustee == part.trustee) => REPEATED,
                Ok(part) => {
                    good.push(part);
                    VALID
                }
            }
        } else {
            NOT_ALLOWED
        };
        listed.push((hash("majlis-secret v1 share", &[bytes]), status));
    }
    good.sort_by_key(|part| part.trustee);
    good.truncate(usize::from(room.terms.threshold));

    let mut out = vec![13, 1];
    out.extend(room.election);
    out.extend(room.key_id);
    out.extend(counted.id);
    put(&mut out, &counted.ballots);
    put(&mut out, &counted.openings);
    out.extend(counted.counted.to_be_bytes());
    out.push(room.terms.options);
    for (r, c) in &counted.sums {
        out.extend(r.b);
        out.extend(c.b);
    }
    put(&mut out, &listed);
    if !allowed {
        out.push(TOO_FEW_BALLOTS);
    } else if good.len() < usize::from(room.terms.threshold) {
        out.push(TOO_FEW_SHARES);
    } else if let Some(totals) = totals(room, counted, &good) {
        out.push(TOTALS);
        for total in totals {
            out.extend(total.to_be_bytes());
        }
    } else {
        out.push(BEYOND);
    }
    out
}

fn put(out: &mut Vec<u8>, list: &[([u8; 32], u8)]) {
    out.extend(u32::try_from(list.len()).unwrap_or(u32::MAX).to_be_bytes());
    for (name, status) in list {
        out.extend(name);
        out.push(*status);
    }
}

/// Takes the masks off, and counts upwards until every total is found.
fn totals(room: &Room, counted: &Counted, shares: &[Part]) -> Option<Vec<u32>> {
    let places: Vec<u8> = shares.iter().map(|part| part.trustee).collect();
    let mut open: Vec<RistrettoPoint> = Vec::new();
    for (option, (_, c)) in counted.sums.iter().enumerate() {
        let values: Option<Vec<RistrettoPoint>> = shares
            .iter()
            .map(|part| part.parts.get(option).map(|point| point.p))
            .collect();
        open.push(c.p - at_zero(&places, &values?)?);
    }
    let mut found: Vec<Option<u32>> = vec![None; open.len()];
    let mut point = RistrettoPoint::identity();
    for number in 0..=counted.counted.saturating_mul(u32::from(room.terms.each)) {
        for (place, wanted) in found.iter_mut().zip(&open) {
            if place.is_none() && *wanted == point {
                *place = Some(number);
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
        point += RISTRETTO_BASEPOINT_POINT;
    }
    found.into_iter().collect()
}
