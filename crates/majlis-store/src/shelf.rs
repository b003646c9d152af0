//! The core's reading of one space, and its entries in the order in which they may be carried.

use majlis_core::admission::State;
use majlis_core::blob::Blob;
use majlis_core::effect::KnownPeer;
use majlis_core::entry::Signed;
use majlis_core::id::{DeviceId, EntryHash, LaneId, SpaceId, TransportId};
use majlis_core::shelf::{HeldBlob, MissingBlob, SavedDocument, Shelf, ShelfError, WholeBlob};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, ffi};

use crate::rows::{self, SIGNED};
use crate::store::{ReadError, Store, space_no};

/// The stored entries of one space, as the core reads them. Holds no lock between calls.
#[derive(Clone, Debug)]
pub struct SpaceShelf {
    store: Store,
    space: SpaceId,
}

impl Store {
    /// The shelf of a space. One that is not stored is an empty shelf.
    #[must_use]
    pub fn shelf(&self, space: SpaceId) -> SpaceShelf {
        SpaceShelf {
            store: self.clone(),
            space,
        }
    }

    /// Every entry of a space with its payload, each after the one before it in its chain, the
    /// membership lane first: what a carry file holds. Entries are read one by one; `each` ends it
    /// by giving `false`.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn carry(
        &self,
        space: SpaceId,
        mut each: impl FnMut(Signed, Option<Vec<u8>>) -> bool,
    ) -> Result<(), ReadError> {
        self.read(|connection| {
            // In the order of an index: nothing is sorted, so nothing is gathered.
            let sql = format!(
                "SELECT {SIGNED}, e.no FROM lanes l CROSS JOIN entries e ON e.lane = l.no \
                 JOIN devices d ON d.no = e.device WHERE l.space = ?1 \
                 ORDER BY l.id, e.device, e.seq, e.no"
            );
            let mut entries = connection.prepare_cached(&sql)?;
            let Some(space_no) = space_no(connection, space)? else {
                return Ok(());
            };
            let mut rows = entries.query([space_no])?;
            while let Some(row) = rows.next()? {
                let (signed, _) = rows::signed(space, row)?;
                let payload = rows::payload(connection, row.get(13)?)?;
                if !each(signed, payload) {
                    break;
                }
            }
            Ok(())
        })
        .map_err(ReadError::from)
    }
}

impl SpaceShelf {
    fn read<T>(
        &self,
        read: impl FnOnce(&Reading<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, ShelfError>
    where
        T: Default,
    {
        let found = self
            .store
            .read(|connection| match Reading::of(connection, self.space)? {
                Some(reading) => read(&reading),
                None => Ok(T::default()),
            });
        found.map_err(failed)
    }
}

fn failed(error: rusqlite::Error) -> ShelfError {
    if is_damage(&error) {
        ShelfError::Damaged(Box::new(error))
    } else {
        ShelfError::Failed(Box::new(error))
    }
}

/// Whether an error is about the rows that were read, and tells nothing of the others.
fn is_damage(error: &rusqlite::Error) -> bool {
    let unreadable = [
        ffi::SQLITE_IOERR_READ,
        ffi::SQLITE_IOERR_SHORT_READ,
        ffi::SQLITE_IOERR_DATA,
        ffi::SQLITE_IOERR_CORRUPTFS,
    ];
    match error {
        rusqlite::Error::SqliteFailure(error, _) => {
            error.code == ErrorCode::DatabaseCorrupt || unreadable.contains(&error.extended_code)
        }
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => true,
        _ => false,
    }
}

impl Shelf for SpaceShelf {
    fn entries(&self, each: &mut dyn FnMut(Signed, State)) -> Result<(), ShelfError> {
        self.read(|reading| reading.each_entry(each))
    }

    fn signed(&self, entry: EntryHash) -> Result<Option<Signed>, ShelfError> {
        self.read(|reading| reading.find_signed(entry))
    }

    fn payload(&self, entry: EntryHash) -> Result<Option<Vec<u8>>, ShelfError> {
        self.read(|reading| reading.find_payload(entry))
    }

    fn document(&self, lane: LaneId) -> Result<SavedDocument, ShelfError> {
        self.read(|reading| reading.find_document(lane))
    }

    fn draft_changes(&self, lane: LaneId) -> Result<Vec<(u32, Vec<u8>)>, ShelfError> {
        self.read(|reading| reading.list_draft_changes(lane))
    }

    fn draft_records(&self, lane: LaneId) -> Result<Vec<Vec<u8>>, ShelfError> {
        self.read(|reading| reading.list_draft_records(lane))
    }

    fn unsealed_lanes(&self) -> Result<Vec<LaneId>, ShelfError> {
        self.read(|reading: &Reading<'_>| reading.list_unsealed_lanes())
    }

    fn last_session(&self, lane: LaneId) -> Result<Option<u32>, ShelfError> {
        self.read(|reading| reading.find_last_session(lane))
    }

    fn peer(&self, transport: TransportId) -> Result<Option<KnownPeer>, ShelfError> {
        self.read(|reading| reading.find_peer(transport))
    }

    fn given(&self) -> Result<u64, ShelfError> {
        self.read(|reading: &Reading<'_>| reading.find_given())
    }

    fn blob(&self, blob: Blob) -> Result<Option<HeldBlob>, ShelfError> {
        self.read(|reading| reading.find_blob(blob))
    }

    fn blob_bytes(&self, blob: Blob, at: u32, most: u32) -> Result<Vec<u8>, ShelfError> {
        self.read(|reading| reading.read_blob(blob, at, most))
    }

    fn missing_blobs(&self) -> Result<Vec<MissingBlob>, ShelfError> {
        self.read(|reading: &Reading<'_>| reading.list_missing_blobs())
    }

    fn blobs_of_others(&self, each: &mut dyn FnMut(WholeBlob) -> bool) -> Result<(), ShelfError> {
        self.read(|reading| reading.each_blob_of_others(each))
    }
}

/// One space seen through one connection: also the shelf inside of a transaction.
pub(crate) struct Reading<'c> {
    pub(crate) connection: &'c Connection,
    pub(crate) space: SpaceId,
    pub(crate) no: i64,
}

impl<'c> Reading<'c> {
    /// `None` when nothing of the space is stored.
    pub(crate) fn of(connection: &'c Connection, space: SpaceId) -> rusqlite::Result<Option<Self>> {
        Ok(space_no(connection, space)?.map(|no| Self {
            connection,
            space,
            no,
        }))
    }

    fn each_entry(&self, each: &mut dyn FnMut(Signed, State)) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT {SIGNED} FROM entries e JOIN lanes l ON l.no = e.lane \
             JOIN devices d ON d.no = e.device WHERE e.no IN \
             (SELECT i.no FROM lanes j JOIN entries i ON i.lane = j.no WHERE j.space = ?1) \
             ORDER BY e.no"
        );
        let mut list = self.connection.prepare_cached(&sql)?;
        let mut rows = list.query([self.no])?;
        while let Some(row) = rows.next()? {
            let (signed, state) = rows::signed(self.space, row)?;
            each(signed, state);
        }
        Ok(())
    }

    fn find_signed(&self, entry: EntryHash) -> rusqlite::Result<Option<Signed>> {
        let sql = format!(
            "SELECT {SIGNED} FROM entries e JOIN lanes l ON l.no = e.lane \
             JOIN devices d ON d.no = e.device WHERE l.space = ?1 AND e.hash = ?2"
        );
        let mut find = self.connection.prepare_cached(&sql)?;
        let read = |row: &Row<'_>| rows::signed(self.space, row);
        let found = find
            .query_row((self.no, entry.as_bytes()), read)
            .optional()?;
        Ok(found.map(|(signed, _)| signed))
    }

    fn find_payload(&self, entry: EntryHash) -> rusqlite::Result<Option<Vec<u8>>> {
        let mut find = self.connection.prepare_cached(
            "SELECT e.no FROM entries e JOIN lanes l ON l.no = e.lane \
             WHERE l.space = ?1 AND e.hash = ?2",
        )?;
        match find
            .query_row((self.no, entry.as_bytes()), |row| row.get(0))
            .optional()?
        {
            Some(no) => rows::payload(self.connection, no),
            None => Ok(None),
        }
    }

    fn find_document(&self, lane: LaneId) -> rusqlite::Result<SavedDocument> {
        let Some(lane) = self.lane(lane)? else {
            return Ok(SavedDocument::default());
        };
        let mut find = self
            .connection
            .prepare_cached("SELECT save FROM documents WHERE lane = ?1")?;
        let save = find.query_row([lane], |row| row.get(0)).optional()?;
        let mut list = self.connection.prepare_cached(
            "SELECT hash FROM entries INDEXED BY entries_after_save \
             WHERE lane = ?1 AND kind = 2 AND saved = 0 AND state <= 1 ORDER BY no",
        )?;
        let later = list.query_map([lane], |row| row.get(0).map(EntryHash::from_bytes))?;
        Ok(SavedDocument {
            save,
            later: later.collect::<Result<_, _>>()?,
        })
    }

    fn list_draft_changes(&self, lane: LaneId) -> rusqlite::Result<Vec<(u32, Vec<u8>)>> {
        let mut list = self.connection.prepare_cached(
            "SELECT c.session, c.change FROM draft_changes c JOIN lanes l ON l.no = c.lane \
             WHERE l.space = ?1 AND l.id = ?2 ORDER BY c.no",
        )?;
        let rows = list.query_map((self.no, lane.as_bytes()), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.collect()
    }

    fn list_draft_records(&self, lane: LaneId) -> rusqlite::Result<Vec<Vec<u8>>> {
        let mut list = self.connection.prepare_cached(
            "SELECT r.record FROM draft_records r JOIN lanes l ON l.no = r.lane \
             WHERE l.space = ?1 AND l.id = ?2 ORDER BY r.no",
        )?;
        let rows = list.query_map((self.no, lane.as_bytes()), |row| row.get(0))?;
        rows.collect()
    }

    fn list_unsealed_lanes(&self) -> rusqlite::Result<Vec<LaneId>> {
        let mut list = self.connection.prepare_cached(
            "SELECT id FROM lanes WHERE space = ?1 AND (no IN (SELECT lane FROM draft_changes) \
             OR no IN (SELECT lane FROM draft_records)) ORDER BY id",
        )?;
        let rows = list.query_map([self.no], |row| row.get(0).map(LaneId::from_bytes))?;
        rows.collect()
    }

    fn find_peer(&self, transport: TransportId) -> rusqlite::Result<Option<KnownPeer>> {
        let mut find = self.connection.prepare_cached(
            "SELECT d.id, p.upto, p.arrival_check, p.held FROM peers p \
             JOIN devices d ON d.no = p.device WHERE p.space = ?1 AND p.transport = ?2",
        )?;
        find.query_row((self.no, transport.as_bytes()), |row| {
            Ok(KnownPeer {
                device: DeviceId::from_bytes(row.get(0)?),
                cursor: rows::cursor(row, 1)?,
            })
        })
        .optional()
    }

    fn find_given(&self) -> rusqlite::Result<u64> {
        let mut find = self
            .connection
            .prepare_cached("SELECT max(held) FROM peers WHERE space = ?1")?;
        let held: Option<i64> = find.query_row([self.no], |row| row.get(0))?;
        Ok(held.map_or(0, rows::number))
    }

    fn find_last_session(&self, lane: LaneId) -> rusqlite::Result<Option<u32>> {
        let mut find = self.connection.prepare_cached(
            "SELECT s.number FROM sessions s JOIN lanes l ON l.no = s.lane \
             WHERE l.space = ?1 AND l.id = ?2",
        )?;
        find.query_row((self.no, lane.as_bytes()), |row| row.get(0))
            .optional()
    }

    /// The local number of a lane; `None` when nothing of it is stored.
    pub(crate) fn lane(&self, lane: LaneId) -> rusqlite::Result<Option<i64>> {
        let mut find = self
            .connection
            .prepare_cached("SELECT no FROM lanes WHERE space = ?1 AND id = ?2")?;
        find.query_row((self.no, lane.as_bytes()), |row| row.get(0))
            .optional()
    }
}

impl Shelf for Reading<'_> {
    fn entries(&self, each: &mut dyn FnMut(Signed, State)) -> Result<(), ShelfError> {
        self.each_entry(each).map_err(failed)
    }

    fn signed(&self, entry: EntryHash) -> Result<Option<Signed>, ShelfError> {
        self.find_signed(entry).map_err(failed)
    }

    fn payload(&self, entry: EntryHash) -> Result<Option<Vec<u8>>, ShelfError> {
        self.find_payload(entry).map_err(failed)
    }

    fn document(&self, lane: LaneId) -> Result<SavedDocument, ShelfError> {
        self.find_document(lane).map_err(failed)
    }

    fn draft_changes(&self, lane: LaneId) -> Result<Vec<(u32, Vec<u8>)>, ShelfError> {
        self.list_draft_changes(lane).map_err(failed)
    }

    fn draft_records(&self, lane: LaneId) -> Result<Vec<Vec<u8>>, ShelfError> {
        self.list_draft_records(lane).map_err(failed)
    }

    fn unsealed_lanes(&self) -> Result<Vec<LaneId>, ShelfError> {
        self.list_unsealed_lanes().map_err(failed)
    }

    fn last_session(&self, lane: LaneId) -> Result<Option<u32>, ShelfError> {
        self.find_last_session(lane).map_err(failed)
    }

    fn peer(&self, transport: TransportId) -> Result<Option<KnownPeer>, ShelfError> {
        self.find_peer(transport).map_err(failed)
    }

    fn given(&self) -> Result<u64, ShelfError> {
        self.find_given().map_err(failed)
    }

    fn blob(&self, blob: Blob) -> Result<Option<HeldBlob>, ShelfError> {
        self.find_blob(blob).map_err(failed)
    }

    fn blob_bytes(&self, blob: Blob, at: u32, most: u32) -> Result<Vec<u8>, ShelfError> {
        self.read_blob(blob, at, most).map_err(failed)
    }

    fn missing_blobs(&self) -> Result<Vec<MissingBlob>, ShelfError> {
        self.list_missing_blobs().map_err(failed)
    }

    fn blobs_of_others(&self, each: &mut dyn FnMut(WholeBlob) -> bool) -> Result<(), ShelfError> {
        self.each_blob_of_others(each).map_err(failed)
    }
}
