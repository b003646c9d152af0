//! One replica of the town: a person's device with its key, its disk, its clock and its habits.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use majlis_core::admission::State;
use majlis_core::effect::{Effect, HangUp, LinkId, Write};
use majlis_core::id::{DeviceId, EntryHash, LaneId, SlotId, SpaceId, TransportId};
use majlis_core::record::RecordId;
use majlis_core::shelf::{Shelf as _, ShelfError};
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{CommandError, Input, Reply, Space, Surroundings};
use majlis_core::time::Timestamp;
use majlis_store::{SpaceShelf, Store};

use super::worn::{Failing, Wear, WornShelf};
use crate::device::transport;

/// What a crash takes away in the middle of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The step goes through.
    Lives,
    /// The device dies before anything is written.
    DiesBefore,
    /// The device dies after writing, before sending anything.
    DiesAfter,
}

/// What a step left to do for the town.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Frames to put on links.
    pub sends: Vec<(LinkId, Vec<u8>)>,
    /// Links to end.
    pub hang_ups: Vec<(LinkId, HangUp)>,
    /// The answer to a command.
    pub reply: Option<Result<Reply, CommandError>>,
    /// The device died and was started again: all its links are gone.
    pub died: bool,
}

/// A voice that a resident entered, to correct or withdraw later.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// On which lane.
    pub lane: LaneId,
    /// Whose; `None` for the resident's own.
    pub slot: Option<SlotId>,
    /// The newest version.
    pub version: Option<RecordId>,
}

/// One replica.
#[derive(Debug)]
pub struct Resident {
    /// What the log calls it.
    pub name: String,
    /// Whether it keeps to the rules.
    pub honest: bool,
    /// How far its clock is off, in milliseconds.
    pub skew: i64,
    /// Its secret, which a twin shares.
    pub secret: [u8; 32],
    /// The open space.
    pub space: Space,
    /// What it has stored.
    pub disk: Store,
    /// What of that cannot be read any more.
    pub worn: BTreeMap<EntryHash, Wear>,
    /// Documents of which what was saved cannot be read any more.
    pub worn_saves: BTreeSet<LaneId>,
    /// When nothing of it can be read.
    pub failing: Failing,
    /// The secret of the invite it joined under.
    pub ticket: Option<[u8; 32]>,
    /// Editing sessions open since the last start.
    pub editors: BTreeMap<LaneId, u32>,
    /// A version of each document that an editor has on screen.
    pub screens: BTreeMap<LaneId, Vec<ChangeHash>>,
    /// Voices it entered.
    pub voices: Vec<Voice>,
    key: DeviceKey,
    written: BTreeSet<EntryHash>,
}

impl Resident {
    /// A resident around a space that was just founded or joined, with what that writes.
    #[must_use]
    pub fn new(name: String, secret: [u8; 32], space: Space, writes: &[Write]) -> Self {
        let mut resident = Self {
            name,
            honest: true,
            skew: 0,
            secret,
            space,
            disk: Store::in_memory().unwrap(),
            worn: BTreeMap::new(),
            worn_saves: BTreeSet::new(),
            failing: Failing::default(),
            ticket: None,
            editors: BTreeMap::new(),
            screens: BTreeMap::new(),
            voices: Vec::new(),
            key: DeviceKey::from_secret(&secret),
            written: BTreeSet::new(),
        };
        resident.persist(writes);
        resident
    }

    /// Its device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.key.device()
    }

    /// The key of its transport on links.
    #[must_use]
    pub fn transport(&self) -> TransportId {
        transport(self.device())
    }

    /// Its key, to sign what no honest device would.
    #[must_use]
    pub const fn key(&self) -> &DeviceKey {
        &self.key
    }

    /// Reads what it has stored.
    #[must_use]
    pub fn shelf(&self) -> SpaceShelf {
        self.disk.shelf(self.space.id())
    }

    /// Whether an entry was written to its disk, by a log kept outside.
    #[must_use]
    pub fn stores(&self, entry: EntryHash) -> bool {
        self.written.contains(&entry)
    }

    /// Entries of a device in the log outside.
    #[must_use]
    pub fn written_by(&self, device: DeviceId) -> Vec<EntryHash> {
        let shelf = self.shelf();
        let by = |hash: &&EntryHash| {
            let signed = shelf.signed(**hash).unwrap();
            signed
                .expect("what was written is there")
                .unchecked()
                .device
                == device
        };
        self.written.iter().filter(by).copied().collect()
    }

    /// Writes to its disk and into the log outside.
    pub fn persist(&mut self, writes: &[Write]) {
        self.disk.persist(self.space.id(), writes).unwrap();
        for write in writes {
            if let Write::Entry { signed, .. } = write {
                let new = self.written.insert(signed.unchecked().hash());
                assert!(new, "an entry is written once");
            }
        }
    }

    /// Digest of what its lists show, made as work went on; the same as made again from entries.
    #[must_use]
    pub fn projection(&self) -> [u8; 32] {
        let live = self.disk.projection_digest(self.space.id()).unwrap();
        let again = self.disk.rebuilt_digest(self.space.id()).unwrap();
        assert_eq!(
            live, again,
            "{} shows other lists than its entries make",
            self.name
        );
        live
    }

    /// What its clock says.
    #[must_use]
    pub fn clock(&self, now: u64) -> Timestamp {
        Timestamp(
            1_760_000_000_000_u64
                .saturating_add(now)
                .saturating_add_signed(self.skew),
        )
    }

    /// Takes one input and performs what it asks of the disk. A device whose disk fails starts again.
    pub fn step(&mut self, input: Input, now: u64, fate: Fate) -> Outcome {
        let with = Surroundings {
            shelf: &WornShelf {
                shelf: self.shelf(),
                worn: &self.worn,
                saves: &self.worn_saves,
                failing: &self.failing,
            },
            signer: &self.key,
            now: self.clock(now),
        };
        let handled = self.space.handle(input, &with);
        let failed = matches!(handled, Err(ShelfError::Failed(_)));
        assert_eq!(
            failed,
            self.failing.has_failed(),
            "{} goes on over a disk that fails",
            self.name
        );
        if failed {
            self.restart();
            return Outcome {
                died: true,
                ..Outcome::default()
            };
        }
        let effects = handled.unwrap();
        if fate == Fate::DiesBefore {
            self.restart();
            return Outcome {
                died: true,
                ..Outcome::default()
            };
        }
        let mut outcome = Outcome {
            reply: effects.reply,
            ..Outcome::default()
        };
        for (at, effect) in effects.list.into_iter().enumerate() {
            match effect {
                Effect::Persist(writes) => {
                    assert_eq!(at, 0, "persisting comes first");
                    self.persist(&writes);
                    if fate == Fate::DiesAfter {
                        self.restart();
                        return Outcome {
                            died: true,
                            ..Outcome::default()
                        };
                    }
                }
                Effect::Send(link, frame) => outcome.sends.push((link, frame)),
                Effect::HangUp(link, why) => outcome.hang_ups.push((link, why)),
                Effect::Announce(_) => {}
            }
        }
        outcome
    }

    /// Starts again from disk.
    pub fn restart(&mut self) {
        let (id, me) = (self.space.id(), self.device());
        self.space = Space::open(id, me, &self.shelf()).unwrap();
        if let Some(secret) = self.ticket {
            self.space.present_invite(&secret);
        }
        self.editors.clear();
    }

    /// Starts again and compares everything with what was in memory before.
    pub fn restart_and_compare(&mut self, lanes: &[LaneId]) {
        let before = self.picture(lanes);
        let unsealed = self.space.unsealed();
        let arrived = self.space.index().arrivals().now();
        self.restart();
        assert_eq!(
            arrived,
            self.space.index().arrivals().now(),
            "{} remembers another order of arrival",
            self.name
        );
        assert_eq!(
            before,
            self.picture(lanes),
            "{} restarted with other contents",
            self.name
        );
        assert_eq!(
            unsealed,
            self.space.unsealed(),
            "{} lost unsealed work",
            self.name
        );
    }

    /// The entries of an entry's lane, line by line, for the log of a failure.
    #[must_use]
    pub fn story(&self, entry: EntryHash) -> String {
        let index = self.space.index();
        let lane = index.place(entry).map(|place| place.chain.lane);
        let shelf = self.shelf();
        let mut lines = vec![format!("{} on {lane:?}:", self.name)];
        for (place, item) in index.items().filter(|(at, _)| Some(at.chain.lane) == lane) {
            let payload = shelf.payload(item.hash).unwrap().unwrap_or_default();
            let changes = majlis_core::changes::Changes::decode(&payload).ok();
            let names = changes
                .iter()
                .flat_map(|it| majlis_core::gate::names(place.chain.device, place.chain.lane, it))
                .map(|(name, deps)| {
                    let deps: Vec<String> = deps.iter().map(ToString::to_string).collect();
                    format!("{:.6}<-{deps:.6?}", name.to_string())
                });
            lines.push(format!(
                "{:?} {} {}/{} {:?} {:?} {:?}",
                item.hash,
                place.chain.device.short(),
                place.branch,
                place.seq,
                item.kind,
                item.state,
                names.collect::<Vec<_>>()
            ));
        }
        lines.join("\n    ")
    }

    /// Everything that replicas must agree on.
    pub fn picture(&mut self, lanes: &[LaneId]) -> Picture {
        let shelf = self.shelf();
        let documents = lanes.iter().map(|lane| {
            let document = self.space.document(*lane, &shelf).unwrap();
            let blocks = document.blocks();
            let text = format!("{} | {:?}", document.title(), blocks);
            (
                *lane,
                (
                    majlis_core::document::checksum(&blocks),
                    document.heads().len(),
                    text,
                ),
            )
        });
        let documents = documents.collect();
        let roster = self.space.roster();
        Picture {
            space: self.space.id(),
            members: roster
                .members()
                .map(|row| (row.device, format!("{row:?}")))
                .collect(),
            stewards: roster.stewards().iter().copied().collect(),
            epoch: roster.epoch(),
            invites: roster.invites().map(|row| format!("{row:?}")).collect(),
            entries: self.space.entries_digest(),
            states: self
                .space
                .index()
                .items()
                .map(|(_, item)| (item.hash, item.state))
                .collect(),
            documents,
        }
    }
}

/// What replicas that hold the same entries must agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The space.
    pub space: SpaceId,
    /// Member rows.
    pub members: BTreeMap<DeviceId, String>,
    /// Stewards in force.
    pub stewards: Vec<DeviceId>,
    /// The steward epoch.
    pub epoch: EntryHash,
    /// Invites that count.
    pub invites: Vec<String>,
    /// Digest of the entries held.
    pub entries: [u8; 32],
    /// Where each entry stands.
    pub states: BTreeMap<EntryHash, State>,
    /// Checksum, number of heads and text of each document.
    pub documents: BTreeMap<LaneId, (String, usize, String)>,
}

impl Picture {
    /// The first thing in which two pictures differ, in words.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.members != other.members {
            let rows = self
                .members
                .iter()
                .find(|(id, row)| other.members.get(id) != Some(row));
            let back = other
                .members
                .iter()
                .find(|(id, row)| self.members.get(id) != Some(row));
            return Some(format!("members: {rows:?} / {back:?}"));
        }
        if (&self.stewards, self.epoch) != (&other.stewards, other.epoch) {
            return Some(format!(
                "stewards: {:?} / {:?}",
                self.stewards, other.stewards
            ));
        }
        if self.invites != other.invites {
            return Some(format!("invites: {:?} / {:?}", self.invites, other.invites));
        }
        for (hash, state) in &self.states {
            if other.states.get(hash) != Some(state) {
                let there = other.states.get(hash);
                return Some(format!("entry {hash:?}: {state:?} / {there:?}"));
            }
        }
        if let Some(extra) = other
            .states
            .keys()
            .find(|hash| !self.states.contains_key(hash))
        {
            return Some(format!("entry {extra:?} is here only in the second"));
        }
        for (lane, here) in &self.documents {
            let there = other.documents.get(lane);
            if there != Some(here) {
                return Some(format!("document {lane:?}: {here:?} / {there:?}"));
            }
        }
        (self != other).then(|| "digest of entries".to_owned())
    }
}
