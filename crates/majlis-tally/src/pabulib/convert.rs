//! Between the tables of a `.pb` file and an election that can be counted.

use super::{PbFile, Section};
use crate::budget::{Election, ElectionError, Project, RawBallot};
use crate::delimited::Row;
use crate::ratio::Ratio;

/// Why the tables are no election.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PbError {
    /// A field that must be there is not.
    #[error("take an election from a .pb file: {section} line {line} has no {field}; add it")]
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
        "take an election from a .pb file: {section} line {line}: {field} is {value:?}; \
         write digits, with a point before the fraction and no blanks"
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
    /// What the tables say cannot be counted.
    #[error("take an election from a .pb file")]
    Election(#[from] ElectionError),
}

/// How many digits stand after the point.
fn decimals(text: &str) -> u8 {
    let part = text.split_once('.').map_or("", |(_, part)| part);
    u8::try_from(part.trim_end_matches('0').len()).unwrap_or(u8::MAX)
}

fn amount(text: &str, decimals: u8) -> Option<u64> {
    let scale = Ratio::from(10_u64.checked_pow(u32::from(decimals))?);
    (&text.parse::<Ratio>().ok()? * &scale).to_u64()
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
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
    /// ballot has. Points are what the ballot gives, and `default_score` for what it leaves out.
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
        let mut costs = Vec::with_capacity(self.projects.rows.len());
        let mut places = decimals(budget_text);
        for row in &self.projects.rows {
            let id = self.projects.field(row, "project_id");
            let id = id.ok_or(missing(Section::Projects, row.line, "project_id"))?;
            let cost = self.projects.field(row, "cost");
            let cost = cost.ok_or(missing(Section::Projects, row.line, "cost"))?;
            places = places.max(decimals(cost));
            costs.push((row.line, id, cost));
        }
        let not_a_number = |section, line, field, value: &str| PbError::NotANumber {
            section,
            line,
            field,
            value: cut(value),
        };
        // Amounts finer than the election takes are refused there, with their own words.
        let scale = places.min(18);
        let budget = amount(budget_text, scale)
            .ok_or_else(|| not_a_number(Section::Meta, 0, "budget", budget_text))?;
        let mut projects = Vec::with_capacity(costs.len());
        for (line, id, cost) in costs {
            projects.push(Project {
                id: id.to_owned(),
                cost: amount(cost, scale)
                    .ok_or_else(|| not_a_number(Section::Projects, line, "cost", cost))?,
            });
        }
        let ballots = self.ballots(&projects)?;
        Ok(Election::new(budget, places, projects, ballots)?)
    }

    fn ballots(&self, projects: &[Project]) -> Result<Vec<RawBallot>, PbError> {
        let kind = self.meta("vote_type").unwrap_or("approval");
        let votes = |row: &Row| -> Vec<String> {
            let field = self.votes.field(row, "vote").unwrap_or_default();
            list(field).map(str::to_owned).collect()
        };
        let rows = &self.votes.rows;
        match kind {
            "approval" | "choose-1" => Ok(rows
                .iter()
                .map(|row| votes(row).into_iter().map(|id| (id, 1)).collect())
                .collect()),
            "ordinal" => {
                let longest = rows.iter().map(|row| votes(row).len()).max().unwrap_or(0);
                let given = self.meta("max_length").and_then(|one| one.parse().ok());
                let first: usize = given.unwrap_or(longest).max(longest);
                let points = |at: usize| u32::try_from(first.saturating_sub(at)).unwrap_or(1);
                let ranked = |row| votes(row).into_iter().enumerate();
                Ok(rows
                    .iter()
                    .map(|row| ranked(row).map(|(at, id)| (id, points(at))).collect())
                    .collect())
            }
            "cumulative" | "scoring" => {
                let default = self.meta("default_score").unwrap_or("0");
                let default: u32 = default.parse().unwrap_or(0);
                let mut ballots = Vec::with_capacity(rows.len());
                for row in rows {
                    let mut ballot = self.points(row, votes(row))?;
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

    fn points(&self, row: &Row, ids: Vec<String>) -> Result<RawBallot, PbError> {
        let field = self.votes.field(row, "points").unwrap_or_default();
        let points: Vec<&str> = list(field).collect();
        if points.len() != ids.len() {
            return Err(PbError::UnevenPoints {
                line: row.line,
                projects: ids.len(),
                points: points.len(),
            });
        }
        let read = |(id, points): (String, &str)| {
            let whole = points.strip_suffix(".0").unwrap_or(points);
            let value = whole.parse::<u32>().map_err(|_| PbError::NotANumber {
                section: Section::Votes,
                line: row.line,
                field: "points",
                value: cut(points),
            });
            value.map(|value| (id, value))
        };
        ids.into_iter().zip(points).map(read).collect()
    }
}
