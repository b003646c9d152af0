//! Who is let into the relay, and who is there: by what a device shows, against the rosters of the
//! spaces that this gateway is in. Not here: the connections themselves.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use iroh_base::EndpointId;
use iroh_relay::server::{Access, AccessControl, ClientRequest, ConnectionId};
use majlis_node::api::ApiError;
use majlis_node::node::Node;
use majlis_node::relay::RelayPass;

use crate::config::{Relay as Settings, RelayAccess};

/// Connections of one device at once: its old one may not be known to be dead yet.
const OF_ONE: usize = 3;

/// Everybody who is there.
#[derive(Debug)]
pub(crate) struct Guests {
    node: Node,
    /// This gateway's own transport key.
    me: [u8; 32],
    access: RelayAccess,
    most: usize,
    there: Mutex<HashMap<ConnectionId, (EndpointId, RelayPass)>>,
    refusals: AtomicU64,
}

/// A guest, as the rosters see it now.
pub(crate) struct Guest<S> {
    pub(crate) endpoint: EndpointId,
    pub(crate) connection: ConnectionId,
    /// Whether it may no longer be there.
    pub(crate) is_out: bool,
    /// The spaces that it is a member of.
    pub(crate) spaces: BTreeSet<S>,
}

impl Guests {
    pub(crate) fn new(node: Node, settings: &Settings) -> Self {
        Self {
            me: node.transport(),
            node,
            access: settings.access,
            most: settings.guests,
            there: Mutex::default(),
            refusals: AtomicU64::new(0),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.there().len()
    }

    pub(crate) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Everybody who is there, looked at anew.
    pub(crate) async fn look(&self) -> Result<Vec<Guest<majlis_node::relay::SpaceId>>, ApiError> {
        let there: Vec<_> = {
            let there = self.there();
            let all = there.iter();
            all.map(|(connection, (endpoint, pass))| (*connection, *endpoint, pass.clone()))
                .collect()
        };
        let passes: Vec<RelayPass> = there.iter().map(|(_, _, pass)| pass.clone()).collect();
        let standings = self.node.relay_standings(&passes).await?;
        let looked = there.into_iter().zip(standings);
        let guests = looked.map(|((connection, endpoint, _), standing)| Guest {
            endpoint,
            connection,
            is_out: self.access == RelayAccess::Members && !standing.admitted,
            spaces: standing.spaces,
        });
        Ok(guests.collect())
    }

    fn there(&self) -> MutexGuard<'_, HashMap<ConnectionId, (EndpointId, RelayPass)>> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes somebody in, unless there is no room.
    fn enter(&self, request: &ClientRequest, pass: RelayPass) -> Result<(), &'static str> {
        let endpoint = request.endpoint_id();
        let mut there = self.there();
        let same = there.values().filter(|(other, _)| *other == endpoint);
        if same.count() >= OF_ONE || there.len() >= self.most {
            return Err("full");
        }
        there.insert(request.connection_id(), (endpoint, pass));
        Ok(())
    }

    async fn admit(&self, request: &ClientRequest) -> Result<(), &'static str> {
        let transport = request.endpoint_id();
        if *transport.as_bytes() == self.me {
            return Ok(());
        }
        let shown = request.auth_token().unwrap_or_default();
        let pass = RelayPass::read(&shown, transport.as_bytes());
        if self.access == RelayAccess::Members {
            let standings = self.node.relay_standings(std::slice::from_ref(&pass)).await;
            let standings = standings.map_err(|_| "cannot say now")?;
            if !standings.iter().any(|standing| standing.admitted) {
                return Err("not a member");
            }
        }
        self.enter(request, pass)
    }
}

impl AccessControl for Guests {
    async fn on_connect(&self, request: &ClientRequest) -> Access {
        match self.admit(request).await {
            Ok(()) => Access::Allow,
            Err(why) => {
                self.refusals.fetch_add(1, Ordering::Relaxed);
                let transport = request.endpoint_id();
                tracing::info!(transport = %transport.fmt_short(), why, "not let into the relay");
                let reason = Some(why.to_owned());
                Access::Deny { reason }
            }
        }
    }

    fn on_disconnect(&self, _: EndpointId, connection: ConnectionId) {
        self.there().remove(&connection);
    }
}
