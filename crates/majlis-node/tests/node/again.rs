//! Coming back: after deleting the copy, after being removed.

use majlis_node::api::Request;
use majlis_node::api::document::{DocumentNew, DocumentRef};
use majlis_node::api::members::{
    ChangeRank, JoinSpace, MemberView, QuarantineItem, RankName, RemoveMember,
};
use majlis_node::api::space::{SpaceRef, SpaceSummary};
use majlis_node::api::{ErrorCode, Nothing};

use crate::scene::{call, carry, found, get, joined, member, person, ticket, verified};

#[tokio::test(flavor = "multi_thread")]
async fn who_deleted_the_copy_comes_back_as_a_new_device_and_forks_nothing() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let bilal = joined("Bilal", &amina.node, &at).await;
    let write = |title: &str| {
        Request::NewDocument(DocumentNew {
            space: at.space.clone(),
            title: title.into(),
            text: "The well is dry.".into(),
        })
    };
    let _: DocumentRef = get(&bilal.node, write("Before")).await;
    carry(&bilal.node, &amina.node, &at).await;

    for time in 1..=2 {
        let ticket = ticket(&amina.node, &at, RankName::Member).await;
        let join = || {
            Request::Join(JoinSpace {
                ticket: ticket.clone(),
            })
        };
        let twice = call::<SpaceRef>(&bilal.node, join()).await.unwrap_err();
        assert_eq!(twice.code, ErrorCode::AlreadyJoined);
        let _: Nothing = get(&bilal.node, Request::ForgetSpace(at.clone())).await;
        let left: Vec<SpaceSummary> = get(&bilal.node, Request::Spaces(Nothing {})).await;
        assert_eq!(left, []);
        let _: SpaceRef = get(&bilal.node, join()).await;
        carry(&bilal.node, &amina.node, &at).await;
        carry(&amina.node, &bilal.node, &at).await;
        let _: DocumentRef = get(&bilal.node, write("After")).await;
        carry(&bilal.node, &amina.node, &at).await;

        let members: Vec<MemberView> = get(&amina.node, Request::Members(at.clone())).await;
        let bilals = members.iter().filter(|member| member.name == "Bilal");
        assert_eq!(
            bilals.filter(|member| member.rank.is_some()).count(),
            time + 1
        );
        let aside: Vec<QuarantineItem> = get(&amina.node, Request::Quarantine(at.clone())).await;
        assert_eq!(aside, [], "nothing was signed twice at one place");
        assert_eq!(
            verified(&amina.node, &at).await,
            verified(&bilal.node, &at).await
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_is_taken_back_with_a_rank() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let bilal = joined("Bilal", &amina.node, &at).await;
    let device = member(&amina.node, &at, "Bilal").await.device;
    let write = Request::NewDocument(DocumentNew {
        space: at.space.clone(),
        title: "Minutes".into(),
        text: "The well is dry.".into(),
    });
    let remove = Request::RemoveMember(RemoveMember {
        space: at.space.clone(),
        device: device.clone(),
        reason: "lost tablet".into(),
    });
    let _: Nothing = get(&amina.node, remove).await;
    carry(&amina.node, &bilal.node, &at).await;
    let refused = call::<DocumentRef>(&bilal.node, write.clone()).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotAllowed);

    let out = member(&amina.node, &at, "Bilal").await;
    assert!(out.may_become.contains(&RankName::Facilitator));
    let back = Request::ChangeRank(ChangeRank {
        space: at.space.clone(),
        device,
        rank: RankName::Facilitator,
    });
    let _: Nothing = get(&amina.node, back).await;
    carry(&amina.node, &bilal.node, &at).await;
    let _: DocumentRef = get(&bilal.node, write).await;
    carry(&bilal.node, &amina.node, &at).await;
    assert_eq!(
        member(&amina.node, &at, "Bilal").await.rank,
        Some(RankName::Facilitator)
    );
    assert_eq!(
        verified(&amina.node, &at).await,
        verified(&bilal.node, &at).await
    );
}
