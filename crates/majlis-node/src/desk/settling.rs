//! Overwriting what was in the clear and is sealed now: it is in the log beside the database too, until
//! all of the log is in the file. Nobody waits for it, and nothing fails by it: what reads at the same
//! moment keeps the log as it is, and then it is tried again, at the end too.

use std::time::{Duration, Instant};

use majlis_core::space::Command;

use super::Desk;

/// How long until it is tried again.
const AGAIN: Duration = Duration::from_secs(20);

impl Desk {
    /// Overwrites it now, or as soon as that can be.
    pub(crate) fn settle(&mut self) {
        let again = match self.store.settle() {
            Ok(whole) => !whole,
            Err(error) => {
                tracing::warn!(%error, "overwriting what was in the clear");
                true
            }
        };
        self.fillings.settle_at = again.then(|| Instant::now() + AGAIN);
    }

    /// Tries again when it is time, or at the end.
    pub(super) fn settle_by(&mut self, now: Option<Instant>) {
        let due = self.fillings.settle_at;
        if due.is_some_and(|at| now.is_none_or(|now| at <= now)) {
            self.settle();
        }
    }

    /// Seals what is left and lets go of everybody, at the end.
    pub(super) fn close(&mut self) {
        self.look_as_trustee();
        if let Err(error) = self.command(Command::Seal) {
            tracing::warn!(%error, space = %self.id.short(), "sealing before closing");
        }
        self.lines.clear();
        self.settle_by(None);
        self.tell_now();
    }
}
