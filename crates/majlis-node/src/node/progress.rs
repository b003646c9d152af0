//! What is left to move, and what stands in the way, with the names that people know.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use majlis_core::effect::PeerRow;
use majlis_core::id::{DeviceId, LaneClass, LaneId};
use majlis_core::sync::session::{Lacking, Moving};

use crate::api::ApiError;
use crate::api::network::FindingView;
use crate::api::sync::{LeftKind, LeftView, MovingView};
use crate::desk::{Desk, store_error};
use crate::links::Found;

/// So many lanes are named; a person reads no more.
const NAMED: usize = 8;
/// Of what came since a device was last heard, so many entries are looked through for names, and for
/// those that it signed itself.
const NEWEST: u32 = 2_000;
/// Of those who are away, what lacks is named for so many, the last heard first; all are counted.
const AWAY: usize = 16;

/// What stands between this device and one that has no link, by what was known when that was last
/// heard and what came here since.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Between {
    /// Entries held here that it lacks.
    pub(super) lacks: u64,
    /// Photos and sounds that it holds and that are still missing here, and their bytes.
    pub(super) media_here: (u64, u64),
}

impl Desk {
    /// What stands between this device and each of these, which have no link.
    pub(super) fn between(&self, peers: &[PeerRow]) -> BTreeMap<DeviceId, Between> {
        let index = self.space.index();
        let held = index.len() as u64;
        let waits = peers.iter().any(|peer| peer.media_here.0 > 0);
        let missing = waits.then(|| self.space.media_missing());
        let missing = missing.unwrap_or_default();
        let each = peers.iter().map(|peer| {
            let (count, bytes) = peer.media_here;
            let between = Between {
                lacks: held.saturating_sub(peer.has),
                media_here: (count.min(missing.0), bytes.min(missing.1)),
            };
            let heard = peer.has.saturating_add(peer.lacks);
            (peer.device, (heard, between))
        });
        let mut all: BTreeMap<DeviceId, (u64, Between)> = each.collect();
        // What a device signed itself came here by others, and is there.
        let from = held.saturating_sub(NEWEST.into());
        for (at, entry) in (from..).zip(index.arrivals().after(from)) {
            if let Some(place) = index.place(entry)
                && let Some((heard, between)) = all.get_mut(&place.chain.device)
                && at >= *heard
            {
                between.lacks = between.lacks.saturating_sub(1);
            }
        }
        let all = all.into_iter();
        all.map(|(device, (_, between))| (device, between))
            .collect()
    }

    /// What is left to move, to and from each device: on a link as it stands now, and with no link
    /// as it stood when the device was last heard, with what came here since.
    pub(super) fn moving(
        &mut self,
    ) -> Result<BTreeMap<DeviceId, (MovingView, MovingView)>, ApiError> {
        let mut moving: Vec<(DeviceId, Moving, Moving)> = self.space.moving().collect();
        self.apart(&mut moving)?;
        let mut titles = BTreeMap::new();
        let any = |it: &Moving| it.entries() > 0;
        if moving.iter().any(|(_, to, from)| any(to) || any(from)) {
            for class in [LaneClass::Process, LaneClass::Document] {
                let rows = self.outlines(class)?.into_iter();
                titles.extend(rows.map(|row| (row.lane, row.title)));
            }
        }
        let mut views = BTreeMap::new();
        for (device, to, from) in moving {
            let views_of = (self.view_of(to, &titles)?, self.view_of(from, &titles)?);
            views.insert(device, views_of);
        }
        Ok(views)
    }

    /// Adds those who were met and have no link now.
    fn apart(&self, moving: &mut Vec<(DeviceId, Moving, Moving)>) -> Result<(), ApiError> {
        let linked: BTreeSet<DeviceId> = moving.iter().map(|(device, ..)| *device).collect();
        let peers = self.store.peers(self.id());
        let peers = peers.map_err(|error| store_error(&error))?;
        let held = self.space.index().len() as u64;
        let behind = |peer: &PeerRow| held.saturating_sub(peer.has.saturating_add(peer.lacks));
        let apart = || {
            let away = peers.iter().filter(|peer| !linked.contains(&peer.device));
            away.take(AWAY)
        };
        let most = apart().map(behind).max().unwrap_or_default();
        let most = u32::try_from(most).unwrap_or(u32::MAX).min(NEWEST);
        let newest = if most == 0 {
            Vec::new()
        } else {
            let newest = self.store.newest(self.id(), most);
            newest.map_err(|error| store_error(&error))?
        };
        let between = self.between(&peers);
        for peer in apart() {
            let since = usize::try_from(behind(peer)).unwrap_or(usize::MAX);
            let since = newest.get(..since).unwrap_or(&newest).iter().copied();
            let since = since.filter(|(_, device, _)| *device != peer.device);
            let since: Vec<_> = since.collect();
            let Between { lacks, media_here } =
                between.get(&peer.device).copied().unwrap_or_default();
            let mut sending = remembered(&peer.lacks_on, &since, lacks);
            let mut coming = remembered(&peer.missing_on, &[], peer.missing_here);
            (sending.media, sending.media_bytes) = peer.media_there;
            (coming.media, coming.media_bytes) = media_here;
            moving.push((peer.device, sending, coming));
        }
        Ok(())
    }

    fn view_of(
        &self,
        moving: Moving,
        titles: &BTreeMap<LaneId, String>,
    ) -> Result<MovingView, ApiError> {
        let mut left = Vec::new();
        let mut others = moving.others;
        for (number, lacking) in moving.lanes.into_iter().enumerate() {
            if number >= NAMED {
                others = others.saturating_add(lacking.entries);
                continue;
            }
            let kind = match lacking.lane.class() {
                LaneClass::Membership => LeftKind::Membership,
                LaneClass::Process => LeftKind::Answers,
                LaneClass::Document => LeftKind::Document,
                LaneClass::Receipts => LeftKind::Receipts,
                LaneClass::Checkpoints | LaneClass::Requests | LaneClass::Unknown(_) => {
                    LeftKind::Other
                }
            };
            let answers = self.answers(kind, &lacking)?;
            left.push(LeftView {
                kind,
                title: titles.get(&lacking.lane).cloned(),
                count: answers.unwrap_or(lacking.entries),
                answers: answers.is_some(),
            });
        }
        if others > 0 {
            left.push(LeftView {
                kind: LeftKind::Other,
                title: None,
                count: others,
                answers: false,
            });
        }
        Ok(MovingView {
            left,
            media: moving.media,
            media_bytes: moving.media_bytes,
            rate: moving.rate,
            seconds: moving.seconds,
        })
    }

    /// How many answers are in the entries that a lane lacks, when they are here and there are any.
    fn answers(&self, kind: LeftKind, lacking: &Lacking) -> Result<Option<u64>, ApiError> {
        if kind != LeftKind::Answers || lacking.from.is_empty() {
            return Ok(None);
        }
        let counted = self
            .store
            .answers_from(self.id(), lacking.lane, &lacking.from)
            .map_err(|error| store_error(&error))?;
        Ok((counted > 0).then_some(counted))
    }

    /// Findings with the names of the devices they are about.
    pub(super) fn name_findings(&self, found: Vec<Found>) -> Result<Vec<FindingView>, ApiError> {
        let peers = self.store.peers(self.id());
        let peers = peers.map_err(|error| store_error(&error))?;
        let roster = self.space.roster();
        let mut views: Vec<FindingView> = found
            .into_iter()
            .map(|(finding, peer)| {
                let known = peers
                    .iter()
                    .find(|row| peer.is_some() && row.transport.map(|key| *key.as_bytes()) == peer);
                let name = known.and_then(|row| roster.name(row.device));
                FindingView {
                    finding,
                    name: name.filter(|name| !name.is_empty()).map(str::to_owned),
                }
            })
            .collect();
        views.sort_unstable();
        views.dedup();
        Ok(views)
    }
}

/// What lacks, when so many entries do: those that lacked when the device was last heard, by lane, and
/// those that came here since. Answers are counted on lanes where it had everything then.
fn remembered(then: &[(LaneId, u64)], since: &[(LaneId, DeviceId, u64)], entries: u64) -> Moving {
    let mut lanes: BTreeMap<LaneId, (u64, BTreeMap<DeviceId, u64>)> = BTreeMap::new();
    for (lane, entries) in then {
        lanes.entry(*lane).or_default().0 = *entries;
    }
    for (lane, device, seq) in since {
        let (entries, from) = lanes.entry(*lane).or_default();
        *entries = entries.saturating_add(1);
        let first = from.entry(*device).or_insert(*seq);
        *first = (*first).min(*seq);
    }
    for (lane, _) in then {
        if let Some((_, from)) = lanes.get_mut(lane) {
            from.clear();
        }
    }
    let lanes = lanes.into_iter().map(|(lane, (entries, from))| Lacking {
        lane,
        entries,
        from: from.into_iter().collect(),
    });
    let mut lanes: Vec<Lacking> = lanes.collect();
    lanes.sort_by_key(|lacking| (Reverse(lacking.entries), lacking.lane));
    let known = lanes.iter().map(|lacking| lacking.entries);
    let known = known.fold(0, u64::saturating_add);
    Moving {
        lanes,
        others: entries.saturating_sub(known),
        ..Moving::default()
    }
}
