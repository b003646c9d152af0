//! Disks that wear out and disks that fail for a moment, in the middle of a meeting: what cannot be read
//! holds nothing else up, nobody takes it that the other has what is not on its disk, and the next meeting
//! brings the rest.

use majlis_core::admission::{Missing, State};
use majlis_core::blob::Photo;
use majlis_core::effect::PeerRow;
use majlis_core::id::{EntryHash, PayloadHash};
use majlis_core::membership::Rank;
use majlis_core::shelf::{Shelf as _, ShelfError};
use majlis_core::space::{Command, CommandError, Input, Reply};
use majlis_core::sync::session::PeerView;
use majlis_tests::town::{Fate, Resident, Wear};

use super::media::{has, photo};
use super::torn::{Scene, Torn, believes_what_is_so, draft_in, page, tear, type_in};
use super::{Talk, invite, joiner, meet, order, pair, same, say};

/// The ways in which a text is lost.
pub(super) const LOST: [Wear; 3] = [Wear::Payload, Wear::Gone, Wear::Altered];

/// What one knows of the other on the link between them.
fn view(who: &Resident) -> PeerView {
    who.space.peers().next().unwrap().1
}

/// What is remembered of the only other one.
fn remembered(who: &Resident) -> PeerRow {
    let mut rows = who.disk.peers(who.space.id()).unwrap().into_iter();
    rows.next().expect("it was met")
}

/// One more member.
pub(super) fn another(ana: &mut Resident, number: u8) -> Resident {
    let ticket = invite(ana, 50 + number, 9);
    let mut one = joiner(ana, number, ticket, 50 + number);
    assert_eq!(meet(&mut one, ana, 50).ended, None);
    one
}

/// Has a member sign checkpoints, as soon as that is known to them.
pub(super) fn lets_sign(ana: &mut Resident, who: &Resident) {
    let (device, rank) = (who.device(), Rank::Facilitator);
    order(ana, Command::SetRank { device, rank }).unwrap();
}

/// The card is back in its slot, and the program started anew.
pub(super) fn mend(who: &mut Resident) {
    who.worn.clear();
    who.restart();
    order(who, Command::Reconsider).unwrap();
}

/// Says that a member can neither change nor sign the text.
fn is_told_so(who: &mut Resident, wear: Wear) {
    let lane = page(4);
    let Some(Reply::Session(session)) = order(who, Command::OpenEditor(lane)) else {
        panic!("no session");
    };
    let title = Command::SetTitle {
        lane,
        session,
        title: "The well".to_owned(),
    };
    for command in [title, Command::Checkpoint(lane)] {
        let reply = who.step(Input::Command(command), 0, Fate::Lives).reply;
        let is_told = matches!(reply, Some(Err(CommandError::Unreadable)));
        assert!(is_told, "{wear:?}: {reply:?}");
    }
    assert_eq!(who.space.unsealed(), 0);
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
    for wear in LOST {
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
    // It is back in the own text too, and nobody needs to write there for that.
    mend(&mut bo);
    let waits = |state| matches!(state, State::Waiting(_));
    assert!(!bo.space.index().items().any(|(_, item)| waits(item.state)));
    assert_eq!(text(&mut bo), text(&mut ana));
}

#[test]
fn what_was_written_apart_from_a_lost_text_waits_for_it_and_is_not_saved_over_it() {
    for wear in LOST {
        let (mut ana, mut bo) = pair();
        let mut cy = another(&mut ana, 4);
        let lost = type_in(&mut ana, page(4), "The well is dry. ");
        assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
        bo.restart();
        bo.worn.insert(lost, wear);
        let apart = type_in(&mut cy, page(4), "Present: 34. ");
        assert_eq!(meet(&mut cy, &mut ana, 101).ended, None);
        assert_eq!(meet(&mut bo, &mut ana, 102).ended, None);
        let waits = State::Waiting(Missing::Changes);
        assert_eq!(bo.space.state_of(apart), Some(waits), "{wear:?}");
        order(&mut bo, Command::Seal).unwrap();
        mend(&mut bo);
        for entry in [lost, apart] {
            assert_eq!(bo.space.state_of(entry), Some(State::Admitted), "{wear:?}");
        }
        assert_eq!(text(&mut bo), text(&mut ana), "{wear:?}");
    }
}

#[test]
fn a_removal_is_taken_in_where_a_text_by_who_goes_cannot_be_read() {
    for wear in LOST {
        let (mut ana, mut bo) = pair();
        lets_sign(&mut ana, &bo);
        let mut cy = another(&mut ana, 4);
        let lost = type_in(&mut cy, page(4), "The well is dry. ");
        assert_eq!(meet(&mut cy, &mut ana, 100).ended, None);
        assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
        // Ana does not know of this when she removes Cy: it is set aside, and the text made anew.
        let after = type_in(&mut cy, page(4), "The pump is broken. ");
        assert_eq!(meet(&mut bo, &mut cy, 102).ended, None);
        assert_eq!(bo.space.state_of(after), Some(State::Admitted));
        bo.restart();
        bo.worn.insert(lost, wear);
        let (device, reason) = (cy.device(), "left".to_owned());
        order(&mut ana, Command::Remove { device, reason }).unwrap();
        let said = say(&mut ana, 1);
        assert_eq!(meet(&mut bo, &mut ana, 103).ended, None);
        assert_eq!(bo.space.roster().rank(device), None);
        assert!(bo.stores(said), "{wear:?}");
        let waits = State::Waiting(Missing::Payload);
        assert_eq!(bo.space.state_of(lost), Some(waits), "{wear:?}");
        // What the others wrote is not shown as if it were the text.
        let shelf = bo.shelf();
        let shown = bo.space.document(page(4), &shelf).err();
        assert!(matches!(shown, Some(ShelfError::Damaged(_))), "{wear:?}");
        is_told_so(&mut bo, wear);
        mend(&mut bo);
        assert_eq!(bo.space.state_of(lost), Some(State::Admitted), "{wear:?}");
        assert_eq!(text(&mut bo), text(&mut ana));
    }
}

#[test]
fn who_signs_a_text_that_cannot_be_read_here_is_not_accused() {
    for wear in LOST {
        let (mut ana, mut bo) = pair();
        let lost = type_in(&mut ana, page(4), "The well is dry. ");
        assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
        bo.restart();
        bo.worn.insert(lost, wear);
        order(&mut ana, Command::Checkpoint(page(4))).unwrap();
        assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
        assert!(same(&ana, &bo) && bo.space.seen().is_empty(), "{wear:?}");
    }
}

#[test]
fn a_text_that_cannot_be_read_here_is_neither_changed_nor_signed() {
    for wear in LOST {
        let (mut ana, mut bo) = pair();
        lets_sign(&mut ana, &bo);
        let lost = type_in(&mut ana, page(4), "The well is dry. ");
        assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
        bo.restart();
        bo.worn.insert(lost, wear);
        is_told_so(&mut bo, wear);
        mend(&mut bo);
        order(&mut bo, Command::Checkpoint(page(4))).unwrap();
        assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
        assert!(same(&ana, &bo) && ana.space.seen().is_empty());
    }
}

/// Much that does not compress, different each time.
fn long(number: u64) -> String {
    let hashes = (number * 1_000..).map(|at| PayloadHash::of(&at.to_be_bytes()));
    let letters = hashes.flat_map(|hash| {
        let (pairs, _) = hash.as_bytes().as_chunks::<2>();
        let letter = |pair: &[u8; 2]| 0x4e00 + u32::from(u16::from_be_bytes(*pair)) % 0x5000;
        let letters = pairs.iter().map(letter).filter_map(char::from_u32);
        letters.collect::<Vec<char>>()
    });
    letters.take(16_000).collect()
}

#[test]
fn a_long_text_that_could_not_be_signed_is_not_due_again_at_once() {
    let (mut ana, mut bo) = pair();
    lets_sign(&mut ana, &bo);
    for number in 0..6 {
        type_in(&mut ana, page(4), &long(number));
    }
    assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
    order(&mut bo, Command::Seal).unwrap();
    let lost = type_in(&mut ana, page(4), "The well is dry. ");
    assert_eq!(meet(&mut bo, &mut ana, 101).ended, None);
    bo.restart();
    bo.worn.insert(lost, Wear::Payload);
    assert_eq!(bo.space.due_checkpoints(), [page(4)]);
    assert!(order(&mut bo, Command::Checkpoint(page(4))).is_none());
    assert_eq!(bo.space.due_checkpoints(), []);
}

#[test]
fn a_text_that_cannot_be_read_is_read_once_however_many_wait_for_it() {
    let (mut ana, mut bo) = pair();
    let mut others: Vec<Resident> = (4..10).map(|number| another(&mut ana, number)).collect();
    let mut lost = EntryHash::ZERO;
    for _ in 0..20 {
        lost = type_in(&mut ana, page(4), "Dry. ");
    }
    assert_eq!(meet(&mut bo, &mut ana, 100).ended, None);
    bo.restart();
    bo.worn.insert(lost, Wear::Payload);
    for (other, link) in others.iter_mut().zip(200..) {
        type_in(other, page(4), "Present. ");
        assert_eq!(meet(other, &mut ana, link).ended, None);
    }
    assert_eq!(meet(&mut bo, &mut ana, 300).ended, None);
    bo.failing.reads();
    order(&mut bo, Command::Reconsider).unwrap();
    let reads = bo.failing.reads();
    assert!((20..60).contains(&reads), "{reads} reads");
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
