//! This device, its settings, what is asked now, search, codes and interface drafts.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::media::MediaPolicyName;
use crate::api::process::ConsultationSummary;

/// The languages of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Arabic.
    Ar,
    /// French.
    Fr,
    /// English.
    #[default]
    En,
}

/// Who this device is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Me {
    /// The device's id.
    pub device: String,
    /// Groups of digits that two people compare aloud.
    pub fingerprint: Vec<String>,
    /// The person's name; `None` before the first start is finished.
    pub name: Option<String>,
    /// The interface language; `None` before it was chosen.
    pub language: Option<Language>,
    /// Interface settings (theme, text size), opaque to the node.
    pub settings: String,
    /// Which photos and sounds of others are fetched.
    pub media: MediaPolicyName,
    /// Bytes that photos and sounds of others may take up here; `None` for no limit.
    pub media_room: Option<u64>,
    /// Bytes that they take up.
    pub media_used: u64,
    /// Whether this device carries for others: then it keeps all that they rely on.
    pub carries: bool,
    /// Whether others in the same text are told where this person is, and are shown here.
    pub presence: bool,
    /// The version of Majlis.
    pub version: String,
}

/// New values; absent ones stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct SetProfile {
    /// The person's name.
    pub name: Option<String>,
    /// The interface language.
    pub language: Option<Language>,
    /// Interface settings.
    pub settings: Option<String>,
    /// Which photos and sounds of others are fetched.
    pub media: Option<MediaPolicyName>,
    /// Bytes that photos and sounds of others may take up here; 0 for no limit.
    pub media_room: Option<u64>,
    /// Whether others in the same text are told where this person is, and are shown here.
    pub presence: Option<bool>,
}

/// What is asked of this person now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Home {
    /// Open consultations without an own answer.
    pub asked: Vec<ConsultationSummary>,
    /// Open consultations already answered, those of which the answer was taken back among them: whoever
    /// took it back is not asked again.
    pub answered: Vec<ConsultationSummary>,
    /// Closed consultations, newest first.
    pub results: Vec<ConsultationSummary>,
    /// Those with an alarm: a known outcome is another one now, or a device signed two things in one place
    /// and this person has not looked at both yet.
    pub alarmed: Vec<ConsultationSummary>,
    /// Spaces of which a device signed two things in one place about who belongs to them, and this person has
    /// not looked at both yet.
    pub forked: Vec<SpaceName>,
    /// Open consultations with a day that was said, which this device may close.
    pub to_close: Vec<ConsultationSummary>,
    /// Drafts of consultations that this device may open.
    pub drafts: Vec<ConsultationSummary>,
    /// Secret votes that wait for this device's person as a trustee.
    pub trusted: Vec<TrusteeCall>,
    /// Spaces in which somebody asks to have something deleted, and waits for a reply that this device may
    /// give.
    pub to_reply: Vec<SpaceName>,
    /// Spaces in which the office replied to such a request of this person, who has not read it.
    pub replied: Vec<SpaceName>,
}

/// A space and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SpaceName {
    /// The space.
    pub space: String,
    /// Its name.
    pub name: String,
}

/// A secret vote that waits for a trustee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrusteeCall {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// Its title.
    pub title: String,
    /// To agree to keep a part of the key, or to give it.
    #[ts(type = "'keep' | 'give'")]
    pub what: String,
}

/// A search over one space or all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Search {
    /// What to find; Arabic letters and digits are folded.
    pub text: String,
    /// Only in this space.
    pub space: Option<String>,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SearchHit {
    /// The space.
    pub space: String,
    /// Where.
    pub place: HitPlace,
    /// The title of the place.
    pub title: String,
    /// Text around the match, original spelling.
    pub before: String,
    /// The match itself.
    pub matched: String,
    /// Text after it.
    pub after: String,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum HitPlace {
    /// In a document.
    Document(String),
    /// In a consultation's form or draft.
    Consultation(String),
    /// In a free-text answer of the consultation.
    Answer(String),
}

/// A text in a QR code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QrText {
    /// The text.
    pub text: String,
}

/// A picture that may show a QR code: a JPEG or PNG file in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QrImage {
    /// Base64 of the file.
    pub base64: String,
}

/// A drawing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Svg {
    /// The SVG element.
    pub svg: String,
}

/// The name of an interface draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DraftAt {
    /// The name.
    pub key: String,
}

/// An interface draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DraftValue {
    /// The name.
    pub key: String,
    /// The content, opaque to the node.
    pub value: String,
    /// When it was saved, in milliseconds since 1970; ignored when saving.
    #[serde(default)]
    pub saved: u64,
}
