//! One link's side of a sync session: what was said, what the peer holds, what is on its way.
//!
//! Membership travels first and decides what else may. Entries are acknowledged only after they
//! are on disk, so "the peer has it" is the peer's word about its disk.
//! Not here: taking entries in (`space`).

mod holdings;
mod outgoing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_bytes::ByteBuf;

use crate::chain::{ChainIndex, Tip};
use crate::effect::LinkId;
use crate::entry::ChainId;
use crate::id::{DeviceId, InviteKey, LaneClass, LaneId, SpaceId};
use crate::sign::{DeviceKey, Purpose, Signature, Signer, verify};
use crate::sync::message::{
    Hello, Message, PROTOCOL, ProtocolError, Scope, SpaceTag, decode, encode,
};
use crate::sync::wire::{Carried, MAX_RUN, read_run};

use holdings::{BranchKey, Holdings};

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
    /// The peer proved its device, and holds this invite key if it said so.
    Hello {
        /// The device.
        device: DeviceId,
        /// The invite key it proved to hold.
        invite: Option<InviteKey>,
    },
    /// The peer's list of tips changed.
    Have,
    /// Entries to take in.
    Entries(Vec<Carried>),
    /// Something that needs nothing but another look at what to send.
    Other,
}

struct Sent {
    entries: u64,
    bytes: usize,
    upto: Vec<(ChainId, usize, u64)>,
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
    /// Entries it said to have that are missing here.
    pub missing_here: u64,
    /// Whether both sides have everything, by its own word from disk.
    pub complete: bool,
}

/// One link's side of a session.
pub struct Session {
    link: LinkId,
    space: SpaceId,
    binding: [u8; 32],
    dialled: bool,
    number: u32,
    expected: u32,
    peer: Option<DeviceId>,
    peer_invite: Option<InviteKey>,
    same: bool,
    /// The digest that this side said in its hello.
    said: [u8; 32],
    /// Per branch, the first entry that came in after the hello.
    early: BTreeMap<BranchKey, u64>,
    have_sent: BTreeSet<Scope>,
    have_heard: BTreeSet<Scope>,
    sent: BTreeSet<Scope>,
    sent_heard: BTreeSet<Scope>,
    holdings: Holdings,
    pending: BTreeSet<(u8, ChainId, usize)>,
    on_the_way: VecDeque<Sent>,
    acknowledged: u64,
    received: u64,
    run: Vec<u8>,
    asked: BTreeSet<ChainId>,
    complete: bool,
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Session")
            .field("link", &self.link)
            .field("peer", &self.peer)
            .finish()
    }
}

fn scope_of(lane: LaneId) -> Scope {
    match lane.class() {
        LaneClass::Membership => Scope::Membership,
        LaneClass::Process | LaneClass::Document | LaneClass::Receipts | LaneClass::Unknown(_) => {
            Scope::Content
        }
    }
}

/// The order of worth: membership, own work, processes, documents, the rest.
fn worth(chain: ChainId, me: DeviceId) -> u8 {
    match chain.lane.class() {
        LaneClass::Membership => 0,
        _ if chain.device == me => 1,
        LaneClass::Process => 2,
        LaneClass::Document => 3,
        LaneClass::Unknown(_) => 4,
        // What a receipt names travels before it.
        LaneClass::Receipts => 5,
    }
}

/// The digest of all tips of an index; equal on replicas that hold the same entries.
#[must_use]
pub fn digest(index: &ChainIndex) -> [u8; 32] {
    let mut tips: Vec<Tip> = index.tips().map(|(tip, _)| tip).collect();
    tips.sort_unstable();
    let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 tips digest v1");
    for tip in tips {
        hasher.update(tip.chain.lane.as_bytes());
        hasher.update(tip.chain.device.as_bytes());
        hasher.update(&tip.seq.to_be_bytes());
        hasher.update(tip.hash.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

impl Session {
    /// A session on a fresh link; `dialled` on exactly one of its two ends.
    #[must_use]
    pub fn new(link: LinkId, space: SpaceId, binding: [u8; 32], dialled: bool) -> Self {
        Self {
            link,
            space,
            binding,
            dialled,
            number: 0,
            expected: 0,
            peer: None,
            peer_invite: None,
            same: false,
            said: [0; 32],
            early: BTreeMap::new(),
            have_sent: BTreeSet::new(),
            have_heard: BTreeSet::new(),
            sent: BTreeSet::new(),
            sent_heard: BTreeSet::new(),
            holdings: Holdings::default(),
            pending: BTreeSet::new(),
            on_the_way: VecDeque::new(),
            acknowledged: 0,
            received: 0,
            run: Vec::new(),
            asked: BTreeSet::new(),
            complete: false,
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

    fn frame(&mut self, message: &Message) -> Vec<u8> {
        let frame = encode(self.number, message);
        self.number = self.number.wrapping_add(1);
        frame
    }

    /// The first frame of this side.
    #[must_use]
    pub fn hello(
        &mut self,
        signer: &dyn Signer,
        invite: Option<&DeviceKey>,
        index: &ChainIndex,
    ) -> Vec<u8> {
        self.said = digest(index);
        let message = Hello::message(&self.binding, self.dialled, self.space, signer.device());
        let hello = Hello {
            protocol: PROTOCOL,
            tag: SpaceTag::new(self.space, &self.binding),
            device: signer.device(),
            proof: ByteBuf::from(signer.sign(Purpose::Link, &message).as_bytes().to_vec()),
            invite: invite.map(|key| {
                let proof = key.sign(Purpose::Link, &message);
                let public = InviteKey::from_bytes(*key.device().as_bytes());
                (public, ByteBuf::from(proof.as_bytes().to_vec()))
            }),
            digest: self.said,
        };
        self.frame(&Message::Hello(hello))
    }

    /// Takes one frame.
    ///
    /// # Errors
    /// [`ProtocolError`]: the link must be ended.
    pub fn hear(
        &mut self,
        frame: &[u8],
        index: &ChainIndex,
        me: DeviceId,
    ) -> Result<Heard, ProtocolError> {
        let (number, message) = decode(frame)?;
        if number != self.expected {
            return Err(ProtocolError::OutOfOrder {
                expected: self.expected,
                got: number,
            });
        }
        self.expected = self.expected.wrapping_add(1);
        match message {
            Message::Hello(hello) => self.hear_hello(&hello, index, me),
            _ if self.peer.is_none() => Err(ProtocolError::Unexpected),
            Message::Have { scope, tips, last } => {
                if self.have_heard.contains(&scope) {
                    return Err(ProtocolError::Unexpected);
                }
                for tip in tips {
                    if scope_of(tip.lane) != scope {
                        return Err(ProtocolError::Unexpected);
                    }
                    self.holdings.list(&tip)?;
                }
                if last {
                    self.have_heard.insert(scope);
                    for (chain, branch) in self.holdings.plan(scope, index) {
                        self.pending.insert((worth(chain, me), chain, branch));
                    }
                }
                Ok(Heard::Have)
            }
            Message::Run {
                part,
                entries: _,
                last,
            } => {
                if self.run.len().saturating_add(part.len()) > MAX_RUN {
                    return Err(ProtocolError::TooLarge);
                }
                self.run.extend_from_slice(&part);
                if !last {
                    return Ok(Heard::Other);
                }
                let run = core::mem::take(&mut self.run);
                let entries = read_run(self.space, &run).map_err(|_| ProtocolError::Malformed)?;
                // Content is due only after this side has said what it holds of it, which it says
                // only to those who may know.
                let content =
                    |entry: &Carried| scope_of(entry.signed.unchecked().lane) == Scope::Content;
                if !self.have_sent.contains(&Scope::Content) && entries.iter().any(content) {
                    return Err(ProtocolError::Unexpected);
                }
                self.received = self.received.saturating_add(entries.len() as u64);
                Ok(Heard::Entries(entries))
            }
            Message::Sent(scope) => {
                self.sent_heard.insert(scope);
                Ok(Heard::Other)
            }
            Message::Ack(count) => self.hear_ack(count),
            Message::Ask { lane, device, from } => {
                let chain = ChainId { lane, device };
                self.holdings.again(index, chain, from);
                self.pend(chain, index, me);
                Ok(Heard::Other)
            }
        }
    }

    fn hear_hello(
        &mut self,
        hello: &Hello,
        index: &ChainIndex,
        me: DeviceId,
    ) -> Result<Heard, ProtocolError> {
        if self.peer.is_some() {
            return Err(ProtocolError::Unexpected);
        }
        if hello.protocol != PROTOCOL {
            return Err(ProtocolError::Version);
        }
        let message = Hello::message(&self.binding, !self.dialled, self.space, hello.device);
        let proven = |key: &[u8; 32], proof: &[u8]| {
            <[u8; 64]>::try_from(proof).is_ok_and(|proof| {
                verify(key, Purpose::Link, &message, &Signature::from_bytes(proof))
            })
        };
        let known = SpaceTag::new(self.space, &self.binding) == hello.tag;
        if !known || hello.device == me || !proven(hello.device.as_bytes(), &hello.proof) {
            return Err(ProtocolError::NotProven);
        }
        let invite = match &hello.invite {
            Some((key, proof)) if proven(key.as_bytes(), proof) => Some(*key),
            Some(_) => return Err(ProtocolError::NotProven),
            None => None,
        };
        self.peer = Some(hello.device);
        self.peer_invite = invite;
        self.same = hello.digest == self.said;
        if self.same {
            for (tip, branch) in index.tips() {
                let key = (tip.chain, branch);
                let after = tip.seq.saturating_add(1);
                let after = self.early.get(&key).copied().unwrap_or(after);
                self.holdings.sent_to(key, after);
                self.holdings.acked_to(key, after);
            }
        }
        Ok(Heard::Hello {
            device: hello.device,
            invite,
        })
    }

    fn hear_ack(&mut self, count: u64) -> Result<Heard, ProtocolError> {
        while let Some(front) = self.on_the_way.front() {
            let after = self.acknowledged.saturating_add(front.entries);
            if after > count {
                break;
            }
            self.acknowledged = after;
            if let Some(sent) = self.on_the_way.pop_front() {
                for (chain, branch, seq) in sent.upto {
                    self.holdings
                        .acked_to((chain, branch), seq.saturating_add(1));
                }
            }
        }
        let on_the_way: u64 = self.on_the_way.iter().map(|sent| sent.entries).sum();
        if count > self.acknowledged.saturating_add(on_the_way) {
            return Err(ProtocolError::Unexpected);
        }
        Ok(Heard::Other)
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
        if self.peer.is_none() {
            let first = self.early.entry((chain, branch)).or_insert(seq);
            *first = (*first).min(seq);
        }
        if from_peer {
            self.holdings.holds(index, (chain, branch), seq);
            if branch > 0 && index.from(chain, branch) == seq {
                self.holdings.parted(index, chain);
                self.pend(chain, index, me);
            }
        } else {
            self.pending.insert((worth(chain, me), chain, branch));
        }
    }

    fn pend(&mut self, chain: ChainId, index: &ChainIndex, me: DeviceId) {
        for branch in 0..index.branches(chain) {
            self.pending.insert((worth(chain, me), chain, branch));
        }
    }

    /// The acknowledgement to send once everything received is on disk.
    #[must_use]
    pub fn acknowledge(&mut self) -> Vec<u8> {
        let received = self.received;
        self.frame(&Message::Ack(received))
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
        self.sent.contains(&Scope::Membership) && self.on_the_way.is_empty()
    }

    /// Whether both sides have come to hold everything since this was last asked.
    pub fn became_complete(&mut self, index: &ChainIndex) -> bool {
        let now = self.view(index).is_some_and(|view| view.complete);
        let became = now && !self.complete;
        self.complete = now;
        became
    }

    /// What is known of the peer; `None` before it has proved its device.
    #[must_use]
    pub fn view(&self, index: &ChainIndex) -> Option<PeerView> {
        let device = self.peer?;
        let (has, lacks) = self.holdings.count(index);
        let missing_here = self.holdings.missing_here(index);
        let told = self.same
            || (self.have_heard.contains(&Scope::Content)
                && self.sent_heard.contains(&Scope::Content));
        let complete = told && lacks == 0 && missing_here == 0;
        Some(PeerView {
            device,
            has,
            lacks,
            missing_here,
            complete,
        })
    }
}
