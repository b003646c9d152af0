//! Petitions: signatures against a ladder of thresholds, by population, area and time.
//!
//! A rule is data with its legal source and the date it was read ([`presets`]). What is known on one
//! device may be less than what there is: a standing says how many areas it has heard from, and
//! becomes official only by a receipt of the receiving office.

mod preset;
mod standing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::ratio::Ratio;

pub use preset::presets;
pub use standing::{AreaStanding, CommitteeStanding, Discarded, PetitionStanding, StepStanding};

/// Up to a population, so many signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// The band is for fewer people than this; the last band has no end.
    pub below: Option<u64>,
    /// Signatures.
    pub signatures: u64,
}

/// How many signatures a step needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Threshold {
    /// A fixed number.
    Number {
        /// Signatures.
        signatures: u64,
    },
    /// By the population of the place, in bands from the smallest.
    Population {
        /// The bands.
        bands: Vec<Band>,
    },
    /// A part of those who may sign, rounded up, but no more than a number.
    Roll {
        /// Hundredths of the roll.
        percent: Ratio,
        /// The most that is needed, whatever the roll.
        at_most: Option<u64>,
    },
}

/// A step of the ladder and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// A name, such as response or debate.
    pub name: String,
    /// What it needs.
    pub threshold: Threshold,
    /// Days the office has once the step is reached and received.
    pub answer_days: Option<u32>,
}

/// How signatures must be spread over areas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// Hundredths of the number required that each area must bring, rounded up.
    pub percent: Ratio,
    /// Hundredths of all areas that must bring it, rounded up.
    pub of_areas: Ratio,
}

/// Who must stand behind a petition before it collects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitteeRule {
    /// The fewest members.
    pub least: u32,
    /// The most members, where there is a limit.
    pub most: Option<u32>,
    /// Hundredths of all areas they must come from, rounded up.
    pub of_areas: Option<Ratio>,
}

/// Everything that decides where a petition stands besides its signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PetitionRule {
    /// Its name.
    pub name: String,
    /// Where the rule is written.
    pub source: String,
    /// When that was read, as `YYYY-MM`.
    pub read_on: String,
    /// The steps, the lowest first.
    pub steps: Vec<Step>,
    /// Who must stand behind it.
    pub committee: Option<CommitteeRule>,
    /// How signatures must be spread.
    pub distribution: Option<Distribution>,
    /// Days in which signatures count, from the day of opening.
    pub window_days: Option<u32>,
    /// The youngest who may sign, in years.
    pub least_age: Option<u8>,
    /// Signatures after which the text must not change.
    pub text_fixed_at: Option<u64>,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// Who signs, as a pseudonym.
    pub person: String,
    /// Where they live; empty where areas do not matter.
    pub area: String,
    /// The day, counted from any day that all use.
    pub day: i64,
    /// Age in years, where the rule asks for it.
    pub age: Option<u8>,
    /// Whether the person took it back.
    pub withdrawn: bool,
}

/// The place that a petition is made in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// How many people live there.
    pub population: Option<u64>,
    /// How many may sign.
    pub roll: Option<u64>,
    /// Its areas.
    pub areas: BTreeSet<String>,
    /// The day the collection opened.
    pub opened: i64,
    /// Committee members and the areas they come from.
    pub committee: BTreeMap<String, String>,
}

named! {
    /// Why a signature does not count.
    Reason {
        /// The person has signed in another way, which counts.
        Repeated = "repeated",
        /// The person took it back.
        Withdrawn = "withdrawn",
        /// Before the opening.
        TooEarly = "too-early",
        /// After the window.
        TooLate = "too-late",
        /// Younger than the rule allows, or of no known age.
        TooYoung = "too-young",
        /// From an area that is not one of the place.
        UnknownArea = "unknown-area",
    }
}

/// Why a rule cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// The rule goes by population and the place does not say it.
    #[error("count a petition: step {0:?} needs the population of the place")]
    NoPopulation(String),
    /// The rule goes by the roll and the place does not say it.
    #[error("count a petition: step {0:?} needs the number of those who may sign")]
    NoRoll(String),
    /// No band is for the population of the place.
    #[error("count a petition: step {0:?} has no band for the population of the place")]
    NoBand(String),
    /// The rule spreads signatures or the committee over areas and the place has none.
    #[error("count a petition: the rule needs the areas of the place")]
    NoAreas,
}

/// `percent` hundredths of `whole`, rounded up.
fn part(percent: &Ratio, whole: u64) -> u64 {
    let hundredth = Ratio::new(1, 100).unwrap_or_else(Ratio::zero);
    let part = &(percent * &hundredth) * &Ratio::from(whole);
    Ratio::whole(part.ceil()).to_u64().unwrap_or(u64::MAX)
}

impl Step {
    /// How many signatures it needs in `place`.
    ///
    /// # Errors
    /// If the place does not say what the rule goes by.
    pub fn required(&self, place: &Place) -> Result<u64, RuleError> {
        match &self.threshold {
            Threshold::Number { signatures } => Ok(*signatures),
            Threshold::Population { bands } => {
                let name = || self.name.clone();
                let people = place
                    .population
                    .ok_or_else(|| RuleError::NoPopulation(name()))?;
                let within = |band: &&Band| band.below.is_none_or(|below| people < below);
                let band = bands.iter().find(within);
                band.map(|band| band.signatures)
                    .ok_or_else(|| RuleError::NoBand(name()))
            }
            Threshold::Roll { percent, at_most } => {
                let roll = place
                    .roll
                    .ok_or_else(|| RuleError::NoRoll(self.name.clone()))?;
                let needed = part(percent, roll);
                Ok(at_most.map_or(needed, |most| needed.min(most)))
            }
        }
    }
}

impl PetitionRule {
    fn fault(&self, place: &Place, one: &Signature) -> Option<Reason> {
        let last = self
            .window_days
            .map(|days| place.opened.saturating_add(i64::from(days)));
        let young = self
            .least_age
            .is_some_and(|least| one.age.is_none_or(|age| age < least));
        if one.withdrawn {
            Some(Reason::Withdrawn)
        } else if one.day < place.opened {
            Some(Reason::TooEarly)
        } else if last.is_some_and(|last| one.day >= last) {
            Some(Reason::TooLate)
        } else if young {
            Some(Reason::TooYoung)
        } else if !place.areas.is_empty() && !place.areas.contains(&one.area) {
            Some(Reason::UnknownArea)
        } else {
            None
        }
    }
}

/// Where a petition stands.
///
/// A signature given twice counts once. Of different signatures of one person the one counts that is
/// first by area and day, and if any of them was withdrawn none counts. The order of signatures
/// never changes a byte of the standing.
///
/// # Errors
/// If the place does not say what the rule goes by.
pub fn count<'a>(
    rule: &PetitionRule,
    place: &Place,
    signatures: impl IntoIterator<Item = &'a Signature>,
) -> Result<PetitionStanding, RuleError> {
    let spread = rule
        .committee
        .as_ref()
        .is_some_and(|one| one.of_areas.is_some());
    if (rule.distribution.is_some() || spread) && place.areas.is_empty() {
        return Err(RuleError::NoAreas);
    }
    let mut people: BTreeMap<&str, BTreeSet<&Signature>> = BTreeMap::new();
    for one in signatures {
        people.entry(&one.person).or_default().insert(one);
    }
    let mut discarded = Vec::new();
    let mut by_area: BTreeMap<&str, u64> = place.areas.iter().map(|id| (id.as_str(), 0)).collect();
    let mut valid = 0_u64;
    for (person, given) in people {
        let mut discard = |reason| {
            discarded.push(Discarded {
                person: person.to_owned(),
                reason,
            });
        };
        if given.iter().any(|one| one.withdrawn) {
            discard(Reason::Withdrawn);
            continue;
        }
        let fine = given.iter().find(|one| rule.fault(place, one).is_none());
        for one in &given {
            match rule.fault(place, one) {
                Some(reason) => discard(reason),
                None if Some(one) == fine => {}
                None => discard(Reason::Repeated),
            }
        }
        if let Some(one) = fine {
            valid += 1;
            *by_area.entry(&one.area).or_default() += 1;
        }
    }
    let mut steps = Vec::with_capacity(rule.steps.len());
    for step in &rule.steps {
        steps.push(step_standing(rule, place, step, valid, &by_area)?);
    }
    Ok(PetitionStanding {
        rule: rule.clone(),
        valid,
        committee: rule.committee.as_ref().map(|one| committee(one, place)),
        heard_from: u64::try_from(by_area.values().filter(|one| **one > 0).count())
            .unwrap_or(u64::MAX),
        areas: u64::try_from(place.areas.len()).unwrap_or(u64::MAX),
        text_fixed: rule.text_fixed_at.is_some_and(|at| valid >= at),
        steps,
        discarded,
    })
}

fn step_standing(
    rule: &PetitionRule,
    place: &Place,
    step: &Step,
    valid: u64,
    by_area: &BTreeMap<&str, u64>,
) -> Result<StepStanding, RuleError> {
    let required = step.required(place)?;
    let (mut areas, mut areas_required) = (Vec::new(), 0);
    if let Some(distribution) = &rule.distribution {
        let each = part(&distribution.percent, required);
        let all = u64::try_from(place.areas.len()).unwrap_or(u64::MAX);
        areas_required = part(&distribution.of_areas, all);
        areas = place
            .areas
            .iter()
            .map(|area| {
                let signatures = by_area.get(area.as_str()).copied().unwrap_or(0);
                AreaStanding {
                    area: area.clone(),
                    signatures,
                    missing: each.saturating_sub(signatures),
                }
            })
            .collect();
    }
    let done = areas.iter().filter(|area| area.missing == 0).count();
    let areas_reached = u64::try_from(done).unwrap_or(u64::MAX);
    Ok(StepStanding {
        name: step.name.clone(),
        required,
        missing: required.saturating_sub(valid),
        reached: valid >= required && areas_reached >= areas_required,
        answer_days: step.answer_days,
        areas_required,
        areas_reached,
        areas,
    })
}

fn committee(rule: &CommitteeRule, place: &Place) -> CommitteeStanding {
    let members = u64::try_from(place.committee.len()).unwrap_or(u64::MAX);
    let from: BTreeSet<&String> = place
        .committee
        .values()
        .filter(|area| place.areas.contains(*area))
        .collect();
    let areas = u64::try_from(from.len()).unwrap_or(u64::MAX);
    let all = u64::try_from(place.areas.len()).unwrap_or(u64::MAX);
    let areas_required = rule
        .of_areas
        .as_ref()
        .map_or(0, |percent| part(percent, all));
    let most = rule.most.map_or(u64::MAX, u64::from);
    CommitteeStanding {
        members,
        required: u64::from(rule.least),
        areas,
        areas_required,
        complete: (u64::from(rule.least)..=most).contains(&members) && areas >= areas_required,
    }
}
