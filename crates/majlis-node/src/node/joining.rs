//! Joining a space by a ticket: for the first time, again after a joining that nobody let in, and by
//! itself where a carrier has become a new device. Not here: making invites (`members`).

use majlis_core::admission::{Aside, State};
use majlis_core::entry::ChainId;
use majlis_core::id::{DeviceId, EntryHash, LaneId, SpaceId};
use majlis_core::membership::Roster;
use majlis_core::space::{Joining, Space};
use zeroize::Zeroizing;

use crate::api::members::JoinSpace;
use crate::api::space::{MustJoin, SpaceRef};
use crate::api::{ApiError, ErrorCode, Event};
use crate::desk::Desk;
use crate::node::members::{read, secret_key};
use crate::node::{Node, Note};
use crate::ticket::Ticket;
use crate::{clock, plain};

/// How a device stands in a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footing {
    /// The space is not here.
    None,
    /// It came here with another device's folder.
    Copied,
    /// It was joined, and nobody was met yet.
    Unmet,
    /// It was joined, but nobody let this device in: the invite was closed, or had no use left.
    NotLetIn,
    /// The device is in it, or was, or will be once somebody who knows the invite is met.
    In,
}

impl Node {
    /// How this device stands in the space of a ticket.
    pub(super) async fn footing(&self, ticket: &Ticket) -> Result<Footing, ApiError> {
        let Ok(desk) = self.desk(ticket.space) else {
            return Ok(Footing::None);
        };
        let footing = desk.ask(|desk| Ok(desk.footing())).await?;
        let by = self.kept(Note::Joined(ticket.space))?;
        let by = by.and_then(|text| Ticket::from_text(&text).ok());
        let again = by.is_some_and(|by| by.invite == ticket.invite);
        Ok(match footing {
            // There is nothing that it could do which it did not do when it was used first.
            Footing::Unmet | Footing::NotLetIn if again => Footing::In,
            footing => footing,
        })
    }

    pub(super) async fn join(&self, args: JoinSpace) -> Result<SpaceRef, ApiError> {
        let ticket = read(&args.ticket)?;
        let footing = self.footing(&ticket).await?;
        if footing == Footing::In {
            return Err(ApiError::new(
                ErrorCode::AlreadyJoined,
                "this device is in that space already",
            )
            .about(ticket.space.to_string()));
        }
        let name = self.me()?.name.ok_or_else(|| plain::bad("name"))?;
        let joining = Joining {
            space: ticket.space,
            invite: ticket.invite,
            secret: secret_key(&ticket.secret).secret(),
            name,
        };
        if footing == Footing::NotLetIn {
            let desk = self.desk(ticket.space)?;
            desk.ask(|desk| desk.nothing_unsealed()).await?;
        }
        match footing {
            // That joining is not told to anybody any more: it would use up a place for nobody.
            Footing::Unmet => self.forget(ticket.space).await?,
            // What is here stays; of a pool the seat is another's.
            Footing::NotLetIn if self.0.pool.is_some() => self.forget(ticket.space).await?,
            Footing::NotLetIn => self.count_forgotten(ticket.space)?,
            Footing::None | Footing::Copied | Footing::In => {}
        }
        // Nothing is left of what this device wrote there before it forgot the space. Under the same
        // key it would write other things at the same places, and be taken for a forger.
        let times = self.times_forgotten(ticket.space)?;
        self.keep(Note::Rejoined(ticket.space), &times.to_string())?;
        let key = self.0.keys.of(ticket.space, times);
        // The secret is on disk before the join is: without it nobody would let this device in.
        self.keep(
            Note::Joined(ticket.space),
            &Zeroizing::new(ticket.to_text()),
        )?;
        let (space, writes) = Space::join(&joining, &key, clock::now(), clock::fresh())
            .map_err(|error| crate::desk::command_error(&error))?;
        // The desk of a copy, or of a joining in vain, is opened anew, under the key that joins.
        if let Some(copied) = self.0.desks.remove(ticket.space) {
            copied.close().await;
        }
        self.take_up(space, writes).await?;
        self.dial_ticket(&ticket);
        let _ = self.0.events.send(Event::Me);
        Ok(SpaceRef {
            space: ticket.space.to_string(),
        })
    }

    /// A carrier that has become a new device joins its spaces again by the tickets that it joined
    /// by: nobody may be there to hand it others. A person's device does not, since whoever copied a
    /// folder would come to count twice without anybody having said so.
    pub(super) async fn join_again(&self) {
        if !self.0.terms.carrier {
            return;
        }
        for (space, _) in self.all() {
            if let Err(error) = self.join_where_joined(space).await {
                tracing::warn!(%space, %error, "joining again as a new device");
            }
        }
    }

    async fn join_where_joined(&self, space: SpaceId) -> Result<(), ApiError> {
        let Some(text) = self.kept(Note::Joined(space))? else {
            return Ok(());
        };
        let ticket = read(&text)?;
        if self.footing(&ticket).await? != Footing::Copied {
            return Ok(());
        }
        // One joining more than an invite has uses would put out whoever comes later by hash.
        let desk = self.desk(space)?;
        let spent = desk.ask(move |desk| Ok(is_used_up(desk.space.roster(), ticket.invite)));
        if spent.await? {
            tracing::warn!(%space, "its ticket is used up or closed; give it another to join again");
            return Ok(());
        }
        let ticket = text.to_string();
        self.join(JoinSpace { ticket }).await?;
        tracing::info!(%space, "joined again as a new device");
        Ok(())
    }
}

impl Desk {
    /// What became of this device's first word about who belongs: its joining, or its founding.
    fn joining(&self) -> Option<State> {
        let mut items = self.space.index().items_of(first_words(self.space.me()));
        items.next().map(|(_, item)| item.state)
    }

    /// Whether this device ever said that it joins, or founded.
    pub(super) fn has_joined(&self) -> bool {
        self.joining().is_some()
    }

    /// Whether it is let in, or refused, only when somebody is met.
    pub(super) fn awaits_meeting(&self) -> bool {
        let unknown = !self.space.roster().is_known(self.space.me());
        self.space.is_waiting() || (unknown && self.has_joined())
    }

    /// How this device stands in the space.
    fn footing(&self) -> Footing {
        let (roster, me) = (self.space.roster(), self.space.me());
        match self.joining() {
            None if roster.is_known(me) => Footing::In,
            None => Footing::Copied,
            Some(_) if self.space.is_waiting() => Footing::Unmet,
            // One who was let in another way since has a rank.
            Some(State::Quarantined(_) | State::Refused(_)) if roster.rank(me).is_none() => {
                Footing::NotLetIn
            }
            Some(_) => Footing::In,
        }
    }

    /// Why this device has to join by another ticket.
    pub(super) fn must_join(&self) -> Option<MustJoin> {
        match self.footing() {
            Footing::Copied => Some(MustJoin::Copied),
            Footing::NotLetIn => Some(self.kept_out()),
            Footing::None | Footing::Unmet | Footing::In => None,
        }
    }
}

impl Desk {
    /// Why nobody let this device in.
    fn kept_out(&self) -> MustJoin {
        let roster = self.space.roster();
        let by = roster.joined_by(self.space.me());
        match self.joining() {
            Some(State::Quarantined(Aside::Forked)) => MustJoin::Forked,
            // Invites that count are listed, those that were stopped among them.
            _ if roster.invites().any(|row| Some(row.entry) == by) => MustJoin::KeptOut,
            _ => MustJoin::InviteVoid,
        }
    }

    /// Nothing is let go that only this key can sign: a new one would give answers entered for others other
    /// slots, which their receipts do not find.
    fn nothing_unsealed(&self) -> Result<(), ApiError> {
        let left = self.space.unsealed();
        if left == 0 {
            return Ok(());
        }
        let why = "joining anew with work that only the old joining can sign";
        Err(ApiError::new(ErrorCode::UnsealedWork, why).about(left.to_string()))
    }
}

/// Where a device says that it joins, or founds.
pub(super) const fn first_words(device: DeviceId) -> ChainId {
    ChainId {
        lane: LaneId::MEMBERSHIP,
        device,
    }
}

/// Whether nobody can come in by an invite any more, as far as a roster knows.
pub(super) fn is_used_up(roster: &Roster, invite: EntryHash) -> bool {
    let mut rows = roster.invites().filter(|row| row.entry == invite);
    rows.any(|row| row.closed || row.used >= row.invite.uses)
}
