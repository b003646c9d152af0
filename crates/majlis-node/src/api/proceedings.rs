//! What is stated on the way of an activity beside ballots: outcomes as officers count them, their
//! steps, and the statements of conversations.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What an officer states as the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatedView {
    /// Who.
    pub by: String,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// Ballots that count.
    pub counted: u32,
    /// The hash.
    pub hash: String,
    /// In words.
    pub summary: String,
    /// Whether this device counts the same.
    pub agrees: bool,
}

/// Something an officer did, decided or answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StepView {
    /// The step.
    pub step: String,
    /// What was done.
    pub kind: StepName,
    /// About what.
    pub about: SubjectView,
    /// What is said about it.
    pub text: String,
    /// A number that belongs to it, in the smallest unit of money.
    #[ts(type = "number | null")]
    pub number: Option<i64>,
    /// A day that belongs to it, as `YYYY-MM-DD`.
    pub day: Option<String>,
    /// What it goes back to.
    pub sources: Vec<SubjectView>,
    /// Who did it.
    pub by: String,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    /// A statement is let in.
    LetIn,
    /// A statement is hidden.
    Hidden,
    /// A statement became part of something else.
    Merged,
    /// It can be done.
    Feasible,
    /// It cannot be done.
    Infeasible,
    /// Something of a project is done.
    Milestone,
    /// Something to be told.
    Noted,
    /// A petition is admitted.
    Admitted,
    /// A petition is not admitted.
    Refused,
    /// The office received it.
    Received,
    /// The office answers.
    Answered,
    /// What became of an answer.
    FollowedUp,
    /// What people said.
    Heard,
    /// What is done about it.
    Done,
    /// What is not done, and why.
    NotDone,
    /// Until when people are asked to take part. It is said by `open_until`.
    OpenUntil,
    /// Something of a newer version.
    Unknown,
}

/// What a step is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum SubjectView {
    /// The activity.
    Whole,
    /// A question.
    Question(String),
    /// An option of the ballot.
    Option(u16),
    /// A statement.
    Statement(String),
    /// What a voice said.
    Voice(String),
}

/// Taking a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StepNew {
    /// The space.
    pub space: String,
    /// The activity.
    pub consultation: String,
    /// What is done.
    pub kind: StepName,
    /// About what.
    pub about: SubjectView,
    /// What is said about it; some steps need a reason.
    #[serde(default)]
    pub text: String,
    /// A number that belongs to it, in the smallest unit of money.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub number: Option<i64>,
    /// A day that belongs to it, as `YYYY-MM-DD`.
    #[serde(default)]
    pub day: Option<String>,
    /// What it goes back to.
    #[serde(default)]
    pub sources: Vec<SubjectView>,
    /// Earlier steps that it takes the place of. Moderation always takes the place of all earlier
    /// moderation of the statement.
    #[serde(default)]
    pub replaces: Vec<String>,
}

/// Stating the outcome as this device counts it from entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StateResult {
    /// The space.
    pub space: String,
    /// The activity.
    pub consultation: String,
    /// In words.
    #[serde(default)]
    pub summary: String,
}

/// A statement of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that the page tells"
)]
pub struct StatementView {
    /// Its id.
    pub statement: String,
    /// What it says.
    pub text: String,
    /// Whether it is voted on.
    pub standing: StandingName,
    /// Why it is hidden, or what it became.
    pub reason: String,
    /// Whether the conversation began with it.
    pub seed: bool,
    /// Whether this device said it.
    pub mine: bool,
    /// This person's vote: 1, 0 or -1.
    pub vote: Option<i8>,
    /// How many agree, disagree and pass; none while the outcome is withheld.
    pub votes: Option<(u32, u32, u32)>,
    /// Whether whoever said it asked that it stand by itself.
    pub apart: bool,
    /// Whether this person may ask for that now.
    pub may_keep_apart: bool,
    /// What officers found out about doing it.
    pub finding: Option<FeasibilityView>,
}

/// What officers found out about an idea.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FeasibilityView {
    /// Whether it can be done.
    pub feasible: bool,
    /// What was found out.
    pub text: String,
    /// What it costs, in whole units of the money.
    #[ts(type = "number | null")]
    pub cost: Option<i64>,
}

/// Making the draft of a budget from the ideas of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BudgetOfIdeas {
    /// The space.
    pub space: String,
    /// The conversation.
    pub consultation: String,
    /// What the budget is called; as the conversation where it is not said.
    #[serde(default)]
    pub title: String,
}

/// Asking that one's own statement stand by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeepApart {
    /// The space.
    pub space: String,
    /// The conversation.
    pub consultation: String,
    /// The statement.
    pub statement: String,
    /// Why; need not be said.
    #[serde(default)]
    pub text: String,
}

/// Whether a statement is voted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StandingName {
    /// It is.
    In,
    /// A facilitator has to let it in.
    Waiting,
    /// It became part of something else.
    Merged,
    /// It is hidden.
    Hidden,
}

/// Adding a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatementNew {
    /// The space.
    pub space: String,
    /// The conversation.
    pub consultation: String,
    /// What it says; at most 1,000 bytes.
    pub text: String,
    /// Whether an officer enters it for somebody.
    #[serde(default)]
    pub assisted: bool,
}

/// A statement by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatementRef {
    /// Its id.
    pub statement: String,
}
