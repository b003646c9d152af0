//! What is found once all rows are read: languages, what they lack, and sheets that are kept.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{Column, Plain};
use super::rows::Table;
use crate::form::{ChoiceList, DEFAULT_LANGUAGE, Form, Item, KeptSheet, Language, Texts};
use crate::message::{Meant, Message, Place, Problem};
use crate::workbook::{self, Workbook};

/// Languages in the order of the columns of the survey, then of the choices.
pub(super) fn languages(
    items: &[Item],
    lists: &[ChoiceList],
    table: &Table<'_>,
    unnamed: &str,
) -> Vec<Language> {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut shown: BTreeSet<&str> = BTreeSet::new();
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
        for texts in texts {
            used.extend(texts.0.keys().map(String::as_str));
        }
        for texts in item.media.values() {
            shown.extend(texts.0.keys().map(String::as_str));
        }
    }
    for choice in lists.iter().flat_map(|list| &list.choices) {
        used.extend(choice.label.0.keys().map(String::as_str));
        for texts in choice.media.values() {
            shown.extend(texts.0.keys().map(String::as_str));
        }
    }
    // Pictures and sounds without a language go with all of them, and are no language that somebody reads.
    if !used.is_empty() {
        shown.remove(DEFAULT_LANGUAGE);
    }
    used.extend(shown);
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
    let mut kept: Vec<KeptSheet> = Vec::new();
    let read = [survey, "choices", "settings"].map(|name| workbook.sheet(name));
    for sheet in &workbook.sheets {
        let folded = sheet.name.to_ascii_lowercase();
        // Of two whose names differ by spaces or capitals, the first is read.
        let is_read = read.iter().flatten().any(|one| std::ptr::eq(*one, sheet));
        if is_read || sheet.rows.is_empty() {
            continue;
        }
        // No two sheets of a file that is written have one name.
        let mut name = sheet.name.clone();
        let mut number = 1_u32;
        let taken = |kept: &[KeptSheet], name: &str| {
            let read = read.iter().flatten().map(|one| one.name.as_str());
            let mut names = read.chain(kept.iter().map(|one| one.name.as_str()));
            names.any(|one| one.eq_ignore_ascii_case(name))
        };
        while taken(&kept, &name) {
            number = number.saturating_add(1);
            // As long as a spreadsheet program takes it.
            let beginning: String = sheet.name.chars().take(24).collect();
            name = format!("{beginning} {number}");
        }
        // Only one sheet of a name is read, and a sheet of questions or choices has rows that would be missed.
        let meant = Meant::within(
            2,
            folded.trim(),
            ["survey", "choices", "settings"].into_iter(),
        );
        if meant.0.is_some() {
            messages.push(Message::warning(
                Place::sheet(&sheet.name),
                Problem::MisspeltSheet {
                    name: sheet.name.clone(),
                    meant,
                },
            ));
            kept.push(keep(sheet, name));
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
        kept.push(keep(sheet, name));
    }
    kept
}

fn keep(sheet: &workbook::Sheet, name: String) -> KeptSheet {
    let cells = sheet.rows.iter().flat_map(|row| {
        row.cells
            .iter()
            .map(|(column, text)| (row.number.saturating_sub(1), *column, text.clone()))
    });
    KeptSheet {
        name,
        cells: cells.collect(),
    }
}

/// How many rows down headings are looked for, under a title or a remark.
const TITLE: u32 = 12;

/// The row that has the headings, where another one stands above it.
pub(super) fn headings_below(sheet: &workbook::Sheet, table: &Table<'_>) -> Option<u32> {
    if table.columns.has(Plain::Type) {
        return None;
    }
    let said = |row: &&workbook::Row| {
        let has = |heading: &str| {
            let mut cells = row.cells.values();
            cells.any(|cell| super::rows::trim(cell).eq_ignore_ascii_case(heading))
        };
        row.number <= TITLE && has("type") && has("name")
    };
    sheet.rows.iter().skip(1).find(said).map(|row| row.number)
}

/// Says which cells of the sheets that make a form have a formula and no value.
pub(super) fn say_unworked(workbook: &Workbook, messages: &mut Vec<Message>) {
    let alone = workbook.sheets.len() == 1;
    for sheet in &workbook.sheets {
        let read = ["survey", "choices", "settings"];
        if !alone
            && !read
                .iter()
                .any(|name| sheet.name.eq_ignore_ascii_case(name))
        {
            continue;
        }
        for (row, column) in &sheet.unworked {
            let heading = sheet.rows.first().and_then(|head| head.cells.get(column));
            let heading = heading.map_or_else(|| letters(*column), |text| text.trim().to_owned());
            messages.push(Message::warning(
                Place::cell(&sheet.name, Some(*row), &heading),
                Problem::FormulaWithoutValue {},
            ));
        }
    }
}

/// A column as spreadsheet programs call it: `A`, `AB`.
fn letters(column: u32) -> String {
    let mut rest = u64::from(column) + 1;
    let mut name = Vec::new();
    while rest > 0 {
        rest -= 1;
        name.push(char::from(
            b'A' + u8::try_from(rest % 26).unwrap_or_default(),
        ));
        rest /= 26;
    }
    name.iter().rev().collect()
}

/// Says what languages lack.
pub(super) fn say_missing(form: &Form, messages: &mut Vec<Message>) {
    let mut missing: BTreeMap<&str, (u64, Place)> = BTreeMap::new();
    let mut count = |texts: &Texts, sheet: &str, row: Option<u32>| {
        if !texts.is_empty() {
            for language in &form.languages {
                if !texts.0.contains_key(&language.name) {
                    let heading = match language.name.as_str() {
                        DEFAULT_LANGUAGE => "label".to_owned(),
                        name => format!("label::{name}"),
                    };
                    let first = || (0, Place::cell(sheet, row, &heading));
                    missing.entry(&language.name).or_insert_with(first).0 += 1;
                }
            }
        }
    };
    let mut waiting: Vec<&Item> = form.items.iter().rev().collect();
    while let Some(item) = waiting.pop() {
        waiting.extend(item.items.iter().rev());
        count(&item.label, "survey", item.row.0);
    }
    for choice in form.lists.iter().flat_map(|list| &list.choices) {
        count(&choice.label, "choices", choice.row.0);
    }
    for (language, (count, first)) in missing {
        messages.push(Message::warning(
            first,
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
