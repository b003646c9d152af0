//! Copying a store while others write to it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use majlis_store::{OpenError, SCHEMA, Store, WriteError};

/// Of a megabyte each: some thousand pages.
const KEPT: u8 = 24;
/// Time enough for any disk. A copy that begins anew at each commit does not end by then.
const DEADLINE: Duration = Duration::from_secs(60);

fn value(number: u8) -> Vec<u8> {
    vec![number; 1024 * 1024]
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let name = |file: std::fs::DirEntry| file.file_name().into_string().unwrap();
    files.map(|file| name(file.unwrap())).collect()
}

#[test]
fn a_backup_ends_and_is_of_one_state_while_somebody_goes_on_writing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("majlis.sqlite");
    let store = Store::open(&at).unwrap();
    for number in 0..KEPT {
        let key = number.to_string();
        store.put_setting(None, &key, &value(number)).unwrap();
    }
    for key in ["one", "other"] {
        store.put_setting(None, key, b"first").unwrap();
    }
    let copies = tempfile::tempdir().unwrap();
    let file = copies.path().join("copy.sqlite");
    let over = AtomicBool::new(false);
    let (begun, begins) = channel();
    let (ended, ends) = channel();
    let backed = std::thread::scope(|scope| {
        scope.spawn(|| {
            let other = rusqlite::Connection::open(&at).unwrap();
            // As often as it can.
            other.pragma_update(None, "synchronous", "off").unwrap();
            for round in 0_u64.. {
                let sql = "UPDATE settings SET value = ?1 WHERE key IN ('one', 'other')";
                let changed = other.execute(sql, [round.to_be_bytes().as_slice()]);
                assert_eq!(changed.unwrap(), 2);
                if round == 0 {
                    begun.send(()).unwrap();
                }
                if over.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        begins.recv_timeout(DEADLINE).unwrap();
        scope.spawn(|| ended.send(store.backup(&file)));
        let backed = ends.recv_timeout(DEADLINE);
        over.store(true, Ordering::Relaxed);
        backed
    });
    backed.expect("a backup that ends").unwrap();
    assert_eq!(names(copies.path()), ["copy.sqlite"]);
    let copy = Store::open(&file).unwrap();
    for number in 0..KEPT {
        let kept = copy.setting(None, &number.to_string()).unwrap();
        assert!(kept.is_some_and(|kept| kept == value(number)), "{number}");
    }
    // Both are written at once.
    let [one, other] = ["one", "other"].map(|key| copy.setting(None, key).unwrap());
    assert!(one.is_some() && one == other);
}

#[test]
fn a_backup_replaces_nothing_and_one_that_fails_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("majlis.sqlite")).unwrap();
    let copies = tempfile::tempdir().unwrap();
    let file = copies.path().join("copy.sqlite");
    std::fs::write(&file, "mine").unwrap();
    assert!(matches!(store.backup(&file), Err(WriteError::Failed(_))));
    assert_eq!(names(copies.path()), ["copy.sqlite"]);
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    let nowhere = copies.path().join("no").join("copy.sqlite");
    assert!(matches!(store.backup(&nowhere), Err(WriteError::Failed(_))));
}

#[test]
fn a_store_of_an_earlier_version_is_copied_and_stays_one_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("majlis.sqlite");
    let store = Store::open(&at).unwrap();
    store.put_setting(None, "key", b"kept").unwrap();
    drop(store);
    let earlier = SCHEMA - 1;
    let connection = rusqlite::Connection::open(&at).unwrap();
    connection
        .pragma_update(None, "user_version", earlier)
        .unwrap();
    drop(connection);

    let file = folder.path().join("copy.sqlite");
    let store = Store::open_to_copy(&at).unwrap();
    assert!(store.spaces().unwrap().is_empty());
    store.backup(&file).unwrap();
    drop(store);
    for either in [&at, &file] {
        let connection = rusqlite::Connection::open(either).unwrap();
        let version: u32 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(version, earlier, "{}", either.display());
        let kept: Vec<u8> = connection
            .query_row("SELECT value FROM settings", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, b"kept");
    }
}

#[test]
fn what_is_empty_or_newer_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("majlis.sqlite");
    std::fs::write(&at, "").unwrap();
    assert!(matches!(
        Store::open_to_copy(&at),
        Err(OpenError::Damaged(_))
    ));
    drop(Store::open(&at).unwrap());
    let connection = rusqlite::Connection::open(&at).unwrap();
    connection
        .pragma_update(None, "user_version", SCHEMA + 1)
        .unwrap();
    drop(connection);
    assert!(matches!(
        Store::open_to_copy(&at),
        Err(OpenError::Newer { .. })
    ));
}
