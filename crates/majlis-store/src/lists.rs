//! What lists of spaces, documents, members and entries set aside show.

use majlis_core::admission::State;
use majlis_core::effect::{MemberRow, Out};
use majlis_core::entry::Kind;
use majlis_core::id::{DeviceId, EntryHash, LaneClass, LaneId, SpaceId};
use majlis_core::time::Timestamp;
use rusqlite::Row;

use crate::rows::{self, damaged};
use crate::search;
use crate::store::{ReadError, Store, WriteError, space_no};

/// A lane with a document, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineRow {
    /// The lane.
    pub lane: LaneId,
    /// The title of its document.
    pub title: String,
    /// The latest time that any applied change claims; zero when none is sealed.
    pub changed: Timestamp,
    /// How many devices wrote in it; one that only has unsealed work is not among them.
    pub writers: u32,
    /// Whether this device has work on it that no entry carries yet.
    pub unsealed: bool,
}

/// What a device signed on a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenRow {
    /// The lane.
    pub lane: LaneId,
    /// Entries, whether they count or not.
    pub entries: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
}

/// An entry that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsideRow {
    /// The entry.
    pub entry: EntryHash,
    /// Its lane.
    pub lane: LaneId,
    /// Its author.
    pub device: DeviceId,
    /// What it is.
    pub kind: Kind,
    /// When its author's clock said it was.
    pub claimed: Timestamp,
    /// Where it stands, with the reason.
    pub state: State,
}

/// How many entries of a space there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// All.
    pub entries: u64,
    /// That count.
    pub admitted: u64,
    /// Set aside; someone may adopt them.
    pub quarantined: u64,
    /// Waiting, set aside, refused or unknown.
    pub not_counting: u64,
    /// Pieces of own work that no entry carries yet.
    pub unsealed: u64,
}

impl Store {
    /// Every space of which something is stored, in the order in which they came.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn spaces(&self) -> Result<Vec<SpaceId>, ReadError> {
        Ok(self.read(|read| {
            let mut list = read.prepare_cached("SELECT id FROM spaces ORDER BY no")?;
            let rows = list.query_map([], |row| row.get(0).map(SpaceId::from_bytes))?;
            rows.collect()
        })?)
    }

    /// Removes a space from this device, its settings included. Copies elsewhere stay.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn forget(&self, space: SpaceId) -> Result<(), WriteError> {
        self.write(|write| {
            if let Some(no) = space_no(write, space)? {
                search::forget_space(write, no)?;
                write.execute("DELETE FROM spaces WHERE no = ?1", [no])?;
            }
            write.execute("DELETE FROM settings WHERE space = ?1", [space.as_bytes()])?;
            Ok(())
        })
    }

    /// What a device signed in a space, lane by lane.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn written_by(
        &self,
        space: SpaceId,
        device: DeviceId,
    ) -> Result<Vec<WrittenRow>, ReadError> {
        Ok(self.read(|read| {
            let mut list = read.prepare_cached(
                "SELECT l.id, count(*), sum(e.payload_len) \
                 FROM spaces s JOIN lanes l ON l.space = s.no JOIN entries e ON e.lane = l.no \
                 JOIN devices d ON d.no = e.device WHERE s.id = ?1 AND d.id = ?2 \
                 GROUP BY l.no ORDER BY l.id",
            )?;
            let rows = list.query_map((space.as_bytes(), device.as_bytes()), |row| {
                Ok(WrittenRow {
                    lane: LaneId::from_bytes(row.get(0)?),
                    entries: rows::number(row.get(1)?),
                    bytes: rows::number(row.get(2)?),
                })
            })?;
            rows.collect()
        })?)
    }

    /// How many entries that a device signed in a space are here.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn signed_by(&self, space: SpaceId, device: DeviceId) -> Result<u64, ReadError> {
        Ok(self.read(|read| {
            let mut count = read.prepare_cached(
                "SELECT count(*) FROM spaces s JOIN lanes l ON l.space = s.no \
                 JOIN devices d ON d.id = ?2 \
                 JOIN entries e ON e.lane = l.no AND e.device = d.no WHERE s.id = ?1",
            )?;
            count.query_row((space.as_bytes(), device.as_bytes()), |row| {
                row.get(0).map(rows::number)
            })
        })?)
    }

    /// Lanes of one class that have a document, last changed first.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn outlines(&self, space: SpaceId, class: LaneClass) -> Result<Vec<OutlineRow>, ReadError> {
        let rows: Vec<OutlineRow> = self.read(|read| {
            let mut list = read.prepare_cached(
                "SELECT l.id, o.title, \
                   (SELECT max(e.claimed) FROM entries e \
                    WHERE e.lane = l.no AND e.kind = 2 AND e.state <= 1), \
                   (SELECT count(DISTINCT e.device) FROM entries e \
                    WHERE e.lane = l.no AND e.kind = 2 AND e.state <= 1), \
                   EXISTS (SELECT 1 FROM draft_changes c WHERE c.lane = l.no) \
                 FROM spaces s JOIN lanes l ON l.space = s.no JOIN outlines o ON o.lane = l.no \
                 WHERE s.id = ?1 ORDER BY 5 DESC, 3 DESC, l.id",
            )?;
            let rows = list.query_map([space.as_bytes()], |row| {
                Ok(OutlineRow {
                    lane: LaneId::from_bytes(row.get(0)?),
                    title: row.get(1)?,
                    changed: Timestamp(rows::number(row.get::<_, Option<_>>(2)?.unwrap_or(0))),
                    writers: row.get(3)?,
                    unsealed: row.get(4)?,
                })
            })?;
            rows.collect()
        })?;
        Ok(rows
            .into_iter()
            .filter(|row| row.lane.class() == class)
            .collect())
    }

    /// Every device that ever was in a space, by device.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn members(&self, space: SpaceId) -> Result<Vec<MemberRow>, ReadError> {
        Ok(self.read(|read| {
            let sql = format!("SELECT {MEMBER} {MEMBERS} WHERE s.id = ?1 ORDER BY d.id");
            let mut list = read.prepare_cached(&sql)?;
            let rows = list.query_map([space.as_bytes()], member)?;
            rows.collect()
        })?)
    }

    /// How many answers the entries of a lane hold that come at or after these positions of their
    /// devices' chains.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn answers_from(
        &self,
        space: SpaceId,
        lane: LaneId,
        from: &[(DeviceId, u64)],
    ) -> Result<u64, ReadError> {
        Ok(self.read(|read| {
            let mut count = read.prepare_cached(
                "SELECT count(*) FROM spaces s JOIN lanes l ON l.space = s.no \
                 JOIN entries e ON e.lane = l.no JOIN devices d ON d.no = e.device \
                 JOIN versions v ON v.entry = e.no \
                 WHERE s.id = ?1 AND l.id = ?2 AND d.id = ?3 AND e.seq >= ?4",
            )?;
            let mut all = 0_u64;
            for (device, seq) in from {
                let found: i64 = count.query_row(
                    (
                        space.as_bytes(),
                        lane.as_bytes(),
                        device.as_bytes(),
                        rows::stored(*seq),
                    ),
                    |row| row.get(0),
                )?;
                all = all.saturating_add(rows::number(found));
            }
            Ok(all)
        })?)
    }

    /// Entries that do not count, newest claims first.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn set_aside(
        &self,
        space: SpaceId,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<AsideRow>, ReadError> {
        Ok(self.read(|read| {
            let mut list = read.prepare_cached(
                "SELECT e.hash, l.id, d.id, e.kind, e.claimed, e.state, e.reason FROM spaces s \
                 JOIN lanes l ON l.space = s.no JOIN entries e ON e.lane = l.no AND e.state > 1 \
                 JOIN devices d ON d.no = e.device \
                 WHERE s.id = ?1 ORDER BY e.claimed DESC, e.hash LIMIT ?2 OFFSET ?3",
            )?;
            let rows = list.query_map((space.as_bytes(), limit, offset), |row| {
                Ok(AsideRow {
                    entry: EntryHash::from_bytes(row.get(0)?),
                    lane: LaneId::from_bytes(row.get(1)?),
                    device: DeviceId::from_bytes(row.get(2)?),
                    kind: Kind::from_byte(row.get(3)?),
                    claimed: Timestamp(rows::number(row.get(4)?)),
                    state: rows::state((row.get(5)?, row.get(6)?)).ok_or_else(|| damaged(5))?,
                })
            })?;
            rows.collect()
        })?)
    }

    /// Entries and bytes of payloads of a space, per author.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn amounts(&self, space: SpaceId) -> Result<Vec<(DeviceId, u64, u64)>, ReadError> {
        Ok(self.read(|read| {
            let mut list = read.prepare_cached(
                "SELECT d.id, count(*), sum(e.payload_len) FROM spaces s \
                 JOIN lanes l ON l.space = s.no JOIN entries e ON e.lane = l.no \
                 JOIN devices d ON d.no = e.device WHERE s.id = ?1 GROUP BY d.no",
            )?;
            let rows = list.query_map([space.as_bytes()], |row| {
                let device = DeviceId::from_bytes(row.get(0)?);
                Ok((device, rows::number(row.get(1)?), rows::number(row.get(2)?)))
            })?;
            rows.collect()
        })?)
    }

    /// How many entries of a space there are.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn figures(&self, space: SpaceId) -> Result<Figures, ReadError> {
        Ok(self.read(|read| {
            let mut find = read.prepare_cached(
                "SELECT count(*), count(*) FILTER (WHERE e.state = 0), \
                   count(*) FILTER (WHERE e.state = 3), count(*) FILTER (WHERE e.state > 1), \
                   (SELECT count(*) FROM draft_changes c JOIN lanes l ON l.no = c.lane \
                    JOIN spaces s ON s.no = l.space WHERE s.id = ?1) + \
                   (SELECT count(*) FROM draft_records r JOIN lanes l ON l.no = r.lane \
                    JOIN spaces s ON s.no = l.space WHERE s.id = ?1) \
                 FROM spaces s JOIN lanes l ON l.space = s.no JOIN entries e ON e.lane = l.no \
                 WHERE s.id = ?1",
            )?;
            find.query_row([space.as_bytes()], |row| {
                Ok(Figures {
                    entries: rows::number(row.get(0)?),
                    admitted: rows::number(row.get(1)?),
                    quarantined: rows::number(row.get(2)?),
                    not_counting: rows::number(row.get(3)?),
                    unsealed: rows::number(row.get(4)?),
                })
            })
        })?)
    }
}

/// The columns that [`member`] reads.
pub(crate) const MEMBER: &str = "d.id, m.person, m.name, m.rank, m.invited_by, m.joined, m.out, \
     m.removal, m.reason";
/// Where the columns of [`MEMBER`] come from.
pub(crate) const MEMBERS: &str = "FROM spaces s JOIN members m ON m.space = s.no \
     JOIN devices d ON d.no = m.device";

/// Reads the columns of [`MEMBER`].
pub(crate) fn member(row: &Row<'_>) -> rusqlite::Result<MemberRow> {
    let rank = match row.get::<_, Option<u8>>(3)? {
        Some(rank) => Some(rows::rank(rank).ok_or_else(|| damaged(3))?),
        None => None,
    };
    let out = match row.get::<_, u8>(6)? {
        0 => None,
        1 => Some(Out::Left),
        2 => Some(Out::Removed(
            EntryHash::from_bytes(row.get(7)?),
            row.get(8)?,
        )),
        3 => Some(Out::NotCounted),
        _ => return Err(damaged(6)),
    };
    Ok(MemberRow {
        device: DeviceId::from_bytes(row.get(0)?),
        person: rows::person(row, 1)?,
        name: row.get(2)?,
        rank,
        invited_by: row.get::<_, Option<_>>(4)?.map(DeviceId::from_bytes),
        joined: EntryHash::from_bytes(row.get(5)?),
        out,
    })
}
