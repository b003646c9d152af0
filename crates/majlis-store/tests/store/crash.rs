//! A process is killed in the middle of its work, again and again: everything it was told is
//! stored is there, nothing is half there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command as Process, Stdio};

use majlis_core::entry::Signed;
use majlis_core::id::SlotId;
use majlis_core::shelf::Shelf as _;
use majlis_core::space::Space;
use majlis_core::time::Timestamp;
use majlis_store::Store;

use crate::replica::{Replica, Said, form, lane};

const WHERE: &str = "MAJLIS_CRASH_STORE";
const ROUNDS: u64 = 25;

/// What the killed process runs; does nothing unless it was started by the test below.
#[test]
fn write_until_killed() {
    let Ok(path) = std::env::var(WHERE) else {
        return;
    };
    let store = Store::open(Path::new(&path)).unwrap();
    let form = form("Well");
    let mut amina = match store.spaces().unwrap().first() {
        None => {
            let mut amina = Replica::found(store, 1);
            amina.open_form(lane(1), form.clone());
            amina
        }
        Some(space) => Replica::opened(store, 1, *space),
    };
    let first = amina
        .store
        .versions(amina.id(), lane(1), &Default::default())
        .unwrap()
        .total;
    for number in first.. {
        let mut slot = [0; 16];
        slot[..4].copy_from_slice(&number.to_be_bytes());
        let text = format!("answer {number}");
        amina
            .store
            .put_draft("field", &text, Timestamp(number.into()))
            .unwrap();
        let said = Said {
            slot: Some(SlotId::from_bytes(slot)),
            text: &text,
            seal: number % 4 == 3,
            ..Said::default()
        };
        assert!(amina.answer(lane(1), &form, &said));
        println!("\nstored {number}");
    }
}

#[test]
fn a_killed_process_loses_nothing_it_was_told_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    let mut random = fastrand::Rng::with_seed(11);
    let mut stored = 0;
    for round in 0..ROUNDS {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args([
                "crash::write_until_killed",
                "--exact",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(WHERE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let enough = random.u32(1..12);
        let mut heard = 0;
        while heard < enough {
            let line = lines
                .next()
                .expect("the child writes until it is killed")
                .unwrap();
            if let Some(number) = line.strip_prefix("stored ") {
                stored = number.parse::<u32>().unwrap() + 1;
                heard += 1;
            }
        }
        // Somewhere in the middle of the next step.
        for _ in 0..random.u32(..400_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            if let Some(number) = line.strip_prefix("stored ") {
                stored = number.parse::<u32>().unwrap() + 1;
            }
        }
        check(&path, stored, round);
    }
}

fn check(path: &Path, stored: u32, round: u64) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let sound: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok", "round {round}");
    drop(connection);
    let store = Store::open(path).unwrap();
    let space = store.spaces().unwrap()[0];
    let shelf = store.shelf(space);
    // The step under way is there or not; everything before it is.
    let held = store
        .versions(space, lane(1), &Default::default())
        .unwrap()
        .total;
    assert!(
        held == stored || held == stored + 1,
        "round {round}: {held} of {stored}"
    );
    let results = store.results(space, lane(1)).unwrap().unwrap();
    assert_eq!(results.counted.assisted, u64::from(held), "round {round}");
    let mut sealed = 0;
    let mut entries: Vec<Signed> = Vec::new();
    shelf
        .entries(&mut |signed, _| entries.push(signed))
        .unwrap();
    for signed in entries {
        let payload = shelf.payload(signed.unchecked().hash()).unwrap().unwrap();
        let verified = signed.verify().unwrap();
        assert_eq!(
            majlis_core::id::PayloadHash::of(&payload),
            verified.header().payload
        );
        if verified.header().lane == lane(1) {
            sealed += majlis_core::record::Records::decode(&payload)
                .unwrap()
                .records
                .len();
        }
    }
    // One record opened the process; a draft is in no entry, and what is in an entry is no draft.
    let drafts = shelf.draft_records(lane(1)).unwrap().len();
    assert_eq!(
        sealed - 1 + drafts,
        usize::try_from(held).unwrap(),
        "round {round}"
    );
    let draft = store.draft("field").unwrap().unwrap();
    assert!(draft.saved.0 + 1 >= u64::from(stored), "round {round}");
    let live = store.projection_digest(space).unwrap();
    assert_eq!(live, store.rebuilt_digest(space).unwrap(), "round {round}");
    Space::open(
        space,
        majlis_core::id::DeviceId::from_bytes([1; 32]),
        &shelf,
    )
    .unwrap();
}
