//! Reading a pool: what others put there is verified as if a peer had sent it, and what is not what
//! its name says is refused aloud. Not here: what this desk puts there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use majlis_core::blob::Blob;
use majlis_core::entry::{MAX_PAYLOAD, Signed};
use majlis_core::id::{EntryHash, PayloadHash};
use majlis_core::shelf::Shelf as _;
use majlis_core::space::{Input, Reply};
use majlis_core::sync::media::{CarriedPieces, MediaRunWriter};
use majlis_core::sync::wire::{Carried, RunWriter};

use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::node::media;
use crate::pool::{Page, Pool, PoolError, Pooled};
use crate::pooling::{NOTED, Noted, Trouble};

/// So long a desk reads without doing anything else.
const AT_ONCE: Duration = Duration::from_millis(150);
/// Photos and sounds asked for at once.
const BLOBS_AT_ONCE: usize = 4;

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

impl Desk {
    /// Reads for a while; whether it came to the end.
    pub(super) fn read_pool(&mut self) -> Result<bool, Trouble> {
        let until = Instant::now() + AT_ONCE;
        let Some(pooling) = &mut self.pooling else {
            return Ok(true);
        };
        let pool = Arc::clone(&pooling.pool);
        let space = self.space.id();
        // Nothing may be signed before what this device signed is known.
        if pooling.turn.is_none() {
            pooling.turn = Some(pool.begin(&pooling.seat)?);
            let author = pooling.author;
            let gives = !self.find_place(&*pool)? && !self.space.index().is_empty();
            if let Some(pooling) = &mut self.pooling {
                pooling.seen = gives.then(BTreeSet::new);
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
            if page.end < after {
                let older = "the pool was put back to an older state";
                return Err(PoolError::Unreachable(older.into()).into());
            }
            let seen = self.pooling.as_mut().and_then(|it| it.seen.as_mut());
            if let Some(seen) = seen {
                seen.extend(page.entries.iter().map(|entry| entry.name));
            }
            let ended = page.upto >= page.end;
            self.take_page(page, true)?;
            if ended {
                break;
            }
            if Instant::now() >= until {
                return Ok(false);
            }
        }
        let seen = self.pooling.as_mut().and_then(|it| it.seen.take());
        if let Some(seen) = seen {
            self.give(&*pool, &seen)?;
        }
        self.take_blobs(&*pool)?;
        self.note_pool_place()?;
        Ok(true)
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
            && pooling.refused.insert(name, arrival).is_none()
        {
            tracing::error!(%space, arrival, entry = %name, "refusing a row of the pool, which was altered");
        }
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
        pooling.refused.retain(|name, _| !index.contains(*name));
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
            // What was refused is read again after a new start: only so is it known that it is to be mended
            // in the pool, where it comes sound from somebody.
            upto: pooling
                .refused
                .values()
                .fold(pooling.upto, |upto, at| upto.min(at.saturating_sub(1))),
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
