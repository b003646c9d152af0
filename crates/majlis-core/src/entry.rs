//! The envelope of everything: what one device signed at once on one lane. Fixed-width
//! canonical header, one signature, payload apart. Not here: whether an entry counts
//! (`admission`) and what payloads mean (`record`, `changes`, `membership`).

use crate::id::{DeviceId, EntryHash, LaneId, PayloadHash, SpaceId};
use crate::sign::{Purpose, Signature, Signer, verify};
use crate::time::Timestamp;

/// The header version this code writes.
pub const VERSION: u8 = 1;

/// The largest payload an entry may have, in bytes.
pub const MAX_PAYLOAD: usize = 256 * 1024;

/// What the payload of an entry is. Kinds from newer versions are kept, forwarded and
/// shown as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A batch of single-writer records.
    Records,
    /// A batch of Automerge changes of the lane's document.
    Changes,
    /// One membership operation.
    Membership,
    /// A signed snapshot of the lane's document.
    Checkpoint,
    /// What a carrier holds on disk.
    Receipt,
    /// Something a newer version knows.
    Unknown(u8),
}

impl Kind {
    /// The byte on the wire.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Records => 1,
            Self::Changes => 2,
            Self::Membership => 3,
            Self::Checkpoint => 4,
            Self::Receipt => 5,
            Self::Unknown(byte) => byte,
        }
    }

    /// Reads the byte on the wire; every byte is some kind.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        match byte {
            1 => Self::Records,
            2 => Self::Changes,
            3 => Self::Membership,
            4 => Self::Checkpoint,
            5 => Self::Receipt,
            other => Self::Unknown(other),
        }
    }
}

/// One device's entries on one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainId {
    /// The lane.
    pub lane: LaneId,
    /// The device that writes this chain.
    pub device: DeviceId,
}

/// The signed part of an entry. Its canonical bytes have a fixed length; its hash names the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Format version; 1 here, kept as received for newer ones.
    pub version: u8,
    /// The space this belongs to.
    pub space: SpaceId,
    /// The lane this belongs to.
    pub lane: LaneId,
    /// The device that signed.
    pub device: DeviceId,
    /// Position in the device's chain on this lane, from 0.
    pub seq: u64,
    /// The entry before this in the chain; [`EntryHash::ZERO`] at position 0.
    pub prev: EntryHash,
    /// The membership entry that gives the device the rank it acts under (its join, a later
    /// change of rank, the steward epoch, or the genesis); [`EntryHash::ZERO`] in a genesis.
    pub warrant: EntryHash,
    /// What the payload is.
    pub kind: Kind,
    /// When the device's clock said it was; shown, never trusted.
    pub claimed: Timestamp,
    /// The hash of the payload, which may be erased later.
    pub payload: PayloadHash,
    /// The length of the payload in bytes.
    pub payload_len: u32,
}

impl Header {
    /// Length of the canonical bytes.
    pub const LEN: usize = 1 + 32 + 16 + 32 + 8 + 32 + 32 + 1 + 8 + 32 + 4;

    /// The chain this entry belongs to.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        ChainId {
            lane: self.lane,
            device: self.device,
        }
    }

    /// The canonical bytes: fixed order, big-endian integers.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::LEN);
        out.push(self.version);
        out.extend_from_slice(self.space.as_bytes());
        out.extend_from_slice(self.lane.as_bytes());
        out.extend_from_slice(self.device.as_bytes());
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.extend_from_slice(self.prev.as_bytes());
        out.extend_from_slice(self.warrant.as_bytes());
        out.push(self.kind.to_byte());
        out.extend_from_slice(&self.claimed.0.to_be_bytes());
        out.extend_from_slice(self.payload.as_bytes());
        out.extend_from_slice(&self.payload_len.to_be_bytes());
        out
    }

    /// Reads canonical bytes; `None` when the length is wrong. Every string of the right
    /// length is some header, and writes back to the same bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != Self::LEN {
            return None;
        }
        let mut rest = bytes;
        let header = Self {
            version: take::<1>(&mut rest)?[0],
            space: SpaceId::from_bytes(take(&mut rest)?),
            lane: LaneId::from_bytes(take(&mut rest)?),
            device: DeviceId::from_bytes(take(&mut rest)?),
            seq: u64::from_be_bytes(take(&mut rest)?),
            prev: EntryHash::from_bytes(take(&mut rest)?),
            warrant: EntryHash::from_bytes(take(&mut rest)?),
            kind: Kind::from_byte(take::<1>(&mut rest)?[0]),
            claimed: Timestamp(u64::from_be_bytes(take(&mut rest)?)),
            payload: PayloadHash::from_bytes(take(&mut rest)?),
            payload_len: u32::from_be_bytes(take(&mut rest)?),
        };
        Some(header)
    }

    /// The hash of the canonical bytes: the entry's name.
    #[must_use]
    pub fn hash(&self) -> EntryHash {
        EntryHash::from_bytes(*blake3::hash(&self.to_bytes()).as_bytes())
    }

    /// Signs this header.
    #[must_use]
    pub fn sign(self, signer: &dyn Signer) -> Signed {
        let signature = signer.sign(Purpose::Entry, self.hash().as_bytes());
        Signed {
            header: self,
            signature,
        }
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

/// A header and a signature that nobody has checked yet, to be carried and stored.
/// [`Signed::verify`] makes it something to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    header: Header,
    signature: Signature,
}

impl Signed {
    /// Length of the carried form: header, then signature.
    pub const LEN: usize = Header::LEN + Signature::LEN;

    /// Puts together what arrived in another encoding.
    #[must_use]
    pub const fn new(header: Header, signature: [u8; 64]) -> Self {
        Self {
            header,
            signature: Signature::from_bytes(signature),
        }
    }

    /// What the header claims, to route and store it. Nothing of it may be believed.
    #[must_use]
    pub const fn unchecked(&self) -> &Header {
        &self.header
    }

    /// The signature, unchecked.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Header bytes, then signature.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.header.to_bytes();
        out.extend_from_slice(self.signature.as_bytes());
        out
    }

    /// Reads the carried form; `None` when the length is wrong.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (header, signature) = bytes.split_at_checked(Header::LEN)?;
        Some(Self {
            header: Header::from_bytes(header)?,
            signature: Signature::from_bytes(signature.try_into().ok()?),
        })
    }

    /// Checks the signature against the device named in the header, strictly.
    ///
    /// # Errors
    /// [`BadSignature`] when the named device did not sign these bytes.
    pub fn verify(self) -> Result<Verified, BadSignature> {
        let hash = self.header.hash();
        if verify(
            self.header.device.as_bytes(),
            Purpose::Entry,
            hash.as_bytes(),
            &self.signature,
        ) {
            Ok(Verified {
                hash,
                header: self.header,
                signature: self.signature,
            })
        } else {
            Err(BadSignature)
        }
    }
}

/// The device named in a header did not sign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("checking an entry's signature")]
pub struct BadSignature;

/// A header whose named device signed it. Says who, not that it is harmless or allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    hash: EntryHash,
    header: Header,
    signature: Signature,
}

impl Verified {
    /// The entry's name.
    #[must_use]
    pub const fn hash(&self) -> EntryHash {
        self.hash
    }

    /// What was signed.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The signature, as received.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The carried form, byte for byte as received.
    #[must_use]
    pub fn to_signed(&self) -> Signed {
        Signed {
            header: self.header.clone(),
            signature: self.signature,
        }
    }

    /// Takes back what this replica verified before and kept in its own store.
    ///
    /// The store is trusted to return what was put in; `majlis verify` checks every signature again.
    #[must_use]
    pub fn from_own_store(signed: Signed) -> Self {
        Self {
            hash: signed.header.hash(),
            header: signed.header,
            signature: signed.signature,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::DeviceKey;

    fn header() -> Header {
        Header {
            version: VERSION,
            space: SpaceId::from_bytes([1; 32]),
            lane: LaneId::MEMBERSHIP,
            device: DeviceKey::from_secret(&[9; 32]).device(),
            seq: 258,
            prev: EntryHash::from_bytes([3; 32]),
            warrant: EntryHash::from_bytes([4; 32]),
            kind: Kind::Records,
            claimed: Timestamp(1_700_000_000_123),
            payload: PayloadHash::of(b"payload"),
            payload_len: 7,
        }
    }

    #[test]
    fn the_header_bytes_are_the_ones_written_down() {
        let hex = data_encoding::HEXLOWER.encode(&header().to_bytes());
        assert_eq!(hex, include_str!("entry/header.golden.hex").trim());
        assert_eq!(Header::from_bytes(&header().to_bytes()), Some(header()));
    }

    #[test]
    fn a_changed_bit_breaks_the_signature() {
        let key = DeviceKey::from_secret(&[9; 32]);
        let signed = header().sign(&key);
        assert!(signed.clone().verify().is_ok());
        let bytes = signed.to_bytes();
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 1;
            assert!(
                Signed::from_bytes(&bent).unwrap().verify().is_err(),
                "byte {at}"
            );
        }
    }

    #[test]
    fn an_unknown_kind_keeps_its_byte() {
        let mut header = header();
        header.kind = Kind::Unknown(200);
        assert_eq!(Header::from_bytes(&header.to_bytes()), Some(header));
    }
}
