//! Spreadsheets as rows of text: XLSX, XLS and ODS, read from bytes within bounds.
//!
//! Nothing of a form is known here. Numbers, dates and truth values become the text a person would
//! have typed, because that is what a form is written in.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use self::cell::Filled;

mod archive;
mod cell;
mod compound;
mod ods;
mod xls;
mod xlsx;

/// The longest file that is opened.
pub const MAX_FILE: usize = 32 << 20;
/// What all parts of a file may inflate to together.
pub const MAX_INFLATED: u64 = 128 << 20;
/// Sheets of a workbook.
pub const MAX_SHEETS: usize = 100;
/// Filled cells of a workbook.
pub const MAX_CELLS: usize = 1_000_000;
/// Bytes of text of all cells together: one text may stand in many cells.
pub const MAX_TEXT: usize = 64 << 20;
/// Letters of one cell: what spreadsheet programs allow themselves.
pub const MAX_CELL: usize = 32_767;

/// A spreadsheet file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Workbook {
    /// In the order of the file.
    pub sheets: Vec<Sheet>,
}

/// One sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// As the file says, trimmed.
    pub name: String,
    /// Rows that have a filled cell, by rising number.
    pub rows: Vec<Row>,
    /// Cells with a formula whose result is not in the file, or is an error: the number of the row, and the
    /// column from 0.
    pub unworked: Vec<(u32, u32)>,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// As spreadsheet programs count, from 1.
    pub number: u32,
    /// Filled cells by column, from 0. The text is not trimmed.
    pub cells: BTreeMap<u32, String>,
    /// The columns of those that the file has as numbers: a point in them is before decimals.
    pub numbers: BTreeSet<u32>,
}

/// Why a file was not read as a spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WorkbookError {
    /// Neither XLSX nor XLS nor ODS.
    #[error("the file is no spreadsheet")]
    NotASpreadsheet,
    /// Encrypted with a password.
    #[error("the spreadsheet is locked with a password")]
    Locked,
    /// The file ends early or contradicts itself.
    #[error("the spreadsheet is damaged in {part}: {reason}")]
    Damaged {
        /// Which part of the file.
        part: String,
        /// What was found there, in English.
        reason: String,
    },
    /// More than is read.
    #[error("the spreadsheet has more than {limit} {what}")]
    TooMuch {
        /// What there is too much of: `bytes`, `inflated bytes`, `sheets`, `cells`, ...
        what: &'static str,
        /// How much is read.
        limit: u64,
    },
}

impl WorkbookError {
    fn damaged(part: &str, reason: impl std::fmt::Display) -> Self {
        Self::Damaged {
            part: part.to_owned(),
            reason: reason.to_string(),
        }
    }
}

impl Workbook {
    /// Reads a spreadsheet of any of the three kinds, told apart by its first bytes.
    ///
    /// # Errors
    ///
    /// If the bytes are no spreadsheet, are locked or damaged, or exceed the bounds of this module.
    pub fn read(bytes: &[u8]) -> Result<Self, WorkbookError> {
        if bytes.len() > MAX_FILE {
            return Err(WorkbookError::TooMuch {
                what: "bytes",
                limit: MAX_FILE as u64,
            });
        }
        if bytes.starts_with(b"PK") {
            let mut archive = archive::Archive::open(bytes)?;
            if archive.holds("content.xml") {
                ods::read(&mut archive)
            } else if archive.holds("xl/workbook.xml") || archive.holds("_rels/.rels") {
                xlsx::read(&mut archive)
            } else {
                Err(WorkbookError::NotASpreadsheet)
            }
        } else if bytes.starts_with(&compound::SIGNATURE) {
            xls::read(bytes)
        } else {
            Err(WorkbookError::NotASpreadsheet)
        }
    }

    /// The sheet of that name, whatever its case.
    #[must_use]
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets
            .iter()
            .find(|sheet| sheet.name.eq_ignore_ascii_case(name))
    }
}

/// Cells of sheets as they are found, counted against the bounds.
#[derive(Debug, Default)]
struct Cells {
    sheets: Vec<Sheet>,
    rows: BTreeMap<u32, BTreeMap<u32, String>>,
    numbers: BTreeMap<u32, BTreeSet<u32>>,
    unworked: Vec<(u32, u32)>,
    count: usize,
    bytes: usize,
}

impl Cells {
    /// Puts a cell, at a row and column counted from 0. An empty text is no cell.
    ///
    /// Line ends become one kind, and letters that XML cannot hold are left out.
    fn put(
        &mut self,
        row: u32,
        column: u32,
        filled: impl Into<Filled>,
    ) -> Result<(), WorkbookError> {
        let Filled { mut text, number } = filled.into();
        if text.contains('\r') {
            text = text.replace("\r\n", "\n").replace('\r', "\n");
        }
        text.retain(|letter| {
            matches!(letter, '\n' | '\t')
                || !(letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}'))
        });
        if text.trim().is_empty() {
            return Ok(());
        }
        if text.len() > MAX_CELL && text.chars().count() > MAX_CELL {
            return Err(WorkbookError::TooMuch {
                what: "letters in a cell",
                limit: MAX_CELL as u64,
            });
        }
        self.count += 1;
        if self.count > MAX_CELLS {
            return Err(WorkbookError::TooMuch {
                what: "cells",
                limit: MAX_CELLS as u64,
            });
        }
        self.bytes += text.len();
        if self.bytes > MAX_TEXT {
            return Err(WorkbookError::TooMuch {
                what: "bytes of text",
                limit: MAX_TEXT as u64,
            });
        }
        self.rows.entry(row).or_default().insert(column, text);
        if number {
            self.numbers.entry(row).or_default().insert(column);
        } else if let Some(numbers) = self.numbers.get_mut(&row) {
            numbers.remove(&column);
        }
        Ok(())
    }

    /// Keeps in mind that a formula has no result here. More than a person would mend are not listed.
    fn unworked(&mut self, row: u32, column: u32) {
        if self.unworked.len() < 100 {
            self.unworked.push((row.saturating_add(1), column));
        }
    }

    /// Ends the sheet that was filled up to here.
    fn end_sheet(&mut self, name: &str) -> Result<(), WorkbookError> {
        if self.sheets.len() >= MAX_SHEETS {
            return Err(WorkbookError::TooMuch {
                what: "sheets",
                limit: MAX_SHEETS as u64,
            });
        }
        let mut numbers = std::mem::take(&mut self.numbers);
        let rows = std::mem::take(&mut self.rows)
            .into_iter()
            .map(|(row, cells)| Row {
                number: row.saturating_add(1),
                cells,
                numbers: numbers.remove(&row).unwrap_or_default(),
            })
            .collect();
        self.sheets.push(Sheet {
            name: name.trim().to_owned(),
            rows,
            unworked: std::mem::take(&mut self.unworked),
        });
        Ok(())
    }

    fn workbook(self) -> Workbook {
        Workbook {
            sheets: self.sheets,
        }
    }
}
