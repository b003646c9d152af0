//! Whether a form may be opened, and whether answers fit it: what can be said of them one by one, without
//! giving conditions a meaning. So an answer that a condition forbids still fits; it is one voice, and
//! no evaluator of expressions drops a voice. Not here: conditions, which whoever submits checks first.

use std::collections::{BTreeMap, BTreeSet};

use super::details::MAX_NAME;
use super::sealing::{MAX_SEALED, SealingError};
use super::{
    Answer, Choice, Form, MAX_DEPTH, MAX_DESCRIPTION, MAX_LABEL, MAX_OPTIONS, MAX_QUESTIONS,
    MAX_REPEATS, MAX_ROWS, MAX_TEXT_ANSWER, MAX_VOTES, Place, Question, QuestionKind, Row,
};
use crate::consultation::activity::{Rule, RuleError};
use crate::id::QuestionId;

const DAY: u32 = 86_400_000;
/// Years 1 to 9999, so that every date can be written.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;
/// The most answers of one response, those in rows among them.
const MAX_ANSWERS: usize = 20_000;

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
    /// There are more rows or answers than one response may have.
    #[error("answering with too many rows")]
    TooMany(QuestionId),
    /// The value is outside what the question accepts.
    #[error("answering outside what the question accepts")]
    OutOfRange(QuestionId),
    /// The ballot names fewer options than the rule asks for.
    #[error("naming fewer than {1} options")]
    TooFew(QuestionId, u16),
    /// The question's answers are sealed, and this one is not.
    #[error("answering a sealed question in the clear")]
    InTheClear(QuestionId),
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
    /// What is said about sealed answers cannot be done.
    #[error("opening a consultation whose answers cannot be sealed as it says")]
    Sealing(#[source] SealingError),
    /// The slips are none, too many or named twice, or cannot vote in such an activity.
    #[error("opening a vote whose slips cannot vote in it")]
    Slips,
    /// The boxes are none, too many, without a name or of one name, or such an activity has none.
    #[error("opening a vote whose ballot boxes cannot be held")]
    Boxes,
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
            || !self.details.is_short()
        {
            return Err(FormError::TooLong);
        }
        if let Some(slips) = self.slips() {
            // Who takes part in a conversation comes back to it; a slip is used once.
            let returns = matches!(self.activity.rule, Rule::Conversation(_));
            if !slips.are_whole() || returns || self.sealing.is_some() {
                return Err(FormError::Slips);
            }
        }
        if let Some(boxes) = self.boxes() {
            let returns = matches!(self.activity.rule, Rule::Conversation(_));
            if !boxes.are_whole() || returns || self.sealing.is_some() {
                return Err(FormError::Boxes);
            }
        }
        let mut names = BTreeSet::new();
        // How deep each section is, in all and in repeats.
        let mut sections: BTreeMap<QuestionId, (usize, usize)> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for question in &self.questions {
            let bad = FormError::BadQuestion(question.id);
            if !question.details.is_short() {
                return Err(FormError::TooLong);
            }
            if !seen.insert(question.id) || !question.is_complete() {
                return Err(bad);
            }
            let part_of = question.details.part_of;
            let name = question.details.name.as_str();
            if !name.is_empty() && !names.insert((part_of, name)) {
                return Err(bad);
            }
            let (depth, repeats) = match part_of {
                None => (0, 0),
                Some(section) => *sections.get(&section).ok_or_else(|| bad.clone())?,
            };
            if question.kind.is_section() {
                let is_repeat = matches!(question.kind, QuestionKind::Repeat);
                let repeats = repeats.saturating_add(usize::from(is_repeat));
                if depth >= MAX_DEPTH || repeats > MAX_REPEATS {
                    return Err(bad);
                }
                sections.insert(question.id, (depth.saturating_add(1), repeats));
            }
        }
        self.check_sealing().map_err(FormError::Sealing)?;
        self.check_rule().map_err(FormError::Rule)
    }

    /// Whether an answer outside of rows fits its question, and the ballot the rule.
    ///
    /// # Errors
    /// [`AnswerError::WrongKind`], [`AnswerError::OutOfRange`] or [`AnswerError::TooFew`].
    pub fn accepts_one(&self, question: &Question, answer: &Answer) -> Result<(), AnswerError> {
        question.accepts(answer, self.ranks_some(question))?;
        self.fits_rule(question, answer)
    }

    /// Whether `answers` fit this form.
    ///
    /// # Errors
    /// The first answer that does not fit, or the first required question without one.
    pub fn accepts(&self, answers: &[(QuestionId, Answer)]) -> Result<(), AnswerError> {
        if let Some(ballots) = self.secret_ballots() {
            return self.accepts_secret(ballots, answers);
        }
        let places = Places::of(self);
        let mut left = MAX_ANSWERS;
        // Photos and sounds are named in the open; their bytes are sealed, which nobody else can see.
        let sealed = self.questions_in_piece();
        let first = self.first_in_piece();
        let listed = self.listed_media();
        let mut open = Vec::with_capacity(answers.len());
        let mut lists = BTreeSet::new();
        for (id, answer) in answers {
            if listed.contains(id) {
                if !lists.insert(*id) {
                    return Err(AnswerError::NoSuchQuestion(*id));
                }
                places.list(*id, answer, &mut left)?;
            } else if !sealed.contains(id) {
                open.push((id, answer));
            }
        }
        // One piece of bytes for all that is sealed, and always one: nothing shows of what was said.
        if let Some(first) = first {
            let mut pieces = answers
                .iter()
                .filter(|(id, _)| sealed.contains(id) && !listed.contains(id));
            match pieces.next() {
                None => return Err(AnswerError::Missing(first)),
                Some((id, Answer::Sealed(bytes))) if *id == first => {
                    if bytes.is_empty() || bytes.len() > MAX_SEALED {
                        return Err(AnswerError::OutOfRange(*id));
                    }
                }
                Some((id, _)) => return Err(AnswerError::InTheClear(*id)),
            }
            if let Some((id, _)) = pieces.next() {
                return Err(AnswerError::InTheClear(*id));
            }
        }
        let seen = places.accept(open, None, &mut left)?;
        let must = |question: &&Question| {
            places.is_always_required(question)
                && !seen.contains(&question.id)
                && !sealed.contains(&question.id)
        };
        match self.questions.iter().find(must) {
            Some(question) => Err(AnswerError::Missing(question.id)),
            None => Ok(()),
        }
    }
}

/// Questions by their ids, with the repeat around each.
pub(super) struct Places<'f> {
    form: &'f Form,
    at: BTreeMap<QuestionId, At<'f>>,
}

struct At<'f> {
    question: &'f Question,
    repeat: Option<QuestionId>,
    /// Whether it, or a section around it, may be hidden or is asked for each row.
    sometimes: bool,
}

impl<'f> Places<'f> {
    pub(super) fn of(form: &'f Form) -> Self {
        let mut places: BTreeMap<QuestionId, At<'f>> = BTreeMap::new();
        for question in &form.questions {
            let around = question.details.part_of.and_then(|id| places.get(&id));
            let inside_repeat = around
                .filter(|around| matches!(around.question.kind, QuestionKind::Repeat))
                .map(|around| around.question.id);
            let repeat = inside_repeat.or_else(|| around.and_then(|around| around.repeat));
            let sometimes = !question.details.rules.relevant.is_empty()
                || repeat.is_some()
                || around.is_some_and(|around| around.sometimes);
            places.entry(question.id).or_insert(At {
                question,
                repeat,
                sometimes,
            });
        }
        Self { form, at: places }
    }

    /// The repeat around a question.
    pub(super) fn repeat(&self, question: QuestionId) -> Option<QuestionId> {
        self.at.get(&question).and_then(|at| at.repeat)
    }

    /// Whether each of these answers fits its question.
    pub(super) fn accept_all(&self, answers: &[(QuestionId, Answer)]) -> Result<(), AnswerError> {
        let mut left = MAX_ANSWERS;
        let all = answers.iter().map(|(id, answer)| (id, answer));
        self.accept(all, None, &mut left).map(|_| ())
    }

    /// Nobody can answer what is hidden, so only what is always shown is always required. Of a kind
    /// of other programs that is not known: some are recordings of the device, which nobody answers.
    fn is_always_required(&self, question: &Question) -> bool {
        question.required
            && question.kind.is_asked()
            && !matches!(question.kind, QuestionKind::Other(_))
            && self.at.get(&question.id).is_some_and(|at| !at.sometimes)
    }

    fn accept<'a>(
        &self,
        answers: impl IntoIterator<Item = (&'a QuestionId, &'a Answer)>,
        repeat: Option<QuestionId>,
        left: &mut usize,
    ) -> Result<BTreeSet<QuestionId>, AnswerError> {
        let mut seen = BTreeSet::new();
        for (id, answer) in answers {
            let at = self.at.get(id).filter(|at| at.repeat == repeat);
            let at = at.filter(|_| seen.insert(*id));
            let question = at.ok_or(AnswerError::NoSuchQuestion(*id))?.question;
            *left = left.checked_sub(1).ok_or(AnswerError::TooMany(*id))?;
            if let (QuestionKind::Repeat, Answer::Rows(rows)) = (&question.kind, answer) {
                self.rows(*id, rows, left)?;
            } else {
                self.form.accepts_one(question, answer)?;
            }
        }
        Ok(seen)
    }

    /// Whether an answer lists photos or sounds that sealed rows name: one a row, and nothing else.
    fn list(&self, id: QuestionId, answer: &Answer, left: &mut usize) -> Result<(), AnswerError> {
        let (Answer::Rows(rows), Some(at)) = (answer, self.at.get(&id)) else {
            return Err(AnswerError::WrongKind(id));
        };
        if rows.is_empty() {
            return Err(AnswerError::OutOfRange(id));
        }
        for row in rows {
            *left = left.checked_sub(1).ok_or(AnswerError::TooMany(id))?;
            match row.as_slice() {
                [(of, named)] if *of == id => self.form.accepts_one(at.question, named)?,
                _ => return Err(AnswerError::WrongKind(id)),
            }
        }
        Ok(())
    }

    fn rows(&self, id: QuestionId, rows: &[Row], left: &mut usize) -> Result<(), AnswerError> {
        if rows.len() > MAX_ROWS {
            return Err(AnswerError::TooMany(id));
        }
        if rows.is_empty() {
            return Err(AnswerError::OutOfRange(id));
        }
        for row in rows {
            let row = row.iter().map(|(id, answer)| (id, answer));
            self.accept(row, Some(id), left)?;
        }
        Ok(())
    }
}

impl Question {
    fn is_complete(&self) -> bool {
        // Older releases read no names, and what has none must say what it asks.
        let is_said = |label: &str, name: &str| {
            label.len() <= MAX_LABEL && (!label.trim().is_empty() || !name.is_empty())
        };
        let options = |options: &[Choice]| {
            let mut ids = BTreeSet::new();
            !options.is_empty()
                && options.len() <= MAX_OPTIONS
                && options.iter().all(|option| {
                    ids.insert(option.id)
                        && is_said(&option.label, &option.details.name)
                        && option.details.is_short()
                })
        };
        let bounds = |min: &Option<i64>, max: &Option<i64>| match (min, max) {
            (Some(min), Some(max)) => min <= max,
            _ => true,
        };
        is_said(&self.label, &self.details.name)
            && self.hint.len() <= MAX_LABEL
            && match &self.kind {
                QuestionKind::Text
                | QuestionKind::Date
                | QuestionKind::Photo
                | QuestionKind::Sound
                | QuestionKind::Group
                | QuestionKind::Repeat
                | QuestionKind::Note
                | QuestionKind::Time
                | QuestionKind::DateTime
                | QuestionKind::Place
                | QuestionKind::Barcode
                | QuestionKind::Acknowledge
                | QuestionKind::Calculate
                | QuestionKind::Hidden
                | QuestionKind::Metadata(_)
                | QuestionKind::Statements => true,
                QuestionKind::Points {
                    options: list,
                    each,
                    all,
                    squared,
                } => options(list) && (*each > 0 || *all > 0) && (!squared || *all > 0),
                QuestionKind::Other(written) => written.len() <= MAX_NAME,
                QuestionKind::Number { min, max } | QuestionKind::WholeNumber { min, max } => {
                    bounds(min, max)
                }
                QuestionKind::Range { from, to, step } => from < to && *step > 0,
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
            let ids: BTreeSet<u16> = options.iter().map(|option| option.id).collect();
            chosen.is_sorted_by(|a, b| a < b) && chosen.iter().all(|id| ids.contains(id))
        };
        let within = |min: &Option<i64>, max: &Option<i64>, value: &i64| {
            min.is_none_or(|min| min <= *value) && max.is_none_or(|max| *value <= max)
        };
        let fits = match (&self.kind, answer) {
            (
                QuestionKind::Text
                | QuestionKind::Barcode
                | QuestionKind::Calculate
                | QuestionKind::Hidden
                | QuestionKind::Metadata(_)
                | QuestionKind::Other(_),
                Answer::Text(text),
            ) => !text.trim().is_empty() && text.len() <= MAX_TEXT_ANSWER,
            (QuestionKind::Number { min, max }, Answer::Number(value)) => within(min, max, value),
            (QuestionKind::WholeNumber { min, max }, Answer::Number(value)) => {
                value.checked_rem(1_000_000) == Some(0) && within(min, max, value)
            }
            (QuestionKind::Range { from, to, step }, Answer::Number(value)) => {
                let past = value.checked_sub(*from);
                let on_step = past.and_then(|past| past.checked_rem(*step)) == Some(0);
                on_step && (from..=to).contains(&value)
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
            (QuestionKind::Date, Answer::Date(days)) => DAYS.contains(days),
            (QuestionKind::Photo, Answer::Photo(photo)) => {
                photo.full.is_sized() && photo.preview.is_sized()
            }
            (QuestionKind::Sound, Answer::Sound(sound)) => sound.is_sized(),
            (QuestionKind::Ranking(options), Answer::Ranking(order)) => {
                let ranked: BTreeSet<u16> = order.iter().copied().collect();
                let ids: BTreeSet<u16> = options.iter().map(|option| option.id).collect();
                !order.is_empty()
                    && order.len() == ranked.len()
                    && (some || order.len() == options.len())
                    && ranked.is_subset(&ids)
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
            (QuestionKind::Time, Answer::Time(millis)) => *millis < DAY,
            (QuestionKind::DateTime, Answer::DateTime(at)) => {
                let days = at.millis.checked_div_euclid(i64::from(DAY));
                days.and_then(|days| i32::try_from(days).ok())
                    .is_some_and(|days| DAYS.contains(&days))
                    && at.ahead.is_none_or(|ahead| ahead.unsigned_abs() <= 18 * 60)
            }
            (QuestionKind::Place, Answer::Place(place)) => place.is_on_earth(),
            (QuestionKind::Acknowledge, Answer::Acknowledged) => true,
            _ => return Err(AnswerError::WrongKind(self.id)),
        };
        if fits {
            Ok(())
        } else {
            Err(AnswerError::OutOfRange(self.id))
        }
    }
}

impl Place {
    const fn is_on_earth(self) -> bool {
        self.latitude.unsigned_abs() <= 900_000_000
            && self.longitude.unsigned_abs() <= 1_800_000_000
    }
}
