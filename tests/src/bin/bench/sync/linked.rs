//! W7 as an operator meets it: a real gateway process, and devices linked to it over the real
//! transport, all on the loopback address. Memory is the gateway's own, seen from outside.

use std::time::{Duration, Instant};

use majlis_node::api::Request;
use majlis_node::node::{NetworkConfig, Node, NodeConfig};
use majlis_tests::gateway::Gateway;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Sync;
use super::devices::resident_of;
use crate::figure;

const DEVICES: [u64; 2] = [200, 1_000];
/// Devices that join at once.
const TOGETHER: usize = 20;
/// What a gateway keeps linked of those who have nothing to say, where nothing else is set.
const IDLE: usize = 256;
/// An idle link has been quiet for so long, and nothing is left of joining.
const QUIET: Duration = Duration::from_secs(40);
const PATIENCE: Duration = Duration::from_secs(600);

/// A device of the crowd, with its folder.
struct One {
    node: Node,
    folder: TempDir,
}

pub(super) fn run(wanted: &Sync) {
    let sizes = wanted.count.map_or(DEVICES.to_vec(), |count| vec![count]);
    let threads = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    for count in sizes {
        threads.block_on(linked(wanted, count));
    }
}

async fn linked(wanted: &Sync, count: u64) {
    // Every device of this crowd has the same address.
    let mut gateway = Gateway::new(&format!(
        "[peers]\ndiscovery = false\n[limits]\nlinks = {0}\nlinks_per_address = {0}\nlinks_idle = {IDLE}\n",
        count * 2
    ));
    let founder = open("Founder").await;
    let space = founder.found().await;
    gateway.start();
    let uses = u32::try_from(count + 1).unwrap();
    let carry = founder.invite(&space, "observer", 1).await;
    let ticket = founder.invite(&space, "member", uses).await;
    let _ = gateway.order(&["join", &carry]);
    let address = gateway.order(&["address"]);
    founder.meet(&address).await;
    until("the gateway carries the space", || {
        gateway.status()["spaces"][0]["rank"] == "observer"
            && gateway.figure("majlis_space_links") == 1
    })
    .await;
    founder.close().await;
    until("the founder is gone", || {
        gateway.figure("majlis_space_links") == 0
    })
    .await;
    let held = gateway.figure("majlis_space_entries");
    let everybody = usize::try_from(count).unwrap();
    let began = Instant::now();
    let mut folders = Vec::new();
    // They join a few at a time and leave: what is measured is who comes back with nothing to say.
    while folders.len() < everybody {
        let mut group = Vec::new();
        for number in folders.len()..(folders.len() + TOGETHER).min(everybody) {
            let one = open(&format!("Device {number}")).await;
            one.call(json!({ "call": "join", "args": { "ticket": ticket } }))
                .await;
            one.meet(&address).await;
            group.push(one);
        }
        let all = held + (folders.len() + group.len()) as u64;
        until("they are in", || {
            gateway.figure("majlis_space_entries") >= all
        })
        .await;
        folders.extend(close_all(group).await);
    }
    let joining = began.elapsed().as_secs_f64();
    until("they are gone", || {
        gateway.figure("majlis_space_links") == 0
    })
    .await;
    let left = resident_of(&gateway.process().to_string());
    assert!(gateway.stop());
    gateway.start();
    let process = gateway.process().to_string();
    assert!(gateway.figure("majlis_space_entries") > count);
    let before = resident_of(&process);
    let address = gateway.order(&["address"]);
    let began = Instant::now();
    let mut crowd: Vec<One> = Vec::new();
    for folder in folders {
        let one = reopen(folder).await;
        one.meet(&address).await;
        crowd.push(one);
    }
    let meeting = began.elapsed().as_secs_f64();
    tokio::time::sleep(QUIET).await;
    let links = gateway.figure("majlis_space_links");
    let idle = resident_of(&process).saturating_sub(before);
    figure::print(
        wanted.json,
        &json!({
            "workload": "W7", "profile": "loopback", "case": "linked to a gateway",
            "devices": count, "links": links, "resident_bytes_alone": before,
            "resident_bytes_when_they_had_left": left,
            "idle_bytes_per_device": idle / count.max(1),
            "idle_bytes_per_link": idle / links.max(1),
            "milliseconds_to_join_each": figure::round(joining * 1_000.0 / figure::float(count)),
            "milliseconds_to_come_back_each": figure::round(meeting * 1_000.0 / figure::float(count)),
        }),
    );
    close_all(crowd).await;
}

/// Ends them all at once; their folders.
async fn close_all(all: Vec<One>) -> Vec<TempDir> {
    let ending: Vec<_> = all
        .into_iter()
        .map(|one| tokio::spawn(one.close()))
        .collect();
    let mut folders = Vec::new();
    for one in ending {
        folders.push(one.await.unwrap());
    }
    folders
}

async fn open(name: &str) -> One {
    let one = reopen(tempfile::tempdir().unwrap()).await;
    one.call(json!({ "call": "set_profile", "args": { "name": name } }))
        .await;
    one
}

async fn reopen(folder: TempDir) -> One {
    let network = NetworkConfig {
        discovery: false,
        ..NetworkConfig::default()
    };
    let config = NodeConfig::new(folder.path().to_owned(), Some(network));
    let node = Node::open(config).await.unwrap();
    One { node, folder }
}

impl One {
    async fn call(&self, call: Value) -> Value {
        let request: Request = serde_json::from_value(call).unwrap();
        serde_json::to_value(self.node.call(request).await.unwrap()).unwrap()
    }

    /// Dials an address until somebody answers there.
    async fn meet(&self, address: &str) {
        let began = Instant::now();
        let call = json!({ "call": "add_peer", "args": { "address": address } });
        let request: Request = serde_json::from_value(call).unwrap();
        while let Err(error) = self.node.call(request.clone()).await {
            assert!(began.elapsed() < PATIENCE, "{error}");
        }
    }

    async fn found(&self) -> String {
        let founding = json!({ "name": "Ain Safa", "purpose": "Water", "charter": "All." });
        let made = self
            .call(json!({ "call": "found_space", "args": founding }))
            .await;
        made["space"].as_str().unwrap().to_owned()
    }

    async fn invite(&self, space: &str, rank: &str, uses: u32) -> String {
        let asked = json!({ "space": space, "rank": rank, "uses": uses });
        let made = self.call(json!({ "call": "invite", "args": asked })).await;
        made["ticket"].as_str().unwrap().to_owned()
    }

    /// Ends it; its folder.
    async fn close(self) -> TempDir {
        self.node.shutdown().await;
        self.folder
    }
}

/// Looks until it is so.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waiting until {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
