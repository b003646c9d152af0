//! What of this device's own work another device is known to have: by its word on a link, as it was
//! when it was last heard, or by a receipt. Not here: what each peer lacks (`sync`, `progress`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use majlis_core::effect::PeerRow;
use majlis_core::entry::ChainId;
use majlis_core::id::{LaneClass, LaneId};

use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};

/// What is done with a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// It is left: who belongs to it is told on, and nothing else is handed over any more.
    Left,
    /// The copy is deleted.
    Forgotten,
}

impl Parting {
    /// From which entry on what this device signed on a lane must be elsewhere; `None` where it need
    /// not.
    fn minds(self, lane: LaneId) -> Option<u64> {
        match lane.class() {
            LaneClass::Process
            | LaneClass::Document
            | LaneClass::Requests
            | LaneClass::Unknown(_) => Some(0),
            // Who joined and met nobody, and who founded for nobody, is missed by nobody.
            LaneClass::Membership if matches!(self, Self::Forgotten) => Some(1),
            // Receipts and checkpoints say nothing of their own.
            LaneClass::Membership | LaneClass::Receipts | LaneClass::Checkpoints => None,
        }
    }
}

/// A chain of this device's, as far as it is known to be elsewhere: other devices have a chain from its
/// beginning on.
#[derive(Clone, Copy, Debug)]
struct Own {
    /// Entries.
    all: u64,
    /// Of them those that were here by the time that is looked at.
    then: u64,
    /// Of them those that some other device has.
    elsewhere: u64,
}

impl Desk {
    /// On each of these lanes where this device signed something that no other device is known to
    /// have: the first such entry, and how many there are.
    pub(super) fn only_here(
        &mut self,
        lanes: &BTreeSet<LaneId>,
    ) -> Result<BTreeMap<LaneId, (u64, u64)>, ApiError> {
        let me = self.space.me();
        let chain = |lane: LaneId| ChainId { lane, device: me };
        let index = self.space.index();
        let own = lanes.iter().map(|lane| {
            let (all, _) = index.next(chain(*lane));
            let own = Own {
                all,
                then: all,
                elsewhere: 0,
            };
            (*lane, own)
        });
        let mut own: BTreeMap<LaneId, Own> = own.filter(|(_, own)| own.all > 0).collect();
        self.as_last_heard(&mut own)?;
        self.as_on_links(&mut own);
        let shelf = self.store.shelf(self.id());
        for (lane, own) in &mut own {
            let signed_for = self.space.receipted(chain(*lane), &shelf);
            let signed_for = signed_for.map_err(|error| store_error(&error))?;
            own.elsewhere = own.elsewhere.max(signed_for);
        }
        let own = own.into_iter().map(|(lane, own)| {
            let first = own.elsewhere.min(own.all);
            (lane, (first, own.all.saturating_sub(first)))
        });
        Ok(own.filter(|(_, (_, entries))| *entries > 0).collect())
    }

    /// What others had when they were last heard: all that was here then, but for what they lacked.
    fn as_last_heard(&self, own: &mut BTreeMap<LaneId, Own>) -> Result<(), ApiError> {
        let peers = self.store.peers(self.id());
        let mut peers = peers.map_err(|error| store_error(&error))?;
        let roster = self.space.roster();
        let me = self.space.me();
        peers.retain(|peer| peer.device != me && roster.rank(peer.device).is_some());
        peers.sort_by_key(|peer| Reverse(heard(peer)));
        let index = self.space.index();
        let mut looked = index.len() as u64;
        for peer in &peers {
            let then = heard(peer).min(looked);
            let since = usize::try_from(looked.saturating_sub(then)).unwrap_or(usize::MAX);
            for entry in index.arrivals().after(then).take(since) {
                let place = index.place(entry).filter(|place| place.chain.device == me);
                if let Some(own) = place.and_then(|place| own.get_mut(&place.chain.lane)) {
                    own.then = own.then.saturating_sub(1);
                }
            }
            looked = then;
            for (lane, own) in own.iter_mut() {
                let has = own.then.saturating_sub(lacked(peer, *lane));
                own.elsewhere = own.elsewhere.max(has);
            }
            // Who was heard before has no more.
            if own.values().all(|own| own.elsewhere >= own.then) {
                break;
            }
        }
        Ok(())
    }

    /// What others have by their word on links that are open now.
    fn as_on_links(&self, own: &mut BTreeMap<LaneId, Own>) {
        let me = self.space.me();
        let roster = self.space.roster();
        for (peer, sending, _) in self.space.moving() {
            if peer == me || roster.rank(peer).is_none() {
                continue;
            }
            for (lane, own) in own.iter_mut() {
                let lacking = sending.lanes.iter().find(|lacking| lacking.lane == *lane);
                let lacking = lacking.into_iter().flat_map(|lacking| &lacking.from);
                let first = lacking.filter(|(device, _)| *device == me);
                let has = first.map(|(_, from)| *from).min().unwrap_or(own.all);
                own.elsewhere = own.elsewhere.max(has);
            }
        }
    }

    /// Refuses to part with a space while something that this device made is on no other one, as far
    /// as is known here.
    pub(super) fn nothing_only_here(&mut self, parting: Parting) -> Result<(), ApiError> {
        let pieces = self.pieces_only_here(parting)?;
        if pieces == 0 {
            return Ok(());
        }
        let why = "parting with a space while work is on no other device";
        Err(ApiError::new(ErrorCode::OnlyHere, why).about(pieces.to_string()))
    }

    /// Answers, entries of another kind, photos and sounds, and what is begun and not handed in.
    fn pieces_only_here(&mut self, parting: Parting) -> Result<u64, ApiError> {
        let me = self.space.me();
        let chains = self.space.index().chains();
        let lanes = chains.filter(|chain| chain.device == me);
        let lanes = lanes.map(|chain| chain.lane);
        let lanes = lanes.filter(|lane| parting.minds(*lane).is_some());
        let lanes: BTreeSet<LaneId> = lanes.collect();
        let mut pieces = self.space.unsealed() as u64;
        let out = u64::from(!self.is_member());
        for (lane, (first, entries)) in self.only_here(&lanes)? {
            let spared = parting.minds(lane).unwrap_or_default();
            let mut entries = entries.saturating_sub(spared.saturating_sub(first));
            if lane == LaneId::MEMBERSHIP {
                // That this device left is no work.
                entries = entries.saturating_sub(out);
            }
            let answers = self.store.answers_from(self.id(), lane, &[(me, first)]);
            // Thirty answers may be one entry.
            let answers = answers.map_err(|error| store_error(&error))?;
            pieces = pieces.saturating_add(entries.max(answers));
        }
        // What came after the close cannot be handed in any more.
        let begun = self
            .unfinished()?
            .into_iter()
            .filter(|one| one.open)
            .count();
        let begun = begun.saturating_add(self.unfinished_submissions()?.len());
        Ok(pieces
            .saturating_add(begun as u64)
            .saturating_add(self.media_state()?.only_here))
    }
}

/// How many entries were here when a peer was last heard.
const fn heard(peer: &PeerRow) -> u64 {
    peer.has.saturating_add(peer.lacks)
}

/// How many entries of a lane a peer lacked, at most: of the lanes with most it is remembered by name.
fn lacked(peer: &PeerRow, lane: LaneId) -> u64 {
    let named = peer.lacks_on.iter();
    if let Some((_, entries)) = named.clone().find(|(of, _)| *of == lane) {
        return *entries;
    }
    let told = named.clone().map(|(_, entries)| *entries);
    let rest = peer.lacks.saturating_sub(told.sum());
    rest.min(named.map(|(_, entries)| *entries).min().unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use majlis_core::id::DeviceId;
    use majlis_core::time::Timestamp;

    use super::*;

    #[test]
    fn what_a_peer_lacked_on_a_lane_that_is_not_named_is_bounded() {
        let lane = |number| LaneId::new(LaneClass::Process, [number; 16]);
        let peer = |lacks, lacks_on: &[(LaneId, u64)]| PeerRow {
            device: DeviceId::from_bytes([1; 32]),
            heard: Timestamp(1),
            has: 100,
            lacks,
            missing_here: 0,
            media_there: (0, 0),
            media_here: (0, 0),
            lacks_on: lacks_on.to_vec(),
            missing_on: Vec::new(),
            transport: None,
            cursor: None,
        };
        let named = [(lane(1), 7), (lane(2), 3)];
        assert_eq!(lacked(&peer(10, &named), lane(1)), 7);
        assert_eq!(lacked(&peer(10, &named), lane(9)), 0);
        // The others lacked no more than the last one that is named, nor all of them together.
        assert_eq!(lacked(&peer(11, &named), lane(9)), 1);
        assert_eq!(lacked(&peer(30, &named), lane(9)), 3);
        assert_eq!(lacked(&peer(0, &[]), lane(9)), 0);
        assert_eq!(lacked(&peer(5, &[]), lane(9)), 5);
    }
}
