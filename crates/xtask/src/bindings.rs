//! The interface's TypeScript types, generated from the node's API and committed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::shell::{command, example, root, run, say, target};

const PLACE: &str = "ui/src/bindings";

/// Writes the types where the interface reads them.
pub(crate) fn write() -> Result<()> {
    let made = generate()?;
    let place = root().join(PLACE);
    for name in read(&place)?
        .keys()
        .filter(|name| !made.contains_key(*name))
    {
        std::fs::remove_file(place.join(name))?;
    }
    for (name, text) in &made {
        std::fs::write(place.join(name), text)?;
    }
    say(&format!("{} types written to {PLACE}.", made.len()));
    Ok(())
}

/// Fails when the committed types are not what the API gives.
pub(crate) fn check() -> Result<()> {
    let differing = differences(&read(&root().join(PLACE))?, &generate()?);
    if differing.is_empty() {
        return Ok(());
    }
    bail!(
        "{PLACE} is not what the API gives; run `cargo xtask bindings`: {}",
        differing.join(", ")
    )
}

type Files = BTreeMap<String, String>;

fn generate() -> Result<Files> {
    let folder = target().join("bindings");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let example = example("bindings")?;
    run(&mut command(&example.to_string_lossy(), &[&folder]))?;
    read(&folder)
}

fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in
        std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?
    {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let text = std::fs::read_to_string(entry.path())?;
            files.insert(entry.file_name().to_string_lossy().into_owned(), text);
        }
    }
    Ok(files)
}

/// Names that only one side has, or that differ.
fn differences(left: &Files, right: &Files) -> Vec<String> {
    let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| left.get(*name) != right.get(*name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn a_file_that_only_one_side_has_or_that_differs_is_named() {
        let left = files(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let right = files(&[("a", "1"), ("b", "other"), ("d", "4")]);
        assert_eq!(differences(&left, &right), ["b", "c", "d"]);
        assert!(differences(&left, &left).is_empty());
    }
}
