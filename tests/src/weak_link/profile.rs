//! What a link is like. Not here: making it so.

use std::time::Duration;

/// A kind of link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What it is called.
    pub name: &'static str,
    /// There and back, without waiting.
    pub round_trip: Duration,
    /// Kilobits a second from the near end; `None` is as fast as the machine.
    pub up: Option<u32>,
    /// Kilobits a second to the near end.
    pub down: Option<u32>,
    /// Frames of a thousand that are lost.
    pub lost: u16,
}

/// What a queue holds at least: ten full packets.
const SHORTEST_QUEUE: u64 = 15_000;

impl Profile {
    /// A second-generation telephone at the edge of a cell.
    pub const GPRS: Self = Self::new("gprs", 600, Some(20), Some(40));
    /// The same with a good signal.
    pub const EDGE: Self = Self::new("edge", 400, Some(60), Some(120));
    /// A third-generation network.
    pub const THREE_G: Self = Self::new("3g", 200, Some(384), Some(1_000));
    /// One room.
    pub const LAN: Self = Self::new("lan", 4, None, None);
    /// All of them, the weakest first.
    pub const ALL: [Self; 4] = [Self::GPRS, Self::EDGE, Self::THREE_G, Self::LAN];

    const fn new(name: &'static str, millis: u64, up: Option<u32>, down: Option<u32>) -> Self {
        Self {
            name,
            round_trip: Duration::from_millis(millis),
            up,
            down,
            lost: 0,
        }
    }

    /// The profile of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name == name)
    }

    /// The same, losing so many frames of a thousand.
    #[must_use]
    pub const fn losing(self, lost: u16) -> Self {
        Self { lost, ..self }
    }

    /// How long `bytes` take at a rate, and what the queue before it holds: one and a half
    /// seconds of it.
    pub(super) fn pace(rate: Option<u32>, bytes: u64) -> Duration {
        rate.map_or(Duration::ZERO, |kilobits| {
            Duration::from_micros(bytes.saturating_mul(8_000) / u64::from(kilobits.max(1)))
        })
    }

    /// The longest that a frame may wait for its turn; more, and it is dropped.
    pub(super) fn longest_wait(rate: Option<u32>) -> Duration {
        rate.map_or(Duration::MAX, |_| {
            Self::pace(rate, SHORTEST_QUEUE).max(Duration::from_millis(1_500))
        })
    }
}
