//! What became of answers: themes that officers put answers into by hand, and the closing report,
//! "you said, we did, we did not, because", which goes back to the answers behind it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::answers::ResponseView;
use crate::api::field::CheckedInAll;
use crate::api::proceedings::StepView;
use crate::api::process::Phase;

/// The closing report of a consultation as it stands, begun or not.
#[allow(
    clippy::struct_excessive_bools,
    reason = "four things that do not exclude each other"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportView {
    /// Where the consultation stands.
    pub phase: Phase,
    /// Whether answers may be shown to this person now; without it, no number below is told.
    pub shown: bool,
    /// What people said, the theme with the most answers first.
    pub themes: Vec<ThemeView>,
    /// What is done or not done about the whole, oldest first.
    pub whole: Vec<StepView>,
    /// Answers that count.
    pub counted: u32,
    /// Of them, answers that are behind a theme.
    pub themed: u32,
    /// Whether this person's own answer counts and is behind no theme.
    pub mine_left_out: bool,
    /// What asking some people again found, where some were drawn and answers may be shown.
    pub again: Option<CheckedInAll>,
    /// Whether this person may sort answers into themes.
    pub may_sort: bool,
    /// Whether this person may say what is done about them.
    pub may_report: bool,
}

/// Something that people said, in an officer's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThemeView {
    /// The theme. The same words are the same theme, whoever writes them.
    pub theme: String,
    /// What people said.
    pub text: String,
    /// Answers behind it that count.
    pub answers: u32,
    /// Whether this person's own answer is among them.
    pub mine: bool,
    /// What is done or not done about it, oldest first.
    pub replies: Vec<StepView>,
}

/// Asking for the answers behind themes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThemedQuery {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// Which answers.
    pub of: Themed,
    /// Only those with these words in them.
    #[serde(default)]
    pub text: String,
    /// Skip so many.
    #[serde(default)]
    pub offset: u32,
    /// At most so many; 0 means 50, at most 500.
    #[serde(default)]
    pub limit: u32,
}

/// Which answers are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "theme", rename_all = "snake_case")]
pub enum Themed {
    /// All that count.
    All,
    /// Those behind no theme.
    None,
    /// Those behind a theme.
    Theme(String),
}

/// A page of answers with their themes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThemedPage {
    /// The answers, the newest first.
    pub answers: Vec<ThemedAnswer>,
    /// How many there are in all.
    pub total: u32,
}

/// An answer with its themes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThemedAnswer {
    /// The answer.
    pub response: ResponseView,
    /// The themes that it is behind.
    pub themes: Vec<String>,
}

/// Putting answers into a theme, or taking them out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThemeChange {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// The words of the theme; a theme that is not there yet is made.
    pub text: String,
    /// The voices to put behind it.
    #[serde(default)]
    pub add: Vec<String>,
    /// The voices to take away from it.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// What an office said about an activity since this person last read its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NoticeView {
    /// When the newest of it was said, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// Whether it is about a theme that this person's own answer is behind.
    pub mine: bool,
}
