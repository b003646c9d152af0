//! Figures of numbers: smallest, largest, mean, median, and how many are in each of some ranges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Split;

/// The most bars that a distribution of numbers is shown in.
pub const MAX_BARS: u64 = 10;

/// Figures of numbers, all in millionths. Halves are rounded away from zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// Smallest.
    pub min: i64,
    /// Largest.
    pub max: i64,
    /// Mean.
    pub mean: i64,
    /// Middle value, or the mean of the two middle ones.
    pub median: i64,
    /// How many in each of up to ten equal ranges.
    pub ranges: Vec<Range>,
}

/// One range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// From here, inclusive.
    pub from: i64,
    /// To here, inclusive.
    pub to: i64,
    /// How many.
    pub count: Split,
}

fn total(counts: &BTreeMap<i64, Split>) -> u64 {
    counts
        .values()
        .fold(0, |sum, split| sum.saturating_add(split.all()))
}

/// The mean times `scale`, halves rounded away from zero.
pub(super) fn mean(counts: &BTreeMap<i64, Split>, scale: i128) -> Option<i64> {
    let sum = counts.iter().fold(0_i128, |sum, (value, split)| {
        sum.saturating_add(i128::from(*value).saturating_mul(split.all().into()))
    });
    divide(sum.saturating_mul(scale), total(counts).into())
}

pub(super) fn divide(sum: i128, by: i128) -> Option<i64> {
    let half = by.checked_div(2)?;
    let away = if sum < 0 {
        sum.saturating_sub(half)
    } else {
        sum.saturating_add(half)
    };
    away.checked_div(by)
        .and_then(|value| i64::try_from(value).ok())
}

pub(super) fn numbers(counts: &BTreeMap<i64, Split>) -> Option<Numbers> {
    let (min, max) = (*counts.keys().next()?, *counts.keys().next_back()?);
    let all = total(counts);
    let nth = |wanted: u64| {
        let mut seen: u64 = 0;
        counts.iter().find_map(|(value, split)| {
            seen = seen.saturating_add(split.all());
            (seen > wanted).then_some(*value)
        })
    };
    // The same value twice when their number is odd.
    let (low, high) = (nth(all.saturating_sub(1) / 2)?, nth(all / 2)?);
    let median = divide(i128::from(low).saturating_add(i128::from(high)), 2)?;
    Some(Numbers {
        min,
        max,
        mean: mean(counts, 1)?,
        median,
        ranges: ranges(counts, min, max),
    })
}

/// Ranges of equal width that cover everything; fewer where there are fewer values than ranges.
/// They begin and end on the coarsest decimal that all values have: whole years stay whole.
fn ranges(counts: &BTreeMap<i64, Split>, min: i64, max: i64) -> Vec<Range> {
    let units = [1_000_000, 100_000, 10_000, 1_000, 100, 10];
    let fits = |unit: &i64| {
        counts
            .keys()
            .all(|value| value.checked_rem(*unit) == Some(0))
    };
    let unit = units.into_iter().find(fits).unwrap_or(1).unsigned_abs();
    let steps = max.abs_diff(min).checked_div(unit).unwrap_or_default();
    let mut width = steps / MAX_BARS;
    if width.saturating_mul(MAX_BARS) <= steps {
        width = width.saturating_add(1);
    }
    let reach = width.saturating_sub(1).saturating_mul(unit);
    let mut ranges = Vec::new();
    let mut from = min;
    loop {
        let to = from.saturating_add_unsigned(reach).min(max);
        let count = counts
            .range(from..=to)
            .fold(Split::default(), |sum, (_, n)| sum.plus(*n));
        ranges.push(Range { from, to, count });
        match to.checked_add_unsigned(unit).filter(|next| *next <= max) {
            Some(next) => from = next,
            None => return ranges,
        }
    }
}
