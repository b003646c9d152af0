//! Two shores and an island: a device on each shore reaches the island, where a gateway is, and
//! nothing of the other shore. Real interfaces in network namespaces; the island forwards nothing.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use crate::namespace::{self, Namespace, ip};

/// Where the island is reached from both shores.
pub const ISLAND: &str = "198.51.100.7";
const DEVICE: &str = "eth0";

/// Three namespaces; gone when dropped.
#[derive(Debug)]
pub struct Shores {
    shores: [Namespace; 2],
    island: Namespace,
}

impl Shores {
    /// Makes them; `None`, after saying so, where this machine does not allow it.
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn find() -> Option<Self> {
        match Self::make() {
            Ok(shores) => Some(shores),
            Err(why) => {
                eprintln!("SKIPPED: no namespaces can be made here: {why}");
                None
            }
        }
    }

    fn make() -> Result<Self, String> {
        namespace::sweep();
        let make = || Namespace::make(namespace::number());
        let all = Self {
            shores: [make()?, make()?],
            island: make()?,
        };
        for namespace in all.shores.iter().chain([&all.island]) {
            let alone = "for which in default all; do \
                echo 1 > /proc/sys/net/ipv6/conf/$which/disable_ipv6; \
                done; echo 0 > /proc/sys/net/ipv4/ip_forward";
            ip(&["netns", "exec", namespace.name(), "sh", "-c", alone])?;
        }
        let island = format!("{ISLAND}/32");
        all.island.ip(&["addr", "add", &island, "dev", "lo"])?;
        for (number, shore) in all.shores.iter().enumerate() {
            let port = format!("shore{number}");
            let island = all.island.name();
            let cable = ["link", "add", DEVICE, "netns", shore.name(), "type", "veth"];
            let peer = ["peer", "name", &port, "netns", island];
            ip(&[&cable[..], &peer[..]].concat())?;
            // Neither shore is on the other's network, and for neither the island is near.
            let here = format!("203.0.113.{}", number * 64 + 1);
            shore.ip(&["addr", "add", &format!("{here}/32"), "dev", DEVICE])?;
            shore.ip(&["link", "set", DEVICE, "up"])?;
            all.island.ip(&["link", "set", &port, "up"])?;
            all.island.ip(&["route", "add", &here, "dev", &port])?;
            shore.ip(&["route", "add", ISLAND, "dev", DEVICE])?;
            // As with a telephone company: everything leads there, and nothing comes of it.
            shore.ip(&["route", "add", "default", "via", ISLAND])?;
        }
        Ok(all)
    }

    /// The namespaces of the two shores.
    #[must_use]
    pub fn shores(&self) -> [&str; 2] {
        let [one, other] = &self.shores;
        [one.name(), other.name()]
    }

    /// The namespace of the island.
    #[must_use]
    pub fn island(&self) -> &str {
        self.island.name()
    }

    /// Bytes of IP that a shore has sent and received, as its kernel counts them.
    ///
    /// # Panics
    /// When it does not say.
    #[must_use]
    pub fn kernel(&self, shore: usize) -> [u64; 2] {
        self.shores[shore].moved(DEVICE)
    }
}
