//! What a secret ballot costs, by kind and options: `cargo run --release -p majlis-secret --example
//! measure`. Prints the table of `docs/secret-ballots.md`. Not a test; nothing is asserted but that
//! both verifiers agree.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for people that measures time"
)]

use std::error::Error;
use std::time::{Duration, Instant};

use majlis_secret::Seed;
use majlis_secret::ballot::Ballot;
use majlis_secret::booth::Booth;
use majlis_secret::ceremony::{Ceremony, Deal, DecryptionKey, Session, Trustee};
use majlis_secret::count::count;
use majlis_secret::election::{Election, Roll, Terms};
use majlis_secret::question::{QuestionKind, SecretQuestion};
use majlis_secret::second::{self, Room};
use majlis_secret::share::{ShareError, open};
use majlis_secret::transcript::{Transcript, verify};

/// Ballots cast and checked for each row.
const BALLOTS: u8 = 20;

struct Made {
    booth: Booth,
    ceremony: Ceremony,
    keys: Vec<DecryptionKey>,
    roll: Roll,
    took: Duration,
}

fn seed(kind: u8, number: u8) -> Seed {
    let mut bytes = [7; 32];
    bytes[0] = kind;
    bytes[1] = number;
    Seed::from_bytes(bytes)
}

/// Five trustees, three of whom open.
fn made(question: SecretQuestion) -> Result<Made, Box<dyn Error>> {
    let roll = Roll::new((0..BALLOTS).map(|voter| [voter; 32]).collect())?;
    let election = Election::new(Terms {
        space: [1; 32],
        vote: [2; 32],
        text: [3; 32],
        question,
        roll_root: roll.root(),
        voters: roll.len(),
        minimum: 10,
        threshold: 3,
        trustees: (1..=5).map(|trustee| [trustee; 32]).collect(),
    })?;
    let begun = Instant::now();
    let trustees: Vec<Trustee> = (1..=5)
        .map(|number| Trustee::new(election.clone(), number, seed(1, number)))
        .collect::<Result<_, _>>()?;
    let commitments: Vec<_> = trustees.iter().map(Trustee::commitment).collect();
    let session = Session::new(election.clone(), commitments.clone())?;
    let contributions: Vec<_> = trustees
        .iter()
        .map(|trustee| trustee.contribution(&session))
        .collect::<Result<_, _>>()?;
    let deal = Deal::new(session, contributions.clone())?;
    let confirmations: Vec<_> = trustees
        .iter()
        .map(|trustee| trustee.confirmation(&deal))
        .collect::<Result<_, _>>()?;
    let keys = trustees
        .iter()
        .map(|trustee| trustee.decryption_key(&deal))
        .collect::<Result<_, _>>()?;
    let (ceremony, booth) = Ceremony::new(&election, commitments, contributions, confirmations)?;
    Ok(Made {
        booth,
        ceremony,
        keys,
        roll,
        took: begun.elapsed(),
    })
}

/// Does something for each ballot; milliseconds of the fastest, which other work on the machine
/// disturbs least.
fn each<T, E>(mut one: impl FnMut(u8) -> Result<T, E>) -> Result<(f64, Vec<T>), E> {
    let mut times = Vec::new();
    let mut done = Vec::new();
    for number in 0..BALLOTS {
        let begun = Instant::now();
        done.push(one(number)?);
        times.push(begun.elapsed());
    }
    let fastest = times.into_iter().min().unwrap_or_default();
    Ok((fastest.as_secs_f64() * 1000.0, done))
}

fn row(name: &str, kind: QuestionKind, options: u8) -> Result<(), Box<dyn Error>> {
    let question = SecretQuestion::new(kind, options)?;
    let made = (0..5)
        .map(|_| made(question))
        .collect::<Result<Vec<_>, _>>()?;
    let made = made
        .into_iter()
        .min_by_key(|made| made.took)
        .ok_or("a key")?;
    // One point for the first option is an answer of every kind measured here.
    let mut values = vec![0; usize::from(options)];
    if let Some(first) = values.first_mut() {
        *first = 1;
    }
    let choice = question.choice(&values)?;
    let (cast, ballots) = each(|voter| {
        let cast = made.booth.cast([voter; 32], 0, &choice, &seed(2, voter));
        cast.map(|(ballot, _)| ballot)
    })?;
    let at = |number: u8| ballots.get(usize::from(number)).ok_or("a ballot");
    let (check, _) = each(|number| Ok::<_, Box<dyn Error>>(made.booth.check(at(number)?)?))?;
    let bytes: Vec<Vec<u8>> = ballots.iter().map(Ballot::encode).collect();
    let election = made.booth.election();
    let room = Room::enter(&election.encode(), &made.ceremony.encode())?;
    let at = |number: u8| bytes.get(usize::from(number)).ok_or("a ballot");
    let (second, statuses) = each(|number| Ok::<_, &str>(room.ballot(at(number)?)))?;
    assert!(statuses.iter().all(|status| *status == 0));

    let slices = bytes.iter().map(Vec::as_slice);
    let tally = count(&made.booth, &made.roll, slices, [])?;
    let (opened, mut outcomes) = each(|_| {
        let share = |key: &DecryptionKey| {
            let share = key.share(&made.booth, &tally, None, &seed(3, key.trustee()));
            share.map(|share| share.encode())
        };
        let shares: Vec<Vec<u8>> = made
            .keys
            .iter()
            .take(3)
            .map(share)
            .collect::<Result<_, _>>()?;
        let pieces = shares.iter().map(Vec::as_slice);
        let outcome = open(&made.booth, tally.clone(), pieces);
        Ok::<_, ShareError>((outcome, shares))
    })?;
    let (outcome, shares) = outcomes.pop().ok_or("an outcome")?;
    let length = bytes.first().map_or(0, Vec::len);
    let transcript = Transcript::new(
        election.clone(),
        made.roll,
        made.ceremony,
        bytes,
        [],
        shares,
    )?
    .encode();
    let first = verify(&transcript)?.canonical_bytes();
    assert_eq!(first, outcome.canonical_bytes());
    assert_eq!(first, second::verify(&transcript)?);
    println!(
        "| {name} | {options} | {length} | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} |",
        cast,
        check,
        second,
        made.took.as_secs_f64() * 1000.0,
        opened,
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "| question | options | bytes | cast, ms | check, ms | second check, ms | key, ms | open, ms |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    for options in [2, 5, 10, 20, 50] {
        row("single", QuestionKind::Single, options)?;
    }
    for options in [5, 10, 20] {
        row(
            "approval, 1 to 3",
            QuestionKind::Approval { min: 1, max: 3 },
            options,
        )?;
    }
    for options in [5, 10, 20] {
        row("score, 0 to 5", QuestionKind::Score { max: 5 }, options)?;
    }
    for options in [5, 10, 20] {
        row(
            "points, 10, at most 5",
            QuestionKind::Points { each: 5, total: 10 },
            options,
        )?;
    }
    row(
        "the largest: points, 100, at most 20",
        QuestionKind::Points {
            each: 20,
            total: 100,
        },
        50,
    )?;
    Ok(())
}
