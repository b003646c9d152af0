//! Where hostile entries stand is a function of the entries held: every order of arrival is tried,
//! and what is held on the way is compared as well. Not here: what is refused and why
//! (`hostile_space`), many replicas over links (the town in `tests`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    reason = "tests say what they expect; the scene is shared with tests that use more of it"
)]

#[path = "hostile/scene.rs"]
mod scene;
#[path = "hostile/village.rs"]
mod village;

use std::collections::BTreeMap;

use automerge::{ActorId, ChangeHash, ExpandedChange};
use majlis_core::admission::{Aside, Missing, Refusal, State};
use majlis_core::document::Document;
use majlis_core::gate::GateRefusal;
use majlis_core::id::DeviceId;
use majlis_core::sync::wire::Carried;
use scene::{SESSION, Scene, bytes, copy, insert, lane, letter, take};
use village::{Chain, Village};

const WAITS: State = State::Waiting(Missing::Changes);

const fn refused(reason: GateRefusal) -> State {
    State::Refused(Refusal::Gate(reason.code()))
}

/// Takes the entries in, one by one, in every order there is. Whoever holds the same, whichever way
/// it came, must have it stand alike and read the same; gives where everything stands at the end.
fn every_order(village: &Village, entries: &[&Carried]) -> Vec<State> {
    let mut seen = BTreeMap::new();
    let mut order: Vec<usize> = (0..entries.len()).collect();
    loop {
        let mut reader = village.reader();
        reader.take(&village.membership);
        for at in &order {
            reader.take(std::slice::from_ref(entries[*at]));
            let states = reader.states(entries);
            let held: Vec<bool> = states.iter().map(Option::is_some).collect();
            let now = (states, reader.document().heads());
            let first = seen.entry(held).or_insert_with(|| now.clone());
            assert_eq!(*first, now, "after {order:?} up to {at}");
        }
        if !next_order(&mut order) {
            break;
        }
    }
    let (states, _) = &seen[&vec![true; entries.len()]];
    states.iter().copied().map(Option::unwrap).collect()
}

/// The next order of numbers; whether there is one.
fn next_order(order: &mut [usize]) -> bool {
    let Some(at) = (1..order.len()).rev().find(|at| order[at - 1] < order[*at]) else {
        return false;
    };
    let pivot = order[at - 1];
    let swap = (at..order.len())
        .rev()
        .find(|other| order[*other] > pivot)
        .unwrap();
    order.swap(at - 1, swap);
    order[at..].reverse();
    true
}

/// Typing of a device in a document, before everything there.
fn typing(document: &Document, device: DeviceId, text: &str) -> ExpandedChange {
    let scene = Scene {
        document: copy(document),
        mal: device,
    };
    scene.change(vec![insert(&scene.body(), &scene.element(0), letter(text))])
}

fn after(change: ExpandedChange, seq: u64) -> ExpandedChange {
    ExpandedChange { seq, ..change }
}

/// A copy of the document with changes of a device.
fn with(document: &Document, device: DeviceId, changes: &[&ExpandedChange]) -> Document {
    let mut document = copy(document);
    let changes = changes.iter().map(|change| bytes((*change).clone()));
    take(&mut document, device, SESSION, changes.collect()).unwrap();
    document
}

fn empty() -> Document {
    Document::new(lane())
}

#[test]
fn what_an_entry_says_by_itself_is_asked_before_what_its_chain_waits_for() {
    let mut village = Village::new();
    let anas = village.ana_writes("The well is dry");
    let mut writer = village.reader();
    writer.take(&village.membership);
    writer.take(std::slice::from_ref(&anas));
    let mal = village.mal();
    let mut chain = Chain::new(&village);
    let first = chain.next(vec![bytes(typing(&writer.document(), mal, "a"))]);
    let foreign = ExpandedChange {
        actor_id: ActorId::from(&[7; 16][..]),
        ..typing(&empty(), mal, "b")
    };
    let foreign = chain.next(vec![bytes(foreign)]);
    let noise = chain.next_of(vec![1, 2, 3]);
    let newer = chain.next_of(vec![9, 2, 3]);
    // Two changes that are not one run.
    let twice = bytes(typing(&empty(), mal, "c"));
    let twice = chain.next(vec![twice.clone(), twice]);
    let mut reader = village.reader();
    reader.take(&village.membership);
    let all = [&first, &foreign, &noise, &newer, &twice];
    all.iter()
        .for_each(|entry| reader.take(std::slice::from_ref(entry)));
    let alone = [
        refused(GateRefusal::WrongActor),
        State::Refused(Refusal::Malformed),
        State::Unknown,
        refused(GateRefusal::WrongPosition),
    ];
    let states: Vec<State> = reader.states(&all).into_iter().flatten().collect();
    assert_eq!((states[0], &states[1..]), (WAITS, &alone[..]));

    let ends = every_order(&village, &[&anas, &first, &foreign, &noise, &newer, &twice]);
    assert_eq!(ends[..2], [State::Admitted; 2]);
    assert_eq!(ends[2..], alone);
}

#[test]
fn what_is_refused_lets_nobody_past_what_waits() {
    let mut village = Village::new();
    let anas = village.ana_writes("The well is dry");
    let mut writer = village.reader();
    writer.take(&village.membership);
    writer.take(std::slice::from_ref(&anas));
    let mal = village.mal();
    let mut chain = Chain::new(&village);
    let first = chain.next(vec![bytes(typing(&writer.document(), mal, "a"))]);
    let noise = chain.next_of(vec![1, 2, 3]);
    // At the position of the first, and all it builds on is here from the beginning.
    let second = chain.next(vec![bytes(typing(&empty(), mal, "b"))]);
    let ends = every_order(&village, &[&anas, &first, &noise, &second]);
    let expected = [
        State::Admitted,
        State::Admitted,
        State::Refused(Refusal::Malformed),
        refused(GateRefusal::WrongPosition),
    ];
    assert_eq!(ends, expected);
}

/// A member who was removed, whose later entry at the same position was adopted, and an accomplice.
struct Outcast {
    village: Village,
    /// The change of the entry that is set aside.
    lost: ExpandedChange,
    aside: Carried,
    adopted: Carried,
    accomplice: DeviceId,
    chain: Chain,
}

fn outcast(adopted: impl FnOnce(DeviceId, &ExpandedChange) -> Vec<ExpandedChange>) -> Outcast {
    let mut village = Village::new();
    let (accomplice, chain) = Chain::of_accomplice(&mut village, 1);
    let mal = village.mal();
    let mut own = Chain::new(&village);
    let lost = typing(&empty(), mal, "a");
    let aside = own.next(vec![bytes(lost.clone())]);
    let adopted = own.next(adopted(mal, &lost).into_iter().map(bytes).collect());
    let removal = village.removes(mal);
    let adoption = village.adopts(&[&aside, &adopted], &adopted);
    village.membership.extend([removal, adoption]);
    Outcast {
        village,
        lost,
        aside,
        adopted,
        accomplice,
        chain,
    }
}

#[test]
fn for_what_is_refused_nothing_is_carried() {
    let mut scene = outcast(|mal, _| vec![typing(&empty(), mal, "b")]);
    let mal = scene.village.mal();
    let built = with(&empty(), mal, &[&scene.lost]);
    let late = ExpandedChange {
        seq: 5,
        ..typing(&built, scene.accomplice, "c")
    };
    let late = scene.chain.next(vec![bytes(late)]);
    let ends = every_order(&scene.village, &[&scene.aside, &scene.adopted, &late]);
    let expected = [
        State::Quarantined(Aside::Removed),
        State::Admitted,
        refused(GateRefusal::WrongPosition),
    ];
    assert_eq!(ends, expected);
}

#[test]
fn what_was_carried_for_somebody_who_is_out_gives_its_place_back() {
    let mut scene = outcast(|mal, _| vec![typing(&empty(), mal, "b")]);
    let mal = scene.village.mal();
    let built = with(&empty(), mal, &[&scene.lost]);
    let follower = typing(&built, scene.accomplice, "c");
    // It builds on something else too, which nobody has.
    let nowhere = ChangeHash([200; 32]);
    let mut deps = follower.deps.clone();
    deps.push(nowhere);
    deps.sort_unstable();
    let waiting = scene
        .chain
        .next(vec![bytes(ExpandedChange { deps, ..follower })]);
    let removal = scene.village.removes(scene.accomplice);
    let all = [&scene.aside, &scene.adopted, &waiting, &removal];
    let ends = every_order(&scene.village, &all);
    let removed = State::Quarantined(Aside::Removed);
    assert_eq!(ends[..3], [removed, State::Admitted, removed]);
}

#[test]
fn of_one_change_in_two_entries_that_are_set_aside_both_are_carried() {
    let mut scene = outcast(|mal, lost| {
        vec![lost.clone(), {
            let document = with(&empty(), mal, &[lost]);
            after(typing(&document, mal, "z"), 2)
        }]
    });
    let mal = scene.village.mal();
    // The adoption does not travel here: both entries stay aside.
    scene.village.membership.pop();
    let built = with(&empty(), mal, &[&scene.lost]);
    let follower = scene
        .chain
        .next(vec![bytes(typing(&built, scene.accomplice, "c"))]);
    let ends = every_order(&scene.village, &[&scene.aside, &scene.adopted, &follower]);
    assert_eq!(ends, [State::Carried, State::Carried, State::Admitted]);
}

#[test]
fn what_waits_is_no_reason_not_to_carry_what_it_states() {
    // The adopted entry states the lost change again, and one that builds on what comes later.
    let mut scene = outcast(|mal, lost| {
        let document = with(&empty(), mal, &[lost]);
        let more = after(typing(&document, mal, "z"), 2);
        let mut deps = more.deps.clone();
        deps.push(ChangeHash([200; 32]));
        deps.sort_unstable();
        vec![lost.clone(), ExpandedChange { deps, ..more }]
    });
    let mal = scene.village.mal();
    let built = with(&empty(), mal, &[&scene.lost]);
    let follower = scene
        .chain
        .next(vec![bytes(typing(&built, scene.accomplice, "c"))]);
    let ends = every_order(&scene.village, &[&scene.aside, &scene.adopted, &follower]);
    assert_eq!(ends, [State::Carried, WAITS, State::Admitted]);
}

#[test]
fn what_is_adopted_and_builds_on_what_others_built_on_it_is_taken() {
    // The change that the adopted entry adds builds on the accomplice's, and that on the lost one.
    let mut village = Village::new();
    let (accomplice, mut chain) = Chain::of_accomplice(&mut village, 1);
    let mal = village.mal();
    let lost = typing(&empty(), mal, "a");
    let built = with(&empty(), mal, &[&lost]);
    let follower = typing(&built, accomplice, "c");
    let later = with(&built, accomplice, &[&follower]);
    let more = after(typing(&later, mal, "z"), 2);
    let mut deps = more.deps.clone();
    deps.extend(built.heads());
    deps.sort_unstable();
    let more = ExpandedChange { deps, ..more };
    let mut own = Chain::new(&village);
    let aside = own.next(vec![bytes(lost.clone())]);
    let adopted = own.next(vec![bytes(lost), bytes(more)]);
    let follower = chain.next(vec![bytes(follower)]);
    let removal = village.removes(mal);
    let adoption = village.adopts(&[&aside, &adopted], &adopted);
    village.membership.push(removal);
    let ends = every_order(&village, &[&aside, &adopted, &follower, &adoption]);
    let expected = [State::Carried, State::Admitted, State::Admitted];
    assert_eq!(ends[..3], expected);
}

#[test]
fn work_whose_warrant_comes_late_is_not_overtaken() {
    // The lane is made anew on the way, for the sake of what is carried.
    let mut scene = outcast(|mal, _| vec![typing(&empty(), mal, "b")]);
    let built = with(&empty(), scene.village.mal(), &[&scene.lost]);
    let follower = typing(&built, scene.accomplice, "c");
    let follower = scene.chain.next(vec![bytes(follower)]);

    let (other, mut chain) = Chain::of_accomplice(&mut scene.village, 2);
    let promotion = scene.village.promotes(other);
    let first = chain.next_under(&promotion, vec![bytes(typing(&empty(), other, "d"))]);
    let second = chain.next(vec![bytes(typing(&empty(), other, "e"))]);
    let mut reader = scene.village.reader();
    reader.take(&scene.village.membership);
    reader.take(std::slice::from_ref(&first));
    assert_eq!(reader.state(&first), State::Waiting(Missing::Warrant));

    let all = [&promotion, &first, &second, &scene.aside, &follower];
    let ends = every_order(&scene.village, &all);
    let expected = [
        State::Admitted,
        refused(GateRefusal::WrongPosition),
        State::Carried,
        State::Admitted,
    ];
    assert_eq!(ends[1..], expected);
}
