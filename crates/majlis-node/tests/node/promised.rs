//! What is promised of a vote and decides nothing: until when it is open, and when its outcome is called final.

use majlis_node::api::me::Home;
use majlis_node::api::members::RankName;
use majlis_node::api::outcome::OutcomeView;
use majlis_node::api::proceedings::{StateResult, StepName};
use majlis_node::api::process::{
    AnswerValue, ConsultationRef, ConsultationView, OpenUntil, Responded, UntilView,
};
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, joined_as, person, verified};
use crate::votes::{ballot, budget, close, opened, step};

fn say(at: &ConsultationRef, until: &str, why: &str) -> Request {
    Request::OpenUntil(OpenUntil {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        until: until.to_owned(),
        why: why.to_owned(),
    })
}

async fn told(node: &Node, at: &ConsultationRef) -> Option<UntilView> {
    let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
    view.summary.until.map(|until| *until)
}

async fn vote(node: &Node, at: &ConsultationRef) {
    let ballot = ballot(at, node, AnswerValue::Choices(vec![1])).await;
    let _: Responded = get(node, Request::Respond(ballot)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_day_is_told_moved_with_a_reason_and_counts_nothing_out() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let bilal = joined("Bilal", amina, &space).await;
    let bilal = &bilal.node;
    let at = opened(amina, &space, budget()).await;
    assert_eq!(told(amina, &at).await, None);
    for wrong in [
        "2026-12-06",
        "2026-02-30T18:00",
        "2026-12-06T24:00",
        "2026-12-06T6:00",
        "",
    ] {
        let refused = call::<Nothing>(amina, say(&at, wrong, "")).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput, "{wrong}");
    }
    // A day long past: no clock stops anybody, and whoever may close is reminded.
    let _: Nothing = get(amina, say(&at, "2020-12-06T18:00", "")).await;
    carry(amina, bilal, &space).await;
    let first = told(bilal, &at).await.unwrap();
    assert_eq!(
        (first.at.as_str(), first.by.as_str()),
        ("2020-12-06T18:00", "Amina")
    );
    assert_eq!((first.why.as_str(), first.before.len()), ("", 0));
    vote(bilal, &at).await;
    let home: Home = get(amina, Request::Home(Nothing {})).await;
    assert_eq!(home.to_close.len(), 1);
    let home: Home = get(bilal, Request::Home(Nothing {})).await;
    assert!(home.to_close.is_empty());

    // Moving it is a signed act with a reason, by who may close and nobody else.
    let silent = call::<Nothing>(amina, say(&at, "2026-12-08T18:00", " ")).await;
    assert_eq!(silent.unwrap_err().code, ErrorCode::BadInput);
    let member = call::<Nothing>(bilal, say(&at, "2026-12-08T18:00", "because")).await;
    assert_eq!(member.unwrap_err().code, ErrorCode::NotAllowed);
    let bare = step(
        &at,
        StepName::OpenUntil,
        majlis_node::api::proceedings::SubjectView::Whole,
        "x",
    );
    let bare = call::<Nothing>(amina, bare).await;
    assert_eq!(bare.unwrap_err().code, ErrorCode::BadInput);
    let _: Nothing = get(amina, say(&at, "2026-12-08T18:00", "the road was cut")).await;
    carry(amina, bilal, &space).await;
    let moved = told(bilal, &at).await.unwrap();
    assert_eq!(
        (moved.at.as_str(), moved.why.as_str()),
        ("2026-12-08T18:00", "the road was cut")
    );
    assert_eq!(moved.before, ["2020-12-06T18:00"]);

    carry(bilal, amina, &space).await;
    close(amina, &at).await;
    let late = call::<Nothing>(amina, say(&at, "2027-01-01T00:00", "later")).await;
    assert_eq!(late.unwrap_err().code, ErrorCode::NotOpen);
    carry(amina, bilal, &space).await;
    for node in [amina, bilal] {
        let found: OutcomeView = get(node, Request::Outcome(at.clone())).await;
        assert_eq!((found.counted.all, found.late), (1, 0));
        let until = found
            .steps
            .iter()
            .filter(|one| one.kind == StepName::OpenUntil);
        assert_eq!(until.count(), 1, "what was moved stands once");
        verified(node, &space).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_is_final_once_two_people_signed_the_same() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let bilal = joined_as(RankName::Facilitator, "Bilal", amina, &space).await;
    let bilal = &bilal.node;
    let at = opened(amina, &space, budget()).await;
    carry(amina, bilal, &space).await;
    vote(amina, &at).await;
    close(amina, &at).await;
    carry(amina, bilal, &space).await;
    let signs = || {
        Request::StateResult(StateResult {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            summary: String::new(),
        })
    };
    let signatures = async |node: &Node| {
        let found: OutcomeView = get(node, Request::Outcome(at.clone())).await;
        (found.signatures, found.signatures_needed)
    };
    assert_eq!(signatures(amina).await, (0, 2));
    // Twice by one person is once.
    let _: Nothing = get(amina, signs()).await;
    let _: Nothing = get(amina, signs()).await;
    assert_eq!(signatures(amina).await, (1, 2));
    let _: Nothing = get(bilal, signs()).await;
    carry(bilal, amina, &space).await;
    assert_eq!(signatures(amina).await, (2, 2));
}
