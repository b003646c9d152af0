//! Two endpoints on one machine: frames both ways, the channel binding, and everything that a peer
//! may do wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use iroh::endpoint::{Connection, QuicTransportConfig, presets};
use iroh::{Endpoint, EndpointAddr, PublicKey, TransportAddr};
use majlis_net::{
    Address, DialError, DoorLimits, FrameError, Link, LinkError, MAX_DATAGRAM, MAX_FRAME, Net,
    NetOptions,
};

async fn open(secret: u8) -> Net {
    let options = NetOptions {
        secret: [secret; 32],
        port: 0,
        discovery: false,
        door: DoorLimits::default(),
        addresses: Vec::new(),
    };
    Net::open(options).await.unwrap()
}

fn here(net: &Net) -> Address {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, net.port()));
    Address {
        id: net.id(),
        sockets: vec![at],
        relays: Vec::new(),
    }
}

/// A link from `a` to `b`, both ends.
async fn linked(a: &Net, b: &Net) -> (Link, Link) {
    let at = here(b);
    let (near, far) = tokio::join!(a.dial(&at), b.accept());
    (near.unwrap(), far.unwrap())
}

#[tokio::test]
async fn frames_travel_both_ways_in_order() {
    let (a, b) = (open(1).await, open(2).await);
    let (mut near, mut far) = linked(&a, &b).await;
    assert_eq!(near.remote(), b.id());
    assert_eq!(far.remote(), a.id());
    for size in [1, 2, 1_000, MAX_FRAME] {
        near.send(&vec![7; size]).await.unwrap();
        far.send(&vec![8; size]).await.unwrap();
        assert_eq!(far.recv().await.unwrap().unwrap(), vec![7; size]);
        assert_eq!(near.recv().await.unwrap().unwrap(), vec![8; size]);
    }
    let bytes = u64::try_from(1 + 2 + 1_000 + MAX_FRAME + 4 * 4).unwrap();
    assert_eq!(near.traffic().received, bytes);
    assert_eq!(far.traffic().received, bytes);
    assert_eq!(far.traffic().sent, bytes);
}

#[tokio::test]
async fn datagrams_travel_beside_the_frames_and_only_short_ones() {
    let (a, b) = (open(1).await, open(2).await);
    let (mut near, far) = linked(&a, &b).await;
    let (here, there) = (near.datagrams(), far.datagrams());
    assert!(!here.send(vec![1; MAX_DATAGRAM + 1]));
    for size in [0, 1, MAX_DATAGRAM] {
        assert!(here.send(vec![7; size]));
        let came = tokio::time::timeout(Duration::from_secs(10), there.recv());
        assert_eq!(came.await.unwrap(), Some(vec![7; size]));
    }
    let frames = near.traffic();
    assert_eq!(frames.sent, 0, "frames are counted apart");
    // They do not keep a link open, and tell when it has ended.
    near.send(b"last words").await.unwrap();
    let closing = tokio::join!(near.close(), far.close());
    assert_eq!(closing, ((), ()));
    assert_eq!(there.recv().await, None);
    assert!(!here.send(vec![7]));
}

#[tokio::test]
async fn the_binding_is_equal_at_both_ends_and_new_for_every_link() {
    let (a, b) = (open(1).await, open(2).await);
    let (near, far) = linked(&a, &b).await;
    let (other_near, other_far) = linked(&a, &b).await;
    assert_eq!(near.binding(), far.binding());
    assert_eq!(other_near.binding(), other_far.binding());
    assert_ne!(near.binding(), other_near.binding());
    let (back_near, back_far) = linked(&b, &a).await;
    assert_eq!(back_near.binding(), back_far.binding());
    assert_ne!(back_near.binding(), near.binding());
}

#[tokio::test]
async fn what_was_sent_before_closing_arrives() {
    let (a, b) = (open(1).await, open(2).await);
    let (mut near, mut far) = linked(&a, &b).await;
    let sending = tokio::spawn(async move {
        for number in 0..40_u8 {
            near.send(&vec![number; 30_000]).await.unwrap();
        }
        near.close().await;
    });
    let mut came = Vec::new();
    while let Some(frame) = far.recv().await.unwrap() {
        assert_eq!(frame.len(), 30_000);
        came.push(frame[0]);
    }
    assert_eq!(came, (0..40).collect::<Vec<u8>>());
    far.close().await;
    sending.await.unwrap();
}

#[tokio::test]
async fn dropping_a_link_ends_it_at_the_other_side() {
    let (a, b) = (open(1).await, open(2).await);
    let (mut near, mut far) = linked(&a, &b).await;
    near.send(b"last words").await.unwrap();
    drop(near);
    assert_eq!(far.recv().await.unwrap().unwrap(), b"last words");
    assert!(far.recv().await.unwrap().is_none());
    while far.send(b"anybody?").await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn both_halves_work_at_once_and_a_slow_reader_holds_the_sender_back() {
    let (a, b) = (open(1).await, open(2).await);
    let (near, far) = linked(&a, &b).await;
    let (mut send, mut recv) = near.split();
    let frame = vec![1; MAX_FRAME];
    let mut sent = 0_usize;
    // Nobody reads at the far end: the sender is stopped after some frames.
    while tokio::time::timeout(Duration::from_millis(500), send.send(&frame))
        .await
        .is_ok()
    {
        sent += 1;
        assert!(sent < 100, "sending without bounds");
    }
    let (mut far_send, mut far_recv) = far.split();
    far_send.send(b"the other way is free").await.unwrap();
    assert_eq!(
        recv.recv().await.unwrap().unwrap(),
        b"the other way is free"
    );
    for _ in 0..sent {
        assert_eq!(far_recv.recv().await.unwrap().unwrap().len(), MAX_FRAME);
    }
    tokio::join!(send.finish(), async {
        while far_recv.recv().await.unwrap().is_some() {}
    });
}

#[tokio::test]
async fn a_frame_beyond_the_limit_is_not_sent() {
    let (a, b) = (open(1).await, open(2).await);
    let (mut near, mut far) = linked(&a, &b).await;
    for size in [0, MAX_FRAME + 1] {
        let refused = near.send(&vec![0; size]).await;
        assert!(
            matches!(refused, Err(LinkError::Frame(FrameError::Size(_)))),
            "{size}"
        );
    }
    near.send(b"still fine").await.unwrap();
    assert_eq!(far.recv().await.unwrap().unwrap(), b"still fine");
}

/// Somebody who speaks QUIC and our ALPN, and otherwise says what they like.
async fn stranger(to: &Net) -> (Endpoint, Connection) {
    stranger_with(to, QuicTransportConfig::default()).await
}

async fn stranger_with(to: &Net, transport: QuicTransportConfig) -> (Endpoint, Connection) {
    let builder = Endpoint::builder(presets::Minimal).transport_config(transport);
    let endpoint = builder.bind().await.unwrap();
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, to.port()));
    let id = PublicKey::from_bytes(&to.id()).unwrap();
    let at = EndpointAddr::from_parts(id, [TransportAddr::Ip(at)]);
    let connection = endpoint.connect(at, b"majlis/1").await.unwrap();
    (endpoint, connection)
}

fn reason(ended: &iroh::endpoint::ConnectionError) -> String {
    match ended {
        iroh::endpoint::ConnectionError::ApplicationClosed(close) => {
            String::from_utf8_lossy(&close.reason).into_owned()
        }
        other => panic!("{other}"),
    }
}

/// A device of an older version takes no datagrams: none is sent, and frames go as ever.
#[tokio::test]
async fn who_takes_no_datagrams_is_sent_none() {
    let net = open(1).await;
    let older = QuicTransportConfig::builder().datagram_receive_buffer_size(None);
    let (_endpoint, connection) = stranger_with(&net, older.build()).await;
    let (mut send, _recv) = connection.open_bi().await.unwrap();
    send.write_all(b"MJL1\0\0\0\x05hello").await.unwrap();
    let mut far = net.accept().await.unwrap();
    assert!(!far.datagrams().send(vec![7; 10]));
    assert_eq!(far.recv().await.unwrap().unwrap(), b"hello");
}

#[tokio::test]
async fn a_datagram_beyond_the_limit_is_left_out_and_a_flood_is_forgotten() {
    let net = open(1).await;
    let (_endpoint, connection) = stranger_with(&net, QuicTransportConfig::default()).await;
    let (mut send, _recv) = connection.open_bi().await.unwrap();
    send.write_all(b"MJL1\0\0\0\x05hello").await.unwrap();
    let mut far = net.accept().await.unwrap();
    let most = connection.max_datagram_size().unwrap();
    assert!(most > MAX_DATAGRAM, "{most}");
    connection.send_datagram(vec![1; most].into()).unwrap();
    connection.send_datagram(b"short".to_vec().into()).unwrap();
    assert_eq!(far.datagrams().recv().await.unwrap(), b"short");
    // Nobody listens meanwhile: what waits is bounded, and frames pass it.
    for _ in 0..2_000 {
        let big = vec![2; MAX_DATAGRAM].into();
        connection.send_datagram_wait(big).await.unwrap();
    }
    assert_eq!(far.recv().await.unwrap().unwrap(), b"hello");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut waited = 0;
    let wait = Duration::from_millis(200);
    while let Ok(Some(_)) = tokio::time::timeout(wait, far.datagrams().recv()).await {
        waited += 1;
    }
    assert!(waited <= 20, "{waited} datagrams waited");
}

#[tokio::test]
async fn an_oversized_frame_ends_the_link_with_a_reason() {
    let net = open(2).await;
    let (_endpoint, connection) = stranger(&net).await;
    let (mut send, _recv) = connection.open_bi().await.unwrap();
    send.write_all(b"MJL1").await.unwrap();
    send.write_all(&[0, 0, 0, 1, 9]).await.unwrap();
    let length = u32::try_from(MAX_FRAME + 1).unwrap();
    send.write_all(&length.to_be_bytes()).await.unwrap();
    let mut link = net.accept().await.unwrap();
    assert_eq!(link.recv().await.unwrap().unwrap(), [9]);
    let refused = link.recv().await;
    assert!(
        matches!(refused, Err(LinkError::Frame(FrameError::Size(65_537)))),
        "{refused:?}"
    );
    assert!(link.recv().await.unwrap().is_none());
    assert_eq!(
        reason(&connection.closed().await),
        "reading a frame of 65537 bytes"
    );
}

#[tokio::test]
async fn garbage_is_hung_up_on_and_others_still_come_in() {
    let (net, friend) = (open(2).await, open(3).await);
    // Before the greeting.
    let (_one, connection) = stranger(&net).await;
    let (mut send, _recv) = connection.open_bi().await.unwrap();
    send.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert_eq!(
        reason(&connection.closed().await),
        "reading the first bytes of the link"
    );
    // Noise after it: the first four bytes are a length, almost always one beyond the limit.
    let mut random = fastrand::Rng::with_seed(11);
    for round in 0..10 {
        let (_other, connection) = stranger(&net).await;
        let (mut send, _recv) = connection.open_bi().await.unwrap();
        send.write_all(b"MJL1").await.unwrap();
        let mut noise: Vec<u8> = (0..200).map(|_| random.u8(..)).collect();
        noise[0] |= 1;
        send.write_all(&noise).await.unwrap();
        let mut link = net.accept().await.unwrap();
        let refused = link.recv().await;
        assert!(
            matches!(refused, Err(LinkError::Frame(FrameError::Size(_)))),
            "round {round}"
        );
        assert!(reason(&connection.closed().await).starts_with("reading a frame of"));
    }
    // A link that breaks off inside a frame.
    let (_last, connection) = stranger(&net).await;
    let (mut send, _recv) = connection.open_bi().await.unwrap();
    send.write_all(b"MJL1\0\0\0\x09abc").await.unwrap();
    send.finish().unwrap();
    let mut link = net.accept().await.unwrap();
    assert!(matches!(
        link.recv().await,
        Err(LinkError::Frame(FrameError::Cut))
    ));
    // Datagrams that are not QUIC at all.
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for size in [0, 1, 20, 1_200, 9_000] {
        let noise: Vec<u8> = (0..size).map(|_| random.u8(..)).collect();
        socket.send_to(&noise, ("127.0.0.1", net.port())).unwrap();
    }
    let (mut near, mut far) = linked(&friend, &net).await;
    near.send(b"hello").await.unwrap();
    assert_eq!(far.recv().await.unwrap().unwrap(), b"hello");
}

#[tokio::test]
async fn a_peer_that_hangs_up_with_a_reason_is_told_from_one_that_is_done() {
    let net = open(2).await;
    let (_endpoint, connection) = stranger(&net).await;
    let (mut send, _recv) = connection.open_bi().await.unwrap();
    send.write_all(b"MJL1\0\0\0\x01x").await.unwrap();
    let mut link = net.accept().await.unwrap();
    assert_eq!(link.recv().await.unwrap().unwrap(), b"x");
    connection.close(9_u32.into(), b"no \x1b[31mwords\n for it");
    match link.recv().await {
        Err(LinkError::HungUp(why)) => assert_eq!(why, "no [31mwords for it"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn whoever_comes_and_says_nothing_is_shown_out() {
    let net = open(2).await;
    let (_endpoint, connection) = stranger(&net).await;
    let (_other, with_stream) = stranger(&net).await;
    let (mut send, _recv) = with_stream.open_bi().await.unwrap();
    send.write_all(b"MJ").await.unwrap();
    connection.closed().await;
    with_stream.closed().await;
}

#[tokio::test]
async fn a_device_takes_so_many_links_from_one_address_and_no_more() {
    let (a, b) = (open(1).await, open(2).await);
    let mut links = Vec::new();
    let refused = loop {
        let at = here(&b);
        match a.dial(&at).await {
            Ok(link) => links.push((link, b.accept().await.unwrap())),
            Err(error) => break error,
        }
        assert!(links.len() <= 64, "links without bounds");
    };
    assert!(matches!(refused, DialError::Busy), "{refused}");
    assert!(
        links.len() >= 16,
        "two devices share many spaces: {}",
        links.len()
    );
    // One ends, one comes in.
    let (near, far) = links.pop().unwrap();
    tokio::join!(near.close(), far.close());
    links.push(linked(&a, &b).await);
}

#[tokio::test]
async fn dropping_the_last_clone_frees_the_port() {
    let net = open(1).await;
    let port = net.port();
    drop(net.clone());
    assert!(std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).is_err());
    drop(net);
    let freed = async {
        while std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), freed)
        .await
        .expect("the port stays taken");
}

#[tokio::test]
async fn dialling_nobody_fails_in_time() {
    let net = open(1).await;
    let gone = open(2).await;
    let mut nobody = here(&gone);
    gone.close().await;
    assert!(matches!(
        net.dial(&nobody).await,
        Err(DialError::NotReached(_))
    ));
    nobody.sockets.clear();
    nobody.id = open(3).await.id();
    assert!(matches!(
        net.dial(&nobody).await,
        Err(DialError::NowhereKnown)
    ));
    assert!(matches!(
        net.dial(&here(&net)).await,
        Err(DialError::NotADevice)
    ));
}

#[tokio::test]
async fn somebody_else_at_the_address_is_not_taken_for_the_device() {
    let (a, b) = (open(1).await, open(2).await);
    let wanted = open(3).await.id();
    let at = Address {
        id: wanted,
        sockets: here(&b).sockets,
        relays: Vec::new(),
    };
    assert!(matches!(a.dial(&at).await, Err(DialError::SomebodyElse)));
}

#[tokio::test]
async fn a_taken_port_gives_another() {
    let a = open(1).await;
    let options = NetOptions {
        secret: [2; 32],
        port: a.port(),
        discovery: false,
        door: DoorLimits::default(),
        addresses: Vec::new(),
    };
    let b = Net::open(options).await.unwrap();
    assert_ne!(a.port(), b.port());
    assert_ne!(b.port(), 0);
    let (mut near, mut far) = linked(&a, &b).await;
    near.send(b"hello").await.unwrap();
    assert_eq!(far.recv().await.unwrap().unwrap(), b"hello");
}

#[tokio::test]
async fn a_free_port_is_taken_as_wanted() {
    // Below the ports that systems give out, so that no other test has it.
    let free = (21_000..22_000)
        .find(|port| std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok())
        .unwrap();
    let options = NetOptions {
        secret: [1; 32],
        port: free,
        discovery: false,
        door: DoorLimits::default(),
        addresses: Vec::new(),
    };
    assert_eq!(Net::open(options).await.unwrap().port(), free);
}

#[tokio::test]
async fn where_a_device_is_told_that_it_is_reached_comes_first_and_once() {
    let public = "203.0.113.7:4600".parse().unwrap();
    let seen = open(1).await.address().sockets;
    let options = NetOptions {
        secret: [2; 32],
        port: 0,
        discovery: false,
        door: DoorLimits::default(),
        addresses: vec![public],
    };
    let net = Net::open(options).await.unwrap();
    let told = net.address().sockets;
    assert_eq!(told[0], public);
    assert_eq!(told.len(), seen.len() + 1);
    assert!(told[1..].iter().all(|at| at.port() != 0 && *at != public));
}

#[tokio::test]
async fn an_open_device_knows_where_it_can_be_dialled() {
    let net = open(1).await;
    let address = net.address();
    assert_eq!(address.id, net.id());
    assert!(!address.sockets.is_empty());
    assert!(
        address
            .sockets
            .iter()
            .all(|at| at.port() != 0 && !at.ip().is_unspecified())
    );
    assert!(address.sockets.iter().any(|at| at.port() == net.port()));
}

#[tokio::test]
async fn closing_ends_accepting_and_all_links() {
    let (a, b) = (open(1).await, open(2).await);
    let (near, mut far) = linked(&a, &b).await;
    a.close().await;
    assert!(a.accept().await.is_none());
    assert!(a.seen().await.is_none());
    assert!(matches!(
        far.recv().await,
        Ok(None) | Err(LinkError::Lost(_))
    ));
    drop(near);
    assert!(matches!(
        a.dial(&here(&b)).await,
        Err(DialError::NotReached(_))
    ));
}
