//! A desk over a pool: what a step stores is in the pool first, what others put there comes in as
//! from a carry file, and while the pool cannot be reached nothing is stored, signed, sent or
//! acknowledged. Not here: the pool itself (`pool`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use majlis_core::blob::Blob;
use majlis_core::effect::{Notice, Write};
use majlis_core::entry::{MAX_PAYLOAD, Signed};
use majlis_core::id::{DeviceId, EntryHash, PayloadHash};
use majlis_core::shelf::{Shelf as _, ShelfError};
use majlis_core::space::{Input, Reply};
use majlis_core::sync::media::{CarriedPieces, MediaRunWriter};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_store::Store;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::links::Ending;
use crate::node::media;
use crate::pool::{Batch, Page, Pool, PoolError, PoolFigures, Pooled, Seat, Turn, Written};

/// Without hints, the pool is read this often.
const POLL: Duration = Duration::from_secs(2);
/// After a failure, it is tried again so soon, then half as often each time.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Entries, and bytes of them, given to a pool at once when it lacks what is here.
const GIVEN_AT_ONCE: usize = 128;
const GIVEN_BYTES: usize = 1024 * 1024;
/// Photos and sounds asked for at once.
const BLOBS_AT_ONCE: usize = 4;
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
    /// Names that lie in the pool and are being taken in.
    coming: BTreeSet<EntryHash>,
    coming_blobs: BTreeSet<Blob>,
    /// Entries whose predecessor is missing, and where they lie.
    waiting: BTreeMap<EntryHash, u64>,
    refused: BTreeSet<EntryHash>,
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
            coming: BTreeSet::new(),
            coming_blobs: BTreeSet::new(),
            waiting: BTreeMap::new(),
            refused: BTreeSet::new(),
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
                    if self.refused.contains(&entry.name) {
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

/// What lies in the pool as something to be verified; `None` when it is not even what its name says.
fn carried(row: Pooled) -> Option<Carried> {
    let signed = Signed::from_bytes(&row.signed)?;
    let header = signed.unchecked();
    let sound = header.hash() == row.name
        && header.device == row.author
        && row.payload.len() <= MAX_PAYLOAD
        && header.payload_len as usize == row.payload.len()
        && header.payload == PayloadHash::of(&row.payload);
    sound.then_some(Carried {
        signed,
        payload: Some(row.payload),
    })
}

/// Without a pool: what a pool lacks afterwards is not known.
pub(crate) fn forget_place(store: &Store, space: majlis_core::id::SpaceId) {
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
        let batch = pooling.batch(writes, self);
        let batch = batch.map_err(|error| store_error(&error))?;
        if batch.is_empty() {
            return Ok(None);
        }
        let Some(turn) = pooling.turn else {
            return Err(not_reached());
        };
        match pooling.pool.write(turn, &batch) {
            Ok(written) => Ok(Some(written)),
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
        if let Err(trouble) = self.read_pool() {
            // A step that could not be put into the pool has said so already.
            let lost = |pooling: &Pooling| pooling.turn.is_none() && pooling.due > Instant::now();
            if !self.pooling.as_ref().is_some_and(lost) {
                self.lose_pool(&trouble);
            }
            return;
        }
        let Some(pooling) = &mut self.pooling else {
            return;
        };
        let was_ready = core::mem::replace(&mut pooling.is_ready, true);
        pooling.wait = FIRST_WAIT;
        pooling.due = Instant::now() + POLL;
        if !was_ready {
            tracing::info!(space = %self.id().short(), "in step with the pool");
            self.acts_again();
        }
    }

    fn read_pool(&mut self) -> Result<(), Trouble> {
        let Some(pooling) = &mut self.pooling else {
            return Ok(());
        };
        let pool = Arc::clone(&pooling.pool);
        let space = self.space.id();
        // Nothing may be signed before what this device signed is known.
        let mut give = None;
        if pooling.turn.is_none() {
            pooling.turn = Some(pool.begin(&pooling.seat)?);
            let author = pooling.author;
            if !self.find_place(&*pool)? && !self.space.index().is_empty() {
                give = Some(BTreeSet::new());
            }
            let mut after = self.pooling.as_ref().map_or(0, |pooling| pooling.upto);
            loop {
                let page = pool.read(space, after, Some(author))?;
                after = page.upto;
                let ended = page.upto >= page.end;
                self.take_page(page, false)?;
                if ended {
                    break;
                }
            }
        }
        loop {
            let after = self.pooling.as_ref().map_or(0, |pooling| pooling.upto);
            let page = pool.read(space, after, None)?;
            if let Some(seen) = &mut give {
                seen.extend(page.entries.iter().map(|entry| entry.name));
            }
            let ended = page.upto >= page.end;
            self.take_page(page, true)?;
            if ended {
                break;
            }
        }
        if let Some(seen) = give {
            self.give(&*pool, &seen)?;
        }
        self.take_blobs(&*pool)?;
        self.note_pool_place()
    }

    /// Goes on where the pool was last read; `false` when this is another pool, or an older state
    /// of it.
    fn find_place(&mut self, pool: &dyn Pool) -> Result<bool, Trouble> {
        let space = self.id();
        let kept = self.store.setting(Some(space), NOTED);
        let kept = kept.map_err(|error| Trouble::Here(store_error(&error)))?;
        let noted: Option<Noted> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let noted = noted.filter(|noted| noted.pool == pool.name());
        let known = match noted.and_then(|noted| noted.last) {
            Some((arrival, entry)) => pool.entry_at(space, arrival)? == Some(entry),
            None => false,
        };
        let noted = noted.filter(|_| known);
        if let Some(pooling) = &mut self.pooling {
            pooling.upto = noted.map_or(0, |noted| noted.upto);
            pooling.last = noted.and_then(|noted| noted.last);
            pooling.noted = noted;
            pooling.waiting.clear();
            pooling.asked = (0, 0);
        }
        Ok(known)
    }

    /// Takes a page in, as from a carry file. Only one of everything that came moves the place.
    fn take_page(&mut self, page: Page, moves: bool) -> Result<(), Trouble> {
        let mut fresh: BTreeMap<EntryHash, u64> = BTreeMap::new();
        let last = page.entries.last().map(|entry| (entry.arrival, entry.name));
        let mut sound = Vec::new();
        for row in page.entries {
            let (name, arrival) = (row.name, row.arrival);
            if self.space.index().contains(name) {
                continue;
            }
            match carried(row) {
                Some(entry) => {
                    fresh.insert(name, arrival);
                    sound.push(entry);
                }
                None => self.refuse_row(name, arrival),
            }
        }
        if let Some(pooling) = &mut self.pooling {
            pooling.coming = fresh.keys().copied().collect();
        }
        let mut run = RunWriter::default();
        let mut waiting = BTreeSet::new();
        for entry in &sound {
            if run.is_full_for(entry.payload.as_ref().map_or(0, Vec::len)) {
                self.take_pooled(run.take(), &mut waiting)?;
            }
            run.push(entry);
        }
        if !run.is_empty() {
            self.take_pooled(run.take(), &mut waiting)?;
        }
        for (name, arrival) in fresh {
            if self.space.index().contains(name) {
                continue;
            }
            if !waiting.contains(&name) {
                self.refuse_row(name, arrival);
            } else if let Some(pooling) = &mut self.pooling {
                pooling.waiting.insert(name, arrival);
            }
        }
        if let Some(pooling) = &mut self.pooling {
            pooling.coming.clear();
            pooling.end = pooling.end.max(page.end);
            if moves {
                pooling.upto = page.upto;
                pooling.last = last.or(pooling.last);
            }
        }
        Ok(())
    }

    fn take_pooled(
        &mut self,
        run: Vec<u8>,
        waiting: &mut BTreeSet<EntryHash>,
    ) -> Result<(), Trouble> {
        let reply = self.perform(Input::Carried { run });
        if let Some(Ok(Reply::TakenIn { waiting: names, .. })) = reply.map_err(Trouble::Here)? {
            waiting.extend(names.into_iter().map(|(_, name)| name));
        }
        Ok(())
    }

    /// Says once of each row that it was altered.
    fn refuse_row(&mut self, name: EntryHash, arrival: u64) {
        let space = self.id().short();
        if let Some(pooling) = &mut self.pooling
            && pooling.refused.insert(name)
        {
            tracing::error!(%space, arrival, entry = %name, "refusing a row of the pool, which was altered");
        }
    }

    /// Gives a pool that is new to this folder, or was put back to an older state, what it lacks.
    fn give(&mut self, pool: &dyn Pool, seen: &BTreeSet<EntryHash>) -> Result<(), Trouble> {
        let Some(turn) = self.pooling.as_ref().and_then(|pooling| pooling.turn) else {
            return Ok(());
        };
        let space = self.id();
        let store = self.store.clone();
        let mut batch = Batch::default();
        let (mut bytes, mut given, mut failed) = (0_usize, 0_u64, None);
        let carried = store.carry(space, |signed, payload| {
            let Some(payload) = payload else { return true };
            let entry = pooled(&signed, payload);
            if seen.contains(&entry.name) {
                return true;
            }
            bytes += entry.payload.len();
            given += 1;
            batch.entries.push(entry);
            if batch.entries.len() < GIVEN_AT_ONCE && bytes < GIVEN_BYTES {
                return true;
            }
            bytes = 0;
            failed = self.give_some(pool, turn, &mut batch).err();
            failed.is_none()
        });
        carried.map_err(|error| Trouble::Here(store_error(&error)))?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        self.give_some(pool, turn, &mut batch)?;
        let here = store.whole_blobs(space);
        for (_, blob) in here.map_err(|error| Trouble::Here(store_error(&error)))? {
            let bytes = store.whole_blob(space, blob);
            let bytes = bytes.map_err(|error| Trouble::Here(store_error(&error)))?;
            let bytes = bytes.filter(|bytes| Blob::of(bytes) == Some(blob));
            batch.blobs.extend(bytes.map(|bytes| (blob, bytes)));
            self.give_some(pool, turn, &mut batch)?;
        }
        if given > 0 {
            tracing::info!(space = %space.short(), given, "the pool has what it lacked");
        }
        Ok(())
    }

    fn give_some(
        &mut self,
        pool: &dyn Pool,
        turn: Turn,
        batch: &mut Batch,
    ) -> Result<(), PoolError> {
        if !batch.is_empty() {
            let written = pool.write(turn, batch)?;
            *batch = Batch::default();
            self.pool_has(Some(written));
        }
        Ok(())
    }

    /// Takes in the photos and sounds that are missing here and lie in the pool.
    fn take_blobs(&mut self, pool: &dyn Pool) -> Result<(), Trouble> {
        let (missing, _) = self.space.media_missing();
        let Some(pooling) = &mut self.pooling else {
            return Ok(());
        };
        let now = (pooling.end, missing);
        if missing == 0 || core::mem::replace(&mut pooling.asked, now) == now {
            return Ok(());
        }
        let space = self.id();
        let here = |error: &(dyn std::error::Error + 'static)| Trouble::Here(store_error(error));
        let policy = media::policy(&self.store).map_err(|error| here(&error))?;
        let policy = media::as_core(policy);
        let mut list = self.store.shelf(space).missing_blobs();
        if let Ok(list) = &mut list {
            list.retain(|missing| policy.fetches(missing.part));
        }
        for some in list.map_err(|error| here(&error))?.chunks(BLOBS_AT_ONCE) {
            let names: Vec<Blob> = some.iter().map(|missing| missing.blob).collect();
            for (blob, bytes) in pool.blobs(space, &names)? {
                let Some(missing) = some.iter().find(|missing| missing.blob == blob) else {
                    continue;
                };
                if Blob::of(&bytes) != Some(blob) {
                    self.refuse_blob(blob);
                    continue;
                }
                if let Some(pooling) = &mut self.pooling {
                    pooling.coming_blobs.insert(blob);
                }
                for pieces in CarriedPieces::of(missing.part, blob, &bytes) {
                    let mut run = MediaRunWriter::default();
                    run.push(pieces);
                    let run = run.take();
                    self.perform(Input::CarriedMedia { run })
                        .map_err(Trouble::Here)?;
                }
            }
        }
        let (missing, _) = self.space.media_missing();
        if let Some(pooling) = &mut self.pooling {
            pooling.coming_blobs.clear();
            pooling.asked.1 = missing;
        }
        Ok(())
    }

    fn refuse_blob(&mut self, blob: Blob) {
        let space = self.id().short();
        if let Some(pooling) = &mut self.pooling
            && pooling.refused_blobs.insert(blob)
        {
            tracing::error!(%space, %blob, "refusing a photo or sound of the pool, which was altered");
        }
    }

    /// Notes how far the pool was read, as far as all of it is on disk here.
    fn note_pool_place(&mut self) -> Result<(), Trouble> {
        let space = self.id();
        let Some(pooling) = &mut self.pooling else {
            return Ok(());
        };
        let index = self.space.index();
        let before = pooling.waiting.len();
        pooling.waiting.retain(|name, _| !index.contains(*name));
        // What was refused came sound from elsewhere.
        pooling.refused.retain(|name| !index.contains(*name));
        if let Some(first) = pooling.waiting.values().min().copied() {
            // Some joined on: the others may have been let go of, and are read again.
            if pooling.waiting.len() < before {
                pooling.upto = pooling.upto.min(first.saturating_sub(1));
                pooling.waiting.clear();
            }
            return Ok(());
        }
        let noted = Noted {
            pool: pooling.pool.name(),
            upto: pooling.upto,
            last: pooling.last,
        };
        if pooling.noted == Some(noted) || noted.last.is_none() {
            return Ok(());
        }
        let bytes = serde_json::to_vec(&noted).map_err(|error| {
            Trouble::Here(ApiError::new(ErrorCode::Internal, error.to_string()))
        })?;
        let put = self.store.put_setting(Some(space), NOTED, &bytes);
        put.map_err(|error| Trouble::Here(store_error(&error)))?;
        pooling.noted = Some(noted);
        Ok(())
    }
}

fn not_reached() -> ApiError {
    ApiError::new(
        ErrorCode::Storage,
        "the pool cannot be reached, so nothing is stored now; it is tried again",
    )
}

/// An error and its causes.
fn full_text(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let text: Vec<String> = causes.map(ToString::to_string).collect();
    text.join(": ")
}
