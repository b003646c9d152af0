//! Answers that are several numbers: days with a time, and places. Each number is a column of its own.

use super::Kind;
use crate::consultation::Answer;
use crate::consultation::form::{DateTime, Place};

/// What a clock that does not say how far it is ahead is written as.
const UNKNOWN: i64 = 40_000;

pub(super) const fn part_count(kind: Kind) -> usize {
    if matches!(kind, Kind::Place) { 4 } else { 2 }
}

pub(super) fn parts(answer: &Answer) -> [i64; 4] {
    match answer {
        Answer::DateTime(at) => [at.millis, at.ahead.map_or(UNKNOWN, i64::from), 0, 0],
        Answer::Place(place) => [
            place.latitude.into(),
            place.longitude.into(),
            place.altitude.into(),
            place.accuracy.into(),
        ],
        Answer::Text(_)
        | Answer::Number(_)
        | Answer::Choices(_)
        | Answer::Scale(_)
        | Answer::Date(_)
        | Answer::Photo(_)
        | Answer::Sound(_)
        | Answer::Ranking(_)
        | Answer::Points(_)
        | Answer::Votes(_)
        | Answer::Time(_)
        | Answer::Acknowledged
        | Answer::Rows(_)
        | Answer::Sealed(_) => [0; 4],
    }
}

pub(super) fn whole_of(kind: Kind, part: impl Fn(usize) -> Option<i64>) -> Option<Answer> {
    Some(if kind == Kind::Place {
        Answer::Place(Place {
            latitude: i32::try_from(part(0)?).ok()?,
            longitude: i32::try_from(part(1)?).ok()?,
            altitude: i32::try_from(part(2)?).ok()?,
            accuracy: u32::try_from(part(3)?).ok()?,
        })
    } else {
        let ahead = match part(1)? {
            UNKNOWN => None,
            ahead => Some(i16::try_from(ahead).ok()?),
        };
        let millis = part(0)?;
        Answer::DateTime(DateTime { millis, ahead })
    })
}
