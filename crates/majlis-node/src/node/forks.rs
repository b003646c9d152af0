//! Devices that signed two different things in one place of a process, or of the membership of a space. Both statements are shown where what is
//! set aside is (`members`); this says that there are some, and whether this device's person looked.

use std::collections::BTreeSet;

use majlis_core::admission::{Aside, State};
use majlis_core::id::{DeviceId, LaneId};

use crate::api::me::SpaceName;
use crate::api::members::ForksSeen;
use crate::api::{ApiError, Nothing};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::plain;

impl Node {
    pub(super) async fn forks_seen(&self, seen: ForksSeen) -> Result<Nothing, ApiError> {
        let lane = seen.lane.as_deref().map(|id| plain::id(id, "lane"));
        let lane: Option<LaneId> = lane.transpose()?;
        self.at(&seen.space, move |desk| desk.forks_seen(lane))
            .await
    }
}

fn seen_key(lane: LaneId) -> String {
    format!("forks-seen/{lane}")
}

impl Desk {
    /// The devices of which something on a lane is set aside because they signed two things in one place. What
    /// somebody brought back since counts, and is no alarm any more.
    pub(super) fn forks(&self, lane: LaneId) -> BTreeSet<DeviceId> {
        let index = self.space.index();
        let forked = index
            .chains_on(lane)
            .filter(|chain| index.fork(*chain).is_some());
        let aside = forked.filter(|chain| {
            let mut items = index.items_of(*chain);
            items.any(|(_, item)| item.state == State::Quarantined(Aside::Forked))
        });
        aside.map(|chain| chain.device).collect()
    }

    fn mark(&self, lane: LaneId) -> String {
        let devices: Vec<String> = self.forks(lane).iter().map(DeviceId::to_string).collect();
        devices.join(" ")
    }

    /// Whether there is one that this device's person has not looked at.
    pub(super) fn forks_unseen(&self, lane: LaneId) -> Result<bool, ApiError> {
        let mark = self.mark(lane);
        if mark.is_empty() {
            return Ok(false);
        }
        let seen = self.store.setting(Some(self.id()), &seen_key(lane));
        let seen = seen.map_err(|error| store_error(&error))?;
        Ok(seen.is_none_or(|seen| seen != mark.as_bytes()))
    }

    /// This person was shown what was signed in one place: of one lane, or of all.
    fn forks_seen(&self, lane: Option<LaneId>) -> Result<Nothing, ApiError> {
        let index = self.space.index();
        let forked = index.chains().filter(|chain| index.fork(*chain).is_some());
        let forked: BTreeSet<LaneId> = forked.map(|chain| chain.lane).collect();
        for one in forked {
            if lane.is_none_or(|lane| lane == one) {
                self.note_forks_seen(one)?;
            }
        }
        Ok(Nothing {})
    }

    /// The space, where a device signed two things about who belongs to it and this device's person has not
    /// looked.
    pub(super) fn forked_space(&mut self) -> Result<Option<SpaceName>, ApiError> {
        if !self.forks_unseen(LaneId::MEMBERSHIP)? {
            return Ok(None);
        }
        let genesis = self.space.roster().genesis();
        Ok(Some(SpaceName {
            space: self.id().to_string(),
            name: genesis.map_or_else(String::new, |genesis| genesis.name.clone()),
        }))
    }

    fn note_forks_seen(&self, lane: LaneId) -> Result<(), ApiError> {
        if !self.forks_unseen(lane)? {
            return Ok(());
        }
        let mark = self.mark(lane);
        let put = self
            .store
            .put_setting(Some(self.id()), &seen_key(lane), mark.as_bytes());
        put.map_err(|error| store_error(&error))
    }
}
