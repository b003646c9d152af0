//! What a form says about its secret ballots, and whether such a vote can be held.
//! Not here: keys and ballots.

use std::collections::BTreeSet;

use majlis_secret::ballot::MAX_BALLOT;
use majlis_secret::election::{LEAST_BALLOTS, MAX_TRUSTEES};
use majlis_secret::question::{QuestionKind as Kind, SecretQuestion};
use majlis_secret::risk::{Advice, RiskAnswers};
use majlis_tally::poll::PollKind;
use serde::{Deserialize, Serialize};

use crate::consultation::activity::{Rule, Voters};
use crate::consultation::form::{Answer, Form, QuestionKind};
use crate::id::{DeviceId, PersonId};

/// The most people on a roll: it travels with the form.
pub const MAX_ROLL: usize = 2_000;
/// How the bytes of a ballot begin: their kind and version.
const BALLOT_HEAD: [u8; 2] = [9, 1];

/// What is fixed about secret ballots when a vote opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretBallots {
    /// The devices that make the key together, in ascending order.
    pub trustees: Vec<DeviceId>,
    /// How many of them open the totals: more than half, so that there are never two results.
    pub threshold: u8,
    /// With fewer ballots nothing is opened.
    pub minimum: u32,
    /// The people who may vote, in ascending order.
    pub roll: Vec<PersonId>,
    /// Which of the five questions about risk were answered by yes, a bit each in the order of asking.
    pub risk: u8,
}

/// Why a vote cannot be held in secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Ranked ballots, budgets and the like do not add up under a key.
    #[error("only choosing, approving, scores and points can be counted in secret")]
    Kind,
    /// The question has too many options, or bounds beyond what can be proven.
    #[error("the question has too many options or points for a secret ballot")]
    Bounds,
    /// There is another question, whose answer would stand beside the ballot for all to read.
    #[error("a secret vote asks its ballot question and nothing else")]
    Questions,
    /// Officers could enter ballots for others.
    #[error("a secret ballot is cast by its voter; for others there is the paper box")]
    Voters,
    /// The trustees are missing, too many, out of order or named twice.
    #[error("a secret vote has between 2 and {MAX_TRUSTEES} trustees, each once")]
    Trustees,
    /// Half of the trustees could open, or more are needed than there are.
    #[error("more than half of the trustees open the totals, and at least 2")]
    Threshold,
    /// The roll is too short, too long, out of order, or names somebody twice.
    #[error("the roll of a secret vote has between {LEAST_BALLOTS} and {MAX_ROLL} people")]
    Roll,
    /// The least number of ballots cannot be, or cannot be reached.
    #[error("at least {LEAST_BALLOTS} ballots, and no more than there are voters, are opened")]
    Minimum,
    /// The answers to the five questions leave the paper box only.
    #[error("the answers about risk leave the paper box only")]
    Risk,
}

impl SecretBallots {
    /// The answers to the five questions.
    #[must_use]
    pub const fn risk(&self) -> RiskAnswers {
        RiskAnswers {
            stakes: self.risk & 1 == 1,
            pressure: self.risk >> 1 & 1 == 1,
            adversary: self.risk >> 2 & 1 == 1,
            final_: self.risk >> 3 & 1 == 1,
            small: self.risk >> 4 & 1 == 1,
        }
    }

    /// The same answers as they are written.
    #[must_use]
    pub fn risk_bits(answers: &RiskAnswers) -> u8 {
        let all = [
            answers.stakes,
            answers.pressure,
            answers.adversary,
            answers.final_,
            answers.small,
        ];
        (0_u8..)
            .zip(all)
            .fold(0, |bits, (at, yes)| bits | u8::from(yes) << at)
    }

    /// The question as it is asked in secret.
    ///
    /// # Errors
    /// If ballots of this kind cannot be counted under a key.
    pub fn question_of(form: &Form) -> Result<SecretQuestion, SecretError> {
        let Rule::Poll(rule) = &form.activity.rule else {
            return Err(SecretError::Kind);
        };
        let ballot = form.ballot().ok_or(SecretError::Kind)?;
        let options = ballot.kind.options().len();
        let options = u8::try_from(options).map_err(|_| SecretError::Bounds)?;
        let small = |number: u32| u8::try_from(number).map_err(|_| SecretError::Bounds);
        let kind = match (rule.kind, &ballot.kind) {
            (
                PollKind::Proposal | PollKind::Check | PollKind::Count | PollKind::Poll,
                QuestionKind::SingleChoice(_),
            ) => Kind::Single,
            (PollKind::Poll | PollKind::Approval, QuestionKind::MultipleChoice { most, .. }) => {
                // That an option stands alone cannot be shown of a sealed ballot.
                if rule.none_of_these.is_some() {
                    return Err(SecretError::Kind);
                }
                let max = match *most {
                    0 => options,
                    most => small(most.into())?.min(options),
                };
                let min = small(form.activity.least.max(1).into())?;
                Kind::Approval { min, max }
            }
            (PollKind::Score | PollKind::Meeting, QuestionKind::Points { each, all: 0, .. })
                if rule.none_of_these.is_none() && rule.tests.is_empty() =>
            {
                Kind::Score { max: small(*each)? }
            }
            (PollKind::DotVote, QuestionKind::Points { each, all, .. })
                if rule.none_of_these.is_none() && rule.tests.is_empty() =>
            {
                let total = small(*all)?;
                let each = if *each == 0 { total } else { small(*each)? };
                Kind::Points { each, total }
            }
            _ => return Err(SecretError::Kind),
        };
        SecretQuestion::new(kind, options).map_err(|_| SecretError::Bounds)
    }

    /// The question, if the vote can be held as this says.
    ///
    /// # Errors
    /// The first thing that is missing or wrong.
    pub fn question(&self, form: &Form) -> Result<SecretQuestion, SecretError> {
        let question = Self::question_of(form)?;
        let asked = form.questions.iter().filter(|one| one.kind.is_asked());
        let hidden = form.questions.iter().any(|one| {
            let kind = &one.kind;
            matches!(
                kind,
                QuestionKind::Calculate | QuestionKind::Hidden | QuestionKind::Metadata(_)
            )
        });
        if asked.count() != 1 || hidden {
            return Err(SecretError::Questions);
        }
        if form.activity.voters != Voters::Members {
            return Err(SecretError::Voters);
        }
        let trustees = u8::try_from(self.trustees.len()).unwrap_or(u8::MAX);
        if !(2..=MAX_TRUSTEES).contains(&trustees) || !ascends(&self.trustees) {
            return Err(SecretError::Trustees);
        }
        let twice = u16::from(self.threshold).saturating_mul(2);
        if twice <= u16::from(trustees) || self.threshold > trustees {
            return Err(SecretError::Threshold);
        }
        let voters = u32::try_from(self.roll.len()).unwrap_or(u32::MAX);
        if voters < LEAST_BALLOTS || self.roll.len() > MAX_ROLL || !ascends(&self.roll) {
            return Err(SecretError::Roll);
        }
        if !(LEAST_BALLOTS..=voters).contains(&self.minimum) {
            return Err(SecretError::Minimum);
        }
        if self.risk >= 1 << 5 || self.risk().recommend().advice == Advice::PaperOnly {
            return Err(SecretError::Risk);
        }
        Ok(question)
    }

    /// Whether this could be the ballot of somebody on the roll: what can be said without the key.
    /// Whether it holds is asked when it is counted, and told with its reason.
    #[must_use]
    pub fn takes(&self, answer: &Answer) -> bool {
        let Answer::Sealed(bytes) = answer else {
            return false;
        };
        bytes.len() <= MAX_BALLOT
            && bytes.starts_with(&BALLOT_HEAD)
            && voter(bytes).is_some_and(|voter| self.roll.binary_search(&voter).is_ok())
    }
}

/// Whom the bytes of a ballot name.
pub(super) fn voter(ballot: &[u8]) -> Option<PersonId> {
    let rest = ballot.get(BALLOT_HEAD.len()..)?;
    PersonId::from_slice(rest.get(..PersonId::LEN)?)
}

fn ascends<T: Ord>(list: &[T]) -> bool {
    let set: BTreeSet<&T> = list.iter().collect();
    set.len() == list.len() && list.is_sorted()
}
