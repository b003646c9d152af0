//! Every identifier of the domain, in one list. Bytes are private; text forms are
//! lower-case base32 without padding. Not here: what the identified things mean.

use core::fmt;
use core::str::FromStr;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

/// A text was not a valid identifier of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reading {kind} from text")]
pub struct ParseIdError {
    /// The kind of identifier that was expected.
    pub kind: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Wraps raw bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Reads raw bytes of any length; `None` when the length is wrong.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The raw bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// The first eight characters of the text form, for people and logs.
            #[must_use]
            pub fn short(&self) -> String {
                self.to_string().chars().take(8).collect()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE32_NOPAD.encode(&self.0).to_lowercase())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                BASE32_NOPAD
                    .decode(text.trim().to_uppercase().as_bytes())
                    .ok()
                    .and_then(|bytes| Self::from_slice(&bytes))
                    .ok_or(ParseIdError { kind: $kind })
            }
        }
    };
}

id!(
    /// A space: the hash of its genesis, so nobody can found the same space twice.
    SpaceId, 32, "a space id"
);
id!(
    /// A device: its ed25519 public key.
    DeviceId, 32, "a device id"
);
id!(
    /// A person: the hash of the inception that their first device signed.
    PersonId, 32, "a person id"
);
id!(
    /// An entry: the BLAKE3 hash of its canonical header.
    EntryHash, 32, "an entry hash"
);
id!(
    /// A payload: the BLAKE3 hash of its bytes.
    PayloadHash, 32, "a payload hash"
);
id!(
    /// The frozen form of a consultation: the hash of its canonical bytes.
    FormId, 32, "a form id"
);
id!(
    /// One voice in one activity.
    SlotId, 16, "a slot id"
);
id!(
    /// What the claim code on a receipt proves: its slow hash.
    Claim, 12, "a claim"
);
id!(
    /// A statement in a conversation: a hash over what it says, so the same words said twice are one.
    StatementId, 16, "a statement id"
);
id!(
    /// A question inside a form.
    QuestionId, 8, "a question id"
);
id!(
    /// A lane: the unit of sync and subscription inside a space. The first byte is its class.
    LaneId, 16, "a lane id"
);
id!(
    /// The public key of an invite; whoever holds the secret half may join under it.
    InviteKey, 32, "an invite key"
);
id!(
    /// The public key by which a device's transport proves itself on links.
    TransportId, 32, "a transport id"
);
id!(
    /// A photo, a sound or a file: the BLAKE3 hash of its bytes.
    BlobId,
    32,
    "a blob"
);

id!(
    /// The public key of an offline recovery card named in a genesis.
    RecoveryKey, 32, "a recovery key"
);

/// What a lane carries, read from the first byte of its id.
///
/// A class this version does not know is kept and forwarded, never interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaneClass {
    /// Membership operations of the space; exactly one such lane a space.
    Membership,
    /// One process: its definition (a document) and its records.
    Process,
    /// One co-drafted document.
    Document,
    /// Receipts of those who carry entries; exactly one such lane a space.
    Receipts,
    /// Checkpoints of documents; exactly one such lane a space.
    Checkpoints,
    /// Requests to the office about what is no process; exactly one such lane a space.
    Requests,
    /// A class from a newer version.
    Unknown(u8),
}

impl LaneId {
    /// The one membership lane of every space.
    pub const MEMBERSHIP: Self = Self([0; 16]);
    /// The one lane of receipts of every space.
    pub const RECEIPTS: Self = Self([3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    /// The one lane of checkpoints of every space.
    pub const CHECKPOINTS: Self = Self([4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    /// The one lane of every space for requests about its documents.
    pub const REQUESTS: Self = Self([5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    /// A lane of `class` with fresh random bytes from the caller.
    ///
    /// Asking for a class that has one lane a space gives that lane, whatever the bytes.
    #[must_use]
    pub const fn new(class: LaneClass, fresh: [u8; 16]) -> Self {
        let mut bytes = fresh;
        bytes[0] = match class {
            LaneClass::Membership => return Self::MEMBERSHIP,
            LaneClass::Process => 1,
            LaneClass::Document => 2,
            LaneClass::Receipts => return Self::RECEIPTS,
            LaneClass::Checkpoints => return Self::CHECKPOINTS,
            LaneClass::Requests => return Self::REQUESTS,
            LaneClass::Unknown(byte) => byte,
        };
        Self(bytes)
    }

    /// The document lane of a space's charter: the same on every replica.
    #[must_use]
    pub fn charter(space: SpaceId) -> Self {
        let derived = blake3::derive_key("majlis 2026 charter lane v1", space.as_bytes());
        let mut fresh = [0; 16];
        fresh.copy_from_slice(derived.split_at(16).0);
        Self::new(LaneClass::Document, fresh)
    }

    /// What this lane carries.
    #[must_use]
    pub fn class(&self) -> LaneClass {
        match self.0[0] {
            0 if *self == Self::MEMBERSHIP => LaneClass::Membership,
            1 => LaneClass::Process,
            2 => LaneClass::Document,
            3 if *self == Self::RECEIPTS => LaneClass::Receipts,
            4 if *self == Self::CHECKPOINTS => LaneClass::Checkpoints,
            5 if *self == Self::REQUESTS => LaneClass::Requests,
            other => LaneClass::Unknown(other),
        }
    }
}

impl EntryHash {
    /// The predecessor of a chain's first entry, and the warrant of a genesis.
    pub const ZERO: Self = Self([0; 32]);
}

impl PayloadHash {
    /// The hash of `payload`.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        Self(*blake3::hash(payload).as_bytes())
    }
}

impl SpaceId {
    /// The id of the space whose genesis payload is `payload`.
    #[must_use]
    pub fn of_genesis(payload: &[u8]) -> Self {
        Self(blake3::derive_key("majlis 2026 space id v1", payload))
    }
}

impl DeviceId {
    /// The Automerge actor of this device's editing session `number` on `lane`.
    ///
    /// Derived, so that a device can never speak in another's actor: blame is true.
    #[must_use]
    pub fn actor(&self, lane: LaneId, number: u32) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 automerge actor v1");
        hasher.update(&self.0);
        hasher.update(lane.as_bytes());
        hasher.update(&number.to_be_bytes());
        let mut actor = [0; 16];
        hasher.finalize_xof().fill(&mut actor);
        actor
    }

    /// Four words that two people compare aloud, as indices into the shipped word list.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 8] {
        let mut print = [0; 8];
        blake3::Hasher::new_derive_key("majlis 2026 device fingerprint v1")
            .update(&self.0)
            .finalize_xof()
            .fill(&mut print);
        print
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_read_back() {
        let id = DeviceId::from_bytes([7; 32]);
        assert_eq!(id.to_string().parse::<DeviceId>().unwrap(), id);
        assert!("not an id".parse::<DeviceId>().is_err());
        assert!("aaaa".parse::<DeviceId>().is_err());
    }

    #[test]
    fn a_lane_says_its_class() {
        for class in [
            LaneClass::Process,
            LaneClass::Document,
            LaneClass::Unknown(77),
        ] {
            assert_eq!(LaneId::new(class, [9; 16]).class(), class);
        }
        assert_eq!(
            LaneId::new(LaneClass::Membership, [9; 16]),
            LaneId::MEMBERSHIP
        );
        assert_eq!(LaneId::new(LaneClass::Receipts, [9; 16]), LaneId::RECEIPTS);
        assert_eq!(LaneId::RECEIPTS.class(), LaneClass::Receipts);
        assert_eq!(
            LaneId::new(LaneClass::Checkpoints, [9; 16]),
            LaneId::CHECKPOINTS
        );
        assert_eq!(LaneId::CHECKPOINTS.class(), LaneClass::Checkpoints);
        assert_eq!(LaneId::REQUESTS.class(), LaneClass::Requests);
        assert_eq!(LaneId::new(LaneClass::Requests, [9; 16]), LaneId::REQUESTS);
        assert_eq!(LaneId::from_bytes([3; 16]).class(), LaneClass::Unknown(3));
        let mut stray = [0; 16];
        stray[5] = 1;
        assert_eq!(LaneId::from_bytes(stray).class(), LaneClass::Unknown(0));
    }

    #[test]
    fn actors_differ_by_device_lane_and_number() {
        let (a, b) = (DeviceId::from_bytes([1; 32]), DeviceId::from_bytes([2; 32]));
        let lane = LaneId::new(LaneClass::Document, [3; 16]);
        let other = LaneId::new(LaneClass::Document, [4; 16]);
        assert_ne!(a.actor(lane, 0), b.actor(lane, 0));
        assert_ne!(a.actor(lane, 0), a.actor(other, 0));
        assert_ne!(a.actor(lane, 0), a.actor(lane, 1));
    }
}
