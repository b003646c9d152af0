//! Who is past a limit is told so for as long as that keeps something away, and no longer.

use majlis_node::api::document::{DocumentNew, DocumentRef};
use majlis_node::api::members::{JoinSpace, MemberView, RankName};
use majlis_node::api::receipts::{LimitName, ReceiptsView};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::sync::{SyncNow, SyncView};
use majlis_node::api::{Nothing, Request};
use majlis_node::limits::Limits;
use majlis_node::node::{NetworkConfig, Node, NodeConfig};

use crate::scene::{carry, found, get, name, named, ticket, until};

async fn meet(node: &Node, at: &SpaceRef) {
    let now = SyncNow {
        space: at.space.clone(),
        over_budget: false,
    };
    let _: Nothing = get(node, Request::SyncNow(now)).await;
}

async fn refuses(node: &Node, at: &SpaceRef) -> bool {
    let view: ReceiptsView = get(node, Request::Receipts(at.clone())).await;
    let mut refusals = view.refusals.iter();
    refusals.any(|one| one.here && one.limit == LimitName::DeviceRoom)
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_refused_any_more_once_everything_came_by_another_way() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let limits = Limits {
        device_entries: 3,
        ..Limits::default()
    };
    let network = NetworkConfig {
        discovery: false,
        limits,
        ..NetworkConfig::default()
    };
    let config = NodeConfig::new(a.path().to_path_buf(), Some(network));
    let amina = Node::open(config).await.unwrap();
    name(&amina, "Amina").await;
    let at = found(&amina).await;
    let bilal = named(b.path(), true, "Bilal").await;
    let ticket = ticket(&amina, &at, RankName::Facilitator).await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    until("Bilal is in on both devices", || async {
        let here: Vec<MemberView> = get(&amina, Request::Members(at.clone())).await;
        let there: Vec<MemberView> = get(&bilal, Request::Members(at.clone())).await;
        [here, there].iter().all(|list| list.len() == 2)
    })
    .await;

    until("Bilal has written more than Amina has room for", || async {
        let new = DocumentNew {
            space: at.space.clone(),
            title: "Minutes".into(),
            text: "Present: 12".into(),
        };
        let _: DocumentRef = get(&bilal, Request::NewDocument(new)).await;
        meet(&bilal, &at).await;
        refuses(&amina, &at).await
    })
    .await;

    carry(&bilal, &amina, &at).await;
    until("both are linked and have everything", || async {
        meet(&bilal, &at).await;
        let view: SyncView = get(&amina, Request::SyncState(at.clone())).await;
        let mut peers = view.peers.iter();
        peers.any(|peer| peer.connected && peer.complete)
    })
    .await;
    assert!(!refuses(&amina, &at).await, "nothing is kept away any more");
}
