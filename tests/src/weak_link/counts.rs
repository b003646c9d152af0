//! What was on the link. A frame tells by itself whether it belongs to a QUIC handshake; nothing
//! else can be read, so round trips are counted as the longest chain of packets of which each left
//! after the one before it had arrived.

use std::time::{Duration, Instant};

use super::Way;

const ETHERNET: usize = 14;

/// One direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes of IP packets.
    pub bytes: u64,
    /// IP packets.
    pub packets: u64,
    /// Of the bytes, those of packets that begin with a part of a QUIC handshake.
    pub handshake_bytes: u64,
    /// Packets that arrived.
    pub arrived: u64,
    /// Packets that were lost, found the queue full, or met a cut link.
    pub lost: u64,
}

/// Both directions.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// From the near end.
    pub up: Counts,
    /// To the near end.
    pub down: Counts,
    /// How often the link was cut.
    pub cuts: u32,
    /// When the first and the last packet were put on it.
    span: Option<(Instant, Instant)>,
    /// The longest chain that each end has seen the last of; up, then down.
    seen: [u32; 2],
    longest: u32,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Bytes of its IP packet.
    pub(super) bytes: u64,
    /// Whether it begins with a part of a QUIC handshake.
    pub(super) handshake: bool,
}

impl Wire {
    /// Bytes in both directions.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.up.bytes + self.down.bytes
    }

    /// Bytes of handshakes in both directions.
    #[must_use]
    pub fn handshake_bytes(&self) -> u64 {
        self.up.handshake_bytes + self.down.handshake_bytes
    }

    /// Packets in both directions.
    #[must_use]
    pub fn packets(&self) -> u64 {
        self.up.packets + self.down.packets
    }

    /// Round trips, a begun one counted whole.
    #[must_use]
    pub fn turns(&self) -> u32 {
        self.longest.div_ceil(2)
    }

    /// From the first packet to the last.
    #[must_use]
    pub fn lasted(&self) -> Duration {
        self.span
            .map_or(Duration::ZERO, |(first, last)| last.duration_since(first))
    }

    pub(super) fn way(&mut self, way: Way) -> &mut Counts {
        match way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        }
    }

    /// A packet is put on the link; what comes back is its place in the longest chain.
    pub(super) fn put(&mut self, way: Way, kind: Kind, at: Instant) -> u32 {
        let counts = self.way(way);
        counts.bytes += kind.bytes;
        counts.packets += 1;
        if kind.handshake {
            counts.handshake_bytes += kind.bytes;
        }
        let first = self.span.map_or(at, |(first, _)| first);
        self.span = Some((first, at));
        let place = self.seen[way as usize] + 1;
        self.longest = self.longest.max(place);
        place
    }

    /// A packet arrives at the other end.
    pub(super) fn arrive(&mut self, way: Way, place: u32) {
        self.way(way).arrived += 1;
        let other = &mut self.seen[1 - way as usize];
        *other = place.max(*other);
    }
}

impl Kind {
    /// What this frame is; `None` when it carries no IP packet.
    pub(super) fn of(frame: &[u8]) -> Option<Self> {
        let packet = frame.get(ETHERNET..)?;
        let (length, protocol, payload) = match frame.get(12..ETHERNET)? {
            [0x08, 0x00] => {
                let length = u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?]);
                let header = usize::from(packet.first()? & 0x0f) * 4;
                (u64::from(length), *packet.get(9)?, packet.get(header..)?)
            }
            [0x86, 0xdd] => {
                let length = u16::from_be_bytes([*packet.get(4)?, *packet.get(5)?]);
                (u64::from(length) + 40, *packet.get(6)?, packet.get(40..)?)
            }
            _ => return None,
        };
        // UDP, not to the port of mDNS; long headers of QUIC set the first two bits.
        let quic = protocol == 17 && payload.get(2..4) != Some(&[0x14, 0xe9]);
        let first = payload.get(8).copied().unwrap_or_default();
        Some(Self {
            bytes: length,
            handshake: quic && first & 0xc0 == 0xc0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame with a UDP packet to a port.
    fn frame(port: u16, first: u8, payload: usize) -> Vec<u8> {
        let mut frame = vec![0; 12];
        frame.extend([0x08, 0x00, 0x45, 0]);
        frame.extend(u16::try_from(28 + payload).unwrap().to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, 17, 0, 0, 10, 77, 0, 1, 10, 77, 0, 2, 9, 9]);
        frame.extend(port.to_be_bytes());
        frame.extend([0, 0, 0, 0, first]);
        frame.resize(14 + 28 + payload, 0);
        frame
    }

    #[test]
    fn a_packet_is_counted_without_its_ethernet_header() {
        let long = Kind::of(&frame(4_433, 0xc3, 1_200)).unwrap();
        assert_eq!((long.bytes, long.handshake), (1_228, true));
        let short = Kind::of(&frame(4_433, 0x43, 30)).unwrap();
        assert_eq!((short.bytes, short.handshake), (58, false));
        assert!(!Kind::of(&frame(5_353, 0xc3, 30)).unwrap().handshake);
        let mut asking = frame(1, 0, 10);
        asking[12..14].copy_from_slice(&[0x08, 0x06]);
        assert_eq!(Kind::of(&asking), None, "who has this address?");
    }

    #[test]
    fn a_round_trip_is_an_answer_to_what_arrived() {
        let (at, small) = (
            Instant::now(),
            Kind {
                bytes: 50,
                handshake: false,
            },
        );
        let mut wire = Wire::default();
        let asked = wire.put(Way::Up, small, at);
        // Three more in one go add nothing: none of them waited for anything.
        for _ in 0..3 {
            wire.put(Way::Up, small, at);
        }
        assert_eq!(wire.turns(), 1);
        wire.arrive(Way::Up, asked);
        let answered = wire.put(Way::Down, small, at);
        assert_eq!(wire.turns(), 1);
        wire.arrive(Way::Down, answered);
        wire.put(Way::Up, small, at);
        assert_eq!(wire.turns(), 2);
        assert_eq!((wire.packets(), wire.bytes()), (6, 300));
    }
}
