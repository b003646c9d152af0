//! What links do to frames: delay, lose, repeat, reorder, cut. Not here: who is linked to whom.

use std::collections::VecDeque;

use fastrand::Rng;

/// How bad links are, in chances out of a thousand a frame.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// A frame is lost.
    pub loss: u32,
    /// A frame comes twice.
    pub repeat: u32,
    /// A frame overtakes the one before it.
    pub reorder: u32,
    /// The link is cut.
    pub cut: u32,
    /// The longest delay, in milliseconds.
    pub delay: u64,
}

impl Weather {
    /// Everything arrives, in order.
    pub const FAIR: Self = Self {
        loss: 0,
        repeat: 0,
        reorder: 0,
        cut: 0,
        delay: 5,
    };
    /// A bad day in the field.
    pub const FOUL: Self = Self {
        loss: 15,
        repeat: 10,
        reorder: 10,
        cut: 10,
        delay: 2_000,
    };
}

/// One direction of a link.
#[derive(Debug, Default)]
pub struct Pipe {
    frames: VecDeque<(u64, Vec<u8>)>,
}

impl Pipe {
    /// Puts a frame in; gives whether the link survives it.
    pub fn send(&mut self, frame: Vec<u8>, now: u64, weather: Weather, rng: &mut Rng) -> bool {
        let happens = |chance: u32, rng: &mut Rng| chance > 0 && rng.u32(0..1_000) < chance;
        if happens(weather.cut, rng) {
            return false;
        }
        if happens(weather.loss, rng) {
            return true;
        }
        let due = now + 1 + rng.u64(0..=weather.delay);
        let last = self.frames.back().map_or(0, |(due, _)| *due);
        let due = due.max(last);
        if happens(weather.repeat, rng) {
            self.frames.push_back((due, frame.clone()));
        }
        self.frames.push_back((due, frame));
        let count = self.frames.len();
        if count >= 2 && happens(weather.reorder, rng) {
            self.frames.swap(count - 1, count - 2);
        }
        true
    }

    /// The next frame that is due.
    pub fn receive(&mut self, now: u64) -> Option<Vec<u8>> {
        (self.frames.front()?.0 <= now).then(|| self.frames.pop_front().map(|(_, frame)| frame))?
    }

    /// When the next frame is due.
    #[must_use]
    pub fn due(&self) -> Option<u64> {
        self.frames.front().map(|(due, _)| *due)
    }
}
