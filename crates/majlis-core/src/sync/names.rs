//! Short names of chains, tips and entries that only the two ends of one link understand: keyed
//! with the link's channel binding, so that nobody can prepare two things of one name, and a list
//! of them tells a stranger nothing.

use serde::{Deserialize, Serialize};

use crate::chain::Tip;
use crate::entry::ChainId;
use crate::id::{EntryHash, SpaceId};

/// A chain, as one link names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChainName(pub [u8; 8]);

/// A check of an entry's hash, as one link makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Check(pub [u8; 8]);

/// A tip, as one link names it: what two replicas compare to find where they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TipName(pub [u8; 32]);

/// A 16-byte name of a space that only those who know the space can make or recognise, and
/// that differs on every link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SpaceTag([u8; 16]);

/// A 16-byte digest of a set of tips, different on every link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TipsDigest(pub [u8; 16]);

impl SpaceTag {
    /// The tag of `space` on the link with this channel binding.
    #[must_use]
    pub fn new(space: SpaceId, binding: &[u8; 32]) -> Self {
        Self(named(binding, b"majlis space tag v1", &[space.as_bytes()]))
    }
}

/// Makes the names of one link.
#[derive(Clone, Debug)]
pub struct Names {
    binding: [u8; 32],
}

impl Names {
    /// The names of the link with this channel binding.
    #[must_use]
    pub const fn new(binding: [u8; 32]) -> Self {
        Self { binding }
    }

    /// The name of a chain.
    #[must_use]
    pub fn chain(&self, chain: ChainId) -> ChainName {
        let parts: [&[u8]; 2] = [chain.lane.as_bytes(), chain.device.as_bytes()];
        ChainName(named(&self.binding, b"majlis chain name v1", &parts))
    }

    /// The check of an entry's hash.
    #[must_use]
    pub fn check(&self, entry: EntryHash) -> Check {
        Check(named(
            &self.binding,
            b"majlis entry check v1",
            &[entry.as_bytes()],
        ))
    }

    /// The name of a tip.
    #[must_use]
    pub fn tip(&self, tip: &Tip) -> TipName {
        TipName(named(
            &self.binding,
            b"majlis tip name v1",
            &tip_parts(tip, &tip.seq.to_be_bytes()),
        ))
    }

    /// The digest of tips, which come in order.
    #[must_use]
    pub fn digest(&self, tips: impl Iterator<Item = Tip>) -> TipsDigest {
        let mut hasher = blake3::Hasher::new_keyed(&self.binding);
        hasher.update(b"majlis tips digest v1");
        for tip in tips {
            for part in tip_parts(&tip, &tip.seq.to_be_bytes()) {
                hasher.update(part);
            }
        }
        let mut out = [0; 16];
        hasher.finalize_xof().fill(&mut out);
        TipsDigest(out)
    }
}

fn tip_parts<'a>(tip: &'a Tip, seq: &'a [u8; 8]) -> [&'a [u8]; 4] {
    [
        tip.chain.lane.as_bytes(),
        tip.chain.device.as_bytes(),
        seq,
        tip.hash.as_bytes(),
    ]
}

fn named<const N: usize>(key: &[u8; 32], purpose: &[u8], parts: &[&[u8]]) -> [u8; N] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(purpose);
    for part in parts {
        hasher.update(part);
    }
    let mut out = [0; N];
    hasher.finalize_xof().fill(&mut out);
    out
}
