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
use majlis_secret::booth::Booth;
use majlis_secret::ceremony::{Ceremony, Deal, DecryptionKey, Session, Trustee};
use majlis_secret::count::count;
use majlis_secret::election::{Election, Roll, Terms};
use majlis_secret::question::{QuestionKind, SecretQuestion};
use majlis_secret::second::{self, Room};
use majlis_secret::transcript::{Transcript, verify};

/// Ballots cast and checked for each row.
const BALLOTS: u8 = 40;

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

fn each(whole: Duration) -> f64 {
    whole.as_secs_f64() * 1000.0 / f64::from(BALLOTS)
}

fn row(name: &str, kind: QuestionKind, options: u8) -> Result<(), Box<dyn Error>> {
    let question = SecretQuestion::new(kind, options)?;
    let made = made(question)?;
    // One point for the first option is an answer of every kind measured here.
    let mut values = vec![0; usize::from(options)];
    if let Some(first) = values.first_mut() {
        *first = 1;
    }
    let choice = question.choice(&values)?;
    let begun = Instant::now();
    let ballots: Vec<_> = (0..BALLOTS)
        .map(|voter| {
            let cast = made.booth.cast([voter; 32], 0, &choice, &seed(2, voter));
            cast.map(|(ballot, _)| ballot)
        })
        .collect::<Result<_, _>>()?;
    let cast = begun.elapsed();
    let begun = Instant::now();
    for ballot in &ballots {
        made.booth.check(ballot)?;
    }
    let check = begun.elapsed();
    let bytes: Vec<Vec<u8>> = ballots
        .iter()
        .map(majlis_secret::ballot::Ballot::encode)
        .collect();
    let election = made.booth.election();
    let room = Room::enter(&election.encode(), &made.ceremony.encode())?;
    let begun = Instant::now();
    assert!(bytes.iter().all(|ballot| room.ballot(ballot) == 0));
    let second = begun.elapsed();

    let slices = bytes.iter().map(Vec::as_slice);
    let tally = count(&made.booth, &made.roll, slices, [])?;
    let begun = Instant::now();
    let shares: Vec<Vec<u8>> = made
        .keys
        .iter()
        .take(3)
        .map(|key| {
            let share = key.share(&made.booth, &tally, None, &seed(3, key.trustee()));
            share.map(|share| share.encode())
        })
        .collect::<Result<_, _>>()?;
    let outcome = majlis_secret::share::open(&made.booth, tally, shares.iter().map(Vec::as_slice));
    let opened = begun.elapsed();
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
        each(cast),
        each(check),
        each(second),
        made.took.as_secs_f64() * 1000.0,
        opened.as_secs_f64() * 1000.0,
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
