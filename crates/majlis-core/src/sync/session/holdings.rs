//! What a peer holds of each branch held here: by its own word from disk, and by what was sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::ChainIndex;
use crate::entry::ChainId;
use crate::sync::message::{Arrived, ProtocolError, Resume, Scope, ShortTip};
use crate::sync::names::{ChainName, Check, Names};

use super::scope_of;

/// The most tips a peer may list.
pub(super) const MAX_HEARD: usize = 100_000;

/// One branch of a chain as it is numbered here.
pub(super) type BranchKey = (ChainId, usize);

/// What is known of a peer's entries.
#[derive(Debug)]
pub(super) struct Holdings {
    names: Names,
    tips: BTreeMap<ChainName, Vec<(u64, Check)>>,
    heard: usize,
    /// The first position of each branch that the peer has not said or acknowledged to have.
    acked: BTreeMap<BranchKey, u64>,
    /// The first position of each branch that was not sent yet, or need not be.
    next: BTreeMap<BranchKey, u64>,
    /// Per branch, the first entry that came in before it was known what the peer lacks.
    early: BTreeMap<BranchKey, u64>,
    /// Chains of which nothing is sent on a guess, until the peer shows what it has: before which
    /// position.
    guessed: BTreeMap<ChainId, u64>,
    /// It is known what the peer has: of a branch that is in neither map it has all that is held
    /// here, so both maps hold only what it lacks.
    known: bool,
}

/// Which chains a peer's list of tips speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Listed<'a> {
    /// All it has; what is not listed it lacks.
    All,
    /// Those that differ; of all others it has what is held here.
    Only(&'a BTreeSet<ChainId>),
}

impl Holdings {
    pub(super) fn new(names: Names) -> Self {
        Self {
            names,
            tips: BTreeMap::new(),
            heard: 0,
            acked: BTreeMap::new(),
            next: BTreeMap::new(),
            early: BTreeMap::new(),
            guessed: BTreeMap::new(),
            known: false,
        }
    }

    /// The peer lists a tip.
    pub(super) fn list(&mut self, tip: &ShortTip) -> Result<(), ProtocolError> {
        self.heard = self.heard.saturating_add(1);
        if self.heard > MAX_HEARD {
            return Err(ProtocolError::TooLarge);
        }
        let known = self.tips.entry(tip.chain).or_default();
        known.push((tip.seq, tip.check));
        Ok(())
    }

    /// Something came in that the peer did not send, while it is not known what it lacks.
    pub(super) fn came_early(&mut self, key: BranchKey, seq: u64) {
        let first = self.early.entry(key).or_insert(seq);
        *first = (*first).min(seq);
    }

    /// It is known what the peer has of every branch: from here on only what it lacks is remembered.
    /// What it lacks is asked of every link at every step, and in a space of a thousand people there
    /// are thousands of branches.
    pub(super) fn settle(&mut self, index: &ChainIndex) {
        if self.known {
            return;
        }
        let keys = index.tips().map(|(tip, branch)| (tip.chain, branch));
        let lacking = keys.map(|key| (key, self.acked(index, key), self.next(index, key)));
        let lacking: Vec<_> = lacking
            .filter(|(key, acked, _)| *acked < index.end(key.0, key.1))
            .collect();
        self.acked = lacking
            .iter()
            .map(|(key, acked, _)| (*key, *acked))
            .collect();
        self.next = lacking.iter().map(|(key, _, next)| (*key, *next)).collect();
        self.early = BTreeMap::new();
        let names = &self.names;
        let guessed: BTreeSet<_> = self
            .guessed
            .keys()
            .map(|chain| names.chain(*chain))
            .collect();
        self.tips.retain(|chain, _| guessed.contains(chain));
        self.known = true;
    }

    /// Something is here now that the peer did not send.
    pub(super) fn came(&mut self, key: BranchKey, seq: u64) {
        if self.known {
            self.acked.entry(key).or_insert(seq);
            self.next.entry(key).or_insert(seq);
        }
    }

    /// What the peer has of a branch of which nothing is remembered.
    fn unremembered(&self, index: &ChainIndex, key: BranchKey) -> u64 {
        if self.known {
            index.end(key.0, key.1)
        } else {
            0
        }
    }

    /// Forgets a branch of which the peer has all that is held here.
    fn forget(&mut self, index: &ChainIndex, key: BranchKey) {
        if self.known && self.acked(index, key) >= index.end(key.0, key.1) {
            self.acked.remove(&key);
            self.next.remove(&key);
        }
    }

    fn acked(&self, index: &ChainIndex, key: BranchKey) -> u64 {
        let acked = self.acked.get(&key).copied();
        acked
            .unwrap_or_else(|| self.unremembered(index, key))
            .max(index.from(key.0, key.1))
    }

    /// From where a branch is to be sent.
    pub(super) fn next(&self, index: &ChainIndex, key: BranchKey) -> u64 {
        let next = self.next.get(&key).copied();
        next.unwrap_or_else(|| self.unremembered(index, key))
            .max(index.from(key.0, key.1))
    }

    /// A branch was sent up to before this position.
    pub(super) fn sent_to(&mut self, index: &ChainIndex, key: BranchKey, next: u64) {
        self.next.insert(key, next);
        self.forget(index, key);
    }

    /// The peer acknowledged a branch up to before this position.
    pub(super) fn acked_to(&mut self, index: &ChainIndex, key: BranchKey, next: u64) {
        let acked = self.acked(index, key).max(next);
        self.acked.insert(key, acked);
        self.forget(index, key);
    }

    /// A branch need not be sent below this position.
    fn skip_to(&mut self, index: &ChainIndex, key: BranchKey, next: u64) {
        let next = self.next(index, key).max(next);
        self.next.insert(key, next);
        self.forget(index, key);
    }

    /// The peer holds the entry at `seq` of a branch, and so everything on the way to it.
    pub(super) fn holds(&mut self, index: &ChainIndex, key: BranchKey, seq: u64) {
        let after = seq.saturating_add(1);
        for (branch, end) in index.way(key.0, key.1) {
            let upto = end.min(after);
            let key = (key.0, branch);
            self.acked_to(index, key, upto);
            self.skip_to(index, key, upto);
        }
    }

    /// The peer asked for a chain again from a position.
    pub(super) fn again(&mut self, index: &ChainIndex, chain: ChainId, from: u64) {
        self.guessed.remove(&chain);
        for branch in 0..index.branches(chain) {
            let key = (chain, branch);
            let end = index.end(chain, branch);
            let from = from.max(index.from(chain, branch)).min(end);
            let acked = self.acked(index, key).min(from);
            self.next.insert(key, from);
            self.acked.insert(key, acked);
            self.forget(index, key);
        }
    }

    /// The peer is on another branch of a chain than was thought: what it did not say to have of
    /// the others is sent to it.
    pub(super) fn parted(&mut self, index: &ChainIndex, chain: ChainId) {
        self.guessed.remove(&chain);
        for branch in 0..index.branches(chain) {
            let key = (chain, branch);
            self.next.insert(key, self.acked(index, key));
            self.forget(index, key);
        }
    }

    /// The peer has what is held here, except what came in early.
    fn presume(&mut self, index: &ChainIndex, key: BranchKey, after: u64) {
        let after = self.early.get(&key).copied().unwrap_or(after);
        let after = after.max(index.from(key.0, key.1));
        self.acked_to(index, key, after);
        self.skip_to(index, key, after);
    }

    /// The peer's digest of all tips equals the one said from here.
    pub(super) fn same(&mut self, index: &ChainIndex) {
        for (tip, branch) in index.tips() {
            self.presume(index, (tip.chain, branch), tip.seq.saturating_add(1));
        }
    }

    /// The peer has what had arrived here up to the place it names, and some of what came since.
    /// `false` when this replica was never at that place.
    pub(super) fn resume(&mut self, resume: &Resume, index: &ChainIndex) -> bool {
        let Arrived { count, check } = resume.upto;
        if index.arrivals().check(count) != Some(check) {
            return false;
        }
        let mut after: BTreeMap<BranchKey, u64> = BTreeMap::new();
        for hash in index.arrivals().after(count) {
            if let Some(place) = index.place(hash) {
                let first = after
                    .entry((place.chain, place.branch))
                    .or_insert(place.seq);
                *first = (*first).min(place.seq);
            }
        }
        for (tip, branch) in index.tips() {
            let key = (tip.chain, branch);
            let lacks = after.get(&key).copied();
            let has = lacks.unwrap_or_else(|| tip.seq.saturating_add(1));
            self.acked_to(index, key, has);
            self.next.insert(key, has);
        }
        for tip in &resume.since {
            self.tips
                .entry(tip.chain)
                .or_default()
                .push((tip.seq, tip.check));
        }
        let grown: BTreeSet<ChainId> = after.keys().map(|(chain, _)| *chain).collect();
        for chain in grown {
            self.look_up(index, chain);
        }
        true
    }

    /// Whether something of a scope is held back on a guess.
    pub(super) fn guesses(&self, scope: Scope) -> bool {
        self.guessed
            .keys()
            .any(|chain| scope_of(chain.lane) == scope)
    }

    /// Something of a chain came: what was guessed of it may be known now. Whether the guess was
    /// wrong, so that the chain is to be sent after all.
    pub(super) fn shown(&mut self, index: &ChainIndex, chain: ChainId) -> bool {
        let Some(held) = self.guessed.get(&chain).copied() else {
            return false;
        };
        self.find(index, chain);
        if self.acked(index, (chain, 0)) >= held {
            self.guessed.remove(&chain);
            return false;
        }
        let is_wrong = index.branches(chain) > 1;
        if is_wrong {
            self.parted(index, chain);
        }
        is_wrong
    }

    /// Marks what the peer listed of a chain and is held here. Gives what it listed.
    fn find(&mut self, index: &ChainIndex, chain: ChainId) -> Vec<(u64, Check)> {
        let theirs = self.tips.get(&self.names.chain(chain));
        let theirs = theirs.cloned().unwrap_or_default();
        for (seq, check) in &theirs {
            let found = index
                .at_position(chain, *seq)
                .find(|(_, item)| self.names.check(item.hash) == *check)
                .map(|(branch, _)| branch);
            if let Some(branch) = found {
                self.holds(index, (chain, branch), *seq);
            }
        }
        theirs
    }

    /// Works out from what the peer listed of a chain what it has of it.
    fn look_up(&mut self, index: &ChainIndex, chain: ChainId) {
        let theirs = self.find(index, chain);
        // A single tip further on than a chain that does not fork here is probably of the same
        // branch: nothing is sent until the peer shows otherwise.
        let (held, _) = index.next(chain);
        let ahead = theirs.len() == 1 && theirs.iter().all(|(seq, _)| *seq >= held);
        if ahead && index.branches(chain) == 1 {
            self.next.insert((chain, 0), held);
            if self.acked(index, (chain, 0)) < held {
                self.guessed.insert(chain, held);
            }
        }
    }

    /// Works out, per branch held here, from where the peer lacks it.
    pub(super) fn plan(&mut self, scope: Scope, index: &ChainIndex, listed: Listed<'_>) {
        let chains: BTreeSet<ChainId> = index
            .chains()
            .filter(|chain| scope_of(chain.lane) == scope)
            .collect();
        for (tip, branch) in index.tips() {
            let others = matches!(listed, Listed::Only(only) if !only.contains(&tip.chain));
            if others && chains.contains(&tip.chain) {
                self.presume(index, (tip.chain, branch), tip.seq.saturating_add(1));
            }
        }
        for chain in chains {
            if !matches!(listed, Listed::Only(only) if !only.contains(&chain)) {
                self.look_up(index, chain);
            }
        }
    }

    /// The branches that have something for the peer.
    pub(super) fn lacking(&self, scope: Scope, index: &ChainIndex) -> BTreeSet<BranchKey> {
        index
            .tips()
            .filter(|(tip, _)| scope_of(tip.chain.lane) == scope)
            .filter(|(tip, branch)| self.next(index, (tip.chain, *branch)) <= tip.seq)
            .map(|(tip, branch)| (tip.chain, branch))
            .collect()
    }

    /// What the peer has not acknowledged, branch by branch: from where, and how many entries.
    pub(super) fn lacked<'a>(
        &'a self,
        index: &'a ChainIndex,
    ) -> impl Iterator<Item = (ChainId, u64, u64)> + 'a {
        let lacking = self.known.then(|| self.acked.keys().copied());
        let all = (!self.known).then(|| index.tips().map(|(tip, branch)| (tip.chain, branch)));
        let keys = lacking.into_iter().flatten();
        keys.chain(all.into_iter().flatten()).filter_map(|key| {
            let (from, end) = (index.from(key.0, key.1), index.end(key.0, key.1));
            let acked = self.acked(index, key).clamp(from, end.max(from));
            let entries = end.saturating_sub(acked);
            (entries > 0).then_some((key.0, acked, entries))
        })
    }

    /// How many entries held here the peer has, and how many it lacks.
    pub(super) fn count(&self, index: &ChainIndex) -> (u64, u64) {
        let lacks: u64 = self.lacked(index).map(|(_, _, entries)| entries).sum();
        let all = u64::try_from(index.len()).unwrap_or(u64::MAX);
        (all.saturating_sub(lacks), lacks)
    }
}

#[cfg(test)]
mod tests;
