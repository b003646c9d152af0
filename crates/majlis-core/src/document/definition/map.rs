//! The maps, lists and texts of a draft, read tolerantly and written where they differ.

use automerge::transaction::{Transactable, Transaction};
use automerge::{AutomergeError, ObjId, ObjType, ReadDoc, ScalarValue, Value};

use super::super::edit::CHANGE_OPS;
use super::super::text::plain;
use crate::consultation::form::MAX_LABEL;

/// Characters put into or taken out of a text in one step.
const PART: usize = 500;
/// How far into a list it is looked for what is to stay.
const LOOKED: usize = 1_000;

fn cut(text: String, longest: usize) -> String {
    if text.len() <= longest {
        return text;
    }
    let mut out = String::new();
    for char in text.chars() {
        if out.len().saturating_add(char.len_utf8()) > longest {
            break;
        }
        out.push(char);
    }
    out
}

pub(super) fn text_at<D: ReadDoc>(document: &D, map: &ObjId, key: &str, longest: usize) -> String {
    let text = match document.get(map, key) {
        Ok(Some((Value::Object(ObjType::Text), id))) => document.text(&id).unwrap_or_default(),
        Ok(Some((Value::Scalar(value), _))) => match value.as_ref() {
            ScalarValue::Str(text) => text.to_string(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    cut(plain(&text), longest)
}

pub(super) fn number_at<D: ReadDoc>(document: &D, map: &ObjId, key: &str) -> Option<i64> {
    match document.get(map, key) {
        Ok(Some((Value::Scalar(value), _))) => value.as_i64(),
        _ => None,
    }
}

pub(super) fn map_at<D: ReadDoc>(document: &D, list: &ObjId, at: usize) -> Option<ObjId> {
    match document.get(list, at) {
        Ok(Some((Value::Object(ObjType::Map), id))) => Some(id),
        _ => None,
    }
}

pub(super) fn list_at<D: ReadDoc>(document: &D, map: &ObjId, key: &str) -> Option<ObjId> {
    match document.get(map, key) {
        Ok(Some((Value::Object(ObjType::List), id))) => Some(id),
        _ => None,
    }
}

/// Whether the change under way holds as much as it may.
pub(super) fn full(to: &Transaction<'_>) -> bool {
    to.pending_ops() >= CHANGE_OPS
}

/// Brings a list of maps into the order of `ids`: what stands in that order already stays, so that
/// others' edits to it stay too; the rest goes out, and what is missing is made. A map that moves is
/// made anew; Automerge has no move.
pub(super) fn arrange<I: PartialEq>(
    to: &mut Transaction<'_>,
    list: &ObjId,
    ids: &[I],
    id_of: impl Fn(&Transaction<'_>, &ObjId) -> I,
    name: impl Fn(&mut Transaction<'_>, &ObjId, &I) -> Result<(), AutomergeError>,
) -> Result<(), AutomergeError> {
    let mut have = Vec::new();
    for at in 0..to.length(list).min(LOOKED) {
        have.push(map_at(to, list, at).map(|map| id_of(to, &map)));
    }
    let stays = longest_in_order(&have, ids);
    for at in (0..to.length(list)).rev() {
        if !stays.iter().any(|(stay, _)| *stay == at) && !full(to) {
            to.delete(list, at)?;
        }
    }
    for (at, id) in ids.iter().enumerate() {
        if !stays.iter().any(|(_, stay)| *stay == at) && !full(to) {
            let map = to.insert_object(list, at.min(to.length(list)), ObjType::Map)?;
            name(to, &map, id)?;
        }
    }
    Ok(())
}

/// The longest run of places in `have` and in `want` that agree, in the order of both.
fn longest_in_order<I: PartialEq>(have: &[Option<I>], want: &[I]) -> Vec<(usize, usize)> {
    let same = |(i, j): (usize, usize)| matches!((have.get(i), want.get(j)), (Some(Some(a)), Some(b)) if a == b);
    // lengths[i][j] is for what comes from i and j on.
    let mut lengths =
        vec![vec![0_usize; want.len().saturating_add(1)]; have.len().saturating_add(1)];
    let length = |lengths: &[Vec<usize>], i: usize, j: usize| {
        lengths
            .get(i)
            .and_then(|row| row.get(j))
            .copied()
            .unwrap_or(0)
    };
    for i in (0..have.len()).rev() {
        for j in (0..want.len()).rev() {
            let (down, right) = (i.saturating_add(1), j.saturating_add(1));
            let best = if same((i, j)) {
                length(&lengths, down, right).saturating_add(1)
            } else {
                length(&lengths, down, j).max(length(&lengths, i, right))
            };
            if let Some(cell) = lengths.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0_usize, 0_usize);
    let mut out = Vec::new();
    while i < have.len() && j < want.len() {
        let (down, right) = (i.saturating_add(1), j.saturating_add(1));
        if same((i, j)) {
            out.push((i, j));
            (i, j) = (down, right);
        } else if length(&lengths, down, j) >= length(&lengths, i, right) {
            i = down;
        } else {
            j = right;
        }
    }
    out
}

/// Makes a text say `want`; a long difference a part at a time.
pub(super) fn set_text(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: &str,
) -> Result<(), AutomergeError> {
    if full(to) {
        return Ok(());
    }
    // Also an empty one is made: two people who each write the first words write in one text.
    let id = match to.get(map, key)? {
        Some((Value::Object(ObjType::Text), id)) => id,
        _ => to.put_object(map, key, ObjType::Text)?,
    };
    let want = plain(want);
    while !full(to) {
        let have = to.text(&id)?;
        if have == want {
            break;
        }
        let shared = have
            .chars()
            .zip(want.chars())
            .take_while(|(a, b)| a == b)
            .count();
        let old: Vec<char> = have.chars().skip(shared).collect();
        let new: Vec<char> = want.chars().skip(shared).collect();
        if old.len().max(new.len()) <= PART {
            return to.update_text(&id, &want);
        }
        // What goes out goes first, then what comes in, each up to where both end alike.
        let tail = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take_while(|(a, b)| a == b)
            .count();
        let at = have.chars().take(shared).map(char::len_utf16).sum();
        let gone = old.iter().take(old.len().saturating_sub(tail)).take(PART);
        let units: usize = gone.map(|char| char.len_utf16()).sum();
        if units > 0 {
            to.splice_text(&id, at, isize::try_from(units).unwrap_or(0), "")?;
        } else {
            let come = new.iter().take(new.len().saturating_sub(tail)).take(PART);
            to.splice_text(&id, at, 0, &come.collect::<String>())?;
        }
    }
    Ok(())
}

pub(super) fn set_word(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: &str,
) -> Result<(), AutomergeError> {
    if text_at(to, map, key, MAX_LABEL) == want {
        Ok(())
    } else {
        to.put(map, key, want)
    }
}

pub(super) fn set_number(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: Option<i64>,
) -> Result<(), AutomergeError> {
    match (number_at(to, map, key), want) {
        (have, want) if have == want => Ok(()),
        (_, Some(want)) => to.put(map, key, want),
        (_, None) => to.delete(map, key),
    }
}

/// A word that is not there where it would be empty.
pub(super) fn set_optional(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: &str,
) -> Result<(), AutomergeError> {
    match (to.get(map, key)?, want) {
        (None, "") => Ok(()),
        (Some(_), "") => to.delete(map, key),
        (Some((Value::Scalar(have), _)), _) if matches!(have.as_ref(), ScalarValue::Str(text) if text == want) => {
            Ok(())
        }
        _ => to.put(map, key, want),
    }
}
