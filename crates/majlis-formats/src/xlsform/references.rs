//! Answers that texts and triggers name, once the rest of the form is sound.

use crate::expression::{Piece, pieces};
use crate::form::{Form, Item, Texts};
use crate::logic::Logic;
use crate::message::{Message, Place, Problem};

/// Says which texts show an answer that is not there, and which calculations wait for what nobody answers.
pub(super) fn check(form: &Form, logic: &Logic, messages: &mut Vec<Message>) {
    for list in &form.lists {
        for choice in &list.choices {
            let place = |column: &str| Place::cell("choices", choice.row.0, column);
            shown(logic, &choice.label, |language, problem| {
                messages.push(Message::error(
                    place(&format!("label::{language}")),
                    problem,
                ));
            });
            broken(&choice.label, |language, problem| {
                messages.push(Message::warning(
                    place(&format!("label::{language}")),
                    problem,
                ));
            });
        }
    }
    items(&form.items, logic, messages);
}

fn items(all: &[Item], logic: &Logic, messages: &mut Vec<Message>) {
    for item in all {
        for (column, texts) in [
            ("label", &item.label),
            ("hint", &item.hint),
            ("guidance_hint", &item.guidance_hint),
            ("constraint_message", &item.constraint_message),
            ("required_message", &item.required_message),
        ] {
            // A name that no question has is said where the form is made ready.
            shown(logic, texts, |language, problem| {
                let place = Place::cell("survey", item.row.0, &format!("{column}::{language}"));
                messages.push(Message::error(place, problem));
            });
            broken(texts, |language, problem| {
                let place = Place::cell("survey", item.row.0, &format!("{column}::{language}"));
                messages.push(Message::warning(place, problem));
            });
        }
        for trigger in &item.rules.trigger {
            let bare = trigger
                .strip_prefix("${")
                .and_then(|name| name.strip_suffix('}'))
                .unwrap_or(trigger);
            let waits_for = logic.named(bare).and_then(|index| logic.part(index));
            if waits_for.is_some_and(|part| !is_answered(&part.item)) {
                messages.push(Message::error(
                    Place::cell("survey", item.row.0, "trigger"),
                    Problem::TriggerNotAsked {
                        name: bare.to_owned(),
                    },
                ));
            }
        }
        items(&item.items, logic, messages);
    }
}

/// Whether somebody can change the answer on a screen.
fn is_answered(item: &Item) -> bool {
    let computed = item.rules.calculation.is_some() && item.label.is_empty();
    let unseen = computed && item.hint.is_empty() && item.media.is_empty();
    item.kind.is_shown() && !unseen
}

fn shown(logic: &Logic, texts: &Texts, mut say: impl FnMut(&str, Problem)) {
    for (language, text) in &texts.0 {
        for piece in pieces(text) {
            let Piece::Reference(name) = piece else {
                continue;
            };
            if logic.is_named_often(&name) {
                say(language, Problem::AmbiguousReference { name });
            } else if logic.named(&name).is_none() && !crate::logic::is_added(&name) {
                say(language, logic.unknown(&name));
            }
        }
    }
}

/// A `${` that no name and `}` follow is shown as it is written.
fn broken(texts: &Texts, mut say: impl FnMut(&str, Problem)) {
    for (language, text) in &texts.0 {
        for piece in pieces(text) {
            let Piece::Text(plain) = piece else {
                continue;
            };
            if let Some((_, after)) = plain.split_once("${")
                && !after.starts_with("last-saved#")
            {
                let text = after.chars().take(24).collect::<String>();
                let text = format!("${{{text}");
                say(language, Problem::BrokenReference { text });
                break;
            }
        }
    }
}
