//! Ballots and openings, for the second verifier: which count, and their sum.

use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};

use super::algebra::{Point, hash, oracle, over, over_generator, scalar, scalars};
use super::key::Room;
use super::{Refusal, take};

/// Statuses of ballots, as outcomes write them.
const COUNTED: u8 = 0;
const REPLACED: u8 = 1;
const MALFORMED: u8 = 2;
const OTHER_QUESTION: u8 = 3;
const NOT_ON_ROLL: u8 = 4;
const UNPROVEN: u8 = 5;
const SPOILED: u8 = 6;
const REPEATED: u8 = 7;
const EQUIVOCATION: u8 = 8;

/// A ballot's fields.
#[derive(Clone, Debug)]
struct Vote {
    voter: [u8; 32],
    number: u32,
    each: u8,
    sums: u8,
    /// R and C for each option.
    pairs: Vec<(Point, Point)>,
    e: Scalar,
    /// Challenges but the last, and responses, for each option and then for the sum.
    proofs: Vec<(Vec<Scalar>, Vec<Scalar>)>,
}

impl Vote {
    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > 80_000 {
            return Err(Refusal::Format);
        }
        let mut rest = bytes;
        take::head(&mut rest, 9)?;
        let voter = take::chunk(&mut rest)?;
        let number = take::u32(&mut rest)?;
        let [n, each, sums] = take::chunk(&mut rest)?;
        if !(2..=50).contains(&n) || !(1..=20).contains(&each) || sums > 101 {
            return Err(Refusal::Format);
        }
        let mut pairs = Vec::new();
        for _ in 0..n {
            pairs.push((Point::parse(&mut rest)?, Point::parse(&mut rest)?));
        }
        let e = scalar(&mut rest)?;
        let mut proofs = Vec::new();
        for _ in 0..n {
            proofs.push((scalars(&mut rest, each)?, scalars(&mut rest, each + 1)?));
        }
        if let Some(made_up) = sums.checked_sub(1) {
            proofs.push((scalars(&mut rest, made_up)?, scalars(&mut rest, sums)?));
        }
        take::nothing(rest)?;
        Ok(Self {
            voter,
            number,
            each,
            sums,
            pairs,
            e,
            proofs,
        })
    }

    /// R and C of the sum over the options.
    fn sum(&self) -> (RistrettoPoint, RistrettoPoint) {
        let start = (RistrettoPoint::identity(), RistrettoPoint::identity());
        let add = |(r, c), (blind, hidden): &(Point, Point)| (r + blind.p, c + hidden.p);
        self.pairs.iter().fold(start, add)
    }

    /// Whether the one challenge follows from everything.
    fn proven(&self, room: &Room) -> bool {
        let number = self.number.to_be_bytes();
        let n = u8::try_from(self.pairs.len()).unwrap_or(u8::MAX);
        let shape = [n, self.each, self.sums];
        let mut text: Vec<u8> = [
            room.election.as_slice(),
            &room.key_id,
            &room.key.b,
            &self.voter,
            &number,
            &shape,
        ]
        .concat();
        for (blind, hidden) in &self.pairs {
            text.extend(blind.b);
            text.extend(hidden.b);
        }
        let mut statements: Vec<(RistrettoPoint, RistrettoPoint, u8)> = self
            .pairs
            .iter()
            .map(|(blind, hidden)| (blind.p, hidden.p, 0))
            .collect();
        if self.sums > 0 {
            let (r, c) = self.sum();
            statements.push((r, c, room.terms.least));
        }
        for ((r, c, least), (made_up, responses)) in statements.iter().zip(&self.proofs) {
            let last = self.e - made_up.iter().sum::<Scalar>();
            let mut challenges = made_up.clone();
            challenges.push(last);
            let mut value = Scalar::from(*least);
            for (challenge, z) in challenges.iter().zip(responses) {
                let without = c - RistrettoPoint::mul_base(&value);
                text.extend(over_generator(z, challenge, r));
                text.extend(over(&room.key.p, z, challenge, &without));
                value += Scalar::ONE;
            }
        }
        oracle("majlis-secret v1 ballot proof", &[&text]) == self.e
    }

    fn opens_to(&self, room: &Room, values: &[u8], randomness: &[Scalar]) -> bool {
        let shown = values.iter().zip(randomness);
        values.len() == self.pairs.len()
            && self
                .pairs
                .iter()
                .zip(shown)
                .all(|((blind, hidden), (v, r))| {
                    blind.p == RistrettoPoint::mul_base(r)
                        && hidden.p - room.key.p * r == RistrettoPoint::mul_base(&Scalar::from(*v))
                })
    }
}

/// The roll: its credentials in ascending order.
pub(super) fn roll(rest: &mut &[u8], voters: u32) -> Result<Vec<[u8; 32]>, Refusal> {
    take::head(rest, 3)?;
    let count = take::u32(rest)?;
    if count > 100_000 {
        return Err(Refusal::Format);
    }
    let mut all: Vec<[u8; 32]> = Vec::new();
    for _ in 0..count {
        let voter = take::chunk(rest)?;
        if all.last().is_some_and(|before| *before >= voter) {
            return Err(Refusal::Format);
        }
        all.push(voter);
    }
    if count == voters {
        Ok(all)
    } else {
        Err(Refusal::Roll)
    }
}

/// A counted box, as the second verifier sees it.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Hash and status, ascending by hash.
    pub(super) ballots: Vec<([u8; 32], u8)>,
    /// Hash and status, in order of bytes.
    pub(super) openings: Vec<([u8; 32], u8)>,
    pub(super) counted: u32,
    /// The sums of R and of C for each option.
    pub(super) sums: Vec<(Point, Point)>,
    pub(super) id: [u8; 32],
}

impl Counted {
    /// Every ballot's hash and status, ascending by hash.
    #[must_use]
    pub fn ballots(&self) -> &[([u8; 32], u8)] {
        &self.ballots
    }
}

impl Room {
    /// The status of one ballot by itself: 0 if it holds, else 2, 3 or 5. The roll is not asked.
    #[must_use]
    pub fn ballot(&self, bytes: &[u8]) -> u8 {
        match self.vote(bytes, None) {
            Ok(_) => COUNTED,
            Err(status) => status,
        }
    }

    fn vote(&self, bytes: &[u8], roll: Option<&[[u8; 32]]>) -> Result<Vote, u8> {
        let vote = Vote::parse(bytes).map_err(|_| MALFORMED)?;
        let terms = &self.terms;
        let n = usize::from(terms.options);
        if vote.pairs.len() != n || vote.each != terms.each || vote.sums != terms.sums {
            return Err(OTHER_QUESTION);
        }
        if roll.is_some_and(|roll| roll.binary_search(&vote.voter).is_err()) {
            return Err(NOT_ON_ROLL);
        }
        if vote.proven(self) {
            Ok(vote)
        } else {
            Err(UNPROVEN)
        }
    }

    /// Counts a box, from the bytes of the roll, ballots and openings; order is of no matter.
    ///
    /// # Errors
    ///
    /// If the roll is not the election's.
    pub fn count(
        &self,
        roll_bytes: &[u8],
        ballots: &[&[u8]],
        openings: &[&[u8]],
    ) -> Result<Counted, Refusal> {
        let mut rest = roll_bytes;
        let voters = roll(&mut rest, self.terms.voters)?;
        take::nothing(rest)?;
        self.count_on(&voters, ballots, openings)
    }

    pub(super) fn count_on(
        &self,
        roll: &[[u8; 32]],
        ballots: &[&[u8]],
        openings: &[&[u8]],
    ) -> Result<Counted, Refusal> {
        let count = u32::try_from(roll.len()).unwrap_or(u32::MAX).to_be_bytes();
        let root = hash(
            "majlis-secret v1 roll",
            &[&[3, 1], &count, roll.as_flattened()],
        );
        if root != self.terms.roll_root {
            return Err(Refusal::Roll);
        }
        let mut named: Vec<([u8; 32], &[u8])> = ballots
            .iter()
            .map(|bytes| {
                (
                    hash("majlis-secret v1 ballot", &[&self.election, bytes]),
                    *bytes,
                )
            })
            .collect();
        named.sort_unstable();
        named.dedup();
        let mut listed: Vec<Listed> = named
            .iter()
            .map(|(name, bytes)| match self.vote(bytes, Some(roll)) {
                Ok(vote) => Listed {
                    name: *name,
                    status: COUNTED,
                    vote: Some(vote),
                },
                Err(status) => Listed {
                    name: *name,
                    status,
                    vote: None,
                },
            })
            .collect();
        let mut sorted = openings.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let openings = sorted
            .iter()
            .map(|bytes| {
                let status = self.spoil(bytes, &mut listed).unwrap_or(1);
                (hash("majlis-secret v1 opening", &[bytes]), status)
            })
            .collect();
        weed(&mut listed);
        last_of_each(&mut listed);
        Ok(self.added_up(&listed, openings))
    }

    /// The status of an opening; marks the ballot that it opens.
    fn spoil(&self, bytes: &[u8], listed: &mut [Listed]) -> Result<u8, Refusal> {
        let mut rest = bytes;
        take::head(&mut rest, 10)?;
        let name: [u8; 32] = take::chunk(&mut rest)?;
        let n = take::u8(&mut rest)?;
        if !(2..=50).contains(&n) {
            return Err(Refusal::Format);
        }
        let values = take::bytes(&mut rest, u32::from(n))?;
        let randomness = scalars(&mut rest, n)?;
        take::nothing(rest)?;
        let meant = listed.iter_mut().find(|ballot| ballot.name == name);
        let Some(Listed {
            status,
            vote: Some(vote),
            ..
        }) = meant
        else {
            return Ok(2);
        };
        if !vote.opens_to(self, values, &randomness) {
            return Ok(3);
        }
        *status = SPOILED;
        Ok(0)
    }

    fn added_up(&self, listed: &[Listed], openings: Vec<([u8; 32], u8)>) -> Counted {
        let counting = || listed.iter().filter(|ballot| ballot.status == COUNTED);
        let n = usize::from(self.terms.options);
        let start = (RistrettoPoint::identity(), RistrettoPoint::identity());
        let mut sums = vec![start; n];
        for vote in counting().filter_map(|ballot| ballot.vote.as_ref()) {
            for ((r, c), (blind, hidden)) in sums.iter_mut().zip(&vote.pairs) {
                *r += blind.p;
                *c += hidden.p;
            }
        }
        let sums: Vec<(Point, Point)> = sums
            .into_iter()
            .map(|(r, c)| (Point::new(r), Point::new(c)))
            .collect();
        let four = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes();
        let mut text = [self.election, self.key_id].concat();
        text.extend(four(listed.len()));
        for ballot in listed {
            text.extend(ballot.name);
        }
        text.extend(four(counting().count()));
        for ballot in counting() {
            text.extend(ballot.name);
        }
        text.push(self.terms.options);
        for (r, c) in &sums {
            text.extend(r.b);
            text.extend(c.b);
        }
        Counted {
            ballots: listed
                .iter()
                .map(|ballot| (ballot.name, ballot.status))
                .collect(),
            openings,
            counted: u32::try_from(counting().count()).unwrap_or(u32::MAX),
            sums,
            id: hash("majlis-secret v1 tally", &[&text]),
        }
    }
}

/// A ballot in the box. One that does not hold by itself has no vote.
#[derive(Clone, Debug)]
struct Listed {
    name: [u8; 32],
    status: u8,
    vote: Option<Vote>,
}

impl Listed {
    fn points(&self) -> impl Iterator<Item = [u8; 32]> {
        let pairs = self.vote.iter().flat_map(|vote| &vote.pairs);
        pairs.flat_map(|(blind, hidden)| [blind.b, hidden.b])
    }
}

/// Ballots that hold and have a point in common, or one twice, count none of them.
fn weed(listed: &mut [Listed]) {
    let mut all: Vec<[u8; 32]> = listed.iter().flat_map(Listed::points).collect();
    all.sort_unstable();
    let mut twice: Vec<[u8; 32]> = all
        .windows(2)
        .filter_map(|pair| match pair {
            [one, two] if one == two => Some(*one),
            _ => None,
        })
        .collect();
    twice.dedup();
    for ballot in listed.iter_mut().filter(|ballot| ballot.status == COUNTED) {
        if ballot
            .points()
            .any(|point| twice.binary_search(&point).is_ok())
        {
            ballot.status = REPEATED;
        }
    }
}

/// Of each voter the highest number counts, and of equal numbers the smallest hash.
fn last_of_each(listed: &mut [Listed]) {
    let mut left: Vec<&mut Listed> = listed
        .iter_mut()
        .filter(|ballot| ballot.status == COUNTED)
        .collect();
    let order = |ballot: &&mut Listed| {
        let vote = ballot.vote.as_ref();
        let number = vote.map_or(0, |vote| vote.number);
        (
            vote.map(|vote| vote.voter),
            core::cmp::Reverse(number),
            ballot.name,
        )
    };
    left.sort_by_key(order);
    let mut kept: Option<([u8; 32], u32)> = None;
    for ballot in left {
        let Some(vote) = &ballot.vote else { continue };
        match kept {
            Some((voter, number)) if voter == vote.voter => {
                ballot.status = if number == vote.number {
                    EQUIVOCATION
                } else {
                    REPLACED
                };
            }
            _ => kept = Some((vote.voter, vote.number)),
        }
    }
}
