//! Ranked ballots: voters put candidates in order, and a rule finds one winner or several.
//!
//! Methods for one winner: [`schulze`](Method::Schulze), [`minimax`](Method::Minimax),
//! [`borda`](Method::Borda), [`irv`](Method::Irv); for several: [`scottish-stv`](Method::ScottishStv).
//! Each result keeps a log of what happened, event by event, that a person can follow with paper.

mod ballots;
mod borda;
mod outcome;
mod pairwise;
mod schulze;
#[cfg(test)]
mod tests;
mod transfer;

use serde::{Deserialize, Serialize};

pub use ballots::{
    MAX_BALLOTS, MAX_CANDIDATES, MAX_PLACES, RankedBallot, RankedElection, RankedError,
};
pub use outcome::{Contest, Event, PathStrength, Placing, RankedOutcome};

use crate::names::named;
use crate::tie::{LotSeed, TieRule};

named! {
    /// How ranked ballots are counted.
    Method {
        /// Schulze: widest paths over pairwise majorities.
        Schulze = "schulze",
        /// Minimax: the candidate whose worst defeat is smallest.
        Minimax = "minimax",
        /// Borda: points by place.
        Borda = "borda",
        /// Instant runoff: the weakest leaves, ballots move on.
        Irv = "irv",
        /// Single transferable vote as the Scottish local government elections count it.
        ScottishStv = "scottish-stv",
    }
}

/// Everything that decides a ranked count besides the ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RankedRule {
    /// How ballots are counted.
    pub method: Method,
    /// How many are elected; one for all methods but the transferable vote.
    pub seats: u32,
    /// The candidate that means "nothing changes". With it, nobody wins who does not beat it:
    /// more voters must rank the winner above it than below.
    pub status_quo: Option<String>,
    /// How ties are broken, once the method's own rules are spent. Candidates cost nothing; their
    /// votes are first preferences.
    pub tie: TieRule,
    /// The seed of the lot.
    pub seed: LotSeed,
}

impl Default for RankedRule {
    fn default() -> Self {
        Self {
            method: Method::Schulze,
            seats: 1,
            status_quo: None,
            tie: TieRule::default(),
            seed: LotSeed::default(),
        }
    }
}

/// Why ranked ballots could not be counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CountError {
    /// Nobody to be elected.
    #[error("count ranked ballots: there are no candidates")]
    NoCandidates,
    /// More seats than one for a method that elects one, or none at all.
    #[error("count ranked ballots: {method} cannot fill {seats} seats")]
    Seats {
        /// The method.
        method: Method,
        /// The seats that were asked for.
        seats: u32,
    },
    /// The status quo is no candidate.
    #[error("count ranked ballots: the status quo {0:?} is no candidate")]
    NoSuchStatusQuo(String),
    /// Transfers and the status quo do not go together.
    #[error(
        "count ranked ballots: {0} has no rule for a status quo; take schulze, minimax or borda"
    )]
    StatusQuoUnsupported(Method),
}

/// Counts ranked ballots.
///
/// The order of ballots and candidates never changes a byte of the outcome. Where no ballot ranks
/// anybody, nobody is elected: a lot is for equals that people voted for.
///
/// # Errors
/// If the rule does not fit the election.
pub fn count(election: &RankedElection, rule: &RankedRule) -> Result<RankedOutcome, CountError> {
    if election.candidates().is_empty() {
        return Err(CountError::NoCandidates);
    }
    let several = rule.method == Method::ScottishStv;
    if rule.seats == 0 || (rule.seats > 1 && !several) {
        let (method, seats) = (rule.method, rule.seats);
        return Err(CountError::Seats { method, seats });
    }
    if let Some(id) = &rule.status_quo {
        if election.place(id).is_none() {
            return Err(CountError::NoSuchStatusQuo(id.clone()));
        }
        if matches!(rule.method, Method::Irv | Method::ScottishStv) {
            return Err(CountError::StatusQuoUnsupported(rule.method));
        }
    }
    if !election.says_anything() {
        return Ok(RankedOutcome::of_nothing(election, rule));
    }
    let outcome = match rule.method {
        Method::Schulze => schulze::count(election, rule),
        Method::Minimax => pairwise::minimax(election, rule),
        Method::Borda => borda::count(election, rule),
        Method::Irv => transfer::irv(election, rule),
        Method::ScottishStv => transfer::scottish(election, rule),
    };
    Ok(outcome)
}
