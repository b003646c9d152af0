//! What forms say beyond texts and kinds: names, conditions, languages, and what is kept for other
//! programs. A page that does not know a part hands it back as it was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a form says as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct FormDetailsView {
    /// The language that its texts are in, as `Arabic (ar)`; empty where that is not said.
    pub language: String,
    /// All its languages, in order.
    pub languages: Vec<String>,
    /// The title in further languages.
    pub title: BTreeMap<String, String>,
    /// The description in further languages.
    pub description: BTreeMap<String, String>,
    /// What is kept for other programs, packed; to be handed back as it is.
    pub kept: String,
}

/// What a question says beside its text, its kind and whether it must be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct QuestionDetails {
    /// Names it in conditions and exports; empty for one that is named by its number.
    pub name: String,
    /// The group or repeat that it stands in: its id.
    pub part_of: Option<String>,
    /// When it is asked, what it accepts, what it is worth.
    pub rules: RulesView,
    /// The question in further languages.
    pub label: BTreeMap<String, String>,
    /// The help in further languages.
    pub hint: BTreeMap<String, String>,
    /// A longer help.
    pub guidance: TextView,
    /// Said when the constraint is broken.
    pub constraint_message: TextView,
    /// Said when an answer is missing.
    pub required_message: TextView,
    /// How it should look, in the words of XLSForm: `minimal`, `signature`, `field-list`.
    pub appearance: String,
    /// Pictures and sounds shown or played with it.
    pub media: Vec<MediumView>,
    /// The name of the list that its options come from.
    pub list: String,
    /// Named values such as the step of a range.
    pub parameters: BTreeMap<String, String>,
    /// Cells of other programs that have no effect here, by their column.
    pub cells: BTreeMap<String, String>,
}

/// A text in the form's language and in its further ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct TextView {
    /// In the form's language.
    pub main: String,
    /// In further languages, by name.
    pub others: BTreeMap<String, String>,
}

/// Expressions of XLSForm; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct RulesView {
    /// It is asked only where this is true.
    pub relevant: String,
    /// It must be answered where this is true; always is `required` of the question.
    pub required_if: String,
    /// An answer must make this true; `.` is the answer.
    pub constraint: String,
    /// The value that is computed.
    pub calculation: String,
    /// Questions whose answering makes the calculation run.
    pub trigger: String,
    /// The first value.
    pub default: String,
    /// It is not changed by hand where this is true.
    pub read_only: String,
    /// Only options that make this true are offered.
    pub choice_filter: String,
    /// How many rows a repeat has.
    pub repeat_count: String,
}

/// A picture or a sound with a question or an option.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct MediumView {
    /// `image`, `big-image`, `audio` or `video`.
    pub kind: String,
    /// The language it is for; empty for all.
    pub language: String,
    /// The name of the file.
    pub file: String,
    /// The file itself, where it is kept here.
    pub blob: Option<String>,
}

/// What an option says beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ChoiceDetailsView {
    /// What is stored in exports and seen by conditions; empty for the option's number.
    pub name: String,
    /// The option in further languages.
    pub label: BTreeMap<String, String>,
    /// What filters ask for, by name.
    pub properties: BTreeMap<String, String>,
    /// Pictures and sounds shown or played with it.
    pub media: Vec<MediumView>,
}
