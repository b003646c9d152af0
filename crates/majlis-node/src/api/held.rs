//! What is held about this person, on this device and, because it was handed on, on others.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::members::RankName;
use crate::api::process::{AnswerTo, QuestionView};
use crate::api::requests::RequestView;

/// Everything that spaces on this device hold about this person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeldAboutMe {
    /// The name that others see.
    pub name: Option<String>,
    /// This device, under which everything is signed.
    pub device: String,
    /// Space by space.
    pub spaces: Vec<HeldInSpace>,
}

/// What a space holds about this person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeldInSpace {
    /// The space.
    pub space: String,
    /// Its name.
    pub name: String,
    /// This person's rank; none for who is out.
    pub rank: Option<RankName>,
    /// The name under which this person is a member.
    pub known_as: String,
    /// Others who are in: they hold, or will hold, all of it. By name, in order.
    pub readers: Vec<String>,
    /// Of them, who leads: whom to ask to have something taken away.
    pub stewards: Vec<String>,
    /// This person's own answers, the newest first.
    pub answers: Vec<HeldAnswer>,
    /// Statements in conversations.
    pub statements: Vec<HeldStatements>,
    /// Documents in which this device wrote.
    pub documents: Vec<HeldDocument>,
    /// Answers of others that this device entered.
    pub entered: u32,
    /// Entries that this device signed.
    pub entries: u32,
    /// Bytes in them.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// An answer of this person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeldAnswer {
    /// The consultation.
    pub consultation: String,
    /// Its title.
    pub title: String,
    /// The questions that were answered.
    pub questions: Vec<QuestionView>,
    /// The last answers given.
    pub answers: Vec<AnswerTo>,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// How many versions there are: earlier ones are kept.
    pub versions: u32,
    /// Whether it was taken back.
    pub withdrawn: bool,
    /// Whether it can still be changed or taken back.
    pub open: bool,
    /// Who alone can read what is sealed of it; empty where nothing is.
    pub sealed_to: Vec<String>,
    /// How many of them it takes together.
    pub sealed_needed: u32,
    /// What became of asking to have it deleted, the last time.
    pub erasure: Option<RequestView>,
}

/// What this person said in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeldStatements {
    /// The conversation.
    pub consultation: String,
    /// Its title.
    pub title: String,
    /// The statements, the first first.
    pub said: Vec<HeldStatement>,
    /// What became of asking to have it deleted, the last time.
    pub erasure: Option<RequestView>,
}

/// A statement of this person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeldStatement {
    /// What it says.
    pub text: String,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
}

/// A document in which this device wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeldDocument {
    /// The document.
    pub document: String,
    /// Its title.
    pub title: String,
    /// Entries of this device in it.
    pub entries: u32,
    /// What this person asked to have deleted of it, last.
    pub erasure: Option<RequestView>,
}
