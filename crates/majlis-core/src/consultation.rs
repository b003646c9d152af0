//! Consultations: a frozen form, the answers to it, which of them count, adding
//! them up and splitting what came out, and asking some again.

pub mod activity;
pub mod actor;
pub mod backcheck;
pub mod boxes;
pub mod claim;
pub mod count;
pub mod cross;
pub mod day;
pub mod divided;
pub mod form;
pub mod ground;
pub mod outcome;
pub mod published;
pub mod recount;
pub mod report;
pub mod request;
pub mod secret;
pub mod slip;
pub mod statement;
pub mod tally;
pub mod until;

pub use activity::{Activity, Rule};
pub use form::{
    Answer, Choice, ChoiceDetails, Details, Form, FormDetails, Question, QuestionKind, Stage,
};
