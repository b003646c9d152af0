//! A folder that was copied to another device: it has a key of its own there, says so, and joins again.

use std::path::Path;

use majlis_node::api::me::Me;
use majlis_node::api::members::{JoinSpace, MemberView, QuarantineItem, RankName};
use majlis_node::api::space::{MustJoin, SpaceRef, SpaceView};
use majlis_node::api::{Nothing, Request};
use majlis_node::node::{Node, NodeConfig};

use crate::scene::{carry, found, get, member, name, named, open, person, ticket, verified};

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
    assert!(view.summary.must_join.is_none() && view.summary.rank == Some(RankName::Member));
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
    assert!(
        view.summary.must_join == Some(MustJoin::Copied)
            && view.summary.rank.is_none()
            && view.founder == "Amina"
    );
    // A new invite, and everything is as before, but for the key.
    let way_in = ticket(&amina, &at, RankName::Member).await;
    let _: SpaceRef = get(&copy, Request::Join(JoinSpace { ticket: way_in })).await;
    let view: SpaceView = get(&copy, Request::Space(at.clone())).await;
    assert!(view.summary.waiting && view.summary.must_join.is_none() && view.founder == "Amina");
    carry(&amina, &copy, &at).await;
    carry(&copy, &amina, &at).await;
    let view: SpaceView = get(&copy, Request::Space(at.clone())).await;
    assert!(!view.summary.waiting && view.summary.rank == Some(RankName::Member));
    assert_eq!(member(&copy, &at, "Bilal").await.name, "Bilal");
    assert_eq!(verified(&amina, &at).await, verified(&copy, &at).await);
}

/// Opens a folder on a machine that remembers what was signed on it.
async fn on(machine: &Path, folder: &Path) -> Node {
    let mut config = NodeConfig::new(folder.to_path_buf(), None);
    config.machine = Some(machine.to_path_buf());
    Node::open(config).await.unwrap()
}

fn put_back(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

async fn device(node: &Node) -> String {
    let me: Me = get(node, Request::Me(Nothing {})).await;
    me.device
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_folder_of_an_earlier_day_forks_nothing() {
    let [machine, folder, kept, other] = [0; 4].map(|_| tempfile::tempdir().unwrap());
    let bilal = named(other.path(), false, "Bilal").await;
    let amina = on(machine.path(), folder.path()).await;
    name(&amina, "Amina").await;
    let own = device(&amina).await;
    let at = found(&amina).await;
    let way_in = ticket(&amina, &at, RankName::Member).await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket: way_in })).await;
    carry(&amina, &bilal, &at).await;
    amina.shutdown().await;
    drop(amina);
    put_back(folder.path(), kept.path());

    // As it was left it is the same device, also from another place.
    let moved = folder.path().with_extension("moved");
    std::fs::rename(folder.path(), &moved).unwrap();
    let amina = on(machine.path(), &moved).await;
    assert_eq!(device(&amina).await, own);
    // It signs more, which Bilal gets; then the folder of before is put back.
    let _ = ticket(&amina, &at, RankName::Observer).await;
    carry(&amina, &bilal, &at).await;
    amina.shutdown().await;
    drop(amina);
    put_back(kept.path(), &moved);
    let amina = on(machine.path(), &moved).await;
    let new = device(&amina).await;
    assert_ne!(new, own);
    let view: SpaceView = get(&amina, Request::Space(at.clone())).await;
    assert!(view.summary.must_join == Some(MustJoin::Copied) && view.summary.rank.is_none());
    // What was signed since comes back, and nothing was signed twice.
    carry(&bilal, &amina, &at).await;
    assert_eq!(verified(&amina, &at).await, verified(&bilal, &at).await);
    let aside: Vec<QuarantineItem> = get(&bilal, Request::Quarantine(at.clone())).await;
    assert_eq!(aside, [], "nothing was signed twice at one place");
    amina.shutdown().await;
    drop(amina);
    // The new device stays.
    let amina = on(machine.path(), &moved).await;
    assert_eq!(device(&amina).await, new);

    // While it is open, a copy of it is another device.
    put_back(&moved, kept.path());
    let copy = on(machine.path(), kept.path()).await;
    assert_ne!(device(&copy).await, new);
    assert_eq!(device(&amina).await, new);
    copy.shutdown().await;
    std::fs::remove_dir_all(moved).unwrap();
}

/// Opens a folder whose keys lie apart, on a machine that remembers nothing, as in a container.
pub(crate) async fn apart(folder: &Path, keys: &Path) -> Node {
    let mut config = NodeConfig::new(folder.to_path_buf(), None);
    config.keys = Some(keys.to_path_buf());
    let node = Node::open(config).await.unwrap();
    name(&node, "Gateway").await;
    node
}

/// That so many devices called "Gateway" are in, and nothing was signed twice at one place.
pub(crate) async fn gateways_without_a_fork(node: &Node, at: &SpaceRef, many: usize) {
    let members: Vec<MemberView> = get(node, Request::Members(at.clone())).await;
    let is = |one: &&MemberView| one.name == "Gateway" && one.rank == Some(RankName::Observer);
    assert_eq!(members.iter().filter(is).count(), many);
    let aside: Vec<QuarantineItem> = get(node, Request::Quarantine(at.clone())).await;
    assert_eq!(aside, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_folder_beside_kept_keys_forks_nothing() {
    let [outer, keys] = [0; 2].map(|_| tempfile::tempdir().unwrap());
    let (folder, aside) = (outer.path().join("data"), outer.path().join("aside"));
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let way_in = ticket(&amina.node, &at, RankName::Observer).await;
    let mut devices = Vec::new();
    for time in 1..=2 {
        let gateway = apart(&folder, keys.path()).await;
        let own = device(&gateway).await;
        let join = JoinSpace {
            ticket: way_in.clone(),
        };
        let _: SpaceRef = get(&gateway, Request::Join(join)).await;
        carry(&amina.node, &gateway, &at).await;
        carry(&gateway, &amina.node, &at).await;
        gateways_without_a_fork(&amina.node, &at, time).await;
        gateway.shutdown().await;
        drop(gateway);
        // With the folder that they had, the keys go on.
        let gateway = apart(&folder, keys.path()).await;
        assert_eq!(device(&gateway).await, own);
        gateway.shutdown().await;
        drop(gateway);
        assert!(!devices.contains(&own), "the keys of a folder that is gone");
        devices.push(own);
        if time == 1 {
            std::fs::rename(&folder, &aside).unwrap();
        }
    }
    // Nor does the first one go on with the keys of the second.
    let gateway = apart(&aside, keys.path()).await;
    assert!(!devices.contains(&device(&gateway).await));
    gateway.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_beside_them_keys_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let bilal = named(folder.path(), false, "Bilal").await;
    let own = device(&bilal).await;
    bilal.shutdown().await;
    drop(bilal);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("majlis.sqlite{end}")));
    }
    let bilal = open(folder.path(), false).await;
    let new = device(&bilal).await;
    assert_ne!(new, own);
    bilal.shutdown().await;
    drop(bilal);
    let bilal = open(folder.path(), false).await;
    assert_eq!(device(&bilal).await, new);
    bilal.shutdown().await;
}
