//! Spaces: founding, listing, leaving, verifying.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::members::RankName;

/// Which space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SpaceRef {
    /// Its id.
    pub space: String,
}

/// Leaving a space, or deleting this device's copy of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeaveSpace {
    /// Its id.
    pub space: String,
    /// Also while something that this device made is on no other one, as far as is known.
    #[serde(default)]
    pub anyway: bool,
}

/// Founding a space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundSpace {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The first text of its charter; may be empty.
    pub charter: String,
}

/// A space was founded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SpaceFounded {
    /// Its id.
    pub space: String,
    /// The recovery card, shown once and kept nowhere: whoever holds it can replace stewards.
    pub recovery: String,
}

/// The three plain states of sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncWord {
    /// No other device is known to have everything that is here.
    SavedHere,
    /// With some other devices.
    WithOthers,
    /// When each known peer was last met, both sides had everything, photos and sounds that they
    /// want among it, and nothing came here since.
    EverythingExchanged,
}

/// Why a device has to join a space that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MustJoin {
    /// The space came here with another device's folder: this device has a key of its own.
    Copied,
    /// It joined and was not let in: the invite was closed or used up.
    KeptOut,
    /// The invite does not count, or no more: whoever made it may not, or not any more.
    InviteVoid,
    /// Two devices signed its joining under one key, so that neither counts.
    Forked,
}

/// A space in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SpaceSummary {
    /// Its id.
    pub space: String,
    /// Its name; empty until the first meeting after joining.
    pub name: String,
    /// This device's rank; `None` when not (yet or any more) a member.
    pub rank: Option<RankName>,
    /// How many members are in.
    pub members: u32,
    /// Whether it is the sample.
    pub sample: bool,
    /// The state of sync.
    pub sync: SyncWord,
    /// How many other devices hold everything written here.
    pub with: u32,
    /// Whether this device joined but has not met anyone of the space yet.
    pub waiting: bool,
    /// Why this device has to join (again), by a ticket that it did not use yet.
    pub must_join: Option<MustJoin>,
}

/// A space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SpaceView {
    /// As in lists.
    pub summary: SpaceSummary,
    /// What it is for.
    pub purpose: String,
    /// The founder's name.
    pub founder: String,
    /// The charter document, once it is here.
    pub charter: Option<String>,
    /// Consultations, whatever their state.
    pub consultations: u32,
    /// Documents.
    pub documents: u32,
    /// Entries set aside that this device may adopt.
    pub set_aside: u32,
    /// What this device may do here; decided by the core.
    pub may: Vec<CapabilityName>,
}

/// Something a rank may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CapabilityName {
    /// Read what the space shares.
    Read,
    /// Sign receipts.
    SignReceipts,
    /// Answer for oneself.
    Respond,
    /// Write in documents.
    Draft,
    /// Draft a consultation.
    DefineProcess,
    /// Enter answers for others.
    RespondForOthers,
    /// Let in and hide statements, report on projects, sign a count.
    Moderate,
    /// Decide on a petition, answer it, report what came of an activity.
    Decide,
    /// Invite.
    Invite,
    /// Adopt entries set aside.
    Adopt,
    /// Open and close consultations.
    OpenProcess,
    /// Publish a checkpoint.
    Checkpoint,
    /// Change ranks and remove.
    ChangeRanks,
}

/// What checking everything found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Verification {
    /// Whether nothing is wrong.
    pub clean: bool,
    /// Digest of the set of entries held: equal on two replicas that hold the same.
    pub entries_digest: String,
    /// Digest of everything projected from them: equal on two replicas that hold the same.
    pub projection_digest: String,
    /// Digest of the versions of all documents: equal on two replicas that hold the same.
    pub documents_digest: String,
    /// Entries checked.
    pub entries: u64,
    /// Entries that count.
    pub admitted: u64,
    /// Entries set aside, waiting, refused or unknown.
    pub not_counting: u64,
    /// What is wrong, in English, one line each.
    pub problems: Vec<String>,
}
