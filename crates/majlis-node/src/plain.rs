//! Between the core's types and the plain views of the API: names, ids, errors.
//! Not here: any rule. What may be done comes from the core; this only translates.

pub(crate) mod activity;
pub(crate) mod answers;
pub(crate) mod census;
pub(crate) mod details;
pub(crate) mod export;
mod figure;
pub(crate) mod form;
pub(crate) mod logic;
pub(crate) mod outcome;
pub(crate) mod results;
pub(crate) mod sealed;
pub(crate) mod sealed_media;
pub(crate) mod sheet;
pub(crate) mod sorted;
pub(crate) mod spoken;
pub(crate) mod text;
pub(crate) mod value;

use core::str::FromStr;

use majlis_core::admission::{Aside, Missing, Refusal, State};
use majlis_core::consultation::Stage;
use majlis_core::entry::Kind;
use majlis_core::membership::{Capability, Rank};
use majlis_core::record::AssistedMode;

use crate::api::members::{EntryKind, NotCounting, RankName};
use crate::api::process::{AssistedModeName, StageName};
use crate::api::space::CapabilityName;
use crate::api::{ApiError, ErrorCode};

/// Reads an id; one that is malformed names nothing that is here.
pub(crate) fn id<T: FromStr>(text: &str, what: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| missing(what).about(text))
}

/// There is no such thing here.
pub(crate) fn missing(what: &str) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("no such {what} here"))
}

/// A field is empty, too long or malformed.
pub(crate) fn bad(field: &str) -> ApiError {
    ApiError::new(
        ErrorCode::BadInput,
        format!("the {field} is empty, too long or malformed"),
    )
    .about(field)
}

pub(crate) const fn rank_name(rank: Rank) -> RankName {
    match rank {
        Rank::Observer => RankName::Observer,
        Rank::Member => RankName::Member,
        Rank::Facilitator => RankName::Facilitator,
        Rank::Steward => RankName::Steward,
    }
}

pub(crate) const fn rank(name: RankName) -> Rank {
    match name {
        RankName::Observer => Rank::Observer,
        RankName::Member => Rank::Member,
        RankName::Facilitator => Rank::Facilitator,
        RankName::Steward => Rank::Steward,
    }
}

pub(crate) const fn stage_name(stage: Stage) -> StageName {
    match stage {
        Stage::Inform => StageName::Inform,
        Stage::Consult => StageName::Consult,
        Stage::Decide => StageName::Decide,
    }
}

pub(crate) const fn stage(name: StageName) -> Stage {
    match name {
        StageName::Inform => Stage::Inform,
        StageName::Consult => Stage::Consult,
        StageName::Decide => Stage::Decide,
    }
}

pub(crate) const fn mode_name(mode: AssistedMode) -> AssistedModeName {
    match mode {
        AssistedMode::Spoken => AssistedModeName::Spoken,
        AssistedMode::Paper => AssistedModeName::Paper,
        AssistedMode::Phone => AssistedModeName::Phone,
    }
}

pub(crate) const fn mode(name: AssistedModeName) -> AssistedMode {
    match name {
        AssistedModeName::Spoken => AssistedMode::Spoken,
        AssistedModeName::Paper => AssistedMode::Paper,
        AssistedModeName::Phone => AssistedMode::Phone,
    }
}

pub(crate) const CAPABILITIES: [(Capability, CapabilityName); 13] = [
    (Capability::Read, CapabilityName::Read),
    (Capability::SignReceipts, CapabilityName::SignReceipts),
    (Capability::Respond, CapabilityName::Respond),
    (Capability::Draft, CapabilityName::Draft),
    (Capability::DefineProcess, CapabilityName::DefineProcess),
    (
        Capability::RespondForOthers,
        CapabilityName::RespondForOthers,
    ),
    (Capability::Moderate, CapabilityName::Moderate),
    (Capability::Decide, CapabilityName::Decide),
    (Capability::Invite, CapabilityName::Invite),
    (Capability::Adopt, CapabilityName::Adopt),
    (Capability::OpenProcess, CapabilityName::OpenProcess),
    (Capability::Checkpoint, CapabilityName::Checkpoint),
    (Capability::ChangeRanks, CapabilityName::ChangeRanks),
];

pub(crate) const fn entry_kind(kind: Kind) -> EntryKind {
    match kind {
        Kind::Records => EntryKind::Records,
        Kind::Changes => EntryKind::Changes,
        Kind::Membership => EntryKind::Membership,
        Kind::Checkpoint => EntryKind::Checkpoint,
        Kind::Receipt => EntryKind::Receipt,
        Kind::Unknown(_) => EntryKind::Unknown,
    }
}

/// Why an entry does not count; `None` when it does.
pub(crate) const fn not_counting(state: State) -> Option<NotCounting> {
    Some(match state {
        State::Admitted | State::Carried => return None,
        State::Waiting(Missing::Warrant) => NotCounting::WaitingForMembership,
        State::Waiting(Missing::Changes) => NotCounting::WaitingForChanges,
        State::Waiting(Missing::Agreement) => NotCounting::WaitingForAgreement,
        State::Waiting(Missing::Payload) => NotCounting::WaitingForContent,
        State::Quarantined(Aside::Removed) => NotCounting::AuthorRemoved,
        State::Quarantined(Aside::Left) => NotCounting::AuthorLeft,
        State::Quarantined(Aside::Forked) => NotCounting::AuthorForked,
        State::Quarantined(Aside::WarrantVoid) => NotCounting::WarrantVoid,
        State::Refused(Refusal::NoWarrant) => NotCounting::NoWarrant,
        State::Refused(Refusal::NotAllowed) => NotCounting::NotAllowed,
        State::Refused(Refusal::Malformed) => NotCounting::Malformed,
        State::Refused(Refusal::WrongLane) => NotCounting::WrongLane,
        State::Refused(Refusal::Gate(_)) => NotCounting::HarmfulChange,
        State::Unknown => NotCounting::Newer,
    })
}
