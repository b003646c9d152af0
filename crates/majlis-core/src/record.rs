//! Records: what one person states, superseded but never edited. A batch of them is the
//! payload of one entry, so thirty answers share one signature.
//! Not here: which version of an answer counts (`consultation::count`).

use serde::{Deserialize, Serialize};

use crate::codec::{self, DecodeError};
use crate::consultation::{Answer, Form};
use crate::id::{EntryHash, FormId, QuestionId, SlotId};

const VERSION: u8 = 1;
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Records {
    /// In the order in which they were made.
    pub records: Vec<Record>,
}

/// One single-writer statement on a process lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// The process opens with this frozen form.
    Open(Form),
    /// The process closes; names what it counts.
    Close(Close),
    /// An answer to a form, or a later version of one.
    Response(Response),
    /// An answer is taken back.
    Withdraw(Withdraw),
}

/// The end of collecting: answers beyond these positions came after the close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The form answered, exactly as it was frozen.
    pub form: FormId,
    /// Whose voice this is.
    pub slot: SlotId,
    /// The versions this replaces; empty for a first answer.
    pub supersedes: Vec<RecordId>,
    /// How the answer came in.
    pub channel: Channel,
    /// What was answered; questions without an answer are absent.
    pub answers: Vec<(QuestionId, Answer)>,
    /// Random bytes, so that the payload hash does not give a short answer away.
    pub salt: [u8; 8],
}

/// An answer taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdraw {
    /// The form.
    pub form: FormId,
    /// Whose voice.
    pub slot: SlotId,
    /// The versions taken back.
    pub supersedes: Vec<RecordId>,
    /// How it was asked for.
    pub channel: Channel,
}

/// How an answer came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// Entered by the person on their own device.
    Own,
    /// Entered by an officer for someone without a device.
    Assisted(Assisted),
}

/// What an assisted answer says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assisted {
    /// How the person gave the answer.
    pub mode: AssistedMode,
    /// Whether the person agreed to the entry, as the officer states.
    pub consent: bool,
    /// Hash of the claim code printed on the receipt.
    pub claim: [u8; 16],
    /// What the officer wrote to find the person again (a card number, a house), never a name that is required.
    pub note: String,
}

/// How a person gave an answer to an officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AssistedMode {
    /// Spoken, face to face.
    Spoken,
    /// On paper.
    Paper,
    /// By telephone.
    Phone,
}

impl Records {
    /// The payload bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// [`DecodeError::Newer`] when any record is of a kind this version does not know: the entry
    /// is then kept and forwarded whole.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let batch: Self = codec::decode(VERSION, bytes)?;
        if batch.records.is_empty() || batch.records.len() > MAX_BATCH {
            return Err(DecodeError::Malformed);
        }
        Ok(batch)
    }
}
