//! The two namespaces and the cable whose ends this process holds: a tap device in each, so the
//! kernel hands over every frame whole, cut to size and with its checksums.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tun_rs::{DeviceBuilder, Layer, SyncDevice};

const PREFIX: &str = "majlis-weak-";
/// Links laid by this process.
static LAID: AtomicU32 = AtomicU32::new(0);

/// Two namespaces with a tap device each; gone when dropped.
#[derive(Debug)]
pub(super) struct Ends {
    names: [String; 2],
    taps: [String; 2],
}

impl Ends {
    /// Makes both ends, and the devices through which their frames come and go.
    pub(super) fn make() -> Result<(Self, [Arc<SyncDevice>; 2]), String> {
        sweep();
        let process = std::process::id();
        let number = LAID.fetch_add(1, Ordering::Relaxed);
        let ends = Self {
            names: ["near", "far"].map(|end| format!("{PREFIX}{process}-{number}-{end}")),
            taps: ["n", "f"].map(|end| format!("mw{process}{end}{number}")),
        };
        for name in &ends.names {
            ip(&["netns", "add", name])?;
        }
        let mut devices = Vec::new();
        for (tap, number) in ends.taps.iter().zip(1_u8..) {
            let device = DeviceBuilder::new()
                .name(tap)
                .layer(Layer::L2)
                .mac_addr(address(number))
                .enable(false)
                .build_sync();
            devices.push(Arc::new(device.map_err(|error| format!("a tap device: {error}"))?));
        }
        for (place, (name, tap)) in ends.names.iter().zip(&ends.taps).enumerate() {
            let (mine, other) = if place == 0 { (1, 2) } else { (2, 1) };
            ip(&["link", "set", tap, "netns", name])?;
            let inside = |args: &[&str]| ip(&[&["-n", name], args].concat());
            inside(&["link", "set", "lo", "up"])?;
            // One address at each end, so that it is known what travels.
            inside(&["link", "set", tap, "addrgenmode", "none"])?;
            inside(&["addr", "add", &format!("10.77.0.{mine}/24"), "dev", tap])?;
            inside(&["link", "set", tap, "up"])?;
            // A telephone asks nobody who has an address.
            let hardware = address(other).map(|byte| format!("{byte:02x}")).join(":");
            let there = format!("10.77.0.{other}");
            inside(&["neigh", "replace", &there, "lladdr", &hardware, "dev", tap])?;
            // Discovery asks a multicast group; without a default route it needs one of its own.
            inside(&["route", "add", "224.0.0.0/4", "dev", tap])?;
        }
        let devices = <[Arc<SyncDevice>; 2]>::try_from(devices);
        Ok((ends, devices.map_err(|_| "two devices".to_owned())?))
    }

    pub(super) fn names(&self) -> [&str; 2] {
        let [near, far] = &self.names;
        [near, far]
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        // Without its device a thread that waits for frames ends, even while a process lives on
        // in the namespace.
        for (name, tap) in self.names.iter().zip(&self.taps) {
            let _ = ip(&["-n", name, "link", "del", tap]);
            let _ = ip(&["netns", "del", name]);
        }
    }
}

/// The hardware address of an end.
const fn address(number: u8) -> [u8; 6] {
    [0x02, 0x4d, 0x4a, 0x4c, 0, number]
}

/// Removes what runs left behind that were killed.
fn sweep() {
    for entry in std::fs::read_dir("/run/netns").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next());
        let gone = process.is_some_and(|process| {
            process.parse::<u32>().is_ok() && !std::fs::exists(format!("/proc/{process}")).unwrap_or(true)
        });
        if gone {
            let _ = ip(&["netns", "del", &name]);
        }
    }
}

fn ip(args: &[&str]) -> Result<(), String> {
    let done = Command::new("ip").args(args).output();
    let done = done.map_err(|error| format!("running ip: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(format!("ip {}: {why}", args.join(" ")))
}
