//! Who else is in a text that is open here, and when this device tells the same of itself. A
//! presence is told at most a few times a second, only to those who told theirs, and kept in memory
//! until its time is over. Not here: who may be told (the desk), and what it says (the core).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use majlis_core::effect::LinkId;
use majlis_core::id::{DeviceId, LaneId};
use majlis_core::sync::presence::{Caret, Presence, Stay};

/// A caret that moves is told so often.
const MOVES: Duration = Duration::from_millis(250);
/// So often it is told that somebody is still there, when nothing moves.
const BEATS: Duration = Duration::from_secs(5);
/// Who was not heard for so long is gone: two beats may be lost.
const GONE_AFTER: Duration = Duration::from_secs(12);
/// A page that did not say for so long that it shows the text is gone.
const SHOWN_FOR: Duration = Duration::from_secs(30);
/// When somebody comes, it is told to everybody at these times, since it may be lost.
const CALLS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(3),
];
/// Words that come from others while nobody is known to be there are a reason to call, so often.
const CALL_AGAIN: Duration = Duration::from_secs(10);
/// What one peer may tell in a second, and at once: more than an honest one with some texts open.
const PER_SECOND: u32 = 8;
const AT_ONCE: u32 = 16;
/// So many others are kept in one text.
const MOST: usize = 64;

/// To whom a presence goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// Everybody who may be told.
    All,
    /// The far ends of these links.
    Links(Vec<LinkId>),
}

/// Somebody else in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Other {
    pub(crate) device: DeviceId,
    pub(crate) caret: Option<Caret>,
    heard: Instant,
}

/// This device in a text.
#[derive(Debug)]
struct Mine {
    caret: Option<Caret>,
    told: Option<Instant>,
    /// Until when this is believed, unless the page says it again.
    until: Instant,
    /// The caret moved since, or somebody came.
    news: bool,
    /// When it was last begun to call, and how often it was called since.
    called: (Instant, usize),
}

/// The presences of one space.
#[derive(Debug, Default)]
pub(crate) struct Presences {
    number: u64,
    mine: BTreeMap<LaneId, Mine>,
    others: BTreeMap<LaneId, BTreeMap<LinkId, Other>>,
    /// The last number that came on a link, of whatever text.
    heard: BTreeMap<LinkId, u64>,
}

impl Presences {
    /// This device's person is in a text, with the caret there; told to others from now on.
    pub(crate) fn show(&mut self, lane: LaneId, caret: Option<Caret>, now: Instant) {
        let mine = self.mine.entry(lane).or_insert_with(|| Mine {
            caret,
            told: None,
            until: now,
            news: false,
            called: (now, 0),
        });
        mine.until = now + SHOWN_FOR;
        mine.news |= mine.caret != caret;
        mine.caret = caret;
    }

    /// This device's person left a text: what to tell, and to whom.
    pub(crate) fn hide(&mut self, lane: LaneId) -> Option<(To, Vec<u8>)> {
        self.mine.remove(&lane)?;
        let links: Vec<LinkId> = self.others.remove(&lane)?.into_keys().collect();
        let bytes = self.say(lane, Stay::Gone);
        (!links.is_empty()).then_some((To::Links(links), bytes))
    }

    /// Leaves the texts that no page said for long that it shows: what to tell, and to whom.
    pub(crate) fn lapse(&mut self, now: Instant) -> Vec<(To, Vec<u8>)> {
        let gone = self.mine.iter().filter(|(_, mine)| mine.until <= now);
        let gone: Vec<LaneId> = gone.map(|(lane, _)| *lane).collect();
        gone.into_iter()
            .filter_map(|lane| self.hide(lane))
            .collect()
    }

    /// The texts that this device is shown in.
    pub(crate) fn shown(&self) -> impl Iterator<Item = LaneId> + '_ {
        self.mine.keys().copied()
    }

    /// Takes what a peer told; the text when somebody came, moved or left there. Whoever is not
    /// shown in a text keeps nobody else in it.
    pub(crate) fn hear(
        &mut self,
        link: LinkId,
        device: DeviceId,
        told: &Presence,
        now: Instant,
    ) -> Option<LaneId> {
        let last = self.heard.entry(link).or_default();
        if told.number <= *last {
            return None;
        }
        *last = told.number;
        let mine = self.mine.get_mut(&told.lane)?;
        let others = self.others.entry(told.lane).or_default();
        let before = others.get(&link).map(|other| other.caret);
        match told.stay {
            Stay::Here(caret) => {
                if before.is_none() && others.len() >= MOST {
                    return None;
                }
                // Who comes is told at once that somebody is there.
                mine.news |= before.is_none();
                let other = Other {
                    device,
                    caret,
                    heard: now,
                };
                others.insert(link, other);
                (before != Some(caret)).then_some(told.lane)
            }
            Stay::Gone => others.remove(&link).map(|_| told.lane),
        }
    }

    /// Somebody can be reached who could not be before: it is called again.
    pub(crate) fn link_up(&mut self, now: Instant) {
        for mine in self.mine.values_mut() {
            mine.called = (now, 0);
        }
    }

    /// A link ended, or its peer is not to be heard: the texts in which it was.
    pub(crate) fn link_down(&mut self, link: LinkId) -> Vec<LaneId> {
        self.heard.remove(&link);
        self.forget(|on, _| on == link)
    }

    /// What comes on a link is not heard any more, as long as it lasts.
    pub(crate) fn mute(&mut self, link: LinkId) {
        self.link_down(link);
        self.heard.insert(link, u64::MAX);
    }

    /// Words of others came for a text: somebody may be there whose presence was lost.
    pub(crate) fn words_came(&mut self, lane: LaneId, now: Instant) {
        if self.is_shared(lane) {
            return;
        }
        if let Some(mine) = self.mine.get_mut(&lane)
            && now.saturating_duration_since(mine.called.0) >= CALL_AGAIN
        {
            mine.called = (now, 0);
        }
    }

    /// Whether somebody else is in a text.
    pub(crate) fn is_shared(&self, lane: LaneId) -> bool {
        self.others
            .get(&lane)
            .is_some_and(|others| !others.is_empty())
    }

    /// Whether somebody else is in any text that is open here.
    pub(crate) fn is_company(&self) -> bool {
        self.others.values().any(|others| !others.is_empty())
    }

    /// Who else is in a text, with the link they are heard on.
    pub(crate) fn others(&self, lane: LaneId) -> impl Iterator<Item = (LinkId, Other)> + '_ {
        let others = self.others.get(&lane).into_iter().flatten();
        others.map(|(link, other)| (*link, *other))
    }

    /// Forgets everybody else, and that this device is anywhere: what to tell, and to whom.
    pub(crate) fn clear(&mut self) -> Vec<(To, Vec<u8>)> {
        let shown: Vec<LaneId> = self.shown().collect();
        shown
            .into_iter()
            .filter_map(|lane| self.hide(lane))
            .collect()
    }

    /// When there is something to do next.
    pub(crate) fn next(&self) -> Option<Instant> {
        let mine = self.mine.iter().filter_map(|(lane, mine)| {
            let shared = self.is_shared(*lane);
            [mine.call_at(), mine.tell_at(shared), Some(mine.until)]
                .into_iter()
                .flatten()
                .min()
        });
        let over = self.others.values().flat_map(BTreeMap::values);
        mine.chain(over.map(|other| other.heard + GONE_AFTER)).min()
    }

    /// What is to be told now, and to whom.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<(To, Vec<u8>)> {
        let mut out = Vec::new();
        let lanes: Vec<LaneId> = self.shown().collect();
        for lane in lanes {
            let links: Vec<LinkId> = self.others(lane).map(|(link, _)| link).collect();
            let Some(mine) = self.mine.get_mut(&lane) else {
                continue;
            };
            let to = if mine.call_at().is_some_and(|at| at <= now) {
                mine.called.1 = mine.called.1.saturating_add(1);
                To::All
            } else if mine.tell_at(!links.is_empty()).is_some_and(|at| at <= now) {
                To::Links(links)
            } else {
                continue;
            };
            (mine.told, mine.news) = (Some(now), false);
            let caret = mine.caret;
            out.push((to, self.say(lane, Stay::Here(caret))));
        }
        out
    }

    /// Forgets who was not heard for long: the texts in which they were.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<LaneId> {
        self.forget(|_, other| now.saturating_duration_since(other.heard) >= GONE_AFTER)
    }

    fn forget(&mut self, is_gone: impl Fn(LinkId, &Other) -> bool) -> Vec<LaneId> {
        let mut left = Vec::new();
        for (lane, others) in &mut self.others {
            let before = others.len();
            others.retain(|link, other| !is_gone(*link, other));
            if others.len() < before {
                left.push(*lane);
            }
        }
        left
    }

    fn say(&mut self, lane: LaneId, stay: Stay) -> Vec<u8> {
        self.number = self.number.saturating_add(1);
        let number = self.number;
        Presence { lane, number, stay }.encode()
    }
}

impl Mine {
    /// When everybody is called next.
    fn call_at(&self) -> Option<Instant> {
        let (since, times) = self.called;
        CALLS.get(times).map(|after| since + *after)
    }

    /// When those who are there are told next; alone, nothing is told.
    fn tell_at(&self, shared: bool) -> Option<Instant> {
        let wait = if self.news { MOVES } else { BEATS };
        let told = self.told?;
        shared.then(|| told + wait)
    }
}

/// How fast one peer may tell; what is beyond is left out before anybody looks at it.
#[derive(Debug)]
pub(crate) struct Pace {
    left: u32,
    since: Instant,
}

impl Pace {
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            left: AT_ONCE,
            since: now,
        }
    }

    /// Whether one more is taken now.
    pub(crate) fn takes(&mut self, now: Instant) -> bool {
        let each = Duration::from_secs(1) / PER_SECOND;
        while self.left < AT_ONCE && now.saturating_duration_since(self.since) >= each {
            self.left = self.left.saturating_add(1);
            self.since += each;
        }
        if self.left == AT_ONCE {
            self.since = now;
        }
        let takes = self.left > 0;
        self.left = self.left.saturating_sub(1);
        takes
    }
}

#[cfg(test)]
mod tests;
