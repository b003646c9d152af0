//! What a draft says beyond texts and kinds: names, conditions, languages, and what is kept for other
//! programs. Every part is a key of its own in the map it belongs to, and is not there where it says
//! nothing: drafts of earlier releases read as before, and two people who add different languages
//! or conditions to one question keep both.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{Transactable, Transaction};
use automerge::{AutomergeError, ObjId, ObjType, ReadDoc, ScalarValue, Value};
use data_encoding::HEXLOWER;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::map::{full, list_at, set_optional, set_text, text_at};
use crate::consultation::form::details::{
    MAX_KEPT, MAX_LANGUAGES, MAX_NAME, MAX_RULE, Text, Translations,
};
use crate::consultation::form::{
    ChoiceDetails, Details, FormDetails, MAX_DESCRIPTION, MAX_LABEL, Question,
};
use crate::id::QuestionId;

/// Between what a text is and the language it is in.
const IN: char = '@';
/// Hexadecimal digits in one element of a list that holds what is kept.
const PIECE: usize = 8_000;
/// The most of those.
const MAX_PIECES: usize = 60;

fn word<D: ReadDoc>(document: &D, map: &ObjId, key: &str, longest: usize) -> String {
    text_at(document, map, key, longest)
}

/// The texts of one kind in further languages.
fn translations<D: ReadDoc>(document: &D, map: &ObjId, what: &str, longest: usize) -> Translations {
    let keys: Vec<String> = document.keys(map).collect();
    let in_language = keys.iter().filter_map(|key| {
        let language = key.strip_prefix(what)?.strip_prefix(IN)?;
        let text = text_at(document, map, key, longest);
        (!text.is_empty() && language.len() <= MAX_NAME).then(|| (language.to_owned(), text))
    });
    in_language.take(MAX_LANGUAGES).collect()
}

fn write_translations(
    to: &mut Transaction<'_>,
    map: &ObjId,
    what: &str,
    want: &Translations,
) -> Result<(), AutomergeError> {
    let keys: Vec<String> = to.keys(map).collect();
    for key in keys {
        let language = key
            .strip_prefix(what)
            .and_then(|rest| rest.strip_prefix(IN));
        if language.is_some_and(|language| !want.contains_key(language)) {
            to.delete(map, key.as_str())?;
        }
    }
    for (language, text) in want {
        set_text(to, map, &format!("{what}{IN}{language}"), text)?;
    }
    Ok(())
}

/// A text that is not there where it would be empty.
fn set_text_if_any(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: &str,
) -> Result<(), AutomergeError> {
    if want.is_empty() {
        return match to.get(map, key)? {
            None => Ok(()),
            Some(_) => to.delete(map, key),
        };
    }
    set_text(to, map, key, want)
}

fn in_all<D: ReadDoc>(document: &D, map: &ObjId, what: &str) -> Text {
    Text {
        main: text_at(document, map, what, MAX_LABEL),
        others: translations(document, map, what, MAX_LABEL),
    }
}

fn write_in_all(
    to: &mut Transaction<'_>,
    map: &ObjId,
    what: &str,
    want: &Text,
) -> Result<(), AutomergeError> {
    set_text_if_any(to, map, what, &want.main)?;
    write_translations(to, map, what, &want.others)
}

/// What nobody edits letter by letter, as one value.
fn packed<D: ReadDoc, T: DeserializeOwned + Default>(document: &D, map: &ObjId, key: &str) -> T {
    let longest = MAX_KEPT.saturating_mul(2);
    let bytes = HEXLOWER.decode(text_at(document, map, key, longest).as_bytes());
    let value = bytes
        .ok()
        .and_then(|bytes| postcard::from_bytes(&bytes).ok());
    value.unwrap_or_default()
}

fn write_packed<T: Serialize + Default + PartialEq>(
    to: &mut Transaction<'_>,
    map: &ObjId,
    key: &str,
    want: &T,
) -> Result<(), AutomergeError> {
    let text = if *want == T::default() {
        String::new()
    } else {
        HEXLOWER.encode(&postcard::to_stdvec(want).unwrap_or_default())
    };
    set_optional(to, map, key, &text)
}

pub(super) fn question<D: ReadDoc>(document: &D, map: &ObjId) -> Details {
    let part_of = HEXLOWER.decode(word(document, map, "part_of", 16).as_bytes());
    let mut out = Details {
        name: word(document, map, "name", MAX_NAME),
        part_of: part_of.ok().and_then(|id| QuestionId::from_slice(&id)),
        label: translations(document, map, "label", MAX_LABEL),
        hint: translations(document, map, "hint", MAX_LABEL),
        guidance: in_all(document, map, "guidance"),
        constraint_message: in_all(document, map, "constraint_message"),
        required_message: in_all(document, map, "required_message"),
        appearance: word(document, map, "appearance", MAX_NAME),
        media: packed(document, map, "media"),
        kept: packed(document, map, "kept"),
        ..Details::default()
    };
    for (key, rule) in out.rules.each_mut() {
        *rule = word(document, map, key, MAX_RULE);
    }
    out
}

pub(super) fn write_question(
    to: &mut Transaction<'_>,
    map: &ObjId,
    want: &Details,
) -> Result<(), AutomergeError> {
    let part_of = want.part_of.map(|id| HEXLOWER.encode(id.as_bytes()));
    set_optional(to, map, "part_of", &part_of.unwrap_or_default())?;
    set_optional(to, map, "name", &want.name)?;
    set_optional(to, map, "appearance", &want.appearance)?;
    for (key, rule) in want.rules.each() {
        set_optional(to, map, key, rule)?;
    }
    write_translations(to, map, "label", &want.label)?;
    write_translations(to, map, "hint", &want.hint)?;
    write_in_all(to, map, "guidance", &want.guidance)?;
    write_in_all(to, map, "constraint_message", &want.constraint_message)?;
    write_in_all(to, map, "required_message", &want.required_message)?;
    write_packed(to, map, "media", &want.media)?;
    write_packed(to, map, "kept", &want.kept)
}

pub(super) fn option<D: ReadDoc>(document: &D, map: &ObjId) -> ChoiceDetails {
    ChoiceDetails {
        name: word(document, map, "name", MAX_NAME),
        label: translations(document, map, "label", MAX_LABEL),
        properties: packed(document, map, "properties"),
        media: packed(document, map, "media"),
    }
}

pub(super) fn write_option(
    to: &mut Transaction<'_>,
    map: &ObjId,
    want: &ChoiceDetails,
) -> Result<(), AutomergeError> {
    set_optional(to, map, "name", &want.name)?;
    write_translations(to, map, "label", &want.label)?;
    write_packed(to, map, "properties", &want.properties)?;
    write_packed(to, map, "media", &want.media)
}

pub(super) fn form<D: ReadDoc>(document: &D, meta: &ObjId) -> FormDetails {
    FormDetails {
        language: word(document, meta, "language", MAX_NAME),
        languages: packed(document, meta, "languages"),
        title: translations(document, meta, "title", MAX_LABEL),
        description: translations(document, meta, "description", MAX_DESCRIPTION),
        kept: pieces(document, meta)
            .and_then(|bytes| postcard::from_bytes(&bytes).ok())
            .unwrap_or_default(),
    }
}

pub(super) fn write_form(
    to: &mut Transaction<'_>,
    meta: &ObjId,
    want: &FormDetails,
) -> Result<(), AutomergeError> {
    set_optional(to, meta, "language", &want.language)?;
    write_packed(to, meta, "languages", &want.languages)?;
    write_translations(to, meta, "title", &want.title)?;
    write_translations(to, meta, "description", &want.description)?;
    let kept = if want.kept == Default::default() {
        Vec::new()
    } else {
        postcard::to_stdvec(&want.kept).unwrap_or_default()
    };
    if pieces(to, meta).unwrap_or_default() == kept || full(to) {
        return Ok(());
    }
    if kept.is_empty() {
        return to.delete(meta, "kept");
    }
    let list = to.put_object(meta, "kept", ObjType::List)?;
    let text = HEXLOWER.encode(&kept);
    for (at, piece) in text.as_bytes().chunks(PIECE).enumerate() {
        to.insert(&list, at, String::from_utf8_lossy(piece).as_ref())?;
    }
    Ok(())
}

/// What is kept of a form, from the pieces it is stored in.
fn pieces<D: ReadDoc>(document: &D, meta: &ObjId) -> Option<Vec<u8>> {
    let list = list_at(document, meta, "kept")?;
    let mut text = String::new();
    for at in 0..document.length(&list).min(MAX_PIECES) {
        if let Ok(Some((Value::Scalar(value), _))) = document.get(&list, at)
            && let ScalarValue::Str(piece) = value.as_ref()
        {
            text.push_str(piece);
        }
    }
    HEXLOWER.decode(text.as_bytes()).ok()
}

/// Puts what stands in a section after it, whatever two people moved at once. What stands in something
/// that is no section, or in itself, stands by itself.
pub(super) fn in_order(mut questions: Vec<Question>) -> Vec<Question> {
    if questions
        .iter()
        .all(|question| question.details.part_of.is_none())
    {
        return questions;
    }
    let sections: BTreeSet<QuestionId> = questions
        .iter()
        .filter(|question| question.kind.is_section())
        .map(|question| question.id)
        .collect();
    let around: BTreeMap<QuestionId, QuestionId> = questions
        .iter()
        .filter_map(|question| Some((question.id, question.details.part_of?)))
        .collect();
    let leads_out = |id: QuestionId| {
        let mut now = id;
        for _ in 0..=questions.len() {
            match around.get(&now).filter(|around| sections.contains(around)) {
                None => return true,
                Some(next) => now = *next,
            }
        }
        false
    };
    let alone: BTreeSet<QuestionId> = questions
        .iter()
        .map(|question| question.id)
        .filter(|id| {
            let known = around
                .get(id)
                .is_none_or(|around| sections.contains(around));
            !known || !leads_out(*id)
        })
        .collect();
    let mut inside: BTreeMap<Option<QuestionId>, Vec<Question>> = BTreeMap::new();
    for mut question in questions.drain(..) {
        if alone.contains(&question.id) {
            question.details.part_of = None;
        }
        let around = question.details.part_of;
        inside.entry(around).or_default().push(question);
    }
    let mut out = Vec::new();
    let mut waiting: Vec<Question> = inside.remove(&None).unwrap_or_default();
    waiting.reverse();
    while let Some(question) = waiting.pop() {
        let within = inside.remove(&Some(question.id)).unwrap_or_default();
        out.push(question);
        waiting.extend(within.into_iter().rev());
    }
    out
}
