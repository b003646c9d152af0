//! Giving a pool what it lacks: one that is new to this folder, or was put back to an older state.

use std::collections::BTreeSet;

use majlis_core::blob::Blob;
use majlis_core::id::EntryHash;

use crate::desk::{Desk, store_error};
use crate::pool::{Batch, Pool, PoolError, Turn};
use crate::pooling::{Trouble, pooled};

/// Entries, and bytes of them, given to a pool at once when it lacks what is here.
const GIVEN_AT_ONCE: usize = 128;
const GIVEN_BYTES: usize = 1024 * 1024;

impl Desk {
    /// Gives a pool that is new to this folder, or was put back to an older state, what it lacks.
    pub(super) fn give(
        &mut self,
        pool: &dyn Pool,
        seen: &BTreeSet<EntryHash>,
    ) -> Result<(), Trouble> {
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
}
