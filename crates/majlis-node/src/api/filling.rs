//! Filling in a form with conditions, question by question. The device works out what is asked, what is
//! offered and what is wrong; a page, a guest's browser and the command line only show it. Every answer
//! is on the disk before the call returns, and stays there until the response is handed in or dropped.
//! A form that is only tried (`try_form`) goes through the same calls and is in memory alone.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::details::MediumView;
use crate::api::process::{AnswerValue, AssistedView, ConsultationDraft, QuestionKindView};

/// Beginning to fill in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BeginFilling {
    /// The space.
    pub space: String,
    /// The consultation, which must be open.
    pub consultation: String,
    /// Whether it is for somebody else.
    #[serde(default)]
    pub assisted: bool,
    /// To correct an assisted answer: its slot, or the code on the receipt. What was answered stands
    /// there; so it does for one's own answer.
    #[serde(default)]
    pub slot: Option<String>,
    /// The language of the texts, by name or code; the form's first where it has no such.
    #[serde(default)]
    pub language: Option<String>,
}

/// Trying a form that nobody answers yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TryForm {
    /// The space it is written for.
    pub space: String,
    /// The form as it is written now, in the space or not.
    pub draft: ConsultationDraft,
    /// The language of the texts, by name or code; the form's first where it has no such.
    #[serde(default)]
    pub language: Option<String>,
}

/// Which filling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FillingRef {
    /// The space.
    pub space: String,
    /// The filling.
    pub filling: String,
}

/// Answering one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Fill {
    /// The space.
    pub space: String,
    /// The filling.
    pub filling: String,
    /// Where the question stands, as in the view: `/member[2]/age`.
    pub path: String,
    /// The answer; nothing takes it away. Text is read by the kind of question where that is no text.
    #[serde(default)]
    pub value: Option<AnswerValue>,
    /// Whether it was known before anybody was asked, such as what an officer keeps for the next
    /// person: nobody stopped there.
    #[serde(default)]
    pub beforehand: bool,
}

/// A row of a repeat, or a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FillRow {
    /// The space.
    pub space: String,
    /// The filling.
    pub filling: String,
    /// To add a row, the repeat: `/member`; to take one away, the row: `/member[2]`.
    pub path: String,
}

/// Showing texts in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FillingLanguage {
    /// The space.
    pub space: String,
    /// The filling.
    pub filling: String,
    /// The language, by name or code.
    pub language: String,
}

/// Handing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FinishFilling {
    /// The space.
    pub space: String,
    /// The filling.
    pub filling: String,
    /// Set when it is for somebody else, and only then.
    #[serde(default)]
    pub assisted: Option<AssistedView>,
}

/// A filling as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FillingView {
    /// Who alone can read answers to sealed questions once they are handed in; empty where nothing is
    /// sealed.
    pub readers: Vec<String>,
    /// How many of them it takes together.
    pub readers_needed: u32,
    /// What becomes of the sealed part of the answer that it corrects; none where there is none.
    pub sealed_before: Option<SealedBefore>,
    /// The filling.
    pub filling: String,
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// The form it fills, exactly.
    pub form_id: String,
    /// The title, in the language shown.
    pub title: String,
    /// Whether it is for somebody else.
    pub assisted: bool,
    /// The assisted answer that it corrects, as it was named when it was begun: its slot, or the code
    /// on the receipt.
    pub slot: Option<String>,
    /// The language shown, by name.
    pub language: String,
    /// The form's languages.
    pub languages: Vec<LanguageView>,
    /// Everything that is shown now, in order, by path.
    pub order: Vec<String>,
    /// Of it what is new or changed since the last view of this filling; everything in a first one.
    pub changed: Vec<FilledQuestion>,
    /// The repeats that are shown now, those without rows too.
    pub repeats: Vec<RepeatView>,
    /// Whether the form counts rows, or offers choices, by other answers: half a number could take
    /// some of them away.
    pub steered: bool,
    /// Questions that have an answer, of those that are asked now.
    pub answered: u32,
    /// Questions that are asked now.
    pub asked: u32,
    /// Where a person answered last, by path; empty before they did.
    pub last: String,
    /// Where something is wrong, in order: what stands in the way of handing in.
    pub wrong: Vec<String>,
    /// When it was begun, in milliseconds since 1970.
    pub started: u64,
    /// When it was last saved, in milliseconds since 1970.
    pub saved: u64,
}

/// What becomes of what was sealed before, when an answer is corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SealedBefore {
    /// No sealed question was answered anew: it stays as it is.
    Kept,
    /// One was: all of it is replaced by what is answered now.
    Replaced,
}

/// A language of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LanguageView {
    /// Its name.
    pub name: String,
    /// Its code, where the name says one.
    pub code: Option<String>,
    /// Whether it is written from right to left.
    pub right_to_left: bool,
}

/// A question, group or row as it stands, in the language shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FilledQuestion {
    /// Where it stands: `/member[2]/age`.
    pub path: String,
    /// The question's id.
    pub question: String,
    /// What it takes; options are those that are offered now, as they are called now.
    pub kind: QuestionKindView,
    /// Pictures and sounds of offered options, by the option's id.
    pub option_media: Vec<(u16, Vec<MediumView>)>,
    /// What is asked, with other answers put in.
    pub label: String,
    /// A short help.
    pub hint: String,
    /// A longer help.
    pub guidance: String,
    /// How it should look, in the words of XLSForm.
    pub appearance: String,
    /// Pictures and sounds shown or played with it.
    pub media: Vec<MediumView>,
    /// How deep it lies in groups and rows.
    pub depth: u32,
    /// The page it is on, counted from 0: what lies in a group that wants one page is together.
    pub page: u32,
    /// Whether it must be answered.
    pub required: bool,
    /// Whether its answer is sealed when it is handed in: only some can read it then.
    pub sealed: bool,
    /// Whether it cannot be changed by hand.
    pub read_only: bool,
    /// The answer.
    pub value: Option<AnswerValue>,
    /// What is wrong.
    pub wrong: Option<WrongView>,
}

/// What is wrong with an answer, or with the lack of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WrongView {
    /// Which kind; the interface shows its sentence for it where the form says none.
    pub why: WrongName,
    /// What the form says, in the language shown.
    pub message: Option<String>,
}

/// Kinds of what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WrongName {
    /// It must be answered.
    Missing,
    /// It breaks a condition of the form.
    Constraint,
    /// It is not of the question's kind, or not offered any more.
    Unfit,
    /// It is outside what the question accepts.
    OutOfRange,
}

/// A repeat that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RepeatView {
    /// Where it stands, without the number of a row: `/member`.
    pub path: String,
    /// The question's id.
    pub question: String,
    /// What it is called.
    pub label: String,
    /// How many rows there are.
    pub rows: u32,
    /// Whether rows are added and taken away by hand; otherwise the form counts them.
    pub free: bool,
    /// The path behind which a new row would come; empty before everything.
    pub after: String,
}

/// A filling that was begun and not handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UnfinishedFilling {
    /// The filling.
    pub filling: String,
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// Its title.
    pub title: String,
    /// Whether it is for somebody else.
    pub assisted: bool,
    /// The assisted answer that it corrects, as it was named when it was begun.
    pub slot: Option<String>,
    /// The form it fills, exactly.
    pub form_id: String,
    /// Whether answers to that form are taken now.
    pub open: bool,
    /// Questions that have an answer.
    pub answered: u32,
    /// When it was begun, in milliseconds since 1970.
    pub started: u64,
    /// When it was last saved, in milliseconds since 1970.
    pub saved: u64,
}
