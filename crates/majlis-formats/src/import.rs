//! Responses back from the tables that an export made, or that a person made after its headings.

use std::collections::BTreeMap;

use crate::answer::{Answer, Answers, Entry};
use crate::export::{Options, unguard};
use crate::form::Kind;
use crate::logic::{Logic, ROOT};
use crate::workbook::Sheet;

/// Rows of one table.
pub const MAX_ROWS: usize = 1_048_576;
/// Columns of one table.
pub const MAX_COLUMNS: usize = 16_384;

/// A table as rows of text, headings first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// `responses` or the path of a repeat.
    pub table: String,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// Why tables were not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The bytes are no UTF-8.
    #[error("the file is not UTF-8; save it again as CSV UTF-8")]
    NotUtf8,
    /// A quotation mark is not closed.
    #[error("a quotation mark of row {row} is not closed")]
    NotClosed {
        /// The row where it was opened, from 1.
        row: usize,
    },
    /// More than is read.
    #[error("there are more than {limit} {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much is read.
        limit: usize,
    },
    /// A table that the form does not have.
    #[error("the form has no table {0:?}")]
    UnknownTable(String),
    /// A column that is needed is missing.
    #[error("the table {table:?} has no column {column}")]
    MissingColumn {
        /// The table.
        table: String,
        /// Its heading.
        column: &'static str,
    },
    /// A row names a row around it that is not there.
    #[error("row {row} of {table:?} belongs to {parent:?}, which is not there")]
    Orphan {
        /// The table.
        table: String,
        /// The row, from 1.
        row: usize,
        /// The key it names.
        parent: String,
    },
    /// Two rows have one key.
    #[error("two rows of {table:?} have the key {key:?}")]
    RepeatedKey {
        /// The table.
        table: String,
        /// The key.
        key: String,
    },
    /// A cell is not of its question's kind.
    #[error("row {row} of {table:?}, column {column:?}: the text is not of the question's kind")]
    Malformed {
        /// The table.
        table: String,
        /// The row, from 1.
        row: usize,
        /// The heading.
        column: String,
    },
}

/// Reads CSV (RFC 4180): any line ends, an optional mark before UTF-8, and the apostrophes that
/// [`guard`](crate::export::guard) put taken away.
///
/// Fields stand between commas, or what spreadsheet programs write where a comma stands in numbers.
///
/// # Errors
///
/// If the bytes are not UTF-8, a quotation mark is not closed, or there is too much.
pub fn read_csv(table: &str, bytes: &[u8]) -> Result<Rows, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ImportError::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let between = delimiter(text);
    let mut rows = Rows {
        table: table.to_owned(),
        rows: Vec::new(),
    };
    let mut row: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut letters = text.chars().peekable();
    let mut filled = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if field.is_empty() => {
                filled = true;
                loop {
                    match letters.next() {
                        None => {
                            return Err(ImportError::NotClosed {
                                row: rows.rows.len() + 1,
                            });
                        }
                        Some('"') if letters.next_if_eq(&'"').is_some() => field.push('"'),
                        Some('"') => break,
                        Some(other) => field.push(other),
                    }
                }
            }
            other if other == between => {
                filled = true;
                push(&mut row, &mut field)?;
            }
            '\r' | '\n' => {
                if letter == '\r' {
                    letters.next_if_eq(&'\n');
                }
                if filled {
                    push(&mut row, &mut field)?;
                    push_row(&mut rows.rows, &mut row)?;
                }
                filled = false;
            }
            other => {
                filled = true;
                field.push(other);
            }
        }
    }
    if filled {
        push(&mut row, &mut field)?;
        push_row(&mut rows.rows, &mut row)?;
    }
    Ok(rows)
}

/// The mark that the headings have most of between them: a comma, a semicolon or a tab.
fn delimiter(text: &str) -> char {
    let mut quoted = false;
    let (mut best, mut most) = (',', 0_usize);
    for mark in [',', ';', '\t'] {
        let head = text.chars().take_while(|letter| *letter != '\n');
        let count = head
            .filter(|letter| {
                quoted ^= *letter == '"';
                *letter == mark && !quoted
            })
            .count();
        quoted = false;
        if count > most {
            (best, most) = (mark, count);
        }
    }
    best
}

fn push(row: &mut Vec<String>, field: &mut String) -> Result<(), ImportError> {
    if row.len() >= MAX_COLUMNS {
        return Err(ImportError::TooMuch {
            what: "columns",
            limit: MAX_COLUMNS,
        });
    }
    row.push(unguard(field).to_owned());
    field.clear();
    Ok(())
}

fn push_row(rows: &mut Vec<Vec<String>>, row: &mut Vec<String>) -> Result<(), ImportError> {
    if rows.len() >= MAX_ROWS {
        return Err(ImportError::TooMuch {
            what: "rows",
            limit: MAX_ROWS,
        });
    }
    rows.push(std::mem::take(row));
    Ok(())
}

/// The rows of a sheet, such as [`write_xlsx`](crate::export::write_xlsx) makes them.
#[must_use]
pub fn read_sheet(table: &str, sheet: &Sheet) -> Rows {
    let rows = sheet.rows.iter().map(|row| {
        let width = row
            .cells
            .last_key_value()
            .map_or(0, |(column, _)| *column as usize + 1)
            .min(MAX_COLUMNS);
        let cell = |column: usize| {
            let column = u32::try_from(column).ok()?;
            row.cells.get(&column).cloned()
        };
        (0..width)
            .map(|column| cell(column).unwrap_or_default())
            .collect()
    });
    Rows {
        table: table.to_owned(),
        rows: rows.collect(),
    }
}

/// Responses from tables, by their keys in the order of the rows.
///
/// Columns that are made from others (choices, labels, coordinates) and columns that are no
/// question's are passed over. Whether the answers keep the form's rules is for
/// [`Filling::resume`](crate::Filling::resume) to say.
///
/// # Errors
///
/// If a table is not the form's, a row belongs to none, or a cell is not of its question's kind.
pub fn answers(logic: &Logic, tables: &[Rows]) -> Result<Vec<(String, Answers)>, ImportError> {
    let known = crate::export::tables(logic, &Options::default());
    for rows in tables {
        if !known.iter().any(|table| table.name == rows.table) {
            return Err(ImportError::UnknownTable(rows.table.clone()));
        }
    }
    // From the innermost repeats outwards: what lies in a row is complete before the row is read.
    let mut inside: BTreeMap<(usize, String), Vec<(usize, Answers)>> = BTreeMap::new();
    let sections: Vec<usize> = logic
        .parts()
        .iter()
        .enumerate()
        .filter(|(index, part)| *index == ROOT || part.item.kind == Kind::Repeat)
        .map(|(index, _)| index)
        .collect();
    let mut responses = Vec::new();
    for section in sections.into_iter().rev() {
        let name = match logic.part(section) {
            Some(part) if section != ROOT => part.path.as_str(),
            Some(_) | None => "responses",
        };
        let Some(rows) = tables.iter().find(|rows| rows.table == name) else {
            continue;
        };
        let mut keys = std::collections::BTreeSet::new();
        for (number, row) in read_section(logic, section, rows)?.into_iter().enumerate() {
            if !keys.insert(row.key.clone()) {
                return Err(ImportError::RepeatedKey {
                    table: name.to_owned(),
                    key: row.key,
                });
            }
            let mut answers = row.answers;
            for (repeat, key) in repeats_in(logic, section) {
                if let Some(instances) = inside.remove(&(repeat, row.key.clone())) {
                    let instances = instances.into_iter().map(|(_, one)| one).collect();
                    answers.0.insert(key, Entry::Repeat(instances));
                }
            }
            if section == ROOT {
                responses.push((row.key, answers));
            } else {
                inside
                    .entry((section, row.parent))
                    .or_default()
                    .push((number + 2, answers));
            }
        }
    }
    match inside.into_iter().next() {
        None => Ok(responses),
        Some(((section, parent), rows)) => Err(ImportError::Orphan {
            table: logic
                .part(section)
                .map_or_else(String::new, |part| part.path.clone()),
            row: rows.first().map_or(0, |(row, _)| *row),
            parent,
        }),
    }
}

struct Row {
    key: String,
    parent: String,
    answers: Answers,
}

/// Repeats directly in a section, through groups, with their keys among its answers.
fn repeats_in(logic: &Logic, section: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![(section, String::new())];
    while let Some((next, around)) = waiting.pop() {
        for child in logic.part(next).map_or(&[][..], |part| &part.children) {
            if let Some(part) = logic.part(*child) {
                let key = format!("{around}{}", part.item.name);
                match part.item.kind {
                    Kind::Repeat => found.push((*child, key)),
                    Kind::Group => waiting.push((*child, format!("{key}/"))),
                    _ => {}
                }
            }
        }
    }
    found
}

/// Questions directly in a section, through groups, by their keys among its answers.
fn questions_in(logic: &Logic, section: usize) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(section, String::new())];
    while let Some((next, around)) = waiting.pop() {
        for child in logic.part(next).map_or(&[][..], |part| &part.children) {
            if let Some(part) = logic.part(*child) {
                let key = format!("{around}{}", part.item.name);
                match part.item.kind {
                    Kind::Repeat | Kind::Note => {}
                    Kind::Group => waiting.push((*child, format!("{key}/"))),
                    _ => drop(found.insert(key, *child)),
                }
            }
        }
    }
    found
}

fn read_section(logic: &Logic, section: usize, rows: &Rows) -> Result<Vec<Row>, ImportError> {
    let Some((headings, body)) = rows.rows.split_first() else {
        return Ok(Vec::new());
    };
    let place = |wanted: &'static str| {
        headings
            .iter()
            .position(|heading| heading == wanted)
            .ok_or(ImportError::MissingColumn {
                table: rows.table.clone(),
                column: wanted,
            })
    };
    let key = place("KEY")?;
    let parent = if section == ROOT {
        None
    } else {
        Some(place("PARENT_KEY")?)
    };
    let questions = questions_in(logic, section);
    let columns: Vec<Option<(&String, usize)>> = headings
        .iter()
        .map(|heading| {
            questions
                .get_key_value(heading)
                .map(|(key, item)| (key, *item))
        })
        .collect();
    let mut read = Vec::new();
    for (number, row) in (2..).zip(body) {
        let text = |index: usize| row.get(index).cloned().unwrap_or_default();
        let mut answers = Answers::default();
        for (column, cell) in columns.iter().zip(row) {
            let Some((path, item)) = column else {
                continue;
            };
            let Some(part) = logic.part(*item) else {
                continue;
            };
            match Answer::read(&part.item, cell) {
                Ok(None) => {}
                Ok(Some(answer)) => {
                    answers
                        .0
                        .insert((*path).clone(), Entry::Text(answer.to_string()));
                }
                Err(_) => {
                    return Err(ImportError::Malformed {
                        table: rows.table.clone(),
                        row: number,
                        column: (*path).clone(),
                    });
                }
            }
        }
        read.push(Row {
            key: text(key),
            parent: parent.map(text).unwrap_or_default(),
            answers,
        });
    }
    Ok(read)
}
