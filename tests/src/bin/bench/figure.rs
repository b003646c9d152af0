//! One line a measurement: JSON for programs, words for people.

use serde_json::{Map, Value};

/// Prints a measurement: an object whose keys say what each figure is.
pub(super) fn print(json: bool, figures: &Value) {
    if json {
        println!("{figures}");
        return;
    }
    let mut words = Vec::new();
    flatten("", figures.as_object().unwrap(), &mut words);
    println!("{}", words.join(", "));
}

fn flatten(before: &str, figures: &Map<String, Value>, words: &mut Vec<String>) {
    for (name, value) in figures {
        let name = format!("{before}{}", name.replace('_', " "));
        match value {
            Value::Object(inner) => flatten(&format!("{name}: "), inner, words),
            Value::String(text) => words.push(format!("{name} {text}")),
            other => words.push(format!("{name} {other}")),
        }
    }
}

/// A figure with one decimal, so that lines can be read.
pub(super) fn round(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}

/// A count as a number to divide.
#[allow(
    clippy::cast_precision_loss,
    reason = "bytes and counts here are far below 2^52"
)]
pub(super) const fn float(count: u64) -> f64 {
    count as f64
}
