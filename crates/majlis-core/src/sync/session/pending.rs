//! Which branches have something for the peer, and which of them goes next: what weighs most, and of
//! what is said in processes, what was made last. So a link that is slow, or soon gone, brings the
//! poll of today and its votes before the answers of a month.
//! Claimed times order what is sent, and nothing else: by a clock that is wrong, work goes earlier or
//! later, and arrives all the same.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::chain::{ChainIndex, Item};
use crate::id::{DeviceId, LaneClass};
use crate::membership::Capability;
use crate::membership::roster::Authority;
use crate::sync::message::Scope;
use crate::time::Timestamp;

use super::holdings::BranchKey;
use super::scope_of;

/// How much a branch weighs by the entry of it that goes next; what is less goes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worth {
    /// Membership, own work, what processes are, what is said in them, what documents say, documents,
    /// the rest.
    pub(super) class: u8,
    made: Reverse<Timestamp>,
}

impl Worth {
    /// Of a branch whose entry at `seq` goes next.
    pub(super) fn of(index: &ChainIndex, key: BranchKey, seq: u64, me: DeviceId) -> Self {
        let (chain, branch) = key;
        let item = index.on_branch(chain, branch, seq);
        let own = chain.device == me;
        let defines = || item.is_some_and(|item| defines(index, key, seq, item));
        let class = match chain.lane.class() {
            LaneClass::Membership => 0,
            LaneClass::Process | LaneClass::Requests if own => 1,
            LaneClass::Process if defines() => 2,
            LaneClass::Process | LaneClass::Requests => 3,
            LaneClass::Checkpoints => 4,
            LaneClass::Document if own => 5,
            LaneClass::Document => 6,
            LaneClass::Unknown(_) => 7,
            LaneClass::Receipts => 8,
        };
        // What membership and documents say needs what was said before.
        let newest_first = (1..=3).contains(&class);
        let made = item.filter(|_| newest_first).map(|item| item.claimed);
        Self {
            class,
            made: Reverse(made.unwrap_or_default()),
        }
    }
}

/// Whether an entry of a process lane says what the process is: changes of its definition, what comes
/// right after those, or what begins the chain of somebody who may open it. An opening is a record
/// like others, and no payload is read to find it.
fn defines(index: &ChainIndex, (chain, branch): BranchKey, seq: u64, item: &Item) -> bool {
    if item.takes_part() {
        return true;
    }
    match seq.checked_sub(1) {
        Some(before) => {
            let before = index.on_branch(chain, branch, before);
            before.is_some_and(Item::takes_part)
        }
        None => {
            let authority = item.authority;
            matches!(authority, Some(Authority::Holds(rank)) if rank.may(Capability::OpenProcess))
        }
    }
}

/// The branches that have something for the peer.
#[derive(Debug, Default)]
pub(super) struct Pending {
    order: BTreeSet<(Worth, BranchKey)>,
    worths: BTreeMap<BranchKey, Worth>,
    /// Those whose next entry cannot be read from the disk.
    unread: BTreeSet<BranchKey>,
}

impl Pending {
    /// A branch has something, of this worth.
    pub(super) fn put(&mut self, key: BranchKey, worth: Worth) {
        self.remove(key);
        self.order.insert((worth, key));
        self.worths.insert(key, worth);
    }

    /// Whether a branch has something.
    pub(super) fn contains(&self, key: BranchKey) -> bool {
        self.worths.contains_key(&key)
    }

    /// A branch has nothing more.
    pub(super) fn remove(&mut self, key: BranchKey) {
        self.unread.remove(&key);
        if let Some(worth) = self.worths.remove(&key) {
            self.order.remove(&(worth, key));
        }
    }

    /// What comes next of a branch cannot be read. It is tried again when more of it is here; until
    /// then it is not sent, and not said to be.
    pub(super) fn set_aside(&mut self, key: BranchKey) {
        self.remove(key);
        self.unread.insert(key);
    }

    /// The branches, what weighs most before others.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (Worth, BranchKey)> + '_ {
        self.order.iter().copied()
    }

    /// Whether everything of a scope was said that can be read from the disk.
    pub(super) fn is_drained(&self, scope: Scope) -> bool {
        // The membership lane is before all others by name.
        let end = match scope {
            Scope::Membership => self.worths.first_key_value(),
            Scope::Content => self.worths.last_key_value(),
        };
        end.is_none_or(|((chain, _), _)| scope_of(chain.lane) != scope)
    }

    /// Whether something waits that cannot be read from the disk.
    pub(super) fn lacks_some(&self) -> bool {
        !self.unread.is_empty()
    }
}
