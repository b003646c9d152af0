//! Stewards who agree on changes among them, and the recovery card when their devices are lost.

use majlis_node::api::members::{
    AgreeToChange, ChangeRank, CreateInvite, InviteCreated, NotCounting, QuarantineItem, RankName,
    Recover, RemoveMember, StewardsView,
};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{
    call, carry, found, found_with_card, get, joined, member, person, ticket, verified,
};

async fn stewards(node: &Node, at: &SpaceRef) -> StewardsView {
    get(node, Request::Stewards(at.clone())).await
}

pub(crate) async fn make_steward(node: &Node, at: &SpaceRef, name: &str) {
    let change = ChangeRank {
        space: at.space.clone(),
        device: member(node, at, name).await.device,
        rank: RankName::Steward,
    };
    let _: Nothing = get(node, Request::ChangeRank(change)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_among_two_stewards_waits_for_the_second() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let bilal = joined("Bilal", &amina.node, &at).await;
    let carim = joined("Carim", &amina.node, &at).await;

    // One steward is a majority of one.
    make_steward(&amina.node, &at, "Bilal").await;
    carry(&amina.node, &bilal.node, &at).await;
    assert_eq!(stewards(&bilal.node, &at).await.majority, 2);

    make_steward(&amina.node, &at, "Carim").await;
    assert_eq!(
        member(&amina.node, &at, "Carim").await.rank,
        Some(RankName::Member)
    );
    let waiting = stewards(&amina.node, &at).await.pending;
    assert!(!waiting[0].may_agree, "nobody agrees twice");
    let aside: Vec<QuarantineItem> = get(&amina.node, Request::Quarantine(at.clone())).await;
    assert_eq!(aside[0].reason, NotCounting::WaitingForAgreement);
    carry(&amina.node, &bilal.node, &at).await;
    let waiting = stewards(&bilal.node, &at).await.pending;
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].name.as_str(), waiting[0].removes),
        ("Carim", false)
    );
    assert_eq!(waiting[0].agreed, ["Amina"]);
    let agree = AgreeToChange {
        space: at.space.clone(),
        change: waiting[0].change.clone(),
    };
    carry(&amina.node, &carim.node, &at).await;
    let refused = call::<Nothing>(&carim.node, Request::Agree(agree.clone())).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotAllowed);
    let _: Nothing = get(&bilal.node, Request::Agree(agree)).await;
    assert_eq!(
        member(&bilal.node, &at, "Carim").await.rank,
        Some(RankName::Steward)
    );
    assert_eq!(stewards(&bilal.node, &at).await.pending, []);

    // Two remove the third from their own screens, holding different work of his: it adds up.
    for (node, other) in [(&bilal.node, &amina.node), (&amina.node, &carim.node)] {
        carry(node, other, &at).await;
    }
    let invite = CreateInvite {
        space: at.space.clone(),
        rank: RankName::Member,
        uses: 1,
        label: String::new(),
    };
    let _: InviteCreated = get(&carim.node, Request::Invite(invite)).await;
    carry(&carim.node, &bilal.node, &at).await;
    for (node, next) in [(&amina.node, &bilal.node), (&bilal.node, &amina.node)] {
        let remove = RemoveMember {
            space: at.space.clone(),
            device: member(node, &at, "Carim").await.device,
            reason: "tablet stolen".into(),
        };
        let _: Nothing = get(node, Request::RemoveMember(remove)).await;
        carry(node, next, &at).await;
    }
    for node in [&amina.node, &bilal.node] {
        assert_eq!(member(node, &at, "Carim").await.rank, None);
        assert_eq!(stewards(node, &at).await.stewards, 2);
    }
    assert_eq!(
        verified(&amina.node, &at).await,
        verified(&bilal.node, &at).await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_puts_a_member_in_place_of_a_lost_steward() {
    let amina = person("Amina").await;
    let founded = found_with_card(&amina.node).await;
    let at = SpaceRef {
        space: founded.space,
    };
    let bilal = joined("Bilal", &amina.node, &at).await;
    assert!(stewards(&bilal.node, &at).await.may_recover);
    let lost = member(&bilal.node, &at, "Amina").await.device;
    let recover = |card: String| {
        Request::Recover(Recover {
            space: at.space.clone(),
            card,
            remove: vec![lost.clone()],
            reason: "the tablet fell into the well".into(),
        })
    };

    // Another space's card, one wrong letter, nothing at all: nothing changes.
    let other = found_with_card(&person("Dina").await.node).await.recovery;
    let mut bent = founded.recovery.clone();
    let wrong = if bent.starts_with('A') { "B" } else { "A" };
    bent.replace_range(0..1, wrong);
    for card in [other, bent, String::new()] {
        let refused = call::<Nothing>(&bilal.node, recover(card)).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::BadCard);
    }
    assert_eq!(
        member(&bilal.node, &at, "Bilal").await.rank,
        Some(RankName::Member)
    );

    let typed = founded.recovery.to_lowercase().replace('-', " ");
    let _: Nothing = get(&bilal.node, recover(typed)).await;
    carry(&bilal.node, &amina.node, &at).await;
    for node in [&amina.node, &bilal.node] {
        assert_eq!(
            member(node, &at, "Bilal").await.rank,
            Some(RankName::Steward)
        );
        assert_eq!(member(node, &at, "Amina").await.rank, None);
        assert_eq!(stewards(node, &at).await.stewards, 1);
    }
    // Bilal rules alone now; what Amina does from here on does not count.
    let _: String = ticket(&bilal.node, &at, RankName::Facilitator).await;
    let refused = call::<Nothing>(
        &amina.node,
        Request::RemoveMember(RemoveMember {
            space: at.space.clone(),
            device: member(&amina.node, &at, "Bilal").await.device,
            reason: String::new(),
        }),
    )
    .await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotAllowed);
    carry(&bilal.node, &amina.node, &at).await;
    assert_eq!(
        verified(&amina.node, &at).await,
        verified(&bilal.node, &at).await
    );
}
