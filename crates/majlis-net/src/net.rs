//! The endpoint of this device: it dials others, accepts who dials, and knows its own addresses.
//! No relay and nobody else's service takes part. Not here: whom to dial and when.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::{
    BindError, BindOpts, ConnectError, ConnectWithOptsError, ConnectingError, Connection,
    ConnectionError, Incoming, IncomingAddr, PortmapperConfig, QuicTransportConfig, VarInt,
    presets,
};
use iroh::{
    Endpoint, EndpointAddr, NetReportConfig, PublicKey, RelayMode, SecretKey, TransportAddr,
};
use tokio::sync::{Mutex, Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::datagram::Datagrams;
use crate::discover::{Discovery, Found, Seen, Tag};
use crate::door::{Answer, Door, DoorLimits, Pass};
use crate::frame::{self, FrameError};
use crate::gauge::Gauge;
use crate::link::{Link, LinkReceiver, LinkSender, Traffic};
use crate::peer::{self, GREETING};
use crate::surroundings::{self, Surroundings};

const ALPN: &[u8] = b"majlis/1";
const BINDING: &[u8] = b"majlis channel v1";
/// A device that does not answer within this time is not there.
const DIAL_WITHIN: Duration = Duration::from_secs(15);
/// Whoever dials has this long for the handshake and its first bytes.
const ENTER_WITHIN: Duration = Duration::from_secs(15);
/// Accepted links that wait to be asked for.
const ACCEPTED: usize = 16;
/// Sockets that are tried for one device.
const MAX_SOCKETS: usize = 16;
/// How long an answer may take before it was measured.
const SLOW_ANSWER: Duration = Duration::from_millis(600);
/// What a peer may have on the way before it is read: enough for a fast local network.
const WINDOW: u32 = 256 * 1024;
/// Bytes of datagrams that wait in each direction; the oldest give way.
const DATAGRAMS: usize = 16 * 1024;

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
}

/// The network cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No UDP socket can be had.
    #[error("opening a UDP socket")]
    Socket(#[source] io::Error),
}

/// Nobody answered as the device that was dialled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The address is this device's own, or its key is none.
    #[error("dialling an address that is not another device's")]
    NotADevice,
    /// No socket is given, and none was seen on the local network.
    #[error("dialling a device whose whereabouts are not known")]
    NowhereKnown,
    /// Nobody is there.
    #[error("reaching a device")]
    NotReached(#[source] io::Error),
    /// Somebody answered there who does not hold the key that was dialled.
    #[error("dialling a device where another one answers")]
    SomebodyElse,
    /// It is there and takes no more links now.
    #[error("dialling a device that takes no more links now")]
    Busy,
}

/// Up to where changes of address were looked at.
#[derive(Debug)]
pub struct Moves(watch::Receiver<Surroundings>);

/// This device on the network. Clones are the same.
#[derive(Clone, Debug)]
pub struct Net {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    endpoint: Endpoint,
    v4_port: Option<u16>,
    v6_port: Option<u16>,
    accepted: Mutex<mpsc::Receiver<Link>>,
    seen: Mutex<mpsc::Receiver<Seen>>,
    around: watch::Receiver<Surroundings>,
    look: Arc<Notify>,
    tags: watch::Sender<Vec<Tag>>,
    found: Arc<Found>,
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
        let look = Arc::new(Notify::new());
        let (tags, tags_now) = watch::channel(Vec::new());
        let (let_in, accepted) = mpsc::channel(ACCEPTED);
        let (tell_seen, seen) = mpsc::channel(crate::discover::EVENTS);
        let found = Arc::new(Found::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(surroundings::look_around(
            endpoint.clone(),
            tell_around,
            Arc::clone(&look),
        ));
        tasks.spawn(listen(endpoint.clone(), let_in, options.door));
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
            v4_port,
            v6_port,
            accepted: Mutex::new(accepted),
            seen: Mutex::new(seen),
            around,
            look,
            tags,
            found,
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

    /// Where this device can be dialled now: its address on every network it is on.
    #[must_use]
    pub fn address(&self) -> Address {
        let around = self.inner.around.borrow();
        let sockets =
            surroundings::sockets(&around.addresses, self.inner.v4_port, self.inner.v6_port);
        Address {
            id: self.id(),
            sockets,
        }
    }

    /// Whether an address is on one of this device's own networks: what goes there costs nothing.
    #[must_use]
    pub fn is_near(&self, ip: IpAddr) -> bool {
        self.inner.around.borrow().is_near(ip)
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
    /// of IP and UDP.
    #[must_use]
    pub fn wire(&self) -> Traffic {
        let socket = &self.inner.endpoint.metrics().socket;
        Traffic {
            sent: socket
                .send_ipv4
                .get()
                .saturating_add(socket.send_ipv6.get()),
            received: socket
                .recv_data_ipv4
                .get()
                .saturating_add(socket.recv_data_ipv6.get()),
        }
    }

    /// The system says that the network may have changed: interfaces are looked at now instead of
    /// within some seconds. There is no harm in calling it for nothing.
    pub fn network_changed(&self) {
        self.inner.look.notify_one();
    }

    /// Waits until this device's addresses change, seen from the last time that this was asked;
    /// `false` when closed.
    pub async fn moved(&self, since: &mut Option<Moves>) -> bool {
        let moves = since.get_or_insert_with(|| Moves(self.inner.around.clone()));
        moves.0.changed().await.is_ok()
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

    /// Dials a device, at the sockets given and where it was seen on the local network.
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
        if sockets.is_empty() {
            return Err(DialError::NowhereKnown);
        }
        let at = EndpointAddr::from_parts(id, sockets.into_iter().map(TransportAddr::Ip));
        let dialling = async {
            let connection = endpoint.connect(at, ALPN).await.map_err(dial_error)?;
            let (mut send, recv) = connection.open_bi().await.map_err(connection_error)?;
            send.write_all(&GREETING)
                .await
                .map_err(|error| DialError::NotReached(error.into()))?;
            let ends = [*endpoint.id().as_bytes(), address.id];
            link(&connection, send, recv, None, ends).map_err(DialError::NotReached)
        };
        let late = || DialError::NotReached(io::ErrorKind::TimedOut.into());
        timeout(DIAL_WITHIN, dialling).await.map_err(|_| late())?
    }

    /// The next link that another device opened; `None` when closed.
    pub async fn accept(&self) -> Option<Link> {
        self.inner.accepted.lock().await.recv().await
    }

    /// Ends all links, accepting and finding. Links that should end well are closed before. The
    /// port is free once all clones and links are dropped.
    pub async fn close(&self) {
        self.inner.endpoint.close().await;
    }
}

async fn bind(secret: &[u8; 32], port: u16) -> Result<Endpoint, OpenError> {
    let transport = QuicTransportConfig::builder()
        .max_concurrent_bidi_streams(VarInt::from_u32(1))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(Some(DATAGRAMS))
        .datagram_send_buffer_size(DATAGRAMS)
        .stream_receive_window(VarInt::from_u32(WINDOW))
        .receive_window(VarInt::from_u32(WINDOW))
        .send_window(u64::from(WINDOW))
        // A mast with EDGE answers after a second: what is only slow is not said twice. And probing
        // for larger packets costs more there than they would save.
        .initial_rtt(SLOW_ANSWER)
        .mtu_discovery_config(None)
        // No relay, no address from outside: there is nothing to punch holes through.
        .send_observed_address_reports(false)
        .receive_observed_address_reports(false)
        .build();
    let impossible = |error: iroh::endpoint::InvalidSocketAddr| {
        OpenError::Socket(io::Error::new(
            io::ErrorKind::InvalidInput,
            error.to_string(),
        ))
    };
    Endpoint::builder(presets::Minimal)
        .secret_key(SecretKey::from_bytes(secret))
        .alpns(vec![ALPN.to_vec()])
        .relay_mode(RelayMode::Disabled)
        .clear_address_lookup()
        .portmapper_config(PortmapperConfig::Disabled)
        .net_report_config(NetReportConfig::minimal())
        .transport_config(transport)
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

async fn listen(endpoint: Endpoint, let_in: mpsc::Sender<Link>, limits: DoorLimits) {
    let door = Arc::new(Door::new(limits));
    let me = *endpoint.id().as_bytes();
    while let Some(incoming) = endpoint.accept().await {
        let from = match incoming.remote_addr() {
            IncomingAddr::Ip(at) => Some(at.ip()),
            _ => None,
        };
        match door.knock(from, incoming.remote_addr_validated()) {
            Answer::Enter(pass) => {
                tokio::spawn(enter(incoming, me, pass, let_in.clone()));
            }
            Answer::ProveAddress => drop(incoming.retry()),
            Answer::Refuse => incoming.refuse(),
        }
    }
}

async fn enter(incoming: Incoming, me: [u8; 32], pass: Pass, let_in: mpsc::Sender<Link>) {
    let entering = async {
        let connection = incoming.await.map_err(io::Error::other)?;
        let (send, mut recv) = connection.accept_bi().await?;
        let mut greeting = [0; GREETING.len()];
        let greeted = frame::exactly(&mut recv, &mut greeting).await;
        if greeted.is_err() || greeting != GREETING {
            let reason = FrameError::Greeting.to_string();
            connection.close(VarInt::from_u32(1), reason.as_bytes());
            return Err(io::Error::other(reason));
        }
        let ends = [*connection.remote_id().as_bytes(), me];
        link(&connection, send, recv, Some(pass.link()), ends)
    };
    match timeout(ENTER_WITHIN, entering).await {
        Ok(Ok(link)) => {
            let _ = let_in.send(link).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "somebody came and was not let in"),
        Err(_) => tracing::debug!("somebody came and said nothing"),
    }
}

/// The transport keys of who dialled and who was dialled.
type Ends = [[u8; 32]; 2];

fn link(
    connection: &Connection,
    send: iroh::endpoint::SendStream,
    recv: iroh::endpoint::RecvStream,
    pass: Option<Pass>,
    ends: Ends,
) -> io::Result<Link> {
    let remote = *connection.remote_id().as_bytes();
    let mut binding = [0; 32];
    connection
        .export_keying_material(&mut binding, BINDING, &ends.concat())
        .map_err(|_| io::Error::other("deriving the channel binding"))?;
    let (sender, receiver, counts) = peer::start(connection, send, recv, pass);
    Ok(Link {
        sender: LinkSender(sender),
        receiver: LinkReceiver(receiver),
        binding,
        remote,
        counts,
        gauge: Gauge::new(connection),
        datagrams: Datagrams::new(connection),
    })
}

fn dial_error(error: ConnectError) -> DialError {
    match error {
        ConnectError::Connecting {
            source: ConnectingError::ConnectionError { source, .. },
            ..
        }
        | ConnectError::Connection { source, .. } => connection_error(source),
        ConnectError::Connect {
            source: ConnectWithOptsError::SelfConnect { .. },
            ..
        } => DialError::NotADevice,
        error => DialError::NotReached(io::Error::other(error.to_string())),
    }
}

fn connection_error(error: ConnectionError) -> DialError {
    match error {
        ConnectionError::ConnectionClosed(close)
            if close.error_code == iroh::endpoint::TransportErrorCode::CONNECTION_REFUSED =>
        {
            DialError::Busy
        }
        // The handshake failed at the keys.
        ConnectionError::TransportError(error)
            if (0x100..0x200).contains(&u64::from(error.code)) =>
        {
            DialError::SomebodyElse
        }
        error => DialError::NotReached(error.into()),
    }
}
