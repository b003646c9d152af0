//! Which relays are held, and who is met through them. A device holds those of its spaces while that
//! may cost something, and for a dial otherwise; whoever runs one is met through it as well.
//! Not here: the connections (majlis-net), who is let in (the gateway).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use majlis_core::id::SpaceId;
use majlis_net::{HeldRelay, RelayState};

use crate::api::network::{Finding, Saving};
use crate::book::{KnownRelay, MAX_RELAYS};
use crate::links::Peer;
use crate::links::findings::Found;
use crate::links::operator::Operator;
use crate::relay::{RelayPlace, RelayTold, Voucher, pass};

/// Relays held at once.
const MOST_HELD: usize = 4;
/// Links through relays in one space, besides those with carriers, which pass everything on: the
/// others are for being seen in a text, and for when the carrier is gone.
const MOST_RELAYED: usize = 4;
/// A keeper is believed that its relay is somewhere else once in this time: each place that it names is
/// contacted, and told this device's address by that.
const MOVES_AGAIN: Duration = Duration::from_secs(5 * 60);
/// A relay that is held for a dial only is held so long.
const FOR_A_DIAL: Duration = Duration::from_secs(30);

/// A relay that does not answer, or does not let this device in, is tried again after this time,
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// and twice as long after each further time, up to this: the transport would go on every few
/// seconds, and each try costs some kilobytes.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// A relay that was tried in vain.
#[derive(Debug)]
pub(super) struct InVain {
    state: RelayState,
    times: u32,
    until: Instant,
}

impl InVain {
    /// It was in vain again at `now`, after what stood `before`.
    pub(super) fn after(before: Option<&Self>, state: RelayState, now: Instant) -> Self {
        let times = before.map_or(0, |it| it.times);
        let pause = FIRST_PAUSE.saturating_mul(1 << times.min(8));
        Self {
            state,
            times: times.saturating_add(1),
            until: now + pause.min(LONGEST_PAUSE),
        }
    }
}

impl Operator {
    /// Once a second: hears from those who run relays, and holds what is to be held.
    pub(super) fn mind_the_relays(&mut self) {
        self.hear();
        self.note_states();
        self.hold();
    }

    fn note_states(&mut self) {
        let now = Instant::now();
        for (place, state) in self.net.relays() {
            match state {
                RelayState::Connecting => {}
                RelayState::Connected => {
                    if self.in_vain.remove(&place).is_some() {
                        self.try_anew(&place);
                    }
                }
                RelayState::Refused | RelayState::Unreached => {
                    let before = self.in_vain.get(&place);
                    if before.is_some_and(|it| it.until > now) {
                        continue;
                    }
                    let it = InVain::after(before, state, now);
                    self.in_vain.insert(place, it);
                }
            }
        }
    }

    /// A relay is there again: who may be met through it is dialled without waiting longer.
    fn try_anew(&mut self, place: &RelayPlace) {
        let book = &self.book;
        for ((space, _), attempt) in &mut self.tries {
            if book.relays(*space).iter().any(|it| it.place == *place) {
                attempt.start_over();
            }
        }
    }

    /// How it stands with the relays that are held or were tried in vain.
    fn relay_states(&self) -> BTreeMap<RelayPlace, RelayState> {
        let held = self.net.relays().into_iter();
        let mut states: BTreeMap<RelayPlace, RelayState> = held.collect();
        for (place, it) in &self.in_vain {
            if states.get(place) != Some(&RelayState::Connected) {
                states.insert(place.clone(), it.state);
            }
        }
        states
    }

    fn hear(&mut self) {
        let before = std::mem::take(&mut self.guests);
        // Whoever runs a relay is met there.
        if self.own.is_some() {
            return;
        }
        let told = self.open.values().filter_map(|open| {
            let told = open.relay.borrow().clone()?;
            Some(((open.space, open.peer), told))
        });
        // In one order each time: of more keepers than are remembered the same ones are.
        let told: BTreeMap<(SpaceId, Peer), RelayTold> = told.collect();
        let mut heard: BTreeMap<SpaceId, usize> = BTreeMap::new();
        for ((space, keeper), told) in told {
            let heard = heard.entry(space).or_default();
            if *heard >= MAX_RELAYS || !self.believes(space, keeper, &told.place) {
                continue;
            }
            *heard = heard.saturating_add(1);
            let of_space = self.guests.entry(space).or_default();
            let known = before.get(&space).and_then(|it| it.get(&told.place));
            let guests = of_space.entry(told.place).or_default();
            for guest in told.guests.into_iter().filter(|guest| *guest != self.me) {
                guests.insert(guest);
                // Who just came is not left waiting for an earlier failure.
                if known.is_none_or(|known| !known.contains(&guest))
                    && let Some(attempt) = self.tries.get_mut(&(space, guest))
                {
                    attempt.start_over();
                }
            }
        }
        // Who is no longer there to be dialled leaves no trace.
        let gone = before.iter().flat_map(|(space, places)| {
            let guests = places.values().flatten();
            guests.map(move |guest| (*space, *guest))
        });
        let gone: BTreeSet<(SpaceId, Peer)> = gone.collect();
        let (guests, book, seen) = (&self.guests, &self.book, &self.seen);
        self.tries.retain(|(space, peer), attempt| {
            let there = guests.get(space).into_iter().flat_map(BTreeMap::values);
            attempt.now
                || !gone.contains(&(*space, *peer))
                || book.knows(*space, *peer)
                || seen.contains_key(peer)
                || there.flatten().any(|guest| guest == peer)
        });
    }

    /// Writes down where a keeper says that its relay is; whether it is believed.
    fn believes(&mut self, space: SpaceId, keeper: Peer, place: &RelayPlace) -> bool {
        let known = self.book.relays(space).into_iter();
        let mut known = known.filter(|known| known.keeper == Some(keeper));
        if known.next().is_some_and(|known| known.place == *place) {
            return true;
        }
        let now = Instant::now();
        let moved = self.moved.get(&(space, keeper));
        if moved.is_some_and(|at| now.duration_since(*at) < MOVES_AGAIN) {
            return false;
        }
        self.moved.insert((space, keeper), now);
        let (place, keeper) = (place.clone(), Some(keeper));
        self.book
            .remember_relay(space, &KnownRelay { place, keeper });
        true
    }

    fn hold(&mut self) {
        let now = Instant::now();
        self.until.retain(|_, until| *until > now);
        self.moved
            .retain(|_, at| now.duration_since(*at) < MOVES_AGAIN);
        let spent = self.is_spent();
        // On no network nothing is reached but what this process runs itself.
        let wanted = if self.own.is_none() && self.net.is_alone() {
            BTreeMap::new()
        } else {
            self.wanted(spent)
        };
        let relays = wanted.into_iter().map(|(place, vouchers)| HeldRelay {
            place,
            pass: pass(&vouchers),
        });
        self.net.hold_relays(relays.collect());
    }

    /// Which relays are to be held, and what is shown there; `spent` says whether the budget is used up.
    fn wanted(&self, spent: bool) -> BTreeMap<RelayPlace, Vec<Voucher>> {
        let mut wanted: BTreeMap<RelayPlace, Vec<Voucher>> = BTreeMap::new();
        if let Some(own) = &self.own {
            wanted.insert(own.home.clone(), Vec::new());
            return wanted;
        }
        for (space, desk) in self.desks.all() {
            for KnownRelay { place, .. } in self.book.relays(space) {
                let new = !wanted.contains_key(&place);
                if (new && wanted.len() >= MOST_HELD) || !self.is_to_be_held(&place, spent) {
                    continue;
                }
                let vouchers = wanted.entry(place).or_default();
                vouchers.extend_from_slice(desk.vouchers());
            }
        }
        wanted
    }

    fn is_to_be_held(&self, place: &RelayPlace, spent: bool) -> bool {
        let in_vain = self.in_vain.get(place);
        if in_vain.is_some_and(|it| it.until > Instant::now()) {
            return false;
        }
        let used = self
            .open
            .values()
            .any(|open| open.through.as_ref() == Some(place));
        let saves = match self.meter.settled.saving {
            Saving::Never => false,
            Saving::Always => true,
            Saving::Automatic => self.metered,
        };
        used || self.is_near_relay(place) || self.until.contains_key(place) || (!saves && !spent)
    }

    /// These relays are about to be dialled through.
    pub(super) fn hold_for(&mut self, places: &[RelayPlace]) {
        if places.is_empty() {
            return;
        }
        let until = Instant::now() + FOR_A_DIAL;
        for place in places {
            self.until.insert(place.clone(), until);
        }
        self.hold();
    }

    /// Whether what goes through a relay stays on this device's own networks.
    pub(super) fn is_near_relay(&self, place: &RelayPlace) -> bool {
        place.ip().is_some_and(|ip| self.net.is_near(ip))
    }

    /// Through which relays a peer is to be dialled now.
    pub(super) fn relays_for(&self, space: SpaceId, peer: Peer) -> Vec<RelayPlace> {
        let relayed = self.open.values().filter(|open| {
            let through = open.space == space && open.through.is_some();
            through && !self.book.is_carrier(space, open.peer)
        });
        let full = relayed.count() >= MOST_RELAYED && !self.book.is_carrier(space, peer);
        if full || self.own.is_some() {
            return Vec::new();
        }
        let states = self.relay_states();
        let told = self.guests.get(&space);
        let known = self.book.relays(space).into_iter();
        let places = known.map(|known| known.place).filter(|place| {
            let works = match states.get(place) {
                Some(RelayState::Refused | RelayState::Unreached) => false,
                Some(RelayState::Connecting | RelayState::Connected) | None => true,
            };
            // Its keeper says who is there. Who is not linked with it tries who is known.
            works
                && match told.and_then(|told| told.get(place)) {
                    Some(guests) => guests.contains(&peer),
                    None => self.book.knows(space, peer),
                }
        });
        places.collect()
    }

    /// Through which relay this device can be met.
    pub(super) fn relay_told(&self, space: Option<SpaceId>) -> Option<RelayPlace> {
        if let Some(own) = &self.own {
            return Some(own.told.clone());
        }
        let states = self.relay_states();
        let spaces = match space {
            Some(space) => vec![space],
            None => self.desks.all().into_iter().map(|(id, _)| id).collect(),
        };
        let known = spaces
            .into_iter()
            .flat_map(|space| self.book.relays(space))
            .map(|known| known.place);
        let mut places = known.filter(|place| states.get(place) != Some(&RelayState::Refused));
        places.next()
    }

    /// Peers on links whose packets go through a relay now.
    pub(super) fn relayed(&self, space: SpaceId) -> Vec<(Peer, Option<Peer>, String)> {
        let known = self.book.relays(space);
        let links = self.open.values().filter(|open| open.space == space);
        let relayed = links.filter_map(|open| {
            open.gauge.relay()?;
            let place = open.through.as_ref()?;
            if let Some(own) = self.own.as_ref().filter(|own| own.home == *place) {
                return Some((open.peer, Some(self.me), own.told.host().to_owned()));
            }
            let keeper = known.iter().find(|known| known.place == *place);
            let keeper = keeper.and_then(|known| known.keeper);
            Some((open.peer, keeper, place.host().to_owned()))
        });
        relayed.collect()
    }

    /// What is wrong with the relays of a space.
    pub(super) fn relay_findings(&self, space: SpaceId) -> Vec<Found> {
        let states = self.relay_states();
        let known = self.book.relays(space).into_iter();
        let found = known.filter_map(|known| match states.get(&known.place)? {
            RelayState::Refused => Some((Finding::RelayRefuses, known.keeper)),
            RelayState::Unreached => Some((Finding::RelayUnreached, known.keeper)),
            RelayState::Connecting | RelayState::Connected => None,
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests;
