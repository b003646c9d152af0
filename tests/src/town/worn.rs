//! A disk that wears out: of some entries it does not give everything any more, or of a document what was
//! saved. And one that gives nothing at all for a moment.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use majlis_core::admission::State;
use majlis_core::blob::Blob;
use majlis_core::effect::KnownPeer;
use majlis_core::entry::Signed;
use majlis_core::id::{EntryHash, LaneId, TransportId};
use majlis_core::shelf::{HeldBlob, MissingBlob, SavedDocument, Shelf, ShelfError, WholeBlob};
use majlis_core::space::Space;
use majlis_store::SpaceShelf;

use super::resident::Resident;

/// What became of an entry on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wear {
    /// What was signed cannot be read.
    Signed,
    /// Its payload cannot be read.
    Payload,
    /// Its payload is gone.
    Gone,
    /// A bit of its payload is another one.
    Altered,
}

/// When a disk as a whole gives nothing, as one that is locked.
#[derive(Debug, Default)]
pub struct Failing {
    reads: Cell<usize>,
    left: Cell<Option<usize>>,
    failed: Cell<bool>,
}

impl Failing {
    /// So many reads go well from now on, and none after them until the device starts again.
    pub fn after(&self, reads: usize) {
        self.left.set(Some(reads));
    }

    /// All reads go well from now on.
    pub fn never(&self) {
        self.left.set(None);
    }

    /// How many reads there were since this was asked last.
    pub fn reads(&self) -> usize {
        self.reads.take()
    }

    /// Whether a read failed; then all go well again.
    pub(super) fn has_failed(&self) -> bool {
        let failed = self.failed.take();
        if failed {
            self.never();
        }
        failed
    }

    fn read(&self) -> Result<(), ShelfError> {
        self.reads.set(self.reads.get() + 1);
        match self.left.get() {
            None => Ok(()),
            Some(0) => {
                self.failed.set(true);
                Err(ShelfError::Failed("the disk is locked".into()))
            }
            Some(left) => {
                self.left.set(Some(left - 1));
                Ok(())
            }
        }
    }
}

impl Resident {
    /// Starts again from its disk as it is.
    ///
    /// # Errors
    /// What keeps the space from being opened.
    pub fn restart_worn(&mut self) -> Result<(), ShelfError> {
        let shelf = WornShelf {
            shelf: self.shelf(),
            worn: &self.worn,
            saves: &self.worn_saves,
            failing: &self.failing,
        };
        self.space = Space::open(self.space.id(), self.device(), &shelf)?;
        if let Some(secret) = self.ticket {
            self.space.present_invite(&secret);
        }
        self.editors.clear();
        Ok(())
    }
}

/// A shelf on such a disk.
pub(super) struct WornShelf<'a> {
    pub(super) shelf: SpaceShelf,
    pub(super) worn: &'a BTreeMap<EntryHash, Wear>,
    pub(super) saves: &'a BTreeSet<LaneId>,
    pub(super) failing: &'a Failing,
}

impl Shelf for WornShelf<'_> {
    fn signed(&self, entry: EntryHash) -> Result<Option<Signed>, ShelfError> {
        self.failing.read()?;
        match self.worn.get(&entry) {
            Some(Wear::Signed) => Err(ShelfError::Damaged("the card is bad".into())),
            Some(Wear::Payload | Wear::Gone | Wear::Altered) | None => self.shelf.signed(entry),
        }
    }

    fn payload(&self, entry: EntryHash) -> Result<Option<Vec<u8>>, ShelfError> {
        self.failing.read()?;
        let mut payload = self.shelf.payload(entry)?;
        match self.worn.get(&entry) {
            Some(Wear::Payload) => return Err(ShelfError::Damaged("the card is bad".into())),
            Some(Wear::Gone) => return Ok(None),
            Some(Wear::Altered) => {
                if let Some(last) = payload.as_mut().and_then(|bytes| bytes.last_mut()) {
                    *last ^= 1;
                }
            }
            Some(Wear::Signed) | None => {}
        }
        Ok(payload)
    }

    fn entries(&self, each: &mut dyn FnMut(Signed, State)) -> Result<(), ShelfError> {
        self.failing.read()?;
        self.shelf.entries(each)
    }

    fn document(&self, lane: LaneId) -> Result<SavedDocument, ShelfError> {
        self.failing.read()?;
        if self.saves.contains(&lane) {
            return Err(ShelfError::Damaged("the card is bad".into()));
        }
        self.shelf.document(lane)
    }

    fn draft_changes(&self, lane: LaneId) -> Result<Vec<(u32, Vec<u8>)>, ShelfError> {
        self.failing.read()?;
        self.shelf.draft_changes(lane)
    }

    fn draft_records(&self, lane: LaneId) -> Result<Vec<Vec<u8>>, ShelfError> {
        self.failing.read()?;
        self.shelf.draft_records(lane)
    }

    fn unsealed_lanes(&self) -> Result<Vec<LaneId>, ShelfError> {
        self.failing.read()?;
        self.shelf.unsealed_lanes()
    }

    fn last_session(&self, lane: LaneId) -> Result<Option<u32>, ShelfError> {
        self.failing.read()?;
        self.shelf.last_session(lane)
    }

    fn peer(&self, transport: TransportId) -> Result<Option<KnownPeer>, ShelfError> {
        self.failing.read()?;
        self.shelf.peer(transport)
    }

    fn given(&self) -> Result<u64, ShelfError> {
        self.failing.read()?;
        self.shelf.given()
    }

    fn blob(&self, blob: Blob) -> Result<Option<HeldBlob>, ShelfError> {
        self.failing.read()?;
        self.shelf.blob(blob)
    }

    fn blob_bytes(&self, blob: Blob, at: u32, most: u32) -> Result<Vec<u8>, ShelfError> {
        self.failing.read()?;
        self.shelf.blob_bytes(blob, at, most)
    }

    fn missing_blobs(&self) -> Result<Vec<MissingBlob>, ShelfError> {
        self.failing.read()?;
        self.shelf.missing_blobs()
    }

    fn blobs_of_others(&self, each: &mut dyn FnMut(WholeBlob) -> bool) -> Result<(), ShelfError> {
        self.failing.read()?;
        self.shelf.blobs_of_others(each)
    }
}
