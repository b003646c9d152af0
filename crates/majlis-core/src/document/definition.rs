//! The draft of a consultation, as several people write it together: texts are merged letter by
//! letter, questions are a list of maps with stable ids.
//!
//! Reading is tolerant of whatever another version or a hostile peer left there: what does not
//! fit is left out or takes a default, and nothing is longer than its limit.

mod activity;
mod details;
mod map;

use automerge::transaction::{Transactable, Transaction};
use automerge::{Automerge, AutomergeError, ObjId, ObjType, ROOT, ReadDoc};
use data_encoding::HEXLOWER;

use super::skeleton;
use crate::consultation::activity::Activity;
use crate::consultation::form::details::MAX_NAME;
use crate::consultation::form::{
    Choice, Form, MAX_DESCRIPTION, MAX_LABEL, MAX_OPTIONS, MAX_QUESTIONS, Metadata, Question,
    QuestionKind, Stage,
};
use crate::id::QuestionId;
use map::{arrange, full, list_at, map_at, number_at, set_number, set_text, set_word, text_at};

/// What a draft says: the same as a form, complete or not.
pub type Definition = Form;

impl Form {
    /// A draft that says nothing yet.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            title: String::new(),
            description: String::new(),
            audience: String::new(),
            stage: Stage::Consult,
            questions: Vec::new(),
            activity: Activity::default(),
            details: Box::default(),
            sealing: None,
        }
    }

    /// All words of it, a line each: what search sees.
    #[must_use]
    pub fn plain_text(&self) -> String {
        let mut out = String::new();
        let mut line = |text: &str| {
            if !text.is_empty() {
                out.push_str(text);
                out.push('\n');
            }
        };
        for text in [&self.title, &self.description, &self.audience] {
            line(text);
        }
        for question in &self.questions {
            line(&question.label);
            line(&question.hint);
            let options = question.kind.options().iter();
            options.clone().for_each(|option| line(&option.label));
            let further = [&question.details.label, &question.details.hint];
            let further = further.into_iter().flat_map(|texts| texts.values());
            further.for_each(|text| line(text));
            let labels = options.flat_map(|option| option.details.label.values());
            labels.for_each(|text| line(text));
        }
        out
    }
}

/// Reads the definition of a document.
pub(super) fn read(document: &Automerge) -> Definition {
    let mut out = Form::empty();
    let Some(meta) = skeleton::root(document, "meta") else {
        return out;
    };
    out.title = text_at(document, &meta, "title", MAX_LABEL);
    out.description = text_at(document, &meta, "description", MAX_DESCRIPTION);
    out.audience = text_at(document, &meta, "audience", MAX_LABEL);
    out.stage = match number_at(document, &meta, "stage") {
        Some(0) => Stage::Inform,
        Some(2) => Stage::Decide,
        _ => Stage::Consult,
    };
    *out.details = details::form(document, &meta);
    let Some(list) = list_at(document, &ROOT, "questions") else {
        return out;
    };
    let mut seen = std::collections::BTreeSet::new();
    for at in 0..document.length(&list).min(MAX_QUESTIONS) {
        let question = map_at(document, &list, at).and_then(|map| read_question(document, &map));
        out.questions
            .extend(question.filter(|question| seen.insert(question.id)));
    }
    out.questions = details::in_order(out.questions);
    out.activity = activity::read(document, &meta, &list);
    out
}

fn read_question(document: &Automerge, map: &ObjId) -> Option<Question> {
    let id = HEXLOWER
        .decode(text_at(document, map, "id", 16).as_bytes())
        .ok()?;
    let number = |key| number_at(document, map, key);
    let step = |key, other: i16| {
        number(key)
            .and_then(|n| i16::try_from(n).ok())
            .unwrap_or(other)
    };
    let kind = match text_at(document, map, "kind", 32).as_str() {
        "number" => QuestionKind::Number {
            min: number("min"),
            max: number("max"),
        },
        "single" => QuestionKind::SingleChoice(read_options(document, map)),
        "multiple" => QuestionKind::MultipleChoice {
            options: read_options(document, map),
            most: number("most")
                .and_then(|most| u16::try_from(most).ok())
                .unwrap_or(0),
        },
        "scale" => QuestionKind::Scale {
            from: step("from", 1),
            to: step("to", 5),
            low: text_at(document, map, "low", MAX_LABEL),
            high: text_at(document, map, "high", MAX_LABEL),
        },
        "date" => QuestionKind::Date,
        "photo" => QuestionKind::Photo,
        "sound" => QuestionKind::Sound,
        "ranking" => QuestionKind::Ranking(read_options(document, map)),
        "points" => {
            let points = |key| number(key).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
            QuestionKind::Points {
                options: read_options(document, map),
                each: points("each"),
                all: points("all"),
                squared: number("squared") == Some(1),
            }
        }
        "statements" => QuestionKind::Statements,
        "group" => QuestionKind::Group,
        "repeat" => QuestionKind::Repeat,
        "note" => QuestionKind::Note,
        "whole" => QuestionKind::WholeNumber {
            min: number("min"),
            max: number("max"),
        },
        "range" => QuestionKind::Range {
            from: number("from").unwrap_or(0),
            to: number("to").unwrap_or(10_000_000),
            step: number("step").unwrap_or(1_000_000),
        },
        "time" => QuestionKind::Time,
        "date-time" => QuestionKind::DateTime,
        "place" => QuestionKind::Place,
        "barcode" => QuestionKind::Barcode,
        "acknowledge" => QuestionKind::Acknowledge,
        "calculate" => QuestionKind::Calculate,
        "hidden" => QuestionKind::Hidden,
        "start" => QuestionKind::Metadata(Metadata::Start),
        "end" => QuestionKind::Metadata(Metadata::End),
        "today" => QuestionKind::Metadata(Metadata::Today),
        "device" => QuestionKind::Metadata(Metadata::Device),
        "user" => QuestionKind::Metadata(Metadata::User),
        "other" => QuestionKind::Other(text_at(document, map, "other", MAX_NAME)),
        _ => QuestionKind::Text,
    };
    Some(Question {
        id: QuestionId::from_slice(&id)?,
        label: text_at(document, map, "label", MAX_LABEL),
        hint: text_at(document, map, "hint", MAX_LABEL),
        required: number("required") == Some(1),
        kind,
        details: details::question(document, map),
    })
}

fn read_options(document: &Automerge, map: &ObjId) -> Vec<Choice> {
    let Some(list) = list_at(document, map, "options") else {
        return Vec::new();
    };
    let mut seen = std::collections::BTreeSet::new();
    (0..document.length(&list).min(MAX_OPTIONS))
        .filter_map(|at| {
            let option = map_at(document, &list, at)?;
            let id = u16::try_from(number_at(document, &option, "id")?).ok()?;
            let label = text_at(document, &option, "label", MAX_LABEL);
            let details = details::option(document, &option);
            seen.insert(id).then_some(Choice { id, label, details })
        })
        .collect()
}

/// Whether a draft can hold it.
pub(super) fn fits(want: &Definition) -> bool {
    activity::fits(&want.activity)
}

/// Makes the document say `want`, touching only what differs from what it says. Gives `false` when
/// there was more to do than one change may hold: then it is to be called again.
pub(super) fn write(to: &mut Transaction<'_>, want: &Definition) -> Result<bool, AutomergeError> {
    let Some(meta) = skeleton::root(to, "meta") else {
        return Ok(true);
    };
    set_text(to, &meta, "title", &want.title)?;
    set_text(to, &meta, "description", &want.description)?;
    set_text(to, &meta, "audience", &want.audience)?;
    let stage = match want.stage {
        Stage::Inform => 0,
        Stage::Consult => 1,
        Stage::Decide => 2,
    };
    set_number(to, &meta, "stage", Some(stage))?;
    details::write_form(to, &meta, &want.details)?;
    let Some(list) = list_at(to, &ROOT, "questions") else {
        return Ok(true);
    };
    let ids: Vec<String> = want
        .questions
        .iter()
        .map(|question| HEXLOWER.encode(question.id.as_bytes()))
        .collect();
    let id_of = |document: &Transaction<'_>, map: &ObjId| text_at(document, map, "id", 16);
    arrange(to, &list, &ids, id_of, |to, map, id| {
        to.put(map, "id", id.as_str())
    })?;
    for (at, question) in want.questions.iter().enumerate() {
        if full(to) {
            return Ok(false);
        }
        if let Some(map) = map_at(to, &list, at) {
            write_question(to, &map, question)?;
        }
    }
    if !full(to) {
        activity::write(to, &meta, &list, &want.activity)?;
    }
    Ok(!full(to))
}

fn write_question(
    to: &mut Transaction<'_>,
    map: &ObjId,
    question: &Question,
) -> Result<(), AutomergeError> {
    set_text(to, map, "label", &question.label)?;
    set_text(to, map, "hint", &question.hint)?;
    set_number(to, map, "required", Some(i64::from(question.required)))?;
    let kind = match &question.kind {
        QuestionKind::Text => "text",
        QuestionKind::Number { min, max } => {
            set_number(to, map, "min", *min)?;
            set_number(to, map, "max", *max)?;
            "number"
        }
        QuestionKind::SingleChoice(options) => {
            write_options(to, map, options)?;
            "single"
        }
        QuestionKind::MultipleChoice { options, most } => {
            write_options(to, map, options)?;
            set_number(to, map, "most", Some(i64::from(*most)))?;
            "multiple"
        }
        QuestionKind::Scale {
            from,
            to: last,
            low,
            high,
        } => {
            set_number(to, map, "from", Some(i64::from(*from)))?;
            set_number(to, map, "to", Some(i64::from(*last)))?;
            set_text(to, map, "low", low)?;
            set_text(to, map, "high", high)?;
            "scale"
        }
        QuestionKind::Date => "date",
        QuestionKind::Photo => "photo",
        QuestionKind::Sound => "sound",
        QuestionKind::Ranking(options) => {
            write_options(to, map, options)?;
            "ranking"
        }
        QuestionKind::Points {
            options,
            each,
            all,
            squared,
        } => {
            write_options(to, map, options)?;
            set_number(to, map, "each", Some(i64::from(*each)))?;
            set_number(to, map, "all", Some(i64::from(*all)))?;
            set_number(to, map, "squared", Some(i64::from(*squared)))?;
            "points"
        }
        QuestionKind::Statements => "statements",
        QuestionKind::Group => "group",
        QuestionKind::Repeat => "repeat",
        QuestionKind::Note => "note",
        QuestionKind::WholeNumber { min, max } => {
            set_number(to, map, "min", *min)?;
            set_number(to, map, "max", *max)?;
            "whole"
        }
        QuestionKind::Range {
            from,
            to: last,
            step,
        } => {
            set_number(to, map, "from", Some(*from))?;
            set_number(to, map, "to", Some(*last))?;
            set_number(to, map, "step", Some(*step))?;
            "range"
        }
        QuestionKind::Time => "time",
        QuestionKind::DateTime => "date-time",
        QuestionKind::Place => "place",
        QuestionKind::Barcode => "barcode",
        QuestionKind::Acknowledge => "acknowledge",
        QuestionKind::Calculate => "calculate",
        QuestionKind::Hidden => "hidden",
        QuestionKind::Metadata(what) => match what {
            Metadata::Start => "start",
            Metadata::End => "end",
            Metadata::Today => "today",
            Metadata::Device => "device",
            Metadata::User => "user",
        },
        QuestionKind::Other(written) => {
            map::set_optional(to, map, "other", written)?;
            "other"
        }
    };
    details::write_question(to, map, &question.details)?;
    set_word(to, map, "kind", kind)
}

fn write_options(
    to: &mut Transaction<'_>,
    map: &ObjId,
    options: &[Choice],
) -> Result<(), AutomergeError> {
    let list = match list_at(to, map, "options") {
        Some(list) => list,
        None => to.put_object(map, "options", ObjType::List)?,
    };
    let ids: Vec<i64> = options.iter().map(|option| i64::from(option.id)).collect();
    let id_of =
        |document: &Transaction<'_>, map: &ObjId| number_at(document, map, "id").unwrap_or(-1);
    arrange(to, &list, &ids, id_of, |to, map, id| to.put(map, "id", *id))?;
    for (at, option) in options.iter().enumerate() {
        if full(to) {
            return Ok(());
        }
        if let Some(map) = map_at(to, &list, at) {
            set_text(to, &map, "label", &option.label)?;
            details::write_option(to, &map, &option.details)?;
        }
    }
    Ok(())
}
