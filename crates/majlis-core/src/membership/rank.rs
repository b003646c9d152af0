//! Strict ranks and the one table of what each may do: the page an organiser or a lawyer can read.

use serde::{Deserialize, Serialize};

/// How much a device may do. Strictly ordered: one may act only on a lower rank.
///
/// Stewards are changed by a quorum of stewards or by a recovery card, never by one rank above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rank {
    /// Reads everything public, signs receipts and attestations, is in no tally. Watchdogs and gateways.
    Observer,
    /// Answers, votes, proposes, comments, co-drafts.
    Member,
    /// Invites, enters answers for people without a device, moderates. Field officers.
    Facilitator,
    /// Opens and closes processes, publishes, adds and removes lower ranks.
    Steward,
}

/// Something a device may do in a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// Read what the space shares.
    Read,
    /// Sign receipts: say what this device holds on disk for others.
    SignReceipts,
    /// Answer for oneself in an open process.
    Respond,
    /// Write in co-drafted documents.
    Draft,
    /// Draft the definition of a process.
    DefineProcess,
    /// Enter an answer for a person without a device.
    RespondForOthers,
    /// Let in and hide statements, report on projects, sign a count.
    Moderate,
    /// Decide on a petition, answer it, report what came of an activity.
    Decide,
    /// Invite someone of a lower rank.
    Invite,
    /// Bring back work that a removal or a fork set aside.
    Adopt,
    /// Open and close a process.
    OpenProcess,
    /// Publish a checkpoint of a document.
    Checkpoint,
    /// Change the rank of, or remove, someone of a lower rank.
    ChangeRanks,
}

impl Rank {
    /// All ranks, lowest first.
    pub const ALL: [Self; 4] = [
        Self::Observer,
        Self::Member,
        Self::Facilitator,
        Self::Steward,
    ];

    /// Whether this rank may do `capability`. The whole policy of a space is this table.
    #[must_use]
    #[expect(
        clippy::match_same_arms,
        reason = "one line a capability: the table is for reading"
    )]
    pub const fn may(self, capability: Capability) -> bool {
        use Capability as C;
        #[rustfmt::skip]
        let row: (bool, bool, bool, bool) = match capability {
            //                       observer member facilitator steward
            C::Read             => (true,  true,  true,  true),
            C::SignReceipts     => (true,  true,  true,  true),
            C::Respond          => (false, true,  true,  true),
            C::Draft            => (false, true,  true,  true),
            C::DefineProcess    => (false, false, true,  true),
            C::RespondForOthers => (false, false, true,  true),
            C::Moderate         => (false, false, true,  true),
            C::Decide           => (false, false, false, true),
            C::Invite           => (false, false, true,  true),
            C::Adopt            => (false, false, true,  true),
            C::OpenProcess      => (false, false, false, true),
            C::Checkpoint       => (false, false, true,  true),
            C::ChangeRanks      => (false, false, false, true),
        };
        match self {
            Self::Observer => row.0,
            Self::Member => row.1,
            Self::Facilitator => row.2,
            Self::Steward => row.3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_rank_may_do_all_that_a_lower_one_may() {
        use Capability as C;
        for capability in [
            C::Read,
            C::SignReceipts,
            C::Respond,
            C::Draft,
            C::DefineProcess,
            C::RespondForOthers,
            C::Moderate,
            C::Decide,
            C::Invite,
            C::Adopt,
            C::OpenProcess,
            C::Checkpoint,
            C::ChangeRanks,
        ] {
            let row = Rank::ALL.map(|rank| rank.may(capability));
            assert!(row.is_sorted(), "{capability:?} {row:?}");
        }
    }
}
