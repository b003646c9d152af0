//! What answers cost at the very least: their content compressed in one piece by the slowest
//! setting of zstd, and one signature for thirty of them. No identities, no order, no frames: no
//! protocol reaches it.

use std::path::Path;

use majlis_core::id::{DeviceId, LaneClass};
use majlis_core::shelf::Shelf as _;
use majlis_node::keys;
use majlis_store::Store;
use majlis_tests::households;
use majlis_tests::morning::DISTRICT;
use serde_json::{Value, json};

use crate::figure::{float, round};

const SIGNATURE: u64 = 64;
const LEVEL: i32 = 19;
/// Answers to a signature.
const TOGETHER: u64 = 30;

/// The bounds for what this closed replica itself sealed on process lanes, per answer.
pub(super) fn of(folder: &Path, answers: std::ops::Range<u64>) -> Value {
    let count = answers.end - answers.start;
    let me = keys::open(folder, None).unwrap().device;
    let me = majlis_core::sign::Signer::device(&me);
    let (entries, sealed) = sealed(folder, Some(me), Some(LaneClass::Process));
    let plain: Vec<String> = answers
        .map(|number| households::household(DISTRICT, number).plain().to_string())
        .collect();
    let plain = plain.join("\n");
    let per = |bytes: u64| round(float(bytes) / float(count.max(1)));
    json!({
        "entries": entries,
        "sealed_per_answer": per(sealed.len() as u64),
        "bound_sealed_per_answer": per(least(entries, &sealed)),
        "bound_content_per_answer": per(pressed(plain.as_bytes()) + count.div_ceil(TOGETHER) * SIGNATURE),
    })
}

/// The least for everything that a closed replica holds on process lanes, as it is sealed: its
/// payloads in one piece, and its signatures.
pub(super) fn of_all(folder: &Path) -> u64 {
    let (entries, sealed) = sealed(folder, None, Some(LaneClass::Process));
    least(entries, &sealed)
}

/// The same for every lane.
pub(super) fn of_lanes(folder: &Path) -> u64 {
    let (entries, sealed) = sealed(folder, None, None);
    least(entries, &sealed)
}

/// The least for texts that were written in so many goes, each signed.
pub(super) fn of_texts(texts: &[String], goes: u64) -> u64 {
    pressed(texts.join("\n").as_bytes()) + goes * SIGNATURE
}

fn least(entries: u64, sealed: &[u8]) -> u64 {
    pressed(sealed) + entries * SIGNATURE
}

/// Entries of one device or all, on lanes of one class or all, and their payloads one after another.
fn sealed(folder: &Path, of: Option<DeviceId>, class: Option<LaneClass>) -> (u64, Vec<u8>) {
    let store = Store::open(&folder.join("majlis.sqlite")).unwrap();
    let shelf = store.shelf(store.spaces().unwrap()[0]);
    let mut counted = Vec::new();
    shelf
        .entries(&mut |signed, _| {
            let header = signed.unchecked();
            let is_of = of.is_none_or(|device| header.device == device);
            if is_of && class.is_none_or(|class| header.lane.class() == class) {
                counted.push(header.hash());
            }
        })
        .unwrap();
    let payloads: Vec<Vec<u8>> = counted
        .iter()
        .filter_map(|hash| shelf.payload(*hash).unwrap())
        .collect();
    (counted.len() as u64, payloads.concat())
}

fn pressed(bytes: &[u8]) -> u64 {
    zstd::bulk::compress(bytes, LEVEL).unwrap().len() as u64
}
