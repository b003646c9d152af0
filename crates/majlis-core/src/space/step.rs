//! One step of a space: what it will write, send and announce, put in order at its end.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::State;
use crate::blob::Blob;
use crate::chain::ChainIndex;
use crate::effect::{Effect, HangUp, KnownPeer, LinkId, Notice, Write};
use crate::entry::Signed;
use crate::id::{EntryHash, LaneId, TransportId};
use crate::shelf::{HeldBlob, MissingBlob, SavedDocument, Shelf, ShelfError, WholeBlob};
use crate::space::Surroundings;

/// What a step has gathered.
pub(super) struct Step<'a> {
    pub(super) with: Surroundings<'a>,
    new: BTreeMap<EntryHash, (Signed, Vec<u8>)>,
    order: Vec<EntryHash>,
    changed: BTreeSet<EntryHash>,
    /// Documents that the disk did not give. They are not asked for again, which would read all of their
    /// entries each time.
    pub(super) unreadable: BTreeSet<LaneId>,
    /// Written after entries and states, in this order.
    pub(super) writes: Vec<Write>,
    sends: Vec<(LinkId, Vec<u8>)>,
    hang_ups: Vec<(LinkId, HangUp)>,
    notices: Vec<Notice>,
}

impl<'a> Step<'a> {
    pub(super) fn new(with: Surroundings<'a>) -> Self {
        Self {
            with,
            new: BTreeMap::new(),
            order: Vec::new(),
            changed: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            writes: Vec::new(),
            sends: Vec::new(),
            hang_ups: Vec::new(),
            notices: Vec::new(),
        }
    }

    pub(super) fn entry(&mut self, hash: EntryHash, signed: Signed, payload: Vec<u8>) {
        self.new.insert(hash, (signed, payload));
        self.order.push(hash);
    }

    pub(super) fn state_changed(&mut self, hash: EntryHash) {
        self.changed.insert(hash);
    }

    pub(super) fn send(&mut self, link: LinkId, frame: Vec<u8>) {
        self.sends.push((link, frame));
    }

    pub(super) fn hang_up(&mut self, link: LinkId, why: HangUp) {
        self.hang_ups.push((link, why));
    }

    pub(super) fn notice(&mut self, notice: Notice) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// Persist first, then everything that relies on it.
    pub(super) fn finish(mut self, index: &ChainIndex) -> Vec<Effect> {
        let mut writes = Vec::new();
        for hash in &self.order {
            if let (Some((signed, payload)), Some(item)) =
                (self.new.remove(hash), index.item(*hash))
            {
                writes.push(Write::Entry {
                    signed,
                    payload,
                    state: item.state,
                });
            }
        }
        for hash in self.changed {
            if let Some(item) = index.item(hash).filter(|_| !self.order.contains(&hash)) {
                writes.push(Write::State(hash, item.state));
            }
        }
        writes.append(&mut self.writes);
        let mut list = Vec::new();
        if !writes.is_empty() {
            list.push(Effect::Persist(writes));
        }
        list.extend(
            self.sends
                .into_iter()
                .map(|(link, frame)| Effect::Send(link, frame)),
        );
        list.extend(
            self.hang_ups
                .into_iter()
                .map(|(link, why)| Effect::HangUp(link, why)),
        );
        list.extend(self.notices.into_iter().map(Effect::Announce));
        list
    }
}

/// The shelf as it will be after this step's writes, as far as entries go. What the disk does not give
/// any more of an entry is not there: where that stands is settled, and the step goes on.
impl Shelf for Step<'_> {
    fn entries(&self, each: &mut dyn FnMut(Signed, State)) -> Result<(), ShelfError> {
        self.with.shelf.entries(each)
    }

    fn signed(&self, entry: EntryHash) -> Result<Option<Signed>, ShelfError> {
        match self.new.get(&entry) {
            Some((signed, _)) => Ok(Some(signed.clone())),
            None => unless_damaged(self.with.shelf.signed(entry)),
        }
    }

    fn payload(&self, entry: EntryHash) -> Result<Option<Vec<u8>>, ShelfError> {
        match self.new.get(&entry) {
            Some((_, payload)) => Ok(Some(payload.clone())),
            None => unless_damaged(self.with.shelf.payload(entry)),
        }
    }

    fn document(&self, lane: LaneId) -> Result<SavedDocument, ShelfError> {
        self.with.shelf.document(lane)
    }

    fn draft_changes(&self, lane: LaneId) -> Result<Vec<(u32, Vec<u8>)>, ShelfError> {
        self.with.shelf.draft_changes(lane)
    }

    fn draft_records(&self, lane: LaneId) -> Result<Vec<Vec<u8>>, ShelfError> {
        self.with.shelf.draft_records(lane)
    }

    fn unsealed_lanes(&self) -> Result<Vec<LaneId>, ShelfError> {
        self.with.shelf.unsealed_lanes()
    }

    fn last_session(&self, lane: LaneId) -> Result<Option<u32>, ShelfError> {
        self.with.shelf.last_session(lane)
    }

    fn peer(&self, transport: TransportId) -> Result<Option<KnownPeer>, ShelfError> {
        self.with.shelf.peer(transport)
    }

    fn given(&self) -> Result<u64, ShelfError> {
        self.with.shelf.given()
    }

    fn blob(&self, blob: Blob) -> Result<Option<HeldBlob>, ShelfError> {
        self.with.shelf.blob(blob)
    }

    fn blob_bytes(&self, blob: Blob, at: u32, most: u32) -> Result<Vec<u8>, ShelfError> {
        self.with.shelf.blob_bytes(blob, at, most)
    }

    fn missing_blobs(&self) -> Result<Vec<MissingBlob>, ShelfError> {
        self.with.shelf.missing_blobs()
    }

    fn blobs_of_others(&self, each: &mut dyn FnMut(WholeBlob) -> bool) -> Result<(), ShelfError> {
        self.with.shelf.blobs_of_others(each)
    }
}

fn unless_damaged<T>(read: Result<Option<T>, ShelfError>) -> Result<Option<T>, ShelfError> {
    match read {
        Err(ShelfError::Damaged(_)) => Ok(None),
        read => read,
    }
}
