//! What became of an entry, and why: refusals are values with reasons, kept and shown.
//! Not here: how it is found out (`space`, `membership::roster`, `gate`).

use serde::{Deserialize, Serialize};

/// Where an entry stands. A function of the set of entries held, never of their order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum State {
    /// Counts.
    Admitted,
    /// Does not count by itself, but stays in the document because admitted work builds on it.
    Carried,
    /// Something it needs has not arrived.
    Waiting(Missing),
    /// Set aside; someone who may write there can adopt it.
    Quarantined(Aside),
    /// Will never count.
    Refused(Refusal),
    /// Written by a newer version: kept, forwarded, shown as unknown.
    Unknown,
}

/// What a waiting entry needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Missing {
    /// The membership entry that gives its author a rank.
    Warrant,
    /// Changes of the document that it builds on.
    Changes,
    /// More stewards who agree to it.
    Agreement,
    /// Its payload, which was erased or has not come.
    Payload,
}

/// Why an entry is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Aside {
    /// It lies beyond the cut of a removal of its author.
    Removed,
    /// Its author left before it.
    Left,
    /// Its author signed two entries at this position or an earlier one of the chain.
    Forked,
    /// It cites a rank that does not count (any more): the invite was used up or closed, or the
    /// grant was itself set aside.
    WarrantVoid,
}

/// Why an entry never counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Refusal {
    /// The warrant is no membership entry that gives this device a rank.
    NoWarrant,
    /// The rank it acts under may not do this.
    NotAllowed,
    /// The payload is not what its header says, or malformed.
    Malformed,
    /// The kind of entry does not belong on this lane.
    WrongLane,
    /// The gate turned its Automerge changes away; the code is the gate's.
    Gate(u8),
}

impl State {
    /// Whether the content is in force.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Admitted)
    }

    /// Whether its changes belong in the document.
    #[must_use]
    pub const fn applies(self) -> bool {
        matches!(self, Self::Admitted | Self::Carried)
    }
}
