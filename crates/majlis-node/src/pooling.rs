//! A desk over a pool: what a step stores is in the pool first, what others put there comes in as
//! from a carry file, and while the pool cannot be reached nothing is stored, signed, sent or
//! acknowledged. Not here: the pool itself (`pool`).

mod giving;
mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use majlis_core::blob::Blob;
use majlis_core::effect::{Notice, Write};
use majlis_core::entry::Signed;
use majlis_core::id::{DeviceId, EntryHash, SpaceId};
use majlis_core::shelf::{Shelf as _, ShelfError};
use majlis_store::{ReadError, Store};
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::links::Ending;
use crate::pool::{Batch, Pool, PoolError, PoolFigures, Pooled, Seat, Turn, Written};

/// Without hints, the pool is read this often.
const POLL: Duration = Duration::from_secs(2);
/// After a failure, it is tried again so soon, then half as often each time.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Under which name a space notes how far the pool was read.
const NOTED: &str = "pool";

/// How far the pool was read: everything up to there is on this disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Noted {
    pool: [u8; 16],
    upto: u64,
    /// The last entry up to there: in a pool that was put back to an older state it is not there.
    last: Option<(u64, EntryHash)>,
}

/// A desk's side of the pool.
#[derive(Debug)]
pub(crate) struct Pooling {
    pool: Arc<dyn Pool>,
    seat: Seat,
    /// The device that signs in the space, by the seat.
    author: DeviceId,
    turn: Option<Turn>,
    /// The pool was read to its end in this turn: the desk may act.
    is_ready: bool,
    /// Another process goes on with these keys; this one does nothing more here.
    is_over: bool,
    due: Instant,
    wait: Duration,
    upto: u64,
    last: Option<(u64, EntryHash)>,
    noted: Option<Noted>,
    end: u64,
    /// In a pool that may lack what is here, the names that lie there.
    seen: Option<BTreeSet<EntryHash>>,
    /// Names that lie in the pool and are being taken in.
    coming: BTreeSet<EntryHash>,
    coming_blobs: BTreeSet<Blob>,
    /// Entries whose predecessor is missing, and where they lie.
    waiting: BTreeMap<EntryHash, u64>,
    /// Entries that lie altered in the pool, and where.
    refused: BTreeMap<EntryHash, u64>,
    refused_blobs: BTreeSet<Blob>,
    /// The end of the pool and the number of missing blobs when they were last asked for.
    asked: (u64, u64),
}

/// Why the desk is not in step with the pool.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Pool(#[from] PoolError),
    #[error("taking in what is in the pool")]
    Here(#[source] ApiError),
}

impl Pooling {
    pub(crate) fn new(pool: Arc<dyn Pool>, seat: Seat, author: DeviceId) -> Self {
        Self {
            pool,
            seat,
            author,
            turn: None,
            is_ready: false,
            is_over: false,
            due: Instant::now(),
            wait: FIRST_WAIT,
            upto: 0,
            last: None,
            noted: None,
            end: 0,
            seen: None,
            coming: BTreeSet::new(),
            coming_blobs: BTreeSet::new(),
            waiting: BTreeMap::new(),
            refused: BTreeMap::new(),
            refused_blobs: BTreeSet::new(),
            asked: (0, 0),
        }
    }

    /// When to look at the pool next; never again when another process goes on.
    pub(crate) fn due(&self) -> Option<Instant> {
        (!self.is_over).then_some(self.due)
    }

    /// What of a step the pool does not have.
    fn batch(&self, writes: &[Write], desk: &Desk) -> Result<Batch, ShelfError> {
        let mut batch = Batch::default();
        let mut growing: BTreeMap<Blob, (u32, Vec<u8>)> = BTreeMap::new();
        for write in writes {
            match write {
                Write::Entry {
                    signed, payload, ..
                } => {
                    let entry = pooled(signed, payload.clone());
                    if self.coming.contains(&entry.name) {
                        continue;
                    }
                    if self.refused.contains_key(&entry.name) {
                        batch.mended.insert(entry.name);
                    }
                    batch.entries.push(entry);
                }
                Write::BlobPart { blob, at, bytes } if !self.coming_blobs.contains(blob) => {
                    let (_, grown) = growing.entry(*blob).or_insert((*at, Vec::new()));
                    grown.extend_from_slice(bytes);
                }
                _ => {}
            }
        }
        let shelf = desk.store.shelf(desk.id());
        for (blob, (at, grown)) in growing {
            if u64::from(at) + (grown.len() as u64) < u64::from(blob.size) {
                continue;
            }
            let mut bytes = shelf.blob_bytes(blob, 0, at)?;
            bytes.extend(grown);
            if self.refused_blobs.contains(&blob) {
                batch.mended_blobs.insert(blob);
            }
            batch.blobs.push((blob, bytes));
        }
        Ok(batch)
    }

    /// What was written needs no reading, when nobody else wrote meanwhile.
    fn wrote(&mut self, written: Written) {
        if written.before == self.upto {
            self.upto = written.after;
            self.last = written.last.or(self.last);
        }
        self.end = self.end.max(written.after);
    }

    fn figures(&self) -> PoolFigures {
        PoolFigures {
            reached: self.is_ready,
            over: self.is_over,
            behind: self.end.saturating_sub(self.upto),
            refused: (self.refused.len() + self.refused_blobs.len()) as u64,
        }
    }
}

fn pooled(signed: &Signed, payload: Vec<u8>) -> Pooled {
    let header = signed.unchecked();
    Pooled {
        arrival: 0,
        name: header.hash(),
        author: header.device,
        signed: signed.to_bytes(),
        payload,
    }
}

/// Whether a pool of this name was given everything of a space that is on this disk.
pub(crate) fn was_given(store: &Store, space: SpaceId, pool: [u8; 16]) -> Result<bool, ReadError> {
    let kept = store.setting(Some(space), NOTED)?;
    let noted: Option<Noted> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    Ok(noted.is_some_and(|noted| noted.pool == pool))
}

/// Without a pool: what a pool lacks afterwards is not known.
pub(crate) fn forget_place(store: &Store, space: SpaceId) {
    let kept = store.setting(Some(space), NOTED);
    if matches!(kept, Ok(Some(_))) {
        let _ = store.drop_setting(Some(space), NOTED);
    }
}

impl Desk {
    /// Whether the desk may act: there is no pool, or it is in step with it.
    pub(crate) fn may_act(&self) -> bool {
        self.pooling.as_ref().is_none_or(|pooling| pooling.is_ready)
    }

    pub(crate) fn pool_figures(&self) -> Option<PoolFigures> {
        self.pooling.as_ref().map(Pooling::figures)
    }

    /// Puts what a step is about to store into the pool.
    pub(crate) fn pool_first(&mut self, writes: &[Write]) -> Result<Option<Written>, ApiError> {
        let Some(pooling) = &self.pooling else {
            return Ok(None);
        };
        let pool = Arc::clone(&pooling.pool);
        let batch = pooling.batch(writes, self);
        let batch = batch.map_err(|error| store_error(&error))?;
        if batch.is_empty() {
            return Ok(None);
        }
        let Some(turn) = pooling.turn else {
            return Err(not_reached());
        };
        match pool.write(turn, &batch) {
            Ok(written) => {
                if let Some(pooling) = &mut self.pooling {
                    let mended = |blob: &Blob| batch.mended_blobs.contains(blob);
                    pooling.refused_blobs.retain(|blob| !mended(blob));
                }
                Ok(Some(written))
            }
            Err(error) => {
                self.lose_pool(&Trouble::Pool(error));
                Err(not_reached())
            }
        }
    }

    /// Notes that what was put into the pool is on disk here.
    pub(crate) fn pool_has(&mut self, written: Option<Written>) {
        if let (Some(pooling), Some(written)) = (&mut self.pooling, written) {
            pooling.wrote(written);
        }
    }

    /// Refuses what needs the pool while it is not there.
    pub(crate) fn pool_gate(&self) -> Result<(), ApiError> {
        if self.may_act() {
            return Ok(());
        }
        Err(not_reached())
    }

    /// What is in the pool may not be here: it is read before anything else is done.
    pub(crate) fn lapse(&mut self) {
        let Some(pooling) = &mut self.pooling else {
            return;
        };
        pooling.turn = None;
        pooling.is_ready = false;
        pooling.coming.clear();
        pooling.coming_blobs.clear();
        pooling.due = Instant::now() + pooling.wait;
        for line in core::mem::take(&mut self.lines).into_values() {
            let _ = line.end.send(Ending::CannotStore);
        }
    }

    /// Says so, and waits a little longer each time.
    fn lose_pool(&mut self, trouble: &Trouble) {
        let space = self.id().short();
        let why = full_text(trouble);
        self.lapse();
        let Some(pooling) = &mut self.pooling else {
            return;
        };
        pooling.due = Instant::now() + pooling.wait;
        pooling.wait = (pooling.wait * 2).min(LONGEST_WAIT);
        if matches!(trouble, Trouble::Pool(PoolError::TurnOver)) {
            pooling.is_over = true;
            tracing::error!(%space, why, "this process stops working on a space");
        } else {
            tracing::error!(%space, why, wait = ?pooling.wait, "without the pool nothing is taken");
        }
        self.note(&Notice::Sync);
    }

    /// Looks at once, unless it waits after a failure.
    pub(crate) fn hear_hint(&mut self) {
        if let Some(pooling) = &mut self.pooling
            && pooling.is_ready
        {
            pooling.due = Instant::now();
        }
    }

    /// Reads what came to the pool, and begins a turn first where there is none.
    pub(crate) fn keep_up(&mut self) {
        if self.pooling.as_ref().is_none_or(|pooling| pooling.is_over) {
            return;
        }
        let ended = match self.read_pool() {
            Ok(ended) => ended,
            Err(trouble) => {
                // A step that could not be put into the pool has said so already.
                let said = |it: &Pooling| it.turn.is_none() && it.due > Instant::now();
                if !self.pooling.as_ref().is_some_and(said) {
                    self.lose_pool(&trouble);
                }
                return;
            }
        };
        let Some(pooling) = &mut self.pooling else {
            return;
        };
        if !ended {
            pooling.due = Instant::now();
            return;
        }
        let was_ready = core::mem::replace(&mut pooling.is_ready, true);
        pooling.wait = FIRST_WAIT;
        pooling.due = Instant::now() + POLL;
        if !was_ready {
            tracing::info!(space = %self.id().short(), "in step with the pool");
            self.acts_again();
        }
    }
}

fn not_reached() -> ApiError {
    ApiError::new(
        ErrorCode::Storage,
        "the pool cannot be reached, so nothing is stored now; it is tried again",
    )
}

/// An error and its causes.
pub(crate) fn full_text(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let text: Vec<String> = causes.map(ToString::to_string).collect();
    text.join(": ")
}
