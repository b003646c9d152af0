//! Forms that are being written: tried in memory, written as spreadsheets, and their pictures and sounds
//! on other devices once they are open.

use std::path::Path;

use data_encoding::BASE64;
use majlis_node::api::details::{MediumView, QuestionDetails, RulesView};
use majlis_node::api::filling::{
    Fill, FillRow, FillingRef, FillingView, FinishFilling, TryForm, UnfinishedFilling,
};
use majlis_node::api::media::{BlobRef, BlobView, KeepMedia, SoundView};
use majlis_node::api::members::RankName;
use majlis_node::api::process::{
    AnswerValue, ConsultationDraft, ConsultationNew, ConsultationRef, ConsultationSummary,
    QuestionKindView, Responded, StageName,
};
use majlis_node::api::sheet::{ReadSheet, SheetRead, SheetSeverity, SheetWritten};
use majlis_node::api::space::{SpaceRef, Verification};
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::form;
use crate::scene::{call, carry, found, get, named, ticket};

/// The second question is asked only where the first is answered with its first option.
fn draft() -> ConsultationDraft {
    let mut draft = form();
    for (question, (name, relevant)) in draft
        .questions
        .iter_mut()
        .zip([("place", ""), ("more", "${place} = '1'")])
    {
        question.id = format!("{:0>16}", name.len());
        question.details = Some(Box::new(QuestionDetails {
            name: name.into(),
            rules: RulesView {
                relevant: relevant.into(),
                ..RulesView::default()
            },
            ..QuestionDetails::default()
        }));
    }
    if let QuestionKindView::SingleChoice { options } = &mut draft.questions[0].kind {
        for (number, option) in (1..).zip(options) {
            option.id = number;
        }
    }
    draft
}

async fn tried(
    node: &Node,
    at: &SpaceRef,
    draft: &ConsultationDraft,
) -> Result<FillingView, majlis_node::api::ApiError> {
    let trial = TryForm {
        space: at.space.clone(),
        draft: draft.clone(),
        language: None,
    };
    call(node, Request::TryForm(trial)).await
}

fn chosen(view: &FillingView, option: u16) -> Request {
    Request::Fill(Fill {
        space: view.space.clone(),
        filling: view.filling.clone(),
        path: "/place".into(),
        value: Some(AnswerValue::Choices(vec![option])),
        beforehand: false,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_tried_by_its_conditions_and_nothing_of_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let draft = draft();
    let view = tried(&node, &at, &draft).await.unwrap();
    assert_eq!(
        (&view.order[..], &view.wrong[..]),
        (&["/place".to_owned()][..], &["/place".to_owned()][..])
    );
    let view: FillingView = get(&node, chosen(&view, 1)).await;
    assert_eq!(view.order, ["/place", "/more"]);
    assert_eq!(view.wrong, Vec::<String>::new(), "{:?}", view.changed);
    let view: FillingView = get(&node, chosen(&view, 2)).await;
    assert_eq!(view.order, ["/place"]);
    // It is no answer to anything.
    let finish = FinishFilling {
        space: at.space.clone(),
        filling: view.filling.clone(),
        assisted: None,
    };
    let refused = call::<Responded>(&node, Request::FinishFilling(finish)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotOpen);
    let row = FillRow {
        space: at.space.clone(),
        filling: view.filling.clone(),
        path: "/nothing".into(),
    };
    let refused = call::<FillingView>(&node, Request::FillAddRow(row)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotFound);
    let begun: Vec<UnfinishedFilling> = get(&node, Request::Fillings(at.clone())).await;
    assert_eq!(begun, Vec::new());
    let all: Vec<ConsultationSummary> = get(&node, Request::Consultations(at.clone())).await;
    assert_eq!(all, Vec::new());
    // A new trial takes the place of the one before.
    let next = tried(&node, &at, &draft).await.unwrap();
    let this = |view: &FillingView| {
        Request::Filling(FillingRef {
            space: at.space.clone(),
            filling: view.filling.clone(),
        })
    };
    let gone = call::<FillingView>(&node, this(&view)).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound);
    let _: FillingView = get(&node, this(&next)).await;
    drop(node);
    let node = crate::scene::open(folder.path(), false).await;
    let gone = call::<FillingView>(&node, this(&next)).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound, "nothing is on the disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_a_trial_names_its_question() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let mut unsaid = draft();
    unsaid.questions[1].label.clear();
    if let Some(details) = &mut unsaid.questions[1].details {
        details.name.clear();
    }
    let mut broken = draft();
    if let Some(details) = &mut broken.questions[1].details {
        details.rules.relevant = "${nobody} = '1'".into();
    }
    for (draft, about) in [
        (&unsaid, Some(unsaid.questions[1].id.clone())),
        (&broken, Some(broken.questions[1].id.clone())),
    ] {
        let refused = tried(&node, &at, draft).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.detail),
            (ErrorCode::FormIncomplete, about)
        );
    }
    // What it is called is no matter of its questions.
    let mut untitled = draft();
    untitled.title.clear();
    assert_eq!(
        tried(&node, &at, &untitled).await.unwrap().order,
        ["/place"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_written_as_a_spreadsheet_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let draft = draft();
    let written: SheetWritten = get(&node, Request::WriteDraft(draft.clone())).await;
    let read = ReadSheet {
        name: "wells.xlsx".into(),
        base64: written.base64,
        language: None,
        stage: StageName::Consult,
    };
    let read: SheetRead = get(&node, Request::ReadSheet(read)).await;
    let back = read.draft.unwrap();
    assert_eq!(back.title, draft.title);
    let rules = |draft: &ConsultationDraft| -> Vec<String> {
        let each = draft.questions.iter();
        each.map(|question| question.details.as_ref().unwrap().rules.relevant.clone())
            .collect()
    };
    assert_eq!(rules(&back), rules(&draft));
    // What is wrong is said in parts: where, and what the sentence puts in.
    let table = "type,name\n";
    let odd = ReadSheet {
        name: "odd.xlsx".into(),
        base64: BASE64.encode(table.as_bytes()),
        language: None,
        stage: StageName::Consult,
    };
    let read: SheetRead = get(&node, Request::ReadSheet(odd)).await;
    assert_eq!(read.draft, None);
    assert_eq!(
        (read.messages[0].severity, read.messages[0].code.as_str()),
        (SheetSeverity::Error, "unreadable")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spreadsheet_that_must_be_mended_says_where_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let mut broken = draft();
    if let Some(details) = &mut broken.questions[1].details {
        details.rules.relevant = "${plase} = '1'".into();
    }
    let written: SheetWritten = get(&node, Request::WriteDraft(broken)).await;
    let read = ReadSheet {
        name: "wells.xlsx".into(),
        base64: written.base64,
        language: None,
        stage: StageName::Consult,
    };
    let read: SheetRead = get(&node, Request::ReadSheet(read)).await;
    assert_eq!(read.draft, None);
    let one = read
        .messages
        .iter()
        .find(|one| one.code == "unknown_reference")
        .unwrap();
    assert_eq!(
        (one.sheet.as_deref(), one.row, one.column.as_deref()),
        (Some("survey"), Some(3), Some("relevant"))
    );
    assert_eq!(one.values.get("name").map(String::as_str), Some("plase"));
    assert_eq!(one.values.get("meant").map(String::as_str), Some("place"));
}

/// A sound that is kept; each number is another one.
pub(crate) async fn spoken(node: &Node, at: &SpaceRef, files: &Path, number: u32) -> String {
    let path = files.join(format!("{number}.ogg"));
    let mut bytes = b"OggS".to_vec();
    bytes.extend((0..20_000_u32).flat_map(|at| (at + number).to_le_bytes()));
    std::fs::write(&path, &bytes).unwrap();
    let keep = KeepMedia {
        space: at.space.clone(),
        path: path.display().to_string(),
    };
    get::<SoundView>(node, Request::KeepSound(keep)).await.sound
}

/// The draft with a sound at its first question.
fn spoken_draft(sound: &str) -> ConsultationDraft {
    let mut draft = draft();
    if let Some(details) = &mut draft.questions[0].details {
        details.media.push(MediumView {
            kind: "audio".into(),
            language: String::new(),
            file: "question.ogg".into(),
            blob: Some(sound.to_owned()),
        });
    }
    draft
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sound_of_a_draft_is_not_forgotten_and_one_of_nothing_is() {
    let folder = tempfile::tempdir().unwrap();
    let files = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let drafted = spoken(&node, &at, files.path(), 1).await;
    let unused = spoken(&node, &at, files.path(), 2).await;
    let space = at.space.clone();
    let draft = spoken_draft(&drafted);
    let new = ConsultationNew { space, draft };
    let _: ConsultationRef = get(&node, Request::NewConsultation(new)).await;
    node.shutdown().await;
    drop(node);
    // Long ago.
    let disk = rusqlite::Connection::open(folder.path().join("majlis.sqlite")).unwrap();
    let aged = disk.execute("UPDATE blobs SET kept = 1 WHERE kept > 0", []);
    assert_eq!(aged.unwrap(), 2);
    drop(disk);
    let node = crate::scene::open(folder.path(), false).await;
    let fresh = spoken(&node, &at, files.path(), 3).await;
    for (sound, here) in [(drafted, true), (unused, false), (fresh, true)] {
        let blob = BlobRef {
            space: at.space.clone(),
            blob: sound,
        };
        let view = call::<BlobView>(&node, Request::Blob(blob)).await;
        assert_eq!(view.is_ok_and(|view| view.base64.is_some()), here);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sound_of_a_question_is_on_other_devices_once_the_form_is_open() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let files = tempfile::tempdir().unwrap();
    let amina = named(folders[0].path(), false, "Amina").await;
    let bilal = named(folders[1].path(), false, "Bilal").await;
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Member).await;
    let sound = spoken(&amina, &at, files.path(), 1).await;
    let draft = spoken_draft(&sound);
    let space = at.space.clone();
    let new = ConsultationNew { space, draft };
    let made: ConsultationRef = get(&amina, Request::NewConsultation(new)).await;
    let _: SpaceRef = get(
        &bilal,
        Request::Join(majlis_node::api::members::JoinSpace { ticket }),
    )
    .await;
    let blob = Request::Blob(BlobRef {
        space: at.space.clone(),
        blob: sound,
    });
    carry(&amina, &bilal, &at).await;
    // A draft is nobody's question yet.
    let early = call::<BlobView>(&bilal, blob.clone()).await;
    assert!(early.is_ok_and(|view| view.base64.is_none()));
    let _: Nothing = get(&amina, Request::OpenConsultation(made)).await;
    carry(&amina, &bilal, &at).await;
    let there: BlobView = get(&bilal, blob.clone()).await;
    assert!(there.base64.is_some());
    assert_eq!(there, get::<BlobView>(&amina, blob.clone()).await);
    // It is found again when everything is derived anew.
    let _: Nothing = get(&bilal, Request::Reindex(at.clone())).await;
    let checked: Verification = get(&bilal, Request::Verify(at.clone())).await;
    assert_eq!(checked.problems, Vec::<String>::new());
    assert!(get::<BlobView>(&bilal, blob).await.base64.is_some());
}
