//! The rules of the roster, one story each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    dead_code,
    reason = "a test"
)]

#[path = "roster/invites.rs"]
mod invites;
#[path = "roster/scene.rs"]
mod scene;
#[path = "roster/stewards.rs"]
mod stewards;

use majlis_core::admission::{Aside, Missing, Refusal, State};
use majlis_core::effect::Out;
use majlis_core::id::{EntryHash, LaneId};
use majlis_core::membership::roster::Authority;
use majlis_core::membership::{
    Adopt, CloseInvite, Cut, ForkProof, Operation, Rank, Remove, SetRank, StewardChange, Stewards,
};
use scene::{Scene, device, works};

fn remove(who: u8, cuts: Vec<Cut>) -> Remove {
    Remove {
        device: device(who),
        cuts,
        reason: "left town".to_owned(),
    }
}

fn endorse(parent: EntryHash, change: StewardChange) -> Operation {
    Operation::Stewards(Stewards {
        parent,
        change,
        recovery: None,
    })
}

/// Makes person `who` a steward by the word of the founder alone. Gives their warrant.
fn promoted(scene: &mut Scene, who: u8) -> EntryHash {
    let genesis = scene.genesis;
    promote(scene, who, &[(0, genesis)])
}

/// Makes person `who` a steward by the word of all stewards in force. Gives their warrant.
fn promote(scene: &mut Scene, who: u8, by: &[(u8, EntryHash)]) -> EntryHash {
    let parent = scene.fold().roster.epoch();
    let change = StewardChange::Add(device(who));
    let endorsed: Vec<EntryHash> = by
        .iter()
        .map(|(steward, warrant)| scene.sign(*steward, *warrant, endorse(parent, change.clone())))
        .collect();
    endorsed[0]
}

/// The same by the word of the founder alone, while they are the only steward.
fn raise(scene: &mut Scene, who: u8) -> EntryHash {
    let genesis = scene.genesis;
    promote(scene, who, &[(0, genesis)])
}

#[test]
fn a_removal_keeps_the_work_up_to_its_cuts_and_no_more() {
    let mut scene = Scene::found();
    let join = scene.member(1, Rank::Member);
    let first = scene.work(1, join);
    let cuts = scene.cuts(1);
    let late = scene.work(1, join);
    scene.sign(0, scene.genesis, Operation::Remove(remove(1, cuts)));
    let fold = scene.fold();
    assert_eq!(fold.rank(1), None);
    assert_eq!(fold.authority(first), Authority::Holds(Rank::Member));
    assert_eq!(fold.authority(late), Authority::Aside(Aside::Removed));
    let row = fold
        .roster
        .members()
        .find(|row| row.device == device(1))
        .unwrap();
    assert!(matches!(row.out, Some(Out::Removed(..))), "{row:?}");
}

#[test]
fn what_a_removed_device_signs_on_other_lanes_or_with_an_early_date_stays_aside() {
    let mut scene = Scene::found();
    let join = scene.member(1, Rank::Facilitator);
    let cuts = scene.cuts(1);
    scene.sign(0, scene.genesis, Operation::Remove(remove(1, cuts)));
    // A lane that the removal does not name, and an invite made afterwards.
    let work = scene.work(1, join);
    scene.made.last_mut().unwrap().header.claimed = majlis_core::time::Timestamp(0);
    let invite = scene.invite(1, join, Rank::Member, 9, 77);
    let friend = scene.join(2, invite, 77);
    let fold = scene.fold();
    assert_eq!(fold.authority(work), Authority::Aside(Aside::Removed));
    assert_eq!(fold.state(invite), State::Quarantined(Aside::Removed));
    assert_eq!(fold.state(friend), State::Quarantined(Aside::WarrantVoid));
    assert_eq!(fold.rank(2), None);
}

#[test]
fn a_steward_may_close_what_a_facilitator_opened_and_a_facilitator_only_their_own() {
    let mut scene = Scene::found();
    let (one, two) = (
        scene.member(1, Rank::Facilitator),
        scene.member(2, Rank::Facilitator),
    );
    let invite = scene.invite(1, one, Rank::Member, 5, 9);
    scene.join(3, invite, 9);
    let close = Operation::CloseInvite(CloseInvite {
        invite,
        joins: Vec::new(),
    });
    let foreign = scene.sign(2, two, close.clone());
    assert_eq!(
        scene.fold().state(foreign),
        State::Refused(Refusal::NotAllowed)
    );
    assert_eq!(scene.fold().rank(3), Some(Rank::Member));
    let closing = scene.sign(0, scene.genesis, close);
    assert_eq!(scene.fold().state(closing), State::Admitted);
    assert_eq!(scene.fold().rank(3), None);
}

#[test]
fn adopted_work_counts_at_the_lower_of_both_ranks() {
    let mut scene = Scene::found();
    let (one, two) = (
        scene.member(1, Rank::Member),
        scene.member(2, Rank::Facilitator),
    );
    let cuts = scene.cuts(1);
    let late = scene.work(1, one);
    let later = scene.work(1, one);
    scene.sign(0, scene.genesis, Operation::Remove(remove(1, cuts)));
    scene.sign(
        2,
        two,
        Operation::Adopt(Adopt {
            entries: vec![late],
        }),
    );
    let fold = scene.fold();
    assert_eq!(fold.authority(late), Authority::Holds(Rank::Member));
    assert_eq!(fold.authority(later), Authority::Aside(Aside::Removed));
    // A member cannot adopt.
    let mut vain = scene.clone();
    let three = vain.member(3, Rank::Member);
    vain.sign(
        3,
        three,
        Operation::Adopt(Adopt {
            entries: vec![later],
        }),
    );
    assert_eq!(
        vain.fold().authority(later),
        Authority::Aside(Aside::Removed)
    );
}

#[test]
fn a_fork_sets_the_chain_aside_from_there_until_a_removal_names_a_branch() {
    let mut scene = Scene::found();
    let one = scene.member(1, Rank::Member);
    let two = scene.member(2, Rank::Member);
    let common = scene.work(1, one);
    let left = scene.work(1, one);
    let left_end = scene.work(1, one);
    scene.go_back(1, works(), Some(common));
    let right = scene.work(1, one);
    let fold = scene.fold();
    assert_eq!(
        fold.authority(left),
        Authority::Holds(Rank::Member),
        "nobody has shown it yet"
    );
    let proof = ForkProof::new(&scene.signed(1, left), &scene.signed(1, right)).unwrap();
    scene.sign(2, two, Operation::Fork(Box::new(proof)));
    let fold = scene.fold();
    assert_eq!(fold.authority(common), Authority::Holds(Rank::Member));
    for aside in [left, left_end, right] {
        assert_eq!(fold.authority(aside), Authority::Aside(Aside::Forked));
    }
    let cut = Cut {
        lane: works(),
        seq: 1,
        hash: left,
    };
    let cut_join = Cut {
        lane: LaneId::MEMBERSHIP,
        seq: 0,
        hash: one,
    };
    scene.sign(
        0,
        scene.genesis,
        Operation::Remove(remove(1, vec![cut, cut_join])),
    );
    let fold = scene.fold();
    assert_eq!(fold.authority(left), Authority::Holds(Rank::Member));
    assert_eq!(fold.authority(left_end), Authority::Aside(Aside::Forked));
    assert_eq!(fold.authority(right), Authority::Aside(Aside::Forked));
}

#[test]
fn a_proof_that_proves_nothing_does_nothing() {
    let mut scene = Scene::found();
    let one = scene.member(1, Rank::Member);
    let (first, second) = (scene.work(1, one), scene.work(1, one));
    let (a, b) = (scene.signed(1, first), scene.signed(1, second));
    assert_eq!(ForkProof::new(&a, &b), None, "two positions");
    assert_eq!(ForkProof::new(&a, &a), None, "one entry");
    // Somebody else's signature over a header in the name of the device.
    let mut header = b.unchecked().clone();
    header.seq = 0;
    let forged = header.sign(&scene::key(2));
    assert_eq!(ForkProof::new(&a, &forged), None);
    let proof = ForkProof {
        first: a.to_bytes(),
        second: forged.to_bytes(),
    };
    let claim = scene.sign(2, EntryHash::ZERO, Operation::Fork(Box::new(proof)));
    let fold = scene.fold();
    assert_eq!(fold.state(claim), State::Refused(Refusal::Malformed));
    assert_eq!(fold.authority(first), Authority::Holds(Rank::Member));
}

#[test]
fn leaving_ends_the_rank_each_time() {
    let mut scene = Scene::found();
    let mut warrant = scene.member(1, Rank::Member);
    for _ in 0..3 {
        assert_eq!(scene.fold().rank(1), Some(Rank::Member));
        scene.sign(1, warrant, Operation::Leave);
        let after = scene.sign(1, warrant, Operation::Rename("Gone".to_owned()));
        let fold = scene.fold();
        assert_eq!(fold.rank(1), None);
        assert_eq!(fold.state(after), State::Quarantined(Aside::Left));
        let after = fold.roster.removals_of(device(1));
        let set = SetRank {
            device: device(1),
            rank: Rank::Member,
            after,
        };
        warrant = scene.sign(0, scene.genesis, Operation::SetRank(set));
    }
}

#[test]
fn signing_the_genesis_again_undoes_nothing() {
    let mut scene = Scene::found();
    scene.member(1, Rank::Member);
    raise(&mut scene, 1);
    let genesis = scene.made[0].operation.clone().unwrap();
    for _ in 0..8 {
        scene.go_back(0, LaneId::MEMBERSHIP, None);
        scene.sign(0, EntryHash::ZERO, genesis.clone());
        assert_eq!(scene.fold().rank(1), Some(Rank::Steward));
        assert_eq!(scene.fold().rank(0), Some(Rank::Steward));
    }
}

#[test]
fn a_warrant_is_the_devices_own_and_gives_a_rank() {
    let mut scene = Scene::found();
    let one = scene.member(1, Rank::Member);
    let two = scene.member(2, Rank::Facilitator);
    let name = scene.sign(1, one, Operation::Rename("Bo".to_owned()));
    let (stolen, none, unknown) = (
        scene.work(1, two),
        scene.work(1, name),
        scene.work(1, EntryHash::from_bytes([9; 32])),
    );
    let fold = scene.fold();
    assert_eq!(
        fold.authority(stolen),
        Authority::Refused(Refusal::NoWarrant)
    );
    assert_eq!(fold.authority(none), Authority::Refused(Refusal::NoWarrant));
    assert_eq!(fold.authority(unknown), Authority::Missing);
    assert_eq!(fold.roster.name(device(1)), Some("Bo"));
    assert_eq!(
        fold.state(EntryHash::from_bytes([9; 32])),
        State::Waiting(Missing::Warrant)
    );
}
