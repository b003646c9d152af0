//! Answers to consultations: what they say, handing in, taking back, reading them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::media::PhotoView;
use crate::api::sealing::SealedPart;

/// An answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnswerTo {
    /// The question.
    pub question: String,
    /// The value.
    pub value: AnswerValue,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum AnswerValue {
    /// Free text.
    Text(String),
    /// A decimal number as text; Arabic-Indic and Latin digits are both taken.
    Number(String),
    /// The chosen options.
    Choices(Vec<u16>),
    /// A step.
    Scale(i16),
    /// A date as `YYYY-MM-DD`.
    Date(String),
    /// A photo that this device keeps.
    Photo(PhotoView),
    /// A sound that this device keeps.
    Sound(String),
    /// Options, the best first.
    Ranking(Vec<u16>),
    /// Options with points above zero.
    Points(Vec<(u16, u32)>),
    /// Statements with 1 for agree, -1 for disagree and 0 for pass; all votes of this voice.
    Votes(Vec<(String, i8)>),
    /// A time of day as `06:30` or `06:30:00`.
    Time(String),
    /// A day and time as `2026-08-07T06:30:00+03:00`; what is ahead of UTC may be left out.
    DateTime(String),
    /// A point on the earth.
    Place(PlaceView),
    /// A confirmation.
    Acknowledged,
    /// The rows of a repeat.
    Rows(Vec<Vec<AnswerTo>>),
    /// Sealed: what was answered here, if anything was, this device cannot read.
    Sealed,
}

/// A point on the earth, as decimal text: degrees with up to seven digits, metres with up to two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlaceView {
    /// Degrees north.
    pub latitude: String,
    /// Degrees east.
    pub longitude: String,
    /// Metres above the ellipsoid; empty or zero where that is not known.
    #[serde(default)]
    pub altitude: String,
    /// Radius of uncertainty in metres; empty or zero where that is not known.
    #[serde(default)]
    pub accuracy: String,
}

/// How a person gave an answer to an officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AssistedModeName {
    /// Face to face.
    Spoken,
    /// On paper.
    Paper,
    /// By telephone.
    Phone,
}

/// An answer entered for someone else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AssistedView {
    /// How it was given.
    pub mode: AssistedModeName,
    /// Whether the person agreed.
    pub consent: bool,
    /// To find the person again; never required.
    #[serde(default)]
    pub note: String,
}

/// Handing in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Respond {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// The answers.
    pub answers: Vec<AnswerTo>,
    /// Set when it is entered for someone else.
    #[serde(default)]
    pub assisted: Option<AssistedView>,
    /// For a correction of an assisted answer: its slot, or the code on the receipt. One's own needs none.
    #[serde(default)]
    pub slot: Option<String>,
}

/// An answer was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Responded {
    /// The voice it belongs to.
    pub slot: String,
    /// For an assisted answer: the code to print on the receipt.
    pub claim: Option<String>,
}

/// Taking an answer back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WithdrawResponse {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// For an assisted answer: its slot, or the code on the receipt.
    #[serde(default)]
    pub slot: Option<String>,
}

/// This person's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MyResponse {
    /// The answers in force.
    pub answers: Vec<AnswerTo>,
    /// How many versions there are.
    pub versions: u32,
    /// Whether it was taken back.
    pub withdrawn: bool,
    /// When, in milliseconds since 1970.
    pub time: u64,
    /// The state of its travel.
    pub sync: super::space::SyncWord,
    /// How many other devices have it.
    pub with: u32,
    /// Whether it counts, or why not: after the close, whether it is among what the closing names.
    pub status: ResponseStatus,
}

/// Asking for answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ResponsesQuery {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// Only those that this device entered for others.
    #[serde(default)]
    pub mine: bool,
    /// Only those that count.
    #[serde(default)]
    pub counted: bool,
    /// Only those of these voices, at most 500; of all voices when it is empty.
    #[serde(default)]
    pub slots: Vec<String>,
    /// Only those with this text in them.
    #[serde(default)]
    pub text: String,
    /// Skip so many.
    #[serde(default)]
    pub offset: u32,
    /// At most so many; 0 means 50, at most 500.
    #[serde(default)]
    pub limit: u32,
}

/// A page of answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ResponsePage {
    /// The answers.
    pub responses: Vec<ResponseView>,
    /// How many there are in all.
    pub total: u32,
}

/// One version of one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ResponseView {
    /// The voice.
    pub slot: String,
    /// The record that says it; none while no entry carries it.
    pub record: Option<String>,
    /// Who entered it.
    pub by: String,
    /// Set when it was entered for someone else.
    pub assisted: Option<AssistedView>,
    /// The answers.
    pub answers: Vec<AnswerTo>,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// Whether it counts, or why not.
    pub status: ResponseStatus,
    /// Who claimed it, where its holder speaks for themselves.
    pub claimed_by: Vec<String>,
    /// Whether it breaks a condition of the form. It counts all the same: no condition drops a voice.
    /// Of what cannot be read here it is not said.
    pub breaks_rules: bool,
    /// How its sealed part stands here; none where nothing is sealed.
    pub sealed: Option<SealedPart>,
}

/// Whether an answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ResponseStatus {
    /// It counts.
    Counted,
    /// A later version replaced it.
    Superseded,
    /// It was taken back.
    Withdrawn,
    /// It came after the close.
    Late,
    /// It does not fit the form.
    Unfit,
    /// The form has not arrived here.
    WaitingForForm,
    /// The holder of the receipt claimed the slot and speaks for themselves.
    Claimed,
    /// The slip was used for another ballot too, and that one counts.
    SlipUsed,
    /// It is in no ballot box that so many officers signed as the vote asks for.
    Unsigned,
}
