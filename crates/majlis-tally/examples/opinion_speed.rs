//! How long groups take: `cargo run --release -p majlis-tally --example opinion_speed`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a program that prints what it measured"
)]

use std::time::Instant;

use majlis_tally::opinion::{Opinion, OpinionRule, Statement, Votes, count};

/// A small generator of numbers, the same on every machine (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let limit = u64::try_from(limit).expect("a count");
        usize::try_from((mixed ^ (mixed >> 31)) % limit).expect("a count")
    }
}

/// Three camps; each person votes on about `each` of the statements.
fn room(people: usize, statements: usize, each: usize) -> Votes {
    let mut numbers = Numbers(3);
    let stances: Vec<[usize; 3]> = (0..statements)
        .map(|_| [numbers.below(3), numbers.below(3), numbers.below(3)])
        .collect();
    let ids: Vec<String> = (0..people.max(statements))
        .map(|id| id.to_string())
        .collect();
    let mut cast = Vec::new();
    for (person, id) in ids.iter().enumerate().take(people) {
        for (stance, statement) in stances.iter().zip(&ids) {
            if numbers.below(statements) >= each {
                continue;
            }
            let camp = stance.get(person % 3).copied().unwrap_or(0);
            let opinion = match (numbers.below(4), camp) {
                (0, _) | (_, 2) => Opinion::Pass,
                (_, 0) => Opinion::Agree,
                _ => Opinion::Disagree,
            };
            cast.push((id.as_str(), statement.as_str(), opinion));
        }
    }
    let listed = ids.iter().take(statements).map(|id| Statement {
        id: id.clone(),
        moderated_out: false,
        metadata: false,
    });
    Votes::new(listed.collect(), cast).expect("votes")
}

fn main() {
    for each in [50, 200, 1_000, 2_000] {
        let votes = room(6_000, 2_000, each);
        let begun = Instant::now();
        let outcome = count(&votes, &OpinionRule::default());
        println!(
            "opinion-v1, 6000 x 2000, about {each} votes each: {:?}, {} groups",
            begun.elapsed(),
            outcome.groups
        );
    }
}
