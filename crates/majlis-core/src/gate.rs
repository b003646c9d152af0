//! What stands between a peer's Automerge changes and the document.
//!
//! Automerge trusts its input: crafted changes make it panic, make its next save unreadable, or
//! make it build a billion operations out of seventy bytes. So nothing of a peer's reaches it
//! before: sizes and run lengths are added up from the raw bytes (`scan`), the actor is the
//! signing device's, position and counters are exact, the encoding is the one this library writes,
//! every operation refers to things that exist (`structure`), and a copy of the document has taken
//! the changes, saved and loaded. What fits by the rules may wait for others, so that one copy takes
//! them together.
//!
//! **The verdict is a function of the changes and their causal ancestors**, never of concurrent
//! work that happens to be here: otherwise replicas would disagree by order of arrival.

mod history;
mod scan;
mod structure;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{
    Automerge, Change, ChangeHash, ExpandedChange, LoadOptions, ReadDoc as _, TextEncoding,
};

use crate::changes::Changes;
use crate::document;
use crate::id::{DeviceId, LaneId};

pub use history::{History, Past};

/// The most operations one change may hold.
pub const MAX_OPS: u64 = 4_096;
/// The most operations the changes of one batch may claim together.
pub const MAX_BATCH_OPS: u64 = 32_768;
/// The largest change, in bytes.
pub const MAX_CHANGE: usize = 64 * 1024;
/// The most dependencies a change may name.
pub const MAX_DEPS: usize = 16;
/// The largest operation counter.
pub const MAX_COUNTER: u64 = 1 << 30;
/// The longest text value, in bytes.
pub const MAX_VALUE: usize = 16 * 1024;
/// Documents with at most this many operations are saved and loaded when they take something in,
/// larger ones when there are marks in it; otherwise the stored changes are compared.
const RELOAD_OPS: u64 = 4_000;

/// What the rules alone say of a batch.
#[derive(Debug)]
pub(crate) enum Ruling {
    /// It fits; a copy of the document has not taken it yet.
    Fits(Vec<Candidate>),
    /// It builds on changes that are not here.
    Missing(BTreeSet<ChangeHash>),
    /// It may never go in.
    Refused(GateRefusal),
}

/// Changes that fit and that the document has not taken yet: one copy takes them all, because
/// taking in costs as much as the document is long, however little there is to take.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    list: Vec<Candidate>,
    places: BTreeMap<ChangeHash, usize>,
}

impl Pending {
    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn ops(&self) -> u64 {
        let each = self.list.iter().map(|one| one.change.len() as u64);
        each.sum()
    }

    pub(crate) fn extend(&mut self, fits: Vec<Candidate>) {
        for one in fits {
            self.places.insert(one.change.hash(), self.list.len());
            self.list.push(one);
        }
    }

    fn get(&self, hash: &ChangeHash) -> Option<&Candidate> {
        self.list.get(*self.places.get(hash)?)
    }

    /// A copy of the document takes all of them; it must keep them as they are, and survive a save.
    pub(crate) fn taken(self, document: &Automerge, ops: u64) -> Result<Automerge, GateRefusal> {
        let taken = catch_unwind(AssertUnwindSafe(|| taken(document, ops, self.list)));
        taken.unwrap_or(Err(GateRefusal::Panicked))
    }
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
    /// Too many dependencies, none, or not in order.
    BadDependencies = 15,
    /// Objects inside objects, deeper than documents go.
    TooDeep = 16,
}

impl GateRefusal {
    /// The stored code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// A batch of which everything was checked that needs no document.
#[derive(Debug)]
pub(crate) struct Alone {
    actor: [u8; 16],
    changes: Vec<Candidate>,
}

impl Alone {
    pub(crate) const fn len(&self) -> usize {
        self.changes.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        let each = self.changes.iter().map(|one| one.change.raw_bytes().len());
        each.fold(0, usize::saturating_add)
    }
}

/// Checks what can be said of a batch by itself. It is asked before anything that depends on what
/// else has arrived, also before whether an entry has to wait: so it is the same on every replica.
pub(crate) fn alone(device: DeviceId, lane: LaneId, batch: &Changes) -> Result<Alone, GateRefusal> {
    let actor = device.actor(lane, batch.session);
    let read = catch_unwind(AssertUnwindSafe(|| run(batch, &actor)));
    let changes = read.unwrap_or(Err(GateRefusal::Panicked))?;
    Ok(Alone { actor, changes })
}

/// Checks a batch by the rules alone, against a document and what is pending for it; the history
/// holds both.
pub(crate) fn rule(document: (&Automerge, &Pending), history: &History, batch: Alone) -> Ruling {
    let checked = catch_unwind(AssertUnwindSafe(|| examine(document, history, batch)));
    match checked {
        Ok(Ok(ruling)) => ruling,
        Ok(Err(refusal)) => Ruling::Refused(refusal),
        Err(_) => Ruling::Refused(GateRefusal::Panicked),
    }
}

/// The names of a batch's changes and what each builds on, when all of them are the device's own.
/// Changes that cannot be read are left out; a batch with somebody else's is never let in, and has
/// no names.
#[must_use]
pub fn names(
    device: DeviceId,
    lane: LaneId,
    batch: &Changes,
) -> Vec<(ChangeHash, Vec<ChangeHash>)> {
    let actor = device.actor(lane, batch.session);
    let changes = batch.changes.iter().filter_map(|raw| read(raw).ok());
    let mut names = Vec::new();
    for (change, _) in changes {
        if change.actor_id().to_bytes() != actor {
            return Vec::new();
        }
        names.push((change.hash(), change.deps().to_vec()));
    }
    names
}

/// How much of [`MAX_BATCH_OPS`] a change takes; `None` for what no batch may hold.
#[must_use]
pub fn claim(raw: &[u8]) -> Option<u64> {
    scan::scan(raw).ok()
}

fn read(raw: &[u8]) -> Result<(Change, u64), GateRefusal> {
    let claim = scan::scan(raw)?;
    match catch_unwind(AssertUnwindSafe(|| Change::from_bytes(raw.to_vec()))) {
        Ok(Ok(change)) => Ok((change, claim)),
        Ok(Err(_)) => Err(GateRefusal::Unreadable),
        Err(_) => Err(GateRefusal::Panicked),
    }
}

/// A change under examination, with what it says.
#[derive(Debug)]
pub(crate) struct Candidate {
    change: Change,
    expanded: ExpandedChange,
}

impl Candidate {
    pub(crate) const fn change(&self) -> &Change {
        &self.change
    }
}

/// Reads the changes of a batch: one run of their actor, in which each is the next and builds on the
/// one before it.
fn run(batch: &Changes, actor: &[u8; 16]) -> Result<Vec<Candidate>, GateRefusal> {
    let mut claimed: u64 = 0;
    for raw in &batch.changes {
        claimed = claimed.saturating_add(scan::scan(raw)?);
        if claimed > MAX_BATCH_OPS {
            return Err(GateRefusal::TooManyOperations);
        }
    }
    let mut all = Vec::new();
    for raw in &batch.changes {
        all.push(candidate(raw, actor)?);
    }
    let places = places(&all);
    for (place, one) in all.iter().enumerate() {
        let mut within = one.change.deps().iter().filter_map(|dep| places.get(dep));
        if within.any(|at| *at >= place) {
            return Err(GateRefusal::BadDependencies);
        }
    }
    for (one, next) in all.iter().zip(all.iter().skip(1)) {
        let is_next = one.change.seq().checked_add(1) == Some(next.change.seq());
        if !is_next || !next.change.deps().contains(&one.change.hash()) {
            return Err(GateRefusal::WrongPosition);
        }
    }
    Ok(all)
}

fn places(all: &[Candidate]) -> BTreeMap<ChangeHash, usize> {
    let hashes = all.iter().map(|one| one.change.hash());
    hashes.zip(0..).collect()
}

fn examine(
    document: (&Automerge, &Pending),
    history: &History,
    batch: Alone,
) -> Result<Ruling, GateRefusal> {
    let Alone { actor, mut changes } = batch;
    let places = places(&changes);
    let deps = changes.iter().flat_map(|one| one.change.deps());
    let missing: BTreeSet<ChangeHash> = deps
        .filter(|dep| !places.contains_key(*dep) && !history.contains(dep))
        .copied()
        .collect();
    if !missing.is_empty() {
        return Ok(Ruling::Missing(missing));
    }
    // The same change again changes nothing.
    changes.retain(|one| !history.contains(&one.change.hash()));
    fits(document, history, &actor, &changes)?;
    Ok(Ruling::Fits(changes))
}

fn taken(document: &Automerge, ops: u64, list: Vec<Candidate>) -> Result<Automerge, GateRefusal> {
    // A mark that ends before it begins is the one poison that the rules do not see.
    let marks = list
        .iter()
        .flat_map(|one| &one.expanded.operations)
        .any(structure::is_mark);
    let changes: Vec<Change> = list.into_iter().map(|one| one.change).collect();
    canary(document, &changes, marks || ops <= RELOAD_OPS)
}

/// Reads a change and checks what needs no other.
fn candidate(raw: &[u8], actor: &[u8; 16]) -> Result<Candidate, GateRefusal> {
    let (change, _) = read(raw)?;
    if change.actor_id().to_bytes() != actor {
        return Err(GateRefusal::WrongActor);
    }
    let deps = change.deps();
    if deps.is_empty() || deps.len() > MAX_DEPS || !deps.is_sorted_by(|a, b| a < b) {
        return Err(GateRefusal::BadDependencies);
    }
    if !change.extra_bytes().is_empty() || change.message().is_some() {
        return Err(GateRefusal::BadValue);
    }
    if change.len() as u64 > MAX_OPS {
        return Err(GateRefusal::TooManyOperations);
    }
    if change.seq() == 0 {
        return Err(GateRefusal::WrongPosition);
    }
    if change.max_op() >= MAX_COUNTER {
        return Err(GateRefusal::WrongCounter);
    }
    let expanded = change.decode();
    if Change::from(expanded.clone()).raw_bytes() != raw {
        return Err(GateRefusal::NotCanonical);
    }
    Ok(Candidate { change, expanded })
}

/// Checks new changes against what they build on. They are one run of their actor: each builds
/// on the one before it.
fn fits(
    document: (&Automerge, &Pending),
    history: &History,
    actor: &[u8; 16],
    run: &[Candidate],
) -> Result<(), GateRefusal> {
    let Some(first) = run.first() else {
        return Ok(());
    };
    let mut later = later_than(document, first.change.deps());
    let mut ops = structure::Cache::default();
    for (place, one) in run.iter().enumerate() {
        let change = &one.change;
        let (done, _) = run.split_at(place);
        let mut max_op: u64 = 0;
        for dep in change.deps() {
            let before = match history.past(dep) {
                Some(past) => {
                    reach(document, *dep, &mut later);
                    past.max_op
                }
                None => {
                    let found = done.iter().find(|one| one.change.hash() == *dep);
                    found.ok_or(GateRefusal::BadDependencies)?.change.max_op()
                }
            };
            max_op = max_op.max(before);
        }
        if !follows(history, actor, change, done, &later) {
            return Err(GateRefusal::WrongPosition);
        }
        if max_op.checked_add(1) != Some(change.start_op().get()) {
            return Err(GateRefusal::WrongCounter);
        }
        let around = structure::Around {
            document,
            history,
            done,
            later: &later,
            change: &one.expanded,
        };
        structure::check(&around, &mut ops)?;
    }
    Ok(())
}

/// The changes here that are neither among `heads` nor ancestors of them.
fn later_than(
    (document, pending): (&Automerge, &Pending),
    heads: &[ChangeHash],
) -> BTreeSet<ChangeHash> {
    let (mut stack, mut held) = (heads.to_vec(), Vec::new());
    let mut later: BTreeSet<ChangeHash> = pending.places.keys().copied().collect();
    while let Some(next) = stack.pop() {
        match pending.get(&next) {
            Some(one) if later.remove(&next) => stack.extend(one.change.deps()),
            Some(_) => {}
            None => held.push(next),
        }
    }
    held.sort_unstable();
    held.dedup();
    let metas = document.get_changes_meta(&held).into_iter();
    later.extend(metas.map(|meta| meta.hash));
    later
}

/// Takes a change that is here and its ancestors out of `later`.
fn reach(
    (document, pending): (&Automerge, &Pending),
    from: ChangeHash,
    later: &mut BTreeSet<ChangeHash>,
) {
    let mut stack = vec![from];
    while let Some(next) = stack.pop() {
        if !later.remove(&next) {
            continue;
        }
        match pending.get(&next) {
            Some(one) => stack.extend(one.change.deps()),
            None => {
                let meta = document.get_change_meta_by_hash(&next);
                stack.extend(meta.into_iter().flat_map(|meta| meta.deps));
            }
        }
    }
}

/// Whether a change is its actor's next one and builds on the one before.
fn follows(
    history: &History,
    actor: &[u8; 16],
    change: &Change,
    done: &[Candidate],
    later: &BTreeSet<ChangeHash>,
) -> bool {
    let held = history.count(actor);
    let before = held.saturating_add(done.len() as u64);
    if before.checked_add(1) != Some(change.seq()) {
        return false;
    }
    match done.last() {
        Some(last) => change.deps().contains(&last.change.hash()),
        None => history
            .nth(actor, held)
            .is_none_or(|past| !later.contains(&past.hash)),
    }
}

/// A copy of the document takes the changes; it must keep them as they are, and survive a save.
fn canary(
    document: &Automerge,
    changes: &[Change],
    reload: bool,
) -> Result<Automerge, GateRefusal> {
    let mut copy = document.clone();
    if changes.is_empty() {
        return Ok(copy);
    }
    copy.apply_changes(changes.iter().cloned())
        .map_err(|_| GateRefusal::NotTaken)?;
    for change in changes {
        let kept = copy.get_change_by_hash(&change.hash());
        if kept.is_none_or(|kept| kept.raw_bytes() != change.raw_bytes()) {
            return Err(GateRefusal::NotTaken);
        }
    }
    if reload {
        let options = LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit);
        let loaded = Automerge::load_with_options(&copy.save_nocompress(), options)
            .map_err(|_| GateRefusal::NotTaken)?;
        let same = loaded.get_heads() == copy.get_heads()
            && document::reads(&loaded) == document::reads(&copy);
        if !same {
            return Err(GateRefusal::NotTaken);
        }
    }
    Ok(copy)
}
