//! Two real nodes in one process: joined by ticket, they share a consultation and a text over
//! loopback links, and a third gets everything by carry file.

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
#[path = "node/failing.rs"]
mod failing;
#[path = "node/scene.rs"]
mod scene;
#[path = "node/stewards.rs"]
mod stewards;

use std::time::Duration;

use majlis_node::api::document::{
    Applied, BlockKind, DocumentEdit, DocumentNew, DocumentOpened, DocumentRef, EditView,
    EditorRef, Marks,
};
use majlis_node::api::members::{JoinSpace, MemberView, RankName, RemoveMember};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, AssistedModeName, AssistedView, ChoiceView, CloseConsultation,
    ConsultationDraft, ConsultationNew, ConsultationRef, ConsultationView, MyResponse,
    QuestionKindView, QuestionView, Respond, Responded, ResultsView, StageName, WithdrawResponse,
};
use majlis_node::api::space::{SpaceRef, SpaceView};
use majlis_node::api::sync::{AddPeer, CarryExport, CarryImported, CarryPath, MyAddress, SyncView};
use majlis_node::api::{ErrorCode, Event, Nothing, Request};
use majlis_node::node::{Node, NodeConfig, OpenError};
use scene::{agree, call, found, get, named, open, ticket, until, verified};

fn form() -> ConsultationDraft {
    let question = |label: &str, required, kind| QuestionView {
        id: String::new(),
        label: label.into(),
        hint: String::new(),
        required,
        kind,
    };
    let option = |label: &str| ChoiceView {
        id: 0,
        label: label.into(),
    };
    ConsultationDraft {
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
    amina.shutdown().await;
    bilal.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_editors_on_two_devices_come_to_one_text() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (amina, bilal) = (
        named(a.path(), true, "Amina").await,
        named(b.path(), true, "Bilal").await,
    );
    let at = found(&amina).await;
    let new = DocumentNew {
        space: at.space.clone(),
        title: "Minutes".into(),
        text: "Present: 12".into(),
    };
    let document: DocumentRef = get(&amina, Request::NewDocument(new)).await;
    let ticket = ticket(&amina, &at, RankName::Member).await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    until("the document is on Bilal's device", || async {
        let opened: Result<DocumentOpened, _> =
            call(&bilal, Request::OpenDocument(document.clone())).await;
        match opened {
            Ok(opened) => {
                let editor = EditorRef {
                    editor: opened.editor,
                };
                let _: Nothing = get(&bilal, Request::CloseDocument(editor)).await;
                opened.may_write && !opened.blocks.is_empty() && opened.title == "Minutes"
            }
            Err(_) => false,
        }
    })
    .await;
    let mut heard = amina.events();
    let one: DocumentOpened = get(&amina, Request::OpenDocument(document.clone())).await;
    let other: DocumentOpened = get(&bilal, Request::OpenDocument(document.clone())).await;
    assert_eq!(
        (&one.blocks, &one.checksum),
        (&other.blocks, &other.checksum)
    );
    let insert = |editor: u32, base: &[String], at: u32, text: &str| DocumentEdit {
        editor,
        base: base.to_vec(),
        edits: vec![EditView::Insert {
            at,
            text: text.into(),
            marks: Marks::default(),
        }],
    };
    let typed: Applied = get(
        &bilal,
        Request::EditDocument(insert(other.editor, &other.heads, 1, "Friday. ")),
    )
    .await;
    let split = DocumentEdit {
        editor: other.editor,
        base: typed.heads,
        edits: vec![EditView::Split {
            at: 9,
            kind: BlockKind::Paragraph,
        }],
    };
    let typed: Applied = get(&bilal, Request::EditDocument(split)).await;
    // Amina's editor is told what to do to be where the document is.
    let mut at_heads = one.heads.clone();
    let wait = async {
        while at_heads != typed.heads {
            if let Event::Remote { editor, applied } = heard.recv().await.unwrap()
                && editor == one.editor
            {
                assert_eq!(
                    applied.base, at_heads,
                    "edits lead on from where the editor is"
                );
                at_heads = applied.heads;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .expect("remote edits within 30 seconds");
    let wrong = insert(one.editor, &one.heads, 10_000, "x");
    let error = call::<Applied>(&amina, Request::EditDocument(wrong))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::EditUnfit);
    let _: Applied = get(
        &amina,
        Request::EditDocument(insert(one.editor, &at_heads, 1, "Held on ")),
    )
    .await;
    let _: Nothing = get(
        &amina,
        Request::CloseDocument(EditorRef { editor: one.editor }),
    )
    .await;
    agree(&amina, &bilal, &at).await;
    amina.shutdown().await;
    // What was typed a moment ago is there when the folder is opened again.
    bilal.shutdown().await;
    drop(bilal);
    let bilal = open(b.path(), false).await;
    let again: DocumentOpened = get(&bilal, Request::OpenDocument(document)).await;
    let text: Vec<String> = again
        .blocks
        .iter()
        .map(|block| block.runs.iter().map(|run| run.text.as_str()).collect())
        .collect();
    assert_eq!(text, ["Held on Friday. ", "Present: 12"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carry_file_brings_everything_with_no_network() {
    let (a, b, files) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let (amina, bilal) = (
        named(a.path(), false, "Amina").await,
        named(b.path(), false, "Bilal").await,
    );
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Member).await;
    let (process, form) = opened(&amina, &at).await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    let waiting: SpaceView = get(&bilal, Request::Space(at.clone())).await;
    assert!(waiting.summary.waiting);
    let path = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let export = |name: &str| CarryExport {
        space: at.space.clone(),
        path: Some(path(name)),
    };
    let written: CarryPath = get(&amina, Request::ExportCarry(export("a.majlis"))).await;
    let taken: CarryImported = get(&bilal, Request::ImportCarry(written)).await;
    assert!(
        taken.whole && taken.new > 0 && taken.not_counting == 0,
        "{taken:?}"
    );
    let view: SpaceView = get(&bilal, Request::Space(at.clone())).await;
    assert!(!view.summary.waiting && view.summary.rank == Some(RankName::Member));
    let _: Responded = get(
        &bilal,
        Request::Respond(answer(&process, &form, 1, "from afar")),
    )
    .await;
    let written: CarryPath = get(&bilal, Request::ExportCarry(export("b.majlis"))).await;
    let taken: CarryImported = get(&amina, Request::ImportCarry(written.clone())).await;
    assert!(taken.whole && taken.new > 0, "{taken:?}");
    let again: CarryImported = get(&amina, Request::ImportCarry(written)).await;
    assert_eq!((again.new, again.entries), (0, taken.entries));
    assert_eq!(results(&amina, &process).await.counted.all, 1);
    assert_eq!(verified(&amina, &at).await, verified(&bilal, &at).await);

    let whole = std::fs::read(path("b.majlis")).unwrap();
    for length in [0, 10, whole.len() / 2, whole.len() - 1] {
        std::fs::write(path("half.majlis"), &whole[..length]).unwrap();
        let half = CarryPath {
            path: path("half.majlis"),
        };
        match call::<CarryImported>(&amina, Request::ImportCarry(half)).await {
            Ok(taken) => assert!(!taken.whole, "{length} bytes of a file are not whole"),
            Err(error) => assert_eq!(error.code, ErrorCode::BadCarryFile),
        }
    }
    verified(&amina, &at).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_address_leads_to_a_meeting_and_removed_work_is_set_aside() {
    let (a, b, files) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let amina = named(a.path(), true, "Amina").await;
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Member).await;
    let (process, form) = opened(&amina, &at).await;
    let path = files.path().join("a.majlis").to_str().unwrap().to_owned();
    let export = CarryExport {
        space: at.space.clone(),
        path: Some(path),
    };
    let written: CarryPath = get(&amina, Request::ExportCarry(export)).await;
    // Bilal joins and answers away from everyone.
    let bilal = named(b.path(), false, "Bilal").await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    let _: CarryImported = get(&bilal, Request::ImportCarry(written)).await;
    bilal.shutdown().await;
    drop(bilal);
    let bilal = open(b.path(), true).await;
    let address: MyAddress = get(&amina, Request::MyAddress(Nothing {})).await;
    let bad = call::<Nothing>(
        &bilal,
        Request::AddPeer(AddPeer {
            address: "x".into(),
        }),
    )
    .await
    .unwrap_err();
    assert_eq!(bad.code, ErrorCode::BadAddress);
    let _: Nothing = get(
        &bilal,
        Request::AddPeer(AddPeer {
            address: address.address,
        }),
    )
    .await;
    until("Amina sees Bilal", || async {
        let members: Vec<MemberView> = get(&amina, Request::Members(at.clone())).await;
        members
            .iter()
            .any(|member| member.name == "Bilal" && member.rank.is_some())
    })
    .await;
    bilal.shutdown().await;
    drop(bilal);
    let members: Vec<MemberView> = get(&amina, Request::Members(at.clone())).await;
    let device = members
        .into_iter()
        .find(|member| member.name == "Bilal")
        .unwrap()
        .device;
    let remove = RemoveMember {
        space: at.space.clone(),
        device,
        reason: "lost tablet".into(),
    };
    let _: Nothing = get(&amina, Request::RemoveMember(remove)).await;
    // What he answers after that comes in, and waits for someone to adopt it.
    let bilal = open(b.path(), false).await;
    let _: Responded = get(&bilal, Request::Respond(answer(&process, &form, 0, "late"))).await;
    let path = files.path().join("b.majlis").to_str().unwrap().to_owned();
    let export = CarryExport {
        space: at.space.clone(),
        path: Some(path),
    };
    let written: CarryPath = get(&bilal, Request::ExportCarry(export)).await;
    let _: CarryImported = get(&amina, Request::ImportCarry(written)).await;
    assert_eq!(results(&amina, &process).await.counted.all, 0);
    let aside: Vec<majlis_node::api::members::QuarantineItem> =
        get(&amina, Request::Quarantine(at.clone())).await;
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert!(aside[0].may_adopt);
    let adopt = majlis_node::api::members::Adopted {
        space: at.space.clone(),
        entries: vec![aside[0].entry.clone()],
    };
    let _: Nothing = get(&amina, Request::Adopt(adopt)).await;
    assert_eq!(results(&amina, &process).await.counted.all, 1);
    verified(&amina, &at).await;
    amina.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_folder_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let node = open(folder.path(), false).await;
    let again = Node::open(NodeConfig {
        data: folder.path().to_path_buf(),
        network: None,
    })
    .await;
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
    let again = Node::open(NodeConfig {
        data: folder.path().to_path_buf(),
        network: None,
    })
    .await;
    again.expect("its folder is free in a moment");
    ending.await.unwrap();
}
