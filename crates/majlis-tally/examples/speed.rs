//! How long counting takes: `cargo run --release -p majlis-tally --example speed`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a program that prints what it measured"
)]

use std::time::Instant;

use majlis_tally::budget::{BudgetRule, Completion, Election, Project, Utility, count};

/// A small generator of numbers, the same on every machine (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn town(voters: usize, projects: usize, approvals: u64, points: u64) -> Election {
    let mut numbers = Numbers(7);
    let listed: Vec<Project> = (0..projects)
        .map(|id| Project {
            id: id.to_string(),
            cost: 5_000_000 + numbers.below(95_000_000),
        })
        .collect();
    let budget = listed.iter().map(|one| one.cost).sum::<u64>() * 3 / 10;
    let ballots: Vec<_> = (0..voters)
        .map(|_| {
            let wanted = 1 + numbers.below(2 * approvals - 1);
            let mut ballot: Vec<(String, u32)> = Vec::new();
            for _ in 0..wanted {
                // Some projects are liked more than others.
                let limit = 1 + numbers.below(projects as u64);
                let id = numbers.below(limit).to_string();
                let given = 1 + numbers.below(points);
                if !ballot.iter().any(|one| one.0 == id) {
                    ballot.push((id, u32::try_from(given).expect("points are few")));
                }
            }
            ballot
        })
        .collect();
    Election::new(budget, 0, listed, ballots).expect("an election")
}

fn main() {
    for (approvals, points, utility) in [
        (10, 1, Utility::Cost),
        (10, 1, Utility::Cardinality),
        (50, 1, Utility::Cost),
        (10, 10, Utility::Points),
    ] {
        let election = town(10_000, 100, approvals, points);
        for step in ["default", "1000"] {
            let rule = BudgetRule {
                utility,
                completion: Completion::Add1,
                step: step.parse().expect("a step"),
                ..BudgetRule::default()
            };
            let begun = Instant::now();
            let outcome = count(&election, &rule).expect("a count");
            let took = begun.elapsed();
            let steps = outcome.endowment.map_or(0, |one| one.steps);
            println!(
                "equal shares ({utility}, add1, step {step}), 10000 x 100, about {approvals} each: \
                 {took:?}, {steps} steps, {} winners",
                outcome.winners.len()
            );
        }
    }
}
