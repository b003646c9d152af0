//! Changes that a member with a valid key made to do harm, each turned away with its reason, while
//! what honest members do beside them goes in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests say what they expect"
)]

#[path = "hostile/bombs.rs"]
mod bombs;
#[path = "hostile/chunk.rs"]
mod chunk;
#[path = "hostile/scene.rs"]
mod scene;

use std::num::NonZeroU64;

use automerge::legacy::{Key, MarkData, OpId, OpType};
use automerge::{ActorId, Change, ExpandedChange, ObjType, ScalarValue};
use majlis_core::document::Offer;
use majlis_core::gate::GateRefusal;
use scene::{Scene, after_key, ana, bytes, insert, letter, op, over};

/// A scene, a hostile change in it, and the one reason it is turned away for.
fn refused(reason: GateRefusal, make: impl FnOnce(&Scene) -> ExpandedChange) {
    let scene = Scene::new();
    assert_eq!(scene.refusal_of(make(&scene)), Some(reason));
    scene.honest_is_admitted();
}

fn at(change: ExpandedChange, start: u64) -> ExpandedChange {
    ExpandedChange {
        start_op: NonZeroU64::new(start).unwrap(),
        ..change
    }
}

fn typing(scene: &Scene) -> ExpandedChange {
    scene.change(vec![insert(&scene.body(), &scene.element(1), letter("x"))])
}

fn nowhere(scene: &Scene) -> OpId {
    OpId::new(999, &scene.actor())
}

#[test]
fn what_a_hostile_member_may_do_like_anyone_goes_in() {
    let scene = Scene::new();
    assert_eq!(scene.refusal_of(typing(&scene)), None);
}

#[test]
fn inserting_after_nothing_is_refused() {
    refused(GateRefusal::NoSuchThing, |scene| {
        scene.change(vec![insert(&scene.body(), &nowhere(scene), letter("x"))])
    });
}

#[test]
fn writing_in_no_object_is_refused() {
    refused(GateRefusal::NoSuchThing, |scene| {
        let key = Key::Map("a".into());
        scene.change(vec![op(&nowhere(scene), key, OpType::Put(1.into()))])
    });
}

#[test]
fn naming_an_unknown_actor_is_refused() {
    refused(GateRefusal::NoSuchThing, |scene| {
        let stranger = OpId::new(3, &ActorId::from(&[9_u8; 16][..]));
        scene.change(vec![insert(&scene.body(), &stranger, letter("x"))])
    });
}

#[test]
fn beginning_at_a_later_position_is_refused() {
    refused(GateRefusal::WrongPosition, |scene| ExpandedChange {
        seq: 5,
        ..typing(scene)
    });
}

#[test]
fn counters_that_use_up_the_room_are_refused() {
    refused(GateRefusal::WrongCounter, |scene| {
        at(typing(scene), u64::from(u32::MAX))
    });
    refused(GateRefusal::WrongCounter, |scene| {
        at(typing(scene), 1 << 31)
    });
    refused(GateRefusal::WrongCounter, |scene| {
        at(typing(scene), scene.next_counter() + 1)
    });
}

#[test]
fn a_counter_beyond_what_can_be_read_is_refused() {
    let scene = Scene::new();
    let raw = chunk::Raw {
        deps: scene.document.heads().iter().map(|head| head.0).collect(),
        actor: scene.actor().to_bytes().to_vec(),
        seq: 1,
        start: 1 << 33,
        others: Vec::new(),
        columns: Vec::new(),
    };
    assert_eq!(
        scene.refusal(vec![raw.chunk()]),
        Some(GateRefusal::Unreadable)
    );
}

#[test]
fn a_counter_that_was_used_is_refused() {
    refused(GateRefusal::WrongCounter, |scene| at(typing(scene), 3));
}

#[test]
fn replacing_nothing_is_refused() {
    refused(GateRefusal::NoSuchThing, |scene| {
        let put = op(
            &scene.root("meta"),
            Key::Map("stage".into()),
            OpType::Put(1.into()),
        );
        scene.change(vec![over(put, &[nowhere(scene)])])
    });
}

#[test]
fn a_key_on_a_text_is_refused() {
    refused(GateRefusal::Misfit, |scene| {
        scene.change(vec![op(&scene.body(), Key::Map("a".into()), letter("x"))])
    });
}

#[test]
fn deleting_nothing_is_refused() {
    refused(GateRefusal::Misfit, |scene| {
        scene.change(vec![op(
            &scene.body(),
            after_key(&scene.element(2)),
            OpType::Delete,
        )])
    });
}

#[test]
fn a_mark_that_ends_without_beginning_is_refused() {
    refused(GateRefusal::Misfit, |scene| {
        scene.change(vec![insert(
            &scene.body(),
            &scene.element(1),
            OpType::MarkEnd(true),
        )])
    });
    refused(GateRefusal::Misfit, |scene| {
        let (name, value) = ("strong".into(), true.into());
        let begin = OpType::MarkBegin(MarkData {
            name,
            value,
            expand: false,
        });
        scene.change(vec![insert(&scene.body(), &scene.element(1), begin)])
    });
}

#[test]
fn a_mark_that_ends_before_it_begins_is_refused_in_a_long_document_too() {
    let mut scene = Scene::new();
    for letters in ["a", "b", "c"] {
        let heads = scene.document.heads();
        let edits = [scene::text(1, &letters.repeat(8_000))];
        let now = majlis_core::time::Timestamp(0);
        scene
            .document
            .edit(ana().actor(scene::lane(), 7), &heads, &edits, now)
            .unwrap();
    }
    let body = scene.body();
    let mark = |begin: usize, end: usize| {
        let (name, value) = ("strong".into(), true.into());
        let begins = OpType::MarkBegin(MarkData {
            name,
            value,
            expand: false,
        });
        let ends = insert(&body, &scene.element(end), OpType::MarkEnd(false));
        scene.change(vec![insert(&body, &scene.element(begin), begins), ends])
    };
    assert_eq!(scene.refusal_of(mark(10, 20)), None);
    assert_eq!(scene.refusal_of(mark(20, 10)), Some(GateRefusal::NotTaken));
    assert_eq!(scene.refusal_of(mark(10, 10)), Some(GateRefusal::NotTaken));
}

#[test]
fn building_on_nothing_is_refused() {
    refused(GateRefusal::BadDependencies, |scene| ExpandedChange {
        deps: Vec::new(),
        ..typing(scene)
    });
    refused(GateRefusal::BadDependencies, |scene| {
        let head = scene.document.heads()[0];
        ExpandedChange {
            deps: vec![head, head],
            ..typing(scene)
        }
    });
}

#[test]
fn counting_up_what_is_no_counter_is_refused() {
    refused(GateRefusal::BadValue, |scene| {
        let meta = scene.root("meta");
        let stage = || Key::Map("stage".into());
        let up = over(op(&meta, stage(), OpType::Increment(1)), &[scene.own(0)]);
        scene.change(vec![op(&meta, stage(), OpType::Put(1.into())), up])
    });
}

#[test]
fn of_two_changes_at_one_position_the_second_is_refused() {
    let mut scene = Scene::new();
    let first = bytes(typing(&scene));
    let second = bytes(scene.change(vec![insert(&scene.body(), &scene.element(1), letter("y"))]));
    let both = vec![first.clone(), second.clone()];
    assert_eq!(scene.refusal(both), Some(GateRefusal::WrongPosition));
    let taken = scene.with(scene.mal, vec![first]);
    scene.document = taken.expect("the first is honest");
    assert_eq!(
        scene.refusal(vec![second]),
        Some(GateRefusal::WrongPosition)
    );
    scene.honest_is_admitted();
}

#[test]
fn a_change_whose_ancestors_are_not_here_waits_and_is_not_kept() {
    let scene = Scene::new();
    let unknown = automerge::ChangeHash([5; 32]);
    let change = ExpandedChange {
        deps: vec![unknown],
        ..typing(&scene)
    };
    match scene.with(scene.mal, vec![bytes(change)]) {
        Err(Offer::Missing(missing)) => assert_eq!(missing, [unknown].into()),
        other => panic!("it does not wait: {other:?}"),
    }
}

#[test]
fn speaking_as_another_is_refused_also_when_the_change_is_known() {
    let scene = Scene::new();
    let of_ana = scene.document.automerge().get_changes(&[]);
    let known = of_ana.last().unwrap().raw_bytes().to_vec();
    assert!(scene.with(ana(), vec![known.clone()]).is_ok());
    assert_eq!(scene.refusal(vec![known]), Some(GateRefusal::WrongActor));
}

#[test]
fn other_kinds_of_chunk_are_refused() {
    let scene = Scene::new();
    let mut long = scene.change(Vec::new());
    let body = scene.body();
    let mut after = scene.element(1);
    for place in 0..400 {
        long.operations.push(insert(&body, &after, letter("x")));
        after = scene.own(place);
    }
    let mut deflated = Change::from(long);
    let deflated = deflated.bytes().to_vec();
    assert_eq!(deflated[8], 2);
    for chunk in [
        deflated,
        scene.document.save(),
        chunk::chunk(3, &[0; 40]),
        vec![],
        vec![0x85],
    ] {
        assert_eq!(scene.refusal(vec![chunk]), Some(GateRefusal::NotAChange));
    }
    let doubled = [bytes(typing(&scene)), bytes(typing(&scene))].concat();
    assert_eq!(scene.refusal(vec![doubled]), Some(GateRefusal::NotAChange));
    let mut bent = bytes(typing(&scene));
    bent[4] ^= 1;
    // Automerge does not look at the checksum of a change.
    assert_eq!(scene.refusal(vec![bent]), Some(GateRefusal::NotCanonical));
}

#[test]
fn the_same_content_in_another_encoding_is_refused() {
    let scene = Scene::new();
    let change = bytes(typing(&scene));
    let (_, body) = chunk::open(&change).unwrap();
    // One more actor in the table, that nothing refers to; it follows the message, which is empty.
    let raw = Change::from_bytes(change.clone()).unwrap();
    let others: usize = raw.other_actor_ids().len();
    let table = body
        .windows(17)
        .position(|part| part[0] == 16 && part[1..] == *raw.other_actor_ids()[0].to_bytes());
    let mut body = body.to_vec();
    let table = table.unwrap();
    body[table - 1] = u8::try_from(others + 1).unwrap();
    let end = table + 17 * others;
    let spare = [&[16_u8][..], &[0xff; 16]].concat();
    body.splice(end..end, spare);
    let other = chunk::chunk(1, &body);
    assert!(Change::from_bytes(other.clone()).is_ok());
    assert_eq!(scene.refusal(vec![other]), Some(GateRefusal::NotCanonical));
}

#[test]
fn what_the_skeleton_made_stays() {
    let put = |obj: &OpId, key: &str| op(obj, Key::Map(key.into()), letter("x"));
    // The root.
    refused(GateRefusal::Fixed, |scene| {
        let root = automerge::legacy::ObjectId::Root;
        let own = automerge::legacy::Op {
            obj: root,
            ..put(&scene.body(), "body")
        };
        scene.change(vec![own])
    });
    // Beside the title, so that honest edits of it would name what nobody may replace.
    refused(GateRefusal::Fixed, |scene| {
        scene.change(vec![put(&scene.root("meta"), "title")])
    });
    refused(GateRefusal::Fixed, |scene| {
        let key = Key::Map("description".into());
        scene.change(vec![op(
            &scene.root("meta"),
            key,
            OpType::Make(ObjType::Text),
        )])
    });
    // Before the first block, and the first block itself.
    refused(GateRefusal::Fixed, |scene| {
        let first = op(&scene.body(), Key::head(), letter("x"));
        scene.change(vec![automerge::legacy::Op {
            insert: true,
            ..first
        }])
    });
    refused(GateRefusal::Fixed, |scene| {
        let first = scene.element(0);
        let gone = op(&scene.body(), after_key(&first), OpType::Delete);
        scene.change(vec![over(gone, &[first])])
    });
}

#[test]
fn values_that_documents_do_not_hold_are_refused() {
    let values: [ScalarValue; 5] = [
        ScalarValue::Bytes(vec![1]),
        ScalarValue::counter(1),
        ScalarValue::Timestamp(1),
        ScalarValue::F64(f64::NAN),
        ScalarValue::Str("x".repeat(20_000).into()),
    ];
    for value in values {
        refused(GateRefusal::BadValue, |scene| {
            let meta = scene.root("meta");
            scene.change(vec![op(
                &meta,
                Key::Map("stage".into()),
                OpType::Put(value),
            )])
        });
    }
    for text in ["", "ab", "\u{fffc}"] {
        refused(GateRefusal::BadValue, |scene| {
            scene.change(vec![insert(&scene.body(), &scene.element(1), letter(text))])
        });
    }
    for key in ["", &"k".repeat(201)] {
        refused(GateRefusal::BadValue, |scene| {
            let meta = scene.root("meta");
            scene.change(vec![op(&meta, Key::Map(key.into()), OpType::Put(1.into()))])
        });
    }
    refused(GateRefusal::BadValue, |scene| {
        let key = Key::Map("stage".into());
        scene.change(vec![op(
            &scene.root("meta"),
            key,
            OpType::Make(ObjType::Table),
        )])
    });
    refused(GateRefusal::BadValue, |scene| ExpandedChange {
        message: Some("m".to_owned()),
        ..typing(scene)
    });
    refused(GateRefusal::BadValue, |scene| ExpandedChange {
        extra_bytes: vec![1],
        ..typing(scene)
    });
}

#[test]
fn objects_inside_objects_have_an_end() {
    let nested = |scene: &Scene, count: u64| {
        let mut holder = scene.root("meta");
        let mut ops = Vec::new();
        for place in 0..count {
            ops.push(op(
                &holder,
                Key::Map("a".into()),
                OpType::Make(ObjType::Map),
            ));
            holder = scene.own(place);
        }
        scene.change(ops)
    };
    let scene = Scene::new();
    assert_eq!(scene.refusal_of(nested(&scene, 7)), None);
    assert_eq!(
        scene.refusal_of(nested(&scene, 8)),
        Some(GateRefusal::TooDeep)
    );
    assert_eq!(
        scene.refusal_of(nested(&scene, 4_000)),
        Some(GateRefusal::TooDeep)
    );
}

#[test]
fn what_is_replaced_must_be_what_the_key_says_and_only_once() {
    refused(GateRefusal::Misfit, |scene| {
        let gone = op(&scene.body(), after_key(&scene.element(2)), OpType::Delete);
        scene.change(vec![over(gone, &[scene.element(1)])])
    });
    refused(GateRefusal::Misfit, |scene| {
        let element = scene.element(2);
        let gone = || op(&scene.body(), after_key(&element), OpType::Delete);
        let twice = [
            over(gone(), std::slice::from_ref(&element)),
            over(gone(), std::slice::from_ref(&element)),
        ];
        scene.change(twice.into())
    });
    refused(GateRefusal::Misfit, |scene| {
        let typed = insert(&scene.body(), &scene.element(2), letter("x"));
        scene.change(vec![over(typed, &[scene.element(2)])])
    });
    // An element of another text.
    refused(GateRefusal::Misfit, |scene| {
        scene.change(vec![insert(
            &scene.root("questions"),
            &scene.element(2),
            letter("x"),
        )])
    });
}

#[test]
fn every_bomb_is_refused_before_it_is_built() {
    let scene = Scene::new();
    for (name, batch, reason) in bombs::all(&scene) {
        assert_eq!(scene.refusal(batch), Some(reason), "{name}");
    }
    scene.honest_is_admitted();
}
