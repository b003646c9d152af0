//! Set-up: what this machine lacks is installed once; a step that is satisfied is skipped.
//! Not here: Rust and Node themselves, which are assumed.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::shell::{command, has, npm, output, root, run, say, step};

/// To build the node and the command line: SQLite and the compressors are C.
const NODE: &[&str] = &["build-essential"];
/// To build the window.
const WINDOW: &[&str] = &["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev"];
/// To drive the window and browsers, with faces for every language, to make network namespaces, and
/// to run gateways over a database.
const TEST: &[&str] = &[
    "webkit2gtk-driver",
    "xvfb",
    "xauth",
    "dbus",
    "chromium",
    "fonts-noto-core",
    "iproute2",
    "postgresql",
];

/// For a node that serves the interface to browsers.
pub(crate) fn for_serving() -> Result<()> {
    step("Set-up for the node and the interface");
    packages(NODE)?;
    interface()
}

/// For the window.
pub(crate) fn for_window() -> Result<()> {
    step("Set-up for the window");
    packages(WINDOW)?;
    interface()
}

/// For the window and every test.
pub(crate) fn everything() -> Result<()> {
    step("Set-up for building and testing everything");
    packages(&[WINDOW, TEST].concat())?;
    interface()
}

/// Installs the Debian packages that are missing.
fn packages(names: &[&str]) -> Result<()> {
    if !has("dpkg-query") {
        say(&format!(
            "Not a Debian system: please see to the equivalents of {}.",
            names.join(" ")
        ));
        return Ok(());
    }
    let missing: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !installed(name))
        .collect();
    if missing.is_empty() {
        say("System packages: all there.");
        return Ok(());
    }
    let wanted = missing.join(" ");
    if output(&mut command("id", &["-u"]))?.trim() != "0" {
        bail!(
            "some system packages are missing; install them with:\n  sudo apt-get install --no-install-recommends {wanted}"
        );
    }
    say(&format!("System packages: installing {wanted}."));
    run(command("apt-get", &["update", "-qq"]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    let mut install = command(
        "apt-get",
        // Another installation may be under way: it is waited for.
        &[
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "-o",
            "DPkg::Lock::Timeout=300",
        ],
    );
    install
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(std::process::Stdio::null());
    run(&mut install)
}

fn installed(package: &str) -> bool {
    let mut query = command("dpkg-query", &["-W", "-f", "${Status}", package]);
    query.stderr(std::process::Stdio::null());
    query
        .output()
        .is_ok_and(|answer| answer.stdout.ends_with(b"ok installed"))
}

/// Installs the interface's packages when the lock file is newer than the last installation.
fn interface() -> Result<()> {
    if !has("npm") {
        bail!("Node 20 or later with npm is needed; see https://nodejs.org");
    }
    let ui = root().join("ui");
    let lock = ui.join("package-lock.json");
    let last = ui.join("node_modules/.package-lock.json");
    if changed(&lock) <= changed(&last) {
        say("Interface packages: all there.");
        return Ok(());
    }
    say("Interface packages: installing what the lock file names.");
    run(&mut npm(&["ci", "--no-audit", "--no-fund"])).context("installing the interface's packages")
}

fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|it| it.modified()).ok()
}

/// Whether a display is there to open a window on.
pub(crate) fn display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
