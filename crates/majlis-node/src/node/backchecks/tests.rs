//! What entries hold when officers draw and tell: read from their bytes.

use majlis_core::entry::ChainId;
use majlis_core::record::Records;
use majlis_core::shelf::Shelf as _;

use super::*;
use crate::api::process::{OpenUntil, Responded};
use crate::api::{Nothing, Request};
use crate::node::claims::tests::{Scene, carry, get, scene};

/// The records of each entry that a device made on the lane of the consultation, in order.
async fn entries(node: &Node, at: &ConsultationRef) -> Vec<Vec<Record>> {
    let lane = lane(&at.consultation).unwrap();
    let read = node.at(&at.space, move |desk| {
        let device = desk.key.device();
        let shelf = desk.store.shelf(desk.space.id());
        let items = desk.space.index().items_of(ChainId { lane, device });
        let payloads = items.map(|(_, item)| shelf.payload(item.hash).unwrap().unwrap());
        let read = payloads.filter_map(|payload| Records::decode(&payload).ok());
        Ok(read.map(|batch| batch.records).collect())
    });
    read.await.unwrap()
}

async fn unsealed(node: &Node, at: &ConsultationRef) -> usize {
    let count = node.at(&at.space, |desk| Ok(desk.space.unsealed()));
    count.await.unwrap()
}

fn draw(at: &ConsultationRef) -> Request {
    Request::DrawBackChecks(DrawBackChecks {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        seed: "6 2 2".to_owned(),
        percent: 100,
    })
}

fn tell(scene: &Scene, slot: &str, same: &[&String], other: &[&String]) -> Request {
    let owned = |all: &[&String]| all.iter().map(|one| (*one).clone()).collect();
    Request::TellBackCheck(TellBackCheck {
        space: scene.at.space.clone(),
        consultation: scene.at.consultation.clone(),
        slot: slot.to_owned(),
        same: owned(same),
        other: owned(other),
        not_asked: String::new(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_in_one_entry_with_a_step_that_other_versions_may_not_know() {
    let scene = scene().await;
    let (amina, basil, at) = (&scene.amina, &scene.basil, &scene.at);
    let entered: Responded = get(amina, scene.answer(1, None)).await;
    assert!(unsealed(amina, at).await > 0);
    let _: BackChecksView = get(amina, draw(at)).await;
    let _: Responded = get(amina, scene.answer(1, None)).await;
    assert!(unsealed(amina, at).await > 0);
    let day = OpenUntil {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        until: "2026-12-06T18:00".to_owned(),
        why: String::new(),
    };
    let _: Nothing = get(amina, Request::OpenUntil(day)).await;
    carry(amina, basil, at).await;
    let _: Responded = get(basil, scene.answer(1, None)).await;
    assert!(unsealed(basil, at).await > 0);
    let told = tell(&scene, &entered.slot, &[&scene.question], &[]);
    let _: BackChecksView = get(basil, told).await;
    let mut steps = Vec::new();
    for officer in [amina, basil] {
        let all = entries(officer, at).await;
        let is_answer = |one: &Record| matches!(one, Record::Response(_));
        assert!(all.iter().flatten().any(is_answer));
        for entry in all {
            let kinds = entry.iter().filter_map(|one| match one {
                Record::Step(step) => Some(step.kind),
                _ => None,
            });
            let kinds: Vec<StepKind> = kinds.collect();
            assert!(
                kinds.is_empty() || !entry.iter().any(is_answer),
                "{entry:?}"
            );
            steps.extend(kinds);
        }
    }
    assert_eq!(
        steps,
        [StepKind::Drawn, StepKind::OpenUntil, StepKind::SaidSame]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_is_one_entry_and_only_its_last_record_takes_anything_away() {
    let scene = scene().await;
    let (amina, basil, at) = (&scene.amina, &scene.basil, &scene.at);
    let entered: Responded = get(amina, scene.answer(1, None)).await;
    let _: BackChecksView = get(amina, draw(at)).await;
    carry(amina, basil, at).await;
    let (which, why) = (&scene.question, &scene.why);
    let first = tell(&scene, &entered.slot, &[why], &[which]);
    let _: BackChecksView = get(basil, first).await;
    let again = tell(&scene, &entered.slot, &[which], &[why]);
    let found: BackChecksView = get(basil, again).await;
    let outcome = found.checks[0].outcome.clone().unwrap();
    assert_eq!(
        (outcome.same, outcome.other),
        (vec![which.clone()], vec![why.clone()])
    );
    let all = entries(basil, at).await;
    let told: Vec<Vec<(StepKind, usize)>> = all
        .iter()
        .map(|entry| {
            let steps = entry.iter().filter_map(|one| match one {
                Record::Step(step) => Some((step.kind, step.replaces.len())),
                _ => None,
            });
            steps.collect()
        })
        .collect();
    let pair = |replaced| vec![(StepKind::SaidSame, 0), (StepKind::SaidOther, replaced)];
    assert_eq!(told, [pair(0), pair(2)]);
}
