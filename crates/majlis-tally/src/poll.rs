//! Polls: a question with options, and ballots of several kinds.
//!
//! The kinds and their defaults are those of Loomio's nine polls, with approval and quadratic voting
//! beside them. Values are whole numbers, so every total is exact.

mod outcome;
mod preset;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::names::named;
use crate::ratio::Ratio;
use crate::tie::{LotSeed, TieCandidate, TieRule};

pub use outcome::{Discarded, OptionResult, PollOutcome, Reason, TestResult};

named! {
    /// What a ballot says of the options.
    PollKind {
        /// One stance, such as agree, abstain, disagree.
        Proposal = "proposal",
        /// One of looks good, not sure, concerned; decides nothing.
        Check = "check",
        /// Who takes part: accept or decline.
        Count = "count",
        /// Words only; there are no options.
        Question = "question",
        /// Between the least and the most options.
        Poll = "poll",
        /// Any options.
        Approval = "approval",
        /// A number of points shared out among options.
        DotVote = "dot_vote",
        /// Each option between zero and the most.
        Score = "score",
        /// The best few in order; the first of k gets k points, the last one.
        RankedChoice = "ranked_choice",
        /// For each date no, maybe or yes: 0, 1, 2.
        Meeting = "meeting",
        /// Votes for or against options; n votes cost n times n credits.
        Quadratic = "quadratic",
    }
}

named! {
    /// Which way a test goes.
    Bound {
        /// The share must reach the percentage.
        AtLeast = "at-least",
        /// The share must not pass the percentage.
        AtMost = "at-most",
    }
}

named! {
    /// What a share is a share of.
    Base {
        /// Ballots that count.
        Cast = "cast",
        /// All who may vote.
        Eligible = "eligible",
    }
}

/// A test that an option's share must pass, such as: at least 75 % of votes cast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassTest {
    /// Which way.
    pub bound: Bound,
    /// Hundredths.
    pub percent: Ratio,
    /// Of what.
    pub of: Base,
}

/// Something to be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollOption {
    /// Its id.
    pub id: String,
    /// What its share must pass.
    pub test: Option<PassTest>,
}

/// Everything that decides a poll besides its ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollRule {
    /// What a ballot says.
    pub kind: PollKind,
    /// The options.
    pub options: Vec<PollOption>,
    /// The fewest options a ballot names.
    pub least: u32,
    /// The most options a ballot names; for ranked choices, how many places there are.
    pub most: u32,
    /// The most points of one option (score), of all together (dots), or all credits (quadratic).
    pub points: u32,
    /// Whether a ballot may say that none of the options will do.
    pub none_of_these: bool,
    /// How many may vote; needed by shares of the eligible and by a quorum.
    pub eligible: Option<u64>,
    /// Hundredths of the eligible who must vote for the result to count.
    pub quorum: Option<Ratio>,
    /// How equal options are ordered. Options cost nothing; votes are ballots that choose them.
    pub tie: TieRule,
    /// The seed of the lot.
    pub seed: LotSeed,
}

/// What one voice says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// Options with values: 1 for a choice, points, score, the place from 1, or votes.
    Options(BTreeMap<String, i64>),
    /// None of the options.
    NoneOfThese,
    /// An answer in words; for questions.
    Words,
}

/// Why a rule cannot be counted by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Two options with one id.
    #[error("count a poll: two options have the id {0:?}")]
    RepeatedOption(String),
    /// A quorum or a share of the eligible without their number.
    #[error("count a poll: the rule needs the number of those who may vote")]
    NoEligible,
    /// A quorum or a share below nothing or above all.
    #[error("count a poll: {0} % is no part of all; a quorum or a share is from 0 to 100")]
    Percent(String),
    /// A question has no options, and nothing else is without.
    #[error("count a poll: a {0} poll must have options, and only a question has none")]
    Options(PollKind),
    /// More ballots count than there are people who may vote.
    #[error("count a poll: {cast} ballots and only {eligible} may vote")]
    MoreThanEligible {
        /// Ballots that count.
        cast: u64,
        /// Who may vote.
        eligible: u64,
    },
}

impl PollRule {
    fn check(&self) -> Result<(), RuleError> {
        let mut ids = BTreeSet::new();
        for option in &self.options {
            if !ids.insert(&option.id) {
                return Err(RuleError::RepeatedOption(option.id.clone()));
            }
        }
        if self.options.is_empty() != (self.kind == PollKind::Question) {
            return Err(RuleError::Options(self.kind));
        }
        let tests = self
            .options
            .iter()
            .filter_map(|option| option.test.as_ref());
        let hundred = Ratio::from(100);
        let percents = tests.clone().map(|test| &test.percent);
        let wrong = |one: &&Ratio| one.is_negative() || **one > hundred;
        if let Some(wrong) = percents.chain(&self.quorum).find(wrong) {
            return Err(RuleError::Percent(wrong.to_string()));
        }
        let mut tests = tests;
        let asks = self.quorum.is_some() || tests.any(|test| test.of == Base::Eligible);
        if asks && self.eligible.is_none() {
            return Err(RuleError::NoEligible);
        }
        Ok(())
    }

    /// Why `answer` does not count, if it does not.
    fn fault(&self, answer: &Answer) -> Option<Reason> {
        let values = match answer {
            Answer::Words if self.kind == PollKind::Question => return None,
            Answer::NoneOfThese if self.none_of_these => return None,
            Answer::Words | Answer::NoneOfThese => return Some(Reason::WrongKind),
            Answer::Options(_) if self.kind == PollKind::Question => {
                return Some(Reason::WrongKind);
            }
            Answer::Options(values) => values,
        };
        if values
            .keys()
            .any(|id| !self.options.iter().any(|option| option.id == *id))
        {
            return Some(Reason::UnknownOption);
        }
        let named = values.values().filter(|value| **value != 0).count();
        let named = u32::try_from(named).unwrap_or(u32::MAX);
        if named < self.least {
            return Some(Reason::TooFew);
        }
        if named > self.most {
            return Some(Reason::TooMany);
        }
        let points = i128::from(self.points);
        let mut all = values.values().map(|value| i128::from(*value));
        let within = |low: i128, high: i128| {
            values
                .values()
                .all(|one| (low..=high).contains(&i128::from(*one)))
        };
        let fine = match self.kind {
            PollKind::Proposal
            | PollKind::Check
            | PollKind::Count
            | PollKind::Poll
            | PollKind::Approval => within(0, 1),
            PollKind::Question => false,
            PollKind::DotVote => within(0, points) && all.sum::<i128>() <= points,
            PollKind::Score => within(0, points),
            PollKind::Meeting => within(0, 2),
            PollKind::Quadratic => {
                within(-points, points)
                    && all
                        .try_fold(0_i128, |sum, one| sum.checked_add(one * one))
                        .is_some_and(|sum| sum <= points)
            }
            PollKind::RankedChoice => {
                // Places 1 to n, each once.
                let mut places: Vec<i64> = values.values().copied().collect();
                places.sort_unstable();
                places.iter().zip(1..).all(|(place, at)| *place == at)
            }
        };
        (!fine).then_some(Reason::OutOfBounds)
    }

    /// What a ballot's value adds to the option.
    fn worth(&self, value: i64) -> i64 {
        match self.kind {
            PollKind::RankedChoice if value > 0 => (i64::from(self.most) - value + 1).max(0),
            _ => value,
        }
    }
}

#[derive(Default)]
struct Sums {
    votes: u64,
    total: i64,
    by_value: BTreeMap<i64, u64>,
}

/// Counts a poll. Each ballot has the id of the voice it speaks for.
///
/// A ballot given twice counts once. Of different ballots of one voice the one with the smallest
/// content counts, so that every device takes the same; which of them a person meant is for the
/// caller to know, and to give that one alone.
///
/// # Errors
/// If the rule cannot be counted by.
pub fn count<'a>(
    rule: &PollRule,
    ballots: impl IntoIterator<Item = (&'a str, &'a Answer)>,
) -> Result<PollOutcome, RuleError> {
    rule.check()?;
    let mut voices: BTreeMap<&str, BTreeSet<&Answer>> = BTreeMap::new();
    for (voice, answer) in ballots {
        voices.entry(voice).or_default().insert(answer);
    }
    let mut discarded = Vec::new();
    let mut sums: BTreeMap<&str, Sums> = BTreeMap::new();
    let (mut cast, mut none) = (0_u64, 0_u64);
    for (voice, answers) in voices {
        let mut answers = answers.into_iter();
        let Some(answer) = answers.next() else {
            continue;
        };
        let more = answers.map(|_| (voice, Reason::AnotherOfThisVoice));
        discarded.extend(more);
        if let Some(reason) = rule.fault(answer) {
            discarded.push((voice, reason));
            continue;
        }
        cast += 1;
        match answer {
            Answer::Options(values) => {
                for (id, value) in values {
                    let sum = sums.entry(id).or_default();
                    sum.votes += u64::from(*value != 0);
                    sum.total = sum.total.saturating_add(rule.worth(*value));
                    *sum.by_value.entry(*value).or_default() += 1;
                }
            }
            Answer::NoneOfThese => none += 1,
            Answer::Words => {}
        }
    }
    if let Some(eligible) = rule.eligible.filter(|eligible| cast > *eligible) {
        return Err(RuleError::MoreThanEligible { cast, eligible });
    }
    let discarded = discarded.into_iter().map(|(voice, reason)| Discarded {
        voice: voice.to_owned(),
        reason,
    });
    Ok(outcome(rule, &sums, cast, none, discarded.collect()))
}

fn outcome(
    rule: &PollRule,
    sums: &BTreeMap<&str, Sums>,
    cast: u64,
    none: u64,
    discarded: Vec<Discarded>,
) -> PollOutcome {
    let empty = Sums::default();
    let sum = |option: &PollOption| sums.get(option.id.as_str()).unwrap_or(&empty);
    let candidates = rule.options.iter().map(|option| TieCandidate {
        id: &option.id,
        cost: 0,
        votes: sum(option).votes,
    });
    let candidates: Vec<_> = candidates.collect();
    let ties = rule.tie.places(&rule.seed, &candidates);
    let mut placed: Vec<(&PollOption, usize)> = rule.options.iter().zip(ties).collect();
    placed.sort_by(|(one, tie), (other, other_tie)| {
        sum(other)
            .total
            .cmp(&sum(one).total)
            .then(tie.cmp(other_tie))
    });
    let share = |votes: u64, of: u64| Ratio::new(votes, of).unwrap_or_else(Ratio::zero);
    let results = placed.iter().map(|(option, _)| {
        let sum = sum(option);
        let test = option.test.as_ref().map(|test| {
            let base = match test.of {
                Base::Cast => cast,
                Base::Eligible => rule.eligible.unwrap_or(0),
            };
            let reached = &share(sum.votes, base) * &Ratio::from(100);
            let passed = base > 0
                && match test.bound {
                    Bound::AtLeast => reached >= test.percent,
                    Bound::AtMost => reached <= test.percent,
                };
            TestResult {
                test: test.clone(),
                reached,
                passed,
            }
        });
        OptionResult {
            id: option.id.clone(),
            votes: sum.votes,
            total: sum.total,
            mean: Ratio::new(sum.total, cast).unwrap_or_else(Ratio::zero),
            share_of_cast: share(sum.votes, cast),
            share_of_eligible: rule.eligible.map(|eligible| share(sum.votes, eligible)),
            by_value: sum
                .by_value
                .iter()
                .map(|(value, count)| (*value, *count))
                .collect(),
            test,
        }
    });
    let results: Vec<OptionResult> = results.collect();
    let turnout = rule.eligible.map(|eligible| share(cast, eligible));
    let quorum_reached = rule.quorum.as_ref().map(|quorum| {
        let turnout = turnout.clone().unwrap_or_else(Ratio::zero);
        &turnout * &Ratio::from(100) >= *quorum
    });
    let first = results.first().map(|one| one.total);
    let tied = results.iter().filter(|one| Some(one.total) == first);
    PollOutcome {
        rule: rule.clone(),
        cast,
        none_of_these: none,
        first: tied.map(|one| one.id.clone()).collect(),
        results,
        turnout,
        quorum_reached,
        discarded,
    }
}
