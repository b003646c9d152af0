//! What stands before each part of a document in its chain, as far as it may hold it up: another part,
//! or what cannot be one until it is known who wrote it. Worked out once for a lane, along its chains.
//! Not here: which parts go in (`selection`).

use std::collections::BTreeMap;

use super::Parts;
use crate::admission::State;
use crate::chain::ChainIndex;
use crate::entry::Kind;
use crate::id::{EntryHash, LaneId};

/// What is next before a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Earlier {
    /// Nothing that may hold it up.
    Nothing,
    /// An entry of which it is not known yet who wrote it.
    Awaited,
    /// Another part.
    Part(EntryHash),
}

/// What is next before each part.
#[derive(Clone, Debug)]
pub(super) struct Before(BTreeMap<EntryHash, Earlier>);

impl Before {
    pub(super) fn of(lane: LaneId, index: &ChainIndex, parts: &Parts) -> Self {
        let mut before = BTreeMap::new();
        for chain in index.chains().filter(|chain| chain.lane == lane) {
            // Of each branch what is before its first entry, and what may hold others up on it.
            let mut branches: Vec<(Earlier, Vec<(u64, Earlier)>)> = Vec::new();
            for (place, item) in index.items_of(chain) {
                while branches.len() <= place.branch {
                    let parent = index.way(chain, branches.len()).nth(1);
                    let first = parent.and_then(|(parent, from)| {
                        let (first, on) = branches.get(parent)?;
                        let earlier = on.partition_point(|(seq, _)| *seq < from).checked_sub(1);
                        let last = earlier.and_then(|at| on.get(at));
                        Some(last.map_or(*first, |(_, earlier)| *earlier))
                    });
                    branches.push((first.unwrap_or(Earlier::Nothing), Vec::new()));
                }
                let Some((first, on)) = branches
                    .get_mut(place.branch)
                    .filter(|_| item.kind == Kind::Changes)
                else {
                    continue;
                };
                if parts.contains_key(&item.hash) {
                    let last = on.last().map_or(*first, |(_, earlier)| *earlier);
                    before.insert(item.hash, last);
                    on.push((place.seq, Earlier::Part(item.hash)));
                } else if matches!(item.state, State::Waiting(_)) {
                    on.push((place.seq, Earlier::Awaited));
                }
            }
        }
        Self(before)
    }

    /// The nearest before a part that is not `settled` without having come in. What was found settled is
    /// not looked at again: it stays so.
    pub(super) fn nearest(
        &mut self,
        hash: EntryHash,
        settled: impl Fn(&EntryHash) -> bool,
    ) -> Earlier {
        let get = |before: &BTreeMap<EntryHash, Earlier>, hash| {
            before.get(&hash).copied().unwrap_or(Earlier::Nothing)
        };
        let mut passed = vec![hash];
        let found = loop {
            let last = passed.last().copied().unwrap_or(hash);
            match get(&self.0, last) {
                Earlier::Part(earlier) if settled(&earlier) => passed.push(earlier),
                found => break found,
            }
        };
        for hash in passed {
            self.0.insert(hash, found);
        }
        found
    }
}
