//! A folder that was copied to another device: it has a key of its own there, says so, and joins again.

use std::path::{Path, PathBuf};

use majlis_node::api::me::Me;
use majlis_node::api::members::{JoinSpace, MemberView, QuarantineItem, RankName};
use majlis_node::api::space::{MustJoin, SpaceRef, SpaceView};
use majlis_node::api::{Nothing, Request};
use majlis_node::keys;
use majlis_node::node::{NewKeys, Node, NodeConfig, OpenError, is_replica};
use serde_json::Value;

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
    apart_as(folder, keys, NewKeys::default()).await.unwrap()
}

/// The same, or why not.
pub(crate) async fn apart_as(
    folder: &Path,
    keys: &Path,
    new_keys: NewKeys,
) -> Result<Node, OpenError> {
    let mut config = NodeConfig::new(folder.to_path_buf(), None);
    config.keys = Some(keys.to_path_buf());
    config.new_keys = new_keys;
    let node = Node::open(config).await?;
    name(&node, "Gateway").await;
    Ok(node)
}

/// That keys do not go on beside this folder, and stay as they are.
async fn stay(folder: &Path, keys: &Path) {
    let file = keys::file(keys);
    let before = std::fs::read(&file).unwrap();
    let refused = apart_as(folder, keys, NewKeys::default()).await;
    assert!(matches!(refused, Err(OpenError::OtherKeys { .. })));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

/// Puts keys back that were kept aside, with their install id.
fn put_keys_back(aside: &[PathBuf], keys: &Path) {
    let [key, install] = aside else {
        panic!("{aside:?}")
    };
    std::fs::rename(key, keys::file(keys)).unwrap();
    std::fs::rename(install, keys.join(NOT_IN_BACKUPS)).unwrap();
}

/// As a version leaves them that noted nothing beside keys.
pub(crate) fn without_a_note(keys: &Path) {
    let file = keys::file(keys);
    let mut text: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    text.as_object_mut().unwrap().remove("past").unwrap();
    std::fs::write(&file, text.to_string()).unwrap();
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
async fn a_new_folder_beside_kept_keys_forks_nothing_and_displaces_none_unless_told() {
    let [outer, keys] = [0; 2].map(|_| tempfile::tempdir().unwrap());
    let (folder, first) = (outer.path().join("data"), outer.path().join("first"));
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let way_in = ticket(&amina.node, &at, RankName::Observer).await;
    let mut devices = Vec::new();
    let mut aside = Vec::new();
    for time in 1..=2 {
        let gateway = if time == 1 {
            apart(&folder, keys.path()).await
        } else {
            // Its folder is not mounted yet, or another was named.
            stay(&folder, keys.path()).await;
            let told = apart_as(&folder, keys.path(), NewKeys::Told).await;
            told.unwrap()
        };
        assert!(gateway.has_new_keys());
        aside = gateway.kept_aside().to_vec();
        let own = device(&gateway).await;
        let join = JoinSpace {
            ticket: way_in.clone(),
        };
        let _: SpaceRef = get(&gateway, Request::Join(join)).await;
        carry(&amina.node, &gateway, &at).await;
        carry(&gateway, &amina.node, &at).await;
        gateways_without_a_fork(&amina.node, &at, time).await;
        // No other replica takes the keys while they are in use.
        let in_use = apart_as(&first, keys.path(), NewKeys::Told).await;
        assert!(matches!(in_use, Err(OpenError::InUse(at)) if at == keys.path()));
        gateway.shutdown().await;
        drop(gateway);
        // With the folder that they had, the keys go on, also where it is told once more.
        let gateway = apart_as(&folder, keys.path(), NewKeys::Told).await.unwrap();
        assert_eq!(device(&gateway).await, own);
        assert!(!gateway.has_new_keys());
        gateway.shutdown().await;
        drop(gateway);
        assert!(!devices.contains(&own), "the keys of a folder that is gone");
        devices.push(own);
        if time == 1 {
            let _ = std::fs::remove_dir_all(&first);
            std::fs::rename(&folder, &first).unwrap();
        }
    }
    // Nor does the first one go on with the keys of the second, but with its own.
    stay(&first, keys.path()).await;
    put_keys_back(&aside, keys.path());
    stay(&folder, keys.path()).await;
    let gateway = apart(&first, keys.path()).await;
    assert_eq!(device(&gateway).await, devices[0]);
    gateway.shutdown().await;
    drop(gateway);
    // A folder whose keys are not there makes none.
    let nowhere = outer.path().join("nowhere");
    let refused = apart_as(&first, &nowhere, NewKeys::default()).await;
    assert!(matches!(refused, Err(OpenError::OtherKeys { .. })));
    assert!(!keys::are_in(&nowhere));
}

async fn close(node: Node) {
    node.shutdown().await;
    drop(node);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_state_of_a_database_does_not_go_on_with_keys_that_were_made_since() {
    let outer = tempfile::tempdir().unwrap();
    let [folder, older, keys] = ["data", "older", "keys"].map(|name| outer.path().join(name));
    close(apart(&folder, &keys).await).await;
    put_back(&folder, &older);
    // Its keys are lost, or displaced by those of another folder.
    std::fs::remove_dir_all(&keys).unwrap();
    let told = apart_as(&folder, &keys, NewKeys::Told).await.unwrap();
    let own = device(&told).await;
    close(told).await;
    stay(&older, &keys).await;
    put_back(&folder, &older);
    let other = outer.path().join("other");
    close(apart_as(&other, &keys, NewKeys::Told).await.unwrap()).await;
    let told = apart_as(&folder, &keys, NewKeys::Told).await.unwrap();
    assert_ne!(device(&told).await, own);
    close(told).await;
    stay(&older, &keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_earlier_version_are_not_taken_along_to_an_empty_folder() {
    let outer = tempfile::tempdir().unwrap();
    let [folder, other, keys] = ["data", "other", "keys"].map(|name| outer.path().join(name));
    let gateway = apart(&folder, &keys).await;
    let own = device(&gateway).await;
    let _ = found(&gateway).await;
    gateway.shutdown().await;
    drop(gateway);
    without_a_note(&keys);
    stay(&other, &keys).await;
    assert!(!is_replica(&other), "nothing begins there");
    let gateway = apart(&folder, &keys).await;
    assert_eq!(device(&gateway).await, own);
    gateway.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_earlier_version_go_on_with_an_empty_folder_of_which_it_is_known() {
    let outer = tempfile::tempdir().unwrap();
    let [folder, keys] = ["data", "keys"].map(|name| outer.path().join(name));
    let gateway = apart(&folder, &keys).await;
    let own = device(&gateway).await;
    close(gateway).await;
    without_a_note(&keys);
    stay(&folder, &keys).await;
    let mut config = NodeConfig::new(folder.clone(), None);
    config.keys = Some(keys.clone());
    config.keys_known = true;
    let gateway = Node::open(config).await.unwrap();
    assert_eq!(device(&gateway).await, own);
    close(gateway).await;
    // Then it is noted beside them.
    let gateway = apart(&folder, &keys).await;
    assert_eq!(device(&gateway).await, own);
    close(gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_whose_install_id_was_left_out_stay_until_it_is_there() {
    let outer = tempfile::tempdir().unwrap();
    let [folder, keys, left] = ["data", "keys", "left"].map(|name| outer.path().join(name));
    let gateway = apart(&folder, &keys).await;
    let own = device(&gateway).await;
    close(gateway).await;
    let install = keys.join(NOT_IN_BACKUPS);
    std::fs::rename(&install, &left).unwrap();
    stay(&folder, &keys).await;
    assert!(!install.exists());
    std::fs::rename(&left, &install).unwrap();
    let gateway = apart(&folder, &keys).await;
    assert_eq!(device(&gateway).await, own);
    close(gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_whose_keys_lie_apart_makes_none_where_they_are_not_named() {
    let outer = tempfile::tempdir().unwrap();
    let [folder, keys] = ["data", "keys"].map(|name| outer.path().join(name));
    let gateway = apart(&folder, &keys).await;
    let own = device(&gateway).await;
    close(gateway).await;
    let refused = Node::open(NodeConfig::new(folder.clone(), None)).await;
    assert!(matches!(refused, Err(OpenError::OtherKeys { .. })));
    assert!(!keys::are_in(&folder));
    let gateway = apart(&folder, &keys).await;
    assert_eq!(device(&gateway).await, own);
    close(gateway).await;

    // Moved into it they go on, and from then on they are like any that lie there.
    for file in ["device.key", NOT_IN_BACKUPS] {
        std::fs::rename(keys.join(file), folder.join(file)).unwrap();
    }
    let gateway = open(&folder, false).await;
    assert_eq!(device(&gateway).await, own);
    close(gateway).await;
    std::fs::remove_file(keys::file(&folder)).unwrap();
    let gateway = open(&folder, false).await;
    assert_ne!(device(&gateway).await, own);
    close(gateway).await;
}

/// Opens a folder whose keys lie apart, where `machine` remembers what was signed.
async fn apart_on(
    machine: &Path,
    folder: &Path,
    keys: &Path,
    new_keys: NewKeys,
) -> Result<Node, OpenError> {
    let mut config = NodeConfig::new(folder.to_path_buf(), None);
    config.keys = Some(keys.to_path_buf());
    config.machine = Some(machine.to_path_buf());
    config.new_keys = new_keys;
    Node::open(config).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_that_was_found_out_goes_on_with_its_keys_for_nobody() {
    let outer = tempfile::tempdir().unwrap();
    let [folder, older, newest, keys] =
        ["data", "older", "newest", "keys"].map(|name| outer.path().join(name));
    // Each user has a memory of the machine.
    let [unit, root] = ["unit", "root"].map(|name| outer.path().join(name));
    let gateway = apart_on(&unit, &folder, &keys, NewKeys::default()).await;
    let gateway = gateway.unwrap();
    name(&gateway, "Gateway").await;
    let own = device(&gateway).await;
    let at = found(&gateway).await;
    close(gateway).await;
    put_back(&folder, &older);
    let gateway = apart_on(&unit, &folder, &keys, NewKeys::default()).await;
    let gateway = gateway.unwrap();
    let _ = ticket(&gateway, &at, RankName::Observer).await;
    close(gateway).await;

    std::fs::rename(&folder, &newest).unwrap();
    put_back(&older, &folder);
    for machine in [&unit, &root] {
        let refused = apart_on(machine, &folder, &keys, NewKeys::default()).await;
        assert!(matches!(refused, Err(OpenError::OtherKeys { .. })));
    }
    // The newest state has all that they signed.
    let gateway = apart_on(&unit, &newest, &keys, NewKeys::default()).await;
    let gateway = gateway.unwrap();
    assert_eq!(device(&gateway).await, own);
    close(gateway).await;
    let told = apart_on(&root, &folder, &keys, NewKeys::Told).await;
    let told = told.unwrap();
    assert!(told.has_new_keys() && device(&told).await != own);
    close(told).await;
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
    assert!(bilal.kept_aside().len() == 2 && bilal.kept_aside().iter().all(|kept| kept.exists()));
    bilal.shutdown().await;
    drop(bilal);
    let bilal = open(folder.path(), false).await;
    assert_eq!(device(&bilal).await, new);
    bilal.shutdown().await;
}
