//! The task that owns the links: it alone knows who is near, who is linked and whom to try again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use majlis_core::effect::LinkId;
use majlis_core::id::SpaceId;
use majlis_net::{Address, Gauge, Net, Seen, Tag, Traffic};
use majlis_store::Store;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::api::Event;
use crate::api::network::BudgetState;
use crate::book::Book;
use crate::clock;
use crate::desk::Standing;
use crate::desks::Desks;
use crate::limits::Limits;
use crate::links::asked::{Answer, Waits};
use crate::links::findings::{Found, Nearby, Outcome};
use crate::links::once::Once;
use crate::links::pauses::Awake;
use crate::links::reached::{Reached, Telling};
use crate::links::relays::InVain;
use crate::links::rest::{Rest, RestReason};
use crate::links::room::Bringing;
use crate::links::tags::Tags;
use crate::links::thrift::{Resting, Settling, Vain};
use crate::links::{Around, Ask, End, Ending, Peer};
use crate::meter::Meter;
use crate::relay::{OwnRelay, RelayPlace, RelayTold};

/// How often it is looked whether somebody is to be dialled.
const TICK: Duration = Duration::from_secs(1);
/// A link that lived this long was a good one: the next dial is not held back.
const GOOD: Duration = Duration::from_secs(10);
/// Of two devices that find each other, the one with the higher key waits this long for the other.
const COURTESY: Duration = Duration::from_secs(2);

/// An open link.
pub(super) struct Open {
    pub(super) space: SpaceId,
    pub(super) peer: Peer,
    pub(super) dialled: bool,
    pub(super) since: Instant,
    /// Whether it stays on this device's own networks.
    pub(super) near: bool,
    /// How often the interfaces had been looked at when it was first seen to leave them.
    pub(super) far_since: Option<u64>,
    pub(super) gauge: Gauge,
    /// What the meter has counted of it.
    pub(super) billed: Traffic,
    pub(super) standing: watch::Receiver<Standing>,
    /// The relay through which it began.
    pub(super) through: Option<RelayPlace>,
    /// The relay that the peer says it runs.
    pub(super) relay: watch::Receiver<Option<RelayTold>>,
    /// Where the peer says that it is reached.
    pub(super) reached: Reached,
    pub(super) resting: Resting,
    /// What the other side brought, for the link to make room for others.
    pub(super) bringing: Bringing,
    /// Whether nothing is to be sent on it that can be left out.
    pub(super) quiet: Arc<AtomicBool>,
    /// Who waits to hear whether the other side proves which device it is.
    pub(super) waits: Vec<Waits>,
    /// Whether that it did stands in the book.
    pub(super) noted: bool,
    /// Ends the link with a reason; dropping it ends it without.
    pub(super) end: Option<oneshot::Sender<Ending>>,
}

/// Dialling one peer for one space.
#[derive(Default)]
pub(super) struct Try {
    pub(super) failures: u32,
    pub(super) not_before: Option<Instant>,
    pub(super) now: bool,
    /// Whether it was, or is, dialled on the internet.
    pub(super) far: bool,
    /// How it ended last, when not well.
    pub(super) outcome: Option<Outcome>,
}

impl Try {
    /// Something changed that may have been in the way.
    pub(super) const fn start_over(&mut self) {
        (self.not_before, self.failures) = (None, 0);
    }
}

pub(super) struct Operator {
    pub(super) me: Peer,
    pub(super) net: Net,
    pub(super) ask: mpsc::UnboundedSender<Ask>,
    pub(super) desks: Desks,
    pub(super) book: Book,
    pub(super) seen: BTreeMap<Peer, Nearby>,
    pub(super) open: BTreeMap<LinkId, Open>,
    pub(super) tries: BTreeMap<(SpaceId, Peer), Try>,
    pub(super) next: u64,
    /// How many links there may be.
    pub(super) limits: Limits,
    pub(super) tags: Tags,
    pub(super) events: broadcast::Sender<Event>,
    pub(super) meter: Meter,
    /// Whether the system says that the network is metered.
    pub(super) metered: bool,
    /// Spaces that a person wants exchanged once over the internet, though the budget is used up.
    pub(super) once: Once,
    /// Peers that are left alone to save data.
    pub(super) rests: BTreeMap<(SpaceId, Peer), Rest>,
    /// When rests last ended because this device was perhaps somewhere else.
    pub(super) roused: Option<Instant>,
    pub(super) awake: Awake,
    pub(super) store: Store,
    /// Peers whose links were slow when they were last seen.
    pub(super) slow: BTreeSet<Peer>,
    /// Links that ended a moment ago.
    pub(super) settling: Vec<Settling>,
    pub(super) vain: Vain,
    /// What the interface was told last.
    pub(super) told_state: Option<BudgetState>,
    pub(super) told_findings: BTreeMap<SpaceId, Vec<Found>>,
    /// The relay that this process runs itself.
    pub(super) own: Option<OwnRelay>,
    /// Who can be met through which relay now, as its keeper tells.
    pub(super) guests: BTreeMap<SpaceId, BTreeMap<RelayPlace, BTreeSet<Peer>>>,
    /// Relays that are held for a dial though data is saved, and until when.
    pub(super) until: BTreeMap<RelayPlace, Instant>,
    /// Relays that were tried in vain.
    pub(super) in_vain: BTreeMap<RelayPlace, InVain>,
    pub(super) telling: Telling,
    /// When keepers last said that their relay is somewhere else.
    pub(super) moved: BTreeMap<(SpaceId, Peer), Instant>,
}

impl Operator {
    pub(super) async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Ask>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.advertise();
        loop {
            tokio::select! {
                ask = asked.recv() => match ask {
                    Some(Ask::Close(done)) => {
                        self.mind_the_cost();
                        self.meter.keep(true);
                        self.open.clear();
                        let _ = done.send(());
                        return;
                    }
                    Some(ask) => self.answer(ask),
                    None => return,
                },
                _ = tick.tick() => {
                    self.mind_the_sleep();
                    self.mind_the_cost();
                    self.mind_the_relays();
                    self.mind_the_reached();
                    self.mind_the_proofs();
                    self.tell_findings();
                }
            }
            self.advertise();
            self.dial_whoever_is_due();
        }
    }

    fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::Spaces | Ask::Close(_) => {}
            Ask::Dial {
                space,
                address,
                reply,
            } => self.told_of(space, address, reply),
            Ask::First { space, address } => {
                if self.book.peers(space).next().is_none() {
                    self.told_of(space, address, None);
                }
            }
            Ask::Meet { space, over_budget } => {
                for ((of, _), attempt) in &mut self.tries {
                    if *of == space {
                        attempt.not_before = None;
                    }
                }
                self.rests.retain(|(of, _), _| *of != space);
                self.in_vain.clear();
                if over_budget {
                    self.once.begin(space, Instant::now());
                }
            }
            Ask::Moved(to) => self.moved(to),
            Ask::Metered(metered) => {
                self.metered = metered;
                self.hush();
                let _ = self.events.send(Event::Network);
            }
            Ask::Traffic(reply) => {
                let _ = reply.send(self.traffic());
            }
            Ask::Settle(new, reply) => {
                let _ = reply.send(self.settle(&new));
            }
            Ask::Forget(space) => {
                self.book.forget(space);
                self.guests.remove(&space);
                self.once.end(space);
                self.open.retain(|_, open| open.space != space);
                self.tries.retain(|(of, _), _| *of != space);
                self.rests.retain(|(of, _), _| *of != space);
            }
            Ask::Around { space, reply } => {
                let heard = self
                    .candidates(space)
                    .filter(|it| self.seen.contains_key(it));
                let nearby = heard.filter(|it| !self.is_linked(space, *it)).count();
                let found = self.findings(space);
                let relayed = self.relayed(space);
                let _ = reply.send(Around {
                    nearby,
                    found,
                    relayed,
                });
            }
            Ask::Relay { space, reply } => {
                let _ = reply.send(self.relay_told(space));
            }
            Ask::Came(link) => self.came(link),
            Ask::Named { link, space, first } => self.up(link, space, false, Some(first)),
            Ask::Dialled {
                space,
                peer,
                link,
                reply,
            } => {
                let attempt = self.tries.entry((space, peer)).or_default();
                attempt.now = false;
                let before = attempt.outcome.take();
                match link {
                    Ok(link) => {
                        self.up(link, space, true, None);
                        self.wait_for_proof(space, peer, reply);
                    }
                    Err(error) => {
                        attempt.outcome = Some(Outcome::of(&error, before));
                        self.vain.internet |= attempt.far;
                        self.hold_back(space, peer);
                        if let Some(reply) = reply {
                            let _ = reply.send(Answer::of(&error));
                        }
                    }
                }
            }
            Ask::Proved(link) => self.proved(link),
            Ask::Ended { link, end } => {
                if let Some(open) = self.open.remove(&link) {
                    self.ended(open, end);
                }
            }
            Ask::Seen(Seen::Here { address, tags }) => {
                if address.id != self.me {
                    let since = Instant::now();
                    let known = self.seen.get(&address.id);
                    let since = known.filter(|n| n.tags == tags).map_or(since, |n| n.since);
                    if known.is_none_or(|n| n.tags != tags || n.address != address) {
                        self.tries
                            .retain(|(_, peer), attempt| *peer != address.id || attempt.now);
                        self.rests.retain(|(_, peer), _| *peer != address.id);
                    }
                    self.seen.insert(
                        address.id,
                        Nearby {
                            address,
                            tags,
                            since,
                        },
                    );
                }
            }
            Ask::Seen(Seen::Gone { id }) => {
                self.seen.remove(&id);
            }
        }
    }

    /// A link ended: the next dial waits as the reason wants it.
    fn ended(&mut self, mut open: Open, end: End) {
        let struck = self.note_end(&mut open, end);
        let (space, peer, lived) = (open.space, open.peer, open.since.elapsed());
        self.settle_up(open.gauge, open.billed, open.near);
        let silent = open.dialled && !end.spoke && !end.lost && end.here.is_none();
        if struck || end.here == Some(Ending::Budget) {
            return;
        }
        let dialled = open.dialled && !self.telling.is_carrier();
        if let Some(reason) = RestReason::of(end, dialled) {
            let standing = *open.standing.borrow();
            self.rest(space, peer, reason, standing);
            if reason != RestReason::SpentThere {
                self.tries.remove(&(space, peer));
                return;
            }
        }
        let refused = end.here.is_some() || end.there.is_some() || silent;
        if lived >= GOOD && !refused {
            self.tries.remove(&(space, peer));
            return;
        }
        self.hold_back(space, peer);
        let attempt = self.tries.entry((space, peer)).or_default();
        attempt.outcome = match (end.here, end.there) {
            // That is no finding about the other side.
            (Some(Ending::CannotStore), _) => None,
            (Some(ending), _) | (None, Some(ending)) => Some(Outcome::Told(ending)),
            (None, None) => silent.then_some(Outcome::Silent),
        };
    }

    /// Lets go of links to devices on a network that this one has left: nothing comes from there any
    /// more, and the transport would wait for it most of a minute.
    pub(super) fn leave(&mut self) {
        let left = self.open.iter().filter(|(_, open)| {
            let at = open.gauge.remote();
            at.is_some_and(|at| self.net.was_near(at.ip()) && !self.net.is_near(at.ip()))
        });
        let left: Vec<LinkId> = left.map(|(id, _)| *id).collect();
        for id in left {
            if let Some(open) = self.open.remove(&id) {
                self.tries.remove(&(open.space, open.peer));
                self.settle_up(open.gauge, open.billed, open.near);
            }
        }
    }

    /// An ended link is counted a little longer: its last packets are still on their way.
    pub(super) fn settle_up(&mut self, gauge: Gauge, billed: Traffic, near: bool) {
        self.settling.push(Settling {
            gauge,
            billed,
            near,
            since: Instant::now(),
        });
    }

    pub(super) fn is_linked(&self, space: SpaceId, peer: Peer) -> bool {
        self.open
            .values()
            .any(|open| open.space == space && open.peer == peer)
    }

    /// Everyone who may belong to a space: met before, or seen with a tag of it.
    pub(super) fn candidates(&self, space: SpaceId) -> impl Iterator<Item = Peer> + '_ {
        let ours = |tag: &Tag| self.tags.space(tag) == Some(space);
        let seen = self
            .seen
            .iter()
            .filter(|(_, nearby)| nearby.tags.iter().any(ours));
        let seen: BTreeSet<Peer> = seen.map(|(peer, _)| *peer).collect();
        let mut all: BTreeSet<Peer> = self.book.peers(space).collect();
        all.extend(seen);
        let guests = self.guests.get(&space).into_iter();
        all.extend(guests.flat_map(BTreeMap::values).flatten());
        all.into_iter()
    }

    fn advertise(&mut self) {
        let day = clock::day(clock::now());
        let spaces = self.desks.all().into_iter().map(|(id, _)| id).collect();
        if self.tags.turn_to(day, spaces) {
            self.net.advertise(&self.tags.told());
        }
    }

    pub(super) fn dial_whoever_is_due(&mut self) {
        let now = Instant::now();
        let spent = self.is_spent();
        for (space, _) in self.desks.all() {
            let mut peers: Vec<Peer> = self.candidates(space).collect();
            // Where only one is dialled it is better one that carries for others.
            peers.sort_by_key(|peer| (!self.book.is_carrier(space, *peer), *peer));
            for peer in peers {
                let attempt = self.tries.get(&(space, peer));
                let due = attempt.is_none_or(|a| !a.now && a.not_before.is_none_or(|at| at <= now));
                if !due || self.is_linked(space, peer) || self.is_resting(space, peer) {
                    continue;
                }
                let mut sockets = Vec::new();
                if let Some(nearby) = self.seen.get(&peer) {
                    if self.me > peer && nearby.since.elapsed() < COURTESY {
                        continue;
                    }
                    sockets.extend(nearby.address.sockets.iter().copied());
                }
                sockets.extend(self.book.sockets(space, peer));
                let mut relays = self.relays_for(space, peer);
                if sockets.is_empty() && relays.is_empty() && !self.book.knows(space, peer) {
                    continue;
                }
                let far = self.only_far(space, peer);
                if far && self.net.is_alone() {
                    continue;
                }
                let may = !spent || self.once.holds(space, now);
                if far && (!may || self.waits_its_turn(space, peer)) {
                    continue;
                }
                if !may {
                    sockets.retain(|at| self.net.is_near(at.ip()));
                    relays.retain(|place| self.is_near_relay(place));
                }
                let address = Address {
                    id: peer,
                    sockets,
                    relays,
                };
                self.dial(space, address, None);
            }
        }
    }

    pub(super) fn dial(&mut self, space: SpaceId, address: Address, reply: Option<Waits>) {
        let peer = address.id;
        if peer == self.me {
            return;
        }
        let near_relay = |place: &RelayPlace| self.is_near_relay(place);
        let far = !address.sockets.iter().any(|at| self.net.was_near(at.ip()))
            && !address.relays.iter().any(near_relay);
        self.hold_for(&address.relays);
        let attempt = self.tries.entry((space, peer)).or_default();
        (attempt.now, attempt.far) = (true, far);
        let (net, ask) = (self.net.clone(), self.ask.clone());
        tokio::spawn(async move {
            let link = net.dial(&address).await;
            if let Err(error) = &link {
                tracing::debug!(%error, "dialling");
            }
            let _ = ask.send(Ask::Dialled {
                space,
                peer,
                link,
                reply,
            });
        });
    }
}
