//! Every check, in the order in which a failure is cheapest to find.

use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::shell::{EVERYTHING, cargo, example, has, npm, run, say, step};
use crate::{bindings, browser, setup, tidy, window};

/// Sets up and runs every test.
pub(crate) fn test() -> Result<()> {
    setup::everything()?;
    steps(&[UI_BUILD, RUST_TESTS, BINDINGS, UI_TESTS, WINDOW, BROWSERS])
}

/// Sets up and runs every check, tests included.
pub(crate) fn ci() -> Result<()> {
    setup::everything()?;
    steps(&[
        Step("Format", || run(&mut cargo(&["fmt", "--all", "--check"]))),
        Step("Tidy", tidy::run),
        UI_BUILD,
        Step("Interface: types", || npm_run("check")),
        Step("Interface: lints", || npm_run("lint")),
        UI_TESTS,
        Step("Lints", || lints(EVERYTHING)),
        Step("Lints: without a database", || {
            lints(&["--locked", "--workspace"])
        }),
        RUST_TESTS,
        Step("Reference pages", || {
            let mut doc = cargo(&["doc", "--no-deps"]);
            run(doc.args(EVERYTHING).env("RUSTDOCFLAGS", "-D warnings"))
        }),
        BINDINGS,
        WINDOW,
        BROWSERS,
        Step("Licences and advisories", || {
            if_installed("cargo-deny", &["deny", "check"])
        }),
        Step("Unused dependencies", || {
            if_installed("cargo-machete", &["machete"])
        }),
    ])
}

struct Step(&'static str, fn() -> Result<()>);

// Gateways over a database are among them, on one that the tests start.
const RUST_TESTS: Step = Step("Rust tests", || run(cargo(&["test"]).args(EVERYTHING)));
const BINDINGS: Step = Step("Types for the interface", bindings::check);
// Before all that is compiled: programs carry the built interface.
const UI_BUILD: Step = Step("Interface: build", || npm_run("build"));
const UI_TESTS: Step = Step("Interface: tests", || {
    let core = example("editor_core")?;
    run(npm(&["run", "test"]).env("MAJLIS_EDITOR_CORE", core))
});
const WINDOW: Step = Step("Window", window::test);
const BROWSERS: Step = Step("Browsers", browser::test);

fn steps(steps: &[Step]) -> Result<()> {
    let mut times = Vec::new();
    let all = Instant::now();
    for Step(name, check) in steps {
        step(name);
        let begun = Instant::now();
        check().with_context(|| format!("step \"{name}\""))?;
        times.push((*name, begun.elapsed().as_secs()));
    }
    step("All well");
    for (name, seconds) in times {
        say(&format!("{seconds:>6} s  {name}"));
    }
    say(&format!("{:>6} s  in all", all.elapsed().as_secs()));
    Ok(())
}

fn lints(packages: &[&str]) -> Result<()> {
    let mut clippy = cargo(&["clippy", "--all-targets"]);
    run(clippy.args(packages).args(["--", "-D", "warnings"]))
}

fn npm_run(script: &str) -> Result<()> {
    run(&mut npm(&["run", script]))
}

/// Runs a Cargo tool of the person's own; it is never fetched from here.
fn if_installed(tool: &str, args: &[&str]) -> Result<()> {
    if has(tool) {
        return run(&mut cargo(args));
    }
    say(&format!("skipped: {tool} is not installed on this machine"));
    Ok(())
}
