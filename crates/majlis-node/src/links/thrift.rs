//! What the network may cost: counting every link, stopping at the budget, and in the low-data
//! profile one connection to one peer on the internet, ended when both sides have everything.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use majlis_core::effect::LinkId;
use majlis_core::id::SpaceId;
use majlis_net::{Gauge, Traffic};

use crate::api::network::{BudgetState, Saving, SavingReason, SetTraffic, TrafficView};
use crate::api::{ApiError, Event};
use crate::clock;
use crate::desk::Standing;
use crate::links::operator::Operator;
use crate::links::rest::RestReason;
use crate::links::{Ending, Peer};

/// So long nothing may be left to say before a link is ended to save data: a carrier's receipt for
/// what it was just given comes within it.
const LINGER: Duration = Duration::from_secs(4);
/// More than so many entries within that time are a batch on its way, of which more may follow.
const HANDFUL: u64 = 8;
/// On a slow link, so many answers instead when that is longer.
const LINGER_ANSWERS: u32 = 4;
/// A link that takes longer than this to answer is slow.
const SLOW_ANSWER: Duration = Duration::from_millis(400);
/// So is one over which fewer bytes a second were seen to move.
const SLOW_RATE: u64 = 12_000;
/// Before that the time to an answer is not measured well.
const MEASURED_AFTER: Duration = Duration::from_secs(3);
/// The last packets of an ended link are counted within this time.
const SETTLED_AFTER: Duration = Duration::from_secs(5);

/// Since when nothing is left to say on a link, and how much the other side had brought by then.
#[derive(Debug, Default)]
pub(super) struct Resting(Option<(Instant, u64)>);

impl Resting {
    /// How long nothing is left to say on a link that stands so at `now`. What somebody else hands the
    /// other side goes on to this one in batches, and between two of them both have everything: more than
    /// a handful begins the time anew. As somebody types, fewer come.
    fn look(&mut self, standing: Standing, now: Instant) -> Duration {
        let before = self
            .0
            .filter(|(_, brought)| standing.brought.saturating_sub(*brought) <= HANDFUL);
        let rests = standing.rests;
        self.0 = rests.then(|| before.unwrap_or((now, standing.brought)));
        self.0.map_or(Duration::ZERO, |(since, _)| {
            now.saturating_duration_since(since)
        })
    }
}

/// A link that ended a moment ago and may still be counted.
#[derive(Debug)]
pub(super) struct Settling {
    pub(super) gauge: Gauge,
    pub(super) billed: Traffic,
    pub(super) near: bool,
    pub(super) since: Instant,
}

/// What was counted beside links: dials that nobody answered.
#[derive(Debug, Default)]
pub(super) struct Vain {
    /// Bytes of links that ended, without headers.
    settled: Traffic,
    billed: Traffic,
    /// Somebody on the internet was dialled since the last time.
    pub(super) internet: bool,
}

impl Operator {
    /// Once a second: counts, ends what is to be ended, and tells.
    pub(super) fn mind_the_cost(&mut self) {
        self.bill();
        self.measure();
        let spent = self.is_spent();
        let carrier = self.telling.is_carrier();
        let ids: Vec<LinkId> = self.open.keys().copied().collect();
        for id in ids {
            let Some(open) = self.open.get_mut(&id) else {
                continue;
            };
            let standing = *open.standing.borrow();
            let quiet = open.resting.look(standing, Instant::now());
            let answers = open.gauge.round_trip().unwrap_or_default();
            let lingered = standing.rests && quiet >= LINGER.max(answers * LINGER_ANSWERS);
            let (space, peer, near) = (open.space, open.peer, open.near);
            let comes_back = !carrier && (open.dialled || standing.carrier);
            self.book.carries(space, peer, standing.carrier);
            let once = self.goes_anyway(space);
            if once && !near && !standing.rests {
                self.once.go_on(space, Instant::now());
            }
            let saves = ends_when_done(self.saves(peer, near), comes_back) || (spent && !near);
            let ending = if spent && !near && !once {
                Some(Ending::Budget)
            } else if lingered && saves {
                Some(Ending::Done)
            } else {
                None
            };
            if let Some(ending) = ending {
                self.end(id, ending);
            }
        }
        self.make_room();
        self.hush();
        let state = self.meter.state(clock::now());
        let turned = self.told_state.replace(state) != Some(state);
        if self.meter.keep(false) || turned {
            let _ = self.events.send(Event::Network);
        }
    }

    /// Says of every link whether what can be left out is left out there: data is saved on it, or
    /// this device's person chose to save always.
    pub(super) fn hush(&mut self) {
        let spent = self.is_spent();
        for open in self.open.values() {
            let quiet = self.is_quiet(open.peer, open.near, spent);
            open.quiet.store(quiet, Ordering::Relaxed);
        }
    }

    pub(super) fn is_quiet(&self, peer: Peer, near: bool, spent: bool) -> bool {
        let chosen = self.meter.settled.saving == Saving::Always;
        chosen || self.saves(peer, near).is_some() || (spent && !near)
    }

    /// Ends a link for a reason that the other side is told.
    pub(super) fn end(&mut self, id: LinkId, ending: Ending) {
        let Some(open) = self.open.get_mut(&id) else {
            return;
        };
        if let Some(end) = open.end.take() {
            tracing::info!(why = ending.told(), "ending a link");
            let _ = end.send(ending);
        }
    }

    /// How long others are left alone while data is saved.
    pub(super) fn news_every(&self) -> Duration {
        let minutes = u64::from(self.meter.settled.news_minutes);
        Duration::from_secs(minutes.saturating_mul(60))
    }

    /// Why the low-data profile applies to a link with a peer, when it does; near ones cost nothing.
    pub(super) fn saves(&self, peer: Peer, near: bool) -> Option<SavingReason> {
        if near {
            return None;
        }
        match self.meter.settled.saving {
            Saving::Never => None,
            Saving::Always => Some(SavingReason::Chosen),
            Saving::Automatic if self.slow.contains(&peer) => Some(SavingReason::Slow),
            Saving::Automatic => self.metered.then_some(SavingReason::Metered),
        }
    }

    /// Whether another peer on the internet must wait for its turn: one at a time, and none while
    /// one of them has everything already.
    pub(super) fn waits_its_turn(&self, space: SpaceId, peer: Peer) -> bool {
        if self.saves(peer, false).is_none() {
            return false;
        }
        let linked = self.open.values().any(|open| !open.near);
        let dialling = self
            .tries
            .values()
            .any(|attempt| attempt.now && attempt.far);
        let met = self.rests.iter().any(|((of, with), rest)| {
            let saves = rest.reason == RestReason::SavesHere;
            *of == space && *with != peer && saves
        });
        linked || dialling || met
    }

    pub(super) fn is_spent(&mut self) -> bool {
        self.meter.state(clock::now()) == BudgetState::Spent
    }

    /// Counts what links moved since the last time, and what went out in vain.
    fn bill(&mut self) {
        let now = clock::now();
        // The whole first: what moves meanwhile is counted next time, and nothing twice.
        let all = self.net.wire();
        // The transport counts what it hands over; on no network nothing leaves.
        let alone = self.net.is_alone();
        let mut of_links = self.vain.settled;
        for open in self.open.values_mut() {
            of_links = add(of_links, open.gauge.payload());
            // A link may move from one network to another.
            let ip = match (open.gauge.remote(), open.gauge.relay(), &open.through) {
                (Some(at), ..) => Some(at.ip()),
                (None, Some(_), Some(place)) => place.ip(),
                _ => None,
            };
            if let Some(ip) = ip {
                open.near = self.net.was_near(ip);
            }
            // Perhaps on a network that was joined since the interfaces were looked at.
            let looks = self.net.looks();
            if open.near {
                open.far_since = None;
            } else if looks <= *open.far_since.get_or_insert(looks) {
                self.net.look();
                continue;
            }
            let wire = open.gauge.wire();
            if !alone || open.near {
                self.meter.count(open.near, less(wire, open.billed), now);
            }
            open.billed = wire;
        }
        let mut settled = Vec::new();
        self.settling.retain_mut(|ended| {
            let wire = ended.gauge.wire();
            if !alone || ended.near {
                self.meter.count(ended.near, less(wire, ended.billed), now);
            }
            ended.billed = wire;
            of_links = add(of_links, ended.gauge.payload());
            let over = ended.since.elapsed() >= SETTLED_AFTER;
            if over {
                settled.push(ended.gauge.payload());
            }
            !over
        });
        for of in settled {
            self.vain.settled = add(self.vain.settled, of);
        }
        // A dial under way may still become a link, which counts its own handshake.
        if self.tries.values().any(|attempt| attempt.now) {
            return;
        }
        // A relay costs something beside links and dials.
        let mut relays = self.net.relays().into_iter();
        self.vain.internet |= relays.any(|(place, _)| !self.is_near_relay(&place));
        let vain = less(less(all, of_links), self.vain.billed);
        if !alone {
            self.meter.count(!self.vain.internet, vain, now);
        }
        self.vain.billed = add(self.vain.billed, vain);
        self.vain.internet = false;
    }

    /// Notes which links are slow.
    fn measure(&mut self) {
        for open in self.open.values() {
            if open.near || open.since.elapsed() < MEASURED_AFTER {
                continue;
            }
            let rate = open.standing.borrow().rate;
            let answer = open.gauge.round_trip();
            let slow = answer.is_some_and(|answer| answer >= SLOW_ANSWER)
                || rate.is_some_and(|rate| rate < SLOW_RATE);
            if slow {
                self.slow.insert(open.peer);
            } else {
                self.slow.remove(&open.peer);
            }
        }
    }

    /// What the network cost, and how it is used.
    pub(super) fn traffic(&mut self) -> TrafficView {
        self.bill();
        let mut view = traffic_view(&mut self.meter);
        view.metered = self.metered;
        let slow = self.slow.iter().next().copied();
        view.saves = match self.meter.settled.saving {
            Saving::Never => None,
            Saving::Always => Some(SavingReason::Chosen),
            Saving::Automatic if self.metered => Some(SavingReason::Metered),
            Saving::Automatic => slow.map(|_| SavingReason::Slow),
        };
        view
    }

    pub(super) fn settle(&mut self, new: &SetTraffic) -> Result<TrafficView, ApiError> {
        self.meter.settle(new)?;
        self.rests.clear();
        self.hush();
        let _ = self.events.send(Event::Network);
        Ok(self.traffic())
    }
}

/// Whether this side ends a link on which nothing is left to say, when data is saved on it for such a
/// reason. A slow link is slow for both, so only the side ends it that comes back with its own news:
/// who dialled, or who has a carrier at the other end. A carrier waits.
const fn ends_when_done(reason: Option<SavingReason>, comes_back: bool) -> bool {
    match reason {
        Some(SavingReason::Slow) => comes_back,
        Some(SavingReason::Chosen | SavingReason::Metered) => true,
        None => false,
    }
}

/// What a meter says by itself.
pub(crate) fn traffic_view(meter: &mut crate::meter::Meter) -> TrafficView {
    let now = clock::now();
    let (day, today, month) = meter.read(now);
    let state = meter.state(now);
    let settled = meter.settled;
    TrafficView {
        day,
        today,
        month,
        budget: settled.budget,
        state,
        saving: settled.saving,
        saves: (settled.saving == Saving::Always).then_some(SavingReason::Chosen),
        news_minutes: settled.news_minutes,
        metered: false,
    }
}

const fn less(one: Traffic, other: Traffic) -> Traffic {
    Traffic {
        sent: one.sent.saturating_sub(other.sent),
        received: one.received.saturating_sub(other.received),
    }
}

const fn add(one: Traffic, other: Traffic) -> Traffic {
    Traffic {
        sent: one.sent.saturating_add(other.sent),
        received: one.received.saturating_add(other.received),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_goes_on_bringing_batches_does_not_rest() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let seconds = |quiet: Duration| quiet.as_secs();
        let rests = |brought| Standing {
            rests: true,
            brought,
            ..Standing::default()
        };
        let mut resting = Resting::default();
        assert_eq!(seconds(resting.look(rests(100), at(0))), 0);
        assert_eq!(seconds(resting.look(rests(100), at(3))), 3);
        // Everything is here whenever it is looked, and each time there is more of it.
        for second in 4..30 {
            let quiet = resting.look(rests(100 + second * 50), at(second));
            assert_eq!(quiet, Duration::ZERO);
        }
        // Somebody types, two entries a second.
        let before = 100 + 29 * 50;
        assert_eq!(seconds(resting.look(rests(before + 8), at(33))), 4);
        // Something is left to say.
        let busy = Standing {
            rests: false,
            ..rests(before + 8)
        };
        assert_eq!(resting.look(busy, at(34)), Duration::ZERO);
        assert_eq!(resting.look(rests(before + 8), at(35)), Duration::ZERO);
        assert_eq!(seconds(resting.look(rests(before + 8), at(40))), 5);
    }

    #[test]
    fn a_slow_link_is_ended_by_whoever_comes_back_with_news() {
        assert!(ends_when_done(Some(SavingReason::Slow), true));
        assert!(!ends_when_done(Some(SavingReason::Slow), false));
        // What this device pays it ends by itself.
        for comes_back in [true, false] {
            assert!(ends_when_done(Some(SavingReason::Metered), comes_back));
            assert!(ends_when_done(Some(SavingReason::Chosen), comes_back));
            assert!(!ends_when_done(None, comes_back));
        }
    }
}
