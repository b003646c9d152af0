//! What stands between a peer's Automerge changes and the document.
//!
//! Automerge trusts its input: crafted changes make it panic, make its next save unreadable, or
//! make it build a billion operations out of seventy bytes. So nothing of a peer's reaches it
//! before: sizes and run lengths are added up from the raw bytes (`scan`), the actor is the
//! signing device's, position and counters are exact, the encoding is the one this library writes,
//! every operation refers to things that exist (`structure`), and a copy of the document has taken
//! the changes, saved and loaded.
//!
//! **The verdict is a function of the changes and their causal ancestors**, never of concurrent
//! work that happens to be here: otherwise replicas would disagree by order of arrival.

mod history;
mod scan;
mod structure;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, ChangeHash, ExpandedChange, ReadDoc as _};

use crate::changes::Changes;
use crate::id::{DeviceId, LaneId};

pub use history::History;

/// The most operations one change may hold.
pub const MAX_OPS: u64 = 4_096;
/// The largest change, in bytes.
pub const MAX_CHANGE: usize = 64 * 1024;
/// The most dependencies a change may name.
pub const MAX_DEPS: usize = 16;
/// The largest operation counter.
pub const MAX_COUNTER: u64 = 1 << 30;
/// The longest text value, in bytes.
pub const MAX_VALUE: usize = 16 * 1024;
/// Documents with at most this many operations are saved and loaded for every batch; larger ones
/// compare the stored changes, and a save of theirs that does not load is made again from entries.
const RELOAD_OPS: u64 = 20_000;

/// What the gate says of a batch.
#[derive(Debug)]
pub enum Verdict {
    /// It may go in.
    Passed(Admissible),
    /// It builds on changes that are not here.
    Missing(BTreeSet<ChangeHash>),
    /// It may never go in.
    Refused(GateRefusal),
}

/// A batch that passed, with the document that took it.
#[derive(Debug)]
pub struct Admissible {
    pub(crate) document: Automerge,
    pub(crate) changes: Vec<Change>,
}

/// Why a batch is turned away. The codes are stored and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum GateRefusal {
    /// Larger than a change may be.
    TooLarge = 1,
    /// Not a plain change chunk.
    NotAChange = 2,
    /// Claims more operations, values or actors than it may.
    TooManyOperations = 3,
    /// Automerge cannot read it.
    Unreadable = 4,
    /// Made in the name of another actor.
    WrongActor = 5,
    /// Not the next change of its actor.
    WrongPosition = 6,
    /// Its first counter is not the one after what it builds on.
    WrongCounter = 7,
    /// Not in the encoding that its content has.
    NotCanonical = 8,
    /// Names something that does not exist among its ancestors.
    NoSuchThing = 9,
    /// An operation that does not fit what it is applied to.
    Misfit = 10,
    /// Writes where peers may not write.
    Fixed = 11,
    /// A value of a kind or size that documents do not hold.
    BadValue = 12,
    /// Automerge panicked on it.
    Panicked = 13,
    /// The document did not take it, or did not survive being saved and loaded.
    NotTaken = 14,
    /// Too many dependencies, or none.
    BadDependencies = 15,
}

impl GateRefusal {
    /// The stored code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// Checks a batch that `device` signed against the document of `lane`.
#[must_use]
pub fn check(
    document: &Automerge,
    history: &History,
    device: DeviceId,
    lane: LaneId,
    batch: &Changes,
) -> Verdict {
    let checked = catch_unwind(AssertUnwindSafe(|| examine(document, history, device, lane, batch)));
    checked.unwrap_or(Verdict::Refused(GateRefusal::Panicked))
}

/// The names of a batch's changes and what each builds on. Changes that cannot be read are left out.
#[must_use]
pub fn names(batch: &Changes) -> Vec<(ChangeHash, Vec<ChangeHash>)> {
    let read = batch.changes.iter().filter_map(|raw| read(raw).ok());
    read.map(|change| (change.hash(), change.deps().to_vec())).collect()
}

fn read(raw: &[u8]) -> Result<Change, GateRefusal> {
    scan::scan(raw)?;
    match catch_unwind(AssertUnwindSafe(|| Change::from_bytes(raw.to_vec()))) {
        Ok(Ok(change)) => Ok(change),
        Ok(Err(_)) => Err(GateRefusal::Unreadable),
        Err(_) => Err(GateRefusal::Panicked),
    }
}

/// A change of the batch under examination.
struct Candidate {
    change: Change,
    expanded: ExpandedChange,
    /// Earlier changes of the batch among its ancestors, by place in the batch.
    inside: BTreeSet<usize>,
    /// What it builds on in the document, itself or through the batch.
    outside: BTreeSet<ChangeHash>,
}

fn examine(
    document: &Automerge,
    history: &History,
    device: DeviceId,
    lane: LaneId,
    batch: &Changes,
) -> Verdict {
    let mut changes = Vec::new();
    for raw in &batch.changes {
        match read(raw) {
            // The same change again changes nothing.
            Ok(change) if history.contains(&change.hash()) => {}
            Ok(change) => changes.push(change),
            Err(refusal) => return Verdict::Refused(refusal),
        }
    }
    let mut inside: BTreeMap<ChangeHash, usize> = BTreeMap::new();
    let mut missing = BTreeSet::new();
    for (place, change) in changes.iter().enumerate() {
        let unknown = change
            .deps()
            .iter()
            .filter(|dep| !history.contains(dep) && !inside.contains_key(*dep));
        missing.extend(unknown.copied());
        inside.insert(change.hash(), place);
    }
    if !missing.is_empty() {
        return Verdict::Missing(missing);
    }
    let actor = device.actor(lane, batch.session);
    match candidates(document, history, &actor, &changes, &inside) {
        Ok(()) => {}
        Err(refusal) => return Verdict::Refused(refusal),
    }
    match canary(document, history, &changes) {
        Ok(taken) => Verdict::Passed(Admissible { document: taken, changes }),
        Err(refusal) => Verdict::Refused(refusal),
    }
}

fn candidates(
    document: &Automerge,
    history: &History,
    actor: &[u8; 16],
    changes: &[Change],
    places: &BTreeMap<ChangeHash, usize>,
) -> Result<(), GateRefusal> {
    let mut done: Vec<Candidate> = Vec::new();
    let mut concurrent: BTreeMap<BTreeSet<ChangeHash>, BTreeSet<ChangeHash>> = BTreeMap::new();
    let mut ops = structure::Cache::default();
    for change in changes {
        if change.actor_id().to_bytes() != actor {
            return Err(GateRefusal::WrongActor);
        }
        if change.deps().is_empty() || change.deps().len() > MAX_DEPS {
            return Err(GateRefusal::BadDependencies);
        }
        if !change.extra_bytes().is_empty() || change.message().is_some() {
            return Err(GateRefusal::BadValue);
        }
        let mut inside = BTreeSet::new();
        let mut outside = BTreeSet::new();
        let mut max_op: u64 = 0;
        for dep in change.deps() {
            if let Some(past) = history.past(dep) {
                outside.insert(*dep);
                max_op = max_op.max(past.max_op);
            } else if let Some((place, before)) =
                places.get(dep).and_then(|place| Some((*place, done.get(*place)?)))
            {
                inside.insert(place);
                inside.extend(&before.inside);
                outside.extend(&before.outside);
                max_op = max_op.max(before.change.max_op());
            } else {
                // A change of the batch that builds on a later one of the batch.
                return Err(GateRefusal::BadDependencies);
            }
        }
        let start = change.start_op().get();
        if max_op.checked_add(1) != Some(start) || change.max_op() >= MAX_COUNTER {
            return Err(GateRefusal::WrongCounter);
        }
        let later = concurrent.entry(outside.clone()).or_insert_with(|| {
            let heads: Vec<ChangeHash> = outside.iter().copied().collect();
            document.get_changes_meta(&heads).into_iter().map(|meta| meta.hash).collect()
        });
        position(history, actor, change, &done, &inside, later)?;
        let expanded = change.decode();
        if Change::from(expanded.clone()).raw_bytes() != change.raw_bytes() {
            return Err(GateRefusal::NotCanonical);
        }
        let candidate = Candidate { change: change.clone(), expanded, inside, outside };
        let around = structure::Around { document, history, done: &done, later, of: &candidate };
        structure::check(&around, &mut ops)?;
        done.push(candidate);
    }
    Ok(())
}

/// The change is its actor's next one, and builds on the one before.
fn position(
    history: &History,
    actor: &[u8; 16],
    change: &Change,
    done: &[Candidate],
    inside: &BTreeSet<usize>,
    later: &BTreeSet<ChangeHash>,
) -> Result<(), GateRefusal> {
    let Some(before) = change.seq().checked_sub(1) else { return Err(GateRefusal::WrongPosition) };
    if before == 0 {
        let taken = history.nth(actor, 1).is_some() || !done.is_empty();
        return if taken { Err(GateRefusal::WrongPosition) } else { Ok(()) };
    }
    let in_batch = inside.iter().filter_map(|place| done.get(*place));
    let follows_batch = in_batch.map(|candidate| candidate.change.seq()).any(|seq| seq == before);
    let free = history.nth(actor, change.seq()).is_none()
        && done.last().is_none_or(|last| last.change.seq() == before);
    let follows_history =
        history.nth(actor, before).is_some_and(|past| !later.contains(&past.hash));
    if free && (follows_batch || follows_history) { Ok(()) } else { Err(GateRefusal::WrongPosition) }
}

/// A copy of the document takes the changes; it must keep them as they are, and survive a save.
fn canary(
    document: &Automerge,
    history: &History,
    changes: &[Change],
) -> Result<Automerge, GateRefusal> {
    let mut copy = document.clone();
    copy.apply_changes(changes.iter().cloned()).map_err(|_| GateRefusal::NotTaken)?;
    for change in changes {
        let kept = copy.get_change_by_hash(&change.hash());
        if kept.is_none_or(|kept| kept.raw_bytes() != change.raw_bytes()) {
            return Err(GateRefusal::NotTaken);
        }
    }
    let ops = changes.iter().fold(history.ops(), |sum, change| sum.saturating_add(change.len() as u64));
    if ops <= RELOAD_OPS {
        let loaded = Automerge::load(&copy.save()).map_err(|_| GateRefusal::NotTaken)?;
        if loaded.get_heads() != copy.get_heads() {
            return Err(GateRefusal::NotTaken);
        }
    }
    Ok(copy)
}
