//! What a form can say beyond its questions, their kinds and whether they must be answered: names,
//! conditions, languages, and what other programs' forms have. Texts and expressions are kept as they
//! were written; this crate gives them no meaning, it only keeps them together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::blob::Blob;
use crate::id::QuestionId;

/// The longest name of a question, an option or a language, in bytes.
pub const MAX_NAME: usize = 250;
/// The longest condition or calculation, in bytes.
pub const MAX_RULE: usize = 8_000;
/// The most that is kept for other programs with one question, in bytes of its encoding.
pub const MAX_KEPT: usize = 7_000;
/// The most languages of a form.
pub const MAX_LANGUAGES: usize = 40;

/// A text in the form's further languages, by the name of the language.
pub type Translations = BTreeMap<String, String>;

/// What a form says as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormDetails {
    /// The language that its title and texts are in, as `Arabic (ar)`; empty where that is not said.
    pub language: String,
    /// Its further languages, in order.
    pub languages: Vec<String>,
    /// The title in further languages.
    pub title: Translations,
    /// The description in further languages.
    pub description: Translations,
    /// What other programs' forms say and this one keeps.
    pub kept: FormKept,
}

/// What is kept of a form of another program, to be written back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormKept {
    /// Settings by their name.
    pub settings: BTreeMap<String, String>,
    /// Lists of choices that expressions read and no question asks.
    pub lists: Vec<ChoiceList>,
    /// Sheets that are no part of the form.
    pub sheets: Vec<KeptSheet>,
}

/// A sheet that is kept as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSheet {
    /// Its name.
    pub name: String,
    /// Filled cells by row and column, both from 0.
    pub cells: Vec<(u32, u32, String)>,
}

/// A list of choices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceList {
    /// Its name.
    pub name: String,
    /// What is in it: each text, and the rest.
    pub choices: Vec<(String, ChoiceDetails)>,
}

/// What a question says beside its text, its kind and whether it must be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Names it in expressions and exports; empty for one that is named by its number.
    pub name: String,
    /// The group or repeat that it stands in.
    pub part_of: Option<QuestionId>,
    /// When it is asked, what it accepts, what it is worth.
    pub rules: Rules,
    /// The question in further languages.
    pub label: Translations,
    /// The help in further languages.
    pub hint: Translations,
    /// A longer help.
    pub guidance: Text,
    /// Said when the constraint is broken.
    pub constraint_message: Text,
    /// Said when an answer is missing.
    pub required_message: Text,
    /// How it should look, in the words of XLSForm.
    pub appearance: String,
    /// Pictures and sounds shown or played with it.
    pub media: Vec<Medium>,
    /// What is kept for other programs.
    pub kept: Kept,
}

/// A text in the form's language and in its further ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// In the form's language.
    pub main: String,
    /// In further languages.
    pub others: Translations,
}

/// Expressions as they were written; empty where there is none. Required where a condition holds
/// is the one that [`super::Question::required`] cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// It is asked only where this is true.
    pub relevant: String,
    /// It must be answered where this is true.
    pub required_if: String,
    /// An answer must make this true.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medium {
    /// `image`, `big-image`, `audio` or `video`.
    pub kind: String,
    /// The language it is for; empty for all.
    pub language: String,
    /// The name of the file.
    pub file: String,
    /// The file itself, when somebody added it.
    pub blob: Option<Blob>,
}

/// What is kept of a question of another program's form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The name of the list that the options come from.
    pub list: String,
    /// Named values such as the step of a range.
    pub parameters: BTreeMap<String, String>,
    /// Cells that have no effect here, by their column.
    pub cells: BTreeMap<String, String>,
}

/// What an option says beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceDetails {
    /// What is stored in exports and seen by expressions; empty for the number of the option.
    pub name: String,
    /// The option in further languages.
    pub label: Translations,
    /// What filters ask for, by name.
    pub properties: BTreeMap<String, String>,
    /// Pictures and sounds shown or played with it.
    pub media: Vec<Medium>,
}

impl Rules {
    /// Every rule with the name of its column.
    #[must_use]
    pub fn each(&self) -> [(&'static str, &String); 9] {
        [
            ("relevant", &self.relevant),
            ("required_if", &self.required_if),
            ("constraint", &self.constraint),
            ("calculation", &self.calculation),
            ("trigger", &self.trigger),
            ("default", &self.default),
            ("read_only", &self.read_only),
            ("choice_filter", &self.choice_filter),
            ("repeat_count", &self.repeat_count),
        ]
    }

    /// The same, to be written.
    pub fn each_mut(&mut self) -> [(&'static str, &mut String); 9] {
        [
            ("relevant", &mut self.relevant),
            ("required_if", &mut self.required_if),
            ("constraint", &mut self.constraint),
            ("calculation", &mut self.calculation),
            ("trigger", &mut self.trigger),
            ("default", &mut self.default),
            ("read_only", &mut self.read_only),
            ("choice_filter", &mut self.choice_filter),
            ("repeat_count", &mut self.repeat_count),
        ]
    }
}

impl Details {
    /// Whether everything is within its limit.
    pub(super) fn is_short(&self) -> bool {
        let texts = [
            &self.guidance,
            &self.constraint_message,
            &self.required_message,
        ];
        self.name.len() <= MAX_NAME
            && self.appearance.len() <= MAX_NAME
            && self
                .rules
                .each()
                .iter()
                .all(|(_, rule)| rule.len() <= MAX_RULE)
            && [&self.label, &self.hint].into_iter().all(are_short)
            && texts
                .into_iter()
                .all(|text| text.main.len() <= super::MAX_LABEL && are_short(&text.others))
            && is_small(&self.media)
            && is_small(&self.kept)
    }
}

impl ChoiceDetails {
    pub(super) fn is_short(&self) -> bool {
        self.name.len() <= MAX_NAME
            && are_short(&self.label)
            && is_small(&self.properties)
            && is_small(&self.media)
    }
}

impl FormDetails {
    pub(super) fn is_short(&self) -> bool {
        self.language.len() <= MAX_NAME
            && self.languages.len() <= MAX_LANGUAGES
            && self.languages.iter().all(|name| name.len() <= MAX_NAME)
            && are_short(&self.title)
            && self.description.len() <= MAX_LANGUAGES
            && self
                .description
                .values()
                .all(|text| text.len() <= super::MAX_DESCRIPTION)
    }
}

fn are_short(texts: &Translations) -> bool {
    texts.len() <= MAX_LANGUAGES
        && texts
            .iter()
            .all(|(language, text)| language.len() <= MAX_NAME && text.len() <= super::MAX_LABEL)
}

fn is_small<T: Serialize>(value: &T) -> bool {
    postcard::experimental::serialized_size(value).is_ok_and(|size| size <= MAX_KEPT)
}
