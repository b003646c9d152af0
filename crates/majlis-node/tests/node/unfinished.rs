//! Work that is not handed in yet: what it names stays on this device, however long it waits.

use majlis_node::api::filling::{BeginFilling, Fill, FillingView, FinishFilling};
use majlis_node::api::me::DraftValue;
use majlis_node::api::media::{BlobRef, BlobView};
use majlis_node::api::process::{
    AnswerValue, ConsultationDraft, ConsultationNew, ConsultationRef, QuestionKindView, Responded,
};
use majlis_node::api::{Nothing, Request};

use crate::scene::{call, found, get, named, open};
use crate::sealed_media::taken;
use crate::sealed_scene::{draft, question};
use crate::trying::spoken;

#[tokio::test(flavor = "multi_thread")]
async fn the_photo_of_an_interview_that_waits_a_week_is_there_when_it_is_handed_in() {
    let folder = tempfile::tempdir().unwrap();
    let files = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let draft = ConsultationDraft {
        questions: vec![question(5, "Picture", QuestionKindView::Photo)],
        ..draft()
    };
    let space = at.space.clone();
    let new = ConsultationNew { space, draft };
    let made: ConsultationRef = get(&node, Request::NewConsultation(new)).await;
    let _: Nothing = get(&node, Request::OpenConsultation(made.clone())).await;
    let begin = BeginFilling {
        space: at.space.clone(),
        consultation: made.consultation.clone(),
        assisted: false,
        slot: None,
        language: None,
    };
    let view: FillingView = get(&node, Request::BeginFilling(begin)).await;
    let (photo, _) = taken(&node, &at).await;
    let fill = Fill {
        space: at.space.clone(),
        filling: view.filling.clone(),
        path: "/picture".into(),
        value: Some(AnswerValue::Photo(photo.clone())),
        beforehand: false,
    };
    let view: FillingView = get(&node, Request::Fill(fill)).await;
    // What a page is still writing names a sound; another one is named nowhere.
    let written = spoken(&node, &at, files.path(), 1).await;
    let unused = spoken(&node, &at, files.path(), 2).await;
    let value = format!("{{\"media\":[{{\"blob\":\"{written}\"}}]}}");
    let page = DraftValue {
        key: format!("ask/{}", at.space),
        value,
        saved: 0,
    };
    let _: Nothing = get(&node, Request::PutDraft(page)).await;
    node.shutdown().await;
    drop(node);

    // All of them were kept long ago when the next one is.
    let disk = rusqlite::Connection::open(folder.path().join("majlis.sqlite")).unwrap();
    let aged = disk.execute("UPDATE blobs SET kept = 1 WHERE kept > 0", []);
    assert_eq!(aged.unwrap(), 4);
    drop(disk);
    let node = open(folder.path(), false).await;
    let _ = spoken(&node, &at, files.path(), 3).await;
    let kept = [(&photo.full, true), (&photo.preview, true)];
    for (blob, here) in kept.into_iter().chain([(&written, true), (&unused, false)]) {
        let blob = BlobRef {
            space: at.space.clone(),
            blob: blob.clone(),
        };
        let view = call::<BlobView>(&node, Request::Blob(blob)).await;
        assert_eq!(view.is_ok_and(|view| view.base64.is_some()), here);
    }
    let finish = FinishFilling {
        space: at.space.clone(),
        filling: view.filling,
        assisted: None,
    };
    let _: Responded = get(&node, Request::FinishFilling(finish)).await;
}
