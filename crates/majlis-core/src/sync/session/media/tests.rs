//! What is said of blobs on a link, frame by frame.

use super::*;
use crate::effect::LinkId;
use crate::id::{SpaceId, TransportId};
use crate::sync::message::decode;
use crate::sync::session::Ends;

fn session() -> Session {
    let ends = Ends {
        link: LinkId(1),
        binding: [5; 32],
        transport: TransportId::from_bytes([1; 32]),
        dialled: true,
    };
    Session::new(SpaceId::from_bytes([7; 32]), ends, None)
}

/// What frames say that is wanted, and whether thanks are asked for.
fn said(frames: &[Vec<u8>]) -> (Vec<Blob>, bool) {
    let (mut wanted, mut asked) = (Vec::new(), false);
    for frame in frames {
        match decode(frame) {
            Ok((_, Message::Want(blobs))) => wanted.extend(blobs),
            Ok((_, Message::Run { part, thank, .. })) if part.is_empty() => asked = thank,
            other => unreachable!("nothing else is said: {other:?}"),
        }
    }
    (wanted, asked)
}

fn blobs(count: usize) -> BTreeSet<Blob> {
    let each = 0..count;
    each.map(|number| Blob::of(&number.to_be_bytes()).unwrap())
        .collect()
}

/// Says a list of what is missing to a peer that holds none of it.
fn list(here: &mut Session, there: &mut Session, missing: &BTreeSet<Blob>) {
    let fresh = missing.iter().copied();
    let fresh: Vec<Blob> = fresh.filter(|blob| !here.has_said(*blob)).collect();
    let all = fresh.len() <= WANT_LIST;
    let list = fresh.into_iter().take(WANT_LIST).collect();
    let frames = here.want(list, all.then_some(1), Timestamp(0));
    let (wanted, thank) = said(&frames);
    assert_eq!(thank, !all, "where more follows, thanks are wanted");
    let count = wanted.len();
    assert_eq!(there.wants(wanted).unwrap().len(), count);
}

fn thanks(here: &mut Session) {
    let parts = here.flow.said();
    here.flow.acked(parts, 0, Timestamp(600)).unwrap();
}

#[test]
fn what_is_wanted_is_said_a_list_at_a_time_as_the_peer_thanks() {
    let missing = blobs(3 * WANT_LIST - 1);
    let (mut here, mut there) = (session(), session());
    for round in 1..=3 {
        assert!(here.is_to_want(1, Rights::All));
        list(&mut here, &mut there, &missing);
        assert!(
            !here.is_to_want(1, Rights::All),
            "list {round} is on its way, or the last"
        );
        if round < 3 {
            let said = here.said_in_order().into_iter();
            let in_vain = said.filter(|(_, in_vain)| *in_vain).count();
            assert_eq!(in_vain, (round - 1) * WANT_LIST, "those it answered");
        }
        thanks(&mut here);
    }
    assert!(here.is_all_said(1) && !here.is_to_want(1, Rights::All));
    assert!(here.said_in_order().iter().all(|(_, in_vain)| *in_vain));
    assert!(here.is_to_want(2, Rights::All), "more is wanted");
}

#[test]
fn a_peer_that_holds_much_is_told_of_no_more_until_some_of_it_came() {
    let missing = blobs(5 * WANT_LIST);
    let (mut here, mut there) = (session(), session());
    for _ in 0..2 {
        list(&mut here, &mut there, &missing);
        let held: Vec<Blob> = missing.iter().copied().collect();
        here.hears_held(held, |_| true);
        thanks(&mut here);
    }
    assert_eq!(here.media_left().1, ENOUGH_HELD);
    assert!(!here.is_to_want(1, Rights::All));
    let first = *missing.first().unwrap();
    assert!(here.got(first).is_some());
    assert!(here.is_to_want(1, Rights::All));
}

#[test]
fn what_is_more_than_may_be_wanted_at_once_is_wanted_as_things_come() {
    let mut missing = blobs(MAX_WANTED + 3 * WANT_LIST + 1);
    let (mut here, mut there) = (session(), session());
    while !missing.is_empty() {
        assert!(
            here.is_to_want(1, Rights::All) || here.is_all_said(1),
            "{} are never wanted",
            missing.len()
        );
        while here.is_to_want(1, Rights::All) {
            list(&mut here, &mut there, &missing);
            thanks(&mut here);
        }
        while !here.is_to_want(1, Rights::All)
            && let Some(next) = here.media.wanted.keys().next().copied()
        {
            assert!(here.got(next).is_some());
            there.hears_kept(&[next], Timestamp(0));
            missing.remove(&next);
        }
    }
    assert!(here.media.wanted.is_empty() && there.media.wanted_there.is_empty());
}

#[test]
fn what_a_peer_was_told_of_and_does_not_take_is_not_left_to_move() {
    let told: Vec<Blob> = blobs(3).into_iter().collect();
    let mut here = session();
    here.wants(told.clone()).unwrap();
    assert!(here.holds(told.iter().copied(), Timestamp(1_000)).is_some());
    let left = |here: &mut Session, now| {
        here.media.pass(Timestamp(now));
        assert_eq!(here.media_moving()[0].0, here.media_left().0 as u64);
        here.media_left().0
    };
    assert_eq!(left(&mut here, 30_999), 3, "it may be about to fetch them");
    here.serve(vec![(told[0], 0)], Timestamp(31_000)).unwrap();
    assert_eq!(left(&mut here, 100_000), 3, "one is on its way");
    let _ = here.say_media(vec![0; 8], Timestamp(100_000));
    assert_eq!(left(&mut here, 140_000), 3, "nothing says that it got over");
    thanks(&mut here);
    here.hears_kept(&told[..1], Timestamp(101_000));
    assert_eq!(left(&mut here, 130_999), 2);
    assert_eq!(left(&mut here, 131_000), 0, "it declined them");
    // Until it takes one after all.
    here.serve(vec![(told[1], 0)], Timestamp(200_000)).unwrap();
    assert_eq!(left(&mut here, 200_000), 2);
}
