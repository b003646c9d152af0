//! Calls about what the network costs, and what the system says of it.

use crate::api::network::{Metered, SetTraffic, TrafficView};
use crate::api::{ApiError, Nothing};
use crate::clock;
use crate::links::traffic_view;
use crate::meter::Meter;
use crate::node::Node;

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
