//! Whether the gateway lives, whether it can work, and its figures, for whoever watches over it.
//! On a listener of its own, without a token: it tells how much, never what.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use majlis_node::limits::LimitName;
use majlis_node::node::{Node, SpaceFigures};
use majlis_node::pool::PoolFigures;
use majlis_node::tablets;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use crate::relay;

/// With fewer bytes free where the data is, nothing new can be counted on to be stored.
const ROOM: u64 = 32 * 1024 * 1024;
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSpace {
    space: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLimit {
    space: String,
    limit: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBuild {
    version: &'static str,
}

/// Starts answering; gives where.
pub(crate) async fn serve(watched: Watched, listen: SocketAddr) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| {
            format!(
                "listening on {listen} for health and metrics: see `listen` under [status], or give --status"
            )
        })?;
    let address = listener.local_addr()?;
    let routes = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(watched);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            tracing::error!(%error, "health and metrics ended");
        }
    });
    Ok(address)
}

/// What is watched.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) node: Node,
    /// The seconds that each commit to a pool took, where there is one.
    pub(crate) commits: Histogram,
    pub(crate) relay: Option<relay::Figures>,
    pub(crate) tablets: Option<tablets::Figures>,
}

/// Ready is who can read every space from its disk, has room on it, and is in step with the pool.
async fn ready(State(watched): State<Watched>) -> Response {
    if free(watched.node.folder()).is_some_and(|free| free < ROOM) {
        let why = "the disk is full: nothing more can be stored\n";
        return (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    }
    match watched.node.figures().await {
        Ok(figures) => match lacking(&figures) {
            Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why).into_response(),
            None => "ready\n".into_response(),
        },
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response()
        }
    }
}

/// Bytes that are free for this process where a folder is; `None` where the system does not say.
fn free(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(folder).ok()?;
        disk.f_bavail.checked_mul(disk.f_frsize)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// Why some space cannot be written to the pool.
fn lacking(figures: &[SpaceFigures]) -> Option<&'static str> {
    let pools = || figures.iter().filter_map(|it| it.pool);
    if pools().any(|pool| pool.over) {
        Some("another process goes on with the keys of this one, which writes nothing any more\n")
    } else if pools().any(|pool| !pool.reached) {
        Some("the pool cannot be reached\n")
    } else {
        None
    }
}

async fn metrics(State(watched): State<Watched>) -> Response {
    let figures = match watched.node.figures().await {
        Ok(figures) => figures,
        Err(error) => {
            tracing::error!(%error, "reading the figures");
            return (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response();
        }
    };
    let mut text = String::new();
    let mut registry = registry(&figures, watched.commits);
    if let Some(bytes) = free(watched.node.folder()) {
        let room: Gauge = Gauge::default();
        room.set(number(bytes));
        registry.register("free_bytes", "Bytes free where the data is", room);
    }
    if let Some(relay) = &watched.relay {
        of_relay(relay, &mut registry);
    }
    if let Some(tablets) = &watched.tablets {
        of_tablets(tablets, &mut registry);
    }
    if encode(&mut text, &registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(header::CONTENT_TYPE, TEXT)], text).into_response()
}

/// The figures as they are now: they are kept where they arise, and read when asked for.
fn registry(figures: &[SpaceFigures], commits: Histogram) -> Registry {
    let mut registry = Registry::with_prefix("majlis");
    let build = Family::<OfBuild, Gauge>::default();
    let version = env!("CARGO_PKG_VERSION");
    build.get_or_create(&OfBuild { version }).set(1);
    registry.register("build", "The version that runs", build);
    let spaces: Gauge = Gauge::default();
    spaces.set(number(figures.len() as u64));
    registry.register("spaces", "Spaces carried", spaces);
    type Read = fn(&SpaceFigures) -> u64;
    let gauges: [(&str, &str, Read); 7] = [
        (
            "space_member",
            "Whether this gateway is in the space",
            |it| u64::from(it.member),
        ),
        ("space_entries", "Entries held", |it| it.entries),
        (
            "space_bytes",
            "Bytes of content held, photos and sounds among it",
            |it| it.bytes,
        ),
        ("space_blobs", "Photos and sounds held", |it| it.blobs),
        (
            "space_blob_bytes",
            "Bytes of photos and sounds held",
            |it| it.blob_bytes,
        ),
        ("space_links", "Devices connected now", |it| it.connected),
        ("space_alarms", "Alarms about other carriers", |it| {
            it.alarms
        }),
    ];
    for (name, help, read) in gauges {
        let family = Family::<OfSpace, Gauge>::default();
        for it in figures {
            family.get_or_create(&of(it)).set(number(read(it)));
        }
        registry.register(name, help, family);
    }
    let counters: [(&str, &str, Read); 3] = [
        (
            "space_received_bytes",
            "Bytes received from devices",
            |it| it.received,
        ),
        ("space_sent_bytes", "Bytes sent to devices", |it| it.sent),
        ("space_receipts", "Receipts signed", |it| it.receipts),
    ];
    for (name, help, read) in counters {
        let family = Family::<OfSpace, Counter>::default();
        for it in figures {
            family.get_or_create(&of(it)).inc_by(read(it));
        }
        registry.register(name, help, family);
    }
    of_pool(figures, commits, &mut registry);
    let refusals = Family::<OfLimit, Counter>::default();
    for it in figures {
        for limit in LimitName::ALL {
            let count = it.refusals.iter().find(|(name, _)| *name == limit);
            let labels = OfLimit {
                space: of(it).space,
                limit: limit.word(),
            };
            refusals
                .get_or_create(&labels)
                .inc_by(count.map_or(0, |(_, count)| *count));
        }
    }
    registry.register("space_refusals", "Devices refused for a limit", refusals);
    registry
}

/// What the relay came to.
fn of_relay(relay: &relay::Figures, registry: &mut Registry) {
    let guests: Gauge = Gauge::default();
    guests.set(number(relay.guests()));
    registry.register("relay_guests", "Devices connected to the relay now", guests);
    let (received, sent) = relay.bytes();
    for (name, help, value) in [
        (
            "relay_received_bytes",
            "Bytes that devices sent through the relay",
            received,
        ),
        ("relay_sent_bytes", "Bytes that the relay passed on", sent),
        (
            "relay_refusals",
            "Connections that the relay refused",
            relay.refusals(),
        ),
        (
            "relay_slowed",
            "Connections slowed down for sending too much",
            relay.slowed(),
        ),
    ] {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
}

/// What tablets came to.
fn of_tablets(tablets: &tablets::Figures, registry: &mut Registry) {
    for (name, help, value) in [
        (
            "tablets_recorded",
            "Answers of tablets that were recorded",
            tablets.all_recorded(),
        ),
        (
            "tablets_repeated",
            "Submissions of tablets that had been recorded before",
            tablets.all_repeated(),
        ),
        (
            "tablets_waiting",
            "Requests of tablets after which files were still missing",
            tablets.all_waiting(),
        ),
        (
            "tablets_refused",
            "Requests of tablets that were refused with a reason",
            tablets.all_refused(),
        ),
        (
            "tablets_wrong_tokens",
            "Requests with a wrong or revoked token",
            tablets.all_wrong(),
        ),
        (
            "tablets_slowed",
            "Requests of tablets that were told to come later",
            tablets.all_slowed(),
        ),
        (
            "tablets_received_bytes",
            "Bytes of submissions that arrived",
            tablets.bytes(),
        ),
    ] {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
}

/// How it stands with the pool; nothing without one.
fn of_pool(figures: &[SpaceFigures], commits: Histogram, registry: &mut Registry) {
    type Read = fn(&PoolFigures) -> u64;
    let gauges: [(&str, &str, Read); 3] = [
        (
            "space_pool_reached",
            "Whether the gateway is in step with the pool",
            |it| u64::from(it.reached),
        ),
        (
            "space_pool_behind",
            "What came to the pool and was not read here yet",
            |it| it.behind,
        ),
        (
            "space_pool_refused",
            "Rows of the pool that were altered",
            |it| it.refused,
        ),
    ];
    let pooled = figures.iter().filter_map(|it| Some((of(it), it.pool?)));
    let pooled: Vec<(OfSpace, PoolFigures)> = pooled.collect();
    if pooled.is_empty() {
        return;
    }
    for (name, help, read) in gauges {
        let family = Family::<OfSpace, Gauge>::default();
        for (space, pool) in &pooled {
            family.get_or_create(space).set(number(read(pool)));
        }
        registry.register(name, help, family);
    }
    let help = "Seconds that commits to the pool took";
    registry.register("pool_commit_seconds", help, commits);
}

/// A space by the beginning of its id: whoever reads metrics need not be able to join.
fn of(figures: &SpaceFigures) -> OfSpace {
    OfSpace {
        space: figures.space.chars().take(8).collect(),
    }
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> SpaceFigures {
        SpaceFigures {
            space: "abcdefghijkl".to_owned(),
            member: true,
            entries: 12,
            bytes: 3_400,
            blobs: 5,
            blob_bytes: 2_900,
            connected: 2,
            received: 500,
            sent: 600,
            receipts: 7,
            refusals: vec![(LimitName::DeviceToday, 3)],
            alarms: 0,
            pool: Some(PoolFigures {
                reached: true,
                over: false,
                behind: 4,
                refused: 1,
            }),
        }
    }

    #[test]
    fn why_it_is_not_ready_is_told() {
        let (ready, mut away, mut taken) = (figures(), figures(), figures());
        away.pool = Some(PoolFigures::default());
        taken.pool = Some(PoolFigures {
            over: true,
            ..PoolFigures::default()
        });
        let said = |of: &[&SpaceFigures]| {
            let all: Vec<SpaceFigures> = of.iter().copied().cloned().collect();
            lacking(&all).unwrap_or_default()
        };
        assert_eq!(said(&[&ready]), "");
        assert!(said(&[&ready, &away]).contains("cannot be reached"));
        assert!(said(&[&away, &taken]).contains("the keys of this one"));
    }

    #[test]
    fn the_figures_are_in_the_text() {
        let commits = Histogram::new([0.1]);
        commits.observe(0.05);
        let mut text = String::new();
        encode(&mut text, &registry(&[figures()], commits)).unwrap();
        for line in [
            "majlis_spaces 1",
            "majlis_space_entries{space=\"abcdefgh\"} 12",
            "majlis_space_blobs{space=\"abcdefgh\"} 5",
            "majlis_space_blob_bytes{space=\"abcdefgh\"} 2900",
            "majlis_space_received_bytes_total{space=\"abcdefgh\"} 500",
            "majlis_space_receipts_total{space=\"abcdefgh\"} 7",
            "majlis_space_refusals_total{space=\"abcdefgh\",limit=\"device_today\"} 3",
            "majlis_space_refusals_total{space=\"abcdefgh\",limit=\"space_room\"} 0",
            "majlis_space_pool_reached{space=\"abcdefgh\"} 1",
            "majlis_space_pool_behind{space=\"abcdefgh\"} 4",
            "majlis_space_pool_refused{space=\"abcdefgh\"} 1",
            "majlis_pool_commit_seconds_count 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} is not in {text}");
        }
    }
}
