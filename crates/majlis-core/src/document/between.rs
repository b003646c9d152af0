//! The edits that lead from one version's content to another's: Automerge's own patches where they
//! are text, so that a caret between two distant edits stays, then whatever they did not say.

use automerge::{Automerge, ChangeHash, PatchAction};

use super::text::{Unit, units};
use super::{Block, BlockKind, Edit, Marks, skeleton};

/// The edits from `before` (at heads `from`) to `after` (now); `None` when they cannot be told.
pub(super) fn edits(
    document: &Automerge,
    before: &[Block],
    after: &[Block],
    from: &[ChangeHash],
) -> Option<Vec<Edit>> {
    let body = skeleton::body(document)?;
    let target = units(after);
    let mut state = units(before);
    let mut out = Vec::new();
    let heads = document.get_heads();
    let patches = document.diff_obj(&body, from, &heads, false).ok()?;
    for patch in patches.into_iter().filter(|patch| patch.obj == body) {
        match patch.action {
            PatchAction::SpliceText {
                index,
                value,
                marks,
            } => {
                let marks = super::text::marks_in(marks.as_ref());
                insert(&mut state, index, &value.make_string(), &marks, &mut out)?;
            }
            PatchAction::Insert { index, values } => {
                for offset in 0..values.len() {
                    let at = index.checked_add(offset)?;
                    split(&mut state, at, BlockKind::Paragraph, &mut out)?;
                }
            }
            PatchAction::DeleteSeq { index, length } => {
                let end = index.checked_add(length)?;
                if end > state.len() || index == 0 {
                    return None;
                }
                state.drain(index..end);
                out.push(Edit::Delete {
                    at: index,
                    count: length,
                });
            }
            // Marks and kinds are compared below.
            PatchAction::Mark { .. }
            | PatchAction::PutMap { .. }
            | PatchAction::PutSeq { .. }
            | PatchAction::Increment { .. }
            | PatchAction::Conflict { .. }
            | PatchAction::DeleteMap { .. } => {}
        }
    }
    finish(&mut state, &target, &mut out)?;
    Some(out)
}

fn insert(
    state: &mut Vec<Unit>,
    at: usize,
    text: &str,
    marks: &Marks,
    out: &mut Vec<Edit>,
) -> Option<()> {
    // A block shows in a text patch as one placeholder character.
    let mut at = at;
    for part in text.split_inclusive('\u{fffc}') {
        let plain = part.trim_end_matches('\u{fffc}');
        if !plain.is_empty() {
            let new: Vec<Unit> = plain
                .encode_utf16()
                .map(|unit| Unit::Text(unit, marks.clone()))
                .collect();
            let count = new.len();
            if at == 0 || at > state.len() {
                return None;
            }
            state.splice(at..at, new);
            out.push(Edit::Insert {
                at,
                text: plain.to_owned(),
                marks: marks.clone(),
            });
            at = at.checked_add(count)?;
        }
        if part.len() > plain.len() {
            split(state, at, BlockKind::Paragraph, out)?;
            at = at.checked_add(1)?;
        }
    }
    Some(())
}

fn split(state: &mut Vec<Unit>, at: usize, kind: BlockKind, out: &mut Vec<Edit>) -> Option<()> {
    if at == 0 || at > state.len() {
        return None;
    }
    state.insert(at, Unit::Block(kind));
    out.push(Edit::Split { at, kind });
    Some(())
}

/// Marks and kinds that still differ; `None` when the text itself does.
fn finish(state: &mut [Unit], target: &[Unit], out: &mut Vec<Edit>) -> Option<()> {
    if state.len() != target.len() {
        return None;
    }
    let mut at = 0;
    while let (Some(have), Some(want)) = (state.get(at), target.get(at)) {
        match (have, want) {
            (Unit::Block(have), Unit::Block(want)) => {
                if have != want {
                    out.push(Edit::Block { at, kind: *want });
                }
                at = at.checked_add(1)?;
            }
            (Unit::Text(have, marks), Unit::Text(want, wanted)) => {
                if have != want {
                    return None;
                }
                if marks == wanted {
                    at = at.checked_add(1)?;
                    continue;
                }
                let run = state
                    .iter()
                    .zip(target)
                    .skip(at)
                    .take_while(|(have, want)| {
                        matches!((have, want), (Unit::Text(a, old), Unit::Text(b, new))
                        if a == b && new == wanted && old != new)
                    });
                let to = at.checked_add(run.count())?;
                out.push(Edit::Mark {
                    from: at,
                    to,
                    marks: wanted.clone(),
                });
                at = to;
            }
            _ => return None,
        }
    }
    Some(())
}
