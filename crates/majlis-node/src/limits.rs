//! How much others may bring here: per device and per space, in bytes, entries and links. Past a
//! limit a device is refused with a reason that both sides see; nothing is taken and then lost.
//! Not here: what a space decides, which knows no limits of storage.

use std::collections::BTreeMap;

use majlis_core::effect::Write;
use majlis_core::id::DeviceId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;
/// What a refusal begins with where it is told to the other side.
const TOLD: &str = "over the limit: ";

/// The limits of a replica. The usual ones suit a person's device; a gateway has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Links at once.
    pub links: usize,
    /// Links that others opened and that stay open with nothing to say. Of more, those that were
    /// quiet longest give way, and their devices come back with news.
    pub links_idle: usize,
    /// Links at once from one address, or one IPv6 network.
    pub links_per_address: usize,
    /// Links at once with one device, over all spaces.
    pub links_per_device: usize,
    /// Bytes of one space kept here, photos and sounds among them.
    pub space_bytes: u64,
    /// Entries of one space kept here.
    pub space_entries: u64,
    /// Bytes of entries written by one device and kept here, in one space.
    pub device_bytes: u64,
    /// Entries written by one device and kept here, in one space.
    pub device_entries: u64,
    /// Bytes that all devices together may send in one day, for one space.
    pub space_bytes_a_day: u64,
    /// Bytes that one device may send in one day, for one space.
    pub device_bytes_a_day: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            links: 128,
            links_idle: 96,
            links_per_address: 32,
            links_per_device: 64,
            space_bytes: 4 * GIB,
            space_entries: 2_000_000,
            device_bytes: GIB,
            device_entries: 500_000,
            space_bytes_a_day: 4 * GIB,
            device_bytes_a_day: GIB,
        }
    }
}

/// The limit that is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    /// The device has as many links as one may have.
    DeviceLinks,
    /// The space takes as much room as one may.
    SpaceRoom,
    /// What the device wrote takes as much room as one device's may.
    DeviceRoom,
    /// The space got as much today as it may in a day.
    SpaceToday,
    /// The device sent as much today as one may in a day.
    DeviceToday,
}

impl LimitName {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::DeviceLinks,
        Self::SpaceRoom,
        Self::DeviceRoom,
        Self::SpaceToday,
        Self::DeviceToday,
    ];

    /// The name in logs, in metrics and between devices.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DeviceLinks => "device_links",
            Self::SpaceRoom => "space_room",
            Self::DeviceRoom => "device_room",
            Self::SpaceToday => "space_today",
            Self::DeviceToday => "device_today",
        }
    }

    /// What the other side is told when it is refused.
    pub(crate) fn told(self) -> String {
        format!("{TOLD}{}", self.word())
    }

    /// Reads what the other side told.
    pub(crate) fn heard(text: &str) -> Option<Self> {
        let word = text.strip_prefix(TOLD)?;
        Self::ALL.into_iter().find(|name| name.word() == word)
    }
}

/// Bytes and entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

impl Amount {
    fn add(&mut self, bytes: u64) {
        self.entries = self.entries.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// What one space has taken, against its limits.
#[derive(Debug)]
pub(crate) struct Quota {
    limits: Limits,
    held: BTreeMap<DeviceId, Amount>,
    all: Amount,
    /// The day that is counted; begun anew with each, and with each start.
    day: u64,
    today: BTreeMap<DeviceId, u64>,
    all_today: u64,
}

impl Quota {
    /// The quota of a space that holds `held`, per author, and so many bytes of photos and sounds.
    pub(crate) fn new(limits: Limits, held: BTreeMap<DeviceId, Amount>, media: u64) -> Self {
        let mut all = Amount {
            entries: 0,
            bytes: media,
        };
        for amount in held.values() {
            all.entries = all.entries.saturating_add(amount.entries);
            all.bytes = all.bytes.saturating_add(amount.bytes);
        }
        Self {
            limits,
            held,
            all,
            day: 0,
            today: BTreeMap::new(),
            all_today: 0,
        }
    }

    /// Counts a frame from a device, and says which limit it goes past, if it does. Frames that
    /// bring entries are refused where there is no room; others only for their number of bytes.
    pub(crate) fn frame(
        &mut self,
        from: Option<DeviceId>,
        bytes: usize,
        day: u64,
        brings: impl FnOnce() -> bool,
    ) -> Option<LimitName> {
        if self.day != day {
            self.day = day;
            self.today.clear();
            self.all_today = 0;
        }
        let bytes = bytes as u64;
        self.all_today = self.all_today.saturating_add(bytes);
        if self.all_today > self.limits.space_bytes_a_day {
            return Some(LimitName::SpaceToday);
        }
        let from = from?;
        let today = self.today.entry(from).or_default();
        *today = today.saturating_add(bytes);
        if *today > self.limits.device_bytes_a_day {
            return Some(LimitName::DeviceToday);
        }
        let full = self.full(from)?;
        brings().then_some(full)
    }

    fn full(&self, from: DeviceId) -> Option<LimitName> {
        let held = self.held.get(&from).copied().unwrap_or_default();
        let is_past =
            |amount: Amount, entries, bytes| amount.entries >= entries || amount.bytes >= bytes;
        if is_past(self.all, self.limits.space_entries, self.limits.space_bytes) {
            Some(LimitName::SpaceRoom)
        } else if is_past(held, self.limits.device_entries, self.limits.device_bytes) {
            Some(LimitName::DeviceRoom)
        } else {
            None
        }
    }

    /// Notes what was stored, and what made room.
    pub(crate) fn stored(&mut self, writes: &[Write]) {
        for write in writes {
            match write {
                Write::Entry {
                    signed, payload, ..
                } => {
                    let bytes = payload.len() as u64;
                    self.all.add(bytes);
                    let device = signed.unchecked().device;
                    self.held.entry(device).or_default().add(bytes);
                }
                Write::BlobPart { bytes, .. } => {
                    self.all.bytes = self.all.bytes.saturating_add(bytes.len() as u64);
                }
                // Only what was whole here makes room.
                Write::LetGo(blob) => {
                    self.all.bytes = self.all.bytes.saturating_sub(blob.size.into());
                }
                _ => {}
            }
        }
    }

    /// Everything held.
    pub(crate) const fn all(&self) -> Amount {
        self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        links: 1,
        links_idle: 1,
        links_per_address: 1,
        links_per_device: 1,
        space_bytes: 1_000,
        space_entries: 10,
        device_bytes: 500,
        device_entries: 5,
        space_bytes_a_day: 300,
        device_bytes_a_day: 200,
    };

    fn device(number: u8) -> DeviceId {
        DeviceId::from_bytes([number; 32])
    }

    fn holding(amounts: &[(u8, u64, u64)]) -> Quota {
        let held = amounts.iter().map(|(number, entries, bytes)| {
            let (entries, bytes) = (*entries, *bytes);
            (device(*number), Amount { entries, bytes })
        });
        Quota::new(LIMITS, held.collect(), 0)
    }

    #[test]
    fn a_day_has_its_limits_and_ends() {
        let mut quota = holding(&[]);
        let mut send = |from, bytes, day| quota.frame(Some(device(from)), bytes, day, || true);
        assert_eq!(send(1, 200, 7), None);
        assert_eq!(send(1, 1, 7), Some(LimitName::DeviceToday));
        assert_eq!(send(2, 90, 7), None);
        assert_eq!(send(2, 90, 7), Some(LimitName::SpaceToday));
        assert_eq!(send(1, 200, 8), None);
    }

    #[test]
    fn without_room_nothing_is_brought_and_everything_may_be_asked() {
        for (quota, name) in [
            (holding(&[(1, 5, 0)]), LimitName::DeviceRoom),
            (holding(&[(1, 0, 500)]), LimitName::DeviceRoom),
            (holding(&[(2, 10, 0)]), LimitName::SpaceRoom),
            (holding(&[(2, 1, 600), (3, 1, 400)]), LimitName::SpaceRoom),
        ] {
            let mut quota = quota;
            assert_eq!(quota.frame(Some(device(1)), 1, 7, || true), Some(name));
            assert_eq!(quota.frame(Some(device(1)), 1, 7, || false), None);
        }
        let mut quota = holding(&[(1, 5, 500)]);
        assert_eq!(quota.frame(Some(device(4)), 1, 7, || true), None);
    }

    #[test]
    fn photos_take_room_too() {
        let blob = majlis_core::blob::Blob::of(b"a photo").unwrap();
        let part = |len| Write::BlobPart {
            blob,
            at: 0,
            bytes: vec![0; len],
        };
        let mut quota = Quota::new(LIMITS, BTreeMap::new(), 600);
        quota.stored(&[part(399)]);
        assert_eq!(quota.frame(Some(device(1)), 1, 7, || true), None);
        quota.stored(&[part(1)]);
        let full = Some(LimitName::SpaceRoom);
        assert_eq!(quota.frame(Some(device(1)), 1, 7, || true), full);
        assert_eq!((quota.all().entries, quota.all().bytes), (0, 1_000));
        // And give it back when they make room for others.
        quota.stored(&[Write::LetGo(blob)]);
        assert_eq!(quota.all().bytes, 1_000 - u64::from(blob.size));
        assert_eq!(quota.frame(Some(device(1)), 1, 7, || true), None);
    }

    #[test]
    fn what_is_told_is_heard() {
        for name in LimitName::ALL {
            assert_eq!(LimitName::heard(&name.told()), Some(name));
        }
        assert_eq!(LimitName::heard("over the limit: patience"), None);
        assert_eq!(LimitName::heard("done"), None);
    }
}
