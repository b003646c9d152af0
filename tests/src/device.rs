//! One device: the real core over a real store, with a clock that ticks once a step. Effects are
//! performed at once, except sending: what others get is taken from here as runs.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::collections::BTreeSet;

use majlis_core::effect::{Effect, LinkId};
use majlis_core::id::{DeviceId, EntryHash, InviteKey, PayloadHash, TransportId};
use majlis_core::membership::{Invite, Rank};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{Command, Founding, Input, Joining, Reply, Space, Surroundings};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use majlis_store::Store;
use zeroize::Zeroizing;

/// When every device's clock starts, in milliseconds since 1970.
pub const NOW: u64 = 1_790_000_000_000;

/// A device with one space.
#[derive(Debug)]
pub struct Device {
    /// The open space.
    pub space: Space,
    /// Where it is stored.
    pub store: Store,
    key: DeviceKey,
    clock: u64,
}

/// The id of a simulated device's transport.
#[must_use]
pub fn transport(device: DeviceId) -> TransportId {
    TransportId::from_bytes(*PayloadHash::of(device.as_bytes()).as_bytes())
}

impl Device {
    /// A device that opens a space from its store.
    #[must_use]
    pub fn open(space: majlis_core::id::SpaceId, store: Store, key: DeviceKey) -> Self {
        let space = Space::open(space, key.device(), &store.shelf(space)).unwrap();
        Self {
            space,
            store,
            key,
            clock: NOW,
        }
    }

    /// A device that founds a space.
    #[must_use]
    pub fn found(store: Store, secret: [u8; 32]) -> Self {
        let key = DeviceKey::from_secret(&secret);
        let founding = Founding {
            name: "Ain Safa".to_owned(),
            purpose: "water".to_owned(),
            founder_name: "Ana".to_owned(),
            recovery: Vec::new(),
        };
        let (space, writes) = Space::found(founding, &key, Timestamp(NOW), [1; 32]).unwrap();
        store.persist(space.id(), &writes).unwrap();
        Self {
            space,
            store,
            key,
            clock: NOW,
        }
    }

    /// A device that joins by an invite with this secret, away from everyone.
    #[must_use]
    pub fn join(
        space: majlis_core::id::SpaceId,
        invite: EntryHash,
        secret: [u8; 32],
        key: DeviceKey,
        name: &str,
    ) -> Self {
        Self::join_in(
            Store::in_memory().unwrap(),
            space,
            invite,
            secret,
            key,
            name,
        )
    }

    /// The same, storing in `store`.
    #[must_use]
    pub fn join_in(
        store: Store,
        space: majlis_core::id::SpaceId,
        invite: EntryHash,
        secret: [u8; 32],
        key: DeviceKey,
        name: &str,
    ) -> Self {
        let joining = Joining {
            space,
            invite,
            secret: Zeroizing::new(secret),
            name: name.to_owned(),
        };
        let fresh = blake3::derive_key("a device that joins", name.as_bytes());
        let (space, writes) = Space::join(&joining, &key, Timestamp(NOW), fresh).unwrap();
        store.persist(space.id(), &writes).unwrap();
        Self {
            space,
            store,
            key,
            clock: NOW,
        }
    }

    /// Opens a way in for `uses` members.
    pub fn invite(&mut self, secret: [u8; 32], uses: u32) -> EntryHash {
        let key: InviteKey = majlis_core::space::invite_key(&secret);
        let label = String::new();
        let rank = Rank::Member;
        let invite = Invite {
            key,
            rank,
            uses,
            label,
        };
        match self.does(Command::Invite(invite)) {
            Reply::Entry(entry) => entry,
            other => unreachable!("an invite is an entry, not {other:?}"),
        }
    }

    /// Does something that must be allowed.
    pub fn does(&mut self, command: Command) -> Reply {
        self.input(Input::Command(command)).unwrap()
    }

    /// Takes in a run of entries.
    pub fn take(&mut self, run: Vec<u8>) {
        self.input(Input::Carried { run });
    }

    /// Gives the space an input and performs what it asks for, but for sending.
    pub fn input(&mut self, input: Input) -> Option<Reply> {
        self.step(input).0
    }

    /// Gives the space an input and performs what it asks for; gives its reply and the frames that
    /// it wants to send.
    pub fn step(&mut self, input: Input) -> (Option<Reply>, Vec<(LinkId, Vec<u8>)>) {
        self.clock += 1_000;
        let shelf = self.store.shelf(self.space.id());
        let now = Timestamp(self.clock);
        let with = Surroundings {
            shelf: &shelf,
            signer: &self.key,
            now,
        };
        let effects = self.space.handle(input, &with).unwrap();
        let mut frames = Vec::new();
        for effect in effects.list {
            match effect {
                Effect::Persist(writes) => self.store.persist(self.space.id(), &writes).unwrap(),
                Effect::Send(link, frame) => frames.push((link, frame)),
                Effect::HangUp(..) | Effect::Announce(_) => {}
            }
        }
        (effects.reply.map(Result::unwrap), frames)
    }

    /// Everything held that is not in `known`, as links and carry files send it; adds it to `known`.
    pub fn news(&self, known: &mut BTreeSet<EntryHash>) -> Vec<Vec<u8>> {
        let index = self.space.index();
        let mut chains: Vec<_> = index.chains().collect();
        chains.sort_unstable();
        let items = chains.into_iter().flat_map(|chain| index.items_of(chain));
        let fresh: Vec<_> = items
            .map(|(_, item)| item.hash)
            .filter(|hash| known.insert(*hash))
            .collect();
        self.runs(&fresh)
    }

    /// Everything held, chain by chain.
    #[must_use]
    pub fn entries(&self) -> Vec<Carried> {
        let index = self.space.index();
        let mut chains: Vec<_> = index.chains().collect();
        chains.sort_unstable();
        let items = chains.into_iter().flat_map(|chain| index.items_of(chain));
        items.map(|(_, item)| self.carried(item.hash)).collect()
    }

    fn carried(&self, entry: EntryHash) -> Carried {
        let shelf = self.store.shelf(self.space.id());
        Carried {
            signed: shelf.signed(entry).unwrap().unwrap(),
            payload: shelf.payload(entry).unwrap(),
        }
    }

    /// These entries, packed in order.
    #[must_use]
    pub fn runs(&self, entries: &[EntryHash]) -> Vec<Vec<u8>> {
        let (mut runs, mut run) = (Vec::new(), RunWriter::default());
        for hash in entries {
            let entry = self.carried(*hash);
            if run.is_full_for(entry.payload.as_ref().map_or(0, Vec::len)) {
                runs.push(run.take());
            }
            run.push(&entry);
        }
        if !run.is_empty() {
            runs.push(run.take());
        }
        runs
    }
}
