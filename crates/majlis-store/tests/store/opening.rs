//! Opening a store: new, again, older, newer, damaged.

use majlis_core::effect::{PeerRow, Write};
use majlis_core::id::{DeviceId, SpaceId, TransportId};
use majlis_core::time::Timestamp;
use majlis_store::{OpenError, SCHEMA, Store};

#[test]
fn what_was_kept_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    let store = Store::open(&path).unwrap();
    store.put_draft("answer/1", "بئر", Timestamp(5)).unwrap();
    store
        .put_draft("answer/1", "بئر جديدة", Timestamp(6))
        .unwrap();
    store.put_setting(None, "port", b"4000").unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    let draft = store.draft("answer/1").unwrap().unwrap();
    assert_eq!(
        (draft.value.as_str(), draft.saved),
        ("بئر جديدة", Timestamp(6))
    );
    assert_eq!(
        store.setting(None, "port").unwrap().as_deref(),
        Some(b"4000".as_slice())
    );
    assert!(store.drop_draft("answer/1").unwrap());
    assert!(!store.drop_draft("answer/1").unwrap());
    assert_eq!(store.draft("answer/1").unwrap(), None);
    assert_eq!(store.settings(None, "po").unwrap().len(), 1);
    assert_eq!(store.settings(None, "pa").unwrap().len(), 0);
    assert!(store.drop_setting(None, "port").unwrap());
}

#[test]
fn peers_noted_by_an_earlier_version_are_known_with_nothing_of_photos() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    let space = SpaceId::from_bytes([5; 32]);
    let peer = PeerRow {
        device: DeviceId::from_bytes([9; 32]),
        heard: Timestamp(7),
        has: 3,
        lacks: 2,
        missing_here: 1,
        media_there: (0, 0),
        media_here: (0, 0),
        lacks_on: Vec::new(),
        missing_on: Vec::new(),
        transport: Some(TransportId::from_bytes([3; 32])),
        cursor: None,
    };
    let store = Store::open(&path).unwrap();
    store.persist(space, &[Write::Peer(peer.clone())]).unwrap();
    drop(store);
    let connection = rusqlite::Connection::open(&path).unwrap();
    for column in ["media_there", "bytes_there", "media_here", "bytes_here"] {
        let sql = format!("ALTER TABLE peers DROP COLUMN {column}");
        connection.execute_batch(&sql).unwrap();
    }
    connection.pragma_update(None, "user_version", 6).unwrap();
    drop(connection);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.peers(space).unwrap(), [peer]);
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    drop(Store::open(&path).unwrap());
    let set = |version: u32| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "user_version", version)
            .unwrap();
    };
    set(SCHEMA + 1);
    match Store::open(&path) {
        Err(OpenError::Newer { found, known }) => assert_eq!((found, known), (SCHEMA + 1, SCHEMA)),
        other => panic!("{other:?}"),
    }
    set(SCHEMA);
    Store::open(&path).unwrap();
}

#[test]
fn a_file_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    std::fs::write(&path, "a letter to the council ".repeat(100)).unwrap();
    assert!(matches!(Store::open(&path), Err(OpenError::Damaged(_))));
    let nowhere = folder.path().join("no").join("folder");
    assert!(matches!(Store::open(&nowhere), Err(OpenError::Failed(_))));
}

#[test]
fn every_table_is_strict_and_a_commit_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    drop(Store::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    let mode: String = connection
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let loose: Vec<String> = connection
        .prepare(
            "SELECT name FROM pragma_table_list \
             WHERE strict = 0 AND type = 'table' AND schema = 'main' AND name NOT LIKE 'sqlite_%'",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(loose, Vec::<String>::new());
}

#[test]
fn stores_in_memory_are_apart_and_shared_by_clones() {
    let (one, other) = (Store::in_memory().unwrap(), Store::in_memory().unwrap());
    one.put_setting(None, "key", b"1").unwrap();
    assert_eq!(
        one.clone().setting(None, "key").unwrap().as_deref(),
        Some(b"1".as_slice())
    );
    assert_eq!(other.setting(None, "key").unwrap(), None);
    let threads: Vec<_> = (0..4_u8)
        .map(|number| {
            let store = one.clone();
            std::thread::spawn(move || {
                for round in 0..50_u8 {
                    store
                        .put_setting(None, &number.to_string(), &[round])
                        .unwrap();
                    let read = store.setting(None, &number.to_string()).unwrap();
                    assert_eq!(read, Some(vec![round]));
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_log_that_somebody_reads_is_emptied_later_and_nothing_deleted_stays() {
    const SECRET: &str = "ill since the flood";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.db");
    let holds = || {
        let files = std::fs::read_dir(folder.path()).unwrap();
        let mut files = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        files.any(|bytes| {
            let mut windows = bytes.windows(SECRET.len());
            windows.any(|window| window == SECRET.as_bytes())
        })
    };
    let store = Store::open(&path).unwrap();
    store.put_draft("one", SECRET, Timestamp(1)).unwrap();
    let reads = rusqlite::Connection::open(&path).unwrap();
    reads.execute_batch("BEGIN").unwrap();
    let mut held = reads
        .prepare("SELECT count(*) FROM interface_drafts")
        .unwrap();
    let count: i64 = held.query_row([], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
    assert!(store.drop_draft("one").unwrap());
    assert!(!store.settle().unwrap());
    assert!(holds());
    drop(held);
    reads.execute_batch("COMMIT").unwrap();
    assert!(store.settle().unwrap());
    assert!(!holds());
}
