//! Filling a form: an answer goes in, what it changes comes out.
//!
//! A screen may show one question at a time ([`Filling::next`]) or a whole page
//! ([`Filling::page`]); both are the same filling. What is hidden keeps its answer until the end,
//! so that going back and forth loses nothing, and no expression sees it meanwhile.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::answer::{Answer, AnswerError, Answers, Entry};
use crate::evaluate::{MAX_STEPS, Ref, Scope, Surroundings, Value};
use crate::expression::Expression;
use crate::form::{Kind, Metadata};
use crate::logic::{Logic, ROOT};

pub(crate) mod instance;
mod settle;
mod view;

use instance::Instance;
pub use view::{Offered, Question, Repeat};

/// Instances of one repeat.
pub const MAX_INSTANCES: usize = 10_000;

/// Where a question stands: names with the number of each repeat instance, `/member[2]/age`.
pub type AnswerPath = String;

/// A form being filled.
#[derive(Clone, Debug)]
pub struct Filling {
    logic: Arc<Logic>,
    instance: Instance,
    surroundings: Surroundings,
    language: String,
    random: Cell<u64>,
}

/// What one answer changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Questions that are asked now and were not before.
    pub shown: Vec<AnswerPath>,
    /// Questions that are not asked any more.
    pub hidden: Vec<AnswerPath>,
    /// Values that were computed, or emptied because their choice is not offered any more.
    pub computed: Vec<(AnswerPath, String)>,
    /// Repeats with another number of instances than before.
    pub repeats: Vec<AnswerPath>,
    /// Answers that break their rules now, among those that this change could touch.
    pub violations: Vec<Violation>,
}

/// An answer, or the lack of one, that the form does not accept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which question.
    pub path: AnswerPath,
    /// What is wrong.
    pub reason: Reason,
    /// What to show, in the language of the filling, if the form says it.
    pub message: Option<String>,
}

/// Why an answer is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// It must be answered.
    Required,
    /// It breaks the constraint.
    Constraint,
    /// It is not of the question's kind, or not offered.
    Malformed(AnswerError),
}

/// Why an answer was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SetError {
    /// There is no such question.
    #[error("there is no such question")]
    NoSuchPath,
    /// The form computes it, or does not let it be changed.
    #[error("this answer cannot be changed by hand")]
    ReadOnly,
    /// It is not of the question's kind.
    #[error("the answer is not of the kind that is asked")]
    Malformed(#[source] AnswerError),
    /// The form says how many instances there are.
    #[error("the form counts the instances itself")]
    Counted,
    /// There are as many instances as can be.
    #[error("there are too many instances")]
    TooMany,
}

impl Filling {
    /// Begins a response.
    #[must_use]
    pub fn start(logic: Arc<Logic>, surroundings: Surroundings) -> Self {
        let mut filling = Self::bare(logic, surroundings);
        filling.first_instances();
        filling.settle_all();
        filling
    }

    /// Goes on with a response. Its answers stand as they are; no first values are given.
    ///
    /// Answers to questions that the form does not have are left out, and named.
    #[must_use]
    pub fn resume(
        logic: Arc<Logic>,
        surroundings: Surroundings,
        answers: &Answers,
    ) -> (Self, Vec<String>) {
        let mut filling = Self::bare(logic, surroundings);
        let mut unknown = Vec::new();
        filling.fill(ROOT, "", answers, &mut unknown);
        for node in 0..instance::MAX_NODES {
            match filling.instance.node_mut(node) {
                Some(node) => node.fresh = false,
                None => break,
            }
        }
        filling.settle_all();
        (filling, unknown)
    }

    fn bare(logic: Arc<Logic>, surroundings: Surroundings) -> Self {
        Self {
            instance: Instance::new(&logic),
            language: logic.form().first_language().to_owned(),
            random: Cell::new(surroundings.seed),
            logic,
            surroundings,
        }
    }

    /// One instance of each repeat that the form does not count, as in Collect.
    fn first_instances(&mut self) {
        for repeat in 0..self.logic.parts().len() {
            let free = self
                .logic
                .part(repeat)
                .is_some_and(|part| part.item.kind == Kind::Repeat && part.count.is_none());
            let parent = self.logic.part(repeat).and_then(|part| part.parent);
            if let (true, Some(parent)) = (free, parent) {
                for parent in self.instance.of_item(parent) {
                    self.instance.add(&self.logic, repeat, parent);
                }
            }
        }
    }

    fn fill(&mut self, node: usize, around: &str, answers: &Answers, unknown: &mut Vec<String>) {
        for (key, entry) in &answers.0 {
            let Some((parent, item)) = self.find_below(node, key) else {
                unknown.push(format!("{around}{key}"));
                continue;
            };
            match entry {
                Entry::Text(text) => {
                    let target = self
                        .instance
                        .children(parent)
                        .iter()
                        .copied()
                        .find(|child| self.instance.item(*child) == item);
                    if let Some(node) = target.and_then(|node| self.instance.node_mut(node)) {
                        node.value.clone_from(text);
                    } else {
                        unknown.push(format!("{around}{key}"));
                    }
                }
                Entry::Repeat(instances) => {
                    for (number, inner) in (1..).zip(instances) {
                        if let Some(added) = self.instance.add(&self.logic, item, parent) {
                            self.fill(added, &format!("{around}{key}[{number}]/"), inner, unknown);
                        }
                    }
                }
            }
        }
    }

    /// The node around an item and the item, for a path of names below a node.
    fn find_below(&self, node: usize, path: &str) -> Option<(usize, usize)> {
        let (mut node, mut names) = (node, path.split('/').peekable());
        loop {
            let name = names.next()?;
            let item = self
                .logic
                .part(self.instance.item(node))?
                .children
                .iter()
                .copied()
                .find(|child| {
                    self.logic
                        .part(*child)
                        .is_some_and(|part| part.item.name == name)
                })?;
            if names.peek().is_none() {
                return Some((node, item));
            }
            node = self
                .instance
                .children(node)
                .iter()
                .copied()
                .find(|child| self.instance.item(*child) == item)?;
        }
    }

    /// The form.
    #[must_use]
    pub fn logic(&self) -> &Arc<Logic> {
        &self.logic
    }

    /// Shows texts in a language, by the name that the form gives it.
    pub fn speak(&mut self, language: &str) {
        language.clone_into(&mut self.language);
    }

    /// The canonical answer at a path; empty where there is none.
    #[must_use]
    pub fn answer(&self, path: &str) -> &str {
        self.at(path).map_or("", |node| self.instance.value(node))
    }

    /// Gives an answer, or takes it away with an empty text.
    ///
    /// An answer that breaks its constraint is kept and named among the violations: whoever fills
    /// sees it while mending it.
    ///
    /// # Errors
    ///
    /// If there is no such question, or it is not to be changed, or the text is not of its kind.
    pub fn set(&mut self, path: &str, text: &str) -> Result<Changes, SetError> {
        let node = self.at(path).ok_or(SetError::NoSuchPath)?;
        let index = self.instance.item(node);
        let part = self.logic.part(index).ok_or(SetError::NoSuchPath)?;
        let computed = part.calculation.is_some() && part.triggers.is_empty();
        if !part.item.kind.is_asked() || computed || self.is_read_only(node) {
            return Err(SetError::ReadOnly);
        }
        let canonical = match Answer::read(&part.item, text).map_err(SetError::Malformed)? {
            None => String::new(),
            Some(answer) => {
                self.check_offered(node, &answer)
                    .map_err(SetError::Malformed)?;
                answer.to_string()
            }
        };
        if canonical == self.instance.value(node) {
            let violations = self.violation(node).into_iter().collect();
            return Ok(Changes {
                violations,
                ..Changes::default()
            });
        }
        if let Some(node) = self.instance.node_mut(node) {
            node.value = canonical;
        }
        let mut changed = BTreeSet::from([index]);
        changed.extend(self.run_triggered(index, node));
        let mut changes = self.settle(&changed);
        if let Some(violation) = self.violation(node)
            && !changes.violations.contains(&violation)
        {
            changes.violations.insert(0, violation);
        }
        Ok(changes)
    }

    /// Adds an instance of a repeat; `path` names the repeat, `/member`, or any instance of it.
    ///
    /// # Errors
    ///
    /// If there is no such repeat, the form counts its instances itself, or there are too many.
    pub fn add_instance(&mut self, path: &str) -> Result<(AnswerPath, Changes), SetError> {
        let (parent, repeat) = self.repeat_at(path)?;
        if self
            .logic
            .part(repeat)
            .is_some_and(|part| part.count.is_some())
        {
            return Err(SetError::Counted);
        }
        if self.instances(parent, repeat).len() >= MAX_INSTANCES {
            return Err(SetError::TooMany);
        }
        let added = self
            .instance
            .add(&self.logic, repeat, parent)
            .ok_or(SetError::TooMany)?;
        self.first_instances_in(added);
        let mut changed = self.items_in(repeat);
        changed.insert(repeat);
        let mut changes = self.settle(&changed);
        changes.repeats.push(self.path_of(added));
        Ok((self.path_of(added), changes))
    }

    /// Takes an instance of a repeat away, with all its answers.
    ///
    /// # Errors
    ///
    /// If there is no such instance, or the form counts them itself.
    pub fn remove_instance(&mut self, path: &str) -> Result<Changes, SetError> {
        let node = self.at(path).ok_or(SetError::NoSuchPath)?;
        let repeat = self.instance.item(node);
        match self.logic.part(repeat) {
            Some(part) if part.item.kind == Kind::Repeat && part.count.is_none() => {}
            Some(part) if part.item.kind == Kind::Repeat => return Err(SetError::Counted),
            Some(_) | None => return Err(SetError::NoSuchPath),
        }
        self.instance.remove(node);
        let mut changed = self.items_in(repeat);
        changed.insert(repeat);
        let mut changes = self.settle(&changed);
        changes.repeats.push(path.to_owned());
        Ok(changes)
    }

    /// Ends a response: all answers that are asked for, without what is hidden.
    ///
    /// # Errors
    ///
    /// Every answer that the form does not accept, in order. The filling stays as it is.
    pub fn finish(&mut self) -> Result<Answers, Vec<Violation>> {
        if let Some(now) = self.surroundings.now {
            for (index, part) in self.logic.clone().parts().iter().enumerate() {
                let end = Kind::Metadata {
                    what: Metadata::End,
                };
                if part.item.kind == end {
                    for node in self.instance.of_item(index) {
                        if let Some(node) = self.instance.node_mut(node) {
                            node.value = now.to_string();
                        }
                    }
                    self.settle(&BTreeSet::from([index]));
                }
            }
        }
        let violations = self.violations();
        if violations.is_empty() {
            Ok(self.answers())
        } else {
            Err(violations)
        }
    }

    /// Every answer that the form does not accept, in order.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.walk()
            .into_iter()
            .filter_map(|node| self.violation(node))
            .collect()
    }

    /// The answers as they stand, without what is hidden: a draft, or what was finished.
    #[must_use]
    pub fn answers(&self) -> Answers {
        self.answers_below(ROOT, "")
    }

    fn answers_below(&self, node: usize, around: &str) -> Answers {
        let mut answers = Answers::default();
        for child in self.instance.children(node) {
            let (Some(part), Some(held)) = (
                self.logic.part(self.instance.item(*child)),
                self.instance.node(*child),
            ) else {
                continue;
            };
            if !held.relevant {
                continue;
            }
            let key = format!("{around}{}", part.item.name);
            match part.item.kind {
                Kind::Group => {
                    answers
                        .0
                        .extend(self.answers_below(*child, &format!("{key}/")).0);
                }
                Kind::Repeat => {
                    let inner = self.answers_below(*child, "");
                    match answers
                        .0
                        .entry(key)
                        .or_insert_with(|| Entry::Repeat(Vec::new()))
                    {
                        Entry::Repeat(instances) => instances.push(inner),
                        Entry::Text(_) => {}
                    }
                }
                _ if held.value.is_empty() => {}
                _ => {
                    answers.0.insert(key, Entry::Text(held.value.clone()));
                }
            }
        }
        answers
    }

    /// The name of the response, if the form says how to make one.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let expression = self.logic.instance_name.as_ref()?;
        let value = self.run(ROOT, expression);
        Some(self.value_text(&value)).filter(|name| !name.is_empty())
    }

    fn run(&self, node: usize, expression: &Expression) -> Value {
        let steps = Cell::new(MAX_STEPS);
        self.scope(node, &steps).run(expression)
    }

    fn run_truth(&self, node: usize, expression: &Expression) -> bool {
        let steps = Cell::new(MAX_STEPS);
        self.scope(node, &steps).truth(expression)
    }

    fn value_text(&self, value: &Value) -> String {
        let steps = Cell::new(MAX_STEPS);
        self.scope(ROOT, &steps).to_text(value)
    }

    fn scope<'a>(&'a self, node: usize, steps: &'a Cell<u64>) -> Scope<'a> {
        Scope {
            logic: &self.logic,
            instance: &self.instance,
            surroundings: &self.surroundings,
            language: &self.language,
            own: node,
            context: Ref::Node(node),
            position: 1,
            size: 1,
            steps,
            random: &self.random,
        }
    }
}
