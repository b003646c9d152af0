//! The voices that were drawn: who entered what was drawn, and what became of it since.
//! Which version that is, is the core's (`consultation::backcheck::as_drawn`).

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::admission::State;
use majlis_core::consultation::backcheck::{self, Drawing};
use majlis_core::consultation::count::{Place, Status};
use majlis_core::id::{DeviceId, LaneId, PersonId, SlotId};
use majlis_core::membership::{Capability, Rank};
use majlis_core::record::RecordId;
use majlis_core::sign::Signer as _;
use majlis_store::{Slots, VersionQuery, VersionRow};

use crate::api::ApiError;
use crate::api::field::{SinceName, SinceView};
use crate::desk::Desk;

/// An officer with two tablets is one officer: devices by whose they are.
pub(super) struct Officers {
    persons: BTreeMap<DeviceId, PersonId>,
    names: BTreeMap<PersonId, String>,
}

impl Officers {
    pub(super) fn of(desk: &Desk) -> Self {
        let (mut persons, mut names) = (BTreeMap::new(), BTreeMap::new());
        for row in desk.space.roster().members() {
            persons.insert(row.device, row.person);
            names.entry(row.person).or_insert(row.name);
        }
        Self { persons, names }
    }

    /// Whose a device is. One that is not known is somebody by itself.
    pub(super) fn person(&self, device: DeviceId) -> PersonId {
        let own = || PersonId::from_bytes(*device.as_bytes());
        self.persons.get(&device).copied().unwrap_or_else(own)
    }

    pub(super) fn name(&self, person: PersonId) -> String {
        self.names.get(&person).cloned().unwrap_or_default()
    }

    pub(super) fn name_of(&self, device: DeviceId) -> String {
        self.name(self.person(device))
    }
}

/// A voice that was drawn.
pub(super) struct Drawn {
    /// Who entered what was drawn; `None` while it is not here.
    pub(super) officer: Option<PersonId>,
    /// The answer that was drawn, where it may be compared.
    pub(super) answer: Option<RecordId>,
    /// How to find the person again.
    pub(super) note: String,
    /// What became of it, where it does not count any more.
    pub(super) since: Option<SinceView>,
}

impl Desk {
    /// The answers that officers entered and that count: who entered each, and the record.
    pub(super) fn entered_for_others(
        &self,
        lane: LaneId,
        officers: &Officers,
    ) -> Result<BTreeMap<SlotId, (PersonId, Option<RecordId>)>, ApiError> {
        let me = self.key.device();
        let counted = VersionQuery {
            status: Some(Status::Counted),
            ..VersionQuery::default()
        };
        let mut entered = BTreeMap::new();
        self.entered(lane, counted, |version| {
            let officer = officers.person(by(version, me));
            entered.insert(version.slot, (officer, record_of(version)));
            true
        })?;
        Ok(entered)
    }

    /// Who may ask again: everybody who may enter answers for others.
    pub(super) fn checkers(&self, officers: &Officers) -> BTreeSet<PersonId> {
        let may = |rank: Rank| rank.may(Capability::RespondForOthers);
        let members = self.space.roster().members();
        let members = members.filter(|row| row.rank.is_some_and(may));
        members.map(|row| officers.person(row.device)).collect()
    }

    /// Every voice that was drawn, whatever became of it. Reads these voices and no others.
    pub(super) fn drawn(
        &self,
        lane: LaneId,
        drawings: &[Drawing],
        officers: &Officers,
    ) -> Result<BTreeMap<SlotId, Drawn>, ApiError> {
        let mut named: BTreeMap<SlotId, BTreeSet<RecordId>> = BTreeMap::new();
        for drawing in drawings {
            for slot in &drawing.slots {
                let answers = drawing.answers.get(slot).copied();
                named.entry(*slot).or_default().extend(answers);
            }
        }
        if named.is_empty() {
            return Ok(BTreeMap::new());
        }
        let slots: BTreeSet<SlotId> = named.keys().copied().collect();
        let mut versions: BTreeMap<SlotId, Vec<VersionRow>> = BTreeMap::new();
        for status in [None, Some(Status::Withdrawal)] {
            let wanted = VersionQuery {
                status,
                slots: Slots::Among(slots.clone()),
                ..VersionQuery::default()
            };
            self.entered(lane, wanted, |version| {
                let of_slot = versions.entry(version.slot).or_default();
                of_slot.push(version.clone());
                true
            })?;
        }
        let each = named.into_iter().map(|(slot, named)| {
            let versions = versions.remove(&slot).unwrap_or_default();
            let drawn = self.one_drawn(lane, (slot, &named), &versions, officers)?;
            Ok((slot, drawn))
        });
        each.collect()
    }

    fn one_drawn(
        &self,
        lane: LaneId,
        (slot, named): (SlotId, &BTreeSet<RecordId>),
        versions: &[VersionRow],
        officers: &Officers,
    ) -> Result<Drawn, ApiError> {
        let me = self.key.device();
        let each = versions.iter().map(|one| (one.place, &one.said));
        let place = backcheck::as_drawn(named, each);
        let drawn = versions.iter().find(|one| Some(one.place) == place);
        let officer = drawn
            .map(|one| by(one, me))
            .or_else(|| named.iter().find_map(|id| self.void_author(lane, *id)));
        let since = self.since((lane, slot), drawn, versions, officers)?;
        let compared = match since.as_ref().map(|since| since.what) {
            None | Some(SinceName::Corrected) => drawn,
            Some(SinceName::TakenBack | SinceName::Claimed | SinceName::NotCounted) => None,
        };
        let note = compared.and_then(|one| one.said.entered());
        Ok(Drawn {
            officer: officer.map(|device| officers.person(device)),
            answer: compared.and_then(record_of),
            note: note
                .map(|assisted| assisted.note.clone())
                .unwrap_or_default(),
            since,
        })
    }

    /// Who signed an answer that does not count because its author, at that place, counts no more.
    fn void_author(&self, lane: LaneId, answer: RecordId) -> Option<DeviceId> {
        let chain = self.space.index().place(answer.entry)?.chain;
        let void = matches!(
            self.space.state_of(answer.entry),
            Some(State::Quarantined(_) | State::Refused(_))
        );
        (void && chain.lane == lane).then_some(chain.device)
    }

    /// What became of an answer since it was drawn; `None` where it counts as it was.
    fn since(
        &self,
        (lane, slot): (LaneId, SlotId),
        drawn: Option<&VersionRow>,
        versions: &[VersionRow],
        officers: &Officers,
    ) -> Result<Option<SinceView>, ApiError> {
        let status = drawn.map(|one| one.status);
        if status == Some(Status::Counted) {
            return Ok(None);
        }
        let of = |wanted: Status| versions.iter().find(|one| one.status == wanted);
        let name = |one: &VersionRow| officers.name_of(by(one, self.key.device()));
        let (what, by) = if let Some(one) = of(Status::Counted) {
            (SinceName::Corrected, vec![name(one)])
        } else if status == Some(Status::Claimed) {
            (SinceName::Claimed, self.holder_names(lane, slot)?)
        } else if let Some(one) = of(Status::Withdrawal) {
            (SinceName::TakenBack, vec![name(one)])
        } else {
            (SinceName::NotCounted, Vec::new())
        };
        Ok(Some(SinceView { what, by }))
    }
}

/// Whose device made a version; what no entry carries yet is this one's.
fn by(version: &VersionRow, me: DeviceId) -> DeviceId {
    match version.place {
        Place::Sealed { device, .. } => device,
        Place::Unsealed(_) => me,
    }
}

const fn record_of(version: &VersionRow) -> Option<RecordId> {
    match version.place {
        Place::Sealed { id, .. } => Some(id),
        Place::Unsealed(_) => None,
    }
}
