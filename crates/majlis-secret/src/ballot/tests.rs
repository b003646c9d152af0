//! What a cheating voter or device may try that honest code does not do for them.

use curve25519_dalek::Scalar;

use super::{Ballot, BallotError};
use crate::booth::Booth;
use crate::bytes::DecodeError;
use crate::ceremony::tests::{Made, made};
use crate::count::{BallotStatus, count};
use crate::group::{Seed, Tag};
use crate::outcome::Totals;
use crate::question::{QuestionKind, SecretQuestion};
use crate::second::Room;
use crate::share::open;

fn made_for(kind: QuestionKind, options: u8) -> Made {
    made(SecretQuestion::new(kind, options).unwrap(), 3, 2)
}

fn scalars(count: usize, first: u8) -> Vec<Scalar> {
    let seed = Seed::from_bytes([first; 32]);
    seed.scalars(Tag::Ballot, &[]).take(count).to_vec()
}

/// A ballot as somebody makes it who changed the program.
fn forged(booth: &Booth, voter: [u8; 32], values: &[u8], randomness: &[Scalar]) -> Ballot {
    let seed = Seed::from_bytes(voter);
    let mut nonces = seed.scalars(Tag::Nonces, &[values]);
    booth.fill_in(voter, 0, values, randomness, &mut nonces)
}

#[test]
fn numbers_that_the_question_does_not_allow_have_no_proof() {
    type Answers = &'static [&'static [u8]];
    let cases: [(QuestionKind, Answers, Answers); 4] = [
        (
            QuestionKind::Single,
            &[&[0, 1]],
            &[&[0, 0], &[1, 1], &[2, 0], &[0, 255]],
        ),
        (
            QuestionKind::Approval { min: 1, max: 1 },
            &[&[1, 0]],
            &[&[0, 0], &[1, 1], &[0, 2]],
        ),
        (
            QuestionKind::Score { max: 3 },
            &[&[3, 0], &[3, 3]],
            &[&[4, 0], &[0, 200]],
        ),
        (
            QuestionKind::Points { each: 2, total: 3 },
            &[&[2, 1], &[0, 0]],
            &[&[2, 2], &[3, 0]],
        ),
    ];
    for (kind, allowed, forbidden) in cases {
        let made = made_for(kind, 2);
        let room = Room::enter(&made.booth.election().encode(), &made.ceremony.encode()).unwrap();
        let ballot = |values: &[u8]| forged(&made.booth, [1; 32], values, &scalars(2, 9));
        for values in allowed {
            assert_eq!(
                made.booth.check(&ballot(values)),
                Ok(()),
                "{kind:?} {values:?}"
            );
            assert_eq!(room.ballot(&ballot(values).encode()), 0);
        }
        for values in forbidden {
            let refused = made.booth.check(&ballot(values));
            assert_eq!(refused, Err(BallotError::Proof), "{kind:?} {values:?}");
            assert_eq!(room.ballot(&ballot(values).encode()), 5);
        }
    }
}

/// Without randomness the proof holds and the vote is there for all to read.
#[test]
fn a_ballot_that_hides_nothing_is_no_ballot() {
    let made = made_for(QuestionKind::Score { max: 1 }, 2);
    let room = Room::enter(&made.booth.election().encode(), &made.ceremony.encode()).unwrap();
    let drawn = scalars(2, 9);
    let whole = forged(&made.booth, [1; 32], &[0, 1], &drawn);
    assert_eq!(Ballot::decode(&whole.encode()), Ok(whole));
    let bare = forged(&made.booth, [1; 32], &[0, 1], &[drawn[0], Scalar::ZERO]);
    assert_eq!(made.booth.check(&bare), Ok(()));
    assert_eq!(Ballot::decode(&bare.encode()), Err(DecodeError::Point));
    assert_eq!(room.ballot(&bare.encode()), 2);
}

/// One more than the order of the group is 1 again: a vote of −1 hides as a large number.
#[test]
fn a_vote_of_minus_one_has_no_proof() {
    let made = made_for(QuestionKind::Score { max: 1 }, 2);
    let mut ballot = forged(&made.booth, [1; 32], &[0, 1], &scalars(2, 9));
    let generator = curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
    let minus = super::Element::of(ballot.pairs[0].hidden.point() - generator);
    ballot.pairs[0].hidden = minus;
    assert_eq!(made.booth.check(&ballot), Err(BallotError::Proof));
}

#[test]
fn ballots_with_a_point_in_common_count_none_of_them() {
    let made = made_for(QuestionKind::Score { max: 2 }, 2);
    let voters = made.voters.clone();
    let of = |voter: usize, values: &[u8], randomness: &[Scalar]| {
        forged(&made.booth, voters[voter], values, randomness).encode()
    };
    let (one, two, three) = (scalars(2, 1), scalars(2, 2), scalars(2, 3));
    let ballots = [
        of(0, &[0, 1], &one),
        // R as in the first ballot, in another place; the first is drawn in.
        of(1, &[0, 1], &[two[0], one[0]]),
        // R twice in one ballot.
        of(2, &[0, 1], &[three[0], three[0]]),
        of(3, &[2, 1], &scalars(2, 4)),
        of(4, &[1, 0], &scalars(2, 5)),
    ];
    let slices: Vec<&[u8]> = ballots.iter().map(Vec::as_slice).collect();
    let tally = count(&made.booth, &made.roll, slices.iter().copied(), []).unwrap();
    let repeated = tally
        .ballots()
        .iter()
        .filter(|(_, status)| *status == BallotStatus::Repeated);
    assert_eq!((repeated.count(), tally.counted()), (3, 2));
    let room = Room::enter(&made.booth.election().encode(), &made.ceremony.encode()).unwrap();
    let again = room.count(&made.roll.encode(), &slices, &[]).unwrap();
    let first: Vec<_> = tally
        .ballots()
        .iter()
        .map(|(hash, s)| (*hash.as_bytes(), *s as u8))
        .collect();
    assert_eq!(again.ballots(), first);
}

/// Voters who work together can make the sum of their R the identity. Nothing is learned by that,
/// and the totals must still open.
#[test]
fn sums_that_cancel_out_are_opened_all_the_same() {
    let made = made_for(QuestionKind::Score { max: 2 }, 2);
    let mut drawn: Vec<Vec<Scalar>> = (0..4).map(|at| scalars(2, at + 1)).collect();
    let last = (0..2)
        .map(|at| -drawn.iter().map(|own| own[at]).sum::<Scalar>())
        .collect();
    drawn.push(last);
    let ballots: Vec<Vec<u8>> = drawn
        .iter()
        .zip(&made.voters)
        .map(|(own, voter)| forged(&made.booth, *voter, &[2, 1], own).encode())
        .collect();
    let slices = || ballots.iter().map(Vec::as_slice);
    let tally = count(&made.booth, &made.roll, slices(), []).unwrap();
    assert_eq!(tally.counted(), 5);
    let seed = Seed::from_bytes([6; 32]);
    let shares: Vec<Vec<u8>> = made.keys[..2]
        .iter()
        .map(|key| {
            key.share(&made.booth, &tally, None, &seed)
                .unwrap()
                .encode()
        })
        .collect();
    let outcome = open(&made.booth, tally, shares.iter().map(Vec::as_slice));
    assert_eq!(*outcome.totals(), Totals::Known(vec![10, 5]));
    let transcript = crate::transcript::Transcript::new(
        made.booth.election().clone(),
        made.roll.clone(),
        made.ceremony.clone(),
        ballots.clone(),
        [],
        shares,
    );
    let again = crate::second::verify(&transcript.unwrap().encode());
    assert_eq!(again, Ok(outcome.canonical_bytes()));
}

#[test]
fn one_seed_for_two_ballots_repeats_nothing() {
    let made = made_for(QuestionKind::Single, 2);
    let seed = Seed::from_bytes([1; 32]);
    let cast = |voter, number, values: &[u8]| {
        let choice = made
            .booth
            .election()
            .terms()
            .question
            .choice(values)
            .unwrap();
        made.booth
            .cast([voter; 32], number, &choice, &seed)
            .unwrap()
            .0
    };
    let ballots = [
        cast(1, 0, &[0, 1]),
        cast(2, 0, &[0, 1]),
        cast(1, 1, &[0, 1]),
        cast(1, 0, &[1, 0]),
    ];
    let mut blinds: Vec<[u8; 32]> = ballots
        .iter()
        .flat_map(|ballot| ballot.pairs().iter().map(|pair| *pair.blind.bytes()))
        .collect();
    blinds.sort_unstable();
    blinds.dedup();
    assert_eq!(blinds.len(), 8);
    assert_eq!(cast(1, 0, &[0, 1]), ballots[0]);
}
