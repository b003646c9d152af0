//! Claims of slots by the holders of receipts. Which slot gives way by one is the core's
//! (`consultation::count`); this finds what that looks at.

use std::collections::BTreeSet;

use majlis_core::consultation::count::{Claiming, Place, Terms, own_slot};
use majlis_core::id::{DeviceId, FormId, LaneId, SlotId, SpaceId};
use majlis_core::record::Claimed;
use rusqlite::Connection;

use crate::payloads::Payloads;
use crate::persist::Writing;
use crate::project::{self, Author};
use crate::rows;
use crate::store::{ReadError, Store};

/// Which versions of a holder's voice are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// Unsealed ones too, as in every list.
    All,
    /// Those that an entry carries, which every replica may come to hold.
    Entries,
}

impl Store {
    /// The claims of a slot, whether or not those who made them said anything yet, in order.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn claims_of(
        &self,
        space: SpaceId,
        lane: LaneId,
        slot: SlotId,
    ) -> Result<Vec<Claiming>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let mut claims = of_slot(read, no, slot)?;
            claims.sort_unstable();
            Ok(claims)
        })
    }

    /// The slots that were claimed, each with its holder's own.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn claimed(
        &self,
        space: SpaceId,
        lane: LaneId,
    ) -> Result<BTreeSet<(SlotId, SlotId)>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let mut list =
                read.prepare_cached("SELECT slot, holder FROM claims WHERE lane = ?1")?;
            let pairs = list.query_map([no], |row| Ok((row.get(0)?, row.get(1)?)))?;
            pairs
                .map(|pair| {
                    let (slot, holder) = pair?;
                    Ok((SlotId::from_bytes(slot), SlotId::from_bytes(holder)))
                })
                .collect()
        })
    }

    /// Who may have entered answers for others: everybody who wrote on a lane, none where nothing
    /// was entered for anybody.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn officers(&self, space: SpaceId, lane: LaneId) -> Result<BTreeSet<DeviceId>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let sql = "SELECT EXISTS (SELECT 1 FROM versions WHERE lane = ?1 AND assisted = 1 \
                 AND withdraws IN (0, 1) AND status IN (SELECT DISTINCT status FROM versions WHERE lane = ?1))";
            let any: bool = read.prepare_cached(sql)?.query_row([no], |row| row.get(0))?;
            if !any {
                return Ok(BTreeSet::new());
            }
            // From one device to the next along the index, however many entries each wrote.
            let sql = "WITH RECURSIVE writers (device) AS ( \
                 SELECT min(device) FROM entries WHERE lane = ?1 \
                 UNION ALL \
                 SELECT (SELECT min(device) FROM entries WHERE lane = ?1 AND device > writers.device) \
                 FROM writers WHERE writers.device IS NOT NULL) \
                 SELECT d.id FROM writers JOIN devices d ON d.no = writers.device";
            let mut list = read.prepare_cached(sql)?;
            let devices = list.query_map([no], |row| row.get(0))?;
            devices.map(|id| Ok(DeviceId::from_bytes(id?))).collect()
        })
    }

    /// The slots that the one whose own voice has the slot `holder` claimed.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn claimed_by(
        &self,
        space: SpaceId,
        lane: LaneId,
        holder: SlotId,
    ) -> Result<BTreeSet<SlotId>, ReadError> {
        self.on_lane(space, lane, |read, no| {
            let sql = "SELECT slot FROM claims WHERE lane = ?1 AND holder = ?2";
            let mut list = read.prepare_cached(sql)?;
            let slots = list.query_map((no, holder.as_bytes()), |row| row.get(0))?;
            slots.map(|slot| Ok(SlotId::from_bytes(slot?))).collect()
        })
    }
}

impl Writing<'_> {
    /// Takes a claim into the projection. One that proves nothing, or of nobody known, is none.
    pub(crate) fn claim(
        &mut self,
        author: &Author,
        entry: i64,
        place: u16,
        claimed: &Claimed,
    ) -> rusqlite::Result<()> {
        let slot = claimed.slot(author.lane_id, author.device);
        let (Some(slot), Some(person)) = (slot, author.person) else {
            return Ok(());
        };
        let sql = "INSERT INTO claims (entry, place, lane, form, slot, holder) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.connection.prepare_cached(sql)?.execute((
            entry,
            place,
            author.lane,
            claimed.form.as_bytes(),
            slot.as_bytes(),
            own_slot(author.lane_id, person).as_bytes(),
        ))?;
        self.voices.insert((author.lane, *slot.as_bytes()));
        Ok(())
    }

    /// Takes the claims of an entry out of the projection.
    pub(crate) fn unclaim(&mut self, entry: i64, lane: i64) -> rusqlite::Result<()> {
        let sql = "DELETE FROM claims WHERE entry = ?1 RETURNING slot";
        let mut gone = self.connection.prepare_cached(sql)?;
        for slot in gone.query_map([entry], |row| row.get(0))? {
            self.voices.insert((lane, slot?));
        }
        Ok(())
    }

    /// Whose own voice changed may speak for slots too.
    pub(crate) fn voices_of_holders(&mut self) -> rusqlite::Result<()> {
        let sql = "SELECT slot FROM claims WHERE lane = ?1 AND holder = ?2";
        let mut list = self.connection.prepare_cached(sql)?;
        let mut found = Vec::new();
        for (lane, holder) in &self.voices {
            for slot in list.query_map((lane, holder), |row| row.get(0))? {
                found.push((*lane, slot?));
            }
        }
        self.voices.extend(found);
        Ok(())
    }
}

/// Whether a slot gives way to what somebody says who claimed it.
pub(crate) fn given(
    payloads: &mut Payloads<'_>,
    (lane, slot): (i64, SlotId),
    terms: &Terms,
    of: Of,
) -> rusqlite::Result<bool> {
    for claim in of_slot(payloads.connection, lane, slot)? {
        let own: Vec<_> = project::voice(payloads, lane, claim.holder)?
            .into_iter()
            .map(|stored| stored.version)
            .filter(|version| of == Of::All || matches!(version.place, Place::Sealed { .. }))
            .collect();
        if claim.holds(&own, terms) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The claims of a slot: of those that one device repeats, the first, which is in time if any is.
fn of_slot(read: &Connection, lane: i64, slot: SlotId) -> rusqlite::Result<Vec<Claiming>> {
    let mut list = read.prepare_cached(
        "SELECT c.holder, c.form, d.id, min(e.seq) FROM claims c JOIN entries e ON e.no = c.entry \
         JOIN devices d ON d.no = e.device WHERE c.lane = ?1 AND c.slot = ?2 \
         GROUP BY c.holder, c.form, e.device",
    )?;
    let rows = list.query_map((lane, slot.as_bytes()), |row| {
        Ok(Claiming {
            slot,
            holder: SlotId::from_bytes(row.get(0)?),
            form: FormId::from_bytes(row.get(1)?),
            device: DeviceId::from_bytes(row.get(2)?),
            seq: rows::number(row.get(3)?),
        })
    })?;
    rows.collect()
}
