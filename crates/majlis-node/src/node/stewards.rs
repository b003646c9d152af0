//! Calls about the stewards: what waits for a majority of them, and the recovery card.

use majlis_core::id::{DeviceId, EntryHash};
use majlis_core::membership::{Rank, StewardChange};
use majlis_core::sign::Signer as _;
use majlis_core::space::Command;

use crate::api::members::{AgreeToChange, PendingChange, Recover, StewardsView};
use crate::api::space::SpaceRef;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::card::RecoveryCard;
use crate::desk::Desk;
use crate::node::Node;
use crate::plain;

impl Node {
    pub(super) async fn stewards(&self, at: SpaceRef) -> Result<StewardsView, ApiError> {
        self.at(&at.space, |desk| Ok(desk.stewards())).await
    }

    pub(super) async fn agree(&self, to: AgreeToChange) -> Result<Nothing, ApiError> {
        let epoch: EntryHash = plain::id(&to.change, "change")?;
        self.at(&to.space, move |desk| {
            let pending = desk.space.roster().pending().get(&epoch);
            let (change, _) = pending.ok_or_else(|| plain::missing("change"))?;
            desk.command(Command::Endorse(change.clone()))?;
            Ok(Nothing {})
        })
        .await
    }

    pub(super) async fn recover(&self, wanted: Recover) -> Result<Nothing, ApiError> {
        let card = RecoveryCard::from_text(&wanted.card)
            .map_err(|error| ApiError::new(ErrorCode::BadCard, error.to_string()))?;
        let devices: Result<Vec<DeviceId>, ApiError> = wanted
            .remove
            .iter()
            .map(|device| plain::id(device, "member"))
            .collect();
        let (devices, reason) = (devices?, wanted.reason.trim().to_owned());
        self.at(&wanted.space, move |desk| {
            let me = desk.key.device();
            for device in &devices {
                if *device == me || !desk.space.roster().stewards().contains(device) {
                    return Err(plain::missing("steward").about(device.to_string()));
                }
            }
            // First in, then the others out: at no moment is a space without a steward.
            if !desk.space.roster().stewards().contains(&me) {
                let (change, card) = (StewardChange::Add(me), Box::new(card.signing_key()));
                desk.command(Command::Recover { change, card })?;
            }
            for device in devices {
                let change = StewardChange::Remove(desk.space.removal(device, reason.clone()));
                let card = Box::new(card.signing_key());
                desk.command(Command::Recover { change, card })?;
            }
            Ok(Nothing {})
        })
        .await
    }
}

impl Desk {
    /// The removal of a steward: the one that others proposed already, so that endorsements add
    /// up, or a new one.
    pub(super) fn steward_removal(&self, device: DeviceId, reason: String) -> StewardChange {
        let proposed = self.space.roster().pending().values();
        let proposed = proposed.map(|(change, _)| change).find(
            |change| matches!(change, StewardChange::Remove(remove) if remove.device == device),
        );
        proposed
            .cloned()
            .unwrap_or_else(|| StewardChange::Remove(self.space.removal(device, reason)))
    }

    fn stewards(&self) -> StewardsView {
        let roster = self.space.roster();
        let me = self.space.me();
        let rules = roster.rank(me) == Some(Rank::Steward);
        let name = |device: DeviceId| roster.name(device).unwrap_or_default().to_owned();
        let pending = roster.pending().iter().map(|(epoch, (change, by))| {
            let (device, removes, reason) = match change {
                StewardChange::Add(device) => (*device, false, String::new()),
                StewardChange::Remove(remove) => (remove.device, true, remove.reason.clone()),
            };
            PendingChange {
                change: epoch.to_string(),
                device: device.to_string(),
                name: name(device),
                removes,
                reason,
                agreed: by.iter().copied().map(name).collect(),
                may_agree: rules && !by.contains(&me),
            }
        });
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        StewardsView {
            stewards: count(roster.stewards().len()),
            majority: count((roster.stewards().len() / 2).saturating_add(1)),
            pending: pending.filter(|change| !change.agreed.is_empty()).collect(),
            may_recover: roster.rank(me).is_some()
                && roster
                    .genesis()
                    .is_some_and(|genesis| !genesis.recovery.is_empty()),
        }
    }
}
