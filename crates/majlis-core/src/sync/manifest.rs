//! The manifest of a carry file: who wrote it, when, and what it holds, signed by the writer's
//! device. It serves people, and saves work; nothing counts because a manifest says so.
//! Not here: where it stands in the file, and the entries themselves (`wire`).
//!
//! Processes and documents are named by their lanes alone. Their titles are known to whoever has
//! the space, and are nobody else's business.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::blob::{self, Blob};
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
/// The most bytes that a span takes in a manifest.
pub const SPAN_BYTES: usize = 8 + 10 + 10 + 8;

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
    /// Photos and sounds.
    pub media: Media,
}

/// Photos and sounds that are whole with what is in a file, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Small pictures of photos.
    pub previews: u64,
    /// Sounds.
    pub sounds: u64,
    /// Photos.
    pub photos: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

impl Media {
    /// Counts others with these.
    pub const fn join(&mut self, other: Self) {
        self.previews = self.previews.saturating_add(other.previews);
        self.sounds = self.sounds.saturating_add(other.sounds);
        self.photos = self.photos.saturating_add(other.photos);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    /// Counts one more.
    pub fn add(&mut self, part: blob::Part, blob: Blob) {
        let count = match part {
            blob::Part::Preview => &mut self.previews,
            blob::Part::Sound => &mut self.sounds,
            blob::Part::Photo => &mut self.photos,
        };
        *count = count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(blob.size.into());
    }
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
    /// Which photos and sounds end in it, by the beginnings of their names.
    pub blobs: Vec<[u8; 8]>,
}

/// Entries of one chain that follow each other. Names are short, for a crowd has many chains; whoever
/// makes two of one name deceives about what is new, and about nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The chain, by a hash of lane and device.
    pub chain: [u8; 8],
    /// The position of the first.
    pub from: u64,
    /// The position of the last; never before the first.
    pub to: u64,
    /// How the hash of the last begins. Entries name the one before, so this names all of them.
    pub tip: [u8; 8],
}

fn chain_name(chain: ChainId) -> [u8; 8] {
    let mut name = [0; 8];
    blake3::Hasher::new_derive_key("majlis 2026 manifest chain v1")
        .update(chain.lane.as_bytes())
        .update(chain.device.as_bytes())
        .finalize_xof()
        .fill(&mut name);
    name
}

fn tip_name(hash: EntryHash) -> [u8; 8] {
    beginning(hash.as_bytes())
}

fn blob_name(blob: Blob) -> [u8; 8] {
    beginning(blob.id.as_bytes())
}

fn beginning(name: &[u8; 32]) -> [u8; 8] {
    let mut short = [0; 8];
    short.copy_from_slice(name.split_at(8).0);
    short
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
    media: Media,
    parts: Vec<PackedPart>,
}

#[derive(Serialize, Deserialize)]
struct PackedPart {
    entries: u64,
    bytes: u64,
    spans: Vec<PackedSpan>,
    blobs: Vec<[u8; 8]>,
}

#[derive(Serialize, Deserialize)]
struct PackedSpan {
    chain: [u8; 8],
    from: u64,
    /// Entries after the first.
    more: u64,
    tip: [u8; 8],
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
        let pack = |span: &Span| PackedSpan {
            chain: span.chain,
            from: span.from,
            more: span.to.saturating_sub(span.from),
            tip: span.tip,
        };
        let parts = manifest.parts.iter().map(|part| PackedPart {
            entries: part.entries,
            bytes: part.bytes,
            spans: part.spans.iter().map(pack).collect(),
            blobs: part.blobs.clone(),
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
            media: contents.media,
            parts,
        }
    }

    /// `None` when something goes beyond a limit.
    fn unpack(self) -> Option<Manifest> {
        let fits = self.name.len() <= MAX_WRITER
            && self.parts.len() <= MAX_PARTS
            && usize::from(self.part) < self.parts.len();
        let unpack = |span: &PackedSpan| {
            Some(Span {
                chain: span.chain,
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
                    blobs: part.blobs.clone(),
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
                media: self.media,
            },
            parts,
        })
    }
}

/// What is here, to compare a part with.
#[derive(Debug)]
pub struct Known<'a> {
    index: &'a ChainIndex,
    chains: BTreeMap<[u8; 8], ChainId>,
    blobs: BTreeSet<[u8; 8]>,
}

impl<'a> Known<'a> {
    /// All chains of a space, and the blobs that are whole here.
    #[must_use]
    pub fn of(index: &'a ChainIndex, blobs: impl Iterator<Item = Blob>) -> Self {
        let chains = index.chains().map(|chain| (chain_name(chain), chain));
        Self {
            index,
            chains: chains.collect(),
            blobs: blobs.map(blob_name).collect(),
        }
    }

    /// How many entries of a part are not here: exactly where no chain forked, and never 0 while one
    /// is missing.
    #[must_use]
    pub fn missing(&self, part: &Part) -> u64 {
        let missing = |span: &Span| {
            let chain = self.chains.get(&span.chain).copied();
            let held = chain.map_or(0, |chain| {
                let mut there = self.index.at_position(chain, span.to);
                if there.any(|(_, item)| tip_name(item.hash) == span.tip) {
                    return u64::MAX;
                }
                self.index.next(chain).0.min(span.to)
            });
            let after = span.to.checked_sub(held.max(span.from));
            after.map_or(0, |more| more.saturating_add(1))
        };
        let missing = part.spans.iter().map(missing);
        missing.fold(0, u64::saturating_add)
    }

    /// How many photos and sounds of a part are not whole here.
    #[must_use]
    pub fn missing_blobs(&self, part: &Part) -> u64 {
        let lacking = |name: &&[u8; 8]| !self.blobs.contains(*name);
        part.blobs.iter().filter(lacking).count() as u64
    }
}

/// What a file holds, found by looking at its entries one after the other. Nobody's word is taken
/// for it, and no signature is checked.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    seen: BTreeSet<EntryHash>,
    /// By the last entry of each: the chain, its first position and its last.
    spans: BTreeMap<EntryHash, (ChainId, u64, u64)>,
    blobs: BTreeSet<Blob>,
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
            .filter(|(of, _, to)| *of == chain && to.checked_add(1) == Some(seq))
            .map(|(_, from, _)| *from);
        if follows.is_some() {
            self.spans.remove(&header.prev);
        }
        let from = follows.unwrap_or(seq);
        self.spans.insert(hash, (chain, from, seq));
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

    /// Adds a blob that ends there.
    pub fn add_blob(&mut self, part: blob::Part, blob: Blob) {
        if self.blobs.insert(blob) {
            self.contents.media.add(part, blob);
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
        let span = |(tip, (chain, from, to)): (&EntryHash, &(ChainId, u64, u64))| Span {
            chain: chain_name(*chain),
            from: *from,
            to: *to,
            tip: tip_name(*tip),
        };
        let mut spans: Vec<Span> = self.spans.iter().map(span).collect();
        spans.sort_unstable();
        Part {
            entries: self.seen.len() as u64,
            bytes,
            spans,
            blobs: self.blobs.iter().map(|blob| blob_name(*blob)).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
