//! The draft of a consultation, as several people write it together: texts are merged letter by
//! letter, questions are a list of maps with stable ids.
//!
//! Reading is tolerant of whatever another version or a hostile peer left there: what does not
//! fit is left out or takes a default, and nothing is longer than its limit.

mod activity;

use automerge::transaction::{Transactable, Transaction};
use automerge::{Automerge, AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};
use data_encoding::HEXLOWER;

use super::edit::CHANGE_OPS;
use super::skeleton;
use super::text::plain;
use crate::consultation::activity::Activity;
use crate::consultation::form::{
    Choice, Form, MAX_DESCRIPTION, MAX_LABEL, MAX_OPTIONS, MAX_QUESTIONS, Question, QuestionKind,
    Stage,
};
use crate::id::QuestionId;

/// Characters put into or taken out of a text in one step.
const PART: usize = 500;
/// How far into a list it is looked for what is to stay.
const LOOKED: usize = 1_000;

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
            options.for_each(|option| line(&option.label));
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
    cut(plain(&text), longest)
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
    let Some(list) = list_at(document, &ROOT, "questions") else {
        return out;
    };
    let mut seen = std::collections::BTreeSet::new();
    for at in 0..document.length(&list).min(MAX_QUESTIONS) {
        let question = map_at(document, &list, at).and_then(|map| read_question(document, &map));
        out.questions
            .extend(question.filter(|question| seen.insert(question.id)));
    }
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
    let Some(list) = list_at(document, map, "options") else {
        return Vec::new();
    };
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

/// Whether the change under way holds as much as it may.
fn full(to: &Transaction<'_>) -> bool {
    to.pending_ops() >= CHANGE_OPS
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
    let id_of =
        |document: &Transaction<'_>, map: &ObjId| number_at(document, map, "id").unwrap_or(-1);
    arrange(to, &list, &ids, id_of, |to, map, id| to.put(map, "id", *id))?;
    for (at, option) in options.iter().enumerate() {
        if full(to) {
            return Ok(());
        }
        if let Some(map) = map_at(to, &list, at) {
            set_text(to, &map, "label", &option.label)?;
        }
    }
    Ok(())
}

/// Brings a list of maps into the order of `ids`: what stands in that order already stays, so that
/// others' edits to it stay too; the rest goes out, and what is missing is made. A map that moves is
/// made anew; Automerge has no move.
fn arrange<I: PartialEq>(
    to: &mut Transaction<'_>,
    list: &ObjId,
    ids: &[I],
    id_of: impl Fn(&Transaction<'_>, &ObjId) -> I,
    name: impl Fn(&mut Transaction<'_>, &ObjId, &I) -> Result<(), AutomergeError>,
) -> Result<(), AutomergeError> {
    let mut have = Vec::new();
    for at in 0..to.length(list).min(LOOKED) {
        have.push(map_at(to, list, at).map(|map| id_of(to, &map)));
    }
    let stays = longest_in_order(&have, ids);
    for at in (0..to.length(list)).rev() {
        if !stays.iter().any(|(stay, _)| *stay == at) && !full(to) {
            to.delete(list, at)?;
        }
    }
    for (at, id) in ids.iter().enumerate() {
        if !stays.iter().any(|(_, stay)| *stay == at) && !full(to) {
            let map = to.insert_object(list, at.min(to.length(list)), ObjType::Map)?;
            name(to, &map, id)?;
        }
    }
    Ok(())
}

/// The longest run of places in `have` and in `want` that agree, in the order of both.
fn longest_in_order<I: PartialEq>(have: &[Option<I>], want: &[I]) -> Vec<(usize, usize)> {
    let same = |(i, j): (usize, usize)| matches!((have.get(i), want.get(j)), (Some(Some(a)), Some(b)) if a == b);
    // lengths[i][j] is for what comes from i and j on.
    let mut lengths =
        vec![vec![0_usize; want.len().saturating_add(1)]; have.len().saturating_add(1)];
    let length = |lengths: &[Vec<usize>], i: usize, j: usize| {
        lengths
            .get(i)
            .and_then(|row| row.get(j))
            .copied()
            .unwrap_or(0)
    };
    for i in (0..have.len()).rev() {
        for j in (0..want.len()).rev() {
            let (down, right) = (i.saturating_add(1), j.saturating_add(1));
            let best = if same((i, j)) {
                length(&lengths, down, right).saturating_add(1)
            } else {
                length(&lengths, down, j).max(length(&lengths, i, right))
            };
            if let Some(cell) = lengths.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0_usize, 0_usize);
    let mut out = Vec::new();
    while i < have.len() && j < want.len() {
        let (down, right) = (i.saturating_add(1), j.saturating_add(1));
        if same((i, j)) {
            out.push((i, j));
            (i, j) = (down, right);
        } else if length(&lengths, down, j) >= length(&lengths, i, right) {
            i = down;
        } else {
            j = right;
        }
    }
    out
}

/// Makes a text say `want`; a long difference a part at a time.
fn set_text(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: &str,
) -> Result<(), AutomergeError> {
    if full(to) {
        return Ok(());
    }
    // Also an empty one is made: two people who each write the first words write in one text.
    let id = match to.get(map, key)? {
        Some((Value::Object(ObjType::Text), id)) => id,
        _ => to.put_object(map, key, ObjType::Text)?,
    };
    let want = plain(want);
    while !full(to) {
        let have = to.text(&id)?;
        if have == want {
            break;
        }
        let shared = have
            .chars()
            .zip(want.chars())
            .take_while(|(a, b)| a == b)
            .count();
        let old: Vec<char> = have.chars().skip(shared).collect();
        let new: Vec<char> = want.chars().skip(shared).collect();
        if old.len().max(new.len()) <= PART {
            return to.update_text(&id, &want);
        }
        // What goes out goes first, then what comes in, each up to where both end alike.
        let tail = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take_while(|(a, b)| a == b)
            .count();
        let at = have.chars().take(shared).map(char::len_utf16).sum();
        let gone = old.iter().take(old.len().saturating_sub(tail)).take(PART);
        let units: usize = gone.map(|char| char.len_utf16()).sum();
        if units > 0 {
            to.splice_text(&id, at, isize::try_from(units).unwrap_or(0), "")?;
        } else {
            let come = new.iter().take(new.len().saturating_sub(tail)).take(PART);
            to.splice_text(&id, at, 0, &come.collect::<String>())?;
        }
    }
    Ok(())
}

fn set_word(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: &str,
) -> Result<(), AutomergeError> {
    if text_at(to, map, key, MAX_LABEL) == want {
        Ok(())
    } else {
        to.put(map, key, want)
    }
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
