//! How long a peer is left alone after dials that failed, and what ends all waiting: this device has
//! another address, or slept. Not here: leaving a peer alone that has everything (`rest`).

use std::time::{Duration, Instant};

use majlis_core::id::{SpaceId, TransportId};
use majlis_core::time::Timestamp;
use majlis_net::Move;

use crate::clock;
use crate::links::Peer;
use crate::links::findings::Outcome;
use crate::links::operator::Operator;

/// While data is saved, a device on the internet is tried so often before it is left alone for longer.
const FREE_TRIES: u32 = 3;
/// A carrier that lacks something from here is dialled again within this time, however often in vain: whoever
/// passes a mast is under it for some minutes, with the same address as before. On a network that
/// swallows packets, by the timers of the transport, such a dial sends eight of 1,200 bytes to each
/// address within its 15 seconds, so this is some 200 kB an hour.
const OWED_EVERY: Duration = Duration::from_secs(150);
/// Where the clock of the day went on for so much longer than the other one, this device slept.
const SLEPT: Duration = Duration::from_secs(20);

/// Notices that this device slept: what pauses go by stands still meanwhile on Linux and Android, and
/// the clock of the day does not.
#[derive(Debug)]
pub(super) struct Awake {
    at: Instant,
    clock: Timestamp,
}

impl Awake {
    pub(super) const fn new(at: Instant, clock: Timestamp) -> Self {
        Self { at, clock }
    }

    /// For how long it slept since this was asked last; less than a clock may be put right by is
    /// nothing.
    fn slept(&mut self, at: Instant, clock: Timestamp) -> Option<Duration> {
        let awake = at.saturating_duration_since(self.at);
        let passed = Duration::from_millis(clock.since(self.clock));
        *self = Self { at, clock };
        let slept = passed.saturating_sub(awake);
        (slept >= SLEPT).then_some(slept)
    }
}

/// The pause after so many failures in a row: each doubles it, up to some minutes. `news` is how often
/// others are asked for news where data is saved with the peer, `owed` whether it lacks something.
fn pause(
    failures: u32,
    seed: u64,
    news: Option<Duration>,
    owed: impl FnOnce() -> bool,
) -> Duration {
    let mut pause = majlis_net::backoff(failures, seed);
    // A dial in vain costs some kilobytes: who saves does not go on with it.
    if let Some(news) = news
        && failures >= FREE_TRIES
    {
        pause = pause.max(news);
    }
    if pause > OWED_EVERY && owed() {
        OWED_EVERY
    } else {
        pause
    }
}

impl Operator {
    /// A dial failed, or a link ended badly: the peer is left alone for a while.
    pub(super) fn hold_back(&mut self, space: SpaceId, peer: Peer) {
        let attempt = self.tries.entry((space, peer)).or_default();
        let (failures, far) = (attempt.failures, attempt.far);
        // Who answers and will not have this device is not asked more often.
        let unanswered = attempt.outcome == Some(Outcome::Unanswered);
        let saves = far && self.saves(peer, false).is_some();
        let news = saves.then(|| self.news_every());
        let seed = u64::from_le_bytes(clock::fresh());
        let owed = || unanswered && self.is_owed(space, peer);
        let pause = pause(failures, seed, news, owed);
        let attempt = self.tries.entry((space, peer)).or_default();
        attempt.not_before = Some(Instant::now() + pause);
        attempt.failures = failures.saturating_add(1);
    }

    /// Whether a peer that carries lacks something that is here, by what it said when it was last met and
    /// what came since. Others get it there; and where nobody carries, ten of them dialled that often would
    /// cost megabytes an hour. Who carries is come to, and goes to nobody.
    fn is_owed(&self, space: SpaceId, peer: Peer) -> bool {
        if self.telling.is_carrier() || !self.book.is_carrier(space, peer) {
            return false;
        }
        let held = self.desks.get(space).map_or(0, |desk| desk.held());
        let met = self.store.peers(space).unwrap_or_default();
        let at = Some(TransportId::from_bytes(peer));
        let mut met = met.iter().filter(|row| row.transport == at);
        met.any(|row| row.has < held || row.media_there.0 > 0)
    }

    /// This device has another address, or woke: whoever was held back is dialled at once.
    pub(super) fn moved(&mut self, to: Move) {
        for attempt in self.tries.values_mut() {
            attempt.start_over();
        }
        self.leave();
        self.rest_no_longer(to);
        self.in_vain.clear();
    }

    /// Once a second: whether this device slept. Then it may be anywhere, and all waiting is over as if
    /// it had been awake.
    pub(super) fn mind_the_sleep(&mut self) {
        let slept = self.awake.slept(Instant::now(), clock::now());
        let Some(slept) = slept else {
            return;
        };
        tracing::debug!(?slept, "awake again");
        self.rests_slept(slept);
        // Pauses went on as well. Where this device is on another network, that is seen and told.
        for attempt in self.tries.values_mut() {
            let until = attempt.not_before;
            attempt.not_before = until.and_then(|at| at.checked_sub(slept));
        }
        self.net.look();
        self.leave();
        self.in_vain.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWS: Duration = Duration::from_secs(30 * 60);

    #[test]
    fn who_lacks_something_is_tried_again_while_a_mast_is_passed() {
        for seed in 0..100 {
            for failures in 0..20 {
                let free = pause(failures, seed, None, || false);
                assert_eq!(free, majlis_net::backoff(failures, seed));
                let saving = pause(failures, seed, Some(NEWS), || false);
                let waits = if failures < FREE_TRIES { free } else { NEWS };
                assert_eq!(saving, waits);
                for news in [None, Some(NEWS)] {
                    assert!(pause(failures, seed, news, || true) <= OWED_EVERY);
                }
            }
        }
        // Whether it does is asked only where that changes something.
        let _ = pause(2, 7, Some(NEWS), || panic!("asked"));
    }

    #[test]
    fn a_device_that_slept_notices() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let clock = |seconds: u64| Timestamp(1_000_000_000 + seconds * 1_000);
        let mut awake = Awake::new(began, clock(0));
        assert_eq!(awake.slept(at(1), clock(1)), None);
        assert_eq!(awake.slept(at(90), clock(91)), None, "only busy");
        let slept = awake.slept(at(91), clock(3_692));
        assert_eq!(slept, Some(Duration::from_secs(3_600)));
        assert_eq!(awake.slept(at(92), clock(3_693)), None);
        assert_eq!(awake.slept(at(93), clock(10)), None, "put back");
        assert_eq!(awake.slept(at(94), clock(11)), None);
        assert_eq!(awake.slept(at(95), clock(31)), None, "put right");
        let nap = Some(SLEPT);
        assert_eq!(awake.slept(at(96), clock(52)), nap);
    }
}
