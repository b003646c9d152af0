//! Exports 250,000 made-up responses of a form in every format and says what that took.
//!
//! `cargo run --release -p majlis-formats --example export_memory -- form.xlsx [responses]`

#![allow(clippy::print_stdout, reason = "a program says what it found")]

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use majlis_formats::export::{
    Options, Provenance, Response, tables, write_csv, write_geojson, write_json, write_xlsx,
};
use majlis_formats::simulate::simulate;
use majlis_formats::{Logic, Moment, Surroundings, xlsform};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Counts bytes and forgets them.
#[derive(Default)]
struct Sink(u64);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which form?")?;
    let count: usize = arguments
        .next()
        .map_or(Ok(250_000), |count| count.parse())?;
    let reading = xlsform::read(&std::fs::read(&path)?, "form");
    let form = reading.form.ok_or("the form is not usable")?;
    let logic = Arc::new(Logic::new(&form).map_err(|_| "the form is not usable")?);
    let around = Surroundings {
        now: Moment::read("2026-11-26T10:30:00+02:00"),
        ..Surroundings::default()
    };
    // A few hundred kinds of answers, told apart by their keys: making them up is not measured.
    let kinds = simulate(logic.clone(), around, 1)
        .take(300)
        .collect::<Result<Vec<_>, _>>()?;
    let responses = || {
        kinds
            .iter()
            .cycle()
            .take(count)
            .enumerate()
            .map(|(number, answers)| {
                Ok::<_, Infallible>(Response {
                    id: format!("response-{number:08}"),
                    submitted_at: "2026-11-26T10:30:00Z".to_owned(),
                    channel: "assisted".to_owned(),
                    answers: answers.clone(),
                    ..Response::default()
                })
            })
    };
    let (options, provenance) = (Options::default(), Provenance::default());
    let all = tables(&logic, &options);
    println!(
        "{} tables, {} columns in the first",
        all.len(),
        all.first().map_or(0, |table| table.headings().count())
    );
    let say = |format: &str, began: Instant, bytes: u64, rows: u64| {
        println!(
            "{format}: {rows} responses, {:.1} MB, {:.1} s, peak {:.1} MB of allocations",
            bytes as f64 / 1e6,
            began.elapsed().as_secs_f64(),
            MEMORY.peak_usage_as_mb(),
        );
        MEMORY.reset_peak_usage();
    };
    MEMORY.reset_peak_usage();
    for table in &all {
        let (began, mut sink) = (Instant::now(), Sink::default());
        let written = write_csv(&logic, &options, table, responses(), &mut sink)?;
        say(
            &format!("CSV {}", table.name),
            began,
            sink.0,
            written.responses,
        );
    }
    let (began, mut sink) = (Instant::now(), Sink::default());
    let written = write_json(&logic, &options, &provenance, responses(), &mut sink)?;
    say("JSON", began, sink.0, written.responses);
    let (began, mut sink) = (Instant::now(), Sink::default());
    let written = write_geojson(&logic, &options, &provenance, responses(), &mut sink)?;
    say("GeoJSON", began, sink.0, written.responses);
    let (began, mut sink) = (Instant::now(), Sink::default());
    let written = write_xlsx(&logic, &options, &provenance, responses, &mut sink)?;
    say("XLSX", began, sink.0, written.responses);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!(
            "peak of the whole process: {}",
            line.replace("VmHWM:", "").trim()
        );
    }
    Ok(())
}
