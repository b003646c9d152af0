//! Relays at a node: who is let into the one that a gateway runs, telling the devices of its spaces
//! about it and where the gateway itself is reached, and hearing that from others. Not here: holding relays (`links`), running one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use majlis_core::effect::LinkId;
use majlis_core::id::{DeviceId, SpaceId};
use majlis_core::sign::DeviceKey;
use majlis_core::sync::session::Exchange;
use zeroize::Zeroizing;

use crate::api::ApiError;
use crate::desk::{Desk, Line, store_error};
use crate::links::Peer;
use crate::node::Node;
use crate::reached;
use crate::relay::{RelayPass, RelayPlace, RelayStanding, RelayTold, Voucher};

/// A datagram may be lost: what is new is told so often.
const TIMES: u8 = 3;

/// What a device shows to relays for one space.
pub(crate) fn vouchers(
    key: &DeviceKey,
    invite: Option<&Zeroizing<[u8; 32]>>,
    transport: &[u8; 32],
) -> Arc<[Voucher]> {
    let own = Voucher::of_device(key, transport);
    let invite = invite.map(|secret| DeviceKey::from_secret(secret));
    let invited = invite.map(|key| Voucher::of_invite(&key, transport));
    std::iter::once(own).chain(invited).collect()
}

/// What was told of this device, and how often.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    /// Of its own relay, by link.
    links: BTreeMap<LinkId, (Vec<u8>, u8)>,
    /// Of where it is reached, by device: on the next link it is the same.
    reached: BTreeMap<DeviceId, Told>,
    /// Where that is.
    said: Vec<u8>,
}

/// How often something was told to a device, and on which link last.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    times: u8,
    link: Option<LinkId>,
}

impl Telling {
    pub(crate) fn forget(&mut self, link: LinkId) {
        self.links.remove(&link);
    }
}

impl Node {
    /// The key by which this device proves itself on links.
    #[must_use]
    pub fn transport(&self) -> [u8; 32] {
        self.0.keys.transport.public()
    }

    /// Through which relay this device can be met by those of a space.
    pub(super) async fn relay_of(&self, space: SpaceId) -> Option<RelayPlace> {
        let links = self.0.links.as_ref()?;
        links.relay_of(Some(space)).await
    }

    /// Where the holders of passes stand now, each by the rosters of all spaces here.
    ///
    /// # Errors
    /// [`ApiError`] when a desk does not answer: its store fails.
    pub async fn relay_standings(
        &self,
        passes: &[RelayPass],
    ) -> Result<Vec<RelayStanding>, ApiError> {
        let mut standings = vec![RelayStanding::default(); passes.len()];
        for (space, desk) in self.all() {
            let asked = passes.to_vec();
            let here = desk.ask(move |desk| {
                let all = asked.iter().map(|pass| desk.relay_standing(pass));
                Ok(all.collect::<Vec<_>>())
            });
            for (standing, (member, invited)) in standings.iter_mut().zip(here.await?) {
                standing.admitted |= member || invited;
                if member {
                    standing.spaces.insert(space);
                }
            }
        }
        Ok(standings)
    }

    /// Tells the devices of every space about the relay that this node runs, and who of their space
    /// can be met through it now, by transport key. To be called every few seconds: each link is
    /// told again only while it may have missed something.
    ///
    /// # Errors
    /// [`ApiError`] when a desk does not answer: its store fails.
    pub async fn tell_relay(
        &self,
        place: &RelayPlace,
        guests: &BTreeMap<SpaceId, BTreeSet<[u8; 32]>>,
    ) -> Result<(), ApiError> {
        for (space, desk) in self.all() {
            let told = RelayTold {
                place: place.clone(),
                guests: guests.get(&space).cloned().unwrap_or_default(),
            };
            desk.ask(move |desk| {
                desk.tell_relay(&told);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

impl Desk {
    /// Whether the holder of a pass is a member here, and whether it holds an open invite and was not
    /// removed. Who hides that they were removed still needs an invite that is open.
    fn relay_standing(&self, pass: &RelayPass) -> (bool, bool) {
        let roster = self.space.roster();
        let member = |device: &DeviceId| roster.rank(*device).is_some();
        let removed = pass.devices.iter().any(|device| roster.removed(*device));
        let open = roster
            .invites()
            .filter(|row| !row.closed && row.used < row.invite.uses);
        let mut open = open.map(|row| row.invite.key);
        let invited = !removed && open.any(|key| pass.invites.contains(&key));
        (pass.devices.iter().any(member), invited)
    }

    fn tell_relay(&mut self, told: &RelayTold) {
        if !self.is_member() {
            return;
        }
        let mut telling = std::mem::take(&mut self.telling);
        for (link, (_, line)) in self.members_linked() {
            let bytes = told.encode();
            let told = telling.links.entry(*link).or_default();
            if told.0 != bytes {
                *told = (bytes.clone(), 0);
            }
            // Who saves data is told once.
            let times = if line.is_quiet() { 1 } else { TIMES };
            if told.1 < times && line.datagrams.try_send(bytes).is_ok() {
                told.1 = told.1.saturating_add(1);
            }
        }
        self.telling = telling;
    }

    /// Links with members, by who is on them.
    fn members_linked(&self) -> impl Iterator<Item = (&LinkId, (DeviceId, &Line))> {
        self.lines.iter().filter_map(|(link, line)| {
            let peer = self.space.peer_on(*link)?;
            self.space.roster().rank(peer)?;
            Some((link, (peer, line)))
        })
    }

    /// Tells members on links where this device is reached, each a few times in all: who dialled it
    /// or was dialled on a local network knows no address that leads here from elsewhere. Who does
    /// not hold a receipt of this device yet would not believe it.
    pub(crate) fn tell_reached(&mut self, reached: &[u8]) {
        if !self.is_member() {
            return;
        }
        let mut telling = std::mem::take(&mut self.telling);
        if telling.said != reached {
            telling.said = reached.to_vec();
            telling.reached = BTreeMap::new();
        }
        let believed = self.space.is_carrier(self.space.me());
        for (link, (peer, line)) in self.members_linked() {
            if !believed || self.space.standing(*link).exchange != Exchange::Complete {
                continue;
            }
            let told = telling.reached.entry(peer).or_default();
            // Who saves data is told once on a link.
            let again = !line.is_quiet() || told.link != Some(*link);
            if told.times < TIMES && again && line.datagrams.try_send(reached.to_vec()).is_ok() {
                (told.times, told.link) = (told.times.saturating_add(1), Some(*link));
            }
        }
        self.telling = telling;
    }

    /// Takes what a carrier tells of itself on a link: nobody else is believed, and what it says only
    /// means that there is a relay, or somebody to be dialled, which lets nobody read or write anything.
    pub(crate) fn hear_told(&self, link: LinkId, bytes: &[u8]) {
        let Some(peer) = self.space.peer_on(link) else {
            return;
        };
        let in_space = self.space.roster().rank(peer).is_some() && self.is_member();
        if !in_space || !self.space.is_carrier(peer) {
            return;
        }
        let Some(line) = self.lines.get(&link) else {
            return;
        };
        if let Some(sockets) = reached::decode(bytes) {
            line.reached.send_if_modified(|before| {
                let changed = *before != sockets;
                *before = sockets;
                changed
            });
        }
        if let Some(told) = RelayTold::decode(bytes) {
            line.relay.send_if_modified(|before| {
                let changed = before.as_ref() != Some(&told);
                *before = Some(told);
                changed
            });
        }
    }

    /// Whose relay the links with these devices go through: by name, or else by host.
    pub(crate) fn name_relayed(
        &self,
        relayed: &[(Peer, Option<Peer>, String)],
    ) -> Result<BTreeMap<String, String>, ApiError> {
        let stored = self.store.peers(self.id());
        let stored = stored.map_err(|error| store_error(&error))?;
        let device = |transport: &Peer| {
            let mut rows = stored.iter();
            let row = rows.find(|row| row.transport.is_some_and(|key| key.as_bytes() == transport));
            row.map(|row| row.device)
        };
        let roster = self.space.roster();
        let named = relayed.iter().filter_map(|(peer, keeper, host)| {
            let keeper = keeper.as_ref().and_then(device);
            let name = keeper.and_then(|device| roster.name(device));
            let name = name.filter(|name| !name.is_empty()).unwrap_or(host);
            Some((device(peer)?.to_string(), name.to_owned()))
        });
        Ok(named.collect())
    }
}
