//! Hundreds of days in town. `SEED=n` lives one of them again, `SEEDS=n` as many from the first.
//!
//! The long run, of towns that fall apart and come together all day long, until a hundred thousand
//! partitions have healed: `cargo test --release --test town -- --ignored --nocapture`.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test reports what it found"
)]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use majlis_tests::town::{Failure, Plan, Report, live};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// The long run says how far it is whenever so many more partitions have healed.
const TELL_AFTER: usize = 5_000;

type Lived = Result<Report, Failure>;

/// Lives seeds one after the other, on all cores, as long as `more` says so.
fn lives(first: u64, plan: Plan, more: impl Fn(u64, &[Lived]) -> bool + Sync) -> Vec<Lived> {
    let next = AtomicU64::new(first);
    let lived: Mutex<Vec<Lived>> = Mutex::default();
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let so_far = lived.lock().unwrap_or_else(PoisonError::into_inner);
            let on = more(seed, &so_far);
            drop(so_far);
            if !on {
                return;
            }
            let one = live(seed, plan);
            let mut all = lived.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(one);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(8));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    lived.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What came of towns none of which fell apart.
fn reports(lived: &[Lived]) -> Vec<&Report> {
    let failures: Vec<&Failure> = lived
        .iter()
        .filter_map(|result| result.as_ref().err())
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
        lived.len()
    );
    let reports: Vec<&Report> = lived.iter().flatten().collect();
    let sum = |of: fn(&Report) -> usize| reports.iter().map(|report| of(report)).sum::<usize>();
    println!(
        "{} towns: {} members, {} entries, {} aside, {} refused, {} forks, {} partitions, {} rounds",
        reports.len(),
        sum(|report| report.members),
        sum(|report| report.entries),
        sum(|report| report.aside),
        sum(|report| report.refused),
        sum(|report| report.forks),
        sum(|report| report.partitions),
        sum(|report| report.rounds),
    );
    reports
}

#[test]
fn replicas_agree_whatever_happens_on_the_way() {
    let seeds = match number("SEED", 0) {
        0 => (number("FIRST", 1), number("SEEDS", 300)),
        one => (one, 1),
    };
    let end = seeds.0 + seeds.1;
    let lived = lives(seeds.0, Plan::default(), |seed, _| seed < end);
    let reports = reports(&lived);
    let sum = |of: fn(&Report) -> usize| reports.iter().map(|report| of(report)).sum::<usize>();
    // A day on which nothing happened proves nothing.
    let count = reports.len();
    if count >= 100 {
        assert!(sum(|it| it.members) > 2 * count, "hardly anyone met");
        assert!(sum(|it| it.aside) > count, "hardly anything was set aside");
        assert!(sum(|it| it.refused) > count, "hardly anything was refused");
        assert!(sum(|it| it.forks) > count / 10, "hardly a chain forked");
        assert!(sum(|it| it.partitions) > count, "hardly a town was parted");
    }
}

/// A day of the long run.
const LONG: Plan = Plan {
    steps: 1_000,
    splits: 22,
    residents: 6,
};

/// In 400568 a device that was let in again sent, in one run, the operation that let it in and what
/// it had meanwhile read; its neighbour looked at all of the run before it took any of it in.
#[test]
fn a_town_that_once_fell_apart_holds() {
    let lived = lives(400_568, LONG, |seed, _| seed == 400_568);
    assert_eq!(reports(&lived).len(), 1);
}

#[test]
#[ignore = "takes long: see above"]
fn a_hundred_thousand_partitions_heal() {
    let wanted = usize::try_from(number("PARTITIONS", 100_000)).unwrap_or(usize::MAX);
    let plan = LONG;
    let parted = |lived: &[Lived]| {
        lived
            .iter()
            .flatten()
            .map(|it| it.partitions)
            .sum::<usize>()
    };
    let began = std::time::Instant::now();
    let told = AtomicUsize::new(0);
    let lived = lives(number("FIRST", 1), plan, |_, so_far| {
        let healed = parted(so_far);
        if told.fetch_max(healed / TELL_AFTER, Ordering::Relaxed) < healed / TELL_AFTER {
            println!("{healed} partitions in {} s", began.elapsed().as_secs());
        }
        healed < wanted && so_far.iter().all(Result::is_ok)
    });
    assert!(reports(&lived).len() == lived.len() && parted(&lived) >= wanted);
    println!("{} s", began.elapsed().as_secs());
}
