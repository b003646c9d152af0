//! A form made ready to be filled: its expressions understood, its names resolved, its order known.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::expression::{Expression, Piece, SyntaxError, is_name, pieces};
use crate::form::{ChoiceList, Form, Item, Kind};
use crate::message::{Earlier, Listed, Meant, Message, Place, Problem, Severity};

mod order;
mod other;
pub(crate) mod pattern;
mod reads;
mod touched;

/// The number of the form itself, around all items.
pub(crate) const ROOT: usize = 0;
/// How deep sections may lie in each other, with the form around them.
const MAX_DEPTH: usize = 64;
/// Memory that one pattern may take, in bytes.
const PATTERN_SIZE: usize = 1 << 20;

/// A form made ready to be filled, simulated, and exported.
#[derive(Debug)]
pub struct Logic {
    form: Form,
    parts: Vec<Part>,
    by_name: BTreeMap<String, Vec<usize>>,
    lists: BTreeMap<String, usize>,
    /// Items that must be looked at again when one changes.
    readers: Vec<BTreeSet<usize>>,
    ranks: Vec<usize>,
    pub(crate) instance_name: Option<Expression>,
    patterns: BTreeMap<String, Option<Regex>>,
    notes: Vec<Message>,
}

/// An item with its expressions.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) item: Item,
    pub(crate) parent: Option<usize>,
    pub(crate) children: Vec<usize>,
    /// The names from the form to here, without the form: `household/member`.
    pub(crate) path: String,
    /// The innermost repeat around it.
    pub(crate) repeat: Option<usize>,
    pub(crate) relevant: Option<Expression>,
    pub(crate) required: Option<Expression>,
    pub(crate) constraint: Option<Expression>,
    pub(crate) calculation: Option<Expression>,
    pub(crate) read_only: Option<Expression>,
    pub(crate) filter: Option<Expression>,
    pub(crate) count: Option<Expression>,
    pub(crate) default: Option<Default>,
    pub(crate) triggers: BTreeSet<usize>,
}

/// A first value.
#[derive(Debug)]
pub(crate) enum Default {
    Literal(String),
    Computed(Expression),
}

impl Logic {
    /// Makes a form ready.
    ///
    /// # Errors
    ///
    /// Every expression that is not understood, every name that leads nowhere, and a circle, each
    /// with its place. Notes are among them only if there is an error.
    pub fn new(form: &Form) -> Result<Self, Vec<Message>> {
        let mut logic = Self {
            form: form.clone(),
            parts: Vec::new(),
            by_name: BTreeMap::new(),
            lists: BTreeMap::new(),
            readers: Vec::new(),
            ranks: Vec::new(),
            instance_name: None,
            patterns: BTreeMap::new(),
            notes: Vec::new(),
        };
        other::expand(&mut logic.form);
        for (index, list) in logic.form.lists.iter().enumerate() {
            logic.lists.entry(list.name.clone()).or_insert(index);
        }
        let mut messages = Vec::new();
        let mut around = Item::new("data", Kind::Group);
        around.items.clone_from(&logic.form.items);
        logic.flatten(&around, None, &mut messages);
        logic.resolve(&mut messages);
        if messages
            .iter()
            .any(|message| message.severity == Severity::Error)
        {
            Err(messages)
        } else {
            logic.notes = messages;
            Ok(logic)
        }
    }

    /// The form, with what `or_other` stands for written out.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// What the form asks for and has no effect yet: functions and patterns beyond this version.
    #[must_use]
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }

    pub(crate) fn part(&self, index: usize) -> Option<&Part> {
        self.parts.get(index)
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(crate) fn rank(&self, index: usize) -> usize {
        self.ranks.get(index).copied().unwrap_or(usize::MAX)
    }

    pub(crate) fn readers(&self, index: usize) -> impl Iterator<Item = usize> {
        self.readers.get(index).into_iter().flatten().copied()
    }

    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name)?.first().copied()
    }

    /// Whether a name is that of several items.
    pub(crate) fn is_named_often(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|all| all.len() > 1)
    }

    pub(crate) fn list(&self, name: &str) -> Option<(usize, &ChoiceList)> {
        let index = *self.lists.get(name)?;
        Some((index, self.form.lists.get(index)?))
    }

    /// A pattern made ready, or nothing if it cannot be.
    pub(crate) fn pattern(&self, text: &str) -> Option<Regex> {
        match self.patterns.get(text) {
            Some(known) => known.clone(),
            None => pattern::compile(text),
        }
    }

    /// The items from the form to an item, the form first.
    pub(crate) fn chain(&self, index: usize) -> Vec<usize> {
        let mut chain = vec![index];
        let mut now = index;
        while let Some(parent) = self.part(now).and_then(|part| part.parent) {
            chain.push(parent);
            now = parent;
        }
        chain.reverse();
        chain
    }

    fn flatten(
        &mut self,
        item: &Item,
        parent: Option<usize>,
        messages: &mut Vec<Message>,
    ) -> usize {
        let index = self.parts.len();
        self.check_names(item, parent.is_none(), messages);
        let (path, repeat) = match parent.and_then(|parent| self.part(parent)) {
            None => (String::new(), None),
            Some(around) => {
                let repeat = if around.item.kind == Kind::Repeat {
                    parent
                } else {
                    around.repeat
                };
                let path = if around.path.is_empty() {
                    item.name.clone()
                } else {
                    format!("{}/{}", around.path, item.name)
                };
                (path, repeat)
            }
        };
        let mut own = item.clone();
        let items = std::mem::take(&mut own.items);
        let mut read = |text: &Option<String>, column: &str| {
            text.as_deref()
                .filter(|text| !text.trim().is_empty())
                .and_then(|text| read_expression(text, &own, column, messages))
        };
        let rules = &own.rules;
        let (relevant, required) = (
            read(&rules.relevant, "relevant"),
            read(&rules.required, "required"),
        );
        let constraint = read(&rules.constraint, "constraint");
        let calculation = read(&rules.calculation, "calculation");
        let read_only = read(&rules.read_only, "read_only");
        let filter = read(&rules.choice_filter, "choice_filter");
        let count = read(&rules.repeat_count, "repeat_count");
        let default = own.rules.default.as_deref().map(default);
        self.by_name
            .entry(own.name.clone())
            .or_default()
            .push(index);
        self.parts.push(Part {
            item: own,
            parent,
            children: Vec::new(),
            path,
            repeat,
            relevant,
            required,
            constraint,
            calculation,
            read_only,
            filter,
            count,
            default,
            triggers: BTreeSet::new(),
        });
        let mut children = Vec::new();
        if self.chain(index).len() > MAX_DEPTH {
            messages.push(Message::error(
                Place::row("survey", item.row.0),
                Problem::TooLarge {
                    what: "groups in each other".to_owned(),
                    limit: MAX_DEPTH as u64,
                },
            ));
        } else {
            for inner in &items {
                children.push(self.flatten(inner, Some(index), messages));
            }
        }
        if let Some(part) = self.parts.get_mut(index) {
            part.children = children;
        }
        index
    }

    /// Names stand in paths, headings and elements, so none may be anything but a name.
    fn check_names(&self, section: &Item, is_form: bool, messages: &mut Vec<Message>) {
        let mut taken: BTreeMap<&str, Option<u32>> = BTreeMap::new();
        for item in &section.items {
            let place = || Place::cell("survey", item.row.0, "name");
            if !is_name(&item.name) || (is_form && item.name == "meta") {
                let name = item.name.clone();
                messages.push(Message::error(place(), Problem::InvalidName { name }));
            }
            if let Some(first) = taken.get(item.name.as_str()) {
                messages.push(Message::error(
                    place(),
                    Problem::RepeatedName {
                        name: item.name.clone(),
                        first: Earlier(*first),
                    },
                ));
            }
            taken.entry(&item.name).or_insert(item.row.0);
        }
    }

    /// Resolves names, and finds the order and who reads whom.
    fn resolve(&mut self, messages: &mut Vec<Message>) {
        // The form itself has no name that an expression could say.
        if let Some(named) = self.by_name.get_mut("data") {
            named.retain(|index| *index != ROOT);
        }
        let mut value_reads: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.parts.len()];
        let mut all_reads = value_reads.clone();
        let mut patterns: BTreeMap<String, Option<Regex>> = BTreeMap::new();
        let mut triggers: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.parts.len()];
        for (index, part) in self.parts.iter().enumerate() {
            let mut said = Vec::new();
            let mut look = |expression: &Option<Expression>, column: &str| {
                let mut found = BTreeSet::new();
                if let Some(expression) = expression {
                    let mut reader = reads::Reader::new(self, index, &mut found, &mut patterns);
                    reader.read(expression);
                    let own = reader.said.into_iter();
                    said.extend(
                        own.map(|(severity, problem)| (severity, column.to_owned(), problem)),
                    );
                }
                found
            };
            let mut own = look(&part.relevant, "relevant");
            let circular = own.contains(&index);
            own.extend(look(&part.calculation, "calculation"));
            let counted = look(&part.count, "repeat_count");
            if let Some(Default::Computed(expression)) = &part.default {
                let expression = Some(expression.clone());
                // A first value is taken once; it waits for nothing but what is there.
                look(&expression, "default");
            }
            let mut checks = look(&part.filter, "choice_filter");
            checks.extend(look(&part.constraint, "constraint"));
            checks.extend(look(&part.required, "required"));
            checks.extend(look(&part.read_only, "read_only"));
            if circular {
                let names = Listed(vec![part.item.name.clone()]);
                let circular = Problem::Circular { names };
                said.push((Severity::Error, "relevant".to_owned(), circular));
            }
            messages.extend(said.into_iter().map(|(severity, column, problem)| Message {
                severity,
                place: Place::cell("survey", part.item.row.0, &column),
                problem,
            }));
            // A count may look at what its own instances answered: "is there another one?".
            let inside = |item: &usize| self.chain(*item).contains(&index);
            own.extend(counted.iter().copied().filter(|item| !inside(item)));
            checks.extend(counted);
            own.extend(part.parent);
            let (value, all) = (value_reads.get_mut(index), all_reads.get_mut(index));
            if let (Some(value), Some(all)) = (value, all) {
                all.extend(own.iter().chain(&checks));
                *value = own;
            }
            for name in &part.item.rules.trigger {
                let bare = name
                    .strip_prefix("${")
                    .and_then(|name| name.strip_suffix('}'))
                    .unwrap_or(name);
                match self.named(bare) {
                    Some(other) => {
                        if let Some(own) = triggers.get_mut(index) {
                            own.insert(other);
                        }
                    }
                    None => messages.push(Message::error(
                        Place::cell("survey", part.item.row.0, "trigger"),
                        self.unknown(bare),
                    )),
                }
            }
            self.check_labels(&part.item, messages);
        }
        for (part, own) in self.parts.iter_mut().zip(triggers) {
            part.triggers = own;
        }
        self.patterns = patterns;
        self.read_instance_name(messages);
        match order::order(&value_reads) {
            Ok(ranks) => self.ranks = ranks,
            Err(circle) => {
                let parts = circle.iter().filter_map(|index| self.part(*index));
                let items: Vec<&Item> = parts.map(|part| &part.item).collect();
                messages.push(order::circular(&items));
            }
        }
        self.readers = vec![BTreeSet::new(); self.parts.len()];
        for (reader, read) in all_reads.iter().enumerate() {
            for other in read {
                if let Some(readers) = self.readers.get_mut(*other) {
                    readers.insert(reader);
                }
            }
        }
    }

    fn read_instance_name(&mut self, messages: &mut Vec<Message>) {
        let Some(text) = &self.form.settings.instance_name else {
            return;
        };
        let place = || Place::cell("settings", Some(2), "instance_name");
        match Expression::read(text) {
            Ok(expression) => {
                let (mut found, mut patterns) = (BTreeSet::new(), BTreeMap::new());
                let mut reader = reads::Reader::new(self, ROOT, &mut found, &mut patterns);
                reader.read(&expression);
                // A response without a name is better than no form.
                let graver = |one: &(Severity, Problem)| one.0 != Severity::Note;
                let found: Vec<_> = reader.said.into_iter().filter(graver).collect();
                let sound = found.iter().all(|one| one.0 != Severity::Error);
                for (_, problem) in found {
                    messages.push(Message::warning(place(), problem));
                }
                self.instance_name = Some(expression).filter(|_| sound);
            }
            Err(reason) => messages.push(Message::warning(
                place(),
                Problem::Syntax {
                    expression: text.clone(),
                    reason,
                },
            )),
        }
    }

    /// Labels may show answers; each must exist.
    fn check_labels(&self, item: &Item, messages: &mut Vec<Message>) {
        for (column, texts) in [
            ("label", &item.label),
            ("hint", &item.hint),
            ("guidance_hint", &item.guidance_hint),
            ("constraint_message", &item.constraint_message),
            ("required_message", &item.required_message),
        ] {
            for (language, text) in &texts.0 {
                for piece in pieces(text) {
                    if let Piece::Reference(name) = piece
                        && self.named(&name).is_none()
                        && !is_added(&name)
                    {
                        messages.push(Message::error(
                            Place::cell("survey", item.row.0, &format!("{column}::{language}")),
                            self.unknown(&name),
                        ));
                    }
                }
            }
        }
    }

    pub(crate) fn unknown(&self, name: &str) -> Problem {
        Problem::UnknownReference {
            name: name.to_owned(),
            meant: Meant::among(name, self.by_name.keys().map(String::as_str)),
        }
    }
}

/// Whether a name is of what programs add to every response.
pub(crate) fn is_added(name: &str) -> bool {
    matches!(name, "instanceID" | "instanceName")
}

fn read_expression(
    text: &str,
    item: &Item,
    column: &str,
    messages: &mut Vec<Message>,
) -> Option<Expression> {
    if text.contains("${last-saved#") {
        messages.push(Message::note(
            Place::cell("survey", item.row.0, column),
            Problem::NotSupportedYet {
                feature: "the answer of the last response".to_owned(),
            },
        ));
    }
    match Expression::read(text) {
        Ok(expression) => Some(expression),
        // The rule is kept in the form and left out here: it neither hides nor forbids anything.
        Err(SyntaxError::UnsupportedFunction { name }) => {
            messages.push(Message::note(
                Place::cell("survey", item.row.0, column),
                Problem::NotSupportedYet {
                    feature: format!("the function {name}()"),
                },
            ));
            None
        }
        Err(reason) => {
            messages.push(Message::error(
                Place::cell("survey", item.row.0, column),
                Problem::Syntax {
                    expression: text.to_owned(),
                    reason,
                },
            ));
            None
        }
    }
}

/// A default is computed if it names an answer or calls a function, and literal otherwise.
fn default(text: &str) -> Default {
    let called = text.split_once('(').is_some_and(|(before, _)| {
        let name: String = before
            .chars()
            .rev()
            .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '-' | ':'))
            .collect();
        let name: String = name.chars().rev().collect();
        crate::expression::FUNCTIONS
            .iter()
            .any(|(known, ..)| *known == name)
    });
    if (called || text.contains("${"))
        && let Ok(expression) = Expression::read(text)
    {
        return Default::Computed(expression);
    }
    Default::Literal(text.to_owned())
}
