//! What can go wrong with a call, for a program, and making the errors. Not here: the sentences that a
//! person reads.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::ApiError;

/// The closed list of things that go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// No such space, member, consultation, document or entry here.
    NotFound,
    /// This device's rank may not do that.
    NotAllowed,
    /// A field is empty, too long or malformed; `detail` names it.
    BadInput,
    /// A required question has no answer; `detail` is its id.
    AnswerMissing,
    /// An answer does not fit its question; `detail` is its id.
    AnswerUnfit,
    /// An answer breaks a condition; `detail` is the question's id, the message what the form says.
    AnswerBreaksRule,
    /// The consultation is not open (yet or any more).
    NotOpen,
    /// The outcome is not shown yet, as the rule of the activity says.
    Withheld,
    /// The answers are sealed, and this device cannot read them, or not yet.
    SealedAway,
    /// Figures of sealed answers are published when no more answers can come.
    StillOpen,
    /// Answers that the close names are not here yet.
    AnswersLacking,
    /// Figures of other answers were published before.
    FiguresDiffer,
    /// The answers to a question cannot be sealed; `detail` is its id.
    CannotSeal,
    /// What a form of another device says of sealed answers cannot be done or trusted; it is opened anew.
    SealingUnfit,
    /// The draft cannot be opened as it is; `detail` names what is missing.
    FormIncomplete,
    /// The ticket is not one of ours, or damaged.
    BadTicket,
    /// The text is no recovery card of this space, or was mistyped.
    BadCard,
    /// This device is already in that space.
    AlreadyJoined,
    /// The picture shows no readable code.
    NoCode,
    /// The address is not one of ours, or damaged.
    BadAddress,
    /// Nobody answered at that address.
    Unreachable,
    /// The file is no photo or sound of a known kind, or too large.
    BadMedia,
    /// The carry file is cut off or damaged at its head: nothing can be read.
    BadCarryFile,
    /// The file is no carry file.
    NotCarryFile,
    /// The carry file was written by a newer version.
    NewerCarryFile,
    /// The carry file is of a space that this device is not in; `detail` is the space's name.
    NotJoined,
    /// The file cannot be read or written on. What was taken in stays, and another try goes on.
    UnreadableFile,
    /// Something else stands under the name of a file that was to be written.
    NameTaken,
    /// The parts are too small; `detail` is the least size in bytes, when it is known.
    PartTooSmall,
    /// An edit does not fit the document it names; ask for the document again.
    EditUnfit,
    /// The folder is in use by another running Majlis.
    InUse,
    /// The disk is full. Nothing was lost that was shown as saved.
    DiskFull,
    /// The store failed otherwise.
    Storage,
    /// The call is not one of ours or its arguments are malformed.
    BadCall,
    /// The caller may not use this address.
    Unauthorised,
    /// A defect in Majlis; the detail is for a report.
    Internal,
}

impl ApiError {
    /// An error without detail.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: None,
        }
    }

    /// The same error, about `detail`.
    #[must_use]
    pub fn about(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}
