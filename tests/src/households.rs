//! Households of a district and what they answer to ten questions about water, roads and the
//! clinic: in Arabic, French and English, skewed as real answers are, the same from the same seed.
//! For tests, measurements and whatever has to know how answers look. Not here: entering them.

use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind, Stage};
use majlis_core::id::QuestionId;
use serde_json::{Value, json};

mod words;

use words::{FORM, Phrases, QUESTIONS};

/// A language in which people answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// Six of ten households.
    Arabic,
    /// Three of ten.
    French,
    /// One of ten.
    English,
}

/// What was said to one question, in the form's own order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Options by their place, ascending, from 0.
    Options(Vec<usize>),
    /// A whole number.
    Number(i64),
    /// A step of a scale.
    Step(i16),
    /// Days since 1970.
    Day(i32),
    /// Words.
    Text(String),
}

/// One household's answers; `None` where it had nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    /// The language of its words.
    pub tongue: Tongue,
    /// One place for each of the ten questions.
    pub given: Vec<Option<Given>>,
}

/// The form of ten questions.
#[must_use]
pub fn form(tongue: Tongue) -> Form {
    let above = tongue.of(&FORM);
    let questions = QUESTIONS.iter().zip(1_u8..).map(|(question, number)| {
        let words = tongue.of(&question.words);
        let options = || -> Vec<Choice> {
            let each = words.options.iter().zip(1_u16..);
            each.map(|(label, id)| Choice {
                details: Default::default(),
                id,
                label: (*label).to_owned(),
            })
            .collect()
        };
        let kind = match question.kind {
            words::Kind::Single => QuestionKind::SingleChoice(options()),
            words::Kind::Multiple => QuestionKind::MultipleChoice {
                options: options(),
                most: 3,
            },
            words::Kind::Number(most) => QuestionKind::Number {
                min: Some(0),
                max: Some(most * 1_000_000),
            },
            words::Kind::Scale => QuestionKind::Scale {
                from: 1,
                to: 5,
                low: words
                    .options
                    .first()
                    .map_or_else(String::new, |w| (*w).to_owned()),
                high: words
                    .options
                    .last()
                    .map_or_else(String::new, |w| (*w).to_owned()),
            },
            words::Kind::Date => QuestionKind::Date,
            words::Kind::Text => QuestionKind::Text,
        };
        Question {
            details: Default::default(),
            id: QuestionId::from_bytes([number; 8]),
            label: words.label.to_owned(),
            hint: String::new(),
            required: number <= 5,
            kind,
        }
    });
    Form {
        details: Default::default(),
        title: above.title.to_owned(),
        description: above.description.to_owned(),
        audience: above.audience.to_owned(),
        stage: Stage::Consult,
        questions: questions.collect(),
        activity: majlis_core::consultation::Activity::default(),
        sealing: None,
    }
}

/// The same form as the API and `majlis consultation new --file` take it.
#[must_use]
pub fn draft(form: &Form) -> Value {
    let options = |list: &[Choice]| -> Vec<Value> {
        list.iter()
            .map(|option| json!({ "label": option.label }))
            .collect()
    };
    let questions: Vec<Value> = form
        .questions
        .iter()
        .map(|question| {
            let kind = match &question.kind {
                QuestionKind::Text => json!({ "type": "text" }),
                QuestionKind::Date => json!({ "type": "date" }),
                QuestionKind::Photo => json!({ "type": "photo" }),
                QuestionKind::Sound => json!({ "type": "sound" }),
                // The households are asked nothing else.
                QuestionKind::Ranking(_)
                | QuestionKind::Points { .. }
                | QuestionKind::Statements
                | QuestionKind::Group
                | QuestionKind::Repeat
                | QuestionKind::Note
                | QuestionKind::WholeNumber { .. }
                | QuestionKind::Range { .. }
                | QuestionKind::Time
                | QuestionKind::DateTime
                | QuestionKind::Place
                | QuestionKind::Barcode
                | QuestionKind::Acknowledge
                | QuestionKind::Calculate
                | QuestionKind::Hidden
                | QuestionKind::Metadata(_)
                | QuestionKind::Other(_) => json!(null),
                QuestionKind::Number { min, max } => {
                    let bound = |it: &Option<i64>| it.map(|it| (it / 1_000_000).to_string());
                    json!({ "type": "number", "min": bound(min), "max": bound(max) })
                }
                QuestionKind::SingleChoice(list) => {
                    json!({ "type": "single_choice", "options": options(list) })
                }
                QuestionKind::MultipleChoice {
                    options: list,
                    most,
                } => {
                    json!({ "type": "multiple_choice", "options": options(list), "most": most })
                }
                QuestionKind::Scale {
                    from,
                    to,
                    low,
                    high,
                } => {
                    json!({ "type": "scale", "from": from, "to": to, "low": low, "high": high })
                }
            };
            json!({
                "id": "", "label": question.label, "required": question.required, "kind": kind
            })
        })
        .collect();
    json!({
        "title": form.title,
        "description": form.description,
        "audience": form.audience,
        "stage": "consult",
        "questions": questions,
    })
}

/// Household `number` of the district of `seed`.
#[must_use]
pub fn household(seed: u64, number: u64) -> Household {
    let mut rng = fastrand::Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number);
    let tongue = match rng.u8(..10) {
        0..6 => Tongue::Arabic,
        6..9 => Tongue::French,
        _ => Tongue::English,
    };
    let phrases = tongue.of(&words::PHRASES);
    let given = QUESTIONS.iter().enumerate().map(|(at, question)| {
        // What is not required is left out by some, the last one by most.
        let says = at < 5 || rng.u8(..10) < if at == 9 { 3 } else { 9 };
        says.then(|| {
            let options = tongue.of(&question.words).options.len();
            given(&mut rng, question.kind, options, phrases)
        })
    });
    let given = given.collect();
    Household { tongue, given }
}

fn given(rng: &mut fastrand::Rng, kind: words::Kind, options: usize, phrases: &Phrases) -> Given {
    match kind {
        words::Kind::Single => Given::Options(vec![skewed(rng, options)]),
        words::Kind::Multiple => {
            let mut chosen: Vec<usize> = (0..rng.usize(1..=3))
                .map(|_| skewed(rng, options))
                .collect();
            chosen.sort_unstable();
            chosen.dedup();
            Given::Options(chosen)
        }
        words::Kind::Number(most) => {
            // Small numbers are common; large ones are round.
            let number = rng
                .i64(1..=most)
                .min(rng.i64(1..=most))
                .min(rng.i64(1..=most));
            Given::Number(if number > 20 { number / 5 * 5 } else { number })
        }
        words::Kind::Scale => Given::Step(1 + rng.i16(0..5).min(rng.i16(0..5))),
        words::Kind::Date => Given::Day(20_780 - rng.i32(0..120).min(rng.i32(0..120))),
        words::Kind::Text => Given::Text(sentence(rng, phrases)),
    }
}

/// A place in a list whose first ones are chosen most.
fn skewed(rng: &mut fastrand::Rng, count: usize) -> usize {
    let count = count.max(1);
    rng.usize(..count).min(rng.usize(..count))
}

/// A wish as people put it: what, where, and sometimes why or when.
fn sentence(rng: &mut fastrand::Rng, phrases: &Phrases) -> String {
    let mut pick = |list: &[&'static str]| rng.choice(list.iter().copied()).unwrap_or_default();
    let mut words = vec![pick(phrases.wishes), pick(phrases.places)];
    let (why, when) = (pick(phrases.reasons), pick(phrases.times));
    if rng.u8(..10) < 6 {
        words.push(why);
    }
    if rng.u8(..10) < 4 {
        words.push(when);
    }
    if rng.u8(..10) < 2 {
        let many = rng.u8(2..60).to_string();
        return format!("{} ({many} {})", words.join(" "), phrases.houses);
    }
    words.join(" ")
}

impl Household {
    /// The answers, as the record that a replica seals holds them.
    #[must_use]
    pub fn answers(&self, form: &Form) -> Vec<(QuestionId, Answer)> {
        let each = form.questions.iter().zip(&self.given);
        each.filter_map(|(question, given)| {
            let answer = match given.as_ref()? {
                Given::Options(places) => {
                    let (QuestionKind::SingleChoice(options)
                    | QuestionKind::MultipleChoice { options, .. }) = &question.kind
                    else {
                        return None;
                    };
                    let ids = places.iter().filter_map(|at| Some(options.get(*at)?.id));
                    let mut ids: Vec<u16> = ids.collect();
                    ids.sort_unstable();
                    Answer::Choices(ids)
                }
                Given::Number(number) => Answer::Number(number * 1_000_000),
                Given::Step(step) => Answer::Scale(*step),
                Given::Day(day) => Answer::Date(*day),
                Given::Text(text) => Answer::Text(text.clone()),
            };
            Some((question.id, answer))
        })
        .collect()
    }

    /// The answers as one line of the file that `majlis respond --file` reads: questions and
    /// options by number.
    #[must_use]
    pub fn line(&self) -> Value {
        let each = self.given.iter().enumerate().filter_map(|(at, given)| {
            let value = match given.as_ref()? {
                Given::Options(places) => {
                    let each = places.iter().map(|at| (at + 1).to_string());
                    each.collect::<Vec<_>>().join("|")
                }
                Given::Number(number) => number.to_string(),
                Given::Step(step) => step.to_string(),
                Given::Day(day) => date(*day),
                Given::Text(text) => text.clone(),
            };
            Some(((at + 1).to_string(), Value::from(value)))
        });
        json!({ "answers": each.collect::<serde_json::Map<_, _>>() })
    }

    /// The answers as a program without our form would keep them: fields by name.
    #[must_use]
    pub fn plain(&self) -> Value {
        let each = self
            .given
            .iter()
            .zip(&QUESTIONS)
            .filter_map(|(given, question)| {
                let value = match given.as_ref()? {
                    Given::Options(places) => json!(places),
                    Given::Number(number) => json!(number),
                    Given::Step(step) => json!(step),
                    Given::Day(day) => json!(date(*day)),
                    Given::Text(text) => json!(text),
                };
                Some((question.name.to_owned(), value))
            });
        Value::Object(each.collect())
    }
}

/// A day since 1970 as people write it, by the rule of the civil calendar.
fn date(day: i32) -> String {
    let days = i64::from(day) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

impl Tongue {
    fn of<T>(self, three: &[T; 3]) -> &T {
        let [arabic, french, english] = three;
        match self {
            Self::Arabic => arabic,
            Self::French => french,
            Self::English => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_household_fits_the_form_in_every_language() {
        for tongue in [Tongue::Arabic, Tongue::French, Tongue::English] {
            let form = form(tongue);
            assert_eq!(form.questions.len(), 10);
            form.check().unwrap();
            for number in 0..500 {
                form.accepts(&household(7, number).answers(&form)).unwrap();
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_district() {
        assert_eq!(household(3, 9), household(3, 9));
        let others = (0..50).filter(|at| household(3, *at) != household(4, *at));
        assert!(others.count() > 45, "another seed is another district");
    }

    #[test]
    fn days_are_written_as_the_calendar_has_them() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(59), "1970-03-01");
        assert_eq!(date(20_780), "2026-11-23");
    }
}
