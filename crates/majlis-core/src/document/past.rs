//! Looking back: who wrote what, and which versions there were.

use std::collections::BTreeSet;

use automerge::legacy::OpType;
use automerge::{ChangeHash, ObjId, ReadDoc as _, ScalarValue};

use super::{Document, skeleton};
use crate::time::Timestamp;

/// Changes of one actor this close together, in seconds, are one version.
const PAUSE: i64 = 300;

/// A run of text by one hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Which block it is in, from 0.
    pub block: usize,
    /// The text.
    pub text: String,
    /// The actor who wrote it.
    pub actor: Vec<u8>,
    /// When, as claimed, to the second.
    pub time: Timestamp,
}

/// A version: some changes by one actor in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The heads after it.
    pub heads: Vec<ChangeHash>,
    /// Who made it.
    pub actor: Vec<u8>,
    /// When, as claimed, to the second.
    pub time: Timestamp,
    /// Characters put in.
    pub inserted: u32,
    /// Characters taken out.
    pub deleted: u32,
}

fn millis(seconds: i64) -> Timestamp {
    Timestamp(u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000))
}

impl Document {
    /// Who wrote each part of the text that stands now.
    #[must_use]
    pub fn blame(&self) -> Vec<Written> {
        let Some(body) = skeleton::body(&self.automerge) else {
            return Vec::new();
        };
        let mut out: Vec<Written> = Vec::new();
        let mut times = std::collections::BTreeMap::new();
        let mut block: usize = 0;
        for item in self.automerge.list_range(&body, ..) {
            let ObjId::Id(counter, actor, _) = item.id() else {
                continue;
            };
            let automerge::ValueRef::Scalar(automerge::ScalarValueRef::Str(text)) = &item.value
            else {
                if item.index > 0 {
                    block = block.saturating_add(1);
                }
                continue;
            };
            let past = self.history.holder(actor.to_bytes(), counter);
            let time = past.map_or(0, |past| {
                *times.entry(past.hash).or_insert_with(|| {
                    let meta = self.automerge.get_change_meta_by_hash(&past.hash);
                    meta.map_or(0, |meta| meta.timestamp)
                })
            });
            match out.last_mut() {
                Some(run)
                    if run.block == block
                        && run.actor == actor.to_bytes()
                        && run.time == millis(time) =>
                {
                    run.text.push_str(text);
                }
                _ => out.push(Written {
                    block,
                    text: text.to_string(),
                    actor: actor.to_bytes().to_vec(),
                    time: millis(time),
                }),
            }
        }
        out
    }

    /// The versions, oldest first, without the skeleton.
    #[must_use]
    pub fn versions(&self) -> Vec<Version> {
        let mut heads: BTreeSet<ChangeHash> = BTreeSet::new();
        let mut out: Vec<(Version, i64)> = Vec::new();
        for change in self.automerge.get_changes(&[]) {
            for dep in change.deps() {
                heads.remove(dep);
            }
            heads.insert(change.hash());
            let actor = change.actor_id().to_bytes();
            if skeleton::is_actor(actor) {
                continue;
            }
            let (mut inserted, mut deleted): (u32, u32) = (0, 0);
            for op in &change.decode().operations {
                match &op.action {
                    OpType::Put(ScalarValue::Str(_)) if op.insert => {
                        inserted = inserted.saturating_add(1);
                    }
                    OpType::Delete => deleted = deleted.saturating_add(1),
                    _ => {}
                }
            }
            let heads: Vec<ChangeHash> = heads.iter().copied().collect();
            let time = change.timestamp();
            match out.last_mut() {
                Some((version, last))
                    if version.actor == actor && time.saturating_sub(*last).abs() <= PAUSE =>
                {
                    version.heads = heads;
                    version.inserted = version.inserted.saturating_add(inserted);
                    version.deleted = version.deleted.saturating_add(deleted);
                    *last = time;
                }
                _ => {
                    let actor = actor.to_vec();
                    let time_ms = millis(time);
                    let version = Version {
                        heads,
                        actor,
                        time: time_ms,
                        inserted,
                        deleted,
                    };
                    out.push((version, time));
                }
            }
        }
        out.into_iter().map(|(version, _)| version).collect()
    }

    /// The actors that wrote here, without the skeleton's.
    #[must_use]
    pub fn actors(&self) -> BTreeSet<Vec<u8>> {
        let metas = self.automerge.get_changes_meta(&[]);
        let actors = metas.iter().map(|meta| meta.actor.to_bytes().to_vec());
        actors.filter(|actor| !skeleton::is_actor(actor)).collect()
    }
}
