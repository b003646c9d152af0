//! Room for photos and sounds: what others' answers refer to may take up so much, and makes room
//! when somebody who keeps it is known. What belongs to own answers is never let go, so that of
//! everything one copy stays where it was made.

use std::collections::BTreeMap;

use super::{Media, Missing};
use crate::blob::{Blob, Part};
use crate::effect::Write;
use crate::shelf::{MissingBlob, Shelf, ShelfError, WholeBlob};
use crate::space::Space;
use crate::space::command::{Done, Reply};
use crate::space::step::Step;

/// Which blobs of others are fetched without being asked for by the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MediaPolicy {
    /// All.
    #[default]
    All,
    /// Small pictures only.
    Previews,
    /// None.
    Nothing,
}

impl MediaPolicy {
    /// Whether what a blob is to an answer is among them.
    #[must_use]
    pub const fn fetches(self, part: Part) -> bool {
        match self {
            Self::All => true,
            Self::Previews => matches!(part, Part::Preview),
            Self::Nothing => false,
        }
    }
}

/// How much there may be, and the sizes of all photos and sounds of others that are here or may
/// come, by their places among what was referred to. Empty without a limit.
#[derive(Debug, Default)]
pub(super) struct Room {
    bytes: Option<u64>,
    sizes: BTreeMap<u64, u32>,
}

impl Room {
    /// A blob is missing, and may come. Gives whether others may have to make room for it.
    pub(super) fn enter(&mut self, missing: &Missing) -> bool {
        !missing.let_go && self.keep(missing)
    }

    /// A blob is here. Gives whether others may have to make room for it.
    pub(super) fn keep(&mut self, missing: &Missing) -> bool {
        let takes_room = self.bytes.is_some() && missing.part != Part::Preview;
        takes_room
            && self
                .sizes
                .insert(missing.number, missing.blob.size)
                .is_none()
    }

    /// The place from which on photos and sounds are fetched by themselves: the newest that fit
    /// together. What is older would make room for them.
    pub(super) fn first(&self) -> u64 {
        let Some(room) = self.bytes else {
            return 0;
        };
        let (mut first, mut sum) = (u64::MAX, 0_u64);
        for (number, size) in self.sizes.iter().rev() {
            sum = sum.saturating_add((*size).into());
            if sum > room {
                return first;
            }
            first = *number;
        }
        0
    }
}

impl Media {
    /// Whether a blob is fetched: the person asked for it, or it comes by itself and there is room,
    /// which is from the place `first` on.
    pub(super) fn comes(&self, missing: &Missing, first: u64) -> bool {
        let has_room = missing.part == Part::Preview || missing.number >= first;
        missing.asked || (has_room && !missing.let_go && self.policy.fetches(missing.part))
    }

    /// Tells of each blob whether it is missing and fetched.
    pub(in crate::space) fn is_wanted(&self) -> impl Fn(Blob) -> bool {
        let first = self.room.first();
        move |blob| {
            let missing = self.missing.get(&blob);
            missing.is_some_and(|missing| self.comes(missing, first))
        }
    }
}

impl Space {
    /// Which blobs are fetched from now on.
    pub const fn set_media(&mut self, policy: MediaPolicy) {
        self.media.policy = policy;
        self.media.choose();
    }

    /// So many bytes of photos and sounds of others may be here from now on, as far as they are
    /// fetched by themselves.
    ///
    /// # Errors
    /// [`ShelfError`]
    pub fn set_media_room(
        &mut self,
        bytes: Option<u64>,
        shelf: &dyn Shelf,
    ) -> Result<(), ShelfError> {
        let before = self.media.room.bytes;
        if before == bytes {
            return Ok(());
        }
        if before.is_some() && bytes.is_some() {
            // The sizes are known already.
            self.media.room.bytes = bytes;
            self.media.choose();
            return Ok(());
        }
        let mut room = Room {
            bytes,
            sizes: BTreeMap::new(),
        };
        if bytes.is_some() {
            shelf.blobs_of_others(&mut |whole| {
                room.sizes.insert(whole.number, whole.blob.size);
                true
            })?;
        }
        for missing in self.media.missing.values() {
            let _ = room.enter(missing);
        }
        self.media.room = room;
        self.media.choose();
        Ok(())
    }

    /// Lets go of photos and sounds of others until so many bytes are free, those that came first
    /// before others, and only what their author or a carrier says to have. A carrier keeps all
    /// that others rely on.
    pub(in crate::space) fn let_go(&mut self, bytes: u64, step: &mut Step<'_>) -> Done {
        let (mut freed, mut gone) = (0_u64, Vec::new());
        if self.is_carrier(self.me()) {
            return Ok(Ok(Reply::LetGo(0)));
        }
        step.blobs_of_others(&mut |whole| {
            if freed < bytes && self.is_kept_elsewhere(&whole) {
                freed = freed.saturating_add(whole.blob.size.into());
                gone.push(whole);
            }
            freed < bytes
        })?;
        for whole in gone {
            step.writes.push(Write::LetGo(whole.blob));
            self.media.room.sizes.remove(&whole.number);
            self.media.add(MissingBlob {
                number: whole.number,
                blob: whole.blob,
                part: whole.part,
                held: 0,
                let_go: true,
            });
        }
        self.media.choose();
        Ok(Ok(Reply::LetGo(freed)))
    }

    fn is_kept_elsewhere(&self, whole: &WholeBlob) -> bool {
        let me = self.me();
        let is_in = |device| self.roster.warrant(device).is_some();
        let keeps = |device| device == whole.author || self.is_carrier(device);
        let mut others = whole.copies.iter().filter(|device| **device != me);
        whole.author != me && others.any(|device| is_in(*device) && keeps(*device))
    }
}
