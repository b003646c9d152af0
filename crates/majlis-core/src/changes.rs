//! The payload of an entry of kind changes: raw Automerge changes of one editing session.
//! Not here: whether they may touch a document (`gate`).

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::codec::{self, DecodeError};

const VERSION: u8 = 1;
/// The most changes one entry may carry.
pub const MAX_CHANGES: usize = 1_024;

/// Changes that one device made in one editing session, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The editing session; with the device and the lane it gives the Automerge actor.
    pub session: u32,
    /// Uncompressed Automerge change chunks.
    pub changes: Vec<ByteBuf>,
}

impl Changes {
    /// The payload bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] also when it holds no change or more than [`MAX_CHANGES`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let batch: Self = codec::decode(VERSION, bytes)?;
        if batch.changes.is_empty() || batch.changes.len() > MAX_CHANGES {
            return Err(DecodeError::Malformed);
        }
        Ok(batch)
    }
}
