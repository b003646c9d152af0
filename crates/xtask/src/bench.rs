//! Measuring: the town's own program, built as it is released.

use anyhow::Result;

use crate::parts;
use crate::shell::{cargo, run, step};

/// Runs the measurements.
pub(crate) fn bench() -> Result<()> {
    step("Measuring");
    if !parts::there("tests/src/bin/bench.rs", "measurements") {
        return Ok(());
    }
    run(&mut cargo(&[
        "run",
        "--release",
        "--package",
        "majlis-tests",
        "--bin",
        "bench",
    ]))
}
