//! The ticket of an invite: everything a new device needs to join and to dial the inviter, in
//! one short text for a QR code, a message or paper. The one parser of it is here.
//! Not here: whether the invite still counts, which only the space's roster tells.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use data_encoding::BASE32_NOPAD;
use majlis_core::id::{EntryHash, SpaceId};
use majlis_core::membership::Rank;
use zeroize::Zeroizing;

use crate::relay::{RelayPlace, place, put_place};

const VERSION: u8 = 1;
/// The version with a relay at the end.
const WITH_RELAY: u8 = 2;
const SUM: usize = 4;
const CONTEXT: &str = "majlis 2026 ticket checksum v1";
/// The most socket addresses a ticket carries.
pub const MAX_SOCKETS: usize = 4;
/// The longest name kept in a ticket, in bytes of UTF-8; longer ones are cut at a character.
pub const MAX_NAME: usize = 36;
/// The longest ticket text that is looked at.
const MAX_TEXT: usize = 1_000;
/// What may stand before the ticket when it travels as a link.
pub const LINK: &str = "majlis:join/";

/// An invite in the form in which it is handed over.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The space.
    pub space: SpaceId,
    /// The entry of the invite.
    pub invite: EntryHash,
    /// The secret whose public half the invite names: who holds it may join.
    pub secret: Zeroizing<[u8; 16]>,
    /// The rank it gives.
    pub rank: Rank,
    /// The inviter's fingerprint, to compare with their screen.
    pub fingerprint: [u8; 8],
    /// The inviter's transport key.
    pub endpoint: [u8; 32],
    /// Where the inviter was reachable on the local network.
    pub sockets: Vec<SocketAddr>,
    /// The space's name, perhaps cut short.
    pub name: String,
    /// The inviter's name, perhaps cut short.
    pub inviter: String,
    /// A relay through which the inviter may be met.
    pub relay: Option<RelayPlace>,
}

impl core::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Without the secret: tickets must not reach a log.
        write!(
            f,
            "Ticket({} for {})",
            self.invite.short(),
            self.space.short()
        )
    }
}

/// A text is no ticket, or a damaged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// It is something else, or mistyped.
    #[error("reading a ticket that is damaged or none")]
    Damaged,
    /// It was made by a newer version of Majlis.
    #[error("reading a ticket of a newer version")]
    Newer,
}

impl Ticket {
    /// The text: upper-case base32, so that a QR code of it stays small.
    #[must_use]
    pub fn to_text(&self) -> String {
        let version = self.relay.as_ref().map_or(VERSION, |_| WITH_RELAY);
        let mut out = vec![version, rank_to_byte(self.rank)];
        out.extend_from_slice(self.space.as_bytes());
        out.extend_from_slice(self.invite.as_bytes());
        out.extend_from_slice(&*self.secret);
        out.extend_from_slice(&self.fingerprint);
        out.extend_from_slice(&self.endpoint);
        let sockets = self.sockets.iter().take(MAX_SOCKETS);
        out.push(u8::try_from(sockets.len()).unwrap_or(0));
        for socket in sockets {
            put_socket(&mut out, *socket);
        }
        for name in [&self.name, &self.inviter] {
            let name = cut(name, MAX_NAME);
            out.push(u8::try_from(name.len()).unwrap_or(0));
            out.extend_from_slice(name.as_bytes());
        }
        if let Some(relay) = &self.relay {
            put_place(&mut out, relay);
        }
        let sum: [u8; SUM] = checksum(CONTEXT, &out);
        out.extend_from_slice(&sum);
        BASE32_NOPAD.encode(&out)
    }

    /// Reads a ticket: with or without [`LINK`] in front, in either case, with blanks, line breaks
    /// and hyphens anywhere.
    ///
    /// # Errors
    /// [`TicketError`]; any text at all is answered, none panics.
    pub fn from_text(text: &str) -> Result<Self, TicketError> {
        let text = text.trim();
        let bare = match text.get(..LINK.len()) {
            Some(start) if start.eq_ignore_ascii_case(LINK) => text.get(LINK.len()..).unwrap_or(""),
            _ => text,
        };
        if bare.len() > MAX_TEXT {
            return Err(TicketError::Damaged);
        }
        let bare: String = bare
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let bytes = BASE32_NOPAD
            .decode(bare.as_bytes())
            .map_err(|_| TicketError::Damaged)?;
        let at = bytes.len().checked_sub(SUM).ok_or(TicketError::Damaged)?;
        let (body, sum) = bytes.split_at_checked(at).ok_or(TicketError::Damaged)?;
        if sum != checksum::<SUM>(CONTEXT, body) {
            return Err(TicketError::Damaged);
        }
        if body.first().is_some_and(|version| *version > WITH_RELAY) {
            return Err(TicketError::Newer);
        }
        Self::from_body(body).ok_or(TicketError::Damaged)
    }

    fn from_body(body: &[u8]) -> Option<Self> {
        let mut rest = body;
        let [version, rank] = take::<2>(&mut rest)?;
        if !(VERSION..=WITH_RELAY).contains(&version) {
            return None;
        }
        let ticket = Self {
            rank: rank_from_byte(rank)?,
            space: SpaceId::from_bytes(take(&mut rest)?),
            invite: EntryHash::from_bytes(take(&mut rest)?),
            secret: Zeroizing::new(take(&mut rest)?),
            fingerprint: take(&mut rest)?,
            endpoint: take(&mut rest)?,
            sockets: {
                let [count] = take::<1>(&mut rest)?;
                if usize::from(count) > MAX_SOCKETS {
                    return None;
                }
                (0..count)
                    .map(|_| socket(&mut rest))
                    .collect::<Option<_>>()?
            },
            name: name(&mut rest)?,
            inviter: name(&mut rest)?,
            relay: match version {
                WITH_RELAY => Some(place(&mut rest)?),
                _ => None,
            },
        };
        rest.is_empty().then_some(ticket)
    }
}

/// The longest beginning of `text` that fits `bytes` and ends between characters.
#[must_use]
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let end = text.floor_char_boundary(bytes);
    text.get(..end).unwrap_or("")
}

/// Guards a text that people copy against slips, not against forgery.
pub(crate) fn checksum<const N: usize>(context: &str, body: &[u8]) -> [u8; N] {
    let mut sum = [0; N];
    blake3::Hasher::new_derive_key(context)
        .update(body)
        .finalize_xof()
        .fill(&mut sum);
    sum
}

pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

/// Writes a socket as family, address and port.
pub(crate) fn put_socket(out: &mut Vec<u8>, socket: SocketAddr) {
    match socket.ip() {
        IpAddr::V4(ip) => {
            out.push(4);
            out.extend_from_slice(&ip.octets());
        }
        IpAddr::V6(ip) => {
            out.push(6);
            out.extend_from_slice(&ip.octets());
        }
    }
    out.extend_from_slice(&socket.port().to_be_bytes());
}

/// Reads what [`put_socket`] wrote.
pub(crate) fn socket(rest: &mut &[u8]) -> Option<SocketAddr> {
    let [family] = take::<1>(rest)?;
    let ip = match family {
        4 => IpAddr::V4(Ipv4Addr::from(take::<4>(rest)?)),
        6 => IpAddr::V6(Ipv6Addr::from(take::<16>(rest)?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_be_bytes(take(rest)?)))
}

fn name(rest: &mut &[u8]) -> Option<String> {
    let [len] = take::<1>(rest)?;
    let (head, tail) = rest.split_at_checked(usize::from(len))?;
    if head.len() > MAX_NAME {
        return None;
    }
    *rest = tail;
    String::from_utf8(head.to_vec()).ok()
}

const fn rank_to_byte(rank: Rank) -> u8 {
    match rank {
        Rank::Observer => 0,
        Rank::Member => 1,
        Rank::Facilitator => 2,
        Rank::Steward => 3,
    }
}

const fn rank_from_byte(byte: u8) -> Option<Rank> {
    Some(match byte {
        0 => Rank::Observer,
        1 => Rank::Member,
        2 => Rank::Facilitator,
        3 => Rank::Steward,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            space: SpaceId::from_bytes([1; 32]),
            invite: EntryHash::from_bytes([2; 32]),
            secret: Zeroizing::new([3; 16]),
            rank: Rank::Facilitator,
            fingerprint: [4; 8],
            endpoint: [5; 32],
            sockets: vec![
                "192.168.1.20:41000".parse().unwrap(),
                "[fe80::1]:41000".parse().unwrap(),
            ],
            name: "ماء القرية".to_owned(),
            inviter: "Amina".to_owned(),
            relay: None,
        }
    }

    fn relay() -> Option<RelayPlace> {
        RelayPlace::new("https://relay.example.org", Some([7; 32]), Some(443))
    }

    /// As it was handed out before tickets could name relays.
    const FIRST: &str = "AEBHTVU3E7N63LRX7DIPKA7I2ALA5ZB4VTDPIIYYVUJJJYOEDT7QQVXSFOWZD4TCGR447FLJT2D6E4I5IK6K\
        ZB5Z7QFDGDCHOZQ4Z6M2JZ3K5HTC3FTG5WTD2C6GXXALY72Y2L6M5NFCIPLXM42EQOM3TF54BXLP7EUVWXV2\
        Z7XHPACZFBWYE7DRUSCNB2TKHDHAEBGAAABAFET7A36QAAAAAAAAAAAAAAAAAAAAAABJE7YN3C45TCWZQYQN\
        RNOZQHMKOCWYUPMYLWMK3GDNRKJHAMBAE";

    #[test]
    fn a_ticket_without_a_relay_is_what_it_always_was() {
        let read = Ticket::from_text(FIRST).unwrap();
        assert_eq!(
            (read.name.as_str(), read.inviter.as_str()),
            ("عين صفا", "أمينة")
        );
        assert_eq!((read.rank, &read.relay), (Rank::Facilitator, &None));
        assert_eq!(read.to_text(), FIRST);
    }

    #[test]
    fn a_ticket_may_name_a_relay() {
        let mut ticket = ticket();
        ticket.relay = relay();
        assert_eq!(Ticket::from_text(&ticket.to_text()).unwrap(), ticket);
        assert!(ticket.to_text().len() < 440, "{}", ticket.to_text().len());
    }

    #[test]
    fn a_ticket_reads_back_however_it_is_written() {
        let text = ticket().to_text();
        assert_eq!(Ticket::from_text(&text).unwrap(), ticket());
        assert_eq!(
            Ticket::from_text(&format!(" {LINK}{text}\n")).unwrap(),
            ticket()
        );
        assert_eq!(
            Ticket::from_text(&format!("MAJLIS:JOIN/{text}")).unwrap(),
            ticket()
        );
        let spaced: Vec<String> = text
            .to_lowercase()
            .as_bytes()
            .chunks(5)
            .map(|c| String::from_utf8(c.to_vec()).unwrap())
            .collect();
        assert_eq!(Ticket::from_text(&spaced.join("-\n ")).unwrap(), ticket());
    }

    #[test]
    fn a_ticket_fits_a_small_code() {
        let text = ticket().to_text();
        assert!(text.len() < 335, "{}", text.len());
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        );
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let mut long = ticket();
        long.name = "ق".repeat(200);
        let read = Ticket::from_text(&long.to_text()).unwrap();
        assert_eq!(read.name, "ق".repeat(MAX_NAME / 2));
    }

    #[test]
    fn a_wrong_letter_is_noticed() {
        let text = ticket().to_text();
        for at in 0..text.len() {
            let mut bent = text.clone().into_bytes();
            bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bent).unwrap();
            assert_eq!(
                Ticket::from_text(&bent),
                Err(TicketError::Damaged),
                "letter {at}"
            );
        }
    }

    #[test]
    fn a_newer_ticket_says_so() {
        let mut body = vec![3, 9, 9];
        let sum: [u8; SUM] = checksum(CONTEXT, &body);
        body.extend_from_slice(&sum);
        assert_eq!(
            Ticket::from_text(&BASE32_NOPAD.encode(&body)),
            Err(TicketError::Newer)
        );
    }

    #[test]
    fn no_text_and_no_bytes_make_the_parser_panic() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        let mut with_relay = ticket();
        with_relay.relay = relay();
        let valid = BASE32_NOPAD
            .decode(with_relay.to_text().as_bytes())
            .unwrap();
        for round in 0..20_000 {
            // Bytes with a right checksum, so that the inner parser sees them too.
            let mut body = valid[..valid.len() - SUM].to_vec();
            for _ in 0..next() % 4 {
                let at = usize::try_from(next()).unwrap_or(0) % body.len();
                body[at] = next().to_le_bytes()[0];
            }
            if round % 3 == 0 {
                body.truncate(usize::try_from(next()).unwrap_or(0) % (body.len() + 1));
            }
            let sum: [u8; SUM] = checksum(CONTEXT, &body);
            body.extend_from_slice(&sum);
            let _ = Ticket::from_text(&BASE32_NOPAD.encode(&body));
            let junk: String = (0..next() % 400)
                .filter_map(|_| char::from_u32((next() % 0x11_0000) as u32))
                .collect();
            let _ = Ticket::from_text(&junk);
        }
        for text in ["", "majlis:join/", "majlis:join", "مجلس", "=", "A", "\u{0}"] {
            assert!(Ticket::from_text(text).is_err());
        }
    }
}
