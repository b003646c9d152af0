//! The relay of this gateway: devices that cannot reach each other meet through it, and others reach
//! the gateway itself through it where only the web's port is open. It sees who is connected and
//! passes on packets that it cannot read. Not here: who is let in (`guests`), one connection (`front`).

mod front;
mod guests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use iroh_relay::KeyCache;
use iroh_relay::server::http_server::{Handlers, RelayService};
use iroh_relay::server::{ClientRateLimit, Metrics, QuicConfig, Server, ServerConfig};
use majlis_node::node::Node;
use majlis_node::relay::{OwnRelay, RelayPlace, pin_of};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::config::{Config, Relay as Settings, Tls};
use crate::tls::{Files, Identity, host};
use guests::Guests;

/// How often it is looked whether everybody there may still be, and told who is.
const LOOK_EVERY: Duration = Duration::from_secs(3);
const KEYS_CACHED: usize = 4_096;

/// A relay that is about to run: where it listens is its own already.
pub(crate) struct Prepared {
    listener: TcpListener,
    identity: Option<Identity>,
    own: OwnRelay,
}

/// A relay that runs; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Relay {
    _tasks: JoinSet<()>,
    _addresses: Option<Server>,
    /// Its figures.
    pub(crate) figures: Figures,
}

/// What a relay came to since the start.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    metrics: Arc<Metrics>,
    guests: Arc<Guests>,
}

impl Figures {
    /// Devices connected now.
    pub(crate) fn guests(&self) -> u64 {
        self.guests.count() as u64
    }

    /// Connections that were refused.
    pub(crate) fn refusals(&self) -> u64 {
        self.guests.refusals()
    }

    /// Bytes that came, and that went on.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        (self.metrics.bytes_recv.get(), self.metrics.bytes_sent.get())
    }

    /// Connections that were slowed down for sending too much.
    pub(crate) fn slowed(&self) -> u64 {
        self.metrics.conns_rx_ratelimited_total.get()
    }
}

impl Prepared {
    /// Listens where the settings say; `None` when they ask for no relay.
    pub(crate) async fn open(config: &Config) -> anyhow::Result<Option<Self>> {
        let Some(listen) = config.relay.listen else {
            return Ok(None);
        };
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!("listening on {listen} for the relay: see `listen` under [relay]")
        })?;
        let listen = listener.local_addr()?;
        let identity = identity(config, listen)?;
        let own = places(&config.relay, listen, identity.as_ref())?;
        Ok(Some(Self {
            listener,
            identity,
            own,
        }))
    }

    /// Where the relay is reached.
    pub(crate) fn own(&self) -> OwnRelay {
        self.own.clone()
    }

    /// Begins.
    pub(crate) async fn run(self, node: &Node, settings: &Settings) -> anyhow::Result<Relay> {
        let Self {
            listener,
            identity,
            own,
        } = self;
        let listen = listener.local_addr()?;
        let guests = Arc::new(Guests::new(node.clone(), settings));
        let metrics = Arc::new(Metrics::default());
        let mut pace = ClientRateLimit::new(settings.bytes_a_second);
        pace.max_burst_bytes = Some(settings.burst_bytes.max(settings.bytes_a_second));
        let service = RelayService::new(
            Handlers::default(),
            hyper::HeaderMap::new(),
            Some(pace),
            KeyCache::new(KEYS_CACHED),
            Arc::clone(&guests) as _,
            Arc::clone(&metrics),
        );
        let mut addresses = None;
        if let Some(identity) = &identity {
            let mut quic = QuicConfig::new(listen);
            quic.server_config = Some(identity.config.clone());
            let mut config = ServerConfig::default();
            config.quic = Some(quic);
            let server = Server::spawn(config).await;
            let server = server
                .map_err(|error| anyhow::anyhow!("{error:#}"))
                .with_context(|| format!("listening on UDP {listen} for the relay"))?;
            addresses = Some(server);
        }
        let acceptor = identity.map(|identity| TlsAcceptor::from(Arc::new(identity.config)));
        let figures = Figures {
            metrics,
            guests: Arc::clone(&guests),
        };
        tracing::info!(url = own.told.url(), %listen, access = settings.access.word(), "a relay");
        let mut tasks = JoinSet::new();
        tasks.spawn(front::listen(listener, acceptor, service.clone()));
        tasks.spawn(look(node.clone(), guests, service, own.told));
        Ok(Relay {
            _tasks: tasks,
            _addresses: addresses,
            figures,
        })
    }
}

/// Sends away who may no longer be there, and tells the devices of each space who is.
async fn look(node: Node, guests: Arc<Guests>, service: RelayService, told: RelayPlace) {
    let mut every = tokio::time::interval(LOOK_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let looked = async {
            let mut there: BTreeMap<_, BTreeSet<[u8; 32]>> = BTreeMap::new();
            for guest in guests.look().await? {
                if guest.is_out {
                    tracing::info!(transport = %guest.endpoint.fmt_short(), "no longer let into the relay");
                    let clients = service.clients();
                    clients.disconnect(guest.endpoint, Some(guest.connection));
                }
                for space in guest.spaces {
                    let here = there.entry(space).or_default();
                    here.insert(*guest.endpoint.as_bytes());
                }
            }
            node.tell_relay(&told, &there).await
        };
        if let Err(error) = looked.await {
            tracing::warn!(%error, "looking after the relay");
        }
    }
}

/// Where the relay of these settings is reached, without running it.
pub(crate) fn own(config: &Config) -> anyhow::Result<Option<OwnRelay>> {
    match config.relay.listen {
        // A port that is chosen at the start is not known before.
        Some(listen) if listen.port() != 0 => {
            let identity = identity(config, listen)?;
            places(&config.relay, listen, identity.as_ref()).map(Some)
        }
        _ => Ok(None),
    }
}

fn identity(config: &Config, listen: SocketAddr) -> anyhow::Result<Option<Identity>> {
    let settings = &config.relay;
    if settings.tls == Tls::Off {
        return Ok(None);
    }
    if let (Some(certificate), Some(key)) = (&settings.certificate, &settings.key) {
        let (certificate, key) = (certificate.clone(), key.clone());
        return Files { certificate, key }.read().map(Some);
    }
    // Tickets name it, so it is kept where the keys are.
    let folder = config.storage.keys.as_ref().unwrap_or(&config.data);
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let url = settings.url.as_deref().and_then(host);
    let names = url.into_iter().chain([listen.ip().to_string()]);
    let files = Files::of(folder, "relay");
    files.made_for(names.collect()).map(Some)
}

fn places(
    settings: &Settings,
    listen: SocketAddr,
    identity: Option<&Identity>,
) -> anyhow::Result<OwnRelay> {
    let scheme = identity.map_or("http", |_| "https");
    let itself = |at: SocketAddr| format!("{scheme}://{at}");
    let near = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let pin = identity.map(|identity| pin_of(&identity.certificate));
    let quic = identity.map(|_| listen.port());
    let url = settings.url.clone().unwrap_or_else(|| itself(listen));
    let given = settings.certificate.is_some();
    let told = RelayPlace::new(&url, pin.filter(|_| !given), quic);
    let told = told.with_context(|| {
        format!("reading the relay's url {url:?}, which must be like https://relay.example.org")
    })?;
    let near = SocketAddr::new(near, listen.port());
    let home = RelayPlace::new(&itself(near), pin, quic).context("reaching the own relay")?;
    Ok(OwnRelay { told, home })
}
