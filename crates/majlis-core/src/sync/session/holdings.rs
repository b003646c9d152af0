//! What a peer holds of each branch held here: by its own word from disk, and by what was sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::ChainIndex;
use crate::entry::ChainId;
use crate::id::EntryHash;
use crate::sync::message::{ProtocolError, Scope, WireTip};

use super::scope_of;

/// The most tips a peer may list.
const MAX_HEARD: usize = 100_000;

/// One branch of a chain as it is numbered here.
pub(super) type BranchKey = (ChainId, usize);

/// What is known of a peer's entries.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    tips: BTreeMap<ChainId, Vec<(u64, EntryHash)>>,
    heard: usize,
    /// The first position of each branch that the peer has not said or acknowledged to have.
    acked: BTreeMap<BranchKey, u64>,
    /// The first position of each branch that was not sent yet, or need not be.
    next: BTreeMap<BranchKey, u64>,
}

impl Holdings {
    /// The peer lists a tip.
    pub(super) fn list(&mut self, tip: &WireTip) -> Result<(), ProtocolError> {
        self.heard = self.heard.saturating_add(1);
        if self.heard > MAX_HEARD {
            return Err(ProtocolError::TooLarge);
        }
        self.tips
            .entry(tip.chain())
            .or_default()
            .push((tip.seq, tip.hash));
        Ok(())
    }

    /// From where a branch is to be sent.
    pub(super) fn next(&self, index: &ChainIndex, key: BranchKey) -> u64 {
        self.next
            .get(&key)
            .copied()
            .unwrap_or_default()
            .max(index.from(key.0, key.1))
    }

    /// A branch was sent up to before this position.
    pub(super) fn sent_to(&mut self, key: BranchKey, next: u64) {
        self.next.insert(key, next);
    }

    /// The peer acknowledged a branch up to before this position.
    pub(super) fn acked_to(&mut self, key: BranchKey, next: u64) {
        let acked = self.acked.entry(key).or_default();
        *acked = (*acked).max(next);
    }

    /// The peer holds the entry at `seq` of a branch, and so everything on the way to it.
    pub(super) fn holds(&mut self, index: &ChainIndex, key: BranchKey, seq: u64) {
        let after = seq.saturating_add(1);
        for (branch, end) in index.way(key.0, key.1) {
            let upto = end.min(after);
            let key = (key.0, branch);
            self.acked_to(key, upto);
            let next = self.next.entry(key).or_default();
            *next = (*next).max(upto);
        }
    }

    /// The peer asked for a chain again from a position.
    pub(super) fn again(&mut self, index: &ChainIndex, chain: ChainId, from: u64) {
        for branch in 0..index.branches(chain) {
            let from = from.max(index.from(chain, branch));
            self.next.insert((chain, branch), from);
            let acked = self.acked.entry((chain, branch)).or_default();
            *acked = (*acked).min(from);
        }
    }

    /// The peer is on another branch of a chain than was thought: what it did not say to have of
    /// the others is sent to it.
    pub(super) fn parted(&mut self, index: &ChainIndex, chain: ChainId) {
        for branch in 0..index.branches(chain) {
            let acked = self
                .acked
                .get(&(chain, branch))
                .copied()
                .unwrap_or_default();
            self.next
                .insert((chain, branch), acked.max(index.from(chain, branch)));
        }
    }

    /// Works out, per branch held here, from where the peer lacks it. Gives the branches that
    /// have something for it.
    pub(super) fn plan(&mut self, scope: Scope, index: &ChainIndex) -> BTreeSet<BranchKey> {
        let chains: BTreeSet<ChainId> = index
            .chains()
            .filter(|chain| scope_of(chain.lane) == scope)
            .collect();
        for chain in &chains {
            let theirs = self.tips.get(chain).cloned().unwrap_or_default();
            for (_, hash) in &theirs {
                if let Some(place) = index.place(*hash) {
                    self.holds(index, (*chain, place.branch), place.seq);
                }
            }
            // A single tip further on than a chain that does not fork here is probably of the same
            // branch: nothing is sent until the peer shows otherwise.
            let (held, _) = index.next(*chain);
            let ahead = theirs.len() == 1 && theirs.iter().all(|(seq, _)| *seq >= held);
            if ahead && index.branches(*chain) == 1 {
                self.next.insert((*chain, 0), held);
            }
        }
        let tips = index.tips().filter(|(tip, _)| chains.contains(&tip.chain));
        tips.filter(|(tip, branch)| self.next(index, (tip.chain, *branch)) <= tip.seq)
            .map(|(tip, branch)| (tip.chain, branch))
            .collect()
    }

    /// How many entries held here the peer has, and how many it lacks.
    pub(super) fn count(&self, index: &ChainIndex) -> (u64, u64) {
        let (mut has, mut lacks) = (0_u64, 0_u64);
        for (tip, branch) in index.tips() {
            let from = index.from(tip.chain, branch);
            let after = tip.seq.saturating_add(1);
            let acked = self
                .acked
                .get(&(tip.chain, branch))
                .copied()
                .unwrap_or(from);
            let acked = acked.clamp(from, after);
            has = has.saturating_add(acked.saturating_sub(from));
            lacks = lacks.saturating_add(after.saturating_sub(acked));
        }
        (has, lacks)
    }

    /// How many entries the peer said to have that are missing here, as far as positions tell.
    pub(super) fn missing_here(&self, index: &ChainIndex) -> u64 {
        let mut missing: u64 = 0;
        for (chain, tips) in &self.tips {
            let (held, _) = index.next(*chain);
            for (seq, _) in tips.iter().filter(|(_, hash)| index.place(*hash).is_none()) {
                let more = seq.saturating_add(1).saturating_sub(held).max(1);
                missing = missing.saturating_add(more);
            }
        }
        missing
    }
}
