//! What replicas say to each other. Every frame carries its number, so that a lost, repeated or
//! reordered frame ends the session instead of confusing it.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::chain::Tip;
use crate::codec;
use crate::entry::ChainId;
use crate::id::{DeviceId, EntryHash, InviteKey, LaneId, SpaceId};

const VERSION: u8 = 1;
/// The protocol version this code speaks.
pub const PROTOCOL: u16 = 1;
/// The largest frame, in bytes.
pub const MAX_FRAME: usize = 48 * 1024;
/// The most tips in one [`Message::Have`].
pub const MAX_TIPS: usize = 400;

/// A 16-byte name of a space that only those who know the space can make or recognise, and
/// that differs on every link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SpaceTag([u8; 16]);

impl SpaceTag {
    /// The tag of `space` on the link with this channel binding.
    #[must_use]
    pub fn new(space: SpaceId, binding: &[u8; 32]) -> Self {
        let mut tag = [0; 16];
        blake3::Hasher::new_keyed(binding)
            .update(b"majlis space tag v1")
            .update(space.as_bytes())
            .finalize_xof()
            .fill(&mut tag);
        Self(tag)
    }
}

/// Which lanes a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// The membership lane.
    Membership,
    /// All other lanes.
    Content,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Who speaks, about which space, and the proof; the first frame of both sides.
    Hello(Hello),
    /// Tips held in `scope`; the last message of the list says so.
    Have {
        /// About which lanes.
        scope: Scope,
        /// The tips.
        tips: Vec<WireTip>,
        /// Whether the list ends here.
        last: bool,
    },
    /// Part of a run of entries; `last` ends it.
    Run {
        /// The next bytes of the run.
        part: ByteBuf,
        /// How many entries the run holds.
        entries: u32,
        /// Whether the run ends here.
        last: bool,
    },
    /// Everything in `scope` that the other side lacked has been sent.
    Sent(Scope),
    /// So many entries received on this link are on this side's disk.
    Ack(u64),
    /// Send this chain again from a position: what came does not join on.
    Ask {
        /// The lane.
        lane: LaneId,
        /// The device.
        device: DeviceId,
        /// From here.
        from: u64,
    },
}

/// The first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol version spoken.
    pub protocol: u16,
    /// About which space.
    pub tag: SpaceTag,
    /// The speaking device.
    pub device: DeviceId,
    /// The device's signature over [`Hello::message`].
    pub proof: ByteBuf,
    /// A joiner's invite key, and its signature over the same message.
    pub invite: Option<(InviteKey, ByteBuf)>,
    /// Digest of all tips held: equal means that there is nothing to exchange.
    pub digest: [u8; 32],
}

impl Hello {
    /// What is signed: this end of this link, for this space.
    #[must_use]
    pub fn message(binding: &[u8; 32], dialled: bool, space: SpaceId, device: DeviceId) -> Vec<u8> {
        [
            &binding[..],
            &[u8::from(dialled)],
            space.as_bytes(),
            device.as_bytes(),
        ]
        .concat()
    }
}

/// A tip on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireTip {
    /// The lane.
    pub lane: LaneId,
    /// The device.
    pub device: DeviceId,
    /// Position of the last entry.
    pub seq: u64,
    /// Its hash.
    pub hash: EntryHash,
}

impl From<Tip> for WireTip {
    fn from(tip: Tip) -> Self {
        Self {
            lane: tip.chain.lane,
            device: tip.chain.device,
            seq: tip.seq,
            hash: tip.hash,
        }
    }
}

impl WireTip {
    /// The chain.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        ChainId {
            lane: self.lane,
            device: self.device,
        }
    }
}

/// How a peer broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A frame is larger than [`MAX_FRAME`], or a message lists more than it may.
    #[error("receiving more than a frame may hold")]
    TooLarge,
    /// A frame is no message of this protocol.
    #[error("reading a message")]
    Malformed,
    /// A frame was lost, repeated or reordered.
    #[error("receiving frame {got} where {expected} was due")]
    OutOfOrder {
        /// The number due.
        expected: u32,
        /// The number received.
        got: u32,
    },
    /// The peer's proof does not hold.
    #[error("checking the peer's proof")]
    NotProven,
    /// The peer speaks no version known here.
    #[error("agreeing on a protocol version")]
    Version,
    /// A message came at a time when it may not come.
    #[error("receiving a message that is not due")]
    Unexpected,
}

/// Encodes frame `number`.
#[must_use]
pub fn encode(number: u32, message: &Message) -> Vec<u8> {
    codec::encode(VERSION, &(number, message))
}

/// Decodes a frame.
///
/// # Errors
/// [`ProtocolError::TooLarge`] or [`ProtocolError::Malformed`].
pub fn decode(frame: &[u8]) -> Result<(u32, Message), ProtocolError> {
    if frame.len() > MAX_FRAME {
        return Err(ProtocolError::TooLarge);
    }
    let (number, message): (u32, Message) =
        codec::decode(VERSION, frame).map_err(|_| ProtocolError::Malformed)?;
    if matches!(&message, Message::Have { tips, .. } if tips.len() > MAX_TIPS) {
        return Err(ProtocolError::TooLarge);
    }
    Ok((number, message))
}

/// The space tag of a link's first frame, to find the space it is about.
#[must_use]
pub fn tag_of(frame: &[u8]) -> Option<SpaceTag> {
    match decode(frame) {
        Ok((0, Message::Hello(hello))) => Some(hello.tag),
        _ => None,
    }
}
