//! ODS: OpenDocument spreadsheets, as far as their values go.

use super::archive::Archive;
use super::cell::{self, Filled};
use super::{Cells, Workbook, WorkbookError};
use crate::xml::{Step, Tag, Walk, XmlError};

/// The farthest row and column that are looked at: the size of a sheet in spreadsheet programs.
const FARTHEST: u32 = 1 << 20;

pub(super) fn read(archive: &mut Archive<'_>) -> Result<Workbook, WorkbookError> {
    if let Some(manifest) = archive.part("META-INF/manifest.xml")?
        && manifest.contains("encryption-data")
    {
        return Err(WorkbookError::Locked);
    }
    let text = archive
        .part("content.xml")?
        .ok_or(WorkbookError::NotASpreadsheet)?;
    let mut cells = Cells::default();
    let mut walk = Walk::new(&text);
    let mut spreadsheet = false;
    loop {
        match walk.step().map_err(damaged)? {
            Step::Open(tag) => match tag.name().as_str() {
                "spreadsheet" => spreadsheet = true,
                "table" if spreadsheet => {
                    let name = tag.attribute("name").unwrap_or_default();
                    table(&mut walk, &mut cells)?;
                    cells.end_sheet(&name)?;
                }
                _ => {}
            },
            Step::End if spreadsheet => return Ok(cells.workbook()),
            Step::End => return Err(WorkbookError::NotASpreadsheet),
            Step::Close(_) | Step::Text(_) => {}
        }
    }
}

fn damaged(error: XmlError) -> WorkbookError {
    WorkbookError::damaged("content.xml", error)
}

/// How often a row or cell stands for itself.
fn times(tag: &Tag<'_>, attribute: &str) -> u32 {
    tag.attribute(attribute)
        .and_then(|times| times.parse().ok())
        .unwrap_or(1)
        .clamp(1, FARTHEST)
}

fn table(walk: &mut Walk<'_>, cells: &mut Cells) -> Result<(), WorkbookError> {
    let outside = walk.depth().saturating_sub(1);
    let mut row = 0_u32;
    loop {
        match walk.step().map_err(damaged)? {
            Step::Open(tag) => match tag.name().as_str() {
                "table-row" => {
                    let repeated = times(&tag, "number-rows-repeated");
                    let filled = one_row(walk)?;
                    if !filled.is_empty() {
                        for copy in 0..repeated {
                            for (column, repeated, text) in &filled {
                                for next in 0..*repeated {
                                    let column = column.saturating_add(next);
                                    cells.put(row.saturating_add(copy), column, text.clone())?;
                                }
                            }
                        }
                    }
                    row = row.saturating_add(repeated);
                    if row > FARTHEST {
                        return Err(WorkbookError::TooMuch {
                            what: "rows",
                            limit: u64::from(FARTHEST),
                        });
                    }
                }
                // Drawn things and named ranges hold no cells; a table may lie in a shape.
                "shapes" | "named-expressions" | "forms" => walk.skip().map_err(damaged)?,
                _ => {}
            },
            Step::Close(_) if walk.depth() <= outside => return Ok(()),
            Step::Close(_) | Step::Text(_) => {}
            Step::End => return Ok(()),
        }
    }
}

/// Filled cells of a row: column, how often, text.
fn one_row(walk: &mut Walk<'_>) -> Result<Vec<(u32, u32, Filled)>, WorkbookError> {
    let outside = walk.depth().saturating_sub(1);
    let mut filled = Vec::new();
    let mut column = 0_u32;
    loop {
        match walk.step().map_err(damaged)? {
            Step::Open(tag) => match tag.name().as_str() {
                "table-cell" | "covered-table-cell" => {
                    let repeated = times(&tag, "number-columns-repeated");
                    let said = value(&tag);
                    let written = paragraphs(walk).map_err(damaged)?;
                    let cell = said.unwrap_or_else(|| written.into());
                    if !cell.text.trim().is_empty() {
                        filled.push((column, repeated, cell));
                    }
                    column = column.saturating_add(repeated);
                }
                _ => walk.skip().map_err(damaged)?,
            },
            Step::Close(_) if walk.depth() <= outside => return Ok(filled),
            Step::Close(_) | Step::Text(_) => {}
            Step::End => return Ok(filled),
        }
    }
}

/// The value that a cell's attributes say, where it is not simply its text.
fn value(tag: &Tag<'_>) -> Option<Filled> {
    let text = match tag.attribute("value-type")?.as_str() {
        "float" | "currency" | "percentage" => {
            let value = tag.attribute("value")?.trim().parse().ok()?;
            return Some(Filled::number(value));
        }
        "boolean" => Some(cell::truth(tag.attribute("boolean-value")? == "true")),
        "date" => {
            let date = tag.attribute("date-value")?;
            Some(date.strip_suffix("T00:00:00").unwrap_or(&date).to_owned())
        }
        "time" => duration(&tag.attribute("time-value")?),
        _ => tag.attribute("string-value"),
    };
    text.map(Filled::from)
}

/// `PT06H30M00S` as `06:30:00`.
fn duration(text: &str) -> Option<String> {
    let span: jiff::Span = text.parse().ok()?;
    let total = span.total(jiff::Unit::Second).ok()?;
    if !(0.0..86_400.0).contains(&total) {
        return None;
    }
    // Whole and below a day, as just checked.
    let seconds = total as u32;
    Some(format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    ))
}

/// The paragraphs of a cell, one a line; comments on it left out.
fn paragraphs(walk: &mut Walk<'_>) -> Result<String, XmlError> {
    let outside = walk.depth().saturating_sub(1);
    let mut text = String::new();
    let mut any = false;
    let mut within = false;
    loop {
        match walk.step()? {
            Step::Open(tag) => match tag.name().as_str() {
                "p" if !within => {
                    if any {
                        text.push('\n');
                    }
                    (any, within) = (true, true);
                }
                "s" => {
                    let spaces = times(&tag, "c").min(1000);
                    text.extend(std::iter::repeat_n(' ', spaces as usize));
                }
                "tab" => text.push('\t'),
                "line-break" => text.push('\n'),
                "annotation" | "frame" => walk.skip()?,
                _ => {}
            },
            Step::Text(more) if within => text.push_str(&more),
            Step::Close(_) if walk.depth() <= outside => return Ok(text),
            Step::Close(name) if name == "p" => within = false,
            Step::Close(_) | Step::Text(_) => {}
            Step::End => return Ok(text),
        }
    }
}
