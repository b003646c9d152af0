//! The layers of the fold: the genesis, the stewards, then rank by rank what each may do to those
//! below; at the end, where every membership entry stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Missing, Refusal, State};
use crate::entry::Header;
use crate::id::{DeviceId, EntryHash, LaneId, SpaceId};
use crate::membership::operation::{Cut, Operation, Remove};
use crate::membership::rank::{Capability, Rank};

use super::{
    Authority, Chains, Entries, EntryPlace, Joined, Leaving, Proven, Removal, Roster, Warrant,
};

/// A fold on its way.
pub(super) struct Fold<'a> {
    pub(super) space: SpaceId,
    pub(super) entries: &'a Entries,
    pub(super) chains: &'a dyn Chains,
    proven: &'a mut Proven,
    /// Per invite, the joins that each closing of it keeps.
    pub(super) closes: BTreeMap<EntryHash, Vec<BTreeSet<EntryHash>>>,
    /// Invites whose joins were counted.
    pub(super) settled: BTreeSet<EntryHash>,
    /// The steward epochs up to the one in force.
    pub(super) epochs: BTreeSet<EntryHash>,
    pub(super) out: Roster,
}

impl Roster {
    /// The roster of these membership entries.
    ///
    /// `proven` remembers which proofs inside entries hold, so that folding again is cheap.
    #[must_use]
    pub fn fold(
        space: SpaceId,
        entries: &Entries,
        chains: &dyn Chains,
        proven: &mut Proven,
    ) -> Self {
        let mut fold = Fold {
            space,
            entries,
            chains,
            proven,
            closes: BTreeMap::new(),
            settled: BTreeSet::new(),
            epochs: BTreeSet::new(),
            out: Self::default(),
        };
        fold.out.known = entries.keys().copied().collect();
        fold.invite_keys();
        fold.forks();
        if fold.genesis() {
            fold.epochs();
            for rank in [Rank::Steward, Rank::Facilitator] {
                fold.leaves(rank);
                fold.adoptions(rank);
                fold.removals(rank);
                fold.invites(rank);
                fold.grants(rank);
                fold.joins();
                fold.adopted_joins(rank);
            }
            for rank in [Rank::Member, Rank::Observer] {
                fold.leaves(rank);
            }
        }
        fold.strays();
        fold.renames();
        fold.rest();
        fold.out
    }
}

impl Fold<'_> {
    pub(super) fn proof(&mut self, entry: EntryHash, check: impl FnOnce() -> bool) -> bool {
        *self.proven.entry(entry).or_insert_with(check)
    }

    fn invite_keys(&mut self) {
        for (header, operation) in self.entries.values() {
            if let Operation::Invite(invite) = operation {
                let makers = self.out.invite_keys.entry(invite.key).or_default();
                makers.insert(header.device);
            }
        }
    }

    /// Fork proofs certify themselves, whoever passes them on.
    fn forks(&mut self) {
        for (entry, (_, operation)) in self.entries {
            let Operation::Fork(proof) = operation else {
                continue;
            };
            let header = crate::entry::Signed::from_bytes(&proof.first);
            let (space, checked) = (self.space, proof.clone());
            let holds = self.proof(*entry, || {
                checked
                    .entries()
                    .is_some_and(|(one, _)| one.header().space == space)
            });
            let state = if holds {
                State::Admitted
            } else {
                State::Refused(Refusal::Malformed)
            };
            self.out.states.insert(*entry, state);
            if let Some(signed) = header.filter(|_| holds) {
                let header = signed.unchecked();
                let from = self.out.forks.entry(header.chain()).or_insert(header.seq);
                *from = (*from).min(header.seq);
            }
        }
    }

    /// The founding. A founder may sign the same genesis twice (that is a fork); both are warrants,
    /// and the first epoch is named by what the genesis says, so that neither undoes anything.
    fn genesis(&mut self) -> bool {
        for (entry, (header, operation)) in self.entries {
            let Operation::Genesis(genesis) = operation else {
                continue;
            };
            let founds = SpaceId::of_genesis(&operation.encode()) == self.space
                && genesis.founder.device == header.device
                && header.seq == 0
                && header.warrant == EntryHash::ZERO;
            if !founds {
                continue;
            }
            let device = header.device;
            self.out.states.insert(*entry, State::Admitted);
            self.grant(*entry, device, Rank::Steward, BTreeSet::new(), Some(0));
            if self.out.genesis.is_some() {
                continue;
            }
            self.out.epoch = EntryHash::from_bytes(*self.space.as_bytes());
            self.out.stewards.insert(device);
            let joined = Joined {
                entry: *entry,
                invite: EntryHash::ZERO,
                person: genesis.founder.id(),
                name: genesis.founder_name.clone(),
                invited_by: None,
                counts: true,
            };
            self.out.joined.insert(device, joined);
            self.out.genesis = Some((*entry, device, genesis.clone()));
        }
        self.out.genesis.is_some()
    }

    pub(super) fn grant(
        &mut self,
        entry: EntryHash,
        device: DeviceId,
        rank: Rank,
        after: BTreeSet<EntryHash>,
        epoch: Option<usize>,
    ) {
        self.out.warrants.insert(
            entry,
            Warrant {
                device,
                rank,
                after,
                epoch,
            },
        );
        self.out.held.entry(device).or_default().insert(entry);
    }

    pub(super) fn remove(&mut self, entry: EntryHash, remove: &Remove, epoch: Option<usize>) {
        let mut cuts: BTreeMap<LaneId, Cut> = BTreeMap::new();
        for cut in &remove.cuts {
            // A lane named twice is cut at the lower place.
            let held = cuts.entry(cut.lane).or_insert(*cut);
            *held = (*held).min(*cut);
        }
        let removal = Removal {
            entry,
            cuts,
            reason: remove.reason.clone(),
            epoch,
        };
        self.out
            .removals
            .entry(remove.device)
            .or_default()
            .push(removal);
    }

    /// The rank under which a membership entry acts, when it stands.
    pub(super) fn acting(&self, entry: EntryHash, header: &Header) -> Result<Rank, State> {
        let (chain, seq, warrant) = (header.chain(), header.seq, header.warrant);
        let place = EntryPlace {
            hash: entry,
            chain,
            seq,
            warrant,
        };
        match self.out.authority(&place, self.chains) {
            Authority::Holds(rank) => Ok(rank),
            Authority::Missing => Err(State::Waiting(Missing::Warrant)),
            Authority::Aside(aside) => Err(State::Quarantined(aside)),
            Authority::Refused(refusal) => Err(State::Refused(refusal)),
        }
    }

    /// Entries that act under `rank`, as far as the layers above have settled.
    pub(super) fn acting_at(&self, rank: Rank) -> Vec<(EntryHash, DeviceId)> {
        let entries = self
            .entries
            .iter()
            .filter(|(entry, (header, _))| self.acting(**entry, header) == Ok(rank));
        entries
            .map(|(entry, (header, _))| (*entry, header.device))
            .collect()
    }

    /// Adoptions, and adoptions that those bring back.
    fn adoptions(&mut self, rank: Rank) {
        loop {
            let before = self.out.adopted.len();
            for (entry, _) in self.acting_at(rank) {
                let Some((_, Operation::Adopt(adopt))) = self.entries.get(&entry) else {
                    continue;
                };
                self.out.states.insert(entry, State::Admitted);
                for entry in &adopt.entries {
                    let held = self.out.adopted.entry(*entry).or_insert(rank);
                    *held = (*held).max(rank);
                }
            }
            if self.out.adopted.len() == before {
                break;
            }
        }
    }

    fn removals(&mut self, rank: Rank) {
        if !rank.may(Capability::ChangeRanks) {
            return;
        }
        for (entry, _) in self.acting_at(rank) {
            let Some((_, Operation::Remove(remove))) = self.entries.get(&entry) else {
                continue;
            };
            let steward = self.out.stewards.contains(&remove.device);
            let state = if steward {
                State::Refused(Refusal::NotAllowed)
            } else {
                self.remove(entry, remove, None);
                State::Admitted
            };
            self.out.states.insert(entry, state);
        }
        for list in self.out.removals.values_mut() {
            list.sort_by_key(|removal| removal.entry);
        }
    }

    fn leaves(&mut self, rank: Rank) {
        for (entry, device) in self.acting_at(rank) {
            if let Some((header, Operation::Leave)) = self.entries.get(&entry) {
                let warrant = self.out.warrants.get(&header.warrant);
                let epoch = warrant.and_then(|warrant| warrant.epoch);
                let leaving = Leaving {
                    seq: header.seq,
                    epoch,
                };
                self.out
                    .left
                    .entry(device)
                    .or_default()
                    .insert(entry, leaving);
                self.out.states.insert(entry, State::Admitted);
            }
        }
    }

    /// New ranks below the author's. A grant to a steward stands too: it is the warrant of what
    /// they did before they became one.
    fn grants(&mut self, rank: Rank) {
        for (entry, _) in self.acting_at(rank) {
            let Some((_, Operation::SetRank(set))) = self.entries.get(&entry) else {
                continue;
            };
            let allowed = rank.may(Capability::ChangeRanks) && set.rank < rank;
            let state = if allowed {
                let after = set.after.iter().copied().collect();
                self.grant(entry, set.device, set.rank, after, None);
                State::Admitted
            } else {
                State::Refused(Refusal::NotAllowed)
            };
            self.out.states.insert(entry, state);
        }
    }

    /// The name of the latest position counts.
    fn renames(&mut self) {
        let mut latest: BTreeMap<DeviceId, (u64, EntryHash, &str)> = BTreeMap::new();
        for (entry, (header, operation)) in self.entries {
            let Operation::Rename(name) = operation else {
                continue;
            };
            if self.acting(*entry, header).is_ok() {
                self.out.states.insert(*entry, State::Admitted);
                let next = (header.seq, *entry, name.as_str());
                let held = latest.entry(header.device).or_insert(next);
                *held = (*held).max(next);
            }
        }
        for (device, (_, _, name)) in latest {
            if let Some(joined) = self.out.joined.get_mut(&device) {
                joined.name = name.to_owned();
            }
        }
    }

    /// Entries that are no warrants (yet): what work that cites them has to wait for.
    fn strays(&mut self) {
        self.stray_joins();
        for (entry, (_, operation)) in self.entries {
            // Not (yet) endorsed by enough of the stewards in force.
            if matches!(operation, Operation::Stewards(_)) && !self.out.states.contains_key(entry) {
                self.out.undecided.insert(*entry);
            }
        }
        let open = self.entries.iter().filter(|(entry, (_, operation))| {
            matches!(operation, Operation::SetRank(_)) && !self.out.states.contains_key(entry)
        });
        let (mut void, mut undecided) = (Vec::new(), Vec::new());
        for (entry, (header, _)) in open {
            match self.acting(*entry, header) {
                Err(State::Quarantined(_)) => void.push(*entry),
                Err(State::Waiting(_)) => undecided.push(*entry),
                Ok(_) | Err(_) => {}
            }
        }
        self.out.void.extend(void);
        self.out.undecided.extend(undecided);
    }

    /// Every entry that no layer took up.
    fn rest(&mut self) {
        let open = self
            .entries
            .iter()
            .filter(|(entry, _)| !self.out.states.contains_key(entry));
        let states: Vec<(EntryHash, State)> = open
            .map(|(entry, (header, operation))| {
                let state = match operation {
                    Operation::CloseInvite(close) if !self.entries.contains_key(&close.invite) => {
                        State::Waiting(Missing::Warrant)
                    }
                    Operation::Stewards(change) if self.epochs.contains(&change.parent) => {
                        State::Waiting(Missing::Agreement)
                    }
                    Operation::Join(_) | Operation::Stewards(_) => State::Waiting(Missing::Warrant),
                    Operation::Genesis(_) => State::Refused(Refusal::NotAllowed),
                    Operation::Invite(_)
                    | Operation::SetRank(_)
                    | Operation::Remove(_)
                    | Operation::Leave
                    | Operation::Adopt(_)
                    | Operation::CloseInvite(_)
                    | Operation::Fork(_)
                    | Operation::Rename(_) => match self.acting(*entry, header) {
                        Ok(_) => State::Refused(Refusal::NotAllowed),
                        Err(state) => state,
                    },
                };
                (*entry, state)
            })
            .collect();
        self.out.states.extend(states);
    }
}
