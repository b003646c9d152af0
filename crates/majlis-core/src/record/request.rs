//! What a person asks of the office about their own words, and what is replied. Not here: what a
//! request stands at (`consultation::request`).

use serde::{Deserialize, Serialize};

use crate::id::FormId;
use crate::membership::Capability;
use crate::record::step::MAX_STEP_TEXT;
use crate::record::{RecordId, Salt};

/// A request about what somebody said in a process, or a reply to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The form of the process.
    pub form: FormId,
    /// What is asked or replied.
    pub says: Says,
    /// Random bytes.
    pub salt: Salt,
}

/// What is asked or replied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// That what the author said there be deleted where the office can.
    Erase {
        /// Why, in the author's words; need not be said.
        text: String,
    },
    /// An office's reply.
    Reply {
        /// To which request.
        to: RecordId,
        /// Whether it was done.
        done: bool,
        /// What was done, or why not.
        text: String,
    },
    /// That what the author said stands by itself, and is not joined as a step says.
    Apart {
        /// The step.
        step: RecordId,
        /// Why, in the author's words; need not be said.
        text: String,
    },
}

impl Request {
    /// What its author's rank has to allow.
    #[must_use]
    pub const fn needs(&self) -> Capability {
        match self.says {
            Says::Erase { .. } | Says::Apart { .. } => Capability::Respond,
            Says::Reply { .. } => Capability::Decide,
        }
    }

    pub(super) fn is_sized(&self) -> bool {
        match &self.says {
            Says::Erase { text } | Says::Apart { text, .. } => text.len() <= MAX_STEP_TEXT,
            Says::Reply { text, .. } => text.len() <= MAX_STEP_TEXT && !text.trim().is_empty(),
        }
    }
}
