//! Which package may depend on which.

use super::Tree;

/// The arrows, outermost last. A package that is not listed may not exist.
const MAY_USE: &[(&str, &[&str])] = &[
    ("majlis-tally", &[]),
    ("majlis-secret", &[]),
    ("majlis-sealed", &[]),
    ("majlis-formats", &[]),
    ("majlis-core", &["majlis-secret", "majlis-tally"]),
    ("majlis-store", &["majlis-core"]),
    ("majlis-net", &["majlis-core"]),
    (
        "majlis-node",
        &[
            "majlis-core",
            "majlis-formats",
            "majlis-store",
            "majlis-net",
            "majlis-secret",
            "majlis-sealed",
            "majlis-tally",
        ],
    ),
    ("majlis-pages", &[]),
    (
        "majlis-cli",
        &[
            "majlis-node",
            "majlis-pages",
            "majlis-tally",
            "majlis-formats",
        ],
    ),
    ("majlis-gateway", &["majlis-node", "majlis-pages"]),
    ("majlis-app", &["majlis-node"]),
    (
        "majlis-tests",
        &[
            "majlis-tally",
            "majlis-core",
            "majlis-store",
            "majlis-net",
            "majlis-node",
        ],
    ),
    ("xtask", &[]),
];

/// What the core must do without: async, disk, network, randomness.
const NOT_IN_CORE: &[&str] = &[
    "async-trait",
    "axum",
    "fastrand",
    "futures",
    "getrandom",
    "iroh",
    "rand",
    "rusqlite",
    "tokio",
    "tracing",
];

/// The dependencies of every package against the arrows.
pub(super) fn arrows(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for page in tree
        .ending("Cargo.toml")
        .filter(|page| page.path != "Cargo.toml")
    {
        let Some(name) = package_name(&page.text) else {
            continue;
        };
        let Some((_, allowed)) = MAY_USE.iter().find(|(package, _)| *package == name) else {
            found.push(format!(
                "{}: `{name}` is not in the table of arrows",
                page.path
            ));
            continue;
        };
        for used in dependencies(&page.text) {
            let ours = MAY_USE.iter().any(|(package, _)| *package == used);
            if ours && !allowed.contains(&used) {
                found.push(format!("{}: `{name}` may not use `{used}`", page.path));
            }
            if name == "majlis-core" && NOT_IN_CORE.contains(&used) {
                found.push(format!("{}: the core does without `{used}`", page.path));
            }
        }
    }
    found
}

/// The README's table of packages lists the members of the workspace, no more and no fewer.
pub(super) fn members_in_table(tree: &Tree) -> Vec<String> {
    let (Some(readme), Some(workspace)) = (tree.get("README.md"), tree.get("Cargo.toml")) else {
        return vec!["README.md and Cargo.toml must be at the root".to_owned()];
    };
    let members = members(workspace);
    let rows: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|path| tree.holds(&format!("{path}/Cargo.toml")) || members.contains(path))
        .collect();
    let mut found = Vec::new();
    for member in members.iter().filter(|member| !rows.contains(member)) {
        found.push(format!("README.md: the table of packages lacks `{member}`"));
    }
    for row in rows.iter().filter(|row| !members.contains(row)) {
        found.push(format!(
            "README.md: `{row}` is in the table of packages and no member"
        ));
    }
    found
}

fn members(workspace: &str) -> Vec<&str> {
    let list = workspace
        .split("members = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next());
    list.unwrap_or_default()
        .split('"')
        .skip(1)
        .step_by(2)
        .collect()
}

fn package_name(text: &str) -> Option<&str> {
    text.lines()
        .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
}

/// Names under `[dependencies]`, those for one target included, those for tests not.
fn dependencies(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in text.lines() {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section == "dependencies" || section.ends_with(".dependencies");
            if let Some(name) = section.strip_prefix("dependencies.") {
                names.push(name);
            }
        } else if inside && !line.starts_with('#') {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            if !name.is_empty() {
                names.push(name);
            }
        }
    }
    names
}
