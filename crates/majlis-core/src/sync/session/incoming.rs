//! What a session hears, frame by frame.

use crate::chain::{ChainIndex, Tip};
use crate::effect::Cursor;
use crate::entry::ChainId;
use crate::id::{DeviceId, LaneId};
use crate::sync::message::{Message, ProtocolError, Scope, ShortTip, Stream, decode};
use crate::sync::names::TipName;
use crate::sync::wire::{Carried, MAX_RUN, RunError, read_run_after};
use crate::time::Timestamp;

use super::compare::Round;
use super::holdings::{Listed, MAX_HEARD};
use super::{Heard, MediaHeard, Session, scope_of};

impl Session {
    /// Takes one frame.
    ///
    /// # Errors
    /// [`ProtocolError`]: the link must be ended.
    pub fn hear(
        &mut self,
        frame: &[u8],
        index: &ChainIndex,
        me: DeviceId,
        now: Timestamp,
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
            Message::Hello(hello) => return self.hear_hello(&hello, index, me),
            Message::Again(again) => return self.hear_again(&again, index, me),
            _ if self.peer.is_none() => return Err(ProtocolError::Unexpected),
            Message::Tell => self.telling.we = true,
            Message::Have { scope, tips, last } => self.hear_have(scope, &tips, last, index, me)?,
            Message::Compare { scope, body } => {
                if self.rounds.insert(scope, body.into_vec()).is_some() {
                    return Err(ProtocolError::Unexpected);
                }
            }
            Message::Differ {
                scope,
                tips,
                wants,
                last,
            } => self.hear_differ(scope, &tips, wants, last, index, me)?,
            Message::Offer { lanes, others } => {
                self.to_come.more(&lanes, others)?;
                // Also when everything had been sent before: more came to the peer since.
                let content = |(lane, _): &(LaneId, u64)| scope_of(*lane) == Scope::Content;
                if others > 0 || lanes.iter().any(content) {
                    self.sent_heard.remove(&Scope::Content);
                }
            }
            Message::Run {
                stream,
                part,
                entries: _,
                last,
                thank,
            } => {
                self.part_came(thank);
                return self.hear_part(stream, &part, last, now);
            }
            Message::Sent(scope) => {
                self.sent_heard.insert(scope);
                self.to_come.ended(scope);
            }
            Message::Upto(upto) => {
                if self.asked.is_empty() {
                    let (held, _) = index.arrivals().now();
                    self.cursor = Some(Cursor { upto, held });
                }
            }
            Message::Ack { parts, entries } => {
                for (chain, branch, seq) in self.flow.acked(parts, entries, now)? {
                    self.holdings
                        .acked_to(index, (chain, branch), seq.saturating_add(1));
                }
            }
            Message::Got(tips) => self.hear_got(&tips, index)?,
            Message::Ask { lane, device, from } => {
                let chain = ChainId { lane, device };
                self.holdings.again(index, chain, from);
                self.pend(chain, index, me);
            }
            Message::Want(blobs) => return Ok(Heard::Media(MediaHeard::Want(blobs))),
            Message::Holds(blobs) => return Ok(Heard::Media(MediaHeard::Holds(blobs))),
            Message::Kept(blobs) => return Ok(Heard::Media(MediaHeard::Kept(blobs))),
            Message::Fetch(blobs) => return Ok(Heard::Media(MediaHeard::Fetch(blobs))),
            Message::Pieces { pieces, thank } => {
                self.part_came(thank);
                return Ok(Heard::Media(MediaHeard::Pieces(pieces.into_vec())));
            }
            Message::Media { pieces, thank } => {
                self.part_came(thank);
                self.pace_in.moved(pieces.len(), None, now);
                return Ok(Heard::Media(MediaHeard::Came(pieces.into_vec())));
            }
        }
        Ok(Heard::Other)
    }

    fn hear_have(
        &mut self,
        scope: Scope,
        tips: &[ShortTip],
        last: bool,
        index: &ChainIndex,
        me: DeviceId,
    ) -> Result<(), ProtocolError> {
        if self.planned.contains(&scope) {
            return Err(ProtocolError::Unexpected);
        }
        for tip in tips {
            self.holdings.list(tip)?;
        }
        if last {
            self.holdings.plan(scope, index, Listed::All);
            self.plan_made(scope, index, me);
        }
        Ok(())
    }

    /// The outcome of comparing: from whoever began, or its answer.
    fn hear_differ(
        &mut self,
        scope: Scope,
        tips: &[ShortTip],
        wants: Vec<TipName>,
        last: bool,
        index: &ChainIndex,
        me: DeviceId,
    ) -> Result<(), ProtocolError> {
        if !self.comparisons.contains_key(&scope) {
            return Err(ProtocolError::Unexpected);
        }
        if self.planned.contains(&scope) {
            // The place that the peer resumed from told what it lacks; it could not be told as much, and
            // answers what it heard by comparing.
            if !self.told.contains(&scope) {
                return Err(ProtocolError::Unexpected);
            }
            if last {
                self.comparisons.remove(&scope);
            }
            return Ok(());
        }
        for tip in tips {
            self.holdings.list(tip)?;
        }
        let named: Vec<_> = tips.iter().map(|tip| tip.chain).collect();
        let wanted = self.wanted.entry(scope).or_default();
        wanted.extend(wants);
        if wanted.len() > MAX_HEARD {
            return Err(ProtocolError::TooLarge);
        }
        let differing = self.differing.entry(scope).or_default();
        if !named.is_empty() {
            let named: std::collections::BTreeSet<_> = named.into_iter().collect();
            let chains = index.chains().filter(|chain| scope_of(chain.lane) == scope);
            differing.extend(chains.filter(|chain| named.contains(&self.names.chain(*chain))));
        }
        if !last {
            return Ok(());
        }
        let wanted: Vec<Tip> = self
            .comparisons
            .get(&scope)
            .into_iter()
            .flat_map(|comparison| wanted.iter().filter_map(|name| comparison.tip(name)))
            .collect();
        differing.extend(wanted.iter().map(|tip| tip.chain));
        let only = differing.clone();
        self.holdings.plan(scope, index, Listed::Only(&only));
        self.plan_made(scope, index, me);
        if self.told.insert(scope) {
            // This side did not begin: it tells what was wanted.
            self.differ(scope, &wanted, &[]);
        }
        Ok(())
    }

    fn part_came(&mut self, thank: bool) {
        self.came.parts = self.came.parts.saturating_add(1);
        self.came.thanks_due |= thank;
    }

    fn hear_part(
        &mut self,
        stream: Stream,
        part: &[u8],
        last: bool,
        now: Timestamp,
    ) -> Result<Heard, ProtocolError> {
        // What comes unannounced, as somebody types, says nothing of how fast the link is.
        if self.to_come.is_empty() {
            self.pace_in.pause();
        } else {
            self.pace_in.moved(part.len(), None, now);
        }
        let run = self.runs.entry(stream).or_default();
        if run.len().saturating_add(part.len()) > MAX_RUN {
            return Err(ProtocolError::TooLarge);
        }
        run.extend_from_slice(part);
        if !last {
            return Ok(Heard::Part);
        }
        let run = core::mem::take(run);
        let before = self.carried_in.entry(stream).or_default();
        let entries = read_run_after(self.space, &run, before).map_err(|error| match error {
            RunError::Newer => ProtocolError::Version,
            RunError::Compressed | RunError::Malformed => ProtocolError::Malformed,
        })?;
        // Content is due only from those who may know it.
        let content = |entry: &Carried| scope_of(entry.signed.unchecked().lane) == Scope::Content;
        if !self.telling.content && entries.iter().any(content) {
            return Err(ProtocolError::NotTold);
        }
        let count = entries.len() as u64;
        self.came.entries = self.came.entries.saturating_add(count);
        self.pace_in.run(stream, count, run.len());
        for entry in &entries {
            self.to_come.came(entry.signed.unchecked().lane);
        }
        Ok(Heard::Entries(entries))
    }

    /// It is known now what the peer lacks of a scope.
    pub(super) fn plan_made(&mut self, scope: Scope, index: &ChainIndex, me: DeviceId) {
        self.planned.insert(scope);
        for (chain, branch) in self.holdings.lacking(scope, index) {
            self.pend_branch((chain, branch), index, me);
        }
        if self.planned.contains(&Scope::Membership) && self.planned.contains(&Scope::Content) {
            self.holdings.settle(index);
        }
    }

    /// Answers a round of comparing, or says its outcome.
    pub(super) fn compare(
        &mut self,
        scope: Scope,
        body: &[u8],
        index: &ChainIndex,
    ) -> Result<(), ProtocolError> {
        if !self.comparisons.contains_key(&scope) {
            let comparison = super::Comparison::new(scope, index, &self.names)?;
            self.comparisons.insert(scope, comparison);
        }
        let Some(comparison) = self.comparisons.get_mut(&scope) else {
            return Ok(());
        };
        match comparison.round(body)? {
            Round::Say(body) => self.due.push(Message::Compare {
                scope,
                body: body.into(),
            }),
            Round::Done { tips, wants } => {
                self.differing
                    .entry(scope)
                    .or_default()
                    .extend(tips.iter().map(|tip| tip.chain));
                self.told.insert(scope);
                self.differ(scope, &tips, &wants);
            }
        }
        Ok(())
    }
}
