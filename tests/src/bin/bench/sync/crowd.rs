//! The devices of W7: real nodes in one process of its own, which may be in a network namespace and
//! is told line by line what they do. So the gateway's memory, and its network, are its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use majlis_node::api::Request;
use majlis_node::node::{NetworkConfig, Node, NodeConfig};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Devices that leave at once.
const TOGETHER: usize = 20;
/// The longest anything here may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);

/// The process with the devices, as its parent sees it.
pub(super) struct Crowd {
    child: Child,
    said: ChildStdin,
    heard: BufReader<ChildStdout>,
}

impl Crowd {
    /// Starts it; `command` is this very program, wherever it is to run.
    pub(super) fn start(mut command: Command) -> Self {
        command.arg("crowd").stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let said = child.stdin.take().unwrap();
        let heard = BufReader::new(child.stdout.take().unwrap());
        Self { child, said, heard }
    }

    /// Says what is to be done, and what came of it when it is done.
    pub(super) fn order(&mut self, order: &Value) -> Value {
        writeln!(self.said, "{order}").unwrap();
        let mut line = String::new();
        self.heard.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the crowd answers")
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process itself: does what its input says, until that ends.
pub(crate) fn run() {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut devices = Devices::default();
    for line in std::io::stdin().lines() {
        let order: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let done = threads.block_on(devices.carry_out(&order));
        println!("{done}");
    }
}

#[derive(Default)]
struct Devices {
    founder: Option<One>,
    here: Vec<One>,
    /// The folders of those that are closed.
    away: Vec<TempDir>,
}

impl Devices {
    async fn carry_out(&mut self, order: &Value) -> Value {
        let text = |name: &str| order[name].as_str().unwrap();
        let count = || usize::try_from(order["count"].as_u64().unwrap()).unwrap();
        match text("do") {
            "found" => return self.found(order["count"].as_u64().unwrap()).await,
            "founder meets" => self.founder.as_ref().unwrap().meet(text("address")).await,
            "founder leaves" => {
                let founder = self.founder.take().unwrap();
                founder.node.shutdown().await;
            }
            "join" => self.join(count(), text("ticket"), text("address")).await,
            "leave" => self.leave().await,
            "come back" => self.come_back(count(), text("address")).await,
            other => unreachable!("nobody here can {other}"),
        }
        Value::Null
    }

    async fn found(&mut self, members: u64) -> Value {
        let founder = open("Founder").await;
        let founding = json!({ "name": "Ain Safa", "purpose": "Water", "charter": "All." });
        let made = founder.call("found_space", &founding).await;
        let mut tickets = Vec::new();
        for (rank, uses) in [("observer", 1), ("member", members)] {
            let asked = json!({ "space": made["space"], "rank": rank, "uses": uses });
            tickets.push(founder.call("invite", &asked).await["ticket"].clone());
        }
        self.founder = Some(founder);
        json!({ "carry": tickets[0], "ticket": tickets[1] })
    }

    /// New devices join by a ticket, and stay.
    async fn join(&mut self, count: usize, ticket: &str, address: &str) {
        for _ in 0..count {
            let one = open(&format!("Device {}", self.here.len())).await;
            one.call("join", &json!({ "ticket": ticket })).await;
            one.meet(address).await;
            self.here.push(one);
        }
    }

    async fn leave(&mut self) {
        for group in in_groups(std::mem::take(&mut self.here)) {
            let ending = group.into_iter().map(|one| {
                tokio::spawn(async move {
                    one.node.shutdown().await;
                    one.folder
                })
            });
            for one in ending.collect::<Vec<_>>() {
                self.away.push(one.await.unwrap());
            }
        }
    }

    async fn come_back(&mut self, count: usize, address: &str) {
        for folder in self.away.split_off(self.away.len() - count) {
            let one = reopen(folder).await;
            one.meet(address).await;
            self.here.push(one);
        }
    }
}

fn in_groups(mut all: Vec<One>) -> Vec<Vec<One>> {
    let mut groups = Vec::new();
    while !all.is_empty() {
        let rest = all.split_off(all.len().min(TOGETHER));
        groups.push(std::mem::replace(&mut all, rest));
    }
    groups
}

/// A device, with its folder.
struct One {
    node: Node,
    folder: TempDir,
}

async fn open(name: &str) -> One {
    let one = reopen(tempfile::tempdir().unwrap()).await;
    one.call("set_profile", &json!({ "name": name })).await;
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
    async fn call(&self, call: &str, args: &Value) -> Value {
        let call = json!({ "call": call, "args": args });
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
}
