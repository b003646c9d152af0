//! The answers that count, a page at a time in order of slot: for counting and for exports.

use std::collections::BTreeMap;

use majlis_core::consultation::count::{Said, Status};
use majlis_core::id::SlotId;
use majlis_core::record::Response;
use majlis_core::time::Timestamp;
use rusqlite::Connection;

use crate::payloads::Payloads;
use crate::project;
use crate::rows::{self, damaged};

/// Answers that are counted in one go. Slots are in no order of their payloads, so each go reads
/// nearly all payloads: at a hundred thousand answers four goes, a kilobyte of memory for each answer.
/// Few where tests run, so that there is more than one go.
const TOGETHER: usize = if cfg!(debug_assertions) { 16 } else { 32_768 };

/// An answer that counts, and what became of its voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedRow {
    /// Whose voice.
    pub slot: SlotId,
    /// Whether an officer entered it.
    pub assisted: bool,
    /// When, by its author's clock; `None` for unsealed work.
    pub claimed: Option<Timestamp>,
    /// How many other versions of the voice stand beside it, where none replaces the other.
    pub beside: u32,
    /// How many earlier versions of the voice it replaced.
    pub replaced: u32,
    /// What it says.
    pub response: Response,
}

/// An answer that counts, where the order does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// The number of its version.
    pub(crate) no: i64,
    /// Whose voice.
    pub slot: SlotId,
    /// Whether an officer entered it.
    pub assisted: bool,
    /// What it says.
    pub response: Response,
}

/// Every answer that counts whose version has a higher number than `after`, each payload read once,
/// until `each` says that it has seen enough.
pub(crate) fn each_as_stored(
    read: &Connection,
    lane: i64,
    after: i64,
    mut each: impl FnMut(StoredRow) -> rusqlite::Result<bool>,
) -> rusqlite::Result<()> {
    // From nothing by lane; what came since, by number, however much there was before.
    let mut list = read.prepare_cached(if after == 0 {
        "SELECT slot, assisted, entry, draft, place, no FROM versions INDEXED BY versions_by_slot \
         WHERE lane = ?1 AND status = ?2 AND no > ?3 ORDER BY entry, draft, place"
    } else {
        "SELECT slot, assisted, entry, draft, place, no FROM versions NOT INDEXED \
         WHERE lane = ?1 AND status = ?2 AND no > ?3"
    })?;
    let mut rows = list.query((lane, Status::Counted.code(), after))?;
    let mut payloads = Payloads::of(read);
    while let Some(row) = rows.next()? {
        let carrier = project::carrier(row.get(2)?, row.get(3)?, row.get(4)?)?;
        let Said::Response(response) = payloads.said(carrier)? else {
            return Err(damaged(0));
        };
        let row = StoredRow {
            no: row.get(5)?,
            slot: SlotId::from_bytes(row.get(0)?),
            assisted: row.get(1)?,
            response,
        };
        if !each(row)? {
            return Ok(());
        }
    }
    Ok(())
}

/// The same page with what became of each voice.
pub(crate) fn page_with_fates(
    read: &Connection,
    lane: i64,
    after: Option<SlotId>,
    limit: usize,
) -> rusqlite::Result<Vec<CountedRow>> {
    let mut page = page(read, lane, after, limit)?;
    let (Some(first), Some(last)) = (page.first(), page.last()) else {
        return Ok(page);
    };
    let mut list = read.prepare_cached(
        "SELECT slot, sum(status = ?4), sum(status = ?5) FROM versions INDEXED BY versions_by_slot \
         WHERE lane = ?1 AND slot BETWEEN ?2 AND ?3 GROUP BY slot HAVING count(*) > 1",
    )?;
    let (first, last) = (*first.slot.as_bytes(), *last.slot.as_bytes());
    let codes = (Status::Concurrent.code(), Status::Superseded.code());
    let rows = list.query_map((lane, first, last, codes.0, codes.1), |row| {
        Ok((SlotId::from_bytes(row.get(0)?), (row.get(1)?, row.get(2)?)))
    })?;
    let fates = rows.collect::<rusqlite::Result<BTreeMap<SlotId, (u32, u32)>>>()?;
    for row in &mut page {
        (row.beside, row.replaced) = fates.get(&row.slot).copied().unwrap_or_default();
    }
    Ok(page)
}

/// Every answer that counts, in order of slot.
pub(crate) fn each(
    read: &Connection,
    lane: i64,
    mut each: impl FnMut(&CountedRow) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut after = None;
    loop {
        let page = page(read, lane, after, TOGETHER)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.slot);
        page.iter().try_for_each(&mut each)?;
    }
}

/// So many answers after a slot; what became of their voices is not looked up.
pub(crate) fn page(
    read: &Connection,
    lane: i64,
    after: Option<SlotId>,
    limit: usize,
) -> rusqlite::Result<Vec<CountedRow>> {
    let mut list = read.prepare_cached(
        "SELECT slot, assisted, claimed, entry, draft, place FROM versions INDEXED BY versions_by_slot \
         WHERE lane = ?1 AND status = ?2 AND slot > ?3 ORDER BY slot LIMIT ?4",
    )?;
    let after = after.map_or_else(Vec::new, |slot| slot.as_bytes().to_vec());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = list.query_map((lane, Status::Counted.code(), after, limit), |row| {
        let draft: Option<i64> = row.get(4)?;
        let claimed: Option<i64> = row.get(2)?;
        let claimed = claimed.filter(|_| draft.is_none());
        let claimed = claimed.map(|claimed| Timestamp(rows::number(claimed)));
        let carrier = project::carrier(row.get(3)?, draft, row.get(5)?)?;
        Ok((
            SlotId::from_bytes(row.get(0)?),
            row.get(1)?,
            claimed,
            carrier,
        ))
    })?;
    let some = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    // Slots are in no order of their payloads: each of these is read once for all of them.
    let mut order: Vec<usize> = (0..some.len()).collect();
    order.sort_unstable_by_key(|at| some.get(*at).map(|(.., carrier)| *carrier));
    let mut payloads = Payloads::of(read);
    let mut found: BTreeMap<SlotId, CountedRow> = BTreeMap::new();
    for (slot, assisted, claimed, carrier) in order.into_iter().filter_map(|at| some.get(at)) {
        let Said::Response(response) = payloads.said(*carrier)? else {
            return Err(damaged(0));
        };
        let row = CountedRow {
            slot: *slot,
            assisted: *assisted,
            claimed: *claimed,
            beside: 0,
            replaced: 0,
            response,
        };
        // One version a slot counts, so two of one slot mean a damaged projection.
        if found.insert(*slot, row).is_some() {
            return Err(damaged(0));
        }
    }
    Ok(found.into_values().collect())
}
