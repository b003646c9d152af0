//! The one event stream: what changed, never what it is now.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::document::Applied;
use crate::api::presence::HereView;

/// Something changed; whoever shows it asks again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The list of spaces, or this device's own profile.
    Me,
    /// Members, ranks, invites or the space's own facts.
    Membership {
        /// The space.
        space: String,
    },
    /// Records or the definition of a process.
    Process {
        /// The space.
        space: String,
        /// The process.
        process: String,
    },
    /// A document's list entry (title, time).
    Document {
        /// The space.
        space: String,
        /// The document.
        document: String,
    },
    /// Edits by others for one open editor: they lead from `base` to `heads`.
    Remote {
        /// The open editor.
        editor: u32,
        /// What they lead to, and from where.
        applied: Applied,
    },
    /// Who else is in the text of an open editor now: everybody, not a difference.
    Presence {
        /// The open editor.
        editor: u32,
        /// The version in which the places are counted.
        heads: Vec<String>,
        /// Everybody else.
        here: Vec<HereView>,
    },
    /// Entries were set aside, refused or brought back.
    Quarantine {
        /// The space.
        space: String,
    },
    /// What peers have, lack or acknowledged.
    Sync {
        /// The space.
        space: String,
    },
    /// A photo or a sound is whole here now.
    Blob {
        /// The space.
        space: String,
        /// The blob.
        blob: String,
    },
    /// A carry file is being taken in.
    Carrying {
        /// The file.
        path: String,
        /// Entries read so far.
        entries: u64,
        /// Of them new.
        new: u64,
        /// Bytes of the file read so far.
        read: u64,
        /// Bytes of the file.
        of: u64,
    },
    /// A carry file is being written.
    CarryWriting {
        /// The space.
        space: String,
        /// Bytes gone through so far, those included that are in the file already.
        done: u64,
        /// Bytes of all of it, about; once they are done, the disk is waited for.
        of: u64,
    },
    /// Carry files were opened with this app, and wait to be looked at.
    CarryOffered,
    /// What the network cost, the budget, or how data is saved.
    Network,
}
