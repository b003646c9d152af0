//! The archive around XLSX and ODS: parts by name, inflated within one budget.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{MAX_INFLATED, WorkbookError};

/// Parts an archive may list.
const MAX_PARTS: usize = 10_000;

pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    left: u64,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, WorkbookError> {
        let zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| WorkbookError::damaged("archive", error))?;
        if zip.len() > MAX_PARTS {
            return Err(WorkbookError::TooMuch {
                what: "parts",
                limit: MAX_PARTS as u64,
            });
        }
        Ok(Self {
            zip,
            left: MAX_INFLATED,
        })
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A part as text, or nothing if there is no such part.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<String>, WorkbookError> {
        let Some(index) = self.zip.index_for_name(name) else {
            return Ok(None);
        };
        let part = self.zip.by_index(index).map_err(|error| match error {
            zip::result::ZipError::UnsupportedArchive(_) => WorkbookError::Locked,
            other => WorkbookError::damaged(name, other),
        })?;
        let mut bytes = Vec::new();
        // The sizes that the archive claims are not believed: counted while inflating.
        let read = part
            .take(self.left.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| WorkbookError::damaged(name, error))? as u64;
        if read > self.left {
            return Err(WorkbookError::TooMuch {
                what: "inflated bytes",
                limit: MAX_INFLATED,
            });
        }
        self.left -= read;
        let text = match bytes.get(..2) {
            Some([0xff, 0xfe]) => utf16(&bytes, u16::from_le_bytes),
            Some([0xfe, 0xff]) => utf16(&bytes, u16::from_be_bytes),
            _ => String::from_utf8(bytes)
                .map_err(|_| WorkbookError::damaged(name, "the text is not UTF-8"))?,
        };
        Ok(Some(text))
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .skip(1)
        .map(|pair| unit(*pair));
    char::decode_utf16(units)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
