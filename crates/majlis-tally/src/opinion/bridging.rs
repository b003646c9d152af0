//! Bridging without groups: which statements people agree with who otherwise stand far apart.
//!
//! For a statement, the squared distance between the points of two people is summed over all pairs
//! who both agree with it, and over all pairs who have both seen it. The score is the first over the
//! second: the part of the distance in the room that the statement spans. One average pair that
//! agrees by the toss of two coins is added, so that a few votes prove nothing. It needs no number
//! of groups, and a majority of one camp alone scores low, since its members stand near each other.
//!
//! The sum over pairs is `n * sum |x|^2 - |sum x|^2`, here over points in whole billionths, exactly.

#![allow(
    clippy::indexing_slicing,
    reason = "statements and members are indices into tables of their number"
)]

use num_bigint::BigInt;
use num_traits::Zero;
use serde::Serialize;

use super::votes::{Opinion, Votes};
use crate::ratio::Ratio;

/// How far a statement reaches across the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bridge {
    /// The statement.
    pub statement: String,
    /// Pairs who agree, over pairs who have seen it, each by squared distance; from 0 to 1.
    pub score: Ratio,
    /// How many agree.
    pub agree: usize,
    /// How many have seen it.
    pub seen: usize,
}

#[derive(Clone, Default)]
struct Spread {
    people: usize,
    squares: i128,
    sums: [i128; 2],
}

impl Spread {
    fn add(&mut self, [x, y]: [i64; 2]) {
        let [x, y] = [i128::from(x), i128::from(y)];
        self.people += 1;
        self.squares += x * x + y * y;
        self.sums[0] += x;
        self.sums[1] += y;
    }

    fn pairs(&self) -> BigInt {
        let [x, y] = self.sums.map(BigInt::from);
        BigInt::from(self.squares) * self.people - (&x * &x + &y * &y)
    }
}

/// Scores of all statements, the widest bridge first. `points` are those of `members`, which are
/// places of participants.
pub(super) fn bridges(votes: &Votes, members: &[usize], points: &[[i64; 2]]) -> Vec<Bridge> {
    let statements = votes.statements().len();
    let mut agree = vec![Spread::default(); statements];
    let mut seen = vec![Spread::default(); statements];
    let mut all = Spread::default();
    // No device loses a digit by a far point: it is cut where opinions never are.
    let near = |value: i64| value.clamp(-1 << 50, 1 << 50);
    for (member, point) in members.iter().zip(points) {
        let point = point.map(near);
        all.add(point);
        for (at, opinion) in votes.rows().get(*member).into_iter().flatten() {
            seen[*at as usize].add(point);
            if *opinion == Opinion::Agree {
                agree[*at as usize].add(point);
            }
        }
    }
    let couples = all.people * all.people.saturating_sub(1) / 2;
    let average = Ratio::new(all.pairs(), couples).unwrap_or_else(Ratio::zero);
    let quarter = &average * &Ratio::new(1, 4).unwrap_or_else(Ratio::zero);
    let mut found: Vec<Bridge> = Vec::new();
    for (at, statement) in votes.statements().iter().enumerate() {
        if statement.moderated_out || statement.metadata {
            continue;
        }
        let spanned = &Ratio::whole(agree[at].pairs()) + &quarter;
        let room = &Ratio::whole(seen[at].pairs()) + &average;
        found.push(Bridge {
            statement: statement.id.clone(),
            score: spanned.over(&room).unwrap_or_else(Ratio::zero),
            agree: agree[at].people,
            seen: seen[at].people,
        });
    }
    debug_assert!(
        found
            .iter()
            .all(|one| *one.score.numerator() >= BigInt::zero())
    );
    found.sort_by(|one, other| other.score.cmp(&one.score));
    found
}
