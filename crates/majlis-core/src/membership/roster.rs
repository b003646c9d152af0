//! Who is in a space, at which rank, and whose work counts up to where: a fold over the set of
//! membership entries, computed rank by rank from the top.
//!
//! **The result is a function of the set of entries, never of their order of arrival, and of no
//! clock.** A warrant always points to authority given by a strictly higher rank (or, for joins,
//! to an invite by one), so there is no cycle to resolve. Read on in `fold` (the layers), `epochs`
//! (the stewards), `entrances` (invites and joins) and `standing` (what counts of a chain).

mod entrances;
mod epochs;
mod fold;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Missing, State};
use crate::effect::{MemberRow, Out};
use crate::entry::{ChainId, Header};
use crate::id::{DeviceId, EntryHash, InviteKey, LaneId, PersonId};
use crate::membership::operation::{Cut, Genesis, Invite, Operation, StewardChange};
use crate::membership::rank::Rank;

pub use standing::{Authority, Chains, EntryPlace};

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

/// What gives a device a rank.
#[derive(Clone, Debug)]
struct Warrant {
    device: DeviceId,
    rank: Rank,
    /// Removals and leavings that this grant forgives.
    after: BTreeSet<EntryHash>,
    /// For a steward, how deep in the chain of epochs the grant is; the genesis is at 0.
    epoch: Option<usize>,
}

#[derive(Clone, Debug)]
struct Removal {
    entry: EntryHash,
    cuts: BTreeMap<LaneId, Cut>,
    reason: String,
    /// For a removal by the stewards together, how deep in the chain of epochs it is.
    epoch: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Leaving {
    seq: u64,
    /// How deep in the chain of epochs the warrant is under which a steward left.
    epoch: Option<usize>,
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
    /// Membership entries that would be warrants if they were not set aside.
    void: BTreeSet<EntryHash>,
    /// Every membership entry held.
    known: BTreeSet<EntryHash>,
    /// Membership entries that may become warrants when more arrives.
    undecided: BTreeSet<EntryHash>,
    removals: BTreeMap<DeviceId, Vec<Removal>>,
    left: BTreeMap<DeviceId, BTreeMap<EntryHash, Leaving>>,
    forks: BTreeMap<ChainId, u64>,
    adopted: BTreeMap<EntryHash, Rank>,
    invites: BTreeMap<EntryHash, InviteRow>,
    /// Who made invites with a key, whether they count or not.
    invite_keys: BTreeMap<InviteKey, BTreeSet<DeviceId>>,
    joined: BTreeMap<DeviceId, Joined>,
    states: BTreeMap<EntryHash, State>,
}

type Entries = BTreeMap<EntryHash, (Header, Operation)>;

/// Proofs that were checked before, by membership entry; they never change.
pub type Proven = BTreeMap<EntryHash, bool>;

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
            known: BTreeSet::new(),
            undecided: BTreeSet::new(),
            removals: BTreeMap::new(),
            left: BTreeMap::new(),
            forks: BTreeMap::new(),
            adopted: BTreeMap::new(),
            invites: BTreeMap::new(),
            invite_keys: BTreeMap::new(),
            joined: BTreeMap::new(),
            states: BTreeMap::new(),
        }
    }
}

impl Roster {
    /// Where a membership entry stands.
    #[must_use]
    pub fn state_of(&self, entry: EntryHash) -> State {
        self.states
            .get(&entry)
            .copied()
            .unwrap_or(State::Waiting(Missing::Warrant))
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

    /// The steward epoch in force: what the next change among the stewards builds on.
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

    /// The invite that a device joined by, whether or not that let it in.
    #[must_use]
    pub fn joined_by(&self, device: DeviceId) -> Option<EntryHash> {
        self.joined.get(&device).map(|joined| joined.invite)
    }

    /// The open invite of a key.
    #[must_use]
    pub fn invite_of(&self, key: InviteKey) -> Option<EntryHash> {
        let open = self
            .invites
            .values()
            .find(|row| row.invite.key == key && !row.closed);
        open.map(|row| row.entry)
    }

    /// Whether somebody who ever came in made an invite with this key, in force or not.
    #[must_use]
    pub fn invited(&self, key: InviteKey) -> bool {
        let makers = self.invite_keys.get(&key).into_iter().flatten();
        makers.copied().any(|device| self.is_known(device))
    }

    /// The joins that count under an invite.
    #[must_use]
    pub fn joins_under(&self, invite: EntryHash) -> Vec<EntryHash> {
        let joined = self.joined.values().filter(|joined| joined.counts);
        joined
            .filter(|joined| joined.invite == invite)
            .map(|joined| joined.entry)
            .collect()
    }

    /// Whether a device ever came in.
    #[must_use]
    pub fn is_known(&self, device: DeviceId) -> bool {
        self.joined.contains_key(&device)
    }

    /// Whether some removal cuts a device's chains.
    #[must_use]
    pub fn is_cut(&self, device: DeviceId) -> bool {
        self.removals.contains_key(&device)
    }

    /// Whether a device was removed and not taken back.
    #[must_use]
    pub fn removed(&self, device: DeviceId) -> bool {
        self.removals.contains_key(&device) && self.rank(device).is_none()
    }

    /// The removals of a device, and its leavings: what taking it back must name.
    #[must_use]
    pub fn removals_of(&self, device: DeviceId) -> Vec<EntryHash> {
        let removals = self.removals.get(&device).into_iter().flatten();
        let left = self
            .left
            .get(&device)
            .into_iter()
            .flat_map(BTreeMap::keys)
            .copied();
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

    /// The highest of a device's warrants that nothing ended; the smaller hash of equals.
    fn current(&self, device: DeviceId) -> Option<(EntryHash, &Warrant)> {
        let own = self.held.get(&device).into_iter().flatten();
        let own = own.filter_map(|entry| Some((*entry, self.warrants.get(entry)?)));
        let live = own.filter(|(_, warrant)| {
            let mut removals = self.removals.get(&device).into_iter().flatten();
            let mut left = self.left.get(&device).into_iter().flatten();
            !removals.any(|removal| warrant.ended_by(removal.entry, removal.epoch))
                && !left.any(|(entry, leaving)| warrant.ended_by(*entry, leaving.epoch))
        });
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

    /// Everyone who ever came in, as lists show them. A row stays when more arrives, though what
    /// it says may change.
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
