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
mod trail;

pub use figures::{Figures, MAX_POINTS, Ranked, Votes};
pub use numbers::{MAX_BARS, Numbers, Range};
use numbers::{divide, mean, numbers};
use trail::Trail;

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

/// The mean of numbers that add up to `sum` millionths, as in every count; `None` of none.
#[must_use]
pub(crate) fn mean_of(sum: i128, voices: u64) -> Option<i64> {
    divide(sum, voices.into())
}

/// Answers came out of order, so the result would not be canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("counting answers that are not in order of slot")]
pub struct OutOfOrder;

/// A count under way: of answers one by one in order of slot, of which none is kept; or one that is
/// kept, to which more may be added later in any order ([`Tally::kept`]).
#[derive(Debug)]
pub struct Tally {
    form: FormId,
    counted: Split,
    kept: bool,
    bytes: usize,
    last: Option<SlotId>,
    voices: Trail,
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
    Texts(Trail),
    Blobs(Trail),
    Points(BTreeMap<u16, (Split, u64)>),
    Votes(BTreeMap<StatementId, Votes>),
    Ranks(BTreeMap<u16, Standing>),
    /// The first in order of slot, and of each slot as they were given; and all of them.
    Places(BTreeMap<(SlotId, usize), (Place, bool)>, Trail),
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
        Self::begin(id, form, false)
    }

    /// Begins a count that takes answers in any order and can be gone on with: it keeps a few dozen
    /// bytes for each voice, text, photo, sound and place. It comes to what [`Tally::new`] comes to.
    #[must_use]
    pub fn kept(id: FormId, form: &Form) -> Self {
        Self::begin(id, form, true)
    }

    fn begin(id: FormId, form: &Form, kept: bool) -> Self {
        let questions = form.questions.iter().map(|question| {
            let values = match question.kind {
                QuestionKind::Text
                | QuestionKind::Barcode
                | QuestionKind::Calculate
                | QuestionKind::Hidden
                | QuestionKind::Metadata(_)
                | QuestionKind::Other(_) => {
                    Values::Texts(Trail::new("majlis 2026 counted texts v1", kept))
                }
                QuestionKind::Photo | QuestionKind::Sound => {
                    Values::Blobs(Trail::new("majlis 2026 counted blobs v1", kept))
                }
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
                    BTreeMap::new(),
                    Trail::new("majlis 2026 counted places v1", kept),
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
            kept,
            bytes: 0,
            last: None,
            voices: Trail::new("majlis 2026 counted voices v1", kept),
            questions: questions.collect(),
            order: form
                .questions
                .iter()
                .map(|question| (question.id, question.kind.clone()))
                .collect(),
        }
    }

    /// About how many bytes it keeps beside its figures.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the answer that counts of one slot.
    ///
    /// # Errors
    /// [`OutOfOrder`] when `slot` is not after the slot added before; in a count that is kept, when
    /// it was added before.
    pub fn add(
        &mut self,
        slot: SlotId,
        assisted: bool,
        answers: &[(QuestionId, Answer)],
    ) -> Result<(), OutOfOrder> {
        let again = if self.kept {
            self.voices.holds(slot)
        } else {
            self.last >= Some(slot)
        };
        if again {
            return Err(OutOfOrder);
        }
        self.last = Some(slot);
        self.counted.add(assisted);
        let said = blake3::hash(&codec::encode(VERSION, &answers));
        let voice = [slot.as_bytes(), &[u8::from(assisted)][..], said.as_bytes()].concat();
        let more = self.voices.put(slot, &voice);
        self.bytes = self.bytes.saturating_add(more);
        self.add_row(slot, assisted, answers);
        Ok(())
    }

    /// Questions in a repeat count once for each row that answers them.
    fn add_row(&mut self, slot: SlotId, assisted: bool, answers: &[(QuestionId, Answer)]) {
        for (question, answer) in answers {
            let Some(sum) = self.questions.get_mut(question) else {
                continue;
            };
            if let Some(more) = sum.values.add(slot, assisted, answer) {
                sum.answered.add(assisted);
                self.bytes = self.bytes.saturating_add(more);
            }
            if let Answer::Rows(rows) = answer {
                rows.iter()
                    .for_each(|row| self.add_row(slot, assisted, row));
            }
        }
    }

    /// The result so far.
    #[must_use]
    pub fn finish(&self) -> Results {
        let questions = self.order.iter().filter_map(|(id, kind)| {
            let sum = self.questions.get(id)?;
            let figures = sum.values.figures(kind);
            Some(QuestionResult {
                question: *id,
                answered: sum.answered,
                figures,
            })
        });
        Results {
            form: self.form,
            counted: self.counted,
            voices: self.voices.hash(),
            questions: questions.collect(),
        }
    }
}

impl Values {
    /// About how many more bytes it keeps; `None` where the answer is not of the question's kind.
    fn add(&mut self, slot: SlotId, assisted: bool, answer: &Answer) -> Option<usize> {
        let mut more = 0;
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
            (Self::Places(points, trail), Answer::Place(place)) => {
                let said = codec::encode(VERSION, place);
                more = trail.put(slot, &[slot.as_bytes(), said.as_slice()].concat());
                let first = (slot, 0)..=(slot, usize::MAX);
                let number = points.range(first).count();
                points.insert((slot, number), (*place, assisted));
                if points.len() > MAX_POINTS {
                    points.pop_last();
                }
            }
            (Self::Rows(all), Answer::Rows(rows)) => {
                let more = u64::try_from(rows.len()).unwrap_or(u64::MAX);
                *all = all.saturating_add(more);
            }
            (Self::Plain, Answer::Acknowledged) => {}
            (Self::Texts(trail), Answer::Text(text)) => {
                let said = blake3::hash(text.as_bytes());
                more = trail.put(slot, &[slot.as_bytes(), &said.as_bytes()[..]].concat());
            }
            (Self::Blobs(trail), Answer::Photo(_) | Answer::Sound(_)) => {
                let mut said = slot.as_bytes().to_vec();
                for (_, blob) in answer.blobs() {
                    said.extend_from_slice(blob.id.as_bytes());
                }
                more = trail.put(slot, &said);
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
            ) => return None,
        }
        Some(more)
    }

    fn figures(&self, kind: &QuestionKind) -> Figures {
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
                        mean: mean(counts, 1_000_000),
                    }
                }
                QuestionKind::Time => {
                    let hours = counts.iter();
                    let hour =
                        |(hour, count): (&i64, &Split)| Some((u8::try_from(*hour).ok()?, *count));
                    Figures::Hours(hours.filter_map(hour).collect())
                }
                QuestionKind::Date | QuestionKind::DateTime => {
                    let days = counts.iter();
                    Figures::Dates(
                        days.filter_map(|(day, count)| Some((i32::try_from(*day).ok()?, *count)))
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
                | QuestionKind::Other(_) => Figures::Numbers(numbers(counts)),
            },
            Self::Places(points, trail) => Figures::Places {
                points: points.values().copied().collect(),
                all: trail.hash(),
            },
            Self::Rows(all) => Figures::Rows(*all),
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
            Self::Votes(statements) => Figures::Votes(
                statements
                    .iter()
                    .map(|(statement, votes)| (*statement, *votes))
                    .collect(),
            ),
            Self::Texts(trail) => Figures::Texts(trail.hash()),
            Self::Blobs(trail) => Figures::Blobs(trail.hash()),
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
