//! Manifests: found from entries, signed, bent at every byte, and compared with what is here.

use super::*;
use crate::chain::{Fit, Item};
use crate::entry::VERSION as ENTRY_VERSION;
use crate::id::PayloadHash;
use crate::sign::DeviceKey;

const SPACE: SpaceId = SpaceId::from_bytes([1; 32]);

fn key() -> DeviceKey {
    DeviceKey::from_secret(&[3; 32])
}

fn header(lane: LaneId, seq: u64, prev: EntryHash, payload: &[u8]) -> Header {
    Header {
        version: ENTRY_VERSION,
        space: SPACE,
        lane,
        device: key().device(),
        seq,
        prev,
        warrant: EntryHash::ZERO,
        kind: Kind::Changes,
        claimed: Timestamp(5),
        payload: PayloadHash::of(payload),
        payload_len: 0,
    }
}

/// A chain of `count` entries after `prev`.
fn chain(lane: LaneId, from: u64, prev: EntryHash, count: u64, payload: &[u8]) -> Vec<Header> {
    let mut prev = prev;
    (from..from + count)
        .map(|seq| {
            let one = header(lane, seq, prev, payload);
            prev = one.hash();
            one
        })
        .collect()
}

fn document() -> LaneId {
    LaneId::new(LaneClass::Document, [2; 16])
}

fn manifest() -> Manifest {
    let mut held = Holdings::default();
    for header in chain(document(), 0, EntryHash::ZERO, 5, b"") {
        assert!(held.add(&header, None));
    }
    Manifest {
        space: SPACE,
        device: key().device(),
        name: "Amina".to_owned(),
        made: Timestamp(9),
        set: [4; 16],
        part: 0,
        before: [5; 32],
        contents: held.contents().clone(),
        parts: vec![held.part(77)],
    }
}

#[test]
fn entries_that_follow_each_other_are_one_span_and_repeats_none() {
    let line = chain(document(), 0, EntryHash::ZERO, 6, b"");
    let fork = chain(document(), 3, line[2].hash(), 2, b"other");
    let mut held = Holdings::default();
    for header in line.iter().chain(&fork) {
        assert!(held.add(header, None));
        assert!(!held.add(header, None), "a repeat changes nothing");
    }
    let part = held.part(0);
    assert_eq!(part.entries, 8);
    let ranges: Vec<_> = part.spans.iter().map(|span| (span.from, span.to)).collect();
    assert_eq!(ranges, [(0, 5), (3, 4)]);
    assert_eq!(held.contents().documents, [document()].into());
}

#[test]
fn what_is_missing_here_is_counted_from_the_ends_of_spans() {
    let line = chain(document(), 0, EntryHash::ZERO, 6, b"");
    let mut index = ChainIndex::default();
    let mut held = Holdings::default();
    for header in &line {
        held.add(header, None);
    }
    let part = held.part(0);
    for (here, header) in line.iter().enumerate() {
        assert_eq!(
            Known::of(&index, std::iter::empty()).missing(&part),
            6 - here as u64
        );
        let item = Item {
            hash: header.hash(),
            warrant: EntryHash::ZERO,
            kind: header.kind,
            claimed: header.claimed,
            state: crate::admission::State::Admitted,
            authority: None,
        };
        index.insert(Fit::Next(0), header.chain(), header.seq, item);
    }
    assert_eq!(Known::of(&index, std::iter::empty()).missing(&part), 0);
    // A chain that is as long here, and another.
    let mut other = Holdings::default();
    for header in line[..2]
        .iter()
        .chain(&chain(document(), 2, line[1].hash(), 2, b"other"))
    {
        other.add(header, None);
    }
    assert!(Known::of(&index, std::iter::empty()).missing(&other.part(0)) > 0);
}

#[test]
fn a_manifest_bent_at_any_byte_is_refused() {
    let sealed = manifest().seal(&key());
    assert_eq!(Manifest::open(&sealed), Ok(manifest()));
    for at in 0..sealed.len() {
        let mut bent = sealed.clone();
        bent[at] ^= 1;
        assert!(Manifest::open(&bent).is_err(), "bent at {at}");
        assert!(Manifest::open(&sealed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn another_device_cannot_sign_it_and_a_part_that_is_none_is_refused() {
    let other = DeviceKey::from_secret(&[4; 32]);
    let forged = manifest().seal(&other);
    assert_eq!(Manifest::open(&forged), Err(ManifestError::Forged));
    let mut wrong = manifest();
    wrong.part = 1;
    assert_eq!(
        Manifest::open(&wrong.seal(&key())),
        Err(ManifestError::Malformed)
    );
    let mut endless = manifest();
    endless.name = "a".repeat(MAX_WRITER + 1);
    assert_eq!(
        Manifest::open(&endless.seal(&key())),
        Err(ManifestError::Malformed)
    );
    let mut past = manifest();
    past.parts[0].spans[0].from = u64::MAX;
    past.parts[0].spans[0].to = u64::MAX;
    assert_eq!(Manifest::open(&past.seal(&key())), Ok(past));
}
