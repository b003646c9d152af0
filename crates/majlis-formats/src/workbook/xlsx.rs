//! XLSX: ECMA-376 spreadsheets, as far as their values go.

use std::collections::BTreeMap;

use super::archive::Archive;
use super::cell::{self, Filled, Shown};
use super::{Cells, Workbook, WorkbookError};
use crate::xml::{Step, Tag, Walk};

pub(super) fn read(archive: &mut Archive<'_>) -> Result<Workbook, WorkbookError> {
    let main = main_part(archive)?;
    let text = archive.part(&main)?.ok_or(WorkbookError::NotASpreadsheet)?;
    let (folder, file) = main.rsplit_once('/').unwrap_or(("", &main));
    let targets = relations(archive, &format!("{folder}/_rels/{file}.rels"))?;
    let book = Book::read(&text)?;
    let within = |target: &str| match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let find = |kind: &str, usual: &str| {
        targets
            .values()
            .find(|relation| relation.kind.ends_with(kind))
            .map_or_else(|| within(usual), |relation| within(&relation.target))
    };
    let strings = match archive.part(&find("/sharedStrings", "sharedStrings.xml"))? {
        Some(text) => shared_strings(&text)?,
        None => Vec::new(),
    };
    let shown = match archive.part(&find("/styles", "styles.xml"))? {
        Some(text) => styles(&text)?,
        None => Vec::new(),
    };
    let mut cells = Cells::default();
    for (name, relation) in &book.sheets {
        let Some(relation) = targets.get(relation) else {
            return Err(WorkbookError::damaged(name, "its part is not named"));
        };
        if relation.kind.ends_with("/chartsheet") {
            continue;
        }
        let path = within(&relation.target);
        let text = archive
            .part(&path)?
            .ok_or_else(|| WorkbookError::damaged(&path, "the part is missing"))?;
        let mut sheet = SheetReader {
            path: &path,
            strings: &strings,
            shown: &shown,
            since_1904: book.since_1904,
            cells: &mut cells,
        };
        sheet.read(&text)?;
        cells.end_sheet(name)?;
    }
    Ok(cells.workbook())
}

fn main_part(archive: &mut Archive<'_>) -> Result<String, WorkbookError> {
    let relations = relations(archive, "_rels/.rels")?;
    let named = relations
        .values()
        .find(|relation| relation.kind.ends_with("/officeDocument"))
        .map(|relation| relation.target.trim_start_matches('/').to_owned());
    Ok(named.unwrap_or_else(|| "xl/workbook.xml".to_owned()))
}

struct Relation {
    kind: String,
    target: String,
}

fn relations(
    archive: &mut Archive<'_>,
    path: &str,
) -> Result<BTreeMap<String, Relation>, WorkbookError> {
    let mut found = BTreeMap::new();
    let Some(text) = archive.part(path)? else {
        return Ok(found);
    };
    let mut walk = Walk::new(&text);
    loop {
        match walk
            .step()
            .map_err(|error| WorkbookError::damaged(path, error))?
        {
            Step::Open(tag) if tag.name() == "Relationship" => {
                if let (Some(id), Some(kind), Some(target)) = (
                    tag.attribute("Id"),
                    tag.attribute("Type"),
                    tag.attribute("Target"),
                ) {
                    found.insert(id, Relation { kind, target });
                }
            }
            Step::End => return Ok(found),
            Step::Open(_) | Step::Close(_) | Step::Text(_) => {}
        }
    }
}

#[derive(Default)]
struct Book {
    /// Name and relation.
    sheets: Vec<(String, String)>,
    since_1904: bool,
}

impl Book {
    fn read(text: &str) -> Result<Self, WorkbookError> {
        let mut book = Self::default();
        let mut walk = Walk::new(text);
        loop {
            match walk
                .step()
                .map_err(|error| WorkbookError::damaged("workbook.xml", error))?
            {
                Step::Open(tag) => match tag.name().as_str() {
                    "sheet" => {
                        let name = tag.attribute("name").unwrap_or_default();
                        // Both r:id and sheetId end in their own local names: "id" is the relation.
                        let relation = tag.attribute("id").unwrap_or_default();
                        book.sheets.push((name, relation));
                    }
                    "workbookPr" => {
                        book.since_1904 = tag
                            .attribute("date1904")
                            .is_some_and(|value| value == "1" || value == "true");
                    }
                    _ => {}
                },
                Step::End => return Ok(book),
                Step::Close(_) | Step::Text(_) => {}
            }
        }
    }
}

/// Texts that cells refer to by number.
fn shared_strings(text: &str) -> Result<Vec<String>, WorkbookError> {
    let damaged = |error| WorkbookError::damaged("sharedStrings.xml", error);
    let mut strings = Vec::new();
    let mut walk = Walk::new(text);
    loop {
        match walk.step().map_err(damaged)? {
            Step::Open(tag) if tag.name() == "si" => {
                strings.push(rich_text(&mut walk).map_err(damaged)?);
            }
            Step::End => return Ok(strings),
            Step::Open(_) | Step::Close(_) | Step::Text(_) => {}
        }
    }
}

/// The text of a string item: its runs joined, its phonetic guide left out.
fn rich_text(walk: &mut Walk<'_>) -> Result<String, crate::xml::XmlError> {
    let outside = walk.depth().saturating_sub(1);
    let mut text = String::new();
    loop {
        match walk.step()? {
            Step::Open(tag) => match tag.name().as_str() {
                "t" => text.push_str(&walk.text()?),
                "rPh" => walk.skip()?,
                _ => {}
            },
            Step::Close(_) if walk.depth() <= outside => return Ok(unescape_units(&text)),
            Step::Close(_) | Step::Text(_) => {}
            Step::End => return Ok(text),
        }
    }
}

/// Undoes `_x000D_`, the way these files write letters that XML cannot hold.
fn unescape_units(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("_x") {
        plain.push_str(before);
        let unit = after
            .split_once('_')
            .filter(|(digits, _)| digits.len() == 4)
            .and_then(|(digits, tail)| Some((u32::from_str_radix(digits, 16).ok()?, tail)))
            .and_then(|(unit, tail)| Some((char::from_u32(unit)?, tail)));
        if let Some((letter, tail)) = unit {
            plain.push(letter);
            rest = tail;
        } else {
            plain.push_str("_x");
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

/// What each cell style shows.
fn styles(text: &str) -> Result<Vec<Shown>, WorkbookError> {
    let mut own = BTreeMap::new();
    let mut shown = Vec::new();
    let mut in_cells = false;
    let mut walk = Walk::new(text);
    let number = |tag: &Tag<'_>| -> Option<u32> { tag.attribute("numFmtId")?.parse().ok() };
    loop {
        match walk
            .step()
            .map_err(|error| WorkbookError::damaged("styles.xml", error))?
        {
            Step::Open(tag) => match tag.name().as_str() {
                "numFmt" => {
                    if let (Some(id), Some(code)) = (number(&tag), tag.attribute("formatCode")) {
                        own.insert(id, cell::format_code(&code));
                    }
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells => {
                    let id = number(&tag).unwrap_or(0);
                    shown.push(own.get(&id).copied().unwrap_or_else(|| cell::built_in(id)));
                }
                _ => {}
            },
            Step::Close(name) if name == "cellXfs" => in_cells = false,
            Step::Close(_) | Step::Text(_) => {}
            Step::End => return Ok(shown),
        }
    }
}

struct SheetReader<'a> {
    path: &'a str,
    strings: &'a [String],
    shown: &'a [Shown],
    since_1904: bool,
    cells: &'a mut Cells,
}

impl SheetReader<'_> {
    fn read(&mut self, text: &str) -> Result<(), WorkbookError> {
        let damaged = |error| WorkbookError::damaged(self.path, error);
        let mut walk = Walk::new(text);
        // The next row and column where a place is not said.
        let (mut row, mut column) = (0_u32, 0_u32);
        let mut inside = false;
        loop {
            match walk.step().map_err(damaged)? {
                Step::Open(tag) => match tag.name().as_str() {
                    "sheetData" => inside = true,
                    "row" if inside => {
                        if let Some(said) = tag.attribute("r").and_then(|row| row.parse().ok()) {
                            row = u32::saturating_sub(said, 1);
                        }
                        column = 0;
                    }
                    "c" if inside => {
                        if let Some((said_row, said_column)) =
                            tag.attribute("r").as_deref().and_then(place)
                        {
                            (row, column) = (said_row, said_column);
                        }
                        let kind = tag.attribute("t").unwrap_or_default();
                        let style: usize = tag
                            .attribute("s")
                            .and_then(|style| style.parse().ok())
                            .unwrap_or(0);
                        match self.cell(&mut walk, &kind, style)? {
                            Some(text) => self.cells.put(row, column, text)?,
                            None => self.cells.unworked(row, column),
                        }
                        column = column.saturating_add(1);
                    }
                    _ => {}
                },
                Step::Close(name) if name == "row" => row = row.saturating_add(1),
                Step::Close(name) if name == "sheetData" => return Ok(()),
                Step::Close(_) | Step::Text(_) => {}
                Step::End => return Ok(()),
            }
        }
    }

    /// What a cell says; nothing where it is a formula without a result.
    fn cell(
        &self,
        walk: &mut Walk<'_>,
        kind: &str,
        style: usize,
    ) -> Result<Option<Filled>, WorkbookError> {
        let damaged = |error| WorkbookError::damaged(self.path, error);
        let outside = walk.depth().saturating_sub(1);
        let mut value = String::new();
        let mut written = String::new();
        let mut formula = false;
        loop {
            match walk.step().map_err(damaged)? {
                Step::Open(tag) => match tag.name().as_str() {
                    "v" => value = walk.text().map_err(damaged)?,
                    "is" => written = rich_text(walk).map_err(damaged)?,
                    other => {
                        formula |= other == "f";
                        walk.skip().map_err(damaged)?;
                    }
                },
                Step::Close(_) if walk.depth() <= outside => break,
                Step::Close(_) | Step::Text(_) => {}
                Step::End => break,
            }
        }
        // A formula may well result in an empty text; then its cell says that it is a text.
        if formula && (kind == "e" || (value.trim().is_empty() && kind != "str")) {
            return Ok(None);
        }
        let text = match kind {
            "inlineStr" => written,
            "s" => {
                let index: usize = value.trim().parse().unwrap_or(usize::MAX);
                match self.strings.get(index) {
                    Some(text) => text.clone(),
                    None => {
                        return Err(WorkbookError::damaged(
                            self.path,
                            "a cell names a text that is not there",
                        ));
                    }
                }
            }
            "b" => cell::truth(value.trim() == "1" || value.trim() == "true"),
            "str" => unescape_units(&value),
            // An error value such as #REF! is no text of the form.
            "e" => String::new(),
            "d" => value,
            _ => match value.trim().parse::<f64>() {
                Ok(number) => match self.shown.get(style) {
                    Some(Shown::Moment) => cell::moment(number, self.since_1904),
                    Some(Shown::Number) | None => return Ok(Some(Filled::number(number))),
                },
                Err(_) => value,
            },
        };
        Ok(Some(text.into()))
    }
}

/// Row and column of `AB12`, from 0.
fn place(text: &str) -> Option<(u32, u32)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = text.split_at_checked(letters)?;
    let mut index = 0_u32;
    for letter in column.bytes() {
        let digit = u32::from(letter.to_ascii_uppercase().checked_sub(b'A')?) + 1;
        index = index.checked_mul(26)?.checked_add(digit)?;
    }
    let row: u32 = row.parse().ok()?;
    Some((row.checked_sub(1)?, index.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        assert_eq!(place("A1"), Some((0, 0)));
        assert_eq!(place("AB12"), Some((11, 27)));
        assert_eq!(place("A0"), None);
        assert_eq!(place("12"), None);
        assert_eq!(place("ZZZZZZZZZZ1"), None);
    }

    /// What was never worked out, and what came out as an error, is not an empty cell; an empty text is.
    #[test]
    fn formulas_without_a_result_are_told_apart() {
        let mut cells = Cells::default();
        let mut reader = SheetReader {
            path: "sheet1",
            strings: &[],
            shown: &[],
            since_1904: false,
            cells: &mut cells,
        };
        let text = r#"<worksheet><sheetData><row r="2"><c r="A2"><f>LOWER("B")</f><v/></c>
            <c r="B2" t="str"><f>IF(1=1,"","x")</f><v></v></c><c r="C2" t="str"><f>LOWER("B")</f><v>b</v></c>
            <c r="D2" t="e"><f>#REF!</f><v>#REF!</v></c><c r="E2" s="1"/></row></sheetData></worksheet>"#;
        reader.read(text).unwrap();
        cells.end_sheet("survey").unwrap();
        let sheet = &cells.workbook().sheets[0];
        assert_eq!(sheet.unworked, [(2, 0), (2, 3)]);
        assert_eq!(sheet.rows[0].cells.len(), 1);
        assert_eq!(sheet.rows[0].cells[&2], "b");
    }

    #[test]
    fn escaped_letters_are_undone() {
        assert_eq!(unescape_units("a_x000D_b"), "a\rb");
        assert_eq!(unescape_units("a_xyz_b"), "a_xyz_b");
        assert_eq!(unescape_units("_x_x0041_"), "_xA");
    }
}
