//! Why a ranked count came out as it did: pairs and the paths between them, how votes moved from
//! round to round, and how many further ballots would have made somebody else win.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::nearest::{Nearest, Search};
use crate::canonical::{Canonical, ResultHash};
use crate::ranked::{CountError, Event, Method, RankedElection, RankedOutcome, RankedRule, count};
use crate::ratio::Ratio;

/// Changes up to this are all counted, so that the smallest is known.
const ALL_BELOW: u64 = 16;

/// A majority between two candidates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The one more voters rank above.
    pub from: String,
    /// The other.
    pub to: String,
    /// How many rank `from` above `to`.
    pub wins: u64,
    /// How many rank `to` above `from`.
    pub losses: u64,
}

/// Why the winner is above another candidate, for methods that compare pairs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duel {
    /// The winner.
    pub above: String,
    /// The other.
    pub below: String,
    /// How many rank the winner above the other.
    pub wins: u64,
    /// How many rank the other above the winner.
    pub losses: u64,
    /// For Schulze: the shortest of the strongest paths of majorities from the winner to the other,
    /// the first in the order of ids. Empty where there is none: then the two are equal.
    pub path: Vec<Link>,
    /// For Schulze: the same from the other back to the winner; it is no stronger.
    pub back: Vec<Link>,
}

/// Votes that moved at the end of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// To whom; absent for ballots that name nobody who is still in.
    pub to: Option<String>,
    /// How many, as they are worth there.
    pub votes: Ratio,
}

/// A round of a count in which votes move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FlowRound {
    /// Its number, from one.
    pub round: u64,
    /// What each candidate holds who is not out, in the order of ids.
    pub votes: Vec<(String, Ratio)>,
    /// Votes of ballots that name nobody who is still in.
    pub exhausted: Ratio,
    /// Who was elected in it.
    pub elected: Vec<String>,
    /// Whose votes moved on at its end; absent in the last round.
    pub from: Option<String>,
    /// Whether that one was out; else it was elected and its surplus moved.
    pub excluded: bool,
    /// Where the votes went, in the order of ids, exhausted ones last.
    pub moves: Vec<Move>,
    /// What was cut off in moving a surplus.
    pub cut: Ratio,
}

/// Why a ranked count came out as it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RankedExplanation {
    /// The hash of the outcome that is explained.
    pub hash: ResultHash,
    /// The winner against everybody else, in the order of the result; for methods that compare pairs
    /// and one winner.
    pub duels: Vec<Duel>,
    /// The rounds; for methods in which votes move.
    pub flow: Vec<FlowRound>,
    /// By how much the winner is ahead of the next in what the method counts: points for Borda, worst
    /// defeats for minimax, votes of the last round for instant runoff.
    pub lead: Option<Ratio>,
}

/// Explains `outcome`.
#[must_use]
pub fn explain(outcome: &RankedOutcome) -> RankedExplanation {
    RankedExplanation {
        hash: outcome.result_hash(),
        duels: duels(outcome),
        flow: flow(outcome),
        lead: lead(outcome),
    }
}

fn majorities(outcome: &RankedOutcome) -> BTreeMap<&str, Vec<Link>> {
    let mut links: BTreeMap<&str, Vec<Link>> = BTreeMap::new();
    for pair in &outcome.contests {
        let (from, to, wins, losses) = if pair.for_one > pair.for_other {
            (&pair.one, &pair.other, pair.for_one, pair.for_other)
        } else {
            (&pair.other, &pair.one, pair.for_other, pair.for_one)
        };
        if wins > losses {
            links.entry(from).or_default().push(Link {
                from: from.clone(),
                to: to.clone(),
                wins,
                losses,
            });
        }
    }
    links
}

/// The shortest path on which every majority is at least as strong as the strongest path.
fn path(
    outcome: &RankedOutcome,
    links: &BTreeMap<&str, Vec<Link>>,
    from: &str,
    to: &str,
) -> Vec<Link> {
    let strength = outcome
        .paths
        .iter()
        .find(|path| path.from == from && path.to == to);
    let Some(strength) = strength.filter(|path| path.wins > 0) else {
        return Vec::new();
    };
    let strong = |link: &&Link| {
        (link.wins, std::cmp::Reverse(link.losses))
            >= (strength.wins, std::cmp::Reverse(strength.losses))
    };
    let mut came: BTreeMap<&str, &Link> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(at) = open.pop_front() {
        for link in links.get(at).into_iter().flatten().filter(strong) {
            if link.to != from && !came.contains_key(link.to.as_str()) {
                came.insert(&link.to, link);
                open.push_back(&link.to);
            }
        }
    }
    let mut found = Vec::new();
    let mut at = to;
    while let Some(link) = came.get(at) {
        found.push((*link).clone());
        at = &link.from;
    }
    found.reverse();
    found
}

fn duels(outcome: &RankedOutcome) -> Vec<Duel> {
    let (Some(winner), false) = (outcome.winners.first(), outcome.contests.is_empty()) else {
        return Vec::new();
    };
    let links = majorities(outcome);
    let others = outcome.order.iter().flatten().filter(|id| *id != winner);
    others
        .map(|other| {
            let contest = outcome.contests.iter().find(|pair| {
                (&pair.one, &pair.other) == (winner, other)
                    || (&pair.one, &pair.other) == (other, winner)
            });
            let (wins, losses) = contest.map_or((0, 0), |pair| {
                if pair.one == *winner {
                    (pair.for_one, pair.for_other)
                } else {
                    (pair.for_other, pair.for_one)
                }
            });
            Duel {
                above: winner.clone(),
                below: other.clone(),
                wins,
                losses,
                path: path(outcome, &links, winner, other),
                back: path(outcome, &links, other, winner),
            }
        })
        .collect()
}

fn flow(outcome: &RankedOutcome) -> Vec<FlowRound> {
    let mut rounds: Vec<FlowRound> = Vec::new();
    let mut moved = Vec::new();
    for event in &outcome.log {
        match event {
            Event::Round {
                round,
                votes,
                exhausted,
            } => {
                moved.push(Ratio::zero());
                rounds.push(FlowRound {
                    round: *round,
                    votes: votes.clone(),
                    exhausted: exhausted.clone(),
                    elected: Vec::new(),
                    from: None,
                    excluded: false,
                    moves: Vec::new(),
                    cut: Ratio::zero(),
                });
            }
            Event::Elected { id, .. } => {
                if let Some(round) = rounds.last_mut() {
                    round.elected.push(id.clone());
                }
            }
            Event::Transfer { from, surplus, .. } => {
                if let (Some(round), Some(moved)) = (rounds.last_mut(), moved.last_mut()) {
                    round.from = Some(from.clone());
                    *moved = surplus.clone();
                }
            }
            Event::Excluded { id, votes } => {
                if let (Some(round), Some(moved)) = (rounds.last_mut(), moved.last_mut()) {
                    round.from = Some(id.clone());
                    round.excluded = true;
                    *moved = votes.clone();
                }
            }
            Event::Quota { .. }
            | Event::TieByRound { .. }
            | Event::Tie { .. }
            | Event::LastSeats { .. }
            | Event::DoesNotBeatStatusQuo { .. } => {}
        }
    }
    // What each has more in the next round is what moved to it.
    let next: Vec<_> = rounds
        .iter()
        .skip(1)
        .map(|round| (round.votes.clone(), round.exhausted.clone()))
        .collect();
    for ((round, (votes, exhausted)), moved) in rounds.iter_mut().zip(next).zip(moved) {
        let held: BTreeMap<&String, &Ratio> =
            round.votes.iter().map(|(id, had)| (id, had)).collect();
        let mut left = moved;
        let mut moves = Vec::new();
        for (id, has) in &votes {
            let more = held.get(id).map_or_else(|| has.clone(), |had| has - *had);
            if more > Ratio::zero() {
                left = &left - &more;
                moves.push(Move {
                    to: Some(id.clone()),
                    votes: more,
                });
            }
        }
        let more = &exhausted - &round.exhausted;
        if more > Ratio::zero() {
            left = &left - &more;
            moves.push(Move {
                to: None,
                votes: more,
            });
        }
        round.moves = moves;
        round.cut = left;
    }
    rounds
}

fn lead(outcome: &RankedOutcome) -> Option<Ratio> {
    let winner = outcome.winners.first()?;
    let between = |scores: &[(String, Ratio)]| -> Option<Ratio> {
        let own = &scores.iter().find(|one| one.0 == *winner)?.1;
        let others = scores.iter().filter(|one| one.0 != *winner);
        match outcome.rule.method {
            Method::Minimax => others.map(|one| &one.1 - own).min(),
            Method::Schulze | Method::Borda | Method::Irv | Method::ScottishStv => {
                others.map(|one| own - &one.1).min()
            }
        }
    };
    match outcome.rule.method {
        Method::Borda | Method::Minimax => between(&outcome.scores),
        Method::Irv => outcome.log.iter().rev().find_map(|event| match event {
            Event::Round { votes, .. } => between(votes),
            Event::Quota { .. }
            | Event::Elected { .. }
            | Event::Transfer { .. }
            | Event::Excluded { .. }
            | Event::TieByRound { .. }
            | Event::Tie { .. }
            | Event::LastSeats { .. }
            | Event::DoesNotBeatStatusQuo { .. } => None,
        }),
        Method::Schulze | Method::ScottishStv => None,
    }
}

/// How many further ballots would make a loser win.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NearestLead {
    /// The candidate.
    pub id: String,
    /// Further ballots that name it alone. Up to twice as many as there are, and two: with so many
    /// it has a majority.
    pub new_ballots: Nearest,
}

/// For each who is not elected, in the order of the result, how many further ballots that name it
/// alone would elect it. The least of them is how close the result was.
///
/// # Errors
/// As [`count`].
pub fn nearest(
    election: &RankedElection,
    rule: &RankedRule,
) -> Result<Vec<NearestLead>, CountError> {
    let outcome = count(election, rule)?;
    let losers = outcome.order.iter().flatten();
    let losers = losers.filter(|id| !outcome.winners.contains(id));
    let each = losers.map(|id| lead_of(election, rule, id, &mut || true));
    each.collect()
}

/// The same for one of them, for as long as `go_on` says so, which is asked before each count. `None` if
/// there is nobody of that id, or they are elected.
///
/// # Errors
/// As [`count`].
pub fn nearest_while(
    election: &RankedElection,
    rule: &RankedRule,
    id: &str,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<NearestLead>, CountError> {
    let outcome = count(election, rule)?;
    let mut all = outcome.order.iter().flatten();
    if outcome.winners.iter().any(|one| one == id) || !all.any(|one| one == id) {
        return Ok(None);
    }
    lead_of(election, rule, id, go_on).map(Some)
}

fn lead_of(
    election: &RankedElection,
    rule: &RankedRule,
    id: &str,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<NearestLead, CountError> {
    // With more ballots for it alone: in an instant runoff it holds more in every round while the
    // others hold the same; by Borda it gains most of all. For the others that is not certain in
    // every tie, so smaller numbers are counted.
    let monotone = rule.status_quo.is_none() && matches!(rule.method, Method::Irv | Method::Borda);
    let search = Search {
        most: election.voters().saturating_mul(2).saturating_add(2),
        monotone,
        all_below: ALL_BELOW,
    };
    let new_ballots = search.run(go_on, |more| {
        let Some(other) = election.with_ballots(id, more) else {
            return Ok(false);
        };
        Ok(count(&other, rule)?.winners.iter().any(|one| one == id))
    })?;
    Ok(NearestLead {
        id: id.to_owned(),
        new_ballots,
    })
}
