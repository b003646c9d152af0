//! Invites, their ends, and the joins under them.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Aside, Missing, Refusal, State};
use crate::entry::Header;
use crate::id::{DeviceId, EntryHash, InviteKey};
use crate::membership::operation::{CloseInvite, Join, Operation};
use crate::membership::rank::{Capability, Rank};

use super::fold::Fold;
use super::{InviteRow, Joined};

impl<'a> Fold<'a> {
    /// Invites by those who act under `rank`, and the ends that their makers and the stewards set.
    pub(super) fn invites(&mut self, rank: Rank) {
        for (entry, device) in self.acting_at(rank) {
            let Some((_, Operation::Invite(invite))) = self.entries.get(&entry) else {
                continue;
            };
            let allowed = rank.may(Capability::Invite) && invite.rank < rank;
            if allowed {
                let row = InviteRow {
                    entry,
                    by: device,
                    invite: invite.clone(),
                    used: 0,
                    surplus: 0,
                    closed: false,
                };
                self.out.invites.insert(entry, row);
            }
            let state = if allowed {
                State::Admitted
            } else {
                State::Refused(Refusal::NotAllowed)
            };
            self.out.states.insert(entry, state);
        }
        // A steward may have closed an invite of this layer in the layer above.
        let mut closing: Vec<(EntryHash, DeviceId, bool)> = Vec::new();
        for above in Rank::ALL.into_iter().filter(|above| *above >= rank) {
            let steward = above == Rank::Steward;
            let acting = self.acting_at(above).into_iter();
            closing.extend(acting.map(|(entry, device)| (entry, device, steward)));
        }
        for (entry, device, steward) in closing {
            let Some((_, Operation::CloseInvite(close))) = self.entries.get(&entry) else {
                continue;
            };
            if self.out.states.contains_key(&entry) {
                continue;
            }
            match self.out.invites.get_mut(&close.invite) {
                Some(row) if steward || row.by == device => {
                    row.closed = true;
                    self.closes
                        .entry(close.invite)
                        .or_default()
                        .push(kept(close));
                    self.out.states.insert(entry, State::Admitted);
                }
                Some(_) => {
                    self.out
                        .states
                        .insert(entry, State::Refused(Refusal::NotAllowed));
                }
                None => {}
            }
        }
    }

    /// Joins under the invites that count so far; the first ones by hash, up to the uses.
    pub(super) fn joins(&mut self) {
        let invites: Vec<InviteRow> = self
            .out
            .invites
            .values()
            .filter(|row| !self.settled.contains(&row.entry))
            .cloned()
            .collect();
        let fresh: BTreeSet<EntryHash> = invites.iter().map(|row| row.entry).collect();
        let mut under = self.joins_by_invite(|invite| fresh.contains(&invite));
        for row in invites {
            self.settled.insert(row.entry);
            let closes = self.closes.get(&row.entry).cloned().unwrap_or_default();
            let (mut used, mut surplus) = (0_u32, 0_u32);
            for (entry, header, join) in under.remove(&row.entry).unwrap_or_default() {
                if !self.is_sound(entry, header, join, row.entry, row.invite.key) {
                    self.out
                        .states
                        .insert(entry, State::Refused(Refusal::NoWarrant));
                    continue;
                }
                let forked = self.out.forks.get(&header.chain()) == Some(&0);
                let named = closes.iter().all(|kept| kept.contains(&entry));
                let adopted = self
                    .out
                    .adopted
                    .get(&entry)
                    .is_some_and(|by| row.invite.rank < *by);
                let counts = adopted || (named && !forked && used < row.invite.uses);
                if counts && !adopted {
                    used = used.saturating_add(1);
                } else if named && !forked && !adopted {
                    surplus = surplus.saturating_add(1);
                }
                if counts {
                    self.let_in(entry, header.device, row.invite.rank);
                } else {
                    self.out.void.insert(entry);
                    let aside = if forked {
                        Aside::Forked
                    } else {
                        Aside::WarrantVoid
                    };
                    self.out.states.insert(entry, State::Quarantined(aside));
                }
                self.list(entry, header.device, join, row.by, counts);
            }
            if let Some(held) = self.out.invites.get_mut(&row.entry) {
                (held.used, held.surplus) = (used, surplus);
            }
        }
    }

    /// Joins under invites that were settled above, adopted under `rank`.
    pub(super) fn adopted_joins(&mut self, rank: Rank) {
        let adopted: Vec<EntryHash> = self.out.adopted.keys().copied().collect();
        for entry in adopted {
            let Some((header, Operation::Join(join))) = self.entries.get(&entry) else {
                continue;
            };
            let aside = matches!(self.out.states.get(&entry), Some(State::Quarantined(_)));
            let row = self
                .out
                .invites
                .get(&join.invite)
                .filter(|row| row.invite.rank < rank);
            let Some((gives, by)) = row.map(|row| (row.invite.rank, row.by)).filter(|_| aside)
            else {
                continue;
            };
            self.out.void.remove(&entry);
            self.let_in(entry, header.device, gives);
            self.list(entry, header.device, join, by, true);
        }
    }

    /// Joins under invites that do not count (yet): their devices are known, and not in.
    pub(super) fn stray_joins(&mut self) {
        let settled = self.settled.clone();
        let strays = self.joins_by_invite(|invite| !settled.contains(&invite));
        for (invite, joins) in strays {
            let Some((maker, operation)) = self.entries.get(&invite) else {
                self.out
                    .undecided
                    .extend(joins.iter().map(|(entry, _, _)| *entry));
                continue;
            };
            let waits = matches!(self.acting(invite, maker), Err(State::Waiting(_)));
            for (entry, header, join) in joins {
                let key = match operation {
                    Operation::Invite(invite) => Some(invite.key),
                    _ => None,
                };
                let sound = key.is_some_and(|key| self.is_sound(entry, header, join, invite, key));
                let state = if !sound {
                    State::Refused(Refusal::NoWarrant)
                } else if waits {
                    self.out.undecided.insert(entry);
                    State::Waiting(Missing::Warrant)
                } else {
                    self.out.void.insert(entry);
                    State::Quarantined(Aside::WarrantVoid)
                };
                self.out.states.insert(entry, state);
                if sound {
                    self.list(entry, header.device, join, maker.device, false);
                }
            }
        }
    }

    fn joins_by_invite(
        &self,
        of: impl Fn(EntryHash) -> bool,
    ) -> BTreeMap<EntryHash, Vec<(EntryHash, &'a Header, &'a Join)>> {
        let mut found: BTreeMap<EntryHash, Vec<_>> = BTreeMap::new();
        for (entry, (header, operation)) in self.entries {
            if let Operation::Join(join) = operation
                && of(join.invite)
            {
                found
                    .entry(join.invite)
                    .or_default()
                    .push((*entry, header, join));
            }
        }
        found
    }

    /// Whether a join is made as joins are made, with the secret of the invite.
    fn is_sound(
        &mut self,
        entry: EntryHash,
        header: &Header,
        join: &Join,
        invite: EntryHash,
        key: InviteKey,
    ) -> bool {
        let (space, device) = (self.space, header.device);
        let shape = header.seq == 0 && header.warrant == invite && join.person.device == device;
        shape && self.proof(entry, || join.proves(key, space, device))
    }

    fn let_in(&mut self, entry: EntryHash, device: DeviceId, rank: Rank) {
        self.grant(entry, device, rank, BTreeSet::new(), None);
        self.out.states.insert(entry, State::Admitted);
    }

    /// A device that joined twice is known by the join that counts.
    fn list(
        &mut self,
        entry: EntryHash,
        device: DeviceId,
        join: &Join,
        by: DeviceId,
        counts: bool,
    ) {
        let joined = Joined {
            entry,
            invite: join.invite,
            person: join.person.id(),
            name: join.name.clone(),
            invited_by: Some(by),
            counts,
        };
        let held = self.out.joined.get(&device);
        if held.is_none_or(|held| counts && !held.counts) {
            self.out.joined.insert(device, joined);
        }
    }
}

fn kept(close: &CloseInvite) -> BTreeSet<EntryHash> {
    close.joins.iter().copied().collect()
}
