//! Edits that are handed in again, because their answer never came.

use majlis_core::document::{Document, Edit, EditError, Marks};
use majlis_core::id::DeviceId;
use majlis_core::time::Timestamp;

use super::town::lane;

fn insert(at: usize, text: &str) -> Edit {
    let marks = Marks::default();
    let text = text.to_owned();
    Edit::Insert { at, text, marks }
}

fn text(document: &Document) -> String {
    let runs = document.blocks().into_iter().flat_map(|block| block.runs);
    runs.map(|run| run.text).collect()
}

/// A document with a first text, and the actors of two pages of one device.
fn scene() -> (Document, [u8; 16], [u8; 16]) {
    let device = DeviceId::from_bytes([1; 32]);
    let mut document = Document::new(lane());
    let (one, other) = (device.actor(lane(), 1), device.actor(lane(), 2));
    let heads = document.heads();
    let first = [insert(1, "water")];
    document.edit(one, &heads, &first, Timestamp(0)).unwrap();
    (document, one, other)
}

#[test]
fn edits_handed_in_again_are_answered_and_not_applied_again() {
    let (mut document, one, other) = scene();
    let base = document.heads();
    // A long one, which takes several changes.
    let edits = [insert(6, " for"), insert(10, &" all".repeat(4_000))];
    let edited = document.edit(one, &base, &edits, Timestamp(0)).unwrap();
    assert!(edited.changes.len() > 1);
    // The other page writes inside of what the first one wrote.
    let heads = document.heads();
    let inside = [insert(8, "!")];
    document.edit(other, &heads, &inside, Timestamp(0)).unwrap();
    let before = text(&document);

    // The node ends and comes again.
    let mut document = Document::load(lane(), &document.save()).unwrap();
    let again = document.edit(one, &base, &edits, Timestamp(9)).unwrap();
    assert!(again.changes.is_empty());
    assert_eq!(text(&document), before);
    // The answer leads from the text with the edits, to the text with what came since.
    assert_eq!(again.base, edited.base);
    assert_eq!(again.heads, document.heads());
    assert_eq!(again.remote, inside);
}

#[test]
fn a_session_that_wrote_elsewhere_does_not_know_the_version() {
    let (mut document, _, other) = scene();
    let (early, later) = (Document::new(lane()).heads(), document.heads());
    let mine = [insert(6, " for all")];
    document.edit(other, &later, &mine, Timestamp(0)).unwrap();
    // It never handed anything in on the version before.
    for edits in [&mine[..], &[]] {
        let odd = document.edit(other, &early, edits, Timestamp(0));
        assert_eq!(odd.unwrap_err(), EditError::UnknownBase);
    }
    // Nor does nothing become what it handed in.
    let odd = document.edit(other, &later, &[], Timestamp(0));
    assert_eq!(odd.unwrap_err(), EditError::UnknownBase);
    // What it has not built on, it edits.
    let (mut document, one, other) = scene();
    let heads = document.heads();
    let theirs = [insert(6, "!")];
    document.edit(other, &heads, &theirs, Timestamp(0)).unwrap();
    let mine = [insert(6, "?")];
    let edited = document.edit(one, &heads, &mine, Timestamp(0)).unwrap();
    assert_eq!(edited.changes.len(), 1);
    assert!(text(&document).contains('?') && text(&document).contains('!'));
}
