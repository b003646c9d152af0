//! XLS: the binary spreadsheets of Excel 97 to 2003 ([MS-XLS], BIFF8), as far as their values go.

use std::collections::BTreeMap;

use super::cell::{self, Filled, Shown};
use super::compound::{Compound, u16_at, u32_at};
use super::{Cells, Workbook, WorkbookError};

// Numbers of records.
const FORMULA: u16 = 0x0006;
const EOF: u16 = 0x000a;
const DATE_1904: u16 = 0x0022;
const FILE_PASS: u16 = 0x002f;
const CONTINUE: u16 = 0x003c;
const BOUND_SHEET: u16 = 0x0085;
const MUL_RK: u16 = 0x00bd;
const XF: u16 = 0x00e0;
const SST: u16 = 0x00fc;
const LABEL_SST: u16 = 0x00fd;
const NUMBER: u16 = 0x0203;
const LABEL: u16 = 0x0204;
const RICH_LABEL: u16 = 0x00d6;
const BOOL_ERR: u16 = 0x0205;
const STRING: u16 = 0x0207;
const RK: u16 = 0x027e;
const FORMAT: u16 = 0x041e;
const BOF: u16 = 0x0809;

fn damaged(reason: &str) -> WorkbookError {
    WorkbookError::damaged("Workbook", reason)
}

pub(super) fn read(bytes: &[u8]) -> Result<Workbook, WorkbookError> {
    let file = Compound::open(bytes)?;
    if file.holds("EncryptedPackage") {
        return Err(WorkbookError::Locked);
    }
    let Some(stream) = file.stream("Workbook")? else {
        if file.holds("Book") {
            return Err(damaged(
                "the file is of Excel 95 or older; save it again as XLSX",
            ));
        }
        return Err(WorkbookError::NotASpreadsheet);
    };
    let globals = Globals::read(&stream)?;
    let mut cells = Cells::default();
    for sheet in &globals.sheets {
        globals.read_sheet(&stream, sheet.at, &mut cells)?;
        cells.end_sheet(&sheet.name)?;
    }
    Ok(cells.workbook())
}

struct Record<'a> {
    number: u16,
    data: &'a [u8],
}

/// Records from a position on, each four bytes of head and its data.
struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let number = u16_at(self.bytes, self.at)?;
        let length = usize::from(u16_at(self.bytes, self.at + 2)?);
        let from = self.at + 4;
        let data = self.bytes.get(from..from + length)?;
        self.at = from + length;
        Some(Record { number, data })
    }
}

impl<'a> Records<'a> {
    /// The data of the records that continue the last one.
    fn continued(&mut self) -> Vec<&'a [u8]> {
        let mut pieces = Vec::new();
        while u16_at(self.bytes, self.at) == Some(CONTINUE) {
            match self.next() {
                Some(record) => pieces.push(record.data),
                None => break,
            }
        }
        pieces
    }
}

struct BoundSheet {
    name: String,
    at: usize,
}

#[derive(Default)]
struct Globals {
    sheets: Vec<BoundSheet>,
    strings: Vec<String>,
    shown: Vec<Shown>,
    since_1904: bool,
}

impl Globals {
    fn read(stream: &[u8]) -> Result<Self, WorkbookError> {
        let mut globals = Self::default();
        let mut own: BTreeMap<u32, Shown> = BTreeMap::new();
        let mut records = Records {
            bytes: stream,
            at: 0,
        };
        match records.next() {
            Some(record) if record.number == BOF && u16_at(record.data, 0) == Some(0x0600) => {}
            _ => return Err(damaged("it does not begin as a file of Excel 97 or later")),
        }
        let mut formats = Vec::new();
        while let Some(record) = records.next() {
            let data = record.data;
            match record.number {
                EOF => break,
                FILE_PASS => return Err(WorkbookError::Locked),
                DATE_1904 => globals.since_1904 = u16_at(data, 0) == Some(1),
                FORMAT => {
                    if let Some(id) = u16_at(data, 0)
                        && let Some(code) = Pieces::new(vec![data], 2).text(2)
                    {
                        own.insert(u32::from(id), cell::format_code(&code));
                    }
                }
                XF => formats.push(u32::from(u16_at(data, 2).unwrap_or(0))),
                BOUND_SHEET => {
                    // Kind 0 is a worksheet; macros and charts hold no form.
                    if data.get(5) == Some(&0)
                        && let Some(at) = u32_at(data, 0)
                        && let Some(name) = Pieces::new(vec![data], 6).text(1)
                    {
                        let at = at as usize;
                        globals.sheets.push(BoundSheet { name, at });
                    }
                }
                SST => {
                    let mut pieces = vec![data];
                    pieces.extend(records.continued());
                    globals.strings = shared_strings(pieces)?;
                }
                _ => {}
            }
        }
        globals.shown = formats
            .into_iter()
            .map(|id| own.get(&id).copied().unwrap_or_else(|| cell::built_in(id)))
            .collect();
        Ok(globals)
    }

    fn shown_as(&self, value: f64, format: u16) -> Filled {
        match self.shown.get(usize::from(format)) {
            Some(Shown::Moment) => cell::moment(value, self.since_1904).into(),
            Some(Shown::Number) | None => Filled::number(value),
        }
    }

    fn read_sheet(&self, stream: &[u8], at: usize, cells: &mut Cells) -> Result<(), WorkbookError> {
        let mut records = Records { bytes: stream, at };
        match records.next() {
            Some(record) if record.number == BOF => {}
            _ => return Err(damaged("a sheet is not where it should be")),
        }
        // Where the text that a formula gave belongs; it comes in the next record.
        let mut awaited = None;
        // Charts inside a sheet have a beginning and an end of their own.
        let mut depth = 0_usize;
        while let Some(Record { number, data }) = records.next() {
            let place = || Some((u32::from(u16_at(data, 0)?), u32::from(u16_at(data, 2)?)));
            match number {
                BOF => depth += 1,
                EOF if depth == 0 => return Ok(()),
                EOF => depth -= 1,
                _ if depth > 0 => {}
                LABEL_SST => {
                    let text = u32_at(data, 6).and_then(|index| self.strings.get(index as usize));
                    let (Some((row, column)), Some(text)) = (place(), text) else {
                        return Err(damaged("a cell names a text that is not there"));
                    };
                    cells.put(row, column, text.clone())?;
                }
                LABEL | RICH_LABEL => {
                    if let Some((row, column)) = place()
                        && let Some(text) = Pieces::new(vec![data], 6).text(2)
                    {
                        cells.put(row, column, text)?;
                    }
                }
                NUMBER => {
                    if let (Some((row, column)), Some(format), Some(value)) =
                        (place(), u16_at(data, 4), f64_at(data, 6))
                    {
                        cells.put(row, column, self.shown_as(value, format))?;
                    }
                }
                RK => {
                    if let (Some((row, column)), Some(format), Some(packed)) =
                        (place(), u16_at(data, 4), u32_at(data, 6))
                    {
                        cells.put(row, column, self.shown_as(unpack(packed), format))?;
                    }
                }
                MUL_RK => {
                    let Some((row, first)) = place() else {
                        continue;
                    };
                    let body = data.get(4..data.len().saturating_sub(2));
                    let packed = body.unwrap_or_default().as_chunks::<6>().0;
                    for (column, six) in (first..).zip(packed) {
                        if let (Some(format), Some(packed)) = (u16_at(six, 0), u32_at(six, 2)) {
                            cells.put(row, column, self.shown_as(unpack(packed), format))?;
                        }
                    }
                }
                BOOL_ERR => {
                    if let Some((row, column)) = place()
                        && data.get(7) == Some(&0)
                    {
                        cells.put(row, column, cell::truth(data.get(6) == Some(&1)))?;
                    }
                }
                FORMULA => {
                    awaited = None;
                    let (Some((row, column)), Some(format)) = (place(), u16_at(data, 4)) else {
                        continue;
                    };
                    if u16_at(data, 12) == Some(0xffff) {
                        match data.get(6) {
                            Some(0) => awaited = Some((row, column)),
                            Some(1) => {
                                cells.put(row, column, cell::truth(data.get(8) == Some(&1)))?;
                            }
                            _ => {}
                        }
                    } else if let Some(value) = f64_at(data, 6) {
                        cells.put(row, column, self.shown_as(value, format))?;
                    }
                }
                STRING => {
                    if let Some((row, column)) = awaited.take() {
                        let mut pieces = vec![data];
                        pieces.extend(records.continued());
                        if let Some(text) = Pieces::new(pieces, 0).text(2) {
                            cells.put(row, column, text)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Err(damaged("a sheet has no end"))
    }
}

fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    let eight = bytes.get(at..at.checked_add(8)?)?;
    Some(f64::from_le_bytes(eight.try_into().ok()?))
}

/// An RK number: 30 bits of a float or of a whole number, perhaps of hundredths.
fn unpack(packed: u32) -> f64 {
    let value = if packed & 2 == 0 {
        f64::from_bits(u64::from(packed & !3) << 32)
    } else {
        f64::from(packed.cast_signed() >> 2)
    };
    if packed & 1 == 0 {
        value
    } else {
        value / 100.0
    }
}

fn shared_strings(pieces: Vec<&[u8]>) -> Result<Vec<String>, WorkbookError> {
    let mut pieces = Pieces::new(pieces, 4);
    let count = pieces
        .u32()
        .ok_or_else(|| damaged("the table of texts ends early"))?;
    let mut strings = Vec::new();
    for _ in 0..count {
        // Each text takes at least three bytes, so this ends with the file whatever it claims.
        match pieces.text(2) {
            Some(text) => strings.push(text),
            None => break,
        }
    }
    Ok(strings)
}

/// A record and what continues it, read as one; a text says its width anew in every piece.
struct Pieces<'a> {
    pieces: std::vec::IntoIter<&'a [u8]>,
    now: &'a [u8],
}

impl<'a> Pieces<'a> {
    fn new(pieces: Vec<&'a [u8]>, skip: usize) -> Self {
        let mut pieces = pieces.into_iter();
        let now = pieces
            .next()
            .and_then(|piece| piece.get(skip..))
            .unwrap_or_default();
        Self { pieces, now }
    }

    fn byte(&mut self) -> Option<u8> {
        loop {
            if let Some((first, rest)) = self.now.split_first() {
                self.now = rest;
                return Some(*first);
            }
            self.now = self.pieces.next()?;
        }
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn u32(&mut self) -> Option<u32> {
        let low = self.u16()?;
        Some(u32::from(low) | u32::from(self.u16()?) << 16)
    }

    fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > self.now.len() {
            count -= self.now.len();
            self.now = self.pieces.next()?;
        }
        self.now = self.now.get(count..)?;
        Some(())
    }

    /// A text whose length is said in one byte or two.
    fn text(&mut self, length_bytes: u8) -> Option<String> {
        let length = if length_bytes == 1 {
            usize::from(self.byte()?)
        } else {
            usize::from(self.u16()?)
        };
        let flags = self.byte()?;
        let runs = if flags & 8 == 0 {
            0
        } else {
            usize::from(self.u16()?)
        };
        let extended = if flags & 4 == 0 {
            0
        } else {
            self.u32()? as usize
        };
        let mut wide = flags & 1 == 1;
        let mut units: Vec<u16> = Vec::new();
        while units.len() < length {
            if self.now.is_empty() {
                self.now = self.pieces.next()?;
                wide = self.byte()? & 1 == 1;
                continue;
            }
            units.push(if wide {
                self.u16()?
            } else {
                u16::from(self.byte()?)
            });
        }
        self.skip(runs.checked_mul(4)?)?;
        self.skip(extended)?;
        Some(
            char::decode_utf16(units)
                .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_are_unpacked() {
        assert_eq!(unpack(0x3ff0_0000), 1.0);
        assert_eq!(unpack((42 << 2) | 2), 42.0);
        assert_eq!(unpack((1234 << 2) | 3), 12.34);
        assert_eq!(unpack((-5_i32 << 2).cast_unsigned() | 2), -5.0);
    }

    #[test]
    fn a_text_may_go_on_in_the_next_piece() {
        // Three letters of one byte, then two of two bytes after a new flag.
        let first = [5, 0, 0, b'a', b'b', b'c'];
        let second = [1, 0x39, 0x06, 0x28, 0x06];
        let mut pieces = Pieces::new(vec![&first, &second], 0);
        assert_eq!(pieces.text(2).unwrap(), "abc\u{639}\u{628}");
    }
}
