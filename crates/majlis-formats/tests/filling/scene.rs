//! Forms from a few rows, ready to be filled.

use std::collections::BTreeSet;
use std::sync::Arc;

use majlis_formats::form::Form;
use majlis_formats::workbook::{Row, Sheet, Workbook};
use majlis_formats::{Filling, Logic, Moment, Surroundings, xlsform};

pub(super) fn sheet(name: &str, rows: &[&[&str]]) -> Sheet {
    let rows = (1..).zip(rows).map(|(number, cells)| Row {
        number,
        cells: (0..)
            .zip(*cells)
            .filter(|(_, text)| !text.is_empty())
            .map(|(column, text)| (column, (*text).to_owned()))
            .collect(),
        numbers: BTreeSet::new(),
    });
    Sheet {
        name: name.to_owned(),
        rows: rows.collect(),
        unworked: Vec::new(),
    }
}

pub(super) const HEADINGS: &[&str] = &[
    "type",
    "name",
    "label::Arabic (ar)",
    "label::English (en)",
    "relevant",
    "constraint",
    "constraint_message::Arabic (ar)",
    "required",
    "calculation",
    "default",
    "choice_filter",
    "repeat_count",
    "trigger",
    "read_only",
    "parameters",
    "appearance",
];

pub(super) const CHOICES: &[&[&str]] = &[
    &[
        "list_name",
        "name",
        "label::Arabic (ar)",
        "label::English (en)",
        "region",
    ],
    &["yes_no", "yes", "نعم", "Yes", ""],
    &["yes_no", "no", "لا", "No", ""],
    &["region", "north", "الشمال", "North", ""],
    &["region", "south", "الجنوب", "South", ""],
    &["town", "n1", "أ", "N1", "north"],
    &["town", "n2", "ب", "N2", "north"],
    &["town", "s1", "ج", "S1", "south"],
];

/// Cells by heading.
pub(super) fn row(cells: &[(&str, &str)]) -> Vec<String> {
    HEADINGS
        .iter()
        .map(|heading| {
            let cell = cells.iter().find(|(own, _)| own == heading);
            cell.map_or("", |(_, text)| text).to_owned()
        })
        .collect()
}

pub(super) fn form(rows: &[&[(&str, &str)]]) -> Form {
    let rows: Vec<Vec<String>> = rows.iter().map(|cells| row(cells)).collect();
    let mut all: Vec<Vec<&str>> = vec![HEADINGS.to_vec()];
    all.extend(
        rows.iter()
            .map(|row| row.iter().map(String::as_str).collect()),
    );
    let all: Vec<&[&str]> = all.iter().map(Vec::as_slice).collect();
    let workbook = Workbook {
        sheets: vec![sheet("survey", &all), sheet("choices", CHOICES)],
    };
    let reading = xlsform::read_workbook(&workbook, "form");
    reading
        .form
        .unwrap_or_else(|| panic!("{:?}", reading.messages))
}

pub(super) fn filling(rows: &[&[(&str, &str)]]) -> Filling {
    let logic = Arc::new(Logic::new(&form(rows)).unwrap());
    Filling::start(
        logic,
        Surroundings {
            now: Moment::read("2026-11-26T10:30:00.000+02:00"),
            device_id: "tablet".to_owned(),
            ..Surroundings::default()
        },
    )
}

pub(super) const AR: &str = "label::Arabic (ar)";
pub(super) const EN: &str = "label::English (en)";
