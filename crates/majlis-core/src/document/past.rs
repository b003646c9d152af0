//! Looking back: who wrote what, and which versions there were.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::OpType;
use automerge::{Change, ChangeHash, ObjId, ReadDoc as _, ScalarValue};

use super::{Document, skeleton};
use crate::time::Timestamp;

/// Changes of one actor this close together, in seconds, are one version.
const PAUSE: u64 = 300;

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
        let mut times = BTreeMap::new();
        let (mut block, mut at): (usize, usize) = (0, 0);
        // Unit by unit: a walk over the list would give the ends of marks as if they were text.
        while let Ok(Some((value, id))) = self.automerge.get(&body, at) {
            let ObjId::Id(counter, ref actor, _) = id else {
                break;
            };
            let Some(text) = value.as_str() else {
                block = if at > 0 {
                    block.saturating_add(1)
                } else {
                    block
                };
                at = at.saturating_add(1);
                continue;
            };
            at = at.saturating_add(text.encode_utf16().count().max(1));
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
        for change in self.in_order() {
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
                    if version.actor == actor && time.abs_diff(*last) <= PAUSE =>
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

    /// The changes in an order that is causal and the same on every replica.
    fn in_order(&self) -> Vec<Change> {
        let mut left: BTreeMap<ChangeHash, usize> = BTreeMap::new();
        let mut after: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
        let mut ready = BTreeSet::new();
        let mut all: BTreeMap<ChangeHash, Change> = BTreeMap::new();
        for change in self.automerge.get_changes(&[]) {
            let hash = change.hash();
            left.insert(hash, change.deps().len());
            for dep in change.deps() {
                after.entry(*dep).or_default().push(hash);
            }
            if change.deps().is_empty() {
                ready.insert((change.start_op(), hash));
            }
            all.insert(hash, change);
        }
        let mut out = Vec::with_capacity(all.len());
        while let Some((_, hash)) = ready.pop_first() {
            for next in after.remove(&hash).into_iter().flatten() {
                let Some(waits) = left.get_mut(&next) else {
                    continue;
                };
                *waits = waits.saturating_sub(1);
                if let (0, Some(change)) = (*waits, all.get(&next)) {
                    ready.insert((change.start_op(), next));
                }
            }
            out.extend(all.remove(&hash));
        }
        out
    }

    /// The actors that wrote here, without the skeleton's.
    #[must_use]
    pub fn actors(&self) -> BTreeSet<Vec<u8>> {
        let metas = self.automerge.get_changes_meta(&[]);
        let actors = metas.iter().map(|meta| meta.actor.to_bytes().to_vec());
        actors.filter(|actor| !skeleton::is_actor(actor)).collect()
    }
}
