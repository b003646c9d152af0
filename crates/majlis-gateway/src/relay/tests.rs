//! A relay on this machine and the devices of others: whom they trust, whom it lets in, and what it
//! answers to those who are no device.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use majlis_net::{Address, DoorLimits, HeldRelay, Net, NetOptions, RelayPlace, RelayState, pin_of};
use majlis_node::node::{Node, NodeConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Prepared, Relay};
use crate::config::{Config, Relay as Settings, RelayAccess, Tls};

struct Scene {
    _folder: TempDir,
    node: Node,
    relay: Relay,
    told: RelayPlace,
}

async fn relay(change: impl FnOnce(&mut Settings)) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config {
        data: folder.path().join("data"),
        ..Config::default()
    };
    config.relay.listen = Some("127.0.0.1:0".parse().unwrap());
    config.relay.access = RelayAccess::Anyone;
    change(&mut config.relay);
    let prepared = Prepared::open(&config).await.unwrap().unwrap();
    let told = prepared.own().told;
    let node = Node::open(NodeConfig::new(config.data.clone(), None));
    let node = node.await.unwrap();
    let relay = prepared.run(&node, &config.relay).await.unwrap();
    Scene {
        _folder: folder,
        node,
        relay,
        told,
    }
}

/// A device that holds a relay.
async fn device(secret: u8, place: &RelayPlace) -> Net {
    let options = NetOptions {
        secret: [secret; 32],
        port: 0,
        discovery: false,
        door: DoorLimits::default(),
        addresses: Vec::new(),
    };
    let net = Net::open(options).await.unwrap();
    let held = HeldRelay {
        place: place.clone(),
        pass: String::new(),
    };
    net.hold_relays(vec![held]);
    net
}

/// How it stands with a device's relay once that is known.
async fn settled(net: &Net) -> RelayState {
    let began = Instant::now();
    loop {
        let state = net.relays().first().map(|(_, state)| *state);
        match state {
            Some(state) if state != RelayState::Connecting => return state,
            _ => assert!(began.elapsed() < Duration::from_secs(40), "{state:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_meet_through_a_relay_and_end_with_it() {
    let scene = relay(|_| {}).await;
    let (a, b) = (device(1, &scene.told).await, device(2, &scene.told).await);
    assert_eq!(settled(&a).await, RelayState::Connected);
    assert_eq!(settled(&b).await, RelayState::Connected);
    assert_eq!(scene.relay.figures.guests(), 2);
    let at = Address {
        id: b.id(),
        sockets: Vec::new(),
        relays: vec![scene.told.clone()],
    };
    let (near, far) = tokio::join!(a.dial(&at), b.accept());
    let (mut near, mut far) = (near.unwrap(), far.unwrap());
    assert_eq!((near.remote(), far.remote()), (b.id(), a.id()));
    assert_eq!(near.through(), Some(&scene.told));
    near.send(b"through a relay").await.unwrap();
    assert_eq!(far.recv().await.unwrap().unwrap(), b"through a relay");
    let (received, sent) = scene.relay.figures.bytes();
    assert!(received > 1_000 && sent > 1_000, "{received}, {sent}");
    // Whoever lets go of the relay is gone from there, and so are the links through it.
    let before = a.wire();
    assert!(before.sent > 1_000 && before.received > 1_000);
    a.hold_relays(Vec::new());
    assert!(matches!(far.recv().await, Ok(None) | Err(_)));
    let began = Instant::now();
    while scene.relay.figures.guests() > 1 {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let after = a.wire();
    assert!(after.sent >= before.sent, "what was paid stays counted");
    assert!(a.relays().is_empty());
    scene.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_certificate_that_is_named_is_trusted() {
    let scene = relay(|_| {}).await;
    let url = scene.told.url();
    let quic = scene.told.quic();
    assert!(scene.told.pin().is_some() && url.starts_with("https://"));
    let other = RelayPlace::new(url, Some(pin_of(b"another certificate")), quic).unwrap();
    let none = RelayPlace::new(url, None, quic).unwrap();
    for (secret, place) in [(1, other), (2, none)] {
        let net = device(secret, &place).await;
        assert_eq!(settled(&net).await, RelayState::Unreached, "{place:?}");
        assert_eq!(scene.relay.figures.guests(), 0);
    }
    let net = device(3, &scene.told).await;
    assert_eq!(settled(&net).await, RelayState::Connected);
    scene.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_lets_in_members_only_or_as_many_as_it_may() {
    // This gateway is in no space: nobody is a member.
    let scene = relay(|settings| settings.access = RelayAccess::Members).await;
    let net = device(1, &scene.told).await;
    assert_eq!(settled(&net).await, RelayState::Refused);
    assert!(scene.relay.figures.refusals() > 0);
    scene.node.shutdown().await;

    let scene = relay(|settings| settings.guests = 1).await;
    let first = device(1, &scene.told).await;
    assert_eq!(settled(&first).await, RelayState::Connected);
    let second = device(2, &scene.told).await;
    assert_eq!(settled(&second).await, RelayState::Refused);
    assert_eq!(scene.relay.figures.guests(), 1);
    scene.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_much_is_slowed_down() {
    // Less than a handshake takes.
    let pace = NonZeroU32::new(1_500).unwrap();
    let scene = relay(|settings| {
        settings.bytes_a_second = pace;
        settings.burst_bytes = pace;
    })
    .await;
    let (a, b) = (device(1, &scene.told).await, device(2, &scene.told).await);
    assert_eq!(settled(&a).await, RelayState::Connected);
    assert_eq!(settled(&b).await, RelayState::Connected);
    let at = Address {
        id: b.id(),
        sockets: Vec::new(),
        relays: vec![scene.told.clone()],
    };
    let (near, far) = tokio::join!(a.dial(&at), b.accept());
    assert!(near.is_ok() && far.is_some(), "slow is not refused");
    assert!(scene.relay.figures.slowed() > 0);
    scene.node.shutdown().await;
}

/// Says something to a relay without encryption and hears it out.
async fn say(scene: &Scene, request: &str) -> String {
    let host = scene.told.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let heard = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    let _ = heard.await.expect("it ends");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_to_a_relay_is_hung_up_on() {
    let scene = relay(|settings| settings.tls = Tls::Off).await;
    let get = |path| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(say(&scene, &get("/ping")).await.starts_with("HTTP/1.1 200"));
    assert!(say(&scene, &get("/")).await.starts_with("HTTP/1.1 404"));
    let upgrade = "GET /relay HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Protocol: iroh-relay-v2\r\n\r\n";
    let (silent, half, upgraded) = tokio::join!(
        say(&scene, ""),
        say(&scene, "GET /relay HTTP/1.1\r\n"),
        say(&scene, upgrade)
    );
    assert_eq!((silent.as_str(), half.contains("101")), ("", false));
    assert!(upgraded.starts_with("HTTP/1.1 101"), "{upgraded}");
    assert_eq!(scene.relay.figures.guests(), 0);
    // Others are let in meanwhile and afterwards.
    let net = device(1, &scene.told).await;
    assert_eq!(settled(&net).await, RelayState::Connected);
    scene.node.shutdown().await;
}
