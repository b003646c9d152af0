//! Sync as people see it: who has what, addresses.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::media::MediaState;
use crate::api::network::FindingView;
use crate::api::space::SyncWord;

/// The state of sync of a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncView {
    /// In one word.
    pub word: SyncWord,
    /// How many other devices hold everything written here.
    pub with: u32,
    /// Entries held.
    pub entries: u64,
    /// Own work not yet sealed into an entry.
    pub unsealed: u32,
    /// Photos and sounds.
    pub media: MediaState,
    /// Per peer.
    pub peers: Vec<PeerView>,
    /// Devices seen on the local network that may belong to this space, not met yet.
    pub nearby: u32,
    /// Whether discovery on the local network runs; if not, why, which without any links is why there
    /// are none.
    pub discovery: Option<String>,
    /// What stands between this device and others, and so what to do next.
    pub findings: Vec<FindingView>,
}

/// Whom to meet now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncNow {
    /// The space.
    pub space: String,
    /// Once over the internet as well, though the month's budget is used up.
    #[serde(default)]
    pub over_budget: bool,
}

/// What kind of thing is left to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LeftKind {
    /// Members, ranks and invites.
    Membership,
    /// Answers to a consultation, with its opening and closing.
    Answers,
    /// Changes of a document.
    Document,
    /// Receipts of carriers.
    Receipts,
    /// What is not known here.
    Other,
}

/// Something that is left to move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeftView {
    /// What kind.
    pub kind: LeftKind,
    /// The title of the consultation or document; `None` when it is not known here.
    pub title: Option<String>,
    /// How many: answers where they are here to be counted, otherwise entries.
    pub count: u64,
    /// Whether `count` counts answers.
    pub answers: bool,
}

/// What is left to move in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MovingView {
    /// What, the most first.
    pub left: Vec<LeftView>,
    /// Photos and sounds.
    pub media: u64,
    /// Bytes of them.
    pub media_bytes: u64,
    /// Bytes a second, measured while things move; `None` before it was measured.
    pub rate: Option<u64>,
    /// Seconds until all of it has moved; `None` when that would be a guess.
    pub seconds: Option<u64>,
}

/// What is known of one peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PeerView {
    /// The device.
    pub device: String,
    /// Its name.
    pub name: String,
    /// Whether a link is open now.
    pub connected: bool,
    /// Whose relay the link goes through now, by name or else by host; `None` on a direct way.
    pub relay: Option<String>,
    /// Entries held here that it acknowledged from its disk, or signed.
    pub has: u64,
    /// Entries held here that it lacks.
    pub lacks: u64,
    /// Entries it has that are missing here.
    pub missing_here: u64,
    /// Photos and sounds held here that it waits for, without a link as of when it was last heard.
    pub blobs_there: u64,
    /// Photos and sounds that it holds and this device waits for, as far as that is known.
    pub blobs_here: u64,
    /// When it was last heard, in milliseconds since 1970 by this device's clock; 0 for never.
    pub heard: u64,
    /// Whether both sides have everything, photos and sounds that are wanted among it.
    pub complete: bool,
    /// What it lacks, as far as that is known now.
    pub sending: MovingView,
    /// What it said to bring and did not yet.
    pub coming: MovingView,
}

/// This device's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MyAddress {
    /// As text.
    pub address: String,
    /// As a QR code.
    pub svg: String,
    /// The local network addresses, as people write them.
    pub sockets: Vec<String>,
}

/// An address to dial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AddPeer {
    /// The address, as shown on the other device.
    pub address: String,
}
