//! Reading what this replica has stored. The one thing the core may ask for in the middle of a
//! step: local, synchronous, and a function of what it had persisted.

use crate::admission::State;
use crate::effect::KnownPeer;
use crate::entry::Signed;
use crate::id::{EntryHash, LaneId, TransportId};

/// The store could not answer. The step that asked is void and may be tried again.
#[derive(Debug, thiserror::Error)]
#[error("reading the store")]
pub struct ShelfError(#[source] pub Box<dyn core::error::Error + Send + Sync>);

/// A saved document and the applied entries stored after it was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedDocument {
    /// Automerge's saved form; `None` when none was written yet.
    pub save: Option<Vec<u8>>,
    /// Applied entries (admitted or carried) that the save does not hold, oldest first.
    pub later: Vec<EntryHash>,
}

/// Read access to one space's stored entries.
pub trait Shelf {
    /// Every stored entry in order of arrival, with its state.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn entries(&self, each: &mut dyn FnMut(Signed, State)) -> Result<(), ShelfError>;

    /// The signed header of an entry.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn signed(&self, entry: EntryHash) -> Result<Option<Signed>, ShelfError>;

    /// The payload of an entry; `None` when it was erased or never stored.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn payload(&self, entry: EntryHash) -> Result<Option<Vec<u8>>, ShelfError>;

    /// The saved document of a lane.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn document(&self, lane: LaneId) -> Result<SavedDocument, ShelfError>;

    /// Unsealed changes of this device on a lane, oldest first: session number and raw change.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn draft_changes(&self, lane: LaneId) -> Result<Vec<(u32, Vec<u8>)>, ShelfError>;

    /// Unsealed records of this device on a lane, oldest first, each a batch of one.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn draft_records(&self, lane: LaneId) -> Result<Vec<Vec<u8>>, ShelfError>;

    /// Lanes that have unsealed changes or records of this device.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn unsealed_lanes(&self) -> Result<Vec<LaneId>, ShelfError>;

    /// The highest editing session number used on a lane by this device.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn last_session(&self, lane: LaneId) -> Result<Option<u32>, ShelfError>;

    /// What is remembered of the peer that was last met under a transport key.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn peer(&self, transport: TransportId) -> Result<Option<KnownPeer>, ShelfError>;
}
