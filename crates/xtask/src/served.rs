//! A node of its own for a task, served on this machine's loopback address until dropped.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::shell::{command, target};

/// A running `majlis serve` over a fresh folder.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    url: String,
}

impl Served {
    /// Starts it in `target/<name>`, emptied first, and waits for its address.
    pub(crate) fn start(name: &str) -> Result<Self> {
        let folder = target().join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let program = target().join("debug/majlis");
        let mut serve = command(&program.to_string_lossy(), &["--no-discovery", "--data"]);
        serve
            .arg(&folder)
            .args(["serve", "--ui", "ui/dist"])
            .stdout(Stdio::piped());
        let mut child = serve.spawn().context("starting the node")?;
        let out = child
            .stdout
            .take()
            .context("reading what the node prints")?;
        for line in BufReader::new(out).lines() {
            let line = line?;
            let url = line
                .split_whitespace()
                .find(|word| word.starts_with("http://127.0.0.1:"));
            if let Some(url) = url {
                let url = url.to_owned();
                return Ok(Self { child, url });
            }
        }
        bail!("the node ended without printing an address")
    }

    /// Its address, with the token in the part that browsers never send.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
