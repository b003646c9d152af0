//! The settings of a gateway: from a file, and from what was typed. Nothing needs to be set but
//! the folder.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use majlis_node::limits::Limits;
use majlis_node::tablets::Pace;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::args::Cli;

/// What the transport says when it lets go of a relay is no error, and who is refused is told once.
const USUAL_LOG: &str =
    "info,swarm_discovery=warn,iroh_relay=error,iroh::socket::transports::relay=off";
const GIB: u64 = 1024 * 1024 * 1024;

/// Every setting.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The folder.
    pub(crate) data: PathBuf,
    /// The name that others see.
    pub(crate) name: String,
    /// What is logged: `error`, `warn`, `info`, `debug`, or a filter of tracing's.
    pub(crate) log: String,
    /// Where everything is kept.
    pub(crate) storage: Storage,
    /// Meeting other devices.
    pub(crate) peers: Peers,
    /// The relay for devices that cannot reach each other.
    pub(crate) relay: Relay,
    /// The interface for operators.
    pub(crate) web: Web,
    /// Answers from tablets with ODK Collect or KoboCollect.
    pub(crate) tablets: Tablets,
    /// Health and metrics.
    pub(crate) status: Status,
    /// How much others may bring.
    #[serde(deserialize_with = "limits")]
    pub(crate) limits: Limits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Storage {
    /// How to reach a PostgreSQL database that several processes share; without it everything is
    /// in the folder.
    pub(crate) postgres: Option<String>,
    /// Whether the database may be on another machine, to which nothing encrypts.
    pub(crate) unencrypted: bool,
    /// The folder of the keys, when that is not the folder of everything else.
    pub(crate) keys: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Peers {
    /// The UDP port; 0 takes the one of last time.
    pub(crate) port: u16,
    /// Whether to find and be found on the local network.
    pub(crate) discovery: bool,
    /// Where people reach it, when that is not an address of this machine; told first.
    #[serde(deserialize_with = "reached_at")]
    pub(crate) addresses: Vec<SocketAddr>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Relay {
    /// Where it listens; without it there is no relay.
    pub(crate) listen: Option<SocketAddr>,
    /// Under which address devices reach it; without it, under the one it listens at.
    pub(crate) url: Option<String>,
    /// Whom it lets in.
    pub(crate) access: RelayAccess,
    /// Whether it encrypts by itself, by a certificate that tickets name.
    pub(crate) tls: Tls,
    /// A certificate that the web's authorities signed, instead of its own.
    pub(crate) certificate: Option<PathBuf>,
    /// The key of that certificate.
    pub(crate) key: Option<PathBuf>,
    /// Devices that may be connected at once.
    pub(crate) guests: usize,
    /// Bytes that one device may send through it in a second, lasting.
    pub(crate) bytes_a_second: NonZeroU32,
    /// Bytes that it may send at once before that counts.
    pub(crate) burst_bytes: NonZeroU32,
}

/// Whom a relay lets in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RelayAccess {
    /// Members of the spaces that this gateway is in, and who holds an open invite to one.
    #[default]
    Members,
    /// Every device.
    Anyone,
}

impl RelayAccess {
    /// As it is written in the settings.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Anyone => "anyone",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Web {
    /// The port on 127.0.0.1; 0 takes any.
    pub(crate) port: u16,
    /// The folder of a built interface, instead of the one in this program.
    pub(crate) ui: Option<PathBuf>,
    /// Under which names browsers reach it, such as `https://majlis.example.org`.
    pub(crate) origins: Vec<String>,
    /// Whether it encrypts by itself.
    pub(crate) tls: Tls,
    /// Where it listens encrypted.
    pub(crate) listen: Option<SocketAddr>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tablets {
    /// Where it listens; without it tablets are not served.
    pub(crate) listen: Option<SocketAddr>,
    /// Under which address tablets reach it; without it, under the one it listens at.
    pub(crate) url: Option<String>,
    /// A certificate that the web's authorities signed: tablets take no other.
    pub(crate) certificate: Option<PathBuf>,
    /// The key of that certificate.
    pub(crate) key: Option<PathBuf>,
    /// Whether others than this machine may be reached without encryption here.
    pub(crate) unencrypted: bool,
    /// Whether a proxy stands before it, which names whom it asks for.
    pub(crate) behind_proxy: bool,
    /// How much a tablet, or an address, may do.
    pub(crate) pace: Pace,
}

/// How the web part, or the relay, is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tls {
    /// Not here: a proxy encrypts. The web part then listens on the loopback address only.
    #[default]
    Off,
    /// By a certificate of its own.
    SelfSigned,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Status {
    /// Where it listens, in plain HTTP and for whoever reaches it.
    pub(crate) listen: SocketAddr,
}

/// More would leave a ticket no room for the addresses of the local network.
const MAX_ADDRESSES: usize = 2;

/// An address at which others can reach this machine, as it is typed.
///
/// # Errors
/// A sentence that says what it may be.
pub(crate) fn reachable(text: &str) -> Result<SocketAddr, String> {
    let at = text.parse::<SocketAddr>().ok().filter(|at| {
        let nowhere = match at.ip() {
            IpAddr::V4(ip) => ip.is_broadcast() || ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        };
        let ip = at.ip();
        at.port() != 0
            && !nowhere
            && !ip.is_unspecified()
            && !ip.is_loopback()
            && !ip.is_multicast()
    });
    at.ok_or_else(|| {
        format!(
            "reading {text:?} in `addresses` under [peers], which must be where others reach this machine: numbers and the port, such as 203.0.113.7:4600 or [2001:db8::7]:4600"
        )
    })
}

fn reached_at<'de, D: Deserializer<'de>>(said: D) -> Result<Vec<SocketAddr>, D::Error> {
    let said = Vec::<String>::deserialize(said)?;
    let all = said.iter().map(|text| reachable(text));
    all.collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// A gateway's own, where the settings say nothing.
const USUAL_LIMITS: Limits = Limits {
    links: 1_024,
    links_idle: 256,
    links_per_address: 64,
    links_per_device: 64,
    space_bytes: 64 * GIB,
    space_entries: 50_000_000,
    device_bytes: 4 * GIB,
    device_entries: 2_000_000,
    space_bytes_a_day: 64 * GIB,
    device_bytes_a_day: 4 * GIB,
};

/// Reads limits of which some may be left out: those are a gateway's, not a person's device's.
fn limits<'de, D: Deserializer<'de>>(said: D) -> Result<Limits, D::Error> {
    let said = toml::Table::deserialize(said)?;
    let mut all = toml::Table::try_from(USUAL_LIMITS).map_err(D::Error::custom)?;
    all.extend(said);
    all.try_into().map_err(D::Error::custom)
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::new(),
            name: "Gateway".to_owned(),
            log: USUAL_LOG.to_owned(),
            storage: Storage::default(),
            peers: Peers::default(),
            relay: Relay::default(),
            web: Web::default(),
            tablets: Tablets::default(),
            status: Status::default(),
            limits: USUAL_LIMITS,
        }
    }
}

impl Default for Peers {
    fn default() -> Self {
        Self {
            port: 0,
            discovery: true,
            addresses: Vec::new(),
        }
    }
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            listen: None,
            url: None,
            access: RelayAccess::Members,
            tls: Tls::SelfSigned,
            certificate: None,
            key: None,
            guests: 512,
            bytes_a_second: NonZeroU32::MIN.saturating_add(256 * 1024 - 1),
            burst_bytes: NonZeroU32::MIN.saturating_add(2 * 1024 * 1024 - 1),
        }
    }
}

impl Default for Status {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9464)),
        }
    }
}

impl Relay {
    fn check(&self) -> anyhow::Result<()> {
        let anywhere = self.listen.is_some_and(|at| at.ip().is_unspecified());
        ensure!(
            !anywhere || self.url.is_some(),
            "a relay that listens on every address needs `url` under [relay]: where devices reach it, such as https://relay.example.org:3340"
        );
        ensure!(
            self.certificate.is_some() == self.key.is_some(),
            "a certificate for the relay needs its key, and a key its certificate"
        );
        ensure!(
            self.tls == Tls::SelfSigned || self.certificate.is_none(),
            "the relay has a certificate, and `tls = \"off\"`, which uses none"
        );
        ensure!(
            self.guests > 0,
            "`guests` under [relay] is 0, which lets nobody in: give at least 1, or leave `listen` out for no relay"
        );
        Ok(())
    }
}

impl Web {
    fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.tls == Tls::SelfSigned || self.listen.is_none(),
            "`listen` under [web] is where the web part listens encrypted, and `tls` under [web] is \"off\": say tls = \"self-signed\", or leave `listen` out and use `port` (on 127.0.0.1, for a proxy)"
        );
        for origin in &self.origins {
            let host = origin
                .strip_prefix("https://")
                .or_else(|| origin.strip_prefix("http://"));
            let plain = |host: &str| !host.is_empty() && !host.contains(['/', '*', '?', '#', '@']);
            ensure!(
                host.is_some_and(plain),
                "reading {origin:?} in `origins` under [web], which must be like https://majlis.example.org"
            );
        }
        Ok(())
    }
}

/// A level, or a filter that names targets: a single word that is no level would be read as the name
/// of a target, and silence everything else.
fn check_log(log: &str) -> anyhow::Result<()> {
    const WORDS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let fits = |part: &str| {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        WORDS.contains(&level.trim().to_ascii_lowercase().as_str())
    };
    ensure!(
        log.split(',').all(fits),
        "reading `log` = {log:?}, which must be error, warn, info or debug, or off; or levels of single parts, such as \"info,iroh=debug\""
    );
    Ok(())
}

/// A limit of nothing makes a gateway that runs and serves nobody.
fn check_limits(limits: &Limits) -> anyhow::Result<()> {
    let all = toml::Table::try_from(*limits).context("reading [limits]")?;
    for (name, value) in all {
        // Links with nothing to say may all give way.
        let may_be_none = name == "links_idle";
        ensure!(
            may_be_none || value.as_integer() != Some(0),
            "`{name}` under [limits] is 0, which lets nobody do anything: give at least 1, or leave it out for what is usual"
        );
    }
    Ok(())
}

impl Tablets {
    /// Where tablets reach it, where that is known before it listens.
    pub(crate) fn address(&self) -> Option<String> {
        let scheme = if self.certificate.is_some() {
            "https"
        } else {
            "http"
        };
        let own = self
            .listen
            .filter(|at| at.port() != 0 && !at.ip().is_unspecified());
        let own = own.map(|at| format!("{scheme}://{at}"));
        self.url.clone().or(own)
    }

    fn check(&self, pooled: bool) -> anyhow::Result<()> {
        ensure!(
            self.certificate.is_some() == self.key.is_some(),
            "a certificate for tablets needs its key, and a key its certificate"
        );
        let Some(listen) = self.listen else {
            return Ok(());
        };
        ensure!(
            !pooled,
            "tablets are not served by a gateway that shares a database with others: what a tablet has sent so far would be with one of them only"
        );
        ensure!(
            listen.ip().is_loopback() || self.certificate.is_some() || self.unencrypted,
            "tablets send their tokens, which must be encrypted: give `certificate` and `key` under [tablets], listen on 127.0.0.1 behind a proxy that encrypts, or say `unencrypted = true` on a network that is your own"
        );
        ensure!(
            self.certificate.is_none() || self.address().is_some(),
            "tablets that are served with a certificate need `url` under [tablets]: the name that is in the certificate, such as https://tablets.example.org"
        );
        let fits = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        ensure!(
            self.url.as_ref().is_none_or(fits),
            "reading `url` under [tablets], which must be like https://tablets.example.org"
        );
        Ok(())
    }
}

impl Config {
    /// The settings of the file, overruled by what was typed.
    ///
    /// # Errors
    /// When the file cannot be read, or a setting makes no sense.
    pub(crate) fn read(cli: &Cli) -> anyhow::Result<Self> {
        let mut config = match &cli.config {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("reading {}", path.display()))?;
                toml::from_str(&text)
                    .with_context(|| format!("reading the settings in {}", path.display()))?
            }
            None => Self::default(),
        };
        if let Some(data) = &cli.data {
            config.data.clone_from(data);
        }
        if let Some(address) = &cli.postgres {
            config.storage.postgres = Some(address.clone());
        }
        if let Some(listen) = cli.status {
            config.status.listen = listen;
        }
        if let Some(tls) = cli.tls {
            config.web.tls = tls;
        }
        if let Some(listen) = cli.relay {
            config.relay.listen = Some(listen);
        }
        if let Some(access) = cli.relay_access {
            config.relay.access = access;
        }
        if let Some(listen) = cli.tablets {
            config.tablets.listen = Some(listen);
        }
        if !cli.addresses.is_empty() {
            config.peers.addresses.clone_from(&cli.addresses);
        }
        check_log(&config.log)?;
        check_limits(&config.limits)?;
        let named = config.storage.postgres.as_deref();
        ensure!(
            named.is_none_or(|address| !address.trim().is_empty()),
            "`postgres` under [storage], or MAJLIS_GATEWAY_POSTGRES, is empty: say how to reach the database, such as \"host=127.0.0.1 dbname=majlis\", or leave it out where there is none"
        );
        ensure!(
            config.peers.addresses.len() <= MAX_ADDRESSES,
            "there are more than {MAX_ADDRESSES} `addresses` under [peers]: name those by which most people reach this machine"
        );
        config.web.check()?;
        config.relay.check()?;
        config.tablets.check(config.storage.postgres.is_some())?;
        ensure!(
            !config.data.as_os_str().is_empty(),
            "a gateway needs a folder: give one with --data, MAJLIS_GATEWAY_DATA or `data` in the settings"
        );
        Ok(config)
    }
}

#[cfg(test)]
mod tests;
