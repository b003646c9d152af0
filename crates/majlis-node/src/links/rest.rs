//! Leaving a peer alone with which everything was exchanged: why, and until when. Not here: when a link
//! is ended for it (`thrift` to save data, `room` for others).

use std::time::{Duration, Instant};

use majlis_core::id::SpaceId;
use majlis_core::sync::session::Exchange;
use majlis_net::Move;

use crate::api::network::Finding;
use crate::desk::Standing;
use crate::links::operator::Operator;
use crate::links::{End, Ending, Peer};

/// What is sealed here waits so long for more before a resting peer is dialled.
const TOGETHER: Duration = Duration::from_secs(120);
/// The same where no data is to be saved.
const TOGETHER_SOON: Duration = Duration::from_secs(5);

/// Why a peer with which everything was exchanged is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RestReason {
    /// To save data here; this device comes back with news.
    SavesHere,
    /// To save data there. Where this device had dialled, and carries for nobody, it comes back with
    /// news, for perhaps it cannot be dialled itself; else the other one asks when it wants.
    SavesThere { dialled: bool },
    /// The data budget there is used up, and the other device comes back when it may.
    SpentThere,
    /// Others get room there; this device comes back with news.
    RoomThere,
    /// Others get room here; the other device comes back by itself.
    RoomHere,
}

impl RestReason {
    /// Why to leave a peer alone whose link ended so, when it is to be; `dialled` says whether this
    /// device had dialled it, carrying for nobody.
    pub(super) const fn of(end: End, dialled: bool) -> Option<Self> {
        match (end.here, end.there) {
            (Some(Ending::Done), _) => Some(Self::SavesHere),
            (Some(Ending::GivesWay), _) => Some(Self::RoomHere),
            (None, Some(Ending::Done)) => Some(Self::SavesThere { dialled }),
            (None, Some(Ending::GivesWay)) => Some(Self::RoomThere),
            (None, Some(Ending::Budget)) => Some(Self::SpentThere),
            _ => None,
        }
    }

    /// What people are told of it; of a budget that is used up, how the last try ended tells.
    pub(super) const fn finding(self) -> Option<Finding> {
        match self {
            Self::SavesHere | Self::SavesThere { .. } => Some(Finding::Resting),
            Self::RoomThere => Some(Finding::GivesWay),
            Self::SpentThere | Self::RoomHere => None,
        }
    }
}

/// A peer that is left alone.
#[derive(Debug)]
pub(super) struct Rest {
    since: Instant,
    /// Entries held here then.
    held: u64,
    /// When it was seen that more is held here.
    news: Option<Instant>,
    pub(super) reason: RestReason,
}

impl Rest {
    /// From `now` on, after a link that stood so when it ended.
    fn new(reason: RestReason, standing: Standing, now: Instant) -> Self {
        // Who ended it had everything then: what was written while its word was on its way is news.
        // Who makes room for others does so also while there are news.
        let crossed = standing.exchange == Exchange::More && reason != RestReason::RoomThere;
        Self {
            since: now,
            held: standing.held,
            news: crossed.then_some(now),
            reason,
        }
    }

    /// It went on while this device slept.
    fn slept(&mut self, slept: Duration) {
        self.since = self.since.checked_sub(slept).unwrap_or(self.since);
        let news = self.news;
        self.news = news.map(|at| at.checked_sub(slept).unwrap_or(at));
    }

    /// Whether it is over at `now`, when so many entries are held here. `saves` says whether there is
    /// still a reason to save data with the peer, `every` how often others are asked for news.
    fn is_over(&mut self, held: u64, saves: bool, every: Duration, now: Instant) -> bool {
        if held != self.held {
            self.news.get_or_insert(now);
        }
        let (together, most) = match self.reason {
            RestReason::SavesHere if !saves => return true,
            RestReason::SavesHere => (Some(TOGETHER), every),
            RestReason::RoomThere => (Some(TOGETHER_SOON), every),
            RestReason::SavesThere { dialled: true } => (Some(TOGETHER), every.saturating_mul(2)),
            RestReason::SavesThere { dialled: false }
            | RestReason::SpentThere
            | RestReason::RoomHere => (None, every.saturating_mul(2)),
        };
        let age = |at: Instant| now.saturating_duration_since(at);
        let gathered = self.news.zip(together);
        gathered.is_some_and(|(news, together)| age(news) >= together) || age(self.since) >= most
    }
}

impl Operator {
    /// A link ended, and its peer is left alone from now on.
    pub(super) fn rest(
        &mut self,
        space: SpaceId,
        peer: Peer,
        reason: RestReason,
        standing: Standing,
    ) {
        let rest = Rest::new(reason, standing, Instant::now());
        self.rests.insert((space, peer), rest);
    }

    /// Whether a peer is still to be left alone.
    pub(super) fn is_resting(&mut self, space: SpaceId, peer: Peer) -> bool {
        let every = self.news_every();
        let saves = self.saves(peer, false).is_some();
        let held = self.desks.get(space).map_or(0, |desk| desk.held());
        let Some(rest) = self.rests.get_mut(&(space, peer)) else {
            return false;
        };
        let over = rest.is_over(held, saves, every, Instant::now());
        if over {
            self.rests.remove(&(space, peer));
        }
        !over
    }

    /// This device is perhaps on another network, where nothing is to be saved, or nothing is slow. Where
    /// that is not seen, others are not asked more often than for news anyway: on one network, addresses
    /// come and go all day, and each time would cost a handshake.
    pub(super) fn rest_no_longer(&mut self, to: Move) {
        let now = Instant::now();
        let age = |at: Instant| now.saturating_duration_since(at);
        if to == Move::Around && self.roused.is_some_and(|at| age(at) < self.news_every()) {
            return;
        }
        let saves = |rest: &Rest| rest.reason == RestReason::SavesHere;
        if !self.slow.is_empty() || self.rests.values().any(saves) {
            self.roused = Some(now);
        }
        self.slow.clear();
        self.rests.retain(|_, rest| !saves(rest));
    }

    /// This device slept, and rests went on meanwhile.
    pub(super) fn rests_slept(&mut self, slept: Duration) {
        self.roused = self.roused.and_then(|at| at.checked_sub(slept));
        for rest in self.rests.values_mut() {
            rest.slept(slept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(30 * 60);

    /// Both have so many entries.
    fn complete(held: u64) -> Standing {
        Standing {
            exchange: Exchange::Complete,
            held,
            ..Standing::default()
        }
    }

    fn told(ending: Ending) -> End {
        End {
            there: Some(ending),
            ..End::default()
        }
    }

    #[test]
    fn who_hears_that_data_is_saved_comes_back_with_news_where_it_had_dialled() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let reason = RestReason::of(told(Ending::Done), true).unwrap();
        let mut rest = Rest::new(reason, complete(100), began);
        assert!(
            !rest.is_over(100, false, EVERY, at(600)),
            "there is no news"
        );
        assert!(!rest.is_over(101, false, EVERY, at(700)), "more may follow");
        assert!(!rest.is_over(130, false, EVERY, at(819)));
        assert!(rest.is_over(130, false, EVERY, at(820)));
        let mut rest = Rest::new(reason, complete(100), began);
        assert!(rest.is_over(100, false, EVERY, at(3_600)), "and asks");

        // Who was dialled is asked by whoever pays.
        let reason = RestReason::of(told(Ending::Done), false).unwrap();
        let mut rest = Rest::new(reason, complete(100), began);
        assert!(!rest.is_over(130, false, EVERY, at(3_599)));
        assert!(rest.is_over(130, false, EVERY, at(3_600)));
        // To come with news to a budget that is used up would be in vain.
        let reason = RestReason::of(told(Ending::Budget), true).unwrap();
        let mut rest = Rest::new(reason, complete(100), began);
        assert!(!rest.is_over(130, false, EVERY, at(3_599)));
    }

    #[test]
    fn a_rest_goes_on_while_this_device_sleeps() {
        // Long after the machine was started, so that no time is before that.
        let began = Instant::now() + EVERY * 4;
        let reason = RestReason::SavesThere { dialled: true };
        let mut rest = Rest::new(reason, complete(100), began);
        assert!(!rest.is_over(100, true, EVERY, began + EVERY));
        rest.slept(EVERY);
        assert!(rest.is_over(100, true, EVERY, began + EVERY));
        let mut rest = Rest::new(reason, complete(100), began);
        assert!(!rest.is_over(101, true, EVERY, began), "news");
        rest.slept(TOGETHER);
        assert!(rest.is_over(101, true, EVERY, began));
    }

    #[test]
    fn what_is_written_while_the_other_one_ends_the_link_is_news() {
        let began = Instant::now();
        let standing = Standing {
            exchange: Exchange::More,
            ..complete(101)
        };
        let reason = RestReason::SavesThere { dialled: true };
        let mut rest = Rest::new(reason, standing, began);
        assert!(!rest.is_over(101, false, EVERY, began));
        assert!(rest.is_over(101, false, EVERY, began + TOGETHER));
        // In a full hall there are always news; only more of them bring anybody back.
        let mut rest = Rest::new(RestReason::RoomThere, standing, began);
        assert!(!rest.is_over(101, false, EVERY, began + TOGETHER));
        assert!(!rest.is_over(102, false, EVERY, began + TOGETHER));
        assert!(rest.is_over(102, false, EVERY, began + TOGETHER + TOGETHER_SOON));
    }

    #[test]
    fn a_rest_to_save_data_ends_when_there_is_none_to_save() {
        let began = Instant::now();
        let soon = began + Duration::from_secs(1);
        let here = End {
            here: Some(Ending::Done),
            ..End::default()
        };
        let reason = RestReason::of(here, true).unwrap();
        let mut rest = Rest::new(reason, complete(100), began);
        assert!(!rest.is_over(100, true, EVERY, soon), "on metered data");
        assert!(rest.is_over(100, false, EVERY, soon), "home again");
        // Whatever is saved here, who saves there still does.
        let reason = RestReason::SavesThere { dialled: true };
        let mut rest = Rest::new(reason, complete(100), began);
        assert!(!rest.is_over(100, false, EVERY, soon));
    }

    #[test]
    fn people_are_told_of_a_rest_whoever_saves() {
        let told_of = |end: End| RestReason::of(end, true).and_then(RestReason::finding);
        let here = |ending| End {
            here: Some(ending),
            ..End::default()
        };
        assert_eq!(told_of(here(Ending::Done)), Some(Finding::Resting));
        assert_eq!(told_of(told(Ending::Done)), Some(Finding::Resting));
        assert_eq!(told_of(told(Ending::GivesWay)), Some(Finding::GivesWay));
        assert_eq!(told_of(told(Ending::Budget)), None);
        assert_eq!(RestReason::of(here(Ending::Budget), true), None);
        assert_eq!(RestReason::of(told(Ending::Removed), true), None);
        assert_eq!(RestReason::of(End::default(), true), None);
    }
}
