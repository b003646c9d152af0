//! Answers as files for other programs.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The kind of a file of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum AnswersFormat {
    /// A workbook: the answers, what its columns mean, where it comes from.
    Xlsx,
    /// The answers, what their columns mean, and for each repeat of the form its rows: a file each.
    Csv,
    /// One file with all of it.
    Json,
    /// Answers as points for a map (RFC 7946), with what their columns mean; those without a place too.
    GeoJson,
}

/// Writing the answers that count into a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnswersExport {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// As what.
    pub format: AnswersFormat,
    /// Where; `None` means the exports folder of this device's data. What is there is replaced.
    #[serde(default)]
    pub path: Option<String>,
}

/// Writing the photos and sounds of the answers that count into one file (ZIP), each by the name that
/// stands in an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MediaExport {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// Where; `None` means the exports folder of this device's data, where one of before is replaced.
    #[serde(default)]
    pub path: Option<String>,
}

/// Photos and sounds were written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MediaWritten {
    /// The file; none where there was nothing to write.
    pub path: Option<String>,
    /// Photos and sounds in it.
    pub files: u32,
    /// Those that are not whole on this device; they were asked for.
    pub missing: u32,
    /// Those that are sealed to others.
    pub sealed: u32,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Answers were written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnswersWritten {
    /// The files.
    pub paths: Vec<String>,
    /// Answers in them: as many as count here.
    pub answers: u64,
    /// Bytes of all files.
    pub bytes: u64,
}
