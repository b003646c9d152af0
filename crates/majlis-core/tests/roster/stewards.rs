//! Stewards: more than half of them, the recovery card, and ranks that change.

use majlis_core::admission::{Aside, Refusal, State};
use majlis_core::id::{EntryHash, RecoveryKey};
use majlis_core::membership::roster::Authority;
use majlis_core::membership::{Operation, Rank, SetRank, StewardChange, Stewards};
use majlis_core::sign::{Purpose, Signer as _};

use super::scene::{Scene, card, device, public};
use super::{endorse, promote, raise, remove};

#[test]
fn more_than_half_of_the_stewards_make_the_next_epoch() {
    for stewards in 1_u8..=6 {
        let needed = usize::from(stewards / 2 + 1);
        let mut scene = Scene::found();
        let mut warrants = vec![(0, scene.genesis)];
        for who in 1..stewards {
            scene.member(who, Rank::Member);
            let warrant = promote(&mut scene, who, &warrants);
            warrants.push((who, warrant));
        }
        scene.member(50, Rank::Member);
        let parent = scene.fold().roster.epoch();
        assert_eq!(scene.fold().roster.stewards().len(), usize::from(stewards));
        for count in 1..=usize::from(stewards) {
            let (who, warrant) = warrants[count - 1];
            scene.sign(
                who,
                warrant,
                endorse(parent, StewardChange::Add(device(50))),
            );
            let fold = scene.fold();
            let steward = fold.rank(50) == Some(Rank::Steward);
            assert_eq!(steward, count >= needed, "{count} of {stewards}");
            assert_eq!(fold.roster.pending().is_empty(), count >= needed);
        }
    }
}

#[test]
fn endorsing_twice_is_one_voice_and_a_member_has_none() {
    let mut scene = Scene::found();
    scene.member(1, Rank::Member);
    let one = raise(&mut scene, 1);
    let join = scene.member(2, Rank::Facilitator);
    let parent = scene.fold().roster.epoch();
    let change = StewardChange::Add(device(2));
    let first = scene.sign(1, one, endorse(parent, change.clone()));
    scene.sign(1, one, endorse(parent, change.clone()));
    scene.sign(2, join, endorse(parent, change.clone()));
    assert_eq!(scene.fold().rank(2), Some(Rank::Facilitator));
    // Work that cites an endorsement waits for the others; it is not refused.
    let early = scene.work(2, first);
    assert_eq!(scene.fold().authority(early), Authority::Missing);
    scene.sign(0, scene.genesis, endorse(parent, change));
    assert_eq!(
        scene.fold().authority(early),
        Authority::Holds(Rank::Steward)
    );
}

#[test]
fn a_recovery_card_named_in_the_genesis_acts_alone_and_comes_first() {
    let mut scene = Scene::found();
    scene.member(1, Rank::Member);
    scene.member(2, Rank::Member);
    let parent = scene.fold().roster.epoch();
    let recovered = |scene: &Scene, number: u8| {
        let change = StewardChange::Add(device(1));
        let mut stewards = Stewards {
            parent,
            change,
            recovery: None,
        };
        let proof = card(number).sign(Purpose::Recovery, &stewards.recovery_message(scene.space));
        let key = RecoveryKey::from_bytes(public(&card(number)));
        stewards.recovery = Some((key, proof.as_bytes().to_vec().into()));
        Operation::Stewards(stewards)
    };
    let mut strange = scene.clone();
    let operation = recovered(&scene, 1);
    strange.sign(2, EntryHash::ZERO, operation);
    assert_eq!(
        strange.fold().rank(1),
        Some(Rank::Member),
        "a card that nobody named"
    );
    // The founder endorses something else at the same time; the card wins, whoever carries it.
    scene.sign(
        0,
        scene.genesis,
        endorse(parent, StewardChange::Add(device(2))),
    );
    assert_eq!(scene.fold().rank(2), Some(Rank::Steward));
    let operation = recovered(&scene, 0);
    scene.sign(2, EntryHash::ZERO, operation);
    let fold = scene.fold();
    assert_eq!(fold.rank(1), Some(Rank::Steward));
    assert_eq!(fold.rank(2), Some(Rank::Member));
}

#[test]
fn one_steward_cannot_remove_another() {
    let mut scene = Scene::found();
    let join = scene.member(1, Rank::Member);
    raise(&mut scene, 1);
    let work = scene.work(1, join);
    let removal = scene.sign(0, scene.genesis, Operation::Remove(remove(1, Vec::new())));
    let fold = scene.fold();
    assert_eq!(fold.state(removal), State::Refused(Refusal::NotAllowed));
    assert_eq!(fold.rank(1), Some(Rank::Steward));
    assert_eq!(fold.authority(work), Authority::Holds(Rank::Member));
}

#[test]
fn who_becomes_a_steward_keeps_the_work_done_under_an_earlier_rank() {
    let mut scene = Scene::found();
    scene.member(1, Rank::Member);
    let set = SetRank {
        device: device(1),
        rank: Rank::Facilitator,
        after: Vec::new(),
    };
    let raised = scene.sign(0, scene.genesis, Operation::SetRank(set));
    let work = scene.work(1, raised);
    let invite = scene.invite(1, raised, Rank::Member, 1, 60);
    scene.join(2, invite, 60);
    raise(&mut scene, 1);
    let fold = scene.fold();
    assert_eq!(fold.rank(1), Some(Rank::Steward));
    assert_eq!(fold.authority(work), Authority::Holds(Rank::Facilitator));
    assert_eq!(fold.rank(2), Some(Rank::Member));
}

#[test]
fn a_member_who_was_removed_and_taken_among_the_stewards_is_one() {
    let mut scene = Scene::found();
    let join = scene.member(1, Rank::Member);
    scene.sign(1, join, Operation::Leave);
    let cuts = scene.cuts(1);
    scene.sign(0, scene.genesis, Operation::Remove(remove(1, cuts)));
    assert_eq!(scene.fold().rank(1), None);
    let warrant = raise(&mut scene, 1);
    let work = scene.work(1, warrant);
    let fold = scene.fold();
    assert_eq!(fold.rank(1), Some(Rank::Steward));
    assert_eq!(fold.authority(work), Authority::Holds(Rank::Steward));
    // Removed by the stewards together, they are out for good, until taken back.
    let parent = fold.roster.epoch();
    let change = StewardChange::Remove(remove(1, scene.cuts(1)));
    scene.sign(0, scene.genesis, endorse(parent, change.clone()));
    scene.sign(1, warrant, endorse(parent, change));
    let late = scene.work(1, warrant);
    let fold = scene.fold();
    assert_eq!(fold.rank(1), None);
    assert_eq!(fold.authority(work), Authority::Holds(Rank::Steward));
    assert_eq!(fold.authority(late), Authority::Aside(Aside::Removed));
}

#[test]
fn going_down_in_rank_keeps_what_was_done_and_ends_the_old_rank() {
    let mut scene = Scene::found();
    let join = scene.member(1, Rank::Facilitator);
    let before = scene.work(1, join);
    let removal = Operation::Remove(remove(1, scene.cuts(1)));
    let removal = scene.sign(0, scene.genesis, removal);
    let set = SetRank {
        device: device(1),
        rank: Rank::Member,
        after: vec![removal],
    };
    let lowered = scene.sign(0, scene.genesis, Operation::SetRank(set));
    let unaware = scene.work(1, join);
    let aware = scene.work(1, lowered);
    let fold = scene.fold();
    assert_eq!(fold.rank(1), Some(Rank::Member));
    assert_eq!(fold.authority(before), Authority::Holds(Rank::Facilitator));
    assert_eq!(fold.authority(unaware), Authority::Aside(Aside::Removed));
    assert_eq!(fold.authority(aware), Authority::Holds(Rank::Member));
}
