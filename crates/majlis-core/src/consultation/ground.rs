//! Answers that are places, gathered for a map that may hang on a wall: how many lie in each cell of a
//! grid, where so few people gave them that they could name somebody are left out. Not here: drawing, and the points
//! themselves, which are the answers (`consultation::tally`).

use std::collections::{BTreeMap, BTreeSet};

use crate::consultation::form::Place;
use crate::id::SlotId;

/// The side of the finest grid in ten-millionths of a degree: about 280 metres to the north.
const FINEST: i64 = 25_000;
/// Each grid is twice as coarse as the one before; the coarsest has sides of about 570 kilometres.
const GRIDS: u32 = 12;

/// Places in the cells of a grid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// The side of a cell in ten-millionths of a degree.
    pub side: i64,
    /// The cells that are told, the southernmost first.
    pub cells: Vec<Cell>,
    /// How many places are in none of them.
    pub left_out: u64,
}

/// A cell of the grid and how many places are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Its southern edge in ten-millionths of a degree.
    pub south: i64,
    /// Its western edge.
    pub west: i64,
    /// How many.
    pub count: u64,
}

/// Gathers places, each with the voice that gave it, so that no cell tells of fewer than `least`
/// voices: five plots of one farmer are one voice, and stay untold.
///
/// The grid is fixed on the earth, never on what is looked at: two pictures of the same places cannot
/// be taken from each other. It is the finest in which nine of ten places are told, or as many as in
/// any. How many are left out is told: it says that they are somewhere, and not where.
#[must_use]
pub fn gathered(places: &[(SlotId, Place)], least: u64) -> Gathered {
    let grids: Vec<Gathered> = (0..GRIDS)
        .map(|grid| on(places, least, FINEST << grid))
        .collect();
    let fewest = grids.iter().map(|grid| grid.left_out).min();
    let tenth = (places.len() as u64).checked_div(10);
    let most = fewest.max(tenth).unwrap_or_default();
    let mut grids = grids.into_iter();
    grids.find(|grid| grid.left_out <= most).unwrap_or_default()
}

fn on(places: &[(SlotId, Place)], least: u64, side: i64) -> Gathered {
    let edge = |at: i32| {
        let at = i64::from(at);
        at.saturating_sub(at.rem_euclid(side))
    };
    let mut counts: BTreeMap<(i64, i64), (u64, BTreeSet<SlotId>)> = BTreeMap::new();
    for (voice, place) in places {
        let held = counts.entry((edge(place.latitude), edge(place.longitude)));
        let (count, voices) = held.or_default();
        *count = count.saturating_add(1);
        // More than enough of them need not be told apart.
        if (voices.len() as u64) < least {
            voices.insert(*voice);
        }
    }
    let mut cells = Vec::new();
    let mut left_out = 0_u64;
    for ((south, west), (count, voices)) in counts {
        if voices.len() as u64 >= least {
            cells.push(Cell { south, west, count });
        } else {
            left_out = left_out.saturating_add(count);
        }
    }
    Gathered {
        side,
        cells,
        left_out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: i32, longitude: i32) -> Place {
        Place {
            latitude,
            longitude,
            altitude: 0,
            accuracy: 0,
        }
    }

    /// Each place of a voice of its own.
    fn apart(places: &[Place]) -> Vec<(SlotId, Place)> {
        let voice = |at: usize| SlotId::from_bytes((at as u128).to_be_bytes());
        let each = places.iter().enumerate();
        each.map(|(at, place)| (voice(at), *place)).collect()
    }

    #[test]
    fn many_places_of_few_voices_are_not_told() {
        let plots = [at(335_000_000, -363_000_000); 7];
        let mut farmers = apart(&plots);
        let one = farmers[0].0;
        farmers.iter_mut().for_each(|(voice, _)| *voice = one);
        let alone = gathered(&farmers, 5);
        assert_eq!((alone.cells.len(), alone.left_out), (0, 7));
        // With three neighbours they are four people on ten plots; with a fourth, five.
        farmers.extend_from_slice(&apart(&plots)[1..4]);
        let four = gathered(&farmers, 5);
        assert_eq!((four.cells.len(), four.left_out), (0, 10));
        farmers.push(apart(&plots)[4]);
        let five = gathered(&farmers, 5);
        assert_eq!((five.cells.len(), five.left_out), (1, 0));
        assert_eq!(five.cells[0].count, 11);
    }

    fn all(gathered: &Gathered) -> u64 {
        gathered.left_out + gathered.cells.iter().map(|cell| cell.count).sum::<u64>()
    }

    #[test]
    fn no_cell_tells_of_few_and_nothing_is_lost_from_the_sum() {
        for seed in 0_u32..200 {
            let places: Vec<Place> = (0..seed * 7 % 90)
                .map(|one| {
                    let mixed = one.wrapping_mul(2_654_435_761).wrapping_add(seed * 977);
                    let spread = 10_000_i64 << (seed % 14);
                    let part = |bits: u32| i32::try_from(i64::from(bits) % spread).unwrap();
                    at(335_000_000 + part(mixed >> 3), -part(mixed >> 7))
                })
                .collect();
            let found = gathered(&apart(&places), 5);
            assert_eq!(all(&found), places.len() as u64, "{seed}");
            assert!(found.cells.iter().all(|cell| cell.count >= 5), "{seed}");
            let mut turned = apart(&places);
            turned.reverse();
            assert_eq!(gathered(&turned, 5), found, "{seed}");
        }
    }

    #[test]
    fn one_far_away_makes_the_others_no_coarser() {
        let mut places = vec![at(335_000_000, -363_000_000); 6];
        let alone = gathered(&apart(&places), 5);
        places.push(at(-120_000_000, 1_799_999_999));
        let found = gathered(&apart(&places), 5);
        assert_eq!((found.cells.len(), found.left_out), (1, 1));
        assert_eq!((found.side, &found.cells), (alone.side, &alone.cells));
        // Few, and each for themselves: nothing is told but how many.
        let spread: Vec<Place> = (0..8).map(|one| at(one * 100_000_000, 0)).collect();
        let found = gathered(&apart(&spread), 5);
        assert_eq!((found.cells.len(), found.left_out), (0, 8));
    }

    #[test]
    fn the_grid_covers_both_sides_of_every_line() {
        for (latitude, longitude) in [(-1, -1), (0, 0), (900_000_000, 1_800_000_000)] {
            let found = gathered(&apart(&[at(latitude, longitude); 5]), 5);
            let [cell] = found.cells.as_slice() else {
                panic!("{found:?}")
            };
            let inside = |edge: i64, of: i32| (edge..edge + found.side).contains(&i64::from(of));
            assert!(inside(cell.south, latitude) && inside(cell.west, longitude));
            assert_eq!(found.side, FINEST);
        }
        assert_eq!(gathered(&[], 5).cells, []);
    }
}
