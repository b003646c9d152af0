//! A disk that takes nothing for a while: what was not stored was not promised, and nothing is built
//! on it.

use std::path::Path;

use majlis_node::api::document::{
    Applied, DocumentEdit, DocumentNew, DocumentOpened, DocumentRef, EditView, EditingSession,
    EditorRef, Marks,
};
use majlis_node::api::members::{CreateInvite, InviteCreated, RankName};
use majlis_node::api::{ErrorCode, Request};
use rusqlite::Connection;

use crate::scene::{call, found, get, named, open, verified};

/// From outside the process, as a full or failing disk would: every write of a table fails.
fn refuse(folder: &Path, table: &str) {
    let sql = format!(
        "CREATE TRIGGER refusing BEFORE INSERT ON {table} \
         BEGIN SELECT RAISE(FAIL, 'no room'); END"
    );
    connection(folder).execute_batch(&sql).unwrap();
}

fn recover(folder: &Path) {
    connection(folder)
        .execute_batch("DROP TRIGGER refusing")
        .unwrap();
}

fn connection(folder: &Path) -> Connection {
    Connection::open(folder.join("majlis.sqlite")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_stored_is_not_built_upon_and_editors_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let new = DocumentNew {
        space: at.space.clone(),
        title: "Minutes".into(),
        text: "Present: 12".into(),
    };
    let document: DocumentRef = get(&node, Request::NewDocument(new)).await;
    let opened: DocumentOpened = get(&node, Request::OpenDocument(document.clone())).await;
    let editor = opened.editor;
    let begun: EditingSession = get(&node, Request::BeginEditing(EditorRef { editor })).await;
    let insert = |base: &[String], text: &str| {
        Request::EditDocument(DocumentEdit {
            editor,
            session: begun.session,
            base: base.to_vec(),
            edits: vec![EditView::Insert {
                at: 1,
                text: text.into(),
                marks: Marks::default(),
            }],
        })
    };
    let invite = || {
        Request::Invite(CreateInvite {
            space: at.space.clone(),
            rank: RankName::Member,
            uses: 1,
            label: String::new(),
        })
    };
    let first: Applied = get(&node, insert(&opened.heads, "a")).await;

    for table in ["entries", "draft_changes"] {
        refuse(folder.path(), table);
        for _ in 0..3 {
            let error = match table {
                "entries" => call::<InviteCreated>(&node, invite()).await.unwrap_err(),
                _ => call::<Applied>(&node, insert(&first.heads, "lost"))
                    .await
                    .unwrap_err(),
            };
            assert_eq!(error.code, ErrorCode::Storage, "{error:?}");
        }
        recover(folder.path());
        let _: InviteCreated = get(&node, invite()).await;
    }

    // The page does not know of any of this: it hands the same edit in again.
    let second: Applied = get(&node, insert(&first.heads, "b")).await;
    assert_ne!(second.heads, first.heads);
    verified(&node, &at).await;
    node.shutdown().await;
    drop(node);
    let node = open(folder.path(), false).await;
    let opened: DocumentOpened = get(&node, Request::OpenDocument(document)).await;
    let text: String = opened.blocks[0]
        .runs
        .iter()
        .map(|run| run.text.as_str())
        .collect();
    assert_eq!(text, "baPresent: 12");
    verified(&node, &at).await;
}
