//! Several closings of one secret vote: each is judged by itself, one stands, and none undoes what is
//! known, in every order of arrival.

use majlis_core::consultation::outcome::Outcome;
use majlis_core::consultation::secret::{SecretState, Voices};
use majlis_core::id::SlotId;

use crate::hall::*;

const STEWARD: u8 = 98;

/// Five people vote: four for the first, one for the second.
fn voted() -> Hall {
    let mut hall = Hall::open(choice());
    hall.make_key();
    for voter in 1..=5 {
        let values = if voter < 5 { [1, 0, 0] } else { [0, 1, 0] };
        let ballot = hall.ballot(voter, 0, &values);
        hall.hand_in(voter, ballot);
    }
    hall
}

/// The ballots of these people.
fn of(hall: &Hall, people: &[u8]) -> Voices {
    let own = |who: &u8| majlis_core::consultation::count::own_slot(lane(), person(*who));
    let slots: Vec<SlotId> = people.iter().map(own).collect();
    let voices = hall.voices().into_iter();
    voices.filter(|(slot, _)| slots.contains(slot)).collect()
}

/// The outcome, the same in many orders of arrival.
fn anyhow(hall: &Hall) -> Outcome {
    let outcome = hall.outcome();
    for salt in 0..6_u64 {
        let order = |at: usize| {
            let bytes = [salt.to_be_bytes(), u64::try_from(at).unwrap().to_be_bytes()].concat();
            let hash = blake3::hash(&bytes);
            u64::from_be_bytes(hash.as_bytes()[..8].try_into().unwrap())
        };
        assert_eq!(hall.recount(order), outcome);
    }
    outcome
}

#[test]
fn a_second_closing_does_not_undo_a_result_that_is_known() {
    let mut hall = voted();
    hall.close();
    for trustee in [1, 3, 5] {
        hall.share(trustee);
    }
    let known = anyhow(&hall);
    assert_eq!(secret(&known).totals, Some(vec![(1, 4), (2, 1), (3, 0)]));
    // A ballot comes late, and another steward closes again and names it.
    let late = hall.ballot(6, 0, &[0, 0, 1]);
    hall.hand_in(6, late);
    hall.close_by(STEWARD, |_| true);
    let after = anyhow(&hall);
    assert_eq!(secret(&after).state, SecretState::Known);
    assert_eq!(after.hash(), known.hash());
    assert_eq!(after, known);
    // Nor does one that names fewer, or nothing at all.
    hall.close_by(STEWARD, |who| who == device(2));
    hall.close_by(STEWARD, |_| false);
    assert_eq!(anyhow(&hall).hash(), known.hash());
}

#[test]
fn of_two_who_close_apart_the_one_that_trustees_open_stands() {
    let mut hall = voted();
    let all = hall.voices();
    // Two stewards close before each hears of the other, and of all ballots.
    let four = |who| who != device(5);
    hall.close_by(STEWARD, four);
    hall.close_by(OFFICER, |_| true);
    assert_eq!(secret(&anyhow(&hall)).counted, 5, "most ballots");
    // Some trustees heard of one closing first, and gave their part for it.
    hall.share_for(1, &of(&hall, &[1, 2, 3, 4]));
    let open = anyhow(&hall);
    assert_eq!(
        (secret(&open).state, secret(&open).counted),
        (SecretState::Opening, 4)
    );
    hall.share_for(2, &all);
    hall.share_for(4, &all);
    assert_eq!(secret(&anyhow(&hall)).counted, 5, "most parts");
    hall.share_for(5, &all);
    let known = anyhow(&hall);
    assert_eq!(secret(&known).totals, Some(vec![(1, 4), (2, 1), (3, 0)]));
    // The one who gave for the other closing gives no second part, and none is missed.
    hall.share_for(3, &of(&hall, &[1, 2, 3, 4]));
    assert_eq!(anyhow(&hall).hash(), known.hash());
}

#[test]
fn a_forged_closing_of_three_chains_opens_nothing_that_honest_trustees_do_not_open() {
    let mut hall = voted();
    // Whoever closes wants to learn what two of five said: the least that may be opened is three.
    let three = |who| [1, 2, 5].map(device).contains(&who);
    hall.close_by(STEWARD, three);
    let forged = anyhow(&hall);
    assert_eq!(
        (secret(&forged).state, secret(&forged).counted),
        (SecretState::Opening, 3)
    );
    // Two of five trustees are with them, and the rest see that ballots are left out.
    for trustee in [1, 2] {
        hall.share_for(trustee, &of(&hall, &[1, 2, 5]));
    }
    let few = anyhow(&hall);
    assert_eq!(
        (secret(&few).state, &secret(&few).totals),
        (SecretState::Opening, &None)
    );
    // Another steward names everything; the others open that, and it is the result.
    hall.close_by(OFFICER, |_| true);
    for trustee in [3, 4, 5] {
        hall.share_for(trustee, &hall.voices());
    }
    let known = anyhow(&hall);
    assert_eq!(secret(&known).totals, Some(vec![(1, 4), (2, 1), (3, 0)]));
    // Of chains of which nothing is there, nothing is counted.
    hall.close_by(STEWARD, |who| who == device(77));
    assert_eq!(anyhow(&hall).hash(), known.hash());
}

#[test]
fn where_a_trustee_gives_two_parts_every_device_still_has_one_result() {
    let mut hall = voted();
    let four = of(&hall, &[1, 2, 3, 4]);
    let all = hall.voices();
    hall.close_by(STEWARD, |who| who != device(5));
    hall.close_by(OFFICER, |_| true);
    for trustee in [1, 2, 3] {
        hall.share_for(trustee, &four);
    }
    assert_eq!(
        secret(&anyhow(&hall)).totals,
        Some(vec![(1, 4), (2, 0), (3, 0)])
    );
    // The third gives a second part, against the rule: two results are open, and one stands.
    for trustee in [3, 4, 5] {
        hall.share_for(trustee, &all);
    }
    let both = anyhow(&hall);
    assert_eq!(secret(&both).state, SecretState::Known);
    assert_eq!(secret(&both).totals, Some(vec![(1, 4), (2, 1), (3, 0)]));
}
