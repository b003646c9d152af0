//! From an XLSForm to the draft of a consultation, as far as a consultation can ask the same.

use anyhow::bail;
use majlis_formats::form::{Form, Item, Kind, Texts};
use majlis_node::api::process::{
    ChoiceView, ConsultationDraft, QuestionKindView, QuestionView, StageName,
};

/// The draft. Groups are taken apart, and notes become the description.
pub(crate) fn draft(
    form: &Form,
    language: Option<&str>,
    stage: StageName,
) -> anyhow::Result<ConsultationDraft> {
    let language = match language {
        None => form.first_language(),
        Some(wanted) => {
            let by_name = form.languages.iter().find(|one| one.name == wanted);
            let by_code =
                |one: &&majlis_formats::form::Language| one.code.as_deref() == Some(wanted);
            let found = by_name.or_else(|| form.languages.iter().find(by_code));
            let Some(found) = found else {
                let names: Vec<&str> = form.languages.iter().map(|one| one.name.as_str()).collect();
                bail!(
                    "the form has no language {wanted:?}, but {}",
                    names.join(", ")
                );
            };
            &found.name
        }
    };
    let mut reading = Reading {
        form,
        language,
        questions: Vec::new(),
        notes: Vec::new(),
        group: String::new(),
        problems: Vec::new(),
    };
    reading.items(&form.items);
    if !reading.problems.is_empty() {
        bail!(
            "a consultation cannot ask all of this form yet:\n{}",
            reading.problems.join("\n")
        );
    }
    Ok(ConsultationDraft {
        title: form.settings.title.clone(),
        description: reading.notes.join("\n"),
        audience: String::new(),
        stage,
        questions: reading.questions,
        activity: None,
    })
}

struct Reading<'a> {
    form: &'a Form,
    language: &'a str,
    questions: Vec<QuestionView>,
    notes: Vec<String>,
    /// The label of the group around.
    group: String,
    problems: Vec<String>,
}

impl Reading<'_> {
    fn said(&self, texts: &Texts) -> String {
        texts
            .in_language(self.language)
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    fn problem(&mut self, item: &Item, what: &str) {
        let row = item.row.0.map(|row| format!("row {row}, "));
        let line = format!("{}{}: {what}", row.unwrap_or_default(), item.name);
        self.problems.push(line);
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            let rules = &item.rules;
            for (rule, name) in [
                (&rules.relevant, "is shown under a condition"),
                (&rules.constraint, "has a condition for its answer"),
                (&rules.choice_filter, "offers choices under a condition"),
                (&rules.calculation, "is computed"),
                (&rules.default, "has a first value"),
                (&rules.read_only, "is only shown"),
            ] {
                if rule.is_some() {
                    self.problem(item, name);
                }
            }
            let texts = [&item.label, &item.hint];
            if texts.iter().any(|texts| self.said(texts).contains("${")) {
                self.problem(item, "shows another answer in its text");
            }
            if !item.media.is_empty() {
                self.problem(item, "has a picture or a sound");
            }
            match &item.kind {
                Kind::Group => {
                    let label = self.said(&item.label);
                    let outside = std::mem::replace(&mut self.group, label);
                    self.items(&item.items);
                    self.group = outside;
                }
                Kind::Note => {
                    let note = self.said(&item.label);
                    self.notes.push(note);
                }
                // What a device would add by itself, a consultation has in another way or not at all.
                Kind::Metadata { .. } => {}
                _ => self.question(item),
            }
        }
    }

    fn question(&mut self, item: &Item) {
        let Some(kind) = self.kind(item) else {
            self.problem(item, "is of a kind that a consultation does not have yet");
            return;
        };
        let required = match item.rules.required.as_deref().map(str::trim) {
            None | Some("" | "false()" | "no") => false,
            Some("true()" | "yes") => true,
            Some(_) => {
                self.problem(item, "must be answered under a condition");
                return;
            }
        };
        let mut label = self.said(&item.label);
        if label.is_empty() {
            label.clone_from(&item.name);
        }
        if !self.group.is_empty() {
            label = format!("{}: {label}", self.group);
        }
        self.questions.push(QuestionView {
            id: String::new(),
            label,
            hint: self.said(&item.hint),
            required,
            kind,
        });
    }

    fn options(&self, list: &str) -> Option<Vec<ChoiceView>> {
        let choices = &self.form.list(list)?.choices;
        let each = choices.iter().map(|choice| {
            let label = self.said(&choice.label);
            ChoiceView {
                id: 0,
                label: if label.is_empty() {
                    choice.name.clone()
                } else {
                    label
                },
                project: None,
            }
        });
        Some(each.collect())
    }

    fn kind(&self, item: &Item) -> Option<QuestionKindView> {
        let (min, max) = (None, None);
        Some(match &item.kind {
            Kind::Text => QuestionKindView::Text,
            Kind::Integer | Kind::Decimal => QuestionKindView::Number { min, max },
            Kind::SelectOne {
                list,
                or_other: false,
            } => QuestionKindView::SingleChoice {
                options: self.options(list)?,
            },
            Kind::SelectMultiple {
                list,
                or_other: false,
            } => QuestionKindView::MultipleChoice {
                options: self.options(list)?,
                most: 0,
            },
            Kind::Range => {
                let part = |name: &str, otherwise: &str| {
                    let text = item.parameters.get(name).map_or(otherwise, String::as_str);
                    text.trim().parse::<i16>().ok()
                };
                if part("step", "1")? != 1 {
                    return None;
                }
                QuestionKindView::Scale {
                    from: part("start", "1")?,
                    to: part("end", "10")?,
                    low: String::new(),
                    high: String::new(),
                }
            }
            Kind::Date => QuestionKindView::Date,
            Kind::Image => QuestionKindView::Photo,
            Kind::Audio => QuestionKindView::Sound,
            _ => return None,
        })
    }
}
