//! Giving stretches of text exactly the marks that an edit says.

use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{Transactable as _, Transaction};
use automerge::{ObjId, ReadDoc as _, ScalarValue};

use super::{CHANGE_BYTES, CHANGE_OPS, EditError, not_taken};
use crate::document::Marks;
use crate::document::text::{is_link, marks_of};

/// What the marks add to the bytes of a change.
pub(super) fn link_bytes(marks: &Marks) -> usize {
    marks.link.as_ref().map_or(0, String::len)
}

/// Gives `[from, to)` the marks `want` where it has `got`.
pub(super) fn mark(
    transaction: &mut Transaction<'_>,
    body: &ObjId,
    (from, to): (usize, usize),
    got: &Marks,
    want: &Marks,
) -> Result<(), EditError> {
    let flag = |on: bool| on.then_some(ScalarValue::Boolean(true));
    let link = |marks: &Marks| marks.link.as_deref().map(ScalarValue::from);
    if want.link.as_deref().is_some_and(|to| !is_link(to)) {
        return Err(EditError::BadText);
    }
    let pairs = [
        (
            "strong",
            flag(got.strong),
            flag(want.strong),
            ExpandMark::After,
        ),
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

/// The marks that cover `[start, end)`.
pub(super) fn between_marks(held: &[Mark], start: usize, end: usize) -> Marks {
    let covering = held
        .iter()
        .filter(|mark| mark.start <= start && mark.end >= end);
    marks_of(covering.map(|mark| (mark.name(), mark.value())))
}

/// Gives each part of `[from, to)` the marks `want`, part by part of equal marks, as far as a
/// change goes; gives where it stopped.
pub(super) fn remark(
    transaction: &mut Transaction<'_>,
    body: &ObjId,
    (from, to): (usize, usize),
    want: &Marks,
    bytes: &mut usize,
) -> Result<usize, EditError> {
    let held = transaction.marks(body).map_err(not_taken)?;
    let ends = held.iter().flat_map(|mark| [mark.start, mark.end]);
    let mut cuts: Vec<usize> = ends
        .filter(|cut| *cut > from && *cut < to)
        .chain([from, to])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    for pair in cuts.windows(2) {
        let [start, end] = pair else { continue };
        if transaction.pending_ops() >= CHANGE_OPS || *bytes >= CHANGE_BYTES {
            return Ok(*start);
        }
        let got = between_marks(&held, *start, *end);
        mark(transaction, body, (*start, *end), &got, want)?;
        if got.link != want.link {
            *bytes = bytes.saturating_add(link_bytes(want));
        }
    }
    Ok(to)
}
