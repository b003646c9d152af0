//! The first change of every document: made by each replica from the lane's id alone, never sent.
//! It makes the root objects, so that two people's first edits cannot make two of them.

use automerge::legacy::{Key, ObjectId, Op};
use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, Automerge, ChangeHash, ObjId, ObjType, ROOT, TextEncoding};

use crate::id::LaneId;

/// The first bytes of every skeleton's actor; a device's actor is a hash and does not begin so.
const PREFIX: [u8; 8] = *b"majlis\x00\x01";
const META: &str = "meta";
const TEXTS: [&str; 3] = ["title", "description", "audience"];
const BODY: &str = "body";

/// The document of a lane with nothing but its skeleton.
#[must_use]
pub fn make(lane: LaneId) -> Automerge {
    let mut actor = PREFIX.to_vec();
    actor.extend_from_slice(
        &blake3::derive_key("majlis 2026 skeleton actor v1", lane.as_bytes())[..8],
    );
    let mut document = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit)
        .with_actor(ActorId::from(actor.as_slice()));
    let mut transaction = document.transaction();
    // Making objects in an empty document under fresh keys does not fail.
    let made = (|| {
        let meta = transaction.put_object(ROOT, META, ObjType::Map)?;
        for text in TEXTS {
            transaction.put_object(&meta, text, ObjType::Text)?;
        }
        transaction.put_object(ROOT, "questions", ObjType::List)?;
        let body = transaction.put_object(ROOT, BODY, ObjType::Text)?;
        transaction.split_block(&body, 0)
    })();
    debug_assert!(made.is_ok(), "a skeleton is made");
    transaction.commit_with(CommitOptions::default().with_time(0));
    document
}

/// The name of the skeleton's change.
#[must_use]
pub fn hash(lane: LaneId) -> ChangeHash {
    make(lane)
        .get_heads()
        .first()
        .copied()
        .unwrap_or(ChangeHash([0; 32]))
}

/// Whether an actor is a skeleton's.
#[must_use]
pub fn is_actor(actor: &[u8]) -> bool {
    actor.len() == 16 && actor.starts_with(&PREFIX)
}

/// Whether a skeleton's operation makes the body.
#[must_use]
pub fn is_body(op: &Op) -> bool {
    op.obj == ObjectId::Root && matches!(&op.key, Key::Map(key) if key == BODY)
}

/// Whether the skeleton has put something under this key of the object that `op` makes.
#[must_use]
pub fn is_held(op: &Op, key: &str) -> bool {
    let meta = matches!(&op.key, Key::Map(name) if name == META);
    op.obj == ObjectId::Root && meta && TEXTS.contains(&key)
}

/// A root object, by key.
pub(super) fn root(document: &impl automerge::ReadDoc, key: &str) -> Option<ObjId> {
    document.get(ROOT, key).ok().flatten().map(|(_, id)| id)
}

/// The body.
pub(super) fn body(document: &impl automerge::ReadDoc) -> Option<ObjId> {
    root(document, BODY)
}

/// A text of the meta map, by key.
pub(super) fn meta_text(document: &impl automerge::ReadDoc, key: &str) -> Option<ObjId> {
    let meta = root(document, META)?;
    let (value, id) = document.get(&meta, key).ok().flatten()?;
    (value.is_object() && document.object_type(&id).ok()? == ObjType::Text).then_some(id)
}
