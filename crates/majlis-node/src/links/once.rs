//! What a person lets through once: the exchange of a space over the internet, though the month's budget
//! is used up. Not here: what the budget is (the meter), and the links that it ends (`thrift`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use majlis_core::id::SpaceId;

use crate::links::operator::Operator;

/// Who is not met within this time is not met for that word.
const AT_MOST: Duration = Duration::from_secs(10 * 60);

/// The spaces of which a person said so, each with the time until which it holds at most.
#[derive(Debug, Default)]
pub(super) struct Once {
    until: BTreeMap<SpaceId, Instant>,
}

impl Once {
    /// A person says so at `now`.
    pub(super) fn begin(&mut self, space: SpaceId, now: Instant) {
        self.until.insert(space, now + AT_MOST);
    }

    /// Whether it holds at `now`.
    pub(super) fn holds(&self, space: SpaceId, now: Instant) -> bool {
        self.until.get(&space).is_some_and(|until| now < *until)
    }

    /// It was exchanged, or the space is gone.
    pub(super) fn end(&mut self, space: SpaceId) {
        self.until.remove(&space);
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
}
