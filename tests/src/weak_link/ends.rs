//! The two namespaces and the cable whose ends this process holds: a tap device in each, so the
//! kernel hands over every frame whole, cut to size and with its checksums.

use std::sync::Arc;

use tun_rs::{DeviceBuilder, Layer, SyncDevice};

use crate::namespace::{Namespace, ip, number, sweep};

/// Two namespaces with a tap device each; gone when dropped.
#[derive(Debug)]
pub(super) struct Ends {
    namespaces: [Namespace; 2],
    taps: [String; 2],
}

impl Ends {
    /// Makes both ends, and the devices through which their frames come and go.
    pub(super) fn make() -> Result<(Self, [Arc<SyncDevice>; 2]), String> {
        sweep();
        let numbers = [number(), number()];
        let [near, far] = numbers;
        let ends = Self {
            namespaces: [Namespace::make(near)?, Namespace::make(far)?],
            taps: numbers.map(|number| format!("mw{}-{number}", std::process::id())),
        };
        let [near, far] = [1_u8, 2].map(|side| ends.device(side));
        for (side, other) in [(1, 2), (2, 1)] {
            ends.join(side, other)?;
        }
        let devices = [Arc::new(near?), Arc::new(far?)];
        Ok((ends, devices))
    }

    fn device(&self, side: u8) -> Result<SyncDevice, String> {
        let device = DeviceBuilder::new()
            .name(self.tap(side))
            .layer(Layer::L2)
            .mac_addr(address(side))
            .enable(false)
            .build_sync();
        device.map_err(|error| format!("a tap device: {error}"))
    }

    fn tap(&self, side: u8) -> &str {
        let [near, far] = &self.taps;
        if side == 1 { near } else { far }
    }

    /// Puts a device into its namespace and brings it up.
    fn join(&self, side: u8, other: u8) -> Result<(), String> {
        let tap = self.tap(side);
        let [near, far] = &self.namespaces;
        let namespace = if side == 1 { near } else { far };
        ip(&["link", "set", tap, "netns", namespace.name()])?;
        // One address at each end, so that it is known what travels.
        namespace.ip(&["link", "set", tap, "addrgenmode", "none"])?;
        // Neither is on the other's network: what leads through a mast costs money.
        let mine = format!("10.77.0.{side}/32");
        namespace.ip(&["addr", "add", &mine, "dev", tap])?;
        namespace.ip(&["link", "set", tap, "up"])?;
        // A telephone asks nobody who has an address.
        let hardware = address(other).map(|byte| format!("{byte:02x}")).join(":");
        let there = format!("10.77.0.{other}");
        namespace.ip(&["route", "add", &there, "dev", tap])?;
        namespace.ip(&["neigh", "replace", &there, "lladdr", &hardware, "dev", tap])?;
        // Discovery asks a multicast group; without a default route it needs one of its own.
        namespace.ip(&["route", "add", "224.0.0.0/4", "dev", tap])
    }

    pub(super) fn names(&self) -> [&str; 2] {
        let [near, far] = &self.namespaces;
        [near.name(), far.name()]
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        // Without its device a thread that waits for frames ends, even while a process lives on
        // in the namespace.
        for (namespace, tap) in self.namespaces.iter().zip(&self.taps) {
            let _ = namespace.ip(&["link", "del", tap]);
        }
    }
}

/// The hardware address of an end.
const fn address(side: u8) -> [u8; 6] {
    [0x02, 0x4d, 0x4a, 0x4c, 0, side]
}
