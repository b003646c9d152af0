//! A form as data: what is asked, in which order, in which languages, under which conditions.
//!
//! Conditions are kept as they were written; [`Logic`](crate::Logic) gives them meaning. What this
//! version does not understand is kept beside what it does, so that writing loses nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod kind;

pub use kind::{Kind, MediaKind, Metadata, Support};

/// The name that texts without a language get.
pub const DEFAULT_LANGUAGE: &str = "default";

/// A form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Title, id, version and the like.
    pub settings: Settings,
    /// Languages in which it has texts, in the order of their first column.
    pub languages: Vec<Language>,
    /// What is asked, in order.
    pub items: Vec<Item>,
    /// Lists of choices, in the order of the file.
    pub lists: Vec<ChoiceList>,
    /// Sheets that are no part of a form, or of a part that is not understood yet.
    pub kept_sheets: Vec<KeptSheet>,
}

/// What holds for a form as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Shown to people. The id where a form says no title.
    pub title: String,
    /// Names the form among others.
    pub id: String,
    /// Names this state of the form.
    pub version: Option<String>,
    /// The language shown first, as in the columns: `Arabic (ar)`.
    pub default_language: Option<String>,
    /// An expression that names a response.
    pub instance_name: Option<String>,
    /// Whether several choices of one list may have one name.
    pub allow_choice_duplicates: bool,
    /// Settings that are not understood, by their column.
    pub kept: BTreeMap<String, String>,
}

/// A language of a form's texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// As in the columns: `Arabic (ar)`.
    pub name: String,
    /// The subtag in the brackets.
    pub code: Option<String>,
    /// Whether it is written from right to left, as its code says.
    pub right_to_left: bool,
}

impl Language {
    /// A language from the name it has in columns.
    ///
    /// Its direction follows from its code and never from what its texts begin with.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let code = name
            .strip_suffix(')')
            .and_then(|name| name.rsplit_once('('))
            .map(|(_, code)| code.trim().to_ascii_lowercase())
            .filter(|code| {
                let main = code.split('-').next().unwrap_or_default();
                (2..=3).contains(&main.len())
                    && code
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
        let right_to_left = code.as_deref().is_some_and(|code| {
            let mut parts = code.split('-');
            let main = parts.next().unwrap_or_default();
            match parts.find(|part| part.len() == 4) {
                Some(script) => matches!(script, "arab" | "hebr" | "nkoo" | "syrc" | "thaa"),
                None => matches!(
                    main,
                    "ar" | "arc"
                        | "ckb"
                        | "dv"
                        | "fa"
                        | "he"
                        | "ks"
                        | "nqo"
                        | "ps"
                        | "sd"
                        | "syr"
                        | "ug"
                        | "ur"
                        | "yi"
                ),
            }
        });
        Self {
            name: name.to_owned(),
            code,
            right_to_left,
        }
    }
}

/// A text in the languages it has, by the name of the language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Texts(pub BTreeMap<String, String>);

impl Texts {
    /// Whether there is no text in any language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in a language, else in the default one, else in any.
    #[must_use]
    pub fn in_language(&self, language: &str) -> Option<&str> {
        self.0
            .get(language)
            .or_else(|| self.0.get(DEFAULT_LANGUAGE))
            .or_else(|| self.0.values().next())
            .map(String::as_str)
    }
}

/// Where something stood in a spreadsheet.
///
/// Two things that differ in nothing else are the same.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(pub Option<u32>);

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

/// A question, a group or a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Names it in expressions and exports.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Items of a group or repeat; a question has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Self>,
    /// The row it was read from, counted from 1.
    #[serde(default)]
    pub row: Origin,
    /// What is asked; may refer to answers as `${name}`.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub label: Texts,
    /// A short help.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub hint: Texts,
    /// A longer help, for whoever asks or for training.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub guidance_hint: Texts,
    /// Files shown or played with the question, by kind and language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub media: BTreeMap<MediaKind, Texts>,
    /// Expressions and other cells that rule it.
    #[serde(default)]
    pub rules: Rules,
    /// Shown when the constraint is broken.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub constraint_message: Texts,
    /// Shown when an answer is required and missing.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub required_message: Texts,
    /// How it should look, in words for the program that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appearance: Option<String>,
    /// Named values such as `start=0 end=10`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Cells that are not understood, by their column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, String>,
}

impl Item {
    /// An item of that name and kind, with nothing else said.
    #[must_use]
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            items: Vec::new(),
            row: Origin(None),
            label: Texts::default(),
            hint: Texts::default(),
            guidance_hint: Texts::default(),
            media: BTreeMap::new(),
            rules: Rules::default(),
            constraint_message: Texts::default(),
            required_message: Texts::default(),
            appearance: None,
            parameters: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }
}

/// Expressions of an item, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Shown only where this is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevant: Option<String>,
    /// An answer must be given where this is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<String>,
    /// An answer must make this true; `.` is the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// The value that is computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calculation: Option<String>,
    /// Questions whose answering makes the calculation run, instead of any change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trigger: Vec<String>,
    /// The first value, literal or an expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Not to be changed by hand where this is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<String>,
    /// Offers only the choices that make this true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice_filter: Option<String>,
    /// How many instances a repeat has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_count: Option<String>,
}

/// A list of choices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceList {
    /// Names it in types of questions.
    pub name: String,
    /// In the order of the file.
    pub choices: Vec<Choice>,
}

/// A choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is stored.
    pub name: String,
    /// What is shown.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub label: Texts,
    /// Files shown or played with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub media: BTreeMap<MediaKind, Texts>,
    /// Further columns, which choice filters can ask for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
    /// The row it was read from, counted from 1.
    #[serde(default)]
    pub row: Origin,
}

/// A sheet that was kept as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSheet {
    /// Its name.
    pub name: String,
    /// Filled cells by row and column, both from 0.
    pub cells: Vec<(u32, u32, String)>,
}

impl Form {
    /// The list of that name.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&ChoiceList> {
        self.lists.iter().find(|list| list.name == name)
    }

    /// The name of the language shown first.
    #[must_use]
    pub fn first_language(&self) -> &str {
        self.settings
            .default_language
            .as_deref()
            .or_else(|| {
                self.languages
                    .first()
                    .map(|language| language.name.as_str())
            })
            .unwrap_or(DEFAULT_LANGUAGE)
    }

    /// The form's language of that subtag, else the language shown first.
    #[must_use]
    pub fn language_of(&self, code: &str) -> &str {
        self.languages
            .iter()
            .find(|language| {
                language
                    .code
                    .as_deref()
                    .is_some_and(|own| own == code || own.split('-').next() == Some(code))
            })
            .map_or_else(|| self.first_language(), |language| language.name.as_str())
    }
}
