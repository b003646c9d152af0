//! Measuring: the town's own program, and the `majlis` it starts, built as they are released.

use anyhow::{Result, ensure};

use crate::shell::{cargo, command, run, step, target};

/// Runs the measurements. Only what they print goes to the output, so that it can be read by a
/// program.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let json = args.iter().any(|arg| arg == "--json");
    if !json {
        step("Measuring");
    }
    let packages = ["--package", "majlis-cli", "--package", "majlis-tests"];
    let built = cargo(&["build", "--release", "--quiet", "--bins"])
        .args(packages)
        .status()?;
    ensure!(built.success(), "building what is measured failed");
    let program = target().join("release/bench");
    let measured = command(&program.to_string_lossy(), args).status()?;
    ensure!(measured.success(), "measuring failed ({measured})");
    Ok(())
}

/// Trains the dictionary of the wire on the town's made-up country.
pub(crate) fn dictionary() -> Result<()> {
    step("Training the dictionary");
    run(&mut cargo(&[
        "run",
        "--quiet",
        "--package",
        "majlis-tests",
        "--bin",
        "dictionary",
    ]))
}
