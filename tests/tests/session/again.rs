//! Meetings of two who met before, of two with much in common, and over links that break.

use majlis_core::document::{Edit, Marks};
use majlis_core::id::{LaneClass, LaneId};
use majlis_core::shelf::Shelf as _;
use majlis_core::space::{Command, Input, Reply};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_tests::town::{Fate, Resident};

use super::{Talk, copy, founder, invite, joiner, meet, order, pair, same, say, say_in, say_on};

#[test]
fn nothing_new_costs_little_and_sends_no_entry() {
    let (mut ana, mut bo) = pair();
    for number in 0..40 {
        say(&mut ana, number);
    }
    assert_eq!(meet(&mut ana, &mut bo, 2).entries, 40);
    let quiet = meet(&mut ana, &mut bo, 3);
    assert_eq!(quiet.entries, 0);
    assert!(quiet.bytes < 120, "{} bytes", quiet.bytes);
    assert_eq!(quiet.frames, 2, "one opening from each side, and no more");
    say(&mut bo, 99);
    let one = meet(&mut ana, &mut bo, 4);
    assert_eq!(one.entries, 1);
    assert!(same(&ana, &bo));
    // After a restart as well: what is remembered is on disk.
    ana.restart();
    bo.restart();
    let quiet = meet(&mut ana, &mut bo, 5);
    assert_eq!((quiet.entries, quiet.frames), (0, 2));
}

#[test]
fn news_for_a_known_peer_cost_the_same_however_much_is_held() {
    let mut costs = Vec::new();
    for devices in [3, 40] {
        let (mut ana, mut bo) = pair();
        let ticket = invite(&mut ana, 60, 200);
        for number in 0..devices {
            let mut other = joiner(&ana, 100 + number, ticket, 60);
            meet(&mut other, &mut ana, 1_000 + u64::from(number));
            say(&mut other, number);
            meet(&mut other, &mut ana, 2_000 + u64::from(number));
        }
        meet(&mut ana, &mut bo, 3);
        assert!(same(&ana, &bo));
        say(&mut ana, 9);
        let talk = meet(&mut bo, &mut ana, 4);
        assert_eq!(talk.entries, 1);
        assert!(same(&ana, &bo));
        costs.push(talk.bytes);
    }
    assert!(costs[1] < costs[0] + 20 && costs[1] < 600, "{costs:?}");
}

#[test]
fn a_cut_link_costs_only_what_was_on_its_way() {
    let (mut ana, mut bo) = pair();
    meet(&mut ana, &mut bo, 2);
    for number in 0..400 {
        say(&mut bo, (number % 200) as u8);
    }
    // The link breaks after so many frames, again and again; what arrived is not sent again.
    let (mut entries, mut meetings) = (0, 0);
    while !same(&ana, &bo) {
        meetings += 1;
        assert!(meetings < 200, "it gets nowhere");
        let mut talk = Talk::begin(&mut bo, &mut ana, 100 + meetings);
        talk.go_on_for(6, &mut bo, &mut ana);
        entries += talk.arrived;
        let _ = talk.end(&mut bo, &mut ana);
        if meetings % 3 == 0 {
            ana.restart();
        }
    }
    assert!(meetings > 2, "it was cut");
    assert_eq!(entries, 400, "every entry arrived once");
}

#[test]
fn what_came_from_somebody_else_since_is_not_sent_again() {
    let (mut ana, mut bo) = pair();
    let ticket = invite(&mut ana, 61, 9);
    let mut cy = joiner(&ana, 4, ticket, 61);
    meet(&mut cy, &mut ana, 9);
    meet(&mut ana, &mut bo, 10);
    meet(&mut bo, &mut cy, 11);
    for number in 0..30 {
        say(&mut ana, number);
    }
    assert_eq!(meet(&mut ana, &mut bo, 12).entries, 30);
    assert_eq!(meet(&mut bo, &mut cy, 13).entries, 30);
    // Both know the thirty, and neither knows that of the other.
    assert_eq!(meet(&mut ana, &mut cy, 14).entries, 0);
}

#[test]
fn who_does_not_remember_the_other_is_introduced_again() {
    let (mut ana, mut bo) = pair();
    meet(&mut ana, &mut bo, 2);
    say(&mut bo, 1);
    // Bo's tablet is set up anew from an old copy: it remembers nobody.
    let mut twin = copy(&bo);
    let talk = meet(&mut twin, &mut ana, 3);
    assert_eq!(talk.ended, None);
    assert!(same(&ana, &twin));
    let (mut ana, mut bo) = pair();
    meet(&mut ana, &mut bo, 2);
    let mut fresh = copy(&ana);
    say(&mut bo, 2);
    let talk = meet(&mut bo, &mut fresh, 4);
    assert_eq!(talk.ended, None);
    assert!(same(&fresh, &bo));
}

#[test]
fn a_store_from_an_old_copy_is_not_taken_for_the_one_that_was_read() {
    let (mut ana, mut bo) = pair();
    let ticket = invite(&mut ana, 62, 9);
    let mut cy = joiner(&ana, 4, ticket, 62);
    meet(&mut cy, &mut ana, 9);
    meet(&mut bo, &mut ana, 10);
    let mut old = copy(&ana);
    for number in 0..5 {
        say(&mut bo, number);
    }
    meet(&mut bo, &mut ana, 11);
    meet(&mut bo, &mut ana, 12);
    // Ana's store is lost; the old copy grows to the same length by other entries.
    for number in 10..18 {
        say(&mut cy, number);
    }
    meet(&mut cy, &mut old, 13);
    let talk = meet(&mut bo, &mut old, 14);
    assert_eq!(talk.ended, None);
    assert!(same(&old, &bo), "by comparing anew");
    assert_eq!(talk.entries, 13, "five one way and eight the other");
}

#[test]
fn two_with_many_chains_compare_them_instead_of_listing() {
    let mut ana = founder();
    let ticket = invite(&mut ana, 63, 9);
    let mut cy = joiner(&ana, 5, ticket, 63);
    let mut dara = joiner(&ana, 6, ticket, 63);
    meet(&mut cy, &mut ana, 1);
    meet(&mut dara, &mut ana, 2);
    for number in 0..700 {
        say_in(&mut ana, nth(number), 1);
    }
    // Two who hold the same from somebody else, each with a little of its own, meet first.
    for (link, who, own) in [(3, &mut cy, 0..5), (4, &mut dara, 100..104)] {
        meet(who, &mut ana, link);
        for number in own {
            say_in(who, nth(number), 2);
        }
    }
    let talk = meet(&mut cy, &mut dara, 5);
    assert!(same(&cy, &dara));
    assert_eq!(talk.compared, 2, "membership and content, by comparing");
    assert_eq!(talk.entries, 9, "five answers one way and four the other");
    assert!(talk.bytes < 9_000, "{} bytes", talk.bytes);
}

#[test]
fn who_can_resume_meets_somebody_to_whom_too_much_came_to_resume() {
    let mut ana = founder();
    let ticket = invite(&mut ana, 63, 9);
    let mut cy = joiner(&ana, 5, ticket, 63);
    let mut dara = joiner(&ana, 6, ticket, 63);
    for number in 0..700 {
        say_in(&mut ana, nth(number), 1);
    }
    for link in [1, 3] {
        meet(&mut cy, &mut ana, link);
        meet(&mut dara, &mut ana, link + 1);
    }
    meet(&mut cy, &mut dara, 5);
    // Since then the one got more chains than are worth listing, and the other a few.
    for number in 1_000..1_450 {
        say_in(&mut ana, nth(number), 2);
    }
    meet(&mut cy, &mut ana, 6);
    say_in(&mut dara, nth(3), 3);
    for (dials, link) in [(true, 7), (false, 8)] {
        let (mut one, mut two) = (copy(&cy), copy(&dara));
        let talk = if dials {
            meet(&mut one, &mut two, link)
        } else {
            meet(&mut two, &mut one, link)
        };
        assert_eq!(talk.ended, None);
        assert!(same(&one, &two), "dials: {dials}");
    }
    let talk = meet(&mut cy, &mut dara, 9);
    assert_eq!(talk.ended, None);
    assert!(same(&cy, &dara));
    assert_eq!(talk.entries, 451, "nothing is sent that was there");
}

/// A lane of many.
fn nth(number: u16) -> LaneId {
    let mut fresh = [9; 16];
    fresh[1..3].copy_from_slice(&number.to_be_bytes());
    LaneId::new(LaneClass::Process, fresh)
}

#[test]
fn a_long_document_does_not_delay_an_answer() {
    let (mut ana, mut bo) = pair();
    meet(&mut ana, &mut bo, 2);
    let page = LaneId::new(LaneClass::Document, [4; 16]);
    let session = match order(&mut ana, Command::OpenEditor(page)) {
        Some(Reply::Session(session)) => session,
        other => panic!("no session: {other:?}"),
    };
    for round in 0..40_u32 {
        write_noise(&mut ana, page, session, round);
    }
    order(&mut ana, Command::Seal);
    let mut talk = Talk::begin(&mut ana, &mut bo, 3);
    talk.go_on_for(9, &mut ana, &mut bo);
    assert!(!same(&ana, &bo), "it is long");
    let answer = say_on(&mut talk, true, &mut ana, 7);
    let mut waited = 0;
    while !bo.stores(answer) {
        waited += 1;
        talk.go_on_for(1, &mut ana, &mut bo);
        assert!(waited < 200);
    }
    assert!(!same(&ana, &bo), "the document is still on its way");
    talk.go_on(&mut ana, &mut bo);
    assert!(same(&ana, &bo));
}

/// Writes two thousand letters that do not compress.
fn write_noise(who: &mut Resident, lane: LaneId, session: u32, seed: u32) {
    let mut rng = fastrand::Rng::with_seed(u64::from(seed));
    let text: String = (0..2_000).map(|_| rng.alphanumeric()).collect();
    let base = {
        let shelf = who.shelf();
        who.space.document(lane, &shelf).unwrap().heads()
    };
    let edits = vec![Edit::Insert {
        at: 1,
        text,
        marks: Marks::default(),
    }];
    let edit = Command::Edit {
        lane,
        session,
        base,
        edits,
    };
    let reply = who.step(Input::Command(edit), 0, Fate::Lives).reply;
    assert!(matches!(reply, Some(Ok(_))), "{reply:?}");
}

#[test]
fn a_link_that_rests_goes_on_with_whatever_comes() {
    let (mut ana, mut bo) = pair();
    for number in 0..9 {
        say(&mut ana, number);
    }
    let mut talk = Talk::begin(&mut ana, &mut bo, 2);
    talk.go_on(&mut ana, &mut bo);
    let complete = |one: &Resident| {
        let (_, view) = one.space.peers().next().unwrap();
        (view.complete, view.lacks, view.has) == (true, 0, one.space.index().len() as u64)
    };
    assert!(complete(&ana) && complete(&bo));
    // New things on old chains and new ones, one way and the other, and all at once.
    for round in 0..6 {
        say_on(&mut talk, true, &mut ana, round);
        if round % 2 == 0 {
            say_on(&mut talk, false, &mut bo, round);
        }
        assert!(!complete(&ana), "it is not there yet");
        talk.go_on(&mut ana, &mut bo);
        assert!(same(&ana, &bo));
        assert!(complete(&ana) && complete(&bo), "round {round}");
    }
    // What is known already may come again from the other side.
    let run = carried(&ana);
    talk.give(false, &mut bo, Input::Carried { run });
    talk.go_on(&mut ana, &mut bo);
    assert!(complete(&ana) && complete(&bo));
    assert_eq!(talk.entries, 9 + 6 + 3, "and nothing went over twice");
}

#[test]
fn what_somebody_else_brings_meanwhile_is_waited_for() {
    // On a link that began with differences, and on one that began with none.
    for quiet in [false, true] {
        let (mut ana, mut bo) = pair();
        let ticket = invite(&mut ana, 64, 9);
        let mut cy = joiner(&ana, 5, ticket, 64);
        meet(&mut cy, &mut ana, 2);
        if quiet {
            meet(&mut bo, &mut ana, 3);
        }
        for number in 0..100 {
            say(&mut cy, number);
        }
        let mut talk = Talk::begin(&mut bo, &mut ana, 4);
        talk.go_on(&mut bo, &mut ana);
        let view = |who: &Resident| who.space.peers().next().unwrap().1;
        assert!(view(&ana).complete && view(&bo).complete);
        let run = carried(&cy);
        talk.give(false, &mut ana, Input::Carried { run });
        let mut arrived = 0;
        while !same(&ana, &bo) {
            assert!(!talk.queue.is_empty(), "it does not come");
            talk.go_on_for(1, &mut bo, &mut ana);
            arrived += 1;
            assert!(!view(&bo).complete || same(&ana, &bo), "{arrived} frames");
        }
        assert!(arrived > 3, "it comes in several runs");
        talk.go_on(&mut bo, &mut ana);
        for who in [&ana, &bo] {
            assert!(view(who).complete && view(who).missing_here == 0);
        }
        // The same again: nothing of it is taken to be on its way.
        let mine = say_on(&mut talk, false, &mut ana, 7);
        talk.go_on(&mut bo, &mut ana);
        assert!(bo.stores(mine) && view(&ana).complete && view(&bo).complete);
    }
}

/// Everything somebody holds, as a carry file has it.
fn carried(who: &Resident) -> Vec<u8> {
    let shelf = who.shelf();
    let mut writer = RunWriter::default();
    for (_, item) in who.space.index().items() {
        writer.push(&Carried {
            signed: shelf.signed(item.hash).unwrap().unwrap(),
            payload: shelf.payload(item.hash).unwrap(),
        });
    }
    writer.take()
}
