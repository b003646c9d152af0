//! Conversations as Polis exports them: a set of CSV files.
//!
//! | file | read for |
//! |---|---|
//! | `comments.csv` | statements, authors, moderation; needed |
//! | `votes.csv` | votes as they were cast, the last one counts; or |
//! | `participants-votes.csv` (also `participant-votes.csv`) | votes by participant, and published groups |
//! | `summary.csv` | the topic |
//!
//! Exporters do not agree on the sign of a vote: in `participants-votes.csv` agree is +1, in
//! `votes.csv` it is +1 or -1. The sign of `votes.csv` is found by comparing with
//! `participants-votes.csv`, or where that is not there with the totals of `comments.csv`. Written is always +1, times in milliseconds, and a dictionary of the columns.
//! Sources: pol.is export documentation; compdemocracy/polis#2554.

mod export;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::delimited::{Row, RowError, Rows, delimiter, text};
use crate::opinion::{Opinion, OpinionError, Statement, Votes};

pub use export::{DICTIONARY, ExportedFile};

/// The files of a set; those that are not there are `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExportSet<'a> {
    /// `comments.csv`
    pub comments: Option<&'a [u8]>,
    /// `votes.csv`
    pub votes: Option<&'a [u8]>,
    /// `participants-votes.csv` or `participant-votes.csv`
    pub participants_votes: Option<&'a [u8]>,
    /// `summary.csv`
    pub summary: Option<&'a [u8]>,
}

/// A statement as exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolisComment {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// What it says.
    pub body: String,
    /// Milliseconds since 1970.
    pub time: i64,
    /// Moderation: 1 let in, 0 not looked at, -1 taken out.
    pub moderated: i8,
    /// Whether it asks who one is.
    pub metadata: bool,
    /// Whether it was there before the conversation opened.
    pub seed: bool,
}

/// A vote as exported; the last one of a participant on a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolisVote {
    /// What was said.
    pub opinion: Opinion,
    /// Milliseconds since 1970; zero where the set does not say.
    pub time: i64,
}

/// A conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// What it is about.
    pub topic: String,
    /// Statements in the order of the file.
    pub comments: Vec<PolisComment>,
    /// Last votes by participant and statement.
    pub votes: BTreeMap<(String, String), PolisVote>,
    /// Published groups by participant, where the set has them.
    pub groups: BTreeMap<String, usize>,
    /// Whether `votes.csv` had agree as -1; `None` if totals do not tell.
    pub flipped: Option<bool>,
    /// Votes on statements that `comments.csv` does not have.
    pub stray_votes: usize,
}

/// Why a set could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolisError {
    /// A file that must be there is not.
    #[error("read a Polis export: {0} is not there; put all files of the export into one folder")]
    Missing(&'static str),
    /// A file has no rows.
    #[error("read {file} of a Polis export")]
    Rows {
        /// The file.
        file: &'static str,
        /// Why.
        source: RowError,
    },
    /// A column that must be there is not.
    #[error(
        "read {file} of a Polis export: the first row has no column {column}; export it again, and \
         save it as CSV if another program opened it"
    )]
    NoColumn {
        /// The file.
        file: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A field that is not what it must be.
    #[error(
        "read {file} of a Polis export: line {line}: {column} is {value:?}; correct or delete the \
         line (ids and times are whole numbers, votes 1, 0 or -1)"
    )]
    Field {
        /// The file.
        file: &'static str,
        /// The line.
        line: usize,
        /// The column.
        column: String,
        /// What stands there, cut short.
        value: String,
    },
    /// Votes that cannot be grouped.
    #[error("read a Polis export")]
    Opinions(#[from] OpinionError),
}

struct Sheet<'a> {
    file: &'static str,
    columns: Vec<String>,
    rows: Rows<'a>,
}

impl<'a> Sheet<'a> {
    fn open(file: &'static str, bytes: &'a [u8]) -> Result<Self, PolisError> {
        let failed = |source| PolisError::Rows { file, source };
        let text = text(bytes).map_err(failed)?;
        let mut rows = Rows::new(text, delimiter(text));
        let head = rows.next().transpose().map_err(failed)?;
        let columns = head.map(|row| row.fields).unwrap_or_default();
        let columns = columns.iter().map(|name| name.trim().to_owned()).collect();
        Ok(Self {
            file,
            columns,
            rows,
        })
    }

    fn column(&self, column: &'static str) -> Result<usize, PolisError> {
        let file = self.file;
        self.find(column)
            .ok_or(PolisError::NoColumn { file, column })
    }

    fn find(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    fn row(&mut self) -> Result<Option<Row>, PolisError> {
        let file = self.file;
        loop {
            let row = self.rows.next().transpose();
            let row = row.map_err(|source| PolisError::Rows { file, source })?;
            match row {
                Some(row) if row.fields.iter().all(String::is_empty) => {}
                row => return Ok(row),
            }
        }
    }

    fn wrong(&self, row: &Row, column: &str, value: &str) -> PolisError {
        PolisError::Field {
            file: self.file,
            line: row.line,
            column: column.chars().take(60).collect(),
            value: value.chars().take(40).collect(),
        }
    }
}

fn field(row: &Row, at: usize) -> &str {
    row.fields.get(at).map_or("", |field| field.trim())
}

/// Seconds become milliseconds; exporters write either.
fn milliseconds(text: &str) -> i64 {
    let time: i64 = text.parse().unwrap_or(0);
    // In milliseconds this is March 1973, in seconds the year 5138.
    if time.unsigned_abs() < 100_000_000_000 {
        time.saturating_mul(1_000)
    } else {
        time
    }
}

/// Agree and disagree by statement, as the exporter counted.
type Totals = BTreeMap<String, (u64, u64)>;

fn read_comments(bytes: &[u8]) -> Result<(Vec<PolisComment>, Totals), PolisError> {
    let mut sheet = Sheet::open("comments.csv", bytes)?;
    let id = sheet.column("comment-id")?;
    let body = sheet.column("comment-body")?;
    let [time, author, agrees, disagrees, moderated, metadata, seed] = [
        "timestamp",
        "author-id",
        "agrees",
        "disagrees",
        "moderated",
        "is-meta",
        "is-seed",
    ]
    .map(|name| sheet.find(name).unwrap_or(usize::MAX));
    let last = sheet.columns.len().saturating_sub(1);
    let mut comments = Vec::new();
    let mut totals = Totals::new();
    while let Some(row) = sheet.row()? {
        let name = field(&row, id).to_owned();
        if name.is_empty() {
            return Err(sheet.wrong(&row, "comment-id", ""));
        }
        // The report server does not quote: a body with commas makes more fields than columns.
        let words = if body == last && row.fields.len() > sheet.columns.len() {
            row.fields.get(body..).unwrap_or_default().join(",")
        } else {
            row.fields.get(body).cloned().unwrap_or_default()
        };
        let count = |at: usize| field(&row, at).parse::<u64>().unwrap_or(0);
        totals.insert(name.clone(), (count(agrees), count(disagrees)));
        let yes = |at: usize| matches!(field(&row, at), "true" | "True" | "1" | "t");
        comments.push(PolisComment {
            id: name,
            author: field(&row, author).to_owned(),
            body: words,
            time: milliseconds(field(&row, time)),
            moderated: field(&row, moderated).parse().unwrap_or(0),
            metadata: yes(metadata),
            seed: yes(seed),
        });
    }
    Ok((comments, totals))
}

/// Raw signs and times by participant and statement; the last one stays.
type Raw = BTreeMap<(String, String), (i8, i64)>;

fn read_votes(bytes: &[u8]) -> Result<Raw, PolisError> {
    let mut sheet = Sheet::open("votes.csv", bytes)?;
    let statement = sheet.column("comment-id")?;
    let voter = sheet.column("voter-id")?;
    let vote = sheet.column("vote")?;
    let time = sheet.find("timestamp").unwrap_or(usize::MAX);
    let mut raw = Raw::new();
    while let Some(row) = sheet.row()? {
        let value = field(&row, vote);
        let sign = match value {
            "1" | "1.0" => 1,
            "0" | "0.0" => 0,
            "-1" | "-1.0" => -1,
            _ => return Err(sheet.wrong(&row, "vote", value)),
        };
        let at = milliseconds(field(&row, time));
        let key = (
            field(&row, voter).to_owned(),
            field(&row, statement).to_owned(),
        );
        let slot = raw.entry(key).or_insert((sign, at));
        // Of equal times the later row counts.
        if at >= slot.1 {
            *slot = (sign, at);
        }
    }
    Ok(raw)
}

/// Whether agree is -1, by how many statements' totals come out either way.
fn is_flipped(raw: &Raw, totals: &Totals) -> Option<bool> {
    let mut counted: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((_, statement), (sign, _)) in raw {
        let slot = counted.entry(statement).or_default();
        slot.0 += u64::from(*sign > 0);
        slot.1 += u64::from(*sign < 0);
    }
    let (mut same, mut turned) = (0_usize, 0_usize);
    for (statement, (agree, disagree)) in totals {
        let (plus, minus) = counted.get(statement.as_str()).copied().unwrap_or_default();
        // Totals may be a few votes behind: what counts is which way is nearer.
        let away = |a: u64, b: u64| agree.abs_diff(a) + disagree.abs_diff(b);
        match away(plus, minus).cmp(&away(minus, plus)) {
            std::cmp::Ordering::Less => same += 1,
            std::cmp::Ordering::Greater => turned += 1,
            std::cmp::Ordering::Equal => {}
        }
    }
    (same != turned).then_some(turned > same)
}

/// Whether agree is -1, by the votes that the table of participants has too, where agree is always +1.
/// Exporters that leave the sign as it is stored count their totals by it as well, so that totals do
/// not tell.
fn is_turned(raw: &Raw, shown: &BTreeMap<(String, String), Opinion>) -> Option<bool> {
    let (mut same, mut turned) = (0_usize, 0_usize);
    for (key, (sign, _)) in raw {
        match shown.get(key).map(|opinion| opinion.sign() * sign) {
            Some(1) => same += 1,
            Some(-1) => turned += 1,
            _ => {}
        }
    }
    (same != turned).then_some(turned > same)
}

/// What the table of participants says.
struct Participants {
    votes: BTreeMap<(String, String), Opinion>,
    groups: BTreeMap<String, usize>,
}

fn read_table(bytes: &[u8]) -> Result<Participants, PolisError> {
    let mut sheet = Sheet::open("participants-votes.csv", bytes)?;
    let participant = sheet.column("participant")?;
    let group = sheet.find("group-id").unwrap_or(usize::MAX);
    let (mut votes, mut groups) = (BTreeMap::new(), BTreeMap::new());
    while let Some(row) = sheet.row()? {
        let id = field(&row, participant).to_owned();
        let label = field(&row, group);
        if !label.is_empty() {
            let label = label.strip_suffix(".0").unwrap_or(label);
            let number = label
                .parse()
                .map_err(|_| sheet.wrong(&row, "group-id", label))?;
            groups.insert(id.clone(), number);
        }
        for (column, value) in sheet.columns.iter().zip(&row.fields) {
            let value = value.trim();
            if ABOUT.contains(&column.as_str()) || value.is_empty() {
                continue;
            }
            let opinion = match value {
                "1" | "1.0" => Opinion::Agree,
                "0" | "0.0" => Opinion::Pass,
                "-1" | "-1.0" => Opinion::Disagree,
                _ => return Err(sheet.wrong(&row, column, value)),
            };
            votes.insert((id.clone(), column.clone()), opinion);
        }
    }
    Ok(Participants { votes, groups })
}

fn opinion(sign: i8) -> Opinion {
    match sign {
        1.. => Opinion::Agree,
        0 => Opinion::Pass,
        _ => Opinion::Disagree,
    }
}

const ABOUT: &[&str] = &[
    "participant",
    "group-id",
    "n-comments",
    "n-votes",
    "n-agree",
    "n-disagree",
    "xid",
];

impl Conversation {
    /// Reads a set. Votes come from `votes.csv` where it is there, else from
    /// `participants-votes.csv`; groups from the latter.
    ///
    /// # Errors
    /// If a file that is needed is missing, or a field of it is not what it must be.
    pub fn read(set: &ExportSet<'_>) -> Result<Self, PolisError> {
        let comments = set.comments.ok_or(PolisError::Missing("comments.csv"))?;
        if set.votes.is_none() && set.participants_votes.is_none() {
            return Err(PolisError::Missing("votes.csv"));
        }
        let (comments, totals) = read_comments(comments)?;
        let mut conversation = Self {
            comments,
            ..Self::default()
        };
        let table = set.participants_votes.map(read_table).transpose()?;
        if let Some(bytes) = set.votes {
            let raw = read_votes(bytes)?;
            let by_participant = table
                .as_ref()
                .and_then(|table| is_turned(&raw, &table.votes));
            conversation.flipped = by_participant.or_else(|| is_flipped(&raw, &totals));
            let turn = if conversation.flipped == Some(true) {
                -1
            } else {
                1
            };
            let votes = raw.into_iter().map(|(key, (sign, time))| {
                let opinion = opinion(sign * turn);
                (key, PolisVote { opinion, time })
            });
            conversation.votes = votes.collect();
        }
        if let Some(table) = table {
            conversation.groups = table.groups;
            if set.votes.is_none() {
                let votes = table.votes.into_iter();
                let at_zero = |(key, opinion)| (key, PolisVote { opinion, time: 0 });
                conversation.votes = votes.map(at_zero).collect();
            }
        }
        if let Some(bytes) = set.summary {
            conversation.topic = read_topic(bytes)?;
        }
        let known = |id: &str| totals.contains_key(id);
        let before = conversation.votes.len();
        conversation
            .votes
            .retain(|(_, statement), _| known(statement));
        conversation.stray_votes = before - conversation.votes.len();
        Ok(conversation)
    }

    /// Statements and votes to be grouped. A statement is out if it was taken out, and where
    /// moderation was `strict` also if nobody looked at it.
    ///
    /// # Errors
    /// If ids repeat or limits are passed.
    pub fn opinions(&self, strict: bool) -> Result<Votes, PolisError> {
        let statements = self.comments.iter().map(|one| Statement {
            id: one.id.clone(),
            moderated_out: one.moderated < 0 || (strict && one.moderated == 0),
            metadata: one.metadata,
        });
        let votes = self.votes.iter().map(|((participant, statement), vote)| {
            (participant.as_str(), statement.as_str(), vote.opinion)
        });
        Ok(Votes::new(statements.collect(), votes)?)
    }

    /// Published groups for the participants of `votes`, in their order, and how many there are.
    #[must_use]
    pub fn published(&self, votes: &Votes) -> (Vec<Option<usize>>, usize) {
        let labels = votes
            .participants()
            .iter()
            .map(|id| self.groups.get(id).copied());
        let groups = self
            .groups
            .values()
            .max()
            .map_or(0, |most| most.saturating_add(1));
        (labels.collect(), groups.min(self.groups.len()))
    }
}

fn read_topic(bytes: &[u8]) -> Result<String, PolisError> {
    let mut sheet = Sheet::open("summary.csv", bytes)?;
    let head = std::mem::take(&mut sheet.columns);
    if let [key, topic, ..] = head.as_slice()
        && key == "topic"
    {
        return Ok(topic.clone());
    }
    while let Some(row) = sheet.row()? {
        if field(&row, 0) == "topic" {
            return Ok(field(&row, 1).to_owned());
        }
    }
    Ok(String::new())
}
