//! Pages of answers as lists show them, filtered in SQL.
//! Not here: counting, and one voice alone (`consultations`).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use majlis_core::consultation::count::Status;
use majlis_core::fold_text;
use majlis_core::id::{DeviceId, LaneId, SlotId, SpaceId};
use rusqlite::ToSql;

use crate::consultations::{VersionRow, versions};
use crate::payloads::Payloads;
use crate::project::{VERSION, VERSIONS};
use crate::search;
use crate::store::{ReadError, Store};

/// Which versions, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionQuery {
    /// Only those made on this device; unsealed work is this device's.
    pub by: Option<DeviceId>,
    /// With `by`: whether unsealed work belongs to that device.
    pub unsealed: bool,
    /// Only those that an officer entered.
    pub assisted: bool,
    /// Only those with this status.
    pub status: Option<Status>,
    /// Only those of these voices.
    pub slots: Slots,
    /// Only those with these words in a free text or in an officer's note.
    pub text: String,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// Which voices are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Slots {
    /// All.
    #[default]
    All,
    /// These.
    Among(BTreeSet<SlotId>),
    /// All but these.
    Outside(BTreeSet<SlotId>),
}

/// A page of versions, newest first by their authors' clocks, unsealed work before all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionPage {
    /// The page.
    pub versions: Vec<VersionRow>,
    /// How many there are on all pages.
    pub total: u32,
}

impl Store {
    /// A page of versions. Withdrawals are not among them, unless their status is asked for.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn versions(
        &self,
        space: SpaceId,
        lane: LaneId,
        query: &VersionQuery,
    ) -> Result<VersionPage, ReadError> {
        let terms = fold_text::terms(&query.text);
        let found = (!terms.is_empty()).then(|| search::query(&terms));
        self.on_lane(space, lane, |read, no| {
            let by = query.by.map(|device| *device.as_bytes());
            let status = query.status.map(Status::code);
            let mut filter = String::from(
                "WHERE v.lane = ?1 AND (?2 IS NULL OR d.id = ?2 OR (?3 AND v.draft IS NOT NULL)) \
                 AND v.assisted >= ?4 AND (v.status = ?5 OR (?5 IS NULL AND v.withdraws = 0))",
            );
            let (named, outside) = match &query.slots {
                Slots::All => (None, false),
                Slots::Among(slots) => (Some(json(slots)), false),
                Slots::Outside(slots) => (Some(json(slots)), true),
            };
            let mut values: Vec<&dyn ToSql> =
                vec![&no, &by, &query.unsealed, &query.assisted, &status];
            if let Some(named) = &named {
                filter.push_str(if outside {
                    " AND v.slot NOT IN "
                } else {
                    " AND v.slot IN "
                });
                filter.push_str("(SELECT unhex(value) FROM json_each(?6))");
                values.push(named);
            }
            if let Some(found) = &found {
                values.push(found);
                let at = values.len();
                let _ = write!(
                    filter,
                    " AND v.no IN (SELECT rowid FROM search WHERE search MATCH ?{at})"
                );
            }
            let mut count = read.prepare_cached(&format!("SELECT count(*) {VERSIONS} {filter}"))?;
            let total = count.query_row(values.as_slice(), |row| row.get(0))?;
            let (limit, offset) = (query.limit, query.offset);
            let sql = format!(
                "SELECT {VERSION} {VERSIONS} {filter} \
                 ORDER BY v.claimed DESC, v.draft DESC, v.place DESC, v.slot, v.no \
                 LIMIT {limit} OFFSET {offset}"
            );
            let mut list = read.prepare(&sql)?;
            let rows = list.query(values.as_slice())?;
            Ok(VersionPage {
                versions: versions(rows, &mut Payloads::of(read))?,
                total,
            })
        })
    }

    /// The voices that count.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn counted_slots(
        &self,
        space: SpaceId,
        lane: LaneId,
    ) -> Result<BTreeSet<SlotId>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let mut list =
                read.prepare_cached("SELECT slot FROM versions WHERE lane = ?1 AND status = ?2")?;
            let slots = list.query_map((no, Status::Counted.code()), |row| {
                Ok(SlotId::from_bytes(row.get(0)?))
            })?;
            slots.collect()
        })
    }
}

/// Slots as SQL reads a list.
fn json(slots: &BTreeSet<SlotId>) -> String {
    let mut list = String::from("[");
    for slot in slots {
        if list.len() > 1 {
            list.push(',');
        }
        list.push('"');
        for byte in slot.as_bytes() {
            let _ = write!(list, "{byte:02X}");
        }
        list.push('"');
    }
    list.push(']');
    list
}
