//! What waits here of devices that were not let in, bounded by who brought it on links: whoever makes
//! up keys must not fill the disks of others. Not here: carry files, which a person takes in.

use std::collections::BTreeMap;

use crate::effect::{HangUp, LinkId};
use crate::id::{DeviceId, EntryHash, LaneId};
use crate::membership::roster::Roster;
use crate::shelf::{Shelf as _, ShelfError};
use crate::space::Space;
use crate::space::step::Step;
use crate::sync::wire::Carried;

/// So many entries of strangers one peer may bring. Membership entries count by their bytes alone: of a
/// large space many joins may come before the invite under which they are.
const MAX_ENTRIES: u64 = 1_000;
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// What an entry takes beside its payload.
const BESIDE: u64 = 110;

#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    entries: u64,
    bytes: u64,
}

impl Amount {
    fn add(&mut self, other: Self) {
        self.entries = self.entries.saturating_add(other.entries);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// What peers brought of strangers since the space was opened: by who brought it, then by author.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    brought: BTreeMap<DeviceId, BTreeMap<DeviceId, Amount>>,
}

impl Strangers {
    fn note(&mut self, from: DeviceId, author: DeviceId, lane: LaneId, payload: u32) {
        let amount = Amount {
            entries: u64::from(lane != LaneId::MEMBERSHIP),
            bytes: u64::from(payload).saturating_add(BESIDE),
        };
        let of = self.brought.entry(from).or_default();
        of.entry(author).or_default().add(amount);
    }

    /// Whether a peer brought as much as one may. Authors who were let in since count no more.
    fn is_full(&mut self, from: DeviceId, roster: &Roster) -> bool {
        let Some(of) = self.brought.get_mut(&from) else {
            return false;
        };
        of.retain(|author, _| roster.is_stranger(*author));
        let mut all = Amount::default();
        for amount in of.values() {
            all.add(*amount);
        }
        all.entries >= MAX_ENTRIES || all.bytes >= MAX_BYTES
    }
}

impl Space {
    /// Takes in a run that a peer sent, and acknowledges it. From a peer that is past the bound, what
    /// strangers wrote is left out and the link ends: nothing of the run was acknowledged, so it is
    /// offered again.
    pub(super) fn heard_entries(
        &mut self,
        link: LinkId,
        mut entries: Vec<Carried>,
        step: &mut Step<'_>,
    ) -> Result<(), ShelfError> {
        let came = entries.len();
        if let Some(from) = self.peer_on(link)
            && self.strangers.is_full(from, &self.roster)
        {
            entries.retain(|entry| !self.is_strange(entry));
        }
        let is_past = entries.len() < came;
        let (_, gaps) = self.take_in(entries, Some(link), step)?;
        if is_past {
            self.no_media_from(link);
            if let Some(session) = self.sessions.remove(&link) {
                self.note_peer(&session, step);
            }
            step.hang_up(link, HangUp::BringsStrangers);
            return Ok(());
        }
        let Some(session) = self.sessions.get_mut(&link) else {
            return Ok(());
        };
        if let Some(thanks) = session.acknowledge() {
            step.send(link, thanks);
        }
        for chain in gaps {
            if let Some(frame) = session.ask(chain) {
                step.send(link, frame);
            }
        }
        Ok(())
    }

    /// Whether an entry is of a stranger, and not here yet.
    fn is_strange(&self, entry: &Carried) -> bool {
        let header = entry.signed.unchecked();
        self.roster.is_stranger(header.device) && !self.index.contains(header.hash())
    }

    /// Counts what a link brought of strangers. Before the genesis is here, everybody is one.
    pub(super) fn note_strangers(
        &mut self,
        link: LinkId,
        fresh: &[EntryHash],
        step: &Step<'_>,
    ) -> Result<(), ShelfError> {
        let Some(from) = self.peer_on(link).filter(|_| !self.is_waiting()) else {
            return Ok(());
        };
        for hash in fresh {
            let Some(chain) = self.index.place(*hash).map(|place| place.chain) else {
                continue;
            };
            if !self.roster.is_stranger(chain.device) {
                continue;
            }
            if let Some(signed) = step.signed(*hash)? {
                let payload = signed.unchecked().payload_len;
                self.strangers.note(from, chain.device, chain.lane, payload);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LaneClass;

    const MEMBERSHIP: LaneId = LaneId::MEMBERSHIP;

    fn device(number: u8) -> DeviceId {
        DeviceId::from_bytes([number; 32])
    }

    fn brought(entries: u64, lane: LaneId, payload: u32) -> bool {
        let mut strangers = Strangers::default();
        for number in 0..entries {
            let author = device(u8::try_from(number % 200).unwrap());
            strangers.note(device(250), author, lane, payload);
        }
        // Nobody else answers for it.
        assert!(!strangers.is_full(device(251), &Roster::default()));
        strangers.is_full(device(250), &Roster::default())
    }

    #[test]
    fn who_brings_strangers_may_bring_so_many_entries_and_so_many_bytes() {
        let process = LaneId::new(LaneClass::Process, [1; 16]);
        assert!(!brought(999, process, 100));
        assert!(brought(1_000, process, 100));
        assert!(!brought(63, process, 64 * 1024));
        assert!(brought(64, process, 64 * 1024));
        // Hundreds of joins come before the invite that they are under.
        assert!(!brought(5_000, MEMBERSHIP, 300));
        assert!(brought(64, MEMBERSHIP, 64 * 1024));
    }
}
