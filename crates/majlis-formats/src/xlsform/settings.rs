//! The sheet `settings`: a row of headings and a row of values.

use crate::form::{DEFAULT_LANGUAGE, Settings};
use crate::message::{Message, Place, Problem};
use crate::workbook::Workbook;

/// Texts without a language belong to the default language of the form.
pub(super) fn named<'a>(language: &'a str, unnamed: &'a str) -> &'a str {
    if language == DEFAULT_LANGUAGE {
        unnamed
    } else {
        language
    }
}

pub(super) fn read(workbook: &Workbook, name: &str, messages: &mut Vec<Message>) -> Settings {
    let mut settings = Settings {
        title: String::new(),
        id: String::new(),
        ..Settings::default()
    };
    let mut fallback_id = None;
    if let Some(sheet) = workbook.sheet("settings")
        && let [headings, values, ..] = sheet.rows.as_slice()
    {
        for (number, heading) in &headings.cells {
            let Some(value) = values.cells.get(number) else {
                continue;
            };
            let (heading, value) = (heading.trim(), value.trim().to_owned());
            let folded = heading.to_ascii_lowercase().replace([' ', '-'], "_");
            match folded.as_str() {
                "form_title" | "title" | "set_form_title" => settings.title = value,
                "form_id" | "id_string" | "set_form_id" => settings.id = value,
                "name" if fallback_id.is_none() => {
                    fallback_id = Some(value.clone());
                    settings.kept.insert(heading.to_owned(), value);
                }
                "version" => settings.version = Some(value),
                "default_language" => settings.default_language = Some(value),
                "instance_name" => settings.instance_name = Some(value),
                "allow_choice_duplicates" => {
                    settings.allow_choice_duplicates = is_yes(&value);
                }
                _ => {
                    let feature = match folded.as_str() {
                        "public_key" => Some("encryption of submissions with a public key"),
                        "submission_url" => Some("sending to an address that the form names"),
                        "omit_instanceid" => Some("leaving out the instance id"),
                        _ => None,
                    };
                    let place = Place::cell(&sheet.name, Some(values.number), heading);
                    messages.push(Message::note(
                        place,
                        match feature {
                            Some(feature) => Problem::NotSupportedYet {
                                feature: feature.to_owned(),
                            },
                            None => Problem::UnknownColumn {
                                heading: heading.to_owned(),
                            },
                        },
                    ));
                    settings.kept.insert(heading.to_owned(), value);
                }
            }
        }
    }
    if settings.id.is_empty() {
        settings.id = fallback_id.unwrap_or_else(|| name.to_owned());
    }
    if settings.title.is_empty() {
        settings.title.clone_from(&settings.id);
    }
    settings
}

/// Whether a cell says yes, in one of the ways of XLSForm.
pub(super) fn is_yes(text: &str) -> bool {
    matches!(
        text.trim().to_ascii_lowercase().as_str(),
        "yes" | "true" | "true()" | "1"
    )
}
