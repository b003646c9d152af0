//! What questions are called by expressions, tables and files of answers.

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::{Form, Question, QuestionKind};
use majlis_core::id::QuestionId;

/// The longest part of a column's name that a question gives, in characters.
const NAME: usize = 40;

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

/// The names of a form's questions, and where each stands.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    names: BTreeMap<QuestionId, Named>,
    /// By the repeat around and the path of names in it.
    by_path: BTreeMap<(Option<QuestionId>, String), usize>,
}

#[derive(Clone, Debug)]
struct Named {
    name: String,
    /// The names from the repeat around, or from the form, to here.
    path: String,
    repeat: Option<QuestionId>,
    is_repeat: bool,
}

impl Names {
    pub(crate) fn of(form: &Form) -> Self {
        let mut taken: BTreeSet<(Option<QuestionId>, String)> = form
            .questions
            .iter()
            .filter(|question| !question.details.name.is_empty())
            .map(|question| (question.details.part_of, question.details.name.clone()))
            .collect();
        let mut names: BTreeMap<QuestionId, Named> = BTreeMap::new();
        let mut by_path = BTreeMap::new();
        for (at, question) in form.questions.iter().enumerate() {
            let part_of = question.details.part_of;
            let mut name = question.details.name.clone();
            if name.is_empty() {
                name = column(at + 1, question);
                while !taken.insert((part_of, name.clone())) {
                    name.push('_');
                }
            }
            let around = part_of.and_then(|id| Some((id, names.get(&id)?)));
            let (repeat, before) = match around {
                None => (None, String::new()),
                Some((id, section)) if section.is_repeat => (Some(id), String::new()),
                Some((_, section)) => (section.repeat, format!("{}/", section.path)),
            };
            let path = format!("{before}{name}");
            by_path.insert((repeat, path.clone()), at);
            let is_repeat = matches!(question.kind, QuestionKind::Repeat);
            names.insert(
                question.id,
                Named {
                    name,
                    path,
                    repeat,
                    is_repeat,
                },
            );
        }
        Self { names, by_path }
    }

    /// What a question is called.
    pub(crate) fn name(&self, id: QuestionId) -> &str {
        self.names.get(&id).map_or("", |named| &named.name)
    }

    /// The names from the repeat around it, or from the form, to it.
    pub(crate) fn path(&self, id: QuestionId) -> Option<&str> {
        Some(&self.names.get(&id)?.path)
    }

    /// The place in the form of what is at a path in a repeat, or in the form.
    pub(crate) fn at(&self, repeat: Option<QuestionId>, path: &str) -> Option<usize> {
        self.by_path.get(&(repeat, path.to_owned())).copied()
    }

    /// The place in the form of what stands at a path of a filling, `/member[2]/age`.
    pub(crate) fn at_filling(&self, path: &str) -> Option<usize> {
        let (mut repeat, mut inner) = (None, String::new());
        let mut found = None;
        for step in path.split('/').filter(|step| !step.is_empty()) {
            let name = step.split('[').next().unwrap_or_default();
            if !inner.is_empty() {
                inner.push('/');
            }
            inner.push_str(name);
            found = Some(self.at(repeat, &inner)?);
            if step.contains('[') {
                let id = self.names.iter().find(|(_, named)| {
                    named.is_repeat && named.repeat == repeat && named.path == inner
                });
                repeat = Some(*id?.0);
                inner.clear();
            }
        }
        found
    }
}
