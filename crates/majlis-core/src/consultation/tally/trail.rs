//! What goes into a hash in order of slot: hashed as it passes by, or kept so that more may come in
//! any order. Both give the same hash. Not here: what goes in.

use std::collections::BTreeMap;

use crate::id::SlotId;

/// About what a slot takes up in a tree beside its bytes.
const BESIDE: usize = 64;

/// Pieces under their slots.
#[derive(Debug)]
pub(super) enum Trail {
    Passing(Box<blake3::Hasher>),
    Kept(Box<blake3::Hasher>, BTreeMap<SlotId, Vec<u8>>),
}

impl Trail {
    pub(super) fn new(context: &str, kept: bool) -> Self {
        let hasher = Box::new(blake3::Hasher::new_derive_key(context));
        if kept {
            Self::Kept(hasher, BTreeMap::new())
        } else {
            Self::Passing(hasher)
        }
    }

    /// Puts a piece after those of its slot; about how much more is kept for it.
    pub(super) fn put(&mut self, slot: SlotId, piece: &[u8]) -> usize {
        match self {
            Self::Passing(hasher) => {
                hasher.update(piece);
                0
            }
            Self::Kept(_, pieces) => {
                pieces.entry(slot).or_default().extend_from_slice(piece);
                piece.len().saturating_add(BESIDE)
            }
        }
    }

    /// Whether anything is kept under a slot.
    pub(super) fn holds(&self, slot: SlotId) -> bool {
        match self {
            Self::Passing(_) => false,
            Self::Kept(_, pieces) => pieces.contains_key(&slot),
        }
    }

    pub(super) fn hash(&self) -> [u8; 32] {
        match self {
            Self::Passing(hasher) => *hasher.finalize().as_bytes(),
            Self::Kept(start, pieces) => {
                let mut hasher = start.clone();
                for piece in pieces.values() {
                    hasher.update(piece);
                }
                *hasher.finalize().as_bytes()
            }
        }
    }
}
