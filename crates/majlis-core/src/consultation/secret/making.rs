//! How far the trustees are with their key: a fold over their messages. Not here: their seeds.

use std::collections::BTreeMap;

use majlis_secret::Seed;
use majlis_secret::booth::Booth;
use majlis_secret::ceremony::{
    Ceremony, CeremonyError, Commitment, Complaint, ConfirmError, Confirmation, Contribution, Deal,
    DecryptionKey, Fault, Session, Trustee, TrusteeError, Verdict,
};
use majlis_secret::share::Share;

use super::SecretVote;
use crate::id::DeviceId;
use crate::record::RecordId;

/// The most shares of one trustee that are looked at.
const MAX_SHARES: usize = 3;
/// The most messages of one trustee that are looked at, the first on their chain: one of each round, a
/// complaint about each of the others, and shares. Whoever says more is not heard.
pub const MAX_WORDS: usize = 32;
/// The longest message: a contribution among the most trustees has some two thousand bytes.
pub const MAX_WORD: usize = 8_000;

/// A message as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent<'m> {
    /// Who signed it.
    pub device: DeviceId,
    /// The entry's position on their chain.
    pub seq: u64,
    /// The record. Of a forked chain whose branches were both adopted two entries have one position:
    /// the smaller hash goes first, on every device.
    pub id: RecordId,
    /// The message, in the encoding of `majlis_secret`.
    pub bytes: &'m [u8],
}

/// What a message is.
#[derive(Clone, Debug)]
pub enum Word {
    /// Round 1.
    Commitment(Commitment),
    /// Round 2.
    Contribution(Contribution),
    /// Round 3, when a share that was dealt is wrong.
    Complaint(Complaint),
    /// Round 3.
    Confirmation(Confirmation),
    /// A part in opening the totals.
    Share(Share),
}

impl Word {
    /// Reads a message; `None` for bytes that are none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_WORD {
            return None;
        }
        Some(match bytes.first()? {
            4 => Self::Commitment(Commitment::decode(bytes).ok()?),
            5 => Self::Contribution(Contribution::decode(bytes).ok()?),
            6 => Self::Complaint(Complaint::decode(bytes).ok()?),
            7 => Self::Confirmation(Confirmation::decode(bytes).ok()?),
            11 => Self::Share(Share::decode(bytes).ok()?),
            _ => return None,
        })
    }

    /// The number of the trustee that it is of, by its own word.
    #[must_use]
    pub const fn trustee(&self) -> u8 {
        match self {
            Self::Commitment(one) => one.trustee(),
            Self::Contribution(one) => one.trustee(),
            Self::Complaint(one) => one.by(),
            Self::Confirmation(one) => one.trustee(),
            Self::Share(one) => one.trustee(),
        }
    }
}

/// What one trustee sent so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each kind of message"
)]
pub struct TrusteeStands {
    /// Round 1.
    pub committed: bool,
    /// Round 2.
    pub contributed: bool,
    /// Round 3: complained about a share.
    pub complained: bool,
    /// Round 3.
    pub confirmed: bool,
    /// A part in opening totals, whether or not it is right.
    pub shared: bool,
}

/// Why a key will never be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A trustee is at fault.
    Fault(u8, Fault),
    /// A trustee dealt a wrong share, as everybody can check.
    WrongShare(u8),
    /// What was contributed cancels itself out.
    Weak,
}

/// What the trustees are at.
#[derive(Debug)]
pub enum Step {
    /// Some have still to commit.
    Committing,
    /// Some have still to contribute.
    Contributing(Box<Session>),
    /// Some have still to confirm.
    Confirming(Box<Deal>),
    /// The key is made.
    Ready(Box<Key>),
    /// It will never be.
    Failed(Failure),
}

/// A key that was made.
#[derive(Debug)]
pub struct Key {
    /// What ballots are cast in and checked against.
    pub booth: Booth,
    /// All that the trustees sent, for whoever checks it.
    pub ceremony: Ceremony,
    deal: Deal,
}

/// How far the trustees of a vote are.
#[derive(Debug)]
pub struct Making {
    step: Step,
    stands: Vec<TrusteeStands>,
    shares: Vec<Vec<u8>>,
    deal_id: Option<[u8; 32]>,
}

/// The first message of each round, by number of trustee.
#[derive(Default)]
struct Rounds {
    commitments: BTreeMap<u8, Commitment>,
    contributions: BTreeMap<u8, Contribution>,
    complaints: BTreeMap<(u8, u8), Complaint>,
    confirmations: BTreeMap<u8, Confirmation>,
    shares: BTreeMap<u8, Vec<Vec<u8>>>,
}

impl Rounds {
    fn of<'m>(vote: &SecretVote, sent: impl IntoIterator<Item = Sent<'m>>) -> Self {
        let mut list: Vec<Sent<'m>> = sent.into_iter().collect();
        // Each by the order of its own chain; of different devices the order means nothing.
        list.sort_by_key(|one| (one.device, one.seq, one.id));
        list.dedup();
        let mut rounds = Self::default();
        let mut heard: BTreeMap<u8, usize> = BTreeMap::new();
        for one in list {
            let Some(number) = vote.number_of(one.device) else {
                continue;
            };
            let heard = heard.entry(number).or_default();
            *heard = heard.saturating_add(1);
            let Some(word) = Some(one.bytes)
                .filter(|_| *heard <= MAX_WORDS)
                .and_then(Word::read)
            else {
                continue;
            };
            if word.trustee() != number {
                continue;
            }
            match word {
                Word::Commitment(word) => {
                    rounds.commitments.entry(number).or_insert(word);
                }
                Word::Contribution(word) => {
                    rounds.contributions.entry(number).or_insert(word);
                }
                Word::Complaint(word) => {
                    let key = (number, word.against());
                    rounds.complaints.entry(key).or_insert(word);
                }
                Word::Confirmation(word) => {
                    rounds.confirmations.entry(number).or_insert(word);
                }
                Word::Share(_) => {
                    let shares = rounds.shares.entry(number).or_default();
                    if shares.len() < MAX_SHARES {
                        shares.push(one.bytes.to_vec());
                    }
                }
            }
        }
        rounds
    }

    fn stands(&self, number: u8) -> TrusteeStands {
        TrusteeStands {
            committed: self.commitments.contains_key(&number),
            contributed: self.contributions.contains_key(&number),
            complained: self.complaints.keys().any(|(by, _)| *by == number),
            confirmed: self.confirmations.contains_key(&number),
            shared: self.shares.contains_key(&number),
        }
    }

    fn deal_id(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 secret deal v1");
        for one in self.commitments.values() {
            hasher.update(&one.encode());
        }
        for one in self.contributions.values() {
            hasher.update(&one.encode());
        }
        *hasher.finalize().as_bytes()
    }

    fn step(&self, vote: &SecretVote, deal_id: &mut Option<[u8; 32]>) -> Result<Step, Failure> {
        let all = vote.trustees.len();
        let election = vote.election();
        if self.commitments.len() < all {
            return Ok(Step::Committing);
        }
        let commitments: Vec<Commitment> = self.commitments.values().cloned().collect();
        let session = Session::new(election.clone(), commitments.clone())?;
        for contribution in self.contributions.values() {
            session.check(contribution)?;
        }
        if self.contributions.len() < all {
            return Ok(Step::Contributing(Box::new(session)));
        }
        let contributions: Vec<Contribution> = self.contributions.values().cloned().collect();
        let deal = Deal::new(session, contributions.clone())?;
        *deal_id = Some(self.deal_id());
        if self.confirmations.len() == all {
            let confirmations: Vec<Confirmation> = self.confirmations.values().cloned().collect();
            let made = Ceremony::new(election, commitments, contributions, confirmations)?;
            let (ceremony, booth) = made;
            return Ok(Step::Ready(Box::new(Key {
                booth,
                ceremony,
                deal,
            })));
        }
        let upheld = self.complaints.values();
        let upheld = upheld.filter(|one| deal.judge(one) == Verdict::DealerAtFault);
        match upheld.map(Complaint::against).min() {
            Some(dealer) => Err(Failure::WrongShare(dealer)),
            None => Ok(Step::Confirming(Box::new(deal))),
        }
    }
}

impl From<CeremonyError> for Failure {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::Trustee { trustee, fault } => Self::Fault(trustee, fault),
            _ => Self::Weak,
        }
    }
}

impl Making {
    /// How far the trustees are, by all that was sent, in any order and with repeats.
    #[must_use]
    pub fn of<'m>(vote: &SecretVote, sent: impl IntoIterator<Item = Sent<'m>>) -> Self {
        let rounds = Rounds::of(vote, sent);
        let mut deal_id = None;
        let step = rounds.step(vote, &mut deal_id).unwrap_or_else(Step::Failed);
        let numbers = 1..=vote.election().trustees();
        Self {
            step,
            stands: numbers.map(|number| rounds.stands(number)).collect(),
            shares: rounds.shares.into_values().flatten().collect(),
            deal_id,
        }
    }

    /// What they are at.
    #[must_use]
    pub const fn step(&self) -> &Step {
        &self.step
    }

    /// What each sent, by number from 1.
    #[must_use]
    pub fn stands(&self) -> &[TrusteeStands] {
        &self.stands
    }

    /// The key, once it is made.
    #[must_use]
    pub const fn key(&self) -> Option<&Key> {
        match &self.step {
            Step::Ready(key) => Some(key),
            Step::Committing | Step::Contributing(_) | Step::Confirming(_) | Step::Failed(_) => {
                None
            }
        }
    }

    /// Parts in opening totals, those of no use among them.
    #[must_use]
    pub fn shares(&self) -> &[Vec<u8>] {
        &self.shares
    }

    /// What tells this ceremony from another one of the same vote, once all have contributed. A
    /// trustee keeps on disk which one it confirmed.
    #[must_use]
    pub const fn deal_id(&self) -> Option<&[u8; 32]> {
        self.deal_id.as_ref()
    }

    /// What the trustee with this number, who began with `seed`, has to send now.
    ///
    /// # Errors
    /// If what stands under the number was made from another seed.
    pub fn due(
        &self,
        vote: &SecretVote,
        number: u8,
        seed: Seed,
    ) -> Result<Vec<Vec<u8>>, TrusteeError> {
        let place = usize::from(number).checked_sub(1);
        let stands = place.and_then(|place| self.stands.get(place));
        let stands = stands.ok_or(TrusteeError::Number)?;
        let trustee = || Trustee::new(vote.election().clone(), number, seed);
        Ok(match &self.step {
            Step::Committing if !stands.committed => vec![trustee()?.commitment().encode()],
            Step::Contributing(session) if !stands.contributed => {
                vec![trustee()?.contribution(session)?.encode()]
            }
            Step::Confirming(deal) if !stands.confirmed && !stands.complained => {
                match trustee()?.confirmation(deal) {
                    Ok(confirmation) => vec![confirmation.encode()],
                    Err(ConfirmError::WrongShares(complaints)) => {
                        complaints.iter().map(Complaint::encode).collect()
                    }
                    Err(ConfirmError::Trustee(error)) => return Err(error),
                    Err(_) => return Err(TrusteeError::NotMine),
                }
            }
            Step::Committing
            | Step::Contributing(_)
            | Step::Confirming(_)
            | Step::Ready(_)
            | Step::Failed(_) => Vec::new(),
        })
    }

    /// The part of the key that a trustee opens totals with; `None` while there is no key, or when
    /// the seed has no part in it.
    #[must_use]
    pub fn decryption_key(
        &self,
        vote: &SecretVote,
        number: u8,
        seed: Seed,
    ) -> Option<DecryptionKey> {
        let key = self.key()?;
        let trustee = Trustee::new(vote.election().clone(), number, seed).ok()?;
        trustee.decryption_key(&key.deal).ok()
    }
}
