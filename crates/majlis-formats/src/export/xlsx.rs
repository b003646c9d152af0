//! XLSX written as it comes: one sheet a table, then the dictionary and the provenance.
//!
//! Texts stand in their cells and not in a table of their own, so that nothing has to be held back
//! to the end of the file. A text is never a formula here, whatever it begins with.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;

use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

use super::table::tables;
use super::{Cell, ExportError, Options, Provenance, Response, Written, dictionary};
use crate::logic::Logic;
use crate::xml::escape;

/// Rows of a sheet, with its headings.
pub const MAX_ROWS: u64 = 1_048_576;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// Writes all tables into one workbook. `responses` is called once for each table and must give the
/// same responses each time.
///
/// # Errors
///
/// If a response cannot be had, their number changed in between, a sheet is full, or the bytes
/// cannot be written.
pub fn write_xlsx<W, I, E>(
    logic: &Logic,
    options: &Options,
    provenance: &Provenance,
    mut responses: impl FnMut() -> I,
    out: W,
) -> Result<Written, ExportError>
where
    W: Write,
    I: Iterator<Item = Result<Response, E>>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let tables = tables(logic, options);
    let mut taken = BTreeSet::new();
    let mut names: Vec<String> = tables
        .iter()
        .map(|table| sheet_name(&table.name, &mut taken))
        .collect();
    names.push(sheet_name("dictionary", &mut taken));
    names.push(sheet_name("provenance", &mut taken));
    let mut book = Book {
        zip: ZipWriter::new_stream(out),
        line: String::new(),
        row: 0,
    };
    book.frame(&names)?;
    let mut written: Option<Written> = None;
    for (number, table) in (1..).zip(&tables) {
        book.begin(number, options.right_to_left)?;
        let headings: Vec<Cell> = table
            .headings()
            .map(|heading| Cell::Text(heading.to_owned()))
            .collect();
        book.row(&headings)?;
        let (mut count, mut rows) = (0, 0);
        for response in responses() {
            let response = response.map_err(|error| ExportError::Source(error.into()))?;
            count += 1;
            rows += table.rows(logic, options, &response, &mut |cells: &[Cell]| {
                book.row(cells)
            })?;
        }
        book.end()?;
        let so_far = written.get_or_insert_with(|| Written {
            responses: count,
            ..Written::default()
        });
        if so_far.responses != count {
            return Err(ExportError::Changed);
        }
        so_far.rows.insert(table.name.clone(), rows);
    }
    let written = written.unwrap_or_default();
    let mut number = tables.len() + 1;
    book.begin(number, false)?;
    for row in dictionary(logic, options).rows() {
        let cells: Vec<Cell> = row.into_iter().map(text).collect();
        book.row(&cells)?;
    }
    book.end()?;
    number += 1;
    book.begin(number, false)?;
    for (name, value) in provenance.rows(&written) {
        book.row(&[text(name), text(value)])?;
    }
    book.end()?;
    book.zip.finish().map_err(zip_error)?;
    Ok(written)
}

fn text(text: String) -> Cell {
    if text.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(text)
    }
}

fn zip_error(error: zip::result::ZipError) -> ExportError {
    ExportError::Write(std::io::Error::other(error))
}

/// A name that sheets may have: 31 letters, none of `[]:*?/\`, each name once.
fn sheet_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let clean: String = name
        .chars()
        .map(|letter| match letter {
            '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'' => '-',
            other => other,
        })
        .take(28)
        .collect();
    let mut wanted = clean.clone();
    let mut number = 2;
    while !taken.insert(wanted.to_lowercase()) {
        wanted = format!("{}-{number}", clean.chars().take(24).collect::<String>());
        number += 1;
    }
    wanted
}

struct Book<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    line: String,
    row: u64,
}

impl<W: Write> Book<W> {
    fn part(&mut self, path: &str, text: &str) -> Result<(), ExportError> {
        self.zip
            .start_file(path, SimpleFileOptions::default())
            .map_err(zip_error)?;
        self.zip.write_all(text.as_bytes())?;
        Ok(())
    }

    /// Everything but the sheets.
    fn frame(&mut self, names: &[String]) -> Result<(), ExportError> {
        let head = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
        let (mut types, mut sheets, mut relations) = (String::new(), String::new(), String::new());
        for (number, name) in (1..).zip(names) {
            types.push_str(&format!(
                r#"<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{KIND}.worksheet+xml"/>"#
            ));
            sheets.push_str(&format!(
                r#"<sheet name="{}" sheetId="{number}" r:id="rId{number}"/>"#,
                escape(name)
            ));
            relations.push_str(&format!(
                r#"<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>"#
            ));
        }
        self.part(
            "[Content_Types].xml",
            &format!(
                r#"{head}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>{types}</Types>"#
            ),
        )?;
        self.part(
            "_rels/.rels",
            &format!(
                r#"{head}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
            ),
        )?;
        self.part(
            "xl/workbook.xml",
            &format!(
                r#"{head}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>"#
            ),
        )?;
        let styles = names.len() + 1;
        self.part(
            "xl/_rels/workbook.xml.rels",
            &format!(
                r#"{head}<Relationships xmlns="{PACKAGE}/relationships">{relations}<Relationship Id="rId{styles}" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>"#
            ),
        )?;
        self.part(
            "xl/styles.xml",
            &format!(
                r#"{head}<styleSheet xmlns="{MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>"#
            ),
        )
    }

    fn begin(&mut self, number: usize, right_to_left: bool) -> Result<(), ExportError> {
        self.row = 0;
        let direction = if right_to_left {
            r#" rightToLeft="1""#
        } else {
            ""
        };
        self.part(
            &format!("xl/worksheets/sheet{number}.xml"),
            &format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"{direction}><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>"#
            ),
        )
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), ExportError> {
        self.row += 1;
        if self.row > MAX_ROWS {
            return Err(ExportError::TooManyRows);
        }
        let row = self.row;
        let style = if row == 1 { r#" s="1""# } else { "" };
        self.line.clear();
        self.line.push_str(&format!(r#"<row r="{row}">"#));
        for (column, cell) in cells.iter().enumerate() {
            let place = || format!("{}{row}", letters(column));
            match cell {
                Cell::Empty => {}
                Cell::Number(text) if is_safe(text) => {
                    self.line
                        .push_str(&format!(r#"<c r="{}"{style}><v>{text}</v></c>"#, place()));
                }
                Cell::Text(text) | Cell::Number(text) => {
                    // A cell holds no more letters; what is cut here is whole in the other formats.
                    let text: String = text.chars().take(crate::workbook::MAX_CELL).collect();
                    self.line.push_str(&format!(
                        r#"<c r="{}" t="inlineStr"{style}><is><t xml:space="preserve">{}</t></is></c>"#,
                        place(),
                        escape(&text)
                    ));
                }
                Cell::Truth(truth) => {
                    self.line.push_str(&format!(
                        r#"<c r="{}" t="b"{style}><v>{}</v></c>"#,
                        place(),
                        u8::from(*truth)
                    ));
                }
            }
        }
        self.line.push_str("</row>");
        self.zip.write_all(self.line.as_bytes())?;
        Ok(())
    }

    fn end(&mut self) -> Result<(), ExportError> {
        self.zip.write_all(b"</sheetData></worksheet>")?;
        Ok(())
    }
}

/// Whether a spreadsheet program keeps all digits of a number: it has 15.
fn is_safe(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits <= 15
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}

/// The letters of a column: A, B, ... Z, AA.
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        assert_eq!(letters(0), "A");
        assert_eq!(letters(25), "Z");
        assert_eq!(letters(26), "AA");
        assert_eq!(letters(701), "ZZ");
        assert_eq!(letters(702), "AAA");
    }

    #[test]
    fn sheets_have_names_of_their_own() {
        let mut taken = BTreeSet::new();
        let one = sheet_name("a/very/long/name/of/a/repeat/one", &mut taken);
        let two = sheet_name("a/very/long/name/of/a/repeat/two", &mut taken);
        assert_ne!(one, two);
        assert!(one.len() <= 31 && two.len() <= 31);
    }
}
