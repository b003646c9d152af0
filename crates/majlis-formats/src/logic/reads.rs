//! Which items an expression reads, found without running it.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::{Logic, ROOT, pattern};
use crate::expression::{Expression, Path, Start, Step, To};
use crate::message::{Problem, Severity};

/// Where a step of a path stands.
#[derive(Clone, Copy)]
enum At {
    Item(usize),
    /// In a list of choices, or where only running it tells.
    Elsewhere,
}

/// Collects what expressions of one item read, and what is wrong with them.
pub(super) struct Reader<'a> {
    logic: &'a Logic,
    /// The item that has the expression.
    own: usize,
    at: At,
    found: &'a mut BTreeSet<usize>,
    patterns: &'a mut BTreeMap<String, Option<Regex>>,
    /// What is wrong; what is probably not as meant (a word without quotes, which is like no answer);
    /// what has no effect yet.
    pub(super) said: Vec<(Severity, Problem)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        logic: &'a Logic,
        own: usize,
        found: &'a mut BTreeSet<usize>,
        patterns: &'a mut BTreeMap<String, Option<Regex>>,
    ) -> Self {
        Self {
            logic,
            own,
            at: At::Item(own),
            found,
            patterns,
            said: Vec::new(),
        }
    }

    pub(super) fn read(&mut self, expression: &Expression) {
        match expression {
            Expression::Number(_) | Expression::Text(_) => {}
            Expression::Negative(inner) => self.read(inner),
            Expression::Two(_, left, right) => {
                self.read(left);
                self.read(right);
            }
            Expression::Call(name, arguments) => self.call(name, arguments),
            Expression::Path(path) => {
                self.path(path);
            }
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expression]) {
        for argument in arguments {
            self.read(argument);
        }
        if name == "regex"
            && let Some(Expression::Text(written)) = arguments.get(1)
        {
            let compiled = self
                .patterns
                .entry(written.clone())
                .or_insert_with(|| pattern::compile(written));
            if compiled.is_none() {
                // What other engines can do and a bounded one cannot is no mistake of the author.
                if pattern::is_beyond(written) {
                    let feature = format!("the pattern {written:?}");
                    let problem = Problem::NotSupportedYet { feature };
                    self.said.push((Severity::Note, problem));
                } else {
                    let pattern = written.clone();
                    let problem = Problem::BadPattern { pattern };
                    self.said.push((Severity::Error, problem));
                }
            }
        }
    }

    fn conditions(&mut self, conditions: &[Expression], at: At) {
        let before = std::mem::replace(&mut self.at, at);
        for condition in conditions {
            self.read(condition);
        }
        self.at = before;
    }

    fn path(&mut self, path: &Path) -> At {
        let mut steps = path.steps.as_slice();
        let mut at = match &path.start {
            Start::Root => {
                // The first name is the form's own, whatever it is called.
                if let Some((first, rest)) = steps.split_first()
                    && matches!(first.to, To::Child(_) | To::AnyChild)
                {
                    self.conditions(&first.conditions, At::Item(ROOT));
                    steps = rest;
                }
                At::Item(ROOT)
            }
            // Inside a filter of choices a bare name is a column of the list.
            Start::Context => {
                if self.is_choice_filter(path) {
                    At::Elsewhere
                } else {
                    self.at
                }
            }
            Start::Reference(name, conditions) => {
                let at = match self.logic.by_name.get(name).map(Vec::as_slice) {
                    // What a program adds, again.
                    None | Some([]) if super::is_added(name) => {
                        let feature = format!("the answer {name}");
                        let problem = Problem::NotSupportedYet { feature };
                        self.said.push((Severity::Note, problem));
                        At::Elsewhere
                    }
                    None | Some([]) => {
                        self.said.push((Severity::Error, self.logic.unknown(name)));
                        At::Elsewhere
                    }
                    Some([one]) => At::Item(*one),
                    Some(_) => {
                        let name = name.clone();
                        let problem = Problem::AmbiguousReference { name };
                        self.said.push((Severity::Error, problem));
                        At::Elsewhere
                    }
                };
                self.conditions(conditions, at);
                at
            }
            Start::Expression(inner, conditions) => {
                let at = match inner.as_ref() {
                    Expression::Call(name, _) if name == "current" => At::Item(self.own),
                    Expression::Path(path) => self.path(path),
                    other => {
                        self.read(other);
                        At::Elsewhere
                    }
                };
                self.conditions(conditions, at);
                at
            }
        };
        let bare = matches!(path.start, Start::Context) && steps.len() == 1;
        for step in steps {
            at = self.step(at, step, bare);
            self.conditions(&step.conditions, at);
        }
        if let At::Item(item) = at {
            self.found.insert(item);
        }
        at
    }

    /// A bare name in a choice filter that is no child of the question.
    fn is_choice_filter(&self, path: &Path) -> bool {
        let in_own = matches!(self.at, At::Item(item) if item == self.own);
        let question = self
            .logic
            .part(self.own)
            .is_some_and(|part| part.filter.is_some());
        in_own
            && question
            && matches!(
                path.steps.first(),
                Some(Step {
                    to: To::Child(_),
                    ..
                })
            )
    }

    fn step(&mut self, at: At, step: &Step, bare: bool) -> At {
        let At::Item(item) = at else {
            return At::Elsewhere;
        };
        let Some(part) = self.logic.part(item) else {
            return At::Elsewhere;
        };
        match &step.to {
            To::Here => at,
            To::Parent => part.parent.map_or(At::Elsewhere, At::Item),
            To::Child(name) => {
                let child = part.children.iter().find(|child| {
                    self.logic
                        .part(**child)
                        .is_some_and(|part| part.item.name == *name)
                });
                match child {
                    Some(child) => At::Item(*child),
                    // What a program adds to a response, or to a group that it fills.
                    None if name == "meta" => At::Elsewhere,
                    None => {
                        self.said.push(if bare {
                            let name = name.clone();
                            (Severity::Warning, Problem::BareWord { name })
                        } else {
                            (Severity::Error, self.logic.unknown(name))
                        });
                        At::Elsewhere
                    }
                }
            }
            To::AnyChild | To::Below => {
                self.everything_in(item);
                At::Elsewhere
            }
            To::Attribute(_) => At::Elsewhere,
        }
    }

    fn everything_in(&mut self, item: usize) {
        let mut waiting = vec![item];
        while let Some(next) = waiting.pop() {
            if let Some(part) = self.logic.part(next) {
                if next != item {
                    self.found.insert(next);
                }
                waiting.extend(&part.children);
            }
        }
    }
}
