//! What a person lets through once: the exchange of a space over the internet, though the month's budget
//! is used up. Not here: what the budget is (the meter), and the links that it ends (`thrift`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use majlis_core::id::SpaceId;

use crate::links::operator::Operator;

/// Who is not met within this time is not met for that word.
const AT_MOST: Duration = Duration::from_secs(10 * 60);
/// An exchange that goes on is let through so long: what cannot come to an end is no exception for ever.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// The spaces of which a person said so, each with the time when, and until when it holds.
#[derive(Debug, Default)]
pub(super) struct Once {
    said: BTreeMap<SpaceId, (Instant, Instant)>,
}

impl Once {
    /// A person says so at `now`.
    pub(super) fn begin(&mut self, space: SpaceId, now: Instant) {
        self.said.insert(space, (now, now + AT_MOST));
    }

    /// Something is left to exchange with somebody at `now`.
    pub(super) fn go_on(&mut self, space: SpaceId, now: Instant) {
        if let Some((since, until)) = self.said.get_mut(&space) {
            *until = (now + AT_MOST).min(*since + LONGEST);
        }
    }

    /// Whether it holds at `now`.
    pub(super) fn holds(&self, space: SpaceId, now: Instant) -> bool {
        let said = self.said.get(&space);
        said.is_some_and(|(_, until)| now < *until)
    }

    /// It was exchanged, or the space is gone.
    pub(super) fn end(&mut self, space: SpaceId) {
        self.said.remove(&space);
    }
}

impl Operator {
    /// Whether a space goes over the internet though the budget is used up.
    pub(super) fn goes_anyway(&self, space: SpaceId) -> bool {
        self.once.holds(space, Instant::now())
    }

    /// A link over the internet ended as one of the two wanted: that was the once, unless another one
    /// of the space still exchanges.
    pub(super) fn once_over(&mut self, space: SpaceId) {
        let mut others = self.open.values();
        if !others.any(|open| open.space == space && !open.near) {
            self.once.end(space);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_is_not_for_ever_though_nobody_is_met() {
        let [one, other] = [1, 2].map(|number| SpaceId::from_bytes([number; 32]));
        let began = Instant::now();
        let mut once = Once::default();
        once.begin(one, began);
        assert!(once.holds(one, began) && !once.holds(other, began));
        assert!(once.holds(one, began + AT_MOST / 2));
        assert!(!once.holds(one, began + AT_MOST));
        once.begin(one, began + AT_MOST);
        once.end(one);
        assert!(!once.holds(one, began + AT_MOST));
    }

    #[test]
    fn an_exchange_that_goes_on_is_not_cut_and_ends_some_time() {
        let space = SpaceId::from_bytes([1; 32]);
        let began = Instant::now();
        let at = |minutes: u64| began + Duration::from_secs(minutes * 60);
        let mut once = Once::default();
        once.begin(space, began);
        for minute in 1..59 {
            once.go_on(space, at(minute));
            assert!(once.holds(space, at(minute + 1)), "{minute}");
        }
        once.go_on(space, at(59));
        assert!(!once.holds(space, at(60)));
    }
}
