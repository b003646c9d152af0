//! Places in a text that stay where they are while everybody writes: named by the letters around
//! them, not by a count. Not here: who is there (`sync/presence.rs`).

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ActorId, ChangeHash, Cursor, ObjId, ReadDoc as _};
use serde::{Deserialize, Serialize};

use super::{Document, skeleton};

/// A letter, or the beginning of a block, by the operation that put it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    counter: u64,
    actor: [u8; 16],
}

/// A place between two letters.
///
/// It is behind the letter before it, when that one is held; else in front of the letter after it.
/// So a caret stays in front of what others write there, and the caret of somebody whose last words
/// have not come yet stands where they will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    before: Element,
    /// `None` at the end of the text.
    after: Option<Element>,
}

/// A place was named by something that is no letter of the text: nobody honest does that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("looking for a place by what is no letter of the text")]
pub struct NotInText;

/// Where an element is, or was, in UTF-16 units, and how many it takes up now.
struct Found {
    at: usize,
    width: usize,
}

impl Document {
    /// The place of a boundary, in UTF-16 units from 1 on, of the text at some heads; `None` when
    /// the heads are not held or the text is shorter.
    #[must_use]
    pub fn place(&self, heads: &[ChangeHash], boundary: usize) -> Option<Place> {
        let known = !heads.is_empty() && heads.iter().all(|head| self.history.contains(head));
        if !known {
            return None;
        }
        let body = skeleton::body(&self.automerge)?;
        let element = |at: usize| {
            let found = self.automerge.get_at(&body, at, heads).ok()?;
            let ObjId::Id(counter, actor, _) = found?.1 else {
                return None;
            };
            let actor = actor.to_bytes().try_into().ok()?;
            Some(Element { counter, actor })
        };
        Some(Place {
            before: element(boundary.checked_sub(1)?)?,
            after: element(boundary),
        })
    }

    /// Where a place is in the text as it is now, in UTF-16 units; `None` when neither letter is
    /// held here yet.
    ///
    /// # Errors
    /// [`NotInText`] when it names what no text of a document can hold at that place.
    pub fn boundary(&self, place: &Place) -> Result<Option<usize>, NotInText> {
        let Some(body) = skeleton::body(&self.automerge) else {
            return Ok(None);
        };
        // What a peer names may be an operation of another object, which Automerge does not expect.
        let found = catch_unwind(AssertUnwindSafe(|| {
            if let Some(before) = self.find(&body, &place.before)? {
                return Ok(Some(before.at.saturating_add(before.width)));
            }
            match &place.after {
                Some(after) => Ok(self.find(&body, after)?.map(|after| after.at)),
                None => Ok(Some(self.length())),
            }
        }));
        let found = found.map_err(|_| NotInText)??;
        // Nothing stands before the beginning of the first block.
        Ok(found.map(|at| at.clamp(1, self.length().max(1))))
    }

    /// Where an element is; one that was deleted has no width. `None` when it is not held here.
    fn find(&self, body: &ObjId, element: &Element) -> Result<Option<Found>, NotInText> {
        let Element { counter, actor } = element;
        if self.history.holder(actor, *counter).is_none() {
            return Ok(None);
        }
        let actor = ActorId::from(&actor[..]);
        let cursor = Cursor::try_from(format!("{counter}@{actor}")).map_err(|_| NotInText)?;
        let at = self.automerge.get_cursor_position(body, &cursor, None);
        let at = at.map_err(|_| NotInText)?;
        let mut width = 0;
        if let Ok(Some((value, ObjId::Id(found, by, _)))) = self.automerge.get(body, at)
            && found == *counter
            && by == actor
        {
            width = value.as_str().map_or(1, |text| text.encode_utf16().count());
        }
        Ok(Some(Found { at, width }))
    }
}
