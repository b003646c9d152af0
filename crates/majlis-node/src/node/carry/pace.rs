//! How far a carry file came on its way out: told now and then, and stopped when nobody waits for it
//! any more or the space was closed.

use std::time::{Duration, Instant};

use majlis_core::id::SpaceId;
use tokio::sync::{broadcast, oneshot};

use crate::api::{ApiError, ErrorCode, Event};
use crate::desks::Desks;
use crate::plain;

/// So often it is told.
const TOLD_EVERY: Duration = Duration::from_millis(150);

/// What is left to do, in bytes.
pub(super) struct Pace {
    space: SpaceId,
    desks: Desks,
    tell: broadcast::Sender<Event>,
    /// Closed once the call was given up.
    asked: oneshot::Sender<()>,
    done: u64,
    of: u64,
    next: Instant,
}

impl Pace {
    pub(super) fn new(
        space: SpaceId,
        desks: Desks,
        tell: broadcast::Sender<Event>,
        asked: oneshot::Sender<()>,
    ) -> Self {
        Self {
            space,
            desks,
            tell,
            asked,
            done: 0,
            of: 0,
            next: Instant::now(),
        }
    }

    /// Tells that it begins, with so much to do.
    pub(super) fn begin(&mut self, of: u64) {
        self.of = of;
        self.tell();
    }

    /// Goes on after so many bytes.
    pub(super) fn on(&mut self, bytes: u64) -> Result<(), ApiError> {
        // A run is a little longer than what is in it.
        self.done = self.done.saturating_add(bytes).min(self.of);
        let now = Instant::now();
        if now < self.next {
            return Ok(());
        }
        self.next = now + TOLD_EVERY;
        self.tell();
        self.still()
    }

    /// Tells that only the disk is waited for.
    pub(super) fn end(&mut self) -> Result<(), ApiError> {
        self.done = self.of;
        self.tell();
        self.still()
    }

    /// Whether the file is still wanted, and the space still here.
    fn still(&self) -> Result<(), ApiError> {
        if self.asked.is_closed() {
            let why = "writing a carry file that nobody waits for";
            return Err(ApiError::new(ErrorCode::Internal, why));
        }
        match self.desks.get(self.space) {
            Some(_) => Ok(()),
            None => Err(plain::missing("space").about(self.space.to_string())),
        }
    }

    fn tell(&self) {
        let _ = self.tell.send(Event::CarryWriting {
            space: self.space.to_string(),
            done: self.done,
            of: self.of,
        });
    }
}
