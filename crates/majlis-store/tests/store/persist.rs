//! Steps: what the core wrote is what it reads, whole or not at all.

use majlis_core::admission::{Aside, Missing, Refusal, State};
use majlis_core::chain::ArrivalCheck;
use majlis_core::effect::{Cursor, PeerRow, Write};
use majlis_core::entry::{Header, Kind, Signed, VERSION};
use majlis_core::id::{DeviceId, EntryHash, LaneId, PayloadHash, SpaceId, TransportId};
use majlis_core::shelf::{SavedDocument, Shelf as _, ShelfError};
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::sync::message::Arrived;
use majlis_core::time::Timestamp;
use majlis_store::{PersistError, Store};

use crate::replica::{lane, page};

const SPACE: SpaceId = SpaceId::from_bytes([5; 32]);

fn entry(lane: LaneId, seq: u64, kind: Kind, payload: &[u8]) -> Signed {
    entry_in(SPACE, lane, seq, kind, payload)
}

fn entry_in(space: SpaceId, lane: LaneId, seq: u64, kind: Kind, payload: &[u8]) -> Signed {
    let key = DeviceKey::from_secret(&[1; 32]);
    Header {
        version: VERSION,
        space,
        lane,
        device: key.device(),
        seq,
        prev: EntryHash::from_bytes([2; 32]),
        warrant: EntryHash::from_bytes([3; 32]),
        kind,
        claimed: Timestamp(u64::MAX - seq),
        payload: PayloadHash::of(payload),
        payload_len: u32::try_from(payload.len()).unwrap(),
    }
    .sign(&key)
}

fn write(signed: &Signed, payload: &[u8], state: State) -> Write {
    Write::Entry {
        signed: signed.clone(),
        payload: payload.to_vec(),
        state,
    }
}

fn hash(signed: &Signed) -> EntryHash {
    signed.unchecked().hash()
}

fn states(store: &Store) -> Vec<(Signed, State)> {
    let mut all = Vec::new();
    store
        .shelf(SPACE)
        .entries(&mut |signed, state| all.push((signed, state)))
        .unwrap();
    all
}

const STATES: [State; 15] = [
    State::Admitted,
    State::Carried,
    State::Waiting(Missing::Warrant),
    State::Waiting(Missing::Changes),
    State::Waiting(Missing::Payload),
    State::Quarantined(Aside::Removed),
    State::Quarantined(Aside::Left),
    State::Quarantined(Aside::Forked),
    State::Quarantined(Aside::WarrantVoid),
    State::Refused(Refusal::NoWarrant),
    State::Refused(Refusal::NotAllowed),
    State::Refused(Refusal::Malformed),
    State::Refused(Refusal::WrongLane),
    State::Refused(Refusal::Gate(0)),
    State::Refused(Refusal::Gate(255)),
];

fn device() -> DeviceId {
    DeviceKey::from_secret(&[1; 32]).device()
}

#[test]
fn entries_read_back_as_they_were_in_order_of_arrival() {
    let store = Store::in_memory().unwrap();
    let mut expected = Vec::new();
    let mut payloads = Vec::new();
    for (seq, state) in (0..).zip(STATES.into_iter().chain([State::Unknown])) {
        // Empty, short and long; the long one is stored packed.
        let payload = b"water ".repeat(usize::try_from(seq * 90).unwrap());
        let signed = entry(lane(1), seq, Kind::from_byte(200), &payload);
        store
            .persist(SPACE, &[write(&signed, &payload, state)])
            .unwrap();
        expected.push((signed, state));
        payloads.push(payload);
    }
    assert_eq!(states(&store), expected);
    let shelf = store.shelf(SPACE);
    for ((signed, _), payload) in expected.iter().zip(&payloads) {
        assert_eq!(shelf.signed(hash(signed)).unwrap().as_ref(), Some(signed));
        assert_eq!(shelf.payload(hash(signed)).unwrap().as_ref(), Some(payload));
    }
    let elsewhere = store.shelf(SpaceId::from_bytes([6; 32]));
    assert_eq!(elsewhere.signed(hash(&expected[0].0)).unwrap(), None);
    assert_eq!(elsewhere.payload(hash(&expected[0].0)).unwrap(), None);
    for ((signed, _), state) in expected.iter().zip(STATES.iter().rev()) {
        store
            .persist(SPACE, &[Write::State(hash(signed), *state)])
            .unwrap();
    }
    let moved: Vec<State> = states(&store)
        .into_iter()
        .map(|(_, state)| state)
        .take(15)
        .collect();
    assert_eq!(moved, STATES.into_iter().rev().collect::<Vec<_>>());
}

#[test]
fn a_step_that_contradicts_what_is_stored_leaves_nothing() {
    let store = Store::in_memory().unwrap();
    let held = entry(lane(1), 0, Kind::Records, b"x");
    store
        .persist(SPACE, &[write(&held, b"x", State::Admitted)])
        .unwrap();
    let fresh = entry(lane(1), 1, Kind::Records, b"y");
    let first = [
        write(&fresh, b"y", State::Admitted),
        Write::Session {
            lane: lane(1),
            number: 4,
        },
        Write::DraftRecord {
            lane: lane(1),
            device: device(),
            record: vec![1],
        },
    ];
    for last in [
        write(&held, b"x", State::Admitted),
        Write::State(EntryHash::from_bytes([8; 32]), State::Admitted),
    ] {
        let mut writes = first.to_vec();
        writes.push(last);
        let error = store.persist(SPACE, &writes).unwrap_err();
        assert!(matches!(error, PersistError::Contradiction), "{error:?}");
        assert_eq!(states(&store).len(), 1);
        let shelf = store.shelf(SPACE);
        assert_eq!(shelf.last_session(lane(1)).unwrap(), None);
        assert_eq!(shelf.draft_records(lane(1)).unwrap().len(), 0);
    }
    let elsewhere = SpaceId::from_bytes([6; 32]);
    let error = store.persist(elsewhere, &first).unwrap_err();
    assert!(matches!(error, PersistError::Contradiction), "{error:?}");
    assert_eq!(store.spaces().unwrap(), [SPACE]);
    store.persist(SPACE, &first).unwrap();
    assert_eq!(states(&store).len(), 2);
}

#[test]
fn what_came_last_is_told_of_one_space_and_newest_first() {
    let store = Store::in_memory().unwrap();
    let other = SpaceId::from_bytes([6; 32]);
    for (at, seq) in [(page(1), 0), (page(2), 0), (page(1), 1)] {
        let signed = entry(at, seq, Kind::from_byte(200), b"x");
        let writes = [write(&signed, b"x", State::Admitted)];
        store.persist(SPACE, &writes).unwrap();
    }
    let elsewhere = entry_in(other, page(4), 0, Kind::from_byte(200), b"y");
    let writes = [write(&elsewhere, b"y", State::Admitted)];
    store.persist(other, &writes).unwrap();
    let all = [(page(1), 1), (page(2), 0), (page(1), 0)].map(|(at, seq)| (at, device(), seq));
    assert_eq!(store.newest(SPACE, 10).unwrap(), all);
    assert_eq!(store.newest(SPACE, 2).unwrap(), all[..2]);
    assert_eq!(store.newest(other, 10).unwrap(), [(page(4), device(), 0)]);
    assert_eq!(store.newest(SpaceId::from_bytes([7; 32]), 10).unwrap(), []);
}

#[test]
fn a_full_disk_is_told_apart_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    let store = Store::open(&path).unwrap();
    let held = entry(lane(1), 0, Kind::Records, b"x");
    store
        .persist(SPACE, &[write(&held, b"x", State::Admitted)])
        .unwrap();
    store.limit(Some(400_000)).unwrap();
    let big = [Write::Document {
        lane: page(1),
        save: vec![7; 2_000_000],
    }];
    let error = store.persist(SPACE, &big).unwrap_err();
    assert!(matches!(error, PersistError::DiskFull(_)), "{error:?}");
    assert_eq!(
        store.shelf(SPACE).document(page(1)).unwrap(),
        SavedDocument::default()
    );
    store.limit(None).unwrap();
    store.persist(SPACE, &big).unwrap();
    assert_eq!(
        store
            .shelf(SPACE)
            .document(page(1))
            .unwrap()
            .save
            .unwrap()
            .len(),
        2_000_000
    );
}

#[test]
fn a_save_holds_what_applied_when_it_was_written_and_the_rest_is_later() {
    let store = Store::in_memory().unwrap();
    let shelf = store.shelf(SPACE);
    let entries: Vec<Signed> = (0..4)
        .map(|seq| entry(page(1), seq, Kind::Changes, &[0]))
        .collect();
    let put = |at: usize, state| write(&entries[at], &[0], state);
    let waiting = State::Waiting(Missing::Changes);
    store
        .persist(SPACE, &[put(0, State::Admitted), put(1, waiting)])
        .unwrap();
    let all = shelf.document(page(1)).unwrap();
    assert_eq!((all.save, all.later), (None, vec![hash(&entries[0])]));
    let save = Write::Document {
        lane: page(1),
        save: b"save".to_vec(),
    };
    store
        .persist(SPACE, &[put(2, State::Carried), save.clone()])
        .unwrap();
    let saved = || shelf.document(page(1)).unwrap();
    assert_eq!(
        saved(),
        SavedDocument {
            save: Some(b"save".to_vec()),
            later: vec![]
        }
    );
    // It arrived before the save, and applies only now.
    let moved = Write::State(hash(&entries[1]), State::Admitted);
    store
        .persist(SPACE, &[put(3, State::Admitted), moved])
        .unwrap();
    assert_eq!(saved().later, [hash(&entries[1]), hash(&entries[3])]);
    // What the save holds no longer applies: it is no save of this document any more.
    let aside = Write::State(hash(&entries[2]), State::Quarantined(Aside::Removed));
    store.persist(SPACE, &[aside]).unwrap();
    let left = [0, 1, 3].map(|at: usize| hash(&entries[at]));
    assert_eq!(
        saved(),
        SavedDocument {
            save: None,
            later: left.to_vec()
        }
    );
    store.persist(SPACE, &[save]).unwrap();
    assert_eq!(saved().later, []);
    assert_eq!(shelf.document(page(2)).unwrap(), SavedDocument::default());
}

#[test]
fn drafts_are_kept_in_order_until_sealed_and_sessions_only_rise() {
    let store = Store::in_memory().unwrap();
    let shelf = store.shelf(SPACE);
    assert_eq!(shelf.unsealed_lanes().unwrap(), []);
    let change = |session, byte| Write::DraftChange {
        lane: page(1),
        session,
        change: vec![byte],
    };
    let record = |byte| Write::DraftRecord {
        lane: lane(1),
        device: device(),
        record: vec![byte],
    };
    store
        .persist(
            SPACE,
            &[change(1, 1), record(1), change(1, 2), change(2, 3)],
        )
        .unwrap();
    store.persist(SPACE, &[record(2)]).unwrap();
    assert_eq!(shelf.unsealed_lanes().unwrap(), [lane(1), page(1)]);
    let all = [(1, vec![1]), (1, vec![2]), (2, vec![3])];
    assert_eq!(shelf.draft_changes(page(1)).unwrap(), all);
    assert_eq!(shelf.draft_records(lane(1)).unwrap(), [[1], [2]]);
    let sealed = |lane, changes, records| Write::Sealed {
        lane,
        changes,
        records,
    };
    store
        .persist(SPACE, &[sealed(page(1), 2, 0), sealed(lane(1), 0, 1)])
        .unwrap();
    assert_eq!(shelf.draft_changes(page(1)).unwrap(), [(2, vec![3])]);
    assert_eq!(shelf.draft_records(lane(1)).unwrap(), [[2]]);
    store.persist(SPACE, &[sealed(page(1), 1, 0)]).unwrap();
    assert_eq!(shelf.unsealed_lanes().unwrap(), [lane(1)]);
    for (number, highest) in [(3, 3), (1, 3), (9, 9)] {
        store
            .persist(
                SPACE,
                &[Write::Session {
                    lane: page(1),
                    number,
                }],
            )
            .unwrap();
        assert_eq!(shelf.last_session(page(1)).unwrap(), Some(highest));
    }
}

#[test]
fn peers_and_settings_go_with_their_space_and_no_other() {
    let store = Store::in_memory().unwrap();
    let other = SpaceId::from_bytes([6; 32]);
    let peer = PeerRow {
        device: DeviceId::from_bytes([9; 32]),
        heard: Timestamp(7),
        has: 3,
        lacks: 2,
        missing_here: 1,
        media_there: (4, 90_000),
        media_here: (5, 120_000),
        lacks_on: vec![(page(1), 2)],
        missing_on: vec![(page(7), 1)],
        transport: Some(TransportId::from_bytes([3; 32])),
        cursor: None,
    };
    for space in [SPACE, other] {
        store.persist(space, &[Write::Peer(peer.clone())]).unwrap();
        store.put_setting(Some(space), "sample", b"1").unwrap();
        let outline = Write::Outline {
            lane: page(1),
            title: "Minutes".into(),
            text: Some("the old well".into()),
        };
        store.persist(space, &[outline]).unwrap();
    }
    let heard = PeerRow {
        heard: Timestamp(8),
        lacks: 0,
        media_here: (0, 0),
        lacks_on: Vec::new(),
        cursor: Some(Cursor {
            upto: Arrived {
                count: 12,
                check: ArrivalCheck([5; 8]),
            },
            held: 14,
        }),
        ..peer.clone()
    };
    store.persist(SPACE, &[Write::Peer(heard.clone())]).unwrap();
    assert_eq!(store.peers(SPACE).unwrap(), [heard]);
    assert_eq!(store.search("well", None, 10).unwrap().len(), 2);
    store.forget(SPACE).unwrap();
    assert_eq!(store.spaces().unwrap(), [other]);
    assert_eq!(store.peers(SPACE).unwrap(), []);
    assert_eq!(store.setting(Some(SPACE), "sample").unwrap(), None);
    assert_eq!(store.peers(other).unwrap(), [peer]);
    assert_eq!(
        store.setting(Some(other), "sample").unwrap(),
        Some(b"1".to_vec())
    );
    assert_eq!(store.search("well", None, 10).unwrap().len(), 1);
    store.forget(SPACE).unwrap();
}

#[test]
fn what_the_disk_damaged_of_one_entry_is_no_failure_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    let store = Store::open(&path).unwrap();
    let entries = [0, 1].map(|seq| entry(lane(1), seq, Kind::Records, b"said"));
    let writes = entries
        .each_ref()
        .map(|signed| write(signed, b"said", State::Unknown));
    store.persist(SPACE, &writes).unwrap();
    let [whole, worn] = entries.each_ref().map(hash);
    let shelf = store.shelf(SPACE);
    let connection = rusqlite::Connection::open(&path).unwrap();
    let damage = |sql| assert_eq!(connection.execute(sql, []).unwrap(), 1);
    damage("UPDATE payloads SET packed = 1, body = x'00' WHERE entry = 2");
    let read = shelf.payload(worn);
    assert!(matches!(read, Err(ShelfError::Damaged(_))), "{read:?}");
    damage("UPDATE entries SET prev = x'00' WHERE no = 2");
    let read = shelf.signed(worn);
    assert!(matches!(read, Err(ShelfError::Damaged(_))), "{read:?}");
    assert_eq!(shelf.payload(whole).unwrap().as_deref(), Some(&b"said"[..]));
    assert_eq!(shelf.signed(whole).unwrap(), Some(entries[0].clone()));
    // Without its tables it answers nothing at all.
    connection.execute("DROP TABLE payloads", []).unwrap();
    let read = shelf.payload(whole);
    assert!(matches!(read, Err(ShelfError::Failed(_))), "{read:?}");
}
