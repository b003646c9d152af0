//! W6: bytes on disk per answer and per document, against what they say: real processes write, the
//! folder is measured when they are gone.

use std::io::Write as _;
use std::process::Stdio;

use majlis_tests::households;
use majlis_tests::morning::{self, DISTRICT};
use majlis_tests::village::Village;
use serde_json::json;

use super::{Sync, bound};
use crate::figure::{self, float, round};
use crate::sizes::size;

const ANSWERS: u64 = 2_000;
const DOCUMENTS: u64 = 50;
/// Paragraphs of a document: about two thousand letters.
const PARAGRAPHS: u64 = 20;
/// How often a document is written in.
const GOES: u64 = 2;

pub(super) fn run(wanted: &Sync) {
    let count = wanted.count.unwrap_or(ANSWERS);
    let village = Village::new(None).without_discovery();
    village.majlis(&["space", "new", "Ain Safa", "--as", "Amina"]);
    morning::open(&village);
    let empty = size(village.folder());
    morning::answer(&village, 0..count);
    let answered = size(village.folder()) - empty;
    let content: usize = (0..count)
        .map(|number| {
            households::household(DISTRICT, number)
                .plain()
                .to_string()
                .len()
        })
        .sum();
    let per = |bytes: u64| round(float(bytes) / float(count));
    figure::print(
        wanted.json,
        &json!({
            "workload": "W6", "profile": "none", "case": "answers", "answers": count,
            "disk_per_answer": per(answered), "content_per_answer": per(content as u64),
            "times_content": round(float(answered) / float(content as u64)),
            "bound": bound::of(village.folder(), 0..count),
        }),
    );
    let before = size(village.folder());
    let texts: Vec<String> = (0..DOCUMENTS)
        .map(|number| document(&village, number))
        .collect();
    let content: u64 = texts.iter().map(|text| text.len() as u64).sum();
    let documents = size(village.folder()) - before;
    figure::print(
        wanted.json,
        &json!({
            "workload": "W6", "profile": "none", "case": "documents", "documents": DOCUMENTS,
            "disk_per_document": documents / DOCUMENTS,
            "content_per_document": content / DOCUMENTS,
            "times_content": round(float(documents) / float(content)),
            "bound_per_document": bound::of_texts(&texts, DOCUMENTS * GOES) / DOCUMENTS,
        }),
    );
}

/// Writes a document in two goes, as people do; its text.
pub(super) fn document(village: &Village, number: u64) -> String {
    let title = format!("Minutes {number}");
    let text = paragraphs(number);
    let (first, all) = (text[..text.len() / 2].join("\n"), text.join("\n"));
    village.majlis(&["doc", "new", &title, "--text", &first]);
    let mut command = village.command();
    command.args(["doc", "edit", &title, "--replace"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(all.as_bytes()).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success(), "editing {title}");
    all
}

/// What was said at a meeting: the wishes of households, one after another.
fn paragraphs(number: u64) -> Vec<String> {
    let wishes = (number * PARAGRAPHS * 2..)
        .flat_map(|household| households::household(DISTRICT + 1, household).given)
        .filter_map(|given| match given {
            Some(households::Given::Text(text)) => Some(text),
            _ => None,
        });
    wishes.take(usize::try_from(PARAGRAPHS).unwrap()).collect()
}
