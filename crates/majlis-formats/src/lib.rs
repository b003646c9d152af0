//! Other people's files: forms, answers and exports, from bytes and to bytes.
//!
//! Nothing here touches a disk, a network or a clock, and nothing depends on the rest of the
//! project. What comes in is hostile: every reader is bounded, and no bytes make it panic.
//!
//! 1. [`xlsform::read`] reads a [`form::Form`] from a spreadsheet, or says what to mend.
//! 2. [`Logic`] makes it ready; [`Filling`] fills it, one answer at a time.

pub mod answer;
mod evaluate;
pub mod export;
pub mod expression;
pub mod filling;
pub mod form;
pub mod import;
mod logic;
pub mod message;
mod moment;
mod number;
pub mod openrosa;
pub mod simulate;
pub mod workbook;
pub mod xlsform;
mod xml;

pub use evaluate::Surroundings;
pub use filling::Filling;
pub use logic::Logic;
pub use moment::Moment;
