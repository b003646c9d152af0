//! Types of rows, in all the ways they are written.

use crate::form::{Kind, Metadata};
use crate::message::{Meant, Problem};

/// What a row of the survey begins, ends or asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Item(Kind, Extra),
    /// `begin loop over LIST`: what is inside is asked for each choice of a list.
    Loop(String),
    EndGroup,
    EndRepeat,
    EndLoop,
}

/// What an old type says beside its kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extra {
    pub(super) constraint: Option<&'static str>,
    pub(super) hint: Option<&'static str>,
}

const PHONE: Extra = Extra {
    constraint: Some(r"regex(., '^\d*$')"),
    hint: Some("Enter numbers only."),
};
const PERCENTAGE: Extra = Extra {
    constraint: Some("0 <= . and . <= 100"),
    hint: None,
};

const SELECT_ONE: &[&str] = &[
    "select_one",
    "select one from",
    "select one",
    "select1",
    "add select one prompt using",
    "select one using",
];
const SELECT_MULTIPLE: &[&str] = &[
    "select_multiple",
    "select all that apply from",
    "select all that apply",
    "select multiple",
    "add select multiple prompt using",
    "select multiple using",
];

const OR_OTHER: &[&str] = &["or specify other", "or_other", "or other"];

/// Whether a type ends with what offers "other" beside the choices.
pub(super) fn asks_other(written: &str) -> bool {
    let folded = written.trim().to_ascii_lowercase();
    OR_OTHER.iter().any(|ending| folded.ends_with(ending))
}

/// Reads a type.
pub(super) fn read(written: &str) -> Result<Row, Problem> {
    let words: Vec<&str> = written.split_whitespace().map(super::rows::trim).collect();
    let spaced = words.join(" ");
    let folded = spaced.to_ascii_lowercase().replace('_', " ");
    if let Some(row) = section(&folded) {
        return Ok(row);
    }
    if let Some(row) = file(&words, &folded).or_else(|| looped(&words, &folded)) {
        return row;
    }
    if let Some(row) = select(&spaced) {
        return row;
    }
    if let Some((kind, extra)) = simple(&folded) {
        return Ok(Row::Item(kind, extra));
    }
    if is_known_elsewhere(&folded) {
        return Ok(Row::Item(
            Kind::Other {
                written: spaced.clone(),
            },
            Extra::default(),
        ));
    }
    let first = words.first().copied().unwrap_or_default();
    if let Some(known) = called(&first.to_ascii_lowercase()) {
        return Err(Problem::UnknownType {
            meant: Meant(Some(known.to_owned())),
            found: spaced,
        });
    }
    Err(Problem::UnknownType {
        meant: Meant::among(
            first,
            [
                "text",
                "integer",
                "decimal",
                "note",
                "select_one",
                "select_multiple",
                "rank",
                "range",
                "date",
                "time",
                "dateTime",
                "geopoint",
                "geotrace",
                "geoshape",
                "image",
                "audio",
                "video",
                "file",
                "barcode",
                "acknowledge",
                "calculate",
                "hidden",
                "begin_group",
                "end_group",
                "begin_repeat",
                "end_repeat",
                "start",
                "end",
                "today",
                "deviceid",
                "username",
            ]
            .into_iter(),
        ),
        found: spaced,
    })
}

/// The type that other programs and people call so.
fn called(word: &str) -> Option<&'static str> {
    Some(match word {
        "number" | "numeric" | "whole" => "integer",
        "float" | "double" | "real" => "decimal",
        "radio" | "dropdown" | "choice" | "single" | "boolean" | "yes_no" | "yesno" => "select_one",
        "checkbox" | "checkboxes" | "multiple" | "multi" => "select_multiple",
        "paragraph" | "textarea" | "comment" => "text",
        "picture" | "camera" => "image",
        "map" | "coordinates" | "gps_point" => "geopoint",
        "title" | "heading" | "label" => "note",
        _ => return None,
    })
}

fn looped(words: &[&str], folded: &str) -> Option<Result<Row, Problem>> {
    if folded == "end loop" {
        return Some(Ok(Row::EndLoop));
    }
    let list = folded.strip_prefix("begin loop")?;
    if !list.is_empty() && !list.starts_with(' ') {
        return None;
    }
    let head = if words.first()?.contains('_') { 1 } else { 2 };
    let mut list = words.iter().skip(head).peekable();
    list.next_if(|word| word.eq_ignore_ascii_case("over"));
    Some(match (list.next(), list.next()) {
        (Some(list), None) => Ok(Row::Loop((*list).to_owned())),
        _ => Err(Problem::MissingList {}),
    })
}

fn section(folded: &str) -> Option<Row> {
    let (verb, rest) = folded.split_once(' ')?;
    let kind = match rest {
        "group" => Kind::Group,
        "repeat" | "lgroup" | "looped group" => Kind::Repeat,
        _ => return None,
    };
    match (verb, kind) {
        ("begin", kind) => Some(Row::Item(kind, Extra::default())),
        ("end", Kind::Group) => Some(Row::EndGroup),
        ("end", _) => Some(Row::EndRepeat),
        _ => None,
    }
}

fn file(words: &[&str], folded: &str) -> Option<Result<Row, Problem>> {
    let multiple = if folded.starts_with("select one from file") {
        false
    } else if folded.starts_with("select multiple from file") {
        true
    } else {
        return None;
    };
    // The words after the type: the type is one word or four.
    let head = if words.first()?.contains('_') { 1 } else { 4 };
    let Some(file) = words.get(head) else {
        return Some(Err(Problem::MissingList {}));
    };
    Some(Ok(Row::Item(
        Kind::SelectFromFile {
            multiple,
            file: (*file).to_owned(),
        },
        Extra::default(),
    )))
}

fn select(spaced: &str) -> Option<Result<Row, Problem>> {
    let starts = |names: &[&str]| {
        names.iter().find_map(|name| {
            let head = spaced.get(..name.len())?;
            let rest = spaced.get(name.len()..)?;
            (head.eq_ignore_ascii_case(name) && (rest.is_empty() || rest.starts_with(' ')))
                .then(|| rest.trim())
        })
    };
    let (rest, make): (&str, fn(String, bool) -> Kind) = if let Some(rest) = starts(SELECT_ONE) {
        (rest, |list, or_other| Kind::SelectOne { list, or_other })
    } else if let Some(rest) = starts(SELECT_MULTIPLE) {
        (rest, |list, or_other| Kind::SelectMultiple {
            list,
            or_other,
        })
    } else {
        let rest = starts(&["rank", "odk:rank"])?;
        (rest, |list, _| Kind::Rank { list })
    };
    let (list, or_other) = OR_OTHER
        .iter()
        .find_map(|ending| {
            let head = rest.len().checked_sub(ending.len())?;
            rest.get(head..)?
                .eq_ignore_ascii_case(ending)
                .then(|| rest.get(..head).unwrap_or_default().trim())
        })
        .map_or((rest, false), |list| (list, true));
    if list.is_empty() {
        return Some(Err(Problem::MissingList {}));
    }
    if list.contains(' ') {
        return Some(Err(Problem::UnknownType {
            found: spaced.to_owned(),
            meant: Meant(Some(format!(
                "select_one {}",
                list.split(' ').next().unwrap_or_default()
            ))),
        }));
    }
    Some(Ok(Row::Item(
        make(list.to_owned(), or_other),
        Extra::default(),
    )))
}

fn simple(folded: &str) -> Option<(Kind, Extra)> {
    // Forms of ten years ago say "q text", "add text prompt" or "get device id".
    let bare = folded
        .strip_prefix("q ")
        .or_else(|| folded.strip_prefix("get "))
        .or_else(|| {
            folded
                .strip_prefix("add ")
                .and_then(|rest| rest.strip_suffix(" prompt"))
        })
        .unwrap_or(folded);
    let metadata = |what| Kind::Metadata { what };
    let kind = match bare {
        "text" | "string" => Kind::Text,
        "integer" | "int" => Kind::Integer,
        "decimal" => Kind::Decimal,
        "note" => Kind::Note,
        "range" => Kind::Range,
        "date" => Kind::Date,
        "time" => Kind::Time,
        "datetime" | "date time" => Kind::DateTime,
        "geopoint" | "gps" | "location" => Kind::Geopoint,
        "geotrace" => Kind::Geotrace,
        "geoshape" => Kind::Geoshape,
        "image" | "photo" | "picture" => Kind::Image,
        "audio" => Kind::Audio,
        "background-audio" => Kind::BackgroundAudio,
        "video" => Kind::Video,
        "file" => Kind::File,
        "barcode" => Kind::Barcode,
        "acknowledge" | "trigger" => Kind::Acknowledge,
        "calculate" => Kind::Calculate,
        "hidden" => Kind::Hidden,
        "start" | "start time" => metadata(Metadata::Start),
        "end" | "end time" => metadata(Metadata::End),
        "today" | "date of survey" => metadata(Metadata::Today),
        "deviceid" | "device id" | "imei" => metadata(Metadata::DeviceId),
        "username" => metadata(Metadata::Username),
        "email" => metadata(Metadata::Email),
        "phonenumber" => metadata(Metadata::PhoneNumber),
        "simserial" | "sim id" => metadata(Metadata::SimSerial),
        "subscriberid" | "subscriber id" => metadata(Metadata::SubscriberId),
        "phone number" if folded == "get phone number" => metadata(Metadata::PhoneNumber),
        "phone number" => return Some((Kind::Text, PHONE)),
        "percentage" => return Some((Kind::Integer, PERCENTAGE)),
        _ => return None,
    };
    Some((kind, Extra::default()))
}

/// Types of XLSForm or of programs that speak it, which are kept.
fn is_known_elsewhere(folded: &str) -> bool {
    let head = folded.split(' ').next().unwrap_or_default();
    folded.starts_with("uri:")
        || folded.starts_with("select one external")
        || matches!(
            head,
            "audit"
                | "osm"
                | "start-geopoint"
                | "background-geopoint"
                | "xml-external"
                | "csv-external"
                | "text-print"
                | "barcode-print"
                | "geo"
        )
}
