//! Ranked ballots as `.blt` files, as counting programs for the transferable vote exchange them.
//!
//! First line: candidates and seats. Then lines of withdrawn candidates (negative numbers), ballots
//! (how many, candidate numbers from the best, `=` between equals, `-` for a place left blank, `0`),
//! a line `0`, the names in quotes and the title. `#` begins a comment. Source: Hill, Wichmann and
//! Woodall (1987) and the form that OpenSTV and OpaVote publish.

use crate::delimited::{RowError, text};
use crate::ranked::{MAX_CANDIDATES, RankedBallot, RankedElection, RankedError};

/// A `.blt` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BltFile {
    /// What the vote is about.
    pub title: String,
    /// How many are to be elected.
    pub seats: u32,
    /// Names in the order of their numbers.
    pub names: Vec<String>,
    /// Names of those who may not be elected.
    pub withdrawn: Vec<String>,
    /// Ballots as candidate names, and how many cast each.
    pub ballots: Vec<(RankedBallot, u64)>,
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BltError {
    /// It is no text.
    #[error("read a .blt file")]
    Text(#[from] RowError),
    /// It ends too early.
    #[error("read a .blt file: it ends before {0}; add it")]
    Ended(&'static str),
    /// A word that does not belong there.
    #[error("read a .blt file: line {line}: {word:?} is no {expected}")]
    Word {
        /// The line.
        line: usize,
        /// What stands there, cut short.
        word: String,
        /// What should.
        expected: &'static str,
    },
    /// More candidates than are counted.
    #[error("read a .blt file: more than {MAX_CANDIDATES} candidates")]
    TooManyCandidates,
    /// Two candidates with one name.
    #[error("read a .blt file: two candidates are called {0:?}; tell them apart")]
    RepeatedName(String),
}

struct Words<'a> {
    words: std::vec::IntoIter<(usize, &'a str)>,
}

/// Words with the line they stand on; a text in quotes is one word with its first quote.
fn words(text: &str) -> Words<'_> {
    let mut found = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let mut rest = content.trim_start();
        while !rest.is_empty() && !rest.starts_with('#') {
            let end = match rest.strip_prefix('"') {
                Some(quoted) => quoted.find('"').map_or(rest.len(), |at| at + 1),
                None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
            };
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            found.push((line, word));
            rest = after
                .strip_prefix('"')
                .filter(|_| word.starts_with('"'))
                .unwrap_or(after);
            rest = rest.trim_start();
        }
    }
    Words {
        words: found.into_iter(),
    }
}

fn wrong(line: usize, word: &str, expected: &'static str) -> BltError {
    BltError::Word {
        line,
        word: word.chars().take(40).collect(),
        expected,
    }
}

impl<'a> Words<'a> {
    fn next(&mut self, what: &'static str) -> Result<(usize, &'a str), BltError> {
        self.words.next().ok_or(BltError::Ended(what))
    }

    fn number(&mut self, what: &'static str) -> Result<u64, BltError> {
        let (line, word) = self.next(what)?;
        word.parse().map_err(|_| wrong(line, word, what))
    }

    fn quoted(&mut self, what: &'static str) -> Result<&'a str, BltError> {
        let (line, word) = self.next(what)?;
        let name = word
            .strip_prefix('"')
            .ok_or_else(|| wrong(line, word, "name in quotes"))?;
        Ok(name.trim())
    }
}

/// Places of a ballot as candidate numbers, before names are known.
type Numbers = Vec<Vec<usize>>;

/// Reads a file.
///
/// # Errors
/// With the line and what should stand there.
pub fn read(bytes: &[u8]) -> Result<BltFile, BltError> {
    let mut words = words(text(bytes)?);
    let count = words.number("number of candidates")?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > MAX_CANDIDATES {
        return Err(BltError::TooManyCandidates);
    }
    let seats = words.number("number of seats")?;
    let seats = u32::try_from(seats).unwrap_or(u32::MAX);
    let candidate = |line: usize, word: &str| -> Result<usize, BltError> {
        let number = word
            .parse::<usize>()
            .ok()
            .filter(|one| (1..=count).contains(one));
        number.ok_or_else(|| wrong(line, word, "candidate's number"))
    };
    let mut withdrawn = Vec::new();
    let mut ballots: Vec<(Numbers, u64)> = Vec::new();
    loop {
        let (line, word) = words.next("line 0 that ends the ballots")?;
        if let Some(out) = word.strip_prefix('-') {
            let out = candidate(line, out)?;
            if !withdrawn.contains(&out) {
                withdrawn.push(out);
            }
            continue;
        }
        // A ballot's own name in brackets tells nobody anything here.
        let word = if word.starts_with('(') {
            words.next("ballot")?.1
        } else {
            word
        };
        let weight = word
            .parse::<u64>()
            .map_err(|_| wrong(line, word, "number of ballots"))?;
        if weight == 0 {
            break;
        }
        let mut numbers = Vec::new();
        loop {
            let (line, word) = words.next("0 that ends a ballot")?;
            match word {
                "0" => break,
                "-" => {}
                word => {
                    let group = word.split('=').map(|one| candidate(line, one));
                    numbers.push(group.collect::<Result<Vec<usize>, _>>()?);
                }
            }
        }
        ballots.push((numbers, weight));
    }
    let mut names: Vec<String> = Vec::with_capacity(count);
    for _ in 0..count {
        let name = words.quoted("name of a candidate")?.to_owned();
        if names.contains(&name) {
            return Err(BltError::RepeatedName(name));
        }
        names.push(name);
    }
    let title = words.quoted("title").map(str::to_owned).unwrap_or_default();
    let named = |number: usize| names.get(number - 1).cloned().unwrap_or_default();
    let ballots = ballots.into_iter().map(|(numbers, weight)| {
        let places = numbers
            .into_iter()
            .map(|group| group.into_iter().map(named).collect());
        (places.collect(), weight)
    });
    Ok(BltFile {
        ballots: ballots.collect(),
        withdrawn: withdrawn.into_iter().map(named).collect(),
        title,
        seats,
        names,
    })
}

impl BltFile {
    /// The election: candidates by name, without those withdrawn.
    ///
    /// # Errors
    /// If a ballot names somebody twice.
    pub fn election(&self) -> Result<RankedElection, RankedError> {
        let gone = |name: &String| self.withdrawn.contains(name);
        let names = self.names.iter().filter(|name| !gone(name)).cloned();
        let ballots = self.ballots.iter().map(|(places, weight)| {
            let left = places
                .iter()
                .map(|group| group.iter().filter(|name| !gone(name)).cloned().collect());
            (left.collect(), *weight)
        });
        RankedElection::new(names.collect(), ballots)
    }

    /// The file as text. Quotes in names become apostrophes, since the format has no way for them.
    #[must_use]
    pub fn write(&self) -> String {
        let number = |name: &String| {
            let at = self.names.iter().position(|one| one == name);
            at.map_or_else(|| "-".to_owned(), |at| (at + 1).to_string())
        };
        let mut lines = vec![format!("{} {}", self.names.len(), self.seats)];
        if !self.withdrawn.is_empty() {
            let out: Vec<String> = self
                .withdrawn
                .iter()
                .map(|one| format!("-{}", number(one)))
                .collect();
            lines.push(out.join(" "));
        }
        for (places, weight) in self.ballots.iter().filter(|one| one.1 > 0) {
            let mut words = vec![weight.to_string()];
            words.extend(
                places
                    .iter()
                    .filter(|group| !group.is_empty())
                    .map(|group| {
                        let group: Vec<String> = group.iter().map(number).collect();
                        group.join("=")
                    }),
            );
            words.push("0".to_owned());
            lines.push(words.join(" "));
        }
        lines.push("0".to_owned());
        let quoted =
            |name: &String| format!("\"{}\"", name.replace('"', "'").replace(['\n', '\r'], " "));
        lines.extend(self.names.iter().map(quoted));
        lines.push(quoted(&self.title));
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = "4 2\n-3\n3 1 3 4 0\n4 2=4 - 1 0\n2 0\n0\n\"Adam\"\n\"Basil Brush\"\n\"Chloé\"\n\"Donna\"\n\"Committee\"\n";

    #[test]
    fn a_file_reads_and_writes() {
        let file = read(FILE.as_bytes()).unwrap();
        assert_eq!((file.seats, file.title.as_str()), (2, "Committee"));
        assert_eq!(file.names[1], "Basil Brush");
        assert_eq!(file.withdrawn, ["Chloé"]);
        assert_eq!(file.write(), FILE.replace("- 1", "1"));
        let election = file.election().unwrap();
        assert_eq!(election.candidates(), ["Adam", "Basil Brush", "Donna"]);
        assert_eq!(election.voters(), 9);
        assert_eq!(election.first_preferences(), [3, 4, 4]);
        let commented = FILE.replace("3 1 3 4 0", "3 1 3 4 0 # from box 1\n(b7) 1 4 0");
        assert_eq!(read(commented.as_bytes()).unwrap().ballots.len(), 4);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let says = |from: &str, to: &str| {
            read(FILE.replacen(from, to, 1).as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert!(says("3 1 3 4", "3 1 5 4").contains("line 3: \"5\" is no candidate's number"));
        assert!(says("\"Adam\"", "Adam").contains("line 7: \"Adam\" is no name in quotes"));
        assert!(says("Donna", "Adam").contains("two candidates are called \"Adam\""));
        assert!(
            read(b"2 1\n1 1 0\n")
                .unwrap_err()
                .to_string()
                .contains("ends before line 0")
        );
        assert_eq!(read(b"99999 1\n"), Err(BltError::TooManyCandidates));
    }

    proptest! {
        #[test]
        fn no_damage_panics(at in 0_usize..FILE.len(), gone in 0_usize..9, put in "[\"0-9=# -]{0,4}") {
            let mut bytes = FILE.as_bytes().to_vec();
            let end = (at + gone).min(bytes.len());
            bytes.splice(at..end, put.bytes());
            if let Ok(file) = read(&bytes) {
                let _ = file.election();
            }
        }
    }
}
