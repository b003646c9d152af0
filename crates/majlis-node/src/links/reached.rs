//! Telling others where this device is reached, when it carries for them, and writing down what
//! carriers say of themselves. Not here: to whom it is told and who is believed (the desk).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use majlis_core::id::SpaceId;
use tokio::sync::watch;

use crate::desk::Mail;
use crate::links::Peer;
use crate::links::operator::Operator;
use crate::reached;

/// So often it is looked whether somebody is to be told.
const TOLD_EVERY: Duration = Duration::from_secs(3);
/// Of one link, an answer is written down once in this time: each address in it is dialled.
const WRITTEN_EVERY: Duration = Duration::from_secs(60);

/// When others were last told; never where this device carries for nobody.
pub(super) enum Telling {
    Never,
    Since(Instant),
}

impl Telling {
    pub(super) fn new(carrier: bool) -> Self {
        if carrier {
            Self::Since(Instant::now())
        } else {
            Self::Never
        }
    }

    /// Whether this device carries for others.
    pub(super) const fn is_carrier(&self) -> bool {
        matches!(self, Self::Since(_))
    }
}

/// Where the peer of a link says that it is reached.
pub(super) struct Reached {
    said: watch::Receiver<Vec<SocketAddr>>,
    written: Option<Instant>,
}

impl Reached {
    /// Nothing was said yet.
    pub(super) fn new() -> (watch::Sender<Vec<SocketAddr>>, Self) {
        let (say, said) = watch::channel(Vec::new());
        let written = None;
        (say, Self { said, written })
    }

    /// What is new, when it is time to write that down.
    fn news(&mut self) -> Option<Vec<SocketAddr>> {
        let due = self.written.is_none_or(|at| at.elapsed() >= WRITTEN_EVERY);
        if !due || !self.said.has_changed().unwrap_or(false) {
            return None;
        }
        self.written = Some(Instant::now());
        Some(self.said.borrow_and_update().clone())
    }
}

impl Operator {
    /// Once a second.
    pub(super) fn mind_the_reached(&mut self) {
        if let Telling::Since(at) = self.telling
            && at.elapsed() >= TOLD_EVERY
        {
            self.telling = Telling::Since(Instant::now());
            let told = reached::encode(&self.net.reached_from_afar());
            for (space, desk) in self.desks.all() {
                if self.open.values().any(|open| open.space == space) {
                    desk.send(Mail::Tell(told.clone()));
                }
            }
        }
        let news = self.open.values_mut().filter_map(|open| {
            let sockets = open.reached.news()?;
            Some((open.space, open.peer, sockets))
        });
        let news: Vec<(SpaceId, Peer, Vec<SocketAddr>)> = news.collect();
        for (space, peer, sockets) in news {
            self.book.told(space, peer, sockets);
        }
    }
}
