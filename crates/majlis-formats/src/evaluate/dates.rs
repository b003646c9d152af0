//! Functions of days and times.

use rust_decimal::Decimal;

use super::{Scope, Value};
use crate::expression::Expression;
use crate::moment::{Moment, day_part};
use crate::number::Number;

pub(super) fn call(scope: &Scope<'_>, name: &str, given: &[Expression]) -> Value {
    let now = scope.surroundings.now;
    let first = given.first().map(|one| scope.run(one));
    let moment = || first.as_ref().and_then(|value| moment(scope, value));
    let result = match name {
        "now" => now.map(Value::Moment),
        "today" => now.map(|now| Value::Moment(now.day())),
        "date" => moment().map(|moment| Value::Moment(moment.day())),
        "date-time" => moment().map(|moment| Value::Moment(moment.instant())),
        "decimal-date-time" => {
            return Value::Number(
                moment().map_or(Number::NAN, |moment| Number::Exact(moment.days())),
            );
        }
        "decimal-time" => {
            let text = first.as_ref().map(|value| scope.to_text(value));
            let part = text
                .as_deref()
                .and_then(|text| day_part(text).or_else(|| Some(Moment::read(text)?.fraction())));
            return Value::Number(part.map_or(Number::NAN, Number::Exact));
        }
        _ => {
            let pattern = given.get(1).map(|one| scope.text(one)).unwrap_or_default();
            moment().map(|moment| Value::Text(format(moment, &pattern)))
        }
    };
    result.unwrap_or(Value::Text(String::new()))
}

/// A value as a moment: what is one, ISO text, or days since the beginning of 1970.
fn moment(scope: &Scope<'_>, value: &Value) -> Option<Moment> {
    if let Value::Moment(moment) = value {
        return Some(*moment);
    }
    let text = scope.to_text(value);
    if let Some(moment) = Moment::read(&text) {
        return Some(moment);
    }
    match scope.to_number(value) {
        Number::Exact(days) if days.abs() < Decimal::from(4_000_000) => Moment::from_days(days),
        Number::Exact(_) | Number::Float(_) => None,
    }
}

/// `%Y %y %m %n %d %e %H %h %M %S %3 %a %b`, as in the XForms specification.
fn format(moment: Moment, pattern: &str) -> String {
    let at = moment.civil();
    let mut text = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let part = match letters.next() {
            Some('Y') => format!("{:04}", at.year()),
            Some('y') => format!("{:02}", at.year().rem_euclid(100)),
            Some('m') => format!("{:02}", at.month()),
            Some('n') => at.month().to_string(),
            Some('b') => at.strftime("%b").to_string(),
            Some('d') => format!("{:02}", at.day()),
            Some('e') => at.day().to_string(),
            Some('a') => at.strftime("%a").to_string(),
            Some('W') => at.strftime("%V").to_string(),
            Some('w') => at.strftime("%w").to_string(),
            Some('H') => format!("{:02}", at.hour()),
            Some('h') => at.hour().to_string(),
            Some('M') => format!("{:02}", at.minute()),
            Some('S') => format!("{:02}", at.second()),
            Some('3') => format!("{:03}", at.subsec_nanosecond() / 1_000_000),
            Some('%') | None => "%".to_owned(),
            Some(other) => format!("%{other}"),
        };
        text.push_str(&part);
    }
    text
}
