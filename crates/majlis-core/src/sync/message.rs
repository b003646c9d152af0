//! What replicas say to each other. Every frame carries its number, so that a lost, repeated or
//! reordered frame ends the session instead of confusing it.
//!
//! Both sides open at once: with [`Again`] to a peer met before, else with [`Hello`]. Who said
//! `Again` and hears `Hello` is not remembered there, and says `Hello` next. An opening says how far
//! its side has read the other's arrivals; when both tip digests are equal, nothing more is said. Whoever does not know from a [`Resume`] what the other lacks asks it to
//! [`Message::Tell`], and gets its tips, or compares them with it when both have many.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::blob::Blob;
use crate::chain::ArrivalCheck;
use crate::codec;
use crate::id::{DeviceId, InviteKey, LaneId, SpaceId};
use crate::sync::names::{ChainName, Check, TipName, TipsDigest};

pub use crate::sync::names::SpaceTag;

const VERSION: u8 = 1;
/// The oldest protocol version this code speaks.
pub const OLDEST: u16 = 1;
/// The newest protocol version this code speaks.
pub const NEWEST: u16 = 2;
/// The largest frame, in bytes.
pub const MAX_FRAME: usize = 48 * 1024;
/// The most tips, or names of tips or blobs, in one message.
pub const MAX_TIPS: usize = 800;
/// The most lanes that an offer names.
pub const MAX_OFFERED: usize = 24;
/// The most bytes of a run or of a blob in one message.
pub const MAX_PART: usize = 16 * 1024;

/// Which lanes a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// The membership lane.
    Membership,
    /// All other lanes.
    Content,
}

/// Which of two streams of runs a part belongs to. A long document on the one never delays a
/// vote on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stream {
    /// Membership and records.
    First,
    /// Documents and what is not known.
    Bulk,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// Who speaks, about which space, and the proof; the first frame to a peer not met before.
    Hello(Hello),
    /// The same to a peer that remembers the speaker by its transport key.
    Again(Again),
    /// It is not known here what the other side lacks: it must tell its tips.
    Tell,
    /// Tips held in `scope`; the last message of the list says so.
    Have {
        /// About which lanes.
        scope: Scope,
        /// The tips.
        tips: Vec<ShortTip>,
        /// Whether the list ends here.
        last: bool,
    },
    /// A round of comparing many tips (negentropy), begun by whoever tells.
    Compare {
        /// About which lanes.
        scope: Scope,
        /// What the reconciliation says.
        body: ByteBuf,
    },
    /// The outcome of comparing: everything that is not named here is the same on both sides. The
    /// other side answers with its own tips that were wanted.
    Differ {
        /// About which lanes.
        scope: Scope,
        /// The speaker's tips that the other side lacks.
        tips: Vec<ShortTip>,
        /// Names of the other side's tips that the speaker lacks.
        wants: Vec<TipName>,
        /// Whether the lists end here.
        last: bool,
    },
    /// So many entries are going to be sent, on these lanes, and on others that are not named.
    Offer {
        /// The lanes with the most of them.
        lanes: Vec<(LaneId, u64)>,
        /// Entries on all other lanes.
        others: u64,
    },
    /// Part of a run of entries; `last` ends it.
    Run {
        /// On which stream.
        stream: Stream,
        /// The next bytes of the run.
        part: ByteBuf,
        /// How many entries the run holds.
        entries: u32,
        /// Whether the run ends here.
        last: bool,
        /// Whether an [`Message::Ack`] is wanted now.
        thank: bool,
    },
    /// Everything in `scope` that the other side lacked has been sent.
    Sent(Scope),
    /// The other side now has everything that the speaker holds.
    Upto(Arrived),
    /// What this side received on this link.
    Ack {
        /// So many parts of runs.
        parts: u64,
        /// So many entries are on disk.
        entries: u64,
    },
    /// Send this chain again from a position: what came does not join on.
    Ask {
        /// The lane.
        lane: LaneId,
        /// The device.
        device: DeviceId,
        /// From here.
        from: u64,
    },
    /// These blobs are not whole here and wanted: the other side says when it holds one.
    Want(Vec<Blob>),
    /// Of what the other side wants, these are held here.
    Holds(Vec<Blob>),
    /// Send these blobs, one after the other, each from a byte on that begins a piece.
    Fetch(Vec<(Blob, u32)>),
    /// What proves the pieces of the blob that comes next.
    Pieces {
        /// One hash after the other.
        pieces: ByteBuf,
        /// Whether an [`Message::Ack`] is wanted now.
        thank: bool,
    },
    /// The next whole pieces of the blob that was fetched first; none when it is not held.
    Media {
        /// The pieces.
        pieces: ByteBuf,
        /// Whether an [`Message::Ack`] is wanted now.
        thank: bool,
    },
    /// These blobs are whole and on disk here.
    Kept(Vec<Blob>),
    /// These tips of what others wrote came here from somebody else, and need not be sent. Since
    /// version 2.
    Got(Vec<ShortTip>),
}

/// The first message to a peer not met before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The oldest protocol version spoken.
    pub oldest: u16,
    /// The newest protocol version spoken.
    pub newest: u16,
    /// About which space.
    pub tag: SpaceTag,
    /// The speaking device.
    pub device: DeviceId,
    /// The device's signature over [`Hello::message`].
    pub proof: ByteBuf,
    /// A joiner's invite key, and its signature over the same message.
    pub invite: Option<(InviteKey, ByteBuf)>,
    /// Where the speaker stands.
    pub stand: Stand,
}

/// The first message to a peer that knows the speaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// The oldest protocol version spoken.
    pub oldest: u16,
    /// The newest protocol version spoken.
    pub newest: u16,
    /// About which space.
    pub tag: SpaceTag,
    /// Where the speaker stands.
    pub stand: Stand,
}

/// What a side holds, and how far it has read the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// Digest of all tips held: equal means that there is nothing to exchange.
    pub digest: TipsDigest,
    /// How many tips that is.
    pub tips: u64,
    /// From where the other side may go on; `None` when nothing is remembered.
    pub resume: Option<Resume>,
}

/// A place in a replica's order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Arrived {
    /// After so many arrivals.
    pub count: u64,
    /// The check of these.
    pub check: ArrivalCheck,
}

/// "I have everything that you held at this place, and of what came here since, these."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// A place in the other side's order of arrival.
    pub upto: Arrived,
    /// Tips of the speaker's chains that grew since that was noted.
    pub since: Vec<ShortTip>,
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

/// A tip as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShortTip {
    /// The chain.
    pub chain: ChainName,
    /// Position of the last entry.
    pub seq: u64,
    /// The check of its hash.
    pub check: Check,
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
    /// Content came from somebody who is not told content. That is no offence where this side is out
    /// and the peer has not heard of it.
    #[error("receiving content from a peer that is told none")]
    NotTold,
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
    let since = |stand: &Stand| stand.resume.as_ref().map_or(0, |resume| resume.since.len());
    let listed = match &message {
        Message::Hello(hello) => since(&hello.stand),
        Message::Again(again) => since(&again.stand),
        Message::Have { tips, .. } | Message::Got(tips) => tips.len(),
        Message::Differ { tips, wants, .. } => tips.len().saturating_add(wants.len()),
        Message::Want(blobs) | Message::Holds(blobs) | Message::Kept(blobs) => blobs.len(),
        Message::Offer { lanes, .. } if lanes.len() > MAX_OFFERED => {
            return Err(ProtocolError::TooLarge);
        }
        Message::Run { part: bytes, .. } | Message::Media { pieces: bytes, .. }
            if bytes.len() > MAX_PART =>
        {
            return Err(ProtocolError::TooLarge);
        }
        Message::Tell
        | Message::Compare { .. }
        | Message::Offer { .. }
        | Message::Run { .. }
        | Message::Sent(_)
        | Message::Upto(_)
        | Message::Ack { .. }
        | Message::Ask { .. }
        | Message::Fetch(_)
        | Message::Pieces { .. }
        | Message::Media { .. } => 0,
    };
    if listed > MAX_TIPS {
        return Err(ProtocolError::TooLarge);
    }
    Ok((number, message))
}

/// Whether two ranges of versions have one in common.
#[must_use]
pub const fn speaks(oldest: u16, newest: u16) -> bool {
    oldest <= NEWEST && newest >= OLDEST && oldest <= newest
}

/// The space tag of a link's first frame, to find the space it is about.
#[must_use]
pub fn tag_of(frame: &[u8]) -> Option<SpaceTag> {
    match decode(frame) {
        Ok((0, Message::Hello(hello))) => Some(hello.tag),
        Ok((0, Message::Again(again))) => Some(again.tag),
        _ => None,
    }
}
