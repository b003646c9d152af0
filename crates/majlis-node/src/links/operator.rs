//! The task that owns the links: it alone knows who is near, who is linked and whom to try again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use majlis_core::effect::LinkId;
use majlis_core::id::{SpaceId, TransportId};
use majlis_core::sync::message::{SpaceTag, tag_of};
use majlis_core::sync::session::Ends;
use majlis_net::{Address, Link, LinkError, Net, Seen};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::book::Book;
use crate::clock;
use crate::desk::Mail;
use crate::desks::Desks;
use crate::limits::LimitName;
use crate::links::{Around, Ask, Peer};

/// How often it is looked whether somebody is to be dialled.
const TICK: Duration = Duration::from_secs(1);
/// Frames of one link that may wait at a desk; more, and the peer waits.
const FRAMES: usize = 8;
/// A stranger's first frame must come within this time.
const FIRST_FRAME: Duration = Duration::from_secs(10);
/// A link that lived this long was a good one: the next dial is not held back.
const GOOD: Duration = Duration::from_secs(10);
/// Of two devices that find each other, the one with the higher key waits this long for the other.
const COURTESY: Duration = Duration::from_secs(2);

/// A device heard on the local network.
pub(super) struct Nearby {
    address: Address,
    tags: Vec<[u8; 8]>,
    since: Instant,
}

/// An open link.
pub(super) struct Open {
    space: SpaceId,
    peer: Peer,
    dialled: bool,
    since: Instant,
    /// Dropping it ends the link.
    _stop: oneshot::Sender<()>,
}

/// Dialling one peer for one space.
#[derive(Default)]
pub(super) struct Try {
    failures: u32,
    not_before: Option<Instant>,
    now: bool,
}

pub(super) struct Operator {
    pub(super) me: Peer,
    pub(super) net: Net,
    pub(super) ask: mpsc::UnboundedSender<Ask>,
    pub(super) desks: Desks,
    pub(super) book: Book,
    pub(super) seen: BTreeMap<Peer, Nearby>,
    pub(super) open: BTreeMap<LinkId, Open>,
    pub(super) tries: BTreeMap<(SpaceId, Peer), Try>,
    pub(super) next: u64,
    /// Links that one device may have.
    pub(super) most: usize,
    pub(super) tags: (u64, BTreeSet<SpaceId>),
}

impl Operator {
    pub(super) async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Ask>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.advertise();
        loop {
            tokio::select! {
                ask = asked.recv() => match ask {
                    Some(Ask::Close(done)) => {
                        self.open.clear();
                        let _ = done.send(());
                        return;
                    }
                    Some(ask) => self.answer(ask),
                    None => return,
                },
                _ = tick.tick() => {}
            }
            self.advertise();
            self.dial_whoever_is_due();
        }
    }

    fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::Spaces | Ask::Close(_) => {}
            Ask::Dial {
                space,
                address,
                reply,
            } => {
                let peer = address.id;
                self.book.remember(space, &address);
                if self.is_linked(space, peer) {
                    if let Some(reply) = reply {
                        let _ = reply.send(true);
                    }
                } else {
                    self.dial(space, address, reply);
                }
            }
            Ask::Meet(space) => {
                for ((of, _), attempt) in &mut self.tries {
                    if *of == space {
                        attempt.not_before = None;
                    }
                }
            }
            Ask::Forget(space) => {
                self.book.forget(space);
                self.open.retain(|_, open| open.space != space);
                self.tries.retain(|(of, _), _| *of != space);
            }
            Ask::Around { space, reply } => {
                let nearby = self
                    .candidates(space)
                    .filter(|peer| self.seen.contains_key(peer));
                let nearby = nearby.filter(|peer| !self.is_linked(space, *peer)).count();
                let _ = reply.send(Around { nearby });
            }
            Ask::Came(link) => self.came(link),
            Ask::Named { link, space, first } => self.up(link, space, false, Some(first)),
            Ask::Dialled {
                space,
                peer,
                link,
                reply,
            } => {
                let attempt = self.tries.entry((space, peer)).or_default();
                attempt.now = false;
                let answered = link.is_some();
                match link {
                    Some(link) => self.up(link, space, true, None),
                    None => self.hold_back(space, peer),
                }
                if let Some(reply) = reply {
                    let _ = reply.send(answered);
                }
            }
            Ask::Ended { link, refused } => {
                if let Some(open) = self.open.remove(&link) {
                    if open.since.elapsed() >= GOOD && !refused {
                        self.tries.remove(&(open.space, open.peer));
                    } else {
                        self.hold_back(open.space, open.peer);
                    }
                }
            }
            Ask::Seen(Seen::Here { address, tags }) => {
                if address.id != self.me {
                    let since = Instant::now();
                    let known = self.seen.get(&address.id);
                    let since = known.filter(|n| n.tags == tags).map_or(since, |n| n.since);
                    if known.is_none_or(|n| n.tags != tags || n.address != address) {
                        self.tries
                            .retain(|(_, peer), attempt| *peer != address.id || attempt.now);
                    }
                    self.seen.insert(
                        address.id,
                        Nearby {
                            address,
                            tags,
                            since,
                        },
                    );
                }
            }
            Ask::Seen(Seen::Gone { id }) => {
                self.seen.remove(&id);
            }
        }
    }

    /// Each failure in a row doubles the pause, up to some minutes.
    fn hold_back(&mut self, space: SpaceId, peer: Peer) {
        let attempt = self.tries.entry((space, peer)).or_default();
        let seed = u64::from_le_bytes(clock::fresh());
        attempt.not_before = Some(Instant::now() + majlis_net::backoff(attempt.failures, seed));
        attempt.failures = attempt.failures.saturating_add(1);
    }

    fn is_linked(&self, space: SpaceId, peer: Peer) -> bool {
        self.open
            .values()
            .any(|open| open.space == space && open.peer == peer)
    }

    /// Everyone who may belong to a space: met before, or seen with its tag of the day.
    fn candidates(&self, space: SpaceId) -> impl Iterator<Item = Peer> + '_ {
        let day = clock::day(clock::now());
        let ours: Vec<[u8; 8]> = [day.saturating_sub(1), day, day.saturating_add(1)]
            .map(|day| majlis_net::day_tag(space.as_bytes(), day))
            .to_vec();
        let seen = self
            .seen
            .iter()
            .filter(move |(_, n)| n.tags.iter().any(|tag| ours.contains(tag)));
        let seen: BTreeSet<Peer> = seen.map(|(peer, _)| *peer).collect();
        let known: BTreeSet<Peer> = self.book.peers(space).collect();
        known.union(&seen).copied().collect::<Vec<_>>().into_iter()
    }

    fn advertise(&mut self) {
        let day = clock::day(clock::now());
        let spaces: BTreeSet<SpaceId> = self.desks.all().into_iter().map(|(id, _)| id).collect();
        if self.tags.0 != day || self.tags.1 != spaces {
            let tags: Vec<[u8; 8]> = spaces
                .iter()
                .map(|space| majlis_net::day_tag(space.as_bytes(), day))
                .collect();
            self.net.advertise(&tags);
            self.tags = (day, spaces);
        }
    }

    fn dial_whoever_is_due(&mut self) {
        let now = Instant::now();
        for (space, _) in self.desks.all() {
            for peer in self.candidates(space).collect::<Vec<_>>() {
                let attempt = self.tries.get(&(space, peer));
                let due = attempt.is_none_or(|a| !a.now && a.not_before.is_none_or(|at| at <= now));
                if !due || self.is_linked(space, peer) {
                    continue;
                }
                let mut sockets = Vec::new();
                if let Some(nearby) = self.seen.get(&peer) {
                    if self.me > peer && nearby.since.elapsed() < COURTESY {
                        continue;
                    }
                    sockets.extend(nearby.address.sockets.iter().copied());
                }
                sockets.extend(self.book.sockets(space, peer));
                self.dial(space, Address { id: peer, sockets }, None);
            }
        }
    }

    fn dial(&mut self, space: SpaceId, address: Address, reply: Option<oneshot::Sender<bool>>) {
        let peer = address.id;
        if peer == self.me {
            return;
        }
        self.tries.entry((space, peer)).or_default().now = true;
        let (net, ask) = (self.net.clone(), self.ask.clone());
        tokio::spawn(async move {
            let link = match net.dial(&address).await {
                Ok(link) => Some(link),
                Err(error) => {
                    tracing::debug!(%error, "dialling");
                    None
                }
            };
            let _ = ask.send(Ask::Dialled {
                space,
                peer,
                link,
                reply,
            });
        });
    }

    /// Somebody dialled this device: their first frame says for which space.
    fn came(&self, mut link: Link) {
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
    fn up(&mut self, link: Link, space: SpaceId, dialled: bool, first: Option<Vec<u8>>) {
        let peer = link.remote();
        let Some(desk) = self.desks.get(space) else {
            return;
        };
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
            self.open.remove(&id);
        }
        let with_them = self.open.values().filter(|open| open.peer == peer);
        if with_them.count() >= self.most {
            tracing::warn!(limit = LimitName::DeviceLinks.word(), "refusing a device");
            let (sender, _) = link.split();
            sender.refuse(&LimitName::DeviceLinks.told());
            return;
        }
        let id = LinkId(self.next);
        self.next = self.next.saturating_add(1);
        let (line, mut frames) = mpsc::unbounded_channel::<Vec<u8>>();
        let (stop, mut stopped) = oneshot::channel::<()>();
        let (refuse, refused) = oneshot::channel::<LimitName>();
        self.open.insert(
            id,
            Open {
                space,
                peer,
                dialled,
                since: Instant::now(),
                _stop: stop,
            },
        );
        if dialled {
            self.book.met(space, peer);
        }
        let binding = link.binding();
        let ask = self.ask.clone();
        tokio::spawn(async move {
            let (mut sender, mut receiver) = link.split();
            let permits = Arc::new(Semaphore::new(FRAMES));
            desk.send(Mail::Up {
                ends: Ends {
                    link: id,
                    binding,
                    transport: TransportId::from_bytes(peer),
                    dialled,
                },
                line,
                refuse,
            });
            let reading = async {
                let mut first = first;
                loop {
                    let bytes = match first.take() {
                        Some(bytes) => bytes,
                        None => match receiver.recv().await {
                            Ok(Some(bytes)) => bytes,
                            Ok(None) => break None,
                            Err(error) => {
                                tracing::debug!(%error, "a link broke");
                                break over_there(&error);
                            }
                        },
                    };
                    let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                        break None;
                    };
                    if !desk.send(Mail::Frame {
                        link: id,
                        bytes,
                        permit,
                    }) {
                        break None;
                    }
                }
            };
            let writing = async {
                while let Some(frame) = frames.recv().await {
                    if sender.send(&frame).await.is_err() {
                        break;
                    }
                }
                match refused.await {
                    Ok(limit) => sender.refuse(&limit.told()),
                    // The desk hung up, or the line broke: what was said is let through first.
                    Err(_) => {
                        sender.finish().await;
                        return false;
                    }
                }
                true
            };
            let (told, refused) = tokio::select! {
                told = reading => (told, told.is_some()),
                refused = writing => (None, refused),
                _ = &mut stopped => (None, false),
            };
            desk.send(Mail::Down {
                link: id,
                refused: told,
            });
            let _ = ask.send(Ask::Ended { link: id, refused });
        });
    }
}

/// The limit for which the other side ended a link, when it was one.
fn over_there(error: &LinkError) -> Option<LimitName> {
    match error {
        LinkError::HungUp(reason) => LimitName::heard(reason),
        _ => None,
    }
}
