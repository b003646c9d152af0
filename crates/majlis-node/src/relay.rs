//! Relays as devices speak of them: a relay's place as bytes, what a device shows to be let in, and
//! what a gateway tells of its own. Not here: holding relays (`links/relays.rs`), running one.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
pub use majlis_core::id::SpaceId;
use majlis_core::id::{DeviceId, InviteKey};
use majlis_core::sign::{DeviceKey, Purpose, Signature, Signer as _, verify};
pub use majlis_net::{RelayPlace, pin_of};

use crate::ticket::take;

const VERSION: u8 = 1;
/// The most statements that are read of one pass; one costs a check of a signature.
const MAX_VOUCHERS: usize = 8;
/// The longest pass that is looked at, in letters.
const MAX_PASS: usize = 2_048;
/// What a gateway tells of its relay begins with this; a presence never does.
pub(crate) const TOLD: u8 = 0xa1;
/// The most devices named in one telling.
const MAX_GUESTS: usize = 24;

/// Says of a transport key that it belongs to a device, or to whoever holds an invite: signed by
/// that one. It is bound to the transport key alone, which is proven wherever it is shown, so who
/// sees it can do nothing with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Voucher {
    kind: Kind,
    key: [u8; 32],
    signature: [u8; 64],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Device,
    Invite,
}

impl Voucher {
    /// A device vouches for its transport.
    pub(crate) fn of_device(key: &DeviceKey, transport: &[u8; 32]) -> Self {
        Self::signed(Kind::Device, key, transport)
    }

    /// Whoever holds an invite's secret vouches for its transport.
    pub(crate) fn of_invite(key: &DeviceKey, transport: &[u8; 32]) -> Self {
        Self::signed(Kind::Invite, key, transport)
    }

    fn signed(kind: Kind, key: &DeviceKey, transport: &[u8; 32]) -> Self {
        Self {
            kind,
            key: *key.device().as_bytes(),
            signature: *key.sign(Purpose::Transport, transport).as_bytes(),
        }
    }

    fn holds(&self, transport: &[u8; 32]) -> bool {
        let signature = Signature::from_bytes(self.signature);
        verify(&self.key, Purpose::Transport, transport, &signature)
    }
}

/// The vouchers as they are shown to a relay.
pub(crate) fn pass(vouchers: &[Voucher]) -> String {
    let mut out = vec![VERSION];
    for voucher in vouchers.iter().take(MAX_VOUCHERS) {
        out.push(match voucher.kind {
            Kind::Device => 0,
            Kind::Invite => 1,
        });
        out.extend_from_slice(&voucher.key);
        out.extend_from_slice(&voucher.signature);
    }
    BASE64URL_NOPAD.encode(&out)
}

/// A pass that was shown, and that is of the transport key by which it was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelayPass {
    pub(crate) devices: BTreeSet<DeviceId>,
    pub(crate) invites: BTreeSet<InviteKey>,
}

impl RelayPass {
    /// Reads what was shown by somebody who proved `transport`. What does not hold is left out:
    /// any text at all is answered, with a pass that lets nobody in if need be.
    #[must_use]
    pub fn read(text: &str, transport: &[u8; 32]) -> Self {
        Self::vouchers(text, transport).unwrap_or_default()
    }

    /// Whether it vouches for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty() && self.invites.is_empty()
    }

    /// Whether one device vouches in both.
    #[must_use]
    pub fn is_of_one_of(&self, other: &Self) -> bool {
        !self.devices.is_disjoint(&other.devices)
    }

    fn vouchers(text: &str, transport: &[u8; 32]) -> Option<Self> {
        if text.len() > MAX_PASS {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let mut rest = bytes.as_slice();
        let [version] = take(&mut rest)?;
        if version != VERSION {
            return None;
        }
        let mut pass = Self::default();
        for _ in 0..MAX_VOUCHERS {
            if rest.is_empty() {
                break;
            }
            let [kind] = take(&mut rest)?;
            let voucher = Voucher {
                kind: match kind {
                    0 => Kind::Device,
                    1 => Kind::Invite,
                    _ => return None,
                },
                key: take(&mut rest)?,
                signature: take(&mut rest)?,
            };
            if !voucher.holds(transport) {
                continue;
            }
            match voucher.kind {
                Kind::Device => {
                    pass.devices.insert(DeviceId::from_bytes(voucher.key));
                }
                Kind::Invite => {
                    pass.invites.insert(InviteKey::from_bytes(voucher.key));
                }
            }
        }
        rest.is_empty().then_some(pass)
    }
}

/// Where the holder of a pass stands, by the rosters of the spaces here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelayStanding {
    /// Whether it counts as a member of one of them, or holds an invite that is open.
    pub admitted: bool,
    /// The spaces that it is a member of.
    pub spaces: BTreeSet<SpaceId>,
}

/// The relay that a gateway runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRelay {
    /// Where others reach it.
    pub told: RelayPlace,
    /// Where the gateway itself does.
    pub home: RelayPlace,
}

/// What a gateway tells the devices of a space about its relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RelayTold {
    pub(crate) place: RelayPlace,
    /// Transport keys of members that can be met through it now.
    pub(crate) guests: BTreeSet<[u8; 32]>,
}

impl RelayTold {
    /// As a datagram.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = vec![TOLD, VERSION];
        put_place(&mut out, &self.place);
        for guest in self.guests.iter().take(MAX_GUESTS) {
            out.extend_from_slice(guest);
        }
        out
    }

    /// Reads a datagram; `None` when it is none of these.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let [kind, version] = take(&mut rest)?;
        if (kind, version) != (TOLD, VERSION) {
            return None;
        }
        let place = place(&mut rest)?;
        if rest.len() > MAX_GUESTS * 32 {
            return None;
        }
        let mut guests = BTreeSet::new();
        while !rest.is_empty() {
            guests.insert(take(&mut rest)?);
        }
        Some(Self { place, guests })
    }
}

/// Writes a relay's place: what it has, its address, then that.
pub(crate) fn put_place(out: &mut Vec<u8>, place: &RelayPlace) {
    let url = place.url();
    out.push(u8::from(place.pin().is_some()) | (u8::from(place.quic().is_some()) << 1));
    out.push(u8::try_from(url.len()).unwrap_or(0));
    out.extend_from_slice(url.as_bytes());
    if let Some(pin) = place.pin() {
        out.extend_from_slice(&pin);
    }
    if let Some(port) = place.quic() {
        out.extend_from_slice(&port.to_be_bytes());
    }
}

/// Reads what [`put_place`] wrote, and nothing else.
pub(crate) fn place(rest: &mut &[u8]) -> Option<RelayPlace> {
    let [has, len] = take(rest)?;
    if has > 3 {
        return None;
    }
    let (url, tail) = rest.split_at_checked(usize::from(len))?;
    *rest = tail;
    let url = core::str::from_utf8(url).ok()?;
    let pin = if has & 1 == 0 {
        None
    } else {
        Some(take(rest)?)
    };
    let quic = if has & 2 == 0 {
        None
    } else {
        Some(u16::from_be_bytes(take(rest)?))
    };
    RelayPlace::new(url, pin, quic).filter(|place| place.url() == url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> [RelayPlace; 3] {
        [
            RelayPlace::new("https://relay.example.org", None, None),
            RelayPlace::new("http://10.0.0.1:3340", None, Some(3340)),
            RelayPlace::new("https://10.0.0.1:3340", Some([7; 32]), Some(3340)),
        ]
        .map(Option::unwrap)
    }

    #[test]
    fn a_place_reads_back_and_nothing_else_does() {
        for place in places() {
            let mut bytes = Vec::new();
            put_place(&mut bytes, &place);
            let mut rest = bytes.as_slice();
            assert_eq!(super::place(&mut rest), Some(place));
            assert!(rest.is_empty());
            for end in 0..bytes.len() {
                assert_eq!(super::place(&mut &bytes[..end]), None);
            }
            bytes[0] |= 4;
            assert_eq!(super::place(&mut bytes.as_slice()), None);
        }
    }

    #[test]
    fn what_a_gateway_tells_fits_a_datagram_and_reads_back() {
        let url = format!("https://{}.org", "a".repeat(84));
        let place = RelayPlace::new(&url, Some([7; 32]), Some(443)).unwrap();
        let guests = (0..24).map(|number| [number; 32]).collect();
        let told = RelayTold { place, guests };
        let bytes = told.encode();
        assert!(bytes.len() <= majlis_net::MAX_DATAGRAM);
        assert_eq!(RelayTold::decode(&bytes), Some(told));
        for end in 0..bytes.len() {
            let read = RelayTold::decode(&bytes[..end]);
            assert!(read.is_none_or(|read| read.guests.len() < 24));
        }
        assert_eq!(RelayTold::decode(&[1; 40]), None, "a presence is not one");
    }

    #[test]
    fn a_pass_is_for_one_transport_and_counts_by_its_signatures() {
        let (device, invite) = (
            DeviceKey::from_secret(&[1; 32]),
            DeviceKey::from_secret(&[2; 32]),
        );
        let transport = [9; 32];
        let text = pass(&[
            Voucher::of_device(&device, &transport),
            Voucher::of_invite(&invite, &transport),
        ]);
        let read = RelayPass::read(&text, &transport);
        assert!(!read.is_empty() && RelayPass::default().is_empty());
        let elsewhere = RelayPass::read(&pass(&[Voucher::of_device(&device, &[8; 32])]), &[8; 32]);
        assert!(read.is_of_one_of(&elsewhere), "one device, two transports");
        let same_invite = pass(&[Voucher::of_invite(&invite, &[8; 32])]);
        assert!(!read.is_of_one_of(&RelayPass::read(&same_invite, &[8; 32])));
        assert_eq!(read.devices, BTreeSet::from([device.device()]));
        assert_eq!(read.invites.len(), 1);
        assert_eq!(
            RelayPass::read(&text, &[8; 32]),
            RelayPass::default(),
            "by another transport it is worth nothing"
        );
        // What is damaged gives no more than was there, and nothing panics.
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 1;
            let read = RelayPass::read(&BASE64URL_NOPAD.encode(&bent), &transport);
            assert!(read.devices.len() + read.invites.len() <= 2);
        }
        for text in ["", "AA", "مجلس", &"A".repeat(MAX_PASS + 1)] {
            assert_eq!(RelayPass::read(text, &transport), RelayPass::default());
        }
    }
}
