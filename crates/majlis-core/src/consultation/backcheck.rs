//! Which answers that officers entered are asked again by somebody else: drawn from a public seed,
//! so that nobody chooses them and everybody can draw them again.
//! And what came of it: a draw is recorded with the answers that it drew, so that it stays what it was
//! when answers come later, are corrected or taken back; whoever asked again records which answers were
//! the same.
//! Not here: which rank may check, and how a voice that was drawn stands now.

use std::collections::{BTreeMap, BTreeSet};

use crate::consultation::count::{Place, Said};
use crate::consultation::statement::Placed;
use crate::id::{DeviceId, FormId, PersonId, QuestionId, SlotId};
use crate::record::step::MAX_SOURCES;
use crate::record::{RecordId, Speaker, Step, StepKind, Subject};

/// An answer to be asked again, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackCheck {
    /// Whose voice.
    pub slot: SlotId,
    /// Who entered it.
    pub officer: PersonId,
    /// Who asks again: another officer. `None` when there is no other.
    pub checker: Option<PersonId>,
}

/// Draws `percent` of each officer's answers, at least one.
///
/// An answer is drawn when its number, a keyed hash of seed, form and slot, is among the smallest
/// of its officer's. So the draw depends on nothing but the seed and the answers that count, and
/// answers that come later move it only by entering it.
///
/// The seed is to be something nobody could choose once the answers were in: dice thrown in front
/// of people, a number from a paper of that day. It is the same in Arabic and in Latin digits.
#[must_use]
pub fn draw(
    seed: &str,
    form: FormId,
    percent: u8,
    entered: impl IntoIterator<Item = (SlotId, PersonId)>,
) -> BTreeMap<SlotId, PersonId> {
    let mut drawn = BTreeMap::new();
    for (officer, answers) in by_officer(&key(seed), form, entered) {
        let wanted = answers
            .len()
            .saturating_mul(usize::from(percent.min(100)))
            .div_ceil(100)
            .max(usize::from(percent > 0));
        drawn.extend(
            answers
                .into_iter()
                .take(wanted)
                .map(|(_, slot)| (slot, officer)),
        );
    }
    drawn
}

/// Gives each answer that was drawn to another officer.
///
/// Turns are given out one after the other, from the officer after the one who entered, among those
/// who entered something that was drawn; so their loads differ by as little as that allows. Whoever is not
/// among `checkers` any more leaves their turns, and nobody else's move: each goes to one of the
/// others, by a hash; where nobody else is left, or only one officer entered anything, to any of
/// `checkers`.
#[must_use]
pub fn turns(
    seed: &str,
    form: FormId,
    drawn: impl IntoIterator<Item = (SlotId, PersonId)>,
    checkers: &BTreeSet<PersonId>,
) -> Vec<BackCheck> {
    let key = key(seed);
    let by = by_officer(&key, form, drawn);
    let officers: BTreeSet<PersonId> = by.keys().copied().collect();
    let able: BTreeSet<PersonId> = officers.intersection(checkers).copied().collect();
    let mut loads: BTreeMap<PersonId, usize> = officers.iter().map(|id| (*id, 0)).collect();
    let mut turns = Vec::new();
    for (officer, answers) in by {
        let next = officers.range(officer..).chain(officers.range(..officer));
        let others: Vec<PersonId> = next.filter(|id| **id != officer).copied().collect();
        for (_, slot) in answers {
            let load = |other: &&PersonId| loads.get(other).copied().unwrap_or(0);
            let first = others.iter().min_by_key(load).copied();
            if let Some(load) = first.and_then(|first| loads.get_mut(&first)) {
                *load = load.saturating_add(1);
            }
            let checker = first.filter(|first| checkers.contains(first));
            turns.push(BackCheck {
                slot,
                officer,
                checker: checker
                    .or_else(|| heir(&key, (slot, officer), &able))
                    .or_else(|| heir(&key, (slot, officer), checkers)),
            });
        }
    }
    turns.sort_unstable();
    turns
}

/// Whose turn it becomes: whoever comes or goes among those who may moves only what is theirs.
fn heir(
    key: &[u8; 32],
    (slot, officer): (SlotId, PersonId),
    may: &BTreeSet<PersonId>,
) -> Option<PersonId> {
    let others = may.iter().copied().filter(|id| *id != officer);
    others.min_by_key(|id| {
        let mut number = blake3::Hasher::new_keyed(key);
        number.update(slot.as_bytes()).update(id.as_bytes());
        (*number.finalize().as_bytes(), *id)
    })
}

fn key(seed: &str) -> [u8; 32] {
    blake3::derive_key("majlis 2026 back-check v1", plain_seed(seed).as_bytes())
}

/// Each officer's answers, in the order of their numbers.
fn by_officer(
    key: &[u8; 32],
    form: FormId,
    entered: impl IntoIterator<Item = (SlotId, PersonId)>,
) -> BTreeMap<PersonId, BTreeSet<([u8; 32], SlotId)>> {
    let mut by: BTreeMap<PersonId, BTreeSet<_>> = BTreeMap::new();
    for (slot, officer) in entered {
        let mut number = blake3::Hasher::new_keyed(key);
        number.update(form.as_bytes()).update(slot.as_bytes());
        let number = *number.finalize().as_bytes();
        by.entry(officer).or_default().insert((number, slot));
    }
    by
}

/// A draw, as an officer recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Who drew.
    pub by: DeviceId,
    /// The seed, in Latin digits.
    pub seed: String,
    /// How many in a hundred.
    pub percent: u8,
    /// The day, as told.
    pub day: Option<i32>,
    /// The voices that were drawn.
    pub slots: BTreeSet<SlotId>,
    /// The answers of theirs that were in force then. Draws of earlier versions do not name them.
    pub answers: BTreeMap<SlotId, RecordId>,
}

/// The draws of a form, in the order in which each device made its own.
///
/// One that was too long for one record is one draw again: what follows a full record without
/// anything between them, and says the same. Whatever else is recorded under the same seed, on the same
/// day too, is a draw of its own, for all to see.
#[must_use]
pub fn drawings(form: FormId, steps: &[Placed<Step>]) -> Vec<Drawing> {
    let mut recorded: Vec<&Placed<Step>> = of(form, steps, StepKind::Drawn).collect();
    recorded.sort_unstable_by_key(|step| (step.device, step.seq, step.id));
    recorded.dedup_by_key(|step| step.id);
    let mut found: Vec<Drawing> = Vec::new();
    let mut last: Option<&Placed<Step>> = None;
    for step in recorded {
        let percent = step.said.number.unwrap_or(0).clamp(0, 100);
        let part = Drawing {
            by: step.device,
            seed: plain_seed(&step.said.text),
            percent: u8::try_from(percent).unwrap_or(100),
            day: step.said.day,
            slots: step.said.sources.iter().filter_map(voice).collect(),
            answers: named(&step.said),
        };
        let goes_on = last.is_some_and(|last| follows(last, step));
        last = Some(step);
        match found.last_mut() {
            Some(open)
                if goes_on
                    && (&open.seed, open.percent, open.day)
                        == (&part.seed, part.percent, part.day) =>
            {
                open.slots.extend(part.slots);
                open.answers.extend(part.answers);
            }
            _ => found.push(part),
        }
    }
    found
}

/// Whether a record is the next one of a device after a full one.
fn follows(last: &Placed<Step>, step: &Placed<Step>) -> bool {
    let next = if step.seq == last.seq {
        step.id.entry == last.id.entry && Some(step.id.index) == last.id.index.checked_add(1)
    } else {
        Some(step.seq) == last.seq.checked_add(1) && step.id.index == 0
    };
    next && step.device == last.device && last.said.sources.len() >= MAX_SOURCES
}

/// The answers that a draw names, each with its voice, in the same order.
fn named(step: &Step) -> BTreeMap<SlotId, RecordId> {
    if step.replaces.len() != step.sources.len() {
        return BTreeMap::new();
    }
    let each = step.sources.iter().zip(&step.replaces);
    let each = each.filter_map(|(source, answer)| Some((voice(source)?, *answer)));
    each.collect()
}

/// Where the version of a voice stands that was drawn: of those that draws named, the one before the others;
/// where draws named none, the answer that an officer entered first.
///
/// So what was found stays with whoever entered what was drawn, whatever becomes of the voice. `None`
/// while what was named is not among `versions`.
#[must_use]
pub fn as_drawn<'v>(
    named: &BTreeSet<RecordId>,
    versions: impl IntoIterator<Item = (Place, &'v Said)>,
) -> Option<Place> {
    let answers: Vec<(Place, &Said)> = versions.into_iter().collect();
    let entered = |said: &Said| said.assisted() && matches!(said, Said::Response(_));
    if named.is_empty() {
        let answers = answers.into_iter().filter(|(_, said)| entered(said));
        let first = answers.min_by_key(|(place, said)| (!is_new(said), *place));
        return first.map(|(place, _)| place);
    }
    let held: BTreeMap<RecordId, (Place, &Said)> = answers
        .into_iter()
        .filter_map(|(place, said)| match place {
            Place::Sealed { id, .. } => Some((id, (place, said))),
            Place::Unsealed(_) => None,
        })
        .collect();
    let drawn: BTreeSet<RecordId> = named
        .iter()
        .filter(|id| held.get(id).is_some_and(|(_, said)| entered(said)))
        .copied()
        .collect();
    let before = |id: &RecordId| past(*id, &held).intersection(&drawn).count();
    let first = drawn.iter().min_by_key(|id| (before(id), **id));
    first.and_then(|id| held.get(id)).map(|(place, _)| *place)
}

const fn is_new(said: &Said) -> bool {
    match said {
        Said::Response(response) => matches!(response.speaker, Speaker::New { .. }),
        Said::Withdraw(_) => false,
    }
}

/// The versions that came before one: what it replaces, what that replaces, and what the same devices
/// said of the voice earlier.
fn past(from: RecordId, held: &BTreeMap<RecordId, (Place, &Said)>) -> BTreeSet<RecordId> {
    let order = |place: Place| match place {
        Place::Sealed { id, device, seq } => Some((device, (seq, id.index))),
        Place::Unsealed(_) => None,
    };
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        let Some((place, said)) = held.get(&id) else {
            continue;
        };
        let at = order(*place);
        let own = held.iter().filter(|(_, (other, _))| {
            let pair = at.zip(order(*other));
            pair.is_some_and(|((device, at), (by, before))| device == by && before < at)
        });
        let all = own.map(|(other, _)| *other);
        for other in all.chain(said.supersedes().iter().copied()) {
            if seen.insert(other) {
                open.push(other);
            }
        }
    }
    seen
}

/// What one device told of asking a voice again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// Who asked.
    pub by: DeviceId,
    /// The questions to which the same was said.
    pub same: BTreeSet<QuestionId>,
    /// Those to which something else was said.
    pub other: BTreeSet<QuestionId>,
    /// Why the person could not be asked; empty where they were.
    pub not_asked: String,
    /// The records that say so, to be replaced when it is told anew.
    pub ids: Vec<RecordId>,
}

/// What every device told of each voice that was asked again. A device takes the place of what it told
/// itself, and of nothing else. What it told both ways of a question differs.
#[must_use]
pub fn asked_again(form: FormId, steps: &[Placed<Step>]) -> BTreeMap<SlotId, Vec<Again>> {
    const KINDS: [StepKind; 3] = [StepKind::SaidSame, StepKind::SaidOther, StepKind::NotAsked];
    let told: Vec<&Placed<Step>> = KINDS
        .iter()
        .flat_map(|kind| of(form, steps, *kind))
        .collect();
    let replaced: BTreeSet<(DeviceId, RecordId)> = told
        .iter()
        .flat_map(|step| step.said.replaces.iter().map(|id| (step.device, *id)))
        .collect();
    let mut found: BTreeMap<(SlotId, DeviceId), Again> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for step in told {
        let Some(slot) = voice(&step.said.about) else {
            continue;
        };
        if replaced.contains(&(step.device, step.id)) || !seen.insert(step.id) {
            continue;
        }
        let again = found.entry((slot, step.device)).or_insert_with(|| Again {
            by: step.device,
            same: BTreeSet::new(),
            other: BTreeSet::new(),
            not_asked: String::new(),
            ids: Vec::new(),
        });
        again.ids.push(step.id);
        let questions = step.said.sources.iter().filter_map(|source| match source {
            Subject::Question(id) => Some(*id),
            Subject::Whole | Subject::Option(_) | Subject::Statement(_) | Subject::Voice(_) => None,
        });
        match step.said.kind {
            StepKind::SaidSame => again.same.extend(questions),
            StepKind::SaidOther => again.other.extend(questions),
            // Of what was told apart, the longer word: any of them, but the same everywhere.
            _ => {
                let why = step.said.text.clone();
                if (why.len(), &why) > (again.not_asked.len(), &again.not_asked) {
                    again.not_asked = why;
                }
            }
        }
    }
    let mut all: BTreeMap<SlotId, Vec<Again>> = BTreeMap::new();
    for ((slot, _), mut again) in found {
        again.same = again.same.difference(&again.other).copied().collect();
        if !again.same.is_empty() || !again.other.is_empty() {
            again.not_asked.clear();
        }
        again.ids.sort_unstable();
        all.entry(slot).or_default().push(again);
    }
    all
}

fn of(form: FormId, steps: &[Placed<Step>], kind: StepKind) -> impl Iterator<Item = &Placed<Step>> {
    let mut steps = steps.iter();
    std::iter::from_fn(move || steps.find(|step| step.said.form == form && step.said.kind == kind))
}

const fn voice(subject: &Subject) -> Option<SlotId> {
    match subject {
        Subject::Voice(slot) => Some(*slot),
        Subject::Whole | Subject::Question(_) | Subject::Option(_) | Subject::Statement(_) => None,
    }
}

/// A seed as it is drawn from: the same in Arabic and in Latin digits.
#[must_use]
pub fn plain_seed(seed: &str) -> String {
    seed.trim().chars().map(ascii_digit).collect()
}

/// A digit of Arabic or Persian as ASCII; any other letter as it is.
fn ascii_digit(letter: char) -> char {
    let own = |zero| u32::from(letter).checked_sub(zero);
    let digits = [0x660, 0x6f0].map(own).into_iter().flatten();
    digits
        .filter_map(|digit| char::from_digit(digit, 10))
        .next()
        .unwrap_or(letter)
}

#[cfg(test)]
mod tests;
