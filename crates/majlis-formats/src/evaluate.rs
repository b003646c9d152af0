//! Runs expressions over the answers given so far.
//!
//! The semantics are those of Collect (`JavaRosa`): an empty answer is an empty text and no
//! number, a comparison with what is no number is false, and `!=` is the opposite of `=`.

use std::cell::Cell;

use crate::expression::{Expression, Operator, Path, Start, Step, To};
use crate::filling::instance::Instance;
use crate::form::Kind;
use crate::logic::{Logic, ROOT};
use crate::moment::{Moment, day_part};
use crate::number::Number;

mod dates;
mod functions;
mod places;
mod texts;

/// Steps that one expression may take before it counts as empty.
pub(crate) const MAX_STEPS: u64 = 4_000_000;

/// What an expression gives.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Nodes(Vec<Ref>),
    Number(Number),
    Text(String),
    Truth(bool),
    Moment(Moment),
}

/// A node: a place among the answers, or in a list of choices.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ref {
    Node(usize),
    /// A list as a whole.
    List(usize),
    /// Of a list, a choice.
    Choice(usize, usize),
    /// Of a list and a choice, a column.
    Property(usize, usize, String),
}

/// What the device knows.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The clock, as `2026-08-07T06:31:13.834-03:00`.
    pub now: Option<Moment>,
    /// Names the device.
    pub device_id: String,
    /// Who fills the form.
    pub username: String,
    /// Their e-mail address.
    pub email: String,
    /// Their telephone number.
    pub phone_number: String,
    /// Where `random()` and `uuid()` begin.
    pub seed: u64,
}

/// Where an expression runs.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub(crate) logic: &'a Logic,
    pub(crate) instance: &'a Instance,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) language: &'a str,
    /// The node that has the expression.
    pub(crate) own: usize,
    pub(crate) context: Ref,
    /// Of the context among the nodes a condition chooses from.
    pub(crate) position: usize,
    pub(crate) size: usize,
    pub(crate) steps: &'a Cell<u64>,
    pub(crate) random: &'a Cell<u64>,
}

impl<'a> Scope<'a> {
    pub(crate) fn run(&self, expression: &Expression) -> Value {
        if !self.step() {
            return Value::Text(String::new());
        }
        match expression {
            Expression::Number(value) => Value::Number(Number::Exact(*value)),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Negative(inner) => Value::Number(self.number(inner).negative()),
            Expression::Path(path) => Value::Nodes(self.path(path)),
            Expression::Call(name, arguments) => functions::call(self, name, arguments),
            Expression::Two(operator, left, right) => self.two(*operator, left, right),
        }
    }

    /// Counts a step; false once there were too many.
    fn step(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }

    pub(crate) fn number(&self, expression: &Expression) -> Number {
        self.to_number(&self.run(expression))
    }

    pub(crate) fn text(&self, expression: &Expression) -> String {
        self.to_text(&self.run(expression))
    }

    pub(crate) fn truth(&self, expression: &Expression) -> bool {
        self.to_truth(&self.run(expression))
    }

    fn two(&self, operator: Operator, left: &Expression, right: &Expression) -> Value {
        match operator {
            Operator::Or => return Value::Truth(self.truth(left) || self.truth(right)),
            Operator::And => return Value::Truth(self.truth(left) && self.truth(right)),
            Operator::Equal => return Value::Truth(self.equal(left, right)),
            Operator::NotEqual => return Value::Truth(!self.equal(left, right)),
            Operator::Union => {
                let mut nodes = self.nodes(left);
                nodes.extend(self.nodes(right));
                nodes.sort();
                nodes.dedup();
                return Value::Nodes(nodes);
            }
            _ => {}
        }
        let (left, right) = (self.number(left), self.number(right));
        let compared = left.compare(right);
        match operator {
            Operator::Less => Value::Truth(compared.is_some_and(std::cmp::Ordering::is_lt)),
            Operator::LessOrEqual => Value::Truth(compared.is_some_and(std::cmp::Ordering::is_le)),
            Operator::Greater => Value::Truth(compared.is_some_and(std::cmp::Ordering::is_gt)),
            Operator::GreaterOrEqual => {
                Value::Truth(compared.is_some_and(std::cmp::Ordering::is_ge))
            }
            Operator::Add => Value::Number(left.add(right)),
            Operator::Subtract => Value::Number(left.subtract(right)),
            Operator::Multiply => Value::Number(left.multiply(right)),
            Operator::Divide => Value::Number(left.divide(right)),
            _ => Value::Number(left.remainder(right)),
        }
    }

    /// Of several nodes, one that is equal is enough.
    fn equal(&self, left: &Expression, right: &Expression) -> bool {
        let (left, right) = (self.run(left), self.run(right));
        let (left, right) = (self.atoms(&left), self.atoms(&right));
        left.iter()
            .any(|one| right.iter().any(|other| self.equal_atoms(one, other)))
    }

    fn equal_atoms(&self, one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Truth(_), _) | (_, Value::Truth(_)) => {
                self.to_truth(one) == self.to_truth(other)
            }
            (Value::Number(_), _) | (_, Value::Number(_)) => {
                self.to_number(one).equals(self.to_number(other))
            }
            _ => self.to_text(one) == self.to_text(other),
        }
    }

    /// The single values of a value; none gives an empty text.
    fn atoms(&self, value: &Value) -> Vec<Value> {
        match value {
            Value::Nodes(nodes) if nodes.is_empty() => vec![Value::Text(String::new())],
            Value::Nodes(nodes) => nodes.iter().map(|node| self.atom(node)).collect(),
            other => vec![other.clone()],
        }
    }

    /// What a node holds, with the meaning that its kind of question gives it.
    pub(crate) fn atom(&self, node: &Ref) -> Value {
        let text = self.node_text(node);
        let Ref::Node(index) = node else {
            return Value::Text(text);
        };
        let kind = self
            .logic
            .part(self.instance.item(*index))
            .map(|part| &part.item.kind);
        match kind {
            _ if text.is_empty() => Value::Text(text),
            Some(Kind::Integer | Kind::Decimal | Kind::Range) => Value::Number(Number::read(&text)),
            Some(Kind::Date | Kind::DateTime | Kind::Metadata { .. }) => {
                match Moment::read(&text) {
                    Some(moment) => Value::Moment(moment),
                    None => Value::Text(text),
                }
            }
            _ => Value::Text(text),
        }
    }

    pub(crate) fn node_text(&self, node: &Ref) -> String {
        match node {
            Ref::Node(index) => self.instance.seen(*index).to_owned(),
            Ref::Property(list, choice, name) => {
                places::property(self, *list, *choice, name).unwrap_or_default()
            }
            Ref::List(_) | Ref::Choice(..) => String::new(),
        }
    }

    pub(crate) fn to_text(&self, value: &Value) -> String {
        match value {
            Value::Nodes(nodes) => nodes
                .first()
                .map(|node| self.node_text(node))
                .unwrap_or_default(),
            Value::Number(number) => number.text(),
            Value::Text(text) => text.clone(),
            Value::Truth(truth) => truth.to_string(),
            Value::Moment(moment) => moment.to_string(),
        }
    }

    pub(crate) fn to_number(&self, value: &Value) -> Number {
        match value {
            Value::Nodes(nodes) => match nodes.first() {
                Some(node) => self.to_number(&self.atom(node)),
                None => Number::NAN,
            },
            Value::Number(number) => *number,
            Value::Truth(truth) => Number::count(usize::from(*truth)),
            Value::Moment(moment) => Number::Exact(moment.days()),
            Value::Text(text) => {
                let number = Number::read(text);
                if !number.is_nan() {
                    number
                } else if let Some(moment) = Moment::read(text) {
                    Number::Exact(moment.days())
                } else if text.contains(':') {
                    day_part(text).map_or(Number::NAN, Number::Exact)
                } else {
                    Number::NAN
                }
            }
        }
    }

    pub(crate) fn to_truth(&self, value: &Value) -> bool {
        match value {
            Value::Nodes(nodes) => nodes
                .first()
                .is_some_and(|node| self.to_truth(&self.atom(node))),
            Value::Number(number) => !number.is_nan() && !number.equals(Number::count(0)),
            Value::Text(text) => !text.is_empty(),
            Value::Truth(truth) => *truth,
            Value::Moment(_) => true,
        }
    }

    /// The nodes of an expression; a value that is none gives none.
    pub(crate) fn nodes(&self, expression: &Expression) -> Vec<Ref> {
        match self.run(expression) {
            Value::Nodes(nodes) => nodes,
            _ => Vec::new(),
        }
    }

    fn path(&self, path: &Path) -> Vec<Ref> {
        let mut steps = path.steps.as_slice();
        let mut nodes = match &path.start {
            Start::Root => {
                if let Some((first, rest)) = steps.split_first()
                    && matches!(first.to, To::Child(_) | To::AnyChild)
                {
                    steps = rest;
                }
                vec![Ref::Node(ROOT)]
            }
            Start::Context => vec![self.context.clone()],
            Start::Reference(name, conditions) => {
                let mut found = self.reference(name);
                for condition in conditions {
                    found = self.filter(found, condition);
                }
                found
            }
            Start::Expression(inner, conditions) => {
                let mut found = self.nodes(inner);
                for condition in conditions {
                    found = self.filter(found, condition);
                }
                found
            }
        };
        for step in steps {
            nodes = self.take(nodes, step);
        }
        nodes
    }

    /// All nodes of a question that share the repeats around this one.
    pub(crate) fn reference(&self, name: &str) -> Vec<Ref> {
        let Some(target) = self.logic.named(name) else {
            return Vec::new();
        };
        self.instance
            .reachable(self.logic, self.own, target)
            .into_iter()
            .map(Ref::Node)
            .collect()
    }

    fn take(&self, nodes: Vec<Ref>, step: &Step) -> Vec<Ref> {
        let mut taken = Vec::new();
        for node in nodes {
            let mut found = places::step(self, &node, &step.to);
            for condition in &step.conditions {
                found = self.filter(found, condition);
            }
            for next in found {
                if !self.step() {
                    return Vec::new();
                }
                taken.push(next);
            }
        }
        taken.dedup();
        taken
    }

    fn filter(&self, nodes: Vec<Ref>, condition: &Expression) -> Vec<Ref> {
        let size = nodes.len();
        let mut kept = Vec::new();
        for (position, node) in (1..).zip(nodes) {
            if !self.step() {
                return Vec::new();
            }
            let scope = Scope {
                context: node.clone(),
                position,
                size,
                ..self.clone()
            };
            let keep = match scope.run(condition) {
                Value::Number(number) => number.equals(Number::count(position)),
                other => scope.to_truth(&other),
            };
            if keep {
                kept.push(node);
            }
        }
        kept
    }
}
