//! CSV by RFC 4180, with the mark that makes spreadsheet programs read UTF-8.

use std::error::Error;
use std::io::Write;

use super::{Cell, ExportError, Options, Response, Table, Written};
use crate::logic::Logic;

/// Writes one table of [`tables`](super::tables) as CSV.
///
/// Texts that a spreadsheet program would run as a formula get an apostrophe before them, see
/// [`guard`]. Truth values are `1` and `0`.
///
/// # Errors
///
/// If a response cannot be had or the text cannot be written.
pub fn write_csv<E: Into<Box<dyn Error + Send + Sync>>>(
    logic: &Logic,
    options: &Options,
    table: &Table,
    responses: impl Iterator<Item = Result<Response, E>>,
    mut out: impl Write,
) -> Result<Written, ExportError> {
    out.write_all(b"\xef\xbb\xbf")?;
    let mut line = String::new();
    for heading in table.headings() {
        field(&mut line, &guard(heading));
    }
    end(&mut line, &mut out)?;
    let mut written = Written::default();
    let mut rows = 0;
    for response in responses {
        let response = response.map_err(|error| ExportError::Source(error.into()))?;
        written.responses += 1;
        rows += table.rows(logic, options, &response, &mut |cells: &[Cell]| {
            for cell in cells {
                match cell {
                    Cell::Empty => field(&mut line, ""),
                    Cell::Text(text) => field(&mut line, &guard(text)),
                    Cell::Number(text) => field(&mut line, text),
                    Cell::Truth(truth) => field(&mut line, if *truth { "1" } else { "0" }),
                }
            }
            end(&mut line, &mut out)
        })?;
    }
    written.rows.insert(table.name.clone(), rows);
    out.flush()?;
    Ok(written)
}

/// Writes rows of text as CSV, such as those of a dictionary.
///
/// # Errors
///
/// If the text cannot be written.
pub fn write_rows(rows: &[Vec<String>], mut out: impl Write) -> Result<(), ExportError> {
    out.write_all(b"\xef\xbb\xbf")?;
    let mut line = String::new();
    for row in rows {
        for text in row {
            field(&mut line, &guard(text));
        }
        end(&mut line, &mut out)?;
    }
    out.flush()?;
    Ok(())
}

fn field(line: &mut String, text: &str) {
    if text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
    line.push(',');
}

fn end(line: &mut String, out: &mut impl Write) -> Result<(), ExportError> {
    line.pop();
    line.push_str("\r\n");
    out.write_all(line.as_bytes())?;
    line.clear();
    Ok(())
}

fn runs(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ])
}

/// A text that no spreadsheet program runs: an apostrophe before what begins like a formula.
///
/// A text that already begins so gets one more, so that [`unguard`] gives back each text.
#[must_use]
pub fn guard(text: &str) -> String {
    if runs(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The text that [`guard`] was given.
#[must_use]
pub fn unguard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(bare) if runs(bare) => bare,
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_every_text_comes_back() {
        assert_eq!(guard("=1+1"), "'=1+1");
        assert_eq!(guard("@x"), "'@x");
        assert_eq!(guard("plain"), "plain");
        assert_eq!(guard("'tis"), "'tis");
        for text in [
            "=1", "'=1", "''=1", "-", "'", "''", "'a", "+9", "", "\t", "a=b",
        ] {
            assert_eq!(unguard(&guard(text)), text);
            assert!(!guard(text).starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
