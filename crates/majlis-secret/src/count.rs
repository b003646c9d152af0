//! Which of the ballots in a closed box count, and their sum under the key. A function of the set
//! of ballots: order and repeats change nothing. Not here: which ballots are in the box; a signed
//! closing names them, and signed entries show who cast them.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use crate::ballot::{Ballot, BallotError, BallotHash, Opening, Pair};
use crate::booth::{Booth, KeyId};
use crate::bytes::small;
use crate::election::Roll;
use crate::group::{Digest, Tag};

/// What became of a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum BallotStatus {
    /// It counts.
    Counted = 0,
    /// A ballot of the same voter with a higher number counts.
    Replaced = 1,
    /// The bytes are no ballot.
    Malformed = 2,
    /// It answers a question of another shape.
    OtherQuestion = 3,
    /// The voter is not on the roll.
    NotOnRoll = 4,
    /// The proof does not hold, for this voter, number, question and election.
    Unproven = 5,
    /// It was opened for a test.
    Spoiled = 6,
    /// A part of it is in another ballot too, or in it twice.
    Repeated = 7,
    /// The voter cast another ballot under the same number; the one with the smaller hash counts.
    Equivocation = 8,
}

/// What became of an opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum OpeningStatus {
    /// It opens a ballot in the box, which does not count for that.
    Spoils = 0,
    /// The bytes are no opening.
    Malformed = 1,
    /// No ballot in the box that holds is named by it.
    NoBallot = 2,
    /// The ballot contains something else than it says.
    Different = 3,
}

/// The hash of what trustees open: the ballots in the box, those that count, and their sums.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TallyId([u8; 32]);

impl TallyId {
    /// The bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A hash that was kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for TallyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TallyId({})", blake3::Hash::from(self.0).to_hex())
    }
}

/// The roll is not the one that the election names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("count ballots: this is not the roll of the election")]
pub struct RollMismatch;

/// What is in the box, and the sum of what counts, still under the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub(crate) ballots: Vec<(BallotHash, BallotStatus)>,
    pub(crate) openings: Vec<([u8; 32], OpeningStatus)>,
    pub(crate) counted: u32,
    pub(crate) sums: Vec<Pair>,
    id: TallyId,
}

impl Tally {
    /// Every ballot in the box by ascending hash, and what became of it.
    #[must_use]
    pub fn ballots(&self) -> &[(BallotHash, BallotStatus)] {
        &self.ballots
    }

    /// Every opening by the order of its bytes: hash, and what became of it.
    #[must_use]
    pub fn openings(&self) -> &[([u8; 32], OpeningStatus)] {
        &self.openings
    }

    /// How many ballots count.
    #[must_use]
    pub const fn counted(&self) -> u32 {
        self.counted
    }

    /// The hash that decryption shares are made for.
    #[must_use]
    pub const fn id(&self) -> &TallyId {
        &self.id
    }

    /// Whether so many ballots count that the totals may be opened.
    #[must_use]
    pub const fn may_open(&self, booth: &Booth) -> bool {
        self.counted >= booth.election().terms().minimum
    }
}

/// What was found of ballots by themselves under one key, so that nobody checks a ballot twice.
///
/// It holds nothing but what the bytes of each ballot say: a count with it and one without are equal.
#[derive(Debug)]
pub struct Seen {
    key: KeyId,
    ballots: BTreeMap<BallotHash, Result<Ballot, BallotStatus>>,
}

impl Seen {
    /// Nothing yet of ballots cast in this booth.
    #[must_use]
    pub const fn new(booth: &Booth) -> Self {
        Self {
            key: *booth.key_id(),
            ballots: BTreeMap::new(),
        }
    }

    /// Whether a ballot was looked at.
    #[must_use]
    pub fn knows(&self, ballot: &BallotHash) -> bool {
        self.ballots.contains_key(ballot)
    }

    /// Looks at a ballot, unless that was done.
    ///
    /// # Errors
    ///
    /// If `booth` or `roll` are not those that this is of.
    pub fn look(&mut self, booth: &Booth, roll: &Roll, bytes: &[u8]) -> Result<(), RollMismatch> {
        self.fits(booth, roll)?;
        let hash = BallotHash::of(booth.election_id(), bytes);
        self.ballots
            .entry(hash)
            .or_insert_with(|| assess(booth, roll, bytes));
        Ok(())
    }

    /// Takes over what another one found, if it is of the same key.
    pub fn join(&mut self, other: Self) {
        if other.key == self.key {
            self.ballots.extend(other.ballots);
        }
    }

    fn fits(&self, booth: &Booth, roll: &Roll) -> Result<(), RollMismatch> {
        let terms = booth.election().terms();
        if *booth.key_id() == self.key
            && roll.len() == terms.voters
            && roll.root() == terms.roll_root
        {
            Ok(())
        } else {
            Err(RollMismatch)
        }
    }
}

/// Counts a box: raw ballots and openings, in any order, repeats included.
///
/// # Errors
///
/// If `roll` is not the election's.
pub fn count<'a>(
    booth: &Booth,
    roll: &Roll,
    ballots: impl IntoIterator<Item = &'a [u8]>,
    openings: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Tally, RollMismatch> {
    count_again(booth, roll, ballots, openings, &mut Seen::new(booth))
}

/// The same, without looking again at ballots that were `seen`.
///
/// # Errors
///
/// If `roll` is not the election's, or `seen` is of another key.
pub fn count_again<'a>(
    booth: &Booth,
    roll: &Roll,
    ballots: impl IntoIterator<Item = &'a [u8]>,
    openings: impl IntoIterator<Item = &'a [u8]>,
    seen: &mut Seen,
) -> Result<Tally, RollMismatch> {
    seen.fits(booth, roll)?;
    let terms = booth.election().terms();
    let mut listed = BTreeSet::new();
    for bytes in ballots {
        let hash = BallotHash::of(booth.election_id(), bytes);
        if listed.insert(hash) {
            seen.ballots
                .entry(hash)
                .or_insert_with(|| assess(booth, roll, bytes));
        }
    }
    let mut statuses = BTreeMap::new();
    let mut holding: BTreeMap<BallotHash, &Ballot> = BTreeMap::new();
    for hash in listed {
        let status = match seen.ballots.get(&hash) {
            Some(Ok(ballot)) => {
                holding.insert(hash, ballot);
                BallotStatus::Counted
            }
            Some(Err(status)) => *status,
            None => BallotStatus::Malformed,
        };
        statuses.insert(hash, status);
    }
    let openings: BTreeSet<&[u8]> = openings.into_iter().collect();
    let openings: Vec<([u8; 32], OpeningStatus)> = openings
        .into_iter()
        .map(|bytes| {
            let status = match Opening::decode(bytes) {
                Err(_) => OpeningStatus::Malformed,
                Ok(opening) => match holding.get(opening.ballot()) {
                    None => OpeningStatus::NoBallot,
                    Some(ballot) if opening.fits(booth, ballot) => {
                        statuses.insert(*opening.ballot(), BallotStatus::Spoiled);
                        OpeningStatus::Spoils
                    }
                    Some(_) => OpeningStatus::Different,
                },
            };
            (Opening::hash(bytes), status)
        })
        .collect();
    weed(&holding, &mut statuses);
    keep_last(&holding, &mut statuses);
    let counts = |hash: &BallotHash| statuses.get(hash) == Some(&BallotStatus::Counted);
    let counted: Vec<&Ballot> = holding
        .iter()
        .filter(|(hash, _)| counts(hash))
        .map(|(_, ballot)| *ballot)
        .collect();
    let sums: Vec<Pair> = (0..usize::from(terms.question.options()))
        .map(|option| {
            let pairs = counted
                .iter()
                .filter_map(|ballot| ballot.pairs().get(option));
            Pair::sum(pairs)
        })
        .collect();
    let counted = u32::try_from(counted.len()).unwrap_or(u32::MAX);
    let ballots: Vec<(BallotHash, BallotStatus)> = statuses.into_iter().collect();
    Ok(Tally {
        id: tally_id(booth, &ballots, counted, &sums),
        ballots,
        openings,
        counted,
        sums,
    })
}

/// What can be said of a ballot alone.
fn assess(booth: &Booth, roll: &Roll, bytes: &[u8]) -> Result<Ballot, BallotStatus> {
    let ballot = Ballot::decode(bytes).map_err(|_| BallotStatus::Malformed)?;
    if !ballot.answers(&booth.election().terms().question) {
        return Err(BallotStatus::OtherQuestion);
    }
    if !roll.holds(ballot.voter()) {
        return Err(BallotStatus::NotOnRoll);
    }
    booth.check(&ballot).map_err(|error| match error {
        BallotError::Shape => BallotStatus::OtherQuestion,
        BallotError::Proof => BallotStatus::Unproven,
    })?;
    Ok(ballot)
}

/// Refuses all ballots that have a point in common, spoiled ones included on either side.
///
/// A proof binds its ballot to a voter, so whoever repeats a point knows its randomness: nobody
/// else's ballot can be pulled down by this.
fn weed(
    holding: &BTreeMap<BallotHash, &Ballot>,
    statuses: &mut BTreeMap<BallotHash, BallotStatus>,
) {
    let points = |ballot: &Ballot| -> Vec<[u8; 32]> {
        let both = |pair: &Pair| [*pair.blind.bytes(), *pair.hidden.bytes()];
        ballot.pairs().iter().flat_map(both).collect()
    };
    let mut seen = BTreeSet::new();
    let mut repeated = BTreeSet::new();
    for point in holding.values().copied().flat_map(points) {
        if !seen.insert(point) {
            repeated.insert(point);
        }
    }
    for (hash, ballot) in holding {
        let fresh = statuses.get(hash) == Some(&BallotStatus::Counted);
        if fresh && points(ballot).iter().any(|point| repeated.contains(point)) {
            statuses.insert(*hash, BallotStatus::Repeated);
        }
    }
}

/// Keeps one ballot a voter: the highest number, and under that the smallest hash.
fn keep_last(
    holding: &BTreeMap<BallotHash, &Ballot>,
    statuses: &mut BTreeMap<BallotHash, BallotStatus>,
) {
    let mut last: BTreeMap<[u8; 32], (u32, BallotHash)> = BTreeMap::new();
    // Ascending by hash, so the first of equal numbers has the smallest.
    for (hash, ballot) in holding {
        if statuses.get(hash) != Some(&BallotStatus::Counted) {
            continue;
        }
        if last
            .get(ballot.voter())
            .is_none_or(|(number, _)| *number < ballot.number())
        {
            last.insert(*ballot.voter(), (ballot.number(), *hash));
        }
    }
    for (hash, ballot) in holding {
        let counts = statuses.get(hash) == Some(&BallotStatus::Counted);
        if let Some((number, kept)) = last.get(ballot.voter())
            && counts
            && kept != hash
        {
            let status = if ballot.number() == *number {
                BallotStatus::Equivocation
            } else {
                BallotStatus::Replaced
            };
            statuses.insert(*hash, status);
        }
    }
}

fn tally_id(
    booth: &Booth,
    ballots: &[(BallotHash, BallotStatus)],
    counted: u32,
    sums: &[Pair],
) -> TallyId {
    let listed = u32::try_from(ballots.len()).unwrap_or(u32::MAX);
    let mut digest = Digest::new(Tag::Tally)
        .bytes(booth.election_id().as_bytes())
        .bytes(booth.key_id().as_bytes())
        .number(listed);
    for (hash, _) in ballots {
        digest = digest.bytes(hash.as_bytes());
    }
    digest = digest.number(counted);
    for (hash, status) in ballots {
        if *status == BallotStatus::Counted {
            digest = digest.bytes(hash.as_bytes());
        }
    }
    digest = digest.byte(small(sums.len()));
    for sum in sums {
        digest = digest.element(&sum.blind).element(&sum.hidden);
    }
    TallyId(digest.hash())
}
