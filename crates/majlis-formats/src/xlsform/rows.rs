//! Rows of a sheet under its headings.

use std::collections::BTreeMap;

use super::columns::{Column, Columns, Plain, Sheet, TextColumn};
use crate::expression::{Expression, straight_quotes};
use crate::form::{MediaKind, Texts};
use crate::message::{Message, Place, Problem};
use crate::workbook;

/// Empty rows after which a sheet is taken to end.
const GAP: u32 = 20;

/// A sheet with its headings understood.
pub(super) struct Table<'a> {
    pub(super) name: &'a str,
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
            Some((column, heading.as_str(), text.trim()))
        })
    }

    pub(super) fn plain(&self, wanted: Plain) -> Option<&'a str> {
        self.all()
            .find(|(column, ..)| **column == Column::Plain(wanted))
            .map(|(_, _, text)| text)
    }

    /// A cell that holds an expression, trimmed, with lines joined and straight quotes.
    pub(super) fn expression(&self, wanted: Plain) -> Option<String> {
        self.plain(wanted)
            .map(|text| text.replace(['\r', '\n'], " ").replace('\u{a0}', " "))
            .map(|text| match straight_quotes(&text) {
                // `'it’s'` is right as it stands.
                straight if Expression::read(&straight).is_ok() => straight,
                _ => text,
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
