//! What people ask of the office about their own words, and what became of it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asking that what this person said in a consultation be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AskErasure {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// Why; need not be said.
    #[serde(default)]
    pub text: String,
}

/// Asking that what this person wrote in a document be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AskDocumentErasure {
    /// The space.
    pub space: String,
    /// The document.
    pub document: String,
    /// Which words, and why; need not be said.
    #[serde(default)]
    pub text: String,
}

/// Replying to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReplyErasure {
    /// The space.
    pub space: String,
    /// The consultation, as the request has it.
    pub consultation: String,
    /// The request.
    pub request: String,
    /// Whether it was done.
    pub done: bool,
    /// What was done, or why not.
    pub text: String,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RequestView {
    /// The request.
    pub request: String,
    /// The consultation, or, of a request about a document, where such requests are.
    pub consultation: String,
    /// The document that it is about.
    pub document: Option<String>,
    /// The title of the consultation or the document; empty while it is not here.
    pub title: String,
    /// Who asks.
    pub by: String,
    /// Whether this person does.
    pub mine: bool,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// Why.
    pub text: String,
    /// What it stands at.
    pub state: RequestState,
    /// What was replied, the first first.
    pub replies: Vec<RequestReply>,
}

/// What a request stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Nobody replied.
    Open,
    /// It was refused.
    Refused,
    /// It was done.
    Done,
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RequestReply {
    /// Who replied.
    pub by: String,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// Whether it was done.
    pub done: bool,
    /// What was done, or why not.
    pub text: String,
}

/// The requests of a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RequestsView {
    /// Open ones first, then the newest.
    pub requests: Vec<RequestView>,
    /// How many nobody replied to.
    pub open: u32,
    /// Whether this device may reply.
    pub may_reply: bool,
}
