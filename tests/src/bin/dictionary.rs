//! Trains the dictionary of the wire on a made-up country, and writes it where the core includes it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for developers that stops at the first surprise"
)]

use std::path::Path;

use majlis_tests::corpus;

/// Bytes of the dictionary: what grows beyond it no longer pays for its place in the program.
const SIZE: usize = 24 * 1024;

fn main() {
    let samples = corpus::runs();
    let bytes: usize = samples.iter().map(Vec::len).sum();
    let dictionary = zstd::dict::from_samples(&samples, SIZE).unwrap();
    let at = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates/majlis-core/src/sync/dictionary/1.zdict");
    std::fs::write(&at, &dictionary).unwrap();
    println!(
        "trained on {} runs of {bytes} bytes: {} bytes, {}",
        samples.len(),
        dictionary.len(),
        blake3::hash(&dictionary)
    );
}
