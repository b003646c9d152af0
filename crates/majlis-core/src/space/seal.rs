//! Sealing: unsealed work becomes signed entries.

use crate::admission::State;
use crate::chain::Fit;
use crate::changes::{Changes, MAX_CHANGES};
use crate::effect::{Notice, Write};
use crate::entry::{ChainId, Header, Kind, VERSION, Verified};
use crate::gate;
use crate::id::{EntryHash, LaneId, PayloadHash};
use crate::record::{MAX_BATCH, Records};
use crate::shelf::ShelfError;
use crate::space::Space;
use crate::space::step::Step;

/// The most bytes of records or changes sealed into one entry.
pub(super) const SEAL_BYTES: usize = 96 * 1024;

impl Space {
    /// Makes entries of everything unsealed.
    pub(super) fn seal_all(&mut self, step: &mut Step<'_>) -> Result<(), ShelfError> {
        let lanes: Vec<LaneId> = self.unsealed.keys().copied().collect();
        for lane in lanes {
            self.seal(lane, step)?;
        }
        Ok(())
    }

    /// Makes entries of everything unsealed on a lane. Without a warrant it stays unsealed.
    pub(super) fn seal(&mut self, lane: LaneId, step: &mut Step<'_>) -> Result<(), ShelfError> {
        if self.roster.warrant(self.me).is_none() {
            return Ok(());
        }
        if self
            .unsealed
            .get(&lane)
            .is_some_and(|work| !work.changes.is_empty())
        {
            // Where it cannot be read, own work waits here, and goes to others who can.
            self.is_readable(lane, step)?;
        }
        let Some(mut work) = self.unsealed.remove(&lane) else {
            return Ok(());
        };
        let mut sealed = Vec::new();
        while !work.records.is_empty() {
            let mut batch = Records::default();
            let mut bytes: usize = 0;
            while let Some(next) = work.records.front() {
                let size = bytes.saturating_add(next.len());
                if !batch.records.is_empty()
                    && (size > SEAL_BYTES || batch.records.len() >= MAX_BATCH)
                {
                    break;
                }
                bytes = size;
                if let Some(record) = work.records.pop_front() {
                    batch.records.extend(batch_of_one(&record).records);
                }
            }
            let records = batch.records.len();
            sealed.push(self.seal_entry(lane, Kind::Records, batch.encode(), step));
            step.writes.push(Write::Sealed {
                lane,
                changes: 0,
                records,
            });
        }
        while let Some((session, first)) = work.changes.pop_front() {
            let mut bytes = first.len();
            let mut claims = gate::claim(&first).unwrap_or(0);
            let mut batch = Changes {
                session,
                changes: vec![first.into()],
            };
            while let Some((next_session, next)) = work.changes.front() {
                bytes = bytes.saturating_add(next.len());
                claims = claims.saturating_add(gate::claim(next).unwrap_or(0));
                if *next_session != session
                    || bytes > SEAL_BYTES
                    || claims > gate::MAX_BATCH_OPS
                    || batch.changes.len() >= MAX_CHANGES
                {
                    break;
                }
                if let Some((_, change)) = work.changes.pop_front() {
                    batch.changes.push(change.into());
                }
            }
            let changes = batch.changes.len();
            let hash = self.seal_entry(lane, Kind::Changes, batch.encode(), step);
            // They were made in the document and are there already, unless what they build on was
            // taken out of it since.
            if self.is_in_document(lane, &batch) {
                self.set_state(hash, State::Admitted);
            }
            sealed.push(hash);
            step.writes.push(Write::Sealed {
                lane,
                changes,
                records: 0,
            });
        }
        self.settle(&sealed, step)?;
        step.notice(Notice::Sync);
        Ok(())
    }

    fn is_in_document(&self, lane: LaneId, batch: &Changes) -> bool {
        let open = self.documents.get(&lane);
        open.is_some_and(|open| {
            let history = open.document.history();
            gate::names(self.me, lane, batch)
                .iter()
                .all(|(change, _)| history.contains(change))
        })
    }

    /// Signs one entry and places it; the caller settles it.
    pub(super) fn seal_entry(
        &mut self,
        lane: LaneId,
        kind: Kind,
        payload: Vec<u8>,
        step: &mut Step<'_>,
    ) -> EntryHash {
        let chain: ChainId = self.chain(lane);
        let (seq, prev) = self.index.next(chain);
        let signed = Header {
            version: VERSION,
            space: self.id,
            lane,
            device: self.me,
            seq,
            prev,
            warrant: self.roster.warrant(self.me).unwrap_or(EntryHash::ZERO),
            kind,
            claimed: step.with.now,
            payload: PayloadHash::of(&payload),
            payload_len: u32::try_from(payload.len()).unwrap_or(u32::MAX),
        }
        .sign(step.with.signer);
        // Signed a line above by this device.
        let verified = Verified::from_own_store(signed.clone());
        let hash = verified.hash();
        self.place(Fit::Next(0), &verified, &payload);
        self.spread(chain, 0, seq, None);
        step.entry(hash, signed, payload);
        hash
    }
}

/// The records of a payload that holds a batch of one, as stored for unsealed work.
fn batch_of_one(payload: &[u8]) -> Records {
    Records::decode(payload).unwrap_or_default()
}
