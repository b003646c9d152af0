//! Checks that no lint makes: file heads and lengths, package arrows, names, and whether what the
//! pages say of the tree is so.

use std::path::Path;

use anyhow::{Result, bail};

use crate::shell::{command, output, root, say};

mod arrows;
mod pages;
mod sources;
#[cfg(test)]
mod tests;

/// A text file of the project, with its path from the root.
#[derive(Debug)]
struct Page {
    path: String,
    text: String,
}

/// Every file that is committed or about to be; `text` is empty for what is not UTF-8.
#[derive(Debug, Default)]
struct Tree {
    pages: Vec<Page>,
}

impl Tree {
    fn read(root: &Path) -> Result<Self> {
        let listed = output(&mut command(
            "git",
            &[
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ],
        ))?;
        let mut pages = Vec::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            // A file deleted but still in the index has no text and does not exist.
            let Ok(bytes) = std::fs::read(root.join(path)) else {
                continue;
            };
            pages.push(Page {
                path: path.to_owned(),
                text: String::from_utf8(bytes).unwrap_or_default(),
            });
        }
        pages.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { pages })
    }

    fn get(&self, path: &str) -> Option<&str> {
        self.pages
            .iter()
            .find(|page| page.path == path)
            .map(|page| page.text.as_str())
    }

    /// Whether `path` is a file or a folder here.
    fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.pages.iter().any(|page| {
            page.path
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn ending(&self, end: &str) -> impl Iterator<Item = &Page> {
        self.pages
            .iter()
            .filter(move |page| page.path.ends_with(end))
    }
}

/// Runs every check and lists all that is wrong.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::read(&root())?;
    let problems = problems(&tree);
    if problems.is_empty() {
        say(&format!(
            "Tidy: {} files, nothing to say.",
            tree.pages.len()
        ));
        return Ok(());
    }
    for problem in &problems {
        say(problem);
    }
    bail!("{} things to tidy", problems.len())
}

fn problems(tree: &Tree) -> Vec<String> {
    let checks = [
        sources::heads,
        sources::lengths,
        sources::shared_locks,
        sources::names,
        sources::left_marks,
        arrows::arrows,
        arrows::members_in_table,
        pages::paths,
        pages::empty_sections,
        pages::root_entries,
        pages::sync_words,
    ];
    checks.iter().flat_map(|check| check(tree)).collect()
}
