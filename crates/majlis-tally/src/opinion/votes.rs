//! Who said what of which statement.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tie::id_order;

/// The most participants.
const MAX_PARTICIPANTS: usize = 2_000_000;
/// The most statements.
const MAX_STATEMENTS: usize = 100_000;
/// The most votes.
const MAX_VOTES: usize = 100_000_000;

/// What a participant says of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Opinion {
    /// Disagrees.
    Disagree,
    /// Has seen it and says neither.
    Pass,
    /// Agrees.
    Agree,
}

impl Opinion {
    /// Agree is one, disagree minus one.
    #[must_use]
    pub const fn sign(self) -> i8 {
        match self {
            Self::Disagree => -1,
            Self::Pass => 0,
            Self::Agree => 1,
        }
    }
}

/// A statement to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its id.
    pub id: String,
    /// Moderators took it out: its votes move nobody and it is shown nowhere.
    pub moderated_out: bool,
    /// It asks who the participant is, not what they think.
    pub metadata: bool,
}

/// Statements, participants and votes, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Votes {
    statements: Vec<Statement>,
    participants: Vec<String>,
    rows: Vec<Vec<(u32, Opinion)>>,
}

/// Why votes cannot be grouped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpinionError {
    /// Two statements with one id.
    #[error("set up opinions: two statements have the id {0:?}")]
    RepeatedStatement(String),
    /// A vote on a statement that is not there.
    #[error("set up opinions: {participant:?} votes on {statement:?}, which is no statement")]
    UnknownStatement {
        /// Who votes.
        participant: String,
        /// On what.
        statement: String,
    },
    /// Two different votes of one participant on one statement.
    #[error("set up opinions: {participant:?} votes on {statement:?} in two ways")]
    TwoVotes {
        /// Who votes.
        participant: String,
        /// On what.
        statement: String,
    },
    /// More than is counted at once.
    #[error("set up opinions: too many statements, participants or votes")]
    TooLarge,
}

impl Votes {
    /// Votes as (participant, statement, opinion), in any order; the same one twice counts once.
    ///
    /// # Errors
    /// If ids repeat or are unknown, somebody votes in two ways, or a limit is passed.
    pub fn new<'a>(
        mut statements: Vec<Statement>,
        votes: impl IntoIterator<Item = (&'a str, &'a str, Opinion)>,
    ) -> Result<Self, OpinionError> {
        if statements.len() > MAX_STATEMENTS {
            return Err(OpinionError::TooLarge);
        }
        statements.sort_by(|one, other| id_order(&one.id, &other.id));
        let mut place: BTreeMap<&str, u32> = BTreeMap::new();
        for (at, statement) in (0_u32..).zip(&statements) {
            if place.insert(&statement.id, at).is_some() {
                return Err(OpinionError::RepeatedStatement(statement.id.clone()));
            }
        }
        let mut rows: BTreeMap<&str, Vec<(u32, Opinion)>> = BTreeMap::new();
        let mut all = 0_usize;
        for (participant, statement, opinion) in votes {
            let Some(&at) = place.get(statement) else {
                return Err(OpinionError::UnknownStatement {
                    participant: participant.to_owned(),
                    statement: statement.to_owned(),
                });
            };
            all += 1;
            rows.entry(participant).or_default().push((at, opinion));
            if all > MAX_VOTES || rows.len() > MAX_PARTICIPANTS {
                return Err(OpinionError::TooLarge);
            }
        }
        let mut listed: Vec<(&str, Vec<(u32, Opinion)>)> = rows.into_iter().collect();
        listed.sort_by(|one, other| id_order(one.0, other.0));
        for (participant, row) in &mut listed {
            row.sort_unstable();
            row.dedup();
            let twice = row
                .iter()
                .zip(row.iter().skip(1))
                .find(|(one, next)| one.0 == next.0);
            if let Some((one, _)) = twice {
                let statement = statements.get(one.0 as usize);
                return Err(OpinionError::TwoVotes {
                    participant: (*participant).to_owned(),
                    statement: statement.map(|one| one.id.clone()).unwrap_or_default(),
                });
            }
        }
        let (participants, rows) = listed
            .into_iter()
            .map(|(id, row)| (id.to_owned(), row))
            .unzip();
        Ok(Self {
            statements,
            participants,
            rows,
        })
    }

    /// The statements, in the order of their ids.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The ids of participants, in their order.
    #[must_use]
    pub fn participants(&self) -> &[String] {
        &self.participants
    }

    /// Each participant's votes: places of statements, ascending, and opinions.
    #[must_use]
    pub fn rows(&self) -> &[Vec<(u32, Opinion)>] {
        &self.rows
    }

    /// The place of the participant called `id`.
    #[must_use]
    pub fn participant(&self, id: &str) -> Option<usize> {
        let found = self.participants.binary_search_by(|one| id_order(one, id));
        found.ok()
    }

    /// The place of the statement called `id`.
    #[must_use]
    pub fn statement(&self, id: &str) -> Option<usize> {
        let found = self
            .statements
            .binary_search_by(|one| id_order(&one.id, id));
        found.ok()
    }

    /// Places of participants whose opinions are grouped.
    pub(super) fn members(&self, least_votes: u32, least_people: u32) -> Vec<usize> {
        let least = self.statements.len().min(least_votes as usize);
        let mut members: Vec<usize> = (0..self.rows.len())
            .filter(|one| self.rows.get(*one).is_some_and(|row| row.len() >= least))
            .collect();
        let wanted = least_people as usize;
        if members.len() < wanted {
            let mut others: Vec<(usize, usize)> = self
                .rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.len() < least && !row.is_empty())
                .map(|(at, row)| (row.len(), at))
                .collect();
            // The most active first, and of equals the first in order.
            others.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
            let more = wanted - members.len();
            members.extend(others.into_iter().take(more).map(|one| one.1));
            members.sort_unstable();
        }
        members
    }
}
