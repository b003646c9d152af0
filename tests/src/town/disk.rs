//! What a resident has stored, surviving every crash.

use std::cell::RefCell;
use std::collections::BTreeMap;

use majlis_core::admission::State;
use majlis_core::effect::{MemberRow, Write};
use majlis_core::entry::{Kind, Signed};
use majlis_core::id::{DeviceId, EntryHash, LaneId};
use majlis_core::shelf::{SavedDocument, Shelf, ShelfError};

#[derive(Debug, Default)]
struct Stored {
    order: Vec<EntryHash>,
    entries: BTreeMap<EntryHash, (Signed, Vec<u8>, State)>,
    documents: BTreeMap<LaneId, Vec<u8>>,
    later: BTreeMap<LaneId, Vec<EntryHash>>,
    changes: BTreeMap<LaneId, Vec<(u32, Vec<u8>)>>,
    records: BTreeMap<LaneId, Vec<Vec<u8>>>,
    sessions: BTreeMap<LaneId, u32>,
    members: BTreeMap<DeviceId, MemberRow>,
}

/// A disk.
#[derive(Debug, Default)]
pub struct Disk(RefCell<Stored>);

/// A reader of a disk.
#[derive(Debug)]
pub struct DiskShelf<'a>(&'a Disk);

impl Disk {
    /// The reader.
    #[must_use]
    pub const fn shelf(&self) -> DiskShelf<'_> {
        DiskShelf(self)
    }

    /// Whether an entry is stored.
    #[must_use]
    pub fn holds(&self, entry: EntryHash) -> bool {
        self.0.borrow().entries.contains_key(&entry)
    }

    /// What lists show, as text.
    #[must_use]
    pub fn projection(&self) -> String {
        format!("{:?}", self.0.borrow().members)
    }

    /// Writes everything or nothing.
    pub fn persist(&self, writes: &[Write]) {
        let mut guard = self.0.borrow_mut();
        let held = &mut *guard;
        let mut saved = Vec::new();
        for write in writes {
            match write {
                Write::Entry {
                    signed,
                    payload,
                    state,
                } => {
                    let hash = signed.unchecked().hash();
                    let old = held
                        .entries
                        .insert(hash, (signed.clone(), payload.clone(), *state));
                    assert!(old.is_none(), "an entry is stored once");
                    held.order.push(hash);
                    if state.applies() && signed.unchecked().kind == Kind::Changes {
                        held.later
                            .entry(signed.unchecked().lane)
                            .or_default()
                            .push(hash);
                    }
                }
                Write::State(hash, state) => {
                    let entry = held.entries.get_mut(hash).unwrap();
                    let lane = entry.0.unchecked().lane;
                    if state.applies()
                        && !entry.2.applies()
                        && entry.0.unchecked().kind == Kind::Changes
                    {
                        held.later.entry(lane).or_default().push(*hash);
                    }
                    entry.2 = *state;
                }
                Write::Document { lane, save } => saved.push((*lane, save.clone())),
                Write::DraftChange {
                    lane,
                    session,
                    change,
                } => {
                    held.changes
                        .entry(*lane)
                        .or_default()
                        .push((*session, change.clone()));
                }
                Write::DraftRecord { lane, record } => {
                    held.records.entry(*lane).or_default().push(record.clone());
                }
                Write::Sealed {
                    lane,
                    changes,
                    records,
                } => {
                    held.changes.entry(*lane).or_default().drain(..*changes);
                    held.records.entry(*lane).or_default().drain(..*records);
                }
                Write::Session { lane, number } => {
                    held.sessions.insert(*lane, *number);
                }
                Write::Member(row) => {
                    held.members.insert(row.device, row.clone());
                }
                Write::Outline { .. } | Write::Peer(_) => {}
            }
        }
        for (lane, save) in saved {
            held.documents.insert(lane, save);
            held.later.remove(&lane);
        }
    }
}

impl Shelf for DiskShelf<'_> {
    fn entries(&self, each: &mut dyn FnMut(Signed, State)) -> Result<(), ShelfError> {
        let held = self.0.0.borrow();
        for hash in &held.order {
            let (signed, _, state) = held.entries.get(hash).unwrap();
            each(signed.clone(), *state);
        }
        Ok(())
    }

    fn signed(&self, entry: EntryHash) -> Result<Option<Signed>, ShelfError> {
        Ok(self
            .0
            .0
            .borrow()
            .entries
            .get(&entry)
            .map(|(signed, _, _)| signed.clone()))
    }

    fn payload(&self, entry: EntryHash) -> Result<Option<Vec<u8>>, ShelfError> {
        Ok(self
            .0
            .0
            .borrow()
            .entries
            .get(&entry)
            .map(|(_, payload, _)| payload.clone()))
    }

    fn document(&self, lane: LaneId) -> Result<SavedDocument, ShelfError> {
        let held = self.0.0.borrow();
        let applies = |hash: &EntryHash| held.entries.get(hash).is_some_and(|row| row.2.applies());
        let later = held
            .later
            .get(&lane)
            .into_iter()
            .flatten()
            .copied()
            .filter(applies)
            .collect();
        Ok(SavedDocument {
            save: held.documents.get(&lane).cloned(),
            later,
        })
    }

    fn draft_changes(&self, lane: LaneId) -> Result<Vec<(u32, Vec<u8>)>, ShelfError> {
        Ok(self
            .0
            .0
            .borrow()
            .changes
            .get(&lane)
            .cloned()
            .unwrap_or_default())
    }

    fn draft_records(&self, lane: LaneId) -> Result<Vec<Vec<u8>>, ShelfError> {
        Ok(self
            .0
            .0
            .borrow()
            .records
            .get(&lane)
            .cloned()
            .unwrap_or_default())
    }

    fn unsealed_lanes(&self) -> Result<Vec<LaneId>, ShelfError> {
        let held = self.0.0.borrow();
        let changes = held
            .changes
            .iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(lane, _)| lane);
        let records = held
            .records
            .iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(lane, _)| lane);
        let mut lanes: Vec<LaneId> = changes.chain(records).copied().collect();
        lanes.sort_unstable();
        lanes.dedup();
        Ok(lanes)
    }

    fn last_session(&self, lane: LaneId) -> Result<Option<u32>, ShelfError> {
        Ok(self.0.0.borrow().sessions.get(&lane).copied())
    }
}
