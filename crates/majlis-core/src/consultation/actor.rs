//! Which side of public life a voice speaks from: government, private, social or citizen. It shows who
//! is heard and who is not, and no rule anywhere grants anything by it.
//! Not here: membership. A member has no type: it is said with each voice, by the person or by the
//! officer who enters the answer, as the answer to a question of the form. So one person may speak for
//! the town hall in one consultation and for themselves in the next, what is closed never changes
//! because somebody's work did, tablets of other programs can send it, and it is sealed, corrected and
//! taken back like any answer.

use std::collections::BTreeMap;

use crate::consultation::form::{Form, Question, QuestionKind};
use crate::consultation::tally::{Figures, Results};

/// The name of the question that asks for it, in XLSForm and exports.
pub const NAME: &str = "actor_type";

/// Which side of public life a voice speaks from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActorType {
    /// An authority of any level.
    Government,
    /// A business.
    Private,
    /// An association, a cooperative, a union.
    Social,
    /// A person for themselves.
    Citizen,
}

impl ActorType {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Government, Self::Private, Self::Social, Self::Citizen];

    /// The name of the option that stands for it, in XLSForm and exports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Government => "government",
            Self::Private => "private",
            Self::Social => "social",
            Self::Citizen => "citizen",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// The question of a form that asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorQuestion<'a> {
    /// The question.
    pub question: &'a Question,
    /// What its options stand for; an option that is not here tells nothing.
    pub options: BTreeMap<u16, ActorType>,
}

/// The question that asks for it: a single choice of that name, in no repeat, with options that name
/// at least two types, each once. `None` for a form that does not ask.
#[must_use]
pub fn actor_question(form: &Form) -> Option<ActorQuestion<'_>> {
    let mut named = form.questions.iter();
    let question = named.find(|question| question.details.name == NAME)?;
    let QuestionKind::SingleChoice(choices) = &question.kind else {
        return None;
    };
    let mut options = BTreeMap::new();
    for choice in choices {
        if let Some(actor) = ActorType::named(&choice.details.name) {
            options.insert(choice.id, actor);
        }
    }
    let mut told: Vec<ActorType> = options.values().copied().collect();
    told.sort_unstable();
    let twice = told.windows(2).any(|pair| pair.first() == pair.last());
    let asked = told.len() >= 2 && !twice && !in_repeat(form, question);
    asked.then_some(ActorQuestion { question, options })
}

/// Whether a question is asked for each of several things.
pub(super) fn in_repeat(form: &Form, question: &Question) -> bool {
    let mut at = question;
    // A form of a peer may say anything of what stands in what.
    for _ in 0..=crate::consultation::form::MAX_DEPTH {
        let around = at.details.part_of;
        let around = around.and_then(|id| form.questions.iter().find(|one| one.id == id));
        let Some(around) = around else {
            return false;
        };
        if matches!(around.kind, QuestionKind::Repeat) {
            return true;
        }
        at = around;
    }
    true
}

/// Who is heard: how many voices speak from each side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Voices of each type that the form offers, in the order of [`ActorType::ALL`].
    pub voices: Vec<(ActorType, u64)>,
    /// Voices that did not tell.
    pub untold: u64,
    /// The type that more than half of those who told speak for.
    pub most: Option<ActorType>,
    /// Types that the form offers and nobody spoke for, once anybody told.
    pub silent: Vec<ActorType>,
}

impl ActorQuestion<'_> {
    /// The balance of a count. `None` where the count does not say, as of what is sealed.
    #[must_use]
    pub fn balance(&self, results: &Results) -> Option<Balance> {
        let mut counted = results.questions.iter();
        let counted = counted.find(|one| one.question == self.question.id)?;
        let Figures::Options(bars) = &counted.figures else {
            return None;
        };
        let mut voices: BTreeMap<ActorType, u64> =
            self.options.values().map(|actor| (*actor, 0)).collect();
        for (option, split) in bars {
            let actor = self.options.get(option);
            if let Some(held) = actor.and_then(|actor| voices.get_mut(actor)) {
                *held = held.saturating_add(split.all());
            }
        }
        let told = voices
            .values()
            .fold(0_u64, |sum, one| sum.saturating_add(*one));
        let most = voices
            .iter()
            .find(|(_, held)| held.saturating_mul(2) > told);
        let none = voices.iter().filter(|(_, held)| **held == 0 && told > 0);
        Some(Balance {
            untold: results.counted.all().saturating_sub(told),
            most: most.map(|(actor, _)| *actor),
            silent: none.map(|(actor, _)| *actor).collect(),
            voices: voices.into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests;
