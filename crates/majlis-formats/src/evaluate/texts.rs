//! Functions of text, and of lines on the earth.

use super::{Scope, Value};
use crate::answer::Geopoint;
use crate::expression::Expression;
use crate::number::Number;
use rust_decimal::prelude::ToPrimitive;

/// The longest text that an expression builds, in bytes.
const MAX_TEXT: usize = 1 << 20;

pub(super) fn is_text(name: &str) -> bool {
    matches!(
        name,
        "concat"
            | "contains"
            | "ends-with"
            | "join"
            | "lower-case"
            | "normalize-space"
            | "regex"
            | "starts-with"
            | "string-length"
            | "substr"
            | "substring"
            | "substring-after"
            | "substring-before"
            | "translate"
            | "upper-case"
    )
}

pub(super) fn call(scope: &Scope<'_>, name: &str, given: &[Expression]) -> Value {
    let text = |index: usize| given.get(index).map(|one| scope.text(one));
    let first = text(0).unwrap_or_else(|| scope.node_text(&scope.context));
    let second = || text(1).unwrap_or_default();
    match name {
        "concat" => Value::Text(joined(scope, given, "")),
        "join" => Value::Text(joined(scope, given.get(1..).unwrap_or_default(), &first)),
        "contains" => Value::Truth(first.contains(&second())),
        "starts-with" => Value::Truth(first.starts_with(&second())),
        "ends-with" => Value::Truth(first.ends_with(&second())),
        "lower-case" => Value::Text(first.to_lowercase()),
        "upper-case" => Value::Text(first.to_uppercase()),
        "normalize-space" => Value::Text(first.split_whitespace().collect::<Vec<_>>().join(" ")),
        "string-length" => Value::Number(Number::count(first.chars().count())),
        "regex" => {
            let pattern = second();
            // A pattern that no bounded engine can run is not held against the answer.
            let matches = scope
                .logic
                .pattern(&pattern)
                .is_none_or(|pattern| pattern.is_match(&first));
            Value::Truth(matches)
        }
        "substr" => Value::Text(substr(scope, &first, given)),
        "substring" => Value::Text(substring(scope, &first, given)),
        "substring-before" => {
            let found = first.split_once(&second());
            Value::Text(found.map_or_else(String::new, |(before, _)| before.to_owned()))
        }
        "substring-after" => {
            let found = first.split_once(&second());
            Value::Text(found.map_or_else(String::new, |(_, after)| after.to_owned()))
        }
        _ => {
            let (from, to): (Vec<char>, Vec<char>) = (
                second().chars().collect(),
                text(2).unwrap_or_default().chars().collect(),
            );
            let changed = first.chars().filter_map(|letter| {
                match from.iter().position(|other| *other == letter) {
                    None => Some(letter),
                    Some(at) => to.get(at).copied(),
                }
            });
            Value::Text(changed.collect())
        }
    }
}

/// All texts of all arguments; each node of several counts.
fn joined(scope: &Scope<'_>, given: &[Expression], between: &str) -> String {
    let mut all = String::new();
    let mut any = false;
    for argument in given {
        for atom in scope.atoms(&scope.run(argument)) {
            if any {
                all.push_str(between);
            }
            any = true;
            all.push_str(&scope.to_text(&atom));
            if all.len() > MAX_TEXT {
                return String::new();
            }
        }
    }
    all
}

/// From and up to, counted from 0; below zero from the end.
fn substr(scope: &Scope<'_>, text: &str, given: &[Expression]) -> String {
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let place = |index: usize, missing: i64| {
        let at = match given.get(index) {
            None => missing,
            Some(one) => scope.number(one).index().unwrap_or(missing),
        };
        let at = if at < 0 { at + length } else { at };
        usize::try_from(at.clamp(0, length)).unwrap_or(0)
    };
    let (from, to) = (place(1, 0), place(2, length));
    text.chars()
        .skip(from)
        .take(to.saturating_sub(from))
        .collect()
}

/// From and how many, counted from 1 and rounded, as in `XPath` 1.0.
fn substring(scope: &Scope<'_>, text: &str, given: &[Expression]) -> String {
    let rounded = |index: usize| given.get(index).map(|one| scope.number(one).round(0));
    let from = rounded(1).unwrap_or(Number::NAN);
    let to = rounded(2).map(|count| from.add(count));
    (1..)
        .zip(text.chars())
        .filter(|(place, _)| {
            let place = Number::count(*place);
            place.compare(from).is_some_and(std::cmp::Ordering::is_ge)
                && to.is_none_or(|to| place.compare(to).is_some_and(std::cmp::Ordering::is_lt))
        })
        .map(|(_, letter)| letter)
        .collect()
}

/// Radius of the earth in metres, of the sphere that Collect measures on.
const EARTH: f64 = 6_378_100.0;

/// Length of a line in metres, or area inside it in square metres.
pub(super) fn measure(scope: &Scope<'_>, name: &str, given: &[Expression]) -> Value {
    let mut points = Vec::new();
    for argument in given {
        for atom in scope.atoms(&scope.run(argument)) {
            let text = scope.to_text(&atom);
            for part in text.split(';').filter(|part| !part.trim().is_empty()) {
                match Geopoint::read(part) {
                    Some(point) => points.push((
                        point.latitude.to_f64().unwrap_or(0.0).to_radians(),
                        point.longitude.to_f64().unwrap_or(0.0).to_radians(),
                    )),
                    None => return Value::Number(Number::NAN),
                }
            }
        }
    }
    let result = if name != "distance" {
        area(&points)
    } else {
        points
            .windows(2)
            .map(|pair| match pair {
                [one, other] => apart(*one, *other),
                _ => 0.0,
            })
            .sum()
    };
    Value::Number(Number::float(result))
}

/// Distance on the sphere (haversine).
fn apart(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (north, east) = (other.0 - one.0, other.1 - one.1);
    let half =
        (north / 2.0).sin().powi(2) + one.0.cos() * other.0.cos() * (east / 2.0).sin().powi(2);
    2.0 * EARTH * half.sqrt().atan2((1.0 - half).sqrt())
}

/// Area on the sphere by the sum over edges of Chamberlain and Duquette, "Some algorithms for
/// polygons on a sphere" (2007).
fn area(points: &[(f64, f64)]) -> f64 {
    if points.len() < 3 {
        return 0.0;
    }
    let closing = points.iter().copied().chain(points.first().copied());
    let corners: Vec<(f64, f64)> = closing.collect();
    let sum: f64 = corners
        .windows(2)
        .map(|pair| match pair {
            [one, other] => (other.1 - one.1) * (2.0 + one.0.sin() + other.0.sin()),
            _ => 0.0,
        })
        .sum();
    (sum * EARTH * EARTH / 2.0).abs()
}
