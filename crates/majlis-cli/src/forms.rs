//! Questions and answers as people type them on a command line. Not here: what a form accepts,
//! which the core decides.

use anyhow::{Context as _, anyhow, bail};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ChoiceView, ConsultationDraft, QuestionKindView, QuestionView,
};
use majlis_node::api::{ApiError, ErrorCode};
use serde::Deserialize;
use serde_json::Value;

/// What is wrong with something that was typed, as the node would say it.
pub(crate) fn mistyped(error: &anyhow::Error) -> anyhow::Error {
    ApiError::new(ErrorCode::BadInput, format!("{error:#}")).into()
}

/// Reads `TYPE[!]:LABEL[:OPTIONS]`; a colon inside the label is written `\:`.
pub(crate) fn question(text: &str) -> anyhow::Result<QuestionView> {
    let mut parts = split(text).into_iter();
    let kind = parts.next().unwrap_or_default();
    let label = parts.next().filter(|label| !label.trim().is_empty());
    let label = label.with_context(|| format!("a question without a label: {text}"))?;
    let options = parts.next();
    let extra = parts.next();
    let (kind, required) = match kind.strip_suffix('!') {
        Some(kind) => (kind.to_owned(), true),
        None => (kind, false),
    };
    let list = || -> anyhow::Result<Vec<ChoiceView>> {
        let options = options.as_deref().context("a choice without options")?;
        Ok(options
            .split('|')
            .map(|label| ChoiceView {
                id: 0,
                label: label.trim().to_owned(),
                project: None,
                details: None,
            })
            .collect())
    };
    let range = || options.as_deref().and_then(|range| range.split_once(".."));
    let kind = match kind.as_str() {
        "text" => QuestionKindView::Text,
        "date" => QuestionKindView::Date,
        "photo" => QuestionKindView::Photo,
        "sound" => QuestionKindView::Sound,
        "note" => QuestionKindView::Note,
        "time" => QuestionKindView::Time,
        "date-time" => QuestionKindView::DateTime,
        "place" => QuestionKindView::Place,
        "acknowledge" => QuestionKindView::Acknowledge,
        "whole" => {
            let (min, max) = range().unwrap_or_default();
            let bound = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            QuestionKindView::WholeNumber {
                min: bound(min),
                max: bound(max),
            }
        }
        "number" => {
            let (min, max) = range().unwrap_or_default();
            let bound = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            QuestionKindView::Number {
                min: bound(min),
                max: bound(max),
            }
        }
        "single" => QuestionKindView::SingleChoice { options: list()? },
        "multiple" => QuestionKindView::MultipleChoice {
            options: list()?,
            most: 0,
        },
        "ranking" => QuestionKindView::Ranking { options: list()? },
        "points" => {
            let number = |text: Option<&str>| match text.map(str::trim) {
                None | Some("") => Ok(0),
                Some(text) => text.parse().context("the most points"),
            };
            QuestionKindView::Points {
                options: list()?,
                each: number(extra.as_deref())?,
                all: number(parts.next().as_deref())?,
                squared: false,
            }
        }
        "statements" => QuestionKindView::Statements,
        "scale" => {
            let (from, to) = range().unwrap_or(("1", "5"));
            let (low, high) = extra
                .as_deref()
                .and_then(|ends| ends.split_once('|'))
                .unwrap_or_default();
            QuestionKindView::Scale {
                from: from.trim().parse().context("the lowest step of a scale")?,
                to: to.trim().parse().context("the highest step of a scale")?,
                low: low.to_owned(),
                high: high.to_owned(),
            }
        }
        other => bail!(
            "no such type of question: {other}; write TYPE:LABEL, or TYPE!:LABEL when it must be \
             answered, with a TYPE of `majlis consultation new --help`"
        ),
    };
    Ok(QuestionView {
        id: String::new(),
        label,
        hint: String::new(),
        required,
        kind,
        details: None,
    })
}

fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' => parts.push(String::new()),
            '\\' => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.extend(chars.next())),
            _ => parts.last_mut().into_iter().for_each(|part| part.push(c)),
        }
    }
    parts
}

/// Reads `QUESTION=VALUE`.
pub(crate) fn answer(form: &ConsultationDraft, text: &str) -> anyhow::Result<AnswerTo> {
    // A label may hold an equals sign: the longest left side that names a question wins.
    let found = text.match_indices('=').rev().find_map(|(at, _)| {
        let (name, value) = text.split_at_checked(at)?;
        Some((find(form, name.trim())?, value.get(1..).unwrap_or_default()))
    });
    let (question, value) =
        found.with_context(|| format!("no question of the form is named in {text:?}"))?;
    value_for(question, value)
}

/// A question by number from 1, id, whole label, or a beginning of the label that only one has.
fn find<'a>(form: &'a ConsultationDraft, name: &str) -> Option<&'a QuestionView> {
    let questions = &form.questions;
    if let Some(question) = questions.iter().find(|q| q.id == name) {
        return Some(question);
    }
    if let Some(at) = name.parse::<usize>().ok().and_then(|n| n.checked_sub(1)) {
        return questions.get(at);
    }
    if name.is_empty() {
        return None;
    }
    let named = |q: &&QuestionView| q.details.as_ref().is_some_and(|it| it.name == name);
    let whole = questions.iter().find(named);
    let whole = whole.or_else(|| questions.iter().find(|q| q.label == name));
    whole.or_else(|| {
        let mut starting = questions.iter().filter(|q| q.label.starts_with(name));
        starting.next().filter(|_| starting.next().is_none())
    })
}

fn value_for(question: &QuestionView, text: &str) -> anyhow::Result<AnswerTo> {
    let text = text.trim();
    let value = match &question.kind {
        // A photo or a sound is a file, which is kept before the answer is handed in.
        QuestionKindView::Text | QuestionKindView::Photo | QuestionKindView::Sound => {
            AnswerValue::Text(text.to_owned())
        }
        QuestionKindView::Number { .. } => AnswerValue::Number(text.to_owned()),
        QuestionKindView::SingleChoice { options } => {
            AnswerValue::Choices(vec![option(options, text)?])
        }
        QuestionKindView::MultipleChoice { options, .. } => {
            let chosen: Result<Vec<u16>, _> =
                text.split('|').map(|each| option(options, each)).collect();
            AnswerValue::Choices(chosen?)
        }
        QuestionKindView::Scale { .. } => AnswerValue::Scale(
            text.parse()
                .with_context(|| format!("no step of a scale: {text}"))?,
        ),
        QuestionKindView::Date => AnswerValue::Date(text.to_owned()),
        QuestionKindView::Ranking { options } => {
            let order: Result<Vec<u16>, _> =
                text.split('|').map(|each| option(options, each)).collect();
            AnswerValue::Ranking(order?)
        }
        QuestionKindView::Points { options, .. } => {
            let each = text.split('|').map(|one| {
                let (name, given) = one.rsplit_once(':').context("points are OPTION:POINTS")?;
                Ok((
                    option(options, name)?,
                    given.trim().parse().context("points")?,
                ))
            });
            AnswerValue::Points(each.collect::<anyhow::Result<_>>()?)
        }
        QuestionKindView::Statements => {
            let each = text.split('|').map(|one| {
                let (id, vote) = one.rsplit_once(':').context("votes are STATEMENT:VOTE")?;
                Ok((id.trim().to_owned(), vote.trim().parse().context("a vote")?))
            });
            AnswerValue::Votes(each.collect::<anyhow::Result<_>>()?)
        }
        QuestionKindView::WholeNumber { .. }
        | QuestionKindView::Range { .. }
        | QuestionKindView::Time
        | QuestionKindView::DateTime
        | QuestionKindView::Place
        | QuestionKindView::Barcode
        | QuestionKindView::Acknowledge
        | QuestionKindView::Calculate
        | QuestionKindView::Hidden
        | QuestionKindView::Metadata { .. }
        | QuestionKindView::Other { .. } => crate::named::value(question, text)?,
        QuestionKindView::Group | QuestionKindView::Repeat | QuestionKindView::Note => {
            bail!(
                "{} takes no answer of its own; rows are given with --named",
                question.label
            )
        }
    };
    Ok(AnswerTo {
        question: question.id.clone(),
        value,
    })
}

/// An option by its label, or by its number from 1.
fn option(options: &[ChoiceView], text: &str) -> anyhow::Result<u16> {
    let text = text.trim();
    let number = || {
        text.parse::<usize>()
            .ok()
            .and_then(|n| options.get(n.checked_sub(1)?))
    };
    // What a form calls an option says more than its place does.
    let named = |option: &&ChoiceView| {
        let details = option.details.as_deref();
        details.is_some_and(|details| !details.name.is_empty() && details.name == text)
    };
    let found = options
        .iter()
        .find(|option| option.label == text)
        .or_else(|| options.iter().find(named))
        .or_else(number);
    found
        .map(|option| option.id)
        .ok_or_else(|| anyhow!("no such option: {text}"))
}

/// One line of an answers file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    answers: serde_json::Map<String, Value>,
    /// What helps to find the person again.
    #[serde(default)]
    pub(crate) note: String,
    /// The slot to correct.
    #[serde(default)]
    pub(crate) slot: Option<String>,
}

impl Line {
    /// The answers as the form wants them.
    pub(crate) fn answers(&self, form: &ConsultationDraft) -> anyhow::Result<Vec<AnswerTo>> {
        let each = self.answers.iter().map(|(name, value)| {
            let question = find(form, name).with_context(|| format!("no such question: {name}"))?;
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Array(list) => {
                    let each = list
                        .iter()
                        .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
                    each.collect::<Vec<_>>().join("|")
                }
                other => other.to_string(),
            };
            value_for(question, &text)
        });
        each.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> ConsultationDraft {
        let mut questions: Vec<QuestionView> = [
            "single!:Where should the pump stand\\: north or south?:North|South",
            "multiple:What else?:Road|School|Health",
            "scale:How urgent?:1..5:not at all|very",
            "number:How many = people?:0..40",
            "date:Since when?",
            "text:Anything more?",
        ]
        .iter()
        .map(|text| question(text).unwrap())
        .collect();
        for (at, question) in questions.iter_mut().enumerate() {
            question.id = format!("{at:016x}");
            if let QuestionKindView::SingleChoice { options }
            | QuestionKindView::MultipleChoice { options, .. } = &mut question.kind
            {
                for (at, option) in options.iter_mut().enumerate() {
                    option.id = u16::try_from(at + 7).unwrap();
                }
            }
        }
        ConsultationDraft {
            details: None,
            title: String::new(),
            description: String::new(),
            audience: String::new(),
            stage: majlis_node::api::process::StageName::Consult,
            questions,
            activity: None,
        }
    }

    #[test]
    fn questions_read_as_typed() {
        let form = form();
        assert_eq!(
            form.questions[0].label,
            "Where should the pump stand: north or south?"
        );
        assert!(form.questions[0].required && !form.questions[1].required);
        assert_eq!(
            form.questions[2].kind,
            QuestionKindView::Scale {
                from: 1,
                to: 5,
                low: "not at all".into(),
                high: "very".into()
            }
        );
        assert_eq!(
            form.questions[3].kind,
            QuestionKindView::Number {
                min: Some("0".into()),
                max: Some("40".into())
            }
        );
        for bad in [
            "",
            "text",
            "text:",
            "poem:Write",
            "single:Which?",
            "scale:How?:x..y",
        ] {
            assert!(question(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn answers_find_their_question() {
        let form = form();
        let read = |text: &str| answer(&form, text).unwrap();
        assert_eq!(read("1=South").value, AnswerValue::Choices(vec![8]));
        assert_eq!(
            read("What else?=Road|3").value,
            AnswerValue::Choices(vec![7, 9])
        );
        assert_eq!(
            read("How many = people?=12").value,
            AnswerValue::Number("12".into())
        );
        assert_eq!(read("How urgent=4").value, AnswerValue::Scale(4));
        assert_eq!(
            read("0000000000000005=a=b").value,
            AnswerValue::Text("a=b".into())
        );
        for bad in ["South", "9=x", "How=1", "1=West", "=x", "3=many"] {
            assert!(answer(&form, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_line_of_json_is_an_answer() {
        let line: Line = serde_json::from_str(
            r#"{"answers": {"2": ["Road", "Health"], "3": 5, "5": "2024-02-29"}}"#,
        )
        .unwrap();
        let mut values: Vec<AnswerValue> = line
            .answers(&form())
            .unwrap()
            .into_iter()
            .map(|answer| answer.value)
            .collect();
        values.sort_by_key(|value| format!("{value:?}"));
        assert_eq!(
            values,
            [
                AnswerValue::Choices(vec![7, 9]),
                AnswerValue::Date("2024-02-29".into()),
                AnswerValue::Scale(5)
            ]
        );
        assert!(serde_json::from_str::<Line>(r#"{"answer": {}}"#).is_err());
    }
}
