//! Places of votes in a table of what they are worth, and the two walks over all of them that power
//! iteration is made of. Not a matrix type.
//!
//! A walk takes each row in its order and each vote in its order, so sums are the same on every
//! device. All the time of grouping people is spent here: where a table of few statements allows it,
//! places are half as wide and need no check, and the sums of one row are made while those of the row
//! before are handed out.

#![allow(
    clippy::indexing_slicing,
    reason = "places point into tables that are made for them; rows are cut by where they start"
)]

use std::ops::{IndexMut, Range};

/// The size of a table that narrow places cannot point out of.
const NARROW: usize = 1 << 16;

/// Places in a table, row after row.
pub(super) enum Places {
    /// In a table of [`NARROW`].
    Narrow(Vec<u16>),
    /// In a table of any size.
    Wide(Vec<u32>),
}

const fn wide(place: u32) -> usize {
    place as usize
}

impl Places {
    /// Places in a table with four for each of `statements`.
    pub(super) fn new(places: Vec<u32>, statements: usize) -> Self {
        if statements > NARROW / 4 {
            return Self::Wide(places);
        }
        let narrow = places.iter().map(|place| u16::try_from(*place));
        match narrow.collect() {
            Ok(narrow) => Self::Narrow(narrow),
            Err(_) => Self::Wide(places),
        }
    }

    /// How large a table of four for each of `statements` is made.
    pub(super) fn table_size(&self, statements: usize) -> usize {
        match self {
            Self::Narrow(_) => NARROW,
            Self::Wide(_) => statements * 4,
        }
    }

    /// The sum of a row.
    pub(super) fn along(&self, row: Range<usize>, table: &[f64]) -> f64 {
        match self {
            Self::Narrow(places) => along(&places[row], usize::from, table),
            Self::Wide(places) => along(&places[row], wide, table),
        }
    }

    /// For each row, its sum over `table`, added to `gathered` at all places of the row.
    pub(super) fn product(&self, starts: &[usize], table: &[f64], gathered: &mut [f64]) {
        match self {
            Self::Narrow(places) => {
                // Tables are of this size: see `table_size`.
                if let (Some(table), Some(gathered)) = (
                    table.first_chunk::<NARROW>(),
                    gathered.first_chunk_mut::<NARROW>(),
                ) {
                    product(starts, places, usize::from, table, gathered);
                }
            }
            Self::Wide(places) => product(starts, places, wide, table, gathered),
        }
    }
}

/// Four sums side by side.
fn add<P: Copy, T: IndexMut<usize, Output = f64> + ?Sized>(
    sums: &mut [f64; 4],
    row: &[P],
    place: impl Fn(P) -> usize,
    table: &T,
) {
    let mut fours = row.chunks_exact(4);
    for four in fours.by_ref() {
        for (sum, vote) in sums.iter_mut().zip(four) {
            *sum += table[place(*vote)];
        }
    }
    for (sum, vote) in sums.iter_mut().zip(fours.remainder()) {
        *sum += table[place(*vote)];
    }
}

/// The four sums added in one order.
fn together(sums: [f64; 4]) -> f64 {
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

fn along<P: Copy>(row: &[P], place: impl Fn(P) -> usize, table: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    add(&mut sums, row, place, table);
    together(sums)
}

fn product<P: Copy, T: IndexMut<usize, Output = f64> + ?Sized>(
    starts: &[usize],
    places: &[P],
    place: impl Fn(P) -> usize + Copy,
    table: &T,
    gathered: &mut T,
) {
    let (mut before, mut sum): (&[P], f64) = (&[], 0.0);
    for (from, to) in starts.iter().zip(starts.iter().skip(1)) {
        let row = &places[*from..*to];
        let mut sums = [0.0; 4];
        // As far as both rows go, the processor works on one while it waits for the other.
        let both = before.len().min(row.len()) / 4 * 4;
        let ((row_now, row_rest), (now, rest)) = (row.split_at(both), before.split_at(both));
        for (four, earlier) in row_now.chunks_exact(4).zip(now.chunks_exact(4)) {
            for (slot, vote) in sums.iter_mut().zip(four) {
                *slot += table[place(*vote)];
            }
            for vote in earlier {
                gathered[place(*vote)] += sum;
            }
        }
        add(&mut sums, row_rest, place, table);
        for vote in rest {
            gathered[place(*vote)] += sum;
        }
        (before, sum) = (row, together(sums));
    }
    for vote in before {
        gathered[place(*vote)] += sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_and_wide_places_add_up_to_the_same_bits() {
        let table: Vec<f64> = (0..NARROW)
            .map(|at| 1.0 / (f64::from(u32::try_from(at).unwrap()) + 0.3) - 0.01)
            .collect();
        let places: Vec<u32> = (0..997).map(|at| at * 31 % 400).collect();
        let starts = [0, 1, 1, 9, 300, 303, 700, 997];
        let mut found = Vec::new();
        for statements in [100, NARROW] {
            let places = Places::new(places.clone(), statements);
            assert_eq!(matches!(places, Places::Wide(_)), statements == NARROW);
            let mut gathered = vec![0.0; NARROW];
            places.product(&starts, &table, &mut gathered);
            found.push(gathered.iter().map(|one| one.to_bits()).collect::<Vec<_>>());
        }
        assert_eq!(found[0], found[1]);
        // The same, row by row as the profile says it.
        let mut plain = vec![0.0; NARROW];
        for row in starts.windows(2).map(|pair| &places[pair[0]..pair[1]]) {
            let mut sums = [0.0; 4];
            for (at, vote) in row.iter().enumerate() {
                sums[at % 4] += table[*vote as usize];
            }
            for vote in row {
                plain[*vote as usize] += (sums[0] + sums[1]) + (sums[2] + sums[3]);
            }
        }
        let plain: Vec<u64> = plain.iter().map(|one: &f64| one.to_bits()).collect();
        assert_eq!(found[0], plain);
    }
}
