//! What tablets came to since the start, for whoever watches over it. Counts alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! figures {
    ($($(#[$doc:meta])* $field:ident $count:ident;)*) => {
        #[derive(Debug, Default)]
        struct Counts { $($field: AtomicU64,)* }

        impl Figures {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $field(&self) -> u64 {
                    self.0.$field.load(Ordering::Relaxed)
                }

                pub(super) fn $count(&self) {
                    self.0.$field.fetch_add(1, Ordering::Relaxed);
                }
            )*
        }
    };
}

/// Counts since the start; all clones are the same ones.
#[derive(Clone, Debug, Default)]
pub struct Figures(Arc<Counts>, Arc<AtomicU64>);

figures! {
    /// Answers that were recorded.
    all_recorded recorded;
    /// Submissions that had been recorded before.
    all_repeated repeated;
    /// Requests after which files were still missing.
    all_waiting waiting;
    /// Submissions and requests that were refused with a reason.
    all_refused refused;
    /// Requests with a wrong or revoked token.
    all_wrong wrong;
    /// Requests that were told to come later.
    all_slowed slowed;
}

impl Figures {
    /// Bytes of submissions that arrived.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.1.load(Ordering::Relaxed)
    }

    pub(super) fn received(&self, bytes: u64) {
        self.1.fetch_add(bytes, Ordering::Relaxed);
    }
}
