//! Why an option lost, held against what happens when people do what it says would have been enough.

use majlis_node::api::explain::{Explain, RulesTried, TryRules, WhyView};
use majlis_node::api::outcome::{OutcomeView, ResultView};
use majlis_node::api::process::{AnswerValue, ConsultationRef, ConsultationSummary};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Request};
use majlis_node::node::Node;

use crate::scene::{call, found, get, named};
use crate::votes::{budget, close, on_paper, opened};

const WELL: u16 = 1;

/// What everybody wants, and so many more who want the well alone.
async fn voted(node: &Node, at: &SpaceRef, more: usize) -> ConsultationRef {
    let process = opened(node, at, budget()).await;
    let wants = [vec![2, 3], vec![2], vec![WELL]];
    for want in wants.into_iter().chain((0..more).map(|_| vec![WELL])) {
        on_paper(node, &process, AnswerValue::Choices(want)).await;
    }
    process
}

async fn funded(node: &Node, at: &ConsultationRef) -> bool {
    close(node, at).await;
    let outcome: OutcomeView = get(node, Request::Outcome(at.clone())).await;
    match outcome.result {
        ResultView::Budget(budget) => budget.funded.iter().any(|one| one.label == "Well"),
        other => panic!("{other:?}"),
    }
}

fn why(at: &ConsultationRef, option: u16) -> Request {
    Request::Explain(Explain {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        option,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_is_opened_other_rules_are_tried_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let ask = |draft, camps: &[u32]| {
        Request::TryRules(TryRules {
            draft,
            camps: camps.to_vec(),
            support: vec![vec![100, 0], vec![0, 100], vec![90, 0]],
        })
    };
    let tried: RulesTried = get(&node, ask(budget(), &[60, 30])).await;
    assert_eq!((tried.voters, tried.rules.len()), (90, 5));
    let all: Vec<&str> = [&tried.always, &tried.sometimes, &tried.never]
        .into_iter()
        .flatten()
        .map(|one| one.label.as_str())
        .collect();
    assert_eq!(all.len(), 3, "each option is told once: {all:?}");
    assert!(tried.rules.iter().all(|rule| rule.spent.is_some()));
    let error = call::<RulesTried>(&node, ask(budget(), &[])).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::BadInput);
    let stored: Vec<ConsultationSummary> = get(&node, Request::Consultations(at)).await;
    assert!(stored.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_have_been_enough_is_enough_and_one_less_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let process = voted(&node, &at, 0).await;
    // Until the close nobody is told.
    let early = call::<WhyView>(&node, why(&process, WELL)).await;
    assert_eq!(early.unwrap_err().code, ErrorCode::Withheld);
    assert!(!funded(&node, &process).await);

    let WhyView::Budget { more, .. } = get(&node, why(&process, WELL)).await else {
        panic!("a project that lost is explained");
    };
    let enough: usize = more.amount.expect("some number is enough").parse().unwrap();
    assert!(enough > 0 && more.certain);
    let with = voted(&node, &at, enough).await;
    assert!(funded(&node, &with).await, "{enough} more are enough");
    let without = voted(&node, &at, enough - 1).await;
    assert!(!funded(&node, &without).await, "one less is not");
    // What won has nothing to explain, and what is not there neither.
    for option in [WELL, 99] {
        let nothing: WhyView = get(&node, why(&with, option)).await;
        assert_eq!(nothing, WhyView::Nothing);
    }
}
