//! Which parts of the project are there. A part that is missing is said, never passed over.

use crate::shell::{root, say};

/// Whether the part whose `file` this is exists; prints that `what` is skipped when it does not.
pub(crate) fn there(file: &str, what: &str) -> bool {
    let found = root().join(file).exists();
    if !found {
        say(&format!("skipped: {what} ({file} is not there yet)"));
    }
    found
}
