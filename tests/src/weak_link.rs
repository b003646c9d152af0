//! A weak link between two devices: two network namespaces whose only way to each other leads
//! through this process, which holds the cable at both ends and forwards whole Ethernet frames
//! late, slowly and not always. There is no other route, so nothing finds a way around it.
//!
//! What is counted is what was put on the link, at the level of IP: headers of IP and UDP with
//! it, the fourteen bytes of Ethernet without. Frames dropped by a full queue or a cut link were
//! never on it; frames lost under way were.
//!
//! Only for Linux, and only where network namespaces and tap devices may be made.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

mod counts;
mod ends;
mod pipe;
mod profile;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use counts::{Counts, Wire};
use ends::Ends;
pub use profile::Profile;

/// A time without link: begins once so many bytes went up, counted from when the script was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Bytes from the near end that begin it.
    pub after: u64,
    /// How long it lasts.
    pub lasts: Duration,
}

/// Which way: up is from the near end to the far one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Two ends and what is between them; gone when dropped.
#[derive(Debug)]
pub struct WeakLink {
    ends: Ends,
    between: Arc<Between>,
}

/// What both directions share.
#[derive(Debug)]
struct Between {
    now: Mutex<Now>,
    changed: Condvar,
}

#[derive(Debug)]
struct Now {
    profile: Profile,
    /// When each direction has sent what it took; up, then down.
    free: [Instant; 2],
    cut: Option<Until>,
    /// Frames that were under way before this many cuts never arrive.
    cuts: u32,
    script: VecDeque<Cut>,
    scripted_from: u64,
    wire: Wire,
    loss: fastrand::Rng,
}

/// When a cut link is mended.
#[derive(Clone, Copy, Debug)]
enum Until {
    Mended,
    Then(Instant),
}

impl WeakLink {
    /// Lays a link; `None`, after saying so, where this machine does not allow it. The same seed
    /// loses the same frames of the same traffic.
    ///
    /// # Panics
    /// When it is allowed, but fails.
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn lay(profile: Profile, seed: u64) -> Option<Self> {
        let (ends, [near, far]) = match Ends::make() {
            Ok(made) => made,
            Err(why) => {
                eprintln!("SKIPPED: no weak link can be laid here: {why}");
                return None;
            }
        };
        let begun = Instant::now();
        let now = Now {
            profile,
            free: [begun; 2],
            cut: None,
            cuts: 0,
            script: VecDeque::new(),
            scripted_from: 0,
            wire: Wire::default(),
            loss: fastrand::Rng::with_seed(seed),
        };
        let between = Arc::new(Between {
            now: Mutex::new(now),
            changed: Condvar::new(),
        });
        pipe::lay(Way::Up, &near, &far, &between);
        pipe::lay(Way::Down, &far, &near, &between);
        Some(Self { ends, between })
    }

    /// The namespaces: the near end, which sends up, and the far one.
    #[must_use]
    pub fn ends(&self) -> [&str; 2] {
        self.ends.names()
    }

    /// From now on the link is like this; what is under way arrives as it would have.
    pub fn set(&self, profile: Profile) {
        self.between.now().profile = profile;
    }

    /// Cuts the link: what is under way is lost, and so is what is sent until it is mended.
    pub fn cut(&self) {
        self.between.now().cut(Until::Mended);
    }

    /// Mends the link.
    pub fn mend(&self) {
        self.between.now().cut = None;
    }

    /// Cuts the link by itself: each cut once so many bytes went up from now on.
    pub fn script(&self, cuts: &[Cut]) {
        let mut now = self.between.now();
        now.scripted_from = now.wire.up.bytes;
        now.script = cuts.iter().copied().collect();
    }

    /// Waits until the link was cut so often since it was laid; whether it was within `patience`.
    #[must_use]
    pub fn wait_for_cuts(&self, count: u32, patience: Duration) -> bool {
        let now = self.between.now();
        let waited = self
            .between
            .changed
            .wait_timeout_while(now, patience, |now| now.cuts < count);
        waited.is_ok_and(|(_, late)| !late.timed_out())
    }

    /// What was on the link since the last [`Self::count_anew`].
    #[must_use]
    pub fn wire(&self) -> Wire {
        self.between.now().wire.clone()
    }

    /// Begins to count anew.
    pub fn count_anew(&self) {
        let mut now = self.between.now();
        now.scripted_from = 0;
        now.wire = Wire::default();
    }
}

impl Between {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Now {
    fn cut(&mut self, until: Until) {
        self.cut = Some(until);
        self.cuts += 1;
        self.wire.cuts += 1;
        // What waited in the queues is gone with what was under way.
        self.free = [Instant::now(); 2];
    }

    /// Whether frames pass at this moment; mends what was to be mended by now.
    fn is_open(&mut self, at: Instant) -> bool {
        if let Some(Until::Then(mended)) = self.cut
            && mended <= at
        {
            self.cut = None;
        }
        self.cut.is_none()
    }

    /// Takes a cut of the script when its bytes have gone up; whether one began.
    fn follow_script(&mut self, at: Instant) -> bool {
        let gone = self.wire.up.bytes.saturating_sub(self.scripted_from);
        match self.script.front() {
            Some(next) if next.after <= gone => {
                let lasts = next.lasts;
                self.script.pop_front();
                self.cut(Until::Then(at + lasts));
                true
            }
            _ => false,
        }
    }
}
