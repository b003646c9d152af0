//! Entries coming in, from a peer, a file or this device: checked, placed, assessed together.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Missing, State};
use crate::chain::{Fit, Item};
use crate::effect::{LinkId, Notice};
use crate::entry::{ChainId, Kind, MAX_PAYLOAD, VERSION, Verified};
use crate::id::{EntryHash, LaneClass, LaneId};
use crate::membership::{ForkProof, Operation};
use crate::shelf::{Shelf as _, ShelfError};
use crate::space::step::Step;
use crate::space::{CommandError, Reply, Space};
use crate::sync::wire::{Carried, RunError, read_run};

const MAX_GAPS: usize = 1_000;
const MAX_GAP_BYTES: usize = 4 * 1024 * 1024;

/// Verified entries whose predecessor is not here yet; bounded, in memory, asked for again otherwise.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    held: BTreeMap<(EntryHash, EntryHash), (Verified, Vec<u8>)>,
    bytes: usize,
}

impl Gaps {
    fn hold(&mut self, verified: Verified, payload: Vec<u8>) {
        let bytes = self.bytes.saturating_add(payload.len());
        if self.held.len() < MAX_GAPS && bytes <= MAX_GAP_BYTES {
            let key = (verified.header().prev, verified.hash());
            if self.held.insert(key, (verified, payload)).is_none() {
                self.bytes = bytes;
            }
        }
    }

    fn after(&mut self, hash: EntryHash) -> Vec<(Verified, Vec<u8>)> {
        let first = (hash, EntryHash::ZERO);
        let last = (hash, EntryHash::from_bytes([255; 32]));
        let keys: Vec<_> = self.held.range(first..=last).map(|(key, _)| *key).collect();
        let found: Vec<_> = keys
            .iter()
            .filter_map(|key| self.held.remove(key))
            .collect();
        for (_, payload) in &found {
            self.bytes = self.bytes.saturating_sub(payload.len());
        }
        found
    }
}

/// What a batch of entries came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    pub(super) entries: u64,
    pub(super) new: u64,
    pub(super) bad: u64,
}

impl Space {
    /// Takes a batch of entries in, from `link` when a peer sent them. Gives what it came to and
    /// the chains that did not join on.
    pub(super) fn take_in(
        &mut self,
        entries: Vec<Carried>,
        link: Option<LinkId>,
        step: &mut Step<'_>,
    ) -> Result<(Taken, Vec<ChainId>), ShelfError> {
        let mut taken = Taken::default();
        let mut gaps = Vec::new();
        let mut fresh = Vec::new();
        for entry in entries {
            taken.entries = taken.entries.saturating_add(1);
            let header = entry.signed.unchecked();
            let (hash, chain, seq) = (header.hash(), header.chain(), header.seq);
            if let Some(place) = self.index.place(hash) {
                // Known here; whoever sent it is shown to have it.
                let me = self.me;
                if let Some(session) = link.and_then(|link| self.sessions.get_mut(&link)) {
                    session.added(place.chain, place.branch, place.seq, true, &self.index, me);
                    session.repeated(place.chain, me);
                }
                continue;
            }
            let sound = header.space == self.id
                && entry
                    .payload
                    .as_ref()
                    .is_some_and(|payload| payload.len() <= MAX_PAYLOAD);
            let verified = entry.signed.verify();
            if verified.is_err() {
                self.altered(link, chain, seq);
            }
            let (Ok(verified), Some(payload), true) = (verified, entry.payload, sound) else {
                taken.bad = taken.bad.saturating_add(1);
                continue;
            };
            // What waited for this one came earlier, perhaps from someone else.
            let mut stack = vec![(verified, payload, link)];
            while let Some((verified, payload, from)) = stack.pop() {
                let hash = verified.hash();
                let chain = verified.header().chain();
                match self.index.fit(hash, verified.header()) {
                    fit @ (Fit::Next(_) | Fit::Fork { .. }) => {
                        self.place(fit, &verified, &payload);
                        if let Some(place) = self.index.place(hash) {
                            self.spread(place.chain, place.branch, place.seq, from);
                        }
                        step.entry(hash, verified.to_signed(), payload);
                        fresh.push(hash);
                        if let Fit::Fork { beside, .. } = fit {
                            self.prove_fork(beside, &verified, step, &mut fresh)?;
                        }
                        taken.new = taken.new.saturating_add(1);
                        let after = self.gaps.after(hash).into_iter();
                        stack.extend(after.map(|(verified, payload)| (verified, payload, None)));
                    }
                    Fit::Gap => {
                        self.gaps.hold(verified, payload);
                        gaps.push(chain);
                    }
                    Fit::Misfit => taken.bad = taken.bad.saturating_add(1),
                    Fit::Known => {}
                }
            }
        }
        self.settle(&fresh, step)?;
        Ok((taken, gaps))
    }

    /// Puts a verified entry in the index and, on the membership lane, among the operations.
    pub(super) fn place(&mut self, fit: Fit, verified: &Verified, payload: &[u8]) {
        let header = verified.header();
        let item = Item {
            hash: verified.hash(),
            warrant: header.warrant,
            kind: header.kind,
            claimed: header.claimed,
            state: State::Waiting(Missing::Warrant),
            authority: None,
        };
        self.index.insert(fit, header.chain(), header.seq, item);
        if header.lane == LaneId::MEMBERSHIP {
            self.remember_operation(verified, payload);
        }
        self.remember_receipt(verified, payload);
        let (arrived, _) = self.index.arrivals().now();
        self.checkpoints.remember(verified, payload, arrived);
    }

    pub(super) fn remember_operation(&mut self, verified: &Verified, payload: &[u8]) {
        let header = verified.header();
        if header.kind != Kind::Membership || header.version != VERSION {
            return;
        }
        if let Ok(operation) = Operation::decode(payload) {
            self.operations
                .insert(verified.hash(), (header.clone(), operation));
        }
    }

    /// Tells every session that an entry is here now.
    pub(super) fn spread(&mut self, chain: ChainId, branch: usize, seq: u64, from: Option<LinkId>) {
        let me = self.me;
        for (link, session) in &mut self.sessions {
            session.added(chain, branch, seq, Some(*link) == from, &self.index, me);
        }
    }

    /// Signs the proof that a device forked its chain, unless one is known.
    fn prove_fork(
        &mut self,
        beside: EntryHash,
        other: &Verified,
        step: &mut Step<'_>,
        fresh: &mut Vec<EntryHash>,
    ) -> Result<(), ShelfError> {
        let Some(one) = step.signed(beside)? else {
            return Ok(());
        };
        let Some(proof) = ForkProof::new(&one, &other.to_signed()) else {
            return Ok(());
        };
        let operation = Operation::Fork(Box::new(proof));
        let known = self.operations.values().any(|(_, held)| *held == operation);
        if !known && other.header().device != self.me {
            let payload = operation.encode();
            fresh.push(self.seal_entry(LaneId::MEMBERSHIP, Kind::Membership, payload, step));
        }
        step.notice(Notice::Quarantine);
        Ok(())
    }

    /// Takes a run of a carry file in.
    pub(super) fn carried(
        &mut self,
        run: &[u8],
        step: &mut Step<'_>,
    ) -> Result<Result<Reply, CommandError>, ShelfError> {
        let entries = match read_run(self.id, run) {
            Ok(entries) => entries,
            Err(RunError::Newer) => return Ok(Err(CommandError::Newer)),
            Err(RunError::Compressed | RunError::Malformed) => {
                return Ok(Err(CommandError::BadInput));
            }
        };
        let names: Vec<(ChainId, EntryHash)> = entries
            .iter()
            .map(|entry| entry.signed.unchecked())
            .map(|header| (header.chain(), header.hash()))
            .collect();
        let (taken, gaps) = self.take_in(entries, None, step)?;
        let not_counting = names
            .iter()
            .filter(|(_, hash)| self.state_of(*hash).is_some_and(|state| !state.applies()))
            .count() as u64;
        let gaps: BTreeSet<ChainId> = gaps.into_iter().collect();
        let mut waiting = names;
        waiting.retain(|(chain, hash)| gaps.contains(chain) && !self.index.contains(*hash));
        Ok(Ok(Reply::TakenIn {
            entries: taken.entries,
            new: taken.new,
            not_counting,
            altered: taken.bad,
            waiting,
        }))
    }

    /// The notice for something new on a lane.
    pub(super) fn announce(lane: LaneId, step: &mut Step<'_>) {
        match lane.class() {
            LaneClass::Membership => step.notice(Notice::Membership),
            LaneClass::Process | LaneClass::Requests => step.notice(Notice::Process(lane)),
            LaneClass::Document => step.notice(Notice::Document(lane)),
            LaneClass::Receipts | LaneClass::Checkpoints => step.notice(Notice::Sync),
            LaneClass::Unknown(_) => {}
        }
    }
}
