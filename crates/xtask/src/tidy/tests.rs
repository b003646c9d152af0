//! Each check finds the sin planted for it, and leaves a good tree alone.

use super::{Page, Tree, problems};

const WORKSPACE: &str =
    "[workspace]\nmembers = [\n    \"crates/majlis-core\",\n    \"crates/majlis-store\",\n]\n";
const README: &str =
    "# Name\n\nText.\n\n| `crates/majlis-core` | one |\n| `crates/majlis-store` | two |\n";
const CORE: &str = "[package]\nname = \"majlis-core\"\n\n[dependencies]\nserde.workspace = true\n";
const STORE: &str =
    "[package]\nname = \"majlis-store\"\n\n[dependencies]\nmajlis-core.workspace = true\n";
const LIB: &str = "//! The core.\npub struct Space;\n";

fn tree(changed: &[(&str, &str)]) -> Tree {
    let good = [
        ("Cargo.toml", WORKSPACE),
        ("README.md", README),
        ("crates/majlis-core/Cargo.toml", CORE),
        ("crates/majlis-core/src/lib.rs", LIB),
        ("crates/majlis-store/Cargo.toml", STORE),
    ];
    let kept = good
        .iter()
        .filter(|(path, _)| changed.iter().all(|(other, _)| other != path));
    let page = |(path, text): &(&str, &str)| Page {
        path: (*path).into(),
        text: (*text).into(),
    };
    let mut pages: Vec<Page> = kept.chain(changed).map(page).collect();
    pages.sort_by(|one, other| one.path.cmp(&other.path));
    Tree { pages }
}

/// The one thing wrong with the good tree after `changed`.
fn one_problem(changed: &[(&str, &str)]) -> String {
    let mut found = problems(&tree(changed));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_good_tree_has_no_problems() {
    assert_eq!(problems(&tree(&[])), Vec::<String>::new());
}

#[test]
fn a_file_must_say_what_it_is() {
    let found = one_problem(&[("crates/majlis-core/src/lib.rs", "pub struct Space;\n")]);
    assert!(found.contains("does not open with"), "{found}");
}

#[test]
fn a_file_ends_at_the_limit_but_its_tests_do_not_count() {
    let long = format!("//! The core.\n{}", "// line\n".repeat(500));
    let found = one_problem(&[("crates/majlis-core/src/lib.rs", &long)]);
    assert!(found.contains("501 lines"), "{found}");
    let tested = format!("//! The core.\n#[cfg(test)]\n{}", "// line\n".repeat(500));
    assert!(problems(&tree(&[("crates/majlis-core/src/lib.rs", &tested)])).is_empty());
}

#[test]
fn nothing_of_the_subject_is_shared_behind_a_lock() {
    let text = "//! The core.\ntype Shared = Arc<Mutex<Space>>;\n";
    let found = one_problem(&[("crates/majlis-core/src/lib.rs", text)]);
    assert!(found.contains(":2:"), "{found}");
}

#[test]
fn names_say_something() {
    let found = one_problem(&[(
        "crates/majlis-core/src/lib.rs",
        "//! Core.\npub struct SpaceManager;\n",
    )]);
    assert!(found.contains("SpaceManager"), "{found}");
    let found = one_problem(&[("crates/majlis-core/src/sync_utils.rs", "//! Core.\n")]);
    assert!(found.contains("sync_utils"), "{found}");
}

#[test]
fn marks_are_not_left_behind() {
    let found = one_problem(&[(
        "crates/majlis-core/src/lib.rs",
        "//! Core.\n// TODO later\n",
    )]);
    assert!(found.contains("left behind"), "{found}");
}

#[test]
fn arrows_point_inward() {
    let core = format!("{CORE}majlis-store.workspace = true\n");
    let found = one_problem(&[("crates/majlis-core/Cargo.toml", &core)]);
    assert!(found.contains("may not use `majlis-store`"), "{found}");
    let core = format!("{CORE}tokio = \"1\"\n");
    let found = one_problem(&[("crates/majlis-core/Cargo.toml", &core)]);
    assert!(found.contains("does without `tokio`"), "{found}");
    let core = format!("{CORE}\n[dev-dependencies]\nfastrand = \"2\"\n");
    assert!(problems(&tree(&[("crates/majlis-core/Cargo.toml", &core)])).is_empty());
}

#[test]
fn the_table_of_packages_is_the_workspace() {
    let readme = README.replace("| `crates/majlis-store` | two |\n", "");
    let found = one_problem(&[("README.md", &readme)]);
    assert!(found.contains("lacks `crates/majlis-store`"), "{found}");
}

#[test]
fn a_page_names_only_what_is_there() {
    let gone = format!("{README}\nSee `crates/majlis-core/src/gone.rs`.\n");
    let found = one_problem(&[("README.md", &gone)]);
    assert!(found.contains("gone.rs"), "{found}");
    let linked = format!("{README}\nSee [this](docs/gone.md).\n");
    let found = one_problem(&[("README.md", &linked)]);
    assert!(found.contains("docs/gone.md"), "{found}");
    let short =
        format!("{README}\nSee `src/lib.rs` and [that](crates/majlis-core) and `target/doc`.\n");
    assert!(problems(&tree(&[("README.md", &short)])).is_empty());
}

#[test]
fn a_heading_has_something_under_it() {
    let found = one_problem(&[("docs/page.md", "# Page\n\n## One\n\n## Two\n\nText.\n")]);
    assert!(found.contains("## One"), "{found}");
    let code = "# Page\n\n## One\n\n```sh\nls\n```\n\n## Two\n\nText.\n";
    assert!(problems(&tree(&[("docs/page.md", code)])).is_empty());
}

#[test]
fn the_root_stays_short() {
    let names: Vec<String> = (0..20).map(|number| format!("extra-{number:02}")).collect();
    let extra: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert!(one_problem(&extra).contains("23 entries"));
}

#[test]
fn the_interface_says_sync() {
    let found = one_problem(&[("ui/src/strings/en.ts", "  send: 'Upload now',\n")]);
    assert!(found.contains("upload"), "{found}");
}
