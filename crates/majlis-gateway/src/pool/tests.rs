//! The statements themselves, against a real PostgreSQL with many writers at once.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;
use majlis_node::pool::{
    Batch, Blob, DeviceId, EntryHash, Pool as _, PoolError, Pooled, Seat, SpaceId,
};
use majlis_tests::database::Database;
use prometheus_client::metrics::histogram::Histogram;
use tokio::runtime::Runtime;

use super::postgres::{Postgres, settings};

const SPACE: SpaceId = SpaceId::from_bytes([7; 32]);
const WRITERS: u8 = 6;

/// A process of its own, as far as the database can see.
fn process(runtime: &Runtime, database: &Database) -> Postgres {
    let settings = settings(&database.address(), false).unwrap();
    let commits = Histogram::new([1.0]);
    runtime.block_on(Postgres::open(settings, commits)).unwrap()
}

fn seat(number: u8) -> Seat {
    Seat {
        space: SPACE,
        device: DeviceId::from_bytes([number; 32]),
        forgotten: 0,
        ticket: None,
        gone: false,
    }
}

fn entry(number: u32) -> Pooled {
    let mut name = [0; 32];
    name[..4].copy_from_slice(&number.to_be_bytes());
    Pooled {
        arrival: 0,
        name: EntryHash::from_bytes(name),
        author: DeviceId::from_bytes([1; 32]),
        signed: number.to_be_bytes().to_vec(),
        payload: vec![9; 40],
    }
}

fn batch(numbers: impl IntoIterator<Item = u32>) -> Batch {
    Batch {
        entries: numbers.into_iter().map(entry).collect(),
        ..Batch::default()
    }
}

#[test]
fn a_reader_misses_nothing_that_many_write_at_once() {
    let Some(database) = Database::start() else {
        return;
    };
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or(1);
    println!("SEED={seed}");
    let runtime = Runtime::new().unwrap();
    let writing = AtomicUsize::new(usize::from(WRITERS));
    let (read, written) = std::thread::scope(|scope| {
        let writers = (1..=WRITERS).map(|number| {
            let (runtime, database, writing) = (&runtime, &database, &writing);
            scope.spawn(move || {
                let mut rng = Rng::with_seed(seed * 100 + u64::from(number));
                // All of them bring the database to its schema at once.
                let pool = process(runtime, database);
                let turn = pool.begin(&seat(number)).unwrap();
                let mut names = BTreeSet::new();
                for _ in 0..60 {
                    // Some are written by several, each of whom thinks that they are new.
                    let some: BTreeSet<u32> =
                        (0..rng.u32(1..8)).map(|_| rng.u32(0..2_000)).collect();
                    let wrote = pool.write(turn, &batch(some.iter().copied())).unwrap();
                    assert!(wrote.after >= wrote.before);
                    names.extend(some);
                }
                writing.fetch_sub(1, Ordering::SeqCst);
                names
            })
        });
        let writers: Vec<_> = writers.collect();
        let pool = process(&runtime, &database);
        let (mut after, mut read) = (0, BTreeMap::new());
        loop {
            let over = writing.load(Ordering::SeqCst) == 0;
            let page = pool.read(SPACE, after, None).unwrap();
            for it in &page.entries {
                assert_eq!(it.arrival, after + 1, "an arrival was passed over");
                after = it.arrival;
                assert!(read.insert(it.name, it.signed.clone()).is_none(), "twice");
            }
            assert_eq!(
                page.upto, after,
                "a number was given and nothing came under it"
            );
            if over && page.upto >= page.end {
                break;
            }
        }
        let written = writers.into_iter().flat_map(|it| it.join().unwrap());
        (read, written.collect::<BTreeSet<u32>>())
    });
    let wanted = written.into_iter().map(|number| {
        let it = entry(number);
        (it.name, it.signed)
    });
    assert_eq!(read, wanted.collect());
}

#[test]
fn a_turn_ends_the_one_before() {
    let Some(database) = Database::start() else {
        return;
    };
    let runtime = Runtime::new().unwrap();
    let (one, other) = (process(&runtime, &database), process(&runtime, &database));
    assert_eq!(one.name(), other.name());
    let first = one.begin(&seat(1)).unwrap();
    one.write(first, &batch([1])).unwrap();
    let beside = other.begin(&seat(2)).unwrap();
    other.write(beside, &batch([2])).unwrap();
    one.write(first, &batch([3])).unwrap();

    // The same keys elsewhere.
    let taken = other.begin(&seat(1)).unwrap();
    let refused = one.write(first, &batch([4]));
    assert!(matches!(refused, Err(PoolError::TurnOver)), "{refused:?}");
    other.write(taken, &batch([5])).unwrap();
    let names: Vec<Vec<u8>> = (one.read(SPACE, 0, None).unwrap().entries)
        .into_iter()
        .map(|it| it.signed)
        .collect();
    let wanted: Vec<Vec<u8>> = [1_u32, 2, 3, 5].map(|it| it.to_be_bytes().to_vec()).into();
    assert_eq!(names, wanted);

    let seats = one.seats(seat(1).device).unwrap();
    assert_eq!((seats.len(), seats[0].gone), (1, false));
    one.leave(SPACE, seat(1).device).unwrap();
    assert!(one.seats(seat(1).device).unwrap()[0].gone);
}

#[test]
fn what_was_altered_is_mended_and_arrives_anew() {
    let Some(database) = Database::start() else {
        return;
    };
    let runtime = Runtime::new().unwrap();
    let pool = process(&runtime, &database);
    let turn = pool.begin(&seat(1)).unwrap();
    let wrote = pool.write(turn, &batch([1, 2])).unwrap();
    assert_eq!((wrote.before, wrote.after), (0, 2));
    let _ = database.rows("UPDATE entries SET payload = 'x' WHERE arrival = 1", &[]);
    // Nobody who does not know that it was altered pays for a comparison.
    assert_eq!(pool.write(turn, &batch([1])).unwrap().after, 2);
    let mut mending = batch([1]);
    mending.mended.insert(entry(1).name);
    assert_eq!(pool.write(turn, &mending).unwrap().after, 3);
    let page = pool.read(SPACE, 2, None).unwrap();
    assert_eq!(page.entries[0].payload, entry(1).payload);
    assert_eq!(pool.entry_at(SPACE, 1).unwrap(), None);
    assert_eq!(pool.entry_at(SPACE, 3).unwrap(), Some(entry(1).name));
    let of_another = pool
        .read(SPACE, 0, Some(DeviceId::from_bytes([2; 32])))
        .unwrap();
    assert!(of_another.entries.is_empty());

    let content = vec![5; 10_000];
    let blob = Blob::of(&content).unwrap();
    let mut photo = Batch::default();
    photo.blobs.push((blob, content.clone()));
    assert_eq!(pool.write(turn, &photo).unwrap().after, 4);
    assert_eq!(pool.write(turn, &photo).unwrap().after, 4);
    assert_eq!(
        pool.blobs(SPACE, &[blob]).unwrap(),
        [(blob, content.clone())]
    );
    let _ = database.rows("UPDATE blobs SET bytes = 'x'", &[]);
    photo.mended_blobs.insert(blob);
    assert_eq!(pool.write(turn, &photo).unwrap().after, 5);
    assert_eq!(pool.blobs(SPACE, &[blob]).unwrap(), [(blob, content)]);
    let other = Blob {
        size: blob.size + 1,
        ..blob
    };
    assert!(pool.blobs(SPACE, &[other]).unwrap().is_empty());
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let Some(database) = Database::start() else {
        return;
    };
    let runtime = Runtime::new().unwrap();
    drop(process(&runtime, &database));
    let _ = database.rows("UPDATE pool SET schema = 9", &[]);
    let settings = settings(&database.address(), false).unwrap();
    let opened = runtime.block_on(Postgres::open(settings, Histogram::new([1.0])));
    let said = opened.unwrap_err().to_string();
    assert!(
        said.contains("schema 9, written by a newer version"),
        "{said}"
    );
}

#[test]
fn another_machine_is_not_reached_in_the_open_unless_it_is_wanted() {
    let far = "host=db.example.org user=majlis";
    assert!(settings(far, false).is_err());
    assert!(settings(far, true).is_ok());
    for near in ["host=/run/postgresql", "host=localhost", "host=127.0.0.1"] {
        assert!(settings(near, false).is_ok(), "{near}");
    }
    assert!(settings("host", false).is_err());
}
