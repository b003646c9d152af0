//! Whole votes: both verifiers against a plain count of what was chosen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    reason = "a test"
)]

#[path = "votes/encodings.rs"]
mod encodings;
#[path = "votes/random.rs"]
mod random;
#[path = "votes/tampering.rs"]
mod tampering;
#[path = "votes/village.rs"]
mod village;

use majlis_secret::DecodeError;
use majlis_secret::count::{BallotStatus, OpeningStatus};
use majlis_secret::election::Roll;
use majlis_secret::outcome::{Outcome, OutcomeHash, Totals};
use majlis_secret::question::QuestionKind;
use majlis_secret::receipt::Receipt;
use majlis_secret::second::{self, Refusal};
use majlis_secret::share::{ShareError, ShareStatus, open};
use majlis_secret::transcript::{Transcript, VerifyError, verify};
use village::{Plan, SMALL, Village};

/// The record, checked by both verifiers, which must agree.
fn both(
    village: &Village,
    ballots: Vec<Vec<u8>>,
    openings: Vec<Vec<u8>>,
    shares: Vec<Vec<u8>>,
) -> Outcome {
    let transcript = Transcript::new(
        village.booth.election().clone(),
        village.roll.clone(),
        village.ceremony.clone(),
        ballots,
        openings,
        shares,
    )
    .unwrap()
    .encode();
    let first = verify(&transcript).unwrap();
    assert_eq!(
        first.canonical_bytes(),
        second::verify(&transcript).unwrap()
    );
    first
}

/// What became of one ballot.
fn status(village: &Village, outcome: &Outcome, ballot: &[u8]) -> BallotStatus {
    let hash = majlis_secret::ballot::BallotHash::of(village.booth.election_id(), ballot);
    let found = outcome
        .tally()
        .ballots()
        .iter()
        .find(|(own, _)| *own == hash);
    found.unwrap().1
}

#[test]
fn a_vote_is_counted_and_the_same_bytes_come_out_whatever_the_order() {
    let mut village = Village::found(SMALL, 1);
    let (mut ballots, totals) = village.everybody();
    let tally = village.count(&ballots, &[]);
    let mut shares: Vec<Vec<u8>> = (0..3)
        .map(|at| village.share(at, &tally).encode())
        .collect();
    let outcome = both(&village, ballots.clone(), vec![], shares.clone());
    assert_eq!(*outcome.totals(), Totals::Known(totals));
    for _ in 0..5 {
        let again = ballots[village.numbers.below(ballots.len())].clone();
        ballots.push(again);
        shares.push(shares[0].clone());
        village.numbers.shuffle(&mut ballots);
        village.numbers.shuffle(&mut shares);
        let same = both(&village, ballots.clone(), vec![], shares.clone());
        assert_eq!(same.canonical_bytes(), outcome.canonical_bytes());
        assert_eq!(village.count(&ballots, &[]), *outcome.tally());
    }
    // Any threshold of shares opens the same totals.
    for at in 0..3 {
        let two = vec![
            village.share(at, &tally).encode(),
            village.share((at + 1) % 3, &tally).encode(),
        ];
        assert_eq!(
            both(&village, ballots.clone(), vec![], two).totals(),
            outcome.totals()
        );
    }
}

#[test]
fn one_trustee_fewer_than_the_threshold_opens_nothing() {
    let plan = Plan {
        trustees: 5,
        threshold: 4,
        ..SMALL
    };
    let mut village = Village::found(plan, 2);
    let (ballots, totals) = village.everybody();
    let tally = village.count(&ballots, &[]);
    let mut shares: Vec<Vec<u8>> = (0..3)
        .map(|at| village.share(at, &tally).encode())
        .collect();
    let outcome = both(&village, ballots.clone(), vec![], shares.clone());
    assert_eq!(*outcome.totals(), Totals::TooFewShares);
    // The same trustee twice is one trustee, and a bad share is none.
    shares.push(village.share(0, &tally).encode());
    let mut bad = village.share(3, &tally).encode();
    *bad.last_mut().unwrap() ^= 1;
    shares.push(bad);
    let outcome = both(&village, ballots.clone(), vec![], shares.clone());
    assert_eq!(*outcome.totals(), Totals::TooFewShares);
    let of = |wanted| {
        outcome
            .shares()
            .iter()
            .filter(|(_, status)| *status == wanted)
            .count()
    };
    assert_eq!((of(ShareStatus::Valid), of(ShareStatus::Repeated)), (3, 1));
    // Bad ones beside a threshold of good ones do no harm.
    shares.push(village.share(4, &tally).encode());
    assert_eq!(
        *both(&village, ballots, vec![], shares).totals(),
        Totals::Known(totals)
    );
}

#[test]
fn the_last_ballot_counts_and_of_two_under_one_number_the_smaller_hash() {
    let mut village = Village::found(SMALL, 3);
    let (mut ballots, _) = village.everybody();
    let later = village.cast(0, 7, &[0, 1]).0.encode();
    let between = village.cast(0, 3, &[1, 0]).0.encode();
    let twin = village.cast(1, 0, &[0, 1]).0.encode();
    let first = ballots[0].clone();
    let other_twin = ballots[1].clone();
    ballots.extend([later.clone(), between.clone(), twin.clone()]);
    let outcome = both(&village, ballots, vec![], vec![]);
    let status = |ballot: &[u8]| status(&village, &outcome, ballot);
    assert_eq!(status(&later), BallotStatus::Counted);
    assert_eq!(status(&between), BallotStatus::Replaced);
    assert_eq!(status(&first), BallotStatus::Replaced);
    let mut twins = [status(&twin), status(&other_twin)];
    twins.sort_unstable();
    assert_eq!(twins, [BallotStatus::Counted, BallotStatus::Equivocation]);
    assert_eq!(outcome.tally().counted(), 5);
}

#[test]
fn a_test_ballot_shows_what_is_in_it_and_never_counts() {
    let mut village = Village::found(SMALL, 4);
    let (mut ballots, _) = village.everybody();
    let (tested, opening) = village.cast(0, 1, &[0, 1]);
    assert_eq!(opening.values(), [0, 1]);
    opening.check(&village.booth, &tested).unwrap();
    let (other, _) = village.cast(0, 2, &[0, 1]);
    assert!(opening.check(&village.booth, &other).is_err());
    // A device that encrypted the other choice cannot open it as this one.
    let mut lie = opening.encode();
    lie[35] ^= 1;
    lie[36] ^= 1;
    let lie = majlis_secret::ballot::Opening::decode(&lie).unwrap();
    assert_eq!(lie.values(), [1, 0]);
    assert!(lie.check(&village.booth, &tested).is_err());

    ballots.push(tested.encode());
    let openings = vec![opening.encode(), lie.encode(), vec![0; 9]];
    let outcome = both(&village, ballots.clone(), openings, vec![]);
    assert_eq!(
        status(&village, &outcome, &tested.encode()),
        BallotStatus::Spoiled
    );
    // The ballot before it counts again.
    assert_eq!(
        status(&village, &outcome, &ballots[0]),
        BallotStatus::Counted
    );
    let mut became: Vec<OpeningStatus> = outcome
        .tally()
        .openings()
        .iter()
        .map(|(_, status)| *status)
        .collect();
    became.sort_unstable();
    assert_eq!(
        became,
        [
            OpeningStatus::Spoils,
            OpeningStatus::Malformed,
            OpeningStatus::Different
        ]
    );
}

#[test]
fn too_few_ballots_are_not_opened_by_any_number_of_trustees() {
    let mut village = Village::found(SMALL, 5);
    let (ballots, _) = village.everybody();
    let enough = village.count(&ballots[..3], &[]);
    let few = village.count(&ballots[..2], &[]);
    let seed = village.numbers.seed();
    let refused = village.keys[0].share(&village.booth, &few, None, &seed);
    assert_eq!(refused.err(), Some(ShareError::TooFew));
    let shares = (0..3)
        .map(|at| village.share(at, &enough).encode())
        .collect();
    let outcome = both(&village, ballots[..2].to_vec(), vec![], shares);
    assert_eq!(*outcome.totals(), Totals::TooFewBallots);
    assert!(
        outcome
            .shares()
            .iter()
            .all(|(_, status)| *status == ShareStatus::NotAllowed)
    );
    let nothing = both(&village, vec![], vec![], vec![]);
    assert_eq!(*nothing.totals(), Totals::TooFewBallots);
}

#[test]
fn a_trustee_opens_one_tally_of_an_election_and_no_second() {
    let mut village = Village::found(SMALL, 6);
    let (ballots, _) = village.everybody();
    let one = village.count(&ballots[..4], &[]);
    let two = village.count(&ballots, &[]);
    let seed = village.numbers.seed();
    let share = |tally, earlier| village.keys[0].share(&village.booth, tally, earlier, &seed);
    assert!(share(&one, Some(one.id())).is_ok());
    assert_eq!(
        share(&two, Some(one.id())).err(),
        Some(ShareError::AlreadyOpened)
    );
    let elsewhere = Village::found(SMALL, 7);
    let foreign = elsewhere.keys[0].share(&village.booth, &one, None, &seed);
    assert_eq!(foreign.err(), Some(ShareError::OtherKey));
}

#[test]
fn the_highest_total_and_the_lowest_are_found() {
    let plan = Plan {
        kind: QuestionKind::Score { max: 2 },
        ..SMALL
    };
    let mut village = Village::found(plan, 8);
    let ballots: Vec<Vec<u8>> = (0..5)
        .map(|voter| village.cast(voter, 0, &[0, 2]).0.encode())
        .collect();
    let tally = village.count(&ballots, &[]);
    let shares: Vec<Vec<u8>> = (0..2)
        .map(|at| village.share(at, &tally).encode())
        .collect();
    let outcome = both(&village, ballots, vec![], shares.clone());
    assert_eq!(*outcome.totals(), Totals::Known(vec![0, 10]));
    let shares = shares.iter().map(Vec::as_slice);
    assert_eq!(open(&village.booth, tally, shares), outcome);
}

#[test]
fn another_roll_or_another_order_is_no_transcript_of_this_vote() {
    let mut village = Village::found(SMALL, 12);
    let (ballots, _) = village.everybody();
    let record = |roll: &Roll| {
        Transcript::new(
            village.booth.election().clone(),
            roll.clone(),
            village.ceremony.clone(),
            ballots.clone(),
            [],
            [],
        )
        .unwrap()
        .encode()
    };
    let good = record(&village.roll);
    assert!(verify(&good).is_ok() && second::verify(&good).is_ok());
    let mut other = village.voters.clone();
    other[0][0] ^= 1;
    let swapped = Roll::new(other.clone()).unwrap();
    other.push([9; 32]);
    let longer = Roll::new(other).unwrap();
    for roll in [swapped, longer] {
        assert!(matches!(verify(&record(&roll)), Err(VerifyError::Roll(_))));
        assert_eq!(second::verify(&record(&roll)), Err(Refusal::Roll));
    }
    // The last two ballots exchanged, or one there twice.
    let length = 4 + ballots[0].len();
    let lists = good.len() - 8;
    let (one, two) = (lists - 2 * length, lists - length);
    let pair = [&good[two..lists], &good[one..two]].concat();
    let twice = [&good[two..lists], &good[two..lists]].concat();
    for tail in [pair, twice] {
        let mut bytes = good.clone();
        bytes[one..lists].copy_from_slice(&tail);
        assert_eq!(verify(&bytes), Err(VerifyError::Decode(DecodeError::Order)));
        assert_eq!(second::verify(&bytes), Err(Refusal::Format));
    }
}

#[test]
fn a_receipt_names_its_ballot_and_no_other() {
    let mut village = Village::found(SMALL, 9);
    let (one, _) = village.cast(0, 0, &[1, 0]);
    let (two, _) = village.cast(0, 1, &[1, 0]);
    let election = village.booth.election_id();
    let receipt = Receipt::of(&one.hash(election));
    assert!(receipt.names(&one.hash(election)) && !receipt.names(&two.hash(election)));
    assert_eq!(receipt.to_string().parse(), Ok(receipt));
}

/// If this fails, votes of an earlier version no longer verify: make a new version instead.
#[test]
fn the_bytes_of_a_vote_are_those_of_version_one() {
    let plan = Plan {
        kind: QuestionKind::Points { each: 2, total: 3 },
        ..SMALL
    };
    let mut village = Village::found(plan, 10);
    let (ballots, _) = village.everybody();
    let tally = village.count(&ballots, &[]);
    let shares: Vec<Vec<u8>> = (0..2)
        .map(|at| village.share(at, &tally).encode())
        .collect();
    let outcome = both(&village, ballots, vec![], shares);
    assert_eq!(OutcomeHash::of(&outcome.canonical_bytes()), outcome.hash());
    assert_eq!(
        outcome.hash().to_string(),
        "5c97a131317c51a49c8c1da07774221218cdfa80940480518469f5d4eec3b8c9"
    );
}

#[test]
fn ballots_that_were_looked_at_before_count_as_if_for_the_first_time() {
    use majlis_secret::count::{Seen, count, count_again};
    let mut village = Village::found(SMALL, 9);
    let (mut ballots, _) = village.everybody();
    let mut bent = ballots[0].clone();
    let last = bent.len() - 1;
    bent[last] ^= 1;
    ballots.push(bent);
    let mut seen = Seen::new(&village.booth);
    let (booth, roll) = (&village.booth, &village.roll);
    for some in 0..=ballots.len() {
        let box_ = || ballots[..some].iter().map(Vec::as_slice);
        let fresh = count(booth, roll, box_(), []).unwrap();
        let again = count_again(booth, roll, box_(), [], &mut seen).unwrap();
        assert_eq!(fresh.ballots(), again.ballots());
        assert_eq!(fresh.id(), again.id());
    }
    // What was found under another key is of no use here.
    let other = Village::found(SMALL, 10);
    let mut theirs = Seen::new(&other.booth);
    let box_ = ballots.iter().map(Vec::as_slice);
    assert!(count_again(booth, roll, box_, [], &mut theirs).is_err());
}
