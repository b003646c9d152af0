//! Thousands of changes nobody would make: bent bytes, and operations drawn at random. Whatever the
//! gate lets in leaves a document that saves, loads, reads and takes honest work; and the verdict
//! does not depend on what else is in the document. `SEED=` repeats one run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    dead_code,
    reason = "tests say what they expect; the scene is shared with tests that use more of it"
)]

#[path = "hostile/chunk.rs"]
mod chunk;
#[path = "hostile/operations.rs"]
mod operations;
#[path = "hostile/scene.rs"]
mod scene;

use std::collections::BTreeMap;

use automerge::{Automerge, Change};
use majlis_core::document::{Document, Offer};
use majlis_core::gate::GateRefusal;
use majlis_core::id::DeviceId;
use majlis_core::time::Timestamp;
use scene::{SESSION, Scene, copy, lane, rich, take, text};

/// Panics that the gate catches are its business; they are not printed.
fn quietly() {
    std::panic::set_hook(Box::new(|panic| {
        if panic
            .location()
            .is_some_and(|at| at.file().contains("majlis-core"))
        {
            println!("{panic}");
        }
    }));
}

fn seed() -> u64 {
    let seed = std::env::var("SEED").map_or(1, |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    seed
}

fn bo() -> DeviceId {
    DeviceId::from_bytes([3; 32])
}

/// The scene as it is here, and as it is where Bo's work came first.
struct Places {
    here: Scene,
    there: Scene,
    tally: BTreeMap<Option<GateRefusal>, usize>,
}

impl Places {
    fn new(here: Scene) -> Self {
        let mut there = Scene {
            document: copy(&here.document),
            mal: here.mal,
        };
        let heads = there.document.heads();
        for edits in [rich(), vec![text(2, "at the same time")]] {
            let actor = bo().actor(lane(), 1);
            there
                .document
                .edit(actor, &heads, &edits, Timestamp(5_000))
                .unwrap_or_else(|_| {
                    let heads = there.document.heads();
                    there
                        .document
                        .edit(actor, &heads, &edits, Timestamp(6_000))
                        .unwrap()
                });
        }
        Self {
            here,
            there,
            tally: BTreeMap::new(),
        }
    }

    /// Checks a batch in both places; whatever goes in must do no harm.
    fn put(&mut self, batch: &[Vec<u8>]) {
        let here = self.here.with(self.here.mal, batch.to_vec());
        let there = self.there.with(self.there.mal, batch.to_vec());
        let refusal = match (here, there) {
            (Ok(here), Ok(there)) => {
                stands(here);
                stands(there);
                None
            }
            (Err(Offer::Refused(here)), Err(Offer::Refused(there))) => {
                assert_eq!(here, there, "{batch:02x?}");
                Some(here)
            }
            (Err(Offer::Missing(here)), Err(Offer::Missing(there))) => {
                assert_eq!(here, there, "{batch:02x?}");
                return;
            }
            (here, there) => panic!("{here:?} or {there:?}, by order: {batch:02x?}"),
        };
        *self.tally.entry(refusal).or_default() += 1;
    }
}

/// What was let in is harmless.
fn stands(mut document: Document) {
    let mut loaded = copy(&document);
    assert_eq!(loaded.heads(), document.heads());
    assert_eq!(loaded.blocks(), document.blocks());
    assert_eq!(loaded.blame(), document.blame());
    assert_eq!(loaded.versions(), document.versions());
    assert_eq!(loaded.definition(), document.definition());
    // A replica that had it all in one go.
    let mut fresh = Automerge::new_with_encoding(automerge::TextEncoding::Utf16CodeUnit);
    fresh
        .apply_changes(document.automerge().get_changes(&[]))
        .unwrap();
    assert_eq!(fresh.get_heads(), document.heads());
    // An honest device goes on from there, and everyone takes what it writes.
    let heads = loaded.heads();
    let edited = loaded
        .edit(bo().actor(lane(), 9), &heads, &rich(), Timestamp(9_000))
        .unwrap();
    take(&mut document, bo(), 9, edited.changes).expect("honest work is taken");
    assert_eq!(loaded.blocks(), document.blocks());
    let mut form = loaded.definition();
    form.title.push_str("well");
    form.description = "why".to_owned();
    let edited = loaded
        .define(bo().actor(lane(), 9), &form, Timestamp(9_000))
        .unwrap();
    take(&mut document, bo(), 9, edited.changes).expect("honest work is taken");
    assert_eq!(document.definition().description, "why");
}

/// Honest batches of the hostile member's device, with the scene each belongs to.
fn honest() -> Vec<(Scene, Vec<Vec<u8>>)> {
    let mut out = Vec::new();
    for number in 0..5 {
        let mut scene = Scene::new();
        let actor = scene.mal.actor(lane(), SESSION);
        let mut theirs = copy(&scene.document);
        let heads = theirs.heads();
        let edited = match number {
            0 => theirs
                .edit(actor, &heads, &rich(), Timestamp(1_000))
                .unwrap(),
            1 => {
                // The second change of its actor, on two heads.
                let first = theirs
                    .edit(actor, &heads, &rich(), Timestamp(1_000))
                    .unwrap();
                let bos = bo().actor(lane(), SESSION);
                scene
                    .document
                    .edit(bos, &heads, &rich(), Timestamp(1_000))
                    .unwrap();
                scene.document.take(first.changes.iter().map(Vec::as_slice));
                theirs = copy(&scene.document);
                let heads = theirs.heads();
                let edits = [
                    text(3, "e\u{301}\u{1f30a}"),
                    majlis_core::document::Edit::Delete { at: 1, count: 2 },
                ];
                theirs
                    .edit(actor, &heads, &edits, Timestamp(1_000))
                    .unwrap()
            }
            2 => {
                let mut form = theirs.definition();
                form.title = "Water".to_owned();
                form.questions.push(operations::question(1));
                form.questions.push(operations::question(2));
                theirs.define(actor, &form, Timestamp(1_000)).unwrap()
            }
            3 => theirs
                .set_title(actor, "\u{627}\u{644}\u{645}\u{627}\u{621}", Timestamp(0))
                .unwrap(),
            _ => {
                // Three changes in a row.
                let mut edited = theirs
                    .edit(actor, &heads, &rich(), Timestamp(1_000))
                    .unwrap();
                for word in ["a", "b"] {
                    let next = theirs.edit(actor, &edited.heads, &[text(1, word)], Timestamp(0));
                    let next = next.unwrap();
                    edited.changes.extend(next.changes);
                    edited.heads = next.heads;
                }
                edited
            }
        };
        out.push((scene, edited.changes));
    }
    out
}

fn bend(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = random.usize(..bytes.len());
    match random.u8(..8) {
        0 | 1 => bytes[at] ^= 1 << random.u8(..8),
        2 => bytes[at] = random.u8(..),
        3 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.usize(..5)],
        4 => bytes.insert(at, random.u8(..)),
        5 => _ = bytes.remove(at),
        6 => {
            let end = (at + random.usize(..9)).min(bytes.len());
            bytes.drain(at..end);
        }
        _ => {
            let end = (at + random.usize(..9)).min(bytes.len());
            let part = bytes[at..end].to_vec();
            let to = random.usize(..bytes.len());
            bytes.splice(to..to, part);
        }
    }
}

#[test]
fn bent_changes_do_no_harm() {
    quietly();
    let random = &mut fastrand::Rng::with_seed(seed());
    for (scene, batch) in honest() {
        let mut places = Places::new(scene);
        places.put(&batch);
        assert_eq!(places.tally, [(None, 1)].into(), "the honest batch goes in");
        for _ in 0..1_500 {
            let mut bent = batch.clone();
            let which = random.usize(..bent.len());
            let change = &mut bent[which];
            if random.u8(..5) == 0 {
                bend(change, random);
            } else {
                let mut body = chunk::open(change).unwrap().1.to_vec();
                (0..random.u8(1..=3)).for_each(|_| bend(&mut body, random));
                *change = chunk::chunk(1, &body);
            }
            places.put(&bent);
        }
        println!("{:?}", places.tally);
    }
}

#[test]
fn operations_at_random_do_no_harm() {
    quietly();
    let random = &mut fastrand::Rng::with_seed(seed());
    let (mut passed, mut refused) = (0, 0);
    for (scene, _) in honest() {
        let mut places = Places::new(scene);
        for _ in 0..800 {
            let change = operations::any_change(&places.here, random);
            places.put(&[Change::from(change).raw_bytes().to_vec()]);
        }
        println!("{:?}", places.tally);
        passed += places.tally.get(&None).copied().unwrap_or(0);
        refused += places
            .tally
            .iter()
            .filter(|(why, _)| why.is_some())
            .map(|(_, n)| n)
            .sum::<usize>();
    }
    assert!(
        passed > 100 && refused > 1_000,
        "{passed} in, {refused} out: both must be tried"
    );
}

#[test]
fn an_author_who_does_as_they_please_does_no_harm() {
    quietly();
    let random = &mut fastrand::Rng::with_seed(seed());
    let (mut passed, mut refused) = (0, 0);
    for (scene, _) in honest() {
        let mut places = Places::new(scene);
        for _ in 0..150 {
            let batch = operations::as_they_please(&places.here, random);
            places.put(&batch);
        }
        println!("{:?}", places.tally);
        passed += places.tally.get(&None).copied().unwrap_or(0);
        refused += places
            .tally
            .iter()
            .filter(|(why, _)| why.is_some())
            .map(|(_, n)| n)
            .sum::<usize>();
    }
    assert!(
        passed > 100 && refused > 100,
        "{passed} in, {refused} out: both must be tried"
    );
}
