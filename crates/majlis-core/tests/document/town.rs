//! Replicas of one document that edit, hand each other batches of changes in any order, and admit
//! them through the gate.

use std::collections::VecDeque;

use majlis_core::changes::Changes;
use majlis_core::document::{Document, Edit, Edited, Offer, checksum};
use majlis_core::id::{DeviceId, LaneClass, LaneId};
use majlis_core::time::Timestamp;

use super::editor::{Editor, any_edit};

pub(crate) fn lane() -> LaneId {
    LaneId::new(LaneClass::Document, [7; 16])
}

/// A device with the document open in an editor.
pub(crate) struct Replica {
    pub(crate) device: DeviceId,
    pub(crate) session: u32,
    pub(crate) document: Document,
    pub(crate) editor: Editor,
    base: Vec<automerge::ChangeHash>,
    unsealed: Vec<Vec<u8>>,
    inbox: VecDeque<(DeviceId, Changes)>,
    pub(crate) walked: usize,
    pub(crate) whole: usize,
}

impl Replica {
    pub(crate) fn new(number: u8) -> Self {
        let document = Document::new(lane());
        Self {
            device: DeviceId::from_bytes([number; 32]),
            session: 0,
            editor: Editor::showing(&document.blocks()),
            base: document.heads(),
            document,
            unsealed: Vec::new(),
            inbox: VecDeque::new(),
            walked: 0,
            whole: 0,
        }
    }

    pub(crate) fn actor(&self) -> [u8; 16] {
        self.device.actor(lane(), self.session)
    }

    /// Types in the editor, then hands in what was typed.
    pub(crate) fn edit(&mut self, edits: &[Edit], now: Timestamp) {
        for edit in edits {
            self.editor.apply(edit);
        }
        let typed = self.editor.clone();
        let edited = self.document.edit(self.actor(), &self.base, edits, now);
        let edited = edited.unwrap_or_else(|error| panic!("{error}: {edits:?}"));
        let at_base = self
            .document
            .blocks_at(&edited.base)
            .expect("the base is held");
        assert_eq!(
            typed.blocks(),
            at_base,
            "the edits mean what the editor shows: {edits:?}"
        );
        self.follow(edited);
    }

    pub(crate) fn follow(&mut self, edited: Edited) {
        self.unsealed.extend(edited.changes);
        self.walk(&edited.remote, edited.blocks, edited.checksum.as_deref());
        self.base = edited.heads;
    }

    /// Asks for what came in since.
    pub(crate) fn catch_up(&mut self) {
        let (edits, blocks, checksum) = self.document.lead(&self.base);
        self.walk(&edits, blocks, checksum.as_deref());
        self.base = self.document.heads();
    }

    fn walk(
        &mut self,
        edits: &[Edit],
        blocks: Option<Vec<majlis_core::document::Block>>,
        sum: Option<&str>,
    ) {
        let before = self.editor.clone();
        if let Some(blocks) = blocks {
            self.whole += 1;
            self.editor = Editor::showing(&blocks);
        } else {
            self.walked += edits.len();
            edits.iter().for_each(|edit| self.editor.apply(edit));
        }
        let shown = self.editor.blocks();
        assert_eq!(
            shown,
            self.document.blocks(),
            "from {before:?} by {edits:?}"
        );
        assert_eq!(Some(checksum(&shown).as_str()), sum);
    }

    /// What was made since the last time, as a batch.
    pub(crate) fn seal(&mut self) -> Option<Changes> {
        let changes: Vec<_> = self.unsealed.drain(..).map(Into::into).collect();
        (!changes.is_empty()).then_some(Changes {
            session: self.session,
            changes,
        })
    }

    /// Admits a batch; `false` when it has to wait.
    pub(crate) fn admit(&mut self, from: DeviceId, batch: &Changes) -> bool {
        take(&mut self.document, from, batch)
    }

    /// Admits what it can of the inbox, in any order.
    pub(crate) fn read_inbox(&mut self, most: usize, random: &mut fastrand::Rng) {
        for _ in 0..most.min(self.inbox.len()) {
            let at = random.usize(..self.inbox.len());
            let Some((from, batch)) = self.inbox.remove(at) else {
                return;
            };
            if !self.admit(from, &batch) {
                self.inbox.push_back((from, batch));
            }
        }
    }
}

/// Takes an honest batch through the gate into a document; `false` when it has to wait.
pub(crate) fn take(document: &mut Document, from: DeviceId, batch: &Changes) -> bool {
    match document.offer(from, batch) {
        Offer::Fits { .. } => {
            document.absorb().expect("an honest batch is taken");
            true
        }
        Offer::Missing(_) => false,
        Offer::Refused(refusal) => panic!("an honest batch is refused: {refusal:?}"),
    }
}

/// Gives everything that a replica made to the others.
pub(crate) fn send(town: &mut [Replica], who: usize) {
    let from = town[who].device;
    let Some(batch) = town[who].seal() else {
        return;
    };
    for (number, other) in town.iter_mut().enumerate() {
        if number != who {
            other.inbox.push_back((from, batch.clone()));
        }
    }
}

/// Random editing and meeting, then everything exchanged.
pub(crate) fn run(seed: u64, rounds: usize) -> Vec<Replica> {
    let random = &mut fastrand::Rng::with_seed(seed);
    let count = random.u8(3..=5);
    let mut town: Vec<Replica> = (0..count).map(|number| Replica::new(number + 1)).collect();
    for round in 0..rounds {
        let who = random.usize(..town.len());
        match random.u8(..10) {
            0..=5 => {
                let replica = &mut town[who];
                let mut scratch = replica.editor.clone();
                let edits: Vec<Edit> = (0..random.usize(1..=3))
                    .map(|_| {
                        let edit = any_edit(&scratch, random);
                        scratch.apply(&edit);
                        edit
                    })
                    .collect();
                replica.edit(&edits, Timestamp(1_000_000 + round as u64 * 1_000));
            }
            6 => send(&mut town, who),
            7 | 8 => {
                let most = random.usize(1..=4);
                town[who].read_inbox(most, random);
            }
            _ => town[who].catch_up(),
        }
    }
    settle(&mut town, random);
    town
}

/// Everything is exchanged; all replicas must agree.
pub(crate) fn settle(town: &mut [Replica], random: &mut fastrand::Rng) {
    for who in 0..town.len() {
        send(town, who);
    }
    for replica in town.iter_mut() {
        while !replica.inbox.is_empty() {
            let mut waiting: Vec<_> = replica.inbox.drain(..).collect();
            random.shuffle(&mut waiting);
            let before = waiting.len();
            waiting.retain(|(from, batch)| !replica.admit(*from, batch));
            assert!(waiting.len() < before, "honest batches wait for ever");
            replica.inbox = waiting.into();
        }
        replica.catch_up();
    }
    for pair in town.windows(2) {
        assert_eq!(pair[0].document.heads(), pair[1].document.heads());
        assert_eq!(pair[0].document.blocks(), pair[1].document.blocks());
        assert_eq!(pair[0].document.plain_text(), pair[1].document.plain_text());
    }
}
