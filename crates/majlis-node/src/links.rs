//! Links to other devices: whom to dial and when, and which desk a link belongs to. One task owns
//! it all. Not here: what travels on a link (the core) and how (majlis-net).

mod asked;
mod ending;
mod findings;
mod linking;
mod once;
mod operator;
mod pauses;
mod reached;
mod relays;
mod rest;
mod room;
mod tags;
mod thrift;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use majlis_core::effect::LinkId;
use majlis_core::id::SpaceId;
use majlis_net::{Address, Link, Move, Net, NetOptions, Seen};
use majlis_store::Store;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::api::network::{SetTraffic, TrafficView};
use crate::api::{ApiError, ErrorCode, Event};
use crate::book::Book;
use crate::clock;
use crate::desks::Desks;
use crate::keys::Keys;
use crate::meter::Meter;
use crate::node::NetworkConfig;
use crate::relay::RelayPlace;
pub(crate) use asked::Answer;
use asked::Waits;
pub(crate) use ending::Ending;
pub(crate) use findings::Found;
use once::Once;
use operator::Operator;
use pauses::Awake;
use tags::Tags;
pub(crate) use thrift::traffic_view;

/// So long somebody who typed an address waits for its device to prove itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// Another device, by its transport key.
pub(crate) type Peer = [u8; 32];

/// The way to the task that owns the links.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    net: Net,
    ask: mpsc::UnboundedSender<Ask>,
}

/// What is known of a space's surroundings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Around {
    /// Devices seen on the local network that may belong to it and are not linked.
    pub(crate) nearby: usize,
    /// What stands between this device and the others, each with a transport key.
    pub(crate) found: Vec<Found>,
    /// Peers on links through a relay: whose it is, as far as that is known, and its host.
    pub(crate) relayed: Vec<(Peer, Option<Peer>, String)>,
}

enum Ask {
    /// Somebody of a space of whom nothing else says where anybody is.
    First {
        space: SpaceId,
        address: Address,
    },
    /// The list of spaces changed.
    Spaces,
    /// Dial an address for a space, and remember it.
    Dial {
        space: SpaceId,
        address: Address,
        reply: Option<Waits>,
    },
    /// Dial everyone of a space now; over the internet as well where the budget is used up.
    Meet {
        space: SpaceId,
        over_budget: bool,
    },
    /// This device has another address, or may have.
    Moved(Move),
    Metered(bool),
    Traffic(oneshot::Sender<TrafficView>),
    Settle(SetTraffic, oneshot::Sender<Result<TrafficView, ApiError>>),
    /// The space is no longer here: forget whom it was shared with.
    Forget(SpaceId),
    Around {
        space: SpaceId,
        reply: oneshot::Sender<Around>,
    },
    /// Through which relay this device can be met, by those of a space or by anybody.
    Relay {
        space: Option<SpaceId>,
        reply: oneshot::Sender<Option<RelayPlace>>,
    },
    Came(Link),
    Named {
        link: Link,
        space: SpaceId,
        first: Vec<u8>,
    },
    Dialled {
        space: SpaceId,
        peer: Peer,
        link: Result<Link, majlis_net::DialError>,
        reply: Option<Waits>,
    },
    /// The other side of a link proved which device it is.
    Proved(LinkId),
    Ended {
        link: LinkId,
        end: End,
    },
    Seen(Seen),
    Close(oneshot::Sender<()>),
}

/// How a link ended.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    /// Why this side ended it.
    here: Option<Ending>,
    /// Why the other side did.
    there: Option<Ending>,
    /// Whether the other side said anything before.
    spoke: bool,
    /// Whether the connection was lost.
    lost: bool,
    /// Whether this side ended it, perhaps without a reason that is told.
    ours: bool,
}

impl End {
    /// Whether the other side ended it without a word, as it does where it does not have the space.
    const fn is_silent(self) -> bool {
        self.there.is_none() && !self.ours && !self.spoke && !self.lost
    }
}

impl Links {
    /// The UDP port on which others reach this device.
    pub(crate) fn port(&self) -> u16 {
        self.net.port()
    }

    /// Goes online: opens the endpoint, starts finding and being found.
    pub(crate) async fn open(
        config: &NetworkConfig,
        folder: &Path,
        keys: &Keys,
        desks: Desks,
        meter: Meter,
        store: Store,
        events: broadcast::Sender<Event>,
    ) -> Result<Self, majlis_net::OpenError> {
        let book = Book::read(folder);
        let wanted = if config.port == 0 {
            book.port()
        } else {
            config.port
        };
        let options = NetOptions {
            secret: *keys.transport.secret(),
            port: wanted,
            discovery: config.discovery,
            door: majlis_net::DoorLimits {
                links: config.limits.links,
                links_per_address: config.limits.links_per_address,
            },
            addresses: config.addresses.clone(),
        };
        let net = Net::open(options).await?;
        let (mut operator, asked) = owner(config, net.clone(), book, desks, meter, store, events);
        let ask = operator.ask.clone();
        operator.book.set_port(net.port());
        tokio::spawn(listen(net.clone(), ask.clone()));
        tokio::spawn(watch(net.clone(), ask.clone()));
        tokio::spawn(follow(net.clone(), ask.clone()));
        tokio::spawn(operator.run(asked));
        Ok(Self { net, ask })
    }

    /// Where this device can be dialled now.
    pub(crate) fn address(&self) -> Address {
        self.net.address()
    }

    /// Why nobody is found on the local network, when that is so.
    pub(crate) fn discovery_problem(&self) -> Option<String> {
        self.net.discovery_problem()
    }

    pub(crate) fn spaces_changed(&self) {
        let _ = self.ask.send(Ask::Spaces);
    }

    /// Dials an address for a space, and waits until its device proved to be of it, or is not.
    pub(crate) async fn dial(&self, space: SpaceId, address: Address) -> Answer {
        let (reply, answer) = oneshot::channel();
        let _ = self.ask.send(Ask::Dial {
            space,
            address,
            reply: Some(reply),
        });
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        // Nobody who is not there is dialled for so long.
        answer.map_or(Answer::TurnedAway, |answer| {
            answer.unwrap_or(Answer::Nobody)
        })
    }

    /// Dials an address for a space some time soon, and again later when nobody answers.
    pub(crate) fn remember(&self, space: SpaceId, address: Address) {
        let _ = self.ask.send(Ask::Dial {
            space,
            address,
            reply: None,
        });
    }

    /// The same, when nobody of the space is known yet.
    pub(crate) fn remember_first(&self, space: SpaceId, address: Address) {
        let _ = self.ask.send(Ask::First { space, address });
    }

    /// Dials everyone of a space now, whatever was waited for.
    pub(crate) fn meet(&self, space: SpaceId, over_budget: bool) {
        let _ = self.ask.send(Ask::Meet { space, over_budget });
    }

    /// The system says that the network may have changed. Whether this device is on another one is seen
    /// within a moment, and told then.
    pub(crate) fn network_changed(&self) {
        self.net.network_changed();
        let _ = self.ask.send(Ask::Moved(Move::Around));
    }

    /// The system says whether bytes cost money.
    pub(crate) fn set_metered(&self, metered: bool) {
        let _ = self.ask.send(Ask::Metered(metered));
    }

    pub(crate) async fn traffic(&self) -> Result<TrafficView, ApiError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.ask.send(Ask::Traffic(reply));
        answer.await.map_err(|_| closing())
    }

    pub(crate) async fn settle(&self, new: SetTraffic) -> Result<TrafficView, ApiError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.ask.send(Ask::Settle(new, reply));
        answer.await.map_err(|_| closing())?
    }

    pub(crate) fn forget(&self, space: SpaceId) {
        let _ = self.ask.send(Ask::Forget(space));
    }

    /// Through which relay this device can be met: by those of a space, or by anybody.
    pub(crate) async fn relay_of(&self, space: Option<SpaceId>) -> Option<RelayPlace> {
        let (reply, answer) = oneshot::channel();
        let _ = self.ask.send(Ask::Relay { space, reply });
        answer.await.ok().flatten()
    }

    pub(crate) async fn around(&self, space: SpaceId) -> Around {
        let (reply, answer) = oneshot::channel();
        let _ = self.ask.send(Ask::Around { space, reply });
        answer.await.unwrap_or_default()
    }

    /// Hangs up everywhere and goes offline.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.ask.send(Ask::Close(done)).is_ok() {
            let _ = closed.await;
        }
        self.net.close().await;
    }
}

/// The owner of the links, who has met nobody yet, and what it is asked.
fn owner(
    config: &NetworkConfig,
    net: Net,
    book: Book,
    desks: Desks,
    meter: Meter,
    store: Store,
    events: broadcast::Sender<Event>,
) -> (Operator, mpsc::UnboundedReceiver<Ask>) {
    let (ask, asked) = mpsc::unbounded_channel();
    let operator = Operator {
        me: net.id(),
        net,
        ask,
        desks,
        book,
        seen: BTreeMap::new(),
        open: BTreeMap::new(),
        tries: BTreeMap::new(),
        next: 0,
        limits: config.limits,
        tags: Tags::default(),
        events,
        meter,
        metered: false,
        once: Once::default(),
        rests: BTreeMap::new(),
        roused: None,
        awake: Awake::new(Instant::now(), clock::now()),
        store,
        slow: BTreeSet::new(),
        settling: Vec::new(),
        vain: thrift::Vain::default(),
        told_state: None,
        told_findings: BTreeMap::new(),
        own: config.relay.clone(),
        guests: BTreeMap::new(),
        until: BTreeMap::new(),
        in_vain: BTreeMap::new(),
        telling: reached::Telling::new(config.carrier),
        moved: BTreeMap::new(),
    };
    (operator, asked)
}

async fn listen(net: Net, ask: mpsc::UnboundedSender<Ask>) {
    while let Some(link) = net.accept().await {
        if ask.send(Ask::Came(link)).is_err() {
            return;
        }
    }
}

async fn watch(net: Net, ask: mpsc::UnboundedSender<Ask>) {
    while let Some(seen) = net.seen().await {
        if ask.send(Ask::Seen(seen)).is_err() {
            return;
        }
    }
}

/// A device that is somewhere else than before tries again at once.
async fn follow(net: Net, ask: mpsc::UnboundedSender<Ask>) {
    let mut since = None;
    while let Some(to) = net.moved(&mut since).await {
        if ask.send(Ask::Moved(to)).is_err() {
            return;
        }
    }
}

fn closing() -> ApiError {
    ApiError::new(ErrorCode::Internal, "asking a node that is closing")
}

#[cfg(test)]
mod tests;
