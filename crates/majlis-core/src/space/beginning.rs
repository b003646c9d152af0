//! How a replica begins: founding a space, or joining one by ticket with nobody present.

use zeroize::Zeroizing;

use crate::chain::Fit;
use crate::effect::Write;
use crate::entry::{Header, Kind, VERSION, Verified};
use crate::id::{EntryHash, LaneId, PayloadHash, RecoveryKey, SpaceId};
use crate::membership::{Genesis, Join, Operation, Person};
use crate::sign::{DeviceKey, Purpose, Signer};
use crate::space::{CommandError, Space};
use crate::time::Timestamp;

/// The facts of a new space.
#[derive(Clone, Debug)]
pub struct Founding {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The founder's name.
    pub founder_name: String,
    /// Recovery cards, kept offline.
    pub recovery: Vec<RecoveryKey>,
}

/// The facts of joining, from a ticket.
pub struct Joining {
    /// The space.
    pub space: SpaceId,
    /// The invite.
    pub invite: EntryHash,
    /// The invite's secret.
    pub secret: Zeroizing<[u8; 32]>,
    /// The joiner's name.
    pub name: String,
}

impl core::fmt::Debug for Joining {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Joining({:?})", self.space)
    }
}

impl Space {
    /// Founds a space: the open space, and what must be persisted before anything else.
    ///
    /// # Errors
    /// [`CommandError::BadInput`] for a name or purpose that is empty or too long.
    pub fn found(
        founding: Founding,
        signer: &dyn Signer,
        now: Timestamp,
        fresh: [u8; 32],
    ) -> Result<(Self, Vec<Write>), CommandError> {
        let me = signer.device();
        let (salt, person_salt) = split(fresh);
        let operation = Operation::Genesis(Genesis {
            name: founding.name,
            purpose: founding.purpose,
            founder_name: founding.founder_name,
            founder: Person {
                device: me,
                recovery: None,
                salt: person_salt,
            },
            recovery: founding.recovery,
            salt,
        });
        let payload = operation.encode();
        Operation::decode(&payload).map_err(|_| CommandError::BadInput)?;
        Ok(Self::first(
            SpaceId::of_genesis(&payload),
            EntryHash::ZERO,
            payload,
            signer,
            now,
        ))
    }

    /// Joins a space by ticket, with nobody present: the entry is made at once, and counts for
    /// others when it reaches them.
    ///
    /// # Errors
    /// [`CommandError::BadInput`] for a name that is empty or too long.
    pub fn join(
        joining: &Joining,
        signer: &dyn Signer,
        now: Timestamp,
        fresh: [u8; 32],
    ) -> Result<(Self, Vec<Write>), CommandError> {
        let me = signer.device();
        let (salt, _) = split(fresh);
        let key = DeviceKey::from_secret(&joining.secret);
        let message = Join::message(joining.space, joining.invite, me);
        let operation = Operation::Join(Join {
            invite: joining.invite,
            person: Person {
                device: me,
                recovery: None,
                salt,
            },
            name: joining.name.clone(),
            proof: key.sign(Purpose::Join, &message).as_bytes().to_vec(),
        });
        let payload = operation.encode();
        Operation::decode(&payload).map_err(|_| CommandError::BadInput)?;
        let (mut space, writes) = Self::first(joining.space, joining.invite, payload, signer, now);
        space.present_invite(&joining.secret);
        Ok((space, writes))
    }

    fn first(
        id: SpaceId,
        warrant: EntryHash,
        payload: Vec<u8>,
        signer: &dyn Signer,
        now: Timestamp,
    ) -> (Self, Vec<Write>) {
        let mut space = Self::empty(id, signer.device());
        let signed = Header {
            version: VERSION,
            space: id,
            lane: LaneId::MEMBERSHIP,
            device: signer.device(),
            seq: 0,
            prev: EntryHash::ZERO,
            warrant,
            kind: Kind::Membership,
            claimed: now,
            payload: PayloadHash::of(&payload),
            payload_len: u32::try_from(payload.len()).unwrap_or(u32::MAX),
        }
        .sign(signer);
        let verified = Verified::from_own_store(signed.clone());
        space.place(Fit::Next(0), &verified, &payload);
        space.refold();
        let state = space.roster.state_of(verified.hash());
        space.set_state(verified.hash(), state);
        let mut writes = vec![Write::Entry {
            signed,
            payload,
            state,
        }];
        writes.extend(space.changed_members());
        (space, writes)
    }
}

fn split(fresh: [u8; 32]) -> ([u8; 16], [u8; 16]) {
    let mut first = [0; 16];
    let mut second = [0; 16];
    let (a, b) = fresh.split_at(16);
    first.copy_from_slice(a);
    second.copy_from_slice(b);
    (first, second)
}
