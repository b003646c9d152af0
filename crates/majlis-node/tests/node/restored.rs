//! Restoring a backup once more, and where other spaces live.

use majlis_node::api::members::{MemberView, RankName};
use majlis_node::api::{ErrorCode, Request};

use crate::scene::{carry, found, get, named, person, ticket, verified};

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_is_repeated_without_joining_twice_and_never_beside_other_spaces() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    verified(&amina.node, &at).await;
    let files = tempfile::tempdir().unwrap();
    let backup = files.path().join("backup.sqlite");
    majlis_node::node::back_up(amina.folder(), &backup).unwrap();
    let fresh = named(&files.path().join("fresh"), false, "Amina again").await;
    // Amina founded the space and holds no ticket of her own.
    let lacks = fresh.restore(&backup, &[]).await.unwrap();
    assert_eq!(lacks[0].entries, None);
    let ticket = ticket(&amina.node, &at, RankName::Member).await;
    for tickets in [vec![ticket], Vec::new()] {
        let done = fresh.restore(&backup, &tickets).await.unwrap();
        assert!(done[0].entries.is_some_and(|entries| entries > 0));
    }
    carry(&fresh, &amina.node, &at).await;
    let members: Vec<MemberView> = get(&amina.node, Request::Members(at.clone())).await;
    let called = members.iter().filter(|one| one.name == "Amina again");
    assert_eq!(called.count(), 1);

    let other = person("Dara").await;
    found(&other.node).await;
    let refused = other.node.restore(&backup, &[]).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadInput);
}
