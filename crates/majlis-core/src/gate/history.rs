//! Which changes a document holds: by name, and by actor and position. Kept beside the document,
//! because Automerge does not offer these look-ups.

use std::collections::BTreeMap;

use automerge::{Automerge, Change, ChangeHash};

/// A change that the document holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// Its name.
    pub hash: ChangeHash,
    /// The counter of its first operation.
    pub start_op: u64,
    /// The counter of its last operation.
    pub max_op: u64,
}

/// The changes of a document.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// By actor, in the order of their positions, which are 1, 2, 3 and so on.
    actors: BTreeMap<Vec<u8>, Vec<Past>>,
    names: BTreeMap<ChangeHash, (u64, u64)>,
    ops: u64,
}

impl History {
    /// The history of a document.
    #[must_use]
    pub fn of(document: &Automerge) -> Self {
        let mut history = Self::default();
        for meta in document.get_changes_meta(&[]) {
            let past = Past {
                hash: meta.hash,
                start_op: meta.start_op,
                max_op: meta.max_op,
            };
            history.insert(meta.actor.to_bytes(), meta.seq, past);
        }
        history
    }

    /// A change was taken in.
    pub fn add(&mut self, change: &Change) {
        let past = Past {
            hash: change.hash(),
            start_op: change.start_op().get(),
            max_op: change.max_op(),
        };
        self.insert(change.actor_id().to_bytes(), change.seq(), past);
    }

    fn insert(&mut self, actor: &[u8], seq: u64, past: Past) {
        if self
            .names
            .insert(past.hash, (past.start_op, past.max_op))
            .is_none()
        {
            let list = self.actors.entry(actor.to_vec()).or_default();
            // Changes of one actor come in the order of their positions.
            debug_assert_eq!(
                seq,
                (list.len() as u64).saturating_add(1),
                "changes come in order"
            );
            list.push(past);
            let ops = past.max_op.saturating_add(1).saturating_sub(past.start_op);
            self.ops = self.ops.saturating_add(ops);
        }
    }

    /// Whether a change is here.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.names.contains_key(hash)
    }

    /// A change by name.
    #[must_use]
    pub fn past(&self, hash: &ChangeHash) -> Option<Past> {
        let (start_op, max_op) = *self.names.get(hash)?;
        Some(Past {
            hash: *hash,
            start_op,
            max_op,
        })
    }

    /// The `seq`-th change of an actor, from 1.
    #[must_use]
    pub fn nth(&self, actor: &[u8], seq: u64) -> Option<Past> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.actors.get(actor)?.get(at).copied()
    }

    /// How many changes an actor has here.
    #[must_use]
    pub fn count(&self, actor: &[u8]) -> u64 {
        self.actors.get(actor).map_or(0, |list| list.len() as u64)
    }

    /// The last change of an actor.
    #[must_use]
    pub fn last(&self, actor: &[u8]) -> Option<Past> {
        self.actors.get(actor)?.last().copied()
    }

    /// The change that holds an actor's operation of this counter.
    #[must_use]
    pub fn holder(&self, actor: &[u8], counter: u64) -> Option<Past> {
        let list = self.actors.get(actor)?;
        let after = list.partition_point(|held| held.start_op <= counter);
        let past = list.get(after.checked_sub(1)?)?;
        (counter <= past.max_op).then_some(*past)
    }

    /// How many changes the document holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// How many operations the document holds.
    #[must_use]
    pub const fn ops(&self) -> u64 {
        self.ops
    }
}
