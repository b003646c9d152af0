//! The shared forms, read as the specification says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test fails by panicking and says what it skips"
)]

use std::path::Path;

use std::sync::Arc;

use majlis_formats::simulate::simulate;
use majlis_formats::{Filling, Logic, Moment, Surroundings, xlsform};

const FOLDER: &str = "../../../shared/data/xlsform";

fn shared() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not here", folder.display());
        return Vec::new();
    };
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_shared_form_is_usable() {
    for (name, bytes) in shared() {
        let stem = name.split('.').next().unwrap();
        let reading = xlsform::read(&bytes, stem);
        println!("== {name}");
        for message in &reading.messages {
            println!("{message}");
        }
        assert!(reading.is_usable(), "{name}");
    }
}

#[test]
fn made_up_responses_are_accepted_and_come_again() {
    for (name, bytes) in shared() {
        let stem = name.split('.').next().unwrap();
        let form = xlsform::read(&bytes, stem).form.unwrap();
        let logic = Arc::new(Logic::new(&form).unwrap());
        let around = Surroundings {
            now: Moment::read("2026-11-26T10:30:00.000+02:00"),
            ..Surroundings::default()
        };
        let responses: Vec<_> = simulate(logic.clone(), around.clone(), 4)
            .take(30)
            .map(|response| response.unwrap_or_else(|error| panic!("{name}: {error:?}")))
            .collect();
        let again: Vec<_> = simulate(logic.clone(), around.clone(), 4)
            .take(30)
            .map(Result::unwrap)
            .collect();
        assert_eq!(responses, again, "{name}");
        for response in &responses {
            let (mut filling, unknown) = Filling::resume(logic.clone(), around.clone(), response);
            assert!(unknown.is_empty(), "{name}: {unknown:?}");
            assert_eq!(filling.finish().as_ref(), Ok(response), "{name}");
        }
    }
}

#[test]
fn a_form_written_and_read_is_the_same_form() {
    for (name, bytes) in shared() {
        let stem = name.split('.').next().unwrap();
        let form = xlsform::read(&bytes, stem).form.unwrap();
        let written = xlsform::write(&form).unwrap();
        let again = xlsform::read(&written, "another name").form.unwrap();
        assert_eq!(form, again, "{name}");
    }
}
