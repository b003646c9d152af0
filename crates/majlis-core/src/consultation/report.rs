//! The closing report of an activity: themes, which are what people said in an officer's words with
//! the voices behind them, and what is done or not done about each. The same words are the same
//! theme, so officers who sort answers apart from each other sort into one.
//! Not here: who may take which step (`record::step`), and which voices count (`count`).

use std::collections::{BTreeMap, BTreeSet};

use crate::consultation::statement::{Placed, standing};
use crate::id::{FormId, SlotId, StatementId};
use crate::record::step::{MAX_SOURCES, statement_id};
use crate::record::{RecordId, Step, StepKind, Subject};

/// Something that people said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme<'a> {
    /// Its id, by its words.
    pub id: StatementId,
    /// Its words.
    pub text: &'a str,
    /// The steps that say so, in the order given.
    pub said: Vec<&'a Placed<Step>>,
    /// The voices behind it, whether they count or not.
    pub voices: BTreeSet<SlotId>,
    /// What is done or not done about it, in the order given.
    pub replies: Vec<&'a Placed<Step>>,
}

impl Theme<'_> {
    /// Puts those behind it who took over what an answer behind it says, by claiming it: each pair is
    /// an answer's slot and its holder's own. The steps that sorted it name the slot alone.
    pub fn follow(&mut self, taken_over: &[(SlotId, SlotId)]) {
        let behind = taken_over
            .iter()
            .filter(|(slot, _)| self.voices.contains(slot));
        let holders: Vec<SlotId> = behind.map(|(_, holder)| *holder).collect();
        self.voices.extend(holders);
    }
}

/// A closing report as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report<'a> {
    /// The themes, in order of their ids.
    pub themes: Vec<Theme<'a>>,
    /// What is done or not done about anything else, in the order given.
    pub whole: Vec<&'a Placed<Step>>,
}

/// The closing report that the steps of an activity make.
#[must_use]
pub fn report(form: FormId, steps: &[Placed<Step>]) -> Report<'_> {
    let standing = standing(steps);
    let mut themes: BTreeMap<StatementId, Theme<'_>> = BTreeMap::new();
    let heard = standing
        .iter()
        .filter(|step| step.said.kind == StepKind::Heard);
    for step in heard {
        let text = step.said.text.trim();
        let id = statement_id(form, text);
        let theme = themes.entry(id).or_insert_with(|| Theme {
            id,
            text,
            said: Vec::new(),
            voices: BTreeSet::new(),
            replies: Vec::new(),
        });
        theme.said.push(step);
        theme.voices.extend(voices(&step.said));
    }
    let mut whole = Vec::new();
    let replies = standing.into_iter();
    for step in replies.filter(|step| matches!(step.said.kind, StepKind::Done | StepKind::NotDone))
    {
        let theme = match step.said.about {
            Subject::Statement(id) => themes.get_mut(&id),
            Subject::Whole | Subject::Question(_) | Subject::Option(_) | Subject::Voice(_) => None,
        };
        match theme {
            Some(theme) => theme.replies.push(step),
            None => whole.push(step),
        }
    }
    Report {
        themes: themes.into_values().collect(),
        whole,
    }
}

fn voices(step: &Step) -> impl Iterator<Item = SlotId> {
    step.sources.iter().filter_map(|source| match source {
        Subject::Voice(slot) => Some(*slot),
        Subject::Whole | Subject::Question(_) | Subject::Option(_) | Subject::Statement(_) => None,
    })
}

/// A step of kind [`StepKind::Heard`] that is to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorting {
    /// About what; a step only takes the place of one about the same.
    pub about: Subject,
    /// What it goes back to.
    pub sources: Vec<Subject>,
    /// The steps that it takes the place of.
    pub replaces: Vec<RecordId>,
}

/// The steps that put voices behind a theme and take others away from it; none when it is so
/// already. A theme that is not there yet is made by them. A voice that is to be put behind it and
/// taken away stays behind it.
#[must_use]
pub fn sorting(
    theme: Option<&Theme<'_>>,
    add: &BTreeSet<SlotId>,
    remove: &BTreeSet<SlotId>,
) -> Vec<Sorting> {
    let mut steps = Vec::new();
    let mut held: BTreeSet<SlotId> = BTreeSet::new();
    let mut anew: BTreeMap<Subject, (BTreeSet<Subject>, Vec<RecordId>)> = BTreeMap::new();
    for step in theme.into_iter().flat_map(|theme| &theme.said) {
        let leaves = |slot: &SlotId| remove.contains(slot) && !add.contains(slot);
        if !voices(&step.said).any(|slot| leaves(&slot)) {
            held.extend(voices(&step.said));
            continue;
        }
        let (sources, replaces) = anew.entry(step.said.about).or_default();
        replaces.push(step.id);
        let stay = step.said.sources.iter().filter(|source| match source {
            Subject::Voice(slot) => !leaves(slot),
            Subject::Whole | Subject::Question(_) | Subject::Option(_) | Subject::Statement(_) => {
                true
            }
        });
        sources.extend(stay.copied());
    }
    for (about, (sources, replaces)) in anew {
        held.extend(sources.iter().filter_map(|source| match source {
            Subject::Voice(slot) => Some(*slot),
            Subject::Whole | Subject::Question(_) | Subject::Option(_) | Subject::Statement(_) => {
                None
            }
        }));
        let sources: Vec<Subject> = sources.into_iter().collect();
        let mut sources = sources.chunks(MAX_SOURCES);
        let mut replaces = replaces.chunks(MAX_SOURCES);
        loop {
            let (from, instead) = (sources.next(), replaces.next());
            if from.is_none() && instead.is_none() {
                break;
            }
            steps.push(Sorting {
                about,
                sources: from.unwrap_or_default().to_vec(),
                replaces: instead.unwrap_or_default().to_vec(),
            });
        }
    }
    let new: Vec<Subject> = add
        .difference(&held)
        .map(|slot| Subject::Voice(*slot))
        .collect();
    for sources in new.chunks(MAX_SOURCES) {
        steps.push(Sorting {
            about: Subject::Whole,
            sources: sources.to_vec(),
            replaces: Vec::new(),
        });
    }
    if theme.is_none() && steps.is_empty() {
        steps.push(Sorting {
            about: Subject::Whole,
            sources: Vec::new(),
            replaces: Vec::new(),
        });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{DeviceId, EntryHash};

    const FORM: FormId = FormId::from_bytes([7; 32]);

    fn slot(number: u8) -> SlotId {
        SlotId::from_bytes([number; 16])
    }

    fn slots(numbers: &[u8]) -> BTreeSet<SlotId> {
        numbers.iter().map(|number| slot(*number)).collect()
    }

    fn step(number: u8, kind: StepKind, about: Subject, text: &str) -> Placed<Step> {
        Placed {
            id: RecordId {
                entry: EntryHash::from_bytes([number; 32]),
                index: 0,
            },
            device: DeviceId::from_bytes([1; 32]),
            seq: u64::from(number),
            said: Step {
                form: FORM,
                kind,
                about,
                text: text.to_owned(),
                number: None,
                day: None,
                sources: Vec::new(),
                replaces: Vec::new(),
                salt: [number; 8],
            },
        }
    }

    fn heard(number: u8, text: &str, voices: &[u8]) -> Placed<Step> {
        let mut step = step(number, StepKind::Heard, Subject::Whole, text);
        let voices = voices.iter().map(|number| Subject::Voice(slot(*number)));
        step.said.sources = voices.collect();
        step
    }

    fn take(number: u8, text: &str, sorting: &Sorting) -> Placed<Step> {
        let mut step = step(number, StepKind::Heard, sorting.about, text);
        step.said.sources.clone_from(&sorting.sources);
        step.said.replaces.clone_from(&sorting.replaces);
        step
    }

    #[test]
    fn the_same_words_of_two_officers_are_one_theme() {
        let theme = statement_id(FORM, "The well is far");
        let steps = [
            heard(1, "The well is far", &[1, 2]),
            heard(2, "The well is far ", &[2, 3]),
            heard(3, "The road floods", &[4]),
            step(
                4,
                StepKind::Done,
                Subject::Statement(theme),
                "A second well",
            ),
            step(5, StepKind::NotDone, Subject::Whole, "No money for a road"),
        ];
        let report = report(FORM, &steps);
        let mut texts: Vec<&str> = report.themes.iter().map(|theme| theme.text).collect();
        texts.sort_unstable();
        assert_eq!(texts, ["The road floods", "The well is far"]);
        let well = report.themes.iter().find(|one| one.id == theme).unwrap();
        assert_eq!(well.voices, slots(&[1, 2, 3]));
        assert_eq!(well.replies, [&steps[3]]);
        assert_eq!(report.whole, [&steps[4]]);
    }

    #[test]
    fn a_voice_that_is_taken_away_is_behind_it_no_longer_and_the_others_stay() {
        let mut steps = vec![heard(1, "Water", &[1, 2]), heard(2, "Water", &[2, 3])];
        for (number, sorting) in {
            let report = report(FORM, &steps);
            sorting(report.themes.first(), &slots(&[4]), &slots(&[2]))
        }
        .iter()
        .enumerate()
        {
            steps.push(take(10 + u8::try_from(number).unwrap(), "Water", sorting));
        }
        let after = report(FORM, &steps);
        assert_eq!(after.themes[0].voices, slots(&[1, 3, 4]));
        // What is so already needs no step.
        let again = sorting(after.themes.first(), &slots(&[4]), &slots(&[2]));
        assert_eq!(again, []);
    }

    #[test]
    fn a_theme_without_voices_is_made_once_and_many_voices_take_several_steps() {
        let none = BTreeSet::new();
        let made = sorting(None, &none, &none);
        assert_eq!(made.len(), 1);
        let steps = [take(1, "Water", &made[0])];
        let empty = report(FORM, &steps);
        assert_eq!(sorting(empty.themes.first(), &none, &none), []);
        let numbers: Vec<u8> = (0..=254).collect();
        let many = slots(&numbers);
        let taken = sorting(empty.themes.first(), &many, &none);
        assert!(taken.len() > 1 && taken.iter().all(|one| one.sources.len() <= MAX_SOURCES));
        let sources: BTreeSet<Subject> = taken.into_iter().flat_map(|one| one.sources).collect();
        assert_eq!(sources.len(), many.len());
    }
}
