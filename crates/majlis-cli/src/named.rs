//! Answers by the names that a form gives its questions, as `majlis form simulate` writes them, turned
//! into answers of a consultation: paths of names, what is stored of options, rows of repeats in lists.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ChoiceView, ConsultationDraft, PlaceView, QuestionKindView, QuestionView,
};
use serde_json::{Map, Value};

/// Questions by the repeat around and the path of names in it.
pub(crate) struct Names<'f>(BTreeMap<(Option<&'f str>, String), &'f QuestionView>);

impl<'f> Names<'f> {
    pub(crate) fn of(form: &'f ConsultationDraft) -> Self {
        let mut places: BTreeMap<&str, (Option<&str>, String)> = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (at, question) in form.questions.iter().enumerate() {
            let details = question.details.as_deref();
            let name = details.map(|details| details.name.clone());
            let name = name.filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| (at + 1).to_string());
            let around = details.and_then(|details| details.part_of.as_deref());
            let section = around.and_then(|id| form.questions.iter().find(|it| it.id == id));
            let (repeat, path) = match section {
                None => (None, name),
                Some(section) if section.kind == QuestionKindView::Repeat => {
                    (Some(section.id.as_str()), name)
                }
                Some(section) => {
                    let (repeat, path) =
                        places.get(section.id.as_str()).cloned().unwrap_or_default();
                    (repeat, format!("{path}/{name}"))
                }
            };
            places.insert(&question.id, (repeat, path.clone()));
            names.insert((repeat, path), question);
        }
        Self(names)
    }

    /// The answers of one response.
    pub(crate) fn answers(&self, given: &Map<String, Value>) -> anyhow::Result<Vec<AnswerTo>> {
        self.inside(None, given)
    }

    fn inside(
        &self,
        repeat: Option<&str>,
        given: &Map<String, Value>,
    ) -> anyhow::Result<Vec<AnswerTo>> {
        let mut out = Vec::new();
        for (path, value) in given {
            let question = self.0.get(&(repeat, path.clone()));
            let question = question.with_context(|| format!("no such question: {path}"))?;
            let value = match value {
                Value::Null => continue,
                Value::Array(rows) if question.kind == QuestionKindView::Repeat => {
                    let rows = rows.iter().map(|row| {
                        let row = row.as_object();
                        let row = row.with_context(|| format!("a row of {path} is no object"))?;
                        self.inside(Some(&question.id), row)
                    });
                    AnswerValue::Rows(rows.collect::<anyhow::Result<_>>()?)
                }
                Value::Array(list) => {
                    let words = list.iter().map(|one| match one {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    });
                    let words: Vec<String> = words.collect();
                    self::value(question, &words.join(" "))?
                }
                Value::String(text) if text.trim().is_empty() => continue,
                Value::String(text) => self::value(question, text)?,
                other => self::value(question, &other.to_string())?,
            };
            out.push(AnswerTo {
                question: question.id.clone(),
                value,
            });
        }
        Ok(out)
    }
}

/// An answer from the text in which other programs store it.
pub(crate) fn value(question: &QuestionView, text: &str) -> anyhow::Result<AnswerValue> {
    let text = text.trim();
    let all = |options: &[ChoiceView]| {
        let ids = text.split_whitespace().map(|name| option(options, name));
        ids.collect::<anyhow::Result<Vec<u16>>>()
    };
    Ok(match &question.kind {
        QuestionKindView::SingleChoice { options }
        | QuestionKindView::MultipleChoice { options, .. } => AnswerValue::Choices(all(options)?),
        QuestionKindView::Ranking { options } => AnswerValue::Ranking(all(options)?),
        QuestionKindView::Number { .. }
        | QuestionKindView::WholeNumber { .. }
        | QuestionKindView::Range { .. } => AnswerValue::Number(text.to_owned()),
        QuestionKindView::Scale { .. } => {
            AnswerValue::Scale(text.parse().context("a step of a scale")?)
        }
        QuestionKindView::Date => AnswerValue::Date(text.to_owned()),
        QuestionKindView::Time => AnswerValue::Time(text.to_owned()),
        QuestionKindView::DateTime => AnswerValue::DateTime(text.to_owned()),
        QuestionKindView::Place => {
            let mut parts = text.split([' ', ',']).filter(|part| !part.is_empty());
            let mut next = || parts.next().unwrap_or_default().to_owned();
            AnswerValue::Place(PlaceView {
                latitude: next(),
                longitude: next(),
                altitude: next(),
                accuracy: next(),
            })
        }
        QuestionKindView::Acknowledge => AnswerValue::Acknowledged,
        // A photo or a sound is a file, which is kept before the answer is handed in.
        QuestionKindView::Text
        | QuestionKindView::Photo
        | QuestionKindView::Sound
        | QuestionKindView::Barcode
        | QuestionKindView::Calculate
        | QuestionKindView::Hidden
        | QuestionKindView::Metadata { .. }
        | QuestionKindView::Other { .. } => AnswerValue::Text(text.to_owned()),
        QuestionKindView::Points { options, .. } => {
            let each = text.split_whitespace().map(|one| {
                let (name, given) = one.rsplit_once(':').context("points are OPTION:POINTS")?;
                Ok((option(options, name)?, given.parse().context("points")?))
            });
            AnswerValue::Points(each.collect::<anyhow::Result<_>>()?)
        }
        QuestionKindView::Statements => {
            let each = text.split_whitespace().map(|one| {
                let (id, vote) = one.rsplit_once(':').context("votes are STATEMENT:VOTE")?;
                Ok((id.to_owned(), vote.parse().context("a vote")?))
            });
            AnswerValue::Votes(each.collect::<anyhow::Result<_>>()?)
        }
        QuestionKindView::Group | QuestionKindView::Repeat | QuestionKindView::Note => {
            bail!("{} takes no answer", question.label)
        }
    })
}

/// An option by what is stored of it.
fn option(options: &[ChoiceView], name: &str) -> anyhow::Result<u16> {
    let stored = |option: &&ChoiceView| {
        let details = option.details.as_deref();
        let own = details.map(|details| details.name.as_str());
        match own.filter(|own| !own.is_empty()) {
            Some(own) => own == name,
            None => option.id.to_string() == name,
        }
    };
    let found = options.iter().find(stored);
    let found = found.with_context(|| format!("no such option: {name}"))?;
    Ok(found.id)
}
