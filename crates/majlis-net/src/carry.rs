//! Carry files: frames on a memory card or in a message, for places that no network reaches.
//!
//! A file is two copies of a head, then runs, then an end. Each run has a check over its own
//! frame, so that damage costs the runs it hits and no others; the end tells a file that was cut
//! off from one that is whole. What a run says is opaque here: the core makes it and verifies it,
//! and nothing in the head is proven.

mod head;
mod read;
mod write;

use std::io;

pub use head::{CarryHead, MAX_CARRY_NAME};
pub use read::CarryReader;
pub use write::CarryWriter;

/// The largest run, in bytes.
pub const MAX_CARRY_RUN: usize = 1024 * 1024;
/// The largest file: what the simplest memory cards hold. What does not fit goes into the next
/// part.
pub const MAX_CARRY_FILE: u64 = 4 * 1024 * 1024 * 1024 - 1;

/// What every run starts with: found again after damage.
const RUN: [u8; 8] = *b"\xf4MJLRUN\n";
/// What the end starts with.
const END: [u8; 8] = *b"\xf4MJLEND\n";
/// Mark, number, length and check of a run, before its bytes.
const RUN_HEAD: usize = 8 + 4 + 4 + CHECK;
/// Mark, number of runs, their bytes, and check.
const END_SIZE: usize = 8 + 4 + 8 + CHECK;
const CHECK: usize = 16;

/// A carry file cannot be written, or was not read whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CarryError {
    /// The file is something else.
    #[error("reading a file that is not a carry file")]
    NotOurs,
    /// The file was written by a newer version.
    #[error("reading a carry file of a newer version")]
    Newer,
    /// Parts of the file are damaged. Every run that is whole has been given out.
    #[error("reading a damaged carry file: {good} runs are whole, {bad} are not")]
    Damaged {
        /// Runs given out.
        good: u32,
        /// Runs lost, as far as can be told.
        bad: u32,
    },
    /// The file ends early. Every run before that has been given out.
    #[error("reading a carry file that is cut off after {good} whole runs")]
    Truncated {
        /// Runs given out.
        good: u32,
    },
    /// A run of no bytes, or of more than [`MAX_CARRY_RUN`].
    #[error("writing a run of {0} bytes into a carry file")]
    RunSize(usize),
    /// The file would grow beyond [`MAX_CARRY_FILE`]: finish it, and begin the next part.
    #[error("writing more than one carry file holds")]
    Full,
    /// The disk failed.
    #[error("reading or writing a carry file")]
    Disk(#[source] io::Error),
}

/// The check over a run: its number and length belong to it.
fn run_check(number: u32, length: u32, bytes: &[u8]) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    blake3::Hasher::new_derive_key("majlis 2026 carry run v1")
        .update(&number.to_le_bytes())
        .update(&length.to_le_bytes())
        .update(bytes)
        .finalize_xof()
        .fill(&mut check);
    check
}

fn check(purpose: &str, bytes: &[u8]) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    blake3::Hasher::new_derive_key(purpose)
        .update(bytes)
        .finalize_xof()
        .fill(&mut check);
    check
}

/// The end of a file with so many runs of so many bytes.
fn end(runs: u32, bytes: u64) -> [u8; END_SIZE] {
    let mut out = [0; END_SIZE];
    let body = [&END[..], &runs.to_le_bytes(), &bytes.to_le_bytes()].concat();
    let sum = check("majlis 2026 carry end v1", &body);
    for (to, from) in out.iter_mut().zip(body.iter().chain(&sum)) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests;
