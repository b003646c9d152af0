//! Why a device ends a link, as both sides know it: told in the reason that closes the connection.
//! What a peer says is believed only as far as it is one of these words.

use majlis_core::effect::HangUp;

use crate::limits::LimitName;

/// Why a link was ended on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Both sides have everything, and one of them saves data.
    Done,
    /// Both sides have everything, and whoever ended it makes room for other devices.
    GivesWay,
    /// Whoever ended it may not use more of the internet this month.
    Budget,
    /// The other side is past this limit.
    Limit(LimitName),
    /// Whoever ended it does not know the other side in this space.
    Stranger,
    /// The other side was removed from the space.
    Removed,
    /// There is no version in common.
    Version,
    /// Whoever ended it cannot store anything now.
    CannotStore,
}

const PLAIN: [(Ending, &str); 7] = [
    (Ending::Done, "done, saving data"),
    (Ending::GivesWay, "done, making room for others"),
    (Ending::Budget, "data budget used up"),
    (Ending::Stranger, "not known in this space"),
    (Ending::Removed, "removed from this space"),
    (Ending::Version, "no version in common"),
    (Ending::CannotStore, "cannot store anything now"),
];

impl Ending {
    /// What the other side is told.
    pub(crate) fn told(self) -> String {
        match self {
            Self::Limit(limit) => limit.told(),
            plain => PLAIN
                .into_iter()
                .find(|(ending, _)| *ending == plain)
                .map(|(_, text)| text.to_owned())
                .unwrap_or_default(),
        }
    }

    /// Reads what the other side told.
    pub(crate) fn heard(text: &str) -> Option<Self> {
        let plain = PLAIN.into_iter().find(|(_, said)| *said == text);
        plain
            .map(|(ending, _)| ending)
            .or_else(|| LimitName::heard(text).map(Self::Limit))
    }

    /// The limit, when it is one.
    pub(crate) const fn limit(self) -> Option<LimitName> {
        match self {
            Self::Limit(limit) => Some(limit),
            _ => None,
        }
    }

    /// What to tell when the core ends a link, as far as the other side can do something about it.
    pub(crate) const fn of(why: HangUp) -> Option<Self> {
        match why {
            HangUp::Stranger => Some(Self::Stranger),
            HangUp::Removed => Some(Self::Removed),
            HangUp::Version => Some(Self::Version),
            HangUp::Done | HangUp::NotProven | HangUp::Violation => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_side_tells_the_other_one_hears() {
        let limits = LimitName::ALL.into_iter().map(Ending::Limit);
        for ending in PLAIN.into_iter().map(|(ending, _)| ending).chain(limits) {
            assert_eq!(Ending::heard(&ending.told()), Some(ending));
        }
        assert_eq!(Ending::heard("whatever"), None);
    }
}
