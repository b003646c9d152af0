//! What is left to move over a link, in each direction, as people are told it: on which lanes, how
//! fast, and for how long still.

use std::collections::BTreeMap;

use crate::chain::ChainIndex;
use crate::id::{DeviceId, LaneId};
use crate::sync::message::{MAX_OFFERED, Message, ProtocolError, Scope, Stream};

use super::{Exchange, Session, scope_of, stream_of};

/// Lanes of which it is remembered what is to come, at most.
const MAX_EXPECTED: usize = 4_096;
/// Lanes that are remembered by name when a link ends.
const REMEMBERED: usize = 8;
/// What comes here for a peer that has everything is offered when it is more than this: less goes over at
/// once, and as somebody types each entry would have an offer of its own.
const HANDFUL: u64 = 8;

/// What one lane lacks on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The lane.
    pub lane: LaneId,
    /// Entries.
    pub entries: u64,
    /// The first entry of each device that is lacking; empty for what is to come.
    pub from: Vec<(DeviceId, u64)>,
}

/// What is left to move in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moving {
    /// By lane; the lanes with most first.
    pub lanes: Vec<Lacking>,
    /// Entries on lanes that are not named.
    pub others: u64,
    /// Photos and sounds.
    pub media: u64,
    /// Bytes of them.
    pub media_bytes: u64,
    /// Bytes a second; `None` before it was measured.
    pub rate: Option<u64>,
    /// Seconds until all of it has moved; `None` when that would be a guess.
    pub seconds: Option<u64>,
}

impl Moving {
    /// Entries in all.
    #[must_use]
    pub fn entries(&self) -> u64 {
        let lanes = self.lanes.iter().map(|lane| lane.entries);
        lanes.fold(self.others, u64::saturating_add)
    }

    /// The lanes with most, and their entries: what is remembered once the link has ended.
    #[must_use]
    pub fn most(&self) -> Vec<(LaneId, u64)> {
        let lanes = self.lanes.iter().take(REMEMBERED);
        lanes.map(|lane| (lane.lane, lane.entries)).collect()
    }
}

/// What the peer said is to come and did not yet.
#[derive(Debug, Default)]
pub(super) struct Expected {
    lanes: BTreeMap<LaneId, u64>,
    others: u64,
}

impl Expected {
    /// More is to come.
    pub(super) fn more(
        &mut self,
        lanes: &[(LaneId, u64)],
        others: u64,
    ) -> Result<(), ProtocolError> {
        for (lane, entries) in lanes.iter().filter(|(_, entries)| *entries > 0) {
            let on = self.lanes.entry(*lane).or_default();
            *on = on.saturating_add(*entries);
        }
        self.others = self.others.saturating_add(others);
        if self.lanes.len() > MAX_EXPECTED {
            return Err(ProtocolError::TooLarge);
        }
        Ok(())
    }

    /// Whether nothing is to come.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty() && self.others == 0
    }

    /// Entries that are to come.
    pub(super) fn entries(&self) -> u64 {
        self.lanes
            .values()
            .fold(self.others, |sum, entries| sum.saturating_add(*entries))
    }

    /// All of a scope was sent: what was said to come and did not was here already.
    pub(super) fn ended(&mut self, scope: Scope) {
        self.lanes.retain(|lane, _| scope_of(*lane) != scope);
        if scope == Scope::Content {
            self.others = 0;
        }
    }

    /// An entry came.
    pub(super) fn came(&mut self, lane: LaneId) {
        if let Some(on) = self.lanes.get_mut(&lane) {
            *on = on.saturating_sub(1);
            if *on == 0 {
                self.lanes.remove(&lane);
            }
        } else {
            self.others = self.others.saturating_sub(1);
        }
    }
}

impl Session {
    /// What is left to send, and what is left to come.
    #[must_use]
    pub fn moving(&self, index: &ChainIndex) -> (Moving, Moving) {
        let [media_there, media_here] = self.media_moving();
        let mut lanes: BTreeMap<LaneId, Lacking> = BTreeMap::new();
        for (chain, from, entries) in self.holdings.lacked(index) {
            let lacking = lanes.entry(chain.lane).or_insert_with(|| Lacking {
                lane: chain.lane,
                entries: 0,
                from: Vec::new(),
            });
            lacking.entries = lacking.entries.saturating_add(entries);
            lacking.from.push((chain.device, from));
        }
        let mut sending = Moving {
            lanes: largest_first(lanes.into_values().collect()),
            others: 0,
            media: media_there.0,
            media_bytes: media_there.1,
            rate: self.flow.pace.rate(),
            seconds: None,
        };
        let left = by_stream(&sending);
        sending.seconds = self.flow.pace.seconds(&left, sending.media_bytes);
        let coming = self.to_come.lanes.iter().map(|(lane, entries)| Lacking {
            lane: *lane,
            entries: *entries,
            from: Vec::new(),
        });
        let mut coming = Moving {
            lanes: largest_first(coming.collect()),
            others: self.to_come.others,
            media: media_here.0,
            media_bytes: media_here.1,
            rate: self.pace_in.rate(),
            seconds: None,
        };
        let left = by_stream(&coming);
        coming.seconds = self.pace_in.seconds(&left, coming.media_bytes);
        (sending, coming)
    }

    /// Bytes a second in the direction that was measured last, when one was.
    #[must_use]
    pub fn rate(&self) -> Option<u64> {
        self.flow.pace.rate().max(self.pace_in.rate())
    }

    /// Whether the peer said that something of a lane is to come, or may have.
    #[must_use]
    pub fn expects(&self, lane: LaneId) -> bool {
        self.to_come.others > 0 || self.to_come.lanes.contains_key(&lane)
    }

    /// How much had arrived here when the peer last was known, on this link, to have given everything
    /// it had; `None` before that.
    #[must_use]
    pub fn given(&self, index: &ChainIndex) -> Option<u64> {
        if self.is_complete() {
            return Some(index.arrivals().now().0);
        }
        self.cursor.map(|cursor| cursor.held)
    }

    /// Entries that came over this link so far.
    #[must_use]
    pub const fn brought(&self) -> u64 {
        self.came.entries
    }

    /// Whether both sides were complete after the last step.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self.exchange, Exchange::Complete)
    }

    /// How far the exchange was after the last step.
    #[must_use]
    pub const fn exchange(&self) -> Exchange {
        self.exchange
    }

    pub(super) fn say_offer(
        &mut self,
        scope: Scope,
        index: &ChainIndex,
        frames: &mut Vec<Vec<u8>>,
    ) {
        let mut lanes: BTreeMap<LaneId, u64> = BTreeMap::new();
        for (chain, branch) in self.holdings.lacking(scope, index) {
            let from = self.holdings.next(index, (chain, branch));
            let on = lanes.entry(chain.lane).or_default();
            *on = on.saturating_add(index.end(chain, branch).saturating_sub(from));
        }
        self.offer(lanes, frames);
    }

    /// Offers what came here since the last offer, so that the peer does not take it that it has
    /// everything while much of that is on its way.
    pub(super) fn offer_later(&mut self, frames: &mut Vec<Vec<u8>>) {
        let entries = self.later.values().copied();
        if entries.fold(0, u64::saturating_add) > HANDFUL {
            let lanes = core::mem::take(&mut self.later);
            self.sent.remove(&Scope::Content);
            self.offer(lanes, frames);
        }
    }

    fn offer(&mut self, mut lanes: BTreeMap<LaneId, u64>, frames: &mut Vec<Vec<u8>>) {
        lanes.retain(|_, entries| *entries > 0);
        if lanes.is_empty() {
            return;
        }
        let mut lanes: Vec<(LaneId, u64)> = lanes.into_iter().collect();
        lanes.sort_by_key(|(lane, entries)| (core::cmp::Reverse(*entries), *lane));
        let rest = lanes.split_off(lanes.len().min(MAX_OFFERED));
        let others = rest.iter().map(|(_, entries)| *entries);
        let others = others.fold(0, u64::saturating_add);
        frames.push(self.frame(&Message::Offer { lanes, others }));
    }
}

fn largest_first(mut lanes: Vec<Lacking>) -> Vec<Lacking> {
    lanes.sort_by_key(|of| (core::cmp::Reverse(of.entries), of.lane));
    lanes
}

/// Lanes that are not named are as long as documents, when anything.
fn by_stream(moving: &Moving) -> BTreeMap<Stream, u64> {
    let mut left: BTreeMap<Stream, u64> = [(Stream::Bulk, moving.others)].into();
    for lane in &moving.lanes {
        let on = left.entry(stream_of(lane.lane)).or_default();
        *on = on.saturating_add(lane.entries);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LaneClass;

    #[test]
    fn what_was_said_to_come_and_was_here_already_is_not_waited_for() {
        let water = LaneId::new(LaneClass::Process, [1; 16]);
        let letter = LaneId::new(LaneClass::Document, [2; 16]);
        let mut expected = Expected::default();
        expected
            .more(&[(LaneId::MEMBERSHIP, 2), (water, 20), (letter, 0)], 3)
            .unwrap();
        assert_eq!(expected.entries(), 25);
        expected.came(water);
        expected.came(letter);
        assert_eq!((expected.entries(), expected.others), (23, 2));
        expected.ended(Scope::Membership);
        assert_eq!(expected.entries(), 21);
        expected.ended(Scope::Content);
        assert!(expected.is_empty() && expected.entries() == 0);
        // What is made later is offered and waited for again.
        expected.more(&[(water, 1)], 0).unwrap();
        assert!(!expected.is_empty());
    }
}
