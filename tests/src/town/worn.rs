//! A disk that wears out: of some entries it does not give everything any more.

use std::collections::BTreeMap;

use majlis_core::admission::State;
use majlis_core::blob::Blob;
use majlis_core::effect::KnownPeer;
use majlis_core::entry::Signed;
use majlis_core::id::{EntryHash, LaneId, TransportId};
use majlis_core::shelf::{HeldBlob, MissingBlob, SavedDocument, Shelf, ShelfError, WholeBlob};
use majlis_store::SpaceShelf;

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

/// A shelf on such a disk.
pub(super) struct WornShelf<'a> {
    pub(super) shelf: SpaceShelf,
    pub(super) worn: &'a BTreeMap<EntryHash, Wear>,
}

impl Shelf for WornShelf<'_> {
    fn signed(&self, entry: EntryHash) -> Result<Option<Signed>, ShelfError> {
        match self.worn.get(&entry) {
            Some(Wear::Signed) => Err(ShelfError::Damaged("the card is bad".into())),
            Some(Wear::Payload | Wear::Gone | Wear::Altered) | None => self.shelf.signed(entry),
        }
    }

    fn payload(&self, entry: EntryHash) -> Result<Option<Vec<u8>>, ShelfError> {
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
        self.shelf.entries(each)
    }

    fn document(&self, lane: LaneId) -> Result<SavedDocument, ShelfError> {
        self.shelf.document(lane)
    }

    fn draft_changes(&self, lane: LaneId) -> Result<Vec<(u32, Vec<u8>)>, ShelfError> {
        self.shelf.draft_changes(lane)
    }

    fn draft_records(&self, lane: LaneId) -> Result<Vec<Vec<u8>>, ShelfError> {
        self.shelf.draft_records(lane)
    }

    fn unsealed_lanes(&self) -> Result<Vec<LaneId>, ShelfError> {
        self.shelf.unsealed_lanes()
    }

    fn last_session(&self, lane: LaneId) -> Result<Option<u32>, ShelfError> {
        self.shelf.last_session(lane)
    }

    fn peer(&self, transport: TransportId) -> Result<Option<KnownPeer>, ShelfError> {
        self.shelf.peer(transport)
    }

    fn given(&self) -> Result<u64, ShelfError> {
        self.shelf.given()
    }

    fn blob(&self, blob: Blob) -> Result<Option<HeldBlob>, ShelfError> {
        self.shelf.blob(blob)
    }

    fn blob_bytes(&self, blob: Blob, at: u32, most: u32) -> Result<Vec<u8>, ShelfError> {
        self.shelf.blob_bytes(blob, at, most)
    }

    fn missing_blobs(&self) -> Result<Vec<MissingBlob>, ShelfError> {
        self.shelf.missing_blobs()
    }

    fn blobs_of_others(&self, each: &mut dyn FnMut(WholeBlob) -> bool) -> Result<(), ShelfError> {
        self.shelf.blobs_of_others(each)
    }
}
