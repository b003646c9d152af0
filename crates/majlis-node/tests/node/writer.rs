//! Two people on two real nodes, each with the same text open in a page.

use std::time::{Duration, Instant};

use majlis_node::api::document::{
    Applied, DocumentEdit, DocumentNew, DocumentOpened, DocumentRef, EditView, EditingSession,
    EditorRef, Marks,
};
use majlis_node::api::members::{JoinSpace, RankName};
use majlis_node::api::presence::{CaretAt, HereView, ShowPresence};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Event, Nothing, Request};
use majlis_node::node::Node;
use tempfile::TempDir;
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use crate::scene::{agree, call, found, get, named, ticket, until};

/// Longer than a presence is believed.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Somebody with the text open.
pub(crate) struct Writer {
    pub(crate) node: Node,
    pub(crate) folder: TempDir,
    pub(crate) opened: DocumentOpened,
    pub(crate) session: u32,
    pub(crate) heard: Receiver<Event>,
}

impl Writer {
    pub(crate) async fn open(node: Node, folder: TempDir, document: &DocumentRef) -> Self {
        let heard = node.events();
        let opened: DocumentOpened = get(&node, Request::OpenDocument(document.clone())).await;
        let editor = EditorRef {
            editor: opened.editor,
        };
        let begun: EditingSession = get(&node, Request::BeginEditing(editor)).await;
        Self {
            node,
            folder,
            opened,
            session: begun.session,
            heard,
        }
    }

    pub(crate) async fn show(&self, caret: Option<(u32, u32)>) {
        let caret = caret.map(|(anchor, head)| CaretAt {
            heads: self.opened.heads.clone(),
            anchor,
            head,
        });
        self.tell(true, caret).await;
    }

    pub(crate) async fn tell(&self, shown: bool, caret: Option<CaretAt>) {
        let told = ShowPresence {
            editor: self.opened.editor,
            shown,
            caret,
        };
        let _: Nothing = get(&self.node, Request::ShowPresence(told)).await;
    }

    pub(crate) async fn types(&mut self, at: u32, text: &str) {
        let edit = DocumentEdit {
            editor: self.opened.editor,
            session: self.session,
            base: self.opened.heads.clone(),
            edits: vec![EditView::Insert {
                at,
                text: text.to_owned(),
                marks: Marks::default(),
            }],
        };
        let applied: Applied = get(&self.node, Request::EditDocument(edit)).await;
        self.opened.heads = applied.heads;
    }

    /// Who is here, when the page is told so next in the version that it has; the page follows
    /// others' edits as they come.
    pub(crate) async fn next(&mut self, most: Duration) -> Option<Vec<HereView>> {
        let next = async {
            loop {
                match self.heard.recv().await.unwrap() {
                    Event::Remote { editor, applied } if editor == self.opened.editor => {
                        self.opened.heads = applied.heads;
                    }
                    Event::Presence {
                        editor,
                        heads,
                        here,
                    } if editor == self.opened.editor => {
                        assert_eq!(heads, self.opened.heads, "counted where the page is");
                        return here;
                    }
                    _ => {}
                }
            }
        };
        timeout(most, next).await.ok()
    }

    /// Waits until the page is told that it is so.
    pub(crate) async fn sees(
        &mut self,
        what: &str,
        is: impl Fn(&[HereView]) -> bool,
    ) -> Vec<HereView> {
        let began = Instant::now();
        while let Some(left) = LONG.checked_sub(began.elapsed()) {
            if let Some(here) = self.next(left).await
                && is(&here)
            {
                return here;
            }
        }
        panic!("not within {LONG:?}: {what}");
    }

    /// What the page is told within a time, so that it can be said that something is not.
    pub(crate) async fn all_within(&mut self, time: Duration) -> Vec<Vec<HereView>> {
        let (mut all, began) = (Vec::new(), Instant::now());
        while let Some(left) = time.checked_sub(began.elapsed()) {
            all.extend(self.next(left).await);
        }
        all
    }
}

/// Amina and Bilal in one space, with a text that both have, on a link of their own.
pub(crate) struct Two {
    pub(crate) space: SpaceRef,
    pub(crate) document: DocumentRef,
    pub(crate) amina: (Node, TempDir),
    pub(crate) bilal: (Node, TempDir),
}

impl Two {
    pub(crate) async fn meet() -> Self {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let amina = named(a.path(), true, "Amina").await;
        let bilal = named(b.path(), true, "Bilal").await;
        let space = found(&amina).await;
        let new = DocumentNew {
            space: space.space.clone(),
            title: "Minutes".into(),
            text: "Present: 12".into(),
        };
        let document: DocumentRef = get(&amina, Request::NewDocument(new)).await;
        let ticket = ticket(&amina, &space, RankName::Member).await;
        let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
        until("the text is on Bilal's device", || async {
            let opened: Result<DocumentOpened, _> =
                call(&bilal, Request::OpenDocument(document.clone())).await;
            opened.is_ok_and(|opened| opened.may_write)
        })
        .await;
        agree(&amina, &bilal, &space).await;
        Self {
            space,
            document,
            amina: (amina, a),
            bilal: (bilal, b),
        }
    }

    pub(crate) async fn open(self) -> (Writer, Writer) {
        let [(a, in_a), (b, in_b)] = [self.amina, self.bilal];
        (
            Writer::open(a, in_a, &self.document).await,
            Writer::open(b, in_b, &self.document).await,
        )
    }
}
