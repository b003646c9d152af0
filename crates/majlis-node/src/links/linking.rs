//! Bringing up a link: whose it is, whether there is a better one, and carrying frames between it
//! and the desk of its space until one of them ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use majlis_core::effect::LinkId;
use majlis_core::id::{SpaceId, TransportId};
use majlis_core::sync::message::{SpaceTag, tag_of};
use majlis_core::sync::presence::MAX_PRESENCE;
use majlis_core::sync::session::Ends;
use majlis_net::{Datagrams, Link, LinkError, Traffic};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::desk::{DeskMail, Line, Mail, Standing};
use crate::limits::LimitName;
use crate::links::operator::{Open, Operator};
use crate::links::reached::Reached;
use crate::links::room::Bringing;
use crate::links::thrift::Resting;
use crate::links::{Ask, End, Ending};
use crate::presence::Pace;
use crate::reached::REACHED;
use crate::relay::TOLD;

/// Frames of one link that may wait at a desk; more, and the peer waits.
const FRAMES: usize = 8;
/// Datagrams of one link that may wait to be sent; more are left out.
const DATAGRAMS: usize = 8;
/// A stranger's first frame must come within this time.
const FIRST_FRAME: Duration = Duration::from_secs(10);

impl Operator {
    /// Somebody dialled this device: their first frame says for which space.
    pub(super) fn came(&self, mut link: Link) {
        let (desks, ask) = (self.desks.clone(), self.ask.clone());
        tokio::spawn(async move {
            let first = tokio::time::timeout(FIRST_FRAME, link.recv()).await;
            let Ok(Ok(Some(first))) = first else { return };
            let Some(tag) = tag_of(&first) else { return };
            let binding = link.binding();
            let space = desks.all().into_iter().map(|(id, _)| id);
            match space
                .into_iter()
                .find(|id| SpaceTag::new(*id, &binding) == tag)
            {
                Some(space) => {
                    let _ = ask.send(Ask::Named { link, space, first });
                }
                // Not said which spaces are here: the link just ends.
                None => link.close().await,
            }
        });
    }

    /// Hands a link to the desk of its space, unless there is a better one with the same device.
    pub(super) fn up(&mut self, link: Link, space: SpaceId, dialled: bool, first: Option<Vec<u8>>) {
        let peer = link.remote();
        let Some(desk) = self.desks.get(space) else {
            return;
        };
        let mut waits = Vec::new();
        let before = self
            .open
            .iter()
            .find(|(_, open)| open.space == space && open.peer == peer);
        if let Some((id, open)) = before {
            // Both dialled at once: both ends keep the link that the lower key dialled.
            let lower_dialled = |dialled: bool| dialled == (self.me < peer);
            if open.dialled != dialled && lower_dialled(open.dialled) {
                return;
            }
            let id = *id;
            if let Some(old) = self.open.remove(&id) {
                waits = old.waits;
                self.settle_up(old.gauge, old.billed, old.near);
            }
        }
        let gauge = link.gauge();
        let through = link.through().cloned();
        let near = match gauge.remote() {
            Some(at) => self.net.is_near(at.ip()),
            None => through
                .as_ref()
                .is_none_or(|place| self.is_near_relay(place)),
        };
        let with_them = self.open.values().filter(|open| open.peer == peer);
        let refused = if with_them.count() >= self.limits.links_per_device {
            tracing::warn!(limit = LimitName::DeviceLinks.word(), "refusing a device");
            Some(Ending::Limit(LimitName::DeviceLinks))
        } else if !near && self.is_spent() && !self.goes_anyway(space) {
            Some(Ending::Budget)
        } else {
            None
        };
        if let Some(ending) = refused {
            let (sender, _) = link.split();
            sender.hang_up(&ending.told());
            self.settle_up(gauge, Traffic::default(), near);
            return;
        }
        let id = LinkId(self.next);
        self.next = self.next.saturating_add(1);
        let (frames, to_send) = mpsc::unbounded_channel::<Vec<u8>>();
        let (datagrams, to_tell) = mpsc::channel(DATAGRAMS);
        let spent = self.is_spent();
        let quiet = Arc::new(AtomicBool::new(self.is_quiet(peer, near, spent)));
        let (end, ended) = oneshot::channel();
        let (desk_ends, ended_by_desk) = oneshot::channel();
        let (tell_standing, standing) = watch::channel(Standing::default());
        let (tell_relay, relay) = watch::channel(None);
        let (tell_reached, reached) = Reached::new();
        self.open.insert(
            id,
            Open {
                space,
                peer,
                dialled,
                since: Instant::now(),
                near,
                far_since: None,
                gauge,
                billed: Traffic::default(),
                standing,
                through,
                relay,
                reached,
                resting: Resting::default(),
                bringing: Bringing::new(Instant::now()),
                quiet: Arc::clone(&quiet),
                waits,
                noted: false,
                end: Some(end),
            },
        );
        if dialled {
            self.book.met(space, peer);
        }
        let ends = Ends {
            link: id,
            binding: link.binding(),
            transport: TransportId::from_bytes(peer),
            dialled,
        };
        desk.send(Mail::Up {
            ends,
            line: Line {
                frames,
                datagrams,
                quiet,
                end: desk_ends,
                standing: tell_standing,
                relay: tell_relay,
                reached: tell_reached,
            },
        });
        let ask = self.ask.clone();
        tokio::spawn(async move {
            let orders = Orders {
                ended,
                ended_by_desk,
            };
            let datagrams = link.datagrams();
            let end = tokio::select! {
                end = carry(link, id, &desk, first, to_send, orders) => end,
                end = beside(&datagrams, id, &desk, to_tell) => end,
            };
            desk.send(Mail::Down {
                link: id,
                told: end.there,
            });
            let _ = ask.send(Ask::Ended { link: id, end });
        });
    }
}

/// Carries datagrams both ways; they never end a link.
async fn beside(
    datagrams: &Datagrams,
    link: LinkId,
    desk: &DeskMail,
    mut to_tell: mpsc::Receiver<Vec<u8>>,
) -> End {
    let telling = async {
        while let Some(bytes) = to_tell.recv().await {
            let _ = datagrams.send(bytes);
        }
    };
    let hearing = async {
        let mut pace = Pace::new(Instant::now());
        while let Some(bytes) = datagrams.recv().await {
            let told = matches!(bytes.first(), Some(&TOLD | &REACHED));
            if (told || bytes.len() <= MAX_PRESENCE) && pace.takes(Instant::now()) {
                desk.send(if told {
                    Mail::Told { link, bytes }
                } else {
                    Mail::Presence { link, bytes }
                });
            }
        }
    };
    tokio::join!(telling, hearing);
    std::future::pending().await
}

/// Who may end a link here, each once, with the reason to tell.
struct Orders {
    /// The owner of the links. Dropped without a reason, the link just ends.
    ended: oneshot::Receiver<Ending>,
    /// The desk, which drops its line afterwards.
    ended_by_desk: oneshot::Receiver<Ending>,
}

/// Carries frames both ways until the link ends, and says how it did.
async fn carry(
    link: Link,
    id: LinkId,
    desk: &DeskMail,
    first: Option<Vec<u8>>,
    mut to_send: mpsc::UnboundedReceiver<Vec<u8>>,
    orders: Orders,
) -> End {
    let (mut sender, mut receiver) = link.split();
    let permits = Arc::new(Semaphore::new(FRAMES));
    let spoke = AtomicBool::new(false);
    let reading = async {
        let mut first = first;
        loop {
            let bytes = match first.take() {
                Some(bytes) => bytes,
                None => match receiver.recv().await {
                    Ok(Some(bytes)) => bytes,
                    Ok(None) => break End::default(),
                    Err(error) => {
                        tracing::debug!(%error, "a link broke");
                        break over_there(&error);
                    }
                },
            };
            spoke.store(true, Ordering::Relaxed);
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                break End::default();
            };
            let frame = Mail::Frame {
                link: id,
                bytes,
                permit,
            };
            if !desk.send(frame) {
                break End::default();
            }
        }
    };
    // What this side wants to tell when it ends the link; `None` lets what was said through first.
    let writing = async {
        while let Some(frame) = to_send.recv().await {
            if sender.send(&frame).await.is_err() {
                break;
            }
        }
        orders.ended_by_desk.await.ok()
    };
    let mut end = tokio::select! {
        end = reading => end,
        here = writing => End { here, ours: true, ..End::default() },
        here = orders.ended => End { here: here.ok(), ours: true, ..End::default() },
    };
    match end.here {
        Some(ending) => sender.hang_up(&ending.told()),
        None => drop(sender),
    }
    end.spoke = spoke.load(Ordering::Relaxed);
    end
}

/// How the other side, or nobody, ended a link.
fn over_there(error: &LinkError) -> End {
    match error {
        LinkError::HungUp(reason) => End {
            there: Ending::heard(reason),
            ..End::default()
        },
        LinkError::Lost(_) => End {
            lost: true,
            ..End::default()
        },
        _ => End::default(),
    }
}
