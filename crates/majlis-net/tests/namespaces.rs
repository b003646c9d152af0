//! Two devices on a network of their own, without a route to anywhere: two processes in two network
//! namespaces joined by a cable. They find each other by mDNS, exchange frames, and notice that
//! the other one left. Needs the right to make network namespaces and `ip` (package iproute2);
//! says so and passes where these are missing.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use majlis_net::{DoorLimits, Net, NetOptions, Seen, day_tag};

const ROLE: &str = "MAJLIS_NET_TEST_ROLE";
const SPACE: [u8; 32] = [42; 32];
const DAY: u64 = 20_000;
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn devices_on_a_network_without_internet_find_each_other() {
    if let Ok(role) = std::env::var(ROLE) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(device(&role));
        return;
    }
    let network = match Network::new() {
        Ok(network) => network,
        Err(why) => {
            // Past the capture of test output, so that it is seen.
            let line = format!("SKIPPED: devices in two network namespaces: {why}\n");
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return;
        }
    };
    let mut stays = network.start("stays", &network.a);
    let mut leaves = network.start("leaves", &network.b);
    // The second device gets its address while it is running, as when a phone joins a hotspot.
    ip(&[
        "-n",
        &network.b,
        "addr",
        "add",
        "10.77.0.2/24",
        "dev",
        "far0",
    ])
    .unwrap();
    assert!(leaves.wait().unwrap().success(), "the device that leaves");
    assert!(stays.wait().unwrap().success(), "the device that stays");
}

async fn device(role: &str) {
    let dials = role == "leaves";
    let secret = [if dials { 1 } else { 2 }; 32];
    let options = NetOptions {
        secret,
        port: 0,
        discovery: true,
        door: DoorLimits::default(),
        addresses: Vec::new(),
    };
    let net = Net::open(options).await.unwrap();
    // Clocks differ: one device is a day ahead.
    let day = if dials { DAY } else { DAY + 1 };
    net.advertise(&[day_tag(&[1; 32], day), day_tag(&SPACE, day)]);
    let ours = [DAY - 1, DAY, DAY + 1, DAY + 2].map(|day| day_tag(&SPACE, day));

    let other = loop {
        match seen(&net).await {
            Seen::Here { address, tags } if tags.iter().any(|tag| ours.contains(tag)) => {
                break address;
            }
            _ => {}
        }
    };
    assert_ne!(other.id, net.id());
    assert!(net.discovery_problem().is_none());
    let mut link = if dials {
        net.dial(&other).await.unwrap()
    } else {
        let came = tokio::time::timeout(PATIENCE, net.accept()).await;
        came.expect("nobody dialled").unwrap()
    };
    assert_eq!(link.remote(), other.id);
    // Each end sends its binding: both are the same.
    let binding = link.binding();
    link.send(&binding).await.unwrap();
    assert_eq!(link.recv().await.unwrap().unwrap(), binding);
    for number in 0..50_u8 {
        link.send(&vec![number; 20_000]).await.unwrap();
        assert_eq!(link.recv().await.unwrap().unwrap(), vec![number; 20_000]);
    }
    link.close().await;
    if !dials {
        while !matches!(seen(&net).await, Seen::Gone { id } if id == other.id) {}
    }
    net.close().await;
}

async fn seen(net: &Net) -> Seen {
    let seen = tokio::time::timeout(PATIENCE, net.seen()).await;
    seen.expect("nothing is seen on the network").unwrap()
}

/// Two namespaces and a cable between them; gone when dropped.
struct Network {
    a: String,
    b: String,
}

impl Network {
    fn new() -> Result<Self, String> {
        let name = |end: &str| format!("majlis-{}-{end}", std::process::id());
        let network = Self {
            a: name("a"),
            b: name("b"),
        };
        let (a, b) = (network.a.as_str(), network.b.as_str());
        ip(&["netns", "add", a])?;
        ip(&["netns", "add", b])?;
        let cable = [
            "link", "add", "near0", "netns", a, "type", "veth", "peer", "name", "far0",
        ];
        ip(&[&cable[..], &["netns", b]].concat())?;
        ip(&["-n", a, "addr", "add", "10.77.0.1/24", "dev", "near0"])?;
        for (namespace, end) in [(a, "near0"), (b, "far0")] {
            ip(&["-n", namespace, "link", "set", "lo", "up"])?;
            ip(&["-n", namespace, "link", "set", end, "up"])?;
        }
        Ok(network)
    }

    /// This test again, in a namespace and with a role.
    fn start(&self, role: &str, namespace: &str) -> Running {
        let this = std::env::current_exe().unwrap();
        let child = Command::new("ip")
            .args(["netns", "exec", namespace])
            .arg(this)
            .args([
                "--exact",
                "devices_on_a_network_without_internet_find_each_other",
            ])
            .arg("--nocapture")
            .env(ROLE, role)
            .stdout(Stdio::null())
            .spawn();
        Running(child.unwrap())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for namespace in [&self.a, &self.b] {
            let _ = ip(&["netns", "del", namespace]);
        }
    }
}

/// A device that does not outlive the test.
struct Running(Child);

impl Running {
    fn wait(&mut self) -> std::io::Result<std::process::ExitStatus> {
        self.0.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(arguments).output();
    let output = output.map_err(|error| format!("running ip: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(format!("ip {}: {why}", arguments.join(" ")))
}
