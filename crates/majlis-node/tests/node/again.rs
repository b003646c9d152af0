//! Coming back: after deleting the copy, after being removed.

use majlis_node::api::Request;
use majlis_node::api::activity::RuleView;
use majlis_node::api::document::{DocumentNew, DocumentRef};
use majlis_node::api::me::Me;
use majlis_node::api::members::{
    ChangeRank, CreateInvite, InviteCreated, InviteView, JoinSpace, MemberView, QuarantineItem,
    RankName, RemoveMember,
};
use majlis_node::api::process::{AnswerValue, QuestionKindView, ResponsePage, ResponsesQuery};
use majlis_node::api::space::{LeaveSpace, MustJoin, SpaceRef, SpaceSummary};
use majlis_node::api::{ApiError, ErrorCode, Nothing};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, joined_as, member, person, ticket, verified};
use crate::votes::{draft, on_paper, opened};

pub(crate) fn forget(at: &SpaceRef, anyway: bool) -> Request {
    Request::ForgetSpace(LeaveSpace {
        space: at.space.clone(),
        anyway,
    })
}

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
        let _: Nothing = get(&bilal.node, forget(&at, true)).await;
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

async fn invite(node: &Node, at: &SpaceRef, uses: u32) -> InviteCreated {
    let create = CreateInvite {
        space: at.space.clone(),
        rank: RankName::Member,
        uses,
        label: String::new(),
    };
    get(node, Request::Invite(create)).await
}

async fn join(node: &Node, invite: &InviteCreated) -> Result<SpaceRef, ApiError> {
    let ticket = invite.ticket.clone();
    call(node, Request::Join(JoinSpace { ticket })).await
}

async fn used(node: &Node, at: &SpaceRef) -> Vec<u32> {
    let all: Vec<InviteView> = get(node, Request::Invites(at.clone())).await;
    let mut used: Vec<u32> = all.iter().map(|one| one.used).collect();
    used.sort_unstable();
    used
}

#[tokio::test(flavor = "multi_thread")]
async fn who_met_nobody_joins_by_another_ticket_and_uses_up_one() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let bilal = person("Bilal").await;
    let (first, second) = (
        invite(&amina.node, &at, 1).await,
        invite(&amina.node, &at, 1).await,
    );
    join(&bilal.node, &first).await.unwrap();
    let again = join(&bilal.node, &first).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::AlreadyJoined);
    join(&bilal.node, &second).await.unwrap();
    for _ in 0..2 {
        carry(&amina.node, &bilal.node, &at).await;
        carry(&bilal.node, &amina.node, &at).await;
    }
    let members: Vec<MemberView> = get(&amina.node, Request::Members(at.clone())).await;
    assert_eq!(members.len(), 2);
    assert_eq!(used(&amina.node, &at).await, [0, 1]);
    let third = invite(&amina.node, &at, 1).await;
    let inside = join(&bilal.node, &third).await.unwrap_err();
    assert_eq!(inside.code, ErrorCode::AlreadyJoined);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_used_up_invite_did_not_let_in_joins_by_another() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let both = [person("Bilal").await, person("Chidi").await];
    let one = invite(&amina.node, &at, 1).await;
    for who in &both {
        join(&who.node, &one).await.unwrap();
    }
    for who in both.iter().chain(&both) {
        carry(&who.node, &amina.node, &at).await;
        carry(&amina.node, &who.node, &at).await;
    }
    assert_eq!(used(&amina.node, &at).await, [1]);
    let mut late = None;
    for who in &both {
        let space: SpaceSummary = summary(&who.node).await;
        if space.rank.is_none() {
            late = Some(&who.node);
        }
    }
    let late = late.unwrap();
    assert_eq!(summary(late).await.must_join, Some(MustJoin::KeptOut));
    let again = join(late, &one).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::AlreadyJoined);

    let other = invite(&amina.node, &at, 1).await;
    join(late, &other).await.unwrap();
    for _ in 0..2 {
        carry(late, &amina.node, &at).await;
        carry(&amina.node, late, &at).await;
    }
    let inside = summary(late).await;
    assert_eq!(
        (inside.rank, inside.must_join),
        (Some(RankName::Member), None)
    );
    let members: Vec<MemberView> = get(&amina.node, Request::Members(at.clone())).await;
    let inside = members.iter().filter(|member| member.rank.is_some());
    assert_eq!(inside.count(), 3);
    assert_eq!(verified(&amina.node, &at).await, verified(late, &at).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_inviter_was_removed_before_anybody_heard_of_the_invite_is_told_so() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let bilal = joined_as(RankName::Facilitator, "Bilal", &amina.node, &at).await;
    let chidi = person("Chidi").await;
    let one = invite(&bilal.node, &at, 1).await;
    join(&chidi.node, &one).await.unwrap();
    carry(&bilal.node, &chidi.node, &at).await;
    assert_eq!(summary(&chidi.node).await.rank, Some(RankName::Member));
    let remove = Request::RemoveMember(RemoveMember {
        space: at.space.clone(),
        device: member(&amina.node, &at, "Bilal").await.device,
        reason: "left the village".into(),
    });
    let _: Nothing = get(&amina.node, remove).await;
    carry(&amina.node, &chidi.node, &at).await;
    let out = summary(&chidi.node).await;
    assert_eq!(
        (out.rank, out.must_join),
        (None, Some(MustJoin::InviteVoid))
    );
    let other = invite(&amina.node, &at, 1).await;
    join(&chidi.node, &other).await.unwrap();
    carry(&chidi.node, &amina.node, &at).await;
    carry(&amina.node, &chidi.node, &at).await;
    let inside = summary(&chidi.node).await;
    assert_eq!(
        (inside.rank, inside.must_join),
        (Some(RankName::Member), None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_out_with_work_unsigned_is_taken_in_and_does_not_join_anew() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let number = QuestionKindView::Number {
        min: None,
        max: None,
    };
    let mut survey = draft("How many?", number, RuleView::Survey);
    survey.activity = None;
    let survey = opened(&amina.node, &at, survey).await;
    // Of two that come in by one use the first by hash stays: until that is the one who was there first.
    let mut late = None;
    for _ in 0..30 {
        let both = [person("Bilal").await, person("Chidi").await];
        let create = CreateInvite {
            space: at.space.clone(),
            rank: RankName::Facilitator,
            uses: 1,
            label: String::new(),
        };
        let one: InviteCreated = get(&amina.node, Request::Invite(create)).await;
        for who in &both {
            join(&who.node, &one).await.unwrap();
        }
        let [first, second] = both;
        // As far as the second one knows it is in, until it hears of the first.
        carry(&amina.node, &second.node, &at).await;
        let entered = on_paper(&second.node, &survey, AnswerValue::Number("4".into())).await;
        carry(&first.node, &amina.node, &at).await;
        carry(&amina.node, &second.node, &at).await;
        if summary(&second.node).await.rank.is_none() {
            late = Some((second, entered.slot));
            break;
        }
    }
    let (late, slot) = late.unwrap();
    assert_eq!(summary(&late.node).await.must_join, Some(MustJoin::KeptOut));
    let other = invite(&amina.node, &at, 1).await;
    let refused = join(&late.node, &other).await.unwrap_err();
    assert_eq!(
        (refused.code, refused.detail.as_deref()),
        (ErrorCode::UnsealedWork, Some("1"))
    );
    // Taken in from the page of members, it signs what waited, under the slots that receipts name.
    let me: Me = get(&late.node, Request::Me(Nothing {})).await;
    let back = Request::ChangeRank(ChangeRank {
        space: at.space.clone(),
        device: me.device,
        rank: RankName::Facilitator,
    });
    carry(&late.node, &amina.node, &at).await;
    let _: Nothing = get(&amina.node, back).await;
    carry(&amina.node, &late.node, &at).await;
    carry(&late.node, &amina.node, &at).await;
    let asked = Request::Responses(ResponsesQuery {
        space: at.space.clone(),
        consultation: survey.consultation.clone(),
        mine: false,
        counted: true,
        slots: vec![slot],
        text: String::new(),
        offset: 0,
        limit: 0,
    });
    let there: ResponsePage = get(&amina.node, asked).await;
    assert_eq!(there.total, 1);
    assert_eq!(
        verified(&amina.node, &at).await,
        verified(&late.node, &at).await
    );
}

async fn summary(node: &Node) -> SpaceSummary {
    let spaces: Vec<SpaceSummary> = get(node, Request::Spaces(Nothing {})).await;
    spaces.into_iter().next().unwrap()
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
