//! Which entries a document is made from: those that count, what they build on, and one branch of
//! each fork.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;

use super::{Parts, Tried};
use crate::chain::ChainIndex;
use crate::entry::ChainId;
use crate::gate;
use crate::id::EntryHash;

/// A choice among the parts of a document.
pub(super) struct Selection {
    /// What goes in, if the gate lets it.
    pub(super) chosen: BTreeSet<EntryHash>,
    /// What counts, and stands on a branch that does not go on.
    pub(super) out_forked: BTreeSet<EntryHash>,
    /// Who has a change: of its author's entries, those that state it.
    holders: BTreeMap<ChangeHash, Vec<EntryHash>>,
    /// What an entry builds on.
    needs: BTreeMap<EntryHash, BTreeSet<ChangeHash>>,
    /// Those for whose sake nothing is left uncarried that they state as well.
    silent: BTreeSet<EntryHash>,
}

impl Selection {
    /// The choice, after what was `tried` before.
    pub(super) fn of(parts: &Parts, tried: &Tried, index: &ChainIndex) -> Self {
        let mut selection = Self {
            chosen: BTreeSet::new(),
            out_forked: BTreeSet::new(),
            holders: BTreeMap::new(),
            needs: BTreeMap::new(),
            silent: tried.waiting.clone(),
        };
        selection.silent.extend(tried.refused.keys());
        let (mut counting, mut again) = (BTreeSet::new(), BTreeSet::new());
        for (hash, part) in parts {
            let is_refused = tried.refused.contains_key(hash);
            let chain = part.place.chain;
            for (change, deps) in gate::names(chain.device, chain.lane, &part.changes) {
                if !is_refused {
                    selection.holders.entry(change).or_default().push(*hash);
                }
                selection.needs.entry(*hash).or_default().extend(deps);
            }
            if part.counts {
                let which = if is_refused {
                    &mut again
                } else {
                    &mut counting
                };
                which.insert(*hash);
            }
        }
        // What stands on a branch that does not go on has nothing for others: what they build on
        // may then have to be carried, and that may decide another fork.
        loop {
            selection.chosen = selection.reached(&counting);
            selection.chosen.extend(&again);
            let off = selection.off(parts, tried, index);
            selection.chosen.retain(|hash| !off.contains(hash));
            again.retain(|hash| !off.contains(hash));
            let out: Vec<EntryHash> = off.intersection(&counting).copied().collect();
            if out.is_empty() {
                return selection;
            }
            counting.retain(|hash| !off.contains(hash));
            selection.out_forked.extend(out);
        }
    }

    /// The entries that count and state something which an entry that is set aside states too.
    pub(super) fn also_aside(&self, parts: &Parts) -> BTreeSet<EntryHash> {
        let counts = |hash: &&EntryHash| parts.get(*hash).is_some_and(|part| part.counts);
        let both = self
            .holders
            .values()
            .filter(|all| !all.iter().all(|one| counts(&one)));
        both.flatten().filter(counts).copied().collect()
    }

    /// Of what is chosen, what stands on branches that do not go on.
    fn off(&self, parts: &Parts, tried: &Tried, index: &ChainIndex) -> BTreeSet<EntryHash> {
        let mut chains: BTreeMap<ChainId, BTreeSet<EntryHash>> = BTreeMap::new();
        for hash in &self.chosen {
            if let Some(part) = parts.get(hash) {
                chains.entry(part.place.chain).or_default().insert(*hash);
            }
        }
        let off = chains
            .into_iter()
            .flat_map(|(chain, chosen)| branched_off(chain, chosen, parts, tried, index));
        off.collect()
    }

    /// What was taken and counts, and what of the rest it builds on.
    pub(super) fn needed(&self, parts: &Parts, taken: &BTreeSet<EntryHash>) -> BTreeSet<EntryHash> {
        let counts = |hash: &&EntryHash| parts.get(*hash).is_some_and(|part| part.counts);
        let roots = taken.iter().filter(counts).copied().collect();
        let mut needed = self.reached(&roots);
        needed.retain(|hash| taken.contains(hash));
        needed
    }

    /// The roots, and what they build on that none of them states.
    fn reached(&self, roots: &BTreeSet<EntryHash>) -> BTreeSet<EntryHash> {
        let mut stack: Vec<EntryHash> = roots.iter().copied().collect();
        let mut reached = roots.clone();
        while let Some(hash) = stack.pop() {
            for change in self.needs.get(&hash).into_iter().flatten() {
                let holders = self.holders.get(change);
                let states = |one: &EntryHash| roots.contains(one) && !self.silent.contains(one);
                if holders.is_some_and(|all| all.iter().any(states)) {
                    continue;
                }
                for next in holders.into_iter().flatten() {
                    if reached.insert(*next) {
                        stack.push(*next);
                    }
                }
            }
        }
        reached
    }
}

/// Those of the chosen entries of a chain that stand on branches which do not go on.
fn branched_off(
    chain: ChainId,
    mut chosen: BTreeSet<EntryHash>,
    parts: &Parts,
    tried: &Tried,
    index: &ChainIndex,
) -> BTreeSet<EntryHash> {
    let mut off = BTreeSet::new();
    for fork in index.forks(chain) {
        // The first entry after the fork of each branch, what it has for it, and what of the chosen
        // lies behind it.
        let mut sides: BTreeMap<EntryHash, (Claim, BTreeSet<EntryHash>)> = BTreeMap::new();
        for hash in &chosen {
            let Some(part) = parts.get(hash).filter(|part| part.place.seq >= fork) else {
                continue;
            };
            let claim = match part.counts {
                true if tried.refused.contains_key(hash) => Claim::Refused,
                true => Claim::Counts,
                false => Claim::Aside,
            };
            if let Some(first) = index.on_branch(chain, part.place.branch, fork) {
                let side = sides.entry(first.hash).or_insert((claim, BTreeSet::new()));
                side.0 = side.0.min(claim);
                side.1.insert(*hash);
            }
        }
        let best = sides
            .iter()
            .min_by_key(|(first, (claim, _))| (*claim, **first));
        let Some(best) = best.map(|(first, _)| *first) else {
            continue;
        };
        for (_, (_, behind)) in sides.into_iter().filter(|(first, _)| *first != best) {
            chosen.retain(|hash| !behind.contains(hash));
            off.extend(behind);
        }
    }
    off
}

/// What a branch has for it that it should go on, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Counts,
    Aside,
    Refused,
}
