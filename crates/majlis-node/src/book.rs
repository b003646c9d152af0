//! The address book: where the devices of each space were last reached, through which relays they may
//! be met, and this device's own port, kept over restarts. Not here: whether anybody is there now.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use majlis_core::id::SpaceId;
use majlis_net::Address;
use serde::{Deserialize, Serialize};

use crate::disk;
use crate::relay::RelayPlace;

const FILE: &str = "addresses.json";
/// The most devices remembered per space; one more forgets the one not reached for longest.
const MAX_PEERS: usize = 32;
const MAX_SOCKETS: usize = 6;
/// The most relays remembered per space; one more forgets the one heard of first, and one whose
/// keeper spoke last of all.
pub(crate) const MAX_RELAYS: usize = 3;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Pages {
    port: u16,
    /// Rising with every meeting; orders the entries.
    count: u64,
    spaces: BTreeMap<String, BTreeMap<String, Line>>,
    relays: BTreeMap<String, Vec<RelayLine>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct RelayLine {
    url: String,
    pin: Option<String>,
    quic: Option<u16>,
    /// The transport key of the gateway that said that the relay is its own.
    keeper: Option<String>,
}

/// A relay of a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownRelay {
    pub(crate) place: RelayPlace,
    /// Whose it is, once that device said so itself.
    pub(crate) keeper: Option<[u8; 32]>,
}

impl RelayLine {
    fn of(known: &KnownRelay) -> Self {
        let place = &known.place;
        Self {
            url: place.url().to_owned(),
            pin: place.pin().map(|pin| HEXLOWER.encode(&pin)),
            quic: place.quic(),
            keeper: known.keeper.map(|keeper| HEXLOWER.encode(&keeper)),
        }
    }

    fn known(&self) -> Option<KnownRelay> {
        let pin = match &self.pin {
            Some(pin) => Some(key(pin)?),
            None => None,
        };
        Some(KnownRelay {
            place: RelayPlace::new(&self.url, pin, self.quic)?,
            keeper: self.keeper.as_deref().and_then(key),
        })
    }
}

fn key(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Line {
    sockets: Vec<SocketAddr>,
    /// Where it said itself, last, that it is reached.
    #[serde(default)]
    told: Vec<SocketAddr>,
    last: u64,
    /// Whether it carries for others.
    #[serde(default)]
    carrier: bool,
    /// Whether a person typed its address for no space in particular, and it did not prove itself yet.
    #[serde(default)]
    guessed: bool,
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
        page.flat_map(|page| page.keys())
            .filter_map(|text| key(text))
    }

    /// The relays of a space: those whose keeper spoke in front, then the one heard of last.
    pub(crate) fn relays(&self, space: SpaceId) -> Vec<KnownRelay> {
        let lines = self.pages.relays.get(&space.to_string());
        let lines = lines.into_iter().flatten();
        lines.filter_map(RelayLine::known).collect()
    }

    /// Writes down a relay of a space. With a keeper it takes the place of what that keeper said
    /// before: a relay that moved, or has another certificate, is the same relay. What a ticket or
    /// an address says by itself stands beside and behind what keepers said, and is forgotten
    /// before it.
    pub(crate) fn remember_relay(&mut self, space: SpaceId, known: &KnownRelay) {
        let before = self.relays(space);
        // Who only hears again of a relay does not know less of whose it is.
        let stands = |old: &KnownRelay| {
            old.place == known.place && (known.keeper.is_none() || old.keeper == known.keeper)
        };
        if before.iter().any(stands) {
            return;
        }
        // Two keepers of one address do not take it from each other.
        let same = |old: &KnownRelay| match old.keeper {
            Some(_) => old.keeper == known.keeper,
            None => old.place.url() == known.place.url(),
        };
        let others = before.iter().filter(|old| !same(old)).cloned();
        let mut after: Vec<KnownRelay> = std::iter::once(known.clone()).chain(others).collect();
        after.sort_by_key(|known| known.keeper.is_none());
        after.truncate(MAX_RELAYS);
        if after == before {
            return;
        }
        let lines = after.iter().map(RelayLine::of).collect();
        self.pages.relays.insert(space.to_string(), lines);
        self.write();
    }

    /// Whether a device of a space stands here.
    pub(crate) fn knows(&self, space: SpaceId, peer: [u8; 32]) -> bool {
        let page = self.pages.spaces.get(&space.to_string());
        page.is_some_and(|page| page.contains_key(&HEXLOWER.encode(&peer)))
    }

    /// Where a device of a space may be reached: as tickets and people said, then as it said itself.
    pub(crate) fn sockets(&self, space: SpaceId, peer: [u8; 32]) -> Vec<SocketAddr> {
        let page = self.pages.spaces.get(&space.to_string());
        let line = page.and_then(|page| page.get(&HEXLOWER.encode(&peer)));
        let Some(line) = line else {
            return Vec::new();
        };
        let told = line.told.iter().filter(|at| !line.sockets.contains(at));
        line.sockets.iter().chain(told).copied().collect()
    }

    /// Writes an address down, the newest sockets first.
    pub(crate) fn remember(&mut self, space: SpaceId, address: &Address) {
        self.note(space, address, false);
    }

    /// Writes an address down of which nobody said that its device is of the space.
    pub(crate) fn guess(&mut self, space: SpaceId, address: &Address) {
        self.note(space, address, true);
    }

    fn note(&mut self, space: SpaceId, address: &Address, guessed: bool) {
        let known = self.knows(space, address.id);
        let line = self.line(space, address.id);
        // Whoever is known already is no guess.
        line.guessed = guessed && (line.guessed || !known);
        let old = core::mem::take(&mut line.sockets);
        for socket in address.sockets.iter().copied().chain(old) {
            if !line.sockets.contains(&socket) && line.sockets.len() < MAX_SOCKETS {
                line.sockets.push(socket);
            }
        }
        self.keep_few(space);
        self.write();
    }

    /// Notes that a device proved to be of a space. One that is met through a relay alone has no address
    /// of its own to be met at again, and stands here by its key.
    pub(crate) fn proved(&mut self, space: SpaceId, peer: [u8; 32], relayed: bool) {
        let page = self.pages.spaces.get_mut(&space.to_string());
        match page.and_then(|page| page.get_mut(&HEXLOWER.encode(&peer))) {
            Some(line) if line.guessed => line.guessed = false,
            None if relayed => {
                self.line(space, peer);
                self.keep_few(space);
            }
            Some(_) | None => return,
        }
        self.write();
    }

    /// Strikes a device out that was only guessed to be of a space; whether it was.
    pub(crate) fn strike(&mut self, space: SpaceId, peer: [u8; 32]) -> bool {
        let key = HEXLOWER.encode(&peer);
        let page = self.pages.spaces.get_mut(&space.to_string());
        let struck = page.is_some_and(|page| {
            let guessed = page.get(&key).is_some_and(|line| line.guessed);
            guessed && page.remove(&key).is_some()
        });
        if struck {
            self.write();
        }
        struck
    }

    /// Writes down where a device says that it is reached, in place of what it said before. What
    /// others said of it stays: a machine may not know the address by which it is reached.
    pub(crate) fn told(&mut self, space: SpaceId, peer: [u8; 32], mut sockets: Vec<SocketAddr>) {
        sockets.truncate(MAX_SOCKETS);
        let line = self.line(space, peer);
        if line.told != sockets {
            line.told = sockets;
            self.keep_few(space);
            self.write();
        }
    }

    /// The line of a device, as the newest.
    fn line(&mut self, space: SpaceId, peer: [u8; 32]) -> &mut Line {
        let last = self.count();
        let page = self.pages.spaces.entry(space.to_string()).or_default();
        let line = page.entry(HEXLOWER.encode(&peer)).or_default();
        line.last = last;
        line
    }

    fn keep_few(&mut self, space: SpaceId) {
        let Some(page) = self.pages.spaces.get_mut(&space.to_string()) else {
            return;
        };
        while page.len() > MAX_PEERS {
            let oldest = page
                .iter()
                .min_by_key(|(_, line)| line.last)
                .map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { break };
            page.remove(&oldest);
        }
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
        let page = self.pages.spaces.remove(&space.to_string());
        let relays = self.pages.relays.remove(&space.to_string());
        if page.is_some() || relays.is_some() {
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
mod tests;
