//! Consultations: a frozen form, the answers to it, which of them count, and adding them up.

pub mod claim;
pub mod count;
pub mod form;
pub mod tally;

pub use form::{Answer, Choice, Form, Question, QuestionKind, Stage};
