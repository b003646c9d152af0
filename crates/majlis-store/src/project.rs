//! From records to openings, closings and versions of voices, and from versions to what counts.
//! The rule is the core's (`consultation::count`); this keeps its answer where lists can page it.

use std::collections::BTreeMap;

use majlis_core::admission::State;
use majlis_core::consultation::count::{self, Opening, Place, Said, Status, Terms, Version};
use majlis_core::entry::Kind;
use majlis_core::id::{DeviceId, EntryHash, FormId, LaneId, PersonId, SlotId};
use majlis_core::record::{Record, RecordId, Records};
use majlis_core::time::Timestamp;
use rusqlite::{Connection, Row};

use crate::claims;
use crate::payloads::{self, Carrier, Payloads};
use crate::persist::Writing;
use crate::rows::{self, damaged, sortable};
use crate::search;
use crate::terms;

/// A stored version of a voice.
pub(crate) struct Stored {
    pub(crate) no: i64,
    pub(crate) slot: SlotId,
    pub(crate) version: Version,
    pub(crate) status: Status,
}

impl Writing<'_> {
    /// Takes the records of an entry that counts into the projection. `author` is the lane and the
    /// device that signed.
    pub(crate) fn project_entry(
        &mut self,
        entry: i64,
        (lane, device): (i64, i64),
        claimed: Timestamp,
        payload: &[u8],
    ) -> rusqlite::Result<()> {
        // Unreadable to this version: nothing of it is projected, the entry stays.
        let Ok(batch) = Records::decode(payload) else {
            return Ok(());
        };
        let author = self.author(lane, device)?;
        for (place, record) in (0_u16..).zip(batch.records) {
            let carrier = Carrier::Entry(entry, place);
            self.project(&author, carrier, claimed, record)?;
        }
        Ok(())
    }

    /// Takes a record that no entry carries yet into the projection.
    pub(crate) fn project_draft(
        &mut self,
        lane: i64,
        device: i64,
        draft: i64,
        record: &[u8],
    ) -> rusqlite::Result<()> {
        let Some(record) = payloads::record(record) else {
            return Ok(());
        };
        let author = self.author(lane, device)?;
        let carrier = Carrier::Draft(draft);
        self.project(&author, carrier, Timestamp(u64::MAX), record)
    }

    fn author(&self, lane: i64, device: i64) -> rusqlite::Result<Author> {
        let mut find = self.connection.prepare_cached(
            "SELECT l.id, d.id, m.person FROM lanes l JOIN devices d ON d.no = ?2 \
             LEFT JOIN members m ON m.space = l.space AND m.device = d.no WHERE l.no = ?1",
        )?;
        find.query_row((lane, device), |row| {
            let person: Option<[u8; 32]> = row.get(2)?;
            Ok(Author {
                lane,
                lane_id: LaneId::from_bytes(row.get(0)?),
                device: DeviceId::from_bytes(row.get(1)?),
                person: person.map(PersonId::from_bytes),
            })
        })
    }

    fn project(
        &mut self,
        author: &Author,
        carrier: Carrier,
        claimed: Timestamp,
        record: Record,
    ) -> rusqlite::Result<()> {
        let lane = author.lane;
        match (record, carrier) {
            // Only what is sealed opens or closes a process, or is stated on its way.
            (
                Record::Open(_)
                | Record::Close(_)
                | Record::Statement(_)
                | Record::Step(_)
                | Record::Stated(_)
                | Record::Claimed(_)
                | Record::Custody(_)
                | Record::Request(_)
                | Record::Minutes(_),
                Carrier::Draft(_),
            ) => {}
            (
                record @ (Record::Statement(_)
                | Record::Step(_)
                | Record::Stated(_)
                | Record::Custody(_)
                | Record::Request(_)
                | Record::Minutes(_)),
                Carrier::Entry(entry, place),
            ) => {
                if let Record::Minutes(minutes) = &record {
                    self.boxed(lane, entry, &minutes.said)?;
                    self.refer(minutes.blobs().into_iter(), author.device)?;
                }
                let form = record.form().unwrap_or(FormId::from_bytes([0; 32]));
                let sql = "INSERT INTO proceedings (entry, place, lane, form, body) \
                     VALUES (?1, ?2, ?3, ?4, ?5)";
                let values = (entry, place, lane, form.as_bytes(), body(record));
                self.connection.prepare_cached(sql)?.execute(values)?;
            }
            (Record::Claimed(claimed), Carrier::Entry(entry, place)) => {
                self.claim(author, entry, place, &claimed)?;
            }
            (Record::Open(form), Carrier::Entry(entry, place)) => {
                self.refer(form.blobs().into_iter(), author.device)?;
                let (id, title) = (form.id(), form.title.clone());
                let sql = "INSERT INTO openings (entry, place, lane, form, title, body, in_force) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)";
                let body = body(Record::Open(form));
                let values = (entry, place, lane, id.as_bytes(), title, body);
                self.connection.prepare_cached(sql)?.execute(values)?;
                self.terms.insert(lane);
            }
            (Record::Close(close), Carrier::Entry(entry, place)) => {
                let form = close.form;
                let sql = "INSERT INTO closings (entry, place, lane, form, body) \
                     VALUES (?1, ?2, ?3, ?4, ?5)";
                let body = body(Record::Close(close));
                let values = (entry, place, lane, form.as_bytes(), body);
                self.connection.prepare_cached(sql)?.execute(values)?;
                self.terms.insert(lane);
            }
            (Record::Response(response), _) => {
                self.version(author, carrier, claimed, &Said::Response(response))?;
            }
            (Record::Withdraw(withdraw), _) => {
                self.version(author, carrier, claimed, &Said::Withdraw(withdraw))?;
            }
        }
        Ok(())
    }

    fn version(
        &mut self,
        author: &Author,
        carrier: Carrier,
        claimed: Timestamp,
        said: &Said,
    ) -> rusqlite::Result<()> {
        // Its own voice, and nobody stands behind the device: projected when somebody does.
        let Some(slot) = said.slot(author.lane_id, author.device, author.person) else {
            return Ok(());
        };
        self.voices.insert((author.lane, *slot.as_bytes()));
        if let Said::Response(response) = said {
            let answers = response.answers.iter();
            let blobs = answers.flat_map(|(_, answer)| answer.blobs());
            self.refer(blobs, author.device)?;
        }
        let (entry, draft, place) = match carrier {
            Carrier::Entry(entry, place) => (Some(entry), None, place),
            Carrier::Draft(draft) => (None, Some(draft), 0),
        };
        if let Some(entry) = entry
            && self.sealed_draft(author, slot, said, entry, place, claimed)?
        {
            return Ok(());
        }
        let sql = "INSERT INTO versions (lane, slot, entry, draft, place, withdraws, assisted, \
             claimed, status) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.connection.prepare_cached(sql)?.execute((
            author.lane,
            slot.as_bytes(),
            entry,
            draft,
            place,
            matches!(said, Said::Withdraw(_)),
            said.assisted(),
            sortable(claimed),
            Status::WaitingForForm.code(),
        ))?;
        let no = self.connection.last_insert_rowid();
        self.made = Some(self.made.map_or(no, |made| made.min(no)));
        search::index_version(self.connection, no, &search::texts(said))
    }

    /// Whether the draft of just this is here: then its version is that of the entry from now on,
    /// and nothing is indexed twice.
    fn sealed_draft(
        &self,
        author: &Author,
        slot: SlotId,
        said: &Said,
        entry: i64,
        place: u16,
        claimed: Timestamp,
    ) -> rusqlite::Result<bool> {
        let record = body(match said.clone() {
            Said::Response(response) => Record::Response(response),
            Said::Withdraw(withdraw) => Record::Withdraw(withdraw),
        });
        let sql = "UPDATE versions SET entry = ?4, draft = NULL, place = ?5, claimed = ?6 \
             WHERE no = (SELECT v.no FROM versions v JOIN draft_records r ON r.no = v.draft \
               JOIN devices d ON d.no = r.device \
               WHERE v.lane = ?1 AND v.slot = ?2 AND r.record = ?3 AND d.id = ?7 \
               ORDER BY r.no LIMIT 1)";
        let values = (
            author.lane,
            slot.as_bytes(),
            record,
            entry,
            place,
            sortable(claimed),
            author.device.as_bytes(),
        );
        Ok(self.connection.prepare_cached(sql)?.execute(values)? > 0)
    }

    /// Takes the records of an entry out of the projection.
    pub(crate) fn unproject_entry(&mut self, entry: i64, lane: i64) -> rusqlite::Result<()> {
        self.unproject(
            lane,
            "SELECT no, slot FROM versions WHERE entry = ?1",
            entry,
        )?;
        self.unclaim(entry, lane)?;
        let sql = "DELETE FROM proceedings WHERE entry = ?1";
        if self.connection.prepare_cached(sql)?.execute([entry])? > 0
            && terms::form(self.connection, lane)?.is_some_and(|(_, form)| form.boxes().is_some())
        {
            // There may have been minutes among them.
            self.terms.insert(lane);
        }
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
            search::forget(self.connection, no)?;
            let sql = "DELETE FROM versions WHERE no = ?1";
            self.connection.prepare_cached(sql)?.execute([no])?;
            self.turn(lane);
            self.voices.insert((lane, slot));
        }
        Ok(())
    }

    /// The person behind a device is another one now: what it says for its own person is that
    /// one's voice.
    pub(crate) fn author_changed(&mut self, device: i64) -> rusqlite::Result<()> {
        let mut list = self.connection.prepare_cached(
            "SELECT e.no, e.lane, e.claimed FROM lanes l \
             JOIN entries e ON e.lane = l.no AND e.device = ?2 \
             WHERE l.space = ?1 AND e.kind = ?3 AND e.state = ?4",
        )?;
        let (admitted, _) = rows::state_columns(State::Admitted);
        let values = (self.no, device, Kind::Records.to_byte(), admitted);
        let entries = list.query_map(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        for (entry, lane, claimed) in entries.collect::<rusqlite::Result<Vec<(i64, i64, i64)>>>()? {
            self.unproject_entry(entry, lane)?;
            if let Some(payload) = rows::payload(self.connection, entry)? {
                let claimed = Timestamp(rows::number(claimed));
                self.project_entry(entry, (lane, device), claimed, &payload)?;
            }
        }
        let mut list = self.connection.prepare_cached(
            "SELECT r.no, r.lane, r.record FROM draft_records r JOIN lanes l ON l.no = r.lane \
             WHERE l.space = ?1 AND r.device = ?2",
        )?;
        let drafts = list.query_map((self.no, device), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        for (draft, lane, record) in
            drafts.collect::<rusqlite::Result<Vec<(i64, i64, Vec<u8>)>>>()?
        {
            self.unproject_draft(draft, lane)?;
            self.project_draft(lane, device, draft, &record)?;
        }
        Ok(())
    }

    /// Counts anew every voice that something changed for.
    pub(crate) fn settle(&mut self) -> rusqlite::Result<()> {
        for lane in core::mem::take(&mut self.terms) {
            self.turn(lane);
            choose_form(self.connection, lane)?;
            let mut list = self
                .connection
                .prepare_cached("SELECT DISTINCT slot FROM versions WHERE lane = ?1")?;
            let slots = list.query_map([lane], |row| row.get(0))?;
            for slot in slots {
                self.voices.insert((lane, slot?));
            }
        }
        self.voices_of_holders()?;
        let mut terms: BTreeMap<i64, Terms> = BTreeMap::new();
        let mut payloads = Payloads::of(self.connection);
        for (lane, slot) in core::mem::take(&mut self.voices) {
            let terms = match terms.entry(lane) {
                std::collections::btree_map::Entry::Occupied(found) => found.into_mut(),
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(terms::of(self.connection, lane)?)
                }
            };
            let slot = SlotId::from_bytes(slot);
            let given = claims::given(&mut payloads, (lane, slot), terms, claims::Of::All)?;
            let voice = voice(&mut payloads, lane, slot)?;
            let (nos, versions): (Vec<_>, Vec<_>) = voice
                .into_iter()
                .map(|stored| ((stored.no, stored.status), stored.version))
                .unzip();
            let mut statuses = count::resolve(&versions, terms);
            if given {
                statuses = count::given_way(statuses);
            }
            for ((no, was), status) in nos.into_iter().zip(statuses) {
                if status != was {
                    // What came in this transaction was counted by nobody yet.
                    let there = self.made.is_none_or(|made| no < made);
                    if there && [status, was].contains(&Status::Counted) {
                        self.turned.insert(lane);
                    }
                    let sql = "UPDATE versions SET status = ?2 WHERE no = ?1";
                    self.connection
                        .prepare_cached(sql)?
                        .execute((no, status.code()))?;
                }
            }
        }
        self.take_turns()
    }
}

/// Who says something, and where.
pub(crate) struct Author {
    pub(crate) lane: i64,
    pub(crate) lane_id: LaneId,
    pub(crate) device: DeviceId,
    /// Who stands behind the device, as far as is known.
    pub(crate) person: Option<PersonId>,
}

fn body(record: Record) -> Vec<u8> {
    let records = vec![record];
    Records { records }.encode()
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

/// The columns that [`stored_version`] reads, from `versions v` and what belongs to it.
pub(crate) const VERSION: &str =
    "v.no, v.entry, v.draft, v.place, v.slot, v.status, e.hash, d.id, e.seq, e.claimed";
/// Where the columns of [`VERSION`] come from.
pub(crate) const VERSIONS: &str = "FROM versions v LEFT JOIN entries e ON e.no = v.entry \
     LEFT JOIN devices d ON d.no = e.device";

/// What carries the version of a row with these columns.
pub(crate) fn carrier(
    entry: Option<i64>,
    draft: Option<i64>,
    place: u16,
) -> rusqlite::Result<Carrier> {
    match (entry, draft) {
        (Some(entry), None) => Ok(Carrier::Entry(entry, place)),
        (None, Some(draft)) => Ok(Carrier::Draft(draft)),
        (Some(_), Some(_)) | (None, None) => Err(damaged(1)),
    }
}

/// Reads the columns of [`VERSION`].
pub(crate) fn stored_version(
    row: &Row<'_>,
    payloads: &mut Payloads<'_>,
) -> rusqlite::Result<Stored> {
    let carrier = carrier(row.get(1)?, row.get(2)?, row.get(3)?)?;
    let place = match carrier {
        Carrier::Draft(draft) => Place::Unsealed(rows::number(draft)),
        Carrier::Entry(_, index) => {
            let entry = EntryHash::from_bytes(row.get(6)?);
            Place::Sealed {
                id: RecordId { entry, index },
                device: DeviceId::from_bytes(row.get(7)?),
                seq: rows::number(row.get(8)?),
            }
        }
    };
    let status = Status::from_code(row.get(5)?).ok_or_else(|| damaged(5))?;
    let said = payloads.said(carrier)?;
    Ok(Stored {
        no: row.get(0)?,
        slot: SlotId::from_bytes(row.get(4)?),
        version: Version { place, said },
        status,
    })
}

/// Every version of one voice, in order of place.
pub(crate) fn voice(
    payloads: &mut Payloads<'_>,
    lane: i64,
    slot: SlotId,
) -> rusqlite::Result<Vec<Stored>> {
    let sql = format!("SELECT {VERSION} {VERSIONS} WHERE v.lane = ?1 AND v.slot = ?2");
    let mut list = payloads.connection.prepare_cached(&sql)?;
    let mut rows = list.query((lane, slot.as_bytes()))?;
    let mut voice = Vec::new();
    while let Some(row) = rows.next()? {
        voice.push(stored_version(row, payloads)?);
    }
    voice.sort_by_key(|stored: &Stored| stored.version.place);
    Ok(voice)
}
