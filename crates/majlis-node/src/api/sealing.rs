//! Answers that only named people can read: choosing who, their parts of the key, and the figures that
//! they publish.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What of a draft can be sealed, and who could read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SealChoices {
    /// The questions whose answers can be sealed, in the order of the form.
    pub questions: Vec<SealableQuestion>,
    /// Those whose answers cannot be: everybody in the space can read them, whatever is sealed.
    pub open: Vec<StaysOpen>,
    /// What photos and sounds in rows are asked for by: how many there are shows, sealed or not.
    pub media_in_rows: Vec<String>,
    /// Members who may hold a part of the key, this device's person first.
    pub keepers: Vec<KeeperChoice>,
}

/// A question whose answers can be sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SealableQuestion {
    /// Its id.
    pub question: String,
    /// What it asks.
    pub label: String,
    /// Questions that are sealed with it, because their being asked or their value shows the answer.
    pub with: Vec<String>,
}

/// A question whose answers cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StaysOpen {
    /// Its id.
    pub question: String,
    /// What it asks.
    pub label: String,
    /// Why.
    pub because: OpenBecause,
    /// What the question asks that stands in the way, where it is another one.
    pub by: Option<String>,
}

/// Why answers cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OpenBecause {
    /// Everybody counts them: a ballot, or votes on statements.
    Counted,
    /// A photo or a sound is asked for because of the answer: that it is there would show it.
    Shown,
}

/// Somebody who may hold a part of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeeperChoice {
    /// Any of their devices.
    pub device: String,
    /// Their name.
    pub name: String,
    /// Whether it is this device's person.
    pub me: bool,
}

/// Freezing a draft and opening it, with answers that only some can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenSealed {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// The questions whose answers are sealed; a section stands for all in it. Empty for all that can be.
    pub questions: Vec<String>,
    /// A device of each keeper of the key; all devices of its person can read.
    pub keepers: Vec<String>,
    /// How many keepers it takes to read.
    pub threshold: u8,
}

/// Publishing figures of sealed answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PublishFigures {
    /// The space.
    pub space: String,
    /// The consultation.
    pub consultation: String,
    /// Numbers above zero and below this are left out; at least 3.
    pub least: u32,
}

/// Who can read what of the answers to a form, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "what may be done here: one answer a question"
)]
pub struct SealingView {
    /// The sealed questions, in the order of the form.
    pub questions: Vec<String>,
    /// How many keepers it takes to read.
    pub threshold: u32,
    /// Who holds a part of the key.
    pub keepers: Vec<KeeperView>,
    /// Whether this device can read the answers now.
    pub readable: bool,
    /// Whether the part that was made for this device is none: whoever opened made a mistake, or worse.
    pub spoiled: bool,
    /// Whether this device holds a part that others wait for.
    pub may_release: bool,
    /// Whether this device may publish figures now.
    pub may_publish: bool,
    /// Figures that keepers published, newest first.
    pub published: Vec<PublishedView>,
}

/// Somebody who holds a part of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeeperView {
    /// Their name; all names where the devices are of several people, none where nobody knows any.
    pub name: String,
    /// Whether it is this device's person.
    pub me: bool,
    /// What became of their part.
    pub part: PartState,
    /// Every device that their part was made for.
    pub devices: Vec<KeeperDevice>,
    /// Whether those are of several people: then whoever opened is not to be trusted.
    pub doubtful: bool,
}

/// A device that a keeper's part was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeeperDevice {
    /// The beginning of its id.
    pub device: String,
    /// The name of its person; empty where nobody knows it.
    pub name: String,
    /// How it stands here.
    pub standing: DeviceStanding,
}

/// How a device stands in the roster, as far as it is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeviceStanding {
    /// It is in.
    In,
    /// It was put out, or left.
    Out,
    /// Nobody has heard of it here.
    Unknown,
}

/// That a part was given to the other keepers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PartReleased {
    /// Keepers who did not get it, because no device of theirs is in any more.
    pub left_out: Vec<String>,
}

/// What became of a keeper's part of the key, as far as it is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// They keep it.
    Kept,
    /// They gave it to the other keepers.
    Given,
    /// What they gave is not the part. Only other keepers can tell.
    Wrong,
}

/// Figures of sealed questions. Nobody without the key can count them again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PublishedView {
    /// Who published them.
    pub by: String,
    /// When, by their clock, in milliseconds since 1970.
    pub time: u64,
    /// Voices whose sealed answers were read.
    pub read: u32,
    /// Voices whose sealed answers could not be read or did not fit.
    pub unread: u32,
    /// Numbers above zero and below this are left out.
    pub least: u32,
    /// The questions.
    pub questions: Vec<PublishedQuestionView>,
    /// Whether this device counts the same; none where it cannot read the answers, or has others.
    pub agrees: Option<bool>,
    /// Whether this device can read the answers and counts others than these figures are of.
    pub of_others: bool,
}

/// Figures of one sealed question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PublishedQuestionView {
    /// The question.
    pub question: String,
    /// What it asks.
    pub label: String,
    /// Voices that answered it; none where that is left out.
    pub answered: Option<u32>,
    /// Voices of each answer, where it has answers to choose from.
    pub bars: Vec<PublishedBar>,
}

/// How many gave one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PublishedBar {
    /// The answer.
    pub label: String,
    /// Voices; none where that is left out.
    pub voices: Option<u32>,
}

/// How the sealed part of an answer stands on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SealedPart {
    /// It cannot be read here.
    Closed,
    /// It was read here.
    Opened,
    /// It should be readable here, and says nothing that fits: somebody tampered with it.
    Spoiled,
}
