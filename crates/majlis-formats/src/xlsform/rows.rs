//! Rows of a sheet under its headings.

use std::collections::BTreeMap;

use super::columns::{Column, Columns, Plain, Sheet, TextColumn};
use crate::expression::{Expression, plain_numbers, straight_quotes};
use crate::form::{MediaKind, Texts};
use crate::message::{Message, Place, Problem};
use crate::workbook;

/// Empty rows after which a sheet is taken to end.
const GAP: u32 = 20;

/// Marks that nobody sees and that programs for Arabic put into cells: of direction, and of encoding.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A text without blanks and unseen marks around it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || is_unseen(letter))
}

/// A sheet with its headings understood.
pub(super) struct Table<'a> {
    pub(super) name: &'a str,
    /// The row of the headings.
    pub(super) head: Option<u32>,
    pub(super) columns: Columns,
    pub(super) rows: Vec<&'a workbook::Row>,
}

/// One row, by what its cells say.
pub(super) struct Cells<'a> {
    table: &'a Table<'a>,
    row: &'a workbook::Row,
}

impl<'a> Table<'a> {
    /// Reads the headings, which are the first filled row, and ends at the first long gap.
    pub(super) fn read(
        sheet: &'a workbook::Sheet,
        kind: Sheet,
        messages: &mut Vec<Message>,
    ) -> Option<Self> {
        let (head, rest) = sheet.rows.split_first()?;
        let columns = Columns::read(&sheet.name, kind, head.number, &head.cells, messages);
        let mut rows = Vec::new();
        let mut last = head.number;
        for row in rest {
            if row.number.saturating_sub(last) > GAP {
                messages.push(Message::warning(
                    Place::row(&sheet.name, Some(row.number)),
                    Problem::RowsAfterGap { first: row.number },
                ));
                break;
            }
            last = row.number;
            rows.push(row);
        }
        Some(Self {
            name: &sheet.name,
            head: Some(head.number),
            columns,
            rows,
        })
    }

    pub(super) fn cells(&'a self) -> impl Iterator<Item = Cells<'a>> {
        self.rows.iter().map(move |row| Cells { table: self, row })
    }
}

impl<'a> Cells<'a> {
    pub(super) fn number(&self) -> u32 {
        self.row.number
    }

    /// The cells that have a heading that is understood.
    fn all(&self) -> impl Iterator<Item = (&'a Column, &'a str, &'a str)> {
        let table = self.table;
        self.row.cells.iter().filter_map(move |(number, text)| {
            let column = table.columns.by_number.get(number)?;
            let heading = table.columns.headings.get(number)?;
            let text = match column {
                Column::Plain(_) => trim(text),
                // A mark of direction may be what keeps a full stop in its place.
                Column::Text(..) | Column::Media(..) | Column::Kept(_) => text.trim(),
            };
            Some((column, heading.as_str(), text)).filter(|one| !one.2.is_empty())
        })
    }

    pub(super) fn plain(&self, wanted: Plain) -> Option<&'a str> {
        self.all()
            .find(|(column, ..)| **column == Column::Plain(wanted))
            .map(|(_, _, text)| text)
    }

    /// A cell that holds an expression, trimmed, with lines joined, quotes straight and digits ASCII,
    /// without marks of direction.
    pub(super) fn expression(&self, wanted: Plain) -> Option<String> {
        self.plain(wanted).map(|text| {
            let joined = text.replace(['\r', '\n', '\u{a0}'], " ");
            let written: String = joined.chars().filter(|one| !is_unseen(*one)).collect();
            let straight = plain_numbers(&straight_quotes(&written));
            // `'it’s'` is right as it stands.
            match Expression::read(&straight) {
                Ok(_) => straight,
                Err(_) => plain_numbers(&written),
            }
        })
    }

    /// The texts of a column in all languages. Cells without a language are of `language`.
    pub(super) fn texts(&self, wanted: TextColumn, unnamed: &str) -> Texts {
        let mut texts = BTreeMap::new();
        for (column, _, text) in self.all() {
            if let Column::Text(own, language) = column
                && *own == wanted
            {
                let named = super::settings::named(language, unnamed);
                texts.entry(named.to_owned()).or_insert(text.to_owned());
            }
        }
        Texts(texts)
    }

    pub(super) fn media(&self, unnamed: &str) -> BTreeMap<MediaKind, Texts> {
        let mut media: BTreeMap<MediaKind, Texts> = BTreeMap::new();
        for (column, _, text) in self.all() {
            if let Column::Media(kind, language) = column {
                let named = super::settings::named(language, unnamed);
                let texts = media.entry(*kind).or_default();
                texts.0.entry(named.to_owned()).or_insert(text.to_owned());
            }
        }
        media
    }

    /// Cells under headings that are not understood.
    pub(super) fn kept(&self) -> BTreeMap<String, String> {
        self.all()
            .filter_map(|(column, _, text)| match column {
                Column::Kept(heading) => Some((heading.clone(), text.to_owned())),
                Column::Plain(_) | Column::Text(..) | Column::Media(..) => None,
            })
            .collect()
    }

    pub(super) fn place(&self, column: Plain) -> Place {
        Place::cell(
            self.table.name,
            Some(self.row.number),
            self.table.columns.heading(column),
        )
    }

    pub(super) fn row_place(&self) -> Place {
        Place::row(self.table.name, Some(self.row.number))
    }
}
