//! A table of people by group, as an office has it (CSV, XLSX, XLS or ODS), matched with the options of a
//! question. Not here: what the comparison says, which is the core's (`consultation::cross`).

use majlis_core::consultation::{Question, QuestionKind};
use majlis_core::fold_text::fold;
use majlis_formats::import::{read_csv, read_sheet};
use majlis_formats::workbook::Workbook;

use crate::api::results::{CensusRead, CensusRow, CensusStray};
use crate::api::{ApiError, ErrorCode};

/// Lines of a table that are looked at.
const MOST: usize = 2_000;
/// Digits behind the point that a number may have: shares come as 12.5.
const DECIMALS: u32 = 2;

/// Reads a table for a question. A line is one group: its first cell names it, its last cell that is
/// a number says how many people. What names no group is told, never guessed.
pub(crate) fn read(question: &Question, bytes: &[u8]) -> Result<CensusRead, ApiError> {
    let rows = rows(bytes)?;
    let mut found: Vec<(i32, u64)> = Vec::new();
    let mut strays = Vec::new();
    for (at, row) in (1_u32..).zip(rows.iter().take(MOST)) {
        let cells = || {
            row.iter()
                .map(|cell| cell.trim())
                .filter(|cell| !cell.is_empty())
        };
        let Some(name) = cells().next() else {
            continue;
        };
        let Some(people) = cells().skip(1).filter_map(amount).last() else {
            continue;
        };
        match group(question, name) {
            Some(id) if !found.iter().any(|(known, _)| *known == id) => found.push((id, people)),
            _ => strays.push(CensusStray {
                row: at,
                text: name.chars().take(100).collect(),
            }),
        }
    }
    // Whole numbers stay what they are; shares are counted in hundredths.
    let scale = 10_u64.pow(DECIMALS);
    let whole = found.iter().all(|(_, people)| people % scale == 0);
    let unit = if whole { scale } else { 1 };
    let rows = found.iter().map(|(id, people)| CensusRow {
        id: *id,
        people: u32::try_from(people / unit).unwrap_or(u32::MAX),
    });
    Ok(CensusRead {
        rows: rows.collect(),
        strays,
    })
}

fn rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, ApiError> {
    let wrong = |error: &dyn std::error::Error| {
        ApiError::new(ErrorCode::BadInput, error.to_string()).about("census")
    };
    let spreadsheet = bytes.starts_with(b"PK") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    if spreadsheet {
        let book = Workbook::read(bytes).map_err(|error| wrong(&error))?;
        let first = book.sheets.first();
        return Ok(first.map_or_else(Vec::new, |sheet| read_sheet("census", sheet).rows));
    }
    let rows = read_csv("census", bytes)
        .map_err(|error| wrong(&error))?
        .rows;
    // Where a comma is for decimals, columns are parted by semicolons; from other programs by tabs.
    let one = rows.iter().all(|row| row.len() < 2);
    let split = |row: &Vec<String>| {
        let line = row.join(",");
        let parts = line.split([';', '\t']).map(str::to_owned);
        parts.collect::<Vec<_>>()
    };
    let parted = rows.iter().any(|row| row.join(",").contains([';', '\t']));
    Ok(if one || parted {
        rows.iter().map(split).collect()
    } else {
        rows
    })
}

/// A number of people, or a share, in hundredths: with digits of any of the three scripts, blanks or
/// marks between thousands, a point or a comma before the decimals, and a sign for per cent.
fn amount(text: &str) -> Option<u64> {
    let mut plain = String::new();
    for letter in text.trim_end_matches(['%', '\u{66a}']).trim().chars() {
        match letter {
            '\u{660}'..='\u{669}' => plain.push(digit(letter, '\u{660}')?),
            '\u{6f0}'..='\u{6f9}' => plain.push(digit(letter, '\u{6f0}')?),
            '0'..='9' => plain.push(letter),
            '.' | ',' | '\u{66b}' => plain.push('.'),
            ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}' | '\u{66c}' => {}
            _ => return None,
        }
    }
    let groups: Vec<&str> = plain.split('.').collect();
    let (whole, decimals) = match groups.as_slice() {
        [whole] => ((*whole).to_owned(), ""),
        // One mark with three digits behind it parts thousands: people are counted whole.
        [whole, rest] if rest.len() != 3 || whole.len() > 3 => ((*whole).to_owned(), *rest),
        [_, rest @ ..] if rest.iter().all(|part| part.len() == 3) => (groups.concat(), ""),
        _ => return None,
    };
    let digits = DECIMALS as usize;
    let decimals: String = decimals.chars().chain("00".chars()).take(digits).collect();
    format!("{whole}{decimals}").parse().ok()
}

fn digit(letter: char, zero: char) -> Option<char> {
    char::from_digit(u32::from(letter).checked_sub(u32::from(zero))?, 10)
}

/// The option, or the step of a scale, that a name means: its text in any of the form's languages, or
/// its own name, in whichever spelling.
fn group(question: &Question, name: &str) -> Option<i32> {
    if let QuestionKind::Scale { from, to, .. } = question.kind {
        let step = i32::try_from(amount(name)? / 10_u64.pow(DECIMALS)).ok()?;
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

    fn rows(text: &str) -> Vec<(i32, u32)> {
        let read = read(&asked(), text.as_bytes()).unwrap();
        read.rows.iter().map(|row| (row.id, row.people)).collect()
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
            assert_eq!(rows(text), [(1, 5100), (2, 4900)], "{text}");
        }
        assert_eq!(rows("Femmes;51,5 %\nHommes;48,5 %"), [(1, 5150), (2, 4850)]);
        assert_eq!(rows("Femmes,51.25\nHommes,48.75"), [(1, 5125), (2, 4875)]);
    }

    #[test]
    fn what_names_no_group_is_told_with_its_line() {
        let read = read(&asked(), b"Group,People\nFemmes,10\nChildren,4\nFemmes,3\n").unwrap();
        assert_eq!(read.rows.len(), 1);
        let strays: Vec<(u32, &str)> = read
            .strays
            .iter()
            .map(|one| (one.row, &*one.text))
            .collect();
        assert_eq!(strays, [(3, "Children"), (4, "Femmes")]);
    }

    #[test]
    fn what_is_no_table_is_refused_in_words() {
        for bytes in [
            b"PK\x03\x04 broken".as_slice(),
            b"\xff\xfe\x00a",
            b"\"open,1",
        ] {
            let refused = read(&asked(), bytes).unwrap_err();
            assert_eq!(refused.code, ErrorCode::BadInput);
            assert!(!refused.message.is_empty());
        }
        assert_eq!(rows(""), []);
        assert_eq!(rows("Femmes\nHommes"), []);
    }
}
