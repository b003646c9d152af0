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

/// Somebody who is there.
#[derive(Debug)]
struct There {
    endpoint: EndpointId,
    pass: RelayPass,
    /// Whether it was let in by an invite alone.
    is_invited: bool,
}

/// Everybody who is there.
#[derive(Debug)]
pub(crate) struct Guests {
    node: Node,
    /// This gateway's own transport key.
    me: [u8; 32],
    access: RelayAccess,
    most: usize,
    there: Mutex<HashMap<ConnectionId, There>>,
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
            all.map(|(connection, there)| (*connection, there.endpoint, there.pass.clone()))
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

    fn there(&self) -> MutexGuard<'_, HashMap<ConnectionId, There>> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes somebody in, unless there is no room. A device is one however many transport keys it
    /// vouches for, and those who are only invited leave half of the room to members.
    fn enter(
        &self,
        request: &ClientRequest,
        pass: RelayPass,
        is_invited: bool,
    ) -> Result<(), &'static str> {
        let endpoint = request.endpoint_id();
        let mut there = self.there();
        let same = there
            .values()
            .filter(|other| other.endpoint == endpoint || other.pass.is_of_one_of(&pass));
        let invited = there.values().filter(|other| other.is_invited).count();
        let crowded = is_invited && invited >= self.most.div_ceil(2);
        if same.count() >= OF_ONE || there.len() >= self.most || crowded {
            return Err("full");
        }
        let one = There {
            endpoint,
            pass,
            is_invited,
        };
        there.insert(request.connection_id(), one);
        Ok(())
    }

    async fn admit(&self, request: &ClientRequest) -> Result<(), &'static str> {
        let transport = request.endpoint_id();
        if *transport.as_bytes() == self.me {
            return Ok(());
        }
        let shown = request.auth_token().unwrap_or_default();
        let pass = RelayPass::read(&shown, transport.as_bytes());
        let mut is_invited = false;
        if self.access == RelayAccess::Members {
            // Who shows nothing is not worth asking about.
            if pass.is_empty() {
                return Err("not a member");
            }
            let standings = self.node.relay_standings(std::slice::from_ref(&pass)).await;
            let standings = standings.map_err(|_| "cannot say now")?;
            if !standings.iter().any(|standing| standing.admitted) {
                return Err("not a member");
            }
            is_invited = standings.iter().all(|standing| standing.spaces.is_empty());
        }
        self.enter(request, pass, is_invited)
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
