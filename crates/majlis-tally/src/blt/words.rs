//! Words and names of a `.blt` file.

use super::BltError;

pub(super) struct Words<'a> {
    words: std::iter::Peekable<std::vec::IntoIter<(usize, &'a str)>>,
}

/// Words with the line they stand on; a text in quotes is one word with its quotes.
pub(super) fn words(text: &str) -> Words<'_> {
    let mut found = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let mut rest = content.trim_start();
        while !rest.is_empty() && !rest.starts_with('#') {
            let end = match rest.strip_prefix('"') {
                Some(body) => 1 + closing(body).map_or(body.len(), |at| at + 1),
                None => rest.find(char::is_whitespace).unwrap_or(rest.len()),
            };
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            found.push((line, word));
            rest = after.trim_start();
        }
    }
    Words {
        words: found.into_iter().peekable(),
    }
}

/// Where a text that was opened by a quote is closed. Two quotes are one that belongs to it, and so is a
/// quote behind a backslash, if another one follows on the line that closes the text.
fn closing(body: &str) -> Option<usize> {
    let mut letters = body.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' if letters.next_if(|(_, next)| *next == '"').is_none() => return Some(at),
            '\\' if is_escaped(body.get(at..).unwrap_or_default()) => {
                letters.next();
            }
            _ => {}
        }
    }
    None
}

/// Whether a text that begins with a backslash begins with a quote that does not close.
fn is_escaped(text: &str) -> bool {
    let rest = text.strip_prefix("\\\"");
    rest.is_some_and(|rest| rest.contains('"'))
}

/// What a word in quotes says.
fn unquoted(word: &str) -> Option<String> {
    let body = word.strip_prefix('"')?;
    let body = body.get(..closing(body).unwrap_or(body.len()))?;
    let body = body.replace("\\\"", "\"").replace("\"\"", "\"");
    Some(body.trim().to_owned())
}

pub(super) fn wrong(line: usize, word: &str, expected: &'static str) -> BltError {
    BltError::Word {
        line,
        word: word.chars().take(40).collect(),
        expected,
    }
}

impl<'a> Words<'a> {
    pub(super) fn next(&mut self, what: &'static str) -> Result<(usize, &'a str), BltError> {
        self.words.next().ok_or(BltError::Ended(what))
    }

    pub(super) fn peek(&mut self) -> Option<(usize, &'a str)> {
        self.words.peek().copied()
    }

    pub(super) fn number(&mut self, what: &'static str) -> Result<u64, BltError> {
        let (line, word) = self.next(what)?;
        word.parse().map_err(|_| wrong(line, word, what))
    }

    /// The words of an option in square brackets, such as `[nick a b c]`, if one comes next.
    pub(super) fn option(&mut self) -> Result<Option<Vec<(usize, &'a str)>>, BltError> {
        if self.words.next_if(|(_, word)| *word == "[").is_none() {
            match self.words.peek_mut() {
                Some((_, word)) => match word.strip_prefix('[') {
                    Some(rest) => *word = rest,
                    None => return Ok(None),
                },
                None => return Ok(None),
            }
        }
        let mut option = Vec::new();
        loop {
            let (line, word) = self.next("] that ends an option")?;
            let (inside, ends) = word
                .strip_suffix(']')
                .map_or((word, false), |one| (one, true));
            if !inside.is_empty() {
                option.push((line, inside));
            }
            if ends {
                return Ok(Some(option));
            }
        }
    }

    /// The names of `count` candidates and the title, from what is left of `text` after `line`.
    ///
    /// They are texts in quotes, any number on a line. In files that people made by hand each stands
    /// on a line of its own instead, without quotes or with the party beside it in quotes of its own;
    /// or only the title is there, and candidates are called by their numbers. Where names and title
    /// have a line each, more lines say where the file came from.
    pub(super) fn names(
        self,
        count: usize,
        text: &str,
        line: usize,
    ) -> Result<(Vec<String>, String), BltError> {
        let words: Vec<(usize, &str)> = self.words.collect();
        let quoted: Vec<String> = words.iter().filter_map(|one| unquoted(one.1)).collect();
        let lines: Vec<Line> = text.lines().skip(line).filter_map(Line::read).collect();
        let whole = [count, count + 1];
        // What follows names and title in a line each, all in quotes, is where the file came from.
        let mut first = lines.iter().take(count + 1);
        let more = lines.len() > count + 1 && first.all(|line| line.is_quoted_alone);
        let (names, title) = if quoted.len() == words.len() && whole.contains(&words.len()) {
            let mut names = quoted;
            let title = names.drain(count..).next().unwrap_or_default();
            let names = named(names.into_iter().map(|name| (name, String::new())))?;
            (names, title)
        } else if more || whole.contains(&lines.len()) {
            let title = lines.get(count).map(|line| line.name.clone());
            let names = lines.into_iter().take(count);
            let names = named(names.map(|line| (line.name, line.party)))?;
            (names, title.unwrap_or_default())
        } else if lines.len() < 2 && quoted.is_empty() {
            let title = lines.into_iter().next().map(|line| line.name);
            let names = (1..=count).map(|number| number.to_string()).collect();
            (names, title.unwrap_or_default())
        } else if let Some((line, word)) = words.iter().find(|one| unquoted(one.1).is_none()) {
            return Err(wrong(*line, word, "name in quotes"));
        } else if words.len() < count {
            return Err(BltError::Ended("name of a candidate"));
        } else {
            return Err(BltError::TooManyNames {
                found: words.len(),
                count,
            });
        };
        Ok((names, title))
    }
}

/// A line with the name of a candidate, or the title.
struct Line {
    name: String,
    party: String,
    is_quoted_alone: bool,
}

impl Line {
    fn read(content: &str) -> Option<Self> {
        let content = content.trim();
        if content.is_empty() || content.starts_with('#') {
            return None;
        }
        let plain = |text: &str| {
            let text = text.split(" #").next().unwrap_or_default();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let Some(body) = content.strip_prefix('"') else {
            return Some(Self {
                name: plain(content),
                party: String::new(),
                is_quoted_alone: false,
            });
        };
        let rest = closing(body).and_then(|at| body.get(at + 1..));
        let rest = rest.unwrap_or_default().trim();
        Some(Self {
            name: unquoted(content).unwrap_or_default(),
            is_quoted_alone: rest.is_empty() || rest.starts_with('#'),
            party: unquoted(rest).unwrap_or_else(|| plain(rest)),
        })
    }
}

/// Names that tell candidates apart: with the party only where the name alone does not.
fn named(lines: impl Iterator<Item = (String, String)>) -> Result<Vec<String>, BltError> {
    let lines: Vec<(String, String)> = lines.collect();
    let mut names: Vec<String> = Vec::with_capacity(lines.len());
    for (at, (name, party)) in lines.iter().enumerate() {
        let again = lines.iter().filter(|other| other.0 == *name).count() > 1;
        let name = match (name.as_str(), party.as_str()) {
            ("", "") => (at + 1).to_string(),
            ("", party) => party.to_owned(),
            (name, party) if again && !party.is_empty() => format!("{name} ({party})"),
            (name, _) => name.to_owned(),
        };
        if names.contains(&name) {
            return Err(BltError::RepeatedName(name));
        }
        names.push(name);
    }
    Ok(names)
}
