//! Blobs: photos and sounds, named by their hash and kept apart from what refers to them. They
//! travel in pieces, each of which proves by itself that it belongs to the blob, so a torn link
//! loses nothing that came and nobody can poison what others sent.
//! Not here: what refers to a blob (`record`), how pieces travel (`sync`).

use core::fmt;
use core::str::FromStr;

use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt as _, Mode, left_subtree_len, merge_subtrees_non_root,
    merge_subtrees_root,
};
use serde::{Deserialize, Serialize};

use crate::id::{BlobId, ParseIdError};

/// The bytes of a piece; only the last one of a blob may be shorter. A power of two, so that each
/// is a subtree of BLAKE3.
pub const PIECE: u32 = 4 * 1024;
/// The largest blob, in bytes: some minutes of speech, a photo many times over.
pub const MAX_BLOB: u32 = 4 * 1024 * 1024;

/// A blob, by its name and size. The same name with another size is another blob, which nobody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Blob {
    /// Its name.
    pub id: BlobId,
    /// Its length in bytes, from 1 to [`MAX_BLOB`] where it was checked.
    pub size: u32,
}

/// A photo, with a small one to show before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Photo {
    /// The photo.
    pub full: Blob,
    /// The small one.
    pub preview: Blob,
}

/// What a blob is to whoever refers to it, in order of worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// A small picture of a photo.
    Preview,
    /// A sound.
    Sound,
    /// A photo.
    Photo,
}

/// The chaining values of a blob's pieces, in order: BLAKE3's own hashes of these subtrees. None
/// for a blob of one piece, which its name proves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces(Vec<ChainingValue>);

impl Blob {
    /// The name and size of these bytes; `None` when they are none or too many.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let size = u32::try_from(bytes.len()).ok()?;
        let id = BlobId::from_bytes(*blake3::hash(bytes).as_bytes());
        let blob = Self { id, size };
        blob.is_sized().then_some(blob)
    }

    /// Whether a blob may be so large.
    #[must_use]
    pub const fn is_sized(self) -> bool {
        self.size > 0 && self.size <= MAX_BLOB
    }

    /// How many bytes the piece that begins at `at` has; `None` when none begins there.
    #[must_use]
    pub fn piece_at(self, at: u32) -> Option<u32> {
        let begins = at.checked_rem(PIECE) == Some(0) && at < self.size;
        begins.then(|| self.size.saturating_sub(at).min(PIECE))
    }
}

impl fmt::Display for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.id, self.size)
    }
}

impl FromStr for Blob {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, size) = text.split_once('.').unwrap_or((text, ""));
        let size = size.parse().map_err(|_| ParseIdError { kind: "a blob" })?;
        let id = id.parse()?;
        Ok(Self { id, size })
    }
}

impl Pieces {
    /// Of a whole blob.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.len() <= PIECE as usize {
            return Self::default();
        }
        let starts = (0_u64..).step_by(PIECE as usize);
        let pieces = bytes.chunks(PIECE as usize).zip(starts);
        Self(pieces.map(|(piece, at)| chaining(piece, at)).collect())
    }

    /// Reads what [`Pieces::to_bytes`] wrote; `None` when they are not those of `blob`. Where only
    /// the length of the last piece is wrong, that piece does not prove itself later.
    #[must_use]
    pub fn from_bytes(blob: Blob, bytes: &[u8]) -> Option<Self> {
        let (values, rest) = bytes.as_chunks();
        let pieces = Self(values.to_vec());
        (rest.is_empty() && pieces.are_of(blob)).then_some(pieces)
    }

    /// One after the other.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.concat()
    }

    /// Whether these are the pieces of the blob of that name and size.
    fn are_of(&self, blob: Blob) -> bool {
        if !blob.is_sized() {
            return false;
        }
        if blob.size <= PIECE {
            return self.0.is_empty();
        }
        if self.0.len() != blob.size.div_ceil(PIECE) as usize {
            return false;
        }
        let left = left_subtree_len(blob.size.into());
        let root = split(&self.0, left).and_then(|(before, after)| {
            let rest = u64::from(blob.size).checked_sub(left)?;
            let (left, right) = (subtree(before, left)?, subtree(after, rest)?);
            Some(merge_subtrees_root(&left, &right, Mode::Hash))
        });
        root.is_some_and(|root| root.as_bytes() == blob.id.as_bytes())
    }

    /// Whether these bytes are pieces of `blob`, whole ones that begin at `at`.
    #[must_use]
    pub fn prove(&self, blob: Blob, at: u32, bytes: &[u8]) -> bool {
        let mut at = at;
        let mut rest = bytes;
        loop {
            let Some(len) = blob.piece_at(at) else {
                // After the last piece, and not before the first.
                return rest.is_empty() && !bytes.is_empty() && at == blob.size;
            };
            let Some((piece, after)) = rest.split_at_checked(len as usize) else {
                return rest.is_empty() && !bytes.is_empty();
            };
            let proven = if blob.size <= PIECE {
                blake3::hash(piece).as_bytes() == blob.id.as_bytes()
            } else {
                let value = self.0.get(at.div_euclid(PIECE) as usize);
                value == Some(&chaining(piece, at.into()))
            };
            if !proven {
                return false;
            }
            at = at.saturating_add(len);
            rest = after;
        }
    }
}

fn chaining(piece: &[u8], at: u64) -> ChainingValue {
    let mut hasher = Hasher::new();
    hasher.set_input_offset(at);
    hasher.update(piece);
    hasher.finalize_non_root()
}

fn split(values: &[ChainingValue], bytes: u64) -> Option<(&[ChainingValue], &[ChainingValue])> {
    let pieces = bytes.div_ceil(PIECE.into());
    values.split_at_checked(usize::try_from(pieces).ok()?)
}

/// The chaining value over pieces of so many bytes together.
fn subtree(values: &[ChainingValue], bytes: u64) -> Option<ChainingValue> {
    if let [value] = values {
        return Some(*value);
    }
    if bytes <= PIECE.into() {
        return None;
    }
    let left = left_subtree_len(bytes);
    let (before, after) = split(values, left)?;
    let right = subtree(after, bytes.checked_sub(left)?)?;
    Some(merge_subtrees_non_root(
        &subtree(before, left)?,
        &right,
        Mode::Hash,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(len: usize) -> Vec<u8> {
        let mut rng = fastrand::Rng::with_seed(len as u64);
        (0..len).map(|_| rng.u8(..)).collect()
    }

    #[test]
    fn every_piece_proves_itself_and_no_other_does() {
        let piece = PIECE as usize;
        for len in [
            1,
            1023,
            piece - 1,
            piece,
            piece + 1,
            2 * piece,
            3 * piece + 7,
            5 * piece,
            37 * piece + 1000,
            MAX_BLOB as usize,
        ] {
            let bytes = bytes(len);
            let blob = Blob::of(&bytes).unwrap();
            let pieces = Pieces::of(&bytes);
            assert_eq!(
                Pieces::from_bytes(blob, &pieces.to_bytes()),
                Some(pieces.clone()),
                "{len}"
            );
            assert!(pieces.prove(blob, 0, &bytes));
            for (number, one) in bytes.chunks(piece).enumerate() {
                let at = u32::try_from(number * piece).unwrap();
                assert!(pieces.prove(blob, at, one), "{len} at {at}");
                assert!(!pieces.prove(blob, at + 1, one));
                let mut other = one.to_vec();
                other[one.len() / 2] ^= 1;
                assert!(!pieces.prove(blob, at, &other));
                assert!(!pieces.prove(blob, at, &one[..one.len() - 1]));
                assert!(!pieces.prove(blob, at, &[]));
            }
            assert!(!pieces.prove(blob, blob.size, b"x"));
        }
    }

    #[test]
    fn the_pieces_of_another_blob_are_refused() {
        let bytes = bytes(9 * PIECE as usize + 5);
        let blob = Blob::of(&bytes).unwrap();
        let values = Pieces::of(&bytes).to_bytes();
        for at in 0..values.len() {
            let mut other = values.clone();
            other[at] ^= 0x10;
            assert!(Pieces::from_bytes(blob, &other).is_none());
        }
        let size = blob.size;
        for size in [0, 1, PIECE, size - 5, size + PIECE, MAX_BLOB, u32::MAX] {
            assert!(Pieces::from_bytes(Blob { size, ..blob }, &values).is_none());
        }
        // A size that is wrong within the last piece shows there.
        for size in [size - 1, size + 1] {
            let wrong = Blob { size, ..blob };
            let pieces = Pieces::from_bytes(wrong, &values).unwrap();
            let at = size / PIECE * PIECE;
            let padded = [&bytes[at as usize..], &[0]].concat();
            let last = &padded[..(size - at) as usize];
            assert!(!pieces.prove(wrong, at, last));
        }
        assert!(Pieces::from_bytes(blob, &values[..values.len() - 32]).is_none());
        assert!(Pieces::from_bytes(blob, &values[1..]).is_none());
        assert!(Pieces::from_bytes(blob, &[]).is_none());
    }

    #[test]
    fn nothing_and_too_much_are_no_blobs() {
        assert_eq!(Blob::of(&[]), None);
        let blob = Blob::of(b"x").unwrap();
        assert_eq!(blob.to_string().parse::<Blob>().unwrap(), blob);
        assert!(blob.id.to_string().parse::<Blob>().is_err());
        assert_eq!(Blob::of(&vec![0; MAX_BLOB as usize + 1]), None);
    }
}
