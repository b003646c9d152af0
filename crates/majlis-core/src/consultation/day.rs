//! What an officer's devices told of their day beside answers: who would not be asked, and how many are
//! meant. Added up over all devices of the officer. Not here: the answers of the day, which speak for
//! themselves.

use std::collections::BTreeSet;

use crate::consultation::statement::Placed;
use crate::id::{DeviceId, FormId};
use crate::record::{RecordId, Step, StepKind};

/// The most that one device may tell of a day.
pub const MOST_A_DAY: u32 = 1_000;

/// What was told of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// People who would not be asked, over all devices.
    pub refused: u32,
    /// Of these, those that this device counted.
    pub refused_here: u32,
    /// How many are meant; 0 for none. Of what was told apart, the most.
    pub aim: u32,
    /// What this device told of the day, to be replaced when it tells again.
    pub here: Vec<RecordId>,
    /// The aims in force, to be replaced likewise.
    pub aims: Vec<RecordId>,
}

/// What `own`, the devices of one person, told of `day` on the way of `form`; `me` is among them. A
/// device takes the place of what it counted itself, and whoever sets an aim of the aims they saw.
#[must_use]
pub fn told(
    form: FormId,
    steps: &[Placed<Step>],
    (own, me): (&BTreeSet<DeviceId>, DeviceId),
    day: i32,
) -> Told {
    let of_form = |kind: StepKind| {
        let all = steps.iter();
        all.filter(move |step| {
            step.said.form == form && step.said.kind == kind && own.contains(&step.device)
        })
    };
    let number = |step: &Placed<Step>| {
        let number = step.said.number.unwrap_or(0).clamp(0, MOST_A_DAY.into());
        u32::try_from(number).unwrap_or(MOST_A_DAY)
    };
    let mut told = Told::default();
    let mut seen: BTreeSet<RecordId> = BTreeSet::new();
    let refusals: Vec<_> = of_form(StepKind::Refusals)
        .filter(|step| step.said.day == Some(day))
        .collect();
    for step in &refusals {
        let by_itself = refusals.iter().filter(|other| other.device == step.device);
        let mut replaced = by_itself.flat_map(|other| &other.said.replaces);
        if replaced.any(|id| *id == step.id) || !seen.insert(step.id) {
            continue;
        }
        told.refused = told.refused.saturating_add(number(step));
        if step.device == me {
            told.refused_here = told.refused_here.saturating_add(number(step));
            told.here.push(step.id);
        }
    }
    let aims: Vec<_> = of_form(StepKind::Aim).collect();
    let replaced: BTreeSet<RecordId> = aims
        .iter()
        .flat_map(|step| step.said.replaces.clone())
        .collect();
    for step in aims {
        if !replaced.contains(&step.id) && seen.insert(step.id) {
            told.aim = told.aim.max(number(step));
            told.aims.push(step.id);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EntryHash;
    use crate::record::Subject;

    const FORM: FormId = FormId::from_bytes([1; 32]);

    fn id(entry: u8) -> RecordId {
        RecordId {
            entry: EntryHash::from_bytes([entry; 32]),
            index: 0,
        }
    }

    fn device(number: u8) -> DeviceId {
        DeviceId::from_bytes([number; 32])
    }

    fn step(
        entry: u8,
        by: u8,
        (kind, number, day): (StepKind, i64, i32),
        replaces: &[u8],
    ) -> Placed<Step> {
        Placed {
            id: id(entry),
            device: device(by),
            seq: entry.into(),
            said: Step {
                form: FORM,
                kind,
                about: Subject::Whole,
                text: String::new(),
                number: Some(number),
                day: Some(day),
                sources: Vec::new(),
                replaces: replaces.iter().copied().map(id).collect(),
                salt: [0; 8],
            },
        }
    }

    #[test]
    fn what_tablets_of_one_officer_told_is_added_up_in_every_order() {
        use StepKind::{Aim, Refusals};
        let mut steps = vec![
            step(1, 1, (Refusals, 1, 7), &[]),
            step(2, 1, (Refusals, 2, 7), &[1]),
            step(3, 2, (Refusals, 4, 7), &[]),
            // Another tablet's count is not this one's to replace, another day is another day, and
            // what somebody else counted is theirs.
            step(4, 2, (Refusals, 8, 6), &[2]),
            step(5, 3, (Refusals, 16, 7), &[]),
            step(6, 1, (Aim, 30, 6), &[]),
            step(7, 2, (Aim, 20, 7), &[6]),
            step(8, 1, (Aim, 25, 7), &[6]),
            step(9, 3, (Aim, 99, 7), &[7, 8]),
        ];
        let again = steps[1].clone();
        steps.push(again);
        let own = BTreeSet::from([device(1), device(2)]);
        for turn in 0..steps.len() {
            steps.rotate_left(1);
            let mut told = told(FORM, &steps, (&own, device(1)), 7);
            told.aims.sort_unstable();
            let expected = Told {
                refused: 6,
                refused_here: 2,
                aim: 25,
                here: vec![id(2)],
                aims: vec![id(7), id(8)],
            };
            assert_eq!(told, expected, "{turn}");
        }
        assert_eq!(
            told(FormId::from_bytes([2; 32]), &steps, (&own, device(1)), 7),
            Told::default()
        );
    }

    #[test]
    fn nonsense_adds_up_to_something_that_can_be_shown() {
        let kind = StepKind::Refusals;
        let steps = [
            step(1, 1, (kind, -5, 7), &[]),
            step(2, 1, (kind, i64::MAX, 7), &[]),
            step(3, 1, (kind, 5_000, 7), &[3]),
        ];
        let own = BTreeSet::from([device(1)]);
        let told = told(FORM, &steps, (&own, device(1)), 7);
        assert_eq!((told.refused, told.aim), (MOST_A_DAY, 0));
    }
}
