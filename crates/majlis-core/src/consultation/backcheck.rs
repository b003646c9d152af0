//! Which answers that officers entered are asked again by somebody else: drawn from a public seed,
//! so that nobody chooses them and everybody can draw them again.
//! And what came of it: a draw is recorded with the voices that it drew, so that it stays what it was
//! when answers come later; whoever asked again records which answers were the same.
//! Not here: who may check whom, which needs to know whose devices are one person's.

use std::collections::{BTreeMap, BTreeSet};

use crate::consultation::statement::Placed;
use crate::id::{DeviceId, FormId, QuestionId, SlotId};
use crate::record::{RecordId, Step, StepKind, Subject};

/// An answer to be asked again, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackCheck {
    /// Whose voice.
    pub slot: SlotId,
    /// Who entered it.
    pub officer: DeviceId,
    /// Who asks again: another officer. `None` when there is no other.
    pub checker: Option<DeviceId>,
}

/// Draws `percent` of each officer's answers, at least one, and gives each to another officer.
///
/// An answer is drawn when its number, a keyed hash of seed, form and slot, is among the smallest
/// of its officer's. So the draw depends on nothing but the seed and the answers that count, and
/// answers that come later move it only by entering it. Checkers are given out in turn, from the
/// officer after the one who entered, so that their loads differ by as little as that allows: of
/// those who entered something, whoever is still among `checkers`; where nobody else is, any of
/// `checkers`.
///
/// The seed is to be something nobody could choose once the answers were in: dice thrown in front
/// of people, a number from a paper of that day. It is the same in Arabic and in Latin digits.
#[must_use]
pub fn draw(
    seed: &str,
    form: FormId,
    percent: u8,
    entered: impl IntoIterator<Item = (SlotId, DeviceId)>,
    checkers: &BTreeSet<DeviceId>,
) -> Vec<BackCheck> {
    let seed = plain_seed(seed);
    let key = blake3::derive_key("majlis 2026 back-check v1", seed.as_bytes());
    let mut by: BTreeMap<DeviceId, BTreeSet<([u8; 32], SlotId)>> = BTreeMap::new();
    for (slot, officer) in entered {
        let mut number = blake3::Hasher::new_keyed(&key);
        number.update(form.as_bytes()).update(slot.as_bytes());
        let number = *number.finalize().as_bytes();
        by.entry(officer).or_default().insert((number, slot));
    }
    let officers: BTreeSet<DeviceId> = by.keys().copied().collect();
    let officers: BTreeSet<DeviceId> = officers.intersection(checkers).copied().collect();
    let mut loads: BTreeMap<DeviceId, usize> = checkers.iter().map(|id| (*id, 0)).collect();
    let mut drawn = Vec::new();
    for (officer, answers) in by {
        let busy = officers.iter().any(|other| *other != officer);
        let pool = if busy { &officers } else { checkers };
        let next = pool.range(officer..).chain(pool.range(..officer));
        let others: Vec<DeviceId> = next.filter(|id| **id != officer).copied().collect();
        let wanted = answers
            .len()
            .saturating_mul(usize::from(percent.min(100)))
            .div_ceil(100)
            .max(usize::from(percent > 0));
        for (_, slot) in answers.into_iter().take(wanted) {
            let checker = others
                .iter()
                .min_by_key(|other| loads.get(other).copied().unwrap_or(0))
                .copied();
            if let Some(load) = checker.and_then(|checker| loads.get_mut(&checker)) {
                *load = load.saturating_add(1);
            }
            drawn.push(BackCheck {
                slot,
                officer,
                checker,
            });
        }
    }
    drawn.sort_unstable();
    drawn
}

/// A draw, as an officer recorded it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
}

/// The draws of a form. One that was too long for one record is one draw again.
#[must_use]
pub fn drawings(form: FormId, steps: &[Placed<Step>]) -> Vec<Drawing> {
    let mut found: BTreeMap<(DeviceId, String, u8, Option<i32>), BTreeSet<SlotId>> =
        BTreeMap::new();
    for step in of(form, steps, StepKind::Drawn) {
        let percent = step.said.number.unwrap_or(0).clamp(0, 100);
        let percent = u8::try_from(percent).unwrap_or(100);
        let key = (
            step.device,
            plain_seed(&step.said.text),
            percent,
            step.said.day,
        );
        let slots = step.said.sources.iter().filter_map(voice);
        found.entry(key).or_default().extend(slots);
    }
    let each = found.into_iter();
    each.map(|((by, seed, percent, day), slots)| Drawing {
        by,
        seed,
        percent,
        day,
        slots,
    })
    .collect()
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
