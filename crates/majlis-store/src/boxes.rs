//! Ballot boxes: their minutes, and the ballots in each. Which boxes count is the core's
//! (`consultation::boxes`).

use std::collections::BTreeMap;

use majlis_core::consultation::boxes::{BoxPart, Gathered, Minuted};
use majlis_core::consultation::count::{Place, Said, Status};
use majlis_core::id::{DeviceId, EntryHash, FormId, LaneId, PersonId, SlotId, SpaceId};
use majlis_core::record::{MinutesSaid, Record, RecordId, Response};
use rusqlite::{Connection, OptionalExtension as _};

use crate::payloads::{self, Payloads};
use crate::persist::Writing;
use crate::project::{VERSION, VERSIONS, stored_version};
use crate::rows;
use crate::store::{ReadError, Store};
use crate::terms;

/// The ballots of one part of a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatheredPart {
    /// The part.
    pub part: BoxPart,
    /// The last ballot in it of each voice, in order of slot, and whether that is the one that counts.
    pub ballots: Vec<(SlotId, Response, bool)>,
}

/// The boxes of a vote with what is in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatheredBoxes {
    /// The parts that were sealed.
    pub parts: Vec<GatheredPart>,
    /// Per device the last ballot of each voice in no box yet, this device's unsealed ones among its own.
    pub loose: BTreeMap<Option<DeviceId>, Vec<(SlotId, Response)>>,
}

impl Store {
    /// What was gathered in the boxes of a vote; nothing where its form lists none.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn boxes(&self, space: SpaceId, lane: LaneId) -> Result<GatheredBoxes, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let terms = terms::of(read, no)?;
            match (&terms.form, &terms.boxes) {
                (Some((form, _)), Some(gathered)) => in_boxes(read, no, (*form, gathered)),
                _ => Ok(GatheredBoxes::default()),
            }
        })
    }
}

fn in_boxes(
    read: &Connection,
    no: i64,
    (form, gathered): (FormId, &Gathered),
) -> rusqlite::Result<GatheredBoxes> {
    type Last = BTreeMap<SlotId, (Place, Option<(Response, bool)>)>;
    let mut parts: BTreeMap<RecordId, Last> = BTreeMap::new();
    let mut loose: BTreeMap<Option<DeviceId>, Last> = BTreeMap::new();
    let sql = format!("SELECT {VERSION} {VERSIONS} WHERE v.lane = ?1 AND v.assisted = 1");
    let mut list = read.prepare_cached(&sql)?;
    let mut rows = list.query([no])?;
    let mut payloads = Payloads::of(read);
    while let Some(row) = rows.next()? {
        let stored = stored_version(row, &mut payloads)?;
        if stored.version.said.form() != form {
            continue;
        }
        let place = stored.version.place;
        let last = match gathered.part_of(&place) {
            Some(part) => parts.entry(part.id).or_default(),
            None => loose
                .entry(match place {
                    Place::Sealed { device, .. } => Some(device),
                    Place::Unsealed(_) => None,
                })
                .or_default(),
        };
        let order = |place: &Place| match place {
            Place::Sealed { id, seq, .. } => (*seq, u64::from(id.index)),
            Place::Unsealed(number) => (u64::MAX, *number),
        };
        let later = last
            .get(&stored.slot)
            .is_none_or(|(held, _)| order(held) < order(&place));
        if later {
            let ballot = match stored.version.said {
                Said::Response(response) => Some((response, stored.status == Status::Counted)),
                Said::Withdraw(_) => None,
            };
            last.insert(stored.slot, (place, ballot));
        }
    }
    let parts = gathered.parts().map(|part| GatheredPart {
        part: part.clone(),
        ballots: parts
            .remove(&part.id)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(slot, (_, ballot))| ballot.map(|(said, counts)| (slot, said, counts)))
            .collect(),
    });
    let parts = parts.collect();
    let loose = loose.into_iter().map(|(device, last)| {
        let ballots = last.into_iter();
        let ballots = ballots.filter_map(|(slot, (_, ballot))| Some((slot, ballot?.0)));
        (device, ballots.collect())
    });
    Ok(GatheredBoxes {
        parts,
        loose: loose.collect(),
    })
}

/// The minutes of a form on a lane, and who stands behind those who made them.
pub(crate) fn minutes(
    read: &Connection,
    lane: i64,
    form: FormId,
) -> rusqlite::Result<Vec<Minuted>> {
    let mut list = read.prepare_cached(
        "SELECT e.hash, p.place, d.id, e.seq, m.person, p.body FROM proceedings p \
         JOIN entries e ON e.no = p.entry JOIN devices d ON d.no = e.device \
         JOIN lanes l ON l.no = p.lane \
         LEFT JOIN members m ON m.space = l.space AND m.device = d.no \
         WHERE p.lane = ?1 AND p.form = ?2",
    )?;
    let mut rows = list.query((lane, form.as_bytes()))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(Record::Minutes(said)) = payloads::record(row.get_ref(5)?.as_blob()?) else {
            continue;
        };
        let person: Option<[u8; 32]> = row.get(4)?;
        found.push(Minuted {
            id: RecordId {
                entry: EntryHash::from_bytes(row.get(0)?),
                index: row.get(1)?,
            },
            device: DeviceId::from_bytes(row.get(2)?),
            seq: rows::number(row.get(3)?),
            person: person.map(PersonId::from_bytes),
            said,
        });
    }
    Ok(found)
}

impl Writing<'_> {
    /// Something was stated about a box: what is in the part that it is about may count now. `at` is the
    /// entry that states it.
    pub(crate) fn boxed(&mut self, lane: i64, at: i64, said: &MinutesSaid) -> rusqlite::Result<()> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found: Option<(i64, i64)> = match said {
            MinutesSaid::Sealed(_) => {
                let sql = "SELECT device, seq FROM entries WHERE no = ?1";
                let mut find = self.connection.prepare_cached(sql)?;
                find.query_row([at], read).optional()?
            }
            MinutesSaid::Signed(id) => {
                let sql = "SELECT device, seq FROM entries WHERE lane = ?1 AND hash = ?2";
                let mut find = self.connection.prepare_cached(sql)?;
                find.query_row((lane, id.entry.as_bytes()), read)
                    .optional()?
            }
            MinutesSaid::Pictured { .. } => None,
        };
        let Some((device, end)) = found else {
            return Ok(());
        };
        let begin = sealed_before(self.connection, lane, device, end)?;
        let mut list = self.connection.prepare_cached(
            "SELECT DISTINCT v.slot FROM entries e JOIN versions v ON v.entry = e.no \
             WHERE e.lane = ?1 AND e.device = ?2 AND e.seq BETWEEN ?3 AND ?4 AND v.assisted = 1",
        )?;
        for slot in list.query_map((lane, device, begin, end), |row| row.get(0))? {
            self.voices.insert((lane, slot?));
        }
        Ok(())
    }
}

/// Where the nearest minutes stand by which a device sealed a box before a position; 0 where there are none.
fn sealed_before(
    connection: &Connection,
    lane: i64,
    device: i64,
    before: i64,
) -> rusqlite::Result<i64> {
    let mut list = connection.prepare_cached(
        "SELECT e.seq, p.body FROM entries e JOIN proceedings p ON p.entry = e.no \
         WHERE e.lane = ?1 AND e.device = ?2 AND e.seq < ?3 ORDER BY e.seq DESC",
    )?;
    let mut rows = list.query((lane, device, before))?;
    while let Some(row) = rows.next()? {
        let record = payloads::record(row.get_ref(1)?.as_blob()?);
        if let Some(Record::Minutes(minutes)) = record
            && matches!(minutes.said, MinutesSaid::Sealed(_))
        {
            return row.get(0);
        }
    }
    Ok(0)
}
