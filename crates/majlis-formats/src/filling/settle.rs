//! What follows from a change: conditions, counts and computed values, in an order in which each
//! finds what it reads already settled.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::{Changes, Filling, MAX_INSTANCES, Reason, Violation};
use crate::answer::{Answer, AnswerError};
use crate::evaluate::{MAX_STEPS, Ref, Value};
use crate::expression::{Piece, pieces};
use crate::form::{Kind, Metadata, Texts};
use crate::logic::{Default, ROOT};
use crate::number::Number;

/// How often one item may be settled in one change: a computed value that reads itself.
const MAX_ROUNDS: usize = 50;

impl Filling {
    pub(super) fn settle_all(&mut self) {
        let all = (0..self.logic.parts().len()).collect();
        self.settle_items(all);
    }

    /// Settles what reads some items, and says what changed.
    pub(super) fn settle(&mut self, changed: &BTreeSet<usize>) -> Changes {
        let mut items: BTreeSet<usize> = changed.clone();
        for item in changed {
            items.extend(self.logic.readers(*item));
        }
        self.settle_items(items)
    }

    fn settle_items(&mut self, items: BTreeSet<usize>) -> Changes {
        let logic = self.logic.clone();
        let mut changes = Changes::default();
        let mut queue: BTreeSet<(usize, usize)> = items
            .into_iter()
            .map(|item| (logic.rank(item), item))
            .collect();
        let mut rounds: BTreeMap<usize, usize> = BTreeMap::new();
        let mut touched: BTreeSet<usize> = BTreeSet::new();
        while let Some((_, item)) = queue.pop_first() {
            let round = rounds.entry(item).or_default();
            *round += 1;
            if *round > MAX_ROUNDS {
                continue;
            }
            touched.insert(item);
            let mut moved: BTreeSet<usize> = BTreeSet::new();
            let around = logic.part(item).and_then(|part| part.parent);
            for parent in around.map_or_else(Vec::new, |around| self.instance.of_item(around)) {
                if self.count_instances(parent, item, &mut changes) {
                    moved.insert(item);
                    moved.extend(self.items_in(item));
                }
            }
            for node in self.instance.of_item(item) {
                moved.extend(self.settle_node(item, node, &mut changes));
            }
            for moved in moved {
                for reader in logic.readers(moved) {
                    queue.insert((logic.rank(reader), reader));
                }
                if moved != item {
                    queue.insert((logic.rank(moved), moved));
                }
            }
        }
        for item in touched {
            for node in self.instance.of_item(item) {
                if !self.instance.value(node).is_empty()
                    && let Some(violation) = self.violation(node)
                {
                    changes.violations.push(violation);
                }
            }
        }
        changes
    }

    /// Settles one node and gives the items that changed by it.
    fn settle_node(&mut self, item: usize, node: usize, changes: &mut Changes) -> BTreeSet<usize> {
        let logic = self.logic.clone();
        let mut moved = BTreeSet::new();
        let Some(part) = logic.part(item) else {
            return moved;
        };
        if let Some(condition) = &part.relevant {
            let relevant = self.run_truth(node, condition);
            if let Some(held) = self.instance.node_mut(node)
                && held.relevant != relevant
            {
                held.relevant = relevant;
                moved.insert(item);
                moved.extend(self.items_in(item));
                let list = if relevant {
                    &mut changes.shown
                } else {
                    &mut changes.hidden
                };
                list.push(self.path_of(node));
            }
        }
        let before = self.instance.value(node).to_owned();
        self.first_value(item, node);
        if let Some(calculation) = &part.calculation
            && part.triggers.is_empty()
        {
            let value = self.run(node, calculation);
            self.store(item, node, &value);
        }
        if part.filter.is_some() && part.item.kind.list().is_some() {
            self.drop_unoffered(node);
        }
        if self.instance.value(node) != before {
            moved.insert(item);
            changes
                .computed
                .push((self.path_of(node), self.instance.value(node).to_owned()));
        }
        moved
    }

    /// Makes a counted repeat have as many instances as it should; whether that changed anything.
    fn count_instances(&mut self, parent: usize, repeat: usize, changes: &mut Changes) -> bool {
        let logic = self.logic.clone();
        let Some(count) = logic.part(repeat).and_then(|part| part.count.as_ref()) else {
            return false;
        };
        let steps = Cell::new(MAX_STEPS);
        // No number, as while one is corrected, takes nobody's answers away.
        let Some(wanted) = self.scope(parent, &steps).number(count).index() else {
            return false;
        };
        let wanted = usize::try_from(wanted).unwrap_or(0).min(MAX_INSTANCES);
        let instances = self.instances(parent, repeat);
        if instances.len() == wanted {
            return false;
        }
        for gone in instances.iter().skip(wanted) {
            self.instance.remove(*gone);
        }
        for _ in instances.len()..wanted {
            match self.instance.add(&logic, repeat, parent) {
                Some(added) => self.first_instances_in(added),
                None => break,
            }
        }
        let path = logic.part(repeat).map_or("", |part| &part.item.name);
        changes.repeats.push(format!(
            "{}/{path}",
            self.path_of(parent).trim_end_matches('/')
        ));
        true
    }

    pub(super) fn first_instances_in(&mut self, node: usize) {
        let logic = self.logic.clone();
        let mut waiting = vec![node];
        while let Some(next) = waiting.pop() {
            let item = self.instance.item(next);
            for child in logic.part(item).map_or(&[][..], |part| &part.children) {
                let free = logic
                    .part(*child)
                    .is_some_and(|part| part.item.kind == Kind::Repeat && part.count.is_none());
                if free {
                    self.instance.add(&logic, *child, next);
                }
            }
            waiting.extend(self.instance.children(next));
        }
    }

    /// Gives a node its first value, once.
    fn first_value(&mut self, item: usize, node: usize) {
        let logic = self.logic.clone();
        let Some(part) = logic.part(item) else {
            return;
        };
        match self.instance.node_mut(node) {
            Some(held) if held.fresh => held.fresh = false,
            Some(_) | None => return,
        }
        if let Kind::Metadata { what } = part.item.kind {
            let value = self.metadata(what);
            if let Some(held) = self.instance.node_mut(node) {
                held.value = value;
            }
            return;
        }
        match &part.default {
            None => {}
            Some(Default::Literal(text)) => {
                self.store(item, node, &Value::Text(text.clone()));
            }
            Some(Default::Computed(expression)) => {
                let value = self.run(node, expression);
                self.store(item, node, &value);
            }
        }
    }

    fn metadata(&self, what: Metadata) -> String {
        let around = &self.surroundings;
        let now = around.now.map(|now| now.to_string());
        match what {
            Metadata::Start | Metadata::End => now.unwrap_or_default(),
            Metadata::Today => around
                .now
                .map(|now| now.day().to_string())
                .unwrap_or_default(),
            Metadata::DeviceId => around.device_id.clone(),
            Metadata::Username => around.username.clone(),
            Metadata::Email => around.email.clone(),
            Metadata::PhoneNumber => around.phone_number.clone(),
            // No program may read these any more.
            Metadata::SimSerial | Metadata::SubscriberId => String::new(),
        }
    }

    /// Stores what an expression gave, in the canonical text of the question where it is of its kind.
    fn store(&mut self, item: usize, node: usize, value: &Value) {
        let logic = self.logic.clone();
        let Some(part) = logic.part(item) else {
            return;
        };
        let is_number = matches!(part.item.kind, Kind::Integer | Kind::Decimal | Kind::Range);
        let text = match value {
            Value::Number(number) if number.is_nan() => String::new(),
            // What is divided by zero is no answer to "how many", and nobody could mend it.
            Value::Number(number) if is_number && !number.to_f64().is_finite() => String::new(),
            Value::Number(number) if part.item.kind == Kind::Integer => {
                number.map(|value| value.trunc(), f64::trunc).text()
            }
            Value::Truth(truth) if is_number => Number::count(usize::from(*truth)).text(),
            other => self.value_text(other),
        };
        let canonical = match Answer::read(&part.item, &text) {
            Ok(answer) => answer.map(|answer| answer.to_string()).unwrap_or_default(),
            Err(_) => text,
        };
        if let Some(held) = self.instance.node_mut(node) {
            held.value = canonical;
        }
    }

    /// Runs the calculations that wait for one question; the items that changed.
    pub(super) fn run_triggered(&mut self, trigger: usize, from: usize) -> BTreeSet<usize> {
        let logic = self.logic.clone();
        let mut changed = BTreeSet::new();
        for (item, part) in logic.parts().iter().enumerate() {
            let Some(calculation) = &part.calculation else {
                continue;
            };
            if part.triggers.contains(&trigger) {
                for node in self.instance.reachable(&logic, from, item) {
                    let value = self.run(node, calculation);
                    self.store(item, node, &value);
                    changed.insert(item);
                }
            }
        }
        changed
    }

    /// Takes choices away that a filter does not offer any more.
    fn drop_unoffered(&mut self, node: usize) {
        let value = self.instance.value(node).to_owned();
        if value.is_empty() {
            return;
        }
        let offered = self.offered_names(node);
        let kept: Vec<&str> = value
            .split_whitespace()
            .filter(|name| offered.iter().any(|own| own == name))
            .collect();
        let single = offered.contains(&value);
        if !single && let Some(held) = self.instance.node_mut(node) {
            held.value = kept.join(" ");
        }
    }

    /// Names of the choices that are offered at a node now.
    pub(super) fn offered_names(&self, node: usize) -> Vec<String> {
        self.offered_places(node)
            .into_iter()
            .filter_map(|(list, choice)| {
                let choice = self.logic.form().lists.get(list)?.choices.get(choice)?;
                Some(choice.name.clone())
            })
            .collect()
    }

    pub(super) fn offered_places(&self, node: usize) -> Vec<(usize, usize)> {
        let Some(part) = self.logic.part(self.instance.item(node)) else {
            return Vec::new();
        };
        let Some((list, choices)) = part.item.kind.list().and_then(|name| self.logic.list(name))
        else {
            return Vec::new();
        };
        let steps = Cell::new(MAX_STEPS);
        let size = choices.choices.len();
        (0..size)
            .filter(|choice| {
                part.filter.as_ref().is_none_or(|filter| {
                    let mut scope = self.scope(node, &steps);
                    scope.context = Ref::Choice(list, *choice);
                    (scope.position, scope.size) = (choice + 1, size);
                    scope.truth(filter)
                })
            })
            .map(|choice| (list, choice))
            .collect()
    }

    /// Whether an answer names only what is offered. An order may name some of it: in a ballot the rest
    /// is left unranked, and while somebody ranks it is always so.
    pub(super) fn check_offered(&self, node: usize, answer: &Answer) -> Result<(), AnswerError> {
        let Some(part) = self.logic.part(self.instance.item(node)) else {
            return Ok(());
        };
        if part.item.kind.list().is_none() {
            return Ok(());
        }
        let offered = self.offered_names(node);
        let holds = |name: &String| offered.contains(name);
        match answer {
            Answer::Choice(name) if holds(name) => Ok(()),
            Answer::Choices(names) if names.iter().all(holds) => Ok(()),
            _ => Err(AnswerError::NotAChoice),
        }
    }

    pub(super) fn is_read_only(&self, node: usize) -> bool {
        self.logic
            .part(self.instance.item(node))
            .and_then(|part| part.read_only.as_ref())
            .is_some_and(|expression| self.run_truth(node, expression))
    }

    pub(super) fn is_required(&self, node: usize) -> bool {
        self.logic
            .part(self.instance.item(node))
            .and_then(|part| part.required.as_ref())
            .is_some_and(|expression| self.run_truth(node, expression))
    }

    /// What is wrong with the answer at a node; nothing is wrong with what is hidden.
    pub(super) fn violation(&self, node: usize) -> Option<Violation> {
        let part = self.logic.part(self.instance.item(node))?;
        if part.item.kind.is_section() || !self.instance.is_relevant(node) {
            return None;
        }
        let value = self.instance.value(node);
        let say = |reason, texts: &Texts| {
            Some(Violation {
                path: self.path_of(node),
                reason,
                message: texts
                    .in_language(&self.language)
                    .map(|text| self.rendered(node, text)),
            })
        };
        if value.is_empty() {
            // Only what a person can answer can be demanded of them.
            let askable = part.item.kind.is_asked() && part.calculation.is_none();
            return if askable && self.is_required(node) {
                say(Reason::Required, &part.item.required_message)
            } else {
                None
            };
        }
        if part.item.kind.is_asked() {
            let none = Texts::default();
            match Answer::read(&part.item, value) {
                Err(error) => return say(Reason::Malformed(error), &none),
                Ok(Some(answer)) => {
                    if let Err(error) = self.check_offered(node, &answer) {
                        return say(Reason::Malformed(error), &none);
                    }
                    if !within_range(&part.item.kind, &part.item.parameters, &answer) {
                        return say(Reason::Constraint, &part.item.constraint_message);
                    }
                }
                Ok(None) => {}
            }
        }
        let constraint = part.constraint.as_ref()?;
        if self.run_truth(node, constraint) {
            None
        } else {
            say(Reason::Constraint, &part.item.constraint_message)
        }
    }

    /// A text with the answers that it names put in.
    pub(super) fn rendered(&self, node: usize, text: &str) -> String {
        let steps = Cell::new(MAX_STEPS);
        let scope = self.scope(node, &steps);
        pieces(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Reference(name) => scope
                    .reference(&name)
                    .first()
                    .map(|node| scope.node_text(node))
                    .unwrap_or_default(),
            })
            .collect()
    }

    /// All items below one.
    pub(super) fn items_in(&self, item: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![item];
        while let Some(next) = waiting.pop() {
            for child in self.logic.part(next).map_or(&[][..], |part| &part.children) {
                found.insert(*child);
                waiting.push(*child);
            }
        }
        found
    }

    /// Nodes that are shown, in order.
    pub(super) fn walk(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut waiting = vec![ROOT];
        while let Some(next) = waiting.pop() {
            if self.instance.node(next).is_some_and(|node| node.relevant) {
                order.push(next);
                waiting.extend(self.instance.children(next).iter().rev());
            }
        }
        order
    }
}

/// A range takes what lies between its ends, on its steps.
fn within_range(kind: &Kind, parameters: &BTreeMap<String, String>, answer: &Answer) -> bool {
    let (Kind::Range, Answer::Number(value)) = (kind, answer) else {
        return true;
    };
    let (start, end, step) = crate::simulate::range(parameters);
    let (low, high) = (start.min(end), start.max(end));
    *value >= low
        && *value <= high
        && (step.is_zero()
            || value
                .checked_sub(start)
                .and_then(|past| past.checked_rem(step))
                .is_none_or(|rest| rest.is_zero()))
}
