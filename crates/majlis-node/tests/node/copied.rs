//! A folder that was copied to another device: it has a key of its own there, says so, and joins again.

use majlis_node::api::me::Me;
use majlis_node::api::members::{JoinSpace, RankName};
use majlis_node::api::space::{SpaceRef, SpaceView};
use majlis_node::api::{Nothing, Request};

use crate::scene::{carry, found, get, member, named, open, ticket, verified};

/// A file that a backup of the system leaves out.
const NOT_IN_BACKUPS: &str = "install-id.nobackup";

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_folder_joins_again_under_its_own_key() {
    let folders = [0; 3].map(|_| tempfile::tempdir().unwrap());
    let amina = named(folders[0].path(), false, "Amina").await;
    let at = found(&amina).await;
    let bilal = named(folders[1].path(), false, "Bilal").await;
    let way_in = ticket(&amina, &at, RankName::Member).await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket: way_in })).await;
    carry(&amina, &bilal, &at).await;
    carry(&bilal, &amina, &at).await;
    let view: SpaceView = get(&bilal, Request::Space(at.clone())).await;
    assert!(!view.summary.copied && view.summary.rank == Some(RankName::Member));
    let before: Me = get(&bilal, Request::Me(Nothing {})).await;
    bilal.shutdown().await;
    for file in std::fs::read_dir(folders[1].path()).unwrap() {
        let file = file.unwrap();
        if file.file_name() != NOT_IN_BACKUPS {
            std::fs::copy(file.path(), folders[2].path().join(file.file_name())).unwrap();
        }
    }

    let copy = open(folders[2].path(), false).await;
    let me: Me = get(&copy, Request::Me(Nothing {})).await;
    assert_ne!(me.device, before.device);
    let view: SpaceView = get(&copy, Request::Space(at.clone())).await;
    assert!(view.summary.copied && view.summary.rank.is_none() && view.founder == "Amina");
    // A new invite, and everything is as before, but for the key.
    let way_in = ticket(&amina, &at, RankName::Member).await;
    let _: SpaceRef = get(&copy, Request::Join(JoinSpace { ticket: way_in })).await;
    let view: SpaceView = get(&copy, Request::Space(at.clone())).await;
    assert!(view.summary.waiting && !view.summary.copied && view.founder == "Amina");
    carry(&amina, &copy, &at).await;
    carry(&copy, &amina, &at).await;
    let view: SpaceView = get(&copy, Request::Space(at.clone())).await;
    assert!(!view.summary.waiting && view.summary.rank == Some(RankName::Member));
    assert_eq!(member(&copy, &at, "Bilal").await.name, "Bilal");
    assert_eq!(verified(&amina, &at).await, verified(&copy, &at).await);
}
