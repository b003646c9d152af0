//! The draft of a consultation, as several people write it together: texts are merged letter by
//! letter, questions are a list of maps with stable ids.
//!
//! Reading is tolerant of whatever another version or a hostile peer left there: what does not
//! fit is left out or takes a default, and nothing is longer than its limit.

use automerge::transaction::{Transactable, Transaction};
use automerge::{Automerge, AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};
use data_encoding::HEXLOWER;

use super::{edit, skeleton};
use crate::consultation::form::{
    Choice, Form, MAX_DESCRIPTION, MAX_LABEL, MAX_OPTIONS, MAX_QUESTIONS, Question, QuestionKind,
    Stage,
};
use crate::id::QuestionId;

/// What a draft says: the same as a form, complete or not.
pub type Definition = Form;

impl Form {
    /// A draft that says nothing yet.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            title: String::new(),
            description: String::new(),
            audience: String::new(),
            stage: Stage::Consult,
            questions: Vec::new(),
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
            if let QuestionKind::SingleChoice(options)
            | QuestionKind::MultipleChoice { options, .. } = &question.kind
            {
                options.iter().for_each(|option| line(&option.label));
            }
        }
        out
    }
}

fn cut(text: String, longest: usize) -> String {
    if text.len() <= longest {
        return text;
    }
    let mut out = String::new();
    for char in text.chars() {
        if out.len().saturating_add(char.len_utf8()) > longest {
            break;
        }
        out.push(char);
    }
    out
}

fn text_at<D: ReadDoc>(document: &D, map: &ObjId, key: &str, longest: usize) -> String {
    let text = match document.get(map, key) {
        Ok(Some((Value::Object(ObjType::Text), id))) => document.text(&id).unwrap_or_default(),
        Ok(Some((Value::Scalar(value), _))) => match value.as_ref() {
            ScalarValue::Str(text) => text.to_string(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    cut(text, longest)
}

fn number_at<D: ReadDoc>(document: &D, map: &ObjId, key: &str) -> Option<i64> {
    match document.get(map, key) {
        Ok(Some((Value::Scalar(value), _))) => value.as_i64(),
        _ => None,
    }
}

fn map_at<D: ReadDoc>(document: &D, list: &ObjId, at: usize) -> Option<ObjId> {
    match document.get(list, at) {
        Ok(Some((Value::Object(ObjType::Map), id))) => Some(id),
        _ => None,
    }
}

fn list_at<D: ReadDoc>(document: &D, map: &ObjId, key: &str) -> Option<ObjId> {
    match document.get(map, key) {
        Ok(Some((Value::Object(ObjType::List), id))) => Some(id),
        _ => None,
    }
}

/// Reads the definition of a document.
pub(super) fn read(document: &Automerge) -> Definition {
    let mut out = Form::empty();
    let Some(meta) = skeleton::root(document, "meta") else { return out };
    out.title = text_at(document, &meta, "title", MAX_LABEL);
    out.description = text_at(document, &meta, "description", MAX_DESCRIPTION);
    out.audience = text_at(document, &meta, "audience", MAX_LABEL);
    out.stage = match number_at(document, &meta, "stage") {
        Some(0) => Stage::Inform,
        Some(2) => Stage::Decide,
        _ => Stage::Consult,
    };
    let Some(list) = list_at(document, &ROOT, "questions") else { return out };
    let mut seen = std::collections::BTreeSet::new();
    for at in 0..document.length(&list).min(MAX_QUESTIONS) {
        let question = map_at(document, &list, at).and_then(|map| read_question(document, &map));
        out.questions.extend(question.filter(|question| seen.insert(question.id)));
    }
    out
}

fn read_question(document: &Automerge, map: &ObjId) -> Option<Question> {
    let id = HEXLOWER.decode(text_at(document, map, "id", 16).as_bytes()).ok()?;
    let number = |key| number_at(document, map, key);
    let step = |key, other: i16| number(key).and_then(|n| i16::try_from(n).ok()).unwrap_or(other);
    let kind = match text_at(document, map, "kind", 32).as_str() {
        "number" => QuestionKind::Number { min: number("min"), max: number("max") },
        "single" => QuestionKind::SingleChoice(read_options(document, map)),
        "multiple" => QuestionKind::MultipleChoice {
            options: read_options(document, map),
            most: number("most").and_then(|most| u16::try_from(most).ok()).unwrap_or(0),
        },
        "scale" => QuestionKind::Scale {
            from: step("from", 1),
            to: step("to", 5),
            low: text_at(document, map, "low", MAX_LABEL),
            high: text_at(document, map, "high", MAX_LABEL),
        },
        "date" => QuestionKind::Date,
        _ => QuestionKind::Text,
    };
    Some(Question {
        id: QuestionId::from_slice(&id)?,
        label: text_at(document, map, "label", MAX_LABEL),
        hint: text_at(document, map, "hint", MAX_LABEL),
        required: number("required") == Some(1),
        kind,
    })
}

fn read_options(document: &Automerge, map: &ObjId) -> Vec<Choice> {
    let Some(list) = list_at(document, map, "options") else { return Vec::new() };
    let mut seen = std::collections::BTreeSet::new();
    (0..document.length(&list).min(MAX_OPTIONS))
        .filter_map(|at| {
            let option = map_at(document, &list, at)?;
            let id = u16::try_from(number_at(document, &option, "id")?).ok()?;
            let label = text_at(document, &option, "label", MAX_LABEL);
            seen.insert(id).then_some(Choice { id, label })
        })
        .collect()
}

/// Makes the document say `want`, touching only what differs from what it says.
pub(super) fn write(to: &mut Transaction<'_>, want: &Definition) -> Result<(), AutomergeError> {
    let Some(meta) = skeleton::root(to, "meta") else { return Ok(()) };
    set_text(to, &meta, "title", &want.title)?;
    set_text(to, &meta, "description", &want.description)?;
    set_text(to, &meta, "audience", &want.audience)?;
    let stage = match want.stage {
        Stage::Inform => 0,
        Stage::Consult => 1,
        Stage::Decide => 2,
    };
    set_number(to, &meta, "stage", Some(stage))?;
    let Some(list) = list_at(to, &ROOT, "questions") else { return Ok(()) };
    let ids: Vec<String> =
        want.questions.iter().map(|question| HEXLOWER.encode(question.id.as_bytes())).collect();
    arrange(to, &list, &ids, |document, map| text_at(document, map, "id", 16))?;
    for (at, (question, id)) in want.questions.iter().zip(&ids).enumerate() {
        let Some(map) = map_at(to, &list, at) else { continue };
        set_word(to, &map, "id", id)?;
        write_question(to, &map, question)?;
    }
    Ok(())
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
        QuestionKind::Scale { from, to: last, low, high } => {
            set_number(to, map, "from", Some(i64::from(*from)))?;
            set_number(to, map, "to", Some(i64::from(*last)))?;
            set_text(to, map, "low", low)?;
            set_text(to, map, "high", high)?;
            "scale"
        }
        QuestionKind::Date => "date",
    };
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
    arrange(to, &list, &ids, |document, map| number_at(document, map, "id").unwrap_or(-1))?;
    for (at, option) in options.iter().enumerate() {
        let Some(map) = map_at(to, &list, at) else { continue };
        set_number(to, &map, "id", Some(i64::from(option.id)))?;
        set_text(to, &map, "label", &option.label)?;
    }
    Ok(())
}

/// Brings a list of maps into the order of `ids`: drops what is not wanted, adds what is missing.
/// A map that moves is made anew; Automerge has no move.
fn arrange<I: PartialEq>(
    to: &mut Transaction<'_>,
    list: &ObjId,
    ids: &[I],
    id_of: impl Fn(&Transaction<'_>, &ObjId) -> I,
) -> Result<(), AutomergeError> {
    let mut at = 0;
    while at < to.length(list) || at < ids.len() {
        let here = map_at(to, list, at).map(|map| id_of(to, &map));
        match (here, ids.get(at)) {
            (Some(here), Some(wanted)) if here == *wanted => at = at.saturating_add(1),
            (Some(here), Some(_)) if ids.get(at..).is_some_and(|rest| rest.contains(&here)) => {
                to.insert_object(list, at, ObjType::Map)?;
                // What was below may come again further down: its copy here is the one kept.
                let wanted = ids.get(at);
                let below = (at.saturating_add(1)..to.length(list)).find(|below| {
                    map_at(to, list, *below).map(|map| id_of(to, &map)).as_ref() == wanted
                });
                if let Some(below) = below {
                    to.delete(list, below)?;
                }
                at = at.saturating_add(1);
            }
            (None, None) | (Some(_), _) => to.delete(list, at)?,
            (None, Some(_)) if at < to.length(list) => to.delete(list, at)?,
            (None, Some(_)) => {
                to.insert_object(list, at, ObjType::Map)?;
                at = at.saturating_add(1);
            }
        }
    }
    Ok(())
}

fn set_text(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: &str,
) -> Result<(), AutomergeError> {
    let id = match to.get(map, key)? {
        Some((Value::Object(ObjType::Text), id)) if edit::is_kind(to, &id, ObjType::Text) => id,
        _ if want.is_empty() => return Ok(()),
        _ => to.put_object(map, key, ObjType::Text)?,
    };
    if to.text(&id)? == want { Ok(()) } else { to.update_text(&id, want) }
}

fn set_word(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: &str,
) -> Result<(), AutomergeError> {
    if text_at(to, map, key, MAX_LABEL) == want { Ok(()) } else { to.put(map, key, want) }
}

fn set_number(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: Option<i64>,
) -> Result<(), AutomergeError> {
    match (number_at(to, map, key), want) {
        (have, want) if have == want => Ok(()),
        (_, Some(want)) => to.put(map, key, want),
        (_, None) => to.delete(map, key),
    }
}
