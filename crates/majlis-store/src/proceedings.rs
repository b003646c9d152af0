//! What is stated on the way of an activity beside ballots, the outcome of it all, and counting it
//! again from entries alone. What statements and steps mean is the core's (`consultation::statement`).

use majlis_core::admission::{Missing, State};
use majlis_core::consultation::count;
use majlis_core::consultation::outcome::{Count, Outcome};
use majlis_core::consultation::recount::{Recount, Recounted, Source};
use majlis_core::consultation::statement::{Heard, Placed, heard};
use majlis_core::consultation::tally::OutOfOrder;
use majlis_core::entry::Kind;
use majlis_core::id::{DeviceId, EntryHash, FormId, LaneId, PersonId, SpaceId};
use majlis_core::record::{
    Counted, Custody, Minutes, Record, RecordId, Records, Request, Stated, Statement, Step,
};
use majlis_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

use crate::counted;
use crate::payloads;
use crate::rows::{self, damaged};
use crate::shelf::Reading;
use crate::store::{ReadError, Store};
use crate::terms;

/// Numbers that stand for what was stated, from an index alone.
const MARK: &str = "count(*), coalesce(max(entry), 0), coalesce(sum(entry + 31 * place), 0)";

/// The form in force on a lane, and what stands for all that was stated there.
pub type StatedMark = (Option<FormId>, [i64; 3]);

/// What was stated of the form in force, each with the time that its author's clock claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proceedings {
    /// Statements of a conversation.
    pub statements: Vec<Placed<Statement>>,
    /// Steps of officers.
    pub steps: Vec<Placed<Step>>,
    /// What people ask of the office about their own words, and replies.
    pub requests: Vec<Placed<Request>>,
    /// Outcomes as officers counted them.
    pub stated: Vec<Placed<Stated>>,
    /// What the keepers of a key did.
    pub custody: Vec<Placed<Custody>>,
    /// Minutes of ballot boxes and signatures under them.
    pub minutes: Vec<Placed<Minutes>>,
    /// When each record was made, by its author's clock.
    pub claimed: std::collections::BTreeMap<RecordId, Timestamp>,
}

impl Store {
    /// What was stated beside ballots of the form in force; on the lane of requests, which has none, all
    /// of it.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn proceedings(&self, space: SpaceId, lane: LaneId) -> Result<Proceedings, ReadError> {
        self.on_lane(space, lane, |read, no| match terms::form(read, no)? {
            Some((form, _)) => proceedings(read, no, Some(form)),
            None if lane == LaneId::REQUESTS => proceedings(read, no, None),
            None => Ok(Proceedings::default()),
        })
    }

    /// Stands for what was stated on a lane, as [`Self::proceedings`] tells it: another number once that is
    /// another. Cheap, for nothing is read.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn stated_mark(&self, space: SpaceId, lane: LaneId) -> Result<[i64; 3], ReadError> {
        self.on_lane(space, lane, |read, no| {
            let sql = format!("SELECT {MARK} FROM proceedings WHERE lane = ?1");
            let mut count = read.prepare_cached(&sql)?;
            count.query_row([no], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
        })
    }

    /// The same of every lane of a space where anything was stated, with the form in force there: as cheap,
    /// for no form is read either.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn stated_marks(&self, space: SpaceId) -> Result<Vec<(LaneId, StatedMark)>, ReadError> {
        Ok(self.read(|read| {
            let Some(reading) = Reading::of(read, space)? else {
                return Ok(Vec::new());
            };
            let sql = format!(
                "SELECT l.id, \
                   (SELECT form FROM openings WHERE lane = l.no AND in_force = 1), {MARK} \
                 FROM lanes l CROSS JOIN proceedings p ON p.lane = l.no \
                 WHERE l.space = ?1 GROUP BY l.id"
            );
            let mut list = read.prepare_cached(&sql)?;
            let marks = list.query_map([reading.no], |row| {
                let form: Option<[u8; 32]> = row.get(1)?;
                let stated = [row.get(2)?, row.get(3)?, row.get(4)?];
                let lane = LaneId::from_bytes(row.get(0)?);
                Ok((lane, (form.map(FormId::from_bytes), stated)))
            })?;
            marks.collect()
        })?)
    }

    /// The statements of a conversation as they stand now; after the closing, `closed` says whether
    /// as it named them.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn heard(
        &self,
        space: SpaceId,
        lane: LaneId,
        closed: bool,
    ) -> Result<Vec<Heard>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let terms = terms::of(read, no)?;
            let Some((id, form)) = &terms.form else {
                return Ok(Vec::new());
            };
            let said = proceedings(read, no, Some(*id))?;
            let closed = terms.closed.as_ref().filter(|_| closed);
            let taken = (&*said.steps, &*said.requests);
            Ok(heard((*id, form), &said.statements, taken, closed))
        })
    }

    /// The outcome of the form in force; `None` while there is none. As in every list here, work of
    /// this device that no entry carries yet is counted too.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn outcome(&self, space: SpaceId, lane: LaneId) -> Result<Option<Outcome>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            Ok(count_of(read, no)?.map(Count::finish))
        })
    }

    /// The same before it is finished: for what is asked of the votes so far.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn count(&self, space: SpaceId, lane: LaneId) -> Result<Option<Count>, ReadError> {
        self.on_lane(space, lane, count_of)
    }

    /// Counts again from entries alone: no projection is read, and no unsealed work. `person` says
    /// who stands behind a device.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn recount(
        &self,
        space: SpaceId,
        lane: LaneId,
        person: &dyn Fn(DeviceId) -> Option<PersonId>,
    ) -> Result<Option<Recounted>, ReadError> {
        let gathered = self.entries_again(space, lane, person)?;
        Ok(gathered.and_then(Recount::finish))
    }

    /// The same before it is finished: that of a secret vote takes its time.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn entries_again(
        &self,
        space: SpaceId,
        lane: LaneId,
        person: &dyn Fn(DeviceId) -> Option<PersonId>,
    ) -> Result<Option<Recount>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let mut recount = Recount::new(space, lane);
            let mut list = read.prepare_cached(
                "SELECT e.no, e.hash, d.id, e.seq FROM entries e JOIN devices d ON d.no = e.device \
                 WHERE e.lane = ?1 AND e.kind = ?2 AND e.state = ?3 ORDER BY e.no",
            )?;
            let (admitted, _) = rows::state_columns(State::Admitted);
            let mut entries = list.query((no, Kind::Records.to_byte(), admitted))?;
            while let Some(row) = entries.next()? {
                let device = DeviceId::from_bytes(row.get(2)?);
                let from = Source {
                    entry: EntryHash::from_bytes(row.get(1)?),
                    device,
                    seq: rows::number(row.get(3)?),
                    person: person(device),
                };
                let payload = rows::payload(read, row.get(0)?)?;
                // Read as strictly as what comes from a peer.
                let batch = payload.and_then(|payload| Records::decode(&payload).ok());
                if let Some(batch) = batch {
                    recount.take(from, batch);
                }
            }
            Ok(Some(recount))
        })
    }

    /// Of the chains that the closings name, those of which this replica lacks the last entry that
    /// counts, or what some entry up to it says: with any, it cannot count all that was counted.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn lacking(&self, space: SpaceId, lane: LaneId) -> Result<u64, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let Some((form, _)) = terms::form(read, no)? else {
                return Ok(0);
            };
            let closes = terms::closes(read, no, form)?;
            let closings = count::closings(form, &closes).into_iter();
            let named: std::collections::BTreeSet<&Counted> =
                closings.flat_map(|close| &close.said.counted).collect();
            lacking(read, named.into_iter())
        })
    }

    /// The same of what one closing names.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn lacking_of(
        &self,
        space: SpaceId,
        lane: LaneId,
        named: &[Counted],
    ) -> Result<u64, ReadError> {
        self.on_lane(space, lane, |read, _| lacking(read, named.iter()))
    }
}

fn lacking<'c>(
    read: &Connection,
    named: impl Iterator<Item = &'c Counted>,
) -> rusqlite::Result<u64> {
    let mut lacking = 0;
    for counted in named {
        // An entry is kept only behind those before it; what they say may come later.
        let mut find = read.prepare_cached(
            "SELECT 1 FROM entries e WHERE e.hash = ?1 AND NOT EXISTS (SELECT 1 \
             FROM entries b WHERE b.lane = e.lane AND b.device = e.device \
             AND b.seq <= e.seq AND b.state = ?2 AND b.reason = ?3)",
        )?;
        let (state, reason) = rows::state_columns(State::Waiting(Missing::Payload));
        let of = (counted.hash.as_bytes(), state, reason);
        let held = find.query_row(of, |_| Ok(()));
        if held.optional()?.is_none() {
            lacking += 1;
        }
    }
    Ok(lacking)
}

/// Counts a lane, in order of slot.
fn count_of(read: &Connection, lane: i64) -> rusqlite::Result<Option<Count>> {
    let terms = terms::of(read, lane)?;
    let Some((id, form)) = &terms.form else {
        return Ok(None);
    };
    let said = proceedings(read, lane, Some(*id))?;
    let heard = heard(
        (*id, form),
        &said.statements,
        (&said.steps, &said.requests),
        terms.closed.as_ref(),
    );
    let mut count = Count::new(*id, form, &heard);
    counted::each(read, lane, |row| {
        let added = count.add(row.slot, row.assisted, &row.response.answers);
        added.map_err(|OutOfOrder| damaged(0))
    })?;
    Ok(Some(count))
}

fn proceedings(
    read: &Connection,
    lane: i64,
    form: Option<FormId>,
) -> rusqlite::Result<Proceedings> {
    let mut list = read.prepare_cached(
        "SELECT e.hash, p.place, d.id, e.seq, e.claimed, p.body FROM proceedings p \
         JOIN entries e ON e.no = p.entry JOIN devices d ON d.no = e.device \
         WHERE p.lane = ?1 AND (?2 IS NULL OR p.form = ?2) ORDER BY e.claimed, e.hash, p.place",
    )?;
    let mut found = Proceedings::default();
    let mut rows = list.query((lane, form.as_ref().map(FormId::as_bytes)))?;
    while let Some(row) = rows.next()? {
        let id = RecordId {
            entry: EntryHash::from_bytes(row.get(0)?),
            index: row.get(1)?,
        };
        let (device, seq) = (DeviceId::from_bytes(row.get(2)?), rows::number(row.get(3)?));
        found
            .claimed
            .insert(id, Timestamp(rows::number(row.get(4)?)));
        match payloads::record(row.get_ref(5)?.as_blob()?) {
            Some(Record::Statement(said)) => found.statements.push(Placed {
                id,
                device,
                seq,
                said,
            }),
            Some(Record::Step(said)) => found.steps.push(Placed {
                id,
                device,
                seq,
                said,
            }),
            Some(Record::Request(said)) => found.requests.push(Placed {
                id,
                device,
                seq,
                said,
            }),
            Some(Record::Stated(said)) => found.stated.push(Placed {
                id,
                device,
                seq,
                said,
            }),
            Some(Record::Custody(said)) => found.custody.push(Placed {
                id,
                device,
                seq,
                said,
            }),
            Some(Record::Minutes(said)) => found.minutes.push(Placed {
                id,
                device,
                seq,
                said,
            }),
            Some(
                Record::Open(_)
                | Record::Close(_)
                | Record::Response(_)
                | Record::Withdraw(_)
                | Record::Claimed(_),
            )
            | None => return Err(damaged(5)),
        }
    }
    Ok(found)
}
