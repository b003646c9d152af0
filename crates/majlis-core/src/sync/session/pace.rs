//! How fast things move over a link in one direction, measured only while they move. Nothing is said
//! before the link was measured: a guess is worse than none.

use std::collections::BTreeMap;

use crate::sync::message::Stream;
use crate::time::Timestamp;

/// What is measured counts for about so long; older things fade.
const REMEMBERED_MS: u64 = 20_000;
/// Less than this says nothing yet.
const LEAST_MS: u64 = 1_000;
const LEAST_BYTES: u64 = 2_000;
/// How long an entry of a stream is taken to be before any was seen, and as how many that counts.
const USUAL_BYTES: u64 = 1_000;
const USUAL_ENTRIES: u64 = 4;
/// Between two pieces that are further apart, nothing was moving.
const PAUSE_MS: u64 = 30_000;

/// Bytes and entries of one stream.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    entries: u64,
    bytes: u64,
}

/// The pace of one direction.
#[derive(Debug, Default)]
pub(super) struct Pace {
    bytes: u64,
    busy_ms: u64,
    last: Option<Timestamp>,
    seen: BTreeMap<Stream, Seen>,
}

impl Pace {
    /// So many bytes have got over at `now`; the first of them were under way since `since`.
    pub(super) fn moved(&mut self, bytes: usize, since: Option<Timestamp>, now: Timestamp) {
        let before = self.last.replace(now);
        let Some(from) = before.into_iter().chain(since).max() else {
            return;
        };
        let took = now.since(from);
        if took > PAUSE_MS {
            return;
        }
        self.busy_ms = self.busy_ms.saturating_add(took);
        self.bytes = self.bytes.saturating_add(bytes as u64);
        while self.busy_ms > REMEMBERED_MS {
            self.busy_ms /= 2;
            self.bytes /= 2;
        }
    }

    /// What got over just now was waiting for somebody, as for who types, and not for the link; so may be
    /// what comes next, and the time until then is not counted.
    pub(super) const fn pause(&mut self) {
        self.last = None;
    }

    /// A run of so many entries took so many bytes.
    pub(super) fn run(&mut self, stream: Stream, entries: u64, bytes: usize) {
        let seen = self.seen.entry(stream).or_default();
        seen.entries = seen.entries.saturating_add(entries);
        seen.bytes = seen.bytes.saturating_add(bytes as u64);
    }

    /// Bytes a second; `None` before it was measured.
    pub(super) fn rate(&self) -> Option<u64> {
        let enough = self.busy_ms >= LEAST_MS && self.bytes >= LEAST_BYTES;
        let rate = self.bytes.saturating_mul(1_000).checked_div(self.busy_ms)?;
        (enough && rate > 0).then_some(rate)
    }

    /// Seconds until so many entries of each stream, and so many bytes of media, have moved; `None`
    /// when that would be a guess. How long the entries are is known from those that moved; while
    /// those are few, what is usual weighs in.
    pub(super) fn seconds(&self, left: &BTreeMap<Stream, u64>, media: u64) -> Option<u64> {
        let rate = self.rate()?;
        let mut bytes = media;
        for (stream, entries) in left {
            let seen = self.seen.get(stream).copied().unwrap_or_default();
            let all = seen.bytes.saturating_add(USUAL_BYTES * USUAL_ENTRIES);
            let all = all.saturating_mul(*entries);
            bytes = bytes.saturating_add(all / seen.entries.saturating_add(USUAL_ENTRIES));
        }
        Some(bytes.div_ceil(rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp(ms)
    }

    #[test]
    fn nothing_is_said_before_enough_was_seen() {
        let mut pace = Pace::default();
        let left = [(Stream::First, 100)].into();
        assert_eq!((pace.rate(), pace.seconds(&left, 0)), (None, None));
        pace.moved(10_000, Some(at(0)), at(500));
        pace.run(Stream::First, 50, 10_000);
        assert_eq!(pace.rate(), None, "half a second is too short");
        pace.moved(10_000, None, at(1_000));
        assert_eq!(pace.rate(), Some(20_000));
        assert_eq!(pace.seconds(&left, 0), Some(2), "of 260 bytes each");
        let documents = [(Stream::First, 100), (Stream::Bulk, 40)].into();
        assert_eq!(
            pace.seconds(&documents, 0),
            Some(4),
            "none was seen: of 1,000 bytes"
        );
        assert_eq!(pace.seconds(&left, 100_000), Some(7));
        assert_eq!(pace.seconds(&BTreeMap::new(), 0), Some(0));
    }

    #[test]
    fn only_the_time_in_which_something_moves_counts() {
        let mut pace = Pace::default();
        pace.moved(4_000, Some(at(0)), at(2_000));
        // Idle for ten seconds; the next bytes left at 12 s.
        pace.moved(4_000, Some(at(12_000)), at(14_000));
        assert_eq!(pace.rate(), Some(2_000));
        // What came after a long silence says nothing of the link.
        pace.moved(4_000, None, at(100_000));
        assert_eq!(pace.rate(), Some(2_000));
        // Nor does what comes after somebody has typed, before it is known when it left.
        pace.pause();
        pace.moved(4_000, None, at(120_000));
        assert_eq!(pace.rate(), Some(2_000));
        pace.moved(4_000, None, at(122_000));
        assert_eq!(pace.rate(), Some(2_000));
    }

    #[test]
    fn a_link_that_slows_down_is_believed_after_a_while() {
        let mut pace = Pace::default();
        for second in 1..=20 {
            pace.moved(50_000, None, at(second * 1_000));
        }
        for second in 21..=120 {
            pace.moved(1_000, None, at(second * 1_000));
        }
        assert!(pace.rate().unwrap() < 2_500, "{:?}", pace.rate());
    }
}
