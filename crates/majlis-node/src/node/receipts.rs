//! The call about receipts, and the figures of what this replica carries.

use std::collections::BTreeSet;

use majlis_core::entry::ChainId;
use majlis_core::id::{DeviceId, EntryHash};
use majlis_core::receipt::Alarm;
use majlis_core::sign::Signer as _;

use crate::api::ApiError;
use crate::api::receipts::{
    AlarmName, AlarmView, CarrierView, LimitName, OwnChainView, ReceiptsView, RefusalView,
};
use crate::api::space::SpaceRef;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::pool::PoolFigures;

/// What one space came to since it was opened, for whoever watches over a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpaceFigures {
    /// The space.
    pub space: String,
    /// Whether this device is in it, by what it knows.
    pub member: bool,
    /// Entries held.
    pub entries: u64,
    /// Bytes of their payloads, and of photos and sounds.
    pub bytes: u64,
    /// Photos and sounds that are whole here, small pictures among them.
    pub blobs: u64,
    /// Their bytes.
    pub blob_bytes: u64,
    /// Devices on a link now.
    pub connected: u64,
    /// Bytes received on links, since the start.
    pub received: u64,
    /// Bytes sent on links, since the start.
    pub sent: u64,
    /// Receipts that this device signed, since the start.
    pub receipts: u64,
    /// Devices refused, since the start, per limit.
    pub refusals: Vec<(LimitName, u64)>,
    /// Alarms about other carriers.
    pub alarms: u64,
    /// How it stands with the pool, where there is one.
    pub pool: Option<PoolFigures>,
}

impl Node {
    pub(super) async fn receipts(&self, at: SpaceRef) -> Result<ReceiptsView, ApiError> {
        self.at(&at.space, Desk::receipts).await
    }

    /// What every open space came to.
    ///
    /// # Errors
    /// [`ApiError`] when a desk does not answer: its store fails.
    pub async fn figures(&self) -> Result<Vec<SpaceFigures>, ApiError> {
        let mut list = Vec::new();
        for (_, desk) in self.all() {
            list.push(desk.ask(Desk::figures).await?);
        }
        Ok(list)
    }
}

impl Desk {
    fn carriers(&mut self) -> Result<Vec<majlis_core::space::CarrierView>, ApiError> {
        let shelf = self.store.shelf(self.id());
        let found = self.space.carriers(&shelf);
        found.map_err(|error| store_error(&error))
    }

    fn receipts(&mut self) -> Result<ReceiptsView, ApiError> {
        let carriers = self.carriers()?;
        let carriers = carriers.into_iter().map(|carrier| CarrierView {
            device: carrier.device.to_string(),
            name: self.name_of(carrier.device),
            receipts: carrier.receipts,
            newest: carrier.newest.map(|entry| entry.to_string()),
            confirmed: carrier.confirmed,
            owed: carrier.owed,
            mine: carrier.own.iter().map(|chain| chain.receipted).sum(),
            mine_all: carrier.own.iter().map(|chain| chain.entries).sum(),
            chains: carrier
                .own
                .iter()
                .map(|chain| OwnChainView {
                    lane: chain.lane.to_string(),
                    entries: chain.entries,
                    receipted: chain.receipted,
                })
                .collect(),
            alarms: carrier.alarms.iter().map(|it| self.alarm(it)).collect(),
        });
        let carriers = carriers.collect();
        let here = self.carriage.refused_here.iter().map(|it| (it, true));
        let there = self.carriage.refused_there.iter().map(|it| (it, false));
        // Between two that have everything now, neither refuses anything any more.
        let peers = self.space.peers().filter(|(_, view)| view.complete);
        let whole: BTreeSet<DeviceId> = peers.map(|(_, view)| view.device).collect();
        let refusals = here
            .chain(there)
            .filter(|((device, _), _)| !whole.contains(*device))
            .map(|((device, limit), here)| RefusalView {
                device: device.to_string(),
                name: self.name_of(*device),
                here,
                limit: *limit,
            });
        Ok(ReceiptsView {
            refusals: refusals.collect(),
            carriers,
        })
    }

    fn name_of(&self, device: DeviceId) -> String {
        let name = self.space.roster().name(device);
        name.unwrap_or_default().to_owned()
    }

    fn alarm(&self, alarm: &Alarm) -> AlarmView {
        let about =
            |name, receipt: EntryHash, position: &majlis_core::receipt::Position| AlarmView {
                alarm: name,
                receipts: vec![receipt.to_string()],
                entry: Some(position.hash.to_string()),
                author: self.name_of(position.device),
                seq: Some(position.seq),
                missing: !self.space.index().contains(position.hash),
            };
        match alarm {
            Alarm::Hides { receipt, position } => about(AlarmName::Hides, *receipt, position),
            Alarm::Misstates { receipt, position } => {
                about(AlarmName::Misstates, *receipt, position)
            }
            Alarm::Equivocates { one, other } => AlarmView {
                alarm: AlarmName::Equivocates,
                receipts: vec![one.to_string(), other.to_string()],
                entry: None,
                author: String::new(),
                seq: self.space.index().place(*one).map(|place| place.seq),
                missing: false,
            },
            Alarm::Misquotes { checkpoint, .. } => AlarmView {
                alarm: AlarmName::Misquotes,
                receipts: Vec::new(),
                entry: Some(checkpoint.to_string()),
                author: String::new(),
                seq: self.space.index().place(*checkpoint).map(|place| place.seq),
                missing: false,
            },
            Alarm::Alters { lane, device, seq } => AlarmView {
                alarm: AlarmName::Alters,
                receipts: Vec::new(),
                entry: None,
                author: self.name_of(*device),
                seq: Some(*seq),
                missing: self
                    .space
                    .index()
                    .next(ChainId {
                        lane: *lane,
                        device: *device,
                    })
                    .0
                    <= *seq,
            },
        }
    }

    fn figures(&mut self) -> Result<SpaceFigures, ApiError> {
        let alarms = self.carriers()?;
        let alarms = alarms.iter().map(|carrier| carrier.alarms.len() as u64);
        let held = self.carriage.held();
        let media = self.store.blob_figures(self.id());
        let media = media.map_err(|error| store_error(&error))?;
        let refusals = self.carriage.refusals.iter();
        Ok(SpaceFigures {
            space: self.id().to_string(),
            member: self.space.roster().rank(self.key.device()).is_some(),
            entries: held.entries,
            bytes: held.bytes,
            blobs: media.whole,
            blob_bytes: media.bytes,
            connected: self.connected(),
            received: self.carriage.received,
            sent: self.carriage.sent,
            receipts: self.carriage.receipts,
            refusals: refusals.map(|(limit, count)| (*limit, *count)).collect(),
            alarms: alarms.sum(),
            pool: self.pool_figures(),
        })
    }
}
