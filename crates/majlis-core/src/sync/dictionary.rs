//! The shipped dictionaries of the wire: what answers, comments, ballots and changes have in common,
//! in Arabic, French and English, so that a run need not say it. `cargo xtask dictionary` trains
//! the newest anew from the synthetic corpus in `tests/src/corpus.rs`; one that was released stays.

use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::CParameter;

/// The dictionary that this version writes with. 0 is none.
pub(crate) const NEWEST: u8 = 1;
/// Runs are small and links slow: effort is cheaper than bytes.
const LEVEL: i32 = 12;

const FIRST: &[u8] = include_bytes!("dictionary/1.zdict");

static WRITING: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(FIRST, LEVEL));
static READING: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(FIRST));

/// Compresses with the newest dictionary.
pub(crate) fn compress(bytes: &[u8]) -> Vec<u8> {
    // Compressing from memory into memory fails only when memory is out.
    let compressed = Compressor::with_prepared_dictionary(&WRITING).and_then(|mut compressor| {
        // Which dictionary it was is said once, outside.
        compressor.set_parameter(CParameter::DictIdFlag(false))?;
        compressor.compress(bytes)
    });
    compressed.unwrap_or_default()
}

/// Decompresses to at most so many bytes; `None` when it is more, is damaged, or the dictionary is
/// not known here.
pub(crate) fn decompress(dictionary: u8, bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let decompressor = match dictionary {
        0 => Decompressor::new(),
        1 => Decompressor::with_prepared_dictionary(&READING),
        _ => return None,
    };
    decompressor.ok()?.decompress(bytes, most).ok()
}
