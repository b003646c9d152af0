//! What a secret vote came to. Each ballot is listed with what became of it; totals are there once
//! enough trustees opened exactly these ballots. Not here: which answer of a slot is in force (`count`).

use std::collections::BTreeMap;

use majlis_secret::ballot::BallotHash;
use majlis_secret::count::{BallotStatus, Seen, Tally, count_again};
use majlis_secret::outcome::{Outcome, Totals};
use majlis_secret::receipt::Receipt;
use majlis_secret::share::{Share, ShareStatus, open};
use majlis_secret::transcript::{TooLong, Transcript, VerifyError};
use majlis_secret::{second, transcript};

use super::SecretVote;
use super::making::{Making, Step};
use super::terms::voter;
use crate::consultation::count::own_slot;
use crate::id::{LaneId, SlotId};

/// The ballots in force, in order of slot.
pub type Voices = Vec<(SlotId, Vec<u8>)>;

/// Where a secret vote stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretState {
    /// The trustees are making the key: nobody can vote yet.
    Making,
    /// They will not make one.
    Failed,
    /// Ballots are cast.
    Open,
    /// Closed with so few ballots that nothing is opened, ever.
    TooFewBallots,
    /// Closed; fewer trustees than it takes sent their part.
    Opening,
    /// The totals are known.
    Known,
    /// The parts open to no total that these ballots can have.
    Beyond,
    /// Closed before the trustees had made the key: no ballot was cast, and none can be.
    Keyless,
}

/// What became of a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// As the count says.
    Status(BallotStatus),
    /// It names somebody else than the person who signed it.
    NotTheirs,
    /// There was no key to check it by.
    NoKey,
}

/// A ballot of the list that everybody can look theirs up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Whose.
    pub slot: SlotId,
    /// The code that its voter kept.
    pub receipt: Receipt,
    /// What became of it.
    pub fate: Fate,
}

/// What a secret vote came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretOutcome {
    /// Where it stands.
    pub state: SecretState,
    /// Ballots that count.
    pub counted: u32,
    /// Every ballot in force, in order of slot.
    pub listed: Vec<Listed>,
    /// The parts that came, by number of trustee, and whether they are right.
    pub shares: BTreeMap<u8, ShareStatus>,
    /// What each option has together, once it is known.
    pub totals: Option<Vec<(u16, u32)>>,
    /// The tally that parts are made for; while ballots are cast it still changes.
    pub tally: Option<[u8; 32]>,
    hash: [u8; 32],
}

/// Why a transcript is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TwiceError {
    /// The first verifier refuses it.
    #[error("verify a secret vote")]
    First(#[source] VerifyError),
    /// The second one does.
    #[error("verify a secret vote a second time")]
    Second(#[source] second::Refusal),
    /// They come to different outcomes: one of them is wrong, and nothing may be announced.
    #[error("verify a secret vote: the two verifiers disagree")]
    Disagree,
    /// There is a key, and more was sent than a transcript holds: no second verifier can look at it.
    #[error("write a secret vote down for two verifiers")]
    Unwritten(#[source] TooLong),
}

/// Checks a transcript by both verifiers.
///
/// # Errors
/// If one of them refuses it, or they differ.
pub fn verify_twice(bytes: &[u8]) -> Result<Outcome, TwiceError> {
    let outcome = transcript::verify(bytes).map_err(TwiceError::First)?;
    let again = second::verify(bytes).map_err(TwiceError::Second)?;
    if outcome.canonical_bytes() == again {
        Ok(outcome)
    } else {
        Err(TwiceError::Disagree)
    }
}

impl SecretVote {
    /// Whether a ballot names the person whose slot it is in. No officer's entry does.
    fn is_theirs(lane: LaneId, slot: SlotId, ballot: &[u8]) -> bool {
        voter(ballot).is_some_and(|person| own_slot(lane, person) == slot)
    }

    /// The ballots that are counted of those in force.
    fn boxed(lane: LaneId, voices: &Voices) -> impl Iterator<Item = &[u8]> {
        let theirs = voices
            .iter()
            .filter(move |(slot, ballot)| Self::is_theirs(lane, *slot, ballot));
        theirs.map(|(_, ballot)| ballot.as_slice())
    }

    /// The sum of the ballots, still under the key; `None` without one.
    #[must_use]
    pub fn tally(
        &self,
        lane: LaneId,
        making: &Making,
        voices: &Voices,
        seen: &mut Seen,
    ) -> Option<Tally> {
        let booth = &making.key()?.booth;
        count_again(booth, &self.roll, Self::boxed(lane, voices), [], seen).ok()
    }

    /// Everything published about the vote in one piece of bytes; `None` without a key.
    ///
    /// # Errors
    /// If there is more than a transcript holds.
    pub fn transcript(
        &self,
        lane: LaneId,
        making: &Making,
        voices: &Voices,
    ) -> Result<Option<Vec<u8>>, TooLong> {
        let Some(key) = making.key() else {
            return Ok(None);
        };
        let ballots = Self::boxed(lane, voices).map(<[u8]>::to_vec);
        let transcript = Transcript::new(
            self.election.clone(),
            self.roll.clone(),
            key.ceremony.clone(),
            ballots,
            [] as [Vec<u8>; 0],
            making.shares().to_vec(),
        );
        Ok(Some(transcript?.encode()))
    }

    /// What the vote came to. `seen` are ballots that were looked at before, if any were; parts in
    /// opening are looked at once the vote is `closed`.
    #[must_use]
    pub fn outcome(
        &self,
        lane: LaneId,
        making: &Making,
        voices: &Voices,
        closed: bool,
        seen: Option<&mut Seen>,
    ) -> SecretOutcome {
        let Some(key) = making.key() else {
            let failed = matches!(making.step(), Step::Failed(_));
            let state = match (failed, closed) {
                (true, _) => SecretState::Failed,
                (false, true) => SecretState::Keyless,
                (false, false) => SecretState::Making,
            };
            return self.without_key(state, voices);
        };
        let mut fresh = Seen::new(&key.booth);
        let seen = seen.unwrap_or(&mut fresh);
        let Some(tally) = self.tally(lane, making, voices, seen) else {
            return self.without_key(SecretState::Failed, voices);
        };
        let shares = making.shares().iter().map(Vec::as_slice);
        let outcome = open(&key.booth, tally, shares.filter(|_| closed));
        self.found(lane, making, voices, closed, &outcome)
    }

    /// The same of what both verifiers found.
    ///
    /// # Errors
    /// As [`verify_twice`], and if both cannot be asked: with a key there is never one alone.
    pub fn outcome_twice(
        &self,
        lane: LaneId,
        making: &Making,
        voices: &Voices,
        closed: bool,
    ) -> Result<SecretOutcome, TwiceError> {
        if !closed {
            return Ok(self.outcome(lane, making, voices, closed, None));
        }
        let written = self.transcript(lane, making, voices);
        match written.map_err(TwiceError::Unwritten)? {
            None => Ok(self.outcome(lane, making, voices, closed, None)),
            Some(bytes) => {
                let outcome = verify_twice(&bytes)?;
                Ok(self.found(lane, making, voices, closed, &outcome))
            }
        }
    }

    fn found(
        &self,
        lane: LaneId,
        making: &Making,
        voices: &Voices,
        closed: bool,
        outcome: &Outcome,
    ) -> SecretOutcome {
        let tally = outcome.tally();
        let fates: BTreeMap<&BallotHash, BallotStatus> = tally
            .ballots()
            .iter()
            .map(|(hash, status)| (hash, *status))
            .collect();
        let listed = voices.iter().map(|(slot, ballot)| {
            let hash = BallotHash::of(self.election.id(), ballot);
            let status = fates.get(&hash).copied();
            let status = status.filter(|_| Self::is_theirs(lane, *slot, ballot));
            Listed {
                slot: *slot,
                receipt: Receipt::of(&hash),
                fate: status.map_or(Fate::NotTheirs, Fate::Status),
            }
        });
        let listed: Vec<Listed> = listed.collect();
        let state = match outcome.totals() {
            _ if !closed => SecretState::Open,
            Totals::Known(_) => SecretState::Known,
            Totals::TooFewBallots => SecretState::TooFewBallots,
            Totals::TooFewShares => SecretState::Opening,
            Totals::Beyond => SecretState::Beyond,
        };
        let totals = match outcome.totals() {
            Totals::Known(totals) if closed => {
                let each = self.options.iter().copied().zip(totals.iter().copied());
                Some(each.collect())
            }
            Totals::Known(_) | Totals::TooFewBallots | Totals::TooFewShares | Totals::Beyond => {
                None
            }
        };
        SecretOutcome {
            counted: tally.counted(),
            shares: self.shares(making, outcome, closed),
            tally: Some(*tally.id().as_bytes()),
            hash: hash(
                state,
                &self.opened(making, tally, totals.as_deref()),
                &listed,
            ),
            state,
            listed,
            totals,
        }
    }

    /// What two devices compare of a count: the ballots, the key and the totals. Which of the trustees
    /// opened them is not in it, for one who comes later changes nothing.
    fn opened(&self, making: &Making, tally: &Tally, totals: Option<&[(u16, u32)]>) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 secret totals v1");
        hasher.update(self.election.id().as_bytes());
        if let Some(key) = making.key() {
            hasher.update(key.booth.key_id().as_bytes());
        }
        hasher.update(tally.id().as_bytes());
        for (option, total) in totals.unwrap_or_default() {
            hasher.update(&option.to_be_bytes());
            hasher.update(&total.to_be_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    /// What became of each trustee's part: the best of theirs.
    fn shares(
        &self,
        making: &Making,
        outcome: &Outcome,
        closed: bool,
    ) -> BTreeMap<u8, ShareStatus> {
        let mut found = BTreeMap::new();
        let Some(key) = making.key().filter(|_| closed) else {
            return found;
        };
        for bytes in making.shares() {
            let Ok(share) = Share::decode(bytes) else {
                continue;
            };
            let status = if outcome.tally().may_open(&key.booth) {
                share.check(&key.booth, outcome.tally())
            } else {
                ShareStatus::NotAllowed
            };
            let best = found.entry(share.trustee()).or_insert(status);
            *best = (*best).min(status);
        }
        found
    }

    fn without_key(&self, state: SecretState, voices: &Voices) -> SecretOutcome {
        let listed = voices.iter().map(|(slot, ballot)| Listed {
            slot: *slot,
            receipt: Receipt::of(&BallotHash::of(self.election.id(), ballot)),
            fate: Fate::NoKey,
        });
        let listed: Vec<Listed> = listed.collect();
        SecretOutcome {
            hash: hash(state, self.election.id().as_bytes(), &listed),
            state,
            counted: 0,
            listed,
            shares: BTreeMap::new(),
            totals: None,
            tally: None,
        }
    }
}

impl SecretOutcome {
    /// Covers every ballot with what became of it, the key and the totals.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

/// The hash of an outcome: of what was counted, and of ballots that could not be.
fn hash(state: SecretState, counted: &[u8; 32], listed: &[Listed]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 secret outcome v1");
    hasher.update(&[state as u8]).update(counted);
    for one in listed {
        if matches!(one.fate, Fate::NotTheirs | Fate::NoKey) {
            hasher.update(one.slot.as_bytes());
            hasher.update(one.receipt.to_string().as_bytes());
        }
    }
    *hasher.finalize().as_bytes()
}
