//! What is on one device only: told until somebody has it, and not left behind without a word.

use majlis_node::api::field::DayView;
use majlis_node::api::members::{JoinSpace, MemberView, RankName};
use majlis_node::api::process::{ConsultationRef, ConsultationView, Responded};
use majlis_node::api::space::{LeaveSpace, SpaceRef};
use majlis_node::api::sync::{SyncNow, SyncView};
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::again::forget;
use crate::scene::{call, found, get, named, open, ticket, until};
use crate::{answer, assisted, opened, results};

fn leave(at: &SpaceRef, anyway: bool) -> Request {
    Request::LeaveSpace(LeaveSpace {
        space: at.space.clone(),
        anyway,
    })
}

async fn only_here(node: &Node, at: &ConsultationRef) -> u32 {
    let day: DayView = get(node, Request::FieldDay(at.clone())).await;
    day.only_here
}

async fn connected(node: &Node, at: &SpaceRef) -> bool {
    let view: SyncView = get(node, Request::SyncState(at.clone())).await;
    view.peers.iter().any(|peer| peer.connected)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_on_this_device_only_until_somebody_has_them_and_are_not_stranded() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let amina = named(a.path(), true, "Amina").await;
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Facilitator).await;
    let (here, form) = opened(&amina, &at).await;
    let bilal = named(b.path(), true, "Bilal").await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    until("the consultation is with Bilal", || async {
        let view = call::<ConsultationView>(&bilal, Request::Consultation(here.clone())).await;
        view.is_ok_and(|view| view.form_id.is_some())
    })
    .await;
    bilal.shutdown().await;
    drop(bilal);

    let bilal = open(b.path(), false).await;
    for option in [0, 1, 1] {
        let entered = assisted(answer(&here, &form, option, ""), None);
        let _: Responded = get(&bilal, Request::Respond(entered)).await;
    }
    assert_eq!(only_here(&bilal, &here).await, 3);
    let sealed = SyncNow {
        space: at.space.clone(),
        over_budget: false,
    };
    let _: Nothing = get(&bilal, Request::SyncNow(sealed)).await;
    assert_eq!(only_here(&bilal, &here).await, 3, "nobody was met");
    for refused in [leave(&at, false), forget(&at, false)] {
        let refused = call::<Nothing>(&bilal, refused).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.detail.as_deref()),
            (ErrorCode::OnlyHere, Some("3"))
        );
    }
    bilal.shutdown().await;
    drop(bilal);

    let bilal = open(b.path(), true).await;
    until("they are with Amina, and Bilal's device knows", || async {
        results(&amina, &here).await.counted.all == 3 && only_here(&bilal, &here).await == 0
    })
    .await;
    let _: Nothing = get(&bilal, leave(&at, false)).await;
    until("Amina hears that he left", || async {
        let members: Vec<MemberView> = get(&amina, Request::Members(at.clone())).await;
        let bilal = members.iter().find(|member| member.name == "Bilal");
        bilal.is_some_and(|bilal| bilal.rank.is_none())
    })
    .await;
    assert_eq!(results(&amina, &here).await.counted.all, 3);
    bilal.shutdown().await;
    drop(bilal);

    // Whoever is out is told no more what others have, and does not forget what they had.
    let more = answer(&here, &form, 0, "");
    let _: Responded = get(&amina, Request::Respond(more)).await;
    let bilal = open(b.path(), true).await;
    until("they meet once more", || connected(&bilal, &at)).await;
    bilal.shutdown().await;
    drop(bilal);
    let bilal = open(b.path(), false).await;
    let _: Nothing = get(&bilal, forget(&at, false)).await;

    // Nobody else has a sample, and nobody misses it.
    let sample: SpaceRef = get(&bilal, Request::SampleSpace(Nothing {})).await;
    let _: Nothing = get(&bilal, leave(&sample, false)).await;
    let _: Nothing = get(&bilal, forget(&sample, false)).await;
    amina.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_insists_leaves_and_deletes_what_nobody_else_has() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let refused = call::<Nothing>(&amina, leave(&at, false)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::OnlyHere);
    let _: Nothing = get(&amina, leave(&at, true)).await;
    let refused = call::<Nothing>(&amina, forget(&at, false)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::OnlyHere);
    let _: Nothing = get(&amina, forget(&at, true)).await;
    let gone = call::<Nothing>(&amina, forget(&at, false)).await;
    assert_eq!(gone.unwrap_err().code, ErrorCode::NotFound);
}
