//! What a node needs of a pool: the database that several processes share, which has everything
//! before it is sent or acknowledged. A process's own folder is a copy of it that may be lost.
//! Not here: any database (the gateway brings one), and what is done with a pool (`pooling`).

use core::fmt::Debug;
use std::collections::BTreeSet;
use std::error::Error;

use tokio::sync::broadcast;
use zeroize::Zeroizing;

pub use majlis_core::blob::{Blob, MAX_BLOB};
pub use majlis_core::entry::MAX_PAYLOAD;
pub use majlis_core::id::{BlobId, DeviceId, EntryHash, SpaceId};

/// Why a pool did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// It cannot be reached, failed, or did not answer in time. What was asked may have been done.
    #[error("reaching the pool")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// Another process has begun a turn with the keys of this one. Nothing was written.
    #[error("writing to the pool, where another process goes on with the keys of this one")]
    TurnOver,
}

/// What a pool knows of one device in one space, so that a process that lost its folder is again
/// the member it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The space.
    pub space: SpaceId,
    /// The device whose key the process holds.
    pub device: DeviceId,
    /// How often that device had forgotten the space when it joined.
    pub forgotten: u32,
    /// The ticket it joined by; a secret.
    pub ticket: Option<Zeroizing<String>>,
    /// Whether it forgot the space since.
    pub gone: bool,
}

/// The right to write for one device in one space. It ends when another process begins one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The space.
    pub space: SpaceId,
    /// The device of the seat.
    pub device: DeviceId,
    /// Which turn of this process.
    pub number: i64,
}

/// An entry as it lies in a pool. Nothing of it may be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pooled {
    /// The number under which it came, counted for its space.
    pub arrival: u64,
    /// The name under which it lies.
    pub name: EntryHash,
    /// Who wrote it, as it lies.
    pub author: DeviceId,
    /// Header and signature.
    pub signed: Vec<u8>,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// Some of what came after an arrival, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Pooled>,
    /// Everything that was asked for up to and with this arrival is on this page.
    pub upto: u64,
    /// The last arrival that there was.
    pub end: u64,
}

/// What is written at once. Arrivals are given by the pool; those named here mean nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Entries; those that are there already are skipped.
    pub entries: Vec<Pooled>,
    /// Of those, the ones that lie in the pool altered: they take the place of what lies there, and
    /// arrive anew.
    pub mended: BTreeSet<EntryHash>,
    /// Whole photos and sounds; those that are there already are skipped.
    pub blobs: Vec<(Blob, Vec<u8>)>,
    /// Of those, the ones that lie in the pool altered.
    pub mended_blobs: BTreeSet<Blob>,
}

impl Batch {
    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.blobs.is_empty()
    }
}

/// Where a batch came to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The last arrival before it.
    pub before: u64,
    /// The last arrival with it; the same when everything was there already.
    pub after: u64,
    /// The last entry that is new, and its arrival.
    pub last: Option<(u64, EntryHash)>,
}

/// How a desk stands with the pool, since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolFigures {
    /// Whether it works with the pool now.
    pub reached: bool,
    /// Whether another process goes on with the keys of this one, which does nothing more here.
    pub over: bool,
    /// What came to the pool and was not read here yet, when last looked.
    pub behind: u64,
    /// Rows that are not what their names say, and were refused.
    pub refused: u64,
}

/// A pool. Every call waits until it is done, for some seconds at most, and is called from threads
/// that may wait.
pub trait Pool: Debug + Send + Sync {
    /// Which pool this is: another one, or one made anew, has another name.
    fn name(&self) -> [u8; 16];

    /// The seats of a device.
    ///
    /// # Errors
    /// [`PoolError::Unreachable`]
    fn seats(&self, device: DeviceId) -> Result<Vec<Seat>, PoolError>;

    /// Begins a turn, and keeps the seat. Whoever had the turn writes nothing any more.
    ///
    /// # Errors
    /// [`PoolError::Unreachable`]
    fn begin(&self, seat: &Seat) -> Result<Turn, PoolError>;

    /// Notes that a device forgot a space.
    ///
    /// # Errors
    /// [`PoolError::Unreachable`]
    fn leave(&self, space: SpaceId, device: DeviceId) -> Result<(), PoolError>;

    /// Writes all of a batch or nothing. It is durable when this returns.
    ///
    /// # Errors
    /// [`PoolError`]
    fn write(&self, turn: Turn, batch: &Batch) -> Result<Written, PoolError>;

    /// What came after an arrival; of one author only, when one is named.
    ///
    /// # Errors
    /// [`PoolError::Unreachable`]
    fn read(&self, space: SpaceId, after: u64, author: Option<DeviceId>)
    -> Result<Page, PoolError>;

    /// The name of the entry that came under an arrival.
    ///
    /// # Errors
    /// [`PoolError::Unreachable`]
    fn entry_at(&self, space: SpaceId, arrival: u64) -> Result<Option<EntryHash>, PoolError>;

    /// Of these blobs, those that are there, as they lie.
    ///
    /// # Errors
    /// [`PoolError::Unreachable`]
    fn blobs(&self, space: SpaceId, wanted: &[Blob]) -> Result<Vec<(Blob, Vec<u8>)>, PoolError>;

    /// Spaces in which something came, as hints: some are missed, and nothing may depend on them.
    fn hints(&self) -> broadcast::Receiver<SpaceId>;
}
