//! One step of a space, written in one transaction: what is true first, then what follows from it.

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::admission::State;
use majlis_core::effect::{MemberRow, Out, PeerRow, Write};
use majlis_core::entry::{Kind, Signed};
use majlis_core::id::{DeviceId, EntryHash, LaneId, SpaceId, TransportId};
use rusqlite::{Connection, OptionalExtension as _};

use crate::rows::{self, stored};
use crate::search;
use crate::store::{Store, is_full, space_no};

/// Why a step was not stored. Nothing of it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersistError {
    /// The disk is full.
    #[error("storing a step on a full disk")]
    DiskFull(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// The writes contradict what is stored: an entry of another space, or one seen before, or a
    /// new state for one never seen. The space in memory is not the one on disk: open it again.
    #[error("storing a step that contradicts what is stored")]
    Contradiction,
    /// The store failed.
    #[error("storing a step")]
    Failed(#[source] Box<dyn core::error::Error + Send + Sync>),
}

impl From<rusqlite::Error> for PersistError {
    fn from(error: rusqlite::Error) -> Self {
        if is_full(&error) {
            Self::DiskFull(Box::new(error))
        } else if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) {
            Self::Contradiction
        } else {
            Self::Failed(Box::new(error))
        }
    }
}

impl Store {
    /// Stores one step: all of it or nothing. It is on disk when this returns.
    ///
    /// # Errors
    /// [`PersistError`]
    pub fn persist(&self, space: SpaceId, writes: &[Write]) -> Result<(), PersistError> {
        self.write(|transaction| {
            let mut writing = Writing::new(transaction, space)?;
            for write in writes {
                writing.one(write)?;
            }
            writing.settle()?;
            Ok(())
        })
    }
}

/// A transaction on one space, and which voices are to be counted anew at its end.
pub(crate) struct Writing<'c> {
    pub(crate) connection: &'c Connection,
    pub(crate) space: SpaceId,
    pub(crate) no: i64,
    lanes: BTreeMap<LaneId, i64>,
    devices: BTreeMap<DeviceId, i64>,
    /// Voices with a new or gone version.
    pub(crate) voices: BTreeSet<(i64, [u8; 16])>,
    /// Lanes with a new or gone opening or closing: every voice.
    pub(crate) terms: BTreeSet<i64>,
    /// The first version that this transaction made.
    pub(crate) made: Option<i64>,
    /// Lanes that have to be counted from nothing.
    pub(crate) turned: BTreeSet<i64>,
}

impl<'c> Writing<'c> {
    pub(crate) fn new(connection: &'c Connection, space: SpaceId) -> rusqlite::Result<Self> {
        let no = match space_no(connection, space)? {
            Some(no) => no,
            None => {
                connection.execute("INSERT INTO spaces (id) VALUES (?1)", [space.as_bytes()])?;
                connection.last_insert_rowid()
            }
        };
        Ok(Self {
            connection,
            space,
            no,
            lanes: BTreeMap::new(),
            devices: BTreeMap::new(),
            voices: BTreeSet::new(),
            terms: BTreeSet::new(),
            made: None,
            turned: BTreeSet::new(),
        })
    }

    fn one(&mut self, write: &Write) -> Result<(), PersistError> {
        match write {
            Write::Entry {
                signed,
                payload,
                state,
            } => self.entry(signed, payload, *state)?,
            Write::State(entry, state) => self.state(*entry, *state)?,
            Write::Document { lane, save } => self.document(*lane, save)?,
            Write::Outline { lane, title, text } => {
                let lane = self.lane(*lane)?;
                self.outline(lane, title, text.as_deref())?;
            }
            Write::DraftChange {
                lane,
                session,
                change,
            } => {
                let sql = "INSERT INTO draft_changes (lane, session, change) VALUES (?1, ?2, ?3)";
                let lane = self.lane(*lane)?;
                self.connection
                    .prepare_cached(sql)?
                    .execute((lane, session, change))?;
            }
            Write::DraftRecord {
                lane,
                device,
                record,
            } => {
                let (lane, device) = (self.lane(*lane)?, self.device(*device)?);
                let sql = "INSERT INTO draft_records (lane, device, record) VALUES (?1, ?2, ?3)";
                self.connection
                    .prepare_cached(sql)?
                    .execute((lane, device, record))?;
                let draft = self.connection.last_insert_rowid();
                self.project_draft(lane, device, draft, record)?;
            }
            Write::Sealed {
                lane,
                changes,
                records,
            } => self.sealed(*lane, *changes, *records)?,
            Write::Session { lane, number } => {
                let lane = self.lane(*lane)?;
                let sql = "INSERT INTO sessions (lane, number) VALUES (?1, ?2) \
                     ON CONFLICT DO UPDATE SET number = max(number, excluded.number)";
                self.connection
                    .prepare_cached(sql)?
                    .execute((lane, number))?;
            }
            Write::Member(row) => self.member(row)?,
            Write::Peer(row) => self.peer(row)?,
            Write::Pieces { blob, pieces, kept } => self.pieces(*blob, pieces, *kept)?,
            Write::BlobPart { blob, at, bytes } => self.blob_part(*blob, *at, bytes)?,
            Write::LetGo(blob) => self.let_go(*blob)?,
            Write::Copy { blob, device } => self.copy(*blob, *device)?,
        }
        Ok(())
    }

    /// The local number of a lane, given when it has none.
    pub(crate) fn lane(&mut self, lane: LaneId) -> rusqlite::Result<i64> {
        if let Some(no) = self.lanes.get(&lane) {
            return Ok(*no);
        }
        let sql = "INSERT OR IGNORE INTO lanes (space, id) VALUES (?1, ?2)";
        let new = self
            .connection
            .prepare_cached(sql)?
            .execute((self.no, lane.as_bytes()))?;
        let mut find = self
            .connection
            .prepare_cached("SELECT no FROM lanes WHERE space = ?1 AND id = ?2")?;
        let no = find.query_row((self.no, lane.as_bytes()), |row| row.get(0))?;
        if new > 0 {
            // A lane that was forgotten may have had its number.
            self.turn(no);
        }
        self.lanes.insert(lane, no);
        Ok(no)
    }

    pub(crate) fn device(&mut self, device: DeviceId) -> rusqlite::Result<i64> {
        if let Some(no) = self.devices.get(&device) {
            return Ok(*no);
        }
        let sql = "INSERT OR IGNORE INTO devices (id) VALUES (?1)";
        self.connection
            .prepare_cached(sql)?
            .execute([device.as_bytes()])?;
        let mut find = self
            .connection
            .prepare_cached("SELECT no FROM devices WHERE id = ?1")?;
        let no = find.query_row([device.as_bytes()], |row| row.get(0))?;
        self.devices.insert(device, no);
        Ok(no)
    }

    fn entry(&mut self, signed: &Signed, payload: &[u8], state: State) -> Result<(), PersistError> {
        let header = signed.unchecked();
        if header.space != self.space {
            return Err(PersistError::Contradiction);
        }
        let (lane, device) = (self.lane(header.lane)?, self.device(header.device)?);
        let (state_no, reason) = rows::state_columns(state);
        let sql = "INSERT INTO entries (lane, device, seq, hash, prev, warrant, version, kind, \
             claimed, payload_hash, payload_len, signature, state, reason) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        self.connection.prepare_cached(sql)?.execute((
            lane,
            device,
            stored(header.seq),
            header.hash().as_bytes(),
            header.prev.as_bytes(),
            header.warrant.as_bytes(),
            header.version,
            header.kind.to_byte(),
            stored(header.claimed.0),
            header.payload.as_bytes(),
            header.payload_len,
            signed.signature().as_bytes(),
            state_no,
            reason,
        ))?;
        let no = self.connection.last_insert_rowid();
        let (packed, body) = rows::pack(payload);
        let sql = "INSERT INTO payloads (entry, packed, body) VALUES (?1, ?2, ?3)";
        self.connection
            .prepare_cached(sql)?
            .execute((no, packed, body))?;
        if state.counts() && header.kind == Kind::Records {
            self.project_entry(no, (lane, device), header.claimed, payload)?;
        }
        Ok(())
    }

    fn state(&mut self, entry: EntryHash, state: State) -> Result<(), PersistError> {
        let mut find = self.connection.prepare_cached(
            "SELECT e.no, e.lane, e.kind, e.state, e.saved, e.claimed, e.device FROM entries e \
             JOIN lanes l ON l.no = e.lane WHERE e.hash = ?1 AND l.space = ?2",
        )?;
        let found: Option<(i64, i64, u8, u8, bool, i64, i64)> = find
            .query_row((entry.as_bytes(), self.no), |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                    row.get(5)?,
                    row.get(6)?,
                ))
            })
            .optional()?;
        let (no, lane, kind, was, saved, claimed, device) =
            found.ok_or(PersistError::Contradiction)?;
        let (state_no, reason) = rows::state_columns(state);
        let sql = "UPDATE entries SET state = ?2, reason = ?3 WHERE no = ?1";
        self.connection
            .prepare_cached(sql)?
            .execute((no, state_no, reason))?;
        match Kind::from_byte(kind) {
            Kind::Records => {
                let counted = was == rows::state_columns(State::Admitted).0;
                if counted && !state.counts() {
                    self.unproject_entry(no, lane)?;
                } else if !counted && state.counts() {
                    let claimed = majlis_core::time::Timestamp(rows::number(claimed));
                    if let Some(payload) = rows::payload(self.connection, no)? {
                        self.project_entry(no, (lane, device), claimed, &payload)?;
                    }
                }
            }
            // A save that holds work no longer in the document is no save of it.
            Kind::Changes if saved && !state.applies() => self.forget_save(lane)?,
            Kind::Changes
            | Kind::Membership
            | Kind::Checkpoint
            | Kind::Receipt
            | Kind::Unknown(_) => {}
        }
        Ok(())
    }

    pub(crate) fn document(&mut self, lane: LaneId, save: &[u8]) -> rusqlite::Result<()> {
        let lane = self.lane(lane)?;
        let sql = "INSERT INTO documents (lane, save) VALUES (?1, ?2) \
             ON CONFLICT DO UPDATE SET save = excluded.save";
        self.connection.prepare_cached(sql)?.execute((lane, save))?;
        let sql = "UPDATE entries INDEXED BY entries_after_save SET saved = 1 \
             WHERE lane = ?1 AND kind = 2 AND saved = 0 AND state <= 1";
        self.connection.prepare_cached(sql)?.execute([lane])?;
        Ok(())
    }

    pub(crate) fn forget_save(&self, lane: i64) -> rusqlite::Result<()> {
        let sql = "DELETE FROM documents WHERE lane = ?1";
        self.connection.prepare_cached(sql)?.execute([lane])?;
        let sql = "UPDATE entries SET saved = 0 WHERE lane = ?1 AND saved = 1";
        self.connection.prepare_cached(sql)?.execute([lane])?;
        Ok(())
    }

    pub(crate) fn outline(
        &self,
        lane: i64,
        title: &str,
        text: Option<&str>,
    ) -> rusqlite::Result<()> {
        let sql = "INSERT INTO outlines (lane, title, body) VALUES (?1, ?2, coalesce(?3, '')) \
             ON CONFLICT DO UPDATE SET title = excluded.title, body = coalesce(?3, body)";
        self.connection
            .prepare_cached(sql)?
            .execute((lane, title, text))?;
        search::index_outline(self.connection, lane)
    }

    fn sealed(&mut self, lane: LaneId, changes: usize, records: usize) -> rusqlite::Result<()> {
        let lane = self.lane(lane)?;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        if changes > 0 {
            let sql = "DELETE FROM draft_changes WHERE no IN \
                 (SELECT no FROM draft_changes WHERE lane = ?1 ORDER BY no LIMIT ?2)";
            self.connection
                .prepare_cached(sql)?
                .execute((lane, count(changes)))?;
        }
        if records > 0 {
            let mut list = self.connection.prepare_cached(
                "SELECT no FROM draft_records WHERE lane = ?1 ORDER BY no LIMIT ?2",
            )?;
            let drafts = list.query_map((lane, count(records)), |row| row.get(0))?;
            for draft in drafts.collect::<rusqlite::Result<Vec<i64>>>()? {
                self.unproject_draft(draft, lane)?;
                let sql = "DELETE FROM draft_records WHERE no = ?1";
                self.connection.prepare_cached(sql)?.execute([draft])?;
            }
        }
        Ok(())
    }

    fn member(&mut self, row: &MemberRow) -> rusqlite::Result<()> {
        match self.list_member(row)? {
            Some(device) => self.author_changed(device),
            None => Ok(()),
        }
    }

    /// Lists a member; gives the device when another person stands behind it than before.
    pub(crate) fn list_member(&mut self, row: &MemberRow) -> rusqlite::Result<Option<i64>> {
        let device = self.device(row.device)?;
        let mut find = self
            .connection
            .prepare_cached("SELECT person FROM members WHERE space = ?1 AND device = ?2")?;
        let was = find
            .query_row((self.no, device), |found| rows::person(found, 0))
            .optional()?;
        let (out, removal, reason) = match &row.out {
            None => (0, None, None),
            Some(Out::Left) => (1, None, None),
            Some(Out::Removed(entry, reason)) => (2, Some(entry.as_bytes()), Some(reason)),
            Some(Out::NotCounted) => (3, None, None),
        };
        let sql = "INSERT OR REPLACE INTO members (space, device, person, name, rank, invited_by, \
             joined, out, removal, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.connection.prepare_cached(sql)?.execute((
            self.no,
            device,
            row.person.as_bytes(),
            &row.name,
            row.rank.map(rows::rank_column),
            row.invited_by.as_ref().map(DeviceId::as_bytes),
            row.joined.as_bytes(),
            out,
            removal,
            reason,
        ))?;
        Ok((was != Some(row.person)).then_some(device))
    }

    fn peer(&mut self, row: &PeerRow) -> rusqlite::Result<()> {
        let device = self.device(row.device)?;
        let transport = row.transport.as_ref().map(TransportId::as_bytes);
        // Who forgot the space and came back is another device under the same transport key.
        let sql = "UPDATE peers SET transport = NULL WHERE space = ?1 AND transport = ?2";
        self.connection
            .prepare_cached(sql)?
            .execute((self.no, transport))?;
        let sql = "INSERT OR REPLACE INTO peers (space, device, heard, has, lacks, missing_here, \
             transport, upto, arrival_check, held, media_there, bytes_there, media_here, bytes_here) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        self.connection.prepare_cached(sql)?.execute((
            self.no,
            device,
            stored(row.heard.0),
            stored(row.has),
            stored(row.lacks),
            stored(row.missing_here),
            transport,
            row.cursor.map(|cursor| stored(cursor.upto.count)),
            row.cursor.map(|cursor| cursor.upto.check.0),
            row.cursor.map(|cursor| stored(cursor.held)),
            stored(row.media_there.0),
            stored(row.media_there.1),
            stored(row.media_here.0),
            stored(row.media_here.1),
        ))?;
        let mut lanes = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO peer_lanes (space, device, here, lane, entries) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for (here, on) in [(false, &row.lacks_on), (true, &row.missing_on)] {
            for (lane, entries) in on {
                lanes.execute((self.no, device, here, lane.as_bytes(), stored(*entries)))?;
            }
        }
        Ok(())
    }
}
