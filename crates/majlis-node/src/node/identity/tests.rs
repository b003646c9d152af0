//! With which keys a folder goes on: its own, new ones, or none.

use majlis_core::sign::DeviceKey;
use majlis_core::space::{Founding, Space};
use zeroize::Zeroizing;

use super::*;
use crate::card::RecoveryCard;

const POOL: [u8; 16] = [7; 16];

fn past(database: Option<&str>, pool: Option<&str>) -> Past {
    let [database, pool] = [database, pool].map(|name| name.map(str::to_owned));
    Past { database, pool }
}

#[test]
fn a_folder_may_be_lost_once_the_pool_has_all_of_it() {
    let store = Store::in_memory().unwrap();
    let here = past(Some("a"), Some("p"));
    let (in_pool, nothing) = (past(None, Some("p")), Past::default());
    let all = |before: &Past| {
        let before = Some(before);
        from_now_on(before, here.clone(), Some(POOL), &store).unwrap()
    };
    let now = |before: &Past| all(before).0;
    assert_eq!(now(&nothing), in_pool, "keys that signed nothing yet");

    let founding = Founding {
        name: "Ain Safa".to_owned(),
        purpose: "Water".to_owned(),
        founder_name: "Amina".to_owned(),
        recovery: vec![RecoveryCard::new(Zeroizing::new(clock::fresh())).key()],
    };
    let key = DeviceKey::from_secret(&[1; 32]);
    let founded = Space::found(founding, &key, clock::now(), clock::fresh());
    let (space, writes) = founded.unwrap();
    store.persist(space.id(), &writes).unwrap();
    let alone = past(Some("a"), None);
    for before in [&nothing, &alone, &here] {
        assert_eq!(now(before), here, "both have to be there while it moves");
    }
    assert_eq!(now(&in_pool), in_pool, "it is filled again");
    assert!(all(&here).1.is_some() && all(&in_pool).1.is_none());
    let outside = from_now_on(Some(&here), alone.clone(), None, &store).unwrap();
    assert_eq!(outside, (alone, None));

    let noted = serde_json::json!({ "pool": POOL, "upto": 4, "last": null }).to_string();
    let put = store.put_setting(Some(space.id()), "pool", noted.as_bytes());
    put.unwrap();
    assert_eq!(all(&here), (in_pool, None));
    let other = from_now_on(Some(&here), here.clone(), Some([8; 16]), &store).unwrap();
    assert_eq!(other.0, here, "another pool was given nothing");
    store.put_setting(None, "forgotten/00", b"1").unwrap();
    assert_eq!(now(&here), here, "the pool knows nothing of that space");
    let said = all(&here).1.unwrap();
    assert!(said.contains("another ticket"), "{said}");
}

#[tokio::test]
async fn a_database_keeps_its_name_until_its_device_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let config = NodeConfig::new(folder.path().to_path_buf(), None);
    let store = Store::in_memory().unwrap();
    let named = || name_of(&store).unwrap().unwrap();
    let (first, _) = keys(&config, &store).await.unwrap();
    let name = named();
    let (again, _) = keys(&config, &store).await.unwrap();
    assert_eq!(again.device.device(), first.device.device());
    assert_eq!(named(), name);
    // Without its file, or with one that was copied here, an older state must not go on with the new.
    fs::remove_file(keys::file(folder.path())).unwrap();
    let (new, _) = keys(&config, &store).await.unwrap();
    assert_ne!(named(), name);

    // Killed while new ones are made, it goes on with none of the old.
    let other = past(Some("a"), None);
    keys::note(folder.path(), &new, &other).unwrap();
    let name = named();
    let in_the_way = format!("install-id-{}.nobackup", new.device.device().short());
    let in_the_way = folder.path().join(in_the_way);
    fs::create_dir(&in_the_way).unwrap();
    let killed = keys(&config, &store).await;
    assert!(matches!(killed, Err(OpenError::Keys(_))));
    assert_ne!(named(), name, "named before its keys are made");
    fs::remove_dir(&in_the_way).unwrap();
    let (last, _) = keys(&config, &store).await.unwrap();
    assert_ne!(last.device.device(), new.device.device());
    assert_eq!(last.aside.len(), 2);
    assert_eq!(last.past, Some(past(Some(&named()), None)));
}

#[test]
fn a_note_that_protects_has_to_be_written_and_no_other() {
    let (nothing, alone) = (Past::default(), past(Some("a"), None));
    let (both, in_pool) = (past(Some("a"), Some("p")), past(None, Some("p")));
    for (noted, past, goes_on) in [
        (None, &alone, true),
        (None, &in_pool, true),
        (Some(&both), &in_pool, true),
        (Some(&nothing), &alone, false),
        (Some(&alone), &both, false),
        (Some(&alone), &in_pool, false),
    ] {
        assert_eq!(asks_for_all(noted, past), goes_on, "{noted:?} {past:?}");
    }
}
