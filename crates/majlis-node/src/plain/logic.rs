//! A consultation's form made ready to be filled: its conditions with their meaning, and the check that
//! everything goes through which is handed in on this device.
//! Not here: fillings under way (`node::filling`), what the core refuses by itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use majlis_core::consultation::form::Keeper;
use majlis_core::consultation::{Answer, Form, QuestionKind};
use majlis_core::id::{DeviceId, FormId, QuestionId};
use majlis_core::time::Timestamp;
use majlis_formats::answer::{Answers, Entry};
use majlis_formats::filling::{Reason, Violation};
use majlis_formats::message::{Problem, Severity};
use majlis_formats::{Filling, Logic, Moment, Surroundings};

use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::plain::answers::{Media, by_id, named};
use crate::plain::form;
use crate::plain::sheet::{Names, sheet};

/// A form made ready.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) id: FormId,
    /// As it is answered: what is sealed is sealed when it is handed in.
    pub(crate) form: Arc<Form>,
    /// The devices of each who alone can read those, and how many of them it takes.
    pub(crate) readers: Arc<Readers>,
    /// The questions whose answers are sealed then.
    pub(crate) sealed: Arc<BTreeSet<QuestionId>>,
    /// Those of them that are in one piece, which stays or is replaced as a whole.
    pub(crate) in_piece: Arc<BTreeSet<QuestionId>>,
    pub(crate) names: Arc<Names>,
    pub(crate) logic: Arc<Logic>,
}

/// Who fills a form, as its own fields see them: names that people see anyway, nothing secret.
#[derive(Clone, Debug)]
pub(crate) struct Around {
    /// The device's short name.
    pub(crate) device: String,
    /// The name of whoever fills the form.
    pub(crate) person: String,
}

impl Around {
    pub(crate) fn at(&self, time: Timestamp, seed: u64) -> Surroundings {
        Surroundings {
            now: Moment::read(&clock::local_moment(time)),
            device_id: self.device.clone(),
            username: self.person.clone(),
            seed,
            ..Surroundings::default()
        }
    }
}

/// The devices of each keeper of a key, and how many of them it takes.
pub(crate) type Readers = (Vec<Vec<DeviceId>>, u8);

/// The devices of each who alone can read what is sealed, and how many of them it takes.
pub(crate) fn readers(form: &Form) -> Readers {
    let Some(sealed) = form.sealed() else {
        return (Vec::new(), 0);
    };
    let all = |keeper: &Keeper| keeper.devices.iter().map(|share| share.device).collect();
    (sealed.keepers.iter().map(all).collect(), sealed.threshold)
}

/// The form with nothing sealed: what answers have to fit before they are.
pub(crate) fn unsealed(form: &Form) -> Form {
    Form {
        sealing: None,
        ..form.clone()
    }
}

/// The first thing that is wrong with a form's conditions: the name of the question, and what.
pub(crate) fn problem(form: &Form) -> Option<(Option<QuestionId>, String)> {
    let mut questions = form.questions.iter();
    let computes_nothing = questions.find(|question| {
        let rules = &question.details.rules;
        matches!(question.kind, QuestionKind::Calculate)
            && rules.calculation.trim().is_empty()
            && rules.default.trim().is_empty()
    });
    if let Some(question) = computes_nothing {
        let what = Problem::MissingCalculation {}.to_string();
        return Some((Some(question.id), what));
    }
    if !form.has_conditions() {
        return None;
    }
    // Rows are counted here, so that a message names its question.
    let mut written = sheet(form, "form");
    number(&mut written.items, &mut 0);
    let errors = Logic::new(&written).err()?;
    let mut errors = errors.iter();
    let error = errors.find(|error| error.severity == Severity::Error)?;
    let at = error.place.row.and_then(|row| usize::try_from(row).ok());
    let question = at.and_then(|at| order(form).get(at.checked_sub(1)?).copied());
    Some((question, error.problem.to_string()))
}

fn number(items: &mut [majlis_formats::form::Item], rows: &mut u32) {
    for item in items {
        *rows += 1;
        item.row = majlis_formats::form::Origin(Some(*rows));
        number(&mut item.items, rows);
    }
}

/// Questions in the order in which a sheet has them.
fn order(form: &Form) -> Vec<QuestionId> {
    let mut out = Vec::new();
    let mut waiting: Vec<Option<QuestionId>> = vec![None];
    while let Some(next) = waiting.pop() {
        out.extend(next);
        let inside = form.questions.iter().rev();
        let inside = inside.filter(|question| question.details.part_of == next);
        waiting.extend(inside.map(|question| Some(question.id)));
    }
    out
}

impl Ready {
    /// Makes a form ready.
    ///
    /// # Errors
    /// When its conditions mean nothing. A form of another device may have such; answers to it are
    /// taken as they are.
    pub(crate) fn new(id: FormId, whole: &Form) -> Result<Self, ApiError> {
        let logic = Logic::new(&sheet(whole, &id.to_string()));
        let logic = logic.map_err(|errors| {
            let first = errors.first().map(|error| error.problem.to_string());
            ApiError::new(ErrorCode::FormIncomplete, first.unwrap_or_default())
        })?;
        Ok(Self {
            id,
            sealed: Arc::new(whole.sealed_questions()),
            in_piece: Arc::new(whole.questions_in_piece()),
            readers: Arc::new(readers(whole)),
            form: Arc::new(unsealed(whole)),
            names: Arc::new(Names::of(whole)),
            logic: Arc::new(logic),
        })
    }

    /// Makes a form ready without its conditions: everything is asked, nothing is computed, and what
    /// must be answered is left to the core's own check.
    ///
    /// # Errors
    /// When it cannot be filled in without them either.
    pub(crate) fn without_conditions(id: FormId, whole: &Form) -> Result<Self, ApiError> {
        let mut bare = whole.clone();
        for question in &mut bare.questions {
            question.details.rules = majlis_core::consultation::form::details::Rules::default();
            question.required = false;
            if matches!(question.kind, QuestionKind::Calculate) {
                question.kind = QuestionKind::Hidden;
            }
        }
        Self::new(id, &bare)
    }

    /// A filling of answers that were given.
    ///
    /// # Errors
    /// When a question does not exist.
    fn resumed(&self, around: Surroundings, answers: &Answers) -> Result<Filling, ApiError> {
        let (filling, unknown) = Filling::resume(self.logic.clone(), around, answers);
        match unknown.first() {
            None => Ok(filling),
            Some(name) => Err(unfit(name)),
        }
    }

    /// Answers as they may be handed in: computed again, without what is hidden, and with what the
    /// device knows by itself. `started` is when filling began.
    ///
    /// # Errors
    /// The first answer that breaks a condition or does not fit its question.
    pub(crate) fn settled(
        &self,
        around: &Around,
        started: Timestamp,
        answers: &[(QuestionId, Answer)],
    ) -> Result<Vec<(QuestionId, Answer)>, ApiError> {
        let now = clock::now();
        let mut given = named(&self.form, &self.names, answers, Media::Kept);
        // What a device knows when filling begins; the end is put in by the filling.
        let begun = Filling::start(self.logic.clone(), around.at(started, 0)).answers();
        for question in &self.form.questions {
            let knows = matches!(question.kind, QuestionKind::Metadata(_));
            if knows
                && let Some(path) = self.names.path(question.id)
                && let Some(Entry::Text(value)) = begun.0.get(path)
                && self.stands_once(question.id, path)
            {
                let value = Entry::Text(value.clone());
                given.0.entry(path.to_owned()).or_insert(value);
            }
        }
        let mut filling = self.resumed(around.at(now, seed(started)), &given)?;
        self.finished(&mut filling)
    }

    /// Whether a question stands in no repeat.
    fn stands_once(&self, id: QuestionId, path: &str) -> bool {
        let at = self.names.at(None, path);
        let question = at.and_then(|at| self.form.questions.get(at));
        question.is_some_and(|question| question.id == id)
    }

    /// The answers of a filling that may be handed in.
    ///
    /// # Errors
    /// The first answer that breaks a condition or does not fit its question.
    pub(crate) fn finished(
        &self,
        filling: &mut Filling,
    ) -> Result<Vec<(QuestionId, Answer)>, ApiError> {
        let answers = filling.finish().map_err(|violations| {
            let first = violations.first();
            first.map_or_else(|| unfit(""), |first| self.violated(first))
        })?;
        let answers = by_id(&self.form, &self.names, &answers).map_err(|unread| {
            let about = unread.question.map(form::question_id);
            unfit(&about.unwrap_or(unread.name))
        })?;
        let fits = self.form.accepts(&answers);
        fits.map_err(|error| form::answer_error(&error))?;
        Ok(answers)
    }

    /// The same without those to sealed questions, of which nothing is asked: what was sealed before
    /// stays.
    ///
    /// # Errors
    /// The first open answer that breaks a condition or does not fit its question.
    pub(crate) fn finished_open(
        &self,
        filling: &mut Filling,
    ) -> Result<Vec<(QuestionId, Answer)>, ApiError> {
        if let Err(violations) = filling.finish() {
            let mut violations = violations.iter();
            if let Some(first) = violations.find(|one| !self.is_sealed_at(&one.path)) {
                return Err(self.violated(first));
            }
        }
        let answers = by_id(&self.form, &self.names, &filling.answers());
        let mut answers = answers.map_err(|unread| {
            let about = unread.question.map(form::question_id);
            unfit(&about.unwrap_or(unread.name))
        })?;
        answers.retain(|(question, _)| !self.in_piece.contains(question));
        Ok(answers)
    }

    /// Whether what stands at a path of a filling is sealed in the one piece.
    pub(crate) fn is_sealed_at(&self, path: &str) -> bool {
        let at = self.names.at_filling(path);
        let question = at.and_then(|at| self.form.questions.get(at));
        question.is_some_and(|question| self.in_piece.contains(&question.id))
    }

    /// A condition that is broken, as an error of a call: the form's own words, about the question.
    fn violated(&self, violation: &Violation) -> ApiError {
        let question = self.names.at_filling(&violation.path);
        let question = question.and_then(|at| self.form.questions.get(at));
        let about = question.map_or_else(
            || violation.path.clone(),
            |question| form::question_id(question.id),
        );
        let code = match violation.reason {
            Reason::Required => ErrorCode::AnswerMissing,
            Reason::Constraint => ErrorCode::AnswerBreaksRule,
            _ => ErrorCode::AnswerUnfit,
        };
        let said = violation.message.clone().unwrap_or_else(|| {
            let what = match violation.reason {
                Reason::Required => "leaving out an answer that must be given",
                _ => "giving an answer that breaks a condition of the form",
            };
            what.to_owned()
        });
        ApiError::new(code, said).about(about)
    }

    /// Whether answers that came from elsewhere break a condition: one is broken, something hidden
    /// is answered, or a question that is asked must be answered and is not.
    pub(crate) fn breaks(&self, answers: &[(QuestionId, Answer)], at: Option<Timestamp>) -> bool {
        let given = named(&self.form, &self.names, answers, Media::Kept);
        let around = Around {
            device: String::new(),
            person: String::new(),
        };
        let time = at.unwrap_or_else(clock::now);
        let Ok(filling) = self.resumed(around.at(time, 0), &given) else {
            return true;
        };
        !filling.violations().is_empty() || !covers(&filling.answers(), &given)
    }
}

/// Whether everything that was given is still there.
fn covers(all: &Answers, given: &Answers) -> bool {
    given
        .0
        .iter()
        .all(|(path, entry)| match (all.0.get(path), entry) {
            (Some(Entry::Text(_)), Entry::Text(_)) => true,
            (Some(Entry::Repeat(all)), Entry::Repeat(given)) => {
                all.len() == given.len()
                    && all.iter().zip(given).all(|(all, given)| covers(all, given))
            }
            _ => false,
        })
}

/// Where what is drawn at random in one filling begins.
pub(crate) fn seed(started: Timestamp) -> u64 {
    started.0
}

fn unfit(about: &str) -> ApiError {
    ApiError::new(
        ErrorCode::AnswerUnfit,
        "giving an answer that does not fit its question",
    )
    .about(about)
}

#[cfg(test)]
mod tests {
    use majlis_core::consultation::{Details, Question};

    use super::*;

    fn asked(number: u8, name: &str, kind: QuestionKind) -> Question {
        let mut details = Details::default();
        name.clone_into(&mut details.name);
        Question {
            id: QuestionId::from_bytes([number; 8]),
            label: name.to_owned(),
            hint: String::new(),
            required: false,
            kind,
            details,
        }
    }

    fn age() -> QuestionKind {
        let (min, max) = (None, None);
        QuestionKind::WholeNumber { min, max }
    }

    fn ready() -> Ready {
        let mut form = Form::empty();
        "Households".clone_into(&mut form.title);
        form.questions = vec![
            asked(1, "age", age()),
            asked(2, "works", QuestionKind::Acknowledge),
            asked(3, "next", QuestionKind::Calculate),
        ];
        ". < 120".clone_into(&mut form.questions[0].details.rules.constraint);
        "${age} > 15".clone_into(&mut form.questions[1].details.rules.relevant);
        "${age} + 1".clone_into(&mut form.questions[2].details.rules.calculation);
        assert_eq!(problem(&form), None);
        Ready::new(form.id(), &form).unwrap()
    }

    fn given(age: i64, works: bool) -> Vec<(QuestionId, Answer)> {
        let mut answers = vec![(
            QuestionId::from_bytes([1; 8]),
            Answer::Number(age * 1_000_000),
        )];
        if works {
            answers.push((QuestionId::from_bytes([2; 8]), Answer::Acknowledged));
        }
        answers
    }

    #[test]
    fn what_came_from_elsewhere_and_breaks_a_condition_is_known_and_still_fits() {
        let ready = ready();
        for (age, works, breaks) in [
            (40, true, false),
            (7, false, false),
            (140, false, true),
            // Nobody was asked that.
            (7, true, true),
        ] {
            let answers = given(age, works);
            assert_eq!(ready.breaks(&answers, None), breaks, "{age} {works}");
            assert_eq!(
                ready.form.accepts(&answers),
                Ok(()),
                "one voice all the same"
            );
        }
    }

    #[test]
    fn what_is_handed_in_here_is_computed_and_loses_what_is_hidden() {
        let ready = ready();
        let around = Around {
            device: "a".to_owned(),
            person: "Ana".to_owned(),
        };
        let settled = |age, works| ready.settled(&around, clock::now(), &given(age, works));
        let next = |text: &str| {
            let id = QuestionId::from_bytes([3; 8]);
            (id, Answer::Text(text.to_owned()))
        };
        let mut expected = given(7, false);
        expected.push(next("8"));
        assert_eq!(settled(7, true).unwrap(), expected);
        let refused = settled(120, false).unwrap_err();
        assert_eq!(refused.code, ErrorCode::AnswerBreaksRule);
        assert_eq!(refused.detail.as_deref(), Some("0101010101010101"));
    }

    #[test]
    fn a_condition_that_means_nothing_names_its_question() {
        let mut form = (*ready().form).clone();
        "${nobody} > 1".clone_into(&mut form.questions[1].details.rules.relevant);
        let (question, _) = problem(&form).unwrap();
        assert_eq!(question, Some(QuestionId::from_bytes([2; 8])));
        assert!(Ready::new(form.id(), &form).is_err());
    }

    #[test]
    fn a_value_that_is_computed_from_nothing_names_its_question() {
        let mut form = (*ready().form).clone();
        form.questions[2].details.rules.calculation.clear();
        let (question, _) = problem(&form).unwrap();
        assert_eq!(question, Some(QuestionId::from_bytes([3; 8])));
        "1".clone_into(&mut form.questions[2].details.rules.default);
        assert_eq!(problem(&form), None);
    }

    #[test]
    fn a_form_whose_conditions_mean_nothing_is_filled_in_without_them() {
        let mut form = (*ready().form).clone();
        "${nobody} > 1".clone_into(&mut form.questions[1].details.rules.relevant);
        let ready = Ready::without_conditions(form.id(), &form).unwrap();
        let around = Around {
            device: String::new(),
            person: String::new(),
        };
        let settled = ready.settled(&around, clock::now(), &given(140, true));
        assert_eq!(settled.unwrap(), given(140, true), "what fits is taken");
    }
}
