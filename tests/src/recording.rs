//! Recorded writing by real people, read as edits of a document. The recordings lie beside the
//! repository; without them whoever asks says so and goes on.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::fs::File;
use std::path::Path;

use majlis_core::document::{BlockKind, Document, Edit, Marks};
use serde_json::Value;

/// Where recordings are, from the root of the repository.
pub const FOLDER: &str = "../shared/data/editing-traces";

/// A recorded step: units out, then text in, at a place of the plain text.
pub type Patch = (usize, usize, String);

/// Reads a recording; `None` where it is not.
#[must_use]
pub fn read(name: &str) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = File::open(root.join(FOLDER).join(format!("{name}.json.gz"))).ok()?;
    Some(serde_json::from_reader(flate2::read::GzDecoder::new(file)).unwrap())
}

/// A recorded number.
#[must_use]
pub fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// The patches of a recorded step.
#[must_use]
pub fn patches(step: &Value) -> Vec<Patch> {
    let patches = step["patches"].as_array().unwrap().iter();
    let patch = |one: &Value| {
        let text = one[2].as_str().unwrap().to_owned();
        (number(&one[0]), number(&one[1]), text)
    };
    patches.map(patch).collect()
}

/// Keystrokes as edits; a run of typing is one, a new line is a new block.
#[must_use]
pub fn edits(steps: &[Patch]) -> Vec<Edit> {
    let mut out: Vec<Edit> = Vec::new();
    for (place, gone, come) in steps {
        let mut at = place + 1;
        match out.last_mut() {
            // Backwards over what stands before.
            Some(Edit::Delete { at: last, count }) if *gone > 0 && at + gone == *last => {
                *last = at;
                *count += gone;
            }
            _ if *gone > 0 => out.push(Edit::Delete { at, count: *gone }),
            _ => {}
        }
        for char in come.chars() {
            match out.last_mut() {
                _ if char == '\n' => out.push(Edit::Split {
                    at,
                    kind: BlockKind::Paragraph,
                }),
                Some(Edit::Insert {
                    at: begun, text, ..
                }) if *begun + text.encode_utf16().count() == at => text.push(char),
                _ => {
                    let (text, marks) = (char.to_string(), Marks::default());
                    out.push(Edit::Insert { at, text, marks });
                }
            }
            at += char.len_utf16();
        }
    }
    out
}

/// The plain text of a document, a line a block.
#[must_use]
pub fn text(document: &Document) -> String {
    let lines: Vec<String> = document
        .blocks()
        .iter()
        .map(|block| block.runs.iter().map(|run| run.text.as_str()).collect())
        .collect();
    lines.join("\n")
}
