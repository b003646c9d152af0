//! Ranked ballots as the files of preflib.org: `.soc`, `.soi`, `.toc`, `.toi`, `.cat`.
//!
//! A file of categories is one of orders with ties: who is in an earlier category stands before who
//! is in a later one, and a category may be empty on a ballot (`{}`).
//!
//! In the present form, lines that begin with `#` hold keys (`# ALTERNATIVE NAME 1: …`) and each
//! other line is `count: 1,2,{3,4}`. In the form before 2022 the number of alternatives, their
//! names, and the sums stand first and ballots are `count,1,2,{3,4}`. Both are read; the present one
//! is written. Source: preflib.org/format.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::delimited::{RowError, text};
use crate::ranked::{MAX_CANDIDATES, RankedBallot, RankedElection, RankedError};

/// A file of ranked ballots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreflibFile {
    /// Keys and values of the head, without those that ballots and names follow from.
    pub keys: Vec<(String, String)>,
    /// Names of alternatives by number.
    pub names: BTreeMap<u32, String>,
    /// Ballots as numbers, and how many cast each.
    pub ballots: Vec<(Vec<Vec<u32>>, u64)>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PreflibError {
    /// It is no text.
    #[error("read a preflib file")]
    Text(#[from] RowError),
    /// A line that is neither key, name nor ballot.
    #[error("read a preflib file: line {line} is no ballot; write it as 3: 1,2,{{4,5}}")]
    Ballot {
        /// The line.
        line: usize,
    },
    /// A line of the old head that is not as it must be.
    #[error("read a preflib file: line {line} of the head is not {expected}")]
    Head {
        /// The line.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// A ballot with a number that has no name.
    #[error("read a preflib file: line {line} ranks {number}, which has no name in the head")]
    Unnamed {
        /// The line.
        line: usize,
        /// The number.
        number: u32,
    },
    /// More alternatives than are counted.
    #[error("read a preflib file: more than {MAX_CANDIDATES} alternatives")]
    TooManyAlternatives,
}

/// Keys that follow from names and ballots.
const COUNTED: &[&str] = &[
    "NUMBER ALTERNATIVES",
    "NUMBER VOTERS",
    "NUMBER UNIQUE ORDERS",
];

/// `1,2,{3,4}`
fn ranking(text: &str) -> Option<Vec<Vec<u32>>> {
    let mut places = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (group, after) = match rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}')?,
            None => match rest.split_once(',') {
                Some((one, _)) => (one, rest.split_at_checked(one.len())?.1),
                None => (rest, ""),
            },
        };
        let numbers = group
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty());
        let numbers: Option<Vec<u32>> = numbers.map(|one| one.parse().ok()).collect();
        places.push(numbers?);
        let after = after.trim_start();
        rest = if after.is_empty() {
            ""
        } else {
            after.strip_prefix(',')?.trim_start()
        };
    }
    Some(places)
}

impl PreflibFile {
    fn ballot(&mut self, line: usize, count: &str, order: &str) -> Result<(), PreflibError> {
        let wrong = PreflibError::Ballot { line };
        let count = count.trim().parse::<u64>().map_err(|_| wrong.clone())?;
        let mut places = ranking(order).ok_or(wrong)?;
        places.retain(|place| !place.is_empty());
        let unnamed = places
            .iter()
            .flatten()
            .find(|one| !self.names.contains_key(one));
        if let Some(&number) = unnamed {
            return Err(PreflibError::Unnamed { line, number });
        }
        self.ballots.push((places, count));
        Ok(())
    }

    fn key(&mut self, content: &str) -> Result<(), PreflibError> {
        let (key, value) = content.split_once(':').unwrap_or((content, ""));
        let (key, value) = (key.trim(), value.trim());
        let number = key
            .strip_prefix("ALTERNATIVE NAME ")
            .and_then(|one| one.trim().parse().ok());
        if let Some(number) = number {
            self.names.insert(number, value.to_owned());
            if self.names.len() > MAX_CANDIDATES {
                return Err(PreflibError::TooManyAlternatives);
            }
        } else if !COUNTED.contains(&key) {
            self.keys.push((key.to_owned(), value.to_owned()));
        }
        Ok(())
    }

    fn old<'a>(
        &mut self,
        mut lines: impl Iterator<Item = (usize, &'a str)>,
        count: &str,
    ) -> Result<(), PreflibError> {
        let head = |line, expected| PreflibError::Head { line, expected };
        let count: usize = count.trim().parse().map_err(|_| head(1, "a number"))?;
        if count > MAX_CANDIDATES {
            return Err(PreflibError::TooManyAlternatives);
        }
        for _ in 0..count {
            let (line, content) = lines.next().ok_or(head(1, "followed by all names"))?;
            let (number, name) = content
                .split_once(',')
                .ok_or(head(line, "a number and a name"))?;
            let number = number
                .trim()
                .parse()
                .map_err(|_| head(line, "a number and a name"))?;
            self.names.insert(number, name.trim().to_owned());
        }
        // Voters, sum and different orders follow from the ballots.
        lines.next().ok_or(head(1, "followed by the sums"))?;
        for (line, content) in lines {
            let (count, order) = content
                .split_once(',')
                .ok_or(PreflibError::Ballot { line })?;
            self.ballot(line, count, order)?;
        }
        Ok(())
    }

    /// Alternatives by name; numbers stand in for names that repeat.
    fn ids(&self) -> BTreeMap<u32, String> {
        let repeated = |name: &String| self.names.values().filter(|one| *one == name).count() > 1;
        let id = |(number, name): (&u32, &String)| {
            let plain = name.is_empty() || repeated(name);
            (
                *number,
                if plain {
                    number.to_string()
                } else {
                    name.clone()
                },
            )
        };
        self.names.iter().map(id).collect()
    }

    /// The election, candidates by name.
    ///
    /// # Errors
    /// If a ballot names an alternative twice.
    pub fn election(&self) -> Result<RankedElection, RankedError> {
        let ids = self.ids();
        let ballots = self.ballots.iter().map(|(places, count)| {
            let named = |one: &u32| ids.get(one).cloned();
            let places = places.iter();
            let places: RankedBallot = places
                .map(|group| group.iter().filter_map(named).collect())
                .collect();
            (places, *count)
        });
        RankedElection::new(ids.values().cloned().collect(), ballots)
    }

    /// The file in the present form.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        for (key, value) in &self.keys {
            let _ = writeln!(out, "# {key}: {value}");
        }
        let voters: u64 = self.ballots.iter().map(|one| one.1).sum();
        let _ = writeln!(out, "# NUMBER ALTERNATIVES: {}", self.names.len());
        let _ = writeln!(out, "# NUMBER VOTERS: {voters}");
        let _ = writeln!(out, "# NUMBER UNIQUE ORDERS: {}", self.ballots.len());
        for (number, name) in &self.names {
            let _ = writeln!(out, "# ALTERNATIVE NAME {number}: {name}");
        }
        for (places, count) in &self.ballots {
            let group = |group: &Vec<u32>| {
                let numbers: Vec<String> = group.iter().map(ToString::to_string).collect();
                let joined = numbers.join(",");
                if numbers.len() == 1 {
                    joined
                } else {
                    format!("{{{joined}}}")
                }
            };
            let places: Vec<String> = places.iter().map(group).collect();
            let _ = writeln!(out, "{count}: {}", places.join(","));
        }
        out
    }
}

/// Reads a file of either form.
///
/// # Errors
/// With the line and how it should be written.
pub fn read(bytes: &[u8]) -> Result<PreflibFile, PreflibError> {
    let mut file = PreflibFile::default();
    let text = text(bytes)?;
    let mut lines = (1..)
        .zip(text.lines())
        .filter(|(_, content)| !content.trim().is_empty())
        .peekable();
    if let Some(&(_, first)) = lines.peek().filter(|(_, first)| !first.starts_with('#')) {
        lines.next();
        file.old(lines, first)?;
        return Ok(file);
    }
    for (line, content) in lines {
        if let Some(content) = content.strip_prefix('#') {
            file.key(content)?;
        } else {
            let (count, order) = content
                .split_once(':')
                .ok_or(PreflibError::Ballot { line })?;
            file.ballot(line, count, order)?;
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = "# FILE NAME: x.toi\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 6\n# NUMBER UNIQUE ORDERS: 2\n# ALTERNATIVE NAME 1: Adam\n# ALTERNATIVE NAME 2: Bea: again\n# ALTERNATIVE NAME 3: Chloé\n4: 1,{2,3}\n2: 3\n";

    #[test]
    fn both_forms_read_as_one() {
        let file = read(FILE.as_bytes()).unwrap();
        assert_eq!(file.write(), FILE);
        let old = "3\n1,Adam\n2,Bea: again\n3,Chloé\n6,6,2\n4,1,{2,3}\n2,3\n";
        let read_old = read(old.as_bytes()).unwrap();
        assert_eq!(read_old.election(), file.election());
        let election = file.election().unwrap();
        assert_eq!(election.voters(), 6);
        assert_eq!(election.first_preferences(), [4, 0, 2]);
    }

    #[test]
    fn categories_are_places_and_may_be_empty() {
        let text = "# FILE NAME: x.cat\n# NUMBER CATEGORIES: 2\n# CATEGORY NAME 1: Yes\n# CATEGORY NAME 2: No\n# ALTERNATIVE NAME 1: Adam\n# ALTERNATIVE NAME 2: Bea\n3: 1,2\n4: {},{1,2}\n2: {1,2},{}\n";
        let election = read(text.as_bytes()).unwrap().election().unwrap();
        assert_eq!(election.voters(), 9);
        assert_eq!(election.first_preferences(), [9, 6]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let says = |from: &str, to: &str| {
            read(FILE.replacen(from, to, 1).as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert!(says("2: 3", "2: 9").contains("line 9 ranks 9"));
        assert!(says("2: 3", "2; 3").contains("line 9 is no ballot"));
        assert!(says("{2,3}", "{2,3").contains("line 8 is no ballot"));
        assert!(
            read(b"x\n")
                .unwrap_err()
                .to_string()
                .contains("line 1 of the head")
        );
    }

    proptest! {
        #[test]
        fn no_damage_panics(at in 0_usize..FILE.len(), gone in 0_usize..9, put in "[#:,{}0-9 ]{0,4}") {
            let mut bytes = FILE.as_bytes().to_vec();
            let end = (at + gone).min(bytes.len());
            bytes.splice(at..end, put.bytes());
            if let Ok(file) = read(&bytes) {
                let _ = (file.election(), file.write());
            }
        }
    }
}
