//! The stewards: a chain of epochs, each made by a majority of the stewards before it or by a
//! recovery card.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::State;
use crate::id::{DeviceId, EntryHash};
use crate::membership::operation::{Operation, StewardChange, Stewards};
use crate::membership::rank::Rank;

use super::fold::Fold;

/// One change on top of one epoch, as far as it was endorsed.
struct Candidate<'a> {
    change: &'a Stewards,
    entries: Vec<(EntryHash, DeviceId)>,
    by: BTreeSet<DeviceId>,
    recovered: bool,
}

impl<'a> Fold<'a> {
    /// The chain of steward epochs. Endorsements stand for themselves: neither a later removal
    /// nor a fork of the endorser's chain undoes them, or a removed steward could rewrite history.
    pub(super) fn epochs(&mut self) {
        let entries = self.entries;
        let mut by_parent: BTreeMap<EntryHash, Vec<(EntryHash, DeviceId, &'a Stewards)>> =
            BTreeMap::new();
        for (entry, (header, operation)) in entries {
            if let Operation::Stewards(change) = operation {
                by_parent
                    .entry(change.parent)
                    .or_default()
                    .push((*entry, header.device, change));
            }
        }
        while self.epochs.insert(self.out.epoch) {
            let Some(endorsements) = by_parent.get(&self.out.epoch) else {
                break;
            };
            let candidates = self.candidates(endorsements);
            let majority = (self.out.stewards.len() / 2).saturating_add(1);
            let complete = candidates
                .iter()
                .filter(|(_, candidate)| candidate.recovered || candidate.by.len() >= majority);
            let mut complete: Vec<_> = complete.collect();
            complete.sort_by_key(|(epoch, candidate)| (!candidate.recovered, **epoch));
            let mut endorsers = BTreeSet::new();
            for (_, candidate) in &complete {
                let twice = candidate
                    .by
                    .iter()
                    .filter(|device| !endorsers.insert(**device));
                self.out.double.extend(twice);
            }
            let Some((epoch, candidate)) = complete.first() else {
                self.out.pending = candidates
                    .into_iter()
                    .map(|(epoch, held)| (epoch, (held.change.change.clone(), held.by)))
                    .collect();
                break;
            };
            self.enter_epoch(**epoch, candidate, self.epochs.len());
        }
    }

    fn candidates(
        &mut self,
        endorsements: &[(EntryHash, DeviceId, &'a Stewards)],
    ) -> BTreeMap<EntryHash, Candidate<'a>> {
        let keys: BTreeSet<_> = self
            .out
            .genesis
            .iter()
            .flat_map(|(_, _, genesis)| genesis.recovery.iter().copied())
            .collect();
        let space = self.space;
        let mut candidates: BTreeMap<EntryHash, Candidate<'a>> = BTreeMap::new();
        for (entry, device, change) in endorsements.iter().copied() {
            let recovered = change.recovery.is_some()
                && self.proof(entry, || {
                    change
                        .recovered_by(space)
                        .is_some_and(|key| keys.contains(&key))
                });
            let candidate = candidates
                .entry(change.epoch())
                .or_insert_with(|| Candidate {
                    change,
                    entries: Vec::new(),
                    by: BTreeSet::new(),
                    recovered: false,
                });
            candidate.recovered |= recovered;
            candidate.entries.push((entry, device));
            if self.out.stewards.contains(&device) {
                candidate.by.insert(device);
            }
        }
        candidates
    }

    fn enter_epoch(&mut self, epoch: EntryHash, candidate: &Candidate<'_>, depth: usize) {
        for (entry, _) in &candidate.entries {
            self.out.states.insert(*entry, State::Admitted);
        }
        match &candidate.change.change {
            StewardChange::Add(device) => {
                self.out.stewards.insert(*device);
                for (entry, _) in &candidate.entries {
                    self.grant(*entry, *device, Rank::Steward, BTreeSet::new(), Some(depth));
                }
            }
            StewardChange::Remove(remove) => {
                self.out.stewards.remove(&remove.device);
                self.remove(epoch, remove, Some(depth));
            }
        }
        self.out.epoch = epoch;
    }
}
