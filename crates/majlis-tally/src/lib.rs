//! Counting as pure functions with exact arithmetic: same ballots, same bytes, on any device.
//!
//! Start with what is to be counted:
//!
//! - [`budget`]: participatory budgets by Equal Shares, greedy, Phragmén or knapsack;
//! - [`pabulib`]: budgets and their ballots as the files of pabulib.org;
//! - [`ranked`]: Schulze, minimax, Borda, instant runoff, the Scottish transferable vote;
//! - [`poll`]: proposals, choices, points, scores and meeting dates, with quorum and pass tests;
//! - [`petition`]: signatures against thresholds by population, area and time;
//! - [`flood`]: how many posts of one member stand in front, and lists that clones do not crowd;
//! - [`opinion`]: groups of opinion over statements, the profile `opinion-v1`;
//! - [`polis`]: statements and votes as Polis exports them;
//! - [`explain`]: why a result came out as it did, and the nearest change to it;
//! - [`blt`], [`preflib`], [`ballot_csv`]: ranked ballots as files;
//!
//! Everything here is a function from a closed set of ballots and a rule, pinned before opening,
//! to a result. Nothing reads a clock, a disk, a network or a random number; a lot is drawn from a
//! seed that is part of the rule. Each result has canonical bytes and a hash ([`Canonical`]), so
//! that anybody can count again and compare, and says why it came out as it did.
//!
//! ```
//! use majlis_tally::Canonical;
//! use majlis_tally::budget::{BudgetRule, Election, Project, count};
//!
//! let project = |id: &str, cost| Project { id: id.to_owned(), cost };
//! let ballot = |ids: &[&str]| ids.iter().map(|id| ((*id).to_owned(), 1)).collect();
//! let election = Election::new(
//!     900,
//!     0,
//!     vec![project("well", 600), project("lamps", 300), project("bench", 100)],
//!     [ballot(&["well", "lamps"]), ballot(&["well"]), ballot(&["lamps", "bench"])],
//! )?;
//! let outcome = count(&election, &BudgetRule::default())?;
//! assert_eq!(outcome.ids(), ["lamps", "bench"]);
//! assert_eq!(outcome.result_hash(), count(&election, &BudgetRule::default())?.result_hash());
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

pub mod ballot_csv;
pub mod blt;
pub mod budget;
pub mod canonical;
pub mod delimited;
pub mod explain;
pub mod flood;
pub mod names;
pub mod opinion;
pub mod pabulib;
pub mod petition;
pub mod polis;
pub mod poll;
pub mod preflib;
pub mod ranked;
pub mod ratio;
pub mod tie;

pub use canonical::{Canonical, ResultHash};
pub use ratio::Ratio;
pub use tie::{LotSeed, TieRule};
