//! A trustee that wants the totals to come out differently.

use curve25519_dalek::RistrettoPoint;

use super::{Share, ShareStatus, about_share};
use crate::ceremony::tests::made;
use crate::count::count;
use crate::group::{Element, Seed, Tag};
use crate::knowledge::Equality;
use crate::question::{QuestionKind, SecretQuestion};
use crate::second::Room;

/// The attack on a hash that covers commitments and not the statement (Bernhard, Pereira,
/// Warinschi): take any commitments, get the challenge, and solve for the parts. They open to other
/// totals, and each equation holds; only that the parts are hashed as well stands against it.
#[test]
fn parts_that_are_solved_for_after_the_challenge_are_refused() {
    let made = made(SecretQuestion::new(QuestionKind::Single, 2).unwrap(), 3, 2);
    let booth = &made.booth;
    let choice = booth.election().terms().question.choice(&[1, 0]).unwrap();
    let cast = |voter: &[u8; 32]| {
        let ballot = booth.cast(*voter, 0, &choice, &Seed::from_bytes([3; 32]));
        ballot.unwrap().0.encode()
    };
    let ballots: Vec<Vec<u8>> = made.voters.iter().map(cast).collect();
    let slices: Vec<&[u8]> = ballots.iter().map(Vec::as_slice).collect();
    let tally = count(booth, &made.roll, slices.iter().copied(), []).unwrap();

    let key = &made.keys[0];
    let honest = key
        .share(booth, &tally, None, &Seed::from_bytes([4; 32]))
        .unwrap();
    assert_eq!(honest.check(booth, &tally), ShareStatus::Valid);
    let mut drawn = Seed::from_bytes([5; 32]).scalars(Tag::Nonces, &[]);
    let nonce = *drawn.next();
    let public = booth.share(1).unwrap();
    let free: Vec<RistrettoPoint> = drawn.take(2).iter().map(RistrettoPoint::mul_base).collect();
    let challenge = about_share(booth, &tally, 1, public, &honest.parts)
        .element(&Element::of(RistrettoPoint::mul_base(&nonce)))
        .elements(&free.iter().copied().map(Element::of).collect::<Vec<_>>())
        .challenge();
    let response = nonce + challenge * *key.secret;
    let solved = |(sum, free): (&crate::ballot::Pair, &RistrettoPoint)| {
        Element::of((sum.blind.point() * response - free) * challenge.invert())
    };
    let parts: Vec<Element> = tally.sums.iter().zip(&free).map(solved).collect();
    for ((sum, part), free) in tally.sums.iter().zip(&parts).zip(&free) {
        assert_eq!(
            sum.blind.point() * response - part.point() * challenge,
            *free
        );
    }
    assert_ne!(parts, honest.parts);
    let forged = Share {
        parts,
        proof: Equality::of(challenge, response),
        ..honest
    };
    assert_eq!(forged.check(booth, &tally), ShareStatus::Unproven);
    let room = Room::enter(&booth.election().encode(), &made.ceremony.encode()).unwrap();
    let counted = room.count(&made.roll.encode(), &slices, &[]).unwrap();
    assert_eq!(counted.share(&room, &forged.encode()), 3);
    // Nor does the key that is not this trustee's open anything.
    let other = Share {
        trustee: 2,
        ..key
            .share(booth, &tally, None, &Seed::from_bytes([4; 32]))
            .unwrap()
    };
    assert_eq!(other.check(booth, &tally), ShareStatus::Unproven);
}
