//! Between the tables of a `.pb` file and an election that can be counted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::One as _;

use super::{PbFile, Section};
use crate::budget::{Election, ElectionError, MAX_DECIMALS, MAX_POINTS, Project, RawBallot};
use crate::delimited::{Row, latin_digits};
use crate::ratio::Ratio;

/// The most parts of a point: with more, points and votes would not stay within what is counted exactly.
const MOST_PARTS: u32 = 1_000_000;

/// Why the tables are no election.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PbError {
    /// A field that must be there is not.
    #[error("take an election from a .pb file: {} has no {field}; add it", place(*section, *line))]
    Missing {
        /// The section.
        section: Section,
        /// The line; zero where there is none.
        line: usize,
        /// The field.
        field: &'static str,
    },
    /// A field that should be an amount or a number is not.
    #[error(
        "take an election from a .pb file: {}: {field} is {value:?}; \
         write digits, with a point before the fraction and no blanks", place(*section, *line)
    )]
    NotANumber {
        /// The section.
        section: Section,
        /// The line.
        line: usize,
        /// The field.
        field: &'static str,
        /// What stands there, cut short.
        value: String,
    },
    /// An amount that is larger than what is counted.
    #[error(
        "take an election from a .pb file: {}: {field} is {value:?}, which is more than is counted; \
         write all amounts in a larger unit, such as thousands", place(*section, *line)
    )]
    TooMuch {
        /// The section.
        section: Section,
        /// The line.
        line: usize,
        /// The field.
        field: &'static str,
        /// What stands there, cut short.
        value: String,
    },
    /// Points and projects of a ballot are not equally many.
    #[error(
        "take an election from a .pb file: VOTES line {line} names {projects} projects and gives \
         {points} points; give one number for each project"
    )]
    UnevenPoints {
        /// The line.
        line: usize,
        /// How many projects.
        projects: usize,
        /// How many points.
        points: usize,
    },
    /// A kind of ballot that is not known.
    #[error(
        "take an election from a .pb file: vote_type is {0:?}; it is one of approval, ordinal, \
         cumulative, scoring, choose-1"
    )]
    UnknownVoteType(String),
    /// An amount with more digits after the point than are counted.
    #[error(
        "take an election from a .pb file: {} has more than {MAX_DECIMALS} digits after the \
         point; round it as the organisers did", place(*section, *line)
    )]
    TooFine {
        /// The section.
        section: Section,
        /// The line.
        line: usize,
    },
    /// Points that are no number from zero.
    #[error(
        "take an election from a .pb file: VOTES line {line}: points are {value:?}; write numbers \
         from zero, such as 3 or 2.5"
    )]
    NotPoints {
        /// The line.
        line: usize,
        /// What stands there, cut short.
        value: String,
    },
    /// Points in parts so small that they are not counted exactly.
    #[error(
        "take an election from a .pb file: {}: points are {value:?}; with parts so small they are not \
         counted exactly: round them as the organisers did", place(*section, *line)
    )]
    TooFinePoints {
        /// The section.
        section: Section,
        /// The line.
        line: usize,
        /// What stands there, cut short.
        value: String,
    },
    /// More points than are counted.
    #[error(
        "take an election from a .pb file: {}: points are {value:?}, more than the {most} that are \
         counted here; divide all points by the same number", place(*section, *line)
    )]
    TooManyPoints {
        /// The section.
        section: Section,
        /// The line.
        line: usize,
        /// What stands there, cut short.
        value: String,
        /// How many one project may be given.
        most: u32,
    },
    /// Two projects with one id.
    #[error(
        "take an election from a .pb file: PROJECTS line {line} has the id {id:?} again; give \
         every project its own"
    )]
    RepeatedProject {
        /// The line of the second one.
        line: usize,
        /// The id, cut short.
        id: String,
    },
    /// A ballot names something that is no project.
    #[error(
        "take an election from a .pb file: VOTES line {line} names {id:?}, which is no project; \
         correct or delete it, or add the project"
    )]
    UnknownProject {
        /// The line.
        line: usize,
        /// What it names, cut short.
        id: String,
    },
    /// What the tables say cannot be counted.
    #[error("take an election from a .pb file")]
    Election(#[from] ElectionError),
}

/// A section, and the line where there is one.
fn place(section: Section, line: usize) -> String {
    if line == 0 {
        section.to_string()
    } else {
        format!("{section} line {line}")
    }
}

/// An amount in ASCII digits with a point before its fraction, from the digits and marks of French,
/// Arabic and Persian too. Where a comma stands before exactly three digits, nobody can say whether it
/// parts thousands: it stays, and is no number.
fn plain(text: &str) -> Cow<'_, str> {
    let is_comma = |text: &str| {
        let part = text.split_once(',').map(|(_, part)| part);
        part.is_some_and(|part| part.len() != 3) && !text.contains('.')
    };
    let text = latin_digits(text);
    match is_comma(&text) {
        true => Cow::Owned(text.replacen(',', ".", 1)),
        false => text,
    }
}

/// How many digits stand after the point.
fn decimals(text: &str) -> u8 {
    let part = text.split_once('.').map_or("", |(_, part)| part);
    u8::try_from(part.trim_end_matches('0').len()).unwrap_or(u8::MAX)
}

/// An amount in its smallest unit. `written` is what stands in the field, and `text` its plain form.
fn amount(
    (section, line, field): (Section, usize, &'static str),
    (written, text): (&str, &str),
    decimals: u8,
) -> Result<u64, PbError> {
    let value = cut(written);
    let scale = Ratio::from(10_u64.saturating_pow(u32::from(decimals)));
    let read = text.parse::<Ratio>().ok().map(|one| &one * &scale);
    let whole = read.filter(|one| !one.is_negative() && one.denominator().is_one());
    let Some(whole) = whole else {
        return Err(PbError::NotANumber {
            section,
            line,
            field,
            value,
        });
    };
    whole.to_u64().ok_or(PbError::TooMuch {
        section,
        line,
        field,
        value,
    })
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Points as they are written: from zero, with a point before parts.
fn points_of(line: usize, text: &str) -> Result<Ratio, PbError> {
    let read = plain(text).parse::<Ratio>().ok();
    let read = read.filter(|one| !one.is_negative());
    read.ok_or_else(|| PbError::NotPoints {
        line,
        value: cut(text),
    })
}

/// Points in parts of one.
fn whole((section, line): (Section, usize), text: &str, parts: NonZeroU32) -> Result<u32, PbError> {
    let points = match text.parse::<u32>() {
        Ok(points) if parts == NonZeroU32::MIN => Some(points),
        _ => (&points_of(line, text)? * &Ratio::from(u64::from(parts.get())))
            .to_u64()
            .and_then(|points| u32::try_from(points).ok()),
    };
    let points = points.filter(|points| *points <= MAX_POINTS);
    points.ok_or_else(|| PbError::TooManyPoints {
        section,
        line,
        value: cut(text),
        most: MAX_POINTS / parts,
    })
}

/// The parts of a list between commas.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

impl PbFile {
    /// The election that the tables describe.
    ///
    /// An approval is one point. On an ordinal ballot the first of `max_length` places is worth
    /// that many points, the next one less; without `max_length`, of as many places as the longest
    /// ballot has. Points are what the ballot gives, parts of points too, exactly, and `default_score` for what it leaves out.
    /// A ballot that names a project twice supports it once, at its first place and with the last of
    /// its points, and one that gives no points at all supports nothing, as the reference library
    /// has it; [`PbFile::check`] finds both. Amounts may have a comma before the fraction.
    ///
    /// # Errors
    /// If a field that counting needs is missing or no number.
    pub fn election(&self) -> Result<Election, PbError> {
        let missing = |section, line, field| PbError::Missing {
            section,
            line,
            field,
        };
        let budget_text = self
            .meta("budget")
            .ok_or(missing(Section::Meta, 0, "budget"))?;
        let written = budget_text;
        let budget_text = &plain(written);
        let mut costs = Vec::with_capacity(self.projects.rows.len());
        let mut places = decimals(budget_text);
        if places > MAX_DECIMALS {
            return Err(PbError::TooFine {
                section: Section::Meta,
                line: self.meta_line("budget"),
            });
        }
        for row in &self.projects.rows {
            let id = self.projects.field(row, "project_id");
            let id = id.ok_or(missing(Section::Projects, row.line, "project_id"))?;
            let cost = self.projects.field(row, "cost");
            let written = cost.ok_or(missing(Section::Projects, row.line, "cost"))?;
            let cost = plain(written);
            if decimals(&cost) > MAX_DECIMALS {
                return Err(PbError::TooFine {
                    section: Section::Projects,
                    line: row.line,
                });
            }
            places = places.max(decimals(&cost));
            costs.push((row.line, id, written, cost));
        }
        let place = (Section::Meta, self.meta_line("budget"), "budget");
        let budget = amount(place, (written, budget_text), places)?;
        let mut ids = BTreeSet::new();
        let mut projects = Vec::with_capacity(costs.len());
        for (line, id, written, cost) in costs {
            if !ids.insert(id) {
                let id = cut(id);
                return Err(PbError::RepeatedProject { line, id });
            }
            projects.push(Project {
                id: id.to_owned(),
                cost: amount((Section::Projects, line, "cost"), (written, &cost), places)?,
            });
        }
        if self.votes.column("vote").is_none() {
            return Err(missing(Section::Votes, 0, "column vote"));
        }
        if self.scored() && self.votes.column("points").is_none() {
            return Err(missing(Section::Votes, 0, "column points"));
        }
        for row in &self.votes.rows {
            let field = self.votes.field(row, "vote").unwrap_or_default();
            if let Some(id) = list(field).find(|id| !ids.contains(id)) {
                let (line, id) = (row.line, cut(id));
                return Err(PbError::UnknownProject { line, id });
            }
        }
        let parts = self.parts()?;
        let ballots = self.ballots(&projects, parts)?;
        Ok(Election::new(budget, places, projects, ballots)?.in_parts(parts))
    }

    /// The ballots, each with what its row says in `column`: where the voter lives, for instance. An
    /// empty field is nothing.
    ///
    /// # Errors
    /// As [`PbFile::election`].
    pub fn ballots_with(&self, column: &str) -> Result<Vec<(Option<&str>, RawBallot)>, PbError> {
        let election = self.election()?;
        let ballots = self.ballots(election.projects(), self.parts()?)?;
        let labels = self.votes.rows.iter();
        let labels = labels.map(|row| self.votes.field(row, column));
        Ok(labels.zip(ballots).collect())
    }

    /// How many parts a point has, for all that ballots give to be whole: 10 where one gives 2.5 and one 0.1.
    fn parts(&self) -> Result<NonZeroU32, PbError> {
        let mut parts = BigInt::one();
        if !self.scored() {
            return Ok(NonZeroU32::MIN);
        }
        let mut add = |section: Section, line: usize, text: &str| {
            if text.parse::<u32>().is_ok() {
                return Ok(());
            }
            let points = points_of(line, text)?;
            parts = parts.lcm(points.denominator());
            let fine = parts > BigInt::from(MOST_PARTS);
            let value = cut(text);
            if fine {
                Err(PbError::TooFinePoints {
                    section,
                    line,
                    value,
                })
            } else {
                Ok(())
            }
        };
        for row in &self.votes.rows {
            for text in list(self.votes.field(row, "points").unwrap_or_default()) {
                add(Section::Votes, row.line, text)?;
            }
        }
        add(
            Section::Meta,
            self.meta_line("default_score"),
            self.default_score(),
        )?;
        let parts = u32::try_from(parts).ok().and_then(NonZeroU32::new);
        Ok(parts.unwrap_or(NonZeroU32::MIN))
    }

    fn scored(&self) -> bool {
        matches!(self.meta("vote_type"), Some("cumulative" | "scoring"))
    }

    /// What a ballot gives to what it leaves out; nothing where that is no number.
    fn default_score(&self) -> &str {
        let given = self.meta("default_score").unwrap_or("0");
        if points_of(0, given).is_ok() {
            given
        } else {
            "0"
        }
    }

    fn ballots(&self, projects: &[Project], parts: NonZeroU32) -> Result<Vec<RawBallot>, PbError> {
        let kind = self.meta("vote_type").unwrap_or("approval");
        let votes = |row: &Row| -> Vec<String> {
            let field = self.votes.field(row, "vote").unwrap_or_default();
            list(field).map(str::to_owned).collect()
        };
        let once = |row: &Row| -> Vec<String> {
            let mut seen = BTreeSet::new();
            let mut ids = votes(row);
            ids.retain(|id| seen.insert(id.clone()));
            ids
        };
        let rows = &self.votes.rows;
        match kind {
            "approval" | "choose-1" => Ok(rows
                .iter()
                .map(|row| once(row).into_iter().map(|id| (id, 1)).collect())
                .collect()),
            "ordinal" => {
                let longest = rows.iter().map(|row| once(row).len()).max().unwrap_or(0);
                let given = self.meta("max_length").and_then(|one| one.parse().ok());
                let first: usize = given.unwrap_or(longest).max(longest);
                let points = |at: usize| u32::try_from(first.saturating_sub(at)).unwrap_or(1);
                let ranked = |row| once(row).into_iter().enumerate();
                Ok(rows
                    .iter()
                    .map(|row| ranked(row).map(|(at, id)| (id, points(at))).collect())
                    .collect())
            }
            "cumulative" | "scoring" => {
                let place = (Section::Meta, self.meta_line("default_score"));
                let default = whole(place, self.default_score(), parts)?;
                let mut ballots = Vec::with_capacity(rows.len());
                for row in rows {
                    let mut ballot = self.points(row, votes(row), parts)?;
                    if default > 0 {
                        for project in projects {
                            if !ballot.iter().any(|(id, _)| *id == project.id) {
                                ballot.push((project.id.clone(), default));
                            }
                        }
                    }
                    ballots.push(ballot);
                }
                Ok(ballots)
            }
            other => Err(PbError::UnknownVoteType(cut(other))),
        }
    }

    fn points(&self, row: &Row, ids: Vec<String>, parts: NonZeroU32) -> Result<RawBallot, PbError> {
        let field = self.votes.field(row, "points").unwrap_or_default();
        let points: Vec<&str> = list(field).collect();
        if points.is_empty() {
            return Ok(RawBallot::new());
        }
        if points.len() != ids.len() {
            return Err(PbError::UnevenPoints {
                line: row.line,
                projects: ids.len(),
                points: points.len(),
            });
        }
        let mut ballot = RawBallot::with_capacity(ids.len());
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (id, points) in ids.into_iter().zip(points) {
            let points = whole((Section::Votes, row.line), points, parts)?;
            match places.get(&id).and_then(|place| ballot.get_mut(*place)) {
                Some(earlier) => earlier.1 = points,
                None => {
                    places.insert(id.clone(), ballot.len());
                    ballot.push((id, points));
                }
            }
        }
        Ok(ballot)
    }
}
