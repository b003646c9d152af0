//! Where an entry of document changes stands: by itself, in its chain, in its document. And which
//! news about it only the whole lane can settle. Not here: settling a whole lane (`rebuild`).
//!
//! The order of the questions is what makes the answer one of the set of entries: first what the
//! entry says by itself, then whether its chain waits, last the document.

use std::collections::BTreeSet;

use automerge::ChangeHash;

use crate::admission::{Missing, Refusal, State};
use crate::chain::{Item, Place};
use crate::changes::Changes;
use crate::codec::DecodeError;
use crate::document::Offer;
use crate::gate::{self, Alone};
use crate::id::{DeviceId, EntryHash, LaneClass, LaneId};
use crate::membership::Rank;
use crate::membership::roster::Authority;
use crate::shelf::{Shelf, ShelfError};
use crate::space::Space;
use crate::space::assess::{drafting, of_version};
use crate::space::step::Step;
use crate::sync::wire::Carried;

/// What an entry of changes is to its document, as the roster has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It counts.
    Counts,
    /// It is set aside: what counts may build on it.
    Aside,
    /// It waits for its warrant; what follows it in its chain waits with it.
    Awaited,
    /// It never counts.
    Out,
}

impl Role {
    pub(super) fn of(authority: Option<Authority>, lane: LaneId) -> Self {
        match authority {
            Some(Authority::Holds(rank)) if rank.may(drafting(lane)) => Self::Counts,
            Some(Authority::Aside(_)) => Self::Aside,
            Some(Authority::Holds(_) | Authority::Refused(_)) => Self::Out,
            Some(Authority::Missing) | None => Self::Awaited,
        }
    }
}

impl Space {
    /// Whether what the roster now says of an entry of changes is for its whole lane to settle: it
    /// takes something out of others' hands, brings something back that was judged around, or is set
    /// aside and holds what a document carries for others.
    pub(in crate::space) fn concerns_lane(
        &mut self,
        place: Place,
        item: &Item,
        authority: Authority,
        step: &mut Step<'_>,
    ) -> Result<bool, ShelfError> {
        let lane = place.chain.lane;
        if !matches!(lane.class(), LaneClass::Process | LaneClass::Document) {
            return Ok(false);
        }
        let was = Role::of(item.authority, lane);
        let is = Role::of(Some(authority), lane);
        if was != is && matches!(was, Role::Counts | Role::Aside) {
            return Ok(true);
        }
        if is != Role::Counts && item.state.applies() {
            return Ok(true);
        }
        Ok(match is {
            Role::Counts => was == Role::Out,
            Role::Aside => {
                matches!(was, Role::Out | Role::Awaited)
                    && self.carries(lane)
                    && self.restates(lane, item.hash, step)?
            }
            Role::Awaited | Role::Out => false,
        })
    }

    /// Whether a document carries work that does not count by itself.
    fn carries(&self, lane: LaneId) -> bool {
        let carried = self.changes_on(lane, |state| state == State::Carried);
        !carried.is_empty()
    }

    /// Where an entry of changes stands whose author's rank is known. `whole` says that its lane is
    /// settled as a whole in this step.
    pub(in crate::space) fn assess_changes(
        &mut self,
        place: Place,
        item: &Item,
        (rank, whole): (Rank, bool),
        step: &mut Step<'_>,
        rebuild: &mut BTreeSet<LaneId>,
    ) -> Result<State, ShelfError> {
        let lane = place.chain.lane;
        if !rank.may(drafting(lane)) {
            return Ok(State::Refused(Refusal::NotAllowed));
        }
        if item.state.applies() {
            // Own work behind own work that waits is in the document since it was typed, and which
            // branch of a fork goes on only the whole lane tells.
            if self.is_behind_fork(place) || self.follows_waiting(place) {
                rebuild.insert(lane);
            }
            return Ok(State::Admitted);
        }
        let batch = match read_alone(place.chain.device, lane, item.hash, step)? {
            Ok(batch) => batch,
            Err(state) => return Ok(state),
        };
        if whole {
            return Ok(State::Waiting(Missing::Changes));
        }
        self.stand(place, item.hash, Some(batch), step, rebuild)
    }

    /// Where an entry stands in its chain and its document; its `batch`, when it was read already.
    fn stand(
        &mut self,
        place: Place,
        hash: EntryHash,
        batch: Option<Alone>,
        step: &mut Step<'_>,
        rebuild: &mut BTreeSet<LaneId>,
    ) -> Result<State, ShelfError> {
        let lane = place.chain.lane;
        let behind_fork = self.is_behind_fork(place);
        if behind_fork || self.follows_waiting(place) {
            if behind_fork {
                rebuild.insert(lane);
            }
            self.waiting.entry(lane).or_default().insert(hash);
            return Ok(State::Waiting(Missing::Changes));
        }
        if !self.is_readable(lane, step)? {
            // Nobody can say whether it fits. It is kept and passed on, and waits until the disk gives
            // the document again.
            self.waiting.entry(lane).or_default().insert(hash);
            return Ok(State::Waiting(Missing::Changes));
        }
        let batch = match batch {
            Some(batch) => Ok(batch),
            None => read_alone(place.chain.device, lane, hash, step)?,
        };
        let batch = match batch {
            Ok(batch) => batch,
            Err(state) => return Ok(state),
        };
        self.judged.entry(lane).or_default().push(hash);
        let bytes = batch.bytes();
        let open = self.load(lane, step)?;
        match open.document.offer_read(batch) {
            Offer::Fits { restates } => {
                self.changed(lane, bytes);
                // What is stated by right need not be carried.
                if restates && self.carries(lane) {
                    rebuild.insert(lane);
                }
                Ok(State::Admitted)
            }
            Offer::Missing(missing) => {
                let aside = self.set_aside(lane, step)?;
                if missing.iter().any(|change| aside.contains(change)) {
                    rebuild.insert(lane);
                }
                self.waiting.entry(lane).or_default().insert(hash);
                Ok(State::Waiting(Missing::Changes))
            }
            Offer::Refused(refusal) => Ok(State::Refused(Refusal::Gate(refusal.code()))),
        }
    }

    /// Whether an entry's predecessor waits. They go one by one along the chain: which of two that
    /// cannot both be is taken must not depend on which of them had what it needs first. What has no
    /// part in the document holds nobody up, and lets nobody past.
    pub(in crate::space) fn follows_waiting(&self, place: Place) -> bool {
        let before = self.index.part_before(place);
        before.is_some_and(|item| matches!(item.state, State::Waiting(_)))
    }

    /// Changes in entries that are set aside on a lane.
    fn set_aside(&self, lane: LaneId, step: &Step<'_>) -> Result<BTreeSet<ChangeHash>, ShelfError> {
        let mut found = BTreeSet::new();
        for entry in self.changes_on(lane, |state| matches!(state, State::Quarantined(_))) {
            found.extend(self.own_changes(entry, step)?.into_iter().flatten());
        }
        Ok(found)
    }

    /// The names of the changes that an entry states by right: of one that is no changes none, whoever
    /// names it as such. `None` when the disk does not give it whole.
    pub(in crate::space) fn own_changes(
        &self,
        entry: EntryHash,
        step: &Step<'_>,
    ) -> Result<Option<Vec<ChangeHash>>, ShelfError> {
        let read = read_changes(entry, step)?;
        if matches!(read, Err(State::Waiting(Missing::Payload))) {
            return Ok(None);
        }
        let mut own = Vec::new();
        if let (Some(place), Ok(changes)) = (self.index.place(entry), read) {
            let names = gate::names(place.chain.device, place.chain.lane, &changes);
            own.extend(names.into_iter().map(|(change, _)| change));
        }
        Ok(Some(own))
    }

    /// Whether an entry states a change that its document holds from another entry.
    fn restates(
        &mut self,
        lane: LaneId,
        entry: EntryHash,
        step: &mut Step<'_>,
    ) -> Result<bool, ShelfError> {
        let Some(own) = self.own_changes(entry, step)? else {
            return Ok(false);
        };
        if !self.is_readable(lane, step)? {
            // Only the whole lane tells what its document holds.
            return Ok(true);
        }
        let history = self.load(lane, step)?.document.history();
        Ok(own.iter().any(|change| history.contains(change)))
    }

    /// Assesses an entry that waits for changes; whether it stands elsewhere now.
    pub(super) fn try_again(
        &mut self,
        lane: LaneId,
        hash: EntryHash,
        step: &mut Step<'_>,
        rebuild: &mut BTreeSet<LaneId>,
    ) -> Result<bool, ShelfError> {
        let place_and_item = (self.index.place(hash), self.index.item(hash).copied());
        let (Some(place), Some(item)) = place_and_item else {
            return Ok(false);
        };
        if item.state != State::Waiting(Missing::Changes) {
            self.forget_waiting(lane, hash);
            return Ok(false);
        }
        let state = self.stand(place, hash, None, step, rebuild)?;
        if state == item.state {
            return Ok(false);
        }
        self.forget_waiting(lane, hash);
        self.settle_one(hash, item.authority, state, step);
        self.absorb(lane, false, step)?;
        Ok(true)
    }
}

/// What an entry's changes say by themselves, or where it stands whatever else there is.
pub(super) fn read_alone(
    device: DeviceId,
    lane: LaneId,
    entry: EntryHash,
    shelf: &dyn Shelf,
) -> Result<Result<Alone, State>, ShelfError> {
    let refused = |refusal: gate::GateRefusal| State::Refused(Refusal::Gate(refusal.code()));
    let read = read_changes(entry, shelf)?;
    Ok(read.and_then(|changes| gate::alone(device, lane, &changes).map_err(refused)))
}

/// An entry's changes, or where it stands when there is nothing to be read.
pub(super) fn read_changes(
    entry: EntryHash,
    shelf: &dyn Shelf,
) -> Result<Result<Changes, State>, ShelfError> {
    let Some(Carried {
        signed,
        payload: Some(payload),
    }) = Carried::read(entry, shelf)?
    else {
        return Ok(Err(State::Waiting(Missing::Payload)));
    };
    if let Some(state) = of_version(signed.unchecked().version) {
        return Ok(Err(state));
    }
    Ok(Changes::decode(&payload).map_err(|error| match error {
        DecodeError::Newer => State::Unknown,
        DecodeError::Malformed => State::Refused(Refusal::Malformed),
    }))
}
