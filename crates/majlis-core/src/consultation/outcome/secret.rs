//! Finishing the count of a secret vote: what its totals say, the poll's rule makes of them.
//! Not here: ballots, keys and totals themselves (`consultation::secret`).

use std::collections::BTreeMap;

use majlis_tally::poll;

use super::{Ballots, Count, Counted, Outcome, counted, seed, turnout};
use crate::consultation::activity::Rule;
use crate::consultation::form::{Answer, Form, QuestionKind};
use crate::consultation::secret::{SecretOutcome, SecretState, Voices};
use crate::id::FormId;

impl Count {
    /// The ballots of a secret vote, in order of slot; `None` for another activity. It is finished by
    /// [`Count::finish_secret`].
    #[must_use]
    pub const fn secret(&self) -> Option<&Voices> {
        match &self.ballots {
            Ballots::Secret(voices) => Some(voices),
            Ballots::None
            | Ballots::Poll(_)
            | Ballots::Ranked(_)
            | Ballots::Budget(_)
            | Ballots::Signatures(_)
            | Ballots::Votes(_) => None,
        }
    }

    /// A count of these ballots of a secret vote and nothing else.
    #[must_use]
    pub fn of_ballots(id: FormId, form: &Form, voices: &Voices) -> Self {
        let mut count = Self::new(id, form, &[]);
        for (slot, bytes) in voices {
            let answers = form
                .ballot()
                .map(|ballot| (ballot.id, Answer::Sealed(bytes.clone())));
            // Slots come in their order, each once.
            let _ = count.add(*slot, false, answers.as_slice());
        }
        count
    }

    /// The outcome of a secret vote, given what its ballots and trustees came to.
    #[must_use]
    pub fn finish_secret(self, secret: SecretOutcome) -> Outcome {
        let Self {
            form, id, tally, ..
        } = self;
        let voices = u64::from(secret.counted);
        let poll = secret.totals.as_ref().and_then(|totals| {
            let ballots = Ballots::Poll(spread(&form, totals, voices)?);
            let seed = seed(id, &ballots);
            match counted(&form, &ballots, &BTreeMap::new(), seed, voices) {
                Ok(Counted::Poll(poll)) => Some(*poll),
                _ => None,
            }
        });
        Outcome {
            results: tally.finish(),
            turnout: turnout(&form, voices),
            counted: Counted::Secret(Box::new((secret, poll))),
        }
    }
}

impl Outcome {
    /// Whether an officer may sign under it. The outcome of a secret vote only when it is final and both
    /// verifiers came to it: where they refuse or disagree, nothing was counted.
    #[must_use]
    pub fn may_be_signed(&self, form: &Form) -> bool {
        match &self.counted {
            Counted::Secret(found) => match found.0.state {
                SecretState::Known | SecretState::TooFewBallots => true,
                SecretState::Making
                | SecretState::Failed
                | SecretState::Open
                | SecretState::Opening
                | SecretState::Beyond
                | SecretState::Keyless => false,
            },
            Counted::Survey
            | Counted::Poll(_)
            | Counted::Election(_)
            | Counted::Budget(_)
            | Counted::Petition(_)
            | Counted::Conversation(_)
            | Counted::Nothing(_) => form.secret_ballots().is_none(),
        }
    }
}

/// So many ballots as `voices` that have these totals together, where options are chosen or not: all
/// that the rule of a poll asks of ballots is in their totals. Who chose what with what is not known,
/// and no ballot here is anybody's. `None` for scores and points, of which totals do not say how many
/// gave something.
fn spread(form: &Form, totals: &[(u16, u32)], voices: u64) -> Option<BTreeMap<poll::Answer, u64>> {
    let none = match &form.activity.rule {
        Rule::Poll(rule) => rule.none_of_these,
        Rule::Survey
        | Rule::Election(_)
        | Rule::Budget(_)
        | Rule::Petition(_)
        | Rule::Conversation(_) => return None,
    };
    let mut ballots = BTreeMap::new();
    match form.ballot()?.kind {
        QuestionKind::SingleChoice(_) => {
            for (option, total) in totals.iter().filter(|(_, total)| *total > 0) {
                let answer = if Some(*option) == none {
                    poll::Answer::NoneOfThese
                } else {
                    poll::Answer::Options([(option.to_string(), 1)].into())
                };
                ballots.insert(answer, u64::from(*total));
            }
        }
        QuestionKind::MultipleChoice { .. } => {
            for voice in 0..voices {
                let chosen = totals.iter().filter(|(_, total)| u64::from(*total) > voice);
                let chosen = chosen.map(|(option, _)| (option.to_string(), 1));
                let count: &mut u64 = ballots
                    .entry(poll::Answer::Options(chosen.collect()))
                    .or_default();
                *count = count.saturating_add(1);
            }
        }
        _ => return None,
    }
    Some(ballots)
}
