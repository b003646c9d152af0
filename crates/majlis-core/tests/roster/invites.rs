//! Invites: who comes in by them, and for how long.

use majlis_core::admission::{Refusal, State};
use majlis_core::effect::Out;
use majlis_core::id::EntryHash;
use majlis_core::membership::{Adopt, CloseInvite, Operation, Rank};

use super::remove;
use super::scene::{Scene, device};

#[test]
fn an_invite_counts_the_first_joins_by_hash() {
    let mut scene = Scene::found();
    let invite = scene.invite(0, scene.genesis, Rank::Member, 2, 9);
    let mut joins: Vec<(EntryHash, u8)> = (1..=5)
        .map(|who| (scene.join(who, invite, 9), who))
        .collect();
    joins.sort_unstable();
    let fold = scene.fold();
    for (at, (join, who)) in joins.iter().enumerate() {
        assert_eq!(fold.rank(*who).is_some(), at < 2);
        assert_eq!(fold.state(*join).counts(), at < 2);
    }
    let row = fold.roster.invites().next().unwrap();
    assert_eq!((row.used, row.surplus), (2, 3));
    // Closing keeps exactly the joins it names, and adopting brings one back.
    let mut closed = scene.clone();
    let close = CloseInvite {
        invite,
        joins: vec![joins[4].0],
    };
    closed.sign(0, scene.genesis, Operation::CloseInvite(close));
    let fold = closed.fold();
    assert_eq!(fold.rank(joins[0].1), None);
    assert_eq!(fold.rank(joins[4].1), Some(Rank::Member));
    let adopt = Adopt {
        entries: vec![joins[3].0],
    };
    let facilitator = scene.member(40, Rank::Facilitator);
    scene.sign(40, facilitator, Operation::Adopt(adopt));
    assert_eq!(scene.fold().rank(joins[3].1), Some(Rank::Member));
}

#[test]
fn an_invite_gives_less_than_its_maker_has_and_needs_its_secret() {
    let mut scene = Scene::found();
    let (member, facilitator) = (
        scene.member(1, Rank::Member),
        scene.member(2, Rank::Facilitator),
    );
    let low = scene.invite(1, member, Rank::Observer, 1, 9);
    let equal = scene.invite(2, facilitator, Rank::Facilitator, 1, 10);
    let good = scene.invite(2, facilitator, Rank::Member, 9, 11);
    let guessed = scene.join(3, good, 12);
    let fold = scene.fold();
    assert_eq!(fold.state(low), State::Refused(Refusal::NotAllowed));
    assert_eq!(fold.state(equal), State::Refused(Refusal::NotAllowed));
    assert_eq!(fold.state(good), State::Admitted);
    assert_eq!(fold.state(guessed), State::Refused(Refusal::NoWarrant));
    assert_eq!(fold.rank(3), None);
}

#[test]
fn who_came_by_an_invite_that_lost_force_stays_listed_as_not_counted() {
    let mut scene = Scene::found();
    let one = scene.member(1, Rank::Facilitator);
    let cuts = scene.cuts(1);
    let invite = scene.invite(1, one, Rank::Member, 1, 9);
    scene.join(2, invite, 9);
    assert_eq!(scene.fold().rank(2), Some(Rank::Member));
    scene.sign(0, scene.genesis, Operation::Remove(remove(1, cuts)));
    let fold = scene.fold();
    let row = fold
        .roster
        .members()
        .find(|row| row.device == device(2))
        .unwrap();
    assert_eq!((row.rank, row.out), (None, Some(Out::NotCounted)));
}
