//! What a session says: tips, entries within the window, and that everything was sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_bytes::ByteBuf;

use crate::chain::ChainIndex;
use crate::shelf::{Shelf, ShelfError};
use crate::sync::message::{MAX_TIPS, Message, Scope, WireTip};
use crate::sync::wire::{Carried, RunWriter};

use super::holdings::BranchKey;
use super::{Rights, Sent, Session, scope_of};

/// Entries on their way without acknowledgement, at most.
const WINDOW_ENTRIES: u64 = 2_000;
/// Bytes on their way without acknowledgement, at most.
const WINDOW_BYTES: usize = 512 * 1024;
const PART: usize = 32 * 1024;

impl Session {
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
            let drained = !self
                .pending
                .iter()
                .any(|(_, chain, _)| scope_of(chain.lane) == scope);
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
            tips.filter(|tip| scope_of(tip.chain.lane) == scope)
                .map(WireTip::from)
                .collect()
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
        let mut upto: BTreeMap<BranchKey, u64> = BTreeMap::new();
        let mut open = self.window_open();
        let mut later = BTreeSet::new();
        while open {
            let Some(first) = self.pending.pop_first() else {
                break;
            };
            let (_, chain, branch) = first;
            let scope = scope_of(chain.lane);
            let allowed = rights == Rights::All || scope == Scope::Membership;
            if !allowed || !self.have_heard.contains(&scope) {
                later.insert(first);
                continue;
            }
            let key = (chain, branch);
            let mut seq = self.holdings.next(index, key);
            while let Some(item) = index.on_branch(chain, branch, seq) {
                if !open {
                    break;
                }
                let Some(signed) = shelf.signed(item.hash)? else {
                    break;
                };
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
            self.holdings.sent_to(key, seq);
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
        upto: &mut BTreeMap<BranchKey, u64>,
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
            frames.push(self.frame(&Message::Run {
                part,
                entries,
                last,
            }));
        }
    }
}
