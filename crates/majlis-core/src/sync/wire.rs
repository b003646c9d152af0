//! Entries on the wire and in carry files: runs of entries share tables of lanes, devices and
//! warrants, predecessors and hashes are left out where they follow, and the run is compressed with
//! a dictionary that every replica has. Signatures stay outside of it: nothing compresses them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::codec;
use crate::entry::{ChainId, Header, Kind, MAX_PAYLOAD, Signed};
use crate::id::{DeviceId, EntryHash, LaneId, PayloadHash, SpaceId};
use crate::shelf::{Shelf, ShelfError};
pub use crate::sync::dictionary::Before;
use crate::sync::dictionary::{self, Unread};
use crate::time::Timestamp;

const VERSION: u8 = 1;
/// A run is closed when its entries reach this many bytes before compression.
pub const RUN_BYTES: usize = 16 * 1024;
/// The largest run after decompression: one entry with the largest payload, and tables.
pub const MAX_RUN: usize = MAX_PAYLOAD + 64 * 1024;
const MAX_ENTRIES: usize = 4_096;

/// An entry with its payload; `None` when the payload was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Header and signature, unchecked.
    pub signed: Signed,
    /// The payload.
    pub payload: Option<Vec<u8>>,
}

impl Carried {
    /// An entry as the disk gives it; `None` when it does not give it whole. Nothing erases a payload, so
    /// one that is not there was lost. What the disk altered would look like a lie of whoever passes it on.
    ///
    /// # Errors
    /// [`ShelfError::Failed`]: one place of a disk that is worn out is none, and the rest of it is read.
    pub fn read(hash: EntryHash, shelf: &dyn Shelf) -> Result<Option<Self>, ShelfError> {
        let found = shelf.signed(hash).and_then(|signed| {
            let payload = shelf.payload(hash)?;
            Ok(signed.zip(payload))
        });
        let found = match found {
            Err(ShelfError::Damaged(_)) => None,
            found => found?,
        };
        let whole = found.filter(|(signed, payload)| {
            let header = signed.unchecked();
            header.hash() == hash && header.payload == PayloadHash::of(payload)
        });
        Ok(whole.map(|(signed, payload)| Self {
            signed,
            payload: Some(payload),
        }))
    }
}

/// Why a run cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// It does not decompress within [`MAX_RUN`].
    #[error("decompressing a run of entries")]
    Compressed,
    /// It is compressed with a dictionary that only a newer version has.
    #[error("reading a run of entries that a newer version wrote")]
    Newer,
    /// It is not a run, or points outside its tables.
    #[error("reading a run of entries")]
    Malformed,
}

/// A run as it travels.
#[derive(Serialize, Deserialize)]
struct Parcel {
    /// The number of the dictionary.
    dictionary: u8,
    /// The [`Run`], compressed.
    body: ByteBuf,
    /// A signature for each entry.
    signatures: ByteBuf,
}

#[derive(Serialize, Deserialize, Default)]
struct Run {
    lanes: Vec<LaneId>,
    devices: Vec<DeviceId>,
    warrants: Vec<EntryHash>,
    entries: Vec<Packed>,
}

#[derive(Serialize, Deserialize)]
struct Packed {
    version: u8,
    kind: u8,
    lane: u16,
    device: u16,
    warrant: u16,
    /// Absent when the entry follows the run's last entry of its chain.
    place: Option<(u64, EntryHash)>,
    /// How much later than the entry before it in the run, wrapping.
    later: i64,
    body: Body,
}

#[derive(Serialize, Deserialize)]
enum Body {
    Payload(ByteBuf),
    Erased(PayloadHash, u32),
}

/// Collects entries into runs.
pub struct RunWriter {
    limit: usize,
    run: Run,
    last: BTreeMap<ChainId, (u64, EntryHash)>,
    claimed: u64,
    signatures: Vec<u8>,
    bytes: usize,
}

impl Default for RunWriter {
    fn default() -> Self {
        Self::up_to(RUN_BYTES)
    }
}

impl core::fmt::Debug for RunWriter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "RunWriter({} entries)", self.run.entries.len())
    }
}

impl RunWriter {
    /// A writer of shorter runs, for a link on which a lost one would cost much.
    #[must_use]
    pub fn up_to(limit: usize) -> Self {
        Self {
            limit: limit.min(RUN_BYTES),
            run: Run::default(),
            last: BTreeMap::new(),
            claimed: 0,
            signatures: Vec::new(),
            bytes: 0,
        }
    }

    /// How many entries are in the run.
    #[must_use]
    pub fn len(&self) -> usize {
        self.run.entries.len()
    }

    /// Whether the run is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.run.entries.is_empty()
    }

    /// Whether an entry with a payload of `bytes` belongs in the next run instead.
    #[must_use]
    pub fn is_full_for(&self, bytes: usize) -> bool {
        !self.is_empty()
            && (self.bytes.saturating_add(bytes) > self.limit || self.len() >= MAX_ENTRIES)
    }

    /// Adds an entry.
    pub fn push(&mut self, entry: &Carried) {
        let header = header_of(&entry.signed);
        let chain = header.chain();
        let follows = self.last.get(&chain).is_some_and(|(seq, hash)| {
            seq.checked_add(1) == Some(header.seq) && *hash == header.prev
        });
        let packed = Packed {
            version: header.version,
            kind: header.kind.to_byte(),
            lane: index(&mut self.run.lanes, header.lane),
            device: index(&mut self.run.devices, header.device),
            warrant: index(&mut self.run.warrants, header.warrant),
            place: (!follows).then_some((header.seq, header.prev)),
            later: header.claimed.0.wrapping_sub(self.claimed).cast_signed(),
            body: entry.payload.as_ref().map_or(
                Body::Erased(header.payload, header.payload_len),
                |payload| Body::Payload(ByteBuf::from(payload.clone())),
            ),
        };
        self.claimed = header.claimed.0;
        let signature = entry.signed.signature().as_bytes();
        self.signatures.extend_from_slice(signature);
        self.bytes = self
            .bytes
            .saturating_add(entry.payload.as_ref().map_or(40, Vec::len))
            .saturating_add(110);
        self.run.entries.push(packed);
        self.last.insert(chain, (header.seq, header.hash()));
    }

    fn restart(&mut self) -> Self {
        core::mem::replace(self, Self::up_to(self.limit))
    }

    /// The run before compression, without its signatures: what a dictionary is trained on. The
    /// writer is empty again.
    #[must_use]
    pub fn plain(&mut self) -> Vec<u8> {
        codec::encode(VERSION, &self.restart().run)
    }

    /// The compressed run, as it stands alone in a carry file; the writer is empty again.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        self.take_after(&mut Before::default())
    }

    /// The compressed run as the next of a stream; the writer is empty again.
    #[must_use]
    pub fn take_after(&mut self, before: &mut Before) -> Vec<u8> {
        let taken = self.restart();
        let (dictionary, body) = dictionary::compress(&codec::encode(VERSION, &taken.run), before);
        let parcel = Parcel {
            dictionary,
            body: body.into(),
            signatures: taken.signatures.into(),
        };
        codec::encode(VERSION, &parcel)
    }
}

fn index<T: PartialEq>(table: &mut Vec<T>, value: T) -> u16 {
    let at = table
        .iter()
        .position(|held| *held == value)
        .unwrap_or_else(|| {
            table.push(value);
            table.len().saturating_sub(1)
        });
    u16::try_from(at).unwrap_or(u16::MAX)
}

fn header_of(signed: &Signed) -> Header {
    signed.unchecked().clone()
}

/// Reads a compressed run that stands alone. The signatures are still unchecked.
///
/// # Errors
/// [`RunError`]; nothing of a malformed run is returned.
pub fn read_run(space: SpaceId, bytes: &[u8]) -> Result<Vec<Carried>, RunError> {
    read_run_after(space, bytes, &mut Before::default())
}

/// Reads the next run of a stream. The signatures are still unchecked.
///
/// # Errors
/// [`RunError`]; nothing of a malformed run is returned, and nothing after it can be read.
pub fn read_run_after(
    space: SpaceId,
    bytes: &[u8],
    before: &mut Before,
) -> Result<Vec<Carried>, RunError> {
    let parcel: Parcel = codec::decode(VERSION, bytes).map_err(|_| RunError::Malformed)?;
    let body = dictionary::decompress(parcel.dictionary, &parcel.body, MAX_RUN, before);
    let body = body.map_err(|unread| match unread {
        Unread::Newer => RunError::Newer,
        Unread::Damaged => RunError::Compressed,
    })?;
    let run: Run = codec::decode(VERSION, &body).map_err(|_| RunError::Malformed)?;
    let (signatures, rest) = parcel.signatures.as_chunks::<64>();
    let signed = rest.is_empty() && signatures.len() == run.entries.len();
    if run.entries.len() > MAX_ENTRIES || !signed {
        return Err(RunError::Malformed);
    }
    let mut claimed: u64 = 0;
    let mut last: BTreeMap<ChainId, (u64, EntryHash)> = BTreeMap::new();
    let mut out = Vec::with_capacity(run.entries.len());
    for (packed, signature) in run.entries.into_iter().zip(signatures) {
        let entry = (|| {
            let lane = *run.lanes.get(usize::from(packed.lane))?;
            let device = *run.devices.get(usize::from(packed.device))?;
            let chain = ChainId { lane, device };
            let (seq, prev) = match packed.place {
                Some(place) => place,
                None => {
                    let (seq, hash) = last.get(&chain)?;
                    (seq.checked_add(1)?, *hash)
                }
            };
            let (payload_hash, payload_len, payload) = match packed.body {
                Body::Payload(bytes) => {
                    let len = u32::try_from(bytes.len()).ok()?;
                    (PayloadHash::of(&bytes), len, Some(bytes.into_vec()))
                }
                Body::Erased(hash, len) => (hash, len, None),
            };
            claimed = claimed.wrapping_add(packed.later.cast_unsigned());
            let header = Header {
                version: packed.version,
                space,
                lane,
                device,
                seq,
                prev,
                warrant: *run.warrants.get(usize::from(packed.warrant))?,
                kind: Kind::from_byte(packed.kind),
                claimed: Timestamp(claimed),
                payload: payload_hash,
                payload_len,
            };
            last.insert(chain, (seq, header.hash()));
            Some(Carried {
                signed: Signed::new(header, *signature),
                payload,
            })
        })();
        out.push(entry.ok_or(RunError::Malformed)?);
    }
    Ok(out)
}
