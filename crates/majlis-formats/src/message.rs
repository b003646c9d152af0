//! What there is to say about a form: errors, warnings and notes, each with its place.
//!
//! A message is a closed code with fields, which an interface translates; the English text is for
//! programs and logs.

use std::fmt;

use serde::Serialize;

use crate::expression::SyntaxError;
use crate::workbook::WorkbookError;

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something was kept, or done on the author's behalf.
    Note,
    /// The form works, and probably not as meant.
    Warning,
    /// The form cannot be used until this is mended.
    Error,
}

/// A cell, a row, a sheet, or the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The sheet.
    pub sheet: Option<String>,
    /// The row, counted from 1.
    pub row: Option<u32>,
    /// The heading of the column.
    pub column: Option<String>,
}

impl Place {
    /// A sheet as a whole.
    #[must_use]
    pub fn sheet(sheet: &str) -> Self {
        Self {
            sheet: Some(sheet.to_owned()),
            ..Self::default()
        }
    }

    /// A row of a sheet.
    #[must_use]
    pub fn row(sheet: &str, row: Option<u32>) -> Self {
        Self {
            sheet: Some(sheet.to_owned()),
            row,
            column: None,
        }
    }

    /// A cell of a sheet.
    #[must_use]
    pub fn cell(sheet: &str, row: Option<u32>, column: &str) -> Self {
        Self {
            sheet: Some(sheet.to_owned()),
            row,
            column: Some(column.to_owned()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(sheet) = &self.sheet {
            parts.push(format!("sheet {sheet}"));
        }
        if let Some(row) = self.row {
            parts.push(format!("row {row}"));
        }
        if let Some(column) = &self.column {
            parts.push(format!("column {column}"));
        }
        f.write_str(&parts.join(", "))
    }
}

/// Several names, as a sentence has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Listed(pub Vec<String>);

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

/// One thing to say about a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How grave.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

impl Serialize for Message {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Whole<'a> {
            severity: Severity,
            #[serde(flatten)]
            place: &'a Place,
            #[serde(flatten)]
            problem: &'a Problem,
            text: String,
            advice: String,
        }
        Whole {
            severity: self.severity,
            place: &self.place,
            problem: &self.problem,
            text: self.problem.to_string(),
            advice: self.problem.advice(),
        }
        .serialize(serializer)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        if self.place == Place::default() {
            write!(f, "{severity}: {}", self.problem)?;
        } else {
            write!(f, "{severity}: {}: {}", self.place, self.problem)?;
        }
        write!(f, "; {}", self.problem.advice())
    }
}

impl Message {
    /// Something that must be mended.
    #[must_use]
    pub fn error(place: Place, problem: Problem) -> Self {
        Self {
            severity: Severity::Error,
            place,
            problem,
        }
    }

    /// Something that is probably not as meant.
    #[must_use]
    pub fn warning(place: Place, problem: Problem) -> Self {
        Self {
            severity: Severity::Warning,
            place,
            problem,
        }
    }

    /// Something to know.
    #[must_use]
    pub fn note(place: Place, problem: Problem) -> Self {
        Self {
            severity: Severity::Note,
            place,
            problem,
        }
    }
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty),* $(,)? }
        => $text:literal, $advice:literal;)*) => {
        /// What is wrong, or worth knowing. The code is the variant in snake case.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(tag = "code", rename_all = "snake_case")]
        #[non_exhaustive]
        #[allow(unused_variables, reason = "not every field is in both sentences")]
        pub enum Problem {
            $($(#[$doc])* $name { $($(#[$field_doc])* $field: $kind),* },)*
        }

        impl fmt::Display for Problem {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name { $($field),* } => {
                        $(let _ = $field;)*
                        write!(f, $text)
                    })*
                }
            }
        }

        impl Problem {
            /// What to do about it, in English.
            #[must_use]
            pub fn advice(&self) -> String {
                match self {
                    $(Self::$name { $($field),* } => {
                        $(let _ = $field;)*
                        format!($advice)
                    })*
                }
            }

            /// Names what is wrong, for catalogues of translations.
            #[must_use]
            pub fn code(&self) -> String {
                match self {
                    $(Self::$name { .. } => snake(stringify!($name)),)*
                }
            }

            /// The codes of all problems, for catalogues of translations.
            #[must_use]
            pub fn codes() -> Vec<String> {
                [$(stringify!($name)),*].into_iter().map(snake).collect()
            }
        }
    };
}

fn snake(name: &str) -> String {
    let mut code = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.push(letter.to_ascii_lowercase());
    }
    code
}

/// A row that something refers to, where it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Earlier(pub Option<u32>);

impl fmt::Display for Earlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(row) => write!(f, "row {row}"),
            None => f.write_str("another row"),
        }
    }
}

/// A name that was probably meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Meant(pub Option<String>);

impl fmt::Display for Meant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(f, "perhaps {name:?} is meant"),
            None => f.write_str("nothing of a similar name exists"),
        }
    }
}

impl Meant {
    /// The nearest of some names, if one is near.
    pub(crate) fn among<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Self {
        Self::within(1 + name.chars().count() / 3, name, names)
    }

    /// The nearest of some names that is at most so many letters away.
    pub(crate) fn within<'a>(
        limit: usize,
        name: &str,
        names: impl Iterator<Item = &'a str>,
    ) -> Self {
        Self(
            names
                .take(5_000)
                .map(|other| (distance(name, other, limit), other))
                .filter(|(distance, _)| *distance <= limit)
                .min()
                .map(|(_, other)| other.to_owned()),
        )
    }
}

/// How many letters must change to make one name the other (Levenshtein), or more than the limit.
fn distance(one: &str, other: &str, limit: usize) -> usize {
    let other: Vec<char> = other.to_lowercase().chars().take(64).collect();
    let one: Vec<char> = one.to_lowercase().chars().take(64).collect();
    if one.len().abs_diff(other.len()) > limit {
        return limit + 1;
    }
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut now = vec![row + 1];
        for ((pair, same), left) in last.windows(2).zip(&other).zip(0..) {
            let (Some(diagonal), Some(above), Some(before)) =
                (pair.first(), pair.get(1), now.get(left))
            else {
                break;
            };
            let change = diagonal + usize::from(letter != same);
            now.push(change.min(above + 1).min(before + 1));
        }
        last = now;
    }
    last.last().copied().unwrap_or(limit + 1)
}

problems! {
    /// The file is not read at all.
    Unreadable { #[doc = "Why."] reason: WorkbookError }
        => "{reason}", "save it again as XLSX and try once more";
    /// There is no sheet of questions.
    NoSurvey { #[doc = "The sheets there are."] sheets: Vec<String> }
        => "there is no sheet named survey", "name the sheet of questions survey (there are: {sheets:?})";
    /// The only sheet was taken as the sheet of questions.
    OnlySheet { #[doc = "Its name."] sheet: String }
        => "the only sheet, {sheet:?}, is taken as survey", "name it survey";
    /// A column is missing.
    MissingColumn { #[doc = "Its heading."] heading: String }
        => "the column {heading} is missing", "add a column {heading}";
    /// Two columns say the same thing.
    RepeatedColumn { #[doc = "The heading that came first."] first: String }
        => "the column says the same as {first:?}", "remove one of the two; the first is used";
    /// A column is kept and not used.
    UnknownColumn { #[doc = "Its heading."] heading: String }
        => "the column {heading:?} is not known; it is kept", "nothing need be done, unless it is a misspelling";
    /// A column that has no effect is called almost like one that has.
    MisspeltColumn { #[doc = "Its heading."] heading: String, #[doc = "The heading that is probably meant."] meant: Meant }
        => "the column {heading:?} is not known and has no effect", "correct the heading; {meant}";
    /// The headings are not in the first row.
    HeadingsBelow { #[doc = "Where they are."] row: u32 }
        => "the headings stand in row {row}, and must be in the first row", "remove the rows above them";
    /// A cell has a formula and no value.
    FormulaWithoutValue {}
        => "the cell has a formula whose result is not in the file, so it is read as empty", "open the file in a spreadsheet program and save it, or write the text itself";
    /// A sheet is kept and not used.
    UnknownSheet { #[doc = "Its name."] name: String }
        => "the sheet {name:?} is not known; it is kept", "nothing need be done";
    /// A sheet that is not read is called almost like one that is, or as another one.
    MisspeltSheet { #[doc = "Its name."] name: String, #[doc = "The name that is probably meant."] meant: Meant }
        => "the sheet {name:?} is kept and not read", "correct its name, or put its rows into the sheet that is meant; {meant}";
    /// Something is kept and has no effect yet.
    NotSupportedYet { #[doc = "What."] feature: String }
        => "{feature} is not supported yet; it is kept", "nothing need be done; here it has no effect";
    /// Rows were not read.
    RowsAfterGap { #[doc = "The first of them."] first: u32 }
        => "rows from {first} on are not read, because 20 empty rows come before them", "remove the empty rows";
    /// A row has no type.
    MissingType {}
        => "the row has no type", "write a type, or empty the row";
    /// A type is not known.
    UnknownType { #[doc = "As written."] found: String, #[doc = "A similar one."] meant: Meant }
        => "the type {found:?} is not known", "write a type of XLSForm; {meant}";
    /// A row has no name.
    MissingName {}
        => "the row has no name", "write a name: letters, digits, - _ . and no spaces";
    /// A name was made.
    NameMade { #[doc = "Which."] name: String }
        => "the row has no name; {name:?} is used", "write a name of your own";
    /// The sheet of questions has none.
    NothingAsked {}
        => "the form asks nothing", "write a question a row: its type, its name and its label";
    /// A row that computes says nothing to compute.
    MissingCalculation {}
        => "the row computes nothing", "write an expression in the column calculation, or remove the row";
    /// A name cannot be used.
    InvalidName { #[doc = "The name."] name: String }
        => "{name:?} cannot be a name", "begin with a letter or _ and go on with letters, digits, - _ .";
    /// Two items of one section have one name.
    RepeatedName { #[doc = "The name."] name: String, #[doc = "The row that had it first."] first: Earlier }
        => "the name {name:?} is taken by an earlier row", "give one of the two another name (the first is in {first})";
    /// A list of choices is not there.
    UnknownList { #[doc = "The list."] list: String, #[doc = "A similar one."] meant: Meant }
        => "there is no list of choices {list:?}", "add it to the sheet choices; {meant}";
    /// A question with choices names no list.
    MissingList {}
        => "the type names no list of choices", "write the list after the type: select_one yes_no";
    /// A choice has no list.
    MissingListName {}
        => "the choice belongs to no list", "write the list in the column list_name";
    /// A choice has no name.
    MissingChoiceName {}
        => "the choice has no name", "write a name, which is what is stored";
    /// A choice's name has a space.
    SpaceInChoice { #[doc = "The name."] name: String }
        => "the choice {name:?} has a space in its name, and answers of several choices are stored with spaces between", "write _ instead of the space";
    /// Two choices of a list have one name.
    RepeatedChoice { #[doc = "The list."] list: String, #[doc = "The name."] name: String, #[doc = "The row that had it first."] first: Earlier }
        => "the list {list:?} has the choice {name:?} twice", "rename one, or set allow_choice_duplicates to yes (the first is in {first})";
    /// A section is not closed.
    NotClosed { #[doc = "Its name."] name: String }
        => "the group or repeat {name:?} has no end", "add a row end_group or end_repeat";
    /// An end has no beginning.
    NotOpened {}
        => "nothing is open that could end here", "remove the row, or add the begin row that it belongs to";
    /// An end of another kind.
    WrongEnd { #[doc = "The section that is open."] name: String, #[doc = "Its row."] opened: Earlier }
        => "the row ends another kind than {name:?}, which is open", "end repeats with end_repeat and groups with end_group (it was opened in {opened})";
    /// Sections lie too deep, or there are too many items.
    TooLarge { #[doc = "What there is too much of."] what: String, #[doc = "How much is read."] limit: u64 }
        => "there are more than {limit} {what}", "split the form";
    /// An expression is not understood.
    Syntax { #[doc = "As written."] expression: String, #[doc = "Why."] reason: SyntaxError }
        => "the expression {expression:?} is not understood: {reason}", "correct the expression";
    /// An expression names a question that is not there.
    UnknownReference { #[doc = "The name."] name: String, #[doc = "A similar one."] meant: Meant }
        => "there is no question {name:?}", "correct the name; {meant}";
    /// An expression names one of several questions of that name.
    AmbiguousReference { #[doc = "The name."] name: String }
        => "several questions are named {name:?}", "give them different names";
    /// A word is neither a text nor an answer.
    BareWord { #[doc = "The word."] name: String }
        => "{name:?} stands neither in quotes nor in ${{ }}, so it is like no answer", "write '{name}' for the word, or ${{{name}}} for the answer to a question of that name";
    /// A day is written as a sum.
    DayWithoutQuotes { #[doc = "The day."] text: String }
        => "{text} without quotes takes one number from the other", "write date('{text}')";
    /// An answer is compared with a choice that nobody can give.
    NoSuchChoice { #[doc = "The list."] list: String, #[doc = "What it is compared with."] name: String, #[doc = "A similar one."] meant: Meant }
        => "the list {list:?} has no choice {name:?}, so nobody ever answers it", "write the name of a choice and not its label; {meant}";
    /// Choices are filtered by a column that they do not have.
    UnknownChoiceColumn { #[doc = "The list."] list: String, #[doc = "The column."] name: String, #[doc = "A similar one."] meant: Meant }
        => "the choices of {list:?} have no column {name:?}, so it is empty for all of them", "correct the name, or add the column to the sheet choices; {meant}";
    /// A way to look that no program has.
    UnknownAppearance { #[doc = "The word."] name: String, #[doc = "A similar one."] meant: Meant }
        => "the appearance {name:?} is not known; it is kept", "nothing need be done, unless it is a misspelling; {meant}";
    /// A first value is no answer to its question.
    NoSuchDefault { #[doc = "The value."] value: String }
        => "{value:?} is no answer to this question", "write it as it is stored: 2026-01-31, 06:30, 12.5, or the name of a choice";
    /// Expressions go round in a circle.
    Circular { #[doc = "The names, in order."] names: Listed }
        => "what is shown or computed depends on itself: {names}", "take one of them out of the circle";
    /// A pattern is not understood.
    BadPattern { #[doc = "The pattern."] pattern: String }
        => "the pattern {pattern:?} is not understood", "correct the regular expression";
    /// A parameter is not understood.
    BadParameter { #[doc = "The parameter."] parameter: String, #[doc = "Its value."] value: String }
        => "the parameter {parameter} cannot be {value:?}", "write it as name=value with a value that fits, or remove it";
    /// The type has no such parameter.
    UnknownParameter { #[doc = "The parameter."] parameter: String, #[doc = "A similar one."] meant: Meant }
        => "this type has no parameter {parameter:?}", "correct or remove it; {meant}";
    /// A calculation waits for something that nobody answers.
    TriggerNotAsked { #[doc = "What it waits for."] name: String }
        => "{name:?} is not asked, so nothing is ever computed when it is answered", "name a question that is shown";
    /// A text begins to name an answer and does not end.
    BrokenReference { #[doc = "From where it begins."] text: String }
        => "{text:?} is no reference to an answer, and is shown as it is written", "write ${{, the name of a question, and }}";
    /// A question has no text.
    MissingLabel { #[doc = "The question."] name: String }
        => "{name:?} has no label", "write what is asked";
    /// A question or choice has no text in one of the form's languages.
    MissingTranslation { #[doc = "The language."] language: String, #[doc = "How many texts."] count: u64 }
        => "{count} labels have no text in {language:?}, this one first", "translate them; until then another language is shown";
    /// A language has no code.
    NoLanguageCode { #[doc = "The language."] language: String }
        => "the language {language:?} has no code, so its direction is not known", "write it as in: label::Arabic (ar)";
}
