//! A consultation's form and answers in the words of other programs' forms.

use std::collections::BTreeMap;

use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind};
use majlis_core::id::QuestionId;
use majlis_core::record::Speaker;
use majlis_formats::answer::{Answers, Entry};
use majlis_formats::export::Response;
use majlis_formats::form as other;
use majlis_store::CountedRow;

use crate::plain::{self, value};

/// The one language of a consultation's texts, whichever it is.
const LANGUAGE: &str = "label";
/// The longest part of a column's name that a question gives, in characters.
const NAME: usize = 40;
/// The further column of an answer: how it was given.
pub(crate) const GIVEN: &str = "given";
/// What that means, in Arabic, French and English.
pub(crate) const GIVEN_MEANS: [&str; 3] = [
    "كيف أُعطي الجواب لمن أدخله: شفهيًا (spoken) أو على ورق (paper) أو بالهاتف (phone)",
    "comment la réponse a été donnée à qui l’a saisie : de vive voix (spoken), sur papier (paper), par téléphone (phone)",
    "how the answer was given to whoever entered it: spoken, on paper, by phone",
];

fn texts(text: &str) -> other::Texts {
    let text = text.trim();
    let each = (!text.is_empty()).then(|| (LANGUAGE.to_owned(), text.to_owned()));
    other::Texts(each.into_iter().collect())
}

/// The name of a question's column: its number, and the beginning of what is asked.
pub(crate) fn column(number: usize, question: &Question) -> String {
    let mut name = format!("q{number}");
    let words = question.label.split(|c: char| !c.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        if name.chars().count() + word.chars().count() >= NAME {
            break;
        }
        name.push('_');
        name.push_str(word);
    }
    name
}

/// Questions with their columns, in order.
fn columns(form: &Form) -> impl Iterator<Item = (String, &Question)> {
    let numbered = (1..).zip(&form.questions);
    numbered.map(|(number, question)| (column(number, question), question))
}

/// The form.
pub(crate) fn form(form: &Form, id: &str) -> other::Form {
    let mut whole = other::Form {
        settings: other::Settings {
            title: form.title.clone(),
            id: id.to_owned(),
            ..other::Settings::default()
        },
        languages: vec![other::Language::named(LANGUAGE)],
        ..other::Form::default()
    };
    for (name, question) in columns(form) {
        let list = name.clone();
        let mut listed = |options: &[Choice]| {
            let choices = options.iter().map(|option| other::Choice {
                name: option.id.to_string(),
                label: texts(&option.label),
                ..other::Choice::default()
            });
            whole.lists.push(other::ChoiceList {
                name: list.clone(),
                choices: choices.collect(),
            });
        };
        let kind = match &question.kind {
            // Points and votes as text: options or statements with what they were given.
            QuestionKind::Text | QuestionKind::Points { .. } | QuestionKind::Statements => {
                other::Kind::Text
            }
            QuestionKind::Number { .. } => other::Kind::Decimal,
            QuestionKind::SingleChoice(options) => {
                listed(options);
                let or_other = false;
                other::Kind::SelectOne { list, or_other }
            }
            QuestionKind::MultipleChoice { options, .. } => {
                listed(options);
                let or_other = false;
                other::Kind::SelectMultiple { list, or_other }
            }
            QuestionKind::Scale { .. } => other::Kind::Integer,
            QuestionKind::Date => other::Kind::Date,
            QuestionKind::Photo => other::Kind::Image,
            QuestionKind::Sound => other::Kind::Audio,
            QuestionKind::Ranking(options) => {
                listed(options);
                other::Kind::Rank { list }
            }
        };
        let mut item = other::Item::new(&name, kind);
        item.label = texts(&question.label);
        item.hint = texts(&question.hint);
        whole.items.push(item);
    }
    whole
}

fn text(answer: &Answer) -> String {
    match answer {
        Answer::Text(text) => text.clone(),
        Answer::Number(millionths) => value::decimal(*millionths),
        Answer::Choices(chosen) | Answer::Ranking(chosen) => {
            let chosen: Vec<String> = chosen.iter().map(ToString::to_string).collect();
            chosen.join(" ")
        }
        Answer::Points(points) => {
            let points = points.iter().map(|(id, given)| format!("{id}:{given}"));
            points.collect::<Vec<_>>().join(" ")
        }
        Answer::Votes(votes) => {
            let votes = votes.iter().map(|(id, vote)| format!("{id}:{vote}"));
            votes.collect::<Vec<_>>().join(" ")
        }
        Answer::Scale(step) => step.to_string(),
        Answer::Date(days) => value::date(*days),
        Answer::Photo(photo) => photo.full.to_string(),
        Answer::Sound(sound) => sound.to_string(),
    }
}

/// An answer that counts.
pub(crate) fn response(form: &Form, row: &CountedRow) -> Response {
    let names: BTreeMap<QuestionId, String> = columns(form)
        .map(|(name, question)| (question.id, name))
        .collect();
    let answers = row.response.answers.iter().filter_map(|(id, answer)| {
        let name = names.get(id)?.clone();
        Some((name, Entry::Text(text(answer))))
    });
    let answers = Answers(answers.collect());
    let assisted = match &row.response.speaker {
        Speaker::New { assisted, .. } => Some(assisted),
        Speaker::Known(known) => known.assisted(),
    };
    let given = assisted.map(|assisted| {
        let mode = plain::mode_name(assisted.mode);
        let word = serde_json::to_value(mode).unwrap_or_default();
        (
            GIVEN.to_owned(),
            word.as_str().unwrap_or_default().to_owned(),
        )
    });
    let channel = if row.assisted { "assisted" } else { "self" };
    Response {
        id: row.slot.to_string(),
        submitted_at: row.claimed.map(|time| moment(time.0)).unwrap_or_default(),
        channel: channel.to_owned(),
        conflict: row.beside > 0,
        ever_corrected: row.replaced > 0,
        attributes: given.into_iter().collect(),
        answers,
    }
}

/// Milliseconds since 1970 in ISO 8601; nothing for a time that no calendar has.
pub(crate) fn moment(millis: u64) -> String {
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_millisecond(millis);
    time.map(|time| time.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use majlis_core::consultation::{Activity, Stage};

    use super::*;

    fn asked(label: &str, kind: QuestionKind) -> Question {
        Question {
            id: QuestionId::from_bytes([7; 8]),
            label: label.to_owned(),
            hint: String::new(),
            required: false,
            kind,
        }
    }

    #[test]
    fn columns_are_named_by_what_is_asked_in_any_script() {
        let text = |label: &str| column(3, &asked(label, QuestionKind::Text));
        assert_eq!(text("Where to?  (street)"), "q3_Where_to_street");
        assert_eq!(text("أين تسكن؟"), "q3_أين_تسكن");
        assert_eq!(text("؟"), "q3");
        assert!(text(&"long words ".repeat(30)).chars().count() <= NAME);
    }

    #[test]
    fn every_kind_of_question_makes_a_form_whose_logic_holds() {
        let options = vec![Choice {
            id: 1,
            label: "نعم".to_owned(),
        }];
        let kinds = vec![
            QuestionKind::Text,
            QuestionKind::Number {
                min: None,
                max: None,
            },
            QuestionKind::SingleChoice(options.clone()),
            QuestionKind::MultipleChoice {
                options: options.clone(),
                most: 0,
            },
            QuestionKind::Ranking(options),
            QuestionKind::Scale {
                from: 1,
                to: 5,
                low: String::new(),
                high: String::new(),
            },
            QuestionKind::Date,
            QuestionKind::Photo,
            QuestionKind::Sound,
        ];
        let whole = Form {
            title: "الماء".to_owned(),
            description: String::new(),
            audience: String::new(),
            stage: Stage::Consult,
            questions: kinds.into_iter().map(|kind| asked("سؤال", kind)).collect(),
            activity: Activity::default(),
        };
        let other = form(&whole, "id");
        assert_eq!(other.items.len(), 9);
        majlis_formats::Logic::new(&other).unwrap();
    }
}
