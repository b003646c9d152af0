//! What stands between this device and the others of a space, worked out from what was seen: who is
//! heard, who answers and how, what the budget allows. Not here: what to do about it, in words.

use std::time::{Duration, Instant};

use majlis_core::id::SpaceId;
use majlis_net::{Address, DialError};

use crate::api::Event;
use crate::api::network::Finding;
use crate::desk::DeskMail;
use crate::links::operator::Operator;
use crate::links::{Ending, Peer};

/// So long a device must have been heard before its silence means something.
const HEARD: Duration = Duration::from_secs(8);

/// A device heard on the local network.
pub(super) struct Nearby {
    pub(super) address: Address,
    pub(super) tags: Vec<[u8; 8]>,
    pub(super) since: Instant,
}

/// How the last try to meet a peer ended, when it did not go well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nobody answered.
    Unanswered,
    /// Another device answered.
    SomebodyElse,
    /// It turned this device away, for the first time: it takes no more links, or is just ending.
    TurnedAway,
    /// It does so again: it takes no more links.
    Busy,
    /// It answered, and ended the link without a word: it does not have this space, or not now.
    Silent,
    /// It ended the link and said why.
    Told(Ending),
}

impl Outcome {
    pub(super) const fn of(error: &DialError, before: Option<Self>) -> Self {
        match (error, before) {
            (DialError::Busy, Some(Self::TurnedAway | Self::Busy)) => Self::Busy,
            (DialError::Busy, _) => Self::TurnedAway,
            (DialError::SomebodyElse, _) => Self::SomebodyElse,
            _ => Self::Unanswered,
        }
    }
}

/// A finding, and the peer it is about.
pub(crate) type Found = (Finding, Option<Peer>);

impl Operator {
    /// What stands between this device and those of a space that it has no link with.
    pub(super) fn findings(&mut self, space: SpaceId) -> Vec<Found> {
        if self.net.is_alone() {
            return vec![(Finding::NoNetwork, None)];
        }
        let spent = self.is_spent() && !self.goes_anyway(space);
        let (mut found, mut placed) = (Vec::new(), false);
        let desk = self.desks.get(space);
        found.extend(
            desk.filter(DeskMail::is_full)
                .map(|_| (Finding::DiskFull, None)),
        );
        let mut heard = self.open.values().any(|open| open.space == space);
        for peer in self.candidates(space).collect::<Vec<_>>() {
            let nearby = self.seen.get(&peer);
            let near = nearby.is_some();
            heard |= near;
            placed |= !self.book.sockets(space, peer).is_empty();
            placed |= !self.relays_for(space, peer).is_empty();
            if self.is_linked(space, peer) {
                continue;
            }
            let long = nearby.is_some_and(|nearby| nearby.since.elapsed() >= HEARD);
            let rest = self.rests.get(&(space, peer));
            let rests = rest.and_then(|rest| rest.reason.finding());
            let outcome = self.tries.get(&(space, peer)).and_then(|it| it.outcome);
            let finding = match outcome {
                _ if spent && self.only_far(space, peer) => Some(Finding::BudgetSpent),
                _ if rests.is_some() => rests,
                Some(Outcome::Unanswered) if near => long.then_some(Finding::Separated),
                Some(Outcome::Unanswered) => Some(Finding::Unanswered),
                Some(Outcome::SomebodyElse) => Some(Finding::SomebodyElse),
                Some(Outcome::Busy) => Some(Finding::Busy),
                // What carried for this space has it: only its store is gone for now.
                Some(Outcome::Silent) if self.book.is_carrier(space, peer) => {
                    Some(Finding::Unanswered)
                }
                Some(Outcome::Silent | Outcome::Told(Ending::Stranger)) => {
                    Some(Finding::NotInSpace)
                }
                Some(Outcome::Told(Ending::Removed)) => Some(Finding::Removed),
                Some(Outcome::Told(Ending::Version)) => Some(Finding::Version),
                Some(Outcome::Told(Ending::CannotStore)) => Some(Finding::CannotStore),
                Some(Outcome::Told(Ending::Budget)) => Some(Finding::TheirBudgetSpent),
                // Limits have their own place, and who is done needs nothing.
                Some(
                    Outcome::TurnedAway
                    | Outcome::Told(Ending::Limit(_) | Ending::Done | Ending::GivesWay),
                )
                | None => None,
            };
            found.extend(finding.map(|finding| (finding, Some(peer))));
        }
        if !heard && !placed {
            found.push((Finding::NobodyHeard, None));
        }
        found.extend(self.relay_findings(space));
        found.sort_unstable();
        found
    }

    /// Whether a peer can be reached over the internet alone.
    pub(super) fn only_far(&self, space: SpaceId, peer: Peer) -> bool {
        let near = |at: &std::net::SocketAddr| self.net.is_near(at.ip());
        let sockets = self.book.sockets(space, peer);
        let heard = self.seen.get(&peer);
        let heard = heard.is_some_and(|nearby| nearby.address.sockets.iter().any(near));
        let relays = self.relays_for(space, peer);
        let placed = !sockets.is_empty() || !relays.is_empty();
        let near_relay = relays.iter().any(|place| self.is_near_relay(place));
        !heard && placed && !sockets.iter().any(near) && !near_relay
    }

    /// Tells the interface when a finding came or went.
    pub(super) fn tell_findings(&mut self) {
        for (space, _) in self.desks.all() {
            let now = self.findings(space);
            let before = self.told_findings.insert(space, now.clone());
            if before.unwrap_or_default() != now {
                let space = space.to_string();
                let _ = self.events.send(Event::Sync { space });
            }
        }
    }
}
