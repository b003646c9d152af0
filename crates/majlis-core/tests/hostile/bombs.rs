//! A few bytes that claim a great deal.

use automerge::legacy::{Key, OpType};
use automerge::{ExpandedChange, ObjType};
use majlis_core::gate::GateRefusal;

use super::chunk::{Raw, chunk, nulls, run, texts};
use super::scene::{Scene, bytes, insert, op, over};

const KEY: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_META: u64 = 0x56;
const PRED_GROUP: u64 = 0x70;
const MARK_NAME: u64 = 0xa5;

fn raw(scene: &Scene, columns: Vec<(u64, Vec<u8>)>) -> Raw {
    Raw {
        deps: scene.document.heads().iter().map(|head| head.0).collect(),
        actor: scene.actor().to_bytes().to_vec(),
        seq: 1,
        start: scene.next_counter(),
        others: Vec::new(),
        columns,
    }
}

/// Puts nothing under one key of the root, that many times.
fn puts(scene: &Scene, count: u64) -> Vec<u8> {
    let times = i64::try_from(count).unwrap();
    let mut falses = Vec::new();
    super::chunk::unsigned(count, &mut falses);
    let columns = vec![
        (KEY, texts(times, "a")),
        (INSERT, falses),
        (ACTION, run(times, 1)),
        (VALUE_META, run(times, 0)),
        (PRED_GROUP, run(times, 0)),
    ];
    raw(scene, columns).chunk()
}

/// Changes of nothing but blocks, each as large as a change may be.
pub(crate) fn many_blocks(scene: &Scene, count: u64) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = Vec::new();
    let mut after = scene.element(1);
    let mut deps = scene.document.heads();
    let mut start = scene.next_counter();
    for seq in 1..=count {
        let mut operations = Vec::new();
        for _ in 0..4_096 {
            let id = automerge::legacy::OpId::new(start, &scene.actor());
            operations.push(insert(&scene.body(), &after, OpType::Make(ObjType::Map)));
            (after, start) = (id, start + 1);
        }
        let first = start - 4_096;
        let base = scene.change(operations);
        let start_op = std::num::NonZeroU64::new(first).unwrap();
        let change = automerge::Change::from(ExpandedChange {
            seq,
            start_op,
            deps: deps.clone(),
            ..base
        });
        deps = vec![change.hash()];
        out.push(change.raw_bytes().to_vec());
    }
    out
}

/// Name, batch, reason.
pub(crate) fn all(scene: &Scene) -> Vec<(&'static str, Vec<Vec<u8>>, GateRefusal)> {
    use GateRefusal::{BadValue, NotAChange, TooLarge, TooManyOperations, Unreadable};
    let long = "k".repeat(60_000);
    let deflate = |bytes: &[u8]| {
        use std::io::Write as _;
        let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let zeros = vec![0; 16 * 1024 * 1024];
    let meta = scene.root("meta");
    let own = |place: u64| scene.own(place);
    // Each put replaces the one before: as many predecessors as operations.
    let puts_over: Vec<_> = (0..5_000)
        .map(|place: u64| {
            let put = op(&meta, Key::Map("stage".into()), OpType::Put(1.into()));
            if place == 0 {
                put
            } else {
                over(put, &[own(place - 1)])
            }
        })
        .collect();
    vec![
        (
            "a million operations",
            vec![puts(scene, 1_000_000)],
            TooManyOperations,
        ),
        (
            "ten million",
            vec![puts(scene, 10_000_000)],
            TooManyOperations,
        ),
        (
            "a billion",
            vec![puts(scene, 1_000_000_000)],
            TooManyOperations,
        ),
        (
            "the most that can be written",
            vec![puts(scene, i64::MAX as u64)],
            TooManyOperations,
        ),
        (
            "a billion nothings",
            vec![raw(scene, vec![(ACTION, nulls(1_000_000_000))]).chunk()],
            TooManyOperations,
        ),
        (
            "a billion predecessors of one operation",
            vec![
                raw(
                    scene,
                    vec![(ACTION, run(1, 1)), (PRED_GROUP, run(1, 1 << 30))],
                )
                .chunk(),
            ],
            TooManyOperations,
        ),
        (
            "a billion in a column nobody knows",
            vec![raw(scene, vec![(ACTION, run(1, 1)), (0xf2, run(1 << 30, 1))]).chunk()],
            TooManyOperations,
        ),
        (
            "a long key, four thousand times",
            vec![
                raw(
                    scene,
                    vec![(KEY, texts(4_096, &long)), (ACTION, run(4_096, 1))],
                )
                .chunk(),
            ],
            BadValue,
        ),
        (
            "a long name of a mark, four thousand times",
            vec![
                raw(
                    scene,
                    vec![(ACTION, run(4_096, 7)), (MARK_NAME, texts(4_096, &long))],
                )
                .chunk(),
            ],
            BadValue,
        ),
        (
            "five thousand honest operations",
            vec![bytes(scene.change(puts_over))],
            TooManyOperations,
        ),
        (
            "sixteen megabytes deflated",
            vec![chunk(2, &deflate(&zeros))],
            NotAChange,
        ),
        (
            "a deflated column",
            vec![raw(scene, vec![(ACTION | 0b1000, deflate(&zeros[..60_000]))]).chunk()],
            NotAChange,
        ),
        ("a large chunk", vec![chunk(1, &zeros[..65_536])], TooLarge),
        (
            "more columns than there are",
            vec![raw(scene, (0..40).map(|n| (n << 4 | 2, run(1, 1))).collect()).chunk()],
            TooManyOperations,
        ),
        (
            "more actors than there may be",
            vec![
                Raw {
                    others: vec![vec![1; 16]; 601],
                    ..raw(scene, Vec::new())
                }
                .chunk(),
            ],
            TooManyOperations,
        ),
        (
            "nothing but a length",
            vec![chunk(1, &[0xff; 9])],
            NotAChange,
        ),
        (
            "many full changes at once",
            many_blocks(scene, 9),
            TooManyOperations,
        ),
        (
            "a key of no text",
            vec![
                raw(
                    scene,
                    vec![(KEY, vec![0x7f, 2, 0xff, 0xff]), (ACTION, run(1, 1))],
                )
                .chunk(),
            ],
            Unreadable,
        ),
    ]
}
