//! What of a device's work counts: cuts of removals, forks, leaving, adoption.
//!
//! Leaving cannot bound other lanes by position: work on other lanes made before or after a
//! leaving looks alike. So leaving ends the rank and voids later membership entries, and what the
//! device writes elsewhere afterwards is for a removal to cut.

use crate::admission::{Aside, Refusal};
use crate::entry::ChainId;
use crate::id::{EntryHash, LaneId};
use crate::membership::operation::Cut;
use crate::membership::rank::Rank;

use super::{Roster, Warrant};

/// What the roster says of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// Its author acted under this rank.
    Holds(Rank),
    /// The warrant it cites is not held, or not in force yet.
    Missing,
    /// It is set aside.
    Aside(Aside),
    /// It will never count.
    Refused(Refusal),
}

/// Where an entry is, and what it cites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryPlace {
    /// Its name.
    pub hash: EntryHash,
    /// Its chain.
    pub chain: ChainId,
    /// Its position.
    pub seq: u64,
    /// The warrant it cites.
    pub warrant: EntryHash,
}

/// How entries of a chain follow each other.
pub trait Chains {
    /// The entry at `seq` on the branch of `chain` that leads to the entry `tip` at `tip_seq`;
    /// `None` when that entry is not held or `seq` lies beyond it.
    fn ancestor(&self, chain: ChainId, tip_seq: u64, tip: EntryHash, seq: u64)
    -> Option<EntryHash>;
}

impl Warrant {
    /// Whether a removal or leaving ends this. What lower ranks sign never ends a steward's
    /// warrant, and stewards who were taken back later are not ended by what came before.
    pub(super) fn ended_by(&self, end: EntryHash, epoch: Option<usize>) -> bool {
        match self.epoch {
            Some(depth) => epoch.is_some_and(|end| end >= depth),
            None => !self.after.contains(&end),
        }
    }
}

impl Roster {
    /// What the roster says of an entry.
    #[must_use]
    pub fn authority(&self, place: &EntryPlace, chains: &dyn Chains) -> Authority {
        let warrant = self.warrants.get(&place.warrant);
        if let Some(adopter) = self.adopted.get(&place.hash) {
            let own = warrant.filter(|warrant| warrant.device == place.chain.device);
            return Authority::Holds(own.map_or(*adopter, |warrant| warrant.rank.min(*adopter)));
        }
        match warrant {
            Some(warrant) if warrant.device == place.chain.device => {
                match self.standing(place, warrant, chains) {
                    None => Authority::Holds(warrant.rank),
                    Some(aside) => Authority::Aside(aside),
                }
            }
            Some(_) => Authority::Refused(Refusal::NoWarrant),
            None if self.void.contains(&place.warrant) => Authority::Aside(Aside::WarrantVoid),
            None if self.undecided.contains(&place.warrant) => Authority::Missing,
            None if self.known.contains(&place.warrant) => Authority::Refused(Refusal::NoWarrant),
            None => Authority::Missing,
        }
    }

    /// Why an entry under a counting warrant is set aside, if it is.
    fn standing(
        &self,
        place: &EntryPlace,
        warrant: &Warrant,
        chains: &dyn Chains,
    ) -> Option<Aside> {
        let (device, lane) = (place.chain.device, place.chain.lane);
        let removals = self.removals.get(&device).map_or(&[][..], Vec::as_slice);
        let fork = self.forks.get(&place.chain).copied();
        let within = |cut: &Cut| {
            match chains.ancestor(place.chain, cut.seq, cut.hash, place.seq) {
                Some(hash) => hash == place.hash,
                // The cut entry is not held (yet): without a fork there is one branch only.
                None => place.seq < cut.seq && fork.is_none_or(|fork| fork > place.seq),
            }
        };
        if fork.is_some_and(|fork| fork <= place.seq) {
            let named = removals
                .iter()
                .filter_map(|removal| removal.cuts.get(&lane));
            let mut named = named.filter(|cut| fork.is_some_and(|fork| cut.seq >= fork));
            if !named.any(within) {
                return Some(Aside::Forked);
            }
        }
        for removal in removals {
            let ends = warrant.ended_by(removal.entry, removal.epoch);
            if ends && !removal.cuts.get(&lane).is_some_and(within) {
                return Some(Aside::Removed);
            }
        }
        if lane != LaneId::MEMBERSHIP {
            return None;
        }
        let mut left = self.left.get(&device).into_iter().flatten();
        left.any(|(entry, leaving)| {
            place.seq > leaving.seq && warrant.ended_by(*entry, leaving.epoch)
        })
        .then_some(Aside::Left)
    }
}
