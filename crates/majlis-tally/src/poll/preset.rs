//! What each kind of poll begins with. Source: Loomio's poll templates.

use super::{PollKind, PollOption, PollRule};
use crate::tie::{LotSeed, TieRule};

impl PollKind {
    /// The options that the kind brings with it; empty where people write their own.
    #[must_use]
    pub const fn usual_options(self) -> &'static [&'static str] {
        match self {
            Self::Proposal => &["agree", "abstain", "disagree"],
            Self::Check => &["looks_good", "not_sure", "concerned"],
            Self::Count => &["accept", "decline"],
            _ => &[],
        }
    }

    /// How many are wanted unless people say otherwise: of those who accept to take part.
    #[must_use]
    pub const fn usual_target(self) -> Option<u64> {
        match self {
            Self::Count => Some(5),
            _ => None,
        }
    }

    /// How many minutes one of its dates lasts unless people say otherwise; for meetings.
    #[must_use]
    pub const fn usual_minutes(self) -> Option<u32> {
        match self {
            Self::Meeting => Some(60),
            _ => None,
        }
    }

    /// Whether a ballot must give its reason in words: a question has nothing else.
    #[must_use]
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Question)
    }

    /// How many days it is open unless people say otherwise.
    #[must_use]
    pub const fn usual_days(self) -> u32 {
        match self {
            Self::Proposal | Self::Question => 7,
            _ => 3,
        }
    }

    /// Whether ballots may be cast without a name: who comes, when people can meet and what they
    /// say in words mean nothing without one.
    #[must_use]
    pub const fn may_be_anonymous(self) -> bool {
        !matches!(self, Self::Count | Self::Question | Self::Meeting)
    }

    /// Whether its result binds anybody: a check only asks how people feel.
    #[must_use]
    pub const fn binds(self) -> bool {
        !matches!(self, Self::Check | Self::Question)
    }
}

impl PollRule {
    /// The rule that a kind begins with, over `options` or else the kind's own.
    #[must_use]
    pub fn preset(kind: PollKind, options: &[&str]) -> Self {
        let options = if options.is_empty() {
            kind.usual_options()
        } else {
            options
        };
        let all = u32::try_from(options.len()).unwrap_or(u32::MAX);
        let (least, most, points) = match kind {
            PollKind::Proposal | PollKind::Check | PollKind::Count | PollKind::Poll => (1, 1, 1),
            PollKind::Question => (0, 0, 0),
            PollKind::Approval => (0, all, 1),
            PollKind::DotVote => (0, all, 8),
            PollKind::Score => (0, all, 5),
            PollKind::RankedChoice => (1, all.min(3), 0),
            PollKind::Meeting => (0, all, 2),
            PollKind::Quadratic => (0, all, 100),
        };
        Self {
            kind,
            options: options
                .iter()
                .map(|id| PollOption {
                    id: (*id).to_owned(),
                    test: None,
                })
                .collect(),
            least,
            most,
            points,
            none_of_these: false,
            eligible: None,
            quorum: None,
            tie: TieRule::default(),
            seed: LotSeed::default(),
        }
    }
}
