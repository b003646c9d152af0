//! The manifest of a carry file: who wrote it, when, and what it holds, signed by the writer's
//! device. It serves people, and saves work; nothing counts because a manifest says so.
//! Not here: where it stands in the file, and the entries themselves (`wire`).
//!
//! Processes and documents are named by their lanes alone. Their titles are known to whoever has
//! the space, and are nobody else's business.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::chain::ChainIndex;
use crate::codec;
use crate::entry::{ChainId, Header, Kind};
use crate::id::{DeviceId, EntryHash, LaneClass, LaneId, SpaceId};
use crate::membership::Operation;
use crate::record::{Record, Records};
use crate::sign::{Purpose, Signature, Signer, verify};
use crate::time::Timestamp;

const VERSION: u8 = 1;
/// The longest manifest, in bytes.
pub const MAX_MANIFEST: usize = 8 * 1024 * 1024;
/// The longest name of a writer, in bytes of UTF-8.
pub const MAX_WRITER: usize = 256;
/// The most parts that belong together.
pub const MAX_PARTS: usize = 999;
/// The most bytes that a span takes in a manifest, its row in each table included.
pub const SPAN_BYTES: usize = 16 + 32 + 5 + 5 + 10 + 10 + 32;

/// What a carry file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The space.
    pub space: SpaceId,
    /// The device that wrote it, and signs.
    pub device: DeviceId,
    /// The name of its person, as it gave it.
    pub name: String,
    /// When, by the writer's clock.
    pub made: Timestamp,
    /// What parts of one export have in common; random.
    pub set: [u8; 16],
    /// Which of [`Manifest::parts`] this file is, from 0.
    pub part: u16,
    /// A digest of all that stands before it in the file.
    pub before: [u8; 32],
    /// What is in this file, for people.
    pub contents: Contents,
    /// Every part that the writer knew of, this one among them.
    pub parts: Vec<Part>,
}

/// What is in a file, as people count it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// People who founded or joined.
    pub members: u64,
    /// Answers by process, later versions of an answer included.
    pub answers: BTreeMap<LaneId, u64>,
    /// Documents with changes in the file.
    pub documents: BTreeSet<LaneId>,
}

/// What one part holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Entries in it.
    pub entries: u64,
    /// Bytes of its runs.
    pub bytes: u64,
    /// Which entries.
    pub spans: Vec<Span>,
}

/// Entries of one chain that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The chain.
    pub chain: ChainId,
    /// The position of the first.
    pub from: u64,
    /// The position of the last; never before the first.
    pub to: u64,
    /// The last. Entries name the one before, so this names all of them.
    pub tip: EntryHash,
}

/// Why bytes are no manifest to go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Written by a newer version.
    #[error("reading a manifest of a newer version")]
    Newer,
    /// No manifest, or one beyond its limits.
    #[error("reading a malformed manifest")]
    Malformed,
    /// Not signed by the device that it names.
    #[error("checking the signature of a manifest")]
    Forged,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    body: ByteBuf,
    signature: ByteBuf,
}

#[derive(Serialize, Deserialize)]
struct Body {
    space: SpaceId,
    device: DeviceId,
    name: String,
    made: u64,
    set: [u8; 16],
    part: u16,
    before: [u8; 32],
    members: u64,
    answers: Vec<(LaneId, u64)>,
    documents: Vec<LaneId>,
    lanes: Vec<LaneId>,
    devices: Vec<DeviceId>,
    parts: Vec<PackedPart>,
}

#[derive(Serialize, Deserialize)]
struct PackedPart {
    entries: u64,
    bytes: u64,
    spans: Vec<PackedSpan>,
}

#[derive(Serialize, Deserialize)]
struct PackedSpan {
    lane: u32,
    device: u32,
    from: u64,
    /// Entries after the first.
    more: u64,
    tip: EntryHash,
}

impl Manifest {
    /// The manifest as it stands in a file, signed.
    #[must_use]
    pub fn seal(&self, signer: &dyn Signer) -> Vec<u8> {
        let body = codec::encode(VERSION, &Body::of(self));
        let signature = signer.sign(Purpose::Carry, &body);
        let sealed = Sealed {
            body: body.into(),
            signature: signature.as_bytes().to_vec().into(),
        };
        codec::encode(VERSION, &sealed)
    }

    /// Reads a manifest and checks its signature.
    ///
    /// # Errors
    /// [`ManifestError`]; nothing of it is then believed.
    pub fn open(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > MAX_MANIFEST {
            return Err(ManifestError::Malformed);
        }
        let sealed: Sealed = codec::decode(VERSION, bytes).map_err(ManifestError::from)?;
        let body: Body = codec::decode(VERSION, &sealed.body).map_err(ManifestError::from)?;
        let signature = sealed
            .signature
            .as_slice()
            .try_into()
            .map_err(|_| ManifestError::Malformed)?;
        let signature = Signature::from_bytes(signature);
        let key = body.device.as_bytes();
        if !verify(key, Purpose::Carry, &sealed.body, &signature) {
            return Err(ManifestError::Forged);
        }
        body.unpack().ok_or(ManifestError::Malformed)
    }

    /// The part that this file is.
    #[must_use]
    pub fn this(&self) -> Option<&Part> {
        self.parts.get(usize::from(self.part))
    }
}

impl From<codec::DecodeError> for ManifestError {
    fn from(error: codec::DecodeError) -> Self {
        match error {
            codec::DecodeError::Newer => Self::Newer,
            codec::DecodeError::Malformed => Self::Malformed,
        }
    }
}

impl Body {
    fn of(manifest: &Manifest) -> Self {
        let spans = || manifest.parts.iter().flat_map(|part| &part.spans);
        let lanes: BTreeSet<LaneId> = spans().map(|span| span.chain.lane).collect();
        let devices: BTreeSet<DeviceId> = spans().map(|span| span.chain.device).collect();
        let (lanes, devices): (Vec<_>, Vec<_>) =
            (lanes.into_iter().collect(), devices.into_iter().collect());
        let pack = |span: &Span| PackedSpan {
            lane: place(&lanes, &span.chain.lane),
            device: place(&devices, &span.chain.device),
            from: span.from,
            more: span.to.saturating_sub(span.from),
            tip: span.tip,
        };
        let parts = manifest.parts.iter().map(|part| PackedPart {
            entries: part.entries,
            bytes: part.bytes,
            spans: part.spans.iter().map(pack).collect(),
        });
        let parts = parts.collect();
        let contents = &manifest.contents;
        Self {
            space: manifest.space,
            device: manifest.device,
            name: manifest.name.clone(),
            made: manifest.made.0,
            set: manifest.set,
            part: manifest.part,
            before: manifest.before,
            members: contents.members,
            answers: contents.answers.iter().map(|(l, n)| (*l, *n)).collect(),
            documents: contents.documents.iter().copied().collect(),
            lanes,
            devices,
            parts,
        }
    }

    /// `None` when something points outside its table or goes beyond a limit.
    fn unpack(self) -> Option<Manifest> {
        let fits = self.name.len() <= MAX_WRITER
            && self.parts.len() <= MAX_PARTS
            && usize::from(self.part) < self.parts.len();
        let unpack = |span: &PackedSpan| {
            Some(Span {
                chain: ChainId {
                    lane: *self.lanes.get(usize::try_from(span.lane).ok()?)?,
                    device: *self.devices.get(usize::try_from(span.device).ok()?)?,
                },
                from: span.from,
                to: span.from.checked_add(span.more)?,
                tip: span.tip,
            })
        };
        let parts: Option<Vec<Part>> = self
            .parts
            .iter()
            .map(|part| {
                Some(Part {
                    entries: part.entries,
                    bytes: part.bytes,
                    spans: part.spans.iter().map(unpack).collect::<Option<_>>()?,
                })
            })
            .collect();
        let parts = parts?;
        fits.then_some(Manifest {
            space: self.space,
            device: self.device,
            name: self.name,
            made: Timestamp(self.made),
            set: self.set,
            part: self.part,
            before: self.before,
            contents: Contents {
                members: self.members,
                answers: self.answers.into_iter().collect(),
                documents: self.documents.into_iter().collect(),
            },
            parts,
        })
    }
}

fn place<T: Ord>(table: &[T], value: &T) -> u32 {
    let at = table.binary_search(value).unwrap_or(usize::MAX);
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Part {
    /// How many of its entries are not in `index`: exactly where no chain forked, and never 0
    /// while one is missing.
    #[must_use]
    pub fn missing_in(&self, index: &ChainIndex) -> u64 {
        let missing = |span: &Span| {
            if index.contains(span.tip) {
                return 0;
            }
            let (held, _) = index.next(span.chain);
            let first = held.clamp(span.from, span.to);
            span.to.saturating_sub(first).saturating_add(1)
        };
        self.spans
            .iter()
            .map(missing)
            .fold(0, u64::saturating_add)
            .min(self.entries.max(1))
    }
}

/// What a file holds, found by looking at its entries one after the other. Nobody's word is taken
/// for it, and no signature is checked.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    seen: BTreeSet<EntryHash>,
    /// By the last entry of each.
    spans: BTreeMap<EntryHash, Span>,
    contents: Contents,
}

impl Holdings {
    /// Adds an entry; whether it was not there.
    pub fn add(&mut self, header: &Header, payload: Option<&[u8]>) -> bool {
        let hash = header.hash();
        if !self.seen.insert(hash) {
            return false;
        }
        let (chain, seq) = (header.chain(), header.seq);
        let follows = self
            .spans
            .get(&header.prev)
            .filter(|span| span.chain == chain && span.to.checked_add(1) == Some(seq))
            .map(|span| span.from);
        if follows.is_some() {
            self.spans.remove(&header.prev);
        }
        let span = Span {
            chain,
            from: follows.unwrap_or(seq),
            to: seq,
            tip: hash,
        };
        self.spans.insert(hash, span);
        self.count(header, payload.unwrap_or_default());
        true
    }

    fn count(&mut self, header: &Header, payload: &[u8]) {
        let contents = &mut self.contents;
        match header.kind {
            Kind::Membership => {
                let came = matches!(
                    Operation::decode(payload),
                    Ok(Operation::Genesis(_) | Operation::Join(_))
                );
                contents.members = contents.members.saturating_add(u64::from(came));
            }
            Kind::Records => {
                let records = Records::decode(payload).map(|batch| batch.records);
                let answers = records
                    .unwrap_or_default()
                    .iter()
                    .filter(|record| matches!(record, Record::Response(_)))
                    .count() as u64;
                if answers > 0 {
                    let sum = contents.answers.entry(header.lane).or_default();
                    *sum = sum.saturating_add(answers);
                }
            }
            Kind::Changes => {
                if header.lane.class() == LaneClass::Document {
                    contents.documents.insert(header.lane);
                }
            }
            Kind::Checkpoint | Kind::Receipt | Kind::Unknown(_) => {}
        }
    }

    /// Whether an entry is there.
    #[must_use]
    pub fn holds(&self, entry: EntryHash) -> bool {
        self.seen.contains(&entry)
    }

    /// As people count it.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// As a manifest lists it, in runs of `bytes` together.
    #[must_use]
    pub fn part(&self, bytes: u64) -> Part {
        let mut spans: Vec<Span> = self.spans.values().copied().collect();
        spans.sort_unstable();
        Part {
            entries: self.seen.len() as u64,
            bytes,
            spans,
        }
    }
}

#[cfg(test)]
mod tests;
