//! The parts of a key: those that a device has, what is wrong with them, who holds the others, and
//! giving one's own away.
//! Not here: splitting and combining (`majlis-sealed`).

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU8;
use std::sync::Arc;

use majlis_core::consultation::form::{HeldShare, Keeper, SealedQuestions};
use majlis_core::consultation::statement::Placed;
use majlis_core::id::{DeviceId, FormId, LaneId, SlotId};
use majlis_core::record::{Custody, CustodySaid};
use majlis_sealed::{Key, Part, combine, device_key};
use majlis_store::OpeningRow;

use super::sealed_away;
use crate::api::sealing::{DeviceStanding, KeeperDevice, KeeperView, PartReleased, PartState};
use crate::api::{ApiError, ErrorCode};
use crate::desk::Desk;
use crate::plain;
use crate::plain::sealed::{Purpose, Reader};

/// What was found out about the parts of keys in this run of the program, and from which releases:
/// among parts that do not belong, the key is looked for by trying, which is not to be done for every
/// page. In memory only.
#[derive(Default)]
pub(crate) struct FoundParts(BTreeMap<(LaneId, FormId), ([u8; 32], Parts)>);

/// What a device knows of the parts of a key.
#[derive(Clone, Default)]
pub(super) struct Parts {
    /// Those that it has, its own first.
    pub(super) here: Vec<Part>,
    /// The places of keepers who gave theirs away.
    pub(super) given: BTreeSet<usize>,
    /// Of those, the places of keepers who gave this device something else.
    pub(super) wrong: BTreeSet<usize>,
    /// Whether what was made for this device is no part.
    pub(super) spoiled: bool,
    /// The key, once enough parts are here that belong to one.
    key: Option<Key>,
}

impl Parts {
    /// What became of the part of the keeper at a place.
    pub(super) fn state(&self, keeper: usize) -> PartState {
        if self.wrong.contains(&keeper) {
            PartState::Wrong
        } else if self.given.contains(&keeper) {
            PartState::Given
        } else {
            PartState::Kept
        }
    }
}

pub(super) const fn number_of(keeper: usize) -> Option<NonZeroU8> {
    if keeper >= 255 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 255")]
    NonZeroU8::new(keeper as u8 + 1)
}

impl Desk {
    /// How a device stands in the roster now.
    pub(super) fn standing(&self, device: DeviceId) -> DeviceStanding {
        let roster = self.space.roster();
        if roster.rank(device).is_some() {
            DeviceStanding::In
        } else if roster.person(device).is_some() {
            DeviceStanding::Out
        } else {
            DeviceStanding::Unknown
        }
    }

    /// The names of the people behind devices, each once; an empty one for all that nobody knows.
    pub(super) fn people(&self, devices: &[DeviceId]) -> Vec<String> {
        let roster = self.space.roster();
        let mut seen = BTreeSet::new();
        let new = devices
            .iter()
            .filter(|device| seen.insert(roster.person(**device)));
        let name = |device: &DeviceId| roster.name(*device).unwrap_or_default().to_owned();
        new.map(name).collect()
    }

    /// A keeper, with every device that can read; what became of the part is not looked at.
    pub(super) fn keeper(&self, keeper: &Keeper) -> KeeperView {
        let all: Vec<DeviceId> = keeper.devices.iter().map(|share| share.device).collect();
        let roster = self.space.roster();
        let known = all.iter().filter_map(|device| roster.person(*device));
        let persons: BTreeSet<_> = known.collect();
        let devices = all.iter().map(|device| KeeperDevice {
            device: device.short(),
            name: roster.name(*device).unwrap_or_default().to_owned(),
            standing: self.standing(*device),
        });
        let mut people = self.people(&all);
        people.retain(|name| !name.is_empty());
        KeeperView {
            name: people.join(", "),
            me: false,
            part: PartState::Kept,
            devices: devices.collect(),
            doubtful: persons.len() > 1,
        }
    }

    /// The parts that this device has, and what is wrong with them.
    pub(super) fn parts(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
        sealed: &SealedQuestions,
    ) -> Result<Parts, ApiError> {
        let custody = self.proceedings(lane)?.custody;
        let digest = opening.form.digest_without_parts();
        let mut releases = blake3::Hasher::new();
        releases.update(&digest);
        for share in sealed.keepers.iter().flat_map(|keeper| &keeper.devices) {
            releases.update(&share.sealed);
        }
        for placed in &custody {
            releases.update(placed.id.entry.as_bytes());
            releases.update(&placed.id.index.to_le_bytes());
        }
        let (at, of) = ((lane, opening.form_id), *releases.finalize().as_bytes());
        if let Some((_, parts)) = self
            .parts
            .borrow()
            .0
            .get(&at)
            .filter(|(from, _)| *from == of)
        {
            return Ok(parts.clone());
        }
        let parts = self.find_parts(lane, &digest, sealed, &custody);
        self.parts.borrow_mut().0.insert(at, (of, parts.clone()));
        Ok(parts)
    }

    fn find_parts(
        &self,
        lane: LaneId,
        digest: &[u8; 32],
        sealed: &SealedQuestions,
        custody: &[Placed<Custody>],
    ) -> Parts {
        let me = self.space.me();
        let own = sealed.keeper_of(me);
        let secret = device_key(&self.key.secret());
        let place = self.place(lane);
        let right = |keeper: usize, purpose: Purpose, share: &HeldShare| {
            let number = number_of(keeper)?;
            let mine = (me, &secret);
            let part = place.open_part(purpose, digest, number, mine, &share.sealed)?;
            let commitment = &sealed.keepers.get(keeper)?.commitment;
            part.is_committed(&sealed.key, commitment).then_some(part)
        };
        let to_me = |shares: &[HeldShare]| shares.iter().find(|share| share.device == me).cloned();
        let mut parts = Parts::default();
        if let Some(at) = own
            && let Some(keeper) = sealed.keepers.get(at)
        {
            let share = to_me(&keeper.devices);
            match share.and_then(|share| right(at, Purpose::Part, &share)) {
                Some(part) => parts.here.push(part),
                None => parts.spoiled = true,
            }
        }
        let mut received = BTreeSet::new();
        for placed in custody {
            let CustodySaid::Released(shares) = &placed.said.said else {
                continue;
            };
            let Some(keeper) = sealed.keeper_of(placed.device) else {
                continue;
            };
            parts.given.insert(keeper);
            let part = to_me(shares).and_then(|share| right(keeper, Purpose::Released, &share));
            if let Some(part) = part
                && Some(keeper) != own
                && received.insert(keeper)
            {
                parts.here.push(part);
            }
        }
        if let Some(own) = own {
            let wrong = parts.given.difference(&received).copied();
            parts.wrong = wrong.filter(|keeper| *keeper != own).collect();
        }
        if let Some(found) = combine(&sealed.key, sealed.threshold, &parts.here) {
            // Dealt and committed to, and yet no part of this key.
            for number in found.odd {
                let keeper = usize::from(number.get()).saturating_sub(1);
                if Some(keeper) == own {
                    parts.spoiled = true;
                } else {
                    parts.wrong.insert(keeper);
                }
            }
            parts.key = Some(found.key);
        }
        parts
    }

    /// What reads the sealed answers of a form; `None` on a device that cannot, or where nothing is
    /// sealed.
    pub(in crate::node) fn reader(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
    ) -> Result<Option<Reader>, ApiError> {
        let Some(sealed) = opening.form.sealed() else {
            return Ok(None);
        };
        if sealed.keeper_of(self.space.me()).is_none() {
            return Ok(None);
        }
        let parts = self.parts(lane, opening, sealed)?;
        Ok(self.reader_of(lane, opening, &parts))
    }

    /// The slots that each holder claimed. Where they cannot be had, what was claimed is not read.
    fn claimed_slots(&self, lane: LaneId) -> BTreeMap<SlotId, Vec<SlotId>> {
        let mut claimed: BTreeMap<SlotId, Vec<SlotId>> = BTreeMap::new();
        match self.store.claimed(self.id(), lane) {
            Ok(pairs) => {
                for (slot, holder) in pairs {
                    claimed.entry(holder).or_default().push(slot);
                }
            }
            Err(error) => tracing::warn!(%error, "looking for claims of sealed answers"),
        }
        claimed
    }

    pub(super) fn reader_of(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
        parts: &Parts,
    ) -> Option<Reader> {
        let key = parts.key.clone()?;
        Some(Reader {
            claimed: Arc::new(self.claimed_slots(lane)),
            place: self.place(lane),
            id: opening.form_id,
            form: Arc::new(opening.form.clone()),
            key,
        })
    }

    pub(super) fn release_part(&mut self, lane: LaneId) -> Result<PartReleased, ApiError> {
        let (_, opening) = self.opened(lane)?;
        let sealed = opening.form.sealed().ok_or_else(|| plain::missing("key"))?;
        let me = self.space.me();
        let own = sealed.keeper_of(me).ok_or_else(|| {
            let why = "releasing a part of a key that this device does not hold";
            ApiError::new(ErrorCode::NotAllowed, why)
        })?;
        // Whoever opened may have put a device of theirs, or of anybody, beside a keeper's.
        let keepers = sealed.keepers.iter();
        let mut views = keepers.map(|keeper| self.keeper(keeper));
        if views.any(|keeper| keeper.doubtful) {
            let why = "releasing a part to a keeper whose devices are of several people";
            return Err(ApiError::new(ErrorCode::SealingUnfit, why));
        }
        let parts = self.parts(lane, &opening, sealed)?;
        let part = parts.here.first().filter(|_| !parts.spoiled);
        let part = part.ok_or_else(sealed_away)?;
        let (place, digest) = (self.place(lane), opening.form.digest_without_parts());
        let mut shares = Vec::new();
        let mut left_out = Vec::new();
        for (at, keeper) in sealed.keepers.iter().enumerate() {
            if at == own {
                continue;
            }
            let before = shares.len();
            for HeldShare { device, .. } in &keeper.devices {
                // Whoever was put out reads nothing more by what is given after that.
                if self.standing(*device) != DeviceStanding::In {
                    continue;
                }
                let sealed = place.seal_part(Purpose::Released, &digest, part, *device);
                shares.push(HeldShare {
                    device: *device,
                    sealed: sealed.ok_or_else(|| plain::bad("keepers"))?,
                });
            }
            if shares.len() == before {
                left_out.push(self.keeper(keeper).name);
            }
        }
        if shares.is_empty() {
            let why = "releasing a part of a key, which nobody else can take now";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        self.state_custody(lane, &opening, CustodySaid::Released(shares))?;
        Ok(PartReleased { left_out })
    }
}
