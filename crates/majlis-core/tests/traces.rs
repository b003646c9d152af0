//! Recorded writing, replayed through edits and the gate, ends in the recorded text. The recordings
//! lie beside the repository; without them the tests say so and pass over them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests say what they expect"
)]

use std::io::Read as _;

use majlis_core::changes::Changes;
use majlis_core::document::{BlockKind, Document, Edit, Marks};
use majlis_core::gate::{self, Verdict};
use majlis_core::id::{DeviceId, LaneClass, LaneId};
use majlis_core::time::Timestamp;
use serde_json::Value;

fn recording(name: &str) -> Option<Value> {
    let root = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/editing-traces/"
    );
    let Ok(packed) = std::fs::read(format!("{root}{name}.json.gz")) else {
        println!("skipped: the recording {name} is not beside the repository");
        return None;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_string(&mut text)
        .unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn lane() -> LaneId {
    LaneId::new(LaneClass::Document, [9; 16])
}

/// A recorded step: characters out, then text in, at a place of the plain text.
type Patch = (usize, usize, String);

fn patches(step: &Value) -> Vec<Patch> {
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let patches = step["patches"].as_array().unwrap().iter();
    patches
        .map(|one| {
            (
                number(&one[0]),
                number(&one[1]),
                one[2].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

/// Keystrokes as edits; a run of typing is one, a new line is a new block.
fn edits(steps: &[Patch]) -> Vec<Edit> {
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
                }) if *begun + text.encode_utf16().count() == at => {
                    text.push(char);
                }
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

fn text(document: &Document) -> String {
    let blocks = document.blocks();
    let lines: Vec<String> = blocks
        .iter()
        .map(|one| one.runs.iter().map(|run| run.text.as_str()).collect())
        .collect();
    lines.join("\n")
}

struct Writer {
    device: DeviceId,
    document: Document,
    /// Recorded steps not yet handed in.
    typed: Vec<Patch>,
    /// Batches made, each with the last recorded step it holds, and how many the other has.
    made: Vec<(usize, Changes)>,
    given: usize,
}

impl Writer {
    fn new(number: u8) -> Self {
        Self {
            device: DeviceId::from_bytes([number; 32]),
            document: Document::new(lane()),
            typed: Vec::new(),
            made: Vec::new(),
            given: 0,
        }
    }

    fn hand_in(&mut self, last: usize) {
        if self.typed.is_empty() {
            return;
        }
        let edits = edits(&std::mem::take(&mut self.typed));
        let heads = self.document.heads();
        let actor = self.device.actor(lane(), 0);
        let edited = self
            .document
            .edit(actor, &heads, &edits, Timestamp(0))
            .unwrap();
        let changes = edited.changes.into_iter().map(Into::into).collect();
        self.made.push((
            last,
            Changes {
                session: 0,
                changes,
            },
        ));
    }

    fn admit(&mut self, from: DeviceId, batch: &Changes) {
        let (automerge, history) = (self.document.automerge(), self.document.history());
        match gate::check(automerge, history, from, lane(), batch) {
            Verdict::Passed(passed) => self.document.admit(passed),
            refused => panic!("{refused:?}"),
        }
    }
}

/// Gives `to` what `from` made up to a recorded step.
fn give(from: &mut Writer, to: &mut Writer, last: usize) {
    while let Some((step, batch)) = from.made.get(from.given).filter(|(step, _)| *step <= last) {
        assert!(*step <= last);
        to.admit(from.device, batch);
        from.given += 1;
    }
}

#[test]
fn two_friends_end_in_what_they_wrote() {
    let Some(recording) = recording("friendsforever") else {
        return;
    };
    let steps = recording["txns"].as_array().unwrap();
    let agents: Vec<usize> = steps
        .iter()
        .map(|step| usize::try_from(step["agent"].as_u64().unwrap()).unwrap())
        .collect();
    let parents: Vec<Vec<usize>> = steps
        .iter()
        .map(|step| {
            let parents = step["parents"].as_array().unwrap().iter();
            parents
                .map(|one| usize::try_from(one.as_u64().unwrap()).unwrap())
                .collect()
        })
        .collect();
    // A step that the other one builds on ends a change.
    let mut ends = vec![false; steps.len()];
    for (step, parents) in parents.iter().enumerate() {
        for parent in parents
            .iter()
            .filter(|parent| agents[**parent] != agents[step])
        {
            ends[*parent] = true;
        }
    }
    let mut friends = [Writer::new(1), Writer::new(2)];
    let mut before = [0, 0];
    for (step, agent) in agents.iter().enumerate() {
        let (first, second) = friends.split_at_mut(1);
        let (me, other) = if *agent == 0 {
            (&mut first[0], &mut second[0])
        } else {
            (&mut second[0], &mut first[0])
        };
        let heard = parents[step]
            .iter()
            .filter(|parent| agents[**parent] != *agent)
            .max();
        if let Some(heard) = heard {
            me.hand_in(before[*agent]);
            give(other, me, *heard);
        }
        me.typed.extend(patches(&steps[step]));
        before[*agent] = step;
        if ends[step] {
            me.hand_in(step);
        }
    }
    let [one, two] = &mut friends;
    one.hand_in(steps.len());
    two.hand_in(steps.len());
    give(one, two, steps.len());
    give(two, one, steps.len());
    println!("{} and {} batches", one.made.len(), two.made.len());
    assert_eq!(one.document.heads(), two.document.heads());
    let recorded = recording["endContent"].as_str().unwrap();
    assert!(text(&one.document) == recorded, "not the recorded text");
    assert!(text(&two.document) == recorded, "not the recorded text");
}

#[test]
fn one_author_ends_in_what_they_wrote() {
    let Some(recording) = recording("automerge-paper") else {
        return;
    };
    let (mut author, mut reader) = (Writer::new(1), Writer::new(2));
    let steps = recording["txns"].as_array().unwrap();
    for (number, some) in steps.chunks(4_000).enumerate() {
        author.typed = some.iter().flat_map(patches).collect();
        author.hand_in(number);
        give(&mut author, &mut reader, number);
    }
    let recorded = recording["endContent"].as_str().unwrap();
    assert!(text(&author.document) == recorded, "not the recorded text");
    assert!(text(&reader.document) == recorded, "not the recorded text");
}
