//! A table of people by group, as an office has it (CSV, XLSX, XLS or ODS), matched with the options of a
//! question. Not here: what the comparison says, which is the core's (`consultation::cross`).

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::{Question, QuestionKind};
use majlis_core::fold_text::fold;
use majlis_formats::import::read_csv;
use majlis_formats::workbook::Workbook;

use crate::api::results::{CensusColumn, CensusFigure, CensusRead, CensusStray};
use crate::api::{ApiError, ErrorCode};
use crate::plain::figure::{Figure, Marks};

/// Lines of a table that are looked at.
const MOST: usize = 2_000;

/// A line of a table: its number from 1, and its filled cells.
struct Line {
    number: u32,
    cells: Vec<Cell>,
}

struct Cell {
    /// Its column, from 1.
    column: u32,
    text: String,
    /// Whether the file has it as a number, not as text.
    number: bool,
}

impl Line {
    fn at(&self, column: u32) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.column == column)
    }

    fn figure(&self, column: u32) -> Option<Figure> {
        self.at(column).and_then(Cell::figure)
    }
}

impl Cell {
    fn figure(&self) -> Option<Figure> {
        Figure::read(&self.text, self.number)
    }
}

/// Reads a table for a question. A line is one group: one column names it, another one says how many
/// people, the same in every line. What names no group is told, never guessed; and so is a number
/// that may mean two things.
pub(crate) fn read(
    question: &Question,
    bytes: &[u8],
    wanted: Option<u32>,
) -> Result<CensusRead, ApiError> {
    let mut lines = lines(bytes)?;
    lines.truncate(MOST);
    let names = names(question, &lines);
    let name_of = |line: &Line| -> Option<String> { Some(line.at(names)?.text.clone()) };
    let named: Vec<&Line> = lines
        .iter()
        .filter(|line| name_of(line).is_some_and(|name| group(question, &name).is_some()))
        .collect();
    let columns = columns(&lines, &named, names);
    let taken = match wanted {
        Some(wanted) => {
            let fits = columns.iter().any(|one| one.column == wanted);
            let unfit = || crate::plain::bad("column").about(wanted.to_string());
            Some(fits.then_some(wanted).ok_or_else(unfit)?)
        }
        None => fullest(&columns, &named),
    };
    let mut found: Vec<(i32, u32, String, Figure)> = Vec::new();
    let mut strays = Vec::new();
    let stray = |row: u32, text: &str| CensusStray {
        row,
        text: text.chars().take(100).collect(),
    };
    for line in &lines {
        let Some(name) = name_of(line) else {
            continue;
        };
        let figure = match taken {
            Some(column) => line.figure(column),
            // No group is named: what has numbers is told.
            None => line.cells.iter().rev().find_map(Cell::figure),
        };
        let id = group(question, &name);
        let known = |id: i32| found.iter().any(|(known, ..)| *known == id);
        match (id, figure) {
            (None, None) => {}
            (Some(id), Some(figure)) if !known(id) => found.push((id, line.number, name, figure)),
            // A year above a column is its title.
            (None, Some(_)) if heads(line, &columns, &lines, &named) => {}
            (Some(_), None) if taken.is_none() => {}
            _ => strays.push(stray(line.number, &name)),
        }
    }
    let marks = Marks::of(&found.iter().map(|(.., figure)| figure));
    let mut rows = Vec::new();
    for (id, number, name, figure) in &found {
        match figure.decimal(marks) {
            Some(people) => rows.push(CensusFigure { id: *id, people }),
            None => strays.push(stray(*number, name)),
        }
    }
    strays.sort_by_key(|stray| stray.row);
    Ok(CensusRead {
        rows,
        strays,
        columns,
        column: taken,
    })
}

/// The column that names the most groups, which offices put behind codes of their own; the first one
/// where none names any.
fn names(question: &Question, lines: &[Line]) -> u32 {
    let mut named: BTreeMap<u32, usize> = BTreeMap::new();
    for cell in lines.iter().flat_map(|line| &line.cells) {
        let count = named.entry(cell.column).or_default();
        *count += usize::from(group(question, &cell.text).is_some());
    }
    let most = named.values().max().copied().unwrap_or_default();
    let first = named.into_iter().find(|(_, count)| *count == most);
    first.map_or(1, |(column, _)| column)
}

/// The columns that say a number of some group, with what stands above them.
fn columns(lines: &[Line], named: &[&Line], names: u32) -> Vec<CensusColumn> {
    let cells = named.iter().flat_map(|line| &line.cells);
    let numbers = cells.filter(|cell| cell.column != names && cell.figure().is_some());
    let numbers: BTreeSet<u32> = numbers.map(|cell| cell.column).collect();
    let first = named.first().map_or(0, |line| line.number);
    let above = |column: u32| {
        let mut above = lines.iter().rev().filter(|line| line.number < first);
        let cell = above.find_map(|line| line.at(column).filter(|cell| is_title(cell)));
        cell.map(|cell| cell.text.chars().take(100).collect())
    };
    let view = |column| CensusColumn {
        column,
        title: above(column).unwrap_or_default(),
    };
    numbers.into_iter().map(view).collect()
}

/// Words, or a year.
fn is_title(cell: &Cell) -> bool {
    let year = |text: &str| text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    cell.figure().is_none() || year(&cell.text)
}

/// Whether a line says what is in the columns, with a year above one of them.
fn heads(line: &Line, columns: &[CensusColumn], lines: &[Line], named: &[&Line]) -> bool {
    let first = named.first().map_or(0, |line| line.number);
    let next = lines.iter().find(|other| other.number > line.number);
    let last = next.is_some_and(|next| next.number == first);
    last && columns
        .iter()
        .all(|one| line.at(one.column).is_none_or(is_title))
}

/// The last of the columns that say a number of the most groups.
fn fullest(columns: &[CensusColumn], named: &[&Line]) -> Option<u32> {
    let count = |column: u32| {
        let lines = named.iter();
        lines.filter(|line| line.figure(column).is_some()).count()
    };
    let each = columns.iter().map(|one| one.column);
    each.max_by_key(|column| count(*column))
}

fn lines(bytes: &[u8]) -> Result<Vec<Line>, ApiError> {
    let wrong = |error: &dyn std::error::Error| {
        ApiError::new(ErrorCode::BadInput, error.to_string()).about("census")
    };
    let filled = |column: u32, text: &str, number: bool| {
        let text = text.trim().to_owned();
        let cell = Cell {
            column,
            text,
            number,
        };
        (!cell.text.is_empty()).then_some(cell)
    };
    let spreadsheet = bytes.starts_with(b"PK") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    if spreadsheet {
        let book = Workbook::read(bytes).map_err(|error| wrong(&error))?;
        let rows = book.sheets.first().map_or(&[][..], |sheet| &sheet.rows);
        let lines = rows.iter().map(|row| {
            let cells = row.cells.iter();
            Line {
                number: row.number,
                cells: cells
                    .filter_map(|(column, text)| {
                        filled(column.saturating_add(1), text, row.numbers.contains(column))
                    })
                    .collect(),
            }
        });
        return Ok(lines.collect());
    }
    let rows = read_csv("census", bytes).map_err(|error| wrong(&error))?;
    let rows = rows.rows;
    // Where a comma is for decimals, columns are parted by semicolons; from other programs by tabs.
    let whole: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    let mut written = whole
        .iter()
        .filter(|line| !line.trim().is_empty())
        .peekable();
    let any = written.peek().is_some();
    let written: Vec<&String> = written.collect();
    let parts = |mark: &char| any && written.iter().all(|line| line.contains(*mark));
    let mark = ['\t', ';'].into_iter().find(parts);
    let lines = (1_u32..)
        .zip(rows.iter().zip(&whole))
        .map(|(number, (row, whole))| {
            let cells: Vec<Cell> = match mark {
                Some(mark) => (1..)
                    .zip(whole.split(mark))
                    .filter_map(|(column, text)| filled(column, text, false))
                    .collect(),
                None => (1..)
                    .zip(row)
                    .filter_map(|(column, text)| filled(column, text, false))
                    .collect(),
            };
            Line { number, cells }
        });
    Ok(lines.collect())
}

/// The option, or the step of a scale, that a name means: its text in any of the form's languages, or
/// its own name, in whichever spelling.
fn group(question: &Question, name: &str) -> Option<i32> {
    if let QuestionKind::Scale { from, to, .. } = question.kind {
        let figure = Figure::read(name, false)?;
        let step: i32 = figure.decimal(Marks::default())?.parse().ok()?;
        return (i32::from(from)..=i32::from(to))
            .contains(&step)
            .then_some(step);
    }
    let wanted = fold(name);
    if wanted.is_empty() {
        return None;
    }
    let options = question.kind.options();
    let found = options.iter().find(|option| {
        let texts = [&option.label, &option.details.name];
        let mut texts = texts.into_iter().chain(option.details.label.values());
        texts.any(|text| fold(text) == wanted)
    });
    found.map(|option| option.id.into())
}

#[cfg(test)]
mod tests {
    use majlis_core::consultation::{Choice, ChoiceDetails, Details};
    use majlis_core::id::QuestionId;

    use super::*;

    fn asked() -> Question {
        let option = |id, label: &str, other: &str| Choice {
            id,
            label: label.into(),
            details: ChoiceDetails {
                name: format!("o{id}"),
                label: [("French (fr)".to_owned(), other.to_owned())].into(),
                ..ChoiceDetails::default()
            },
        };
        Question {
            id: QuestionId::from_bytes([1; 8]),
            label: "Who?".into(),
            hint: String::new(),
            required: false,
            kind: QuestionKind::SingleChoice(vec![
                option(1, "نساء", "Femmes"),
                option(2, "رجال", "Hommes"),
            ]),
            details: Details::default(),
        }
    }

    fn told(read: &CensusRead) -> [String; 2] {
        let [one, two] = &read.rows[..] else {
            panic!("{read:?}")
        };
        assert_eq!((one.id, two.id), (1, 2));
        [one.people.clone(), two.people.clone()]
    }

    fn rows(text: &str) -> [String; 2] {
        told(&read(&asked(), text.as_bytes(), None).unwrap())
    }

    #[test]
    fn a_table_is_read_however_the_office_wrote_it() {
        for text in [
            "Groupe,Habitants\nFemmes,5100\nHommes,4900\n",
            "\u{feff}Groupe;Habitants\r\nfemmes;5 100\r\nHOMMES;4\u{a0}900\r\n",
            "o1\t5.100\no2\t4.900",
            "نِساء,٥١٠٠\nرجال,٤٬٩٠٠",
            "Femmes,urban,5100\nHommes,rural,4900",
        ] {
            assert_eq!(rows(text), ["5100", "4900"], "{text}");
        }
        assert_eq!(rows("Femmes;51,5 %\nHommes;48,5 %"), ["51.5", "48.5"]);
        assert_eq!(rows("Femmes,51.25\nHommes,48.75"), ["51.25", "48.75"]);
        assert_eq!(rows("Femmes,0.125\nHommes,0.875"), ["0.125", "0.875"]);
    }

    #[test]
    fn a_column_has_thousands_or_decimals_and_not_some_of_each() {
        assert_eq!(rows("Femmes;51,250\nHommes;48,75"), ["51.25", "48.75"]);
        assert_eq!(rows("Femmes;51,250\nHommes;48,750"), ["51250", "48750"]);
        assert_eq!(
            rows("Femmes;1.200\nHommes;1.200.300\n"),
            ["1200", "1200300"]
        );
    }

    #[test]
    fn a_mark_in_one_name_parts_no_columns() {
        let read = read(
            &asked(),
            b"Group,People\n\"Femmes; filles\",5100\nHommes,4900\n",
            None,
        )
        .unwrap();
        assert_eq!((read.rows.len(), read.rows[0].people.as_str()), (1, "4900"));
        assert_eq!(read.strays[0].text, "Femmes; filles");
    }

    #[test]
    fn numbers_of_a_workbook_are_decimals_and_its_texts_may_be_thousands() {
        for (numbers, expected) in [
            (["0.125", "0.875"], ["0.125", "0.875"]),
            (["51.25", "48.75"], ["51.25", "48.75"]),
            (["1234.125", "2000"], ["1234.125", "2000"]),
        ] {
            let row = |at: usize, name: &str| {
                format!(
                    "<row r='{}'><c t='inlineStr'><is><t>{name}</t></is></c><c><v>{}</v></c></row>",
                    at + 4,
                    numbers[at]
                )
            };
            let both = row(0, "Femmes") + &row(1, "Hommes");
            assert_eq!(
                told(&read(&asked(), &sheet(&both), None).unwrap()),
                expected
            );
        }
        let text = |name: &str, people: &str| {
            format!(
                "<row><c t='inlineStr'><is><t>{name}</t></is></c>\
                 <c t='inlineStr'><is><t>{people}</t></is></c></row>"
            )
        };
        let both = text("Femmes", "5.100") + &text("Hommes", "4.900");
        assert_eq!(
            told(&read(&asked(), &sheet(&both), None).unwrap()),
            ["5100", "4900"]
        );
        // Lines are told by the numbers that the spreadsheet shows.
        let stray = "<row r='7'><c t='inlineStr'><is><t>Children</t></is></c><c><v>4</v></c></row>";
        assert_eq!(
            read(&asked(), &sheet(stray), None).unwrap().strays[0].row,
            7
        );
    }

    /// An XLSX with one sheet.
    fn sheet(rows: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        for (name, text) in [
            (
                "xl/workbook.xml",
                "<workbook xmlns:r='r'><sheets><sheet name='a' r:id='rId1'/></sheets></workbook>",
            ),
            (
                "xl/_rels/workbook.xml.rels",
                "<Relationships><Relationship Id='rId1' Type='x/worksheet' \
                 Target='worksheets/sheet1.xml'/></Relationships>",
            ),
            ("xl/worksheets/sheet1.xml", &sheet),
        ] {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(name, options).unwrap();
            std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn what_names_no_group_is_told_with_its_line() {
        let read = read(
            &asked(),
            b"Group,People\nFemmes,10\nChildren,4\nFemmes,3\n",
            None,
        )
        .unwrap();
        assert_eq!(read.rows.len(), 1);
        let strays: Vec<(u32, &str)> = read
            .strays
            .iter()
            .map(|one| (one.row, &*one.text))
            .collect();
        assert_eq!(strays, [(3, "Children"), (4, "Femmes")]);
    }

    #[test]
    fn one_column_says_how_many_and_codes_stand_before_names() {
        let told = |text: &str, column| {
            let read = read(&asked(), text.as_bytes(), column).unwrap();
            let rows: Vec<String> = read.rows.iter().map(|row| row.people.clone()).collect();
            let titles: Vec<String> = read.columns.iter().map(|one| one.title.clone()).collect();
            (
                rows.join(" "),
                titles.join("|"),
                read.column,
                read.strays.len(),
            )
        };
        let codes = "Code,Group,2010,2022\n01,Femmes,5000,5100\n02,Hommes,4800,4900\n";
        assert_eq!(
            told(codes, None),
            ("5100 4900".into(), "Code|2010|2022".into(), Some(4), 0)
        );
        assert_eq!(
            told(codes, Some(3)),
            ("5000 4800".into(), "Code|2010|2022".into(), Some(3), 0)
        );
        // What one line lacks is not taken from another column.
        let holes = "الفئة;العدد;النسبة\nنساء;5100;51\nرجال;4900;\n";
        assert_eq!(
            told(holes, None),
            ("5100 4900".into(), "العدد|النسبة".into(), Some(2), 0)
        );
        assert_eq!(
            told(holes, Some(3)),
            ("51".into(), "العدد|النسبة".into(), Some(3), 1)
        );
        let refused = read(&asked(), codes.as_bytes(), Some(2)).unwrap_err();
        assert_eq!(refused.code, ErrorCode::BadInput);
    }

    #[test]
    fn what_is_no_table_is_refused_in_words() {
        for bytes in [
            b"PK\x03\x04 broken".as_slice(),
            b"\xff\xfe\x00a",
            b"\"open,1",
        ] {
            let refused = read(&asked(), bytes, None).unwrap_err();
            assert_eq!(refused.code, ErrorCode::BadInput);
            assert!(!refused.message.is_empty());
        }
        for empty in ["", "Femmes\nHommes"] {
            assert_eq!(read(&asked(), empty.as_bytes(), None).unwrap().rows, []);
        }
    }
}
