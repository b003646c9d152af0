//! What a desk does for others: keeps within limits what they bring, and, where this replica is a
//! carrier, signs receipts for what it holds. Not here: what a receipt says (the core).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use majlis_core::effect::{LinkId, Notice, Write};
use majlis_core::id::{DeviceId, LaneId, SpaceId};
use majlis_core::receipt::Alarm;
use majlis_core::shelf::ShelfError;
use majlis_core::space::{Command, Input, Reply, Space};
use majlis_core::sync::message::{Message, decode};
use majlis_store::Store;

use crate::api::ApiError;
use crate::clock;
use crate::desk::Desk;
use crate::high_water::{HighWater, Signed};
use crate::limits::{Amount, LimitName, Limits, Quota};
use crate::links::Ending;
use crate::trust::Trusts;

/// After something came, a receipt is signed so late, so that what comes together is signed together.
const SIGN_AFTER: Duration = Duration::from_secs(2);
/// While a peer is still sending, the receipt waits, but no longer than this.
const SIGN_WITHIN: Duration = Duration::from_secs(30);

/// Under which name alarms are kept.
const ALARMS: &str = "alarms";

/// On which terms a replica takes things from others.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) carrier: bool,
    pub(crate) limits: Limits,
    /// The key by which this device proves itself on links.
    pub(crate) transport: [u8; 32],
    /// Where this device keeps what it has as a trustee.
    pub(crate) trusts: Trusts,
    /// Where the machine remembers how far this device had signed.
    pub(crate) high_water: Option<HighWater>,
}

/// The state of it at one desk, since it was opened.
#[derive(Debug)]
pub(crate) struct Carriage {
    carrier: bool,
    pub(crate) trusts: Trusts,
    quota: Quota,
    signed: Option<Signed>,
    /// When something came that no receipt names yet.
    came: Option<Instant>,
    pub(crate) sign_at: Option<Instant>,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) receipts: u64,
    /// Whom this device refused, and for which limit.
    pub(crate) refused_here: BTreeMap<DeviceId, LimitName>,
    /// Who refused this device.
    pub(crate) refused_there: BTreeMap<DeviceId, LimitName>,
    pub(crate) refusals: BTreeMap<LimitName, u64>,
    /// How many alarms are kept on disk.
    alarms: usize,
}

impl Carriage {
    /// At the desk of a space, in which `me` signs for this device.
    pub(crate) fn new(
        terms: &Terms,
        space: SpaceId,
        me: DeviceId,
        store: &Store,
    ) -> Result<Self, ShelfError> {
        let held = store
            .amounts(space)
            .map_err(|error| ShelfError::Failed(error.into()))?;
        let media = store.blob_figures(space);
        let media = media
            .map_err(|error| ShelfError::Failed(error.into()))?
            .kept_bytes;
        let mine = held.iter().find(|(device, ..)| *device == me);
        let mine = mine.map_or(0, |(_, entries, _)| *entries);
        let high = terms.high_water.clone();
        let held = held
            .into_iter()
            .map(|(device, entries, bytes)| (device, Amount { entries, bytes }));
        Ok(Self {
            carrier: terms.carrier,
            trusts: terms.trusts.clone(),
            quota: Quota::new(terms.limits, held.collect(), media),
            signed: high.map(|high| Signed::new(high, space, me, mine)),
            came: terms.carrier.then(Instant::now),
            // What came before the last stop, after the last receipt.
            sign_at: terms.carrier.then(|| Instant::now() + SIGN_AFTER),
            sent: 0,
            received: 0,
            receipts: 0,
            refused_here: BTreeMap::new(),
            refused_there: BTreeMap::new(),
            refusals: BTreeMap::new(),
            alarms: 0,
        })
    }

    /// Notes what was stored, and when a receipt for it is due.
    pub(crate) fn stored(&mut self, writes: &[Write], now: Instant) {
        self.quota.stored(writes);
        if let Some(signed) = &mut self.signed {
            signed.stored(writes);
        }
        let moved = |write: &Write| match write {
            Write::Entry { signed, .. } => signed.unchecked().lane != LaneId::RECEIPTS,
            _ => false,
        };
        if self.carrier && writes.iter().any(moved) {
            self.came.get_or_insert(now);
            self.sign_at.get_or_insert(now + SIGN_AFTER);
        }
    }

    /// A receipt is due, in case there is something that none names yet.
    pub(crate) fn sign_again(&mut self, now: Instant) {
        if self.carrier {
            self.came.get_or_insert(now);
            self.sign_at.get_or_insert(now + SIGN_AFTER);
        }
    }

    pub(crate) const fn held(&self) -> Amount {
        self.quota.all()
    }
}

/// Gives a space what was seen before it was last closed.
pub(crate) fn recall_alarms(space: &mut Space, store: &Store) -> Result<(), ShelfError> {
    let kept = store.setting(Some(space.id()), ALARMS);
    let kept = kept.map_err(|error| ShelfError::Failed(error.into()))?;
    let seen: Option<Vec<(DeviceId, Alarm)>> =
        kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    space.recall(&seen.unwrap_or_default());
    Ok(())
}

impl Desk {
    /// Takes a frame, unless its sender is past a limit: then it is told so, and nothing of the
    /// frame is taken, stored or acknowledged.
    pub(crate) fn frame(&mut self, link: LinkId, bytes: Vec<u8>) -> Result<(), ApiError> {
        // What comes after this side ended the link is not looked at.
        if !self.lines.contains_key(&link) {
            return Ok(());
        }
        let from = self.space.peer_on(link);
        let day = clock::day(clock::now());
        self.carriage.received += bytes.len() as u64;
        let brings = || {
            let heard = decode(&bytes).map(|(_, message)| message);
            match heard {
                // With an empty part thanks are asked for, and nothing comes.
                Ok(Message::Run { part, .. }) => !part.is_empty(),
                heard => matches!(heard, Ok(Message::Media { .. })),
            }
        };
        let quota = &mut self.carriage.quota;
        let Some(limit) = quota.frame(from, bytes.len(), day, brings) else {
            return self.input(Input::Frame { link, bytes }).map(drop);
        };
        let name = from.and_then(|device| self.space.roster().name(device));
        tracing::warn!(
            limit = limit.word(),
            space = %self.id().short(),
            device = from.map(|device| device.short()),
            name,
            "refusing a device"
        );
        *self.carriage.refusals.entry(limit).or_default() += 1;
        if let Some(from) = from {
            self.carriage.refused_here.insert(from, limit);
        }
        self.note(&Notice::Sync);
        if let Some(line) = self.lines.remove(&link) {
            let _ = line.end.send(Ending::Limit(limit));
        }
        Ok(())
    }

    /// Keeps what devices were seen to do over the next start.
    pub(crate) fn keep_alarms(&mut self) {
        let seen = self.space.seen();
        if seen.len() == self.carriage.alarms {
            return;
        }
        let kept = serde_json::to_vec(&seen).map_err(|error| error.to_string());
        let kept = kept.and_then(|bytes| {
            let put = self.store.put_setting(Some(self.id()), ALARMS, &bytes);
            put.map_err(|error| error.to_string())
        });
        match kept {
            Ok(()) => self.carriage.alarms = seen.len(),
            Err(error) => tracing::warn!(error, space = %self.id().short(), "keeping an alarm"),
        }
    }

    /// Devices on a link now.
    pub(crate) fn connected(&self) -> u64 {
        self.lines.len() as u64
    }

    /// A link ends; `refused` is why, when the peer refused this device, and `hung_up` whether this
    /// side ended it before.
    pub(crate) fn ended(&mut self, link: LinkId, refused: Option<LimitName>, hung_up: bool) {
        let Some(device) = self.space.peer_on(link) else {
            return;
        };
        match refused {
            Some(limit) => {
                tracing::info!(
                    limit = limit.word(),
                    device = %device.short(),
                    "a device refuses this one"
                );
                self.carriage.refused_there.insert(device, limit);
            }
            None => {
                self.carriage.refused_there.remove(&device);
            }
        }
        if !hung_up {
            self.carriage.refused_here.remove(&device);
        }
    }

    /// Signs a receipt, or waits a little longer while somebody is still sending.
    pub(crate) fn sign(&mut self, now: Instant) {
        let waited = self.carriage.came.map_or(SIGN_WITHIN, |came| now - came);
        let sending = self.space.peers().any(|(_, peer)| peer.missing_here > 0);
        if sending && waited < SIGN_WITHIN {
            self.carriage.sign_at = Some(now + SIGN_AFTER);
            return;
        }
        (self.carriage.came, self.carriage.sign_at) = (None, None);
        if !self.is_member() {
            return;
        }
        match self.command(Command::Receipt) {
            Ok(Reply::Entry(_)) => self.carriage.receipts += 1,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, space = %self.id().short(), "signing a receipt");
            }
        }
        // The receipt itself is no reason for another.
        (self.carriage.came, self.carriage.sign_at) = (None, None);
    }
}
