//! Rows of fields between delimiters, as RFC 4180 has them and as people write them.
//!
//! A field in double quotes may hold delimiters, line breaks and doubled quotes. A quote inside a
//! field that does not begin with one is a letter like any other. A byte order mark is skipped.

use std::borrow::Cow;

/// The largest text that is read.
pub const MAX_BYTES: usize = 256 << 20;
/// The most fields of one row.
pub const MAX_FIELDS: usize = 100_000;

/// A row, with the line it begins on, counted from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line.
    pub line: usize,
    /// The fields, without their quotes.
    pub fields: Vec<String>,
}

/// Why a text has no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// A quoted field without an end.
    #[error(
        "read rows: the quote that opens on line {line} is never closed; close it or double it"
    )]
    OpenQuote {
        /// The line.
        line: usize,
    },
    /// Not UTF-8.
    #[error("read rows: line {line} is not UTF-8; save the file with that encoding")]
    NotText {
        /// The line.
        line: usize,
    },
    /// A row of more than [`MAX_FIELDS`].
    #[error("read rows: line {line} has more than {MAX_FIELDS} fields")]
    TooManyFields {
        /// The line.
        line: usize,
    },
    /// More than [`MAX_BYTES`].
    #[error("read rows: the file has more than {MAX_BYTES} bytes")]
    TooLarge,
}

/// The text of a file, without a byte order mark.
///
/// # Errors
/// If it is too large or not UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, RowError> {
    if bytes.len() > MAX_BYTES {
        return Err(RowError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        RowError::NotText {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
        }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// What stands between the fields of a text: a comma, or the semicolon or tab that spreadsheet programs
/// write where a comma stands in numbers. The one that the first line has most of, outside quotes.
#[must_use]
pub fn delimiter(text: &str) -> char {
    let mut quoted = false;
    let mut counts = [(',', 0_usize), (';', 0), ('\t', 0)];
    for letter in text.chars().take_while(|letter| *letter != '\n') {
        quoted ^= letter == '"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(letter == *delimiter && !quoted);
        }
    }
    // Of equals the first, so a comma where there is none.
    let most = counts.iter().rev().max_by_key(|one| one.1);
    most.map_or(',', |one| one.0)
}

/// Reads rows one after another; ends after the first error.
#[derive(Debug)]
pub struct Rows<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    delimiter: char,
    line: usize,
    failed: bool,
}

impl<'a> Rows<'a> {
    /// The rows of `text`.
    #[must_use]
    pub fn new(text: &'a str, delimiter: char) -> Self {
        Self {
            rest: text.chars().peekable(),
            delimiter,
            line: 1,
            failed: false,
        }
    }

    fn quoted(&mut self, field: &mut String) -> Result<(), RowError> {
        let line = self.line;
        loop {
            match self.rest.next() {
                None => return Err(RowError::OpenQuote { line }),
                Some('"') => {
                    if self.rest.next_if_eq(&'"').is_none() {
                        return Ok(());
                    }
                    field.push('"');
                }
                Some(letter) => {
                    self.line += usize::from(letter == '\n');
                    field.push(letter);
                }
            }
        }
    }

    fn row(&mut self) -> Result<Row, RowError> {
        let line = self.line;
        let mut fields = Vec::new();
        let mut field = String::new();
        loop {
            match self.rest.next() {
                Some('"') if field.is_empty() => self.quoted(&mut field)?,
                Some(letter) if letter == self.delimiter => {
                    if fields.len() >= MAX_FIELDS {
                        return Err(RowError::TooManyFields { line });
                    }
                    fields.push(std::mem::take(&mut field));
                }
                Some('\r') if self.rest.peek() == Some(&'\n') => {}
                // A lone carriage return ends a line in files of old spreadsheet programs.
                None | Some('\n' | '\r') => {
                    self.line += 1;
                    fields.push(field);
                    return Ok(Row { line, fields });
                }
                Some(letter) => field.push(letter),
            }
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        self.rest.peek()?;
        let row = self.row();
        self.failed = row.is_err();
        Some(row)
    }
}

/// A number in ASCII digits, from those of Arabic and Persian too, without directional marks and signs between
/// thousands.
pub(crate) fn latin_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let digit = |letter: char, zero: u32| char::from_digit(u32::from(letter) - zero, 10);
    let letters = text.chars().filter_map(|letter| match letter {
        '\u{660}'..='\u{669}' => digit(letter, 0x660),
        '\u{6f0}'..='\u{6f9}' => digit(letter, 0x6f0),
        '\u{66b}' => Some('.'),
        '\u{66c}' | '\u{200e}' | '\u{200f}' => None,
        other => Some(other),
    });
    Cow::Owned(letters.collect())
}

/// Appends `field`, in quotes where it needs them.
pub fn write_field(out: &mut String, field: &str, delimiter: char) {
    let needs = |letter: char| letter == delimiter || matches!(letter, '"' | '\n' | '\r');
    if field.contains(needs) {
        out.push('"');
        out.push_str(&field.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(field);
    }
}

/// Appends a row and ends the line.
pub fn write_row<T: AsRef<str>>(out: &mut String, fields: &[T], delimiter: char) {
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            out.push(delimiter);
        }
        write_field(out, field.as_ref(), delimiter);
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, RowError> {
        Rows::new(text, ',')
            .map(|row| row.map(|row| row.fields))
            .collect()
    }

    #[test]
    fn quotes_hold_what_would_end_a_field() {
        let read = rows("a,\"b\"\"c\nd,\",\r\n,e\"f\n").unwrap();
        assert_eq!(read, [vec!["a", "b\"c\nd,", ""], vec!["", "e\"f"]]);
        let lines: Vec<_> = Rows::new("\"a\nb\"\nc", ',')
            .map(|row| row.unwrap().line)
            .collect();
        assert_eq!(lines, [1, 3]);
        assert_eq!(
            rows("a,b\rc\r\nd\r").unwrap(),
            [vec!["a", "b"], vec!["c"], vec!["d"]]
        );
        assert_eq!(rows("a\n\"b"), Err(RowError::OpenQuote { line: 2 }));
        assert_eq!(text(b"a\nb\xff"), Err(RowError::NotText { line: 2 }));
    }

    #[test]
    fn the_first_line_tells_what_stands_between_fields() {
        assert_eq!(delimiter("a;b;c\n1,2;3,4;5,6,7"), ';');
        assert_eq!(delimiter("\"a;b;c\",d\n"), ',');
        assert_eq!(delimiter("a\tb"), '\t');
        assert_eq!(delimiter("a"), ',');
        assert_eq!(delimiter(""), ',');
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(row in prop::collection::vec("[a-c\",;\n\r ]{0,6}", 1..5)) {
            let mut out = String::new();
            write_row(&mut out, &row, ',');
            let read = rows(&out).unwrap();
            prop_assert_eq!(read, vec![row]);
        }
    }
}
