//! A link that is torn at every boundary between two frames of a meeting, in one direction or both:
//! what is believed of the other is true, and the next meeting brings all that is missing.

use majlis_core::blob::Photo;
use majlis_core::document::{Edit, Marks};
use majlis_core::effect::{PeerRow, Write};
use majlis_core::entry::{ChainId, Signed};
use majlis_core::id::{EntryHash, LaneClass, LaneId};
use majlis_core::shelf::Shelf as _;
use majlis_core::space::{Command, Reply};
use majlis_store::Store;
use majlis_tests::town::{Resident, Wear};

use super::media::{has, photo};
use super::{Talk, copy, invite, joiner, meet, order, pair, same, say, say_in, say_on};

/// Two before they meet.
pub(super) struct Scene {
    pub(super) ana: Resident,
    pub(super) bo: Resident,
    pub(super) photos: Vec<Photo>,
}

/// Which frames still arrive after the link was torn.
#[derive(Clone, Copy, Debug)]
pub(super) enum Torn {
    /// None.
    Off,
    /// Those of the one who dialled.
    ToDialler,
    /// Those to the one who dialled.
    FromDialler,
}

/// Both wrote answers and parts of a text, and have a photo that the other lacks.
fn all_kinds() -> Scene {
    let (mut ana, mut bo) = pair();
    for who in [&mut ana, &mut bo] {
        for number in 0..3 {
            say(who, number);
            type_in(who, page(4), "The well is dry. ");
        }
    }
    let photos = vec![photo(&mut ana, 1, 9_000), photo(&mut bo, 2, 6_000)];
    Scene { ana, bo, photos }
}

/// One holds the short branch of a chain that forked, the other the long one.
fn two_branches() -> Scene {
    let (mut ana, mut bo) = pair();
    let ticket = invite(&mut ana, 53, 9);
    let mut cy = joiner(&ana, 4, ticket, 53);
    meet(&mut cy, &mut ana, 10);
    meet(&mut bo, &mut ana, 11);
    let mut twin = copy(&cy);
    say(&mut cy, 1);
    meet(&mut cy, &mut bo, 12);
    for number in 10..13 {
        say(&mut twin, number);
    }
    meet(&mut twin, &mut ana, 13);
    let photos = Vec::new();
    Scene { ana, bo, photos }
}

/// A document of many.
pub(super) fn page(number: u8) -> LaneId {
    LaneId::new(LaneClass::Document, [number; 16])
}

/// Types at the beginning of a document, and seals that.
pub(super) fn type_in(who: &mut Resident, lane: LaneId, text: &str) -> EntryHash {
    draft_in(who, lane, text);
    order(who, Command::Seal).unwrap();
    let device = who.device();
    who.space.index().next(ChainId { lane, device }).1
}

pub(super) fn draft_in(who: &mut Resident, lane: LaneId, text: &str) {
    let Some(Reply::Session(session)) = order(who, Command::OpenEditor(lane)) else {
        panic!("no session");
    };
    let shelf = who.shelf();
    let base = who.space.document(lane, &shelf).unwrap().heads();
    let edits = vec![Edit::Insert {
        at: 1,
        text: text.to_owned(),
        marks: Marks::default(),
    }];
    let edit = Command::Edit {
        lane,
        session,
        base,
        edits,
    };
    order(who, edit).unwrap();
}

/// What one believes of the other's disk is true.
pub(super) fn believes_what_is_so(one: &Resident, other: &Resident) {
    for (_, view) in one.space.peers() {
        let index = one.space.index();
        let items = index.items().filter(|(_, item)| other.stores(item.hash));
        let held = items.count() as u64;
        assert!(view.has <= held, "{} of {}", one.name, other.name);
        assert!(!view.complete || same(one, other));
    }
}

/// Lets so many frames arrive, then those that still do.
pub(super) fn tear(
    talk: &mut Talk,
    frames: usize,
    torn: Torn,
    (ana, bo): (&mut Resident, &mut Resident),
) {
    talk.go_on_for(frames, bo, ana);
    loop {
        believes_what_is_so(ana, bo);
        believes_what_is_so(bo, ana);
        talk.queue.retain(|(dialler, _)| match torn {
            Torn::Off => false,
            Torn::ToDialler => !dialler,
            Torn::FromDialler => *dialler,
        });
        if talk.queue.is_empty() {
            return;
        }
        talk.go_on_for(1, bo, ana);
    }
}

/// Tears the link after every number of frames, in every way; gives how many frames a meeting has.
fn torn_everywhere(scene: fn() -> Scene) -> usize {
    let Scene {
        mut ana, mut bo, ..
    } = scene();
    let mut whole = Talk::begin(&mut bo, &mut ana, 100);
    let mut count = 0;
    while !whole.queue.is_empty() {
        whole.go_on_for(1, &mut bo, &mut ana);
        count += 1;
    }
    assert!(same(&ana, &bo));
    for frames in 0..=count {
        for torn in [Torn::Off, Torn::ToDialler, Torn::FromDialler] {
            let Scene {
                mut ana,
                mut bo,
                photos,
            } = scene();
            let mut talk = Talk::begin(&mut bo, &mut ana, 100);
            tear(&mut talk, frames, torn, (&mut ana, &mut bo));
            assert_eq!(talk.end(&mut bo, &mut ana).ended, None);
            // What is remembered of the torn meeting is what is on disk.
            ana.restart();
            bo.restart();
            let ended = meet(&mut bo, &mut ana, 101).ended;
            let after = format!("after {frames} of {count} frames, torn {torn:?}");
            assert_eq!(ended, None, "{after}");
            assert!(same(&ana, &bo), "{after}");
            for photo in &photos {
                for blob in [photo.preview, photo.full] {
                    assert!(has(&ana, blob) && has(&bo, blob), "{after}");
                }
            }
            believes_what_is_so(&ana, &bo);
            for who in [&mut ana, &mut bo] {
                let shelf = who.shelf();
                let alarms = who.space.carriers(&shelf).unwrap();
                assert!(alarms.iter().all(|view| view.alarms.is_empty()), "{after}");
            }
        }
    }
    count
}

#[test]
fn a_link_torn_at_any_boundary_loses_nothing_of_answers_texts_and_photos() {
    let frames = torn_everywhere(all_kinds);
    assert!(frames > 20, "{frames} frames");
}

#[test]
fn what_is_held_back_on_a_guess_is_not_said_to_be_sent() {
    let frames = torn_everywhere(two_branches);
    assert!(frames > 6, "{frames} frames");
}

/// What is remembered of another.
fn remembered(who: &Resident, other: &Resident) -> PeerRow {
    let mut rows = who.disk.peers(who.space.id()).unwrap().into_iter();
    let row = rows.find(|row| row.device == other.device());
    row.expect("it was met")
}

/// What is remembered of photos that were left to move to another and from it: how many, and bytes.
fn left(who: &Resident, other: &Resident) -> [(u64, u64); 2] {
    let row = remembered(who, other);
    [row.media_there, row.media_here]
}

#[test]
fn who_was_thanked_for_an_answer_knows_that_its_photo_is_wanted() {
    for torn in [Torn::Off, Torn::ToDialler, Torn::FromDialler] {
        for frames in 0.. {
            let (mut ana, mut bo) = pair();
            let photo = photo(&mut bo, 1, 9_000);
            let mut talk = Talk::begin(&mut bo, &mut ana, 100);
            talk.go_on_for(frames, &mut bo, &mut ana);
            let over = talk.queue.is_empty();
            tear(&mut talk, 0, torn, (&mut ana, &mut bo));
            let _ = talk.end(&mut bo, &mut ana);
            let row = remembered(&bo, &ana);
            let lacks = bo.space.index().len() as u64 - row.has;
            let there = has(&ana, photo.preview) && has(&ana, photo.full);
            assert!(
                lacks > 0 || row.media_there.0 > 0 || there,
                "it is taken to have all after {frames} frames, torn {torn:?}"
            );
            if over {
                assert!(there && lacks == 0 && frames > 10);
                break;
            }
        }
    }
}

#[test]
fn photos_that_a_torn_link_left_are_remembered_on_both_sides() {
    let (mut ana, mut bo) = pair();
    let photos: Vec<Photo> = (0..5).map(|seed| photo(&mut bo, seed, 30_000)).collect();
    let mut talk = Talk::begin(&mut bo, &mut ana, 100);
    while !has(&ana, photos[0].full) {
        assert!(!talk.queue.is_empty(), "it does not come");
        talk.go_on_for(1, &mut bo, &mut ana);
    }
    // A device may end before its link does, so it is on the disk already.
    assert!(left(&ana, &bo)[1].0 > 0 && left(&bo, &ana)[0].0 > 0);
    assert_eq!(talk.end(&mut bo, &mut ana).ended, None);
    let [there, (count, bytes)] = left(&ana, &bo);
    assert_eq!((there, count), ((0, 0), 4));
    assert!(bytes > 60_000 && bytes <= 4 * 30_000, "{bytes}");
    assert!(left(&bo, &ana)[0].0 >= 4);
    assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
    assert!(photos.iter().all(|one| has(&ana, one.full)));
    for (who, other) in [(&ana, &bo), (&bo, &ana)] {
        assert_eq!(left(who, other), [(0, 0); 2], "{}", who.name);
    }
}

/// The disk of somebody, with one entry less.
fn disk_without(gone: EntryHash, who: &Resident) -> Store {
    let (id, shelf) = (who.space.id(), who.shelf());
    let mut writes = Vec::new();
    let each = &mut |signed: Signed, state| {
        let hash = signed.unchecked().hash();
        if hash != gone {
            let payload = shelf.payload(hash).unwrap().unwrap();
            writes.push(Write::Entry {
                signed,
                payload,
                state,
            });
        }
    };
    shelf.entries(each).unwrap();
    let disk = Store::in_memory().unwrap();
    disk.persist(id, &writes).unwrap();
    disk
}

#[test]
fn what_cannot_be_read_from_the_disk_is_not_said_to_be_sent() {
    let (mut ana, mut bo) = pair();
    let said: Vec<EntryHash> = (0..4).map(|number| say(&mut ana, number)).collect();
    let whole = ana.disk.clone();
    ana.disk = disk_without(said[2], &ana);
    let mut talk = Talk::begin(&mut bo, &mut ana, 100);
    talk.go_on(&mut bo, &mut ana);
    let came: Vec<bool> = said.iter().map(|entry| bo.stores(*entry)).collect();
    assert_eq!(came, [true, true, false, false]);
    let view = |who: &Resident| who.space.peers().next().unwrap().1;
    assert!(!view(&ana).complete && view(&ana).lacks == 2);
    assert!(!view(&bo).complete && view(&bo).missing_here == 2);
    assert_eq!(talk.end(&mut bo, &mut ana).ended, None);
    // The card is back in its slot: the next meeting brings it.
    ana.disk = whole;
    assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
    assert!(same(&ana, &bo));
}

#[test]
fn an_entry_that_the_disk_does_not_give_ends_no_link_and_is_not_said_to_be_sent() {
    for wear in [Wear::Signed, Wear::Payload, Wear::Gone, Wear::Altered] {
        let (mut ana, mut bo) = pair();
        let said: Vec<EntryHash> = (0..4).map(|number| say(&mut ana, number)).collect();
        // Another chain goes on behind the one that is worn out.
        let page = LaneId::new(LaneClass::Process, [7; 16]);
        let other = say_in(&mut ana, page, 9);
        ana.worn.insert(said[2], wear);
        let mut talk = Talk::begin(&mut bo, &mut ana, 100);
        talk.go_on(&mut bo, &mut ana);
        assert_eq!(talk.ended, None, "{wear:?}");
        let came: Vec<bool> = said.iter().map(|entry| bo.stores(*entry)).collect();
        assert_eq!(came, [true, true, false, false], "{wear:?}");
        assert!(bo.stores(other), "{wear:?}");
        let view = |who: &Resident| who.space.peers().next().unwrap().1;
        assert!(!view(&ana).complete && view(&ana).lacks == 2, "{wear:?}");
        assert!(!view(&bo).complete && view(&bo).missing_here == 2);
        // What follows it is tried in vain, and what the other one says comes.
        let later = say_on(&mut talk, false, &mut ana, 5);
        let theirs = say_on(&mut talk, true, &mut bo, 6);
        talk.go_on(&mut bo, &mut ana);
        assert!(!bo.stores(later) && ana.stores(theirs), "{wear:?}");
        assert_eq!(talk.end(&mut bo, &mut ana).ended, None);
        ana.worn.clear();
        assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
        assert!(same(&ana, &bo), "{wear:?}");
    }
}
