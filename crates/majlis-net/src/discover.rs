//! Finding devices on the local network by mDNS, without any server. A device tells its transport
//! key, its sockets and a tag per space that changes daily: who knows the space recognises it, who
//! does not learns nothing about it. All of it is a hint that anybody may forge; the handshake
//! proves who is there. Not here: whom to dial.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use swarm_discovery::{Discoverer, DropGuard, Peer};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::net::Address;
use crate::surroundings::{self, Surroundings};

/// The service's name on the network.
const SERVICE: &str = "majlis";
/// The attribute that carries the tags.
const TAGS: &str = "t";
/// The most tags that are told, for they share one packet.
pub const MAX_TAGS: usize = 20;
/// The most devices remembered at once, whatever a neighbour sends.
const MAX_DEVICES: usize = 256;
const MAX_SOCKETS: usize = 8;
/// Changes that wait to be asked for.
pub(crate) const EVENTS: usize = 256;
/// Sightings that wait to be looked at; more are dropped, for they come again.
const SIGHTINGS: usize = 256;
/// How often the network is asked; a new device is found within a few seconds.
const EVERY: Duration = Duration::from_secs(2);
/// Answers per second to aim at, whatever the number of devices.
const ANSWERS: f32 = 2.5;
/// After a change of network, whoever is not heard within this time is gone.
const HEARD_AGAIN: Duration = Duration::from_secs(20);
/// A start that failed is tried again this much later.
const AGAIN: Duration = Duration::from_secs(30);

/// A space's name of one day.
pub type Tag = [u8; 8];

/// The tag of a space on `day`, counted from 1970. Clocks differ: compare with the tags of the day
/// before as well, and of the days after; to what was told on days long gone nobody should answer.
#[must_use]
pub fn day_tag(space: &[u8; 32], day: u64) -> Tag {
    let mut tag = Tag::default();
    blake3::Hasher::new_keyed(space)
        .update(b"majlis lan v1")
        .update(&day.to_le_bytes())
        .finalize_xof()
        .fill(&mut tag);
    tag
}

/// A change of who is on the local network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A device is here, or says something new.
    Here {
        /// Where it says it can be dialled.
        address: Address,
        /// Its tags of the day.
        tags: Vec<Tag>,
    },
    /// A device is not heard any more.
    Gone {
        /// Its transport key.
        id: [u8; 32],
    },
}

/// What is known of the local network now.
#[derive(Debug, Default)]
pub(crate) struct Found {
    devices: Mutex<BTreeMap<[u8; 32], Device>>,
    problem: Mutex<Option<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Device {
    sockets: Vec<SocketAddr>,
    tags: Vec<Tag>,
    heard: Instant,
}

impl Found {
    /// Where a device was seen.
    pub(crate) fn sockets(&self, id: &[u8; 32]) -> Vec<SocketAddr> {
        let devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        devices
            .get(id)
            .map(|device| device.sockets.clone())
            .unwrap_or_default()
    }

    pub(crate) fn problem(&self) -> Option<String> {
        self.problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_problem(&self, problem: Option<String>) {
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// Takes in a sighting; the change, when it is one.
    fn here(&self, id: [u8; 32], device: Device) -> Option<Seen> {
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = devices.get_mut(&id)
            && known.sockets == device.sockets
            && known.tags == device.tags
        {
            known.heard = device.heard;
            return None;
        }
        if !devices.contains_key(&id) && devices.len() >= MAX_DEVICES {
            return None;
        }
        devices.insert(id, device.clone());
        let address = Address {
            id,
            sockets: device.sockets,
            relays: Vec::new(),
        };
        Some(Seen::Here {
            address,
            tags: device.tags,
        })
    }

    fn gone(&self, id: [u8; 32]) -> Option<Seen> {
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        devices.remove(&id).map(|_| Seen::Gone { id })
    }

    fn not_heard_since(&self, since: Instant) -> Vec<[u8; 32]> {
        let devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        devices
            .iter()
            .filter(|(_, device)| device.heard < since)
            .map(|(id, _)| *id)
            .collect()
    }
}

/// A device was heard, or has been silent for long.
enum Sighting {
    Here([u8; 32], Device),
    Silent([u8; 32]),
}

/// What the finding task works with.
pub(crate) struct Discovery {
    pub(crate) me: [u8; 32],
    pub(crate) ports: (Option<u16>, Option<u16>),
    pub(crate) around: watch::Receiver<Surroundings>,
    pub(crate) tags: watch::Receiver<Vec<Tag>>,
    pub(crate) found: Arc<Found>,
    pub(crate) seen: mpsc::Sender<Seen>,
}

impl Discovery {
    /// Finds and is found, until dropped. Begins anew whenever this machine's addresses change:
    /// multicast goes out and comes in per interface.
    pub(crate) async fn run(mut self) {
        let (tell, mut sightings) = mpsc::channel(SIGHTINGS);
        loop {
            let began = Instant::now();
            let mut sweep = Some(began + HEARD_AGAIN);
            let asking = match self.start(&tell) {
                Ok(asking) => {
                    self.found.set_problem(None);
                    Some(asking)
                }
                Err(problem) => {
                    tracing::warn!(problem, "finding devices on the local network");
                    self.found.set_problem(Some(problem));
                    None
                }
            };
            loop {
                let again = asking.is_none().then(|| began + AGAIN);
                tokio::select! {
                    changed = self.around.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        break;
                    }
                    changed = self.tags.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        if let Some(asking) = &asking {
                            self.tell_tags(asking);
                        }
                    }
                    Some(sighting) = sightings.recv() => {
                        let change = match sighting {
                            Sighting::Here(id, _) if id == self.me => None,
                            Sighting::Here(id, device) => self.found.here(id, device),
                            Sighting::Silent(id) => self.found.gone(id),
                        };
                        self.pass_on(change).await;
                    }
                    () = at(sweep) => {
                        sweep = None;
                        for id in self.found.not_heard_since(began) {
                            let change = self.found.gone(id);
                            self.pass_on(change).await;
                        }
                    }
                    () = at(again) => break,
                }
            }
        }
    }

    async fn pass_on(&self, change: Option<Seen>) {
        if let Some(seen) = change {
            let _ = self.seen.send(seen).await;
        }
    }

    fn start(&mut self, tell: &mpsc::Sender<Sighting>) -> Result<DropGuard, String> {
        let addresses = self.around.borrow_and_update().addresses.clone();
        let tell = tell.clone();
        let name = BASE32_NOPAD.encode(&self.me).to_lowercase();
        let asking = Discoverer::new(SERVICE.to_owned(), name)
            .with_cadence(EVERY)
            .with_response_rate(ANSWERS)
            .with_multicast_interfaces_v4(surroundings::v4(&addresses))
            .with_callback(move |name, peer| {
                if let Some(sighting) = read(name, peer) {
                    // A full queue loses nothing for long: devices are heard every few seconds.
                    let _ = tell.try_send(sighting);
                }
            })
            .spawn(&tokio::runtime::Handle::current())
            .map_err(|error| error.to_string())?;
        self.tell_tags(&asking);
        Ok(asking)
    }

    /// With tags, answers who asks; without, only listens.
    fn tell_tags(&mut self, asking: &DropGuard) {
        let tags = self.tags.borrow_and_update().clone();
        asking.remove_all();
        if tags.is_empty() {
            return;
        }
        if let Err(error) = asking.set_txt_attribute(TAGS.to_owned(), Some(tags_to_text(&tags))) {
            tracing::warn!(%error, "telling tags to the local network");
        }
        let around = self.around.borrow();
        let (v4_port, v6_port) = self.ports;
        for at in surroundings::sockets(&around.addresses, v4_port, v6_port)
            .iter()
            .take(MAX_SOCKETS)
        {
            asking.add(at.port(), vec![at.ip()]);
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn read(name: &str, peer: &Peer) -> Option<Sighting> {
    let id = BASE32_NOPAD
        .decode(name.to_uppercase().as_bytes())
        .ok()?
        .try_into()
        .ok()?;
    if peer.is_expiry() {
        return Some(Sighting::Silent(id));
    }
    let sockets = peer
        .addrs()
        .iter()
        .map(|(ip, port)| SocketAddr::new(*ip, *port));
    let sockets: Vec<SocketAddr> = sockets
        .filter(|at| at.port() != 0 && surroundings::can_be_told(at.ip()))
        .take(MAX_SOCKETS)
        .collect();
    if sockets.is_empty() {
        return None;
    }
    let tags = peer
        .txt_attribute(TAGS)
        .flatten()
        .map(tags_from_text)
        .unwrap_or_default();
    Some(Sighting::Here(
        id,
        Device {
            sockets,
            tags,
            heard: Instant::now(),
        },
    ))
}

fn tags_to_text(tags: &[Tag]) -> String {
    let tags: Vec<u8> = tags.iter().take(MAX_TAGS).flatten().copied().collect();
    BASE64URL_NOPAD.encode(&tags)
}

/// The tags in a text; none when it is not of tags.
fn tags_from_text(text: &str) -> Vec<Tag> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
    let (tags, rest) = bytes.as_chunks::<8>();
    if rest.is_empty() && tags.len() <= MAX_TAGS {
        tags.to_vec()
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(port: u16, tags: &[Tag]) -> Device {
        let sockets = vec![SocketAddr::from(([192, 168, 1, 2], port))];
        Device {
            sockets,
            tags: tags.to_vec(),
            heard: Instant::now(),
        }
    }

    #[test]
    fn a_tag_tells_spaces_and_days_apart() {
        let tag = day_tag(&[1; 32], 20_000);
        assert_eq!(tag, day_tag(&[1; 32], 20_000));
        assert_ne!(tag, day_tag(&[1; 32], 20_001));
        assert_ne!(tag, day_tag(&[2; 32], 20_000));
    }

    #[test]
    fn tags_travel_as_text_that_fits() {
        let tags: Vec<Tag> = (0..30).map(|i| day_tag(&[7; 32], i)).collect();
        let text = tags_to_text(&tags);
        assert_eq!(tags_from_text(&text), tags[..MAX_TAGS]);
        assert!(text.len() + TAGS.len() < 254);
        assert!(tags_from_text(&tags_to_text(&[])).is_empty());
    }

    #[test]
    fn a_neighbours_nonsense_is_no_tag() {
        for text in ["!", "AAAA", "AAAAAAAAAAAAA", "مجلس", &"A".repeat(232)] {
            assert!(tags_from_text(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn only_a_change_is_passed_on() {
        let found = Found::default();
        assert!(found.here([1; 32], device(4000, &[[1; 8]])).is_some());
        assert!(found.here([1; 32], device(4000, &[[1; 8]])).is_none());
        assert!(found.here([1; 32], device(4000, &[[2; 8]])).is_some());
        assert!(found.here([1; 32], device(4001, &[[2; 8]])).is_some());
        assert_eq!(
            found.sockets(&[1; 32]),
            [SocketAddr::from(([192, 168, 1, 2], 4001))]
        );
        assert_eq!(found.gone([1; 32]), Some(Seen::Gone { id: [1; 32] }));
        assert_eq!(found.gone([1; 32]), None);
    }

    #[test]
    fn a_flood_of_names_is_not_remembered() {
        let found = Found::default();
        for number in 0..u16::try_from(MAX_DEVICES * 2).unwrap() {
            let mut id = [0; 32];
            id[..2].copy_from_slice(&number.to_le_bytes());
            found.here(id, device(4000, &[]));
        }
        assert_eq!(found.devices.lock().unwrap().len(), MAX_DEVICES);
        // Who is known already is still heard.
        assert!(found.here([0; 32], device(4001, &[])).is_some());
    }
}
