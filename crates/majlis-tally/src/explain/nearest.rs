//! The search for the smallest change that makes somebody win, by counting again.

use serde::Serialize;

/// How much of a change is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "found")]
pub enum Nearest {
    /// Wins with so much and with no less: every smaller change was counted, or the rule is known to
    /// be monotone in it.
    Smallest {
        /// How much.
        amount: u64,
    },
    /// Wins with so much. The rule is not monotone in this change, there are several ways to make it, or
    /// the search was called off, so that a smaller one may exist.
    AtMost {
        /// How much.
        amount: u64,
    },
    /// Did not win with any change that was tried.
    NotFound {
        /// The largest that was tried.
        tried: u64,
        /// Whether that proves that no change up to it wins.
        certain: bool,
    },
}

impl Nearest {
    /// How much is enough, if anything is.
    #[must_use]
    pub const fn amount(&self) -> Option<u64> {
        match self {
            Self::Smallest { amount } | Self::AtMost { amount } => Some(*amount),
            Self::NotFound { .. } => None,
        }
    }

    /// As something that only bounds the smallest change, where there are several ways to make it. Less
    /// than one is no change.
    pub(super) fn into_bound(self) -> Self {
        match self {
            Self::Smallest { amount: 0 | 1 } | Self::AtMost { amount: 0 | 1 } => {
                Self::Smallest { amount: 1 }
            }
            Self::Smallest { amount } | Self::AtMost { amount } => Self::AtMost { amount },
            Self::NotFound { tried, .. } => Self::NotFound {
                tried,
                certain: false,
            },
        }
    }
}

/// How a search goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    /// The largest change.
    pub(super) most: u64,
    /// Whether more of the change never turns a win into a loss.
    pub(super) monotone: bool,
    /// Smaller changes are all tried if they are no more than this.
    pub(super) all_below: u64,
}

impl Search {
    /// Looks for the least amount from one to `most` with which `wins` is true: doubling finds the
    /// scale, halving a number that wins while one less does not, and then smaller ones are tried. Before
    /// each count `go_on` is asked; once it says no, what is known by then is the answer.
    pub(super) fn run<E>(
        self,
        go_on: &mut dyn FnMut() -> bool,
        mut wins: impl FnMut(u64) -> Result<bool, E>,
    ) -> Result<Nearest, E> {
        let (mut fails, mut tried) = (0, 1.min(self.most));
        let mut found = None;
        while tried > fails {
            if !go_on() {
                return Ok(Nearest::NotFound {
                    tried: fails,
                    certain: false,
                });
            }
            if wins(tried)? {
                found = Some(tried);
                break;
            }
            fails = tried;
            tried = tried.saturating_mul(2).min(self.most);
        }
        let Some(mut amount) = found else {
            return Ok(Nearest::NotFound {
                tried: self.most,
                certain: self.monotone || self.most <= 2,
            });
        };
        while amount - fails > 1 {
            if !go_on() {
                return Ok(Nearest::AtMost { amount });
            }
            let middle = fails + (amount - fails) / 2;
            if wins(middle)? {
                amount = middle;
            } else {
                fails = middle;
            }
        }
        if self.monotone {
            return Ok(Nearest::Smallest { amount });
        }
        if amount - 1 > self.all_below {
            return Ok(Nearest::AtMost { amount });
        }
        for smaller in 1..amount {
            if !go_on() {
                return Ok(Nearest::AtMost { amount });
            }
            if wins(smaller)? {
                return Ok(Nearest::Smallest { amount: smaller });
            }
        }
        Ok(Nearest::Smallest { amount })
    }
}
