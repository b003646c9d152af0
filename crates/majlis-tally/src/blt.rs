//! Ranked ballots as `.blt` files, as counting programs for the transferable vote exchange them.
//!
//! First line: candidates and seats. Then options in square brackets (`[nick a b c]` gives names for
//! ballots, `[withdrawn 4]`; others say nothing here), lines of withdrawn candidates (negative
//! numbers), ballots (how many, candidate numbers from the best, `=` between equals, `-` for a place
//! left blank, `0`), a line `0`, the names in quotes and the title. `#` begins a comment. Source: Hill,
//! Wichmann and Woodall (1987) and the form that OpenSTV, OpaVote and Droop publish.

use std::collections::BTreeMap;

use crate::delimited::{RowError, text};
use crate::ranked::{MAX_CANDIDATES, RankedBallot, RankedElection, RankedError};
use words::{words, wrong};

mod words;

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
    /// More texts after the ballots than names and a title.
    #[error(
        "read a .blt file: {found} texts follow the ballots, for {count} candidates and a title; \
         put each name on a line of its own, in quotes"
    )]
    TooManyNames {
        /// How many texts.
        found: usize,
        /// How many candidates.
        count: usize,
    },
    /// Two candidates with one name.
    #[error("read a .blt file: two candidates are called {0:?}; tell them apart")]
    RepeatedName(String),
}

/// Places of a ballot as candidate numbers, before names are known.
type Numbers = Vec<Vec<usize>>;

/// Reads a file.
///
/// # Errors
/// With the line and what should stand there.
pub fn read(bytes: &[u8]) -> Result<BltFile, BltError> {
    let text = text(bytes)?;
    let mut words = words(text);
    let head_line = words.peek().map_or(1, |(line, _)| line);
    let count = words.number("number of candidates")?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > MAX_CANDIDATES {
        return Err(BltError::TooManyCandidates);
    }
    let seats = words.number("number of seats")?;
    let seats = u32::try_from(seats).unwrap_or(u32::MAX);
    let mut nicknames: BTreeMap<&str, usize> = BTreeMap::new();
    let mut withdrawn = Vec::new();
    // Others, such as an order for ties, are the rule's to say, which is pinned elsewhere.
    while let Some(option) = words.option()? {
        match option.split_first() {
            Some(((_, "nick"), nicks)) => {
                nicknames = nicks.iter().map(|one| one.1).zip(1..=count).collect();
            }
            Some(((_, "withdrawn"), out)) => withdrawn.extend_from_slice(out),
            _ => {}
        }
    }
    let candidate = |line: usize, word: &str| -> Result<usize, BltError> {
        if let Some(number) = nicknames.get(word) {
            return Ok(*number);
        }
        let number = word
            .parse::<usize>()
            .ok()
            .filter(|one| (1..=count).contains(one));
        number.ok_or_else(|| wrong(line, word, "candidate's number"))
    };
    let withdrawn = withdrawn
        .into_iter()
        .map(|(line, word)| candidate(line, word));
    let mut withdrawn = withdrawn.collect::<Result<Vec<usize>, _>>()?;
    let mut ballots: Vec<(Numbers, u64)> = Vec::new();
    // Whether each ballot so far stands on a line of its own, and the line that names who withdrew.
    let (mut lined, mut out_line) = (true, None);
    let ballots_end = loop {
        // Names say that the ballots are over as well as a 0 does, where it is plain how ballots end.
        if let Some((line, word)) = words.peek().filter(|(_, word)| word.starts_with('"')) {
            if ballots.is_empty() || !lined {
                return Err(wrong(line, word, "ballot, and no 0 ends the ballots"));
            }
            break line - 1;
        }
        let (line, word) = words.next("line 0 that ends the ballots")?;
        if let Some(out) = word.strip_prefix('-') {
            let out = candidate(line, out)?;
            if !withdrawn.contains(&out) {
                withdrawn.push(out);
            }
            out_line = Some(line);
            continue;
        }
        if out_line == Some(line) && line > head_line {
            return Err(wrong(
                line,
                word,
                "candidate who withdrew, as the number before it",
            ));
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
            break line;
        }
        let mut numbers = Vec::new();
        loop {
            let (place, word) = words.next("0 that ends a ballot")?;
            match word {
                "0" => {
                    lined &= place == line;
                    break;
                }
                "-" => {}
                word => {
                    let group = word.split('=').map(|one| candidate(place, one));
                    numbers.push(group.collect::<Result<Vec<usize>, _>>()?);
                }
            }
        }
        ballots.push((numbers, weight));
    };
    let (names, title) = words.names(count, text, ballots_end)?;
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
    fn names_end_the_ballots_where_the_0_was_forgotten() {
        let names = "\"A\"\n\"B\"\n\"C\"\n\"D\"\n\"T\"\n";
        let file = read(format!("4 1\n2 1 2 0\n3 3 0\n{names}").as_bytes()).unwrap();
        assert_eq!((file.ballots.len(), file.names.len()), (2, 4));
        assert_eq!(file.title, "T");
        // Where ballots do not end either, two of them would become one.
        let says = |ballots: &str| {
            let bytes = format!("4 1\n{ballots}{names}");
            read(bytes.as_bytes()).unwrap_err().to_string()
        };
        assert!(says("4 1\n3 2\n0\n").contains("line 5: \"\\\"A\\\"\" is no ballot, and no 0"));
        assert!(says("").contains("line 2"));
        // A ballot of less than nobody is no withdrawal.
        assert!(says("-2 1 3 0\n0\n").contains("line 2: \"1\" is no candidate who withdrew"));
        assert!(read(format!("4 1 -2 3 1 3 0 0 {names}").as_bytes()).is_ok());
    }

    #[test]
    fn names_are_read_as_people_write_them() {
        let names = |tail: &str| {
            let file = read(format!("3 1\n2 1 3 0\n0\n{tail}").as_bytes()).unwrap();
            (file.names, file.title)
        };
        let said =
            |names: [&str; 3], title: &str| (names.map(str::to_owned).to_vec(), title.to_owned());
        let plain = "Ana  SILVA (Red)\n# late\nBo O'Neil\nعمر\n\nWard 5 - Mill";
        let expected = said(["Ana SILVA (Red)", "Bo O'Neil", "عمر"], "Ward 5 - Mill");
        assert_eq!(names(plain), expected);
        let parties = "\"Ana\" \"Red\"\n\"Bo\" \"Blue\"\n\"Ana\" \"Blue\"\n\"Ward 5\"";
        assert_eq!(
            names(parties),
            said(["Ana (Red)", "Bo", "Ana (Blue)"], "Ward 5")
        );
        let doubled = "\"Ana \"\"Red\"\"\"\n\"Bo\"\n\"\"\nWard 5";
        assert_eq!(names(doubled), said(["Ana \"Red\"", "Bo", "3"], "Ward 5"));
        let source = "\"Ana\"\n\"Bo\"\n\"Chi\"\n\"Ward 5\"\n\"from the town hall\"\nFirst: 2";
        assert_eq!(names(source), said(["Ana", "Bo", "Chi"], "Ward 5"));
        let one_line = "\"Ana\" \"Bo\"\n\"Chi\"";
        assert_eq!(names(one_line), said(["Ana", "Bo", "Chi"], ""));
        assert_eq!(names("Ward 5\n"), said(["1", "2", "3"], "Ward 5"));
        assert_eq!(names(""), said(["1", "2", "3"], ""));
    }

    #[test]
    fn a_quote_behind_a_backslash_belongs_to_the_name() {
        let names = |text: &str| {
            let file = read(format!("2 1\n1 1 2 0\n0\n{text}\n").as_bytes()).unwrap();
            (file.names, file.title)
        };
        let (found, title) = names(
            r#""Ana \"Red\" Ito"
"Bo \"the\""
"Ward \"5\"""#,
        );
        assert_eq!(found, [r#"Ana "Red" Ito"#, r#"Bo "the""#]);
        assert_eq!(title, r#"Ward "5""#);
        // One at the end of a line closes the text: the backslash is part of the name.
        let (found, _) = names(
            r#""C:\"
"Bo"
"""#,
        );
        assert_eq!(found, [r"C:\", "Bo"]);
    }

    #[test]
    fn options_in_brackets_name_candidates_and_take_them_out() {
        let text = "3 1\n[nick a b c]\n[tie c b\n a ] [ withdrawn b ]\n2 a c=b 0\n1 3 0\n0\n\"A\"\n\"B\"\n\"C\"\n";
        let file = read(text.as_bytes()).unwrap();
        assert_eq!(file.withdrawn, ["B"]);
        let ballots = [(vec![vec!["A"], vec!["C", "B"]], 2), (vec![vec!["C"]], 1)];
        let plain = |places: &RankedBallot| -> Vec<Vec<String>> { places.clone() };
        for ((read, weight), (places, count)) in file.ballots.iter().zip(ballots) {
            assert_eq!(
                (plain(read), *weight),
                (
                    places
                        .iter()
                        .map(|one| one.iter().map(|name| (*name).to_owned()).collect())
                        .collect(),
                    count
                )
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let says = |from: &str, to: &str| {
            read(FILE.replacen(from, to, 1).as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert!(says("3 1 3 4", "3 1 5 4").contains("line 3: \"5\" is no candidate's number"));
        let two = says("\"Adam\"", "Adam\nEve");
        assert!(two.contains("line 7: \"Adam\" is no name in quotes"));
        let more = says("\"Committee\"", "\"A\" \"B\"\n\"C\"\n\"D\"");
        assert!(more.contains("8 texts follow the ballots, for 4"), "{more}");
        assert!(says("-3\n", "[nick a b\n").contains("ends before ] that ends an option"));
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
