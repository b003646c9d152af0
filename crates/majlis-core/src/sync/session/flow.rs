//! What is on its way to a peer: parts that it has not received by its own word, and entries that
//! are not on its disk. Bounded by how fast it acknowledges, so that on a slow link little stands
//! before what becomes urgent.

use std::collections::VecDeque;

use crate::entry::ChainId;
use crate::sync::message::{ProtocolError, Stream};
use crate::sync::wire::RUN_BYTES;
use crate::time::Timestamp;

use super::pace::Pace;

/// Bytes on their way at most, at first and after quick acknowledgements.
const FIRST_WINDOW: usize = 8 * 1024;
const LARGEST_WINDOW: usize = 512 * 1024;
/// On the slowest link: a second of it.
const SMALLEST_WINDOW: usize = 4 * 1024;
/// The shortest run, before compression: an entry or two.
const SHORTEST_RUN: usize = 2 * 1024;
/// A part acknowledged within this time shows a link that takes more.
const QUICK_MS: u64 = 1_500;
/// A part that took longer shows a link that takes less.
const SLOW_MS: u64 = 4_000;
/// Entries on their way, at most.
const MOST_ENTRIES: u64 = 2_000;

/// A run of which some parts have not been said.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) stream: Stream,
    pub(super) entries: u32,
    pub(super) bytes: usize,
    pub(super) rest: VecDeque<Vec<u8>>,
    pub(super) upto: Vec<(ChainId, usize, u64)>,
}

#[derive(Debug)]
struct Sent {
    stream: Stream,
    entries: u64,
    bytes: usize,
    upto: Vec<(ChainId, usize, u64)>,
}

/// What is on its way.
#[derive(Debug)]
pub(super) struct Flow {
    /// A long run of the bulk stream, said part by part.
    pub(super) bulk: Option<Run>,
    window: usize,
    bytes: usize,
    parts: VecDeque<(usize, Timestamp)>,
    parts_acked: u64,
    /// Bytes said since thanks were last asked for.
    unthanked: usize,
    entries: VecDeque<Sent>,
    entries_acked: u64,
    /// How fast the peer acknowledges.
    pub(super) pace: Pace,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            bulk: None,
            window: FIRST_WINDOW,
            bytes: 0,
            parts: VecDeque::new(),
            parts_acked: 0,
            unthanked: 0,
            entries: VecDeque::new(),
            entries_acked: 0,
            pace: Pace::default(),
        }
    }
}

impl Flow {
    /// Whether nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.bulk.is_none() && self.entries.is_empty()
    }

    /// Whether more may be said now.
    pub(super) fn is_open(&self) -> bool {
        self.bytes < self.window && self.entries_under_way() < MOST_ENTRIES
    }

    /// How long a run may be before compression. A cut link loses the run on its way, so on a link
    /// that was not seen to be quick it is short.
    pub(super) fn run_bytes(&self) -> usize {
        (self.window / 4).clamp(SHORTEST_RUN, RUN_BYTES)
    }

    fn entries_under_way(&self) -> u64 {
        self.entries.iter().map(|sent| sent.entries).sum()
    }

    /// A part goes out. Gives whether to ask for thanks: twice in a window, and when nothing follows.
    pub(super) fn part(&mut self, bytes: usize, follows: bool, now: Timestamp) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.parts.push_back((bytes, now));
        self.unthanked = self.unthanked.saturating_add(bytes);
        let thank = !follows || self.unthanked >= self.window / 2 || !self.is_open();
        if thank {
            self.unthanked = 0;
        }
        thank
    }

    /// The last part of a run has gone out.
    pub(super) fn run(
        &mut self,
        stream: Stream,
        entries: u32,
        bytes: usize,
        upto: Vec<(ChainId, usize, u64)>,
    ) {
        self.entries.push_back(Sent {
            stream,
            entries: u64::from(entries),
            bytes,
            upto,
        });
    }

    /// The peer received so many parts and has so many entries on disk. Gives the positions that
    /// it thereby holds.
    pub(super) fn acked(
        &mut self,
        parts: u64,
        entries: u64,
        now: Timestamp,
    ) -> Result<Vec<(ChainId, usize, u64)>, ProtocolError> {
        let (mut got_over, mut since) = (0_usize, None);
        while self.parts_acked < parts {
            let Some((bytes, at)) = self.parts.pop_front() else {
                return Err(ProtocolError::Unexpected);
            };
            self.parts_acked = self.parts_acked.saturating_add(1);
            self.bytes = self.bytes.saturating_sub(bytes);
            got_over = got_over.saturating_add(bytes);
            since.get_or_insert(at);
            let took = now.since(at);
            if took < QUICK_MS {
                self.window = self.window.saturating_add(bytes).min(LARGEST_WINDOW);
            } else if took > SLOW_MS {
                self.window = (self.window / 2).max(SMALLEST_WINDOW);
            }
        }
        if got_over > 0 {
            self.pace.moved(got_over, since, now);
        }
        let mut held = Vec::new();
        while let Some(front) = self.entries.front() {
            let after = self.entries_acked.saturating_add(front.entries);
            if after > entries {
                break;
            }
            self.entries_acked = after;
            if let Some(sent) = self.entries.pop_front() {
                self.pace.run(sent.stream, sent.entries, sent.bytes);
                held.extend(sent.upto);
            }
        }
        if entries > self.entries_acked.saturating_add(self.entries_under_way()) {
            return Err(ProtocolError::Unexpected);
        }
        Ok(held)
    }
}
