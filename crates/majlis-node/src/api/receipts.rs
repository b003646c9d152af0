//! Receipts as people see them: who carries what, what they signed for, and who broke their word.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use crate::limits::LimitName;

/// What is known of those who carry for others in a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiptsView {
    /// Everyone else who signs receipts, or was seen to do what none may.
    pub carriers: Vec<CarrierView>,
    /// Devices that are past a limit, here or there.
    pub refusals: Vec<RefusalView>,
}

/// What is known of one carrier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CarrierView {
    /// The device.
    pub device: String,
    /// Its name.
    pub name: String,
    /// How many of its receipts are here.
    pub receipts: u64,
    /// Its newest receipt.
    pub newest: Option<String>,
    /// Entries that it signed for and that are here.
    pub confirmed: u64,
    /// Entries that it signed for and that are not here.
    pub owed: u64,
    /// This device's own entries that it signed for.
    pub mine: u64,
    /// This device's own entries.
    pub mine_all: u64,
    /// The same for each of this device's own chains.
    pub chains: Vec<OwnChainView>,
    /// What it did that none may.
    pub alarms: Vec<AlarmView>,
}

/// How far a carrier signed for one of this device's own chains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OwnChainView {
    /// The lane.
    pub lane: String,
    /// This device's entries there.
    pub entries: u64,
    /// Of them those that the carrier signed for.
    pub receipted: u64,
}

/// What a carrier did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AlarmName {
    /// It said that it had sent everything, and kept back what it had signed for.
    Hides,
    /// It signed for an entry at a place where that entry is not.
    Misstates,
    /// It signed two receipts for one place.
    Equivocates,
    /// It handed over something in another's name that the other did not sign.
    Alters,
    /// It signed that a document says something else than the document does.
    Misquotes,
}

/// An alarm with its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlarmView {
    /// What it did.
    pub alarm: AlarmName,
    /// The receipts that prove it: none for what was altered on the way.
    pub receipts: Vec<String>,
    /// The entry that it is about, when it has a name.
    pub entry: Option<String>,
    /// Who wrote what it is about; empty when it is about the carrier's own receipts.
    pub author: String,
    /// The position in the author's chain, from 0.
    pub seq: Option<u64>,
    /// Whether what it is about is still not here.
    pub missing: bool,
}

/// A device that is past a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefusalView {
    /// The other device.
    pub device: String,
    /// Its name.
    pub name: String,
    /// Whether this device refuses the other, or the other this one.
    pub here: bool,
    /// The limit.
    pub limit: LimitName,
}
