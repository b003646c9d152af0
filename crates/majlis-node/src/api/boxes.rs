//! Ballot boxes: opening a vote whose ballots on paper are gathered in boxes, sealing one, signing its minutes,
//! and how they all stand. The ballots in them are answers that officers enter.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::media::PhotoView;
use crate::api::results::QuestionResult;

/// Opening a draft whose ballots on paper are gathered in boxes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OpenWithBoxes {
    /// The space.
    pub space: String,
    /// The draft.
    pub consultation: String,
    /// The boxes; none can be added once it is open.
    pub boxes: Vec<BoxNew>,
    /// How many officers must sign the minutes of a box for its ballots to count, at most 2; 0 where they
    /// count without.
    #[serde(default)]
    pub signatures: u8,
}

/// A box before there is anything in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BoxNew {
    /// Its name: of a forum, a village, a polling place.
    pub name: String,
    /// Who keeps it, in words.
    #[serde(default)]
    pub keeper: String,
}

/// The boxes of a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BoxesView {
    /// How many officers must sign the minutes of a box for its ballots to count.
    pub signatures: u8,
    /// The boxes, in the form's order.
    pub boxes: Vec<BoxView>,
    /// Names of boxes of which nothing arrived here.
    pub missing: Vec<String>,
    /// Names of boxes that lack a signature.
    pub unsigned: Vec<String>,
    /// Ballots that officers entered and that are in no box yet.
    pub loose: u32,
    /// Of them those of this device, which it would seal now.
    pub loose_here: u32,
    /// Whether this device may seal a box now.
    pub may_seal: bool,
    /// Whether figures are shown; else the outcome is not to be shown yet.
    pub shown: bool,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BoxView {
    /// Its number, from 0.
    pub number: u16,
    /// Its name.
    pub name: String,
    /// Who keeps it, in words; empty where the form does not say.
    pub keeper: String,
    /// How it stands.
    pub state: BoxState,
    /// Papers in it, as people counted them by hand.
    pub papers: u32,
    /// Ballots in it, as this device has them.
    pub ballots: u32,
    /// Of them those that count.
    pub counted: u32,
    /// Figures of the ballots in it; none where there is nothing to show, or not yet.
    pub figures: Option<QuestionResult>,
    /// Its minutes: one for each time that a device sealed.
    pub parts: Vec<BoxPartView>,
}

/// How a box stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BoxState {
    /// Nothing of it arrived.
    Missing,
    /// Some of its minutes lack a signature that they need.
    Unsigned,
    /// The closing does not name its minutes.
    Late,
    /// It is sealed, with all signatures that it needs.
    Whole,
}

/// The minutes of a box, or of a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that the page tells"
)]
pub struct BoxPartView {
    /// The minutes.
    pub minutes: String,
    /// Who sealed.
    pub by: String,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// Papers, as they say.
    pub papers: u32,
    /// Ballots, as they say.
    pub ballots: u32,
    /// Whether this device finds the same ballots.
    pub agrees: bool,
    /// What else they say.
    pub note: String,
    /// Who signed besides, by name.
    pub signed: Vec<String>,
    /// Whether the closing leaves them out.
    pub late: bool,
    /// Whether their ballots count.
    pub counts: bool,
    /// Whether this person may sign them now.
    pub may_sign: bool,
    /// Photos of the minutes on paper.
    pub photos: Vec<BoxPhotoView>,
    /// Whether this person may add one.
    pub may_picture: bool,
}

/// A photo of minutes on paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BoxPhotoView {
    /// The photo.
    pub photo: PhotoView,
    /// Who brought it.
    pub by: String,
    /// What a step names that hides it.
    pub record: String,
    /// Who hid it and why; it stays where it is.
    pub hidden: Option<PhotoTurned>,
    /// Who showed it again and why, where it was hidden before.
    pub shown_again: Option<PhotoTurned>,
    /// Whether this person may hide it.
    pub may_hide: bool,
    /// Whether this person may show it again.
    pub may_show: bool,
}

/// That somebody hid a photo of minutes, or showed it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PhotoTurned {
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

/// Sealing a box: what this device entered for others since it last sealed one is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SealBox {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// Which box, by number.
    pub number: u16,
    /// Papers that were in it, counted by hand.
    pub papers: u32,
    /// What else is to be said.
    #[serde(default)]
    pub note: String,
}

/// What was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BoxSealed {
    /// The minutes.
    pub minutes: String,
    /// Ballots in them.
    pub ballots: u32,
}

/// Signing minutes that another officer made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignBox {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// The minutes.
    pub minutes: String,
}

/// Adding a photo of the minutes on paper; it may come after the closing too, and decides nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PictureBox {
    /// The space.
    pub space: String,
    /// The vote.
    pub consultation: String,
    /// The minutes that it shows.
    pub minutes: String,
    /// The photo, as `keep_photo` said.
    pub photo: PhotoView,
}
