//! Checkpoints: what long documents say, for those to whom their history has not come yet.

use std::time::{Duration, Instant};

use majlis_core::effect::Write;
use majlis_core::id::{LaneClass, LaneId};
use majlis_core::space::{Coming, Command};

use crate::api::document::{CheckpointView, ComingView, DocumentRef, DocumentSummary};
use crate::api::{ApiError, Nothing};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::documents::lane;
use crate::plain::text;

/// After something came to a document, whether to sign what it says is looked at so late.
const LOOK_AFTER: Duration = Duration::from_secs(20);

/// When a desk looks next at which documents it is to sign.
#[derive(Debug, Default)]
pub(crate) struct Checkpoints {
    pub(crate) look_at: Option<Instant>,
}

impl Checkpoints {
    /// Notes what was stored.
    pub(crate) fn stored(&mut self, writes: &[Write], now: Instant) {
        let grew = |write: &Write| match write {
            Write::Entry { signed, .. } => signed.unchecked().lane.class() == LaneClass::Document,
            _ => false,
        };
        if writes.iter().any(grew) {
            self.look_at.get_or_insert(now + LOOK_AFTER);
        }
    }
}

impl Node {
    pub(super) async fn checkpoint(
        &self,
        at: DocumentRef,
    ) -> Result<Option<CheckpointView>, ApiError> {
        let lane = lane(&at.document)?;
        self.at(&at.space, move |desk| desk.checkpoint(lane)).await
    }

    pub(super) async fn sign_checkpoint(&self, at: DocumentRef) -> Result<Nothing, ApiError> {
        let lane = lane(&at.document)?;
        self.at(&at.space, move |desk| {
            desk.known_document(lane)?;
            desk.command(Command::Checkpoint(lane))?;
            Ok(Nothing {})
        })
        .await
    }
}

impl Desk {
    pub(super) fn coming(&self, coming: &Coming) -> ComingView {
        let name = self.space.roster().name(coming.device);
        ComingView {
            device: coming.device.to_string(),
            name: name.unwrap_or_default().to_owned(),
            time: coming.claimed.0,
            entries: coming.entries,
            missing: coming.missing,
            here: coming.here,
            with_nobody_met: coming.with_nobody_met,
        }
    }

    fn checkpoint(&mut self, lane: LaneId) -> Result<Option<CheckpointView>, ApiError> {
        let Some(coming) = self.space.coming(lane) else {
            self.known_document(lane)?;
            return Ok(None);
        };
        let shelf = self.store.shelf(self.id());
        let said = self.space.checkpoint_text(coming.checkpoint, &shelf);
        let said = said.map_err(|error| store_error(&error))?;
        Ok(said.map(|said| CheckpointView {
            coming: self.coming(&coming),
            title: said.title,
            blocks: text::blocks(&said.blocks),
        }))
    }

    /// Documents of which nothing but a checkpoint is here, as lists show them.
    pub(super) fn documents_to_come(&self, listed: &[DocumentSummary]) -> Vec<DocumentSummary> {
        let charter = LaneId::charter(self.id());
        let all = self
            .space
            .all_coming()
            .into_iter()
            .filter(|it| it.here == 0);
        let fresh = all.filter(|it| {
            let document = it.lane.to_string();
            listed.iter().all(|one| one.document != document)
        });
        let rows = fresh.map(|coming| DocumentSummary {
            document: coming.lane.to_string(),
            charter: coming.lane == charter,
            time: coming.claimed.0,
            writers: coming.writers,
            coming: Some(self.coming(&coming)),
            title: coming.title,
        });
        rows.collect()
    }

    /// Signs what is due.
    pub(crate) fn sign_checkpoints(&mut self) {
        self.checkpoints.look_at = None;
        for lane in self.space.due_checkpoints() {
            if let Err(error) = self.command(Command::Checkpoint(lane)) {
                tracing::warn!(%error, space = %self.id().short(), "signing a checkpoint");
            }
        }
    }
}
