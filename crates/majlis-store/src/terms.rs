//! What the voices of a process are counted under: the form in force, what its closings name, and how its
//! ballot boxes were sealed. The rules are the core's (`consultation::count`).

use majlis_core::consultation::Form;
use majlis_core::consultation::count::{self, Terms};
use majlis_core::consultation::statement::Placed;
use majlis_core::id::{DeviceId, EntryHash, FormId};
use majlis_core::record::{Close, Record, RecordId};
use rusqlite::Connection;

use crate::boxes;
use crate::payloads;
use crate::rows::{self, damaged};

/// The form in force of a lane.
pub(crate) fn form(connection: &Connection, lane: i64) -> rusqlite::Result<Option<(FormId, Form)>> {
    let mut find = connection
        .prepare_cached("SELECT form, body FROM openings WHERE lane = ?1 AND in_force = 1")?;
    let mut rows = find.query([lane])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    match payloads::record(row.get_ref(1)?.as_blob()?) {
        Some(Record::Open(form)) => Ok(Some((FormId::from_bytes(row.get(0)?), form))),
        _ => Err(damaged(1)),
    }
}

/// What the voices of a lane are counted under.
pub(crate) fn of(connection: &Connection, lane: i64) -> rusqlite::Result<Terms> {
    let Some((id, form)) = form(connection, lane)? else {
        return Ok(Terms::default());
    };
    let closes = closes(connection, lane, id)?;
    let minutes = match form.boxes() {
        Some(_) => boxes::minutes(connection, lane, id)?,
        None => Vec::new(),
    };
    let mut terms = Terms {
        form: Some((id, form)),
        closed: count::closed(id, &closes),
        boxes: None,
    };
    terms.gather(&minutes);
    Ok(terms)
}

/// All closings of a form on a lane, those too that take no part.
pub(crate) fn closes(
    connection: &Connection,
    lane: i64,
    form: FormId,
) -> rusqlite::Result<Vec<Placed<Close>>> {
    let mut list = connection.prepare_cached(
        "SELECT e.hash, c.place, d.id, e.seq, c.body FROM closings c \
         JOIN entries e ON e.no = c.entry JOIN devices d ON d.no = e.device \
         WHERE c.lane = ?1 AND c.form = ?2",
    )?;
    let rows = list.query_map((lane, form.as_bytes()), |row| {
        let Some(Record::Close(said)) = payloads::record(row.get_ref(4)?.as_blob()?) else {
            return Err(damaged(4));
        };
        Ok(Placed {
            id: RecordId {
                entry: EntryHash::from_bytes(row.get(0)?),
                index: row.get(1)?,
            },
            device: DeviceId::from_bytes(row.get(2)?),
            seq: rows::number(row.get(3)?),
            said,
        })
    })?;
    rows.collect()
}
