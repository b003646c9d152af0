//! A node over a pool: which spaces this device is in by the pool's word, and hints for desks.
//! Not here: what a desk does with the pool (`pooling`).

use std::sync::Arc;

use majlis_core::id::{DeviceId, SpaceId};
use majlis_core::sign::Signer as _;
use tokio::sync::broadcast::error::RecvError;

use crate::api::ApiError;
use crate::desk::{Mail, store_error};
use crate::node::notes::rejoined;
use crate::node::{Node, Note, OpenError};
use crate::pool::{PoolError, Seat};
use crate::pooling::Pooling;

impl Node {
    /// Spaces that this device is in by the pool's word, and that are not in this folder: it was
    /// lost or thrown away. What was noted about them comes back, so that nothing is signed twice
    /// under one key.
    pub(super) async fn seats(&self, here: &[SpaceId]) -> Result<Vec<SpaceId>, OpenError> {
        let Some(pool) = self.0.pool.clone() else {
            return Ok(Vec::new());
        };
        let device = self.0.keys.device.device();
        let asked = waiting(move || pool.seats(device)).await;
        let mut lost = Vec::new();
        for seat in asked.map_err(OpenError::Pool)? {
            let space = seat.space;
            if self.take_seat(seat, here).map_err(OpenError::Desk)? {
                lost.push(space);
            }
        }
        Ok(lost)
    }

    fn take_seat(&self, seat: Seat, here: &[SpaceId]) -> Result<bool, ApiError> {
        let space = seat.space;
        let times = seat.forgotten.saturating_add(u32::from(seat.gone));
        if self.times_forgotten(space)? < times {
            self.keep_times_forgotten(space, times)?;
        }
        if seat.gone || here.contains(&space) {
            return Ok(false);
        }
        self.keep(Note::Rejoined(space), &seat.forgotten.to_string())?;
        if let Some(ticket) = seat.ticket {
            self.keep(Note::Joined(space), &ticket)?;
        }
        Ok(true)
    }

    /// What the desk of a space needs to work over the pool.
    pub(super) fn pooling(
        &self,
        space: SpaceId,
        author: DeviceId,
    ) -> Result<Option<Pooling>, ApiError> {
        let sample = self.kept(Note::Sample(space))?.is_some();
        let Some(pool) = self.0.pool.as_ref().filter(|_| !sample) else {
            return Ok(None);
        };
        let seat = Seat {
            space,
            device: self.0.keys.device.device(),
            forgotten: rejoined(&self.0.store, space).map_err(|error| store_error(&error))?,
            ticket: self.kept(Note::Joined(space))?,
            gone: false,
        };
        Ok(Some(Pooling::new(Arc::clone(pool), seat, author)))
    }

    /// Tells the pool that this device forgets a space.
    pub(super) async fn leave_pool(&self, space: SpaceId) -> Result<(), ApiError> {
        let Some(pool) = self.0.pool.clone() else {
            return Ok(());
        };
        let device = self.0.keys.device.device();
        let left = waiting(move || pool.leave(space, device)).await;
        left.map_err(|error| store_error(&error))
    }

    /// Passes hints on to desks, as long as the pool gives any.
    pub(super) fn hear_hints(&self) {
        let Some(pool) = &self.0.pool else { return };
        let (mut hints, desks) = (pool.hints(), self.0.desks.clone());
        tokio::spawn(async move {
            loop {
                match hints.recv().await {
                    Ok(space) => {
                        if let Some(desk) = desks.get(space) {
                            desk.send(Mail::Hint);
                        }
                    }
                    // What was missed is found by polling.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }
}

/// Calls the pool from a thread that may wait.
async fn waiting<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, PoolError> + Send + 'static,
) -> Result<T, PoolError> {
    let called = tokio::task::spawn_blocking(call).await;
    called.unwrap_or_else(|error| Err(PoolError::Unreachable(error.into())))
}
