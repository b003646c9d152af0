//! The store under the real core: what is written reads back, projections are what they would be
//! if made again, and a killed process loses nothing that it was told is stored.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod backup;
mod claims;
mod crash;
mod lists;
mod opening;
mod persist;
mod projection;
mod replica;
mod search;
mod stories;
