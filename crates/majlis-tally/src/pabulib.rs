//! Budget elections as `.pb` files, the format of pabulib.org.
//!
//! Three sections, `META`, `PROJECTS` and `VOTES`, each a table with `;` between fields. Both
//! forms are read: the one before 2026 (column `target`, blanks around fields, empty lines) and the
//! present one (column `beneficiaries`, none of those). Only the present one is written. What a
//! strict reader would not accept is no error here but a [`Finding`], with what to do about it.
//! Source: pabulib.org/format as of June 2026, and its published checker.

mod check;
mod convert;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use crate::delimited::{Row, RowError, Rows, text, write_row};

pub use check::{Finding, Weight};
pub use convert::PbError;

/// A section of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Section {
    /// Keys and values about the election.
    Meta,
    /// A row for each project.
    Projects,
    /// A row for each ballot.
    Votes,
}

impl std::fmt::Display for Section {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Meta => "META",
            Self::Projects => "PROJECTS",
            Self::Votes => "VOTES",
        })
    }
}

/// The columns of a section and its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows with the line each begins on; none longer than the columns.
    pub rows: Vec<Row>,
}

impl Table {
    /// The place of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The field of a row in the column called `name`; an empty field and `None` are no field.
    #[must_use]
    pub fn field<'a>(&self, row: &'a Row, name: &str) -> Option<&'a str> {
        let field = row.fields.get(self.column(name)?)?.as_str();
        (!field.is_empty() && !field.eq_ignore_ascii_case("none")).then_some(field)
    }
}

/// A `.pb` file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PbFile {
    /// Keys and values about the election.
    pub meta: Table,
    /// The projects.
    pub projects: Table,
    /// The ballots.
    pub votes: Table,
    /// What was put right in reading and a strict reader would not accept.
    noted: Vec<Finding>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It has no rows.
    #[error("read a .pb file")]
    Rows(#[from] RowError),
    /// A section is not there.
    #[error("read a .pb file: there is no line {0} that begins the section; add it")]
    NoSection(Section),
    /// A section is there twice.
    #[error("read a .pb file: line {line} begins the section {section} again; join them")]
    RepeatedSection {
        /// The section.
        section: Section,
        /// The line.
        line: usize,
    },
    /// A row before the first section.
    #[error("read a .pb file: line {line} stands before any section; the file begins with META")]
    OutsideSections {
        /// The line.
        line: usize,
    },
    /// More fields than are kept at once.
    #[error(
        "read a .pb file: it has more than {MAX_KEPT} fields; leave out columns that do not count"
    )]
    TooLarge,
    /// A section whose first row names one column only: something else stands between its fields.
    #[error(
        "read a .pb file: line {line} names one column of {section} only; put ; between fields, not a \
         comma or a tab"
    )]
    OneColumn {
        /// The section.
        section: Section,
        /// The line.
        line: usize,
    },
    /// A row with more fields than there are columns.
    #[error(
        "read a .pb file: line {line} has {fields} fields and {section} has {columns} columns; \
         put a field that holds ; in double quotes"
    )]
    TooManyFields {
        /// The section.
        section: Section,
        /// The line.
        line: usize,
        /// How many fields the row has.
        fields: usize,
        /// How many there may be.
        columns: usize,
    },
}

/// The most fields that are kept of a file, so that one of delimiters alone fills no memory.
const MAX_KEPT: usize = 8_000_000;

fn section_of(row: &Row) -> Option<Section> {
    let (first, rest) = row.fields.split_first()?;
    if rest.iter().any(|field| !field.trim().is_empty()) {
        return None;
    }
    let title = first.trim();
    let sections = [Section::Meta, Section::Projects, Section::Votes];
    sections
        .into_iter()
        .find(|section| title.eq_ignore_ascii_case(&section.to_string()))
}

/// Reads a file of either form.
///
/// # Errors
/// If it is not text, or not three tables.
pub fn read(bytes: &[u8]) -> Result<PbFile, ReadError> {
    let mut file = PbFile::default();
    let mut seen: Vec<Section> = Vec::new();
    let mut kept = 0_usize;
    for row in Rows::new(text(bytes)?, ';') {
        let mut row = row?;
        if let Some(section) = section_of(&row) {
            if seen.contains(&section) {
                let line = row.line;
                return Err(ReadError::RepeatedSection { section, line });
            }
            seen.push(section);
            continue;
        }
        let Some(&section) = seen.last() else {
            if row.fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            return Err(ReadError::OutsideSections { line: row.line });
        };
        if row.fields.len() == 1 && row.fields.iter().all(|field| field.trim().is_empty()) {
            file.noted.push(Finding::empty_line(section, row.line));
            continue;
        }
        trim(&mut row, section, &mut file.noted);
        let table = match section {
            Section::Meta => &mut file.meta,
            Section::Projects => &mut file.projects,
            Section::Votes => &mut file.votes,
        };
        if table.columns.is_empty() {
            let one = row.fields.len() == 1;
            if one && row.fields.iter().any(|field| field.contains([',', '\t'])) {
                let line = row.line;
                return Err(ReadError::OneColumn { section, line });
            }
            table.columns = row.fields;
            continue;
        }
        let columns = table.columns.len();
        while row.fields.len() > columns && row.fields.last().is_some_and(String::is_empty) {
            row.fields.pop();
        }
        if row.fields.len() > columns && section == Section::Meta {
            // As the reference library reads it: what comes after the value says nothing.
            file.noted.push(Finding::more_than_a_value(row.line));
            row.fields.truncate(columns);
        }
        if row.fields.len() > columns {
            return Err(ReadError::TooManyFields {
                section,
                line: row.line,
                fields: row.fields.len(),
                columns,
            });
        }
        // What was left of it is nothing: written, it would be no row.
        if columns == 1 && row.fields.iter().all(String::is_empty) {
            file.noted.push(Finding::empty_line(section, row.line));
            continue;
        }
        kept = kept.saturating_add(row.fields.len());
        if kept > MAX_KEPT || file.noted.len() > MAX_KEPT / 8 {
            return Err(ReadError::TooLarge);
        }
        table.rows.push(row);
    }
    for section in [Section::Meta, Section::Projects, Section::Votes] {
        if !seen.contains(&section) {
            return Err(ReadError::NoSection(section));
        }
    }
    for column in &mut file.projects.columns {
        if column == "target" {
            "beneficiaries".clone_into(column);
            file.noted.push(Finding::renamed_target());
        }
    }
    Ok(file)
}

fn trim(row: &mut Row, section: Section, noted: &mut Vec<Finding>) {
    for field in &mut row.fields {
        let trimmed = field.trim();
        if trimmed.len() != field.len() {
            noted.push(Finding::blanks(section, row.line, trimmed));
            *field = trimmed.to_owned();
        }
    }
}

impl PbFile {
    /// A file from its tables, for writing.
    #[must_use]
    pub fn new(meta: Table, projects: Table, votes: Table) -> Self {
        Self {
            meta,
            projects,
            votes,
            noted: Vec::new(),
        }
    }

    /// The value of a key of `META`.
    #[must_use]
    pub fn meta(&self, key: &str) -> Option<&str> {
        let row = self
            .meta
            .rows
            .iter()
            .find(|row| row.fields.first().is_some_and(|one| one == key));
        let value = row?.fields.get(1)?.as_str();
        (!value.is_empty() && !value.eq_ignore_ascii_case("none")).then_some(value)
    }

    /// The line of a key of `META`; zero if it is not there.
    fn meta_line(&self, key: &str) -> usize {
        let mut rows = self.meta.rows.iter();
        let row = rows.find(|row| row.fields.first().is_some_and(|one| one == key));
        row.map_or(0, |row| row.line)
    }

    /// Ids of the projects that the organisers funded (`selected` 1), in the order of the file.
    /// `None` where the file does not say.
    #[must_use]
    pub fn selected(&self) -> Option<Vec<&str>> {
        self.projects.column("selected")?;
        let rows = self.projects.rows.iter();
        let funded = rows.filter(|row| self.projects.field(row, "selected") == Some("1"));
        Some(
            funded
                .filter_map(|row| self.projects.field(row, "project_id"))
                .collect(),
        )
    }

    /// The file in the present form.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        let sections = [
            (Section::Meta, &self.meta),
            (Section::Projects, &self.projects),
            (Section::Votes, &self.votes),
        ];
        for (section, table) in sections {
            // Writing to a string does not fail.
            let _ = writeln!(out, "{section}");
            write_row(&mut out, &table.columns, ';');
            for row in &table.rows {
                write_row(&mut out, &row.fields, ';');
            }
        }
        out
    }
}
