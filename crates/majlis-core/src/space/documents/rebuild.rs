//! Making a document anew when a new membership takes work out of it or brings it back.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;

use super::{OpenDocument, read_changes, size};
use crate::admission::{Missing, Refusal, State};
use crate::chain::Place;
use crate::changes::Changes;
use crate::document::Document;
use crate::effect::Notice;
use crate::entry::{ChainId, Kind};
use crate::gate::{self, Verdict};
use crate::id::{EntryHash, LaneId};
use crate::membership::roster::Authority;
use crate::shelf::ShelfError;
use crate::space::Space;
use crate::space::assess::drafting;
use crate::space::step::Step;

impl Space {
    /// Makes a document anew from the entries that count and what they build on.
    ///
    /// A pure function of the lane's entries and their standing: entries that count go in; of
    /// those set aside, just the ones that counting work builds on are carried; where such work
    /// builds on several branches of a forked chain, the branch whose first entry has the smallest
    /// hash is carried and work on the others is set aside.
    pub(super) fn rebuild(&mut self, lane: LaneId, step: &mut Step<'_>) -> Result<(), ShelfError> {
        self.seal(lane, step)?;
        self.waiting.remove(&lane);
        let mut left: BTreeMap<EntryHash, (Place, Changes, bool)> = BTreeMap::new();
        let chains: Vec<ChainId> = self
            .index
            .chains()
            .filter(|chain| chain.lane == lane)
            .collect();
        let mut items = Vec::new();
        for chain in chains {
            items.extend(
                self.index
                    .items_of(chain)
                    .map(|(place, item)| (place, *item)),
            );
        }
        for (place, item) in items.iter().filter(|(_, item)| item.kind == Kind::Changes) {
            let authority = self.authority_of(*place, item);
            let counts = match authority {
                Some(Authority::Holds(rank)) if rank.may(drafting(lane)) => true,
                Some(Authority::Aside(_)) => false,
                _ => continue,
            };
            match read_changes(item.hash, step)? {
                Ok(changes) => {
                    left.insert(item.hash, (*place, changes, counts));
                }
                Err(state) if counts => self.settle_one(item.hash, authority, state, step),
                Err(_) => {}
            }
        }
        let carried = self.to_carry(&left);
        let dropped = left
            .iter()
            .filter(|(hash, (_, _, counts))| !counts && !carried.contains(hash));
        for hash in dropped.map(|(hash, _)| *hash).collect::<Vec<_>>() {
            left.remove(&hash);
            self.set_aside_again(hash, step);
        }
        let mut document = Document::new(lane);
        let mut bytes: usize = 0;
        let mut moved = true;
        while moved {
            moved = false;
            let hashes: Vec<EntryHash> = left.keys().copied().collect();
            for hash in hashes {
                let Some((place, changes, counts)) = left.get(&hash) else {
                    continue;
                };
                // Along the chain here too.
                if self
                    .changes_before(*place)
                    .is_some_and(|item| left.contains_key(&item.hash))
                {
                    continue;
                }
                let (device, counts) = (place.chain.device, *counts);
                let verdict = gate::check(
                    document.automerge(),
                    document.history(),
                    device,
                    lane,
                    changes,
                );
                let state = match verdict {
                    Verdict::Passed(passed) => {
                        bytes = bytes.saturating_add(size(changes));
                        document.admit(passed);
                        if counts {
                            State::Admitted
                        } else {
                            State::Carried
                        }
                    }
                    Verdict::Missing(_) => continue,
                    Verdict::Refused(refusal) if counts => {
                        State::Refused(Refusal::Gate(refusal.code()))
                    }
                    // What is set aside stays so, whatever the gate would say of it.
                    Verdict::Refused(_) => {
                        left.remove(&hash);
                        moved = true;
                        self.set_aside_again(hash, step);
                        continue;
                    }
                };
                left.remove(&hash);
                moved = true;
                let authority = self.index.item(hash).and_then(|item| item.authority);
                self.settle_one(hash, authority, state, step);
            }
            // What is set aside and cannot be carried does not hold up what counts behind it.
            let stuck = left
                .iter()
                .find(|(_, (_, _, counts))| !counts)
                .map(|(hash, _)| *hash);
            if let Some(hash) = stuck.filter(|_| !moved) {
                left.remove(&hash);
                moved = true;
                self.set_aside_again(hash, step);
            }
        }
        for hash in left.into_keys() {
            self.waiting.entry(lane).or_default().insert(hash);
            let authority = self.index.item(hash).and_then(|item| item.authority);
            self.settle_one(hash, authority, State::Waiting(Missing::Changes), step);
        }
        for (_, change) in self
            .unsealed
            .get(&lane)
            .into_iter()
            .flat_map(|work| &work.changes)
        {
            document.take(&[change.clone().into()]);
        }
        let open = OpenDocument {
            document,
            unsaved: bytes,
            stale: true,
            due: true,
        };
        self.documents.insert(lane, open);
        step.notice(Notice::Document(lane));
        Ok(())
    }

    /// Nothing that counts builds on it (any more).
    fn set_aside_again(&mut self, hash: EntryHash, step: &mut Step<'_>) {
        let authority = self.index.item(hash).and_then(|item| item.authority);
        if let Some(Authority::Aside(aside)) = authority {
            self.settle_one(hash, authority, State::Quarantined(aside), step);
        }
    }

    /// The entries set aside that counting work builds on, one branch of each fork.
    fn to_carry(
        &self,
        entries: &BTreeMap<EntryHash, (Place, Changes, bool)>,
    ) -> BTreeSet<EntryHash> {
        // A change may also be in entries that have no right to it; the gate tells which.
        let mut holders: BTreeMap<ChangeHash, Vec<EntryHash>> = BTreeMap::new();
        let mut needs: BTreeMap<EntryHash, BTreeSet<ChangeHash>> = BTreeMap::new();
        for (hash, (_, changes, _)) in entries {
            for (change, deps) in gate::names(changes) {
                holders.entry(change).or_default().push(*hash);
                needs.entry(*hash).or_default().extend(deps);
            }
        }
        let counting = entries.iter().filter(|(_, (_, _, counts))| *counts);
        let mut stack: Vec<EntryHash> = counting.map(|(hash, _)| *hash).collect();
        let mut reached: BTreeSet<EntryHash> = stack.iter().copied().collect();
        while let Some(hash) = stack.pop() {
            for change in needs.get(&hash).into_iter().flatten() {
                for next in holders.get(change).into_iter().flatten() {
                    if reached.insert(*next) {
                        stack.push(*next);
                    }
                }
            }
        }
        let counts = |hash: &EntryHash| entries.get(hash).is_some_and(|(_, _, counts)| *counts);
        reached.retain(|hash| !counts(hash));
        let kept = |hash: &EntryHash| {
            let Some((place, _, _)) = entries.get(hash) else {
                return false;
            };
            // Where the ways to two of them part, the smaller hash goes on.
            reached.iter().all(|other| {
                let same = entries
                    .get(other)
                    .is_some_and(|(at, _, _)| at.chain == place.chain);
                let parting = same.then(|| self.index.parting(*hash, *other)).flatten();
                parting.is_none_or(|(here, there)| here < there)
            })
        };
        reached.iter().filter(|hash| kept(hash)).copied().collect()
    }
}
