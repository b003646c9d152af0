//! A table of people by group, as an office has it (CSV, XLSX, XLS or ODS), matched with the options of a
//! question. Not here: what the comparison says, which is the core's (`consultation::cross`).

use core::ops::RangeInclusive;
use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::{Question, QuestionKind};
use majlis_core::fold_text::fold;
use majlis_formats::import::read_csv;
use majlis_formats::workbook::Workbook;

use crate::api::results::{CensusColumn, CensusFigure, CensusRead, CensusStray};
use crate::api::{ApiError, ErrorCode};
use crate::plain::figure::{Figure, Marks};

/// Lines of a table that are looked at.
const MOST: usize = 2_000;

/// A line of a table: its number from 1, and its filled cells by column, from 1.
struct Line {
    number: u32,
    cells: BTreeMap<u32, Cell>,
}

struct Cell {
    text: String,
    /// Whether the file has it as a number, not as text.
    number: bool,
}

impl Line {
    fn figure(&self, column: u32) -> Option<Figure> {
        self.cells.get(&column).and_then(Cell::figure)
    }
}

impl Cell {
    fn figure(&self) -> Option<Figure> {
        Figure::read(&self.text, self.number)
    }
}

/// What names may mean for a question.
enum Groups {
    /// The steps of a scale.
    Steps(RangeInclusive<i32>),
    /// Options by their texts in any of the form's languages and by their own names, folded.
    Options(BTreeMap<String, i32>),
}

impl Groups {
    fn of(question: &Question) -> Self {
        if let QuestionKind::Scale { from, to, .. } = question.kind {
            return Self::Steps(from.into()..=to.into());
        }
        let mut folded = BTreeMap::new();
        for option in question.kind.options() {
            let texts = [&option.label, &option.details.name];
            for text in texts.into_iter().chain(option.details.label.values()) {
                // Of options that are called the same, the first one is meant.
                folded.entry(fold(text)).or_insert(option.id.into());
            }
        }
        folded.remove("");
        Self::Options(folded)
    }

    /// The option, or the step of a scale, that a name means, in whichever spelling.
    fn named(&self, name: &str) -> Option<i32> {
        match self {
            Self::Steps(steps) => {
                let figure = Figure::read(name, false)?.decimal(Marks::default())?;
                figure.parse().ok().filter(|step| steps.contains(step))
            }
            Self::Options(folded) => folded.get(&fold(name)).copied(),
        }
    }
}

/// Reads a table for a question. A line is one group: one column names it, another one says how many
/// people, the same in every line. What names no group is told, never guessed; and so is a number
/// that may mean two things.
pub(crate) fn read(
    question: &Question,
    bytes: &[u8],
    wanted: Option<u32>,
) -> Result<CensusRead, ApiError> {
    let mut lines = lines(bytes)?;
    lines.truncate(MOST);
    let groups = Groups::of(question);
    let names = names(&groups, &lines);
    let named: Vec<(&Line, &str, Option<i32>)> = lines
        .iter()
        .filter_map(|line| {
            let name = line.cells.get(&names)?.text.as_str();
            Some((line, name, groups.named(name)))
        })
        .collect();
    let known = || named.iter().filter(|(.., id)| id.is_some());
    let numbers = numbers(known().map(|(line, ..)| *line), names);
    let first = known().next().map_or(0, |(line, ..)| line.number);
    let above = Above::of(&lines, first, names, &numbers);
    let columns: Vec<CensusColumn> = numbers.keys().map(|column| above.column(*column)).collect();
    let taken = match wanted {
        Some(wanted) => {
            let unfit = || crate::plain::bad("column").about(wanted.to_string());
            let fits = numbers.contains_key(&wanted);
            Some(fits.then_some(wanted).ok_or_else(unfit)?)
        }
        // The last of those that say a number of the most groups.
        None => numbers
            .iter()
            .max_by_key(|(_, count)| **count)
            .map(|(column, _)| *column),
    };
    let mut found: Vec<(i32, u32, &str, Figure)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut strays = Vec::new();
    let stray = |row: u32, text: &str| CensusStray {
        row,
        text: text.chars().take(100).collect(),
    };
    for &(line, name, id) in &named {
        let figure = match taken {
            Some(column) => line.figure(column),
            // No group has a number: what has any is told.
            None => line.cells.values().rev().find_map(Cell::figure),
        };
        match (id, figure) {
            (None, None) => {}
            (Some(id), Some(figure)) if seen.insert(id) => {
                found.push((id, line.number, name, figure));
            }
            (None, Some(_)) if above.heading == Some(line.number) => {}
            (Some(_), None) if taken.is_none() => {}
            _ => strays.push(stray(line.number, name)),
        }
    }
    let marks = Marks::of(&found.iter().map(|(.., figure)| figure));
    let mut rows = Vec::new();
    for (id, number, name, figure) in &found {
        match figure.decimal(marks) {
            Some(people) => rows.push(CensusFigure { id: *id, people }),
            None => strays.push(stray(*number, name)),
        }
    }
    strays.sort_by_key(|stray| stray.row);
    Ok(CensusRead {
        rows,
        strays,
        columns,
        column: taken,
    })
}

/// The column that names the most groups, which offices put behind codes of their own; the first one
/// where none names any.
fn names(groups: &Groups, lines: &[Line]) -> u32 {
    let mut named: BTreeMap<u32, usize> = BTreeMap::new();
    for (column, cell) in lines.iter().flat_map(|line| &line.cells) {
        let count = named.entry(*column).or_default();
        *count += usize::from(groups.named(&cell.text).is_some());
    }
    let most = named.values().max().copied().unwrap_or_default();
    let first = named.into_iter().find(|(_, count)| *count == most);
    first.map_or(1, |(column, _)| column)
}

/// The columns that say a number of some group, each with how many groups it says one of.
fn numbers<'l>(known: impl Iterator<Item = &'l Line>, names: u32) -> BTreeMap<u32, usize> {
    let mut numbers = BTreeMap::new();
    for (column, cell) in known.flat_map(|line| &line.cells) {
        if *column != names && cell.figure().is_some() {
            *numbers.entry(*column).or_default() += 1;
        }
    }
    numbers
}

/// What stands above the first group.
struct Above<'l> {
    /// What each column is called by.
    titles: BTreeMap<u32, &'l str>,
    /// The line right above the first group, where it says what is in the columns, if only by years. What
    /// names something and has a number in a column that is headed already is no heading: it may be a
    /// group that no option is for, and is told.
    heading: Option<u32>,
}

impl<'l> Above<'l> {
    fn of(lines: &'l [Line], first: u32, names: u32, numbers: &BTreeMap<u32, usize>) -> Self {
        let mut above = Self {
            titles: BTreeMap::new(),
            heading: None,
        };
        let lines = lines.iter().filter(|line| line.number < first);
        for line in lines.filter(|line| !line.cells.is_empty()) {
            let names_something = line.cells.contains_key(&names);
            let mut heads = true;
            let cells = line.cells.iter();
            for (column, cell) in cells.filter(|(column, _)| numbers.contains_key(*column)) {
                let headed = names_something && above.titles.contains_key(column);
                let fits = cell.figure().is_none() || (is_year(cell) && !headed);
                if fits {
                    above.titles.insert(*column, &cell.text);
                }
                heads &= fits;
            }
            above.heading = (heads && !numbers.is_empty()).then_some(line.number);
        }
        above
    }

    fn column(&self, column: u32) -> CensusColumn {
        let title = self.titles.get(&column);
        CensusColumn {
            column,
            title: title.map_or_else(String::new, |title| title.chars().take(100).collect()),
        }
    }
}

fn is_year(cell: &Cell) -> bool {
    let text = &cell.text;
    text.len() == 4 && (text.starts_with("19") || text.starts_with("20"))
}

fn lines(bytes: &[u8]) -> Result<Vec<Line>, ApiError> {
    let wrong = |error: &dyn std::error::Error| {
        ApiError::new(ErrorCode::BadInput, error.to_string()).about("census")
    };
    let filled = |column: u32, text: &str, number: bool| {
        let text = text.trim().to_owned();
        (!text.is_empty()).then_some((column, Cell { text, number }))
    };
    let spreadsheet = bytes.starts_with(b"PK") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    if spreadsheet {
        let book = Workbook::read(bytes).map_err(|error| wrong(&error))?;
        let rows = book.sheets.first().map_or(&[][..], |sheet| &sheet.rows);
        let lines = rows.iter().map(|row| {
            let cells = row.cells.iter();
            Line {
                number: row.number,
                cells: cells
                    .filter_map(|(column, text)| {
                        filled(column.saturating_add(1), text, row.numbers.contains(column))
                    })
                    .collect(),
            }
        });
        return Ok(lines.collect());
    }
    let rows = read_csv("census", bytes).map_err(|error| wrong(&error))?;
    let rows = rows.rows;
    // Where a comma is for decimals, columns are parted by semicolons; from other programs by tabs.
    let whole: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    let mut written = whole
        .iter()
        .filter(|line| !line.trim().is_empty())
        .peekable();
    let any = written.peek().is_some();
    let written: Vec<&String> = written.collect();
    let parts = |mark: &char| any && written.iter().all(|line| line.contains(*mark));
    let mark = ['\t', ';'].into_iter().find(parts);
    let lines = (1_u32..)
        .zip(rows.iter().zip(&whole))
        .map(|(number, (row, whole))| {
            let cells = match mark {
                Some(mark) => (1..)
                    .zip(whole.split(mark))
                    .filter_map(|(column, text)| filled(column, text, false))
                    .collect(),
                None => (1..)
                    .zip(row)
                    .filter_map(|(column, text)| filled(column, text, false))
                    .collect(),
            };
            Line { number, cells }
        });
    Ok(lines.collect())
}

#[cfg(test)]
mod tests;
