//! Until when people are asked to take part: a day and a time as clocks show them where it is held. A
//! promise, told before and on every ballot, and a reminder to whoever closes.
//! Not here: what counts. A closing by name decides that alone (`count`); no clock is compared with this day
//! anywhere, so two devices with other clocks count the same.
//!
//! The published rule: officers who may close say it and move it by a signed step. A step that names an earlier
//! one takes its place; of those said apart the latest day holds, so that nobody who relied on a day is cut off.

use super::statement::Placed;
use crate::record::{Step, StepKind, Subject};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// A day, in days since 1970, and minutes since its midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Until {
    /// The day.
    pub day: i32,
    /// The time.
    pub minute: u16,
}

impl Until {
    /// What a step says; `None` where it says no day or time, or something else.
    #[must_use]
    pub fn of(step: &Step) -> Option<Self> {
        let minute = step.number.filter(|minute| (0..DAY).contains(minute))?;
        let said = step.kind == StepKind::OpenUntil && step.about == Subject::Whole;
        Some(Self {
            day: step.day.filter(|_| said)?,
            minute: u16::try_from(minute).ok()?,
        })
    }
}

/// The step that holds, and those that it took the place of, the last said first by the rule above.
#[must_use]
pub fn until(steps: &[Placed<Step>]) -> Option<(&Placed<Step>, Vec<&Placed<Step>>)> {
    let mut said: Vec<&Placed<Step>> = steps
        .iter()
        .filter(|step| Until::of(&step.said).is_some())
        .collect();
    said.sort_unstable_by_key(|step| core::cmp::Reverse((Until::of(&step.said), step.id)));
    said.dedup_by_key(|step| step.id);
    let replaced = |one: &Placed<Step>| {
        let mut others = said.iter();
        others.any(|other| other.id != one.id && other.said.replaces.contains(&one.id))
    };
    let holds = *said.iter().find(|one| !replaced(one))?;
    // From one to the one before: of all that it names the one that no other of them names. Each is
    // there once, and a step names only what it saw.
    let mut before: Vec<&Placed<Step>> = Vec::new();
    let mut at = holds;
    loop {
        let named: Vec<&Placed<Step>> = said
            .iter()
            .copied()
            .filter(|one| at.said.replaces.contains(&one.id) && one.id != holds.id)
            .filter(|one| before.iter().all(|known| known.id != one.id))
            .collect();
        let is_last = |one: &&&Placed<Step>| {
            let mut others = named.iter().filter(|other| other.id != one.id);
            !others.any(|other| other.said.replaces.contains(&one.id))
        };
        let Some(earlier) = named.iter().find(is_last).or_else(|| named.first()) else {
            return Some((holds, before));
        };
        before.push(earlier);
        at = earlier;
    }
}

#[cfg(test)]
mod tests {
    use super::{Until, until};
    use crate::consultation::statement::Placed;
    use crate::id::{DeviceId, EntryHash, FormId};
    use crate::record::{RecordId, Step, StepKind, Subject};

    fn id(number: u8) -> RecordId {
        RecordId {
            entry: EntryHash::from_bytes([number; 32]),
            index: 0,
        }
    }

    fn said(number: u8, day: i32, minute: i64, replaces: &[u8]) -> Placed<Step> {
        Placed {
            id: id(number),
            device: DeviceId::from_bytes([1; 32]),
            seq: number.into(),
            said: Step {
                form: FormId::from_bytes([0; 32]),
                kind: StepKind::OpenUntil,
                about: Subject::Whole,
                text: String::new(),
                number: Some(minute),
                day: Some(day),
                sources: Vec::new(),
                replaces: replaces.iter().map(|one| id(*one)).collect(),
                salt: [0; 8],
            },
        }
    }

    /// What holds, and what it took the place of, by number.
    fn holding(mut steps: Vec<Placed<Step>>) -> Option<(u8, Vec<u8>)> {
        let number = |step: &&Placed<Step>| step.id.entry.as_bytes()[0];
        let found =
            until(&steps).map(|(one, before)| (number(&one), before.iter().map(number).collect()));
        // Order and repeats change nothing.
        steps.reverse();
        steps.extend(steps.clone());
        let again =
            until(&steps).map(|(one, before)| (number(&one), before.iter().map(number).collect()));
        assert_eq!(found, again);
        found
    }

    #[test]
    fn a_later_act_that_names_the_earlier_one_moves_the_day_either_way() {
        assert_eq!(holding(Vec::new()), None);
        assert_eq!(holding(vec![said(1, 100, 1080, &[])]), Some((1, vec![])));
        let moved = vec![
            said(1, 100, 1080, &[]),
            said(2, 98, 600, &[1]),
            said(3, 99, 600, &[2]),
        ];
        assert_eq!(holding(moved), Some((3, vec![2, 1])));
        // Who moves it names all that they know of; the one before is the one said last, not the latest.
        let to_and_fro = vec![
            said(1, 110, 600, &[]),
            said(2, 120, 600, &[1]),
            said(3, 115, 600, &[1, 2]),
            said(4, 118, 600, &[1, 2, 3]),
        ];
        assert_eq!(holding(to_and_fro), Some((4, vec![3, 2, 1])));
    }

    #[test]
    fn of_days_said_apart_the_latest_holds() {
        let apart = vec![
            said(1, 100, 1080, &[]),
            said(2, 101, 600, &[1]),
            said(3, 101, 601, &[1]),
        ];
        assert_eq!(holding(apart), Some((3, vec![1])));
    }

    #[test]
    fn who_names_each_other_in_a_circle_silences_nobody_for_ever() {
        let circle = vec![said(1, 100, 0, &[2]), said(2, 101, 0, &[1])];
        assert_eq!(holding(circle), None);
        let circle = vec![
            said(1, 100, 0, &[2]),
            said(2, 101, 0, &[1]),
            said(3, 90, 0, &[1, 2]),
        ];
        assert_eq!(holding(circle), Some((3, vec![2, 1])));
    }

    #[test]
    fn what_is_no_day_and_time_says_nothing() {
        assert_eq!(holding(vec![said(1, 100, 24 * 60, &[])]), None);
        assert_eq!(holding(vec![said(1, 100, -1, &[])]), None);
        let mut other = said(1, 100, 0, &[]);
        other.said.kind = StepKind::Noted;
        assert_eq!(holding(vec![other]), None);
        let mut part = said(1, 100, 0, &[]);
        part.said.about = Subject::Option(1);
        assert_eq!(holding(vec![part]), None);
        let whole = said(1, 100, 1439, &[]);
        assert_eq!(
            Until::of(&whole.said),
            Some(Until {
                day: 100,
                minute: 1439
            })
        );
    }
}
