//! `${name}` as the path that XForms has for it.

use crate::expression::{Piece, pieces};
use crate::form::Kind;
use crate::logic::Logic;
use crate::xml::escape;

/// The name of the element around all answers: what the settings call `name`, else `data`.
pub(super) fn root(logic: &Logic) -> &str {
    logic
        .form()
        .settings
        .kept
        .get("name")
        .map(String::as_str)
        .filter(|name| crate::expression::is_name(name))
        .unwrap_or("data")
}

/// The absolute path of an item.
pub(super) fn path(logic: &Logic, item: usize) -> String {
    let root = root(logic);
    match logic.part(item) {
        Some(part) if !part.path.is_empty() => format!("/{root}/{}", part.path),
        Some(_) | None => format!("/{root}"),
    }
}

/// The path from one item to another: relative where both lie in one repeat, so that it means the
/// same instance, and absolute otherwise.
fn from_to(logic: &Logic, from: usize, to: usize) -> String {
    let (here, there) = (logic.chain(from), logic.chain(to));
    let common = here
        .iter()
        .zip(&there)
        .take_while(|(one, other)| one == other)
        .count();
    let is_repeat = |item: &usize| {
        logic
            .part(*item)
            .is_some_and(|part| part.item.kind == Kind::Repeat)
    };
    let shares = there
        .iter()
        .take(common)
        .any(|item| is_repeat(item) && *item != to);
    if !shares || is_repeat(&to) {
        return path(logic, to);
    }
    let mut steps = vec!["..".to_owned(); here.len().saturating_sub(common)];
    for item in there.iter().skip(common) {
        if let Some(part) = logic.part(*item) {
            steps.push(part.item.name.clone());
        }
    }
    if steps.is_empty() {
        ".".to_owned()
    } else {
        steps.join("/")
    }
}

/// An expression with paths for names, and with the signs that XPath has.
pub(super) fn expression(logic: &Logic, from: usize, text: &str, in_filter: bool) -> String {
    let mut translated = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => {
                for letter in text.chars() {
                    match letter {
                        '\u{2018}' | '\u{2019}' => translated.push('\''),
                        '\u{201c}' | '\u{201d}' => translated.push('"'),
                        '\u{2264}' => translated.push_str("<="),
                        '\u{2265}' => translated.push_str(">="),
                        '\u{2260}' => translated.push_str("!="),
                        '\u{2212}' => translated.push('-'),
                        other => translated.push(other),
                    }
                }
            }
            Piece::Reference(name) => {
                let Some(to) = logic.named(&name) else {
                    if crate::logic::is_added(&name) {
                        translated.push_str(&format!(" /{}/meta/{name} ", root(logic)));
                    }
                    continue;
                };
                let path = from_to(logic, from, to);
                // In a filter of choices the context is the choice.
                if in_filter && path.starts_with('.') {
                    translated.push_str(&format!(" current()/{path} "));
                } else {
                    translated.push_str(&format!(" {path} "));
                }
            }
        }
    }
    translated
}

/// A text for people, with answers put in as outputs.
pub(super) fn label(logic: &Logic, from: usize, text: &str) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => escape(&text),
            Piece::Reference(name) => match logic.named(&name) {
                Some(to) => {
                    let path = from_to(logic, from, to);
                    format!("<output value=\" {} \"/>", escape(&path))
                }
                None if crate::logic::is_added(&name) => {
                    format!("<output value=\" /{}/meta/{name} \"/>", root(logic))
                }
                None => String::new(),
            },
        })
        .collect()
}
