//! A link: frames to and from one other device. Not here: what the frames say.

use std::io;
use std::sync::Arc;

use crate::datagram::Datagrams;
use crate::frame::FrameError;
use crate::gauge::Gauge;
use crate::peer::{Counts, PeerReceiver, PeerSender};
use crate::relay::RelayPlace;

/// An open link.
#[derive(Debug)]
pub struct Link {
    pub(crate) sender: LinkSender,
    pub(crate) receiver: LinkReceiver,
    pub(crate) binding: [u8; 32],
    pub(crate) remote: [u8; 32],
    pub(crate) counts: Arc<Counts>,
    pub(crate) gauge: Gauge,
    pub(crate) datagrams: Datagrams,
    pub(crate) through: Option<RelayPlace>,
}

/// The half of a link that sends.
#[derive(Debug)]
pub struct LinkSender(pub(crate) PeerSender);

/// The half of a link that receives.
#[derive(Debug)]
pub struct LinkReceiver(pub(crate) PeerReceiver);

/// Bytes each way: of frames with their lengths, or on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Sent from here.
    pub sent: u64,
    /// Received here.
    pub received: u64,
}

/// How a link failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// A frame of a size that may not be, or from the other side something that is no frame; then
    /// the link has ended.
    #[error("exchanging frames")]
    Frame(#[source] FrameError),
    /// The other side hung up for this reason.
    #[error("staying on a link that the other side ended, saying \"{0}\"")]
    HungUp(String),
    /// The connection was lost.
    #[error("keeping up the connection")]
    Lost(#[source] io::Error),
    /// The link has ended.
    #[error("sending on a link that has ended")]
    Closed,
}

impl Link {
    /// Sends a frame of one to [`crate::MAX_FRAME`] bytes; waits while the other side is slow.
    ///
    /// # Errors
    /// [`LinkError::Frame`] for another size, [`LinkError::Closed`] when the link has ended.
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.sender.send(frame).await
    }

    /// The next frame; `None` when the other side has said everything. May be cancelled.
    ///
    /// # Errors
    /// [`LinkError`], once; the link has then ended.
    pub async fn recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        self.receiver.recv().await
    }

    /// Ends the link once the other side has read what was sent, within half a minute.
    pub async fn close(self) {
        let Self {
            sender, receiver, ..
        } = self;
        drop(receiver);
        sender.finish().await;
    }

    /// Both halves, to use at the same time. Dropping one half ends what it does; the link ends
    /// when the sending half is dropped or finished, or the other side ends it.
    #[must_use]
    pub fn split(self) -> (LinkSender, LinkReceiver) {
        (self.sender, self.receiver)
    }

    /// 32 bytes that both ends of this one connection know and nobody else does.
    #[must_use]
    pub const fn binding(&self) -> [u8; 32] {
        self.binding
    }

    /// The other device's transport key.
    #[must_use]
    pub const fn remote(&self) -> [u8; 32] {
        self.remote
    }

    /// The relay through which the two met, and whose end would end the link; packets may take a
    /// direct way by now ([`Gauge::relay`]).
    #[must_use]
    pub const fn through(&self) -> Option<&RelayPlace> {
        self.through.as_ref()
    }

    /// What this link costs on the wire and how it does, also while it is split and after its end.
    #[must_use]
    pub fn gauge(&self) -> Gauge {
        self.gauge.clone()
    }

    /// What may be told beside the frames, also while the link is split.
    #[must_use]
    pub fn datagrams(&self) -> Datagrams {
        self.datagrams.clone()
    }

    /// Bytes of frames sent and received so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.counts.traffic()
    }
}

impl LinkSender {
    /// Sends a frame; see [`Link::send`].
    ///
    /// # Errors
    /// As [`Link::send`].
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), LinkError> {
        self.0.send(frame.to_vec()).await
    }

    /// Ends the link; see [`Link::close`].
    pub async fn finish(self) {
        self.0.finish().await;
    }

    /// Ends the link at once, for this reason, which the other side reads in
    /// [`LinkError::HungUp`]. What was not read by then is not read.
    pub fn hang_up(self, reason: &str) {
        self.0.hang_up(reason);
    }
}

impl LinkReceiver {
    /// The next frame; see [`Link::recv`].
    ///
    /// # Errors
    /// As [`Link::recv`].
    pub async fn recv(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        self.0.recv().await
    }
}
