//! The election's terms and the trustees' messages, for the second verifier.

use curve25519_dalek::traits::{Identity as _, IsIdentity as _};
use curve25519_dalek::{RistrettoPoint, Scalar};

use super::algebra::{Point, hash, oracle, over_generator, points, scalar, scalars};
use super::{Refusal, rises, take};

/// What the second verifier needs of the terms.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Options, the most for each, the number of allowed sums (0: all), the least sum.
    pub(super) options: u8,
    pub(super) each: u8,
    pub(super) sums: u8,
    pub(super) least: u8,
    pub(super) roll_root: [u8; 32],
    pub(super) voters: u32,
    pub(super) minimum: u32,
    pub(super) threshold: u8,
    pub(super) trustees: u8,
}

impl Terms {
    pub(super) fn parse(rest: &mut &[u8]) -> Result<Self, Refusal> {
        take::head(rest, 2)?;
        let _space_vote_text: [u8; 96] = take::chunk(rest)?;
        let (options, each, sums, least) = question(rest)?;
        let terms = Self {
            options,
            each,
            sums,
            least,
            roll_root: take::chunk(rest)?,
            voters: take::u32(rest)?,
            minimum: take::u32(rest)?,
            threshold: take::u8(rest)?,
            trustees: take::u8(rest)?,
        };
        let mut keys: Vec<[u8; 32]> = Vec::new();
        for _ in 0..terms.trustees {
            keys.push(take::chunk(rest)?);
        }
        let sound = terms.minimum >= 3
            && terms.minimum <= terms.voters
            && terms.voters <= 100_000
            && terms.trustees <= 15
            && terms.threshold >= 2
            && terms.threshold <= terms.trustees
            && rises(&keys);
        if sound {
            Ok(terms)
        } else {
            Err(Refusal::Format)
        }
    }
}

/// Options, the most for each, how many sums are allowed and the least of them.
fn question(rest: &mut &[u8]) -> Result<(u8, u8, u8, u8), Refusal> {
    take::head(rest, 1)?;
    let [kind, n, one, two] = take::chunk(rest)?;
    if !(2..=50).contains(&n) {
        return Err(Refusal::Format);
    }
    match (kind, one, two) {
        (1, 0, 0) => Ok((n, 1, 1, 1)),
        (2, min, max) if min <= max && max >= 1 && max <= n => Ok((n, 1, max - min + 1, min)),
        (3, max, 0) if (1..=20).contains(&max) => Ok((n, max, 0, 0)),
        (4, each, total)
            if (1..=20).contains(&each)
                && total >= each
                && total <= 100
                && u32::from(total) <= u32::from(each) * u32::from(n) =>
        {
            Ok((n, each, total + 1, 0))
        }
        _ => Err(Refusal::Format),
    }
}

#[derive(Clone, Debug)]
struct Round1<'a> {
    all: &'a [u8],
    trustee: u8,
    key: Point,
    promise: [u8; 32],
    c: Scalar,
    z: Scalar,
}

#[derive(Clone, Debug)]
struct Round2<'a> {
    all: &'a [u8],
    trustee: u8,
    coefficients: Vec<Point>,
    ephemeral: Point,
    c: Scalar,
    z: Vec<Scalar>,
    sealed: Vec<[u8; 32]>,
}

#[derive(Clone, Debug)]
struct Round3 {
    trustee: u8,
    ceremony: [u8; 32],
    c: Scalar,
    z: Scalar,
}

/// The messages of a ceremony, parsed.
#[derive(Clone, Debug)]
pub(super) struct Messages<'a> {
    first: Vec<Round1<'a>>,
    second: Vec<Round2<'a>>,
    third: Vec<Round3>,
}

/// A trustee's number: the next one is expected.
fn numbered(rest: &mut &[u8], expected: u8) -> Result<u8, Refusal> {
    let number = take::u8(rest)?;
    if number == expected {
        Ok(number)
    } else {
        Err(Refusal::Format)
    }
}

impl<'a> Messages<'a> {
    pub(super) fn parse(rest: &mut &'a [u8]) -> Result<Self, Refusal> {
        take::head(rest, 8)?;
        let n = take::u8(rest)?;
        if !(2..=15).contains(&n) {
            return Err(Refusal::Format);
        }
        let mut first = Vec::new();
        let mut second = Vec::new();
        let mut third = Vec::new();
        for i in 1..=n {
            let start = *rest;
            take::head(rest, 4)?;
            let mut message = Round1 {
                all: &[],
                trustee: numbered(rest, i)?,
                key: Point::parse(rest)?,
                promise: take::chunk(rest)?,
                c: scalar(rest)?,
                z: scalar(rest)?,
            };
            message.all = take::consumed(start, rest);
            first.push(message);
        }
        for i in 1..=n {
            let start = *rest;
            take::head(rest, 5)?;
            let trustee = numbered(rest, i)?;
            let t = take::u8(rest)?;
            if !(2..=15).contains(&t) {
                return Err(Refusal::Format);
            }
            let coefficients = points(rest, t)?;
            let ephemeral = Point::parse(rest)?;
            let c = scalar(rest)?;
            let z = scalars(rest, t + 1)?;
            let others = take::u8(rest)?;
            if !(1..=14).contains(&others) {
                return Err(Refusal::Format);
            }
            let mut sealed = Vec::new();
            for _ in 0..others {
                sealed.push(take::chunk(rest)?);
            }
            second.push(Round2 {
                all: take::consumed(start, rest),
                trustee,
                coefficients,
                ephemeral,
                c,
                z,
                sealed,
            });
        }
        for i in 1..=n {
            take::head(rest, 7)?;
            third.push(Round3 {
                trustee: numbered(rest, i)?,
                ceremony: take::chunk(rest)?,
                c: scalar(rest)?,
                z: scalar(rest)?,
            });
        }
        Ok(Self {
            first,
            second,
            third,
        })
    }
}

/// An election and its key, as the second verifier sees them.
#[derive(Clone, Debug)]
pub struct Room {
    pub(super) terms: Terms,
    pub(super) election: [u8; 32],
    pub(super) key: Point,
    pub(super) key_id: [u8; 32],
    /// The trustees' public shares, the first being that of trustee 1.
    pub(super) shares: Vec<Point>,
}

impl Room {
    /// From the bytes of an election and of its ceremony.
    ///
    /// # Errors
    ///
    /// If they are not those of an election with a key.
    pub fn enter(election: &[u8], ceremony: &[u8]) -> Result<Self, Refusal> {
        let (mut one, mut two) = (election, ceremony);
        let terms = Terms::parse(&mut one)?;
        let messages = Messages::parse(&mut two)?;
        take::nothing(one)?;
        take::nothing(two)?;
        let id = hash("majlis-secret v1 election", &[election]);
        Self::from_parts(terms, id, &messages)
    }

    /// Checks the three rounds.
    pub(super) fn from_parts(
        terms: Terms,
        election: [u8; 32],
        messages: &Messages<'_>,
    ) -> Result<Self, Refusal> {
        let n = usize::from(terms.trustees);
        if messages.first.len() != n {
            return Err(Refusal::Key);
        }
        let mut session_parts: Vec<&[u8]> = vec![&election];
        for m in &messages.first {
            let w = over_generator(&m.z, &m.c, &m.key.p);
            let parts: [&[u8]; 5] = [&election, &[m.trustee], &m.promise, &m.key.b, &w];
            if oracle("majlis-secret v1 share key", &parts) != m.c {
                return Err(Refusal::Key);
            }
            session_parts.push(m.all);
        }
        let session = hash("majlis-secret v1 commitments", &session_parts);

        let mut ceremony_parts: Vec<&[u8]> = vec![&session];
        for (m, before) in messages.second.iter().zip(&messages.first) {
            contributed(&terms, &election, &session, m, &before.promise)?;
            ceremony_parts.push(m.all);
        }
        let ceremony = hash("majlis-secret v1 ceremony", &ceremony_parts);

        let mut sums = vec![RistrettoPoint::identity(); usize::from(terms.threshold)];
        for m in &messages.second {
            for (sum, coefficient) in sums.iter_mut().zip(&m.coefficients) {
                *sum += coefficient.p;
            }
        }
        let mut shares = Vec::new();
        for j in 1..=terms.trustees {
            let mut power = Scalar::ONE;
            let mut share = RistrettoPoint::identity();
            for sum in &sums {
                share += sum * power;
                power *= Scalar::from(j);
            }
            shares.push(Point::new(share));
        }
        let nothing = |p: &RistrettoPoint| p.is_identity();
        if sums.iter().any(nothing) || shares.iter().any(|share| nothing(&share.p)) {
            return Err(Refusal::Key);
        }
        for (m, share) in messages.third.iter().zip(&shares) {
            let w = over_generator(&m.z, &m.c, &share.p);
            let parts: [&[u8]; 5] = [&election, &ceremony, &[m.trustee], &share.b, &w];
            let c = oracle("majlis-secret v1 confirmation", &parts);
            if m.ceremony != ceremony || c != m.c {
                return Err(Refusal::Key);
            }
        }
        let key = Point::new(sums.first().copied().ok_or(Refusal::Key)?);
        let mut parts: Vec<&[u8]> = vec![&election, &ceremony, &key.b];
        parts.extend(shares.iter().map(|share| share.b.as_slice()));
        let key_id = hash("majlis-secret v1 key", &parts);
        Ok(Self {
            terms,
            election,
            key,
            key_id,
            shares,
        })
    }
}

/// One message of round 2: shape, promise, proof.
fn contributed(
    terms: &Terms,
    election: &[u8; 32],
    session: &[u8; 32],
    m: &Round2<'_>,
    promise: &[u8; 32],
) -> Result<(), Refusal> {
    let shaped = m.coefficients.len() == usize::from(terms.threshold)
        && m.sealed.len() + 1 == usize::from(terms.trustees);
    if !shaped {
        return Err(Refusal::Key);
    }
    let mut known: Vec<Point> = m.coefficients.clone();
    known.push(m.ephemeral);
    let number = [m.trustee];
    let mut parts: Vec<&[u8]> = vec![election, &number];
    parts.extend(known.iter().map(|point| point.b.as_slice()));
    if hash("majlis-secret v1 contribution", &parts) != *promise {
        return Err(Refusal::Key);
    }
    let w: Vec<[u8; 32]> = known
        .iter()
        .zip(&m.z)
        .map(|(point, z)| over_generator(z, &m.c, &point.p))
        .collect();
    let shape = [m.trustee, terms.threshold, terms.trustees];
    let mut parts: Vec<&[u8]> = vec![election, session, &shape];
    parts.extend(m.sealed.iter().map(<[u8; 32]>::as_slice));
    parts.extend(known.iter().map(|point| point.b.as_slice()));
    parts.extend(w.iter().map(<[u8; 32]>::as_slice));
    if oracle("majlis-secret v1 contribution proof", &parts) == m.c {
        Ok(())
    } else {
        Err(Refusal::Key)
    }
}
