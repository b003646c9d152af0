//! Adding up the answers that count, in exact integers, split by channel. The result has one
//! canonical form and a hash: any device that counts the same answers gets the same bytes.
//! Not here: which answers count (`consultation::count`), how figures are drawn.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::codec;
use crate::consultation::form::{Answer, Form, Place, QuestionKind};
use crate::id::{FormId, QuestionId, SlotId, StatementId};

mod figures;
mod numbers;

pub use figures::{Figures, MAX_POINTS, Ranked, Votes};
pub use numbers::{MAX_BARS, Numbers, Range};
use numbers::{divide, mean, numbers};

const VERSION: u8 = 1;
const DAY: i64 = 86_400_000;
const HOUR: u32 = 3_600_000;

/// A number split by channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Split {
    /// Entered by people themselves.
    pub own: u64,
    /// Entered by officers.
    pub assisted: u64,
}

impl Split {
    /// Over all channels.
    #[must_use]
    pub const fn all(self) -> u64 {
        self.own.saturating_add(self.assisted)
    }

    /// Counts one more.
    pub const fn add(&mut self, assisted: bool) {
        if assisted {
            self.assisted = self.assisted.saturating_add(1);
        } else {
            self.own = self.own.saturating_add(1);
        }
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            own: self.own.saturating_add(other.own),
            assisted: self.assisted.saturating_add(other.assisted),
        }
    }
}

/// The count of one form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// The form.
    pub form: FormId,
    /// Answers that count.
    pub counted: Split,
    /// Hash over the voices counted and what each says, in order of slot.
    pub voices: [u8; 32],
    /// Per question, in the form's order.
    pub questions: Vec<QuestionResult>,
}

/// The count of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionResult {
    /// The question.
    pub question: QuestionId,
    /// How many answered it.
    pub answered: Split,
    /// The figures.
    pub figures: Figures,
}

/// Answers came out of order, so the result would not be canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("counting answers that are not in order of slot")]
pub struct OutOfOrder;

/// A count under way. Answers are added one by one in order of slot, and none is kept.
#[derive(Debug)]
pub struct Tally {
    form: FormId,
    counted: Split,
    last: Option<SlotId>,
    voices: blake3::Hasher,
    questions: BTreeMap<QuestionId, Sum>,
    order: Vec<(QuestionId, QuestionKind)>,
}

#[derive(Debug)]
struct Sum {
    answered: Split,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Options(BTreeMap<u16, Split>),
    Numbers(BTreeMap<i64, Split>),
    Texts(Box<blake3::Hasher>),
    Blobs(Box<blake3::Hasher>),
    Points(BTreeMap<u16, (Split, u64)>),
    Votes(BTreeMap<StatementId, Votes>),
    Ranks(BTreeMap<u16, Standing>),
    Places(Vec<(Place, bool)>, Box<blake3::Hasher>),
    Rows(u64),
    Plain,
}

/// The places that one option was put at.
#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    first: Split,
    sum: u64,
    count: u64,
}

impl Tally {
    /// Begins a count of answers to `form`.
    #[must_use]
    pub fn new(id: FormId, form: &Form) -> Self {
        let questions = form.questions.iter().map(|question| {
            let values = match question.kind {
                QuestionKind::Text
                | QuestionKind::Barcode
                | QuestionKind::Calculate
                | QuestionKind::Hidden
                | QuestionKind::Metadata(_)
                | QuestionKind::Other(_) => Values::Texts(Box::new(
                    blake3::Hasher::new_derive_key("majlis 2026 counted texts v1"),
                )),
                QuestionKind::Photo | QuestionKind::Sound => Values::Blobs(Box::new(
                    blake3::Hasher::new_derive_key("majlis 2026 counted blobs v1"),
                )),
                QuestionKind::SingleChoice(_) | QuestionKind::MultipleChoice { .. } => {
                    Values::Options(BTreeMap::new())
                }
                QuestionKind::Number { .. }
                | QuestionKind::Scale { .. }
                | QuestionKind::Date
                | QuestionKind::WholeNumber { .. }
                | QuestionKind::Range { .. }
                | QuestionKind::Time
                | QuestionKind::DateTime => Values::Numbers(BTreeMap::new()),
                QuestionKind::Place => Values::Places(
                    Vec::new(),
                    Box::new(blake3::Hasher::new_derive_key(
                        "majlis 2026 counted places v1",
                    )),
                ),
                QuestionKind::Repeat => Values::Rows(0),
                QuestionKind::Group | QuestionKind::Note | QuestionKind::Acknowledge => {
                    Values::Plain
                }
                QuestionKind::Ranking(_) => Values::Ranks(BTreeMap::new()),
                QuestionKind::Points { .. } => Values::Points(BTreeMap::new()),
                QuestionKind::Statements => Values::Votes(BTreeMap::new()),
            };
            (
                question.id,
                Sum {
                    answered: Split::default(),
                    values,
                },
            )
        });
        Self {
            form: id,
            counted: Split::default(),
            last: None,
            voices: blake3::Hasher::new_derive_key("majlis 2026 counted voices v1"),
            questions: questions.collect(),
            order: form
                .questions
                .iter()
                .map(|question| (question.id, question.kind.clone()))
                .collect(),
        }
    }

    /// Adds the answer that counts of one slot.
    ///
    /// # Errors
    /// [`OutOfOrder`] when `slot` is not after the slot added before.
    pub fn add(
        &mut self,
        slot: SlotId,
        assisted: bool,
        answers: &[(QuestionId, Answer)],
    ) -> Result<(), OutOfOrder> {
        if self.last >= Some(slot) {
            return Err(OutOfOrder);
        }
        self.last = Some(slot);
        self.counted.add(assisted);
        let said = codec::encode(VERSION, &answers);
        self.voices
            .update(slot.as_bytes())
            .update(&[u8::from(assisted)]);
        self.voices.update(blake3::hash(&said).as_bytes());
        self.add_row(slot, assisted, answers);
        Ok(())
    }

    /// Questions in a repeat count once for each row that answers them.
    fn add_row(&mut self, slot: SlotId, assisted: bool, answers: &[(QuestionId, Answer)]) {
        for (question, answer) in answers {
            let Some(sum) = self.questions.get_mut(question) else {
                continue;
            };
            if sum.values.add(slot, assisted, answer) {
                sum.answered.add(assisted);
            }
            if let Answer::Rows(rows) = answer {
                rows.iter()
                    .for_each(|row| self.add_row(slot, assisted, row));
            }
        }
    }

    /// The result.
    #[must_use]
    pub fn finish(mut self) -> Results {
        let order = std::mem::take(&mut self.order);
        let questions = order.iter().filter_map(|(id, kind)| {
            let sum = self.questions.remove(id)?;
            let figures = sum.values.figures(kind);
            Some(QuestionResult {
                question: *id,
                answered: sum.answered,
                figures,
            })
        });
        let questions = questions.collect();
        let voices = *self.voices.finalize().as_bytes();
        Results {
            form: self.form,
            counted: self.counted,
            voices,
            questions,
        }
    }
}

impl Values {
    /// Whether the answer is of the question's kind.
    fn add(&mut self, slot: SlotId, assisted: bool, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Options(options), Answer::Choices(chosen)) => {
                for option in chosen {
                    options.entry(*option).or_default().add(assisted);
                }
            }
            (Self::Numbers(values), Answer::Number(value)) => {
                values.entry(*value).or_default().add(assisted);
            }
            (Self::Numbers(values), Answer::Scale(step)) => {
                values.entry(i64::from(*step)).or_default().add(assisted);
            }
            (Self::Numbers(values), Answer::Date(days)) => {
                values.entry(i64::from(*days)).or_default().add(assisted);
            }
            (Self::Numbers(values), Answer::Time(millis)) => {
                let hour = millis.checked_div(HOUR).unwrap_or_default();
                values.entry(i64::from(hour)).or_default().add(assisted);
            }
            (Self::Numbers(values), Answer::DateTime(at)) => {
                let day = at.millis.checked_div_euclid(DAY).unwrap_or_default();
                values.entry(day).or_default().add(assisted);
            }
            (Self::Places(points, hasher), Answer::Place(place)) => {
                hasher.update(slot.as_bytes());
                hasher.update(&codec::encode(VERSION, place));
                if points.len() < MAX_POINTS {
                    points.push((*place, assisted));
                }
            }
            (Self::Rows(all), Answer::Rows(rows)) => {
                let more = u64::try_from(rows.len()).unwrap_or(u64::MAX);
                *all = all.saturating_add(more);
            }
            (Self::Plain, Answer::Acknowledged) => {}
            (Self::Texts(hasher), Answer::Text(text)) => {
                hasher.update(slot.as_bytes());
                hasher.update(blake3::hash(text.as_bytes()).as_bytes());
            }
            (Self::Blobs(hasher), Answer::Photo(_) | Answer::Sound(_)) => {
                hasher.update(slot.as_bytes());
                for (_, blob) in answer.blobs() {
                    hasher.update(blob.id.as_bytes());
                }
            }
            (Self::Ranks(ranks), Answer::Ranking(order)) => {
                for (place, option) in (1_u64..).zip(order) {
                    let places = ranks.entry(*option).or_default();
                    places.sum = places.sum.saturating_add(place);
                    places.count = places.count.saturating_add(1);
                    if place == 1 {
                        places.first.add(assisted);
                    }
                }
            }
            (Self::Points(options), Answer::Points(points)) => {
                for (option, given) in points {
                    let (givers, sum) = options.entry(*option).or_default();
                    givers.add(assisted);
                    *sum = sum.saturating_add((*given).into());
                }
            }
            (Self::Votes(statements), Answer::Votes(votes)) => {
                for (statement, vote) in votes {
                    let votes = statements.entry(*statement).or_default();
                    let sum = match vote.signum() {
                        1 => &mut votes.agree,
                        -1 => &mut votes.disagree,
                        _ => &mut votes.pass,
                    };
                    *sum = sum.saturating_add(1);
                }
            }
            (
                Self::Options(_)
                | Self::Numbers(_)
                | Self::Texts(_)
                | Self::Blobs(_)
                | Self::Ranks(_)
                | Self::Points(_)
                | Self::Votes(_)
                | Self::Places(..)
                | Self::Rows(_)
                | Self::Plain,
                _,
            ) => {
                return false;
            }
        }
        true
    }

    fn figures(self, kind: &QuestionKind) -> Figures {
        match self {
            Self::Options(counts) => {
                let count = |id| counts.get(&id).copied().unwrap_or_default();
                Figures::Options(
                    kind.options()
                        .iter()
                        .map(|option| (option.id, count(option.id)))
                        .collect(),
                )
            }
            Self::Numbers(counts) => match kind {
                QuestionKind::Scale { from, to, .. } => {
                    let count = |step: i16| counts.get(&step.into()).copied().unwrap_or_default();
                    let steps = (*from..=*to).map(|step| (step, count(step))).collect();
                    Figures::Scale {
                        steps,
                        mean: mean(&counts, 1_000_000),
                    }
                }
                QuestionKind::Time => {
                    let hours = counts.into_iter();
                    let hour = |(hour, count)| Some((u8::try_from(hour).ok()?, count));
                    Figures::Hours(hours.filter_map(hour).collect())
                }
                QuestionKind::Date | QuestionKind::DateTime => {
                    let days = counts.into_iter();
                    Figures::Dates(
                        days.filter_map(|(day, count)| Some((i32::try_from(day).ok()?, count)))
                            .collect(),
                    )
                }
                QuestionKind::Number { .. }
                | QuestionKind::Text
                | QuestionKind::SingleChoice(_)
                | QuestionKind::MultipleChoice { .. }
                | QuestionKind::Photo
                | QuestionKind::Sound
                | QuestionKind::Ranking(_)
                | QuestionKind::Points { .. }
                | QuestionKind::Statements
                | QuestionKind::Group
                | QuestionKind::Repeat
                | QuestionKind::Note
                | QuestionKind::WholeNumber { .. }
                | QuestionKind::Range { .. }
                | QuestionKind::Place
                | QuestionKind::Barcode
                | QuestionKind::Acknowledge
                | QuestionKind::Calculate
                | QuestionKind::Hidden
                | QuestionKind::Metadata(_)
                | QuestionKind::Other(_) => Figures::Numbers(numbers(&counts)),
            },
            Self::Places(points, hasher) => Figures::Places {
                points,
                all: *hasher.finalize().as_bytes(),
            },
            Self::Rows(all) => Figures::Rows(all),
            Self::Plain => Figures::Plain,
            Self::Ranks(ranks) => {
                let ranked = kind.options().iter().map(|option| {
                    let places = ranks.get(&option.id).copied().unwrap_or_default();
                    let sum = i128::from(places.sum).saturating_mul(1_000_000);
                    Ranked {
                        option: option.id,
                        first: places.first,
                        mean: divide(sum, places.count.into()),
                    }
                });
                Figures::Ranks(ranked.collect())
            }
            Self::Points(points) => {
                let options = kind.options().iter().map(|option| {
                    let (givers, sum) = points.get(&option.id).copied().unwrap_or_default();
                    (option.id, givers, sum)
                });
                Figures::Points(options.collect())
            }
            Self::Votes(statements) => Figures::Votes(statements.into_iter().collect()),
            Self::Texts(hasher) => Figures::Texts(*hasher.finalize().as_bytes()),
            Self::Blobs(hasher) => Figures::Blobs(*hasher.finalize().as_bytes()),
        }
    }
}

impl Results {
    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// The hash of the canonical bytes: equal on every device that counted the same.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        blake3::derive_key("majlis 2026 results v1", &self.encode())
    }
}

#[cfg(test)]
mod tests;
