//! Where a carrier is reached, as it tells the devices of its spaces: whoever was dialled by it, or
//! found it on a network that both have left, knows no address of it. Not here: whom it is told.

use std::net::SocketAddr;

use crate::ticket::{put_socket, socket, take};

/// It begins with this; a presence, and what is told of a relay, never do.
pub(crate) const REACHED: u8 = 0xa2;
const VERSION: u8 = 1;
/// The most addresses in one telling.
const MAX_SOCKETS: usize = 6;

/// As a datagram.
pub(crate) fn encode(sockets: &[SocketAddr]) -> Vec<u8> {
    let mut out = vec![REACHED, VERSION];
    for socket in sockets.iter().take(MAX_SOCKETS) {
        put_socket(&mut out, *socket);
    }
    out
}

/// Reads a datagram; `None` when it is none of these. Addresses that are no device's are left out.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<SocketAddr>> {
    let mut rest = bytes;
    let [kind, version] = take(&mut rest)?;
    if (kind, version) != (REACHED, VERSION) {
        return None;
    }
    let mut sockets = Vec::new();
    for _ in 0..MAX_SOCKETS {
        if rest.is_empty() {
            break;
        }
        let at = socket(&mut rest)?;
        let ip = at.ip().to_canonical();
        if at.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !ip.is_loopback() {
            sockets.push(at);
        }
    }
    rest.is_empty().then_some(sockets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_and_nothing_else_does() {
        let told = ["10.0.0.7:4600", "[2001:db8::7]:4600"].map(|at| at.parse().unwrap());
        let bytes = encode(&told);
        assert_eq!(decode(&bytes), Some(told.to_vec()));
        let mut long = bytes.clone();
        for end in 0..bytes.len() {
            assert_ne!(decode(&bytes[..end]), Some(told.to_vec()));
        }
        for _ in 0..3 {
            long.extend_from_slice(&bytes[2..]);
        }
        assert_eq!(decode(&long), None, "more than are ever told");
        assert_eq!(decode(&[1; 40]), None, "a presence is not one");
        let none = ["127.0.0.1:1", "0.0.0.0:1", "224.0.0.1:1", "10.0.0.7:0"];
        let none = none.map(|at| at.parse().unwrap());
        assert_eq!(decode(&encode(&none)), Some(Vec::new()));
    }
}
