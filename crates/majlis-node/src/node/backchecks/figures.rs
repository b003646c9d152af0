//! What came of asking again, in figures and as the API says it.
//! Not here: who entered what was drawn (`drawn`).

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::Form;
use majlis_core::consultation::backcheck::{Again, Drawing};
use majlis_core::id::{PersonId, QuestionId};
use majlis_core::record::Subject;
use majlis_core::record::step::MAX_SOURCES;

use super::drawn::Officers;
use crate::api::ApiError;
use crate::api::field::{AskedAgain, CheckedOfficer, CheckedQuestion, DrawingView};
use crate::plain::{self, form, value};

/// A voice that was drawn, and what came of asking it again.
pub(super) struct Found {
    pub(super) officer: Option<PersonId>,
    pub(super) since: bool,
    pub(super) outcome: Option<Again>,
}

/// The questions that were named, each once; those that nobody is asked are none.
pub(super) fn checked(
    asked: &Form,
    named: &[String],
    seen: &mut BTreeSet<QuestionId>,
) -> Result<Vec<Subject>, ApiError> {
    let sealed = asked.sealed_questions();
    let each = named.iter().map(|text| {
        let id = form::read_question_id(text);
        let id = id.filter(|id| {
            let mut asked = asked.questions.iter();
            asked.any(|one| one.id == *id && one.kind.is_asked()) && !sealed.contains(id)
        });
        let id = id.ok_or_else(|| plain::missing("question").about(text))?;
        if !seen.insert(id) || seen.len() > MAX_SOURCES {
            return Err(plain::bad("question").about(text));
        }
        Ok(Subject::Question(id))
    });
    each.collect()
}

fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

pub(super) fn drawing_view(one: &Drawing, officers: &Officers) -> DrawingView {
    DrawingView {
        by: officers.name_of(one.by),
        seed: one.seed.clone(),
        percent: one.percent,
        day: one.day.map(value::date),
        drawn: short(one.slots.len()),
    }
}

pub(super) fn told(one: &Again, officers: &Officers) -> AskedAgain {
    let ids = |all: &BTreeSet<QuestionId>| all.iter().map(|id| form::question_id(*id)).collect();
    AskedAgain {
        by: officers.name_of(one.by),
        same: ids(&one.same),
        other: ids(&one.other),
        not_asked: one.not_asked.clone(),
    }
}

/// The questions that may be asked again, in the order of the form.
pub(super) fn by_question(asked: &Form, found: &[Found]) -> Vec<CheckedQuestion> {
    let sealed = asked.sealed_questions();
    let each = asked.questions.iter();
    let each = each.filter(|one| one.kind.is_asked() && !sealed.contains(&one.id));
    let each = each.map(|one| {
        let told = found.iter().filter_map(|one| one.outcome.as_ref());
        let same = told.clone().filter(|again| again.same.contains(&one.id));
        let other = told.filter(|again| again.other.contains(&one.id));
        CheckedQuestion {
            question: form::question_id(one.id),
            label: one.label.clone(),
            same: short(same.count()),
            other: short(other.count()),
        }
    });
    each.collect()
}

/// What was found of each officer's answers, whatever became of them since.
pub(super) fn by_officer(found: &[Found], officers: &Officers) -> Vec<CheckedOfficer> {
    let mut all: BTreeMap<PersonId, CheckedOfficer> = BTreeMap::new();
    for one in found {
        let Some(officer) = one.officer else {
            continue;
        };
        let line = all.entry(officer).or_insert_with(|| CheckedOfficer {
            officer: officers.name(officer),
            drawn: 0,
            asked: 0,
            not_asked: 0,
            same: 0,
            other: 0,
            since: 0,
        });
        line.drawn = line.drawn.saturating_add(1);
        line.since = line.since.saturating_add(u32::from(one.since));
        if let Some(again) = &one.outcome {
            let count = if again.not_asked.is_empty() {
                &mut line.asked
            } else {
                &mut line.not_asked
            };
            *count = count.saturating_add(1);
            line.same = line.same.saturating_add(short(again.same.len()));
            line.other = line.other.saturating_add(short(again.other.len()));
        }
    }
    all.into_values().collect()
}
