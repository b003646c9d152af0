//! Ranked ballots as a sheet: a column for each candidate, a row for each ballot, in each field the
//! place the voter gives (1 is best, equal numbers are equals, an empty field is unranked). A column
//! called `count` says how many cast the ballot; columns called `voter_id` are left out, and so is a first column that
//! has another name for who cast the ballot. Counted as a candidate it would win by the numbers of the voters.

use std::collections::BTreeMap;

use crate::delimited::{RowError, Rows, latin_digits, text, write_row};
use crate::ranked::{RankedBallot, RankedElection, RankedError};

/// Why a sheet could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// It has no rows.
    #[error("read a sheet of ballots")]
    Rows(#[from] RowError),
    /// It has no head.
    #[error("read a sheet of ballots: the first row must name the candidates")]
    NoHead,
    /// A field that is no place.
    #[error(
        "read a sheet of ballots: line {line}, {column}: {value:?} is no place; \
         write 1 for the best, or nothing"
    )]
    Place {
        /// The line.
        line: usize,
        /// The column.
        column: String,
        /// What stands there, cut short.
        value: String,
    },
    /// A count that is no number.
    #[error("read a sheet of ballots: line {line}, {COUNT}: {value:?} is no number of ballots")]
    Count {
        /// The line.
        line: usize,
        /// What stands there, cut short.
        value: String,
    },
    /// A row with more fields than there are columns.
    #[error("read a sheet of ballots: line {line} has more fields than the first row")]
    TooManyFields {
        /// The line.
        line: usize,
    },
    /// Candidates or ballots that cannot be counted.
    #[error("read a sheet of ballots")]
    Election(#[from] RankedError),
}

const COUNT: &str = "count";
const VOTER: &str = "voter_id";
/// What a first column is called that says who cast the ballot, or which one it is.
const FIRST: &[&str] = &[
    "voter",
    "voter id",
    "voter-id",
    "ballot",
    "ballot_id",
    "ballot id",
    "id",
    "votant",
    "électeur",
    "bulletin",
    "n°",
    "numéro",
    "الناخب",
    "رقم الناخب",
    "الورقة",
    "رقم الورقة",
    "رقم",
    "الرقم",
];

/// Reads a sheet; fields stand between `delimiter`s.
///
/// # Errors
/// With the line, the column and how it should be written.
pub fn read(bytes: &[u8], delimiter: char) -> Result<RankedElection, SheetError> {
    let mut rows = Rows::new(text(bytes)?, delimiter);
    let head = rows.next().ok_or(SheetError::NoHead)??;
    let named = head.fields.iter().enumerate().map(|(at, name)| {
        let name = name.trim();
        let who = at == 0 && FIRST.contains(&name.to_lowercase().as_str());
        if who { VOTER } else { name }.to_owned()
    });
    let columns: Vec<String> = named.collect();
    let is_candidate = |name: &str| name != COUNT && name != VOTER;
    let mut ballots: Vec<(RankedBallot, u64)> = Vec::new();
    for row in rows {
        let row = row?;
        if row.fields.len() > columns.len() {
            return Err(SheetError::TooManyFields { line: row.line });
        }
        if row.fields.iter().all(|field| field.trim().is_empty()) && columns.len() > 1 {
            // An empty line is no ballot; a ballot without preference has its delimiters.
            if row.fields.len() == 1 {
                continue;
            }
        }
        let mut places: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        let mut count = 1;
        for (column, field) in columns.iter().zip(&row.fields) {
            let field = field.trim();
            if field.is_empty() || column == VOTER {
                continue;
            }
            let (line, value) = (row.line, field.chars().take(40).collect());
            let number = latin_digits(field).parse::<u64>().ok();
            if column == COUNT {
                count = number.ok_or(SheetError::Count { line, value })?;
                continue;
            }
            let number = number.filter(|number| *number > 0);
            let number = number.ok_or_else(|| SheetError::Place {
                line,
                column: column.chars().take(60).collect(),
                value,
            })?;
            places.entry(number).or_default().push(column.clone());
        }
        if count > 0 {
            ballots.push((places.into_values().collect(), count));
        }
    }
    let candidates = columns.into_iter().filter(|name| is_candidate(name));
    Ok(RankedElection::new(candidates.collect(), ballots)?)
}

/// Writes the ballots, equal ones together with their count.
#[must_use]
pub fn write(election: &RankedElection, delimiter: char) -> String {
    let mut out = String::new();
    let mut head = vec![COUNT.to_owned()];
    head.extend(election.candidates().iter().cloned());
    write_row(&mut out, &head, delimiter);
    for (places, count) in election.ballots() {
        let mut fields = vec![String::new(); election.candidates().len()];
        for (place, group) in (1..).zip(places) {
            for one in group {
                if let Some(field) = fields.get_mut(*one as usize) {
                    *field = i32::to_string(&place);
                }
            }
        }
        fields.insert(0, count.to_string());
        write_row(&mut out, &fields, delimiter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_reads_and_writes() {
        let sheet = "voter_id,B,A,C\nx,1,2,\ny,1,1,2\n\nz,,,\nw,5,9,\n";
        let election = read(sheet.as_bytes(), ',').unwrap();
        assert_eq!((election.voters(), election.ballots().len()), (4, 3));
        let written = write(&election, ',');
        assert_eq!(written, "count,A,B,C\n1,,,\n1,1,1,2\n2,2,1,\n");
        assert_eq!(read(written.as_bytes(), ',').unwrap(), election);
    }

    #[test]
    fn whoever_cast_a_ballot_is_no_candidate() {
        let sheet = "Voter,A,B\n1,1,2\n2,2,1\n3,,1\n";
        let election = read(sheet.as_bytes(), ',').unwrap();
        assert_eq!(election.candidates(), ["A", "B"]);
        assert_eq!(election.voters(), 3);
        // Only a first column is such a one: further on it is somebody's name.
        let other = read(b"A,Voter\n1,2\n", ',').unwrap();
        assert_eq!(other.candidates(), ["A", "Voter"]);
    }

    #[test]
    fn places_and_counts_are_read_in_arabic_and_persian_digits() {
        let arabic = read("count;علي;نور\n٣;١;۲\n0;2;1\n".as_bytes(), ';').unwrap();
        let latin = read("count;علي;نور\n3;1;2\n".as_bytes(), ';').unwrap();
        assert_eq!(arabic, latin);
    }

    #[test]
    fn a_first_column_for_who_cast_the_ballot_is_known_in_french_and_arabic_too() {
        for first in ["الناخب", "رقم الورقة", "الرقم", "Votant", "Bulletin", "N°"]
        {
            let sheet = format!("{first},A,B\n1,1,2\n2,2,1\n");
            let election = read(sheet.as_bytes(), ',').unwrap();
            assert_eq!(election.candidates(), ["A", "B"], "{first}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_line_and_column() {
        let says = |sheet: &str| read(sheet.as_bytes(), ',').unwrap_err().to_string();
        assert!(says("A,B\n1,x\n").contains("line 2, B: \"x\" is no place"));
        assert!(says("A,B\n1,0\n").contains("\"0\" is no place"));
        assert!(says("count,A\nx,1\n").contains("count: \"x\" is no number of ballots"));
        assert!(says("A,B\n1,2,3\n").contains("line 2 has more fields"));
        assert_eq!(read(b"", ','), Err(SheetError::NoHead));
        assert!(matches!(read(b"A,A\n", ','), Err(SheetError::Election(_))));
    }
}
