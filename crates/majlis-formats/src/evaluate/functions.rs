//! The functions of OpenRosa.
//!
//! Names, arguments and results as in the `OpenRosa` XForms specification; where Collect and Enketo
//! differ, as in Collect. Counts of arguments were checked when the expression was read.

use super::{Ref, Scope, Value, dates, texts};
use crate::expression::Expression;
use crate::number::Number;

pub(super) fn call(scope: &Scope<'_>, name: &str, given: &[Expression]) -> Value {
    let first = given.first();
    let text = |index: usize| given.get(index).map(|one| scope.text(one));
    let number = |index: usize| {
        given
            .get(index)
            .map_or(Number::NAN, |one| scope.number(one))
    };
    let truth = |index: usize| given.get(index).is_some_and(|one| scope.truth(one));
    let context = || scope.node_text(&scope.context);
    let first_text = || text(0).unwrap_or_else(context);
    match name {
        "true" => Value::Truth(true),
        "false" => Value::Truth(false),
        "not" => Value::Truth(!truth(0)),
        "boolean" => Value::Truth(truth(0)),
        "boolean-from-string" => {
            Value::Truth(matches!(first_text().to_lowercase().as_str(), "1" | "true"))
        }
        "if" => match given.get(if truth(0) { 1 } else { 2 }) {
            Some(branch) => scope.run(branch),
            None => Value::Text(String::new()),
        },
        "coalesce" => given
            .iter()
            .map(|one| scope.run(one))
            .find(|value| !scope.to_text(value).is_empty())
            .unwrap_or(Value::Text(String::new())),
        "once" => {
            let own = scope.instance.seen(scope.own);
            match first {
                Some(first) if own.is_empty() => scope.run(first),
                _ => Value::Text(own.to_owned()),
            }
        }
        "string" => Value::Text(first_text()),
        "number" => Value::Number(match first {
            Some(first) => scope.number(first),
            None => Number::read(&context()),
        }),
        "position" => position(scope, first),
        "last" => Value::Number(Number::count(scope.size)),
        "count" => Value::Number(Number::count(nodes(scope, first).len())),
        "count-non-empty" => {
            let filled = nodes(scope, first)
                .iter()
                .filter(|node| !scope.node_text(node).is_empty())
                .count();
            Value::Number(Number::count(filled))
        }
        "sum" => Value::Number(
            nodes(scope, first)
                .iter()
                .map(|node| scope.to_number(&scope.atom(node)))
                .filter(|number| !number.is_nan())
                .fold(Number::count(0), Number::add),
        ),
        "min" | "max" => extreme(scope, given, name == "max"),
        "current" => Value::Nodes(vec![Ref::Node(scope.own)]),
        "instance" => {
            let list = scope.logic.list(&first_text()).map(|(list, _)| list);
            Value::Nodes(list.map(Ref::List).into_iter().collect())
        }
        "indexed-repeat" => indexed_repeat(scope, given),
        "jr:choice-name" => choice_name(scope, given),
        "selected" => {
            let wanted = text(1).unwrap_or_default();
            let found = first_text()
                .split_whitespace()
                .any(|name| name == wanted.trim());
            Value::Truth(found)
        }
        "selected-at" => {
            let chosen = first_text();
            let at = number(1).index().and_then(|at| usize::try_from(at).ok());
            let name = at.and_then(|at| chosen.split_whitespace().nth(at));
            Value::Text(name.unwrap_or_default().to_owned())
        }
        "count-selected" => Value::Number(Number::count(first_text().split_whitespace().count())),
        "checklist" | "weighted-checklist" => checklist(scope, given, name == "checklist"),
        "random" => Value::Number(Number::float(random(scope))),
        "uuid" => Value::Text(uuid(scope)),
        "date" | "date-time" | "decimal-date-time" | "decimal-time" | "format-date"
        | "format-date-time" | "now" | "today" => dates::call(scope, name, given),
        "area" | "enclosed-area" | "distance" => texts::measure(scope, name, given),
        _ if texts::is_text(name) => texts::call(scope, name, given),
        _ => Value::Number(arithmetic(name, number(0), number(1), given.len())),
    }
}

fn nodes(scope: &Scope<'_>, argument: Option<&Expression>) -> Vec<Ref> {
    argument.map_or_else(Vec::new, |one| scope.nodes(one))
}

fn arithmetic(name: &str, one: Number, two: Number, count: usize) -> Number {
    let float = |function: fn(f64) -> f64| Number::float(function(one.to_f64()));
    match name {
        "abs" => one.map(|value| value.abs(), f64::abs),
        "int" => one.map(|value| value.trunc(), f64::trunc),
        "floor" => one.map(|value| value.floor(), f64::floor),
        "ceiling" => one.map(|value| value.ceil(), f64::ceil),
        "round" if count > 1 => match two.index().and_then(|digits| i32::try_from(digits).ok()) {
            Some(digits) => one.round(digits),
            None => Number::NAN,
        },
        "round" => one.round(0),
        "pow" => one.power(two),
        "exp10" => Number::count(10).power(one),
        "sqrt" => float(f64::sqrt),
        "exp" => float(f64::exp),
        "log" => float(f64::ln),
        "log10" => float(f64::log10),
        "sin" => float(f64::sin),
        "cos" => float(f64::cos),
        "tan" => float(f64::tan),
        "asin" => float(f64::asin),
        "acos" => float(f64::acos),
        "atan" => float(f64::atan),
        "atan2" => Number::float(one.to_f64().atan2(two.to_f64())),
        "pi" => Number::float(std::f64::consts::PI),
        _ => Number::NAN,
    }
}

/// The place among its like of the repeat instance that an expression leads to.
fn position(scope: &Scope<'_>, argument: Option<&Expression>) -> Value {
    let Some(argument) = argument else {
        return Value::Number(Number::count(scope.position));
    };
    let place = match nodes(scope, Some(argument)).first() {
        Some(Ref::Node(node)) => scope.instance.position(*node),
        _ => return Value::Number(Number::NAN),
    };
    Value::Number(Number::count(place))
}

/// Of what is no number, nothing is the greatest.
fn extreme(scope: &Scope<'_>, given: &[Expression], greatest: bool) -> Value {
    let mut found: Option<Number> = None;
    for argument in given {
        let value = scope.run(argument);
        let numbers: Vec<Number> = match &value {
            Value::Nodes(nodes) => nodes
                .iter()
                .filter(|node| !scope.node_text(node).is_empty())
                .map(|node| scope.to_number(&scope.atom(node)))
                .collect(),
            other => vec![scope.to_number(other)],
        };
        for number in numbers {
            let better = match found {
                None => true,
                Some(best) => match number.compare(best) {
                    None => return Value::Number(Number::NAN),
                    Some(order) => order.is_gt() == greatest && order.is_ne(),
                },
            };
            if better {
                found = Some(number);
            }
        }
    }
    Value::Number(found.unwrap_or(Number::NAN))
}

/// `indexed-repeat(question, repeat, index, …)`: the question in the instances so numbered.
fn indexed_repeat(scope: &Scope<'_>, given: &[Expression]) -> Value {
    let empty = Value::Nodes(Vec::new());
    let Some((Expression::Path(question), pairs)) = given.split_first() else {
        return empty;
    };
    let crate::expression::Start::Reference(name, _) = &question.start else {
        return empty;
    };
    let Some(target) = scope.logic.named(name) else {
        return empty;
    };
    let mut chosen = std::collections::BTreeMap::new();
    for pair in pairs.chunks(2) {
        if let [Expression::Path(repeat), index] = pair
            && let crate::expression::Start::Reference(name, _) = &repeat.start
            && let Some(repeat) = scope.logic.named(name)
        {
            let index = scope.number(index).index().unwrap_or(0);
            chosen.insert(repeat, usize::try_from(index).unwrap_or(0));
        }
    }
    let found = scope
        .instance
        .indexed(scope.logic, scope.own, target, &chosen);
    Value::Nodes(found.into_iter().map(Ref::Node).collect())
}

/// `jr:choice-name(value, 'question')`: the label of a choice.
fn choice_name(scope: &Scope<'_>, given: &[Expression]) -> Value {
    let value = given.first().map(|one| scope.text(one)).unwrap_or_default();
    let question = given.get(1).map(|one| match one {
        Expression::Text(path) => path.trim().to_owned(),
        other => scope.text(other),
    });
    let question = question.unwrap_or_default();
    let bare = question
        .strip_prefix("${")
        .and_then(|name| name.strip_suffix('}'))
        .unwrap_or_else(|| question.rsplit('/').next().unwrap_or_default());
    let label = scope
        .logic
        .named(bare.trim())
        .and_then(|index| scope.logic.part(index))
        .and_then(|part| part.item.kind.list())
        .and_then(|list| scope.logic.list(list))
        .and_then(|(_, list)| list.choices.iter().find(|choice| choice.name == value))
        .and_then(|choice| choice.label.in_language(scope.language));
    Value::Text(label.unwrap_or_default().to_owned())
}

/// Whether between `min` and `max` of the answers are true; -1 is no bound.
fn checklist(scope: &Scope<'_>, given: &[Expression], plain: bool) -> Value {
    let bound = |index: usize| {
        let number = given
            .get(index)
            .map_or(Number::NAN, |one| scope.number(one));
        (!number.equals(Number::count(1).negative())).then_some(number)
    };
    let (least, most) = (bound(0), bound(1));
    let rest = given.get(2..).unwrap_or_default();
    let mut total = Number::count(0);
    for part in rest.chunks(if plain { 1 } else { 2 }) {
        let [first, weight @ ..] = part else {
            continue;
        };
        if scope.truth(first) {
            let weight = weight
                .first()
                .map_or(Number::count(1), |weight| scope.number(weight));
            total = total.add(weight);
        }
    }
    let holds = |bound: Option<Number>, wanted: fn(std::cmp::Ordering) -> bool| {
        bound.is_none_or(|bound| total.compare(bound).is_some_and(wanted))
    };
    Value::Truth(holds(least, std::cmp::Ordering::is_ge) && holds(most, std::cmp::Ordering::is_le))
}

/// The next number of a sequence that the surroundings began (SplitMix64, Steele et al. 2014).
fn next(scope: &Scope<'_>) -> u64 {
    let (value, state) = crate::simulate::draw(scope.random.get());
    scope.random.set(state);
    value
}

fn random(scope: &Scope<'_>) -> f64 {
    // 53 bits, which is what a float between 0 and 1 tells apart.
    (next(scope) >> 11) as f64 / (1_u64 << 53) as f64
}

fn uuid(scope: &Scope<'_>) -> String {
    let (high, low) = (next(scope), next(scope));
    // Version 4 and the variant of RFC 9562.
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}
