//! Disks that wear out and disks that fail for a moment, in the middle of a meeting: what cannot be read
//! holds nothing else up, nobody takes it that the other has what is not on its disk, and the next meeting
//! brings the rest.

use majlis_core::admission::{Missing, State};
use majlis_core::blob::Photo;
use majlis_core::effect::PeerRow;
use majlis_core::id::EntryHash;
use majlis_core::shelf::Shelf as _;
use majlis_core::space::Command;
use majlis_core::sync::session::PeerView;
use majlis_tests::town::{Resident, Wear};

use super::media::{has, photo};
use super::torn::{Scene, Torn, believes_what_is_so, draft_in, page, tear, type_in};
use super::{Talk, meet, order, pair, same, say};

/// What one knows of the other on the link between them.
fn view(who: &Resident) -> PeerView {
    who.space.peers().next().unwrap().1
}

/// What is remembered of the only other one.
fn remembered(who: &Resident) -> PeerRow {
    let mut rows = who.disk.peers(who.space.id()).unwrap().into_iter();
    rows.next().expect("it was met")
}

fn text(who: &mut Resident) -> String {
    let shelf = who.shelf();
    let document = who.space.document(page(4), &shelf).unwrap();
    document.plain_text()
}

#[test]
fn what_goes_before_a_text_that_cannot_be_read_is_thanked_for() {
    for wear in [Wear::Signed, Wear::Payload, Wear::Gone, Wear::Altered] {
        for more in [false, true] {
            let (mut ana, mut bo) = pair();
            let mut said: Vec<EntryHash> = (0..3).map(|number| say(&mut ana, number)).collect();
            let lost = type_in(&mut ana, page(4), "The well is dry. ");
            if more {
                said.push(type_in(&mut ana, page(5), "Present: 34. "));
            }
            ana.worn.insert(lost, wear);
            let mut talk = Talk::begin(&mut bo, &mut ana, 100);
            talk.go_on(&mut bo, &mut ana);
            assert!(said.iter().all(|entry| bo.stores(*entry)) && !bo.stores(lost));
            // By Bo's own word, and by nothing that was only sent.
            let seen = view(&ana);
            assert_eq!((seen.lacks, seen.complete), (1, false), "{wear:?} {more}");
            assert_eq!(talk.end(&mut bo, &mut ana).ended, None);
            assert_eq!(remembered(&ana).lacks, 1, "{wear:?} {more}");
            ana.worn.clear();
            assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
            assert!(same(&ana, &bo) && bo.stores(lost));
        }
    }
}

#[test]
fn a_text_that_cannot_be_read_here_holds_nothing_up_that_comes() {
    for wear in [Wear::Payload, Wear::Gone, Wear::Altered] {
        let (mut ana, mut bo) = pair();
        let first = type_in(&mut ana, page(4), "The well is dry. ");
        assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
        bo.restart();
        bo.worn.insert(first, wear);
        let second = type_in(&mut ana, page(4), "The pump is broken. ");
        let said = say(&mut ana, 1);
        let mut talk = Talk::begin(&mut bo, &mut ana, 101);
        talk.go_on(&mut bo, &mut ana);
        assert!(bo.stores(second) && bo.stores(said) && same(&ana, &bo));
        let seen = view(&ana);
        assert_eq!((seen.lacks, seen.complete), (0, true), "{wear:?}");
        assert_eq!(talk.end(&mut bo, &mut ana).ended, None);
        let waits = State::Waiting(Missing::Changes);
        assert_eq!(bo.space.state_of(second), Some(waits), "{wear:?}");
        // The card is back in its slot, and something else is written.
        bo.worn.clear();
        bo.restart();
        let third = type_in(&mut ana, page(4), "Ask Dara. ");
        assert_eq!(meet(&mut bo, &mut ana, 102).ended, None);
        for entry in [second, third] {
            assert_eq!(bo.space.state_of(entry), Some(State::Admitted), "{wear:?}");
        }
        assert_eq!(text(&mut bo), text(&mut ana));
    }
}

#[test]
fn own_work_on_a_text_that_cannot_be_read_here_goes_out_all_the_same() {
    let (mut ana, mut bo) = pair();
    let first = type_in(&mut ana, page(4), "The well is dry. ");
    assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
    draft_in(&mut bo, page(4), "Ask Dara. ");
    bo.restart();
    bo.worn.insert(first, Wear::Payload);
    assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
    assert!(same(&ana, &bo) && bo.space.unsealed() == 0);
    assert!(text(&mut ana).contains("Ask Dara."));
    bo.worn.clear();
    bo.restart();
    type_in(&mut ana, page(4), "The pump is broken. ");
    assert_eq!(meet(&mut bo, &mut ana, 102).ended, None);
    assert_eq!(text(&mut bo), text(&mut ana));
}

#[test]
fn a_saved_text_that_cannot_be_read_is_made_of_its_entries() {
    let (mut ana, mut bo) = pair();
    type_in(&mut ana, page(4), "The well is dry. ");
    assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
    order(&mut bo, Command::Seal).unwrap();
    assert!(bo.shelf().document(page(4)).unwrap().save.is_some());
    bo.restart();
    bo.worn_saves.insert(page(4));
    let second = type_in(&mut ana, page(4), "The pump is broken. ");
    assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
    assert_eq!(bo.space.state_of(second), Some(State::Admitted));
    assert_eq!(text(&mut bo), text(&mut ana));
}

/// Each has an answer, something typed and a photo that the other lacks.
fn one_of_each() -> Scene {
    let (mut ana, mut bo) = pair();
    let mut photos: Vec<Photo> = Vec::new();
    for (who, seed) in [(&mut ana, 1), (&mut bo, 2)] {
        say(who, seed);
        type_in(who, page(4), "The well is dry. ");
        photos.push(photo(who, seed, 5_000));
    }
    Scene { ana, bo, photos }
}

/// Has them meet with the disk of one failing after so many reads; whether it came to that.
fn failing_after(reads: usize, dialler: bool, torn: Torn) -> bool {
    let Scene {
        mut ana,
        mut bo,
        photos,
    } = one_of_each();
    let after = format!("after {reads} reads of the dialler ({dialler}), torn {torn:?}");
    let who = if dialler { &bo } else { &ana };
    who.failing.after(reads);
    let mut talk = Talk::begin(&mut bo, &mut ana, 100);
    while !talk.died && !talk.queue.is_empty() {
        believes_what_is_so(&ana, &bo);
        believes_what_is_so(&bo, &ana);
        talk.go_on_for(1, &mut bo, &mut ana);
    }
    let died = talk.died;
    assert!(died || same(&ana, &bo), "{after}");
    for who in [&ana, &bo] {
        who.failing.never();
    }
    // What was under way at that moment still arrives, or does not.
    tear(&mut talk, 0, torn, (&mut ana, &mut bo));
    assert_eq!(talk.end(&mut bo, &mut ana).ended, None, "{after}");
    assert_eq!(meet(&mut bo, &mut ana, 101).ended, None, "{after}");
    assert!(same(&ana, &bo), "{after}");
    for blob in photos.iter().flat_map(|one| [one.preview, one.full]) {
        assert!(has(&ana, blob) && has(&bo, blob), "{after}");
    }
    believes_what_is_so(&ana, &bo);
    believes_what_is_so(&bo, &ana);
    for who in [&ana, &bo] {
        assert_eq!(remembered(who).lacks, 0, "{after}");
    }
    died
}

#[test]
fn a_disk_that_fails_at_any_read_of_a_meeting_costs_that_link_and_nothing_else() {
    for dialler in [true, false] {
        let mut reads = 0;
        let ways = [Torn::Off, Torn::ToDialler, Torn::FromDialler];
        while failing_after(reads, dialler, ways[reads % 3]) {
            reads += 1;
        }
        assert!(reads > 10, "{reads} reads");
    }
}
