//! A hundred random elections with bad ballots and bad trustees among the good ones.

use std::collections::BTreeMap;

use majlis_secret::count::BallotStatus;
use majlis_secret::outcome::Totals;
use majlis_secret::question::QuestionKind;

use super::both;
use super::village::{Numbers, Plan, Village};

fn plan(numbers: &mut Numbers) -> Plan {
    let options = 2 + numbers.below(4) as u8;
    let kind = match numbers.below(4) {
        0 => QuestionKind::Single,
        1 => {
            let max = 1 + numbers.below(usize::from(options)) as u8;
            let min = numbers.below(usize::from(max) + 1) as u8;
            QuestionKind::Approval { min, max }
        }
        2 => QuestionKind::Score {
            max: 1 + numbers.below(3) as u8,
        },
        _ => {
            let each = 1 + numbers.below(3) as u8;
            let more = numbers.below(usize::from(each) * (usize::from(options) - 1) + 1) as u8;
            QuestionKind::Points {
                each,
                total: each + more,
            }
        }
    };
    let trustees = 2 + numbers.below(4) as u8;
    Plan {
        kind,
        options,
        voters: 3 + numbers.below(5),
        trustees,
        threshold: 2 + numbers.below(usize::from(trustees) - 1) as u8,
        minimum: 3,
    }
}

/// Everything that may be in a box, and what a plain count expects of it.
struct Filled {
    ballots: Vec<Vec<u8>>,
    openings: Vec<Vec<u8>>,
    /// By voter: number of the last ballot, and what it says.
    last: BTreeMap<usize, (u32, Vec<u8>)>,
    refused: usize,
}

fn fill(village: &mut Village) -> Filled {
    let mut filled = Filled {
        ballots: Vec::new(),
        openings: Vec::new(),
        last: BTreeMap::new(),
        refused: 0,
    };
    for voter in 0..village.voters.len() {
        for number in 0..1 + village.numbers.below(2) as u32 {
            let values = village.any_choice();
            let (ballot, opening) = village.cast(voter, number, &values);
            let mut bytes = ballot.encode();
            match village.numbers.below(12) {
                0 => {
                    let at = village.numbers.below(bytes.len());
                    bytes[at] ^= 1 << village.numbers.below(8);
                    filled.refused += 1;
                }
                1 => {
                    filled.openings.push(opening.encode());
                    filled.refused += 1;
                }
                2 => {
                    // Another voter repeats it under their own name.
                    let other = village.voters[(voter + 1) % village.voters.len()];
                    let mut copy = bytes.clone();
                    copy[2..34].copy_from_slice(&other);
                    filled.ballots.push(copy);
                    filled.refused += 1;
                    filled.last.insert(voter, (number, values));
                }
                3 => {
                    let stranger = village.numbers.bytes();
                    let choice = village.question().choice(&values).unwrap();
                    let seed = village.numbers.seed();
                    let cast = village.booth.cast(stranger, 0, &choice, &seed).unwrap();
                    filled.ballots.push(cast.0.encode());
                    filled.refused += 1;
                    filled.last.insert(voter, (number, values));
                }
                _ => {
                    filled.last.insert(voter, (number, values));
                }
            }
            filled.ballots.push(bytes);
        }
    }
    village.numbers.shuffle(&mut filled.ballots);
    filled
}

#[test]
fn both_verifiers_and_a_plain_count_agree_on_a_hundred_random_elections() {
    agree_on(100, 20_261_127);
}

#[test]
#[ignore = "takes minutes; for releases, with --release"]
fn both_verifiers_and_a_plain_count_agree_on_two_thousand_random_elections() {
    agree_on(2_000, 20_261_128);
}

fn agree_on(elections: u64, seed: u64) {
    let mut numbers = Numbers(seed);
    let (mut opened, mut refused, mut bad) = (0, 0, 0);
    for seed in 0..elections {
        let plan = plan(&mut numbers);
        let mut village = Village::found(plan, numbers.next());
        let filled = fill(&mut village);
        let tally = village.count(&filled.ballots, &filled.openings);
        let mut expected = vec![0; usize::from(plan.options)];
        for (_, values) in filled.last.values() {
            for (total, value) in expected.iter_mut().zip(values) {
                *total += u32::from(*value);
            }
        }
        let mut good = 0;
        let mut shares = Vec::new();
        for trustee in 0..usize::from(plan.trustees) {
            if !tally.may_open(&village.booth) {
                break;
            }
            let mut share = village.share(trustee, &tally).encode();
            match village.numbers.below(6) {
                0 => {
                    let at = village.numbers.below(share.len());
                    share[at] ^= 1 << village.numbers.below(8);
                    bad += 1;
                }
                1 => {
                    share = vec![7; 40];
                    bad += 1;
                }
                _ => good += 1,
            }
            shares.push(share);
        }
        let outcome = both(&village, filled.ballots, filled.openings, shares);
        assert_eq!(
            outcome.tally().counted() as usize,
            filled.last.len(),
            "election {seed}"
        );
        let of = |wanted| {
            let all = outcome.tally().ballots().iter();
            all.filter(|(_, status)| *status == wanted).count()
        };
        let kept = of(BallotStatus::Counted) + of(BallotStatus::Replaced);
        assert_eq!(
            outcome.tally().ballots().len() - kept,
            filled.refused,
            "election {seed}"
        );
        refused += filled.refused;
        let totals = if filled.last.len() < 3 {
            Totals::TooFewBallots
        } else if good < plan.threshold {
            Totals::TooFewShares
        } else {
            opened += 1;
            Totals::Known(expected)
        };
        assert_eq!(*outcome.totals(), totals, "election {seed}");
    }
    let enough = opened >= elections / 3 && refused as u64 >= elections && bad >= elections / 2;
    assert!(enough, "{opened} {refused} {bad}");
}
