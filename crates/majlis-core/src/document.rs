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

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, ChangeHash, LoadOptions, TextEncoding};
use serde_bytes::ByteBuf;

use crate::gate::{Admissible, History};
use crate::id::LaneId;

pub use edit::{EditError, Edited};
pub use past::{Version, Written};
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
    pub const fn automerge(&self) -> &Automerge {
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

    /// Takes a batch that passed the gate.
    pub fn admit(&mut self, passed: Admissible) {
        for change in &passed.changes {
            self.history.add(change);
        }
        let before = core::mem::replace(&mut self.automerge, *passed.document);
        self.remember(before);
    }

    fn remember(&mut self, before: Automerge) {
        self.recent.push_back(before);
        if self.recent.len() > KEPT {
            self.recent.pop_front();
        }
    }

    /// Takes back raw changes that this replica made or admitted before and kept in its own
    /// store. Gives `false`, and changes nothing, when they do not join on.
    pub fn take(&mut self, changes: &[ByteBuf]) -> bool {
        let mut read = Vec::new();
        for raw in changes {
            match catch_unwind(AssertUnwindSafe(|| Change::from_bytes(raw.to_vec()))) {
                Ok(Ok(change)) => read.push(change),
                _ => return false,
            }
        }
        let mut known = std::collections::BTreeSet::new();
        for change in &read {
            let here = |dep: &ChangeHash| self.history.contains(dep) || known.contains(dep);
            if !change.deps().iter().all(here) {
                return false;
            }
            known.insert(change.hash());
        }
        read.retain(|change| !self.history.contains(&change.hash()));
        let mut copy = self.automerge.clone();
        let applied = catch_unwind(AssertUnwindSafe(|| {
            copy.apply_changes(read.iter().cloned())
        }));
        if !matches!(applied, Ok(Ok(()))) {
            return false;
        }
        for change in &read {
            self.history.add(change);
        }
        self.automerge = copy;
        true
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
