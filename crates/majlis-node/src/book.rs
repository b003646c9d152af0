//! The address book: where the devices of each space were last reached, and this device's own
//! port, kept over restarts. Not here: whether anybody is there now.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use majlis_core::id::SpaceId;
use majlis_net::Address;
use serde::{Deserialize, Serialize};

use crate::disk;

const FILE: &str = "addresses.json";
/// The most devices remembered per space; one more forgets the one not reached for longest.
const MAX_PEERS: usize = 32;
const MAX_SOCKETS: usize = 6;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Pages {
    port: u16,
    /// Rising with every meeting; orders the entries.
    count: u64,
    spaces: BTreeMap<String, BTreeMap<String, Line>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Line {
    sockets: Vec<SocketAddr>,
    last: u64,
    /// Whether it carries for others.
    #[serde(default)]
    carrier: bool,
}

/// The book of one data folder.
#[derive(Debug)]
pub(crate) struct Book {
    path: PathBuf,
    pages: Pages,
}

impl Book {
    /// Reads the book; a missing or damaged one is empty: nothing but speed depends on it.
    pub(crate) fn read(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let bytes = disk::read(&path).ok().flatten();
        let pages = bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self { path, pages }
    }

    /// The port that was used last; 0 when none was.
    pub(crate) const fn port(&self) -> u16 {
        self.pages.port
    }

    pub(crate) fn set_port(&mut self, port: u16) {
        if self.pages.port != port {
            self.pages.port = port;
            self.write();
        }
    }

    /// Devices of a space.
    pub(crate) fn peers(&self, space: SpaceId) -> impl Iterator<Item = [u8; 32]> + '_ {
        let page = self.pages.spaces.get(&space.to_string()).into_iter();
        page.flat_map(|page| page.keys()).filter_map(|key| {
            HEXLOWER
                .decode(key.as_bytes())
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
        })
    }

    /// Where a device of a space was last reached.
    pub(crate) fn sockets(&self, space: SpaceId, peer: [u8; 32]) -> Vec<SocketAddr> {
        let page = self.pages.spaces.get(&space.to_string());
        let line = page.and_then(|page| page.get(&HEXLOWER.encode(&peer)));
        line.map(|line| line.sockets.clone()).unwrap_or_default()
    }

    /// Writes an address down, the newest sockets first.
    pub(crate) fn remember(&mut self, space: SpaceId, address: &Address) {
        let last = self.count();
        let page = self.pages.spaces.entry(space.to_string()).or_default();
        let line = page.entry(HEXLOWER.encode(&address.id)).or_default();
        let old = core::mem::take(&mut line.sockets);
        for socket in address.sockets.iter().copied().chain(old) {
            if !line.sockets.contains(&socket) && line.sockets.len() < MAX_SOCKETS {
                line.sockets.push(socket);
            }
        }
        line.last = last;
        while page.len() > MAX_PEERS {
            let oldest = page
                .iter()
                .min_by_key(|(_, line)| line.last)
                .map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { break };
            page.remove(&oldest);
        }
        self.write();
    }

    /// Notes that a device was reached.
    pub(crate) fn met(&mut self, space: SpaceId, peer: [u8; 32]) {
        let last = self.count();
        let page = self.pages.spaces.get_mut(&space.to_string());
        if let Some(line) = page.and_then(|page| page.get_mut(&HEXLOWER.encode(&peer))) {
            line.last = last;
            self.write();
        }
    }

    /// Notes whether a device carries for others.
    pub(crate) fn carries(&mut self, space: SpaceId, peer: [u8; 32], carrier: bool) {
        let page = self.pages.spaces.get_mut(&space.to_string());
        let line = page.and_then(|page| page.get_mut(&HEXLOWER.encode(&peer)));
        if let Some(line) = line
            && line.carrier != carrier
        {
            line.carrier = carrier;
            self.write();
        }
    }

    /// Whether a device was seen to carry for others.
    pub(crate) fn is_carrier(&self, space: SpaceId, peer: [u8; 32]) -> bool {
        let page = self.pages.spaces.get(&space.to_string());
        let line = page.and_then(|page| page.get(&HEXLOWER.encode(&peer)));
        line.is_some_and(|line| line.carrier)
    }

    /// Strikes a space out.
    pub(crate) fn forget(&mut self, space: SpaceId) {
        if self.pages.spaces.remove(&space.to_string()).is_some() {
            self.write();
        }
    }

    fn count(&mut self) -> u64 {
        self.pages.count = self.pages.count.saturating_add(1);
        self.pages.count
    }

    fn write(&self) {
        let written = serde_json::to_vec(&self.pages).map_err(std::io::Error::other);
        if let Err(error) = written.and_then(|bytes| disk::replace(&self.path, &bytes)) {
            tracing::warn!(%error, "writing the address book");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let space = SpaceId::from_bytes([7; 32]);
        let at = |port| SocketAddr::from(([192, 168, 1, 4], port));
        let mut book = Book::read(folder.path());
        book.set_port(4_100);
        book.remember(
            space,
            &Address {
                id: [1; 32],
                sockets: vec![at(1)],
            },
        );
        book.remember(
            space,
            &Address {
                id: [1; 32],
                sockets: vec![at(2)],
            },
        );
        let again = Book::read(folder.path());
        assert_eq!(again.port(), 4_100);
        assert_eq!(again.peers(space).collect::<Vec<_>>(), [[1; 32]]);
        assert_eq!(again.sockets(space, [1; 32]), [at(2), at(1)]);
        assert_eq!(again.peers(SpaceId::from_bytes([8; 32])).count(), 0);
    }

    #[test]
    fn the_one_not_reached_for_longest_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let space = SpaceId::from_bytes([7; 32]);
        let mut book = Book::read(folder.path());
        for number in 0..=u8::try_from(MAX_PEERS).unwrap() {
            book.remember(
                space,
                &Address {
                    id: [number; 32],
                    sockets: Vec::new(),
                },
            );
            book.met(space, [0; 32]);
        }
        let peers: Vec<_> = book.peers(space).collect();
        assert_eq!(peers.len(), MAX_PEERS);
        assert!(peers.contains(&[0; 32]) && !peers.contains(&[1; 32]));
    }
}
