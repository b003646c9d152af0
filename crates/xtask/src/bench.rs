//! Measuring: the town's own program, built as it is released.

use anyhow::Result;

use crate::shell::{cargo, run, step};

/// Runs the measurements.
pub(crate) fn bench() -> Result<()> {
    step("Measuring");
    run(&mut cargo(&[
        "run",
        "--release",
        "--package",
        "majlis-tests",
        "--bin",
        "bench",
    ]))
}
