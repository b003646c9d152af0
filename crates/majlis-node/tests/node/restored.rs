//! Restoring a backup once more, with other tickets, and where it must not be.

use std::path::{Path, PathBuf};

use majlis_core::id::SpaceId;
use majlis_node::api::members::{JoinSpace, MemberView, RankName};
use majlis_node::api::process::Responded;
use majlis_node::api::space::SpaceRef;
use majlis_node::api::sync::SyncView;
use majlis_node::api::{ErrorCode, Request};
use majlis_node::node::{Became, NewKeys, Node, OpenError, back_up};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::copied::{apart, apart_as, gateways_without_a_fork, without_a_note};
use crate::scene::{Person, carry, found, get, named, person, ticket, verified};
use crate::{answer, opened};

/// A space that somebody founded, with a backup of their device, and where to restore it.
async fn backed_up() -> (Person, SpaceRef, TempDir, PathBuf) {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    verified(&amina.node, &at).await;
    let files = tempfile::tempdir().unwrap();
    let backup = files.path().join("backup.sqlite");
    back_up(amina.folder(), &backup).unwrap();
    (amina, at, files, backup)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_is_repeated_without_joining_twice() {
    let (amina, at, files, backup) = backed_up().await;
    let fresh = named(&files.path().join("fresh"), false, "Amina again").await;
    // Amina founded the space and holds no ticket of her own.
    let lacks = fresh.restore(&backup, &[]).await.unwrap();
    assert_eq!(
        (lacks[0].entries, &lacks[0].became),
        (None, &Became::Lacking)
    );
    let ticket = ticket(&amina.node, &at, RankName::Member).await;
    // The invite is younger than the backup, so nobody here can say yet whether it counts.
    for tickets in [vec![ticket.clone()], Vec::new(), vec![ticket]] {
        let done = fresh.restore(&backup, &tickets).await.unwrap();
        assert!(done[0].entries.is_some_and(|entries| entries > 0));
        assert_eq!(done[0].became, Became::Waiting);
    }
    carry(&fresh, &amina.node, &at).await;
    let members: Vec<MemberView> = get(&amina.node, Request::Members(at.clone())).await;
    let called = members.iter().filter(|one| one.name == "Amina again");
    assert_eq!(called.count(), 1);
    carry(&amina.node, &fresh, &at).await;
    let done = fresh.restore(&backup, &[]).await.unwrap();
    assert_eq!(done[0].became, Became::In { now: false });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_is_refused_where_it_would_mislead() {
    let (amina, _, files, backup) = backed_up().await;
    // Told to have the old device removed, an operator would remove this one.
    let refused = amina.node.restore(&backup, &[]).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadInput);
    assert!(refused.message.contains("empty folder"), "{refused}");

    let dara = person("Dara").await;
    let other = found(&dara.node).await;
    let refused = dara.node.restore(&backup, &[]).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadInput);
    let fresh = named(&files.path().join("fresh"), false, "Amina again").await;
    let elsewhere = ticket(&dara.node, &other, RankName::Member).await;
    let refused = fresh.restore(&backup, &[elsewhere]).await.unwrap_err();
    assert_eq!(refused.detail, Some(other.space));
}

/// As a worn out disk would: entries of one space say what no version ever wrote.
fn damage(backup: &Path, space: &str) {
    let id: SpaceId = space.parse().unwrap();
    let sql = "UPDATE entries SET state = 99 WHERE lane IN \
         (SELECT l.no FROM lanes l JOIN spaces s ON s.no = l.space WHERE s.id = ?1)";
    let disk = Connection::open(backup).unwrap();
    assert!(disk.execute(sql, [id.as_bytes()]).unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_cannot_be_read_keeps_no_other_from_coming_back() {
    let amina = person("Amina").await;
    let both = [found(&amina.node).await, found(&amina.node).await];
    let mut tickets = Vec::new();
    for at in &both {
        tickets.push(ticket(&amina.node, at, RankName::Member).await);
        verified(&amina.node, at).await;
    }
    let files = tempfile::tempdir().unwrap();
    let backup = files.path().join("backup.sqlite");
    back_up(amina.folder(), &backup).unwrap();
    let fresh = named(&files.path().join("fresh"), false, "Amina again").await;
    let list = fresh.restore(&backup, &[]).await.unwrap();
    // The one whose turn is first, so that the other comes after it.
    let (bad, good) = (&list[0].space, &list[1].space);
    damage(&backup, bad);
    for again in [false, true] {
        let done = fresh.restore(&backup, &tickets).await.unwrap();
        let of = |space: &String| done.iter().find(|one| one.space == *space).unwrap();
        let Became::Failed(error) = &of(bad).became else {
            panic!("{done:?}")
        };
        assert!(error.message.starts_with("joined, but"), "{error}");
        assert_eq!(of(bad).entries, None);
        let entries = of(good).entries;
        assert!(entries.is_some_and(|entries| entries > 0), "{again}");
    }
}

/// What a worn out disk makes of the payload of the entry that came last: it cannot be unpacked, or is
/// as long as it was and other bytes, or is gone.
const WORN: [&str; 3] = [
    "UPDATE payloads SET packed = 1, body = x'00'",
    "UPDATE payloads SET packed = 0, \
     body = zeroblob((SELECT payload_len FROM entries WHERE no = entry))",
    "DELETE FROM payloads",
];

fn wear(database: &Path, how: &str) {
    let disk = Connection::open(database).unwrap();
    let sql = format!("{how} WHERE entry = (SELECT max(no) FROM entries)");
    assert_eq!(disk.execute(&sql, []).unwrap(), 1, "{sql}");
}

async fn entries(node: &Node, at: &SpaceRef) -> u64 {
    let view: SyncView = get(node, Request::SyncState(at.clone())).await;
    view.entries
}

/// Amina's space with two answers, the second of which came last of all, and a ticket from before.
async fn answered() -> (Person, SpaceRef, String) {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let ticket = ticket(&amina.node, &at, RankName::Member).await;
    let (process, form) = opened(&amina.node, &at).await;
    for option in 0..2 {
        let answer = answer(&process, &form, option, "Near the school");
        let _: Responded = get(&amina.node, Request::Respond(answer)).await;
        verified(&amina.node, &at).await;
    }
    (amina, at, ticket)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_a_backup_does_not_give_is_told_and_all_else_comes_back() {
    let (amina, at, ticket) = answered().await;
    let tickets = [ticket];
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str| files.path().join(name);
    let backup = file("backup.sqlite");
    back_up(amina.folder(), &backup).unwrap();
    let fresh = named(&file("whole"), false, "Amina again").await;
    let done = fresh.restore(&backup, &tickets).await.unwrap();
    assert_eq!(done[0].became, Became::In { now: true });
    let whole = entries(&fresh, &at).await;
    assert!(done[0].entries.is_some_and(|entries| entries > 2));
    for (number, how) in WORN.into_iter().enumerate() {
        let worn = file(&format!("worn-{number}.sqlite"));
        std::fs::copy(&backup, &worn).unwrap();
        wear(&worn, how);
        let fresh = named(&file(&number.to_string()), false, "Amina again").await;
        let done = fresh.restore(&worn, &tickets).await.unwrap();
        let Became::Failed(error) = &done[0].became else {
            panic!("{how}: {done:?}")
        };
        let told = "joined, but not all of the backup was read: 1 entries and 0 photos";
        assert!(error.message.starts_with(told), "{how}: {error}");
        assert_eq!(done[0].entries, None);
        assert_eq!(entries(&fresh, &at).await, whole - 1, "{how}");
        // Whoever has it brings it.
        carry(&amina.node, &fresh, &at).await;
        assert_eq!(entries(&fresh, &at).await, whole, "{how}");
        verified(&fresh, &at).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_restore_left_is_gone_with_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let left = ["", "-wal", "-shm"].map(|end| folder.path().join(format!("restoring.sqlite{end}")));
    for file in &left {
        std::fs::write(file, "the secret of a ticket").unwrap();
    }
    let _node = named(folder.path(), false, "Amina").await;
    assert!(left.iter().all(|file| !file.exists()));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_had_met_nobody_is_restored_by_another_ticket_and_takes_no_place_of_the_old_device()
{
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let first = ticket(&amina.node, &at, RankName::Member).await;
    let bilal = person("Bilal").await;
    let join = JoinSpace { ticket: first };
    let _: SpaceRef = get(&bilal.node, Request::Join(join)).await;
    let files = tempfile::tempdir().unwrap();
    let backup = files.path().join("backup.sqlite");
    back_up(bilal.folder(), &backup).unwrap();
    let fresh = named(&files.path().join("fresh"), false, "Bilal again").await;
    let second = ticket(&amina.node, &at, RankName::Facilitator).await;
    for tickets in [Vec::new(), vec![second]] {
        let done = fresh.restore(&backup, &tickets).await.unwrap();
        assert_eq!(
            (done[0].entries, &done[0].became),
            (Some(0), &Became::Waiting)
        );
    }
    carry(&fresh, &amina.node, &at).await;
    let members: Vec<MemberView> = get(&amina.node, Request::Members(at)).await;
    let names: Vec<(&str, Option<RankName>)> = members
        .iter()
        .map(|one| (one.name.as_str(), one.rank))
        .collect();
    assert!(
        names.contains(&("Bilal again", Some(RankName::Facilitator))),
        "{names:?}"
    );
    assert!(!names.iter().any(|(name, _)| *name == "Bilal"), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_restored_beside_kept_keys_is_a_new_device() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let files = tempfile::tempdir().unwrap();
    let [data, keys] = ["data", "keys"].map(|name| files.path().join(name));
    let gateway = apart(&data, &keys).await;
    let join = JoinSpace {
        ticket: ticket(&amina.node, &at, RankName::Observer).await,
    };
    let _: SpaceRef = get(&gateway, Request::Join(join)).await;
    carry(&amina.node, &gateway, &at).await;
    carry(&gateway, &amina.node, &at).await;
    let backup = files.path().join("backup.sqlite");
    back_up(&data, &backup).unwrap();
    gateway.shutdown().await;
    drop(gateway);
    // What is no backup displaces no keys, nor does a folder that has spaces of its own.
    let file = majlis_node::keys::file(&keys);
    let before = std::fs::read(&file).unwrap();
    let garbage = files.path().join("garbage");
    std::fs::write(&garbage, "no backup at all").unwrap();
    let empty = files.path().join("empty");
    for wrong in [garbage, files.path().join("nowhere")] {
        let refused = apart_as(&empty, &keys, NewKeys::Restoring(wrong)).await;
        assert!(matches!(refused, Err(OpenError::Backup(..))));
    }
    assert!(!empty.join("restoring.sqlite").exists());
    let led = files.path().join("led");
    let dara = named(&led, false, "Dara").await;
    let _ = found(&dara).await;
    dara.shutdown().await;
    drop(dara);
    let restoring = || NewKeys::Restoring(backup.clone());
    let refused = apart_as(&led, &keys, restoring()).await;
    assert!(matches!(refused, Err(OpenError::OtherKeys { .. })));
    assert_eq!(std::fs::read(&file).unwrap(), before);

    // The second time, the keys are of a version that noted nothing beside them.
    for many in 2..=3 {
        std::fs::remove_dir_all(&data).unwrap();
        let gateway = apart_as(&data, &keys, restoring()).await.unwrap();
        assert!(gateway.has_new_keys() && gateway.kept_aside().len() == 2);
        let done = gateway.restore(&backup, &[]).await.unwrap();
        assert_eq!(done[0].became, Became::In { now: true });
        carry(&gateway, &amina.node, &at).await;
        gateways_without_a_fork(&amina.node, &at, many).await;
        gateway.shutdown().await;
        drop(gateway);
        // Once more into the same folder, it is the same device.
        let gateway = apart_as(&data, &keys, restoring()).await.unwrap();
        assert!(!gateway.has_new_keys());
        let done = gateway.restore(&backup, &[]).await.unwrap();
        assert_eq!(done[0].became, Became::In { now: false });
        gateway.shutdown().await;
        drop(gateway);
        without_a_note(&keys);
    }
}
