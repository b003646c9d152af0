//! What this device writes in documents: editing sessions and edits.

use super::stored_changes;
use crate::changes::Changes;
use crate::document::{Document, EditError, Edited};
use crate::effect::Write;
use crate::entry::Kind;
use crate::gate;
use crate::id::{EntryHash, LaneId};
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

    /// Has this device write in a document in an editing session, if it may and can read all of it, and
    /// keeps what that makes.
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
        if !self.is_whole(lane, step)? {
            return Ok(Err(CommandError::Unreadable));
        }
        let session = if self.is_spent(lane, session, step)? {
            self.next_session(lane, step)?
        } else {
            session
        };
        let actor = self.me.actor(lane, session);
        let document = &mut self.load(lane, step)?.document;
        let made = make(document, actor, step.with.now);
        Ok(self.made(lane, session, made, step).map(Reply::Edited))
    }

    /// Whether something of an editing session was taken out of the document, as a removal does.
    /// What is written now in the name of its actor would stand at a place that is taken, should
    /// that work come back.
    fn is_spent(
        &mut self,
        lane: LaneId,
        session: u32,
        step: &mut Step<'_>,
    ) -> Result<bool, ShelfError> {
        let own = self.index.items_of(self.chain(lane));
        let out: Vec<EntryHash> = own
            .filter(|(_, item)| item.kind == Kind::Changes && !item.state.applies())
            .map(|(_, item)| item.hash)
            .collect();
        for entry in out {
            if self.session_of(entry, step)? == Some(session) {
                return Ok(true);
            }
        }
        let work = self.unsealed.get(&lane).into_iter();
        let changes = work.flat_map(|work| &work.changes);
        let changes = changes.filter(|(number, _)| *number == session);
        let changes: Vec<_> = changes.map(|(_, change)| change.clone().into()).collect();
        if changes.is_empty() {
            return Ok(false);
        }
        let names = gate::names(self.me, lane, &Changes { session, changes });
        let history = self.load(lane, step)?.document.history();
        Ok(names.iter().any(|(change, _)| !history.contains(change)))
    }

    /// The editing session of an own entry; `None` when it cannot be read. It never changes, and is
    /// asked for at every edit, so it is read once.
    fn session_of(&mut self, entry: EntryHash, step: &Step<'_>) -> Result<Option<u32>, ShelfError> {
        if let Some(known) = self.own_sessions.get(&entry) {
            return Ok(Some(*known));
        }
        let session = stored_changes(entry, step)?.map(|batch| batch.session);
        if let Some(session) = session {
            self.own_sessions.insert(entry, session);
        }
        Ok(session)
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
