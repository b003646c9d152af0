//! Steps from node to node, among the answers and in lists of choices.

use super::{Ref, Scope};
use crate::expression::To;

pub(super) fn step(scope: &Scope<'_>, node: &Ref, to: &To) -> Vec<Ref> {
    match (node, to) {
        (_, To::Here) => vec![node.clone()],
        (Ref::Node(index), To::Parent) => scope
            .instance
            .parent(*index)
            .map(Ref::Node)
            .into_iter()
            .collect(),
        (Ref::Node(index), To::Child(name)) => scope
            .instance
            .children(*index)
            .iter()
            .filter(|child| {
                scope
                    .logic
                    .part(scope.instance.item(**child))
                    .is_some_and(|part| part.item.name == *name)
            })
            .map(|child| Ref::Node(*child))
            .collect(),
        (Ref::Node(index), To::AnyChild) => scope
            .instance
            .children(*index)
            .iter()
            .map(|child| Ref::Node(*child))
            .collect(),
        (Ref::Node(index), To::Below) => {
            let mut found = Vec::new();
            let mut waiting = vec![*index];
            while let Some(next) = waiting.pop() {
                if !scope.step() {
                    return Vec::new();
                }
                found.push(Ref::Node(next));
                waiting.extend(scope.instance.children(next).iter().rev());
            }
            found
        }
        // instance('list')/root/item/column; the root is the list itself.
        (Ref::List(_), To::Child(name)) if name == "root" => vec![node.clone()],
        (Ref::List(list), To::Child(_) | To::AnyChild) => {
            let count = scope
                .logic
                .form()
                .lists
                .get(*list)
                .map_or(0, |list| list.choices.len());
            (0..count)
                .map(|choice| Ref::Choice(*list, choice))
                .collect()
        }
        (Ref::Choice(list, choice), To::Child(name)) => {
            if property(scope, *list, *choice, name).is_some() {
                vec![Ref::Property(*list, *choice, name.clone())]
            } else {
                Vec::new()
            }
        }
        (Ref::Choice(list, _), To::Parent) => vec![Ref::List(*list)],
        (Ref::Property(list, choice, _), To::Parent) => vec![Ref::Choice(*list, *choice)],
        _ => Vec::new(),
    }
}

/// A column of a choice: its name, its label, or one that the author added.
pub(super) fn property(
    scope: &Scope<'_>,
    list: usize,
    choice: usize,
    name: &str,
) -> Option<String> {
    let choice = scope.logic.form().lists.get(list)?.choices.get(choice)?;
    match name {
        "name" => Some(choice.name.clone()),
        "label" => choice.label.in_language(scope.language).map(str::to_owned),
        _ => choice.properties.get(name).cloned(),
    }
}
