//! A device's address as text: its transport key, where it listens, and a relay through which it may
//! be met, to be typed, scanned or sent. Not here: which space is meant; the device that is dialled finds that out by itself.

use data_encoding::BASE32_NOPAD;
use majlis_net::Address;

use crate::relay::{place, put_place};
use crate::ticket::{checksum, put_socket, socket, take};

/// What an address starts with in a code.
pub(crate) const LINK: &str = "majlis:at/";
const VERSION: u8 = 1;
/// The version with a relay at the end.
const WITH_RELAY: u8 = 2;
const SUM: usize = 4;
const CONTEXT: &str = "majlis 2026 address checksum v1";
/// The most sockets an address carries.
const MAX_SOCKETS: usize = 6;
const MAX_TEXT: usize = 600;

/// The address as text: the link and capital letters.
pub(crate) fn to_text(address: &Address) -> String {
    let relay = address.relays.first();
    let mut out = vec![relay.map_or(VERSION, |_| WITH_RELAY)];
    out.extend_from_slice(&address.id);
    let sockets = address.sockets.iter().take(MAX_SOCKETS);
    out.push(u8::try_from(sockets.len()).unwrap_or(0));
    for at in sockets {
        put_socket(&mut out, *at);
    }
    if let Some(relay) = relay {
        put_place(&mut out, relay);
    }
    let sum: [u8; SUM] = checksum(CONTEXT, &out);
    out.extend_from_slice(&sum);
    format!("{LINK}{}", BASE32_NOPAD.encode(&out))
}

/// Reads an address as it was typed, pasted or scanned; `None` when it is damaged or none.
pub(crate) fn from_text(text: &str) -> Option<Address> {
    let text = text.trim();
    let bare = match text.get(..LINK.len()) {
        Some(start) if start.eq_ignore_ascii_case(LINK) => text.get(LINK.len()..)?,
        _ => text,
    };
    if bare.len() > MAX_TEXT {
        return None;
    }
    let bare: String = bare
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let bytes = BASE32_NOPAD.decode(bare.as_bytes()).ok()?;
    let (body, sum) = bytes.split_last_chunk::<SUM>()?;
    if *sum != checksum(CONTEXT, body) {
        return None;
    }
    let mut rest = body;
    let [version] = take(&mut rest)?;
    let id = take(&mut rest)?;
    let [count] = take(&mut rest)?;
    if !(VERSION..=WITH_RELAY).contains(&version) || usize::from(count) > MAX_SOCKETS {
        return None;
    }
    let sockets = (0..count)
        .map(|_| socket(&mut rest))
        .collect::<Option<_>>()?;
    let relays = match version {
        WITH_RELAY => vec![place(&mut rest)?],
        _ => Vec::new(),
    };
    rest.is_empty().then_some(Address {
        id,
        sockets,
        relays,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::RelayPlace;

    #[test]
    fn an_address_names_a_relay_when_there_is_one() {
        let relay = RelayPlace::new("https://relay.example.org", Some([7; 32]), Some(443)).unwrap();
        let address = Address {
            id: [5; 32],
            sockets: vec!["10.0.0.1:4000".parse().unwrap()],
            relays: vec![relay],
        };
        assert_eq!(from_text(&to_text(&address)), Some(address));
    }

    #[test]
    fn an_address_reads_back_however_it_is_written() {
        let address = Address {
            id: [5; 32],
            sockets: vec![
                "10.0.0.1:4000".parse().unwrap(),
                "[fe80::2]:4000".parse().unwrap(),
            ],
            relays: Vec::new(),
        };
        let text = to_text(&address);
        assert_eq!(from_text(&text), Some(address.clone()));
        let bare = text.trim_start_matches(LINK).to_lowercase();
        let spaced: Vec<&str> = bare
            .as_bytes()
            .chunks(4)
            .map(|c| std::str::from_utf8(c).unwrap())
            .collect();
        assert_eq!(from_text(&spaced.join(" ")), Some(address));
    }

    #[test]
    fn a_wrong_letter_is_noticed() {
        let text = to_text(&Address {
            id: [5; 32],
            sockets: Vec::new(),
            relays: Vec::new(),
        });
        for at in LINK.len()..text.len() {
            let mut bent = text.clone().into_bytes();
            bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                from_text(&String::from_utf8(bent).unwrap()),
                None,
                "letter {at}"
            );
        }
        for text in ["", "majlis:at/", "مجلس", "192.168.1.4"] {
            assert_eq!(from_text(text), None);
        }
    }
}
