//! What is sent to a desk, and what it tells whoever owns the links.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use majlis_core::effect::LinkId;
use majlis_core::sync::session::{Ends, Exchange};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use crate::api::{ApiError, ErrorCode};
use crate::desk::Desk;
use crate::links::Ending;
use crate::relay::{RelayTold, Voucher};

type Job = Box<dyn FnOnce(&mut Desk) + Send>;

/// What is sent to a desk.
pub(crate) enum Mail {
    Job(Job),
    Up {
        ends: Ends,
        line: Line,
    },
    /// A frame; the permit is given back once it is handled, so a fast peer waits.
    Frame {
        link: LinkId,
        bytes: Vec<u8>,
        permit: OwnedSemaphorePermit,
    },
    /// A datagram; no more than a few a second of one link.
    Presence {
        link: LinkId,
        bytes: Vec<u8>,
    },
    /// What a carrier tells of itself; as seldom as a presence.
    Told {
        link: LinkId,
        bytes: Vec<u8>,
    },
    /// Where this device is reached, to be told on links; it carries for others.
    Tell(Vec<u8>),
    Down {
        link: LinkId,
        /// Why the peer ended it, when it said so.
        told: Option<Ending>,
    },
    /// Something may have come to the pool.
    Hint,
    Close(oneshot::Sender<()>),
}

/// A link as its desk holds it; dropping it ends the link.
pub(crate) struct Line {
    /// Where outgoing frames go.
    pub(crate) frames: mpsc::UnboundedSender<Vec<u8>>,
    /// Where outgoing datagrams go.
    pub(crate) datagrams: mpsc::Sender<Vec<u8>>,
    /// Whether nothing is to be sent that can be left out.
    pub(crate) quiet: Arc<AtomicBool>,
    /// Used once when the peer is to know why, before the line is dropped.
    pub(crate) end: oneshot::Sender<Ending>,
    /// How the session on it stands.
    pub(crate) standing: watch::Sender<Standing>,
    /// The relay that the other side says it runs, once it proved itself as a carrier.
    pub(crate) relay: watch::Sender<Option<RelayTold>>,
    /// Where it says that it is reached, from then on.
    pub(crate) reached: watch::Sender<Vec<SocketAddr>>,
}

impl Line {
    /// Whether data is saved on it.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet.load(Ordering::Relaxed)
    }
}

/// How the session on a link stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Both sides have everything, and nothing is drafted here.
    pub(crate) rests: bool,
    /// How far entries are exchanged.
    pub(crate) exchange: Exchange,
    /// Entries held here.
    pub(crate) held: u64,
    /// Photos or sounds are still to move.
    pub(crate) media: bool,
    /// Bytes a second that moved, when that was measured.
    pub(crate) rate: Option<u64>,
    /// Entries that the other side brought so far.
    pub(crate) brought: u64,
    /// The other side carries for others.
    pub(crate) carrier: bool,
    /// How far the other side is with proving which device it is.
    pub(crate) proof: Proof,
}

/// How far the other side of a link is with proving which device it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Proof {
    /// This desk has not come to the link yet.
    #[default]
    NotDue,
    /// The desk waits for it.
    Due,
    /// It is here.
    Given,
}

/// What a desk shows without being asked.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// Entries held; 0 before the space was read.
    pub(super) held: AtomicU64,
    /// Whether the disk had no room for what came last.
    pub(super) full: AtomicBool,
}

/// The way to one desk.
#[derive(Clone, Debug)]
pub(crate) struct DeskMail {
    mail: Sender<Mail>,
    board: Arc<Board>,
    vouchers: Arc<[Voucher]>,
}

impl DeskMail {
    pub(super) const fn new(
        mail: Sender<Mail>,
        board: Arc<Board>,
        vouchers: Arc<[Voucher]>,
    ) -> Self {
        Self {
            mail,
            board,
            vouchers,
        }
    }

    /// What this device shows to a relay, for this space.
    pub(crate) fn vouchers(&self) -> &[Voucher] {
        &self.vouchers
    }

    /// Runs `job` at the desk and gives what it returns.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Desk) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |desk| {
            let _ = reply.send(job(desk));
        });
        self.send(Mail::Job(job));
        answer.await.map_err(|_| gone())?
    }

    /// Sends mail; whether the desk is still there.
    pub(crate) fn send(&self, mail: Mail) -> bool {
        self.mail.send(mail).is_ok()
    }

    /// Entries held now; 0 before the space was read.
    pub(crate) fn held(&self) -> u64 {
        self.board.held.load(Ordering::Relaxed)
    }

    /// Whether the disk had no room for what came last.
    pub(crate) fn is_full(&self) -> bool {
        self.board.full.load(Ordering::Relaxed)
    }

    /// Closes the desk: everything sealed and on disk when this returns.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.send(Mail::Close(done)) {
            let _ = closed.await;
        }
    }
}

fn gone() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "the space was closed or its store failed",
    )
}
