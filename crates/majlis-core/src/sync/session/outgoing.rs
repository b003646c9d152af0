//! What a session says: tips, entries within the window, and that everything was sent.

use std::collections::BTreeMap;

use serde_bytes::ByteBuf;

use crate::chain::{ChainIndex, Tip};
use crate::entry::ChainId;
use crate::id::DeviceId;
use crate::shelf::{Shelf, ShelfError};
use crate::sync::message::{MAX_PART, MAX_TIPS, Message, ProtocolError, Scope, ShortTip, Stream};
use crate::sync::names::TipName;
use crate::sync::wire::{Carried, RunWriter};
use crate::time::Timestamp;

use super::compare::{COMPARE_ABOVE, Comparison};
use super::flow::{Run, What};
use super::holdings::BranchKey;
use super::{Rights, Session, Worth, scope_of, stream_of};

/// While more is coming, the place is told again after so many arrivals: a link that breaks then
/// costs that many entries at most, of others' chains, and telling it with each would cost each a
/// packet and its acknowledgement.
const PLACE_AFTER: u64 = 100;

impl Session {
    /// Everything that may and can be said now. What cannot be read of one entry holds up only what
    /// follows that in its chain.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    pub fn speak(
        &mut self,
        rights: Rights,
        me: DeviceId,
        index: &ChainIndex,
        shelf: &dyn Shelf,
        now: Timestamp,
    ) -> Result<Result<Vec<Vec<u8>>, ProtocolError>, ShelfError> {
        self.media.pass(now);
        let mut frames = Vec::new();
        if self.peer.is_some() && rights != Rights::Nothing {
            self.telling.content |= rights == Rights::All;
            for scope in [Scope::Membership, Scope::Content] {
                if self.may_tell(scope, rights)
                    && let Err(error) = self.find_differences(scope, index)
                {
                    return Ok(Err(error));
                }
            }
            self.say_due(&mut frames);
            for scope in [Scope::Membership, Scope::Content] {
                if self.may_send(scope, rights) && self.offered.insert(scope) {
                    self.say_offer(scope, index, &mut frames);
                }
            }
            if self.may_send(Scope::Content, rights) {
                self.pass_on(index, me, now, &mut frames);
                self.offer_later(&mut frames);
            }
            self.say_entries(rights, me, index, shelf, now, &mut frames)?;
            self.say_ends(rights, index, &mut frames);
        } else {
            self.say_due(&mut frames);
        }
        Ok(Ok(frames))
    }

    fn say_due(&mut self, frames: &mut Vec<Vec<u8>>) {
        for message in core::mem::take(&mut self.due) {
            frames.push(self.frame(&message));
        }
    }

    /// Whether the peer may learn what is held of `scope`. Content waits until its membership lane
    /// is here: it may say that the peer was removed.
    pub(super) fn may_tell(&self, scope: Scope, rights: Rights) -> bool {
        match scope {
            Scope::Membership => rights != Rights::Nothing,
            Scope::Content => {
                rights == Rights::All && (self.same || self.sent_heard.contains(&Scope::Membership))
            }
        }
    }

    pub(super) fn may_send(&self, scope: Scope, rights: Rights) -> bool {
        self.planned.contains(&scope) && self.may_tell(scope, rights)
    }

    /// Tells the tips of a scope, or compares them when both sides have many, once it is this
    /// side's turn; answers the other's comparing.
    fn find_differences(&mut self, scope: Scope, index: &ChainIndex) -> Result<(), ProtocolError> {
        if let Some(body) = self.rounds.remove(&scope) {
            self.compare(scope, &body, index)?;
        }
        let begun = self.told.contains(&scope) || self.comparisons.contains_key(&scope);
        if self.same || !self.telling.we || begun {
            return Ok(());
        }
        let theirs = self.their_tips.unwrap_or_default();
        if theirs <= COMPARE_ABOVE || self.said.1 <= COMPARE_ABOVE {
            self.told.insert(scope);
            self.tell_tips(scope, index);
        } else if self.ends.dialled || !self.telling.they {
            let mut comparison = Comparison::new(scope, index, &self.names)?;
            let body = comparison.begin()?;
            self.comparisons.insert(scope, comparison);
            self.due.push(Message::Compare {
                scope,
                body: body.into(),
            });
        }
        Ok(())
    }

    pub(super) fn short(&self, tip: &Tip) -> ShortTip {
        ShortTip {
            chain: self.names.chain(tip.chain),
            seq: tip.seq,
            check: self.names.check(tip.hash),
        }
    }

    fn tell_tips(&mut self, scope: Scope, index: &ChainIndex) {
        let tips: Vec<ShortTip> = index
            .tips()
            .filter(|(tip, _)| scope_of(tip.chain.lane) == scope)
            .map(|(tip, _)| self.short(&tip))
            .collect();
        let mut parts: Vec<Vec<ShortTip>> = tips.chunks(MAX_TIPS).map(<[_]>::to_vec).collect();
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        let count = parts.len();
        for (number, tips) in parts.into_iter().enumerate() {
            let last = number.saturating_add(1) == count;
            self.due.push(Message::Have { scope, tips, last });
        }
    }

    /// Says where the two differ.
    pub(super) fn differ(&mut self, scope: Scope, tips: &[Tip], wants: &[TipName]) {
        let tips: Vec<ShortTip> = tips.iter().map(|tip| self.short(tip)).collect();
        let mut parts: Vec<(Vec<ShortTip>, Vec<TipName>)> = tips
            .chunks(MAX_TIPS)
            .map(|part| (part.to_vec(), Vec::new()))
            .chain(
                wants
                    .chunks(MAX_TIPS)
                    .map(|part| (Vec::new(), part.to_vec())),
            )
            .collect();
        if parts.is_empty() {
            parts.push((Vec::new(), Vec::new()));
        }
        let count = parts.len();
        for (number, (tips, wants)) in parts.into_iter().enumerate() {
            self.due.push(Message::Differ {
                scope,
                tips,
                wants,
                last: number.saturating_add(1) == count,
            });
        }
    }

    fn say_entries(
        &mut self,
        rights: Rights,
        me: DeviceId,
        index: &ChainIndex,
        shelf: &dyn Shelf,
        now: Timestamp,
        frames: &mut Vec<Vec<u8>>,
    ) -> Result<(), ShelfError> {
        while self.flow.is_open(What::Entries) {
            let waiting = self.first_pending(rights, |_| true);
            let waiting = waiting.map(|(_, (chain, _))| stream_of(chain.lane));
            let run = match (waiting, self.flow.bulk.take()) {
                (Some(Stream::First), bulk) => {
                    self.flow.bulk = bulk;
                    self.next_run(Stream::First, rights, me, index, shelf)?
                }
                (_, Some(bulk)) => Some(bulk),
                (Some(Stream::Bulk), None) => {
                    self.next_run(Stream::Bulk, rights, me, index, shelf)?
                }
                (None, None) => {
                    self.ask_thanks(now, frames);
                    return Ok(());
                }
            };
            if let Some(run) = run {
                self.say_run(run, rights, now, frames);
            }
        }
        Ok(())
    }

    /// Asks for thanks for what was said last, where something was to follow it and then could not be read.
    fn ask_thanks(&mut self, now: Timestamp, frames: &mut Vec<Vec<u8>>) {
        if self.flow.owes_asking() && !self.serves_media() {
            let thank = self.flow.part(What::Entries, 0, false, now);
            frames.push(self.frame(&Message::Run {
                stream: Stream::First,
                part: ByteBuf::new(),
                entries: 0,
                last: false,
                thank,
            }));
        }
    }

    /// Whether entries wait that may be sent.
    pub(super) fn has_pending(&self, rights: Rights) -> bool {
        self.first_pending(rights, |_| true).is_some()
    }

    /// The branch of those that may be sent and are `among` them that goes first.
    fn first_pending(
        &self,
        rights: Rights,
        among: impl Fn(ChainId) -> bool,
    ) -> Option<(Worth, BranchKey)> {
        let mut pending = self.pending.in_order();
        pending.find(|(_, (chain, _))| among(*chain) && self.may_send(scope_of(chain.lane), rights))
    }

    /// Says a run of the first stream whole, of the bulk stream its next part.
    fn say_run(&mut self, mut run: Run, rights: Rights, now: Timestamp, frames: &mut Vec<Vec<u8>>) {
        let more = self.flow.bulk.is_some() || self.has_pending(rights);
        while let Some(part) = run.rest.pop_front() {
            let last = run.rest.is_empty();
            let thank = self
                .flow
                .part(What::Entries, part.len(), more || !last, now);
            frames.push(self.frame(&Message::Run {
                stream: run.stream,
                part: ByteBuf::from(part),
                entries: run.entries,
                last,
                thank,
            }));
            if last {
                self.flow.run(
                    run.stream,
                    run.entries,
                    run.bytes,
                    core::mem::take(&mut run.upto),
                );
            } else if run.stream == Stream::Bulk {
                self.flow.bulk = Some(run);
                return;
            }
        }
    }

    /// Takes the next entries of a stream off what is pending. `None` when there were none to
    /// send after all.
    fn next_run(
        &mut self,
        stream: Stream,
        rights: Rights,
        me: DeviceId,
        index: &ChainIndex,
        shelf: &dyn Shelf,
    ) -> Result<Option<Run>, ShelfError> {
        let mut run = RunWriter::up_to(self.flow.run_bytes());
        let mut upto: BTreeMap<BranchKey, u64> = BTreeMap::new();
        // What membership says may be what lets the peer take the rest, so it goes before it, in runs
        // of its own.
        let mut scope = None;
        let mut full = false;
        while !full
            && let Some((worth, key)) =
                self.first_pending(rights, |chain| stream_of(chain.lane) == stream)
        {
            let (chain, branch) = key;
            if *scope.get_or_insert(scope_of(chain.lane)) != scope_of(chain.lane) {
                break;
            }
            let (mut seq, mut unread) = (self.holdings.next(index, key), false);
            while let Some(item) = index.on_branch(chain, branch, seq) {
                // What follows a definition does not go before the definitions of others.
                if Worth::of(index, key, seq, me).class != worth.class {
                    break;
                }
                let Some(entry) = Carried::read(item.hash, shelf)? else {
                    unread = true;
                    break;
                };
                if run.is_full_for(entry.payload.as_ref().map_or(0, Vec::len)) {
                    full = true;
                    break;
                }
                run.push(&entry);
                upto.insert(key, seq);
                seq = seq.saturating_add(1);
            }
            self.holdings.sent_to(index, key, seq);
            if unread {
                self.pending.set_aside(key);
            } else if index.on_branch(chain, branch, seq).is_some() {
                self.pending.put(key, Worth::of(index, key, seq, me));
            } else {
                self.pending.remove(key);
            }
        }
        if run.is_empty() {
            return Ok(None);
        }
        let entries = u32::try_from(run.len()).unwrap_or(u32::MAX);
        let bytes = run.take_after(self.carried_out.entry(stream).or_default());
        let upto = upto.into_iter();
        Ok(Some(Run {
            stream,
            entries,
            bytes: bytes.len(),
            rest: bytes.chunks(MAX_PART).map(<[u8]>::to_vec).collect(),
            upto: upto
                .map(|((chain, branch), seq)| (chain, branch, seq))
                .collect(),
        }))
    }

    /// Says what has been sent whole, and up to where the peer has everything.
    fn say_ends(&mut self, rights: Rights, index: &ChainIndex, frames: &mut Vec<Vec<u8>>) {
        if self.pending.is_drained(Scope::Content) && self.flow.bulk.is_none() {
            // All of it was said, and is not to be offered any more.
            self.later.clear();
        }
        for scope in [Scope::Membership, Scope::Content] {
            let drained = self.pending.is_drained(scope)
                && (scope == Scope::Membership || self.flow.bulk.is_none());
            // What is held back on a guess was not sent, and the peer must not note that it was.
            let drained = drained && !self.holdings.guesses(scope);
            if !drained || !self.may_send(scope, rights) {
                return;
            }
            // The peer may have the rest without it, and notes nothing that it was not sent.
            let all = scope == Scope::Membership || !self.pending.lacks_some();
            if all && self.sent.insert(scope) {
                frames.push(self.frame(&Message::Sent(scope)));
            }
        }
        // What waits for the peer's word was not sent, and the place tells that everything was.
        if self.pending.lacks_some() || !self.passing.is_empty() {
            return;
        }
        let here = Self::here(index);
        let coming = !self.to_come.is_empty() && !self.sent_heard.contains(&Scope::Content);
        let since = self
            .upto_said
            .map(|said| here.count.saturating_sub(said.count));
        let waits = coming && since.is_some_and(|since| since < PLACE_AFTER);
        if self.upto_said != Some(here) && !waits {
            self.upto_said = Some(here);
            frames.push(self.frame(&Message::Upto(here)));
        }
    }
}
