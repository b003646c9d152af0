//! Pictures of every screen, from the sample space of a real node for each language.

use anyhow::Result;

use crate::served::Served;
use crate::shell::{build, npm, root, run, say};
use crate::{setup, ui};

/// Renders `out/gallery`.
pub(crate) fn gallery() -> Result<()> {
    setup::everything()?;
    ui::build()?;
    build(&["majlis"])?;
    let out = root().join("out/gallery");
    std::fs::create_dir_all(&out)?;
    let nodes = ["ar", "fr", "en"].map(|language| Served::start(&format!("gallery-{language}")));
    let nodes = nodes.into_iter().collect::<Result<Vec<_>>>()?;
    let urls: Vec<&str> = nodes.iter().map(Served::url).collect();
    let mut gallery = npm(&["run", "gallery"]);
    gallery
        .env("MAJLIS_URL", urls.join(" "))
        .env("GALLERY_OUT", &out);
    run(&mut gallery)?;
    say(&format!("Look at {}.", out.join("index.html").display()));
    Ok(())
}
