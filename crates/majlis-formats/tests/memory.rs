//! An export takes no more memory for many responses than for few.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::sync::Arc;

use majlis_formats::answer::{Answers, Entry};
use majlis_formats::export::{
    ExportError, Options, Provenance, Response, tables, write_csv, write_geojson, write_json,
    write_xlsx,
};
use majlis_formats::form::{Form, Item, Kind};
use majlis_formats::{Logic, xlsform};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const COUNT: usize = 6_000;
/// What one format may take beyond what was there, in bytes.
const BOUND: usize = 4 << 20;

fn logic() -> Arc<Logic> {
    let form = Form {
        items: (0..20)
            .map(|number| Item::new(&format!("question_{number}"), Kind::Text))
            .collect(),
        ..Form::default()
    };
    // As it would come: written and read.
    let form = xlsform::read(&xlsform::write(&form).unwrap(), "form")
        .form
        .unwrap();
    Arc::new(Logic::new(&form).unwrap())
}

fn responses() -> impl Iterator<Item = Result<Response, Infallible>> {
    (0..COUNT).map(|number| {
        let answers = (0..20).map(|question| {
            (
                format!("question_{question}"),
                Entry::Text(format!(
                    "answer {question} of {number}, and some words more"
                )),
            )
        });
        Ok(Response {
            id: number.to_string(),
            answers: Answers(answers.collect()),
            ..Response::default()
        })
    })
}

type Format<'a> = (&'a str, &'a dyn Fn() -> Result<u64, ExportError>);

#[test]
fn no_format_holds_the_responses() {
    let (logic, options, provenance) = (logic(), Options::default(), Provenance::default());
    let table = tables(&logic, &options).remove(0);
    let formats: [Format<'_>; 4] = [
        ("CSV", &|| {
            let sink = std::io::sink();
            Ok(write_csv(&logic, &options, &table, responses(), sink)?.responses)
        }),
        ("JSON", &|| {
            let sink = std::io::sink();
            Ok(write_json(&logic, &options, &provenance, responses(), sink)?.responses)
        }),
        ("GeoJSON", &|| {
            let sink = std::io::sink();
            Ok(write_geojson(&logic, &options, &provenance, responses(), sink)?.responses)
        }),
        ("XLSX", &|| {
            let sink = std::io::sink();
            Ok(write_xlsx(&logic, &options, &provenance, responses, sink)?.responses)
        }),
    ];
    for (name, write) in formats {
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        assert_eq!(write().unwrap(), COUNT as u64);
        let peak = MEMORY.peak_usage() - before;
        assert!(peak < BOUND, "{name} took {peak} bytes");
    }
}

#[test]
fn a_source_that_fails_or_changes_is_said() {
    let (logic, options) = (logic(), Options::default());
    let table = tables(&logic, &options).remove(0);
    let broken = std::iter::once(Err::<Response, _>("the store is locked"));
    let error = write_csv(&logic, &options, &table, broken, std::io::sink()).unwrap_err();
    assert!(matches!(error, ExportError::Source(_)));
}
