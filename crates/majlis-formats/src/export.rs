//! Responses as CSV, XLSX, JSON and GeoJSON, written as they come, with a dictionary and provenance.
//!
//! A form without repeats is one table. Each repeat is a table of its own, whose rows name the row
//! they belong to, as ODK and Kobo do it. Nothing is held but one response, so memory does not grow
//! with their number; a format with several tables asks for the responses once for each.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;

use serde::Serialize;

use crate::answer::Answers;

mod csv;
mod dictionary;
mod json;
mod table;
mod xlsx;

pub use csv::{guard, unguard, write_csv, write_rows};
pub use dictionary::{Described, DescribedChoice, Dictionary, dictionary};
pub use json::{write_geojson, write_json};
pub use table::{Cell, Table, tables};
pub use xlsx::{MAX_ROWS, write_xlsx};

/// A response with what the record around it says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Response {
    /// Names it among all; the column `KEY`.
    pub id: String,
    /// When it was submitted, in ISO 8601.
    pub submitted_at: String,
    /// The road it came by: `self`, `assisted`, `paper`, ...
    pub channel: String,
    /// Whether two answers of the same voice stand against each other.
    pub conflict: bool,
    /// Whether it supersedes an earlier one.
    pub ever_corrected: bool,
    /// Further columns, by the headings that [`Options::attributes`] names.
    pub attributes: BTreeMap<String, String>,
    /// What was answered.
    pub answers: Answers,
}

/// How to export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Further columns from [`Response::attributes`], in order.
    pub attributes: Vec<String>,
    /// What those mean, in Arabic, French and English.
    pub meanings: BTreeMap<String, [String; 3]>,
    /// Languages of the form, by name, in which chosen labels get a column beside the codes.
    pub labels: Vec<String>,
    /// Digits after the point that coordinates keep; two are about a kilometre. All where not said.
    pub coordinate_digits: Option<u32>,
    /// Whether sheets read from right to left.
    pub right_to_left: bool,
    /// Which question is the place of a response on a map; the first geopoint where not said.
    pub place: Option<String>,
}

/// Where an export comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The title of the form or consultation.
    pub title: String,
    /// The form's id.
    pub form_id: String,
    /// The form's version.
    pub form_version: String,
    /// When it was exported, in ISO 8601.
    pub exported_at: String,
    /// Who exported it, in which capacity.
    pub exported_by: String,
    /// The licence under which it may be used.
    pub licence: String,
    /// Whatever else names the source: space, activity, hashes of what was counted.
    pub source: BTreeMap<String, String>,
}

/// How much was written, to be checked against the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Responses that were given.
    pub responses: u64,
    /// Rows of each table, by its name, without headings.
    pub rows: BTreeMap<String, u64>,
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A response could not be had.
    #[error("read the next response")]
    Source(#[source] Box<dyn Error + Send + Sync>),
    /// It could not be written.
    #[error("write the export")]
    Write(#[from] io::Error),
    /// A sheet holds no more rows; CSV has no such bound.
    #[error("a sheet holds at most {MAX_ROWS} rows")]
    TooManyRows,
    /// There is no such table.
    #[error("there is no such table")]
    NoSuchTable,
    /// Asking for the responses again gave another number of them.
    #[error("the responses changed while they were exported")]
    Changed,
}
