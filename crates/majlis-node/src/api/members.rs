//! Members, invites, joining, ranks, removal and what was set aside.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::api::process::{AnswerTo, QuestionView};

/// The ranks a person can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum RankName {
    /// Reads.
    Observer,
    /// Takes part.
    Member,
    /// Field officer: invites, assists.
    Facilitator,
    /// Opens, closes, decides on ranks.
    Steward,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemberView {
    /// The device.
    pub device: String,
    /// The person.
    pub person: String,
    /// The name they gave.
    pub name: String,
    /// The rank in force; `None` when out.
    pub rank: Option<RankName>,
    /// Groups of digits that two people compare aloud.
    pub fingerprint: Vec<String>,
    /// Who invited them; empty for the founder.
    pub invited_by: String,
    /// Whether this is this device.
    pub me: bool,
    /// Why they are out.
    pub out: Option<OutReason>,
    /// Ranks that this device may give them.
    pub may_become: Vec<RankName>,
    /// Whether this device may remove them.
    pub may_remove: bool,
}

/// Why a member is out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", content = "reason", rename_all = "snake_case")]
pub enum OutReason {
    /// Left.
    Left,
    /// Removed, with the reason given.
    Removed(String),
    /// The invite was used up, closed or void.
    NotCounted,
}

/// Making an invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CreateInvite {
    /// The space.
    pub space: String,
    /// The rank it gives.
    pub rank: RankName,
    /// How many may join by it.
    pub uses: u32,
    /// What to call it; may be empty.
    #[serde(default)]
    pub label: String,
}

/// An invite was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InviteCreated {
    /// The invite.
    pub invite: String,
    /// The ticket as text; upper case, so that its QR code stays small.
    pub ticket: String,
    /// The ticket as a QR code.
    pub svg: String,
}

/// Which invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InviteRef {
    /// The space.
    pub space: String,
    /// The invite.
    pub invite: String,
}

/// An invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InviteView {
    /// The invite.
    pub invite: String,
    /// What it is called.
    pub label: String,
    /// The rank it gives.
    pub rank: RankName,
    /// How many may join by it.
    pub uses: u32,
    /// How many joined.
    pub used: u32,
    /// Whether it was stopped.
    pub closed: bool,
    /// Who made it.
    pub by: String,
    /// The ticket, when this device made it.
    pub ticket: Option<String>,
}

/// A ticket as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TicketText {
    /// The text, with or without the link in front of it.
    pub ticket: String,
}

/// What a ticket says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TicketCard {
    /// The space.
    pub space: String,
    /// Its name, as the inviter wrote it.
    pub name: String,
    /// The inviter's name.
    pub inviter: String,
    /// Groups of digits to compare with the inviter's screen.
    pub fingerprint: Vec<String>,
    /// The rank it gives.
    pub rank: RankName,
    /// Whether this device is already in.
    pub joined: bool,
}

/// Joining.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JoinSpace {
    /// The ticket.
    pub ticket: String,
}

/// Changing a rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangeRank {
    /// The space.
    pub space: String,
    /// Whose.
    pub device: String,
    /// To what.
    pub rank: RankName,
}

/// Removing a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RemoveMember {
    /// The space.
    pub space: String,
    /// Who.
    pub device: String,
    /// Why, shown to all.
    pub reason: String,
}

/// The stewards of a space together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StewardsView {
    /// How many there are.
    pub stewards: u32,
    /// How many of them must agree to a change among them.
    pub majority: u32,
    /// Changes that too few agreed to so far.
    pub pending: Vec<PendingChange>,
    /// Whether the space has a recovery card that this device may use.
    pub may_recover: bool,
}

/// A change among the stewards that somebody proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PendingChange {
    /// Its name.
    pub change: String,
    /// Whom it is about.
    pub device: String,
    /// Their name.
    pub name: String,
    /// Whether they are to be removed; otherwise they become a steward.
    pub removes: bool,
    /// Why, when they are to be removed; may be empty.
    pub reason: String,
    /// The names of those who agreed.
    pub agreed: Vec<String>,
    /// Whether this device may agree.
    pub may_agree: bool,
}

/// Agreeing to a change among the stewards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AgreeToChange {
    /// The space.
    pub space: String,
    /// The change.
    pub change: String,
}

/// Becoming a steward by the recovery card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Recover {
    /// The space.
    pub space: String,
    /// The text on the card.
    pub card: String,
    /// Stewards to remove with it: devices that are lost or in the wrong hands.
    pub remove: Vec<String>,
    /// Why, shown to all.
    #[serde(default)]
    pub reason: String,
}

/// Entries to adopt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Adopted {
    /// The space.
    pub space: String,
    /// The entries.
    pub entries: Vec<String>,
}

/// Which alarms about devices that signed twice in one place this person looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ForksSeen {
    /// The space.
    pub space: String,
    /// The lane of what was shown, as its items name it; without it, all that the space has.
    pub lane: Option<String>,
}

/// An entry that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QuarantineItem {
    /// The entry.
    pub entry: String,
    /// Its author's device.
    pub device: String,
    /// Its author's name, when known.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// The lane.
    pub lane: String,
    /// When its author's clock said it was, in milliseconds since 1970.
    pub claimed: u64,
    /// Why it does not count.
    pub reason: NotCounting,
    /// Whether this device may adopt it.
    pub may_adopt: bool,
    /// What was signed, and where, if its author's device signed two different things in one place: with the other
    /// one, proof of it.
    pub signed: Option<SignedStatement>,
}

/// What an entry about who belongs to a space does. Names are those that are known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum MemberAct {
    /// Invites.
    Invited {
        /// What the invite is called.
        label: String,
        /// The rank that it gives.
        rank: RankName,
        /// How many may use it.
        uses: u32,
    },
    /// Joins by an invite.
    Joined {
        /// Under which name.
        name: String,
    },
    /// Gives somebody another rank.
    Ranked {
        /// Who.
        name: String,
        /// Which.
        rank: RankName,
    },
    /// Removes somebody.
    Removed {
        /// Who.
        name: String,
        /// Why.
        why: String,
    },
    /// Leaves.
    Left,
    /// Stops an invite.
    InviteClosed {
        /// What the invite is called.
        label: String,
    },
    /// Takes another name.
    Renamed {
        /// Which.
        name: String,
    },
    /// Something else: founding, bringing entries back, a change among the stewards, a proof.
    Other,
}

/// One of several different things that a device signed in one place of its chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignedStatement {
    /// Its position in the chain; two in one place of one chain are proof.
    pub position: u64,
    /// The title of what it is about; empty where that is not known here.
    pub title: String,
    /// The questions that it answers.
    pub questions: Vec<QuestionView>,
    /// What it answers, of everything in it the first.
    pub answers: Vec<AnswerTo>,
    /// What it does, if it is about who belongs to the space.
    pub member: Option<MemberAct>,
    /// How many statements are in it.
    pub records: u32,
    /// The signed bytes, in hexadecimal digits.
    pub header: String,
    /// The signature over them, in hexadecimal digits.
    pub signature: String,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Answers and other records.
    Records,
    /// Changes of a document.
    Changes,
    /// A membership operation.
    Membership,
    /// A checkpoint.
    Checkpoint,
    /// A receipt of a carrier.
    Receipt,
    /// Something newer.
    Unknown,
}

/// Why an entry does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NotCounting {
    /// Its author's membership has not arrived.
    WaitingForMembership,
    /// Changes it builds on have not arrived.
    WaitingForChanges,
    /// Too few stewards agreed to it so far.
    WaitingForAgreement,
    /// Its content was erased or has not arrived.
    WaitingForContent,
    /// Its author was removed before it.
    AuthorRemoved,
    /// Its author left before it.
    AuthorLeft,
    /// Its author signed two different things at one place.
    AuthorForked,
    /// The author's invite or rank does not count.
    WarrantVoid,
    /// It names no rank of its author.
    NoWarrant,
    /// Its author's rank may not do this.
    NotAllowed,
    /// Its content is damaged.
    Malformed,
    /// It does not belong where it was put.
    WrongLane,
    /// Its document changes are harmful or broken.
    HarmfulChange,
    /// It is from a newer version of Majlis.
    Newer,
}
