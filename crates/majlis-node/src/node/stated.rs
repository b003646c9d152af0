//! Outcomes that officers signed, as they are shown. Not here: signing one (`outcomes`).

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use majlis_core::membership::Capability;
use majlis_store::Proceedings;

use crate::api::proceedings::StatedView;
use crate::desk::Desk;
use crate::node::consultations::short;

impl Desk {
    /// What officers state, the first first, and whether it is what this device counts.
    pub(super) fn stated(&self, said: &Proceedings, hash: &[u8; 32]) -> Vec<StatedView> {
        let roster = self.space.roster();
        said.stated
            .iter()
            .map(|one| StatedView {
                by: roster.name(one.device).unwrap_or_default().to_owned(),
                time: said.claimed.get(&one.id).map_or(0, |time| time.0),
                counted: short(one.said.counted),
                hash: HEXLOWER.encode(&one.said.hash),
                summary: one.said.summary.clone(),
                agrees: one.said.hash == *hash,
            })
            .collect()
    }

    /// Whether this person signed an outcome of this hash. Not told beside each signature: who counts again
    /// compares what is printed with what others print.
    pub(super) fn signed(&self, said: &Proceedings, hash: &[u8; 32]) -> bool {
        let roster = self.space.roster();
        let me = roster.person(self.space.me());
        let mut signed = said.stated.iter().filter(|one| one.said.hash == *hash);
        signed.any(|one| me.is_some() && roster.person(one.device) == me)
    }

    /// How many people signed an outcome of this hash; of whom it is not known who stands behind the device
    /// none is counted.
    pub(super) fn signatures(&self, said: &Proceedings, hash: &[u8; 32]) -> u32 {
        let roster = self.space.roster();
        let same = said.stated.iter().filter(|one| one.said.hash == *hash);
        let people: BTreeSet<_> = same.filter_map(|one| roster.person(one.device)).collect();
        short(people.len() as u64)
    }

    /// How many people of the space may sign an outcome.
    pub(super) fn signers(&self) -> u32 {
        let members = self.space.roster().members();
        let may = members.filter(|one| one.rank.is_some_and(|rank| rank.may(Capability::Moderate)));
        let people: BTreeSet<_> = may.map(|one| one.person).collect();
        short(people.len() as u64)
    }
}
