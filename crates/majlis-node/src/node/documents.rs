//! Calls about documents and their open editors.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use majlis_core::changes::Changes;
use majlis_core::document::Edit;
use majlis_core::entry::Kind;
use majlis_core::id::{DeviceId, LaneClass, LaneId};
use majlis_core::membership::Capability;
use majlis_core::shelf::{Shelf as _, ShelfError};
use majlis_core::space::{Command, Reply};

use crate::api::document::{
    Applied, DocumentAt, DocumentEdit, DocumentNew, DocumentOpened, DocumentRef, DocumentSummary,
    DocumentVersion, EditingSession, EditorRef, PastDocument, RenameDocument, WrittenRun,
};
use crate::api::space::SpaceRef;
use crate::api::{ApiError, ErrorCode, Event, Nothing};
use crate::clock;
use crate::desk::{Desk, Editor, store_error};
use crate::node::{Node, locked};
use crate::plain::{self, text};

/// The longest title of a document.
const MAX_TITLE: usize = 500;

impl Node {
    pub(super) async fn documents(&self, at: SpaceRef) -> Result<Vec<DocumentSummary>, ApiError> {
        self.at(&at.space, Desk::documents).await
    }

    pub(super) async fn new_document(&self, new: DocumentNew) -> Result<DocumentRef, ApiError> {
        let title = title(&new.title)?;
        let lane = LaneId::new(LaneClass::Document, clock::fresh());
        self.at(&new.space, move |desk| {
            desk.write_document(lane, title, &new.text)
        })
        .await?;
        Ok(DocumentRef {
            space: new.space,
            document: lane.to_string(),
        })
    }

    pub(super) async fn rename_document(
        &self,
        rename: RenameDocument,
    ) -> Result<Nothing, ApiError> {
        let title = title(&rename.title)?;
        let lane = lane(&rename.document)?;
        self.at(&rename.space, move |desk| {
            desk.known_document(lane)?;
            let session = desk.session(lane)?;
            desk.command(Command::SetTitle {
                lane,
                session,
                title,
            })?;
            Ok(Nothing {})
        })
        .await
    }

    pub(super) async fn open_document(&self, at: DocumentRef) -> Result<DocumentOpened, ApiError> {
        let lane = lane(&at.document)?;
        let space = plain::id(&at.space, "space")?;
        let editor = self.next_editor();
        let opened = self
            .desk(space)?
            .ask(move |desk| desk.open_editor(editor, lane))
            .await?;
        locked(&self.0.editors).insert(editor, space);
        Ok(opened)
    }

    pub(super) async fn begin_editing(&self, at: EditorRef) -> Result<EditingSession, ApiError> {
        self.desk(self.space_of(at.editor)?)?
            .ask(move |desk| desk.begin_editing(at.editor))
            .await
    }

    pub(super) async fn edit_document(&self, edit: DocumentEdit) -> Result<Applied, ApiError> {
        let space = self.space_of(edit.editor)?;
        let base = text::read_heads(&edit.base)?;
        let edits = text::read_edits(&edit.edits);
        self.desk(space)?
            .ask(move |desk| desk.edit((edit.editor, edit.session), base, edits))
            .await
    }

    pub(super) async fn close_document(&self, at: EditorRef) -> Result<Nothing, ApiError> {
        let space = locked(&self.0.editors).remove(&at.editor);
        if let Some(space) = space
            && let Ok(desk) = self.desk(space)
        {
            desk.ask(move |desk| desk.close_editor(at.editor)).await?;
        }
        Ok(Nothing {})
    }

    pub(super) fn space_of(&self, editor: u32) -> Result<majlis_core::id::SpaceId, ApiError> {
        locked(&self.0.editors)
            .get(&editor)
            .copied()
            .ok_or_else(no_editor)
    }

    pub(super) async fn blame(&self, at: DocumentRef) -> Result<Vec<WrittenRun>, ApiError> {
        let lane = lane(&at.document)?;
        self.at(&at.space, move |desk| desk.blame(lane)).await
    }

    pub(super) async fn history(&self, at: DocumentRef) -> Result<Vec<DocumentVersion>, ApiError> {
        let lane = lane(&at.document)?;
        self.at(&at.space, move |desk| desk.history(lane)).await
    }

    pub(super) async fn document_at(&self, at: DocumentAt) -> Result<PastDocument, ApiError> {
        let lane = lane(&at.document)?;
        let heads = text::read_heads(&at.heads)?;
        self.at(&at.space, move |desk| {
            desk.known_document(lane)?;
            let document = desk.document(lane)?;
            let blocks = if heads.is_empty() {
                document.blocks()
            } else {
                document
                    .blocks_at(&heads)
                    .ok_or_else(|| plain::missing("version"))?
            };
            Ok(PastDocument {
                title: document.title(),
                blocks: text::blocks(&blocks),
            })
        })
        .await
    }
}

pub(super) fn no_editor() -> ApiError {
    ApiError::new(
        ErrorCode::EditUnfit,
        "editing in an editor that is not open",
    )
}

fn title(text: &str) -> Result<String, ApiError> {
    let title = text.trim();
    if title.is_empty() || title.len() > MAX_TITLE {
        return Err(plain::bad("title"));
    }
    Ok(title.to_owned())
}

/// The lane of a document named in a call; other lanes hold no document to open.
pub(super) fn lane(id: &str) -> Result<LaneId, ApiError> {
    let lane: LaneId = plain::id(id, "document")?;
    if lane.class() == LaneClass::Document {
        Ok(lane)
    } else {
        Err(plain::missing("document").about(id))
    }
}

impl Desk {
    /// Begins an editing session with a number never used before.
    pub(crate) fn session(&mut self, lane: LaneId) -> Result<u32, ApiError> {
        match self.command(Command::OpenEditor(lane))? {
            Reply::Session(session) => Ok(session),
            _ => Err(ApiError::new(
                ErrorCode::Internal,
                "opening an editor gave no session",
            )),
        }
    }

    /// Makes a document with a title and a first text, a paragraph a line.
    pub(crate) fn write_document(
        &mut self,
        lane: LaneId,
        title: String,
        text: &str,
    ) -> Result<(), ApiError> {
        let session = self.session(lane)?;
        self.command(Command::SetTitle {
            lane,
            session,
            title,
        })?;
        let mut edits = Vec::new();
        let mut at = 1;
        for (number, line) in text.trim_end().lines().enumerate() {
            if number > 0 {
                edits.push(Edit::Split {
                    at,
                    kind: majlis_core::document::BlockKind::Paragraph,
                });
                at += 1;
            }
            let line = line.trim_end();
            if !line.is_empty() {
                let marks = majlis_core::document::Marks::default();
                edits.push(Edit::Insert {
                    at,
                    text: line.to_owned(),
                    marks,
                });
                at += line.encode_utf16().count();
            }
        }
        if !edits.is_empty() {
            let base = self.document(lane)?.heads();
            self.command(Command::Edit {
                lane,
                session,
                base,
                edits,
            })?;
        }
        Ok(())
    }

    fn documents(&mut self) -> Result<Vec<DocumentSummary>, ApiError> {
        let charter = LaneId::charter(self.id());
        let rows = self.outlines(LaneClass::Document)?.into_iter();
        let list = rows.map(|row| DocumentSummary {
            document: row.lane.to_string(),
            title: row.title,
            charter: row.lane == charter,
            time: row.changed.0,
            writers: row.writers,
            coming: self.space.coming(row.lane).map(|it| self.coming(&it)),
        });
        let mut list: Vec<DocumentSummary> = list.collect();
        list.extend(self.documents_to_come(&list));
        Ok(list)
    }

    pub(super) fn known_document(&mut self, lane: LaneId) -> Result<(), ApiError> {
        if self.space.coming(lane).is_some()
            || self
                .outlines(LaneClass::Document)?
                .iter()
                .any(|outline| outline.lane == lane)
        {
            Ok(())
        } else {
            Err(plain::missing("document").about(lane.to_string()))
        }
    }

    fn open_editor(&mut self, number: u32, lane: LaneId) -> Result<DocumentOpened, ApiError> {
        self.known_document(lane)?;
        let may_write = self.space.may(Capability::Draft);
        let document = self.document(lane)?;
        let blocks = document.blocks();
        let opened = DocumentOpened {
            editor: number,
            title: document.title(),
            heads: text::heads(&document.heads()),
            checksum: majlis_core::document::checksum(&blocks),
            blocks: text::blocks(&blocks),
            may_write,
        };
        let heads = document.heads();
        self.editors.insert(
            number,
            Editor {
                lane,
                writes: false,
                shown: false,
                heads,
            },
        );
        Ok(opened)
    }

    fn begin_editing(&mut self, number: u32) -> Result<EditingSession, ApiError> {
        let lane = self.editors.get(&number).ok_or_else(no_editor)?.lane;
        let session = self.session(lane)?;
        Ok(EditingSession { session })
    }

    fn edit(
        &mut self,
        (number, session): (u32, u32),
        base: Vec<automerge::ChangeHash>,
        edits: Vec<Edit>,
    ) -> Result<Applied, ApiError> {
        let editor = self.editors.get_mut(&number).ok_or_else(no_editor)?;
        editor.writes = true;
        let lane = editor.lane;
        let last = self.store.shelf(self.id()).last_session(lane);
        let last = last.map_err(|error| store_error(&error))?;
        if last.is_none_or(|last| session > last) {
            return Err(plain::bad("session"));
        }
        let reply = self.command(Command::Edit {
            lane,
            session,
            base,
            edits,
        })?;
        let Reply::Edited(edited) = reply else {
            return Err(ApiError::new(
                ErrorCode::Internal,
                "an edit gave no edits back",
            ));
        };
        if let Some(editor) = self.editors.get_mut(&number) {
            editor.heads.clone_from(&edited.heads);
        }
        if self.presences.is_shared(lane) {
            // Others' places are counted in the new version now.
            self.note_presence(lane);
        }
        Ok(Applied {
            base: text::heads(&edited.base),
            heads: text::heads(&edited.heads),
            edits: text::edits(&edited.remote),
            checksum: edited.checksum,
            blocks: edited.blocks.as_deref().map(text::blocks),
        })
    }

    /// Work is sealed when its editor closes: nothing waits for a person who went away.
    fn close_editor(&mut self, number: u32) -> Result<(), ApiError> {
        let Some(closed) = self.editors.remove(&number) else {
            return Ok(());
        };
        self.leave_text(closed.lane);
        if closed.writes && self.space.unsealed() > 0 {
            self.command(Command::Seal)?;
        }
        let open: BTreeSet<LaneId> = self.editors.values().map(|editor| editor.lane).collect();
        self.space.rest(&open);
        Ok(())
    }

    /// Tells every editor of a lane how to get from where it is to where the document is.
    pub(crate) fn tell_editors(&mut self, lane: LaneId) {
        let behind: Vec<(u32, Vec<automerge::ChangeHash>)> = self
            .editors
            .iter()
            .filter(|(_, editor)| editor.lane == lane)
            .map(|(number, editor)| (*number, editor.heads.clone()))
            .collect();
        for (number, from) in behind {
            let Ok(document) = self.document(lane) else {
                return;
            };
            let heads = document.heads();
            if heads == from {
                continue;
            }
            let (edits, blocks, checksum) = document.lead(&from);
            let applied = Applied {
                base: text::heads(&from),
                heads: text::heads(&heads),
                edits: text::edits(&edits),
                checksum,
                blocks: blocks.as_deref().map(text::blocks),
            };
            if let Some(editor) = self.editors.get_mut(&number) {
                editor.heads = heads;
            }
            self.presences.words_came(lane, Instant::now());
            self.announce(Event::Remote {
                editor: number,
                applied,
            });
        }
    }

    /// Who speaks as which actor on a lane: every entry of changes says its session.
    fn actors(&mut self, lane: LaneId) -> Result<BTreeMap<Vec<u8>, DeviceId>, ApiError> {
        let mut sessions: BTreeSet<(DeviceId, u32)> = BTreeSet::new();
        let shelf = self.store.shelf(self.id());
        let items = self.space.index().items();
        for (place, item) in
            items.filter(|(place, item)| place.chain.lane == lane && item.kind == Kind::Changes)
        {
            let payload = match shelf.payload(item.hash) {
                // Who wrote that is not told; the text is.
                Err(ShelfError::Damaged(_)) => continue,
                read => read.map_err(|error| store_error(&error))?,
            };
            if let Some(Ok(changes)) = payload.map(|payload| Changes::decode(&payload)) {
                sessions.insert((place.chain.device, changes.session));
            }
        }
        let drafts = shelf
            .draft_changes(lane)
            .map_err(|error| store_error(&error))?;
        sessions.extend(
            drafts
                .into_iter()
                .map(|(session, _)| (self.space.me(), session)),
        );
        let actor =
            |(device, session): (DeviceId, u32)| (device.actor(lane, session).to_vec(), device);
        Ok(sessions.into_iter().map(actor).collect())
    }

    fn blame(&mut self, lane: LaneId) -> Result<Vec<WrittenRun>, ApiError> {
        self.known_document(lane)?;
        let actors = self.actors(lane)?;
        let written = self.document(lane)?.blame();
        let mut out: Vec<WrittenRun> = Vec::new();
        for run in written {
            let (device, name) = self.writer(&actors, &run.actor);
            let block = u32::try_from(run.block).unwrap_or(u32::MAX);
            out.push(WrittenRun {
                block,
                text: run.text,
                device,
                name,
                time: run.time.0,
            });
        }
        Ok(out)
    }

    fn history(&mut self, lane: LaneId) -> Result<Vec<DocumentVersion>, ApiError> {
        self.known_document(lane)?;
        let actors = self.actors(lane)?;
        let versions = self.document(lane)?.versions();
        let views = versions.into_iter().map(|version| {
            let (device, name) = self.writer(&actors, &version.actor);
            DocumentVersion {
                heads: text::heads(&version.heads),
                device,
                name,
                time: version.time.0,
                inserted: version.inserted,
                deleted: version.deleted,
            }
        });
        Ok(views.collect())
    }

    fn writer(&self, actors: &BTreeMap<Vec<u8>, DeviceId>, actor: &[u8]) -> (String, String) {
        actors.get(actor).map_or_else(Default::default, |device| {
            let name = self.space.roster().name(*device).unwrap_or_default();
            (device.to_string(), name.to_owned())
        })
    }
}
