//! What this device writes in documents: editing sessions and edits.

use crate::document::{Document, EditError, Edited};
use crate::effect::Write;
use crate::id::LaneId;
use crate::shelf::{Shelf as _, ShelfError};
use crate::space::assess::drafting;
use crate::space::step::Step;
use crate::space::{CommandError, Reply, Space};
use crate::time::Timestamp;

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

    /// Has this device write in a document in an editing session, if it may, and keeps what that makes.
    pub(in crate::space) fn write(
        &mut self,
        lane: LaneId,
        session: u32,
        step: &mut Step<'_>,
        make: impl FnOnce(&mut Document, [u8; 16], Timestamp) -> Result<Edited, EditError>,
    ) -> Result<Result<Reply, CommandError>, ShelfError> {
        if !self.may(drafting(lane)) {
            return Ok(Err(self.denied(drafting(lane))));
        }
        let actor = self.me.actor(lane, session);
        let document = &mut self.load(lane, step)?.document;
        let made = make(document, actor, step.with.now);
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
