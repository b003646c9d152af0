//! How a session begins: who speaks, and from where the two may go on.

use std::collections::BTreeSet;

use serde_bytes::ByteBuf;

use crate::chain::ChainIndex;
use crate::effect::Cursor;
use crate::entry::ChainId;
use crate::id::{DeviceId, InviteKey};
use crate::sign::{DeviceKey, Purpose, Signature, Signer, verify};
use crate::sync::message::{
    Again, Arrived, Hello, MAX_TIPS, Message, NEWEST, OLDEST, ProtocolError, Resume, Scope,
    ShortTip, SpaceTag, Stand, Stream, speaks,
};
use crate::sync::wire::Before;

use super::{Heard, Session, tips_in_order};

impl Session {
    /// The first frame of this side: short to a peer that is remembered.
    #[must_use]
    pub fn open(
        &mut self,
        signer: &dyn Signer,
        invite: Option<&DeviceKey>,
        index: &ChainIndex,
    ) -> Vec<u8> {
        let tips = tips_in_order(index);
        let count = tips.len() as u64;
        self.said = (self.names.digest(tips.into_iter()), count);
        let cursor = self.known.and_then(|known| known.cursor);
        let resume = cursor.and_then(|cursor| self.resume(cursor, index));
        self.telling.we = resume.is_none();
        // Who resumes knows what is lacked of content too, and need not hear it.
        self.telling.content |= resume.is_some();
        let stand = Stand {
            digest: self.said.0,
            tips: count,
            resume,
        };
        let message = if self.known.is_some() {
            Message::Again(Again {
                oldest: OLDEST,
                newest: NEWEST,
                tag: SpaceTag::new(self.space, &self.ends.binding),
                stand,
            })
        } else {
            Message::Hello(self.hello(signer, invite, stand))
        };
        self.introduced = self.known.is_none();
        self.frame(&message)
    }

    /// The introduction to a peer that does not remember this side, when it is due.
    #[must_use]
    pub fn introduce(
        &mut self,
        signer: &dyn Signer,
        invite: Option<&DeviceKey>,
    ) -> Option<Vec<u8>> {
        if self.introduced {
            return None;
        }
        self.introduced = true;
        self.telling.we = true;
        let stand = Stand {
            digest: self.said.0,
            tips: self.said.1,
            resume: None,
        };
        let hello = Message::Hello(self.hello(signer, invite, stand));
        Some(self.frame(&hello))
    }

    fn hello(&self, signer: &dyn Signer, invite: Option<&DeviceKey>, stand: Stand) -> Hello {
        let message = Hello::message(
            &self.ends.binding,
            self.ends.dialled,
            self.space,
            signer.device(),
        );
        Hello {
            oldest: OLDEST,
            newest: NEWEST,
            tag: SpaceTag::new(self.space, &self.ends.binding),
            device: signer.device(),
            proof: ByteBuf::from(signer.sign(Purpose::Link, &message).as_bytes().to_vec()),
            invite: invite.map(|key| {
                let proof = key.sign(Purpose::Link, &message);
                let public = InviteKey::from_bytes(*key.device().as_bytes());
                (public, ByteBuf::from(proof.as_bytes().to_vec()))
            }),
            stand,
        }
    }

    /// From where the peer may go on: its place that was noted, and what came here since then.
    /// `None` when that would be a longer list than one worth sending.
    fn resume(&self, cursor: Cursor, index: &ChainIndex) -> Option<Resume> {
        let came = index.arrivals().after(cursor.held);
        let grown: BTreeSet<ChainId> = came
            .filter_map(|entry| Some(index.place(entry)?.chain))
            .collect();
        let since: Vec<ShortTip> = index
            .tips()
            .filter(|(tip, _)| grown.contains(&tip.chain))
            .map(|(tip, _)| self.short(&tip))
            .collect();
        (since.len() <= MAX_TIPS / 2).then_some(Resume {
            upto: cursor.upto,
            since,
        })
    }

    pub(super) fn hear_again(
        &mut self,
        again: &Again,
        index: &ChainIndex,
        me: DeviceId,
    ) -> Result<Heard, ProtocolError> {
        if self.their_tips.is_some() || self.expected != 1 {
            return Err(ProtocolError::Unexpected);
        }
        self.welcome(again.oldest, again.newest, again.tag)?;
        // Not remembered here: it hears that from this side's opening, and introduces itself.
        let Some(known) = self.known else {
            return Ok(Heard::Other);
        };
        self.peer = Some(known.device);
        self.stand(&again.stand, index, me);
        Ok(Heard::Peer {
            device: known.device,
            invite: None,
            introduces: false,
        })
    }

    pub(super) fn hear_hello(
        &mut self,
        hello: &Hello,
        index: &ChainIndex,
        me: DeviceId,
    ) -> Result<Heard, ProtocolError> {
        if self.their_tips.is_some() {
            return Err(ProtocolError::Unexpected);
        }
        self.welcome(hello.oldest, hello.newest, hello.tag)?;
        let message = Hello::message(
            &self.ends.binding,
            !self.ends.dialled,
            self.space,
            hello.device,
        );
        let proven = |key: &[u8; 32], proof: &[u8]| {
            <[u8; 64]>::try_from(proof).is_ok_and(|proof| {
                verify(key, Purpose::Link, &message, &Signature::from_bytes(proof))
            })
        };
        if hello.device == me || !proven(hello.device.as_bytes(), &hello.proof) {
            return Err(ProtocolError::NotProven);
        }
        let invite = match &hello.invite {
            Some((key, proof)) if proven(key.as_bytes(), proof) => Some(*key),
            Some(_) => return Err(ProtocolError::NotProven),
            None => None,
        };
        self.peer = Some(hello.device);
        self.peer_invite = invite;
        self.stand(&hello.stand, index, me);
        Ok(Heard::Peer {
            device: hello.device,
            invite,
            introduces: !self.introduced,
        })
    }

    fn welcome(&mut self, oldest: u16, newest: u16, tag: SpaceTag) -> Result<(), ProtocolError> {
        if !speaks(oldest, newest) {
            return Err(ProtocolError::Version);
        }
        self.version = newest.min(NEWEST);
        let streams = [Stream::First, Stream::Bulk];
        self.carried_out = streams.map(|of| (of, Before::between(self.version))).into();
        if SpaceTag::new(self.space, &self.ends.binding) != tag {
            return Err(ProtocolError::NotProven);
        }
        Ok(())
    }

    /// The peer says what it holds and how far it has read this side.
    fn stand(&mut self, stand: &Stand, index: &ChainIndex, me: DeviceId) {
        self.their_tips = Some(stand.tips);
        self.same = stand.digest == self.said.0;
        if self.same {
            self.holdings.same(index);
            self.plan_made(Scope::Membership, index, me);
            self.plan_made(Scope::Content, index, me);
            // Nothing is lacked, and nobody needs to hear so.
            self.sent.extend([Scope::Membership, Scope::Content]);
            // It was told before, and needs no telling.
            self.upto_said = stand.resume.as_ref().map(|resume| resume.upto);
            return;
        }
        let resumed = match &stand.resume {
            Some(resume) => self.holdings.resume(resume, index),
            None => false,
        };
        if resumed {
            self.plan_made(Scope::Membership, index, me);
            self.plan_made(Scope::Content, index, me);
        } else {
            self.telling.they = true;
            if stand.resume.is_some() {
                self.due.push(Message::Tell);
            }
        }
    }

    /// The place of this side that the peer knows it has everything up to.
    pub(super) fn here(index: &ChainIndex) -> Arrived {
        let (count, check) = index.arrivals().now();
        Arrived { count, check }
    }
}
