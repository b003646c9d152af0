//! The test of the same interface in browsers, against real nodes on their loopback addresses.

use anyhow::Result;

use crate::shell::{build, command, run, target};

/// Builds the command line and drives browsers against it. The interface must have been built.
pub(crate) fn test() -> Result<()> {
    build(&["majlis"])?;
    let mut driven = command("node", &["tests/browser/run.mjs"]);
    run(driven.arg(target().join("debug/majlis")))
}
