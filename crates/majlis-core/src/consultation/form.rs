//! A form as it was frozen at opening, and what is a fitting answer to it.
//! Not here: drafting a form together (`document::definition`), its bytes (`wire`), the rule by which
//! it is counted (`activity`).

mod wire;

use serde::{Deserialize, Serialize};

use crate::blob::{Blob, Part, Photo};
use crate::consultation::activity::{Activity, Rule, RuleError, Voters};
use crate::id::{QuestionId, StatementId};

/// The longest text answer, in bytes of UTF-8.
pub const MAX_TEXT_ANSWER: usize = 8_000;
/// The most questions in a form.
pub const MAX_QUESTIONS: usize = 300;
/// The most options in a question.
pub const MAX_OPTIONS: usize = 200;
/// The most statements that one answer votes on.
pub const MAX_VOTES: usize = 2_000;
/// The longest title, label or option, in bytes of UTF-8.
pub const MAX_LABEL: usize = 1_000;
/// The longest description, in bytes of UTF-8.
pub const MAX_DESCRIPTION: usize = 20_000;

/// How much influence the answers have: the open-government ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// People are told.
    Inform,
    /// People are asked; the owner answers.
    Consult,
    /// People decide.
    Decide,
}

/// A consultation's form, frozen by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Who it is for, in words.
    pub audience: String,
    /// How much influence the answers have.
    pub stage: Stage,
    /// The questions, in order.
    pub questions: Vec<Question>,
    /// What kind of activity it is, and how it is counted.
    pub activity: Activity,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Stable through edits of the draft.
    pub id: QuestionId,
    /// The question.
    pub label: String,
    /// Help shown under it.
    pub hint: String,
    /// Whether an answer without it is incomplete.
    pub required: bool,
    /// What kind of answer it takes.
    pub kind: QuestionKind,
}

/// What kind of answer a question takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuestionKind {
    /// Free text.
    Text,
    /// A number with up to six decimals, between optional bounds in millionths.
    Number {
        /// Smallest accepted value, in millionths.
        min: Option<i64>,
        /// Largest accepted value, in millionths.
        max: Option<i64>,
    },
    /// One of the options.
    SingleChoice(Vec<Choice>),
    /// Any number of the options up to `most`.
    MultipleChoice {
        /// The options.
        options: Vec<Choice>,
        /// The most that may be chosen; 0 means all.
        most: u16,
    },
    /// A whole number on a scale.
    Scale {
        /// Lowest step.
        from: i16,
        /// Highest step.
        to: i16,
        /// What the lowest step means.
        low: String,
        /// What the highest step means.
        high: String,
    },
    /// A calendar date.
    Date,
    /// A photo.
    Photo,
    /// Something spoken.
    Sound,
    /// The options in an order, the best first; all of them, or as many as one likes where the
    /// question is a ballot.
    Ranking(Vec<Choice>),
    /// Points given to options.
    Points {
        /// The options.
        options: Vec<Choice>,
        /// The most for one option; 0 for no limit but that of all together.
        each: u32,
        /// The most for all options together; 0 for no limit but that of each.
        all: u32,
        /// Whether n points for an option use up n times n of all.
        squared: bool,
    },
    /// Agree, disagree or pass on statements.
    Statements,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Stable through edits of the draft; unique in its question.
    pub id: u16,
    /// What it says.
    pub label: String,
}

/// An answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Free text.
    Text(String),
    /// A number in millionths.
    Number(i64),
    /// The chosen options, ascending, one for a single choice.
    Choices(Vec<u16>),
    /// A step of a scale.
    Scale(i16),
    /// Days since 1970-01-01.
    Date(i32),
    /// A photo.
    Photo(Photo),
    /// Something spoken.
    Sound(Blob),
    /// Options, the best first.
    Ranking(Vec<u16>),
    /// Options with points above zero, in ascending order of options.
    Points(Vec<(u16, u32)>),
    /// Statements with 1 for agree, -1 for disagree and 0 for pass, in ascending order of statements.
    Votes(Vec<(StatementId, i8)>),
}

/// Why an answer does not fit its form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The form has no such question, or it is answered twice.
    #[error("answering a question that the form does not have")]
    NoSuchQuestion(QuestionId),
    /// A required question has no answer.
    #[error("leaving a required question out")]
    Missing(QuestionId),
    /// The kind of answer does not fit the question.
    #[error("answering with the wrong kind of value")]
    WrongKind(QuestionId),
    /// The value is outside what the question accepts.
    #[error("answering outside what the question accepts")]
    OutOfRange(QuestionId),
}

/// Why a definition cannot be opened as a form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// There is no title.
    #[error("opening a consultation without a title")]
    NoTitle,
    /// There is no question.
    #[error("opening a consultation without questions")]
    NoQuestions,
    /// A question has no text, no or repeated options, or a scale or range that is empty.
    #[error("opening a consultation with an incomplete question")]
    BadQuestion(QuestionId),
    /// A text or list is longer than its limit.
    #[error("opening a consultation that is too long")]
    TooLong,
    /// The rule of the activity does not fit the questions.
    #[error("opening an activity whose rule does not fit")]
    Rule(#[source] RuleError),
}

impl Form {
    /// Whether this may be opened.
    ///
    /// # Errors
    /// The first thing that is missing or wrong.
    pub fn check(&self) -> Result<(), FormError> {
        if self.title.trim().is_empty() {
            return Err(FormError::NoTitle);
        }
        // To sign a petition is to say nothing else.
        let silent = matches!(self.activity.rule, Rule::Petition(_));
        if self.questions.is_empty() && !silent {
            return Err(FormError::NoQuestions);
        }
        if self.title.len() > MAX_LABEL
            || self.audience.len() > MAX_LABEL
            || self.description.len() > MAX_DESCRIPTION
            || self.questions.len() > MAX_QUESTIONS
        {
            return Err(FormError::TooLong);
        }
        let mut seen = std::collections::BTreeSet::new();
        for question in &self.questions {
            if !seen.insert(question.id) || !question.is_complete() {
                return Err(FormError::BadQuestion(question.id));
            }
        }
        self.check_rule().map_err(FormError::Rule)
    }

    /// Whether `answers` fit this form.
    ///
    /// # Errors
    /// The first answer that does not fit, or the first required question without one.
    pub fn accepts(&self, answers: &[(QuestionId, Answer)]) -> Result<(), AnswerError> {
        let mut seen = std::collections::BTreeSet::new();
        for (id, answer) in answers {
            let question = self.questions.iter().find(|question| question.id == *id);
            let question = question.filter(|_| seen.insert(*id));
            let question = question.ok_or(AnswerError::NoSuchQuestion(*id))?;
            question.accepts(answer, self.ranks_some(question))?;
        }
        self.fits_rule(answers).map_err(AnswerError::OutOfRange)?;
        match self
            .questions
            .iter()
            .find(|question| question.required && !seen.contains(&question.id))
        {
            Some(question) => Err(AnswerError::Missing(question.id)),
            None => Ok(()),
        }
    }
}

impl Form {
    /// Whether answers that an officer enters for somebody take part.
    #[must_use]
    pub fn takes_assisted(&self) -> bool {
        self.activity.voters != Voters::Members
    }
}

impl Answer {
    /// The blobs it refers to.
    pub fn blobs(&self) -> impl Iterator<Item = (Part, Blob)> {
        let (one, other) = match self {
            Self::Photo(photo) => (
                Some((Part::Preview, photo.preview)),
                Some((Part::Photo, photo.full)),
            ),
            Self::Sound(sound) => (Some((Part::Sound, *sound)), None),
            Self::Text(_)
            | Self::Number(_)
            | Self::Choices(_)
            | Self::Scale(_)
            | Self::Date(_)
            | Self::Ranking(_)
            | Self::Points(_)
            | Self::Votes(_) => (None, None),
        };
        one.into_iter().chain(other)
    }
}

impl QuestionKind {
    /// The options to choose from or to rank; none where nothing is chosen.
    #[must_use]
    pub fn options(&self) -> &[Choice] {
        match self {
            Self::SingleChoice(options)
            | Self::MultipleChoice { options, .. }
            | Self::Ranking(options)
            | Self::Points { options, .. } => options,
            Self::Text
            | Self::Number { .. }
            | Self::Scale { .. }
            | Self::Date
            | Self::Photo
            | Self::Sound
            | Self::Statements => &[],
        }
    }
}

impl Question {
    fn is_complete(&self) -> bool {
        let options = |options: &[Choice]| {
            let mut ids = std::collections::BTreeSet::new();
            !options.is_empty()
                && options.len() <= MAX_OPTIONS
                && options.iter().all(|option| {
                    ids.insert(option.id)
                        && !option.label.trim().is_empty()
                        && option.label.len() <= MAX_LABEL
                })
        };
        !self.label.trim().is_empty()
            && self.label.len() <= MAX_LABEL
            && self.hint.len() <= MAX_LABEL
            && match &self.kind {
                QuestionKind::Text
                | QuestionKind::Date
                | QuestionKind::Photo
                | QuestionKind::Sound
                | QuestionKind::Statements => true,
                QuestionKind::Points {
                    options: list,
                    each,
                    all,
                    squared,
                } => options(list) && (*each > 0 || *all > 0) && (!squared || *all > 0),
                QuestionKind::Number { min, max } => match (min, max) {
                    (Some(min), Some(max)) => min <= max,
                    _ => true,
                },
                QuestionKind::SingleChoice(list)
                | QuestionKind::MultipleChoice { options: list, .. }
                | QuestionKind::Ranking(list) => options(list),
                QuestionKind::Scale {
                    from,
                    to,
                    low,
                    high,
                } => {
                    from < to
                        && i32::from(*to).saturating_sub(i32::from(*from)) <= 100
                        && low.len() <= MAX_LABEL
                        && high.len() <= MAX_LABEL
                }
            }
    }

    /// Whether `answer` fits; `some` says that a ranking may leave options out.
    fn accepts(&self, answer: &Answer, some: bool) -> Result<(), AnswerError> {
        let known = |options: &[Choice], chosen: &[u16]| {
            chosen.is_sorted_by(|a, b| a < b)
                && chosen
                    .iter()
                    .all(|id| options.iter().any(|option| option.id == *id))
        };
        let fits = match (&self.kind, answer) {
            (QuestionKind::Text, Answer::Text(text)) => {
                !text.trim().is_empty() && text.len() <= MAX_TEXT_ANSWER
            }
            (QuestionKind::Number { min, max }, Answer::Number(value)) => {
                min.is_none_or(|min| min <= *value) && max.is_none_or(|max| *value <= max)
            }
            (QuestionKind::SingleChoice(options), Answer::Choices(chosen)) => {
                chosen.len() == 1 && known(options, chosen)
            }
            (QuestionKind::MultipleChoice { options, most }, Answer::Choices(chosen)) => {
                !chosen.is_empty()
                    && (*most == 0 || chosen.len() <= usize::from(*most))
                    && known(options, chosen)
            }
            (QuestionKind::Scale { from, to, .. }, Answer::Scale(step)) => {
                (from..=to).contains(&step)
            }
            // Years 1 to 9999, so that every date can be written.
            (QuestionKind::Date, Answer::Date(days)) => (-719_162..=2_932_896).contains(days),
            (QuestionKind::Photo, Answer::Photo(photo)) => {
                photo.full.is_sized() && photo.preview.is_sized()
            }
            (QuestionKind::Sound, Answer::Sound(sound)) => sound.is_sized(),
            (QuestionKind::Ranking(options), Answer::Ranking(order)) => {
                let ranked: std::collections::BTreeSet<u16> = order.iter().copied().collect();
                let known = |id: &u16| options.iter().any(|option| option.id == *id);
                !order.is_empty()
                    && order.len() == ranked.len()
                    && (some || order.len() == options.len())
                    && order.iter().all(known)
            }
            (
                QuestionKind::Points {
                    options,
                    each,
                    all,
                    squared,
                },
                Answer::Points(points),
            ) => {
                let ids: Vec<u16> = points.iter().map(|(id, _)| *id).collect();
                let price = |points: u32| {
                    let points = u64::from(points);
                    if *squared {
                        points.saturating_mul(points)
                    } else {
                        points
                    }
                };
                let spent = points
                    .iter()
                    .fold(0_u64, |sum, (_, given)| sum.saturating_add(price(*given)));
                !points.is_empty()
                    && known(options, &ids)
                    && points
                        .iter()
                        .all(|(_, given)| *given > 0 && (*each == 0 || given <= each))
                    && (*all == 0 || spent <= u64::from(*all))
            }
            (QuestionKind::Statements, Answer::Votes(votes)) => {
                !votes.is_empty()
                    && votes.len() <= MAX_VOTES
                    && votes.is_sorted_by(|one, next| one.0 < next.0)
                    && votes.iter().all(|(_, vote)| (-1..=1).contains(vote))
            }
            _ => return Err(AnswerError::WrongKind(self.id)),
        };
        if fits {
            Ok(())
        } else {
            Err(AnswerError::OutOfRange(self.id))
        }
    }
}
