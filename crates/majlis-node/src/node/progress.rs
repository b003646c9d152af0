//! What is left to move, and what stands in the way, with the names that people know.

use std::collections::BTreeMap;

use majlis_core::id::{DeviceId, LaneClass, LaneId};
use majlis_core::sync::session::{Lacking, Moving};

use crate::api::ApiError;
use crate::api::network::FindingView;
use crate::api::sync::{LeftKind, LeftView, MovingView};
use crate::desk::{Desk, store_error};
use crate::links::Found;

/// So many lanes are named; a person reads no more.
const NAMED: usize = 8;

impl Desk {
    /// What is left to move, to and from each device on a link.
    pub(super) fn moving(
        &mut self,
    ) -> Result<BTreeMap<DeviceId, (MovingView, MovingView)>, ApiError> {
        let moving: Vec<(DeviceId, Moving, Moving)> = self.space.moving().collect();
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
