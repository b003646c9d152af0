//! The shipped dictionaries of the wire: what answers, comments, ballots and changes have in common,
//! in Arabic, French and English, so that a run need not say it. `cargo xtask dictionary` trains
//! the newest anew from the synthetic corpus in `tests/src/corpus.rs`; one that was released stays.
//!
//! On a link a run is compressed after what its stream carried before, so that short runs, of which
//! a cut loses little, cost no more than long ones.

use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::CParameter;

/// Which versions of the protocol brought a dictionary, the oldest first: what a side cannot know it
/// cannot read, so a link is written with the newest one that the version in common knows.
const OF_VERSION: [(u16, u8); 1] = [(1, 1)];
/// The dictionary of what stands alone, in carry files: that of the only version of their format.
const ALONE: u8 = 1;
/// No dictionary.
const PLAIN: u8 = 0;
/// Added to the number of a dictionary that is followed by what the stream carried before.
const AFTER: u8 = 128;
/// Links are slow: in a run of this many bytes, effort is cheaper than what it saves.
const LONG: usize = 4 * 1024;
const LEVEL_OF_LONG: i32 = 19;
/// A short one goes to hundreds of devices at once, after what each of their links carried. Looking
/// that over costs ten times as much at higher levels and saves one byte in a hundred.
const LEVEL_OF_SHORT: i32 = 9;
/// How much of what a stream carried is looked back at, on both ends.
const LOOK_BACK: usize = 16 * 1024;
/// The beginning of a dictionary, which says that it is one; without it, it is plain content.
const HEAD: usize = 8;

/// A dictionary that every replica of its version has.
struct Shipped {
    bytes: &'static [u8],
    writing: EncoderDictionary<'static>,
    reading: DecoderDictionary<'static>,
}

static FIRST: LazyLock<Shipped> = LazyLock::new(|| {
    let bytes = include_bytes!("dictionary/1.zdict");
    Shipped {
        bytes,
        writing: EncoderDictionary::copy(bytes, LEVEL_OF_LONG),
        reading: DecoderDictionary::copy(bytes),
    }
});

fn shipped(number: u8) -> Option<&'static Shipped> {
    match number {
        1 => Some(LazyLock::force(&FIRST)),
        _ => None,
    }
}

/// The newest dictionary that a version of the protocol knows.
fn of_version(version: u16) -> u8 {
    let mut known = OF_VERSION.into_iter().rev();
    known
        .find(|(since, _)| *since <= version)
        .map_or(PLAIN, |(_, number)| number)
}

/// What one stream of a link carried last, the same on both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// With which dictionary it is written.
    dictionary: u8,
    bytes: Vec<u8>,
}

impl Default for Before {
    fn default() -> Self {
        Self {
            dictionary: ALONE,
            bytes: Vec::new(),
        }
    }
}

impl Before {
    /// Nothing yet, between two that have this version of the protocol in common.
    pub(crate) fn between(version: u16) -> Self {
        Self {
            dictionary: of_version(version),
            bytes: Vec::new(),
        }
    }

    fn carry(&mut self, plain: &[u8]) {
        self.bytes.extend_from_slice(plain);
        let extra = self.bytes.len().saturating_sub(LOOK_BACK);
        self.bytes.drain(..extra);
    }

    fn content(&self, shipped: &Shipped) -> Vec<u8> {
        let shipped = shipped.bytes.get(HEAD..).unwrap_or_default();
        [shipped, &self.bytes].concat()
    }
}

/// Why bytes do not decompress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// With a dictionary that only a newer version has.
    Newer,
    /// They are more than they may be, or damaged.
    Damaged,
}

/// Compresses what comes next on a stream; gives the number of the dictionary, and the bytes.
pub(crate) fn compress(bytes: &[u8], before: &mut Before) -> (u8, Vec<u8>) {
    let content;
    let number = before.dictionary;
    let (number, compressor) = match shipped(number) {
        None => (PLAIN, Compressor::new(LEVEL_OF_LONG)),
        Some(shipped) if before.bytes.is_empty() => {
            let writing = Compressor::with_prepared_dictionary(&shipped.writing);
            (number, writing)
        }
        Some(shipped) => {
            content = before.content(shipped);
            let level = if bytes.len() < LONG {
                LEVEL_OF_SHORT
            } else {
                LEVEL_OF_LONG
            };
            let writing = Compressor::with_dictionary(level, &content);
            (number | AFTER, writing)
        }
    };
    before.carry(bytes);
    let compressed = compressor.and_then(|mut compressor| {
        // Which dictionary it was is said once, outside.
        compressor.set_parameter(CParameter::DictIdFlag(false))?;
        compressor.compress(bytes)
    });
    // Compressing from memory into memory fails only when memory is out.
    (number, compressed.unwrap_or_default())
}

/// Decompresses what came next on a stream to at most so many bytes.
pub(crate) fn decompress(
    number: u8,
    bytes: &[u8],
    most: usize,
    before: &mut Before,
) -> Result<Vec<u8>, Unread> {
    let content;
    let decompressor = if number == PLAIN {
        Decompressor::new()
    } else {
        let shipped = shipped(number & !AFTER).ok_or(Unread::Newer)?;
        if number & AFTER == 0 {
            Decompressor::with_prepared_dictionary(&shipped.reading)
        } else {
            content = before.content(shipped);
            Decompressor::with_dictionary(&content)
        }
    };
    let plain = decompressor.and_then(|mut decompressor| decompressor.decompress(bytes, most));
    let plain = plain.map_err(|_| Unread::Damaged)?;
    before.carry(&plain);
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_as_it_was_written_and_repeats_cost_little() {
        let (mut here, mut there) = (Before::default(), Before::default());
        let mut rng = fastrand::Rng::with_seed(3);
        let noise: Vec<u8> = (0..1_500).map(|_| rng.u8(..)).collect();
        let mut sizes = Vec::new();
        for round in 0..40_u8 {
            let plain = [&noise[..], &[round]].concat();
            let (number, packed) = compress(&plain, &mut here);
            sizes.push(packed.len());
            let read = decompress(number, &packed, plain.len(), &mut there);
            assert_eq!(read.as_deref(), Ok(&plain[..]));
            assert_eq!(here, there);
        }
        assert!(sizes[0] > 1_500 && sizes[1..].iter().all(|size| *size < 60));
        assert!(here.bytes.len() <= LOOK_BACK);
    }
    #[test]
    fn a_link_is_written_with_what_the_version_in_common_knows() {
        let written = |version| compress(b"a run", &mut Before::between(version)).0;
        assert_eq!((written(1), written(2), written(9)), (1, 1, 1));
        assert_eq!(compress(b"a run", &mut Before::default()).0, 1);
        // Nothing is shipped for a version before the first: what it is told is compressed plainly.
        let (number, packed) = compress(b"a run", &mut Before::between(0));
        assert_eq!(number, PLAIN);
        let read = decompress(number, &packed, 100, &mut Before::default());
        assert_eq!(read.as_deref(), Ok(&b"a run"[..]));
    }

    #[test]
    fn the_dictionary_of_a_newer_version_is_no_damage() {
        let (_, packed) = compress(b"a run", &mut Before::default());
        let read = |number, packed: &[u8]| decompress(number, packed, 100, &mut Before::default());
        assert_eq!(read(1, &packed).as_deref(), Ok(&b"a run"[..]));
        for number in [2, 2 | AFTER] {
            assert_eq!(read(number, &packed), Err(Unread::Newer));
        }
        assert_eq!(read(1, b"nonsense"), Err(Unread::Damaged));
    }
}
