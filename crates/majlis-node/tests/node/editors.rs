//! Texts that several editors write in at once.

use std::time::Duration;

use majlis_node::api::document::{
    Applied, BlockKind, DocumentEdit, DocumentNew, DocumentOpened, DocumentRef, EditView,
    EditingSession, EditorRef, Marks, RunView,
};
use majlis_node::api::members::{JoinSpace, RankName};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Event, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{agree, call, found, get, named, open, ticket, until, verified};

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
    let (mine, theirs) = (begin(&amina, &one).await, begin(&bilal, &other).await);
    let typed: Applied = get(
        &bilal,
        insert((other.editor, theirs), &other.heads, 1, "Friday. "),
    )
    .await;
    let split = DocumentEdit {
        editor: other.editor,
        session: theirs,
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
    let wrong = insert((one.editor, mine), &one.heads, 10_000, "x");
    let error = call::<Applied>(&amina, wrong).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::EditUnfit);
    let nobodys = insert((one.editor, mine + 1), &at_heads, 1, "x");
    let error = call::<Applied>(&amina, nobodys).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::BadInput);
    let held = insert((one.editor, mine), &at_heads, 1, "Held on ");
    let _: Applied = get(&amina, held).await;
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
    assert_eq!(text(&again), ["Held on Friday. ", "Present: 12"]);
}

async fn begin(node: &Node, opened: &DocumentOpened) -> u32 {
    let editor = EditorRef {
        editor: opened.editor,
    };
    let begun: EditingSession = get(node, Request::BeginEditing(editor)).await;
    begun.session
}

fn insert((editor, session): (u32, u32), base: &[String], at: u32, text: &str) -> Request {
    Request::EditDocument(DocumentEdit {
        editor,
        session,
        base: base.to_vec(),
        edits: vec![EditView::Insert {
            at,
            text: text.into(),
            marks: Marks::default(),
        }],
    })
}

fn text(opened: &DocumentOpened) -> Vec<String> {
    let line = |runs: &[RunView]| runs.iter().map(|run| run.text.as_str()).collect();
    let blocks = opened.blocks.iter();
    blocks.map(|block| line(&block.runs)).collect()
}

/// The node ends between storing an edit and answering it, while two pages of one device write inside
/// of each other's words.
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_was_stored_and_not_answered_is_answered_by_the_next_node() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let new = DocumentNew {
        space: at.space.clone(),
        title: "Minutes".into(),
        text: String::new(),
    };
    let document: DocumentRef = get(&node, Request::NewDocument(new)).await;
    let open_editor = || Request::OpenDocument(document.clone());
    let one: DocumentOpened = get(&node, open_editor()).await;
    let other: DocumentOpened = get(&node, open_editor()).await;
    let (mine, theirs) = (begin(&node, &one).await, begin(&node, &other).await);
    let lost: Applied = get(&node, insert((one.editor, mine), &one.heads, 1, "word")).await;
    let inside = insert((other.editor, theirs), &lost.heads, 3, "-");
    let after: Applied = get(&node, inside).await;
    node.shutdown().await;
    drop(node);

    let node = open(folder.path(), false).await;
    let again: DocumentOpened = get(&node, open_editor()).await;
    assert_eq!(text(&again), ["wo-rd"]);
    let edit = || insert((again.editor, mine), &one.heads, 1, "word");
    for _ in 0..2 {
        let answer: Applied = get(&node, edit()).await;
        assert_eq!(answer.base, lost.base);
        assert_eq!(answer.heads, after.heads);
        assert_eq!(answer.checksum.as_ref(), Some(&again.checksum));
        let marks = Marks::default();
        let text = "-".to_owned();
        assert_eq!(answer.edits, [EditView::Insert { at: 3, text, marks }]);
    }
    // The page goes on in the session it had.
    let more = insert((again.editor, mine), &after.heads, 6, "s");
    let _: Applied = get(&node, more).await;
    let again: DocumentOpened = get(&node, open_editor()).await;
    assert_eq!(text(&again), ["wo-rds"]);
    verified(&node, &at).await;
}
