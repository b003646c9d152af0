//! A document that honest people wrote, and a hostile member with a valid key.

use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ExpandedChange, ObjId, ROOT, ReadDoc as _};
use majlis_core::changes::Changes;
use majlis_core::document::{BlockKind, Document, Edit, Marks, Offer};
use majlis_core::gate::GateRefusal;
use majlis_core::id::{DeviceId, LaneClass, LaneId};
use majlis_core::time::Timestamp;

pub(crate) const SESSION: u32 = 0;

pub(crate) fn lane() -> LaneId {
    LaneId::new(LaneClass::Document, [7; 16])
}

pub(crate) fn ana() -> DeviceId {
    DeviceId::from_bytes([1; 32])
}

pub(crate) struct Scene {
    pub(crate) document: Document,
    pub(crate) mal: DeviceId,
}

pub(crate) fn text(at: usize, text: &str) -> Edit {
    Edit::Insert {
        at,
        text: text.to_owned(),
        marks: Marks::default(),
    }
}

/// Edits that use everything editors know.
pub(crate) fn rich() -> Vec<Edit> {
    let link = Some("https://example.org/".to_owned());
    vec![
        text(
            1,
            "The well \u{1f30a} of \u{627}\u{644}\u{642}\u{631}\u{64a}\u{629}",
        ),
        Edit::Split {
            at: 5,
            kind: BlockKind::Heading(2),
        },
        Edit::Mark {
            from: 6,
            to: 9,
            marks: Marks {
                strong: true,
                em: false,
                link,
            },
        },
        Edit::Split {
            at: 3,
            kind: BlockKind::Item {
                ordered: true,
                depth: 1,
            },
        },
        Edit::Delete { at: 2, count: 3 },
        Edit::Block {
            at: 0,
            kind: BlockKind::Quote,
        },
        text(1, "Let us mend it"),
    ]
}

fn op_id(id: &ObjId) -> OpId {
    let ObjId::Id(counter, actor, _) = id else {
        panic!("the root")
    };
    OpId::new(*counter, actor)
}

impl Scene {
    pub(crate) fn new() -> Self {
        let mut document = Document::new(lane());
        let heads = document.heads();
        let now = Timestamp(1_000_000);
        document
            .edit(ana().actor(lane(), 0), &heads, &rich(), now)
            .unwrap();
        Self {
            document,
            mal: DeviceId::from_bytes([2; 32]),
        }
    }

    pub(crate) fn actor(&self) -> ActorId {
        ActorId::from(&self.mal.actor(lane(), SESSION)[..])
    }

    pub(crate) fn root(&self, key: &str) -> OpId {
        op_id(&self.document.automerge().get(ROOT, key).unwrap().unwrap().1)
    }

    pub(crate) fn body(&self) -> OpId {
        self.root("body")
    }

    /// The element at a unit of the body.
    pub(crate) fn element(&self, at: usize) -> OpId {
        let automerge = self.document.automerge();
        let body = automerge.get(ROOT, "body").unwrap().unwrap().1;
        op_id(&automerge.get(&body, at).unwrap().unwrap().1)
    }

    pub(crate) fn next_counter(&self) -> u64 {
        let heads = self.document.heads();
        let max = |hash| self.document.history().past(hash).unwrap().max_op;
        heads.iter().map(max).max().unwrap() + 1
    }

    /// A change of the hostile member's, in good order but for what it does.
    pub(crate) fn change(&self, operations: Vec<Op>) -> ExpandedChange {
        ExpandedChange {
            operations,
            actor_id: self.actor(),
            hash: None,
            seq: 1,
            start_op: NonZeroU64::new(self.next_counter()).unwrap(),
            time: 0,
            message: None,
            deps: self.document.heads(),
            extra_bytes: Vec::new(),
            author: None,
        }
    }

    /// The id of an operation of that change.
    pub(crate) fn own(&self, place: u64) -> OpId {
        OpId::new(self.next_counter() + place, &self.actor())
    }

    /// A copy of the document that took a device's changes, or what was said of them.
    pub(crate) fn with(&self, device: DeviceId, changes: Vec<Vec<u8>>) -> Result<Document, Offer> {
        let mut document = copy(&self.document);
        take(&mut document, device, SESSION, changes).map(|()| document)
    }

    pub(crate) fn refusal(&self, changes: Vec<Vec<u8>>) -> Option<GateRefusal> {
        match self.with(self.mal, changes) {
            Ok(_) => None,
            Err(Offer::Refused(refusal)) => Some(refusal),
            Err(other) => panic!("neither taken nor refused: {other:?}"),
        }
    }

    pub(crate) fn refusal_of(&self, change: ExpandedChange) -> Option<GateRefusal> {
        self.refusal(vec![bytes(change)])
    }

    /// What an honest member does to the same document at the same time is admitted.
    pub(crate) fn honest_is_admitted(&self) {
        let bo = DeviceId::from_bytes([3; 32]);
        let mut theirs = copy(&self.document);
        let heads = theirs.heads();
        let edited = theirs
            .edit(bo.actor(lane(), SESSION), &heads, &rich(), Timestamp(0))
            .unwrap();
        assert!(self.with(bo, edited.changes).is_ok());
    }
}

pub(crate) fn copy(document: &Document) -> Document {
    Document::load(lane(), &document.save()).unwrap()
}

/// Takes what a device made through the gate into a document.
pub(crate) fn take(
    document: &mut Document,
    device: DeviceId,
    session: u32,
    changes: Vec<Vec<u8>>,
) -> Result<(), Offer> {
    let changes = changes.into_iter().map(Into::into).collect();
    match document.offer(device, &Changes { session, changes }) {
        Offer::Fits { .. } => document.absorb().map_err(Offer::Refused),
        other => Err(other),
    }
}

pub(crate) fn bytes(change: ExpandedChange) -> Vec<u8> {
    Change::from(change).raw_bytes().to_vec()
}

pub(crate) fn op(obj: &OpId, key: Key, action: OpType) -> Op {
    let obj = ObjectId::Id(obj.clone());
    Op {
        action,
        obj,
        key,
        pred: Vec::new().into(),
        insert: false,
    }
}

pub(crate) fn insert(obj: &OpId, after: &OpId, action: OpType) -> Op {
    Op {
        insert: true,
        ..op(obj, after_key(after), action)
    }
}

pub(crate) fn after_key(element: &OpId) -> Key {
    Key::Seq(ElementId::Id(element.clone()))
}

pub(crate) fn over(op: Op, preds: &[OpId]) -> Op {
    Op {
        pred: preds.to_vec().into(),
        ..op
    }
}

pub(crate) fn letter(letter: &str) -> OpType {
    OpType::Put(letter.into())
}
