//! Blobs in carry files: runs of pieces, each blob in order from its first piece, which comes with
//! what proves the others. Nothing compresses photos and sounds.
//! Not here: blobs on a link (`session`), and which of them are taken in (`space`).

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::blob::{Blob, MAX_BLOB, PIECE, Part, Pieces};
use crate::codec;

const VERSION: u8 = 1;
/// A run is closed when its pieces reach this many bytes: damage to a file costs about as much.
pub const MEDIA_RUN_BYTES: usize = 8 * PIECE as usize;
const MAX_LISTED: usize = 4_096;
/// The most bytes that prove the pieces of one blob.
const MAX_PROOF: usize = (MAX_BLOB.div_ceil(PIECE) as usize) * 32;

/// Pieces of one blob that follow each other, unproven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedPieces {
    /// Which blob.
    pub blob: Blob,
    /// What it is, as the writer says; people are told so, and nothing else depends on it.
    pub part: Part,
    /// Where in it they begin.
    pub at: u32,
    /// What proves all pieces of the blob, as [`Pieces::to_bytes`] writes it; none after the first
    /// piece.
    pub proof: Vec<u8>,
    /// Whole pieces, at least one.
    pub bytes: Vec<u8>,
}

/// A run is none, or holds what is no piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reading a run of pieces")]
pub struct MediaRunError;

#[derive(Serialize, Deserialize)]
struct Packed {
    blob: Blob,
    part: Part,
    at: u32,
    proof: ByteBuf,
    bytes: ByteBuf,
}

impl CarriedPieces {
    /// A whole blob, in lots that fit into runs.
    pub fn of(part: Part, blob: Blob, bytes: &[u8]) -> impl Iterator<Item = Self> {
        let starts = (0_u32..).step_by(MEDIA_RUN_BYTES);
        let lots = bytes.chunks(MEDIA_RUN_BYTES).zip(starts);
        lots.map(move |(lot, at)| Self {
            blob,
            part,
            at,
            proof: if at == 0 {
                Pieces::of(bytes).to_bytes()
            } else {
                Vec::new()
            },
            bytes: lot.to_vec(),
        })
    }

    /// Where the piece after them would begin.
    #[must_use]
    pub fn end(&self) -> u32 {
        let len = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.at.saturating_add(len)
    }

    fn is_sound(&self) -> bool {
        let whole = self.bytes.len().checked_rem(PIECE as usize) == Some(0);
        self.blob.is_sized()
            && self.blob.piece_at(self.at).is_some()
            && !self.bytes.is_empty()
            && (self.end() == self.blob.size || (whole && self.end() < self.blob.size))
            && self.proof.len() <= MAX_PROOF
    }
}

/// Collects pieces into runs.
#[derive(Debug, Default)]
pub struct MediaRunWriter {
    list: Vec<Packed>,
    bytes: usize,
}

impl core::fmt::Debug for Packed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} from {}", self.blob, self.at)
    }
}

impl MediaRunWriter {
    /// Whether the run is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether so many bytes of pieces belong in the next run instead.
    #[must_use]
    pub fn is_full_for(&self, bytes: usize) -> bool {
        !self.is_empty() && self.bytes.saturating_add(bytes) > MEDIA_RUN_BYTES
    }

    /// Adds pieces.
    pub fn push(&mut self, pieces: CarriedPieces) {
        self.bytes = self.bytes.saturating_add(pieces.bytes.len());
        self.list.push(Packed {
            blob: pieces.blob,
            part: pieces.part,
            at: pieces.at,
            proof: pieces.proof.into(),
            bytes: pieces.bytes.into(),
        });
    }

    /// The run as it stands in a file; the writer is empty again.
    #[must_use]
    pub fn take(&mut self) -> Vec<u8> {
        codec::encode(VERSION, &core::mem::take(self).list)
    }
}

/// Reads a run. Nothing of it is proven yet.
///
/// # Errors
/// [`MediaRunError`]; nothing of a malformed run is returned.
pub fn read_media_run(bytes: &[u8]) -> Result<Vec<CarriedPieces>, MediaRunError> {
    let list: Vec<Packed> = codec::decode(VERSION, bytes).map_err(|_| MediaRunError)?;
    let list: Vec<CarriedPieces> = list
        .into_iter()
        .map(|packed| CarriedPieces {
            blob: packed.blob,
            part: packed.part,
            at: packed.at,
            proof: packed.proof.into_vec(),
            bytes: packed.bytes.into_vec(),
        })
        .collect();
    let sound = list.len() <= MAX_LISTED && list.iter().all(CarriedPieces::is_sound);
    sound.then_some(list).ok_or(MediaRunError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_comes_back_and_what_is_no_piece_does_not() {
        let bytes: Vec<u8> = (0..70_000_u32).map(|at| at.to_le_bytes()[0]).collect();
        let blob = Blob::of(&bytes).unwrap();
        let lots: Vec<CarriedPieces> = CarriedPieces::of(Part::Photo, blob, &bytes).collect();
        assert_eq!(
            lots.iter().map(|lot| lot.at).collect::<Vec<_>>(),
            [0, 32_768, 65_536]
        );
        assert_eq!(
            lots.iter().map(|lot| lot.bytes.len()).sum::<usize>(),
            bytes.len()
        );
        let run_of = |lot: &CarriedPieces| {
            let mut writer = MediaRunWriter::default();
            writer.push(lot.clone());
            writer.take()
        };
        for lot in &lots {
            let read = read_media_run(&run_of(lot)).unwrap();
            assert_eq!(read, core::slice::from_ref(lot));
        }
        let bent: [fn(&mut CarriedPieces); 6] = [
            |lot| lot.at += 1,
            |lot| lot.at = u32::MAX,
            |lot| lot.bytes.clear(),
            |lot| lot.bytes.truncate(5_000),
            |lot| lot.blob.size = MAX_BLOB + 1,
            |lot| lot.proof = vec![0; MAX_PROOF + 1],
        ];
        for bend in bent {
            let mut lot = lots[0].clone();
            bend(&mut lot);
            assert_eq!(read_media_run(&run_of(&lot)), Err(MediaRunError));
        }
        let run = run_of(&lots[2]);
        for end in 0..run.len() {
            assert!(read_media_run(&run[..end]).is_err());
        }
    }
}
