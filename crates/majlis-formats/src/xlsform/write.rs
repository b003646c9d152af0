//! A form as a workbook that reads as the same form.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::columns::{Plain, TextColumn};
use crate::form::{Choice, DEFAULT_LANGUAGE, Form, Item, Kind, MediaKind, Texts};

/// Why a form was not written.
#[derive(Debug, thiserror::Error)]
#[error("write the form as a spreadsheet")]
pub struct WriteError(#[from] XlsxError);

/// Writes a form as XLSX.
///
/// Columns that nothing fills are left out; what was kept is written as it was read.
///
/// # Errors
///
/// If a text, or the name of a kept sheet, is more than a spreadsheet may hold.
pub fn write(form: &Form) -> Result<Vec<u8>, WriteError> {
    let mut book = Workbook::new();
    let head = Format::new().set_bold();
    let unnamed = form
        .settings
        .default_language
        .as_deref()
        .unwrap_or(DEFAULT_LANGUAGE);
    let mut survey = Rows::default();
    for language in &form.languages {
        survey.column(&heading(
            TextColumn::Label.written(),
            &language.name,
            unnamed,
        ));
    }
    for item in &form.items {
        write_item(item, unnamed, &mut survey);
    }
    let right_to_left = form
        .languages
        .iter()
        .find(|language| language.name == form.first_language())
        .is_some_and(|language| language.right_to_left);
    let sheet = book.add_worksheet().set_name("survey")?;
    survey.write(sheet, &head, &["type", "name"], right_to_left)?;

    let mut choices = Rows::default();
    for list in &form.lists {
        for choice in &list.choices {
            write_choice(&list.name, choice, unnamed, &mut choices);
        }
    }
    let sheet = book.add_worksheet().set_name("choices")?;
    choices.write(sheet, &head, &["list_name", "name"], right_to_left)?;

    let mut settings = Rows::default();
    settings.begin();
    let own = &form.settings;
    settings.put("form_title", &own.title);
    settings.put("form_id", &own.id);
    for (heading, value) in [
        ("version", &own.version),
        ("default_language", &own.default_language),
        ("instance_name", &own.instance_name),
    ] {
        if let Some(value) = value {
            settings.put(heading, value);
        }
    }
    if own.allow_choice_duplicates {
        settings.put("allow_choice_duplicates", "yes");
    }
    for (heading, value) in &own.kept {
        settings.put(heading, value);
    }
    let sheet = book.add_worksheet().set_name("settings")?;
    settings.write(sheet, &head, &["form_title", "form_id"], right_to_left)?;

    for kept in &form.kept_sheets {
        let sheet = book.add_worksheet().set_name(&kept.name)?;
        for (row, column, text) in &kept.cells {
            let column = u16::try_from(*column).unwrap_or(u16::MAX);
            sheet.write_string(*row, column, text)?;
        }
    }
    Ok(book.save_to_buffer()?)
}

/// Rows by the headings of their cells; columns in the order they were first filled.
#[derive(Default)]
struct Rows {
    headings: Vec<String>,
    known: BTreeSet<String>,
    rows: Vec<BTreeMap<String, String>>,
}

impl Rows {
    fn begin(&mut self) {
        self.rows.push(BTreeMap::new());
    }

    fn column(&mut self, heading: &str) {
        if self.known.insert(heading.to_owned()) {
            self.headings.push(heading.to_owned());
        }
    }

    fn put(&mut self, heading: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        self.column(heading);
        if let Some(row) = self.rows.last_mut() {
            row.insert(heading.to_owned(), text.to_owned());
        }
    }

    fn texts(&mut self, head: &str, texts: &Texts, unnamed: &str) {
        for (language, text) in &texts.0 {
            self.put(&heading(head, language, unnamed), text);
        }
    }

    fn media(&mut self, media: &BTreeMap<MediaKind, Texts>, unnamed: &str) {
        for (kind, texts) in media {
            self.texts(&format!("media::{}", kind.written()), texts, unnamed);
        }
    }

    fn write(
        &self,
        sheet: &mut Worksheet,
        head: &Format,
        first: &[&str],
        right_to_left: bool,
    ) -> Result<(), XlsxError> {
        let headings: Vec<&str> = first
            .iter()
            .copied()
            .chain(
                self.headings
                    .iter()
                    .map(String::as_str)
                    .filter(|heading| !first.contains(heading)),
            )
            .collect();
        sheet.set_right_to_left(right_to_left);
        sheet.set_freeze_panes(1, 0)?;
        for (column, heading) in (0_u16..).zip(&headings) {
            sheet.write_string_with_format(0, column, *heading, head)?;
            sheet.set_column_width(column, 18.0)?;
        }
        for (number, row) in (1_u32..).zip(&self.rows) {
            for (column, heading) in (0_u16..).zip(&headings) {
                if let Some(text) = row.get(*heading) {
                    sheet.write_string(number, column, text)?;
                }
            }
        }
        Ok(())
    }
}

/// `label` for the default language and for what is of none, `label::Arabic (ar)` for others.
fn heading(head: &str, language: &str, unnamed: &str) -> String {
    if language.is_empty() || language == unnamed {
        head.trim_start_matches("media::").to_owned()
    } else {
        format!("{head}::{language}")
    }
}

fn write_item(item: &Item, unnamed: &str, rows: &mut Rows) {
    rows.begin();
    rows.put(Plain::Type.written(), &item.kind.written());
    rows.put(Plain::Name.written(), &item.name);
    rows.texts(TextColumn::Label.written(), &item.label, unnamed);
    rows.texts(TextColumn::Hint.written(), &item.hint, unnamed);
    rows.texts(
        TextColumn::GuidanceHint.written(),
        &item.guidance_hint,
        unnamed,
    );
    rows.media(&item.media, unnamed);
    let rules = &item.rules;
    for (column, rule) in [
        (Plain::Relevant, &rules.relevant),
        (Plain::Required, &rules.required),
        (Plain::Constraint, &rules.constraint),
        (Plain::Calculation, &rules.calculation),
        (Plain::Default, &rules.default),
        (Plain::ReadOnly, &rules.read_only),
        (Plain::ChoiceFilter, &rules.choice_filter),
        (Plain::RepeatCount, &rules.repeat_count),
        (Plain::Appearance, &item.appearance),
    ] {
        if let Some(text) = rule {
            rows.put(column.written(), text);
        }
    }
    rows.put(Plain::Trigger.written(), &rules.trigger.join(", "));
    rows.texts(
        TextColumn::ConstraintMessage.written(),
        &item.constraint_message,
        unnamed,
    );
    rows.texts(
        TextColumn::RequiredMessage.written(),
        &item.required_message,
        unnamed,
    );
    let parameters: Vec<String> = item
        .parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    rows.put(Plain::Parameters.written(), &parameters.join(" "));
    for (heading, text) in &item.kept {
        rows.put(heading, text);
    }
    for inner in &item.items {
        write_item(inner, unnamed, rows);
    }
    let end = match item.kind {
        Kind::Group => "end_group",
        Kind::Repeat => "end_repeat",
        _ => return,
    };
    rows.begin();
    rows.put(Plain::Type.written(), end);
    rows.put(Plain::Name.written(), &item.name);
}

fn write_choice(list: &str, choice: &Choice, unnamed: &str, rows: &mut Rows) {
    rows.begin();
    rows.put(Plain::ListName.written(), list);
    rows.put(Plain::Name.written(), &choice.name);
    rows.texts(TextColumn::Label.written(), &choice.label, unnamed);
    rows.media(&choice.media, unnamed);
    for (heading, text) in &choice.properties {
        rows.put(heading, text);
    }
}
