//! Running: the node, its web part, health and metrics, until the system says stop.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use majlis_node::api::me::SetProfile;
use majlis_node::api::members::RankName;
use majlis_node::api::{Nothing, Request, Response};
use majlis_node::host::{Host, HostConfig};
use majlis_node::node::{NetworkConfig, NewKeys, Node, NodeConfig, machine_folder};
use majlis_node::pool::PoolError;
use majlis_node::relay::OwnRelay;
use majlis_node::tablets::{Tablets, TabletsConfig};
use serde_json::json;
use tokio::net::TcpListener;

use crate::config::{Config, Tls};
use crate::elsewhere::{self, Elsewhere};
use crate::pool::{self, Pooled};
use crate::relay::{self, Prepared};
use crate::status::{self, Watched};
use crate::tls::{Files, TlsListener};

/// Where the web part listens encrypted when nothing is said.
const ENCRYPTED_PORT: u16 = 8443;
/// At the start, the pool is tried again at least this often.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

pub(crate) async fn run(config: &Config, new_device: bool) -> anyhow::Result<()> {
    match Elsewhere::noted(&config.data) {
        Ok(noted) if !new_device => noted.check_to_run(&config.data, &config.storage)?,
        // One that cannot be read stops no gateway: the keys know as well that they signed in a database.
        Ok(_) | Err(_) => {}
    }
    let relay = Prepared::open(config).await?;
    let own = relay.as_ref().map(Prepared::own);
    let (node, pooled) = open_when_reached(config, new_device, own.as_ref()).await?;
    if new_device && !node.has_new_keys() {
        tracing::warn!(
            "`run --new-device` had no effect: the keys go on, since all that they signed is here. \
             To leave a database, take its address away as well: `postgres` under [storage], and \
             MAJLIS_GATEWAY_POSTGRES"
        );
    }
    // People were told this port, and a firewall lets it through: another is of no use.
    if config.peers.port != 0 && node.port() != Some(config.peers.port) {
        node.shutdown().await;
        anyhow::bail!(
            "UDP port {} under [peers] is taken: end what listens there, or choose another",
            config.peers.port
        );
    }
    warn_of_rank(&node).await;
    let relay = match relay {
        Some(relay) => Some(relay.run(&node, &config.relay).await?),
        None => None,
    };
    let (host, encrypted) = web(config, &node).await?;
    let tablets = tablets(config, &node).await?;
    let watched = Watched {
        tablets: tablets.as_ref().map(|(tablets, _)| tablets.figures()),
        node: node.clone(),
        commits: pooled.commits,
        relay: relay.as_ref().map(|relay| relay.figures.clone()),
    };
    let status = status::serve(watched, config.status.listen).await?;
    let line = json!({
        "web": host.address(),
        "encrypted": encrypted,
        "status": status,
        "tablets": tablets.as_ref().map(|(_, at)| at),
        "relay": own.as_ref().map(|own| own.told.url()),
    });
    let shown = encrypted.map(tracing::field::display);
    tracing::info!(web = %host.address(), encrypted = shown, %status, "running");
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")
            .and_then(|()| out.flush())
            .context("printing where it listens")?;
    }
    stopped().await;
    tracing::info!("stopping");
    if let Some((tablets, _)) = tablets {
        tablets.stop().await;
    }
    host.stop().await;
    drop(relay);
    node.shutdown().await;
    Ok(())
}

/// A gateway carries and needs no rank: one that a person's folder lends it is in the hands of
/// whoever gets at this machine.
async fn warn_of_rank(node: &Node) {
    let Ok(Response::Spaces(spaces)) = node.call(Request::Spaces(Nothing {})).await else {
        return;
    };
    let led = spaces
        .iter()
        .filter(|space| space.rank == Some(RankName::Steward));
    for space in led {
        tracing::warn!(
            space = %space.space, name = %space.name,
            "the keys in this folder are a steward's: whoever gets at this machine leads the space. \
             Give the gateway a folder and a ticket of its own"
        );
    }
}

/// Serves the web part; gives where it is encrypted, if here.
async fn web(config: &Config, node: &Node) -> anyhow::Result<(Host, Option<SocketAddr>)> {
    let mut origins = config.web.origins.clone();
    let mut front = None;
    if config.web.tls == Tls::SelfSigned {
        let usual = SocketAddr::from((Ipv4Addr::UNSPECIFIED, ENCRYPTED_PORT));
        let listen = config.web.listen.unwrap_or(usual);
        let named = [&origins[..], &by_number(node, listen).await].concat();
        let opened = TlsListener::open(&config.data, &named, listen).await;
        let opened = opened.context("serving the web part: see `listen` under [web]")?;
        origins.extend(by_number(node, opened.address()).await);
        origins.dedup();
        front = Some(opened);
    }
    let how = HostConfig {
        port: config.web.port,
        ui: config.web.ui.clone(),
        built: majlis_pages::built(),
    };
    let mut host = Host::start_as(node.clone(), how, origins)
        .await
        .context("serving the web part: see `port` and `ui` under [web]")?;
    let encrypted = front.as_ref().map(TlsListener::address);
    if let Some(front) = front {
        host.front(front);
    }
    Ok((host, encrypted))
}

/// What a browser on another machine opens that reaches this one by its number, where the web part
/// listens at `listen`. A number is safe to be reached under: no name of somebody else leads to it.
async fn by_number(node: &Node, listen: SocketAddr) -> Vec<String> {
    let mut found = Vec::new();
    if !listen.ip().is_unspecified() {
        found.push(listen.ip());
    } else if let Ok(Response::MyAddress(mine)) = node.call(Request::MyAddress(Nothing {})).await {
        let own = mine
            .sockets
            .iter()
            .filter_map(|at| at.parse::<SocketAddr>().ok());
        found.extend(own.map(|at| at.ip()));
        found.retain(|ip| ip.is_ipv4() || listen.is_ipv6());
    }
    let origin = |ip: IpAddr| {
        let at = SocketAddr::new(ip, listen.port()).to_string();
        // As browsers write it: without the port that is usual.
        format!("https://{}", at.strip_suffix(":443").unwrap_or(&at))
    };
    found.into_iter().map(origin).collect()
}

/// Serves tablets, where the settings want it; gives where.
async fn tablets(config: &Config, node: &Node) -> anyhow::Result<Option<(Tablets, SocketAddr)>> {
    let wanted = &config.tablets;
    let Some(listen) = wanted.listen else {
        return Ok(None);
    };
    let how = TabletsConfig {
        url: wanted.url.clone().or_else(|| wanted.address()),
        behind_proxy: wanted.behind_proxy,
        pace: wanted.pace,
    };
    let mut tablets = Tablets::new(node.clone(), how);
    let at = match (&wanted.certificate, &wanted.key) {
        (Some(certificate), Some(key)) => {
            let files = Files {
                certificate: certificate.clone(),
                key: key.clone(),
            };
            let front = TlsListener::with(files.read()?, listen).await?;
            let at = front.address();
            tablets.front(front);
            at
        }
        _ => {
            let listener = TcpListener::bind(listen).await;
            let listener = listener.with_context(|| {
                format!("listening on {listen} for tablets: see `listen` under [tablets]")
            })?;
            let at = listener.local_addr()?;
            tablets.front(listener);
            at
        }
    };
    tracing::info!(%at, "taking answers from tablets");
    Ok(Some((tablets, at)))
}

/// For what a replica is opened.
#[derive(Clone, Copy)]
enum For<'a> {
    /// To run, with what the settings say now; another gateway is waited for to let go of the folder.
    Running {
        /// Whether it goes on as a new device without what its keys signed, be that in a pool or a folder.
        new_device: bool,
    },
    /// For an order, which changes nothing of the gateway that it is about.
    Order,
    /// To restore this backup, by a new device.
    Restoring(&'a Path),
}

/// Opens the replica, and waits for its pool as long as it takes.
async fn open_when_reached(
    config: &Config,
    new_device: bool,
    relay: Option<&OwnRelay>,
) -> anyhow::Result<(Node, Pooled)> {
    let mut wait = Duration::from_millis(500);
    loop {
        match open_with(config, true, For::Running { new_device }, relay.cloned()).await {
            Err(error) if is_unreached(&error) => {
                let seconds = wait.as_secs_f64();
                tracing::error!(
                    error = format!("{error:#}"),
                    seconds,
                    "waiting for the pool"
                );
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            opened => return opened,
        }
    }
}

/// Whether it is the pool that does not answer.
fn is_unreached(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(
            cause.downcast_ref::<PoolError>(),
            Some(PoolError::Unreachable(_))
        )
    })
}

/// Opens the replica for an order, where the settings name everything that is not in its folder.
pub(crate) async fn open(config: &Config, online: bool) -> anyhow::Result<Node> {
    Elsewhere::noted(&config.data)?.check(&config.storage)?;
    // Only who is reached tells of a relay; its key need not be readable for another order.
    let relay = if online { relay::own(config)? } else { None };
    let (node, _) = open_with(config, online, For::Order, relay).await?;
    Ok(node)
}

/// The same to restore a backup, which is looked at before anything else.
pub(crate) async fn open_to_restore(config: &Config, backup: &Path) -> anyhow::Result<Node> {
    Elsewhere::noted(&config.data)?.check(&config.storage)?;
    let (node, _) = open_with(config, false, For::Restoring(backup), None).await?;
    Ok(node)
}

/// Opens the replica as a carrier, on the network or not, and gives it a name.
async fn open_with(
    config: &Config,
    online: bool,
    what_for: For<'_>,
    relay: Option<OwnRelay>,
) -> anyhow::Result<(Node, Pooled)> {
    let pooled = pool::open(config).await?;
    let network = online.then_some(NetworkConfig {
        port: config.peers.port,
        discovery: config.peers.discovery,
        addresses: config.peers.addresses.clone(),
        carrier: true,
        limits: config.limits,
        relay,
    });
    let node = NodeConfig {
        data: config.data.clone(),
        keys: config.storage.keys.clone(),
        keys_known: Elsewhere::knows_keys(&config.data, &config.storage),
        network,
        pool: pooled.pool.clone(),
        machine: machine_folder(),
        new_keys: match what_for {
            For::Running { new_device: true } => NewKeys::Told,
            For::Running { new_device: false } | For::Order => NewKeys::default(),
            For::Restoring(backup) => NewKeys::Restoring(backup.to_path_buf()),
        },
    };
    // Whoever gives an order asks the gateway that runs; only another gateway waits for it to end.
    let opened = match what_for {
        For::Running { .. } => Node::open_when_free(node).await,
        For::Order | For::Restoring(_) => Node::open(node).await,
    };
    let node = opened.map_err(elsewhere::explained)?;
    elsewhere::note(&config.data, &config.storage)?;
    call_it(&node, &config.name, what_for).await?;
    Ok((node, pooled))
}

/// Gives the gateway its name. An order that was given without the settings takes none away.
async fn call_it(node: &Node, name: &str, what_for: For<'_>) -> anyhow::Result<()> {
    let Response::Me(me) = node.call(Request::Me(Nothing {})).await? else {
        return Ok(());
    };
    let stays = match (&me.name, what_for) {
        (None, _) => false,
        (Some(_), For::Order | For::Restoring(_)) => true,
        (Some(before), For::Running { .. }) => before == name.trim(),
    };
    if stays {
        return Ok(());
    }
    let profile = SetProfile {
        name: Some(name.to_owned()),
        ..SetProfile::default()
    };
    node.call(Request::SetProfile(profile)).await?;
    Ok(())
}

/// Waits until the system or a person wants this process to end.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
