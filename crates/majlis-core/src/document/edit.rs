//! This device's edits: applied at the heads they were made on, merged, and answered with the
//! edits that lead from there to where the document is.

mod marking;

use std::collections::VecDeque;
use std::num::NonZeroU64;

use automerge::transaction::{CommitOptions, Transactable as _, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, Change, ChangeHash, ExpandedChange, ObjId, ReadDoc as _,
};

use super::definition::{self, Definition};
use super::text::plain;
use super::{Block, BlockKind, Document, Edit, between, checksum, skeleton};
use crate::gate::{MAX_DEPS, Past};
use crate::time::Timestamp;
use marking::{between_marks, link_bytes, mark, remark};

/// Operations after which a change is ended and the next one begun; what one step adds on top
/// stays below what the gate takes.
pub(super) const CHANGE_OPS: usize = 2_000;
/// Bytes of text and links after which a change is ended.
const CHANGE_BYTES: usize = 32 * 1024;
/// Characters put in or units taken out in one step.
const CHUNK: usize = 1_000;
/// The most edits an editor is asked to walk; beyond, it gets the whole content.
const MAX_WALK: usize = 2_000;
/// A text up to this length, in UTF-16 units, is compared with its editors after every edit.
const CHECKED_ALWAYS: usize = 20_000;
/// A longer one is compared after so many changes, and whenever somebody else's arrive.
const CHECKED_EVERY: usize = 16;
/// The longest title, in characters.
const MAX_TITLE: usize = 500;

/// What an edit made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The raw changes, in order.
    pub changes: Vec<Vec<u8>>,
    /// The version that `remote` leads from: the base with the edits.
    pub base: Vec<ChangeHash>,
    /// The version it leads to: the document now.
    pub heads: Vec<ChangeHash>,
    /// Others' edits.
    pub remote: Vec<Edit>,
    /// The whole content instead, when there is too much to walk.
    pub blocks: Option<Vec<Block>>,
    /// Checksum of the content at `heads`; of a long text only now and then.
    pub checksum: Option<String>,
}

/// Why edits are not applied. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The document does not hold the version the edits were made on.
    #[error("editing a version that is not held")]
    UnknownBase,
    /// An edit names a place that is not there, or is not what it says.
    #[error("editing outside the text")]
    OutOfRange,
    /// A text or link holds what documents do not.
    #[error("inserting text that a document cannot hold")]
    BadText,
    /// The rule of an activity takes more than a draft holds.
    #[error("writing a rule that is too long for a draft")]
    TooLong,
    /// The document did not take the edits.
    #[error("applying edits")]
    NotTaken,
}

impl Document {
    /// Applies edits that `actor` made on `base`.
    ///
    /// An actor is one editing session: what it made before must be in `base`. A session hands in
    /// once on each base, so edits on a base that it has already built on are those that it handed in
    /// then: they are answered and not applied again. So an editor may ask until it is answered,
    /// whatever ended in between.
    ///
    /// # Errors
    /// [`EditError`]; the document is as before.
    pub fn edit(
        &mut self,
        actor: [u8; 16],
        base: &[ChangeHash],
        edits: &[Edit],
        now: Timestamp,
    ) -> Result<Edited, EditError> {
        let mut fork = self.at(base).ok_or(EditError::UnknownBase)?;
        if let Some(last) = self.history.last(&actor)
            && fork.get_change_meta_by_hash(&last.hash).is_none()
        {
            return if !edits.is_empty() && self.built_on(&actor, &fork) {
                Ok(self.answer(vec![last.hash], &[]))
            } else {
                Err(EditError::UnknownBase)
            };
        }
        let mut rest: VecDeque<Edit> = edits.iter().cloned().collect();
        let mut changes = Vec::new();
        if !rest.is_empty() {
            changes = self.fold(&mut fork, actor, now)?;
        }
        while !rest.is_empty() {
            changes.extend(commit(&mut fork, actor, now, |transaction| {
                let body = skeleton::body(transaction).ok_or(EditError::NotTaken)?;
                let mut bytes: usize = 0;
                while transaction.pending_ops() < CHANGE_OPS && bytes < CHANGE_BYTES {
                    let Some(edit) = rest.pop_front() else { break };
                    let left = apply(transaction, &body, edit, &mut bytes)?;
                    left.into_iter().for_each(|left| rest.push_front(left));
                }
                Ok(())
            })?);
        }
        self.merged(fork, &changes)
    }

    /// Whether the first change of `actor` that a fork does not hold was made on that fork's heads.
    fn built_on(&self, actor: &[u8; 16], fork: &Automerge) -> bool {
        let made = |seq| self.history.nth(actor, seq).map(|past: Past| past.hash);
        let held = |hash: &ChangeHash| fork.get_change_meta_by_hash(hash).is_some();
        let first = (1..=self.history.count(actor))
            .rev()
            .take_while(|seq| made(*seq).is_some_and(|hash| !held(&hash)))
            .last();
        let Some(first) = first else { return false };
        let before = made(first.saturating_sub(1));
        let meta = made(first).and_then(|hash| self.automerge.get_change_meta_by_hash(&hash));
        let heads = fork.get_heads();
        meta.is_some_and(|meta| {
            let on = |dep: &ChangeHash| heads.contains(dep) || before == Some(*dep);
            meta.deps.iter().all(on) && meta.deps.len() >= heads.len().min(MAX_DEPS)
        })
    }

    /// Brings a fork down to as many heads as a change may name, by changes that only merge.
    fn fold(
        &self,
        fork: &mut Automerge,
        actor: [u8; 16],
        now: Timestamp,
    ) -> Result<Vec<Change>, EditError> {
        let mut changes: Vec<Change> = Vec::new();
        let mut heads = fork.get_heads();
        while heads.len() > MAX_DEPS {
            let last = changes.last().map(Change::hash);
            let last = last.or_else(|| self.history.last(&actor).map(|past| past.hash));
            let others = heads.iter().copied().filter(|head| Some(*head) != last);
            let mut deps: Vec<ChangeHash> = last.into_iter().chain(others).take(MAX_DEPS).collect();
            deps.sort_unstable();
            let metas = deps
                .iter()
                .filter_map(|dep| fork.get_change_meta_by_hash(dep));
            let max_op = metas.map(|meta| meta.max_op).max().unwrap_or(0);
            let before = self
                .history
                .count(&actor)
                .saturating_add(changes.len() as u64);
            let change = Change::from(ExpandedChange {
                operations: Vec::new(),
                actor_id: ActorId::from(&actor[..]),
                hash: None,
                seq: before.saturating_add(1),
                start_op: NonZeroU64::MIN.saturating_add(max_op),
                time: seconds(now),
                message: None,
                deps,
                extra_bytes: Vec::new(),
                author: None,
            });
            fork.apply_changes([change.clone()]).map_err(not_taken)?;
            changes.push(change);
            heads = fork.get_heads();
        }
        Ok(changes)
    }

    /// Gives the document this title.
    ///
    /// # Errors
    /// [`EditError`]; the document is as before.
    pub fn set_title(
        &mut self,
        actor: [u8; 16],
        title: &str,
        now: Timestamp,
    ) -> Result<Edited, EditError> {
        let mut fork = self.automerge.clone();
        let title: String = plain(title)
            .chars()
            .filter(|char| !char.is_control())
            .take(MAX_TITLE)
            .collect();
        let mut changes = self.fold(&mut fork, actor, now)?;
        changes.extend(commit(&mut fork, actor, now, |transaction| {
            let id = skeleton::meta_text(transaction, "title").ok_or(EditError::NotTaken)?;
            transaction.update_text(&id, &title).map_err(not_taken)
        })?);
        self.merged(fork, &changes)
    }

    /// Makes the process definition say this, touching only what differs.
    ///
    /// # Errors
    /// [`EditError`]; the document is as before.
    pub fn define(
        &mut self,
        actor: [u8; 16],
        definition: &Definition,
        now: Timestamp,
    ) -> Result<Edited, EditError> {
        if !definition::fits(definition) {
            return Err(EditError::TooLong);
        }
        let mut fork = self.automerge.clone();
        let mut changes = self.fold(&mut fork, actor, now)?;
        let mut whole = false;
        while !whole {
            changes.extend(commit(&mut fork, actor, now, |transaction| {
                whole = definition::write(transaction, definition).map_err(not_taken)?;
                Ok(())
            })?);
        }
        self.merged(fork, &changes)
    }

    /// Takes a fork's changes in, and says how its editor gets to the merged state.
    fn merged(&mut self, fork: Automerge, changes: &[Change]) -> Result<Edited, EditError> {
        let base = fork.get_heads();
        // Nothing came in since the fork was made: it is the document with these changes.
        if changes
            .first()
            .is_some_and(|first| first.deps() == self.heads())
        {
            self.automerge = fork;
        } else {
            let taken = self.automerge.apply_changes(changes.iter().cloned());
            taken.map_err(|_| EditError::NotTaken)?;
        }
        for change in changes {
            self.history.add(change);
        }
        Ok(self.answer(base, changes))
    }

    /// What an editor is told whose edits led to `base`.
    fn answer(&self, base: Vec<ChangeHash>, changes: &[Change]) -> Edited {
        let (remote, blocks, checksum) = self.lead(&base);
        Edited {
            changes: changes
                .iter()
                .map(|change| change.raw_bytes().to_vec())
                .collect(),
            base,
            heads: self.heads(),
            remote,
            blocks,
            checksum,
        }
    }

    /// The edits that lead from an earlier version to now, or the whole content when there are
    /// too many or the version is not held; and the checksum of now. When nothing leads anywhere,
    /// a long text is not read for the checksum each time.
    #[must_use]
    pub fn lead(&self, from: &[ChangeHash]) -> (Vec<Edit>, Option<Vec<Block>>, Option<String>) {
        let mut sorted = from.to_vec();
        sorted.sort_unstable();
        let is_now = sorted == self.heads();
        let turn = self.history.len().is_multiple_of(CHECKED_EVERY);
        if is_now && !turn && self.length() > CHECKED_ALWAYS {
            return (Vec::new(), None, None);
        }
        let now = self.blocks();
        let checksum = Some(checksum(&now));
        if is_now {
            return (Vec::new(), None, checksum);
        }
        let edits = self
            .blocks_at(from)
            .and_then(|before| between::edits(&self.automerge, &before, &now, from));
        match edits {
            Some(edits) if edits.len() <= MAX_WALK => (edits, None, checksum),
            _ => (Vec::new(), Some(now), checksum),
        }
    }
}

fn not_taken(_: AutomergeError) -> EditError {
    EditError::NotTaken
}

fn seconds(now: Timestamp) -> i64 {
    i64::try_from(now.0 / 1_000).unwrap_or(i64::MAX)
}

/// One change of `actor`; `None` when nothing was to be done.
fn commit(
    document: &mut Automerge,
    actor: [u8; 16],
    now: Timestamp,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<(), EditError>,
) -> Result<Option<Change>, EditError> {
    document.set_actor(ActorId::from(&actor[..]));
    let mut transaction = document.transaction();
    if let Err(error) = work(&mut transaction) {
        transaction.rollback();
        return Err(error);
    }
    let options = CommitOptions::default().with_time(seconds(now));
    let (hash, _) = transaction.commit_with(options);
    let Some(hash) = hash else { return Ok(None) };
    document
        .get_change_by_hash(&hash)
        .map(Some)
        .ok_or(EditError::NotTaken)
}

/// Applies an edit, or as much of it as fits a step, and gives what is left.
fn apply(
    transaction: &mut Transaction<'_>,
    body: &ObjId,
    edit: Edit,
    bytes: &mut usize,
) -> Result<Option<Edit>, EditError> {
    match edit {
        Edit::Insert { at, text, marks } => {
            place(transaction, body, at)?;
            if text.is_empty() || text.chars().any(char::is_control) || plain(&text) != text {
                return Err(EditError::BadText);
            }
            let cut = text
                .char_indices()
                .nth(CHUNK)
                .map_or(text.len(), |(cut, _)| cut);
            let (part, left) = text.split_at(cut);
            transaction
                .splice_text(body, at, 0, part)
                .map_err(not_taken)?;
            let end = at.saturating_add(part.encode_utf16().count());
            let held = transaction.marks(body).map_err(not_taken)?;
            mark(
                transaction,
                body,
                (at, end),
                &between_marks(&held, at, end),
                &marks,
            )?;
            *bytes = bytes
                .saturating_add(part.len())
                .saturating_add(link_bytes(&marks));
            let left = left.to_owned();
            Ok((!left.is_empty()).then_some(Edit::Insert {
                at: end,
                text: left,
                marks,
            }))
        }
        Edit::Delete { at, count } => {
            let end = at.checked_add(count).ok_or(EditError::OutOfRange)?;
            place(transaction, body, at)?;
            place(transaction, body, end)?;
            let part = match count {
                0 => return Err(EditError::OutOfRange),
                1..=CHUNK => count,
                // Not between the halves of a character.
                _ if place(transaction, body, at.saturating_add(CHUNK)).is_ok() => CHUNK,
                _ => CHUNK.saturating_add(1),
            };
            let units = isize::try_from(part).map_err(|_| EditError::OutOfRange)?;
            transaction
                .splice_text(body, at, units, "")
                .map_err(not_taken)?;
            let count = count.saturating_sub(part);
            Ok((count > 0).then_some(Edit::Delete { at, count }))
        }
        Edit::Mark { from, to, marks } => {
            if from >= to {
                return Err(EditError::OutOfRange);
            }
            place(transaction, body, from)?;
            place(transaction, body, to)?;
            let reached = remark(transaction, body, (from, to), &marks, bytes)?;
            Ok((reached < to).then_some(Edit::Mark {
                from: reached,
                to,
                marks,
            }))
        }
        Edit::Split { at, kind } => {
            place(transaction, body, at)?;
            let block = transaction.split_block(body, at).map_err(not_taken)?;
            if kind != BlockKind::Paragraph {
                set_kind(transaction, &block, kind).map_err(not_taken)?;
            }
            Ok(None)
        }
        Edit::Block { at, kind } => {
            let found = transaction.get(body, at).map_err(not_taken)?;
            match found {
                Some((value, block)) if value.is_object() => {
                    set_kind(transaction, &block, kind).map_err(not_taken)?;
                    Ok(None)
                }
                _ => Err(EditError::OutOfRange),
            }
        }
    }
}

/// A place that text can be put at: after the first block's beginning, not inside a character.
fn place(transaction: &Transaction<'_>, body: &ObjId, at: usize) -> Result<(), EditError> {
    let length = transaction.length(body);
    if at == 0 || at > length {
        return Err(EditError::OutOfRange);
    }
    // Two units of one character are the same element.
    let there = transaction.get(body, at).map_err(not_taken)?;
    let before = transaction
        .get(body, at.saturating_sub(1))
        .map_err(not_taken)?;
    match (before, there) {
        (Some((_, before)), Some((_, there))) if before == there => Err(EditError::OutOfRange),
        _ => Ok(()),
    }
}

fn set_kind(
    transaction: &mut Transaction<'_>,
    block: &ObjId,
    kind: BlockKind,
) -> Result<(), AutomergeError> {
    let (name, level, item) = match kind {
        BlockKind::Paragraph => ("paragraph", None, None),
        BlockKind::Heading(level) => ("heading", Some(level), None),
        BlockKind::Item { ordered, depth } => ("item", None, Some((ordered, depth))),
        BlockKind::Quote => ("quote", None, None),
    };
    transaction.put(block, "type", name)?;
    if let Some(level) = level {
        transaction.put(block, "level", i64::from(level.clamp(1, 3)))?;
    }
    if let Some((ordered, depth)) = item {
        transaction.put(block, "ordered", ordered)?;
        transaction.put(block, "depth", i64::from(depth.min(5)))?;
    }
    Ok(())
}
