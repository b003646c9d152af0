//! Forms and drafts in the API's words. Not here: whether a form may be opened.

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::activity::{Rule, RuleError};
use majlis_core::consultation::form::{AnswerError, FormError, Metadata, SealingError};
use majlis_core::consultation::{Choice, Form, Question, QuestionKind};
use majlis_core::id::QuestionId;

use crate::api::answers::{AnswerTo, AnswerValue};
use crate::api::process::{
    ActivityName, ChoiceView, ConsultationDraft, FormProblem, MetadataName, QuestionKindView,
    QuestionView, RuleProblem,
};
use crate::api::{ApiError, ErrorCode};
use crate::plain::{self, activity, details, value};
use data_encoding::HEXLOWER;

/// A question's id as sixteen hexadecimal digits.
pub(crate) fn question_id(id: QuestionId) -> String {
    HEXLOWER.encode(id.as_bytes())
}

/// Reads a question's id.
pub(crate) fn read_question_id(text: &str) -> Option<QuestionId> {
    let bytes = HEXLOWER
        .decode(text.trim().to_lowercase().as_bytes())
        .ok()?;
    QuestionId::from_slice(&bytes)
}

/// A form as the API shows it.
pub(crate) fn draft_of(form: &Form) -> ConsultationDraft {
    ConsultationDraft {
        title: form.title.clone(),
        description: form.description.clone(),
        audience: form.audience.clone(),
        stage: plain::stage_name(form.stage),
        questions: form
            .questions
            .iter()
            .enumerate()
            .map(|(at, question)| {
                let mut view = question_view(question);
                if at == 0 {
                    add_projects(&mut view, form);
                }
                view
            })
            .collect(),
        activity: activity::view(form),
        details: details::form(&form.details),
    }
}

/// A form as people read it: what has no words in the form's main language has those of another, or
/// else the name that conditions and exports give it. A draft that is written is shown as it is.
pub(crate) fn shown_of(form: &Form) -> ConsultationDraft {
    let mut shown = draft_of(form);
    for question in &mut shown.questions {
        if let Some(details) = &question.details {
            // A group without words has no heading.
            let name = match question.kind {
                QuestionKindView::Group | QuestionKindView::Repeat => "",
                _ => &details.name,
            };
            word(&mut question.label, &details.label, name);
        }
        for option in options_mut(&mut question.kind) {
            if let Some(details) = &option.details {
                word(&mut option.label, &details.label, &details.name);
            }
        }
    }
    shown
}

/// The questions that any of some answers are to, those inside rows too, with the groups and repeats
/// that they stand in.
pub(crate) fn answered_of(
    questions: Vec<QuestionView>,
    answers: &[&[AnswerTo]],
) -> Vec<QuestionView> {
    fn gather<'a>(answers: &'a [AnswerTo], kept: &mut BTreeSet<&'a str>) {
        for answer in answers {
            kept.insert(&answer.question);
            if let AnswerValue::Rows(rows) = &answer.value {
                rows.iter().for_each(|row| gather(row, kept));
            }
        }
    }
    let mut kept = BTreeSet::new();
    for each in answers {
        gather(each, &mut kept);
    }
    let mut kept: BTreeSet<String> = kept.into_iter().map(str::to_owned).collect();
    // A question stands behind what it is a part of.
    for question in questions.iter().rev() {
        let part = question
            .details
            .as_ref()
            .and_then(|own| own.part_of.as_ref());
        if let Some(part) = part.filter(|_| kept.contains(&question.id)) {
            kept.insert(part.clone());
        }
    }
    let questions = questions.into_iter();
    questions.filter(|one| kept.contains(&one.id)).collect()
}

fn word(label: &mut String, others: &BTreeMap<String, String>, name: &str) {
    if label.is_empty() {
        // A column without a language is what a form says to everybody.
        let found = others
            .get("default")
            .filter(|text| !text.is_empty())
            .or_else(|| others.values().find(|text| !text.is_empty()));
        name.clone_into(label);
        if let Some(text) = found {
            label.clone_from(text);
        }
    }
}

fn options_mut(kind: &mut QuestionKindView) -> &mut [ChoiceView] {
    match kind {
        QuestionKindView::SingleChoice { options }
        | QuestionKindView::MultipleChoice { options, .. }
        | QuestionKindView::Ranking { options }
        | QuestionKindView::Points { options, .. } => options,
        QuestionKindView::Text
        | QuestionKindView::Number { .. }
        | QuestionKindView::Scale { .. }
        | QuestionKindView::Date
        | QuestionKindView::Photo
        | QuestionKindView::Sound
        | QuestionKindView::Statements
        | QuestionKindView::Group
        | QuestionKindView::Repeat
        | QuestionKindView::Note
        | QuestionKindView::WholeNumber { .. }
        | QuestionKindView::Range { .. }
        | QuestionKindView::Time
        | QuestionKindView::DateTime
        | QuestionKindView::Place
        | QuestionKindView::Barcode
        | QuestionKindView::Acknowledge
        | QuestionKindView::Calculate
        | QuestionKindView::Hidden
        | QuestionKindView::Metadata { .. }
        | QuestionKindView::Other { .. } => &mut [],
    }
}

/// The options of a budget's ballot stand for projects.
fn add_projects(view: &mut QuestionView, form: &Form) {
    for option in options_mut(&mut view.kind) {
        option.project = activity::project_view(form, option.id);
    }
}

/// What kind of activity a form is.
pub(crate) const fn activity_name(form: &Form) -> ActivityName {
    match form.activity.rule {
        Rule::Survey => ActivityName::Survey,
        Rule::Poll(_) => ActivityName::Poll,
        Rule::Election(_) => ActivityName::Election,
        Rule::Budget(_) => ActivityName::Budget,
        Rule::Petition(_) => ActivityName::Petition,
        Rule::Conversation(_) => ActivityName::Conversation,
    }
}

pub(crate) fn question_view(question: &Question) -> QuestionView {
    let options = |list: &[Choice]| {
        list.iter()
            .map(|option| ChoiceView {
                id: option.id,
                label: option.label.clone(),
                project: None,
                details: details::choice(&option.details),
            })
            .collect()
    };
    QuestionView {
        id: question_id(question.id),
        label: question.label.clone(),
        hint: question.hint.clone(),
        required: question.required,
        kind: match &question.kind {
            QuestionKind::Text => QuestionKindView::Text,
            QuestionKind::Number { min, max } => QuestionKindView::Number {
                min: min.map(value::decimal),
                max: max.map(value::decimal),
            },
            QuestionKind::SingleChoice(list) => QuestionKindView::SingleChoice {
                options: options(list),
            },
            QuestionKind::MultipleChoice {
                options: list,
                most,
            } => QuestionKindView::MultipleChoice {
                options: options(list),
                most: *most,
            },
            QuestionKind::Scale {
                from,
                to,
                low,
                high,
            } => QuestionKindView::Scale {
                from: *from,
                to: *to,
                low: low.clone(),
                high: high.clone(),
            },
            QuestionKind::Date => QuestionKindView::Date,
            QuestionKind::Photo => QuestionKindView::Photo,
            QuestionKind::Sound => QuestionKindView::Sound,
            QuestionKind::Ranking(list) => QuestionKindView::Ranking {
                options: options(list),
            },
            QuestionKind::Points {
                options: list,
                each,
                all,
                squared,
            } => QuestionKindView::Points {
                options: options(list),
                each: *each,
                all: *all,
                squared: *squared,
            },
            QuestionKind::Statements => QuestionKindView::Statements,
            QuestionKind::Group => QuestionKindView::Group,
            QuestionKind::Repeat => QuestionKindView::Repeat,
            QuestionKind::Note => QuestionKindView::Note,
            QuestionKind::WholeNumber { min, max } => QuestionKindView::WholeNumber {
                min: min.map(value::decimal),
                max: max.map(value::decimal),
            },
            QuestionKind::Range { from, to, step } => QuestionKindView::Range {
                from: value::decimal(*from),
                to: value::decimal(*to),
                step: value::decimal(*step),
            },
            QuestionKind::Time => QuestionKindView::Time,
            QuestionKind::DateTime => QuestionKindView::DateTime,
            QuestionKind::Place => QuestionKindView::Place,
            QuestionKind::Barcode => QuestionKindView::Barcode,
            QuestionKind::Acknowledge => QuestionKindView::Acknowledge,
            QuestionKind::Calculate => QuestionKindView::Calculate,
            QuestionKind::Hidden => QuestionKindView::Hidden,
            QuestionKind::Metadata(what) => QuestionKindView::Metadata {
                what: match what {
                    Metadata::Start => MetadataName::Start,
                    Metadata::End => MetadataName::End,
                    Metadata::Today => MetadataName::Today,
                    Metadata::Device => MetadataName::Device,
                    Metadata::User => MetadataName::User,
                },
            },
            QuestionKind::Other(written) => QuestionKindView::Other {
                written: written.clone(),
            },
        },
        details: details::question(&question.details),
    }
}

/// A draft as the core takes it; questions and options without an id get one from `fresh`.
pub(crate) fn form_of(
    draft: &ConsultationDraft,
    fresh: &mut dyn FnMut() -> QuestionId,
) -> Result<Form, ApiError> {
    let questions: Result<Vec<Question>, ApiError> = draft
        .questions
        .iter()
        .map(|view| question(view, fresh))
        .collect();
    let questions = questions?;
    let projects = match (questions.first(), draft.questions.first()) {
        (Some(question), Some(view)) => {
            let mut kind = view.kind.clone();
            activity::projects_of(&question.kind, options_mut(&mut kind))
        }
        _ => Vec::new(),
    };
    Ok(Form {
        title: draft.title.trim().to_owned(),
        description: draft.description.trim().to_owned(),
        audience: draft.audience.trim().to_owned(),
        stage: plain::stage(draft.stage),
        questions,
        activity: activity::activity(draft.activity.as_ref(), &projects)?,
        details: Box::new(details::read_form(draft.details.as_deref())?),
        sealing: None,
    })
}

fn question(
    view: &QuestionView,
    fresh: &mut dyn FnMut() -> QuestionId,
) -> Result<Question, ApiError> {
    let id = if view.id.is_empty() {
        fresh()
    } else {
        read_question_id(&view.id).ok_or_else(|| plain::bad("question id").about(&view.id))?
    };
    let bound = |text: &Option<String>| match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => value::number(text)
            .map(Some)
            .ok_or_else(|| plain::bad("bound of a number").about(question_id(id))),
    };
    Ok(Question {
        id,
        label: view.label.trim().to_owned(),
        hint: view.hint.trim().to_owned(),
        required: view.required,
        kind: match &view.kind {
            QuestionKindView::Text => QuestionKind::Text,
            QuestionKindView::Number { min, max } => QuestionKind::Number {
                min: bound(min)?,
                max: bound(max)?,
            },
            QuestionKindView::SingleChoice { options } => {
                QuestionKind::SingleChoice(choices(options)?)
            }
            QuestionKindView::MultipleChoice { options, most } => QuestionKind::MultipleChoice {
                options: choices(options)?,
                most: *most,
            },
            QuestionKindView::Scale {
                from,
                to,
                low,
                high,
            } => QuestionKind::Scale {
                from: *from,
                to: *to,
                low: low.trim().to_owned(),
                high: high.trim().to_owned(),
            },
            QuestionKindView::Date => QuestionKind::Date,
            QuestionKindView::Photo => QuestionKind::Photo,
            QuestionKindView::Sound => QuestionKind::Sound,
            QuestionKindView::Ranking { options } => QuestionKind::Ranking(choices(options)?),
            QuestionKindView::Points {
                options,
                each,
                all,
                squared,
            } => QuestionKind::Points {
                options: choices(options)?,
                each: *each,
                all: *all,
                squared: *squared,
            },
            QuestionKindView::Statements => QuestionKind::Statements,
            QuestionKindView::Group => QuestionKind::Group,
            QuestionKindView::Repeat => QuestionKind::Repeat,
            QuestionKindView::Note => QuestionKind::Note,
            QuestionKindView::WholeNumber { min, max } => QuestionKind::WholeNumber {
                min: bound(min)?,
                max: bound(max)?,
            },
            QuestionKindView::Range { from, to, step } => {
                let number = |text: &String| {
                    let number = value::number(text);
                    number.ok_or_else(|| plain::bad("range of a number").about(question_id(id)))
                };
                QuestionKind::Range {
                    from: number(from)?,
                    to: number(to)?,
                    step: number(step)?,
                }
            }
            QuestionKindView::Time => QuestionKind::Time,
            QuestionKindView::DateTime => QuestionKind::DateTime,
            QuestionKindView::Place => QuestionKind::Place,
            QuestionKindView::Barcode => QuestionKind::Barcode,
            QuestionKindView::Acknowledge => QuestionKind::Acknowledge,
            QuestionKindView::Calculate => QuestionKind::Calculate,
            QuestionKindView::Hidden => QuestionKind::Hidden,
            QuestionKindView::Metadata { what } => QuestionKind::Metadata(match what {
                MetadataName::Start => Metadata::Start,
                MetadataName::End => Metadata::End,
                MetadataName::Today => Metadata::Today,
                MetadataName::Device => Metadata::Device,
                MetadataName::User => Metadata::User,
            }),
            QuestionKindView::Other { written } => QuestionKind::Other(written.clone()),
        },
        details: details::read_question(view.details.as_deref())?,
    })
}

/// Options with an id keep it; new ones get the lowest ids above all others.
fn choices(views: &[ChoiceView]) -> Result<Vec<Choice>, ApiError> {
    let mut last = views.iter().map(|view| view.id).max().unwrap_or(0);
    views
        .iter()
        .map(|view| {
            let id = if view.id == 0 {
                last = last.checked_add(1).ok_or_else(|| plain::bad("options"))?;
                last
            } else {
                view.id
            };
            Ok(Choice {
                id,
                label: view.label.trim().to_owned(),
                details: details::read_choice(view.details.as_deref())?,
            })
        })
        .collect()
}

/// What stops a draft from being opened.
pub(crate) fn problem(error: &FormError) -> FormProblem {
    match error {
        FormError::NoTitle => FormProblem::NoTitle,
        FormError::NoQuestions => FormProblem::NoQuestions,
        FormError::BadQuestion(id) => FormProblem::BadQuestion(question_id(*id)),
        FormError::TooLong => FormProblem::TooLong,
        FormError::Rule(error) => FormProblem::Rule(rule_problem(*error)),
        FormError::Sealing(_) => FormProblem::Sealing,
        FormError::Slips => FormProblem::Slips,
        FormError::Boxes => FormProblem::Boxes,
    }
}

fn rule_problem(error: RuleError) -> RuleProblem {
    match error {
        RuleError::Ballot => RuleProblem::Ballot,
        RuleError::Option(_) => RuleProblem::Option,
        RuleError::Number => RuleProblem::Number,
        RuleError::Roll => RuleProblem::Roll,
        RuleError::Money => RuleProblem::Money,
        RuleError::Committee => RuleProblem::Committee,
        RuleError::Place => RuleProblem::Place,
        _ => RuleProblem::Text,
    }
}

/// The same as an error of a call.
pub(crate) fn form_error(error: &FormError) -> ApiError {
    let detail = match error {
        FormError::NoTitle => "title".to_owned(),
        FormError::NoQuestions => "questions".to_owned(),
        FormError::BadQuestion(id) | FormError::Sealing(SealingError::Question(id)) => {
            question_id(*id)
        }
        FormError::TooLong => "length".to_owned(),
        FormError::Rule(error) => error.to_string(),
        FormError::Sealing(error) => error.to_string(),
        FormError::Slips => "slips".to_owned(),
        FormError::Boxes => "boxes".to_owned(),
    };
    ApiError::new(ErrorCode::FormIncomplete, error.to_string()).about(detail)
}

/// That nothing can be answered to a form of a peer, because what it says of sealing cannot be done.
pub(crate) fn check_sealing(form: &Form) -> Result<(), ApiError> {
    form.check_sealing()
        .map_err(|error| ApiError::new(ErrorCode::SealingUnfit, error.to_string()))
}

/// Why answers do not fit, as an error of a call.
pub(crate) fn answer_error(error: &AnswerError) -> ApiError {
    let (code, id) = match error {
        AnswerError::Missing(id) => (ErrorCode::AnswerMissing, id),
        AnswerError::NoSuchQuestion(id)
        | AnswerError::WrongKind(id)
        | AnswerError::TooMany(id)
        | AnswerError::InTheClear(id)
        | AnswerError::TooFew(id, _)
        | AnswerError::OutOfRange(id) => (ErrorCode::AnswerUnfit, id),
    };
    ApiError::new(code, error.to_string()).about(question_id(*id))
}

#[cfg(test)]
mod tests;
