//! One link's side of a sync session: what was said, what the peer holds, what is on its way.
//!
//! Membership travels first and decides what else may. Entries are acknowledged only after they
//! are on disk, so "the peer has it" is the peer's word about its disk.
//! Not here: taking entries in (`space`).

mod compare;
mod flow;
mod holdings;
mod incoming;
mod media;
mod opening;
mod outgoing;
mod pace;
mod passing;
mod pending;
mod progress;

use std::collections::{BTreeMap, BTreeSet};

use crate::blob::Blob;
use crate::chain::{ChainIndex, Tip};
use crate::effect::{Cursor, KnownPeer, LinkId};
use crate::entry::ChainId;
use crate::id::{DeviceId, InviteKey, LaneClass, LaneId, SpaceId, TransportId};
use crate::sync::message::{Arrived, Message, OLDEST, Scope, Stream, encode};
use crate::sync::names::{Names, TipName, TipsDigest};
use crate::sync::wire::{Before, Carried};

use compare::Comparison;
use flow::Flow;
use holdings::{BranchKey, Holdings};
pub use media::WANT_LIST;
use pace::Pace;
use passing::Passing;
use pending::{Pending, Worth};
use progress::Expected;
pub use progress::{Lacking, Moving};

/// What a peer may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rights {
    /// Nothing: neither a member nor holding an invite.
    Nothing,
    /// The membership lane: it is joining, or was removed and must be able to learn that.
    Membership,
    /// Everything.
    All,
}

/// What one received frame amounts to.
#[derive(Debug)]
pub enum Heard {
    /// It is known now which device the peer is, and which invite key it proved to hold.
    Peer {
        /// The device.
        device: DeviceId,
        /// The invite key.
        invite: Option<InviteKey>,
        /// Whether it does not remember this side, which must introduce itself.
        introduces: bool,
    },
    /// Entries to take in.
    Entries(Vec<Carried>),
    /// Part of a run: to be acknowledged.
    Part,
    /// Something about blobs.
    Media(MediaHeard),
    /// Something that needs nothing but another look at what to send.
    Other,
}

/// What a peer says about blobs.
#[derive(Debug)]
pub enum MediaHeard {
    /// It wants these.
    Want(Vec<Blob>),
    /// It holds these.
    Holds(Vec<Blob>),
    /// It has these whole and on disk.
    Kept(Vec<Blob>),
    /// It fetches these, each from a byte on.
    Fetch(Vec<(Blob, u32)>),
    /// What proves the pieces of the one fetched first.
    Pieces(Vec<u8>),
    /// The next pieces of the one fetched first.
    Came(Vec<u8>),
}

/// What is known of the peer of a session, as people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerView {
    /// The peer's device.
    pub device: DeviceId,
    /// Entries held here that it acknowledged or said to have.
    pub has: u64,
    /// Entries held here that it lacks.
    pub lacks: u64,
    /// Entries it offered that have not come yet.
    pub missing_here: u64,
    /// Whether both sides have every entry, by its own word from disk.
    pub complete: bool,
    /// Blobs held here that it waits for.
    pub blobs_there: u64,
    /// Blobs that it holds and this side waits for.
    pub blobs_here: u64,
}

/// How far the exchange of entries on a link is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exchange {
    /// One side never had everything yet.
    #[default]
    First,
    /// Both sides once had everything, and one has more since.
    More,
    /// Both sides have every entry.
    Complete,
}

/// How a link stands, for whoever decides how long it is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkStanding {
    /// How far entries are exchanged.
    pub exchange: Exchange,
    /// Photos or sounds are still to move.
    pub media: bool,
    /// Bytes a second that moved, when that was measured.
    pub rate: Option<u64>,
    /// Entries that came over it so far.
    pub brought: u64,
}

/// Who must tell its tips, for want of a place to resume from.
#[derive(Clone, Copy, Debug, Default)]
struct Telling {
    /// This side.
    we: bool,
    /// The other side.
    they: bool,
    /// The peer was told content, or may be: content from it is due.
    content: bool,
}

/// What the peer sent.
#[derive(Clone, Copy, Debug, Default)]
struct Came {
    /// Entries that came.
    entries: u64,
    /// Parts of runs that came.
    parts: u64,
    /// It wants to hear so.
    thanks_due: bool,
}

/// Something that one side does once for membership and once for content.
type Scopes = BTreeSet<Scope>;

/// One link's side of a session.
pub struct Session {
    space: SpaceId,
    ends: Ends,
    names: Names,
    number: u32,
    expected: u32,
    /// What is remembered of whoever has this transport key.
    known: Option<KnownPeer>,
    peer: Option<DeviceId>,
    peer_invite: Option<InviteKey>,
    /// Frames to be said whoever the peer is.
    due: Vec<Message>,
    /// The newest version of the protocol that both sides speak.
    version: u16,
    introduced: bool,
    /// The digest and the number of tips that this side opened with.
    said: (TipsDigest, u64),
    /// How many tips the peer opened with; `None` before that.
    their_tips: Option<u64>,
    same: bool,
    telling: Telling,
    told: Scopes,
    /// It is known what the peer lacks.
    planned: Scopes,
    offered: Scopes,
    /// Content that came here since it was offered, and was neither offered nor sent.
    later: BTreeMap<LaneId, u64>,
    sent: Scopes,
    sent_heard: Scopes,
    comparisons: BTreeMap<Scope, Comparison>,
    /// Rounds of comparing that wait until they may be answered.
    rounds: BTreeMap<Scope, Vec<u8>>,
    /// What the peer's outcome of comparing named so far.
    differing: BTreeMap<Scope, BTreeSet<ChainId>>,
    wanted: BTreeMap<Scope, Vec<TipName>>,
    holdings: Holdings,
    pending: Pending,
    passing: Passing,
    flow: Flow,
    media: media::Media,
    came: Came,
    to_come: Expected,
    /// How fast the peer's entries come.
    pace_in: Pace,
    /// Per stream, the run that is coming, and what was carried each way.
    runs: BTreeMap<Stream, Vec<u8>>,
    carried_in: BTreeMap<Stream, Before>,
    carried_out: BTreeMap<Stream, Before>,
    asked: BTreeSet<ChainId>,
    /// The place up to which the peer was last told it has everything.
    upto_said: Option<Arrived>,
    /// How far the peer's arrivals are known to be here.
    cursor: Option<Cursor>,
    /// As of the last step.
    exchange: Exchange,
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Session")
            .field("link", &self.ends.link)
            .field("peer", &self.peer)
            .finish()
    }
}

fn scope_of(lane: LaneId) -> Scope {
    match lane.class() {
        LaneClass::Membership => Scope::Membership,
        LaneClass::Process
        | LaneClass::Document
        | LaneClass::Receipts
        | LaneClass::Checkpoints
        | LaneClass::Requests
        | LaneClass::Unknown(_) => Scope::Content,
    }
}

fn stream_of(lane: LaneId) -> Stream {
    match lane.class() {
        LaneClass::Membership | LaneClass::Process | LaneClass::Requests => Stream::First,
        // What a receipt names travels before it.
        LaneClass::Document
        | LaneClass::Receipts
        | LaneClass::Checkpoints
        | LaneClass::Unknown(_) => Stream::Bulk,
    }
}

fn tips_in_order(index: &ChainIndex) -> Vec<Tip> {
    let mut tips: Vec<Tip> = index.tips().map(|(tip, _)| tip).collect();
    tips.sort_unstable();
    tips
}

/// The digest of all tips of an index; equal on replicas that hold the same entries.
#[must_use]
pub fn digest(index: &ChainIndex) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 tips digest v1");
    for tip in tips_in_order(index) {
        hasher.update(tip.chain.lane.as_bytes());
        hasher.update(tip.chain.device.as_bytes());
        hasher.update(&tip.seq.to_be_bytes());
        hasher.update(tip.hash.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// A link as a session needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// The link's number.
    pub link: LinkId,
    /// Equal on both ends and on no other link.
    pub binding: [u8; 32],
    /// The key by which the other end's transport proved itself.
    pub transport: TransportId,
    /// Whether this end dialled; true on exactly one of the two.
    pub dialled: bool,
}

impl Session {
    /// A session on a fresh link, with what is remembered of whoever is at its other end.
    #[must_use]
    pub fn new(space: SpaceId, ends: Ends, known: Option<KnownPeer>) -> Self {
        let names = Names::new(ends.binding);
        Self {
            space,
            ends,
            number: 0,
            expected: 0,
            known,
            peer: None,
            peer_invite: None,
            due: Vec::new(),
            version: OLDEST,
            introduced: false,
            said: (TipsDigest([0; 16]), 0),
            their_tips: None,
            same: false,
            telling: Telling::default(),
            told: Scopes::new(),
            planned: Scopes::new(),
            offered: Scopes::new(),
            later: BTreeMap::new(),
            sent: Scopes::new(),
            sent_heard: Scopes::new(),
            comparisons: BTreeMap::new(),
            rounds: BTreeMap::new(),
            differing: BTreeMap::new(),
            wanted: BTreeMap::new(),
            holdings: Holdings::new(names.clone()),
            names,
            pending: Pending::default(),
            passing: Passing::default(),
            flow: Flow::default(),
            media: media::Media::default(),
            came: Came::default(),
            to_come: Expected::default(),
            pace_in: Pace::default(),
            runs: BTreeMap::new(),
            carried_in: BTreeMap::new(),
            carried_out: BTreeMap::new(),
            asked: BTreeSet::new(),
            upto_said: None,
            cursor: None,
            exchange: Exchange::First,
        }
    }

    /// The peer, once it has proved its device.
    #[must_use]
    pub const fn peer(&self) -> Option<DeviceId> {
        self.peer
    }

    /// The invite that the peer proved to hold.
    #[must_use]
    pub const fn peer_invite(&self) -> Option<InviteKey> {
        self.peer_invite
    }

    /// The key by which the peer's transport proved itself.
    #[must_use]
    pub const fn transport(&self) -> TransportId {
        self.ends.transport
    }

    /// Whether something is remembered of the peer, and it has not said on this link what it has.
    #[must_use]
    pub fn knows_from_before(&self) -> bool {
        let remembered = self.known.filter(|known| Some(known.device) == self.peer);
        remembered.is_some() && !self.planned.contains(&Scope::Content)
    }

    /// How far the peer's arrivals are known to be here, to be remembered for the next meeting.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        let remembered = self.known.filter(|known| Some(known.device) == self.peer);
        self.cursor
            .or_else(|| remembered.and_then(|known| known.cursor))
    }

    fn frame(&mut self, message: &Message) -> Vec<u8> {
        let frame = encode(self.number, message);
        self.number = self.number.wrapping_add(1);
        frame
    }

    /// An entry is in the index now; the peer lacks it unless it sent it.
    pub fn added(
        &mut self,
        chain: ChainId,
        branch: usize,
        seq: u64,
        from_peer: bool,
        index: &ChainIndex,
        me: DeviceId,
    ) {
        if from_peer {
            self.holdings.holds(index, (chain, branch), seq);
            if branch > 0 && index.from(chain, branch) == seq {
                self.holdings.parted(index, chain);
                self.pend(chain, index, me);
            }
            self.settle_waiting(index, chain);
        }
        if self.holdings.shown(index, chain) {
            self.pend(chain, index, me);
        }
        if from_peer {
            return;
        }
        self.holdings.came((chain, branch), seq);
        if !self.planned.contains(&scope_of(chain.lane)) {
            self.holdings.came_early((chain, branch), seq);
        }
        if chain.device == me || !self.lets_wait((chain, branch), seq) {
            self.goes((chain, branch), 1, index, me);
        }
    }

    /// So many entries of a branch go to the peer, after what is offered already.
    fn goes(&mut self, key: BranchKey, entries: u64, index: &ChainIndex, me: DeviceId) {
        let (chain, _) = key;
        if scope_of(chain.lane) == Scope::Content && self.offered.contains(&Scope::Content) {
            let later = self.later.entry(chain.lane).or_default();
            *later = later.saturating_add(entries);
        }
        self.pend_branch(key, index, me);
    }

    fn pend(&mut self, chain: ChainId, index: &ChainIndex, me: DeviceId) {
        for branch in 0..index.branches(chain) {
            self.pend_branch((chain, branch), index, me);
        }
    }

    /// A branch has something for the peer.
    fn pend_branch(&mut self, key: BranchKey, index: &ChainIndex, me: DeviceId) {
        let next = self.holdings.next(index, key);
        self.pending.put(key, Worth::of(index, key, next, me));
    }

    /// The acknowledgement to send once everything received is on disk, when one is wanted.
    #[must_use]
    pub fn acknowledge(&mut self) -> Option<Vec<u8>> {
        if !core::mem::take(&mut self.came.thanks_due) {
            return None;
        }
        let (parts, entries) = (self.came.parts, self.came.entries);
        Some(self.frame(&Message::Ack { parts, entries }))
    }

    /// Asks for a chain from its beginning, once: what came does not join on.
    #[must_use]
    pub fn ask(&mut self, chain: ChainId) -> Option<Vec<u8>> {
        self.asked.insert(chain).then(|| {
            self.frame(&Message::Ask {
                lane: chain.lane,
                device: chain.device,
                from: 0,
            })
        })
    }

    /// Whether the peer holds the whole membership lane by its own word from disk.
    #[must_use]
    pub fn membership_told(&self) -> bool {
        (self.same || self.sent.contains(&Scope::Membership)) && self.flow.is_empty()
    }

    /// Whether both sides have come to hold everything since this was last asked.
    pub fn became_complete(&mut self, index: &ChainIndex) -> bool {
        let now = self.peer.is_some() && self.has_all(index);
        let before = self.exchange;
        self.exchange = match (now, before) {
            (true, _) => Exchange::Complete,
            (false, Exchange::First) => Exchange::First,
            (false, _) => Exchange::More,
        };
        now && before != Exchange::Complete
    }

    /// Whether both sides have every entry. Asked of every link at every step, so what the peer lacks
    /// is not counted, and not looked at before it is known.
    fn has_all(&self, index: &ChainIndex) -> bool {
        let told = self.same
            || (self.planned.contains(&Scope::Content)
                && self.sent_heard.contains(&Scope::Content));
        told && self.to_come.entries() == 0 && self.holdings.lacked(index).next().is_none()
    }

    /// What is known of the peer; `None` before it has proved its device.
    #[must_use]
    pub fn view(&self, index: &ChainIndex) -> Option<PeerView> {
        let device = self.peer?;
        let (has, lacks) = self.holdings.count(index);
        let missing_here = self.to_come.entries();
        let complete = self.has_all(index);
        Some(PeerView {
            device,
            has,
            lacks,
            missing_here,
            complete,
            blobs_there: self.media_left().0 as u64,
            blobs_here: self.media_left().1 as u64,
        })
    }
}
