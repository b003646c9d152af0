//! `or_other` written out: one more choice, and a question for what else it is.

use crate::form::{Choice, ChoiceList, DEFAULT_LANGUAGE, Form, Item, Kind, Texts};

/// The name of the added choice and the ending of the added question, as in XLSForm.
const OTHER: &str = "other";

/// Writes every `or_other` of a form out. A list that already has the choice gets no second one.
pub(super) fn expand(form: &mut Form) {
    let languages: Vec<(String, Option<String>)> = form
        .languages
        .iter()
        .map(|language| (language.name.clone(), language.code.clone()))
        .collect();
    let mut lists = std::mem::take(&mut form.lists);
    expand_items(&mut form.items, &mut lists, &languages);
    form.lists = lists;
}

fn expand_items(
    items: &mut Vec<Item>,
    lists: &mut Vec<ChoiceList>,
    languages: &[(String, Option<String>)],
) {
    let mut expanded = Vec::with_capacity(items.len());
    for mut item in std::mem::take(items) {
        expand_items(&mut item.items, lists, languages);
        let question = match &mut item.kind {
            Kind::SelectOne { list, or_other } | Kind::SelectMultiple { list, or_other }
                if *or_other =>
            {
                *or_other = false;
                *list = with_other(list, lists, languages);
                Some(specify(&item, languages))
            }
            _ => None,
        };
        expanded.push(item);
        expanded.extend(question);
    }
    *items = expanded;
}

/// The name of a list like another one and with the choice; the other one stays as it is.
fn with_other(
    list: &str,
    lists: &mut Vec<ChoiceList>,
    languages: &[(String, Option<String>)],
) -> String {
    let name = format!("{list}_or_other");
    if lists.iter().any(|list| list.name == name) {
        return name;
    }
    let Some(own) = lists.iter().find(|own| own.name == list) else {
        return list.to_owned();
    };
    if own.choices.iter().any(|choice| choice.name == OTHER) {
        return list.to_owned();
    }
    let mut copy = own.clone();
    copy.name.clone_from(&name);
    copy.choices.push(Choice {
        name: OTHER.to_owned(),
        label: spoken(languages, ["غير ذلك", "Autre", "Other"]),
        ..Choice::default()
    });
    lists.push(copy);
    name
}

fn specify(select: &Item, languages: &[(String, Option<String>)]) -> Item {
    let mut question = Item::new(&format!("{}_{OTHER}", select.name), Kind::Text);
    question.row = select.row;
    question.rules.relevant = Some(format!("selected(../{}, '{OTHER}')", select.name));
    question.label = spoken(languages, ["حدّد", "Précisez", "Specify other."]);
    question
}

/// A text in Arabic, French and English, under the names that a form gives its languages.
fn spoken(languages: &[(String, Option<String>)], texts: [&str; 3]) -> Texts {
    let [ar, fr, en] = texts;
    let mut spoken: std::collections::BTreeMap<String, String> = languages
        .iter()
        .map(|(name, code)| {
            let main = code.as_deref().and_then(|code| code.split('-').next());
            let text = match main {
                Some("ar") => ar,
                Some("fr") => fr,
                _ => en,
            };
            (name.clone(), text.to_owned())
        })
        .collect();
    if spoken.is_empty() {
        spoken.insert(DEFAULT_LANGUAGE.to_owned(), en.to_owned());
    }
    Texts(spoken)
}
