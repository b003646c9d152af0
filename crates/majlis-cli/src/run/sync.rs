//! `majlis sync`, `serve`, `receipts`.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use majlis_node::api::network::{SetTraffic, TrafficView};
use majlis_node::api::receipts::ReceiptsView;
use majlis_node::api::space::SpaceRef;
use majlis_node::api::sync::{AddPeer, SyncNow, SyncView};
use majlis_node::api::{ApiError, ErrorCode, Nothing, Request};
use majlis_node::host::{Host, HostConfig};
use serde_json::json;
use tokio::time::Instant;

use crate::reach::Reach;
use crate::text::{self, short};
use crate::{Said, find};

pub(super) async fn run(
    reach: &Reach,
    space: Option<String>,
    peers: Vec<String>,
    patience: u64,
    over_budget: bool,
) -> anyhow::Result<Said> {
    let spaces = find::spaces(reach, space.as_deref()).await?;
    // Only asked how sync stands, nobody is dialled.
    let meets = patience > 0 || !peers.is_empty();
    for address in peers {
        let _: Nothing = reach.call(Request::AddPeer(AddPeer { address })).await?;
    }
    for space in spaces.iter().filter(|_| meets) {
        let _: Nothing = reach
            .call(Request::SyncNow(SyncNow {
                space: space.clone(),
                over_budget,
            }))
            .await?;
    }
    let until = Instant::now() + Duration::from_secs(patience);
    let mut views = states(reach, &spaces).await?;
    while Instant::now() < until && !complete(&views) {
        tokio::time::sleep(Duration::from_millis(200)).await;
        views = states(reach, &spaces).await?;
    }
    let lines: Vec<String> = views
        .iter()
        .map(|(space, view)| format!("{} {}", short(space), text::sync(view)))
        .collect();
    let well = patience == 0 || complete(&views);
    let map: serde_json::Map<String, serde_json::Value> = views
        .into_iter()
        .map(|(space, view)| (space, json!(view)))
        .collect();
    let mut said = Said::new(map, lines.join("\n"))?;
    said.well = well;
    Ok(said)
}

async fn states(reach: &Reach, spaces: &[String]) -> anyhow::Result<Vec<(String, SyncView)>> {
    let mut out = Vec::new();
    for space in spaces {
        let at = SpaceRef {
            space: space.clone(),
        };
        out.push((space.clone(), reach.call(Request::SyncState(at)).await?));
    }
    Ok(out)
}

/// Whether every space has a peer on the line now, and nothing is missing on either side of any.
fn complete(views: &[(String, SyncView)]) -> bool {
    views.iter().all(|(_, view)| {
        let mut connected = view.peers.iter().filter(|peer| peer.connected).peekable();
        connected.peek().is_some()
            && connected.all(|peer| peer.complete)
            && view.unsealed == 0
            && view.media.missing == 0
    })
}

/// What the network cost; changes the budget and how data is saved first, when wanted.
pub(super) async fn traffic(reach: &Reach, new: SetTraffic) -> anyhow::Result<Said> {
    let request = if new == SetTraffic::default() {
        Request::Traffic(Nothing {})
    } else {
        Request::SetTraffic(new)
    };
    let view: TrafficView = reach.call(request).await?;
    let text = text::traffic(&view);
    Said::new(view, text)
}

pub(super) async fn receipts(reach: &Reach, space: Option<String>) -> anyhow::Result<Said> {
    let space = find::space(reach, space.as_deref()).await?;
    let view: ReceiptsView = reach.call(Request::Receipts(SpaceRef { space })).await?;
    let well = view
        .carriers
        .iter()
        .all(|carrier| carrier.alarms.is_empty());
    let text = text::receipts(&view);
    let mut said = Said::new(view, text)?;
    said.well = well;
    Ok(said)
}

pub(super) async fn serve(
    reach: &Reach,
    port: u16,
    ui: Option<PathBuf>,
    as_json: bool,
) -> anyhow::Result<Said> {
    let Reach::Here(node) = reach else {
        return Err(ApiError::new(
            ErrorCode::InUse,
            "another Majlis serves this folder already",
        )
        .into());
    };
    let config = HostConfig {
        port,
        ui,
        built: majlis_pages::built(),
    };
    let host = Host::start(node.as_ref().clone(), config)
        .await
        .context("serving on the loopback address")?;
    let line = if as_json {
        json!({ "url": host.url() }).to_string()
    } else {
        host.url()
    };
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")
            .and_then(|()| out.flush())
            .context("printing the address")?;
    }
    stopped().await;
    host.stop().await;
    Ok(Said {
        json: serde_json::Value::Null,
        text: String::new(),
        well: true,
    })
}

/// Waits until someone wants this process to end.
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
