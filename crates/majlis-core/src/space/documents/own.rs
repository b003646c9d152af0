//! What this device writes in documents: editing sessions and edits.

use automerge::ChangeHash;

use crate::document::definition::Definition;
use crate::document::{Edit, EditError, Edited};
use crate::effect::Write;
use crate::id::LaneId;
use crate::shelf::{Shelf as _, ShelfError};
use crate::space::step::Step;
use crate::space::{CommandError, Reply, Space};

impl Space {
    pub(in crate::space) fn next_session(
        &mut self,
        lane: LaneId,
        step: &mut Step<'_>,
    ) -> Result<u32, ShelfError> {
        let stored = step.last_session(lane)?;
        let number = stored.map_or(0, |number| number.saturating_add(1));
        step.writes.push(Write::Session { lane, number });
        Ok(number)
    }

    pub(in crate::space) fn edit(
        &mut self,
        lane: LaneId,
        session: u32,
        base: &[ChangeHash],
        edits: &[Edit],
        step: &mut Step<'_>,
    ) -> Result<Result<Reply, CommandError>, ShelfError> {
        let actor = self.me.actor(lane, session);
        let made = self
            .load(lane, step)?
            .document
            .edit(actor, base, edits, step.with.now);
        Ok(self.made(lane, session, made, step).map(Reply::Edited))
    }

    pub(in crate::space) fn set_title(
        &mut self,
        lane: LaneId,
        session: u32,
        title: &str,
        step: &mut Step<'_>,
    ) -> Result<Result<Reply, CommandError>, ShelfError> {
        let actor = self.me.actor(lane, session);
        let made = self
            .load(lane, step)?
            .document
            .set_title(actor, title, step.with.now);
        Ok(self.made(lane, session, made, step).map(Reply::Edited))
    }

    pub(in crate::space) fn define(
        &mut self,
        lane: LaneId,
        session: u32,
        definition: &Definition,
        step: &mut Step<'_>,
    ) -> Result<Result<Reply, CommandError>, ShelfError> {
        let actor = self.me.actor(lane, session);
        let made = self
            .load(lane, step)?
            .document
            .define(actor, definition, step.with.now);
        Ok(self.made(lane, session, made, step).map(Reply::Edited))
    }

    /// Keeps what an edit made: durable with this step, sealed later.
    fn made(
        &mut self,
        lane: LaneId,
        session: u32,
        made: Result<Edited, EditError>,
        step: &mut Step<'_>,
    ) -> Result<Edited, CommandError> {
        let edited = made.map_err(CommandError::Edit)?;
        let work = self.unsealed.entry(lane).or_default();
        for change in &edited.changes {
            step.writes.push(Write::DraftChange {
                lane,
                session,
                change: change.clone(),
            });
            work.changes.push_back((session, change.clone()));
        }
        if !edited.changes.is_empty() {
            self.changed(lane, edited.changes.iter().map(Vec::len).sum());
            self.outline(lane, false, step);
            Self::announce(lane, step);
        }
        Ok(edited)
    }
}
