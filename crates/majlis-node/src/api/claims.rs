//! Receipts of answers that officers entered, shown by whom they belong to, and claiming their slots.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::process::{AnswerTo, AssistedView, MyResponse, QuestionView, ResponseStatus};

/// Asking what a receipt is for, in all spaces on this device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShownReceipt {
    /// The code on it, as it was typed or scanned.
    pub code: String,
    /// Only in this space.
    #[serde(default)]
    pub space: Option<String>,
}

/// An answer that a receipt proves to be somebody's. There may be several: anybody can copy what the
/// records show of a receipt of an earlier kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptView {
    /// The space.
    pub space: String,
    /// Its name.
    pub space_name: String,
    /// The name under which this person is a member there: what a claim is signed with.
    pub known_as: String,
    /// The consultation.
    pub consultation: String,
    /// Its title.
    pub title: String,
    /// The questions that were answered.
    pub questions: Vec<QuestionView>,
    /// What was answered, as it stands through officers.
    pub answers: Vec<AnswerTo>,
    /// The voice.
    pub slot: String,
    /// Who entered it.
    pub by: String,
    /// How it came in.
    pub assisted: Option<AssistedView>,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// How many versions officers entered.
    pub versions: u32,
    /// Whether it was taken back through an officer.
    pub withdrawn: bool,
    /// Whether answers can still be changed.
    pub open: bool,
    /// Whether it counts, or why not.
    pub status: ResponseStatus,
    /// Whether this person claimed it.
    pub mine: bool,
    /// How many others claimed it too.
    pub others: u32,
    /// What this person said of their own in the same consultation.
    pub own: Option<MyResponse>,
    /// How many other answers of the same consultation this person claimed.
    pub elsewhere: u32,
    /// Why it cannot be claimed here now; nothing where it can.
    pub bar: Option<ClaimBar>,
}

/// Why a slot cannot be claimed here and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ClaimBar {
    /// This device entered it: its holder claims it on their own.
    EnteredHere,
    /// The consultation is closed.
    Closed,
    /// This device may only look on.
    NotMember,
    /// The receipt is of an earlier kind, which finds the answer and proves nothing to others.
    Earlier,
}

/// Claiming a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClaimSlot {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// The code on the receipt.
    pub code: String,
    /// Which of the answers that show the code.
    pub slot: String,
    /// What stands from then on.
    pub keep: ClaimKeep,
}

/// What stands once a slot is claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKeep {
    /// What the officer entered, now as this person's own answer.
    Entered,
    /// What this person had answered already.
    Own,
    /// Nothing: the answer is taken back.
    Nothing,
}
