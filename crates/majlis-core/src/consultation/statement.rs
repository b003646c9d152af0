//! Which statements of a conversation are voted on, which wait and which are hidden, and why. Pure
//! functions of the records held.
//! Not here: votes (answers), groups of opinion (`outcome`).
//!
//! The published rule, for each statement:
//! 1. It is there once anybody entitled said it, or the form begins with it; the same words are one.
//! 2. A step about it stands until another one names it as replaced.
//! 3. If any step that stands hides it, it is hidden; else it is in, if a step lets it in or the
//!    conversation lets in by itself; else it waits.
//! 4. Steps that merge it name what it becomes part of; of several, the one with the smallest id that
//!    is in or merged itself. It is merged only if that chain ends in a statement that is in: nothing
//!    disappears into what is hidden or waits. Where chains run in a circle, as when two who are apart
//!    join two statements into each other, the one that is in and has the smallest id stays.
//!    Who said a statement may ask that it stand by itself: then the step that merges it, which they name,
//!    does not. The form's own statements are nobody's.
//! 5. Of one device's statements only the first [`MAX_OF_DEVICE`] of its chain are in by themselves;
//!    the rest wait to be let in, so that nobody alone fills a conversation.
//! 6. Once closed, only statements, steps and what their authors ask that the closing names take part.

use std::collections::{BTreeMap, BTreeSet};

use super::activity::Rule;
use super::form::Form;
use crate::id::{DeviceId, FormId, StatementId};
use crate::membership::Capability;
use crate::record::request::Says;
use crate::record::step::statement_id;
use crate::record::{RecordId, Request, Statement, Step, StepKind, Subject};

/// The most statements of one device that are in without being let in.
pub const MAX_OF_DEVICE: usize = 200;

/// A record and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The record.
    pub id: RecordId,
    /// Whose chain it is on.
    pub device: DeviceId,
    /// The entry's position there.
    pub seq: u64,
    /// What it says.
    pub said: T,
}

/// Whether a statement is voted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is.
    In,
    /// A facilitator has to let it in first.
    Waiting,
    /// It is part of something else now.
    Merged,
    /// It is hidden.
    Hidden,
}

/// A statement as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its id.
    pub id: StatementId,
    /// What it says.
    pub text: String,
    /// Who said it, each with the record; nobody if only the form begins with it.
    pub by: Vec<(RecordId, DeviceId)>,
    /// Whether the form begins with it.
    pub seed: bool,
    /// Whether it is voted on.
    pub standing: Standing,
    /// The steps about it that stand.
    pub steps: Vec<RecordId>,
}

/// Whether a record is among what the closing names; everything is while there is none.
#[must_use]
pub fn in_time<T>(placed: &Placed<T>, closed: Option<&BTreeMap<DeviceId, u64>>) -> bool {
    let last = |closed: &BTreeMap<DeviceId, u64>| closed.get(&placed.device).copied();
    closed.is_none_or(|closed| last(closed).is_some_and(|last| placed.seq <= last))
}

/// The steps that no other one takes the place of. A decision gives way only to a decision: who may
/// not decide does not make one disappear. What hides photos of minutes names those, and takes the
/// place of no step.
#[must_use]
pub fn standing(steps: &[Placed<Step>]) -> Vec<&Placed<Step>> {
    let decides = |step: &Placed<Step>| step.said.kind.needs() == Capability::Decide;
    let replaced: BTreeSet<(RecordId, Subject, bool)> = steps
        .iter()
        .filter(|step| !step.said.hides_photos())
        .flat_map(|step| {
            let names = step.said.replaces.iter();
            names.map(|id| (*id, step.said.about, decides(step)))
        })
        .collect();
    let stands = |step: &&Placed<Step>| {
        let by = |decision| replaced.contains(&(step.id, step.said.about, decision));
        !by(true) && (decides(step) || !by(false))
    };
    steps.iter().filter(stands).collect()
}

/// The statements of a conversation, in order of their ids; empty for other activities.
#[must_use]
pub fn heard(
    (id, form): (FormId, &Form),
    statements: &[Placed<Statement>],
    (steps, requests): (&[Placed<Step>], &[Placed<Request>]),
    closed: Option<&BTreeMap<DeviceId, u64>>,
) -> Vec<Heard> {
    let Rule::Conversation(rule) = &form.activity.rule else {
        return Vec::new();
    };
    let mut found: BTreeMap<StatementId, Heard> = BTreeMap::new();
    let entry = |text: &str, seed: bool| Heard {
        id: statement_id(id, text),
        text: text.to_owned(),
        by: Vec::new(),
        seed,
        standing: if seed {
            Standing::In
        } else {
            Standing::Waiting
        },
        steps: Vec::new(),
    };
    for seed in &rule.seeds {
        let one = entry(seed.trim(), true);
        found.insert(one.id, one);
    }
    let open = |one: &&Placed<Statement>| rule.open && one.said.form == id && in_time(one, closed);
    let mut said: Vec<&Placed<Statement>> = statements.iter().filter(open).collect();
    said.sort_unstable_by_key(|one| (one.device, one.seq, one.id));
    said.dedup_by_key(|one| one.id);
    for of_device in said.chunk_by(|one, other| one.device == other.device) {
        for (number, one) in of_device.iter().enumerate() {
            let held = found.entry(one.said.id());
            let held = held.or_insert_with(|| entry(&one.said.text, false));
            held.by.push((one.id, one.device));
            if !rule.let_in && number < MAX_OF_DEVICE {
                held.standing = Standing::In;
            }
        }
    }
    let steps: Vec<Placed<Step>> = steps
        .iter()
        .filter(|step| step.said.form == id && in_time(step, closed))
        .cloned()
        .collect();
    let mut said: BTreeMap<StatementId, Vec<&Placed<Step>>> = BTreeMap::new();
    for step in standing(&steps) {
        if let Subject::Statement(about) = step.said.about {
            said.entry(about).or_default().push(step);
        }
    }
    let mut apart: BTreeMap<RecordId, BTreeSet<DeviceId>> = BTreeMap::new();
    for request in requests {
        if let Says::Apart { step, .. } = &request.said.says
            && request.said.form == id
            && in_time(request, closed)
        {
            apart.entry(*step).or_default().insert(request.device);
        }
    }
    let mut into: BTreeMap<StatementId, BTreeSet<StatementId>> = BTreeMap::new();
    for (about, steps) in said {
        let Some(held) = found.get_mut(&about) else {
            continue;
        };
        let any = |kind: StepKind| steps.iter().any(|step| step.said.kind == kind);
        held.standing = if any(StepKind::Hidden) {
            Standing::Hidden
        } else if any(StepKind::LetIn) {
            Standing::In
        } else {
            held.standing
        };
        held.steps = steps.iter().map(|step| step.id).collect();
        held.steps.sort_unstable();
        let refused = |step: &Placed<Step>| {
            let asked = apart.get(&step.id);
            asked.is_some_and(|asked| held.by.iter().any(|(_, device)| asked.contains(device)))
        };
        let merges = steps.iter().filter(|step| {
            step.said.kind == StepKind::Merged
                && held.standing != Standing::Hidden
                && !refused(step)
        });
        for source in merges.flat_map(|step| &step.said.sources) {
            if let Subject::Statement(other) = source {
                into.entry(about).or_default().insert(*other);
            }
        }
    }
    for id in merged(&found, &into) {
        if let Some(held) = found.get_mut(&id) {
            held.standing = Standing::Merged;
        }
    }
    for held in found.values_mut() {
        held.by.sort_unstable();
        held.by.dedup();
    }
    found.into_values().collect()
}

/// Of the statements that steps merge, those that are part of one that is in. `found` has how each
/// stands without that, `into` what each would become part of.
fn merged(
    found: &BTreeMap<StatementId, Heard>,
    into: &BTreeMap<StatementId, BTreeSet<StatementId>>,
) -> Vec<StatementId> {
    let is_in = |id: &StatementId| {
        let held = found.get(id);
        held.is_some_and(|held| held.standing == Standing::In)
    };
    let next = |id: &StatementId| {
        let mut others = into.get(id)?.iter();
        others.find(|other| *other != id && (into.contains_key(*other) || is_in(other)))
    };
    // Whether each that was looked at is part of another one.
    let mut part: BTreeMap<StatementId, bool> = BTreeMap::new();
    for start in into.keys() {
        let mut path: Vec<StatementId> = Vec::new();
        let mut places: BTreeMap<StatementId, usize> = BTreeMap::new();
        let mut at = Some(start);
        let mut ends_in = loop {
            let Some(id) = at else {
                break false;
            };
            if let Some(known) = part.get(id) {
                break *known || is_in(id);
            }
            if !into.contains_key(id) {
                break is_in(id);
            }
            if let Some(place) = places.get(id) {
                let circle = path.split_off(*place);
                let stays = circle.iter().filter(|one| is_in(one)).min().copied();
                let rest = circle
                    .iter()
                    .map(|one| (*one, stays.is_some_and(|stays| stays != *one)));
                part.extend(rest);
                break stays.is_some();
            }
            places.insert(*id, path.len());
            path.push(*id);
            at = next(id);
        };
        for id in path.into_iter().rev() {
            part.insert(id, ends_in);
            ends_in = ends_in || is_in(&id);
        }
    }
    let merged = part.into_iter().filter(|(_, part)| *part);
    merged.map(|(id, _)| id).collect()
}

#[cfg(test)]
mod tests;
