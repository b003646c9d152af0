//! The figures of one question, by what kind of answers it takes. Not here: how they are added up.

use serde::{Deserialize, Serialize};

use super::{Numbers, Split};
use crate::consultation::form::Place;
use crate::id::StatementId;

/// The most points of a place that results name.
pub const MAX_POINTS: usize = 1_000;

/// The figures of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Figures {
    /// Per option, in the form's order.
    Options(Vec<(u16, Split)>),
    /// Per step, lowest first, and the mean in millionths when anybody answered.
    Scale {
        /// Every step of the scale.
        steps: Vec<(i16, Split)>,
        /// The mean.
        mean: Option<i64>,
    },
    /// Of numbers; `None` when nobody answered.
    Numbers(Option<Numbers>),
    /// Per day that was named, earliest first: days since 1970.
    Dates(Vec<(i32, Split)>),
    /// Hash over the texts, in order of slot.
    Texts([u8; 32]),
    /// Hash over the names of the photos or sounds, in order of slot.
    Blobs([u8; 32]),
    /// Where the options stand, in the form's order.
    Ranks(Vec<Ranked>),
    /// How many gave each option points, and how many points in all, in the form's order.
    Points(Vec<(u16, Split, u64)>),
    /// Votes on each statement, in order of its id.
    Votes(Vec<(StatementId, Votes)>),
    /// Per hour of the day that was named, midnight being 0.
    Hours(Vec<(u8, Split)>),
    /// Points on the earth.
    Places {
        /// The first in order of slot, at most [`MAX_POINTS`].
        points: Vec<(Place, bool)>,
        /// Hash over all of them, in order of slot.
        all: [u8; 32],
    },
    /// How many rows all answers have together.
    Rows(u64),
    /// Nothing but how many: of what is confirmed, and of what takes no answer.
    Plain,
}

/// Votes on one statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Votes {
    /// Who agree.
    pub agree: u64,
    /// Who disagree.
    pub disagree: u64,
    /// Who say neither.
    pub pass: u64,
}

/// Where one option stands in the rankings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// The option.
    pub option: u16,
    /// How many put it first.
    pub first: Split,
    /// Its mean place in millionths, the first place being 1; `None` when nobody ranked it.
    pub mean: Option<i64>,
}
