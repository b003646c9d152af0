//! Every operation fits what it is applied to, and everything it names exists among the ancestors
//! of its change.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, ChangeHash, ExpandedChange, ObjType, ReadDoc as _, ScalarValue};

use super::scan::MAX_KEY;
use super::{Candidate, GateRefusal, History, MAX_VALUE, Pending};
use crate::document::skeleton;

/// How deep objects may lie in each other, the root's own at 1: reading them recurses.
const MAX_DEPTH: u8 = 8;
/// What Automerge shows for a block in a text.
const PLACEHOLDER: char = '\u{fffc}';

/// Decoded changes of the document, kept for the length of one check.
#[derive(Default)]
pub(super) struct Cache {
    decoded: BTreeMap<ChangeHash, ExpandedChange>,
    depths: BTreeMap<(u64, Vec<u8>), u8>,
}

/// What a change may refer to.
pub(super) struct Around<'a> {
    pub(super) document: (&'a Automerge, &'a Pending),
    pub(super) history: &'a History,
    /// The changes before it in its batch, all of them ancestors.
    pub(super) done: &'a [Candidate],
    /// Changes of the document that are no ancestors.
    pub(super) later: &'a BTreeSet<ChangeHash>,
    /// The change.
    pub(super) change: &'a ExpandedChange,
}

/// An operation that was looked up, with who made it.
#[derive(Clone)]
struct Found {
    op: Op,
    fixed: bool,
}

impl Around<'_> {
    /// The operation of an id, when it is an earlier one of this change or of an ancestor.
    fn find(&self, id: &OpId, before: u64, cache: &mut Cache) -> Result<Found, GateRefusal> {
        let actor = id.actor().to_bytes();
        let counter = id.counter();
        let own = self.change.actor_id.to_bytes() == actor;
        let nth = |change: &ExpandedChange| {
            let at = counter.checked_sub(change.start_op.get())?;
            change.operations.get(usize::try_from(at).ok()?).cloned()
        };
        if own && counter >= self.change.start_op.get() {
            let op = nth(self.change).filter(|_| counter < before);
            return op
                .map(|op| Found { op, fixed: false })
                .ok_or(GateRefusal::NoSuchThing);
        }
        if own {
            let after = self
                .done
                .partition_point(|one| one.expanded.start_op.get() <= counter);
            let (candidates, _) = self.done.split_at(after);
            if let Some(op) = candidates.last().and_then(|one| nth(&one.expanded)) {
                return Ok(Found { op, fixed: false });
            }
        }
        let past = self
            .history
            .holder(actor, counter)
            .ok_or(GateRefusal::NoSuchThing)?;
        if self.later.contains(&past.hash) {
            return Err(GateRefusal::NoSuchThing);
        }
        let change = match cache.decoded.entry(past.hash) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(free) => {
                let (document, pending) = self.document;
                let pending = pending.get(&past.hash).map(|one| one.expanded.clone());
                let held = || Some(document.get_change_by_hash(&past.hash)?.decode());
                free.insert(pending.or_else(held).ok_or(GateRefusal::NoSuchThing)?)
            }
        };
        let op = nth(change).ok_or(GateRefusal::NoSuchThing)?;
        Ok(Found {
            op,
            fixed: skeleton::is_actor(actor),
        })
    }

    /// How deep an object lies.
    fn depth(&self, object: &OpId, before: u64, cache: &mut Cache) -> Result<u8, GateRefusal> {
        let key = (object.counter(), object.actor().to_bytes().to_vec());
        if let Some(depth) = cache.depths.get(&key) {
            return Ok(*depth);
        }
        let mut depth: u8 = 1;
        let mut at = self.find(object, before, cache)?.op.obj;
        while let ObjectId::Id(holder) = at {
            depth = depth.saturating_add(1);
            if depth > MAX_DEPTH {
                return Err(GateRefusal::TooDeep);
            }
            at = self.find(&holder, before, cache)?.op.obj;
        }
        cache.depths.insert(key, depth);
        Ok(depth)
    }
}

/// Whether an operation begins a mark.
pub(super) fn is_mark(op: &Op) -> bool {
    matches!(op.action, OpType::MarkBegin(_))
}

/// Checks every operation of the change.
pub(super) fn check(around: &Around<'_>, cache: &mut Cache) -> Result<(), GateRefusal> {
    let change = around.change;
    let mut gone = BTreeSet::new();
    let mut mark_open = false;
    for (at, op) in change.operations.iter().enumerate() {
        let counter = change.start_op.get().saturating_add(at as u64);
        if mark_open != matches!(op.action, OpType::MarkEnd(_)) {
            return Err(GateRefusal::Misfit);
        }
        mark_open = matches!(op.action, OpType::MarkBegin(_));
        operation(around, op, counter, &mut gone, cache)?;
    }
    if mark_open {
        Err(GateRefusal::Misfit)
    } else {
        Ok(())
    }
}

fn operation(
    around: &Around<'_>,
    op: &Op,
    counter: u64,
    gone: &mut BTreeSet<(u64, Vec<u8>)>,
    cache: &mut Cache,
) -> Result<(), GateRefusal> {
    let ObjectId::Id(object) = &op.obj else {
        return Err(GateRefusal::Fixed);
    };
    let holder = around.find(object, counter, cache)?;
    let OpType::Make(kind) = holder.op.action else {
        return Err(GateRefusal::Misfit);
    };
    value(op, kind)?;
    if matches!(op.action, OpType::Make(_)) && around.depth(object, counter, cache)? >= MAX_DEPTH {
        return Err(GateRefusal::TooDeep);
    }
    match (&op.key, kind) {
        (Key::Map(key), ObjType::Map) => {
            let mark = matches!(op.action, OpType::MarkBegin(_) | OpType::MarkEnd(_));
            if key.is_empty() || key.len() as u64 > MAX_KEY {
                return Err(GateRefusal::BadValue);
            }
            // Even beside the skeleton's value, where no predecessor names it.
            if holder.fixed && skeleton::is_held(&holder.op, key) {
                return Err(GateRefusal::Fixed);
            }
            if op.insert || mark {
                return Err(GateRefusal::Misfit);
            }
        }
        (Key::Seq(element), ObjType::List | ObjType::Text) => {
            sequence(around, op, element, (kind, &holder), counter, cache)?;
        }
        _ => return Err(GateRefusal::Misfit),
    }
    let mut count: usize = 0;
    for pred in op.pred.iter() {
        count = count.saturating_add(1);
        let found = around.find(pred, counter, cache)?;
        let replaced = &found.op;
        let same_key = match (&op.key, &replaced.key) {
            (Key::Map(mine), Key::Map(theirs)) => mine == theirs,
            (Key::Seq(ElementId::Id(mine)), Key::Seq(theirs)) => {
                (replaced.insert && mine == pred)
                    || (!replaced.insert && *theirs == ElementId::Id(mine.clone()))
            }
            _ => false,
        };
        let value = matches!(replaced.action, OpType::Make(_) | OpType::Put(_));
        if replaced.obj != op.obj || !same_key || !value {
            return Err(GateRefusal::Misfit);
        }
        if found.fixed {
            return Err(GateRefusal::Fixed);
        }
        if !gone.insert((pred.counter(), pred.actor().to_bytes().to_vec())) {
            return Err(GateRefusal::Misfit);
        }
    }
    let delete = matches!(op.action, OpType::Delete);
    if (op.insert && count > 0) || (delete && count == 0) {
        return Err(GateRefusal::Misfit);
    }
    Ok(())
}

fn sequence(
    around: &Around<'_>,
    op: &Op,
    element: &ElementId,
    (kind, holder): (ObjType, &Found),
    counter: u64,
    cache: &mut Cache,
) -> Result<(), GateRefusal> {
    match element {
        ElementId::Head if !op.insert => return Err(GateRefusal::Misfit),
        // The first block of a body stays first, so that every place has a block before it.
        ElementId::Head if holder.fixed && skeleton::is_body(&holder.op) => {
            return Err(GateRefusal::Fixed);
        }
        ElementId::Head => {}
        ElementId::Id(id) => {
            let found = around.find(id, counter, cache)?;
            if !found.op.insert || found.op.obj != op.obj {
                return Err(GateRefusal::Misfit);
            }
        }
    }
    let fits = match (&op.action, kind) {
        (OpType::Delete, _) => !op.insert,
        (
            OpType::MarkBegin(_) | OpType::MarkEnd(_) | OpType::Put(_) | OpType::Make(ObjType::Map),
            ObjType::Text,
        ) => op.insert,
        (OpType::Put(_) | OpType::Make(_), ObjType::List) => true,
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(GateRefusal::Misfit)
    }
}

fn value(op: &Op, kind: ObjType) -> Result<(), GateRefusal> {
    let scalar = |value: &ScalarValue, longest: usize| match value {
        ScalarValue::Str(text) => text.len() <= longest,
        ScalarValue::Int(_)
        | ScalarValue::Uint(_)
        | ScalarValue::Boolean(_)
        | ScalarValue::Null => true,
        _ => false,
    };
    let fine = match &op.action {
        OpType::Make(kind) => matches!(kind, ObjType::Map | ObjType::List | ObjType::Text),
        OpType::Put(ScalarValue::Str(text)) if kind == ObjType::Text => {
            text.chars().count() == 1 && !text.contains(PLACEHOLDER)
        }
        OpType::Put(_) if kind == ObjType::Text => false,
        OpType::Put(value) => scalar(value, MAX_VALUE),
        OpType::MarkBegin(mark) => {
            !mark.name.is_empty()
                && mark.name.len() as u64 <= MAX_KEY
                && scalar(&mark.value, MAX_VALUE)
        }
        OpType::MarkEnd(_) | OpType::Delete => true,
        OpType::Increment(_) => false,
    };
    if fine {
        Ok(())
    } else {
        Err(GateRefusal::BadValue)
    }
}
