//! What is the same wherever two devices meet, directly or through a relay: the handshake, the
//! greeting, and the link that comes of it. Not here: where to dial.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use iroh::endpoint::{
    ConnectError, ConnectWithOptsError, ConnectingError, Connection, ConnectionError, Incoming,
    IncomingAddr, QuicTransportConfig, VarInt,
};
use iroh::{Endpoint, EndpointAddr};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::datagram::Datagrams;
use crate::door::{Answer, Door, Pass, Whence};
use crate::frame::{self, FrameError};
use crate::gauge::Gauge;
use crate::link::{Link, LinkReceiver, LinkSender};
use crate::peer::{self, GREETING};
use crate::relay::RelayPlace;

pub(crate) const ALPN: &[u8] = b"majlis/1";
const BINDING: &[u8] = b"majlis channel v1";
/// Whoever dials has this long for the handshake and its first bytes.
const ENTER_WITHIN: Duration = Duration::from_secs(15);
/// How long an answer may take before it was measured. The transport says its probes of paths again
/// after tenths of it, and each is answered with a packet of 1,200 bytes.
const SLOW_ANSWER: Duration = Duration::from_secs(1);
/// What a peer may have on the way before it is read: enough for a fast local network.
const WINDOW: u32 = 256 * 1024;
/// Bytes of datagrams that wait in each direction; the oldest give way.
const DATAGRAMS: usize = 16 * 1024;

/// Nobody answered as the device that was dialled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The address is this device's own, or its key is none.
    #[error("dialling an address that is not another device's")]
    NotADevice,
    /// No socket is given, and none was seen on the local network.
    #[error("dialling a device whose whereabouts are not known")]
    NowhereKnown,
    /// Nobody is there.
    #[error("reaching a device")]
    NotReached(#[source] io::Error),
    /// Somebody answered there who does not hold the key that was dialled.
    #[error("dialling a device where another one answers")]
    SomebodyElse,
    /// It is there and takes no more links now.
    #[error("dialling a device that takes no more links now")]
    Busy,
}

/// How every connection is made.
pub(crate) fn transport() -> QuicTransportConfig {
    QuicTransportConfig::builder()
        .max_concurrent_bidi_streams(VarInt::from_u32(1))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(Some(DATAGRAMS))
        .datagram_send_buffer_size(DATAGRAMS)
        .stream_receive_window(VarInt::from_u32(WINDOW))
        .receive_window(VarInt::from_u32(WINDOW))
        .send_window(u64::from(WINDOW))
        // A mast with EDGE answers after a second: what is only slow is not said twice. And probing
        // for larger packets costs more there than they would save.
        .initial_rtt(SLOW_ANSWER)
        .mtu_discovery_config(None)
        // Under which address others see this device it learns from a relay, where one is held.
        .send_observed_address_reports(false)
        .receive_observed_address_reports(false)
        .build()
}

/// Dials a device where it is said to be.
pub(crate) async fn dial(endpoint: &Endpoint, at: EndpointAddr) -> Result<Link, DialError> {
    let id = *at.id.as_bytes();
    let connection = endpoint.connect(at, ALPN).await.map_err(dial_error)?;
    let (mut send, recv) = connection.open_bi().await.map_err(connection_error)?;
    send.write_all(&GREETING)
        .await
        .map_err(|error| DialError::NotReached(error.into()))?;
    let ends = [*endpoint.id().as_bytes(), id];
    link(&connection, send, recv, None, ends).map_err(DialError::NotReached)
}

/// Lets in who dials, until the endpoint is closed.
pub(crate) async fn listen(
    endpoint: Endpoint,
    let_in: mpsc::Sender<Link>,
    door: Arc<Door>,
    through: Option<RelayPlace>,
) {
    let me = *endpoint.id().as_bytes();
    while let Some(incoming) = endpoint.accept().await {
        let from = match incoming.remote_addr() {
            IncomingAddr::Ip(at) => Whence::Address(at.ip()),
            IncomingAddr::Relay { endpoint_id, .. } => Whence::Relay(*endpoint_id.as_bytes()),
            _ => Whence::Elsewhere,
        };
        match door.knock(from, incoming.remote_addr_validated()) {
            Answer::Enter(pass) => {
                tokio::spawn(enter(incoming, me, pass, let_in.clone(), through.clone()));
            }
            Answer::ProveAddress => drop(incoming.retry()),
            Answer::Refuse => incoming.refuse(),
        }
    }
}

async fn enter(
    incoming: Incoming,
    me: [u8; 32],
    pass: Pass,
    let_in: mpsc::Sender<Link>,
    through: Option<RelayPlace>,
) {
    let entering = async {
        let connection = incoming.await.map_err(io::Error::other)?;
        let (send, mut recv) = connection.accept_bi().await?;
        let mut greeting = [0; GREETING.len()];
        let greeted = frame::exactly(&mut recv, &mut greeting).await;
        if greeted.is_err() || greeting != GREETING {
            let reason = FrameError::Greeting.to_string();
            connection.close(VarInt::from_u32(1), reason.as_bytes());
            return Err(io::Error::other(reason));
        }
        let ends = [*connection.remote_id().as_bytes(), me];
        link(&connection, send, recv, Some(pass.link()), ends)
    };
    match timeout(ENTER_WITHIN, entering).await {
        Ok(Ok(link)) => {
            let _ = let_in.send(Link { through, ..link }).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "somebody came and was not let in"),
        Err(_) => tracing::debug!("somebody came and said nothing"),
    }
}

/// The transport keys of who dialled and who was dialled.
type Ends = [[u8; 32]; 2];

fn link(
    connection: &Connection,
    send: iroh::endpoint::SendStream,
    recv: iroh::endpoint::RecvStream,
    pass: Option<Pass>,
    ends: Ends,
) -> io::Result<Link> {
    let remote = *connection.remote_id().as_bytes();
    let mut binding = [0; 32];
    connection
        .export_keying_material(&mut binding, BINDING, &ends.concat())
        .map_err(|_| io::Error::other("deriving the channel binding"))?;
    let (sender, receiver, counts) = peer::start(connection, send, recv, pass);
    Ok(Link {
        sender: LinkSender(sender),
        receiver: LinkReceiver(receiver),
        binding,
        remote,
        counts,
        gauge: Gauge::new(connection),
        datagrams: Datagrams::new(connection),
        through: None,
    })
}

fn dial_error(error: ConnectError) -> DialError {
    match error {
        ConnectError::Connecting {
            source: ConnectingError::ConnectionError { source, .. },
            ..
        }
        | ConnectError::Connection { source, .. } => connection_error(source),
        ConnectError::Connect {
            source: ConnectWithOptsError::SelfConnect { .. },
            ..
        } => DialError::NotADevice,
        error => DialError::NotReached(io::Error::other(error.to_string())),
    }
}

fn connection_error(error: ConnectionError) -> DialError {
    match error {
        ConnectionError::ConnectionClosed(close)
            if close.error_code == iroh::endpoint::TransportErrorCode::CONNECTION_REFUSED =>
        {
            DialError::Busy
        }
        // The handshake failed at the keys.
        ConnectionError::TransportError(error)
            if (0x100..0x200).contains(&u64::from(error.code)) =>
        {
            DialError::SomebodyElse
        }
        error => DialError::NotReached(error.into()),
    }
}
