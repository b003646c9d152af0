//! Reading what this replica has stored. The one thing the core may ask for in the middle of a
//! step: local, synchronous, and a function of what it had persisted.

use crate::admission::State;
use crate::blob::{Blob, Part};
use crate::effect::KnownPeer;
use crate::entry::Signed;
use crate::id::{DeviceId, EntryHash, LaneId, TransportId};

/// The store could not answer. The step that asked is void and may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// What was asked for cannot be read back, as on a card that wears out. The rest of the store may be
    /// as it was, and who can do without the one thing goes on.
    #[error("reading something that the store does not give any more")]
    Damaged(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// The store as a whole: it is locked, or has no memory.
    #[error("reading the store")]
    Failed(#[source] Box<dyn core::error::Error + Send + Sync>),
}

/// A saved document and the applied entries stored after it was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedDocument {
    /// Automerge's saved form; `None` when none was written yet.
    pub save: Option<Vec<u8>>,
    /// Applied entries (admitted or carried) that the save does not hold, oldest first.
    pub later: Vec<EntryHash>,
}

/// What is here of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBlob {
    /// How many bytes from its beginning are here; whole pieces.
    pub held: u32,
    /// What proves its pieces, as [`crate::blob::Pieces::to_bytes`] gives it; none for one piece.
    pub pieces: Vec<u8>,
}

/// A blob that something here refers to and that is not whole here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingBlob {
    /// Its place among all that were referred to, here.
    pub number: u64,
    /// The blob.
    pub blob: Blob,
    /// What it is.
    pub part: Part,
    /// How many bytes from its beginning are here.
    pub held: u32,
    /// Whether it was here and made room for others.
    pub let_go: bool,
}

/// A photo or a sound of somebody else's answer that is whole here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeBlob {
    /// Its place among all that were referred to, here.
    pub number: u64,
    /// The blob.
    pub blob: Blob,
    /// What it is.
    pub part: Part,
    /// Whose answer referred to it first.
    pub author: DeviceId,
    /// Which other devices have it, by their own word.
    pub copies: Vec<DeviceId>,
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

    /// The most that had arrived here when some peer was known to have given everything it had.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn given(&self) -> Result<u64, ShelfError>;

    /// What is here of a blob that something admitted refers to, or this device keeps for that;
    /// `None` when nothing is.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn blob(&self, blob: Blob) -> Result<Option<HeldBlob>, ShelfError>;

    /// Bytes of a blob from `at` on, at most `most`, as far as they are here.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn blob_bytes(&self, blob: Blob, at: u32, most: u32) -> Result<Vec<u8>, ShelfError>;

    /// Every blob that something admitted refers to and that is not whole here, what was referred
    /// to first before others.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn missing_blobs(&self) -> Result<Vec<MissingBlob>, ShelfError>;

    /// Photos and then sounds of others that are whole here, what came first before others, until
    /// `each` says `false`.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    fn blobs_of_others(&self, each: &mut dyn FnMut(WholeBlob) -> bool) -> Result<(), ShelfError>;
}
