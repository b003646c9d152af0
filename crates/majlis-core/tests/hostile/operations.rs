//! Operations at random: over the ids that a document has, and over Automerge's own interface.

use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{CommitOptions, Transactable as _, Transaction};
use automerge::{
    ActorId, AutomergeError, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc as _, ScalarValue,
};
use majlis_core::consultation::form::{Choice, Question, QuestionKind};
use majlis_core::id::QuestionId;

use super::scene::Scene;

pub(crate) fn question(number: u8) -> Question {
    let choice = |id: u16| Choice {
        details: Default::default(),
        id,
        label: format!("option {id}"),
    };
    Question {
        details: Default::default(),
        id: QuestionId::from_slice(&[number; 8]).unwrap(),
        label: format!("Question {number}"),
        hint: String::new(),
        required: false,
        kind: QuestionKind::SingleChoice(vec![choice(1), choice(2)]),
    }
}

fn pick<T: Clone>(from: &[T], random: &mut fastrand::Rng) -> T {
    from[random.usize(..from.len())].clone()
}

fn scalar(random: &mut fastrand::Rng) -> ScalarValue {
    match random.u8(..12) {
        0..=3 => "x".into(),
        4 => "\u{1f30a}".into(),
        5 => ScalarValue::Null,
        6 => random.bool().into(),
        7 => ScalarValue::Int(random.i64(..)),
        8 => ScalarValue::counter(1),
        9 => ScalarValue::Str("long ".repeat(random.usize(..500)).into()),
        10 => ScalarValue::Bytes(vec![0; 4]),
        _ => ScalarValue::Uint(random.u64(..)),
    }
}

fn kind(random: &mut fastrand::Rng) -> ObjType {
    pick(
        &[
            ObjType::Map,
            ObjType::Map,
            ObjType::List,
            ObjType::Text,
            ObjType::Table,
        ],
        random,
    )
}

fn mark(random: &mut fastrand::Rng) -> OpType {
    let name = pick(&["strong", "em", "link", "", "other"], random).into();
    OpType::MarkBegin(MarkData {
        name,
        value: scalar(random),
        expand: random.bool(),
    })
}

/// A change whose operations are drawn at random, most of them nearly right.
pub(crate) fn any_change(scene: &Scene, random: &mut fastrand::Rng) -> ExpandedChange {
    let mut known: Vec<(OpId, Op)> = Vec::new();
    for change in scene.document.automerge().get_changes(&[]) {
        let expanded = change.decode();
        let start = expanded.start_op.get();
        for (place, op) in expanded.operations.into_iter().enumerate() {
            known.push((OpId::new(start + place as u64, change.actor_id()), op));
        }
    }
    let mut change = scene.change(Vec::new());
    let actor = ActorId::from(
        scene
            .mal
            .actor(super::scene::lane(), super::scene::SESSION)
            .as_slice(),
    );
    let held = scene.document.history().count(actor.to_bytes());
    change.seq = held + 1;
    for place in 0..random.u64(1..=6) {
        let mut op = nearly_right(&known, random);
        if random.u8(..6) == 0 {
            let other = nearly_right(&known, random);
            match random.u8(..5) {
                0 => op.obj = other.obj,
                1 => op.key = other.key,
                2 => op.pred = other.pred,
                3 => op.insert = !op.insert,
                _ => op.action = other.action,
            }
        }
        let begins = matches!(op.action, OpType::MarkBegin(_));
        known.push((OpId::new(change.start_op.get() + place, &actor), op.clone()));
        change.operations.push(op.clone());
        if begins && random.u8(..5) > 0 {
            // Its end, somewhere.
            let ends = known
                .iter()
                .filter(|(_, there)| there.obj == op.obj && there.insert);
            let ends: Vec<OpId> = ends.map(|(id, _)| id.clone()).collect();
            let key = ends.last().map_or(op.key.clone(), |_| {
                Key::Seq(ElementId::Id(pick(&ends, random)))
            });
            change.operations.push(Op {
                action: OpType::MarkEnd(random.bool()),
                key,
                ..op
            });
            break;
        }
    }
    change
}

fn nearly_right(known: &[(OpId, Op)], random: &mut fastrand::Rng) -> Op {
    let objects: Vec<(OpId, ObjType)> = known
        .iter()
        .filter_map(|(id, op)| match op.action {
            OpType::Make(kind) => Some((id.clone(), kind)),
            _ => None,
        })
        .collect();
    let (id, holder) = pick(&objects, random);
    let obj = if random.u8(..30) == 0 {
        ObjectId::Root
    } else {
        ObjectId::Id(id)
    };
    let inside: Vec<&(OpId, Op)> = known.iter().filter(|(_, op)| op.obj == obj).collect();
    let elements: Vec<OpId> = inside
        .iter()
        .filter(|(_, op)| op.insert)
        .map(|(id, _)| id.clone())
        .collect();
    let none: Vec<OpId> = Vec::new();
    if matches!(holder, ObjType::Map | ObjType::Table) {
        let key =
            Key::Map(pick(&["type", "level", "title", "stage", "id", "a", ""], random).into());
        let before = inside
            .iter()
            .filter(|(_, op)| op.key == key && random.u8(..4) > 0);
        let pred: Vec<OpId> = before.map(|(id, _)| id.clone()).collect();
        let action = match random.u8(..8) {
            0 => OpType::Delete,
            1 => OpType::Make(kind(random)),
            2 => OpType::Increment(1),
            _ => OpType::Put(scalar(random)),
        };
        return Op {
            action,
            obj,
            key,
            pred: pred.into(),
            insert: false,
        };
    }
    let head = elements.is_empty() || random.u8(..10) == 0;
    if head || random.u8(..3) > 0 {
        let key = if head {
            ElementId::Head
        } else {
            ElementId::Id(pick(&elements, random))
        };
        let action = match random.u8(..8) {
            0 | 1 => OpType::Make(kind(random)),
            2 | 3 => mark(random),
            _ => OpType::Put(scalar(random)),
        };
        return Op {
            action,
            obj,
            key: Key::Seq(key),
            pred: none.into(),
            insert: true,
        };
    }
    let element = pick(&elements, random);
    let action = match random.u8(..5) {
        0 => OpType::Put(scalar(random)),
        1 => OpType::Make(kind(random)),
        _ => OpType::Delete,
    };
    let key = Key::Seq(ElementId::Id(element.clone()));
    Op {
        action,
        obj,
        key,
        pred: vec![element].into(),
        insert: false,
    }
}

/// A batch made over Automerge's own interface, with no regard for what documents are.
pub(crate) fn as_they_please(scene: &Scene, random: &mut fastrand::Rng) -> Vec<Vec<u8>> {
    let mut fork = scene.document.automerge().clone();
    fork.set_actor(scene.actor());
    let mut out = Vec::new();
    for _ in 0..random.u8(1..=3) {
        let mut transaction = fork.transaction();
        for _ in 0..random.u8(1..=4) {
            // What Automerge itself turns down is not tried further.
            drop(one(&mut transaction, random));
        }
        let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(1));
        let change = hash.and_then(|hash| fork.get_change_by_hash(&hash));
        out.extend(change.map(|change| change.raw_bytes().to_vec()));
    }
    if out.is_empty() {
        as_they_please(scene, random)
    } else {
        out
    }
}

/// The objects there are, and what they are.
fn objects(transaction: &Transaction<'_>) -> Vec<(ObjId, ObjType)> {
    let mut out = vec![(ROOT, ObjType::Map)];
    let mut at = 0;
    while at < out.len() && out.len() < 100 {
        let (id, kind) = out[at].clone();
        let inside: Vec<ObjId> = if kind == ObjType::Map {
            transaction
                .map_range(&id, ..)
                .filter(|item| matches!(item.value, automerge::ValueRef::Object(_)))
                .map(|item| item.id())
                .collect()
        } else {
            transaction
                .list_range(&id, ..)
                .filter(|item| matches!(item.value, automerge::ValueRef::Object(_)))
                .map(|item| item.id())
                .collect()
        };
        for id in inside {
            let Ok(kind) = transaction.object_type(&id) else {
                continue;
            };
            out.push((id, kind));
        }
        at += 1;
    }
    out
}

fn one(to: &mut Transaction<'_>, random: &mut fastrand::Rng) -> Result<(), AutomergeError> {
    // Mostly not the root, to get somewhere.
    let all = objects(to);
    let (id, kind_of) = if random.u8(..20) == 0 {
        all[0].clone()
    } else {
        pick(&all[1..], random)
    };
    let place = |random: &mut fastrand::Rng, length: usize| random.usize(..=length.min(40));
    let length = to.length(&id);
    match kind_of {
        ObjType::Map | ObjType::Table => {
            let key = pick(
                &["type", "level", "title", "stage", "options", "a", "b"],
                random,
            );
            match random.u8(..8) {
                0 => to.delete(&id, key),
                1 | 2 => to.put_object(&id, key, kind(random)).map(|_| ()),
                3 => to.increment(&id, key, 1),
                4 => {
                    let mut holder = id;
                    for _ in 0..random.u8(..12) {
                        holder = to.put_object(&holder, "deep", ObjType::Map)?;
                    }
                    Ok(())
                }
                _ => to.put(&id, key, scalar(random)),
            }
        }
        ObjType::List => match random.u8(..6) {
            0 if length > 0 => to.delete(&id, random.usize(..length)),
            1 if length > 0 => to.put(&id, random.usize(..length), scalar(random)),
            2 => to
                .insert_object(&id, place(random, length), kind(random))
                .map(|_| ()),
            _ => to.insert(&id, place(random, length), scalar(random)),
        },
        ObjType::Text => {
            let at = if random.u8(..8) == 0 {
                0
            } else {
                place(random, length)
            };
            let end = at + random.usize(..=length.saturating_sub(at).min(9));
            match random.u8(..10) {
                0 => to.splice_text(&id, at, 1, ""),
                1 => to.split_block(&id, at).map(|_| ()),
                2 => to.join_block(&id, at),
                3..=5 => {
                    let name = pick(&["strong", "em", "link", "other"], random).to_owned();
                    let expand = pick(
                        &[
                            ExpandMark::Both,
                            ExpandMark::None,
                            ExpandMark::Before,
                            ExpandMark::After,
                        ],
                        random,
                    );
                    to.mark(&id, Mark::new(name, scalar(random), at, end), expand)
                }
                6 => to.unmark(&id, "strong", at, end, ExpandMark::Both),
                7 => to.splice_text(&id, at, 0, &"flood".repeat(random.usize(..1_000))),
                8 => to.splice_text(&id, at, 2, "\u{fffc}\n\u{1f30a}"),
                _ => to.splice_text(&id, at, 0, "words \u{627}\u{644} e\u{301}"),
            }
        }
    }
}
