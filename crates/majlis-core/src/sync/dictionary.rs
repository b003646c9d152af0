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

/// The dictionary that this version writes with.
const NEWEST: u8 = 1;
/// The number of the newest dictionary followed by what the stream carried before.
const AFTER: u8 = 129;
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

const FIRST: &[u8] = include_bytes!("dictionary/1.zdict");

static WRITING: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(FIRST, LEVEL_OF_LONG));
static READING: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(FIRST));

/// What one stream of a link carried last, the same on both ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    bytes: Vec<u8>,
}

impl Before {
    fn carry(&mut self, plain: &[u8]) {
        self.bytes.extend_from_slice(plain);
        let extra = self.bytes.len().saturating_sub(LOOK_BACK);
        self.bytes.drain(..extra);
    }

    fn content(&self) -> Vec<u8> {
        let shipped = FIRST.get(HEAD..).unwrap_or_default();
        [shipped, &self.bytes].concat()
    }
}

/// Compresses what comes next on a stream; gives the number of the dictionary, and the bytes.
pub(crate) fn compress(bytes: &[u8], before: &mut Before) -> (u8, Vec<u8>) {
    let content;
    let (number, compressor) = if before.bytes.is_empty() {
        (NEWEST, Compressor::with_prepared_dictionary(&WRITING))
    } else {
        content = before.content();
        let level = if bytes.len() < LONG {
            LEVEL_OF_SHORT
        } else {
            LEVEL_OF_LONG
        };
        (AFTER, Compressor::with_dictionary(level, &content))
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

/// Decompresses what came next on a stream to at most so many bytes; `None` when it is more, is
/// damaged, or the dictionary is not known here.
pub(crate) fn decompress(
    number: u8,
    bytes: &[u8],
    most: usize,
    before: &mut Before,
) -> Option<Vec<u8>> {
    let content;
    let decompressor = match number {
        0 => Decompressor::new(),
        NEWEST => Decompressor::with_prepared_dictionary(&READING),
        AFTER => {
            content = before.content();
            Decompressor::with_dictionary(&content)
        }
        _ => return None,
    };
    let plain = decompressor.ok()?.decompress(bytes, most).ok()?;
    before.carry(&plain);
    Some(plain)
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
            assert_eq!(read.as_deref(), Some(&plain[..]));
            assert_eq!(here, there);
        }
        assert!(sizes[0] > 1_500 && sizes[1..].iter().all(|size| *size < 60));
        assert!(here.bytes.len() <= LOOK_BACK);
    }
}
