//! Which photos and sounds of others make room, over all spaces.

use super::*;

fn space(number: u8) -> SpaceId {
    SpaceId::from_bytes([number; 32])
}

/// A photo of others comes.
fn came(store: &Store, of: u8, number: u8, size: u32) {
    let written: Result<(), PersistError> = store.write(|write| {
        let sql = "INSERT OR IGNORE INTO spaces (id) VALUES (?1)";
        write.execute(sql, [space(of).as_bytes()])?;
        let of = space_no(write, space(of))?;
        let sql = "INSERT INTO blobs (space, id, size, held, pieces, part, kept) \
             VALUES (?1, ?2, ?3, ?3, x'', 2, 0)";
        write.execute(sql, (of, [number; 32], size))?;
        let sql = "INSERT INTO blob_parts (blob, at, bytes) VALUES (?1, 0, x'00')";
        write.execute(sql, [write.last_insert_rowid()])?;
        Ok(())
    });
    written.unwrap();
}

#[test]
fn the_oldest_make_room_in_whichever_space_they_are() {
    let store = Store::in_memory().unwrap();
    for (number, (of, size)) in (0..).zip([(1, 100), (2, 50), (2, 70), (1, 10)]) {
        came(&store, of, number, size);
    }
    let both = BTreeMap::from([(space(1), 110), (space(2), 120)]);
    assert_eq!(store.bytes_of_others().unwrap(), both);
    for (bytes, of) in [
        (0, BTreeMap::new()),
        (100, BTreeMap::from([(space(1), 100)])),
        (101, BTreeMap::from([(space(1), 100), (space(2), 50)])),
        (5_000, both),
    ] {
        assert_eq!(store.oldest_of_others(bytes).unwrap(), of, "{bytes}");
    }
}
