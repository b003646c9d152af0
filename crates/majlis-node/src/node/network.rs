//! How a node is on the network, and calls about what that costs and what the system says of it.

use crate::api::network::{Metered, SetTraffic, TrafficView};
use crate::api::{ApiError, Nothing};
use crate::clock;
use crate::limits::Limits;
use crate::links::traffic_view;
use crate::meter::Meter;
use crate::node::Node;
use crate::relay::OwnRelay;

/// How a node reaches other devices.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// The UDP port; 0 takes the one of last time when it is free, so that tickets stay dialable.
    pub port: u16,
    /// Whether to find and be found on the local network.
    pub discovery: bool,
    /// Whether this replica carries for others and signs receipts for what it holds.
    pub carrier: bool,
    /// How much others may bring here.
    pub limits: Limits,
    /// The relay that this process runs, when it runs one.
    pub relay: Option<OwnRelay>,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            port: 0,
            discovery: true,
            carrier: false,
            limits: Limits::default(),
            relay: None,
        }
    }
}

impl Node {
    pub(super) async fn traffic(&self) -> Result<TrafficView, ApiError> {
        match &self.0.links {
            Some(links) => links.traffic().await,
            None => Ok(traffic_view(&mut self.meter())),
        }
    }

    pub(super) async fn set_traffic(&self, new: SetTraffic) -> Result<TrafficView, ApiError> {
        match &self.0.links {
            Some(links) => links.settle(new).await,
            None => {
                let mut meter = self.meter();
                meter.settle(&new)?;
                Ok(traffic_view(&mut meter))
            }
        }
    }

    /// Without a network nobody counts, and what was counted before is read.
    fn meter(&self) -> Meter {
        Meter::open(self.0.store.clone(), clock::now())
    }

    pub(super) fn set_metered(&self, network: Metered) -> Nothing {
        if let Some(links) = &self.0.links {
            links.set_metered(network.metered);
        }
        Nothing {}
    }

    pub(super) fn network_changed(&self) -> Nothing {
        if let Some(links) = &self.0.links {
            links.network_changed();
        }
        Nothing {}
    }
}
