//! Loops of old forms: what is inside is asked once for each choice of a list.
//!
//! They are written out, as pyxform does: a group for each choice, with `%(name)s` and `%(label)s` in
//! what is inside replaced by the choice's. A choice `none`, the way out of a selection of several, is
//! left out.

use crate::form::{Choice, ChoiceList, Item, Kind, Origin, Texts};

/// How many items there are, with those inside.
pub(super) fn size(items: &[Item]) -> usize {
    let inside = items.iter().map(|item| size(&item.items));
    inside.fold(items.len(), usize::saturating_add)
}

/// A group for each choice.
pub(super) fn unfold(items: &[Item], list: &ChoiceList, row: Origin) -> Vec<Item> {
    let choices = list.choices.iter().filter(|choice| choice.name != "none");
    let group = |choice: &Choice| Item {
        label: choice.label.clone(),
        media: choice.media.clone(),
        items: items.iter().map(|item| of_choice(item, choice)).collect(),
        row,
        ..Item::new(&choice.name, Kind::Group)
    };
    choices.map(group).collect()
}

fn of_choice(item: &Item, choice: &Choice) -> Item {
    let mut item = item.clone();
    let plain = |text: &mut String| {
        let label = choice.label.in_language("").unwrap_or(&choice.name);
        put_in(text, &choice.name, label);
    };
    let texts = |texts: &mut Texts| {
        for (language, text) in &mut texts.0 {
            let label = choice.label.in_language(language);
            put_in(text, &choice.name, label.unwrap_or(&choice.name));
        }
    };
    plain(&mut item.name);
    for one in [
        &mut item.label,
        &mut item.hint,
        &mut item.guidance_hint,
        &mut item.constraint_message,
        &mut item.required_message,
    ] {
        texts(one);
    }
    item.media.values_mut().for_each(texts);
    let rules = &mut item.rules;
    for rule in [
        &mut rules.relevant,
        &mut rules.required,
        &mut rules.constraint,
        &mut rules.calculation,
        &mut rules.default,
        &mut rules.read_only,
        &mut rules.choice_filter,
        &mut rules.repeat_count,
    ]
    .into_iter()
    .flatten()
    {
        plain(rule);
    }
    item.items = item
        .items
        .iter()
        .map(|one| of_choice(one, choice))
        .collect();
    item
}

fn put_in(text: &mut String, name: &str, label: &str) {
    if text.contains("%(") {
        *text = text.replace("%(name)s", name).replace("%(label)s", label);
    }
}
