//! Who may come in: how many handshakes and links there may be at once, in all and from one
//! address or one guest of a relay, so that one machine cannot use up the device. Not here: who
//! they are.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Handshakes under way at once.
const HANDSHAKES: usize = 24;
const HANDSHAKES_PER_ADDRESS: usize = 6;
/// With so many under way, a caller first shows that it receives at its address.
const CAREFUL: usize = 8;

/// How many links others may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorLimits {
    /// At once, in all.
    pub links: usize,
    /// At once from one address. Two devices open one link per space that they share, and several
    /// may sit behind one address.
    pub links_per_address: usize,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            links: 128,
            links_per_address: 32,
        }
    }
}

/// From where somebody knocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whence {
    Address(IpAddr),
    /// Through a relay, which lets in a few connections of each key.
    Relay([u8; 32]),
    Elsewhere,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Inside {
    handshakes: usize,
    links: usize,
}

/// Counts who is inside.
#[derive(Debug, Default)]
pub(crate) struct Door {
    limits: DoorLimits,
    inside: Mutex<BTreeMap<Whence, Inside>>,
}

/// What to do with somebody who knocks.
#[derive(Debug)]
pub(crate) enum Answer {
    Enter(Pass),
    /// Ask them to prove their address first.
    ProveAddress,
    Refuse,
}

/// The right to be inside; given back when dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    door: Arc<Door>,
    address: Whence,
    linked: bool,
}

impl Door {
    pub(crate) fn new(limits: DoorLimits) -> Self {
        Self {
            limits,
            inside: Mutex::default(),
        }
    }

    pub(crate) fn knock(self: &Arc<Self>, address: Whence, proven: bool) -> Answer {
        let address = match address {
            Whence::Address(ip) => Whence::Address(neighbourhood(ip)),
            other => other,
        };
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let handshakes: usize = inside.values().map(|of| of.handshakes).sum();
        let links: usize = inside.values().map(|of| of.links).sum();
        if handshakes >= CAREFUL && !proven {
            return Answer::ProveAddress;
        }
        let here = inside.get(&address).copied().unwrap_or_default();
        if handshakes >= HANDSHAKES
            || links >= self.limits.links
            || here.handshakes >= HANDSHAKES_PER_ADDRESS
            || here.links >= self.limits.links_per_address
        {
            return Answer::Refuse;
        }
        inside.entry(address).or_default().handshakes = here.handshakes.saturating_add(1);
        Answer::Enter(Pass {
            door: Arc::clone(self),
            address,
            linked: false,
        })
    }
}

impl Pass {
    /// The handshake is done and a link begins.
    pub(crate) fn link(mut self) -> Self {
        self.change(|inside| {
            inside.handshakes = inside.handshakes.saturating_sub(1);
            inside.links = inside.links.saturating_add(1);
        });
        self.linked = true;
        self
    }

    fn change(&self, change: impl FnOnce(&mut Inside)) {
        let mut inside = self
            .door
            .inside
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let here = inside.entry(self.address).or_default();
        change(here);
        if *here == Inside::default() {
            inside.remove(&self.address);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let linked = self.linked;
        self.change(|inside| {
            let count = if linked {
                &mut inside.links
            } else {
                &mut inside.handshakes
            };
            *count = count.saturating_sub(1);
        });
    }
}

/// One machine has a whole /64 of IPv6 addresses: they count as one.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Whence {
        Whence::Address(text.parse().unwrap())
    }

    fn enter(door: &Arc<Door>, address: &str) -> Option<Pass> {
        match door.knock(at(address), true) {
            Answer::Enter(pass) => Some(pass),
            Answer::ProveAddress | Answer::Refuse => None,
        }
    }

    #[test]
    fn one_address_cannot_fill_the_house() {
        let door = Arc::new(Door::default());
        let held: Vec<_> = (0..HANDSHAKES_PER_ADDRESS)
            .map(|_| enter(&door, "10.0.0.1"))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(enter(&door, "10.0.0.1").is_none());
        assert!(enter(&door, "10.0.0.2").is_some());
        drop(held);
        assert!(enter(&door, "10.0.0.1").is_some());
    }

    #[test]
    fn one_guest_of_a_relay_cannot_keep_the_others_out() {
        let door = Arc::new(Door::default());
        let knock = |guest| door.knock(Whence::Relay([guest; 32]), true);
        let held: Vec<_> = (0..HANDSHAKES_PER_ADDRESS).map(|_| knock(1)).collect();
        assert!(held.iter().all(|answer| matches!(answer, Answer::Enter(_))));
        assert!(matches!(knock(1), Answer::Refuse));
        assert!(matches!(knock(2), Answer::Enter(_)));
    }

    #[test]
    fn links_are_counted_until_they_end() {
        let door = Arc::new(Door::default());
        let mut held: Vec<_> = (0..DoorLimits::default().links_per_address)
            .map(|_| enter(&door, "10.0.0.1").unwrap().link())
            .collect();
        assert!(enter(&door, "10.0.0.1").is_none());
        held.pop();
        assert!(enter(&door, "10.0.0.1").is_some());
        drop(held);
        assert!(door.inside.lock().unwrap().is_empty());
    }

    #[test]
    fn addresses_of_one_machine_count_as_one() {
        let door = Arc::new(Door::default());
        let held: Vec<_> = (0..HANDSHAKES_PER_ADDRESS)
            .map(|i| enter(&door, &format!("2001:db8::{i}")).unwrap())
            .collect();
        assert!(enter(&door, "2001:db8::ffff").is_none());
        assert!(enter(&door, "2001:db8:0:1::1").is_some());
        drop(held);
    }

    #[test]
    fn when_it_is_crowded_addresses_must_be_proven() {
        let door = Arc::new(Door::default());
        let held: Vec<_> = (0..CAREFUL)
            .map(|i| enter(&door, &format!("10.0.0.{i}")).unwrap())
            .collect();
        assert!(matches!(
            door.knock(at("10.0.1.1"), false),
            Answer::ProveAddress
        ));
        assert!(matches!(door.knock(at("10.0.1.1"), true), Answer::Enter(_)));
        drop(held);
    }

    #[test]
    fn the_house_is_full_at_some_point() {
        let door = Arc::new(Door::default());
        let held: Vec<_> = (0..HANDSHAKES)
            .map(|i| enter(&door, &format!("10.0.0.{i}")).unwrap())
            .collect();
        assert!(enter(&door, "10.0.1.1").is_none());
        drop(held);
    }
}
