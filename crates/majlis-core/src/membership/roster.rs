//! Who is in a space, at which rank, and whose work counts up to where: a fold over the set of
//! membership entries, computed rank by rank from the top.
//!
//! **The result is a function of the set of entries, never of their order of arrival, and of no
//! clock.** A warrant always points to authority given by a strictly higher rank (or, for joins,
//! to an invite by one), so there is no cycle to resolve.
//!
//! Leaving cannot bound other lanes by position: work on other lanes made before or after a
//! [`Operation::Leave`] looks alike. So leaving ends the rank and voids later membership
//! entries, and what the device writes elsewhere afterwards is for a removal to cut.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Aside, Missing, Refusal, State};
use crate::effect::{MemberRow, Out};
use crate::entry::{ChainId, Header};
use crate::id::{DeviceId, EntryHash, InviteKey, LaneId, PersonId, SpaceId};
use crate::membership::operation::{
    Cut, Genesis, Invite, Operation, Remove, StewardChange, Stewards,
};
use crate::membership::rank::{Capability, Rank};

/// What the roster says of an entry outside the membership lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Its author acted under this rank.
    Holds(Rank),
    /// The warrant it cites is not held.
    Missing,
    /// It is set aside.
    Aside(Aside),
    /// It will never count.
    Refused(Refusal),
}

/// Where an entry is, and what it cites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryPlace {
    /// Its name.
    pub hash: EntryHash,
    /// Its chain.
    pub chain: ChainId,
    /// Its position.
    pub seq: u64,
    /// The warrant it cites.
    pub warrant: EntryHash,
}

/// How entries of a chain follow each other.
pub trait Chains {
    /// The entry at `seq` on the branch of `chain` that leads to the entry `tip` at `tip_seq`;
    /// `None` when that entry is not held or `seq` lies beyond it.
    fn ancestor(
        &self,
        chain: ChainId,
        tip_seq: u64,
        tip: EntryHash,
        seq: u64,
    ) -> Option<EntryHash>;
}

/// An invite as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteRow {
    /// The entry that made it.
    pub entry: EntryHash,
    /// Who made it.
    pub by: DeviceId,
    /// What it says.
    pub invite: Invite,
    /// Joins that count.
    pub used: u32,
    /// Joins that came on top of its uses.
    pub surplus: u32,
    /// Whether it was stopped.
    pub closed: bool,
}

#[derive(Clone, Debug)]
struct Warrant {
    device: DeviceId,
    rank: Rank,
    /// Removals that this grant forgives.
    after: BTreeSet<EntryHash>,
}

#[derive(Clone, Debug)]
struct Removal {
    entry: EntryHash,
    cuts: BTreeMap<LaneId, Cut>,
    reason: String,
}

#[derive(Clone, Debug)]
struct Joined {
    entry: EntryHash,
    invite: EntryHash,
    person: PersonId,
    name: String,
    invited_by: Option<DeviceId>,
    counts: bool,
}

/// The roster of a space.
#[derive(Clone, Debug)]
pub struct Roster {
    genesis: Option<(EntryHash, DeviceId, Genesis)>,
    epoch: EntryHash,
    stewards: BTreeSet<DeviceId>,
    pending: BTreeMap<EntryHash, (StewardChange, BTreeSet<DeviceId>)>,
    double: BTreeSet<DeviceId>,
    warrants: BTreeMap<EntryHash, Warrant>,
    held: BTreeMap<DeviceId, BTreeSet<EntryHash>>,
    /// Membership entries that would be warrants if they counted.
    void: BTreeSet<EntryHash>,
    removals: BTreeMap<DeviceId, Vec<Removal>>,
    left: BTreeMap<DeviceId, (EntryHash, u64)>,
    forks: BTreeMap<ChainId, u64>,
    adopted: BTreeMap<EntryHash, Rank>,
    invites: BTreeMap<EntryHash, InviteRow>,
    joined: BTreeMap<DeviceId, Joined>,
    states: BTreeMap<EntryHash, State>,
}

type Entries = BTreeMap<EntryHash, (Header, Operation)>;

/// Proofs that were checked before, by membership entry; they never change.
pub type Proven = BTreeMap<EntryHash, bool>;

struct Fold<'a> {
    space: SpaceId,
    entries: &'a Entries,
    chains: &'a dyn Chains,
    proven: &'a mut Proven,
    closes: BTreeMap<EntryHash, Vec<BTreeSet<EntryHash>>>,
    settled: BTreeSet<EntryHash>,
    out: Roster,
}

impl Default for Roster {
    fn default() -> Self {
        Self {
            genesis: None,
            epoch: EntryHash::ZERO,
            stewards: BTreeSet::new(),
            pending: BTreeMap::new(),
            double: BTreeSet::new(),
            warrants: BTreeMap::new(),
            held: BTreeMap::new(),
            void: BTreeSet::new(),
            removals: BTreeMap::new(),
            left: BTreeMap::new(),
            forks: BTreeMap::new(),
            adopted: BTreeMap::new(),
            invites: BTreeMap::new(),
            joined: BTreeMap::new(),
            states: BTreeMap::new(),
        }
    }
}

impl Roster {
    /// The roster of these membership entries.
    ///
    /// `proven` remembers which proofs inside entries hold, so that folding again is cheap.
    #[must_use]
    pub fn fold(space: SpaceId, entries: &Entries, chains: &dyn Chains, proven: &mut Proven) -> Self {
        let mut fold = Fold {
            space,
            entries,
            chains,
            proven,
            closes: BTreeMap::new(),
            settled: BTreeSet::new(),
            out: Self::default(),
        };
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
            }
            for rank in [Rank::Member, Rank::Observer] {
                fold.leaves(rank);
            }
            fold.renames();
        }
        fold.rest();
        fold.out
    }

    /// What the roster says of an entry outside the membership lane.
    #[must_use]
    pub fn authority(&self, place: &EntryPlace, chains: &dyn Chains) -> Authority {
        let warrant = self.warrants.get(&place.warrant);
        if let Some(adopter) = self.adopted.get(&place.hash) {
            let own = warrant.filter(|warrant| warrant.device == place.chain.device);
            return Authority::Holds(own.map_or(*adopter, |warrant| warrant.rank.min(*adopter)));
        }
        match warrant {
            Some(warrant) if warrant.device == place.chain.device => {
                match self.standing(place, warrant, chains) {
                    None => Authority::Holds(warrant.rank),
                    Some(aside) => Authority::Aside(aside),
                }
            }
            Some(_) => Authority::Refused(Refusal::NoWarrant),
            None if self.void.contains(&place.warrant) => Authority::Aside(Aside::WarrantVoid),
            None if self.states.contains_key(&place.warrant) => {
                Authority::Refused(Refusal::NoWarrant)
            }
            None => Authority::Missing,
        }
    }

    /// Why an entry under a counting warrant is set aside, if it is.
    fn standing(
        &self,
        place: &EntryPlace,
        warrant: &Warrant,
        chains: &dyn Chains,
    ) -> Option<Aside> {
        let (device, lane) = (place.chain.device, place.chain.lane);
        let removals = self.removals.get(&device).map_or(&[][..], Vec::as_slice);
        let fork = self.forks.get(&place.chain).copied();
        let within = |cut: &Cut| {
            match chains.ancestor(place.chain, cut.seq, cut.hash, place.seq) {
                Some(hash) => hash == place.hash,
                // The cut entry is not held (yet): without a fork there is one branch only.
                None => place.seq < cut.seq && fork.is_none_or(|fork| fork > place.seq),
            }
        };
        if fork.is_some_and(|fork| fork <= place.seq) {
            let named = removals.iter().filter_map(|removal| removal.cuts.get(&lane));
            let mut named = named.filter(|cut| fork.is_some_and(|fork| cut.seq >= fork));
            if !named.any(within) {
                return Some(Aside::Forked);
            }
        }
        for removal in removals.iter().filter(|removal| !warrant.after.contains(&removal.entry)) {
            if !removal.cuts.get(&lane).is_some_and(within) {
                return Some(Aside::Removed);
            }
        }
        let left = self.left.get(&device).filter(|(entry, _)| !warrant.after.contains(entry));
        (lane == LaneId::MEMBERSHIP && left.is_some_and(|(_, seq)| place.seq > *seq))
            .then_some(Aside::Left)
    }

    /// Where a membership entry stands.
    #[must_use]
    pub fn state_of(&self, entry: EntryHash) -> State {
        self.states.get(&entry).copied().unwrap_or(State::Waiting(Missing::Warrant))
    }

    /// The genesis, once it is held.
    #[must_use]
    pub fn genesis(&self) -> Option<&Genesis> {
        self.genesis.as_ref().map(|(_, _, genesis)| genesis)
    }

    /// The founder's device.
    #[must_use]
    pub fn founder(&self) -> Option<DeviceId> {
        self.genesis.as_ref().map(|(_, device, _)| *device)
    }

    /// The steward epoch in force.
    #[must_use]
    pub const fn epoch(&self) -> EntryHash {
        self.epoch
    }

    /// The stewards in force.
    #[must_use]
    pub const fn stewards(&self) -> &BTreeSet<DeviceId> {
        &self.stewards
    }

    /// Changes among the stewards that lack endorsements, with who endorsed them.
    #[must_use]
    pub const fn pending(&self) -> &BTreeMap<EntryHash, (StewardChange, BTreeSet<DeviceId>)> {
        &self.pending
    }

    /// Stewards who endorsed two complete changes on one epoch.
    #[must_use]
    pub const fn double_endorsers(&self) -> &BTreeSet<DeviceId> {
        &self.double
    }

    /// Chains whose device signed two entries at one position, and from where.
    #[must_use]
    pub const fn forks(&self) -> &BTreeMap<ChainId, u64> {
        &self.forks
    }

    /// Invites that count.
    pub fn invites(&self) -> impl Iterator<Item = &InviteRow> {
        self.invites.values()
    }

    /// The open invite of a key.
    #[must_use]
    pub fn invite_of(&self, key: InviteKey) -> Option<EntryHash> {
        let open = self.invites.values().find(|row| row.invite.key == key && !row.closed);
        open.map(|row| row.entry)
    }

    /// The joins that count under an invite.
    #[must_use]
    pub fn joins_under(&self, invite: EntryHash) -> Vec<EntryHash> {
        let joined = self.joined.values().filter(|joined| joined.counts);
        let entries = joined.map(|joined| joined.entry);
        entries.filter(|entry| self.join_of(*entry) == Some(invite)).collect()
    }

    fn join_of(&self, join: EntryHash) -> Option<EntryHash> {
        self.joined.values().find(|joined| joined.entry == join).map(|joined| joined.invite)
    }

    /// Whether a device ever came in.
    #[must_use]
    pub fn is_known(&self, device: DeviceId) -> bool {
        self.joined.contains_key(&device)
    }

    /// Whether a device was removed and not taken back.
    #[must_use]
    pub fn removed(&self, device: DeviceId) -> bool {
        self.removals.contains_key(&device) && self.rank(device).is_none()
    }

    /// The removals of a device, and its leaving: what taking it back must name.
    #[must_use]
    pub fn removals_of(&self, device: DeviceId) -> Vec<EntryHash> {
        let removals = self.removals.get(&device).into_iter().flatten();
        let left = self.left.get(&device).map(|(entry, _)| *entry);
        removals.map(|removal| removal.entry).chain(left).collect()
    }

    /// The rank of a device now; `None` when it is not in.
    #[must_use]
    pub fn rank(&self, device: DeviceId) -> Option<Rank> {
        self.current(device).map(|(_, warrant)| warrant.rank)
    }

    /// The warrant a device cites now.
    #[must_use]
    pub fn warrant(&self, device: DeviceId) -> Option<EntryHash> {
        self.current(device).map(|(entry, _)| entry)
    }

    /// The highest of a device's warrants that no removal ended; the smaller hash of equals.
    fn current(&self, device: DeviceId) -> Option<(EntryHash, &Warrant)> {
        let ends = self.removals_of(device);
        let own = self.held.get(&device).into_iter().flatten();
        let own = own.filter_map(|entry| Some((*entry, self.warrants.get(entry)?)));
        let live = own.filter(|(_, warrant)| ends.iter().all(|end| warrant.after.contains(end)));
        live.max_by(|(a, x), (b, y)| x.rank.cmp(&y.rank).then(b.cmp(a)))
    }

    /// The person of a device.
    #[must_use]
    pub fn person(&self, device: DeviceId) -> Option<PersonId> {
        self.joined.get(&device).map(|joined| joined.person)
    }

    /// The name of a device's person.
    #[must_use]
    pub fn name(&self, device: DeviceId) -> Option<&str> {
        self.joined.get(&device).map(|joined| joined.name.as_str())
    }

    /// Everyone who ever came in, as lists show them.
    pub fn members(&self) -> impl Iterator<Item = MemberRow> + '_ {
        self.joined.iter().map(|(device, joined)| {
            let rank = self.rank(*device);
            let removal = self.removals.get(device).and_then(|list| list.last());
            let out = match (rank, removal) {
                (Some(_), _) => None,
                (None, _) if !joined.counts => Some(Out::NotCounted),
                (None, Some(removal)) => Some(Out::Removed(removal.entry, removal.reason.clone())),
                (None, None) => Some(Out::Left),
            };
            MemberRow {
                device: *device,
                person: joined.person,
                name: joined.name.clone(),
                rank,
                invited_by: joined.invited_by,
                joined: joined.entry,
                out,
            }
        })
    }
}

impl Fold<'_> {
    fn place(&self, entry: EntryHash, header: &Header) -> EntryPlace {
        EntryPlace { hash: entry, chain: header.chain(), seq: header.seq, warrant: header.warrant }
    }

    fn proof(&mut self, entry: EntryHash, check: impl FnOnce() -> bool) -> bool {
        *self.proven.entry(entry).or_insert_with(check)
    }

    /// Fork proofs certify themselves, whoever passes them on.
    fn forks(&mut self) {
        for (entry, (_, operation)) in self.entries {
            let Operation::Fork(proof) = operation else { continue };
            let header = crate::entry::Signed::from_bytes(&proof.first);
            let (space, checked) = (self.space, proof.clone());
            let holds = self.proof(*entry, || {
                checked.entries().is_some_and(|(one, _)| one.header().space == space)
            });
            let state = if holds { State::Admitted } else { State::Refused(Refusal::Malformed) };
            self.out.states.insert(*entry, state);
            if let Some(signed) = header.filter(|_| holds) {
                let header = signed.unchecked();
                let from = self.out.forks.entry(header.chain()).or_insert(header.seq);
                *from = (*from).min(header.seq);
            }
        }
    }

    fn genesis(&mut self) -> bool {
        let found = self.entries.iter().find_map(|(entry, (header, operation))| match operation {
            Operation::Genesis(genesis)
                if SpaceId::of_genesis(&operation.encode()) == self.space
                    && genesis.founder.device == header.device
                    && header.seq == 0
                    && header.warrant == EntryHash::ZERO =>
            {
                Some((*entry, header.device, genesis.clone()))
            }
            _ => None,
        });
        let Some((entry, device, genesis)) = found else { return false };
        let (person, name) = (genesis.founder.id(), genesis.founder_name.clone());
        self.out.epoch = entry;
        self.out.stewards.insert(device);
        self.out.states.insert(entry, State::Admitted);
        self.grant(entry, device, Rank::Steward, BTreeSet::new());
        self.out.joined.insert(
            device,
            Joined { entry, invite: EntryHash::ZERO, person, name, invited_by: None, counts: true },
        );
        self.out.genesis = Some((entry, device, genesis));
        true
    }

    fn grant(
        &mut self,
        entry: EntryHash,
        device: DeviceId,
        rank: Rank,
        after: BTreeSet<EntryHash>,
    ) {
        self.out.warrants.insert(entry, Warrant { device, rank, after });
        self.out.held.entry(device).or_default().insert(entry);
    }

    /// The chain of steward epochs. Endorsements stand for themselves: neither a later removal
    /// nor a fork of the endorser's chain undoes them, or a removed steward could rewrite history.
    fn epochs(&mut self) {
        let mut by_parent: BTreeMap<EntryHash, Vec<(EntryHash, DeviceId, &Stewards)>> =
            BTreeMap::new();
        for (entry, (header, operation)) in self.entries {
            if let Operation::Stewards(change) = operation {
                by_parent.entry(change.parent).or_default().push((*entry, header.device, change));
            }
        }
        let keys: BTreeSet<_> = self
            .out
            .genesis
            .iter()
            .flat_map(|(_, _, genesis)| genesis.recovery.iter().copied())
            .collect();
        let mut seen = BTreeSet::new();
        while seen.insert(self.out.epoch) {
            let Some(candidates) = by_parent.get(&self.out.epoch) else { break };
            let mut changes: BTreeMap<EntryHash, (bool, BTreeSet<DeviceId>, &Stewards)> =
                BTreeMap::new();
            for (entry, device, change) in candidates {
                let space = self.space;
                let recovered = change.recovery.is_some()
                    && self.proof(*entry, || {
                        change.recovered_by(space).is_some_and(|key| keys.contains(&key))
                    });
                let slot =
                    changes.entry(change.epoch()).or_insert((false, BTreeSet::new(), change));
                slot.0 |= recovered;
                if self.out.stewards.contains(device) {
                    slot.1.insert(*device);
                }
            }
            let majority = self.out.stewards.len() / 2 + 1;
            let complete = changes
                .iter()
                .filter(|(_, (recovered, by, _))| *recovered || by.len() >= majority);
            let mut complete: Vec<_> = complete.collect();
            complete.sort_by_key(|(epoch, (recovered, _, _))| (!recovered, **epoch));
            let mut endorsers = BTreeSet::new();
            for (_, (_, by, _)) in &complete {
                for device in by {
                    if !endorsers.insert(*device) {
                        self.out.double.insert(*device);
                    }
                }
            }
            let Some((epoch, (_, _, change))) = complete.first() else {
                self.out.pending = changes
                    .into_iter()
                    .map(|(epoch, (_, by, change))| (epoch, (change.change.clone(), by)))
                    .collect();
                break;
            };
            let (epoch, change) = (**epoch, (*change).clone());
            for (entry, device, candidate) in candidates {
                if candidate.epoch() == epoch && self.out.stewards.contains(device) {
                    self.out.states.insert(*entry, State::Admitted);
                }
            }
            let entries: Vec<EntryHash> = candidates
                .iter()
                .filter(|(_, _, candidate)| candidate.epoch() == epoch)
                .map(|(entry, _, _)| *entry)
                .collect();
            match &change.change {
                StewardChange::Add(device) => {
                    self.out.stewards.insert(*device);
                    let after: BTreeSet<EntryHash> =
                        self.out.removals_of(*device).into_iter().collect();
                    for entry in entries {
                        self.out.states.insert(entry, State::Admitted);
                        self.grant(entry, *device, Rank::Steward, after.clone());
                    }
                }
                StewardChange::Remove(remove) => {
                    self.out.stewards.remove(&remove.device);
                    self.remove(epoch, remove);
                }
            }
            self.out.epoch = epoch;
        }
    }

    fn remove(&mut self, entry: EntryHash, remove: &Remove) {
        let mut cuts: BTreeMap<LaneId, Cut> = BTreeMap::new();
        for cut in &remove.cuts {
            // A lane named twice is cut at the lower place.
            let held = cuts.entry(cut.lane).or_insert(*cut);
            *held = (*held).min(*cut);
        }
        let removal = Removal { entry, cuts, reason: remove.reason.clone() };
        self.out.removals.entry(remove.device).or_default().push(removal);
    }

    /// The rank under which a membership entry acts, when it stands.
    fn acting(&self, entry: EntryHash, header: &Header) -> Result<Rank, State> {
        let place = self.place(entry, header);
        match self.out.authority(&place, self.chains) {
            Authority::Holds(rank) => Ok(rank),
            Authority::Missing => Err(State::Waiting(Missing::Warrant)),
            Authority::Aside(aside) => Err(State::Quarantined(aside)),
            Authority::Refused(refusal) => Err(State::Refused(refusal)),
        }
    }

    /// Entries that act under `rank`, as far as the layers above have settled.
    fn acting_at(&self, rank: Rank) -> Vec<(EntryHash, DeviceId)> {
        let entries = self.entries.iter().filter(|(entry, (header, _))| {
            self.acting(**entry, header) == Ok(rank)
        });
        entries.map(|(entry, (header, _))| (*entry, header.device)).collect()
    }

    fn adoptions(&mut self, rank: Rank) {
        let mut adopted = Vec::new();
        for (entry, _) in self.acting_at(rank) {
            if let Some((_, Operation::Adopt(adopt))) = self.entries.get(&entry) {
                adopted.extend(adopt.entries.iter().copied());
                self.out.states.insert(entry, State::Admitted);
            }
        }
        for entry in adopted {
            let held = self.out.adopted.entry(entry).or_insert(rank);
            *held = (*held).max(rank);
        }
    }

    fn removals(&mut self, rank: Rank) {
        if !rank.may(Capability::ChangeRanks) {
            return;
        }
        for (entry, _) in self.acting_at(rank) {
            let Some((_, Operation::Remove(remove))) = self.entries.get(&entry) else { continue };
            let steward = self.out.stewards.contains(&remove.device);
            let state = if steward {
                State::Refused(Refusal::NotAllowed)
            } else {
                self.remove(entry, remove);
                State::Admitted
            };
            self.out.states.insert(entry, state);
        }
        for list in self.out.removals.values_mut() {
            list.sort_by_key(|removal| removal.entry);
        }
    }

    /// Invites and their ends, by those who act under `rank`.
    fn invites(&mut self, rank: Rank) {
        for (entry, device) in self.acting_at(rank) {
            let Some((_, Operation::Invite(invite))) = self.entries.get(&entry) else { continue };
            let allowed = rank.may(Capability::Invite) && invite.rank < rank;
            if allowed {
                let row = InviteRow {
                    entry,
                    by: device,
                    invite: invite.clone(),
                    used: 0,
                    surplus: 0,
                    closed: false,
                };
                self.out.invites.insert(entry, row);
            }
            let state =
                if allowed { State::Admitted } else { State::Refused(Refusal::NotAllowed) };
            self.out.states.insert(entry, state);
        }
        for (entry, device) in self.acting_at(rank) {
            let Some((_, Operation::CloseInvite(close))) = self.entries.get(&entry) else {
                continue;
            };
            let steward = rank == Rank::Steward;
            let row = self.out.invites.get_mut(&close.invite);
            let row = row.filter(|row| steward || row.by == device);
            let state = match row {
                Some(row) => {
                    row.closed = true;
                    State::Admitted
                }
                None if self.entries.contains_key(&close.invite) => {
                    State::Refused(Refusal::NotAllowed)
                }
                None => State::Waiting(Missing::Warrant),
            };
            if state == State::Admitted {
                let kept: BTreeSet<EntryHash> = close.joins.iter().copied().collect();
                self.closes.entry(close.invite).or_default().push(kept);
            }
            self.out.states.insert(entry, state);
        }
    }

    fn leaves(&mut self, rank: Rank) {
        for (entry, device) in self.acting_at(rank) {
            if let Some((header, Operation::Leave)) = self.entries.get(&entry) {
                let seq = header.seq;
                let held = self.out.left.entry(device).or_insert((entry, seq));
                if seq < held.1 {
                    *held = (entry, seq);
                }
                self.out.states.insert(entry, State::Admitted);
            }
        }
    }

    fn grants(&mut self, rank: Rank) {
        for (entry, _) in self.acting_at(rank) {
            let Some((_, Operation::SetRank(set))) = self.entries.get(&entry) else { continue };
            let allowed = rank.may(Capability::ChangeRanks)
                && set.rank < rank
                && !self.out.stewards.contains(&set.device);
            if allowed {
                self.grant(entry, set.device, set.rank, set.after.iter().copied().collect());
            }
            let state =
                if allowed { State::Admitted } else { State::Refused(Refusal::NotAllowed) };
            self.out.states.insert(entry, state);
        }
    }

    /// Joins under the invites that count so far; the first ones by hash, up to the uses.
    fn joins(&mut self) {
        let invites: Vec<InviteRow> = self
            .out
            .invites
            .values()
            .filter(|row| !self.settled.contains(&row.entry))
            .cloned()
            .collect();
        for row in invites {
            self.settled.insert(row.entry);
            let closes = self.closes.get(&row.entry).cloned().unwrap_or_default();
            let mut used: u32 = 0;
            let mut surplus: u32 = 0;
            let space = self.space;
            let under: Vec<_> = self
                .entries
                .iter()
                .filter_map(|(entry, (header, operation))| match operation {
                    Operation::Join(join) if join.invite == row.entry => {
                        Some((*entry, header, join))
                    }
                    _ => None,
                })
                .collect();
            for (entry, header, join) in under {
                let device = header.device;
                let shape = header.seq == 0
                    && header.warrant == row.entry
                    && join.person.device == device;
                let key = row.invite.key;
                if !shape || !self.proof(entry, || join.proves(key, space, device)) {
                    self.out.states.insert(entry, State::Refused(Refusal::NoWarrant));
                    continue;
                }
                let forked = self.out.forks.get(&header.chain()) == Some(&0);
                let named = closes.iter().all(|kept| kept.contains(&entry));
                let adopted = self.out.adopted.contains_key(&entry);
                let counts = adopted || (named && !forked && used < row.invite.uses);
                if counts && !adopted {
                    used = used.saturating_add(1);
                } else if named && !forked && !adopted {
                    surplus = surplus.saturating_add(1);
                }
                let state = if counts {
                    self.grant(entry, device, row.invite.rank, BTreeSet::new());
                    State::Admitted
                } else {
                    self.out.void.insert(entry);
                    let aside = if forked { Aside::Forked } else { Aside::WarrantVoid };
                    State::Quarantined(aside)
                };
                self.out.states.insert(entry, state);
                let joined = Joined {
                    entry,
                    invite: row.entry,
                    person: join.person.id(),
                    name: join.name.clone(),
                    invited_by: Some(row.by),
                    counts,
                };
                // A device that joined twice is known by the join that counts.
                let held = self.out.joined.get(&device);
                if held.is_none_or(|held| counts && !held.counts) {
                    self.out.joined.insert(device, joined);
                }
            }
            if let Some(held) = self.out.invites.get_mut(&row.entry) {
                (held.used, held.surplus) = (used, surplus);
            }
        }
    }

    /// The name of the latest position counts.
    fn renames(&mut self) {
        let mut latest: BTreeMap<DeviceId, (u64, EntryHash, &str)> = BTreeMap::new();
        for (entry, (header, operation)) in self.entries {
            let Operation::Rename(name) = operation else { continue };
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

    /// Every entry that no layer took up.
    fn rest(&mut self) {
        let mut void = BTreeSet::new();
        for (entry, (header, operation)) in self.entries {
            if self.out.states.contains_key(entry) {
                continue;
            }
            let waiting = State::Waiting(Missing::Warrant);
            let state = match operation {
                Operation::Join(join) if self.entries.contains_key(&join.invite) => {
                    void.insert(*entry);
                    State::Quarantined(Aside::WarrantVoid)
                }
                Operation::Join(_) => waiting,
                Operation::Genesis(_) => State::Refused(Refusal::NotAllowed),
                // Not (yet) endorsed by enough of the stewards in force.
                Operation::Stewards(_) => waiting,
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
            if matches!(operation, Operation::SetRank(_)) && state != waiting {
                void.insert(*entry);
            }
            self.out.states.insert(*entry, state);
        }
        self.out.void.append(&mut void);
    }
}
