//! A filling as a screen shows it.

use serde::Serialize;

use super::{AnswerPath, Filling, SetError, Violation};
use crate::form::{Item, Kind, MediaKind, Texts};
use crate::logic::ROOT;

/// A question, group or repeat as it stands, in the language of the filling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Where it stands.
    pub path: AnswerPath,
    /// What it is.
    pub kind: Kind,
    /// What is asked, with answers put in.
    pub label: Option<String>,
    /// A short help.
    pub hint: Option<String>,
    /// A longer help.
    pub guidance_hint: Option<String>,
    /// Files to show or play.
    pub media: Vec<(MediaKind, String)>,
    /// How it should look.
    pub appearance: Option<String>,
    /// The canonical answer; empty where there is none.
    pub answer: String,
    /// Choices that are offered, in order.
    pub choices: Vec<Offered>,
    /// Whether it must be answered.
    pub required: bool,
    /// Whether it cannot be changed by hand.
    pub read_only: bool,
    /// What is wrong with the answer.
    pub violation: Option<Violation>,
    /// How deep it lies in groups.
    pub depth: usize,
}

/// A choice that is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offered {
    /// What is stored.
    pub name: String,
    /// What is shown; the name where the form says nothing.
    pub label: String,
    /// Files to show or play.
    pub media: Vec<(MediaKind, String)>,
}

/// A repeat that is shown, with its instances or without any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repeat {
    /// Where it stands, without the number of an instance.
    pub path: AnswerPath,
    /// What it is called, in the language of the filling.
    pub label: Option<String>,
    /// How many instances there are.
    pub instances: usize,
    /// Whether instances are added and taken away by hand.
    pub free: bool,
}

impl Filling {
    /// The language of the filling, by the name that the form gives it.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Every repeat that is shown now, also one without instances, in the order of the form.
    #[must_use]
    pub fn repeats(&self) -> Vec<Repeat> {
        let mut shown = Vec::new();
        for (index, part) in self.logic.parts().iter().enumerate() {
            let Some(parent) = part.parent.filter(|_| part.item.kind == Kind::Repeat) else {
                continue;
            };
            for parent in self.instance.of_item(parent) {
                let relevant = || {
                    let relevant = part.relevant.as_ref();
                    relevant.is_none_or(|relevant| self.run_truth(parent, relevant))
                };
                if !self.instance.is_relevant(parent) || !relevant() {
                    continue;
                }
                let around = self.path_of(parent);
                let label = part.item.label.in_language(&self.language);
                shown.push(Repeat {
                    path: format!("{}/{}", around.trim_end_matches('/'), part.item.name),
                    label: label.map(|label| self.rendered(parent, label)),
                    instances: self.instances(parent, index).len(),
                    free: part.count.is_none(),
                });
            }
        }
        shown
    }

    /// Everything that is shown now, in order, groups and repeat instances before what lies in them.
    #[must_use]
    pub fn page(&self) -> Vec<Question> {
        self.walk()
            .into_iter()
            .filter(|node| self.is_on_screen(*node))
            .filter_map(|node| self.view(node))
            .collect()
    }

    /// The paths of what [`Self::page`] has of one kind, without the work of showing them.
    pub(crate) fn on_page(&self, kind: &Kind) -> Vec<AnswerPath> {
        let of_kind = |node: &usize| {
            let part = self.logic.part(self.instance.item(*node));
            part.is_some_and(|part| part.item.kind == *kind)
        };
        self.walk()
            .into_iter()
            .filter(|node| of_kind(node) && self.is_on_screen(*node))
            .map(|node| self.path_of(node))
            .collect()
    }

    /// What stands at a path now.
    ///
    /// # Errors
    ///
    /// If there is no such question, or it is hidden.
    pub fn question(&self, path: &str) -> Result<Question, SetError> {
        self.at(path)
            .filter(|node| self.instance.is_relevant(*node))
            .and_then(|node| self.view(node))
            .ok_or(SetError::NoSuchPath)
    }

    /// The question or note after a path; the first for an empty path.
    #[must_use]
    pub fn next(&self, path: &str) -> Option<AnswerPath> {
        let asked = self.asked();
        match self.at(path) {
            Some(node) if !path.is_empty() => {
                let order = self.walk();
                let place = order.iter().position(|other| *other == node)?;
                order
                    .iter()
                    .skip(place + 1)
                    .find(|next| asked.contains(next))
                    .map(|next| self.path_of(*next))
            }
            _ => asked.first().map(|node| self.path_of(*node)),
        }
    }

    /// The question or note before a path.
    #[must_use]
    pub fn previous(&self, path: &str) -> Option<AnswerPath> {
        let node = self.at(path)?;
        let (order, asked) = (self.walk(), self.asked());
        let place = order.iter().position(|other| *other == node)?;
        order
            .iter()
            .take(place)
            .rev()
            .find(|earlier| asked.contains(earlier))
            .map(|earlier| self.path_of(*earlier))
    }

    /// How many of the questions that are asked now have an answer, and how many there are.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let asked: Vec<usize> = self
            .asked()
            .into_iter()
            .filter(|node| {
                self.logic
                    .part(self.instance.item(*node))
                    .is_some_and(|part| part.item.kind.is_asked())
            })
            .collect();
        let answered = asked
            .iter()
            .filter(|node| !self.instance.value(**node).is_empty())
            .count();
        (answered, asked.len())
    }

    fn is_on_screen(&self, node: usize) -> bool {
        node != ROOT
            && self
                .logic
                .part(self.instance.item(node))
                .is_some_and(|part| is_visible(&part.item))
    }

    fn asked(&self) -> Vec<usize> {
        self.walk()
            .into_iter()
            .filter(|node| self.is_on_screen(*node))
            .filter(|node| {
                self.logic
                    .part(self.instance.item(*node))
                    .is_some_and(|part| !part.item.kind.is_section())
            })
            .collect()
    }

    fn view(&self, node: usize) -> Option<Question> {
        let part = self.logic.part(self.instance.item(node))?;
        let item = &part.item;
        let text = |texts: &Texts| {
            texts
                .in_language(&self.language)
                .map(|text| self.rendered(node, text))
        };
        let choices = self
            .offered_places(node)
            .into_iter()
            .filter_map(|(list, choice)| {
                let choice = self.logic.form().lists.get(list)?.choices.get(choice)?;
                let label = choice.label.in_language(&self.language);
                Some(Offered {
                    name: choice.name.clone(),
                    label: self.rendered(node, label.unwrap_or(&choice.name)),
                    media: media(&choice.media, &self.language),
                })
            })
            .collect();
        let computed = part.calculation.is_some() && part.triggers.is_empty();
        Some(Question {
            path: self.path_of(node),
            kind: item.kind.clone(),
            label: text(&item.label),
            hint: text(&item.hint),
            guidance_hint: text(&item.guidance_hint),
            media: media(&item.media, &self.language),
            appearance: item.appearance.clone(),
            answer: self.instance.value(node).to_owned(),
            choices,
            required: self.is_required(node),
            read_only: computed || self.is_read_only(node),
            violation: self.violation(node),
            depth: self
                .logic
                .chain(self.instance.item(node))
                .len()
                .saturating_sub(2),
        })
    }

    pub(super) fn path_of(&self, node: usize) -> AnswerPath {
        let mut parts = Vec::new();
        let mut now = node;
        while let Some(parent) = self.instance.parent(now) {
            if let Some(part) = self.logic.part(self.instance.item(now)) {
                parts.push(if part.item.kind == Kind::Repeat {
                    format!("/{}[{}]", part.item.name, self.instance.position(now))
                } else {
                    format!("/{}", part.item.name)
                });
            }
            now = parent;
        }
        if parts.is_empty() {
            return "/".to_owned();
        }
        parts.into_iter().rev().collect()
    }

    /// The node at a path. A repeat without a number is its first instance.
    pub(super) fn at(&self, path: &str) -> Option<usize> {
        let mut node = ROOT;
        for step in path.split('/').filter(|step| !step.is_empty()) {
            let (name, place) = match step.split_once('[') {
                None => (step, 1),
                Some((name, rest)) => (name, rest.strip_suffix(']')?.parse::<usize>().ok()?),
            };
            node = self
                .instance
                .children(node)
                .iter()
                .copied()
                .filter(|child| {
                    self.logic
                        .part(self.instance.item(*child))
                        .is_some_and(|part| part.item.name == name)
                })
                .nth(place.checked_sub(1)?)?;
        }
        Some(node)
    }

    pub(super) fn repeat_at(&self, path: &str) -> Result<(usize, usize), SetError> {
        let (around, last) = path.rsplit_once('/').unwrap_or(("", path));
        let name = last.split('[').next().unwrap_or_default();
        let parent = self.at(around).ok_or(SetError::NoSuchPath)?;
        let repeat = self
            .logic
            .part(self.instance.item(parent))
            .into_iter()
            .flat_map(|part| &part.children)
            .copied()
            .find(|child| {
                self.logic
                    .part(*child)
                    .is_some_and(|part| part.item.kind == Kind::Repeat && part.item.name == name)
            });
        Ok((parent, repeat.ok_or(SetError::NoSuchPath)?))
    }

    pub(super) fn instances(&self, parent: usize, repeat: usize) -> Vec<usize> {
        self.instance
            .children(parent)
            .iter()
            .copied()
            .filter(|child| self.instance.item(*child) == repeat)
            .collect()
    }
}

/// A calculated question without a text is computed and not shown.
fn is_visible(item: &Item) -> bool {
    item.kind.is_shown()
        && (item.rules.calculation.is_none() || !item.label.is_empty() || !item.hint.is_empty())
}

fn media(
    media: &std::collections::BTreeMap<MediaKind, Texts>,
    language: &str,
) -> Vec<(MediaKind, String)> {
    media
        .iter()
        .filter_map(|(kind, texts)| Some((*kind, texts.in_language(language)?.to_owned())))
        .collect()
}

/// What making up answers asks of a filling.
impl Filling {
    pub(crate) fn clock(&self) -> Option<crate::Moment> {
        self.surroundings.now
    }

    pub(crate) fn constraint(&self, path: &str) -> Option<&crate::expression::Expression> {
        let node = self.at(path)?;
        self.logic
            .part(self.instance.item(node))?
            .constraint
            .as_ref()
    }

    /// Whether the count of a repeat reads the question at a path.
    pub(crate) fn counts_instances(&self, path: &str) -> bool {
        let Some(node) = self.at(path) else {
            return false;
        };
        self.logic
            .readers(self.instance.item(node))
            .filter_map(|reader| self.logic.part(reader))
            .any(|part| part.count.is_some())
    }

    pub(crate) fn parameters(&self, path: &str) -> std::collections::BTreeMap<String, String> {
        self.at(path)
            .and_then(|node| self.logic.part(self.instance.item(node)))
            .map(|part| part.item.parameters.clone())
            .unwrap_or_default()
    }

    /// Answers to a question by its name, as an expression at a path sees them.
    pub(crate) fn answers_seen(&self, path: &str, name: &str) -> Vec<String> {
        let (Some(node), Some(target)) = (self.at(path), self.logic.named(name)) else {
            return Vec::new();
        };
        self.instance
            .reachable(&self.logic, node, target)
            .into_iter()
            .map(|node| self.instance.seen(node).to_owned())
            .filter(|text| !text.is_empty())
            .collect()
    }
}
