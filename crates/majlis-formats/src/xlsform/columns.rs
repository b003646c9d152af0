//! Headings of columns, in all the ways they are written.

use std::collections::BTreeMap;

use crate::form::{DEFAULT_LANGUAGE, MediaKind};
use crate::message::{Meant, Message, Place, Problem};

/// What a column says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Plain(Plain),
    Text(TextColumn, String),
    Media(MediaKind, String),
    Kept(String),
}

/// Columns without a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plain {
    Type,
    Name,
    ListName,
    Required,
    Relevant,
    Constraint,
    Calculation,
    Trigger,
    Default,
    ReadOnly,
    ChoiceFilter,
    RepeatCount,
    Appearance,
    Parameters,
    Disabled,
}

/// Columns of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TextColumn {
    Label,
    Hint,
    GuidanceHint,
    ConstraintMessage,
    RequiredMessage,
}

/// Which sheet a heading stands in: a list's `value` is its name, and only questions have rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sheet {
    Survey,
    Choices,
}

/// What each column of a sheet says, by its number, and the headings as they are written.
pub(super) struct Columns {
    pub(super) by_number: BTreeMap<u32, Column>,
    pub(super) headings: BTreeMap<u32, String>,
}

impl Columns {
    /// Reads a row of headings. Of two that say the same, the first counts.
    pub(super) fn read(
        sheet_name: &str,
        sheet: Sheet,
        row: u32,
        cells: &BTreeMap<u32, String>,
        messages: &mut Vec<Message>,
    ) -> Self {
        let mut seen: BTreeMap<Column, String> = BTreeMap::new();
        let mut columns = Self {
            by_number: BTreeMap::new(),
            headings: BTreeMap::new(),
        };
        for (number, written) in cells {
            let written = super::rows::trim(written);
            let column = read(sheet, written);
            let place = || Place::cell(sheet_name, Some(row), written);
            if let Some(first) = seen.get(&column) {
                let first = first.clone();
                let problem = Problem::RepeatedColumn { first };
                // What the second one says would be lost.
                messages.push(match column {
                    Column::Kept(_) => Message::warning(place(), problem),
                    _ => Message::error(place(), problem),
                });
                continue;
            }
            if let (Sheet::Survey, Column::Kept(heading)) = (sheet, &column) {
                let heading = heading.clone();
                messages.push(match (supported_later(&heading), meant(&heading)) {
                    (Some(feature), _) => {
                        let feature = feature.to_owned();
                        Message::note(place(), Problem::NotSupportedYet { feature })
                    }
                    (None, Meant(None)) => {
                        Message::note(place(), Problem::UnknownColumn { heading })
                    }
                    (None, meant) => {
                        Message::warning(place(), Problem::MisspeltColumn { heading, meant })
                    }
                });
            }
            seen.insert(column.clone(), written.to_owned());
            columns.headings.insert(*number, written.to_owned());
            columns.by_number.insert(*number, column);
        }
        columns
    }

    /// The heading of a plain column as it is written, else its usual name.
    pub(super) fn heading(&self, wanted: Plain) -> &str {
        self.by_number
            .iter()
            .find(|(_, column)| **column == Column::Plain(wanted))
            .and_then(|(number, _)| self.headings.get(number))
            .map_or_else(|| wanted.written(), String::as_str)
    }

    pub(super) fn has(&self, wanted: Plain) -> bool {
        self.by_number
            .values()
            .any(|column| *column == Column::Plain(wanted))
    }
}

impl Plain {
    pub(super) fn written(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Name => "name",
            Self::ListName => "list_name",
            Self::Required => "required",
            Self::Relevant => "relevant",
            Self::Constraint => "constraint",
            Self::Calculation => "calculation",
            Self::Trigger => "trigger",
            Self::Default => "default",
            Self::ReadOnly => "read_only",
            Self::ChoiceFilter => "choice_filter",
            Self::RepeatCount => "repeat_count",
            Self::Appearance => "appearance",
            Self::Parameters => "parameters",
            Self::Disabled => "disabled",
        }
    }
}

impl TextColumn {
    pub(super) fn written(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Hint => "hint",
            Self::GuidanceHint => "guidance_hint",
            Self::ConstraintMessage => "constraint_message",
            Self::RequiredMessage => "required_message",
        }
    }
}

/// Columns that belong to a part of XLSForm that is not understood yet.
fn supported_later(heading: &str) -> Option<&'static str> {
    let head = heading.split(':').next().unwrap_or_default().trim();
    match head.to_ascii_lowercase().as_str() {
        "save_to" => Some("saving into entities"),
        "intent" => Some("starting another program"),
        "autoplay" => Some("playing by itself"),
        "bind" | "body" | "control" | "instance" => Some("an attribute of XForms"),
        "noapperrorstring" | "no_app_error_string" => Some("a message when a program is missing"),
        _ => None,
    }
}

/// The heading with an effect that differs from this one as slips of the finger do.
fn meant(heading: &str) -> Meant {
    const KNOWN: &[&str] = &[
        "type",
        "name",
        "label",
        "hint",
        "guidance_hint",
        "required",
        "required_message",
        "relevant",
        "constraint",
        "constraint_message",
        "calculation",
        "default",
        "read_only",
        "choice_filter",
        "repeat_count",
        "appearance",
        "parameters",
        "trigger",
    ];
    let head = fold(heading.split(':').next().unwrap_or_default());
    // Short words are near each other without being meant.
    let limit = head.chars().count().div_ceil(4).min(2);
    Meant::within(limit, &head, KNOWN.iter().copied())
}

fn read(sheet: Sheet, written: &str) -> Column {
    // The marks between a heading and its language are two colons, or one in old forms. The bind
    // columns of old forms have colons of their own.
    let folded = fold(written);
    if let Some(column) = bind(&folded) {
        return column;
    }
    let (head, rest) = match written.split_once("::") {
        Some((head, rest)) => (head, Some(rest)),
        None => match written.split_once(':') {
            Some((head, rest)) => (head, Some(rest)),
            None => (written, None),
        },
    };
    let head = fold(head);
    match rest {
        None => plain(sheet, &head).unwrap_or_else(|| Column::Kept(written.to_owned())),
        Some(rest) => {
            // A language that a cell breaks over two lines is the one on one line.
            let rest = rest.trim_start_matches(':').split_whitespace();
            let rest = rest.collect::<Vec<_>>().join(" ");
            let rest = rest.as_str();
            let known = if head == "media" {
                let (kind, language) = match rest.split_once(':') {
                    Some((kind, language)) => (kind, language.trim_start_matches(':').trim()),
                    None => (rest, ""),
                };
                let language = if language.is_empty() {
                    DEFAULT_LANGUAGE
                } else {
                    language
                };
                media(&fold(kind)).map(|kind| Column::Media(kind, language.to_owned()))
            } else {
                match plain(sheet, &head) {
                    Some(Column::Text(column, _)) => Some(Column::Text(column, rest.to_owned())),
                    Some(Column::Media(kind, _)) => Some(Column::Media(kind, rest.to_owned())),
                    _ => None,
                }
            };
            match known {
                Some(column) if !rest.is_empty() => column,
                _ => Column::Kept(written.to_owned()),
            }
        }
    }
}

/// Lower case, with one `_` for any spaces.
fn fold(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join("_")
        .to_ascii_lowercase()
}

fn bind(folded: &str) -> Option<Column> {
    let (head, rest) = folded.split_once(':')?;
    let rest = rest.trim_start_matches(':');
    if matches!(head, "control" | "body") {
        return Some(Column::Plain(match rest {
            "appearance" => Plain::Appearance,
            "jr:count" => Plain::RepeatCount,
            _ => return None,
        }));
    }
    if head == "jr" && rest == "count" {
        return Some(Column::Plain(Plain::RepeatCount));
    }
    if head != "bind" {
        return None;
    }
    let text = |column, language: &str| {
        let language = language.trim_start_matches(':').trim();
        let language = if language.is_empty() {
            DEFAULT_LANGUAGE
        } else {
            language
        };
        Some(Column::Text(column, language.to_owned()))
    };
    if let Some(language) = rest.strip_prefix("jr:constraintmsg") {
        return text(TextColumn::ConstraintMessage, language);
    }
    if let Some(language) = rest.strip_prefix("jr:requiredmsg") {
        return text(TextColumn::RequiredMessage, language);
    }
    Some(Column::Plain(match rest {
        "relevant" => Plain::Relevant,
        "constraint" => Plain::Constraint,
        "required" => Plain::Required,
        "calculate" => Plain::Calculation,
        "readonly" => Plain::ReadOnly,
        _ => return None,
    }))
}

fn media(folded: &str) -> Option<MediaKind> {
    Some(match folded {
        "image" => MediaKind::Image,
        "big-image" => MediaKind::BigImage,
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        _ => return None,
    })
}

fn plain(sheet: Sheet, folded: &str) -> Option<Column> {
    if let Some(kind) = media(folded) {
        return Some(Column::Media(kind, DEFAULT_LANGUAGE.to_owned()));
    }
    let text = |column| Some(Column::Text(column, DEFAULT_LANGUAGE.to_owned()));
    if matches!(folded, "label" | "caption") {
        return text(TextColumn::Label);
    }
    if sheet == Sheet::Choices {
        return Some(Column::Plain(match folded {
            "list_name" | "list" => Plain::ListName,
            "name" | "value" => Plain::Name,
            _ => return None,
        }));
    }
    match folded {
        "hint" => return text(TextColumn::Hint),
        "guidance_hint" => return text(TextColumn::GuidanceHint),
        "constraint_message" | "constraining_message" | "jr:constraintmsg" => {
            return text(TextColumn::ConstraintMessage);
        }
        "required_message" | "requiredmsg" | "jr:requiredmsg" => {
            return text(TextColumn::RequiredMessage);
        }
        _ => {}
    }
    Some(Column::Plain(match folded {
        "type" | "command" => Plain::Type,
        "name" | "tag" | "value" => Plain::Name,
        "required" => Plain::Required,
        "relevant" | "relevance" => Plain::Relevant,
        "constraint" => Plain::Constraint,
        "calculation" | "calculate" => Plain::Calculation,
        "trigger" => Plain::Trigger,
        "default" => Plain::Default,
        "read_only" | "readonly" => Plain::ReadOnly,
        "choice_filter" => Plain::ChoiceFilter,
        "repeat_count" | "count" => Plain::RepeatCount,
        "appearance" => Plain::Appearance,
        "parameters" => Plain::Parameters,
        "disabled" => Plain::Disabled,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_read_in_all_their_ways() {
        let survey = |text| read(Sheet::Survey, text);
        let label = |language: &str| Column::Text(TextColumn::Label, language.to_owned());
        assert_eq!(survey("label::Arabic (ar)"), label("Arabic (ar)"));
        assert_eq!(survey("Label : English (en)"), label("English (en)"));
        assert_eq!(survey("label::Arabic\n(ar)"), label("Arabic (ar)"));
        assert_eq!(survey("label"), label("default"));
        assert_eq!(survey("bind:relevant"), Column::Plain(Plain::Relevant));
        for heading in ["jr:count", "control::jr:count", "body::jr:count"] {
            assert_eq!(survey(heading), Column::Plain(Plain::RepeatCount));
        }
        assert_eq!(survey("body::appearance"), Column::Plain(Plain::Appearance));
        assert_eq!(survey("Read Only"), Column::Plain(Plain::ReadOnly));
        assert_eq!(
            survey("media::audio::"),
            Column::Media(MediaKind::Audio, DEFAULT_LANGUAGE.to_owned())
        );
        assert_eq!(
            survey("media::audio::Arabic (ar)"),
            Column::Media(MediaKind::Audio, "Arabic (ar)".to_owned())
        );
        assert_eq!(
            survey("image::english"),
            Column::Media(MediaKind::Image, "english".to_owned())
        );
        assert_eq!(
            survey("bind:jr:constraintMsg"),
            Column::Text(TextColumn::ConstraintMessage, "default".to_owned())
        );
        assert_eq!(
            survey("bind::saveIncomplete"),
            Column::Kept("bind::saveIncomplete".to_owned())
        );
        assert_eq!(
            read(Sheet::Choices, "list name"),
            Column::Plain(Plain::ListName)
        );
        assert_eq!(
            read(Sheet::Choices, "hint"),
            Column::Kept("hint".to_owned())
        );
    }
}
