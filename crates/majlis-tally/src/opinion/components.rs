//! The two directions in which opinions differ most, and where each participant stands on them.
//!
//! Directions are found over all participants, not only those who are grouped, as Polis does. What a
//! participant did not see counts as the statement's mean, so after taking means off only votes are
//! left and the table stays sparse. A statement that was taken out counts as passed by everybody. Power iteration on the transpose times the table;
//! the second direction with the first taken out before and after each product.

#![allow(
    clippy::indexing_slicing,
    reason = "statements and members are indices into tables of their number"
)]

use super::places::Places;
use super::votes::{Statement, Votes};
use super::{billionths, double, exact};

const ITERATIONS: usize = 100;
/// A loading that moves less than this has come to rest.
const AT_REST: f64 = 1e-10;

/// The directions, and where everybody stands.
#[derive(Clone, Debug)]
pub(super) struct Components {
    /// Loadings of statements on both.
    pub(super) loadings: [Vec<f64>; 2],
    /// Mean of each statement over its votes.
    pub(super) means: Vec<f64>,
    /// Where each member stands, rounded to billionths.
    pub(super) points: Vec<[i64; 2]>,
}

/// Votes row by row, each as four times its statement plus its sign plus one: the place in a table of
/// what such a vote is worth once the mean of the statement is taken off.
struct Centred<'a> {
    starts: Vec<usize>,
    votes: Places,
    means: &'a [f64],
}

fn means(votes: &Votes) -> Vec<f64> {
    let width = votes.statements().len();
    let mut sums = vec![0_i64; width];
    let mut counts = vec![0_usize; width];
    for (at, opinion) in votes.rows().iter().flatten() {
        sums[*at as usize] += i64::from(opinion.sign());
        counts[*at as usize] += 1;
    }
    let mean = |((sum, count), statement): ((i64, usize), &Statement)| {
        #[allow(
            clippy::cast_precision_loss,
            reason = "sums of signs are far below 2^53"
        )]
        let sum = sum as f64;
        if count == 0 || statement.moderated_out {
            0.0
        } else {
            sum / exact(count)
        }
    };
    let columns = sums.into_iter().zip(counts).zip(votes.statements());
    columns.map(mean).collect()
}

const fn sign(code: usize) -> f64 {
    match code {
        0 => -1.0,
        1 => 0.0,
        _ => 1.0,
    }
}

impl<'a> Centred<'a> {
    fn new(votes: &Votes, means: &'a [f64]) -> Self {
        let out = |at: u32| votes.statements()[at as usize].moderated_out;
        let mut starts = vec![0];
        let mut wide = Vec::new();
        for row in votes.rows() {
            for (at, opinion) in row.iter().filter(|one| !out(one.0)) {
                let code = u32::from((opinion.sign() + 1).unsigned_abs());
                wide.push(at * 4 + code);
            }
            starts.push(wide.len());
        }
        Self {
            starts,
            votes: Places::new(wide, means.len()),
            means,
        }
    }

    fn seen(&self, participant: usize) -> usize {
        self.starts[participant + 1] - self.starts[participant]
    }

    /// What each vote on each statement is worth along `direction`.
    fn table(&self, direction: &[f64]) -> Vec<f64> {
        let mut table = self.empty_table();
        self.write_table(direction, &mut table);
        table
    }

    fn empty_table(&self) -> Vec<f64> {
        vec![0.0; self.votes.table_size(self.means.len())]
    }

    fn write_table(&self, direction: &[f64], table: &mut [f64]) {
        for (at, (value, mean)) in direction.iter().zip(self.means).enumerate() {
            for code in 0..3 {
                table[at * 4 + code] = (sign(code) - mean) * value;
            }
        }
    }

    /// A row times the direction that `table` was made of.
    fn along(&self, participant: usize, table: &[f64]) -> f64 {
        let row = self.starts[participant]..self.starts[participant + 1];
        self.votes.along(row, table)
    }

    /// The transpose of the table times the table times `vector`; the two tables are only room.
    fn product(&self, vector: &[f64], [table, gathered]: &mut [Vec<f64>; 2]) -> Vec<f64> {
        self.write_table(vector, table);
        gathered[..self.means.len() * 4].fill(0.0);
        self.votes.product(&self.starts, table, gathered);
        let columns = gathered.chunks_exact(4).zip(self.means);
        columns
            .map(|(sums, mean)| {
                (0..3).fold(0.0, |sum, code| sum + (sign(code) - mean) * sums[code])
            })
            .collect()
    }

    /// Power iteration until no loading moves any more, at most a hundred times.
    fn direction(&self, start: Vec<f64>, taken: Option<&[f64]>) -> Vec<f64> {
        let take = |mut vector: Vec<f64>| {
            if let Some(taken) = taken {
                let along = dot(&vector, taken);
                for (value, one) in vector.iter_mut().zip(taken) {
                    *value -= along * one;
                }
            }
            vector
        };
        let mut room = [self.empty_table(), self.empty_table()];
        let mut vector = scaled(take(start));
        for _ in 0..ITERATIONS {
            let next = scaled(take(self.product(&vector, &mut room)));
            let moved = next.iter().zip(&vector).any(|(one, other)| {
                let by = one - other;
                !(-AT_REST..=AT_REST).contains(&by)
            });
            vector = next;
            if !moved {
                break;
            }
        }
        let first = vector.iter().copied().find(|value| billionths(*value) != 0);
        if first.is_some_and(|value| value < 0.0) {
            for value in &mut vector {
                *value = -*value;
            }
        }
        vector
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).fold(0.0, |sum, (a, b)| sum + a * b)
}

fn scaled(mut vector: Vec<f64>) -> Vec<f64> {
    let size = dot(&vector, &vector).sqrt();
    if size > 0.0 {
        for value in &mut vector {
            *value /= size;
        }
    }
    vector
}

impl Components {
    pub(super) fn of(votes: &Votes, members: &[usize]) -> Self {
        let means = means(votes);
        let centred = Centred::new(votes, &means);
        let width = means.len();
        let first = centred.direction(vec![1.0; width], None);
        let turns = (0..width).map(|at| if at % 2 == 0 { 1.0 } else { -1.0 });
        let second = centred.direction(turns.collect(), Some(&first));
        let tables = [&first, &second].map(|direction| centred.table(direction));
        let taken_out = votes
            .statements()
            .iter()
            .filter(|one| one.moderated_out)
            .count();
        let point = |&member: &usize| {
            // Who saw little is not drawn to the middle for it.
            let seen = (centred.seen(member) + taken_out).max(1);
            let stretch = (exact(width) / exact(seen)).sqrt();
            [0, 1].map(|at: usize| billionths(centred.along(member, &tables[at]) * stretch))
        };
        let points = members.iter().map(point).collect();
        Self {
            loadings: [first, second],
            means,
            points,
        }
    }

    /// How far out a statement stands: the length of the point of somebody who only agreed with it.
    pub(super) fn extremity(&self, statement: usize) -> f64 {
        let width = exact(self.means.len()).sqrt();
        let vote = 1.0 - self.means[statement];
        let along = |direction: &Vec<f64>| double(billionths(vote * direction[statement] * width));
        let [first, second] = [along(&self.loadings[0]), along(&self.loadings[1])];
        (first * first + second * second).sqrt()
    }
}
