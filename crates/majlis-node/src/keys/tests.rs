//! Keys that are made, kept aside, moved, and noted with what they signed.

use super::*;

#[test]
fn keys_are_made_once_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), None).unwrap();
    let again = open(folder.path(), None).unwrap();
    assert_eq!(first.device.device(), again.device.device());
    assert_eq!(first.transport.public(), again.transport.public());
    assert_ne!(first.transport.public(), *first.device.device().as_bytes());
    assert!(first.is_new && !again.is_new && again.aside.is_empty());
}

#[test]
#[cfg(unix)]
fn only_the_user_can_read_the_keys() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), None).unwrap();
    let mode = std::fs::metadata(folder.path().join(KEY_FILE))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_restored_backup_becomes_a_new_device() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let original = open(first.path(), None).unwrap().device.device();
    std::fs::copy(first.path().join(KEY_FILE), second.path().join(KEY_FILE)).unwrap();
    let restored = open(second.path(), None).unwrap();
    assert_ne!(restored.device.device(), original);
    let aside = format!("device-{}.restored", original.short());
    assert_eq!(restored.aside, [second.path().join(aside)]);
    let again = open(second.path(), None).unwrap();
    assert_eq!(again.device.device(), restored.device.device());
    assert!(again.aside.is_empty());
}

#[test]
fn that_keys_came_from_elsewhere_is_seen_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let came = || are_from_elsewhere(folder.path()).unwrap();
    assert!(!came(), "there are none");
    open(folder.path(), None).unwrap();
    assert!(!came());
    let install = folder.path().join(INSTALL_FILE);
    std::fs::remove_file(&install).unwrap();
    assert!(came() && !install.exists());
    std::fs::write(&install, [7; 32]).unwrap();
    assert!(came(), "it is that of others");
}

#[test]
fn keys_that_were_kept_aside_are_put_back_with_their_install_id() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), None).unwrap();
    let new = renew(folder.path(), first.device.device(), None).unwrap();
    assert!(new.is_new && new.device.device() != first.device.device());
    let [key, install] = &new.aside[..] else {
        panic!("{:?}", new.aside)
    };
    std::fs::rename(key, file(folder.path())).unwrap();
    std::fs::rename(install, folder.path().join(INSTALL_FILE)).unwrap();
    let again = open(folder.path(), None).unwrap();
    assert_eq!(again.device.device(), first.device.device());
    assert!(again.aside.is_empty());
}

#[test]
fn nothing_is_noted_beside_other_keys() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), None).unwrap();
    let new = renew(folder.path(), first.device.device(), None).unwrap();
    let here = past((Some("a"), None));
    let noted = note(folder.path(), &first, &here);
    assert!(matches!(noted, Err(KeysError::Replaced(_))));
    note(folder.path(), &new, &here).unwrap();
    assert_eq!(open(folder.path(), None).unwrap().past, Some(here));
}

#[test]
fn a_damaged_file_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path(), None).unwrap();
    let path = folder.path().join(KEY_FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    let bent = text.replacen("\"secrets\": \"", "\"secrets\": \"A", 1);
    std::fs::write(&path, &bent).unwrap();
    assert!(matches!(
        open(folder.path(), None),
        Err(KeysError::Damaged(_))
    ));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), bent);
    std::fs::write(&path, text.replace("\"version\": 1", "\"version\": 9")).unwrap();
    assert!(matches!(
        open(folder.path(), None),
        Err(KeysError::Newer(_))
    ));
}

fn past(named: (Option<&str>, Option<&str>)) -> Past {
    let [database, pool] = [named.0, named.1].map(|name| name.map(str::to_owned));
    Past { database, pool }
}

#[test]
fn keys_go_on_where_all_that_they_signed_is() {
    for (noted, here, goes_on) in [
        ((None, None), (Some("a"), None), true),
        ((Some("a"), None), (Some("a"), None), true),
        ((Some("a"), None), (Some("b"), None), false),
        // A folder moves into a pool.
        ((Some("a"), None), (Some("a"), Some("p")), true),
        ((Some("a"), Some("p")), (Some("a"), Some("p")), true),
        ((Some("a"), Some("p")), (Some("b"), Some("p")), false),
        ((Some("a"), Some("p")), (Some("a"), None), false),
        // With a pool, the folder is a copy.
        ((None, Some("p")), (Some("b"), Some("p")), true),
        ((None, Some("p")), (Some("b"), Some("q")), false),
        ((None, Some("p")), (Some("b"), None), false),
    ] {
        let is_in = past(noted).is_in(&past(here));
        assert_eq!(is_in, goes_on, "{noted:?} {here:?}");
    }
}

#[test]
fn what_is_noted_beside_the_keys_stays_and_does_not_come_along_to_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), None).unwrap();
    assert_eq!(first.past, Some(Past::default()));
    let noted = past((Some("a"), Some("p")));
    note(folder.path(), &first, &noted).unwrap();
    let again = open(folder.path(), Some("four plain words here")).unwrap();
    assert_eq!(again.device.device(), first.device.device());
    assert_eq!(again.past, Some(noted));
    let sealed = past((None, Some("p")));
    note(folder.path(), &again, &sealed).unwrap();
    let again = open(folder.path(), Some("four plain words here")).unwrap();
    assert_eq!(again.transport.public(), first.transport.public());
    assert_eq!(again.past, Some(sealed));
    let new = renew(folder.path(), first.device.device(), None);
    assert!(matches!(new, Err(KeysError::Locked(_))));
    let new = open(folder.path(), Some("four plain words here")).unwrap();
    assert_ne!(new.device.device(), first.device.device());
    assert_eq!(new.past, Some(Past::default()));
}

#[test]
fn a_passphrase_seals_the_keys_and_opens_them_again() {
    let folder = tempfile::tempdir().unwrap();
    let plain = open(folder.path(), None).unwrap().device.device();
    let sealed = open(folder.path(), Some("four plain words here")).unwrap();
    assert_eq!(sealed.device.device(), plain);
    let text = std::fs::read_to_string(folder.path().join(KEY_FILE)).unwrap();
    let secret: String = BASE32_NOPAD
        .encode(&*sealed.device.secret())
        .chars()
        .take(20)
        .collect();
    assert!(!text.contains(&secret));
    assert!(matches!(
        open(folder.path(), None),
        Err(KeysError::Locked(_))
    ));
    let wrong = open(folder.path(), Some("four other words here"));
    assert!(matches!(wrong, Err(KeysError::WrongPassphrase(_))));
    let again = open(folder.path(), Some("four plain words here")).unwrap();
    assert_eq!(again.transport.public(), sealed.transport.public());
}
