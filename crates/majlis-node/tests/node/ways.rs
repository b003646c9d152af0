//! Ways between devices that nothing announces: a carry file, a typed address.

use majlis_node::api::carry::{CarryExport, CarryImported, CarryPath, CarryWritten};
use majlis_node::api::media::MediaPolicyName;
use majlis_node::api::members::{JoinSpace, MemberView, RankName, RemoveMember};
use majlis_node::api::network::Finding;
use majlis_node::api::process::Responded;
use majlis_node::api::space::{SpaceRef, SpaceView};
use majlis_node::api::sync::{AddPeer, MyAddress, SyncView};
use majlis_node::api::{ErrorCode, Nothing, Request};
use serde_json::{Value, json};

use crate::scene::{call, found, get, named, open, ticket, until, verified};
use crate::{answer, opened, results};

#[tokio::test(flavor = "multi_thread")]
async fn a_carry_file_brings_everything_with_no_network() {
    let (a, b, files) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let (amina, bilal) = (
        named(a.path(), false, "Amina").await,
        named(b.path(), false, "Bilal").await,
    );
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Member).await;
    let (process, form) = opened(&amina, &at).await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    let waiting: SpaceView = get(&bilal, Request::Space(at.clone())).await;
    assert!(waiting.summary.waiting);
    let path = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let export = |name: &str| CarryExport {
        space: at.space.clone(),
        path: Some(path(name)),
        part_size: None,
        media: MediaPolicyName::All,
    };
    let written: CarryWritten = get(&amina, Request::ExportCarry(export("a.majlis"))).await;
    let written = CarryPath {
        path: written.paths[0].clone(),
    };
    let taken: CarryImported = get(&bilal, Request::ImportCarry(written)).await;
    assert!(
        taken.whole && taken.new > 0 && taken.not_counting == 0,
        "{taken:?}"
    );
    let view: SpaceView = get(&bilal, Request::Space(at.clone())).await;
    assert!(!view.summary.waiting && view.summary.rank == Some(RankName::Member));
    let _: Responded = get(
        &bilal,
        Request::Respond(answer(&process, &form, 1, "from afar")),
    )
    .await;
    let written: CarryWritten = get(&bilal, Request::ExportCarry(export("b.majlis"))).await;
    let written = CarryPath {
        path: written.paths[0].clone(),
    };
    let taken: CarryImported = get(&amina, Request::ImportCarry(written.clone())).await;
    assert!(taken.whole && taken.new > 0, "{taken:?}");
    let again: CarryImported = get(&amina, Request::ImportCarry(written)).await;
    assert_eq!((again.new, again.entries), (0, taken.entries));
    assert_eq!(results(&amina, &process).await.counted.all, 1);
    assert_eq!(verified(&amina, &at).await, verified(&bilal, &at).await);

    let whole = std::fs::read(path("b.majlis")).unwrap();
    for length in [0, 10, whole.len() / 2, whole.len() - 1] {
        std::fs::write(path("half.majlis"), &whole[..length]).unwrap();
        let half = CarryPath {
            path: path("half.majlis"),
        };
        match call::<CarryImported>(&amina, Request::ImportCarry(half)).await {
            Ok(taken) => assert!(!taken.whole, "{length} bytes of a file are not whole"),
            Err(error) => assert_eq!(error.code, ErrorCode::BadCarryFile),
        }
    }
    verified(&amina, &at).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_address_leads_to_a_meeting_and_removed_work_is_set_aside() {
    let (a, b, files) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let amina = named(a.path(), true, "Amina").await;
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Member).await;
    let (process, form) = opened(&amina, &at).await;
    let path = files.path().join("a.majlis").to_str().unwrap().to_owned();
    let export = CarryExport {
        space: at.space.clone(),
        path: Some(path),
        part_size: None,
        media: MediaPolicyName::All,
    };
    let written: CarryWritten = get(&amina, Request::ExportCarry(export)).await;
    let written = CarryPath {
        path: written.paths[0].clone(),
    };
    // Bilal joins and answers away from everyone.
    let bilal = named(b.path(), false, "Bilal").await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    let _: CarryImported = get(&bilal, Request::ImportCarry(written)).await;
    bilal.shutdown().await;
    drop(bilal);
    let bilal = open(b.path(), true).await;
    let address: MyAddress = get(&amina, Request::MyAddress(Nothing {})).await;
    let bad = call::<Nothing>(
        &bilal,
        Request::AddPeer(AddPeer {
            address: "x".into(),
        }),
    )
    .await
    .unwrap_err();
    assert_eq!(bad.code, ErrorCode::BadAddress);
    let _: Nothing = get(
        &bilal,
        Request::AddPeer(AddPeer {
            address: address.address,
        }),
    )
    .await;
    until("Amina sees Bilal", || async {
        let members: Vec<MemberView> = get(&amina, Request::Members(at.clone())).await;
        members
            .iter()
            .any(|member| member.name == "Bilal" && member.rank.is_some())
    })
    .await;
    bilal.shutdown().await;
    drop(bilal);
    let members: Vec<MemberView> = get(&amina, Request::Members(at.clone())).await;
    let device = members
        .into_iter()
        .find(|member| member.name == "Bilal")
        .unwrap()
        .device;
    let remove = RemoveMember {
        space: at.space.clone(),
        device,
        reason: "lost tablet".into(),
    };
    let _: Nothing = get(&amina, Request::RemoveMember(remove)).await;
    // What he answers after that comes in, and waits for someone to adopt it.
    let bilal = open(b.path(), false).await;
    let _: Responded = get(&bilal, Request::Respond(answer(&process, &form, 0, "late"))).await;
    let path = files.path().join("b.majlis").to_str().unwrap().to_owned();
    let export = CarryExport {
        space: at.space.clone(),
        path: Some(path),
        part_size: None,
        media: MediaPolicyName::All,
    };
    let written: CarryWritten = get(&bilal, Request::ExportCarry(export)).await;
    let written = CarryPath {
        path: written.paths[0].clone(),
    };
    let _: CarryImported = get(&amina, Request::ImportCarry(written)).await;
    assert_eq!(results(&amina, &process).await.counted.all, 0);
    let aside: Vec<majlis_node::api::members::QuarantineItem> =
        get(&amina, Request::Quarantine(at.clone())).await;
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert!(aside[0].may_adopt);
    let adopt = majlis_node::api::members::Adopted {
        space: at.space.clone(),
        entries: vec![aside[0].entry.clone()],
    };
    let _: Nothing = get(&amina, Request::Adopt(adopt)).await;
    assert_eq!(results(&amina, &process).await.counted.all, 1);
    verified(&amina, &at).await;
    amina.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_shares_no_space_is_not_met_and_not_dialled_again() {
    let (a, c) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let amina = named(a.path(), true, "Amina").await;
    let _ = found(&amina).await;
    let chidi = named(c.path(), true, "Chidi").await;
    let at = found(&chidi).await;
    let _: SpaceRef = get(&chidi, Request::SampleSpace(Nothing {})).await;
    let address: MyAddress = get(&amina, Request::MyAddress(Nothing {})).await;
    let met = Request::AddPeer(AddPeer {
        address: address.address,
    });
    let refused = call::<Nothing>(&chidi, met).await.unwrap_err();
    assert_eq!(
        (refused.code, refused.detail),
        (ErrorCode::NoCommonSpace, None)
    );
    let view: SyncView = get(&chidi, Request::SyncState(at)).await;
    let mut findings = view.findings.iter();
    assert!(!findings.any(|one| one.finding == Finding::NotInSpace));
    let book = std::fs::read(c.path().join("addresses.json")).unwrap();
    let book: Value = serde_json::from_slice(&book).unwrap();
    let mut pages = book["spaces"].as_object().unwrap().values();
    assert!(pages.all(|page| *page == json!({})), "{book}");
    amina.shutdown().await;
    chidi.shutdown().await;
}
