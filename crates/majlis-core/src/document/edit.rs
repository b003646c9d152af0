//! This device's edits: applied at the heads they were made on, merged, and answered with the
//! edits that lead from there to where the document is.

use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{CommitOptions, Transactable as _, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, Change, ChangeHash, ObjId, ObjType, ReadDoc as _,
    ScalarValue,
};

use super::definition::{self, Definition};
use super::text::{MAX_LINK, marks_of};
use super::{Block, BlockKind, Document, Edit, Marks, between, checksum, skeleton};
use crate::time::Timestamp;

/// Operations after which a change is ended and the next one begun; below what the gate takes.
const CHANGE_OPS: usize = 2_000;
/// Characters of one insertion that go into one change at most.
const CHUNK: usize = 1_000;
/// The most edits an editor is asked to walk; beyond, it gets the whole content.
const MAX_WALK: usize = 2_000;

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
    /// Checksum of the content at `heads`.
    pub checksum: String,
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
    /// The document did not take the edits.
    #[error("applying edits")]
    NotTaken,
}

impl Document {
    /// Applies edits that `actor` made on `base`.
    ///
    /// An actor is one editing session: what it made before must be in `base`.
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
        if self.history.count(&actor) > own_changes(&fork, &actor) {
            return Err(EditError::UnknownBase);
        }
        let mut changes = Vec::new();
        let mut rest = edits.to_vec().into_iter().flat_map(chunks).peekable();
        while rest.peek().is_some() {
            changes.extend(commit(&mut fork, actor, now, |transaction| {
                let body = skeleton::body(transaction).ok_or(EditError::NotTaken)?;
                while transaction.pending_ops() < CHANGE_OPS {
                    let Some(edit) = rest.next() else { break };
                    apply(transaction, &body, &edit)?;
                }
                Ok(())
            })?);
        }
        self.merged(fork, changes)
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
        let title: String = title.chars().filter(|char| !char.is_control()).take(500).collect();
        let changes = commit(&mut fork, actor, now, |transaction| {
            let id = skeleton::meta_text(transaction, "title").ok_or(EditError::NotTaken)?;
            transaction.update_text(&id, &title).map_err(not_taken)
        })?;
        self.merged(fork, changes.into_iter().collect())
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
        let mut fork = self.automerge.clone();
        let changes = commit(&mut fork, actor, now, |transaction| {
            definition::write(transaction, definition).map_err(not_taken)
        })?;
        self.merged(fork, changes.into_iter().collect())
    }

    /// Takes a fork's changes in, and says how its editor gets to the merged state.
    fn merged(&mut self, fork: Automerge, changes: Vec<Change>) -> Result<Edited, EditError> {
        let base = fork.get_heads();
        let behind = changes.first().is_none_or(|first| {
            let mut deps = first.deps().to_vec();
            deps.sort_unstable();
            deps == self.heads()
        });
        if behind && !changes.is_empty() {
            self.automerge = fork;
        } else {
            let taken = self.automerge.apply_changes(changes.iter().cloned());
            taken.map_err(|_| EditError::NotTaken)?;
        }
        for change in &changes {
            self.history.add(change);
        }
        let (remote, blocks, checksum) = self.lead(&base);
        Ok(Edited {
            changes: changes.iter().map(|change| change.raw_bytes().to_vec()).collect(),
            base,
            heads: self.heads(),
            remote,
            blocks,
            checksum,
        })
    }

    /// The edits that lead from an earlier version to now, or the whole content when there are
    /// too many or the version is not held; and the checksum of now.
    #[must_use]
    pub fn lead(&self, from: &[ChangeHash]) -> (Vec<Edit>, Option<Vec<Block>>, String) {
        let now = self.blocks();
        let checksum = checksum(&now);
        let mut sorted = from.to_vec();
        sorted.sort_unstable();
        if sorted == self.heads() {
            return (Vec::new(), None, checksum);
        }
        let edits = self.blocks_at(from).and_then(|before| {
            between::edits(&self.automerge, &before, &now, from)
        });
        match edits {
            Some(edits) if edits.len() <= MAX_WALK => (edits, None, checksum),
            _ => (Vec::new(), Some(now), checksum),
        }
    }
}

fn own_changes(document: &Automerge, actor: &[u8; 16]) -> u64 {
    let metas = document.get_changes_meta(&[]);
    metas.iter().filter(|meta| meta.actor.to_bytes() == actor).count() as u64
}

fn not_taken(_: AutomergeError) -> EditError {
    EditError::NotTaken
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
    let seconds = i64::try_from(now.0 / 1_000).unwrap_or(i64::MAX);
    let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(seconds));
    let Some(hash) = hash else { return Ok(None) };
    document.get_change_by_hash(&hash).map(Some).ok_or(EditError::NotTaken)
}

/// A long insertion as several.
fn chunks(edit: Edit) -> Vec<Edit> {
    let Edit::Insert { mut at, text, marks } = edit else { return vec![edit] };
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    for part in chars.chunks(CHUNK) {
        let text: String = part.iter().collect();
        let next = at.saturating_add(text.encode_utf16().count());
        out.push(Edit::Insert { at, text, marks: marks.clone() });
        at = next;
    }
    out
}

fn apply(transaction: &mut Transaction<'_>, body: &ObjId, edit: &Edit) -> Result<(), EditError> {
    let length = transaction.length(body);
    let inside = |at: usize, count: usize| {
        at >= 1 && at.checked_add(count).is_some_and(|end| end <= length)
    };
    match edit {
        Edit::Insert { at, text, marks } => {
            if !inside(*at, 0) {
                return Err(EditError::OutOfRange);
            }
            if text.is_empty() || text.chars().any(|char| char == '\u{fffc}' || char.is_control()) {
                return Err(EditError::BadText);
            }
            transaction.splice_text(body, *at, 0, text).map_err(not_taken)?;
            let end = at.saturating_add(text.encode_utf16().count());
            let got = transaction.get_marks(body, *at, None).map_err(not_taken)?;
            mark(transaction, body, (*at, end), &marks_of(Some(&got)), marks)
        }
        Edit::Delete { at, count } => {
            if *count == 0 || !inside(*at, *count) {
                return Err(EditError::OutOfRange);
            }
            let count = isize::try_from(*count).map_err(|_| EditError::OutOfRange)?;
            transaction.splice_text(body, *at, count, "").map_err(not_taken)
        }
        Edit::Mark { from, to, marks } => {
            if from >= to || !inside(*from, to.saturating_sub(*from)) {
                return Err(EditError::OutOfRange);
            }
            remark(transaction, body, *from, *to, marks)
        }
        Edit::Split { at, kind } => {
            if !inside(*at, 0) {
                return Err(EditError::OutOfRange);
            }
            let block = transaction.split_block(body, *at).map_err(not_taken)?;
            if *kind == BlockKind::Paragraph {
                return Ok(());
            }
            set_kind(transaction, &block, *kind).map_err(not_taken)
        }
        Edit::Block { at, kind } => {
            let found = transaction.get(body, *at).map_err(not_taken)?;
            match found {
                Some((value, block)) if value.is_object() && *at < length => {
                    set_kind(transaction, &block, *kind).map_err(not_taken)
                }
                _ => Err(EditError::OutOfRange),
            }
        }
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

/// Gives `[from, to)` the marks `want` where it has `got`.
fn mark(
    transaction: &mut Transaction<'_>,
    body: &ObjId,
    (from, to): (usize, usize),
    got: &Marks,
    want: &Marks,
) -> Result<(), EditError> {
    let flag = |on: bool| on.then_some(ScalarValue::Boolean(true));
    let link = |marks: &Marks| marks.link.as_deref().map(ScalarValue::from);
    if want.link.as_ref().is_some_and(|to| to.len() > MAX_LINK || to.is_empty()) {
        return Err(EditError::BadText);
    }
    let pairs = [
        ("strong", flag(got.strong), flag(want.strong), ExpandMark::After),
        ("em", flag(got.em), flag(want.em), ExpandMark::After),
        ("link", link(got), link(want), ExpandMark::None),
    ];
    for (name, got, want, expand) in pairs {
        if got == want {
            continue;
        }
        let done = match want {
            Some(value) => {
                let mark = Mark::new(name.to_owned(), value, from, to);
                transaction.mark(body, mark, expand)
            }
            None => transaction.unmark(body, name, from, to, expand),
        };
        done.map_err(not_taken)?;
    }
    Ok(())
}

/// Gives each part of `[from, to)` the marks `want`, part by part of equal marks.
fn remark(
    transaction: &mut Transaction<'_>,
    body: &ObjId,
    from: usize,
    to: usize,
    want: &Marks,
) -> Result<(), EditError> {
    let held = transaction.marks(body).map_err(not_taken)?;
    let mut cuts: Vec<usize> = held
        .iter()
        .flat_map(|mark| [mark.start, mark.end])
        .filter(|cut| *cut > from && *cut < to)
        .chain([from, to])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    for pair in cuts.windows(2) {
        let [start, end] = pair else { continue };
        let mut got = Marks::default();
        for mark in held.iter().filter(|mark| mark.start <= *start && mark.end >= *end) {
            match (mark.name(), mark.value()) {
                ("strong", ScalarValue::Boolean(on)) => got.strong = *on,
                ("em", ScalarValue::Boolean(on)) => got.em = *on,
                ("link", ScalarValue::Str(link)) => got.link = Some(link.to_string()),
                _ => {}
            }
        }
        mark(transaction, body, (*start, *end), &got, want)?;
    }
    Ok(())
}

/// What kind of object a key of a map holds, for the definition.
pub(super) fn is_kind(
    document: &impl automerge::ReadDoc,
    id: &ObjId,
    kind: ObjType,
) -> bool {
    document.object_type(id).is_ok_and(|found| found == kind)
}
