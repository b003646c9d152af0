//! When it is looked at photos and sounds: at the room that they take up, and at those that are left to
//! move. Not here: which come and go, which is the core's.

use std::time::{Duration, Instant};

use majlis_core::space::Input;

use super::Desk;

/// So long nothing else is done before it is looked again at photos that are left to move: a little longer
/// than a peer that neither takes nor sends any is waited for.
const LOOK_AFTER: Duration = Duration::from_secs(31);

/// What is due about photos and sounds.
#[derive(Debug)]
pub(super) struct Photos {
    /// One came, and they may take up too much.
    pub(super) is_crowded: bool,
    /// When it is looked again at those that are left to move.
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
    /// Nothing says that a peer does not want a photo any more, or has stopped sending one: each step
    /// looks, and where none comes, the time.
    pub(super) fn plan_photos(&mut self) {
        let moves = self.space.moves_media();
        self.photos.look_at = moves.then(|| Instant::now() + LOOK_AFTER);
    }

    pub(super) fn photos_on_time(&mut self, now: Instant) {
        if self.photos.look_at.is_some_and(|at| at <= now) {
            self.photos.look_at = None;
            if let Err(error) = self.input(Input::Time) {
                tracing::warn!(%error, space = %self.id.short(), "looking at photos on their way");
            }
        }
        if std::mem::take(&mut self.photos.is_crowded)
            && let Err(error) = self.take_share()
        {
            tracing::warn!(%error, space = %self.id.short(), "choosing which photos to fetch");
        }
    }
}
