//! What is said to be wanted where many photos are missing: a list at a time, behind everything else, and
//! the next link goes on where the last one ended.

use std::collections::BTreeSet;

use majlis_core::blob::{Blob, Photo};
use majlis_core::space::{Command, MediaPolicy};
use majlis_core::sync::message::{Message, decode};
use majlis_core::sync::session::WANT_LIST;
use majlis_tests::town::Resident;

use super::media::{has, photo};
use super::{Talk, entries_ended, invite, joiner, meet, order, pair, say};

const PHOTOS: u8 = 120;

fn choose(who: &mut Resident, policy: MediaPolicy) {
    order(who, Command::Media(policy)).unwrap();
}

/// Bo has many photos. Ana and Cy know the answers, and have none of the photos.
fn many() -> (Resident, Resident, Resident, Vec<Photo>) {
    let (mut ana, mut bo) = pair();
    let ticket = invite(&mut ana, 55, 9);
    let mut cy = joiner(&ana, 5, ticket, 55);
    for who in [&mut ana, &mut cy] {
        choose(who, MediaPolicy::Nothing);
    }
    let photos = (0..PHOTOS).map(|seed| photo(&mut bo, seed, 1_000));
    let photos: Vec<Photo> = photos.collect();
    meet(&mut bo, &mut ana, 2);
    meet(&mut cy, &mut ana, 3);
    assert_eq!(cy.space.media_missing(), (0, 0), "nothing is wanted there");
    choose(&mut ana, MediaPolicy::All);
    assert_eq!(ana.space.media_missing().0, 2 * u64::from(PHOTOS));
    (ana, bo, cy, photos)
}

/// What a frame says to be wanted.
fn wanted(frame: &[u8]) -> Option<Vec<Blob>> {
    match decode(frame) {
        Ok((_, Message::Want(blobs))) => Some(blobs),
        _ => None,
    }
}

/// A link from Ana that is torn when she says a second list: the first one.
fn first_list(ana: &mut Resident, other: &mut Resident, link: u64) -> Vec<Blob> {
    let mut talk = Talk::begin(ana, other, link);
    let mut lists = Vec::new();
    while lists.len() < 2 {
        let (by_ana, frame) = talk.queue.front().expect("there is more to be said");
        let list = wanted(frame).filter(|_| *by_ana);
        assert!(list.as_ref().is_none_or(|list| list.len() <= WANT_LIST));
        lists.extend(list);
        if lists.len() < 2 {
            talk.go_on_for(1, ana, other);
        }
    }
    assert_eq!(talk.end(ana, other).ended, None);
    lists.swap_remove(0)
}

#[test]
fn what_a_peer_does_not_hold_is_not_said_again_before_the_rest() {
    let (mut ana, mut bo, mut cy, photos) = many();
    let first = first_list(&mut ana, &mut cy, 10);
    assert_eq!(first.len(), WANT_LIST);
    let previews: Vec<Blob> = photos.iter().rev().map(|one| one.preview).collect();
    assert_eq!(first, previews[..WANT_LIST], "small ones, the newest first");
    let mut said: BTreeSet<Blob> = first.into_iter().collect();
    let second = first_list(&mut ana, &mut cy, 11);
    assert!(second.iter().all(|blob| !said.contains(blob)));
    said.extend(second);
    said.extend(first_list(&mut ana, &mut cy, 12));
    assert_eq!(said.len(), 2 * usize::from(PHOTOS), "all had their turn");
    // What was referred to since goes before whatever is not there anyway.
    choose(&mut ana, MediaPolicy::Nothing);
    let fresh = photo(&mut bo, PHOTOS, 1_000);
    meet(&mut bo, &mut ana, 13);
    choose(&mut ana, MediaPolicy::All);
    let list = first_list(&mut ana, &mut cy, 14);
    assert_eq!(list[..2], [fresh.preview, fresh.full]);
}

#[test]
fn what_a_torn_link_left_with_a_peer_that_holds_it_is_said_first() {
    let (mut ana, mut bo, _, photos) = many();
    let mut talk = Talk::begin(&mut ana, &mut bo, 10);
    let newest = photos.last().unwrap();
    while !has(&ana, photos[110].preview) {
        assert!(!talk.queue.is_empty(), "it does not come");
        talk.go_on_for(1, &mut ana, &mut bo);
    }
    assert!(!has(&ana, newest.preview), "it was on its way");
    let _ = talk.end(&mut ana, &mut bo);
    let list = first_list(&mut ana, &mut bo, 11);
    assert_eq!(list[0], newest.preview);
    // And a link that holds brings all there are.
    assert_eq!(meet(&mut ana, &mut bo, 12).ended, None);
    let whole = |one: &Photo| has(&ana, one.preview) && has(&ana, one.full);
    assert!(photos.iter().all(whole));
    assert_eq!(ana.space.media_missing(), (0, 0));
}

#[test]
fn many_photos_that_are_missing_delay_no_answer() {
    let (mut ana, _, mut cy, _) = many();
    for number in 0..120 {
        say(&mut ana, number);
    }
    let mut talk = Talk::begin(&mut ana, &mut cy, 10);
    let (mut answers, mut lists, mut unanswered) = (0, 0, false);
    while let Some((by_ana, frame)) = talk.queue.front() {
        if *by_ana {
            answers += entries_ended(frame);
            if let Some(list) = wanted(frame) {
                assert_eq!(answers, 120, "a list before an answer");
                assert!(!unanswered, "one list after the other");
                lists += 1;
                unanswered = list.len() == WANT_LIST;
            }
        } else if matches!(decode(frame), Ok((_, Message::Ack { .. }))) {
            unanswered = false;
        }
        talk.go_on_for(1, &mut ana, &mut cy);
    }
    assert_eq!(lists, 3, "all of it, to a peer that has none");
    assert!(talk.end(&mut ana, &mut cy).ended.is_none());
}
