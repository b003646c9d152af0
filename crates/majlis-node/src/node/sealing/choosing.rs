//! Which questions can be sealed, and which are sealed with them: those whose being asked, value or
//! choices would show what was answered. And who may hold a part of the key.

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::{Form, Question, QuestionKind};
use majlis_core::id::{DeviceId, LaneId, QuestionId};
use majlis_core::membership::Capability;
use majlis_formats::Logic;

use crate::api::sealing::{KeeperChoice, OpenBecause, SealChoices, SealableQuestion, StaysOpen};
use crate::api::{ApiError, ErrorCode};
use crate::desk::Desk;
use crate::plain::form;
use crate::plain::logic::{Readers, Ready, readers};
use crate::plain::sheet::{Names, sheet};

/// A form and what its conditions read.
struct Shown<'f> {
    form: &'f Form,
    /// Questions by their ids; there may be a thousand.
    asked: BTreeMap<QuestionId, &'f Question>,
    /// All names from the form to each.
    paths: BTreeMap<QuestionId, String>,
    /// `None` where nothing depends on anything.
    logic: Option<Logic>,
}

impl<'f> Shown<'f> {
    fn of(form: &'f Form) -> Self {
        let logic = form
            .has_conditions()
            .then(|| Logic::new(&sheet(form, "form")).ok());
        let mut asked = BTreeMap::new();
        for question in &form.questions {
            asked.entry(question.id).or_insert(question);
        }
        let mut shown = Self {
            form,
            asked,
            paths: BTreeMap::new(),
            logic: logic.flatten(),
        };
        let names = Names::of(form);
        for question in &form.questions {
            let around = shown.around(question.id);
            let ids = around.iter().rev().map(|one| one.id).chain([question.id]);
            let path: Vec<&str> = ids.map(|id| names.name(id)).collect();
            shown.paths.insert(question.id, path.join("/"));
        }
        shown
    }

    fn question(&self, id: QuestionId) -> Option<&'f Question> {
        self.asked.get(&id).copied()
    }

    /// The sections around a question, from the innermost.
    fn around(&self, id: QuestionId) -> Vec<&'f Question> {
        let mut found: Vec<&Question> = Vec::new();
        let mut at = self.question(id);
        while let Some(next) = at.and_then(|one| one.details.part_of) {
            // A section stands before what is in it, so this ends.
            at = self
                .question(next)
                .filter(|one| !found.iter().any(|own| own.id == one.id));
            found.extend(at);
        }
        found
    }

    /// All names from the form to a question.
    fn path(&self, id: QuestionId) -> String {
        self.paths.get(&id).cloned().unwrap_or_default()
    }

    /// What is sealed when these are: groups stand for what is in them, rows go together, and what
    /// depends on any goes too.
    fn with(&self, wanted: BTreeSet<QuestionId>) -> BTreeSet<QuestionId> {
        let mut sealed = wanted;
        loop {
            let mut more = BTreeSet::new();
            for question in &self.form.questions {
                let around = self.around(question.id);
                let inside = around.iter().any(|one| sealed.contains(&one.id));
                // What is in rows is sealed with all of them.
                let repeat = around.iter().rev().find(|one| is_repeat(one));
                match repeat {
                    Some(repeat) if inside || sealed.contains(&question.id) => {
                        more.insert(repeat.id);
                    }
                    None if inside => {
                        more.insert(question.id);
                    }
                    _ => {}
                }
            }
            if let Some(logic) = &self.logic {
                let mut read: BTreeSet<QuestionId> = sealed.union(&more).copied().collect();
                // Whoever reads one row's answer reads of the rows.
                read.extend(self.form.questions.iter().map(|one| one.id).filter(|id| {
                    let around = self.around(*id);
                    around
                        .iter()
                        .any(|one| is_repeat(one) && sealed.contains(&one.id))
                }));
                let paths = read.iter().map(|id| self.path(*id)).collect();
                let touched = logic.depends_on(&paths);
                let all = self.form.questions.iter().map(|one| one.id);
                more.extend(all.filter(|id| touched.contains(&self.path(*id))));
            }
            let before = sealed.len();
            sealed.extend(more);
            if sealed.len() == before {
                break;
            }
        }
        // What answers nothing by itself, or only with the rows around it, is not named.
        sealed.retain(|id| {
            let answers = self
                .question(*id)
                .is_some_and(|one| !matches!(one.kind, QuestionKind::Group | QuestionKind::Note));
            answers && !self.around(*id).iter().any(|one| is_repeat(one))
        });
        sealed
    }

    /// The repeat around a question, the outermost, where it is sealed.
    fn in_sealed_rows(&self, id: QuestionId, sealed: &BTreeSet<QuestionId>) -> bool {
        let around = self.around(id);
        around
            .iter()
            .any(|one| is_repeat(one) && sealed.contains(&one.id))
    }

    /// A photo or a sound is named in the open: where it is asked by what is sealed, that would show it.
    fn first_that_cannot(&self, sealed: &BTreeSet<QuestionId>) -> Option<&'f Question> {
        let covered =
            |one: &&Question| sealed.contains(&one.id) || self.in_sealed_rows(one.id, sealed);
        let touched = self.logic.as_ref().map(|logic| {
            // That something stands in a section is no answer.
            let inside = self.form.questions.iter().filter(covered);
            let inside = inside.filter(|one| !one.kind.is_medium() && !one.kind.is_section());
            logic.depends_on(&inside.map(|one| self.path(one.id)).collect())
        });
        let shows = |one: &Question| {
            let mut touched = touched.iter();
            one.kind.is_medium() && touched.any(|touched| touched.contains(&self.path(one.id)))
        };
        let mut asked = self.form.questions.iter().filter(covered);
        asked.find(|one| {
            let cannot = sealed.contains(&one.id) && !self.form.can_seal(one);
            cannot || shows(one)
        })
    }

    /// Why all members will be able to read what is answered to a question; `None` where it can be sealed.
    fn why_open(&self, question: &Question) -> Option<(OpenBecause, Option<String>)> {
        let with = self.with([question.id].into());
        let bad = self.first_that_cannot(&with)?;
        let by = (bad.id != question.id).then(|| bad.label.clone());
        let because = if bad.kind.is_medium() {
            OpenBecause::Shown
        } else {
            OpenBecause::Counted
        };
        Some((because, by))
    }
}

const fn is_repeat(question: &Question) -> bool {
    matches!(question.kind, QuestionKind::Repeat)
}

/// The questions that are sealed when these are wanted, in the order of the form; all that can be
/// when none is named.
pub(super) fn sealed_with(form: &Form, wanted: &[String]) -> Result<Vec<QuestionId>, ApiError> {
    let shown = Shown::of(form);
    let cannot = |about: String| {
        ApiError::new(
            ErrorCode::CannotSeal,
            "sealing a question whose answers cannot be, or by which one such would show",
        )
        .about(about)
    };
    let mut asked = BTreeSet::new();
    for text in wanted {
        let id = form::read_question_id(text).filter(|id| shown.question(*id).is_some());
        asked.insert(id.ok_or_else(|| cannot(text.clone()))?);
    }
    if wanted.is_empty() {
        let all = form.questions.iter().map(|one| one.id);
        asked.extend(all.filter(|id| {
            let with = shown.with([*id].into());
            !with.is_empty() && shown.first_that_cannot(&with).is_none()
        }));
    }
    let sealed = shown.with(asked);
    if let Some(question) = shown.first_that_cannot(&sealed) {
        return Err(cannot(form::question_id(question.id)));
    }
    // One piece of bytes holds all but photos and sounds; there is none of those alone.
    let mut inside = form.questions.iter().filter(|one| sealed.contains(&one.id));
    if inside.all(|one| one.kind.is_medium()) {
        return Err(cannot(wanted.first().cloned().unwrap_or_default()));
    }
    let order = form.questions.iter().map(|one| one.id);
    Ok(order.filter(|id| sealed.contains(id)).collect())
}

impl Desk {
    /// Who alone can read what is sealed of a form, and how many of them it takes.
    pub(in crate::node) fn names_of_readers(&self, ready: &Ready) -> (Vec<String>, u32) {
        self.named(&ready.readers)
    }

    /// The same of a form.
    pub(in crate::node) fn readers_of(&self, form: &Form) -> (Vec<String>, u32) {
        self.named(&readers(form))
    }

    /// Everybody with a device that can read, each once; an empty name for those nobody knows.
    fn named(&self, (keepers, needed): &Readers) -> (Vec<String>, u32) {
        let devices: Vec<DeviceId> = keepers.iter().flatten().copied().collect();
        (self.people(&devices), u32::from(*needed))
    }

    pub(super) fn seal_choices(&mut self, lane: LaneId) -> Result<SealChoices, ApiError> {
        let row = self.process(lane)?;
        let whole = self.form(&row)?;
        let shown = Shown::of(&whole);
        let questions = whole.questions.iter().filter_map(|question| {
            let asked = question.kind.is_asked() || is_repeat(question);
            let stands_alone = !shown.around(question.id).iter().any(|one| is_repeat(one));
            let with = shown.with([question.id].into());
            let can = asked && stands_alone && shown.first_that_cannot(&with).is_none();
            let others = with.into_iter().filter(|id| *id != question.id);
            can.then(|| SealableQuestion {
                question: form::question_id(question.id),
                label: question.label.clone(),
                with: others.map(form::question_id).collect(),
            })
        });
        let questions = questions.collect();
        let open = whole.questions.iter().filter_map(|question| {
            let asked = question.kind.is_asked() || is_repeat(question);
            let alone = asked && !shown.around(question.id).iter().any(|one| is_repeat(one));
            let (because, by) = shown.why_open(question).filter(|_| alone)?;
            Some(StaysOpen {
                question: form::question_id(question.id),
                label: question.label.clone(),
                because,
                by,
            })
        });
        let open = open.collect();
        let rows = whole.questions.iter().filter(|one| {
            one.kind.is_medium() && shown.around(one.id).iter().any(|one| is_repeat(one))
        });
        let media_in_rows = rows.map(|one| one.label.clone()).collect();
        let me = self.space.me();
        let roster = self.space.roster();
        let own = roster.person(me);
        let mut persons = BTreeSet::new();
        let may = |rank: majlis_core::membership::Rank| rank.may(Capability::Respond);
        let mut members: Vec<_> = roster.members().collect();
        members.sort_by(|a, b| {
            let order = |row: &majlis_core::effect::MemberRow| {
                (Some(row.person) != own, core::cmp::Reverse(row.rank))
            };
            (order(a), &a.name, a.device).cmp(&(order(b), &b.name, b.device))
        });
        let keepers = members.into_iter().filter(|row| row.rank.is_some_and(may));
        let keepers = keepers.filter(|row| persons.insert(row.person));
        Ok(SealChoices {
            questions,
            open,
            media_in_rows,
            keepers: keepers
                .map(|row| KeeperChoice {
                    device: row.device.to_string(),
                    me: Some(row.person) == own,
                    name: row.name,
                })
                .collect(),
        })
    }
}
