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
mod tests {
    use super::*;

    /// A device that is met without relays.
    fn direct(id: [u8; 32], sockets: Vec<SocketAddr>) -> Address {
        Address {
            id,
            sockets,
            relays: Vec::new(),
        }
    }

    #[test]
    fn addresses_are_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let space = SpaceId::from_bytes([7; 32]);
        let at = |port| SocketAddr::from(([192, 168, 1, 4], port));
        let mut book = Book::read(folder.path());
        book.set_port(4_100);
        book.remember(space, &direct([1; 32], vec![at(1)]));
        book.remember(space, &direct([1; 32], vec![at(2)]));
        let again = Book::read(folder.path());
        assert_eq!(again.port(), 4_100);
        assert_eq!(again.peers(space).collect::<Vec<_>>(), [[1; 32]]);
        assert_eq!(again.sockets(space, [1; 32]), [at(2), at(1)]);
        assert_eq!(again.peers(SpaceId::from_bytes([8; 32])).count(), 0);
    }

    #[test]
    fn what_a_carrier_says_of_itself_takes_nothing_from_what_others_say() {
        let folder = tempfile::tempdir().unwrap();
        let space = SpaceId::from_bytes([7; 32]);
        let at = |port| SocketAddr::from(([192, 168, 1, 4], port));
        let mut book = Book::read(folder.path());
        book.remember(space, &direct([1; 32], vec![at(1)]));
        for first in [10, 20] {
            let bridges = (first..first + 9).map(at).collect();
            book.told(space, [1; 32], bridges);
        }
        let want: Vec<_> = [1, 20, 21, 22, 23, 24, 25].map(at).to_vec();
        assert_eq!(book.sockets(space, [1; 32]), want);
        book.told(space, [1; 32], vec![at(1)]);
        // Whoever dialled this device stands in no ticket.
        book.told(space, [2; 32], vec![at(30)]);
        let again = Book::read(folder.path());
        assert_eq!(again.sockets(space, [1; 32]), [at(1)]);
        assert_eq!(again.sockets(space, [2; 32]), [at(30)]);
    }

    #[test]
    fn a_keeper_has_one_relay_and_nobody_forgets_whose_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let space = SpaceId::from_bytes([7; 32]);
        let at = |url, pin, keeper| KnownRelay {
            place: RelayPlace::new(url, pin, Some(7)).unwrap(),
            keeper,
        };
        let mut book = Book::read(folder.path());
        let first = at("https://a.org", Some([1; 32]), None);
        book.remember_relay(space, &first);
        let whose = at("https://a.org", Some([1; 32]), Some([9; 32]));
        book.remember_relay(space, &whose);
        book.remember_relay(space, &first);
        assert_eq!(book.relays(space), [whose]);
        let moved = at("https://b.org", Some([2; 32]), Some([9; 32]));
        book.remember_relay(space, &moved);
        assert_eq!(book.relays(space), [moved]);
        let named = |book: &Book| -> Vec<String> {
            let known = book.relays(space).into_iter();
            known.map(|known| known.place.url().to_owned()).collect()
        };
        for url in ["https://c.org", "https://d.org", "https://e.org"] {
            book.remember_relay(space, &at(url, None, None));
        }
        let again = Book::read(folder.path());
        assert_eq!(
            named(&again),
            ["https://b.org", "https://e.org", "https://d.org"]
        );
        book.forget(space);
        assert!(Book::read(folder.path()).relays(space).is_empty());
    }

    #[test]
    fn nobody_but_its_keeper_changes_the_certificate_of_a_relay() {
        let folder = tempfile::tempdir().unwrap();
        let space = SpaceId::from_bytes([7; 32]);
        let at = |pin, keeper| KnownRelay {
            place: RelayPlace::new("https://a.org", pin, None).unwrap(),
            keeper,
        };
        let mut book = Book::read(folder.path());
        let whose = at(Some([1; 32]), Some([9; 32]));
        book.remember_relay(space, &whose);
        // A ticket or an address of somebody: without a certificate, or with another one.
        book.remember_relay(space, &at(None, None));
        let said = at(Some([2; 32]), None);
        book.remember_relay(space, &said);
        assert_eq!(book.relays(space), [whose.clone(), said]);
        // Two that say that one address is theirs are both believed, each about its own.
        let other = at(Some([3; 32]), Some([8; 32]));
        book.remember_relay(space, &other);
        book.remember_relay(space, &whose);
        assert_eq!(book.relays(space), [other.clone(), whose]);
        let renewed = at(Some([4; 32]), Some([9; 32]));
        book.remember_relay(space, &renewed);
        assert_eq!(book.relays(space), [renewed, other]);
    }

    #[test]
    fn of_more_keepers_than_are_remembered_the_one_heard_of_first_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let space = SpaceId::from_bytes([7; 32]);
        let at = |name: &str, keeper: Option<u8>| KnownRelay {
            place: RelayPlace::new(&format!("https://{name}.org"), Some([6; 32]), None).unwrap(),
            keeper: keeper.map(|keeper| [keeper; 32]),
        };
        let mut book = Book::read(folder.path());
        book.remember_relay(space, &at("said", None));
        for (name, keeper) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
            book.remember_relay(space, &at(name, Some(keeper)));
        }
        let want = [at("d", Some(4)), at("c", Some(3)), at("b", Some(2))];
        // What is said again is no news, and what nobody keeps has no room beside those.
        for known in [&want[2], &want[0], &at("said", None)] {
            book.remember_relay(space, known);
            assert_eq!(book.relays(space), want);
        }
        let again = Book::read(folder.path());
        assert_eq!(again.relays(space), want);
        assert!(again.relays(SpaceId::from_bytes([8; 32])).is_empty());
    }

    #[test]
    fn a_relay_whose_certificate_cannot_be_read_is_none_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let space = SpaceId::from_bytes([7; 32]);
        let line = |url: &str, pin: Option<&str>| serde_json::json!({ "url": url, "pin": pin });
        let pages = serde_json::json!({ "relays": { (space.to_string()): [
            line("https://a.org", Some("not one")),
            line("ftp://b.org", None),
            line("https://c.org", None),
        ] } });
        let file = folder.path().join(FILE);
        std::fs::write(&file, pages.to_string()).unwrap();
        let relays = Book::read(folder.path()).relays(space);
        let urls: Vec<&str> = relays.iter().map(|known| known.place.url()).collect();
        assert_eq!(urls, ["https://c.org"], "nobody else's is trusted instead");
        // A book that cannot be read at all is begun anew.
        std::fs::write(&file, "noise").unwrap();
        let mut book = Book::read(folder.path());
        assert!(book.relays(space).is_empty());
        book.remember_relay(space, &relays[0]);
        assert_eq!(Book::read(folder.path()).relays(space), relays);
    }

    #[test]
    fn who_was_only_guessed_to_be_of_a_space_is_struck_out_unless_it_proved_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = [7, 8].map(|number| SpaceId::from_bytes([number; 32]));
        let at = |port| SocketAddr::from(([192, 168, 1, 4], port));
        let mut book = Book::read(folder.path());
        let typed = direct([1; 32], vec![at(1)]);
        book.guess(one, &typed);
        book.guess(other, &typed);
        book.proved(one, [1; 32], false);
        // A ticket names its space.
        book.remember(one, &direct([2; 32], vec![at(2)]));
        book.guess(one, &direct([2; 32], vec![at(3)]));
        let mut book = Book::read(folder.path());
        assert!(book.strike(other, [1; 32]));
        assert!(!book.strike(one, [1; 32]) && !book.strike(one, [2; 32]));
        let again = Book::read(folder.path());
        assert_eq!(again.peers(one).collect::<Vec<_>>(), [[1; 32], [2; 32]]);
        assert_eq!(again.peers(other).count(), 0);
        // Of who came through a relay the key is kept, and of who came otherwise nothing.
        book.proved(other, [3; 32], false);
        book.proved(other, [4; 32], true);
        assert_eq!(book.peers(other).collect::<Vec<_>>(), [[4; 32]]);
    }

    #[test]
    fn the_one_not_reached_for_longest_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let space = SpaceId::from_bytes([7; 32]);
        let mut book = Book::read(folder.path());
        for number in 0..=u8::try_from(MAX_PEERS).unwrap() {
            book.remember(space, &direct([number; 32], Vec::new()));
            book.met(space, [0; 32]);
        }
        let peers: Vec<_> = book.peers(space).collect();
        assert_eq!(peers.len(), MAX_PEERS);
        assert!(peers.contains(&[0; 32]) && !peers.contains(&[1; 32]));
    }
}
