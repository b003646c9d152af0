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

use super::votes::Votes;
use super::{billionths, double, exact};

const ITERATIONS: usize = 100;

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

/// Votes less the mean of their statement, row by row.
struct Centred {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
    width: usize,
}

impl Centred {
    fn new(votes: &Votes) -> (Self, Vec<f64>) {
        let width = votes.statements().len();
        let out = |at: u32| votes.statements()[at as usize].moderated_out;
        let mut sums = vec![0_i64; width];
        let mut counts = vec![0_usize; width];
        for (at, opinion) in votes.rows().iter().flatten() {
            sums[*at as usize] += i64::from(opinion.sign());
            counts[*at as usize] += 1;
        }
        let mean = |(sum, count): (&i64, &usize)| {
            #[allow(
                clippy::cast_precision_loss,
                reason = "sums of signs are far below 2^53"
            )]
            let sum = *sum as f64;
            if *count == 0 {
                0.0
            } else {
                sum / exact(*count)
            }
        };
        let mut means: Vec<f64> = sums.iter().zip(&counts).map(mean).collect();
        for (mean, statement) in means.iter_mut().zip(votes.statements()) {
            if statement.moderated_out {
                *mean = 0.0;
            }
        }
        let mut centred = Self {
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
            width,
        };
        for row in votes.rows() {
            for (at, opinion) in row.iter().filter(|one| !out(one.0)) {
                centred.columns.push(*at);
                centred.values.push(opinion.value() - means[*at as usize]);
            }
            centred.starts.push(centred.columns.len());
        }
        (centred, means)
    }

    fn row(&self, participant: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[participant]..self.starts[participant + 1];
        let columns = self.columns[range.clone()].iter();
        columns
            .zip(&self.values[range])
            .map(|(at, value)| (*at as usize, *value))
    }

    /// The transpose of the table times the table times `vector`.
    fn product(&self, vector: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.width];
        for participant in 0..self.starts.len() - 1 {
            let dot = self
                .row(participant)
                .fold(0.0, |sum, (at, value)| sum + value * vector[at]);
            if dot != 0.0 {
                for (at, value) in self.row(participant) {
                    out[at] += value * dot;
                }
            }
        }
        out
    }

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
        let mut vector = scaled(take(start));
        let mut last = 0.0;
        for _ in 0..ITERATIONS {
            let next = take(self.product(&vector));
            let size = dot(&next, &next).sqrt();
            if size == 0.0 {
                return vec![0.0; self.width];
            }
            vector = scaled(next);
            #[allow(
                clippy::float_cmp,
                reason = "it ends when the very same value comes again"
            )]
            if size == last {
                break;
            }
            last = size;
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
        let (centred, means) = Centred::new(votes);
        let width = centred.width;
        let first = centred.direction(vec![1.0; width], None);
        let turns = (0..width).map(|at| if at % 2 == 0 { 1.0 } else { -1.0 });
        let second = centred.direction(turns.collect(), Some(&first));
        let mut points = Vec::with_capacity(members.len());
        let taken_out = votes
            .statements()
            .iter()
            .filter(|one| one.moderated_out)
            .count();
        for &member in members {
            // Who saw little is not drawn to the middle for it.
            let seen = (centred.row(member).count() + taken_out).max(1);
            let stretch = (exact(width) / exact(seen)).sqrt();
            let along = |direction: &[f64]| {
                let sum = centred
                    .row(member)
                    .fold(0.0, |sum, (at, value)| sum + value * direction[at]);
                billionths(sum * stretch)
            };
            points.push([along(&first), along(&second)]);
        }
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
