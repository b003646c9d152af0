//! What is found once all rows are read: languages, what they lack, and sheets that are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::Column;
use super::rows::Table;
use crate::form::{ChoiceList, DEFAULT_LANGUAGE, Form, Item, KeptSheet, Language};
use crate::message::{Message, Place, Problem};
use crate::workbook::{self, Workbook};

/// Languages in the order of the columns of the survey, then of the choices.
pub(super) fn languages(
    items: &[Item],
    lists: &[ChoiceList],
    table: &Table<'_>,
    unnamed: &str,
) -> Vec<Language> {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&Item> = items.iter().collect();
    while let Some(item) = waiting.pop() {
        waiting.extend(&item.items);
        let texts = [
            &item.label,
            &item.hint,
            &item.guidance_hint,
            &item.constraint_message,
            &item.required_message,
        ];
        for texts in texts.into_iter().chain(item.media.values()) {
            used.extend(texts.0.keys().map(String::as_str));
        }
    }
    for choice in lists.iter().flat_map(|list| &list.choices) {
        for texts in std::iter::once(&choice.label).chain(choice.media.values()) {
            used.extend(texts.0.keys().map(String::as_str));
        }
    }
    let mut languages: Vec<Language> = Vec::new();
    for column in table.columns.by_number.values() {
        if let Column::Text(_, name) | Column::Media(_, name) = column {
            let name = super::settings::named(name, unnamed);
            if used.remove(name) {
                languages.push(Language::named(name));
            }
        }
    }
    languages.extend(used.into_iter().map(Language::named));
    languages
}

/// Sheets that are neither survey nor choices nor settings.
pub(super) fn kept(
    workbook: &Workbook,
    survey: &str,
    messages: &mut Vec<Message>,
) -> Vec<KeptSheet> {
    let mut kept = Vec::new();
    for sheet in &workbook.sheets {
        let folded = sheet.name.to_ascii_lowercase();
        if sheet.name == survey
            || matches!(folded.as_str(), "choices" | "settings")
            || sheet.rows.is_empty()
        {
            continue;
        }
        let problem = match folded.as_str() {
            "entities" | "external_choices" | "osm" => Problem::NotSupportedYet {
                feature: format!("the sheet {}", sheet.name),
            },
            _ => Problem::UnknownSheet {
                name: sheet.name.clone(),
            },
        };
        messages.push(Message::note(Place::sheet(&sheet.name), problem));
        kept.push(keep(sheet));
    }
    kept
}

fn keep(sheet: &workbook::Sheet) -> KeptSheet {
    let cells = sheet.rows.iter().flat_map(|row| {
        row.cells
            .iter()
            .map(|(column, text)| (row.number.saturating_sub(1), *column, text.clone()))
    });
    KeptSheet {
        name: sheet.name.clone(),
        cells: cells.collect(),
    }
}

/// Says what languages lack.
pub(super) fn say_missing(form: &Form, messages: &mut Vec<Message>) {
    let mut missing: BTreeMap<&str, u64> = BTreeMap::new();
    let mut count = |texts: &crate::form::Texts| {
        if !texts.is_empty() {
            for language in &form.languages {
                if !texts.0.contains_key(&language.name) {
                    *missing.entry(language.name.as_str()).or_default() += 1;
                }
            }
        }
    };
    let mut waiting: Vec<&Item> = form.items.iter().collect();
    while let Some(item) = waiting.pop() {
        waiting.extend(&item.items);
        count(&item.label);
    }
    for choice in form.lists.iter().flat_map(|list| &list.choices) {
        count(&choice.label);
    }
    for (language, count) in missing {
        messages.push(Message::warning(
            Place::default(),
            Problem::MissingTranslation {
                language: language.to_owned(),
                count,
            },
        ));
    }
    for language in &form.languages {
        if language.code.is_none() && language.name != DEFAULT_LANGUAGE {
            messages.push(Message::warning(
                Place::default(),
                Problem::NoLanguageCode {
                    language: language.name.clone(),
                },
            ));
        }
    }
}
