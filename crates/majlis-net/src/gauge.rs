//! What one connection costs on the wire and how it does, as the transport itself counts it: every
//! packet, the handshake and what was sent twice included. Not here: what the frames are.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use iroh::TransportAddr;
use iroh::endpoint::{Connection, ConnectionStats, WeakConnectionHandle};

use crate::link::Traffic;

/// Headers of IP and UDP in front of every packet.
const HEADERS_V4: u64 = 28;
const HEADERS_V6: u64 = 48;
/// What stands in front of a packet through a relay: IP, TCP, TLS, WebSocket and the relay's own.
const HEADERS_RELAY: u64 = 120;

/// Looks at one connection without keeping it open. Clones look at the same.
#[derive(Clone, Debug)]
pub struct Gauge {
    connection: WeakConnectionHandle,
    last: Arc<Last>,
}

#[derive(Debug)]
struct Last {
    remote: Option<SocketAddr>,
    /// Whether it began through a relay.
    relayed: bool,
    sent: Counted,
    received: Counted,
}

#[derive(Debug, Default)]
struct Counted {
    bytes: AtomicU64,
    packets: AtomicU64,
}

impl Gauge {
    pub(crate) fn new(connection: &Connection) -> Self {
        let gauge = Self {
            connection: connection.weak_handle(),
            last: Arc::new(Last {
                remote: path(connection).and_then(|(way, _)| way.socket()),
                relayed: path(connection).is_some_and(|(way, _)| way.relay().is_some()),
                sent: Counted::default(),
                received: Counted::default(),
            }),
        };
        let (ended, last) = (gauge.connection.closed(), Arc::clone(&gauge.last));
        tokio::spawn(async move {
            if let Some(closed) = ended.await {
                last.note(&closed.stats);
            }
        });
        gauge
    }

    /// Bytes on the wire so far, headers of IP and UDP included; after the end, all of them.
    #[must_use]
    pub fn wire(&self) -> Traffic {
        let headers = match self.last.remote {
            None if self.last.relayed => HEADERS_RELAY,
            Some(at) if at.ip().to_canonical().is_ipv6() => HEADERS_V6,
            _ => HEADERS_V4,
        };
        self.read(headers)
    }

    /// The same without headers, as [`crate::Net::wire`] counts them.
    #[must_use]
    pub fn payload(&self) -> Traffic {
        self.read(0)
    }

    fn read(&self, headers: u64) -> Traffic {
        if let Some(connection) = self.connection.upgrade() {
            self.last.note(&connection.stats());
        }
        let of = |counted: &Counted| {
            let packets = counted.packets.load(Ordering::Relaxed);
            let bytes = counted.bytes.load(Ordering::Relaxed);
            bytes.saturating_add(packets.saturating_mul(headers))
        };
        Traffic {
            sent: of(&self.last.sent),
            received: of(&self.last.received),
        }
    }

    /// Where the other device is; where it was at first, after the end. `None` through a relay.
    #[must_use]
    pub fn remote(&self) -> Option<SocketAddr> {
        let now = self.connection.upgrade();
        match now.as_ref().and_then(path) {
            Some((way, _)) => way.socket(),
            None => self.last.remote,
        }
    }

    /// The address of the relay that packets go through now; `None` on a direct way.
    #[must_use]
    pub fn relay(&self) -> Option<String> {
        let connection = self.connection.upgrade()?;
        path(&connection).and_then(|(way, _)| way.relay())
    }

    /// How long an answer takes now; `None` after the end.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        let connection = self.connection.upgrade()?;
        path(&connection).map(|(_, round_trip)| round_trip)
    }
}

impl Last {
    /// Counts only ever grow, whoever looks last.
    fn note(&self, stats: &ConnectionStats) {
        for (counted, udp) in [(&self.sent, &stats.udp_tx), (&self.received, &stats.udp_rx)] {
            counted.bytes.fetch_max(udp.bytes, Ordering::Relaxed);
            counted.packets.fetch_max(udp.datagrams, Ordering::Relaxed);
        }
    }
}

/// The way that packets take.
struct Way(TransportAddr);

impl Way {
    const fn socket(&self) -> Option<SocketAddr> {
        match &self.0 {
            TransportAddr::Ip(at) => Some(*at),
            _ => None,
        }
    }

    fn relay(&self) -> Option<String> {
        match &self.0 {
            TransportAddr::Relay(url) => Some(url.as_str().trim_end_matches('/').to_owned()),
            _ => None,
        }
    }
}

fn path(connection: &Connection) -> Option<(Way, Duration)> {
    let paths = connection.paths();
    let path = paths
        .iter()
        .find(iroh::endpoint::Path::is_selected)
        .or_else(|| paths.iter().next())?;
    Some((Way(path.remote_addr().clone()), path.rtt()))
}
