//! One link's side of a sync session: what was said, what the peer holds, what is on its way.
//!
//! Membership travels first and decides what else may. Entries are acknowledged only after they
//! are on disk, so "the peer has it" is the peer's word about its disk.
//! Not here: taking entries in (`space`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_bytes::ByteBuf;

use crate::chain::{ChainIndex, Tip};
use crate::effect::LinkId;
use crate::entry::ChainId;
use crate::id::{DeviceId, EntryHash, InviteKey, LaneClass, LaneId, SpaceId};
use crate::shelf::{Shelf, ShelfError};
use crate::sign::{DeviceKey, Purpose, Signature, Signer, verify};
use crate::sync::message::{
    Hello, MAX_TIPS, Message, PROTOCOL, ProtocolError, Scope, SpaceTag, WireTip, decode, encode,
};
use crate::sync::wire::{Carried, MAX_RUN, RunWriter, read_run};

/// Entries on their way without acknowledgement, at most.
const WINDOW_ENTRIES: u64 = 2_000;
/// Bytes on their way without acknowledgement, at most.
const WINDOW_BYTES: usize = 512 * 1024;
const PART: usize = 32 * 1024;

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
    have_sent: BTreeSet<Scope>,
    have_heard: BTreeSet<Scope>,
    sent: BTreeSet<Scope>,
    sent_heard: BTreeSet<Scope>,
    tips: BTreeMap<ChainId, Vec<(u64, EntryHash)>>,
    /// The first position of each branch that the peer has not said or acknowledged to have.
    acked: BTreeMap<(ChainId, usize), u64>,
    /// The first position of each branch that was not sent yet.
    next: BTreeMap<(ChainId, usize), u64>,
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
        f.debug_struct("Session").field("link", &self.link).field("peer", &self.peer).finish()
    }
}

fn scope_of(lane: LaneId) -> Scope {
    match lane.class() {
        LaneClass::Membership => Scope::Membership,
        LaneClass::Process | LaneClass::Document | LaneClass::Unknown(_) => Scope::Content,
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
            have_sent: BTreeSet::new(),
            have_heard: BTreeSet::new(),
            sent: BTreeSet::new(),
            sent_heard: BTreeSet::new(),
            tips: BTreeMap::new(),
            acked: BTreeMap::new(),
            next: BTreeMap::new(),
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
            digest: digest(index),
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
            return Err(ProtocolError::OutOfOrder { expected: self.expected, got: number });
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
                    let held = self.tips.entry(tip.chain()).or_default();
                    if held.len() < 2 {
                        held.push((tip.seq, tip.hash));
                    }
                }
                if last {
                    self.have_heard.insert(scope);
                    self.plan(scope, index, me);
                }
                Ok(Heard::Have)
            }
            Message::Run { part, entries: _, last } => {
                if self.run.len().saturating_add(part.len()) > MAX_RUN {
                    return Err(ProtocolError::TooLarge);
                }
                self.run.extend_from_slice(&part);
                if !last {
                    return Ok(Heard::Other);
                }
                let run = core::mem::take(&mut self.run);
                let entries =
                    read_run(self.space, &run).map_err(|_| ProtocolError::Malformed)?;
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
                for branch in 0..2 {
                    if index.from(chain, branch) > 0 || branch == 0 {
                        let from = from.max(index.from(chain, branch));
                        self.next.insert((chain, branch), from);
                        self.pending.insert((worth(chain, me), chain, branch));
                    }
                }
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
        self.same = hello.digest == digest(index);
        if self.same {
            for (tip, branch) in index.tips() {
                let after = tip.seq.saturating_add(1);
                self.next.insert((tip.chain, branch), after);
                self.acked.insert((tip.chain, branch), after);
            }
        }
        Ok(Heard::Hello { device: hello.device, invite })
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
                    let acked = self.acked.entry((chain, branch)).or_default();
                    *acked = (*acked).max(seq.saturating_add(1));
                }
            }
        }
        let on_the_way: u64 = self.on_the_way.iter().map(|sent| sent.entries).sum();
        if count > self.acknowledged.saturating_add(on_the_way) {
            return Err(ProtocolError::Unexpected);
        }
        Ok(Heard::Other)
    }

    /// Works out, per branch held here, from where the peer lacks it.
    fn plan(&mut self, scope: Scope, index: &ChainIndex, me: DeviceId) {
        let tips: Vec<(Tip, usize)> =
            index.tips().filter(|(tip, _)| scope_of(tip.chain.lane) == scope).collect();
        for (tip, branch) in tips {
            let theirs = self.tips.get(&tip.chain).map_or(&[][..], Vec::as_slice);
            let own_from = index.from(tip.chain, branch);
            let mut from = 0;
            for (seq, hash) in theirs {
                let upto = match index.place(*hash) {
                    Some(place) if place.branch == branch => seq.saturating_add(1),
                    // The peer is on the other branch: it has what both share.
                    Some(_) => index.from(tip.chain, 1).min(seq.saturating_add(1)),
                    // The peer is ahead on what is probably the same branch.
                    None if *seq > tip.seq => tip.seq.saturating_add(1),
                    // The peer holds another entry at a position held here: a fork; send all.
                    None => 0,
                };
                from = from.max(upto);
            }
            let from = from.max(own_from);
            let key = (tip.chain, branch);
            let next = self.next.entry(key).or_default();
            *next = (*next).max(from);
            let acked = self.acked.entry(key).or_default();
            *acked = (*acked).max(from);
            if *next <= tip.seq {
                self.pending.insert((worth(tip.chain, me), tip.chain, branch));
            }
        }
    }

    /// An entry is in the index now; the peer lacks it unless it sent it.
    pub fn added(&mut self, chain: ChainId, branch: usize, seq: u64, from_peer: bool, me: DeviceId) {
        let key = (chain, branch);
        if from_peer {
            let after = seq.saturating_add(1);
            let next = self.next.entry(key).or_default();
            *next = (*next).max(after);
            let acked = self.acked.entry(key).or_default();
            *acked = (*acked).max(after);
        } else {
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
            self.frame(&Message::Ask { lane: chain.lane, device: chain.device, from: 0 })
        })
    }

    /// Everything that may and can be said now.
    ///
    /// # Errors
    /// [`ShelfError`] when a payload cannot be read.
    pub fn speak(
        &mut self,
        rights: Rights,
        index: &ChainIndex,
        shelf: &dyn Shelf,
    ) -> Result<Vec<Vec<u8>>, ShelfError> {
        let mut frames = Vec::new();
        if self.peer.is_none() || rights == Rights::Nothing {
            return Ok(frames);
        }
        self.tell_tips(Scope::Membership, index, &mut frames);
        if rights == Rights::All && self.sent_heard.contains(&Scope::Membership) {
            self.tell_tips(Scope::Content, index, &mut frames);
        }
        self.send_entries(rights, index, shelf, &mut frames)?;
        for scope in [Scope::Membership, Scope::Content] {
            let drained = !self.pending.iter().any(|(_, chain, _)| scope_of(chain.lane) == scope);
            let ready = drained && self.have_heard.contains(&scope);
            if ready && self.have_sent.contains(&scope) && self.sent.insert(scope) {
                frames.push(self.frame(&Message::Sent(scope)));
            }
        }
        Ok(frames)
    }

    fn tell_tips(&mut self, scope: Scope, index: &ChainIndex, frames: &mut Vec<Vec<u8>>) {
        if !self.have_sent.insert(scope) {
            return;
        }
        let tips: Vec<WireTip> = if self.same {
            Vec::new()
        } else {
            let tips = index.tips().map(|(tip, _)| tip);
            tips.filter(|tip| scope_of(tip.chain.lane) == scope).map(WireTip::from).collect()
        };
        let mut parts: Vec<Vec<WireTip>> = tips.chunks(MAX_TIPS).map(<[_]>::to_vec).collect();
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        let count = parts.len();
        for (number, tips) in parts.into_iter().enumerate() {
            let last = number.saturating_add(1) == count;
            frames.push(self.frame(&Message::Have { scope, tips, last }));
        }
    }

    fn send_entries(
        &mut self,
        rights: Rights,
        index: &ChainIndex,
        shelf: &dyn Shelf,
        frames: &mut Vec<Vec<u8>>,
    ) -> Result<(), ShelfError> {
        let mut run = RunWriter::default();
        let mut upto: BTreeMap<(ChainId, usize), u64> = BTreeMap::new();
        let mut open = self.window_open();
        let mut later = BTreeSet::new();
        while open {
            let Some(first) = self.pending.pop_first() else { break };
            let (_, chain, branch) = first;
            let scope = scope_of(chain.lane);
            let allowed = rights == Rights::All || scope == Scope::Membership;
            if !allowed || !self.have_heard.contains(&scope) {
                later.insert(first);
                continue;
            }
            let key = (chain, branch);
            let mut seq =
                self.next.get(&key).copied().unwrap_or_default().max(index.from(chain, branch));
            while let Some(item) = index.on_branch(chain, branch, seq) {
                if !open {
                    break;
                }
                let Some(signed) = shelf.signed(item.hash)? else { break };
                let payload = shelf.payload(item.hash)?;
                if run.is_full_for(payload.as_ref().map_or(0, Vec::len)) {
                    self.send_run(&mut run, &mut upto, frames);
                    open = self.window_open();
                    if !open {
                        break;
                    }
                }
                run.push(&Carried { signed, payload });
                upto.insert(key, seq);
                seq = seq.saturating_add(1);
            }
            self.next.insert(key, seq);
            if index.on_branch(chain, branch, seq).is_some() {
                later.insert(first);
            }
        }
        if !run.is_empty() {
            self.send_run(&mut run, &mut upto, frames);
        }
        self.pending.append(&mut later);
        Ok(())
    }

    fn window_open(&self) -> bool {
        let entries: u64 = self.on_the_way.iter().map(|sent| sent.entries).sum();
        let bytes: usize = self.on_the_way.iter().map(|sent| sent.bytes).sum();
        entries < WINDOW_ENTRIES && bytes < WINDOW_BYTES
    }

    fn send_run(
        &mut self,
        run: &mut RunWriter,
        upto: &mut BTreeMap<(ChainId, usize), u64>,
        frames: &mut Vec<Vec<u8>>,
    ) {
        let entries = run.len() as u64;
        let bytes = run.take();
        self.on_the_way.push_back(Sent {
            entries,
            bytes: bytes.len(),
            upto: core::mem::take(upto)
                .into_iter()
                .map(|((chain, branch), seq)| (chain, branch, seq))
                .collect(),
        });
        let count = bytes.chunks(PART).count();
        for (number, part) in bytes.chunks(PART).enumerate() {
            let last = number.saturating_add(1) == count;
            let part = ByteBuf::from(part.to_vec());
            let entries = u32::try_from(entries).unwrap_or(u32::MAX);
            frames.push(self.frame(&Message::Run { part, entries, last }));
        }
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
        let mut has: u64 = 0;
        let mut lacks: u64 = 0;
        for (tip, branch) in index.tips() {
            let from = index.from(tip.chain, branch);
            let after = tip.seq.saturating_add(1);
            let acked =
                self.acked.get(&(tip.chain, branch)).copied().unwrap_or(from).clamp(from, after);
            has = has.saturating_add(acked.saturating_sub(from));
            lacks = lacks.saturating_add(after.saturating_sub(acked));
        }
        let mut missing_here: u64 = 0;
        for (chain, tips) in &self.tips {
            for (seq, hash) in tips {
                if index.place(*hash).is_none() {
                    let (held, _) = index.next(*chain);
                    let missing = seq.saturating_add(1).saturating_sub(held).max(1);
                    missing_here = missing_here.saturating_add(missing);
                }
            }
        }
        let told = self.same
            || (self.have_heard.contains(&Scope::Content)
                && self.sent_heard.contains(&Scope::Content));
        let complete = told && lacks == 0 && missing_here == 0;
        Some(PeerView { device, has, lacks, missing_here, complete })
    }
}
