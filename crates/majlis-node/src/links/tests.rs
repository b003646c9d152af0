//! The owner of the links by itself: its device is on the network, and it is asked nothing.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use majlis_core::sign::DeviceKey;
use majlis_core::time::Timestamp;
use majlis_net::{DoorLimits, RelayState};
use tempfile::TempDir;

use super::operator::Try;
use super::relays::InVain;
use super::*;
use crate::carriage::Terms;
use crate::desk::Desk;
use crate::limits::Limits;
use crate::trust::Trusts;

/// An owner of links; what it asks of itself is left lying.
pub(super) struct Scene {
    pub(super) operator: Operator,
    _asked: mpsc::UnboundedReceiver<Ask>,
    _folder: TempDir,
}

pub(super) fn space(number: u8) -> SpaceId {
    SpaceId::from_bytes([number; 32])
}

/// A device of nobody, in no space.
async fn device(secret: u8) -> Net {
    let options = NetOptions {
        secret: [secret; 32],
        port: 0,
        discovery: false,
        door: DoorLimits::default(),
        addresses: Vec::new(),
    };
    Net::open(options).await.unwrap()
}

/// The owner of the links of a device that joined these spaces and met nobody.
pub(super) async fn scene(spaces: &[SpaceId]) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let net = device(1).await;
    let store = Store::open(&folder.path().join("majlis.sqlite")).unwrap();
    let (events, _) = broadcast::channel(16);
    let terms = Terms {
        carrier: false,
        limits: Limits::default(),
        transport: net.id(),
        trusts: Trusts::new(folder.path()),
        high_water: None,
    };
    let desks = Desks::default();
    for id in spaces {
        let key = Arc::new(DeviceKey::from_secret(&[2; 32]));
        let (store, events, terms) = (store.clone(), events.clone(), terms.clone());
        let desk = Desk::open(*id, store, key, events, None, terms, None);
        desks.insert(*id, desk.unwrap());
    }
    let meter = Meter::open(store.clone(), clock::now());
    let book = Book::read(folder.path());
    let config = NetworkConfig::default();
    let (operator, asked) = owner(&config, net, book, desks, meter, store, events);
    Scene {
        operator,
        _asked: asked,
        _folder: folder,
    }
}

/// Where somebody is who is met without relays.
pub(super) fn direct(id: Peer, port: u16) -> Address {
    Address {
        id,
        sockets: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))],
        relays: Vec::new(),
    }
}

/// The other end of a link, which lasts as long as this.
pub(super) struct Far {
    pub(super) peer: Peer,
    _net: Net,
    _link: Link,
}

/// Links the owner's device with another one, for a space.
pub(super) async fn linked(operator: &mut Operator, space: SpaceId, secret: u8) -> Far {
    let net = device(secret).await;
    let address = direct(net.id(), net.port());
    let (near, link) = tokio::join!(operator.net.dial(&address), net.accept());
    operator.up(near.unwrap(), space, true, None);
    Far {
        peer: address.id,
        _net: net,
        _link: link.unwrap(),
    }
}

/// The device slept for so many seconds until a moment ago.
fn sleep(operator: &mut Operator, seconds: u64) {
    let clock = Timestamp(clock::now().0 - seconds * 1_000);
    operator.awake = Awake::new(Instant::now(), clock);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_slept_dials_at_once_whom_it_would_have_dialled_meanwhile() {
    let (one, peer) = (space(1), [9; 32]);
    let mut scene = scene(&[one]).await;
    let operator = &mut scene.operator;
    operator.book.remember(one, &direct(peer, 9));
    let relay = RelayPlace::new("https://a.example", None, None).unwrap();
    let in_vain = InVain::after(None, RelayState::Unreached, Instant::now());
    operator.in_vain.insert(relay, in_vain);
    let held_back = Try {
        failures: 9,
        not_before: Some(Instant::now() + Duration::from_secs(300)),
        ..Try::default()
    };
    operator.tries.insert((one, peer), held_back);
    let dials = |operator: &mut Operator| {
        operator.mind_the_sleep();
        operator.dial_whoever_is_due();
        operator.tries[&(one, peer)].now
    };
    assert!(!dials(operator), "it is held back");
    assert!(!operator.in_vain.is_empty());
    sleep(operator, 60);
    assert!(!dials(operator), "it would be, had it been awake");
    assert!(operator.in_vain.is_empty(), "it may be anywhere now");
    sleep(operator, 3_600);
    assert!(dials(operator));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_elsewhere_dials_at_once_however_often_that_was_in_vain() {
    let (one, peer) = (space(1), [9; 32]);
    let mut scene = scene(&[one]).await;
    let operator = &mut scene.operator;
    operator.book.remember(one, &direct(peer, 9));
    for to in [Move::Around, Move::Elsewhere] {
        operator.tries.remove(&(one, peer));
        for _ in 0..6 {
            operator.hold_back(one, peer);
        }
        operator.dial_whoever_is_due();
        assert!(!operator.tries[&(one, peer)].now, "{to:?}");
        operator.moved(to);
        operator.dial_whoever_is_due();
        let attempt = &operator.tries[&(one, peer)];
        assert!(attempt.now && attempt.failures == 0, "{to:?}");
    }
}
