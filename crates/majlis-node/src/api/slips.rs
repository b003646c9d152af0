//! Slips: opening a vote in which they vote and nobody else, printing them, and what a code is good for.
//! A ballot is cast like any answer, with the code as its slot.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Opening a draft so that whoever holds a slip votes, once each, and nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenWithSlips {
    /// The space.
    pub space: String,
    /// The draft.
    pub consultation: String,
    /// How many slips; no more can be made once it is open.
    pub slips: u32,
}

/// How the slips of a vote stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SlipsView {
    /// How many there are.
    pub made: u32,
    /// How many of them have a ballot that counts here.
    pub used: u32,
    /// Whether this device made them, and can print them.
    pub here: bool,
}

/// Some of the slips of a vote, to print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SlipSheetAt {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// How many to leave out from the first.
    pub offset: u32,
    /// How many at most.
    pub limit: u32,
}

/// A slip as it is printed. Whether it is used is left out: who prints need not know whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SlipView {
    /// Its number on the sheet; it is written nowhere else.
    pub number: u32,
    /// Twenty-four digits in groups of four.
    pub code: String,
    /// The same as a QR code, drawn.
    pub svg: String,
}

/// The code of a slip, as it was typed or scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShownSlip {
    /// The code.
    pub code: String,
}

/// A vote that a slip is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SlipOf {
    /// The space.
    pub space: String,
    /// Its name.
    pub space_name: String,
    /// The vote.
    pub consultation: String,
    /// Its title.
    pub title: String,
    /// What can be done with it here.
    pub state: SlipState,
}

/// What can be done with a slip here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SlipState {
    /// To vote.
    Ready,
    /// A ballot of it is here: it cannot vote again.
    Used,
    /// The vote is closed.
    Closed,
    /// This device may only look on.
    NotMember,
}
