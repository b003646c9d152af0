//! A vote of slips over real nodes: one voice a slip, wherever and however often it is used.

use majlis_node::api::filling::{BeginFilling, Fill, FillingView, FinishFilling};
use majlis_node::api::me::Home;
use majlis_node::api::outcome::{OutcomeView, RecountView};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, AssistedModeName, AssistedView, CloseConsultation, ConsultationNew,
    ConsultationRef, ConsultationView, QuestionKindView, Respond, Responded, ResponseStatus,
};
use majlis_node::api::slips::{OpenWithSlips, ShownSlip, SlipOf, SlipSheetAt, SlipState, SlipView};
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, person, verified};
use crate::votes::budget;

async fn sheet(node: &Node, at: &ConsultationRef) -> Result<Vec<SlipView>, ErrorCode> {
    let sheet = SlipSheetAt {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        offset: 0,
        limit: 100,
    };
    call(node, Request::SlipSheet(sheet))
        .await
        .map_err(|error| error.code)
}

async fn state(node: &Node, code: &str) -> Option<SlipState> {
    let shown = ShownSlip {
        code: code.to_owned(),
    };
    let found: Vec<SlipOf> = get(node, Request::ReadSlip(shown)).await;
    found.first().map(|one| one.state)
}

/// Votes for the projects of these places with a slip, or without one.
async fn vote(
    node: &Node,
    at: &ConsultationRef,
    places: &[usize],
    slip: Option<&str>,
    assisted: Option<AssistedView>,
) -> Result<Responded, ErrorCode> {
    let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
    let question = &view.form.questions[0];
    let QuestionKindView::MultipleChoice { options, .. } = &question.kind else {
        panic!("{question:?}");
    };
    let respond = Respond {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        answers: vec![AnswerTo {
            question: question.id.clone(),
            value: AnswerValue::Choices(places.iter().map(|place| options[*place].id).collect()),
        }],
        assisted,
        slot: slip.map(str::to_owned),
    };
    call(node, Request::Respond(respond))
        .await
        .map_err(|error| error.code)
}

#[tokio::test]
async fn a_slip_that_is_used_on_two_devices_apart_is_one_voice_on_both() {
    let host = person("Amina").await;
    let amina = &host.node;
    let space = found(amina).await;
    let bilal = joined("Bilal", amina, &space).await;
    let bilal = &bilal.node;
    let draft = ConsultationNew {
        space: space.space.clone(),
        draft: budget(),
    };
    let at: ConsultationRef = get(amina, Request::NewConsultation(draft)).await;
    let open = |slips| {
        Request::OpenWithSlips(OpenWithSlips {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            slips,
        })
    };
    for wrong in [0, 2_001] {
        let refused = call::<Nothing>(amina, open(wrong)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::BadInput);
    }
    let _: Nothing = get(amina, open(3)).await;
    let slips = sheet(amina, &at).await.unwrap();
    assert_eq!(slips.len(), 3);
    assert!(slips.iter().all(|one| one.svg.contains("<svg")));
    let [first, second, third] = [0, 1, 2].map(|place: usize| slips[place].code.clone());
    carry(amina, bilal, &space).await;
    assert_eq!(sheet(bilal, &at).await.unwrap_err(), ErrorCode::NotAllowed);

    // Nobody votes but slips: neither members nor officers for others.
    let view: ConsultationView = get(bilal, Request::Consultation(at.clone())).await;
    assert!(!view.may_respond && !view.may_assist && view.may_use_slips);
    assert_eq!(
        vote(bilal, &at, &[0], None, None).await.unwrap_err(),
        ErrorCode::SlipNeeded
    );
    let paper = AssistedView {
        mode: AssistedModeName::Paper,
        consent: true,
        note: String::new(),
    };
    let refused = vote(amina, &at, &[0], Some(&first), Some(paper)).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotAllowed);
    // A mistyped code, one of nobody's, and none at all.
    let mut mistyped = first.clone().into_bytes();
    mistyped[3] = if mistyped[3] == b'4' { b'5' } else { b'4' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    for (code, error) in [
        (mistyped.as_str(), ErrorCode::BadInput),
        ("0000 0000 0000 0000 0000 0097 ", ErrorCode::BadInput),
        ("0000 0000 0000 0000 0000 0101", ErrorCode::SlipUnknown),
        ("well", ErrorCode::BadInput),
    ] {
        assert_eq!(
            vote(bilal, &at, &[0], Some(code), None).await.unwrap_err(),
            error,
            "{code}"
        );
    }

    // While a slip may be somebody's here, the vote waits; then it asks nobody on this device any more.
    let waits = async |node: &Node| {
        let home: Home = get(node, Request::Home(Nothing {})).await;
        (home.asked.len(), home.answered.len())
    };
    assert_eq!(waits(bilal).await, (1, 0));
    // Apart: one slip on both devices for different projects, one for the same, one on one alone.
    let one = vote(amina, &at, &[0], Some(&first), None).await.unwrap();
    let other = vote(bilal, &at, &[1], Some(&first), None).await.unwrap();
    assert_eq!(waits(bilal).await, (0, 1));
    assert_eq!(one.slot, other.slot);
    vote(amina, &at, &[2], Some(&second), None).await.unwrap();
    vote(bilal, &at, &[2], Some(&second), None).await.unwrap();
    let again = vote(bilal, &at, &[0], Some(&second), None).await;
    assert_eq!(again.unwrap_err(), ErrorCode::SlipUsed);
    assert_eq!(state(bilal, &second).await, Some(SlipState::Used));
    assert_eq!(state(bilal, &third).await, Some(SlipState::Ready));
    filled_in(bilal, &at, &third).await;
    carry(amina, bilal, &space).await;
    carry(bilal, amina, &space).await;

    let close = CloseConsultation {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        note: String::new(),
    };
    let _: Nothing = get(amina, Request::CloseConsultation(close)).await;
    carry(amina, bilal, &space).await;
    assert_eq!(state(bilal, &third).await, Some(SlipState::Closed));
    let mut hashes = Vec::new();
    for node in [amina, bilal] {
        let outcome: OutcomeView = get(node, Request::Outcome(at.clone())).await;
        let recounted: RecountView = get(node, Request::Recount(at.clone())).await;
        assert_eq!(outcome.counted.all, 3, "{outcome:?}");
        assert_eq!(outcome.not_counted, 2);
        assert!(recounted.lists_agree);
        let reasons: Vec<ResponseStatus> =
            recounted.discarded.iter().map(|one| one.reason).collect();
        assert_eq!(reasons, [ResponseStatus::SlipUsed; 2]);
        hashes.push((outcome.hash, recounted.hash));
        let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
        let slips = view.slips.unwrap();
        assert_eq!((slips.made, slips.used), (3, 3));
        verified(node, &space).await;
    }
    assert_eq!(hashes[0], hashes[1]);
    // Used or not, the same sheet can be printed again.
    assert_eq!(sheet(amina, &at).await.unwrap(), slips);
}

/// The same through the pages' way of filling in; what was begun with a slip is offered to nobody.
async fn filled_in(node: &Node, at: &ConsultationRef, slip: &str) {
    let begin = |slot: Option<&str>| {
        Request::BeginFilling(BeginFilling {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            assisted: false,
            slot: slot.map(str::to_owned),
            language: None,
        })
    };
    let refused = call::<FillingView>(node, begin(None)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::SlipNeeded);
    let filling: FillingView = get(node, begin(Some(slip))).await;
    let question = &filling.changed[0];
    let QuestionKindView::MultipleChoice { options, .. } = &question.kind else {
        panic!("{question:?}");
    };
    let fill = Fill {
        space: at.space.clone(),
        filling: filling.filling.clone(),
        path: question.path.clone(),
        value: Some(AnswerValue::Choices(vec![options[1].id])),
        beforehand: false,
    };
    let _: FillingView = get(node, Request::Fill(fill)).await;
    let space = majlis_node::api::space::SpaceRef {
        space: at.space.clone(),
    };
    let begun: Vec<majlis_node::api::filling::UnfinishedFilling> =
        get(node, Request::Fillings(space)).await;
    assert_eq!(begun, []);
    let finish = FinishFilling {
        space: at.space.clone(),
        filling: filling.filling,
        assisted: None,
    };
    let _: Responded = get(node, Request::FinishFilling(finish)).await;
    assert_eq!(state(node, slip).await, Some(SlipState::Used));
}
