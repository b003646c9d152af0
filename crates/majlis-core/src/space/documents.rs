//! The documents of a space: loading, this device's edits, others' changes through the gate, and
//! rebuilding when a new membership takes work out of a document or brings it back.

mod own;
mod rebuild;
mod standing;

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Missing, Refusal, State};
use crate::changes::Changes;
use crate::document::{Document, Offer};
use crate::effect::Write;
use crate::entry::{ChainId, Kind};
use crate::id::{EntryHash, LaneId};
use crate::shelf::{SavedDocument, Shelf, ShelfError};
use crate::space::Space;
use crate::space::step::Step;

use standing::{read_alone, read_changes};

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

    /// Whether a document can be read: not where the disk does not give an entry of it any more. One
    /// that lacks something is not made of the rest, for it would be saved so.
    pub(super) fn is_readable(
        &mut self,
        lane: LaneId,
        step: &mut Step<'_>,
    ) -> Result<bool, ShelfError> {
        if step.unreadable.contains(&lane) && !self.documents.contains_key(&lane) {
            return Ok(false);
        }
        match self.load(lane, step) {
            Ok(_) => Ok(true),
            Err(ShelfError::Damaged(_)) => {
                step.unreadable.insert(lane);
                Ok(false)
            }
            Err(failed) => Err(failed),
        }
    }

    /// Whether a document can be read and nothing of it is lost. One that was made without what the disk
    /// did not give is no text to show, to change or to sign: people would write again what seems to be
    /// missing, and own work would wait behind what is, here alone.
    pub(super) fn is_whole(
        &mut self,
        lane: LaneId,
        step: &mut Step<'_>,
    ) -> Result<bool, ShelfError> {
        Ok(!self.lacks(lane, Kind::Changes) && self.is_readable(lane, step)?)
    }

    /// The saved document, the entries after it, then own unsealed changes. A save that cannot be
    /// read or does not load is only a cache: the entries say it all.
    fn read_document(&self, lane: LaneId, shelf: &dyn Shelf) -> Result<Document, ShelfError> {
        let saved = match shelf.document(lane) {
            Err(ShelfError::Damaged(_)) => SavedDocument::default(),
            saved => saved?,
        };
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
            let Ok(batch) = read_alone(place.chain.device, lane, hash, step)? else {
                continue;
            };
            let held_up = self.follows_waiting(place);
            let document = &mut self.load(lane, step)?.document;
            let offer = if held_up {
                Offer::Missing(BTreeSet::new())
            } else {
                document.offer_read(batch)
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
                    // It was made of them a moment ago, and stays due.
                    let stored = match batches(&entries, step) {
                        Err(ShelfError::Damaged(_)) => continue,
                        stored => stored?,
                    };
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

/// The changes of these entries: of all, or the document is damaged.
fn batches(entries: &[EntryHash], shelf: &dyn Shelf) -> Result<Vec<Changes>, ShelfError> {
    let mut batches = Vec::new();
    for entry in entries {
        let Some(batch) = stored_changes(*entry, shelf)? else {
            let why = "an entry of a document is not whole";
            return Err(ShelfError::Damaged(why.into()));
        };
        batches.push(batch);
    }
    Ok(batches)
}

fn size(batch: &Changes) -> usize {
    batch
        .changes
        .iter()
        .fold(0, |sum, change| sum.saturating_add(change.len()))
}

/// The changes of a stored entry; `None` when the disk does not give them whole.
fn stored_changes(entry: EntryHash, shelf: &dyn Shelf) -> Result<Option<Changes>, ShelfError> {
    Ok(read_changes(entry, shelf)?.ok())
}
