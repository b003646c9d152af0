//! Comparing many tips in few bytes: range-based set reconciliation (negentropy) over the names of
//! tips on this link. Whoever begins learns which of its tips the other lacks, and the names of
//! the other's that it lacks itself.

use std::collections::BTreeMap;

use negentropy::{Id, Negentropy, NegentropyStorageVector};

use crate::chain::{ChainIndex, Tip};
use crate::sync::message::{ProtocolError, Scope};
use crate::sync::names::{Names, TipName};

use super::holdings::MAX_HEARD;
use super::scope_of;

/// With more tips than this on both sides they are compared instead of listed.
pub(super) const COMPARE_ABOVE: u64 = 512;
/// Bytes of one round, at most.
const ROUND: u64 = 32 * 1024;
/// A peer that lacks nothing we know of needs no more rounds than this.
const MAX_ROUNDS: usize = 1_000;

/// One comparison of one scope.
pub(super) struct Comparison {
    negentropy: Negentropy<'static, NegentropyStorageVector>,
    tips: BTreeMap<TipName, Tip>,
    have: Vec<Id>,
    need: Vec<Id>,
    rounds: usize,
}

/// What a round comes to.
pub(super) enum Round {
    /// Say this.
    Say(Vec<u8>),
    /// It is known where the two differ.
    Done {
        /// Tips that the other side lacks.
        tips: Vec<Tip>,
        /// Names of tips that this side lacks.
        wants: Vec<TipName>,
    },
}

impl Comparison {
    pub(super) fn new(
        scope: Scope,
        index: &ChainIndex,
        names: &Names,
    ) -> Result<Self, ProtocolError> {
        let tips: BTreeMap<TipName, Tip> = index
            .tips()
            .filter(|(tip, _)| scope_of(tip.chain.lane) == scope)
            .map(|(tip, _)| (names.tip(&tip), tip))
            .collect();
        let mut storage = NegentropyStorageVector::with_capacity(tips.len());
        for name in tips.keys() {
            storage
                .insert(0, Id::from_byte_array(name.0))
                .map_err(broken)?;
        }
        storage.seal().map_err(broken)?;
        Ok(Self {
            negentropy: Negentropy::owned(storage, ROUND).map_err(broken)?,
            tips,
            have: Vec::new(),
            need: Vec::new(),
            rounds: 0,
        })
    }

    /// The first round.
    pub(super) fn begin(&mut self) -> Result<Vec<u8>, ProtocolError> {
        self.negentropy.initiate().map_err(broken)
    }

    /// Answers a round, on either side.
    pub(super) fn round(&mut self, body: &[u8]) -> Result<Round, ProtocolError> {
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > MAX_ROUNDS {
            return Err(ProtocolError::TooLarge);
        }
        if !self.negentropy.is_initiator() {
            return self
                .negentropy
                .reconcile(body)
                .map(Round::Say)
                .map_err(broken);
        }
        let next = self
            .negentropy
            .reconcile_with_ids(body, &mut self.have, &mut self.need)
            .map_err(broken)?;
        if self.need.len() > MAX_HEARD {
            return Err(ProtocolError::TooLarge);
        }
        Ok(match next {
            Some(body) => Round::Say(body),
            None => Round::Done {
                tips: self
                    .have
                    .iter()
                    .filter_map(|id| self.tips.get(&TipName(**id)).copied())
                    .collect(),
                wants: self.need.iter().map(|id| TipName(**id)).collect(),
            },
        })
    }

    /// The tip of this side that has this name.
    pub(super) fn tip(&self, name: &TipName) -> Option<Tip> {
        self.tips.get(name).copied()
    }
}

fn broken(_: negentropy::Error) -> ProtocolError {
    ProtocolError::Malformed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::{Missing, State};
    use crate::chain::{Fit, Item};
    use crate::entry::{ChainId, Kind};
    use crate::id::{DeviceId, EntryHash, LaneClass, LaneId};
    use crate::time::Timestamp;

    /// Chains of one entry each, named by number.
    fn holding(numbers: impl Iterator<Item = u16>) -> ChainIndex {
        let mut index = ChainIndex::default();
        for number in numbers {
            let mut name = [7; 32];
            name[..2].copy_from_slice(&number.to_be_bytes());
            let item = Item {
                hash: EntryHash::from_bytes(name),
                warrant: EntryHash::ZERO,
                kind: Kind::Records,
                claimed: Timestamp(0),
                state: State::Waiting(Missing::Warrant),
                authority: None,
            };
            let chain = ChainId {
                lane: LaneId::new(LaneClass::Process, [1; 16]),
                device: DeviceId::from_bytes(name),
            };
            index.insert(Fit::Next(0), chain, 0, item);
        }
        index
    }

    fn begin(index: &ChainIndex) -> Comparison {
        Comparison::new(Scope::Content, index, &Names::new([3; 32])).unwrap()
    }

    #[test]
    fn two_sides_find_what_each_lacks_and_nothing_else() {
        let (mut one, mut two) = (begin(&holding(0..3_000)), begin(&holding(5..3_004)));
        let mut body = one.begin().unwrap();
        let mut bytes = body.len();
        let (tips, wants) = loop {
            let Round::Say(answer) = two.round(&body).unwrap() else {
                unreachable!("only who began says the outcome")
            };
            bytes += answer.len();
            match one.round(&answer).unwrap() {
                Round::Say(next) => body = next,
                Round::Done { tips, wants } => break (tips, wants),
            }
            bytes += body.len();
        };
        assert_eq!(tips.len(), 5);
        assert_eq!(wants.iter().filter_map(|name| two.tip(name)).count(), 4);
        assert!(bytes < 16_000, "{bytes} bytes");
    }

    #[test]
    fn a_bent_round_is_refused_or_answered() {
        let mut rng = fastrand::Rng::with_seed(11);
        let (mut refused, mut answered) = (0, 0);
        for _ in 0..400 {
            let (mut one, mut two) = (begin(&holding(0..200)), begin(&holding(100..300)));
            let mut body = one.begin().unwrap();
            if rng.bool() {
                let Round::Say(answer) = two.round(&body).unwrap() else {
                    unreachable!("only who began says the outcome")
                };
                core::mem::swap(&mut one, &mut two);
                body = answer;
            }
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(0..body.len());
                match rng.u8(0..3) {
                    0 => body[at] ^= 1 << rng.u8(0..8),
                    1 => body[at] = 255,
                    _ => body.truncate(at.max(1)),
                }
            }
            match two.round(&body) {
                Ok(_) => answered += 1,
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 20 && answered > 20, "{refused}, {answered}");
    }
}
