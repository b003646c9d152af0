//! From records to openings, closings and versions of voices, and from versions to what counts.
//! The rule is the core's (`consultation::count`); this keeps its answer where lists can page it.

use std::collections::BTreeMap;

use majlis_core::consultation::Form;
use majlis_core::consultation::count::{
    self, Opening, Place, Said, Status, Terms, Version, own_slot,
};
use majlis_core::id::{DeviceId, EntryHash, FormId, LaneId, SlotId};
use majlis_core::record::{Record, RecordId, Records};
use majlis_core::time::Timestamp;
use rusqlite::{Connection, Row};

use crate::persist::Writing;
use crate::rows::{self, damaged, sortable};
use crate::search;

/// A stored version of a voice.
pub(crate) struct Stored {
    pub(crate) no: i64,
    pub(crate) version: Version,
    pub(crate) status: Status,
}

impl Writing<'_> {
    /// Takes the records of an entry that counts into the projection.
    pub(crate) fn project_entry(
        &mut self,
        entry: i64,
        lane: i64,
        claimed: Timestamp,
        payload: &[u8],
    ) -> rusqlite::Result<()> {
        // Unreadable to this version: nothing of it is projected, the entry stays.
        let Ok(batch) = Records::decode(payload) else {
            return Ok(());
        };
        for (place, record) in (0_u16..).zip(batch.records) {
            let source = Source {
                entry: Some(entry),
                draft: None,
                place,
                claimed,
            };
            self.project(lane, &source, record)?;
        }
        Ok(())
    }

    /// Takes a record that no entry carries yet into the projection.
    pub(crate) fn project_draft(
        &mut self,
        lane: i64,
        draft: i64,
        record: &[u8],
    ) -> rusqlite::Result<()> {
        let Ok(batch) = Records::decode(record) else {
            return Ok(());
        };
        for (place, record) in (0_u16..).zip(batch.records) {
            let claimed = Timestamp(u64::MAX);
            let source = Source {
                entry: None,
                draft: Some(draft),
                place,
                claimed,
            };
            self.project(lane, &source, record)?;
        }
        Ok(())
    }

    fn project(&mut self, lane: i64, source: &Source, record: Record) -> rusqlite::Result<()> {
        let body = |record| {
            Records {
                records: vec![record],
            }
            .encode()
        };
        match record {
            Record::Open(form) => {
                // Only what is sealed opens or closes a process.
                let Some(entry) = source.entry else {
                    return Ok(());
                };
                let (id, title) = (form.id(), form.title.clone());
                let sql = "INSERT INTO openings (entry, place, lane, form, title, body, in_force) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)";
                let body = body(Record::Open(form));
                let values = (entry, source.place, lane, id.as_bytes(), title, body);
                self.connection.prepare_cached(sql)?.execute(values)?;
                self.terms.insert(lane);
            }
            Record::Close(close) => {
                let Some(entry) = source.entry else {
                    return Ok(());
                };
                let form = close.form;
                let sql = "INSERT INTO closings (entry, place, lane, form, body) \
                     VALUES (?1, ?2, ?3, ?4, ?5)";
                let values = (
                    entry,
                    source.place,
                    lane,
                    form.as_bytes(),
                    body(Record::Close(close)),
                );
                self.connection.prepare_cached(sql)?.execute(values)?;
                self.terms.insert(lane);
            }
            Record::Response(response) => self.version(lane, source, Said::Response(response))?,
            Record::Withdraw(withdraw) => self.version(lane, source, Said::Withdraw(withdraw))?,
        }
        Ok(())
    }

    fn version(&mut self, lane: i64, source: &Source, said: Said) -> rusqlite::Result<()> {
        let (slot, assisted) = (said.slot(), said.assisted());
        let (withdraws, record) = match said {
            Said::Response(response) => (false, Record::Response(response)),
            Said::Withdraw(withdraw) => (true, Record::Withdraw(withdraw)),
        };
        let batch = Records {
            records: vec![record],
        };
        let sql = "INSERT INTO versions (lane, slot, entry, draft, place, withdraws, assisted, \
             claimed, status, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.connection.prepare_cached(sql)?.execute((
            lane,
            slot.as_bytes(),
            source.entry,
            source.draft,
            source.place,
            withdraws,
            assisted,
            sortable(source.claimed),
            Status::WaitingForForm.code(),
            batch.encode(),
        ))?;
        let no = self.connection.last_insert_rowid();
        if let [Record::Response(response)] = &batch.records[..] {
            search::index_version(self.connection, lane, no, response)?;
        }
        self.voices.insert((lane, *slot.as_bytes()));
        Ok(())
    }

    /// Takes the records of an entry out of the projection.
    pub(crate) fn unproject_entry(&mut self, entry: i64, lane: i64) -> rusqlite::Result<()> {
        self.unproject(
            lane,
            "SELECT no, slot FROM versions WHERE entry = ?1",
            entry,
        )?;
        for sql in [
            "DELETE FROM openings WHERE entry = ?1",
            "DELETE FROM closings WHERE entry = ?1",
        ] {
            if self.connection.prepare_cached(sql)?.execute([entry])? > 0 {
                self.terms.insert(lane);
            }
        }
        Ok(())
    }

    /// Takes a draft record out of the projection.
    pub(crate) fn unproject_draft(&mut self, draft: i64, lane: i64) -> rusqlite::Result<()> {
        self.unproject(
            lane,
            "SELECT no, slot FROM versions WHERE draft = ?1",
            draft,
        )
    }

    fn unproject(&mut self, lane: i64, which: &str, key: i64) -> rusqlite::Result<()> {
        let mut list = self.connection.prepare_cached(which)?;
        let found = list.query_map([key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (no, slot) in found.collect::<rusqlite::Result<Vec<(i64, [u8; 16])>>>()? {
            search::forget_version(self.connection, no)?;
            let sql = "DELETE FROM versions WHERE no = ?1";
            self.connection.prepare_cached(sql)?.execute([no])?;
            self.voices.insert((lane, slot));
        }
        Ok(())
    }

    /// The person behind a device is another one now: which voice is its own changed with it.
    pub(crate) fn author_changed(&mut self, device: i64) -> rusqlite::Result<()> {
        let mut list = self.connection.prepare_cached(
            "SELECT DISTINCT v.lane, v.slot FROM lanes l \
             JOIN entries e ON e.lane = l.no AND e.device = ?2 JOIN versions v ON v.entry = e.no \
             WHERE l.space = ?1",
        )?;
        let found = list.query_map((self.no, device), |row| Ok((row.get(0)?, row.get(1)?)))?;
        for voice in found {
            self.voices.insert(voice?);
        }
        Ok(())
    }

    /// Counts anew every voice that something changed for.
    pub(crate) fn settle(&mut self) -> rusqlite::Result<()> {
        for lane in core::mem::take(&mut self.terms) {
            choose_form(self.connection, lane)?;
            let mut list = self
                .connection
                .prepare_cached("SELECT DISTINCT slot FROM versions WHERE lane = ?1")?;
            let slots = list.query_map([lane], |row| row.get(0))?;
            for slot in slots {
                self.voices.insert((lane, slot?));
            }
        }
        let mut terms: BTreeMap<i64, Terms> = BTreeMap::new();
        for (lane, slot) in core::mem::take(&mut self.voices) {
            let terms = match terms.entry(lane) {
                std::collections::btree_map::Entry::Occupied(found) => found.into_mut(),
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(terms_of(self.connection, lane)?)
                }
            };
            let voice = voice(self.connection, lane, SlotId::from_bytes(slot))?;
            let (nos, versions): (Vec<_>, Vec<_>) = voice
                .into_iter()
                .map(|stored| ((stored.no, stored.status), stored.version))
                .unzip();
            for ((no, was), status) in nos.into_iter().zip(count::resolve(&versions, terms)) {
                if status != was {
                    let sql = "UPDATE versions SET status = ?2 WHERE no = ?1";
                    self.connection
                        .prepare_cached(sql)?
                        .execute((no, status.code()))?;
                }
            }
        }
        Ok(())
    }
}

struct Source {
    entry: Option<i64>,
    draft: Option<i64>,
    place: u16,
    claimed: Timestamp,
}

/// Marks the opening in force of a lane.
fn choose_form(connection: &Connection, lane: i64) -> rusqlite::Result<()> {
    let openings = openings(connection, lane)?;
    let chosen = count::in_force(&openings).map(|opening| opening.id);
    let sql = "UPDATE openings SET in_force = (place = ?3 AND entry = \
         (SELECT no FROM entries WHERE hash = ?2)) WHERE lane = ?1";
    let (hash, place) = chosen.map_or(([0; 32], 0), |id| (*id.entry.as_bytes(), id.index));
    connection
        .prepare_cached(sql)?
        .execute((lane, hash, place))?;
    Ok(())
}

/// The openings of a lane.
pub(crate) fn openings(connection: &Connection, lane: i64) -> rusqlite::Result<Vec<Opening>> {
    let mut list = connection.prepare_cached(
        "SELECT e.hash, o.place, d.id, e.seq, o.form FROM openings o \
         JOIN entries e ON e.no = o.entry JOIN devices d ON d.no = e.device \
         WHERE o.lane = ?1 ORDER BY e.hash, o.place",
    )?;
    let rows = list.query_map([lane], |row| {
        Ok(Opening {
            id: RecordId {
                entry: EntryHash::from_bytes(row.get(0)?),
                index: row.get(1)?,
            },
            device: DeviceId::from_bytes(row.get(2)?),
            seq: rows::number(row.get(3)?),
            form: FormId::from_bytes(row.get(4)?),
        })
    })?;
    rows.collect()
}

/// The record of a stored batch of one.
pub(crate) fn record(body: &[u8]) -> Option<Record> {
    Records::decode(body).ok()?.records.pop()
}

/// The form in force of a lane.
pub(crate) fn form(connection: &Connection, lane: i64) -> rusqlite::Result<Option<(FormId, Form)>> {
    let mut find = connection
        .prepare_cached("SELECT form, body FROM openings WHERE lane = ?1 AND in_force = 1")?;
    let mut rows = find.query([lane])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    match record(row.get_ref(1)?.as_blob()?) {
        Some(Record::Open(form)) => Ok(Some((FormId::from_bytes(row.get(0)?), form))),
        _ => Err(damaged(1)),
    }
}

/// What the voices of a lane are counted under.
pub(crate) fn terms_of(connection: &Connection, lane: i64) -> rusqlite::Result<Terms> {
    let Some((id, form)) = form(connection, lane)? else {
        return Ok(Terms::default());
    };
    let mut list =
        connection.prepare_cached("SELECT body FROM closings WHERE lane = ?1 AND form = ?2")?;
    let rows = list.query_map((lane, id.as_bytes()), |row| row.get::<_, Vec<u8>>(0))?;
    let mut closes = Vec::new();
    for body in rows {
        match record(&body?) {
            Some(Record::Close(close)) => closes.push(close),
            _ => return Err(damaged(0)),
        }
    }
    Ok(Terms {
        form: Some((id, form)),
        closed: count::closed(id, &closes),
    })
}

/// The columns that [`stored_version`] reads, from `versions v` and what belongs to it.
pub(crate) const VERSION: &str = "v.no, v.draft, e.hash, v.place, d.id, e.seq, m.person, l.id, \
     v.status, v.body, e.claimed";
/// Where the columns of [`VERSION`] come from.
pub(crate) const VERSIONS: &str = "FROM versions v JOIN lanes l ON l.no = v.lane \
     LEFT JOIN entries e ON e.no = v.entry LEFT JOIN devices d ON d.no = e.device \
     LEFT JOIN members m ON m.space = l.space AND m.device = e.device";

/// Reads the columns of [`VERSION`].
pub(crate) fn stored_version(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let said = match record(row.get_ref(9)?.as_blob()?) {
        Some(Record::Response(response)) => Said::Response(response),
        Some(Record::Withdraw(withdraw)) => Said::Withdraw(withdraw),
        _ => return Err(damaged(9)),
    };
    let lane = LaneId::from_bytes(row.get(7)?);
    let (place, owned) = match row.get::<_, Option<i64>>(1)? {
        // What this device has just written is its own.
        Some(draft) => (Place::Unsealed(rows::number(draft)), true),
        None => {
            let id = RecordId {
                entry: EntryHash::from_bytes(row.get(2)?),
                index: row.get(3)?,
            };
            let device = DeviceId::from_bytes(row.get(4)?);
            let person = row.get::<_, Option<[u8; 32]>>(6)?.is_some();
            let owned = person && own_slot(lane, rows::person(row, 6)?) == said.slot();
            (
                Place::Sealed {
                    id,
                    device,
                    seq: rows::number(row.get(5)?),
                },
                owned,
            )
        }
    };
    let status = Status::from_code(row.get(8)?).ok_or_else(|| damaged(8))?;
    Ok(Stored {
        no: row.get(0)?,
        version: Version { place, owned, said },
        status,
    })
}

/// Every version of one voice, in order of place.
pub(crate) fn voice(
    connection: &Connection,
    lane: i64,
    slot: SlotId,
) -> rusqlite::Result<Vec<Stored>> {
    let sql = format!("SELECT {VERSION} {VERSIONS} WHERE v.lane = ?1 AND v.slot = ?2");
    let mut list = connection.prepare_cached(&sql)?;
    let rows = list.query_map((lane, slot.as_bytes()), stored_version)?;
    let mut voice: Vec<Stored> = rows.collect::<Result<_, _>>()?;
    voice.sort_by_key(|stored| stored.version.place);
    Ok(voice)
}
