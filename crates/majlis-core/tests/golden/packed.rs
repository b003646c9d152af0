//! What is compressed: what compression makes of it may change with its library, and what was
//! written down must be read.

use automerge::ChangeHash;
use data_encoding::HEXLOWER;
use majlis_core::checkpoint::{Checkpoint, Covered, Text};
use majlis_core::document::{Block, BlockKind, Marks, Run};
use majlis_core::entry::Kind;
use majlis_core::id::{LaneClass, LaneId, PayloadHash};
use majlis_core::sync::wire::{Carried, RunWriter, read_run};

use super::{ENTRY, SPACE, device, header, key};

fn run() -> Vec<Carried> {
    let mut first = header(Kind::Records, b"one");
    let mut entries = Vec::new();
    for payload in [&b"one"[..], b"two"] {
        first.payload = PayloadHash::of(payload);
        entries.push(Carried {
            signed: first.clone().sign(&key()),
            payload: Some(payload.to_vec()),
        });
        (first.prev, first.seq) = (first.hash(), first.seq + 1);
    }
    entries
}

fn checkpoint() -> Checkpoint {
    let run = |text: &str, marks| Run {
        text: text.to_owned(),
        marks,
    };
    let block = |kind, runs| Block { kind, runs };
    let link = Marks {
        strong: true,
        em: true,
        link: Some("https://example.org/".to_owned()),
    };
    let item = |ordered, depth| BlockKind::Item { ordered, depth };
    let blocks = vec![
        block(BlockKind::Paragraph, vec![run("a", Marks::default())]),
        block(BlockKind::Heading(3), vec![run("b", link)]),
        block(item(true, 5), Vec::new()),
        block(item(false, 0), Vec::new()),
        block(BlockKind::Quote, Vec::new()),
    ];
    let text = Text {
        title: "\u{645}\u{627}\u{621}".to_owned(),
        blocks,
    };
    let covered = Covered {
        device: device(),
        seq: 300,
        hash: ENTRY,
    };
    let lane = LaneId::new(LaneClass::Document, [6; 16]);
    Checkpoint::new(lane, vec![covered], &[ChangeHash([7; 32])], &text).unwrap()
}

/// What is written down in a file, after `GOLDEN=write` put `now` there.
fn written(name: &str, now: &[u8]) -> Vec<u8> {
    let file = format!("{}/tests/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var("GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(&file, HEXLOWER.encode(now) + "\n").unwrap();
    }
    let text = std::fs::read_to_string(file).unwrap();
    HEXLOWER.decode(text.trim().as_bytes()).unwrap()
}

#[test]
fn a_run_written_down_is_read() {
    let mut writer = RunWriter::default();
    run().iter().for_each(|entry| writer.push(entry));
    let bytes = written("run", &writer.take());
    assert_eq!(read_run(SPACE, &bytes), Ok(run()));
}

#[test]
fn a_checkpoint_written_down_is_read() {
    let bytes = written("checkpoint", &checkpoint().encode());
    let read = Checkpoint::decode(&bytes).unwrap();
    let now = checkpoint();
    assert_eq!(read.text(), now.text());
    let but_text = |it: &Checkpoint| (it.lane(), it.covered().to_vec(), it.heads());
    assert_eq!(but_text(&read), but_text(&now));
}
