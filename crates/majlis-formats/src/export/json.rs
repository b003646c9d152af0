//! JSON and GeoJSON (RFC 7946), one response after the other.

use std::error::Error;
use std::io::{self, Write};

use serde_json::{Map, Number, Value, json};

use super::table::{place, tables};
use super::{Cell, ExportError, Options, Provenance, Response, Written, dictionary};
use crate::answer::{Answers, Entry};
use crate::form::Kind;
use crate::logic::{Logic, ROOT};

/// Writes `{"provenance": …, "dictionary": …, "responses": [ … ], "written": …}`.
///
/// Answers stand under their paths; repeats are lists; choices of several are lists; numbers are
/// numbers where JSON readers keep all their digits and texts where they would not.
///
/// # Errors
///
/// If a response cannot be had or the text cannot be written.
pub fn write_json<E: Into<Box<dyn Error + Send + Sync>>>(
    logic: &Logic,
    options: &Options,
    provenance: &Provenance,
    responses: impl Iterator<Item = Result<Response, E>>,
    mut out: impl Write,
) -> Result<Written, ExportError> {
    out.write_all(b"{\"provenance\":")?;
    put(&mut out, provenance)?;
    out.write_all(b",\n\"dictionary\":")?;
    put(&mut out, &dictionary(logic, options))?;
    out.write_all(b",\n\"responses\":[")?;
    let mut written = Written::default();
    for response in responses {
        let response = response.map_err(|error| ExportError::Source(error.into()))?;
        if written.responses > 0 {
            out.write_all(b",")?;
        }
        out.write_all(b"\n")?;
        let mut record = json!({
            "KEY": response.id,
            "submitted_at": response.submitted_at,
            "channel": response.channel,
            "conflict": response.conflict,
            "ever_corrected": response.ever_corrected,
            "answers": answers(logic, options, ROOT, &response.answers),
        });
        for name in &options.attributes {
            if let (Value::Object(record), Some(value)) =
                (&mut record, response.attributes.get(name))
            {
                record.entry(name.clone()).or_insert(json!(value));
            }
        }
        put(&mut out, &record)?;
        written.responses += 1;
    }
    written
        .rows
        .insert("responses".to_owned(), written.responses);
    out.write_all(b"\n],\n\"written\":")?;
    put(&mut out, &written)?;
    out.write_all(b"}\n")?;
    out.flush()?;
    Ok(written)
}

fn put(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), ExportError> {
    serde_json::to_writer(out, value).map_err(|error| ExportError::Write(io::Error::from(error)))
}

fn answers(logic: &Logic, options: &Options, section: usize, given: &Answers) -> Value {
    let mut object = Map::new();
    for (key, entry) in &given.0 {
        let item = below(logic, section, key);
        let value = match entry {
            Entry::Repeat(instances) => instances
                .iter()
                .map(|instance| answers(logic, options, item.unwrap_or(section), instance))
                .collect(),
            Entry::Text(text) => {
                let kind = item
                    .and_then(|item| logic.part(item))
                    .map(|part| &part.item.kind);
                answer(options, kind, text)
            }
        };
        object.insert(key.clone(), value);
    }
    Value::Object(object)
}

fn below(logic: &Logic, section: usize, key: &str) -> Option<usize> {
    let mut now = section;
    for name in key.split('/') {
        now = logic.part(now)?.children.iter().copied().find(|child| {
            logic
                .part(*child)
                .is_some_and(|part| part.item.name == name)
        })?;
    }
    Some(now)
}

fn answer(options: &Options, kind: Option<&Kind>, text: &str) -> Value {
    match kind {
        Some(Kind::Integer | Kind::Decimal | Kind::Range) => number(text),
        Some(Kind::SelectMultiple { .. } | Kind::Rank { .. }) => {
            text.split_whitespace().map(|name| json!(name)).collect()
        }
        Some(Kind::Geopoint) => match place(options, text) {
            Some(point) => json!({
                "latitude": number(&point.latitude.to_string()),
                "longitude": number(&point.longitude.to_string()),
                "altitude": number(&point.altitude.to_string()),
                "accuracy": number(&point.accuracy.to_string()),
            }),
            None => json!(text),
        },
        Some(Kind::Geotrace | Kind::Geoshape) => text
            .split(';')
            .filter_map(|part| place(options, part))
            .map(|point| json!(point.to_string()))
            .collect(),
        _ => json!(text),
    }
}

/// A number with all its digits, or its text: readers of JSON keep about 15 digits.
fn number(text: &str) -> Value {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits <= 15 {
        if let Ok(whole) = text.parse::<i64>() {
            return json!(whole);
        }
        if let Some(number) = text.parse().ok().and_then(Number::from_f64) {
            return Value::Number(number);
        }
    }
    json!(text)
}

/// Writes a `FeatureCollection`: each response a feature with the cells of the table `responses`.
///
/// Beside the features stand the provenance, what the columns mean, and how many responses there are.
/// A response without a place has no geometry, as RFC 7946 allows, and is not left out.
///
/// # Errors
///
/// If a response cannot be had or the text cannot be written.
pub fn write_geojson<E: Into<Box<dyn Error + Send + Sync>>>(
    logic: &Logic,
    options: &Options,
    provenance: &Provenance,
    responses: impl Iterator<Item = Result<Response, E>>,
    mut out: impl Write,
) -> Result<Written, ExportError> {
    let place_key = options.place.clone().or_else(|| {
        logic
            .parts()
            .iter()
            .find(|part| part.item.kind == Kind::Geopoint && part.repeat.is_none())
            .map(|part| part.path.clone())
    });
    let tables = tables(logic, options);
    let table = tables.first().ok_or(ExportError::NoSuchTable)?;
    out.write_all(b"{\"type\":\"FeatureCollection\",\"provenance\":")?;
    put(&mut out, provenance)?;
    out.write_all(b",\n\"dictionary\":")?;
    put(&mut out, &dictionary(logic, options))?;
    out.write_all(b",\n\"features\":[")?;
    let mut written = Written::default();
    for response in responses {
        let response = response.map_err(|error| ExportError::Source(error.into()))?;
        if written.responses > 0 {
            out.write_all(b",")?;
        }
        out.write_all(b"\n")?;
        let geometry = place_key
            .as_deref()
            .and_then(|key| response.answers.text(key))
            .and_then(|text| place(options, text))
            .map_or(Value::Null, |point| {
                // Longitude first. Zero altitude means that it is not known.
                let mut coordinates = vec![
                    number(&point.longitude.to_string()),
                    number(&point.latitude.to_string()),
                ];
                if !point.altitude.is_zero() {
                    coordinates.push(number(&point.altitude.to_string()));
                }
                json!({ "type": "Point", "coordinates": coordinates })
            });
        table.rows(logic, options, &response, &mut |cells: &[Cell]| {
            let properties: Map<String, Value> = table
                .headings()
                .zip(cells)
                .filter_map(|(heading, cell)| {
                    let value = match cell {
                        Cell::Empty => return None,
                        Cell::Text(text) => json!(text),
                        Cell::Number(text) => number(text),
                        Cell::Truth(truth) => json!(truth),
                    };
                    Some((heading.to_owned(), value))
                })
                .collect();
            let feature = json!({
                "type": "Feature",
                "id": response.id,
                "geometry": geometry,
                "properties": properties,
            });
            put(&mut out, &feature)
        })?;
        written.responses += 1;
    }
    written
        .rows
        .insert("responses".to_owned(), written.responses);
    out.write_all(b"\n],\n\"written\":")?;
    put(&mut out, &written)?;
    out.write_all(b"}\n")?;
    out.flush()?;
    Ok(written)
}
