//! What is remembered of a peer, beside remembering all of it.

use super::*;
use crate::admission::{Missing, State};
use crate::chain::{Fit, Item};
use crate::entry::Kind;
use crate::id::{DeviceId, EntryHash, LaneClass, LaneId};
use crate::time::Timestamp;

const CHAINS: u8 = 12;

struct Held {
    index: ChainIndex,
    entries: u16,
    rng: fastrand::Rng,
}

impl Held {
    /// A next entry of some chain, or one beside another.
    fn grow(&mut self) -> (BranchKey, u64) {
        self.entries += 1;
        let mut hash = [9; 32];
        hash[..2].copy_from_slice(&self.entries.to_be_bytes());
        let item = Item {
            hash: EntryHash::from_bytes(hash),
            warrant: EntryHash::ZERO,
            kind: Kind::Records,
            claimed: Timestamp(0),
            state: State::Waiting(Missing::Warrant),
            authority: None,
        };
        let chain = self.chain();
        let branches = self.index.branches(chain);
        let end = self.index.end(chain, 0);
        let (fit, branch, seq) = if end > 2 && self.rng.u8(0..12) == 0 {
            let parent = Some(0);
            let beside = EntryHash::ZERO;
            (Fit::Fork { parent, beside }, branches, end - 1)
        } else {
            let branch = self.rng.usize(0..branches.max(1));
            (Fit::Next(branch), branch, self.index.end(chain, branch))
        };
        self.index.insert(fit, chain, seq, item);
        ((chain, branch), seq)
    }

    fn chain(&mut self) -> ChainId {
        ChainId {
            lane: LaneId::new(LaneClass::Process, [1; 16]),
            device: DeviceId::from_bytes([self.rng.u8(0..CHAINS); 32]),
        }
    }

    fn some(&mut self) -> Option<(BranchKey, u64)> {
        let all: Vec<_> = self.index.tips().collect();
        let (tip, branch) = *self.rng.choice(&all)?;
        let from = self.index.from(tip.chain, branch);
        let seq = self.rng.u64(from..=tip.seq);
        Some(((tip.chain, branch), seq))
    }
}

/// What a peer was found to have, and whatever is done to that afterwards, comes to the same
/// whether every branch is remembered or only those that the peer lacks something of.
#[test]
fn remembering_only_what_a_peer_lacks_changes_nothing_of_what_is_known() {
    for seed in 0..60 {
        let (index, rng) = (ChainIndex::default(), fastrand::Rng::with_seed(seed));
        let entries = 0;
        let mut held = Held {
            index,
            entries,
            rng,
        };
        for _ in 0..40 {
            held.grow();
        }
        let mut all = Holdings::new(Names::new([3; 32]));
        let mut few = Holdings::new(Names::new([3; 32]));
        for (tip, _) in held.index.tips() {
            let short = ShortTip {
                chain: all.names.chain(tip.chain),
                seq: tip.seq,
                check: all.names.check(tip.hash),
            };
            if held.rng.bool() {
                all.list(&short).unwrap();
                few.list(&short).unwrap();
            }
        }
        all.plan(Scope::Content, &held.index, Listed::All);
        few.plan(Scope::Content, &held.index, Listed::All);
        few.settle(&held.index);
        for _ in 0..300 {
            let what = held.rng.u8(0..6);
            let (new, some) = match what {
                0 | 1 => (Some(held.grow()), None),
                _ => (None, held.some()),
            };
            let part = held.rng.u64(0..4);
            for holdings in [&mut all, &mut few] {
                match (what, new, some) {
                    (0, Some((key, seq)), _) => holdings.came(key, seq),
                    (1, Some((key, seq)), _) | (2, _, Some((key, seq))) => {
                        holdings.holds(&held.index, key, seq);
                    }
                    (3, _, Some((key, _))) => {
                        let next = holdings.next(&held.index, key);
                        let end = held.index.end(key.0, key.1);
                        let upto = next.saturating_add(part).min(end);
                        holdings.sent_to(&held.index, key, upto);
                        if part.is_multiple_of(2) {
                            holdings.acked_to(&held.index, key, upto);
                        }
                    }
                    (4, _, Some((key, seq))) => holdings.again(&held.index, key.0, seq),
                    (_, _, Some((key, _))) => holdings.parted(&held.index, key.0),
                    _ => {}
                }
            }
            let sum = |of: &Holdings| of.count(&held.index);
            assert_eq!(sum(&all), sum(&few), "seed {seed}");
            for (tip, branch) in held.index.tips() {
                let key = (tip.chain, branch);
                assert_eq!(all.next(&held.index, key), few.next(&held.index, key));
            }
            let lacking = all.lacked(&held.index).count();
            assert_eq!(few.acked.len(), lacking, "seed {seed}");
            assert!(few.next.len() <= lacking, "seed {seed}");
        }
    }
}
