//! Where each entry stands, from the roster, its content and its document; and setting it again
//! for exactly those entries whose standing a new membership changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Missing, Refusal, State};
use crate::chain::{Item, Place};
use crate::codec::DecodeError;
use crate::effect::Notice;
use crate::entry::{ChainId, Kind, VERSION, Verified};
use crate::id::{EntryHash, LaneClass, LaneId};
use crate::membership::roster::{Authority, EntryPlace};
use crate::membership::{Capability, CloseInvite, Operation, Rank};
use crate::record::{Assisted, Record, Records, StepKind};
use crate::shelf::{Shelf as _, ShelfError};
use crate::space::step::Step;
use crate::space::{Space, read_whole};
use crate::sync::wire::Carried;

/// What a record needs its author's rank to allow.
#[must_use]
pub(super) const fn record_needs(record: &Record) -> Capability {
    match record {
        Record::Open(_) | Record::Close(_) => Capability::OpenProcess,
        Record::Statement(statement) if statement.assisted => Capability::RespondForOthers,
        Record::Statement(_) | Record::Claimed(_) => Capability::Respond,
        Record::Step(step) => step.kind.needs(),
        Record::Stated(_) => Capability::Moderate,
        Record::Minutes(_) => Capability::RespondForOthers,
        Record::Custody(custody) => custody.said.needs(),
        Record::Request(request) => request.needs(),
        Record::Response(response) => speaking_needs(response.speaker.assisted()),
        Record::Withdraw(withdraw) => speaking_needs(withdraw.speaker.assisted()),
    }
}

/// Whether a record states something that only a newer version of the program knows.
/// Whether a record may stand on a lane: where requests are, nothing is answered, opened or decided.
pub(super) fn goes_on(lane: LaneId, record: &Record) -> bool {
    match lane.class() {
        LaneClass::Process => true,
        LaneClass::Requests => matches!(record, Record::Request(_)),
        LaneClass::Membership
        | LaneClass::Document
        | LaneClass::Receipts
        | LaneClass::Checkpoints
        | LaneClass::Unknown(_) => false,
    }
}

const fn is_newer(record: &Record) -> bool {
    matches!(record, Record::Step(step) if matches!(step.kind, StepKind::Unknown(_)))
}

const fn speaking_needs(assisted: Option<&Assisted>) -> Capability {
    match assisted {
        None => Capability::Respond,
        Some(_) => Capability::RespondForOthers,
    }
}

/// What writing in the document of a lane needs.
pub(super) fn drafting(lane: LaneId) -> Capability {
    match lane.class() {
        LaneClass::Process => Capability::DefineProcess,
        LaneClass::Document
        | LaneClass::Membership
        | LaneClass::Receipts
        | LaneClass::Checkpoints
        | LaneClass::Requests
        | LaneClass::Unknown(_) => Capability::Draft,
    }
}

/// What becomes of an entry in another version of the format, if it is.
#[must_use]
pub(super) const fn of_version(version: u8) -> Option<State> {
    match version {
        VERSION => None,
        0 => Some(State::Refused(Refusal::Malformed)),
        _ => Some(State::Unknown),
    }
}

impl Space {
    /// Brings everything to where it stands after `fresh` entries came in.
    pub(super) fn settle(
        &mut self,
        fresh: &[EntryHash],
        step: &mut Step<'_>,
    ) -> Result<(), ShelfError> {
        let mut todo: Vec<EntryHash> = Vec::new();
        let mut counted = BTreeMap::new();
        if fresh
            .iter()
            .any(|hash| self.lane_of(*hash) == Some(LaneId::MEMBERSHIP))
        {
            counted = self.counted_joins(fresh);
            self.refold();
            step.writes.extend(self.changed_members());
            step.notice(Notice::Membership);
            let moved = self.index.items().filter_map(|(place, item)| {
                (self.authority_of(place, item) != item.authority
                    || place.chain.lane == LaneId::MEMBERSHIP)
                    .then_some(item.hash)
            });
            todo.extend(moved);
        }
        // A cut may name an entry that came only now: then it decides about its whole chain.
        let cut: BTreeSet<ChainId> = fresh
            .iter()
            .filter_map(|hash| self.index.place(*hash))
            .map(|place| place.chain)
            .filter(|chain| self.roster.is_cut(chain.device))
            .collect();
        let mut known: BTreeSet<EntryHash> = todo.iter().copied().collect();
        for chain in cut {
            let moved = self.index.items_of(chain).filter(|(place, item)| {
                self.authority_of(*place, item) != item.authority && !known.contains(&item.hash)
            });
            todo.extend(moved.map(|(_, item)| item.hash));
        }
        known.extend(&todo);
        todo.extend(fresh.iter().filter(|hash| !known.contains(*hash)));
        let mut rebuild = BTreeSet::new();
        let mut touched = BTreeSet::new();
        for hash in todo {
            let Some((place, item)) = self.place_and_item(hash) else {
                continue;
            };
            touched.insert(place.chain.lane);
            let authority = self.authority_of(place, &item);
            let state = self.assess(place, &item, authority, step, &mut rebuild)?;
            self.settle_one(hash, authority, state, step);
            self.absorb(place.chain.lane, false, step)?;
        }
        self.settle_documents(rebuild, &touched, step)?;
        self.settle_checkpoints(&touched, step)?;
        self.close_overrun(&counted, step)
    }

    /// The joins that count, of each open invite of this device under which somebody joins by `fresh`.
    fn counted_joins(&self, fresh: &[EntryHash]) -> BTreeMap<EntryHash, BTreeSet<EntryHash>> {
        let joined = fresh
            .iter()
            .filter_map(|hash| match self.operations.get(hash) {
                Some((_, Operation::Join(join))) => Some(join.invite),
                _ => None,
            });
        let joined: BTreeSet<EntryHash> = joined.collect();
        let mine = self
            .roster
            .invites()
            .filter(|row| row.by == self.me && !row.closed && joined.contains(&row.entry));
        mine.map(|row| {
            let counts = self.roster.joins_under(row.entry);
            (row.entry, counts.into_iter().collect())
        })
        .collect()
    }

    /// Closes the invites of this device under which more joined than may, naming the joins that
    /// `counted` before. Of two joins under one use the first by hash counts, so whoever kept the
    /// secret of an invite could look for a join that puts out who came in by it; behind the end of an
    /// invite none counts any more.
    fn close_overrun(
        &mut self,
        counted: &BTreeMap<EntryHash, BTreeSet<EntryHash>>,
        step: &mut Step<'_>,
    ) -> Result<(), ShelfError> {
        let overrun = self.roster.invites().filter(|row| {
            row.by == self.me && !row.closed && row.surplus > 0 && counted.contains_key(&row.entry)
        });
        let overrun: Vec<(EntryHash, u32)> =
            overrun.map(|row| (row.entry, row.invite.uses)).collect();
        for (invite, uses) in overrun {
            let mut joins = counted.get(&invite).cloned().unwrap_or_default();
            for join in self.roster.joins_under(invite) {
                if joins.len() < uses as usize {
                    joins.insert(join);
                }
            }
            // One that names more joins than an entry may stays as it is.
            let close = Operation::CloseInvite(CloseInvite {
                invite,
                joins: joins.into_iter().collect(),
            });
            let _ = self.operate_if(true, Capability::Invite, &close, step)?;
        }
        Ok(())
    }

    /// Sets again where every entry stands that could not be read, and those that wait for the document
    /// of which it was one.
    pub(super) fn reconsider(&mut self, step: &mut Step<'_>) -> Result<(), ShelfError> {
        let unread = self.index.items().filter(|(_, item)| {
            matches!(
                item.state,
                State::Unknown | State::Waiting(Missing::Payload)
            )
        });
        let unread: Vec<EntryHash> = unread.map(|(_, item)| item.hash).collect();
        for hash in &unread {
            let Some(Carried {
                signed,
                payload: Some(payload),
            }) = Carried::read(*hash, step)?
            else {
                continue;
            };
            let verified = Verified::from_own_store(signed);
            if verified.header().lane == LaneId::MEMBERSHIP {
                self.remember_operation(&verified, &payload);
            }
            let (arrived, _) = self.index.arrivals().now();
            self.checkpoints.read(&verified, &payload, arrived);
        }
        if !unread.is_empty() {
            self.settle(&unread, step)?;
        }
        // The disk may give a document again of which it did not give an entry.
        let touched: BTreeSet<LaneId> = self.waiting.keys().copied().collect();
        self.settle_documents(BTreeSet::new(), &touched, step)?;
        self.settle_checkpoints(&touched, step)
    }

    fn place_and_item(&self, hash: EntryHash) -> Option<(Place, Item)> {
        Some((self.index.place(hash)?, *self.index.item(hash)?))
    }

    fn lane_of(&self, hash: EntryHash) -> Option<LaneId> {
        self.index.place(hash).map(|place| place.chain.lane)
    }

    /// Writes down where an entry stands, when that is news.
    pub(super) fn settle_one(
        &mut self,
        hash: EntryHash,
        authority: Option<Authority>,
        state: State,
        step: &mut Step<'_>,
    ) {
        let Some(place) = self.index.place(hash) else {
            return;
        };
        let Some(was) = self.index.stand(hash, authority, state) else {
            return;
        };
        if state == State::Waiting(Missing::Payload) {
            self.lost.insert(hash);
        } else {
            self.lost.remove(&hash);
        }
        if was != state {
            step.state_changed(hash);
            if !state.counts() || !matches!(was, State::Admitted | State::Waiting(_)) {
                step.notice(Notice::Quarantine);
            }
        }
        Self::announce(place.chain.lane, step);
    }

    /// What the roster says of an entry; `None` on the membership lane, where the roster itself
    /// says where an operation stands.
    pub(super) fn authority_of(&self, place: Place, item: &Item) -> Option<Authority> {
        if place.chain.lane == LaneId::MEMBERSHIP {
            return None;
        }
        let (chain, seq) = (place.chain, place.seq);
        let place = EntryPlace {
            hash: item.hash,
            chain,
            seq,
            warrant: item.warrant,
        };
        Some(self.roster.authority(&place, &self.index))
    }

    fn assess(
        &mut self,
        place: Place,
        item: &Item,
        authority: Option<Authority>,
        step: &mut Step<'_>,
        rebuild: &mut BTreeSet<LaneId>,
    ) -> Result<State, ShelfError> {
        let lane = place.chain.lane;
        let Some(authority) = authority else {
            return self.assess_membership(item, step);
        };
        let whole =
            item.kind == Kind::Changes && self.concerns_lane(place, item, authority, step)?;
        if whole {
            rebuild.insert(lane);
        }
        let rank = match authority {
            Authority::Holds(rank) => rank,
            Authority::Missing => return Ok(State::Waiting(Missing::Warrant)),
            Authority::Aside(aside) => return Ok(State::Quarantined(aside)),
            Authority::Refused(refusal) => return Ok(State::Refused(refusal)),
        };
        let Some(signed) = step.signed(item.hash)? else {
            // No document holds what does not stand in it.
            if item.kind == Kind::Changes && item.state.applies() {
                rebuild.insert(lane);
            }
            return Ok(State::Waiting(Missing::Payload));
        };
        if let Some(state) = of_version(signed.unchecked().version) {
            return Ok(state);
        }
        match (item.kind, lane.class()) {
            (Kind::Unknown(_), _) | (_, LaneClass::Unknown(_)) => Ok(State::Unknown),
            (Kind::Records, LaneClass::Process | LaneClass::Requests) => {
                self.assess_records(place.chain.lane, item.hash, rank, step)
            }
            (Kind::Changes, LaneClass::Process | LaneClass::Document) => {
                self.assess_changes(place, item, (rank, whole), step, rebuild)
            }
            (Kind::Receipt, LaneClass::Receipts) => {
                let author = place.chain.device;
                Self::assess_receipt(author, item.hash, rank, step)
            }
            (Kind::Checkpoint, LaneClass::Checkpoints) => {
                Self::assess_checkpoint(item.hash, rank, step)
            }
            (
                Kind::Records | Kind::Changes | Kind::Membership | Kind::Checkpoint | Kind::Receipt,
                LaneClass::Membership
                | LaneClass::Process
                | LaneClass::Document
                | LaneClass::Receipts
                | LaneClass::Checkpoints
                | LaneClass::Requests,
            ) => Ok(State::Refused(Refusal::WrongLane)),
        }
    }

    pub(super) fn is_behind_fork(&self, place: Place) -> bool {
        let fork = self.index.fork(place.chain);
        fork.is_some_and(|fork| fork <= place.seq)
    }

    fn assess_membership(&self, item: &Item, step: &Step<'_>) -> Result<State, ShelfError> {
        if item.kind != Kind::Membership {
            let unknown = matches!(item.kind, Kind::Unknown(_));
            return Ok(if unknown {
                State::Unknown
            } else {
                State::Refused(Refusal::WrongLane)
            });
        }
        if self.operations.contains_key(&item.hash) {
            return Ok(self.roster.state_of(item.hash));
        }
        let Some(signed) = step.signed(item.hash)? else {
            return Ok(State::Waiting(Missing::Payload));
        };
        if let Some(state) = of_version(signed.unchecked().version) {
            return Ok(state);
        }
        let payload = read_whole(item.hash, step)?;
        Ok(match payload.as_deref().map(Operation::decode) {
            None => State::Waiting(Missing::Payload),
            Some(Err(DecodeError::Newer)) => State::Unknown,
            Some(Ok(_) | Err(DecodeError::Malformed)) => State::Refused(Refusal::Malformed),
        })
    }

    fn assess_records(
        &mut self,
        lane: LaneId,
        hash: EntryHash,
        rank: Rank,
        step: &Step<'_>,
    ) -> Result<State, ShelfError> {
        let Some(payload) = read_whole(hash, step)? else {
            return Ok(State::Waiting(Missing::Payload));
        };
        Ok(match Records::decode(&payload) {
            Err(DecodeError::Newer) => State::Unknown,
            Err(DecodeError::Malformed) => State::Refused(Refusal::Malformed),
            Ok(batch) if !batch.records.iter().all(|record| goes_on(lane, record)) => {
                State::Refused(Refusal::WrongLane)
            }
            // Who may take such a step only a newer version knows.
            Ok(batch) if batch.records.iter().any(is_newer) => State::Unknown,
            Ok(batch)
                if batch
                    .records
                    .iter()
                    .all(|record| rank.may(record_needs(record))) =>
            {
                self.refer(&batch, step)?;
                State::Admitted
            }
            Ok(_) => State::Refused(Refusal::NotAllowed),
        })
    }
}
