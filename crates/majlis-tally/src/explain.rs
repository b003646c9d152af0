//! Why a result came out as it did, as exact values that can be shown, drawn and checked.
//!
//! - [`budget`]: who paid for what, what each project lacked, and the nearest change that wins;
//! - [`ranked`]: whom each candidate beats and by which path, how votes moved, what was missing;
//! - [`poll`]: what a quorum, a test or the first place was missed by;
//! - [`petition`]: the fewest signatures that would do, and from where;
//! - [`opinion`]: what one group says and another supports too;
//! - [`rules`]: the same ballots by several rules, on real ballots or on a [`sample`];
//! - [`area`]: votes and money by where voters live, with small numbers left out.
//!
//! An explanation is a function of the same ballots and the same rule as the result, whose hash it
//! names where it has one. It decides nothing and has no hash of its own.

pub mod area;
pub mod budget;
mod nearest;
pub mod opinion;
mod payments;
pub mod petition;
pub mod poll;
pub mod ranked;
pub mod rules;
pub mod sample;
#[cfg(test)]
mod tests;

pub use nearest::Nearest;

/// Numbers of people under this are not shown unless somebody asks for another limit: in a village
/// four voters of one street are four names.
pub const SMALLEST_SHOWN: u64 = 5;
