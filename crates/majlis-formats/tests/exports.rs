//! What is exported comes back, counts are right, and memory does not grow with the responses.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test fails by panicking and says what it skips"
)]

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use majlis_formats::answer::Answers;
use majlis_formats::export::{
    Options, Provenance, Response, dictionary, tables, write_csv, write_geojson, write_json,
    write_xlsx,
};
use majlis_formats::import::{self, read_csv, read_sheet};
use majlis_formats::simulate::simulate;
use majlis_formats::workbook::Workbook;
use majlis_formats::{Logic, Moment, Surroundings, xlsform};

const FOLDER: &str = "../../../shared/data/xlsform";

fn around() -> Surroundings {
    Surroundings {
        now: Moment::read("2026-11-26T10:30:00.000+02:00"),
        ..Surroundings::default()
    }
}

fn shared() -> Vec<(String, Arc<Logic>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not here", folder.display());
        return Vec::new();
    };
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let form = xlsform::read(&std::fs::read(&path).unwrap(), &name)
                .form
                .unwrap();
            (name, Arc::new(Logic::new(&form).unwrap()))
        })
        .collect()
}

fn responses(logic: &Arc<Logic>, count: usize) -> Vec<Response> {
    simulate(logic.clone(), around(), 99)
        .take(count)
        .enumerate()
        .map(|(number, answers)| Response {
            id: format!("r{number}"),
            submitted_at: "2026-11-26T10:30:00Z".to_owned(),
            channel: if number % 3 == 0 { "assisted" } else { "self" }.to_owned(),
            conflict: number % 5 == 0,
            ever_corrected: number % 7 == 0,
            attributes: [("area".to_owned(), "=cmd".to_owned())].into(),
            answers: answers.unwrap(),
        })
        .collect()
}

fn options() -> Options {
    Options {
        attributes: vec!["area".to_owned()],
        labels: vec!["default".to_owned()],
        ..Options::default()
    }
}

fn each(responses: &[Response]) -> impl Iterator<Item = Result<Response, Infallible>> {
    responses.iter().cloned().map(Ok)
}

fn wanted(responses: &[Response]) -> Vec<(String, Answers)> {
    responses
        .iter()
        .map(|response| (response.id.clone(), response.answers.clone()))
        .collect()
}

#[test]
fn csv_comes_back_as_it_was() {
    for (name, logic) in shared() {
        let responses = responses(&logic, 25);
        let mut read = Vec::new();
        for table in tables(&logic, &options()) {
            let mut bytes = Vec::new();
            let written =
                write_csv(&logic, &options(), &table, each(&responses), &mut bytes).unwrap();
            assert_eq!(written.responses, 25);
            assert!(bytes.starts_with(b"\xef\xbb\xbf"));
            let rows = read_csv(&table.name, &bytes).unwrap();
            assert_eq!(
                rows.rows.len() as u64,
                written.rows[&table.name] + 1,
                "{name}"
            );
            read.push(rows);
        }
        let text = String::from_utf8({
            let mut bytes = Vec::new();
            let all = tables(&logic, &options());
            write_csv(&logic, &options(), &all[0], each(&responses), &mut bytes).unwrap();
            bytes
        })
        .unwrap();
        assert!(text.contains(",'=cmd") && !text.contains(",=cmd"));
        assert_eq!(
            import::answers(&logic, &read).unwrap(),
            wanted(&responses),
            "{name}"
        );
    }
}

#[test]
fn xlsx_comes_back_as_it_was() {
    for (name, logic) in shared() {
        let responses = responses(&logic, 25);
        let mut bytes = Vec::new();
        let written = write_xlsx(
            &logic,
            &options(),
            &Provenance::default(),
            || each(&responses),
            &mut bytes,
        )
        .unwrap();
        assert_eq!(written.responses, 25);
        let book = Workbook::read(&bytes).unwrap();
        let all = tables(&logic, &options());
        assert_eq!(book.sheets.len(), all.len() + 2);
        let read: Vec<_> = all
            .iter()
            .zip(&book.sheets)
            .map(|(table, sheet)| {
                let rows = read_sheet(&table.name, sheet);
                assert_eq!(
                    rows.rows.len() as u64,
                    written.rows[&table.name] + 1,
                    "{name}"
                );
                rows
            })
            .collect();
        assert_eq!(
            import::answers(&logic, &read).unwrap(),
            wanted(&responses),
            "{name}"
        );
    }
}

#[test]
fn json_and_geojson_hold_every_response() {
    for (name, logic) in shared() {
        let responses = responses(&logic, 10);
        let provenance = Provenance {
            title: "Consultation".to_owned(),
            ..Provenance::default()
        };
        let mut bytes = Vec::new();
        write_json(
            &logic,
            &options(),
            &provenance,
            each(&responses),
            &mut bytes,
        )
        .unwrap();
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["responses"].as_array().unwrap().len(), 10, "{name}");
        assert_eq!(json["provenance"]["title"], "Consultation");
        assert_eq!(json["written"]["responses"], 10);
        let mut bytes = Vec::new();
        let coarse = Options {
            coordinate_digits: Some(2),
            ..options()
        };
        write_geojson(&logic, &coarse, &provenance, each(&responses), &mut bytes).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let features = json["features"].as_array().unwrap();
        assert_eq!(features.len(), 10);
        for feature in features {
            if let Some(coordinates) = feature["geometry"]["coordinates"].as_array() {
                let longitude = coordinates[0].to_string();
                let digits = longitude.split('.').nth(1).unwrap_or("").len();
                assert!(digits <= 2, "{name}: {longitude}");
            }
        }
    }
}

#[test]
fn every_column_is_in_the_dictionary() {
    for (name, logic) in shared() {
        let dictionary = dictionary(&logic, &options());
        let columns: Vec<(String, String)> = tables(&logic, &options())
            .iter()
            .flat_map(|table| {
                table
                    .headings()
                    .map(|heading| (table.name.clone(), heading.to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(dictionary.columns.len(), columns.len(), "{name}");
        for (described, (table, heading)) in dictionary.columns.iter().zip(&columns) {
            assert_eq!((&described.table, &described.column), (table, heading));
            for text in [&described.ar, &described.fr, &described.en, &described.kind] {
                assert!(!text.is_empty(), "{name} {heading}");
            }
        }
    }
}

#[test]
fn broken_tables_are_refused() {
    let Some((_, logic)) = shared().into_iter().find(|(name, _)| name == "tutorial") else {
        return;
    };
    assert!(matches!(
        read_csv("responses", b"KEY\n\"open"),
        Err(import::ImportError::NotClosed { row: 2 })
    ));
    assert!(matches!(
        read_csv("responses", b"\xff"),
        Err(import::ImportError::NotUtf8)
    ));
    let orphan = read_csv("member", b"KEY,PARENT_KEY,name\na,nobody,x\n").unwrap();
    assert!(matches!(
        import::answers(&logic, &[orphan]),
        Err(import::ImportError::Orphan { .. })
    ));
    let wrong = read_csv("responses", b"KEY\nr1\n").unwrap();
    let member = read_csv("member", b"KEY,PARENT_KEY,age_in_years\na,r1,old\n").unwrap();
    assert!(matches!(
        import::answers(&logic, &[wrong, member]),
        Err(import::ImportError::Malformed { row: 2, .. })
    ));
}
