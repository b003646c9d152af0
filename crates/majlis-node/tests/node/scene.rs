//! Nodes to test with, and what is asked of them again and again.

use std::path::Path;
use std::time::Duration;

use majlis_node::api::carry::{CarryExport, CarryImported, CarryPath, CarryWritten};
use majlis_node::api::me::SetProfile;
use majlis_node::api::media::MediaPolicyName;
use majlis_node::api::members::{CreateInvite, InviteCreated, JoinSpace, MemberView, RankName};
use majlis_node::api::space::{FoundSpace, SpaceFounded, SpaceRef, Verification};
use majlis_node::api::{ApiError, Request, Response};
use majlis_node::node::{NetworkConfig, Node, NodeConfig};
use serde::de::DeserializeOwned;
use tempfile::TempDir;

pub(crate) async fn open(folder: &Path, online: bool) -> Node {
    let network = online.then(|| NetworkConfig {
        discovery: false,
        ..NetworkConfig::default()
    });
    Node::open(NodeConfig::new(folder.to_path_buf(), network))
        .await
        .unwrap()
}

pub(crate) async fn named(folder: &Path, online: bool, name: &str) -> Node {
    let node = open(folder, online).await;
    self::name(&node, name).await;
    node
}

pub(crate) async fn name(node: &Node, name: &str) {
    let profile = SetProfile {
        name: Some(name.to_owned()),
        ..SetProfile::default()
    };
    node.call(Request::SetProfile(profile)).await.unwrap();
}

pub(crate) async fn call<T: DeserializeOwned>(
    node: &Node,
    request: Request,
) -> Result<T, ApiError> {
    let answer: Response = node.call(request).await?;
    Ok(serde_json::from_value(serde_json::to_value(answer).unwrap()).unwrap())
}

pub(crate) async fn get<T: DeserializeOwned>(node: &Node, request: Request) -> T {
    let name = request.name();
    call(node, request)
        .await
        .unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut check: impl FnMut() -> F) {
    for _ in 0..600 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within 30 seconds: {what}");
}

pub(crate) async fn found(node: &Node) -> SpaceRef {
    SpaceRef {
        space: found_with_card(node).await.space,
    }
}

pub(crate) async fn found_with_card(node: &Node) -> SpaceFounded {
    let found = FoundSpace {
        name: "Ain Safa".into(),
        purpose: "Water".into(),
        charter: "All may take part.".into(),
    };
    get(node, Request::FoundSpace(found)).await
}

/// Everything one node holds of a space, carried to another as a file.
pub(crate) async fn carry(from: &Node, to: &Node, at: &SpaceRef) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("carried.majlis");
    let export = CarryExport {
        space: at.space.clone(),
        path: Some(path.to_str().unwrap().to_owned()),
        part_size: None,
        media: MediaPolicyName::All,
    };
    let written: CarryWritten = get(from, Request::ExportCarry(export)).await;
    let written = CarryPath {
        path: written.paths[0].clone(),
    };
    let taken: CarryImported = get(to, Request::ImportCarry(written)).await;
    assert!(taken.whole, "{taken:?}");
}

pub(crate) async fn ticket(node: &Node, at: &SpaceRef, rank: RankName) -> String {
    let create = CreateInvite {
        space: at.space.clone(),
        rank,
        uses: 5,
        label: String::new(),
    };
    let created: InviteCreated = get(node, Request::Invite(create)).await;
    assert!(created.svg.contains("<svg"));
    created.ticket
}

pub(crate) async fn verified(node: &Node, at: &SpaceRef) -> Verification {
    let found: Verification = get(node, Request::Verify(at.clone())).await;
    assert!(found.clean, "{:?}", found.problems);
    found
}

/// Waits until two nodes hold the same, sealed and counted.
pub(crate) async fn agree(one: &Node, other: &Node, at: &SpaceRef) {
    until("both replicas hold the same", || async {
        verified(one, at).await == verified(other, at).await
    })
    .await;
}

/// Somebody with a device of their own.
pub(crate) struct Person {
    pub(crate) node: Node,
    folder: TempDir,
}

impl Person {
    /// Where the device keeps what it has.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

pub(crate) async fn person(name: &str) -> Person {
    let folder = tempfile::tempdir().unwrap();
    Person {
        node: named(folder.path(), false, name).await,
        folder,
    }
}

pub(crate) async fn joined(name: &str, host: &Node, at: &SpaceRef) -> Person {
    joined_as(RankName::Member, name, host, at).await
}

pub(crate) async fn joined_as(rank: RankName, name: &str, host: &Node, at: &SpaceRef) -> Person {
    let (person, ticket) = (person(name).await, ticket(host, at, rank).await);
    let _: SpaceRef = get(&person.node, Request::Join(JoinSpace { ticket })).await;
    carry(host, &person.node, at).await;
    carry(&person.node, host, at).await;
    person
}

pub(crate) async fn member(node: &Node, at: &SpaceRef, name: &str) -> MemberView {
    let all: Vec<MemberView> = get(node, Request::Members(at.clone())).await;
    all.into_iter()
        .find(|member| member.name == name)
        .unwrap_or_else(|| panic!("nobody is called {name}"))
}
