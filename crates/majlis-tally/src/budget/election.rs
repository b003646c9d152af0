//! Projects, ballots and money, checked and in one order.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::ratio::Ratio;
use crate::tie::{LotSeed, TieCandidate, TieRule, id_order};

/// The most money, in the smallest unit: 2^53, some nine thousand million millions.
pub const MAX_MONEY: u64 = 1 << 53;
/// The most projects of one election.
pub const MAX_PROJECTS: usize = 1_000;
/// The most ballots of one election.
pub const MAX_VOTERS: usize = 50_000_000;
/// The most points that one voter gives to one project.
pub const MAX_POINTS: u32 = 1_000_000_000;
/// The most digits after the point that amounts of money have.
pub(crate) const MAX_DECIMALS: u8 = 6;

/// Something to be funded whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id, as on the ballot.
    pub id: String,
    /// What it costs, in the smallest unit of the election.
    pub cost: u64,
}

/// What a voter says of one project: its place among [`Election::projects`] and the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Choice {
    /// The place of the project.
    pub project: u32,
    /// Points above zero, in the parts that [`Election::parts`] says; one for an approval.
    pub points: u32,
}

/// One voter's ballot: project ids with points. An approval is one point.
pub type RawBallot = Vec<(String, u32)>;

/// Why projects and ballots are no election.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ElectionError {
    /// Two projects with one id.
    #[error("set up a budget: two projects have the id {0:?}")]
    RepeatedProject(String),
    /// A ballot names a project that is not there.
    #[error("set up a budget: ballot {ballot} names {id:?}, which is no project")]
    UnknownProject {
        /// The number of the ballot, from one.
        ballot: usize,
        /// What it names.
        id: String,
    },
    /// A ballot names one project twice.
    #[error("set up a budget: ballot {ballot} names {id:?} twice")]
    RepeatedChoice {
        /// The number of the ballot, from one.
        ballot: usize,
        /// What it names.
        id: String,
    },
    /// More points than one project may be given.
    #[error("set up a budget: ballot {ballot} gives {points} points, more than {MAX_POINTS}")]
    TooManyPoints {
        /// The number of the ballot, from one.
        ballot: usize,
        /// The points.
        points: u32,
    },
    /// The budget or a cost, or all costs together, is more than can be counted exactly.
    #[error("set up a budget: amounts add up to more than {MAX_MONEY} of the smallest unit")]
    TooMuchMoney,
    /// More projects or ballots than one election has.
    #[error("set up a budget: more than {MAX_PROJECTS} projects or {MAX_VOTERS} ballots")]
    TooLarge,
    /// Amounts with more digits after the point than are counted.
    #[error("set up a budget: amounts have more than {MAX_DECIMALS} digits after the point")]
    TooFine,
}

/// Projects, ballots and money.
///
/// Projects stand in the order of their ids and equal ballots together, so elections that differ
/// only in the order of either are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Election {
    budget: u64,
    decimals: u8,
    projects: Vec<Project>,
    ballots: Vec<(Vec<Choice>, u64)>,
    voters: u64,
    votes: Vec<u64>,
    points: Vec<u64>,
    parts: u32,
}

impl Election {
    /// An election over `budget`, all amounts in units of `10^-decimals`.
    ///
    /// A choice with no points supports nothing and is left out. An empty ballot counts as a
    /// voter: its share of the money is not given to the others.
    ///
    /// # Errors
    /// If ids repeat or are unknown, or a limit of this module is passed.
    pub fn new(
        budget: u64,
        decimals: u8,
        mut projects: Vec<Project>,
        ballots: impl IntoIterator<Item = RawBallot>,
    ) -> Result<Self, ElectionError> {
        if decimals > MAX_DECIMALS {
            return Err(ElectionError::TooFine);
        }
        if projects.len() > MAX_PROJECTS {
            return Err(ElectionError::TooLarge);
        }
        projects.sort_by(|one, other| id_order(&one.id, &other.id));
        let mut place: BTreeMap<&str, u32> = BTreeMap::new();
        let mut costs = 0_u64;
        for (at, project) in (0_u32..).zip(&projects) {
            if place.insert(&project.id, at).is_some() {
                return Err(ElectionError::RepeatedProject(project.id.clone()));
            }
            costs = costs.saturating_add(project.cost);
        }
        if budget.max(costs) > MAX_MONEY {
            return Err(ElectionError::TooMuchMoney);
        }
        let mut kinds: BTreeMap<Vec<Choice>, u64> = BTreeMap::new();
        let mut voters = 0_usize;
        for (ballot, raw) in (1..).zip(ballots) {
            voters = ballot;
            if voters > MAX_VOTERS {
                return Err(ElectionError::TooLarge);
            }
            let choices = choices(ballot, raw, &place)?;
            let count = kinds.entry(choices).or_default();
            *count = count.saturating_add(1);
        }
        let mut votes = vec![0_u64; projects.len()];
        let mut points = vec![0_u64; projects.len()];
        for (choices, count) in &kinds {
            for choice in choices {
                let at = choice.project as usize;
                if let (Some(votes), Some(points)) = (votes.get_mut(at), points.get_mut(at)) {
                    *votes = votes.saturating_add(*count);
                    *points = points.saturating_add(count.saturating_mul(choice.points.into()));
                }
            }
        }
        Ok(Self {
            budget,
            decimals,
            projects,
            ballots: kinds.into_iter().collect(),
            voters: u64::try_from(voters).unwrap_or(u64::MAX),
            votes,
            points,
            parts: 1,
        })
    }

    /// The same election where so many of what ballots call points make one point: tenths, for instance,
    /// where somebody gave 2.5. Outcomes say points and prices of whole ones.
    #[must_use]
    pub fn in_parts(mut self, parts: NonZeroU32) -> Self {
        self.parts = parts.get();
        self
    }

    /// How many of what ballots call points make one point.
    #[must_use]
    pub const fn parts(&self) -> u32 {
        self.parts
    }

    /// The money there is, in the smallest unit.
    #[must_use]
    pub const fn budget(&self) -> u64 {
        self.budget
    }

    /// How many digits after the point the amounts of money have.
    #[must_use]
    pub const fn decimals(&self) -> u8 {
        self.decimals
    }

    /// How many of the smallest unit make one unit of the currency.
    #[must_use]
    pub const fn unit(&self) -> u64 {
        10_u64.saturating_pow(self.decimals as u32)
    }

    /// The projects in the order of their ids.
    #[must_use]
    pub fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// How many ballots there are, empty ones among them.
    #[must_use]
    pub const fn voters(&self) -> u64 {
        self.voters
    }

    /// The different ballots, each with how many cast it.
    #[must_use]
    pub fn ballots(&self) -> &[(Vec<Choice>, u64)] {
        &self.ballots
    }

    /// How many support the project at `place`.
    #[must_use]
    pub fn votes(&self, place: usize) -> u64 {
        self.votes.get(place).copied().unwrap_or(0)
    }

    /// All points of the project at `place`, in parts.
    #[must_use]
    pub fn points(&self, place: usize) -> u64 {
        self.points.get(place).copied().unwrap_or(0)
    }

    /// All points of the project at `place`, in whole ones.
    #[must_use]
    pub fn whole_points(&self, place: usize) -> Ratio {
        Ratio::new(self.points(place), self.parts).unwrap_or_else(Ratio::zero)
    }

    /// The cost of the project at `place`.
    #[must_use]
    pub fn cost(&self, place: usize) -> u64 {
        self.projects.get(place).map_or(0, |project| project.cost)
    }

    /// The place of the project called `id`.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<usize> {
        let found = self.projects.binary_search_by(|one| id_order(&one.id, id));
        found.ok()
    }

    /// An amount as a decimal in the currency's unit.
    #[must_use]
    pub fn money(&self, amount: u64) -> String {
        let ratio = Ratio::new(amount, self.unit()).unwrap_or_else(Ratio::zero);
        ratio.decimal(self.decimals)
    }

    /// The same election with another cost for the project at `place`.
    pub(crate) fn with_cost(&self, place: usize, cost: u64) -> Self {
        let mut other = self.clone();
        if let Some(project) = other.projects.get_mut(place) {
            project.cost = cost;
        }
        other
    }

    /// The same election after `count` more voters, each approving only the project at `place`.
    pub(crate) fn with_supporters(&self, place: usize, count: u64, points: u32) -> Self {
        let mut other = self.clone();
        let project = u32::try_from(place).unwrap_or(u32::MAX);
        let ballot = vec![Choice { project, points }];
        match other.ballots.binary_search_by(|(one, _)| one.cmp(&ballot)) {
            Ok(at) => {
                if let Some((_, voters)) = other.ballots.get_mut(at) {
                    *voters = voters.saturating_add(count);
                }
            }
            Err(at) => other.ballots.insert(at, (ballot, count)),
        }
        other.voters = other.voters.saturating_add(count);
        if let (Some(votes), Some(all)) = (other.votes.get_mut(place), other.points.get_mut(place))
        {
            *votes = votes.saturating_add(count);
            *all = all.saturating_add(count.saturating_mul(points.into()));
        }
        other
    }

    /// The same election after `count` voters who do not support the project at `place` give it
    /// `points` too: those of the kinds of ballot in `order` (places among [`Self::ballots`]), the
    /// first ones first. `None` if there are not so many.
    pub(crate) fn with_approvals(
        &self,
        place: usize,
        count: u64,
        points: u32,
        order: &[usize],
    ) -> Option<Self> {
        let project = u32::try_from(place).ok()?;
        let mut left = count;
        let mut kinds: BTreeMap<Vec<Choice>, u64> = self.ballots.iter().cloned().collect();
        for at in order {
            let (choices, voters) = self.ballots.get(*at)?;
            if left == 0 || choices.iter().any(|one| one.project == project) {
                continue;
            }
            let taken = left.min(*voters);
            left -= taken;
            let mut more = choices.clone();
            more.push(Choice { project, points });
            more.sort_unstable();
            *kinds.entry(more).or_default() += taken;
            if let Some(rest) = kinds.get_mut(choices) {
                *rest -= taken;
            }
        }
        kinds.retain(|_, voters| *voters > 0);
        let mut other = self.clone();
        other.ballots = kinds.into_iter().collect();
        *other.votes.get_mut(place)? += count;
        *other.points.get_mut(place)? += count.saturating_mul(points.into());
        (left == 0).then_some(other)
    }

    /// The place of each project among equals.
    pub(super) fn tie_places(&self, rule: &TieRule, seed: &LotSeed) -> Vec<usize> {
        let candidates: Vec<_> = self
            .projects
            .iter()
            .zip(&self.votes)
            .map(|(project, votes)| TieCandidate {
                id: &project.id,
                cost: project.cost,
                votes: *votes,
            })
            .collect();
        rule.places(seed, &candidates)
    }
}

fn choices(
    ballot: usize,
    raw: RawBallot,
    place: &BTreeMap<&str, u32>,
) -> Result<Vec<Choice>, ElectionError> {
    let mut choices = Vec::with_capacity(raw.len().min(MAX_PROJECTS));
    let mut seen = BTreeSet::new();
    for (id, points) in raw {
        let Some(&project) = place.get(id.as_str()) else {
            return Err(ElectionError::UnknownProject { ballot, id });
        };
        if points > MAX_POINTS {
            return Err(ElectionError::TooManyPoints { ballot, points });
        }
        // More choices than projects: one of them repeats, and no more need be read to say so.
        if choices.len() >= place.len() || !seen.insert(project) {
            return Err(ElectionError::RepeatedChoice { ballot, id });
        }
        choices.push(Choice { project, points });
    }
    choices.retain(|choice| choice.points > 0);
    choices.sort_unstable();
    Ok(choices)
}
