//! How a node is on the network, and calls about what that costs and what the system says of it.

use std::net::SocketAddr;

use majlis_core::id::SpaceId;
use majlis_net::Address;

use crate::api::network::{Metered, SetTraffic, TrafficView};
use crate::api::{ApiError, Nothing};
use crate::clock;
use crate::limits::Limits;
use crate::links::traffic_view;
use crate::meter::Meter;
use crate::node::Node;
use crate::node::notes::Note;
use crate::relay::OwnRelay;
use crate::ticket::Ticket;

/// How a node reaches other devices.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// The UDP port; 0 takes the one of last time when it is free, so that tickets stay dialable.
    pub port: u16,
    /// Whether to find and be found on the local network.
    pub discovery: bool,
    /// Where else this device is reached, which it cannot see by itself; told first.
    pub addresses: Vec<SocketAddr>,
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
            addresses: Vec::new(),
            carrier: false,
            limits: Limits::default(),
            relay: None,
        }
    }
}

impl Node {
    /// Dials the inviter, now and again until they answer.
    pub(super) fn dial_ticket(&self, ticket: &Ticket) {
        if let Some(links) = &self.0.links {
            links.remember(ticket.space, whereabouts(ticket));
        }
    }

    /// Who joined while there was no network, or from a command that ended at once, has only the
    /// ticket to say where anybody is.
    pub(super) fn dial_joined(&self, space: SpaceId) -> Result<(), ApiError> {
        if let Some(links) = &self.0.links {
            let ticket = self.kept(Note::Joined(space))?;
            if let Some(ticket) = ticket.and_then(|text| Ticket::from_text(&text).ok()) {
                links.remember_first(space, whereabouts(&ticket));
            }
        }
        Ok(())
    }

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

/// Where a ticket says that the inviter is.
fn whereabouts(ticket: &Ticket) -> Address {
    Address {
        id: ticket.endpoint,
        sockets: ticket.sockets.clone(),
        relays: ticket.relay.iter().cloned().collect(),
    }
}
