//! Real nodes in one process, by subject. Here: two of them, joined by ticket, share a consultation
//! over a loopback link.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

#[path = "node/again.rs"]
mod again;
#[path = "node/backchecks.rs"]
mod backchecks;
#[path = "node/boxes.rs"]
mod boxes;
#[path = "node/cards.rs"]
mod cards;
#[path = "node/claims.rs"]
mod claims;
#[path = "node/copied.rs"]
mod copied;
#[path = "node/corrected.rs"]
mod corrected;
#[path = "node/editors.rs"]
mod editors;
#[path = "node/explained.rs"]
mod explained;
#[path = "node/failing.rs"]
mod failing;
#[path = "node/field.rs"]
mod field;
#[path = "node/filling.rs"]
mod filling;
#[path = "node/forked.rs"]
mod forked;
#[path = "node/ground.rs"]
mod ground;
#[path = "node/held.rs"]
mod held;
#[path = "node/ideas.rs"]
mod ideas;
#[path = "node/known.rs"]
mod known;
#[path = "node/long.rs"]
mod long;
#[cfg(unix)]
#[path = "node/outgoing.rs"]
mod outgoing;
#[path = "node/parting.rs"]
mod parting;
#[path = "node/photos.rs"]
mod photos;
#[path = "node/presence.rs"]
mod presence;
#[path = "node/promised.rs"]
mod promised;
#[path = "node/refused.rs"]
mod refused;
#[path = "node/report.rs"]
mod report;
#[path = "node/requests.rs"]
mod requests;
#[path = "node/restored.rs"]
mod restored;
#[path = "node/scene.rs"]
mod scene;
#[path = "node/sealed.rs"]
mod sealed;
#[path = "node/sealed_media.rs"]
mod sealed_media;
#[path = "node/sealed_rows.rs"]
mod sealed_rows;
#[path = "node/sealed_scene.rs"]
mod sealed_scene;
#[path = "node/secret.rs"]
mod secret;
#[path = "node/slips.rs"]
mod slips;
#[path = "node/stewards.rs"]
mod stewards;
#[path = "node/trying.rs"]
mod trying;
#[path = "node/unfinished.rs"]
mod unfinished;
#[path = "node/votes.rs"]
mod votes;
#[path = "node/ways.rs"]
mod ways;
#[path = "node/withheld.rs"]
mod withheld;
#[path = "node/writer.rs"]
mod writer;

use majlis_node::api::members::{JoinSpace, MemberView, RankName};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, AssistedModeName, AssistedView, ChoiceView, CloseConsultation,
    ConsultationDraft, ConsultationNew, ConsultationRef, ConsultationView, MyResponse,
    QuestionKindView, QuestionView, Respond, Responded, StageName, WithdrawResponse,
};
use majlis_node::api::results::ResultsView;
use majlis_node::api::space::{SpaceRef, SpaceView};
use majlis_node::api::sync::SyncView;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::{Node, NodeConfig, OpenError};
use scene::{agree, call, carry, found, get, name, named, open, ticket, until};

fn form() -> ConsultationDraft {
    let question = |label: &str, required, kind| QuestionView {
        details: None,
        id: String::new(),
        label: label.into(),
        hint: String::new(),
        required,
        kind,
    };
    let option = |label: &str| ChoiceView {
        details: None,
        id: 0,
        label: label.into(),
        project: None,
    };
    ConsultationDraft {
        details: None,
        title: "The second water point".into(),
        description: String::new(),
        audience: "Everyone".into(),
        stage: StageName::Consult,
        questions: vec![
            question(
                "Where?",
                true,
                QuestionKindView::SingleChoice {
                    options: vec![option("School"), option("Market")],
                },
            ),
            question("Anything else?", false, QuestionKindView::Text),
        ],
        activity: None,
    }
}

async fn opened(node: &Node, at: &SpaceRef) -> (ConsultationRef, ConsultationDraft) {
    let new = ConsultationNew {
        space: at.space.clone(),
        draft: form(),
    };
    let made: ConsultationRef = get(node, Request::NewConsultation(new)).await;
    let _: Nothing = get(node, Request::OpenConsultation(made.clone())).await;
    let view: ConsultationView = get(node, Request::Consultation(made.clone())).await;
    (made, view.form)
}

fn answer(at: &ConsultationRef, form: &ConsultationDraft, option: usize, text: &str) -> Respond {
    let QuestionKindView::SingleChoice { options } = &form.questions[0].kind else {
        panic!("a choice")
    };
    let mut answers = vec![AnswerTo {
        question: form.questions[0].id.clone(),
        value: AnswerValue::Choices(vec![options[option].id]),
    }];
    if !text.is_empty() {
        let question = form.questions[1].id.clone();
        answers.push(AnswerTo {
            question,
            value: AnswerValue::Text(text.into()),
        });
    }
    Respond {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        answers,
        assisted: None,
        slot: None,
    }
}

fn assisted(mut respond: Respond, slot: Option<String>) -> Respond {
    let mode = AssistedModeName::Spoken;
    respond.assisted = Some(AssistedView {
        mode,
        consent: true,
        note: "house 7".into(),
    });
    respond.slot = slot;
    respond
}

async fn results(node: &Node, at: &ConsultationRef) -> ResultsView {
    get(node, Request::Results(at.clone())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_meet_by_ticket_and_share_a_consultation() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (amina, bilal) = (
        named(a.path(), true, "Amina").await,
        named(b.path(), true, "Bilal").await,
    );
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Facilitator).await;
    let joined: SpaceRef = get(
        &bilal,
        Request::Join(JoinSpace {
            ticket: ticket.clone(),
        }),
    )
    .await;
    assert_eq!(joined, at);
    let again = call::<SpaceRef>(&bilal, Request::Join(JoinSpace { ticket }))
        .await
        .unwrap_err();
    assert_eq!(again.code, ErrorCode::AlreadyJoined);
    until("Bilal is in on both devices", || async {
        let here: Vec<MemberView> = get(&amina, Request::Members(at.clone())).await;
        let there: Vec<MemberView> = get(&bilal, Request::Members(at.clone())).await;
        let is_in = |list: &[MemberView]| {
            list.iter()
                .any(|m| m.name == "Bilal" && m.rank == Some(RankName::Facilitator))
        };
        is_in(&here) && is_in(&there)
    })
    .await;
    let view: SpaceView = get(&bilal, Request::Space(at.clone())).await;
    assert_eq!(
        (view.summary.name.as_str(), view.founder.as_str()),
        ("Ain Safa", "Amina")
    );

    let (process, form) = opened(&amina, &at).await;
    until("the consultation is on Bilal's device", || async {
        call::<ConsultationView>(&bilal, Request::Consultation(process.clone()))
            .await
            .is_ok_and(|view| view.form_id.is_some())
    })
    .await;
    let own: Responded = get(
        &bilal,
        Request::Respond(answer(&process, &form, 0, "near the gate")),
    )
    .await;
    assert!(own.claim.is_none());
    let _: Responded = get(
        &bilal,
        Request::Respond(answer(&process, &form, 1, "no, at the market")),
    )
    .await;
    let spoken: Responded = get(
        &bilal,
        Request::Respond(assisted(answer(&process, &form, 0, ""), None)),
    )
    .await;
    assert!(spoken.claim.is_some());
    let _: Responded = get(
        &bilal,
        Request::Respond(assisted(
            answer(&process, &form, 1, ""),
            Some(spoken.slot.clone()),
        )),
    )
    .await;
    // Whoever shows the receipt is found by its code, however it is typed.
    let code = spoken.claim.unwrap().to_lowercase().replace('-', " ");
    let corrected: Responded = get(
        &bilal,
        Request::Respond(assisted(answer(&process, &form, 0, ""), Some(code))),
    )
    .await;
    assert_eq!((corrected.slot, corrected.claim), (spoken.slot, None));
    let other = assisted(
        answer(&process, &form, 0, ""),
        Some("0000-0000-0000".into()),
    );
    let error = call::<Responded>(&bilal, Request::Respond(other))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    let _: Responded = get(&amina, Request::Respond(answer(&process, &form, 0, ""))).await;
    let missing = Respond {
        answers: Vec::new(),
        ..answer(&process, &form, 0, "")
    };
    let error = call::<Responded>(&bilal, Request::Respond(missing))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.detail),
        (ErrorCode::AnswerMissing, Some(form.questions[0].id.clone()))
    );
    until("both count the same three answers", || async {
        let (here, there) = (
            results(&amina, &process).await,
            results(&bilal, &process).await,
        );
        here == there && here.counted.all == 3
    })
    .await;
    let counted = results(&amina, &process).await;
    assert_eq!(
        (
            counted.counted.own,
            counted.counted.assisted,
            counted.superseded
        ),
        (2, 1, 3)
    );
    let mine: Option<MyResponse> = get(&bilal, Request::MyResponse(process.clone())).await;
    assert_eq!(mine.unwrap().versions, 2);

    let withdraw = WithdrawResponse {
        space: at.space.clone(),
        consultation: process.consultation.clone(),
        slot: None,
    };
    let _: Nothing = get(&bilal, Request::Withdraw(withdraw)).await;
    until("the answer is gone on Amina's device", || async {
        results(&amina, &process).await.counted.all == 2
    })
    .await;
    let close = CloseConsultation {
        space: at.space.clone(),
        consultation: process.consultation.clone(),
        note: "done".into(),
    };
    let _: Nothing = get(&amina, Request::CloseConsultation(close)).await;
    until("Bilal sees it closed", || async {
        call::<Responded>(&bilal, Request::Respond(answer(&process, &form, 0, "")))
            .await
            .is_err_and(|error| error.code == ErrorCode::NotOpen)
    })
    .await;
    agree(&amina, &bilal, &at).await;
    until("both say that everything is exchanged", || async {
        let here: SyncView = get(&amina, Request::SyncState(at.clone())).await;
        let there: SyncView = get(&bilal, Request::SyncState(at.clone())).await;
        let done = |view: &SyncView| {
            view.peers
                .iter()
                .any(|peer| peer.connected && peer.complete)
        };
        done(&here) && done(&there)
    })
    .await;
    // What Bilal signs alone and hands over on a card is with him: nothing lacks there.
    bilal.shutdown().await;
    drop(bilal);
    let bilal = open(b.path(), false).await;
    name(&bilal, "Bilal of the well").await;
    until("Bilal is gone", || async {
        let view: SyncView = get(&amina, Request::SyncState(at.clone())).await;
        !view.peers[0].connected
    })
    .await;
    let before: SyncView = get(&amina, Request::SyncState(at.clone())).await;
    carry(&bilal, &amina, &at).await;
    until("both say so with no link", || async {
        let view: SyncView = get(&amina, Request::SyncState(at.clone())).await;
        let peer = &view.peers[0];
        assert_eq!(view.entries, before.entries + 1);
        !peer.connected && peer.lacks == 0 && peer.has == view.entries && peer.complete
    })
    .await;
    amina.shutdown().await;
    bilal.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_folder_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path(), false).await;
    let again = Node::open(NodeConfig::new(folder.path().to_path_buf(), None)).await;
    assert!(matches!(again, Err(OpenError::InUse(_))));
    node.shutdown().await;
    drop(node);
    open(folder.path(), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_just_ending_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path(), false).await;
    let ending = tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        node.shutdown().await;
    });
    let again = Node::open_when_free(NodeConfig::new(folder.path().to_path_buf(), None)).await;
    again.expect("its folder is free in a moment");
    ending.await.unwrap();
}
