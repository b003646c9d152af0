//! Every check, in the order in which a failure is cheapest to find.

use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::shell::{cargo, has, npm, run, say, step};
use crate::{bindings, browser, parts, setup, tidy, window};

/// Sets up and runs every test.
pub(crate) fn test() -> Result<()> {
    setup::everything()?;
    steps(&[RUST_TESTS, BINDINGS, UI_BUILD, UI_TESTS, WINDOW, BROWSERS])
}

/// Sets up and runs every check, tests included.
pub(crate) fn ci() -> Result<()> {
    setup::everything()?;
    steps(&[
        Step("Format", || run(&mut cargo(&["fmt", "--all", "--check"]))),
        Step("Tidy", tidy::run),
        Step("Lints", || {
            run(&mut cargo(&[
                "clippy",
                "--locked",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]))
        }),
        RUST_TESTS,
        Step("Reference pages", || {
            let mut doc = cargo(&["doc", "--locked", "--no-deps"]);
            run(doc.env("RUSTDOCFLAGS", "-D warnings"))
        }),
        BINDINGS,
        UI_BUILD,
        Step("Interface: types", || npm_run("check")),
        Step("Interface: lints", || npm_run("lint")),
        UI_TESTS,
        Step("Window: lints", || {
            if !parts::there(APP, "the window") {
                return Ok(());
            }
            run(&mut cargo(&[
                "clippy",
                "-p",
                "majlis-app",
                "--no-deps",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]))
        }),
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

/// What has to be there for a step, while the part is being written.
const UI: &str = "ui/package-lock.json";
const APP: &str = "src-tauri/tauri.conf.json";

struct Step(&'static str, fn() -> Result<()>);

const RUST_TESTS: Step = Step("Rust tests", || run(&mut cargo(&["test", "--locked"])));
const BINDINGS: Step = Step("Types for the interface", bindings::check);
const UI_BUILD: Step = Step("Interface: build", || npm_run("build"));
const UI_TESTS: Step = Step("Interface: tests", || npm_run("test"));
const WINDOW: Step = Step("Window", || {
    if parts::there(APP, "the window") && parts::there("tests/window/run.mjs", "test of the window")
    {
        return window::test();
    }
    Ok(())
});
const BROWSERS: Step = Step("Browsers", || {
    if parts::there("tests/browser/run.mjs", "test in browsers") {
        browser::test()
    } else {
        Ok(())
    }
});

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

fn npm_run(script: &str) -> Result<()> {
    if !parts::there(UI, &format!("interface: {script}")) {
        return Ok(());
    }
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
