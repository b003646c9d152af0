//! What goes wrong in calls, for a program and for a person.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What went wrong, for a program and for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// Which kind; the interface shows the translated sentence for it.
    pub code: ErrorCode,
    /// In English, for logs and the command line.
    pub message: String,
    /// What it is about (a question id, a field, a path), when there is one.
    pub detail: Option<String>,
}

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
    /// All of it together is longer than what can be recorded at once.
    TooLong,
    /// A required question has no answer; `detail` is its id.
    AnswerMissing,
    /// An answer does not fit its question; `detail` is its id.
    AnswerUnfit,
    /// An answer breaks a condition; `detail` is the question's id, the message what the form says.
    AnswerBreaksRule,
    /// The consultation is not open (yet or any more).
    NotOpen,
    /// Where there is so much risk, a paper box is all that is offered; `detail` names the questions
    /// answered by yes.
    PaperOnly,
    /// The poll cannot be held with secret ballots; `detail` says what is in the way: kind, bounds,
    /// questions, trustees, threshold, roll or minimum.
    NotSecret,
    /// The trustees have not made the key of the secret vote yet.
    NoKey,
    /// This person is not on the roll of the secret vote.
    NotOnRoll,
    /// This device's part of the key is gone, or bound to another set of ballots.
    PartGone,
    /// Valid ballots are here that the closing does not name; `detail` has how many count and how many
    /// are not named. A trustee who saw that says so.
    BallotsUnnamed,
    /// The text is no tested ballot of this vote; with the detail `different`, it does not contain
    /// what it says: the device that made it cheats.
    BadTest,
    /// The file is no transcript of a secret vote that both verifiers accept.
    BadTranscript,
    /// Only slips vote, and none was shown.
    SlipNeeded,
    /// The slip is not of this vote.
    SlipUnknown,
    /// A ballot of the slip is here: it votes once.
    SlipUsed,
    /// The holder of the receipt claimed the slot: no officer speaks for it any more.
    Claimed,
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
    /// What is sealed of an answer is longer than what can be sealed together; `detail` is the id of the first
    /// sealed question.
    SealedTooLong,
    /// What a form of another device says of sealed answers cannot be done or trusted; it is opened anew.
    SealingUnfit,
    /// Several answers show the code of a receipt: one of them has to be picked.
    SeveralAnswers,
    /// The outcome is not shown yet, as the rule of the activity says.
    Withheld,
    /// The draft cannot be opened as it is; `detail` names what is missing.
    FormIncomplete,
    /// The ticket is not one of ours, or damaged.
    BadTicket,
    /// The text is no recovery card of this space, or was mistyped.
    BadCard,
    /// This device is already in that space.
    AlreadyJoined,
    /// Work is here that only the joining of before can sign; `detail` is how much.
    UnsealedWork,
    /// Something that this device made is on no other one, as far as is known here; `detail` is how
    /// much. With `anyway` the call does it all the same.
    OnlyHere,
    /// The picture shows no readable code.
    NoCode,
    /// The address is not one of ours, or damaged.
    BadAddress,
    /// Nobody answered at that address.
    Unreachable,
    /// A device answered at that address, and is in none of this device's spaces; with the detail
    /// `relay`, a relay in the address is used all the same.
    NoCommonSpace,
    /// A device answered at that address, and exchanges nothing now; the findings say why.
    TurnedAway,
    /// The file is no photo or sound of a known kind, or too large.
    BadMedia,
    /// The photo or sound that an answer names is not here any more; `detail` is the question's id.
    MediaGone,
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
    /// There is no room where a carry file is written. What stands there is whole.
    CardFull,
    /// The parts are too small; `detail` is the least size in bytes, when it is known.
    PartTooSmall,
    /// An edit does not fit the document it names; ask for the document again.
    EditUnfit,
    /// The disk of this device does not give something of the text any more: it can be neither shown,
    /// changed nor signed here.
    TextUnreadable,
    /// The disk of this device does not give some answer of the consultation any more: it is closed on a
    /// device that has all.
    AnswersUnreadable,
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
