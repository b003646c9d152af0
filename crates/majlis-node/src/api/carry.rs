//! Carry files: writing them, what one holds, taking one in, and the way of a file between a page
//! and its node.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::media::MediaPolicyName;
use crate::api::members::RankName;

/// Writing what is held here to a carry file, or adding to one what it lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CarryExport {
    /// The space.
    pub space: String,
    /// Where; `None` means the exports folder of this device's data, a folder the space's own file in
    /// it. A carry file of the space that is there is added to. What does not fit into one file goes into `name.1.majlis`,
    /// `name.2.majlis` and so on beside it.
    #[serde(default)]
    pub path: Option<String>,
    /// The most bytes of one file, from 65,536; `None` means what the simplest cards hold, one
    /// byte below 4 GiB.
    #[serde(default)]
    pub part_size: Option<u64>,
    /// Which photos and sounds go along: all, small pictures only, or none.
    #[serde(default)]
    pub media: MediaPolicyName,
}

/// Photos and sounds in a carry file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CarriedMedia {
    /// Small pictures of photos.
    pub previews: u64,
    /// Sounds.
    pub sounds: u64,
    /// Photos.
    pub photos: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CarryWritten {
    /// Every part, in order; one when everything fits.
    pub paths: Vec<String>,
    /// Entries in all parts.
    pub entries: u64,
    /// Of them those that were not there before.
    pub added: u64,
    /// Entries, photos and sounds that are not in it, because the disk of this device does not give them
    /// any more.
    pub unreadable: u64,
    /// Photos and sounds in all parts.
    pub media: CarriedMedia,
    /// Of them those that were not there before.
    pub added_media: u64,
    /// Bytes of all parts.
    pub bytes: u64,
}

/// Where a carry file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CarryPath {
    /// The path.
    pub path: String,
}

/// A memory card or stick that is in the machine of this device now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemoryCard {
    /// Where it is. As the path of an export it means the space's own file on it.
    pub path: String,
    /// What it is called.
    pub name: String,
    /// Bytes that it has room for still.
    pub free: u64,
    /// Whether it can be written to.
    pub writable: bool,
    /// Carry files on it and in its folders, the newest first; a hundred at most.
    pub files: Vec<CardFile>,
}

/// A carry file on a memory card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardFile {
    /// The path.
    pub path: String,
    /// The size of the file, in bytes.
    pub bytes: u64,
}

/// What became of the manifest of a carry file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ManifestWord {
    /// It is at the end and signed by the device that it names.
    Signed,
    /// None is at the end: the file was cut off or damaged there.
    Missing,
    /// It is at the end and does not hold: it, or what it is about, was altered.
    Altered,
}

/// What a carry file says about itself, before anything of it is taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CarrySummary {
    /// The space.
    pub space: String,
    /// Its name, as the file says.
    pub name: String,
    /// Whether this device has the space; otherwise the file cannot be taken in yet.
    pub joined: bool,
    /// The size of the file.
    pub bytes: u64,
    /// What became of the manifest.
    pub word: ManifestWord,
    /// What the manifest says: the one at the end, or else the last one that holds.
    pub manifest: Option<ManifestView>,
    /// Entries that an import of this file had read when it was interrupted; it goes on there.
    pub resumes: u64,
}

/// What a manifest says. Nothing counts because of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ManifestView {
    /// The device that wrote the file and signed.
    pub device: String,
    /// The name of its person, as known here or else as the manifest says.
    pub writer: String,
    /// Whether it is this device.
    pub me: bool,
    /// Its rank by what is held here; `None` when it is no member as far as this device knows.
    pub rank: Option<RankName>,
    /// When it was written, in milliseconds since 1970 by the writer's clock.
    pub made: u64,
    /// Which part this is, from 1.
    pub part: u32,
    /// How many parts there were then.
    pub parts: u32,
    /// Other parts of which something is not here, from 1.
    pub missing: Vec<u32>,
    /// Entries in this file.
    pub entries: u64,
    /// Of them new here, as far as the ends of their chains tell.
    pub new: u64,
    /// People who founded or joined.
    pub members: u64,
    /// Answers in it, by consultation.
    pub answers: Vec<CarriedAnswers>,
    /// Documents in it.
    pub documents: Vec<CarriedDocument>,
    /// Photos and sounds in it.
    pub media: CarriedMedia,
    /// Of them not whole here.
    pub new_media: u64,
}

/// Answers to one consultation in a carry file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CarriedAnswers {
    /// The title, when this device knows the consultation; the file does not tell it to strangers.
    pub title: Option<String>,
    /// Answers, later versions included.
    pub answers: u64,
}

/// A document in a carry file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CarriedDocument {
    /// The title, when this device knows the document.
    pub title: Option<String>,
}

/// What a carry file brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CarryImported {
    /// The space.
    pub space: String,
    /// Its name.
    pub name: String,
    /// Entries in the file.
    pub entries: u64,
    /// Of them new here; with those of parts that waited for this one.
    pub new: u64,
    /// Of them refused or set aside.
    pub not_counting: u64,
    /// Of them altered on the way; these were not taken in.
    pub altered: u64,
    /// Of them those that need another part first. This part is taken in again with that one, when
    /// it is still where it was.
    pub waiting: u64,
    /// Photos and sounds that are whole now and were not; with those of parts that waited.
    pub media: CarriedMedia,
    /// Bytes of photos and sounds that are new here.
    pub media_bytes: u64,
    /// Pieces of them that were altered on the way; these were not taken in.
    pub media_altered: u64,
    /// Photos and sounds of which the file has something and that are not whole here: what refers to
    /// them or their beginning is in another part, was damaged, or does not count.
    pub media_left: u64,
    /// Entries that an earlier import of this file had read already.
    pub resumed: u64,
    /// Whether the file was whole; a damaged one gives everything around the damage.
    pub whole: bool,
    /// What became of the manifest, compared with everything before it.
    pub word: ManifestWord,
    /// Other parts of which something is not here yet, from 1.
    pub missing: Vec<u32>,
    /// How many parts there are.
    pub parts: u32,
}

impl CarriedMedia {
    /// Counts others with these.
    pub(crate) const fn join(&mut self, other: Self) {
        self.previews += other.previews;
        self.sounds += other.sounds;
        self.photos += other.photos;
        self.bytes += other.bytes;
    }
}

impl CarryImported {
    /// Whether another part may bring what this one needs first.
    pub(crate) const fn waits(&self) -> bool {
        self.waiting > 0 || (self.media_left > 0 && self.parts > 1)
    }
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FilePart {
    /// The file's name. On its way in it tells which file it is, so that another try goes on.
    pub name: String,
    /// Where the part begins.
    pub offset: u64,
    /// The bytes in base64; none after the end.
    pub base64: String,
}

/// How much of a file has arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileHeld {
    /// Where it is.
    pub path: String,
    /// Bytes of it that are there: where the next part begins.
    pub bytes: u64,
}

/// A file that a page made: a picture of a chart, a form as a spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileWhole {
    /// What it is to be called.
    pub name: String,
    /// The bytes in base64.
    pub base64: String,
}

/// Which part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PartAt {
    /// The file, as the export said.
    pub path: String,
    /// Where the part begins.
    pub offset: u64,
}
