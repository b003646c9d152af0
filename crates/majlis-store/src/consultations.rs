//! What screens ask about consultations: lists, one voice, pages of answers, results. Pages come
//! from SQL; counting streams over rows in order of slot. Nothing loads a whole space.

use std::collections::BTreeMap;

use majlis_core::consultation::count::{self, Place, Said, Status};
use majlis_core::consultation::form::{Answer, Form};
use majlis_core::consultation::tally::{Results, Split};
use majlis_core::id::{
    DeviceId, EntryHash, FormId, LaneClass, LaneId, QuestionId, SlotId, SpaceId,
};
use majlis_core::record::{Close, Record};
use majlis_core::time::Timestamp;
use rusqlite::{Connection, Rows};

use crate::counted::{self, CountedRow, StoredRow};
use crate::kept;
use crate::payloads::{self, Payloads};
use crate::project::{self, VERSION, VERSIONS, stored_version};
use crate::rows::{self, damaged};
use crate::shelf::Reading;
use crate::store::{ReadError, Store};
use crate::terms;

/// A process as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessRow {
    /// Its lane.
    pub lane: LaneId,
    /// The title: of the form in force, or of the draft.
    pub title: String,
    /// The opening in force, once there is one.
    pub opening: Option<OpeningRow>,
    /// Records that close the form in force.
    pub closings: Vec<ClosingRow>,
    /// Answers that count.
    pub counted: Split,
    /// The latest time that a change of the draft claims; zero when none is sealed.
    pub changed: Timestamp,
}

/// A record that closes a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosingRow {
    /// The entry that carries it.
    pub entry: EntryHash,
    /// Who closed.
    pub device: DeviceId,
    /// When, by their clock.
    pub claimed: Timestamp,
    /// What it says.
    pub close: Close,
}

/// The opening in force of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningRow {
    /// The entry that carries it.
    pub entry: EntryHash,
    /// Who opened.
    pub device: DeviceId,
    /// When, by their clock.
    pub claimed: Timestamp,
    /// The form's id.
    pub form_id: FormId,
    /// The form.
    pub form: Form,
}

/// One version of one voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// Where it stands.
    pub place: Place,
    /// Whose device made it; `None` for this one's unsealed work.
    pub device: Option<DeviceId>,
    /// When, by its author's clock; `None` for unsealed work.
    pub claimed: Option<Timestamp>,
    /// Whose voice it is.
    pub slot: SlotId,
    /// What it says.
    pub said: Said,
    /// Whether it counts, or why not.
    pub status: Status,
}

/// One voice and everything it said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voice {
    /// Every version, answers and withdrawals.
    pub versions: Vec<VersionRow>,
}

/// How many versions of each status there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts(BTreeMap<Status, Split>);

/// What an answer that counts says to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenRow {
    /// Whose voice.
    pub slot: SlotId,
    /// What it says.
    pub answer: Answer,
    /// Whether an officer entered it.
    pub assisted: bool,
}

impl ProcessRow {
    /// Whether it was closed.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        !self.closings.is_empty()
    }
}

impl Voice {
    /// The answer that counts.
    #[must_use]
    pub fn counted(&self) -> Option<&VersionRow> {
        self.versions
            .iter()
            .find(|version| version.status == Status::Counted)
    }

    /// Whether it was taken back.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        self.versions
            .iter()
            .any(|version| version.status == Status::Withdrawal)
    }
}

impl StatusCounts {
    /// How many versions have this status.
    #[must_use]
    pub fn of(&self, status: Status) -> Split {
        self.0.get(&status).copied().unwrap_or_default()
    }
}

impl Store {
    /// Every process of a space, drafts too.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn processes(&self, space: SpaceId) -> Result<Vec<ProcessRow>, ReadError> {
        Ok(self.read(|read| {
            let Some(reading) = Reading::of(read, space)? else {
                return Ok(Vec::new());
            };
            let mut list =
                read.prepare_cached("SELECT no, id FROM lanes WHERE space = ?1 ORDER BY id")?;
            let lanes = list.query_map([reading.no], |row| {
                Ok((row.get(0)?, LaneId::from_bytes(row.get(1)?)))
            })?;
            let mut found = Vec::new();
            for lane in lanes {
                let (no, lane) = lane?;
                if lane.class() == LaneClass::Process {
                    found.extend(process(read, no, lane)?);
                }
            }
            Ok(found)
        })?)
    }

    /// One process; `None` when nothing of it is here.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn process(&self, space: SpaceId, lane: LaneId) -> Result<Option<ProcessRow>, ReadError> {
        self.on_lane(space, lane, |read, no| process(read, no, lane))
    }

    /// One voice.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn voice(&self, space: SpaceId, lane: LaneId, slot: SlotId) -> Result<Voice, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let sql = format!(
                "SELECT {VERSION} {VERSIONS} WHERE v.lane = ?1 AND v.slot = ?2 \
                 ORDER BY v.claimed, v.no"
            );
            let mut list = read.prepare_cached(&sql)?;
            let rows = list.query((no, slot.as_bytes()))?;
            Ok(Voice {
                versions: versions(rows, &mut Payloads::of(read))?,
            })
        })
    }

    /// How many versions of each status there are, withdrawals under their own.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn status_counts(&self, space: SpaceId, lane: LaneId) -> Result<StatusCounts, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let mut list = read.prepare_cached(
                "SELECT status, assisted, count(*) FROM versions WHERE lane = ?1 \
                 AND (withdraws = 0 OR status = ?2) GROUP BY status, assisted",
            )?;
            let mut rows = list.query((no, Status::Withdrawal.code()))?;
            let mut counts = StatusCounts::default();
            while let Some(row) = rows.next()? {
                let status = Status::from_code(row.get(0)?).ok_or_else(|| damaged(0))?;
                let split = counts.0.entry(status).or_default();
                let (assisted, number) = (row.get(1)?, rows::number(row.get(2)?));
                if assisted {
                    split.assisted = number;
                } else {
                    split.own = number;
                }
            }
            Ok(counts)
        })
    }

    /// So many of the answers that count, in order of slot, after a slot; none at the end.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn counted(
        &self,
        space: SpaceId,
        lane: LaneId,
        after: Option<SlotId>,
        limit: usize,
    ) -> Result<Vec<CountedRow>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            counted::page_with_fates(read, no, after, limit)
        })
    }

    /// Every answer that counts, in no order that means anything: quicker by far than page by page.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn each_counted(
        &self,
        space: SpaceId,
        lane: LaneId,
        mut each: impl FnMut(StoredRow),
    ) -> Result<(), ReadError> {
        self.on_lane(space, lane, |read, no| {
            counted::each_as_stored(read, no, 0, |row| {
                each(row);
                Ok(true)
            })
        })
    }

    /// What was answered to one question in answers that count, newest first by their authors' clocks.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn given(
        &self,
        space: SpaceId,
        lane: LaneId,
        question: QuestionId,
        limit: usize,
    ) -> Result<Vec<GivenRow>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let mut list = read.prepare_cached(
                "SELECT entry, draft, place, slot, assisted FROM versions \
                 INDEXED BY versions_by_time \
                 WHERE lane = ?1 AND status = ?2 \
                 ORDER BY claimed DESC, draft DESC, place DESC, slot",
            )?;
            let mut rows = list.query((no, Status::Counted.code()))?;
            let mut payloads = Payloads::of(read);
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                if found.len() >= limit {
                    break;
                }
                let carrier = project::carrier(row.get(0)?, row.get(1)?, row.get(2)?)?;
                let Said::Response(response) = payloads.said(carrier)? else {
                    return Err(damaged(0));
                };
                let slot = SlotId::from_bytes(row.get(3)?);
                let assisted = row.get(4)?;
                for answer in payloads::given_in(response.answers, question) {
                    found.push(GivenRow {
                        slot,
                        answer,
                        assisted,
                    });
                }
            }
            found.truncate(limit);
            Ok(found)
        })
    }

    pub(crate) fn on_lane<T: Default>(
        &self,
        space: SpaceId,
        lane: LaneId,
        read_lane: impl FnOnce(&Connection, i64) -> rusqlite::Result<T>,
    ) -> Result<T, ReadError> {
        Ok(self.read(|read| {
            let no = match Reading::of(read, space)? {
                Some(reading) => reading.lane(lane)?,
                None => None,
            };
            no.map_or_else(|| Ok(T::default()), |no| read_lane(read, no))
        })?)
    }
}

fn process(read: &Connection, no: i64, lane: LaneId) -> rusqlite::Result<Option<ProcessRow>> {
    let mut find = read.prepare_cached(
        "SELECT (SELECT title FROM outlines WHERE lane = ?1), \
           (SELECT max(claimed) FROM entries WHERE lane = ?1 AND kind = 2 AND state <= 1), \
           (SELECT count(*) FROM versions WHERE lane = ?1 AND status = 0 AND assisted = 0), \
           (SELECT count(*) FROM versions WHERE lane = ?1 AND status = 0 AND assisted = 1)",
    )?;
    let (draft, changed, own, assisted): (Option<String>, Option<i64>, i64, i64) = find
        .query_row([no], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    let opening = opening(read, no)?;
    if draft.is_none() && opening.is_none() {
        return Ok(None);
    }
    let closings = match &opening {
        Some(opening) => closings(read, no, opening.form_id)?,
        None => Vec::new(),
    };
    let title = opening.as_ref().map(|opening| opening.form.title.clone());
    Ok(Some(ProcessRow {
        lane,
        title: title.or(draft).unwrap_or_default(),
        opening,
        closings,
        counted: Split {
            own: rows::number(own),
            assisted: rows::number(assisted),
        },
        changed: Timestamp(rows::number(changed.unwrap_or(0))),
    }))
}

fn opening(read: &Connection, lane: i64) -> rusqlite::Result<Option<OpeningRow>> {
    let mut find = read.prepare_cached(
        "SELECT e.hash, d.id, e.claimed, o.form, o.body FROM openings o \
         JOIN entries e ON e.no = o.entry JOIN devices d ON d.no = e.device \
         WHERE o.lane = ?1 AND o.in_force = 1",
    )?;
    let mut rows = find.query([lane])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let Some(Record::Open(form)) = payloads::record(row.get_ref(4)?.as_blob()?) else {
        return Err(damaged(4));
    };
    Ok(Some(OpeningRow {
        entry: EntryHash::from_bytes(row.get(0)?),
        device: DeviceId::from_bytes(row.get(1)?),
        claimed: Timestamp(rows::number(row.get(2)?)),
        form_id: FormId::from_bytes(row.get(3)?),
        form,
    }))
}

/// The closings of a form that take part, by the time that they claim.
pub(crate) fn closings(
    read: &Connection,
    lane: i64,
    form: FormId,
) -> rusqlite::Result<Vec<ClosingRow>> {
    let all = terms::closes(read, lane, form)?;
    let mut find = read.prepare_cached("SELECT claimed FROM entries WHERE hash = ?1")?;
    let each = count::closings(form, &all).into_iter().map(|one| {
        let claimed: i64 = find.query_row([one.id.entry.as_bytes()], |row| row.get(0))?;
        Ok(ClosingRow {
            entry: one.id.entry,
            device: one.device,
            claimed: Timestamp(rows::number(claimed)),
            close: one.said.clone(),
        })
    });
    let mut found = each.collect::<rusqlite::Result<Vec<ClosingRow>>>()?;
    found.sort_by_key(|one| (one.claimed, one.entry));
    Ok(found)
}

/// Counts a lane, in order of slot.
pub(crate) fn results(read: &Connection, lane: i64) -> rusqlite::Result<Option<Results>> {
    let Some((id, form)) = terms::form(read, lane)? else {
        return Ok(None);
    };
    kept::from_nothing(read, lane, id, &form).map(Some)
}

pub(crate) fn versions(
    mut rows: Rows<'_>,
    payloads: &mut Payloads<'_>,
) -> rusqlite::Result<Vec<VersionRow>> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let stored = stored_version(row, payloads)?;
        let claimed: Option<i64> = row.get(9)?;
        let place = stored.version.place;
        found.push(VersionRow {
            place,
            device: match place {
                Place::Sealed { device, .. } => Some(device),
                Place::Unsealed(_) => None,
            },
            claimed: claimed.map(|claimed| Timestamp(rows::number(claimed))),
            slot: stored.slot,
            said: stored.version.said,
            status: stored.status,
        });
    }
    Ok(found)
}
