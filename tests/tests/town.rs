//! Hundreds of days in town. `SEED=n` lives one of them again, `SEEDS=n` as many from the first.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test reports what it found"
)]

use std::sync::atomic::{AtomicUsize, Ordering};

use majlis_tests::town::{Failure, Plan, Report, live, seeds};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

#[test]
fn replicas_agree_whatever_happens_on_the_way() {
    let seeds = seeds(number("FIRST", 1), number("SEEDS", 300));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut lived: Vec<Result<Report, Failure>> = Vec::new();
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
            lived.push(live(*seed, Plan::default()));
        }
        lived
    };
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(8));
    let lived: Vec<Result<Report, Failure>> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_default())
            .collect()
    });
    let failures: Vec<&Failure> = lived
        .iter()
        .filter_map(|result| result.as_ref().err())
        .collect();
    let reports: Vec<&Report> = lived
        .iter()
        .filter_map(|result| result.as_ref().ok())
        .collect();
    for failure in &failures {
        println!("seed {}: {}", failure.seed, failure.what);
    }
    if let Some(failure) = failures.iter().min_by_key(|failure| failure.log.len()) {
        println!(
            "\nSEED={} after:\n  {}",
            failure.seed,
            failure.log.join("\n  ")
        );
    }
    assert!(
        failures.is_empty(),
        "{} of {} towns fell apart",
        failures.len(),
        seeds.len()
    );
    assert_eq!(reports.len(), seeds.len(), "a thread died");
    let sum = |of: fn(&Report) -> usize| reports.iter().map(|report| of(report)).sum::<usize>();
    println!(
        "{} towns: {} members, {} entries, {} aside, {} refused, {} forks, {} rounds",
        reports.len(),
        sum(|report| report.members),
        sum(|report| report.entries),
        sum(|report| report.aside),
        sum(|report| report.refused),
        sum(|report| report.forks),
        sum(|report| report.rounds),
    );
    // A day on which nothing happened proves nothing.
    if seeds.len() >= 100 {
        assert!(
            sum(|report| report.members) > 2 * seeds.len(),
            "hardly anyone met"
        );
        assert!(
            sum(|report| report.aside) > seeds.len(),
            "hardly anything was set aside"
        );
        assert!(
            sum(|report| report.refused) > seeds.len(),
            "hardly anything was refused"
        );
        assert!(
            sum(|report| report.forks) > seeds.len() / 10,
            "hardly a chain forked"
        );
    }
}
