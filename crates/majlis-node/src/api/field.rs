//! The day of an officer who enters answers for others, and asking some of them again.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::process::AssistedModeName;

/// What the devices of this device's person entered for others on one day, in its own time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DayView {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// Who entered.
    pub officer: String,
    /// People who were asked for the first time.
    pub people: u32,
    /// Answers of people asked before that were corrected.
    pub corrected: u32,
    /// Of today's answers, those without the person's agreement; papers out of a ballot box are
    /// nobody's to agree to.
    pub without_consent: u32,
    /// Of today's answers, how each was given: face to face, on paper, by telephone.
    pub modes: Vec<ModeCount>,
    /// The first answer of the day, in milliseconds since 1970.
    pub first: Option<u64>,
    /// The last one.
    pub last: Option<u64>,
    /// People asked on all days.
    pub in_all: u32,
    /// Answers that were entered on this device and that no other one is known to have.
    pub only_here: u32,
    /// Today's answers, first to last, at most 500: for the report that is signed in the evening.
    pub entered: Vec<EnteredView>,
    /// People who would not be asked today, over all devices of the officer.
    pub refused: u32,
    /// Of these, those counted on this device.
    pub refused_here: u32,
    /// How many people are meant for a day; 0 for none.
    pub target: u32,
}

/// Telling something of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TellDay {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// How many more would not be asked, or fewer; 0 leaves it.
    #[serde(default)]
    pub refused: i32,
    /// How many people are meant for a day; 0 for none. Left as it is when nothing is said.
    #[serde(default)]
    pub target: Option<u32>,
}

/// How many answers were given in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ModeCount {
    /// The way.
    pub mode: AssistedModeName,
    /// How many.
    pub count: u32,
}

/// One line of a day's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EnteredView {
    /// The voice.
    pub slot: String,
    /// When, in milliseconds since 1970.
    pub time: u64,
    /// What the officer wrote to find the person again.
    pub note: String,
    /// Whether it corrects an answer that was there.
    pub correction: bool,
}

/// Drawing answers to ask again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DrawBackChecks {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// What everybody can see and nobody could choose: dice, a number from today's paper.
    pub seed: String,
    /// How many of each officer's answers in a hundred, rounded up.
    pub percent: u8,
}

/// Telling what came of asking somebody again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TellBackCheck {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// The voice, as it was drawn.
    pub slot: String,
    /// Questions to which the same was said.
    pub same: Vec<String>,
    /// Questions to which something else was said.
    pub other: Vec<String>,
    /// Why the person could not be asked; empty where they were.
    #[serde(default)]
    pub not_asked: String,
}

/// What is asked again in a consultation, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackChecksView {
    /// Every draw, with the seed that repeats it.
    pub drawings: Vec<DrawingView>,
    /// What was drawn in any of them, whatever became of it.
    pub checks: Vec<BackCheckView>,
    /// The questions that may be asked again, in the order of the form, each with what was found.
    pub questions: Vec<CheckedQuestion>,
    /// The same by who entered.
    pub officers: Vec<CheckedOfficer>,
    /// Whether this device may draw, and tell what it found.
    pub may_tell: bool,
}

/// A draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DrawingView {
    /// Who drew.
    pub by: String,
    /// The seed.
    pub seed: String,
    /// How many of each officer's answers in a hundred.
    pub percent: u8,
    /// The day, `YYYY-MM-DD`, as told.
    pub day: Option<String>,
    /// How many were drawn.
    pub drawn: u32,
}

/// How often a question was answered the same when it was asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckedQuestion {
    /// Its id.
    pub question: String,
    /// What it asks.
    pub label: String,
    /// People who said the same.
    pub same: u32,
    /// People who said something else.
    pub other: u32,
}

/// What asking again found of the answers that one officer entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckedOfficer {
    /// Who entered.
    pub officer: String,
    /// Answers that were drawn.
    pub drawn: u32,
    /// People who were asked again.
    pub asked: u32,
    /// People who could not be.
    pub not_asked: u32,
    /// Answers that were the same.
    pub same: u32,
    /// Answers that were not.
    pub other: u32,
    /// Of the answers drawn, those that were corrected or taken back since, or do not count any more.
    pub since: u32,
}

/// What asking again found of everything that officers entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckedInAll {
    /// Answers that were drawn.
    pub drawn: u32,
    /// People who were asked again.
    pub asked: u32,
    /// People who could not be.
    pub not_asked: u32,
    /// Answers that were the same.
    pub same: u32,
    /// Answers that were not.
    pub other: u32,
}

/// An answer to ask again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackCheckView {
    /// The voice.
    pub slot: String,
    /// Who entered the answer that was drawn; empty while it is not here.
    pub officer: String,
    /// Who asks again; none when there is no other officer.
    pub checker: Option<String>,
    /// Whether that is this device.
    pub mine: bool,
    /// Whether somebody is still to ask.
    pub open: bool,
    /// What the officer wrote to find the person again.
    pub note: String,
    /// The answer as it was drawn, by its record; none where there is nothing to compare.
    pub answer: Option<String>,
    /// What became of the answer since it was drawn; none where it counts as it was.
    pub since: Option<SinceView>,
    /// What came of it; none until somebody else than who entered it told.
    pub outcome: Option<AskedAgain>,
}

/// What became of an answer that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SinceView {
    /// What happened.
    pub what: SinceName,
    /// Who did it.
    pub by: Vec<String>,
}

/// What can become of an answer that was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SinceName {
    /// Another answer took its place.
    Corrected,
    /// It was taken back.
    TakenBack,
    /// The holder of the receipt claimed it and speaks for themselves.
    Claimed,
    /// It does not count for another reason: it came after the closing, or its author was removed.
    NotCounted,
}

/// What somebody told of asking a voice again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AskedAgain {
    /// Who asked.
    pub by: String,
    /// Questions to which the same was said.
    pub same: Vec<String>,
    /// Questions to which something else was said.
    pub other: Vec<String>,
    /// Why the person could not be asked; empty where they were.
    pub not_asked: String,
}
