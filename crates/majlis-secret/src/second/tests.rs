//! That the second verifier is one.

/// Its sources.
const SOURCES: [&str; 6] = [
    include_str!("../second.rs"),
    include_str!("algebra.rs"),
    include_str!("key.rs"),
    include_str!("take.rs"),
    include_str!("totals.rs"),
    include_str!("votes.rs"),
];

#[test]
fn it_names_nothing_of_the_rest_of_the_crate() {
    for source in SOURCES {
        let code = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            assert!(!line.contains("crate::"), "{line}");
            assert!(!line.contains("super::super"), "{line}");
            assert!(!line.contains("majlis_secret"), "{line}");
        }
    }
    // In its first file `super` would be the crate.
    assert!(!SOURCES[0].contains("super::"));
    let listed = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/second")).unwrap();
    assert_eq!(
        listed.count(),
        SOURCES.len(),
        "all its files but this one, and second.rs"
    );
}

#[test]
fn the_rest_of_the_crate_names_nothing_of_it() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let own = path.ends_with("second.rs") || path.ends_with("lib.rs");
        if own || path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        assert!(
            !code.clone().any(|line| line.contains("second::")),
            "{path:?}"
        );
    }
}
