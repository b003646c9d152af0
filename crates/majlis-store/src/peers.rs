//! What is known of peers, and which entries came last.

use std::collections::BTreeMap;

use majlis_core::effect::PeerRow;
use majlis_core::id::{DeviceId, LaneId, SpaceId, TransportId};
use majlis_core::time::Timestamp;

use crate::rows;
use crate::store::{ReadError, Store, space_no};

/// Lanes and how many entries of each: what a peer lacked, and what was missing here of its.
type Lanes = (Vec<(LaneId, u64)>, Vec<(LaneId, u64)>);

impl Store {
    /// What is known of peers, last heard first.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn peers(&self, space: SpaceId) -> Result<Vec<PeerRow>, ReadError> {
        Ok(self.read(|read| {
            let mut lanes: BTreeMap<DeviceId, Lanes> = BTreeMap::new();
            let mut on = read.prepare_cached(
                "SELECT d.id, o.here, o.lane, o.entries FROM spaces s \
                 JOIN peer_lanes o ON o.space = s.no JOIN devices d ON d.no = o.device \
                 WHERE s.id = ?1 ORDER BY o.entries DESC, o.lane",
            )?;
            let mut rows = on.query([space.as_bytes()])?;
            while let Some(row) = rows.next()? {
                let lists = lanes.entry(DeviceId::from_bytes(row.get(0)?)).or_default();
                let list = if row.get(1)? {
                    &mut lists.1
                } else {
                    &mut lists.0
                };
                list.push((LaneId::from_bytes(row.get(2)?), rows::number(row.get(3)?)));
            }
            let mut list = read.prepare_cached(
                "SELECT d.id, p.heard, p.has, p.lacks, p.missing_here, p.transport, p.upto, \
                   p.arrival_check, p.held, p.media_there, p.bytes_there, p.media_here, \
                   p.bytes_here FROM spaces s \
                 JOIN peers p ON p.space = s.no JOIN devices d ON d.no = p.device \
                 WHERE s.id = ?1 ORDER BY p.heard DESC, d.id",
            )?;
            let rows = list.query_map([space.as_bytes()], |row| {
                let device = DeviceId::from_bytes(row.get(0)?);
                let (lacks_on, missing_on) = lanes.remove(&device).unwrap_or_default();
                Ok(PeerRow {
                    device,
                    heard: Timestamp(rows::number(row.get(1)?)),
                    has: rows::number(row.get(2)?),
                    lacks: rows::number(row.get(3)?),
                    missing_here: rows::number(row.get(4)?),
                    media_there: (rows::number(row.get(9)?), rows::number(row.get(10)?)),
                    media_here: (rows::number(row.get(11)?), rows::number(row.get(12)?)),
                    lacks_on,
                    missing_on,
                    transport: row
                        .get::<_, Option<[u8; 32]>>(5)?
                        .map(TransportId::from_bytes),
                    cursor: rows::cursor(row, 6)?,
                })
            })?;
            rows.collect()
        })?)
    }

    /// The entries that came last, the newest first, at most so many: each by its lane, its device and
    /// its number in that device's chain. Fewer where 20,000 of other spaces came since.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn newest(
        &self,
        space: SpaceId,
        limit: u32,
    ) -> Result<Vec<(LaneId, DeviceId, u64)>, ReadError> {
        Ok(self.read(|read| {
            let Some(no) = space_no(read, space)? else {
                return Ok(Vec::new());
            };
            // Entries are walked from the end, those of other spaces too, so for a bounded way only.
            let mut list = read.prepare_cached(
                "SELECT l.id, d.id, e.seq FROM entries e \
                 CROSS JOIN lanes l ON l.no = e.lane CROSS JOIN devices d ON d.no = e.device \
                 WHERE l.space = ?1 \
                   AND e.no > (SELECT max(no) FROM entries) - 20000 ORDER BY e.no DESC LIMIT ?2",
            )?;
            let rows = list.query_map((no, limit), |row| {
                let lane = LaneId::from_bytes(row.get(0)?);
                let device = DeviceId::from_bytes(row.get(1)?);
                Ok((lane, device, rows::number(row.get(2)?)))
            })?;
            rows.collect()
        })?)
    }
}
