//! What every source file must look like.

use super::{Page, Tree};

/// Lines a file may have, its tests not counted.
const LONGEST: usize = 500;

/// Names that say nothing of the subject; see the glossary for those that do.
const EMPTY_NAMES: &[&str] = &[
    "manager",
    "service",
    "helper",
    "helpers",
    "util",
    "utils",
    "handler",
    "processor",
    "engine",
    "common",
    "data",
    "info",
    "context",
];

fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || path.starts_with("tests/")
        || path.ends_with("/tests.rs")
        || path.ends_with(".test.ts")
}

/// Lines before the tests inside the file.
fn own_lines(text: &str) -> usize {
    text.lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .count()
}

/// Every Rust file opens by saying what it is.
pub(super) fn heads(tree: &Tree) -> Vec<String> {
    let silent = tree
        .ending(".rs")
        .filter(|page| !page.text.starts_with("//! "));
    silent
        .map(|page| format!("{}: does not open with a `//!` sentence", page.path))
        .collect()
}

/// A file that grows past the limit is two files.
pub(super) fn lengths(tree: &Tree) -> Vec<String> {
    let written = |page: &&Page| {
        [".rs", ".ts", ".svelte", ".css", ".mjs"]
            .iter()
            .any(|end| page.path.ends_with(end))
            && !is_test(&page.path)
            && !page.path.starts_with("ui/src/strings/")
            // Generated: as long as what they are generated from.
            && !page.path.starts_with("ui/src/bindings/")
    };
    let mut found = Vec::new();
    for page in tree.pages.iter().filter(written) {
        let lines = own_lines(&page.text);
        if lines > LONGEST {
            found.push(format!(
                "{}: {lines} lines without tests, more than {LONGEST}",
                page.path
            ));
        }
    }
    found
}

/// One task owns a space; nothing of the subject is shared behind a lock.
pub(super) fn shared_locks(tree: &Tree) -> Vec<String> {
    let locked = |line: &str| {
        let line: String = line
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .collect();
        line.contains("Arc<Mutex<")
    };
    let mut found = Vec::new();
    for page in tree
        .ending(".rs")
        .filter(|page| !page.path.starts_with("crates/xtask/"))
    {
        for (at, _) in page
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| locked(line))
        {
            found.push(format!("{}:{}: a lock shared by `Arc`", page.path, at + 1));
        }
    }
    found
}

/// Files and types are named for nouns of the subject.
pub(super) fn names(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for page in tree.ending(".rs") {
        if page.path.ends_with("/mod.rs") {
            found.push(format!("{}: write `foo.rs` beside `foo/`", page.path));
        }
        let stem = page
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_end_matches(".rs");
        if stem.split('_').any(|word| EMPTY_NAMES.contains(&word)) {
            found.push(format!(
                "{}: a name that says nothing of the subject",
                page.path
            ));
        }
        for (at, line) in page.text.lines().enumerate() {
            if let Some(name) = declared(line).filter(|name| is_empty_name(name)) {
                found.push(format!(
                    "{}:{}: `{name}` says nothing of the subject",
                    page.path,
                    at + 1
                ));
            }
        }
    }
    found
}

/// The type or trait that a line declares.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    let line_starts = |word: &str| matches!(word, "struct" | "enum" | "trait");
    let trimmed = line.trim_start();
    if !(trimmed.starts_with("pub") || trimmed.split(' ').next().is_some_and(line_starts)) {
        return None;
    }
    words.find(|word| line_starts(word))?;
    words.next().filter(|name| !name.is_empty())
}

fn is_empty_name(name: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        if letter.is_uppercase() || words.is_empty() {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut() {
            last.extend(letter.to_lowercase());
        }
    }
    words
        .iter()
        .any(|word| EMPTY_NAMES.contains(&word.as_str()))
}

/// Unfinished work is an issue, not a remark in the tree.
pub(super) fn left_marks(tree: &Tree) -> Vec<String> {
    let marks = ["TODO", "FIXME", "XXX", "HACK"];
    let mut found = Vec::new();
    for page in tree
        .pages
        .iter()
        .filter(|page| is_prose_or_source(&page.path))
    {
        for (at, line) in page.text.lines().enumerate() {
            let mut words = line.split(|letter: char| !letter.is_alphanumeric());
            if let Some(mark) = words.find(|word| marks.contains(word)) {
                found.push(format!("{}:{}: `{mark}` left behind", page.path, at + 1));
            }
        }
    }
    found
}

fn is_prose_or_source(path: &str) -> bool {
    let own = path.starts_with("crates/xtask/src/tidy");
    let kinds = [".rs", ".ts", ".svelte", ".css", ".md", ".toml", ".mjs"];
    !own && kinds.iter().any(|end| path.ends_with(end))
}
