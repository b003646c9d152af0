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
//!
//! ```
//! use majlis_secret::Seed;
//! use majlis_secret::ceremony::{Ceremony, Deal, Session, Trustee};
//! use majlis_secret::count::count;
//! use majlis_secret::election::{Election, Roll, Terms};
//! use majlis_secret::outcome::Totals;
//! use majlis_secret::question::{QuestionKind, SecretQuestion};
//! use majlis_secret::{second, transcript};
//!
//! # let mut drawn = 0_u8;
//! # let mut seed = || { drawn += 1; Seed::from_bytes([drawn; 32]) };
//! let question = SecretQuestion::new(QuestionKind::Single, 2)?;
//! let roll = Roll::new(vec![[1; 32], [2; 32], [3; 32]])?;
//! let election = Election::new(Terms {
//!     space: [4; 32],
//!     vote: [5; 32],
//!     text: [6; 32],
//!     question,
//!     roll_root: roll.root(),
//!     voters: roll.len(),
//!     minimum: 3,
//!     threshold: 2,
//!     trustees: vec![[7; 32], [8; 32]],
//! })?;
//!
//! // The trustees make a key, each on a device of their own.
//! let one = Trustee::new(election.clone(), 1, seed())?;
//! let two = Trustee::new(election.clone(), 2, seed())?;
//! let commitments = vec![one.commitment(), two.commitment()];
//! let session = Session::new(election.clone(), commitments.clone())?;
//! let contributions = vec![one.contribution(&session)?, two.contribution(&session)?];
//! let deal = Deal::new(session, contributions.clone())?;
//! let confirmations = vec![one.confirmation(&deal)?, two.confirmation(&deal)?];
//! let (ceremony, booth) = Ceremony::new(&election, commitments, contributions, confirmations)?;
//!
//! // Three people vote: two for the first option.
//! let mut ballots = Vec::new();
//! for (voter, values) in [([1; 32], [1, 0]), ([2; 32], [0, 1]), ([3; 32], [1, 0])] {
//!     let (ballot, _) = booth.cast(voter, 0, &question.choice(&values)?, &seed())?;
//!     ballots.push(ballot.encode());
//! }
//!
//! // The trustees open the sums, and anybody checks all of it twice.
//! let tally = count(&booth, &roll, ballots.iter().map(Vec::as_slice), [])?;
//! let mut shares = Vec::new();
//! for trustee in [&one, &two] {
//!     let share = trustee.decryption_key(&deal)?.share(&booth, &tally, None, &seed())?;
//!     shares.push(share.encode());
//! }
//! let record = transcript::Transcript::new(election, roll, ceremony, ballots, [], shares)?;
//! let outcome = transcript::verify(&record.encode())?;
//! assert_eq!(*outcome.totals(), Totals::Known(vec![2, 1]));
//! assert_eq!(second::verify(&record.encode())?, outcome.canonical_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
