//! The sealed ballots of a secret vote that are here, in force or not: each version of each voice with what
//! became of it, and those in entries that were set aside.
//! Not here: keys, proofs and totals (`majlis_core::consultation::secret`).

use std::collections::BTreeMap;

use majlis_core::admission::{Aside, State};
use majlis_core::consultation::count::{Place, Said, Status, Terms, Version, resolve};
use majlis_core::consultation::secret::closings::{boxes, sealed};
use majlis_core::consultation::secret::{ClosedBox, MAX_WORDS};
use majlis_core::consultation::statement::Placed;
use majlis_core::entry::Kind;
use majlis_core::id::{DeviceId, EntryHash, FormId, LaneId, SlotId, SpaceId};
use majlis_core::record::{Custody, CustodySaid, Record, RecordId, Records};
use rusqlite::Connection;

use crate::payloads::{self, Payloads};
use crate::project::{Stored, VERSION, VERSIONS, stored_version};
use crate::rows;
use crate::store::{ReadError, Store};
use crate::terms;

/// A sealed ballot that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBallot {
    /// Whose; `None` where its entry was set aside, for then nobody's voice has it.
    pub slot: Option<SlotId>,
    /// The device that signed it.
    pub device: DeviceId,
    /// The ballot.
    pub bytes: Vec<u8>,
    /// What became of its version; `None` where its entry was set aside.
    pub status: Option<Status>,
    /// Whether it would be in force if nothing were closed.
    pub would_count: bool,
}

impl Store {
    /// Every sealed ballot of the form in force that is here, by slot and in the order of each voice;
    /// those that were set aside last.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn held_ballots(&self, space: SpaceId, lane: LaneId) -> Result<Vec<HeldBallot>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let terms = terms::of(read, no)?;
            let Some((form, _)) = &terms.form else {
                return Ok(Vec::new());
            };
            let form = *form;
            let mut held = in_voices(read, no, terms)?;
            // Whatever the reason, the state has the same number.
            let (state, _) = rows::state_columns(State::Quarantined(Aside::Forked));
            let mut list = read.prepare_cached(
                "SELECT e.no, d.id FROM entries e JOIN devices d ON d.no = e.device \
                 WHERE e.lane = ?1 AND e.kind = ?2 AND e.state = ?3 ORDER BY e.no",
            )?;
            let found = list.query_map((no, Kind::Records.to_byte(), state), |row| {
                Ok((row.get(0)?, DeviceId::from_bytes(row.get(1)?)))
            })?;
            for (entry, device) in found.collect::<rusqlite::Result<Vec<(i64, DeviceId)>>>()? {
                let payload = rows::payload(read, entry)?;
                let batch = payload.and_then(|payload| Records::decode(&payload).ok());
                let records = batch.map(|batch| batch.records).unwrap_or_default();
                let ballots = records.into_iter().filter_map(|record| match record {
                    Record::Response(response) if response.form == form => {
                        sealed(&response).map(<[u8]>::to_vec)
                    }
                    _ => None,
                });
                held.extend(ballots.map(|bytes| HeldBallot {
                    slot: None,
                    device,
                    bytes,
                    status: None,
                    would_count: false,
                }));
            }
            Ok(held)
        })
    }
}

impl Store {
    /// What each closing of a secret vote names by itself.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn closed_boxes(&self, space: SpaceId, lane: LaneId) -> Result<Vec<ClosedBox>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let terms = terms::of(read, no)?;
            let Some((form, _)) = &terms.form else {
                return Ok(Vec::new());
            };
            let closes = terms::closes(read, no, *form)?;
            let all = versions(read, no)?;
            let voices: BTreeMap<SlotId, Vec<Version>> = all
                .chunk_by(|one, next| one.slot == next.slot)
                .filter_map(|voice| {
                    let slot = voice.first()?.slot;
                    let sealed =
                        |stored: &&Stored| matches!(stored.version.place, Place::Sealed { .. });
                    let versions = voice.iter().filter(sealed);
                    Some((
                        slot,
                        versions.map(|stored| stored.version.clone()).collect(),
                    ))
                })
                .collect();
            Ok(boxes(&terms, &closes, &voices))
        })
    }

    /// What the trustees of a secret vote sent about it: of these devices only, and of each no more than is
    /// looked at. What others state in their place is not read.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn trustee_words(
        &self,
        space: SpaceId,
        lane: LaneId,
        form: FormId,
        trustees: &[DeviceId],
    ) -> Result<Vec<Placed<Custody>>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let mut list = read.prepare_cached(
                "SELECT e.hash, p.place, e.seq, p.body FROM proceedings p \
                 JOIN entries e ON e.no = p.entry JOIN devices d ON d.no = e.device \
                 WHERE p.lane = ?1 AND p.form = ?2 AND d.id = ?3 ORDER BY e.seq, e.hash, p.place",
            )?;
            let mut found = Vec::new();
            for device in trustees {
                let mut rows = list.query((no, form.as_bytes(), device.as_bytes()))?;
                let mut heard = 0;
                while let Some(row) = rows.next()? {
                    let record = payloads::record(row.get_ref(3)?.as_blob()?);
                    let Some(Record::Custody(said)) = record else {
                        continue;
                    };
                    if !matches!(said.said, CustodySaid::Trustee(_)) {
                        continue;
                    }
                    found.push(Placed {
                        id: RecordId {
                            entry: EntryHash::from_bytes(row.get(0)?),
                            index: row.get(1)?,
                        },
                        device: *device,
                        seq: rows::number(row.get(2)?),
                        said,
                    });
                    heard += 1;
                    if heard == MAX_WORDS {
                        break;
                    }
                }
            }
            Ok(found)
        })
    }
}

/// Every version of every voice, by slot and in order of place.
fn versions(read: &Connection, no: i64) -> rusqlite::Result<Vec<Stored>> {
    let sql = format!("SELECT {VERSION} {VERSIONS} WHERE v.lane = ?1 ORDER BY v.slot");
    let mut list = read.prepare_cached(&sql)?;
    let mut rows = list.query([no])?;
    let mut payloads = Payloads::of(read);
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(stored_version(row, &mut payloads)?);
    }
    all.sort_by_key(|stored| (stored.slot, stored.version.place));
    Ok(all)
}

fn in_voices(read: &Connection, no: i64, terms: Terms) -> rusqlite::Result<Vec<HeldBallot>> {
    let all = versions(read, no)?;
    let open = Terms {
        closed: None,
        ..terms
    };
    let mut held = Vec::new();
    for voice in all.chunk_by(|one, next| one.slot == next.slot) {
        let versions: Vec<_> = voice.iter().map(|stored| stored.version.clone()).collect();
        let would = resolve(&versions, &open);
        for (stored, would) in voice.iter().zip(would) {
            if let Said::Response(response) = &stored.version.said
                && let Place::Sealed { device, .. } = stored.version.place
                && stored.status != Status::OtherForm
                && let Some(bytes) = sealed(response).map(<[u8]>::to_vec)
            {
                held.push(HeldBallot {
                    slot: Some(stored.slot),
                    device,
                    bytes,
                    status: Some(stored.status),
                    would_count: would == Status::Counted,
                });
            }
        }
    }
    Ok(held)
}
