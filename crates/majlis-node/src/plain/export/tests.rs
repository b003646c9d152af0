//! Whatever a form takes keeps its conditions, is kept as a record, and comes back from every table
//! that it is exported to.

use std::convert::Infallible;
use std::path::Path;

use majlis_core::blob::Blob;
use majlis_core::consultation::{Answer, QuestionKind};
use majlis_core::id::{BlobId, QuestionId, SlotId};
use majlis_core::record::{self, Known, Record, Records};
use majlis_core::time::Timestamp;
use majlis_formats::answer::{Answers, Entry};
use majlis_formats::export::{Options, Provenance, tables, write_csv, write_xlsx};
use majlis_formats::form as other;
use majlis_formats::import::{self, read_csv, read_sheet};
use majlis_formats::simulate::simulate;
use majlis_formats::workbook::Workbook;
use majlis_formats::{Filling, Logic, xlsform};

use super::*;
use crate::plain::answers::by_id;
use crate::plain::logic::{Around, Ready};
use crate::plain::sheet::form_of;
use crate::plain::sheet::tests::{made_up, numbered, other_forms, with_each};

const TIME: Timestamp = Timestamp(1_795_000_000_000);

/// Made-up answers name files of no device; here are some that could be.
fn with_files(ready: &Ready, answers: &Answers, repeat: Option<QuestionId>) -> Answers {
    let each = answers.0.iter().map(|(path, entry)| {
        let question = &ready.form.questions[ready.names.at(repeat, path).unwrap()];
        let id = BlobId::from_bytes([7; 32]);
        let file = Blob { id, size: 7 }.to_string();
        let entry = match (entry, &question.kind) {
            (Entry::Text(_), QuestionKind::Photo) => Entry::Text(format!("{file} {file}")),
            (Entry::Text(_), QuestionKind::Sound) => Entry::Text(file),
            (Entry::Text(text), _) => Entry::Text(text.clone()),
            (Entry::Repeat(rows), _) => {
                let row = |row| with_files(ready, row, Some(question.id));
                Entry::Repeat(rows.iter().map(row).collect())
            }
        };
        (path.clone(), entry)
    });
    Answers(each.collect())
}

fn counted(ready: &Ready, number: u8, answers: Vec<(QuestionId, Answer)>) -> CountedRow {
    CountedRow {
        slot: SlotId::from_bytes([number; 16]),
        assisted: false,
        claimed: Some(TIME),
        beside: 0,
        replaced: 0,
        response: record::Response {
            form: ready.id,
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: [number; 8],
            }),
            answers,
        },
    }
}

/// Makes up answers, and follows them through the record and out and back.
fn there_and_back(name: &str, form: &other::Form, responses: u8) -> usize {
    let logic = Logic::new(form).unwrap();
    let core = form_of(logic.form(), &mut numbered()).unwrap();
    let ready = Ready::new(core.id(), &core).unwrap();
    let around = Around {
        device: "a1".to_owned(),
        person: "Ana".to_owned(),
    };
    let around = around.at(TIME, 0);
    let made = simulate(ready.logic.clone(), around.clone(), 31);
    let rows = (1..=responses).zip(made).map(|(number, answers)| {
        let made = with_files(&ready, &answers.unwrap(), None);
        let (mut filling, unknown) = Filling::resume(ready.logic.clone(), around.clone(), &made);
        assert!(unknown.is_empty(), "{name} {number}: {unknown:?}");
        let answers = ready.finished(&mut filling);
        let answers = answers.unwrap_or_else(|error| panic!("{name} {number}: {error:?} {made:?}"));
        assert!(
            !ready.breaks(&answers, Some(TIME)),
            "{name} {number}: {answers:?}"
        );
        counted(&ready, number, answers)
    });
    let rows: Vec<CountedRow> = rows.collect();

    let record = |row: &CountedRow| Record::Response(row.response.clone());
    let records = Records {
        records: rows.iter().map(record).collect(),
    };
    assert_eq!(Records::decode(&records.encode()), Ok(records), "{name}");

    let out: Vec<Response> = rows
        .iter()
        .map(|row| {
            response(
                &core,
                &ready.names,
                row,
                &row.response.answers,
                &Endings::new(),
            )
        })
        .collect();
    let wanted: Vec<(String, Answers)> = out
        .iter()
        .map(|one| (one.id.clone(), one.answers.clone()))
        .collect();
    let each = || out.iter().cloned().map(Ok::<_, Infallible>);
    let options = Options::default();
    let logic = &ready.logic;
    let tables = tables(logic, &options);
    let csv = tables.iter().map(|table| {
        let mut bytes = Vec::new();
        write_csv(logic, &options, table, each(), &mut bytes).unwrap();
        read_csv(&table.name, &bytes).unwrap()
    });
    let csv: Vec<_> = csv.collect();
    assert_eq!(import::answers(logic, &csv).unwrap(), wanted, "{name}");
    let mut book = Vec::new();
    write_xlsx(logic, &options, &Provenance::default(), each, &mut book).unwrap();
    let book = Workbook::read(&book).unwrap();
    let sheets = tables.iter().zip(&book.sheets);
    let sheets: Vec<_> = sheets
        .map(|(table, sheet)| read_sheet(&table.name, sheet))
        .collect();
    assert_eq!(import::answers(logic, &sheets).unwrap(), wanted, "{name}");

    // And what came back is what was said; only photos lose the small picture beside them.
    let photo = |question: &majlis_core::consultation::Question| {
        matches!(question.kind, QuestionKind::Photo)
    };
    if !core.questions.iter().any(photo) {
        for ((_, back), row) in wanted.iter().zip(&rows) {
            let back = by_id(&core, &ready.names, back);
            assert_eq!(back.as_ref(), Ok(&row.response.answers), "{name}");
        }
    }
    rows.iter().map(|row| row.response.answers.len()).sum()
}

#[test]
fn answers_to_other_forms_come_back() {
    with_each(other_forms(), |name, form| {
        let taken = form_of(Logic::new(form).unwrap().form(), &mut numbered());
        if taken.is_ok_and(|core| core.check().is_ok()) {
            there_and_back(name, form, 12);
        }
    });
}

#[test]
fn answers_to_the_shared_forms_come_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/xlsform");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("SKIPPED: no forms in {}", folder.display());
        return;
    };
    for file in files {
        let path = file.unwrap().path();
        let form = xlsform::read(&std::fs::read(&path).unwrap(), "form").form;
        let name = path.display().to_string();
        assert!(there_and_back(&name, &form.unwrap(), 20) > 0, "{name}");
    }
}

/// Takes away defaults that are no answer: whoever fills in is told, and gives another.
fn with_fit_defaults(items: &mut [other::Item]) {
    for item in items {
        use other::Kind::{Decimal, Integer, Text};
        if !matches!(item.kind, Text | Integer | Decimal) {
            item.rules.default = None;
        }
        with_fit_defaults(&mut item.items);
    }
}

#[test]
fn answers_to_made_up_forms_come_back() {
    let mut answered = 0;
    for seed in 0..200 {
        let mut form = made_up(&mut fastrand::Rng::with_seed(seed));
        with_fit_defaults(&mut form.items);
        if Logic::new(&form).is_ok() {
            answered += there_and_back(&format!("seed {seed}"), &form, 5);
        }
    }
    assert!(answered > 1_500, "{answered}");
}
