//! Other people's files: forms, answers and exports, from bytes and to bytes.
//!
//! Nothing here touches a disk, a network or a clock, and nothing depends on the rest of the
//! project. What comes in is hostile: every reader is bounded, and no bytes make it panic.
//!
//! 1. [`xlsform::read`] reads a [`form::Form`] from a spreadsheet, or says what to mend;
//!    [`xlsform::write`] writes it.
//! 2. [`Logic`] makes it ready; [`Filling`] fills it, one answer at a time;
//!    [`simulate::simulate`] makes up responses that it accepts.
//! 3. [`export`] writes responses as tables with their meaning and provenance; [`import`] reads
//!    tables back.
//! 4. [`openrosa`] gives tablets what they ask for and reads what they send.
//!
//! ```
//! use std::sync::Arc;
//!
//! use majlis_formats::form::{Form, Item, Kind};
//! use majlis_formats::{Filling, Logic, Surroundings, xlsform};
//!
//! let mut age = Item::new("age", Kind::Integer);
//! age.rules.constraint = Some(". < 120".to_owned());
//! let form = Form { items: vec![age], ..Form::default() };
//!
//! // A form goes through a spreadsheet and stays the same.
//! let file = xlsform::write(&form).expect("the form fits a spreadsheet");
//! let form = xlsform::read(&file, "ages").form.expect("nothing must be mended");
//!
//! let logic = Arc::new(Logic::new(&form).expect("it was read, so it is sound"));
//! let mut filling = Filling::start(logic, Surroundings::default());
//! let changes = filling.set("/age", "٣٤").expect("a whole number");
//! assert!(changes.violations.is_empty());
//! assert_eq!(filling.answer("/age"), "34");
//! ```

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
