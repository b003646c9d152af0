//! All receipts added up: per carrier, what it ever said to hold, against what is held here.

use std::collections::BTreeMap;

use crate::chain::ChainIndex;
use crate::entry::ChainId;
use crate::id::{DeviceId, EntryHash};
use crate::membership::roster::Chains as _;
use crate::receipt::{Alarm, Position, Receipt};

/// What was said of one place, and the earliest receipt that says it.
type Positions = BTreeMap<(u64, EntryHash), (u64, EntryHash)>;

/// Everything that carriers ever said to hold.
///
/// A function of the set of receipts and of the entries held: it may be filled in any order, with
/// repeats. Positions that a later one of the same carrier contains are forgotten once both are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    carriers: BTreeMap<DeviceId, BTreeMap<ChainId, Positions>>,
}

/// Something that a carrier signed for and that is not held here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owed {
    /// The receipt that says it.
    pub receipt: EntryHash,
    /// What it says.
    pub position: Position,
}

/// What a carrier's receipts say of one chain, in entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Signed for, and held here.
    pub confirmed: u64,
    /// Signed for, and not held here, as far as positions tell.
    pub owed: u64,
}

impl Receipts {
    /// Adds a receipt: the entry `hash` at position `seq` of `carrier`'s receipts.
    pub fn take(
        &mut self,
        carrier: DeviceId,
        (seq, hash): (u64, EntryHash),
        receipt: &Receipt,
        index: &ChainIndex,
    ) {
        let chains = self.carriers.entry(carrier).or_default();
        for position in &receipt.positions {
            let positions = chains.entry(position.chain()).or_default();
            let first = positions
                .entry((position.seq, position.hash))
                .or_insert((seq, hash));
            *first = (*first).min((seq, hash));
            if positions.len() > 1 {
                prune(position.chain(), positions, index);
            }
        }
    }

    /// Every device that signed a receipt.
    pub fn carriers(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.carriers.keys().copied()
    }

    /// Every chain that a carrier signed for.
    pub fn chains(&self, carrier: DeviceId) -> impl Iterator<Item = ChainId> + '_ {
        let chains = self.carriers.get(&carrier).into_iter();
        chains.flat_map(|chains| chains.keys().copied())
    }

    /// Whether a carrier signed for this position of a chain, by itself or with a later one.
    #[must_use]
    pub fn covers(&self, carrier: DeviceId, position: &Position, index: &ChainIndex) -> bool {
        let positions = self.positions(carrier, position.chain());
        positions.is_some_and(|positions| {
            let at = (position.seq, position.hash);
            positions.contains_key(&at)
                || positions.keys().any(|(seq, hash)| {
                    index.ancestor(position.chain(), *seq, *hash, position.seq)
                        == Some(position.hash)
                })
        })
    }

    /// What a carrier signed for and is not held here.
    #[must_use]
    pub fn owed(&self, carrier: DeviceId, index: &ChainIndex) -> Vec<Owed> {
        let all = self.all(carrier);
        all.filter(|owed| !index.contains(owed.position.hash))
            .collect()
    }

    /// What a carrier said of entries held here that they do not say themselves.
    pub fn misstated<'a>(
        &'a self,
        carrier: DeviceId,
        index: &'a ChainIndex,
    ) -> impl Iterator<Item = Alarm> + 'a {
        let all = self.all(carrier);
        all.filter_map(|Owed { receipt, position }| {
            let place = index.place(position.hash)?;
            let so = place.chain == position.chain() && place.seq == position.seq;
            (!so).then_some(Alarm::Misstates { receipt, position })
        })
    }

    /// What a carrier's receipts say of one chain.
    #[must_use]
    pub fn said(&self, carrier: DeviceId, chain: ChainId, index: &ChainIndex) -> Said {
        let mut upto: BTreeMap<usize, u64> = BTreeMap::new();
        let mut owed: u64 = 0;
        for (seq, hash) in self
            .positions(carrier, chain)
            .into_iter()
            .flat_map(Positions::keys)
        {
            let after = seq.saturating_add(1);
            match index.place(*hash) {
                Some(place) if place.chain == chain && place.seq == *seq => {
                    for (branch, end) in index.way(chain, place.branch) {
                        let most = upto.entry(branch).or_default();
                        *most = (*most).max(end.min(after));
                    }
                }
                Some(_) => {}
                None => {
                    let (held, _) = index.next(chain);
                    owed = owed.max(after.saturating_sub(held).max(1));
                }
            }
        }
        let confirmed = upto
            .into_iter()
            .map(|(branch, after)| after.saturating_sub(index.from(chain, branch)));
        Said {
            confirmed: confirmed.sum(),
            owed,
        }
    }

    fn positions(&self, carrier: DeviceId, chain: ChainId) -> Option<&Positions> {
        self.carriers.get(&carrier)?.get(&chain)
    }

    fn all(&self, carrier: DeviceId) -> impl Iterator<Item = Owed> + '_ {
        let chains = self.carriers.get(&carrier).into_iter().flatten();
        chains.flat_map(|(chain, positions)| {
            positions.iter().map(|((seq, hash), (_, receipt))| Owed {
                receipt: *receipt,
                position: Position {
                    lane: chain.lane,
                    device: chain.device,
                    seq: *seq,
                    hash: *hash,
                },
            })
        })
    }
}

/// Forgets held positions that lie on the way to a later held one.
fn prune(chain: ChainId, positions: &mut Positions, index: &ChainIndex) {
    let mut kept: Vec<(u64, EntryHash)> = Vec::new();
    for (seq, hash) in positions.keys().rev() {
        let contained = kept.iter().any(|(later, tip)| {
            *later != *seq && index.ancestor(chain, *later, *tip, *seq) == Some(*hash)
        });
        if !contained {
            kept.push((*seq, *hash));
        }
    }
    positions.retain(|key, _| kept.contains(key));
}
