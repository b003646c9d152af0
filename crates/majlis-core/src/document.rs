//! Documents: what several people edit together, one Automerge document a lane.
//!
//! A document is a list of text blocks. An editor works on it at known heads and hands in edits;
//! it gets back the edits that lead to where the document is. Typing is coalesced by the caller:
//! every call makes changes, so call at a pause or every twenty keystrokes, not for each key.
//! Not here: who may write, and others' changes before the gate.

pub mod definition;
pub mod skeleton;
pub mod text;

mod between;
mod edit;
mod past;
mod place;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, ChangeHash, LoadOptions, ReadDoc as _, TextEncoding};

use crate::changes::Changes;
use crate::checkpoint::Text;
use crate::gate::{self, Alone, GateRefusal, History, Pending, Ruling};
use crate::id::{DeviceId, LaneId};

pub use edit::{EditError, Edited};
pub use past::{Version, Written};
pub use place::{Element, NotInText, Place};
pub use text::{Block, BlockKind, Edit, Marks, Run, checksum};

/// Earlier states kept for editors that have not caught up.
const KEPT: usize = 4;

/// A document could not be loaded: the saved form is not one, or is of another lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("loading a saved document")]
pub struct LoadError;

/// Everything that is read of a document: what two copies are compared by.
pub(crate) fn reads(document: &Automerge) -> (Vec<Block>, definition::Definition) {
    (text::blocks(document, None), definition::read(document))
}

/// One document.
#[derive(Debug)]
pub struct Document {
    lane: LaneId,
    automerge: Automerge,
    history: History,
    recent: VecDeque<Automerge>,
    pending: Pending,
}

/// What the rules say of a batch that is offered to a document.
#[derive(Debug)]
pub enum Offer {
    /// It fits.
    Fits {
        /// Whether some of its changes are here already.
        restates: bool,
    },
    /// It builds on changes that are not here.
    Missing(BTreeSet<ChangeHash>),
    /// It may never go in.
    Refused(GateRefusal),
}

impl Document {
    /// The empty document of a lane: just the skeleton that every replica makes alike.
    #[must_use]
    pub fn new(lane: LaneId) -> Self {
        Self::around(lane, skeleton::make(lane))
    }

    fn around(lane: LaneId, automerge: Automerge) -> Self {
        let history = History::of(&automerge);
        Self {
            lane,
            automerge,
            history,
            recent: VecDeque::new(),
            pending: Pending::default(),
        }
    }

    /// Loads what [`Document::save`] wrote.
    ///
    /// # Errors
    /// [`LoadError`] when the bytes are damaged, or not of this lane.
    pub fn load(lane: LaneId, save: &[u8]) -> Result<Self, LoadError> {
        let load = || {
            let options = LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit);
            Automerge::load_with_options(save, options)
        };
        let loaded = catch_unwind(AssertUnwindSafe(load)).map_err(|_| LoadError)?;
        let document = Self::around(lane, loaded.map_err(|_| LoadError)?);
        if document.history.contains(&skeleton::hash(lane)) {
            Ok(document)
        } else {
            Err(LoadError)
        }
    }

    /// Automerge's saved form.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.automerge.save()
    }

    /// The lane.
    #[must_use]
    pub const fn lane(&self) -> LaneId {
        self.lane
    }

    /// The document as Automerge has it.
    #[must_use]
    pub fn automerge(&self) -> &Automerge {
        debug_assert!(self.pending.is_empty(), "absorbed before it is read");
        &self.automerge
    }

    /// The changes it holds.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// The heads: the version.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.automerge.get_heads()
    }

    fn remember(&mut self, before: Automerge) {
        self.recent.push_back(before);
        if self.recent.len() > KEPT {
            self.recent.pop_front();
        }
    }

    /// Checks a batch that `device` signed by the rules. What fits is in the history at once, and in
    /// the text after [`Document::absorb`], which must come before anything is read.
    pub fn offer(&mut self, device: DeviceId, batch: &Changes) -> Offer {
        match gate::alone(device, self.lane, batch) {
            Ok(batch) => self.offer_read(batch),
            Err(refusal) => Offer::Refused(refusal),
        }
    }

    /// The same, for a batch that was checked by itself before.
    pub(crate) fn offer_read(&mut self, batch: Alone) -> Offer {
        let all = batch.len();
        let document = (&self.automerge, &self.pending);
        match gate::rule(document, &self.history, batch) {
            Ruling::Fits(list) => {
                for one in &list {
                    self.history.add(one.change());
                }
                let restates = list.len() < all;
                self.pending.extend(list);
                Offer::Fits { restates }
            }
            Ruling::Missing(missing) => Offer::Missing(missing),
            Ruling::Refused(refusal) => Offer::Refused(refusal),
        }
    }

    /// Whether so much was offered that it is time to absorb it.
    pub(crate) fn is_laden(&self) -> bool {
        self.pending.ops() >= gate::MAX_BATCH_OPS
    }

    /// Takes in what was offered: all of it, or, when the document would not survive that, nothing.
    ///
    /// # Errors
    /// Why it would not; what was offered is forgotten.
    pub fn absorb(&mut self) -> Result<(), GateRefusal> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let pending = core::mem::take(&mut self.pending);
        let ops = self.history.ops().saturating_sub(pending.ops());
        match pending.taken(&self.automerge, ops) {
            Ok(taken) => {
                let before = core::mem::replace(&mut self.automerge, taken);
                self.remember(before);
                Ok(())
            }
            Err(refusal) => {
                self.history = History::of(&self.automerge);
                Err(refusal)
            }
        }
    }

    /// Takes back raw changes that this replica made or admitted before and kept in its own
    /// store, in whatever order they come. Those that do not join on are left out.
    pub fn take<'a>(&mut self, changes: impl IntoIterator<Item = &'a [u8]>) {
        let read = |raw: &[u8]| catch_unwind(|| Change::from_bytes(raw.to_vec()));
        let mut left: Vec<Change> = changes
            .into_iter()
            .filter_map(|raw| read(raw).ok()?.ok())
            .collect();
        let (mut fit, mut known) = (Vec::new(), BTreeSet::new());
        let mut before = usize::MAX;
        while !left.is_empty() && left.len() < before {
            before = left.len();
            left.retain(|change| {
                let here = |dep: &ChangeHash| self.history.contains(dep) || known.contains(dep);
                let joins = change.deps().iter().all(here);
                let new = !here(&change.hash());
                if joins && new {
                    known.insert(change.hash());
                    fit.push(change.clone());
                }
                !joins && new
            });
        }
        if fit.is_empty() {
            return;
        }
        let mut copy = self.automerge.clone();
        let applied = catch_unwind(AssertUnwindSafe(|| copy.apply_changes(fit.iter().cloned())));
        if matches!(applied, Ok(Ok(()))) {
            for change in &fit {
                self.history.add(change);
            }
            self.automerge = copy;
        }
    }

    /// The document at heads that it holds; `None` when it does not.
    fn at(&self, heads: &[ChangeHash]) -> Option<Automerge> {
        let mut heads = heads.to_vec();
        heads.sort_unstable();
        if self.automerge.get_heads() == heads {
            return Some(self.automerge.clone());
        }
        if let Some(recent) = self
            .recent
            .iter()
            .find(|recent| recent.get_heads() == heads)
        {
            return Some(recent.clone());
        }
        let known = !heads.is_empty() && heads.iter().all(|head| self.history.contains(head));
        known.then(|| self.automerge.fork_at(&heads).ok())?
    }

    /// How long the body is, in UTF-16 units, a block's beginning counting as one.
    #[must_use]
    pub fn length(&self) -> usize {
        skeleton::body(&self.automerge).map_or(0, |body| self.automerge.length(&body))
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> String {
        text::title(&self.automerge)
    }

    /// The blocks.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        text::blocks(&self.automerge, None)
    }

    /// The blocks at an earlier version; `None` when it is not held.
    #[must_use]
    pub fn blocks_at(&self, heads: &[ChangeHash]) -> Option<Vec<Block>> {
        let known = heads.iter().all(|head| self.history.contains(head));
        known.then(|| text::blocks(&self.automerge, Some(heads)))
    }

    /// Title and blocks.
    #[must_use]
    pub fn text(&self) -> Text {
        Text {
            title: self.title(),
            blocks: self.blocks(),
        }
    }

    /// Title and blocks at heads that it holds, read from the history up to there alone, and whether
    /// that history has all these changes; `None` when it does not hold the heads.
    #[must_use]
    pub fn text_at(&self, heads: &[ChangeHash], changes: &[ChangeHash]) -> Option<(Text, bool)> {
        let then = self.at(heads)?;
        let has = |change: &ChangeHash| then.get_change_by_hash(change).is_some();
        let text = Text {
            title: text::title(&then),
            blocks: text::blocks(&then, None),
        };
        Some((text, changes.iter().all(has)))
    }

    /// Title, definition and body as plain text, a block a line: what search sees.
    #[must_use]
    pub fn plain_text(&self) -> String {
        let mut out = definition::read(&self.automerge).plain_text();
        for block in self.blocks() {
            out.extend(block.runs.iter().map(|run| run.text.as_str()));
            out.push('\n');
        }
        out.trim_end().to_owned()
    }

    /// The process definition, when this is the document of a process.
    #[must_use]
    pub fn definition(&self) -> definition::Definition {
        definition::read(&self.automerge)
    }
}
