//! What came out of a ranked count, with the log of it.

use serde::Serialize;

use super::{RankedElection, RankedRule};
use crate::canonical::{Canonical, ResultHash, Writer};
use crate::ratio::Ratio;

/// Candidates that the method puts at one place, in the order in which ties were broken.
pub type Placing = Vec<String>;

/// Two candidates against each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contest {
    /// One of them.
    pub one: String,
    /// The other, later in the order of ids.
    pub other: String,
    /// How many rank `one` above `other`.
    pub for_one: u64,
    /// How many rank `other` above `one`.
    pub for_other: u64,
}

/// The strength of the strongest path from one candidate to another (Schulze).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathStrength {
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// Votes for the winner of its weakest link; zero where there is no path.
    pub wins: u64,
    /// Votes against.
    pub losses: u64,
}

/// Something that happened in a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// A round begins; candidates still in it and what each holds.
    Round {
        /// Its number, from one.
        round: u64,
        /// Id and votes.
        votes: Vec<(String, Ratio)>,
        /// Votes of ballots that name nobody who is still in.
        exhausted: Ratio,
    },
    /// So many votes elect.
    Quota {
        /// Votes.
        votes: u64,
    },
    /// Somebody is elected.
    Elected {
        /// The candidate.
        id: String,
        /// Votes held then.
        votes: Ratio,
    },
    /// A surplus moves on, each vote at a part of what it was worth.
    Transfer {
        /// From whom.
        from: String,
        /// The surplus.
        surplus: Ratio,
        /// By what each vote's worth is multiplied, before cutting to five places.
        part: Ratio,
    },
    /// Somebody is out.
    Excluded {
        /// The candidate.
        id: String,
        /// Votes held then.
        votes: Ratio,
    },
    /// Equals; an earlier round set them apart.
    TieByRound {
        /// The equals.
        among: Vec<String>,
        /// The round that set them apart.
        round: u64,
        /// Who was picked.
        picked: String,
    },
    /// Equals; the tie rule set them apart.
    Tie {
        /// The equals, in the order of the rule.
        among: Vec<String>,
        /// Who was picked.
        picked: String,
    },
    /// The last seats are filled by the last candidates, whatever they hold.
    LastSeats {
        /// Who takes them.
        ids: Vec<String>,
    },
    /// The first in order does not beat the status quo and cannot win.
    DoesNotBeatStatusQuo {
        /// The candidate.
        id: String,
        /// How many rank it above the status quo.
        above: u64,
        /// How many rank it below.
        below: u64,
    },
}

/// The outcome of a ranked count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedOutcome {
    /// The rule that was applied.
    pub rule: RankedRule,
    /// How many ballots there were.
    pub voters: u64,
    /// Who is elected, in the order of election; the status quo if nobody beats it; nobody where no
    /// ballot ranks anybody.
    pub winners: Vec<String>,
    /// All candidates as the method orders them, equals at one place.
    pub order: Vec<Placing>,
    /// What each candidate has by the method (points, worst defeat), in the order of ids; empty for
    /// methods without.
    pub scores: Vec<(String, Ratio)>,
    /// All pairs, in the order of ids; for methods that compare pairs.
    pub contests: Vec<Contest>,
    /// Strongest paths between all pairs; for Schulze.
    pub paths: Vec<PathStrength>,
    /// What happened, in order.
    pub log: Vec<Event>,
}

impl RankedOutcome {
    pub(super) fn empty(election: &RankedElection, rule: &RankedRule) -> Self {
        Self {
            rule: rule.clone(),
            voters: election.voters(),
            winners: Vec::new(),
            order: Vec::new(),
            scores: Vec::new(),
            contests: Vec::new(),
            paths: Vec::new(),
            log: Vec::new(),
        }
    }

    /// What comes of ballots that rank nobody: all are at one place, and nothing changes.
    pub(super) fn of_nothing(election: &RankedElection, rule: &RankedRule) -> Self {
        let places = election.tie_places(&rule.tie, &rule.seed);
        let mut order: Vec<_> = places.into_iter().zip(election.candidates()).collect();
        order.sort();
        Self {
            winners: rule.status_quo.iter().cloned().collect(),
            order: vec![order.into_iter().map(|(_, id)| id.clone()).collect()],
            ..Self::empty(election, rule)
        }
    }
}

fn write_event(writer: &mut Writer, event: &Event) {
    let ids = |writer: &mut Writer, ids: &[String]| writer.list(ids, |writer, id| writer.text(id));
    match event {
        Event::Round {
            round,
            votes,
            exhausted,
        } => {
            writer.byte(0);
            writer.number(*round);
            writer.list(votes, |writer, (id, votes)| {
                writer.text(id);
                writer.ratio(votes);
            });
            writer.ratio(exhausted);
        }
        Event::Quota { votes } => {
            writer.byte(1);
            writer.number(*votes);
        }
        Event::Elected { id, votes } => {
            writer.byte(2);
            writer.text(id);
            writer.ratio(votes);
        }
        Event::Transfer {
            from,
            surplus,
            part,
        } => {
            writer.byte(3);
            writer.text(from);
            writer.ratio(surplus);
            writer.ratio(part);
        }
        Event::Excluded { id, votes } => {
            writer.byte(4);
            writer.text(id);
            writer.ratio(votes);
        }
        Event::TieByRound {
            among,
            round,
            picked,
        } => {
            writer.byte(5);
            ids(writer, among);
            writer.number(*round);
            writer.text(picked);
        }
        Event::Tie { among, picked } => {
            writer.byte(6);
            ids(writer, among);
            writer.text(picked);
        }
        Event::LastSeats { ids: last } => {
            writer.byte(7);
            ids(writer, last);
        }
        Event::DoesNotBeatStatusQuo { id, above, below } => {
            writer.byte(8);
            writer.text(id);
            writer.number(*above);
            writer.number(*below);
        }
    }
}

impl Canonical for RankedOutcome {
    fn canonical_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new("majlis ranked outcome", 1);
        writer.text(self.rule.method.word());
        writer.number(u64::from(self.rule.seats));
        writer.maybe(self.rule.status_quo.as_ref(), |writer, id| writer.text(id));
        writer.text(&self.rule.tie.to_string());
        writer.raw(self.rule.seed.as_bytes());
        writer.number(self.voters);
        writer.list(&self.winners, |writer, id| writer.text(id));
        writer.list(&self.order, |writer, place| {
            writer.list(place, |writer, id| writer.text(id));
        });
        writer.list(&self.scores, |writer, (id, score)| {
            writer.text(id);
            writer.ratio(score);
        });
        writer.list(&self.contests, |writer, one| {
            writer.text(&one.one);
            writer.text(&one.other);
            writer.number(one.for_one);
            writer.number(one.for_other);
        });
        writer.list(&self.paths, |writer, path| {
            writer.text(&path.from);
            writer.text(&path.to);
            writer.number(path.wins);
            writer.number(path.losses);
        });
        writer.list(&self.log, write_event);
        writer.finish()
    }
}

/// An outcome as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    winners: &'a [String],
    hash: ResultHash,
    voters: u64,
    rule: &'a RankedRule,
    order: &'a [Placing],
    scores: &'a [(String, Ratio)],
    contests: &'a [Contest],
    paths: &'a [PathStrength],
    log: &'a [Event],
}

impl Serialize for RankedOutcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown {
            winners: &self.winners,
            hash: self.result_hash(),
            voters: self.voters,
            rule: &self.rule,
            order: &self.order,
            scores: &self.scores,
            contests: &self.contests,
            paths: &self.paths,
            log: &self.log,
        }
        .serialize(serializer)
    }
}
