//! Which space a tag on the local network is of. A device tells the tag of its own day, and clocks are
//! wrong: by a day across time zones, by years where a battery was empty. Not here: what a tag is
//! (majlis-net), and what else is known of who tells it (`findings`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use majlis_core::id::SpaceId;
use majlis_net::{Tag, day_tag};

/// The first day of 2026: a clock that is before it is known to be wrong.
const FIRST_DAY: u64 = 20_454;
/// So many days ahead of this device's own are known. Of two clocks the slower one finds the other. Days
/// gone by are not looked for: whoever heard a tag then could tell it again at any time, and see who comes.
/// For the same reason a clock that may be right looks no further than a year.
const AHEAD: u64 = 400;
/// The same where this device's own clock is known to be wrong: twenty years.
const AHEAD_OF_WRONG: u64 = 7_305;
/// The most tags that are worked out, of all spaces together: some hundredths of a second of work, once
/// a day and only where somebody is heard.
const MOST: u64 = 50_000;

/// The tags of this device's spaces.
#[derive(Debug, Default)]
pub(super) struct Tags {
    day: u64,
    spaces: BTreeSet<SpaceId>,
    /// Of which space each is; worked out when somebody is heard.
    known: OnceLock<BTreeMap<Tag, SpaceId>>,
}

impl Tags {
    /// It is this day, and these are the spaces; whether that is something new.
    pub(super) fn turn_to(&mut self, day: u64, spaces: BTreeSet<SpaceId>) -> bool {
        let is_new = self.day != day || self.spaces != spaces;
        if is_new {
            *self = Self {
                day,
                spaces,
                known: OnceLock::new(),
            };
        }
        is_new
    }

    /// What this device tells.
    pub(super) fn told(&self) -> Vec<Tag> {
        let spaces = self.spaces.iter();
        spaces
            .map(|space| day_tag(space.as_bytes(), self.day))
            .collect()
    }

    /// The space that a tag is of, when it is one of this device's.
    pub(super) fn space(&self, tag: &Tag) -> Option<SpaceId> {
        let known = self.known.get_or_init(|| {
            let of = |space: &SpaceId| {
                let space = *space;
                self.days()
                    .map(move |day| (day_tag(space.as_bytes(), day), space))
            };
            self.spaces.iter().flat_map(of).collect()
        });
        known.get(tag).copied()
    }

    fn days(&self) -> impl Iterator<Item = u64> {
        let near = self.day.saturating_sub(1)..=self.day.saturating_add(1);
        let spaces = (self.spaces.len() as u64).max(1);
        let from = self.day.max(FIRST_DAY);
        let ahead = if self.day < FIRST_DAY {
            AHEAD_OF_WRONG
        } else {
            AHEAD
        };
        near.chain(from..from.saturating_add(ahead.min(MOST / spaces)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 20_786;

    fn on(day: u64, spaces: u8) -> Tags {
        let spaces = (0..spaces).map(|number| SpaceId::from_bytes([number; 32]));
        let mut tags = Tags::default();
        assert!(tags.turn_to(day, spaces.collect()));
        tags
    }

    #[test]
    fn whoever_has_the_slower_clock_finds_the_other() {
        let space = SpaceId::from_bytes([0; 32]);
        for (one, other) in [(DAY, DAY), (DAY, DAY + 1), (DAY, DAY + 300), (0, DAY)] {
            let (slow, fast) = (on(one, 3), on(other, 1));
            assert_eq!(slow.space(&fast.told()[0]), Some(space), "{one} {other}");
        }
        let mut tags = on(DAY, 1);
        assert_eq!(tags.space(&on(DAY - 1, 1).told()[0]), Some(space));
        // It may be told again by whoever heard it then.
        assert_eq!(tags.space(&on(DAY - 2, 1).told()[0]), None);
        // A clock that is years ahead is not believed by one that may be right.
        assert_eq!(tags.space(&on(DAY + 3_000, 1).told()[0]), None);
        let other = SpaceId::from_bytes([9; 32]);
        assert_eq!(tags.space(&day_tag(other.as_bytes(), DAY)), None);
        // With another list of spaces, all is worked out anew.
        assert!(tags.turn_to(DAY, BTreeSet::from([other])));
        assert!(!tags.turn_to(DAY, BTreeSet::from([other])));
        assert_eq!(tags.space(&day_tag(other.as_bytes(), DAY)), Some(other));
    }

    #[test]
    fn many_spaces_share_the_work() {
        let tags = on(DAY, 200);
        let each = usize::try_from(MOST / 200).unwrap();
        assert_eq!(tags.days().count(), 3 + each);
        let ahead = tags.day + MOST / 200;
        let told = |day| on(day, 1).told()[0];
        assert!(tags.space(&told(ahead - 1)).is_some() && tags.space(&told(ahead)).is_none());
    }
}
