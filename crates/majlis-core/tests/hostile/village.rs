//! A space with a founder who writes, a member who signs what no program would, and readers.

use std::cell::RefCell;
use std::collections::BTreeMap;

use majlis_core::admission::State;
use majlis_core::blob::Blob;
use majlis_core::changes::Changes;
use majlis_core::document::{Document, Edit, Marks};
use majlis_core::effect::{Effect, KnownPeer, Write};
use majlis_core::entry::{Header, Kind, Signed, VERSION};
use majlis_core::id::{DeviceId, EntryHash, LaneId, PayloadHash, SpaceId, TransportId};
use majlis_core::membership::{Invite, Rank};
use majlis_core::shelf::{HeldBlob, MissingBlob, SavedDocument, Shelf, ShelfError, WholeBlob};
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{
    Command, Effects, Founding, Input, Joining, Reply, Space, Surroundings, invite_key,
};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use zeroize::Zeroizing;

use super::scene::{SESSION, lane};

const NOW: Timestamp = Timestamp(1_000_000);
const SECRET: [u8; 32] = [77; 32];

/// Entries in memory, and what is asked for besides by a space with nothing unsealed.
#[derive(Default)]
struct Memory {
    held: BTreeMap<EntryHash, (Signed, Vec<u8>, State)>,
    order: Vec<EntryHash>,
    sessions: BTreeMap<LaneId, u32>,
    /// How often each payload was read.
    reads: RefCell<BTreeMap<EntryHash, usize>>,
}

impl Memory {
    fn write(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write {
                Write::Entry {
                    signed,
                    payload,
                    state,
                } => {
                    let hash = signed.unchecked().hash();
                    self.held.insert(hash, (signed, payload, state));
                    self.order.push(hash);
                }
                Write::State(hash, state) => self.held.get_mut(&hash).unwrap().2 = state,
                Write::Session { lane, number } => _ = self.sessions.insert(lane, number),
                _ => {}
            }
        }
    }
}

impl Shelf for Memory {
    fn entries(&self, each: &mut dyn FnMut(Signed, State)) -> Result<(), ShelfError> {
        for hash in &self.order {
            let (signed, _, state) = &self.held[hash];
            each(signed.clone(), *state);
        }
        Ok(())
    }

    fn signed(&self, entry: EntryHash) -> Result<Option<Signed>, ShelfError> {
        Ok(self.held.get(&entry).map(|(signed, _, _)| signed.clone()))
    }

    fn payload(&self, entry: EntryHash) -> Result<Option<Vec<u8>>, ShelfError> {
        *self.reads.borrow_mut().entry(entry).or_default() += 1;
        Ok(self.held.get(&entry).map(|(_, payload, _)| payload.clone()))
    }

    fn document(&self, _: LaneId) -> Result<SavedDocument, ShelfError> {
        let later = self
            .order
            .iter()
            .copied()
            .filter(|hash| self.held[hash].2.applies());
        Ok(SavedDocument {
            save: None,
            later: later.collect(),
        })
    }

    fn draft_changes(&self, _: LaneId) -> Result<Vec<(u32, Vec<u8>)>, ShelfError> {
        Ok(Vec::new())
    }

    fn draft_records(&self, _: LaneId) -> Result<Vec<Vec<u8>>, ShelfError> {
        Ok(Vec::new())
    }

    fn unsealed_lanes(&self) -> Result<Vec<LaneId>, ShelfError> {
        Ok(Vec::new())
    }

    fn last_session(&self, lane: LaneId) -> Result<Option<u32>, ShelfError> {
        Ok(self.sessions.get(&lane).copied())
    }

    fn peer(&self, _: TransportId) -> Result<Option<KnownPeer>, ShelfError> {
        Ok(None)
    }

    fn given(&self) -> Result<u64, ShelfError> {
        Ok(0)
    }

    fn blob(&self, _: Blob) -> Result<Option<HeldBlob>, ShelfError> {
        Ok(None)
    }

    fn blob_bytes(&self, _: Blob, _: u32, _: u32) -> Result<Vec<u8>, ShelfError> {
        Ok(Vec::new())
    }

    fn missing_blobs(&self) -> Result<Vec<MissingBlob>, ShelfError> {
        Ok(Vec::new())
    }

    fn blobs_of_others(&self, _: &mut dyn FnMut(WholeBlob) -> bool) -> Result<(), ShelfError> {
        Ok(())
    }
}

/// A device with the space open.
pub(crate) struct Device {
    key: DeviceKey,
    space: Space,
    memory: Memory,
}

impl Device {
    fn new(key: DeviceKey, (space, writes): (Space, Vec<Write>)) -> Self {
        let mut memory = Memory::default();
        memory.write(writes);
        Self { key, space, memory }
    }

    pub(crate) fn step(&mut self, input: Input) -> Option<Reply> {
        let with = Surroundings {
            shelf: &self.memory,
            signer: &self.key,
            now: NOW,
        };
        let Effects { list, reply } = self.space.handle(input, &with).unwrap();
        for effect in list {
            if let Effect::Persist(writes) = effect {
                self.memory.write(writes);
            }
        }
        reply.map(Result::unwrap)
    }

    pub(crate) fn take(&mut self, entries: &[Carried]) {
        let mut run = RunWriter::default();
        entries.iter().for_each(|entry| run.push(entry));
        self.step(Input::Carried { run: run.take() });
    }

    pub(crate) fn holds(&self, entry: &Carried) -> bool {
        self.space
            .state_of(entry.signed.unchecked().hash())
            .is_some()
    }

    /// Where an entry stands, in memory and as stored.
    pub(crate) fn state(&self, entry: &Carried) -> State {
        let hash = entry.signed.unchecked().hash();
        let state = self.space.state_of(hash).expect("it is held");
        assert_eq!(self.memory.held[&hash].2, state, "as stored");
        state
    }

    /// Where each of the entries stands; `None` when it is not held.
    pub(crate) fn states(&self, entries: &[&Carried]) -> Vec<Option<State>> {
        let state = |entry: &&Carried| self.holds(entry).then(|| self.state(entry));
        entries.iter().map(state).collect()
    }

    pub(crate) fn document(&mut self) -> Document {
        let held = self.space.document(lane(), &self.memory).unwrap();
        Document::load(lane(), &held.save()).unwrap()
    }

    /// Starts again from what is stored.
    pub(crate) fn restart(&mut self) {
        let (id, me) = (self.space.id(), self.space.me());
        self.space = Space::open(id, me, &self.memory).unwrap();
    }

    /// Has stored that an entry stands otherwise, as an older version of the program would have.
    pub(crate) fn stored_as(&mut self, entry: &Carried, state: State) {
        let hash = entry.signed.unchecked().hash();
        self.memory.held.get_mut(&hash).unwrap().2 = state;
    }

    /// How often the payload of an entry was read.
    pub(crate) fn reads(&self, entry: &Carried) -> usize {
        let reads = self.memory.reads.borrow();
        let hash = entry.signed.unchecked().hash();
        reads.get(&hash).copied().unwrap_or_default()
    }

    pub(crate) fn opens_editor(&mut self) -> u32 {
        match self.step(Input::Command(Command::OpenEditor(lane()))) {
            Some(Reply::Session(session)) => session,
            other => panic!("no session: {other:?}"),
        }
    }

    /// Types in an editing session, and the entry that carries it.
    pub(crate) fn types(&mut self, session: u32, text: &str) -> Carried {
        let base = self.document().heads();
        let (text, marks) = (text.to_owned(), Marks::default());
        let edits = vec![Edit::Insert { at: 1, text, marks }];
        let edit = Command::Edit {
            lane: lane(),
            session,
            base,
            edits,
        };
        self.step(Input::Command(edit));
        self.step(Input::Command(Command::Seal));
        self.carried(*self.memory.order.last().unwrap())
    }

    fn carried(&self, hash: EntryHash) -> Carried {
        let (signed, payload, _) = &self.memory.held[&hash];
        Carried {
            signed: signed.clone(),
            payload: Some(payload.clone()),
        }
    }
}

pub(crate) struct Village {
    ana: Device,
    invite: EntryHash,
    space: SpaceId,
    /// The membership lane: the founding, the invite, the hostile member's joining.
    pub(crate) membership: Vec<Carried>,
    warrant: EntryHash,
}

fn mal_key() -> DeviceKey {
    DeviceKey::from_secret(&[2; 32])
}

impl Village {
    pub(crate) fn new() -> Self {
        let key = DeviceKey::from_secret(&[1; 32]);
        let founding = Founding {
            name: "Village".to_owned(),
            purpose: "Water".to_owned(),
            founder_name: "Ana".to_owned(),
            recovery: Vec::new(),
        };
        let founded = Space::found(founding, &key, NOW, [1; 32]).unwrap();
        let mut ana = Device::new(key, founded);
        let invite = Invite {
            key: invite_key(&SECRET),
            rank: Rank::Facilitator,
            uses: 9,
            label: String::new(),
        };
        let Some(Reply::Entry(invite)) = ana.step(Input::Command(Command::Invite(invite))) else {
            panic!("the founder invites")
        };
        let space = ana.space.id();
        let mut village = Self {
            ana,
            invite,
            space,
            membership: Vec::new(),
            warrant: EntryHash::ZERO,
        };
        village.warrant = village.welcome(mal_key());
        village
    }

    /// Somebody joins, and the founder hears of it; the warrant that gives.
    fn welcome(&mut self, key: DeviceKey) -> EntryHash {
        let device = self.join(key);
        let warrant = device.memory.order[0];
        self.ana.take(&[device.carried(warrant)]);
        let order = &self.ana.memory.order;
        self.membership = order.iter().map(|hash| self.ana.carried(*hash)).collect();
        warrant
    }

    /// A member who keeps to the rules and knows who is in.
    pub(crate) fn member(&mut self) -> (DeviceId, Device) {
        let key = || DeviceKey::from_secret(&[6; 32]);
        self.welcome(key());
        let mut device = self.join(key());
        // The joining itself it has already.
        device.take(&self.membership);
        (key().device(), device)
    }

    /// The founder does something to who is in, and the entry that says so.
    fn decides(&mut self, command: Command) -> Carried {
        self.ana.step(Input::Command(command));
        self.ana.carried(*self.ana.memory.order.last().unwrap())
    }

    /// The founder removes a member of whom she has no work.
    pub(crate) fn removes(&mut self, device: DeviceId) -> Carried {
        let reason = "cheats".to_owned();
        self.decides(Command::Remove { device, reason })
    }

    /// The founder gives a member a higher rank.
    pub(crate) fn promotes(&mut self, device: DeviceId) -> Carried {
        let rank = Rank::Facilitator;
        self.decides(Command::SetRank { device, rank })
    }

    /// The founder takes in entries that were set aside, and adopts them.
    pub(crate) fn adopts(&mut self, chain: &[&Carried], entry: &Carried) -> Carried {
        chain
            .iter()
            .for_each(|entry| self.ana.take(std::slice::from_ref(entry)));
        let hash = entry.signed.unchecked().hash();
        self.decides(Command::Adopt(vec![hash]))
    }

    fn join(&self, key: DeviceKey) -> Device {
        let joining = Joining {
            space: self.space,
            invite: self.invite,
            secret: Zeroizing::new(SECRET),
            name: "Someone".to_owned(),
        };
        let joined = Space::join(&joining, &key, NOW, [3; 32]).unwrap();
        Device::new(key, joined)
    }

    /// A member who has met nobody yet.
    pub(crate) fn reader(&self) -> Device {
        self.join(DeviceKey::from_secret(&[4; 32]))
    }

    pub(crate) fn mal(&self) -> DeviceId {
        mal_key().device()
    }

    /// The founder writes something, and the entry that carries it.
    pub(crate) fn ana_writes(&mut self, text: &str) -> Carried {
        self.ana.types(SESSION, text)
    }
}

/// A hostile member's chain of changes on the document's lane.
pub(crate) struct Chain {
    key: DeviceKey,
    space: SpaceId,
    warrant: EntryHash,
    seq: u64,
    prev: EntryHash,
}

impl Chain {
    pub(crate) fn new(village: &Village) -> Self {
        Self::under(mal_key(), village, village.warrant)
    }

    /// The chain of another who joins, an accomplice of this number.
    pub(crate) fn of_accomplice(village: &mut Village, number: u8) -> (DeviceId, Self) {
        let key = || DeviceKey::from_secret(&[100 + number; 32]);
        let warrant = village.welcome(key());
        (key().device(), Self::under(key(), village, warrant))
    }

    fn under(key: DeviceKey, village: &Village, warrant: EntryHash) -> Self {
        Self {
            key,
            space: village.space,
            warrant,
            seq: 0,
            prev: EntryHash::ZERO,
        }
    }

    pub(crate) fn next(&mut self, changes: Vec<Vec<u8>>) -> Carried {
        let changes = changes.into_iter().map(Into::into).collect();
        let session = SESSION;
        self.next_of(Changes { session, changes }.encode())
    }

    /// The next entry, under another warrant than the first one.
    pub(crate) fn next_under(&mut self, warrant: &Carried, changes: Vec<Vec<u8>>) -> Carried {
        let first = self.warrant;
        self.warrant = warrant.signed.unchecked().hash();
        let entry = self.next(changes);
        self.warrant = first;
        entry
    }

    pub(crate) fn next_of(&mut self, payload: Vec<u8>) -> Carried {
        self.next_on((lane(), Kind::Changes), payload)
    }

    /// The next entry as one of another lane and kind.
    pub(crate) fn next_on(&mut self, (lane, kind): (LaneId, Kind), payload: Vec<u8>) -> Carried {
        let header = Header {
            version: VERSION,
            space: self.space,
            lane,
            device: self.key.device(),
            seq: self.seq,
            prev: self.prev,
            warrant: self.warrant,
            kind,
            claimed: NOW,
            payload: PayloadHash::of(&payload),
            payload_len: u32::try_from(payload.len()).unwrap(),
        };
        (self.seq, self.prev) = (self.seq + 1, header.hash());
        Carried {
            signed: header.sign(&self.key),
            payload: Some(payload),
        }
    }
}
