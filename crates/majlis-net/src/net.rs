//! This device on the network: it dials others, accepts who dials, and knows its own addresses. No
//! relay takes part unless it is told to hold one, and nobody else's service ever does.
//! Not here: whom to dial and when.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::{BindError, BindOpts, PortmapperConfig, presets};
use iroh::{
    Endpoint, EndpointAddr, NetReportConfig, PublicKey, RelayMode, SecretKey, TransportAddr,
};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::discover::{Discovery, Found, Seen, Tag};
use crate::door::{Door, DoorLimits};
use crate::link::{Link, Traffic};
use crate::meet::{self, DialError};
use crate::relay::RelayPlace;
use crate::relayed::{self, Held, HeldRelay, RelayState, Relays};
use crate::surroundings::{self, Looks, Move, Surroundings, Whereabouts};

/// A device that does not answer within this time is not there.
const DIAL_WITHIN: Duration = Duration::from_secs(15);
/// Accepted links that wait to be asked for.
const ACCEPTED: usize = 16;
/// So long the end waits until the others have heard of it. Without, a device that was being dialled
/// and answered nothing would be waited for three times longer than any answer takes.
const END_WITHIN: Duration = Duration::from_secs(2);
/// The direct way has this start before a relay is tried.
const HEAD_START: Duration = Duration::from_millis(2_500);
/// Sockets that are tried for one device.
const MAX_SOCKETS: usize = 16;

/// How to open.
#[derive(Clone)]
pub struct NetOptions {
    /// The transport's secret key.
    pub secret: [u8; 32],
    /// The UDP port to listen on; 0, or a port that is taken, gives any.
    pub port: u16,
    /// Whether to find devices on the local network and be found.
    pub discovery: bool,
    /// How many links others may open.
    pub door: DoorLimits,
    /// Where else this device is reached, which it cannot see by itself: the public address of the
    /// machine around a container, or of a router. Told first.
    pub addresses: Vec<SocketAddr>,
}

impl core::fmt::Debug for NetOptions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "NetOptions(port {}, discovery {})",
            self.port, self.discovery
        )
    }
}

/// Where a device can be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its transport key, which it proves when dialled.
    pub id: [u8; 32],
    /// Where it listens; the best first.
    pub sockets: Vec<SocketAddr>,
    /// Through which relays it may be met.
    pub relays: Vec<RelayPlace>,
}

/// The network cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No UDP socket can be had.
    #[error("opening a UDP socket")]
    Socket(#[source] io::Error),
}

/// Up to where changes of address were looked at.
#[derive(Debug)]
pub struct Moves {
    around: watch::Receiver<Surroundings>,
    last: Whereabouts,
}

/// This device on the network. Clones are the same.
#[derive(Clone, Debug)]
pub struct Net {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    addresses: Vec<SocketAddr>,
    v4_port: Option<u16>,
    v6_port: Option<u16>,
    accepted: Mutex<mpsc::Receiver<Link>>,
    seen: Mutex<mpsc::Receiver<Seen>>,
    around: watch::Receiver<Surroundings>,
    looks: Arc<Looks>,
    tags: watch::Sender<Vec<Tag>>,
    found: Arc<Found>,
    wanted: watch::Sender<Vec<HeldRelay>>,
    held: watch::Receiver<Held>,
    past: watch::Receiver<Traffic>,
    /// Listening, looking around and finding; they end with the last clone.
    _tasks: JoinSet<()>,
}

impl Net {
    /// Opens the socket and starts listening.
    ///
    /// # Errors
    /// [`OpenError`]. That others cannot be found is no error; see [`Net::discovery_problem`].
    pub async fn open(options: NetOptions) -> Result<Self, OpenError> {
        let endpoint = match bind(&options.secret, options.port).await {
            Err(error) if options.port != 0 => {
                tracing::info!(port = options.port, %error, "listening on another port");
                bind(&options.secret, 0).await?
            }
            bound => bound?,
        };
        let bound = endpoint.bound_sockets();
        let port = |v4| {
            bound
                .iter()
                .find(|at| at.is_ipv4() == v4)
                .map(SocketAddr::port)
        };
        let (v4_port, v6_port) = (port(true), port(false));

        let (tell_around, around) = watch::channel(Surroundings::look().await);
        let looks = Arc::new(Looks::default());
        let (tags, tags_now) = watch::channel(Vec::new());
        let (let_in, accepted) = mpsc::channel(ACCEPTED);
        let (tell_seen, seen) = mpsc::channel(crate::discover::EVENTS);
        let found = Arc::new(Found::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(surroundings::look_around(
            endpoint.clone(),
            tell_around,
            Arc::clone(&looks),
        ));
        let door = Arc::new(Door::new(options.door));
        let (wanted, wanted_now) = watch::channel(Vec::new());
        let (tell_held, held) = watch::channel(Held::new());
        let (tell_past, past) = watch::channel(Traffic::default());
        let relays = Relays {
            secret: options.secret,
            wanted: wanted_now,
            held: tell_held,
            past: tell_past,
            let_in: let_in.clone(),
            door: Arc::clone(&door),
        };
        tasks.spawn(relays.run(endpoint.clone()));
        tasks.spawn(meet::listen(endpoint.clone(), let_in, door, None));
        if options.discovery {
            let discovery = Discovery {
                me: *endpoint.id().as_bytes(),
                ports: (v4_port, v6_port),
                around: around.clone(),
                tags: tags_now,
                found: Arc::clone(&found),
                seen: tell_seen,
            };
            let closed = endpoint.closed();
            tasks.spawn(async move {
                closed.run_until(discovery.run()).await;
            });
        }
        let inner = Inner {
            endpoint,
            addresses: options.addresses,
            v4_port,
            v6_port,
            accepted: Mutex::new(accepted),
            seen: Mutex::new(seen),
            around,
            looks,
            tags,
            found,
            wanted,
            held,
            past,
            _tasks: tasks,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// This device's transport key.
    #[must_use]
    pub fn id(&self) -> [u8; 32] {
        *self.inner.endpoint.id().as_bytes()
    }

    /// The port that is listened on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.inner.v4_port.or(self.inner.v6_port).unwrap_or(0)
    }

    /// Where this device can be dialled now: where it was told that it is reached, then its address
    /// on every network it is on.
    #[must_use]
    pub fn address(&self) -> Address {
        let around = self.inner.around.borrow();
        let own = surroundings::sockets(&around.addresses, self.inner.v4_port, self.inner.v6_port);
        let mut sockets = self.inner.addresses.clone();
        sockets.extend(own.iter().filter(|at| !self.inner.addresses.contains(at)));
        Address {
            id: self.id(),
            sockets,
            relays: Vec::new(),
        }
    }

    /// The same, with what can be reached from any network in front: where only few addresses are told,
    /// bridges inside of a machine do not push those out.
    #[must_use]
    pub fn reached_from_afar(&self) -> Vec<SocketAddr> {
        let mut sockets = self.address().sockets;
        let own = self.inner.addresses.len();
        if let Some(found) = sockets.get_mut(own..) {
            found.sort_by_key(|at| !surroundings::is_global(at.ip()));
        }
        sockets
    }

    /// Whether an address is on one of this device's own networks: what goes there costs nothing.
    #[must_use]
    pub fn is_near(&self, ip: IpAddr) -> bool {
        self.inner.around.borrow().is_near(ip)
    }

    /// Whether an address is on one of this device's own networks, or on one that it left less than
    /// a minute ago: what is still sent there goes nowhere, and costs nothing.
    #[must_use]
    pub fn was_near(&self, ip: IpAddr) -> bool {
        self.inner.around.borrow().was_near(ip)
    }

    /// How often the interfaces were looked at: what is near is known as of the last time.
    #[must_use]
    pub fn looks(&self) -> u64 {
        self.inner.looks.count()
    }

    /// Looks at the interfaces now.
    pub fn look(&self) {
        self.inner.looks.now.notify_one();
    }

    /// Whether this device is on no network at all now.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.inner.around.borrow().is_alone()
    }

    /// Where a device says on the local network that it is; empty when it is not heard.
    #[must_use]
    pub fn sockets_of(&self, id: &[u8; 32]) -> Vec<SocketAddr> {
        self.inner.found.sockets(id)
    }

    /// Bytes on the wire so far in all, with those of dials that nobody answered, without headers
    /// of IP and UDP. Of what relays cost beside the packets of links, the transport counts only
    /// how often it connected: that part is reckoned from measurements.
    #[must_use]
    pub fn wire(&self) -> Traffic {
        let inner = &self.inner;
        let direct = relayed::wire(&inner.endpoint);
        let of_held = inner.held.borrow();
        let open = of_held.values().filter(|(one, _)| !one.is_closed());
        open.map(|(endpoint, _)| relayed::wire(endpoint))
            .fold(relayed::add(direct, *inner.past.borrow()), relayed::add)
    }

    /// From now on holds these relays and no others: others may meet this device through them. A
    /// relay whose pass changed is connected to anew, and links through it end.
    pub fn hold_relays(&self, relays: Vec<HeldRelay>) {
        self.inner.wanted.send_if_modified(|before| {
            let changed = *before != relays;
            if changed {
                *before = relays;
            }
            changed
        });
    }

    /// The relays that are held, and how it stands with each.
    #[must_use]
    pub fn relays(&self) -> Vec<(RelayPlace, RelayState)> {
        let held = self.inner.held.borrow();
        held.iter()
            .map(|(place, (_, state))| (place.clone(), *state))
            .collect()
    }

    /// The system says that the network may have changed: interfaces are looked at now instead of
    /// within some seconds. There is no harm in calling it for nothing.
    pub fn network_changed(&self) {
        self.inner.looks.moved.notify_one();
    }

    /// Waits until this device's addresses change, seen from the last time that this was asked, and
    /// gives how far it moved; `None` when closed.
    pub async fn moved(&self, since: &mut Option<Moves>) -> Option<Move> {
        let moves = since.get_or_insert_with(|| Moves {
            around: self.inner.around.clone(),
            last: Whereabouts::of(&self.inner.around.borrow()),
        });
        moves.around.changed().await.ok()?;
        let now = moves.around.borrow_and_update();
        Some(moves.last.turn_to(&now))
    }

    /// Tells the local network these tags of the day, up to [`crate::MAX_TAGS`], instead of the
    /// ones before. With none, this device keeps silent and only listens.
    pub fn advertise(&self, tags: &[Tag]) {
        self.inner.tags.send_replace(tags.to_vec());
    }

    /// The next change of who is on the local network; `None` when closed, or without discovery.
    /// For one caller at a time.
    pub async fn seen(&self) -> Option<Seen> {
        self.inner.seen.lock().await.recv().await
    }

    /// Why nobody is found on the local network now, when that is so.
    #[must_use]
    pub fn discovery_problem(&self) -> Option<String> {
        self.inner.found.problem()
    }

    /// Dials a device, at the sockets given and where it was seen on the local network; where
    /// these do not answer at once, through the relays given as well, as far as they are held.
    ///
    /// # Errors
    /// [`DialError`], within 15 seconds.
    pub async fn dial(&self, address: &Address) -> Result<Link, DialError> {
        let endpoint = &self.inner.endpoint;
        let id = PublicKey::from_bytes(&address.id).map_err(|_| DialError::NotADevice)?;
        let mut sockets = address.sockets.clone();
        // Where it was just seen comes first: what is remembered may be old.
        sockets.splice(..0, self.inner.found.sockets(&address.id));
        sockets.retain(|at| at.port() != 0 && surroundings::can_be_told(at.ip()));
        sockets.truncate(MAX_SOCKETS);
        if id == endpoint.id() {
            return Err(DialError::NotADevice);
        }
        let late = || DialError::NotReached(io::ErrorKind::TimedOut.into());
        let (nowhere, relays) = (sockets.is_empty(), address.relays.clone());
        let direct = async {
            if nowhere {
                return Err(DialError::NowhereKnown);
            }
            let at = EndpointAddr::from_parts(id, sockets.into_iter().map(TransportAddr::Ip));
            let dialling = meet::dial(endpoint, at);
            timeout(DIAL_WITHIN, dialling).await.map_err(|_| late())?
        };
        let relayed = async {
            if !nowhere && !relays.is_empty() {
                tokio::time::sleep(HEAD_START).await;
            }
            let mut last = Err(DialError::NowhereKnown);
            for place in &relays {
                let mut held = self.inner.held.clone();
                let dialling = relayed::dial(&mut held, id, place);
                last = timeout(DIAL_WITHIN, dialling)
                    .await
                    .unwrap_or_else(|_| Err(late()));
                if last.is_ok() {
                    break;
                }
            }
            last
        };
        either(direct, relayed).await
    }

    /// The next link that another device opened; `None` when closed.
    pub async fn accept(&self) -> Option<Link> {
        self.inner.accepted.lock().await.recv().await
    }

    /// Ends all links, accepting and finding. Links that should end well are closed before. The
    /// port is free once all clones and links are dropped.
    pub async fn close(&self) {
        let mut ending = JoinSet::new();
        let held: Vec<Endpoint> = {
            let held = self.inner.held.borrow();
            held.values()
                .map(|(endpoint, _)| endpoint.clone())
                .collect()
        };
        for endpoint in held.into_iter().chain([self.inner.endpoint.clone()]) {
            ending.spawn(async move { endpoint.close().await });
        }
        let all = async { while ending.join_next().await.is_some() {} };
        if timeout(END_WITHIN, all).await.is_err() {
            tracing::debug!("ending before everybody has heard of it");
        }
    }
}

/// The first link of two ways; when there is none, why the direct one failed.
async fn either(
    direct: impl Future<Output = Result<Link, DialError>>,
    relayed: impl Future<Output = Result<Link, DialError>>,
) -> Result<Link, DialError> {
    let (mut direct, mut relayed) = (pin!(direct), pin!(relayed));
    let failed = tokio::select! {
        link = &mut direct => match link {
            Ok(link) => return Ok(link),
            Err(error) => Ok(error),
        },
        link = &mut relayed => match link {
            Ok(link) => return Ok(link),
            Err(error) => Err(error),
        },
    };
    match failed {
        Ok(DialError::NowhereKnown) => relayed.await,
        Ok(why) => relayed.await.map_err(|_| why),
        Err(_) => direct.await,
    }
}

async fn bind(secret: &[u8; 32], port: u16) -> Result<Endpoint, OpenError> {
    let impossible = |error: iroh::endpoint::InvalidSocketAddr| {
        OpenError::Socket(io::Error::new(
            io::ErrorKind::InvalidInput,
            error.to_string(),
        ))
    };
    Endpoint::builder(presets::Minimal)
        .secret_key(SecretKey::from_bytes(secret))
        .alpns(vec![meet::ALPN.to_vec()])
        .relay_mode(RelayMode::Disabled)
        .clear_address_lookup()
        .portmapper_config(PortmapperConfig::Disabled)
        .net_report_config(NetReportConfig::minimal())
        .transport_config(meet::transport())
        .clear_ip_transports()
        .bind_addr((Ipv4Addr::UNSPECIFIED, port))
        .map_err(impossible)?
        // A machine without IPv6 is fine.
        .bind_addr_with_opts(
            (Ipv6Addr::UNSPECIFIED, port),
            BindOpts::default().set_is_required(false),
        )
        .map_err(impossible)?
        .bind()
        .await
        .map_err(|error| match error {
            BindError::Sockets { source, .. } | BindError::CreateQuicEndpoint { source, .. } => {
                OpenError::Socket(source)
            }
            error => OpenError::Socket(io::Error::other(error.to_string())),
        })
}
