//! Receipts in a space: signing for what is held, and holding carriers to what they signed for.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Missing, Refusal, State};
use crate::codec::DecodeError;
use crate::effect::LinkId;
use crate::entry::{ChainId, Kind, VERSION, Verified};
use crate::id::{DeviceId, EntryHash, LaneId};
use crate::membership::{Capability, Rank};
use crate::receipt::{Alarm, MAX_POSITIONS, Owed, Position, Receipt, Receipts};
use crate::shelf::{Shelf, ShelfError};
use crate::space::command::Done;
use crate::space::step::Step;
use crate::space::{Reply, Space, read_whole};

/// Alarms kept of one device; more say nothing new.
const MAX_ALARMS: usize = 64;

/// What is known of carriers here.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// All receipts held, added up; read when first needed.
    added: Option<Receipts>,
    /// Per link, what carriers owed when it began.
    due: BTreeMap<LinkId, BTreeSet<(DeviceId, Owed)>>,
    /// What devices were seen to do since the space was opened.
    seen: BTreeMap<DeviceId, BTreeSet<Alarm>>,
}

/// What is known of a device that signs receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierView {
    /// The device.
    pub device: DeviceId,
    /// How many receipts of it are held.
    pub receipts: u64,
    /// Its newest receipt.
    pub newest: Option<EntryHash>,
    /// Entries that it signed for and that are held here.
    pub confirmed: u64,
    /// Entries that it signed for and that are not held here.
    pub owed: u64,
    /// This device's own chains, and how far it signed for them.
    pub own: Vec<OwnChain>,
    /// What it did that it should not have done.
    pub alarms: Vec<Alarm>,
}

/// How far a carrier signed for one of this device's own chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnChain {
    /// The lane.
    pub lane: LaneId,
    /// Entries of this device's there.
    pub entries: u64,
    /// Of them those that the carrier signed for.
    pub receipted: u64,
}

impl Space {
    /// Everyone who signs receipts, or was seen to break their word.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    pub fn carriers(&mut self, shelf: &dyn Shelf) -> Result<Vec<CarrierView>, ShelfError> {
        self.read_receipts(shelf)?;
        let Some(added) = &self.receipts.added else {
            return Ok(Vec::new());
        };
        let known = added
            .carriers()
            .filter(|device| self.roster.is_known(*device));
        let devices: BTreeSet<DeviceId> = known.chain(self.receipts.seen.keys().copied()).collect();
        let views = devices.into_iter().filter(|device| *device != self.me);
        Ok(views.map(|device| self.carrier(device, added)).collect())
    }

    /// How many entries of a chain a carrier that is in signed for: the one that signed for most.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails.
    pub fn receipted(&mut self, chain: ChainId, shelf: &dyn Shelf) -> Result<u64, ShelfError> {
        self.read_receipts(shelf)?;
        let Some(added) = &self.receipts.added else {
            return Ok(0);
        };
        let others = added
            .carriers()
            .filter(|device| *device != self.me && self.roster.rank(*device).is_some());
        let most = others.map(|device| added.said(device, chain, &self.index).confirmed);
        Ok(most.max().unwrap_or_default())
    }

    fn carrier(&self, device: DeviceId, added: &Receipts) -> CarrierView {
        let (mut confirmed, mut owed) = (0_u64, 0_u64);
        for chain in added.chains(device) {
            let said = added.said(device, chain, &self.index);
            confirmed = confirmed.saturating_add(said.confirmed);
            owed = owed.saturating_add(said.owed);
        }
        let mine = self.index.chains();
        let mine = mine.filter(|chain| chain.device == self.me && chain.lane != LaneId::RECEIPTS);
        let own = mine.map(|chain| OwnChain {
            lane: chain.lane,
            entries: self.index.items_of(chain).count() as u64,
            receipted: added.said(device, chain, &self.index).confirmed,
        });
        let signed = ChainId {
            lane: LaneId::RECEIPTS,
            device,
        };
        let mut alarms: BTreeSet<Alarm> = added.misstated(device, &self.index).collect();
        alarms.extend(self.receipts.seen.get(&device).into_iter().flatten());
        alarms.extend(self.two_receipts(signed));
        CarrierView {
            device,
            receipts: self.index.items_of(signed).count() as u64,
            newest: self
                .index
                .items_of(signed)
                .last()
                .map(|(_, item)| item.hash),
            confirmed,
            owed,
            own: own.collect(),
            alarms: alarms.into_iter().collect(),
        }
    }

    /// What devices were seen to do on this device's own links, which no entry says: for the caller
    /// to keep, and to give back to [`Space::recall`] when the space is opened again.
    #[must_use]
    pub fn seen(&self) -> Vec<(DeviceId, Alarm)> {
        let seen = self.receipts.seen.iter();
        seen.flat_map(|(device, alarms)| alarms.iter().map(|alarm| (*device, *alarm)))
            .collect()
    }

    /// Takes back what was seen before.
    pub fn recall(&mut self, seen: &[(DeviceId, Alarm)]) {
        for (device, alarm) in seen {
            self.alarm(*device, *alarm);
        }
    }

    /// Two receipts that stand at one place of a chain, when it forks.
    fn two_receipts(&self, signed: ChainId) -> Option<Alarm> {
        let fork = self.index.fork(signed)?;
        let there = self.index.items_of(signed);
        let mut there: Vec<EntryHash> = there
            .filter(|(place, _)| place.seq == fork)
            .map(|(_, item)| item.hash)
            .collect();
        there.sort_unstable();
        match there[..] {
            [one, other, ..] => Some(Alarm::Equivocates { one, other }),
            [] | [_] => None,
        }
    }

    fn read_receipts(&mut self, shelf: &dyn Shelf) -> Result<(), ShelfError> {
        if self.receipts.added.is_some() {
            return Ok(());
        }
        let mut added = Receipts::default();
        let chains = self.index.chains();
        for chain in chains.filter(|chain| chain.lane == LaneId::RECEIPTS) {
            for (place, item) in self.index.items_of(chain) {
                if item.kind != Kind::Receipt {
                    continue;
                }
                // Without it, a carrier is believed less than it said.
                let Some(payload) = read_whole(item.hash, shelf)? else {
                    continue;
                };
                if let Ok(receipt) = Receipt::decode(chain.device, &payload) {
                    added.take(chain.device, (place.seq, item.hash), &receipt, &self.index);
                }
            }
        }
        self.receipts.added = Some(added);
        Ok(())
    }

    /// Adds a receipt that came in to what was read.
    pub(super) fn remember_receipt(&mut self, verified: &Verified, payload: &[u8]) {
        let header = verified.header();
        let is_receipt = header.lane == LaneId::RECEIPTS
            && header.kind == Kind::Receipt
            && header.version == VERSION;
        let Some(added) = self.receipts.added.as_mut().filter(|_| is_receipt) else {
            return;
        };
        if let Ok(receipt) = Receipt::decode(header.device, payload) {
            let at = (header.seq, verified.hash());
            added.take(header.device, at, &receipt, &self.index);
        }
    }

    pub(super) fn assess_receipt(
        author: DeviceId,
        hash: EntryHash,
        rank: Rank,
        step: &Step<'_>,
    ) -> Result<State, ShelfError> {
        let Some(payload) = read_whole(hash, step)? else {
            return Ok(State::Waiting(Missing::Payload));
        };
        Ok(match Receipt::decode(author, &payload) {
            Err(DecodeError::Newer) => State::Unknown,
            Err(DecodeError::Malformed) => State::Refused(Refusal::Malformed),
            Ok(_) if rank.may(Capability::SignReceipts) => State::Admitted,
            Ok(_) => State::Refused(Refusal::NotAllowed),
        })
    }

    /// Signs for every chain that moved since the last receipt. Others' receipts alone are no
    /// reason for one: two carriers would sign for each other's receipts for ever.
    pub(super) fn sign_receipt(&mut self, step: &mut Step<'_>) -> Done {
        if !self.may(Capability::SignReceipts) {
            return Ok(Err(self.denied(Capability::SignReceipts)));
        }
        self.read_receipts(step)?;
        let Some(added) = &self.receipts.added else {
            return Ok(Ok(Reply::Done));
        };
        let tips = self.index.tips().map(|(tip, _)| Position::from(tip));
        let (others, mut positions): (Vec<Position>, Vec<Position>) = tips
            .filter(|position| !added.covers(self.me, position, &self.index))
            .partition(|position| position.lane == LaneId::RECEIPTS);
        if positions.is_empty() {
            return Ok(Ok(Reply::Done));
        }
        positions.extend(
            others
                .into_iter()
                .filter(|position| position.device != self.me),
        );
        positions.sort_unstable();
        let mut sealed = Vec::new();
        for part in positions.chunks(MAX_POSITIONS) {
            let positions = part.to_vec();
            let payload = Receipt { positions }.encode();
            sealed.push(self.seal_entry(LaneId::RECEIPTS, Kind::Receipt, payload, step));
        }
        self.settle(&sealed, step)?;
        Ok(Ok(sealed
            .last()
            .map_or(Reply::Done, |last| Reply::Entry(*last))))
    }

    /// A link begins: what every carrier owes now, it must have sent by the time it says so.
    ///
    /// A receipt that is here before this side's first frame was signed before the peer says what
    /// it holds. So a carrier that holds what it signed for names and sends it on this link, in
    /// whatever order, and none is accused for what is still on its way.
    pub(super) fn expect_from(&mut self, link: LinkId, step: &Step<'_>) -> Result<(), ShelfError> {
        self.read_receipts(step)?;
        let mut due = BTreeSet::new();
        if let Some(added) = &self.receipts.added {
            for carrier in added.carriers().filter(|carrier| *carrier != self.me) {
                let owed = added.owed(carrier, &self.index).into_iter();
                due.extend(owed.map(|owed| (carrier, owed)));
            }
        }
        self.receipts.due.insert(link, due);
        Ok(())
    }

    pub(super) fn expect_nothing(&mut self, link: LinkId) {
        self.receipts.due.remove(&link);
    }

    /// The peer of a link says that it has sent everything.
    pub(super) fn hold_to_its_word(&mut self, link: LinkId, peer: Option<DeviceId>) {
        let due = self.receipts.due.remove(&link).unwrap_or_default();
        for (carrier, Owed { receipt, position }) in due {
            if Some(carrier) == peer && !self.index.contains(position.hash) {
                self.alarm(carrier, Alarm::Hides { receipt, position });
            }
        }
    }

    /// The peer of a link handed over something that its named author did not sign.
    pub(super) fn altered(&mut self, link: Option<LinkId>, chain: ChainId, seq: u64) {
        let session = link.and_then(|link| self.sessions.get(&link));
        if let Some(peer) = session.and_then(crate::sync::session::Session::peer) {
            let (lane, device) = (chain.lane, chain.device);
            self.alarm(peer, Alarm::Alters { lane, device, seq });
        }
    }

    /// Whether a device was seen to do something.
    pub(super) fn has_seen(&self, device: DeviceId, alarm: Alarm) -> bool {
        let seen = self.receipts.seen.get(&device);
        seen.is_some_and(|alarms| alarms.contains(&alarm))
    }

    pub(super) fn alarm(&mut self, device: DeviceId, alarm: Alarm) {
        let alarms = self.receipts.seen.entry(device).or_default();
        if alarms.len() < MAX_ALARMS {
            alarms.insert(alarm);
        }
    }
}
