//! Pictures of every screen, from the sample space of a real node.

use anyhow::Result;

use crate::served::Served;
use crate::shell::{cargo, npm, root, run, say};
use crate::{setup, ui};

/// Renders `out/gallery`.
pub(crate) fn gallery() -> Result<()> {
    setup::everything()?;
    ui::build()?;
    run(&mut cargo(&["build", "--package", "majlis-cli"]))?;
    let out = root().join("out/gallery");
    std::fs::create_dir_all(&out)?;
    let served = Served::start("gallery")?;
    let mut gallery = npm(&["run", "gallery"]);
    gallery
        .env("MAJLIS_URL", served.url())
        .env("MAJLIS_GALLERY", &out);
    run(&mut gallery)?;
    say(&format!("Look at {}.", out.join("index.html").display()));
    Ok(())
}
