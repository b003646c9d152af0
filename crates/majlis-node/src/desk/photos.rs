//! When it is looked at what waits on links, and at the room that photos and sounds take up. Not here:
//! what comes and goes, which is the core's.

use std::time::{Duration, Instant};

use majlis_core::space::Input;

use super::Desk;
use crate::clock;

/// What is due about links, photos and sounds.
#[derive(Debug)]
pub(super) struct Photos {
    /// One came, and they may take up too much.
    pub(super) is_crowded: bool,
    /// When it is looked again at what waits on links.
    pub(super) look_at: Option<Instant>,
}

impl Default for Photos {
    fn default() -> Self {
        Self {
            is_crowded: true,
            look_at: None,
        }
    }
}

impl Desk {
    /// Each step looks at what waits on links, and where none comes, the time.
    pub(super) fn plan_photos(&mut self) {
        let due = self.space.time_due_in(clock::now());
        self.photos.look_at = due.map(|after| Instant::now() + Duration::from_millis(after));
    }

    pub(super) fn photos_on_time(&mut self, now: Instant) {
        if self.photos.look_at.is_some_and(|at| at <= now) {
            self.photos.look_at = None;
            if let Err(error) = self.input(Input::Time) {
                tracing::warn!(%error, space = %self.id.short(), "looking at what waits on links");
            }
        }
        if std::mem::take(&mut self.photos.is_crowded)
            && let Err(error) = self.take_share()
        {
            tracing::warn!(%error, space = %self.id.short(), "choosing which photos to fetch");
        }
    }
}
