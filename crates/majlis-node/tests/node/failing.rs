//! A disk that takes nothing or gives nothing for a while: what was not stored was not promised, and
//! nothing is built on it.

use std::path::Path;
use std::time::Duration;

use majlis_node::api::document::{
    Applied, DocumentEdit, DocumentNew, DocumentOpened, DocumentRef, EditView, EditingSession,
    EditorRef, Marks,
};
use majlis_node::api::me::Me;
use majlis_node::api::members::{CreateInvite, InviteCreated, JoinSpace, RankName};
use majlis_node::api::network::Finding;
use majlis_node::api::space::SpaceRef;
use majlis_node::api::sync::{SyncNow, SyncView};
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;
use rusqlite::Connection;

use crate::copied::without_a_note;
use crate::scene::{agree, call, found, get, named, open, ticket, until, verified};

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

/// From outside as well: of one table nothing can be read.
fn hide(folder: &Path, table: &str) {
    let sql = format!("ALTER TABLE {table} RENAME TO hidden");
    connection(folder).execute_batch(&sql).unwrap();
}

fn show(folder: &Path, table: &str) {
    let sql = format!("ALTER TABLE hidden RENAME TO {table}");
    connection(folder).execute_batch(&sql).unwrap();
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

async fn state(node: &Node, at: &SpaceRef) -> SyncView {
    get(node, Request::SyncState(at.clone())).await
}

/// Opens a text, writes at its beginning when there is something to write, and closes it.
async fn write_in(node: &Node, document: &DocumentRef, text: Option<&str>) {
    let opened: DocumentOpened = get(node, Request::OpenDocument(document.clone())).await;
    let editor = opened.editor;
    if let Some(text) = text {
        let begun: EditingSession = get(node, Request::BeginEditing(EditorRef { editor })).await;
        let edit = DocumentEdit {
            editor,
            session: begun.session,
            base: opened.heads,
            edits: vec![EditView::Insert {
                at: 1,
                text: text.into(),
                marks: Marks::default(),
            }],
        };
        let _: Applied = get(node, Request::EditDocument(edit)).await;
    }
    let _: Nothing = get(node, Request::CloseDocument(EditorRef { editor })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_a_store_gives_nothing_is_not_thanked_for_and_comes_again() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let amina = named(a.path(), true, "Amina").await;
    let at = found(&amina).await;
    let new = DocumentNew {
        space: at.space.clone(),
        title: "Minutes".into(),
        text: "Present: 12".into(),
    };
    let document: DocumentRef = get(&amina, Request::NewDocument(new)).await;
    let ticket = ticket(&amina, &at, RankName::Member).await;
    let bilal = named(b.path(), true, "Bilal").await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    until("each knows that the other has everything", || async {
        let complete = |view: &SyncView| view.peers.iter().any(|peer| peer.complete);
        complete(&state(&amina, &at).await) && complete(&state(&bilal, &at).await)
    })
    .await;
    agree(&amina, &bilal, &at).await;

    // What nobody has open is read from the disk when something of it comes.
    write_in(&amina, &document, None).await;
    hide(a.path(), "documents");
    write_in(&bilal, &document, Some("Decided: dig. ")).await;
    until("the link has ended", || async {
        !state(&bilal, &at).await.peers[0].connected
    })
    .await;
    // It is tried again meanwhile.
    for _ in 0..30 {
        let (here, there) = (state(&bilal, &at).await, state(&amina, &at).await);
        let peer = &here.peers[0];
        assert!(there.entries < here.entries, "{there:?}");
        assert!(
            !peer.complete && (peer.connected || peer.lacks > 0),
            "{peer:?}"
        );
        let mut findings = here.findings.iter();
        assert!(!findings.any(|one| one.finding == Finding::NotInSpace));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    show(a.path(), "documents");
    until("it comes", || async {
        let now = SyncNow {
            space: at.space.clone(),
            over_budget: false,
        };
        let _: Nothing = get(&bilal, Request::SyncNow(now)).await;
        let view = state(&bilal, &at).await;
        view.peers[0].complete && state(&amina, &at).await.entries == view.entries
    })
    .await;
    agree(&amina, &bilal, &at).await;
    amina.shutdown().await;
    bilal.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_earlier_version_go_on_where_nothing_can_be_noted_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let me: Me = get(&amina, Request::Me(Nothing {})).await;
    amina.shutdown().await;
    drop(amina);
    without_a_note(folder.path());
    let unnamed = "DELETE FROM settings WHERE key = 'database'";
    let rows = connection(folder.path()).execute(unnamed, []).unwrap();
    assert_eq!(rows, 1);
    let noted = || {
        let text = std::fs::read_to_string(folder.path().join("device.key")).unwrap();
        text.contains("\"past\"")
    };
    // A full disk, and keys that can only be read: nothing is written beside the key file.
    refuse(folder.path(), "settings");
    let in_the_way = folder.path().join("device.new");
    std::fs::create_dir(&in_the_way).unwrap();
    for full in [true, false] {
        let amina = open(folder.path(), false).await;
        let now: Me = get(&amina, Request::Me(Nothing {})).await;
        assert_eq!(now.device, me.device);
        if full {
            recover(folder.path());
        }
        verified(&amina, &at).await;
        amina.shutdown().await;
        drop(amina);
        assert!(!noted());
    }
    std::fs::remove_dir(&in_the_way).unwrap();
    let amina = open(folder.path(), false).await;
    let now: Me = get(&amina, Request::Me(Nothing {})).await;
    assert_eq!(now.device, me.device);
    amina.shutdown().await;
    assert!(noted());
}
