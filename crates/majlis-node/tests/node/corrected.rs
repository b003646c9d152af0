//! Filling in ballots, and going on from one that was entered for somebody: who is shown what it said
//! before outcomes are shown.

use std::slice::from_ref;

use majlis_node::api::activity::RuleView;
use majlis_node::api::filling::{
    BeginFilling, Fill, FillingView, FinishFilling, UnfinishedFilling,
};
use majlis_node::api::members::RankName;
use majlis_node::api::process::{
    AnswerValue, ConsultationRef, MyResponse, QuestionKindView, Responded,
};
use majlis_node::api::{ErrorCode, Request};

use crate::scene::{call, carry, found, get, joined_as, named};
use crate::votes::{ballot, budget, close, on_paper, opened, paper};

fn going_on(at: &ConsultationRef, slot: &str) -> Request {
    Request::BeginFilling(BeginFilling {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        assisted: true,
        slot: Some(slot.to_owned()),
        language: None,
    })
}

fn given(view: &FillingView) -> Vec<AnswerValue> {
    let each = view.changed.iter().filter_map(|one| one.value.clone());
    each.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_ballot_is_shown_to_who_entered_it_and_to_the_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let bilal = joined_as(RankName::Facilitator, "Bilal", &amina, &at).await;
    // Shown after the close; guests may vote.
    let process = opened(&amina, &at, budget()).await;
    let lamps = AnswerValue::Choices(vec![2]);
    let taken = on_paper(&amina, &process, lamps.clone()).await;
    let (slot, code) = (taken.slot, taken.claim.unwrap());

    // Not sealed yet: this device's own work.
    let view: FillingView = get(&amina, going_on(&process, &slot)).await;
    assert_eq!(given(&view), from_ref(&lamps));
    carry(&amina, &bilal.node, &at).await;
    let view: FillingView = get(&amina, going_on(&process, &slot)).await;
    assert_eq!(given(&view), from_ref(&lamps));
    let refused = call::<FillingView>(&bilal.node, going_on(&process, &slot)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::Withheld);
    let view: FillingView = get(&bilal.node, going_on(&process, &code)).await;
    assert_eq!(given(&view), [lamps]);
    // It is known again as a correction, whatever happens to the page.
    assert_eq!(view.slot, Some(code.clone()));
    let list: Vec<UnfinishedFilling> = get(&bilal.node, Request::Fillings(at.clone())).await;
    assert_eq!((list.len(), &list[0].slot), (1, &view.slot));

    // Corrected elsewhere, with the receipt: what counts now was not entered on Amina's device.
    let well = AnswerValue::Choices(vec![1]);
    let mut corrected = ballot(&process, &bilal.node, well.clone()).await;
    corrected.assisted = Some(paper());
    corrected.slot = Some(code.clone());
    let _: Responded = get(&bilal.node, Request::Respond(corrected)).await;
    let view: FillingView = get(&bilal.node, going_on(&process, &slot)).await;
    assert_eq!(given(&view), [well]);
    carry(&bilal.node, &amina, &at).await;
    let refused = call::<FillingView>(&amina, going_on(&process, &slot)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::Withheld);

    close(&amina, &process).await;
    let refused = call::<FillingView>(&amina, going_on(&process, &slot)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotOpen);
}

#[tokio::test(flavor = "multi_thread")]
async fn ballots_are_filled_in_as_they_are_cast() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    // An order may leave some out, and so may points.
    for (value, cast) in [
        (AnswerValue::Ranking(vec![3, 1]), "ranked"),
        (AnswerValue::Points(vec![(1, 4), (3, 6)]), "points"),
    ] {
        let mut draft = budget();
        let QuestionKindView::MultipleChoice { options, .. } = draft.questions[0].kind.clone()
        else {
            panic!("a budget")
        };
        draft.questions[0].kind = if cast == "ranked" {
            QuestionKindView::Ranking { options }
        } else {
            QuestionKindView::Points {
                options,
                each: 0,
                all: 10,
                squared: false,
            }
        };
        let Some(RuleView::Budget(rule)) = draft.activity.as_mut().map(|one| &mut one.rule) else {
            panic!("a budget")
        };
        cast.clone_into(&mut rule.ballot);
        let process = opened(&amina, &at, draft).await;
        let begun = Request::BeginFilling(BeginFilling {
            space: at.space.clone(),
            consultation: process.consultation.clone(),
            assisted: false,
            slot: None,
            language: None,
        });
        let view: FillingView = get(&amina, begun).await;
        let (QuestionKindView::Ranking { options } | QuestionKindView::Points { options, .. }) =
            &view.changed[0].kind
        else {
            panic!("a ballot")
        };
        let offered: Vec<&str> = options.iter().map(|one| one.label.as_str()).collect();
        assert_eq!(offered, ["Well", "Lamps", "Bench"]);
        let fill = Request::Fill(Fill {
            space: at.space.clone(),
            filling: view.filling.clone(),
            path: view.order[0].clone(),
            value: Some(value.clone()),
            beforehand: false,
        });
        let view: FillingView = get(&amina, fill).await;
        assert_eq!(view.changed[0].value, Some(value.clone()));
        let finish = Request::FinishFilling(FinishFilling {
            space: at.space.clone(),
            filling: view.filling.clone(),
            assisted: None,
        });
        let _: Responded = get(&amina, finish).await;
        let mine: Option<MyResponse> = get(&amina, Request::MyResponse(process)).await;
        assert_eq!(mine.unwrap().answers[0].value, value);
    }
}
