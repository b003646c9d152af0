//! When this device's work is sealed: in time for others, and not at every touch. Not here: sealing
//! itself, which is the core's.

use std::time::{Duration, Instant};

use majlis_core::sign::Signer as _;

use super::Desk;

/// While somebody else is in a text, typing travels this often,
const SEAL_LIVE: Duration = Duration::from_millis(1_000);
/// and the first words after a pause so soon.
const SEAL_FIRST: Duration = Duration::from_millis(250);
/// While a peer is connected, it does this often.
const SEAL_TOGETHER: Duration = Duration::from_millis(1_500);
/// Alone, work is sealed when nothing was added for so long.
const SEAL_IDLE: Duration = Duration::from_secs(60);
/// So many unsealed pieces are sealed without waiting: thirty interviews share one proof.
const SEAL_COUNT: usize = 30;

impl Desk {
    /// Sets the time of the next seal: soon with a peer on the line, after a pause without one,
    /// at once when much has gathered.
    pub(super) fn plan_seal(&mut self) {
        let unsealed = self.space.unsealed();
        let now = Instant::now();
        if unsealed == 0 {
            self.seal_at = None;
        } else if self.may_seal() {
            let together = if self.presences.is_company() {
                let first = now + SEAL_FIRST;
                self.sealed.map_or(first, |at| first.max(at + SEAL_LIVE))
            } else {
                now + SEAL_TOGETHER
            };
            self.seal_at = Some(if unsealed >= SEAL_COUNT && self.lines.is_empty() {
                self.seal_at.map_or(now, |at| at.min(now))
            } else if self.lines.is_empty() {
                now + SEAL_IDLE
            } else {
                self.seal_at.map_or(together, |at| at.min(together))
            });
        }
    }

    /// Without a rank nothing can be sealed yet; trying again and again would help nobody.
    pub(super) fn may_seal(&self) -> bool {
        self.space.roster().warrant(self.key.device()).is_some()
    }
}
