//! Receipts that their holders show on their own devices, and the slots that they claim with them.

use majlis_node::api::claims::{ClaimBar, ClaimKeep, ClaimSlot, ReceiptView, ShownReceipt};
use majlis_node::api::filling::BeginFilling;
use majlis_node::api::members::RankName;
use majlis_node::api::outcome::RecountView;
use majlis_node::api::process::{
    AnswerValue, ConsultationDraft, ConsultationRef, MyResponse, Responded, WithdrawResponse,
};
use majlis_node::api::report::{ReportView, ThemeChange};
use majlis_node::api::results::ResultsView;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined_as, named, verified};
use crate::votes::{ballot, budget, close, on_paper, opened, paper};

async fn shown(node: &Node, code: &str) -> Vec<ReceiptView> {
    let shown = ShownReceipt {
        code: code.to_owned(),
        space: None,
    };
    get(node, Request::ReadReceipt(shown)).await
}

fn claim(at: &ConsultationRef, slot: &str, code: &str, keep: ClaimKeep) -> Request {
    Request::Claim(ClaimSlot {
        slot: slot.to_owned(),
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        code: code.to_owned(),
        keep,
    })
}

async fn counted(node: &Node, at: &ConsultationRef) -> (u32, u32) {
    let view: ResultsView = get(node, Request::Results(at.clone())).await;
    (view.counted.own, view.counted.assisted)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_of_a_receipt_speaks_for_its_slot_from_their_own_device() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let salma = joined_as(RankName::Member, "Salma", &amina, &at).await;
    let process = opened(&amina, &at, budget()).await;
    let lamps = AnswerValue::Choices(vec![2]);
    let taken = on_paper(&amina, &process, lamps.clone()).await;
    let (slot, code) = (taken.slot, taken.claim.unwrap());

    // On the officer's own tablet the receipt shows the answer, and claims nothing.
    let there = shown(&amina, &code).await;
    assert_eq!(there[0].bar, Some(ClaimBar::EnteredHere));
    let refused =
        call::<Responded>(&amina, claim(&process, &slot, &code, ClaimKeep::Entered)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotAllowed);

    // Nothing has come to her device yet.
    assert!(shown(&salma.node, &code).await.is_empty());
    let none = call::<Responded>(
        &salma.node,
        claim(&process, &slot, &code, ClaimKeep::Entered),
    )
    .await;
    assert_eq!(none.unwrap_err().code, ErrorCode::NotFound);
    let mistyped = ShownReceipt {
        code: "0000-0000".to_owned(),
        space: None,
    };
    let refused = call::<Vec<ReceiptView>>(&salma.node, Request::ReadReceipt(mistyped)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput);

    carry(&amina, &salma.node, &at).await;
    let typed = code.to_lowercase().replace('-', " ");
    let found = shown(&salma.node, &typed).await;
    assert_eq!(found.len(), 1);
    let one = &found[0];
    assert_eq!((one.by.as_str(), one.known_as.as_str()), ("Amina", "Salma"));
    assert_eq!(one.answers[0].value, lamps);
    assert!(one.bar.is_none() && !one.mine && one.own.is_none());

    let _: Responded = get(
        &salma.node,
        claim(&process, &slot, &typed, ClaimKeep::Entered),
    )
    .await;
    let mine: Option<MyResponse> = get(&salma.node, Request::MyResponse(process.clone())).await;
    assert_eq!(mine.unwrap().answers[0].value, lamps);
    assert_eq!(counted(&salma.node, &process).await, (1, 0));
    assert!(shown(&salma.node, &code).await[0].mine);

    // The officer has not heard of it, and corrects; what the holder says stands all the same.
    let mut corrected = ballot(&process, &amina, AnswerValue::Choices(vec![1])).await;
    corrected.assisted = Some(paper());
    corrected.slot = Some(code.clone());
    let _: Responded = get(&amina, Request::Respond(corrected.clone())).await;
    carry(&salma.node, &amina, &at).await;
    assert_eq!(counted(&amina, &process).await, (1, 0));
    // From now on she is told, before anything is filled in.
    for refused in [
        Request::Respond(corrected),
        Request::Withdraw(WithdrawResponse {
            space: at.space.clone(),
            consultation: process.consultation.clone(),
            slot: Some(code.clone()),
        }),
        Request::BeginFilling(BeginFilling {
            space: at.space.clone(),
            consultation: process.consultation.clone(),
            assisted: true,
            slot: Some(code.clone()),
            language: None,
        }),
    ] {
        let name = refused.name();
        let refused = call::<serde_json::Value>(&amina, refused).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Claimed, "{name}");
    }

    // The holder corrects, then takes back, as with any answer of one's own.
    let own = ballot(&process, &salma.node, AnswerValue::Choices(vec![3])).await;
    let _: Responded = get(&salma.node, Request::Respond(own)).await;
    carry(&salma.node, &amina, &at).await;
    assert_eq!(counted(&amina, &process).await, (1, 0));
    let back = WithdrawResponse {
        space: at.space.clone(),
        consultation: process.consultation.clone(),
        slot: None,
    };
    let _: Nothing = get(&salma.node, Request::Withdraw(back)).await;
    carry(&salma.node, &amina, &at).await;
    assert_eq!(counted(&amina, &process).await, (0, 0));
    close(&amina, &process).await;
    carry(&amina, &salma.node, &at).await;
    assert_eq!(
        shown(&salma.node, &code).await[0].bar,
        Some(ClaimBar::Closed)
    );
    for node in [&amina, &salma.node] {
        let again: RecountView = get(node, Request::Recount(process.clone())).await;
        assert!(again.lists_agree && again.lacking == 0, "{again:?}");
        assert!(verified(node, &at).await.clean);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answered_twice_says_which_answer_stands_or_takes_both_back() {
    for (keep, options, left) in [
        (ClaimKeep::Entered, vec![2], (1, 0)),
        (ClaimKeep::Own, vec![3], (1, 0)),
        (ClaimKeep::Nothing, vec![], (0, 0)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let amina = named(folder.path(), false, "Amina").await;
        let at = found(&amina).await;
        let salma = joined_as(RankName::Member, "Salma", &amina, &at).await;
        let process = opened(&amina, &at, budget()).await;
        let taken = on_paper(&amina, &process, AnswerValue::Choices(vec![2])).await;
        let (slot, code) = (taken.slot, taken.claim.unwrap());
        carry(&amina, &salma.node, &at).await;
        let own = ballot(&process, &salma.node, AnswerValue::Choices(vec![3])).await;
        let _: Responded = get(&salma.node, Request::Respond(own)).await;
        assert_eq!(counted(&salma.node, &process).await, (1, 1));
        assert!(shown(&salma.node, &code).await[0].own.is_some());
        let _: Responded = get(&salma.node, claim(&process, &slot, &code, keep)).await;
        assert_eq!(counted(&salma.node, &process).await, left, "{keep:?}");
        let mine: Option<MyResponse> = get(&salma.node, Request::MyResponse(process.clone())).await;
        let mine = mine.unwrap();
        assert_eq!(mine.withdrawn, keep == ClaimKeep::Nothing);
        if keep != ClaimKeep::Nothing {
            assert_eq!(mine.answers[0].value, AnswerValue::Choices(options));
        }
        carry(&salma.node, &amina, &at).await;
        assert_eq!(counted(&amina, &process).await, left, "{keep:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_theme_follows_what_was_sorted_to_whoever_claims_it_and_not_to_an_answer_of_their_own() {
    for (keep, behind) in [(ClaimKeep::Entered, 1), (ClaimKeep::Own, 0)] {
        let folder = tempfile::tempdir().unwrap();
        let amina = named(folder.path(), false, "Amina").await;
        let at = found(&amina).await;
        let salma = joined_as(RankName::Member, "Salma", &amina, &at).await;
        let survey = ConsultationDraft {
            activity: None,
            ..budget()
        };
        let process = opened(&amina, &at, survey).await;
        let taken = on_paper(&amina, &process, AnswerValue::Choices(vec![2])).await;
        let change = |add: &[String], remove: &[String]| {
            Request::ChangeTheme(ThemeChange {
                space: at.space.clone(),
                consultation: process.consultation.clone(),
                text: "More light".into(),
                add: add.to_vec(),
                remove: remove.to_vec(),
            })
        };
        let _: Nothing = get(&amina, change(std::slice::from_ref(&taken.slot), &[])).await;
        carry(&amina, &salma.node, &at).await;
        let own = ballot(&process, &salma.node, AnswerValue::Choices(vec![3])).await;
        let _: Responded = get(&salma.node, Request::Respond(own)).await;
        let code = taken.claim.unwrap();
        let claimed = claim(&process, &taken.slot, &code, keep);
        let claimed: Responded = get(&salma.node, claimed).await;
        carry(&salma.node, &amina, &at).await;
        let report =
            async |node: &Node| -> ReportView { get(node, Request::Report(process.clone())).await };
        let shown = report(&amina).await;
        assert_eq!(shown.themes[0].answers, behind, "{keep:?}");
        let mine = report(&salma.node).await;
        assert_eq!(mine.themes[0].mine, behind == 1, "{keep:?}");
        if behind == 0 {
            continue;
        }
        // It stays behind a correction, and is taken away from whoever stands there now.
        let again = ballot(&process, &salma.node, AnswerValue::Choices(vec![1])).await;
        let _: Responded = get(&salma.node, Request::Respond(again)).await;
        carry(&salma.node, &amina, &at).await;
        assert_eq!(report(&amina).await.themes[0].answers, 1);
        let _: Nothing = get(&amina, change(&[], std::slice::from_ref(&claimed.slot))).await;
        let after = report(&amina).await;
        assert!(after.themes.iter().all(|theme| theme.answers == 0));
    }
}
