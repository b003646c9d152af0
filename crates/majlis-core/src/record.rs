//! Records: what one person states, superseded but never edited. A batch of them is the
//! payload of one entry, so thirty answers share one signature.
//! Not here: which version of an answer counts (`consultation::count`), codes on receipts
//! (`consultation::claim`).
//!
//! **Erasing one answer of a batch.** A batch names forms and questions once, but no record needs
//! its neighbours to be written down: a batch of one is its canonical form, and each is salted, by
//! its claim or its own salt. So an entry may come to sign the hash over the hashes of its
//! records' canonical forms instead of the hash of the payload, at no cost on the wire: whoever
//! holds the records computes the hashes, and an erased one leaves its hash behind.

mod batch;
mod bytes;
pub mod claimed;
mod column;
pub mod custody;
mod extended;
pub mod minutes;
pub mod request;
mod speaking;
pub mod step;
mod table;

use serde::{Deserialize, Serialize};

use crate::codec::DecodeError;
use crate::consultation::slip::SlipProof;
use crate::consultation::{Answer, Form};
use crate::id::{Claim, EntryHash, FormId, QuestionId, SlotId};

pub use claimed::Claimed;
pub use custody::{Custody, CustodySaid};
pub use minutes::{Minutes, MinutesSaid};
pub use request::Request;
pub use step::{Stated, Statement, Step, StepKind, Subject};

/// The most records one entry may carry.
pub const MAX_BATCH: usize = 500;

/// One record by its place: an entry, and the index inside its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId {
    /// The entry that carries it.
    pub entry: EntryHash,
    /// Its index in the entry.
    pub index: u16,
}

/// The records that one device sealed at once on a process lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// In the order in which they were made.
    pub records: Vec<Record>,
}

/// One single-writer statement on a process lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The process opens with this frozen form.
    Open(Form),
    /// The process closes; names what it counts.
    Close(Close),
    /// An answer to a form, or a later version of one.
    Response(Response),
    /// An answer is taken back.
    Withdraw(Withdraw),
    /// Something is said in a conversation.
    Statement(Statement),
    /// An officer did, decided or answered something.
    Step(Step),
    /// An officer states the outcome.
    Stated(Stated),
    /// The holder of a receipt claims its slot: from then on they speak for it themselves.
    Claimed(Claimed),
    /// A keeper of a key does their part.
    Custody(Custody),
    /// Something is asked of the office about one's own words, or replied.
    Request(Request),
    /// An officer seals a ballot box, or signs the minutes of one.
    Minutes(Minutes),
}

/// The end of collecting: answers beyond these positions came after the close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The form that closes.
    pub form: FormId,
    /// The last entry counted of each chain on this lane.
    pub counted: Vec<Counted>,
    /// What the closer says about it.
    pub note: String,
}

/// A chain position named by a [`Close`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Counted {
    /// The chain's device.
    pub device: crate::id::DeviceId,
    /// Position of the last entry counted.
    pub seq: u64,
    /// Its hash.
    pub hash: EntryHash,
}

/// One voice's answer to a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The form answered, exactly as it was frozen.
    pub form: FormId,
    /// Whose answer this is.
    pub speaker: Speaker,
    /// What was answered; questions without an answer are absent.
    pub answers: Vec<(QuestionId, Answer)>,
}

/// An answer taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdraw {
    /// The form.
    pub form: FormId,
    /// Whose answer.
    pub speaker: Known,
}

/// Whose an answer is, how it came in and what it replaces.
///
/// Each way of speaking carries what its slot needs and no more: a new speaker's slot follows from
/// the device, the lane and the claim, one's own from the person, and only a later version that an
/// officer enters has to name it. Nobody can so much as write down another's own slot as theirs,
/// a first answer that replaces one, or a withdrawal of what was never said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Somebody without a device, for the first time, entered by an officer.
    New {
        /// What the code on the receipt proves. It is random, and therefore the salt too.
        claim: Claim,
        /// How the answer came in.
        assisted: Assisted,
    },
    /// Somebody who has a slot already.
    Known(Known),
    /// Whoever holds a slip, once. Its proof is as good as a salt.
    Slip(SlipProof),
}

/// Random bytes, so that a hash does not give a short record away.
pub type Salt = [u8; 8];

/// A speaker whose slot is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// The author, on their own device.
    Own {
        /// The versions this replaces; empty for a first answer.
        supersedes: Vec<RecordId>,
        /// Random bytes.
        salt: Salt,
    },
    /// Somebody for whom an officer entered an answer before.
    Assisted {
        /// Their slot.
        slot: SlotId,
        /// The versions this replaces; empty while no entry carries them.
        supersedes: Vec<RecordId>,
        /// Random bytes.
        salt: Salt,
        /// How this version came in.
        assisted: Assisted,
    },
}

/// What an assisted answer says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assisted {
    /// How the person gave the answer.
    pub mode: AssistedMode,
    /// Whether the person agreed to the entry, as the officer states.
    pub consent: bool,
    /// What the officer wrote to find the person again (a card number, a house), never a name that is required.
    pub note: String,
}

/// How a person gave an answer to an officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssistedMode {
    /// Spoken, face to face.
    Spoken,
    /// On paper.
    Paper,
    /// By telephone.
    Phone,
}

impl Records {
    /// The payload bytes: one encoding for each batch.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        batch::encode(&self.records)
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// [`DecodeError::Newer`] for a payload of a newer version: the entry is then kept and
    /// forwarded whole. [`DecodeError::Malformed`] when the bytes are not exactly what
    /// [`Records::encode`] writes for a batch within the limits.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let batch = Self {
            records: batch::decode(bytes)?,
        };
        if batch.records.iter().all(Record::is_sized) && batch.encode() == bytes {
            Ok(batch)
        } else {
            Err(DecodeError::Malformed)
        }
    }

    /// Reads a payload that this replica checked before and kept in its own store.
    ///
    /// # Errors
    /// As [`Records::decode`], which `majlis verify` does again.
    pub fn from_own_store(bytes: &[u8]) -> Result<Self, DecodeError> {
        let records = batch::decode(bytes)?;
        Ok(Self { records })
    }
}

impl Record {
    /// The form it speaks of; an opening brings its own.
    #[must_use]
    pub const fn form(&self) -> Option<FormId> {
        batch::form(self)
    }

    /// Whether texts and lists are within their limits, where the payload's own does not suffice.
    fn is_sized(&self) -> bool {
        match self {
            Self::Open(_)
            | Self::Close(_)
            | Self::Response(_)
            | Self::Withdraw(_)
            | Self::Claimed(_) => true,
            Self::Statement(statement) => statement.is_sized(),
            Self::Step(step) => step.is_sized(),
            Self::Stated(stated) => stated.is_sized(),
            Self::Custody(custody) => custody.is_sized(),
            Self::Request(request) => request.is_sized(),
            Self::Minutes(minutes) => minutes.is_sized(),
        }
    }
}

impl Speaker {
    /// What an officer says about entering it; `None` for one's own.
    #[must_use]
    pub const fn assisted(&self) -> Option<&Assisted> {
        match self {
            Self::New { assisted, .. } => Some(assisted),
            Self::Known(known) => known.assisted(),
            Self::Slip(_) => None,
        }
    }

    /// The versions it names as replaced.
    #[must_use]
    pub fn supersedes(&self) -> &[RecordId] {
        match self {
            Self::New { .. } | Self::Slip(_) => &[],
            Self::Known(known) => known.supersedes(),
        }
    }
}

impl Known {
    /// What an officer says about entering it; `None` for one's own.
    #[must_use]
    pub const fn assisted(&self) -> Option<&Assisted> {
        match self {
            Self::Own { .. } => None,
            Self::Assisted { assisted, .. } => Some(assisted),
        }
    }

    /// The versions it names as replaced.
    #[must_use]
    pub fn supersedes(&self) -> &[RecordId] {
        match self {
            Self::Own { supersedes, .. } | Self::Assisted { supersedes, .. } => supersedes,
        }
    }
}
