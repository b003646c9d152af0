//! Passing on what others wrote. Where everybody is linked with everybody, each device sends all that it
//! hears to all others: what one of twenty people in a hall writes would cross the air 361 times instead
//! of nineteen. So a peer that was seen to hear an author otherwise is not sent what that author writes
//! at once: for a moment it may say that it holds it as well, of many entries in one message. What it
//! does not say is sent to it after all, and so is what follows.
//!
//! This is Plumtree's lazy push, kept for each author so that the way from each author stays one link
//! long (Leitão, Pereira, Rodrigues: "Epidemic Broadcast Trees", SRDS 2007).
//! Not here: membership, which never waits.

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::{ChainIndex, Tip};
use crate::entry::ChainId;
use crate::id::DeviceId;
use crate::sync::message::{MAX_TIPS, Message, ProtocolError, Scope, ShortTip};
use crate::sync::names::ChainName;
use crate::time::Timestamp;

use super::holdings::BranchKey;
use super::{Rights, Session, scope_of};

/// From this version of the protocol on, the peer says what it holds as well.
const SAID_SINCE: u16 = 2;
/// What is here as well is said of all that came within this time.
const SAY_AFTER_MS: u64 = 500;
/// So long a peer has to say that it holds something: three times as long as it takes to say so.
const WAIT_MS: u64 = 1_500;
/// So often that is doubled where the peer says so too late: many slow devices are busy with each other.
const MOST_DOUBLED: u32 = 2;
/// Of so many chains it is remembered that they were passed on at once; then it begins anew.
const MOST_PASSED: usize = 16;
/// The most branches that wait for a peer's word; what comes of others goes at once.
const MOST_WAITING: usize = 1_000;

/// The first bytes of an author's key: each of thousands of idle links remembers those whom its peer hears,
/// and of two that are alike there one waits in vain for a moment.
type Author = u64;

fn author_of(device: DeviceId) -> Author {
    let (first, _) = device.as_bytes().split_at(size_of::<Author>());
    first
        .iter()
        .fold(0, |sum, byte| sum << 8 | Author::from(*byte))
}

/// What waits of a branch.
#[derive(Debug)]
struct Waiting {
    /// The first entry of it.
    from: u64,
    /// Since when; `None` until the step ends.
    since: Option<Timestamp>,
}

/// What is not passed on to a peer yet, and what it is to be told instead.
#[derive(Debug, Default)]
pub(super) struct Passing {
    /// Authors that the peer was seen to hear otherwise.
    hears: BTreeSet<Author>,
    /// What waits for the peer's word.
    waiting: BTreeMap<BranchKey, Waiting>,
    /// Chains that were passed on: what the peer says of them shows that it hears their author.
    passed: BTreeMap<ChainName, Author>,
    /// Authors of whom something was passed on because the peer had not said yet that it holds it.
    in_vain: BTreeSet<Author>,
    /// How often its time was doubled.
    doubled: u32,
    /// Chains that the peer is to be told of, and since when.
    untold: BTreeSet<ChainId>,
    untold_since: Option<Timestamp>,
}

/// Milliseconds from `since` until `after` have passed; a clock that was put back ends the wait.
fn left(since: Timestamp, after: u64, now: Timestamp) -> u64 {
    if now < since {
        return 0;
    }
    after.saturating_sub(now.since(since))
}

impl Passing {
    /// How long the peer has to say that it holds something.
    const fn patience(&self) -> u64 {
        WAIT_MS << self.doubled
    }

    /// The peer is seen to hear an author otherwise.
    fn hears(&mut self, author: Author) {
        self.hears.insert(author);
        if self.in_vain.remove(&author) && self.doubled < MOST_DOUBLED {
            self.doubled = self.doubled.saturating_add(1);
            self.in_vain.clear();
        }
    }

    /// Something of a chain is passed on.
    fn passes(&mut self, chain: ChainName, author: Author) {
        if self.passed.len() >= MOST_PASSED {
            self.passed.clear();
        }
        self.passed.insert(chain, author);
    }

    /// Whether nothing waits for the peer's word.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl Session {
    /// Whether what came of a chain waits for the peer's word, before it is passed on.
    pub(super) fn lets_wait(&mut self, key: BranchKey, seq: u64) -> bool {
        let (chain, _) = key;
        let exchanged = self.offered.contains(&Scope::Content);
        let is_known = self.version >= SAID_SINCE && exchanged;
        if scope_of(chain.lane) != Scope::Content || !is_known {
            return false;
        }
        // Of its own entries a peer lacks none, but for one that lost its disk.
        let author = author_of(chain.device);
        let hears = self.passing.hears.contains(&author) || self.peer == Some(chain.device);
        if !hears {
            self.passing.passes(self.names.chain(chain), author);
            return false;
        }
        let waiting = &mut self.passing.waiting;
        let is_full = waiting.len() >= MOST_WAITING && !waiting.contains_key(&key);
        if is_full || self.pending.contains(key) {
            return false;
        }
        waiting.entry(key).or_insert(Waiting {
            from: seq,
            since: None,
        });
        self.passing.untold.insert(chain);
        true
    }

    /// The peer sent what was here already: it hears the author otherwise, and may learn that this side
    /// does.
    pub fn repeated(&mut self, chain: ChainId, me: DeviceId) {
        if scope_of(chain.lane) == Scope::Content
            && chain.device != me
            && self.version >= SAID_SINCE
        {
            self.passing.hears(author_of(chain.device));
            self.passing.untold.insert(chain);
        }
    }

    /// The peer is known to have more of a branch: what waits of it may not be lacking any more.
    pub(super) fn settle_waiting(&mut self, index: &ChainIndex, chain: ChainId) {
        let all = (chain, 0)..=(chain, usize::MAX);
        let mut had = Vec::new();
        for (key, waiting) in self.passing.waiting.range_mut(all) {
            let next = self.holdings.next(index, *key);
            if next >= index.end(chain, key.1) {
                had.push(*key);
            } else if next > waiting.from {
                // It is on its way to the peer otherwise, and the rest has as long as the first had.
                waiting.from = next;
                waiting.since = None;
            }
        }
        for key in had {
            self.passing.waiting.remove(&key);
        }
    }

    /// The peer holds these as well.
    pub(super) fn hear_got(
        &mut self,
        tips: &[ShortTip],
        index: &ChainIndex,
    ) -> Result<(), ProtocolError> {
        if self.version < SAID_SINCE {
            return Err(ProtocolError::Unexpected);
        }
        // Who compares many tips may know later than the peer what the other lacks.
        if !self.planned.contains(&Scope::Content) {
            return Ok(());
        }
        let waiting = self.passing.waiting.keys().map(|(chain, _)| *chain);
        let asked: BTreeSet<ChainId> = waiting.collect();
        let asked: BTreeMap<_, _> = asked
            .into_iter()
            .map(|chain| (self.names.chain(chain), chain))
            .collect();
        for tip in tips {
            if let Some(author) = self.passing.passed.remove(&tip.chain) {
                self.passing.hears(author);
            }
            let Some(chain) = asked.get(&tip.chain).copied() else {
                continue;
            };
            let mut here = index.at_position(chain, tip.seq);
            let here = here.find(|(_, item)| self.names.check(item.hash) == tip.check);
            if let Some((branch, _)) = here {
                self.holdings.holds(index, (chain, branch), tip.seq);
                self.passing.hears(author_of(chain.device));
                self.settle_waiting(index, chain);
            }
        }
        Ok(())
    }

    /// Passes on what waited long enough, and says what is here as well.
    pub(super) fn pass_on(
        &mut self,
        index: &ChainIndex,
        me: DeviceId,
        now: Timestamp,
        frames: &mut Vec<Vec<u8>>,
    ) {
        let mut late = Vec::new();
        let patience = self.passing.patience();
        for (key, waiting) in &mut self.passing.waiting {
            if left(*waiting.since.get_or_insert(now), patience, now) == 0 {
                late.push(*key);
            }
        }
        for key in late {
            let (chain, branch) = key;
            self.passing.waiting.remove(&key);
            let author = author_of(chain.device);
            self.passing.hears.remove(&author);
            self.passing.in_vain.insert(author);
            self.passing.passes(self.names.chain(chain), author);
            let from = self.holdings.next(index, key);
            let entries = index.end(chain, branch).saturating_sub(from);
            self.goes(key, entries, index, me);
        }
        if self.passing.untold.is_empty() {
            return;
        }
        let since = *self.passing.untold_since.get_or_insert(now);
        if left(since, SAY_AFTER_MS, now) > 0 {
            return;
        }
        self.passing.untold_since = None;
        let chains = core::mem::take(&mut self.passing.untold);
        let tips: Vec<ShortTip> = chains
            .iter()
            .flat_map(|chain| (0..index.branches(*chain)).map(|branch| (*chain, branch)))
            .filter_map(|(chain, branch)| {
                let seq = index.end(chain, branch).checked_sub(1)?;
                let hash = index.on_branch(chain, branch, seq)?.hash;
                Some(self.short(&Tip { chain, seq, hash }))
            })
            .collect();
        for part in tips.chunks(MAX_TIPS) {
            frames.push(self.frame(&Message::Got(part.to_vec())));
        }
    }

    /// In how many milliseconds something is to be passed on or said, when nothing else comes before.
    #[must_use]
    pub fn passes_in(&self, rights: Rights, now: Timestamp) -> Option<u64> {
        if !self.may_send(Scope::Content, rights) {
            return None;
        }
        let waiting = self.passing.waiting.values();
        let waiting =
            waiting.map(|waiting| left(waiting.since.unwrap_or(now), self.passing.patience(), now));
        let said = self.passing.untold_since;
        let said = said.map(|since| left(since, SAY_AFTER_MS, now));
        waiting.chain(said).min()
    }
}
