//! Consultations: a frozen form, the answers to it, which of them count, adding
//! them up, and asking some again.

pub mod backcheck;
pub mod claim;
pub mod count;
pub mod cross;
pub mod form;
pub mod tally;

pub use form::{Answer, Choice, Form, Question, QuestionKind, Stage};
