//! Forms as spreadsheets of other programs (XLSForm): read into a draft, and written from a consultation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::process::{ConsultationDraft, StageName};

/// A spreadsheet: XLSX, XLS or ODS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReadSheet {
    /// The name of the file, which names a form that names itself not.
    pub name: String,
    /// The file, in Base64.
    pub base64: String,
    /// The language to begin with, by name or code; the form's first where it has no such.
    #[serde(default)]
    pub language: Option<String>,
    /// How much influence the answers have, which a spreadsheet does not say.
    pub stage: StageName,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SheetRead {
    /// The draft; nothing when something must be mended first.
    pub draft: Option<ConsultationDraft>,
    /// What must be mended, what should be looked at, and what is kept without effect.
    pub messages: Vec<SheetMessage>,
}

/// What is to be said about a spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SheetMessage {
    /// Whether it stands in the way.
    pub severity: SheetSeverity,
    /// Names it for translators.
    pub code: String,
    /// Where, in English: sheet, row and column.
    pub place: String,
    /// The sheet.
    pub sheet: Option<String>,
    /// The row, counted from 1.
    pub row: Option<u32>,
    /// The heading of the column.
    pub column: Option<String>,
    /// What the sentence says beside that, by name: `name`, `meant`, `expression`.
    pub values: BTreeMap<String, String>,
    /// In English: what.
    pub message: String,
    /// In English: what to do.
    pub advice: String,
}

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SheetSeverity {
    /// It must be mended.
    Error,
    /// It should be looked at.
    Warning,
    /// It is kept, and has no effect yet.
    Note,
}

/// A spreadsheet that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SheetWritten {
    /// A name for the file.
    pub name: String,
    /// The file (XLSX), in Base64.
    pub base64: String,
}
