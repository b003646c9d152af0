//! The documents of a space: loading, this device's edits, others' changes through the gate, and
//! rebuilding when a new membership takes work out of a document or brings it back.

mod own;
mod rebuild;

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;

use crate::admission::{Missing, Refusal, State};
use crate::chain::{Item, Place};
use crate::changes::Changes;
use crate::codec::DecodeError;
use crate::document::{Document, Offer};
use crate::effect::Write;
use crate::entry::{ChainId, Kind};
use crate::gate;
use crate::id::{EntryHash, LaneId};
use crate::shelf::{Shelf, ShelfError};
use crate::space::Space;
use crate::space::step::Step;

/// A document is saved when this many bytes of changes came since the last time.
const SAVE_AFTER: usize = 128 * 1024;
/// The text of a document up to this length, in UTF-16 units, is indexed for search at every
/// change, of a longer one when it is saved.
const INDEX_AT_ONCE: usize = 20_000;

/// A loaded document.
#[derive(Debug)]
pub(super) struct OpenDocument {
    pub(super) document: Document,
    /// Bytes of changes since it was last saved.
    unsaved: usize,
    /// The outline no longer says what the document says.
    stale: bool,
    /// It is saved at the end of this step, when it holds everything the step admitted.
    due: bool,
    /// It was made anew since it was last saved: what is saved holds work that was taken out.
    anew: bool,
}

impl OpenDocument {
    fn new(document: Document) -> Self {
        Self {
            document,
            unsaved: 0,
            stale: false,
            due: false,
            anew: false,
        }
    }
}

/// Entries of a lane that wait for changes they build on.
pub(super) type WaitingChanges = BTreeMap<LaneId, BTreeSet<EntryHash>>;

impl Space {
    pub(super) fn load(
        &mut self,
        lane: LaneId,
        shelf: &dyn Shelf,
    ) -> Result<&mut OpenDocument, ShelfError> {
        if !self.documents.contains_key(&lane) {
            let document = self.read_document(lane, shelf)?;
            let open = OpenDocument::new(document);
            self.documents.insert(lane, open);
        }
        Ok(self
            .documents
            .entry(lane)
            .or_insert_with(|| OpenDocument::new(Document::new(lane))))
    }

    /// The saved document, the entries after it, then own unsealed changes. A save that does not
    /// load is only a cache: the entries say it all.
    fn read_document(&self, lane: LaneId, shelf: &dyn Shelf) -> Result<Document, ShelfError> {
        let saved = shelf.document(lane)?;
        let loaded = saved.save.as_deref().map(|save| Document::load(lane, save));
        let (mut document, entries) = match loaded {
            Some(Ok(document)) => (document, saved.later),
            Some(Err(_)) | None => (Document::new(lane), self.changes_on(lane, State::applies)),
        };
        let stored = batches(&entries, shelf)?;
        let stored = stored.iter().flat_map(|batch| &batch.changes);
        let stored = stored.map(|change| change.as_slice());
        document.take(stored.chain(self.unsealed_changes(lane)));
        Ok(document)
    }

    /// Own changes of a document that no entry carries yet.
    fn unsealed_changes(&self, lane: LaneId) -> impl Iterator<Item = &[u8]> {
        let work = self.unsealed.get(&lane).into_iter();
        let changes = work.flat_map(|work| &work.changes);
        changes.map(|(_, change)| change.as_slice())
    }

    /// Entries of document changes on a lane whose state is as asked, chain by chain.
    fn changes_on(&self, lane: LaneId, which: fn(State) -> bool) -> Vec<EntryHash> {
        let chains: Vec<ChainId> = self
            .index
            .chains()
            .filter(|chain| chain.lane == lane)
            .collect();
        let items = chains
            .into_iter()
            .flat_map(|chain| self.index.items_of(chain));
        items
            .filter(|(_, item)| item.kind == Kind::Changes && which(item.state))
            .map(|(_, item)| item.hash)
            .collect()
    }

    fn changed(&mut self, lane: LaneId, bytes: usize) {
        if let Some(open) = self.documents.get_mut(&lane) {
            open.unsaved = open.unsaved.saturating_add(bytes);
            open.stale = true;
        }
    }

    fn outline(&mut self, lane: LaneId, whole: bool, step: &mut Step<'_>) {
        if let Some(open) = self.documents.get_mut(&lane) {
            let now = whole || open.document.length() <= INDEX_AT_ONCE;
            let text = now.then(|| open.document.plain_text());
            open.stale = text.is_none();
            step.writes.push(Write::Outline {
                lane,
                title: open.document.title(),
                text,
            });
        }
    }

    /// Takes an authorised entry's changes through the gate into its document.
    pub(super) fn assess_changes(
        &mut self,
        place: Place,
        hash: EntryHash,
        step: &mut Step<'_>,
        rebuild: &mut BTreeSet<LaneId>,
    ) -> Result<State, ShelfError> {
        let lane = place.chain.lane;
        if self.is_behind_fork(place) {
            rebuild.insert(lane);
            self.waiting.entry(lane).or_default().insert(hash);
            return Ok(State::Waiting(Missing::Changes));
        }
        if self.follows_waiting(place) {
            self.waiting.entry(lane).or_default().insert(hash);
            return Ok(State::Waiting(Missing::Changes));
        }
        let batch = match read_changes(hash, step)? {
            Ok(batch) => batch,
            Err(state) => return Ok(state),
        };
        self.judged.entry(lane).or_default().push(hash);
        let open = self.load(lane, step)?;
        match open.document.offer(place.chain.device, &batch) {
            Offer::Fits { restates } => {
                self.changed(lane, size(&batch));
                // What is stated by right need not be carried.
                if restates
                    && !self
                        .changes_on(lane, |one| one == State::Carried)
                        .is_empty()
                {
                    rebuild.insert(lane);
                }
                Ok(State::Admitted)
            }
            Offer::Missing(missing) => {
                let aside = self.set_aside(lane, step)?;
                if missing.iter().any(|change| aside.contains_key(change)) {
                    rebuild.insert(lane);
                }
                self.waiting.entry(lane).or_default().insert(hash);
                Ok(State::Waiting(Missing::Changes))
            }
            Offer::Refused(refusal) => Ok(State::Refused(Refusal::Gate(refusal.code()))),
        }
    }

    /// Whether an entry's predecessor waits. They go one by one along the chain: which of two that
    /// cannot both be is taken must not depend on which of them had what it needs first.
    pub(super) fn follows_waiting(&self, place: Place) -> bool {
        let before = self.changes_before(place);
        before.is_some_and(|item| matches!(item.state, State::Waiting(_)))
    }

    /// The nearest earlier entry of document changes in the same chain.
    fn changes_before(&self, place: Place) -> Option<&Item> {
        let at = |seq| self.index.on_branch(place.chain, place.branch, seq);
        (0..place.seq)
            .rev()
            .filter_map(at)
            .find(|item| item.kind == Kind::Changes)
    }

    /// Changes in entries that are set aside on a lane: who holds them.
    fn set_aside(
        &self,
        lane: LaneId,
        step: &Step<'_>,
    ) -> Result<BTreeMap<ChangeHash, EntryHash>, ShelfError> {
        let mut found = BTreeMap::new();
        for entry in self.changes_on(lane, |state| matches!(state, State::Quarantined(_))) {
            for change in self.own_changes(entry, step)? {
                found.entry(change).or_insert(entry);
            }
        }
        Ok(found)
    }

    /// The names of the changes that an entry states by right.
    pub(super) fn own_changes(
        &self,
        entry: EntryHash,
        step: &Step<'_>,
    ) -> Result<Vec<ChangeHash>, ShelfError> {
        let changes = stored_changes(entry, step)?;
        let place = self.index.place(entry);
        let names = place
            .zip(changes)
            .map(|(place, changes)| gate::names(place.chain.device, place.chain.lane, &changes));
        let names = names.unwrap_or_default().into_iter();
        Ok(names.map(|(change, _)| change).collect())
    }

    /// Whether an entry states a change that its document holds from another entry.
    pub(super) fn restates(
        &mut self,
        lane: LaneId,
        entry: EntryHash,
        step: &Step<'_>,
    ) -> Result<bool, ShelfError> {
        let own = self.own_changes(entry, step)?;
        let history = self.load(lane, step)?.document.history();
        Ok(own.iter().any(|change| history.contains(change)))
    }

    /// Rebuilds documents that lost work, lets entries on touched lanes that wait for changes try
    /// again, brings outlines up to date.
    pub(super) fn settle_documents(
        &mut self,
        mut rebuild: BTreeSet<LaneId>,
        touched: &BTreeSet<LaneId>,
        step: &mut Step<'_>,
    ) -> Result<(), ShelfError> {
        let mut rebuilt = BTreeSet::new();
        loop {
            let mut moved = false;
            while let Some(lane) = rebuild.pop_first() {
                if rebuilt.insert(lane) {
                    self.rebuild(lane, step)?;
                    moved = true;
                }
            }
            for lane in touched {
                for hash in self.waiting.get(lane).cloned().unwrap_or_default() {
                    moved |= self.try_again(*lane, hash, step, &mut rebuild)?;
                }
            }
            while let Some(lane) = self.judged.keys().next().copied() {
                moved |= self.absorb(lane, true, step)?;
            }
            if !moved && rebuild.is_subset(&rebuilt) {
                break;
            }
        }
        let stale: Vec<LaneId> = self
            .documents
            .iter()
            .filter(|(_, open)| open.stale)
            .map(|(lane, _)| *lane)
            .collect();
        for lane in stale {
            self.outline(lane, false, step);
        }
        Ok(())
    }

    /// Assesses an entry that waits for changes; whether it stands elsewhere now.
    fn try_again(
        &mut self,
        lane: LaneId,
        hash: EntryHash,
        step: &mut Step<'_>,
        rebuild: &mut BTreeSet<LaneId>,
    ) -> Result<bool, ShelfError> {
        let place_and_item = (self.index.place(hash), self.index.item(hash).copied());
        let (Some(place), Some(item)) = place_and_item else {
            return Ok(false);
        };
        if item.state != State::Waiting(Missing::Changes) {
            self.forget_waiting(lane, hash);
            return Ok(false);
        }
        let state = self.assess_changes(place, hash, step, rebuild)?;
        if state == item.state {
            return Ok(false);
        }
        self.forget_waiting(lane, hash);
        self.settle_one(hash, item.authority, state, step);
        self.absorb(lane, false, step)?;
        Ok(true)
    }

    /// Has a document take in what fits it, when that is much or has to be now. Gives whether
    /// entries stand elsewhere than they were said to before.
    pub(super) fn absorb(
        &mut self,
        lane: LaneId,
        now: bool,
        step: &mut Step<'_>,
    ) -> Result<bool, ShelfError> {
        let judged = self.judged.remove(&lane).unwrap_or_default();
        let Some(open) = self.documents.get_mut(&lane) else {
            return Ok(false);
        };
        if !now && !open.document.is_laden() {
            self.judged.insert(lane, judged);
            return Ok(false);
        }
        if open.document.absorb().is_ok() {
            return Ok(false);
        }
        // One of them is harmful in a way that the rules do not see, and others may have been judged
        // by it: each for itself, in order.
        for hash in judged {
            let place_and_item = (self.index.place(hash), self.index.item(hash).copied());
            let (Some(place), Some(item)) = place_and_item else {
                continue;
            };
            let Ok(batch) = read_changes(hash, step)? else {
                continue;
            };
            let held_up = self.follows_waiting(place);
            let document = &mut self.load(lane, step)?.document;
            let offer = if held_up {
                Offer::Missing(BTreeSet::new())
            } else {
                document.offer(place.chain.device, &batch)
            };
            let state = match (offer, document.absorb()) {
                (Offer::Fits { .. }, Ok(())) => State::Admitted,
                (Offer::Fits { .. }, Err(refusal)) | (Offer::Refused(refusal), _) => {
                    State::Refused(Refusal::Gate(refusal.code()))
                }
                (Offer::Missing(_), _) => {
                    self.waiting.entry(lane).or_default().insert(hash);
                    State::Waiting(Missing::Changes)
                }
            };
            self.settle_one(hash, item.authority, state, step);
        }
        Ok(true)
    }

    fn forget_waiting(&mut self, lane: LaneId, hash: EntryHash) {
        if let Some(waiting) = self.waiting.get_mut(&lane) {
            waiting.remove(&hash);
        }
    }

    /// Has every document with changes since its last save saved at the end of this step.
    pub(super) fn save_all(&mut self) {
        for open in self.documents.values_mut() {
            open.due |= open.unsaved > 0;
        }
    }

    /// The end of a step: writes the documents that are due. A save holds nothing unsealed, so a
    /// document with unsealed work waits; one that was made anew is saved without it.
    pub(super) fn write_saves(&mut self, step: &mut Step<'_>) -> Result<(), ShelfError> {
        let due = self
            .documents
            .iter()
            .filter(|(_, open)| open.due || open.unsaved >= SAVE_AFTER);
        for lane in due.map(|(lane, _)| *lane).collect::<Vec<_>>() {
            if self
                .unsealed
                .get(&lane)
                .is_some_and(|work| !work.changes.is_empty())
            {
                let made_anew = self.documents.get(&lane).is_some_and(|open| open.anew);
                if made_anew {
                    let entries = self.changes_on(lane, State::applies);
                    let stored = batches(&entries, step)?;
                    let mut sealed = Document::new(lane);
                    let stored = stored.iter().flat_map(|batch| &batch.changes);
                    sealed.take(stored.map(|change| change.as_slice()));
                    let save = sealed.save();
                    step.writes.push(Write::Document { lane, save });
                }
                if let Some(open) = self.documents.get_mut(&lane) {
                    open.anew = false;
                }
                continue;
            }
            self.outline(lane, true, step);
            if let Some(open) = self.documents.get_mut(&lane) {
                (open.unsaved, open.due, open.anew) = (0, false, false);
                step.writes.push(Write::Document {
                    lane,
                    save: open.document.save(),
                });
            }
        }
        Ok(())
    }
}

/// The changes of these entries, as far as they are here.
fn batches(entries: &[EntryHash], shelf: &dyn Shelf) -> Result<Vec<Changes>, ShelfError> {
    let mut batches = Vec::new();
    for entry in entries {
        batches.extend(stored_changes(*entry, shelf)?);
    }
    Ok(batches)
}

fn size(batch: &Changes) -> usize {
    batch
        .changes
        .iter()
        .fold(0, |sum, change| sum.saturating_add(change.len()))
}

/// The changes of a stored entry; `None` when its payload is gone or unreadable.
fn stored_changes(entry: EntryHash, shelf: &dyn Shelf) -> Result<Option<Changes>, ShelfError> {
    Ok(shelf
        .payload(entry)?
        .and_then(|payload| Changes::decode(&payload).ok()))
}

fn read_changes(entry: EntryHash, shelf: &dyn Shelf) -> Result<Result<Changes, State>, ShelfError> {
    let Some(payload) = shelf.payload(entry)? else {
        return Ok(Err(State::Waiting(Missing::Payload)));
    };
    Ok(Changes::decode(&payload).map_err(|error| match error {
        DecodeError::Newer => State::Unknown,
        DecodeError::Malformed => State::Refused(Refusal::Malformed),
    }))
}
