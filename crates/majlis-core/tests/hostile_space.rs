//! Hostile changes in signed entries, taken in by a space: each is refused with its reason, and
//! which of two that cannot both be is taken does not depend on the order of arrival.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    reason = "tests say what they expect; the scene is shared with tests that use more of it"
)]

#[path = "hostile/bombs.rs"]
mod bombs;
#[path = "hostile/chunk.rs"]
mod chunk;
#[path = "hostile/scene.rs"]
mod scene;
#[path = "hostile/village.rs"]
mod village;

use automerge::ExpandedChange;
use automerge::legacy::{Key, MarkData, OpId, OpType};
use majlis_core::admission::{Missing, Refusal, State};
use majlis_core::consultation::request::about_document;
use majlis_core::document::Document;
use majlis_core::entry::Kind;
use majlis_core::gate::GateRefusal;
use majlis_core::id::LaneId;
use majlis_core::record::request::Says;
use majlis_core::record::{Record, Records, Request, Statement};
use scene::{Scene, bytes, insert, lane, letter, op};
use village::{Chain, Village};

fn refused(reason: GateRefusal) -> State {
    State::Refused(Refusal::Gate(reason.code()))
}

#[test]
fn every_hostile_entry_is_refused_and_the_honest_ones_beside_it_are_admitted() {
    let mut village = Village::new();
    let mut reader = village.reader();
    reader.take(&village.membership);
    let anas = village.ana_writes("The well is dry");
    reader.take(std::slice::from_ref(&anas));
    assert_eq!(reader.state(&anas), State::Admitted);
    let scene = Scene {
        document: reader.document(),
        mal: village.mal(),
    };

    let typing = || scene.change(vec![insert(&scene.body(), &scene.element(1), letter("x"))]);
    let nowhere = OpId::new(999, &scene.actor());
    let stage = || Key::Map("stage".into());
    let mut attacks = bombs::all(&scene);
    let mut attack = |name, change: ExpandedChange, reason| {
        attacks.push((name, vec![bytes(change)], reason));
    };
    attack(
        "after nothing",
        scene.change(vec![insert(&scene.body(), &nowhere, letter("x"))]),
        GateRefusal::NoSuchThing,
    );
    attack(
        "in nothing",
        scene.change(vec![op(&nowhere, stage(), OpType::Put(1.into()))]),
        GateRefusal::NoSuchThing,
    );
    attack(
        "a later position",
        ExpandedChange { seq: 5, ..typing() },
        GateRefusal::WrongPosition,
    );
    attack(
        "a high counter",
        ExpandedChange {
            start_op: std::num::NonZeroU64::new(1 << 31).unwrap(),
            ..typing()
        },
        GateRefusal::WrongCounter,
    );
    attack(
        "on a text",
        scene.change(vec![op(&scene.body(), stage(), letter("x"))]),
        GateRefusal::Misfit,
    );
    attack(
        "half a mark",
        scene.change(vec![insert(
            &scene.body(),
            &scene.element(1),
            OpType::MarkEnd(true),
        )]),
        GateRefusal::Misfit,
    );
    // The rules do not see this one: the copy of the document does not survive it.
    let begins = OpType::MarkBegin(MarkData {
        name: "strong".into(),
        value: true.into(),
        expand: false,
    });
    attack(
        "a mark that ends before it begins",
        scene.change(vec![
            insert(&scene.body(), &scene.element(6), begins),
            insert(&scene.body(), &scene.element(2), OpType::MarkEnd(false)),
        ]),
        GateRefusal::NotTaken,
    );
    attack(
        "on nothing",
        ExpandedChange {
            deps: Vec::new(),
            ..typing()
        },
        GateRefusal::BadDependencies,
    );
    attack(
        "as someone else",
        ExpandedChange {
            actor_id: automerge::ActorId::from(&[7; 16][..]),
            ..typing()
        },
        GateRefusal::WrongActor,
    );

    let mut chain = Chain::new(&village);
    let mut last = Vec::new();
    for (name, batch, reason) in attacks {
        let entry = chain.next(batch);
        reader.take(std::slice::from_ref(&entry));
        assert_eq!(reader.state(&entry), refused(reason), "{name}");
        last.push((entry, reason));
    }
    let before = reader.document().blocks();
    assert_eq!(before, scene.document.blocks());
    let honest = chain.next(vec![bytes(typing())]);
    let more = village.ana_writes("We mend it");
    reader.take(&[honest.clone(), more.clone()]);
    assert_eq!(
        (reader.state(&honest), reader.state(&more)),
        (State::Admitted, State::Admitted)
    );
    assert!(reader.document().plain_text().contains("We mend it"));
    // All at once, to one who has nothing: the same, though one copy takes what fits together.
    let mut other = village.reader();
    let mut all = village.membership.clone();
    all.extend(last.iter().map(|(entry, _)| entry.clone()));
    all.extend([honest, more, anas]);
    other.take(&all);
    for (entry, reason) in &last {
        assert_eq!(other.state(entry), refused(*reason));
    }
    assert_eq!(other.document().heads(), reader.document().heads());
}

#[test]
fn of_two_entries_with_changes_at_one_position_the_earlier_counts_whatever_came_first() {
    let mut village = Village::new();
    let anas = village.ana_writes("The well is dry");
    let mut writer = village.reader();
    writer.take(&village.membership);
    writer.take(std::slice::from_ref(&anas));
    // The first builds on Ana's work; the second, at the same position, on nothing but the skeleton.
    let after = Scene {
        document: writer.document(),
        mal: village.mal(),
    };
    let bare = Scene {
        document: Document::new(lane()),
        mal: village.mal(),
    };
    let type_in = |scene: &Scene, at: usize| {
        bytes(scene.change(vec![insert(&scene.body(), &scene.element(at), letter("x"))]))
    };
    let mut chain = Chain::new(&village);
    let first = chain.next(vec![type_in(&after, 3)]);
    let second = chain.next(vec![type_in(&bare, 0)]);

    let orders = [
        [&anas, &first, &second],
        [&first, &anas, &second],
        [&first, &second, &anas],
        [&second, &first, &anas],
        [&second, &anas, &first],
    ];
    let mut ends = Vec::new();
    for order in orders {
        let mut reader = village.reader();
        reader.take(&village.membership);
        for entry in order {
            reader.take(std::slice::from_ref(entry));
            let waits = State::Waiting(Missing::Changes);
            if !reader.holds(&anas) && reader.holds(&second) {
                assert_eq!(
                    (reader.state(&first), reader.state(&second)),
                    (waits, waits)
                );
            }
        }
        assert_eq!(reader.state(&first), State::Admitted);
        assert_eq!(reader.state(&second), refused(GateRefusal::WrongPosition));
        ends.push(reader.document().heads());
    }
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]));
}

/// Where requests about documents are, nobody opens, answers or decides anything.
#[test]
fn the_lane_of_requests_takes_requests_alone() {
    let village = Village::new();
    let mut reader = village.reader();
    reader.take(&village.membership);
    let form = about_document(lane());
    let salt = [1; 8];
    let text = "my name in it".to_owned();
    let says = Says::Erase { text };
    let asks = Record::Request(Request { form, says, salt });
    let said = Record::Statement(Statement {
        form,
        text: "hello".into(),
        assisted: false,
        salt,
    });
    let on = (LaneId::REQUESTS, Kind::Records);
    let batch = |records: &[&Record]| {
        let records = records.iter().map(|one| (*one).clone()).collect();
        Records { records }.encode()
    };
    let mut chain = Chain::new(&village);
    let one = chain.next_on(on, batch(&[&asks]));
    let both = chain.next_on(on, batch(&[&asks, &said]));
    let changes = chain.next_on((LaneId::REQUESTS, Kind::Changes), vec![1, 2, 3]);
    let mut elsewhere = Chain::new(&village);
    let on_document = elsewhere.next_on((lane(), Kind::Records), batch(&[&asks]));
    for entry in [&one, &both, &changes, &on_document] {
        reader.take(std::slice::from_ref(entry));
    }
    let wrong = State::Refused(Refusal::WrongLane);
    let states: Vec<State> = [&one, &both, &changes, &on_document]
        .map(|entry| reader.state(entry))
        .to_vec();
    assert_eq!(states, [State::Admitted, wrong, wrong, wrong]);
}
