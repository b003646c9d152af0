//! Lists the files of the interface as it was built (`ui/dist`), for the library to carry. Where it
//! was not built, the list is empty: Rust alone is enough to build and test everything.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let ui = here.join("../../ui");
    let dist = ui.join("dist");
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        println!("cargo::rerun-if-changed={}", dist.display());
        list(&dist, &dist, &mut files)?;
    } else if ui.is_dir() {
        // A folder that is not there yet cannot be watched; the one around it can.
        println!("cargo::rerun-if-changed={}", ui.display());
    }
    files.sort();
    let mut text = String::from("const FILES: &[(&str, &[u8])] = &[\n");
    for (name, file) in &files {
        let _ = writeln!(text, "    ({name:?}, include_bytes!({file:?})),");
    }
    text += "];\n";
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("files.rs"), text)
}

/// Every file at or below a folder, with its name as a request path names it.
fn list(dist: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(dist, &path, files)?;
        } else if let Ok(below) = path.strip_prefix(dist) {
            let parts = below
                .components()
                .map(|part| part.as_os_str().to_string_lossy());
            let name = parts.collect::<Vec<_>>().join("/");
            files.push((name, path.canonicalize()?));
        }
    }
    Ok(())
}
