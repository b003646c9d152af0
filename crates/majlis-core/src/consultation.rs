//! Consultations: a frozen form, the answers to it, and which of them count.

pub mod form;

pub use form::{Answer, Choice, Form, Question, QuestionKind, Stage};
