//! Tablets that run ODK Collect or KoboCollect, and what they may send here.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::me::{Language, Svg};
use crate::api::process::AssistedModeName;

/// Letting one officer's tablet send answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewTablet {
    /// The space.
    pub space: String,
    /// What the officer is called: a name or a number that the office knows. It stands in the note
    /// of every answer from this tablet, where members can read it.
    pub officer: String,
    /// How this officer asks people.
    pub mode: AssistedModeName,
    /// Whether the officer asks everybody for their agreement before entering an answer.
    pub consent: bool,
    /// What the officer reads: in it the tablet is told what became of an answer.
    #[serde(default)]
    pub language: Language,
    /// Where the tablet reaches this device, such as `https://tablets.example.org`.
    pub address: String,
}

/// A tablet that may send answers from now on. The secrets are shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TabletMade {
    /// The tablet.
    pub tablet: TabletView,
    /// The token: the password, where a name and a password are typed. The name is the officer's.
    pub token: String,
    /// The address with the token in it, where nothing else is typed.
    pub address: String,
    /// The settings as ODK Collect and KoboCollect scan them.
    pub settings: String,
    /// The same as a QR code.
    pub code: Svg,
}

/// A tablet that may send answers, or might.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TabletView {
    /// Its id.
    pub id: String,
    /// What its officer is called.
    pub officer: String,
    /// How this officer asks people.
    pub mode: AssistedModeName,
    /// Whether the officer asks everybody for their agreement.
    pub consent: bool,
    /// What the officer reads.
    pub language: Language,
    /// When it was let in, in milliseconds since 1970.
    pub made: u64,
    /// When it was last heard of, to the minute.
    pub used: Option<u64>,
    /// When its token was taken back.
    pub revoked: Option<u64>,
    /// Answers from it that were recorded, corrections among them.
    pub answers: u32,
}

/// Which tablet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TabletRef {
    /// The space.
    pub space: String,
    /// The tablet.
    pub tablet: String,
}

/// The tablets of a space, and what they are offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TabletsView {
    /// Whether this device has the rank to enter answers for others, without which it takes none.
    pub may: bool,
    /// The tablets, the newest first.
    pub tablets: Vec<TabletView>,
    /// The open consultations.
    pub forms: Vec<TabletForm>,
    /// What came without all of its files, the newest first.
    pub unfinished: Vec<UnfinishedSubmission>,
}

/// An open consultation as tablets see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TabletForm {
    /// The consultation, which is the id of the form.
    pub consultation: String,
    /// Its title.
    pub title: String,
    /// The version of the form.
    pub version: String,
    /// Why tablets are not offered it; empty when they are.
    pub withheld: String,
}

/// An answer from a tablet of which files are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UnfinishedSubmission {
    /// The tablet's name for it.
    pub instance: String,
    /// The officer.
    pub officer: String,
    /// The consultation.
    pub consultation: String,
    /// Files that are here.
    pub here: u32,
    /// When something of it came last, in milliseconds since 1970.
    pub saved: u64,
}
