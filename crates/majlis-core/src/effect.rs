//! What goes into a `Space` and what it asks for in return. Two short closed
//! lists: everything that touches the world is on them.

use crate::admission::State;
use crate::blob::Blob;
use crate::entry::Signed;
use crate::id::{DeviceId, EntryHash, LaneId, PersonId, TransportId};
use crate::membership::Rank;
use crate::sync::message::Arrived;
use crate::time::Timestamp;

/// One open link to a peer, numbered by the caller and never reused while the space is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// What a space asks its surroundings to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Write all of this in one durable transaction before doing anything that follows.
    Persist(Vec<Write>),
    /// Send a frame to a peer.
    Send(LinkId, Vec<u8>),
    /// End a link.
    HangUp(LinkId, HangUp),
    /// Tell the application that something changed.
    Announce(Notice),
}

/// One durable change. All writes of one [`Effect::Persist`] happen together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A new entry with its payload; never seen before.
    Entry {
        /// Header and signature as received.
        signed: Signed,
        /// The payload whose hash the header names.
        payload: Vec<u8>,
        /// Where it stands.
        state: State,
    },
    /// A stored entry stands elsewhere now.
    State(EntryHash, State),
    /// A saved document: a cache that may be rebuilt from entries and unsealed changes. It holds
    /// every applied entry of the lane stored so far, and nothing unsealed.
    Document {
        /// The lane.
        lane: LaneId,
        /// Automerge's saved form.
        save: Vec<u8>,
    },
    /// What lists and search show of a document.
    Outline {
        /// The lane.
        lane: LaneId,
        /// Its title.
        title: String,
        /// Its whole text for search; `None` leaves the indexed text as it is.
        text: Option<String>,
    },
    /// A change of this device's that no entry carries yet.
    DraftChange {
        /// The lane.
        lane: LaneId,
        /// The editing session that made it.
        session: u32,
        /// The raw Automerge change.
        change: Vec<u8>,
    },
    /// A record of this device's that no entry carries yet, in the encoding of a one-record batch.
    DraftRecord {
        /// The lane.
        lane: LaneId,
        /// This device, whose voice may be its own person's.
        device: DeviceId,
        /// The batch of one.
        record: Vec<u8>,
    },
    /// The oldest unsealed changes or records of a lane are now carried by an entry: forget them.
    Sealed {
        /// The lane.
        lane: LaneId,
        /// How many of the oldest unsealed changes.
        changes: usize,
        /// How many of the oldest unsealed records.
        records: usize,
    },
    /// Editing sessions up to and including this number have been used on the lane.
    Session {
        /// The lane.
        lane: LaneId,
        /// The number.
        number: u32,
    },
    /// A member as the roster sees them now.
    Member(MemberRow),
    /// What a peer has acknowledged from its own disk, per chain of this space.
    Peer(PeerRow),
    /// What proves the pieces of a blob that is not whole here.
    Pieces {
        /// The blob.
        blob: Blob,
        /// What [`crate::blob::Pieces::to_bytes`] gives.
        pieces: Vec<u8>,
        /// Now, when this device keeps it for an answer to come.
        kept: Option<Timestamp>,
    },
    /// Whole pieces of a blob, proven, right after what is here of it. With the last ones it is whole.
    BlobPart {
        /// The blob.
        blob: Blob,
        /// Where they begin.
        at: u32,
        /// The pieces.
        bytes: Vec<u8>,
    },
    /// A blob that was whole makes room for others: its bytes go, its name stays.
    LetGo(Blob),
    /// A device holds a whole blob by its own word.
    Copy {
        /// The blob.
        blob: Blob,
        /// Who.
        device: DeviceId,
    },
}

/// A device in the roster, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// The device.
    pub device: DeviceId,
    /// The person it belongs to.
    pub person: PersonId,
    /// The name the person gave.
    pub name: String,
    /// The rank in force; `None` when removed, gone or not (yet) counted.
    pub rank: Option<Rank>,
    /// Who brought them in; `None` for the founder.
    pub invited_by: Option<DeviceId>,
    /// The entry by which they came in.
    pub joined: EntryHash,
    /// Why they are out, when they are.
    pub out: Option<Out>,
}

/// Why a device is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// It left.
    Left,
    /// It was removed by the operation in this entry, for this reason.
    Removed(EntryHash, String),
    /// Its join does not count: the invite was used up, closed or void.
    NotCounted,
}

/// What is known of a peer device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerRow {
    /// The peer.
    pub device: DeviceId,
    /// When it was last heard, by this device's clock.
    pub heard: Timestamp,
    /// Entries held here that it has acknowledged from its disk.
    pub has: u64,
    /// Entries held here that it lacks.
    pub lacks: u64,
    /// Entries it offered that did not come.
    pub missing_here: u64,
    /// Photos and sounds held here that it waits for, and their bytes that are left.
    pub media_there: (u64, u64),
    /// Photos and sounds that it holds and this side waits for, and their bytes that are left.
    pub media_here: (u64, u64),
    /// On which lanes are most of those that it lacks, the most first.
    pub lacks_on: Vec<(LaneId, u64)>,
    /// On which lanes are most of those that did not come, the most first.
    pub missing_on: Vec<(LaneId, u64)>,
    /// The transport key under which it was last met; `None` once another device was met under it.
    pub transport: Option<TransportId>,
    /// How far its arrivals are known to be here.
    pub cursor: Option<Cursor>,
}

/// A peer met before, as a link by the same transport key finds it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPeer {
    /// The device that proved itself then.
    pub device: DeviceId,
    /// How far its arrivals were known to be here.
    pub cursor: Option<Cursor>,
}

/// How far a peer's arrivals are known to be here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Everything that had arrived at the peer up to this place is here.
    pub upto: Arrived,
    /// How much had arrived here when that was noted.
    pub held: u64,
}

/// Why a link ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HangUp {
    /// Everything was exchanged and nobody waits for more.
    Done,
    /// The peer could not prove its device, or speaks of another space.
    NotProven,
    /// The peer is neither a member nor holds an invite.
    Stranger,
    /// The peer was removed; it has been told so.
    Removed,
    /// The peer speaks no version this one knows.
    Version,
    /// The peer broke the protocol or a limit.
    Violation,
}

/// Something changed that the application may show. It asks for the new state itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Members, ranks, invites or the space's own facts.
    Membership,
    /// Records or the definition on a process lane.
    Process(LaneId),
    /// A document; editors holding it ask for the difference.
    Document(LaneId),
    /// A blob is whole now.
    Blob(Blob),
    /// Entries were set aside or refused, or brought back.
    Quarantine,
    /// What peers have, lack or acknowledged.
    Sync,
}
