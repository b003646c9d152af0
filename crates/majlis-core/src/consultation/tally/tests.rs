//! Adding up.
