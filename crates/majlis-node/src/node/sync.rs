//! Calls about sync: who has what, whom to meet, addresses. Not here: carry files (`carry`).

use std::collections::BTreeMap;

use majlis_core::effect::{LinkId, PeerRow};
use majlis_core::id::{DeviceId, SpaceId};
use majlis_core::space::Command;
use majlis_core::sync::session::PeerView as Live;

use crate::api::network::{Finding, FindingView};
use crate::api::space::SpaceRef;
use crate::api::sync::{AddPeer, MyAddress, PeerView, SyncNow, SyncView};
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::desk::{Desk, store_error};
use crate::links::Answer;
use crate::node::Node;
use crate::{address, clock, plain, qr};

/// Said of a device that is in no space here, and has a relay.
const RELAY: &str = "relay";

impl Node {
    pub(super) async fn sync_state(&self, at: SpaceRef) -> Result<SyncView, ApiError> {
        let space: SpaceId = plain::id(&at.space, "space")?;
        let mut view = self.at(&at.space, Desk::sync_view).await?;
        match &self.0.links {
            Some(links) => {
                let around = links.around(space).await;
                view.nearby = u32::try_from(around.nearby).unwrap_or(u32::MAX);
                view.discovery = links.discovery_problem();
                let (found, relayed) = (around.found, around.relayed);
                let (findings, relays) = self
                    .at(&at.space, move |desk| {
                        Ok((desk.name_findings(found)?, desk.name_relayed(&relayed)?))
                    })
                    .await?;
                view.findings = findings;
                for peer in view.peers.iter_mut().filter(|peer| peer.connected) {
                    peer.relay = relays.get(&peer.device).cloned();
                }
            }
            None => {
                view.discovery = Some(self.why_offline().to_owned());
                // A command that is done at once wants no links, and lacks none.
                let failed = self.0.offline.is_some();
                view.findings.extend(failed.then_some(FindingView {
                    finding: Finding::NoLinks,
                    name: None,
                }));
            }
        }
        Ok(view)
    }

    pub(super) async fn sync_now(&self, at: SyncNow) -> Result<Nothing, ApiError> {
        let space: SpaceId = plain::id(&at.space, "space")?;
        self.at(&at.space, |desk| desk.command(Command::Seal))
            .await?;
        if let Some(links) = &self.0.links {
            links.meet(space, at.over_budget);
        }
        Ok(Nothing {})
    }

    pub(super) async fn my_address(&self) -> Result<MyAddress, ApiError> {
        let links = self.0.links.as_ref().ok_or_else(|| self.no_network())?;
        let mut mine = links.address();
        mine.relays.extend(links.relay_of(None).await);
        let text = address::to_text(&mine);
        let svg = qr::draw(&text.to_uppercase())
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        let sockets = mine.sockets.iter().map(ToString::to_string).collect();
        Ok(MyAddress {
            address: text,
            svg,
            sockets,
        })
    }

    pub(super) async fn add_peer(&self, at: AddPeer) -> Result<Nothing, ApiError> {
        let bad = || {
            ApiError::new(
                ErrorCode::BadAddress,
                "reading an address that is damaged or none",
            )
        };
        let address = address::from_text(&at.address).ok_or_else(bad)?;
        let links = self.0.links.as_ref().ok_or_else(|| self.no_network())?;
        let mut best = Answer::Nobody;
        for (space, _) in self.all() {
            // The sample is on no other device.
            if !self.is_sample(space)? {
                best = best.max(links.dial(space, address.clone()).await);
            }
        }
        // Of a device that is in no space here, a relay may be of use all the same.
        let relay = !address.relays.is_empty();
        let (code, why) = match best {
            Answer::Met => return Ok(Nothing {}),
            Answer::TurnedAway => (
                ErrorCode::TurnedAway,
                "meeting a device that ends its links",
            ),
            Answer::Elsewhere => (
                ErrorCode::NoCommonSpace,
                "meeting a device that is in none of the spaces here",
            ),
            Answer::Nobody => (
                ErrorCode::Unreachable,
                "dialling an address where nobody answers",
            ),
        };
        let error = ApiError::new(code, why);
        Err(if relay && best == Answer::Elsewhere {
            error.about(RELAY)
        } else {
            error
        })
    }

    fn no_network(&self) -> ApiError {
        ApiError::new(ErrorCode::Unreachable, "using the network").about(self.why_offline())
    }

    /// Why there are no links, in English.
    fn why_offline(&self) -> &str {
        let failed = self.0.offline.as_deref();
        failed.unwrap_or("this Majlis was started without the network")
    }
}

/// What is known of a peer here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) device: DeviceId,
    pub(crate) connected: bool,
    pub(crate) has: u64,
    pub(crate) lacks: u64,
    pub(crate) missing_here: u64,
    pub(crate) blobs_there: u64,
    pub(crate) blobs_here: u64,
    pub(crate) heard: u64,
    pub(crate) complete: bool,
    /// Whether it was ever met.
    pub(crate) known: bool,
}

impl Desk {
    /// Every other device that is in, and what is known of it.
    pub(crate) fn peers(&mut self) -> Result<Vec<Peer>, ApiError> {
        let stored = self
            .store
            .peers(self.id())
            .map_err(|error| store_error(&error))?;
        let between = self.between(&stored);
        let stored: BTreeMap<DeviceId, PeerRow> =
            stored.into_iter().map(|peer| (peer.device, peer)).collect();
        let live: BTreeMap<DeviceId, (LinkId, Live)> = self
            .space
            .peers()
            .map(|(link, view)| (view.device, (link, view)))
            .collect();
        let held = self.space.index().len() as u64;
        let me = self.space.me();
        let roster = self.space.roster();
        let others = roster
            .members()
            .filter(|row| row.rank.is_some() && row.device != me);
        let mut list: Vec<Peer> = others
            .map(|row| {
                let met = stored.get(&row.device);
                let heard = met.map_or(0, |peer| peer.heard.0);
                if let Some((_, view)) = live.get(&row.device) {
                    return Peer {
                        device: row.device,
                        connected: true,
                        has: view.has,
                        lacks: view.lacks,
                        missing_here: view.missing_here,
                        blobs_there: view.blobs_there,
                        blobs_here: view.blobs_here,
                        heard: clock::now().0,
                        complete: view.complete && view.blobs_there == 0 && view.blobs_here == 0,
                        known: true,
                    };
                }
                let missing_here = met.map_or(0, |peer| peer.missing_here);
                let blobs_there = met.map_or(0, |peer| peer.media_there.0);
                let between = between.get(&row.device);
                let lacks = between.map_or(held, |between| between.lacks);
                let blobs_here = between.map_or(0, |between| between.media_here.0);
                let is_left = [lacks, missing_here, blobs_there, blobs_here] != [0; 4];
                Peer {
                    device: row.device,
                    connected: false,
                    has: held.saturating_sub(lacks),
                    lacks,
                    missing_here,
                    blobs_there,
                    blobs_here,
                    heard,
                    complete: met.is_some() && !is_left,
                    known: met.is_some(),
                }
            })
            .collect();
        list.sort_by_key(|peer| (!peer.connected, core::cmp::Reverse(peer.heard), peer.device));
        Ok(list)
    }

    fn sync_view(&mut self) -> Result<SyncView, ApiError> {
        let peers = self.peers()?;
        let (word, with) = self.sync_word()?;
        let media = self.media_state()?;
        let mut moving = self.moving()?;
        let roster = self.space.roster();
        let peers = peers.into_iter().map(|peer| {
            let (sending, coming) = moving.remove(&peer.device).unwrap_or_default();
            PeerView {
                device: peer.device.to_string(),
                name: roster.name(peer.device).unwrap_or_default().to_owned(),
                connected: peer.connected,
                relay: None,
                has: peer.has,
                lacks: peer.lacks,
                missing_here: peer.missing_here,
                blobs_there: peer.blobs_there,
                blobs_here: peer.blobs_here,
                heard: peer.heard,
                complete: peer.complete,
                sending,
                coming,
            }
        });
        Ok(SyncView {
            word,
            with,
            entries: self.space.index().len() as u64,
            unsealed: u32::try_from(self.space.unsealed()).unwrap_or(u32::MAX),
            media,
            peers: peers.collect(),
            nearby: 0,
            discovery: None,
            findings: Vec::new(),
        })
    }
}
