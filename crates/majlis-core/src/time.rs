//! Claimed time: milliseconds since 1970 as some device's clock said them. No rule
//! depends on it; it is shown to people, and compared for what is sent first and nothing else.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC, as claimed by a device. Always a parameter, never read here.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Milliseconds from `earlier` to this, zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This time moved by `millis`, saturating.
    #[must_use]
    pub const fn plus(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}
