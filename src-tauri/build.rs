//! Compiles the window's configuration in, and names the one command that capabilities may allow.

use tauri_build::{AppManifest, Attributes};

fn main() -> anyhow::Result<()> {
    let manifest = AppManifest::new().commands(&["call"]);
    tauri_build::try_build(Attributes::new().app_manifest(manifest))
}
