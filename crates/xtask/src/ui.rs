//! Building the interface.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;

use crate::shell::{npm, root, run, say};

/// Builds `ui/dist` when a source is newer than it.
pub(crate) fn build() -> Result<()> {
    let ui = root().join("ui");
    let built = ui
        .join("dist/index.html")
        .metadata()
        .and_then(|it| it.modified())
        .ok();
    let changed = [
        "src",
        "public",
        "index.html",
        "package.json",
        "package-lock.json",
        "vite.config.ts",
    ]
    .iter()
    .filter_map(|name| newest(&ui.join(name)))
    .max();
    if built.is_some() && changed < built {
        say("Interface: built already.");
        return Ok(());
    }
    say("Interface: building.");
    run(&mut npm(&["run", "build"]))
}

/// When anything at or below `path` last changed.
fn newest(path: &Path) -> Option<SystemTime> {
    let own = path.metadata().and_then(|it| it.modified()).ok();
    let below = std::fs::read_dir(path).ok().into_iter().flatten().flatten();
    below
        .filter_map(|entry| newest(&entry.path()))
        .max()
        .max(own)
}
