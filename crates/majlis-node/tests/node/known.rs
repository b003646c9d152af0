//! An outcome that was known and that entries take back: the alarm of whoever knew it, with both shown.

use majlis_node::api::members::{RankName, RemoveMember};
use majlis_node::api::outcome::{OutcomeView, ResultView};
use majlis_node::api::process::{
    AnswerValue, ConsultationRef, ConsultationSummary, ConsultationView, QuestionKindView,
    Responded,
};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{carry, found, get, joined, joined_as, member, person, until, verified};
use crate::stewards::make_steward;
use crate::votes::{ballot, budget, close, opened};

async fn outcome(node: &Node, at: &ConsultationRef) -> OutcomeView {
    get(node, Request::Outcome(at.clone())).await
}

async fn undone(node: &Node, at: &ConsultationRef) -> bool {
    let space = SpaceRef {
        space: at.space.clone(),
    };
    let all: Vec<ConsultationSummary> = get(node, Request::Consultations(space)).await;
    all.iter()
        .any(|one| one.consultation == at.consultation && one.undone)
}

async fn vote(node: &Node, at: &ConsultationRef, place: usize) {
    let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
    let QuestionKindView::MultipleChoice { options, .. } = &view.form.questions[0].kind else {
        panic!("{:?}", view.form.questions);
    };
    let value = AnswerValue::Choices(vec![options[place].id]);
    let ballot = ballot(at, node, value).await;
    let _: Responded = get(node, Request::Respond(ballot)).await;
}

fn funded(result: &ResultView) -> Vec<&str> {
    let ResultView::Budget(budget) = result else {
        panic!("{result:?}");
    };
    budget.funded.iter().map(|one| one.label.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knew_a_result_that_a_removal_takes_back_raises_the_alarm() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let bilal = joined_as(RankName::Facilitator, "Bilal", amina, &space).await;
    let hala = joined("Hala", amina, &space).await;
    let dara = joined("Dara", amina, &space).await;
    let [bilal, hala, dara] = [&bilal.node, &hala.node, &dara.node];
    make_steward(amina, &space, "Bilal").await;
    let at = opened(amina, &space, budget()).await;
    for node in [bilal, hala, dara] {
        carry(amina, node, &space).await;
    }
    vote(hala, &at, 0).await;
    vote(dara, &at, 1).await;
    vote(amina, &at, 0).await;
    for node in [hala, dara] {
        carry(node, amina, &space).await;
    }
    close(amina, &at).await;
    carry(amina, dara, &space).await;
    // Dara's device looks at it by itself; nobody opens the page there.
    let before = outcome(amina, &at).await;
    assert_eq!((before.earlier.clone(), before.counted.all), (None, 3));
    assert!(!undone(amina, &at).await && !undone(dara, &at).await);

    // Bilal, who heard neither ballot nor closing, removes Hala: her ballot stands aside from then on.
    let remove = RemoveMember {
        space: space.space.clone(),
        device: member(bilal, &space, "Hala").await.device,
        reason: "lost".to_owned(),
    };
    until("Dara knows the outcome", || async {
        let view: OutcomeView = outcome(dara, &at).await;
        view.hash == before.hash
    })
    .await;
    let _: Nothing = get(bilal, Request::RemoveMember(remove)).await;
    for node in [amina, dara] {
        carry(bilal, node, &space).await;
    }
    carry(amina, bilal, &space).await;
    for node in [amina, dara] {
        // By itself again, before any page is opened.
        until("the alarm", || async { undone(node, &at).await }).await;
        let now = outcome(node, &at).await;
        assert_eq!(now.counted.all, 2);
        assert_ne!(now.hash, before.hash);
        let earlier = now.earlier.unwrap();
        assert_eq!(Some(&earlier.hash), before.hash.as_ref());
        assert_eq!(earlier.counted.all, 3);
        assert_eq!(funded(&earlier.result), funded(&before.result));
        verified(node, &space).await;
        let _: Nothing = get(node, Request::Reindex(space.clone())).await;
        assert!(outcome(node, &at).await.earlier.is_some());
    }
    // Who knew nothing else has nothing to compare.
    let bilals = outcome(bilal, &at).await;
    assert_eq!((bilals.counted.all, bilals.earlier), (2, None));

    // Somebody brings the ballot back: the outcome is the one that was known.
    let aside: Vec<majlis_node::api::members::QuarantineItem> =
        get(amina, Request::Quarantine(space.clone())).await;
    let adopted = majlis_node::api::members::Adopted {
        space: space.space.clone(),
        entries: aside.iter().map(|one| one.entry.clone()).collect(),
    };
    let _: Nothing = get(amina, Request::Adopt(adopted)).await;
    let again = outcome(amina, &at).await;
    assert_eq!((again.hash, again.earlier), (before.hash, None));
    assert!(!undone(amina, &at).await);
}
