//! The column `parameters`: read, and asked whether a question of that type can do anything with it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::form::{ChoiceList, Item, Kind};
use crate::message::{Meant, Problem};

/// Reads parameters. Spaces, commas and semicolons all stand between them; `a = 1` is one.
pub(super) fn read(text: &str) -> (BTreeMap<String, String>, Vec<Problem>) {
    let (mut parameters, mut problems) = (BTreeMap::new(), Vec::new());
    let text = crate::answer::ascii_digits(&text.replace(" =", "=").replace("= ", "="));
    for part in text.split([' ', ',', ';', '\n']) {
        match part.split_once('=') {
            _ if part.is_empty() => {}
            Some((name, value)) if !name.is_empty() && !value.contains('=') => {
                parameters.insert(name.to_ascii_lowercase(), value.to_owned());
            }
            _ => problems.push(bad(part, "")),
        }
    }
    (parameters, problems)
}

fn bad(parameter: &str, value: &str) -> Problem {
    Problem::BadParameter {
        parameter: parameter.to_owned(),
        value: value.to_owned(),
    }
}

/// The parameters that a type takes; `None` of a type that takes whatever is there.
fn taken(kind: &Kind) -> Option<&'static [&'static str]> {
    Some(match kind {
        Kind::Range => &[
            "start",
            "end",
            "step",
            "tick_interval",
            "placeholder",
            "tick_labelset",
        ],
        Kind::SelectOne { .. } | Kind::SelectMultiple { .. } | Kind::Rank { .. } => {
            &["randomize", "seed"]
        }
        Kind::SelectFromFile { .. } => &["value", "label", "randomize", "seed"],
        Kind::Text => &["rows"],
        Kind::Image => &["max-pixels", "app"],
        Kind::Audio => &["quality"],
        Kind::Geopoint => &[
            "capture-accuracy",
            "warning-accuracy",
            "allow-mock-accuracy",
            "reference-geometry",
        ],
        Kind::Geotrace | Kind::Geoshape => {
            &["allow-mock-accuracy", "incremental", "reference-geometry"]
        }
        _ => return None,
    })
}

/// What is wrong with the parameters of a question: a misspelt one would be left out in silence.
pub(super) fn check(item: &Item, lists: &[ChoiceList]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(taken) = taken(&item.kind) else {
        return problems;
    };
    for (name, value) in &item.parameters {
        if !taken.contains(&name.as_str()) {
            problems.push(Problem::UnknownParameter {
                parameter: name.clone(),
                meant: Meant::among(name, taken.iter().copied()),
            });
            continue;
        }
        let fits = match name.as_str() {
            "start" | "end" | "step" | "tick_interval" | "placeholder" => {
                value.parse::<Decimal>().is_ok()
            }
            "rows" | "max-pixels" => value.parse::<u32>().is_ok_and(|number| number > 0),
            "capture-accuracy" | "warning-accuracy" => value
                .parse::<Decimal>()
                .is_ok_and(|number| number >= Decimal::ZERO),
            "allow-mock-accuracy" | "randomize" => is_one_of(value, &["true", "false"]),
            "incremental" => is_one_of(value, &["true", "true()", "yes"]),
            "quality" => is_one_of(value, &["normal", "low", "voice-only", "external"]),
            "seed" => value.parse::<Decimal>().is_ok() || is_reference(value),
            _ => true,
        };
        if !fits {
            problems.push(bad(name, value));
        }
    }
    if item.kind == Kind::Range && problems.is_empty() {
        range(&item.parameters, lists, &mut problems);
    }
    problems
}

fn is_one_of(value: &str, words: &[&str]) -> bool {
    words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn is_reference(value: &str) -> bool {
    value
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(crate::expression::is_name)
}

/// A range needs a step that leads from its start towards its end; what is marked on it lies on a step.
fn range(parameters: &BTreeMap<String, String>, lists: &[ChoiceList], problems: &mut Vec<Problem>) {
    let (start, end, step) = crate::simulate::range(parameters);
    let value = |name: &str| parameters.get(name).map(String::as_str);
    let is_step = |number: Decimal| number.checked_rem(step).is_some_and(|rest| rest.is_zero());
    let Some(length) = end.checked_sub(start).map(|length| length.abs()) else {
        problems.push(bad("end", value("end").unwrap_or_default()));
        return;
    };
    if step.is_zero() || step > length {
        problems.push(bad("step", value("step").unwrap_or("1")));
        return;
    }
    let lies = |number: Decimal| {
        let within = number >= start.min(end) && number <= start.max(end);
        within && number.checked_sub(start).is_some_and(is_step)
    };
    let number = |name: &str| value(name).and_then(|text| text.parse::<Decimal>().ok());
    if let Some(interval) = number("tick_interval")
        && (interval.is_zero() || interval.abs() > length || !is_step(interval))
    {
        problems.push(bad(
            "tick_interval",
            value("tick_interval").unwrap_or_default(),
        ));
    }
    if let Some(first) = number("placeholder")
        && !lies(first)
    {
        problems.push(bad("placeholder", value("placeholder").unwrap_or_default()));
    }
    let Some(wanted) = value("tick_labelset") else {
        return;
    };
    match lists.iter().find(|list| list.name == wanted) {
        None => problems.push(Problem::UnknownList {
            list: wanted.to_owned(),
            meant: Meant::among(wanted, lists.iter().map(|list| list.name.as_str())),
        }),
        Some(list) => {
            let stray = list.choices.iter().find(|choice| {
                let number = choice.name.parse::<Decimal>();
                !number.is_ok_and(lies)
            });
            if stray.is_some() {
                problems.push(bad("tick_labelset", wanted));
            }
        }
    }
}
