//! Addresses that a person types, for no space in particular: what came of dialling one, and for which
//! spaces it is remembered. A device that answers may be in none of them; only one that proves itself
//! is. Not here: dialling (`operator`).

use majlis_core::effect::LinkId;
use majlis_core::id::SpaceId;
use majlis_net::{Address, DialError};
use tokio::sync::oneshot;

use crate::book::KnownRelay;
use crate::desk::Proof;
use crate::links::operator::{Open, Operator};
use crate::links::{Ask, End, Peer};

/// What came of dialling an address for one space; of several spaces, the greatest tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// Nobody answered.
    Nobody,
    /// A device answered that does not have the space.
    Elsewhere,
    /// A device answered, and did not stay on the link.
    TurnedAway,
    /// A device of the space answered: it proved which one it is.
    Met,
}

impl Answer {
    pub(super) const fn of(error: &DialError) -> Self {
        match error {
            DialError::Busy => Self::TurnedAway,
            _ => Self::Nobody,
        }
    }
}

/// Who waits for what comes of a dial.
pub(super) type Waits = oneshot::Sender<Answer>;

impl Operator {
    /// A ticket, which waits for nothing, or a person says where somebody is.
    pub(super) fn told_of(&mut self, space: SpaceId, address: Address, reply: Option<Waits>) {
        let peer = address.id;
        if peer == self.me {
            return;
        }
        if reply.is_some() {
            self.book.guess(space, &address);
        } else {
            self.book.remember(space, &address);
        }
        for place in &address.relays {
            let (place, keeper) = (place.clone(), None);
            self.book
                .remember_relay(space, &KnownRelay { place, keeper });
        }
        if self.is_linked(space, peer) {
            return self.wait_for_proof(space, peer, reply);
        }
        let far = self.is_spent() && self.only_far(space, peer);
        if far && !self.goes_anyway(space) {
            // The findings say why.
            return;
        }
        self.dial(space, address, reply);
    }

    /// A link with a peer is up, or another one was better, or one more than may be: what came of that
    /// is told once it is known.
    pub(super) fn wait_for_proof(&mut self, space: SpaceId, peer: Peer, reply: Option<Waits>) {
        let Some(reply) = reply else { return };
        let mut links = self.open.iter_mut();
        let open = links.find(|(_, open)| open.space == space && open.peer == peer);
        let Some((link, open)) = open else {
            let _ = reply.send(Answer::TurnedAway);
            return;
        };
        open.waits.push(reply);
        let (link, mut standing, ask) = (*link, open.standing.clone(), self.ask.clone());
        tokio::spawn(async move {
            let proved = standing.wait_for(|it| it.proof == Proof::Given);
            if proved.await.is_ok() {
                let _ = ask.send(Ask::Proved(link));
            }
        });
    }

    /// The peer of a link proved which device it is.
    pub(super) fn proved(&mut self, link: LinkId) {
        let Some(open) = self.open.get_mut(&link) else {
            return;
        };
        for reply in core::mem::take(&mut open.waits) {
            let _ = reply.send(Answer::Met);
        }
        self.book
            .proved(open.space, open.peer, open.through.is_some());
    }

    /// Once a second: who proved to be of a space stands in its book.
    pub(super) fn mind_the_proofs(&mut self) {
        for open in self.open.values_mut() {
            if !open.noted && open.standing.borrow().proof == Proof::Given {
                open.noted = true;
                self.book
                    .proved(open.space, open.peer, open.through.is_some());
            }
        }
    }

    /// A link ended. Whether its peer was struck out of the space's book: it was only guessed to be of
    /// the space, and answered that it is not.
    pub(super) fn note_end(&mut self, open: &mut Open, end: End) -> bool {
        let (space, peer) = (open.space, open.peer);
        let proved = open.standing.borrow().proof == Proof::Given;
        if proved {
            if !open.noted {
                self.book.proved(space, peer, open.through.is_some());
            }
            if !open.near && !end.lost {
                self.once_over(space);
            }
        }
        let other = self.is_linked(space, peer);
        let elsewhere = open.dialled && !proved && !other && end.is_silent();
        let answer = if proved || other {
            Answer::Met
        } else if elsewhere {
            Answer::Elsewhere
        } else if end.lost {
            Answer::Nobody
        } else {
            Answer::TurnedAway
        };
        for reply in core::mem::take(&mut open.waits) {
            let _ = reply.send(answer);
        }
        let struck = elsewhere && self.book.strike(space, peer);
        if struck {
            self.tries.remove(&(space, peer));
        }
        struck
    }
}
