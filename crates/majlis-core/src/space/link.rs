//! Links of a space: who may hear what, frames in and out, acknowledgement after persisting.

use crate::effect::{HangUp, KnownPeer, LinkId, Notice, PeerRow, Write};
use crate::id::{DeviceId, InviteKey};
use crate::shelf::{Shelf as _, ShelfError};
use crate::space::Space;
use crate::space::step::Step;
use crate::sync::message::ProtocolError;
use crate::sync::session::{Ends, Heard, MediaHeard, Rights, Session};

impl Space {
    pub(super) fn link_up(&mut self, ends: Ends, step: &mut Step<'_>) -> Result<(), ShelfError> {
        self.seal_all(step)?;
        self.expect_from(ends.link, step)?;
        // Who was met before any genesis was here is met anew: the invite must be shown.
        let known = step.peer(ends.transport)?.filter(|known| {
            !self.is_waiting() && known.device != self.me && self.roster.is_known(known.device)
        });
        // A place to resume from tells of content, which is not for who is out.
        let known = known.map(|known| KnownPeer {
            cursor: known
                .cursor
                .filter(|_| self.rights(known.device, None) == Rights::All),
            ..known
        });
        let mut session = Session::new(self.id, ends, known);
        let opening = session.open(step.with.signer, self.invite.as_ref(), &self.index);
        step.send(ends.link, opening);
        self.sessions.insert(ends.link, session);
        Ok(())
    }

    pub(super) fn link_down(&mut self, link: LinkId, step: &mut Step<'_>) {
        self.expect_nothing(link);
        self.no_media_from(link);
        if let Some(session) = self.sessions.remove(&link) {
            self.media.leave_off(&session);
            self.note_peer(&session, step);
            step.notice(Notice::Sync);
        }
    }

    pub(super) fn frame(
        &mut self,
        link: LinkId,
        bytes: &[u8],
        step: &mut Step<'_>,
    ) -> Result<(), ShelfError> {
        let Some(mut session) = self.sessions.remove(&link) else {
            return Ok(());
        };
        match session.hear(bytes, &self.index, self.me, step.with.now) {
            Ok(heard) => {
                self.sessions.insert(link, session);
                self.heard(link, heard, step)?;
            }
            Err(error) => {
                self.note_peer(&session, step);
                let out = !self.is_waiting() && self.rank().is_none();
                let why = match error {
                    ProtocolError::NotTold if out => HangUp::Removed,
                    error => reason(error),
                };
                step.hang_up(link, why);
            }
        }
        step.notice(Notice::Sync);
        Ok(())
    }

    fn heard(&mut self, link: LinkId, heard: Heard, step: &mut Step<'_>) -> Result<(), ShelfError> {
        match heard {
            Heard::Peer {
                device,
                invite,
                introduces,
            } => {
                if self.rights(device, invite) == Rights::Nothing {
                    self.sessions.remove(&link);
                    step.hang_up(link, HangUp::Stranger);
                } else if introduces
                    && let Some(session) = self.sessions.get_mut(&link)
                    && let Some(hello) = session.introduce(step.with.signer, self.invite.as_ref())
                {
                    step.send(link, hello);
                }
            }
            Heard::Entries(entries) => {
                let (_, gaps) = self.take_in(entries, Some(link), step)?;
                let session = self.sessions.get(&link);
                let rights = session.map_or(Rights::Nothing, |session| self.rights_of(session));
                if let Some(session) = self.sessions.get_mut(&link) {
                    // Before the thanks: who is thanked for everything takes it that nothing more is
                    // wanted, when the link ends between.
                    self.media.ask(link, session, rights, step);
                    if let Some(thanks) = session.acknowledge() {
                        step.send(link, thanks);
                    }
                    for chain in gaps {
                        if let Some(frame) = session.ask(chain) {
                            step.send(link, frame);
                        }
                    }
                }
            }
            Heard::Part => {
                let session = self.sessions.get_mut(&link);
                if let Some(thanks) = session.and_then(Session::acknowledge) {
                    step.send(link, thanks);
                }
            }
            Heard::Media(heard) => {
                if let Err(error) = self.heard_media(link, heard, step)? {
                    if let Some(session) = self.sessions.remove(&link) {
                        self.note_peer(&session, step);
                    }
                    self.no_media_from(link);
                    step.hang_up(link, reason(error));
                }
            }
            Heard::Other => {}
        }
        Ok(())
    }

    fn heard_media(
        &mut self,
        link: LinkId,
        heard: MediaHeard,
        step: &mut Step<'_>,
    ) -> Result<Result<(), ProtocolError>, ShelfError> {
        let session = self.sessions.get(&link);
        let peer = session.and_then(|session| Some((session.peer()?, session.peer_invite())));
        if peer.map(|(peer, invite)| self.rights(peer, invite)) != Some(Rights::All) {
            // It may not have heard yet that it is out.
            return Ok(Ok(()));
        }
        let done = match heard {
            MediaHeard::Want(blobs) => return self.media_wanted(link, blobs, step),
            MediaHeard::Came(bytes) => self.media_came(link, &bytes, step)?,
            MediaHeard::Pieces(bytes) => self.media_pieces(link, bytes, step),
            MediaHeard::Kept(blobs) => {
                self.media_kept(link, &blobs, step);
                Ok(())
            }
            MediaHeard::Holds(blobs) => {
                if let Some(session) = self.sessions.get_mut(&link) {
                    session.hears_held(blobs, self.media.is_wanted());
                }
                Ok(())
            }
            MediaHeard::Fetch(blobs) => {
                let session = self.sessions.get_mut(&link);
                session.map_or(Ok(()), |session| session.serve(blobs, step.with.now))
            }
        };
        let session = self.sessions.get_mut(&link);
        if done.is_ok()
            && let Some(thanks) = session.and_then(Session::acknowledge)
        {
            step.send(link, thanks);
        }
        Ok(done)
    }

    /// What a peer may be sent, by the roster as it is now.
    fn rights(&self, device: DeviceId, invite: Option<InviteKey>) -> Rights {
        // Joined and nobody met yet: the ticket says whom to trust with a join, the roster cannot yet.
        if self.is_waiting() {
            return Rights::Membership;
        }
        // Who is out itself hands nothing more to anyone.
        if self.roster.rank(device).is_some() && self.rank().is_some() {
            return Rights::All;
        }
        // Also by an invite that was closed since: who made a join under it must be able to hand it
        // in and to learn that it does not count.
        let invited = invite.is_some_and(|key| self.roster.invited(key));
        if invited || self.roster.is_known(device) {
            Rights::Membership
        } else {
            Rights::Nothing
        }
    }

    /// What the peer of a session may be sent.
    pub(super) fn rights_of(&self, session: &Session) -> Rights {
        let invite = session.peer_invite();
        let peer = session.peer();
        peer.map_or(Rights::Nothing, |peer| self.rights(peer, invite))
    }

    /// Lets every session say what it can, after everything else of the step.
    pub(super) fn speak(&mut self, step: &mut Step<'_>) -> Result<(), ShelfError> {
        let links: Vec<LinkId> = self.sessions.keys().copied().collect();
        for link in links {
            let Some(mut session) = self.sessions.remove(&link) else {
                continue;
            };
            let rights = self.rights_of(&session);
            match session.speak(rights, self.me, &self.index, &*step, step.with.now)? {
                Ok(frames) => frames.into_iter().for_each(|frame| step.send(link, frame)),
                Err(error) => {
                    self.note_peer(&session, step);
                    step.hang_up(link, reason(error));
                    continue;
                }
            }
            self.speak_media(link, &mut session, rights, step)?;
            let removed = session.peer().is_some_and(|peer| {
                rights != Rights::All && self.roster.removed(peer) && !self.is_waiting()
            });
            if removed && session.membership_told() {
                self.note_peer(&session, step);
                step.hang_up(link, HangUp::Removed);
                continue;
            }
            let became_complete = session.became_complete(&self.index);
            if became_complete {
                self.hold_to_its_word(link, session.peer());
            }
            if session.media_turned() || became_complete {
                self.note_peer(&session, step);
                step.notice(Notice::Sync);
            }
            if let Some(arrived) = session.given(&self.index) {
                self.checkpoints.give(arrived);
            }
            self.sessions.insert(link, session);
        }
        Ok(())
    }

    fn note_peer(&self, session: &Session, step: &mut Step<'_>) {
        // A link that broke early, and one with a member who is out, tell nothing of what the peer has:
        // what it was known to have stays true.
        if session.knows_from_before() {
            return;
        }
        if let Some(view) = session.view(&self.index) {
            let (sending, coming) = session.moving(&self.index);
            step.writes.push(Write::Peer(PeerRow {
                device: view.device,
                heard: step.with.now,
                has: view.has,
                lacks: view.lacks,
                missing_here: view.missing_here,
                media_there: (sending.media, sending.media_bytes),
                media_here: (coming.media, coming.media_bytes),
                lacks_on: sending.most(),
                missing_on: coming.most(),
                transport: Some(session.transport()),
                cursor: session.cursor(),
            }));
        }
    }
}

fn reason(error: ProtocolError) -> HangUp {
    match error {
        ProtocolError::NotProven => HangUp::NotProven,
        ProtocolError::Version => HangUp::Version,
        ProtocolError::TooLarge
        | ProtocolError::Malformed
        | ProtocolError::OutOfOrder { .. }
        | ProtocolError::Unexpected
        | ProtocolError::NotTold => HangUp::Violation,
    }
}
