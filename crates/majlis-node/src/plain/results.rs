//! Results in the API's words: figures get the labels that people read.
//! Not here: adding up (`majlis_core::consultation::tally`).

use majlis_core::consultation::published::{BarAnswer, Published};
use majlis_core::consultation::tally::{self, QuestionResult as Counted, Split};
use majlis_core::consultation::{Answer, Form, Question};
use majlis_store::GivenRow;

use crate::api::results as api;
use crate::api::sealing::{PublishedBar, PublishedQuestionView, PublishedView};
use crate::plain::sheet::option_name;
use crate::plain::{form, value};

/// More days than this are shown month by month.
const MAX_DAYS: usize = 31;

fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(crate) fn split(split: Split) -> api::Split {
    api::Split {
        all: short(split.all()),
        own: short(split.own),
        assisted: short(split.assisted),
    }
}

/// One question's count; `given` are the texts, photos or sounds to show for it.
pub(crate) fn question(
    asked: &Question,
    counted: &Counted,
    given: Vec<GivenRow>,
) -> api::QuestionResult {
    api::QuestionResult {
        question: form::question_id(asked.id),
        answered: split(counted.answered),
        figures: if counted.answered.all() == 0 {
            api::Figures::None
        } else {
            figures(asked, &counted.figures, given)
        },
    }
}

fn figures(asked: &Question, counted: &tally::Figures, given: Vec<GivenRow>) -> api::Figures {
    match counted {
        tally::Figures::Options(options) => {
            let bars = options
                .iter()
                .map(|(id, count)| bar(option_label(asked, *id), *count));
            api::Figures::Options {
                bars: bars.collect(),
                mean: None,
            }
        }
        tally::Figures::Scale { steps, mean } => {
            let bars = steps
                .iter()
                .map(|(step, count)| bar(step.to_string(), *count));
            api::Figures::Options {
                bars: bars.collect(),
                mean: mean.map(value::decimal),
            }
        }
        tally::Figures::Numbers(None) => api::Figures::None,
        tally::Figures::Numbers(Some(numbers)) => {
            let ranges = numbers.ranges.iter().map(|range| {
                let (from, to) = (value::decimal(range.from), value::decimal(range.to));
                let label = if from == to {
                    from
                } else {
                    format!("{from} – {to}")
                };
                bar(label, range.count)
            });
            api::Figures::Numbers {
                min: value::decimal(numbers.min),
                max: value::decimal(numbers.max),
                mean: value::decimal(numbers.mean),
                median: value::decimal(numbers.median),
                bars: ranges.collect(),
            }
        }
        tally::Figures::Dates(days) => api::Figures::Dates { bars: dates(days) },
        tally::Figures::Texts(_) => {
            let texts = given.into_iter().filter_map(|row| match row.answer {
                Answer::Text(text) => Some(api::TextAnswer {
                    text,
                    assisted: row.assisted,
                }),
                Answer::Number(_)
                | Answer::Choices(_)
                | Answer::Scale(_)
                | Answer::Date(_)
                | Answer::Photo(_)
                | Answer::Sound(_)
                | Answer::Ranking(_)
                | Answer::Points(_)
                | Answer::Votes(_)
                | Answer::Time(_)
                | Answer::DateTime(_)
                | Answer::Place(_)
                | Answer::Acknowledged
                | Answer::Rows(_)
                | Answer::Sealed(_) => None,
            });
            api::Figures::Texts {
                texts: texts.collect(),
            }
        }
        tally::Figures::Blobs(_) => {
            let given = given.into_iter().map(|row| api::MediaAnswer {
                value: value::answer_value(&row.answer),
                assisted: row.assisted,
            });
            api::Figures::Media {
                given: given.collect(),
            }
        }
        tally::Figures::Points(points) => {
            let options = points.iter().map(|(id, givers, sum)| api::PointedOption {
                label: option_label(asked, *id),
                givers: split(*givers),
                points: u32::try_from(*sum).unwrap_or(u32::MAX),
            });
            api::Figures::Points {
                options: options.collect(),
            }
        }
        tally::Figures::Votes(votes) => api::Figures::Statements {
            voted: u32::try_from(votes.len()).unwrap_or(u32::MAX),
        },
        tally::Figures::Ranks(ranks) => {
            let options = ranks.iter().map(|ranked| api::RankedOption {
                label: option_label(asked, ranked.option),
                first: split(ranked.first),
                mean: ranked.mean.map(value::decimal),
            });
            api::Figures::Ranks {
                options: options.collect(),
            }
        }
        tally::Figures::Hours(hours) => {
            let bars = hours.iter();
            let bars = bars.map(|(hour, count)| bar(format!("{hour:02}:00"), *count));
            api::Figures::Hours {
                bars: bars.collect(),
            }
        }
        tally::Figures::Places { points, .. } => {
            let points = points.iter().map(|(place, assisted)| api::PlaceAnswer {
                place: value::place_view(place),
                assisted: *assisted,
            });
            api::Figures::Places {
                points: points.collect(),
            }
        }
        tally::Figures::Rows(rows) => api::Figures::Rows {
            rows: u32::try_from(*rows).unwrap_or(u32::MAX),
        },
        tally::Figures::Plain => api::Figures::Plain,
    }
}

/// Figures of sealed questions as a keeper published them; who did, and when, is not in them.
pub(crate) fn published(whole: &Form, told: &Published) -> PublishedView {
    let questions = told.questions.iter().filter_map(|one| {
        let mut asked = whole.questions.iter();
        let asked = asked.find(|asked| asked.id == one.question)?;
        let bars = one.bars.iter().map(|bar| PublishedBar {
            label: match bar.answer {
                BarAnswer::Option(id) => option_label(asked, id),
                BarAnswer::Step(step) => step.to_string(),
            },
            voices: bar.voices.map(short),
        });
        Some(PublishedQuestionView {
            question: form::question_id(one.question),
            label: asked.label.clone(),
            answered: one.answered.map(short),
            bars: bars.collect(),
        })
    });
    PublishedView {
        by: String::new(),
        time: 0,
        read: short(told.read),
        unread: short(told.unread),
        least: short(told.least),
        questions: questions.collect(),
        agrees: None,
        of_others: false,
    }
}

/// What an option says, in another language or by its name where the form's own has no text; nothing
/// for one that the question does not have.
pub(crate) fn option_label(asked: &Question, id: u16) -> String {
    let mut options = asked.kind.options().iter();
    let option = options.find(|option| option.id == id);
    option.map_or_else(String::new, |option| {
        let others = option.details.label.values().map(String::as_str);
        let mut texts = std::iter::once(option.label.as_str()).chain(others);
        let text = texts.find(|text| !text.is_empty());
        text.map_or_else(|| option_name(option), str::to_owned)
    })
}

fn bar(label: String, count: Split) -> api::Bar {
    api::Bar {
        label,
        count: split(count),
    }
}

fn dates(days: &[(i32, Split)]) -> Vec<api::Bar> {
    let daily = days.len() <= MAX_DAYS;
    let mut bars: Vec<(String, Split)> = Vec::new();
    for (day, count) in days {
        let day = value::date(*day);
        let label = if daily {
            day
        } else {
            day.get(..7).unwrap_or_default().to_owned()
        };
        match bars.last_mut().filter(|(last, _)| *last == label) {
            Some((_, sum)) => {
                sum.own = sum.own.saturating_add(count.own);
                sum.assisted = sum.assisted.saturating_add(count.assisted);
            }
            None => bars.push((label, *count)),
        }
    }
    bars.into_iter()
        .map(|(label, count)| bar(label, count))
        .collect()
}

/// The results of a form that nobody answered yet.
pub(crate) fn none(form: &Form) -> Vec<api::QuestionResult> {
    let empty = |question: &Question| api::QuestionResult {
        question: form::question_id(question.id),
        answered: api::Split::default(),
        figures: api::Figures::None,
    };
    form.questions.iter().map(empty).collect()
}
