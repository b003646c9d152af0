//! Photos and sounds that answers refer to.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A file to keep for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeepMedia {
    /// The space of the answer.
    pub space: String,
    /// Where the file is, as `put_part` said.
    pub path: String,
}

/// A photo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PhotoView {
    /// The photo.
    pub full: String,
    /// A small picture of it.
    pub preview: String,
}

/// A sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SoundView {
    /// Its name.
    pub sound: String,
}

/// One blob of a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BlobRef {
    /// The space.
    pub space: String,
    /// The blob.
    pub blob: String,
}

/// What is here of a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BlobView {
    /// Its size in bytes.
    pub size: u32,
    /// So many bytes of it are here.
    pub held: u32,
    /// Whether it is whole, and only others can see it: it is sealed.
    pub sealed: bool,
    /// All of it in base64, once it is whole; what is sealed, where this device can read it.
    pub base64: Option<String>,
    /// What it is (`image/jpeg`, `audio/ogg` ...), once it is whole.
    pub media_type: String,
}

/// What this device has of the photos and sounds of a space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MediaState {
    /// How many are whole here; small pictures are not counted.
    pub whole: u64,
    /// The bytes of all that is whole here, small pictures too.
    pub bytes: u64,
    /// Of them those of this device's answers that no other device is known to have.
    pub only_here: u64,
    /// How many are still to come here, small pictures too.
    pub missing: u64,
    /// Bytes of those that are still to come.
    pub missing_bytes: u64,
}

/// Which photos and sounds of others this device fetches by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MediaPolicyName {
    /// All.
    #[default]
    All,
    /// Small pictures only; the rest when somebody looks at it.
    Previews,
    /// None.
    Nothing,
}
