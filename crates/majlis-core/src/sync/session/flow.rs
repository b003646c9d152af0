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

/// What parts are of.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Entries,
    Blobs,
}

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
    /// As much as may be was on its way, and not a quarter of that was thanked for since.
    full: bool,
    /// The window had no room left when a part last went out.
    filled: bool,
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
            full: false,
            filled: false,
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

    /// Whether more may be said now. Once full, when a quarter is free again: filled up with each part
    /// that is thanked for, every part would be one that fills it and asks for thanks.
    pub(super) fn is_open(&self, what: What) -> bool {
        let most = self.most(what);
        let most = if self.full { most / 4 * 3 } else { most };
        self.bytes < most.max(1) && self.entries_under_way() < MOST_ENTRIES
    }

    /// How much may be on its way. Blobs keep a link full for long, a cut loses what is on its way,
    /// and what becomes urgent stands behind it: of them, a second of what the link takes, but two
    /// pieces, or the link would rest while one is thanked for.
    fn most(&self, what: What) -> usize {
        let second = match what {
            What::Entries => None,
            What::Blobs => self.pace.rate(),
        };
        let second = second.and_then(|rate| usize::try_from(rate).ok());
        let second = second.unwrap_or(self.window);
        self.window.min(second.max(FIRST_WINDOW))
    }

    /// How long a run may be before compression. A cut link loses the run on its way, so on a link
    /// that was not seen to be quick it is short.
    pub(super) fn run_bytes(&self) -> usize {
        (self.window / 4).clamp(SHORTEST_RUN, RUN_BYTES)
    }

    fn entries_under_way(&self) -> u64 {
        self.entries.iter().map(|sent| sent.entries).sum()
    }

    /// A part goes out. Gives whether to ask for thanks: twice in a window, and always when nothing
    /// follows or nothing more may be said, so that what was said last is thanked for.
    pub(super) fn part(&mut self, what: What, bytes: usize, follows: bool, now: Timestamp) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.parts.push_back((bytes, now));
        self.unthanked = self.unthanked.saturating_add(bytes);
        self.full = self.bytes >= self.most(what);
        self.filled = self.bytes >= self.window;
        let thank = !follows || self.unthanked >= self.most(what) / 2 || !self.is_open(what);
        if thank {
            self.unthanked = 0;
        }
        thank
    }

    /// Whether something was said since thanks were last asked for.
    pub(super) const fn owes_asking(&self) -> bool {
        self.unthanked > 0
    }

    /// Parts that went out so far.
    pub(super) fn said(&self) -> u64 {
        self.parts_acked.saturating_add(self.parts.len() as u64)
    }

    /// Whether so many parts were thanked for.
    pub(super) const fn is_thanked_for(&self, parts: u64) -> bool {
        self.parts_acked >= parts
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
        // A window that was not filled was not tried: that little of it came over quickly, as somebody
        // typed, does not show that all of it would.
        let tried = self.filled;
        while self.parts_acked < parts {
            let Some((bytes, at)) = self.parts.pop_front() else {
                return Err(ProtocolError::Unexpected);
            };
            self.parts_acked = self.parts_acked.saturating_add(1);
            self.bytes = self.bytes.saturating_sub(bytes);
            got_over = got_over.saturating_add(bytes);
            since.get_or_insert(at);
            let took = now.since(at);
            if tried && took < QUICK_MS {
                self.window = self.window.saturating_add(bytes).min(LARGEST_WINDOW);
            } else if took > SLOW_MS {
                self.window = (self.window / 2).max(SMALLEST_WINDOW);
            }
        }
        // What is thanked for before it fills the link, as somebody types, says nothing of how fast it
        // is: only how long one answer takes.
        let filled = self.full || got_over >= FIRST_WINDOW;
        if got_over > 0 && filled {
            self.pace.moved(got_over, since, now);
        } else if got_over > 0 {
            self.pace.pause();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said at once: a short run, or a piece.
    const fn part(what: What) -> usize {
        match what {
            What::Entries => 1_100,
            What::Blobs => 4_096,
        }
    }

    /// A link that takes so many bytes a second and answers so many milliseconds later, kept busy
    /// for a minute, with entries or with blobs. Gives how many thanks were asked for, how many parts went
    /// out, and how much was on its way at most in the last half.
    fn keep_busy(what: What, rate: u64, round_trip: u64) -> (u64, u64, usize) {
        let part = part(what);
        let mut flow = Flow::default();
        let (mut free, mut asked, mut said, mut most) = (0_u64, 0_u64, 0_u64, 0);
        // When thanks arrive, and for how many parts.
        let mut thanks: VecDeque<(u64, u64)> = VecDeque::new();
        for now in 0..60_000_u64 {
            assert!(
                flow.bytes == 0 || !thanks.is_empty(),
                "what is on its way is thanked for"
            );
            while let Some((at, parts)) = thanks.front().copied() {
                if at > now {
                    break;
                }
                thanks.pop_front();
                flow.acked(parts, 0, Timestamp(now)).unwrap();
            }
            while flow.is_open(what) {
                said += 1;
                free = free.max(now) + part as u64 * 1_000 / rate;
                if flow.part(what, part, true, Timestamp(now)) {
                    asked += 1;
                    thanks.push_back((free + round_trip, said));
                }
            }
            if now > 30_000 {
                most = most.max(flow.bytes);
            }
        }
        (asked, said, most)
    }

    /// Bytes a second and round trips: GPRS, EDGE, 3G.
    const SLOW: [(u64, u64); 3] = [(2_500, 600), (7_500, 400), (48_000, 200)];

    #[test]
    fn a_slow_link_is_kept_full_with_few_thanks() {
        for (rate, round_trip) in SLOW {
            let (asked, said, _) = keep_busy(What::Entries, rate, round_trip);
            let sent = said * part(What::Entries) as u64;
            assert!(sent > rate * 50, "{rate}: {sent} bytes in a minute");
            assert!(
                asked * 2 <= said + 2,
                "{rate}: {asked} thanks for {said} parts"
            );
        }
    }

    #[test]
    fn blobs_keep_it_full_with_little_on_its_way() {
        for (rate, round_trip) in SLOW {
            let (_, said, most) = keep_busy(What::Blobs, rate, round_trip);
            let sent = said * part(What::Blobs) as u64;
            assert!(sent > rate * 48, "{rate}: {sent} bytes in a minute");
            let enough = rate.max(FIRST_WINDOW as u64) + part(What::Blobs) as u64;
            assert!(most as u64 <= enough, "{rate}: {most} on its way");
        }
    }

    #[test]
    fn what_is_typed_says_nothing_of_how_fast_a_link_is() {
        let mut flow = Flow::default();
        let typed = |flow: &mut Flow, parts: u64, at: u64| {
            assert!(flow.part(What::Entries, 300, false, Timestamp(at)));
            flow.acked(parts, 0, Timestamp(at + 65)).unwrap();
        };
        for second in 1..=120 {
            typed(&mut flow, second, second * 1_000);
        }
        assert_eq!(flow.pace.rate(), None, "300 bytes a second, each at once");
        assert_eq!(
            flow.window, FIRST_WINDOW,
            "nor of how much it takes at once"
        );
        // The same link, as slow as 5 kB a second, with more to carry than what is typed.
        for number in 0..4 {
            let at = 200_000 + number * 3_300;
            flow.part(What::Entries, 16_384, false, Timestamp(at));
            flow.acked(121 + number, 0, Timestamp(at + 3_300)).unwrap();
        }
        let rate = flow.pace.rate().unwrap();
        assert!((4_900..5_000).contains(&rate), "{rate}");
        for second in 1..=120 {
            typed(&mut flow, 124 + second, 300_000 + second * 1_000);
        }
        assert_eq!(flow.pace.rate(), Some(rate));
    }

    #[test]
    fn a_quick_link_is_given_much() {
        for what in [What::Entries, What::Blobs] {
            let (_, said, _) = keep_busy(what, 10_000_000, 4);
            let sent = said * part(what) as u64;
            assert!(sent > 400_000_000, "{sent} bytes in a minute");
        }
    }
}
