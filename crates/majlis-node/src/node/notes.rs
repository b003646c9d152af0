//! What this device keeps for itself about spaces, in its own settings. Not here: anything that
//! others get.

use majlis_core::id::{EntryHash, SpaceId};
use majlis_store::{ReadError, Store};
use zeroize::Zeroizing;

use crate::api::ApiError;
use crate::desk::store_error;
use crate::node::Node;

/// What this device keeps for itself about a space.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note {
    /// The ticket by which it joined.
    Joined(SpaceId),
    /// The ticket of an invite it made.
    Invite(SpaceId, EntryHash),
    /// That the space is the sample.
    Sample(SpaceId),
    /// How often this device had forgotten the space when it joined.
    Rejoined(SpaceId),
}

impl Note {
    pub(super) fn place(self) -> (SpaceId, String) {
        match self {
            Self::Joined(space) => (space, "joined".to_owned()),
            Self::Invite(space, invite) => (space, format!("invite/{invite}")),
            Self::Sample(space) => (space, "sample".to_owned()),
            Self::Rejoined(space) => (space, "rejoined".to_owned()),
        }
    }
}

/// How often this device had forgotten a space when it joined.
pub(super) fn rejoined(store: &Store, space: SpaceId) -> Result<u32, ReadError> {
    let (at, key) = Note::Rejoined(space).place();
    let kept = store.setting(Some(at), &key)?;
    let text = kept.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Whether a space is the sample.
pub(super) fn is_sample(store: &Store, space: SpaceId) -> Result<bool, ReadError> {
    let (at, key) = Note::Sample(space).place();
    Ok(store.setting(Some(at), &key)?.is_some())
}

impl Node {
    /// Keeps a note for this device alone; durable when this returns.
    pub(super) fn keep(&self, note: Note, text: &str) -> Result<(), ApiError> {
        let (space, key) = note.place();
        let stored = self.0.store.put_setting(Some(space), &key, text.as_bytes());
        stored.map_err(|error| store_error(&error))
    }

    /// A note kept before.
    pub(super) fn kept(&self, note: Note) -> Result<Option<Zeroizing<String>>, ApiError> {
        let (space, key) = note.place();
        let found = self
            .0
            .store
            .setting(Some(space), &key)
            .map_err(|error| store_error(&error))?;
        Ok(found
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Zeroizing::new))
    }
}
