//! Making every projection again from entries and drafts, and a digest to compare two of them by:
//! the live one with the one made again, one replica's with another's.

use majlis_core::admission::State;
use majlis_core::consultation::count::{self, Place, Status, Terms};
use majlis_core::effect::Out;
use majlis_core::entry::Kind;
use majlis_core::id::{DeviceId, LaneClass, LaneId, SlotId, SpaceId};
use majlis_core::shelf::{Shelf as _, ShelfError};
use majlis_core::space::Space;
use majlis_core::time::Timestamp;
use rusqlite::Connection;

use crate::blobs;
use crate::claims;
use crate::lists::{self, MEMBER, MEMBERS};
use crate::payloads::Payloads;
use crate::persist::Writing;
use crate::project;
use crate::rows;
use crate::search;
use crate::shelf::Reading;
use crate::store::{ReadError, Store, is_full, space_no};
use crate::terms;

/// Why projections could not be made again. They are as they were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReindexError {
    /// The disk is full.
    #[error("making projections again on a full disk")]
    DiskFull(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// The store failed.
    #[error("making projections again")]
    Failed(#[source] Box<dyn core::error::Error + Send + Sync>),
}

impl From<rusqlite::Error> for ReindexError {
    fn from(error: rusqlite::Error) -> Self {
        if is_full(&error) {
            Self::DiskFull(Box::new(error))
        } else {
            Self::Failed(Box::new(error))
        }
    }
}

impl From<ShelfError> for ReindexError {
    fn from(error: ShelfError) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl Store {
    /// Makes every projection of a space again: members, consultations, outlines, search, and the
    /// saved documents. Photos and sounds that the disk damaged are forgotten, and missing again.
    ///
    /// # Errors
    /// [`ReindexError`]
    pub fn reindex(&self, space: SpaceId) -> Result<(), ReindexError> {
        self.write(|write| rebuild(write, space))
    }

    /// Digest over everything projected from a space's entries: members, openings, closings, and
    /// the status of every version. Unsealed work is left out, so that replicas which hold the
    /// same entries have the same digest.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn projection_digest(&self, space: SpaceId) -> Result<[u8; 32], ReadError> {
        Ok(self.read(|read| digest(read, space))?)
    }

    /// The digest of the projections as they would be made again now. Changes nothing; takes as
    /// long as [`Store::reindex`], and other writers wait.
    ///
    /// # Errors
    /// [`ReindexError`]
    pub fn rebuilt_digest(&self, space: SpaceId) -> Result<[u8; 32], ReindexError> {
        self.undone(|write| {
            rebuild(write, space)?;
            Ok(digest(write, space)?)
        })
    }
}

fn rebuild(write: &Connection, space: SpaceId) -> Result<(), ReindexError> {
    let Some(reading) = Reading::of(write, space)? else {
        return Ok(());
    };
    let no = reading.no;
    search::forget_space(write, no)?;
    for table in [
        "openings",
        "closings",
        "proceedings",
        "claims",
        "versions",
        "outlines",
        "documents",
    ] {
        let sql =
            format!("DELETE FROM {table} WHERE lane IN (SELECT no FROM lanes WHERE space = ?1)");
        write.execute(&sql, [no])?;
    }
    blobs::mend(&reading)?;
    blobs::forget_uses(write, no)?;
    write.execute("DELETE FROM members WHERE space = ?1", [no])?;
    let sql = "UPDATE entries SET saved = 0 WHERE saved = 1 AND lane IN \
         (SELECT no FROM lanes WHERE space = ?1)";
    write.execute(sql, [no])?;

    let mut writing = Writing::new(write, space)?;
    let mut lanes = write.prepare("SELECT no FROM lanes WHERE space = ?1")?;
    for lane in lanes.query_map([no], |row| row.get(0))? {
        writing.turn(lane?);
    }
    drop(lanes);
    // Whose replica it is makes no difference to what is read from it here.
    let mut opened = Space::open(space, DeviceId::from_bytes([0; 32]), &reading)?;
    for row in opened.roster().members() {
        // Nothing is projected yet that could change hands.
        writing.list_member(&row)?;
    }
    records(&mut writing)?;
    writing.settle()?;
    for (lane, lane_no) in documents(write, no)? {
        let document = opened.document(lane, &reading)?;
        let (title, text, save) = (document.title(), document.plain_text(), document.save());
        writing.outline(lane_no, &title, Some(&text))?;
        // A save holds nothing unsealed.
        if reading.draft_changes(lane)?.is_empty() {
            writing.document(lane, &save)?;
        }
        opened.rest(&std::collections::BTreeSet::new());
    }
    Ok(())
}

/// Takes every record that counts, and every draft, into the projection.
fn records(writing: &mut Writing<'_>) -> rusqlite::Result<()> {
    let connection = writing.connection;
    let mut list = connection.prepare(
        "SELECT e.no, e.lane, e.claimed, e.device FROM entries e JOIN lanes l ON l.no = e.lane \
         WHERE l.space = ?1 AND e.kind = ?2 AND e.state = ?3 ORDER BY e.no",
    )?;
    let (admitted, _) = rows::state_columns(State::Admitted);
    let mut entries = list.query((writing.no, Kind::Records.to_byte(), admitted))?;
    while let Some(row) = entries.next()? {
        let entry = row.get(0)?;
        if let Some(payload) = rows::payload(connection, entry)? {
            let claimed = Timestamp(rows::number(row.get(2)?));
            let author = (row.get(1)?, row.get(3)?);
            writing.project_entry(entry, author, claimed, &payload)?;
        }
    }
    let mut list = connection.prepare(
        "SELECT r.no, r.lane, r.record, r.device FROM draft_records r JOIN lanes l ON l.no = r.lane \
         WHERE l.space = ?1 ORDER BY r.no",
    )?;
    let mut drafts = list.query([writing.no])?;
    while let Some(row) = drafts.next()? {
        let record: Vec<u8> = row.get(2)?;
        writing.project_draft(row.get(1)?, row.get(3)?, row.get(0)?, &record)?;
    }
    Ok(())
}

/// Lanes that have a document.
fn documents(read: &Connection, space: i64) -> rusqlite::Result<Vec<(LaneId, i64)>> {
    let mut list = read.prepare(
        "SELECT l.id, l.no FROM lanes l WHERE l.space = ?1 AND (\
           EXISTS (SELECT 1 FROM entries e WHERE e.lane = l.no AND e.kind = 2 AND e.state <= 1) \
           OR EXISTS (SELECT 1 FROM draft_changes c WHERE c.lane = l.no)) ORDER BY l.id",
    )?;
    let rows = list.query_map([space], |row| {
        Ok((LaneId::from_bytes(row.get(0)?), row.get(1)?))
    })?;
    rows.collect()
}

/// Hashes fields with their lengths, so that no two lists of fields look the same.
struct Canonical(blake3::Hasher);

impl Canonical {
    fn field(&mut self, bytes: &[u8]) {
        self.0
            .update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(bytes);
    }
}

fn digest(read: &Connection, space: SpaceId) -> rusqlite::Result<[u8; 32]> {
    let mut out = Canonical(blake3::Hasher::new_derive_key(
        "majlis 2026 projection digest v1",
    ));
    let Some(no) = space_no(read, space)? else {
        return Ok(*out.0.finalize().as_bytes());
    };
    members(read, space, &mut out)?;
    let mut list = read.prepare("SELECT no, id FROM lanes WHERE space = ?1 ORDER BY id")?;
    let mut lanes = list.query([no])?;
    while let Some(row) = lanes.next()? {
        let lane = LaneId::from_bytes(row.get(1)?);
        if matches!(lane.class(), LaneClass::Process | LaneClass::Requests) {
            process(read, row.get(0)?, lane, &mut out)?;
        }
    }
    Ok(*out.0.finalize().as_bytes())
}

fn members(read: &Connection, space: SpaceId, out: &mut Canonical) -> rusqlite::Result<()> {
    let mut list = read.prepare(&format!(
        "SELECT {MEMBER} {MEMBERS} WHERE s.id = ?1 ORDER BY d.id"
    ))?;
    for row in list.query_map([space.as_bytes()], lists::member)? {
        let row = row?;
        out.field(b"member");
        out.field(row.device.as_bytes());
        out.field(row.person.as_bytes());
        out.field(row.name.as_bytes());
        out.field(
            &row.rank
                .map(rows::rank_column)
                .map_or_else(Vec::new, |rank| vec![rank]),
        );
        out.field(
            row.invited_by
                .as_ref()
                .map_or(&[], |by| by.as_bytes().as_slice()),
        );
        out.field(row.joined.as_bytes());
        match &row.out {
            None => out.field(b"in"),
            Some(Out::Left) => out.field(b"left"),
            Some(Out::NotCounted) => out.field(b"not counted"),
            Some(Out::Removed(entry, reason)) => {
                out.field(entry.as_bytes());
                out.field(reason.as_bytes());
            }
        }
    }
    Ok(())
}

fn process(read: &Connection, no: i64, lane: LaneId, out: &mut Canonical) -> rusqlite::Result<()> {
    let mut facts = read.prepare_cached(
        "SELECT 'opening', e.hash, o.place, o.form, o.in_force FROM openings o \
           JOIN entries e ON e.no = o.entry WHERE o.lane = ?1 \
         UNION ALL SELECT 'closing', e.hash, c.place, c.form, 0 FROM closings c \
           JOIN entries e ON e.no = c.entry WHERE c.lane = ?1 \
         UNION ALL SELECT 'claim', e.hash, c.place, c.form, 0 FROM claims c \
           JOIN entries e ON e.no = c.entry WHERE c.lane = ?1 \
         UNION ALL SELECT 'proceeding', e.hash, p.place, p.form, 0 FROM proceedings p \
           JOIN entries e ON e.no = p.entry WHERE p.lane = ?1 ORDER BY 1, 2, 3",
    )?;
    let mut facts = facts.query([no])?;
    while let Some(row) = facts.next()? {
        out.field(row.get_ref(0)?.as_bytes().unwrap_or_default());
        out.field(lane.as_bytes());
        out.field(&row.get::<_, [u8; 32]>(1)?);
        out.field(&row.get::<_, u16>(2)?.to_be_bytes());
        out.field(&row.get::<_, [u8; 32]>(3)?);
        out.field(&[row.get(4)?]);
    }
    let mut payloads = Payloads::of(read);
    // The form and the closings are read once, however many voices there are.
    let terms = terms::of(read, no)?;
    let mut slots =
        read.prepare_cached("SELECT DISTINCT slot FROM versions WHERE lane = ?1 ORDER BY slot")?;
    let mut slots = slots.query([no])?;
    while let Some(row) = slots.next()? {
        voice(
            &mut payloads,
            (no, lane),
            SlotId::from_bytes(row.get(0)?),
            &terms,
            out,
        )?;
    }
    Ok(())
}

fn voice(
    payloads: &mut Payloads<'_>,
    (no, lane): (i64, LaneId),
    slot: SlotId,
    terms: &Terms,
    out: &mut Canonical,
) -> rusqlite::Result<()> {
    let all = project::voice(payloads, no, slot)?;
    let before = all.len();
    let mut sealed = all;
    sealed.retain(|stored| matches!(stored.version.place, Place::Sealed { .. }));
    let unsealed = sealed.len() < before;
    let versions: Vec<_> = sealed.iter().map(|stored| stored.version.clone()).collect();
    let given = claims::given(payloads, (no, slot), terms, claims::Of::Entries)?;
    let shown = claims::given(payloads, (no, slot), terms, claims::Of::All)?;
    let statuses: Vec<Status> = if unsealed || given != shown {
        let statuses = count::resolve(&versions, terms);
        if given {
            count::given_way(statuses)
        } else {
            statuses
        }
    } else {
        sealed.iter().map(|stored| stored.status).collect()
    };
    for (version, status) in versions.iter().zip(statuses) {
        if let Place::Sealed { id, .. } = version.place {
            out.field(b"version");
            out.field(lane.as_bytes());
            out.field(slot.as_bytes());
            out.field(id.entry.as_bytes());
            out.field(&id.index.to_be_bytes());
            out.field(&[status.code(), u8::from(version.said.assisted())]);
        }
    }
    Ok(())
}
