//! Secret ballots that anybody can count again: threshold `ElGamal` over ristretto255 with proofs.
//!
//! **Nobody has audited this crate.** What it promises, what it does not, every formula and every
//! byte are in `docs/secret-ballots.md`.
//!
//! In the order of a vote:
//!
//! - [`risk`]: five questions that come before it, and the paper box;
//! - [`question`], [`election`]: what is asked, of whom, and what is fixed before opening;
//! - [`ceremony`]: the trustees make a key that only a threshold of them can use;
//! - [`booth`], [`ballot`], [`receipt`]: casting, checking, testing one's device;
//! - [`count`](mod@count): which ballots count, and their sum under the key;
//! - [`share`], [`outcome`]: the trustees open the sums;
//! - [`transcript`]: all of it as bytes, and the first verifier;
//! - [`second`]: the second verifier, which shares no code with the first.
//!
//! Everything here is a function of its arguments. Randomness comes in as a [`Seed`]; nothing reads
//! a clock, a disk or a network. Signatures are not here either: every message of this crate
//! travels in a signed entry.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test stops at the first thing that is not as it must be"
    )
)]

pub mod ballot;
pub mod booth;
mod bytes;
pub mod ceremony;
pub mod count;
pub mod election;
mod group;
mod knowledge;
mod logarithm;
pub mod outcome;
pub mod question;
pub mod receipt;
pub mod risk;
pub mod second;
pub mod share;
pub mod transcript;

pub use bytes::DecodeError;
pub use group::Seed;
