//! The built interface, inside the programs that serve it to browsers: one binary is enough.
//! Not here: serving it, and saying what to do where it was not built.

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Gives the file of a name such as `index.html` or `assets/index.js`.
pub type Find = fn(&str) -> Option<&'static [u8]>;

/// The interface that this program carries; `None` when `ui/dist` was not there as the program was
/// built.
#[must_use]
pub fn built() -> Option<Find> {
    find("index.html").map(|_| find as Find)
}

fn find(name: &str) -> Option<&'static [u8]> {
    let at = FILES.binary_search_by_key(&name, |(name, _)| name).ok()?;
    FILES.get(at).map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_built_is_carried_whole_or_not_at_all() {
        let Some(find) = built() else {
            assert!(FILES.is_empty());
            return;
        };
        let page = String::from_utf8(find("index.html").unwrap().to_vec()).unwrap();
        let named: Vec<&str> = page
            .split('"')
            .filter_map(|it| it.strip_prefix("./"))
            .filter(|it| it.starts_with("assets/"))
            .collect();
        assert!(!named.is_empty(), "{page}");
        for name in named {
            assert!(find(name).is_some_and(|bytes| !bytes.is_empty()), "{name}");
        }
        assert!(find("").is_none() && find("../Cargo.toml").is_none());
    }
}
