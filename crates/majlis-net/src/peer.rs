//! One QUIC connection as a link: one stream in each direction, one task for each, so that
//! receiving can be cancelled and a slow reader slows the other side down. Whoever closes first
//! waits until the other side has read everything. Not here: dialling and accepting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use iroh::endpoint::{Connection, ConnectionError, RecvStream, SendStream, VarInt};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::door::Pass;
use crate::frame::{self, FrameError, MAX_FRAME, PREFIX};
use crate::link::{LinkError, Traffic};

/// Frames that wait on each side of a link; more, and whoever sends waits.
const WAITING: usize = 4;
/// A peer that takes nothing for so long is hung up on.
const TAKE_WITHIN: Duration = Duration::from_secs(120);
/// So long the end of a link waits for the other side to read what was sent.
const LINGER: Duration = Duration::from_secs(30);
/// What a dialling device says first: the stream exists for the other side only once it carries
/// something.
pub(crate) const GREETING: [u8; 4] = *b"MJL1";

const DONE: VarInt = VarInt::from_u32(0);
const VIOLATION: VarInt = VarInt::from_u32(1);
const STALLED: VarInt = VarInt::from_u32(2);
const HUNG_UP: VarInt = VarInt::from_u32(3);

/// What both tasks and both halves of a link share.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Counts {
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            sent: self.sent.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
        }
    }
}

/// The sending half.
#[derive(Debug)]
pub(crate) struct PeerSender {
    frames: mpsc::Sender<Vec<u8>>,
    /// Closed when the writing task has ended.
    ended: watch::Receiver<()>,
    connection: Connection,
}

/// The receiving half.
#[derive(Debug)]
pub(crate) struct PeerReceiver {
    frames: mpsc::Receiver<Result<Vec<u8>, LinkError>>,
}

impl PeerSender {
    pub(crate) async fn send(&self, frame: Vec<u8>) -> Result<(), LinkError> {
        if frame.is_empty() || frame.len() > MAX_FRAME {
            let size = u32::try_from(frame.len()).unwrap_or(u32::MAX);
            return Err(LinkError::Frame(FrameError::Size(size)));
        }
        self.frames.send(frame).await.map_err(|_| LinkError::Closed)
    }

    pub(crate) async fn finish(self) {
        let Self {
            frames, mut ended, ..
        } = self;
        drop(frames);
        while ended.changed().await.is_ok() {}
    }

    pub(crate) fn hang_up(self, reason: &str) {
        self.connection.close(HUNG_UP, reason.as_bytes());
    }
}

impl PeerReceiver {
    pub(crate) async fn recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        self.frames.recv().await.transpose()
    }
}

/// Makes a link of an open connection.
pub(crate) fn start(
    connection: &Connection,
    send: SendStream,
    recv: RecvStream,
    pass: Option<Pass>,
) -> (PeerSender, PeerReceiver, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let (out, outgoing) = mpsc::channel(WAITING);
    let (incoming, inn) = mpsc::channel(WAITING);
    let (tell_end, ended) = watch::channel(());
    let (tell_read, all_read) = watch::channel(false);
    let (tell_closing, closing) = watch::channel(false);
    let reader = Reader {
        connection: connection.clone(),
        stream: recv,
        frames: incoming,
        counts: Arc::clone(&counts),
        all_read: tell_read,
        closing,
    };
    let writer = Writer {
        connection: connection.clone(),
        stream: send,
        frames: outgoing,
        counts: Arc::clone(&counts),
        all_read,
        closing: tell_closing,
    };
    tokio::spawn(reader.run());
    tokio::spawn(async move {
        writer.run().await;
        drop(tell_end);
        drop(pass);
    });
    (
        PeerSender {
            frames: out,
            ended,
            connection: connection.clone(),
        },
        PeerReceiver { frames: inn },
        counts,
    )
}

struct Reader {
    connection: Connection,
    stream: RecvStream,
    frames: mpsc::Sender<Result<Vec<u8>, LinkError>>,
    counts: Arc<Counts>,
    all_read: watch::Sender<bool>,
    closing: watch::Receiver<bool>,
}

impl Reader {
    async fn run(mut self) {
        loop {
            match frame::read(&mut self.stream).await {
                Ok(Some(bytes)) => {
                    let size = u64::try_from(bytes.len().saturating_add(PREFIX)).unwrap_or(0);
                    self.counts.received.fetch_add(size, Ordering::Relaxed);
                    tokio::select! {
                        // Nobody reads any more: what still comes is dropped until its end.
                        biased;
                        Ok(_) = self.closing.wait_for(|closing| *closing) => {}
                        _ = self.frames.send(Ok(bytes)) => {}
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    if let Some(error) = self.name(error) {
                        let _ = self.frames.send(Err(error)).await;
                    }
                    break;
                }
            }
        }
        let _ = self.all_read.send(true);
    }

    /// Why the stream ended; `None` when that was in order. A peer that does not speak in frames
    /// is hung up on.
    fn name(&self, error: FrameError) -> Option<LinkError> {
        if let FrameError::Stream(source) = error {
            return match self.connection.close_reason() {
                Some(ConnectionError::LocallyClosed) => None,
                Some(ConnectionError::ApplicationClosed(close)) if close.error_code == DONE => None,
                Some(ConnectionError::ApplicationClosed(close)) => {
                    Some(LinkError::HungUp(readable(&close.reason)))
                }
                _ => Some(LinkError::Lost(source)),
            };
        }
        tracing::debug!(%error, "hanging up on a peer");
        self.connection
            .close(VIOLATION, error.to_string().as_bytes());
        Some(LinkError::Frame(error))
    }
}

struct Writer {
    connection: Connection,
    stream: SendStream,
    frames: mpsc::Receiver<Vec<u8>>,
    counts: Arc<Counts>,
    all_read: watch::Receiver<bool>,
    closing: watch::Sender<bool>,
}

impl Writer {
    async fn run(mut self) {
        loop {
            let frame = tokio::select! {
                biased;
                _ = self.all_read.wait_for(|read| *read) => break,
                frame = self.frames.recv() => frame,
            };
            let Some(frame) = frame else { break };
            match timeout(TAKE_WITHIN, frame::write(&mut self.stream, &frame)).await {
                Ok(Ok(())) => {
                    let size = u64::try_from(frame.len().saturating_add(PREFIX)).unwrap_or(0);
                    self.counts.sent.fetch_add(size, Ordering::Relaxed);
                }
                Ok(Err(_)) => break,
                Err(_) => {
                    self.connection
                        .close(STALLED, b"waiting for the peer to read");
                    break;
                }
            }
        }
        // Senders are told at once; frames are no longer taken.
        self.frames.close();
        let _ = self.closing.send(true);
        if self.stream.finish().is_ok() {
            let stopped = self.stream.stopped();
            let both = async {
                let _ = stopped.await;
                let _ = self.all_read.wait_for(|read| *read).await;
            };
            tokio::select! {
                _ = timeout(LINGER, both) => {}
                _ = self.connection.closed() => {}
            }
        }
        self.connection.close(DONE, b"done");
        let Traffic { sent, received } = self.counts.traffic();
        tracing::debug!(sent, received, "a link ended");
    }
}

/// A peer's reason, safe to show: short, and without control characters.
fn readable(reason: &[u8]) -> String {
    String::from_utf8_lossy(reason)
        .chars()
        .filter(|c| !c.is_control())
        .take(100)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn a_reason_is_short_and_plain() {
        assert_eq!(readable(b"\x1b[31mred\x07\r\n"), "[31mred");
        assert_eq!(readable(&[0xff; 500]).chars().count(), 100);
        assert_eq!(readable("لا".as_bytes()), "لا");
    }
}
