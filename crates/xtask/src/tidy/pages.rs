//! Whether what the pages say of the tree is so.

use super::Tree;

/// Entries at the root that a newcomer can take in.
const ROOT_ENTRIES: usize = 22;

/// Folders that are made, not kept.
const MADE: &[&str] = &["target", "out", "ui/dist", "ui/node_modules"];

/// Every path that a page names, in backticks or as a link, is there.
pub(super) fn paths(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for page in tree.ending(".md") {
        let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (at, line) in outside_fences(&page.text) {
            for link in linked(line) {
                if !tree.holds(&joined(folder, link)) {
                    found.push(format!(
                        "{}:{at}: links to {link}, which is not there",
                        page.path
                    ));
                }
            }
            for named in line
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|word| looks_like_path(tree, word))
            {
                if !is_there(tree, folder, named) {
                    found.push(format!(
                        "{}:{at}: names {named}, which is not there",
                        page.path
                    ));
                }
            }
        }
    }
    found
}

/// Lines that are not in a fenced block, numbered from one.
fn outside_fences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fence && !fenced).then_some((at + 1, line))
    })
}

/// Targets of links and pictures that are in this tree.
fn linked(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

/// `path` seen from `folder`, with `..` taken in.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
    {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

fn looks_like_path(tree: &Tree, word: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    if word.is_empty() || !word.chars().all(plain) || word.starts_with('/') {
        return false;
    }
    let kinds = [
        ".rs", ".md", ".toml", ".ts", ".svelte", ".sql", ".mjs", ".css",
    ];
    let named_file = kinds
        .iter()
        .any(|kind| word.len() > kind.len() && word.ends_with(kind));
    let first = word.split('/').next().unwrap_or_default();
    named_file || (word.contains('/') && tree.holds(first))
}

/// From the root, beside the page, or the end of some path: "`consultation/form.rs`".
fn is_there(tree: &Tree, folder: &str, word: &str) -> bool {
    let made = MADE.iter().any(|made| {
        word.strip_prefix(made)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let end = format!("/{}", word.trim_end_matches('/'));
    made || tree.holds(word)
        || tree.holds(&joined(folder, word))
        || tree.pages.iter().any(|page| page.path.ends_with(&end))
}

/// A heading with nothing under it promises what is not there.
pub(super) fn empty_sections(tree: &Tree) -> Vec<String> {
    let depth = |line: &str| line.chars().take_while(|letter| *letter == '#').count();
    let mut found = Vec::new();
    for page in tree.ending(".md") {
        let mut open: Option<(usize, &str, usize)> = None;
        let lines = outside_fences(&page.text).filter(|(_, line)| !line.trim().is_empty());
        for (at, line) in lines.chain([(0, "#")]) {
            let here = depth(line);
            if let Some((began, heading, above)) = open
                && here > 0
                && here <= above
                && fenced_lines_between(&page.text, began, at) == 0
            {
                found.push(format!(
                    "{}:{began}: nothing under \"{heading}\"",
                    page.path
                ));
            }
            open = (here > 0).then_some((at, line, here));
        }
    }
    found
}

/// Fence marks between two numbered lines, `until` being 0 for the end.
fn fenced_lines_between(text: &str, from: usize, until: usize) -> usize {
    let until = if until == 0 { usize::MAX } else { until };
    let between = text
        .lines()
        .enumerate()
        .filter(|(at, _)| at + 1 > from && at + 1 < until);
    between
        .filter(|(_, line)| line.trim_start().starts_with("```"))
        .count()
}

/// The root stays a table of contents.
pub(super) fn root_entries(tree: &Tree) -> Vec<String> {
    let mut entries: Vec<&str> = tree
        .pages
        .iter()
        .filter_map(|page| page.path.split('/').next())
        .collect();
    entries.dedup();
    if entries.len() <= ROOT_ENTRIES {
        return Vec::new();
    }
    vec![format!(
        "the root has {} entries, more than {ROOT_ENTRIES}",
        entries.len()
    )]
}

/// The interface says *sync*: there is no other side to send things up to.
pub(super) fn sync_words(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for page in tree
        .pages
        .iter()
        .filter(|page| page.path.starts_with("ui/src/strings/en"))
    {
        for (at, line) in page.text.lines().enumerate() {
            let text = line
                .split_once(':')
                .map_or("", |(_, text)| text)
                .to_lowercase();
            let mut words = text.split(|letter: char| !letter.is_alphabetic());
            if let Some(word) = words.find(|word| matches!(*word, "push" | "pull" | "upload")) {
                found.push(format!(
                    "{}:{}: says \"{word}\", not sync",
                    page.path,
                    at + 1
                ));
            }
        }
    }
    found
}
