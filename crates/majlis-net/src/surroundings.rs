//! The addresses of this machine on its networks, read from its interfaces: nothing outside is
//! asked. Not here: which of them others can reach.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use iroh::Endpoint;
use netwatch::interfaces::{Interface, IpNet, Ipv6AddrFlags, State};
use tokio::sync::{Notify, watch};

/// Interfaces are looked at this often; a change of network is noticed within this time.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What still goes to a network that this machine has left goes nowhere that costs money.
const LATELY: Duration = Duration::from_secs(60);

/// What the interfaces of this machine say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// The addresses of all interfaces that are up, those likely to be reached first in front:
    /// private IPv4, other IPv4, IPv6. Loopback only when there is nothing else.
    pub(crate) addresses: Vec<IpAddr>,
    nets: Vec<IpNet>,
    /// Networks that were left, and when.
    left: Vec<(IpNet, Instant)>,
}

impl Surroundings {
    /// Looks at the interfaces now.
    pub(crate) async fn look() -> Self {
        let state = State::new().await;
        let up = state
            .interfaces
            .values()
            .filter(|interface| interface.is_up());
        let mut nets: Vec<IpNet> = up.flat_map(Interface::addrs).map(bare).collect();
        // In one order: the same networks named in another are no change.
        nets.sort_by_cached_key(|net| format!("{net:?}"));
        Self {
            addresses: order(nets.iter().map(IpNet::addr).collect()),
            nets,
            left: Vec::new(),
        }
    }

    /// Whether both are on the same networks.
    fn is_where(&self, other: &Self) -> bool {
        self.addresses == other.addresses && self.nets == other.nets
    }

    /// Notes what was left since `before`.
    fn after(mut self, before: &Self, now: Instant) -> Self {
        let here = |net: &IpNet| self.nets.contains(net);
        let gone = before.nets.iter().filter(|net| !here(net));
        let gone = gone.map(|net| (net.clone(), now));
        let earlier = before
            .left
            .iter()
            .filter(|(net, at)| !here(net) && now.saturating_duration_since(*at) < LATELY);
        self.left = earlier.cloned().chain(gone).collect();
        self
    }

    /// Whether this machine is on no network at all.
    pub(crate) fn is_alone(&self) -> bool {
        self.addresses.iter().all(IpAddr::is_loopback)
    }

    /// Whether an address is this machine's or on one of its own networks, so that nothing between
    /// the two counts bytes for money.
    pub(crate) fn is_near(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let link_local = match ip {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        };
        ip.is_loopback() || link_local || self.nets.iter().any(|net| holds(net, ip))
    }

    /// Whether it is near, or was until a moment ago.
    pub(crate) fn was_near(&self, ip: IpAddr) -> bool {
        let canonical = ip.to_canonical();
        let mut left = self.left.iter();
        self.is_near(ip) || left.any(|(net, at)| at.elapsed() < LATELY && holds(net, canonical))
    }
}

/// How far a device moved when its addresses changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// No further than the networks that it was on: it has another address there, or left some.
    Around,
    /// It is on a network that it was not on before.
    Elsewhere,
}

/// The networks that a device was on last, when it was on any: being on none for a while is no move.
#[derive(Debug)]
pub(crate) struct Whereabouts(BTreeSet<(IpAddr, u8)>);

impl Whereabouts {
    pub(crate) fn of(around: &Surroundings) -> Self {
        Self(around.nets.iter().filter_map(network).collect())
    }

    /// Takes in where the device is now; gives how far that is.
    pub(crate) fn turn_to(&mut self, around: &Surroundings) -> Move {
        let Self(now) = Self::of(around);
        let is_new = !now.is_subset(&self.0);
        if !now.is_empty() {
            self.0 = now;
        }
        if is_new {
            Move::Elsewhere
        } else {
            Move::Around
        }
    }
}

/// The network of an address, by where it begins and how many bits name it; `None` for one that does
/// not lead to others. Of IPv6 it is the first half of an address, whatever the lease says.
fn network(net: &IpNet) -> Option<(IpAddr, u8)> {
    let at = net.addr();
    if at.is_loopback() || !can_be_told(at) {
        return None;
    }
    Some(match net {
        IpNet::V4(net) => (net.network().into(), net.prefix_len()),
        IpNet::V6 { net, .. } => {
            let half = net.addr().to_bits() & (u128::MAX << 64);
            (Ipv6Addr::from_bits(half).into(), 64)
        }
    })
}

/// Without what the system says of an address beside it, for that changes where the address does not.
fn bare(net: IpNet) -> IpNet {
    match net {
        IpNet::V6 { net, scope_id, .. } => IpNet::V6 {
            net,
            scope_id,
            flags: Ipv6AddrFlags::default(),
        },
        net => net,
    }
}

fn holds(net: &IpNet, ip: IpAddr) -> bool {
    match (net, ip) {
        (IpNet::V4(net), IpAddr::V4(ip)) => net.contains(&ip),
        (IpNet::V6 { net, .. }, IpAddr::V6(ip)) => net.contains(&ip),
        _ => false,
    }
}

/// When to look, besides every few seconds, and how often it was looked.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    /// Somebody says that the network changed: the transport is told so too.
    pub(crate) moved: Notify,
    /// Look now.
    pub(crate) now: Notify,
    count: AtomicU64,
}

impl Looks {
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }
}

/// Keeps up with the interfaces of this machine, until closed. The transport is told of every change:
/// on some systems it cannot see for itself, and paths that are gone are then given up sooner.
pub(crate) async fn look_around(
    endpoint: Endpoint,
    tell: watch::Sender<Surroundings>,
    looks: Arc<Looks>,
) {
    let looking = async {
        loop {
            let asked = tokio::select! {
                () = looks.moved.notified() => true,
                () = looks.now.notified() => false,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            let now = Surroundings::look().await;
            let changed = tell.send_if_modified(|before| {
                let changed = !before.is_where(&now);
                if changed {
                    *before = now.after(before, Instant::now());
                }
                changed
            });
            looks.count.fetch_add(1, Ordering::Release);
            if asked || changed {
                endpoint.network_change().await;
            }
        }
    };
    endpoint.closed().run_until(looking).await;
}

fn order(found: Vec<IpAddr>) -> Vec<IpAddr> {
    let (mut loopback, mut usable): (Vec<IpAddr>, Vec<IpAddr>) = found
        .into_iter()
        .map(|ip| ip.to_canonical())
        .filter(|ip| can_be_told(*ip))
        .partition(IpAddr::is_loopback);
    usable.sort_by_key(|ip| (rank(*ip), *ip));
    usable.dedup();
    loopback.sort();
    if usable.is_empty() { loopback } else { usable }
}

/// Whether an address means something to another device: one of a link-local IPv6 address does
/// not, for it needs the name of an interface here.
pub(crate) fn can_be_told(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast(),
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_unicast_link_local(),
    }
}

fn rank(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(ip) if ip.is_private() => 0,
        IpAddr::V4(ip) if !ip.is_link_local() => 1,
        IpAddr::V6(ip) if ip.is_unique_local() => 2,
        IpAddr::V6(_) => 3,
        IpAddr::V4(_) => 4,
    }
}

/// Whether an address leads to one machine from every network.
pub(crate) fn is_global(ip: IpAddr) -> bool {
    can_be_told(ip) && !ip.is_loopback() && matches!(rank(ip), 1 | 3)
}

/// The IPv4 addresses among `addresses`, over which multicast is sent and received.
pub(crate) fn v4(addresses: &[IpAddr]) -> Vec<Ipv4Addr> {
    addresses
        .iter()
        .filter_map(|ip| match ip {
            IpAddr::V4(ip) => Some(*ip),
            IpAddr::V6(_) => None,
        })
        .collect()
}

/// `addresses` with the ports that are listened on.
pub(crate) fn sockets(
    addresses: &[IpAddr],
    v4_port: Option<u16>,
    v6_port: Option<u16>,
) -> Vec<SocketAddr> {
    addresses
        .iter()
        .filter_map(|ip| {
            let port = if ip.is_ipv4() { v4_port } else { v6_port };
            port.map(|port| SocketAddr::new(*ip, port))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_on_the_local_network_come_first() {
        let found = [
            "2001:db8::1",
            "169.254.3.4",
            "fe80::1",
            "203.0.113.9",
            "127.0.0.1",
            "fd00::1",
            "192.168.43.1",
            "::1",
            "192.168.43.1",
            "0.0.0.0",
        ];
        let found = found.iter().map(|ip| ip.parse().unwrap()).collect();
        let told: Vec<String> = order(found).iter().map(ToString::to_string).collect();
        let want = [
            "192.168.43.1",
            "203.0.113.9",
            "fd00::1",
            "2001:db8::1",
            "169.254.3.4",
        ];
        assert_eq!(told, want);
    }

    #[test]
    fn what_leads_here_from_everywhere_is_known() {
        let global = |ip: &str| is_global(ip.parse().unwrap());
        assert!(global("203.0.113.9") && global("2001:db8::1"));
        for ip in [
            "172.17.0.1",
            "10.0.0.1",
            "fd00::1",
            "fe80::1",
            "169.254.3.4",
            "127.0.0.1",
            "::1",
        ] {
            assert!(!global(ip), "{ip}");
        }
    }

    #[test]
    fn a_machine_alone_still_has_itself() {
        let found = vec!["127.0.0.1".parse().unwrap(), "fe80::1".parse().unwrap()];
        assert_eq!(order(found), ["127.0.0.1".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn a_network_that_was_left_is_remembered_for_a_minute_and_not_among_ours() {
        let at = |text: &str| Surroundings {
            nets: vec![IpNet::V4(text.parse().unwrap())],
            ..Surroundings::default()
        };
        let (home, road) = (at("192.168.1.7/24"), at("10.20.0.3/16"));
        let ip: IpAddr = "192.168.1.9".parse().unwrap();
        let now = Instant::now();
        let moved = road.clone().after(&home, now);
        assert!(!moved.is_near(ip) && moved.was_near(ip));
        let later = at("172.16.0.1/24").after(&moved, now + LATELY);
        assert!(!later.was_near(ip), "{later:?}");
        assert!(later.was_near("10.20.9.9".parse().unwrap()));
        let back = home.clone().after(&moved, now);
        assert!(back.is_near(ip) && back.left.len() == 1, "{back:?}");
        assert!(!road.was_near("203.0.113.1".parse().unwrap()));
    }

    #[test]
    fn another_address_on_the_same_network_is_no_other_place() {
        let on = |nets: &[&str]| {
            let net = |text: &&str| {
                if !text.contains(':') {
                    return IpNet::V4(text.parse().unwrap());
                }
                IpNet::V6 {
                    net: text.parse().unwrap(),
                    scope_id: 0,
                    flags: Ipv6AddrFlags::default(),
                }
            };
            Surroundings {
                nets: nets.iter().map(net).collect(),
                ..Surroundings::default()
            }
        };
        let mut last = Whereabouts::of(&on(&["127.0.0.1/8", "10.20.0.3/16"]));
        let moves: [(&[&str], Move); 10] = [
            (&["10.20.7.7/16"], Move::Around),
            (&["10.20.7.7/16", "fe80::1/64"], Move::Around),
            (&["10.20.7.7/16", "2001:db8::1/64"], Move::Elsewhere),
            // What IPv6 makes up for privacy, and what a router lends by the address.
            (&["10.20.7.7/16", "2001:db8::9/64"], Move::Around),
            (&["10.20.7.7/16", "2001:db8::77/128"], Move::Around),
            // Without coverage for a while, and back on the same mast.
            (&["127.0.0.1/8"], Move::Around),
            (&["10.20.0.4/16"], Move::Around),
            (&["192.168.1.7/24", "10.20.0.4/16"], Move::Elsewhere),
            (&["192.168.1.7/24"], Move::Around),
            (&["10.20.0.4/16"], Move::Elsewhere),
        ];
        for (nets, to) in moves {
            assert_eq!(last.turn_to(&on(nets)), to, "{nets:?}");
        }
    }

    #[tokio::test]
    async fn every_machine_has_an_address() {
        let found = Surroundings::look().await;
        assert!(!found.addresses.is_empty());
        for _ in 0..20 {
            assert_eq!(Surroundings::look().await, found, "nothing changed");
        }
        assert!(found.is_near(found.addresses[0]));
        assert!(found.is_near("127.0.0.1".parse().unwrap()));
        assert!(!found.is_near("203.0.113.77".parse().unwrap()));
    }
}
