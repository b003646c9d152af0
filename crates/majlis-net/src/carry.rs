//! Carry files: frames on a memory card or in a message, for places that no network reaches.
//!
//! A file is two copies of a head, then one or more sections: runs, a manifest, and an end that says
//! where the manifest is. Adding to a file appends a section, and nothing that stands there is
//! touched. Each block has a check over its own frame, so that damage costs the blocks it hits and no
//! others; a file that does not end with an end was cut off. What runs and manifests say is opaque
//! here: the core makes them and verifies them, and nothing in the head is proven.

mod head;
mod read;
mod sectors;
mod write;

use std::io;

pub use head::{CarryHead, MAX_CARRY_NAME};
pub use read::{Block, CarryReader, last_manifest};
pub use write::CarryWriter;

/// The largest run, in bytes.
pub const MAX_CARRY_RUN: usize = 1024 * 1024;
/// The largest manifest, in bytes.
pub const MAX_CARRY_MANIFEST: usize = 8 * 1024 * 1024;
/// The largest file: what the simplest memory cards hold. What does not fit goes into the next
/// part.
pub const MAX_CARRY_FILE: u64 = 4 * 1024 * 1024 * 1024 - 1;

/// What every run starts with: found again after damage.
const RUN: [u8; 8] = *b"\xf4MJLRUN\n";
/// What a run of pieces starts with.
const MEDIA: [u8; 8] = *b"\xf4MJLMED\n";
/// What a manifest starts with.
const MANIFEST: [u8; 8] = *b"\xf4MJLMAN\n";
/// What an end starts with.
const END: [u8; 8] = *b"\xf4MJLEND\n";
/// Mark, number, length and check of a block, before its bytes.
const BLOCK_HEAD: usize = 8 + 4 + 4 + CHECK;
/// Mark, number of blocks, the manifest's length with its frame, and check.
const END_SIZE: usize = 8 + 4 + 4 + CHECK;
const CHECK: usize = 16;

/// A carry file cannot be written, or was not read whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CarryError {
    /// The file is something else.
    #[error("reading a file that is not a carry file")]
    NotOurs,
    /// The file has no bytes.
    #[error("reading a carry file that is empty")]
    Empty,
    /// The file was written by a newer version.
    #[error("reading a carry file of a newer version")]
    Newer,
    /// Parts of the file are damaged. Every block that is whole has been given out.
    #[error("reading a damaged carry file: {good} blocks are whole, {bad} are not")]
    Damaged {
        /// Blocks given out.
        good: u32,
        /// Blocks lost, as far as can be told.
        bad: u32,
    },
    /// The file ends early. Every block before that has been given out.
    #[error("reading a carry file that is cut off after {good} whole blocks")]
    Truncated {
        /// Blocks given out.
        good: u32,
    },
    /// A run or manifest of no bytes, or of more than there may be.
    #[error("writing a block of {0} bytes into a carry file")]
    BlockSize(usize),
    /// The file would grow beyond its limit: finish it, and begin the next part.
    #[error("writing more than one carry file holds")]
    Full,
    /// The disk failed.
    #[error("reading or writing a carry file")]
    Disk(#[source] io::Error),
}

/// Where a reader stands, after a whole block: enough to go on from there another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarryPlace {
    /// Bytes from the start of the file.
    pub offset: u64,
    /// The number that the next block should have.
    pub number: u32,
    /// A digest of all whole blocks before.
    pub digest: [u8; 32],
}

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Run,
    Media,
    Manifest,
}

impl Kind {
    const fn mark(self) -> [u8; 8] {
        match self {
            Self::Run => RUN,
            Self::Media => MEDIA,
            Self::Manifest => MANIFEST,
        }
    }

    const fn most(self) -> usize {
        match self {
            Self::Run | Self::Media => MAX_CARRY_RUN,
            Self::Manifest => MAX_CARRY_MANIFEST,
        }
    }
}

/// The hash of a block: its kind, number and length belong to it. A file keeps the first bytes.
fn block_hash(kind: Kind, number: u32, length: u32, bytes: &[u8]) -> [u8; 32] {
    *blake3::Hasher::new_derive_key("majlis 2026 carry block v1")
        .update(&kind.mark())
        .update(&number.to_le_bytes())
        .update(&length.to_le_bytes())
        .update(bytes)
        .finalize()
        .as_bytes()
}

fn short(hash: &[u8; 32]) -> &[u8] {
    hash.split_at(CHECK).0
}

/// The digest after a block, or after the head.
fn digest(before: &[u8; 32], next: &[u8]) -> [u8; 32] {
    *blake3::Hasher::new_derive_key("majlis 2026 carry digest v1")
        .update(before)
        .update(next)
        .finalize()
        .as_bytes()
}

fn check(purpose: &str, bytes: &[u8]) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    blake3::Hasher::new_derive_key(purpose)
        .update(bytes)
        .finalize_xof()
        .fill(&mut check);
    check
}

/// The end after so many blocks, the last of which is a manifest of `back` bytes with its frame.
fn end(blocks: u32, back: u32) -> [u8; END_SIZE] {
    let mut out = [0; END_SIZE];
    let body = [&END[..], &blocks.to_le_bytes(), &back.to_le_bytes()].concat();
    let sum = check("majlis 2026 carry end v1", &body);
    for (to, from) in out.iter_mut().zip(body.iter().chain(&sum)) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests;
