//! The index of chains: which entries are held, in which order, on which branch. Small enough to
//! keep in memory for a whole space; payloads stay on disk.
//! Not here: whether an entry counts.

mod arrivals;

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::State;
use crate::entry::{ChainId, Header, Kind};
use crate::id::{DeviceId, EntryHash, LaneId};
use crate::membership::roster::Authority;
use crate::time::Timestamp;

pub use arrivals::{ArrivalCheck, Arrivals};

/// One entry in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub hash: EntryHash,
    /// The warrant it cites.
    pub warrant: EntryHash,
    /// What its payload is.
    pub kind: Kind,
    /// When it was made, as its author claims: what is sent first may follow it, and nothing else.
    pub claimed: Timestamp,
    /// Where it stands.
    pub state: State,
    /// What the roster said when it was last assessed.
    pub authority: Option<Authority>,
}

/// Where an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its chain.
    pub chain: ChainId,
    /// 0 for the branch that came first here, then in the order in which forks were found. The
    /// numbers of two replicas may differ.
    pub branch: usize,
    /// Its position.
    pub seq: u64,
}

/// A stretch of a chain: from where it parts from another branch, or from the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Branch {
    /// The branch it parts from; `None` when it has a first entry of its own.
    parent: Option<usize>,
    from: u64,
    items: Vec<Item>,
    /// Positions of document changes that have a part in the document or wait for one.
    parts: BTreeSet<u64>,
}

impl Item {
    /// Whether it is document changes that have a part in the document or wait for one.
    pub(crate) const fn takes_part(&self) -> bool {
        matches!(self.kind, Kind::Changes)
            && match self.state {
                State::Waiting(_) | State::Admitted | State::Carried => true,
                State::Quarantined(_) | State::Refused(_) | State::Unknown => false,
            }
    }
}

impl Branch {
    fn get(&self, seq: u64) -> Option<&Item> {
        let at = usize::try_from(seq.checked_sub(self.from)?).ok()?;
        self.items.get(at)
    }

    fn next(&self) -> u64 {
        self.from.saturating_add(self.items.len() as u64)
    }
}

/// What putting an entry into the index would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is there.
    Known,
    /// It is the next of a branch.
    Next(usize),
    /// It stands beside a held entry at its position: its author forked the chain.
    Fork {
        /// The branch it parts from; `None` when it is another first entry.
        parent: Option<usize>,
        /// The entry it stands beside.
        beside: EntryHash,
    },
    /// Its predecessor is not held.
    Gap,
    /// Its position is not the one after its predecessor: it fits nowhere, ever.
    Misfit,
}

/// The tip of one branch: what a peer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    /// The chain.
    pub chain: ChainId,
    /// Position of the last entry.
    pub seq: u64,
    /// Its hash.
    pub hash: EntryHash,
}

/// All chains of a space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainIndex {
    chains: BTreeMap<ChainId, Vec<Branch>>,
    places: BTreeMap<EntryHash, Place>,
    arrivals: Arrivals,
}

impl ChainIndex {
    /// In which order entries came to be held.
    #[must_use]
    pub const fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// Every entry held at one position of a chain, with its branch.
    pub fn at_position(
        &self,
        chain: ChainId,
        seq: u64,
    ) -> impl Iterator<Item = (usize, &Item)> + '_ {
        let branches = self.chains.get(&chain).into_iter().flatten().enumerate();
        branches.filter_map(move |(number, branch)| Some((number, branch.get(seq)?)))
    }

    /// How many entries are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether an entry is held.
    #[must_use]
    pub fn contains(&self, hash: EntryHash) -> bool {
        self.places.contains_key(&hash)
    }

    /// Where an entry is.
    #[must_use]
    pub fn place(&self, hash: EntryHash) -> Option<Place> {
        self.places.get(&hash).copied()
    }

    /// An entry of the index.
    #[must_use]
    pub fn item(&self, hash: EntryHash) -> Option<&Item> {
        let place = self.places.get(&hash)?;
        self.at(*place)
    }

    /// Writes down where an entry stands. Gives where it stood; `None` when it is not held.
    pub fn stand(
        &mut self,
        hash: EntryHash,
        authority: Option<Authority>,
        state: State,
    ) -> Option<State> {
        let place = *self.places.get(&hash)?;
        let branch = self.chains.get_mut(&place.chain)?.get_mut(place.branch)?;
        let at = usize::try_from(place.seq.checked_sub(branch.from)?).ok()?;
        let item = branch.items.get_mut(at)?;
        let was = item.state;
        (item.authority, item.state) = (authority, state);
        if item.takes_part() {
            branch.parts.insert(place.seq);
        } else {
            branch.parts.remove(&place.seq);
        }
        Some(was)
    }

    /// The nearest document changes before a place, in the same chain, that have a part in the document
    /// or wait for one. However many of its author's others stand between and have none, it is found
    /// without looking at them.
    #[must_use]
    pub fn part_before(&self, place: Place) -> Option<&Item> {
        let branches = self.chains.get(&place.chain)?;
        let mut at = branches.get(place.branch)?;
        let mut end = place.seq;
        loop {
            if let Some(seq) = at.parts.range(..end).next_back() {
                return at.get(*seq);
            }
            end = at.from;
            at = branches.get(at.parent?)?;
        }
    }

    fn at(&self, place: Place) -> Option<&Item> {
        self.chains
            .get(&place.chain)?
            .get(place.branch)?
            .get(place.seq)
    }

    /// The entry at `seq` on the way to `branch`, below its beginning on the branches it parts from.
    #[must_use]
    pub fn on_branch(&self, chain: ChainId, branch: usize, seq: u64) -> Option<&Item> {
        let branches = self.chains.get(&chain)?;
        let mut at = branches.get(branch)?;
        while seq < at.from {
            at = branches.get(at.parent?)?;
        }
        at.get(seq)
    }

    /// The branches that lead to `branch`, itself first, each with the position after its last
    /// entry on the way.
    pub fn way(&self, chain: ChainId, branch: usize) -> impl Iterator<Item = (usize, u64)> + '_ {
        let branches = self.chains.get(&chain).map_or(&[][..], Vec::as_slice);
        let first = branches.get(branch).map(|at| (branch, at.next()));
        core::iter::successors(first, |(number, _)| {
            let at = branches.get(*number)?;
            Some((at.parent?, at.from))
        })
    }

    /// How an entry would fit.
    #[must_use]
    pub fn fit(&self, hash: EntryHash, header: &Header) -> Fit {
        if self.contains(hash) {
            return Fit::Known;
        }
        let chain = header.chain();
        if header.seq == 0 {
            let beside = self
                .chains
                .get(&chain)
                .and_then(|branches| branches.first()?.get(0));
            return match beside {
                _ if header.prev != EntryHash::ZERO => Fit::Misfit,
                Some(beside) => Fit::Fork {
                    parent: None,
                    beside: beside.hash,
                },
                None => Fit::Next(0),
            };
        }
        let Some(before) = self.place(header.prev) else {
            return Fit::Gap;
        };
        if before.chain != chain || before.seq.checked_add(1) != Some(header.seq) {
            return Fit::Misfit;
        }
        match self.on_branch(chain, before.branch, header.seq) {
            Some(beside) => Fit::Fork {
                parent: Some(before.branch),
                beside: beside.hash,
            },
            None => Fit::Next(before.branch),
        }
    }

    /// Puts an entry in. The caller has asked [`ChainIndex::fit`] and got `Next` or `Fork`.
    pub fn insert(&mut self, fit: Fit, chain: ChainId, seq: u64, item: Item) {
        let branches = self.chains.entry(chain).or_default();
        let (number, parent) = match fit {
            Fit::Next(number) => (number, None),
            Fit::Fork { parent, .. } => (branches.len(), parent),
            Fit::Known | Fit::Misfit | Fit::Gap => return,
        };
        if branches.len() == number {
            branches.push(Branch {
                parent,
                from: seq,
                items: Vec::new(),
                parts: BTreeSet::new(),
            });
        }
        if let Some(branch) = branches.get_mut(number) {
            branch.items.push(item);
            if item.takes_part() {
                branch.parts.insert(seq);
            }
            self.arrivals.push(item.hash);
            self.places.insert(
                item.hash,
                Place {
                    chain,
                    branch: number,
                    seq,
                },
            );
        }
    }

    /// The first position where a chain forks, when it does.
    #[must_use]
    pub fn fork(&self, chain: ChainId) -> Option<u64> {
        self.chains
            .get(&chain)?
            .iter()
            .skip(1)
            .map(|branch| branch.from)
            .min()
    }

    /// Every position where a chain forks.
    #[must_use]
    pub fn forks(&self, chain: ChainId) -> BTreeSet<u64> {
        let branches = self.chains.get(&chain).into_iter().flatten();
        branches.skip(1).map(|branch| branch.from).collect()
    }

    /// How many branches a chain has.
    #[must_use]
    pub fn branches(&self, chain: ChainId) -> usize {
        self.chains.get(&chain).map_or(0, Vec::len)
    }

    /// The next position on the first branch of a chain, and the entry before it.
    #[must_use]
    pub fn next(&self, chain: ChainId) -> (u64, EntryHash) {
        let Some(branch) = self
            .chains
            .get(&chain)
            .and_then(|branches| branches.first())
        else {
            return (0, EntryHash::ZERO);
        };
        (
            branch.next(),
            branch
                .items
                .last()
                .map_or(EntryHash::ZERO, |item| item.hash),
        )
    }

    /// Every chain.
    pub fn chains(&self) -> impl Iterator<Item = ChainId> + '_ {
        self.chains.keys().copied()
    }

    /// The chains of one lane.
    pub fn chains_on(&self, lane: LaneId) -> impl Iterator<Item = ChainId> + '_ {
        let end = |byte| ChainId {
            lane,
            device: DeviceId::from_bytes([byte; 32]),
        };
        let on = self.chains.range(end(u8::MIN)..=end(u8::MAX));
        on.map(|(chain, _)| *chain)
    }

    /// The tips of every branch of every chain, in order.
    pub fn tips(&self) -> impl Iterator<Item = (Tip, usize)> + '_ {
        self.chains.iter().flat_map(|(chain, branches)| {
            branches.iter().enumerate().filter_map(|(number, branch)| {
                let seq = branch.next().checked_sub(1)?;
                let hash = branch.items.last()?.hash;
                Some((
                    Tip {
                        chain: *chain,
                        seq,
                        hash,
                    },
                    number,
                ))
            })
        })
    }

    /// The first position that belongs to `branch` alone.
    #[must_use]
    pub fn from(&self, chain: ChainId, branch: usize) -> u64 {
        self.chains
            .get(&chain)
            .and_then(|list| list.get(branch))
            .map_or(0, |branch| branch.from)
    }

    /// The position after the last entry of `branch`.
    #[must_use]
    pub fn end(&self, chain: ChainId, branch: usize) -> u64 {
        self.chains
            .get(&chain)
            .and_then(|list| list.get(branch))
            .map_or(0, Branch::next)
    }

    /// Every entry with its place, chain by chain.
    pub fn items(&self) -> impl Iterator<Item = (Place, &Item)> + '_ {
        self.chains.iter().flat_map(|(chain, branches)| {
            branches
                .iter()
                .enumerate()
                .flat_map(move |(number, branch)| {
                    branch.items.iter().enumerate().map(move |(at, item)| {
                        let seq = branch.from.saturating_add(at as u64);
                        (
                            Place {
                                chain: *chain,
                                branch: number,
                                seq,
                            },
                            item,
                        )
                    })
                })
        })
    }

    /// Every entry of one chain, first branch first.
    pub fn items_of(&self, chain: ChainId) -> impl Iterator<Item = (Place, &Item)> + '_ {
        self.chains
            .get(&chain)
            .into_iter()
            .flatten()
            .enumerate()
            .flat_map(move |(number, branch)| {
                branch.items.iter().enumerate().map(move |(at, item)| {
                    (
                        Place {
                            chain,
                            branch: number,
                            seq: branch.from.saturating_add(at as u64),
                        },
                        item,
                    )
                })
            })
    }
}

impl crate::membership::roster::Chains for ChainIndex {
    fn ancestor(
        &self,
        chain: ChainId,
        tip_seq: u64,
        tip: EntryHash,
        seq: u64,
    ) -> Option<EntryHash> {
        let place = self
            .place(tip)
            .filter(|place| place.chain == chain && place.seq == tip_seq)?;
        if seq > tip_seq {
            return None;
        }
        self.on_branch(chain, place.branch, seq)
            .map(|item| item.hash)
    }
}

#[cfg(test)]
mod tests;
