//! Two devices and the network between them, which a test makes worse and better: a router that
//! keeps devices apart, a network that is not there, an address on another one, the internet. Real
//! interfaces in network namespaces, joined by a bridge in a third.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::process::Command;

use crate::namespace::{self, Namespace, ip};

/// What lies between the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// One local network, on which they find each other.
    Router,
    /// Neither is on the other's network.
    Internet,
}

/// Two ends and what is between them; gone when dropped.
#[derive(Debug)]
pub struct Roads {
    ends: [Namespace; 2],
    router: Namespace,
    between: Between,
}

const DEVICE: &str = "eth0";

impl Roads {
    /// Lays roads; `None`, after saying so, where this machine does not allow it.
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn lay(between: Between) -> Option<Self> {
        match Self::make(between) {
            Ok(roads) => Some(roads),
            Err(why) => {
                eprintln!("SKIPPED: no roads can be laid here: {why}");
                None
            }
        }
    }

    fn make(between: Between) -> Result<Self, String> {
        namespace::sweep();
        let make = || Namespace::make(namespace::number());
        let roads = Self {
            ends: [make()?, make()?],
            router: make()?,
            between,
        };
        // Without it the wire holds nothing but what is ours, and ARP.
        for namespace in roads.ends.iter().chain([&roads.router]) {
            for which in ["default", "all"] {
                let off = format!("echo 1 > /proc/sys/net/ipv6/conf/{which}/disable_ipv6");
                ip(&["netns", "exec", namespace.name(), "sh", "-c", &off])?;
            }
        }
        // It never learns who is where: then it floods, and without flooding passes on nothing
        // that is for one device.
        let forgets = ["type", "bridge", "ageing_time", "0"];
        roads
            .router
            .ip(&[&["link", "add", "br0"], &forgets[..]].concat())?;
        roads.router.ip(&["link", "set", "br0", "up"])?;
        for (number, end) in roads.ends.iter().enumerate() {
            let port = port(number);
            ip(&[
                "link",
                "add",
                DEVICE,
                "netns",
                end.name(),
                "type",
                "veth",
                "peer",
                "name",
                &port,
                "netns",
                roads.router.name(),
            ])?;
            let router = &roads.router;
            router.ip(&["link", "set", &port, "master", "br0"])?;
            router.ip(&["link", "set", &port, "up"])?;
            roads.place(number, &roads.address(number))?;
        }
        Ok(roads)
    }

    fn address(&self, end: usize) -> String {
        match (self.between, end) {
            (Between::Router, end) => format!("10.78.0.{}/24", end + 1),
            (Between::Internet, 0) => "203.0.113.1/32".to_owned(),
            (Between::Internet, _) => "198.51.100.1/32".to_owned(),
        }
    }

    /// The network on which an end may have other addresses, seen from the internet.
    const fn network(end: usize) -> &'static str {
        match end {
            0 => "203.0.113.0/24",
            _ => "198.51.100.0/24",
        }
    }

    /// Gives an end an address, and the ways that follow from it.
    fn place(&self, end: usize, address: &str) -> Result<(), String> {
        let here = &self.ends[end];
        here.ip(&["addr", "flush", "dev", DEVICE])?;
        here.ip(&["addr", "add", address, "dev", DEVICE])?;
        here.ip(&["link", "set", DEVICE, "up"])?;
        match self.between {
            // Discovery asks a multicast group; without a default route it needs one of its own.
            Between::Router => here.ip(&["route", "replace", "224.0.0.0/4", "dev", DEVICE]),
            Between::Internet => {
                let there = Self::network(1 - end);
                here.ip(&["route", "replace", there, "dev", DEVICE])
            }
        }
    }

    /// The namespaces of the two ends.
    #[must_use]
    pub fn ends(&self) -> [&str; 2] {
        [self.ends[0].name(), self.ends[1].name()]
    }

    /// Whether the router keeps the devices apart: it passes on what is for all, and nothing that
    /// is for one.
    ///
    /// # Panics
    /// When it cannot be told to.
    pub fn keep_apart(&self, apart: bool) {
        let flood = if apart { "off" } else { "on" };
        for number in [0, 1] {
            self.bridge(&["link", "set", "dev", &port(number), "flood", flood]);
        }
    }

    fn bridge(&self, args: &[&str]) {
        let done = Command::new("bridge")
            .args(["-n", self.router.name()])
            .args(args)
            .output()
            .unwrap();
        let why = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "bridge {}: {why}", args.join(" "));
    }

    /// Takes an end off the network, as in airplane mode.
    ///
    /// # Panics
    /// When that fails.
    pub fn unplug(&self, end: usize) {
        self.ends[end].ip(&["link", "set", DEVICE, "down"]).unwrap();
    }

    /// Puts an end on the network again, at another address.
    ///
    /// # Panics
    /// When that fails.
    pub fn plug(&self, end: usize, address: &str) {
        self.place(end, address).unwrap();
    }

    /// Bytes of IP that an end has sent and received, as its kernel counts them: the fourteen of
    /// Ethernet on each packet are taken off, packets that are not IP are not.
    ///
    /// # Panics
    /// When it does not say.
    #[must_use]
    pub fn kernel(&self, end: usize) -> [u64; 2] {
        self.ends[end].moved(DEVICE)
    }
}

fn port(end: usize) -> String {
    format!("port{end}")
}
