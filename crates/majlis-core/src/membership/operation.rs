//! The operations of the membership lane: the only thing that changes who may do what.
//! Not here: what they add up to (`roster`).

use serde::{Deserialize, Serialize};

use crate::codec::{self, DecodeError};
use crate::entry::Signed;
use crate::id::{DeviceId, EntryHash, InviteKey, LaneId, PersonId, RecoveryKey, SpaceId};
use crate::membership::rank::Rank;
use crate::sign::{Purpose, Signature, verify};

const VERSION: u8 = 1;
/// The longest name of a space or a person, in bytes of UTF-8.
pub const MAX_NAME: usize = 120;
/// The longest purpose or reason, in bytes of UTF-8.
pub const MAX_TEXT: usize = 2_000;
/// The most cuts, adopted entries or recovery keys an operation may list.
pub const MAX_LIST: usize = 4_000;

/// One membership operation: the payload of one entry on the membership lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Founds the space; only in the very first entry of the founder's chain.
    Genesis(Genesis),
    /// Opens a way in.
    Invite(Invite),
    /// Enters under an invite; the first entry of the joiner's membership chain.
    Join(Join),
    /// Gives a device another rank, or takes a removed one back.
    SetRank(SetRank),
    /// Removes a device and says up to where its work counts.
    Remove(Remove),
    /// The author goes; nothing it signs after this counts.
    Leave,
    /// Brings back entries that were set aside.
    Adopt(Adopt),
    /// Stops an invite; joins not named do not count.
    CloseInvite(CloseInvite),
    /// One endorsement of a change among the stewards.
    Stewards(Stewards),
    /// Proof that a device signed two entries at one position.
    Fork(Box<ForkProof>),
    /// The author's name as shown to others from now on.
    Rename(String),
}

/// The founding of a space. Its payload's hash is the space's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    /// The space's name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The founder's name.
    pub founder_name: String,
    /// The founder's person.
    pub founder: Person,
    /// Keys of recovery cards kept offline; each may replace stewards.
    pub recovery: Vec<RecoveryKey>,
    /// Random bytes, so that two spaces of one name differ.
    pub salt: [u8; 16],
}

/// A person as their first device made them: self-certifying, no server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The first device.
    pub device: DeviceId,
    /// The key of the person's recovery card, when one was printed.
    pub recovery: Option<RecoveryKey>,
    /// Random bytes: one person has unlinkable ids in different spaces.
    pub salt: [u8; 16],
}

impl Person {
    /// The person's id.
    #[must_use]
    pub fn id(&self) -> PersonId {
        PersonId::from_bytes(blake3::derive_key(
            "majlis 2026 person id v1",
            &codec::encode(1, self),
        ))
    }
}

/// A signed, scoped, countable way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The public half; the ticket carries the secret.
    pub key: InviteKey,
    /// The rank it gives; lower than the inviter's.
    pub rank: Rank,
    /// How many joins count.
    pub uses: u32,
    /// What the inviter calls it.
    pub label: String,
}

/// Entering a space under an invite. Its author is the joining device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The invite, which is also the entry's warrant.
    pub invite: EntryHash,
    /// The joining person.
    pub person: Person,
    /// The person's name as shown to others.
    pub name: String,
    /// Made with the invite's secret over [`Join::message`].
    #[serde(with = "serde_bytes")]
    pub proof: Vec<u8>,
}

impl Join {
    /// What the holder of the invite's secret signs: this device enters this space under this invite.
    #[must_use]
    pub fn message(space: SpaceId, invite: EntryHash, device: DeviceId) -> Vec<u8> {
        [&space.as_bytes()[..], invite.as_bytes(), device.as_bytes()].concat()
    }

    /// Whether the proof was made with the secret of `key` for `device` in `space`.
    #[must_use]
    pub fn proves(&self, key: InviteKey, space: SpaceId, device: DeviceId) -> bool {
        let Ok(proof) = <[u8; 64]>::try_from(self.proof.as_slice()) else {
            return false;
        };
        verify(
            key.as_bytes(),
            Purpose::Join,
            &Self::message(space, self.invite, device),
            &Signature::from_bytes(proof),
        )
    }
}

/// A new rank for a device that is in, or was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRank {
    /// Whose.
    pub device: DeviceId,
    /// The new rank, lower than the author's.
    pub rank: Rank,
    /// The removals that this comes after and forgives; removals not named still cut.
    pub after: Vec<EntryHash>,
}

/// The last position of one chain that still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cut {
    /// The chain's lane.
    pub lane: LaneId,
    /// Position of the last entry that counts.
    pub seq: u64,
    /// Its hash; only the branch that leads here counts.
    pub hash: EntryHash,
}

/// A removal. Everything of the device beyond the cuts is void, whatever time it claims; a
/// chain not named is cut before its first entry, except that the device's own join stays known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remove {
    /// Who is removed.
    pub device: DeviceId,
    /// Per lane, what still counts.
    pub cuts: Vec<Cut>,
    /// Why, shown to all.
    pub reason: String,
}

/// Entries brought back under the author's responsibility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopt {
    /// Which.
    pub entries: Vec<EntryHash>,
}

/// An invite is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseInvite {
    /// Which.
    pub invite: EntryHash,
    /// The joins under it that count.
    pub joins: Vec<EntryHash>,
}

/// One steward's endorsement of one change, on top of one epoch. When a majority of that
/// epoch's stewards (or one recovery card) endorsed the same change, it is the next epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stewards {
    /// The epoch this builds on: the genesis entry, or [`Stewards::epoch`] of an earlier change.
    pub parent: EntryHash,
    /// The change.
    pub change: StewardChange,
    /// A recovery card's signature over [`Stewards::epoch`] in this space, instead of a quorum.
    pub recovery: Option<(RecoveryKey, serde_bytes::ByteBuf)>,
}

/// A change among the stewards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StewardChange {
    /// A device becomes a steward.
    Add(DeviceId),
    /// A steward is removed, with cuts as in [`Remove`].
    Remove(Remove),
}

impl Stewards {
    /// The name of the epoch that this change makes: the same for every endorsement of it.
    #[must_use]
    pub fn epoch(&self) -> EntryHash {
        EntryHash::from_bytes(blake3::derive_key(
            "majlis 2026 steward epoch v1",
            &codec::encode(1, &(self.parent, &self.change)),
        ))
    }

    /// What a recovery card signs.
    #[must_use]
    pub fn recovery_message(&self, space: SpaceId) -> Vec<u8> {
        [&space.as_bytes()[..], self.epoch().as_bytes()].concat()
    }

    /// The recovery key that validly signed this, if one did.
    #[must_use]
    pub fn recovered_by(&self, space: SpaceId) -> Option<RecoveryKey> {
        let (key, proof) = self.recovery.as_ref()?;
        let proof = <[u8; 64]>::try_from(proof.as_slice()).ok()?;
        let message = self.recovery_message(space);
        verify(
            key.as_bytes(),
            Purpose::Recovery,
            &message,
            &Signature::from_bytes(proof),
        )
        .then_some(*key)
    }
}

/// Two signed headers of one device at one position: a portable proof of equivocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkProof {
    /// The header with the smaller hash, in carried form.
    #[serde(with = "serde_bytes")]
    pub first: Vec<u8>,
    /// The other one.
    #[serde(with = "serde_bytes")]
    pub second: Vec<u8>,
}

impl ForkProof {
    /// The proof of two entries; `None` unless they are of one space, chain and position, and differ.
    #[must_use]
    pub fn new(one: &Signed, other: &Signed) -> Option<Self> {
        let (a, b) = (one.clone().verify().ok()?, other.clone().verify().ok()?);
        let (x, y) = (a.header(), b.header());
        if x.space != y.space || x.chain() != y.chain() || x.seq != y.seq || a.hash() == b.hash() {
            return None;
        }
        let (first, second) = if a.hash() < b.hash() {
            (one, other)
        } else {
            (other, one)
        };
        Some(Self {
            first: first.to_bytes(),
            second: second.to_bytes(),
        })
    }

    /// The two entries, checked; `None` when this proves nothing.
    #[must_use]
    pub fn entries(&self) -> Option<(crate::entry::Verified, crate::entry::Verified)> {
        let (one, other) = (
            Signed::from_bytes(&self.first)?,
            Signed::from_bytes(&self.second)?,
        );
        (Self::new(&one, &other).as_ref() == Some(self)).then_some(())?;
        Some((one.verify().ok()?, other.verify().ok()?))
    }
}

impl Operation {
    /// The payload bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] also when a text or list is longer than its limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let operation: Self = codec::decode(VERSION, bytes)?;
        if operation.within_limits() {
            Ok(operation)
        } else {
            Err(DecodeError::Malformed)
        }
    }

    fn within_limits(&self) -> bool {
        let name = |text: &str| !text.trim().is_empty() && text.len() <= MAX_NAME;
        match self {
            Self::Genesis(genesis) => {
                name(&genesis.name)
                    && name(&genesis.founder_name)
                    && genesis.purpose.len() <= MAX_TEXT
                    && genesis.recovery.len() <= 8
            }
            Self::Invite(invite) => invite.label.len() <= MAX_NAME && invite.uses > 0,
            Self::Join(join) => name(&join.name) && join.proof.len() == 64,
            Self::SetRank(set) => set.after.len() <= MAX_LIST,
            Self::Remove(remove)
            | Self::Stewards(Stewards {
                change: StewardChange::Remove(remove),
                ..
            }) => remove.cuts.len() <= MAX_LIST && remove.reason.len() <= MAX_TEXT,
            Self::Adopt(adopt) => adopt.entries.len() <= MAX_LIST,
            Self::CloseInvite(close) => close.joins.len() <= MAX_LIST,
            Self::Fork(proof) => {
                proof.first.len() == Signed::LEN && proof.second.len() == Signed::LEN
            }
            Self::Rename(text) => name(text),
            Self::Leave | Self::Stewards(_) => true,
        }
    }
}
