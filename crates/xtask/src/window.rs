//! The test of the real window: a display in memory, a message bus of its own, and WebDriver.

use anyhow::Result;

use crate::shell::{build, command, run, target};

/// Builds the window and drives it. The interface must have been built.
pub(crate) fn test() -> Result<()> {
    // The window, and whoever it meets.
    build(&["majlis-app", "majlis"])?;
    let mut driven = command(
        "xvfb-run",
        &[
            "-a",
            "-s",
            "-screen 0 1280x900x24",
            "dbus-run-session",
            "--",
        ],
    );
    driven
        .args(["node", "tests/window/run.mjs"])
        .arg(target().join("debug/majlis-app"))
        .arg(target().join("debug/majlis"));
    run(&mut driven)
}
